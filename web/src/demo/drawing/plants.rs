//! Plants, pots and what one waters them with.

use super::colour::Rgb;
use super::garden;
use super::look::Look;
use super::sheet::{Shade, Sheet, oval, poly, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &[
    "monstera",
    "cactus",
    "snake",
    "succulent",
    "fern",
    "olive",
    "trailing",
    "pot",
    "herbs",
    "can",
    "orchid",
    "palm",
];
pub(super) const HUNG: &[&str] = &["trailing"];

/// Draws one: `main` is the pot, `second` the leaf, `accent` the bloom or the band.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    match look.shape {
        "cactus" => cactus(s, look),
        "snake" => snake(s, look),
        "succulent" => succulent(s, look),
        "fern" => fern(s, look),
        "olive" => olive(s, look),
        "trailing" => trailing(s, look),
        "pot" => garden::pot_alone(s, look),
        "herbs" => garden::herbs(s, look),
        "can" => garden::can(s, look),
        "orchid" => garden::orchid(s, look),
        "palm" => palm(s, look),
        _ => monstera(s, look),
    }
}

/// A planted pot, its soil showing.
pub(super) fn pot(s: &mut Sheet, look: &Look, (top, half): (f32, f32)) {
    s.shadow(320.0, 520.0, half * 1.4, 22.0);
    s.fill(&oval(320.0, top + 4.0, half - 4.0, 14.0), "#4a3527");
    let foot = half * 0.72;
    look.clad(
        s,
        &format!(
            "M{} {top}H{}L{} 508Q{} 520 {} 520H{}Q{} 520 {} 508Z",
            320.0 - half,
            320.0 + half,
            320.0 + foot,
            320.0 + foot - 2.0,
            304.0 + foot,
            336.0 - foot,
            322.0 - foot,
            320.0 - foot
        ),
        Shade::Round,
    );
    let edge = slab(312.0 - half, top - 4.0, half * 2.0 + 16.0, 26.0, 6.0);
    s.form(&edge, look.main.light(0.08), look.stuff, Shade::Round);
}

/// One broad leaf with its veins.
pub(super) fn leaf(s: &mut Sheet, (x, y): (f32, f32), turn: f32, size: f32, colour: Rgb) {
    s.moved(&format!("translate({x} {y}) rotate({turn}) scale({size})"), |s| {
        s.form(
            "M0 0C-44 -34 -46 -104 0 -160C46 -104 44 -34 0 0Z",
            colour,
            Stuff::Matte,
            Shade::Round,
        );
        s.pen(
            "M0 0V-140M0 -40L-22 -66M0 -40L22 -66M0 -80L-18 -104M0 -80L18 -104",
            colour.light(0.45),
            3.0,
            0.6,
        );
    });
}

fn monstera(s: &mut Sheet, look: &Look) {
    let green = look.second;
    for (x, y, turn, size) in [
        (170.0, 210.0, -52.0, 0.95),
        (470.0, 220.0, 50.0, 0.95),
        (236.0, 130.0, -20.0, 1.0),
        (410.0, 130.0, 24.0, 1.05),
        (320.0, 236.0, 2.0, 1.1),
    ] {
        s.line(
            &format!("M320 404Q{} 320 {x} {y}", 320.0 + (x - 320.0) * 0.3),
            green.dark(0.2),
            8.0,
        );
        s.moved(&format!("translate({x} {y}) rotate({turn}) scale({size})"), |s| {
            s.form(
                "M0 30C-20 50 -92 40 -96 -20C-98 -80 -50 -120 0 -140C50 -120 98 -80 96 -20C92 40 20 50 0 30Z",
                green,
                Stuff::Gloss,
                Shade::Ball,
            );
            s.pen(
                "M0 30V-128M0 0L-60 -34M0 0L60 -34M0 -44L-54 -80M0 -44L54 -80",
                green.light(0.4),
                4.0,
                0.7,
            );
            for side in [-1.0, 1.0] {
                s.tint(
                    &poly(&[(side * 98.0, 0.0), (side * 42.0, -8.0), (side * 98.0, -14.0)]),
                    green.dark(0.75),
                    0.75,
                );
                s.tint(
                    &poly(&[(side * 92.0, -56.0), (side * 40.0, -50.0), (side * 84.0, -70.0)]),
                    green.dark(0.75),
                    0.75,
                );
                s.tint(&oval(side * 26.0, -40.0, 7.0, 13.0), green.dark(0.75), 0.75);
            }
        });
    }
    pot(s, look, (396.0, 104.0));
}

fn cactus(s: &mut Sheet, look: &Look) {
    let green = look.second;
    s.form(
        "M176 250q0 -34 30 -34t30 34v40q0 20 20 20h40v54h-60q-60 0 -60 -60z",
        green.dark(0.06),
        Stuff::Matte,
        Shade::Round,
    );
    s.form(
        "M464 210q0 -34 -30 -34t-30 34v50q0 20 -20 20h-40v54h60q60 0 60 -60z",
        green.dark(0.06),
        Stuff::Matte,
        Shade::Round,
    );
    s.form(
        &slab(258.0, 96.0, 124.0, 330.0, 62.0),
        green,
        Stuff::Matte,
        Shade::Round,
    );
    for x in [284.0, 308.0, 332.0, 356.0] {
        s.pen(&format!("M{x} 130V400"), green.dark(0.45), 3.0, 0.5);
        for step in 0..10u8 {
            let y = 140.0 + f32::from(step) * 26.0;
            s.pen(
                &format!("M{} {y}l-6 -6M{} {y}l6 -6", x - 2.0, x + 2.0),
                "#fff8e0",
                2.2,
                0.9,
            );
        }
    }
    for turn in 0..6u16 {
        s.moved(&format!("translate(320 100) rotate({})", turn * 60), |s| {
            s.form(&oval(0.0, -20.0, 11.0, 20.0), look.accent, Stuff::Matte, Shade::Flat)
        });
    }
    s.fill(&oval(320.0, 100.0, 9.0, 9.0), "#f8d860");
    pot(s, look, (392.0, 108.0));
}

fn snake(s: &mut Sheet, look: &Look) {
    for (x, top, bend) in [
        (262.0, 150.0, -60.0),
        (388.0, 170.0, 60.0),
        (286.0, 84.0, -20.0),
        (352.0, 70.0, 24.0),
        (322.0, 130.0, 4.0),
    ] {
        let (l, r) = (x - 24.0, x + 24.0);
        let d = format!(
            "M{l} 410C{} 300 {} 220 {} {top}C{} 220 {} 300 {r} 410Z",
            l + bend * 0.2,
            l + bend * 0.4,
            x + bend,
            r + bend * 0.8,
            r + bend * 0.3
        );
        s.form(&d, look.accent, Stuff::Matte, Shade::Round);
        let inner = format!(
            "M{} 410C{} 310 {} 230 {} {}C{} 230 {} 310 {} 410Z",
            l + 8.0,
            l + 8.0 + bend * 0.2,
            l + 8.0 + bend * 0.4,
            x + bend,
            top + 34.0,
            r - 8.0 + bend * 0.8,
            r - 8.0 + bend * 0.3,
            r - 8.0
        );
        s.form(&inner, look.second, Stuff::Matte, Shade::Round);
        s.within(&inner, |s| {
            for step in 0..9u8 {
                let y = 130.0 + f32::from(step) * 33.0;
                s.pen(
                    &format!("M{} {y}q20 -12 40 2t60 -2", x - 40.0 + bend * 0.4),
                    look.second.light(0.42),
                    7.0,
                    0.42,
                );
            }
        });
    }
    pot(s, look, (400.0, 100.0));
}

fn succulent(s: &mut Sheet, look: &Look) {
    pot(s, look, (396.0, 132.0));
    for (ring, (count, reach, lift)) in [
        (11u16, 1.0, 372.0),
        (9, 0.78, 352.0),
        (7, 0.56, 336.0),
        (5, 0.34, 326.0),
    ]
    .into_iter()
    .enumerate()
    {
        for index in 0..count {
            let turn = -100.0 + 200.0 * f32::from(index) / f32::from(count - 1);
            let colour = look.second.mix(look.accent, 0.12 + ring as f32 * 0.16);
            s.moved(&format!("translate(320 {lift}) rotate({turn}) scale({reach})"), |s| {
                s.form(
                    "M0 20C-50 -30 -40 -110 0 -186C40 -110 50 -30 0 20Z",
                    colour,
                    Stuff::Matte,
                    Shade::Round,
                );
                s.tint("M-8 -150L0 -186L8 -150Z", look.accent, 0.9);
            });
        }
    }
    s.within(&slab(0.0, 392.0, 640.0, 248.0, 0.0), |s| pot(s, look, (396.0, 132.0)));
}

fn fern(s: &mut Sheet, look: &Look) {
    for (turn, size) in [
        (-78.0, 0.9),
        (76.0, 0.92),
        (-52.0, 1.05),
        (52.0, 1.02),
        (-26.0, 1.12),
        (28.0, 1.1),
        (2.0, 1.16),
    ] {
        s.moved(&format!("translate(320 404) rotate({turn}) scale({size})"), |s| {
            s.line("M0 0C-6 -90 4 -200 24 -270", look.second.dark(0.3), 5.0);
            for step in 0..15u8 {
                let at = f32::from(step) / 15.0;
                let (x, y, reach) = (at * at * 26.0 - 4.0 * at, -36.0 - at * 226.0, 60.0 * (1.0 - at) + 12.0);
                for side in [-1.0, 1.0] {
                    let tip = x + side * reach;
                    s.fill(
                        &format!(
                            "M{x} {y}Q{} {} {tip} {}Q{} {} {x} {}Z",
                            x + side * reach * 0.5,
                            y - 22.0,
                            y - 20.0,
                            x + side * reach * 0.5,
                            y + 6.0,
                            y + 11.0
                        ),
                        if side < 0.0 {
                            look.second
                        } else {
                            look.second.light(0.16)
                        },
                    );
                }
            }
        });
    }
    pot(s, look, (398.0, 96.0));
}

fn olive(s: &mut Sheet, look: &Look) {
    s.tube(
        "M320 420C316 360 330 330 318 270C312 230 290 210 270 180M318 280C330 240 360 220 380 180",
        Rgb(128, 98, 72),
        18.0,
    );
    let mut dice = super::stuff::Dice::new(77);
    for index in 0..110u16 {
        let (x, y) = (dice.between(-1.0, 1.0), dice.between(-1.0, 1.0));
        if x * x + y * y > 1.05 {
            continue;
        }
        let colour = if index % 3 == 0 {
            look.second.light(0.3)
        } else {
            look.second.dark(dice.between(0.0, 0.4))
        };
        s.moved(
            &format!(
                "translate({} {}) rotate({})",
                320.0 + x * 160.0,
                180.0 + y * 120.0,
                dice.between(0.0, 360.0)
            ),
            |s| {
                s.fill("M0 0C-14 -14 -14 -44 0 -62C14 -44 14 -14 0 0Z", colour);
            },
        );
        if index % 9 == 0 {
            s.form(
                &oval(320.0 + x * 150.0, 196.0 + y * 110.0, 9.0, 12.0),
                look.accent,
                Stuff::Gloss,
                Shade::Ball,
            );
        }
    }
    pot(s, look, (404.0, 92.0));
}

fn trailing(s: &mut Sheet, look: &Look) {
    s.line("M320 20L210 262M320 20L430 262", look.accent, 5.0);
    s.form(&oval(320.0, 22.0, 14.0, 14.0), look.accent, Stuff::Wood, Shade::Ball);
    s.fill(&oval(320.0, 262.0, 118.0, 22.0), "#4a3527");
    let vines: [(f32, f32, f32); 6] = [
        (216.0, 120.0, 560.0),
        (262.0, 210.0, 600.0),
        (330.0, 300.0, 520.0),
        (380.0, 420.0, 610.0),
        (424.0, 520.0, 540.0),
        (300.0, 270.0, 450.0),
    ];
    look.clad(s, "M196 262H444C440 350 400 400 320 400S200 350 196 262Z", Shade::Round);
    s.form(
        &slab(190.0, 250.0, 260.0, 24.0, 10.0),
        look.main.light(0.1),
        look.stuff,
        Shade::Round,
    );
    for (index, (x, tip, end)) in vines.into_iter().enumerate() {
        s.line(
            &format!("M{x} 256C{x} 330 {tip} 360 {tip} {end}"),
            look.second.dark(0.3),
            4.0,
        );
        for step in 0..8u8 {
            let at = f32::from(step) / 7.0;
            let lx = x + (tip - x) * (at * 1.5).min(1.0);
            let turn = if (usize::from(step) + index) % 2 == 0 {
                150.0
            } else {
                214.0
            };
            leaf(
                s,
                (lx, 250.0 + (end - 250.0) * at),
                turn,
                0.4,
                look.second.light(f32::from(step % 3) * 0.12),
            );
        }
    }
}

fn palm(s: &mut Sheet, look: &Look) {
    s.tube("M320 420C312 340 326 300 320 240", Rgb(146, 112, 80), 24.0);
    for turn in [-104.0, 104.0, -74.0, 74.0, -44.0, 46.0, -16.0, 16.0] {
        s.moved(&format!("translate(320 250) rotate({turn})"), |s| {
            s.line("M0 0Q10 -110 40 -190", look.second.dark(0.25), 6.0);
            for step in 0..9u8 {
                let at = 0.25 + f32::from(step) / 12.0;
                let (x, y) = (40.0 * at * at, -190.0 * at);
                for (side, colour) in [(-1.0, look.second), (1.0, look.second.light(0.14))] {
                    s.line(
                        &format!(
                            "M{x} {y}q{} -10 {} {}",
                            side * 26.0,
                            side * (56.0 - 26.0 * at),
                            22.0 - at * 60.0
                        ),
                        colour,
                        8.0,
                    );
                }
            }
        });
    }
    pot(s, look, (400.0, 100.0));
}
