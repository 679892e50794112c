//! Typed decoding: what `sigs.k8s.io/yaml` makes of a text when the target is a Go struct.
//!
//! The target decides twice: numbers and booleans become text where a string is wanted, before JSON; and
//! `encoding/json` then fills the struct by its own rules (keys in any case, keys in bytewise order, null
//! leaves scalars as they are, the first mismatch is the error but doesn't stop the rest).

use gostd::json::{EncodeOptions, encode};
use gostd::time::Time;
use gostd::unicode::equal_fold;
use gostd::utf8::to_valid;
use gostd::value::{Frozen, FrozenMap, Value};

use crate::Error;
use crate::decode::{MAX_DEPTH, check_finite, check_keys, json_entries, node_to_frozen, too_deep_error};
use crate::node::{Node, NodeValue, decode_node_within, scalar_to_string_field};

/// A Go type to decode into.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// `interface {}`
    Any,
    /// `string`: numbers and booleans are turned into text.
    String,
    /// `bool`
    Bool,
    /// An integer of 64 bits, by Go's name of the type.
    Int(&'static str),
    /// `time.Time`: a text by RFC 3339, which is checked and kept as it is.
    Time,
    /// A slice: Go's name of its type, and the elements.
    List(&'static str, &'static Shape),
    /// A map with string keys: Go's name of its type, and the values.
    Map(&'static str, &'static Shape),
    /// A struct: Go's name of its type with the package, its bare name (empty for an anonymous one), and its
    /// fields.
    Struct(&'static str, &'static str, &'static [Field]),
    /// A pointer, which null makes nil.
    Pointer(&'static Shape),
}

/// A field of a struct.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name in JSON; keys match it in any case.
    pub name: &'static str,
    /// The field's type.
    pub shape: Shape,
}

/// Decodes the first document into the shape. Structs become maps with the fields that the text sets, under
/// their JSON names and with scalars converted as Go converts them; nil fields and unknown keys are left out.
pub fn decode_as(text: &[u8], shape: &Shape) -> Result<Frozen, Error> {
    decode_as_within(text, shape, u64::MAX)
}

/// [`decode_as`] for a text of so many nodes at most, aliases counted as often as they stand.
pub fn decode_as_within(text: &[u8], shape: &Shape, nodes: u64) -> Result<Frozen, Error> {
    let node = decode_node_within(text, nodes).map_err(Error::in_conversion)?;
    node_as(&node, shape)
}

/// As [`decode_as`], from a decoded document.
pub(crate) fn node_as(node: &Node, shape: &Shape) -> Result<Frozen, Error> {
    check_keys(&node.value).map_err(Error::in_conversion)?;
    let mut bracket = None;
    check_values(&node.value, Some(shape), 0, &mut bracket).map_err(Error::in_conversion)?;
    if let Some(bracket) = bracket {
        return Err(too_deep_error(bracket));
    }
    let mut filler = Filler::default();
    let value = filler.fill(node, shape, None);
    match filler.refused.or(filler.error) {
        Some(error) => Err(error),
        None => Ok(value.unwrap_or_else(|| zero(shape))),
    }
}

impl Shape {
    /// The type behind pointers.
    fn pointee(&self) -> &Shape {
        let mut shape = self;
        while let Shape::Pointer(inner) = shape {
            shape = inner;
        }
        shape
    }

    /// Go's name of the type.
    fn type_name(&self) -> &'static str {
        match self.pointee() {
            Shape::Any | Shape::Pointer(_) => "interface {}",
            Shape::String => "string",
            Shape::Bool => "bool",
            Shape::Time => "time.Time",
            Shape::Int(name) | Shape::List(name, _) | Shape::Map(name, _) | Shape::Struct(name, _, _) => name,
        }
    }
}

/// The field that a key sets: the one of that very name, else the first that differs in case only.
fn field_of<'s>(fields: &'s [Field], key: &[u8]) -> Option<&'s Field> {
    let exact = fields.iter().find(|field| field.name.as_bytes() == key);
    exact.or_else(|| fields.iter().find(|field| equal_fold(field.name.as_bytes(), key)))
}

/// Fails for floats that JSON doesn't have, in the order in which JSON is written, and finds what is nested
/// too deep.
fn check_values(
    value: &NodeValue,
    shape: Option<&Shape>,
    depth: usize,
    bracket: &mut Option<char>,
) -> Result<(), Error> {
    let shape = shape.map(Shape::pointee);
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match value {
        NodeValue::Float(_) if matches!(shape, Some(Shape::String)) => Ok(()),
        NodeValue::Float(value) => check_finite(*value),
        NodeValue::List(items) => {
            if depth >= MAX_DEPTH {
                bracket.get_or_insert('[');
            }
            let inner = match shape {
                Some(Shape::List(_, inner)) => Some(*inner),
                _ => None,
            };
            items.iter().try_for_each(|item| check_values(&item.value, inner, depth + 1, bracket))
        }
        NodeValue::Map(entries) => {
            if depth >= MAX_DEPTH {
                bracket.get_or_insert('{');
            }
            json_entries(entries).into_iter().try_for_each(|(key, value)| {
                let inner = match shape {
                    Some(Shape::Struct(_, _, fields)) => field_of(fields, &key).map(|field| &field.shape),
                    Some(Shape::Map(_, inner)) => Some(*inner),
                    _ => None,
                };
                check_values(&value.value, inner, depth + 1, bracket)
            })
        }
        _ => Ok(()),
    })
}

/// What a variable of the type holds before anything is decoded into it.
fn zero(shape: &Shape) -> Frozen {
    match shape {
        Shape::String | Shape::Time => Frozen::string(""),
        Shape::Bool => Frozen::Bool(false),
        Shape::Int(_) => Frozen::Int(0),
        Shape::Struct(..) => Frozen::Map(FrozenMap::default()),
        Shape::Any | Shape::List(..) | Shape::Map(..) | Shape::Pointer(_) => Frozen::Nil,
    }
}

/// The second half: `encoding/json` filling a value.
#[derive(Default)]
struct Filler {
    /// The first mismatch.
    error: Option<Error>,
    /// The first refusal of a type that decodes itself: Go then stops, whatever mismatch it met before.
    refused: Option<Error>,
    /// The fields on the way, and the bare name of the innermost struct.
    fields: Vec<&'static str>,
    structure: &'static str,
}

impl Filler {
    /// Decodes a node over what stood there before; `None` for nil.
    fn fill(&mut self, node: &Node, shape: &Shape, before: Option<Frozen>) -> Option<Frozen> {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.fill_here(node, shape, before))
    }

    fn fill_here(&mut self, node: &Node, shape: &Shape, before: Option<Frozen>) -> Option<Frozen> {
        if let NodeValue::Nil = node.value {
            return match shape {
                Shape::Any | Shape::List(..) | Shape::Map(..) | Shape::Pointer(_) => None,
                Shape::String | Shape::Bool | Shape::Int(_) | Shape::Time | Shape::Struct(..) => {
                    Some(before.unwrap_or_else(|| zero(shape)))
                }
            };
        }
        match (shape.pointee(), &node.value) {
            (Shape::Any, _) => return node_to_frozen(node).ok(),
            (Shape::String, _) => {
                if let Some(text) = scalar_to_string_field(node) {
                    return Some(Frozen::string(to_valid(&text).as_bytes()));
                }
            }
            (Shape::Time, value) => return self.time(value).or(before),
            (Shape::Bool, NodeValue::Bool(value)) => return Some(Frozen::Bool(*value)),
            (Shape::Int(_), NodeValue::Int(value)) => return Some(Frozen::Int(*value)),
            (Shape::Int(name), NodeValue::Uint(_) | NodeValue::Float(_)) => {
                let text = number_text(&node.value);
                match text.parse() {
                    Ok(value) => return Some(Frozen::Int(value)),
                    Err(_) => {
                        self.mismatch(&format!("number {text}"), name);
                        return before;
                    }
                }
            }
            (Shape::List(_, inner), NodeValue::List(items)) => {
                return Some(self.fill_list(items, inner, before));
            }
            (Shape::Map(_, inner), NodeValue::Map(entries)) => {
                let mut pairs = pairs_of(before);
                for (key, value) in json_entries(entries) {
                    let value = self.fill(value, inner, None).unwrap_or(Frozen::Nil);
                    pairs.push((to_valid(&key).as_bytes().into(), value));
                }
                return Some(Frozen::Map(FrozenMap::from_pairs(pairs)));
            }
            (Shape::Struct(_, name, fields), NodeValue::Map(entries)) => {
                return Some(self.fill_struct(name, fields, entries, before));
            }
            _ => {}
        }
        let found = match &node.value {
            NodeValue::Nil => "null",
            NodeValue::Bool(_) => "bool",
            NodeValue::Int(_) | NodeValue::Uint(_) | NodeValue::Float(_) => "number",
            NodeValue::String(_) => "string",
            NodeValue::List(_) => "array",
            NodeValue::Map(_) => "object",
        };
        self.mismatch(found, shape.type_name());
        before
    }

    fn fill_list(&mut self, items: &[Node], inner: &Shape, before: Option<Frozen>) -> Frozen {
        let before = match &before {
            Some(Frozen::List(before)) => &**before,
            _ => &[],
        };
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            list.push(self.fill(item, inner, before.get(index).map(deep_clone)).unwrap_or(Frozen::Nil));
        }
        Frozen::List(list.into())
    }

    fn fill_struct(
        &mut self,
        name: &'static str,
        fields: &'static [Field],
        entries: &[(Node, Node)],
        before: Option<Frozen>,
    ) -> Frozen {
        let mut pairs = pairs_of(before);
        let outer = self.structure;
        for (key, value) in json_entries(entries) {
            let Some(field) = field_of(fields, &key) else { continue };
            self.fields.push(field.name);
            self.structure = name;
            let index = pairs.iter().position(|(probe, _)| &**probe == field.name.as_bytes());
            let before = index.map(|index| pairs.swap_remove(index).1);
            if let Some(value) = self.fill(value, &field.shape, before) {
                pairs.push((field.name.as_bytes().into(), value));
            }
            self.fields.pop();
            self.structure = outer;
        }
        Frozen::Map(FrozenMap::from_pairs(pairs))
    }

    /// A time as `time.Time` decodes itself: of a text it looks at what stands between the quotes in JSON.
    fn time(&mut self, value: &NodeValue) -> Option<Frozen> {
        const RFC_3339: &[u8] = b"2006-01-02T15:04:05Z07:00";
        let problem = match value {
            NodeValue::String(text) => {
                let json = encode(Value::String(text), &EncodeOptions::default()).unwrap_or_default();
                let inner = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
                match Time::parse(RFC_3339, inner) {
                    Ok(_) => return Some(Frozen::string(to_valid(text).as_bytes())),
                    Err(error) => error.to_string(),
                }
            }
            _ => "Time.UnmarshalJSON: input is not a JSON string".to_owned(),
        };
        self.refused.get_or_insert_with(|| Error::Unmarshal { problem: problem.into(), fields: Vec::new() });
        None
    }

    fn mismatch(&mut self, found: &str, type_name: &str) {
        let place = if self.fields.is_empty() {
            "Go value".to_owned()
        } else {
            format!("Go struct field {}.{}", self.structure, self.fields.join("."))
        };
        let text = format!("json: cannot unmarshal {found} into {place} of type {type_name}");
        let fields = &self.fields;
        self.error.get_or_insert_with(|| Error::Unmarshal { problem: text.into(), fields: fields.clone() });
    }
}

/// Copies what an earlier key of the same field set, in whatever case: rare, and possibly deep.
fn deep_clone(value: &Frozen) -> Frozen {
    const ENOUGH: usize = 16 * 1024 * 1024;
    match value {
        Frozen::List(_) | Frozen::Map(_) => stacker::maybe_grow(ENOUGH, 2 * ENOUGH, || value.clone()),
        scalar => scalar.clone(),
    }
}

fn pairs_of(before: Option<Frozen>) -> Vec<(Box<[u8]>, Frozen)> {
    match &before {
        Some(Frozen::Map(map)) => map.iter().map(|(key, value)| (key.into(), deep_clone(value))).collect(),
        _ => Vec::new(),
    }
}

/// A number as JSON writes it.
fn number_text(value: &NodeValue) -> String {
    match value {
        NodeValue::Int(value) => value.to_string(),
        NodeValue::Uint(value) => value.to_string(),
        NodeValue::Float(value) => {
            let text = encode(Value::float64(*value), &EncodeOptions::default()).unwrap_or_default();
            String::from_utf8_lossy(&text).into_owned()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INNER: Shape =
        Shape::Struct("chart.Maintainer", "Maintainer", &[Field { name: "name", shape: Shape::String }]);
    const SHAPE: Shape = Shape::Struct(
        "chart.Metadata",
        "Metadata",
        &[
            Field { name: "name", shape: Shape::String },
            Field { name: "appVersion", shape: Shape::String },
            Field { name: "deprecated", shape: Shape::Bool },
            Field { name: "generated", shape: Shape::Time },
            Field { name: "keywords", shape: Shape::List("[]string", &Shape::String) },
            Field { name: "maintainers", shape: Shape::List("[]*chart.Maintainer", &Shape::Pointer(&INNER)) },
        ],
    );

    fn field(text: &str, name: &str) -> String {
        let value = decode_as(text.as_bytes(), &SHAPE).unwrap();
        let text = value.as_map().unwrap().get(name.as_bytes()).unwrap().as_bytes().unwrap();
        String::from_utf8_lossy(text).into_owned()
    }

    fn error(text: &str) -> String {
        decode_as(text.as_bytes(), &SHAPE).unwrap_err().to_string()
    }

    #[test]
    fn scalars_become_text_where_a_string_is_wanted() {
        for (text, expected) in [
            ("1.10", "1.1"),
            ("1.0", "1"),
            ("1e3", "1000"),
            ("0x10", "16"),
            ("12345678.5", "1.2345678e+07"),
            ("yes", "true"),
            ("2020-01-01", "2020-01-01"),
        ] {
            assert_eq!(field(&format!("APPVERSION: {text}"), "appVersion"), expected, "{text}");
        }
    }

    #[test]
    fn mismatches_name_the_field() {
        let prefix = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ";
        for (text, expected) in [
            ("[]", "array into Go value of type chart.Metadata"),
            ("name: []", "array into Go struct field Metadata.name of type string"),
            ("deprecated: 'x'", "string into Go struct field Metadata.deprecated of type bool"),
            (
                "maintainers: [{name: {}}]",
                "object into Go struct field Maintainer.maintainers.name of type string",
            ),
            ("maintainers: [x]", "string into Go struct field Metadata.maintainers of type chart.Maintainer"),
        ] {
            assert_eq!(error(text), format!("{prefix}{expected}"), "{text}");
        }
    }

    #[test]
    fn times_are_checked_and_stay_as_they_are_written() {
        let time = "2020-01-01T00:00:00.5+02:00";
        assert_eq!(field(&format!("generated: {time}"), "generated"), time);
        assert_eq!(field("generated: null\n", "generated"), "");
        let prefix = "error unmarshaling JSON: while decoding JSON: ";
        for (text, expected) in [
            (
                "generated: nope",
                r#"parsing time "nope" as "2006-01-02T15:04:05Z07:00": cannot parse "nope" as "2006""#,
            ),
            ("generated: 3", "Time.UnmarshalJSON: input is not a JSON string"),
            ("generated: []", "Time.UnmarshalJSON: input is not a JSON string"),
            // Go stops there: neither the mismatch before nor the one behind is told.
            ("deprecated: x\ngenerated: {}\nname: []", "Time.UnmarshalJSON: input is not a JSON string"),
        ] {
            assert_eq!(error(text), format!("{prefix}{expected}"), "{text}");
        }
    }
}
