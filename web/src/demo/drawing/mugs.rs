//! Mugs, cups and tumblers.

use super::colour::{INK, Rgb};
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, oval, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &["mug", "belly", "espresso", "latte", "tumbler", "camp", "yunomi", "pair"];
pub(super) const HUNG: &[&str] = &[];

const COFFEE: Rgb = Rgb(92, 56, 34);

/// Draws one.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    match look.shape {
        "belly" => belly(s, look),
        "espresso" => saucer_cup(s, look, 0.72),
        "latte" => saucer_cup(s, look, 1.0),
        "tumbler" => tumbler(s, look),
        "camp" => camp(s, look),
        "yunomi" => {
            s.shadow(320.0, 518.0, 150.0, 24.0);
            yunomi(s, look);
        }
        "pair" => pair(s, look),
        _ => mug(s, look),
    }
}

fn steam(s: &mut Sheet, x: f32, y: f32) {
    for (dx, height) in [(-34.0, 70.0), (4.0, 100.0), (40.0, 64.0)] {
        let x = x + dx;
        s.pen(
            &format!(
                "M{x} {y}C{} {} {} {} {x} {}",
                x - 26.0,
                y - height * 0.4,
                x + 26.0,
                y - height * 0.6,
                y - height
            ),
            "#ffffff",
            9.0,
            0.55,
        );
    }
}

fn mouth(s: &mut Sheet, colour: Rgb, stuff: Stuff, (cx, cy, rx, ry): (f32, f32, f32, f32), drink: Rgb) {
    s.form(&oval(cx, cy, rx, ry), colour.light(0.14), stuff, Shade::Flat);
    s.fill(&oval(cx, cy + 2.0, rx - 9.0, ry - 6.0), colour.dark(0.4));
    let drink = s.radial((0.4, 0.4, 0.7), &[(0.0, drink.light(0.25), 1.0), (1.0, drink, 1.0)]);
    s.fill(&oval(cx, cy + 8.0, rx - 18.0, ry - 11.0), drink);
}

fn mug(s: &mut Sheet, look: &Look) {
    s.shadow(330.0, 518.0, 190.0, 26.0);
    steam(s, 300.0, 190.0);
    s.tube("M440 300C560 280 560 450 430 440", look.main.dark(0.06), 36.0);
    look.clad(
        s,
        "M160 246H440V470C440 506 416 520 384 520H216C184 520 160 506 160 470Z",
        Shade::Round,
    );
    mouth(s, look.main, look.stuff, (300.0, 246.0, 140.0, 36.0), COFFEE);
    s.gleam(&slab(188.0, 300.0, 20.0, 160.0, 10.0), 0.3 * look.stuff.shine() + 0.1);
}

fn belly(s: &mut Sheet, look: &Look) {
    s.shadow(330.0, 518.0, 190.0, 26.0);
    steam(s, 300.0, 200.0);
    s.tube("M446 340C560 300 560 460 440 460", look.second, 32.0);
    let body = "M186 250H414C420 280 464 320 464 400C464 470 430 510 390 520H210C170 510 136 470 136 400C136 320 180 280 186 250Z";
    look.clad(s, body, Shade::Ball);
    // The lower half is dipped in a second glaze.
    s.within(body, |s| {
        s.form(
            "M120 420C200 400 260 446 330 424S440 440 480 416V530H120Z",
            look.second,
            look.stuff,
            Shade::Round,
        );
    });
    mouth(s, look.main, look.stuff, (300.0, 250.0, 114.0, 30.0), COFFEE);
    s.gleam(&oval(196.0, 370.0, 16.0, 44.0), 0.35);
}

fn saucer_cup(s: &mut Sheet, look: &Look, size: f32) {
    let shift = format!(
        "translate({} {}) scale({size})",
        320.0 * (1.0 - size),
        520.0 * (1.0 - size)
    );
    s.moved(&shift, |s| {
        s.shadow(320.0, 516.0, 270.0, 32.0);
        s.form(
            &oval(320.0, 492.0, 244.0, 34.0),
            look.main.dark(0.08),
            look.stuff,
            Shade::Flat,
        );
        s.form(&oval(320.0, 484.0, 200.0, 24.0), look.second, look.stuff, Shade::Flat);
        s.tint(&oval(320.0, 486.0, 110.0, 15.0), INK, 0.25);
        steam(s, 310.0, 230.0);
        s.tube("M474 322C580 300 570 410 450 410", look.main.dark(0.06), 28.0);
        look.clad(
            s,
            "M146 280H494C494 400 440 484 370 488H270C200 484 146 400 146 280Z",
            Shade::Round,
        );
        mouth(s, look.main, look.stuff, (320.0, 280.0, 174.0, 42.0), Rgb(190, 138, 92));
        s.tint(
            "M320 306C280 290 262 272 288 266C306 262 316 270 320 276C324 270 336 262 354 266C378 272 360 290 320 306Z",
            Rgb(250, 236, 214),
            0.9,
        );
        s.gleam(
            "M180 316C186 380 206 430 226 450L244 446C222 420 206 370 202 312Z",
            0.35,
        );
    });
}

fn tumbler(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 140.0, 24.0);
    look.clad(
        s,
        "M212 190H428L404 500Q402 520 380 520H260Q238 520 236 500Z",
        Shade::Round,
    );
    s.form("M219 290H421L415 370H225Z", look.second, Stuff::Cork, Shade::Round);
    s.form(
        "M204 160H436Q444 160 442 172L438 196H202L198 172Q196 160 204 160Z",
        look.accent,
        Stuff::Matte,
        Shade::Round,
    );
    s.form(
        "M226 160C230 136 410 136 414 160Z",
        look.accent.light(0.1),
        Stuff::Matte,
        Shade::Round,
    );
    s.fill(&slab(368.0, 146.0, 34.0, 9.0, 4.0), look.accent.dark(0.5));
    s.gleam("M240 206L258 490L274 490L258 206Z", 0.22);
}

fn camp(s: &mut Sheet, look: &Look) {
    s.shadow(330.0, 518.0, 190.0, 26.0);
    s.tube("M438 310C540 296 540 446 426 446", look.main, 26.0);
    look.clad(
        s,
        "M164 250H436L426 500Q424 520 404 520H196Q176 520 174 500Z",
        Shade::Round,
    );
    mouth(s, look.second, Stuff::Gloss, (300.0, 250.0, 142.0, 36.0), COFFEE);
    s.line("M158 250A142 36 0 0 0 442 250", look.second, 13.0);
    s.line("M176 506Q190 520 210 520H390Q412 520 424 506", look.second, 9.0);
    s.gleam(&slab(194.0, 304.0, 16.0, 160.0, 8.0), 0.45);
    s.tint(&disc(388.0, 420.0, 5.0), INK, 0.4);
}

fn yunomi(s: &mut Sheet, look: &Look) {
    let body = "M212 220H428L418 480C416 510 400 520 380 520H260C240 520 224 510 222 480Z";
    look.clad(s, body, Shade::Round);
    s.within(body, |s| {
        s.form(
            "M200 210H440V300C420 330 404 300 384 316S340 350 316 318S262 340 244 312S210 320 200 300Z",
            look.second,
            look.stuff,
            Shade::Round,
        );
    });
    mouth(
        s,
        look.second,
        look.stuff,
        (320.0, 220.0, 108.0, 28.0),
        Rgb(150, 160, 76),
    );
    s.gleam(&slab(240.0, 270.0, 15.0, 180.0, 8.0), 0.25);
}

fn pair(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 518.0, 250.0, 26.0);
    let swapped = Look {
        main: look.second,
        second: look.main,
        ..look.clone()
    };
    for (x, y, look) in [(60.0, 70.0, &swapped), (226.0, 104.0, look)] {
        s.moved(&format!("translate({x} {y}) scale(0.8)"), |s| yunomi_cup(s, look));
    }
}

fn yunomi_cup(s: &mut Sheet, look: &Look) {
    s.tint(&oval(250.0, 518.0, 130.0, 16.0), INK, 0.25);
    look.clad(
        s,
        "M126 250H374C374 250 392 520 320 520H180C108 520 126 250 126 250Z",
        Shade::Round,
    );
    s.form(
        "M126 470C160 490 340 490 374 470C366 505 350 520 320 520H180C150 520 134 505 126 470Z",
        look.accent,
        look.stuff,
        Shade::Round,
    );
    mouth(s, look.main, look.stuff, (250.0, 250.0, 124.0, 32.0), COFFEE);
    s.gleam(&slab(150.0, 310.0, 16.0, 130.0, 8.0), 0.3);
}
