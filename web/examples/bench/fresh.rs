//! From the answer of a mutation to the first search that finds the product, and to the first
//! recommendation that shows it, embedding included.

use crate::{Arguments, percentiles, process::Server};
use serde_json::json;
use std::time::{Duration, Instant};

/// Products created and edited.
const CHANGES: usize = 200;
/// How often the outcome is looked for.
const LOOK: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_secs(10);
const EMAIL: &str = "bench@example.com";
const PASSWORD: &str = "a password for one measurement";

pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    // Not as a demo, whose users and products would stay in the shop.
    let options = [
        ("MYSHOP_SHOP__DEMO", "false"),
        (
            "MYSHOP_AUTH__KEYS",
            r#"[{kid="bench",secret="this shop is measured and thrown away"}]"#,
        ),
        ("MYSHOP_AUTH__FIRST_ADMIN__EMAIL", EMAIL),
        ("MYSHOP_AUTH__FIRST_ADMIN__PASSWORD", PASSWORD),
    ];
    let server = Server::start(arguments, &arguments.shop(), &options, &[])?;
    let log_in = "mutation($input: LogInInput!) { logIn(input: $input) { accessToken } }";
    let input = json!({ "email": EMAIL, "password": PASSWORD });
    let answer = server.ask(None, log_in, json!({ "input": input })).await?;
    let token = answer["logIn"]["accessToken"].as_str().unwrap_or_default().to_owned();
    let (mut found, mut created, mut withdrawn) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..CHANGES {
        let create = "mutation($input: ProductCreateInput!) { productCreate(input: $input) { product { id } userErrors { message } } }";
        let input = json!({
            "name": format!("Walnut phonograph horn number {number}"),
            "description": "A brass and walnut horn for a wind-up phonograph, turned and polished by hand.",
            "publish": true,
            "variants": [{ "sku": format!("BENCH-{number}-{}", uuid::Uuid::now_v7().simple()), "price": "90.00", "stock": 3 }],
        });
        let started = Instant::now();
        let answer = server.ask(Some(&token), create, json!({ "input": input })).await?;
        let committed = Instant::now();
        let id = answer["productCreate"]["product"]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        anyhow::ensure!(!id.is_empty(), "{answer}");
        let name = format!("phonograph horn number {number}");
        search(&server, &name, &id).await?;
        found.push(committed.elapsed().as_secs_f64() * 1e3);
        wait(&server, &id, "VECTORS").await?;
        created.push((
            started.elapsed().as_secs_f64() * 1e3,
            committed.elapsed().as_secs_f64() * 1e3,
        ));
        let delete = "mutation($id: ID!) { productDelete(input: { id: $id }) { userErrors { message } } }";
        let started = Instant::now();
        server.ask(Some(&token), delete, json!({ "id": id })).await?;
        wait(&server, &id, "").await?;
        withdrawn.push(started.elapsed().as_secs_f64() * 1e3);
    }
    let (whole, after): (Vec<f64>, Vec<f64>) = created.into_iter().unzip();
    println!("commit answered → found by search: {}", percentiles(found));
    println!("request sent → recommended, embedding included: {}", percentiles(whole));
    println!(
        "commit answered → recommended, embedding included: {}",
        percentiles(after)
    );
    println!("deletion sent → gone: {}", percentiles(withdrawn));
    Ok(())
}

/// Waits until the product's own recommendations come from this source, or until it is gone.
async fn wait(server: &Server, id: &str, source: &str) -> anyhow::Result<()> {
    let look = "query($id: ID!) { product(by: { id: $id }) { recommendations(first: 5) { source items { score } } } }";
    let until = Instant::now() + PATIENCE;
    loop {
        let answer = server.ask(None, look, json!({ "id": id })).await?;
        let found = answer["product"]["recommendations"]["source"]
            .as_str()
            .unwrap_or_default();
        if found == source {
            return Ok(());
        }
        anyhow::ensure!(Instant::now() < until, "not visible after {PATIENCE:?}: {answer}");
        tokio::time::sleep(LOOK).await;
    }
}

/// Waits until the product is the first that is found by its name.
async fn search(server: &Server, name: &str, id: &str) -> anyhow::Result<()> {
    let look = "query($name: String!) { search(query: $name, first: 1) { nodes { id } } }";
    let until = Instant::now() + PATIENCE;
    loop {
        let answer = server.ask(None, look, json!({ "name": name })).await?;
        if answer["search"]["nodes"][0]["id"] == id {
            return Ok(());
        }
        anyhow::ensure!(Instant::now() < until, "not found after {PATIENCE:?}: {answer}");
        tokio::time::sleep(LOOK).await;
    }
}
