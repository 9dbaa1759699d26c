//! Files from a model hub: resumed where they stopped, and given up on within seconds.

use indicatif::ProgressBar;
use reco_actors::embed::manifest::HubFile;
use reqwest::{Client, StatusCode, header::RANGE};
use std::{path::Path, time::Duration};
use tokio::{fs::OpenOptions, io::AsyncWriteExt};

/// A hub that does not take a connection by then is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Silence after which a download is given up; the next run resumes it.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// A hub.
pub(super) struct Hub {
    client: Client,
    endpoint: String,
}

impl Hub {
    pub(super) fn new(endpoint: &str) -> Result<Self, String> {
        // Another part of the program may have installed a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT);
        let client = builder
            .user_agent(concat!("myshop/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self {
            client: client.map_err(|e| e.to_string())?,
            endpoint: endpoint.to_owned(),
        })
    }

    fn address(&self, file: &HubFile) -> String {
        format!(
            "{}/{}/resolve/{}/{}",
            self.endpoint, file.repo, file.revision, file.path
        )
    }

    /// Whether the hub answers for a file, within seconds. The error is for people.
    pub(super) async fn probe(&self, file: &HubFile) -> Result<(), String> {
        let request = self.client.head(self.address(file)).timeout(CONNECT_TIMEOUT).send();
        let answer = request.await.map_err(|e| self.unreachable(&e))?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(format!("{} answers {}", self.endpoint, answer.status()))
    }

    /// Downloads to `part`, going on after the bytes that are already there. The error is
    /// for people.
    pub(super) async fn fetch(&self, file: &HubFile, part: &Path, bar: &ProgressBar) -> Result<(), String> {
        let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", self.address(file));
        let have = tokio::fs::metadata(part).await.map_or(0, |m| m.len());
        let mut request = self.client.get(self.address(file));
        if have > 0 {
            request = request.header(RANGE, format!("bytes={have}-"));
        }
        let mut answer = request.send().await.map_err(|e| self.unreachable(&e))?;
        let resumed = match answer.status() {
            StatusCode::PARTIAL_CONTENT => true,
            // All bytes are there already; the hash decides whether they are the right ones.
            StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => return Ok(()),
            status if status.is_success() => false,
            status => return Err(failed(&status)),
        };
        let start = if resumed { have } else { 0 };
        let mut options = OpenOptions::new();
        options.create(true).write(true).append(resumed).truncate(!resumed);
        let mut output = options.open(part).await.map_err(|e| failed(&e))?;
        bar.set_length(start + answer.content_length().unwrap_or(0));
        bar.set_position(start);
        while let Some(chunk) = answer.chunk().await.map_err(|e| failed(&e))? {
            output.write_all(&chunk).await.map_err(|e| failed(&e))?;
            bar.inc(chunk.len() as u64);
        }
        output.flush().await.map_err(|e| failed(&e))
    }

    fn unreachable(&self, error: &reqwest::Error) -> String {
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        format!("{} cannot be reached: {cause}", self.endpoint)
    }
}
