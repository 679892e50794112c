//! Text to integers and booleans.

use super::{NumError, NumErrorKind, NumValue};

/// Go's `strconv.ParseBool`.
pub fn parse_bool(text: &[u8]) -> Result<bool, NumError> {
    match text {
        b"1" | b"t" | b"T" | b"true" | b"TRUE" | b"True" => Ok(true),
        b"0" | b"f" | b"F" | b"false" | b"FALSE" | b"False" => Ok(false),
        _ => Err(NumError {
            function: "ParseBool",
            input: text.to_vec(),
            kind: NumErrorKind::Syntax,
            value: NumValue::Int(0),
        }),
    }
}

/// Go's `strconv.ParseInt`: base 0 takes the base from a prefix and allows underscores between digits; zero
/// bits are those of `int`, 64.
pub fn parse_int(text: &[u8], base: u32, bits: u32) -> Result<i64, NumError> {
    signed("ParseInt", text, base, bits)
}

/// Go's `strconv.Atoi`: a decimal `int`.
pub fn atoi(text: &[u8]) -> Result<i64, NumError> {
    signed("Atoi", text, 10, 0)
}

/// Go's `strconv.ParseUint`: as [`parse_int`], without a sign.
pub fn parse_uint(text: &[u8], base: u32, bits: u32) -> Result<u64, NumError> {
    magnitude(text, base, bits).map_err(|(kind, value)| NumError {
        function: "ParseUint",
        input: text.to_vec(),
        kind,
        value: NumValue::Uint(value),
    })
}

fn signed(function: &'static str, text: &[u8], base: u32, bits: u32) -> Result<i64, NumError> {
    let error = |kind, value| NumError { function, input: text.to_vec(), kind, value: NumValue::Int(value) };
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    // Go strips the sign first and looks at base and bit size then, so an empty text is a syntax error.
    if text.is_empty() {
        return Err(error(NumErrorKind::Syntax, 0));
    }
    let value = match magnitude(digits, base, bits) {
        Ok(value) | Err((NumErrorKind::Range, value)) => value,
        Err((kind, _)) => return Err(error(kind, 0)),
    };
    let max = i64::MAX >> (64 - if bits == 0 { 64 } else { bits });
    match i64::try_from(value) {
        Ok(value) if negative && -value >= -max - 1 => Ok(-value),
        Ok(value) if !negative && value <= max => Ok(value),
        Err(_) if negative && value == i64::MIN.unsigned_abs() && max == i64::MAX => Ok(i64::MIN),
        _ if negative => Err(error(NumErrorKind::Range, -max - 1)),
        _ => Err(error(NumErrorKind::Range, max)),
    }
}

/// An unsigned number, or what is wrong with it and the value that Go returns beside the error.
fn magnitude(text: &[u8], base: u32, bits: u32) -> Result<u64, (NumErrorKind, u64)> {
    const SYNTAX: (NumErrorKind, u64) = (NumErrorKind::Syntax, 0);
    if text.is_empty() {
        return Err(SYNTAX);
    }
    let (radix, digits) = match (base, text) {
        (2..=36, _) => (base, text),
        (0, [b'0', b'b' | b'B', digits @ ..]) if !digits.is_empty() => (2, digits),
        (0, [b'0', b'o' | b'O', digits @ ..]) if !digits.is_empty() => (8, digits),
        (0, [b'0', b'x' | b'X', digits @ ..]) if !digits.is_empty() => (16, digits),
        (0, [b'0', digits @ ..]) => (8, digits),
        (0, _) => (10, text),
        _ => return Err((NumErrorKind::Base(base), 0)),
    };
    let max = match bits {
        0 => u64::MAX,
        1..=64 => u64::MAX >> (64 - bits),
        _ => return Err((NumErrorKind::BitSize(bits), 0)),
    };
    let mut value: u64 = 0;
    let mut underscores = false;
    for byte in digits {
        if *byte == b'_' && base == 0 {
            underscores = true;
            continue;
        }
        let digit = char::from(*byte).to_digit(radix).ok_or(SYNTAX)?;
        // A number out of range ends the reading: what follows isn't looked at.
        value = value
            .checked_mul(radix.into())
            .and_then(|value| value.checked_add(digit.into()))
            .filter(|value| *value <= max)
            .ok_or((NumErrorKind::Range, max))?;
    }
    if underscores && !underscores_are_between_digits(text) {
        return Err(SYNTAX);
    }
    Ok(value)
}

/// Whether each underscore stands between two digits; a base prefix counts as a digit.
pub(super) fn underscores_are_between_digits(number: &[u8]) -> bool {
    #[derive(PartialEq)]
    enum Seen {
        Digit,
        Underscore,
        Other,
    }
    let number = match number {
        [b'+' | b'-', number @ ..] => number,
        number => number,
    };
    let (mut seen, hex, rest) = match number {
        [b'0', prefix @ (b'b' | b'B' | b'o' | b'O' | b'x' | b'X'), rest @ ..] => {
            (Seen::Digit, matches!(prefix, b'x' | b'X'), rest)
        }
        _ => (Seen::Other, false, number),
    };
    for byte in rest {
        seen = match byte {
            b'_' if seen == Seen::Digit => Seen::Underscore,
            b'_' => return false,
            b'0'..=b'9' => Seen::Digit,
            b'a'..=b'f' | b'A'..=b'F' if hex => Seen::Digit,
            _ if seen == Seen::Underscore => return false,
            _ => Seen::Other,
        };
    }
    seen != Seen::Underscore
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(text: &str, base: u32, bits: u32) -> Result<i64, String> {
        parse_int(text.as_bytes(), base, bits).map_err(|error| error.to_string())
    }

    #[test]
    fn prefixes_and_underscores() {
        for (text, value) in [
            ("0x1F", 31),
            ("0b11", 3),
            ("0o17", 15),
            ("1_000", 1000),
            ("010", 8),
            ("-0x_f", -15),
            ("+7", 7),
            ("0", 0),
        ] {
            assert_eq!(int(text, 0, 64), Ok(value), "{text}");
        }
        for text in ["08", "1__0", "_1", "1_", "0x", "", "-", "12.7", "1e3", " 5", "0b2"] {
            assert_eq!(
                int(text, 0, 64),
                Err(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax"))
            );
        }
        assert!(int("1_0", 10, 64).is_err());
    }

    #[test]
    fn ranges() {
        assert_eq!(int("-128", 10, 8), Ok(-128));
        assert_eq!(int("-9223372036854775808", 10, 0), Ok(i64::MIN));
        let error = parse_int(b"-129", 10, 8).unwrap_err();
        assert_eq!(error.to_string(), r#"strconv.ParseInt: parsing "-129": value out of range"#);
        assert_eq!(error.value, NumValue::Int(-128));
        assert_eq!(parse_int(b"9223372036854775808", 10, 64).unwrap_err().value, NumValue::Int(i64::MAX));
        assert_eq!(parse_uint(b"256", 10, 8).unwrap_err().value, NumValue::Uint(255));
        assert_eq!(atoi(b"x").unwrap_err().to_string(), r#"strconv.Atoi: parsing "x": invalid syntax"#);
        assert_eq!(int("1", 37, 64), Err(r#"strconv.ParseInt: parsing "1": invalid base 37"#.into()));
        assert_eq!(int("1", 10, 65), Err(r#"strconv.ParseInt: parsing "1": invalid bit size 65"#.into()));
    }
}
