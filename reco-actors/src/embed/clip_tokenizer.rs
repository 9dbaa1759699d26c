//! CLIP's tokenizer out of its list of byte-pair merges, which is how the list's authors publish it
//! (Radford et al.: Learning Transferable Visual Models From Natural Language Supervision, 2021).
//!
//! The vocabulary follows from the list: letters for all bytes, the same at the end of a word, what
//! the merges make in their order, and two marks.

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::io::Read as _;
use tokenizers::Tokenizer;

/// Merges that count; the list goes on behind them.
const MERGES: usize = 49_152 - 256 - 2;
const WORD_END: &str = "</w>";
const START: &str = "<|startoftext|>";
const END: &str = "<|endoftext|>";
/// Contractions, words, single digits, and runs of anything else.
const WORDS: &str = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

/// The tokenizer of a gzipped list: a heading, then two parts a line.
pub(super) fn of_merges(packed: &[u8]) -> tokenizers::Result<Tokenizer> {
    let mut list = String::new();
    GzDecoder::new(packed).read_to_string(&mut list)?;
    let merges: Vec<(&str, &str)> = list
        .lines()
        .skip(1)
        .take(MERGES)
        .filter_map(|line| line.split_once(' '))
        .collect();
    let letters: Vec<String> = byte_letters().map(String::from).collect();
    let ends = letters.iter().map(|letter| format!("{letter}{WORD_END}"));
    let merged = merges.iter().map(|(left, right)| format!("{left}{right}"));
    let tokens = letters.iter().cloned().chain(ends).chain(merged);
    let tokens = tokens.chain([START.to_owned(), END.to_owned()]);
    let vocabulary: serde_json::Map<String, Value> =
        tokens.zip(0..).map(|(token, id)| (token, Value::from(id))).collect();
    let id = |mark: &str| vocabulary.get(mark).cloned().unwrap_or_default();
    let mark = |content: &str| {
        json!({ "id": id(content), "content": content, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true })
    };
    let file = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [mark(START), mark(END)],
        "normalizer": { "type": "Sequence", "normalizers": [
            { "type": "NFC" },
            { "type": "Replace", "pattern": { "Regex": r"\s+" }, "content": " " },
            { "type": "Lowercase" },
        ] },
        "pre_tokenizer": { "type": "Sequence", "pretokenizers": [
            { "type": "Split", "pattern": { "Regex": WORDS }, "behavior": "Removed", "invert": true },
            { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false },
        ] },
        "post_processor": { "type": "RobertaProcessing", "cls": [START, id(START)], "sep": [END, id(END)],
            "trim_offsets": false, "add_prefix_space": false },
        "decoder": null,
        "model": { "type": "BPE", "dropout": null, "unk_token": END, "continuing_subword_prefix": "",
            "end_of_word_suffix": WORD_END, "fuse_unk": false, "merges": merges, "vocab": vocabulary },
    });
    Tokenizer::from_bytes(serde_json::to_vec(&file)?)
}

/// A letter for each byte: itself where it can be seen, the others in their order from 256 on. Those
/// that can be seen come first.
fn byte_letters() -> impl Iterator<Item = char> {
    let is_seen = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let unseen = (0..=u8::MAX).filter(move |byte| !is_seen(byte)).count() as u32;
    let seen = (0..=u8::MAX).filter(is_seen).map(char::from);
    seen.chain((256..256 + unseen).filter_map(char::from_u32))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write as _;

    fn packed(merges: &str) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(format!("#version: 0.2\n{merges}").as_bytes()).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn words_become_what_the_merges_make_between_two_marks() {
        let tokenizer = of_merges(&packed("r e\nre d</w>\nd re\ndre s\ndres s</w>\n")).unwrap();
        let ids = |text: &str| tokenizer.encode_fast(text, true).unwrap().get_ids().to_vec();
        // 512 letters, then five merges, then the marks.
        assert_eq!(ids("Red   DRESS"), [517, 513, 516, 518]);
        assert_eq!(ids("red dress"), ids("RED dress"));
        assert_eq!(ids(""), [517, 518]);
        let letter = |letter: char| u32::from(letter) - u32::from('!');
        assert_eq!(ids("a7"), [517, letter('a') + 256, letter('7') + 256, 518]);
    }

    #[test]
    fn every_byte_has_a_letter_of_its_own() {
        let letters: std::collections::BTreeSet<char> = byte_letters().collect();
        assert_eq!((letters.len(), byte_letters().next()), (256, Some('!')));
        assert!(of_merges(b"no gzip").is_err());
    }
}
