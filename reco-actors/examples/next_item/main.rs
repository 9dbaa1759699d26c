//! What comes next in real histories, and what is bought together: the models as they are served,
//! all items ranked, those of the history left out, ties by id.
//!
//! * `next_item --beauty FILE`: Amazon Beauty, a line a person, a number and then items in order;
//! * `next_item --office DIR [--models DIR] [--library FILE]`: Amazon Office with texts
//!   (`items.jsonl.gz`, `sequences.tsv.gz`), through the whole engine: behaviour, content and both;
//! * `next_item --journey DIR`: baskets of Complete Journey (`transactions.csv.gz`), the last month
//!   after all before it; and each household's next purchases, those new to it apart;
//! * `next_item --sessions DIR`: clicks of RSC15-100k (`yoochoose-clicks-100k_*.txt.gz`), at the
//!   positions of the lists that were published for it (`recoms_*`), and beside these lists;
//! * `next_item --matrix DIR`: whether a matrix model would help, on the histories of Amazon Office.
//!
//! Settings are the models' defaults. They were chosen on what is called validation here alone; the
//! rest was then measured.
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

mod beauty;
mod journey;
mod matrix;
mod office;
mod purchases;
mod sessions;

use reco_actors::eval::{Bootstrap, Estimate};
use std::{error::Error, path::PathBuf};

const K: usize = 10;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Where models and their runtime are.
struct Models {
    directory: PathBuf,
    library: Option<PathBuf>,
}

fn main() -> Fallible<()> {
    let mut words = std::env::args().skip(1);
    let mut models = Models {
        directory: "data/models".into(),
        library: std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from),
    };
    let mut sets = Vec::new();
    while let Some(word) = words.next() {
        let value = PathBuf::from(words.next().ok_or_else(|| format!("{word} needs a value"))?);
        match word.as_str() {
            "--models" => models.directory = value,
            "--library" => models.library = Some(value),
            "--beauty" | "--office" | "--journey" | "--sessions" | "--matrix" => sets.push((word, value)),
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    for (set, place) in sets {
        match set.as_str() {
            "--beauty" => beauty::run(&place)?,
            "--office" => office::run(&place, &models)?,
            "--sessions" => sessions::run(&place)?,
            "--matrix" => matrix::run(&place)?,
            _ => journey::run(&place)?,
        }
    }
    Ok(())
}

fn told(values: &[f64]) -> String {
    let Estimate { mean, low, high, .. } = Bootstrap::default().mean(values);
    format!("{mean:.4} [{low:.4}, {high:.4}]")
}
