//! Stories of what is counted of searches, on SQLite and PostgreSQL.
#![expect(clippy::unwrap_used, reason = "tests")]

mod steering;

use super::*;
use crate::{testing::Market, viewer::Admin};
use chrono::{Days, TimeDelta};

fn staff(market: &Market) -> AdminSearch<'_> {
    Admin::operator(&market.shop).search()
}

#[test]
fn queries_are_compared_by_their_words_alone() {
    assert_eq!(normalised("  USB\u{a0} Hub\n").as_deref(), Some("usb hub"));
    assert_eq!(normalised("a\0b\u{7f} c").as_deref(), Some("a b c"));
    assert_eq!(normalised(" \t\0 "), None);
    assert_eq!(normalised(&"é".repeat(300)).unwrap().chars().count(), 200);
}

fn tally(day: NaiveDate, query: &str, searches: u64, without_results: u64, places: &[u64]) -> QueryTally {
    QueryTally {
        searches,
        without_results,
        clicks: places.len() as u64,
        click_positions: places.iter().sum(),
        ..QueryTally::new(day, query)
    }
}

#[tokio::test]
async fn counts_of_many_processes_add_up() {
    for market in &Market::each().await {
        let (discovery, today) = (market.shop.discovery(), market.shop.now().date_naive());
        let batch = [tally(today, "mug", 2, 1, &[3]), tally(today, "cup", 1, 0, &[])];
        let turned = [batch[1].clone(), batch[0].clone()];
        let writers = (0..20).map(|at| discovery.record(if at % 2 == 0 { &batch } else { &turned }));
        futures::future::try_join_all(writers).await.unwrap();
        let range = DayRange { from: today, to: today };
        let report = staff(market).report(range).await.unwrap();
        assert_eq!((report.searches, report.queries, report.without_results), (60, 2, 20));
        assert_eq!((report.clicks, report.mean_click_position), (20, Some(3.0)));
        discovery.record(&[]).await.unwrap();
    }
}

#[tokio::test]
async fn counts_in_parts_add_up_and_no_text_stops_the_others() {
    for market in &Market::each().await {
        let (discovery, today) = (market.shop.discovery(), market.shop.now().date_naive());
        let parts = [
            tally(today, "mug", 1, 0, &[2]),
            tally(today, "Mug\0", 2, 1, &[]),
            tally(today, "\0", 1, 0, &[]),
            tally(today, &"x".repeat(300), 1, 0, &[]),
        ];
        discovery.record(&parts).await.unwrap();
        let range = DayRange { from: today, to: today };
        let page = staff(market).queries(range, TopQueries::MostSearched, 0, 10).await;
        let page = page.unwrap().queries;
        let figures = (
            page[0].query.as_str(),
            page[0].searches,
            page[0].without_results,
            page[0].clicks,
        );
        assert_eq!((page.len(), figures), (2, ("mug", 3, 1, 1)));
        // More than one statement takes.
        let many: Vec<QueryTally> = (0..BATCH * 2 + 1)
            .map(|at| tally(today, &at.to_string(), 1, 1, &[]))
            .collect();
        discovery.record(&many).await.unwrap();
        let report = staff(market).report(range).await.unwrap();
        assert_eq!(
            (report.queries, report.searches),
            (many.len() as u64 + 2, many.len() as u64 + 4)
        );
    }
}

#[tokio::test]
async fn queries_are_ranked_and_told_with_what_was_bought() {
    for market in &Market::each().await {
        let (shop, mug) = (&market.shop, market.product("MUG", 1_000, 50).await);
        let today = shop.now().date_naive();
        let line = crate::cart::LineQuantity {
            variant: mug,
            quantity: 2,
        };
        for key in ["a", "b"] {
            let cart = market.guest().await;
            shop.carts().add_found(cart, &[line], "mug").await.unwrap();
            // A change of the quantity keeps it.
            shop.carts().set(cart, &[line]).await.unwrap();
            let placed = market.place(cart, key).await.unwrap();
            assert_eq!(placed.lines[0].found_by.as_deref(), Some("mug"));
            if key == "a" {
                market.pay(placed.order.id).await.unwrap();
            }
        }
        let unfound = market.order(&[(mug, 1)]).await;
        assert_eq!(unfound.lines[0].found_by, None);
        let batch = [
            tally(today, "mug", 30, 0, &[1, 2]),
            tally(today, "cup", 20, 20, &[]),
            tally(today - Days::new(1), "mug", 10, 0, &[9]),
            tally(today - Days::new(9), "old", 90, 0, &[]),
        ];
        shop.discovery().record(&batch).await.unwrap();
        let range = DayRange {
            from: today - Days::new(1),
            to: today,
        };
        let list = |which| async move { staff(market).queries(range, which, 0, 10).await.unwrap() };
        let names = |page: &QueryPage| page.queries.iter().map(|row| row.query.clone()).collect::<Vec<_>>();
        let most = list(TopQueries::MostSearched).await;
        assert_eq!(
            (names(&most), most.total),
            (vec!["mug".to_owned(), "cup".to_owned()], 2)
        );
        let mug_figures = &most.queries[0];
        assert_eq!(
            (
                mug_figures.searches,
                mug_figures.clicks,
                mug_figures.mean_click_position
            ),
            (40, 3, Some(4.0))
        );
        assert_eq!(mug_figures.orders, 2);
        assert_eq!(mug_figures.amount, 4_600, "with taxes: {mug_figures:?}");
        assert_eq!(names(&list(TopQueries::WithoutResults).await), ["cup"]);
        assert_eq!(names(&list(TopQueries::MostClicked).await), ["mug"]);
        assert_eq!(names(&list(TopQueries::LeastClicked).await), ["cup", "mug"]);
        let second = staff(market)
            .queries(range, TopQueries::MostSearched, 1, 10)
            .await
            .unwrap();
        assert_eq!((names(&second), second.total), (vec!["cup".to_owned()], 2));
        // One of the two was never paid and runs out.
        market.clock.forward(TimeDelta::minutes(31));
        while shop.payments().upkeep(20).await.unwrap().has_more {}
        assert_eq!(staff(market).report(range).await.unwrap().orders, 1);
        let most = list(TopQueries::MostSearched).await;
        assert_eq!((most.queries[0].orders, most.queries[0].amount), (1, 2_300));
        let before = DayRange {
            from: today - Days::new(9),
            to: today - Days::new(2),
        };
        let report = staff(market).report(before).await.unwrap();
        assert_eq!(
            (report.searches, report.orders, report.mean_click_position),
            (90, 0, None)
        );
    }
}

#[tokio::test]
async fn popular_is_what_was_often_searched_and_mostly_found() {
    for market in &Market::each().await {
        let (discovery, today) = (market.shop.discovery(), market.shop.now().date_naive());
        let batch = [
            tally(today, "mug", 4, 1, &[]),
            tally(today - Days::new(1), "mug", 4, 0, &[]),
            tally(today, "cup", 9, 5, &[]),
            tally(today, "pot", 5, 0, &[]),
            tally(today, "rare", 1, 0, &[]),
        ];
        discovery.record(&batch).await.unwrap();
        let since = today - Days::new(30);
        let popular = discovery.popular_queries(since, 5, 10).await.unwrap();
        let popular: Vec<(&str, i64)> = popular.iter().map(|row| (row.query.as_str(), row.searches)).collect();
        assert_eq!(popular, [("mug", 8), ("pot", 5)]);
        assert_eq!(discovery.forget_before(today).await.unwrap(), 1);
        assert_eq!(discovery.popular_queries(since, 5, 1).await.unwrap()[0].query, "pot");
    }
}
