//! Rows as they are sent and read: vectors as text on their way there, in binary on their way
//! back.

use reco_actors::{
    ItemId, RecoError,
    vectors::{UnitBlocks, VectorChange},
};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, RuntimeErr, Statement, TryGetable, Value};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// What a vector in binary begins with: its width, and nothing.
const HEADER: usize = 4;
/// `query_canceled`, see PostgreSQL's appendix of error codes.
const QUERY_CANCELED: &str = "57014";
/// Enough of a hash to tell contents apart.
const DIGEST: usize = 16;

/// Which blocks a row has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Has {
    pub(super) text: bool,
    pub(super) image: bool,
}

impl Has {
    /// Kinds of rows that can be found.
    pub(super) const KINDS: [Self; 3] = [Self::of(1), Self::of(2), Self::of(3)];

    pub(super) const fn of(number: i16) -> Self {
        Self {
            text: number & 1 != 0,
            image: number & 2 != 0,
        }
    }

    /// As it is stored; 0 is a deleted row.
    pub(super) fn number(self) -> i16 {
        i16::from(self.text) | i16::from(self.image) << 1
    }
}

/// A row to be written.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: ItemId,
    pub(super) version: i64,
    pub(super) digest: Vec<u8>,
    has: Has,
    blocks: Option<UnitBlocks>,
}

impl Row {
    pub(super) fn new(change: VectorChange) -> Self {
        let (id, version, blocks) = match change {
            VectorChange::Upsert { id, version, blocks } => (id, version, Some(blocks)),
            VectorChange::Delete { id, version } => (id, version, None),
        };
        let blocks = blocks.filter(|blocks| !blocks.is_empty());
        let has = blocks.as_ref().map_or(Has::of(0), |blocks| Has {
            text: blocks.text().is_some(),
            image: blocks.image().is_some(),
        });
        let mut hash = Sha256::new();
        hash.update(has.number().to_le_bytes());
        let numbers = blocks.iter().flat_map(|blocks| [blocks.text(), blocks.image()]);
        for number in numbers.flatten().flatten() {
            hash.update(number.to_le_bytes());
        }
        Self {
            id,
            version,
            digest: hash.finalize()[..DIGEST].to_vec(),
            has,
            blocks,
        }
    }

    /// Id, version and digest.
    pub(super) fn noted(&self) -> [Value; 3] {
        [self.id.0.into(), self.version.into(), self.digest.clone().into()]
    }

    /// Id, blocks, version, digest and vector, in the order of the columns.
    pub(super) fn values(self, dims: (usize, usize)) -> [Value; 5] {
        let vector = self.blocks.map(|blocks| {
            let mut text = String::from("[");
            push(&mut text, blocks.text(), 1.0, dims.0);
            push(&mut text, blocks.image(), 1.0, dims.1);
            close(text)
        });
        [
            self.id.0.into(),
            self.has.number().into(),
            self.version.into(),
            self.digest.into(),
            vector.into(),
        ]
    }
}

/// The vector that asks for rows with some blocks: each block by what it counts.
pub(super) fn query(blocks: &UnitBlocks, (text, image): (f32, f32), dims: (usize, usize)) -> String {
    let mut vector = String::from("[");
    push(&mut vector, blocks.text().filter(|_| text > 0.0), text, dims.0);
    push(&mut vector, blocks.image().filter(|_| image > 0.0), image, dims.1);
    close(vector)
}

fn push(text: &mut String, block: Option<&[f32]>, weight: f32, dim: usize) {
    match block {
        Some(block) => {
            for number in block {
                // Writing into a text does not fail.
                let _ = write!(text, "{},", weight * number);
            }
        }
        None => text.extend(std::iter::repeat_n("0,", dim)),
    }
}

fn close(mut text: String) -> String {
    text.pop();
    text.push(']');
    text
}

/// The blocks of a row.
pub(super) fn blocks(has: Has, vector: &[u8], dims: (usize, usize)) -> Result<UnitBlocks, RecoError> {
    let damaged = || RecoError::Unavailable("vectors: a row is damaged".into());
    let (numbers, rest) = vector.get(HEADER..).ok_or_else(damaged)?.as_chunks::<4>();
    if !rest.is_empty() || numbers.len() != dims.0 + dims.1 {
        return Err(damaged());
    }
    let (text, image) = numbers.split_at(dims.0);
    let read = |numbers: &[[u8; 4]]| numbers.iter().map(|bytes| f32::from_be_bytes(*bytes)).collect();
    UnitBlocks::new(has.text.then(|| read(text)), has.image.then(|| read(image)), dims)
}

/// Many ids as one parameter, to be read by [`is_in`].
pub(super) fn list(ids: impl IntoIterator<Item = ItemId>) -> Value {
    let mut text = String::new();
    for id in ids {
        if !text.is_empty() {
            text.push(',');
        }
        let _ = write!(text, "{}", id.0);
    }
    text.into()
}

/// A condition on `id` by a list at this place.
pub(super) fn is_in(place: usize) -> String {
    format!("id = ANY(string_to_array(${place}, ',')::uuid[])")
}

pub(super) fn statement(sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql.into(), values)
}

/// The first column of the one row of an answer.
pub(super) async fn one<T: TryGetable>(db: &impl ConnectionTrait, statement: Statement) -> Result<T, RecoError> {
    let row = db.query_one_raw(statement).await.map_err(failed)?;
    let row = row.ok_or_else(|| RecoError::Unavailable("vectors: the entry of a table is gone".into()))?;
    column(&row, 0)
}

/// A column of a row.
pub(super) fn column<T: TryGetable>(row: &QueryResult, place: usize) -> Result<T, RecoError> {
    row.try_get_by_index(place).map_err(failed)
}

pub(super) fn failed(error: DbErr) -> RecoError {
    let code = match &error {
        DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Exec(RuntimeErr::SqlxError(error)) => error
            .as_database_error()
            .and_then(|error| error.code().map(|code| code.into_owned())),
        _ => None,
    };
    // The server gave up what took too long, and is well.
    if code.as_deref() == Some(QUERY_CANCELED) {
        return RecoError::Overloaded;
    }
    RecoError::Unavailable(format!("vectors: {error}"))
}
