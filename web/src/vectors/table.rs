//! The table of one set of vectors: where it is, what makes its searches fast, how far it is.
//!
//! One row an item: both blocks side by side, zero where one is missing, and which there are.
//! Rows with the same blocks have an index of their own, since the weight of a missing block
//! moves to the other one: a query is another vector for each kind of row.

use super::rows::{self, Has};
use reco_actors::{RecoError, snapshot::Head};
use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait, Value};
use std::time::Duration;

/// Names the lock under which tables are made …
const LOCK: i64 = 0x6d79_7368_7665;
/// … and the one under which indexes are built: who searches meanwhile waits for none of them.
const BUILD_LOCK: i64 = LOCK + 1;
/// Widest vectors that an index holds in full …
const FULL_WIDTH: usize = 2_000;
/// … and in half precision.
const HALF_WIDTH: usize = 4_000;
/// A graph that does not fit into this much memory is built many times slower.
const BUILD_MEMORY: &str = "512MB";
/// How often it is looked whether a build is over, should its connection have been lost.
const LOOK: Duration = Duration::from_secs(30);
/// Deleted rows are kept for so many changes, so that nothing older brings them back.
const KEPT_DELETIONS: i64 = 100_000;

/// What the server's pgvector can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u32, pub(super) u32);

impl Version {
    const HALF: Self = Self(0, 7);
    /// Searches go on behind the first candidates when a filter leaves too few.
    pub(super) const ITERATIVE: Self = Self(0, 8);

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(str::parse);
        match (parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Some(Self(major, minor)),
            _ => None,
        }
    }
}

/// What candidates are found by; their scores are of full precision either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precision {
    Full,
    Half,
    /// Too wide for an index: everything is looked at.
    Unindexed,
}

impl Precision {
    fn of(width: usize, version: Version) -> Self {
        match width {
            _ if width <= HALF_WIDTH && version >= Version::HALF => Self::Half,
            _ if width <= FULL_WIDTH => Self::Full,
            _ => Self::Unindexed,
        }
    }
}

/// A table that is there.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) dims: (usize, usize),
    pub(super) version: Version,
    pub(super) precision: Precision,
}

impl Table {
    /// Makes extension, tables and entry unless they are there. `models` says to people whose
    /// vectors these are.
    pub(super) async fn open(
        db: &DatabaseConnection,
        name: &str,
        models: &str,
        dims: (usize, usize),
    ) -> Result<Self, RecoError> {
        let width = dims.0 + dims.1;
        if width == 0 {
            return Err(RecoError::Unavailable("vectors: there are no models".into()));
        }
        let tx = db.begin().await.map_err(rows::failed)?;
        let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
        tx.execute_unprepared(&lock).await.map_err(rows::failed)?;
        let is_new = format!("SELECT to_regclass('{name}') IS NULL");
        let is_new: bool = rows::one(&tx, rows::statement(is_new, [])).await?;
        let make = [
            "CREATE EXTENSION IF NOT EXISTS vector".to_owned(),
            "CREATE TABLE IF NOT EXISTS myshop_vectors \
             (name text PRIMARY KEY, models text NOT NULL, origin text, reached bigint, mark bigint)"
                .to_owned(),
            format!(
                "CREATE TABLE IF NOT EXISTS {name} (id uuid PRIMARY KEY, has smallint NOT NULL, \
                 version bigint NOT NULL, digest bytea NOT NULL, embedding vector({width})) WITH (fillfactor = 80)"
            ),
        ];
        for statement in make {
            tx.execute_unprepared(&statement).await.map_err(rows::failed)?;
        }
        let entry = "INSERT INTO myshop_vectors (name, models) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        let values = [name.into(), models.into()];
        tx.execute_raw(rows::statement(entry, values))
            .await
            .map_err(rows::failed)?;
        if is_new {
            // Its entry may be of one that somebody dropped.
            let forget = "UPDATE myshop_vectors SET origin = NULL, reached = NULL, mark = NULL WHERE name = $1";
            let forgotten = tx.execute_raw(rows::statement(forget, [name.into()])).await;
            forgotten.map_err(rows::failed)?;
        }
        // Only where it is missing, since asking for it locks the table, and behind the entry, which
        // whoever empties the table locks first.
        let is_missing = format!("SELECT to_regclass('{name}_has') IS NULL");
        if rows::one::<bool>(&tx, rows::statement(is_missing, [])).await? {
            let make = format!("CREATE INDEX IF NOT EXISTS {name}_has ON {name} (has)");
            tx.execute_unprepared(&make).await.map_err(rows::failed)?;
        }
        let installed = "SELECT extversion FROM pg_extension WHERE extname = 'vector'";
        let installed: String = rows::one(&tx, rows::statement(installed, [])).await?;
        tx.commit().await.map_err(rows::failed)?;
        let version = Version::read(&installed)
            .ok_or_else(|| RecoError::Unavailable(format!("vectors: pgvector {installed:?} is not known")))?;
        let precision = Precision::of(width, version);
        if precision == Precision::Unindexed {
            tracing::warn!(
                width,
                installed,
                "vectors are too wide for an index: every search reads all"
            );
        }
        Ok(Self {
            name: name.to_owned(),
            dims,
            version,
            precision,
        })
    }

    pub(super) fn width(&self) -> usize {
        self.dims.0 + self.dims.1
    }

    /// What candidates are ordered by, against the query `$1`.
    pub(super) fn distance(&self) -> String {
        let width = self.width();
        match self.precision {
            Precision::Half => format!("embedding::halfvec({width}) <#> $1::vector({width})::halfvec({width})"),
            Precision::Full | Precision::Unindexed => format!("embedding <#> $1::vector({width})"),
        }
    }

    /// Makes it one of this origin and tells how far it is filled.
    pub(super) async fn begin(&self, db: &DatabaseConnection, origin: &str) -> Result<Option<Head>, RecoError> {
        let claim = "UPDATE myshop_vectors SET origin = $2, reached = NULL, mark = NULL \
                     WHERE name = $1 AND origin IS DISTINCT FROM $2";
        self.clear_if(db, claim, [self.name.as_str().into(), origin.into()])
            .await?;
        let Some(head) = self.head(db).await? else {
            return Ok(None);
        };
        let forget = format!("DELETE FROM {} WHERE has = 0 AND version < $1", self.name);
        let old = head.position.saturating_sub(KEPT_DELETIONS);
        let forgotten = db.execute_raw(rows::statement(forget, [old.into()])).await;
        forgotten.map_err(rows::failed)?;
        Ok(Some(head))
    }

    /// Forgets everything where it still is at this head.
    pub(super) async fn forget(&self, db: &DatabaseConnection, origin: &str, head: Head) -> Result<(), RecoError> {
        let claim = "UPDATE myshop_vectors SET reached = NULL, mark = NULL \
                     WHERE name = $1 AND origin = $2 AND reached = $3 AND mark = $4";
        self.clear_if(db, claim, self.values(origin, head)).await
    }

    /// Empties the table where a claim on its entry succeeds.
    async fn clear_if(
        &self,
        db: &DatabaseConnection,
        claim: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<(), RecoError> {
        let tx = db.begin().await.map_err(rows::failed)?;
        // The row's lock keeps others out until what is forgotten is gone.
        let claimed = tx.execute_raw(rows::statement(claim, values)).await;
        if claimed.map_err(rows::failed)?.rows_affected() > 0 {
            let truncate = format!("TRUNCATE {}", self.name);
            tx.execute_unprepared(&truncate).await.map_err(rows::failed)?;
            self.drop_indexes(&tx, |_| true).await?;
        }
        tx.commit().await.map_err(rows::failed)
    }

    async fn head(&self, db: &DatabaseConnection) -> Result<Option<Head>, RecoError> {
        let sql = "SELECT reached, mark FROM myshop_vectors WHERE name = $1";
        let statement = rows::statement(sql, [self.name.as_str().into()]);
        let row = db.query_one_raw(statement).await.map_err(rows::failed)?;
        let row = row.ok_or_else(|| RecoError::Unavailable("vectors: the entry of a table is gone".into()))?;
        let (position, mark): (Option<i64>, Option<i64>) = (rows::column(&row, 0)?, rows::column(&row, 1)?);
        Ok(position.zip(mark).map(|(position, mark)| Head { position, mark }))
    }

    fn values(&self, origin: &str, head: Head) -> [Value; 4] {
        [
            self.name.as_str().into(),
            origin.into(),
            head.position.into(),
            head.mark.into(),
        ]
    }

    /// Says that it is filled, when the indexes are built; `false` when it is of another origin.
    pub(super) async fn filled(&self, db: &DatabaseConnection, origin: &str, head: Head) -> Result<bool, RecoError> {
        self.build(db).await?;
        self.reached(db, "", origin, head).await
    }

    /// Says how far it is, once it was filled; `false` when it was not, or is of another origin.
    pub(super) async fn reach(&self, db: &DatabaseConnection, origin: &str, head: Head) -> Result<bool, RecoError> {
        self.reached(db, "AND reached IS NOT NULL", origin, head).await
    }

    async fn reached(
        &self,
        db: &DatabaseConnection,
        condition: &str,
        origin: &str,
        head: Head,
    ) -> Result<bool, RecoError> {
        let sql = format!(
            "UPDATE myshop_vectors SET reached = GREATEST(reached, $3), \
             mark = CASE WHEN reached >= $3 THEN mark ELSE $4 END \
             WHERE name = $1 AND origin = $2 {condition}"
        );
        let told = db.execute_raw(rows::statement(sql, self.values(origin, head))).await;
        Ok(told.map_err(rows::failed)?.rows_affected() > 0)
    }

    /// What the index of rows with these blocks is called.
    fn index(&self, has: Has) -> Option<String> {
        let precision = match self.precision {
            Precision::Full => "full",
            Precision::Half => "half",
            Precision::Unindexed => return None,
        };
        Some(format!("{}_{precision}{}", self.name, has.number()))
    }

    async fn indexes(&self, db: &impl ConnectionTrait) -> Result<Vec<String>, RecoError> {
        let sql = "SELECT indexname::text FROM pg_indexes WHERE schemaname = ANY(current_schemas(false)) \
                   AND tablename = $1 AND indexdef LIKE '%USING hnsw%'";
        let found = db
            .query_all_raw(rows::statement(sql, [self.name.as_str().into()]))
            .await;
        found
            .map_err(rows::failed)?
            .iter()
            .map(|row| rows::column(row, 0))
            .collect()
    }

    async fn drop_indexes(&self, db: &impl ConnectionTrait, which: impl Fn(&String) -> bool) -> Result<(), RecoError> {
        for index in self.indexes(db).await?.into_iter().filter(which) {
            let drop = format!("DROP INDEX IF EXISTS {index}");
            db.execute_unprepared(&drop).await.map_err(rows::failed)?;
        }
        Ok(())
    }

    async fn is_built(&self, db: &impl ConnectionTrait) -> Result<bool, RecoError> {
        let there = self.indexes(db).await?;
        let mut wanted = Has::KINDS.into_iter().filter_map(|has| self.index(has));
        Ok(wanted.all(|index| there.contains(&index)))
    }

    /// Builds what is missing, as for another version of the extension, over what is
    /// there, which is many times faster than row by row.
    async fn build(&self, db: &DatabaseConnection) -> Result<(), RecoError> {
        if self.is_built(db).await? {
            return Ok(());
        }
        let making = self.make_indexes(db);
        tokio::pin!(making);
        loop {
            tokio::select! {
                made = &mut making => return made,
                () = tokio::time::sleep(LOOK) => {
                    let look = tokio::time::timeout(LOOK, self.is_built(db)).await;
                    let is_built = look.map_err(|_| RecoError::Unavailable("vectors: no answer".into()))?;
                    // Whoever built them: nothing may come any more over a connection that was silent for so long.
                    if is_built? {
                        return Ok(());
                    }
                }
            }
        }
    }

    async fn make_indexes(&self, db: &DatabaseConnection) -> Result<(), RecoError> {
        let (name, width) = (&self.name, self.width());
        let column = match self.precision {
            Precision::Half => format!("((embedding::halfvec({width})) halfvec_ip_ops)"),
            Precision::Full | Precision::Unindexed => "(embedding vector_ip_ops)".to_owned(),
        };
        let tx = db.begin().await.map_err(rows::failed)?;
        let mut statements = vec![
            format!("SELECT pg_advisory_xact_lock({BUILD_LOCK})"),
            format!(
                "SELECT set_config('maintenance_work_mem', '{BUILD_MEMORY}', true) WHERE \
                 pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes('{BUILD_MEMORY}')"
            ),
        ];
        for has in Has::KINDS {
            statements.extend(self.index(has).map(|index| {
                let number = has.number();
                format!("CREATE INDEX IF NOT EXISTS {index} ON {name} USING hnsw {column} WHERE has = {number}")
            }));
        }
        for statement in statements {
            tx.execute_unprepared(&statement).await.map_err(rows::failed)?;
        }
        let wanted: Vec<String> = Has::KINDS.into_iter().filter_map(|has| self.index(has)).collect();
        self.drop_indexes(&tx, |index| !wanted.contains(index)).await?;
        tx.commit().await.map_err(rows::failed)?;
        // Without figures the planner takes a table for a small one.
        let analysed = db.execute_unprepared(&format!("ANALYZE {name}")).await;
        analysed.map(drop).map_err(rows::failed)
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_precision_of_candidates_follows_the_width_and_the_version() {
        let (old, new) = (Version(0, 6), Version(0, 8));
        assert_eq!(Precision::of(896, old), Precision::Full);
        assert_eq!(Precision::of(2_000, old), Precision::Full);
        assert_eq!(Precision::of(2_001, old), Precision::Unindexed);
        assert_eq!(Precision::of(2_001, new), Precision::Half);
        assert_eq!(Precision::of(4_001, new), Precision::Unindexed);
    }

    #[test]
    fn versions_are_read_and_compared_by_number() {
        assert_eq!(Version::read("0.8.5"), Some(Version(0, 8)));
        assert!(Version::read("0.10.0") > Version::read("0.8.5"));
        assert_eq!(Version::read("new"), None);
    }
}
