//! Wrist watches, seen from above.

use super::colour::{INK, Rgb, WHITE};
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &["round", "square", "diver", "digital", "chrono", "pocket", "smart"];
pub(super) const HUNG: &[&str] = &["*"];

/// Draws one: `main` is the strap, `second` the case, `accent` the dial.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    match look.shape {
        "square" => square(s, look),
        "diver" => diver(s, look),
        "digital" => digital(s, look),
        "chrono" => chrono(s, look),
        "pocket" => pocket(s, look),
        "smart" => smart(s, look),
        _ => round(s, look),
    }
}

/// Draws the strap, of links if it is of metal.
fn strap(s: &mut Sheet, look: &Look, half: f32) {
    let (left, width) = (320.0 - half, half * 2.0);
    s.tint(&slab(left + 16.0, 20.0, width, 610.0, 20.0), INK, 0.16);
    let d = format!(
        "M{left} 320L{} 16H{}L{} 320L{} 624H{}Z",
        left + 16.0,
        left + width - 16.0,
        left + width,
        left + width - 16.0,
        left + 16.0
    );
    look.clad_scaled(s, &d, Shade::Round, 0.7);
    if look.stuff == Stuff::Metal {
        for step in 0..20u8 {
            let y = 20.0 + f32::from(step) * 31.0;
            s.pen(&format!("M{} {y}H{}", left + 6.0, left + width - 6.0), INK, 4.0, 0.35);
            s.pen(
                &format!("M{} {y}v30M{} {y}v30", 320.0 - half * 0.34, 320.0 + half * 0.34),
                INK,
                3.0,
                0.22,
            );
        }
    } else {
        s.seam(
            &format!("M{} 30V610M{} 30V610", left + 26.0, left + width - 26.0),
            look.main.light(0.5),
            2.6,
        );
        for y in [520.0, 552.0, 584.0] {
            s.fill(&slab(310.0, y, 20.0, 8.0, 4.0), look.main.dark(0.55));
        }
    }
}

fn marks(s: &mut Sheet, ink: Rgb, r: f32, count: u16, (width, length): (f32, f32)) {
    for index in 0..count {
        s.moved(
            &format!("rotate({} 320 320)", f32::from(index) * 360.0 / f32::from(count)),
            |s| {
                s.fill(&slab(320.0 - width / 2.0, 320.0 - r, width, length, width / 3.0), ink);
            },
        );
    }
}

fn hands(s: &mut Sheet, ink: Rgb, r: f32, second: Rgb) {
    for (turn, length, width) in [(-58.0, r * 0.52, 11.0), (62.0, r * 0.78, 8.0)] {
        s.moved(&format!("rotate({turn} 320 320)"), |s| {
            s.tint(
                &slab(
                    320.0 - width / 2.0 + 3.0,
                    324.0 - length,
                    width,
                    length + 14.0,
                    width / 2.0,
                ),
                INK,
                0.2,
            );
            s.fill(
                &slab(320.0 - width / 2.0, 320.0 - length, width, length + 14.0, width / 2.0),
                ink,
            );
        });
    }
    s.moved("rotate(190 320 320)", |s| {
        s.fill(&slab(318.2, 320.0 - r * 0.84, 3.6, r * 1.06, 1.8), second)
    });
    s.form(&disc(320.0, 320.0, 9.0), second, Stuff::Metal, Shade::Ball);
}

fn ink_on(dial: Rgb) -> Rgb {
    if dial.brightness() > 0.5 { INK } else { WHITE }
}

fn case(s: &mut Sheet, look: &Look, r: f32) {
    s.form(
        &slab(320.0 + r - 6.0, 300.0, 32.0, 40.0, 8.0),
        look.second,
        Stuff::Metal,
        Shade::Lying,
    );
    s.tint(&disc(326.0, 332.0, r + 4.0), INK, 0.3);
    s.form(&disc(320.0, 320.0, r), look.second, Stuff::Metal, Shade::Flat);
    s.pen(&disc(320.0, 320.0, r - 4.0), look.second.light(0.6), 3.0, 0.8);
    s.fill(&disc(320.0, 320.0, r * 0.87), look.second.dark(0.45));
    s.form(&disc(320.0, 320.0, r * 0.84), look.accent, Stuff::Matte, Shade::Ball);
}

fn glare(s: &mut Sheet, r: f32) {
    s.within(&disc(320.0, 320.0, r * 0.84), |s| {
        s.gleam("M160 120L330 120L200 520L100 520Z", 0.12)
    });
}

fn round(s: &mut Sheet, look: &Look) {
    strap(s, look, 62.0);
    case(s, look, 150.0);
    let ink = ink_on(look.accent);
    marks(s, ink, 118.0, 12, (6.0, 22.0));
    hands(s, ink, 112.0, look.main);
    glare(s, 150.0);
}

fn square(s: &mut Sheet, look: &Look) {
    strap(s, look, 70.0);
    s.form(
        &slab(440.0, 302.0, 26.0, 36.0, 7.0),
        look.second,
        Stuff::Metal,
        Shade::Lying,
    );
    s.tint(&slab(196.0, 176.0, 256.0, 304.0, 42.0), INK, 0.28);
    s.form(
        &slab(190.0, 166.0, 260.0, 308.0, 40.0),
        look.second,
        Stuff::Metal,
        Shade::Flat,
    );
    s.form(
        &slab(210.0, 188.0, 220.0, 264.0, 26.0),
        look.accent,
        Stuff::Matte,
        Shade::Flat,
    );
    let ink = ink_on(look.accent);
    s.pen(&slab(232.0, 214.0, 176.0, 212.0, 14.0), ink, 2.5, 0.5);
    for (x, y, w, h) in [
        (316.0, 196.0, 8.0, 30.0),
        (316.0, 414.0, 8.0, 30.0),
        (216.0, 316.0, 30.0, 8.0),
        (394.0, 316.0, 30.0, 8.0),
    ] {
        s.fill(&slab(x, y, w, h, 3.0), ink);
    }
    hands(s, ink, 100.0, look.main);
    s.gleam("M210 214Q210 188 236 188H320L220 440Q210 440 210 426Z", 0.12);
}

fn diver(s: &mut Sheet, look: &Look) {
    strap(s, look, 70.0);
    case(s, look, 172.0);
    s.form(&disc(320.0, 320.0, 162.0), look.main, Stuff::Gloss, Shade::Flat);
    marks(s, WHITE, 156.0, 60, (2.4, 10.0));
    marks(s, WHITE, 156.0, 12, (5.0, 20.0));
    s.fill("M320 160L308 182H332Z", "#ff8c42");
    s.form(&disc(320.0, 320.0, 128.0), look.accent, Stuff::Gloss, Shade::Ball);
    for index in 0..12u16 {
        s.moved(&format!("rotate({} 320 320)", index * 30), |s| {
            s.fill(&disc(320.0, 214.0, 9.5), "#e8f6e0")
        });
    }
    hands(s, Rgb(240, 248, 236), 110.0, Rgb(255, 140, 66));
    glare(s, 150.0);
}

fn digital(s: &mut Sheet, look: &Look) {
    strap(s, look, 78.0);
    s.tint(&slab(180.0, 186.0, 292.0, 284.0, 46.0), INK, 0.26);
    s.form(
        "M206 172H434L472 214V426L434 468H206L168 426V214Z",
        look.main,
        Stuff::Matte,
        Shade::Flat,
    );
    s.form(
        &slab(196.0, 206.0, 248.0, 228.0, 24.0),
        look.second,
        Stuff::Gloss,
        Shade::Flat,
    );
    s.form(
        &slab(216.0, 246.0, 208.0, 132.0, 10.0),
        look.accent,
        Stuff::Matte,
        Shade::Flat,
    );
    // 10:08 in segments.
    let on = look.accent.dark(0.85);
    s.line("M240 276V306M240 318V348", on, 9.0);
    s.line("M262 274H290V350H262Z", on, 9.0);
    s.line("M262 290V336", on, 9.0);
    s.fill(&slab(304.0, 292.0, 9.0, 9.0, 2.0), on);
    s.fill(&slab(304.0, 322.0, 9.0, 9.0, 2.0), on);
    s.line("M330 274H358V350H330Z", on, 9.0);
    s.line("M374 274H402V350H374ZM374 312H402", on, 9.0);
    for (x, y) in [(152.0, 246.0), (152.0, 366.0), (462.0, 246.0), (462.0, 366.0)] {
        s.form(&slab(x, y, 26.0, 34.0, 6.0), look.second, Stuff::Metal, Shade::Lying);
    }
}

fn chrono(s: &mut Sheet, look: &Look) {
    strap(s, look, 68.0);
    for y in [240.0, 372.0] {
        s.form(
            &slab(462.0, y, 34.0, 28.0, 7.0),
            look.second,
            Stuff::Metal,
            Shade::Lying,
        );
    }
    case(s, look, 166.0);
    let ink = ink_on(look.accent);
    marks(s, ink, 134.0, 60, (2.0, 8.0));
    marks(s, ink, 134.0, 12, (6.0, 20.0));
    for (x, y) in [(262.0, 320.0), (378.0, 320.0), (320.0, 384.0)] {
        s.form(&disc(x, y, 36.0), look.accent.mix(ink, 0.22), Stuff::Matte, Shade::Flat);
        s.pen(&disc(x, y, 36.0), ink, 2.0, 0.6);
        s.line(&format!("M{x} {y}l14 -20"), ink, 4.0);
    }
    hands(s, ink, 126.0, Rgb(222, 70, 54));
    glare(s, 166.0);
}

fn pocket(s: &mut Sheet, look: &Look) {
    let mut d = String::from("M320 120");
    for step in 0..9u8 {
        let (x, y) = (
            360.0 + f32::from(step) * 30.0,
            90.0 - f32::from(step % 2) * 14.0 + f32::from(step) * 26.0,
        );
        d.push_str(&format!("L{x} {y}"));
        s.pen(
            &format!("M{x} {y}m-13 0a13 9 0 1 0 26 0a13 9 0 1 0 -26 0"),
            look.second.dark(0.2),
            6.0,
            1.0,
        );
    }
    s.pen(&d, look.second, 3.0, 0.8);
    s.tube("M288 120a32 32 0 1 1 64 0", look.second, 11.0);
    s.form(
        &slab(298.0, 112.0, 44.0, 46.0, 8.0),
        look.second,
        Stuff::Metal,
        Shade::Round,
    );
    s.tint(&disc(330.0, 362.0, 208.0), INK, 0.25);
    s.form(&disc(320.0, 346.0, 206.0), look.second, Stuff::Metal, Shade::Flat);
    s.moved("translate(0 26)", |s| {
        s.form(&disc(320.0, 320.0, 176.0), look.accent, Stuff::Matte, Shade::Ball);
        let ink = ink_on(look.accent);
        marks(s, ink, 166.0, 60, (2.0, 10.0));
        marks(s, look.main, 150.0, 12, (9.0, 30.0));
        hands(s, ink, 140.0, look.main);
    });
}

fn smart(s: &mut Sheet, look: &Look) {
    strap(s, look, 84.0);
    s.form(
        &slab(446.0, 270.0, 24.0, 46.0, 8.0),
        look.second,
        Stuff::Metal,
        Shade::Lying,
    );
    s.tint(&slab(190.0, 170.0, 276.0, 320.0, 76.0), INK, 0.26);
    s.form(
        &slab(182.0, 158.0, 276.0, 324.0, 76.0),
        look.second,
        Stuff::Metal,
        Shade::Flat,
    );
    s.fill(&slab(196.0, 172.0, 248.0, 296.0, 62.0), "#15161d");
    for (r, ink, to) in [
        (88.0, look.accent, "232 320"),
        (66.0, look.accent.mix(Rgb(80, 200, 170), 0.7), "320 386"),
        (44.0, look.accent.mix(Rgb(250, 190, 80), 0.8), "276 320"),
    ] {
        s.pen(&disc(320.0, 320.0, r), ink, 15.0, 0.22);
        s.line(&format!("M320 {}A{r} {r} 0 1 1 {to}", 320.0 - r), ink, 15.0);
    }
    s.line("M250 434H390", "#5a5d6a", 6.0);
    s.gleam("M196 234Q196 172 258 172H330L210 450Q196 430 196 400Z", 0.08);
}
