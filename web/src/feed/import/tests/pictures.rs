//! Products and their pictures.

use super::*;
use axum::{Router, routing::get};
use resvg::tiny_skia::{Color, Pixmap};
use std::sync::atomic::{AtomicUsize, Ordering};

fn png(width: u32, shade: f32) -> Vec<u8> {
    let mut pixels = Pixmap::new(width, 30).unwrap();
    pixels.fill(Color::from_rgba(shade, 0.4, 0.2, 1.0).unwrap());
    pixels.encode_png().unwrap()
}

impl TestImport {
    /// Three lamps with pictures: whole, damaged and missing, too large and one more.
    fn lamps_with_pictures(&self) -> ImportOptions {
        let folder = self.path("photos");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("one.png"), png(200, 0.1)).unwrap();
        std::fs::write(folder.join("two.png"), png(40, 0.9)).unwrap();
        std::fs::write(folder.join("damaged.png"), &png(200, 0.5)[..60]).unwrap();
        let huge = std::fs::File::create(folder.join("huge.png")).unwrap();
        huge.set_len(crate::feed::pictures::LARGEST_PICTURE + 1).unwrap();
        let feed =
            "id,name,image\n1,Lamp,one.png|TWO.png\n2,Desk,damaged.png|absent.png\n3,Bed,huge.png|two.png\n4,Sofa,\n";
        ImportOptions {
            pictures: PictureSource::Dir(folder),
            ..self.feed("feed.csv", feed)
        }
    }
}

#[tokio::test]
async fn a_picture_that_is_not_to_be_had_never_costs_its_product() {
    let test = TestImport::open().await;
    let options = test.lamps_with_pictures();
    let report = test.import(&options).await;
    assert_eq!(counts(&report), [4, 0, 0, 0]);
    assert_eq!((report.pictures_stored, report.pictures_missing), (3, 3));
    let lines = test.rejects();
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line["row"].as_u64().unwrap(), line["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(2, "warning"), (3, "warning")]);
    assert_eq!(lines[0]["external_id"], "2");
    for (line, reason, part) in [(0, 0, "damaged"), (0, 1, "absent.png"), (1, 0, "10 MiB")] {
        let reason = lines[line]["reasons"][reason].as_str().unwrap();
        assert!(reason.contains(part), "{reason}");
    }
    let lamp = test.product("1").await;
    let widths: Vec<_> = lamp
        .media
        .iter()
        .map(|picture| (picture.position, picture.width))
        .collect();
    assert_eq!(widths, [(0, 200), (1, 40)]);
    assert_eq!(
        (lamp.media[0].alt.as_str(), lamp.media[1].alt.as_str()),
        ("Lamp", "Lamp, picture 2")
    );
    assert!(test.product("2").await.media.is_empty());
    let key = lamp.media[0].storage_key.parse().unwrap();
    assert!(test.shop.media().open(&key).await.unwrap().is_some());

    let again = test.import(&options).await;
    assert_eq!((counts(&again), again.pictures_missing), ([0, 0, 4, 0], 3));
}

#[tokio::test]
async fn pictures_follow_their_files_and_stay_when_none_is_to_be_had() {
    let test = TestImport::open().await;
    let options = test.lamps_with_pictures();
    test.import(&options).await;
    std::fs::write(test.path("photos/one.png"), png(220, 0.3)).unwrap();
    std::fs::remove_file(test.path("photos/two.png")).unwrap();
    let report = test.import(&options).await;
    assert_eq!(counts(&report), [0, 1, 3, 0]);
    let lamp = test.product("1").await;
    assert_eq!(
        lamp.media.iter().map(|picture| picture.width).collect::<Vec<_>>(),
        [220]
    );
    assert_eq!(test.product("3").await.media.len(), 1, "its last picture stays");

    let without = ImportOptions {
        pictures: PictureSource::None,
        ..options
    };
    assert_eq!(counts(&test.import(&without).await), [0, 0, 4, 0]);
}

#[tokio::test]
async fn a_dry_run_tells_which_pictures_are_missing() {
    let test = TestImport::open().await;
    let options = ImportOptions {
        dry_run: true,
        ..test.lamps_with_pictures()
    };
    let report = test.import(&options).await;
    assert_eq!(
        (report.valid, report.pictures_missing, report.pictures_stored),
        (4, 1, 0)
    );
}

#[tokio::test]
async fn urls_are_fetched_and_private_ones_refused_unless_allowed() {
    // A second install (another test of this process) is refused and changes nothing.
    drop(rustls::crypto::ring::default_provider().install_default());
    let served = Arc::new(AtomicUsize::new(0));
    let count = served.clone();
    let picture = move || {
        count.fetch_add(1, Ordering::Relaxed);
        async { png(64, 0.2) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, Router::new().route("/a.png", get(picture))).await });

    let test = TestImport::open().await;
    let feed = format!(
        "id\ttitle\tprice\timage_link\tadditional_image_link\n1\tLamp\t5.00 USD\thttp://{address}/a.png\thttp://{address}/gone.png\n"
    );
    let mut options = test.feed("feed.tsv", feed);
    options.pictures = PictureSource::Urls { allow_private: false };
    let refused = test.import(&options).await;
    assert_eq!((counts(&refused), refused.pictures_missing), ([1, 0, 0, 0], 2));
    assert_eq!(served.load(Ordering::Relaxed), 0);
    options.pictures = PictureSource::Urls { allow_private: true };
    let fetched = test.import(&options).await;
    assert_eq!(
        (counts(&fetched), fetched.pictures_stored, fetched.pictures_missing),
        ([0, 1, 0, 0], 1, 1)
    );
    assert!(test.rejects()[0]["reasons"][0].as_str().unwrap().contains("404"));
    server.abort();
}
