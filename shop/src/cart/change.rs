//! Changes of carts. Each is one transaction and gives the cart as it is since.

use super::{CartKey, CartView, Carts, MOST_LINES, MOST_PIECES};
use crate::{
    catalog::{Patch, free_stock},
    checkout::CouponProblem,
    checkout::{Address, Terms, check_address, check_email, coupon_terms, find_coupon},
    discovery::normalised,
    error::{ProblemCode, ShopError},
    text::Checks,
};
use entities::{
    cart, cart_line,
    id::{CartId, ShippingRateId, VariantId},
    product::{self, ProductStatus},
    variant,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{Set, Unchanged},
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    sea_query::OnConflict,
};
use std::collections::{BTreeMap, HashMap};

/// So many pieces of something.
#[derive(Clone, Copy, Debug)]
pub struct LineQuantity {
    /// What.
    pub variant: VariantId,
    /// How many.
    pub quantity: i32,
}

/// What a checkout asks for beside the goods.
#[derive(Clone, Debug, Default)]
pub struct CartDetails {
    /// Where news of a guest's order goes.
    pub email: Patch<String>,
    /// Where it goes.
    pub shipping_address: Patch<Address>,
    /// Who pays, if somebody else.
    pub billing_address: Patch<Address>,
    /// The way to ship.
    pub shipping_rate: Patch<ShippingRateId>,
}

/// How new quantities meet those that are there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    More,
    Exactly,
}

impl Carts<'_> {
    /// Puts pieces in, beside those that are in already.
    ///
    /// # Errors
    /// `Invalid` with every line that will not do; nothing is changed then.
    pub async fn add(&self, key: CartKey, lines: &[LineQuantity]) -> Result<CartView, ShopError> {
        self.put(key, lines, Meaning::More, None).await
    }

    /// As [`Self::add`], of what a search found; the query is normalised here.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub async fn add_found(&self, key: CartKey, lines: &[LineQuantity], query: &str) -> Result<CartView, ShopError> {
        let query = normalised(query);
        self.put(key, lines, Meaning::More, query.as_deref()).await
    }

    /// Says how many pieces there are to be; none takes the line out.
    ///
    /// # Errors
    /// `Invalid` with every line that will not do; nothing is changed then.
    pub async fn set(&self, key: CartKey, lines: &[LineQuantity]) -> Result<CartView, ShopError> {
        self.put(key, lines, Meaning::Exactly, None).await
    }

    async fn put(
        &self,
        key: CartKey,
        lines: &[LineQuantity],
        meaning: Meaning,
        found_by: Option<&str>,
    ) -> Result<CartView, ShopError> {
        let mut checks = Checks::default();
        let least = i32::from(meaning == Meaning::More);
        for (place, line) in lines.iter().enumerate() {
            if !(least..=MOST_PIECES).contains(&line.quantity) {
                let message = format!("must be between {least} and {MOST_PIECES}");
                checks.fail(&format!("lines.{place}.quantity"), ProblemCode::OutOfRange, message);
            }
        }
        if lines.is_empty() {
            checks.fail("lines", ProblemCode::Required, "name at least one line");
        }
        checks.done()?;
        let (tx, id) = self.begin(key).await?;
        let held = cart_line::Entity::find()
            .filter(cart_line::Column::CartId.eq(id))
            .all(&tx)
            .await?;
        let held: HashMap<VariantId, cart_line::Model> = held.into_iter().map(|line| (line.variant_id, line)).collect();
        let mut wanted: BTreeMap<VariantId, (usize, i32)> = BTreeMap::new();
        for (place, line) in lines.iter().enumerate() {
            let before = held.get(&line.variant).map_or(0, |line| line.quantity);
            let entry = wanted
                .entry(line.variant)
                .or_insert((place, if meaning == Meaning::More { before } else { 0 }));
            entry.1 = if meaning == Meaning::More {
                entry.1 + line.quantity
            } else {
                line.quantity
            };
        }
        self.write(&tx, id, &held, &wanted, found_by).await?;
        self.finish(tx, id).await
    }

    async fn write(
        &self,
        tx: &DatabaseTransaction,
        id: CartId,
        held: &HashMap<VariantId, cart_line::Model>,
        wanted: &BTreeMap<VariantId, (usize, i32)>,
        found_by: Option<&str>,
    ) -> Result<(), ShopError> {
        let gone: Vec<VariantId> = wanted.iter().filter(|(_, (_, n))| *n == 0).map(|(id, _)| *id).collect();
        let kept: Vec<VariantId> = wanted.iter().filter(|(_, (_, n))| *n > 0).map(|(id, _)| *id).collect();
        let new = kept.iter().filter(|id| !held.contains_key(id)).count();
        let leaving = gone.iter().filter(|id| held.contains_key(id)).count();
        let mut checks = Checks::default();
        if held.len() + new - leaving > MOST_LINES {
            checks.fail(
                "lines",
                ProblemCode::TooLong,
                format!("a cart has at most {MOST_LINES} lines"),
            );
        }
        let found = variant::Entity::find()
            .filter(variant::Column::Id.is_in(kept.iter().copied()))
            .find_also_related(product::Entity)
            .all(tx)
            .await?;
        let found: HashMap<VariantId, _> = found
            .into_iter()
            .map(|(variant, product)| (variant.id, (variant, product)))
            .collect();
        let now = self.shop.now();
        let mut rows = Vec::new();
        for variant_id in kept {
            let (place, quantity) = wanted[&variant_id];
            let sellable = found.get(&variant_id).and_then(|(variant, product)| {
                let product = product
                    .as_ref()
                    .filter(|product| product.status == ProductStatus::Published)?;
                Some((variant, product, variant.price_amount?))
            });
            let Some((variant, product, price)) = sellable else {
                let path = format!("lines.{place}.variantId");
                checks.fail(&path, ProblemCode::NotFound, "there is no such variant to buy");
                continue;
            };
            let available = free_stock(variant);
            if quantity > MOST_PIECES {
                let message = format!("a line has at most {MOST_PIECES} pieces");
                checks.fail(&format!("lines.{place}.quantity"), ProblemCode::OutOfRange, message);
            } else if quantity > available {
                let message = format!("{available} are available");
                checks.fail(
                    &format!("lines.{place}.quantity"),
                    ProblemCode::InsufficientStock { available },
                    message,
                );
            }
            rows.push(cart_line::ActiveModel {
                cart_id: Set(id),
                variant_id: Set(variant_id),
                product_id: Set(product.id),
                product_name: Set(product.name.clone()),
                variant_title: Set(variant.title.clone()),
                quantity: Set(quantity),
                seen_amount: Set(price),
                added_at: Set(held.get(&variant_id).map_or(now, |line| line.added_at)),
                updated_at: Set(now),
                // What was found last counts; a change of the quantity finds nothing.
                found_by: Set(found_by
                    .map(str::to_owned)
                    .or_else(|| held.get(&variant_id)?.found_by.clone())),
            });
        }
        checks.done()?;
        remove(tx, id, &gone).await?;
        upsert(tx, rows).await
    }

    /// Takes lines out; those that are not in are no error.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn remove(&self, key: CartKey, variants: &[VariantId]) -> Result<CartView, ShopError> {
        let (tx, id) = self.begin(key).await?;
        remove(&tx, id, variants).await?;
        self.finish(tx, id).await
    }

    /// Applies a coupon, or takes it away.
    ///
    /// # Errors
    /// `Invalid` for a coupon that nobody may use now; the cart keeps the one it had. One
    /// whose minimum is not reached yet is kept and says so.
    pub async fn coupon(&self, key: CartKey, code: Option<&str>) -> Result<CartView, ShopError> {
        let (tx, id) = self.begin(key).await?;
        let mut held = None;
        if let Some(code) = code {
            let found = find_coupon(&tx, code).await?.ok_or(CouponProblem::Unknown);
            let judged = found.and_then(|coupon| coupon_terms(&coupon, self.shop.now()).map(|_| coupon.code));
            held = Some(judged.map_err(|problem| problem.at("code", self.shop.currency()))?);
        }
        let row = cart::ActiveModel {
            id: Unchanged(id),
            coupon_code: Set(held),
            ..Default::default()
        };
        row.update(&tx).await?;
        self.finish(tx, id).await
    }

    /// Says where the goods go, how, and where news goes.
    ///
    /// # Errors
    /// `Invalid` with every problem; nothing is changed then.
    pub async fn details(&self, key: CartKey, details: CartDetails) -> Result<CartView, ShopError> {
        let mut checks = Checks::default();
        let mut address = |path: &str, patch: Patch<Address>| {
            patch
                .change()
                .map(|given| given.map(|given| check_address(&mut checks, path, &given)))
        };
        let shipping = address("shippingAddress", details.shipping_address);
        let billing = address("billingAddress", details.billing_address);
        let email = details.email.change();
        let email = email.map(|given| given.and_then(|text| check_email(&mut checks, "email", &text)));
        checks.done()?;
        let rate = details.shipping_rate.change();
        let (tx, id) = self.begin(key).await?;
        let mut row = cart::ActiveModel {
            id: Unchanged(id),
            ..Default::default()
        };
        if let Some(email) = email {
            row.email = Set(email);
        }
        if let Some(billing) = billing {
            row.billing_address = Set(billing);
        }
        if let Some(shipping) = shipping {
            row.shipping_address = Set(shipping);
        }
        if let Some(rate) = rate {
            row.shipping_rate_id = Set(rate);
        }
        let row = if row.is_changed() {
            row.update(&tx).await?
        } else {
            cart_row(&tx, id).await?
        };
        if let Some(Some(rate)) = rate {
            let country = row.shipping_address.as_ref().map(|address| address.country.as_str());
            let methods = Terms::load(&tx, self.shop.commerce()).await?.methods(country);
            if !methods.iter().any(|method| method.id == rate) {
                let message = "this way to ship does not go there";
                return Err(ShopError::problem("shippingMethodId", ProblemCode::NotFound, message));
            }
        }
        self.finish(tx, id).await
    }
}

async fn cart_row(tx: &DatabaseTransaction, id: CartId) -> Result<cart::Model, ShopError> {
    let row = cart::Entity::find_by_id(id).one(tx).await?;
    row.ok_or_else(|| ShopError::internal("a locked cart is there"))
}

async fn remove(tx: &DatabaseTransaction, id: CartId, variants: &[VariantId]) -> Result<(), ShopError> {
    if !variants.is_empty() {
        cart_line::Entity::delete_many()
            .filter(cart_line::Column::CartId.eq(id))
            .filter(cart_line::Column::VariantId.is_in(variants.iter().copied()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

pub(super) async fn upsert(tx: &DatabaseTransaction, rows: Vec<cart_line::ActiveModel>) -> Result<(), ShopError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut replace = OnConflict::columns([cart_line::Column::CartId, cart_line::Column::VariantId]);
    replace.update_columns([
        cart_line::Column::ProductName,
        cart_line::Column::VariantTitle,
        cart_line::Column::Quantity,
        cart_line::Column::SeenAmount,
        cart_line::Column::UpdatedAt,
        cart_line::Column::FoundBy,
    ]);
    cart_line::Entity::insert_many(rows)
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
