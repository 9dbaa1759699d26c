//! The table of one set of vectors: where it is, whose it is, how far it is.
//!
//! One row an item: both blocks side by side, zero where one is missing, and which there are.
//! Rows with the same blocks have an index of their own, since the weight of a missing block
//! moves to the other one: a query is another vector for each kind of row.

use super::rows;
use reco_actors::{
    ItemId, RecoError,
    snapshot::Head,
    vectors::{Begun, Incarnation},
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait, Value};
use sha2::{Digest, Sha256};

/// Names the lock under which tables are made.
pub(super) const LOCK: i64 = 0x6d79_7368_7665;
/// Widest vectors that an index holds in full …
const FULL_WIDTH: usize = 2_000;
/// … and in half precision.
const HALF_WIDTH: usize = 4_000;
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
    /// What it shall have indexes of …
    pub(super) precision: Precision,
    /// … and what searches use: those of before as long as the others are not built.
    pub(super) serves: Precision,
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
        if is_new {
            alone(&tx, name).await?;
        }
        let make = [
            "CREATE EXTENSION IF NOT EXISTS vector".to_owned(),
            "CREATE TABLE IF NOT EXISTS myshop_vector_sets \
             (name text PRIMARY KEY, models text NOT NULL, incarnation uuid NOT NULL DEFAULT gen_random_uuid(), \
             origin text, reached bigint, mark bigint)"
                .to_owned(),
            format!(
                "CREATE TABLE IF NOT EXISTS {name} (id uuid PRIMARY KEY, has smallint NOT NULL, \
                 version bigint NOT NULL, digest bytea NOT NULL, embedding vector({width})) WITH (fillfactor = 80)"
            ),
        ];
        for statement in make {
            tx.execute_unprepared(&statement).await.map_err(rows::failed)?;
        }
        let entry = "INSERT INTO myshop_vector_sets (name, models) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        let values = [name.into(), models.into()];
        tx.execute_raw(rows::statement(entry, values))
            .await
            .map_err(rows::failed)?;
        if is_new {
            // Its entry may be of one that somebody dropped.
            let forget = "UPDATE myshop_vector_sets SET incarnation = gen_random_uuid(), origin = NULL, \
                          reached = NULL, mark = NULL WHERE name = $1";
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
        let mut table = Self {
            name: name.to_owned(),
            dims,
            version,
            precision,
            serves: precision,
        };
        if !table.is_built(db, precision).await? && table.is_built(db, Precision::Full).await? {
            table.serves = Precision::Full;
        }
        Ok(table)
    }

    pub(super) fn width(&self) -> usize {
        self.dims.0 + self.dims.1
    }

    /// What candidates are ordered by, against the query `$1`.
    pub(super) fn distance(&self) -> String {
        let width = self.width();
        match self.serves {
            Precision::Half => format!("embedding::halfvec({width}) <#> $1::vector({width})::halfvec({width})"),
            Precision::Full | Precision::Unindexed => format!("embedding <#> $1::vector({width})"),
        }
    }

    /// Makes it one of this origin and tells what is there.
    pub(super) async fn begin(&self, db: &DatabaseConnection, origin: &str) -> Result<Begun, RecoError> {
        let claim = "UPDATE myshop_vector_sets SET incarnation = gen_random_uuid(), origin = $2, \
                     reached = NULL, mark = NULL WHERE name = $1 AND origin IS DISTINCT FROM $2";
        if self.entry(db).await?.0.as_deref() != Some(origin) {
            self.clear_if(db, claim, [self.name.as_str().into(), origin.into()])
                .await?;
        }
        let mut begun = self.entry(db).await?.1;
        let newest = format!("SELECT max(version) FROM {}", self.name);
        begun.newest = rows::one(db, rows::statement(newest, [])).await?;
        if let Some(head) = begun.reached {
            let forget = format!("DELETE FROM {} WHERE has = 0 AND version < $1", self.name);
            let old = head.position.saturating_sub(KEPT_DELETIONS);
            let forgotten = db.execute_raw(rows::statement(forget, [old.into()])).await;
            forgotten.map_err(rows::failed)?;
        }
        Ok(begun)
    }

    /// Whose it is, and how far.
    async fn entry(&self, db: &DatabaseConnection) -> Result<(Option<String>, Begun), RecoError> {
        let sql = "SELECT origin, incarnation, reached, mark FROM myshop_vector_sets WHERE name = $1";
        let statement = rows::statement(sql, [self.name.as_str().into()]);
        let row = db.query_one_raw(statement).await.map_err(rows::failed)?;
        let row = row.ok_or_else(|| RecoError::Unavailable("vectors: the entry of a table is gone".into()))?;
        let (position, mark): (Option<i64>, Option<i64>) = (rows::column(&row, 2)?, rows::column(&row, 3)?);
        let begun = Begun {
            incarnation: Incarnation(rows::column(&row, 1)?),
            reached: position.zip(mark).map(|(position, mark)| Head { position, mark }),
            newest: None,
        };
        Ok((rows::column(&row, 0)?, begun))
    }

    /// Forgets everything.
    pub(super) async fn forget(&self, db: &DatabaseConnection, of: Incarnation) -> Result<(), RecoError> {
        let claim = "UPDATE myshop_vector_sets SET incarnation = gen_random_uuid(), reached = NULL, mark = NULL \
                     WHERE name = $1 AND incarnation = $2";
        let is_ours = self.clear_if(db, claim, [self.name.as_str().into(), of.0.into()]);
        self.ours(is_ours.await?)
    }

    /// Empties the table where a claim on its entry succeeds, and tells whether it did.
    async fn clear_if(
        &self,
        db: &DatabaseConnection,
        claim: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<bool, RecoError> {
        let tx = db.begin().await.map_err(rows::failed)?;
        alone(&tx, &self.name).await?;
        let claimed = tx.execute_raw(rows::statement(claim, values)).await;
        let is_ours = claimed.map_err(rows::failed)?.rows_affected() > 0;
        if is_ours {
            let truncate = format!("TRUNCATE {}", self.name);
            tx.execute_unprepared(&truncate).await.map_err(rows::failed)?;
            self.drop_indexes(&tx, |_| true).await?;
        }
        tx.commit().await.map_err(rows::failed)?;
        Ok(is_ours)
    }

    /// Runs a statement that writes rows, as long as nobody begins the table anew; answers the ids that
    /// it returns.
    pub(super) async fn write(
        &self,
        db: &DatabaseConnection,
        to: Incarnation,
        sql: String,
        values: Vec<Value>,
    ) -> Result<Vec<ItemId>, RecoError> {
        let tx = db.begin().await.map_err(rows::failed)?;
        let lock = format!("SELECT pg_advisory_xact_lock_shared({})", lock_of(&self.name));
        tx.execute_unprepared(&lock).await.map_err(rows::failed)?;
        self.claim(&tx, to).await?;
        let written = tx
            .query_all_raw(rows::statement(sql, values))
            .await
            .map_err(rows::failed)?;
        tx.commit().await.map_err(rows::failed)?;
        written.iter().map(|row| rows::column(row, 0).map(ItemId)).collect()
    }

    /// Fails when somebody has begun it anew.
    pub(super) async fn claim(&self, db: &impl ConnectionTrait, to: Incarnation) -> Result<(), RecoError> {
        let is_ours = "SELECT EXISTS (SELECT FROM myshop_vector_sets WHERE name = $1 AND incarnation = $2)";
        let claim = [self.name.as_str().into(), to.0.into()];
        self.ours(rows::one(db, rows::statement(is_ours, claim)).await?)
    }

    /// Says that it is filled …
    pub(super) async fn filled(&self, db: &DatabaseConnection, to: Incarnation, head: Head) -> Result<(), RecoError> {
        self.reached(db, "", to, head).await
    }

    /// … or how far it is since it was.
    pub(super) async fn reach(&self, db: &DatabaseConnection, to: Incarnation, head: Head) -> Result<(), RecoError> {
        self.reached(db, "AND reached IS NOT NULL", to, head).await
    }

    async fn reached(
        &self,
        db: &DatabaseConnection,
        condition: &str,
        to: Incarnation,
        head: Head,
    ) -> Result<(), RecoError> {
        let sql = format!(
            "UPDATE myshop_vector_sets SET reached = GREATEST(reached, $3), \
             mark = CASE WHEN reached >= $3 THEN mark ELSE $4 END \
             WHERE name = $1 AND incarnation = $2 {condition}"
        );
        let values: [Value; 4] = [
            self.name.as_str().into(),
            to.0.into(),
            head.position.into(),
            head.mark.into(),
        ];
        let told = db.execute_raw(rows::statement(sql, values)).await;
        self.ours(told.map_err(rows::failed)?.rows_affected() > 0)
    }

    fn ours(&self, is_ours: bool) -> Result<(), RecoError> {
        if is_ours {
            return Ok(());
        }
        let name = &self.name;
        let reason = format!("vectors: {name} was begun anew; if that goes on, another shop has this cache.namespace");
        Err(RecoError::Unavailable(reason))
    }
}

/// Waits until nobody writes, and keeps others from it until the transaction ends.
async fn alone(tx: &DatabaseTransaction, name: &str) -> Result<(), RecoError> {
    let lock = format!("SELECT pg_advisory_xact_lock({})", lock_of(name));
    tx.execute_unprepared(&lock).await.map(drop).map_err(rows::failed)
}

/// Names the lock that writers of a table share.
fn lock_of(name: &str) -> i64 {
    let mut number = [0; 8];
    number.copy_from_slice(&Sha256::digest(name)[..8]);
    i64::from_be_bytes(number)
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
