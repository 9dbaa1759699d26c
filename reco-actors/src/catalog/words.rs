//! How texts become words: folded to plain lower-case letters, split at spaces, and kept whole
//! where shoppers would. `WH-1000XM4` is `wh`, `1000xm4` and `wh1000xm4`; `1.5` is one word.

use rust_stemmers::{Algorithm, Stemmer};
use std::borrow::Cow;

/// Longest word kept, in bytes; what is longer is cut.
const LONGEST: usize = 64;
/// A compound of more parts than this is a list, not a word.
const MOST_PARTS: usize = 4;
/// Shorter words have no endings worth taking away.
const SHORTEST_STEMMED: usize = 3;

/// Lower case, without accents.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut plain = deunicode::deunicode(text);
    plain.make_ascii_lowercase();
    plain
}

/// One run of letters without spaces: its parts, and all of them in one when there are several.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chunk<'a> {
    pub(super) parts: Vec<Cow<'a, str>>,
    pub(super) joined: Option<String>,
}

impl<'a> Chunk<'a> {
    /// Takes a folded run apart. Apostrophes are no borders: `men's` is `mens`.
    pub(super) fn new(run: &'a str) -> Self {
        if run.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let parts = if run.is_empty() {
                Vec::new()
            } else {
                vec![Cow::Borrowed(cut(run))]
            };
            return Self { parts, joined: None };
        }
        let mut parts = vec![String::new()];
        let bytes = run.as_bytes();
        let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        for (at, &byte) in bytes.iter().enumerate() {
            let decimal = byte == b'.' && digit(at.checked_sub(1)) && digit(Some(at + 1));
            match byte {
                b'\'' | b'`' => {}
                _ if byte.is_ascii_alphanumeric() || decimal => {
                    if let Some(part) = parts.last_mut() {
                        part.push(char::from(byte));
                    }
                }
                _ => parts.push(String::new()),
            }
        }
        parts.retain(|part| !part.is_empty());
        let joined = (2..=MOST_PARTS).contains(&parts.len()).then(|| parts.concat());
        Self {
            parts: parts
                .into_iter()
                .map(|part| Cow::Owned(cut(&part).to_owned()))
                .collect(),
            joined: joined.filter(|joined| joined.len() <= LONGEST),
        }
    }
}

/// Folded text is ASCII: every byte is a border.
fn cut(word: &str) -> &str {
    word.get(..LONGEST).unwrap_or(word)
}

/// Calls `each` with every word of a text, compounds whole and in parts.
pub(super) fn each_word(text: &str, mut each: impl FnMut(&str)) {
    for run in fold(text).split_ascii_whitespace() {
        let chunk = Chunk::new(run);
        chunk.parts.iter().for_each(|part| each(part));
        if let Some(joined) = &chunk.joined {
            each(joined);
        }
    }
}

/// Takes English endings off. Words with figures in them are names and stay.
pub(super) struct Stems(Stemmer);

impl Default for Stems {
    fn default() -> Self {
        Self(Stemmer::create(Algorithm::English))
    }
}

impl Stems {
    pub(super) fn of<'a>(&self, word: &'a str) -> Cow<'a, str> {
        if word.len() < SHORTEST_STEMMED || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Cow::Borrowed(word);
        }
        self.0.stem(word)
    }
}

/// Words that carry no meaning between others: a query's are not asked for.
pub(super) fn is_filler(word: &str) -> bool {
    matches!(
        word,
        "a" | "an" | "and" | "at" | "by" | "for" | "from" | "in" | "is" | "of" | "on" | "or" | "the" | "to" | "with"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        each_word(text, |word| found.push(word.to_owned()));
        found
    }

    #[test]
    fn accents_and_case_do_not_matter() {
        assert_eq!(words("Café CRÈME"), ["cafe", "creme"]);
        assert_eq!(words("L’Oréal men's"), ["loreal", "mens"]);
    }

    #[test]
    fn model_names_and_numbers_stay_whole_and_compounds_are_found_by_their_parts() {
        assert_eq!(words("WH-1000XM4,"), ["wh", "1000xm4", "wh1000xm4"]);
        assert_eq!(words("1.5 kg 1,000"), ["1.5", "kg", "1", "000", "1000"]);
        assert_eq!(words("(T-shirt)"), ["t", "shirt", "tshirt"]);
        assert_eq!(words("a/b/c/d/e"), ["a", "b", "c", "d", "e"]);
        assert_eq!(words(" -- "), Vec::<String>::new());
    }

    #[test]
    fn only_words_of_letters_lose_their_endings() {
        let stems = Stems::default();
        assert_eq!(stems.of("running"), stems.of("runs"));
        assert_eq!(stems.of("1000s"), "1000s");
    }
}
