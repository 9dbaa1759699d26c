//! ONNX Runtime: one environment per process, loaded from a library file; sessions.

use super::manifest::model_error;
use crate::RecoError;
use ort::{
    environment::Environment,
    logging::LogLevel,
    session::{Session, builder::GraphOptimizationLevel},
    value::ValueType,
};
use parking_lot::Mutex;
use std::path::{Path, PathBuf};

/// Kept for the life of the process: a second environment is not allowed, and a library
/// cannot be exchanged.
static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

/// How sessions use the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnnxOptions {
    /// Threads inside one session. One when serving, where workers share the cores; more
    /// for bulk work on an idle machine.
    pub threads: usize,
    /// Whether pictures of the next batch are decoded while the current one is encoded.
    pub overlap_decoding: bool,
}

impl Default for OnnxOptions {
    fn default() -> Self {
        Self {
            threads: 1,
            overlap_decoding: true,
        }
    }
}

/// Bytes of a model file: on disk, or carried by this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ModelFile {
    Disk(PathBuf),
    Memory(&'static [u8]),
}

impl ModelFile {
    pub(super) fn read(&self, model: &str) -> Result<std::borrow::Cow<'static, [u8]>, RecoError> {
        match self {
            Self::Disk(path) => {
                let read = std::fs::read(path);
                read.map(Into::into)
                    .map_err(|e| model_error(model, &format!("{}: {e}", path.display())))
            }
            Self::Memory(bytes) => Ok((*bytes).into()),
        }
    }
}

/// Loads the library once. Later calls give the same environment, whatever they name.
pub(super) fn environment(library: &Path) -> Result<Environment, RecoError> {
    let mut loaded = LOADED.lock();
    if let Some((first, environment)) = &*loaded {
        if first != library {
            tracing::warn!(loaded = %first.display(), ignored = %library.display(), "onnxruntime is already loaded");
        }
        return Ok(environment.clone());
    }
    let failed = |e: &dyn std::fmt::Display| model_error(super::manifest::RUNTIME_ID, &e.to_string());
    if !library.is_file() {
        return Err(failed(&format!("{} does not exist", library.display())));
    }
    let builder = ort::init_from(library).map_err(|e| failed(&e))?;
    let environment = builder
        .with_name("myshop")
        .with_telemetry(false)
        .build()
        .map_err(|e| failed(&e))?;
    environment.set_log_level(LogLevel::Error);
    *loaded = Some((library.to_owned(), environment.clone()));
    Ok(environment)
}

/// Loads a graph.
pub(super) fn session(
    environment: &Environment,
    model: &str,
    file: &ModelFile,
    options: OnnxOptions,
) -> Result<Session, RecoError> {
    let mut builder = Session::builder(environment)
        .map_err(|e| ort_error(model, &e))?
        .with_intra_threads(options.threads.max(1))
        .map_err(|e| ort_error(model, &e))?
        .with_inter_threads(1)
        .map_err(|e| ort_error(model, &e))?
        .with_intra_op_spinning(false)
        .map_err(|e| ort_error(model, &e))?
        .with_optimization_level(GraphOptimizationLevel::All)
        .map_err(|e| ort_error(model, &e))?;
    let session = match file {
        ModelFile::Disk(path) => builder.commit_from_file(path),
        ModelFile::Memory(bytes) => builder.commit_from_memory(bytes),
    };
    session.map_err(|e| ort_error(model, &e))
}

/// Refuses a graph whose inputs, output or width are not what its manifest says.
pub(super) fn check_shape(
    session: &Session,
    model: &str,
    inputs: &[&str],
    output: &str,
    dim: usize,
) -> Result<(), RecoError> {
    for input in inputs {
        if !session.inputs().iter().any(|i| i.name() == *input) {
            return Err(model_error(model, &format!("the graph has no input {input}")));
        }
    }
    if let Some(extra) = session.inputs().iter().find(|i| !inputs.contains(&i.name())) {
        return Err(model_error(
            model,
            &format!("the graph wants an input {} that the manifest lacks", extra.name()),
        ));
    }
    let Some(found) = session.outputs().iter().find(|o| o.name() == output) else {
        return Err(model_error(model, &format!("the graph has no output {output}")));
    };
    let ValueType::Tensor { shape, .. } = found.dtype() else {
        return Err(model_error(model, &format!("output {output} is no tensor")));
    };
    match shape.last() {
        Some(&width) if width > 0 && width as usize != dim => Err(model_error(
            model,
            &format!("output {output} is {width} wide, the manifest says {dim}"),
        )),
        _ => Ok(()),
    }
}

pub(super) fn ort_error(model: &str, error: &dyn std::fmt::Display) -> RecoError {
    model_error(model, &error.to_string())
}

/// Scales to length 1; `None` for a vector without direction.
pub(super) fn unit(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let norm = vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    if !norm.is_finite() || norm < 1e-9 {
        return None;
    }
    let scale = (1.0 / norm) as f32;
    vector.iter_mut().for_each(|x| *x *= scale);
    Some(vector)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_named_in_the_error() {
        // Only meaningful while no other test of this process has loaded the real one.
        if LOADED.lock().is_none() {
            let message = environment(Path::new("nowhere/libonnxruntime.so"))
                .unwrap_err()
                .to_string();
            assert!(message.contains("nowhere/libonnxruntime.so"), "{message}");
        }
    }

    #[test]
    fn unit_gives_length_one_or_nothing() {
        let v = unit(vec![3.0, 4.0]).unwrap();
        assert!((v[0] - 0.6).abs() < 1e-6 && (v[1] - 0.8).abs() < 1e-6);
        assert_eq!(unit(vec![0.0, 0.0]), None);
        assert_eq!(unit(vec![f32::NAN, 1.0]), None);
    }
}
