//! Kettles, teapots and coffee makers.

use super::colour::{INK, Rgb, WHITE};
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, oval, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &[
    "stove",
    "gooseneck",
    "teapot",
    "iron",
    "electric",
    "glass",
    "moka",
    "press",
];
pub(super) const HUNG: &[&str] = &[];

/// Draws one.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    match look.shape {
        "gooseneck" => gooseneck(s, look),
        "teapot" => teapot(s, look),
        "iron" => iron(s, look),
        "electric" => electric(s, look),
        "glass" => glass(s, look),
        "moka" => moka(s, look),
        "press" => press(s, look),
        _ => stove(s, look),
    }
}

fn stove(s: &mut Sheet, look: &Look) {
    s.shadow(325.0, 518.0, 220.0, 30.0);
    s.form(
        "M440 330C490 320 520 290 548 246L578 258C566 330 520 400 448 430Z",
        look.main,
        look.stuff,
        Shade::Lying,
    );
    s.form(&oval(563.0, 251.0, 19.0, 11.0), look.second, Stuff::Matte, Shade::Flat);
    s.tube("M196 300C170 90 470 90 444 300", look.second, 24.0);
    s.tube("M226 172C270 118 370 118 414 172", look.accent, 34.0);
    look.clad(
        s,
        "M320 236C420 236 482 330 486 440C488 490 470 514 450 518H190C170 514 152 490 154 440C158 330 220 236 320 236Z",
        Shade::Round,
    );
    s.form(
        "M222 268C250 240 390 240 418 268C400 286 240 286 222 268Z",
        look.main.light(0.12),
        look.stuff,
        Shade::Flat,
    );
    s.form(&oval(320.0, 232.0, 26.0, 22.0), look.accent, Stuff::Gloss, Shade::Ball);
    s.tint(
        "M158 470H482C484 500 468 516 450 518H190C172 516 156 500 158 470Z",
        INK,
        0.18,
    );
    s.gleam(
        "M206 330C190 370 186 410 190 450C202 452 208 450 212 446C208 400 216 360 232 322C224 316 212 318 206 330Z",
        0.45,
    );
}

fn gooseneck(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 518.0, 200.0, 28.0);
    s.tube(
        "M210 452C110 440 150 330 118 270C104 246 84 246 74 262",
        look.main,
        26.0,
    );
    s.tube(
        "M432 290C540 250 556 330 540 400C532 436 500 452 470 446",
        look.second,
        30.0,
    );
    look.clad(
        s,
        "M236 250H424L468 500Q470 518 450 518H210Q190 518 192 500Z",
        Shade::Round,
    );
    s.form(
        "M228 252C240 226 420 226 432 252C420 268 240 268 228 252Z",
        look.main.light(0.15),
        look.stuff,
        Shade::Round,
    );
    s.form(
        &slab(316.0, 204.0, 28.0, 26.0, 6.0),
        look.second,
        Stuff::Matte,
        Shade::Round,
    );
    s.form(&oval(330.0, 200.0, 32.0, 14.0), look.accent, Stuff::Wood, Shade::Flat);
    s.tint(
        "M194 490L192 500Q190 518 210 518H450Q470 518 468 500L466 490Z",
        INK,
        0.25,
    );
    s.gleam("M256 276L230 480L252 480L272 276Z", 0.3);
}

fn teapot(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 220.0, 28.0);
    s.form(
        "M446 400C500 380 500 300 566 262L592 284C560 320 560 440 440 470Z",
        look.main,
        look.stuff,
        Shade::Flat,
    );
    s.tube("M190 330C80 290 70 450 196 460", look.second, 30.0);
    look.clad(
        s,
        "M320 268C430 268 476 340 476 400C476 470 430 500 396 508H244C210 500 164 470 164 400C164 340 210 268 320 268Z",
        Shade::Ball,
    );
    s.form(
        "M244 508H396L404 522H236Z",
        look.main.dark(0.2),
        look.stuff,
        Shade::Flat,
    );
    s.form(
        "M240 286C250 236 390 236 400 286C380 302 260 302 240 286Z",
        look.main.light(0.06),
        look.stuff,
        Shade::Ball,
    );
    s.form(&disc(320.0, 232.0, 22.0), look.accent, Stuff::Gloss, Shade::Ball);
    s.gleam(&oval(246.0, 356.0, 22.0, 42.0), 0.4);
}

fn iron(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 518.0, 220.0, 28.0);
    s.tube("M196 330C170 120 470 120 444 330", look.second, 18.0);
    s.form(
        "M466 360C510 350 520 320 548 310L566 336C548 372 520 410 462 420Z",
        look.main,
        look.stuff,
        Shade::Flat,
    );
    look.clad(
        s,
        "M320 308C440 308 500 360 500 420C500 470 460 500 420 512H220C180 500 140 470 140 420C140 360 200 308 320 308Z",
        Shade::Ball,
    );
    s.within("M140 380H500V512H140Z", |s| {
        for row in 0..5u8 {
            for column in 0..17u8 {
                let x = 136.0 + f32::from(column) * 23.0 + if row % 2 == 0 { 0.0 } else { 11.0 };
                let y = 396.0 + f32::from(row) * 19.0;
                s.tint(&disc(x, y + 1.5, 5.0), INK, 0.3);
                s.tint(&disc(x, y, 4.4), look.main.light(0.32), 0.9);
            }
        }
    });
    s.form(
        "M228 322C240 290 400 290 412 322C390 338 250 338 228 322Z",
        look.main.light(0.1),
        look.stuff,
        Shade::Flat,
    );
    s.form(&disc(320.0, 288.0, 16.0), look.accent, Stuff::Metal, Shade::Ball);
    for x in [192.0, 448.0] {
        s.form(
            &oval(x, 336.0, 15.0, 22.0),
            look.main.dark(0.15),
            look.stuff,
            Shade::Ball,
        );
    }
}

fn electric(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 522.0, 210.0, 26.0);
    s.form(
        &slab(176.0, 496.0, 288.0, 26.0, 12.0),
        look.second,
        Stuff::Matte,
        Shade::Round,
    );
    s.form("M236 210L168 196L210 290Z", look.main, look.stuff, Shade::Flat);
    s.tube(
        "M414 214C560 200 560 300 540 380C524 436 480 450 452 446",
        look.second,
        34.0,
    );
    look.clad(
        s,
        "M226 196H414C430 280 446 400 450 496H190C194 400 210 280 226 196Z",
        Shade::Round,
    );
    s.form(
        "M218 200C230 158 410 158 422 200Z",
        look.second,
        Stuff::Gloss,
        Shade::Round,
    );
    s.form(
        &slab(300.0, 152.0, 40.0, 18.0, 9.0),
        look.accent,
        Stuff::Matte,
        Shade::Round,
    );
    s.form(
        &slab(308.0, 330.0, 24.0, 130.0, 12.0),
        Rgb(205, 226, 236),
        Stuff::Glass,
        Shade::Flat,
    );
    s.tint(&slab(308.0, 390.0, 24.0, 70.0, 12.0), Rgb(92, 160, 200), 0.6);
    s.form(&disc(430.0, 508.0, 6.0), look.accent, Stuff::Gloss, Shade::Ball);
    s.gleam(
        "M246 220C236 300 222 400 216 480L236 480C242 400 254 300 262 220Z",
        0.32,
    );
}

fn glass(s: &mut Sheet, look: &Look) {
    let pane = Rgb(198, 222, 226);
    s.shadow(320.0, 518.0, 200.0, 26.0);
    s.form(
        "M440 420C500 400 510 310 560 280L580 300C552 350 540 450 436 470Z",
        pane,
        Stuff::Glass,
        Shade::Flat,
    );
    s.tube("M200 320C90 300 90 460 210 460", pane.dark(0.12), 22.0);
    let belly = "M240 250H400C410 290 470 330 470 420C470 480 430 514 390 516H250C210 514 170 480 170 420C170 330 230 290 240 250Z";
    s.form(belly, pane, Stuff::Glass, Shade::Ball);
    s.within(belly, |s| {
        s.tint("M160 372C240 362 400 382 480 372V520H160Z", look.main, 0.78)
    });
    s.form(
        &slab(272.0, 256.0, 96.0, 190.0, 18.0),
        look.second,
        Stuff::Metal,
        Shade::Round,
    );
    s.within(&slab(272.0, 256.0, 96.0, 190.0, 18.0), |s| {
        for row in 0..9u8 {
            for column in 0..5u8 {
                s.tint(
                    &disc(284.0 + f32::from(column) * 18.0, 282.0 + f32::from(row) * 19.0, 3.6),
                    INK,
                    0.5,
                );
            }
        }
    });
    s.pen(belly, WHITE, 4.0, 0.7);
    s.form(
        "M228 252C240 226 400 226 412 252Z",
        look.accent,
        Stuff::Wood,
        Shade::Flat,
    );
    s.form(&disc(320.0, 222.0, 18.0), look.accent, Stuff::Wood, Shade::Ball);
    s.gleam("M206 372C196 420 206 460 222 476C230 470 222 420 230 366Z", 0.6);
}

fn moka(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 180.0, 26.0);
    s.tube("M400 232C500 220 520 260 506 400", look.second, 30.0);
    s.form("M232 240L176 226L240 300Z", look.main, look.stuff, Shade::Flat);
    s.form("M236 352H404L430 520H210Z", look.main, look.stuff, Shade::Round);
    s.form("M224 216H416L396 352H244Z", look.main, look.stuff, Shade::Round);
    for (top, bottom) in [(272.0, 284.0), (320.0, 320.0), (368.0, 356.0)] {
        s.pen(&format!("M{top} 216L{bottom} 352"), INK, 3.0, 0.25);
        s.pen(
            &format!("M{bottom} 374L{} 520", 320.0 + (top - 320.0) * 1.15),
            INK,
            3.0,
            0.25,
        );
    }
    s.form(
        &slab(226.0, 344.0, 188.0, 30.0, 8.0),
        look.main.dark(0.18),
        look.stuff,
        Shade::Round,
    );
    s.form(
        "M222 216L320 172L418 216Z",
        look.main.light(0.1),
        look.stuff,
        Shade::Round,
    );
    s.form("M304 176L310 140H330L336 176Z", look.second, Stuff::Gloss, Shade::Round);
    s.form(&disc(240.0, 440.0, 11.0), look.accent, Stuff::Metal, Shade::Ball);
}

fn press(s: &mut Sheet, look: &Look) {
    let pane = Rgb(205, 224, 228);
    s.shadow(320.0, 520.0, 170.0, 26.0);
    s.tube("M424 260C530 250 530 440 424 440", look.second, 28.0);
    s.form(
        &slab(218.0, 220.0, 204.0, 290.0, 12.0),
        pane,
        Stuff::Glass,
        Shade::Round,
    );
    s.tint(&slab(224.0, 330.0, 192.0, 176.0, 10.0), Rgb(74, 44, 28), 0.92);
    s.tint(&slab(224.0, 330.0, 192.0, 26.0, 8.0), Rgb(176, 130, 84), 0.9);
    s.form(
        &slab(314.0, 110.0, 12.0, 200.0, 4.0),
        look.main,
        Stuff::Metal,
        Shade::Round,
    );
    s.form(&disc(320.0, 108.0, 22.0), look.accent, Stuff::Gloss, Shade::Ball);
    s.form(
        "M204 222C206 190 260 172 320 172S434 190 436 222Z",
        look.main,
        look.stuff,
        Shade::Round,
    );
    for y in [238.0, 466.0] {
        s.form(&slab(208.0, y, 224.0, 20.0, 6.0), look.main, look.stuff, Shade::Round);
    }
    s.form("M206 484H434L442 520H198Z", look.main, look.stuff, Shade::Round);
    s.gleam(&slab(238.0, 262.0, 16.0, 200.0, 8.0), 0.55);
}
