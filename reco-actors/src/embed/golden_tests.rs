//! The encoders against vectors that reference implementations made.
//!
//! Needs the runtime library and the text model (`MYSHOP_TEST_MODELS`, else `data/models`)
//! and the reference vectors (`MYSHOP_SHARED`, else `../shared`). Without them the tests say
//! so and pass, unless `MYSHOP_REQUIRE_SHARED=1`.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::{
    EmbedderFactory, OnnxFactory, OnnxOptions,
    manifest::{Manifest, Manifests, RUNTIME_ID, Role},
};
use bytes::Bytes;
use serde::Deserialize;
use std::{
    io::Read,
    path::{Path, PathBuf},
    process::Command,
};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn from_env(name: &str, otherwise: &str) -> PathBuf {
    std::env::var_os(name).map_or_else(|| repository().join(otherwise), PathBuf::from)
}

#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn skip(what: &Path) {
    let required = std::env::var("MYSHOP_REQUIRE_SHARED").is_ok_and(|v| v == "1");
    assert!(!required, "{} is missing and MYSHOP_REQUIRE_SHARED=1", what.display());
    eprintln!("SKIPPED: {} is missing", what.display());
}

fn present(path: PathBuf) -> Option<PathBuf> {
    if path.exists() {
        return Some(path);
    }
    skip(&path);
    None
}

fn models() -> PathBuf {
    from_env("MYSHOP_TEST_MODELS", "data/models")
}

fn library() -> Option<PathBuf> {
    let fetched = models().join(
        &Manifests::built_in()
            .get(RUNTIME_ID)
            .unwrap()
            .file(Role::Library)
            .unwrap()
            .path,
    );
    present(std::env::var_os("ORT_DYLIB_PATH").map_or(fetched, PathBuf::from))
}

fn shared(path: &str) -> Option<PathBuf> {
    present(from_env("MYSHOP_SHARED", "../shared").join(path))
}

fn open(text: Option<&str>, image: Option<&str>) -> Option<OnnxFactory> {
    let all = Manifests::built_in();
    let library = library()?;
    let text = text.map(|id| all.get(id).unwrap());
    if let Some(manifest) = text {
        present(models().join(&manifest.file(Role::Graph).unwrap().path))?;
    }
    let image = image.map(|id| all.get(id).unwrap());
    Some(OnnxFactory::open(&library, &models(), text, image, OnnxOptions::default()).unwrap())
}

#[derive(Deserialize)]
struct Golden<T> {
    items: Vec<T>,
}

#[derive(Deserialize)]
struct GoldenText {
    text: String,
    fp32: Vec<f32>,
    int8_weights: Vec<f32>,
}

#[derive(Deserialize)]
struct GoldenImage {
    file: String,
    fp32: Vec<f32>,
}

fn golden<T: for<'a> Deserialize<'a>>(path: &str) -> Option<Vec<T>> {
    let text = std::fs::read(shared(path)?).unwrap();
    Some(serde_json::from_slice::<Golden<T>>(&text).unwrap().items)
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn worst_component(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max)
}

#[test]
fn text_vectors_agree_with_the_reference_alone_and_in_a_batch() {
    let Some(golden) = golden::<GoldenText>("models/golden-text.json") else {
        return;
    };
    let Some(factory) = open(Some("all-minilm-l6-v2-int8"), None) else {
        return;
    };
    assert!(golden.len() >= 12);
    let mut encoder = factory.text().unwrap();
    let texts: Vec<String> = golden.iter().map(|g| g.text.clone()).collect();
    let batch = encoder.embed(&texts).unwrap();
    for (g, together) in golden.iter().zip(&batch) {
        let alone = encoder.embed(std::slice::from_ref(&g.text)).unwrap().remove(0);
        for vector in [&alone, together] {
            assert!(worst_component(vector, &g.int8_weights) <= 1e-4, "{}", g.text);
            assert!(cosine(vector, &g.fp32) >= 0.996, "{}", g.text);
            assert!((cosine(vector, vector) - 1.0).abs() < 1e-5);
        }
    }
}

#[test]
fn a_short_text_costs_its_own_tokens_and_a_long_one_is_cut_at_256() {
    let Some(factory) = open(Some("all-minilm-l6-v2-int8"), None) else {
        return;
    };
    let encoder = factory.text().unwrap();
    assert_eq!(encoder.tokens(""), 2);
    assert_eq!(encoder.tokens("red shoe"), 4);
    assert_eq!(encoder.tokens(&"shoe ".repeat(400)), 256);
}

#[test]
fn full_precision_text_vectors_agree_with_the_reference() {
    // Built by tools/models/minilm_fp32.py; optional even where shared data is required.
    let graph = models().join("minilm-fp32/model.onnx");
    if !graph.is_file() {
        return skip_optional(&graph);
    }
    let Some(golden) = golden::<GoldenText>("models/golden-text.json") else {
        return;
    };
    let Some(factory) = open(Some("all-minilm-l6-v2-fp32"), None) else {
        return;
    };
    let mut encoder = factory.text().unwrap();
    for g in golden {
        let vector = encoder.embed(&[g.text]).unwrap().remove(0);
        assert!(worst_component(&vector, &g.fp32) <= 1e-4);
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn skip_optional(what: &Path) {
    eprintln!("SKIPPED: {} is missing (optional)", what.display());
}

fn tar_members(archive: &Path, names: &[String]) -> Vec<Bytes> {
    let mut found = vec![Bytes::new(); names.len()];
    let mut archive = tar::Archive::new(std::io::BufReader::new(std::fs::File::open(archive).unwrap()));
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        let Some(i) = names.iter().position(|n| path.trim_start_matches("./") == n) else {
            continue;
        };
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        found[i] = bytes.into();
    }
    found
}

#[test]
fn image_vectors_agree_with_the_reference() {
    let Some(golden) = golden::<GoldenImage>("models/golden-image.json") else {
        return;
    };
    let Some(factory) = open(None, Some("efficientnet-lite1-compact")) else {
        return;
    };
    let Some(archive) = shared("data/myntra-fashion/images.tar") else {
        return;
    };
    assert!(golden.len() >= 8);
    let names: Vec<String> = golden
        .iter()
        .map(|g| g.file.split_once(':').unwrap().1.to_owned())
        .collect();
    let vectors = factory.image().unwrap().embed(&tar_members(&archive, &names)).unwrap();
    for (g, vector) in golden.iter().zip(vectors) {
        let vector = vector.unwrap();
        let full = cosine(&vector, &g.fp32);
        assert!(full >= 0.99, "{}: cosine to full precision {full}", g.file);
    }
}

fn png(colour: [u8; 3], side: u32) -> Bytes {
    let mut out = std::io::Cursor::new(Vec::new());
    let shade = |x: u32, y: u32| ::image::Rgb(colour.map(|c| c.wrapping_add((x * 3 + y) as u8)));
    ::image::RgbImage::from_fn(side, side + 9, shade)
        .write_to(&mut out, ::image::ImageFormat::Png)
        .unwrap();
    out.into_inner().into()
}

#[test]
fn an_unreadable_picture_fails_alone_and_batching_changes_nothing() {
    for overlap_decoding in [true, false] {
        let Some(factory) = open(None, Some("efficientnet-lite1-compact")) else {
            return;
        };
        let options = OnnxOptions {
            overlap_decoding,
            ..OnnxOptions::default()
        };
        let mut encoder = factory.with_options(options).image().unwrap();
        let mut pictures: Vec<Bytes> = (0..9)
            .map(|i| png([i * 28, 200 - i * 20, i], 30 + u32::from(i)))
            .collect();
        pictures[2] = Bytes::from_static(b"no picture");
        let truncated = pictures[7].slice(..60);
        pictures[7] = truncated;
        let together = encoder.embed(&pictures).unwrap();
        assert_eq!(together.len(), 9);
        for (i, (picture, vector)) in pictures.iter().zip(&together).enumerate() {
            let alone = encoder.embed(std::slice::from_ref(picture)).unwrap().remove(0);
            match (vector, alone) {
                (Ok(a), Ok(b)) => assert!(worst_component(a, &b) < 1e-4, "picture {i}"),
                (Err(_), Err(_)) => assert!(i == 2 || i == 7),
                other => panic!("picture {i}: {other:?}"),
            }
        }
    }
}

#[test]
fn no_pictures_and_no_texts_give_no_vectors() {
    let Some(factory) = open(Some("all-minilm-l6-v2-int8"), Some("efficientnet-lite1-compact")) else {
        return;
    };
    assert!(factory.text().unwrap().embed(&[]).unwrap().is_empty());
    assert!(factory.image().unwrap().embed(&[]).unwrap().is_empty());
}

#[test]
fn a_graph_of_another_shape_than_its_manifest_is_refused() {
    let Some(library) = library() else { return };
    let mut manifest = Manifests::built_in().get("efficientnet-lite1-compact").unwrap().clone();
    manifest.dim = 512;
    let factory = OnnxFactory::open(&library, &models(), None, Some(&manifest), OnnxOptions::default()).unwrap();
    let message = factory.image().err().unwrap().to_string();
    assert!(message.contains("1280 wide") && message.contains("512"), "{message}");
}

/// CLIP itself cannot be had everywhere, so its loader is proven on a graph of the same
/// inputs, outputs and structure with random weights.
#[test]
fn a_graph_of_clips_shape_loads_through_its_manifest_and_gives_unit_vectors() {
    let Some(library) = library() else { return };
    let directory = tempfile::tempdir().unwrap();
    let clip = Manifests::built_in().get("clip-vit-b32").unwrap().clone();
    let graph = directory.path().join(&clip.file(Role::Graph).unwrap().path);
    std::fs::create_dir_all(graph.parent().unwrap()).unwrap();
    if !generate_random_clip(&graph, &[]) {
        return;
    }
    check_clip(&library, directory.path(), &clip);
    let captions = Manifests::built_in().get("clip-vit-b32-text").unwrap().clone();
    let path = |role| directory.path().join(&captions.file(role).unwrap().path);
    assert!(generate_random_clip(
        &path(Role::Graph),
        &["--side", "text", "--vocabulary", "514"]
    ));
    std::fs::write(path(Role::Tokenizer), no_merges()).unwrap();
    check_captions(&library, directory.path(), &clip, &captions);
}

/// A list without merges, so that letters stand for words.
fn no_merges() -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, b"#version: 0.2\n").unwrap();
    packed.finish().unwrap()
}

fn check_captions(library: &Path, directory: &Path, clip: &Manifest, captions: &Manifest) {
    let spec = clip.image.as_ref().unwrap().captions.as_ref().unwrap();
    assert_eq!(spec.model, captions.id);
    let mut factory = OnnxFactory::open(library, directory, None, Some(clip), OnnxOptions::default()).unwrap();
    assert!(factory.caption_model().is_none() && factory.captions().is_err());
    factory.add_captions(directory, captions, spec).unwrap();
    assert_eq!(factory.caption_model().unwrap().info.dim, 512);
    let mut encoder = factory.captions().unwrap();
    let texts = ["red".to_owned(), "RED".to_owned(), "blue dress".repeat(40)];
    let vectors = encoder.embed(&texts).unwrap();
    for vector in &vectors {
        assert_eq!(vector.len(), 512);
        assert!((vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-4);
    }
    assert!(cosine(&vectors[0], &vectors[1]) > 0.9999);
    assert!(cosine(&vectors[0], &vectors[2]) < 0.999);
    // What stands behind the end of a text plays no part.
    let alone = encoder.embed(&texts[..1]).unwrap();
    assert!(cosine(&vectors[0], &alone[0]) > 0.9999);
}

fn check_clip(library: &Path, directory: &Path, clip: &Manifest) {
    let factory = OnnxFactory::open(library, directory, None, Some(clip), OnnxOptions::default()).unwrap();
    assert_eq!(factory.image_model().unwrap().dim, 512);
    let mut encoder = factory.image().unwrap();
    let pictures = [png([250, 10, 10], 300), png([240, 20, 10], 290), png([0, 30, 220], 80)];
    let vectors: Vec<Vec<f32>> = encoder
        .embed(&pictures)
        .unwrap()
        .into_iter()
        .map(Result::unwrap)
        .collect();
    for v in &vectors {
        assert_eq!(v.len(), 512);
        assert!((v.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-4);
    }
    assert!(cosine(&vectors[0], &vectors[1]) > cosine(&vectors[0], &vectors[2]));
}

/// Runs the generator with a Python that has `onnx` and `numpy` (`MYSHOP_PYTHON`, else
/// `python3`); says so and gives false when there is none.
fn generate_random_clip(graph: &Path, options: &[&str]) -> bool {
    let python = std::env::var("MYSHOP_PYTHON").unwrap_or_else(|_| "python3".into());
    let has_onnx = Command::new(&python).args(["-c", "import numpy, onnx"]).output();
    if !has_onnx.is_ok_and(|o| o.status.success()) {
        skip_optional(Path::new(
            "Python package onnx (pip install -r tools/models/requirements.txt, MYSHOP_PYTHON)",
        ));
        return false;
    }
    let script = repository().join("tools/models/random_clip.py");
    let made = Command::new(&python)
        .arg(script)
        .args(["--layers", "2", "--out"])
        .arg(graph)
        .args(options)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    true
}

/// Against the numbers that CLIP's authors show for their example, where its list is at hand.
#[test]
fn clips_list_of_merges_gives_the_published_numbers() {
    let captions = Manifests::built_in().get("clip-vit-b32-text").unwrap().clone();
    let path = models().join(&captions.file(Role::Tokenizer).unwrap().path);
    let Ok(list) = std::fs::read(&path) else {
        return skip_optional(&path);
    };
    let tokenizer = super::clip_tokenizer::of_merges(&list).unwrap();
    let ids = |text: &str| tokenizer.encode_fast(text, true).unwrap().get_ids().to_vec();
    assert_eq!(ids("a diagram"), [49_406, 320, 22_697, 49_407]);
    assert_eq!(ids("a dog"), [49_406, 320, 1_929, 49_407]);
    assert_eq!(ids("a cat"), [49_406, 320, 2_368, 49_407]);
}
