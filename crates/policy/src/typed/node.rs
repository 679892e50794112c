//! A YAML document as a tree with the mark of every node.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::Spanned;

use super::decode::Finding;
use crate::problem::Mark;

/// A value in a document and where it stands.
pub(crate) struct Node {
    pub(crate) mark: Mark,
    pub(crate) shape: Shape,
}

/// What a node is.
pub(crate) enum Shape {
    Null,
    Bool(bool),
    /// A number that isn't quoted; no policy file holds one on purpose, so its value isn't kept.
    Number,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    /// In place of a value whose key is misspelt, which has been reported.
    Misspelt,
}

impl Shape {
    /// The shape in the words of an error: "found …".
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Null | Self::Misspelt => "nothing".to_owned(),
            Self::Bool(value) => format!("{value} without quotes"),
            Self::Number => "a number without quotes".to_owned(),
            Self::Text(text) => format!("{text:?}"),
            Self::List(_) => "a list".to_owned(),
            Self::Map(_) => "a mapping".to_owned(),
        }
    }
}

impl Node {
    /// Reads one document; an empty one is [`Shape::Null`].
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Finding> {
        let text = str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let line = before.iter().filter(|byte| **byte == b'\n').count();
            let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
            let column = String::from_utf8_lossy(&before[start..]).chars().count();
            Finding {
                mark: Mark { line: number(line) + 1, column: number(column) + 1 },
                message: "the file is not UTF-8".to_owned(),
                hint: Some("save it in the encoding UTF-8".to_owned()),
            }
        })?;
        let options = serde_yaml::options! { strict_booleans: true, no_schema: true, with_snippet: false };
        match serde_yaml::from_str_with_options::<Option<Self>>(text, options) {
            Ok(Some(node)) => Ok(node),
            Ok(None) => Ok(Self { mark: Mark { line: 1, column: 1 }, shape: Shape::Null }),
            Err(error) => Err(syntax_error(&error)),
        }
    }

    /// The value under a key, if this is a mapping that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Shape::Map(pairs) = &self.shape else { return None };
        pairs
            .iter()
            .find(|(name, _)| matches!(&name.shape, Shape::Text(text) if text == key))
            .map(|(_, value)| value)
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn syntax_error(error: &serde_yaml::Error) -> Finding {
    let mark = error.location().map_or(Mark { line: 1, column: 1 }, |at| Mark {
        line: u32::try_from(at.line()).unwrap_or(u32::MAX),
        column: u32::try_from(at.column()).unwrap_or(u32::MAX),
    });
    match error.without_snippet() {
        serde_yaml::Error::DuplicateMappingKey { key, .. } => Finding {
            mark,
            message: match key {
                Some(key) => format!("the key `{key}` is given twice"),
                None => "a key is given twice".to_owned(),
            },
            hint: Some("keep one of the two".to_owned()),
        },
        serde_yaml::Error::MultipleDocuments { .. } => Finding {
            mark,
            message: "a second document begins here".to_owned(),
            hint: Some("keep one document in the file".to_owned()),
        },
        // The text ends with the place, which the finding has already.
        plain => {
            let text = plain.to_string();
            let place = format!(" at line {}, column {}", mark.line, mark.column);
            Finding { mark, message: format!("invalid YAML: {}", text.replace(&place, "")), hint: None }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Shape>::deserialize(deserializer)?;
        let at = spanned.referenced;
        Ok(Self {
            mark: Mark {
                line: u32::try_from(at.line()).unwrap_or(u32::MAX),
                column: u32::try_from(at.column()).unwrap_or(u32::MAX),
            },
            shape: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Shape, E> {
        Ok(Shape::Bool(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Number)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Shape, E> {
        Ok(Shape::Number)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Shape, E> {
        Ok(Shape::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Number)
    }

    fn visit_str<E>(self, value: &str) -> Result<Shape, E> {
        Ok(Shape::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Shape::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Shape::Map(pairs))
    }
}
