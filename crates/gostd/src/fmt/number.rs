//! The verbs of integers and floating-point numbers.

use super::pad::Flags;
use super::text::{LOWER, UPPER};
use crate::{strconv, unicode, utf8};

/// An integer of any kind: its sign and its magnitude. What Go sees as unsigned where a verb looks at bits is
/// the two's complement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Integer {
    pub(super) bits: u64,
    pub(super) signed: bool,
}

impl From<i64> for Integer {
    fn from(value: i64) -> Self {
        Self { bits: value.cast_unsigned(), signed: true }
    }
}

impl From<u64> for Integer {
    fn from(value: u64) -> Self {
        Self { bits: value, signed: false }
    }
}

impl Integer {
    fn is_negative(self) -> bool {
        self.signed && self.bits.cast_signed() < 0
    }

    fn magnitude(self) -> u64 {
        if self.is_negative() { self.bits.wrapping_neg() } else { self.bits }
    }

    /// The rune of this number, for the verbs that take it as one.
    fn rune(self) -> char {
        u32::try_from(self.bits).ok().and_then(char::from_u32).unwrap_or(utf8::RUNE_ERROR)
    }
}

impl Flags {
    /// Appends an integer; of a verb that integers don't have, says so and appends nothing.
    pub(super) fn append_integer(
        self,
        out: &mut Vec<u8>,
        number: Integer,
        verb: char,
    ) -> Result<(), BadVerb> {
        match verb {
            'v' if self.sharp_v && !number.signed => {
                Self { sharp: true, ..self }.append_digits(out, number, 16, LOWER);
            }
            'v' | 'd' => self.append_digits(out, number, 10, LOWER),
            'b' => self.append_digits(out, number, 2, LOWER),
            'o' => self.append_digits(out, number, 8, LOWER),
            'O' => self.append_octal(out, number),
            'x' => self.append_digits(out, number, 16, LOWER),
            'X' => self.append_digits(out, number, 16, UPPER),
            'c' => self.pad(out, number.rune().encode_utf8(&mut [0; 4]).as_bytes()),
            'q' => {
                let mut quoted = Vec::new();
                if self.plus {
                    strconv::append_quote_rune_to_ascii(&mut quoted, number.rune());
                } else {
                    strconv::append_quote_rune(&mut quoted, number.rune());
                }
                self.pad(out, &quoted);
            }
            'U' => self.append_unicode(out, number),
            _ => return Err(BadVerb),
        }
        Ok(())
    }

    fn append_digits(self, out: &mut Vec<u8>, number: Integer, base: u64, alphabet: &[u8; 17]) {
        let prefix: &[u8] = match base {
            2 if self.sharp => b"0b",
            16 if self.sharp => &[b'0', alphabet[16]],
            _ => b"",
        };
        self.append_prefixed(out, number, base, alphabet, prefix);
    }

    fn append_octal(self, out: &mut Vec<u8>, number: Integer) {
        self.append_prefixed(out, number, 8, LOWER, b"0o");
    }

    fn append_prefixed(
        self,
        out: &mut Vec<u8>,
        number: Integer,
        base: u64,
        alphabet: &[u8; 17],
        prefix: &[u8],
    ) {
        let sign: &[u8] = match number.is_negative() {
            true => b"-",
            false if self.plus => b"+",
            false if self.space => b" ",
            false => b"",
        };
        let mut rest = number.magnitude();
        // The least number of digits: a precision asks for it, or else the width with zeros, less the sign.
        let least = match (self.precision, self.width) {
            (Some(0), _) if rest == 0 => {
                self.without_zero().append_padding(out, self.width.unwrap_or(0));
                return;
            }
            (Some(precision), _) => precision,
            (None, Some(width)) if self.zero_pads() => width.saturating_sub(sign.len()),
            (None, _) => 0,
        };
        // Digits go in from the least; 64 hold the greatest number in base two.
        let mut digits = [0; 64];
        let mut start = digits.len();
        loop {
            start -= 1;
            digits[start] = alphabet[(rest % base) as usize];
            rest /= base;
            if rest == 0 {
                break;
            }
        }
        let digits = &digits[start..];
        let zeros = least.saturating_sub(digits.len());
        // The sharp flag gives octal numbers one leading zero where there is none yet.
        let octal_zero = base == 8 && self.sharp && zeros == 0 && digits[0] != b'0';
        let zeros = zeros + usize::from(octal_zero);

        let flags = self.without_zero();
        let length = sign.len() + prefix.len() + zeros + digits.len();
        let missing = flags.width.unwrap_or(0).saturating_sub(length);
        if !flags.minus {
            flags.append_padding(out, missing);
        }
        out.extend_from_slice(sign);
        out.extend_from_slice(prefix);
        out.resize(out.len() + zeros, b'0');
        out.extend_from_slice(digits);
        if flags.minus {
            flags.append_padding(out, missing);
        }
    }

    /// `U+0078`, and with the sharp flag `U+0078 'x'`.
    fn append_unicode(self, out: &mut Vec<u8>, number: Integer) {
        let digits = self.precision.unwrap_or(0).max(4);
        let mut text = b"U+".to_vec();
        let hex = strconv::format_uint(number.bits, 16).to_ascii_uppercase();
        text.resize(text.len() + digits.saturating_sub(hex.len()), b'0');
        text.extend_from_slice(hex.as_bytes());
        let rune = u32::try_from(number.bits).ok().and_then(char::from_u32);
        if let Some(rune) = rune.filter(|rune| self.sharp && unicode::is_print(*rune)) {
            text.extend(b" '");
            utf8::append_rune(&mut text, rune);
            text.push(b'\'');
        }
        self.without_zero().pad(out, &text);
    }

    /// Appends a floating-point number; of a verb that they don't have, says so and appends nothing.
    pub(super) fn append_float(
        self,
        out: &mut Vec<u8>,
        value: f64,
        bits: u32,
        verb: char,
    ) -> Result<(), BadVerb> {
        let (format, precision) = match verb {
            'v' => (b'g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb as u8, None),
            'f' | 'e' | 'E' => (verb as u8, Some(6)),
            'F' => (b'f', Some(6)),
            _ => return Err(BadVerb),
        };
        let precision = self.precision.or(precision);
        let mut text = Vec::with_capacity(32);
        let argument = precision.and_then(|precision| i32::try_from(precision).ok()).unwrap_or(-1);
        strconv::append_float(&mut text, value, format, argument, bits);
        let (negative, mut digits) = match text.first() {
            Some(b'-') => (true, text.split_off(1)),
            Some(b'+') => (false, text.split_off(1)),
            _ => (false, text),
        };
        let sign: &[u8] = match negative {
            true => b"-",
            false if self.plus => b"+",
            false if self.space => b" ",
            // Infinities always show their sign.
            false if value.is_infinite() => b"+",
            false => b"",
        };
        if !value.is_finite() {
            self.without_zero().pad(out, &[sign, &digits].concat());
            return Ok(());
        }
        if self.sharp && format != b'b' {
            keep_point_and_zeros(&mut digits, format, precision);
        }
        let length = sign.len() + digits.len();
        match self.width {
            // The sign stands before the zeros.
            Some(width) if self.zero_pads() && !sign.is_empty() && width > length => {
                out.extend_from_slice(sign);
                self.append_padding(out, width - length);
                out.extend_from_slice(&digits);
            }
            _ => self.pad(out, &[sign, &digits].concat()),
        }
        Ok(())
    }
}

/// There is no such verb for the type.
#[derive(Debug)]
pub(super) struct BadVerb;

/// The sharp flag: a number always has a point, and `%g` keeps the zeros that fill its precision.
fn keep_point_and_zeros(digits: &mut Vec<u8>, format: u8, precision: Option<usize>) {
    let mut missing = match format {
        b'g' | b'G' | b'x' => precision.unwrap_or(6) as i64,
        _ => 0,
    };
    let hex = matches!(format, b'x' | b'X');
    let is_exponent = |byte: &u8| matches!(byte, b'p' | b'P') || !hex && matches!(byte, b'e' | b'E');
    let end = digits.iter().position(is_exponent).unwrap_or(digits.len());
    let tail = digits.split_off(end);
    // Digits count from the first that isn't zero; the `x` of a hexadecimal prefix starts them, too.
    let significant = digits.iter().filter(|byte| **byte != b'.').skip_while(|byte| **byte == b'0').count();
    missing -= significant as i64;
    if !digits.contains(&b'.') {
        if digits == b"0" {
            missing -= 1;
        }
        digits.push(b'.');
    }
    digits.resize(digits.len() + usize::try_from(missing).unwrap_or(0), b'0');
    digits.extend_from_slice(&tail);
}
