//! Pots and pans.

use super::colour::{INK, Rgb};
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, oval, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &[
    "casserole",
    "saucepan",
    "skillet",
    "wok",
    "stockpot",
    "steamer",
    "tagine",
    "roaster",
];
pub(super) const HUNG: &[&str] = &["skillet"];

/// Draws one.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    match look.shape {
        "saucepan" => saucepan(s, look),
        "skillet" => skillet(s, look),
        "wok" => wok(s, look),
        "stockpot" => stockpot(s, look),
        "steamer" => steamer(s, look),
        "tagine" => tagine(s, look),
        "roaster" => roaster(s, look),
        _ => casserole(s, look),
    }
}

fn lid(s: &mut Sheet, look: &Look, (left, right, y, height): (f32, f32, f32, f32)) {
    let middle = (left + right) / 2.0;
    s.form(
        &format!(
            "M{left} {y}C{} {} {} {} {right} {y}Z",
            left + 30.0,
            y - height,
            right - 30.0,
            y - height
        ),
        look.main,
        look.stuff,
        Shade::Round,
    );
    s.form(
        &slab(left - 8.0, y - 6.0, right - left + 16.0, 16.0, 8.0),
        look.main.light(0.12),
        look.stuff,
        Shade::Round,
    );
    s.form(
        &slab(middle - 9.0, y - height * 0.75 - 24.0, 18.0, 26.0, 3.0),
        look.second,
        Stuff::Metal,
        Shade::Round,
    );
    s.form(
        &oval(middle, y - height * 0.75 - 30.0, 30.0, 15.0),
        look.second,
        Stuff::Gloss,
        Shade::Ball,
    );
}

fn casserole(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 518.0, 240.0, 30.0);
    s.both_sides(|s| {
        s.tube(
            "M150 356H104Q86 356 86 374V384Q86 402 104 402H146",
            look.main.dark(0.1),
            26.0,
        )
    });
    look.clad(
        s,
        "M132 330H508L500 470Q496 518 450 518H190Q144 518 140 470Z",
        Shade::Round,
    );
    s.tint(
        "M140 470Q144 518 190 518H450Q496 518 500 470Q490 500 440 502H200Q150 500 140 470Z",
        INK,
        0.2,
    );
    lid(s, look, (134.0, 506.0, 328.0, 118.0));
    s.gleam(&slab(166.0, 360.0, 18.0, 100.0, 9.0), 0.4 * look.stuff.shine() + 0.06);
}

fn saucepan(s: &mut Sheet, look: &Look) {
    s.shadow(280.0, 518.0, 190.0, 28.0);
    s.tube("M420 366C480 350 540 330 606 316", look.second, 30.0);
    s.form(
        &slab(404.0, 350.0, 36.0, 34.0, 8.0),
        look.accent,
        Stuff::Metal,
        Shade::Lying,
    );
    look.clad(s, "M124 330H416V480Q416 518 380 518H160Q124 518 124 480Z", Shade::Round);
    s.form(
        "M116 326Q116 318 126 318H414Q424 318 424 326Q424 340 410 340H130Q116 340 116 326Z",
        look.main.light(0.2),
        look.stuff,
        Shade::Round,
    );
    s.form(
        "M140 318C170 262 370 262 400 318Z",
        Rgb(206, 222, 226),
        Stuff::Glass,
        Shade::Ball,
    );
    s.form(&oval(270.0, 258.0, 28.0, 15.0), look.second, Stuff::Matte, Shade::Ball);
    s.gleam(&slab(150.0, 360.0, 18.0, 110.0, 9.0), 0.35);
}

fn skillet(s: &mut Sheet, look: &Look) {
    s.moved("rotate(38 320 320)", |s| {
        s.tint(&disc(262.0, 334.0, 190.0), INK, 0.25);
        s.tint(&slab(430.0, 320.0, 210.0, 46.0, 22.0), INK, 0.22);
        s.form(
            "M418 296H600Q632 298 634 320Q632 344 600 346H418Z",
            look.second,
            if look.second.brightness() > 0.35 {
                Stuff::Wood
            } else {
                Stuff::Matte
            },
            Shade::Lying,
        );
        s.fill(&oval(606.0, 321.0, 13.0, 9.0), "#f4efe8");
        s.form(&disc(254.0, 320.0, 190.0), look.main, look.stuff, Shade::Flat);
        s.form(
            &disc(254.0, 320.0, 168.0),
            look.main.dark(0.35),
            Stuff::Matte,
            Shade::Ball,
        );
        s.pen(&disc(254.0, 320.0, 150.0), look.main.light(0.2), 2.0, 0.4);
        s.pen(&disc(254.0, 320.0, 110.0), look.main.light(0.2), 2.0, 0.25);
        s.pen("M120 262A146 146 0 0 1 200 186", "#ffffff", 9.0, 0.28);
    });
    // Two fried eggs.
    for (x, y) in [(214.0, 240.0), (286.0, 322.0)] {
        s.fill(
            &format!(
                "M{} {y}c0 -40 40 -50 66 -38c34 -6 50 24 40 50c-4 34 -40 44 -64 32c-30 6 -46 -16 -42 -44z",
                x - 50.0
            ),
            "#fdfaf2",
        );
        s.form(
            &disc(x + 4.0, y + 2.0, 22.0),
            accent_yolk(look),
            Stuff::Gloss,
            Shade::Ball,
        );
    }
}

fn accent_yolk(look: &Look) -> Rgb {
    Rgb(244, 176, 50).mix(look.accent, 0.08)
}

fn wok(s: &mut Sheet, look: &Look) {
    s.shadow(300.0, 520.0, 190.0, 26.0);
    s.tube("M480 340C530 320 570 300 618 286", look.second, 30.0);
    s.tube("M92 350C50 340 48 392 104 384", look.second, 18.0);
    s.form(
        "M84 330H516C516 450 420 518 300 518S84 450 84 330Z",
        look.main,
        look.stuff,
        Shade::Ball,
    );
    s.form(
        &oval(300.0, 330.0, 216.0, 44.0),
        look.main.light(0.15),
        look.stuff,
        Shade::Flat,
    );
    s.fill(&oval(300.0, 336.0, 198.0, 35.0), look.main.dark(0.5));
    let greens = [
        Rgb(104, 156, 72),
        Rgb(226, 128, 56),
        Rgb(206, 64, 54),
        Rgb(244, 206, 96),
    ];
    for (index, x) in [150.0, 196.0, 240.0, 284.0, 330.0, 374.0, 418.0, 450.0]
        .into_iter()
        .enumerate()
    {
        let lift = if index % 2 == 0 { 0.0 } else { 15.0 };
        s.form(
            &oval(x, 326.0 - lift, 28.0, 17.0),
            greens[index % 4],
            Stuff::Matte,
            Shade::Ball,
        );
    }
    s.pen("M120 390C140 440 190 480 240 494", "#ffffff", 9.0, 0.2);
}

fn stockpot(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 518.0, 200.0, 28.0);
    s.both_sides(|s| {
        s.tube(
            "M176 300H140Q122 300 122 318V340Q122 358 140 358H176",
            look.second,
            20.0,
        )
    });
    look.clad(s, "M168 236H472V484Q472 518 440 518H200Q168 518 168 484Z", Shade::Round);
    s.tint("M168 440H472V484Q472 518 440 518H200Q168 518 168 484Z", INK, 0.12);
    lid(s, look, (170.0, 470.0, 234.0, 86.0));
    for y in [330.0, 372.0, 414.0] {
        s.pen(&format!("M430 {y}H452"), INK, 3.0, 0.4);
    }
}

fn steamer(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 518.0, 220.0, 28.0);
    for y in [420.0, 330.0] {
        s.form(&slab(130.0, y, 380.0, 96.0, 14.0), look.main, Stuff::Wood, Shade::Round);
        for x in 0..18u8 {
            s.pen(
                &format!("M{} {}v74", 146.0 + f32::from(x) * 20.6, y + 11.0),
                look.main.dark(0.35),
                2.0,
                0.4,
            );
        }
        s.form(
            &slab(126.0, y, 388.0, 18.0, 8.0),
            look.second,
            Stuff::Wood,
            Shade::Round,
        );
        s.form(
            &slab(126.0, y + 74.0, 388.0, 18.0, 8.0),
            look.second,
            Stuff::Wood,
            Shade::Round,
        );
    }
    s.form(
        "M130 330C150 256 490 256 510 330Z",
        look.main,
        Stuff::Rattan,
        Shade::Round,
    );
    s.form(
        &slab(122.0, 314.0, 396.0, 22.0, 10.0),
        look.second,
        Stuff::Wood,
        Shade::Round,
    );
    s.tube("M280 268C290 236 350 236 360 268", look.accent, 13.0);
}

fn tagine(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 518.0, 240.0, 28.0);
    s.form(
        "M110 410H530L490 490Q476 518 440 518H200Q164 518 150 490Z",
        look.second,
        look.stuff,
        Shade::Round,
    );
    look.clad(
        s,
        "M130 410C190 390 280 300 296 180H344C360 300 450 390 510 410Z",
        Shade::Round,
    );
    s.form(&oval(320.0, 166.0, 36.0, 24.0), look.second, look.stuff, Shade::Ball);
    s.form(
        &slab(118.0, 400.0, 404.0, 22.0, 11.0),
        look.main.light(0.1),
        look.stuff,
        Shade::Round,
    );
    s.line("M230 330Q320 366 410 330", look.accent, 8.0);
    s.gleam("M300 220C286 300 240 360 200 388L222 388C264 352 306 296 312 220Z", 0.3);
}

fn roaster(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 518.0, 270.0, 28.0);
    s.both_sides(|s| s.tube("M110 404C50 390 50 350 88 352", look.second, 18.0));
    s.form(
        &oval(320.0, 396.0, 236.0, 46.0),
        look.main.light(0.2),
        look.stuff,
        Shade::Flat,
    );
    s.fill(&oval(320.0, 400.0, 214.0, 36.0), look.main.dark(0.45));
    for (x, y) in [(210.0, 394.0), (420.0, 396.0), (380.0, 410.0), (260.0, 412.0)] {
        s.form(&oval(x, y, 34.0, 20.0), Rgb(214, 152, 74), Stuff::Matte, Shade::Ball);
    }
    s.form(
        "M216 396C206 310 300 280 340 300C420 300 450 360 420 400C360 420 270 420 216 396Z",
        Rgb(190, 112, 52),
        Stuff::Gloss,
        Shade::Ball,
    );
    look.clad(
        s,
        "M84 400A236 46 0 0 0 556 400L530 480Q520 518 480 518H160Q120 518 110 480Z",
        Shade::Round,
    );
}
