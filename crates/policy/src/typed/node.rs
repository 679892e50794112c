//! A YAML document as a tree with the mark of every node.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::Spanned;
use serde_yaml::budget::BudgetBreach;

use super::decode::Finding;
use crate::problem::Mark;

/// How deep a file may nest; none of ours needs half of it, and small stacks hold this.
const MAX_DEPTH: usize = 24;

/// What is said of a file that nests deeper.
pub(crate) const NESTED_TOO_DEEPLY: &str = "nested too deeply";

/// A value in a document and where it stands.
pub(crate) struct Node {
    pub(crate) mark: Mark,
    pub(crate) shape: Shape,
}

/// What a node is.
pub(crate) enum Shape {
    Null,
    Bool(bool),
    /// A number that isn't quoted. Only whole ones are of use to a policy file, so no other's value is kept.
    Number(Option<u64>),
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
            Self::Number(_) => "a number without quotes".to_owned(),
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
        let options = serde_yaml::options! {
            strict_booleans: true,
            no_schema: true,
            with_snippet: false,
            budget: serde_yaml::budget! { max_depth: MAX_DEPTH },
        };
        match serde_yaml::from_str_with_options::<Option<Self>>(text, options) {
            Ok(Some(node)) => Ok(node),
            Ok(None) => Ok(Self { mark: Mark { line: 1, column: 1 }, shape: Shape::Null }),
            Err(error) => Err(syntax_error(text, &error)),
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

/// The error itself, without the excerpt around it and the places that an alias adds.
fn plain(error: &serde_yaml::Error) -> &serde_yaml::Error {
    let mut error = error.without_snippet();
    while let serde_yaml::Error::AliasError { error: inner, .. } = error {
        error = inner.without_snippet();
    }
    error
}

/// The name of the alias at a place.
fn alias_at(text: &str, mark: Mark) -> Option<&str> {
    let line = text.lines().nth(usize::try_from(mark.line).ok()?.checked_sub(1)?)?;
    let (start, _) = line.char_indices().nth(usize::try_from(mark.column).ok()?.checked_sub(1)?)?;
    let name = line[start..].strip_prefix('*')?;
    name.split([' ', '\t', ',', ']', '}']).next().filter(|name| !name.is_empty())
}

fn syntax_error(text: &str, error: &serde_yaml::Error) -> Finding {
    let mark = error.location().map_or(Mark { line: 1, column: 1 }, |at| Mark {
        line: u32::try_from(at.line()).unwrap_or(u32::MAX),
        column: u32::try_from(at.column()).unwrap_or(u32::MAX),
    });
    let alias =
        || alias_at(text, mark).map_or_else(|| "an alias".to_owned(), |name| format!("the alias `*{name}`"));
    match plain(error) {
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
        serde_yaml::Error::RecursiveReferencesRequireWeakTypes { .. } => Finding {
            mark,
            message: format!("{} stands inside of what its anchor names, which would never end", alias()),
            hint: Some("write what is meant there instead of the alias".to_owned()),
        },
        serde_yaml::Error::UnknownAnchor { .. } => Finding {
            mark,
            message: format!("{} names an anchor that nothing before it has", alias()),
            hint: Some("anchors are written `&name`; text that begins with `*` goes in quotes".to_owned()),
        },
        serde_yaml::Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => {
            Finding { mark, message: NESTED_TOO_DEEPLY.to_owned(), hint: None }
        }
        serde_yaml::Error::Budget { .. }
        | serde_yaml::Error::AliasReplayLimitExceeded { .. }
        | serde_yaml::Error::AliasExpansionLimitExceeded { .. } => Finding {
            mark,
            message: "too large, with every alias replaced by what it stands for".to_owned(),
            hint: Some("aliases of aliases multiply: write less with them".to_owned()),
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

    fn visit_i64<E>(self, value: i64) -> Result<Shape, E> {
        Ok(Shape::Number(u64::try_from(value).ok()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Shape, E> {
        Ok(Shape::Number(Some(value)))
    }

    fn visit_i128<E>(self, _: i128) -> Result<Shape, E> {
        Ok(Shape::Number(None))
    }

    fn visit_u128<E>(self, _: u128) -> Result<Shape, E> {
        Ok(Shape::Number(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Number(None))
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
