//! What machines read of this process: freshness, the index, the encoders and the cache, in the
//! OpenMetrics text format. Served where the settings say so; nothing in it is about a person.

use crate::pipeline::Freshness;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, text},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::Registry,
};
use reco_actors::{cache::CachedRecommender, system::RecoHandle};
use std::{fmt, sync::Arc};

/// The content type of the text format.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that is measured.
#[derive(Debug)]
pub(crate) struct Metrics(Registry);

impl Metrics {
    pub(crate) fn new(freshness: &Freshness, engine: RecoHandle, recommender: Arc<CachedRecommender>) -> Self {
        let mut registry = Registry::with_prefix("myshop");
        freshness.register(&mut registry);
        registry.register_collector(Box::new(Recommender { engine, recommender }));
        Self(registry)
    }

    /// As it is now.
    ///
    /// # Errors
    /// Never, since it is written into memory.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.0)?;
        Ok(out)
    }
}

/// Figures that the engine and the cache keep themselves, read when asked for.
struct Recommender {
    engine: RecoHandle,
    recommender: Arc<CachedRecommender>,
}

impl fmt::Debug for Recommender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recommender").finish_non_exhaustive()
    }
}

impl Collector for Recommender {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let status = self.engine.status();
        let cache = self.recommender.counters();
        let gauges = [
            (
                "recommender_ready",
                "1 while vector searches are answered",
                i64::from(status.ready),
            ),
            ("index_position", "Position of the last applied change", status.position),
            ("index_items", "Products in the catalogue index", whole(status.items)),
            (
                "index_text_vectors",
                "Products with a text vector",
                whole(status.text_vectors),
            ),
            (
                "index_image_vectors",
                "Products with an image vector of their own",
                whole(status.image_vectors),
            ),
            (
                "index_delta",
                "Products changed since the main generation was built",
                whole(status.index.delta),
            ),
            (
                "index_bytes",
                "Bytes of vectors, their copies and the graph",
                whole(status.index.bytes),
            ),
            (
                "embedding_queued",
                "Inputs that wait for an encoder",
                whole(status.text.queued + status.image.queued),
            ),
        ];
        for (name, help, value) in gauges {
            gauge(&mut encoder, name, help, value)?;
        }
        let counters = [
            (
                "recommendations_refused",
                "Recommendations refused because no permit was free",
                status.refused,
            ),
            ("embedded_texts", "Texts embedded", status.text.embedded),
            ("embedded_images", "Images embedded", status.image.embedded),
            ("cache_hits", "Lists answered from the cache", cache.hits + cache.remote),
            (
                "cache_stale",
                "Of the hits, those computed anew behind the answer",
                cache.stale,
            ),
            (
                "cache_misses",
                "Lists computed because nothing usable was there",
                cache.misses + cache.outdated,
            ),
            (
                "cache_bypassed",
                "Lists computed while the store was resting after a failure",
                cache.bypassed,
            ),
            ("cache_errors", "Failures of the store", cache.errors),
        ];
        for (name, help, value) in counters {
            counter(&mut encoder, name, help, value)?;
        }
        Ok(())
    }
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: i64) -> fmt::Result {
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
}

fn counter(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> fmt::Result {
    let counter = ConstCounter::new(value);
    counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
