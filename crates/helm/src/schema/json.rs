//! JSON documents that keep each number as it was written, and Go's errors for text that is none.

use std::borrow::Cow;
use std::cmp::Ordering;

use gostd::strconv;
use gostd::value::{MapRef, Value};

use super::decimal::Decimal;

/// How deep arrays and objects may nest (Go: encoding/json).
const MAX_DEPTH: usize = 10_000;

/// A JSON value: a schema's document, or values as the validator looks at them.
#[derive(Clone, Debug)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'a, [u8]>),
    Array(Array<'a>),
    Object(Object<'a>),
}

/// A number by where it comes from: `--set` gives integers, YAML floats, a schema literals.
#[derive(Clone, Debug)]
pub(super) enum Number {
    Int(i64),
    Uint(u64),
    Float(f64),
    Literal(Box<str>),
}

impl Number {
    /// The exact value; `None` where it is not finite or its exponent is beyond what Go calculates with.
    pub(super) fn decimal(&self) -> Option<Decimal> {
        match self {
            Number::Int(value) => Some(Decimal::from(*value)),
            Number::Uint(value) => Some(Decimal::from(*value)),
            Number::Float(value) => Decimal::parse(&strconv::format_float(*value, b'e', -1, 64)),
            Number::Literal(text) => Decimal::parse(text),
        }
    }

    /// The nearest `float64`.
    pub(super) fn nearest(&self) -> f64 {
        match self {
            Number::Int(value) => *value as f64,
            Number::Uint(value) => *value as f64,
            Number::Float(value) => *value,
            // A JSON literal is one of Rust's too.
            Number::Literal(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    /// Whether this is a whole number, however it is written.
    pub(super) fn is_integer(&self) -> bool {
        match self {
            Number::Int(_) | Number::Uint(_) => true,
            Number::Float(value) => value.is_finite() && value.fract() == 0.0,
            Number::Literal(_) => self.decimal().is_some_and(|decimal| decimal.is_integer()),
        }
    }
}

/// The elements of an array.
#[derive(Clone, Debug, Default)]
pub(super) struct Array<'a>(Vec<Json<'a>>);

/// The members of an object, sorted bytewise by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Object<'a> {
    members: Vec<Member<'a>>,
    /// The marks of all names, by which most names that aren't there are known not to be.
    marks: u64,
}

type Member<'a> = (Cow<'a, [u8]>, Json<'a>);

impl<'a> Array<'a> {
    pub(super) fn items(&self) -> &[Json<'a>] {
        &self.0
    }
}

impl<'a> Object<'a> {
    /// Of equal names the last wins.
    fn from_members(mut members: Vec<Member<'a>>) -> Self {
        if !members.is_sorted_by(|a, b| a.0 < b.0) {
            members.sort_by(|a, b| a.0.cmp(&b.0));
            members.dedup_by(|later, earlier| {
                let equal = later.0 == earlier.0;
                if equal {
                    std::mem::swap(later, earlier);
                }
                equal
            });
        }
        let marks = members.iter().fold(0, |marks, (name, _)| marks | mark(name));
        Self { members, marks }
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn get(&self, name: &[u8]) -> Option<&Json<'a>> {
        if self.marks & mark(name) == 0 {
            return None;
        }
        let index = self.members.binary_search_by(|(probe, _)| (**probe).cmp(name)).ok()?;
        Some(&self.members[index].1)
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &Json<'a>)> {
        self.members.iter().map(|(name, value)| (&**name, value))
    }
}

/// One bit for a name, of its length and its ends.
fn mark(name: &[u8]) -> u64 {
    let ends = name.first().map_or(0, |first| first ^ name[name.len() - 1] << 2);
    1 << ((name.len() as u8 ^ ends) & 63)
}

// Documents may nest as deep as Go allows; dropping one must not overflow the stack.

impl Drop for Array<'_> {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            let items = std::mem::take(&mut self.0);
            stacker::maybe_grow(32 * 1024, 1024 * 1024, || drop(items));
        }
    }
}

impl Drop for Object<'_> {
    fn drop(&mut self) {
        if !self.members.is_empty() {
            let members = std::mem::take(&mut self.members);
            stacker::maybe_grow(32 * 1024, 1024 * 1024, || drop(members));
        }
    }
}

impl<'a> Json<'a> {
    pub(super) fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }

    pub(super) fn as_array(&self) -> Option<&[Json<'a>]> {
        match self {
            Json::Array(array) => Some(array.items()),
            _ => None,
        }
    }

    /// The text of a string. Decoding leaves no invalid UTF-8 in a schema's document.
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => std::str::from_utf8(text).ok(),
            _ => None,
        }
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn as_number(&self) -> Option<&Number> {
        match self {
            Json::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Whether both are the same value; numbers are compared as numbers.
    pub(super) fn equals(&self, other: &Json<'_>) -> bool {
        match (self, other) {
            // Numbers that Go can't calculate with equal nothing, not even themselves.
            (Json::Number(a), Json::Number(b)) => {
                a.decimal().zip(b.decimal()).is_some_and(|(a, b)| a.cmp(&b).is_eq())
            }
            (Json::Array(a), Json::Array(b)) => {
                a.0.len() == b.0.len() && deep(|| a.0.iter().zip(&b.0).all(|(a, b)| a.equals(b)))
            }
            (Json::Object(a), Json::Object(b)) => {
                let same = |(a, b): (&Member<'_>, &Member<'_>)| a.0 == b.0 && a.1.equals(&b.1);
                a.len() == b.len() && deep(|| a.members.iter().zip(&b.members).all(same))
            }
            _ => self.compare(other).is_eq(),
        }
    }

    /// A total order in which equal values are neighbours.
    fn compare(&self, other: &Json<'_>) -> Ordering {
        fn rank(value: &Json<'_>) -> u8 {
            match value {
                Json::Null => 0,
                Json::Bool(_) => 1,
                Json::Number(_) => 2,
                Json::String(_) => 3,
                Json::Array(_) => 4,
                Json::Object(_) => 5,
            }
        }
        match (self, other) {
            (Json::Bool(a), Json::Bool(b)) => a.cmp(b),
            (Json::Number(a), Json::Number(b)) => a.decimal().cmp(&b.decimal()),
            (Json::String(a), Json::String(b)) => a.cmp(b),
            (Json::Array(a), Json::Array(b)) => deep(|| {
                let differing = a.0.iter().zip(&b.0).map(|(a, b)| a.compare(b)).find(|order| order.is_ne());
                differing.unwrap_or_else(|| a.0.len().cmp(&b.0.len()))
            }),
            (Json::Object(a), Json::Object(b)) => deep(|| {
                let mut members = a.members.iter().zip(&b.members);
                let mut orders = members.by_ref().map(|((a, x), (b, y))| a.cmp(b).then_with(|| x.compare(y)));
                orders.find(|order| order.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
            }),
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

fn deep<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, work)
}

/// The first two equal elements: of those with the least second index, the least first.
pub(super) fn duplicates(items: &[Json<'_>]) -> Option<(usize, usize)> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by(|a, b| items[*a].compare(&items[*b]).then(a.cmp(b)));
    // Equal elements are neighbours by now, so that the first of a run meets the second of it.
    let pairs = order.windows(2).filter(|pair| items[pair[0]].equals(&items[pair[1]]));
    let second = pairs.map(|pair| pair[1]).min()?;
    let first = (0..second).find(|first| items[*first].equals(&items[second]))?;
    Some((first, second))
}

/// Looks at values as the validator does; strings are borrowed. What JSON can't hold can't be in values.
pub(super) fn from_map<'r>(map: MapRef<'r>) -> Json<'r> {
    let members = map.entries().into_iter().map(|(name, value)| (Cow::Borrowed(name), from_value(value)));
    Json::Object(Object::from_members(members.collect()))
}

fn from_value(value: Value<'_>) -> Json<'_> {
    match value {
        Value::Bool(value) => Json::Bool(value),
        Value::Int(_, value) => Json::Number(Number::Int(value)),
        Value::Uint(_, value) => Json::Number(Number::Uint(value)),
        Value::Float(_, value) => Json::Number(Number::Float(value)),
        Value::String(text) => Json::String(Cow::Borrowed(text)),
        Value::List(list) => Json::Array(Array(deep(|| list.iter().map(from_value).collect()))),
        Value::Map(map) => deep(|| from_map(map)),
        Value::Nil | Value::Complex(..) | Value::Object(_) => Json::Null,
    }
}

/// Decodes a document; an error is the text that Go's decoder gives.
pub(super) fn decode(text: &[u8]) -> Result<Json<'static>, String> {
    let mut reader = Reader { text, pos: 0, depth: 0 };
    reader.skip_blanks();
    if reader.pos == text.len() {
        return Err("EOF".into());
    }
    let value = reader.value()?;
    reader.skip_blanks();
    if reader.pos < text.len() {
        return Err("invalid character after top-level value".into());
    }
    Ok(value)
}

struct Reader<'t> {
    text: &'t [u8],
    pos: usize,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.pos).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.pos += 1;
        }
    }

    /// The error for the byte at the position, or for the missing one.
    fn unexpected<T>(&self, context: &str) -> Result<T, String> {
        let Some(byte) = self.peek() else { return Err("unexpected EOF".into()) };
        let shown = match byte {
            b'\'' => r"'\''".to_owned(),
            b'"' => "'\"'".to_owned(),
            _ => {
                // Go shows the byte as the code point of that number.
                let quoted = strconv::quote(char::from(byte).encode_utf8(&mut [0; 4]).as_bytes());
                format!("'{}'", String::from_utf8_lossy(&quoted[1..quoted.len() - 1]))
            }
        };
        Err(format!("invalid character {shown} {context}"))
    }

    fn value(&mut self) -> Result<Json<'static>, String> {
        self.skip_blanks();
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => Ok(Json::String(Cow::Owned(self.string()?.into_bytes()))),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.unexpected("looking for beginning of value"),
        }
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Json<'static>, String>,
    ) -> Result<Json<'static>, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.unexpected("exceeded max depth");
        }
        self.pos += 1;
        let value = deep(|| read(self))?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Json<'static>, String> {
        let mut members = Vec::new();
        self.skip_blanks();
        if self.peek() == Some(b'}') {
            self.pos += 1;
            return Ok(Json::Object(Object::default()));
        }
        loop {
            self.skip_blanks();
            if self.peek() != Some(b'"') {
                return self.unexpected("looking for beginning of object key string");
            }
            let name = self.string()?;
            self.skip_blanks();
            if self.peek() != Some(b':') {
                return self.unexpected("after object key");
            }
            self.pos += 1;
            members.push((Cow::Owned(name.into_bytes()), self.value()?));
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.pos += 1,
                Some(b'}') => {
                    self.pos += 1;
                    return Ok(Json::Object(Object::from_members(members)));
                }
                _ => return self.unexpected("after object key:value pair"),
            }
        }
    }

    fn array(&mut self) -> Result<Json<'static>, String> {
        let mut items = Vec::new();
        self.skip_blanks();
        if self.peek() == Some(b']') {
            self.pos += 1;
            return Ok(Json::Array(Array::default()));
        }
        loop {
            items.push(self.value()?);
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.pos += 1,
                Some(b']') => {
                    self.pos += 1;
                    return Ok(Json::Array(Array(items)));
                }
                _ => return self.unexpected("after array element"),
            }
        }
    }

    fn word(&mut self, word: &str, value: Json<'static>) -> Result<Json<'static>, String> {
        for (index, expected) in word.bytes().enumerate() {
            if self.peek() != Some(expected) {
                debug_assert!(index > 0, "the first letter brought us here");
                return self.unexpected(&format!("in literal {word} (expecting '{}')", char::from(expected)));
            }
            self.pos += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Json<'static>, String> {
        let start = self.pos;
        if self.peek() == Some(b'-') {
            self.pos += 1;
        }
        match self.peek() {
            Some(b'0') => self.pos += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return self.unexpected("in numeric literal"),
        }
        if self.peek() == Some(b'.') {
            self.pos += 1;
            self.some_digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.pos += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.pos += 1;
            }
            self.some_digits("in exponent of numeric literal")?;
        }
        let literal = String::from_utf8_lossy(&self.text[start..self.pos]);
        Ok(Json::Number(Number::Literal(literal.into())))
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.pos += 1;
        }
    }

    fn some_digits(&mut self, context: &str) -> Result<(), String> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return self.unexpected(context);
        }
        self.digits();
        Ok(())
    }

    /// A string with its quotes. Invalid UTF-8 and lone surrogates become U+FFFD.
    fn string(&mut self) -> Result<String, String> {
        self.pos += 1;
        let mut out = Vec::new();
        loop {
            let rest = &self.text[self.pos..];
            let ordinary = |byte: &u8| !matches!(byte, b'"' | b'\\' | ..b' ');
            let run = &rest[..rest.iter().take_while(|byte| ordinary(byte)).count()];
            out.extend_from_slice(run);
            self.pos += run.len();
            match self.peek() {
                Some(b'"') => {
                    self.pos += 1;
                    return Ok(String::from_utf8(out)
                        .unwrap_or_else(|error| gostd::utf8::to_valid(error.as_bytes()).into_owned()));
                }
                Some(b'\\') => {
                    self.pos += 1;
                    let rune = self.escape()?;
                    out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
                }
                _ => return self.unexpected("in string literal"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let rune = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.pos += 1;
                return self.unicode_escape();
            }
            _ => return self.unexpected("in string escape code"),
        };
        self.pos += 1;
        Ok(rune)
    }

    fn unicode_escape(&mut self) -> Result<char, String> {
        let high = self.hex4()?;
        if (0xd800..0xdc00).contains(&high) && self.text[self.pos..].starts_with(b"\\u") {
            let start = self.pos;
            self.pos += 2;
            let low = self.hex4()?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.pos = start;
        }
        Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex4(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else {
                return self.unexpected("in \\u hexadecimal character escape");
            };
            code = code * 16 + digit;
            self.pos += 1;
        }
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_those_of_go() {
        let cases: &[(&str, &str)] = &[
            ("", "EOF"),
            (" \n", "EOF"),
            ("{", "unexpected EOF"),
            ("{\"a\"", "unexpected EOF"),
            ("nul", "unexpected EOF"),
            ("x", "invalid character 'x' looking for beginning of value"),
            ("é", "invalid character 'Ã' looking for beginning of value"),
            ("{a}", "invalid character 'a' looking for beginning of object key string"),
            ("{\"a\",}", "invalid character ',' after object key"),
            ("{\"a\":1 2}", "invalid character '2' after object key:value pair"),
            ("[1 '", r"invalid character '\'' after array element"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("\"\n\"", r"invalid character '\n' in string literal"),
            (r#""\x""#, "invalid character 'x' in string escape code"),
            (r#""\u12g0""#, "invalid character 'g' in \\u hexadecimal character escape"),
            ("-x", "invalid character 'x' in numeric literal"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("1e+", "unexpected EOF"),
            ("trux", "invalid character 'x' in literal true (expecting 'e')"),
            ("{} x", "invalid character after top-level value"),
            ("01", "invalid character after top-level value"),
        ];
        for (text, want) in cases {
            assert_eq!(decode(text.as_bytes()).unwrap_err(), *want, "{text}");
        }
    }

    #[test]
    fn numbers_are_equal_by_value() {
        let pair = |a: &str, b: &str| {
            let [a, b] = [a, b].map(|text| decode(text.as_bytes()).unwrap());
            a.equals(&b)
        };
        assert!(pair("1", "1.0"));
        assert!(pair("[100]", "[1e2]"));
        assert!(pair("-0", "0.0"));
        assert!(!pair("0.1", "0.10000000000000001"));
        assert!(!pair("1", "true"));
        assert!(pair(r#"{"a":1,"b":[2]}"#, r#"{"b":[2.0],"a":1}"#));
    }

    #[test]
    fn deep_documents_are_dropped() {
        let text = "[".repeat(9_999) + &"]".repeat(9_999);
        drop(decode(text.as_bytes()).unwrap());
        let text = "[".repeat(10_001);
        assert_eq!(decode(text.as_bytes()).unwrap_err(), "invalid character '[' exceeded max depth");
    }
}
