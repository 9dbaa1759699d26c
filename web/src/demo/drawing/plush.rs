//! Plush animals: a bear, and with longer ears a rabbit.

use super::colour::{INK, WHITE};
use super::look::Look;
use super::sheet::{Shade, Sheet, disc, oval};
use super::stuff::Stuff;

/// Draws one.
pub(super) fn draw(s: &mut Sheet, look: &Look, rabbit: bool) {
    let inner = look.second;
    s.both_sides(|s| {
        if rabbit {
            s.moved("rotate(-10 270 170)", |s| {
                look.clad(s, &oval(272.0, 110.0, 36.0, 100.0), Shade::Round);
                s.form(&oval(272.0, 116.0, 18.0, 76.0), inner, Stuff::Felt, Shade::Round);
            });
        } else {
            look.clad(s, &disc(222.0, 130.0, 50.0), Shade::Ball);
            s.form(&disc(222.0, 132.0, 28.0), inner, Stuff::Felt, Shade::Ball);
        }
        s.moved("rotate(24 190 350)", |s| {
            look.clad(s, &oval(186.0, 360.0, 44.0, 90.0), Shade::Round)
        });
    });
    look.clad(s, &oval(320.0, 400.0, 128.0, 124.0), Shade::Ball);
    s.form(&oval(320.0, 410.0, 80.0, 84.0), inner, Stuff::Felt, Shade::Ball);
    s.both_sides(|s| {
        look.clad(s, &oval(204.0, 480.0, 66.0, 50.0), Shade::Ball);
        s.form(&oval(196.0, 484.0, 34.0, 30.0), inner, Stuff::Felt, Shade::Ball);
    });
    look.clad(s, &oval(320.0, 210.0, 132.0, 114.0), Shade::Ball);
    s.form(&oval(320.0, 248.0, 62.0, 48.0), inner, Stuff::Felt, Shade::Ball);
    s.both_sides(|s| {
        s.fill(&disc(268.0, 196.0, 12.0), INK);
        s.fill(&disc(264.0, 192.0, 4.0), WHITE);
    });
    s.form(&oval(320.0, 230.0, 19.0, 13.0), INK, Stuff::Gloss, Shade::Ball);
    s.line(
        "M320 244V262M320 262C310 276 296 276 290 266M320 262C330 276 344 276 350 266",
        INK,
        4.0,
    );
    s.form(
        "M320 324L262 298Q248 326 262 352ZM320 324L378 298Q392 326 378 352Z",
        look.accent,
        Stuff::Fabric,
        Shade::Ball,
    );
    s.form(
        &disc(320.0, 325.0, 15.0),
        look.accent.dark(0.15),
        Stuff::Fabric,
        Shade::Ball,
    );
}
