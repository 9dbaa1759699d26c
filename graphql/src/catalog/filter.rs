//! `where`: typed conditions, parsed into the engine's filter.

use crate::{error::ApiError, ids::Id, loaders::Loaders, money::minor_units, page::at_most, scalars::Decimal};
use async_graphql::{ID, InputObject};
use reco_actors::{
    ItemId,
    catalog::{AttributeFilter, AttributeMatch, Filter},
};
use shop::{
    Currency,
    catalog::Taxonomy,
    id::{BrandId, CategoryId, ProductId},
};
use uuid::Uuid;

/// Longest input list.
const MOST_VALUES: usize = 100;

/// Which products. Fields are joined by AND, values within a field by OR.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ProductWhere {
    /// In or below any of these categories, each an id (`cat_…`) or a slug.
    pub categories: Option<Vec<ID>>,
    /// Of any of these brands, each an id (`brand_…`) or a slug.
    pub brands: Option<Vec<ID>>,
    /// At least one variant within this price range, in the shop's currency.
    pub price: Option<PriceFilterInput>,
    /// Mean rating at least this.
    pub rating_min: Option<f64>,
    /// Can (or cannot) be bought now.
    pub in_stock: Option<bool>,
    /// Conditions on attributes, all of which hold.
    pub attributes: Option<Vec<AttributeFilterInput>>,
    /// Only these products.
    pub ids: Option<Vec<Id<ProductId>>>,
}

/// A closed price range; an absent end is open.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct PriceFilterInput {
    /// Lowest.
    pub min: Option<Decimal>,
    /// Highest.
    pub max: Option<Decimal>,
}

/// A condition on one attribute: `anyOf`, `range` or `is`, exactly one of them.
#[derive(Clone, Debug, InputObject)]
pub struct AttributeFilterInput {
    /// Key of the attribute.
    pub key: String,
    /// Equal to one of these texts, ignoring case.
    pub any_of: Option<Vec<String>>,
    /// A number in this range.
    pub range: Option<NumberRangeInput>,
    /// This truth.
    pub is: Option<bool>,
}

/// A closed range; an absent end is open.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct NumberRangeInput {
    /// Lowest.
    pub min: Option<f64>,
    /// Highest.
    pub max: Option<f64>,
}

impl ProductWhere {
    /// The engine's filter.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` naming the condition that will not do.
    pub(crate) fn parse(self, loaders: &Loaders) -> Result<Filter, ApiError> {
        self.into_filter(&loaders.taxonomy(), loaders.currency())
    }

    fn into_filter(self, taxonomy: &Taxonomy, currency: Currency) -> Result<Filter, ApiError> {
        let price = self.price.unwrap_or(PriceFilterInput { min: None, max: None });
        let cents =
            |name, amount: Option<Decimal>| amount.map(|amount| minor_units(name, amount, currency)).transpose();
        let attributes = limited("where.attributes", self.attributes)?;
        let ids = self.ids.map(|ids| limited("where.ids", Some(ids))).transpose()?;
        Ok(Filter {
            categories: categories(taxonomy, limited("where.categories", self.categories)?)?,
            brands: brands(taxonomy, limited("where.brands", self.brands)?)?,
            price_min: cents("where.price.min", price.min)?,
            price_max: cents("where.price.max", price.max)?,
            rating_min: self.rating_min.map(|rating| rating as f32),
            in_stock: self.in_stock,
            attributes: attributes
                .into_iter()
                .map(AttributeFilter::try_from)
                .collect::<Result<_, _>>()?,
            ids: ids.map(|ids| ids.into_iter().map(|Id(id)| ItemId(id.0)).collect()),
            ..Filter::default()
        })
    }
}

fn limited<T>(name: &str, list: Option<Vec<T>>) -> Result<Vec<T>, ApiError> {
    let list = list.unwrap_or_default();
    at_most(name, &list, MOST_VALUES)?;
    Ok(list)
}

/// Ids or slugs as ids. What does not exist becomes the nil id, which no product has: a
/// filter on something unknown finds nothing, rather than everything.
fn categories(taxonomy: &Taxonomy, names: Vec<ID>) -> Result<Vec<Uuid>, ApiError> {
    let id_of = |name: &ID| -> Result<Uuid, ApiError> {
        if name.starts_with(CategoryId::PREFIX) {
            let id = name.parse::<CategoryId>();
            return id
                .map(|id| id.0)
                .map_err(|error| ApiError::bad_input(format!("where.categories: {error}")));
        }
        Ok(taxonomy
            .category_by_slug(name)
            .map_or(Uuid::nil(), |category| category.id.0))
    };
    names.iter().map(id_of).collect()
}

fn brands(taxonomy: &Taxonomy, names: Vec<ID>) -> Result<Vec<Uuid>, ApiError> {
    let id_of = |name: &ID| -> Result<Uuid, ApiError> {
        if name.starts_with(BrandId::PREFIX) {
            let id = name.parse::<BrandId>();
            return id
                .map(|id| id.0)
                .map_err(|error| ApiError::bad_input(format!("where.brands: {error}")));
        }
        Ok(taxonomy.brand_by_slug(name).map_or(Uuid::nil(), |brand| brand.id.0))
    };
    names.iter().map(id_of).collect()
}

impl TryFrom<AttributeFilterInput> for AttributeFilter {
    type Error = ApiError;

    fn try_from(input: AttributeFilterInput) -> Result<Self, ApiError> {
        let matches = match (input.any_of, input.range, input.is) {
            (Some(texts), None, None) => AttributeMatch::AnyOf(limited("where.attributes.anyOf", Some(texts))?),
            (None, Some(NumberRangeInput { min, max }), None) => AttributeMatch::Range { min, max },
            (None, None, Some(truth)) => AttributeMatch::Is(truth),
            _ => {
                let key = input.key;
                return Err(ApiError::bad_input(format!(
                    "where.attributes: give exactly one of anyOf, range and is for {key}"
                )));
            }
        };
        Ok(Self {
            key: input.key,
            matches,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::error::Code;

    fn parse(input: ProductWhere) -> Result<Filter, ApiError> {
        input.into_filter(&Taxonomy::default(), Currency::USD)
    }

    #[test]
    fn an_empty_where_filters_nothing() {
        assert_eq!(parse(ProductWhere::default()).unwrap(), Filter::default());
    }

    #[test]
    fn prices_become_exact_minor_units() {
        let price = PriceFilterInput {
            min: Decimal::parse("19.90").ok(),
            max: None,
        };
        let filter = parse(ProductWhere {
            price: Some(price),
            ..Default::default()
        })
        .unwrap();
        assert_eq!((filter.price_min, filter.price_max), (Some(1990), None));
    }

    #[test]
    fn an_unknown_slug_finds_nothing_rather_than_everything() {
        let filter = parse(ProductWhere {
            categories: Some(vec!["no-such".into()]),
            ..Default::default()
        })
        .unwrap();
        assert_eq!(filter.categories, [Uuid::nil()]);
        let none = parse(ProductWhere {
            ids: Some(vec![]),
            ..Default::default()
        })
        .unwrap();
        assert_eq!(none.ids, Some(vec![]));
    }

    #[test]
    fn an_attribute_takes_exactly_one_condition_and_lists_are_bounded() {
        let input = |is, any_of| AttributeFilterInput {
            key: "colour".into(),
            any_of,
            range: None,
            is,
        };
        for bad in [input(None, None), input(Some(true), Some(vec!["red".into()]))] {
            let error = parse(ProductWhere {
                attributes: Some(vec![bad]),
                ..Default::default()
            })
            .unwrap_err();
            assert_eq!(error.code(), Code::BadUserInput);
        }
        let long = vec![ID::from("a"); 101];
        assert!(
            parse(ProductWhere {
                brands: Some(long),
                ..Default::default()
            })
            .is_err()
        );
        assert!(
            parse(ProductWhere {
                brands: Some(vec!["brand_x".into()]),
                ..Default::default()
            })
            .is_err()
        );
    }
}
