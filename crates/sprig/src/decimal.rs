//! Decimal arithmetic without rounding, as shopspring/decimal does it for `addf`, `mulf`, `divf` and their kin.

use std::cmp::Ordering;

use gotemplate::CallError;
use num_bigint::{BigInt, BigUint, Sign};

/// How many fractional digits a quotient keeps.
const DIVISION_PRECISION: i64 = 16;

/// `value` times ten to the power of `exponent`.
#[derive(Clone, Debug)]
pub(crate) struct Decimal {
    value: BigInt,
    exponent: i64,
}

impl Decimal {
    /// The decimal of the shortest digits that read back as the number.
    pub(crate) fn from_float(value: f64) -> Result<Self, CallError> {
        if !value.is_finite() {
            let name = match value {
                f64::INFINITY => "+Inf",
                f64::NEG_INFINITY => "-Inf",
                _ => "NaN",
            };
            return Err(CallError::failed(format!("Cannot create a Decimal from {name}")));
        }
        // Rust prints the same shortest digits as Go: `d.ddde±x`.
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len() as i64);
        let digits = mantissa.replace('.', "");
        Ok(Self {
            value: digits.parse().unwrap_or_default(),
            exponent: exponent.parse::<i64>().unwrap_or(0) - fraction,
        })
    }

    /// The nearest float.
    pub(crate) fn to_float(&self) -> f64 {
        // Parsing rounds correctly at any length.
        format!("{}e{}", self.value, self.exponent).parse().unwrap_or(0.0)
    }

    fn zero_digits(&self, count: i64) -> BigInt {
        &self.value * BigInt::from(power_of_ten(count))
    }

    /// Both values at the smaller exponent.
    fn align(&self, other: &Self) -> (BigInt, BigInt, i64) {
        let exponent = self.exponent.min(other.exponent);
        (self.zero_digits(self.exponent - exponent), other.zero_digits(other.exponent - exponent), exponent)
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        let (a, b, exponent) = self.align(other);
        Self { value: a + b, exponent }
    }

    pub(crate) fn subtract(&self, other: &Self) -> Self {
        let (a, b, exponent) = self.align(other);
        Self { value: a - b, exponent }
    }

    pub(crate) fn multiply(&self, other: &Self) -> Self {
        Self { value: &self.value * &other.value, exponent: self.exponent + other.exponent }
    }

    /// The quotient to sixteen fractional digits, halves rounded away from zero.
    pub(crate) fn divide(&self, other: &Self) -> Result<Self, CallError> {
        if other.value.sign() == Sign::NoSign {
            return Err(CallError::failed("decimal division by 0"));
        }
        let shift = self.exponent - other.exponent + DIVISION_PRECISION;
        let numerator = self.value.magnitude() * power_of_ten(shift.max(0));
        let denominator = other.value.magnitude() * power_of_ten((-shift).max(0));
        let mut quotient = &numerator / &denominator;
        let remainder = numerator - &quotient * &denominator;
        if (remainder << 1u32).cmp(&denominator) != Ordering::Less {
            quotient += 1u32;
        }
        let sign = if self.value.sign() == other.value.sign() { Sign::Plus } else { Sign::Minus };
        Ok(Self { value: BigInt::from_biguint(sign, quotient), exponent: -DIVISION_PRECISION })
    }
}

fn power_of_ten(exponent: i64) -> BigUint {
    BigUint::from(10u32).pow(u32::try_from(exponent).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(value: f64) -> Decimal {
        Decimal::from_float(value).unwrap()
    }

    #[test]
    fn is_exact_where_floats_are_not() {
        assert_eq!(decimal(0.1).add(&decimal(0.2)).to_float(), 0.3);
        assert_eq!(decimal(1.1).multiply(&decimal(1.1)).to_float(), 1.21);
        assert_eq!(decimal(1.0).subtract(&decimal(0.9)).to_float(), 0.1);
        assert_eq!(decimal(1e308).add(&decimal(1e-308)).to_float(), 1e308);
        assert_eq!(decimal(1e308).multiply(&decimal(1e308)).to_float(), f64::INFINITY);
    }

    #[test]
    fn quotients_are_rounded() {
        for (a, b, wanted) in [
            (1.0, 3.0, 0.333_333_333_333_333_3),
            (2.0, 3.0, 0.666_666_666_666_666_7),
            (-2.0, 3.0, -0.666_666_666_666_666_7),
            (0.0, -3.0, 0.0),
            (1e300, 1e-300, f64::INFINITY),
            (1e-20, 1.0, 0.0),
        ] {
            assert_eq!(decimal(a).divide(&decimal(b)).unwrap().to_float(), wanted, "{a} / {b}");
        }
        assert!(decimal(1.0).divide(&decimal(0.0)).is_err());
    }
}
