//! Catalogues without events: items with labels and pictures, or with judgments.

use super::{
    builder::{Builder, attribute, brand, categories},
    files::{Content, Files},
    table::{Dialect, Problem, Rows, delimited, objects},
};
use anyhow::{Context as _, bail};
use bytes::Bytes;
use reco_actors::{
    Attribute, AttributeValue, Item,
    eval::data::{DataSet, Judgment},
};
use serde_json::{Map, Value};
use std::{collections::HashSet, io::Read as _};

/// What the similar items of Myntra have to agree in.
const LABELS: [&str; 3] = ["articleType", "baseColour", "gender"];

/// Longer texts are not taken as attributes, as in the shop's import.
const LONGEST_TEXT: usize = 500;

pub(super) fn myntra(files: &mut Files) -> anyhow::Result<DataSet> {
    let mut builder = Builder::labelled(&LABELS);
    for row in delimited(&files.read("catalog.csv")?, Dialect::Commas)? {
        let row = row?;
        let known = || row.problem("id", "is there already");
        let (number, item) = builder.new_item(row.required("id")?).ok_or_else(known)?;
        item.name = row.text("productDisplayName");
        builder
            .labels
            .insert(number, LABELS.map(|label| row.text(label)).to_vec());
    }
    let pictures = files.read("images.tar")?;
    photos(&pictures, &mut builder).with_context(|| pictures.name.clone())?;
    Ok(builder.finish("Myntra", files.digest(), true))
}

fn photos(content: &Content, builder: &mut Builder) -> anyhow::Result<()> {
    for entry in tar::Archive::new(&content.bytes[..]).entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path()?.into_owned();
        let id = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let Some(item) = builder.known_item(id) else {
            bail!("{} is of no product in the catalogue", path.display());
        };
        let mut picture = Vec::new();
        entry.read_to_end(&mut picture)?;
        if builder.pictures.insert(item, Bytes::from(picture)).is_some() {
            bail!("{} is of a product that has a picture already", path.display());
        }
    }
    Ok(())
}

pub(super) fn icecat(files: &mut Files) -> anyhow::Result<DataSet> {
    let mut builder = Builder::default();
    let content = files.read("products.jsonl")?;
    for object in objects(&content) {
        let (line, fields) = object?;
        let problem = |what| Problem::new(&content.name, line, what).of("id");
        let id = texts(&fields, "id").next().ok_or_else(|| problem("is missing"))?;
        let (_, item) = builder.new_item(&id).ok_or_else(|| problem("is there already"))?;
        tell(item, id, &fields);
    }
    let content = files.read("judgments_dev.csv")?;
    let rows = delimited(&content, Dialect::Commas)?;
    judgments(rows, ["query", "docid", "rating"], &mut builder)?;
    Ok(builder.finish("Icecat", files.digest(), true))
}

/// As the shop's example mapping takes it (`docs/examples/icecat.toml`).
fn tell(item: &mut Item, id: String, fields: &Map<String, Value>) {
    let first = |column| texts(fields, column).next();
    item.name = first("title").unwrap_or_default();
    item.description = first("short_description").unwrap_or_default();
    item.brand = brand(first("supplier").as_deref());
    item.categories = categories(first("attr_t_product_type").as_deref().into_iter());
    let named = [("name", "model"), ("ean", "ean")]
        .into_iter()
        .flat_map(|(column, key)| texts(fields, column).map(move |text| attribute(key, AttributeValue::Text(text))));
    let discovered = fields.iter().filter_map(|(column, value)| {
        let key = column.strip_prefix("attr_")?.get(2..)?;
        let value = match value {
            Value::String(text) if text.chars().count() <= LONGEST_TEXT => AttributeValue::Text(text.clone()),
            Value::Number(number) => AttributeValue::Number(number.as_f64()?),
            Value::Bool(truth) => AttributeValue::Bool(*truth),
            _ => return None,
        };
        Some(attribute(key, value))
    });
    item.attributes = named.chain(discovered).collect();
    let names = item.attributes.iter().filter_map(Attribute::identifier);
    item.identifiers = std::iter::once(id).chain(names.map(str::to_owned)).collect();
}

/// The texts of a column, which may be one or a list.
fn texts<'f>(fields: &'f Map<String, Value>, column: &str) -> impl Iterator<Item = String> + use<'f> {
    let values = match fields.get(column) {
        Some(Value::Array(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    values.iter().filter_map(text).filter(|text| !text.is_empty())
}

/// Judgments, of items that are known, each once.
pub(super) fn judgments(rows: Rows<'_>, columns: [&str; 3], builder: &mut Builder) -> Result<(), Problem> {
    let [query_column, item_column, grade_column] = columns;
    let mut judged: HashSet<(String, u32)> = HashSet::new();
    for row in rows {
        let row = row?;
        row.has_only(&columns, None)?;
        let query = row.required(query_column)?;
        let id = row.required(item_column)?;
        let unknown = || row.problem(item_column, format!("`{id}` is an item that nothing is known of"));
        let item = builder.known_item(id).ok_or_else(unknown)?;
        let grade: f64 = row.parsed(grade_column, "a number")?;
        if !grade.is_finite() || grade < 0.0 {
            return Err(row.problem(grade_column, format!("`{grade}` is not a grade: 0 is the lowest")));
        }
        if !judged.insert((query.to_owned(), item)) {
            return Err(row.problem(item_column, format!("`{id}` was judged already for `{query}`")));
        }
        let query = query.to_owned();
        builder.judgments.push(Judgment { query, item, grade });
    }
    Ok(())
}
