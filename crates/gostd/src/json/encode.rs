//! Values to text: `json.Marshal` and `json.MarshalIndent`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use super::indent;
use crate::strconv::{append_float, append_int, append_uint};
use crate::value::{FloatKind, Frozen, ListNode, ListType, MapNode, Node, Value};
use crate::{base64, utf8};

/// How to write JSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct EncodeOptions<'a> {
    /// Whether `<`, `>` and `&` are written as escapes.
    pub escape_html: bool,
    /// The prefix of each line but the first and the indentation of each level, for text over many lines.
    pub indent: Option<(&'a [u8], &'a [u8])>,
}

/// Why a value has no JSON; prints as Go's error does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// An infinity or NaN, as Go prints it.
    Number(String),
    /// A container that is inside itself, by its type.
    Cycle(Cow<'static, str>),
    /// A type that has no JSON.
    Type(Cow<'static, str>),
    /// Text over many lines can't nest as deep as this; with the bracket that was one too many.
    Depth(char),
    /// The error of an object, in Go's words.
    Object(Cow<'static, str>),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::Number(text) => write!(f, "json: unsupported value: {text}"),
            EncodeError::Cycle(name) => write!(f, "json: unsupported value: encountered a cycle via {name}"),
            EncodeError::Type(name) => write!(f, "json: unsupported type: {name}"),
            EncodeError::Depth(bracket) => write!(f, "invalid character '{bracket}' exceeded max depth"),
            EncodeError::Object(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for EncodeError {}

/// The JSON of a value.
pub fn encode(value: Value<'_>, options: &EncodeOptions<'_>) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    append(&mut out, value, options)?;
    Ok(out)
}

/// Appends a value's JSON; on an error nothing is appended.
pub fn append(out: &mut Vec<u8>, value: Value<'_>, options: &EncodeOptions<'_>) -> Result<(), EncodeError> {
    append_node(out, value.into(), options)
}

/// Appends the JSON of frozen data; on an error nothing is appended.
pub fn append_frozen(
    out: &mut Vec<u8>,
    value: &Frozen,
    options: &EncodeOptions<'_>,
) -> Result<(), EncodeError> {
    append_node(out, value.into(), options)
}

fn append_node(out: &mut Vec<u8>, node: Node<'_>, options: &EncodeOptions<'_>) -> Result<(), EncodeError> {
    let start = out.len();
    let mut encoder = Encoder { out, escape_html: options.escape_html, level: 0, containers: HashSet::new() };
    let mut result = encoder.node(node);
    if let (Ok(()), Some((prefix, indent))) = (&result, options.indent) {
        let compact = out.split_off(start);
        result = indent::append_indented(out, &compact, prefix, indent).map_err(EncodeError::Depth);
    }
    if result.is_err() {
        out.truncate(start);
    }
    result
}

struct Encoder<'o> {
    out: &'o mut Vec<u8>,
    escape_html: bool,
    level: usize,
    /// The live containers around the current one, below [`Encoder::TRUSTED_LEVELS`].
    containers: HashSet<usize>,
}

impl Encoder<'_> {
    /// Like Go, look for cycles only this deep: it decides which container the error names.
    const TRUSTED_LEVELS: usize = 1000;

    fn node(&mut self, node: Node<'_>) -> Result<(), EncodeError> {
        match node {
            Node::Scalar(value) => self.scalar(value),
            Node::Map(map) if map.is_nil() => self.null(),
            Node::List(list) if list.is_nil() => self.null(),
            Node::List(list) if list.list_type() == ListType::Uint8 => {
                self.out.push(b'"');
                self.out.extend_from_slice(&base64::encode(&list.to_bytes()));
                self.out.push(b'"');
                Ok(())
            }
            Node::Map(map) => self.inside(map.id(), map.map_type().name(), |encoder| encoder.map(map)),
            Node::List(list) => self.inside(list.id(), list.list_type().name(), |encoder| encoder.list(list)),
        }
    }

    fn null(&mut self) -> Result<(), EncodeError> {
        self.out.extend(b"null");
        Ok(())
    }

    fn scalar(&mut self, value: Value<'_>) -> Result<(), EncodeError> {
        match value {
            Value::Bool(value) => self.out.extend_from_slice(if value { b"true" } else { b"false" }),
            Value::Int(_, value) => append_int(self.out, value),
            Value::Uint(_, value) => append_uint(self.out, value),
            Value::Float(kind, value) => append_number(self.out, value, kind)?,
            Value::Complex(..) => return Err(EncodeError::Type(value.type_name())),
            Value::String(text) => append_string(self.out, text, self.escape_html),
            Value::Object(object) => object.json(self.escape_html, self.out).map_err(EncodeError::Object)?,
            Value::Nil | Value::Map(_) | Value::List(_) => return self.null(),
        }
        Ok(())
    }

    fn map(&mut self, map: MapNode<'_>) -> Result<(), EncodeError> {
        self.out.push(b'{');
        for (index, (key, value)) in map.entries().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            append_string(self.out, key, self.escape_html);
            self.out.push(b':');
            self.node(value)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn list(&mut self, list: ListNode<'_>) -> Result<(), EncodeError> {
        self.out.push(b'[');
        for (index, item) in list.items().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.node(item)?;
        }
        self.out.push(b']');
        Ok(())
    }

    /// Encodes what is inside a container.
    fn inside(
        &mut self,
        id: Option<usize>,
        type_name: &'static str,
        encode: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.level += 1;
        let watched = id.filter(|_| self.level > Self::TRUSTED_LEVELS);
        if watched.is_some_and(|id| !self.containers.insert(id)) {
            return Err(EncodeError::Cycle(type_name.into()));
        }
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || encode(self))?;
        if let Some(id) = watched {
            self.containers.remove(&id);
        }
        self.level -= 1;
        Ok(())
    }
}

/// The shortest digits, with an exponent where JavaScript would write one.
fn append_number(out: &mut Vec<u8>, value: f64, kind: FloatKind) -> Result<(), EncodeError> {
    let bits = match kind {
        FloatKind::Float32 => 32,
        FloatKind::Float64 => 64,
    };
    let magnitude = value.abs();
    if !value.is_finite() {
        return Err(EncodeError::Number(crate::strconv::format_float(value, b'g', -1, bits)));
    }
    let low = if kind == FloatKind::Float32 { f64::from(1e-6_f32) } else { 1e-6 };
    let high = if kind == FloatKind::Float32 { f64::from(1e21_f32) } else { 1e21 };
    if magnitude == 0.0 || (low..high).contains(&magnitude) {
        append_float(out, value, b'f', -1, bits);
        return Ok(());
    }
    append_float(out, value, b'e', -1, bits);
    // e-09 becomes e-9.
    if let [.., b'e', b'-', b'0', _] = out[..] {
        out.remove(out.len() - 2);
    }
    Ok(())
}

/// Appends text as a JSON string.
pub(super) fn append_string(out: &mut Vec<u8>, text: &[u8], escape_html: bool) {
    out.push(b'"');
    let is_plain = |byte: &u8| match byte {
        b'"' | b'\\' => false,
        b'<' | b'>' | b'&' => !escape_html,
        _ => matches!(byte, b' '..=0x7F),
    };
    let mut rest = text;
    loop {
        let plain = rest.iter().position(|byte| !is_plain(byte)).unwrap_or(rest.len());
        out.extend_from_slice(&rest[..plain]);
        rest = &rest[plain..];
        let (rune, width) = utf8::decode_rune(rest);
        match (rune, width) {
            (_, 0) => break,
            ('"' | '\\', _) => out.extend([b'\\', rest[0]]),
            ('\x08', _) => out.extend(b"\\b"),
            ('\x0C', _) => out.extend(b"\\f"),
            ('\n', _) => out.extend(b"\\n"),
            ('\r', _) => out.extend(b"\\r"),
            ('\t', _) => out.extend(b"\\t"),
            (utf8::RUNE_ERROR, 1) => out.extend(b"\\ufffd"),
            ('\0'..='\x7F' | '\u{2028}' | '\u{2029}', _) => {
                out.extend_from_slice(format!("\\u{:04x}", u32::from(rune)).as_bytes());
            }
            _ => out.extend_from_slice(&rest[..width]),
        }
        rest = &rest[width..];
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Arena, FrozenMap, MapType};

    const ESCAPED: EncodeOptions<'_> = EncodeOptions { escape_html: true, indent: None };

    fn text(value: Value<'_>, options: &EncodeOptions<'_>) -> String {
        match encode(value, options) {
            Ok(text) => String::from_utf8(text).unwrap(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn numbers() {
        let cases: &[(f64, &str)] = &[
            (100_000.0, "100000"),
            (123_456_789.0, "123456789"),
            (1_234_567.5, "1234567.5"),
            (0.00001, "0.00001"),
            (1e-7, "1e-7"),
            (1.5e-10, "1.5e-10"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-0.0, "-0"),
            (f64::NAN, "json: unsupported value: NaN"),
            (f64::NEG_INFINITY, "json: unsupported value: -Inf"),
        ];
        for (number, expected) in cases {
            assert_eq!(text(Value::float64(*number), &ESCAPED), *expected);
        }
        assert_eq!(text(Value::Complex(1.0, 2.0), &ESCAPED), "json: unsupported type: complex128");
    }

    #[test]
    fn strings() {
        let value = Value::String(b"<a&b>\"\\\x08\x0C\n\r\t\x01\x7F\xFF\xE2\x80\xA8\xEF\xBF\xBD");
        let escaped =
            r#""\u003ca\u0026b\u003e\"\\\b\f\n\r\t\u0001"#.to_owned() + "\x7F\\ufffd\\u2028\u{FFFD}\"";
        assert_eq!(text(value, &ESCAPED), escaped);
        let raw = escaped.replace("\\u003c", "<").replace("\\u003e", ">").replace("\\u0026", "&");
        assert_eq!(text(value, &EncodeOptions::default()), raw);
    }

    #[test]
    fn containers() {
        let arena = Arena::new();
        let map = arena.map_of([
            ("b", Value::List(arena.list(ListType::Any, &[Value::Nil, Value::Bool(true)]))),
            ("a", Value::List(arena.byte_list(b"hi!?"))),
            ("c", Value::Map(arena.nil_map(MapType::StringAny))),
            ("d", Value::Map(arena.map(MapType::StringString))),
            ("e", Value::List(arena.nil_list(ListType::String))),
        ]);
        let compact = r#"{"a":"aGkhPw==","b":[null,true],"c":null,"d":{},"e":null}"#;
        assert_eq!(text(Value::Map(map), &ESCAPED), compact);
        let pretty = EncodeOptions { escape_html: true, indent: Some((b">", b"  ")) };
        let expected = "{\n>  \"a\": \"aGkhPw==\",\n>  \"b\": [\n>    null,\n>    true\n>  ],\n>  \"c\": null,\n\
                        >  \"d\": {},\n>  \"e\": null\n>}";
        assert_eq!(text(Value::Map(map), &pretty), expected);
    }

    #[test]
    fn frozen_data() {
        let frozen = Frozen::Map(FrozenMap::from_pairs([(
            *b"x",
            Frozen::List(vec![Frozen::Int(-1), Frozen::Uint(u64::MAX), Frozen::Float(2.0)].into()),
        )]));
        let mut out = b"=".to_vec();
        append_frozen(&mut out, &frozen, &ESCAPED).unwrap();
        assert_eq!(out, br#"={"x":[-1,18446744073709551615,2]}"#);
        let arena = Arena::new();
        assert_eq!(encode(Value::from_frozen(&arena, &frozen), &ESCAPED).unwrap(), &out[1..]);
    }

    #[test]
    fn cycles_end_in_an_error() {
        let arena = Arena::new();
        let map = arena.map(MapType::StringAny);
        let list = arena.list(ListType::Any, &[Value::Map(map)]);
        map.insert(b"l", Value::List(list)).unwrap();
        let mut out = b"kept".to_vec();
        let error = append(&mut out, Value::List(list), &ESCAPED).unwrap_err();
        assert_eq!(error.to_string(), "json: unsupported value: encountered a cycle via []interface {}");
        assert_eq!(out, b"kept");
    }

    #[test]
    fn depth() {
        let arena = Arena::new();
        let mut value = Value::int(1);
        for _ in 0..20_000 {
            value = Value::Map(arena.map_of([("k", value)]));
        }
        assert_eq!(encode(value, &ESCAPED).unwrap().len(), 20_000 * 6 + 1);
        let error =
            encode(value, &EncodeOptions { escape_html: true, indent: Some((b"", b"")) }).unwrap_err();
        assert_eq!(error.to_string(), "invalid character '{' exceeded max depth");
    }
}
