//! The servers that the fleet leans on, and how they are taken away.

use anyhow::Context;
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::process::{Child, Command};

/// How long Redis may take until it answers.
const START: Duration = Duration::from_secs(20);
/// Between two looks whether it does.
const LOOK: Duration = Duration::from_millis(20);

/// A Redis of this run's own, on loopback, killed when dropped.
pub(crate) struct Redis {
    port: u16,
    directory: PathBuf,
    server: Option<Child>,
}

impl Redis {
    pub(crate) async fn start(directory: &Path) -> anyhow::Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut redis = Self {
            port,
            directory: directory.to_owned(),
            server: None,
        };
        redis.again().await?;
        Ok(redis)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Starts it, empty.
    pub(crate) async fn again(&mut self) -> anyhow::Result<()> {
        let port = self.port.to_string();
        let server = Command::new("redis-server")
            .args([
                "--bind",
                "127.0.0.1",
                "--port",
                &port,
                "--save",
                "",
                "--appendonly",
                "no",
            ])
            .current_dir(&self.directory)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("redis-server is not installed")?;
        self.server = Some(server);
        let until = Instant::now() + START;
        while !self.command("PING").await? {
            anyhow::ensure!(Instant::now() < until, "Redis does not answer");
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut server) = self.server.take() {
            server.kill().await?;
        }
        Ok(())
    }

    pub(crate) async fn flush(&self) -> anyhow::Result<()> {
        anyhow::ensure!(self.command("FLUSHALL").await?, "Redis was not flushed");
        Ok(())
    }

    async fn command(&self, command: &str) -> anyhow::Result<bool> {
        let port = self.port.to_string();
        let done = Command::new("redis-cli")
            .args(["-p", &port, command])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await?;
        Ok(done.success())
    }
}

/// Restarts PostgreSQL as its operator would.
pub(crate) async fn restart_postgres() -> anyhow::Result<()> {
    let script = std::env::var("MYSHOP_TEST_POSTGRES_RESTART").context("MYSHOP_TEST_POSTGRES_RESTART is not set")?;
    let done = Command::new(script).stdout(Stdio::null()).status().await?;
    anyhow::ensure!(done.success(), "PostgreSQL did not restart");
    Ok(())
}
