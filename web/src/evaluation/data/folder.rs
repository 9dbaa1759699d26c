//! The documented format: a folder with tables.
//!
//! Each table is a file: `NAME.csv`, with commas, quotes and a first row that names the columns;
//! `NAME.jsonl`, one JSON object a line; or `NAME.parquet`, with flat columns. Either text may be gzipped
//! (`NAME.csv.gz`). Columns may come in any order, and one that is not named here is refused: nothing is
//! left out without a word.
//!
//! * `events` has to be there. A row says that a `person` did something with an `item`, and when: `at`.
//!   * `at` is a date and time (RFC 3339, such as `2026-01-31T12:00:00Z`) or a whole number: below a
//!     hundred million a sequence number, which only orders events, below a hundred thousand million
//!     seconds of the Unix epoch, above milliseconds. A file keeps to one of these.
//!   * `kind` is `view`, `cart` or `purchase`, or empty: a view.
//!   * `dwell_ms` is for how long somebody looked at it, milliseconds, or empty.
//!   * `group` names the session or the basket, which is one person's own. Where it is empty, purchases of
//!     one person at the same time are a basket, and all else is a session until nothing happened for 30
//!     minutes.
//! * `items` may be left out, as may be any of its columns but `id`: `name`, `description`, `brand`,
//!   `category` (a path is written `Clothes > Shirts`), `picture` (a file inside the folder, named from
//!   there) and any number of `label:NAME`, which similar items should have in common. An item that only
//!   events know is an item without a text.
//! * `judgments` says how well an item answers a question in words: `query`, `item`, `grade`, 0 for not
//!   at all.

use super::{
    builder::{Builder, brand, categories},
    catalogues::judgments,
    files::{Content, Files},
    parquet,
    table::{Dialect, Problem, Row, Rows, delimited, json_lines},
    times::Clock,
};
use anyhow::{Context as _, ensure};
use reco_actors::eval::data::{DataSet, EventKind};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Endings of tables.
pub(super) const FORMATS: [&str; 3] = ["csv", "jsonl", "parquet"];

const EVENT_COLUMNS: [&str; 6] = ["person", "item", "at", "kind", "dwell_ms", "group"];
const ITEM_COLUMNS: [&str; 6] = ["id", "name", "description", "brand", "category", "picture"];
const JUDGMENT_COLUMNS: [&str; 3] = ["query", "item", "grade"];
/// Begins the name of a column with labels.
const LABEL: &str = "label:";

pub(super) fn read(files: &mut Files) -> anyhow::Result<DataSet> {
    let mut builder = Builder::default();
    if let Some(table) = table(files, "items")? {
        items(&table, files, &mut builder)?;
    }
    let known = || format!("there is no events.{}", FORMATS.join(" nor events."));
    let table = table(files, "events")?.with_context(known)?;
    let has_time = events(&table, &mut builder)?;
    if let Some(table) = self::table(files, "judgments")? {
        judgments(rows(&table)?, JUDGMENT_COLUMNS, &mut builder)?;
    }
    Ok(builder.finish(files.folder_name(), files.digest(), has_time))
}

fn table(files: &mut Files, name: &str) -> anyhow::Result<Option<Content>> {
    let formats = FORMATS.map(|format| format!("{name}.{format}"));
    files.find(|known| formats.iter().any(|format| known == format))
}

fn rows(table: &Content) -> anyhow::Result<Rows<'_>> {
    match table.format() {
        "jsonl" => Ok(json_lines(table)),
        "parquet" => Ok(parquet::rows(table)?),
        _ => Ok(delimited(table, Dialect::Commas)?),
    }
}

fn events(table: &Content, builder: &mut Builder) -> anyhow::Result<bool> {
    let mut clock = Clock::default();
    let mut is_empty = true;
    for row in rows(table)? {
        let row = row?;
        row.has_only(&EVENT_COLUMNS, None)?;
        let person = builder.person(row.required("person")?);
        let item = (person, row.required("item")?);
        let at_ms = clock.read(&row, "at")?;
        builder.told_event(item, at_ms, (kind(&row)?, dwell(&row)?), row.get("group"));
        is_empty = false;
    }
    ensure!(!is_empty, "{} has no events", table.name);
    Ok(clock.has_time())
}

fn kind(row: &Row) -> Result<EventKind, Problem> {
    match row.get("kind") {
        None | Some("view") => Ok(EventKind::View),
        Some("cart") => Ok(EventKind::Cart),
        Some("purchase") => Ok(EventKind::Purchase),
        Some(other) => Err(row.problem("kind", format!("`{other}` is none of view, cart and purchase"))),
    }
}

fn dwell(row: &Row) -> Result<Option<u32>, Problem> {
    let read = |dwell: &str| {
        let problem = || row.problem("dwell_ms", format!("`{dwell}` is no number of milliseconds"));
        dwell.parse().map_err(|_| problem())
    };
    row.get("dwell_ms").map(read).transpose()
}

fn items(table: &Content, files: &mut Files, builder: &mut Builder) -> anyhow::Result<()> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut labels: HashMap<u32, BTreeMap<String, String>> = HashMap::new();
    for row in rows(table)? {
        let row = row?;
        row.has_only(&ITEM_COLUMNS, Some(LABEL))?;
        let id = row.required("id")?;
        let known = || row.problem("id", format!("`{id}` is there already"));
        let (number, item) = builder.new_item(id).ok_or_else(known)?;
        item.name = row.text("name");
        item.description = row.text("description");
        item.brand = brand(row.get("brand"));
        item.categories = categories(row.text("category").split('>'));
        if let Some(path) = row.get("picture") {
            let picture = files.inside(path).map_err(|what| row.problem("picture", what))?;
            builder.pictures.insert(number, picture);
        }
        for (column, value) in &row.fields {
            let Some(name) = column.strip_prefix(LABEL) else {
                continue;
            };
            names.insert(name.to_owned());
            labels.entry(number).or_default().insert(name.to_owned(), value.clone());
        }
    }
    for (number, mut of) in labels {
        let values = names.iter().map(|name| of.remove(name).unwrap_or_default());
        builder.labels.insert(number, values.collect());
    }
    builder.label_names = names.into_iter().collect();
    Ok(())
}
