//! A cart as it is this moment: lines with live prices and stock, quote, what changed.

use crate::{
    Shop,
    checkout::{CouponProblem, STANDARD, ShippingMethod, Terms, coupon_terms, find_coupon},
    error::ShopError,
    pricing::{self, BasisPoints, CouponTerms, Priced, PricedLine, PricingError, Taxable, ToPrice},
};
use entities::{
    Currency,
    address::Address,
    cart, cart_line, coupon,
    id::{CartId, CategoryId, ProductId, ShippingRateId, UserId, VariantId},
    product::{self, ProductStatus},
    variant,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// What stands in the way of buying a line as it is, or should be known before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineProblem {
    /// Deleted, withdrawn, or without a price.
    Unavailable,
    /// Fewer pieces are free than are wanted.
    InsufficientStock {
        /// How many are free.
        available: i32,
    },
    /// Another price than its owner saw last. Stands in nobody's way.
    PriceChanged {
        /// What they saw, minor units.
        from: i64,
    },
}

impl LineProblem {
    /// Whether the line cannot be bought as it is.
    #[must_use]
    pub fn is_obstacle(self) -> bool {
        !matches!(self, Self::PriceChanged { .. })
    }
}

/// A line of a cart.
#[derive(Clone, Debug)]
pub struct CartLine {
    /// What.
    pub variant: VariantId,
    /// Of which product.
    pub product: ProductId,
    /// The names now, or the last ones known.
    pub product_name: String,
    /// Which variant; empty for a simple product.
    pub variant_title: String,
    /// Stock-keeping unit; empty when it is gone.
    pub sku: String,
    /// How many.
    pub quantity: i32,
    /// The price of one now; none when it cannot be bought.
    pub unit: Option<i64>,
    /// Tax rate.
    pub tax: BasisPoints,
    /// What it comes to; none when it cannot be bought.
    pub priced: Option<PricedLine>,
    /// What should be known about it.
    pub problems: Vec<LineProblem>,
    /// The search through which it was found, normalised.
    pub found_by: Option<String>,
}

/// The coupon that was typed.
#[derive(Clone, Debug)]
pub struct CartCoupon {
    /// As it is stored, or as it was typed.
    pub code: String,
    /// The coupon, if there is one.
    pub coupon: Option<coupon::Model>,
    /// Why it does not apply now.
    pub problem: Option<CouponProblem>,
}

/// A cart with everything that is shown of it.
#[derive(Clone, Debug)]
pub struct CartView {
    /// Identity.
    pub id: CartId,
    /// Whose it is.
    pub user: Option<UserId>,
    /// Where news of a guest's order goes.
    pub email: Option<String>,
    /// Where it goes.
    pub shipping_address: Option<Address>,
    /// Who pays, if somebody else.
    pub billing_address: Option<Address>,
    /// Lines, in the order in which they were put in.
    pub lines: Vec<CartLine>,
    /// The coupon.
    pub coupon: Option<CartCoupon>,
    /// Ways to ship to the address; to anywhere before there is one.
    pub shipping_methods: Vec<ShippingMethod>,
    /// The one that counts: chosen, else the first.
    pub shipping: Option<ShippingMethod>,
    /// Tax rate of shipping.
    pub shipping_tax: BasisPoints,
    /// What the lines that can be bought come to.
    pub priced: Priced,
    /// Whether prices hold the tax.
    pub is_tax_included: bool,
    /// Currency of every amount.
    pub currency: Currency,
    /// Names this quote: changes with anything that the customer would want to know.
    pub fingerprint: String,
}

impl CartView {
    /// The coupon, if it applies.
    #[must_use]
    pub fn applied_coupon(&self) -> Option<&coupon::Model> {
        let typed = self.coupon.as_ref().filter(|typed| typed.problem.is_none())?;
        typed.coupon.as_ref()
    }

    /// Pieces over all lines.
    #[must_use]
    pub fn pieces(&self) -> i64 {
        self.lines.iter().map(|line| i64::from(line.quantity)).sum()
    }
}

type Live = (variant::Model, product::Model);

/// Reads a cart and all it rests on. Inside a transaction that holds the products' locks,
/// what it says stays true until the end.
pub(crate) async fn load(db: &impl ConnectionTrait, shop: &Shop, row: cart::Model) -> Result<CartView, ShopError> {
    let rows = lines(db, row.id).await?;
    view(db, shop, row, rows).await
}

/// The lines of a cart, in the order in which they were put in.
pub(crate) async fn lines(db: &impl ConnectionTrait, id: CartId) -> Result<Vec<cart_line::Model>, ShopError> {
    Ok(cart_line::Entity::find()
        .filter(cart_line::Column::CartId.eq(id))
        .order_by_asc(cart_line::Column::AddedAt)
        .order_by_asc(cart_line::Column::VariantId)
        .all(db)
        .await?)
}

/// What a cart and its lines come to now.
pub(crate) async fn view(
    db: &impl ConnectionTrait,
    shop: &Shop,
    row: cart::Model,
    rows: Vec<cart_line::Model>,
) -> Result<CartView, ShopError> {
    let mut live = live(db, rows.iter().map(|line| line.variant_id)).await?;
    let settings = shop.commerce();
    let terms = Terms::load(db, settings).await?;
    let country = row.shipping_address.as_ref().map(|address| address.country.clone());
    let taxonomy = shop.catalog().taxonomy();
    let tax_of = |category: Option<CategoryId>| {
        let mut path: Vec<CategoryId> = category
            .map(|id| taxonomy.path(id))
            .into_iter()
            .flatten()
            .map(|c| c.id)
            .collect();
        path.reverse();
        terms.tax(Taxable::Goods(&path), country.as_deref())
    };
    let lines = rows.into_iter().map(|line| {
        let live = live.remove(&line.variant_id);
        let tax = tax_of(live.as_ref().and_then(|(_, product)| product.category_id));
        line_of(line, live, tax)
    });
    let mut lines: Vec<CartLine> = lines.collect();
    let shipping_methods = terms.methods(country.as_deref());
    let shipping = chosen(&shipping_methods, row.shipping_rate_id);
    let shipping_tax = terms.tax(Taxable::Shipping, country.as_deref());
    let mut coupon = typed_coupon(db, shop, row.coupon_code.as_deref()).await?;
    let priced = price(
        &mut lines,
        &mut coupon,
        shipping.as_ref().map(|method| method.terms(shipping_tax)),
        settings.tax.is_included,
    )?;
    let mut view = CartView {
        id: row.id,
        user: row.user_id,
        email: row.email,
        shipping_address: row.shipping_address,
        billing_address: row.billing_address,
        lines,
        coupon: coupon.map(|(typed, _)| typed),
        shipping_methods,
        shipping,
        shipping_tax,
        priced,
        is_tax_included: settings.tax.is_included,
        currency: shop.currency(),
        fingerprint: String::new(),
    };
    view.fingerprint = fingerprint(&view);
    Ok(view)
}

async fn live(
    db: &impl ConnectionTrait,
    ids: impl ExactSizeIterator<Item = VariantId>,
) -> Result<HashMap<VariantId, Live>, ShopError> {
    if ids.len() == 0 {
        return Ok(HashMap::new());
    }
    let found = variant::Entity::find()
        .filter(variant::Column::Id.is_in(ids))
        .find_also_related(product::Entity)
        .all(db)
        .await?;
    let pairs = found
        .into_iter()
        .filter_map(|(variant, product)| Some((variant.id, (variant, product?))));
    Ok(pairs.collect())
}

fn line_of(line: cart_line::Model, live: Option<Live>, tax: BasisPoints) -> CartLine {
    let mut shown = CartLine {
        variant: line.variant_id,
        product: line.product_id,
        product_name: line.product_name,
        variant_title: line.variant_title,
        sku: String::new(),
        quantity: line.quantity,
        unit: None,
        tax,
        priced: None,
        problems: Vec::new(),
        found_by: line.found_by,
    };
    let sellable = live.filter(|(_, product)| product.status == ProductStatus::Published);
    let Some((variant, product)) = sellable else {
        shown.problems.push(LineProblem::Unavailable);
        return shown;
    };
    let available = crate::catalog::free_stock(&variant);
    shown.product_name = product.name;
    shown.variant_title = variant.title;
    shown.sku = variant.sku;
    shown.unit = variant.price_amount;
    match shown.unit {
        None => shown.problems.push(LineProblem::Unavailable),
        Some(unit) => {
            if available < line.quantity {
                shown.problems.push(LineProblem::InsufficientStock { available });
            }
            if unit != line.seen_amount {
                let from = line.seen_amount;
                shown.problems.push(LineProblem::PriceChanged { from });
            }
        }
    }
    shown
}

fn chosen(methods: &[ShippingMethod], wanted: Option<ShippingRateId>) -> Option<ShippingMethod> {
    let wanted = wanted.and_then(|id| methods.iter().find(|method| method.id == id));
    wanted.or(methods.first()).cloned()
}

type Typed = Option<(CartCoupon, Option<CouponTerms>)>;

async fn typed_coupon(db: &impl ConnectionTrait, shop: &Shop, code: Option<&str>) -> Result<Typed, ShopError> {
    let Some(code) = code else { return Ok(None) };
    let found = find_coupon(db, code).await?;
    let judged = match &found {
        Some(coupon) => coupon_terms(coupon, shop.now()),
        None => Err(CouponProblem::Unknown),
    };
    let typed = CartCoupon {
        code: found
            .as_ref()
            .map_or_else(|| code.to_owned(), |coupon| coupon.code.clone()),
        coupon: found,
        problem: judged.err(),
    };
    Ok(Some((typed, judged.ok())))
}

/// Prices what can be bought; a coupon that the goods do not reach is left out and says so.
fn price(
    lines: &mut [CartLine],
    coupon: &mut Typed,
    shipping: Option<pricing::ShippingTerms>,
    is_tax_included: bool,
) -> Result<Priced, ShopError> {
    let to_price = |line: &CartLine| {
        Some(ToPrice {
            unit: line.unit?,
            quantity: u32::try_from(line.quantity).ok()?,
            tax: line.tax,
        })
    };
    let goods: Vec<ToPrice> = lines.iter().filter_map(to_price).collect();
    let terms = coupon.as_ref().and_then(|(_, terms)| *terms);
    let priced = match pricing::quote(&goods, terms, shipping, is_tax_included) {
        Err(PricingError::BelowMinimum { minimum }) => {
            if let Some((typed, _)) = coupon {
                typed.problem = Some(CouponProblem::BelowMinimum { minimum });
            }
            pricing::quote(&goods, None, shipping, is_tax_included)
        }
        other => other,
    };
    let priced = priced.map_err(|error| ShopError::invalid("lines", error))?;
    let mut parts = priced.lines.iter();
    for line in lines.iter_mut().filter(|line| line.unit.is_some()) {
        line.priced = parts.next().copied();
    }
    Ok(priced)
}

/// A hash of everything that the customer agrees to: goods, prices, taxes, terms, address.
fn fingerprint(view: &CartView) -> String {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(view.currency.code().as_bytes());
    for line in &view.lines {
        part(line.variant.0.as_bytes());
        part(&line.quantity.to_le_bytes());
        part(&line.unit.unwrap_or(-1).to_le_bytes());
        part(&line.priced.map_or(-1, |priced| priced.total).to_le_bytes());
    }
    part(view.applied_coupon().map_or("", |coupon| &coupon.code).as_bytes());
    let method = view.shipping.as_ref().map_or(STANDARD, |method| method.id);
    part(method.0.as_bytes());
    part(&[u8::from(view.shipping.is_some())]);
    part(&view.priced.shipping.total.to_le_bytes());
    part(&view.priced.tax.to_le_bytes());
    part(&view.priced.total.to_le_bytes());
    for address in [&view.shipping_address, &view.billing_address].into_iter().flatten() {
        for text in [
            &address.name,
            &address.company,
            &address.line1,
            &address.line2,
            &address.city,
        ] {
            part(text.as_bytes());
        }
        for text in [&address.region, &address.postal_code, &address.country, &address.phone] {
            part(text.as_bytes());
        }
    }
    let digest = hash.finalize();
    digest[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}
