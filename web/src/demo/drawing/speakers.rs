//! Loudspeakers and radios.

use super::colour::{INK, Rgb};
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, oval, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &[
    "bookshelf",
    "cylinder",
    "portable",
    "radio",
    "soundbar",
    "tower",
    "orb",
    "horn",
];
pub(super) const HUNG: &[&str] = &[];

/// Draws one.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    match look.shape {
        "cylinder" => cylinder(s, look),
        "portable" => portable(s, look),
        "radio" => radio(s, look),
        "soundbar" => soundbar(s, look),
        "tower" => tower(s, look),
        "orb" => orb(s, look),
        "horn" => horn(s, look),
        _ => bookshelf(s, look),
    }
}

fn cone(s: &mut Sheet, colour: Rgb, (x, y, r): (f32, f32, f32), ring: Rgb) {
    s.form(&disc(x, y, r * 1.14), ring, Stuff::Metal, Shade::Ball);
    s.fill(&disc(x, y, r * 1.02), colour.dark(0.75));
    s.form(&disc(x, y, r * 0.9), colour, Stuff::Matte, Shade::Ball);
    s.pen(&disc(x, y, r * 0.66), INK, 2.0, 0.25);
    s.form(&disc(x, y, r * 0.34), colour.dark(0.25), Stuff::Gloss, Shade::Ball);
}

fn bookshelf(s: &mut Sheet, look: &Look) {
    s.shadow(330.0, 520.0, 190.0, 28.0);
    s.form(
        "M452 120L504 146V500L452 520Z",
        look.main.dark(0.3),
        look.stuff,
        Shade::Flat,
    );
    look.clad(s, &slab(160.0, 118.0, 296.0, 402.0, 14.0), Shade::Flat);
    s.form(
        &slab(182.0, 140.0, 252.0, 358.0, 10.0),
        look.second,
        Stuff::Matte,
        Shade::Flat,
    );
    cone(s, look.accent, (308.0, 372.0, 92.0), look.second.light(0.3));
    cone(s, look.accent.light(0.1), (308.0, 212.0, 42.0), look.second.light(0.3));
    s.gleam("M182 150L240 140L190 498H182Z", 0.08);
}

fn cylinder(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 160.0, 26.0);
    look.clad(s, "M204 176H436V496Q436 520 400 520H240Q204 520 204 496Z", Shade::Round);
    s.form(
        "M204 470H436V496Q436 520 400 520H240Q204 520 204 496Z",
        look.second,
        Stuff::Matte,
        Shade::Round,
    );
    s.form(&oval(320.0, 176.0, 116.0, 32.0), look.second, Stuff::Matte, Shade::Flat);
    s.pen(&oval(320.0, 175.0, 70.0, 18.0), look.accent, 6.0, 0.95);
    s.tube("M232 150C250 70 390 70 408 150", look.accent, 15.0);
    s.form(&disc(320.0, 494.0, 5.0), look.accent, Stuff::Gloss, Shade::Ball);
}

fn portable(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 250.0, 28.0);
    s.line("M510 330C590 300 590 440 546 470", look.accent, 13.0);
    look.clad(s, &slab(92.0, 296.0, 456.0, 216.0, 108.0), Shade::Lying);
    for x in [92.0, 480.0] {
        s.within(&slab(92.0, 296.0, 456.0, 216.0, 108.0), |s| {
            s.form(
                &slab(x, 296.0, 68.0, 216.0, 0.0),
                look.second,
                Stuff::Matte,
                Shade::Lying,
            );
        });
    }
    for (index, x) in [270.0, 320.0, 370.0].into_iter().enumerate() {
        s.form(&disc(x, 336.0, 13.0), look.second, Stuff::Matte, Shade::Ball);
        if index == 1 {
            s.fill("M316 330L326 336L316 342Z", look.main.light(0.6));
        }
    }
    s.form(
        &slab(236.0, 504.0, 168.0, 16.0, 7.0),
        look.second,
        Stuff::Matte,
        Shade::Lying,
    );
}

fn radio(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 250.0, 28.0);
    s.line("M480 250L560 92", Rgb(150, 155, 160), 6.0);
    s.form(&disc(561.0, 90.0, 8.0), Rgb(170, 175, 180), Stuff::Metal, Shade::Ball);
    s.tube("M160 262C160 170 480 170 480 262", look.second, 18.0);
    look.clad(s, &slab(96.0, 246.0, 448.0, 266.0, 46.0), Shade::Flat);
    s.form(
        &slab(122.0, 274.0, 230.0, 212.0, 24.0),
        look.second,
        Stuff::Fabric,
        Shade::Flat,
    );
    s.form(
        &slab(376.0, 276.0, 142.0, 84.0, 12.0),
        Rgb(250, 240, 214),
        Stuff::Gloss,
        Shade::Flat,
    );
    for index in 0..9u8 {
        let x = 390.0 + f32::from(index) * 14.0;
        s.pen(
            &format!("M{x} 296v{}", if index % 2 == 0 { 24 } else { 14 }),
            INK,
            3.0,
            0.7,
        );
    }
    s.line("M432 288V350", Rgb(206, 64, 44), 4.0);
    s.form(&disc(416.0, 430.0, 42.0), look.accent, Stuff::Metal, Shade::Ball);
    s.line("M416 430V398", look.accent.dark(0.5), 5.0);
    s.form(&disc(492.0, 430.0, 22.0), look.accent, Stuff::Metal, Shade::Ball);
    for x in [150.0, 450.0] {
        s.form(
            &slab(x, 508.0, 40.0, 12.0, 4.0),
            look.main.dark(0.5),
            Stuff::Matte,
            Shade::Lying,
        );
    }
}

fn soundbar(s: &mut Sheet, look: &Look) {
    s.form(
        &slab(70.0, 110.0, 500.0, 272.0, 12.0),
        Rgb(44, 48, 58),
        Stuff::Gloss,
        Shade::Flat,
    );
    let screen = s.linear(
        (1.0, 1.0),
        &[
            (0.0, Rgb(64, 120, 150), 1.0),
            (0.6, Rgb(240, 168, 112), 1.0),
            (1.0, Rgb(200, 96, 96), 1.0),
        ],
    );
    s.fill(&slab(80.0, 120.0, 480.0, 252.0, 6.0), screen);
    s.tint("M80 372V310L180 240L260 300L340 220L460 320L560 270V372Z", INK, 0.45);
    s.shadow(320.0, 516.0, 290.0, 24.0);
    s.form(
        &slab(300.0, 380.0, 40.0, 50.0, 2.0),
        Rgb(60, 64, 74),
        Stuff::Matte,
        Shade::Round,
    );
    look.clad(s, &slab(40.0, 424.0, 560.0, 88.0, 26.0), Shade::Lying);
    for x in [40.0, 576.0] {
        s.form(
            &slab(x, 424.0, 24.0, 88.0, 12.0),
            look.second,
            Stuff::Metal,
            Shade::Lying,
        );
    }
    s.form(&disc(320.0, 470.0, 6.0), look.accent, Stuff::Gloss, Shade::Ball);
}

fn tower(s: &mut Sheet, look: &Look) {
    s.shadow(330.0, 560.0, 170.0, 24.0);
    s.form(
        "M410 60L454 82V540L410 556Z",
        look.main.dark(0.32),
        look.stuff,
        Shade::Flat,
    );
    look.clad(s, &slab(220.0, 58.0, 194.0, 498.0, 10.0), Shade::Flat);
    s.form(
        &slab(234.0, 72.0, 166.0, 380.0, 8.0),
        look.second,
        Stuff::Matte,
        Shade::Flat,
    );
    for (y, r) in [(120.0, 24.0), (220.0, 56.0), (366.0, 56.0)] {
        cone(s, look.accent, (317.0, y, r), look.second.light(0.25));
    }
    s.form(
        &slab(200.0, 552.0, 240.0, 16.0, 6.0),
        look.second,
        Stuff::Matte,
        Shade::Flat,
    );
}

fn orb(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 190.0, 26.0);
    for (from, to) in [(250.0, 206.0), (390.0, 434.0)] {
        s.line(&format!("M{from} 460L{to} 518"), look.accent, 14.0);
    }
    s.form(&disc(320.0, 316.0, 188.0), look.main, look.stuff, Shade::Ball);
    s.form(
        &oval(320.0, 316.0, 122.0, 132.0),
        look.second,
        Stuff::Matte,
        Shade::Ball,
    );
    for ring in 1..8u8 {
        let radius = f32::from(ring) * 15.5;
        for step in 0..(ring * 6) {
            let angle = f32::from(step) / f32::from(ring * 6) * std::f32::consts::TAU;
            // Rounded, so that the text of the drawing is the same on every machine.
            let (x, y) = (
                (320.0 + angle.cos() * radius).round(),
                (316.0 + angle.sin() * radius * 1.08).round(),
            );
            s.tint(&disc(x, y, 3.4), INK, 0.5);
        }
    }
    s.pen(&oval(320.0, 316.0, 122.0, 132.0), look.accent, 7.0, 1.0);
    s.gleam(&oval(224.0, 206.0, 34.0, 20.0), 0.35);
}

fn horn(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 210.0, 26.0);
    s.form(
        &slab(196.0, 400.0, 248.0, 116.0, 16.0),
        look.second,
        Stuff::Wood,
        Shade::Round,
    );
    s.form(&disc(320.0, 460.0, 26.0), look.accent, Stuff::Metal, Shade::Ball);
    s.tube("M320 410C320 330 400 330 380 270", look.main.dark(0.15), 36.0);
    s.form(
        "M348 300C352 230 250 200 170 140L430 90C440 180 420 240 404 300Z",
        look.main,
        look.stuff,
        Shade::Round,
    );
    s.moved("rotate(-11 300 116)", |s| {
        s.form(
            &oval(300.0, 118.0, 140.0, 50.0),
            look.main.light(0.2),
            look.stuff,
            Shade::Flat,
        );
        s.form(
            &oval(300.0, 122.0, 122.0, 40.0),
            look.main.dark(0.5),
            Stuff::Matte,
            Shade::Ball,
        );
    });
}
