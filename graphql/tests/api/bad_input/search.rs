//! Searches by a picture among inputs that will not do.

use super::row::{Row, sent, told};
use serde_json::json;
use shop::media::MAX_BYTES;

pub(super) fn rows() -> Vec<Row> {
    let search = || sent("guest", "searchByImage");
    let large = told("FileTooLargeError", "FILE_TOO_LARGE", "file").saying("maxBytes", MAX_BYTES);
    let mut rows = vec![
        search()
            .told(json!({}), [told("InputError", "UNSUPPORTED_MEDIA", "file")])
            .file("<svg/>"),
        search()
            .told(json!({}), [told("InputError", "UNSUPPORTED_MEDIA", "file")])
            .file(""),
        search().told(json!({}), [large]).file(vec![0; MAX_BYTES + 1]),
    ];
    rows.extend(["", "photo.jpg", "#__graphql_file__:7"].map(|file| search().refused(json!({ "file": file }))));
    rows.extend([0, 51].map(|first| search().refused(json!({ "first": first })).file("<svg/>")));
    rows
}
