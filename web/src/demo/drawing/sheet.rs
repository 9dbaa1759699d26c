//! The sheet that a drawing is made on: paths, paints, clips and shaded forms, written as SVG.
//! Knows the 640 × 640 coordinate system and nothing of products.

use super::colour::{INK, Rgb, WHITE};
use super::stuff::{Deco, Stuff};
use std::fmt::{Display, Write as _};

/// Width and height of the drawing's coordinate system.
pub(super) const SIDE: f32 = 640.0;

/// How light falls on a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shade {
    /// An upright cylinder: light on the left, shade on the right.
    Round,
    /// A nearly flat face.
    Flat,
    /// A ball or a cushion.
    Ball,
    /// A lying cylinder: light from above.
    Lying,
}

/// An SVG in the making.
#[derive(Default)]
pub(super) struct Sheet {
    defs: String,
    body: String,
    ids: u32,
}

impl Sheet {
    /// The finished document.
    pub(super) fn finish(self) -> String {
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="640" height="640" viewBox="0 0 640 640"><defs>{}</defs>{}</svg>"#,
            self.defs, self.body
        )
    }

    fn next_id(&mut self) -> String {
        self.ids += 1;
        format!("i{}", self.ids)
    }

    /// Adds raw SVG to the body.
    pub(super) fn put(&mut self, svg: impl Display) {
        // Writing to a `String` cannot fail.
        let _ = write!(self.body, "{svg}");
    }

    /// A linear gradient over the painted shape's box, from (0, 0) to (`x`, `y`).
    pub(super) fn linear(&mut self, (x, y): (f32, f32), stops: &[(f32, Rgb, f32)]) -> String {
        let id = self.next_id();
        let stops = stops_svg(stops);
        let _ = write!(
            self.defs,
            r#"<linearGradient id="{id}" x1="0" y1="0" x2="{x}" y2="{y}">{stops}</linearGradient>"#
        );
        format!("url(#{id})")
    }

    /// A radial gradient over the painted shape's box.
    pub(super) fn radial(&mut self, (x, y, r): (f32, f32, f32), stops: &[(f32, Rgb, f32)]) -> String {
        let id = self.next_id();
        let stops = stops_svg(stops);
        let _ = write!(
            self.defs,
            r#"<radialGradient id="{id}" cx="{x}" cy="{y}" r="{r}">{stops}</radialGradient>"#
        );
        format!("url(#{id})")
    }

    /// A repeated tile of `width` × `height`, turned by `angle` degrees and scaled.
    pub(super) fn tile(&mut self, (width, height): (f32, f32), (angle, scale): (f32, f32), svg: &str) -> String {
        let id = self.next_id();
        let _ = write!(
            self.defs,
            r#"<pattern id="{id}" width="{width}" height="{height}" patternUnits="userSpaceOnUse" patternTransform="rotate({angle}) scale({scale})">{svg}</pattern>"#
        );
        format!("url(#{id})")
    }

    /// A filled path.
    pub(super) fn fill(&mut self, d: &str, paint: impl Display) {
        self.put(format_args!(r#"<path d="{d}" fill="{paint}"/>"#));
    }

    /// A translucent filled path.
    pub(super) fn tint(&mut self, d: &str, paint: impl Display, opacity: f32) {
        self.put(format_args!(
            r#"<path d="{d}" fill="{paint}" fill-opacity="{opacity}"/>"#
        ));
    }

    /// A stroked path with round ends.
    pub(super) fn line(&mut self, d: &str, paint: impl Display, width: f32) {
        self.pen(d, paint, width, 1.0);
    }

    /// A translucent stroked path with round ends.
    pub(super) fn pen(&mut self, d: &str, paint: impl Display, width: f32, opacity: f32) {
        self.put(format_args!(
            r#"<path d="{d}" fill="none" stroke="{paint}" stroke-width="{width}" stroke-opacity="{opacity}" stroke-linecap="round" stroke-linejoin="round"/>"#
        ));
    }

    /// A dashed line, such as a seam.
    pub(super) fn seam(&mut self, d: &str, paint: impl Display, width: f32) {
        self.put(format_args!(
            r#"<path d="{d}" fill="none" stroke="{paint}" stroke-width="{width}" stroke-dasharray="9 7" stroke-linecap="round"/>"#
        ));
    }

    /// A thick line that looks like a tube: dark edge, body, light along its upper left.
    pub(super) fn tube(&mut self, d: &str, colour: Rgb, width: f32) {
        self.line(d, colour.dark(0.28), width);
        self.line(d, colour, width * 0.78);
        self.put(format_args!(
            r#"<path d="{d}" transform="translate({o} {o})" fill="none" stroke="{}" stroke-width="{}" stroke-opacity="0.7" stroke-linecap="round" stroke-linejoin="round"/>"#,
            colour.light(0.42),
            width * 0.2,
            o = -width * 0.16,
        ));
    }

    /// A shaded form of a colour and a material.
    pub(super) fn form(&mut self, d: &str, colour: Rgb, stuff: Stuff, shade: Shade) {
        let base = self.base(colour, stuff, shade);
        self.fill(d, base);
        if let Some(texture) = stuff.texture(self, colour, shade) {
            self.fill(d, texture);
        }
    }

    /// A shaded form that carries a printed or woven pattern.
    pub(super) fn clad(&mut self, d: &str, colour: Rgb, stuff: Stuff, shade: Shade, deco: (Deco, Rgb, f32)) {
        let base = self.base(colour, stuff, shade);
        self.fill(d, base);
        let (pattern, ink, scale) = deco;
        if let Some(print) = pattern.paint(self, ink, scale) {
            self.fill(d, print);
            // The print follows the form's light and shade.
            let over = self.linear(
                (1.0, 0.25),
                &[
                    (0.0, WHITE, 0.16),
                    (0.45, WHITE, 0.0),
                    (0.55, INK, 0.0),
                    (1.0, INK, 0.22),
                ],
            );
            self.fill(d, over);
        }
        if let Some(texture) = stuff.texture(self, colour, shade) {
            self.fill(d, texture);
        }
    }

    fn base(&mut self, colour: Rgb, stuff: Stuff, shade: Shade) -> String {
        let shine = stuff.shine();
        let alpha = stuff.opacity();
        let stop = |at: f32, colour: Rgb| (at, colour, alpha);
        match (shade, stuff) {
            (Shade::Round, Stuff::Metal) => self.linear(
                (1.0, 0.0),
                &[
                    stop(0.0, colour.dark(0.32)),
                    stop(0.14, colour.light(0.1)),
                    stop(0.27, colour.light(0.68)),
                    stop(0.42, colour.light(0.05)),
                    stop(0.68, colour.dark(0.22)),
                    stop(0.86, colour.light(0.22)),
                    stop(1.0, colour.dark(0.42)),
                ],
            ),
            (Shade::Lying, Stuff::Metal) => self.linear(
                (0.0, 1.0),
                &[
                    stop(0.0, colour.light(0.12)),
                    stop(0.25, colour.light(0.6)),
                    stop(0.55, colour),
                    stop(1.0, colour.dark(0.4)),
                ],
            ),
            (Shade::Round, _) => self.linear(
                (1.0, 0.0),
                &[
                    stop(0.0, colour.dark(0.08)),
                    stop(0.25, colour.light(0.12 + shine * 0.4)),
                    stop(0.55, colour),
                    stop(1.0, colour.dark(0.34)),
                ],
            ),
            (Shade::Lying, _) => self.linear(
                (0.0, 1.0),
                &[
                    stop(0.0, colour.light(0.06)),
                    stop(0.22, colour.light(0.1 + shine * 0.35)),
                    stop(0.55, colour),
                    stop(1.0, colour.dark(0.32)),
                ],
            ),
            (Shade::Flat, _) => self.linear(
                (1.0, 1.0),
                &[
                    stop(0.0, colour.light(0.12 + shine * 0.25)),
                    stop(0.5, colour),
                    stop(1.0, colour.dark(0.16)),
                ],
            ),
            (Shade::Ball, _) => self.radial(
                (0.36, 0.3, 0.8),
                &[
                    stop(0.0, colour.light(0.18 + shine * 0.4)),
                    stop(0.45, colour),
                    stop(1.0, colour.dark(0.4)),
                ],
            ),
        }
    }

    /// The soft shadow under a thing that stands on the floor.
    pub(super) fn shadow(&mut self, cx: f32, cy: f32, rx: f32, ry: f32) {
        let soft = self.radial((0.5, 0.5, 0.5), &[(0.0, INK, 0.42), (0.55, INK, 0.2), (1.0, INK, 0.0)]);
        self.fill(&oval(cx, cy, rx, ry), soft);
    }

    /// A soft white gleam.
    pub(super) fn gleam(&mut self, d: &str, opacity: f32) {
        self.tint(d, WHITE, opacity);
    }

    /// Draws only inside of a path.
    pub(super) fn within(&mut self, d: &str, draw: impl FnOnce(&mut Self)) {
        let id = self.next_id();
        let _ = write!(self.defs, r#"<clipPath id="{id}"><path d="{d}"/></clipPath>"#);
        self.put(format_args!(r#"<g clip-path="url(#{id})">"#));
        draw(self);
        self.put("</g>");
    }

    /// Draws under a transformation.
    pub(super) fn moved(&mut self, transform: &str, draw: impl FnOnce(&mut Self)) {
        self.put(format_args!(r#"<g transform="{transform}">"#));
        draw(self);
        self.put("</g>");
    }

    /// Draws twice: as it is, and mirrored about the middle of the sheet.
    pub(super) fn both_sides(&mut self, draw: impl Fn(&mut Self)) {
        draw(self);
        self.moved("translate(640 0) scale(-1 1)", draw);
    }
}

fn stops_svg(stops: &[(f32, Rgb, f32)]) -> String {
    let mut svg = String::new();
    for (at, colour, opacity) in stops {
        let _ = write!(
            svg,
            r#"<stop offset="{at}" stop-color="{colour}" stop-opacity="{opacity}"/>"#
        );
    }
    svg
}

/// Path of an ellipse.
pub(super) fn oval(cx: f32, cy: f32, rx: f32, ry: f32) -> String {
    format!(
        "M{} {cy}A{rx} {ry} 0 1 1 {} {cy}A{rx} {ry} 0 1 1 {} {cy}Z",
        cx - rx,
        cx + rx,
        cx - rx
    )
}

/// Path of a circle.
pub(super) fn disc(cx: f32, cy: f32, r: f32) -> String {
    oval(cx, cy, r, r)
}

/// Path of a rectangle with round corners.
pub(super) fn slab(x: f32, y: f32, w: f32, h: f32, r: f32) -> String {
    let r = r.min(w / 2.0).min(h / 2.0);
    format!(
        "M{} {y}h{}a{r} {r} 0 0 1 {r} {r}v{}a{r} {r} 0 0 1 -{r} {r}h-{}a{r} {r} 0 0 1 -{r} -{r}v-{}a{r} {r} 0 0 1 {r} -{r}Z",
        x + r,
        w - 2.0 * r,
        h - 2.0 * r,
        w - 2.0 * r,
        h - 2.0 * r,
    )
}

/// Path of a closed polygon.
pub(super) fn poly(points: &[(f32, f32)]) -> String {
    let mut d = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let _ = write!(d, "{}{x} {y}", if index == 0 { 'M' } else { 'L' });
    }
    d.push('Z');
    d
}
