//! Embedding requests: admission, order, deadlines, poison, encoders that die or are missing.

use super::*;
use bytes::Bytes;

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// A factory whose first batch waits at the gate; the texts of all batches are kept in order.
fn gated(gate: &Gate) -> (FakeFactory, Arc<Mutex<Vec<Vec<String>>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (gate, record) = (gate.clone(), Arc::clone(&seen));
    let factory = FakeFactory::new().before_text(move |batch| {
        record.lock().push(batch.to_vec());
        gate.pass();
    });
    (factory, seen)
}

fn ask(handle: &RecoHandle, words: &[&str], priority: Priority) -> tokio::task::JoinHandle<Result<usize, RecoError>> {
    let (handle, words) = (handle.clone(), texts(words));
    tokio::spawn(async move { handle.embed_texts(words, priority).await.map(|vectors| vectors.len()) })
}

#[tokio::test]
async fn texts_and_pictures_come_back_in_order_and_an_unreadable_picture_fails_alone() {
    let system = start(config(), FakeFactory::new());
    let handle = system.handle();
    let words = texts(&["a much longer text than the other one", "kettle"]);
    let vectors = soon(handle.embed_texts(words.clone(), Priority::Bulk)).await.unwrap();
    assert_eq!(vectors, [fake_text_vector(&words[0]), fake_text_vector(&words[1])]);
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(3, 3, image::Rgb([9, 200, 9]))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let pictures = vec![Bytes::from_static(b"no picture"), png.into_inner().into()];
    let vectors = soon(handle.embed_images(pictures, Priority::Interactive))
        .await
        .unwrap();
    assert!(matches!(vectors[0], Err(RecoError::BadInput(_))));
    assert_eq!(vectors[1].as_ref().unwrap().len(), FAKE_IMAGE_DIM);
    // Answers go out before the figures are told.
    let counted = || {
        let status = handle.status();
        (status.text.embedded, status.image.embedded) == (2, 2)
    };
    super::eventually("both batches are counted", counted).await;
    system.shutdown();
}

#[tokio::test]
async fn a_full_engine_refuses_at_once_and_bulk_work_leaves_room_for_people() {
    let gate = Gate::default();
    let (factory, _) = gated(&gate);
    let system = start(
        RecoConfig {
            max_embeds: 1,
            ..config()
        },
        factory,
    );
    let handle = system.handle();
    let first = ask(&handle, &["import"], Priority::Bulk);
    eventually("the first batch begins", || gate.arrived() == 1).await;
    let refused = soon(handle.embed_texts(texts(&["more"]), Priority::Bulk)).await;
    assert!(matches!(refused, Err(RecoError::Overloaded)), "{refused:?}");
    let person = ask(&handle, &["question"], Priority::Interactive);
    eventually("the person's question waits", || handle.status().text.queued == 1).await;
    gate.open();
    assert_eq!(soon(first).await.unwrap().unwrap(), 1);
    assert_eq!(soon(person).await.unwrap().unwrap(), 1);
    assert!(
        soon(handle.embed_texts(texts(&["again"]), Priority::Bulk))
            .await
            .is_ok()
    );
    assert_eq!(handle.status().refused, 1);
}

#[tokio::test]
async fn a_request_past_its_deadline_is_told_so() {
    let gate = Gate::default();
    let (factory, _) = gated(&gate);
    let system = start(
        RecoConfig {
            deadline: Duration::from_millis(5),
            ..config()
        },
        factory,
    );
    let late = soon(system.handle().embed_texts(texts(&["slow"]), Priority::Interactive)).await;
    assert!(matches!(late, Err(RecoError::Deadline(5))), "{late:?}");
    gate.open();
}

#[tokio::test]
async fn people_go_ahead_of_bulk_work() {
    let gate = Gate::default();
    let (factory, seen) = gated(&gate);
    let system = start(config(), factory);
    let handle = system.handle();
    let first = ask(&handle, &["first"], Priority::Bulk);
    eventually("the first batch begins", || gate.arrived() == 1).await;
    let bulk = ask(&handle, &["bulk one", "bulk two"], Priority::Bulk);
    eventually("bulk work waits", || handle.status().text.queued == 2).await;
    let person = ask(&handle, &["person"], Priority::Interactive);
    eventually("everybody waits", || handle.status().text.queued == 3).await;
    gate.open();
    for asked in [first, bulk, person] {
        soon(asked).await.unwrap().unwrap();
    }
    let order = [texts(&["first"]), texts(&["person"]), texts(&["bulk one", "bulk two"])];
    assert_eq!(*seen.lock(), order);
}

#[tokio::test]
async fn work_of_a_caller_that_left_is_dropped() {
    let gate = Gate::default();
    let (factory, seen) = gated(&gate);
    let system = start(config(), factory);
    let handle = system.handle();
    let first = ask(&handle, &["first"], Priority::Bulk);
    eventually("the first batch begins", || gate.arrived() == 1).await;
    let left = ask(&handle, &["left"], Priority::Bulk);
    eventually("the caller waits", || handle.status().text.queued == 1).await;
    left.abort();
    assert!(soon(left).await.unwrap_err().is_cancelled());
    gate.open();
    soon(first).await.unwrap().unwrap();
    soon(handle.embed_texts(texts(&["last"]), Priority::Bulk))
        .await
        .unwrap();
    assert_eq!(*seen.lock(), [texts(&["first"]), texts(&["last"])]);
    assert_eq!(handle.status().text.abandoned, 1);
}

#[tokio::test]
async fn a_poisonous_input_fails_alone_and_its_encoder_is_rebuilt() {
    let gate = Gate::default();
    let held = gate.clone();
    let factory = FakeFactory::new().before_text(move |batch| {
        held.pass();
        assert!(!batch.iter().any(|text| text == "poison"), "bitten");
    });
    let system = start(config(), factory.clone());
    let handle = system.handle();
    let first = ask(&handle, &["first"], Priority::Bulk);
    eventually("the first batch begins", || gate.arrived() == 1).await;
    let asked = ["good", "poison", "fine"].map(|word| ask(&handle, &[word], Priority::Bulk));
    eventually("all wait", || handle.status().text.queued == 3).await;
    gate.open();
    soon(first).await.unwrap().unwrap();
    let [good, poison, fine] = asked;
    assert_eq!(soon(good).await.unwrap().unwrap(), 1);
    assert_eq!(soon(fine).await.unwrap().unwrap(), 1);
    let poisoned = soon(poison).await.unwrap();
    assert!(matches!(poisoned, Err(RecoError::Unavailable(_))), "{poisoned:?}");
    // One text and one image encoder at the start, then one after the batch, one after the poison.
    eventually("both deaths are made good", || handle.status().text.restarts == 2).await;
    assert_eq!(factory.built(), 4);
    assert!(handle.status().text.last_error.unwrap().contains("bitten"));
}

#[tokio::test]
async fn without_a_model_the_caller_is_told_which_and_models_may_come_and_go() {
    let system = RecoSystem::start(config(), None).unwrap();
    let handle = system.handle();
    let none = soon(handle.embed_texts(texts(&["a"]), Priority::Interactive)).await;
    assert!(matches!(none, Err(RecoError::Model { .. })), "{none:?}");
    assert!(
        handle
            .status()
            .degraded
            .iter()
            .any(|reason| reason == "no text model is loaded")
    );
    soon(handle.set_embedders(shared_factory())).await.unwrap();
    assert_eq!(handle.models().text.unwrap().id, "fake-text");
    soon(handle.embed_texts(texts(&["a"]), Priority::Interactive))
        .await
        .unwrap();
    soon(handle.set_embedders(Some(Arc::new(FakeFactory::image_only()))))
        .await
        .unwrap();
    let gone = soon(handle.embed_texts(texts(&["a"]), Priority::Interactive)).await;
    assert!(matches!(gone, Err(RecoError::Model { .. })), "{gone:?}");
}

/// Cannot be built the first few times, as when a file is still being written.
struct Unfinished {
    inner: FakeFactory,
    failures: std::sync::atomic::AtomicUsize,
}

impl EmbedderFactory for Unfinished {
    fn text_model(&self) -> Option<crate::embed::ModelInfo> {
        self.inner.text_model()
    }

    fn image_model(&self) -> Option<crate::embed::ModelInfo> {
        None
    }

    fn text(&self) -> Result<Box<dyn crate::embed::EmbedText>, RecoError> {
        let left = self.failures.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
        match left {
            Ok(_) => Err(RecoError::Model {
                model: "fake-text".into(),
                reason: "truncated".into(),
            }),
            Err(_) => self.inner.text(),
        }
    }

    fn image(&self) -> Result<Box<dyn crate::embed::EmbedImage>, RecoError> {
        self.inner.image()
    }
}

#[tokio::test]
async fn a_model_that_cannot_be_loaded_is_reported_and_tried_again() {
    let system = RecoSystem::start(config(), None).unwrap();
    let handle = system.handle();
    let factory = Unfinished {
        inner: FakeFactory::text_only(),
        failures: 3.into(),
    };
    let refused = soon(handle.set_embedders(Some(Arc::new(factory)))).await;
    assert!(
        matches!(&refused, Err(RecoError::Model { reason, .. }) if reason.contains("truncated")),
        "{refused:?}"
    );
    eventually("it loads in the end", || handle.status().text.workers_alive == 1).await;
    assert_eq!(
        soon(handle.embed_texts(texts(&["a"]), Priority::Interactive))
            .await
            .unwrap()
            .len(),
        1
    );
}
