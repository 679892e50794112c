//! Numeric constants: one text, held under every type that can represent it.

use gostd::strconv;

use crate::lex::{Token, TokenKind};
use crate::node::{Number, Slice};

/// The number that a token spells, or why it is none.
pub(crate) fn parse(token: &Token<'_>, span: Slice) -> Result<Number, Vec<u8>> {
    let text = token.text;
    let mut number = Number { text: span, ..Number::default() };
    match token.kind {
        TokenKind::CharConstant => {
            let rune = char_constant(text)?;
            number.int = Some(i64::from(rune));
            number.uint = Some(u64::from(rune));
            number.float = Some(f64::from(rune));
            return Ok(number);
        }
        TokenKind::Complex => {
            let value = complex(text).ok_or_else(|| b"syntax error scanning complex number".to_vec())?;
            number.set_complex(value);
            return Ok(number);
        }
        _ => {}
    }
    // Imaginary constants are complex only, unless they are zero.
    if let Some(digits) = text.strip_suffix(b"i")
        && let Ok(imaginary) = strconv::parse_float(digits, 64)
    {
        number.set_complex((0.0, imaginary));
        return Ok(number);
    }
    number.uint = strconv::parse_uint(text, 0, 64).ok();
    number.int = strconv::parse_int(text, 0, 64).ok();
    if number.int == Some(0) {
        // -0 is an unsigned number, too.
        number.uint = Some(0);
    }
    if let Some(int) = number.int {
        number.float = Some(int as f64);
    } else if let Some(uint) = number.uint {
        number.float = Some(uint as f64);
    } else if let Ok(float) = strconv::parse_float(text, 64) {
        // What reads as a float but is written as an integer is too large for one.
        if !text.iter().any(|byte| b".eEpP".contains(byte)) {
            return Err([b"integer overflow: ", strconv::quote(text).as_slice()].concat());
        }
        number.float = Some(float);
        number.int = exact_int(float);
        number.uint = exact_uint(float);
    }
    if number.int.is_none() && number.uint.is_none() && number.float.is_none() {
        return Err([b"illegal number syntax: ", strconv::quote(text).as_slice()].concat());
    }
    Ok(number)
}

impl Number {
    /// Sets the complex value, and without an imaginary part the other types that can hold it.
    fn set_complex(&mut self, (real, imaginary): (f64, f64)) {
        self.complex = Some((real, imaginary));
        if imaginary == 0.0 {
            self.float = Some(real);
            self.int = exact_int(real);
            self.uint = exact_uint(real);
        }
    }
}

fn exact_int(float: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (float.trunc() == float && (-LIMIT..LIMIT).contains(&float)).then_some(float as i64)
}

fn exact_uint(float: f64) -> Option<u64> {
    const LIMIT: f64 = 18_446_744_073_709_551_616.0;
    (float.trunc() == float && (0.0..LIMIT).contains(&float)).then_some(float as u64)
}

/// The code point of a character constant.
fn char_constant(text: &[u8]) -> Result<u32, Vec<u8>> {
    let unquoted =
        strconv::unquote_char(&text[1..], b'\'').map_err(|error| error.to_string().into_bytes())?;
    if unquoted.rest != b"'" {
        return Err([b"malformed character constant: ", text].concat());
    }
    Ok(u32::from(unquoted.rune))
}

/// A complex constant without spaces or parentheses, as `fmt.Sscan` reads it: `1+2i`.
fn complex(text: &[u8]) -> Option<(f64, f64)> {
    let (real, rest) = scan_float(text)?;
    if !matches!(rest.first(), Some(b'+' | b'-')) {
        return None;
    }
    let (imaginary, rest) = scan_float(rest)?;
    (rest == b"i").then_some((real, imaginary))
}

/// A float at the start of a text, and what follows it.
fn scan_float(text: &[u8]) -> Option<(f64, &[u8])> {
    let run = |from: usize, valid: &[u8]| {
        from + text[from..].iter().take_while(|byte| valid.contains(byte)).count()
    };
    let one = |from: usize, valid: &[u8]| {
        from + usize::from(text.get(from).is_some_and(|byte| valid.contains(byte)))
    };
    let mut end = one(0, b"+-");
    let (mut digits, mut exponent): (&[u8], &[u8]) = (b"0123456789_", b"eEpP");
    if text.get(end) == Some(&b'0') && matches!(text.get(end + 1), Some(b'x' | b'X')) {
        end += 2;
        (digits, exponent) = (b"0123456789aAbBcCdDeEfF_", b"pP");
    }
    end = run(end, digits);
    let point = one(end, b".");
    if point > end {
        end = run(point, digits);
    }
    let sign = one(end, exponent);
    if sign > end {
        end = run(one(sign, b"+-"), b"0123456789_");
    }
    // A decimal mantissa with a binary exponent is `fmt`'s own extension.
    let token = &text[..end];
    let value = match token.iter().position(|byte| matches!(byte, b'p' | b'P')) {
        Some(at) if !token.iter().any(|byte| matches!(byte, b'x' | b'X')) => {
            let mantissa = strconv::parse_float(&token[..at], 64).ok()?;
            let power = strconv::parse_int(&token[at + 1..], 10, 32).ok()?;
            mantissa * 2f64.powi(i32::try_from(power).ok()?)
        }
        _ => strconv::parse_float(token, 64).ok()?,
    };
    Some((value, &text[end..]))
}
