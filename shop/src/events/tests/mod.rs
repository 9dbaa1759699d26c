//! Stories of the event log, on SQLite and PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests")]

mod privacy;

use super::*;
use crate::{
    ShopError,
    accounts::{LogIn, NewAccount, Role},
    error::ProblemCode,
    outbox::Change,
    reviews::NewReview,
    testing::{Market, problems},
    viewer::CustomerCap,
};
use chrono::{DateTime, TimeDelta, Utc};
use entities::{behaviour_event, behaviour_seen, id::VariantId, variant};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait};

async fn customer(shop: &Shop, name: &str) -> CustomerCap {
    let (email, password) = (format!("{name}@example.com"), || "correct horse battery".into());
    let account = NewAccount {
        email: email.clone(),
        password: password(),
        name: name.into(),
    };
    let made = shop.accounts().create_user_with_role(account, Role::Customer).await;
    made.unwrap();
    let log_in = LogIn {
        email,
        password: password(),
        address: None,
        user_agent: None,
    };
    let token = shop.accounts().log_in(log_in).await.unwrap().access.token;
    let viewer = shop.accounts().authenticate(Some(&token)).await.unwrap();
    viewer.customer().unwrap()
}

async fn product_of(market: &Market, variant: VariantId) -> ProductId {
    let row = variant::Entity::find_by_id(variant)
        .one(market.shop.db())
        .await
        .unwrap();
    row.unwrap().product_id
}

async fn mug(market: &Market) -> ProductId {
    let sku = format!("MUG-{}", Uuid::now_v7().simple());
    product_of(market, market.product(&sku, 1_000, 10).await).await
}

fn view(product: ProductId) -> NewEvent {
    NewEvent {
        id: Uuid::now_v7(),
        kind: EventKind::View,
        happened_at: None,
        product: Some(product),
        dwell_ms: Some(4_000),
        query: None,
        attribution: None,
    }
}

fn guest(visitor: VisitorId) -> Who {
    Who {
        visitor: Some(visitor),
        ..Who::default()
    }
}

/// Publishes all that waits and gives the events among it.
async fn published(shop: &Shop) -> Vec<Event> {
    let published = shop.outbox().publish(1_000).await.unwrap();
    published.iter().flat_map(|change| change.events().unwrap()).collect()
}

async fn whole_log(shop: &Shop) -> Vec<Event> {
    let end = shop.outbox().last_position().await.unwrap();
    let (mut events, mut after) = (Vec::new(), 0);
    loop {
        let page = shop.events().published(after, end).await.unwrap();
        events.extend(page.events);
        let Some(position) = page.position else { return events };
        after = position;
    }
}

#[tokio::test]
async fn what_followers_are_told_is_what_the_log_says_in_the_same_order() {
    for market in &Market::each().await {
        let shop = &market.shop;
        let (cup, pot) = (mug(market).await, mug(market).await);
        let found = Attribution {
            list: Uuid::now_v7(),
            kind: "SIMILAR".into(),
            position: 3,
            model: "g7".into(),
            arm: None,
            propensity: 1.0,
        };
        let search = NewEvent {
            kind: EventKind::Search,
            product: None,
            dwell_ms: None,
            query: Some("  Red   MUG ".into()),
            ..view(cup)
        };
        let click = NewEvent {
            kind: EventKind::Click,
            dwell_ms: None,
            attribution: Some(found.clone()),
            ..view(pot)
        };
        let batch = vec![view(cup), search, click];
        let visitor = VisitorId::generate();
        let recorded = shop.events().record(&guest(visitor), batch.clone()).await.unwrap();
        assert_eq!((recorded.recorded, recorded.repeated), (3, 0));
        assert_eq!((recorded.visitor, recorded.is_tracked), (Some(visitor), true));
        let again = shop.events().record(&guest(visitor), batch).await.unwrap();
        assert_eq!((again.recorded, again.repeated), (0, 3), "known by their ids");
        shop.events().record(&guest(visitor), vec![view(pot)]).await.unwrap();
        assert_eq!(
            whole_log(shop).await,
            [],
            "nothing is in the log's order before it is published"
        );
        let told = published(shop).await;
        assert_eq!(told, whole_log(shop).await);
        assert_eq!(told.len(), 4);
        assert_eq!(told[0].dwell_ms, Some(4_000));
        assert_eq!(told[1].query.as_deref(), Some("red mug"));
        assert_eq!(told[2].attribution, Some(found));
        assert!(told.iter().all(|event| event.person == visitor.into()));
        let latest = shop.events().latest(visitor.into(), 2).await.unwrap();
        assert_eq!(latest, told[2..]);
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_one_by_one_and_the_rest_counts() {
    for market in &Market::each().await {
        let (shop, cup, now) = (&market.shop, mug(market).await, market.shop.now());
        let searched = NewEvent {
            kind: EventKind::Search,
            product: None,
            dwell_ms: None,
            ..view(cup)
        };
        let batch = vec![
            NewEvent {
                product: None,
                ..view(cup)
            },
            NewEvent {
                product: Some(ProductId::generate()),
                ..view(cup)
            },
            NewEvent {
                kind: EventKind::Purchase,
                ..view(cup)
            },
            NewEvent {
                happened_at: Some(now - TimeDelta::hours(49)),
                ..view(cup)
            },
            NewEvent {
                happened_at: Some(now + TimeDelta::minutes(6)),
                ..view(cup)
            },
            NewEvent {
                dwell_ms: Some(-1),
                ..view(cup)
            },
            NewEvent {
                kind: EventKind::Click,
                ..view(cup)
            },
            NewEvent {
                query: Some(" \u{0} ".into()),
                ..searched.clone()
            },
            NewEvent {
                query: Some("mug".into()),
                dwell_ms: None,
                ..view(cup)
            },
            NewEvent {
                query: Some("mug".into()),
                product: Some(cup),
                ..searched
            },
            NewEvent {
                happened_at: Some(now + TimeDelta::minutes(4)),
                ..view(cup)
            },
        ];
        let recorded = shop.events().record(&Who::default(), batch).await.unwrap();
        let told: Vec<_> = recorded
            .problems
            .iter()
            .map(|p| (p.path[1..].join("."), p.code))
            .collect();
        use ProblemCode::{Invalid, NotFound, OutOfRange, Required};
        let expected = [
            ("0.productId", Required),
            ("1.productId", NotFound),
            ("2.kind", Invalid),
            ("3.happenedAt", OutOfRange),
            ("4.happenedAt", OutOfRange),
            ("5.dwellMs", OutOfRange),
            ("6.dwellMs", Invalid),
            ("7.query", Required),
            ("8.query", Invalid),
            ("9.productId", Invalid),
        ];
        assert_eq!(told, expected.map(|(path, code)| (path.to_owned(), code)));
        assert_eq!(recorded.recorded, 1);
        let [kept] = &published(shop).await[..] else {
            panic!("one counts")
        };
        assert!(kept.at_ms <= now.timestamp_millis(), "nothing happens in the future");
        let flood = vec![view(cup); MOST_EVENTS + 1];
        let refused = shop.events().record(&Who::default(), flood).await;
        assert_eq!(problems(refused), [("events".to_owned(), ProblemCode::TooLong)]);
    }
}

#[tokio::test]
async fn many_at_once_are_written_together_and_each_event_once() {
    for market in &Market::each().await {
        let (shop, cup) = (&market.shop, mug(market).await);
        let shared = view(cup);
        let told = (0..40).map(|_| {
            let (who, batch) = (guest(VisitorId::generate()), vec![view(cup), shared.clone(), view(cup)]);
            async move { shop.events().record(&who, batch).await.unwrap() }
        });
        let told = futures::future::join_all(told).await;
        assert_eq!(told.iter().map(|one| one.recorded).sum::<usize>(), 81);
        assert_eq!(told.iter().map(|one| one.repeated).sum::<usize>(), 39);
        let changes = shop.outbox().publish(1_000).await.unwrap();
        let batches: Vec<_> = changes
            .iter()
            .filter(|change| change.change() == Some(Change::Events))
            .collect();
        assert!(batches.len() < 40, "{} batches", batches.len());
        assert_eq!(whole_log(shop).await.len(), 81);
    }
}

#[tokio::test]
async fn what_is_paid_and_reviewed_is_known_without_being_told() {
    for market in &Market::each().await {
        let shop = &market.shop;
        let (cup, pot) = (
            market.product("CUP", 1_000, 9).await,
            market.product("POT", 2_500, 9).await,
        );
        let order = market.order(&[(cup, 2), (pot, 1)]).await;
        assert_eq!(published(shop).await, [], "nothing is bought before it is paid");
        market.pay(order.order.id).await.unwrap();
        let bought = published(shop).await;
        let lines: Vec<_> = bought.iter().map(|event| (event.product(), event.quantity)).collect();
        let (cup, pot) = (product_of(market, cup).await, product_of(market, pot).await);
        assert_eq!(lines, [(Some(cup), Some(2)), (Some(pot), Some(1))]);
        let total: i64 = bought.iter().filter_map(|event| event.amount).sum();
        assert_eq!(total + order.order.shipping_amount, order.order.total_amount);
        assert!(
            bought
                .iter()
                .all(|event| event.kind == EventKind::Purchase && event.basket == Some(order.order.id.0))
        );
        let ada = customer(shop, "ada").await;
        let review = NewReview {
            product: cup,
            rating: 4,
            title: String::new(),
            body: "Holds tea.".into(),
        };
        shop.reviews().write(&ada, review.clone()).await.unwrap();
        let [reviewed] = &published(shop).await[..] else {
            panic!("one review")
        };
        assert_eq!((reviewed.kind, reviewed.quantity), (EventKind::Review, Some(4)));
        shop.reviews().write(&ada, review).await.unwrap();
        assert_eq!(published(shop).await, [], "nothing changed");
        market.audit().await;
    }
}

#[tokio::test]
async fn old_events_and_ids_are_forgotten_by_whole_months() {
    for market in &Market::each().await {
        let (shop, cup) = (&market.shop, mug(market).await);
        let who = guest(VisitorId::generate());
        shop.events().record(&who, vec![view(cup)]).await.unwrap();
        let ids = async || behaviour_seen::Entity::find().count(shop.db()).await.unwrap();
        let events = async || behaviour_event::Entity::find().count(shop.db()).await.unwrap();
        shop.events().tidy().await.unwrap();
        assert_eq!((events().await, ids().await), (1, 1));
        market.clock.forward(TimeDelta::days(4));
        shop.events().tidy().await.unwrap();
        assert_eq!((events().await, ids().await), (1, 0));
        market.clock.forward(TimeDelta::days(500));
        shop.events().record(&who, vec![view(cup)]).await.unwrap();
        published(shop).await;
        shop.events().tidy().await.unwrap();
        assert_eq!(
            (events().await, ids().await),
            (1, 1),
            "in a month that had no table yet"
        );
        assert_eq!(whole_log(shop).await.len(), 1);
        if shop.db().get_database_backend() == DbBackend::Postgres {
            let tables = "SELECT relname FROM pg_class WHERE relname LIKE 'behaviour_event_2%' AND relkind = 'r'";
            let tables = sea_orm::Statement::from_string(DbBackend::Postgres, tables);
            let tables = shop.db().query_all_raw(tables).await.unwrap();
            assert_eq!(tables.len(), 2, "this month and the next");
        }
    }
}

#[tokio::test]
async fn a_flood_from_one_address_is_turned_away() {
    let market = Market::each().await.remove(0);
    let cup = mug(&market).await;
    let who = Who {
        address: Some("192.0.2.7".parse().unwrap()),
        ..guest(VisitorId::generate())
    };
    let told = async |who: &Who| market.shop.events().record(who, vec![view(cup); MOST_EVENTS]).await;
    for _ in 0..120 {
        told(&who).await.unwrap();
    }
    assert!(matches!(told(&who).await, Err(ShopError::RateLimited { .. })));
    let elsewhere = Who {
        address: Some("192.0.2.8".parse().unwrap()),
        ..who
    };
    told(&elsewhere).await.unwrap();
}

#[test]
fn an_event_survives_its_way_through_a_broker() {
    let at = DateTime::<Utc>::UNIX_EPOCH.timestamp_millis();
    let event = Event {
        subject: Some(Uuid::from_u128(7)),
        quantity: Some(2),
        amount: Some(2_000),
        basket: Some(Uuid::from_u128(9)),
        ..Event::new(Person(Uuid::from_u128(1)), EventKind::Purchase, at)
    };
    let json = serde_json::to_string(&event).unwrap();
    assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
    assert!(json.contains("PURCHASE") && !json.contains("null"), "{json}");
}
