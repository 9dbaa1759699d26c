//! Nothing secret is logged or shown.

use super::*;
use std::{io::Write, sync::Mutex};

/// Everything that is logged while it lives.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_password_hash_or_token_is_logged_or_shown() {
    let log = Log::default();
    let writer = log.clone();
    let everything = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    let guard = tracing::subscriber::set_default(everything.with_writer(move || writer.clone()).finish());
    let (accounts, _database) = accounts().await;
    let new_account = account("ada@example.com");
    accounts.register(new_account.clone()).await.unwrap();
    let logged_in = accounts.log_in(attempt("ada@example.com", PASSWORD)).await.unwrap();
    let viewer = accounts.authenticate(Some(&logged_in.access.token)).await.unwrap();
    refusal(&accounts, &format!("{}x", logged_in.access.token)).await;
    let row = user_account::Entity::find().one(&accounts.db).await.unwrap().unwrap();
    drop(guard);
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("access token refused"), "nothing was captured");
    let shown = format!("{logged} {new_account:?} {logged_in:?} {viewer:?} {accounts:?}");
    assert!(!shown.contains("ada@example.com"), "a person is shown");
    let shown = format!("{shown} {row:?}");
    let salt_and_hash = row.password_hash.0.rsplit('$').next().unwrap();
    let tokens = [&logged_in.access.token, &logged_in.refresh.token];
    for secret in [PASSWORD, SECRET, salt_and_hash, tokens[0], tokens[1]] {
        assert!(!shown.contains(secret), "{secret} is shown");
    }
}
