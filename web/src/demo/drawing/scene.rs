//! What stands behind and under the product: a soft wall, a floor, sometimes a shape.

use super::colour::{Rgb, WHITE};
use super::sheet::{SIDE, Sheet, disc, slab};

/// Soft tints that go with most colours.
const TINTS: [Rgb; 9] = [
    Rgb(242, 233, 221),
    Rgb(226, 236, 234),
    Rgb(235, 229, 241),
    Rgb(247, 227, 218),
    Rgb(222, 232, 243),
    Rgb(232, 238, 220),
    Rgb(250, 238, 208),
    Rgb(236, 236, 236),
    Rgb(240, 222, 228),
];

/// Deeper tints, before which a pale thing shows.
const DEEP_TINTS: [Rgb; 6] = [
    Rgb(186, 212, 202),
    Rgb(186, 207, 228),
    Rgb(238, 202, 188),
    Rgb(240, 219, 172),
    Rgb(208, 198, 228),
    Rgb(198, 214, 176),
];

/// The wall's tint: one of a few, far enough from the product's own colour.
pub(super) fn tint(seed: u64, main: Rgb) -> Rgb {
    let chosen = |tints: &[Rgb], apart: f32| {
        let start = (seed % tints.len() as u64) as usize;
        let mut turned = (0..tints.len()).map(|step| tints[(start + step) % tints.len()]);
        turned.find(|tint| tint.distance(main) > apart)
    };
    chosen(&TINTS, 0.13)
        .or_else(|| chosen(&DEEP_TINTS, 0.1))
        .unwrap_or(DEEP_TINTS[0])
}

/// Paints wall and floor.
pub(super) fn paint(sheet: &mut Sheet, seed: u64, tint: Rgb, hung: bool) {
    let wall = sheet.radial(
        (0.42, 0.36, 0.85),
        &[
            (0.0, tint.light(0.45), 1.0),
            (0.6, tint, 1.0),
            (1.0, tint.dark(0.1), 1.0),
        ],
    );
    sheet.fill(&slab(0.0, 0.0, SIDE, SIDE, 0.0), wall);
    match seed / 16 % 4 {
        // An arch stands on a floor; what has none gets the disc.
        1 if hung => light_disc(sheet, tint),
        0 => light_disc(sheet, tint),
        1 => {
            let arch = "M120 530V290a200 200 0 0 1 400 0V530Z";
            sheet.tint(arch, tint.dark(0.07), 0.8);
        }
        2 => sheet.tint("M-10 640L250 -10H470L160 640Z", WHITE, 0.3),
        _ => {}
    }
    if hung {
        return;
    }
    let floor = sheet.linear(
        (0.0, 1.0),
        &[
            (0.0, tint.dark(0.15), 1.0),
            (0.35, tint.dark(0.07), 1.0),
            (1.0, tint.dark(0.02), 1.0),
        ],
    );
    sheet.fill(&slab(0.0, 478.0, SIDE, 162.0, 0.0), floor);
}

fn light_disc(sheet: &mut Sheet, tint: Rgb) {
    sheet.tint(&disc(320.0, 300.0, 236.0), tint.mix(WHITE, 0.6), 0.75);
}
