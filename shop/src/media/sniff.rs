//! Looks at the first bytes of an upload: which format it is and how many pixels it
//! claims, without decoding anything. A file name or declared type is never believed.
//!
//! The size is read here rather than by a decoder so that a bomb is refused before any
//! code that allocates for pixels has seen it.

use super::problem::MediaProblem;
use image::ImageFormat;

/// The longest side we accept.
pub const LONGEST_SIDE: u32 = 12_000;
/// The most pixels we accept: 40 million, 160 MB once decoded.
pub const MOST_PIXELS: u64 = 40_000_000;

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) format: ImageFormat,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Header {
    pub(super) fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// Reads the format and the size, and refuses what is not a picture or too many pixels.
/// `declared` is the type that the uploader gave, if any.
pub(super) fn sniff(bytes: &[u8], declared: Option<&str>) -> Result<Header, MediaProblem> {
    let format = format_of(bytes).ok_or(MediaProblem::UnsupportedMedia)?;
    if declared.is_some_and(|declared| !agrees(declared, format)) {
        return Err(MediaProblem::UnsupportedMedia);
    }
    let size = match format {
        ImageFormat::Png => png_size(bytes),
        ImageFormat::Gif => gif_size(bytes),
        ImageFormat::WebP => webp_size(bytes),
        _ => jpeg_size(bytes),
    };
    let (width, height) = size.ok_or(MediaProblem::Corrupt)?;
    if width == 0 || height == 0 {
        return Err(MediaProblem::Corrupt);
    }
    let header = Header { format, width, height };
    if width > LONGEST_SIDE || height > LONGEST_SIDE || header.pixels() > MOST_PIXELS {
        return Err(MediaProblem::TooManyPixels { width, height });
    }
    Ok(header)
}

fn format_of(bytes: &[u8]) -> Option<ImageFormat> {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Some(ImageFormat::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(ImageFormat::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(ImageFormat::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(ImageFormat::WebP),
        _ => None,
    }
}

/// A declared type must name the same format; the two that say nothing are passed over.
fn agrees(declared: &str, format: ImageFormat) -> bool {
    let essence = declared
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence.as_str() {
        "" | "application/octet-stream" => true,
        "image/jpg" | "image/pjpeg" => format == ImageFormat::Jpeg,
        other => other == format.to_mime_type(),
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn u16_be(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(|pair| u32::from(u16::from_be_bytes(pair)))
}

fn u16_le(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(|pair| u32::from(u16::from_le_bytes(pair)))
}

fn u24_le(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]))
}

/// The first chunk must be `IHDR`; its first two words are the size.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    if array(bytes, 12)? != *b"IHDR" {
        return None;
    }
    Some((
        u32::from_be_bytes(array(bytes, 16)?),
        u32::from_be_bytes(array(bytes, 20)?),
    ))
}

/// The logical screen, which the decoder allocates.
fn gif_size(bytes: &[u8]) -> Option<(u32, u32)> {
    Some((u16_le(bytes, 6)?, u16_le(bytes, 8)?))
}

/// Three kinds of first chunk, three places for the size.
fn webp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    match &array::<4>(bytes, 12)? {
        b"VP8 " => Some((u16_le(bytes, 26)? & 0x3FFF, u16_le(bytes, 28)? & 0x3FFF)),
        b"VP8L" => {
            let bits = u32::from_le_bytes(array(bytes, 21)?);
            Some(((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1))
        }
        b"VP8X" => Some((u24_le(bytes, 24)? + 1, u24_le(bytes, 27)? + 1)),
        _ => None,
    }
}

/// Walks the segments to the frame header, and on to the end mark: the decoder paints the
/// rest of a truncated file grey without a word, so completeness is checked here.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut size = None;
    let mut at = 2;
    loop {
        let marker = next_marker(bytes, &mut at)?;
        match marker {
            0xD9 => return size,
            0x01 | 0xD0..=0xD8 => continue,
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF if size.is_none() => {
                size = Some((u16_be(bytes, at + 5)?, u16_be(bytes, at + 3)?));
            }
            _ => {}
        }
        at += u16_be(bytes, at)?.max(2) as usize;
    }
}

/// The next marker at or after `at`, which is moved past it. Inside coded data `FF 00` and
/// the restart marks are not markers.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        *at += bytes.get(*at..)?.iter().position(|&byte| byte == 0xFF)? + 1;
        match *bytes.get(*at)? {
            0xFF => {}
            0x00 | 0xD0..=0xD7 => *at += 1,
            marker => {
                *at += 1;
                return Some(marker);
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_format_is_known_by_its_bytes_and_its_size_is_read() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
            let header = sniff(&samples::photo(61, 83, format), Some(format.to_mime_type())).unwrap();
            assert_eq!(
                header,
                Header {
                    format,
                    width: 61,
                    height: 83
                }
            );
        }
    }

    #[test]
    fn a_wrong_declaration_is_refused_and_an_empty_one_passed_over() {
        let png = samples::photo(4, 4, ImageFormat::Png);
        assert_eq!(sniff(&png, Some("image/jpeg")), Err(MediaProblem::UnsupportedMedia));
        assert_eq!(sniff(&png, Some("text/html")), Err(MediaProblem::UnsupportedMedia));
        assert!(sniff(&png, Some("application/octet-stream")).is_ok());
        assert!(sniff(&samples::photo(4, 4, ImageFormat::Jpeg), Some("image/JPG; q=1")).is_ok());
    }

    #[test]
    fn a_bomb_is_refused_by_its_header_alone() {
        let bomb = samples::png_header(60_000, 60_000);
        assert_eq!(
            sniff(&bomb, None),
            Err(MediaProblem::TooManyPixels {
                width: 60_000,
                height: 60_000
            })
        );
        assert!(sniff(&samples::png_header(LONGEST_SIDE, 3_333), None).is_ok());
        assert!(sniff(&samples::png_header(LONGEST_SIDE, 3_334), None).is_err());
        assert!(sniff(&samples::png_header(LONGEST_SIDE + 1, 1), None).is_err());
        assert_eq!(sniff(&samples::png_header(0, 5), None), Err(MediaProblem::Corrupt));
    }

    #[test]
    fn documents_that_browsers_would_run_are_not_pictures() {
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
        let refused: [&[u8]; 6] = [
            svg,
            b"<!DOCTYPE html><img>",
            b"%PDF-1.7",
            b"BM\x46\0\0\0",
            b"PK\x03\x04",
            b"\0\0\0\x20ftypavif",
        ];
        for bytes in refused {
            assert_eq!(sniff(bytes, Some("image/png")), Err(MediaProblem::UnsupportedMedia));
        }
    }

    #[test]
    fn a_jpeg_without_its_end_is_damaged_wherever_it_was_cut() {
        let jpeg = samples::photo(64, 64, ImageFormat::Jpeg);
        for length in 3..jpeg.len() {
            assert_eq!(
                sniff(&jpeg[..length], None),
                Err(MediaProblem::Corrupt),
                "{length} of {}",
                jpeg.len()
            );
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_make_it_panic(kind in 0..5_usize, tail in prop::collection::vec(any::<u8>(), 0..200)) {
            let starts: [&[u8]; 5] =
                [&[0xFF, 0xD8, 0xFF], b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8X", b""];
            let bytes = [starts[kind], &tail].concat();
            let _ = sniff(&bytes, None);
        }
    }
}
