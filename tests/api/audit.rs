//! The public audit suite of the GraphQL-over-HTTP specification, as its authors wrote it.

use std::{path::Path, process::Output};
use support::{DatabaseKind, Options, TestShop, node};
use tokio::process::Command;

fn text(output: &Output) -> String {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    format!("{out}{err}")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_audit_of_the_specification_holds_must_should_and_may() {
    let Some(node) = node() else { return };
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("audit");
    if !directory.join("node_modules/graphql-http").is_dir() {
        let install = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&directory)
            .output();
        let installed = install.await.unwrap();
        assert!(installed.status.success(), "{}", text(&installed));
    }
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    let url = shop.guest().url("/graphql");
    let audit = Command::new(node)
        .arg("audit.mjs")
        .arg(url)
        .current_dir(&directory)
        .output();
    let audited = audit.await.unwrap();
    assert!(audited.status.success(), "{}", text(&audited));
    assert!(text(&audited).contains("\"audits\":"), "{}", text(&audited));
    shop.stop().await;
}
