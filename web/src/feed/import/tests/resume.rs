//! Imports that die half way, and the runs after them.

use super::*;
use std::collections::HashSet;

const BAD: [u64; 3] = [3, 11, 27];

impl TestImport {
    fn thirty_lamps(&self) -> ImportOptions {
        let mut options = self.feed("lamps.csv", lamps(30, &BAD));
        options.batch = 5;
        options
    }

    async fn assert_complete(&self) {
        let products = self.products().await;
        let names: HashSet<_> = products.iter().map(|p| p.product.name.clone()).collect();
        assert_eq!((products.len(), names.len()), (27, 27));
        let rows: Vec<_> = self
            .rejects()
            .iter()
            .map(|line| line["row"].as_u64().unwrap())
            .collect();
        assert_eq!(rows, BAD);
    }
}

#[tokio::test]
async fn a_run_that_died_behind_a_checkpoint_goes_on_there() {
    let test = TestImport::open().await;
    let options = test.thirty_lamps();
    test.die(&options, Step::Recorded, 3).await;
    let report = test.import(&options).await;
    assert_eq!((report.resumed_at, report.rows), (Some(15), 30));
    assert_eq!(counts(&report), [27, 0, 0, 3], "both runs are counted");
    test.assert_complete().await;
    let again = test.import(&options).await;
    assert_eq!((counts(&again), again.resumed_at), ([0, 0, 27, 3], None));
    test.assert_complete().await;
}

#[tokio::test]
async fn a_run_that_died_between_commit_and_checkpoint_doubles_nothing() {
    let test = TestImport::open().await;
    let options = test.thirty_lamps();
    test.die(&options, Step::Written, 3).await;
    // What it may have written of the rejects before it died.
    let mut text = std::fs::read_to_string(test.path("rejects.jsonl")).unwrap();
    text.push_str("{\"row\":11,\"kind\":\"rejec");
    std::fs::write(test.path("rejects.jsonl"), text).unwrap();
    let report = test.import(&options).await;
    assert_eq!(report.resumed_at, Some(10));
    assert_eq!(counts(&report), [23, 0, 4, 3], "the batch was there already");
    test.assert_complete().await;
}

#[tokio::test]
async fn every_place_to_die_at_leads_to_the_same_shop() {
    for step in [Step::Written, Step::Recorded] {
        let test = TestImport::open().await;
        let options = test.thirty_lamps();
        for _ in 0..4 {
            test.die(&options, step, if step == Step::Written { 2 } else { 1 })
                .await;
        }
        assert_eq!(test.import(&options).await.resumed_at, Some(20), "{step:?}");
        test.assert_complete().await;
    }
}

#[tokio::test]
async fn a_changed_file_or_mapping_begins_anew() {
    let test = TestImport::open().await;
    let mut options = test.thirty_lamps();
    test.die(&options, Step::Recorded, 2).await;
    options.mapping = test.mapping("[fields]\nexternal_id='id'\nname='name'\nprice='price'\n");
    test.die(&options, Step::Recorded, 2).await;
    let options = ImportOptions {
        batch: 5,
        ..test.feed("lamps.csv", lamps(31, &BAD))
    };
    let report = test.import(&options).await;
    assert_eq!((report.resumed_at, report.taken()), (None, 28));
    assert_eq!(test.rejects().len(), BAD.len());
}

#[tokio::test]
async fn restart_begins_at_the_first_row() {
    let test = TestImport::open().await;
    let mut options = test.thirty_lamps();
    test.die(&options, Step::Recorded, 2).await;
    options.restart = true;
    let report = test.import(&options).await;
    assert_eq!((report.resumed_at, counts(&report)), (None, [18, 0, 9, 3]));
    test.assert_complete().await;
}

#[tokio::test]
async fn a_dry_run_leaves_the_checkpoint_alone() {
    let test = TestImport::open().await;
    let options = test.thirty_lamps();
    test.die(&options, Step::Recorded, 2).await;
    let dry = ImportOptions {
        dry_run: true,
        rejects: Some(test.path("dry.jsonl")),
        ..options.clone()
    };
    assert_eq!(test.import(&dry).await.resumed_at, None);
    assert_eq!(test.import(&options).await.resumed_at, Some(10));
    test.assert_complete().await;
}

#[tokio::test]
async fn rejects_that_somebody_removed_do_not_stop_the_run() {
    let test = TestImport::open().await;
    let options = test.thirty_lamps();
    test.die(&options, Step::Recorded, 2).await;
    std::fs::remove_file(test.path("rejects.jsonl")).unwrap();
    let report = test.import(&options).await;
    assert_eq!((report.resumed_at, report.rejected), (Some(10), 3));
    assert_eq!(test.rejects().len(), 2);
}

#[tokio::test]
async fn a_feed_that_breaks_off_keeps_what_came_before() {
    let test = TestImport::open().await;
    let item = |id: u32| format!("<item><g:id>{id}</g:id><title>Thing {id}</title><g:price>1.00 USD</g:price></item>");
    let cut = format!("<rss><channel>{}{}<item><g:id>3", item(1), item(2));
    let options = test.feed("feed.xml", &cut);
    let Err(ImportError::Broken { report, reason }) = test.try_import(&options).await else {
        panic!("the feed is cut")
    };
    assert_eq!((report.created, test.products().await.len()), (2, 2));
    assert!(reason.contains("row 3"), "{reason}");
    assert_eq!(test.rejects()[0]["kind"], "broken");
    let whole = test.feed(
        "feed.xml",
        format!("<rss><channel>{}{}{}</channel></rss>", item(1), item(2), item(3)),
    );
    assert_eq!(counts(&test.import(&whole).await), [1, 0, 2, 0]);
    assert!(!test.path("rejects.jsonl").exists());
}
