//! Stories of what staff say about search, on SQLite and PostgreSQL.

use super::{super::*, staff};
use crate::{
    catalog::{NewBrand, Patch},
    error::ProblemCode,
    outbox::{Change, Published},
    testing::{Market, problems},
    viewer::Admin,
};
use entities::id::{ProductId, SearchSynonymId};

fn rule(action: Action, queries: &[&str], products: &[ProductId]) -> NewRule {
    NewRule {
        name: "A rule".into(),
        queries: queries.iter().map(|&query| query.to_owned()).collect(),
        matching: Matching::Exact,
        action,
        products: products.to_vec(),
        categories: Vec::new(),
        brands: Vec::new(),
        strength: None,
        starts_at: None,
        ends_at: None,
        is_active: true,
    }
}

fn synonym(source: Option<&str>, terms: &[&str]) -> NewSynonym {
    NewSynonym {
        source: source.map(str::to_owned),
        terms: terms.iter().map(|&term| term.to_owned()).collect(),
    }
}

async fn product(market: &Market) -> ProductId {
    let variant = market.product("MUG", 1_000, 50).await;
    let cart = market.guest_with(&[(variant, 1)]).await;
    market.shop.carts().find(cart).await.unwrap().unwrap().lines[0].product
}

/// How many changes of search are published.
async fn announced(market: &Market) -> usize {
    market.shop.outbox().publish(1_000).await.unwrap();
    let all = market.shop.outbox().after(0, 1_000).await.unwrap();
    let changes = all.iter().filter_map(Published::change);
    changes.filter(|change| *change == Change::Search).count()
}

#[tokio::test]
async fn synonyms_are_kept_normalised_and_every_change_is_announced() {
    for market in &Market::each().await {
        let search = staff(market);
        let made = search
            .synonym_create(synonym(None, &["TV", " tv ", "Flat  Screen"]))
            .await
            .unwrap();
        assert_eq!(
            (&made.source, &made.terms),
            (&None, &vec!["tv".to_owned(), "flat screen".to_owned()])
        );
        let patch = SynonymPatch {
            source: Patch::Set("telly".into()),
            terms: None,
        };
        let changed = search.synonym_update(made.id, patch).await.unwrap();
        assert_eq!(changed.source.as_deref(), Some("telly"));
        assert_eq!(search.synonym_list().await.unwrap(), [changed]);
        search.synonym_delete(made.id).await.unwrap();
        assert!(matches!(search.synonym_delete(made.id).await, Err(ShopError::NotFound)));
        assert_eq!(announced(market).await, 3);
    }
}

#[tokio::test]
async fn synonyms_that_say_nothing_are_refused() {
    for market in &Market::each().await {
        let terms = |given: NewSynonym| async { problems(staff(market).synonym_create(given).await) };
        let needed = [("terms".to_owned(), ProblemCode::Required)];
        assert_eq!(terms(synonym(None, &["tv", "TV"])).await, needed);
        assert_eq!(terms(synonym(Some("tv"), &["tv"])).await, needed);
        let long = "x".repeat(101);
        let found = terms(synonym(Some(" "), &["a", &long])).await;
        let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["terms.1", "source"]);
        let many: Vec<String> = (0..33).map(|at| at.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(
            terms(synonym(None, &many)).await,
            [("terms".to_owned(), ProblemCode::TooLong)]
        );
        assert_eq!(announced(market).await, 0);
    }
}

#[tokio::test]
async fn rules_are_kept_changed_and_checked() {
    for market in &Market::each().await {
        let (search, mug) = (staff(market), product(market).await);
        let made = search.rule_create(rule(Action::Boost, &[], &[mug])).await.unwrap();
        assert_eq!(made.strength, Some(USUAL_STRENGTH));
        let patch = RulePatch {
            action: Some(Action::Pin),
            queries: Some(vec!["Mug".into()]),
            ..RulePatch::default()
        };
        let pinned = search.rule_update(made.id, patch).await.unwrap();
        assert_eq!(
            (pinned.action, pinned.strength, &pinned.queries[..]),
            (Action::Pin, None, &["mug".to_owned()][..])
        );
        assert_eq!(search.rule_list().await.unwrap(), std::slice::from_ref(&pinned));
        assert_eq!(market.shop.discovery().rules().await.unwrap(), [pinned]);

        let refused = |given: NewRule| async { problems(staff(market).rule_create(given).await) };
        let paths = |found: Vec<(String, ProblemCode)>| found.into_iter().map(|(path, _)| path).collect::<Vec<_>>();
        assert_eq!(
            paths(refused(rule(Action::Pin, &[], &[])).await),
            ["queries", "productIds"]
        );
        assert_eq!(paths(refused(rule(Action::Hide, &["x"], &[])).await), ["productIds"]);
        let gone = ProductId::generate();
        assert_eq!(
            paths(refused(rule(Action::Hide, &[], &[mug, gone])).await),
            ["productIds.1"]
        );
        let strong = |strength| NewRule {
            strength: Some(strength),
            ..rule(Action::Bury, &[], &[mug])
        };
        for strength in [0.0, -1.0, 10.1, f32::NAN] {
            assert_eq!(paths(refused(strong(strength)).await), ["strength"]);
        }
        let now = market.shop.now();
        let ended = NewRule {
            name: " ".into(),
            starts_at: Some(now),
            ends_at: Some(now),
            strength: Some(1.0),
            ..rule(Action::Hide, &[], &[mug])
        };
        assert_eq!(paths(refused(ended).await), ["name", "strength", "endsAt"]);
        search.rule_delete(made.id).await.unwrap();
        assert!(matches!(search.rule_delete(made.id).await, Err(ShopError::NotFound)));
        assert_eq!(announced(market).await, 3);
    }
}

#[tokio::test]
async fn weights_are_set_one_by_one_and_given_back() {
    for market in &Market::each().await {
        let search = staff(market);
        let words = |words| FusionPatch {
            words,
            ..FusionPatch::default()
        };
        assert_eq!(
            search.set_fusion(words(Some(Some(2.0)))).await.unwrap().words,
            Some(2.0)
        );
        let meaning = FusionPatch {
            meaning: Some(Some(0.0)),
            ..FusionPatch::default()
        };
        let both = search.set_fusion(meaning).await.unwrap();
        assert_eq!((both.words, both.meaning), (Some(2.0), Some(0.0)));
        assert_eq!(market.shop.discovery().settings().await.unwrap(), both);
        assert_eq!(problems(search.set_fusion(words(Some(Some(11.0)))).await)[0].0, "words");
        let none = FusionPatch {
            words: Some(Some(0.0)),
            coverage: Some(Some(0.0)),
            meaning: None,
            looks: Some(Some(1.0)),
        };
        assert_eq!(problems(search.set_fusion(none).await)[0].1, ProblemCode::OutOfRange);
        assert_eq!(search.set_fusion(words(Some(None))).await.unwrap().words, None);
        assert_eq!(announced(market).await, 3);
    }
}

#[tokio::test]
async fn only_products_that_are_named_come_first() {
    for market in &Market::each().await {
        let mug = product(market).await;
        let admin = Admin::operator(&market.shop);
        let brand = NewBrand {
            name: "Potter".into(),
            ..NewBrand::default()
        };
        let brand = admin.staff().catalog().brand_create(brand).await.unwrap();
        let groups = NewRule {
            brands: vec![brand.id],
            ..rule(Action::Pin, &["mug"], &[mug])
        };
        let needed = [("brandIds".to_owned(), ProblemCode::Invalid)];
        assert_eq!(problems(staff(market).rule_create(groups).await), needed);
        let twice = rule(Action::Pin, &["mug"], &[mug, mug]);
        assert_eq!(staff(market).rule_create(twice).await.unwrap().products, [mug]);
        let many = rule(Action::Pin, &["mug"], &[mug; 51]);
        let needed = [("productIds".to_owned(), ProblemCode::TooLong)];
        assert_eq!(problems(staff(market).rule_create(many).await), needed);
    }
}

#[tokio::test]
async fn a_rule_outlives_its_products_and_can_still_be_changed() {
    for market in &Market::each().await {
        let (search, mug) = (staff(market), product(market).await);
        let made = search.rule_create(rule(Action::Hide, &[], &[mug])).await.unwrap();
        let catalog = Admin::operator(&market.shop).staff().catalog();
        catalog.product_delete(mug).await.unwrap();
        let rest = RulePatch {
            is_active: Some(false),
            ..RulePatch::default()
        };
        let rested = search.rule_update(made.id, rest).await.unwrap();
        assert_eq!((rested.is_active, &rested.products[..]), (false, &[mug][..]));
        let other = RulePatch {
            products: Some(vec![mug, ProductId::generate()]),
            ..RulePatch::default()
        };
        let unknown = [("productIds.1".to_owned(), ProblemCode::NotFound)];
        assert_eq!(problems(search.rule_update(made.id, other).await), unknown);
        let anew = problems(search.rule_create(rule(Action::Hide, &[], &[mug])).await);
        assert_eq!(anew, [("productIds.0".to_owned(), ProblemCode::NotFound)]);
    }
}

#[tokio::test]
async fn there_are_a_thousand_synonyms_at_most_however_many_make_them() {
    for market in &Market::each().await {
        let now = market.shop.now();
        let rows = (1..MOST).map(|at| search_synonym::ActiveModel {
            id: Set(SearchSynonymId::generate()),
            synonym: Set(serde_json::json!({ "source": null, "terms": ["tv", at.to_string()] })),
            created_at: Set(now),
            updated_at: Set(now),
        });
        let rows = search_synonym::Entity::insert_many(rows);
        rows.exec_without_returning(market.shop.db()).await.unwrap();
        let search = staff(market);
        let makers = (0..4).map(|_| search.synonym_create(synonym(None, &["tv", "telly"])));
        let made = futures::future::join_all(makers).await;
        assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1, "{made:?}");
        assert_eq!(market.shop.discovery().synonyms().await.unwrap().len() as u64, MOST);
        assert_eq!(announced(market).await, 1);
    }
}

#[tokio::test]
async fn two_who_set_weights_at_once_are_both_heard() {
    for market in &Market::each().await {
        let words = FusionPatch {
            words: Some(Some(2.0)),
            ..FusionPatch::default()
        };
        let meaning = FusionPatch {
            meaning: Some(Some(3.0)),
            ..FusionPatch::default()
        };
        for _ in 0..10 {
            let none = FusionPatch {
                words: Some(None),
                meaning: Some(None),
                ..FusionPatch::default()
            };
            staff(market).set_fusion(none).await.unwrap();
            let (one, two) = (staff(market), staff(market));
            let both = futures::future::try_join(one.set_fusion(words), two.set_fusion(meaning));
            both.await.unwrap();
            let set = market.shop.discovery().settings().await.unwrap();
            assert_eq!((set.words, set.meaning), (Some(2.0), Some(3.0)));
        }
    }
}
