//! Manifests that are read, and those that are refused.

use super::*;

#[test]
fn every_built_in_manifest_is_valid_and_has_its_own_id() {
    assert_eq!(Manifests::built_in().iter().count(), BUILT_IN.len());
}

#[test]
fn every_built_in_manifest_has_exactly_one_kind() {
    for m in Manifests::built_in().iter() {
        let kinds = usize::from(m.text.is_some()) + usize::from(m.image.is_some()) + usize::from(m.id == RUNTIME_ID);
        assert_eq!(kinds, 1, "{}", m.id);
    }
}

#[test]
fn every_fetched_file_has_a_pinned_hash() {
    for m in Manifests::built_in().iter() {
        for f in &m.files {
            let built_by_a_tool = f.sources.iter().all(|s| matches!(s, Source::Tool(_)));
            assert!(built_by_a_tool || f.sha256.is_some(), "{} {}", m.id, f.path);
        }
    }
}

#[test]
fn a_directory_overrides_and_adds_models() {
    let dir = tempfile::tempdir().unwrap();
    let base = BUILT_IN[2];
    let changed = base.replace("CLIP ViT-B/32, vision side, quantised", "mine");
    std::fs::write(dir.path().join("a.toml"), changed).unwrap();
    std::fs::write(dir.path().join("b.toml"), base.replace("\"clip-vit-b32\"", "\"other\"")).unwrap();
    let all = Manifests::with_directory(dir.path()).unwrap();
    assert_eq!(all.get("clip-vit-b32").unwrap().title, "mine");
    assert_eq!(all.get("other").unwrap().dim, 512);
    assert_eq!(all.iter().count(), BUILT_IN.len() + 1);
}

#[test]
fn an_unknown_id_is_answered_with_the_known_ones() {
    let message = Manifests::built_in().get("nope").unwrap_err().to_string();
    assert!(message.contains("tinyclip-8m"), "{message}");
}

#[test]
fn a_path_that_leaves_the_directory_is_refused() {
    let toml = BUILT_IN[2].replace("clip-vit-b32/vision", "../vision");
    assert!(
        Manifest::parse(&toml)
            .unwrap_err()
            .to_string()
            .contains("inside the models directory")
    );
}

#[test]
fn a_misspelt_key_is_refused() {
    assert!(Manifest::parse(&BUILT_IN[2].replace("licence", "license")).is_err());
}
