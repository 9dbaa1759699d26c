//! Histories without times: a line is a person and items, in order.

use super::{
    builder::{Builder, brand},
    files::{Content, Files},
    table::{Problem, json_lines, lines},
    times::APART_MS,
};
use reco_actors::eval::data::{DataSet, EventKind};
use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
};

pub(super) const BEAUTY: &str = "Beauty.txt";

/// Enough of a file to tell what it is.
const GLANCE: u64 = 1 << 20;

pub(super) fn beauty(files: &mut Files) -> anyhow::Result<DataSet> {
    let name = files.single().unwrap_or(BEAUTY).to_owned();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let content = files.read(name)?;
    let mut builder = Builder::default();
    sequences(&content, &mut builder)?;
    Ok(builder.finish(content.stem(), files.digest(), false))
}

pub(super) fn office(files: &mut Files) -> anyhow::Result<DataSet> {
    let mut builder = Builder::default();
    let content = files.read("items.jsonl")?;
    for row in json_lines(&content) {
        let row = row?;
        let known = || row.problem("item", "is there already");
        let (_, item) = builder.new_item(row.required("item")?).ok_or_else(known)?;
        item.name = row.text("title");
        item.description = row.text("description");
        item.brand = brand(row.get("brand"));
    }
    sequences(&files.read("sequences.tsv")?, &mut builder)?;
    Ok(builder.finish("Amazon Office 2014", files.digest(), false))
}

fn sequences(content: &Content, builder: &mut Builder) -> Result<(), Problem> {
    let mut places: HashMap<u32, i64> = HashMap::new();
    for (line, text) in lines(content) {
        let problem = |what: &str| Problem::new(&content.name, line, what);
        let text = str::from_utf8(text).map_err(|_| problem("is not UTF-8"))?;
        let mut numbers = text.split_whitespace();
        if let Some(wrong) = numbers.clone().find(|number| number.parse::<u64>().is_err()) {
            return Err(problem(&format!("`{wrong}` is not a whole number")));
        }
        let (Some(person), Some(_)) = (numbers.next(), numbers.clone().next()) else {
            return Err(problem("a line is a person and items"));
        };
        let person = builder.person(person);
        let place = places.entry(person).or_default();
        for item in numbers {
            builder.event((person, item), *place * APART_MS, EventKind::View, None);
            *place += 1;
        }
    }
    Ok(())
}

/// Whether the file looks like such histories, by its first line.
pub(super) fn is_sequences(file: &Path) -> bool {
    let Ok(opened) = File::open(file) else {
        return false;
    };
    let is_packed = file.extension().is_some_and(|ending| ending == "gz");
    let opened: Box<dyn std::io::Read> = match is_packed {
        true => Box::new(flate2::read::MultiGzDecoder::new(opened)),
        false => Box::new(opened),
    };
    let mut first = String::new();
    let is_read = BufReader::new(opened).take(GLANCE).read_line(&mut first).is_ok();
    let are_numbers = first.split_whitespace().all(|number| number.parse::<u64>().is_ok());
    is_read && are_numbers && first.split_whitespace().count() > 1
}
