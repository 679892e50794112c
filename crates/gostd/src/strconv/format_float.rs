//! Floating-point numbers to text.

use std::fmt::Write;

use super::{append_int, append_uint};

/// The most digits behind the point that a `float64` can have, and then some: further ones are zeros.
const MAX_EXACT_DIGITS: usize = 1100;

/// Go's `strconv.FormatFloat`: the formats are `e E f g G b x X`, a negative precision asks for the shortest
/// text that reads back as the same number of 32 or 64 bits.
pub fn format_float(value: f64, format: u8, precision: i32, bits: u32) -> String {
    let mut out = Vec::with_capacity(24);
    append_float(&mut out, value, format, precision, bits);
    out.into_iter().map(char::from).collect()
}

/// Appends what [`format_float`] gives.
pub fn append_float(out: &mut Vec<u8>, value: f64, format: u8, precision: i32, bits: u32) {
    let value = if bits == 32 { f64::from(value as f32) } else { value };
    if value.is_nan() {
        out.extend(b"NaN");
        return;
    }
    if value.is_infinite() {
        out.extend(if value > 0.0 { b"+Inf" } else { b"-Inf" });
        return;
    }
    if !matches!(format, b'e' | b'E' | b'f' | b'g' | b'G' | b'b' | b'x' | b'X') {
        out.extend([b'%', format]);
        return;
    }
    if value.is_sign_negative() {
        out.push(b'-');
    }
    let value = value.abs();
    match (format, usize::try_from(precision)) {
        (b'b', _) => append_binary(out, value, bits),
        (b'x' | b'X', precision) => append_hex(out, value, format, precision.ok(), bits),
        (_, Ok(precision)) => append_rounded(out, value, format, precision),
        (_, Err(_)) => append_shortest(out, value, format, bits),
    }
}

/// Decimal digits without zeros at either end, and where the decimal point stands: the value is
/// `0.digits * 10^point`. Zero has no digits.
struct Decimal<'a> {
    digits: &'a [u8],
    point: i32,
}

impl<'a> Decimal<'a> {
    /// Reads what Rust's `{:e}` printed, `d.ddde-dd`, moving its digits together.
    fn from_scientific(text: &'a mut [u8]) -> Self {
        let end = text.iter().position(|byte| *byte == b'e').unwrap_or(text.len());
        let (mantissa, exponent) = text.split_at_mut(end);
        let exponent = match exponent {
            [b'e', b'-', digits @ ..] => -number(digits),
            [b'e', digits @ ..] => number(digits),
            _ => 0,
        };
        if mantissa.get(1) == Some(&b'.') {
            mantissa[..2].rotate_left(1);
        }
        let digits = if mantissa.first() == Some(&b'.') { &mantissa[1..] } else { &*mantissa };
        let trimmed = digits.len() - digits.iter().rev().take_while(|digit| **digit == b'0').count();
        let digits = &digits[..trimmed];
        Self { digits, point: if digits.is_empty() { 0 } else { exponent + 1 } }
    }

    /// The form `d.ddde±dd` with so many digits behind the point.
    fn append_scientific(&self, out: &mut Vec<u8>, exponent_letter: u8, precision: usize) {
        out.push(self.digit(0));
        if precision > 0 {
            out.push(b'.');
            let digits = self.digits.get(1..).unwrap_or_default();
            let digits = &digits[..digits.len().min(precision)];
            out.extend_from_slice(digits);
            append_zeros(out, precision - digits.len());
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        append_exponent(out, exponent_letter, exponent);
    }

    /// The form `ddd.ddd` with so many digits behind the point.
    fn append_fixed(&self, out: &mut Vec<u8>, precision: usize) {
        match usize::try_from(self.point) {
            Ok(point @ 1..) => {
                let whole = &self.digits[..self.digits.len().min(point)];
                out.extend_from_slice(whole);
                append_zeros(out, point - whole.len());
            }
            _ => out.push(b'0'),
        }
        if precision > 0 {
            out.push(b'.');
            out.extend((0..precision as i32).map(|index| match usize::try_from(self.point + index) {
                Ok(index) => self.digit(index),
                Err(_) => b'0',
            }));
        }
    }

    /// The form that `%g` chooses: scientific where the exponent is below -4 or reaches `threshold`.
    fn append_general(&self, out: &mut Vec<u8>, format: u8, threshold: usize) {
        let exponent = self.point - 1;
        let length = self.digits.len();
        if exponent < -4 || exponent >= threshold as i32 {
            let letter = if format == b'G' { b'E' } else { b'e' };
            self.append_scientific(out, letter, length.saturating_sub(1));
        } else {
            self.append_fixed(out, usize::try_from(length as i32 - self.point).unwrap_or(0));
        }
    }

    fn digit(&self, index: usize) -> u8 {
        self.digits.get(index).copied().unwrap_or(b'0')
    }
}

fn number(digits: &[u8]) -> i32 {
    digits.iter().fold(0, |number, digit| number * 10 + i32::from(digit - b'0'))
}

fn append_zeros(out: &mut Vec<u8>, count: usize) {
    out.resize(out.len() + count, b'0');
}

/// An exponent has a sign and at least two digits.
fn append_exponent(out: &mut Vec<u8>, letter: u8, exponent: i32) {
    out.extend([letter, if exponent < 0 { b'-' } else { b'+' }]);
    if exponent.abs() < 10 {
        out.push(b'0');
    }
    append_uint(out, exponent.unsigned_abs().into());
}

fn append_shortest(out: &mut Vec<u8>, value: f64, format: u8, bits: u32) {
    // Whole numbers in this range print as integers in both forms, and they are what most values are.
    if value < 1e6 && value.fract() == 0.0 && !matches!(format, b'e' | b'E') {
        append_uint(out, value as u64);
        return;
    }
    let mut text = shortest(value, bits);
    let decimal = Decimal::from_scientific(&mut text.bytes[..text.length]);
    let length = decimal.digits.len();
    match format {
        b'e' | b'E' => decimal.append_scientific(out, format, length.saturating_sub(1)),
        b'f' => decimal.append_fixed(out, usize::try_from(length as i32 - decimal.point).unwrap_or(0)),
        _ => decimal.append_general(out, format, 6),
    }
}

/// The fewest digits that read back as the value, as `d.ddde-dd`.
///
/// Where two texts of that length are equally near, Go takes the even one and Rust the greater. That takes a
/// last digit that is odd, and so many digits that the neighbouring numbers are as far away as those texts.
fn shortest(value: f64, bits: u32) -> Text {
    let mut text = Text::default();
    let (written, many) = match bits {
        32 => (write!(text, "{:e}", value as f32), 6),
        _ => (write!(text, "{value:e}"), 15),
    };
    debug_assert!(written.is_ok(), "17 digits and an exponent fit");
    let mantissa = text.bytes.iter().take_while(|byte| **byte != b'e').count();
    let last = mantissa.checked_sub(1).and_then(|last| text.bytes.get(last));
    // One float32 Go takes for the greater all the same.
    let exception = bits == 32 && value == f64::powi(2.0, -12);
    if mantissa > many && last.is_some_and(|digit| digit % 2 == 1) && !exception {
        // One of these characters is the point, another stands before it: the rest is the precision. Rounding to
        // a given precision goes to even in Rust, too.
        let mut even = Text::default();
        let precision = mantissa - 2;
        let same = write!(even, "{value:.precision$e}").is_ok()
            && std::str::from_utf8(&even.bytes[..even.length]).is_ok_and(|even| match bits {
                32 => even.parse() == Ok(value as f32),
                _ => even.parse() == Ok(value),
            });
        if same {
            return even;
        }
    }
    text
}

fn append_rounded(out: &mut Vec<u8>, value: f64, format: u8, precision: usize) {
    let exact = precision.min(MAX_EXACT_DIGITS);
    match format {
        b'f' => {
            out.extend_from_slice(format!("{value:.exact$}").as_bytes());
            if precision > exact {
                append_zeros(out, precision - exact);
            }
        }
        b'e' | b'E' => {
            let mut text = format!("{value:.exact$e}").into_bytes();
            Decimal::from_scientific(&mut text).append_scientific(out, format, precision);
        }
        _ => {
            let mut text = format!("{value:.*e}", exact.saturating_sub(1)).into_bytes();
            let decimal = Decimal::from_scientific(&mut text);
            // Where the digits end before the point does, there is no need to go up to the precision.
            let length = decimal.digits.len();
            let ends_behind_point = i32::try_from(length).is_ok_and(|length| length >= decimal.point);
            let threshold = precision.max(1);
            let threshold = if threshold > length && ends_behind_point { length } else { threshold };
            decimal.append_general(out, format, threshold);
        }
    }
}

/// A buffer on the stack for what Rust prints of the shortest digits.
#[derive(Default)]
struct Text {
    bytes: [u8; 32],
    length: usize,
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(std::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// The whole mantissa and the exponent of two that go with it, and the bits of the fraction.
fn parts(value: f64, bits: u32) -> (u64, i32, u32) {
    let (encoding, fraction_bits, bias) =
        if bits == 32 { ((value as f32).to_bits().into(), 23, 127) } else { (value.to_bits(), 52, 1023) };
    let fraction = encoding & ((1 << fraction_bits) - 1);
    match (encoding >> fraction_bits) as i32 {
        0 => (fraction, 1 - bias, fraction_bits),
        exponent => (fraction | 1 << fraction_bits, exponent - bias, fraction_bits),
    }
}

/// The format `b`: the mantissa as an integer, and the exponent of two.
fn append_binary(out: &mut Vec<u8>, value: f64, bits: u32) {
    let (mantissa, exponent, fraction_bits) = parts(value, bits);
    append_uint(out, mantissa);
    out.push(b'p');
    let exponent = exponent - fraction_bits as i32;
    if exponent >= 0 {
        out.push(b'+');
    }
    append_int(out, exponent.into());
}

/// The formats `x` and `X`: `0x1.hhhp±dd`.
fn append_hex(out: &mut Vec<u8>, value: f64, format: u8, precision: Option<usize>, bits: u32) {
    const TOP: u32 = 60;
    let (mut mantissa, mut exponent, fraction_bits) = parts(value, bits);
    // Move the leading one to bit 60, so that the fraction's digits are whole.
    mantissa <<= TOP - fraction_bits;
    if mantissa == 0 {
        exponent = 0;
    } else {
        let shift = mantissa.leading_zeros() - (63 - TOP);
        mantissa <<= shift;
        exponent -= shift as i32;
    }
    if let Some(digits @ 0..15) = precision {
        let dropped = TOP - 4 * digits as u32;
        let rest = mantissa & ((1 << dropped) - 1);
        let half = 1 << (dropped - 1);
        let mut kept = mantissa >> dropped;
        if rest > half || rest == half && kept & 1 == 1 {
            kept += 1;
        }
        mantissa = kept << dropped;
        if mantissa >> (TOP + 1) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    out.extend([b'0', format, b'0' + (mantissa >> TOP) as u8]);
    let alphabet = if format == b'X' { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    let fraction = mantissa << 4;
    let digits = precision.unwrap_or((64 - fraction.trailing_zeros()).div_ceil(4) as usize);
    if digits > 0 {
        out.push(b'.');
        out.extend((0..digits).map(|index| match index {
            0..16 => alphabet[(fraction >> (60 - 4 * index)) as usize & 0xF],
            _ => b'0',
        }));
    }
    append_exponent(out, if format == b'X' { b'P' } else { b'p' }, exponent);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let cases: &[(f64, u8, i32, u32, &str)] = &[
            (1e6, b'g', -1, 64, "1e+06"),
            (999_999.9, b'g', -1, 64, "999999.9"),
            (123_456_789.0, b'g', -1, 64, "1.23456789e+08"),
            (0.0001, b'g', -1, 64, "0.0001"),
            (0.00001, b'G', -1, 64, "1E-05"),
            (-0.0, b'g', -1, 64, "-0"),
            (0.1, b'g', -1, 32, "0.1"),
            (1e21, b'f', -1, 64, "1000000000000000000000"),
            (100.0, b'e', -1, 64, "1e+02"),
            (0.0, b'e', -1, 64, "0e+00"),
            (0.0, b'e', 2, 64, "0.00e+00"),
            (2.5, b'f', 0, 64, "2"),
            (0.125, b'f', 2, 64, "0.12"),
            (100_000.0, b'g', 3, 64, "1e+05"),
            (100.0, b'g', 10, 64, "100"),
            (1234.5678, b'g', 6, 64, "1234.57"),
            (1.0, b'b', -1, 64, "4503599627370496p-52"),
            (1.0, b'x', -1, 64, "0x1p+00"),
            (-3.75, b'X', 3, 64, "-0X1.E00P+01"),
            (0.0, b'x', 2, 64, "0x0.00p+00"),
            (5e-324, b'x', -1, 64, "0x1p-1074"),
            (1_244_143_412_568_656.2, b'f', -1, 64, "1244143412568656.2"),
            (3_263_104.25, b'g', -1, 32, "3.2631042e+06"),
            (0.000_244_140_625, b'g', -1, 32, "0.00024414063"),
            (f64::NEG_INFINITY, b'f', 2, 64, "-Inf"),
            (1.0, b'q', 2, 64, "%q"),
        ];
        for &(value, format, precision, bits, text) in cases {
            assert_eq!(format_float(value, format, precision, bits), text, "{value} {}", char::from(format));
        }
    }

    #[test]
    fn great_precisions() {
        let text = format_float(0.1, b'f', 100_000, 64);
        assert!(text.starts_with("0.1000000000000000055511151231257827") && text.len() == 100_002);
        assert_eq!(format_float(1.5, b'e', 70_000, 64).len(), 70_002 + 4);
        assert_eq!(format_float(1.5, b'x', 20, 64), "0x1.80000000000000000000p+00");
    }
}
