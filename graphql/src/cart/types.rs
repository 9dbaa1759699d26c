//! Carts as the API shows them.

use super::addresses::Address;
use crate::{
    behaviour::{self, Listed},
    catalog::{Product, ProductWhere},
    context::ContextExt,
    error::ApiError,
    ids::Id,
    money::Money,
    recommendations::RecommendationList,
    scalars::Decimal,
    user_error::UserErrorCode,
};
use async_graphql::{Context, Object, SimpleObject};
use shop::{
    Currency,
    cart::{self as domain, CartView, LineProblem},
    checkout::{self, CouponProblem},
    id::{CartId, ShippingRateId, VariantId},
    money,
};

/// A way to ship.
#[derive(Clone, Debug, SimpleObject)]
pub struct ShippingMethod {
    /// `rate_…`
    pub id: Id<ShippingRateId>,
    /// What customers read.
    pub name: String,
    /// Its price, before a rule makes it free.
    pub price: Money,
    /// Goods of more than this, after discount, ship for nothing.
    pub free_over: Option<Money>,
    /// Days on the way, at least.
    pub min_days: Option<i32>,
    /// Days on the way, at most.
    pub max_days: Option<i32>,
}

impl ShippingMethod {
    pub(crate) fn new(method: checkout::ShippingMethod, currency: Currency) -> Self {
        let amount = |amount| money::Money::new(amount, currency).into();
        Self {
            id: Id(method.id),
            name: method.name,
            price: amount(method.price),
            free_over: method.free_over.map(amount),
            min_days: method.days.map(|(least, _)| least),
            max_days: method.days.map(|(_, most)| most),
        }
    }
}

/// The coupon of a cart.
#[derive(Clone, Debug, SimpleObject)]
pub struct CartCoupon {
    /// Its code.
    pub code: String,
    /// Whether it lowers the price now.
    pub is_applied: bool,
    /// Why not: `COUPON_EXPIRED`, `COUPON_EXHAUSTED`, `COUPON_MINIMUM`, `COUPON_UNKNOWN`.
    pub problem: Option<UserErrorCode>,
    /// Least subtotal that it takes, for `COUPON_MINIMUM`.
    pub minimum: Option<Money>,
}

impl CartCoupon {
    fn new(coupon: &domain::CartCoupon, currency: Currency) -> Self {
        let problem = coupon.problem.map(|problem| match problem {
            CouponProblem::Unknown => UserErrorCode::CouponUnknown,
            CouponProblem::Expired => UserErrorCode::CouponExpired,
            CouponProblem::Exhausted => UserErrorCode::CouponExhausted,
            CouponProblem::BelowMinimum { .. } => UserErrorCode::CouponMinimum,
        });
        let minimum = match coupon.problem {
            Some(CouponProblem::BelowMinimum { minimum }) => Some(money::Money::new(minimum, currency).into()),
            _ => None,
        };
        Self {
            code: coupon.code.clone(),
            is_applied: problem.is_none(),
            problem,
            minimum,
        }
    }
}

/// What should be known about a line before it is bought.
#[derive(Clone, Debug, SimpleObject)]
pub struct CartLineProblem {
    /// `UNAVAILABLE` and `INSUFFICIENT_STOCK` stand in the way; `QUOTE_CHANGED` says that the
    /// price is another one since the line was last touched.
    pub code: UserErrorCode,
    /// For people, English.
    pub message: String,
    /// Pieces that are free, for `INSUFFICIENT_STOCK`.
    pub available: Option<i32>,
    /// The price before, for `QUOTE_CHANGED`.
    pub previous_price: Option<Money>,
}

impl CartLineProblem {
    fn new(problem: LineProblem, currency: Currency) -> Self {
        let plain = |code, message: &str| Self {
            code,
            message: message.to_owned(),
            available: None,
            previous_price: None,
        };
        match problem {
            LineProblem::Unavailable => plain(UserErrorCode::Unavailable, "it cannot be bought any more"),
            LineProblem::InsufficientStock { available } => Self {
                available: Some(available),
                ..plain(UserErrorCode::InsufficientStock, "fewer pieces are available")
            },
            LineProblem::PriceChanged { from } => Self {
                previous_price: Some(money::Money::new(from, currency).into()),
                ..plain(UserErrorCode::QuoteChanged, "its price changed")
            },
        }
    }
}

/// A line of a cart.
#[derive(Clone, Debug)]
pub struct CartLine {
    line: domain::CartLine,
    currency: Currency,
}

impl CartLine {
    fn money(&self, amount: i64) -> Money {
        money::Money::new(amount, self.currency).into()
    }

    fn part(&self, pick: impl Fn(shop::pricing::PricedLine) -> i64) -> Option<Money> {
        self.line.priced.map(|priced| self.money(pick(priced)))
    }
}

#[Object]
impl CartLine {
    /// What: names the line in changes.
    async fn variant_id(&self) -> Id<VariantId> {
        Id(self.line.variant)
    }

    /// Its product; null once it is not public any more.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>, ApiError> {
        Ok(ctx.loaders()?.product(self.line.product).await?.map(Product))
    }

    /// The product's name now, or the last one known.
    async fn product_name(&self) -> &str {
        &self.line.product_name
    }

    /// Which variant; empty for a simple product.
    async fn variant_title(&self) -> &str {
        &self.line.variant_title
    }

    /// Stock-keeping unit; null once it is gone.
    async fn sku(&self) -> Option<&str> {
        Some(self.line.sku.as_str()).filter(|sku| !sku.is_empty())
    }

    /// How many pieces.
    async fn quantity(&self) -> i32 {
        self.line.quantity
    }

    /// Price of one now; null when it cannot be bought.
    async fn unit_price(&self) -> Option<Money> {
        self.line.unit.map(|amount| self.money(amount))
    }

    /// Price times quantity.
    async fn subtotal(&self) -> Option<Money> {
        self.part(|priced| priced.subtotal)
    }

    /// Its share of the discount.
    async fn discount(&self) -> Option<Money> {
        self.part(|priced| priced.discount)
    }

    /// Its tax.
    async fn tax(&self) -> Option<Money> {
        self.part(|priced| priced.tax)
    }

    /// Its tax rate, per cent.
    async fn tax_percent(&self) -> Decimal {
        percent(self.line.tax.get())
    }

    /// What it adds to the total; null when it cannot be bought.
    async fn total(&self) -> Option<Money> {
        self.part(|priced| priced.total)
    }

    /// What should be known before it is bought.
    async fn problems(&self) -> Vec<CartLineProblem> {
        let problems = self.line.problems.iter();
        problems
            .map(|problem| CartLineProblem::new(*problem, self.currency))
            .collect()
    }
}

pub(crate) fn percent(basis_points: i32) -> Decimal {
    Decimal::new(i64::from(basis_points), 2)
}

/// A cart and its live quote. Prices, taxes and shipping are the server's, computed anew each
/// time; `quote` names them, and `orderPlace` takes that name.
#[derive(Clone, Debug)]
pub struct Cart(pub(crate) CartView);

impl Cart {
    fn money(&self, amount: i64) -> Money {
        money::Money::new(amount, self.0.currency).into()
    }
}

#[Object]
impl Cart {
    /// `cart_…`
    async fn id(&self) -> Id<CartId> {
        Id(self.0.id)
    }

    /// Opens a guest's cart: send it as the header `X-Cart-Token`. Null for a user's cart.
    async fn token(&self, ctx: &Context<'_>) -> Result<Option<String>, ApiError> {
        let carts = ctx.services()?.shop.carts();
        Ok(self.0.user.is_none().then(|| carts.token(self.0.id)))
    }

    /// Lines, in the order in which they were put in.
    #[graphql(complexity = "crate::cost::small_list(child_complexity)")]
    async fn lines(&self) -> Vec<CartLine> {
        let currency = self.0.currency;
        let lines = self.0.lines.iter().cloned();
        lines.map(|line| CartLine { line, currency }).collect()
    }

    /// Pieces over all lines.
    async fn total_quantity(&self) -> i64 {
        self.0.pieces()
    }

    /// The coupon that was applied.
    async fn coupon(&self) -> Option<CartCoupon> {
        self.0
            .coupon
            .as_ref()
            .map(|coupon| CartCoupon::new(coupon, self.0.currency))
    }

    /// Where news of a guest's order goes.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// Where it goes.
    async fn shipping_address(&self) -> Option<Address> {
        self.0.shipping_address.clone().map(Address::from)
    }

    /// Who pays; null: whoever receives.
    async fn billing_address(&self) -> Option<Address> {
        self.0.billing_address.clone().map(Address::from)
    }

    /// Ways to ship to the address; before there is one, to anywhere.
    async fn shipping_methods(&self) -> Vec<ShippingMethod> {
        let methods = self.0.shipping_methods.iter().cloned();
        methods
            .map(|method| ShippingMethod::new(method, self.0.currency))
            .collect()
    }

    /// The one that counts: chosen, else the first. Null when nothing is shipped there.
    async fn shipping_method(&self) -> Option<ShippingMethod> {
        let method = self.0.shipping.clone();
        method.map(|method| ShippingMethod::new(method, self.0.currency))
    }

    /// Sum of prices times quantities.
    async fn subtotal(&self) -> Money {
        self.money(self.0.priced.subtotal)
    }

    /// What the coupon takes off the goods.
    async fn discount(&self) -> Money {
        self.money(self.0.priced.discount)
    }

    /// Shipping, without a tax that comes on top.
    async fn shipping(&self) -> Money {
        self.money(self.0.priced.shipping.price)
    }

    /// Tax of goods and shipping.
    async fn tax(&self) -> Money {
        self.money(self.0.priced.tax)
    }

    /// Whether prices hold the tax already.
    async fn is_tax_included(&self) -> bool {
        self.0.is_tax_included
    }

    /// What is to be paid.
    async fn total(&self) -> Money {
        self.money(self.0.priced.total)
    }

    /// What goes with what is in it: what is bought together, or else what people go on to look at.
    #[graphql(complexity = "crate::cost::list(crate::cost::RECOMMENDATION, Some(first), 8, child_complexity)")]
    async fn recommendations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 50.", default = 8)] first: i32,
        #[graphql(name = "where", desc = "Only products like this.")] filter: Option<ProductWhere>,
        #[graphql(desc = "Let products through that cannot be bought now.", default = false)]
        include_out_of_stock: bool,
        #[graphql(desc = "Tell of each all that speaks for it: `causes`.", default = false)] explain: bool,
    ) -> Result<RecommendationList, ApiError> {
        let products = self.0.lines.iter().map(|line| line.product).collect();
        let listed = Listed {
            first,
            filter,
            include_out_of_stock,
            explain,
        };
        behaviour::for_cart(ctx, products, listed).await
    }

    /// Names this quote for `orderPlace`; changes with anything that its owner would want to know.
    async fn quote(&self) -> &str {
        &self.0.fingerprint
    }
}
