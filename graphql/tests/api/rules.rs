//! Rules of the house that the compiler cannot keep here: the library's macros use its
//! own error type in what they generate, so clippy's ban of it would hit every resolver.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where an [`graphql::ApiError`] becomes the library's error, and nowhere else.
const EDGES: [&str; 2] = ["error.rs", "guard.rs"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn no_resolver_returns_an_error_that_publishes_whatever_text_it_is_given() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 30, "the sources were not found");
    for file in files
        .iter()
        .filter(|file| !EDGES.iter().any(|edge| file.ends_with(format!("src/{edge}"))))
    {
        let text = fs::read_to_string(file).unwrap();
        for banned in [
            "async_graphql::Error",
            "async_graphql::Result",
            "async_graphql::*",
            "FieldError",
            "sea_orm",
        ] {
            assert!(!text.contains(banned), "{} mentions {banned}", file.display());
        }
        let imports = text.lines().filter(|line| line.starts_with("use async_graphql::{"));
        let imports = imports.flat_map(|line| line.split(['{', ',', '}', ' ', ';']));
        let mut imports = imports.map(str::trim);
        assert!(
            !imports.any(|name| name == "Error" || name == "Result"),
            "{}",
            file.display()
        );
    }
}
