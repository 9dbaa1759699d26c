//! Ids at the edge: the `ID` scalar, parsed into the shop's typed id at once, so that a
//! malformed id or one of another kind never reaches a resolver.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use std::{
    fmt::{Debug, Display},
    str::FromStr,
};

/// A typed id as an `ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id<T>(pub T);

#[Scalar(name = "ID")]
impl<T> ScalarType for Id<T>
where
    T: FromStr<Err: Display> + Display + Debug + Send + Sync + 'static,
{
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        T::from_str(text).map(Self).map_err(InputValueError::custom)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}
