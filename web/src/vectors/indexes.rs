//! What makes searches in a table fast: one graph for each kind of row.

use super::{
    rows::{self, Has},
    table::{LOCK, Precision, Table},
};
use reco_actors::RecoError;
use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};
use std::time::Duration;

/// Names the lock under which indexes are built: who searches meanwhile waits for none of them.
const BUILD_LOCK: i64 = LOCK + 1;
/// A graph that does not fit into this much memory is built many times slower.
const BUILD_MEMORY: &str = "512MB";
/// How often it is looked whether a build is over or given up, should its connection have been lost.
const LOOK: Duration = Duration::from_secs(30);

impl Table {
    /// What the index of rows with these blocks is called.
    fn index(&self, precision: Precision, has: Has) -> Option<String> {
        let precision = match precision {
            Precision::Full => "full",
            Precision::Half => "half",
            Precision::Unindexed => return None,
        };
        Some(format!("{}_{precision}{}", self.name, has.number()))
    }

    fn wanted(&self, precision: Precision) -> Vec<String> {
        let index = |has| self.index(precision, has);
        Has::KINDS.into_iter().filter_map(index).collect()
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

    pub(super) async fn drop_indexes(
        &self,
        db: &impl ConnectionTrait,
        which: impl Fn(&String) -> bool,
    ) -> Result<(), RecoError> {
        for index in self.indexes(db).await?.into_iter().filter(which) {
            let drop = format!("DROP INDEX IF EXISTS {index}");
            db.execute_unprepared(&drop).await.map_err(rows::failed)?;
        }
        Ok(())
    }

    /// Whether there are all indexes of a precision.
    pub(super) async fn is_built(&self, db: &impl ConnectionTrait, precision: Precision) -> Result<bool, RecoError> {
        let there = self.indexes(db).await?;
        Ok(self.wanted(precision).iter().all(|index| there.contains(index)))
    }

    /// Builds what is missing, as for another version of the extension, over what is
    /// there, which is many times faster than row by row.
    pub(super) async fn build(&self, db: &DatabaseConnection) -> Result<(), RecoError> {
        if in_time(self.is_built(db, self.precision)).await? {
            return Ok(());
        }
        let making = self.make_indexes(db);
        tokio::pin!(making);
        loop {
            tokio::select! {
                made = &mut making => return made,
                () = tokio::time::sleep(LOOK) => {
                    // In this order: who built them lets go of the lock when they are there.
                    let is_under_way = in_time(is_under_way(db)).await?;
                    // Whoever built them: nothing may come any more over a connection that was silent for so long.
                    if in_time(self.is_built(db, self.precision)).await? {
                        return Ok(());
                    }
                    if !is_under_way {
                        return Err(RecoError::Unavailable("vectors: a build was given up".into()));
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
            statements.extend(self.index(self.precision, has).map(|index| {
                let number = has.number();
                format!("CREATE INDEX IF NOT EXISTS {index} ON {name} USING hnsw {column} WHERE has = {number}")
            }));
        }
        // Without figures the planner takes a table for a small one.
        statements.push(format!("ANALYZE {name}"));
        for statement in statements {
            tx.execute_unprepared(&statement).await.map_err(rows::failed)?;
        }
        let wanted = self.wanted(self.precision);
        self.drop_indexes(&tx, |index| !wanted.contains(index)).await?;
        tx.commit().await.map_err(rows::failed)
    }
}

/// Whether somebody builds, this connection or any other one.
async fn is_under_way(db: &DatabaseConnection) -> Result<bool, RecoError> {
    // As the table of locks shows a number of 64 bits: both halves.
    let sql = format!(
        "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database \
         WHERE datname = current_database() AND locktype = 'advisory' AND objsubid = 1 \
         AND classid::bigint << 32 | objid::bigint = {BUILD_LOCK})"
    );
    rows::one(db, rows::statement(sql, [])).await
}

/// A look that is not waited for without end.
async fn in_time<T>(look: impl Future<Output = Result<T, RecoError>>) -> Result<T, RecoError> {
    let late = |_| RecoError::Unavailable("vectors: no answer".into());
    tokio::time::timeout(LOOK, look).await.map_err(late)?
}
