//! When something happened.

use super::table::{Problem, Row};
use chrono::DateTime;
use std::fmt;

/// Between two events of which only the order is known: too long to be one session.
pub(super) const APART_MS: i64 = 60 * 60_000;

/// Numbers nearer to zero only order events; as seconds they would be before March 1973.
const SECONDS_FROM: u64 = 100_000_000;
/// From here on milliseconds, of March 1973 and later; as seconds they would be in the year 5138.
const MILLISECONDS_FROM: u64 = 100_000_000_000;
/// Nor are there milliseconds from here on, in the year 33658: these are finer units.
const TOO_FINE: u64 = 1_000_000_000_000_000;

/// How times are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Date,
    Sequence,
    Seconds,
    Milliseconds,
}

impl fmt::Display for Unit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Date => "a date",
            Self::Sequence => "a sequence number",
            Self::Seconds => "seconds of the epoch",
            Self::Milliseconds => "milliseconds of the epoch",
        })
    }
}

/// Reads the times of one file, which all have to be written alike.
#[derive(Default)]
pub(super) struct Clock(Option<Unit>);

impl Clock {
    /// Whether times were more than an order.
    pub(super) fn has_time(&self) -> bool {
        self.0 != Some(Unit::Sequence)
    }

    pub(super) fn read(&mut self, row: &Row, column: &str) -> Result<i64, Problem> {
        let text = row.required(column)?;
        let (unit, at_ms) = parse(text).map_err(|what| row.problem(column, what))?;
        match self.0.replace(unit) {
            Some(before) if before != unit => {
                let what = format!("`{text}` is {unit}, on the lines before it is {before}: only one may be used");
                Err(row.problem(column, what))
            }
            _ => Ok(at_ms),
        }
    }
}

fn parse(text: &str) -> Result<(Unit, i64), String> {
    if let Ok(number) = text.parse::<i64>() {
        return match number.unsigned_abs() {
            ..SECONDS_FROM => Ok((Unit::Sequence, number * APART_MS)),
            SECONDS_FROM..MILLISECONDS_FROM => Ok((Unit::Seconds, number * 1_000)),
            MILLISECONDS_FROM..TOO_FINE => Ok((Unit::Milliseconds, number)),
            TOO_FINE.. => Err(format!("`{text}` is finer than milliseconds of the epoch")),
        };
    }
    let date = DateTime::parse_from_rfc3339(text);
    let date = date.map_err(|_| {
        format!("`{text}` is neither a date and time as 2026-01-31T12:00:00Z (RFC 3339) nor a whole number")
    })?;
    Ok((Unit::Date, date.timestamp_millis()))
}

/// Seconds of the epoch, perhaps with a fraction.
pub(super) fn seconds(row: &Row, column: &str) -> Result<i64, Problem> {
    let seconds: f64 = row.parsed(column, "a number of seconds")?;
    if !seconds.is_finite() || seconds.abs() >= MILLISECONDS_FROM as f64 {
        return Err(row.problem(column, format!("`{seconds}` is not a number of seconds of the epoch")));
    }
    Ok((seconds * 1_000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_apart_by_their_size() {
        assert_eq!(parse("7"), Ok((Unit::Sequence, 7 * APART_MS)));
        assert_eq!(parse("99999999"), Ok((Unit::Sequence, 99_999_999 * APART_MS)));
        assert_eq!(parse("100000000"), Ok((Unit::Seconds, 100_000_000_000)));
        assert_eq!(parse("1700000000"), Ok((Unit::Seconds, 1_700_000_000_000)));
        assert_eq!(parse("1700000000000"), Ok((Unit::Milliseconds, 1_700_000_000_000)));
        assert_eq!(parse("2023-11-14T23:13:20+01:00"), Ok((Unit::Date, 1_700_000_000_000)));
        for wrong in ["1700000000000000", "-9223372036854775808", "2023-11-14", "1.5", "soon"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
