//! What stands beside the leafy plants: pots, herbs, an orchid, the watering can.

use super::colour::INK;
use super::look::Look;
use super::plants::{leaf, pot};
use super::sheet::{Shade, Sheet, oval, slab};
use super::stuff::Stuff;

/// An empty pot on its saucer.
pub(super) fn pot_alone(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 220.0, 28.0);
    s.form(
        "M120 488H520L500 512Q496 520 480 520H160Q144 520 140 512Z",
        look.second,
        look.stuff,
        Shade::Round,
    );
    s.form(
        &oval(320.0, 216.0, 172.0, 34.0),
        look.main.light(0.1),
        look.stuff,
        Shade::Flat,
    );
    s.fill(&oval(320.0, 222.0, 152.0, 25.0), look.main.dark(0.65));
    look.clad(
        s,
        "M148 216A172 34 0 0 0 492 216L452 480Q448 500 430 500H210Q192 500 188 480Z",
        Shade::Round,
    );
    s.line("M140 262A180 34 0 0 0 486 258", look.accent, 9.0);
}

/// A trough of three herbs.
pub(super) fn herbs(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 270.0, 26.0);
    let greens = [look.second, look.second.light(0.2), look.second.dark(0.2)];
    for (index, x) in [160.0, 320.0, 480.0].into_iter().enumerate() {
        for (turn, size) in [(-50.0, 0.7), (46.0, 0.7), (-24.0, 0.95), (22.0, 0.9), (0.0, 1.1)] {
            match index {
                0 => leaf(s, (x, 380.0), turn, size, greens[0]),
                1 => s.moved(
                    &format!("translate({x} 390) rotate({}) scale({size})", turn * 0.6),
                    |s| s.line("M0 0V-190M8 0V-160M-8 0V-170", greens[1], 8.0),
                ),
                _ => s.moved(&format!("translate({x} 390) rotate({turn}) scale({size})"), |s| {
                    s.line("M0 0V-150", greens[2], 5.0);
                    for y in [-50.0, -90.0, -130.0, -156.0] {
                        s.form(
                            &oval(0.0, y, 34.0, 18.0),
                            greens[2].light(0.1),
                            Stuff::Matte,
                            Shade::Ball,
                        );
                    }
                }),
            }
        }
    }
    look.clad(s, &slab(70.0, 380.0, 500.0, 138.0, 16.0), Shade::Flat);
    s.form(
        &slab(62.0, 372.0, 516.0, 24.0, 8.0),
        look.main.light(0.1),
        look.stuff,
        Shade::Lying,
    );
    for x in [160.0, 320.0, 480.0] {
        s.form(
            &slab(x - 40.0, 430.0, 80.0, 40.0, 5.0),
            look.accent,
            Stuff::Matte,
            Shade::Flat,
        );
    }
}

/// A watering can.
pub(super) fn can(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 220.0, 26.0);
    s.tube("M250 470C150 460 140 300 70 220", look.main.dark(0.05), 26.0);
    s.form("M30 226L96 180L108 206L56 252Z", look.accent, Stuff::Metal, Shade::Flat);
    s.tube(
        "M470 470C590 440 580 210 420 220C360 224 300 240 250 290",
        look.second,
        22.0,
    );
    look.clad(
        s,
        "M224 284H456L480 490Q480 520 450 520H230Q200 520 202 490Z",
        Shade::Round,
    );
    s.form(
        &oval(340.0, 284.0, 116.0, 26.0),
        look.main.light(0.16),
        look.stuff,
        Shade::Flat,
    );
    s.fill(
        "M236 286a104 18 0 0 0 104 20V270a104 20 0 0 0 -104 16z",
        look.main.dark(0.6).to_string(),
    );
    s.line("M206 460H476", look.accent, 9.0);
    s.tint("M202 490Q200 520 230 520H450Q480 520 480 490Z", INK, 0.15);
}

/// An orchid in bloom.
pub(super) fn orchid(s: &mut Sheet, look: &Look) {
    s.line(
        "M316 410C330 300 290 220 330 140C350 104 400 90 440 110",
        look.second.dark(0.2),
        7.0,
    );
    for (turn, size) in [(-72.0, 1.15), (66.0, 1.1), (-40.0, 0.8)] {
        leaf(s, (320.0, 410.0), turn, size, look.second);
    }
    for (x, y, size) in [
        (300.0, 236.0, 1.0),
        (372.0, 176.0, 1.05),
        (270.0, 150.0, 0.85),
        (446.0, 122.0, 0.85),
        (344.0, 94.0, 0.8),
    ] {
        s.moved(&format!("translate({x} {y}) scale({size})"), |s| {
            for turn in [0.0, 72.0, 144.0, 216.0, 288.0] {
                s.moved(&format!("rotate({turn})"), |s| {
                    s.form(&oval(0.0, -34.0, 24.0, 34.0), look.accent, Stuff::Matte, Shade::Ball)
                });
            }
            s.form(
                &oval(0.0, 6.0, 12.0, 15.0),
                look.accent.dark(0.45),
                Stuff::Matte,
                Shade::Ball,
            );
            s.fill(&oval(0.0, -2.0, 6.0, 5.0), "#f6d45c");
        });
    }
    pot(s, look, (404.0, 86.0));
}
