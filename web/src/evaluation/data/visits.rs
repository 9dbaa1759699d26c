//! Tables of who did what when.

use super::{
    builder::{Builder, attribute, brand, categories},
    files::{Content, Files},
    table::{Dialect, delimited},
    times::{Clock, seconds},
};
use reco_actors::{
    AttributeValue,
    eval::data::{DataSet, EventKind},
};

pub(super) fn journey(files: &mut Files) -> anyhow::Result<DataSet> {
    let mut builder = Builder::default();
    for row in delimited(&files.read("products.csv")?, Dialect::Commas)? {
        let row = row?;
        let known = || row.problem("product_id", "is there already");
        let (_, item) = builder.new_item(row.required("product_id")?).ok_or_else(known)?;
        item.name = row.text("product_type");
        item.brand = brand(row.get("brand"));
        item.categories = categories(
            ["department", "product_category"]
                .iter()
                .filter_map(|level| row.get(level)),
        );
        let size = row.get("package_size");
        let size = size.map(|size| attribute("package_size", AttributeValue::Text(size.to_owned())));
        item.attributes.extend(size);
    }
    let mut clock = Clock::default();
    for row in delimited(&files.read("transactions.csv")?, Dialect::Commas)? {
        let row = row?;
        let person = builder.person(row.required("household_id")?);
        let (item, basket) = (row.required("product_id")?, row.required("basket_id")?);
        let at_ms = clock.read(&row, "ts")?;
        builder.event((person, item), at_ms, EventKind::Purchase, Some(basket));
    }
    Ok(builder.finish("Complete Journey", files.digest(), true))
}

pub(super) fn movielens(files: &mut Files) -> anyhow::Result<DataSet> {
    let mut builder = Builder::default();
    if let Some(content) = files.find(|name| name.ends_with(".item"))? {
        movies(&content, &mut builder)?;
    }
    let content = files.read_ending(".inter")?;
    for row in delimited(&content, Dialect::Atomic)? {
        let row = row?;
        let person = builder.person(row.required("user_id")?);
        let item = (person, row.required("item_id")?);
        // A bad rating, too, is of a film that was seen.
        builder.event(item, seconds(&row, "timestamp")?, EventKind::View, None);
    }
    Ok(builder.finish(content.stem(), files.digest(), true))
}

fn movies(content: &Content, builder: &mut Builder) -> anyhow::Result<()> {
    for row in delimited(content, Dialect::Atomic)? {
        let row = row?;
        let known = || row.problem("item_id", "is there already");
        let (_, item) = builder.new_item(row.required("item_id")?).ok_or_else(known)?;
        item.name = row.text("movie_title");
        let genres = row.get("class").or(row.get("genre")).unwrap_or_default();
        let genres = genres.split_whitespace().map(|genre| ("genre", genre));
        let year = row.get("release_year").map(|year| ("release_year", year));
        let told = genres.chain(year);
        item.attributes = told
            .map(|(key, value)| attribute(key, AttributeValue::Text(value.to_owned())))
            .collect();
    }
    Ok(())
}

pub(super) fn grocery(files: &mut Files) -> anyhow::Result<DataSet> {
    let mut builder = Builder::labelled(&["i_category"]);
    for row in delimited(&files.read("item_meta.csv")?, Dialect::Tabs)? {
        let row = row?;
        let known = || row.problem("item_id", "is there already");
        let (number, _) = builder.new_item(row.required("item_id")?).ok_or_else(known)?;
        builder.labels.insert(number, vec![row.text("i_category")]);
    }
    let mut parts = vec![files.read("train.csv")?];
    for held_out in ["dev.csv", "test.csv"] {
        parts.extend(files.find(|name| name == held_out)?);
    }
    for part in &parts {
        for row in delimited(part, Dialect::Tabs)? {
            let row = row?;
            let person = builder.person(row.required("user_id")?);
            let item = (person, row.required("item_id")?);
            builder.event(item, seconds(&row, "time")?, EventKind::Purchase, None);
        }
    }
    Ok(builder.finish("Amazon Grocery (ReChorus)", files.digest(), true))
}

pub(super) fn sessions(files: &mut Files) -> anyhow::Result<DataSet> {
    let mut builder = Builder::default();
    for ending in ["_train_full.txt", "_test.txt"] {
        let content = files.read_ending(ending)?;
        for row in delimited(&content, Dialect::Tabs)? {
            let row = row?;
            let session = row.required("SessionId")?;
            let item = (builder.person(session), row.required("ItemId")?);
            builder.event(item, seconds(&row, "Time")?, EventKind::View, Some(session));
        }
    }
    Ok(builder.finish("RSC15", files.digest(), true))
}
