//! Materials and printed patterns of the drawings, as repeated tiles.

use super::colour::{INK, Rgb, WHITE};
use super::sheet::{Shade, Sheet, disc, oval, poly};
use serde::Deserialize;
use std::fmt::Write as _;

/// What a thing is made of, as far as it shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stuff {
    /// Painted, without gloss.
    #[default]
    Matte,
    /// Glazed, enamelled or lacquered.
    Gloss,
    /// Bare or polished metal.
    Metal,
    /// Wood with its grain.
    Wood,
    /// Woven cloth.
    Fabric,
    /// Knitted wool.
    Knit,
    /// Leather.
    Leather,
    /// Clear or coloured glass.
    Glass,
    /// Stoneware with specks.
    Speckle,
    /// Basket weave.
    Rattan,
    /// Veined stone.
    Marble,
    /// Stone chips in cement.
    Terrazzo,
    /// Pressed wool.
    Felt,
    /// Cork.
    Cork,
}

/// A printed or woven pattern.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Deco {
    /// None.
    #[default]
    Plain,
    /// Level stripes.
    Stripes,
    /// Upright stripes.
    Pinstripe,
    /// Gingham.
    Checks,
    /// Dots in a staggered grid.
    Dots,
    /// Waves.
    Waves,
    /// Leaves.
    Leaves,
    /// Zigzag.
    Zigzag,
    /// Herringbone.
    Herringbone,
    /// Diamonds.
    Diamonds,
    /// Small flowers.
    Flowers,
    /// Overlapping arches.
    Scales,
    /// Little triangles.
    Confetti,
    /// A grid of thin lines.
    Grid,
}

/// A tiny generator: drawings must be the same on every machine and in every version.
pub(super) struct Dice(u64);

impl Dice {
    /// A generator that always throws the same for the same seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    /// The next number between `low` and `high`, to a tenth.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let share = (self.0 >> 40) as f32 / (1u64 << 24) as f32;
        ((low + (high - low) * share) * 10.0).round() / 10.0
    }
}

impl Stuff {
    /// How much it shines, 0–1.
    pub(super) fn shine(self) -> f32 {
        match self {
            Self::Gloss | Self::Metal => 1.0,
            Self::Glass => 0.8,
            Self::Speckle | Self::Marble | Self::Leather | Self::Terrazzo => 0.35,
            Self::Wood => 0.2,
            _ => 0.08,
        }
    }

    /// How much it hides.
    pub(super) fn opacity(self) -> f32 {
        if self == Self::Glass { 0.5 } else { 1.0 }
    }

    /// The paint that lies over the base colour, if the material has a grain.
    pub(super) fn texture(self, sheet: &mut Sheet, colour: Rgb, shade: Shade) -> Option<String> {
        let dark = colour.dark(0.45);
        let light = colour.light(0.5);
        Some(match self {
            Self::Matte | Self::Gloss | Self::Metal | Self::Glass => return None,
            Self::Wood => {
                let angle = if shade == Shade::Round { 90.0 } else { 0.0 };
                sheet.tile((260.0, 66.0), (angle, 1.0), &wood(dark, light))
            }
            Self::Fabric => sheet.tile((9.0, 9.0), (8.0, 1.0), &weave(dark, light)),
            Self::Knit => sheet.tile((20.0, 17.0), (0.0, 1.0), &knit(dark, light)),
            Self::Leather => sheet.tile(
                (70.0, 70.0),
                (0.0, 1.0),
                &specks(11, 70, (0.7, 1.5), &[dark, light], 0.22),
            ),
            Self::Speckle => sheet.tile(
                (120.0, 120.0),
                (0.0, 1.0),
                &specks(23, 46, (1.0, 3.2), &[dark, colour.dark(0.7)], 0.6),
            ),
            Self::Rattan => sheet.tile((28.0, 28.0), (0.0, 1.0), &rattan(colour)),
            Self::Marble => sheet.tile((300.0, 260.0), (18.0, 1.0), &marble(dark)),
            Self::Terrazzo => sheet.tile((150.0, 150.0), (0.0, 1.0), &chips(colour)),
            Self::Felt => sheet.tile((80.0, 80.0), (0.0, 1.0), &hairs(dark, light)),
            Self::Cork => sheet.tile(
                (90.0, 90.0),
                (0.0, 1.0),
                &specks(5, 90, (1.0, 3.0), &[dark, colour.dark(0.25), light], 0.45),
            ),
        })
    }
}

impl Deco {
    /// The paint of the pattern in one ink; none for plain.
    pub(super) fn paint(self, sheet: &mut Sheet, ink: Rgb, scale: f32) -> Option<String> {
        let (size, angle, svg) = match self {
            Self::Plain => return None,
            Self::Stripes => (
                (40.0, 40.0),
                0.0,
                format!(r#"<path d="M0 8h40v15h-40z" fill="{ink}"/>"#),
            ),
            Self::Pinstripe => ((30.0, 30.0), 0.0, format!(r#"<path d="M8 0h9v30h-9z" fill="{ink}"/>"#)),
            Self::Checks => (
                (48.0, 48.0),
                0.0,
                format!(
                    r#"<path d="M0 0h24v48h-24z" fill="{ink}" fill-opacity=".55"/><path d="M0 0h48v24h-48z" fill="{ink}" fill-opacity=".55"/>"#
                ),
            ),
            Self::Dots => (
                (44.0, 44.0),
                0.0,
                format!(
                    r#"<path d="{}{}" fill="{ink}"/>"#,
                    disc(11.0, 11.0, 7.5),
                    disc(33.0, 33.0, 7.5)
                ),
            ),
            Self::Waves => (
                (64.0, 30.0),
                0.0,
                format!(r#"<path d="M-16 15q16 -18 32 0t32 0t32 0" fill="none" stroke="{ink}" stroke-width="6"/>"#),
            ),
            Self::Leaves => ((78.0, 78.0), 12.0, leaves(ink)),
            Self::Zigzag => (
                (40.0, 32.0),
                0.0,
                format!(r#"<path d="M-10 26L10 6L30 26L50 6" fill="none" stroke="{ink}" stroke-width="7"/>"#),
            ),
            Self::Herringbone => (
                (36.0, 24.0),
                0.0,
                format!(
                    r#"<path d="M0 0L18 18L36 0M0 12L18 30L36 12M0 -12L18 6L36 -12M0 24L18 42" fill="none" stroke="{ink}" stroke-width="3.6"/>"#
                ),
            ),
            Self::Diamonds => (
                (52.0, 72.0),
                0.0,
                format!(
                    r#"<path d="M26 6L46 36L26 66L6 36Z" fill="none" stroke="{ink}" stroke-width="5"/><path d="{}" fill="{ink}"/>"#,
                    poly(&[(26.0, 24.0), (34.0, 36.0), (26.0, 48.0), (18.0, 36.0)])
                ),
            ),
            Self::Flowers => ((86.0, 86.0), 9.0, flowers(ink)),
            Self::Scales => (
                (48.0, 24.0),
                0.0,
                format!(
                    r#"<path d="M0 24a24 24 0 0 1 48 0M-24 12a24 24 0 0 1 48 0M24 12a24 24 0 0 1 48 0M12 24a12 12 0 0 1 24 0" fill="none" stroke="{ink}" stroke-width="3.4"/>"#
                ),
            ),
            Self::Confetti => ((110.0, 110.0), 0.0, confetti(ink)),
            Self::Grid => (
                (36.0, 36.0),
                0.0,
                format!(r#"<path d="M0 17h36v3h-36zM17 0h3v36h-3z" fill="{ink}"/>"#),
            ),
        };
        Some(sheet.tile(size, (angle, scale), &svg))
    }
}

fn wood(dark: Rgb, light: Rgb) -> String {
    let mut svg = String::new();
    for (y, bend, width, opacity) in [
        (6.0, 5.0, 2.2, 0.32),
        (15.0, 3.0, 1.2, 0.25),
        (26.0, 7.0, 2.6, 0.3),
        (37.0, 4.0, 1.3, 0.22),
        (47.0, 6.0, 2.0, 0.3),
        (58.0, 3.0, 1.4, 0.26),
    ] {
        let _ = write!(
            svg,
            r#"<path d="M0 {y}C60 {} 90 {} 130 {y}S210 {} 260 {y}" fill="none" stroke="{dark}" stroke-width="{width}" stroke-opacity="{opacity}"/>"#,
            y - bend,
            y + bend,
            y - bend,
        );
    }
    let _ = write!(
        svg,
        r#"<path d="M0 31C80 27 170 36 260 31" fill="none" stroke="{light}" stroke-width="2.4" stroke-opacity=".3"/>"#
    );
    let _ = write!(
        svg,
        r#"<path d="{}" fill="none" stroke="{dark}" stroke-width="1.6" stroke-opacity=".3"/>"#,
        oval(176.0, 31.0, 16.0, 5.0)
    );
    svg
}

fn weave(dark: Rgb, light: Rgb) -> String {
    format!(
        r#"<path d="M0 0h4.5v4.5h-4.5zM4.5 4.5h4.5v4.5h-4.5z" fill="{dark}" fill-opacity=".17"/><path d="M4.5 0h4.5v4.5h-4.5zM0 4.5h4.5v4.5h-4.5z" fill="{light}" fill-opacity=".2"/>"#
    )
}

fn knit(dark: Rgb, light: Rgb) -> String {
    format!(
        r#"<path d="M1 2L10 12L19 2" fill="none" stroke="{light}" stroke-width="5" stroke-opacity=".32" stroke-linejoin="round"/><path d="M1 9L10 19L19 9M1 -8L10 2L19 -8" fill="none" stroke="{dark}" stroke-width="2.2" stroke-opacity=".4"/>"#
    )
}

fn specks(seed: u64, count: usize, (small, large): (f32, f32), inks: &[Rgb], opacity: f32) -> String {
    let mut dice = Dice::new(seed);
    let side = if count > 60 { 70.0 } else { 120.0 };
    let mut svg = String::new();
    for index in 0..count {
        let ink = inks[index % inks.len()];
        let r = dice.between(small, large);
        let (x, y) = (dice.between(r, side - r), dice.between(r, side - r));
        let _ = write!(
            svg,
            r#"<path d="{}" fill="{ink}" fill-opacity="{opacity}"/>"#,
            oval(x, y, r, r * 0.8)
        );
    }
    svg
}

fn rattan(colour: Rgb) -> String {
    let (dark, light) = (colour.dark(0.35), colour.light(0.25));
    format!(
        r##"<path d="M0 0h28v28h-28z" fill="{dark}"/><path d="M1 2h12v10h-12zM15 16h12v10h-12z" fill="{light}"/><path d="M16 1h10v12h-10zM2 15h10v12h-10z" fill="{colour}"/>"##
    )
}

fn marble(vein: Rgb) -> String {
    format!(
        r#"<g fill="none" stroke="{vein}"><path d="M0 40C60 10 110 90 170 60S260 20 300 40" stroke-width="3" stroke-opacity=".4"/><path d="M0 150C50 190 90 120 150 170S240 190 300 150" stroke-width="2" stroke-opacity=".32"/><path d="M70 60C90 120 60 150 100 165M190 55C210 100 180 130 215 178" stroke-width="1.6" stroke-opacity=".3"/><path d="M0 220C90 200 180 250 300 220" stroke-width="6" stroke-opacity=".12"/></g>"#
    )
}

fn chips(colour: Rgb) -> String {
    let inks = [
        Rgb(201, 111, 83),
        Rgb(78, 96, 110),
        colour.dark(0.35),
        Rgb(222, 176, 96),
        WHITE,
    ];
    let mut dice = Dice::new(41);
    let mut svg = String::new();
    for index in 0..26 {
        let ink = inks[index % inks.len()];
        let r = dice.between(4.0, 10.0);
        let (x, y) = (dice.between(r, 150.0 - r), dice.between(r, 150.0 - r));
        let mut corner = |dx: f32, dy: f32| (x + dx * r * dice.between(0.6, 1.0), y + dy * r * dice.between(0.6, 1.0));
        let points = [
            corner(-1.0, -0.4),
            corner(0.1, -1.0),
            corner(1.0, -0.2),
            corner(0.5, 0.9),
            corner(-0.7, 0.7),
        ];
        let _ = write!(svg, r#"<path d="{}" fill="{ink}" fill-opacity=".9"/>"#, poly(&points));
    }
    svg
}

fn hairs(dark: Rgb, light: Rgb) -> String {
    let mut dice = Dice::new(7);
    let mut svg = String::new();
    for index in 0..70 {
        let ink = if index % 2 == 0 { dark } else { light };
        let (x, y, dx, dy) = (
            dice.between(2.0, 76.0),
            dice.between(2.0, 76.0),
            dice.between(-5.0, 5.0),
            dice.between(-5.0, 5.0),
        );
        let _ = write!(
            svg,
            r#"<path d="M{x} {y}q{dx} 1 {dx} {dy}" fill="none" stroke="{ink}" stroke-opacity=".25"/>"#
        );
    }
    svg
}

fn leaves(ink: Rgb) -> String {
    let leaf = "M0 0C6 -14 22 -16 30 -28C34 -10 22 4 0 0Z";
    let mut svg = String::new();
    for (x, y, turn) in [(16.0, 44.0, 0.0), (52.0, 36.0, 75.0), (36.0, 74.0, 190.0)] {
        let _ = write!(
            svg,
            r#"<path d="{leaf}" transform="translate({x} {y}) rotate({turn})" fill="{ink}"/>"#
        );
    }
    svg
}

fn flowers(ink: Rgb) -> String {
    let mut svg = String::new();
    for (x, y) in [(24.0, 24.0), (64.0, 62.0)] {
        for turn in 0..5 {
            let _ = write!(
                svg,
                r#"<path d="{}" transform="translate({x} {y}) rotate({})" fill="{ink}"/>"#,
                oval(0.0, -9.5, 5.6, 8.5),
                turn * 72
            );
        }
        let _ = write!(
            svg,
            r#"<path d="{}" fill="{}"/>"#,
            disc(x, y, 4.4),
            ink.mix(Rgb(246, 200, 80), 0.8)
        );
    }
    svg
}

fn confetti(ink: Rgb) -> String {
    let mut dice = Dice::new(97);
    let mut svg = String::new();
    for (x, y) in [
        (18.0, 20.0),
        (60.0, 14.0),
        (92.0, 40.0),
        (36.0, 56.0),
        (76.0, 76.0),
        (20.0, 90.0),
        (54.0, 98.0),
    ] {
        let turn = dice.between(0.0, 120.0);
        let _ = write!(
            svg,
            r#"<path d="M0 -10L10 8L-10 8Z" transform="translate({x} {y}) rotate({turn})" fill="{}"/>"#,
            if turn > 60.0 { ink } else { ink.mix(INK, 0.25) }
        );
    }
    svg
}
