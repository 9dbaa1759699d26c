//! Who a visitor turned out to be, and what people may ask of what is known about them.

use super::*;

#[tokio::test]
async fn a_visitor_who_logs_in_is_that_user_once() {
    for market in &Market::each().await {
        let (shop, cup) = (&market.shop, mug(market).await);
        let (ada, bob) = (customer(shop, "ada").await, customer(shop, "bob").await);
        let visitor = VisitorId::generate();
        let token = shop.events().token(visitor);
        assert_eq!(shop.events().visitor(&token), Some(visitor));
        assert_eq!(shop.events().visitor(&token[1..]), None);
        shop.events().record(&guest(visitor), vec![view(cup)]).await.unwrap();
        for user in [ada.user().id, ada.user().id, bob.user().id] {
            shop.events().link(visitor, user).await.unwrap();
        }
        let told = published(shop).await;
        assert_eq!(told.len(), 2);
        assert_eq!(
            (told[1].kind, told[1].subject),
            (EventKind::LogIn, Some(ada.user().id.0))
        );
        assert_eq!(told[1].product(), None);
        assert_eq!(shop.events().own(&ada, None, 10).await.unwrap().len(), 2);
        assert_eq!(shop.events().own(&bob, None, 10).await.unwrap(), []);
    }
}

#[tokio::test]
async fn who_wants_no_part_in_it_leaves_nothing() {
    for market in &Market::each().await {
        let (shop, cup) = (&market.shop, mug(market).await);
        let refusing = Who {
            refuses: true,
            ..guest(VisitorId::generate())
        };
        let recorded = shop.events().record(&refusing, vec![view(cup)]).await.unwrap();
        assert_eq!(recorded, Recorded::default());
        let ada = customer(shop, "ada").await;
        let who = Who {
            user: Some(ada.user().id),
            ..Who::default()
        };
        assert_eq!(shop.events().record(&who, vec![view(cup)]).await.unwrap().recorded, 1);
        let profile = shop.events().set_do_not_track(&ada, true).await.unwrap();
        assert!(profile.do_not_track);
        shop.events().set_do_not_track(&ada, true).await.unwrap();
        assert_eq!(shop.events().record(&who, vec![view(cup)]).await.unwrap().recorded, 0);
        shop.events().link(VisitorId::generate(), ada.user().id).await.unwrap();
        let kinds: Vec<_> = published(shop).await.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::View, EventKind::OptOut]);
        shop.events().set_do_not_track(&ada, false).await.unwrap();
        assert_eq!(shop.events().record(&who, vec![view(cup)]).await.unwrap().recorded, 1);
    }
}

#[tokio::test]
async fn one_sees_all_of_ones_own_page_by_page_and_has_it_erased() {
    for market in &Market::each().await {
        let (shop, cup) = (&market.shop, mug(market).await);
        let (ada, bob) = (customer(shop, "ada").await, customer(shop, "bob").await);
        let (visitor, of) = (VisitorId::generate(), |customer: &CustomerCap| Who {
            user: Some(customer.user().id),
            ..Who::default()
        });
        shop.events().record(&guest(visitor), vec![view(cup); 1]).await.unwrap();
        shop.events().link(visitor, ada.user().id).await.unwrap();
        for _ in 0..3 {
            shop.events()
                .record(&of(&ada), vec![view(cup), view(cup)])
                .await
                .unwrap();
        }
        shop.events().record(&of(&bob), vec![view(cup)]).await.unwrap();
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = shop.events().own(&ada, before, 3).await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.place);
            seen.extend(page);
        }
        assert_eq!(seen, shop.events().own(&ada, None, 100).await.unwrap());
        assert_eq!(seen.len(), 8);
        assert!(seen.windows(2).all(|pair| pair[0].place > pair[1].place));
        published(shop).await;
        assert_eq!(shop.events().erase(&ada).await.unwrap(), 8);
        assert_eq!(shop.events().own(&ada, None, 100).await.unwrap(), []);
        let changes = shop.outbox().publish(100).await.unwrap();
        let mut forgotten: Vec<_> = changes.iter().filter_map(|change| change.change()).collect();
        forgotten.sort_by_key(|change| format!("{change:?}"));
        let mut expected = [
            Change::Forgotten(visitor.into()),
            Change::Forgotten(ada.user().id.into()),
        ];
        expected.sort_by_key(|change| format!("{change:?}"));
        assert_eq!(forgotten, expected);
        assert_eq!(whole_log(shop).await.len(), 1, "what others did stays");
        // A deleted account leaves nothing either.
        shop.accounts()
            .delete_account(&bob, &"correct horse battery".into(), None)
            .await
            .unwrap();
        assert_eq!(whole_log(shop).await, []);
    }
}
