//! Small data sets that are written here.
#![expect(clippy::unwrap_used, reason = "tests")]

mod shared;

use super::*;
use reco_actors::eval::data::{Event, EventKind};
use sha2::{Digest as _, Sha256};
use std::io::Write as _;
use tempfile::TempDir;

const EVENTS: &str = "person,item,at,kind,group\n\
    ann,lamp,2026-01-01T10:00:00Z,view,\n\
    bob,desk,2026-01-01T09:00:00Z,,\n\
    ann,chair,2026-01-01T10:29:59Z,cart,\n\
    ann,lamp,2026-01-01T10:59:59Z,,\n\
    ann,\"bed, wide\",2026-01-01T11:00:00Z,purchase,\n\
    ann,lamp,2026-01-01T11:00:00Z,purchase,\n\
    bob,lamp,2026-01-01T11:00:00Z,purchase,order 7\n";
const EVENT_LINES: &str = r#"
{"person": "ann", "item": "lamp", "at": "2026-01-01T10:00:00Z", "kind": "view"}
{"person": "bob", "item": "desk", "at": "2026-01-01T10:00:00+01:00"}

{"person": "ann", "item": "chair", "at": "2026-01-01T10:29:59Z", "kind": "cart", "group": null}
{"person": "ann", "item": "lamp", "at": "2026-01-01T10:59:59Z", "kind": ""}
{"person": "ann", "item": "bed, wide", "at": "2026-01-01T11:00:00Z", "kind": "purchase"}
{"person": "ann", "item": "lamp", "at": "2026-01-01T11:00:00Z", "kind": "purchase"}
{"person": "bob", "item": "lamp", "at": "2026-01-01T11:00:00Z", "kind": "purchase", "group": "order 7"}
"#;
const ITEMS: &str = "\u{feff}id,name,description,brand,category,picture,label:room,label:colour\r\n\
    chair,Chair,\"Soft, and\r\nlow\",Oak & Co,Home > Seats,,hall,red\r\n\
    \r\n\
    lamp,Lamp,,,,pictures/lamp.jpg,,blue\r\n";
const ITEM_LINES: &str = r#"{"id": "chair", "name": "Chair", "description": "Soft, and\r\nlow", "brand": "Oak & Co", "category": "Home > Seats", "label:room": "hall", "label:colour": "red"}
{"id": "lamp", "name": " Lamp ", "picture": "pictures/lamp.jpg", "label:colour": "blue"}"#;
const JUDGMENTS: &str = "query,item,grade\nsomething to sit on,chair,3\nsomething to sit on,lamp,0\n";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write(&folder, name, text.as_bytes());
    }
    folder
}

/// Gzipped if the name says so.
fn write(folder: &TempDir, name: &str, text: &[u8]) {
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = std::fs::File::create(path).unwrap();
    if name.ends_with(".gz") {
        let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        packed.write_all(text).unwrap();
        packed.finish().unwrap();
    } else {
        file.write_all(text).unwrap();
    }
}

fn wrong(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    format!("{:#}", read(Kind::Folder, folder.path()).unwrap_err())
}

fn kinds_and_groups(events: &[Event]) -> Vec<(u32, u32, EventKind, u32)> {
    let told = |event: &Event| (event.person, event.item, event.kind, event.group);
    events.iter().map(told).collect()
}

#[test]
fn both_formats_say_the_same_packed_or_not() {
    let picture = ("pictures/lamp.jpg", "JPEG");
    let commas = folder(&[
        ("events.csv", EVENTS),
        ("items.csv", ITEMS),
        ("judgments.csv", JUDGMENTS),
        picture,
    ]);
    let packed = folder(&[
        ("events.jsonl.gz", EVENT_LINES),
        ("items.jsonl.gz", ITEM_LINES),
        ("judgments.csv.gz", JUDGMENTS),
        picture,
    ]);
    let sets = [&commas, &packed].map(|folder| read(Kind::Folder, folder.path()).unwrap());
    for set in &sets {
        let ids: Vec<u128> = set.items.iter().map(|item| item.id.0.as_u128()).collect();
        assert_eq!(ids, [1, 2, 3, 4]);
        let chair = &set.items[0];
        assert_eq!((&*chair.name, &*chair.description), ("Chair", "Soft, and\r\nlow"));
        assert_eq!(chair.brand.as_ref().unwrap().label, "Oak & Co");
        let path: Vec<&str> = chair.categories.iter().map(|level| &*level.slug).collect();
        assert_eq!(path, ["home", "home-seats"]);
        assert!(set.items[2].name.is_empty() && set.items[3].published);
        assert_eq!(set.label_names, ["colour", "room"]);
        let labels = [["red", "hall"], ["blue", ""], ["", ""], ["", ""]];
        assert_eq!(set.labels, labels.map(|of| of.map(str::to_owned).to_vec()));
        let pictures: Vec<Option<&[u8]>> = set.pictures.iter().map(Option::as_deref).collect();
        assert_eq!(pictures, [None, Some(&b"JPEG"[..]), None, None]);
        assert_eq!((set.people, set.has_time, set.judgments.len()), (2, true, 2));
        assert_eq!((set.judgments[0].item, set.judgments[0].grade), (0, 3.0));
        assert_eq!(set.events[0].at_ms, 1_767_258_000_000);
    }
    assert_eq!(sets[0].events, sets[1].events);
    assert_eq!(sets[0].items, sets[1].items);
    assert_ne!(sets[0].digest, sets[1].digest);
}

#[test]
fn half_an_hour_of_silence_ends_a_session_and_one_time_is_one_basket() {
    use EventKind::{Cart, Purchase, View};
    let folder = folder(&[("events.csv", EVENTS)]);
    let set = read(Kind::Folder, folder.path()).unwrap();
    // Of ann, 29:59 is of the session before, 30:00 is not; the basket is a group, the order another.
    let [lamp, desk, chair, bed] = [0, 1, 2, 3];
    let expected = [
        (1, desk, View, 1),
        (0, lamp, View, 2),
        (0, chair, Cart, 2),
        (0, lamp, View, 3),
        (0, bed, Purchase, 4),
        (0, lamp, Purchase, 4),
        (1, lamp, Purchase, 0),
    ];
    assert_eq!(kinds_and_groups(&set.events), expected);
}

#[test]
fn sequence_numbers_only_order_events() {
    let folder = folder(&[(
        "events.jsonl",
        "{\"person\":7,\"item\":2,\"at\":2}\n{\"person\":7,\"item\":1,\"at\":1}",
    )]);
    let set = read(Kind::Folder, folder.path()).unwrap();
    assert!(!set.has_time);
    assert_eq!(set.events.iter().map(|event| event.item).collect::<Vec<_>>(), [1, 0]);
    assert_ne!(set.events[0].group, set.events[1].group);
}

#[test]
fn what_is_wrong_is_told_with_file_line_and_column() {
    let head = "person,item,at,kind\n";
    let events = |rows: &str| wrong(&[("events.csv", &format!("{head}{rows}"))]);
    let said = events("a,b,1\n");
    assert!(said.ends_with("events.csv, line 2: 3 values for 4 columns"), "{said}");
    let said = events("a,b,1,\n\n\r\na,\"b\nc\",2,\na,,3,\n");
    assert!(
        said.ends_with("events.csv, line 7, column `item`: is missing"),
        "{said}"
    );
    let said = events("a,b,1,bought\n");
    assert!(
        said.contains("line 2, column `kind`: `bought` is none of view"),
        "{said}"
    );
    let said = events("a,b,1,\na,b,soon,\n");
    assert!(said.contains("line 3, column `at`: `soon` is neither"), "{said}");
    let said = events("a,b,1,\na,b,1700000000,\n");
    assert!(
        said.contains("line 3, column `at`") && said.contains("only one may be used"),
        "{said}"
    );
    assert!(events("").ends_with("events.csv has no events"));
    let said = wrong(&[("events.csv", "person,item,at,who\na,b,1,c\n")]);
    assert!(
        said.contains("line 2, column `who`: is not known; columns are person"),
        "{said}"
    );
    let said = wrong(&[(
        "events.jsonl.gz",
        "{\"person\":1,\"item\":2,\"at\":3}\n\n{\"person\":[]}\n",
    )]);
    assert!(
        said.contains("events.jsonl.gz, line 3, column `person`: is a list"),
        "{said}"
    );
    let said = wrong(&[("events.jsonl", "{\"person\":\n")]);
    assert!(said.contains("events.jsonl, line 1: not a JSON object: EOF"), "{said}");
}

#[test]
fn nothing_is_left_out_without_a_word() {
    let event = ("events.csv", "person,item,at\na,b,1\n");
    let said = wrong(&[event, ("items.csv", "id,name\nb,B\nb,C\n")]);
    assert!(
        said.ends_with("items.csv, line 3, column `id`: `b` is there already"),
        "{said}"
    );
    let said = wrong(&[event, ("items.csv", "id,label:\nb,B\n")]);
    assert!(said.contains("column `label:`: is not known"), "{said}");
    let said = wrong(&[event, ("judgments.csv", "query,item,grade\nq,b,1\nq,c,1\n")]);
    assert!(
        said.contains("judgments.csv, line 3, column `item`: `c` is an item that"),
        "{said}"
    );
    let said = wrong(&[event, ("judgments.csv", "query,item,grade\nq,b,1\nq,b,0\n")]);
    assert!(said.contains("line 3, column `item`: `b` was judged already"), "{said}");
    let said = wrong(&[event, ("judgments.csv", "query,item,grade\nq,b,NaN\n")]);
    assert!(said.contains("line 2, column `grade`"), "{said}");
    let said = wrong(&[event, ("events.jsonl", "")]);
    assert!(said.contains("there are both events.csv and events.jsonl"), "{said}");
    assert!(wrong(&[("items.csv", "id\n")]).contains("there is no events.csv"));
}

#[test]
fn a_picture_outside_the_folder_is_refused() {
    let outside = folder(&[("secret", "not a picture")]);
    let secret = outside.path().join("secret");
    for path in [secret.to_str().unwrap(), "../secret", "pictures/../../secret", "link"] {
        let inside = folder(&[
            ("events.csv", EVENTS),
            ("items.csv", &format!("id,picture\nlamp,{path}\n")),
        ]);
        std::os::unix::fs::symlink(&secret, inside.path().join("link")).unwrap();
        let said = format!("{:#}", read(Kind::Folder, inside.path()).unwrap_err());
        let expected = format!("items.csv, line 2, column `picture`: `{path}` leads out of the folder");
        assert!(said.ends_with(&expected), "{said}");
    }
    let said = wrong(&[("events.csv", EVENTS), ("items.csv", "id,picture\nlamp,none.jpg\n")]);
    assert!(
        said.contains("line 2, column `picture`: `none.jpg` cannot be read"),
        "{said}"
    );
}

#[test]
fn the_digest_is_of_names_and_bytes() {
    let digest = |files: &[(&str, &str)]| read(Kind::Folder, folder(files).path()).unwrap().digest;
    let (events, items) = ("person,item,at\na,b,1\n", "id\nb\n");
    let sums = [("events.csv", events), ("items.csv", items)];
    let sums = sums.map(|(name, text)| format!("{}  {name}\n", hex::encode(Sha256::digest(text))));
    let expected = hex::encode(Sha256::digest(sums.concat()));
    assert_eq!(
        digest(&[("events.csv", events), ("items.csv", items), ("notes.txt", "not read")]),
        expected
    );
    assert_ne!(digest(&[("events.csv", events)]), expected);
}

#[test]
fn the_kind_is_guessed_by_the_files() {
    let is = |names: &[&str]| guess(folder(&names.iter().map(|name| (*name, "")).collect::<Vec<_>>()).path());
    assert_eq!(is(&["events.jsonl.gz"]), Some(Kind::Folder));
    assert_eq!(is(&["items.csv", "notes.txt"]), None);
    assert_eq!(is(&["Beauty.txt"]), Some(Kind::Beauty));
    assert_eq!(is(&["a.inter"]), Some(Kind::Movielens));
    assert_eq!(is(&["a_train_full.txt.gz", "a_test.txt.gz"]), Some(Kind::Sessions));
    let folder = folder(&[("Toys.txt", "1 2 3\n"), ("notes.txt", "1 note\n")]);
    assert_eq!(guess(&folder.path().join("Toys.txt")), Some(Kind::Beauty));
    assert_eq!(guess(&folder.path().join("notes.txt")), None);
    assert_eq!(guess(&folder.path().join("none")), None);
    let set = read(Kind::Beauty, &folder.path().join("Toys.txt")).unwrap();
    assert_eq!((&*set.name, set.events.len()), ("Toys", 2));
    let said = format!(
        "{:#}",
        read(Kind::Beauty, &folder.path().join("notes.txt")).unwrap_err()
    );
    assert!(
        said.ends_with("notes.txt, line 1: `note` is not a whole number"),
        "{said}"
    );
}
