//! Real catalogues, where they are at hand; none of them is part of this repository.

use super::*;
use std::io::{BufRead, BufReader, Write as _};

/// A file of the shared data, or nothing, and then says so.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn shared(path: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data")
        .join(path);
    if root.exists() {
        return Some(root);
    }
    let is_required = std::env::var("MYSHOP_REQUIRE_SHARED").is_ok_and(|value| value == "1");
    assert!(!is_required, "{path} is missing and MYSHOP_REQUIRE_SHARED=1");
    eprintln!("SKIPPED: {path} is not at hand");
    None
}

fn example(name: &str) -> Option<PathBuf> {
    Some(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../docs/examples")
            .join(name),
    )
}

/// The first lines of a text file.
fn head(reader: impl BufRead, lines: usize) -> String {
    let lines = reader.lines().take(lines).map(|line| line.unwrap() + "\n");
    lines.collect()
}

#[tokio::test]
async fn the_fashion_catalogue_comes_with_a_picture_each() {
    let (Some(feed), Some(tar)) = (
        shared("myntra-fashion/catalog.csv"),
        shared("myntra-fashion/images.tar"),
    ) else {
        return;
    };
    let test = TestImport::open().await;
    let feed = head(BufReader::new(std::fs::File::open(feed).unwrap()), 301);
    let options = ImportOptions {
        mapping: example("myntra.toml"),
        pictures: PictureSource::Tar(tar),
        ..test.feed("catalog.csv", feed)
    };
    let first = test.import(&options).await;
    assert_eq!((first.rows, first.taken() + first.rejected), (300, 300));
    assert!(first.created >= 290, "{first}");
    assert_eq!(first.pictures_stored + first.pictures_missing, first.created);
    assert!(first.pictures_missing <= 3, "{first}");
    let again = test.import(&options).await;
    assert_eq!((again.unchanged, again.rejected), (first.created, first.rejected));
    assert!(
        test.products()
            .await
            .iter()
            .all(|p| p.is_available() && p.product.attributes.0.len() >= 4)
    );
}

#[tokio::test]
async fn the_mixed_catalogue_is_a_json_array() {
    let Some(feed) = shared("dummyjson/products.json") else {
        return;
    };
    let test = TestImport::open().await;
    let options = ImportOptions {
        mapping: example("dummyjson.toml"),
        ..test.options(feed)
    };
    let report = test.import(&options).await;
    assert_eq!(counts(&report), [194, 0, 0, 0]);
    assert_eq!(counts(&test.import(&options).await), [0, 0, 194, 0]);
    let mascara = test.product("1").await;
    assert_eq!(mascara.variants[0].sku, "BEA-ESS-ESS-001");
    assert!(mascara.product.attributes.0.iter().filter(|a| a.key == "tag").count() == 2);
}

#[tokio::test]
async fn the_electronics_catalogue_is_packed_and_messy() {
    let Some(feed) = shared("icecat-electronics/products.jsonl.gz") else {
        return;
    };
    let test = TestImport::open().await;
    let unpacked = flate2::read::MultiGzDecoder::new(std::fs::File::open(feed).unwrap());
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed
        .write_all(head(BufReader::new(unpacked), 500).as_bytes())
        .unwrap();
    let options = ImportOptions {
        mapping: example("icecat.toml"),
        ..test.feed("products.jsonl.gz", packed.finish().unwrap())
    };
    let report = test.import(&options).await;
    assert_eq!((report.rows, report.taken() + report.rejected), (500, 500));
    assert!(report.created >= 480, "{report}");
    assert_eq!(test.import(&options).await.unchanged, report.created);
}

#[tokio::test]
async fn the_first_catalogue_of_the_shop_comes_with_its_photos() {
    let (Some(script), Some(tar)) = (shared("myshop-seed/products.js"), shared("myshop-seed/images.tar")) else {
        return;
    };
    let test = TestImport::open().await;
    let json = json_of_script(&std::fs::read_to_string(script).unwrap());
    let mut options = ImportOptions {
        mapping: example("seed.toml"),
        ..test.feed("products.json", &json)
    };
    assert_eq!(counts(&test.import(&options).await), [60, 0, 0, 0]);
    // These photos are large, and a few of them tell enough.
    let products: Vec<Value> = serde_json::from_str(&json).unwrap();
    options.file = test.feed("some.json", serde_json::to_vec(&products[..8]).unwrap()).file;
    options.pictures = PictureSource::Tar(tar);
    let report = test.import(&options).await;
    assert_eq!((report.pictures_stored, report.pictures_missing), (8, 0));
    assert_eq!(counts(&report), [0, 8, 0, 0]);
    assert_eq!(counts(&test.import(&options).await), [0, 0, 8, 0]);
}

/// The array of a script as JSON: names quoted, strings in double quotes, no comments and no
/// commas behind the last element.
fn json_of_script(script: &str) -> String {
    let start = script.find('[').unwrap();
    let end = script.rfind(']').unwrap();
    let mut rest = &script[start..=end];
    let mut json = String::new();
    while let Some(next) = rest.chars().next() {
        let taken = match next {
            '/' => rest.find('\n').unwrap(),
            '\'' | '"' => {
                let mut text = String::new();
                let mut letters = rest.char_indices().skip(1);
                let end = loop {
                    match letters.next().unwrap() {
                        (_, '\\') => text.push(letters.next().unwrap().1),
                        (at, letter) if letter == next => break at + 1,
                        (_, letter) => text.push(letter),
                    }
                };
                json.push_str(&serde_json::to_string(&text).unwrap());
                end
            }
            letter if letter.is_ascii_alphabetic() => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap();
                json.push_str(&format!("\"{}\"", &rest[..end]));
                end
            }
            ']' | '}' => {
                let end = json.trim_end().trim_end_matches(',').len();
                json.truncate(end);
                json.push(next);
                1
            }
            other => {
                json.push(other);
                other.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    json
}
