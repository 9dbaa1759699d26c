//! Numbers inside a file, read through the page cache: the one place that maps memory.
//!
//! # Safety argument
//! A mapping is undefined behaviour when its file changes beneath it. The only files mapped are
//! finished snapshots, which this program never opens for writing again: they are written under
//! another name, renamed when complete, and unlinked when old, and a mapping keeps an unlinked
//! file's contents. The directory is this process's own, as its documentation says.

use memmap2::Mmap;
use std::{fs::File, io};

/// A mapped file and the floats that lie in one part of it.
pub(crate) struct MappedFloats {
    map: Mmap,
    offset: usize,
    bytes: usize,
}

impl MappedFloats {
    /// Maps a finished snapshot.
    ///
    /// # Errors
    /// When the system refuses, or the part is not one of aligned floats within the file.
    pub(crate) fn open(file: &File, offset: u64, bytes: u64) -> io::Result<Self> {
        // SAFETY: a finished snapshot is never written to again; see the module's argument.
        let map = unsafe { Mmap::map(file) }?;
        let invalid = || io::Error::from(io::ErrorKind::InvalidData);
        let offset = usize::try_from(offset).map_err(|_| invalid())?;
        let bytes = usize::try_from(bytes).map_err(|_| invalid())?;
        let end = offset.checked_add(bytes).ok_or_else(invalid)?;
        let part = map.get(offset..end).ok_or_else(invalid)?;
        bytemuck::try_cast_slice::<u8, f32>(part).map_err(|_| invalid())?;
        Ok(Self { map, offset, bytes })
    }

    /// All floats of the part.
    #[inline]
    pub(crate) fn all(&self) -> &[f32] {
        // Cannot panic: the same cast succeeded in `open`, and a mapping does not move.
        bytemuck::cast_slice(&self.map[self.offset..self.offset + self.bytes])
    }
}
