//! Stories of the store and of the pictures of a product.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    catalog::{NewProduct, NewVariant, ProductView},
    outbox::{Aspect, Change},
    testing::{TestDatabase, TestShop},
    viewer::Staff,
};
use entities::id::{MediaId, ProductId};
use futures::TryStreamExt;
use image::ImageFormat;

fn problem(result: Result<StoredMedia, ShopError>) -> MediaProblem {
    match result {
        Err(ShopError::Media(problem)) => problem,
        other => panic!("expected a refusal of the picture, got {other:?}"),
    }
}

#[tokio::test]
async fn what_goes_in_comes_out_under_its_keys() {
    let store = MediaStore::in_memory();
    let stored = store
        .ingest(samples::photo(700, 500, ImageFormat::Png).into(), Some("image/png"))
        .await
        .unwrap();
    assert_eq!((stored.width, stored.height), (700, 500));
    let keys: Vec<_> = stored.renditions.iter().map(|copy| &copy.key).collect();
    assert_eq!((stored.renditions[1].width, stored.renditions[1].height), (480, 343));
    for key in keys.into_iter().chain([&stored.key]) {
        let open = store.open(key).await.unwrap().unwrap();
        let body: Vec<Bytes> = open.body.try_collect().await.unwrap();
        assert_eq!(body.concat().len() as u64, open.byte_size);
        assert_eq!(open.content_type, "image/jpeg");
        assert_eq!(store.read(key).await.unwrap().unwrap(), body.concat());
    }
    let missing = stored.key.with(Rendition::Width(960));
    assert!(store.open(&missing).await.unwrap().is_none());
}

#[tokio::test]
async fn the_same_picture_is_stored_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = MediaStore::in_directory(&directory.path().join("media")).unwrap();
    let bytes: Bytes = samples::photo(200, 100, ImageFormat::Jpeg).into();
    let first = store.ingest(bytes.clone(), None).await.unwrap();
    assert_eq!(store.ingest(bytes, Some("image/jpeg")).await.unwrap(), first);
    let objects: Vec<_> = store.objects.list(None).try_collect().await.unwrap();
    assert_eq!(objects.len(), 2);
    let again = MediaStore::in_directory(&directory.path().join("media")).unwrap();
    assert_eq!(again.read(&first.key).await.unwrap().unwrap().len(), first.byte_size);
}

#[tokio::test]
async fn every_refusal_is_typed() {
    let store = MediaStore::in_memory().with_max_bytes(5_000);
    assert_eq!(
        problem(store.ingest(vec![0; 5_001].into(), None).await),
        MediaProblem::TooLarge { limit_bytes: 5_000 }
    );
    assert_eq!(
        problem(store.ingest(Bytes::from_static(b"<svg/>"), None).await),
        MediaProblem::UnsupportedMedia
    );
    let bomb = samples::png_header(60_000, 60_000);
    let expected = MediaProblem::TooManyPixels {
        width: 60_000,
        height: 60_000,
    };
    assert_eq!(problem(store.ingest(bomb.clone().into(), None).await), expected);
    assert_eq!(problem(store.ingest_for_import(bomb.into()).await), expected);
    let cut = samples::png_header(50, 50);
    assert_eq!(problem(store.ingest(cut.into(), None).await), MediaProblem::Corrupt);
    assert_eq!(store.objects.list(None).count().await, 0);
}

#[tokio::test]
async fn permits_come_back_after_success_and_refusal() {
    let store = MediaStore::in_memory();
    for _ in 0..20 {
        store
            .ingest(samples::photo(20, 20, ImageFormat::Gif).into(), None)
            .await
            .unwrap();
        problem(store.ingest(samples::png_header(50, 50).into(), None).await);
    }
    assert_eq!(store.decoding.available_permits(), MEGAPIXELS_AT_ONCE as usize);
}

#[test]
fn the_largest_picture_fits_the_budget() {
    let largest = Header {
        format: ImageFormat::Png,
        width: 10_000,
        height: 4_000,
    };
    assert!(weight_of(largest, Trust::Nobody) <= MEGAPIXELS_AT_ONCE);
    let thumbnail = Header {
        format: ImageFormat::Jpeg,
        width: 60,
        height: 80,
    };
    assert_eq!(weight_of(thumbnail, Trust::Operator), 1);
    assert_eq!(MEGAPIXELS_AT_ONCE / weight_of(thumbnail, Trust::Nobody), 4);
}

#[test]
fn only_a_bucket_address_makes_a_store_in_a_bucket() {
    let shown = MediaStore::in_bucket("s3://pictures/demo/shop").unwrap().objects;
    let shown = format!("{shown:?}");
    assert!(shown.contains("pictures") && shown.contains("demo/shop"));
    assert!(MediaStore::in_bucket("https://example.com/media").is_err());
    assert!(MediaStore::in_bucket("s3://").is_err());
}

async fn product(staff: &Staff<'_>) -> ProductView {
    let variants = vec![NewVariant {
        sku: "LAMP-1".into(),
        ..Default::default()
    }];
    let lamp = NewProduct {
        name: "Lamp".into(),
        variants,
        ..Default::default()
    };
    staff.catalog().product_create(lamp).await.unwrap()
}

fn upload(product: ProductId, width: u32) -> MediaUpload {
    let bytes = samples::photo(width, 40, ImageFormat::Png).into();
    MediaUpload {
        product,
        bytes,
        declared: Some("image/png".into()),
        alt: format!(" {width} wide "),
        position: None,
    }
}

async fn shown(staff: &Staff<'_>, product: ProductId) -> Vec<(MediaId, i32)> {
    let view = staff.catalog().product(product).await.unwrap();
    view.media
        .iter()
        .map(|picture| (picture.id, picture.position))
        .collect()
}

#[tokio::test]
async fn an_upload_is_a_row_a_version_and_a_change_at_once() {
    let test = TestShop::open().await;
    let staff = Staff::operator(&test.shop);
    let before = product(&staff).await;
    test.shop.outbox().publish(100).await.unwrap();
    let picture = staff.media().upload(upload(before.id(), 500)).await.unwrap();
    assert_eq!(
        (picture.position, picture.alt.as_str(), picture.width, picture.height),
        (0, "500 wide", 500, 40)
    );
    let copies: Vec<_> = picture
        .renditions
        .0
        .iter()
        .map(|copy| (copy.width, copy.height))
        .collect();
    assert_eq!(copies, [(160, 13), (480, 38)]);
    for key in picture
        .renditions
        .0
        .iter()
        .map(|copy| &copy.key)
        .chain([&picture.storage_key])
    {
        assert!(test.shop.media().read(&key.parse().unwrap()).await.unwrap().is_some());
    }
    let after = staff.catalog().product(before.id()).await.unwrap();
    assert_eq!(
        (after.product.version, after.media),
        (before.product.version + 1, vec![picture])
    );
    let changes: Vec<_> = test
        .shop
        .outbox()
        .publish(100)
        .await
        .unwrap()
        .iter()
        .map(|one| one.change())
        .collect();
    assert_eq!(changes, [Some(Change::Product(before.id(), Aspect::Media))]);
}

#[tokio::test]
async fn pictures_keep_gapless_places_through_every_change() {
    let test = TestShop::open().await;
    let staff = Staff::operator(&test.shop);
    let id = product(&staff).await.id();
    let first = staff.media().upload(upload(id, 50)).await.unwrap().id;
    let last = staff
        .media()
        .upload(MediaUpload {
            position: Some(99),
            ..upload(id, 51)
        })
        .await
        .unwrap()
        .id;
    let main = staff
        .media()
        .upload(MediaUpload {
            position: Some(0),
            ..upload(id, 52)
        })
        .await
        .unwrap()
        .id;
    assert_eq!(shown(&staff, id).await, [(main, 0), (first, 1), (last, 2)]);
    staff.media().reorder(id, &[last, first, main]).await.unwrap();
    assert_eq!(shown(&staff, id).await, [(last, 0), (first, 1), (main, 2)]);
    assert_eq!(staff.media().delete(last).await.unwrap(), id);
    assert_eq!(shown(&staff, id).await, [(first, 0), (main, 1)]);
}

#[tokio::test]
async fn repeating_an_upload_changes_nothing() {
    let test = TestShop::open().await;
    let staff = Staff::operator(&test.shop);
    let id = product(&staff).await.id();
    let once = staff.media().upload(upload(id, 50)).await.unwrap();
    let version = staff.catalog().product(id).await.unwrap().product.version;
    assert_eq!(staff.media().upload(upload(id, 50)).await.unwrap(), once);
    let view = staff.catalog().product(id).await.unwrap();
    assert_eq!((view.media.len(), view.product.version), (1, version));
}

#[tokio::test]
async fn a_description_can_be_changed_but_not_be_endless() {
    let test = TestShop::open().await;
    let staff = Staff::operator(&test.shop);
    let id = product(&staff).await.id();
    let picture = staff.media().upload(upload(id, 50)).await.unwrap().id;
    let described = staff
        .media()
        .describe(picture, " A lamp\nfrom the left ")
        .await
        .unwrap();
    assert_eq!(described.alt, "A lamp from the left");
    let endless = staff.media().describe(picture, &"x".repeat(501)).await;
    assert!(matches!(endless, Err(ShopError::Invalid(_))));
}

#[tokio::test]
async fn an_order_must_name_every_picture_once() {
    let test = TestShop::open().await;
    let staff = Staff::operator(&test.shop);
    let id = product(&staff).await.id();
    let one = staff.media().upload(upload(id, 50)).await.unwrap().id;
    let two = staff.media().upload(upload(id, 51)).await.unwrap().id;
    for wrong in [
        vec![],
        vec![one],
        vec![one, one],
        vec![one, two, two],
        vec![one, MediaId::generate()],
    ] {
        let refused = staff.media().reorder(id, &wrong).await;
        assert!(matches!(refused, Err(ShopError::Invalid(_))), "{wrong:?}");
    }
    assert_eq!(shown(&staff, id).await, [(one, 0), (two, 1)]);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_and_a_refused_picture_changes_nothing() {
    let test = TestShop::open().await;
    let staff = Staff::operator(&test.shop);
    let media = staff.media();
    assert!(matches!(
        media.upload(upload(ProductId::generate(), 50)).await,
        Err(ShopError::NotFound)
    ));
    assert!(matches!(
        media.delete(MediaId::generate()).await,
        Err(ShopError::NotFound)
    ));
    assert!(matches!(
        media.describe(MediaId::generate(), "x").await,
        Err(ShopError::NotFound)
    ));
    assert!(matches!(
        media.reorder(ProductId::generate(), &[]).await,
        Err(ShopError::NotFound)
    ));
    let before = product(&staff).await;
    let svg = MediaUpload {
        bytes: Bytes::from_static(b"<svg/>"),
        ..upload(before.id(), 50)
    };
    assert!(matches!(
        media.upload(svg).await,
        Err(ShopError::Media(MediaProblem::UnsupportedMedia))
    ));
    assert_eq!(staff.catalog().product(before.id()).await.unwrap(), before);
}

#[tokio::test]
async fn uploads_at_the_same_moment_get_a_place_each() {
    for database in TestDatabase::each().await {
        let test = TestShop::over(database).await;
        let staff = Staff::operator(&test.shop);
        let id = product(&staff).await.id();
        let media = staff.media();
        let uploads = (0..8).map(|number| media.upload(upload(id, 50 + number)));
        futures::future::try_join_all(uploads).await.unwrap();
        let places: Vec<_> = shown(&staff, id).await.into_iter().map(|(_, place)| place).collect();
        assert_eq!(places, [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}

#[tokio::test]
async fn bytes_that_a_product_shows_are_found_again_while_the_store_has_them() {
    let test = TestShop::open().await;
    let staff = Staff::operator(&test.shop);
    let id = product(&staff).await.id();
    let bytes: Bytes = samples::photo(500, 40, ImageFormat::Png).into();
    let stored = test.shop.media().ingest(bytes.clone(), None).await.unwrap();
    assert_eq!(staff.media().find(&bytes).await.unwrap(), None, "no product shows it");
    staff.media().upload(upload(id, 500)).await.unwrap();
    assert_eq!(staff.media().find(&bytes).await.unwrap(), Some(stored.clone()));
    let objects = &test.shop.media().objects;
    objects.delete(&stored.key.location()).await.unwrap();
    assert_eq!(staff.media().find(&bytes).await.unwrap(), None, "the object is lost");
}
