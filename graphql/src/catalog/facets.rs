//! Facets: what a listing could be narrowed by.

use crate::{money::Money, scalars::Decimal};
use async_graphql::SimpleObject;
use reco_actors::catalog as engine;
use shop::{
    Currency,
    id::{BrandId, CategoryId},
    money,
};
use uuid::Uuid;

/// One dimension that a listing could be narrowed by.
#[derive(Clone, Debug, SimpleObject)]
pub struct Facet {
    /// `category`, `brand`, `price`, `rating`, `in_stock`, or `attribute:<key>`.
    pub key: String,
    /// What people read.
    pub label: String,
    /// Its values, most frequent first; prices and ratings in their natural order.
    pub values: Vec<FacetValue>,
}

/// One value of a facet.
#[derive(Clone, Debug, SimpleObject)]
pub struct FacetValue {
    /// What to put into `where`: an id, a text, `true` or `false`, or `min..max`.
    pub value: String,
    /// What people read.
    pub label: String,
    /// Products with it.
    pub count: u64,
    /// Whether the present `where` selects it.
    pub is_selected: bool,
}

impl Facet {
    /// The engine's facet in the API's spelling: typed ids, prices as decimals.
    #[must_use]
    pub fn new(facet: engine::Facet, currency: Currency) -> Self {
        let spell = |text: &str| match facet.key.as_str() {
            "category" => typed(text, |id| CategoryId(id).to_string()),
            "brand" => typed(text, |id| BrandId(id).to_string()),
            "price" => prices(text, currency),
            _ => text.to_owned(),
        };
        let label = |text: String| {
            if facet.key == "price" {
                prices(&text, currency)
            } else {
                text
            }
        };
        let values = facet.values.iter().map(|value| FacetValue {
            value: spell(&value.value),
            label: label(value.label.clone()),
            count: value.count,
            is_selected: value.is_selected,
        });
        Self {
            values: values.collect(),
            key: facet.key.clone(),
            label: facet.label,
        }
    }
}

/// How many products cost how much, for a slider; the chosen prices are left aside. A product
/// counts by its lowest price.
#[derive(Clone, Debug, SimpleObject)]
pub struct PriceHistogram {
    /// The lowest price.
    pub lowest: Money,
    /// The highest of the products' lowest prices.
    pub highest: Money,
    /// Bars of one width, in order; at most 20.
    pub bars: Vec<PriceHistogramBar>,
}

/// One bar of a price histogram.
#[derive(Clone, Debug, SimpleObject)]
pub struct PriceHistogramBar {
    /// The lowest price in it.
    pub from: Money,
    /// The price it ends before; null for the last one, where it holds all above.
    pub to: Option<Money>,
    /// Products in it.
    pub count: u64,
}

impl PriceHistogram {
    /// The engine's histogram in the shop's currency.
    #[must_use]
    pub fn new(histogram: &engine::PriceHistogram, currency: Currency) -> Self {
        let money = |minor| Money::from(money::Money::new(minor, currency));
        let bars = histogram.bars.iter().map(|bar| PriceHistogramBar {
            from: money(bar.from),
            to: bar.to.map(money),
            count: bar.count,
        });
        Self {
            lowest: money(histogram.lowest),
            highest: money(histogram.highest),
            bars: bars.collect(),
        }
    }
}

fn typed(text: &str, id: impl Fn(Uuid) -> String) -> String {
    Uuid::parse_str(text).map_or_else(|_| text.to_owned(), id)
}

/// `1990..2990` in minor units as `19.90..29.90`; either end may be open.
fn prices(text: &str, currency: Currency) -> String {
    let decimal = |minor: &str| match minor.parse() {
        Ok(minor) => Decimal::new(minor, money::exponent(currency)).to_string(),
        Err(_) => minor.to_owned(),
    };
    match text.split_once("..") {
        Some((min, max)) => format!("{}..{}", decimal(min), decimal(max)),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn price_bands_are_spelt_as_decimals_and_open_ends_stay_open() {
        assert_eq!(prices("1990..2990", Currency::USD), "19.90..29.90");
        assert_eq!(prices("10000..", Currency::USD), "100.00..");
        assert_eq!(prices("..500", Currency::JPY), "..500");
    }

    #[test]
    fn ids_get_their_prefix_and_other_values_stay() {
        let id = Uuid::from_u128(5);
        let value = engine::FacetValue {
            value: id.to_string(),
            label: "Lamps".into(),
            count: 3,
            is_selected: true,
        };
        let facet = engine::Facet {
            key: "category".into(),
            label: "Category".into(),
            values: vec![value],
        };
        let facet = Facet::new(facet, Currency::USD);
        assert_eq!(facet.values[0].value, CategoryId(id).to_string());
        assert_eq!(facet.values[0].label, "Lamps");
    }
}
