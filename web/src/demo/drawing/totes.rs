//! Totes, baskets and travel bags.

use super::colour::INK;
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &["tote", "net", "basket", "duffel", "messenger", "bucket", "suitcase"];
pub(super) const HUNG: &[&str] = &[];

/// Draws one.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 240.0, 28.0);
    match look.shape {
        "net" => net(s, look),
        "basket" => basket(s, look),
        "duffel" => duffel(s, look),
        "messenger" => messenger(s, look),
        "bucket" => bucket(s, look),
        "suitcase" => suitcase(s, look),
        _ => tote(s, look),
    }
}

fn tote(s: &mut Sheet, look: &Look) {
    s.tube("M236 260C226 80 414 80 404 260", look.accent.dark(0.2), 17.0);
    look.clad_scaled(
        s,
        "M132 236H508L530 494Q530 520 500 520H140Q110 520 110 494Z",
        Shade::Flat,
        1.2,
    );
    s.tint("M132 236H508L510 262H130Z", INK, 0.12);
    s.tube("M226 300C206 60 434 60 414 300", look.accent, 18.0);
    for x in [226.0, 414.0] {
        s.form(
            &slab(x - 15.0, 276.0, 30.0, 40.0, 5.0),
            look.accent,
            Stuff::Leather,
            Shade::Flat,
        );
    }
    s.seam("M128 274H512", look.main.light(0.6), 2.4);
}

fn net(s: &mut Sheet, look: &Look) {
    s.tube("M210 250C220 60 420 60 430 250", look.main, 13.0);
    let d = "M176 246H464C560 330 540 490 460 514Q320 530 180 514C100 490 80 330 176 246Z";
    for (x, y, r, ink) in [
        (230.0, 440.0, 66.0, "#e58a2e"),
        (350.0, 450.0, 60.0, "#d9c34a"),
        (440.0, 420.0, 54.0, "#b8443c"),
        (290.0, 350.0, 56.0, "#8aa84f"),
        (400.0, 340.0, 50.0, "#e8b23c"),
    ] {
        let colour = super::colour::Rgb::parse(ink).unwrap_or(look.accent);
        s.form(&disc(x, y, r), colour, Stuff::Matte, Shade::Ball);
    }
    s.within(d, |s| {
        for step in 0..22u8 {
            let x = -200.0 + f32::from(step) * 42.0;
            s.pen(
                &format!("M{x} 240L{} 530M{} 240L{x} 530", x + 290.0, x + 290.0),
                look.main,
                4.6,
                1.0,
            );
        }
    });
    s.pen(d, look.main, 6.0, 1.0);
    s.form(
        &slab(168.0, 236.0, 304.0, 26.0, 10.0),
        look.second,
        Stuff::Fabric,
        Shade::Lying,
    );
}

fn basket(s: &mut Sheet, look: &Look) {
    s.tube("M190 300C180 60 460 60 450 300", look.second, 22.0);
    s.form(
        "M190 300C190 240 240 250 260 280S330 240 360 270S440 250 456 300Z",
        look.accent,
        Stuff::Fabric,
        Shade::Ball,
    );
    look.clad(
        s,
        "M110 290H530C520 380 500 470 480 504Q474 520 450 520H190Q166 520 160 504C140 470 120 380 110 290Z",
        Shade::Round,
    );
    s.form(
        &slab(100.0, 278.0, 440.0, 30.0, 14.0),
        look.second,
        Stuff::Leather,
        Shade::Lying,
    );
    for x in [190.0, 450.0] {
        s.form(
            &slab(x - 15.0, 270.0, 30.0, 66.0, 6.0),
            look.second,
            Stuff::Leather,
            Shade::Round,
        );
        s.form(&disc(x, 320.0, 6.0), look.accent, Stuff::Metal, Shade::Ball);
    }
}

fn duffel(s: &mut Sheet, look: &Look) {
    s.pen("M110 400C90 180 550 180 530 400", look.second.dark(0.2), 15.0, 0.9);
    look.clad(s, &slab(64.0, 290.0, 512.0, 226.0, 100.0), Shade::Lying);
    for x in [64.0, 508.0] {
        s.within(&slab(64.0, 290.0, 512.0, 226.0, 100.0), |s| {
            s.form(
                &slab(x, 280.0, 68.0, 240.0, 0.0),
                look.second,
                Stuff::Leather,
                Shade::Lying,
            )
        });
    }
    for x in [210.0, 412.0] {
        s.form(
            &slab(x, 290.0, 22.0, 226.0, 0.0),
            look.second,
            Stuff::Leather,
            Shade::Lying,
        );
    }
    s.tube("M221 340C224 200 420 200 423 340", look.second, 16.0);
    s.line("M140 304H500", look.accent, 5.0);
    s.form(
        &slab(284.0, 232.0, 74.0, 22.0, 10.0),
        look.second.light(0.1),
        Stuff::Leather,
        Shade::Lying,
    );
}

fn messenger(s: &mut Sheet, look: &Look) {
    s.tube("M126 280C140 30 500 30 514 280", look.second, 18.0);
    s.form(
        &slab(108.0, 232.0, 424.0, 288.0, 26.0),
        look.main.dark(0.25),
        look.stuff,
        Shade::Flat,
    );
    look.clad(
        s,
        "M102 236Q102 214 124 214H516Q538 214 538 236V420Q538 450 508 450H132Q102 450 102 420Z",
        Shade::Flat,
    );
    s.seam(
        "M114 240V418Q114 438 134 438H506Q526 438 526 418V240",
        look.main.light(0.5),
        2.4,
    );
    for x in [210.0, 430.0] {
        s.form(
            &slab(x - 17.0, 340.0, 34.0, 134.0, 6.0),
            look.second,
            Stuff::Leather,
            Shade::Flat,
        );
        s.form(
            &slab(x - 22.0, 424.0, 44.0, 32.0, 6.0),
            look.accent,
            Stuff::Metal,
            Shade::Flat,
        );
        s.tint(&slab(x - 11.0, 433.0, 22.0, 13.0, 3.0), INK, 0.55);
    }
}

fn bucket(s: &mut Sheet, look: &Look) {
    s.tube("M216 260C200 40 440 40 424 260", look.second, 13.0);
    look.clad(
        s,
        "M196 246H444L470 490Q470 520 440 520H200Q170 520 170 490Z",
        Shade::Round,
    );
    s.form(
        "M174 470H466L470 490Q470 520 440 520H200Q170 520 170 490Z",
        look.second,
        Stuff::Leather,
        Shade::Round,
    );
    for x in [214.0, 248.0, 282.0, 316.0, 350.0, 384.0, 418.0] {
        s.form(&disc(x + 3.0, 290.0, 7.0), look.accent, Stuff::Metal, Shade::Ball);
    }
    s.line("M217 290H424", look.second, 6.0);
    s.line(
        "M320 290C300 340 290 370 296 410M322 290C340 340 350 360 344 404",
        look.second,
        6.0,
    );
    for (x, y) in [(296.0, 414.0), (344.0, 408.0)] {
        s.form(
            &slab(x - 9.0, y, 18.0, 38.0, 5.0),
            look.second,
            Stuff::Leather,
            Shade::Round,
        );
    }
}

fn suitcase(s: &mut Sheet, look: &Look) {
    s.tube("M262 170V70H378V170", look.accent, 11.0);
    s.form(
        &slab(262.0, 54.0, 116.0, 26.0, 12.0),
        look.second,
        Stuff::Matte,
        Shade::Lying,
    );
    for x in [216.0, 424.0] {
        s.form(&disc(x, 508.0, 17.0), look.second.dark(0.4), Stuff::Matte, Shade::Ball);
    }
    look.clad(s, &slab(176.0, 140.0, 288.0, 360.0, 36.0), Shade::Round);
    for x in [218.0, 260.0, 302.0, 344.0, 386.0, 420.0] {
        s.pen(&format!("M{x} 152V488"), INK, 6.0, 0.13);
        s.pen(&format!("M{} 152V488", x + 6.0), look.main.light(0.6), 3.0, 0.4);
    }
    s.both_sides(|s| {
        s.form(
            "M176 176Q176 140 212 140H226L176 196ZM176 464Q176 500 212 500H226L176 444Z",
            look.second,
            Stuff::Leather,
            Shade::Flat,
        )
    });
    s.form(
        &slab(446.0, 290.0, 24.0, 60.0, 6.0),
        look.accent,
        Stuff::Metal,
        Shade::Flat,
    );
}
