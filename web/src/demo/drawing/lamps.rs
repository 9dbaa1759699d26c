//! Lamps and lights.

use super::colour::{INK, Rgb};
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, oval, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &[
    "table", "desk", "floor", "pendant", "globe", "lantern", "mushroom", "arc", "paper", "banker",
];
pub(super) const HUNG: &[&str] = &["pendant", "paper"];

const WARM: Rgb = Rgb(255, 226, 156);

/// Draws one.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    match look.shape {
        "desk" => desk(s, look),
        "floor" => floor(s, look),
        "pendant" => pendant(s, look),
        "globe" => globe(s, look),
        "lantern" => lantern(s, look),
        "mushroom" => mushroom(s, look),
        "arc" => arc(s, look),
        "paper" => paper(s, look),
        "banker" => banker(s, look),
        _ => table(s, look),
    }
}

fn glow(s: &mut Sheet, x: f32, y: f32, r: f32) {
    let light = s.radial(
        (0.5, 0.5, 0.5),
        &[(0.0, WARM.light(0.4), 0.85), (0.5, WARM, 0.3), (1.0, WARM, 0.0)],
    );
    s.fill(&disc(x, y, r), light);
}

fn table(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 130.0, 22.0);
    glow(s, 320.0, 230.0, 290.0);
    s.form(
        &slab(312.0, 290.0, 16.0, 50.0, 3.0),
        look.accent,
        Stuff::Metal,
        Shade::Round,
    );
    s.form(
        "M286 326H354C430 370 424 470 376 504H264C216 470 210 370 286 326Z",
        look.second,
        look.stuff,
        Shade::Ball,
    );
    s.form(
        &slab(250.0, 500.0, 140.0, 20.0, 8.0),
        look.accent,
        Stuff::Metal,
        Shade::Round,
    );
    s.clad(
        "M244 110H396L470 300H170Z",
        look.main,
        Stuff::Fabric,
        Shade::Round,
        (look.deco, look.accent, 1.0),
    );
    s.gleam("M250 116H330L310 296H196Z", 0.14);
    s.tint("M170 300H470L466 288H174Z", WARM, 0.7);
}

fn desk(s: &mut Sheet, look: &Look) {
    s.shadow(250.0, 520.0, 150.0, 22.0);
    s.tint("M400 280L330 520H600L520 240Z", WARM, 0.3);
    s.tube("M250 500L176 320", look.second, 15.0);
    s.tube("M176 320L390 170", look.second, 15.0);
    s.form(&disc(176.0, 320.0, 21.0), look.accent, Stuff::Metal, Shade::Ball);
    s.form(
        "M150 504Q152 490 180 488H320Q348 490 350 504V520H150Z",
        look.main,
        look.stuff,
        Shade::Round,
    );
    s.moved("rotate(-38 400 180)", |s| {
        s.form(
            &slab(376.0, 120.0, 48.0, 44.0, 12.0),
            look.main.dark(0.15),
            look.stuff,
            Shade::Round,
        );
        s.form(&disc(400.0, 268.0, 32.0), WARM, Stuff::Gloss, Shade::Ball);
        s.form(
            "M372 156H428C470 190 496 220 500 270H300C304 220 330 190 372 156Z",
            look.main,
            look.stuff,
            Shade::Round,
        );
        s.tint("M300 270H500L499 258H301Z", WARM, 0.75);
    });
    s.form(&disc(390.0, 170.0, 15.0), look.accent, Stuff::Metal, Shade::Ball);
}

fn floor(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 566.0, 170.0, 20.0);
    glow(s, 320.0, 160.0, 260.0);
    for (x, colour) in [
        (330.0, look.second.dark(0.25)),
        (210.0, look.second),
        (434.0, look.second),
    ] {
        s.tube(
            &format!("M320 250L{x} {}", if x > 320.0 && x < 400.0 { 548 } else { 566 }),
            colour,
            15.0,
        );
    }
    s.form(
        &slab(292.0, 238.0, 56.0, 30.0, 8.0),
        look.accent,
        Stuff::Metal,
        Shade::Round,
    );
    s.clad(
        "M216 64H424L440 240H200Z",
        look.main,
        Stuff::Fabric,
        Shade::Round,
        (look.deco, look.accent, 1.0),
    );
    s.tint("M200 240H440L439 228H201Z", WARM, 0.8);
}

fn pendant(s: &mut Sheet, look: &Look) {
    s.tint("M170 410L60 640H580L470 410Z", WARM, 0.28);
    s.line("M320 0V170", look.second, 6.0);
    s.form(
        &slab(296.0, 150.0, 48.0, 60.0, 10.0),
        look.accent,
        Stuff::Metal,
        Shade::Round,
    );
    s.form(&oval(320.0, 404.0, 60.0, 40.0), WARM, Stuff::Gloss, Shade::Ball);
    look.clad(
        s,
        "M290 200H350C440 220 516 300 520 410H120C124 300 200 220 290 200Z",
        Shade::Round,
    );
    s.form("M120 410H520L516 424H124Z", look.accent, Stuff::Metal, Shade::Round);
    s.tint("M130 424H510Q420 444 320 444T130 424Z", WARM, 0.8);
    s.gleam(
        "M220 250C176 290 160 340 156 390L180 390C184 340 206 290 244 246Z",
        0.3 * look.stuff.shine() + 0.06,
    );
}

fn globe(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 120.0, 20.0);
    glow(s, 320.0, 270.0, 290.0);
    s.form(
        &slab(262.0, 494.0, 116.0, 26.0, 10.0),
        look.second,
        look.stuff,
        Shade::Round,
    );
    s.form(
        &slab(306.0, 400.0, 28.0, 100.0, 4.0),
        look.second,
        look.stuff,
        Shade::Round,
    );
    s.form("M256 392H384L366 424H274Z", look.accent, Stuff::Metal, Shade::Round);
    s.form(&disc(320.0, 254.0, 152.0), look.main, Stuff::Gloss, Shade::Ball);
    let heart = s.radial(
        (0.5, 0.55, 0.5),
        &[(0.0, WARM.light(0.6), 0.95), (0.6, WARM, 0.35), (1.0, WARM, 0.0)],
    );
    s.fill(&disc(320.0, 262.0, 130.0), heart);
    s.gleam(&oval(258.0, 180.0, 28.0, 18.0), 0.7);
}

fn lantern(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 150.0, 24.0);
    glow(s, 320.0, 350.0, 260.0);
    s.tube("M236 200C220 60 420 60 404 200", look.second, 11.0);
    let pane = slab(216.0, 240.0, 208.0, 236.0, 40.0);
    s.form(&pane, Rgb(240, 230, 200), Stuff::Glass, Shade::Round);
    s.form(
        "M320 300C350 340 352 372 344 392C336 410 304 410 296 392C288 372 292 340 320 300Z",
        Rgb(250, 176, 62),
        Stuff::Matte,
        Shade::Ball,
    );
    s.form(
        &slab(300.0, 396.0, 40.0, 76.0, 5.0),
        Rgb(250, 244, 230),
        Stuff::Matte,
        Shade::Round,
    );
    look.clad(s, "M196 250L232 190H408L444 250Z", Shade::Round);
    s.form(
        &slab(272.0, 158.0, 96.0, 36.0, 8.0),
        look.main.dark(0.1),
        look.stuff,
        Shade::Round,
    );
    look.clad(
        s,
        "M200 468H440L456 508Q456 520 440 520H200Q184 520 184 508Z",
        Shade::Round,
    );
    for x in [206.0, 420.0] {
        s.form(&slab(x, 246.0, 14.0, 226.0, 4.0), look.main, look.stuff, Shade::Round);
    }
}

fn mushroom(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 150.0, 22.0);
    glow(s, 320.0, 360.0, 230.0);
    s.form(
        "M282 290H358C356 380 372 450 412 500Q414 520 396 520H244Q226 520 228 500C268 450 284 380 282 290Z",
        look.second,
        look.stuff,
        Shade::Round,
    );
    s.tint("M282 320H358L360 360H280Z", WARM, 0.5);
    look.clad(
        s,
        "M106 316C112 180 210 118 320 118S528 180 534 316C534 336 106 336 106 316Z",
        Shade::Ball,
    );
    s.tint("M120 326C220 336 420 336 520 326C440 350 200 350 120 326Z", WARM, 0.9);
    s.gleam(
        "M180 236C200 190 240 162 282 150C246 180 222 210 208 250Z",
        0.4 * look.stuff.shine() + 0.06,
    );
}

fn arc(s: &mut Sheet, look: &Look) {
    s.shadow(180.0, 560.0, 120.0, 18.0);
    s.tint("M380 260L330 560H600L520 260Z", WARM, 0.3);
    s.tube("M170 540V260C170 60 450 30 450 180", look.accent, 13.0);
    s.form(
        &slab(90.0, 532.0, 164.0, 28.0, 8.0),
        look.second,
        Stuff::Marble,
        Shade::Flat,
    );
    s.form(&disc(450.0, 262.0, 36.0), WARM, Stuff::Gloss, Shade::Ball);
    look.clad(s, "M352 264C352 200 400 164 450 164S548 200 548 264Z", Shade::Round);
    s.tint("M352 264H548L546 254H354Z", WARM, 0.8);
}

fn paper(s: &mut Sheet, look: &Look) {
    glow(s, 320.0, 330.0, 320.0);
    s.line("M320 0V120", look.second, 5.0);
    s.form(&oval(320.0, 330.0, 206.0, 216.0), look.main, Stuff::Matte, Shade::Ball);
    let heart = s.radial(
        (0.5, 0.5, 0.5),
        &[(0.0, WARM.light(0.5), 0.8), (0.7, WARM, 0.2), (1.0, WARM, 0.0)],
    );
    s.fill(&oval(320.0, 330.0, 190.0, 200.0), heart);
    s.within(&oval(320.0, 330.0, 206.0, 216.0), |s| {
        for step in 0..17u8 {
            let y = 126.0 + f32::from(step) * 26.0;
            s.pen(
                &format!("M100 {y}Q320 {} 540 {y}", y + 26.0),
                look.main.dark(0.4),
                2.6,
                0.45,
            );
        }
    });
    for y in [112.0, 532.0] {
        s.form(&slab(280.0, y, 80.0, 16.0, 6.0), look.second, Stuff::Wood, Shade::Round);
    }
    s.tint(&oval(320.0, 550.0, 6.0, 6.0), INK, 0.6);
}

fn banker(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 150.0, 22.0);
    glow(s, 320.0, 330.0, 240.0);
    s.tube("M320 500V270", look.second, 18.0);
    s.tube("M170 230C170 320 470 320 470 230", look.second, 10.0);
    s.form(
        "M210 508C220 470 420 470 430 508V520H210Z",
        look.second,
        Stuff::Metal,
        Shade::Round,
    );
    s.line("M392 300V360", look.accent, 3.0);
    s.form(&disc(392.0, 366.0, 8.0), look.accent, Stuff::Metal, Shade::Ball);
    look.clad(
        s,
        "M146 260C146 180 190 156 230 156H410C450 156 494 180 494 260Z",
        Shade::Lying,
    );
    s.tint("M146 260H494L493 246H147Z", WARM, 0.85);
    s.gleam(&slab(200.0, 176.0, 220.0, 13.0, 6.0), 0.5);
}
