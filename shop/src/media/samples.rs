//! Pictures for the tests of this folder, made in memory.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use std::io::Cursor;

/// A smooth, opaque picture in a format.
pub(crate) fn photo(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let shade = |x: u32, y: u32| Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 90]);
    encode(&RgbImage::from_fn(width, height, shade).into(), format)
}

/// A picture whose left half is transparent.
pub(super) fn cutout(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let shade = |x: u32, _| Rgba([200, 30, 30, if x < width / 2 { 0 } else { 255 }]);
    encode(&RgbaImage::from_fn(width, height, shade).into(), format)
}

/// A PNG that claims a size and holds nothing.
pub(super) fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// Puts an EXIF segment with this orientation, and a telling comment, into a JPEG.
pub(super) fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"GPS 52.5 N 13.4 E");
    let length = u16::try_from(exif.len() + 2).unwrap_or(u16::MAX).to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat()
}

pub(super) fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    // A picture in memory always encodes; a failure shows as an empty file in every test.
    picture.write_to(&mut bytes, format).ok();
    bytes.into_inner()
}
