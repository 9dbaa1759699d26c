//! Headphones and earphones.

use super::colour::INK;
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, oval, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &["over_ear", "on_ear", "studio", "buds", "in_ear", "neckband", "gaming"];
pub(super) const HUNG: &[&str] = &["in_ear", "neckband"];

/// Draws one.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    match look.shape {
        "on_ear" => on_ear(s, look),
        "studio" => studio(s, look),
        "buds" => buds(s, look),
        "in_ear" => in_ear(s, look),
        "neckband" => neckband(s, look),
        "gaming" => gaming(s, look),
        _ => over_ear(s, look),
    }
}

fn band(s: &mut Sheet, look: &Look, width: f32) {
    s.tube("M160 372C130 60 510 60 480 372", look.main, width);
    s.line("M216 190C256 116 384 116 424 190", look.second.dark(0.2), width * 1.25);
    s.line("M220 186C258 120 382 120 420 186", look.second, width * 0.9);
}

fn over_ear(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 240.0, 26.0);
    band(s, look, 34.0);
    s.both_sides(|s| {
        s.form(
            &slab(146.0, 290.0, 26.0, 80.0, 10.0),
            look.accent,
            Stuff::Metal,
            Shade::Round,
        );
        s.form(
            &slab(172.0, 318.0, 62.0, 192.0, 31.0),
            look.second,
            Stuff::Leather,
            Shade::Round,
        );
        look.clad(
            s,
            "M186 312C110 312 92 360 92 414S110 516 186 516C200 516 204 506 204 490V338C204 322 200 312 186 312Z",
            Shade::Round,
        );
        s.pen(
            "M150 338C118 350 112 380 112 414S118 478 150 490",
            look.main.light(0.6),
            4.0,
            0.5,
        );
        s.form(&disc(146.0, 414.0, 15.0), look.accent, Stuff::Metal, Shade::Ball);
    });
}

fn on_ear(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 220.0, 24.0);
    s.tube("M172 400C110 90 530 90 468 400", look.accent, 14.0);
    s.line("M226 182C268 128 372 128 414 182", look.second, 24.0);
    s.both_sides(|s| {
        s.form(
            &slab(162.0, 340.0, 22.0, 90.0, 8.0),
            look.main.dark(0.2),
            Stuff::Matte,
            Shade::Round,
        );
        s.form(&oval(202.0, 440.0, 44.0, 80.0), look.second, Stuff::Felt, Shade::Ball);
        look.clad(s, &oval(174.0, 440.0, 50.0, 78.0), Shade::Ball);
        s.pen(&oval(170.0, 440.0, 30.0, 54.0), look.main.dark(0.4), 3.0, 0.5);
    });
}

fn studio(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 250.0, 26.0);
    s.tube("M150 360C120 60 520 60 490 360", look.main.dark(0.1), 22.0);
    s.tube("M176 360C160 110 480 110 464 360", look.main.dark(0.1), 12.0);
    s.line("M222 178C262 130 378 130 418 178", look.second, 30.0);
    s.both_sides(|s| {
        s.tube("M150 350C80 370 80 490 150 508", look.accent, 12.0);
        s.form(
            &oval(214.0, 430.0, 38.0, 90.0),
            look.second,
            Stuff::Leather,
            Shade::Round,
        );
        look.clad(s, &oval(158.0, 430.0, 70.0, 90.0), Shade::Ball);
        for r in [56.0, 42.0, 28.0] {
            s.pen(&oval(152.0, 430.0, r, r * 1.28), INK, 5.0, 0.4);
        }
        s.form(&oval(152.0, 430.0, 15.0, 20.0), look.accent, Stuff::Metal, Shade::Ball);
    });
    s.pen("M180 516C190 580 330 560 380 610", look.main.dark(0.4), 7.0, 0.9);
}

fn buds(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 230.0, 30.0);
    s.form(
        "M180 330C180 180 460 180 460 330V352H180Z",
        look.main.light(0.12),
        look.stuff,
        Shade::Round,
    );
    s.tint("M210 340C214 226 426 226 430 340Z", INK, 0.25);
    for (x, flip) in [(252.0, 1.0), (388.0, -1.0)] {
        s.moved(&format!("translate({x} 308) scale({flip} 1)"), |s| {
            s.form(
                &slab(-14.0, -4.0, 26.0, 86.0, 12.0),
                look.second,
                Stuff::Gloss,
                Shade::Round,
            );
            s.form(&oval(0.0, -10.0, 36.0, 32.0), look.second, Stuff::Gloss, Shade::Ball);
            s.form(&oval(27.0, -2.0, 14.0, 18.0), look.accent, Stuff::Matte, Shade::Ball);
        });
    }
    look.clad(
        s,
        "M176 356H464C474 470 440 520 380 520H260C200 520 166 470 176 356Z",
        Shade::Round,
    );
    s.form(
        &slab(172.0, 344.0, 296.0, 16.0, 8.0),
        look.main.dark(0.15),
        look.stuff,
        Shade::Round,
    );
    s.form(&disc(320.0, 410.0, 7.0), look.accent, Stuff::Gloss, Shade::Ball);
    s.gleam("M204 390C204 440 216 476 236 492C222 462 220 430 222 390Z", 0.3);
}

fn in_ear(s: &mut Sheet, look: &Look) {
    s.pen(
        "M196 250C120 420 300 400 320 500C336 580 420 590 470 540",
        INK,
        12.0,
        0.15,
    );
    s.line(
        "M196 240C120 410 300 390 320 490C336 570 420 580 470 530",
        look.main,
        10.0,
    );
    s.line("M444 240C520 400 330 400 320 490", look.main, 10.0);
    s.form(
        &slab(300.0, 452.0, 40.0, 62.0, 12.0),
        look.second,
        Stuff::Metal,
        Shade::Round,
    );
    s.moved("rotate(-40 470 530)", |s| {
        s.form(
            &slab(462.0, 516.0, 64.0, 28.0, 8.0),
            look.main.dark(0.3),
            Stuff::Matte,
            Shade::Lying,
        );
        s.form(
            &slab(524.0, 522.0, 44.0, 16.0, 5.0),
            look.accent,
            Stuff::Metal,
            Shade::Lying,
        );
    });
    for (x, flip) in [(196.0, 1.0), (444.0, -1.0)] {
        s.moved(&format!("translate({x} 190) scale({flip} 1) rotate(-18)"), |s| {
            s.tint(&oval(8.0, 16.0, 68.0, 66.0), INK, 0.18);
            s.form(
                &slab(-18.0, 30.0, 34.0, 74.0, 14.0),
                look.main,
                look.stuff,
                Shade::Round,
            );
            look.clad(s, &oval(0.0, 0.0, 66.0, 60.0), Shade::Ball);
            s.form(&oval(50.0, -12.0, 22.0, 30.0), look.accent, Stuff::Metal, Shade::Round);
            s.form(&oval(74.0, -16.0, 24.0, 38.0), look.second, Stuff::Matte, Shade::Ball);
            s.pen(&disc(-8.0, 4.0, 28.0), look.accent, 5.0, 0.9);
        });
    }
}

fn neckband(s: &mut Sheet, look: &Look) {
    s.pen("M170 420C60 120 580 120 470 420", INK, 40.0, 0.12);
    s.tube("M170 406C60 106 580 106 470 406", look.main, 36.0);
    s.both_sides(|s| {
        s.form(
            "M150 350L196 344L206 470Q190 492 172 474Z",
            look.second,
            look.stuff,
            Shade::Round,
        );
        s.line("M184 478C200 560 270 560 262 470", look.main.dark(0.3), 7.0);
        s.form(
            &slab(250.0, 416.0, 26.0, 50.0, 10.0),
            look.main,
            look.stuff,
            Shade::Round,
        );
        s.form(&oval(264.0, 398.0, 28.0, 26.0), look.second, Stuff::Gloss, Shade::Ball);
        s.form(&oval(284.0, 392.0, 13.0, 18.0), look.accent, Stuff::Matte, Shade::Ball);
    });
    for y in [396.0, 416.0, 436.0] {
        s.form(&slab(176.0, y, 10.0, 13.0, 4.0), look.accent, Stuff::Matte, Shade::Flat);
    }
}

fn gaming(s: &mut Sheet, look: &Look) {
    over_ear(s, look);
    s.both_sides(|s| {
        s.pen("M128 360L128 470M104 380L104 452", look.accent, 7.0, 0.95);
    });
    s.line("M150 492C170 580 250 590 300 560", look.main.dark(0.35), 11.0);
    s.moved("rotate(-24 318 552)", |s| {
        s.form(
            &slab(288.0, 536.0, 64.0, 30.0, 15.0),
            look.second,
            Stuff::Felt,
            Shade::Lying,
        )
    });
}
