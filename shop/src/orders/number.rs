//! Order numbers: what people read, type and say on the telephone.
//!
//! Seven random digits of Crockford's base 32 (no I, L, O, U) and a check digit by Luhn's
//! algorithm modulo 32, in two groups: `4K7M-Q2XD`. They tell nobody how many orders a shop
//! has, and a mistyped one is noticed.

use rand::Rng;

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Digits before the check digit.
const RANDOM: usize = 7;

/// A new number. It is unique because the database says so.
pub(super) fn generate() -> String {
    let mut random = rand::rng();
    let digits: Vec<usize> = (0..RANDOM).map(|_| random.random_range(0..DIGITS.len())).collect();
    let all = digits.iter().copied().chain([check(&digits)]);
    let text: String = all.map(|digit| char::from(DIGITS[digit])).collect();
    format!("{}-{}", &text[..4], &text[4..])
}

/// A number as it is stored, however it was typed; `None` for what cannot be one.
#[must_use]
pub fn parse(text: &str) -> Option<String> {
    if text.len() > 40 {
        return None;
    }
    let typed = text.chars().filter(|c| !matches!(c, '-' | ' ' | '#'));
    let digit = |c: char| {
        let plain = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        DIGITS.iter().position(|known| char::from(*known) == plain)
    };
    let digits: Vec<usize> = typed.map(digit).collect::<Option<_>>()?;
    let (last, first) = digits.split_last()?;
    if first.len() != RANDOM || check(first) != *last {
        return None;
    }
    let text: String = digits.iter().map(|digit| char::from(DIGITS[*digit])).collect();
    Some(format!("{}-{}", &text[..4], &text[4..]))
}

/// Luhn modulo 32: every wrong digit and nearly every swap of neighbours shows.
fn check(digits: &[usize]) -> usize {
    let base = DIGITS.len();
    let weighed = digits.iter().rev().enumerate().map(|(place, digit)| {
        let product = digit * if place % 2 == 0 { 2 } else { 1 };
        product / base + product % base
    });
    (base - weighed.sum::<usize>() % base) % base
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_however_it_is_typed() {
        for _ in 0..200 {
            let number = generate();
            assert_eq!(number.len(), 9);
            assert_eq!(parse(&number).as_deref(), Some(&*number));
            let sloppy = number
                .to_lowercase()
                .replace('-', " ")
                .replace('0', "o")
                .replace('1', "l");
            assert_eq!(parse(&format!("#{sloppy}")).as_deref(), Some(&*number));
        }
    }

    #[test]
    fn every_single_mistyped_digit_is_noticed() {
        let number = generate();
        let plain: Vec<char> = number.chars().filter(|c| *c != '-').collect();
        for place in 0..plain.len() {
            for other in DIGITS
                .iter()
                .map(|digit| char::from(*digit))
                .filter(|c| *c != plain[place])
            {
                let mut wrong = plain.clone();
                wrong[place] = other;
                assert_eq!(parse(&wrong.into_iter().collect::<String>()), None);
            }
        }
        for text in ["", "1234", "4K7M-Q2X", "ÄÖÜ", "4K7M-Q2XDD"] {
            assert_eq!(parse(text), None);
        }
    }
}
