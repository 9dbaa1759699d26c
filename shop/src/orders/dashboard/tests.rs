//! Figures by hand, on SQLite and PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    accounts::{NewAccount, Role},
    catalog::{NewProduct, NewVariant, ProductPatch},
    clock::Clock,
    idempotency::IdempotencyKey,
    orders::{AdminOrders, OrderView, RefundLine, RefundOrder},
    testing::{Market, problems},
    viewer::Staff,
};
use entities::{id::UserId, payment, refund, user_account, variant};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn period(from: &str, before: &str) -> Period {
    Period::new(time(from), time(before)).unwrap()
}

fn march() -> Period {
    period("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")
}

/// From before the first order until after the last.
fn all() -> Period {
    period("2026-02-28T00:00:00Z", "2026-04-02T00:00:00Z")
}

/// A market over four weeks, and its products.
struct Season {
    market: Market,
    mug: (VariantId, ProductId),
    pot: (VariantId, ProductId),
    lamp: (VariantId, ProductId),
}

impl Season {
    fn dashboard(&self) -> AdminDashboard<'_> {
        AdminDashboard::new(&self.market.shop)
    }

    async fn paid(&self, at: &str, lines: &[(VariantId, i32)]) -> OrderView {
        set_clock(&self.market, at);
        let order = self.market.order(lines).await;
        self.market.pay(order.order.id).await.unwrap()
    }

    /// February: two mugs. March: a pot and a mug; two lamps, of which one goes back; a mug
    /// that is given up; three pots that are not paid. April: a mug under another name.
    async fn over(market: Market) -> Self {
        set_clock(&market, "2026-02-01T00:00:00Z");
        let mut made = Vec::new();
        for (sku, price, stock) in [("MUG", 1_250, 6), ("POT", 4_000, 8), ("LAMP", 20_000, 9)] {
            let id = market.product(sku, price, stock).await;
            let row = variant::Entity::find_by_id(id).one(market.shop.db()).await.unwrap();
            made.push((id, row.unwrap().product_id));
        }
        let (mug, pot, lamp) = (made[0], made[1], made[2]);
        let season = Self { market, mug, pot, lamp };
        season.paid("2026-02-28T23:59:59.5Z", &[(mug.0, 2)]).await;
        season.paid("2026-03-01T00:00:00Z", &[(pot.0, 1), (mug.0, 1)]).await;
        let lamps = season.paid("2026-03-01T12:00:00Z", &[(lamp.0, 2)]).await;
        let admin = AdminOrders::new(&season.market.shop, Some(UserId::generate()));
        set_clock(&season.market, "2026-03-02T08:00:00Z");
        let one = RefundOrder {
            lines: vec![RefundLine {
                line: lamps.lines[0].id,
                quantity: 1,
            }],
            ..RefundOrder::default()
        };
        let key = IdempotencyKey::parse("one").unwrap();
        admin.refund(lamps.order.id, &one, &key).await.unwrap();
        let given_up = season.paid("2026-03-31T10:00:00Z", &[(mug.0, 1)]).await;
        admin.cancel(given_up.order.id, "").await.unwrap();
        season.market.order(&[(pot.0, 3)]).await;
        let rename = ProductPatch {
            name: Some("Beaker".to_owned()),
            ..ProductPatch::default()
        };
        let staff = Staff::operator(&season.market.shop);
        staff.catalog().product_update(mug.1, rename).await.unwrap();
        season.paid("2026-04-01T00:00:00Z", &[(mug.0, 1)]).await;
        season.market.audit().await;
        season
    }

    async fn each() -> Vec<Self> {
        let mut seasons = Vec::new();
        for market in Market::each().await {
            seasons.push(Self::over(market).await);
        }
        seasons
    }

    async fn registered(&self, email: &str, role: Role, at: &str) {
        let account = NewAccount {
            email: email.into(),
            password: "correct horse battery".into(),
            name: "Somebody".into(),
        };
        self.market
            .shop
            .accounts()
            .create_user_with_role(account, role)
            .await
            .unwrap();
        user_account::Entity::update_many()
            .col_expr(user_account::Column::CreatedAt, Expr::value(time(at)))
            .filter(user_account::Column::Email.eq(email))
            .exec(self.market.shop.db())
            .await
            .unwrap();
    }
}

fn set_clock(market: &Market, at: &str) {
    market.clock.forward(time(at) - market.clock.now());
}

#[tokio::test]
async fn a_period_counts_what_was_paid_in_it_without_what_went_back() {
    for season in &Season::each().await {
        for (email, role, at) in [
            ("a@example.com", Role::Customer, "2026-03-01T00:00:00Z"),
            ("b@example.com", Role::Customer, "2026-02-28T23:59:59.999Z"),
            ("c@example.com", Role::Staff, "2026-03-05T00:00:00Z"),
        ] {
            season.registered(email, role, at).await;
        }
        let dashboard = season.dashboard();
        // A pot and a mug: 52.50 and 7.88 of tax and 10.00 of shipping. A lamp: 200.00 and 30.00.
        let figures = dashboard.figures(march()).await.unwrap();
        let expected = Figures {
            orders: 2,
            sales: 7_038 + 23_000,
            units: 3,
            refunds: 23_000 + 2_438,
            new_customers: 1,
        };
        assert_eq!((figures, figures.average_order()), (expected, 15_019));
        let figures = dashboard.figures(all()).await.unwrap();
        let sales = 3_875 + 7_038 + 23_000 + 2_438;
        assert_eq!((figures.orders, figures.sales, figures.units), (4, sales, 6));
        assert_eq!(figures.average_order(), 9_088, "half up");
        let quiet = period("2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z");
        let figures = dashboard.figures(quiet).await.unwrap();
        let nothing = Figures {
            new_customers: 0,
            ..Figures::default()
        };
        assert_eq!((figures, figures.average_order()), (nothing, 0));
    }
}

#[tokio::test]
async fn days_and_months_are_those_of_utc_and_quiet_ones_are_not_left_out() {
    for season in &Season::each().await {
        let days = period("2026-02-28T12:00:00Z", "2026-03-03T00:00:00Z");
        let point = |start: &str, sales, orders| SeriesPoint {
            start: time(start),
            sales,
            orders,
        };
        let series = season.dashboard().series(days, SeriesStep::Day).await.unwrap();
        let expected = [
            point("2026-02-28T00:00:00Z", 3_875, 1),
            point("2026-03-01T00:00:00Z", 30_038, 2),
            point("2026-03-02T00:00:00Z", 0, 0),
        ];
        assert_eq!(series, expected);
        let series = season.dashboard().series(all(), SeriesStep::Month).await.unwrap();
        let expected = [
            point("2026-02-01T00:00:00Z", 3_875, 1),
            point("2026-03-01T00:00:00Z", 30_038, 2),
            point("2026-04-01T00:00:00Z", 2_438, 1),
        ];
        assert_eq!(series, expected);
    }
}

#[tokio::test]
async fn products_are_ranked_by_what_stayed_sold_under_their_last_name() {
    for season in &Season::each().await {
        let top = |product: (VariantId, ProductId), name: &str, revenue, units| TopProduct {
            product_id: product.1,
            name: name.to_owned(),
            revenue,
            units,
        };
        let mug = top(season.mug, "Beaker", 2_875 + 1_438 + 1_438, 4);
        let pot = top(season.pot, "Product POT", 4_600, 1);
        let lamp = top(season.lamp, "Product LAMP", 23_000, 1);
        let ranked = async |by, limit| season.dashboard().top_products(all(), by, limit).await.unwrap();
        let by_revenue = [lamp.clone(), mug.clone(), pot.clone()];
        assert_eq!(ranked(Ranking::Revenue, 10).await, by_revenue);
        assert_eq!(ranked(Ranking::Units, 10).await, [mug, lamp.clone(), pot]);
        assert_eq!(ranked(Ranking::Revenue, 0).await, [lamp]);
    }
}

#[tokio::test]
async fn what_runs_out_and_what_waits_is_told() {
    for season in &Season::each().await {
        let draft = NewProduct {
            name: "Draft".to_owned(),
            variants: vec![NewVariant {
                sku: "DRAFT".to_owned(),
                ..NewVariant::default()
            }],
            ..NewProduct::default()
        };
        let staff = Staff::operator(&season.market.shop);
        staff.catalog().product_create(draft).await.unwrap();
        let dashboard = season.dashboard();
        let low = dashboard.low_stock(4, 10).await.unwrap();
        let told: Vec<_> = low.iter().map(|row| (row.sku.as_str(), row.available)).collect();
        assert_eq!(told, [("MUG", 2), ("POT", 4)]);
        assert_eq!((low[0].variant_id, low[0].product_id), season.mug);
        assert_eq!(
            (low[0].product_name.as_str(), low[0].variant_title.as_str()),
            ("Beaker", "")
        );
        assert_eq!(dashboard.low_stock(4, 1).await.unwrap().len(), 1);
        assert!(dashboard.low_stock(1, 10).await.unwrap().is_empty());

        let waiting = OpenWork {
            to_fulfil: 4,
            awaiting_payment: 1,
            ..OpenWork::default()
        };
        assert_eq!(dashboard.open_work().await.unwrap(), waiting);
        let db = season.market.shop.db();
        refund::Entity::update_many()
            .col_expr(refund::Column::Status, Expr::value("FAILED"))
            .filter(refund::Column::Amount.eq(23_000))
            .exec(db)
            .await
            .unwrap();
        payment::Entity::update_many()
            .col_expr(payment::Column::Status, Expr::value("MISMATCHED"))
            .filter(payment::Column::Amount.eq(3_875))
            .exec(db)
            .await
            .unwrap();
        let troubled = OpenWork {
            failed_refunds: 1,
            mismatched_payments: 1,
            ..waiting
        };
        assert_eq!(dashboard.open_work().await.unwrap(), troubled);
        assert_eq!(dashboard.figures(march()).await.unwrap().refunds, 2_438);
    }
}

#[tokio::test]
async fn each_kind_of_figures_is_one_statement() {
    for season in &Season::each().await {
        let (shop, dashboard) = (&season.market.shop, season.dashboard());
        let before = shop.statements().count();
        dashboard.figures(all()).await.unwrap();
        dashboard.series(all(), SeriesStep::Day).await.unwrap();
        dashboard.top_products(all(), Ranking::Units, 50).await.unwrap();
        dashboard.low_stock(100, 50).await.unwrap();
        dashboard.open_work().await.unwrap();
        assert_eq!(shop.statements().count() - before, 5);
    }
}

#[test]
fn a_period_ends_after_it_begins_and_within_400_days() {
    let from = time("2026-01-01T00:00:00Z");
    for before in [
        from,
        from - TimeDelta::seconds(1),
        from + LONGEST + TimeDelta::seconds(1),
    ] {
        let refused = problems(Period::new(from, before));
        assert_eq!(refused, [("before".to_owned(), ProblemCode::OutOfRange)]);
    }
    let longest = Period::new(from, from + LONGEST).unwrap();
    assert_eq!(starts(longest, SeriesStep::Day).len(), 400);
    assert_eq!(starts(longest, SeriesStep::Month).len(), 14);
}
