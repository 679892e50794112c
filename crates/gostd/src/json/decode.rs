//! Text to values: `json.Unmarshal` into an `interface {}`, a map or a slice.

use std::fmt;

use super::scan::Scanner;
use crate::utf8;
use crate::value::{Frozen, FrozenList, FrozenMap, ListType, MapType};

/// Why a text isn't the JSON asked for; prints as Go's error does.
#[derive(Clone, Debug, PartialEq)]
pub struct DecodeError {
    /// Go's words.
    pub message: String,
    /// What Go leaves in the target all the same: nothing where the text isn't JSON.
    pub partial: Option<Frozen>,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DecodeError {}

/// Decodes a text into an `interface {}`: numbers become `float64`, of equal keys the last wins.
///
/// A number out of range is an error, but what was decoded stands in it, with nil in place of the number.
pub fn decode(text: &[u8]) -> Result<Frozen, DecodeError> {
    let (value, out_of_range) = read(text)?;
    match out_of_range {
        None => Ok(value),
        Some(message) => Err(DecodeError { message, partial: Some(value) }),
    }
}

/// Decodes a text into a `map[string]interface {}`; `None` is the nil map, from `null`.
pub fn decode_map(text: &[u8]) -> Result<Option<FrozenMap>, DecodeError> {
    match (read(text)?, Shape::of(text)) {
        (_, Shape::Null) => Ok(None),
        ((Frozen::Map(map), None), _) => Ok(Some(map)),
        ((map @ Frozen::Map(_), Some(message)), _) => Err(DecodeError { message, partial: Some(map) }),
        (_, shape) => Err(shape.mismatch(MapType::StringAny.name(), Frozen::Map(FrozenMap::default()))),
    }
}

/// Decodes a text into a `[]interface {}`; `None` is the nil slice, from `null`.
pub fn decode_list(text: &[u8]) -> Result<Option<FrozenList>, DecodeError> {
    match (read(text)?, Shape::of(text)) {
        (_, Shape::Null) => Ok(None),
        ((Frozen::List(list), None), _) => Ok(Some(list)),
        ((list @ Frozen::List(_), Some(message)), _) => Err(DecodeError { message, partial: Some(list) }),
        (_, shape) => Err(shape.mismatch(ListType::Any.name(), Frozen::List(FrozenList::default()))),
    }
}

/// Decodes the value that a stream starts with (`json.Decoder.Decode`), and says how many bytes it takes with the
/// space before it. What follows isn't looked at.
pub fn decode_first(text: &[u8]) -> Result<(Frozen, usize), DecodeError> {
    let mut scanner = Scanner::new(text);
    let (value, length) = scanner.first().map_err(|message| DecodeError { message, partial: None })?;
    match scanner.out_of_range {
        None => Ok((value, length)),
        Some(number) => Err(DecodeError { message: out_of_range(number), partial: Some(value) }),
    }
}

/// The value, and the message for a number that is out of range.
fn read(text: &[u8]) -> Result<(Frozen, Option<String>), DecodeError> {
    let mut scanner = Scanner::new(text);
    match scanner.document() {
        Ok(value) => Ok((value, scanner.out_of_range.map(out_of_range))),
        Err(error) => Err(DecodeError { message: error.message(), partial: None }),
    }
}

fn out_of_range(number: &[u8]) -> String {
    let number = utf8::to_valid(number);
    format!("json: cannot unmarshal number {number} into Go value of type float64")
}

/// What a valid text is at the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

impl Shape {
    fn of(text: &[u8]) -> Self {
        match text.trim_ascii_start().first() {
            None | Some(b'n') => Shape::Null,
            Some(b't' | b'f') => Shape::Bool,
            Some(b'"') => Shape::String,
            Some(b'[') => Shape::Array,
            Some(b'{') => Shape::Object,
            Some(_) => Shape::Number,
        }
    }

    fn mismatch(self, target: &str, partial: Frozen) -> DecodeError {
        let name = match self {
            Shape::Null => "null",
            Shape::Bool => "bool",
            Shape::Number => "number",
            Shape::String => "string",
            Shape::Array => "array",
            Shape::Object => "object",
        };
        let message = format!("json: cannot unmarshal {name} into Go value of type {target}");
        DecodeError { message, partial: Some(partial) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{EncodeOptions, append_frozen};

    fn round_trip(text: &str) -> String {
        match decode(text.as_bytes()) {
            Ok(value) => {
                let mut out = Vec::new();
                append_frozen(&mut out, &value, &EncodeOptions::default()).unwrap();
                String::from_utf8(out).unwrap()
            }
            Err(error) => error.message,
        }
    }

    #[test]
    fn values() {
        let cases = [
            (r#" {"b": [1, -0, 2.50, 1e3], "a": null, "b": true} "#, r#"{"a":null,"b":true}"#),
            (r#"[1,-0,2.50,1e3,12345678901234567890]"#, "[1,-0,2.5,1000,12345678901234567000]"),
            (r#""\u00e9\ud83d\ude00\ud83dx\udc00\n\/""#, "\"é😀\u{FFFD}x\u{FFFD}\\n/\""),
            ("[ ]", "[]"),
            ("{}", "{}"),
        ];
        for (text, expected) in cases {
            assert_eq!(round_trip(text), expected);
        }
        assert_eq!(decode(b"\"a\xFF\xE2\x82\""), Ok(Frozen::string("a\u{FFFD}\u{FFFD}\u{FFFD}")));
    }

    #[test]
    fn syntax_errors() {
        let cases = [
            ("", "unexpected end of JSON input"),
            ("[1", "unexpected end of JSON input"),
            ("\"a", "unexpected end of JSON input"),
            ("x", "invalid character 'x' looking for beginning of value"),
            ("é", "invalid character 'Ã' looking for beginning of value"),
            ("'", r"invalid character '\'' looking for beginning of value"),
            ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 \"b\"", "invalid character '\"' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            ("01", "invalid character '1' after top-level value"),
            ("-", "invalid character ' ' in numeric literal"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("1e+", "invalid character ' ' in exponent of numeric literal"),
            ("trUe", "invalid character 'U' in literal true (expecting 'u')"),
            ("nul", "invalid character ' ' in literal null (expecting 'l')"),
            ("\"\\x\"", "invalid character 'x' in string escape code"),
            ("\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape"),
            ("\"a\nb\"", "invalid character '\\n' in string literal"),
        ];
        for (text, message) in cases {
            assert_eq!(decode(text.as_bytes()), Err(DecodeError { message: message.into(), partial: None }));
        }
    }

    #[test]
    fn depth() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(decode(nested(10_000).as_bytes()).is_ok());
        assert_eq!(round_trip(&nested(10_001)), "invalid character '[' exceeded max depth");
    }

    #[test]
    fn numbers_out_of_range_leave_the_rest() {
        let error = decode_map(br#"{"a":1e400,"b":[-1e999,2]}"#).unwrap_err();
        assert_eq!(error.message, "json: cannot unmarshal number 1e400 into Go value of type float64");
        let list = Frozen::List(vec![Frozen::Nil, Frozen::Float(2.0)].into());
        let map = FrozenMap::from_pairs([(*b"a", Frozen::Nil), (*b"b", list)]);
        assert_eq!(error.partial, Some(Frozen::Map(map)));
    }

    #[test]
    fn targets() {
        let map = |text: &str| decode_map(text.as_bytes()).map_err(|error| error.message);
        let list = |text: &str| decode_list(text.as_bytes()).map_err(|error| error.message);
        let of_map = |name| {
            Err(format!("json: cannot unmarshal {name} into Go value of type map[string]interface {{}}"))
        };
        assert_eq!(map("[1e400]"), of_map("array"));
        assert_eq!(map(" \"a\""), of_map("string"));
        assert_eq!(map("1e400"), of_map("number"));
        assert_eq!(map("true"), of_map("bool"));
        assert_eq!(map("null"), Ok(None));
        assert_eq!(map("{}"), Ok(Some(FrozenMap::default())));
        assert_eq!(
            list("{}"),
            Err("json: cannot unmarshal object into Go value of type []interface {}".into())
        );
        assert_eq!(list("[null]"), Ok(Some(vec![Frozen::Nil].into())));
        assert_eq!(list("null"), Ok(None));
    }
}
