//! Paging arguments: parsed once into a [`Window`], refused when they contradict.

use crate::{
    cursor::{CursorCodec, CursorScope},
    error::ApiError,
};
use async_graphql::SimpleObject;
use reco_actors::catalog::Window;

/// Page size when the client names none.
pub const DEFAULT_SIZE: i32 = 20;
/// Largest page.
pub const MAX_SIZE: i32 = 100;
/// Largest offset of a numbered page.
pub const MAX_OFFSET: i32 = 10_000;

/// Paging arguments as the client sent them.
#[derive(Clone, Debug, Default)]
pub struct PageArgs {
    /// The first n.
    pub first: Option<i32>,
    /// The last n.
    pub last: Option<i32>,
    /// After this cursor.
    pub after: Option<String>,
    /// Before this cursor.
    pub before: Option<String>,
    /// Skip this many.
    pub offset: Option<i32>,
}

impl PageArgs {
    /// The window they ask for.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when a size is out of range, arguments contradict, or a cursor is
    /// not one of this listing.
    pub fn window(&self, codec: &CursorCodec, scope: &CursorScope) -> Result<Window, ApiError> {
        let keyset = |cursor: &Option<String>| -> Result<_, ApiError> {
            cursor.as_deref().map(|text| Ok(codec.decode(scope, text)?)).transpose()
        };
        if self.first.is_some() && self.last.is_some() {
            return Err(ApiError::bad_input("give first or last, not both"));
        }
        if let Some(offset) = self.offset {
            if self.after.is_some() || self.before.is_some() || self.last.is_some() {
                return Err(ApiError::bad_input(
                    "offset goes with first alone, not with cursors or last",
                ));
            }
            let limit = size("first", self.first)?;
            return Ok(Window::Offset {
                offset: within("offset", offset, 0, MAX_OFFSET)?,
                limit,
            });
        }
        if self.last.is_some() || self.before.is_some() {
            if self.first.is_some() || self.after.is_some() {
                return Err(ApiError::bad_input("first goes with after, last goes with before"));
            }
            return Ok(Window::Before {
                keyset: keyset(&self.before)?,
                limit: size("last", self.last)?,
            });
        }
        Ok(Window::After {
            keyset: keyset(&self.after)?,
            limit: size("first", self.first)?,
        })
    }
}

fn size(name: &str, value: Option<i32>) -> Result<usize, ApiError> {
    within(name, value.unwrap_or(DEFAULT_SIZE), 1, MAX_SIZE)
}

/// A client's number as a size, if it lies in the closed range.
///
/// # Errors
/// `BAD_USER_INPUT` naming the argument and its range.
pub fn within(name: &str, value: i32, min: i32, max: i32) -> Result<usize, ApiError> {
    let fits = (min..=max).contains(&value);
    let size = usize::try_from(value).ok().filter(|_| fits);
    size.ok_or_else(|| ApiError::bad_input(format!("{name} must be between {min} and {max}")))
}

/// Refuses an input list that is too long.
///
/// # Errors
/// `BAD_USER_INPUT` naming the list.
pub fn at_most<T>(name: &str, list: &[T], max: usize) -> Result<(), ApiError> {
    if list.len() > max {
        return Err(ApiError::bad_input(format!("{name} takes at most {max} elements")));
    }
    Ok(())
}

/// Where a page stands in its listing.
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct PageInfo {
    /// Whether something follows the last edge.
    pub has_next_page: bool,
    /// Whether something precedes the first edge.
    pub has_previous_page: bool,
    /// Cursor of the first edge.
    pub start_cursor: Option<String>,
    /// Cursor of the last edge.
    pub end_cursor: Option<String>,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::error::Code;
    use reco_actors::{ItemId, catalog::Keyset};

    fn window(args: &PageArgs) -> Result<Window, ApiError> {
        args.window(&CursorCodec::new(b"k"), &CursorScope::named("t"))
    }

    #[test]
    fn twenty_come_when_no_size_is_named() {
        assert_eq!(
            window(&PageArgs::default()).unwrap(),
            Window::After {
                keyset: None,
                limit: 20
            }
        );
        let offset = PageArgs {
            offset: Some(40),
            ..Default::default()
        };
        assert_eq!(window(&offset).unwrap(), Window::Offset { offset: 40, limit: 20 });
        let last = PageArgs {
            last: Some(5),
            ..Default::default()
        };
        assert_eq!(window(&last).unwrap(), Window::Before { keyset: None, limit: 5 });
    }

    #[test]
    fn a_cursor_continues_where_it_stood() {
        let keyset = Keyset {
            values: vec![],
            id: ItemId(uuid::Uuid::from_u128(3)),
        };
        let after = CursorCodec::new(b"k").encode(&CursorScope::named("t"), &keyset);
        let args = PageArgs {
            first: Some(7),
            after: Some(after),
            ..Default::default()
        };
        assert_eq!(
            window(&args).unwrap(),
            Window::After {
                keyset: Some(keyset),
                limit: 7
            }
        );
    }

    #[test]
    fn contradictions_and_sizes_out_of_range_are_refused() {
        let cursor = || Some("abc".to_owned());
        let bad = [
            PageArgs {
                first: Some(0),
                ..Default::default()
            },
            PageArgs {
                first: Some(101),
                ..Default::default()
            },
            PageArgs {
                last: Some(-1),
                ..Default::default()
            },
            PageArgs {
                first: Some(1),
                last: Some(1),
                ..Default::default()
            },
            PageArgs {
                offset: Some(10_001),
                ..Default::default()
            },
            PageArgs {
                offset: Some(-1),
                ..Default::default()
            },
            PageArgs {
                offset: Some(1),
                after: cursor(),
                ..Default::default()
            },
            PageArgs {
                offset: Some(1),
                last: Some(3),
                ..Default::default()
            },
            PageArgs {
                first: Some(1),
                before: cursor(),
                ..Default::default()
            },
            PageArgs {
                after: cursor(),
                ..Default::default()
            },
        ];
        for args in bad {
            assert_eq!(window(&args).unwrap_err().code(), Code::BadUserInput, "{args:?}");
        }
    }
}
