//! Encoders of the models that serve, beside those of a generation that is built: until the
//! exchange, what is made or changed gets vectors of both, so that it is recommended at once.

use super::generation::loaded;
use parking_lot::Mutex;
use reco_actors::{
    embed::EmbedderFactory,
    system::{RecoConfig, RecoHandle, RecoSystem},
};
use shop::pipeline::{Generation, GenerationModels};
use std::{fmt, sync::Arc};

/// Finds the encoders of given models; `None` where their files are not there.
pub type OpenModels = Arc<dyn Fn(&GenerationModels) -> Option<Arc<dyn EmbedderFactory>> + Send + Sync>;

/// The encoders beside, while they are needed. Cheap to clone; all clones are one.
#[derive(Clone)]
pub(crate) struct Beside {
    open: OpenModels,
    held: Arc<Mutex<Option<Held>>>,
    config: RecoConfig,
}

/// What was looked for.
struct Held {
    generation: i64,
    /// None where the files of its models are not here.
    encoders: Option<RecoSystem>,
}

impl fmt::Debug for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beside").finish_non_exhaustive()
    }
}

impl Beside {
    /// `config`: of the engine, of which the encoders' part is taken.
    pub(crate) fn new(open: OpenModels, config: RecoConfig) -> Self {
        Self {
            open,
            held: Arc::default(),
            config,
        }
    }

    /// The encoders, if they are needed and there.
    pub(super) fn encoders(&self) -> Option<RecoHandle> {
        let held = self.held.lock();
        held.as_ref()?.encoders.as_ref().map(RecoSystem::handle)
    }

    /// These serve while another generation is built. What cannot be opened is left out: the other
    /// models' work goes on.
    pub(super) async fn need(&self, serving: &Generation) {
        let is_held = |held: &Held| held.generation == serving.id;
        if self.held.lock().as_ref().is_some_and(is_held) {
            return;
        }
        let (open, models) = (Arc::clone(&self.open), serving.models.clone());
        let found = tokio::task::spawn_blocking(move || open(&models)).await;
        let found = found.unwrap_or_else(|died| {
            tracing::error!(%died, "the models that serve cannot be opened");
            None
        });
        let wanted = loaded(&serving.models);
        let found =
            found.filter(|factory| (factory.text_model(), factory.image_model()) == (wanted.text, wanted.image));
        if found.is_none() {
            tracing::warn!(
                generation.id = serving.id,
                "the models that serve are not here: changes wait for the others"
            );
        }
        let start = |factory| match RecoSystem::start(self.config.clone(), Some(factory)) {
            Ok(system) => Some(system),
            Err(error) => {
                tracing::error!(%error, "the models that serve cannot be started");
                None
            }
        };
        self.put(Some(Held {
            generation: serving.id,
            encoders: found.and_then(start),
        }));
    }

    /// Nothing is built any more.
    pub(super) fn rest(&self) {
        if self.held.lock().is_some() {
            self.put(None);
        }
    }

    fn put(&self, next: Option<Held>) {
        let before = std::mem::replace(&mut *self.held.lock(), next);
        if let Some(system) = before.and_then(|held| held.encoders) {
            // Joins its threads.
            tokio::task::spawn_blocking(move || system.shutdown());
        }
    }
}
