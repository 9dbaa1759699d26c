//! Tables, desks and shelves to put things on.

use super::colour::INK;
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, oval, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &["round", "desk", "side", "trestle", "coffee", "nightstand", "drum"];
pub(super) const HUNG: &[&str] = &[];

/// Draws one: `main` is the top, `second` the legs, `accent` knobs and small things.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    match look.shape {
        "desk" => desk(s, look),
        "side" => side(s, look),
        "trestle" => trestle(s, look),
        "coffee" => coffee(s, look),
        "nightstand" => nightstand(s, look),
        "drum" => drum(s, look),
        _ => round(s, look),
    }
}

fn vase(s: &mut Sheet, look: &Look, x: f32, y: f32) {
    let green = super::colour::Rgb(116, 142, 96);
    for (dx, dy) in [(-34.0, -120.0), (8.0, -150.0), (40.0, -108.0)] {
        s.line(
            &format!("M{x} {}Q{x} {} {} {}", y - 40.0, y - 90.0, x + dx, y + dy),
            green.dark(0.2),
            4.0,
        );
        s.form(&oval(x + dx, y + dy, 14.0, 22.0), green, Stuff::Matte, Shade::Ball);
    }
    s.form(
        &format!(
            "M{} {}h24q-2 20 12 34q14 30 -8 46h-32q-22 -16 -8 -46q14 -14 12 -34z",
            x - 12.0,
            y - 80.0
        ),
        look.accent,
        Stuff::Gloss,
        Shade::Round,
    );
}

fn round(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 540.0, 220.0, 26.0);
    s.form(
        "M220 540C240 510 290 520 300 480V340H340V480C350 520 400 510 420 540Z",
        look.second,
        look.stuff,
        Shade::Round,
    );
    look.clad(s, "M60 310V334C100 380 540 380 580 334V310Z", Shade::Round);
    s.form(
        &oval(320.0, 310.0, 260.0, 46.0),
        look.main.light(0.14),
        look.stuff,
        Shade::Flat,
    );
    vase(s, look, 320.0, 316.0);
}

fn desk(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 540.0, 290.0, 22.0);
    s.tube("M96 330L80 540M210 330L204 510", look.second, 16.0);
    s.tube("M544 330L560 540M430 330L436 510", look.second, 16.0);
    look.clad(s, &slab(50.0, 290.0, 540.0, 34.0, 8.0), Shade::Lying);
    s.form(
        &slab(76.0, 322.0, 488.0, 66.0, 6.0),
        look.main.dark(0.1),
        look.stuff,
        Shade::Lying,
    );
    for x in [90.0, 326.0] {
        s.pen(&slab(x, 332.0, 224.0, 46.0, 4.0), INK, 2.5, 0.35);
        s.form(&disc(x + 112.0, 355.0, 9.0), look.accent, Stuff::Metal, Shade::Ball);
    }
    s.form(
        "M150 170H350L362 280H138Z",
        look.second.dark(0.3),
        Stuff::Matte,
        Shade::Flat,
    );
    s.tint("M160 180H340L350 270H150Z", super::colour::Rgb(150, 196, 214), 0.9);
    s.form(
        &slab(120.0, 278.0, 264.0, 13.0, 5.0),
        super::colour::Rgb(196, 200, 206),
        Stuff::Metal,
        Shade::Lying,
    );
    vase(s, look, 480.0, 292.0);
}

fn side(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 540.0, 150.0, 24.0);
    s.tube("M320 260L330 510", look.second.dark(0.3), 13.0);
    s.both_sides(|s| s.tube("M256 260L206 540", look.second, 15.0));
    s.form(&oval(320.0, 430.0, 78.0, 14.0), look.second, look.stuff, Shade::Flat);
    look.clad(s, "M160 236V256C180 290 460 290 480 256V236Z", Shade::Round);
    s.form(
        &oval(320.0, 236.0, 160.0, 34.0),
        look.main.light(0.12),
        look.stuff,
        Shade::Flat,
    );
    s.form(
        &slab(230.0, 206.0, 110.0, 22.0, 3.0),
        look.accent,
        Stuff::Fabric,
        Shade::Lying,
    );
    s.form(
        &slab(242.0, 186.0, 96.0, 22.0, 3.0),
        look.accent.light(0.4),
        Stuff::Fabric,
        Shade::Lying,
    );
    s.form(
        &slab(370.0, 186.0, 46.0, 46.0, 10.0),
        look.accent.dark(0.3),
        Stuff::Gloss,
        Shade::Round,
    );
}

fn trestle(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 540.0, 290.0, 22.0);
    s.both_sides(|s| {
        s.tube("M150 330L110 540M150 330L200 540", look.second, 18.0);
        s.tube("M130 450H180", look.second, 12.0);
    });
    s.tube("M150 400H490", look.second, 12.0);
    look.clad(s, &slab(34.0, 290.0, 572.0, 42.0, 6.0), Shade::Lying);
    s.form(
        "M180 262Q250 300 320 262Q314 292 290 292H210Q186 292 180 262Z",
        look.accent,
        Stuff::Gloss,
        Shade::Round,
    );
    for (x, ink) in [(216.0, "#d8793c"), (250.0, "#c9b043"), (282.0, "#a8483a")] {
        let colour = super::colour::Rgb::parse(ink).unwrap_or(look.accent);
        s.form(&disc(x, 256.0, 22.0), colour, Stuff::Matte, Shade::Ball);
    }
    vase(s, look, 440.0, 292.0);
}

fn coffee(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 530.0, 280.0, 26.0);
    s.both_sides(|s| s.tube("M130 400L100 526M240 410L236 500", look.second, 17.0));
    s.form(
        &slab(110.0, 456.0, 420.0, 20.0, 8.0),
        look.second,
        look.stuff,
        Shade::Lying,
    );
    s.form(
        &slab(180.0, 434.0, 120.0, 22.0, 3.0),
        look.accent,
        Stuff::Fabric,
        Shade::Lying,
    );
    look.clad(s, "M50 360H590V384Q580 412 540 412H100Q60 412 50 384Z", Shade::Lying);
    s.form(
        "M120 326H520L592 364Q590 372 570 372H70Q50 372 48 364Z",
        look.main.light(0.14),
        look.stuff,
        Shade::Flat,
    );
    s.form(
        "M280 316H380Q380 350 350 354H310Q280 350 280 316Z",
        look.accent,
        Stuff::Gloss,
        Shade::Round,
    );
    s.tube("M380 322C404 322 404 346 372 346", look.accent, 8.0);
}

fn nightstand(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 540.0, 190.0, 24.0);
    s.both_sides(|s| s.tube("M200 470L186 540", look.second, 20.0));
    look.clad(s, &slab(150.0, 236.0, 340.0, 250.0, 14.0), Shade::Flat);
    s.form(
        &slab(136.0, 220.0, 368.0, 30.0, 8.0),
        look.main.light(0.12),
        look.stuff,
        Shade::Lying,
    );
    for y in [262.0, 374.0] {
        s.form(
            &slab(170.0, y, 300.0, 98.0, 8.0),
            look.main.light(0.06),
            look.stuff,
            Shade::Flat,
        );
        s.pen(&slab(170.0, y, 300.0, 98.0, 8.0), INK, 3.0, 0.3);
        s.form(&disc(320.0, y + 49.0, 14.0), look.accent, Stuff::Metal, Shade::Ball);
    }
    s.form(
        &disc(400.0, 172.0, 46.0),
        super::colour::Rgb(250, 244, 230),
        Stuff::Matte,
        Shade::Ball,
    );
    s.line("M400 172V142M400 172L420 182", INK, 5.0);
    s.pen(&disc(400.0, 172.0, 46.0), look.accent, 8.0, 1.0);
    s.form(
        &slab(190.0, 196.0, 130.0, 24.0, 3.0),
        look.accent.dark(0.2),
        Stuff::Fabric,
        Shade::Lying,
    );
}

fn drum(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 530.0, 220.0, 28.0);
    look.clad(
        s,
        "M140 290C150 380 150 440 160 500Q164 526 200 528H440Q476 526 480 500C490 440 490 380 500 290Z",
        Shade::Round,
    );
    for x in [176.0, 224.0, 272.0, 320.0, 368.0, 416.0, 464.0] {
        s.pen(&format!("M{x} 310V520"), INK, 5.0, 0.14);
    }
    s.form(&oval(320.0, 286.0, 190.0, 40.0), look.second, look.stuff, Shade::Flat);
    s.pen(&oval(320.0, 286.0, 190.0, 40.0), look.accent, 7.0, 1.0);
    vase(s, look, 320.0, 292.0);
}
