//! Large arrays that searches run through, in huge pages where the system has some.
//!
//! A scan touches thousands of ordinary pages, whose addresses must be looked up. Reading 8 MiB and more in
//! order was a fifth faster in huge pages; of whole lists (`people_speed`, five runs each by turns, huge pages
//! on and off for the process) no difference could be told from that of the runs among themselves.

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
