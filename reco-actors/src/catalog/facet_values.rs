//! Facets whose values are ranges, and what is selected in those of attributes.

use super::{
    AttributeMatch, Facet, FacetValue, PriceHistogram,
    bands::{self, Band},
    columns::{float_of, ordered_float},
    facet_counts::Scope,
    facets::{Facets, facet},
    histogram,
    postings::{KeyId, Kind, Numbers, Term, fold},
    select::Field,
};
use crate::{Attribute, AttributeValue};
use roaring::RoaringBitmap;

/// Ranges are made from a sample of this size.
const SAMPLE: usize = 1_024;
/// "So many stars and more".
const STARS: [f32; 4] = [1.0, 2.0, 3.0, 4.0];
/// Below one item in so many numbers the items are read instead of the numbers.
const FEW: usize = 64;

impl Facets<'_> {
    pub(super) fn prices(&self) -> Option<Facet> {
        let (slots, columns) = (&self.scope(&Field::Price).slots, self.select.columns);
        let priced = || slots.iter().map(|slot| *slot as usize).filter(|&at| columns.priced[at]);
        let step = slots.len() / SAMPLE + 1;
        let mut sample: Vec<i64> = priced().step_by(step).map(|at| columns.price_min[at]).collect();
        sample.sort_unstable();
        let selected = Band {
            min: self.filter.price_min,
            max: self.filter.price_max,
        };
        let is_open = selected.min.is_none() && selected.max.is_none();
        let mut bands = bands::whole(&sample);
        if bands.len() < 2 {
            bands.clear();
        }
        if !is_open && !bands.contains(&selected) {
            bands.push(selected);
            bands.sort_by_key(|band| (band.min, band.max.unwrap_or(i64::MAX)));
        }
        let prices: Vec<(i64, i64)> = priced()
            .map(|at| (columns.price_min[at], columns.price_max[at]))
            .collect();
        let counts = bands.iter().map(|band| {
            let (min, max) = (band.min.unwrap_or(i64::MIN), band.max.unwrap_or(i64::MAX));
            let within = |(low, high): &(i64, i64)| u64::from((*high >= min) & (*low <= max));
            prices.iter().map(within).sum::<u64>()
        });
        let counts: Vec<u64> = counts.collect();
        let values = bands.iter().zip(counts).map(|(band, count)| FacetValue {
            value: band.value(),
            label: band.value(),
            count,
            is_selected: *band == selected,
        });
        let values = values.filter(|value| value.count > 0 || value.is_selected);
        facet("price".to_owned(), "Price", values.collect())
    }

    /// How many items cost how much, the chosen prices left aside.
    pub(super) fn price_histogram(&self) -> Option<PriceHistogram> {
        let (slots, columns) = (&self.scope(&Field::Price).slots, self.select.columns);
        let priced = slots.iter().map(|slot| *slot as usize).filter(|&at| columns.priced[at]);
        let prices: Vec<i64> = priced.map(|at| columns.price_min[at]).collect();
        histogram::of(&prices)
    }

    pub(super) fn ratings(&self) -> Option<Facet> {
        let (slots, columns) = (&self.scope(&Field::Rating).slots, self.select.columns);
        let mut stars = STARS.to_vec();
        if let Some(least) = self.filter.rating_min.filter(|least| !stars.contains(least)) {
            stars.push(least);
            stars.sort_by(f32::total_cmp);
        }
        let mut counts = vec![0_u64; stars.len()];
        for slot in slots {
            let rating = columns.rating[*slot as usize];
            for (least, count) in stars.iter().zip(&mut counts) {
                *count += u64::from(rating >= *least);
            }
        }
        let values = stars.iter().zip(counts).map(|(least, count)| FacetValue {
            value: format!("{least}.."),
            label: format!("≥ {least}"),
            count,
            is_selected: self.filter.rating_min == Some(*least),
        });
        let values = values.filter(|value| value.count > 0 || value.is_selected);
        facet("rating".to_owned(), "Rating", values.collect())
    }

    /// The ranges of a number.
    pub(super) fn numbers(&self, key: KeyId) -> Vec<FacetValue> {
        let name = self.select.postings.key(key);
        let scope = self.scope(&Field::Attribute(name.to_owned()));
        let Some(numbers) = self.select.postings.numbers(key) else {
            return Vec::new();
        };
        let found = self.found(name, scope, numbers);
        let values: Vec<f64> = found.iter().map(|entry| float_of(entry.0)).collect();
        let selected: Vec<Band<f64>> = self.ranges(name).collect();
        let mut bands = bands::real(&values);
        for band in &selected {
            if !bands.contains(band) {
                bands.push(*band);
            }
        }
        let order = |end: Option<f64>, open: u64| end.map_or(open, ordered_float);
        bands.sort_by_key(|band| (order(band.min, 0), order(band.max, u64::MAX)));
        let count = |band: &Band<f64>| {
            let from = found.partition_point(|entry| band.min.is_some_and(|min| entry.0 < ordered_float(min + 0.0)));
            let to = found.partition_point(|entry| band.max.is_none_or(|max| entry.0 <= ordered_float(max + 0.0)));
            let inside = found.get(from..to).unwrap_or_default();
            if numbers.spare == 0 {
                return inside.len() as u64;
            }
            inside.iter().map(|entry| entry.1).collect::<RoaringBitmap>().len()
        };
        let values = bands.iter().map(|band| FacetValue {
            value: band.value(),
            label: band.label(),
            count: count(band),
            is_selected: selected.contains(band),
        });
        values.filter(|value| value.count > 0 || value.is_selected).collect()
    }

    /// Values of an attribute in their order, each with an item of the scope that has it.
    fn found(&self, name: &str, scope: &Scope, numbers: &Numbers) -> Vec<(u64, u32)> {
        if scope.slots.len() * FEW > numbers.ordered.len() {
            let dense = scope.dense(self.select.columns.len());
            let within = |entry: &&(u64, u32)| dense.contains(entry.1 as usize);
            return numbers.ordered.slices().flatten().filter(within).copied().collect();
        }
        let number = |attribute: &Attribute| match attribute.value {
            AttributeValue::Number(number) if attribute.key == name && number.is_finite() => {
                Some(ordered_float(number + 0.0))
            }
            _ => None,
        };
        let mut found = Vec::new();
        for &slot in &scope.slots {
            let item = self.items.get(slot as usize).and_then(Option::as_ref);
            let values = item
                .into_iter()
                .flat_map(|item| item.attributes.iter().filter_map(number));
            found.extend(values.map(|value| (value, slot)));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn ranges(&self, name: &str) -> impl Iterator<Item = Band<f64>> {
        let own = self
            .filter
            .attributes
            .iter()
            .filter(move |attribute| attribute.key == name);
        own.filter_map(|attribute| match attribute.matches {
            AttributeMatch::Range { min, max } => Some(Band { min, max }),
            _ => None,
        })
    }

    /// The type in which the filter selects values of the attribute.
    pub(super) fn selected_kind(&self, name: &str) -> Option<Kind> {
        let mut own = self.filter.attributes.iter().filter(|attribute| attribute.key == name);
        own.next().map(|attribute| match attribute.matches {
            AttributeMatch::AnyOf(_) => Kind::Text,
            AttributeMatch::Range { .. } => Kind::Number,
            AttributeMatch::Is(_) => Kind::Bool,
        })
    }

    /// Terms of an attribute that the filter selects.
    pub(super) fn chosen(&self, key: KeyId) -> Vec<Term> {
        let name = self.select.postings.key(key);
        let own = self.filter.attributes.iter().filter(|attribute| attribute.key == name);
        let terms = own.flat_map(|attribute| match &attribute.matches {
            AttributeMatch::AnyOf(texts) => texts.iter().map(|text| Term::Text(key, fold(text))).collect(),
            AttributeMatch::Is(truth) => vec![Term::Bool(key, *truth)],
            AttributeMatch::Range { .. } => Vec::new(),
        });
        terms.collect()
    }

    /// How an item that has the text spells it.
    pub(super) fn spelling(&self, key: KeyId, folded: &str, having: &RoaringBitmap) -> Option<String> {
        let name = self.select.postings.key(key);
        let item = self.items.get(having.min()? as usize)?.as_ref()?;
        let spelt = item.attributes.iter().find_map(|attribute| match &attribute.value {
            AttributeValue::Text(text) if attribute.key == name && *fold(text) == *folded => Some(text),
            _ => None,
        });
        spelt.cloned()
    }
}
