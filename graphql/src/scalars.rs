//! Scalars of our own: instants and exact decimals.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{SecondsFormat, Utc};

/// An instant, RFC 3339 in UTC, such as `2026-01-31T09:30:00.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime(pub chrono::DateTime<Utc>);

/// An instant, RFC 3339 in UTC, such as `2026-01-31T09:30:00.000Z`.
#[Scalar(
    name = "DateTime",
    specified_by_url = "https://datatracker.ietf.org/doc/html/rfc3339"
)]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        match chrono::DateTime::parse_from_rfc3339(text) {
            Ok(instant) => Ok(Self(instant.to_utc())),
            Err(_) => Err(InputValueError::custom(
                "expected RFC 3339, such as 2026-01-31T09:30:00Z",
            )),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// An exact decimal number as a string, such as `"89.99"`; never a float.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    units: i64,
    scale: u32,
}

/// Why a text is no [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadDecimal;

/// More fractional digits than any currency or quantity here needs.
const MAX_SCALE: u32 = 9;

impl Decimal {
    /// `units × 10^-scale`.
    #[must_use]
    pub const fn new(units: i64, scale: u32) -> Self {
        Self { units, scale }
    }

    /// Reads plain decimal notation: an optional minus, digits, at most nine of them after a point.
    ///
    /// # Errors
    /// [`BadDecimal`] for everything else, exponents, spaces and overflow included.
    pub fn parse(text: &str) -> Result<Self, BadDecimal> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || (digits.contains('.') && !is_number(fraction)) {
            return Err(BadDecimal);
        }
        let scale = u32::try_from(fraction.len())
            .ok()
            .filter(|scale| *scale <= MAX_SCALE)
            .ok_or(BadDecimal)?;
        let sign = if digits.len() == text.len() { "" } else { "-" };
        let units = format!("{sign}{whole}{fraction}").parse().map_err(|_| BadDecimal)?;
        Ok(Self { units, scale })
    }

    /// The same value in units of `10^-scale`, if it is whole there and fits.
    #[must_use]
    pub fn units_at(self, scale: u32) -> Option<i64> {
        if scale >= self.scale {
            return self.units.checked_mul(10_i64.checked_pow(scale - self.scale)?);
        }
        let divisor = 10_i64.checked_pow(self.scale - scale)?;
        (self.units % divisor == 0).then(|| self.units / divisor)
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scale = self.scale as usize;
        let sign = if self.units < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.units.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let point = if scale == 0 { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

/// An exact decimal number as a string, such as `"89.99"`; never a float.
#[Scalar(name = "Decimal")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let parsed = match &value {
            Value::String(text) => Self::parse(text),
            Value::Number(number) if number.is_i64() => Self::parse(&number.to_string()),
            _ => Err(BadDecimal),
        };
        parsed.map_err(|_| InputValueError::custom("expected an exact decimal as a string, such as \"89.99\""))
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_decimal_reads_back_exactly(units in any::<i64>(), scale in 0..=9_u32) {
            let decimal = Decimal::new(units, scale);
            prop_assert_eq!(Decimal::parse(&decimal.to_string()), Ok(decimal));
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,30}") {
            if let Ok(decimal) = Decimal::parse(&text) {
                prop_assert_eq!(decimal.units_at(decimal.scale), Some(decimal.units));
            }
        }
    }

    #[test]
    fn cents_are_read_from_any_equal_notation_and_only_when_exact() {
        for (text, cents) in [
            ("89.99", Some(8999)),
            ("89.9", Some(8990)),
            ("89", Some(8900)),
            ("0.05", Some(5)),
            ("-1.50", Some(-150)),
            ("89.990", Some(8999)),
            ("89.999", None),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().units_at(2), cents, "{text}");
        }
        assert_eq!(Decimal::new(i64::MAX, 0).units_at(2), None);
    }

    #[test]
    fn what_is_not_plain_notation_is_refused() {
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1e3",
            "+1",
            " 1",
            "1 ",
            "1,5",
            "0x1",
            "1.2.3",
            "--1",
            "NaN",
            "9223372036854775808",
            "1.0123456789",
            "١",
        ] {
            assert_eq!(Decimal::parse(text), Err(BadDecimal), "{text:?}");
        }
    }

    #[test]
    fn a_float_literal_is_refused_because_it_is_not_exact() {
        let float = serde_json::Number::from_f64(0.1).unwrap();
        assert!(<Decimal as ScalarType>::parse(Value::Number(float)).is_err());
        assert!(<Decimal as ScalarType>::parse(Value::from(7)).is_ok());
    }

    #[test]
    fn instants_are_written_in_utc() {
        let parsed = <DateTime as ScalarType>::parse(Value::from("2026-01-31T10:30:00+01:00")).unwrap();
        assert_eq!(ScalarType::to_value(&parsed), Value::from("2026-01-31T09:30:00.000Z"));
        assert!(<DateTime as ScalarType>::parse(Value::from("yesterday")).is_err());
    }
}
