//! Data sets that are evaluated on: the shop itself (`shop`), the documented format of files (`folder`)
//! and published sets as their authors hand them out. Any text file may be gzipped. Knows nothing of engines
//! and metrics.
//!
//! What each published set gives. Items have a number in the order of their file, then of their first
//! event; so have people. `at` is a time unless it says otherwise, and items have no price.
//!
//! | Kind | Files | Events | Items | Labels and more |
//! |---|---|---|---|---|
//! | Beauty | `Beauty.txt`, or any file: a person and items a line | views, an hour from one to the next: only their order is known | nothing but what they are called | – |
//! | Office | `sequences.tsv`: a person and items a line | as Beauty | `items.jsonl`: title, description, brand | – |
//! | Journey | `transactions.csv`: household_id, basket_id, product_id, ts | purchases, every line one; a basket is a group | `products.csv`: product_type is the name; department and product_category, brand, package_size | – |
//! | Movielens | `*.inter`: user_id, item_id, timestamp | views, whatever the rating says; sessions by silence | `*.item`, if there: movie_title is the name; release_year and each word of class (or genre) are attributes | – |
//! | Grocery | `train.csv`, then `dev.csv` and `test.csv` if there: user_id, item_id, time | purchases; those of one day are a basket, for a time is a day | `item_meta.csv`: item_id; no text | i_category; lists of complements and substitutes have no place |
//! | Sessions | `*_train_full.txt`, then `*_test.txt`: SessionId, ItemId, Time | views; a session is a person and a group | nothing but what they are called | – |
//! | Myntra | `catalog.csv` | none | productDisplayName alone: what the labels say must not be in the text | articleType, baseColour, gender; pictures of `images.tar` |
//! | Icecat | `products.jsonl` | none | title, short_description, supplier (brand), attr_t_product_type (category), name (model), ean; all `attr_…` of up to 500 characters | `judgments_dev.csv`: query, docid, rating; all, those of queries without a good answer too |

mod builder;
mod catalogues;
mod files;
mod folder;
mod histories;
mod parquet;
mod shop;
mod table;
#[cfg(test)]
mod tests;
mod times;
mod visits;

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use files::Files;
use reco_actors::eval::data::DataSet;
use std::path::Path;

pub(super) use shop::read as shop;
pub use table::Problem;

/// How a data set is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A folder with events.csv, events.jsonl or events.parquet, and items and judgments if there are any
    Folder,
    /// Text of S3-Rec: a line is a person and items in order, as in Beauty.txt
    Beauty,
    /// The folder of Amazon Office 2014: items.jsonl.gz and sequences.tsv.gz
    Office,
    /// The folder of Complete Journey: products.csv.gz and transactions.csv.gz
    Journey,
    /// A folder with RecBole's atomic files, as of MovieLens: one .inter and perhaps one .item
    Movielens,
    /// A folder of ReChorus, as of Grocery: item_meta.csv, train.csv, and dev.csv and test.csv if there
    Grocery,
    /// A folder with sessions of clicks, as of RSC15: one …_train_full.txt.gz and one …_test.txt.gz
    Sessions,
    /// The folder of Myntra's fashion: catalog.csv and images.tar, no events
    Myntra,
    /// The folder of Icecat's electronics: products.jsonl.gz and judgments_dev.csv, no events
    Icecat,
}

/// Reads the data set at `place`: a folder, or the one file it is made of.
///
/// # Errors
/// What cannot be read or understood, with its file, line and column; mostly a [`Problem`].
pub fn read(kind: Kind, place: &Path) -> anyhow::Result<DataSet> {
    let adapter = match kind {
        Kind::Folder => folder::read,
        Kind::Beauty => histories::beauty,
        Kind::Office => histories::office,
        Kind::Journey => visits::journey,
        Kind::Movielens => visits::movielens,
        Kind::Grocery => visits::grocery,
        Kind::Sessions => visits::sessions,
        Kind::Myntra => catalogues::myntra,
        Kind::Icecat => catalogues::icecat,
    };
    let known = || format!("the data set at {}", place.display());
    let mut files = Files::at(place).with_context(known)?;
    if files.single().is_some() && kind != Kind::Beauty {
        bail!("{} is not a folder", place.display());
    }
    adapter(&mut files).with_context(known)
}

/// What the data set at `place` is written as, by the files that are there.
#[must_use]
pub fn guess(place: &Path) -> Option<Kind> {
    let files = Files::at(place).ok()?;
    if files.single().is_some() {
        return histories::is_sequences(place).then_some(Kind::Beauty);
    }
    let has = |name: &str| files.has(name);
    let has_ending = |ending: &str| files.has_ending(ending);
    let kinds = [
        (
            Kind::Folder,
            folder::FORMATS.iter().any(|format| has(&format!("events.{format}"))),
        ),
        (Kind::Beauty, has(histories::BEAUTY)),
        (Kind::Office, has("sequences.tsv") && has("items.jsonl")),
        (Kind::Journey, has("transactions.csv") && has("products.csv")),
        (Kind::Movielens, has_ending(".inter")),
        (Kind::Grocery, has("train.csv") && has("item_meta.csv")),
        (Kind::Sessions, has_ending("_train_full.txt") && has_ending("_test.txt")),
        (Kind::Myntra, has("catalog.csv") && has("images.tar")),
        (Kind::Icecat, has("products.jsonl") && has("judgments_dev.csv")),
    ];
    kinds.into_iter().find_map(|(kind, fits)| fits.then_some(kind))
}
