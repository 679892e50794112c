//! What a scalar's text means: go-yaml v2's YAML 1.1, and go-yaml v3's where it differs.

use std::borrow::Cow;

use gostd::strconv::{parse_float, parse_int, parse_uint};

use crate::Error;

/// The prefix of the tags that `!!` stands for.
pub(crate) const TAG_PREFIX: &str = "tag:yaml.org,2002:";

/// The meaning of a scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Resolved {
    Nil,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// A timestamp, which decodes to the string as it is written.
    Timestamp,
    String,
}

/// The version of go-yaml whose words count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V2,
    V3,
}

/// What the first byte says a scalar may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hint {
    String,
    Word,
    Dot,
    Number,
}

const HINTS: [Hint; 256] = {
    let mut hints = [Hint::String; 256];
    let mut byte = b'0';
    while byte <= b'9' {
        hints[byte as usize] = Hint::Number;
        byte += 1;
    }
    hints[b'+' as usize] = Hint::Number;
    hints[b'-' as usize] = Hint::Number;
    hints[b'.' as usize] = Hint::Dot;
    let words = b"yYnNtTfFoO~";
    let mut index = 0;
    while index < words.len() {
        hints[words[index] as usize] = Hint::Word;
        index += 1;
    }
    hints
};

/// What an untagged plain scalar means.
pub(crate) fn resolve(text: &[u8], version: Version) -> Resolved {
    resolve_with(text, version, true)
}

fn resolve_with(text: &[u8], version: Version, timestamps: bool) -> Resolved {
    let Some(first) = text.first() else { return Resolved::Nil };
    let hint = HINTS[usize::from(*first)];
    if hint == Hint::String {
        return Resolved::String;
    }
    // The longest word is `false`.
    if text.len() <= 5
        && let Some(meaning) = word(text, version)
    {
        return meaning;
    }
    match hint {
        Hint::String | Hint::Word => Resolved::String,
        // Not the pattern of other floats: Go's own parser, which takes underscores between digits.
        Hint::Dot => parse_float(text, 64).map_or(Resolved::String, Resolved::Float),
        Hint::Number => number(text, version, timestamps),
    }
}

fn word(text: &[u8], version: Version) -> Option<Resolved> {
    Some(match text {
        b"true" | b"True" | b"TRUE" => Resolved::Bool(true),
        b"false" | b"False" | b"FALSE" => Resolved::Bool(false),
        b"~" | b"null" | b"Null" | b"NULL" => Resolved::Nil,
        b".nan" | b".NaN" | b".NAN" => Resolved::Float(f64::NAN),
        b".inf" | b".Inf" | b".INF" | b"+.inf" | b"+.Inf" | b"+.INF" => Resolved::Float(f64::INFINITY),
        b"-.inf" | b"-.Inf" | b"-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ if version == Version::V2 => Resolved::Bool(old_bool(text)?),
        _ => return None,
    })
}

/// The words of YAML 1.1 that YAML 1.2 has as strings.
pub(crate) fn old_bool(text: &[u8]) -> Option<bool> {
    match text {
        b"y" | b"Y" | b"yes" | b"Yes" | b"YES" | b"on" | b"On" | b"ON" => Some(true),
        b"n" | b"N" | b"no" | b"No" | b"NO" | b"off" | b"Off" | b"OFF" => Some(false),
        _ => None,
    }
}

fn number(text: &[u8], version: Version, timestamps: bool) -> Resolved {
    if timestamps && is_timestamp(text) {
        return Resolved::Timestamp;
    }
    let plain = without_underscores(text);
    if let Ok(value) = parse_int(&plain, 0, 64) {
        return Resolved::Int(value);
    }
    if let Ok(value) = parse_uint(&plain, 0, 64) {
        return Resolved::Uint(value);
    }
    if let Some(value) = decimal_float(&plain) {
        return Resolved::Float(value);
    }
    // The prefixes were tried above; what remains is a second sign after them.
    prefixed(&plain, b'b', 2)
        .or_else(|| if version == Version::V3 { prefixed(&plain, b'o', 8) } else { None })
        .unwrap_or(Resolved::String)
}

fn prefixed(plain: &[u8], letter: u8, base: u32) -> Option<Resolved> {
    match plain {
        [b'0', marker, digits @ ..] if *marker == letter => match parse_int(digits, base, 64) {
            Ok(value) => Some(Resolved::Int(value)),
            Err(_) => parse_uint(digits, base, 64).ok().map(Resolved::Uint),
        },
        [b'-', b'0', marker, digits @ ..] if *marker == letter => {
            parse_int(&[b"-", digits].concat(), base, 64).ok().map(Resolved::Int)
        }
        _ => None,
    }
}

fn without_underscores(text: &[u8]) -> Cow<'_, [u8]> {
    if text.contains(&b'_') {
        Cow::Owned(text.iter().copied().filter(|byte| *byte != b'_').collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// A float as YAML writes it: `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, within range.
fn decimal_float(text: &[u8]) -> Option<f64> {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let whole = digits(rest);
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if whole + count == 0 {
            return None;
        }
        rest = &fraction[count..];
    } else if whole == 0 {
        return None;
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let exponent =
            exponent.strip_prefix(b"-").or_else(|| exponent.strip_prefix(b"+")).unwrap_or(exponent);
        let count = digits(exponent);
        if count == 0 {
            return None;
        }
        rest = &exponent[count..];
    }
    if !rest.is_empty() {
        return None;
    }
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    value.is_finite().then_some(value)
}

/// Whether Go's `time.Parse` takes the text in one of go-yaml's four formats.
pub(crate) fn is_timestamp(text: &[u8]) -> bool {
    timestamp(text).is_some()
}

fn timestamp(text: &[u8]) -> Option<()> {
    if text.len() < 5 || !text[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let year = text[..4].iter().fold(0u32, |year, digit| year * 10 + u32::from(digit - b'0'));
    let mut rest = text[4..].strip_prefix(b"-")?;
    let month = short_number(&mut rest)?;
    rest = rest.strip_prefix(b"-")?;
    let day = short_number(&mut rest)?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day == 0 || day > days {
        return None;
    }
    let zoned = match rest.first() {
        None => return Some(()),
        Some(b'T' | b't') => {
            rest = &rest[1..];
            true
        }
        Some(b' ') => {
            rest = &rest[rest.iter().take_while(|byte| **byte == b' ').count()..];
            false
        }
        Some(_) => return None,
    };
    let hour = short_number(&mut rest)?;
    rest = rest.strip_prefix(b":")?;
    let minute = short_number(&mut rest)?;
    rest = rest.strip_prefix(b":")?;
    let second = short_number(&mut rest)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if let [b'.' | b',', fraction @ ..] = rest {
        let count = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count > 0 {
            rest = &fraction[count..];
        }
    }
    if zoned {
        rest = zone(rest)?;
    }
    rest.is_empty().then_some(())
}

/// `Z` or `±hh:mm`; Go allows 24 hours and 60 minutes.
fn zone(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'Z', rest @ ..] => Some(rest),
        [b'+' | b'-', h1, h2, b':', m1, m2, rest @ ..] => {
            let number = |a: &u8, b: &u8| {
                (a.is_ascii_digit() && b.is_ascii_digit()).then(|| (a - b'0') * 10 + (b - b'0'))
            };
            (number(h1, h2)? <= 24 && number(m1, m2)? <= 60).then_some(rest)
        }
        _ => None,
    }
}

/// One or two digits.
fn short_number(rest: &mut &[u8]) -> Option<u32> {
    let (value, length) = match rest {
        [a, b, ..] if a.is_ascii_digit() && b.is_ascii_digit() => ((a - b'0') * 10 + (b - b'0'), 2),
        [a, ..] if a.is_ascii_digit() => (a - b'0', 1),
        _ => return None,
    };
    *rest = &rest[length..];
    Some(u32::from(value))
}

/// What a scalar with a tag means; tags that are none of YAML's scalar types make a string of it.
pub(crate) fn resolve_tagged(tag: &[u8], text: &[u8]) -> Result<Resolved, Error> {
    let name = tag.strip_prefix(TAG_PREFIX.as_bytes()).unwrap_or_default();
    let (resolved, agrees): (Resolved, fn(&Resolved) -> bool) = match name {
        b"bool" => (resolve_with(text, Version::V2, false), |r| matches!(r, Resolved::Bool(_))),
        b"int" => {
            (resolve_with(text, Version::V2, false), |r| matches!(r, Resolved::Int(_) | Resolved::Uint(_)))
        }
        b"null" => (resolve_with(text, Version::V2, false), |r| matches!(r, Resolved::Nil)),
        b"timestamp" => (resolve_with(text, Version::V2, true), |r| matches!(r, Resolved::Timestamp)),
        b"float" => match resolve_with(text, Version::V2, false) {
            #[allow(clippy::cast_precision_loss, reason = "Go converts so too")]
            Resolved::Int(value) => return Ok(Resolved::Float(value as f64)),
            other => (other, |r| matches!(r, Resolved::Float(_))),
        },
        _ => return Ok(Resolved::String),
    };
    if agrees(&resolved) {
        return Ok(resolved);
    }
    let found = match resolved {
        Resolved::Nil => "!!null",
        Resolved::Bool(_) => "!!bool",
        Resolved::Int(_) | Resolved::Uint(_) => "!!int",
        Resolved::Float(_) => "!!float",
        Resolved::Timestamp => "!!timestamp",
        Resolved::String => "!!str",
    };
    let (text, name) = (String::from_utf8_lossy(text), String::from_utf8_lossy(name));
    Err(Error::yaml(format!("cannot decode {found} `{text}` as a !!{name}")))
}

/// Whether a scalar looks like a base 60 number, which go-yaml writes in quotes without reading it so:
/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`.
pub(crate) fn looks_base_60(text: &[u8]) -> bool {
    let rest = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    if !rest.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'_').count();
    let mut rest = &rest[digits(rest)..];
    let mut groups = 0;
    while let Some(group) = rest.strip_prefix(b":") {
        let length = match group {
            [b'0'..=b'5', b'0'..=b'9', ..] => 2,
            [b'0'..=b'9', ..] => 1,
            _ => return false,
        };
        rest = &group[length..];
        groups += 1;
    }
    if groups == 0 {
        return false;
    }
    match rest.strip_prefix(b".") {
        Some(fraction) => digits(fraction) == fraction.len(),
        None => rest.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v2(text: &str) -> Resolved {
        resolve(text.as_bytes(), Version::V2)
    }

    #[test]
    fn words_and_numbers_resolve_as_in_yaml_1_1() {
        let cases = [
            ("", Resolved::Nil),
            ("~", Resolved::Nil),
            ("y", Resolved::Bool(true)),
            ("Off", Resolved::Bool(false)),
            ("tRue", Resolved::String),
            ("010", Resolved::Int(8)),
            ("08", Resolved::Float(8.0)),
            ("0x1F", Resolved::Int(31)),
            ("0b1_0", Resolved::Int(2)),
            ("0b-1", Resolved::Int(-1)),
            ("-0b11", Resolved::Int(-3)),
            ("0o17", Resolved::Int(15)),
            ("1_000", Resolved::Int(1000)),
            ("18446744073709551615", Resolved::Uint(u64::MAX)),
            ("18446744073709551616", Resolved::Float(18_446_744_073_709_551_616.0)),
            ("685_230.15", Resolved::Float(685_230.15)),
            ("1e3", Resolved::Float(1000.0)),
            ("1e400", Resolved::String),
            ("1.", Resolved::Float(1.0)),
            (".5", Resolved::Float(0.5)),
            (".", Resolved::String),
            ("._5", Resolved::String),
            (".2_5", Resolved::Float(0.25)),
            ("1:60", Resolved::String),
            ("<<", Resolved::String),
            ("2001-1-2", Resolved::Timestamp),
            ("2001-02-29", Resolved::String),
            ("2001-12-14 21:59:43", Resolved::Timestamp),
            ("2001-12-14 21:59:43 Z", Resolved::String),
            ("2001-12-14T21:59:43", Resolved::String),
            ("2001-12-14t21:59:43.1-05:00", Resolved::Timestamp),
        ];
        for (text, expected) in cases {
            assert_eq!(v2(text), expected, "{text}");
        }
        assert!(matches!(v2(".nan"), Resolved::Float(value) if value.is_nan()));
        assert_eq!(resolve(b"yes", Version::V3), Resolved::String);
        assert_eq!(resolve(b"0o-17", Version::V3), Resolved::Int(-15));
    }

    #[test]
    fn tags_are_checked() {
        assert_eq!(resolve_tagged(b"tag:yaml.org,2002:float", b"3"), Ok(Resolved::Float(3.0)));
        assert_eq!(resolve_tagged(b"tag:yaml.org,2002:bool", b"yes"), Ok(Resolved::Bool(true)));
        assert_eq!(resolve_tagged(b"!mine", b"3"), Ok(Resolved::String));
        let error = resolve_tagged(b"tag:yaml.org,2002:int", b"3.5").unwrap_err();
        assert_eq!(error.to_string(), "yaml: cannot decode !!float `3.5` as a !!int");
    }

    #[test]
    fn base_60_look_alikes() {
        for text in ["12:30:45", "190:20:30.15", "60:00", "1_0:5", "+1:2."] {
            assert!(looks_base_60(text.as_bytes()), "{text}");
        }
        for text in ["1:60", "1:5_0", "12:", ":30", "1:2a", "12"] {
            assert!(!looks_base_60(text.as_bytes()), "{text}");
        }
    }
}
