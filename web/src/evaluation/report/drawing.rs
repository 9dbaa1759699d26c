//! What plots are made of: frame, axes, marks. Places along the width are shares of it (percent) and
//! heights are pixels, so that a plot fits a phone as well as a desk while its text keeps its size.

use super::scale::Scale;
use maud::{Markup, html};

/// Lines and areas of more than two points cannot be given in percent: they are drawn this wide and stretched.
const STRETCHED: f64 = 1000.0;
/// Room below for the numbers and the name of an axis.
const BELOW: f64 = 42.0;
/// Room above, where a vertical axis has its name.
pub(super) const ABOVE: f64 = 22.0;
const COLOURS: usize = 7;

/// Outlines around the origin, about as large as each other.
const SHAPES: [&str; 7] = [
    "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z",
    "M-4.5-4.5h9v9h-9Z",
    "M0-6L5.5 4h-11Z",
    "M0-6.5L5.5 0L0 6.5L-5.5 0Z",
    "M0 6L5.5-4h-11Z",
    "M-1.8-5.5h3.6v3.7h3.7v3.6h-3.7v3.7h-3.6v-3.7h-3.7v-3.6h3.7Z",
    "M0-6L5.7-1.9L3.5 4.9h-7L-5.7-1.9Z",
];

/// What goes around a drawing.
pub(super) struct Frame<'a> {
    /// What it shows, for those who cannot see it.
    pub(super) title: &'a str,
    /// Of the drawing without its axes, pixels.
    pub(super) height: f64,
    /// Room above, pixels.
    pub(super) above: f64,
    /// Room for text at the left, pixels.
    pub(super) left: f64,
    /// Room for text at the right, pixels.
    pub(super) right: f64,
}

impl Frame<'_> {
    pub(super) fn draw(&self, inside: &Markup) -> Markup {
        let room = format!(
            "padding-left:{}px;padding-right:{}px",
            pixels(self.left),
            pixels(self.right)
        );
        html! {
            div.plot style=(room) {
                svg role="img" width="100%" height=(pixels(self.height + self.above + BELOW)) {
                    title { (self.title) }
                    g transform=(format!("translate(0 {})", pixels(self.above))) { (inside) }
                }
            }
        }
    }
}

/// The numbers of a horizontal axis and a line at each.
pub(super) fn across(scale: &Scale, height: f64, name: &str) -> Markup {
    html! {
        g.axis {
            @for tick in &scale.ticks {
                @let x = percent(scale.share(*tick));
                line x1=(x) x2=(x) y1="0" y2=(pixels(height)) {}
                text x=(x) y=(pixels(height + 17.0)) text-anchor="middle" { (scale.name(*tick)) }
            }
            text.name x="50%" y=(pixels(height + 36.0)) text-anchor="middle" { (name) }
        }
    }
}

/// The numbers of a vertical axis and a line at each.
pub(super) fn upward(scale: &Scale, height: f64, name: &str) -> Markup {
    html! {
        g.axis {
            @for tick in &scale.ticks {
                @let y = pixels(height * (1.0 - scale.share(*tick)));
                line x1="0" x2="100%" y1=(y) y2=(y) {}
                text x="-8" y=(y) dy=".35em" text-anchor="end" { (scale.name(*tick)) }
            }
            text.name x="0" y="-10" { (name) }
        }
    }
}

/// The mark of a system, with what the pointer is told over it.
pub(super) fn mark(place: usize, x: f64, y: f64, told: &str) -> Markup {
    html! {
        svg.mark x=(percent(x)) y=(pixels(y)) width="1" height="1" {
            g.series.(class(place)) { title { (told) } path d=(shape(place)) {} }
        }
    }
}

/// An interval as a line with ends.
pub(super) fn whiskers(place: usize, (low, high): (f64, f64), y: f64, cap: f64) -> Markup {
    let (left, right) = (percent(low), percent(high));
    let (top, bottom) = (pixels(y - cap), pixels(y + cap));
    html! {
        g.whiskers.(class(place)) {
            line x1=(left) x2=(right) y1=(pixels(y)) y2=(pixels(y)) {}
            line x1=(left) x2=(left) y1=(top) y2=(bottom) {}
            line x1=(right) x2=(right) y1=(top) y2=(bottom) {}
        }
    }
}

/// A path through points (share of the width, pixels), closed to an area or not.
pub(super) fn path(kind: &str, points: &[(f64, f64)], height: f64, is_closed: bool) -> Markup {
    let mut d = String::new();
    for (place, (x, y)) in points.iter().enumerate() {
        d.push(if place == 0 { 'M' } else { 'L' });
        d.extend([pixels(x * STRETCHED), " ".to_owned(), pixels(*y)]);
    }
    if is_closed {
        d.push('Z');
    }
    html! {
        svg.stretched width="100%" height=(pixels(height)) viewBox=(format!("0 0 {STRETCHED} {}", pixels(height)))
            preserveAspectRatio="none" {
            path class=(kind) d=(d) {}
        }
    }
}

/// Which mark is whose.
pub(super) fn legend<'a>(names: impl IntoIterator<Item = (usize, &'a str)>) -> Markup {
    html! {
        ul.legend {
            @for (place, name) in names { li { (swatch(place)) (name) } }
        }
    }
}

/// A mark within text.
pub(super) fn swatch(place: usize) -> Markup {
    html! {
        svg.swatch width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true" {
            g.series.(class(place)) { path d=(shape(place)) {} }
        }
    }
}

/// `12.5%`.
pub(super) fn percent(share: f64) -> String {
    format!("{}%", pixels(100.0 * share))
}

/// At most two decimals, none where none are needed.
pub(super) fn pixels(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The class that gives a system its colour.
pub(super) fn class(place: usize) -> String {
    format!("s{}", place % COLOURS)
}

/// Another shape for each colour, and for an eighth system another than for the first.
fn shape(place: usize) -> &'static str {
    SHAPES[(place + place / COLOURS) % SHAPES.len()]
}
