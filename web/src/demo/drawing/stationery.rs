//! Things for the desk: notebooks, pens, scissors.

use super::colour::{INK, Rgb};
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, oval, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &[
    "notebook", "spiral", "pen", "pencils", "ink", "scissors", "planner", "tape", "folio",
];
pub(super) const HUNG: &[&str] = &["notebook", "spiral", "pen", "scissors", "planner", "folio"];

const PAPER: Rgb = Rgb(250, 246, 236);

/// Draws one.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    match look.shape {
        "spiral" => spiral(s, look),
        "pen" => pen(s, look),
        "pencils" => pencils(s, look),
        "ink" => ink(s, look),
        "scissors" => scissors(s, look),
        "planner" => planner(s, look),
        "tape" => tape(s, look),
        "folio" => folio(s, look),
        _ => notebook(s, look),
    }
}

fn notebook(s: &mut Sheet, look: &Look) {
    s.moved("rotate(-10 320 320)", |s| {
        s.tint(&slab(168.0, 100.0, 340.0, 480.0, 18.0), INK, 0.22);
        s.fill(&slab(160.0, 88.0, 340.0, 478.0, 14.0), PAPER.dark(0.15));
        look.clad(s, &slab(150.0, 78.0, 340.0, 480.0, 18.0), Shade::Flat);
        s.tint(&slab(150.0, 78.0, 46.0, 480.0, 14.0), INK, 0.16);
        s.form(
            &slab(436.0, 78.0, 15.0, 480.0, 2.0),
            look.accent,
            Stuff::Fabric,
            Shade::Flat,
        );
        s.form(
            "M300 556H322V620L311 606L300 620Z",
            look.accent,
            Stuff::Fabric,
            Shade::Flat,
        );
        s.form(&slab(236.0, 170.0, 160.0, 80.0, 6.0), PAPER, Stuff::Matte, Shade::Flat);
        s.pen("M256 200H376M256 224H340", INK, 4.0, 0.4);
    });
}

fn spiral(s: &mut Sheet, look: &Look) {
    s.moved("rotate(7 320 320)", |s| {
        s.tint(&slab(158.0, 112.0, 340.0, 470.0, 14.0), INK, 0.2);
        s.fill(&slab(154.0, 104.0, 340.0, 466.0, 8.0), PAPER);
        look.clad(s, &slab(148.0, 96.0, 340.0, 466.0, 12.0), Shade::Flat);
        s.form(
            &slab(148.0, 460.0, 340.0, 60.0, 0.0),
            look.accent,
            Stuff::Matte,
            Shade::Flat,
        );
        for step in 0..14u8 {
            let x = 168.0 + f32::from(step) * 23.0;
            s.fill(&disc(x, 118.0, 6.0), look.main.dark(0.7));
            s.pen(
                &format!("M{x} 118C{} 60 {} 60 {} 100", x - 4.0, x + 16.0, x + 8.0),
                Rgb(170, 174, 182),
                5.0,
                1.0,
            );
        }
    });
}

fn pen(s: &mut Sheet, look: &Look) {
    s.moved("rotate(4 320 320)", |s| {
        s.tint(&slab(96.0, 210.0, 460.0, 300.0, 6.0), INK, 0.12);
        s.fill(&slab(90.0, 200.0, 460.0, 300.0, 6.0), PAPER);
        for y in [260.0, 310.0, 360.0, 410.0, 460.0] {
            s.pen(&format!("M110 {y}H530"), Rgb(120, 150, 190), 2.0, 0.5);
        }
        s.pen(
            "M130 306C150 270 170 270 166 300S190 310 200 286S226 290 220 306S250 310 262 286",
            look.main.dark(0.2),
            5.0,
            0.9,
        );
    });
    s.moved("rotate(-32 320 320)", |s| {
        s.tint(&slab(100.0, 318.0, 460.0, 46.0, 20.0), INK, 0.2);
        s.form("M60 326L130 300V352Z", look.accent, Stuff::Metal, Shade::Lying);
        s.line("M64 326H116", INK, 2.0);
        s.form(
            &slab(124.0, 300.0, 74.0, 52.0, 6.0),
            look.second,
            Stuff::Gloss,
            Shade::Lying,
        );
        s.form(
            &slab(192.0, 294.0, 190.0, 64.0, 10.0),
            look.main,
            look.stuff,
            Shade::Lying,
        );
        s.form(
            &slab(372.0, 290.0, 200.0, 72.0, 26.0),
            look.main.dark(0.08),
            look.stuff,
            Shade::Lying,
        );
        s.form(
            &slab(372.0, 290.0, 15.0, 72.0, 2.0),
            look.accent,
            Stuff::Metal,
            Shade::Lying,
        );
        s.form(
            &slab(410.0, 300.0, 140.0, 15.0, 7.0),
            look.accent,
            Stuff::Metal,
            Shade::Lying,
        );
    });
}

fn pencils(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 170.0, 24.0);
    let inks = [
        look.second,
        look.accent,
        look.main.light(0.3),
        Rgb(226, 176, 60),
        Rgb(84, 130, 150),
    ];
    for (index, (x, turn, top)) in [
        (236.0, -11.0, 150.0),
        (280.0, -4.0, 96.0),
        (320.0, 2.0, 130.0),
        (360.0, 7.0, 90.0),
        (402.0, 13.0, 140.0),
    ]
    .into_iter()
    .enumerate()
    {
        s.moved(&format!("rotate({turn} {x} 500)"), |s| {
            s.form(
                &slab(x - 17.0, top + 60.0, 34.0, 320.0, 2.0),
                inks[index],
                Stuff::Gloss,
                Shade::Round,
            );
            s.form(
                &format!("M{} {}L{x} {top}L{} {}Z", x - 17.0, top + 62.0, x + 17.0, top + 62.0),
                Rgb(230, 198, 154),
                Stuff::Wood,
                Shade::Round,
            );
            s.fill(
                &format!("M{} {}L{x} {top}L{} {}Z", x - 6.0, top + 22.0, x + 6.0, top + 22.0),
                inks[index].dark(0.4),
            );
        });
    }
    look.clad(
        s,
        "M200 300H440L426 500Q424 520 404 520H236Q216 520 214 500Z",
        Shade::Round,
    );
    s.form(
        &slab(192.0, 290.0, 256.0, 24.0, 10.0),
        look.main.light(0.12),
        look.stuff,
        Shade::Round,
    );
}

fn ink(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 190.0, 26.0);
    s.form(
        "M180 300Q180 270 220 268H260V226H380V268H420Q460 270 460 300V490Q460 520 430 520H210Q180 520 180 490Z",
        Rgb(206, 222, 228),
        Stuff::Glass,
        Shade::Round,
    );
    s.tint("M192 330H448V486Q448 508 426 508H214Q192 508 192 486Z", look.main, 0.88);
    s.tint(&slab(192.0, 322.0, 256.0, 18.0, 8.0), look.main.light(0.35), 0.9);
    s.form(
        &slab(244.0, 156.0, 152.0, 76.0, 12.0),
        look.second,
        Stuff::Gloss,
        Shade::Round,
    );
    for x in [264.0, 284.0, 304.0, 324.0, 344.0, 364.0] {
        s.pen(&format!("M{x} 166V222"), INK, 3.0, 0.3);
    }
    s.form(&slab(230.0, 372.0, 180.0, 96.0, 6.0), PAPER, Stuff::Matte, Shade::Flat);
    s.form(
        "M320 384C350 418 348 450 320 450S290 418 320 384Z",
        look.main,
        Stuff::Gloss,
        Shade::Ball,
    );
    s.gleam(&slab(204.0, 346.0, 13.0, 140.0, 6.0), 0.45);
}

fn scissors(s: &mut Sheet, look: &Look) {
    s.moved("rotate(24 320 320)", |s| {
        s.moved("translate(10 14)", |s| {
            s.tint(
                "M300 60L350 360L330 380L290 340ZM240 420a60 60 0 1 0 1 0ZM400 420a60 60 0 1 0 1 0Z",
                INK,
                0.16,
            )
        });
        s.form(
            "M286 50C300 40 310 60 314 90L356 372L316 372Z",
            look.accent,
            Stuff::Metal,
            Shade::Round,
        );
        s.form(
            "M354 50C340 40 330 60 326 90L284 372L324 372Z",
            look.accent.light(0.12),
            Stuff::Metal,
            Shade::Round,
        );
        s.both_sides(|s| {
            s.line("M300 356C280 400 270 410 262 430", look.main, 30.0);
            s.pen(&oval(240.0, 490.0, 58.0, 72.0), look.main.dark(0.25), 30.0, 1.0);
            s.pen(&oval(238.0, 488.0, 58.0, 72.0), look.main, 24.0, 1.0);
        });
        s.form(&disc(320.0, 330.0, 16.0), look.second, Stuff::Metal, Shade::Ball);
    });
}

fn planner(s: &mut Sheet, look: &Look) {
    s.tint(&slab(58.0, 142.0, 540.0, 390.0, 12.0), INK, 0.2);
    look.clad(s, &slab(44.0, 126.0, 552.0, 400.0, 16.0), Shade::Flat);
    s.form("M64 142H320V510H64Z", PAPER, Stuff::Matte, Shade::Flat);
    s.form("M320 142H576V510H320Z", PAPER.light(0.4), Stuff::Matte, Shade::Flat);
    s.tint("M300 142H340V510H300Z", INK, 0.08);
    for column in 0..3u8 {
        for row in 0..4u8 {
            let (x, y) = (84.0 + f32::from(column) * 72.0, 190.0 + f32::from(row) * 76.0);
            s.pen(&slab(x, y, 62.0, 64.0, 5.0), INK, 2.5, 0.3);
            if (column + row) % 3 == 0 {
                s.fill(
                    &slab(x + 8.0, y + 12.0, 46.0, 14.0, 6.0),
                    if row % 2 == 0 { look.accent } else { look.second },
                );
            }
        }
    }
    s.fill(&slab(84.0, 158.0, 110.0, 18.0, 6.0), look.main);
    for row in 0..7u8 {
        let y = 200.0 + f32::from(row) * 42.0;
        s.pen(&slab(350.0, y - 12.0, 20.0, 20.0, 4.0), look.main, 3.0, 0.9);
        s.pen(&format!("M384 {y}H{}", 540 - u16::from(row % 3) * 40), INK, 4.0, 0.35);
    }
    s.form(
        "M470 126H494V250L482 236L470 250Z",
        look.accent,
        Stuff::Fabric,
        Shade::Flat,
    );
}

fn tape(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 240.0, 26.0);
    for (x, y, r, colour) in [
        (200.0, 400.0, 112.0, look.main),
        (436.0, 410.0, 104.0, look.second),
        (318.0, 222.0, 110.0, look.accent),
    ] {
        s.tint(&disc(x + 8.0, y + 10.0, r), INK, 0.2);
        s.clad(
            &disc(x, y, r),
            colour,
            Stuff::Matte,
            Shade::Ball,
            (look.deco, colour.light(0.55), 0.7),
        );
        s.pen(&disc(x, y, r - 4.0), colour.light(0.35), 4.0, 0.6);
        s.form(&disc(x, y, r * 0.6), Rgb(214, 186, 148), Stuff::Matte, Shade::Flat);
        s.fill(&disc(x, y, r * 0.5), Rgb(96, 80, 70));
        s.tint(&disc(x + 5.0, y + 7.0, r * 0.46), Rgb(200, 184, 168), 0.8);
    }
}

fn folio(s: &mut Sheet, look: &Look) {
    s.moved("rotate(-6 320 320)", |s| {
        s.tint(&slab(112.0, 150.0, 440.0, 360.0, 20.0), INK, 0.22);
        s.form(&slab(110.0, 120.0, 420.0, 200.0, 6.0), PAPER, Stuff::Matte, Shade::Flat);
        look.clad(s, &slab(100.0, 138.0, 440.0, 360.0, 20.0), Shade::Flat);
        s.seam(&slab(114.0, 152.0, 412.0, 332.0, 12.0), look.main.light(0.5), 3.0);
        s.form(
            "M100 158Q100 138 120 138H520Q540 138 540 158V220L320 350L100 220Z",
            look.main.light(0.07),
            look.stuff,
            Shade::Flat,
        );
        s.pen("M102 222L320 350L538 222", INK, 4.0, 0.3);
        s.form(&disc(320.0, 330.0, 22.0), look.accent, Stuff::Metal, Shade::Ball);
        s.line(
            "M320 330C360 350 360 400 330 430C300 460 340 480 360 500",
            look.second,
            7.0,
        );
    });
}
