//! Figures of the shop for administrators. Each part is computed only when it is selected.

use crate::{
    catalog::Product, context::ContextExt, cost, error::ApiError, guard::Requires, ids::Id, money::Money, page::within,
    scalars::DateTime,
};
use async_graphql::{ComplexObject, Context, Enum, Object, SimpleObject};
use shop::{
    Currency, Role,
    id::{ProductId, VariantId},
    money,
    orders::{self as domain, Period},
};

/// Longest list of products.
const MOST: i32 = 50;
/// Fixed cost of figures over all orders of a period.
const FIGURES: usize = 50;

/// How long a step of a series is, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::SeriesStep")]
pub enum SeriesStep {
    /// A day.
    Day,
    /// A month.
    Month,
}

/// What products are ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::Ranking")]
pub enum TopProductsBy {
    /// What they brought in.
    Revenue,
    /// How many pieces were sold.
    Units,
}

/// A day or month of a period.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct SalesPoint {
    /// When the day or month begins, UTC.
    pub start: DateTime,
    /// Totals of its orders, without what went back.
    pub sales: Money,
    /// Orders that were paid in it.
    pub orders: i64,
}

/// A product that sells.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct TopProduct {
    /// `prod_…`; it may be gone by now.
    pub product_id: Id<ProductId>,
    /// What it was called when it was last ordered.
    pub name: String,
    /// Totals of its lines, without what went back with pieces.
    pub revenue: Money,
    /// Pieces, without those whose money went back.
    pub units: i64,
}

#[ComplexObject]
impl TopProduct {
    /// The product; null once it is not public any more.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>, ApiError> {
        Ok(ctx.loaders()?.product(self.product_id.0).await?.map(Product))
    }
}

/// A variant of a public product that is running out.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct LowStock {
    /// `var_…`
    pub variant_id: Id<VariantId>,
    /// `prod_…`
    pub product_id: Id<ProductId>,
    /// The product's name.
    pub product_name: String,
    /// Which variant; empty for a simple product.
    pub variant_title: String,
    /// Stock-keeping unit.
    pub sku: String,
    /// Pieces that are free.
    pub available: i32,
}

#[ComplexObject]
impl LowStock {
    /// The product.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>, ApiError> {
        Ok(ctx.loaders()?.product(self.product_id.0).await?.map(Product))
    }
}

/// What waits for somebody now.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct OpenWork {
    /// Paid orders that are not sent.
    pub orders_to_fulfil: i64,
    /// Orders whose money is missing.
    pub orders_awaiting_payment: i64,
    /// Refunds that did not go through, and were neither made good since nor taken care of.
    pub failed_refunds: i64,
    /// Refunds that somebody has to make by hand, or that are open for a week: `refundMarkDone`.
    pub refunds_by_hand: i64,
    /// Payments of another amount than was asked, until they went back.
    pub mismatched_payments: i64,
}

/// Figures of a period. An order counts when it was paid within the period, is not cancelled
/// and is of the shop's currency.
#[derive(Clone, Copy, Debug)]
pub struct Dashboard {
    period: Period,
    figures: domain::Figures,
    currency: Currency,
}

impl Dashboard {
    fn money(&self, amount: i64) -> Money {
        money::Money::new(amount, self.currency).into()
    }
}

#[Object]
impl Dashboard {
    /// When the period begins.
    async fn from(&self) -> DateTime {
        DateTime(self.period.from())
    }

    /// When it is over.
    async fn before(&self) -> DateTime {
        DateTime(self.period.before())
    }

    /// Totals of the orders, without what went back of them.
    async fn sales(&self) -> Money {
        self.money(self.figures.sales)
    }

    /// Orders.
    async fn orders(&self) -> i64 {
        self.figures.orders
    }

    /// Sales per order, rounded half up.
    async fn average_order(&self) -> Money {
        self.money(self.figures.average_order())
    }

    /// Money whose way back began within the period, whenever it was paid.
    async fn refunds(&self) -> Money {
        self.money(self.figures.refunds)
    }

    /// Pieces, without those whose money went back.
    async fn units_sold(&self) -> i64 {
        self.figures.units
    }

    /// Customers who registered.
    async fn new_customers(&self) -> i64 {
        self.figures.new_customers
    }

    /// Sales of each day or month that the period touches, quiet ones among them.
    #[graphql(complexity = "cost::list(FIGURES, None, 31, child_complexity)")]
    async fn series(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How long a step is.", default_with = "SeriesStep::Day")] by: SeriesStep,
    ) -> Result<Vec<SalesPoint>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let points = admin.dashboard().series(self.period, by.into()).await?.into_iter();
        let point = |point: domain::SeriesPoint| SalesPoint {
            start: DateTime(point.start),
            sales: self.money(point.sales),
            orders: point.orders,
        };
        Ok(points.map(point).collect())
    }

    /// What sold best.
    #[graphql(complexity = "cost::list(FIGURES, Some(first), 10, child_complexity)")]
    async fn top_products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What they are ranked by.", default_with = "TopProductsBy::Revenue")] by: TopProductsBy,
        #[graphql(desc = "How many at most, 1 to 50.", default = 10)] first: i32,
    ) -> Result<Vec<TopProduct>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let first = within("first", first, 1, MOST)? as u64;
        let rows = admin.dashboard().top_products(self.period, by.into(), first).await?;
        let product = |row: domain::TopProduct| TopProduct {
            product_id: Id(row.product_id),
            name: row.name,
            revenue: self.money(row.revenue),
            units: row.units,
        };
        Ok(rows.into_iter().map(product).collect())
    }

    /// Variants of public products with few free pieces now, fewest first.
    #[graphql(complexity = "cost::list(cost::LISTING, Some(first), 10, child_complexity)")]
    async fn low_stock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many free pieces, 0 to 1,000.", default = 5)] threshold: i32,
        #[graphql(desc = "How many at most, 1 to 50.", default = 10)] first: i32,
    ) -> Result<Vec<LowStock>, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        within("threshold", threshold, 0, 1_000)?;
        let first = within("first", first, 1, MOST)? as u64;
        let rows = admin.dashboard().low_stock(threshold, first).await?;
        let variant = |row: domain::LowStock| LowStock {
            variant_id: Id(row.variant_id),
            product_id: Id(row.product_id),
            product_name: row.product_name,
            variant_title: row.variant_title,
            sku: row.sku,
            available: row.available,
        };
        Ok(rows.into_iter().map(variant).collect())
    }

    /// What waits for somebody now, whatever the period.
    #[graphql(complexity = "cost::LISTING + child_complexity")]
    async fn open_work(&self, ctx: &Context<'_>) -> Result<OpenWork, ApiError> {
        let admin = ctx.viewer()?.admin(&ctx.services()?.shop).await?;
        let work = admin.dashboard().open_work().await?;
        Ok(OpenWork {
            orders_to_fulfil: work.to_fulfil,
            orders_awaiting_payment: work.awaiting_payment,
            failed_refunds: work.failed_refunds,
            refunds_by_hand: work.refunds_by_hand,
            mismatched_payments: work.mismatched_payments,
        })
    }
}

/// Figures of the shop.
#[derive(Default)]
pub struct DashboardQuery;

#[Object(guard = "Requires(Role::Admin)")]
impl DashboardQuery {
    /// Figures of a period of at most 400 days, computed now.
    ///
    /// @requires(ADMIN)
    #[graphql(complexity = "FIGURES + child_complexity")]
    async fn dashboard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Orders that were paid then or later.")] from: DateTime,
        #[graphql(desc = "Orders that were paid before.")] before: DateTime,
    ) -> Result<Dashboard, ApiError> {
        let shop = &ctx.services()?.shop;
        let admin = ctx.viewer()?.admin(shop).await?;
        let period = Period::new(from.0, before.0)?;
        Ok(Dashboard {
            period,
            figures: admin.dashboard().figures(period).await?,
            currency: shop.currency(),
        })
    }
}
