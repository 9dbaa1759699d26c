//! The parts of a product: attributes, variants, pictures.

use crate::{
    context::ContextExt,
    error::ApiError,
    ids::Id,
    money::{self, Money},
    page,
    scalars::DateTime,
};
use async_graphql::{Context, Interface, Object, SimpleObject};
use shop::{
    Currency, catalog as domain,
    id::{MediaId, VariantId},
};

/// No client needs to know that there are more pieces than this.
const MOST_SHOWN_PIECES: i32 = 99;
/// Widest picture anybody may ask for.
const WIDEST: i32 = 10_000;

/// A typed attribute. A key may occur more than once (several colours).
#[expect(clippy::duplicated_attributes, reason = "each interface field names its type")]
#[derive(Clone, Debug, Interface)]
#[graphql(
    field(name = "key", ty = "&String", desc = "Stable machine key, for filters."),
    field(name = "label", ty = "&String", desc = "Name of the attribute, for people."),
    field(name = "display", ty = "&String", desc = "The value, for people.")
)]
pub enum ProductAttribute {
    /// A text.
    TextAttribute(TextAttribute),
    /// A number.
    NumberAttribute(NumberAttribute),
    /// Yes or no.
    BoolAttribute(BoolAttribute),
}

/// An attribute that is a text, such as a colour.
#[derive(Clone, Debug, SimpleObject)]
pub struct TextAttribute {
    /// Stable machine key, for filters.
    pub key: String,
    /// Name of the attribute, for people.
    pub label: String,
    /// The value, for people.
    pub display: String,
    /// The value.
    pub text: String,
}

/// An attribute that is a number, such as a weight.
#[derive(Clone, Debug, SimpleObject)]
pub struct NumberAttribute {
    /// Stable machine key, for filters.
    pub key: String,
    /// Name of the attribute, for people.
    pub label: String,
    /// The value, for people.
    pub display: String,
    /// The value.
    pub number: f64,
}

/// An attribute that is true or false, such as "waterproof".
#[derive(Clone, Debug, SimpleObject)]
pub struct BoolAttribute {
    /// Stable machine key, for filters.
    pub key: String,
    /// Name of the attribute, for people.
    pub label: String,
    /// The value, for people.
    pub display: String,
    /// The value.
    pub is_true: bool,
}

impl From<&domain::Attribute> for ProductAttribute {
    fn from(attribute: &domain::Attribute) -> Self {
        let (key, label) = (attribute.key.clone(), attribute.label.clone());
        match &attribute.value {
            domain::AttributeValue::Text(text) => Self::TextAttribute(TextAttribute {
                key,
                label,
                display: text.clone(),
                text: text.clone(),
            }),
            &domain::AttributeValue::Number(number) => Self::NumberAttribute(NumberAttribute {
                key,
                label,
                display: number.to_string(),
                number,
            }),
            &domain::AttributeValue::Bool(is_true) => {
                let display = if is_true { "Yes" } else { "No" }.to_owned();
                Self::BoolAttribute(BoolAttribute {
                    key,
                    label,
                    display,
                    is_true,
                })
            }
        }
    }
}

/// What tells a variant apart, such as `Size` = `M`.
#[derive(Clone, Debug, SimpleObject)]
pub struct VariantOption {
    /// Name of the option.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What is put into a cart: it has a SKU, a price and stock.
#[derive(Clone, Debug)]
pub struct ProductVariant(pub domain::Variant);

impl ProductVariant {
    fn money(&self, amount: Option<i64>) -> Option<Money> {
        let currency = Currency::from_code(&self.0.currency)?;
        amount.map(|amount| shop::money::Money::new(amount, currency).into())
    }
}

#[Object]
impl ProductVariant {
    /// `var_…`
    async fn id(&self) -> Id<VariantId> {
        Id(self.0.id)
    }

    /// Stock-keeping unit, unique in the shop.
    async fn sku(&self) -> &str {
        &self.0.sku
    }

    /// What tells it apart, for people; empty for a simple product.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What tells it apart, for programs.
    async fn options(&self) -> Vec<VariantOption> {
        let options = self.0.options.0.iter();
        options
            .map(|option| VariantOption {
                name: option.name.clone(),
                value: option.value.clone(),
            })
            .collect()
    }

    /// Null when it is not for sale.
    async fn price(&self) -> Option<Money> {
        self.money(self.0.price_amount)
    }

    /// The former price, if it is shown beside the present one.
    async fn compare_at_price(&self) -> Option<Money> {
        self.money(self.0.compare_at_amount)
    }

    /// Whether it can be bought now.
    async fn is_available(&self) -> bool {
        domain::is_available(&self.0)
    }

    /// Pieces that can be bought now, at most 99.
    async fn available_quantity(&self) -> i32 {
        domain::free_stock(&self.0).min(MOST_SHOWN_PIECES)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }
}

/// A picture of a product.
#[derive(Clone, Debug)]
pub struct Media(pub domain::Media);

impl Media {
    /// Where the smallest copy of at least this width lies.
    fn key(&self, width: Option<u32>) -> &str {
        let renditions = self.0.renditions.0.iter();
        let wide_enough = width.and_then(|width| {
            renditions
                .filter(|copy| copy.width >= width)
                .min_by_key(|copy| copy.width)
        });
        wide_enough.map_or(&self.0.storage_key, |copy| &copy.key)
    }
}

#[Object]
impl Media {
    /// `media_…`
    async fn id(&self) -> Id<MediaId> {
        Id(self.0.id)
    }

    /// Address of the picture; with `width`, of the smallest copy at least that many pixels
    /// wide. The picture behind an address never changes.
    async fn url(&self, ctx: &Context<'_>, width: Option<i32>) -> Result<String, ApiError> {
        let width = width.map(|width| page::within("width", width, 1, WIDEST)).transpose()?;
        let width = width.and_then(|width| u32::try_from(width).ok());
        Ok(format!("{}/{}", ctx.services()?.media_base, self.key(width)))
    }

    /// What a person who cannot see it is told.
    async fn alt(&self) -> &str {
        &self.0.alt
    }

    /// Width of the full picture in pixels.
    async fn width(&self) -> i32 {
        self.0.width
    }

    /// Height of the full picture in pixels.
    async fn height(&self) -> i32 {
        self.0.height
    }

    /// Tiny picture to show while the real one loads, as a `data:` URI.
    async fn blur_data_url(&self) -> Option<&str> {
        self.0.blur_data_url.as_deref()
    }
}

/// A price range as the API shows it.
pub(super) fn price_range(range: domain::PriceRange) -> money::PriceRange {
    money::PriceRange {
        min: range.min.into(),
        max: range.max.into(),
    }
}
