//! How much of the bare runtime's speed the encoders keep.
//!
//! `embed_speed [--models DIR] [--library FILE] [--text ID] [--image ID] [--count N] PICTURES.tar`
//!
//! Encodes N pictures of the archive and N texts made of their names; prints one JSON line
//! per modality. See `reco_actors::embed::speed` for what is compared.
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

use bytes::Bytes;
use reco_actors::embed::{
    OnnxFactory, OnnxOptions,
    manifest::{Manifest, Manifests, RUNTIME_ID, Role},
    speed::{Speed, image_speed, text_speed},
};
use std::{
    error::Error,
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

/// Handed over at a time, as an import does.
const BATCH: usize = 32;
const ROUNDS: usize = 3;

struct Arguments {
    models: PathBuf,
    library: Option<PathBuf>,
    text: String,
    image: String,
    count: usize,
    pictures: PathBuf,
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let mut parsed = Arguments {
        models: "data/models".into(),
        library: std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from),
        text: "all-minilm-l6-v2-int8".into(),
        image: "efficientnet-lite1-compact".into(),
        count: 256,
        pictures: PathBuf::new(),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--models" => parsed.models = value()?.into(),
            "--library" => parsed.library = Some(value()?.into()),
            "--text" => parsed.text = value()?,
            "--image" => parsed.image = value()?,
            "--count" => parsed.count = value()?.parse()?,
            _ => parsed.pictures = word.into(),
        }
    }
    Ok(parsed)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = arguments()?;
    let all = Manifests::built_in();
    let fetched = arguments.models.join(&all.get(RUNTIME_ID)?.file(Role::Library)?.path);
    let library = arguments.library.unwrap_or(fetched);
    let (text, image) = (all.get(&arguments.text)?, all.get(&arguments.image)?);
    let options = OnnxOptions::default();
    let factory = OnnxFactory::open(&library, &arguments.models, Some(text), Some(image), options)?;
    let (texts, pictures) = read(&arguments.pictures, arguments.count)?;
    report("text", text, text_speed(&factory, &texts, BATCH, ROUNDS)?);
    report("image", image, image_speed(&factory, &pictures, BATCH, ROUNDS)?);
    Ok(())
}

fn report(modality: &str, model: &Manifest, speed: Speed) {
    let rate = |time: std::time::Duration| speed.items as f64 / time.as_secs_f64();
    println!(
        "{{\"modality\":\"{modality}\",\"model\":\"{}\",\"items\":{},\"ours_per_s\":{:.1},\"bare_per_s\":{:.1},\
         \"ratio\":{:.3}}}",
        model.id,
        speed.items,
        rate(speed.ours),
        rate(speed.bare),
        speed.ratio()
    );
}

/// The first pictures, and as many texts of a product name's length.
fn read(archive: &Path, count: usize) -> Result<(Vec<String>, Vec<Bytes>), Box<dyn Error>> {
    const WORDS: [&str; 8] = ["Blue", "cotton", "shirt", "for", "men", "with", "a", "pocket"];
    let mut archive = tar::Archive::new(BufReader::new(File::open(archive)?));
    let (mut texts, mut pictures) = (Vec::new(), Vec::new());
    for entry in archive.entries()? {
        let mut entry = entry?;
        if pictures.len() == count {
            break;
        }
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        let length = 4 + pictures.len() % 12;
        let words: Vec<&str> = WORDS
            .iter()
            .cycle()
            .skip(pictures.len() % 8)
            .take(length)
            .copied()
            .collect();
        texts.push(format!("{} {}", words.join(" "), entry.path()?.display()));
        pictures.push(Bytes::from(bytes));
    }
    Ok((texts, pictures))
}
