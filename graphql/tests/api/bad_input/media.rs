//! Pictures among inputs that will not do.

use super::{
    catalogue,
    row::{Row, but, invalid, long, missing, no, out_of_range, sent, told, too_long, too_many},
};
use serde_json::{Value, json};
use shop::media::MAX_BYTES;

pub(super) fn rows() -> Vec<Row> {
    let delete = sent("staff", "mediaDelete").unknown("media");
    [uploads(), no_uploads(), orders(), vec![delete]]
        .into_iter()
        .flatten()
        .collect()
}

/// A PNG that claims a size and holds nothing.
fn hollow(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

fn uploads() -> Vec<Row> {
    let upload = sent("staff", "mediaUpload");
    let of = |members: Value| but(json!({ "productId": "$chair" }), members);
    let large = told("FileTooLargeError", "FILE_TOO_LARGE", "file").saying("maxBytes", MAX_BYTES);
    let wide = told("ImageTooLargeError", "IMAGE_TOO_LARGE", "file").saying("width", 60_000);
    let picture = || hollow(50, 50);
    vec![
        upload
            .told(of(json!({})), [told("InputError", "UNSUPPORTED_MEDIA", "file")])
            .file("<svg/>"),
        upload
            .told(of(json!({})), [told("InputError", "UNSUPPORTED_MEDIA", "file")])
            .file(""),
        upload
            .told(of(json!({})), [told("InputError", "IMAGE_CORRUPT", "file")])
            .file(picture()),
        upload.told(of(json!({})), [large]).file(vec![0; MAX_BYTES + 1]),
        upload.told(of(json!({})), [wide]).file(hollow(60_000, 60_000)),
        upload
            .told(of(json!({ "alt": long(501) })), [too_long("alt")])
            .file(picture()),
        upload
            .told(of(json!({ "position": -1 })), [out_of_range("position")])
            .file(picture()),
        upload
            .told(of(json!({ "productId": no("prod") })), [missing("productId")])
            .file(picture()),
    ]
}

/// Texts in place of a file: some look as if the transport had put them there.
fn no_uploads() -> Vec<Row> {
    let upload = sent("staff", "mediaUpload");
    let texts = [
        "",
        "photo.jpg",
        "#__graphql_file__:7",
        "#__graphql_file__:x",
        "#__graphql_file__:-1",
    ];
    let row = |file: &str| upload.refused(json!({ "productId": "$chair", "file": file }));
    texts.into_iter().map(row).collect()
}

fn orders() -> Vec<Row> {
    let reorder = sent("staff", "mediaReorder");
    let of = |product: &str, ids: Value| json!({ "productId": product, "mediaIds": ids });
    vec![
        reorder.told(of(&no("prod"), json!([])), [missing("productId")]),
        reorder.told(of("$chair", json!([no("media")])), [invalid("mediaIds")]),
        reorder.refused(of("$chair", too_many(json!(no("media"))))),
        reorder.refused(of("$chair", json!(["$chair"]))),
    ]
}

#[tokio::test]
async fn a_bad_picture_is_told_what_is_wrong_with_it() {
    catalogue::stage().await.play(rows()).await;
}
