//! `toYamlPretty`: go-yaml v3's encoder on the value itself.

use gostd::strconv::{append_float, append_int, append_uint};
use gostd::utf8::valid;
use gostd::value::{Arena, FieldKey, FloatKind, Object, Structure, Value};

use super::order;
use super::writer::{Place, Writer};
use crate::Error;
use crate::node::{NodeValue, decode_node};
use crate::resolve::Version;

/// Deeper values are taken for cycles, on which Go's stack overflows.
const MAX_DEPTH: usize = 10_000;
/// How deep a value is walked before cycles are looked for.
const TRUSTED_LEVELS: usize = 100;
const BINARY: &[u8] = b"!!binary";

/// Writes a value as go-yaml v3 does with an indentation of two.
pub(super) fn marshal(value: Value<'_>) -> Result<Vec<u8>, Error> {
    let mut encoder = Encoder { writer: Writer::new(Version::V3), depth: 0, ancestors: Vec::new() };
    encoder.encode(value, Place::Item)?;
    Ok(encoder.writer.finish())
}

struct Encoder {
    writer: Writer,
    depth: usize,
    ancestors: Vec<usize>,
}

impl Encoder {
    fn nested(
        &mut self,
        id: Option<usize>,
        inner: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let watched = id.filter(|_| self.depth > TRUSTED_LEVELS);
        if self.depth > MAX_DEPTH || watched.is_some_and(|id| self.ancestors.contains(&id)) {
            return Err(Error::yaml("the value contains itself"));
        }
        self.ancestors.extend(watched);
        self.depth += 1;
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || inner(self))?;
        self.depth -= 1;
        if watched.is_some() {
            self.ancestors.pop();
        }
        Ok(())
    }

    fn encode(&mut self, value: Value<'_>, place: Place) -> Result<(), Error> {
        match value {
            Value::Nil => self.writer.write_token(b"null"),
            Value::Bool(value) => self.bool(value),
            Value::Int(_, value) => self.int(value),
            Value::Uint(_, value) => self.uint(value),
            Value::Float(kind, value) => self.float(value, if kind == FloatKind::Float32 { 32 } else { 64 }),
            Value::Complex(..) => return Err(Error::Unmarshalable("complex128")),
            Value::String(text) => self.string(text),
            Value::Map(map) => self.nested(Some(map.id()), |encoder| {
                encoder.mapping(map.entries(), |encoder, value| encoder.encode(value, Place::InMapping))
            })?,
            Value::List(list) => self.nested(Some(list.id()), |encoder| {
                encoder.sequence(place, list.iter(), |encoder, item| encoder.encode(item, Place::Item))
            })?,
            Value::Object(object) if !object.fields().is_empty() => self.structure(object)?,
            Value::Object(object) => self.object(object, place)?,
        }
        Ok(())
    }

    /// Writes a struct, or the one that a pointer leads to, in the order of its fields.
    fn structure<'r>(&mut self, object: &dyn Object<'r>) -> Result<(), Error> {
        let pairs = object.fields().iter().filter_map(|field| match field.field.yaml {
            FieldKey::Always(key) => Some((key, field.value)),
            FieldKey::UnlessEmpty(key) => (!field.is_empty()).then_some((key, field.value)),
            FieldKey::Inline | FieldKey::Never => None,
        });
        let pairs = pairs.collect();
        self.nested(None, |encoder| {
            encoder.entries(pairs, |encoder, value| encoder.encode(value, Place::InMapping))
        })
    }

    /// Writes maps and lists of named types by what they are, durations as text, and all else by its JSON form:
    /// a text, or a struct whose fields have the same names in both but for their case.
    fn object<'r>(&mut self, object: &dyn Object<'r>, place: Place) -> Result<(), Error> {
        if let Structure::Data(data) = object.structure(&Arena::new()) {
            return self.encode(data, place);
        }
        let type_name = object.type_name();
        let mut text = Vec::new();
        if type_name == "time.Duration" {
            object.print(false, &mut text);
            self.string(&text);
            return Ok(());
        }
        object.json(false, &mut text).map_err(Error::Marshal)?;
        match &decode_node(&text)?.value {
            NodeValue::String(text) if type_name == "time.Time" => self.writer.write_token(text),
            value => self.node(value, place)?,
        }
        Ok(())
    }

    fn node(&mut self, value: &NodeValue, place: Place) -> Result<(), Error> {
        match value {
            NodeValue::Nil => self.writer.write_token(b"null"),
            NodeValue::Bool(value) => self.bool(*value),
            NodeValue::Int(value) => self.int(*value),
            NodeValue::Uint(value) => self.uint(*value),
            NodeValue::Float(value) => self.float(*value, 64),
            NodeValue::String(text) => self.string(text),
            NodeValue::List(items) => self.nested(None, |encoder| {
                encoder.sequence(place, items.iter(), |encoder, item| encoder.node(&item.value, Place::Item))
            })?,
            NodeValue::Map(entries) => self.nested(None, |encoder| {
                let pairs = entries.iter().filter_map(|(key, value)| match &key.value {
                    NodeValue::String(text) => Some((text.to_ascii_lowercase(), &value.value)),
                    _ => None,
                });
                encoder.entries(pairs.collect(), |encoder, value| encoder.node(value, Place::InMapping))
            })?,
        }
        Ok(())
    }

    // Scalars.

    fn bool(&mut self, value: bool) {
        self.writer.write_token(if value { b"true" } else { b"false" });
    }

    fn int(&mut self, value: i64) {
        let mut text = Vec::with_capacity(20);
        append_int(&mut text, value);
        self.writer.write_token(&text);
    }

    fn uint(&mut self, value: u64) {
        let mut text = Vec::with_capacity(20);
        append_uint(&mut text, value);
        self.writer.write_token(&text);
    }

    fn float(&mut self, value: f64, bits: u32) {
        if value.is_finite() {
            let mut text = Vec::with_capacity(24);
            append_float(&mut text, value, b'g', -1, bits);
            self.writer.write_token(&text);
        } else {
            let text: &[u8] = if value.is_nan() {
                b".nan"
            } else if value > 0.0 {
                b".inf"
            } else {
                b"-.inf"
            };
            self.writer.write_token(text);
        }
    }

    /// Bytes that are no UTF-8 are written in base 64.
    fn string(&mut self, text: &[u8]) {
        if valid(text) {
            self.writer.write_string(text);
        } else {
            self.writer.write_tagged(&encode_base64(text), BINARY);
        }
    }

    // Collections.

    fn sequence<T>(
        &mut self,
        place: Place,
        items: impl ExactSizeIterator<Item = T>,
        mut encode: impl FnMut(&mut Self, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if items.len() == 0 {
            self.writer.write_empty_sequence();
            return Ok(());
        }
        let outer = self.writer.start_sequence(place);
        for item in items {
            self.writer.start_item();
            encode(self, item)?;
        }
        self.writer.end_collection(outer);
        Ok(())
    }

    fn mapping<T>(
        &mut self,
        mut entries: Vec<(&[u8], T)>,
        encode: impl FnMut(&mut Self, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        order::sort(&mut entries, Version::V3);
        self.entries(entries, encode)
    }

    /// Writes entries in the order that they are in.
    fn entries<K: AsRef<[u8]>, T>(
        &mut self,
        entries: Vec<(K, T)>,
        mut encode: impl FnMut(&mut Self, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if entries.is_empty() {
            self.writer.write_empty_mapping();
            return Ok(());
        }
        let outer = self.writer.start_mapping();
        for (key, value) in entries {
            let key = key.as_ref();
            if valid(key) {
                self.writer.write_key(key);
            } else {
                self.writer.write_tagged_key(&encode_base64(key), BINARY);
            }
            encode(self, value)?;
        }
        self.writer.end_collection(outer);
        Ok(())
    }
}

/// Standard base64, in lines of 70 characters where it is longer than one.
fn encode_base64(data: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const LINE: usize = 70;
    let mut encoded = Vec::with_capacity(data.len().div_ceil(3) * 4);
    for group in data.chunks(3) {
        let byte = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4u32 {
            let digit = (bits >> (18 - 6 * index)) & 0x3f;
            let used = index as usize <= group.len();
            encoded.push(if used { DIGITS[digit as usize] } else { b'=' });
        }
    }
    if encoded.len() < LINE {
        return encoded;
    }
    let mut out = Vec::with_capacity(encoded.len() + encoded.len() / LINE + 1);
    for line in encoded.chunks(LINE) {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out
}
