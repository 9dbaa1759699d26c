//! Pixels: decodes one upload within limits and encodes the copies that we store.
//!
//! Everything stored is encoded here, so nothing an uploader hid in a file (EXIF with a
//! position, comments, a script behind the picture) survives. Opaque pictures become JPEG
//! at quality 82: photographs show no difference and the WebP encoder at hand is lossless
//! only, several times larger. Pictures with transparency become PNG. Of an animation the
//! first frame is kept. Synchronous and heavy: callers run it on a blocking thread.

use super::key::{Encoding, WIDTHS};
use super::part::Region;
use super::problem::MediaProblem;
use super::sniff::{Header, LONGEST_SIDE, MOST_PIXELS};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use fast_image_resize::{
    PixelTrait, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::{U8x3, U8x4},
};
use image::{
    DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits, RgbImage, RgbaImage,
    codecs::{
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
    },
    metadata::Orientation,
};
use std::io::Cursor;

/// Longest side of the full picture kept; nothing in a shop shows more.
const FULL_SIDE: u32 = 2560;
/// Longest side of the blurred stand-in shown while the picture loads.
const PLACEHOLDER_SIDE: u32 = 10;
/// JPEG quality of all copies.
const QUALITY: u8 = 82;
/// Largest colour profile carried over. Real ones that matter (Display P3) take 0.5 KiB.
const LONGEST_PROFILE: usize = 4096;
/// Bytes a decoder may allocate: the most pixels at eight bytes, the deepest PNG.
const MOST_DECODER_BYTES: u64 = MOST_PIXELS * 8;

/// One upload made ready to store.
pub(super) struct Processed {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) encoding: Encoding,
    pub(super) full: Vec<u8>,
    /// Smaller copies, narrow to wide.
    pub(super) copies: Vec<Smaller>,
    pub(super) placeholder: String,
}

/// A smaller copy.
pub(super) struct Smaller {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bytes: Vec<u8>,
}

/// Whether the uploaded bytes themselves may be stored as the full picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// Never: encode anew.
    Nobody,
    /// The operator's own files: keep them when they are small, upright and carry no EXIF.
    Operator,
}

/// Decodes, turns upright and encodes.
pub(super) fn process(bytes: &[u8], header: Header, trust: Trust) -> Result<Processed, MediaProblem> {
    let Decoded {
        picture,
        profile,
        has_exif,
    } = decode(bytes, header)?;
    let kept = if trust == Trust::Operator && !has_exif {
        encoding_to_keep(&picture, header)
    } else {
        None
    };
    let (full, encoding, full_bytes) = match kept {
        Some(encoding) => (picture, encoding, bytes.to_vec()),
        None => {
            let full = bounded(picture);
            let encoding = if full.has_alpha() {
                Encoding::Png
            } else {
                Encoding::Jpeg
            };
            let encoded = encode(&full, encoding, profile.as_deref())?;
            (full, encoding, encoded)
        }
    };
    let mut copies = Vec::new();
    for width in WIDTHS.into_iter().filter(|&width| width < full.width()) {
        let height = scaled(full.height(), width, full.width());
        let bytes = encode(&resized(&full, width, height), encoding, profile.as_deref())?;
        copies.push(Smaller { width, height, bytes });
    }
    let placeholder = placeholder(&full)?;
    Ok(Processed {
        width: full.width(),
        height: full.height(),
        encoding,
        full: full_bytes,
        copies,
        placeholder,
    })
}

/// A part of a picture, without loss.
pub(super) fn part(bytes: &[u8], header: Header, region: Region) -> Result<Vec<u8>, MediaProblem> {
    let Decoded { picture, profile, .. } = decode(bytes, header)?;
    let (left, top, width, height) = region.of((picture.width(), picture.height()));
    let part = picture.crop_imm(left, top, width, height);
    encode(&part, Encoding::Png, profile.as_deref())
}

struct Decoded {
    picture: DynamicImage,
    profile: Option<Vec<u8>>,
    has_exif: bool,
}

fn decode(bytes: &[u8], header: Header) -> Result<Decoded, MediaProblem> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_DECODER_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), header.format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| MediaProblem::Corrupt)?;
    // The decoder must see what the check saw; two frame headers in one file are a trick.
    if decoder.dimensions() != (header.width, header.height) {
        return Err(MediaProblem::Corrupt);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let has_exif = decoder.exif_metadata().is_ok_and(|exif| exif.is_some());
    let profile = decoder
        .icc_profile()
        .ok()
        .flatten()
        .filter(|profile| is_small_rgb(profile));
    let decoded = DynamicImage::from_decoder(decoder).map_err(|_| MediaProblem::Corrupt)?;
    let mut picture = plain(decoded);
    picture.apply_orientation(orientation);
    Ok(Decoded {
        picture,
        profile,
        has_exif,
    })
}

/// A profile for other colour spaces would be wrong on the RGB that we write.
fn is_small_rgb(profile: &[u8]) -> bool {
    profile.len() <= LONGEST_PROFILE && profile.get(16..20) == Some(b"RGB ")
}

/// Eight bits, RGB, and an alpha channel only if some pixel uses it.
fn plain(picture: DynamicImage) -> DynamicImage {
    if !picture.has_alpha() {
        return DynamicImage::ImageRgb8(picture.into_rgb8());
    }
    let rgba = picture.into_rgba8();
    let is_opaque = rgba.pixels().all(|pixel| pixel.0[3] == u8::MAX);
    if is_opaque {
        DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(rgba).into_rgb8())
    } else {
        rgba.into()
    }
}

/// An operator's small JPEG or PNG stays as it is, to the bit.
fn encoding_to_keep(picture: &DynamicImage, header: Header) -> Option<Encoding> {
    if picture.width().max(picture.height()) > WIDTHS[1] {
        return None;
    }
    match header.format {
        ImageFormat::Jpeg => Some(Encoding::Jpeg),
        ImageFormat::Png => Some(Encoding::Png),
        _ => None,
    }
}

fn bounded(picture: DynamicImage) -> DynamicImage {
    let longest = picture.width().max(picture.height());
    if longest <= FULL_SIDE {
        return picture;
    }
    let side = |length: u32| scaled(length, FULL_SIDE, longest);
    resized(&picture, side(picture.width()), side(picture.height()))
}

/// `length × numerator / denominator`, rounded, never zero.
pub(super) fn scaled(length: u32, numerator: u32, denominator: u32) -> u32 {
    let (numerator, denominator) = (u64::from(numerator), u64::from(denominator));
    let rounded = (u64::from(length) * numerator + denominator / 2) / denominator;
    u32::try_from(rounded).unwrap_or(u32::MAX).max(1)
}

fn resized(picture: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    let from = (picture.width(), picture.height());
    if let DynamicImage::ImageRgba8(rgba) = picture {
        let mut copy = RgbaImage::new(width, height);
        resample::<U8x4>(rgba, from, &mut copy, (width, height));
        return copy.into();
    }
    let DynamicImage::ImageRgb8(rgb) = picture else {
        unreachable!("`plain` makes RGB or RGBA of eight bits");
    };
    let mut copy = RgbImage::new(width, height);
    resample::<U8x3>(rgb, from, &mut copy, (width, height));
    copy.into()
}

/// Typed views: the untyped ones compile every kind of pixel there is.
fn resample<P: PixelTrait>(
    from: &[u8],
    (width, height): (u32, u32),
    to: &mut [u8],
    (new_width, new_height): (u32, u32),
) {
    let from = TypedImageRef::<P>::from_buffer(width, height, from).expect("the buffer is of this size");
    let mut to = TypedImage::<P>::from_buffer(new_width, new_height, to).expect("the buffer is of this size");
    let resize = Resizer::new().resize_typed(&from, &mut to, &ResizeOptions::new());
    resize.expect("no part is cut out");
}

fn encode(picture: &DynamicImage, encoding: Encoding, profile: Option<&[u8]>) -> Result<Vec<u8>, MediaProblem> {
    let mut bytes = Vec::new();
    let written = match encoding {
        Encoding::Jpeg => {
            let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
            carry_profile(&mut encoder, profile);
            picture.write_with_encoder(encoder)
        }
        Encoding::Png => {
            let mut encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
            carry_profile(&mut encoder, profile);
            picture.write_with_encoder(encoder)
        }
    };
    written.map(|()| bytes).map_err(|_| MediaProblem::Corrupt)
}

/// Colours come out as they were meant; without the profile they are merely a little duller.
fn carry_profile(encoder: &mut impl ImageEncoder, profile: Option<&[u8]>) {
    if let Some(profile) = profile {
        encoder.set_icc_profile(profile.to_vec()).ok();
    }
}

/// A picture of a few pixels as a `data:` address, to be shown enlarged and blurred.
fn placeholder(picture: &DynamicImage) -> Result<String, MediaProblem> {
    let longest = picture.width().max(picture.height());
    let side = |length: u32| scaled(length, PLACEHOLDER_SIDE.min(longest), longest);
    let tiny = resized(picture, side(picture.width()), side(picture.height()));
    let png = encode(&tiny, Encoding::Png, None)?;
    Ok(format!("data:image/png;base64,{}", STANDARD.encode(png)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::{samples, sniff::sniff};
    use super::*;
    use image::{GenericImageView, Rgb, RgbImage};

    fn run(bytes: &[u8], trust: Trust) -> Result<Processed, MediaProblem> {
        process(bytes, sniff(bytes, None)?, trust)
    }

    fn contains(bytes: &[u8], text: &[u8]) -> bool {
        bytes.windows(text.len()).any(|window| window == text)
    }

    #[test]
    fn an_opaque_picture_becomes_jpeg_with_copies_that_are_never_wider() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let done = run(&samples::photo(600, 300, format), Trust::Nobody).unwrap();
            assert_eq!((done.width, done.height, done.encoding), (600, 300, Encoding::Jpeg));
            let sizes: Vec<_> = done
                .copies
                .iter()
                .map(|copy| image::load_from_memory(&copy.bytes).unwrap().dimensions())
                .collect();
            assert_eq!(sizes, [(160, 80), (480, 240)]);
        }
    }

    #[test]
    fn transparency_is_kept_as_png() {
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let done = run(&samples::cutout(200, 100, format), Trust::Nobody).unwrap();
            assert_eq!(done.encoding, Encoding::Png);
            let copy = image::load_from_memory(&done.copies[0].bytes).unwrap();
            assert_eq!((copy.get_pixel(5, 5).0[3], copy.get_pixel(150, 5).0[3]), (0, 255));
        }
    }

    #[test]
    fn what_the_camera_wrote_about_its_owner_is_gone_and_the_picture_is_upright() {
        let jpeg = samples::with_exif(&samples::photo(90, 60, ImageFormat::Jpeg), 6);
        assert!(contains(&jpeg, b"GPS"));
        for trust in [Trust::Nobody, Trust::Operator] {
            let done = run(&jpeg, trust).unwrap();
            assert_eq!((done.width, done.height), (60, 90));
            assert!(!contains(&done.full, b"GPS") && !contains(&done.full, b"Exif"));
        }
    }

    #[test]
    fn a_script_behind_a_picture_does_not_survive() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif] {
            let polyglot = [samples::photo(40, 40, format), b"<script>alert(1)</script>".to_vec()].concat();
            let done = run(&polyglot, Trust::Nobody).unwrap();
            assert!(!contains(&done.full, b"<script"));
        }
    }

    #[test]
    fn a_truncated_file_is_damaged() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let whole = samples::photo(80, 80, format);
            for cut in [whole.len() / 4, whole.len() / 2, whole.len() * 3 / 4] {
                assert_eq!(
                    run(&whole[..cut], Trust::Nobody).err(),
                    Some(MediaProblem::Corrupt),
                    "{format:?} {cut}"
                );
            }
        }
    }

    #[test]
    fn of_an_animation_the_first_frame_is_kept() {
        let frame = |shade: u8| {
            let picture = RgbImage::from_pixel(50, 50, Rgb([shade, shade, shade]));
            image::Frame::new(DynamicImage::ImageRgb8(picture).into_rgba8())
        };
        let mut gif = Vec::new();
        image::codecs::gif::GifEncoder::new(&mut gif)
            .encode_frames([frame(250), frame(5)])
            .unwrap();
        let done = run(&gif, Trust::Nobody).unwrap();
        let first = image::load_from_memory(&done.full).unwrap();
        assert!(first.get_pixel(25, 25).0[0] > 240);
    }

    #[test]
    fn an_operators_small_photo_is_kept_to_the_bit() {
        let photo = samples::photo(60, 80, ImageFormat::Jpeg);
        let done = run(&photo, Trust::Operator).unwrap();
        assert_eq!(done.full, photo);
        assert!(done.copies.is_empty());
        assert_ne!(run(&photo, Trust::Nobody).unwrap().full, photo);
    }

    #[test]
    fn a_large_picture_is_brought_down_to_what_a_shop_shows() {
        let done = run(&samples::photo(5200, 40, ImageFormat::Png), Trust::Operator).unwrap();
        assert_eq!((done.width, done.height), (FULL_SIDE, 20));
        assert_eq!(done.copies.len(), WIDTHS.len());
    }

    #[test]
    fn a_thin_strip_still_has_a_pixel_in_every_copy() {
        let done = run(&samples::photo(2000, 1, ImageFormat::Png), Trust::Nobody).unwrap();
        for copy in &done.copies {
            assert_eq!(
                image::load_from_memory(&copy.bytes).unwrap().dimensions(),
                (copy.width, 1)
            );
        }
    }

    #[test]
    fn the_placeholder_is_a_picture_of_a_few_hundred_bytes() {
        let done = run(&samples::photo(900, 600, ImageFormat::Jpeg), Trust::Nobody).unwrap();
        let encoded = done.placeholder.strip_prefix("data:image/png;base64,").unwrap();
        let tiny = image::load_from_memory(&STANDARD.decode(encoded).unwrap()).unwrap();
        assert_eq!(tiny.dimensions(), (10, 7));
        assert!(done.placeholder.len() < 600, "{}", done.placeholder.len());
    }
}
