//! What inputs have in common.

use crate::{error::ApiError, ids::Id, page::at_most};
use async_graphql::MaybeUndefined;
use shop::catalog::Patch;

/// Longest list of ids.
const MOST: usize = 100;

/// Absent: as before; `null`: none.
pub(crate) fn patch<T, U>(change: MaybeUndefined<T>, convert: impl FnOnce(T) -> U) -> Patch<U> {
    match change {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(value) => Patch::Set(convert(value)),
    }
}

/// Ids without their type, at most 100; `name` is where they stand.
pub(crate) fn ids<T>(name: &str, given: Vec<Id<T>>) -> Result<Vec<T>, ApiError> {
    at_most(name, &given, MOST)?;
    Ok(given.into_iter().map(|id| id.0).collect())
}
