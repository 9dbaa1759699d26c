//! Servers that are away, hang or are shared.

use super::*;
use reco_actors::RecoError;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use std::time::Instant;

#[tokio::test]
async fn a_server_that_is_away_fails_soon_and_says_so_without_secrets() {
    let index = store("postgres://shop:hunter2@127.0.0.1:1/x".into(), Duration::from_secs(1)).index(&models(DIMS));
    let began = Instant::now();
    let error = index.begin(ORIGIN).await.unwrap_err();
    assert!(matches!(error, RecoError::Unavailable(_)), "{error}");
    assert!(!format!("{error} {} {index:?}", index.name()).contains("hunter2"));
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn many_processes_open_and_write_one_table_at_once() {
    for url in servers() {
        let namespace = Uuid::new_v4().simple().to_string();
        let process = || {
            PgVectors::new(PgVectorsConfig {
                url: url.clone(),
                namespace: namespace.clone(),
                max_connections: 2,
                patience: Duration::from_secs(30),
            })
            .index(&models(DIMS))
        };
        let work = |index: Arc<dyn VectorIndex>, step: usize| async move {
            let to = begin(&*index).await;
            let all: Vec<VectorChange> = (0..300).map(|number| upsert(number, 1, Some(XY), Some(RED))).collect();
            for some in all.chunks(step) {
                // As nodes do that follow the same changes, in whatever order they were read.
                index.apply(to, some.iter().rev().cloned().collect()).await.unwrap();
            }
            index.build().await.unwrap();
            index.filled(to, head(1)).await.unwrap();
            index
        };
        let (first, _, _) = tokio::join!(work(process(), 70), work(process(), 110), work(process(), 300));
        assert_eq!(first.counts().await.unwrap().items, 300);
        let other = process();
        assert_eq!(
            other.begin(ORIGIN).await.unwrap().reached,
            Some(head(1)),
            "a new process goes on where others were"
        );
        assert_eq!(search(&*other, Like::Item(id(0)), HYBRID, 20).await.len(), 20);
    }
}

#[tokio::test]
async fn sets_of_other_models_and_other_shops_are_kept_apart() {
    for url in servers() {
        let one = store(url.clone(), Duration::from_secs(30));
        let (index, wider) = (one.index(&models(DIMS)), one.index(&models((4, 2))));
        apply(&*index, vec![upsert(1, 1, Some(X), None)]).await;
        assert_eq!(wider.counts().await.unwrap(), VectorCounts::default());
        assert_eq!(one.index(&models(DIMS)).counts().await.unwrap().items, 1);
        let another = store(url, Duration::from_secs(30)).index(&models(DIMS));
        assert_eq!(another.counts().await.unwrap(), VectorCounts::default());
    }
}

#[tokio::test]
async fn a_search_that_takes_too_long_is_given_up_by_the_server() {
    for url in servers() {
        let index = store(url, Duration::from_millis(1)).index(&models((700, 700)));
        let mut random = Random::new(3);
        let block = |random: &mut Random| (0..700).map(|_| random.normal() as f32).collect::<Vec<_>>();
        let mut change = |number| VectorChange::Upsert {
            id: id(number),
            version: 1,
            blocks: UnitBlocks::new(Some(block(&mut random)), Some(block(&mut random)), (700, 700)).unwrap(),
        };
        let all = (0..2_000).map(&mut change).collect();
        apply(&*index, all).await;
        // Nothing is admitted, so that it looks at everything.
        let asked = VectorSearch {
            like: Like::Item(id(1)),
            weights: Weights::DEFAULT,
            admit: Admit::Where(&Those(|_| false)),
            k: 10,
        };
        assert!(matches!(index.search(asked).await, Err(RecoError::Overloaded)));
    }
}

async fn indexes(db: &DatabaseConnection, table: &str) -> Vec<String> {
    let sql = format!("SELECT indexname::text FROM pg_indexes WHERE tablename = '{table}' ORDER BY 1");
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql));
    let rows = rows.await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

#[tokio::test]
async fn an_upgraded_extension_serves_from_what_is_there_until_the_others_are_built() {
    let Some(url) = servers().into_iter().next() else {
        return;
    };
    let namespace = Uuid::new_v4().simple().to_string();
    let process = || {
        PgVectors::new(PgVectorsConfig {
            url: url.clone(),
            namespace: namespace.clone(),
            max_connections: 2,
            patience: Duration::from_secs(30),
        })
        .index(&models(DIMS))
    };
    let first = process();
    fill(&*first, vec![upsert(1, 1, Some(X), None), upsert(2, 1, Some(XY), None)]).await;
    let table = first.name().replace("postgres ", "");
    let db = Database::connect(&url).await.unwrap();
    // As a version without half precision left it.
    for kind in 1..=3 {
        let exchange = format!(
            "DROP INDEX {table}_half{kind}; CREATE INDEX {table}_full{kind} ON {table} \
             USING hnsw (embedding vector_ip_ops) WHERE has = {kind}"
        );
        db.execute_unprepared(&exchange).await.unwrap();
    }
    let upgraded = process();
    assert_eq!(numbers(&search(&*upgraded, Like::Item(id(1)), HYBRID, 9).await), [2]);
    let there = |precision: &str| [1, 2, 3].map(|kind| format!("{table}_{precision}{kind}"));
    let held = indexes(&db, &table).await;
    assert!(there("full").iter().all(|index| held.contains(index)), "{held:?}");
    upgraded.build().await.unwrap();
    let held = indexes(&db, &table).await;
    assert!(there("half").iter().all(|index| held.contains(index)), "{held:?}");
    assert!(there("full").iter().all(|index| !held.contains(index)), "{held:?}");
    assert_eq!(numbers(&search(&*upgraded, Like::Item(id(1)), HYBRID, 9).await), [2]);
}
