//! Bicycles and other things on wheels, seen from the right side.

use super::colour::{INK, Rgb};
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, oval, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &["road", "city", "mountain", "cargo", "balance", "folding", "scooter"];
pub(super) const HUNG: &[&str] = &[];

const RUBBER: Rgb = Rgb(48, 46, 54);

/// Draws one: `main` is the frame, `second` saddle and grips, `accent` tyres' walls, baskets, bags.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 528.0, 290.0, 20.0);
    match look.shape {
        "city" => city(s, look),
        "mountain" => mountain(s, look),
        "cargo" => cargo(s, look),
        "balance" => balance(s, look),
        "folding" => folding(s, look),
        "scooter" => scooter(s, look),
        _ => road(s, look),
    }
}

fn wheel(s: &mut Sheet, (x, y, r): (f32, f32, f32), tyre: f32, wall: Rgb) {
    s.pen(&disc(x, y, r), RUBBER, tyre, 1.0);
    s.pen(&disc(x, y, r - tyre * 0.55), wall, tyre * 0.35, 1.0);
    for turn in 0..14u16 {
        s.moved(&format!("rotate({} {x} {y})", f32::from(turn) * 25.714), |s| {
            s.pen(
                &format!("M{x} {y}V{}", y - r + tyre * 0.7),
                Rgb(130, 134, 142),
                1.6,
                0.8,
            )
        });
    }
    s.form(&disc(x, y, 11.0), Rgb(160, 164, 172), Stuff::Metal, Shade::Ball);
}

fn crank(s: &mut Sheet, x: f32, y: f32, hub: (f32, f32)) {
    s.pen(
        &format!(
            "M{x} {}L{} {}M{x} {}L{} {}",
            y - 26.0,
            hub.0,
            hub.1 - 11.0,
            y + 26.0,
            hub.0,
            hub.1 + 11.0
        ),
        RUBBER,
        3.4,
        0.9,
    );
    s.pen(&disc(x, y, 26.0), Rgb(120, 124, 132), 7.0, 1.0);
    s.line(&format!("M{x} {y}L{} {}", x + 34.0, y + 34.0), Rgb(90, 94, 102), 8.0);
    s.form(
        &slab(x + 20.0, y + 34.0, 40.0, 11.0, 4.0),
        RUBBER,
        Stuff::Matte,
        Shade::Lying,
    );
}

fn saddle(s: &mut Sheet, look: &Look, x: f32, y: f32) {
    s.form(
        &format!(
            "M{} {y}q8 -18 44 -16q40 6 74 4q14 4 6 14q-44 0 -66 14q-30 14 -50 4q-14 -8 -8 -20z",
            x - 50.0
        ),
        look.second,
        Stuff::Leather,
        Shade::Lying,
    );
}

fn road(s: &mut Sheet, look: &Look) {
    wheel(s, (150.0, 412.0, 112.0), 12.0, look.accent);
    wheel(s, (492.0, 412.0, 112.0), 12.0, look.accent);
    crank(s, 296.0, 420.0, (150.0, 412.0));
    s.tube("M150 412L236 236L296 420L150 412", look.main, 11.0);
    s.tube("M236 236L440 226L296 420", look.main, 15.0);
    s.tube("M228 200L236 236M432 190L442 240L492 412", look.main, 12.0);
    s.tube("M430 192L486 186C526 190 520 244 480 246", look.second, 13.0);
    saddle(s, look, 224.0, 190.0);
    s.form(
        &slab(336.0, 310.0, 24.0, 70.0, 8.0),
        look.accent,
        Stuff::Gloss,
        Shade::Round,
    );
}

fn city(s: &mut Sheet, look: &Look) {
    wheel(s, (148.0, 408.0, 112.0), 19.0, look.accent.light(0.4));
    wheel(s, (494.0, 408.0, 112.0), 19.0, look.accent.light(0.4));
    s.pen(
        "M30 400A120 120 0 0 1 262 372M384 360A120 120 0 0 1 590 340",
        look.main.dark(0.12),
        10.0,
        1.0,
    );
    crank(s, 300.0, 420.0, (148.0, 408.0));
    s.form(
        "M150 384L310 390Q336 420 310 446L150 432Z",
        look.main.light(0.1),
        Stuff::Gloss,
        Shade::Lying,
    );
    s.tube(
        "M148 408L242 250L300 420M254 290C320 380 400 340 444 220",
        look.main,
        15.0,
    );
    s.tube("M300 420C380 400 430 330 452 250", look.main, 15.0);
    s.tube("M234 190L244 250M436 160L456 250L494 408", look.main, 12.0);
    s.tube("M436 164C400 150 370 176 350 186", look.second, 14.0);
    saddle(s, look, 228.0, 180.0);
    s.form("M462 190H586L570 286H478Z", look.accent, Stuff::Rattan, Shade::Round);
    s.form(
        &slab(456.0, 182.0, 136.0, 15.0, 7.0),
        look.accent.dark(0.25),
        Stuff::Wood,
        Shade::Lying,
    );
    s.pen("M90 290H240", RUBBER, 8.0, 0.9);
    s.form(&disc(452.0, 262.0, 15.0), Rgb(250, 226, 150), Stuff::Gloss, Shade::Ball);
}

fn mountain(s: &mut Sheet, look: &Look) {
    for x in [148.0, 494.0] {
        wheel(s, (x, 410.0, 106.0), 28.0, look.accent);
        for turn in 0..24u16 {
            s.moved(&format!("rotate({} {x} 410)", turn * 15), |s| {
                s.fill(&slab(x - 5.0, 286.0, 10.0, 12.0, 3.0), RUBBER)
            });
        }
    }
    crank(s, 302.0, 414.0, (148.0, 410.0));
    s.tube("M148 410L262 290L302 414L148 410", look.main, 15.0);
    s.tube("M246 256L436 222L302 400", look.main, 23.0);
    s.tube("M230 214L258 300", look.main.dark(0.3), 13.0);
    s.tube("M428 190L450 260", look.main, 17.0);
    s.tube("M450 260L494 410", look.accent, 23.0);
    s.tube("M462 300L494 410", Rgb(200, 204, 210), 12.0);
    s.tube("M428 192L400 176M428 192L470 178", look.second, 15.0);
    saddle(s, look, 224.0, 204.0);
    s.tube("M270 300L330 290", Rgb(240, 180, 60), 13.0);
}

fn cargo(s: &mut Sheet, look: &Look) {
    wheel(s, (110.0, 424.0, 98.0), 18.0, look.accent.light(0.4));
    wheel(s, (556.0, 456.0, 66.0), 18.0, look.accent.light(0.4));
    crank(s, 226.0, 440.0, (110.0, 424.0));
    s.tube(
        "M110 424L176 270L226 440L110 424M186 290L290 260L226 440",
        look.main,
        13.0,
    );
    s.tube("M226 440L330 486H500L556 456M290 260L330 486", look.main, 15.0);
    s.tube("M168 210L178 280M282 180L296 290", look.main, 12.0);
    s.tube("M282 184C250 170 230 190 214 196", look.second, 14.0);
    saddle(s, look, 166.0, 200.0);
    look.clad(s, "M330 250H590L560 420H350Z", Shade::Lying);
    s.form("M326 300H582L560 420H350Z", look.accent, Stuff::Wood, Shade::Lying);
    s.pen("M338 340H574M344 380H568", INK, 4.0, 0.25);
    s.form(
        &slab(318.0, 240.0, 284.0, 20.0, 8.0),
        look.main.dark(0.15),
        Stuff::Matte,
        Shade::Lying,
    );
}

fn balance(s: &mut Sheet, look: &Look) {
    for x in [170.0, 474.0] {
        s.form(&disc(x, 430.0, 94.0), RUBBER, Stuff::Matte, Shade::Ball);
        s.form(&disc(x, 430.0, 72.0), look.accent, Stuff::Gloss, Shade::Ball);
        s.form(&disc(x, 430.0, 16.0), look.second, Stuff::Metal, Shade::Ball);
    }
    look.clad(
        s,
        "M150 420C190 330 300 300 420 250L440 290C360 330 330 380 200 450Q160 450 150 420Z",
        Shade::Lying,
    );
    look.clad(s, "M396 180H436L490 430H454Z", Shade::Round);
    s.tube("M370 176H468", look.second, 19.0);
    s.tube("M270 330V250", look.second.dark(0.3), 15.0);
    s.form(
        "M200 250Q210 224 260 230H330Q350 240 336 256Q300 260 280 274Q210 290 200 250Z",
        look.second,
        Stuff::Leather,
        Shade::Lying,
    );
}

fn folding(s: &mut Sheet, look: &Look) {
    wheel(s, (152.0, 450.0, 74.0), 17.0, look.accent);
    wheel(s, (492.0, 450.0, 74.0), 17.0, look.accent);
    crank(s, 274.0, 450.0, (152.0, 450.0));
    s.tube("M152 450L240 380L274 450L152 450", look.main, 13.0);
    s.tube("M232 376C300 420 380 400 456 336", look.main, 26.0);
    s.form(
        &slab(336.0, 372.0, 34.0, 46.0, 8.0),
        look.accent,
        Stuff::Metal,
        Shade::Flat,
    );
    s.tube("M222 190L250 440", look.main.dark(0.2), 15.0);
    s.tube("M436 150L464 350L492 450", look.main, 15.0);
    s.tube("M436 152L390 146M436 152L466 140", look.second, 15.0);
    saddle(s, look, 218.0, 180.0);
    s.pen("M76 440A78 78 0 0 1 226 430", look.main.dark(0.15), 8.0, 1.0);
}

fn scooter(s: &mut Sheet, look: &Look) {
    for x in [130.0, 500.0] {
        s.form(&disc(x, 468.0, 54.0), RUBBER, Stuff::Matte, Shade::Ball);
        s.form(&disc(x, 468.0, 34.0), look.accent, Stuff::Gloss, Shade::Ball);
        s.form(&disc(x, 468.0, 10.0), Rgb(190, 194, 200), Stuff::Metal, Shade::Ball);
    }
    s.pen("M72 450A60 60 0 0 1 186 446", look.main, 12.0, 1.0);
    look.clad(
        s,
        "M150 440H396C420 440 430 420 440 400L464 410C450 450 430 478 400 478H150Z",
        Shade::Lying,
    );
    s.tint(&slab(180.0, 436.0, 200.0, 10.0, 4.0), INK, 0.5);
    s.tube("M500 468L430 130", look.main, 19.0);
    s.tube("M372 136L486 118", look.second, 20.0);
    s.form(&oval(450.0, 196.0, 24.0, 24.0), look.accent, Stuff::Gloss, Shade::Ball);
    s.form(
        &oval(452.0, 196.0, 15.0, 15.0),
        Rgb(250, 238, 200),
        Stuff::Gloss,
        Shade::Ball,
    );
}
