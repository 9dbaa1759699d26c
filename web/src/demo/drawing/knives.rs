//! Kitchen knives, seen from above on a board, and knife blocks.

use super::boards;
use super::colour::{INK, Rgb};
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &[
    "chef", "santoku", "bread", "paring", "cleaver", "carving", "block", "oyster",
];
pub(super) const HUNG: &[&str] = &["chef", "santoku", "bread", "paring", "cleaver", "carving", "oyster"];

const STEEL: Rgb = Rgb(196, 204, 210);

/// Draws one.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    if look.shape == "block" {
        return block(s, look);
    }
    boards::draw(s, look.shape);
    // The knife lies along the x axis, tip to the left, and is turned as a whole.
    let blade = match look.shape {
        "santoku" => "M340 300C240 292 150 296 96 320C84 330 84 344 92 356H340Z",
        "bread" => {
            "M350 302H84Q70 304 66 316L78 338l12 -7l12 7l12 -7l12 7l12 -7l12 7l12 -7l12 7l12 -7l12 7l12 -7l12 7l12 -7l12 7l12 -7l12 7l12 -7l12 7l12 -7l12 7l12 -7l12 7H350Z"
        }
        "paring" => "M340 306C280 304 230 312 196 330C230 338 290 340 340 338Z",
        "cleaver" => "M340 268H110Q92 268 92 286V372Q92 384 106 384H322Q340 384 340 370Z",
        "carving" => "M350 306C240 300 130 304 48 336C130 346 250 342 350 338Z",
        "oyster" => "M330 308C290 300 252 306 226 322C252 338 290 344 330 336Z",
        _ => "M340 296C240 290 140 306 64 350C150 366 270 366 340 362Z",
    };
    s.moved("rotate(-32 320 320) translate(14 0)", |s| {
        s.moved("translate(6 14)", |s| {
            s.tint(blade, INK, 0.22);
            s.tint(&slab(336.0, 300.0, 216.0, 40.0, 16.0), INK, 0.25);
        });
        s.form(blade, STEEL, Stuff::Metal, Shade::Lying);
        if look.deco != super::stuff::Deco::Plain {
            let waves = look.deco.paint(s, STEEL.dark(0.3), 0.5);
            s.within(blade, |s| s.tint("M0 250H340V342H0Z", waves.unwrap_or_default(), 0.55));
        }
        if !matches!(look.shape, "cleaver" | "paring" | "oyster" | "carving") {
            s.pen("M340 352L110 348", "#ffffff", 3.0, 0.5);
        }
        if look.shape == "santoku" {
            for x in [150.0, 180.0, 210.0, 240.0, 270.0] {
                s.tint(&slab(x, 324.0, 11.0, 24.0, 5.0), INK, 0.16);
            }
        }
        if look.shape == "cleaver" {
            s.fill(&disc(126.0, 294.0, 11.0), look.accent.dark(0.1));
        }
        handle(s, look);
    });
}

fn handle(s: &mut Sheet, look: &Look) {
    s.form(
        &slab(328.0, 297.0, 22.0, 46.0, 5.0),
        look.accent,
        Stuff::Metal,
        Shade::Lying,
    );
    s.form(
        "M346 298H520Q556 298 562 322Q564 350 538 352Q510 346 480 342H346Z",
        look.main,
        look.stuff,
        Shade::Lying,
    );
    for x in [390.0, 446.0, 502.0] {
        s.form(&disc(x, 322.0, 7.0), look.second, Stuff::Metal, Shade::Ball);
    }
}

fn block(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 190.0, 28.0);
    for (x, y, h) in [
        (196.0, 120.0, 150.0),
        (258.0, 92.0, 170.0),
        (322.0, 110.0, 150.0),
        (384.0, 150.0, 120.0),
    ] {
        s.moved("rotate(-12 320 320)", |s| {
            s.form(
                &slab(x + 8.0, y + h - 20.0, 20.0, 60.0, 2.0),
                STEEL,
                Stuff::Metal,
                Shade::Round,
            );
            s.form(&slab(x, y, 36.0, h, 14.0), look.second, Stuff::Matte, Shade::Round);
            for dot in [0.3, 0.62] {
                s.form(
                    &disc(x + 18.0, y + h * dot, 5.0),
                    look.accent,
                    Stuff::Metal,
                    Shade::Ball,
                );
            }
        });
    }
    s.form(
        "M196 300L448 244L476 500Q476 520 456 520H230Q212 520 210 500Z",
        look.main,
        look.stuff,
        Shade::Round,
    );
    s.form(
        "M196 300L448 244L452 270L200 328Z",
        look.main.light(0.25),
        look.stuff,
        Shade::Flat,
    );
    s.tint("M450 256L476 500Q476 520 456 520H420L412 262Z", INK, 0.14);
}
