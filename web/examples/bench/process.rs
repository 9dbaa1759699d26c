//! The serving process as its operator sees it: memory and start.

use crate::{
    Arguments,
    import::{command, models_dir},
};
use anyhow::Context;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

/// A server that is killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    pub(crate) took: Duration,
    pub(crate) client: reqwest::Client,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    /// Starts the binary and waits until it says that it is open.
    pub(crate) fn start(
        arguments: &Arguments,
        data: &Path,
        options: &[(&str, &str)],
        words: &[&str],
    ) -> anyhow::Result<Self> {
        let started = Instant::now();
        let mut child = command(arguments)
            .env("MYSHOP_DATA_DIR", data)
            .env("MYSHOP_MODELS__DIR", models_dir(arguments))
            .envs(options.iter().copied())
            .args(["serve", "--port", "0"])
            .args(words)
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(child.stdout.take().context("standard output is piped")?).lines();
        let mut lines = lines.map_while(Result::ok);
        let address = lines
            .find_map(|line| line.split_once("is open at ").map(|(_, address)| address.to_owned()))
            .context("the server ended before it was open")?;
        let took = started.elapsed();
        // Read on, so that the server never writes into a closed pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self {
            child,
            address,
            took,
            client: reqwest::Client::new(),
        })
    }

    /// One operation's data.
    pub(crate) async fn ask(&self, token: Option<&str>, query: &str, variables: Value) -> anyhow::Result<Value> {
        let request = self.client.post(format!("{}/graphql", self.address));
        let request = token.map_or(request.try_clone().context("no stream")?, |token| {
            request.bearer_auth(token)
        });
        let answer: Value = request
            .json(&json!({ "query": query, "variables": variables }))
            .send()
            .await?
            .json()
            .await?;
        anyhow::ensure!(answer.get("errors").is_none(), "{answer}");
        Ok(answer["data"].clone())
    }

    fn memory_mib(&self, field: &str) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find(|line| line.starts_with(field))
            .context("no such figure")?;
        let kib: u64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
        Ok(kib / 1024)
    }
}

pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let shop = arguments.shop();
    for (name, options) in [
        ("both models", &[][..]),
        ("without models", &[("MYSHOP_MODELS__DISABLED", "true")][..]),
    ] {
        let server = Server::start(arguments, &shop, options, &[])?;
        use_it(&server).await?;
        println!(
            "serving 12,000 products, {name}: resident {} MiB (peak {} MiB), open after {:.2} s",
            server.memory_mib("VmRSS")?,
            server.memory_mib("VmHWM")?,
            server.took.as_secs_f64()
        );
    }
    let demo = arguments.work.join("demo");
    if demo.exists() {
        std::fs::remove_dir_all(&demo)?;
    }
    let first = Server::start(arguments, &demo, &[], &["--seed-demo"])?.took;
    let again = Server::start(arguments, &demo, &[], &["--seed-demo"])?;
    use_it(&again).await?;
    println!(
        "demo shop: first start {:.2} s (pictures drawn), later ones {:.2} s, resident {} MiB",
        first.as_secs_f64(),
        again.took.as_secs_f64(),
        again.memory_mib("VmRSS")?
    );
    let bare = Server::start(arguments, &demo, &[("MYSHOP_MODELS__DISABLED", "true")], &[])?;
    use_it(&bare).await?;
    println!("demo shop without models: resident {} MiB", bare.memory_mib("VmRSS")?);
    Ok(())
}

/// A few hundred requests, so that caches are as warm as in real use.
async fn use_it(server: &Server) -> anyhow::Result<()> {
    for offset in (0..2_000).step_by(20) {
        let query =
            "query($offset: Int) { products(first: 20, offset: $offset) { nodes { name slug price { min { amount } }
            image { url } brand { name } rating recommendations(first: 5) { items { product { name } } } } } }";
        server.ask(None, query, json!({ "offset": offset })).await?;
    }
    Ok(())
}
