//! What a knife lies on: to each kind its own board, with the food that it is for.

use super::colour::{INK, Rgb, WHITE};
use super::sheet::{Shade, Sheet, disc, oval, slab};
use super::stuff::Stuff;

/// Draws the board for a knife of this shape.
pub(super) fn draw(s: &mut Sheet, knife: &str) {
    match knife {
        "santoku" => {
            plank(s, (150.0, 96.0, 340.0, 440.0, 14.0), Rgb(84, 92, 100), Stuff::Speckle);
            cucumber(s);
        }
        "bread" => {
            round(s, Rgb(176, 126, 82), Stuff::Wood);
            loaf(s);
        }
        "paring" => {
            plank(
                s,
                (120.0, 110.0, 400.0, 400.0, 120.0),
                Rgb(238, 235, 230),
                Stuff::Marble,
            );
            strawberries(s);
        }
        "cleaver" => {
            plank(s, (86.0, 130.0, 468.0, 380.0, 26.0), Rgb(120, 80, 54), Stuff::Wood);
            scallions(s);
        }
        "carving" => {
            plank(s, (76.0, 136.0, 488.0, 368.0, 160.0), Rgb(222, 186, 138), Stuff::Wood);
            s.moved("rotate(8 320 320)", |s| {
                s.pen(&slab(104.0, 164.0, 432.0, 312.0, 132.0), Rgb(160, 118, 78), 9.0, 0.5)
            });
            roast(s);
        }
        "oyster" => {
            round(s, Rgb(112, 138, 156), Stuff::Gloss);
            oysters(s);
        }
        _ => {
            plank(s, (122.0, 82.0, 396.0, 470.0, 40.0), Rgb(206, 164, 116), Stuff::Wood);
            s.moved("rotate(8 320 320)", |s| {
                s.fill(&disc(474.0, 124.0, 16.0), Rgb(206, 164, 116).dark(0.5))
            });
            lemon(s, 206.0, 476.0);
        }
    }
}

fn plank(s: &mut Sheet, (x, y, width, height, radius): (f32, f32, f32, f32, f32), colour: Rgb, stuff: Stuff) {
    s.moved("rotate(8 320 320)", |s| {
        s.tint(&slab(x + 10.0, y + 14.0, width, height, radius), INK, 0.2);
        s.form(&slab(x, y, width, height, radius), colour, stuff, Shade::Flat);
        s.pen(
            &slab(x + 3.0, y + 3.0, width - 6.0, height - 6.0, radius - 3.0),
            colour.light(0.4),
            3.0,
            0.5,
        );
    });
}

fn round(s: &mut Sheet, colour: Rgb, stuff: Stuff) {
    s.tint(&disc(330.0, 334.0, 248.0), INK, 0.2);
    s.form(&disc(320.0, 320.0, 248.0), colour, stuff, Shade::Flat);
    s.pen(&disc(320.0, 320.0, 236.0), colour.light(0.4), 5.0, 0.5);
}

fn lemon(s: &mut Sheet, x: f32, y: f32) {
    s.tint(&disc(x + 4.0, y + 7.0, 44.0), INK, 0.2);
    s.form(&disc(x, y, 44.0), Rgb(244, 206, 72), Stuff::Matte, Shade::Ball);
    s.fill(&disc(x, y, 36.0), "#fbf0b8");
    for turn in 0..8u8 {
        let turn = f32::from(turn) * 45.0;
        let segment = format!("M{x} {}l-10 -22q10 -8 20 0Z", y - 6.0);
        s.moved(&format!("rotate({turn} {x} {y})"), |s| s.fill(&segment, "#f4cf4e"));
    }
}

fn cucumber(s: &mut Sheet) {
    for (x, y) in [
        (232.0, 160.0),
        (276.0, 186.0),
        (224.0, 222.0),
        (424.0, 470.0),
        (380.0, 488.0),
    ] {
        s.tint(&disc(x + 4.0, y + 6.0, 34.0), INK, 0.3);
        s.form(&disc(x, y, 34.0), Rgb(64, 122, 66), Stuff::Matte, Shade::Flat);
        s.fill(&disc(x, y, 29.0), "#d5e8b0");
        for turn in 0..6u8 {
            let seed = oval(x, y - 14.0, 3.0, 7.0);
            s.moved(&format!("rotate({} {x} {y})", f32::from(turn) * 60.0), |s| {
                s.fill(&seed, "#a9cc7c")
            });
        }
    }
}

fn loaf(s: &mut Sheet) {
    let crust = Rgb(168, 104, 52);
    for (x, y, turn) in [(214.0, 190.0, -24.0), (262.0, 214.0, -14.0)] {
        s.moved(&format!("translate({x} {y}) rotate({turn})"), |s| {
            let slice =
                "M-62 60V-16Q-86 -34 -66 -58Q-40 -84 0 -82T66 -58Q86 -34 62 -16V60Q60 70 48 70H-48Q-60 70 -62 60Z";
            s.moved("translate(5 8)", |s| s.tint(slice, INK, 0.22));
            s.form(slice, crust, Stuff::Matte, Shade::Flat);
            s.moved("scale(.87)", |s| {
                s.form(slice, Rgb(240, 216, 170), Stuff::Cork, Shade::Flat)
            });
        });
    }
    for (x, y) in [
        (380.0, 470.0),
        (404.0, 490.0),
        (430.0, 462.0),
        (356.0, 496.0),
        (416.0, 438.0),
    ] {
        s.fill(&disc(x, y, 5.0), crust.light(0.3));
    }
}

fn strawberries(s: &mut Sheet) {
    for (x, y, turn) in [
        (214.0, 196.0, -30.0),
        (290.0, 172.0, 20.0),
        (420.0, 452.0, 150.0),
        (352.0, 470.0, 200.0),
    ] {
        s.moved(&format!("translate({x} {y}) rotate({turn})"), |s| {
            let berry = "M-36 -20C-40 20 -16 48 0 54C16 48 40 20 36 -20C24 -38 -24 -38 -36 -20Z";
            s.moved("translate(4 7)", |s| s.tint(berry, INK, 0.2));
            s.form(berry, Rgb(208, 52, 58), Stuff::Gloss, Shade::Ball);
            for (dx, dy) in [
                (-18.0, -6.0),
                (0.0, -12.0),
                (18.0, -6.0),
                (-10.0, 12.0),
                (10.0, 12.0),
                (0.0, 30.0),
            ] {
                s.fill(&oval(dx, dy, 2.6, 4.0), "#f6d27a");
            }
            s.form(
                "M0 -20L-28 -30L-12 -36L-4 -52L8 -36L28 -30Z",
                Rgb(84, 140, 72),
                Stuff::Matte,
                Shade::Flat,
            );
        });
    }
}

fn scallions(s: &mut Sheet) {
    for (y, bend) in [(176.0, 14.0), (204.0, -10.0), (232.0, 8.0)] {
        let stalk = format!("M130 {y}Q210 {} 330 {y}", y - bend);
        s.moved("translate(3 7)", |s| s.pen(&stalk, INK, 15.0, 0.2));
        s.tube(&stalk, Rgb(98, 156, 82), 14.0);
        s.tube(&format!("M118 {y}h40"), Rgb(244, 243, 230), 18.0);
    }
    for (x, y) in [
        (400.0, 466.0),
        (436.0, 452.0),
        (420.0, 488.0),
        (462.0, 476.0),
        (384.0, 492.0),
    ] {
        s.fill(&disc(x, y, 12.0), "#7fb568");
        s.fill(&disc(x, y, 7.0), "#e6f0cf");
    }
}

fn roast(s: &mut Sheet) {
    for (x, y) in [(196.0, 236.0), (240.0, 218.0), (284.0, 200.0)] {
        s.tint(&oval(x + 5.0, y + 8.0, 52.0, 62.0), INK, 0.2);
        s.form(&oval(x, y, 52.0, 62.0), Rgb(112, 62, 42), Stuff::Matte, Shade::Flat);
        s.form(
            &oval(x + 2.0, y, 43.0, 53.0),
            Rgb(206, 120, 112),
            Stuff::Matte,
            Shade::Ball,
        );
    }
    for step in 0..7u8 {
        let x = 396.0 + f32::from(step) * 14.0;
        s.line(&format!("M{x} 452l-8 -18M{x} 452l8 18"), "#5f7f5a", 5.0);
    }
    s.line("M384 452H494", "#4d6a49", 5.0);
}

fn oysters(s: &mut Sheet) {
    for (x, y, turn) in [(212.0, 200.0, -20.0), (322.0, 166.0, 30.0), (430.0, 446.0, 160.0)] {
        s.moved(&format!("translate({x} {y}) rotate({turn})"), |s| {
            let shell = "M-56 0C-60 -34 -24 -52 6 -46S62 -24 58 4S20 50 -12 46S-52 30 -56 0Z";
            s.moved("translate(4 8)", |s| s.tint(shell, INK, 0.25));
            s.form(shell, Rgb(128, 120, 116), Stuff::Speckle, Shade::Flat);
            s.moved("scale(.8)", |s| {
                s.form(shell, Rgb(238, 236, 232), Stuff::Gloss, Shade::Flat)
            });
            s.form(
                &oval(-2.0, 2.0, 30.0, 22.0),
                Rgb(196, 190, 178),
                Stuff::Gloss,
                Shade::Ball,
            );
            s.fill(&disc(8.0, -4.0, 7.0), WHITE);
        });
    }
    lemon(s, 306.0, 496.0);
}
