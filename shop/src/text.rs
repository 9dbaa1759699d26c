//! Slugs, and checks of texts that people type.

use crate::error::{Problem, ProblemCode};
use deunicode::deunicode;

/// Longest slug that is made; a suffix may follow.
const LONGEST_SLUG: usize = 80;

/// A URL part made from a title: ASCII letters and digits, joined by single hyphens.
pub(crate) fn slug(title: &str) -> String {
    let ascii = deunicode(title).to_ascii_lowercase();
    let mut slug = String::with_capacity(ascii.len());
    for character in ascii.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') && character != '\'' {
            slug.push('-');
        }
    }
    slug.truncate(LONGEST_SLUG);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "item".to_owned()
    } else {
        slug.to_owned()
    }
}

/// Collects problems, so that a client learns all of them at once.
#[derive(Debug, Default)]
pub(crate) struct Checks(Vec<Problem>);

impl Checks {
    pub(crate) fn fail(&mut self, path: &str, code: ProblemCode, message: impl std::fmt::Display) {
        self.0.push(Problem::new(path, code, message));
    }

    /// A text on one line with 1 to `longest` characters; returned trimmed.
    pub(crate) fn line(&mut self, path: &str, text: &str, longest: usize) -> String {
        let text = text.trim();
        if text.is_empty() {
            self.fail(path, ProblemCode::Required, "must not be empty");
        } else if text.chars().any(char::is_control) {
            self.fail(
                path,
                ProblemCode::Invalid,
                "must be on one line, without control characters",
            );
        }
        self.longest(path, text, longest);
        text.to_owned()
    }

    /// A text of at most `longest` characters, lines allowed.
    pub(crate) fn text(&mut self, path: &str, text: &str, longest: usize) -> String {
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.fail(path, ProblemCode::Invalid, "must not hold control characters");
        }
        self.longest(path, text, longest);
        text.trim().to_owned()
    }

    /// A slug that somebody chose.
    pub(crate) fn slug(&mut self, path: &str, text: &str) -> String {
        if slug(text) != text {
            self.fail(
                path,
                ProblemCode::Invalid,
                "only a–z, 0–9 and single hyphens, at most 80 characters",
            );
        }
        text.to_owned()
    }

    fn longest(&mut self, path: &str, text: &str, longest: usize) {
        if text.chars().count() > longest {
            self.fail(path, ProblemCode::TooLong, format!("at most {longest} characters"));
        }
    }

    pub(crate) fn done(self) -> Result<(), crate::ShopError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(crate::ShopError::Invalid(self.0))
        }
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn titles_become_readable_slugs() {
        assert_eq!(slug("Café “Noir” — Men's Mug, 0.5 l"), "cafe-noir-mens-mug-0-5-l");
        assert_eq!(slug("東京"), "dong-jing");
        assert_eq!(slug("!!!"), "item");
    }

    proptest! {
        #[test]
        fn a_slug_is_its_own_slug(title in ".{0,120}") {
            let once = slug(&title);
            prop_assert_eq!(slug(&once), once);
        }
    }
}
