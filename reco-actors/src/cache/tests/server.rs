//! A Redis of a test's own, which may be emptied, stopped and started again, and a wire to it
//! that can be held up.

use super::{PATIENCE, eventually, skip};
use redis::aio::MultiplexedConnection;
use std::{
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::Arc,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Killed when dropped.
pub(super) struct Server {
    child: Child,
    port: u16,
    _home: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port nobody listens on, or nothing where there is no Redis to put there.
pub(super) fn free_port() -> Option<u16> {
    let version = Command::new("redis-server")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if version.is_err() {
        assert!(
            std::env::var("MYSHOP_REQUIRE_SERVICES").is_err(),
            "there is no redis-server"
        );
        skip("there is no redis-server");
        return None;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    Some(listener.local_addr().unwrap().port())
}

impl Server {
    pub(super) async fn start_on(port: u16) -> Self {
        let home = tempfile::tempdir().unwrap();
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .arg("--port")
            .arg(port.to_string())
            .arg("--dir")
            .arg(home.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            child,
            port,
            _home: home,
        };
        let up = async {
            let client = redis::Client::open(server.url()).unwrap();
            while client.get_multiplexed_async_connection().await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, up).await.expect("a Redis in time");
        server
    }

    pub(super) async fn start() -> Option<Self> {
        Some(Self::start_on(free_port()?).await)
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    pub(super) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    pub(super) async fn connection(&self) -> MultiplexedConnection {
        let client = redis::Client::open(self.url()).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }

    pub(super) async fn ask<T: redis::FromRedisValue>(&self, command: &str) -> T {
        let mut words = command.split(' ');
        let mut asked = redis::cmd(words.next().unwrap());
        words.for_each(|word| {
            asked.arg(word);
        });
        asked.query_async(&mut self.connection().await).await.unwrap()
    }

    /// How often this command ran.
    pub(super) async fn runs(&self, command: &str) -> u64 {
        let stats: String = self.ask("INFO commandstats").await;
        let line = stats
            .lines()
            .find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        line.map_or(0, |rest| rest.split(',').next().unwrap().parse().unwrap())
    }
}

/// Hands everything on, but the answers only while it is open.
pub(super) struct Wire {
    open: watch::Sender<bool>,
    answers: Arc<std::sync::atomic::AtomicU64>,
    address: SocketAddr,
}

impl Wire {
    pub(super) async fn to(server: SocketAddr, open: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let open = watch::Sender::new(open);
        let answers = Arc::default();
        tokio::spawn(accept(listener, server, open.subscribe(), Arc::clone(&answers)));
        Self { open, answers, address }
    }

    pub(super) fn url(&self) -> String {
        format!("redis://{}/", self.address)
    }

    pub(super) fn set(&self, open: bool) {
        self.open.send_replace(open);
    }

    /// Waits until an answer is held up or has gone through.
    pub(super) async fn more_than(&self, answers: u64) {
        eventually("there is an answer", || self.answers() > answers).await;
    }

    pub(super) fn answers(&self) -> u64 {
        self.answers.load(std::sync::atomic::Ordering::SeqCst)
    }
}

async fn accept(
    listener: TcpListener,
    server: SocketAddr,
    open: watch::Receiver<bool>,
    answers: Arc<std::sync::atomic::AtomicU64>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let (mut asks, mut hears) = client.into_split();
        let (mut from, mut to) = TcpStream::connect(server).await.unwrap().into_split();
        tokio::spawn(async move { tokio::io::copy(&mut asks, &mut to).await });
        let (mut open, answers) = (open.clone(), Arc::clone(&answers));
        tokio::spawn(async move {
            let mut buffer = vec![0; 65_536];
            while let Ok(length @ 1..) = from.read(&mut buffer).await {
                answers.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let opened = open.wait_for(|open| *open).await.is_ok();
                if !opened || hears.write_all(&buffer[..length]).await.is_err() {
                    return;
                }
            }
        });
    }
}
