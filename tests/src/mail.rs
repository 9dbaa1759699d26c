//! Mail as a shop without a server for it sends it: files in its data directory.

use crate::{
    eventually::{PATIENCE, eventually},
    shop::TestShop,
};
use std::fs;

impl TestShop {
    /// The latest mail to an address whose subject holds this text, once it is there.
    ///
    /// # Panics
    /// When none comes.
    pub async fn letter(&self, to: &str, subject: &str) -> String {
        let addressed = format!("To: {to}\r\n");
        let is_it = |mail: &String| {
            let subject_line = mail.lines().find(|line| line.starts_with("Subject: "));
            mail.contains(&addressed) && subject_line.is_some_and(|line| line.contains(subject))
        };
        eventually("the mail comes", PATIENCE, async || {
            let found = self.mails().into_iter().rfind(is_it);
            found.ok_or_else(|| format!("no mail to {to} about {subject}"))
        })
        .await
    }

    /// Every mail so far, the oldest first.
    #[must_use]
    pub fn mails(&self) -> Vec<String> {
        let outbox = self.place().directory().join("outbox");
        let files = fs::read_dir(outbox).into_iter().flatten().flatten();
        let mut files: Vec<_> = files.map(|file| file.path()).collect();
        // Their names sort by time.
        files.sort();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "eml"));
        files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect()
    }

    /// The token in the latest mail to an address whose subject holds this text.
    ///
    /// # Panics
    /// When there is none.
    pub async fn mailed_token(&self, to: &str, subject: &str) -> String {
        token_of(&self.letter(to, subject).await)
    }
}

/// The token in a mail: alone in its line.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn token_of(mail: &str) -> String {
    let is_token = |line: &&str| line.len() == 43 && line.bytes().all(|byte| byte.is_ascii_graphic());
    let token = mail.lines().find(is_token);
    token.unwrap_or_else(|| panic!("no token in {mail}")).to_owned()
}
