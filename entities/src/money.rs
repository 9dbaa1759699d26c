//! Money: integer minor units of one currency, and their exact decimal text.

use iso_currency::Currency;
use std::fmt;
use thiserror::Error;

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// Minor units (cents).
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
}

/// A text that is not an amount of a currency.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Not a plain decimal number such as `89.99`.
    #[error("not a plain decimal number")]
    NotDecimal,
    /// More decimals than the currency has.
    #[error("{currency} has {exponent} decimals")]
    TooPrecise {
        /// ISO 4217 code.
        currency: &'static str,
        /// Its number of decimals.
        exponent: u32,
    },
    /// Beyond what 64 bits of minor units hold.
    #[error("amount out of range")]
    OutOfRange,
}

/// Decimals of a currency (2 for most, 0 for the yen, 3 for the dinar).
#[must_use]
pub fn exponent(currency: Currency) -> u32 {
    currency.exponent().map_or(0, u32::from)
}

impl Money {
    /// An amount in minor units.
    #[must_use]
    pub const fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Reads an exact decimal, such as `89.99`, `-3` or `0.5`.
    ///
    /// # Errors
    /// Anything but digits with at most one point and a leading minus; digits that the
    /// currency does not have (trailing zeros are harmless); amounts beyond 64 bits.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(fraction) || digits.ends_with('.') {
            return Err(MoneyError::NotDecimal);
        }
        let exponent = exponent(currency);
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > exponent as usize {
            return Err(MoneyError::TooPrecise {
                currency: currency.code(),
                exponent,
            });
        }
        let padded = format!("{whole}{fraction:0<width$}", width = exponent as usize);
        let amount: i64 = padded.parse().map_err(|_| MoneyError::OutOfRange)?;
        Ok(Self {
            amount: if negative { -amount } else { amount },
            currency,
        })
    }

    /// The sum, unless currencies differ or it does not fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        (self.currency == other.currency).then_some(())?;
        Some(Self {
            amount: self.amount.checked_add(other.amount)?,
            ..self
        })
    }

    /// So many times the amount, unless it does not fit.
    #[must_use]
    pub fn checked_mul(self, times: i64) -> Option<Self> {
        Some(Self {
            amount: self.amount.checked_mul(times)?,
            ..self
        })
    }
}

/// The exact decimal, always with the currency's decimals: `89.90`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = exponent(self.currency);
        let scale = 10_u64.pow(exponent);
        let sign = if self.amount < 0 { "-" } else { "" };
        let amount = self.amount.unsigned_abs();
        if exponent == 0 {
            return write!(f, "{sign}{amount}");
        }
        write!(
            f,
            "{sign}{}.{:0width$}",
            amount / scale,
            amount % scale,
            width = exponent as usize
        )
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_exact_in_every_currency() {
        assert_eq!(Money::parse("89.9", Currency::USD).unwrap().amount, 8990);
        assert_eq!(Money::parse("89.9000", Currency::USD).unwrap().to_string(), "89.90");
        assert_eq!(Money::parse("1200", Currency::JPY).unwrap().to_string(), "1200");
        assert_eq!(Money::new(-5, Currency::EUR).to_string(), "-0.05");
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for text in [
            "", ".", "1.", ".5", "1e3", "1,5", "--1", "+1", "0x1", "1.2.3", " 1", "NaN",
        ] {
            assert_eq!(Money::parse(text, Currency::USD), Err(MoneyError::NotDecimal), "{text}");
        }
        assert!(matches!(
            Money::parse("0.001", Currency::USD),
            Err(MoneyError::TooPrecise { .. })
        ));
        assert_eq!(
            Money::parse("92233720368547758.08", Currency::USD),
            Err(MoneyError::OutOfRange)
        );
    }

    proptest! {
        #[test]
        fn every_amount_survives_its_text(amount in -i64::MAX..i64::MAX) {
            let money = Money::new(amount, Currency::USD);
            prop_assert_eq!(Money::parse(&money.to_string(), Currency::USD).unwrap(), money);
        }
    }
}
