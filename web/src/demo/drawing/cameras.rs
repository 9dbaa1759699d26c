//! Photographic cameras.

use super::colour::{INK, Rgb};
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, oval, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &[
    "slr",
    "rangefinder",
    "instant",
    "twin_lens",
    "action",
    "folding",
    "pocket",
    "cine",
];
pub(super) const HUNG: &[&str] = &[];

const STEEL: Rgb = Rgb(190, 196, 202);

/// Draws one.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    match look.shape {
        "rangefinder" => rangefinder(s, look),
        "instant" => instant(s, look),
        "twin_lens" => twin_lens(s, look),
        "action" => action(s, look),
        "folding" => folding(s, look),
        "pocket" => pocket(s, look),
        "cine" => cine(s, look),
        _ => slr(s, look),
    }
}

fn lens(s: &mut Sheet, (x, y, r): (f32, f32, f32), barrel: Rgb, glass: Rgb) {
    s.tint(&disc(x + 6.0, y + 10.0, r * 1.03), INK, 0.25);
    s.form(&disc(x, y, r), barrel, Stuff::Metal, Shade::Ball);
    s.fill(&disc(x, y, r * 0.84), barrel.dark(0.6));
    s.pen(&disc(x, y, r * 0.76), barrel.light(0.5), 2.0, 0.6);
    s.fill(&disc(x, y, r * 0.66), "#14141c");
    let deep = s.radial(
        (0.4, 0.35, 0.7),
        &[
            (0.0, glass.light(0.45), 1.0),
            (0.4, glass, 1.0),
            (1.0, glass.dark(0.85), 1.0),
        ],
    );
    s.fill(&disc(x, y, r * 0.54), deep);
    s.gleam(&oval(x - r * 0.2, y - r * 0.24, r * 0.17, r * 0.11), 0.8);
    s.gleam(&disc(x + r * 0.2, y + r * 0.22, r * 0.06), 0.5);
}

fn slr(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 512.0, 250.0, 28.0);
    s.line("M100 270C30 300 40 420 84 450", look.accent, 15.0);
    s.line("M540 270C610 300 600 420 556 450", look.accent, 15.0);
    s.form("M232 236L262 168H378L408 236Z", look.main, Stuff::Matte, Shade::Round);
    s.form(&slab(262.0, 160.0, 116.0, 14.0, 4.0), STEEL, Stuff::Metal, Shade::Lying);
    for (x, w) in [(122.0, 60.0), (440.0, 78.0)] {
        s.form(&slab(x, 202.0, w, 34.0, 6.0), STEEL, Stuff::Metal, Shade::Round);
    }
    s.form(&disc(420.0, 214.0, 10.0), look.second, Stuff::Gloss, Shade::Ball);
    s.form(
        &slab(90.0, 230.0, 460.0, 276.0, 26.0),
        look.main,
        Stuff::Matte,
        Shade::Flat,
    );
    look.clad(s, &slab(90.0, 284.0, 460.0, 168.0, 4.0), Shade::Flat);
    s.form(
        &slab(478.0, 246.0, 64.0, 248.0, 26.0),
        look.main.dark(0.25),
        Stuff::Leather,
        Shade::Round,
    );
    lens(s, (304.0, 366.0, 128.0), look.main.dark(0.35), Rgb(84, 78, 170));
    s.form(
        &slab(112.0, 248.0, 44.0, 22.0, 5.0),
        look.second,
        Stuff::Gloss,
        Shade::Flat,
    );
}

fn rangefinder(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 512.0, 250.0, 28.0);
    for (x, w) in [(130.0, 58.0), (418.0, 44.0), (478.0, 48.0)] {
        s.form(&slab(x, 208.0, w, 36.0, 6.0), look.second, Stuff::Metal, Shade::Round);
    }
    s.form(
        &slab(84.0, 236.0, 472.0, 270.0, 50.0),
        look.second,
        Stuff::Metal,
        Shade::Lying,
    );
    look.clad(s, &slab(84.0, 306.0, 472.0, 140.0, 3.0), Shade::Flat);
    s.fill(&slab(120.0, 256.0, 66.0, 36.0, 6.0), "#22242c");
    s.tint(&slab(126.0, 262.0, 30.0, 24.0, 4.0), Rgb(150, 190, 220), 0.8);
    s.fill(&slab(250.0, 262.0, 36.0, 24.0, 5.0), "#22242c");
    s.form(&disc(396.0, 274.0, 11.0), look.accent, Stuff::Gloss, Shade::Ball);
    lens(s, (320.0, 386.0, 104.0), look.second.dark(0.1), Rgb(64, 120, 130));
}

fn instant(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 560.0, 220.0, 26.0);
    s.form("M206 500H434V566H206Z", Rgb(250, 248, 244), Stuff::Matte, Shade::Flat);
    s.form("M222 500H418V548H222Z", Rgb(120, 176, 196), Stuff::Matte, Shade::Flat);
    s.tint(
        "M222 548V530L280 508L330 536L380 512L418 540V548Z",
        Rgb(60, 110, 80),
        0.9,
    );
    look.clad(
        s,
        "M150 210C150 150 200 126 320 126S490 150 490 210L512 470Q512 508 476 508H164Q128 508 128 470Z",
        Shade::Flat,
    );
    s.form(
        "M128 446H512V470Q512 508 476 508H164Q128 508 128 470Z",
        look.second,
        Stuff::Matte,
        Shade::Flat,
    );
    s.fill(&slab(190.0, 486.0, 260.0, 9.0, 4.0), "#26222c");
    s.form(
        &slab(170.0, 166.0, 110.0, 62.0, 14.0),
        Rgb(236, 238, 240),
        Stuff::Glass,
        Shade::Flat,
    );
    s.pen(&slab(170.0, 166.0, 110.0, 62.0, 14.0), INK, 4.0, 0.4);
    s.fill(&slab(398.0, 172.0, 62.0, 50.0, 10.0), "#22242c");
    for (index, ink) in ["#d8574a", "#e8a33c", "#f0d660", "#5fa970", "#4a86b8"]
        .into_iter()
        .enumerate()
    {
        s.fill(&slab(296.0 + index as f32 * 10.0, 446.0, 10.0, 40.0, 0.0), ink);
    }
    lens(s, (320.0, 338.0, 94.0), look.second.dark(0.2), Rgb(70, 90, 150));
    s.form(&disc(456.0, 356.0, 22.0), look.accent, Stuff::Gloss, Shade::Ball);
}

fn twin_lens(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 540.0, 190.0, 28.0);
    s.form(
        "M214 150L236 72H404L426 150Z",
        look.main.dark(0.2),
        Stuff::Matte,
        Shade::Flat,
    );
    s.fill("M246 142L258 88H382L394 142Z", "#1d1c24");
    s.form(
        &slab(184.0, 146.0, 272.0, 390.0, 18.0),
        look.second,
        Stuff::Metal,
        Shade::Round,
    );
    look.clad(s, &slab(184.0, 172.0, 272.0, 340.0, 6.0), Shade::Flat);
    s.form(
        &slab(220.0, 176.0, 200.0, 330.0, 90.0),
        look.second,
        Stuff::Metal,
        Shade::Round,
    );
    lens(s, (320.0, 262.0, 72.0), look.main.dark(0.3), Rgb(90, 110, 150));
    lens(s, (320.0, 416.0, 80.0), look.main.dark(0.3), Rgb(110, 70, 150));
    s.both_sides(|s| {
        s.form(
            &slab(150.0, 250.0, 36.0, 70.0, 8.0),
            look.accent,
            Stuff::Metal,
            Shade::Lying,
        )
    });
}

fn action(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 190.0, 26.0);
    s.form(
        &slab(280.0, 470.0, 80.0, 50.0, 8.0),
        look.second,
        Stuff::Matte,
        Shade::Round,
    );
    s.form(
        &slab(150.0, 196.0, 340.0, 284.0, 46.0),
        look.second,
        Stuff::Matte,
        Shade::Flat,
    );
    look.clad(s, &slab(168.0, 212.0, 304.0, 252.0, 34.0), Shade::Flat);
    s.form(
        &slab(190.0, 182.0, 70.0, 22.0, 10.0),
        look.accent,
        Stuff::Matte,
        Shade::Lying,
    );
    s.form(
        &slab(312.0, 226.0, 148.0, 148.0, 34.0),
        look.second.dark(0.2),
        Stuff::Gloss,
        Shade::Flat,
    );
    lens(s, (386.0, 300.0, 66.0), look.second.dark(0.4), Rgb(60, 130, 170));
    s.fill(&slab(190.0, 240.0, 100.0, 74.0, 10.0), "#1c2028");
    s.tint(&slab(198.0, 248.0, 84.0, 58.0, 6.0), Rgb(110, 190, 200), 0.8);
    for x in [200.0, 224.0, 248.0] {
        s.tint(&slab(x, 400.0, 10.0, 34.0, 5.0), INK, 0.45);
    }
}

fn folding(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 220.0, 28.0);
    look.clad(s, &slab(130.0, 150.0, 380.0, 366.0, 16.0), Shade::Flat);
    s.form(
        &slab(130.0, 150.0, 380.0, 26.0, 10.0),
        look.accent,
        Stuff::Metal,
        Shade::Lying,
    );
    for step in 0..6u8 {
        let inset = f32::from(step) * 12.0;
        let colour = if step % 2 == 0 {
            look.second
        } else {
            look.second.dark(0.45)
        };
        s.form(
            &slab(
                176.0 + inset,
                210.0 + inset * 0.9,
                288.0 - inset * 2.0,
                264.0 - inset * 1.9,
                6.0,
            ),
            colour,
            Stuff::Leather,
            Shade::Flat,
        );
    }
    s.form(
        &slab(240.0, 262.0, 160.0, 160.0, 10.0),
        look.main,
        Stuff::Wood,
        Shade::Flat,
    );
    lens(s, (320.0, 342.0, 66.0), look.accent, Rgb(70, 100, 120));
    s.form(
        &slab(110.0, 500.0, 420.0, 20.0, 6.0),
        look.accent,
        Stuff::Metal,
        Shade::Lying,
    );
    s.tube("M250 150C260 112 380 112 390 150", look.second, 13.0);
}

fn pocket(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 512.0, 220.0, 26.0);
    s.line("M506 300C600 300 580 460 540 520", look.second, 9.0);
    s.form(
        &slab(388.0, 236.0, 70.0, 24.0, 10.0),
        look.accent,
        Stuff::Gloss,
        Shade::Round,
    );
    look.clad(s, &slab(118.0, 252.0, 400.0, 256.0, 56.0), Shade::Flat);
    s.tint(&slab(118.0, 466.0, 400.0, 42.0, 21.0), INK, 0.12);
    s.form(
        &slab(146.0, 278.0, 84.0, 46.0, 16.0),
        Rgb(240, 236, 220),
        Stuff::Glass,
        Shade::Flat,
    );
    s.fill(&slab(420.0, 284.0, 56.0, 34.0, 10.0), "#23252d");
    lens(s, (318.0, 388.0, 88.0), look.second, Rgb(80, 140, 120));
}

fn cine(s: &mut Sheet, look: &Look) {
    s.shadow(300.0, 530.0, 200.0, 26.0);
    s.form(
        "M276 420H340L350 520Q350 530 338 530H280Q268 530 268 520Z",
        look.second,
        Stuff::Leather,
        Shade::Round,
    );
    for (x, y, r) in [(236.0, 180.0, 84.0), (400.0, 166.0, 70.0)] {
        s.form(&disc(x, y, r), look.main.dark(0.1), look.stuff, Shade::Ball);
        for turn in 0..5u8 {
            s.moved(&format!("rotate({} {x} {y})", u16::from(turn) * 72), |s| {
                s.tint(&oval(x, y - r * 0.58, r * 0.2, r * 0.24), INK, 0.5)
            });
        }
        s.form(&disc(x, y, r * 0.2), look.accent, Stuff::Metal, Shade::Ball);
    }
    look.clad(s, &slab(170.0, 246.0, 290.0, 184.0, 24.0), Shade::Flat);
    s.form(
        "M456 290H500L560 270V400L500 384H456Z",
        look.second,
        Stuff::Metal,
        Shade::Lying,
    );
    s.fill(&oval(562.0, 335.0, 16.0, 64.0), "#1c1c26");
    s.form(
        &slab(130.0, 270.0, 44.0, 48.0, 8.0),
        look.second,
        Stuff::Matte,
        Shade::Lying,
    );
    s.form(&disc(230.0, 350.0, 30.0), look.accent, Stuff::Metal, Shade::Ball);
}
