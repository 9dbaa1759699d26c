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

/// The wall's tint: one of a few, far enough from the product's own colour.
pub(super) fn tint(seed: u64, main: Rgb) -> Rgb {
    let start = (seed % TINTS.len() as u64) as usize;
    (0..TINTS.len())
        .map(|step| TINTS[(start + step * 2) % TINTS.len()])
        .find(|tint| tint.distance(main) > 0.13)
        .unwrap_or(TINTS[start].dark(0.16))
}

/// Paints wall and floor.
pub(super) fn paint(sheet: &mut Sheet, seed: u64, tint: Rgb, hung: bool) {
    let wall = sheet.radial((0.42, 0.36, 0.85), &[(0.0, tint.light(0.45), 1.0), (0.6, tint, 1.0), (1.0, tint.dark(0.1), 1.0)]);
    sheet.fill(&slab(0.0, 0.0, SIDE, SIDE, 0.0), wall);
    match seed / 16 % 4 {
        0 => sheet.tint(&disc(320.0, 300.0, 236.0), tint.mix(WHITE, 0.6), 0.75),
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
    let floor = sheet.linear((0.0, 1.0), &[(0.0, tint.dark(0.15), 1.0), (0.35, tint.dark(0.07), 1.0), (1.0, tint.dark(0.02), 1.0)]);
    sheet.fill(&slab(0.0, 478.0, SIDE, 162.0, 0.0), floor);
}
