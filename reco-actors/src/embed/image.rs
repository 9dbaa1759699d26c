//! Image encoder on ONNX Runtime: decode and resize, encode, normalise.

use super::{
    EmbedImage, ModelInfo,
    manifest::{ImageSpec, Manifest, model_error},
    preprocess::{ImageLimits, Preprocessor},
    runtime::{ModelFile, OnnxOptions, check_shape, ort_error, session, unit},
};
use crate::RecoError;
use bytes::Bytes;
use ort::{environment::Environment, session::Session, value::TensorRef};

/// Pictures of one run of the graph. Larger runs gain nothing on a CPU and cost memory.
pub(super) const BATCH_IMAGES: usize = 4;

/// An image model, shared by its encoders.
#[derive(Clone)]
pub(super) struct ImageModel {
    pub(super) info: ModelInfo,
    spec: ImageSpec,
    graph: ModelFile,
}

impl ImageModel {
    pub(super) fn load(manifest: &Manifest, graph: ModelFile) -> Result<Self, RecoError> {
        let Some(spec) = manifest.image.clone() else {
            return Err(model_error(&manifest.id, "is no image model"));
        };
        Ok(Self {
            info: ModelInfo {
                id: manifest.id.clone(),
                dim: manifest.dim,
            },
            spec,
            graph,
        })
    }

    pub(super) fn encoder(&self, environment: &Environment, options: OnnxOptions) -> Result<OnnxImage, RecoError> {
        let session = session(environment, &self.info.id, &self.graph, options)?;
        check_shape(
            &session,
            &self.info.id,
            &[&self.spec.input],
            &self.spec.output,
            self.info.dim,
        )?;
        let preprocessor = Preprocessor::new(&self.spec, ImageLimits::default());
        Ok(OnnxImage {
            encoder: Encoder {
                model: self.clone(),
                session,
            },
            preprocessor,
            options,
        })
    }
}

/// An image encoder. One per worker.
pub struct OnnxImage {
    encoder: Encoder,
    preprocessor: Preprocessor,
    options: OnnxOptions,
}

struct Encoder {
    model: ImageModel,
    session: Session,
}

/// Pictures ready for the graph, and what was wrong with the others.
struct Prepared {
    numbers: Vec<f32>,
    pictures: Vec<Result<(), RecoError>>,
}

type Vectors = Vec<Result<Vec<f32>, RecoError>>;

impl EmbedImage for OnnxImage {
    fn model(&self) -> &ModelInfo {
        &self.encoder.model.info
    }

    fn embed(&mut self, images: &[Bytes]) -> Result<Vectors, RecoError> {
        let Self {
            encoder,
            preprocessor,
            options,
        } = self;
        let mut vectors = Vec::with_capacity(images.len());
        let mut batches = images.chunks(BATCH_IMAGES);
        let mut current = batches.next().map(|batch| prepare(preprocessor, batch));
        while let Some(prepared) = current {
            let next = batches.next();
            let (encoded, following) = match next {
                Some(batch) if options.overlap_decoding => std::thread::scope(|scope| {
                    let following = scope.spawn(|| prepare(preprocessor, batch));
                    (encoder.run(prepared), following.join().ok())
                }),
                Some(batch) => (encoder.run(prepared), Some(prepare(preprocessor, batch))),
                None => (encoder.run(prepared), None),
            };
            vectors.extend(encoded?);
            if next.is_some() && following.is_none() {
                return Err(RecoError::Unavailable("the decoding thread died".into()));
            }
            current = following;
        }
        Ok(vectors)
    }
}

fn prepare(preprocessor: &mut Preprocessor, batch: &[Bytes]) -> Prepared {
    let len = preprocessor.len();
    let mut numbers = vec![0.0; len * batch.len()];
    let mut pictures = Vec::with_capacity(batch.len());
    let mut ready = 0;
    for bytes in batch {
        let written = preprocessor.write(bytes, &mut numbers[ready * len..(ready + 1) * len]);
        ready += usize::from(written.is_ok());
        pictures.push(written);
    }
    numbers.truncate(ready * len);
    Prepared { numbers, pictures }
}

impl OnnxImage {
    /// The tensors that `embed` would make of these pictures, run by run.
    pub(super) fn prepare(&mut self, images: &[Bytes]) -> Vec<Vec<f32>> {
        images
            .chunks(BATCH_IMAGES)
            .map(|batch| prepare(&mut self.preprocessor, batch).numbers)
            .collect()
    }

    /// Numbers of a run that is full and in which every picture was readable.
    pub(super) fn full_run(&self) -> usize {
        BATCH_IMAGES * self.preprocessor.len()
    }

    /// Runs the graph and drops what it gives: what the runtime alone costs.
    pub(super) fn run_bare(&mut self, numbers: &[f32]) -> Result<(), RecoError> {
        self.encoder.forward(numbers, |_, _| Ok(()))
    }
}

impl Encoder {
    fn run(&mut self, prepared: Prepared) -> Result<Vectors, RecoError> {
        let mut encoded = self.encode(&prepared.numbers)?.into_iter();
        let vectors = prepared.pictures.into_iter().map(|picture| {
            picture?;
            let vector = encoded.next().flatten();
            vector.ok_or_else(|| RecoError::BadInput("picture: gives a vector without direction".into()))
        });
        Ok(vectors.collect())
    }

    fn encode(&mut self, numbers: &[f32]) -> Result<Vec<Option<Vec<f32>>>, RecoError> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        self.forward(numbers, |model, values| {
            let rows = values.chunks_exact(model.info.dim).map(<[f32]>::to_vec);
            Ok(rows
                .map(|row| if model.spec.normalised { Some(row) } else { unit(row) })
                .collect())
        })
    }

    /// Runs the graph once and hands its output to `read`.
    fn forward<T>(
        &mut self,
        numbers: &[f32],
        read: impl FnOnce(&ImageModel, &[f32]) -> Result<T, RecoError>,
    ) -> Result<T, RecoError> {
        let Self { model, session } = self;
        let (spec, dim, id) = (&model.spec, model.info.dim, &model.info.id);
        let size = spec.size as usize;
        let count = numbers.len() / (3 * size * size);
        let tensor = TensorRef::from_array_view(([count, 3, size, size], numbers)).map_err(|e| ort_error(id, &e))?;
        let outputs = session
            .run(ort::inputs![spec.input.as_str() => tensor])
            .map_err(|e| ort_error(id, &e))?;
        let output = outputs[spec.output.as_str()].try_extract_tensor::<f32>();
        let (shape, values) = output.map_err(|e| ort_error(id, &e))?;
        if **shape != [count as i64, dim as i64] {
            return Err(model_error(
                id,
                &format!("output has shape {shape:?}, expected [{count}, {dim}]"),
            ));
        }
        read(model, values)
    }
}
