//! The processes of the fleet: started, killed, and started again at the same place.

use crate::{Arguments, servers::Redis};
use anyhow::Context;
use std::{
    fs::File,
    net::TcpListener,
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    time::{Duration, Instant},
};
use support::{Client, Place};
use tokio::{
    process::{Child, Command},
    sync::Mutex,
};

/// How long a process may take until it answers.
const START: Duration = Duration::from_secs(60);
/// Between two looks whether it does.
const LOOK: Duration = Duration::from_millis(50);
/// The api processes come first.
pub(crate) const APIS: usize = 2;

struct Process {
    role: &'static str,
    port: u16,
    data: PathBuf,
    child: Option<Child>,
}

/// Two api processes and two workers.
pub(crate) struct Fleet {
    binary: PathBuf,
    models: PathBuf,
    database: String,
    redis: String,
    processes: Vec<Mutex<Process>>,
    clients: Vec<Client>,
    is_stopping: AtomicBool,
    pub(crate) restarts: AtomicUsize,
}

impl Fleet {
    pub(crate) async fn start(arguments: &Arguments, place: &Place, redis: &Redis) -> anyhow::Result<Self> {
        let media = place.directory().join("media");
        std::fs::create_dir_all(&media)?;
        let mut processes = Vec::new();
        let mut clients = Vec::new();
        for (number, role) in ["api", "api", "worker", "worker"].into_iter().enumerate() {
            let data = place.directory().join(format!("{role}-{number}"));
            std::fs::create_dir_all(&data)?;
            // Pictures are shared, as they are in an object store.
            std::os::unix::fs::symlink(&media, data.join("media"))?;
            let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            clients.push(Client::new(format!("http://127.0.0.1:{port}")));
            processes.push(Mutex::new(Process {
                role,
                port,
                data,
                child: None,
            }));
        }
        let fleet = Self {
            binary: std::path::absolute(&arguments.binary)?,
            models: std::path::absolute(&arguments.models)?,
            database: place.database_url(),
            redis: redis.url(),
            processes,
            clients,
            is_stopping: AtomicBool::new(false),
            restarts: AtomicUsize::new(0),
        };
        for number in 0..fleet.processes.len() {
            fleet.run(number).await?;
        }
        Ok(fleet)
    }

    /// How many processes there are.
    pub(crate) fn len(&self) -> usize {
        self.processes.len()
    }

    /// A guest of one process.
    pub(crate) fn client(&self, number: usize) -> &Client {
        &self.clients[number]
    }

    /// Starts a process until it answers; one that ends by itself, because a server that it
    /// needs is away, is started again, as a supervisor would.
    async fn run(&self, number: usize) -> anyhow::Result<()> {
        let mut process = self.processes[number].lock().await;
        let until = Instant::now() + START;
        loop {
            anyhow::ensure!(Instant::now() < until, "a {} did not come up", process.role);
            process.child = Some(self.spawn(&process)?);
            if self.answers(number, &mut process, until).await? {
                return Ok(());
            }
        }
    }

    /// Whether it answers; `false` when it ended before it did.
    async fn answers(&self, number: usize, process: &mut Process, until: Instant) -> anyhow::Result<bool> {
        while Instant::now() < until {
            let is_up = match self.clients[number].get("/healthz").send().await {
                Ok(answer) => answer.status().is_success(),
                Err(_) => false,
            };
            if is_up {
                return Ok(true);
            }
            let child = process.child.as_mut().context("it was started")?;
            if child.try_wait()?.is_some() {
                tokio::time::sleep(LOOK).await;
                return Ok(false);
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(false)
    }

    fn spawn(&self, process: &Process) -> anyhow::Result<Child> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(process.data.join("log"))?;
        let port = process.port.to_string();
        Ok(Command::new(&self.binary)
            .args(["serve", "--role", process.role, "--port", &port])
            .current_dir(&process.data)
            .env("MYSHOP_DATA_DIR", &process.data)
            .env("MYSHOP_MODELS__DIR", &self.models)
            .env("DATABASE_URL", &self.database)
            .env("REDIS_URL", &self.redis)
            .env("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "warn".into()))
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?)
    }

    /// `kill -9`, and a start at the same place.
    pub(crate) async fn replace(&self, number: usize) -> anyhow::Result<()> {
        {
            let mut process = self.processes[number].lock().await;
            if let Some(mut child) = process.child.take() {
                child.kill().await?;
            }
        }
        if self.is_stopping.load(Relaxed) {
            return Ok(());
        }
        self.restarts.fetch_add(1, Relaxed);
        self.run(number).await
    }

    pub(crate) async fn stop(&self) {
        self.is_stopping.store(true, Relaxed);
        for process in &self.processes {
            let child = process.lock().await.child.take();
            if let Some(mut child) = child {
                // It may have ended by itself.
                drop(child.kill().await);
            }
        }
    }
}
