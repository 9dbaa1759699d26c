//! Shoes and boots, seen from the side with the toe to the right.

use super::colour::{INK, WHITE};
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, oval, slab};
use super::stuff::Stuff;

pub(super) const SHAPES: &[&str] = &[
    "sneaker",
    "high_top",
    "chelsea",
    "loafer",
    "sandal",
    "runner",
    "clog",
    "wellington",
    "hiker",
    "ballet",
    "slipper",
];
pub(super) const HUNG: &[&str] = &[];

/// Draws one: `main` is the upper, `second` the sole, `accent` laces and trims.
pub(super) fn draw(s: &mut Sheet, look: &Look) {
    s.shadow(320.0, 516.0, 270.0, 26.0);
    match look.shape {
        "high_top" => high_top(s, look),
        "chelsea" => chelsea(s, look),
        "loafer" => loafer(s, look),
        "sandal" => sandal(s, look),
        "runner" => runner(s, look),
        "clog" => clog(s, look),
        "wellington" => wellington(s, look),
        "hiker" => hiker(s, look),
        "ballet" => ballet(s, look),
        "slipper" => slipper(s, look),
        _ => sneaker(s, look),
    }
}

fn laces(s: &mut Sheet, look: &Look, points: &[(f32, f32)]) {
    for (x, y) in points {
        s.pen(&format!("M{x} {}l34 20", y + 3.0), INK, 9.0, 0.2);
        s.line(&format!("M{x} {y}l34 20"), look.accent, 9.0);
        s.fill(&disc(x - 2.0, y - 1.0, 4.0), look.main.dark(0.6));
    }
}

fn sneaker(s: &mut Sheet, look: &Look) {
    s.form(
        "M96 300C90 270 130 262 150 290C180 320 220 300 250 280L290 258L330 292L220 340Z",
        look.main.dark(0.3),
        Stuff::Fabric,
        Shade::Flat,
    );
    look.clad(s, "M84 300C120 330 190 330 240 296L276 268C330 330 400 372 480 384C540 394 574 430 572 462H82C72 410 70 350 84 300Z", Shade::Lying);
    s.form(
        "M460 382C540 392 576 430 572 462H430C430 430 440 400 460 382Z",
        look.main.light(0.12),
        look.stuff,
        Shade::Ball,
    );
    s.form(
        "M84 300C110 324 140 330 160 328L150 462H82C72 410 70 350 84 300Z",
        look.accent,
        look.stuff,
        Shade::Flat,
    );
    s.line("M196 450C240 420 300 400 372 362", look.accent, 15.0);
    laces(
        s,
        look,
        &[(286.0, 292.0), (314.0, 318.0), (346.0, 342.0), (380.0, 360.0)],
    );
    s.form(
        "M72 456H578Q590 470 582 492Q576 514 548 514H102Q74 514 70 490Z",
        look.second,
        Stuff::Matte,
        Shade::Lying,
    );
    s.pen("M74 486H582", look.second.dark(0.4), 3.0, 0.5);
}

fn high_top(s: &mut Sheet, look: &Look) {
    look.clad(
        s,
        "M110 150H262C270 240 330 340 460 380C530 396 566 430 566 462H96C86 380 116 300 110 150Z",
        Shade::Flat,
    );
    s.form(
        "M240 150H280C286 230 340 320 420 358L390 400C300 350 250 260 240 150Z",
        look.main.dark(0.12),
        look.stuff,
        Shade::Flat,
    );
    s.form(
        "M450 378C540 396 570 430 566 462H430C420 430 430 396 450 378Z",
        look.second,
        Stuff::Matte,
        Shade::Ball,
    );
    laces(
        s,
        look,
        &[
            (250.0, 186.0),
            (258.0, 222.0),
            (270.0, 256.0),
            (290.0, 290.0),
            (318.0, 322.0),
            (350.0, 346.0),
        ],
    );
    s.form(&disc(180.0, 250.0, 38.0), look.second, Stuff::Matte, Shade::Flat);
    s.form(&disc(180.0, 250.0, 26.0), look.accent, Stuff::Matte, Shade::Flat);
    s.form(
        "M86 456H570Q580 470 576 490Q570 514 544 514H108Q84 514 82 490Z",
        look.second,
        Stuff::Matte,
        Shade::Lying,
    );
    s.line("M86 478H576", look.accent, 7.0);
}

fn chelsea(s: &mut Sheet, look: &Look) {
    look.clad(
        s,
        "M140 110H320C324 220 340 310 440 360C520 380 564 420 562 470H120C110 380 146 290 140 110Z",
        Shade::Round,
    );
    s.form(
        "M190 140H290C292 220 280 290 250 340C210 300 188 230 190 140Z",
        look.accent,
        Stuff::Fabric,
        Shade::Flat,
    );
    for x in [206.0, 222.0, 238.0, 254.0, 270.0] {
        s.pen(
            &format!(
                "M{x} 144C{x} 220 {} 270 {} 316",
                x + (240.0 - x) * 0.2,
                x + (246.0 - x) * 0.5
            ),
            INK,
            3.0,
            0.25,
        );
    }
    s.tube("M136 116C112 70 168 70 166 116", look.accent, 10.0);
    s.form(
        "M112 462H566Q572 484 560 492H330V492H262V514H116Q108 500 112 462Z",
        look.second,
        Stuff::Matte,
        Shade::Lying,
    );
    s.gleam("M400 366C470 390 520 410 536 440C490 410 430 392 380 372Z", 0.25);
}

fn loafer(s: &mut Sheet, look: &Look) {
    s.fill(
        "M100 330C160 350 260 350 320 320C300 360 200 380 110 370Z",
        look.main.dark(0.65),
    );
    look.clad(
        s,
        "M86 320C100 350 220 366 290 330C350 300 400 330 470 366C540 386 572 420 568 466H92C76 420 72 360 86 320Z",
        Shade::Lying,
    );
    s.form(
        "M290 328C340 296 396 322 460 362C420 396 350 410 300 390Z",
        look.main.light(0.1),
        look.stuff,
        Shade::Flat,
    );
    s.seam("M296 394C350 416 430 402 474 372", look.main.light(0.5), 3.0);
    s.form(
        "M276 342C310 360 330 400 330 440L370 444C374 400 356 350 320 318Z",
        look.accent,
        Stuff::Leather,
        Shade::Flat,
    );
    s.fill(&slab(308.0, 372.0, 44.0, 13.0, 6.0), look.main.dark(0.6));
    s.form(
        "M82 460H572Q578 482 566 488H250V514H90Q78 500 82 460Z",
        look.second,
        Stuff::Wood,
        Shade::Lying,
    );
    s.gleam("M440 372C500 390 530 410 540 436C500 410 460 396 420 384Z", 0.3);
}

fn sandal(s: &mut Sheet, look: &Look) {
    s.form(
        "M70 446C160 420 250 470 350 440C440 410 530 440 570 446Q590 470 572 490H90Q60 480 70 446Z",
        look.second,
        Stuff::Cork,
        Shade::Lying,
    );
    s.form(
        "M66 484H576Q586 512 556 514H96Q62 514 66 484Z",
        look.second.dark(0.5),
        Stuff::Matte,
        Shade::Lying,
    );
    look.clad(
        s,
        "M390 448C394 340 450 330 500 360C530 384 540 420 540 452L500 458C490 400 450 390 438 456Z",
        Shade::Flat,
    );
    look.clad(
        s,
        "M220 458C226 330 290 300 350 340C376 370 380 420 382 450L340 460C336 390 290 360 268 464Z",
        Shade::Flat,
    );
    look.clad(s, "M84 446C70 380 90 340 130 330C210 330 260 340 300 352L290 384C230 372 170 366 140 376C120 390 116 420 122 450Z", Shade::Lying);
    for (x, y) in [(316.0, 346.0), (478.0, 366.0), (210.0, 352.0)] {
        s.form(
            &slab(x - 15.0, y - 13.0, 34.0, 30.0, 7.0),
            look.accent,
            Stuff::Metal,
            Shade::Flat,
        );
        s.tint(&slab(x - 6.0, y - 4.0, 16.0, 12.0, 3.0), INK, 0.5);
    }
}

fn runner(s: &mut Sheet, look: &Look) {
    s.form(
        "M90 290C84 250 130 250 160 286C200 320 240 300 280 262L330 300L200 360Z",
        look.main.dark(0.35),
        Stuff::Fabric,
        Shade::Flat,
    );
    look.clad(s, "M80 280C110 330 180 340 240 300L282 262C330 330 420 360 500 376C560 390 590 420 586 444H84C70 390 66 330 80 280Z", Shade::Lying);
    for x in [180.0, 232.0, 284.0] {
        s.line(
            &format!("M{x} 440C{} 400 {} 370 {} 336", x + 20.0, x + 50.0, x + 86.0),
            look.accent,
            15.0,
        );
    }
    s.pen("M440 370C500 380 560 400 580 436", look.accent, 8.0, 0.9);
    laces(
        s,
        look,
        &[(292.0, 290.0), (322.0, 314.0), (356.0, 334.0), (392.0, 348.0)],
    );
    s.form("M60 440C150 430 240 470 340 450S540 430 596 436Q606 460 580 486C500 520 400 490 300 510H110C70 516 44 480 60 440Z", look.second, Stuff::Matte, Shade::Lying);
    s.line("M84 476C160 466 240 496 330 480S500 462 576 470", look.accent, 6.0);
}

fn clog(s: &mut Sheet, look: &Look) {
    s.fill("M110 360C180 340 280 340 330 330L320 400H120Z", look.main.dark(0.6));
    look.clad(
        s,
        "M292 310C400 280 520 330 560 400Q574 430 566 456H270C260 400 270 340 292 310Z",
        Shade::Ball,
    );
    s.line("M296 316C284 360 276 400 282 450", look.accent, 13.0);
    for y in [340.0, 376.0, 412.0] {
        s.form(&disc(288.0, y, 6.0), look.accent, Stuff::Metal, Shade::Ball);
    }
    s.form("M74 400C90 384 110 392 130 420C180 456 240 440 280 448H572Q582 480 560 500Q540 516 480 500C400 480 340 500 300 514H96C64 500 60 430 74 400Z", look.second, Stuff::Wood, Shade::Lying);
}

fn wellington(s: &mut Sheet, look: &Look) {
    look.clad(
        s,
        "M160 80H340C346 220 336 330 450 372C540 396 570 430 566 474H150C136 380 170 260 160 80Z",
        Shade::Round,
    );
    s.form(
        &slab(152.0, 72.0, 196.0, 34.0, 12.0),
        look.accent,
        Stuff::Gloss,
        Shade::Round,
    );
    s.form(
        "M440 370C540 394 572 430 566 474H400C400 430 416 392 440 370Z",
        look.main.light(0.08),
        look.stuff,
        Shade::Ball,
    );
    s.form(
        "M142 466H570Q578 490 570 514H330L320 500H270L262 514H150Q140 500 142 466Z",
        look.second,
        Stuff::Matte,
        Shade::Lying,
    );
    s.gleam(
        "M190 130C196 240 180 330 176 440L198 440C204 330 218 240 212 130Z",
        0.35,
    );
}

fn hiker(s: &mut Sheet, look: &Look) {
    look.clad(
        s,
        "M120 160C180 140 240 146 274 160C280 250 340 330 450 366C530 386 566 420 564 462H104C92 380 124 280 120 160Z",
        Shade::Flat,
    );
    s.form(
        "M110 156C160 120 250 126 286 160L276 192C230 176 170 176 116 196Z",
        look.accent.dark(0.3),
        Stuff::Felt,
        Shade::Lying,
    );
    s.form(
        "M104 400C180 380 220 420 300 410S470 390 540 416Q568 440 564 464H104Z",
        look.main.dark(0.35),
        Stuff::Leather,
        Shade::Lying,
    );
    laces(
        s,
        look,
        &[
            (262.0, 214.0),
            (272.0, 246.0),
            (290.0, 280.0),
            (316.0, 308.0),
            (350.0, 332.0),
        ],
    );
    s.form(
        "M90 456H572Q584 476 574 492H90Z",
        look.second,
        Stuff::Matte,
        Shade::Lying,
    );
    for step in 0..11u8 {
        s.form(
            &slab(92.0 + f32::from(step) * 44.0, 486.0, 34.0, 28.0, 6.0),
            look.second.dark(0.3),
            Stuff::Matte,
            Shade::Lying,
        );
    }
}

fn ballet(s: &mut Sheet, look: &Look) {
    s.fill(
        "M104 396C160 420 330 420 420 404C400 450 200 460 110 440Z",
        look.main.dark(0.5),
    );
    look.clad(s, "M84 376C96 420 180 440 280 436C350 434 380 390 430 388C520 392 576 430 574 478Q560 498 500 498H110C80 490 70 420 84 376Z", Shade::Lying);
    s.pen(
        "M84 378C100 422 190 440 280 436C350 434 380 390 430 390",
        look.accent,
        8.0,
        1.0,
    );
    s.form(
        "M432 390C410 366 370 366 380 392C388 414 416 408 432 392C448 412 478 412 480 390C484 364 448 364 432 390Z",
        look.accent,
        Stuff::Fabric,
        Shade::Ball,
    );
    s.form(
        "M92 492H560Q556 514 530 514H120Q90 514 92 492Z",
        look.second,
        Stuff::Leather,
        Shade::Lying,
    );
}

fn slipper(s: &mut Sheet, look: &Look) {
    s.form(
        "M90 380C160 360 260 350 330 340L320 420H110Z",
        look.accent,
        Stuff::Felt,
        Shade::Lying,
    );
    look.clad(
        s,
        "M270 330C360 290 500 330 556 400Q580 440 566 466H90C76 440 78 400 94 384C150 410 220 400 270 330Z",
        Shade::Ball,
    );
    for step in 0..9u8 {
        let x = 96.0 + f32::from(step) * 23.0;
        let y = 388.0 - f32::from(step) * 5.0 + if step % 2 == 0 { 0.0 } else { 7.0 };
        s.form(&disc(x, y, 19.0), look.accent, Stuff::Felt, Shade::Ball);
    }
    s.tint(&oval(440.0, 380.0, 60.0, 22.0), WHITE, 0.1);
    s.form(
        "M76 462H572Q584 490 566 506Q560 514 540 514H106Q72 510 76 462Z",
        look.second,
        Stuff::Felt,
        Shade::Lying,
    );
}
