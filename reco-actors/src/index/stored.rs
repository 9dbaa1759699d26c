//! The vector index in a snapshot: codes, scales and graph to be read into memory, and the full
//! numbers in one section that can be mapped.

use super::{
    FrameData, IndexConfig, MappedFloats,
    frame::{Block, Row},
    generation::{Base, Generation},
    hnsw::Graph,
    quantised::{Codes, Lane, Scale, Table},
    vectors::{ItemVectors, Values},
    writer::{Restored, VectorWriter},
};
use crate::{
    ItemId, Slot,
    snapshot::{In, Kind, Out, Place, SnapshotError, damaged},
};
use fixedbitset::FixedBitSet;
use serde::{Deserialize, Serialize};
use std::{fs::File, io, sync::Arc};

const TEXT: u8 = 1;
const IMAGE: u8 = 2;
const IMPUTED: u8 = 4;

/// The index at one moment, by pointers.
pub(crate) struct CapturedVectors {
    generation: Arc<Generation>,
    pinned: Option<FrameData>,
    dims: (usize, usize),
}

/// What tells how to read the rest.
#[derive(Serialize, Deserialize)]
struct Shape {
    text_dim: u64,
    image_dim: u64,
    number: u64,
    frame: Vec<u8>,
    pinned: Option<Vec<u8>>,
    hidden: Vec<u32>,
    /// Slot and flags of the rows changed since the base.
    delta: Vec<(u32, u8)>,
    /// Entry of the graph.
    entry: Option<u32>,
}

fn flags(row: &Row) -> u8 {
    let flag = |is: bool, flag: u8| if is { flag } else { 0 };
    flag(row.text.is_some(), TEXT) | flag(row.image.is_some(), IMAGE) | flag(row.image_imputed, IMPUTED)
}

impl VectorWriter {
    /// Takes down the published state.
    pub(crate) fn capture(&self) -> CapturedVectors {
        let generation = self.reader().load();
        CapturedVectors {
            dims: generation.frame().dims(),
            generation,
            pinned: self.pinned_frame(),
        }
    }

    /// Reads what [`CapturedVectors::write`] wrote; `owner` knows whose a slot is. Full numbers
    /// stay in the file when `mapped`.
    ///
    /// # Errors
    /// `Damaged` when anything is not as written, `Io`.
    pub(crate) fn read(
        file: &In,
        config: IndexConfig,
        mapped: bool,
        owner: impl Fn(Slot) -> Option<ItemId>,
    ) -> Result<Self, SnapshotError> {
        let shape: Shape = file.value(Kind::Index)?;
        if (shape.text_dim, shape.image_dim) != (config.text_dim as u64, config.image_dim as u64) {
            return Err(damaged("widths of the blocks"));
        }
        let owner = |slot: u32| owner(Slot(slot)).ok_or_else(|| damaged("a row of nobody"));
        let frame = |bytes: &[u8]| {
            let frame = FrameData::from_bytes(bytes).ok();
            let frame = frame.filter(|frame| frame.dims() == (config.text_dim, config.image_dim));
            frame.map(|frame| frame.0).ok_or_else(|| damaged("frame"))
        };
        let graph = shape.entry.map(|entry| read_graph(file, entry)).transpose()?;
        let table = read_table(file, (config.text_dim, config.image_dim), mapped, owner)?;
        if graph.as_ref().is_some_and(|graph| !graph.fits(table.rows.len())) {
            return Err(damaged("graph"));
        }
        let mut hidden = FixedBitSet::with_capacity(table.rows.len());
        for row in shape.hidden {
            if row as usize >= table.rows.len() {
                return Err(damaged("hidden rows"));
            }
            hidden.insert(row as usize);
        }
        let state = Restored {
            base: Base::of(frame(&shape.frame)?, table, graph, &config),
            hidden,
            delta: read_delta(file, &shape.delta, (config.text_dim, config.image_dim), owner)?,
            pinned: shape.pinned.as_deref().map(frame).transpose()?,
            number: shape.number,
        };
        Ok(Self::restored(config, state))
    }
}

impl CapturedVectors {
    pub(crate) fn write(&self, out: &mut Out) -> io::Result<()> {
        let (base, table) = (&self.generation.base, &self.generation.base.table);
        let codes = table.codes();
        let delta = self.generation.delta.iter().map(|row| (row.slot.0, own_flags(row)));
        let shape = Shape {
            text_dim: self.dims.0 as u64,
            image_dim: self.dims.1 as u64,
            number: self.generation.number(),
            frame: FrameData(Arc::clone(&base.frame)).to_bytes(),
            pinned: self.pinned.as_ref().map(FrameData::to_bytes),
            hidden: self.generation.hidden.ones().map(|row| row as u32).collect(),
            delta: delta.collect(),
            entry: base.graph().map(|graph| graph.entry),
        };
        out.value(Kind::Index, &shape)?;
        let slots: Vec<u32> = codes.slots.iter().map(|slot| slot.0).collect();
        out.section(Kind::RowSlots, &slots)?;
        out.section(Kind::RowFlags, &table.rows.iter().map(flags).collect::<Vec<u8>>())?;
        out.begin(Kind::Codes)?;
        out.put(&codes.text.codes)?;
        out.put(&codes.image.codes)?;
        out.begin(Kind::Scales)?;
        for lane in [&codes.text, &codes.image] {
            out.put(&lane.scales.iter().map(<[f32; 3]>::from).collect::<Vec<_>>())?;
        }
        let mean_dot = |block: Option<&Block>| block.map_or(0.0, |block| block.mean_dot);
        let dots = table
            .rows
            .iter()
            .map(|row| [mean_dot(row.text.as_ref()), mean_dot(row.image.as_ref())]);
        out.section(Kind::MeanDots, &dots.collect::<Vec<[f32; 2]>>())?;
        if let Some(graph) = base.graph() {
            write_graph(graph, out)?;
        }
        out.begin(Kind::DeltaFloats)?;
        for row in self.generation.delta.iter() {
            let own = row.vectors();
            own.text
                .iter()
                .chain(&own.image)
                .try_for_each(|block| out.put::<f32>(block))?;
        }
        let (no_text, no_image) = (vec![0.0_f32; self.dims.0], vec![0.0_f32; self.dims.1]);
        out.begin(Kind::Floats)?;
        for row in &table.rows {
            out.put(row.text.as_ref().map_or(&no_text[..], |block| &block.values))?;
            out.put(row.image.as_ref().map_or(&no_image[..], |block| &block.values))?;
        }
        Ok(())
    }

    fn base(&self) -> &Arc<Base> {
        &self.generation.base
    }

    /// The base that was written, with its numbers in the file.
    ///
    /// # Errors
    /// When the file cannot be mapped.
    pub(crate) fn mapped(&self, file: &File, place: Place) -> io::Result<CapturedBase> {
        let floats = Arc::new(MappedFloats::open(file, place.offset, place.bytes)?);
        let width = self.dims.0 + self.dims.1;
        if floats.all().len() != width * self.base().len() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let rows = self.base().table.rows.iter().enumerate().map(|(at, row)| {
            let elsewhere = |block: &Block, at: usize| Block {
                values: mapped_values(&floats, at, block.values.len()),
                ..block.clone()
            };
            Row {
                text: row.text.as_ref().map(|block| elsewhere(block, at * width)),
                image: row
                    .image
                    .as_ref()
                    .map(|block| elsewhere(block, at * width + self.dims.0)),
                ..row.clone()
            }
        });
        let mapped = self.base().with_rows(rows.collect());
        Ok(CapturedBase::new(Arc::clone(self.base()), mapped))
    }
}

/// A base that was written, and the same with its numbers in the file.
pub(crate) struct CapturedBase {
    was: Arc<Base>,
    mapped: Base,
}

impl CapturedBase {
    pub(super) fn new(was: Arc<Base>, mapped: Base) -> Self {
        Self { was, mapped }
    }

    pub(crate) fn into_parts(self) -> (Arc<Base>, Base) {
        (self.was, self.mapped)
    }
}

fn mapped_values(file: &Arc<MappedFloats>, at: usize, len: usize) -> Values {
    Values::Mapped {
        file: Arc::clone(file),
        at,
        len: len as u32,
    }
}

/// Flags of the blocks an item has of its own.
fn own_flags(row: &Row) -> u8 {
    match flags(row) {
        flags if flags & IMPUTED != 0 => TEXT,
        flags => flags,
    }
}

fn write_graph(graph: &Graph, out: &mut Out) -> io::Result<()> {
    let upper: Vec<Vec<(u32, &[u32])>> = graph
        .upper
        .iter()
        .map(|layer| layer.iter().map(|(row, links)| (*row, &**links)).collect())
        .collect();
    out.value(Kind::Upper, &upper)?;
    out.section(Kind::Offsets, &graph.offsets)?;
    out.section(Kind::Links, &graph.links)
}

fn read_graph(file: &In, entry: u32) -> Result<Graph, SnapshotError> {
    let upper: Vec<Vec<(u32, Box<[u32]>)>> = file.value(Kind::Upper)?;
    Ok(Graph {
        entry,
        upper: upper.into_iter().map(|layer| layer.into_iter().collect()).collect(),
        offsets: file.numbers(Kind::Offsets)?,
        links: file.numbers(Kind::Links)?,
    })
}

fn read_table(
    file: &In,
    (text_dim, image_dim): (usize, usize),
    mapped: bool,
    owner: impl Fn(u32) -> Result<ItemId, SnapshotError>,
) -> Result<Table, SnapshotError> {
    let (codes, floats) = rayon::join(
        || read_codes(file, (text_dim, image_dim)),
        || Numbers::read(file, mapped),
    );
    let (codes, floats) = (codes?, floats?);
    let flags: Vec<u8> = file.numbers(Kind::RowFlags)?;
    let dots: Vec<[f32; 2]> = file.numbers(Kind::MeanDots)?;
    let count = codes.slots.len();
    let width = text_dim + image_dim;
    if flags.len() != count || dots.len() != count || floats.len() != count * width {
        return Err(damaged("numbers of rows disagree"));
    }
    let block = |has: bool, at: usize, dim: usize, mean_dot: f32, scale: &Scale| {
        has.then(|| Block {
            values: floats.values(at, dim),
            mean_dot,
            inverse: scale.inverse,
        })
    };
    let mut rows = Vec::with_capacity(count);
    for (at, (slot, [text_dot, image_dot])) in codes.slots.iter().zip(dots).enumerate() {
        let (flags, text_at) = (flags[at], at * width);
        let (text_scale, image_scale) = (&codes.text.scales[at], &codes.image.scales[at]);
        rows.push(Row {
            slot: *slot,
            id: owner(slot.0)?,
            text: block(flags & TEXT != 0, text_at, text_dim, text_dot, text_scale),
            image: block(
                flags & IMAGE != 0,
                text_at + text_dim,
                image_dim,
                image_dot,
                image_scale,
            ),
            image_imputed: flags & IMPUTED != 0,
        });
    }
    let presence = flags.iter().map(|flags| flags & (TEXT | IMAGE)).collect();
    Ok(Table::of(rows, Arc::new(Codes { presence, ..codes })))
}

fn read_codes(file: &In, (text_dim, image_dim): (usize, usize)) -> Result<Codes, SnapshotError> {
    let slots: Vec<u32> = file.numbers(Kind::RowSlots)?;
    let count = slots.len();
    let mut codes: Vec<i8> = file.numbers(Kind::Codes)?;
    let scales: Vec<[f32; 3]> = file.numbers(Kind::Scales)?;
    let fits = codes.len() == count * (text_dim + image_dim) && scales.len() == 2 * count;
    if !fits || !slots.is_sorted_by(|a, b| a < b) {
        return Err(damaged("codes"));
    }
    let image_codes = codes.split_off(count * text_dim);
    codes.shrink_to_fit();
    let (text_scales, image_scales) = scales.split_at(count);
    let lane = |dim, codes: Vec<i8>, scales: &[[f32; 3]]| Lane {
        dim,
        codes: codes.into(),
        scales: scales.iter().copied().map(Scale::from).collect(),
    };
    Ok(Codes {
        slots: slots.into_iter().map(Slot).collect(),
        text: lane(text_dim, codes, text_scales),
        image: lane(image_dim, image_codes, image_scales),
        presence: Vec::new(),
    })
}

/// Full numbers, in the file or on the heap. Checked either way.
enum Numbers {
    Mapped(Arc<MappedFloats>),
    Read(Vec<f32>),
}

impl Numbers {
    fn read(file: &In, mapped: bool) -> Result<Self, SnapshotError> {
        if !mapped {
            return Ok(Self::Read(file.numbers(Kind::Floats)?));
        }
        file.check(Kind::Floats)?;
        let place = file.place(Kind::Floats)?;
        let floats = MappedFloats::open(file.file(), place.offset, place.bytes)?;
        Ok(Self::Mapped(Arc::new(floats)))
    }

    fn len(&self) -> usize {
        match self {
            Self::Mapped(floats) => floats.all().len(),
            Self::Read(floats) => floats.len(),
        }
    }

    fn values(&self, at: usize, len: usize) -> Values {
        match self {
            Self::Mapped(floats) => mapped_values(floats, at, len),
            Self::Read(floats) => Values::Owned(floats[at..at + len].into()),
        }
    }
}

fn read_delta(
    file: &In,
    delta: &[(u32, u8)],
    (text_dim, image_dim): (usize, usize),
    owner: impl Fn(u32) -> Result<ItemId, SnapshotError>,
) -> Result<Vec<(Slot, ItemVectors)>, SnapshotError> {
    let floats: Vec<f32> = file.numbers(Kind::DeltaFloats)?;
    let mut rest = floats.as_slice();
    let mut take = |has: bool, dim: usize| -> Result<Option<Values>, SnapshotError> {
        if !has {
            return Ok(None);
        }
        let (block, after) = rest.split_at_checked(dim).ok_or_else(|| damaged("changed rows"))?;
        rest = after;
        Ok(Some(Values::Owned(block.into())))
    };
    let mut rows = Vec::with_capacity(delta.len());
    for &(slot, flags) in delta {
        let vectors = ItemVectors {
            id: owner(slot)?,
            text: take(flags & TEXT != 0, text_dim)?,
            image: take(flags & IMAGE != 0, image_dim)?,
        };
        rows.push((Slot(slot), vectors));
    }
    Ok(rows)
}
