//! Stories of broken and finished imports, on SQLite and PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::testing::TestShop;
use serde::Deserialize;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    line: u64,
}

#[tokio::test]
async fn a_broken_import_goes_on_where_it_stopped_and_a_finished_one_begins_anew() {
    for TestShop { shop, .. } in &TestShop::each().await {
        let imports = shop.imports();
        let mut run = imports.begin::<Place>("feed.csv", shop.now()).await.unwrap();
        assert_eq!((run.is_resumed, run.checkpoint.line), (false, 0));
        run.checkpoint.line = 500;
        imports.checkpoint(&run, shop.now()).await.unwrap();

        let other = imports.begin::<Place>("other.csv", shop.now()).await.unwrap();
        assert_eq!((other.is_resumed, other.checkpoint.line), (false, 0));
        let mut run = imports.begin::<Place>("feed.csv", shop.now()).await.unwrap();
        assert_eq!((run.is_resumed, run.checkpoint.line), (true, 500));

        run.checkpoint.line = 900;
        imports.finish(&run, shop.now()).await.unwrap();
        let run = imports.begin::<Place>("feed.csv", shop.now()).await.unwrap();
        assert_eq!((run.is_resumed, run.checkpoint.line), (false, 0));
        let run = imports.begin::<Place>("feed.csv", shop.now()).await.unwrap();
        assert!(run.is_resumed, "the new one was broken off in turn");
    }
}

#[tokio::test]
async fn a_checkpoint_of_another_form_begins_anew() {
    #[derive(Default, Serialize, Deserialize)]
    struct Older {
        offset: String,
    }
    for TestShop { shop, .. } in &TestShop::each().await {
        let run = shop.imports().begin::<Older>("feed.csv", shop.now()).await.unwrap();
        shop.imports().checkpoint(&run, shop.now()).await.unwrap();
        let run = shop.imports().begin::<Place>("feed.csv", shop.now()).await.unwrap();
        assert_eq!((run.is_resumed, run.checkpoint.line), (false, 0));
    }
}
