//! Tests of the picture limits, of what is accepted, and of the geometry.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use ::image::{ExtendedColorType, ImageEncoder, Rgb, Rgba, RgbaImage, codecs::jpeg::JpegEncoder};
use proptest::prelude::*;

fn spec(size: u32) -> ImageSpec {
    ImageSpec {
        input: "pixel_values".into(),
        output: "out".into(),
        normalised: true,
        size,
        resize: Resize::ShortSide,
        interpolation: Interpolation::Bicubic,
        mean: [0.0; 3],
        std: [1.0; 3],
        captions: None,
    }
}

fn write(bytes: &[u8], size: u32) -> Result<Vec<f32>, RecoError> {
    write_within(bytes, size, ImageLimits::default())
}

fn write_within(bytes: &[u8], size: u32, limits: ImageLimits) -> Result<Vec<f32>, RecoError> {
    let mut p = Preprocessor::new(&spec(size), limits);
    let mut out = vec![f32::NAN; p.len()];
    p.write(bytes, &mut out).map(|()| out)
}

fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn gradient(width: u32, height: u32) -> DynamicImage {
    let colour = |x, y| Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 90]);
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, colour))
}

fn reason(result: Result<Vec<f32>, RecoError>) -> String {
    let Err(RecoError::BadInput(reason)) = result else {
        panic!("expected BadInput, got {result:?}")
    };
    reason
}

/// A PNG whose header claims a size and whose data is missing: only a check before
/// decoding can complain about the size.
fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut chunk = |body: &[u8]| {
        png.extend((body.len() as u32 - 4).to_be_bytes());
        png.extend(body);
        png.extend(crc32(body).to_be_bytes());
    };
    chunk(&header);
    chunk(b"IDAT\x78\x9c");
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| {
        if crc & 1 == 1 {
            (crc >> 1) ^ 0xedb8_8320
        } else {
            crc >> 1
        }
    };
    !bytes
        .iter()
        .fold(!0_u32, |crc, b| (0..8).fold(crc ^ u32::from(*b), |crc, _| step(crc)))
}

#[test]
fn a_decompression_bomb_is_refused_by_its_header() {
    for (width, height) in [(60_000, 60_000), (20_001, 10), (10_000, 10_000)] {
        let reason = reason(write(&png_claiming(width, height), 8));
        assert!(reason.contains(&format!("{width} × {height} pixels")), "{reason}");
    }
    // The same file within the limits fails for another reason: the limit was what spoke.
    assert!(!reason(write(&png_claiming(100, 100), 8)).contains("pixels, allowed"));
}

#[test]
fn too_many_bytes_are_refused() {
    let png = encode(&gradient(20, 20), ImageFormat::Png);
    let limits = ImageLimits {
        bytes: png.len() - 1,
        ..ImageLimits::default()
    };
    assert!(reason(write_within(&png, 8, limits)).contains("bytes"));
    assert!(
        write_within(
            &png,
            8,
            ImageLimits {
                bytes: png.len(),
                ..limits
            }
        )
        .is_ok()
    );
}

#[test]
fn jpeg_png_webp_and_gif_are_accepted_and_look_alike() {
    let reference = write(&encode(&gradient(64, 48), ImageFormat::Png), 16).unwrap();
    // A GIF has 256 colours only.
    for (format, tolerance) in [
        (ImageFormat::Jpeg, 0.04),
        (ImageFormat::WebP, 0.001),
        (ImageFormat::Gif, 0.12),
    ] {
        let other = write(&encode(&gradient(64, 48), format), 16).unwrap();
        let worst = reference
            .iter()
            .zip(&other)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(worst < tolerance, "{format:?} differs by {worst}");
    }
}

#[test]
fn other_bytes_are_no_picture() {
    for bytes in [
        &b""[..],
        b"hello",
        b"BM\x46\x00\x00\x00\x00\x00\x00\x00",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ] {
        assert!(reason(write(bytes, 8)).starts_with("picture: "));
    }
}

#[test]
fn transparency_becomes_white() {
    let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(6, 6, Rgba([10, 20, 30, 0])));
    assert!(
        write(&encode(&clear, ImageFormat::Png), 4)
            .unwrap()
            .iter()
            .all(|v| *v == 1.0)
    );
    let half = DynamicImage::ImageRgba8(RgbaImage::from_pixel(6, 6, Rgba([0, 0, 0, 51])));
    assert!(
        write(&encode(&half, ImageFormat::Png), 4)
            .unwrap()
            .iter()
            .all(|v| (v - 0.8).abs() < 1e-6)
    );
}

#[test]
fn grey_pictures_have_three_equal_channels() {
    let grey = DynamicImage::ImageLuma8(gradient(30, 30).into_luma8());
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let out = write(&encode(&grey, format), 10).unwrap();
        assert_eq!(out[..100], out[100..200]);
        assert_eq!(out[..100], out[200..]);
    }
}

#[test]
fn the_rotation_that_a_camera_recorded_is_applied() {
    let upright = gradient(40, 60);
    let lying = upright.rotate270();
    let mut jpeg = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 100);
    // Big-endian TIFF with one entry: orientation (0x0112) = 6, turn clockwise to view.
    let exif = b"MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00";
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    let (w, h) = (lying.width(), lying.height());
    encoder
        .write_image(lying.as_bytes(), w, h, ExtendedColorType::Rgb8)
        .unwrap();
    let seen = write(&jpeg, 20).unwrap();
    let wanted = write(&encode(&upright, ImageFormat::Png), 20).unwrap();
    let worst = seen.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 0.03, "differs by {worst}");
}

#[test]
fn mean_and_deviation_are_applied_per_channel() {
    let mut spec = spec(2);
    spec.mean = [0.5, 0.25, 0.0];
    spec.std = [0.5, 0.25, 2.0];
    let mut p = Preprocessor::new(&spec, ImageLimits::default());
    let white = DynamicImage::ImageRgb8(RgbImage::from_pixel(5, 5, Rgb([255; 3])));
    let mut out = vec![0.0; p.len()];
    p.write(&encode(&white, ImageFormat::Png), &mut out).unwrap();
    assert_eq!(out, [1.0, 1.0, 1.0, 1.0, 3.0, 3.0, 3.0, 3.0, 0.5, 0.5, 0.5, 0.5]);
}

#[test]
fn the_cut_lies_where_resizing_first_and_cropping_then_would_put_it() {
    // 60 × 80 to 240: resized to 240 × 320, 40 rows cut off above and below.
    assert_eq!(cut(60, 80, 240), (0.0, 60.0));
    assert_eq!(cut(80, 60, 240), (10.0, 60.0));
    // 100 × 333 to 224: resized to 746 rows; the cut begins at row 261.
    let (begin, covered) = cut(333, 100, 224);
    assert!((begin - 261.0 * 333.0 / 746.0).abs() < 1e-9 && (covered - 224.0 * 333.0 / 746.0).abs() < 1e-9);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_cut_stays_inside_the_picture(side in 1u32..20_000, other in 1u32..20_000, size in 1u32..512) {
        let (begin, covered) = cut(side, other, size);
        prop_assert!(begin >= 0.0 && covered > 0.0 && begin + covered <= f64::from(side));
    }

    #[test]
    fn any_proportion_fills_the_square(width in 1u32..200, height in 1u32..200) {
        let out = write(&encode(&gradient(width, height), ImageFormat::Png), 12).unwrap();
        prop_assert!(out.iter().all(|v| (0.0..=1.0).contains(v)));
    }

    #[test]
    fn damaged_bytes_are_refused_or_read_but_never_panic(cut_at in 0usize..2_000, at in 0usize..2_000, byte: u8) {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let mut bytes = encode(&gradient(40, 30), format);
            let place = at % bytes.len();
            bytes[place] = byte;
            bytes.truncate(bytes.len().saturating_sub(cut_at % 100));
            let result = write(&bytes, 8);
            prop_assert!(matches!(result, Ok(_) | Err(RecoError::BadInput(_))));
        }
    }

    #[test]
    fn noise_is_bad_input(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(matches!(write(&bytes, 8), Err(RecoError::BadInput(_))));
    }
}
