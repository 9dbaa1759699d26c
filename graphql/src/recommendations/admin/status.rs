//! The recommender's state as staff see it.

use super::{
    figures::{EmbeddingQueue, EmbeddingThroughput, RecommenderCache, RecommenderFreshness},
    nodes::RecommenderNode,
};
use crate::{
    context::ContextExt,
    cost,
    error::ApiError,
    recommendations::RecommendationMode,
    scalars::DateTime,
    services::{EngineState, ModelState, Services},
};
use async_graphql::{ComplexObject, Context, Enum, SimpleObject};
use reco_actors::system::Defaults;
use shop::pipeline::{
    CacheFigures, FreshnessReport, Generation, GenerationState, LaneFigures, ModelWidth, Overview, Progress,
    RecommenderSettings as StoredSettings,
};

/// The newest of each kind that are told as last errors.
const NEWEST: u64 = 5;

/// A model and its vectors.
#[derive(Clone, Debug, SimpleObject)]
pub struct RecommenderModel {
    /// Id of the manifest entry, precision included.
    pub id: String,
    /// Width of its vectors.
    pub dimension: u64,
}

/// How the recommender is doing: the index of the process that answers, and the pipeline
/// behind it, over all processes.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct RecommenderStatus {
    /// Whether vector searches are answered.
    pub is_ready: bool,
    /// What is wrong, if anything.
    pub problem: Option<String>,
    /// Names the state of the index.
    pub generation: String,
    /// Which engine searches the vectors.
    pub engine: String,
    /// The text model of the vectors that answer; null when the shop runs without one.
    pub text_model: Option<RecommenderModel>,
    /// The image model of the vectors that answer; null when the shop runs without one.
    pub image_model: Option<RecommenderModel>,
    /// Products in the catalogue index.
    pub items: u64,
    /// Products with a text vector.
    pub text_vectors: u64,
    /// Products with an image vector of their own.
    pub image_vectors: u64,
    /// Products whose image vector is imputed from their text.
    pub imputed_images: u64,
    /// Products added or replaced since the main generation of the index was built.
    pub delta: u64,
    /// Products of the main generation that were deleted or replaced since.
    pub tombstones: u64,
    /// Bytes of vectors, their copies and the graph.
    pub index_bytes: u64,
    /// Embedding jobs of this process, waiting or running.
    pub pending: u64,
    /// Changes committed but not yet applied here.
    pub lag: u64,
    /// When the last change was applied.
    pub updated_at: Option<DateTime>,
    /// What a score gets here that does not say.
    pub defaults: RecommenderDefaults,
    /// What administrators changed while the shop runs.
    pub settings: RecommenderSettings,
    /// Products that wait for their vectors.
    pub queue: EmbeddingQueue,
    /// Events that were given up.
    pub dead_letters: u64,
    /// How long changes take until they show.
    pub freshness: RecommenderFreshness,
    /// What the embedding workers do.
    pub embedding: EmbeddingThroughput,
    /// The caches of recommendations.
    pub cache: RecommenderCache,
    /// The processes of the shop that are alive, the oldest first.
    #[graphql(complexity = "cost::small_list(child_complexity)")]
    pub nodes: Vec<RecommenderNode>,
}

#[ComplexObject]
impl RecommenderStatus {
    /// The sets of vectors that are kept, the newest first: the one that serves, the one that
    /// is made to take its place, and those that will be dropped.
    #[graphql(complexity = "cost::LISTING + cost::small_list(child_complexity)")]
    async fn generations(&self, ctx: &Context<'_>) -> Result<Vec<VectorGeneration>, ApiError> {
        let generations = &ctx.services()?.shop.pipeline().generations;
        let mut kept = Vec::new();
        for generation in generations.list().await? {
            let progress = match generation.state {
                GenerationState::Retired => None,
                _ => Some(generations.progress(&generation.models).await?),
            };
            kept.push(VectorGeneration::new(generation, progress));
        }
        Ok(kept)
    }

    /// What last went wrong: on the processes, with products, with events.
    #[graphql(complexity = "cost::LISTING + cost::small_list(child_complexity)")]
    async fn last_errors(&self, ctx: &Context<'_>) -> Result<Vec<RecommenderError>, ApiError> {
        let pipeline = ctx.services()?.shop.pipeline();
        let on_nodes = self.nodes.iter().flat_map(|node| {
            let error = |message: &String| RecommenderError {
                source: format!("process {} on {}", node.id.0, node.host),
                message: message.clone(),
                at: None,
            };
            node.problems.iter().map(error)
        });
        let mut errors: Vec<_> = on_nodes.collect();
        let letters = pipeline.dead_letters.page(0, NEWEST).await?;
        errors.extend(letters.into_iter().map(|letter| RecommenderError {
            source: format!("event {} for {}", letter.event.topic, letter.consumer),
            message: letter.reason,
            at: Some(DateTime(letter.failed_at)),
        }));
        let failures = pipeline.tasks.failures(0, NEWEST).await?;
        errors.extend(failures.into_iter().map(|failure| RecommenderError {
            source: format!("product {}", failure.product),
            message: failure.reason,
            at: None,
        }));
        Ok(errors)
    }
}

impl RecommenderStatus {
    /// How everything is doing now.
    pub(super) async fn read(services: &Services) -> Result<Self, ApiError> {
        let shop = &services.shop;
        let overview = shop.pipeline().overview(shop.now()).await?;
        Ok(Self::new(services.status.status(), overview))
    }

    fn new(engine: EngineState, overview: Overview) -> Self {
        let alert = overview.alert();
        let unapplied = u64::try_from(overview.position - engine.position).unwrap_or_default();
        let mut sums = Sums::default();
        for node in &overview.nodes {
            let figures = &node.report.figures;
            sums.freshness.add(&figures.freshness);
            sums.cache.add(&figures.cache);
            sums.text.add(&figures.text);
            sums.image.add(&figures.image);
        }
        let position = overview.position;
        let nodes = overview.nodes.into_iter();
        Self {
            is_ready: engine.ready,
            problem: engine.problem,
            generation: engine.generation,
            engine: engine.engine,
            text_model: engine.text_model.map(Into::into),
            image_model: engine.image_model.map(Into::into),
            items: engine.items,
            text_vectors: engine.text_vectors,
            image_vectors: engine.image_vectors,
            imputed_images: engine.imputed_images,
            delta: engine.delta,
            tombstones: engine.tombstones,
            index_bytes: engine.bytes,
            pending: engine.pending,
            lag: overview.unpublished + unapplied,
            updated_at: engine.updated_at.map(DateTime),
            defaults: engine.defaults.into(),
            settings: overview.settings.into(),
            queue: overview.queue.into(),
            dead_letters: overview.dead_letters,
            freshness: RecommenderFreshness::new(sums.freshness, alert, overview.waiting),
            embedding: EmbeddingThroughput::new(&sums.text, &sums.image),
            cache: sums.cache.into(),
            nodes: nodes.map(|node| RecommenderNode::new(node, position)).collect(),
        }
    }
}

/// Figures of all processes together.
#[derive(Default)]
struct Sums {
    freshness: FreshnessReport,
    cache: CacheFigures,
    text: LaneFigures,
    image: LaneFigures,
}

/// What a score gets that does not say.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct RecommenderDefaults {
    /// Share of the text, 0 to 1.
    pub text_weight: f64,
    /// Share of the picture, 0 to 1.
    pub image_weight: f64,
    /// How a score is taken.
    pub mode: RecommendationMode,
}

impl From<Defaults> for RecommenderDefaults {
    fn from(defaults: Defaults) -> Self {
        Self {
            text_weight: rounded(defaults.weights.text()),
            image_weight: rounded(defaults.weights.image()),
            mode: defaults.mode.into(),
        }
    }
}

/// What administrators changed while the shop runs.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct RecommenderSettings {
    /// Share of the text in a score that does not say; null: as the processes were started.
    pub text_weight: Option<f64>,
    /// How a score is taken that does not say; null: as the processes were started.
    pub mode: Option<RecommendationMode>,
    /// Whether the embedding workers rest.
    pub is_paused: bool,
}

impl From<StoredSettings> for RecommenderSettings {
    fn from(settings: StoredSettings) -> Self {
        let mode = |is_calibrated| match is_calibrated {
            true => RecommendationMode::Calibrated,
            false => RecommendationMode::Raw,
        };
        Self {
            text_weight: settings.text_weight.map(rounded),
            mode: settings.is_calibrated.map(mode),
            is_paused: settings.is_paused,
        }
    }
}

/// What was sent as 0.7 is not told as 0.699999988.
fn rounded(weight: f32) -> f64 {
    (f64::from(weight) * 1e6).round() / 1e6
}

/// Where a set of vectors stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "GenerationState")]
pub enum VectorGenerationState {
    /// Being made, beside the one that serves.
    Building,
    /// The one that answers.
    Serving,
    /// Replaced; its vectors will be dropped.
    Retired,
}

/// The vectors of one pair of models.
#[derive(Clone, Debug, SimpleObject)]
pub struct VectorGeneration {
    /// Number, growing.
    pub number: i64,
    /// Where it stands.
    pub state: VectorGenerationState,
    /// Its text model.
    pub text_model: Option<RecommenderModel>,
    /// Its image model.
    pub image_model: Option<RecommenderModel>,
    /// Products of the shop; null for one that was replaced.
    pub products: Option<u64>,
    /// Of those, the ones that lack a vector that they should have.
    pub lacking: Option<u64>,
    /// When it was begun.
    pub created_at: DateTime,
    /// When it began to answer.
    pub serving_at: Option<DateTime>,
}

impl VectorGeneration {
    fn new(generation: Generation, progress: Option<Progress>) -> Self {
        Self {
            number: generation.id,
            state: generation.state.into(),
            text_model: generation.models.text.map(Into::into),
            image_model: generation.models.image.map(Into::into),
            products: progress.map(|progress| progress.products),
            lacking: progress.map(|progress| progress.lacking),
            created_at: DateTime(generation.created_at),
            serving_at: generation.serving_at.map(DateTime),
        }
    }
}

/// Something that went wrong.
#[derive(Clone, Debug, SimpleObject)]
pub struct RecommenderError {
    /// Where.
    pub source: String,
    /// What.
    pub message: String,
    /// When; null when that is not known.
    pub at: Option<DateTime>,
}

impl From<ModelState> for RecommenderModel {
    fn from(model: ModelState) -> Self {
        Self {
            id: model.id,
            dimension: model.dim as u64,
        }
    }
}

impl From<ModelWidth> for RecommenderModel {
    fn from(model: ModelWidth) -> Self {
        Self {
            id: model.id,
            dimension: model.dim as u64,
        }
    }
}
