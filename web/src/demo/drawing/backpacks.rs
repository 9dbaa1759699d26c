//! Backpacks.

use super::colour::INK;
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, oval, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &["classic", "roll_top", "hiking", "mini", "laptop", "drawstring"];
pub(super) const HUNG: &[&str] = &[];

/// Draws one.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 520.0, 200.0, 28.0);
    match look.shape {
        "roll_top" => roll_top(s, look),
        "hiking" => hiking(s, look),
        "mini" => mini(s, look),
        "laptop" => laptop(s, look),
        "drawstring" => drawstring(s, look),
        _ => classic(s, look),
    }
}

fn straps(s: &mut Sheet, look: &Look) {
    s.both_sides(|s| s.tube("M204 200C120 220 110 420 176 480", look.main.dark(0.3), 28.0));
    s.tube("M276 116C276 66 364 66 364 116", look.second, 17.0);
}

fn buckle(s: &mut Sheet, look: &Look, x: f32, y: f32) {
    s.form(
        &slab(x - 15.0, y - 13.0, 30.0, 26.0, 6.0),
        look.accent,
        Stuff::Metal,
        Shade::Flat,
    );
    s.tint(&slab(x - 8.0, y - 5.0, 16.0, 10.0, 3.0), INK, 0.55);
}

fn classic(s: &mut Sheet, look: &Look) {
    straps(s, look);
    look.clad(
        s,
        "M180 250C180 150 240 106 320 106S460 150 460 250V480Q460 520 420 520H220Q180 520 180 480Z",
        Shade::Round,
    );
    s.pen(
        "M204 260C206 170 256 132 320 132S434 170 436 260",
        look.accent,
        5.0,
        0.9,
    );
    s.form(
        "M206 336H434V476Q434 502 408 502H232Q206 502 206 476Z",
        look.second,
        look.stuff,
        Shade::Flat,
    );
    s.seam(
        "M216 352H424V474Q424 492 406 492H234Q216 492 216 474Z",
        look.second.light(0.5),
        2.0,
    );
    s.line("M216 378H424", look.accent, 5.0);
    s.form(
        &slab(410.0, 374.0, 10.0, 32.0, 4.0),
        look.accent,
        Stuff::Metal,
        Shade::Flat,
    );
    s.form(
        &slab(288.0, 214.0, 64.0, 46.0, 8.0),
        look.accent,
        Stuff::Leather,
        Shade::Flat,
    );
}

fn roll_top(s: &mut Sheet, look: &Look) {
    s.both_sides(|s| s.tube("M200 220C126 240 120 420 178 484", look.main.dark(0.3), 26.0));
    look.clad(s, &slab(182.0, 170.0, 276.0, 350.0, 34.0), Shade::Round);
    for (y, h) in [(150.0, 44.0), (116.0, 46.0)] {
        s.form(
            &slab(172.0, y, 296.0, h, 20.0),
            look.main.light(0.08),
            look.stuff,
            Shade::Lying,
        );
    }
    s.form(
        &slab(182.0, 440.0, 276.0, 80.0, 30.0),
        look.second,
        Stuff::Leather,
        Shade::Round,
    );
    for x in [234.0, 406.0] {
        s.form(
            &slab(x - 11.0, 112.0, 22.0, 340.0, 4.0),
            look.second,
            Stuff::Leather,
            Shade::Round,
        );
        buckle(s, look, x, 280.0);
    }
    s.pen("M270 360H370M270 360V420H370V360", INK, 4.0, 0.3);
}

fn hiking(s: &mut Sheet, look: &Look) {
    straps(s, look);
    s.form(
        &slab(170.0, 62.0, 300.0, 46.0, 23.0),
        look.accent,
        Stuff::Fabric,
        Shade::Lying,
    );
    s.both_sides(|s| {
        s.form(
            "M190 320C130 320 136 500 180 506H210V320Z",
            look.second,
            Stuff::Fabric,
            Shade::Round,
        )
    });
    look.clad(
        s,
        "M186 190H454L462 476Q462 520 424 520H216Q178 520 178 476Z",
        Shade::Round,
    );
    s.form(
        "M180 210C180 116 240 96 320 96S460 116 460 210C440 240 200 240 180 210Z",
        look.second,
        Stuff::Fabric,
        Shade::Round,
    );
    s.form(
        "M214 360H426V480Q426 504 402 504H238Q214 504 214 480Z",
        look.second,
        Stuff::Fabric,
        Shade::Flat,
    );
    for x in [250.0, 390.0] {
        s.line(&format!("M{x} 226V350"), look.accent, 11.0);
        buckle(s, look, x, 286.0);
    }
    s.pen("M290 260L350 300L290 340L350 356", look.accent, 5.0, 0.95);
}

fn mini(s: &mut Sheet, look: &Look) {
    s.both_sides(|s| s.tube("M230 300C160 310 160 440 214 490", look.second, 15.0));
    s.tube("M280 236C280 180 360 180 360 236", look.second, 14.0);
    look.clad(
        s,
        "M196 330C196 250 250 226 320 226S444 250 444 330V484Q444 520 408 520H232Q196 520 196 484Z",
        Shade::Round,
    );
    s.form(
        "M196 330C196 250 250 226 320 226S444 250 444 330C444 400 380 414 320 414S196 400 196 330Z",
        look.main.light(0.08),
        look.stuff,
        Shade::Ball,
    );
    s.pen(
        "M200 340C206 396 266 408 320 408S434 396 440 340",
        look.second,
        4.0,
        0.8,
    );
    s.form(
        &slab(304.0, 380.0, 32.0, 60.0, 10.0),
        look.second,
        Stuff::Leather,
        Shade::Flat,
    );
    s.form(&disc(320.0, 420.0, 11.0), look.accent, Stuff::Metal, Shade::Ball);
}

fn laptop(s: &mut Sheet, look: &Look) {
    straps(s, look);
    look.clad(s, &slab(176.0, 104.0, 288.0, 416.0, 48.0), Shade::Flat);
    s.tint("M176 330H464V472Q464 520 416 520H224Q176 520 176 472Z", INK, 0.2);
    s.line("M200 330H440", look.accent, 6.0);
    s.form(
        &slab(420.0, 326.0, 11.0, 36.0, 4.0),
        look.accent,
        Stuff::Metal,
        Shade::Flat,
    );
    s.pen(
        "M210 180C210 140 240 128 270 128H370C400 128 430 140 430 180",
        look.second,
        6.0,
        1.0,
    );
    s.form(
        &slab(270.0, 220.0, 100.0, 15.0, 5.0),
        look.second,
        Stuff::Leather,
        Shade::Lying,
    );
    s.form(
        &slab(270.0, 252.0, 100.0, 15.0, 5.0),
        look.second,
        Stuff::Leather,
        Shade::Lying,
    );
}

fn drawstring(s: &mut Sheet, look: &Look) {
    s.both_sides(|s| s.pen("M250 200C150 220 140 420 196 500", look.second, 11.0, 1.0));
    look.clad(
        s,
        "M236 210C150 280 160 460 196 500Q210 520 240 520H400Q430 520 444 500C480 460 490 280 404 210Z",
        Shade::Ball,
    );
    s.form(
        "M226 120C260 150 380 150 414 120C426 160 420 190 404 214C360 232 280 232 236 214C220 190 214 160 226 120Z",
        look.main.light(0.1),
        look.stuff,
        Shade::Round,
    );
    for x in [256.0, 290.0, 324.0, 358.0, 390.0] {
        s.pen(
            &format!("M{x} 140Q{} 200 {} 290", x + 3.0, x + (x - 320.0) * 0.5),
            INK,
            5.0,
            0.15,
        );
    }
    s.tube("M234 214C290 236 350 236 406 214", look.second, 11.0);
    s.line(
        "M320 232C300 280 290 300 296 350M320 232C344 280 350 300 340 344",
        look.second,
        7.0,
    );
    for (x, y) in [(296.0, 356.0), (340.0, 350.0)] {
        s.form(&oval(x, y, 10.0, 15.0), look.accent, Stuff::Wood, Shade::Ball);
    }
}
