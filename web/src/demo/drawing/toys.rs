//! Toys of wood and cloth.

use super::colour::{INK, Rgb, WHITE};
use super::look::Look;
use super::plush;
use super::sheet::{Shade, Sheet, disc, poly, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &[
    "blocks",
    "train",
    "car",
    "bear",
    "stacker",
    "boat",
    "rocket",
    "xylophone",
    "rabbit",
    "top",
    "kite",
];
pub(super) const HUNG: &[&str] = &["kite"];

/// Draws one.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    if look.shape != "kite" {
        s.shadow(320.0, 520.0, 240.0, 26.0);
    }
    match look.shape {
        "train" => train(s, look),
        "car" => car(s, look),
        "bear" => plush::draw(s, look, false),
        "rabbit" => plush::draw(s, look, true),
        "stacker" => stacker(s, look),
        "boat" => boat(s, look),
        "rocket" => rocket(s, look),
        "xylophone" => xylophone(s, look),
        "top" => top(s, look),
        "kite" => kite(s, look),
        _ => blocks(s, look),
    }
}

fn paints(look: &Look) -> [Rgb; 5] {
    [
        look.main,
        look.second,
        look.accent,
        look.main.mix(look.accent, 0.5).light(0.2),
        look.second.light(0.35),
    ]
}

fn blocks(s: &mut Sheet, look: &Look) {
    let paint = paints(look);
    s.form(
        &slab(110.0, 390.0, 130.0, 130.0, 10.0),
        paint[0],
        look.stuff,
        Shade::Flat,
    );
    s.form(
        "M256 520V390H386V520H356A35 35 0 0 0 286 520Z",
        paint[1],
        look.stuff,
        Shade::Flat,
    );
    s.form(
        &slab(402.0, 390.0, 130.0, 130.0, 10.0),
        paint[2],
        look.stuff,
        Shade::Flat,
    );
    s.form(
        &slab(150.0, 280.0, 250.0, 106.0, 10.0),
        paint[3],
        look.stuff,
        Shade::Flat,
    );
    s.form(
        &slab(420.0, 230.0, 74.0, 158.0, 10.0),
        paint[0].light(0.25),
        look.stuff,
        Shade::Round,
    );
    s.form("M160 276L270 170L380 276Z", paint[2], look.stuff, Shade::Flat);
    s.form("M410 226L457 130L504 226Z", paint[1], look.stuff, Shade::Round);
    s.fill(&disc(175.0, 455.0, 34.0), paint[0].light(0.6));
    s.fill(
        &poly(&[(467.0, 416.0), (502.0, 486.0), (432.0, 486.0)]),
        paint[2].light(0.6),
    );
}

fn wheels(s: &mut Sheet, colour: Rgb, places: &[(f32, f32, f32)]) {
    for (x, y, r) in places {
        s.form(&disc(*x, *y, *r), colour, Stuff::Wood, Shade::Ball);
        s.form(&disc(*x, *y, r * 0.3), colour.light(0.6), Stuff::Wood, Shade::Ball);
    }
}

fn train(s: &mut Sheet, look: &Look) {
    let paint = paints(look);
    s.line("M400 470H450", INK, 8.0);
    s.form(
        &slab(70.0, 440.0, 330.0, 40.0, 8.0),
        look.second.dark(0.15),
        look.stuff,
        Shade::Lying,
    );
    s.form(
        &slab(80.0, 250.0, 140.0, 194.0, 12.0),
        paint[1],
        look.stuff,
        Shade::Flat,
    );
    s.fill(
        &slab(108.0, 286.0, 84.0, 72.0, 10.0),
        WHITE.mix(Rgb(150, 196, 220), 0.6),
    );
    s.form(
        &slab(62.0, 226.0, 176.0, 32.0, 14.0),
        paint[2],
        look.stuff,
        Shade::Lying,
    );
    s.form(
        &slab(216.0, 330.0, 180.0, 114.0, 54.0),
        paint[0],
        look.stuff,
        Shade::Lying,
    );
    s.form("M300 336L290 250H360L350 336Z", paint[2], look.stuff, Shade::Round);
    s.form(&disc(256.0, 322.0, 22.0), look.accent, Stuff::Metal, Shade::Ball);
    s.form(&slab(446.0, 370.0, 136.0, 90.0, 8.0), paint[3], look.stuff, Shade::Flat);
    for (x, c) in [(474.0, 0), (514.0, 1), (552.0, 2)] {
        s.form(&disc(x, 356.0, 27.0), paint[c], Stuff::Gloss, Shade::Ball);
    }
    wheels(
        s,
        look.second.dark(0.35),
        &[
            (120.0, 480.0, 38.0),
            (226.0, 480.0, 38.0),
            (334.0, 480.0, 38.0),
            (484.0, 484.0, 32.0),
            (556.0, 484.0, 32.0),
        ],
    );
    for (x, y, r) in [(326.0, 200.0, 30.0), (370.0, 160.0, 40.0), (430.0, 126.0, 50.0)] {
        s.tint(&disc(x, y, r), WHITE, 0.8);
    }
}

fn car(s: &mut Sheet, look: &Look) {
    look.clad(s, "M80 400C80 350 130 340 190 334C220 260 270 236 350 236C430 236 460 280 480 336C540 346 570 370 570 420V450Q570 470 550 470H100Q80 470 80 450Z", Shade::Lying);
    let pane = Rgb(196, 222, 234);
    s.form("M216 334C236 280 270 262 320 262V334Z", pane, Stuff::Gloss, Shade::Flat);
    s.form("M340 262C410 262 430 290 448 334H340Z", pane, Stuff::Gloss, Shade::Flat);
    s.form(
        &slab(76.0, 404.0, 498.0, 24.0, 10.0),
        look.accent,
        look.stuff,
        Shade::Lying,
    );
    s.form(&disc(548.0, 384.0, 16.0), Rgb(252, 232, 160), Stuff::Gloss, Shade::Ball);
    wheels(s, look.second, &[(190.0, 466.0, 56.0), (460.0, 466.0, 56.0)]);
}

fn stacker(s: &mut Sheet, look: &Look) {
    s.form(
        &slab(308.0, 120.0, 24.0, 380.0, 10.0),
        Rgb(216, 178, 132),
        Stuff::Wood,
        Shade::Round,
    );
    s.form(
        &slab(130.0, 484.0, 380.0, 36.0, 16.0),
        Rgb(206, 166, 120),
        Stuff::Wood,
        Shade::Lying,
    );
    for (index, colour) in paints(look).into_iter().enumerate() {
        let step = index as f32;
        let half = 168.0 - step * 24.0;
        s.form(
            &slab(320.0 - half, 418.0 - step * 66.0, half * 2.0, 66.0, 33.0),
            colour,
            look.stuff,
            Shade::Round,
        );
    }
    s.form(&disc(320.0, 120.0, 46.0), look.accent, look.stuff, Shade::Ball);
}

fn boat(s: &mut Sheet, look: &Look) {
    s.form(
        &slab(312.0, 90.0, 16.0, 320.0, 5.0),
        Rgb(190, 150, 106),
        Stuff::Wood,
        Shade::Round,
    );
    s.clad(
        "M340 110C440 190 500 290 516 376H340Z",
        look.second,
        Stuff::Fabric,
        Shade::Flat,
        (look.deco, look.main, 1.0),
    );
    s.form(
        "M300 150C230 220 180 300 160 376H300Z",
        look.second.light(0.2),
        Stuff::Fabric,
        Shade::Flat,
    );
    s.form("M328 90L400 112L328 134Z", look.accent, Stuff::Fabric, Shade::Flat);
    s.form(
        "M90 400H560C540 470 500 520 440 520H200C140 520 110 470 90 400Z",
        look.main,
        look.stuff,
        Shade::Lying,
    );
    s.form(
        &slab(80.0, 388.0, 490.0, 24.0, 10.0),
        Rgb(214, 176, 130),
        Stuff::Wood,
        Shade::Lying,
    );
    for x in [220.0, 320.0, 420.0] {
        s.form(&disc(x, 456.0, 19.0), look.accent, Stuff::Gloss, Shade::Ball);
    }
}

fn rocket(s: &mut Sheet, look: &Look) {
    s.both_sides(|s| {
        s.form(
            "M246 360C190 380 150 440 150 520H190C210 490 230 480 260 476Z",
            look.accent,
            look.stuff,
            Shade::Flat,
        )
    });
    s.form(
        &slab(270.0, 470.0, 100.0, 40.0, 8.0),
        look.second.dark(0.3),
        Stuff::Metal,
        Shade::Round,
    );
    look.clad(
        s,
        "M320 80C400 150 426 260 416 360C412 410 400 450 386 480H254C240 450 228 410 224 360C214 260 240 150 320 80Z",
        Shade::Round,
    );
    s.form(
        "M320 80C366 120 394 170 408 222H232C246 170 274 120 320 80Z",
        look.accent,
        look.stuff,
        Shade::Round,
    );
    s.form(&disc(320.0, 296.0, 52.0), look.second, Stuff::Metal, Shade::Ball);
    s.form(&disc(320.0, 296.0, 38.0), Rgb(150, 204, 228), Stuff::Gloss, Shade::Ball);
    s.form(
        &slab(306.0, 390.0, 28.0, 130.0, 12.0),
        look.accent.dark(0.1),
        look.stuff,
        Shade::Round,
    );
    s.gleam("M270 240C262 300 264 370 276 440L292 440C280 370 278 300 286 240Z", 0.3);
}

fn xylophone(s: &mut Sheet, look: &Look) {
    let paint = paints(look);
    s.moved("rotate(-6 320 380)", |s| {
        s.form(
            "M80 320L560 380V410L80 350Z",
            Rgb(206, 166, 120),
            Stuff::Wood,
            Shade::Lying,
        );
        s.form(
            "M80 480L560 440V470L80 510Z",
            Rgb(206, 166, 120),
            Stuff::Wood,
            Shade::Lying,
        );
        for index in 0..8usize {
            let step = index as f32;
            let colour = paint[index % 5];
            let (top, height) = (270.0 + step * 9.0, 260.0 - step * 16.0);
            s.form(
                &slab(84.0 + step * 59.0, top, 48.0, height, 10.0),
                colour,
                look.stuff,
                Shade::Round,
            );
            s.fill(&disc(108.0 + step * 59.0, top + 22.0, 5.0), colour.dark(0.5));
            s.fill(&disc(108.0 + step * 59.0, top + height - 22.0, 5.0), colour.dark(0.5));
        }
    });
    for (x, turn) in [(250.0, 34.0), (400.0, -26.0)] {
        s.moved(&format!("rotate({turn} {x} 250)"), |s| {
            s.form(
                &slab(x - 6.0, 110.0, 12.0, 220.0, 5.0),
                Rgb(222, 188, 146),
                Stuff::Wood,
                Shade::Round,
            );
            s.form(&disc(x, 108.0, 30.0), look.accent, Stuff::Gloss, Shade::Ball);
        });
    }
}

fn top(s: &mut Sheet, look: &Look) {
    s.moved("rotate(9 320 510)", |s| {
        s.form("M306 440H334L322 520H318Z", look.accent, Stuff::Metal, Shade::Round);
        look.clad(
            s,
            "M110 320C130 250 510 250 530 320C500 420 400 460 320 460S140 420 110 320Z",
            Shade::Round,
        );
        s.form(
            "M120 306C160 240 480 240 520 306C460 340 180 340 120 306Z",
            look.second,
            look.stuff,
            Shade::Flat,
        );
        s.line("M128 356C220 400 420 400 512 356", look.accent, 15.0);
        s.form(
            "M270 276C290 230 300 230 304 170H336C340 230 350 230 370 276Z",
            look.accent,
            look.stuff,
            Shade::Round,
        );
        s.form(&disc(320.0, 160.0, 34.0), look.main, look.stuff, Shade::Ball);
    });
}

fn kite(s: &mut Sheet, look: &Look) {
    s.pen(
        "M320 460C250 500 390 540 300 570S350 610 330 650",
        look.second.dark(0.3),
        5.0,
        0.9,
    );
    for (x, y, turn) in [(282.0, 500.0, 20.0), (352.0, 536.0, -30.0), (296.0, 580.0, 10.0)] {
        s.moved(&format!("translate({x} {y}) rotate({turn})"), |s| {
            s.form(
                "M0 0L-30 -15V15ZM0 0L30 -15V15Z",
                look.accent,
                Stuff::Fabric,
                Shade::Flat,
            )
        });
    }
    s.moved("rotate(14 320 260)", |s| {
        s.form("M320 50L320 240H150Z", look.main, Stuff::Fabric, Shade::Flat);
        s.form("M320 50L490 240H320Z", look.second, Stuff::Fabric, Shade::Flat);
        s.form("M150 240H320V480Z", look.accent, Stuff::Fabric, Shade::Flat);
        s.form("M490 240H320V480Z", look.main.light(0.25), Stuff::Fabric, Shade::Flat);
        s.line("M320 50V480M150 240H490", Rgb(150, 112, 78), 7.0);
    });
}
