//! PostgreSQL with the extension pgvector: one table per pair of models, shared by all processes
//! of a shop. Opened when it is first used, so that a shop starts while it is away.

use super::{
    rows::{self, Has},
    search::Search,
    table::Table,
    writer::Writer,
};
use async_trait::async_trait;
use parking_lot::Mutex;
use reco_actors::{
    ItemId, RecoError,
    embed::ModelInfo,
    snapshot::Head,
    system::LoadedModels,
    vectors::{
        Applied, Begun, Incarnation, Like, UnitBlocks, VectorChange, VectorCounts, VectorHit, VectorIndex,
        VectorSearch, VectorStore,
    },
};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Value};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::OnceCell;

/// What is known of a table is looked at again when it is this old and a search took too long.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
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
    table: Mutex<Option<(Instant, Arc<Table>)>>,
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
            Some((_, table)) => Ok((db, table)),
            None => Ok((db, self.make(db).await?)),
        }
    }

    /// Makes the table unless it is there, and looks at what the server can do.
    async fn make(&self, db: &DatabaseConnection) -> Result<Arc<Table>, RecoError> {
        let table = Arc::new(Table::open(db, &self.name, &self.models, self.dims).await?);
        *self.table.lock() = Some((Instant::now(), Arc::clone(&table)));
        Ok(table)
    }

    /// After a search that took too long: others may have built other indexes, as for another version of
    /// the extension.
    fn look_again(&self, error: &RecoError) {
        let mut table = self.table.lock();
        let is_old = table.as_ref().is_some_and(|(opened, _)| opened.elapsed() >= LOOK_AGAIN);
        if is_old && matches!(error, RecoError::Overloaded) {
            *table = None;
        }
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

    async fn apply(&self, to: Incarnation, changes: Vec<VectorChange>) -> Result<Applied, RecoError> {
        let (db, table) = self.open().await?;
        let writer = Writer { db, table: &table, to };
        writer.apply(changes).await
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
        let best = asked.candidates(db).await.inspect_err(|error| self.look_again(error))?;
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

    async fn newer(&self, version: i64) -> Result<Vec<ItemId>, RecoError> {
        let (_, table) = self.open().await?;
        let sql = format!("SELECT id FROM {} WHERE version > $1", table.name);
        self.found(sql, [version.into()]).await
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

    async fn begin(&self, origin: &str) -> Result<Begun, RecoError> {
        let db = self.connect().await?;
        // Somebody may have dropped it.
        self.make(db).await?.begin(db, origin).await
    }

    async fn forget(&self, of: Incarnation) -> Result<(), RecoError> {
        let (db, table) = self.open().await?;
        table.forget(db, of).await
    }

    async fn build(&self) -> Result<(), RecoError> {
        let db = self.connect().await?;
        // The extension may be another one than when it was opened.
        self.make(db).await?.build(db).await?;
        self.make(db).await.map(drop)
    }

    async fn filled(&self, to: Incarnation, head: Head) -> Result<(), RecoError> {
        let (db, table) = self.open().await?;
        table.filled(db, to, head).await
    }

    async fn reach(&self, to: Incarnation, head: Head) -> Result<(), RecoError> {
        let (db, table) = self.open().await?;
        table.reach(db, to, head).await
    }
}
