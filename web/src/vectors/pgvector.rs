//! PostgreSQL with the extension pgvector: one table per pair of models, shared by all processes
//! of a shop. Opened when it is first used, so that a shop starts while it is away.

use super::{
    rows::{self, Has, Row},
    search::Search,
    table::Table,
};
use async_trait::async_trait;
use parking_lot::Mutex;
use reco_actors::{
    ItemId, RecoError,
    embed::ModelInfo,
    snapshot::Head,
    system::LoadedModels,
    vectors::{
        Applied, Like, UnitBlocks, VectorChange, VectorCounts, VectorHit, VectorIndex, VectorSearch, VectorStore,
    },
};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Value};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
    sync::Arc,
    time::Duration,
};
use tokio::sync::OnceCell;

/// Rows written by one statement.
const ROWS: usize = 100;
/// How long a connection is waited for.
const CONNECT: Duration = Duration::from_secs(2);

/// Where, for which shop, and how patiently.
#[derive(Clone)]
pub struct PgVectorsConfig {
    /// `postgres://…`.
    pub url: String,
    /// Tells shops apart that share one database.
    pub namespace: String,
    /// Most connections held at once.
    pub max_connections: u32,
    /// What a search may take; the server gives it up then.
    pub patience: Duration,
}

/// A PostgreSQL that holds vectors.
pub struct PgVectors {
    config: PgVectorsConfig,
    db: Arc<OnceCell<DatabaseConnection>>,
    indexes: Mutex<HashMap<String, Arc<PgVectorIndex>>>,
}

impl fmt::Debug for PgVectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgVectors").finish_non_exhaustive()
    }
}

impl PgVectors {
    /// Connects when it is first used.
    #[must_use]
    pub fn new(config: PgVectorsConfig) -> Self {
        Self {
            config,
            db: Arc::default(),
            indexes: Mutex::default(),
        }
    }
}

impl VectorStore for PgVectors {
    fn index(&self, models: &LoadedModels) -> Arc<dyn VectorIndex> {
        let (text, image) = (named(models.text.as_ref()), named(models.image.as_ref()));
        let models = format!(
            "{} {}: {} + {}",
            self.config.namespace,
            text.1 + image.1,
            text.0,
            image.0
        );
        let mut indexes = self.indexes.lock();
        let index = indexes.entry(models.clone()).or_insert_with(|| {
            let digest = hex::encode(&Sha256::digest(&models)[..8]);
            Arc::new(PgVectorIndex {
                config: self.config.clone(),
                db: Arc::clone(&self.db),
                table: Mutex::default(),
                name: format!("myshop_vectors_{digest}"),
                models,
                dims: (text.1, image.1),
            })
        });
        Arc::<PgVectorIndex>::clone(index)
    }
}

fn named(model: Option<&ModelInfo>) -> (String, usize) {
    model.map_or_else(
        || ("none".into(), 0),
        |model| (format!("{} ({})", model.id, model.dim), model.dim),
    )
}

/// One table.
struct PgVectorIndex {
    config: PgVectorsConfig,
    db: Arc<OnceCell<DatabaseConnection>>,
    table: Mutex<Option<Arc<Table>>>,
    name: String,
    models: String,
    dims: (usize, usize),
}

impl fmt::Debug for PgVectorIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgVectorIndex")
            .field("table", &self.name)
            .field("models", &self.models)
            .finish_non_exhaustive()
    }
}

impl PgVectorIndex {
    async fn connect(&self) -> Result<&DatabaseConnection, RecoError> {
        let connect = || async {
            let mut options = ConnectOptions::new(&self.config.url);
            options
                .sqlx_logging(false)
                .connect_timeout(CONNECT)
                .acquire_timeout(CONNECT)
                .max_connections(self.config.max_connections);
            Database::connect(options).await
        };
        self.db.get_or_try_init(connect).await.map_err(rows::failed)
    }

    async fn open(&self) -> Result<(&DatabaseConnection, Arc<Table>), RecoError> {
        let db = self.connect().await?;
        let known = self.table.lock().clone();
        match known {
            Some(table) => Ok((db, table)),
            None => Ok((db, self.make(db).await?)),
        }
    }

    /// Makes the table unless it is there, and looks at what the server can do.
    async fn make(&self, db: &DatabaseConnection) -> Result<Arc<Table>, RecoError> {
        let table = Arc::new(Table::open(db, &self.name, &self.models, self.dims).await?);
        *self.table.lock() = Some(Arc::clone(&table));
        Ok(table)
    }

    /// What is known of these rows: version and digest.
    async fn known(&self, rows: &[Row]) -> Result<HashMap<ItemId, (i64, Vec<u8>)>, RecoError> {
        let (db, table) = self.open().await?;
        let sql = format!(
            "SELECT id, version, digest FROM {} WHERE {}",
            table.name,
            rows::is_in(1)
        );
        let ids = rows::list(rows.iter().map(|row| row.id));
        let found = db
            .query_all_raw(rows::statement(sql, [ids]))
            .await
            .map_err(rows::failed)?;
        let mut known = HashMap::with_capacity(found.len());
        for row in &found {
            let held = (rows::column(row, 1)?, rows::column(row, 2)?);
            known.insert(ItemId(rows::column(row, 0)?), held);
        }
        Ok(known)
    }

    /// Writes rows, in the order of their ids: two writers then wait for each other and for nothing
    /// else. Tells how many were new enough.
    async fn write(&self, rows: Vec<Row>) -> Result<usize, RecoError> {
        let (db, table) = self.open().await?;
        let (name, width) = (&table.name, table.width());
        let places = (0..rows.len()).map(|row| {
            let [id, has, version, digest, vector] = std::array::from_fn(|column| 5 * row + column + 1);
            format!("(${id}::uuid, ${has}::smallint, ${version}::bigint, ${digest}::bytea, ${vector}::text::vector({width}))")
        });
        let places: Vec<String> = places.collect();
        let sql = format!(
            "INSERT INTO {name} (id, has, version, digest, embedding) VALUES {} \
             ON CONFLICT (id) DO UPDATE SET has = EXCLUDED.has, version = EXCLUDED.version, \
             digest = EXCLUDED.digest, embedding = EXCLUDED.embedding WHERE {name}.version <= EXCLUDED.version",
            places.join(", ")
        );
        let values: Vec<Value> = rows.into_iter().flat_map(|row| row.values(table.dims)).collect();
        let written = db
            .execute_raw(rows::statement(sql, values))
            .await
            .map_err(rows::failed)?;
        Ok(usize::try_from(written.rows_affected()).unwrap_or(usize::MAX))
    }

    /// Notes newer versions of rows whose blocks are as they should be. Gives back those that
    /// somebody else has changed meanwhile.
    async fn note(&self, rows: Vec<Row>) -> Result<Vec<Row>, RecoError> {
        let (_, table) = self.open().await?;
        let name = &table.name;
        let places = (0..rows.len()).map(|row| {
            let [id, version, digest] = std::array::from_fn(|column| 3 * row + column + 1);
            format!("(${id}::uuid, ${version}::bigint, ${digest}::bytea)")
        });
        let places: Vec<String> = places.collect();
        // What is newer than this change is as good.
        let sql = format!(
            "UPDATE {name} SET version = GREATEST({name}.version, noted.version) FROM (VALUES {}) \
             AS noted (id, version, digest) WHERE {name}.id = noted.id AND \
             ({name}.digest = noted.digest OR {name}.version > noted.version) RETURNING {name}.id",
            places.join(", ")
        );
        let values = rows.iter().flat_map(Row::noted);
        let noted: HashSet<ItemId> = self.found(sql, values).await?.into_iter().collect();
        Ok(rows.into_iter().filter(|row| !noted.contains(&row.id)).collect())
    }

    /// Makes some changes, and gives back those that have to be looked at once more.
    async fn apply_some(&self, rows: Vec<Row>, applied: &mut Applied) -> Result<Vec<Row>, RecoError> {
        let known = self.known(&rows).await?;
        let (mut others, mut same) = (Vec::new(), Vec::new());
        for row in rows {
            match known.get(&row.id) {
                Some((version, _)) if *version > row.version => applied.outdated += 1,
                Some((version, digest)) if *digest == row.digest => {
                    applied.unchanged += 1;
                    same.extend((*version < row.version).then_some(row));
                }
                _ => others.push(row),
            }
        }
        if !others.is_empty() {
            let asked = others.len();
            let written = self.write(others).await?;
            applied.written += written;
            // Somebody was newer between the two looks.
            applied.outdated += asked - written;
        }
        if same.is_empty() {
            return Ok(Vec::new());
        }
        let again = self.note(same).await?;
        applied.unchanged -= again.len();
        Ok(again)
    }

    async fn found(&self, sql: String, values: impl IntoIterator<Item = Value>) -> Result<Vec<ItemId>, RecoError> {
        let (db, _) = self.open().await?;
        let found = db
            .query_all_raw(rows::statement(sql, values))
            .await
            .map_err(rows::failed)?;
        found.iter().map(|row| rows::column(row, 0).map(ItemId)).collect()
    }
}

#[async_trait]
impl VectorIndex for PgVectorIndex {
    fn name(&self) -> String {
        format!("postgres {}", self.name)
    }

    async fn apply(&self, changes: Vec<VectorChange>) -> Result<Applied, RecoError> {
        let mut latest: BTreeMap<ItemId, Row> = BTreeMap::new();
        let mut applied = Applied::default();
        for change in changes {
            if let VectorChange::Upsert { blocks, .. } = &change {
                blocks.fit(self.dims)?;
            }
            let row = Row::new(change);
            match latest.get(&row.id) {
                Some(held) if held.version > row.version => applied.outdated += 1,
                _ => drop(latest.insert(row.id, row)),
            }
        }
        let mut rows: Vec<Row> = latest.into_values().collect();
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(ROWS));
            while !rows.is_empty() {
                rows = self.apply_some(rows, &mut applied).await?;
            }
            rows = rest;
        }
        Ok(applied)
    }

    async fn search(&self, search: VectorSearch<'_>) -> Result<Vec<VectorHit>, RecoError> {
        let (db, table) = self.open().await?;
        let (blocks, own) = match &search.like {
            Like::Item(id) => {
                let Some((_, blocks)) = self.blocks(&[*id]).await?.pop() else {
                    return Ok(Vec::new());
                };
                (blocks, Some(*id))
            }
            Like::Blocks(blocks) => {
                blocks.fit(self.dims)?;
                (blocks.clone(), None)
            }
        };
        let asked = Search {
            table: &table,
            patience: self.config.patience,
            own,
            blocks: &blocks,
            search: &search,
        };
        let best = asked.candidates(db).await?;
        let found = self.blocks(&best).await?;
        Ok(asked.ranked(found))
    }

    async fn blocks(&self, ids: &[ItemId]) -> Result<Vec<(ItemId, UnitBlocks)>, RecoError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (db, table) = self.open().await?;
        let sql = format!(
            "SELECT id, has, vector_send(embedding) FROM {} WHERE has <> 0 AND {}",
            table.name,
            rows::is_in(1)
        );
        let ids = rows::list(ids.iter().copied());
        let found = db
            .query_all_raw(rows::statement(sql, [ids]))
            .await
            .map_err(rows::failed)?;
        let read = |row| {
            let vector: Vec<u8> = rows::column(row, 2)?;
            let blocks = rows::blocks(Has::of(rows::column(row, 1)?), &vector, self.dims)?;
            Ok((ItemId(rows::column(row, 0)?), blocks))
        };
        found.iter().map(read).collect()
    }

    async fn ids(&self, after: Option<ItemId>, most: usize) -> Result<Vec<ItemId>, RecoError> {
        let (_, table) = self.open().await?;
        let after = after.map(|after| after.0);
        let behind = if after.is_some() { "AND id > $1" } else { "" };
        let sql = format!(
            "SELECT id FROM {} WHERE has <> 0 {behind} ORDER BY id LIMIT {most}",
            table.name
        );
        self.found(sql, after.map(Value::from)).await
    }

    async fn counts(&self) -> Result<VectorCounts, RecoError> {
        let (db, table) = self.open().await?;
        let sql = format!(
            "SELECT count(*), count(*) FILTER (WHERE has <> 2), count(*) FILTER (WHERE has <> 1) FROM {} WHERE has <> 0",
            table.name
        );
        let row = db.query_one_raw(rows::statement(sql, [])).await.map_err(rows::failed)?;
        let row = row.ok_or_else(|| rows::failed(DbErr::RecordNotFound("counts".into())))?;
        let count = |place| {
            let count: i64 = rows::column(&row, place)?;
            Ok::<_, RecoError>(usize::try_from(count).unwrap_or_default())
        };
        Ok(VectorCounts {
            items: count(0)?,
            text: count(1)?,
            image: count(2)?,
        })
    }

    async fn begin(&self, origin: &str) -> Result<Option<Head>, RecoError> {
        let db = self.connect().await?;
        // Somebody may have dropped it.
        self.make(db).await?.begin(db, origin).await
    }

    async fn forget(&self, origin: &str, head: Head) -> Result<(), RecoError> {
        let (db, table) = self.open().await?;
        table.forget(db, origin, head).await
    }

    async fn filled(&self, origin: &str, head: Head) -> Result<bool, RecoError> {
        let (db, table) = self.open().await?;
        table.filled(db, origin, head).await
    }

    async fn reach(&self, origin: &str, head: Head) -> Result<bool, RecoError> {
        let (db, table) = self.open().await?;
        table.reach(db, origin, head).await
    }
}
