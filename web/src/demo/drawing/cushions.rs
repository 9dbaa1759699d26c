//! Cushions, throws, rugs and towels.

use super::colour::{INK, WHITE};
use super::look::Look;
use super::sheet::{Shade, Sheet, oval, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &["square", "round", "bolster", "throw", "towels", "rug", "lumbar", "pouf"];
pub(super) const HUNG: &[&str] = &["rug"];

/// Draws one.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    match look.shape {
        "round" => round(s, look),
        "bolster" => bolster(s, look),
        "throw" => throw(s, look),
        "towels" => towels(s, look),
        "rug" => rug(s, look),
        "lumbar" => lumbar(s, look),
        "pouf" => pouf(s, look),
        _ => square(s, look),
    }
}

fn square(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 518.0, 230.0, 28.0);
    let d = "M110 122C240 150 400 150 530 122C506 250 506 390 534 520C400 496 240 496 106 520C134 390 134 250 110 122Z";
    look.clad(s, d, Shade::Ball);
    s.pen(d, look.accent, 7.0, 0.9);
    s.pen("M126 140C170 190 190 210 206 240M514 140C470 190 450 210 434 240M122 504C170 450 190 430 206 404M518 504C470 450 450 430 434 404", INK, 6.0, 0.1);
}

fn round(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 518.0, 220.0, 28.0);
    look.clad(s, &oval(320.0, 316.0, 208.0, 202.0), Shade::Ball);
    for turn in 0..12u8 {
        s.moved(&format!("rotate({} 320 316)", u16::from(turn) * 30), |s| {
            s.pen("M320 296C330 230 326 170 320 124", INK, 5.0, 0.16)
        });
    }
    s.pen(&oval(320.0, 316.0, 206.0, 200.0), look.main.dark(0.25), 6.0, 0.6);
    s.form(&oval(320.0, 312.0, 26.0, 24.0), look.accent, Stuff::Fabric, Shade::Ball);
}

fn bolster(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 518.0, 270.0, 26.0);
    look.clad(
        s,
        "M110 312H530C556 340 556 490 530 518H110C84 490 84 340 110 312Z",
        Shade::Lying,
    );
    s.form(
        &oval(528.0, 415.0, 40.0, 102.0),
        look.second,
        Stuff::Fabric,
        Shade::Ball,
    );
    for turn in 0..10u8 {
        s.moved(
            &format!("translate(528 415) scale(0.4 1) rotate({})", u16::from(turn) * 36),
            |s| s.pen("M0 -18V-92", INK, 6.0, 0.2),
        );
    }
    s.form(&oval(530.0, 415.0, 10.0, 22.0), look.accent, Stuff::Gloss, Shade::Ball);
    for x in [128.0, 142.0, 470.0] {
        s.pen(
            &format!("M{x} 313C{} 350 {} 480 {x} 517", x - 20.0, x - 20.0),
            look.accent,
            6.0,
            0.9,
        );
    }
}

fn throw(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 250.0, 28.0);
    for (step, y) in [428.0, 336.0, 244.0].into_iter().enumerate() {
        let inset = step as f32 * 7.0;
        look.clad(
            s,
            &slab(100.0 + inset, y, 440.0 - inset * 2.0, 92.0, 42.0),
            Shade::Lying,
        );
        s.pen(
            &format!("M{} {}H{}", 150.0 + inset, y + 46.0, 536.0 - inset),
            INK,
            4.0,
            0.22,
        );
    }
    // A fringed corner hangs over the front.
    let fold = "M250 246H430V440H250Z";
    look.clad(s, fold, Shade::Round);
    s.tint("M250 246H262V440H250ZM418 246H430V440H418Z", INK, 0.15);
    for index in 0..13u8 {
        let x = 254.0 + f32::from(index) * 14.3;
        s.line(
            &format!("M{x} 440q{} 20 0 44", if index % 2 == 0 { 4 } else { -4 }),
            look.accent,
            5.5,
        );
    }
}

fn towels(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 210.0, 26.0);
    let mut swapped = look.clone();
    (swapped.main, swapped.deco) = (look.second, super::stuff::Deco::Plain);
    let mut third = look.clone();
    (third.main, third.deco) = (look.accent, super::stuff::Deco::Plain);
    for (y, look) in [(430.0, &swapped), (340.0, look), (250.0, &third), (176.0, look)] {
        let (x, h) = if y < 200.0 { (190.0, 74.0) } else { (140.0, 90.0) };
        look.clad_scaled(s, &slab(x, y, 640.0 - x * 2.0, h, h / 2.0), Shade::Lying, 0.7);
        s.pen(&format!("M{} {}H{}", x + 40.0, y + h / 2.0, 632.0 - x), INK, 3.0, 0.2);
        s.pen(&format!("M{} {}V{}", x + 74.0, y + 3.0, y + h - 3.0), WHITE, 10.0, 0.4);
    }
}

fn rug(s: &mut Sheet, look: &Look) {
    s.moved("rotate(-9 320 320)", |s| {
        s.tint(&slab(132.0, 66.0, 400.0, 528.0, 4.0), INK, 0.2);
        for index in 0..28u8 {
            let x = 124.0 + f32::from(index) * 14.5;
            s.line(
                &format!("M{x} 56q3 -14 0 -28M{x} 584q3 14 0 28"),
                look.accent.light(0.2),
                4.0,
            );
        }
        look.clad_scaled(s, &slab(118.0, 54.0, 404.0, 532.0, 3.0), Shade::Flat, 1.5);
        s.pen(&slab(146.0, 82.0, 348.0, 476.0, 2.0), look.accent, 14.0, 1.0);
        s.pen(&slab(168.0, 104.0, 304.0, 432.0, 2.0), look.second, 5.0, 1.0);
    });
}

fn lumbar(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 518.0, 280.0, 26.0);
    let d = "M58 256C200 276 440 276 582 256C564 340 564 440 586 520C440 500 200 500 54 520C76 440 76 340 58 256Z";
    look.clad(s, d, Shade::Ball);
    s.within(d, |s| {
        for x in [96.0, 516.0] {
            s.form(
                &slab(x, 230.0, 30.0, 310.0, 0.0),
                look.accent,
                Stuff::Fabric,
                Shade::Flat,
            );
        }
    });
    for (x, dx) in [(58.0, -18.0), (582.0, 18.0)] {
        for y in [258.0, 518.0] {
            let dy = if y < 300.0 { -8.0 } else { 8.0 };
            s.line(
                &format!(
                    "M{x} {y}l{dx} {dy}M{x} {y}l{} {}M{x} {y}l{dx} {}",
                    dx * 0.5,
                    dy * 2.4,
                    dy * 2.0
                ),
                look.accent,
                6.0,
            );
        }
    }
}

fn pouf(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 240.0, 28.0);
    look.clad(
        s,
        "M150 300H490C560 330 560 490 490 518H150C80 490 80 330 150 300Z",
        Shade::Round,
    );
    s.form(
        &oval(320.0, 310.0, 196.0, 62.0),
        look.main.light(0.14),
        look.stuff,
        Shade::Flat,
    );
    for turn in 0..9u8 {
        let x = 320.0 + (f32::from(turn) - 4.0) * 49.0;
        s.pen(
            &format!(
                "M320 300Q{} 306 {x} 344C{} 420 {} 470 {} 516",
                320.0 + (x - 320.0) * 0.6,
                x + (x - 320.0) * 0.16,
                x + (x - 320.0) * 0.14,
                320.0 + (x - 320.0) * 0.9
            ),
            look.second,
            5.0,
            0.85,
        );
    }
    s.form(&oval(320.0, 300.0, 20.0, 9.0), look.accent, Stuff::Leather, Shade::Ball);
}
