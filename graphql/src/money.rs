//! Money at the edge: an exact decimal string and its currency.

use crate::{error::ApiError, scalars::Decimal};
use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value};
use shop::{Currency, money};

/// An ISO 4217 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurrencyCode(pub Currency);

/// An ISO 4217 currency code, such as `USD`.
#[Scalar(
    name = "CurrencyCode",
    specified_by_url = "https://www.iso.org/iso-4217-currency-codes.html"
)]
impl ScalarType for CurrencyCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        Currency::from_code(text)
            .map(Self)
            .ok_or_else(|| InputValueError::custom("expected an ISO 4217 code such as USD"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.code().to_owned())
    }
}

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SimpleObject)]
pub struct Money {
    /// Exact, with the currency's number of decimals.
    pub amount: Decimal,
    /// Its currency.
    pub currency_code: CurrencyCode,
}

impl From<money::Money> for Money {
    fn from(money: money::Money) -> Self {
        let amount = Decimal::new(money.amount, money::exponent(money.currency));
        Self {
            amount,
            currency_code: CurrencyCode(money.currency),
        }
    }
}

/// Lowest and highest price of a product's variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SimpleObject)]
pub struct PriceRange {
    /// The lowest.
    pub min: Money,
    /// The highest; equal to `min` when there is only one price.
    pub max: Money,
}

/// A client's decimal in minor units of the shop's currency.
///
/// # Errors
/// `BAD_USER_INPUT` when it has more decimals than the currency, or is out of range.
pub fn minor_units(name: &str, amount: Decimal, currency: Currency) -> Result<i64, ApiError> {
    let exponent = money::exponent(currency);
    let units = amount.units_at(exponent);
    units.ok_or_else(|| ApiError::bad_input(format!("{name} must fit {} with {exponent} decimals", currency.code())))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_with_the_decimals_of_its_currency() {
        let written = |amount, currency| Money::from(money::Money::new(amount, currency)).amount.to_string();
        assert_eq!(written(8990, Currency::USD), "89.90");
        assert_eq!(written(1200, Currency::JPY), "1200");
        assert_eq!(written(5, Currency::KWD), "0.005");
    }

    #[test]
    fn a_price_that_the_currency_cannot_hold_is_refused() {
        let cents = |text| minor_units("price", Decimal::parse(text).unwrap(), Currency::USD);
        assert_eq!(cents("19.9").unwrap(), 1990);
        assert!(cents("19.999").is_err());
        assert!(cents("92233720368547759").is_err());
    }
}
