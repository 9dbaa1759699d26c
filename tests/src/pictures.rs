//! Pictures made in memory.

use image::{ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

/// One colour all over.
#[must_use]
pub fn plain(colour: [u8; 3], format: ImageFormat) -> Vec<u8> {
    encode(&RgbImage::from_pixel(64, 48, Rgb(colour)), format)
}

/// Two colours side by side, as PNG.
#[must_use]
pub fn halves(left: [u8; 3], right: [u8; 3]) -> Vec<u8> {
    let side = |x: u32, _| Rgb(if x < 32 { left } else { right });
    encode(&RgbImage::from_fn(64, 48, side), ImageFormat::Png)
}

/// A shade that no encoder packs well, to be this many pixels wide and high.
#[must_use]
pub fn shaded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let shade = |x: u32, y: u32| Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, (x * y % 251) as u8]);
    encode(&RgbImage::from_fn(width, height, shade), format)
}

/// A PNG whose header claims a size and that holds nothing.
#[must_use]
pub fn claims(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

fn encode(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, format)
        .expect("a picture in memory encodes");
    bytes.into_inner()
}
