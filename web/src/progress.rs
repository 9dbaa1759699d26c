//! Progress bars of the commands: one look for all of them.
//!
//! They draw on standard error, and not at all where that is no terminal.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

const TEMPLATE: &str = "{prefix:>12} {wide_bar} {human_pos}/{human_len} {per_sec} ETA {eta} {msg}";

/// A bar with its label, position, rate and remaining time.
#[must_use]
pub fn bar(all: &MultiProgress, label: &str, len: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(TEMPLATE).expect("the template is one; a test proves it");
    let bar = all.add(ProgressBar::new(len));
    bar.set_style(style.progress_chars("━╸─"));
    bar.set_prefix(label.to_owned());
    bar
}

/// Bars that are never drawn.
#[must_use]
pub fn hidden() -> MultiProgress {
    MultiProgress::with_draw_target(ProgressDrawTarget::hidden())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_counts_under_its_label() {
        let bar = bar(&hidden(), "rows", 10);
        bar.inc(3);
        assert_eq!(
            (bar.position(), bar.length(), bar.prefix().as_str()),
            (3, Some(10), "rows")
        );
    }
}
