//! Amounts as PayPal writes them.

use super::wire::Amount;
use shop::{
    Currency,
    money::{Money, exponent},
    payments::ProviderError,
};

/// The currencies of its documents that a shop anywhere may take.
const TAKEN: [Currency; 24] = [
    Currency::AUD,
    Currency::BRL,
    Currency::CAD,
    Currency::CHF,
    Currency::CNY,
    Currency::CZK,
    Currency::DKK,
    Currency::EUR,
    Currency::GBP,
    Currency::HKD,
    Currency::HUF,
    Currency::ILS,
    Currency::JPY,
    Currency::MXN,
    Currency::MYR,
    Currency::NOK,
    Currency::NZD,
    Currency::PHP,
    Currency::PLN,
    Currency::SEK,
    Currency::SGD,
    Currency::THB,
    Currency::TWD,
    Currency::USD,
];
/// Those of which it takes no decimals, though some have them.
const WHOLE: [Currency; 3] = [Currency::HUF, Currency::JPY, Currency::TWD];

/// Whether PayPal takes a currency at all.
#[must_use]
pub fn takes(currency: Currency) -> bool {
    TAKEN.contains(&currency)
}

/// An amount in its words; nothing is ever rounded.
pub(super) fn write(money: Money) -> Result<Amount, ProviderError> {
    let refused = |reason: &str| {
        Err(ProviderError::Refused {
            reason: format!("PayPal takes no {} {reason}", money.currency.code()),
        })
    };
    if !takes(money.currency) {
        return refused("at all");
    }
    let scale = 10_i64.pow(exponent(money.currency));
    let is_whole = WHOLE.contains(&money.currency);
    if is_whole && money.amount % scale != 0 {
        return refused("with decimals");
    }
    let value = if is_whole {
        (money.amount / scale).to_string()
    } else {
        money.to_string()
    };
    Ok(Amount {
        currency_code: money.currency.code().to_owned(),
        value,
    })
}

/// An amount of its answers.
pub(super) fn read(amount: &Amount) -> Option<Money> {
    let currency = Currency::from_code(&amount.currency_code)?;
    Money::parse(&amount.value, currency).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_decimals_that_paypal_takes() {
        for (amount, currency, text) in [
            (8990, Currency::USD, "89.90"),
            (5, Currency::EUR, "0.05"),
            (1200, Currency::JPY, "1200"),
            (120_000, Currency::HUF, "1200"),
            (120_000, Currency::TWD, "1200"),
        ] {
            let money = Money::new(amount, currency);
            let written = write(money).unwrap();
            assert_eq!(written.value, text);
            assert_eq!(read(&written), Some(money));
        }
    }

    #[test]
    fn what_it_does_not_take_is_refused_and_not_rounded() {
        assert!(write(Money::new(120_050, Currency::HUF)).is_err());
        assert!(write(Money::new(1000, Currency::KWD)).is_err());
    }
}
