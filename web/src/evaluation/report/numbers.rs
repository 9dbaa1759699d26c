//! How figures are written: four decimals, a true minus sign, no leading zero for probabilities.

use reco_actors::eval::Estimate;

/// Where there is no figure.
pub(super) const NONE: &str = "–";

/// `0.2142`, `−0.0100`.
pub(super) fn decimal(value: f64) -> String {
    fixed(value, 4)
}

/// `+0.0123`, `−0.0100`, `0.0000`.
pub(super) fn signed(value: f64) -> String {
    let text = decimal(value);
    let is_above = value > 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    if is_above { format!("+{text}") } else { text }
}

/// `[0.2080, 0.2207]`.
pub(super) fn interval(estimate: &Estimate) -> String {
    format!("[{}, {}]", decimal(estimate.low), decimal(estimate.high))
}

/// `< .001`, `.034`, `1.000`.
pub(super) fn probability(p: f64) -> String {
    if !p.is_finite() {
        return NONE.to_owned();
    }
    if p < 0.001 {
        return "< .001".to_owned();
    }
    let text = format!("{p:.3}");
    text.strip_prefix('0').map_or(text.clone(), str::to_owned)
}

/// `p < .001`, `p = .034`.
pub(super) fn probability_in_words(name: &str, p: f64) -> String {
    let text = probability(p);
    if text.starts_with('<') {
        format!("{name} {text}")
    } else {
        format!("{name} = {text}")
    }
}

/// `41.0 %`, with a space that does not break.
pub(super) fn percent(share: f64) -> String {
    format!("{}\u{a0}%", fixed(100.0 * share, 1))
}

/// Seconds or milliseconds, which span six decades: about three digits that matter.
pub(super) fn duration(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 4,
    };
    fixed(value, decimals)
}

/// `1,234,567`.
pub(super) fn count(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 event`, `2 events`.
pub(super) fn counted(value: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// A number with so many decimals; minus nothing is nothing.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let text = format!("{:.decimals$}", value.abs());
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if value < 0.0 && !is_zero {
        format!("\u{2212}{text}")
    } else {
        text
    }
}

/// `ndcg@10`; a metric of whole lists has no cutoff.
pub(super) fn label(name: &str, k: usize) -> String {
    let name = name.replace('_', " ");
    if k == 0 { name } else { format!("{name}@{k}") }
}
