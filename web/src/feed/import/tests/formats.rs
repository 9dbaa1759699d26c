//! What each format becomes, and what is refused.

use super::*;
use shop::catalog::AttributeValue;

const GOOGLE_XML: &str = r#"<?xml version="1.0"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>
<item><g:id>A1</g:id><title>Tea &amp; cups</title><g:price>15.00 USD</g:price><g:availability>in_stock</g:availability>
<g:product_type>Home &gt; Kitchen</g:product_type><g:brand>Leaf</g:brand></item>
<item><g:id>A2</g:id><title>Pot</title><g:price>15.00 EUR</g:price></item>
</channel></rss>"#;

const GOOGLE_TSV: &str = "id\titem_group_id\ttitle\tprice\tavailability\tsize\n\
    S-1\tshirt\tShirt\t10.00 USD\tin_stock\tS\nS-2\tshirt\tShirt\t12.00 USD\tout_of_stock\tM\n\
    H-1\t\tHat\t5.00 USD\tin_stock\t\n";

#[tokio::test]
async fn a_csv_is_imported_once_however_often_it_is_read() {
    let test = TestImport::open().await;
    let options = test.feed("lamps.csv", lamps(25, &[]));
    let first = test.import(&options).await;
    assert_eq!((counts(&first), first.rows), ([25, 0, 0, 0], 25));
    assert_eq!((first.rejects_file, first.resumed_at), (None, None));
    assert!(!test.path("rejects.jsonl").exists());
    assert_eq!(counts(&test.import(&options).await), [0, 0, 25, 0]);

    let lamp = test.product("L-7").await;
    assert_eq!(
        (lamp.product.name.as_str(), lamp.variants[0].sku.as_str()),
        ("Lamp 7", "L-7")
    );
    assert_eq!(
        (lamp.variants[0].price_amount, lamp.variants[0].stock_on_hand),
        (Some(750), 3)
    );
    assert!(lamp.is_available());
    let changed = test.feed("lamps.csv", lamps(26, &[]).replace("Lamp 7,", "Lantern 7,"));
    assert_eq!(counts(&test.import(&changed).await), [1, 1, 25 - 1, 0]);
    assert_eq!(test.products().await.len(), 26);
}

#[tokio::test]
async fn json_lines_and_arrays_are_imported_packed_or_not() {
    let lines = "{\"id\": 1, \"name\": \"Desk\", \"price\": 9.5}\n{\"id\": 2, \"name\": \"Chair\", \"price\": \"7\"}\n";
    let array = "[{\"id\": 1, \"name\": \"Desk\", \"price\": 9.5}, {\"id\": 2, \"name\": \"Chair\", \"price\": \"7\"}]";
    let test = TestImport::open().await;
    let report = test.import(&test.feed("a.jsonl", lines)).await;
    assert_eq!(counts(&report), [2, 0, 0, 0]);
    assert_eq!(test.product("1").await.variants[0].price_amount, Some(950));
    assert_eq!(counts(&test.import(&test.feed("a.json", array)).await), [0, 0, 2, 0]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, lines.as_bytes()).unwrap();
    let packed = test.feed("b.jsonl.gz", packed.finish().unwrap());
    assert_eq!(counts(&test.import(&packed).await), [0, 0, 2, 0]);
}

#[tokio::test]
async fn google_xml_needs_no_mapping() {
    let test = TestImport::open().await;
    let report = test.import(&test.feed("feed.xml", GOOGLE_XML)).await;
    assert_eq!(counts(&report), [1, 0, 0, 1]);
    let cups = test.product("A1").await;
    assert_eq!(
        (cups.product.name.as_str(), cups.variants[0].price_amount),
        ("Tea & cups", Some(1500))
    );
    let taxonomy = test.shop.catalog().taxonomy();
    let category = taxonomy.category(cups.product.category_id.unwrap()).unwrap();
    assert_eq!(
        (category.name.as_str(), category.parent_id.is_some()),
        ("Kitchen", true)
    );
    assert!(test.rejects()[0]["reasons"][0].as_str().unwrap().contains("15.00 EUR"));
}

#[tokio::test]
async fn rows_of_a_google_group_become_variants_of_one_product() {
    let test = TestImport::open().await;
    let options = test.feed("feed.tsv", GOOGLE_TSV);
    let report = test.import(&options).await;
    assert_eq!((counts(&report), report.rows), ([2, 0, 0, 0], 3));
    let shirt = test.product("shirt").await;
    let variants: Vec<_> = shirt
        .variants
        .iter()
        .map(|v| (v.sku.as_str(), v.title.as_str(), v.price_amount))
        .collect();
    assert_eq!(variants, [("S-1", "S", Some(1000)), ("S-2", "M", Some(1200))]);
    assert_eq!(shirt.variants[1].options.0[0].name, "Size");
    assert_eq!(counts(&test.import(&options).await), [0, 0, 2, 0]);
}

#[tokio::test]
async fn a_product_without_a_price_is_listed_but_cannot_be_bought() {
    let test = TestImport::open().await;
    let mut options = test.feed("feed.csv", "id,title,cost\n1,Vase,\n2,Bowl,4\n");
    let mapping =
        |default| format!("[fields]\nexternal_id='id'\nname='title'\nprice='cost'\n[defaults]\n{default}stock=5\n");
    options.mapping = test.mapping(&mapping(""));
    assert_eq!(counts(&test.import(&options).await), [2, 0, 0, 0]);
    let vase = test.product("1").await;
    assert!(vase.is_published() && !vase.is_available() && vase.price().is_none());
    assert!(test.product("2").await.is_available());

    options.mapping = test.mapping(&mapping("price='19.99'\n"));
    assert_eq!(counts(&test.import(&options).await), [0, 1, 1, 0]);
    assert_eq!(test.product("1").await.variants[0].price_amount, Some(1999));
}

#[tokio::test]
async fn attributes_are_typed_by_the_mapping() {
    let test = TestImport::open().await;
    let mut options = test.feed(
        "feed.jsonl",
        "{\"id\":1,\"name\":\"Vase\",\"specs\":{\"w\":3.5,\"glazed\":true,\"note\":\"two\\nlines\"}}\n",
    );
    options.mapping = test.mapping(
        "[fields]\nexternal_id='id'\nname='name'\n[attributes]\nnote='specs.note'\n\
         width={from='specs.w',type='number'}\nglazed={from='specs.glazed',type='bool'}\n",
    );
    test.import(&options).await;
    let attributes = test.product("1").await.product.attributes.0;
    let value = |key: &str| attributes.iter().find(|a| a.key == key).unwrap().value.clone();
    assert_eq!(value("width"), AttributeValue::Number(3.5));
    assert_eq!(value("glazed"), AttributeValue::Bool(true));
    assert_eq!(value("note"), AttributeValue::Text("two lines".into()));
}

#[tokio::test]
async fn every_refused_row_is_in_the_file_with_all_its_reasons() {
    let test = TestImport::open().await;
    let feed = "id,sku,name,price,category\n1,A,Lamp,5,\n,B,,x,\n3,A,Desk,5,\n4,bad sku!,Bed,5,\n5,E,Sofa,5,a\u{1}b\n6,F,Chair,-1,\n7,G,Stool,5,Home\n8,too,many,values,for,columns\n";
    let report = test.import(&test.feed("feed.csv", feed)).await;
    assert_eq!((counts(&report), report.rows), ([2, 0, 0, 6], 8));
    assert!(!report.is_failure());
    let rejects = test.rejects();
    let rows: Vec<_> = rejects.iter().map(|line| line["row"].as_u64().unwrap()).collect();
    assert_eq!(rows, [2, 3, 4, 5, 6, 8]);
    assert!(rejects.iter().all(|line| line["kind"] == "rejected"));
    assert_eq!(rejects[0]["reasons"].as_array().unwrap().len(), 3);
    assert_eq!(rejects[1]["external_id"], "3");
    for (line, part) in [(1, "sku"), (2, "sku"), (3, "control"), (4, "-1"), (5, "6 values")] {
        let reasons = rejects[line]["reasons"].to_string();
        assert!(reasons.contains(part), "{reasons}");
    }
}

#[tokio::test]
async fn a_dry_run_checks_everything_and_writes_nothing() {
    let test = TestImport::open().await;
    let mut options = test.feed("lamps.csv", lamps(20, &[4]));
    options.dry_run = true;
    let report = test.import(&options).await;
    assert_eq!((report.valid, report.rejected, report.taken()), (19, 1, 19));
    assert_eq!(test.rejects()[0]["row"], 4);
    assert!(test.products().await.is_empty());
    options.dry_run = false;
    assert_eq!(test.import(&options).await.resumed_at, None);
}

#[tokio::test]
async fn a_wrong_mapping_is_told_from_wrong_rows() {
    let test = TestImport::open().await;
    let report = test.import(&test.feed("feed.csv", "sku,title\n1,Lamp\n2,Desk\n")).await;
    assert!(report.is_failure());
    let empty = test.import(&test.feed("empty.csv", "id,name\n")).await;
    assert!(!empty.is_failure());
}

#[tokio::test]
async fn what_cannot_begin_says_why() {
    let test = TestImport::open().await;
    let absent = test.try_import(&test.options(test.path("absent.csv"))).await;
    assert!(absent.unwrap_err().to_string().contains("absent.csv"));
    let nameless = test.try_import(&test.feed("feed", "id,name\n")).await;
    assert!(matches!(nameless, Err(ImportError::UnknownFormat(_))));
    let mut options = test.feed("feed.csv", "id,name\n1,Lamp\n");
    options.mapping = test.mapping("[fields]\nname='name'\n");
    assert!(matches!(test.try_import(&options).await, Err(ImportError::Mapping(_))));
    options.mapping = None;
    options.rejects = Some(options.file.clone());
    assert!(matches!(
        test.try_import(&options).await,
        Err(ImportError::Rejects { .. })
    ));
    assert!(std::fs::metadata(&options.file).unwrap().len() > 0, "the feed is whole");
    options.rejects = None;
    options.pictures = PictureSource::Dir(test.path("nowhere"));
    assert!(matches!(test.try_import(&options).await, Err(ImportError::Pictures(_))));
}
