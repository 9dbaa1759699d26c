//! The container of a snapshot: a header with format, position and directory, then sections,
//! each with its length and checksum. Knows bytes only.

use super::SnapshotError;
use bytemuck::Pod;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    fs::File,
    io::{self, BufWriter, Seek, SeekFrom, Write},
    os::unix::fs::FileExt,
};

const MAGIC: [u8; 8] = *b"MSHOPIDX";
/// Grows whenever a section changes its meaning.
pub(super) const FORMAT: u32 = 6;
/// Tells machines apart that write numbers the other way round.
const BYTE_ORDER: u32 = 0x0102_0304;
/// Magic, format, byte order, length and checksum of the directory.
const FIXED: usize = 24;
/// Room for the directory.
const HEADER: u64 = 4096;
/// Sections begin at multiples of this, so that numbers in them are aligned when mapped.
const ALIGNMENT: u64 = 4096;
/// Read at once while checking what is not kept.
const CHUNK: usize = 1 << 20;

/// What a section holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Meta,
    Items,
    Identities,
    Versions,
    Terms,
    Words,
    WordSlots,
    WordWeights,
    Index,
    RowSlots,
    RowFlags,
    Codes,
    Scales,
    MeanDots,
    Upper,
    Offsets,
    Links,
    Floats,
    DeltaFloats,
    Behaviour,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    kind: Kind,
    offset: u64,
    bytes: u64,
    checksum: u32,
}

/// Where a section lies in its file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
}

/// Writes sections one after the other.
pub(crate) struct Out {
    file: BufWriter<File>,
    at: u64,
    directory: Vec<Entry>,
    checksum: crc32fast::Hasher,
}

impl Out {
    /// Begins in an empty file.
    pub(super) fn new(file: File) -> io::Result<Self> {
        let mut file = BufWriter::with_capacity(CHUNK, file);
        file.seek(SeekFrom::Start(HEADER))?;
        Ok(Self {
            file,
            at: HEADER,
            directory: Vec::new(),
            checksum: crc32fast::Hasher::new(),
        })
    }

    /// Begins a section; what is put belongs to it until the next one.
    pub(crate) fn begin(&mut self, kind: Kind) -> io::Result<()> {
        self.end();
        let gap = self.at.next_multiple_of(ALIGNMENT) - self.at;
        self.file.write_all(&vec![0; gap as usize])?;
        self.at += gap;
        self.directory.push(Entry {
            kind,
            offset: self.at,
            bytes: 0,
            checksum: 0,
        });
        Ok(())
    }

    fn end(&mut self) {
        let checksum = std::mem::take(&mut self.checksum).finalize();
        if let Some(entry) = self.directory.last_mut() {
            entry.checksum = checksum;
            entry.bytes = self.at - entry.offset;
        }
    }

    /// Numbers as they lie in memory.
    pub(crate) fn put<T: Pod>(&mut self, numbers: &[T]) -> io::Result<()> {
        let bytes: &[u8] = bytemuck::cast_slice(numbers);
        self.checksum.update(bytes);
        self.at += bytes.len() as u64;
        self.file.write_all(bytes)
    }

    /// A whole section of numbers.
    pub(crate) fn section<T: Pod>(&mut self, kind: Kind, numbers: &[T]) -> io::Result<()> {
        self.begin(kind)?;
        self.put(numbers)
    }

    /// A whole section of one value.
    pub(crate) fn value(&mut self, kind: Kind, value: &impl Serialize) -> io::Result<()> {
        let bytes = postcard::to_stdvec(value).map_err(io::Error::other)?;
        self.section(kind, &bytes)
    }

    /// Writes the header and has everything on the disk. Gives back the size and the last
    /// section of floats.
    pub(super) fn finish(mut self) -> io::Result<(u64, Option<Place>)> {
        self.end();
        let directory = postcard::to_stdvec(&(self.at, &self.directory)).map_err(io::Error::other)?;
        if directory.len() + FIXED > HEADER as usize {
            return Err(io::Error::other("the directory outgrew its room"));
        }
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&MAGIC)?;
        for word in [FORMAT, BYTE_ORDER, directory.len() as u32, crc32fast::hash(&directory)] {
            self.file.write_all(bytemuck::bytes_of(&word))?;
        }
        self.file.write_all(&directory)?;
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let floats = self.directory.iter().find(|entry| entry.kind == Kind::Floats);
        let place = floats.map(|entry| Place {
            offset: entry.offset,
            bytes: entry.bytes,
        });
        Ok((self.at, place))
    }
}

/// A snapshot whose header has been read and found whole.
pub(crate) struct In {
    file: File,
    directory: Vec<Entry>,
}

impl In {
    /// Reads the header.
    ///
    /// # Errors
    /// `Format` for another format, `Damaged` for anything that is not a whole snapshot, `Io`.
    pub(super) fn open(file: File) -> Result<Self, SnapshotError> {
        let length = file.metadata()?.len();
        let mut header = vec![0; HEADER as usize];
        if length < HEADER {
            return Err(damaged("shorter than its header"));
        }
        file.read_exact_at(&mut header, 0)?;
        let word = |at: usize| u32::from_ne_bytes(std::array::from_fn(|i| header[at + i]));
        if header[..8] != MAGIC {
            return Err(damaged("not a snapshot"));
        }
        if word(12) != BYTE_ORDER || word(8) != FORMAT {
            return Err(SnapshotError::Format { found: word(8) });
        }
        let end = FIXED.saturating_add(word(16) as usize);
        let directory = header.get(FIXED..end).ok_or_else(|| damaged("header"))?;
        if crc32fast::hash(directory) != word(20) {
            return Err(damaged("header"));
        }
        let (size, directory): (u64, Vec<Entry>) = postcard::from_bytes(directory).map_err(|_| damaged("directory"))?;
        if length != size {
            return Err(damaged("cut short"));
        }
        Ok(Self { file, directory })
    }

    /// The bytes that mean something: not the gaps between sections.
    #[cfg(test)]
    pub(super) fn used(&self) -> Vec<std::ops::Range<usize>> {
        let entries = self.directory.iter().filter(|entry| entry.bytes > 0);
        let range = |entry: &Entry| entry.offset as usize..(entry.offset + entry.bytes) as usize;
        std::iter::once(0..FIXED + 8).chain(entries.map(range)).collect()
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    fn entry(&self, kind: Kind) -> Result<&Entry, SnapshotError> {
        let mut entries = self.directory.iter();
        entries
            .find(|entry| entry.kind == kind)
            .ok_or_else(|| damaged(&format!("no section {kind:?}")))
    }

    /// Where a section lies.
    pub(crate) fn place(&self, kind: Kind) -> Result<Place, SnapshotError> {
        self.entry(kind).map(|entry| Place {
            offset: entry.offset,
            bytes: entry.bytes,
        })
    }

    /// The numbers of a section, checked.
    pub(crate) fn numbers<T: Pod>(&self, kind: Kind) -> Result<Vec<T>, SnapshotError> {
        let entry = self.entry(kind)?;
        let count = entry.bytes as usize / size_of::<T>();
        let mut numbers = vec![T::zeroed(); count];
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut numbers);
        if bytes.len() as u64 != entry.bytes {
            return Err(damaged(&format!("length of {kind:?}")));
        }
        self.file.read_exact_at(bytes, entry.offset)?;
        if crc32fast::hash(bytes) != entry.checksum {
            return Err(damaged(&format!("checksum of {kind:?}")));
        }
        Ok(numbers)
    }

    /// The value of a section.
    pub(crate) fn value<T: DeserializeOwned>(&self, kind: Kind) -> Result<T, SnapshotError> {
        let bytes: Vec<u8> = self.numbers(kind)?;
        postcard::from_bytes(&bytes).map_err(|_| damaged(&format!("contents of {kind:?}")))
    }

    /// Checks a section without keeping it: reading costs less than touching a mapping's pages,
    /// and leaves none of them resident.
    pub(crate) fn check(&self, kind: Kind) -> Result<(), SnapshotError> {
        let entry = self.entry(kind)?;
        let mut checksum = crc32fast::Hasher::new();
        let mut chunk = vec![0; CHUNK];
        let mut done = 0;
        while done < entry.bytes {
            let length = (entry.bytes - done).min(CHUNK as u64) as usize;
            self.file.read_exact_at(&mut chunk[..length], entry.offset + done)?;
            checksum.update(&chunk[..length]);
            done += length as u64;
        }
        if checksum.finalize() != entry.checksum {
            return Err(damaged(&format!("checksum of {kind:?}")));
        }
        Ok(())
    }
}

pub(crate) fn damaged(what: &str) -> SnapshotError {
    SnapshotError::Damaged(what.to_owned())
}
