//! What items are sorted and bounded by, one column per property and one place per slot.
//! Numbers are kept as integers of the same order, so that comparing is one instruction.

use crate::{Item, ItemId};

/// Names are ordered by so many characters; a cursor holds them all.
const NAME_CHARS: usize = 120;

/// The per-slot columns. A deleted item leaves its last values behind: nothing selects them.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) ids: Vec<ItemId>,
    /// Lowest and highest price; meaningless unless `priced`.
    pub(super) price_min: Vec<i64>,
    pub(super) price_max: Vec<i64>,
    pub(super) priced: Vec<bool>,
    pub(super) rating: Vec<f32>,
    pub(super) rating_count: Vec<u32>,
    /// Milliseconds.
    pub(super) created: Vec<i64>,
    pub(super) popularity: Vec<f64>,
    /// First eight bytes of the folded name.
    pub(super) name: Vec<u64>,
}

impl Columns {
    /// How many slots there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Adds the place of an item yet to be set.
    pub(super) fn push(&mut self, id: ItemId) {
        self.ids.push(id);
        self.price_min.push(0);
        self.price_max.push(0);
        self.priced.push(false);
        self.rating.push(0.0);
        self.rating_count.push(0);
        self.created.push(0);
        self.popularity.push(0.0);
        self.name.push(0);
    }

    /// Takes over what `item` says.
    pub(super) fn set(&mut self, at: usize, item: &Item) {
        self.price_min[at] = item.price.map_or(0, |price| price.min);
        self.price_max[at] = item.price.map_or(0, |price| price.max);
        self.priced[at] = item.price.is_some();
        self.rating[at] = finite(f64::from(item.rating)) as f32;
        self.rating_count[at] = item.rating_count;
        self.created[at] = item.created_at.timestamp_millis();
        self.popularity[at] = finite(item.popularity);
        self.name[at] = name_prefix(folded_name(&item.name));
    }

    /// Mean rating, then number of ratings, as one number of that order.
    pub(super) fn rating_rank(&self, at: usize) -> i64 {
        let mean = i64::from(self.rating[at].max(0.0).to_bits());
        (mean << 32) | i64::from(self.rating_count[at])
    }
}

/// No nonsense in sort keys, and one zero.
fn finite(number: f64) -> f64 {
    if number.is_finite() { number + 0.0 } else { 0.0 }
}

/// A name as it is ordered: case folded, and no longer than a cursor can hold.
pub(super) fn folded_name(name: &str) -> impl Iterator<Item = char> {
    name.chars().flat_map(char::to_lowercase).take(NAME_CHARS)
}

/// The first bytes of a folded name: of the same order as the names, except that equal
/// beginnings leave it open.
pub(super) fn name_prefix(folded: impl Iterator<Item = char>) -> u64 {
    let mut bytes = [0; 8];
    let mut filled = 0;
    for letter in folded {
        let mut buffer = [0; 4];
        for byte in letter.encode_utf8(&mut buffer).bytes() {
            bytes[filled] = byte;
            filled += 1;
            if filled == bytes.len() {
                return u64::from_be_bytes(bytes);
            }
        }
    }
    u64::from_be_bytes(bytes)
}

/// An integer's place in the order of unsigned ones.
pub(super) const fn ordered_int(number: i64) -> u64 {
    number.cast_unsigned() ^ (1 << 63)
}

/// A float's place in the total order of floats.
pub(super) const fn ordered_float(number: f64) -> u64 {
    let bits = number.to_bits();
    if bits >> 63 == 0 { bits | (1 << 63) } else { !bits }
}

/// The float of that place.
pub(super) const fn float_of(ordered: u64) -> f64 {
    f64::from_bits(if ordered >> 63 == 1 {
        ordered & !(1 << 63)
    } else {
        !ordered
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn encodings_keep_the_order(a in any::<f64>(), b in any::<f64>(), i in any::<i64>(), j in any::<i64>()) {
            prop_assert_eq!(ordered_float(a).cmp(&ordered_float(b)), a.total_cmp(&b));
            prop_assert_eq!(float_of(ordered_float(a)).to_bits(), a.to_bits());
            prop_assert_eq!(ordered_int(i).cmp(&ordered_int(j)), i.cmp(&j));
        }

        #[test]
        fn a_prefix_never_contradicts_the_names(a in ".{0,12}", b in ".{0,12}") {
            let (a, b): (String, String) = (folded_name(&a).collect(), folded_name(&b).collect());
            let (first, second) = (name_prefix(a.chars()), name_prefix(b.chars()));
            prop_assert!(first == second || first.cmp(&second) == a.cmp(&b));
        }
    }
}
