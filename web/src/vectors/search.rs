//! One search: candidates by the server's index, as many as the filter needs, then true scores.

use super::{
    rows::{self, Has},
    table::{Table, Version},
};
use reco_actors::{
    ItemId, RecoError,
    vectors::{Admission, Admit, UnitBlocks, VectorHit, VectorSearch, score, shares},
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait};
use std::{cmp::Ordering, time::Duration};
use uuid::Uuid;

/// Candidates that a search begins with at least …
const FEWEST: usize = 100;
/// … or so many times what is wanted.
const FACTOR: usize = 4;
/// How much further it looks each time that a filter leaves too few.
const WIDER: usize = 4;
/// Most candidates that an index gives at once.
const MOST: usize = 1_000;
/// Most candidates where it can be asked for more; then all that are admitted are looked at …
const MOST_ITERATIVE: usize = 16_000;
/// … by their names up to so many.
const MOST_NAMED: usize = 10_000;
/// How many times `work_mem` such a search may take.
const SCAN_MEMORY: u32 = 8;
/// Best ones whose true scores are looked at beyond what is wanted, since the server rounds.
const SPARE: usize = 8;

/// A search under way.
pub(super) struct Search<'a> {
    pub(super) table: &'a Table,
    pub(super) patience: Duration,
    /// The item that others are compared with.
    pub(super) own: Option<ItemId>,
    pub(super) blocks: &'a UnitBlocks,
    pub(super) search: &'a VectorSearch<'a>,
}

/// A candidate and its score by the server.
type Candidate = (ItemId, f64);

fn nearest_first(a: &Candidate, b: &Candidate) -> Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

/// A query among rows with the same blocks.
struct Question {
    has: Has,
    vector: String,
}

impl Search<'_> {
    /// The admitted items that may be the best, and a few more.
    pub(super) async fn candidates(&self, db: &DatabaseConnection) -> Result<Vec<ItemId>, RecoError> {
        if self.search.k == 0 {
            return Ok(Vec::new());
        }
        let questions = self.questions();
        let tx = db.begin().await.map_err(rows::failed)?;
        let mut best = Vec::new();
        match self.search.admit {
            Admit::Only(ids) => {
                self.prepare(&tx, FEWEST, false).await?;
                for question in &questions {
                    best.extend(self.among(&tx, question, ids).await?);
                }
            }
            Admit::Where(admission) => {
                let mut short = Vec::new();
                for question in &questions {
                    match self.near(&tx, question, admission).await? {
                        Some(near) => best.extend(near),
                        None => short.push(question),
                    }
                }
                let all = if short.is_empty() { Vec::new() } else { admission.all() };
                for question in short {
                    best.extend(match all.len() <= MOST_NAMED {
                        true => self.among(&tx, question, &all).await?,
                        false => self.through(&tx, question, admission).await?,
                    });
                }
            }
        }
        tx.commit().await.map_err(rows::failed)?;
        best.sort_by(nearest_first);
        best.truncate(self.wanted());
        Ok(best.into_iter().map(|(id, _)| id).collect())
    }

    fn wanted(&self) -> usize {
        self.search.k + SPARE
    }

    /// What is asked of each kind of row that shares a weighted block.
    fn questions(&self) -> Vec<Question> {
        let of = |has: Has| {
            let text = has.text && self.blocks.text().is_some();
            let image = has.image && self.blocks.image().is_some();
            let weights = shares(self.search.weights, text, image)?;
            let vector = rows::query(self.blocks, weights, self.table.dims);
            Some(Question { has, vector })
        };
        Has::KINDS.into_iter().filter_map(of).collect()
    }

    fn admitted(&self, found: Vec<Candidate>, admission: &dyn Admission) -> Vec<Candidate> {
        let others = found.into_iter().filter(|(id, _)| Some(*id) != self.own);
        others.filter(|(id, _)| admission.admits(*id)).collect()
    }

    /// What was found, by true scores.
    pub(super) fn ranked(&self, found: Vec<(ItemId, UnitBlocks)>) -> Vec<VectorHit> {
        let scored = found.into_iter().filter_map(|(id, blocks)| {
            let score = score(self.blocks, &blocks, self.search.weights)?;
            Some(VectorHit { id, score })
        });
        let mut hits: Vec<VectorHit> = scored.collect();
        hits.sort_by(|a, b| b.score.total.total_cmp(&a.score.total).then(a.id.cmp(&b.id)));
        hits.truncate(self.search.k);
        hits
    }

    /// Further and further until enough are admitted. `None` when the index gives too few of many.
    async fn near(
        &self,
        tx: &DatabaseTransaction,
        question: &Question,
        admission: &dyn Admission,
    ) -> Result<Option<Vec<Candidate>>, RecoError> {
        let most = match self.table.version >= Version::ITERATIVE {
            true => MOST_ITERATIVE,
            false => MOST,
        };
        let mut depth = (FACTOR * self.wanted()).clamp(FEWEST, most);
        let mut goes_on = false;
        loop {
            self.prepare(tx, depth, goes_on).await?;
            let found = self.nearest(tx, question, depth).await?;
            let count = found.len();
            let good = self.admitted(found, admission);
            if good.len() >= self.wanted() {
                return Ok(Some(good));
            }
            let is_iterative = self.table.version >= Version::ITERATIVE;
            let gives_no_more = count < depth && (goes_on || !is_iterative || count < FEWEST);
            if gives_no_more || depth == most {
                // All of their kind, or what an index leaves out: it does not promise everything.
                let some = self.some(tx, question).await?;
                return Ok((some.len() < MOST_ITERATIVE).then(|| self.admitted(some, admission)));
            }
            depth = (WIDER * depth).min(most);
            goes_on = is_iterative;
        }
    }

    /// The nearest rows by the index.
    async fn nearest(
        &self,
        tx: &DatabaseTransaction,
        question: &Question,
        depth: usize,
    ) -> Result<Vec<Candidate>, RecoError> {
        let (name, width, has) = (&self.table.name, self.table.width(), question.has.number());
        // The depth is part of the text, so that the plan is made for it.
        let sql = format!(
            "SELECT id, -(embedding <#> $1::vector({width})) FROM \
             (SELECT id, embedding FROM {name} WHERE has = {has} ORDER BY {} LIMIT {depth}) nearest ORDER BY 2 DESC, 1",
            self.table.distance()
        );
        self.ask(tx, sql, [question.vector.as_str().into()]).await
    }

    /// Any rows of this kind: all of them where they are fewer than [`MOST_ITERATIVE`].
    async fn some(&self, tx: &DatabaseTransaction, question: &Question) -> Result<Vec<Candidate>, RecoError> {
        let (name, width, has) = (&self.table.name, self.table.width(), question.has.number());
        let sql = format!(
            "SELECT id, -(embedding <#> $1::vector({width})) FROM \
             (SELECT id, embedding FROM {name} WHERE has = {has} LIMIT {MOST_ITERATIVE}) kind ORDER BY 2 DESC, 1"
        );
        self.ask(tx, sql, [question.vector.as_str().into()]).await
    }

    /// The nearest of these.
    async fn among(
        &self,
        tx: &DatabaseTransaction,
        question: &Question,
        ids: &[ItemId],
    ) -> Result<Vec<Candidate>, RecoError> {
        let (name, width, has) = (&self.table.name, self.table.width(), question.has.number());
        let sql = format!(
            "SELECT id, -(embedding <#> $1::vector({width})) FROM {name} WHERE has = {has} AND {} \
             ORDER BY 2 DESC, 1 LIMIT {}",
            rows::is_in(2),
            self.wanted()
        );
        let ids = rows::list(ids.iter().copied().filter(|id| Some(*id) != self.own));
        self.ask(tx, sql, [question.vector.as_str().into(), ids]).await
    }

    /// The nearest that are admitted of all rows of this kind, page by page: for a kind of which few
    /// may show, where many of others may.
    async fn through(
        &self,
        tx: &DatabaseTransaction,
        question: &Question,
        admission: &dyn Admission,
    ) -> Result<Vec<Candidate>, RecoError> {
        let (name, width, has) = (&self.table.name, self.table.width(), question.has.number());
        let sql = format!(
            "SELECT id, -(embedding <#> $1::vector({width})) FROM {name} \
             WHERE has = {has} AND id > $2 ORDER BY id LIMIT {MOST_ITERATIVE}"
        );
        let (mut best, mut after) = (Vec::new(), Uuid::nil());
        loop {
            let values = [question.vector.as_str().into(), after.into()];
            let page = self.ask(tx, sql.clone(), values).await?;
            let is_last = page.len() < MOST_ITERATIVE;
            if let Some((last, _)) = page.last() {
                after = last.0;
            }
            best.extend(self.admitted(page, admission));
            best.sort_by(nearest_first);
            best.truncate(self.wanted());
            if is_last {
                return Ok(best);
            }
        }
    }

    /// Settings of the transaction: how far the index looks, whether it goes on behind that, which
    /// is slower from the first candidate on, and for how long.
    async fn prepare(&self, tx: &DatabaseTransaction, depth: usize, goes_on: bool) -> Result<(), RecoError> {
        let mut settings = vec![
            ("hnsw.ef_search", depth.min(MOST).to_string()),
            ("statement_timeout", self.patience.as_millis().max(1).to_string()),
            // A plan for any query would be one for an unknown depth.
            ("plan_cache_mode", "force_custom_plan".to_owned()),
            ("jit", "off".to_owned()),
            // The planner takes vectors, which lie apart from their rows, for cheap to read.
            ("enable_seqscan", "off".to_owned()),
        ];
        if self.table.version >= Version::ITERATIVE {
            // What comes is sorted here in any case.
            let order = if goes_on { "relaxed_order" } else { "off" };
            settings.push(("hnsw.iterative_scan", order.to_owned()));
            settings.push(("hnsw.scan_mem_multiplier", SCAN_MEMORY.to_string()));
            settings.push(("hnsw.max_scan_tuples", (WIDER * MOST_ITERATIVE).to_string()));
        }
        let set = settings
            .into_iter()
            .map(|(name, value)| format!("set_config('{name}', '{value}', true)"));
        let sql = format!("SELECT {}", set.collect::<Vec<_>>().join(", "));
        tx.execute_unprepared(&sql).await.map(drop).map_err(rows::failed)
    }

    async fn ask(
        &self,
        tx: &DatabaseTransaction,
        sql: String,
        values: impl IntoIterator<Item = sea_orm::Value>,
    ) -> Result<Vec<Candidate>, RecoError> {
        let found = tx
            .query_all_raw(rows::statement(sql, values))
            .await
            .map_err(rows::failed)?;
        let read = |row| Ok((ItemId(rows::column(row, 0)?), rows::column(row, 1)?));
        found.iter().map(read).collect()
    }
}
