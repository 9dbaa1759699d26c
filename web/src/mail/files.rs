//! Mail as files, one `.eml` each, for shops without a server for mail. A file is there
//! whole or not at all, and nobody but the shop's own user reads it: it may hold a token.

use super::Transport;
use async_trait::async_trait;
use lettre::Message;
use shop::mail::SendFailure;
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// A directory of mails.
pub(super) struct FileOutbox {
    directory: PathBuf,
}

impl FileOutbox {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }
}

#[async_trait]
impl Transport for FileOutbox {
    async fn send(&self, id: Uuid, message: &Message) -> Result<(), SendFailure> {
        let (directory, bytes) = (self.directory.clone(), message.formatted());
        let written = tokio::task::spawn_blocking(move || write(&directory, id, &bytes)).await;
        let outcome = written.unwrap_or_else(|error| Err(io::Error::other(error)));
        outcome.map_err(|error| SendFailure {
            message: error.to_string(),
            is_permanent: false,
        })
    }
}

fn write(directory: &Path, id: Uuid, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    // Dropped without being kept, it is removed.
    let mut file = tempfile::Builder::new().prefix(".mail-").tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(directory.join(format!("{}.eml", id.simple())))?;
    Ok(())
}
