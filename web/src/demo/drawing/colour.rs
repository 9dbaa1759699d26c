//! Colours of the drawings: parsing, lightening, darkening, mixing. Knows nothing of shapes.

use std::fmt;

/// An opaque sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rgb(pub(super) u8, pub(super) u8, pub(super) u8);

/// What light turns colours into.
pub(super) const WHITE: Rgb = Rgb(255, 255, 255);
/// What shade turns colours into: a deep, slightly violet black looks softer than pure black.
pub(super) const INK: Rgb = Rgb(30, 26, 38);

impl Rgb {
    /// Reads `#rrggbb`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let channel = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        Some(Self(channel(0)?, channel(2)?, channel(4)?))
    }

    /// A share of `other` in this colour; the share is clamped to 0–1.
    pub(super) fn mix(self, other: Self, share: f32) -> Self {
        let share = share.clamp(0.0, 1.0);
        let blend = |own: u8, new: u8| (f32::from(own) * (1.0 - share) + f32::from(new) * share).round() as u8;
        Self(blend(self.0, other.0), blend(self.1, other.1), blend(self.2, other.2))
    }

    /// The colour in light.
    pub(super) fn light(self, share: f32) -> Self {
        self.mix(WHITE, share)
    }

    /// The colour in shade.
    pub(super) fn dark(self, share: f32) -> Self {
        self.mix(INK, share)
    }

    /// Perceived brightness, 0–1.
    pub(super) fn brightness(self) -> f32 {
        (0.299 * f32::from(self.0) + 0.587 * f32::from(self.1) + 0.114 * f32::from(self.2)) / 255.0
    }

    /// How far apart two colours look, 0–1.
    pub(super) fn distance(self, other: Self) -> f32 {
        let square = |a: u8, b: u8| (f32::from(a) - f32::from(b)).powi(2);
        (square(self.0, other.0) * 0.3 + square(self.1, other.1) * 0.59 + square(self.2, other.2) * 0.11).sqrt() / 255.0
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_printed_as_it_was_read() {
        assert_eq!(
            Rgb::parse("#0a7fff").map(|colour| colour.to_string()).as_deref(),
            Some("#0a7fff")
        );
    }

    #[test]
    fn nonsense_is_not_a_colour() {
        for text in ["", "#fff", "0a7fff", "#0a7ffg", "#ééé"] {
            assert_eq!(Rgb::parse(text), None, "{text}");
        }
    }

    #[test]
    fn light_is_brighter_and_shade_is_darker() {
        let colour = Rgb(120, 90, 60);
        assert!(colour.light(0.3).brightness() > colour.brightness());
        assert!(colour.dark(0.3).brightness() < colour.brightness());
        assert_eq!(colour.mix(WHITE, 7.0), WHITE);
    }
}
