//! What staff send, and its way into the shop's own inputs. In an update an absent field
//! stays as it is; `null` clears what may be empty.

use crate::{ids::Id, inputs::patch, scalars::Decimal};
use async_graphql::{InputObject, MaybeUndefined};
use shop::{
    Currency,
    catalog::{Attribute, AttributeValue, NewProduct, NewVariant, ProductPatch, VariantOption, VariantPatch},
    error::{Problem, ProblemCode, ShopError},
    id::{BrandId, CategoryId, ProductId, VariantId},
    money::exponent,
};

/// Longest input list.
pub(super) const MOST: usize = 100;

/// An attribute: `text`, `number` or `isTrue`, exactly one of them.
#[derive(Clone, Debug, InputObject)]
pub struct AttributeInput {
    /// Stable machine key: a–z, 0–9 and _.
    pub key: String,
    /// Name of the attribute, for people.
    pub label: String,
    /// A text.
    pub text: Option<String>,
    /// A number.
    pub number: Option<f64>,
    /// A truth.
    pub is_true: Option<bool>,
}

/// What tells a variant apart.
#[derive(Clone, Debug, InputObject)]
pub struct VariantOptionInput {
    /// Name of the option, such as `Size`.
    pub name: String,
    /// Its value, such as `M`.
    pub value: String,
}

/// A variant of a new product.
#[derive(Clone, Debug, InputObject)]
pub struct ProductVariantInput {
    /// Stock-keeping unit, unique in the shop.
    pub sku: String,
    /// What tells it apart, for people.
    #[graphql(default)]
    pub title: String,
    /// What tells it apart, for programs.
    #[graphql(default)]
    pub options: Vec<VariantOptionInput>,
    /// In the shop's currency; without one it is not for sale.
    pub price: Option<Decimal>,
    /// A former price to show beside it.
    pub compare_at_price: Option<Decimal>,
    /// Pieces in the house.
    #[graphql(default = 0)]
    pub stock: i32,
}

/// A new product.
#[derive(Clone, Debug, InputObject)]
pub struct ProductCreateInput {
    /// Title.
    pub name: String,
    /// URL part; made from the name unless given.
    pub slug: Option<String>,
    /// Plain text.
    #[graphql(default)]
    pub description: String,
    /// Identity in another system.
    pub external_id: Option<String>,
    /// Its category.
    pub category_id: Option<Id<CategoryId>>,
    /// Its brand.
    pub brand_id: Option<Id<BrandId>>,
    /// Typed attributes.
    #[graphql(default)]
    pub attributes: Vec<AttributeInput>,
    /// What is sold; at least one.
    pub variants: Vec<ProductVariantInput>,
    /// Whether it is public at once.
    #[graphql(default = false)]
    pub publish: bool,
}

/// A change of a product.
#[derive(Clone, Debug, InputObject)]
pub struct ProductUpdateInput {
    /// Which.
    pub id: Id<ProductId>,
    /// Title.
    pub name: Option<String>,
    /// URL part.
    pub slug: Option<String>,
    /// Plain text.
    pub description: Option<String>,
    /// Identity in another system.
    pub external_id: MaybeUndefined<String>,
    /// Its category.
    pub category_id: MaybeUndefined<Id<CategoryId>>,
    /// Its brand.
    pub brand_id: MaybeUndefined<Id<BrandId>>,
    /// Typed attributes; all of them are replaced.
    pub attributes: Option<Vec<AttributeInput>>,
}

/// Which product.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ProductIdInput {
    /// Which.
    pub id: Id<ProductId>,
}

/// Which products shall be embedded and indexed anew.
#[derive(Clone, Debug, InputObject)]
pub struct ProductReindexInput {
    /// Which, at most 100; all of the shop's unless given.
    pub ids: Option<Vec<Id<ProductId>>>,
}

/// A new variant of a product.
#[derive(Clone, Debug, InputObject)]
pub struct VariantCreateInput {
    /// Of which product.
    pub product_id: Id<ProductId>,
    /// Stock-keeping unit, unique in the shop.
    pub sku: String,
    /// What tells it apart, for people.
    #[graphql(default)]
    pub title: String,
    /// What tells it apart, for programs.
    #[graphql(default)]
    pub options: Vec<VariantOptionInput>,
    /// In the shop's currency; without one it is not for sale.
    pub price: Option<Decimal>,
    /// A former price to show beside it.
    pub compare_at_price: Option<Decimal>,
    /// Pieces in the house.
    #[graphql(default = 0)]
    pub stock: i32,
}

/// A change of a variant. Stock has its own mutation.
#[derive(Clone, Debug, InputObject)]
pub struct VariantUpdateInput {
    /// Which.
    pub id: Id<VariantId>,
    /// Stock-keeping unit, unique in the shop.
    pub sku: Option<String>,
    /// What tells it apart, for people.
    pub title: Option<String>,
    /// What tells it apart, for programs; all of them are replaced.
    pub options: Option<Vec<VariantOptionInput>>,
    /// In the shop's currency; `null`: not for sale.
    pub price: MaybeUndefined<Decimal>,
    /// A former price to show beside it.
    pub compare_at_price: MaybeUndefined<Decimal>,
}

/// Which variant.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct VariantIdInput {
    /// Which.
    pub id: Id<VariantId>,
}

/// The pieces of a variant in the house.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct VariantStockSetInput {
    /// Which.
    pub id: Id<VariantId>,
    /// Pieces in the house; never below what open orders were promised.
    pub stock: i32,
}

/// Reads what the shop's own types cannot hold, and keeps every problem with its place.
struct Reading {
    currency: Currency,
    problems: Vec<Problem>,
}

impl Reading {
    fn new(currency: Currency) -> Self {
        Self {
            currency,
            problems: Vec::new(),
        }
    }

    fn amount(&mut self, path: &str, amount: Decimal) -> i64 {
        let decimals = exponent(self.currency);
        amount.units_at(decimals).unwrap_or_else(|| {
            let message = format!("must fit {} with {decimals} decimals", self.currency.code());
            self.problems.push(Problem::new(path, ProblemCode::Invalid, message));
            0
        })
    }

    fn variant(&mut self, path: &str, input: ProductVariantInput) -> NewVariant {
        let (price, compare_at) = (format!("{path}price"), format!("{path}compareAtPrice"));
        NewVariant {
            price: input.price.map(|amount| self.amount(&price, amount)),
            compare_at: input.compare_at_price.map(|amount| self.amount(&compare_at, amount)),
            sku: input.sku,
            title: input.title,
            options: options(input.options),
            stock: input.stock,
        }
    }

    fn attributes(&mut self, inputs: Vec<AttributeInput>) -> Vec<Attribute> {
        let mut read = Vec::with_capacity(inputs.len());
        for (place, input) in inputs.into_iter().enumerate() {
            let value = match (input.text, input.number, input.is_true) {
                (Some(text), None, None) => AttributeValue::Text(text),
                (None, Some(number), None) => AttributeValue::Number(number),
                (None, None, Some(truth)) => AttributeValue::Bool(truth),
                _ => {
                    let message = "give exactly one of text, number and isTrue";
                    let path = format!("attributes.{place}");
                    self.problems.push(Problem::new(&path, ProblemCode::Invalid, message));
                    continue;
                }
            };
            read.push(Attribute {
                key: input.key,
                label: input.label,
                value,
            });
        }
        read
    }

    /// All of it, unless something cannot be held.
    fn done<T>(self, read: T) -> Result<T, ShopError> {
        if self.problems.is_empty() {
            Ok(read)
        } else {
            Err(ShopError::Invalid(self.problems))
        }
    }
}

fn options(inputs: Vec<VariantOptionInput>) -> Vec<VariantOption> {
    inputs
        .into_iter()
        .map(|VariantOptionInput { name, value }| VariantOption { name, value })
        .collect()
}

impl ProductCreateInput {
    pub(super) fn parse(self, currency: Currency) -> Result<NewProduct, ShopError> {
        let mut reading = Reading::new(currency);
        let variants = self.variants.into_iter().enumerate();
        let new = NewProduct {
            name: self.name,
            slug: self.slug,
            description: self.description,
            external_id: self.external_id,
            category: self.category_id.map(|Id(id)| id),
            brand: self.brand_id.map(|Id(id)| id),
            attributes: reading.attributes(self.attributes),
            variants: variants
                .map(|(place, variant)| reading.variant(&format!("variants.{place}."), variant))
                .collect(),
            publish: self.publish,
        };
        reading.done(new)
    }
}

impl ProductUpdateInput {
    pub(super) fn parse(self, currency: Currency) -> Result<ProductPatch, ShopError> {
        let mut reading = Reading::new(currency);
        let patch = ProductPatch {
            name: self.name,
            slug: self.slug,
            description: self.description,
            external_id: patch(self.external_id, |id| id),
            category: patch(self.category_id, |Id(id)| id),
            brand: patch(self.brand_id, |Id(id)| id),
            attributes: self.attributes.map(|inputs| reading.attributes(inputs)),
        };
        reading.done(patch)
    }
}

impl VariantCreateInput {
    pub(super) fn parse(self, currency: Currency) -> Result<NewVariant, ShopError> {
        let Self {
            sku,
            title,
            options,
            price,
            compare_at_price,
            stock,
            ..
        } = self;
        let variant = ProductVariantInput {
            sku,
            title,
            options,
            price,
            compare_at_price,
            stock,
        };
        let mut reading = Reading::new(currency);
        let new = reading.variant("", variant);
        reading.done(new)
    }
}

impl VariantUpdateInput {
    pub(super) fn parse(self, currency: Currency) -> Result<VariantPatch, ShopError> {
        let mut reading = Reading::new(currency);
        let patch = VariantPatch {
            sku: self.sku,
            title: self.title,
            options: self.options.map(options),
            price: patch(self.price, |amount| reading.amount("price", amount)),
            compare_at: patch(self.compare_at_price, |amount| reading.amount("compareAtPrice", amount)),
        };
        reading.done(patch)
    }
}
