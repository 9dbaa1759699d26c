//! Amounts as Stripe counts them: minor units of its own.

use shop::{
    Currency,
    money::{Money, exponent},
    payments::ProviderError,
};

/// Counted in whole units, whatever ISO 4217 says.
const WHOLE: [Currency; 15] = [
    Currency::BIF,
    Currency::CLP,
    Currency::DJF,
    Currency::GNF,
    Currency::JPY,
    Currency::KMF,
    Currency::KRW,
    Currency::MGA,
    Currency::PYG,
    Currency::RWF,
    Currency::VND,
    Currency::VUV,
    Currency::XAF,
    Currency::XOF,
    Currency::XPF,
];
/// Counted in thousandths, of which the last digit must be 0.
const THOUSANDTHS: [Currency; 5] = [
    Currency::BHD,
    Currency::JOD,
    Currency::KWD,
    Currency::OMR,
    Currency::TND,
];

/// Decimals by which Stripe counts; `None` where its documents contradict themselves (the
/// Ugandan shilling is both whole and in hundredths there, a factor of 100).
fn decimals(currency: Currency) -> Option<u32> {
    if currency == Currency::UGX {
        return None;
    }
    Some(if WHOLE.contains(&currency) {
        0
    } else if THOUSANDTHS.contains(&currency) {
        3
    } else {
        // The Icelandic króna too, though it has no decimals.
        2
    })
}

/// An amount in its units; nothing is ever rounded.
pub(super) fn write(money: Money) -> Result<i64, ProviderError> {
    let counted =
        decimals(money.currency).and_then(|decimals| rescale(money.amount, exponent(money.currency), decimals));
    let fits = |amount: &i64| !THOUSANDTHS.contains(&money.currency) || amount % 10 == 0;
    counted.filter(fits).ok_or_else(|| ProviderError::Refused {
        reason: format!("Stripe takes no such amount of {}", money.currency.code()),
    })
}

/// An amount of its answers. Its currency codes are in lower case.
pub(super) fn read(amount: i64, currency: &str) -> Option<Money> {
    let currency = Currency::from_code(&currency.to_ascii_uppercase())?;
    let amount = rescale(amount, decimals(currency)?, exponent(currency))?;
    Some(Money::new(amount, currency))
}

/// The same amount with other decimals, if it has no digit that would be lost.
fn rescale(amount: i64, from: u32, to: u32) -> Option<i64> {
    if to >= from {
        return amount.checked_mul(10_i64.checked_pow(to - from)?);
    }
    let scale = 10_i64.checked_pow(from - to)?;
    (amount % scale == 0).then_some(amount / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_counted_as_stripe_counts() {
        for (amount, currency, counted) in [
            (8990, Currency::USD, 8990),
            (500, Currency::JPY, 500),
            (5120, Currency::KWD, 5120),
            (5, Currency::ISK, 500),
            (1000, Currency::MGA, 10),
        ] {
            let money = Money::new(amount, currency);
            assert_eq!(write(money), Ok(counted), "{}", currency.code());
            assert_eq!(read(counted, &currency.code().to_lowercase()), Some(money));
        }
    }

    #[test]
    fn what_it_does_not_take_is_refused_and_not_rounded() {
        for (amount, currency) in [
            (5124, Currency::KWD),
            (1050, Currency::MGA),
            (5, Currency::UGX),
            (i64::MAX, Currency::ISK),
        ] {
            assert!(write(Money::new(amount, currency)).is_err(), "{}", currency.code());
        }
    }
}
