//! Pictures through real multipart requests: what is one is kept, what is not is refused by
//! name and leaves nothing behind.

use image::ImageFormat;
use serde_json::{Value, json};
use std::path::Path;
use support::{Client, DatabaseKind, NewProduct, Options, TestShop, Upload, each_database, pictures};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

fn file(name: &'static str, content_type: &'static str, bytes: impl Into<Vec<u8>>) -> Upload {
    Upload {
        name,
        content_type,
        bytes: bytes.into(),
    }
}

/// Files below a directory, which need not be there.
fn stored(directory: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return 0;
    };
    let count = |entry: std::fs::DirEntry| {
        if entry.path().is_dir() {
            stored(&entry.path())
        } else {
            1
        }
    };
    entries.map(|entry| count(entry.unwrap())).sum()
}

async fn pictures_of(client: &Client, product: &str) -> Value {
    let query = "query($id: ID!) { product(by: {id: $id}) { media { id url small: url(width: 100) alt width height blurDataUrl } image { id } } }";
    client.data(query, json!({ "id": product })).await["product"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_four_formats_are_kept_with_smaller_copies_and_served() {
    each_database(async |database| {
        let shop = TestShop::start(Options::on(database).models(None)).await;
        let staff = shop.staff().await;
        let kettle = staff.create(NewProduct::named("Steel kettle")).await;
        let formats = [
            (ImageFormat::Jpeg, "a.jpg", "image/jpeg"),
            (ImageFormat::Png, "b.png", "image/png"),
            (ImageFormat::WebP, "c.webp", "image/webp"),
            (ImageFormat::Gif, "d.gif", "image/gif"),
        ];
        for (place, (format, name, content_type)) in formats.into_iter().enumerate() {
            let bytes = pictures::shaded(200 + 10 * place as u32, 100, format);
            let answer = staff.send_picture(&kettle.id, file(name, content_type, bytes)).await;
            assert_eq!(answer["data"]["mediaUpload"]["userErrors"], json!([]), "{answer}");
        }
        let product = pictures_of(&shop.guest(), &kettle.id).await;
        let media = product["media"].as_array().unwrap();
        assert_eq!(media.len(), 4);
        assert_eq!(product["image"]["id"], media[0]["id"]);
        for (place, picture) in media.iter().enumerate() {
            assert_eq!(
                (&picture["width"], &picture["height"]),
                (&json!(200 + 10 * place), &json!(100))
            );
            assert_eq!(picture["alt"], "as it is");
            assert!(picture["blurDataUrl"].as_str().unwrap().starts_with("data:image/"));
            assert_ne!(picture["small"], picture["url"]);
            for (address, width) in [("url", 200 + 10 * place as u32), ("small", 160)] {
                let response = shop
                    .guest()
                    .get(picture[address].as_str().unwrap())
                    .send()
                    .await
                    .unwrap();
                assert_eq!(response.status(), 200);
                let decoded = image::load_from_memory(&response.bytes().await.unwrap()).unwrap();
                assert_eq!(decoded.width(), width);
            }
        }
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_picture_or_too_much_of_one_is_refused_by_name_and_nothing_is_kept() {
    each_database(async |database| {
        let small = |config: &mut web::config::Config| config.media.max_bytes = 64 * 1024;
        let shop = TestShop::start(Options::on(database).models(None).configure(small)).await;
        let staff = shop.staff().await;
        let kettle = staff.create(NewProduct::named("Steel kettle")).await;
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
        let html = "<!doctype html><script>alert(1)</script>";
        let whole = pictures::shaded(100, 80, ImageFormat::Jpeg);
        let half = whole[..whole.len() / 2].to_vec();
        let large = pictures::shaded(400, 300, ImageFormat::Png);
        assert!((64 * 1024..256 * 1024).contains(&large.len()), "{}", large.len());
        let refused = [
            (
                file("logo.svg", "image/svg+xml", svg),
                "InputError",
                "UNSUPPORTED_MEDIA",
            ),
            (file("photo.png", "image/png", svg), "InputError", "UNSUPPORTED_MEDIA"),
            (file("photo.jpg", "image/jpeg", html), "InputError", "UNSUPPORTED_MEDIA"),
            (file("empty.png", "image/png", ""), "InputError", "UNSUPPORTED_MEDIA"),
            (file("half.jpg", "image/jpeg", half), "InputError", "IMAGE_CORRUPT"),
            (
                file("bomb.png", "image/png", pictures::claims(60_000, 60_000)),
                "ImageTooLargeError",
                "IMAGE_TOO_LARGE",
            ),
            (
                file("large.png", "image/png", large),
                "FileTooLargeError",
                "FILE_TOO_LARGE",
            ),
        ];
        for (upload, kind, code) in refused {
            let name = upload.name;
            let answer = staff.send_picture(&kettle.id, upload).await;
            let payload = &answer["data"]["mediaUpload"];
            let error = &payload["userErrors"][0];
            assert_eq!(
                (&error["__typename"], &error["code"]),
                (&json!(kind), &json!(code)),
                "{name}: {answer}"
            );
            assert_eq!(error["path"], json!(["input", "file"]), "{name}");
            assert_eq!(payload["media"], Value::Null);
        }
        assert_eq!(pictures_of(&shop.guest(), &kettle.id).await["media"], json!([]));
        assert_eq!(stored(&shop.config().media_dir()), 0);
        shop.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_far_over_the_limit_is_not_read_to_its_end() {
    let small = |config: &mut web::config::Config| config.media.max_bytes = 64 * 1024;
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None).configure(small)).await;
    let staff = shop.staff().await;
    // Only the head of the request is sent; who waited for the body would never answer.
    let address = staff.url("").replace("http://", "");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: multipart/form-data; boundary=b\r\n\
         Content-Length: 524288\r\nGraphql-Require-Preflight: 1\r\nConnection: close\r\n\r\n"
    );
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 413 "), "{head}");
    let answer: Value = serde_json::from_str(body).unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_picture_twice_is_stored_once() {
    let shop = TestShop::start(Options::on(DatabaseKind::Sqlite).models(None)).await;
    let staff = shop.staff().await;
    let (one, two) = (
        staff.create(NewProduct::named("Steel kettle")).await,
        staff.create(NewProduct::named("Copper kettle")).await,
    );
    let first = staff.picture(&one.id, [1, 2, 3]).await;
    let files = stored(&shop.config().media_dir());
    assert!(files > 0);
    let second = staff.picture(&two.id, [1, 2, 3]).await;
    assert_eq!(first["media"]["url"], second["media"]["url"]);
    assert_eq!(stored(&shop.config().media_dir()), files);
    staff.by_id("mediaDelete", first["media"]["id"].as_str().unwrap()).await;
    let kept = shop
        .guest()
        .get(second["media"]["url"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(kept.status(), 200, "the other product still shows it");
    shop.stop().await;
}
