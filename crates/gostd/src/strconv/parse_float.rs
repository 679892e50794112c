//! Text to floating-point numbers.

use super::parse_int::underscores_are_between_digits;
use super::{NumError, NumErrorKind, NumValue};

/// Go's `strconv.ParseFloat`: decimal and hexadecimal numbers with Go's underscores, infinities and NaN. Of 32
/// bits, the number is rounded to a `float32`. Out of range, the error's value is an infinity.
pub fn parse_float(text: &[u8], bits: u32) -> Result<f64, NumError> {
    let error = |kind, value| NumError {
        function: "ParseFloat",
        input: text.to_vec(),
        kind,
        value: NumValue::Float(value),
    };
    if let Some(special) = special(text) {
        return Ok(special);
    }
    let number = read(text).ok_or_else(|| error(NumErrorKind::Syntax, 0.0))?;
    let value = if number.hex {
        number.hex_value(bits)
    } else if number.underscores {
        let digits: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'_').collect();
        decimal_value(&digits, bits)
    } else {
        decimal_value(text, bits)
    };
    if value.is_infinite() { Err(error(NumErrorKind::Range, value)) } else { Ok(value) }
}

/// Infinities may have a sign, NaN none.
fn special(text: &[u8]) -> Option<f64> {
    let (sign, name) = match text {
        [b'+', name @ ..] => (1.0, name),
        [b'-', name @ ..] => (-1.0, name),
        name if name.eq_ignore_ascii_case(b"nan") => return Some(f64::NAN),
        name => (1.0, name),
    };
    let infinite = name.eq_ignore_ascii_case(b"inf") || name.eq_ignore_ascii_case(b"infinity");
    infinite.then_some(sign * f64::INFINITY)
}

/// The value of a well-formed decimal number.
fn decimal_value(text: &[u8], bits: u32) -> f64 {
    // Well-formed numbers are ASCII, and Rust takes all that Go takes.
    let text = std::str::from_utf8(text).unwrap_or_default();
    if bits == 32 { text.parse::<f32>().map_or(0.0, f64::from) } else { text.parse().unwrap_or_default() }
}

/// A well-formed number. For hexadecimal ones the value is `mantissa * 2^exponent` and a bit less than one
/// unit more where `inexact` is set.
#[derive(Default)]
struct Number {
    negative: bool,
    hex: bool,
    underscores: bool,
    mantissa: u64,
    inexact: bool,
    exponent: i64,
}

fn read(text: &[u8]) -> Option<Number> {
    let mut number = Number::default();
    let mut rest = match text {
        [b'+', rest @ ..] => rest,
        [b'-', rest @ ..] => {
            number.negative = true;
            rest
        }
        rest => rest,
    };
    if let [b'0', b'x' | b'X', digits @ ..] = rest {
        number.hex = true;
        rest = digits;
    }

    let (mut some_digits, mut dot) = (false, false);
    while let [byte, tail @ ..] = rest {
        match byte {
            b'_' => number.underscores = true,
            b'.' if !dot => dot = true,
            b'0'..=b'9' => {
                some_digits = true;
                number.push_digit(byte - b'0', dot);
            }
            b'a'..=b'f' | b'A'..=b'F' if number.hex => {
                some_digits = true;
                number.push_digit((byte | 0x20) - b'a' + 10, dot);
            }
            _ => break,
        }
        rest = tail;
    }
    if !some_digits {
        return None;
    }

    match rest {
        [b'e' | b'E', tail @ ..] if !number.hex => number.read_exponent(tail)?,
        [b'p' | b'P', tail @ ..] if number.hex => number.read_exponent(tail)?,
        // Hexadecimal numbers must have an exponent.
        [] if !number.hex => {}
        _ => return None,
    }
    (!number.underscores || underscores_are_between_digits(text)).then_some(number)
}

impl Number {
    /// Takes a digit of a hexadecimal number; those of decimal ones aren't needed.
    fn push_digit(&mut self, digit: u8, after_dot: bool) {
        if !self.hex {
            return;
        }
        if self.mantissa >> 60 == 0 {
            self.mantissa = self.mantissa << 4 | u64::from(digit);
            self.exponent -= if after_dot { 4 } else { 0 };
        } else {
            self.inexact |= digit != 0;
            self.exponent += if after_dot { 0 } else { 4 };
        }
    }

    fn read_exponent(&mut self, text: &[u8]) -> Option<()> {
        let (sign, digits) = match text {
            [b'+', digits @ ..] => (1, digits),
            [b'-', digits @ ..] => (-1, digits),
            digits => (1, digits),
        };
        if !digits.first()?.is_ascii_digit() {
            return None;
        }
        let mut exponent = 0;
        for byte in digits {
            match byte {
                b'_' => self.underscores = true,
                // As Go does, stop counting where the number is far out of range anyhow.
                b'0'..=b'9' if exponent < 10_000 => exponent = exponent * 10 + i64::from(byte - b'0'),
                b'0'..=b'9' => {}
                _ => return None,
            }
        }
        self.exponent += sign * exponent;
        Some(())
    }

    /// The nearest number of the size asked for, half-way cases to the even one.
    fn hex_value(&self, bits: u32) -> f64 {
        let value = if bits == 32 {
            f64::from(f32::from_bits(self.encode(23, -126) as u32))
        } else {
            f64::from_bits(self.encode(52, -1022))
        };
        if self.negative { -value } else { value }
    }

    /// The IEEE 754 encoding of the magnitude, given the bits of the fraction and the least exponent.
    fn encode(&self, fraction_bits: u32, min_exponent: i64) -> u64 {
        let max_exponent = 1 - min_exponent;
        let infinity = ((max_exponent - min_exponent + 2) as u64) << fraction_bits;
        if self.mantissa == 0 {
            return 0;
        }
        let mantissa = self.mantissa << self.mantissa.leading_zeros();
        let exponent = self.exponent + 63 - i64::from(self.mantissa.leading_zeros());
        if exponent > max_exponent {
            return infinity;
        }
        // Below the least exponent numbers lose a bit of their fraction with each step.
        let lost = u64::from(63 - fraction_bits) + (min_exponent - exponent).max(0).unsigned_abs();
        if lost > 64 {
            return 0;
        }
        let kept = if lost == 64 { 0 } else { mantissa >> lost };
        let rest = mantissa & (u64::MAX >> (64 - lost));
        let half = 1 << (lost - 1);
        let round_up = rest > half || rest == half && (self.inexact || kept & 1 == 1);
        // The leading one of `kept` adds one to the exponent, and so does a carry out of the fraction.
        let biased = (exponent - min_exponent).max(0).unsigned_abs() << fraction_bits;
        biased + kept + u64::from(round_up)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let cases: &[(&str, f64)] = &[
            ("1_000.5", 1000.5),
            ("+.5e-1", 0.05),
            ("5.", 5.0),
            ("0x1p4", 16.0),
            ("-0X1.8P1", -3.0),
            ("0x_1p-1074", 5e-324),
            ("0x1.fffffffffffff7p1023", f64::MAX),
            ("0x.8p0", 0.5),
            ("0x10000000000000000001p0", 2f64.powi(76)),
            ("-iNf", f64::NEG_INFINITY),
            ("infinity", f64::INFINITY),
            ("1e-400", 0.0),
        ];
        for (text, value) in cases {
            assert_eq!(parse_float(text.as_bytes(), 64), Ok(*value), "{text}");
        }
        assert!(parse_float(b"NaN", 64).unwrap().is_nan());
        assert_eq!(parse_float(b"0.1", 32), Ok(f64::from(0.1f32)));
    }

    #[test]
    fn not_numbers() {
        for text in [
            "", " 1", "+", ".", "1e", "1e+", "0x1", "0x", "0xp1", "1__0", "_1", "1_", "1e_5", "+nan",
            "1.2.3", "1p4", "infin",
        ] {
            let error = parse_float(text.as_bytes(), 64).unwrap_err();
            assert_eq!(error.to_string(), format!("strconv.ParseFloat: parsing \"{text}\": invalid syntax"));
        }
    }

    #[test]
    fn out_of_range() {
        for (text, bits, value) in [
            ("1e400", 64, f64::INFINITY),
            ("-1e400", 64, f64::NEG_INFINITY),
            ("1e39", 32, f64::INFINITY),
            ("0x1p1024", 64, f64::INFINITY),
            ("0x1.fffffffffffff8p1023", 64, f64::INFINITY),
        ] {
            let error = parse_float(text.as_bytes(), bits).unwrap_err();
            assert_eq!((error.kind, error.value), (NumErrorKind::Range, NumValue::Float(value)), "{text}");
        }
    }
}
