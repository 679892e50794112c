//! Exact decimal numbers, as far as keywords compare and divide them.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_bigint::Sign;

/// Beyond this exponent Go refuses to calculate (Go: math/big).
const MAX_EXPONENT: i64 = 1_000_000;

/// A finite decimal number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    /// Has no trailing zero, unless it is zero.
    coefficient: BigInt,
    /// Of ten; 0 where the coefficient is.
    exponent: i64,
    /// The number of digits of the coefficient.
    digits: i64,
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self::new(value < 0, value.unsigned_abs().to_string().as_bytes(), 0)
    }
}

impl From<u64> for Decimal {
    fn from(value: u64) -> Self {
        Self::new(false, value.to_string().as_bytes(), 0)
    }
}

impl Decimal {
    fn new(negative: bool, digits: &[u8], exponent: i64) -> Self {
        let first = digits.iter().take_while(|digit| **digit == b'0').count();
        let digits = &digits[first..];
        let zeros = digits.iter().rev().take_while(|digit| **digit == b'0').count();
        let digits = &digits[..digits.len() - zeros];
        if digits.is_empty() {
            return Self { coefficient: BigInt::ZERO, exponent: 0, digits: 0 };
        }
        let coefficient = BigInt::parse_bytes(digits, 10).unwrap_or_default();
        Self {
            coefficient: if negative { -coefficient } else { coefficient },
            exponent: exponent + zeros as i64,
            digits: digits.len() as i64,
        }
    }

    /// Parses a JSON number or what Go prints of a float.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent.parse::<i64>().ok()?.checked_sub(fraction.len() as i64)?;
        let in_range = (-MAX_EXPONENT..=MAX_EXPONENT).contains(&exponent);
        in_range.then(|| Self::new(text.starts_with('-'), digits.as_bytes(), exponent))
    }

    pub(super) fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// The lowest 64 bits of a whole number, which is what Go's conversion to `int` keeps.
    pub(super) fn to_i64(&self) -> i64 {
        // 10⁶⁴ is a multiple of 2⁶⁴.
        let Ok(exponent @ 0..64) = u32::try_from(self.exponent) else { return 0 };
        let scaled = &self.coefficient * BigInt::from(10).pow(exponent);
        let low = scaled.iter_u64_digits().next().unwrap_or(0).cast_signed();
        if scaled.sign() == Sign::Minus { low.wrapping_neg() } else { low }
    }

    /// Whether this is a whole multiple of the other number.
    pub(super) fn is_multiple_of(&self, other: &Decimal) -> bool {
        if self.coefficient == BigInt::ZERO || other.coefficient == BigInt::ZERO {
            return true;
        }
        let shift = self.exponent - other.exponent;
        let remainder = if shift >= 0 {
            // ten^shift modulo the divisor, so that a large exponent costs little.
            let power = BigInt::from(10).modpow(&BigInt::from(shift), &other.coefficient);
            (&self.coefficient * power) % &other.coefficient
        } else if -shift > self.digits {
            return false;
        } else {
            &self.coefficient % (&other.coefficient * power_of_ten(-shift))
        };
        remainder == BigInt::ZERO
    }
}

/// The exponent is at most a number of digits that are in memory already.
fn power_of_ten(exponent: i64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent).unwrap_or(u32::MAX))
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (self.coefficient.sign(), other.coefficient.sign());
        if a != b || a == Sign::NoSign {
            return a.cmp(&b);
        }
        let magnitudes = (self.digits + self.exponent).cmp(&(other.digits + other.exponent));
        if magnitudes.is_ne() {
            return if a == Sign::Minus { magnitudes.reverse() } else { magnitudes };
        }
        let shift = self.exponent - other.exponent;
        if shift >= 0 {
            (&self.coefficient * power_of_ten(shift)).cmp(&other.coefficient)
        } else {
            self.coefficient.cmp(&(&other.coefficient * power_of_ten(-shift)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn comparisons_are_exact() {
        let ascending =
            ["-1e400", "-10.5", "-10.49", "-1e-9", "0", "5e-324", "0.1", "0.11", "1", "9.99", "10", "1e400"];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                assert_eq!(decimal(a).cmp(&decimal(b)), i.cmp(&j), "{a} {b}");
            }
        }
        assert_eq!(decimal("1.50e1"), decimal("15"));
        assert!(Decimal::parse("1e1000001").is_none());
        assert!(Decimal::parse("+Inf").is_none());
    }

    #[test]
    fn multiples_are_exact() {
        for (number, divisor, want) in [
            ("0.3", "0.1", true),
            ("19.99", "0.01", true),
            ("19.999", "0.01", false),
            ("7", "2", false),
            ("-8", "2", true),
            ("0", "3", true),
            ("1e300", "7", false),
            ("1e300", "1e-300", true),
            ("1.5", "0.5", true),
            ("1", "1.5", false),
        ] {
            assert_eq!(decimal(number).is_multiple_of(&decimal(divisor)), want, "{number} {divisor}");
        }
    }

    #[test]
    fn whole_numbers_convert() {
        assert_eq!(decimal("3.0").to_i64(), 3);
        assert_eq!(decimal("-12e2").to_i64(), -1200);
        assert_eq!(decimal("1e70").to_i64(), 0);
        assert!(!decimal("0.5").is_integer());
    }
}
