//! The pages in a real Chromium.

use serde_json::Value;
use std::path::Path;
use support::{Client, DatabaseKind, Options, TestShop, browser, node};
use tokio::process::Command;

/// What a browser saw of a page, after these steps; `None` where there is no browser.
pub(crate) async fn drive(client: &Client, path: &str, steps: &[&str]) -> Option<Value> {
    let (node, browser) = (node()?, browser()?);
    let profile = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/drive.mjs");
    let mut command = Command::new(node);
    command
        .arg(script)
        .arg(browser)
        .arg(profile.path())
        .arg(client.url(path))
        .args(steps);
    let output = command.output().await.unwrap();
    let seen = serde_json::from_slice(&output.stdout);
    Some(seen.unwrap_or_else(|error| panic!("{error}, {}: {output:?}", output.status)))
}

/// Nothing went wrong, and nobody but the shop was asked.
pub(crate) fn is_clean(client: &Client, seen: &Value) {
    assert_eq!(seen["problems"], serde_json::json!([]), "{seen}");
    for address in seen["requests"].as_array().unwrap() {
        let address = address.as_str().unwrap();
        let own = ["data:", "blob:", "about:"]
            .iter()
            .any(|scheme| address.starts_with(scheme));
        assert!(own || address.starts_with(&client.url("/")), "asked for {address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn graphiql_works_from_its_own_assets_alone() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    let guest = shop.guest();
    if guest.get("/graphiql").send().await.unwrap().status() == 404 {
        return support::skip("GraphiQL is not bundled: run scripts/graphiql and build again");
    }
    let steps = [
        "document.querySelector('.graphiql-container .graphiql-execute-button') !== null",
        "document.querySelectorAll('.graphiql-query-editor .CodeMirror, .graphiql-query-editor .monaco-editor').length",
    ];
    let Some(seen) = drive(&guest, "/graphiql", &steps).await else {
        return;
    };
    is_clean(&guest, &seen);
    assert_eq!(seen["results"].as_array().unwrap().len(), 2, "{seen}");
    let asked = seen["requests"].to_string();
    assert!(
        asked.contains("/assets/graphiql.js") && asked.contains("/graphql"),
        "{asked}"
    );
    shop.stop().await;
}
