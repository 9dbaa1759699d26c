//! Changes of rows: read what is known, write what is other, note what is newer.

use super::{
    rows::{self, Row},
    table::Table,
};
use reco_actors::{
    ItemId, RecoError,
    vectors::{Applied, Incarnation, VectorChange},
};
use sea_orm::{ConnectionTrait, DatabaseConnection, Value};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Rows written by one statement.
const ROWS: usize = 100;

/// Writes into one incarnation of a table.
pub(super) struct Writer<'a> {
    pub(super) db: &'a DatabaseConnection,
    pub(super) table: &'a Table,
    pub(super) to: Incarnation,
}

impl Writer<'_> {
    pub(super) async fn apply(&self, changes: Vec<VectorChange>) -> Result<Applied, RecoError> {
        self.table.claim(self.db, self.to).await?;
        let mut latest: BTreeMap<ItemId, Row> = BTreeMap::new();
        let mut applied = Applied::default();
        for change in changes {
            if let VectorChange::Upsert { blocks, .. } = &change {
                blocks.fit(self.table.dims)?;
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

    /// What is known of these rows: version and digest.
    async fn known(&self, rows: &[Row]) -> Result<HashMap<ItemId, (i64, Vec<u8>)>, RecoError> {
        let (db, table) = (self.db, self.table);
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
        let (db, table) = (self.db, self.table);
        let (name, width) = (&table.name, table.width());
        let places = (0..rows.len()).map(|row| {
            let [id, has, version, digest, vector] = std::array::from_fn(|column| 5 * row + column + 1);
            format!("(${id}::uuid, ${has}::smallint, ${version}::bigint, ${digest}::bytea, ${vector}::text::vector({width}))")
        });
        let places: Vec<String> = places.collect();
        let sql = format!(
            "INSERT INTO {name} (id, has, version, digest, embedding) VALUES {} \
             ON CONFLICT (id) DO UPDATE SET has = EXCLUDED.has, version = EXCLUDED.version, \
             digest = EXCLUDED.digest, embedding = EXCLUDED.embedding WHERE {name}.version <= EXCLUDED.version \
             RETURNING id",
            places.join(", ")
        );
        let values: Vec<Value> = rows.into_iter().flat_map(|row| row.values(table.dims)).collect();
        Ok(table.write(db, self.to, sql, values).await?.len())
    }

    /// Notes newer versions of rows whose blocks are as they should be. Gives back those that
    /// somebody else has changed meanwhile.
    async fn note(&self, rows: Vec<Row>) -> Result<Vec<Row>, RecoError> {
        let (db, table) = (self.db, self.table);
        let name = &table.name;
        let places = (0..rows.len()).map(|row| {
            let [id, version, digest] = std::array::from_fn(|column| 3 * row + column + 1);
            format!("(${id}::uuid, ${version}::bigint, ${digest}::bytea)")
        });
        let places: Vec<String> = places.collect();
        // Locked in the order of their ids, as above. What is newer than this change is as good.
        let sql = format!(
            "WITH noted (id, version, digest) AS (VALUES {}), \
             held AS MATERIALIZED (SELECT id FROM {name} WHERE id IN (SELECT id FROM noted) ORDER BY id FOR UPDATE) \
             UPDATE {name} SET version = GREATEST({name}.version, noted.version) FROM noted, held \
             WHERE held.id = noted.id AND {name}.id = held.id AND \
             ({name}.digest = noted.digest OR {name}.version > noted.version) RETURNING {name}.id",
            places.join(", ")
        );
        let values = rows.iter().flat_map(Row::noted).collect();
        let noted: HashSet<ItemId> = table.write(db, self.to, sql, values).await?.into_iter().collect();
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
}
