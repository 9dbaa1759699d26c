//! The demo shop's own pictures: vector drawings with parameters, rendered when the shop is seeded.
//! Knows shapes, colours and materials; nothing of prices, brands or the database.

mod colour;
mod look;
mod scene;
mod sheet;
mod stuff;

mod backpacks;
mod bicycles;
mod boards;
mod cameras;
mod chairs;
mod cookware;
mod cushions;
mod garden;
mod headphones;
mod kettles;
mod knives;
mod lamps;
mod mugs;
mod plants;
mod plush;
mod shoes;
mod speakers;
mod stationery;
mod tables;
mod totes;
mod toys;
mod watches;

pub use look::{BadDrawing, DrawingSpec};

use colour::WHITE;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, RgbaImage};
use look::{Family, Look};
use resvg::{tiny_skia, usvg};
use sheet::{SIDE, Sheet};

/// JPEG quality: no visible artefacts on flat colours, about 30 KB a picture.
const QUALITY: u8 = 90;

/// The picture of one product, ready to be rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    family: &'static Family,
    look: Look,
    seed: u64,
}

/// Why a picture could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The drawing is not the SVG that the renderer understands.
    #[error("the drawing cannot be read: {0}")]
    Svg(#[from] usvg::Error),
    /// A side of nothing, or far too long.
    #[error("a picture cannot be {0} pixels wide")]
    Size(u32),
    /// The encoder failed.
    #[error("the picture cannot be encoded: {0}")]
    Encode(#[from] image::ImageError),
}

impl Drawing {
    /// A drawing of a category's family; `seed` chooses the backdrop.
    pub fn new(category_slug: &str, spec: &DrawingSpec, seed: u64) -> Result<Self, BadDrawing> {
        let family = Family::of(category_slug)?;
        let look = Look::new(family, spec)?;
        Ok(Self { family, look, seed })
    }

    /// Media type of what [`Drawing::render`] gives.
    pub const MEDIA_TYPE: &'static str = "image/jpeg";

    /// The drawing as an SVG document of 640 × 640 units.
    pub fn svg(&self) -> String {
        let mut sheet = Sheet::default();
        let tint = self
            .look
            .ground
            .unwrap_or_else(|| scene::tint(self.seed, self.look.main));
        scene::paint(&mut sheet, self.seed, tint, self.family.hangs(self.look.shape));
        let draw = self.family.draw;
        if (self.look.size - 1.0).abs() < f32::EPSILON {
            draw(&mut sheet, &self.look);
        } else {
            // Things stand on the floor at y = 520, whatever their size.
            let (size, floor) = (
                self.look.size,
                if self.family.hangs(self.look.shape) {
                    SIDE / 2.0
                } else {
                    520.0
                },
            );
            let (dx, dy) = (SIDE / 2.0 * (1.0 - size), floor * (1.0 - size));
            sheet.moved(&format!("translate({dx} {dy}) scale({size})"), |sheet| {
                draw(sheet, &self.look)
            });
        }
        sheet.finish()
    }

    /// The drawing as a JPEG of `size` × `size` pixels; the same bytes every time.
    pub fn render(&self, size: u32) -> Result<Vec<u8>, RenderError> {
        let tree = usvg::Tree::from_str(&self.svg(), &usvg::Options::default())?;
        let mut pixels = tiny_skia::Pixmap::new(size, size)
            .filter(|_| size <= 4096)
            .ok_or(RenderError::Size(size))?;
        pixels.fill(tiny_skia::Color::from_rgba8(WHITE.0, WHITE.1, WHITE.2, 255));
        let scale = size as f32 / SIDE;
        resvg::render(
            &tree,
            tiny_skia::Transform::from_scale(scale, scale),
            &mut pixels.as_mut(),
        );
        // The sheet is painted from edge to edge: every pixel is opaque, and alpha can go.
        let rgba = RgbaImage::from_raw(size, size, pixels.take()).ok_or(RenderError::Size(size))?;
        let rgb = DynamicImage::from(rgba).into_rgb8();
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, QUALITY).write_image(&rgb, size, size, ExtendedColorType::Rgb8)?;
        Ok(jpeg)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use look::FAMILIES;
    use std::collections::HashSet;

    fn drawing(category: &str, shape: &str) -> Result<Drawing, BadDrawing> {
        let spec = format!("shape = '{shape}'\nmain = '#b83a2e'\nsecond = '#2c5f8a'\naccent = '#e8b23a'");
        Drawing::new(category, &toml::from_str(&spec).unwrap(), 7)
    }

    #[test]
    fn every_shape_of_every_family_renders_and_no_two_are_alike() {
        let mut seen = HashSet::new();
        for family in FAMILIES {
            for shape in family.shapes {
                let picture = drawing(family.category, shape).unwrap().render(48).unwrap();
                assert!(picture.starts_with(&[0xFF, 0xD8]), "{shape}");
                assert!(seen.insert(picture), "{} {shape}", family.category);
            }
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_named() {
        assert_eq!(drawing("boats", "mug"), Err(BadDrawing::Category("boats".to_owned())));
        let error = drawing("mugs-cups", "boat").unwrap_err().to_string();
        assert!(error.starts_with("no shape \"boat\" among mug, "), "{error}");
        assert!(drawing("mugs-cups", "mug").unwrap().render(5_000).is_err());
    }
}
