//! Pages of published items: which ones qualify, in what order, and which part is wanted.

use super::{
    CatalogIndex, Filter, Keyset, ListEntry, ListPage, ListQuery, Sort, SortField, Window,
    facets::Facets,
    order::{Order, invalid},
    search::Found,
    select::Select,
};
use crate::RecoError;
use roaring::RoaringBitmap;

const BY_RELEVANCE: &[Sort] = &[Sort {
    field: SortField::Relevance,
    descending: true,
}];
const BY_POPULARITY: &[Sort] = &[Sort {
    field: SortField::Popularity,
    descending: true,
}];

/// What a page is asked for, whatever was found how.
pub(super) struct Asked<'a> {
    pub(super) filter: &'a Filter,
    pub(super) sort: &'a [Sort],
    pub(super) window: &'a Window,
    pub(super) want_total: bool,
    pub(super) want_facets: bool,
}

/// From so many items on, parts of a search take milliseconds, and go beside each other.
const MANY: usize = 100_000;

/// Part of a listing: slots in order, and whether more lie on either side.
struct Part {
    slots: Vec<u32>,
    has_next: bool,
    has_previous: bool,
}

impl CatalogIndex {
    /// One page of published items.
    ///
    /// # Errors
    /// `InvalidArgument` when sorted by relevance without keywords, or when the window's
    /// position is one of another order.
    pub fn list(&self, query: &ListQuery) -> Result<ListPage, RecoError> {
        let text = query.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let found = text.map(|text| self.keywords.search(text));
        let asked = Asked {
            filter: &query.filter,
            sort: &query.sort,
            window: &query.window,
            want_total: query.want_total,
            want_facets: query.want_facets,
        };
        self.page(&asked, found.as_ref())
    }

    /// A page of what was found; of everything where nothing was looked for.
    pub(super) fn page(&self, asked: &Asked<'_>, found: Option<&Found>) -> Result<ListPage, RecoError> {
        let criteria = match (asked.sort, found) {
            ([], Some(_)) => BY_RELEVANCE,
            ([], None) => BY_POPULARITY,
            (sort, _) => sort,
        };
        if found.is_none() && criteria.iter().any(|sort| sort.field == SortField::Relevance) {
            return Err(invalid("sort", "relevance needs a text query"));
        }
        let order = Order {
            columns: &self.columns,
            items: &self.items,
            criteria,
            scores: found.map(|found| found.scores.as_slice()),
        };
        let base = match found {
            Some(found) => &found.slots & &self.postings.published,
            None => self.postings.published.clone(),
        };
        let (set, part, narrowed) = if asked.want_facets {
            let facets = Facets::new(self.select(), &self.items, asked.filter, base);
            let usual = || (facets.usual(), facets.price_histogram());
            let counted = || self.beside(usual, || facets.attributes());
            let (part, counted) = self.beside(|| part(&order, facets.set(), asked.window), counted);
            let ((mut all, prices), attributes) = counted;
            all.extend(attributes);
            (facets.into_set(), part?, Some((all, prices)))
        } else {
            let set = self.select().narrow(asked.filter, base);
            let part = part(&order, &set, asked.window)?;
            (set, part, None)
        };
        let (facets, prices) = narrowed.unzip();
        let entry = |slot: u32| ListEntry {
            id: self.columns.ids[slot as usize],
            keyset: order.keyset(slot),
        };
        Ok(ListPage {
            entries: part.slots.into_iter().map(entry).collect(),
            has_next: part.has_next,
            has_previous: part.has_previous,
            total: asked.want_total.then(|| set.len()),
            facets,
            prices: prices.flatten(),
        })
    }

    /// Both, one beside the other where there are so many items that one takes long.
    pub(super) fn beside<A: Send, B: Send>(
        &self,
        one: impl FnOnce() -> A + Send,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        if self.columns.len() < MANY {
            return (one(), other());
        }
        rayon::join(one, other)
    }

    pub(super) fn select(&self) -> Select<'_> {
        Select {
            postings: &self.postings,
            columns: &self.columns,
            slots: &self.slots,
        }
    }
}

fn part(order: &Order<'_>, set: &RoaringBitmap, window: &Window) -> Result<Part, RecoError> {
    match window {
        Window::Offset { offset, limit } => {
            let end = offset.saturating_add(*limit);
            let mut slots = order.first(set, None, end.saturating_add(1), false);
            let has_next = slots.len() > end;
            slots.truncate(end);
            slots.drain(..(*offset).min(slots.len()));
            Ok(Part {
                slots,
                has_next,
                has_previous: *offset > 0 && !set.is_empty(),
            })
        }
        Window::After { keyset, limit } => {
            let (slots, more, left_out) = beyond(order, set, keyset.as_ref(), *limit, false)?;
            Ok(Part {
                slots,
                has_next: more,
                has_previous: left_out,
            })
        }
        Window::Before { keyset, limit } => {
            let (mut slots, more, left_out) = beyond(order, set, keyset.as_ref(), *limit, true)?;
            slots.reverse();
            Ok(Part {
                slots,
                has_next: left_out,
                has_previous: more,
            })
        }
    }
}

/// The next `limit` on one side of a position, nearest first; whether more follow on that
/// side, and whether any lie on the other side of the position or at it.
fn beyond(
    order: &Order<'_>,
    set: &RoaringBitmap,
    keyset: Option<&Keyset>,
    limit: usize,
    backwards: bool,
) -> Result<(Vec<u32>, bool, bool), RecoError> {
    let place = keyset.map(|keyset| order.place(keyset)).transpose()?;
    let left_out = place
        .as_ref()
        .is_some_and(|place| order.leaves_out(set, place, backwards));
    let mut slots = order.first(set, place.as_ref(), limit.saturating_add(1), backwards);
    let more = slots.len() > limit;
    slots.truncate(limit);
    Ok((slots, more, left_out))
}
