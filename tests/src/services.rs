//! What some stories need from outside: services, models, a browser. Without them a story is
//! skipped loudly, or fails where the environment says that they must be there.

use reco_actors::embed::EmbedderFactory;
use std::{env, path::PathBuf, process::Command, sync::Arc};
use web::models::ModelSettings;

/// The server of `MYSHOP_TEST_DATABASE_URL`.
#[must_use]
pub fn postgres_url() -> Option<String> {
    variable("MYSHOP_TEST_DATABASE_URL", "PostgreSQL")
}

/// The server of `MYSHOP_TEST_REDIS_URL`.
#[must_use]
pub fn redis_url() -> Option<String> {
    variable("MYSHOP_TEST_REDIS_URL", "Redis")
}

/// The server of `MYSHOP_TEST_PGVECTOR_URL`, which has the extension pgvector.
#[must_use]
pub fn pgvector_url() -> Option<String> {
    let missing = "MYSHOP_TEST_PGVECTOR_URL is not set, so there is no pgvector";
    present(
        env::var("MYSHOP_TEST_PGVECTOR_URL").ok(),
        "MYSHOP_REQUIRE_PGVECTOR",
        missing,
    )
}

/// The models in the directory of `MYSHOP_TEST_MODELS`.
///
/// # Panics
/// When a file is there but does not load.
#[must_use]
pub fn real_models() -> Option<Arc<dyn EmbedderFactory>> {
    let opened = env::var_os("MYSHOP_TEST_MODELS").and_then(|directory| {
        let settings = ModelSettings::new(PathBuf::from(directory));
        web::models::open(&settings).expect("the models of MYSHOP_TEST_MODELS load")
    });
    present(
        opened,
        "MYSHOP_REQUIRE_MODELS",
        "the models of MYSHOP_TEST_MODELS are not there",
    )
}

/// The name of a Chromium that can be run.
#[must_use]
pub fn browser() -> Option<&'static str> {
    let runs = |name: &&str| {
        Command::new(name)
            .arg("--version")
            .output()
            .is_ok_and(|out| out.status.success())
    };
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| runs(name));
    present(found, "MYSHOP_REQUIRE_SERVICES", "there is no Chromium")
}

/// The name of a Node.js that can be run.
#[must_use]
pub fn node() -> Option<&'static str> {
    let runs = Command::new("node").arg("--version").output();
    let found = runs.is_ok_and(|out| out.status.success()).then_some("node");
    present(found, "MYSHOP_REQUIRE_SERVICES", "there is no Node.js")
}

/// Says that a story is not told, and why; fails where everything must be there.
///
/// # Panics
/// When `MYSHOP_REQUIRE_SERVICES` is set.
pub fn skip(missing: &str) {
    present(None::<()>, "MYSHOP_REQUIRE_SERVICES", missing);
}

fn variable(name: &str, service: &str) -> Option<String> {
    let missing = format!("{name} is not set, so there is no {service}");
    present(env::var(name).ok(), "MYSHOP_REQUIRE_SERVICES", &missing)
}

#[expect(clippy::print_stderr, reason = "a skipped story must be seen")]
fn present<T>(found: Option<T>, required: &str, missing: &str) -> Option<T> {
    if found.is_none() {
        assert!(env::var_os(required).is_none(), "{missing}, and {required} is set");
        eprintln!("SKIPPED: {missing}");
    }
    found
}
