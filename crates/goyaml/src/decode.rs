//! YAML text to frozen data, as `sigs.k8s.io/yaml` decodes it into interfaces.
//!
//! Plain documents are built straight from the events. What needs more (aliases, merge keys, tags, odd keys,
//! anything that Go refuses after parsing) is read again into a tree: rare, and then exact.

use gostd::strconv::append_int;
use gostd::utf8::to_valid;
use gostd::value::{Frozen, FrozenList, FrozenMap};

use crate::event::{EventKind, Scalar};
use crate::node::{Node, NodeValue, append_key_float, decode_node_within, key_error, key_text};
use crate::reader::Source;
use crate::resolve::{Resolved, Version, resolve};
use crate::{Error, Parser};

/// How deep Go's JSON decoder goes.
pub(crate) const MAX_DEPTH: usize = 10_000;

/// Decodes the first document as `yaml.Unmarshal` does into an `interface{}`.
pub fn decode(text: &[u8]) -> Result<Frozen, Error> {
    decode_within(text, u64::MAX)
}

/// [`decode`] for a text of so many nodes at most, aliases counted as often as they stand.
pub fn decode_within(text: &[u8], nodes: u64) -> Result<Frozen, Error> {
    let source = Source::new(text);
    if let Some(value) = decode_plain(&mut Parser::of(&source), nodes).map_err(Error::in_conversion)? {
        return Ok(value);
    }
    let node = decode_node_within(text, nodes).map_err(Error::in_conversion)?;
    node_to_frozen(&node)
}

/// Decodes the first document into a `map[string]interface {}` that is there already, as all callers in Helm
/// do: empty and null leave it empty.
pub fn decode_map(text: &[u8]) -> Result<FrozenMap, Error> {
    decode_map_within(text, u64::MAX)
}

/// [`decode_map`] for a text of so many nodes at most, aliases counted as often as they stand.
pub fn decode_map_within(text: &[u8], nodes: u64) -> Result<FrozenMap, Error> {
    match decode_within(text, nodes)? {
        Frozen::Nil => Ok(FrozenMap::default()),
        Frozen::Map(map) => Ok(map),
        other => Err(mismatch(&other, "map[string]interface {}")),
    }
}

/// Decodes the first document into a `[]interface {}` that is there already: empty and null leave it empty.
pub fn decode_list(text: &[u8]) -> Result<FrozenList, Error> {
    decode_list_within(text, u64::MAX)
}

/// [`decode_list`] for a text of so many nodes at most, aliases counted as often as they stand.
pub fn decode_list_within(text: &[u8], nodes: u64) -> Result<FrozenList, Error> {
    match decode_within(text, nodes)? {
        Frozen::Nil => Ok(FrozenList::default()),
        Frozen::List(list) => Ok(list),
        other => Err(mismatch(&other, "[]interface {}")),
    }
}

/// The error of `encoding/json` for a value that doesn't fit the type.
fn mismatch(value: &Frozen, type_name: &str) -> Error {
    let found = match value {
        Frozen::Nil => "null",
        Frozen::Bool(_) => "bool",
        Frozen::Int(_) | Frozen::Uint(_) | Frozen::Float(_) => "number",
        Frozen::String(_) => "string",
        Frozen::List(_) => "array",
        Frozen::Map(_) => "object",
    };
    let problem = format!("json: cannot unmarshal {found} into Go value of type {type_name}").into();
    Error::Unmarshal { problem, fields: Vec::new() }
}

/// A collection that isn't complete yet.
enum Open {
    List(Vec<Frozen>),
    Map(Vec<(Box<[u8]>, Frozen)>, Option<Box<[u8]>>),
}

/// Builds a document from its events; `None` where it isn't plain enough.
fn decode_plain(parser: &mut Parser<'_>, allowed: u64) -> Result<Option<Frozen>, Error> {
    parser.next_event()?;
    match parser.next_event()?.map(|event| event.kind) {
        Some(EventKind::DocumentStart) => {}
        _ => return Ok(Some(Frozen::Nil)),
    }
    let mut open: Vec<Open> = Vec::new();
    let mut nodes = 0;
    loop {
        let Some(event) = parser.next_event()? else { return Ok(None) };
        nodes += u64::from(!matches!(event.kind, EventKind::SequenceEnd | EventKind::MappingEnd));
        if nodes > allowed {
            return Err(Error::TooManyNodes { allowed });
        }
        let value = match event.kind {
            EventKind::Scalar(scalar) => match open.last_mut() {
                Some(Open::Map(_, key @ None)) => {
                    let Some(text) = plain_key(scalar) else { return Ok(None) };
                    *key = Some(text);
                    continue;
                }
                _ => match plain_scalar(scalar) {
                    Some(value) => value,
                    None => return Ok(None),
                },
            },
            EventKind::SequenceStart { .. } | EventKind::MappingStart { .. }
                if matches!(open.last(), Some(Open::Map(_, None))) || open.len() >= MAX_DEPTH =>
            {
                return Ok(None);
            }
            EventKind::SequenceStart { .. } => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            EventKind::MappingStart { .. } => {
                open.push(Open::Map(Vec::new(), None));
                continue;
            }
            EventKind::SequenceEnd | EventKind::MappingEnd => match open.pop() {
                Some(Open::List(items)) => Frozen::List(items.into()),
                Some(Open::Map(entries, _)) => Frozen::Map(FrozenMap::from_pairs(entries)),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        match open.last_mut() {
            Some(Open::List(items)) => items.push(value),
            Some(Open::Map(entries, key)) => {
                if let Some(key) = key.take() {
                    entries.push((key, value));
                }
            }
            None => {
                // The end of the document is read too: what follows it may not parse.
                parser.next_event()?;
                return Ok(Some(value));
            }
        }
    }
}

fn plain_scalar(scalar: Scalar<'_>) -> Option<Frozen> {
    if scalar.tag.is_some() {
        return None;
    }
    if !scalar.plain_implicit {
        return Some(Frozen::String(scalar.value.into()));
    }
    #[allow(clippy::cast_precision_loss, reason = "JSON decoding makes floats of all numbers")]
    Some(match resolve(&scalar.value, Version::V2) {
        Resolved::Nil => Frozen::Nil,
        Resolved::Bool(value) => Frozen::Bool(value),
        Resolved::Int(value) => Frozen::Float(value as f64),
        Resolved::Uint(value) => Frozen::Float(value as f64),
        Resolved::Float(value) if value.is_finite() => Frozen::Float(value),
        Resolved::Float(_) => return None,
        Resolved::Timestamp | Resolved::String => Frozen::String(scalar.value.into()),
    })
}

fn plain_key(scalar: Scalar<'_>) -> Option<Box<[u8]>> {
    if scalar.tag.is_some() {
        return None;
    }
    if !scalar.plain_implicit {
        return Some(scalar.value.into());
    }
    let mut out = Vec::new();
    match resolve(&scalar.value, Version::V2) {
        Resolved::Timestamp | Resolved::String => {
            return (&*scalar.value != b"<<").then(|| scalar.value.into());
        }
        Resolved::Nil | Resolved::Uint(_) => return None,
        Resolved::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Resolved::Int(value) => append_int(&mut out, value),
        Resolved::Float(value) => append_key_float(&mut out, value),
    }
    Some(out.into())
}

/// The rest of the way, from what go-yaml decoded through JSON to Go values.
pub(crate) fn node_to_frozen(node: &Node) -> Result<Frozen, Error> {
    check_keys(&node.value).map_err(Error::in_conversion)?;
    let mut too_deep = None;
    let value = to_frozen(&node.value, 0, &mut too_deep).map_err(Error::in_conversion)?;
    match too_deep {
        Some(bracket) => Err(too_deep_error(bracket)),
        None => Ok(value),
    }
}

/// Fails for keys that JSON can't have.
pub(crate) fn check_keys(value: &NodeValue) -> Result<(), Error> {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match value {
        NodeValue::List(items) => items.iter().try_for_each(|item| check_keys(&item.value)),
        NodeValue::Map(entries) => entries.iter().try_for_each(|(key, value)| match key_text(&key.value) {
            Some(_) => check_keys(&value.value),
            None => Err(key_error(&key.value, &value.value)),
        }),
        _ => Ok(()),
    })
}

/// A map's entries in the order in which JSON has them; of keys that became equal the last stands.
pub(crate) fn json_entries(entries: &[(Node, Node)]) -> Vec<(Box<[u8]>, &Node)> {
    let mut sorted: Vec<(Box<[u8]>, &Node)> =
        entries.iter().filter_map(|(key, value)| Some((key_text(&key.value)?, value))).collect();
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    sorted.dedup_by(|later, earlier| {
        let equal = later.0 == earlier.0;
        if equal {
            std::mem::swap(later, earlier);
        }
        equal
    });
    sorted
}

/// The error of `encoding/json` for a float that JSON doesn't have.
pub(crate) fn check_finite(value: f64) -> Result<(), Error> {
    let name = if value.is_nan() {
        "NaN"
    } else if value == f64::INFINITY {
        "+Inf"
    } else if value == f64::NEG_INFINITY {
        "-Inf"
    } else {
        return Ok(());
    };
    Err(Error::Json(format!("json: unsupported value: {name}").into()))
}

/// The error of `encoding/json` for a bracket that is too deep.
pub(crate) fn too_deep_error(bracket: char) -> Error {
    let problem = format!("invalid character '{bracket}' exceeded max depth").into();
    Error::Unmarshal { problem, fields: Vec::new() }
}

/// Remembers the first bracket that is too deep.
fn note_depth(depth: usize, bracket: char, too_deep: &mut Option<char>) {
    if depth >= MAX_DEPTH {
        too_deep.get_or_insert(bracket);
    }
}

fn to_frozen(value: &NodeValue, depth: usize, too_deep: &mut Option<char>) -> Result<Frozen, Error> {
    #[allow(clippy::cast_precision_loss, reason = "JSON decoding makes floats of all numbers")]
    Ok(match value {
        NodeValue::Nil => Frozen::Nil,
        NodeValue::Bool(value) => Frozen::Bool(*value),
        NodeValue::Int(value) => Frozen::Float(*value as f64),
        NodeValue::Uint(value) => Frozen::Float(*value as f64),
        NodeValue::Float(value) => {
            check_finite(*value)?;
            Frozen::Float(*value)
        }
        NodeValue::String(text) => Frozen::string(to_valid(text).as_bytes()),
        NodeValue::List(items) => {
            note_depth(depth, '[', too_deep);
            let mut list = Vec::with_capacity(items.len());
            for item in items {
                list.push(stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                    to_frozen(&item.value, depth + 1, too_deep)
                })?);
            }
            Frozen::List(list.into())
        }
        NodeValue::Map(entries) => {
            note_depth(depth, '{', too_deep);
            let mut pairs = Vec::with_capacity(entries.len());
            for (key, value) in json_entries(entries) {
                let value = stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                    to_frozen(&value.value, depth + 1, too_deep)
                })?;
                pairs.push((Box::<[u8]>::from(to_valid(&key).as_bytes()), value));
            }
            Frozen::Map(FrozenMap::from_pairs(pairs))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    /// The value as JSON.
    fn json(text: &str) -> String {
        match decode(text.as_bytes()) {
            Ok(value) => {
                let mut out = Vec::new();
                gostd::json::append_frozen(&mut out, &value, &gostd::json::EncodeOptions::default()).unwrap();
                String::from_utf8(out).unwrap()
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn yaml_1_1_becomes_json_values() {
        for (text, expected) in [
            ("", "null"),
            ("a: 1\n---\nb: 2", r#"{"a":1}"#),
            (
                "{y: 2, n: no, 1: x, 0x10: w, 1.50: z}",
                r#"{"1":"x","1.5":"z","16":"w","false":false,"true":2}"#,
            ),
            ("a: 9007199254740993", r#"{"a":9007199254740992}"#),
            ("a: 1e400\nb: 12:30:45\nc: 2001-01-01", r#"{"a":"1e400","b":"12:30:45","c":"2001-01-01"}"#),
            ("a: 1\na: 2", r#"{"a":2}"#),
            (
                "a: &a {x: 1, z: 2}\nb: {z: 3, <<: *a}\nc: {<<: *a, z: 3}",
                r#"{"a":{"x":1,"z":2},"b":{"x":1,"z":2},"c":{"x":1,"z":3}}"#,
            ),
            (
                "[!!str 1, !!int '2', !!float 3, !!binary aGk=, !!bool yes, !x 4]",
                r#"["1",2,3,"hi",true,"4"]"#,
            ),
            ("a: |\n  x\n  y\nb: >-\n  x\n  y\nc: \"q\\tq\"", r#"{"a":"x\ny\n","b":"x y","c":"q\tq"}"#),
            ("k:\n- a\n- b: c\n  d: e\n- - f\nl: g", r#"{"k":["a",{"b":"c","d":"e"},["f"]],"l":"g"}"#),
        ] {
            assert_eq!(json(text), expected, "{text}");
        }
    }

    #[test]
    fn errors_are_go_s() {
        let yaml = "error converting YAML to JSON: yaml: ";
        for (text, expected) in [
            ("a: b: c", "mapping values are not allowed in this context"),
            ("a: 1\nb: c: d", "line 2: mapping values are not allowed in this context"),
            ("a: {", "line 1: did not find expected node content"),
            ("a:\n  - b\n c", "line 2: did not find expected key"),
            ("a: 1\n b: 2", "line 2: mapping values are not allowed in this context"),
            ("\ta: 1", "found character that cannot start any token"),
            ("a: \"\\/\"", "found unknown escape character"),
            ("a: *b", "unknown anchor 'b' referenced"),
            ("a: &a [*a]", "anchor 'a' value contains itself"),
            ("a: {{ .x }}", "invalid map key: map[interface {}]interface {}{\".x\":interface {}(nil)}"),
            ("<<: 1", "map merge requires map or sequence of maps as the value"),
            ("a\u{1}", "control characters are not allowed"),
            ("%YAML 1.2\n---\na: 1", "found incompatible YAML document"),
        ] {
            assert_eq!(json(text), format!("{yaml}{expected}"), "{text}");
        }
        assert_eq!(json("a: .inf"), "error converting YAML to JSON: json: unsupported value: +Inf");
        assert_eq!(
            json("null: d"),
            "error converting YAML to JSON: unsupported map key of type: %!s(<nil>), key: <nil>, value: \"d\""
        );
        let error = decode_map(b"- a").unwrap_err().to_string();
        assert_eq!(
            error,
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type \
             map[string]interface {}"
        );
        assert_eq!(decode_map(b"~"), Ok(FrozenMap::default()));
    }

    #[test]
    fn nodes_are_counted_as_often_as_they_stand() {
        for (text, nodes) in [
            ("", 0),
            ("a", 1),
            ("a: 1", 3),
            ("[a, [b]]", 4),
            ("- !!str 1\n- b", 3),
            ("- &a [x, y]\n- *a\n- *a\n", 12),
            ("a: &a {x: 1}\nb: {<<: *a}\n", 11),
        ] {
            assert!(decode_within(text.as_bytes(), nodes).is_ok(), "{text}");
            if nodes > 0 {
                let error = decode_within(text.as_bytes(), nodes - 1).unwrap_err();
                assert_eq!(error.nodes_allowed(), Some(nodes - 1), "{text}: {error}");
            }
        }
    }

    #[test]
    fn hostile_texts_end_quickly() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..9 {
            let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        assert!(json(&bomb).ends_with("document contains excessive aliasing"));
        assert!(json(&"[".repeat(10_001)).ends_with("exceeded max depth of 10000"));
        assert!(json(&"- ".repeat(10_001)).ends_with("exceeded max depth of 10000"));
        let deep = format!("a:\n{}[[]]", "- ".repeat(9_999));
        assert!(json(&deep).ends_with("invalid character '[' exceeded max depth"));
    }
}
