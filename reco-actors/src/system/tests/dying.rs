//! Draining, shutting down, and actors that die.

use super::*;
use crate::{actors::Die, embed};
use std::sync::atomic::AtomicUsize;

#[tokio::test]
async fn draining_refuses_newcomers_and_waits_for_those_under_way() {
    let gate = Gate::default();
    let held = gate.clone();
    let system = start(config(), FakeFactory::new().before_text(move |_| held.pass()));
    let handle = system.handle();
    let asking = handle.clone();
    let under_way = tokio::spawn(async move { asking.embed_texts(vec!["a".into()], Priority::Bulk).await });
    eventually("it is under way", || gate.arrived() == 1).await;
    let early = system.drain(Duration::from_millis(5)).await;
    assert!(matches!(early, Err(RecoError::Deadline(5))), "{early:?}");
    let refused = handle.similar(&like(1)).await;
    assert!(matches!(refused, Err(RecoError::Unavailable(_))), "{refused:?}");
    assert!(!handle.status().ready);
    gate.open();
    system.drain(PATIENCE).await.unwrap();
    assert!(soon(under_way).await.unwrap().is_ok());
    system.shutdown();
}

/// Counts encoders that were let go.
struct Mortal {
    inner: FakeFactory,
    dropped: Arc<AtomicUsize>,
}

struct MortalText(Box<dyn embed::EmbedText>, Arc<AtomicUsize>);

impl Drop for MortalText {
    fn drop(&mut self) {
        self.1.fetch_add(1, SeqCst);
    }
}

impl embed::EmbedText for MortalText {
    fn model(&self) -> &embed::ModelInfo {
        self.0.model()
    }

    fn tokens(&self, text: &str) -> usize {
        self.0.tokens(text)
    }

    fn embed(&mut self, texts: &[String]) -> Result<Vec<Vec<f32>>, RecoError> {
        self.0.embed(texts)
    }
}

impl EmbedderFactory for Mortal {
    fn text_model(&self) -> Option<embed::ModelInfo> {
        self.inner.text_model()
    }

    fn image_model(&self) -> Option<embed::ModelInfo> {
        None
    }

    fn text(&self) -> Result<Box<dyn embed::EmbedText>, RecoError> {
        Ok(Box::new(MortalText(self.inner.text()?, Arc::clone(&self.dropped))))
    }

    fn image(&self) -> Result<Box<dyn embed::EmbedImage>, RecoError> {
        self.inner.image()
    }
}

#[tokio::test]
async fn when_shutdown_returns_every_encoder_is_gone_and_handles_say_so() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let inner = FakeFactory::text_only();
    let factory = Mortal {
        inner: inner.clone(),
        dropped: Arc::clone(&dropped),
    };
    let two = RecoConfig {
        text_workers: 2,
        ..config()
    };
    let system = RecoSystem::start(two, Some(Arc::new(factory))).unwrap();
    let handle = system.handle();
    eventually("both encoders live", || handle.status().text.workers_alive == 2).await;
    system.shutdown();
    assert_eq!((inner.built(), dropped.load(SeqCst)), (2, 2));
    let refused = handle.apply(Vec::new(), 1).await;
    assert!(matches!(refused, Err(RecoError::Unavailable(_))), "{refused:?}");
    let refused = handle.embed_texts(vec!["a".into()], Priority::Bulk).await;
    assert!(matches!(refused, Err(RecoError::Unavailable(_))), "{refused:?}");
}

async fn kill_writer(handle: &RecoHandle) {
    let before = handle.status().restarts;
    let actors = handle.shared.actors().unwrap();
    assert!(soon(actors.writer.send(Die)).await.is_err());
    drop(actors);
    eventually("the actors are replaced", || {
        handle.status().restarts == before + 1 && handle.shared.actors().is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_dead_writer_is_replaced_and_nothing_is_lost() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    small_shop(&handle).await;
    let before = ids_like(&handle, &like(1)).await;
    kill_writer(&handle).await;
    assert_eq!(ids_like(&handle, &like(1)).await, before);
    assert!(handle.status().last_error.unwrap().contains("index writer"));
    soon(handle.apply(
        vec![Change::Delete {
            id: before[0],
            version: 2,
        }],
        2,
    ))
    .await
    .unwrap();
    assert!(!ids_like(&handle, &like(1)).await.contains(&before[0]));
    assert_eq!(
        soon(handle.embed_texts(vec!["a".into()], Priority::Bulk))
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(handle.status().ready);
}

#[tokio::test]
async fn dying_too_often_fails_readiness_but_not_reads() {
    let system = start(
        RecoConfig {
            restart_budget: 1,
            ..config()
        },
        FakeFactory::new(),
    );
    let handle = system.handle();
    small_shop(&handle).await;
    kill_writer(&handle).await;
    assert!(handle.status().ready);
    kill_writer(&handle).await;
    let status = handle.status();
    assert!(
        !status.ready && status.degraded.iter().any(|reason| reason.contains("too often")),
        "{status:?}"
    );
    assert_eq!(ids_like(&handle, &like(1)).await.len(), 4);
}
