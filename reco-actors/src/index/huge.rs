//! Large arrays that searches run through, in huge pages where the system has some.
//!
//! A scan of 20,000 products touches thousands of ordinary pages, and looking those up costs as much as
//! the arithmetic: with huge pages it takes six tenths of the time (`index_speed`).

use memmap2::MmapMut;
use std::ops::Deref;

/// A huge page, where there are any; what is smaller gains nothing.
const HUGE: usize = 2 << 20;

/// Codes that do not change.
pub(crate) enum Codes {
    Ordinary(Vec<i8>),
    Huge(MmapMut),
}

impl From<Vec<i8>> for Codes {
    fn from(codes: Vec<i8>) -> Self {
        match in_huge_pages(&codes) {
            Some(map) => Self::Huge(map),
            None => Self::Ordinary(codes),
        }
    }
}

impl Deref for Codes {
    type Target = [i8];

    #[inline]
    fn deref(&self) -> &[i8] {
        match self {
            Self::Ordinary(codes) => codes,
            Self::Huge(map) => bytemuck::cast_slice(map),
        }
    }
}

/// `None` where ordinary pages do, or the system has no others.
#[cfg(target_os = "linux")]
fn in_huge_pages(codes: &[i8]) -> Option<MmapMut> {
    if codes.len() < HUGE {
        return None;
    }
    let mut map = MmapMut::map_anon(codes.len()).ok()?;
    map.advise(memmap2::Advice::HugePage).ok()?;
    map.copy_from_slice(bytemuck::cast_slice(codes));
    Some(map)
}

#[cfg(not(target_os = "linux"))]
fn in_huge_pages(_: &[i8]) -> Option<MmapMut> {
    None
}
