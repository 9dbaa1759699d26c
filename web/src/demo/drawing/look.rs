//! Parameters of a drawing, read from the catalogue's files and checked, and the families they belong to.

use super::colour::Rgb;
use super::sheet::{Shade, Sheet};
use super::stuff::{Deco, Stuff};
use super::{
    backpacks, bicycles, cameras, chairs, cookware, cushions, headphones, kettles, knives, lamps, mugs, plants, shoes,
    speakers, stationery, tables, totes, toys, watches,
};
use serde::Deserialize;

/// A drawing as it is written in the catalogue's files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawingSpec {
    shape: String,
    main: String,
    second: Option<String>,
    accent: Option<String>,
    ground: Option<String>,
    #[serde(default)]
    stuff: Stuff,
    #[serde(default)]
    deco: Deco,
    size: Option<f32>,
}

/// Why a drawing of the catalogue cannot be drawn.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDrawing {
    /// Nobody can draw the things of this category.
    #[error("no drawings for category {0:?}")]
    Category(String),
    /// The category has no such shape.
    #[error("no shape {0:?} among {1}")]
    Shape(String, String),
    /// Not a colour such as `#aabbcc`.
    #[error("{0:?} is not a colour")]
    Colour(String),
}

/// Drawings of one kind of thing.
pub(super) struct Family {
    /// Slug of the category.
    pub(super) category: &'static str,
    /// Names of its shapes.
    pub(super) shapes: &'static [&'static str],
    /// Shapes that hang or lie seen from above, and so have no floor.
    hung: &'static [&'static str],
    /// Draws one.
    pub(super) draw: fn(&mut Sheet, &Look),
}

impl std::fmt::Debug for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.category)
    }
}

impl PartialEq for Family {
    fn eq(&self, other: &Self) -> bool {
        self.category == other.category
    }
}

macro_rules! families {
    ($($module:ident: $category:literal),* $(,)?) => {
        /// Every family there is.
        pub(super) static FAMILIES: &[Family] = &[$(Family {
            category: $category,
            shapes: $module::SHAPES,
            hung: $module::HUNG,
            draw: $module::draw,
        }),*];
    };
}

families! {
    backpacks: "backpacks", bicycles: "bicycles", cameras: "cameras", chairs: "chairs", cookware: "cookware",
    cushions: "cushions-throws", headphones: "headphones", kettles: "kettles-teapots", knives: "knives",
    lamps: "lamps", mugs: "mugs-cups", plants: "plants-pots", shoes: "shoes", speakers: "speakers",
    stationery: "stationery", tables: "tables", totes: "totes-travel", toys: "toys", watches: "watches",
}

impl Family {
    /// The family of a category.
    pub(super) fn of(category: &str) -> Result<&'static Self, BadDrawing> {
        let found = FAMILIES.iter().find(|family| family.category == category);
        found.ok_or_else(|| BadDrawing::Category(category.to_owned()))
    }

    /// Whether the shape has no floor under it.
    pub(super) fn hangs(&self, shape: &str) -> bool {
        self.hung.contains(&shape) || self.hung.contains(&"*")
    }
}

/// Checked parameters of one drawing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Look {
    /// Which of the family's shapes.
    pub(super) shape: &'static str,
    /// The colour one would name the thing by.
    pub(super) main: Rgb,
    /// The next colour: print, handle, sole, lid.
    pub(super) second: Rgb,
    /// A small touch: button, stitch, band.
    pub(super) accent: Rgb,
    /// The wall behind it, where the seed shall not choose.
    pub(super) ground: Option<Rgb>,
    /// Material of the main part.
    pub(super) stuff: Stuff,
    /// Its pattern, in the second colour.
    pub(super) deco: Deco,
    /// Scale, 1 for most.
    pub(super) size: f32,
}

impl Look {
    /// Checks what a file says.
    pub(super) fn new(family: &Family, spec: &DrawingSpec) -> Result<Self, BadDrawing> {
        let shape = *family
            .shapes
            .iter()
            .find(|shape| **shape == spec.shape)
            .ok_or_else(|| BadDrawing::Shape(spec.shape.clone(), family.shapes.join(", ")))?;
        let colour = |text: &str| Rgb::parse(text).ok_or_else(|| BadDrawing::Colour(text.to_owned()));
        let main = colour(&spec.main)?;
        let second = spec
            .second
            .as_deref()
            .map(colour)
            .transpose()?
            .unwrap_or_else(|| main.dark(0.35));
        let accent = spec.accent.as_deref().map(colour).transpose()?.unwrap_or(second);
        let ground = spec.ground.as_deref().map(colour).transpose()?;
        let size = spec.size.unwrap_or(1.0).clamp(0.6, 1.2);
        Ok(Self {
            shape,
            main,
            second,
            accent,
            ground,
            stuff: spec.stuff,
            deco: spec.deco,
            size,
        })
    }

    /// A form of the main colour, material and pattern.
    pub(super) fn clad(&self, sheet: &mut Sheet, d: &str, shade: Shade) {
        self.clad_scaled(sheet, d, shade, 1.0);
    }

    /// As [`Look::clad`], with a larger or smaller pattern.
    pub(super) fn clad_scaled(&self, sheet: &mut Sheet, d: &str, shade: Shade, scale: f32) {
        sheet.clad(d, self.main, self.stuff, shade, (self.deco, self.second, scale));
    }
}
