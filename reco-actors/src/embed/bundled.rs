//! The model files that this program carries, so that it works wherever it is copied.

/// The bytes of a bundled file, by its path in the models directory.
#[must_use]
pub fn bundled(path: &str) -> Option<&'static [u8]> {
    match path {
        "minilm-tokenizer.json" => Some(include_bytes!("../../../models/minilm-tokenizer.json")),
        "efficientnet-lite1-240.compact.onnx" => {
            Some(include_bytes!("../../../models/efficientnet-lite1-240.compact.onnx"))
        }
        "efficientnet-lite1-240.compact-256.onnx" => Some(include_bytes!(
            "../../../models/efficientnet-lite1-240.compact-256.onnx"
        )),
        "efficientnet-lite1-240.fine.onnx" => Some(include_bytes!("../../../models/efficientnet-lite1-240.fine.onnx")),
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::{input::hash_bytes, manifest::*};
    use super::*;

    #[test]
    fn every_file_declared_as_bundled_is_carried_with_the_declared_hash() {
        let all = Manifests::built_in();
        let declared: Vec<&FileSpec> = all
            .iter()
            .flat_map(|m| &m.files)
            .filter(|f| f.sources.contains(&Source::Bundled))
            .collect();
        assert!(declared.len() >= 3);
        for file in declared {
            let bytes = bundled(&file.path).unwrap();
            assert_eq!(Some(bytes.len() as u64), file.bytes);
            assert_eq!(Some(hash_bytes(bytes)), file.sha256, "{}", file.path);
        }
    }
}
