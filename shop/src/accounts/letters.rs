//! What is mailed to people: plain text, plain English. A letter that carries a token holds
//! it twice, in a link for those who have a storefront and bare for those who have none.
//! In the link it stands behind the `#`, which browsers send to no server and no other page.

use super::LetterSettings;
use crate::mail::NewMail;

/// Where the storefront takes a new password.
const RESET_PATH: &str = "/reset-password";
/// Where the storefront takes the token of an address.
const VERIFY_PATH: &str = "/verify-email";

const PASSWORD_RESET: &str = "PASSWORD_RESET";
const EMAIL_VERIFICATION: &str = "EMAIL_VERIFICATION";
const PASSWORD_CHANGED: &str = "PASSWORD_CHANGED";
const EMAIL_CHANGED: &str = "EMAIL_CHANGED";
/// Kinds of letters about an account.
pub(super) const KINDS: [&str; 4] = [PASSWORD_RESET, EMAIL_VERIFICATION, PASSWORD_CHANGED, EMAIL_CHANGED];

/// Writes letters of one shop.
#[derive(Debug)]
pub(super) struct Letters {
    shop: String,
    url: Option<String>,
}

impl Letters {
    pub(super) fn new(settings: &LetterSettings) -> Self {
        Self {
            shop: settings.shop_name.clone(),
            url: settings.public_url.clone(),
        }
    }

    pub(super) fn password_reset(&self, to: &str, name: &str, token: &str, hours: i64) -> NewMail {
        let how = self.way(RESET_PATH, token, "choose a new password");
        let body = format!(
            "somebody, probably you, asked for a new password at {shop}.\n\n{how}\n\n\
             This works once, within {hours}. If it was not you, do nothing: your password stays as it is.",
            shop = self.shop,
            hours = hours_in_words(hours),
        );
        self.letter(PASSWORD_RESET, to, name, "Choose a new password", &body)
    }

    pub(super) fn verification(&self, to: &str, name: &str, token: &str, hours: i64) -> NewMail {
        let how = self.way(VERIFY_PATH, token, "confirm that this is your address");
        let body = format!(
            "this address was given to {shop} for an account.\n\n{how}\n\n\
             This works once, within {hours}. If you have no account with us, do nothing.",
            shop = self.shop,
            hours = hours_in_words(hours),
        );
        self.letter(EMAIL_VERIFICATION, to, name, "Confirm your e-mail address", &body)
    }

    pub(super) fn password_changed(&self, to: &str, name: &str) -> NewMail {
        let body = format!(
            "the password of your account at {shop} was changed just now, and other devices were logged out.\n\n\
             If it was not you, ask for a new password at once and write to us.",
            shop = self.shop,
        );
        self.letter(PASSWORD_CHANGED, to, name, "Your password was changed", &body)
    }

    pub(super) fn email_changed(&self, to: &str, name: &str) -> NewMail {
        let body = format!(
            "your account at {shop} has another e-mail address from now on; we write to you here for the last time.\n\n\
             If it was not you, write to us at once.",
            shop = self.shop,
        );
        self.letter(EMAIL_CHANGED, to, name, "Your e-mail address was changed", &body)
    }

    /// How to use a token.
    fn way(&self, path: &str, token: &str, what: &str) -> String {
        let bare = format!("the token\n\n{token}");
        match &self.url {
            Some(url) => format!("To {what}, open\n\n{url}{path}#token={token}\n\nor enter {bare}"),
            None => format!("To {what}, enter {bare}"),
        }
    }

    fn letter(&self, kind: &'static str, to: &str, name: &str, subject: &str, body: &str) -> NewMail {
        NewMail {
            kind,
            to: to.to_owned(),
            subject: format!("{}: {subject}", self.shop),
            text: format!("Hello {name},\n\n{body}\n\n{}\n", self.shop),
            html: None,
        }
    }
}

fn hours_in_words(hours: i64) -> String {
    match hours {
        1 => "an hour".to_owned(),
        hours => format!("{hours} hours"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(url: Option<&str>) -> Letters {
        Letters::new(&LetterSettings {
            shop_name: "Lamps & Co".into(),
            public_url: url.map(str::to_owned),
        })
    }

    #[test]
    fn a_token_stands_in_the_link_where_there_is_one_and_alone_in_any_case() {
        let mail = letters(Some("https://lamps.example")).password_reset("ada@example.com", "Ada", "TOKEN", 1);
        assert!(
            mail.text.contains("https://lamps.example/reset-password#token=TOKEN\n"),
            "{}",
            mail.text
        );
        assert!(mail.text.contains("\n\nTOKEN\n\n"), "{}", mail.text);
        assert!(mail.text.contains("within an hour"), "{}", mail.text);
        assert_eq!(mail.subject, "Lamps & Co: Choose a new password");
        let mail = letters(None).verification("ada@example.com", "Ada", "TOKEN", 24);
        assert!(
            !mail.text.contains("://") && mail.text.contains("\n\nTOKEN\n\n"),
            "{}",
            mail.text
        );
        assert!(mail.text.contains("within 24 hours"), "{}", mail.text);
    }

    #[test]
    fn no_subject_holds_a_token_or_a_name() {
        let letters = letters(None);
        for mail in [
            letters.password_reset("ada@example.com", "Ada", "TOKEN", 1),
            letters.verification("ada@example.com", "Ada", "TOKEN", 1),
            letters.password_changed("ada@example.com", "Ada"),
            letters.email_changed("ada@example.com", "Ada"),
        ] {
            assert!(!mail.subject.contains("TOKEN") && !mail.subject.contains("Ada"));
            assert!(mail.text.starts_with("Hello Ada,\n\n") && mail.to == "ada@example.com");
        }
    }
}
