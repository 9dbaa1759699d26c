//! Chairs, stools and benches.

use super::colour::INK;
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, oval, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &[
    "spindle", "lounge", "stool", "shell", "office", "bench", "rocking", "armchair", "bistro",
];
pub(super) const HUNG: &[&str] = &[];

/// Draws one: `main` is the seat, `second` the frame, `accent` a cushion or a trim.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 540.0, 220.0, 26.0);
    match look.shape {
        "lounge" => lounge(s, look),
        "stool" => stool(s, look),
        "shell" => shell(s, look),
        "office" => office(s, look),
        "bench" => bench(s, look),
        "rocking" => rocking(s, look),
        "armchair" => armchair(s, look),
        "bistro" => bistro(s, look),
        _ => spindle(s, look),
    }
}

fn legs(s: &mut Sheet, look: &Look, top: f32, spread: f32, width: f32) {
    for (from, to, foot) in [(260.0, 248.0, 516.0), (380.0, 392.0, 516.0)] {
        s.tube(
            &format!("M{from} {top}L{to} {foot}"),
            look.second.dark(0.3),
            width * 0.9,
        );
    }
    s.both_sides(|s| s.tube(&format!("M220 {top}L{} 540", 220.0 - spread), look.second, width));
}

fn spindle(s: &mut Sheet, look: &Look) {
    legs(s, look, 360.0, 40.0, 17.0);
    s.tube("M206 450H434", look.second, 11.0);
    for step in 0..7u8 {
        let x = 230.0 + f32::from(step) * 30.0;
        s.tube(&format!("M{x} 350L{} 120", 320.0 + (x - 320.0) * 1.2), look.second, 8.0);
    }
    s.tube("M190 132C250 74 390 74 450 132", look.second, 26.0);
    s.tube("M196 350L180 140M444 350L460 140", look.second, 14.0);
    look.clad(
        s,
        "M190 340H450Q484 350 474 374Q466 390 440 390H200Q174 390 166 374Q156 350 190 340Z",
        Shade::Lying,
    );
}

fn lounge(s: &mut Sheet, look: &Look) {
    s.tube("M150 540L200 380M470 540L430 380", look.second, 15.0);
    s.tube("M190 520L236 400M510 520L470 400", look.second.dark(0.3), 13.0);
    look.clad(
        s,
        "M120 130C140 100 200 90 240 120L310 330C290 380 220 400 190 380Z",
        Shade::Flat,
    );
    s.form(
        "M136 120C160 90 210 96 236 120L250 170C220 190 170 186 150 176Z",
        look.accent,
        look.stuff,
        Shade::Ball,
    );
    look.clad(
        s,
        "M186 340C260 300 460 320 520 350Q560 380 530 412C440 430 260 440 200 410Q170 380 186 340Z",
        Shade::Lying,
    );
    s.tube("M160 270C260 260 380 280 450 300L470 400", look.second, 19.0);
    for (x, y) in [(200.0, 240.0), (240.0, 230.0), (220.0, 300.0)] {
        s.fill(&disc(x, y, 5.0), look.main.dark(0.5));
    }
}

fn stool(s: &mut Sheet, look: &Look) {
    for (from, to) in [(280.0, 262.0), (360.0, 378.0)] {
        s.tube(&format!("M{from} 240L{to} 510"), look.second.dark(0.3), 15.0);
    }
    s.both_sides(|s| s.tube("M236 240L186 540", look.second, 18.0));
    s.tube("M206 430H434", look.accent, 12.0);
    look.clad(s, "M176 200H464Q480 250 452 264H188Q160 250 176 200Z", Shade::Round);
    s.form(
        &oval(320.0, 204.0, 146.0, 34.0),
        look.main.light(0.12),
        look.stuff,
        Shade::Flat,
    );
}

fn shell(s: &mut Sheet, look: &Look) {
    for (x, to) in [(276.0, 246.0), (364.0, 394.0)] {
        s.tube(&format!("M{x} 400L{to} 510"), look.second.dark(0.25), 13.0);
    }
    s.both_sides(|s| s.tube("M250 396L182 540", look.second, 16.0));
    s.pen("M236 410L400 500M404 410L240 500", look.accent, 5.0, 0.9);
    look.clad(s, "M192 140C200 96 440 96 448 140C460 220 452 290 470 340C482 384 440 414 320 414S158 384 170 340C188 290 180 220 192 140Z", Shade::Round);
    s.form(
        "M176 340C200 310 440 310 464 340C474 384 440 408 320 408S166 384 176 340Z",
        look.main.light(0.15),
        look.stuff,
        Shade::Ball,
    );
    s.gleam(
        "M222 140C216 200 216 250 206 300L226 296C236 250 238 200 244 136Z",
        0.25,
    );
}

fn office(s: &mut Sheet, look: &Look) {
    for (x, y) in [
        (180.0, 520.0),
        (250.0, 536.0),
        (390.0, 536.0),
        (460.0, 520.0),
        (320.0, 510.0),
    ] {
        s.tube(&format!("M320 470L{x} {y}"), look.second, 15.0);
        s.form(
            &disc(x, y + 9.0, 15.0),
            look.second.dark(0.5),
            Stuff::Matte,
            Shade::Ball,
        );
    }
    s.form(
        &slab(308.0, 390.0, 24.0, 90.0, 4.0),
        look.second,
        Stuff::Metal,
        Shade::Round,
    );
    s.tube("M196 370V290H160M444 370V290H480", look.second, 17.0);
    s.form(
        &slab(146.0, 278.0, 66.0, 22.0, 10.0),
        look.second.dark(0.4),
        Stuff::Matte,
        Shade::Lying,
    );
    s.form(
        &slab(428.0, 278.0, 66.0, 22.0, 10.0),
        look.second.dark(0.4),
        Stuff::Matte,
        Shade::Lying,
    );
    look.clad(
        s,
        "M220 80Q320 50 420 80Q444 190 424 320Q320 344 216 320Q196 190 220 80Z",
        Shade::Round,
    );
    s.pen("M232 210Q320 240 408 210", INK, 5.0, 0.2);
    s.form(
        "M226 96Q320 66 414 96L418 150Q320 130 222 150Z",
        look.accent,
        look.stuff,
        Shade::Lying,
    );
    look.clad(s, &slab(184.0, 350.0, 272.0, 62.0, 30.0), Shade::Lying);
}

fn bench(s: &mut Sheet, look: &Look) {
    s.both_sides(|s| {
        s.tube("M150 390L120 540", look.second, 18.0);
        s.tube("M190 390L180 512", look.second.dark(0.3), 15.0);
    });
    s.tube("M150 470H490", look.second, 11.0);
    look.clad(s, &slab(70.0, 350.0, 500.0, 46.0, 12.0), Shade::Lying);
    s.form(
        &slab(90.0, 312.0, 460.0, 46.0, 22.0),
        look.accent,
        Stuff::Fabric,
        Shade::Lying,
    );
    s.pen("M243 314V356M396 314V356", INK, 4.0, 0.2);
    s.both_sides(|s| {
        s.form(
            &slab(90.0, 312.0, 8.0, 46.0, 4.0),
            look.accent.dark(0.2),
            Stuff::Fabric,
            Shade::Lying,
        )
    });
}

fn rocking(s: &mut Sheet, look: &Look) {
    s.tube("M80 490C200 570 440 570 560 480", look.second, 18.0);
    s.tube("M210 380L180 524M430 380L456 524", look.second, 17.0);
    for step in 0..6u8 {
        let x = 196.0 + f32::from(step) * 26.0;
        s.tube(&format!("M{x} 370L{} 96", x - 44.0), look.second, 10.0);
    }
    s.tube("M130 106C180 70 250 76 300 106", look.second, 28.0);
    s.tube("M170 270H440L430 380", look.second, 18.0);
    look.clad(
        s,
        "M180 350H450Q476 360 470 386Q460 404 440 404H196Q170 390 180 350Z",
        Shade::Lying,
    );
    s.form(
        "M200 322Q320 300 440 326Q462 350 440 366H206Q184 350 200 322Z",
        look.accent,
        Stuff::Knit,
        Shade::Ball,
    );
}

fn armchair(s: &mut Sheet, look: &Look) {
    s.both_sides(|s| s.tube("M190 480L170 540", look.second, 22.0));
    look.clad(s, "M150 150Q160 96 220 92H420Q480 96 490 150V400H150Z", Shade::Round);
    for x in [230.0, 320.0, 410.0] {
        for y in [160.0, 230.0] {
            s.fill(&disc(x, y, 7.0), look.main.dark(0.45));
            s.pen(
                &format!("M{} {}L{x} {y}L{} {}", x - 40.0, y + 34.0, x + 40.0, y + 34.0),
                INK,
                4.0,
                0.14,
            );
        }
    }
    s.form(
        &slab(180.0, 310.0, 280.0, 80.0, 30.0),
        look.accent,
        look.stuff,
        Shade::Lying,
    );
    look.clad(s, &slab(150.0, 380.0, 340.0, 112.0, 16.0), Shade::Lying);
    for x in [90.0, 452.0] {
        look.clad(s, &slab(x, 256.0, 98.0, 240.0, 46.0), Shade::Round);
    }
}

fn bistro(s: &mut Sheet, look: &Look) {
    s.tube("M260 350L240 510M380 350L400 510", look.second.dark(0.3), 10.0);
    s.both_sides(|s| s.tube("M224 350C210 420 200 480 186 540", look.second, 12.0));
    s.tube("M210 340C170 60 470 60 430 340", look.second, 15.0);
    s.tube("M254 330C240 150 400 150 386 330", look.second, 10.0);
    s.tube("M216 440C280 470 360 470 424 440", look.second, 9.0);
    look.clad(s, &oval(320.0, 350.0, 136.0, 42.0), Shade::Flat);
    s.pen(&oval(320.0, 350.0, 136.0, 42.0), look.second, 13.0, 1.0);
    s.pen(&oval(320.0, 344.0, 132.0, 38.0), look.accent, 3.0, 0.6);
}
