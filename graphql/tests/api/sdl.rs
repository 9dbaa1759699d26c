//! The committed `schema.graphql` is what the code says. `UPDATE_SCHEMA=1` rewrites it.

use std::{env, fs, path::Path};

#[test]
fn the_committed_schema_is_the_one_the_code_exports() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema.graphql");
    let exported = graphql::sdl();
    if env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&path, &exported).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let difference = exported
        .lines()
        .zip(committed.lines())
        .enumerate()
        .find(|(_, (new, old))| new != old);
    assert!(
        exported == committed,
        "schema.graphql is out of date (first difference: {difference:?}); run with UPDATE_SCHEMA=1 and review the diff"
    );
}

#[test]
fn the_schema_keeps_its_promises_of_form() {
    let sdl = graphql::sdl();
    assert!(!sdl.contains(": JSON"), "no untyped JSON in the schema");
    for line in sdl.lines() {
        let line = line.trim();
        let is_list_of_nullable = line.contains("[") && !line.starts_with('"') && line.contains(": [") && {
            let element = line
                .split(": [")
                .nth(1)
                .and_then(|rest| rest.split(']').next())
                .unwrap_or("!");
            !element.contains('!')
        };
        assert!(
            !is_list_of_nullable || line.starts_with("nodes(ids"),
            "list elements are never null: {line}"
        );
    }
}
