//! Text encoder on ONNX Runtime: tokenize, pad to the longest of a batch, pool, normalise.

use super::{
    EmbedText, ModelInfo, clip_tokenizer,
    manifest::{Manifest, Pooling, TextInput, TextSpec, TokenizerFormat, model_error},
    runtime::{ModelFile, OnnxOptions, check_shape, ort_error, session, unit},
};
use crate::RecoError;
use ort::{
    environment::Environment,
    session::{Session, SessionInputValue},
    value::TensorRef,
};
use std::{borrow::Cow, sync::Arc};
use tokenizers::{Tokenizer, TruncationParams};

/// Texts of one run of the graph. Larger runs gain nothing on a CPU and cost memory.
const BATCH_TEXTS: usize = 16;
/// Padded tokens of one run of the graph; bounds the memory of activations.
const BATCH_TOKENS: usize = 1_024;
/// A text joins a run only if it is at most this much longer than the shortest of it.
const BATCH_SPREAD: f32 = 1.15;

/// A text model, loaded once and shared by its encoders.
#[derive(Clone)]
pub(super) struct TextModel {
    pub(super) info: ModelInfo,
    spec: TextSpec,
    tokenizer: Arc<Tokenizer>,
    graph: ModelFile,
}

impl TextModel {
    pub(super) fn load(manifest: &Manifest, graph: ModelFile, tokenizer: &ModelFile) -> Result<Self, RecoError> {
        let id = manifest.id.clone();
        let Some(spec) = manifest.text.clone() else {
            return Err(model_error(&id, "is no text model"));
        };
        let bytes = tokenizer.read(&id)?;
        let failed = |e: tokenizers::Error| model_error(&id, &format!("tokenizer: {e}"));
        let tokenizer = match spec.tokenizer {
            TokenizerFormat::Json => Tokenizer::from_bytes(bytes),
            TokenizerFormat::ClipMerges => clip_tokenizer::of_merges(&bytes),
        };
        let mut tokenizer = tokenizer.map_err(failed)?;
        // The file's own settings cut at 128 and pad everything to 128.
        let truncation = TruncationParams {
            max_length: spec.max_tokens,
            ..TruncationParams::default()
        };
        tokenizer.with_truncation(Some(truncation)).map_err(failed)?;
        tokenizer.with_padding(None);
        let info = ModelInfo {
            id: manifest.id.clone(),
            dim: manifest.dim,
        };
        Ok(Self {
            info,
            spec,
            tokenizer: Arc::new(tokenizer),
            graph,
        })
    }

    pub(super) fn encoder(&self, environment: &Environment, options: OnnxOptions) -> Result<OnnxText, RecoError> {
        let session = session(environment, &self.info.id, &self.graph, options)?;
        let mut model = self.clone();
        let has = |input: &&TextInput| session.inputs().iter().any(|own| own.name() == input.name());
        model.spec.inputs.extend(self.spec.may_take.iter().filter(has));
        let inputs: Vec<&str> = model.spec.inputs.iter().map(|i| i.name()).collect();
        check_shape(&session, &self.info.id, &inputs, &self.spec.output, self.info.dim)?;
        Ok(OnnxText { model, session })
    }

    /// Pools and normalises what one run gave.
    fn vectors(&self, batch: &[&[u32]], shape: &[i64], values: &[f32]) -> Result<Vec<Vec<f32>>, RecoError> {
        let (id, dim) = (&self.info.id, self.info.dim);
        let longest = longest(batch);
        let (expected, width) = match self.spec.pooling {
            Pooling::None => (vec![batch.len(), dim], dim),
            Pooling::Mean | Pooling::Cls => (vec![batch.len(), longest, dim], longest * dim),
        };
        if !shape.iter().map(|n| *n as usize).eq(expected.iter().copied()) {
            return Err(model_error(
                id,
                &format!("output has shape {shape:?}, expected {expected:?}"),
            ));
        }
        let pooled = values
            .chunks_exact(width)
            .zip(batch)
            .map(|(v, ids)| pool(v, ids.len(), dim, self.spec.pooling));
        pooled
            .map(|v| if self.spec.normalised { Some(v) } else { unit(v) })
            .map(|v| v.ok_or_else(|| model_error(id, "gave a vector without direction")))
            .collect()
    }
}

/// A text encoder. One per worker.
pub struct OnnxText {
    model: TextModel,
    session: Session,
}

impl OnnxText {
    fn token_ids(&self, text: &str) -> Result<Vec<u32>, RecoError> {
        let encoding = self.model.tokenizer.encode_fast(text, true);
        let encoding = encoding.map_err(|e| model_error(&self.model.info.id, &format!("tokenizer: {e}")))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Runs the graph once and hands its output to `read`.
    fn forward<T>(
        &mut self,
        padded: &Padded,
        read: impl FnOnce(&TextModel, &[i64], &[f32]) -> Result<T, RecoError>,
    ) -> Result<T, RecoError> {
        let Self { model, session } = self;
        let id = model.info.id.clone();
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::with_capacity(model.spec.inputs.len());
        for input in &model.spec.inputs {
            let data: &[i64] = match input {
                TextInput::InputIds => &padded.ids,
                TextInput::AttentionMask => &padded.mask,
                TextInput::TokenTypeIds => &padded.types,
            };
            let tensor = TensorRef::from_array_view((padded.shape, data)).map_err(|e| ort_error(&id, &e))?;
            inputs.push((input.name().into(), tensor.into()));
        }
        let outputs = session.run(inputs).map_err(|e| ort_error(&id, &e))?;
        let output = outputs[model.spec.output.as_str()].try_extract_tensor::<f32>();
        let (shape, values) = output.map_err(|e| ort_error(&id, &e))?;
        read(model, shape, values)
    }

    fn run(&mut self, batch: &[&[u32]]) -> Result<Vec<Vec<f32>>, RecoError> {
        self.forward(&Padded::new(batch), |model, shape, values| {
            model.vectors(batch, shape, values)
        })
    }

    /// The tensors that `embed` would make of these texts, run by run.
    pub(super) fn prepare(&self, texts: &[String]) -> Result<Vec<Padded>, RecoError> {
        let tokens = self.all_token_ids(texts)?;
        let batch = |run: &Vec<usize>| Padded::new(&run.iter().map(|&i| tokens[i].as_slice()).collect::<Vec<_>>());
        Ok(runs(&tokens).iter().map(batch).collect())
    }

    /// Runs the graph and drops what it gives: what the runtime alone costs.
    pub(super) fn run_bare(&mut self, padded: &Padded) -> Result<(), RecoError> {
        self.forward(padded, |_, _, _| Ok(()))
    }

    fn all_token_ids(&self, texts: &[String]) -> Result<Vec<Vec<u32>>, RecoError> {
        texts.iter().map(|t| self.token_ids(t)).collect()
    }
}

impl EmbedText for OnnxText {
    fn model(&self) -> &ModelInfo {
        &self.model.info
    }

    fn tokens(&self, text: &str) -> usize {
        // A text that cannot be tokenized fails in `embed`; until then it counts as the longest.
        self.token_ids(text).map_or(self.model.spec.max_tokens, |ids| ids.len())
    }

    fn embed(&mut self, texts: &[String]) -> Result<Vec<Vec<f32>>, RecoError> {
        let tokens = self.all_token_ids(texts)?;
        let mut vectors = vec![Vec::new(); texts.len()];
        for run in runs(&tokens) {
            let batch: Vec<&[u32]> = run.iter().map(|&i| tokens[i].as_slice()).collect();
            for (i, vector) in run.iter().zip(self.run(&batch)?) {
                vectors[*i] = vector;
            }
        }
        Ok(vectors)
    }
}

/// Token ids as the graph wants them: rectangular, padded with zeros.
pub(super) struct Padded {
    shape: [usize; 2],
    ids: Vec<i64>,
    mask: Vec<i64>,
    types: Vec<i64>,
}

impl Padded {
    fn new(batch: &[&[u32]]) -> Self {
        let longest = longest(batch);
        let size = batch.len() * longest;
        let shape = [batch.len(), longest];
        let mut padded = Self {
            shape,
            ids: vec![0; size],
            mask: vec![0; size],
            types: vec![0; size],
        };
        for (row, ids) in batch.iter().enumerate() {
            let start = row * longest;
            for (column, id) in ids.iter().enumerate() {
                padded.ids[start + column] = i64::from(*id);
                padded.mask[start + column] = 1;
            }
        }
        padded
    }
}

fn longest(batch: &[&[u32]]) -> usize {
    batch.iter().map(|ids| ids.len()).max().unwrap_or(0)
}

/// Splits texts into runs of near lengths, so that little is padded: positions, shortest first.
fn runs(tokens: &[Vec<u32>]) -> Vec<Vec<usize>> {
    let lengths: Vec<usize> = tokens.iter().map(Vec::len).collect();
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&i| lengths[i]);
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for i in order {
        let fits = runs.last().is_some_and(|run| {
            let spread = lengths[i] as f32 <= lengths[run[0]] as f32 * BATCH_SPREAD;
            spread && run.len() < BATCH_TEXTS && (run.len() + 1) * lengths[i] <= BATCH_TOKENS
        });
        match runs.last_mut() {
            Some(run) if fits => run.push(i),
            _ => runs.push(vec![i]),
        }
    }
    runs
}

fn pool(values: &[f32], tokens: usize, dim: usize, pooling: Pooling) -> Vec<f32> {
    match pooling {
        Pooling::None => values.to_vec(),
        Pooling::Cls => values[..dim].to_vec(),
        Pooling::Mean => {
            let mut mean = vec![0.0; dim];
            for token in values.chunks_exact(dim).take(tokens) {
                mean.iter_mut().zip(token).for_each(|(m, x)| *m += x);
            }
            mean.iter_mut().for_each(|m| *m /= tokens.max(1) as f32);
            mean
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_hold_every_text_once_and_keep_to_the_limits(lengths in prop::collection::vec(2usize..=256, 0..200)) {
            let runs = runs(&lengths.iter().map(|&n| vec![0; n]).collect::<Vec<_>>());
            let mut all: Vec<usize> = runs.iter().flatten().copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..lengths.len()).collect::<Vec<_>>());
            for run in runs {
                let longest = run.iter().map(|&i| lengths[i]).max().unwrap_or(0);
                let shortest = run.iter().map(|&i| lengths[i]).min().unwrap_or(0);
                prop_assert!(run.len() <= BATCH_TEXTS && run.len() * longest <= BATCH_TOKENS);
                prop_assert!(longest as f32 <= shortest as f32 * BATCH_SPREAD);
            }
        }
    }

    #[test]
    fn mean_pooling_leaves_padding_out() {
        let values = [1.0, 3.0, 3.0, 5.0, 100.0, 100.0];
        assert_eq!(pool(&values, 2, 2, Pooling::Mean), vec![2.0, 4.0]);
        assert_eq!(pool(&values, 2, 2, Pooling::Cls), vec![1.0, 3.0]);
    }

    #[test]
    fn padding_is_masked() {
        let padded = Padded::new(&[&[7, 8, 9], &[5]]);
        assert_eq!(padded.shape, [2, 3]);
        assert_eq!(padded.ids, [7, 8, 9, 5, 0, 0]);
        assert_eq!(padded.mask, [1, 1, 1, 1, 0, 0]);
    }
}
