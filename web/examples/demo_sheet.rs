//! Renders every product of the demo shop into contact sheets, for looking at them:
//! `cargo run -p myshop --example demo_sheet -- FOLDER`.

use anyhow::Context as _;
use image::{RgbImage, imageops};
use shop::Currency;
use std::path::PathBuf;
use web::demo::Catalogue;

/// Pixels of one picture's side.
const CELL: u32 = 200;
const COLUMNS: u32 = 8;
const ROWS: u32 = 6;

fn main() -> anyhow::Result<()> {
    let folder: PathBuf = std::env::args_os().nth(1).context("usage: demo_sheet FOLDER")?.into();
    std::fs::create_dir_all(&folder)?;
    let catalogue = Catalogue::load(Currency::USD)?;
    for (page, products) in (1..).zip(catalogue.products.chunks((COLUMNS * ROWS) as usize)) {
        let mut sheet = RgbImage::new(CELL * COLUMNS, CELL * ROWS);
        for (place, product) in (0..).zip(products) {
            let jpeg = product.drawing.render(CELL)?;
            let cell = image::load_from_memory(&jpeg)?.to_rgb8();
            let (x, y) = (place % COLUMNS * CELL, place / COLUMNS * CELL);
            imageops::replace(&mut sheet, &cell, x.into(), y.into());
        }
        let path = folder.join(format!("sheet-{page}.png"));
        sheet
            .save(&path)
            .with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}
