//! What an operation costs before it runs: one point a field, list fields multiplied by
//! the number of elements asked for. The same figures limit and are reported.

/// Elements of a list whose size the client does not choose.
pub const SMALL_LIST: usize = 10;
/// Fixed cost of a listing: filters and sort over the index.
pub const LISTING: usize = 10;
/// Fixed cost of a vector search.
pub const RECOMMENDATION: usize = 20;
/// Fixed cost of looking at a picture.
pub const PICTURE: usize = 100;
/// Fixed cost of a write.
pub const WRITE: usize = 20;
/// Fixed cost of checking or making a password hash, which is slow on purpose.
pub const PASSWORD: usize = 200;

/// Cost of a list field of `size` elements (as asked for by the client, so possibly
/// nonsense: the resolver refuses that, here it only must not overflow).
#[must_use]
pub fn list(fixed: usize, size: Option<i32>, default: i32, child: usize) -> usize {
    let size = usize::try_from(size.unwrap_or(default)).unwrap_or(0).max(1);
    fixed.saturating_add(size.saturating_mul(child.max(1)))
}

/// Cost of a connection paged by `first` or `last`.
#[must_use]
pub fn page(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    list(LISTING, first.or(last), crate::page::DEFAULT_SIZE, child)
}

/// Cost of a list whose length the client does not choose.
#[must_use]
pub fn small_list(child: usize) -> usize {
    SMALL_LIST.saturating_mul(child.max(1)).saturating_add(1)
}

/// Cost of fetching the things named by a list of ids.
#[must_use]
pub fn ids<T>(ids: &[T], child: usize) -> usize {
    ids.len().max(1).saturating_mul(child.max(1)).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_costs_its_size_times_its_children() {
        assert_eq!(page(Some(50), None, 6), LISTING + 300);
        assert_eq!(page(None, Some(3), 6), LISTING + 18);
        assert_eq!(page(None, None, 6), LISTING + 120);
    }

    #[test]
    fn absurd_sizes_neither_overflow_nor_make_a_list_free() {
        assert_eq!(list(1, Some(-5), 20, 4), 5);
        assert_eq!(list(usize::MAX, Some(i32::MAX), 20, usize::MAX), usize::MAX);
    }
}
