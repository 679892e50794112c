//! `toYaml`: what becomes of a value on its way through JSON into YAML.

use gostd::json::{EncodeOptions, encode};
use gostd::strconv::{append_float, append_int, append_uint};
use gostd::value::{Frozen, FrozenMap, ListType, Value};

use super::order;
use super::writer::{Place, Writer};
use crate::Error;
use crate::node::{NodeValue, decode_node};
use crate::resolve::{Resolved, Version, resolve};

/// `json.Marshal`'s way.
const JSON: EncodeOptions<'static> = EncodeOptions { escape_html: true, indent: None };

/// How deep a value is walked; deeper ones may hold themselves, and are left to the real way, which looks for that.
const TRUSTED_LEVELS: usize = 100;

/// Writes a value as `yaml.Marshal` of `sigs.k8s.io/yaml` does.
pub(super) fn marshal(value: Value<'_>) -> Result<Vec<u8>, Error> {
    let mut encoder = Encoder::new(false);
    if encoder.encode(value, Place::Item).is_ok() {
        return Ok(encoder.writer.finish());
    }
    // Something in it changes on the way, or fails: it goes the whole way.
    let json = encode(value, &JSON).map_err(|error| Error::Marshal(error.to_string().into()))?;
    let node = decode_node(&json)?;
    let mut encoder = Encoder::new(true);
    // What was read back has no string that could stop the walk.
    let _ = encoder.node(&node.value, Place::Item);
    Ok(encoder.writer.finish())
}

/// The walk met something that has to go the whole way through JSON.
#[derive(Debug)]
struct Stop;

struct Encoder {
    writer: Writer,
    depth: usize,
    /// Whether what is written was read back from JSON.
    read_back: bool,
}

impl Encoder {
    fn new(read_back: bool) -> Self {
        Self { writer: Writer::new(Version::V2), depth: 0, read_back }
    }

    /// Goes into a collection.
    fn nested(&mut self, inner: impl FnOnce(&mut Self) -> Result<(), Stop>) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > TRUSTED_LEVELS && !self.read_back {
            return Err(Stop);
        }
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || inner(self))?;
        self.depth -= 1;
        Ok(())
    }

    fn encode(&mut self, value: Value<'_>, place: Place) -> Result<(), Stop> {
        match value {
            Value::Nil => self.writer.write_token(b"null"),
            Value::Bool(value) => self.bool(value),
            Value::Int(_, value) => self.int(value),
            Value::Uint(_, value) => self.uint(value),
            Value::Float(gostd::value::FloatKind::Float64, value) => self.float(value)?,
            Value::Float(..) | Value::Complex(..) => self.by_json(value, place)?,
            Value::String(text) => self.string(text)?,
            Value::Map(map) if map.is_nil() => self.writer.write_token(b"null"),
            Value::Map(map) => match map.as_frozen() {
                Some(frozen) => self.frozen_map(frozen)?,
                None => self.nested(|encoder| {
                    encoder.sorted_mapping(map.entries(), |encoder, value| {
                        encoder.encode(value, Place::InMapping)
                    })
                })?,
            },
            Value::List(list) if list.is_nil() => self.writer.write_token(b"null"),
            Value::List(list) if list.list_type() == ListType::Uint8 => self.by_json(value, place)?,
            Value::List(list) => match list.as_frozen() {
                Some(frozen) => self.frozen_list(frozen, place)?,
                None => self.nested(|encoder| {
                    encoder.sequence(place, list.iter(), |encoder, item| encoder.encode(item, Place::Item))
                })?,
            },
            Value::Object(_) => self.by_json(value, place)?,
        }
        Ok(())
    }

    fn frozen(&mut self, value: &Frozen, place: Place) -> Result<(), Stop> {
        match value {
            Frozen::Nil => self.writer.write_token(b"null"),
            Frozen::Bool(value) => self.bool(*value),
            Frozen::Int(value) => self.int(*value),
            Frozen::Uint(value) => self.uint(*value),
            Frozen::Float(value) => self.float(*value)?,
            Frozen::String(text) => self.string(text)?,
            Frozen::List(items) => self.frozen_list(items, place)?,
            Frozen::Map(map) => self.frozen_map(map)?,
        }
        Ok(())
    }

    fn frozen_list(&mut self, items: &[Frozen], place: Place) -> Result<(), Stop> {
        self.nested(|encoder| {
            encoder.sequence(place, items.iter(), |encoder, item| encoder.frozen(item, Place::Item))
        })
    }

    fn frozen_map(&mut self, map: &FrozenMap) -> Result<(), Stop> {
        self.nested(|encoder| {
            let entries = map.iter().collect();
            encoder.sorted_mapping(entries, |encoder, value| encoder.frozen(value, Place::InMapping))
        })
    }

    /// Writes what has its own form in JSON by really going the way through it.
    fn by_json(&mut self, value: Value<'_>, place: Place) -> Result<(), Stop> {
        let json = encode(value, &JSON).map_err(|_| Stop)?;
        let node = decode_node(&json).map_err(|_| Stop)?;
        self.node(&node.value, place)
    }

    fn node(&mut self, value: &NodeValue, place: Place) -> Result<(), Stop> {
        match value {
            NodeValue::Nil => self.writer.write_token(b"null"),
            NodeValue::Bool(value) => self.bool(*value),
            NodeValue::Int(value) => self.int(*value),
            NodeValue::Uint(value) => self.uint(*value),
            NodeValue::Float(value) => self.general_float(*value),
            NodeValue::String(text) => self.writer.write_string(text),
            NodeValue::List(items) => self.nested(|encoder| {
                encoder.sequence(place, items.iter(), |encoder, item| encoder.node(&item.value, Place::Item))
            })?,
            NodeValue::Map(entries) => self.nested(|encoder| {
                let mut pairs: Vec<(&[u8], &NodeValue)> = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    if let NodeValue::String(text) = &key.value {
                        pairs.push((text, &value.value));
                    }
                }
                pairs.sort_by_key(|(key, _)| *key);
                encoder.sorted_mapping(pairs, |encoder, value| encoder.node(value, Place::InMapping))
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

    /// A float comes back as an integer where JSON writes it as one.
    fn float(&mut self, value: f64) -> Result<(), Stop> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if !value.is_finite() {
            return Err(Stop);
        }
        if value.fract() != 0.0 {
            self.general_float(value);
        } else if value.abs() < EXACT {
            #[allow(clippy::cast_possible_truncation, reason = "it is an integer within 2^53")]
            self.int(value as i64);
        } else {
            // Beyond 2^53 JSON has the shortest digits, filled up with zeros.
            let mut text = Vec::new();
            append_float(&mut text, value, if value.abs() < 1e21 { b'f' } else { b'e' }, -1, 64);
            match resolve(&text, Version::V2) {
                Resolved::Int(value) => self.int(value),
                Resolved::Uint(value) => self.uint(value),
                _ => self.general_float(value),
            }
        }
        Ok(())
    }

    fn general_float(&mut self, value: f64) {
        let mut text = Vec::with_capacity(24);
        append_float(&mut text, value, b'g', -1, 64);
        self.writer.write_token(&text);
    }

    fn string(&mut self, text: &[u8]) -> Result<(), Stop> {
        if !is_unchanged(text) {
            return Err(Stop);
        }
        self.writer.write_string(text);
        Ok(())
    }

    // Collections.

    fn sequence<T>(
        &mut self,
        place: Place,
        items: impl ExactSizeIterator<Item = T>,
        mut encode: impl FnMut(&mut Self, T) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
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

    /// Writes entries that are in bytewise order.
    fn sorted_mapping<K: AsRef<[u8]>, T>(
        &mut self,
        mut entries: Vec<(K, T)>,
        mut encode: impl FnMut(&mut Self, T) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        if entries.is_empty() {
            self.writer.write_empty_mapping();
            return Ok(());
        }
        order::sort(&mut entries, Version::V2);
        let outer = self.writer.start_mapping();
        for (key, value) in entries {
            let key = key.as_ref();
            let as_it_is = self.read_back || (is_short(key) && is_unchanged(key));
            if !as_it_is {
                return Err(Stop);
            }
            self.writer.write_key(key);
            encode(self, value)?;
        }
        self.writer.end_collection(outer);
        Ok(())
    }
}

/// Whether a key surely isn't too long for YAML to find it in JSON: at most 1022 characters, escapes included.
fn is_short(key: &[u8]) -> bool {
    // Escapes make at most six characters of one.
    key.len() <= 170
}

/// Whether a string comes through JSON and YAML as it is.
fn is_unchanged(text: &[u8]) -> bool {
    if text.iter().all(|byte| *byte < 0x7f) {
        return true;
    }
    let Ok(text) = std::str::from_utf8(text) else { return false };
    // go-yaml refuses most of these where they stand raw, and takes NEL for a line break.
    !text.chars().any(|character| matches!(character, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}'))
}

#[cfg(test)]
mod tests {
    use gostd::value::Arena;
    use pretty_assertions::assert_eq;

    use crate::to_yaml;
    use gostd::value::Value;

    fn string(text: &str) -> Option<String> {
        to_yaml(Value::string(text)).ok().map(|text| String::from_utf8_lossy(&text).into_owned())
    }

    fn float(value: f64) -> String {
        String::from_utf8_lossy(&to_yaml(Value::float64(value)).unwrap()).trim_end().to_owned()
    }

    #[test]
    fn numbers_are_read_again() {
        for (value, expected) in [
            (1e6, "1000000"),
            (-0.0, "0"),
            (1e20, "1e+20"),
            (1_234_567.5, "1.2345675e+06"),
            (1e-5, "1e-05"),
            (4_611_686_018_427_387_904.0, "4611686018427388000"),
            (1.8e19, "18000000000000000000"),
        ] {
            assert_eq!(float(value), expected);
        }
    }

    #[test]
    fn the_detour_changes_strings() {
        assert_eq!(string("a\u{85}b").as_deref(), Some("a b\n"));
        assert_eq!(string("a \u{85} \u{85}b").as_deref(), Some("|-\n  a\n  b\n"));
        assert_eq!(string("a\u{85}--- b"), None);
        assert_eq!(string("a\u{7f}"), None);
        assert_eq!(string("\u{ffff}"), None);
        assert_eq!(string("\u{feff}a").as_deref(), Some("\"\\uFEFF\\x61\"\n"));
    }

    #[test]
    fn cycles_and_long_keys_fail() {
        let arena = Arena::new();
        let map = arena.map_of([("a", Value::Nil)]);
        map.insert(b"a", Value::Map(map)).unwrap();
        assert!(to_yaml(Value::Map(map)).is_err());
        let key = "k".repeat(1022);
        assert!(to_yaml(Value::Map(arena.map_of([(key.as_str(), Value::Nil)]))).is_ok());
        let key = "k".repeat(1023);
        assert!(to_yaml(Value::Map(arena.map_of([(key.as_str(), Value::Nil)]))).is_err());
    }
}
