//! Where a value came from: the file and place of every layer that sets a key.

use goyaml::{Node, NodeValue, PathSegment, decode_node, mark_of, scalar_to_string_field};

use crate::policy::{Deployment, Policy};
use crate::problem::Mark;

/// One layer's say on a values key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub file: String,
    /// Where the file sets it.
    pub mark: Mark,
    /// The key that is set there: the one asked for, or one above it whose value has no keys below.
    pub key: String,
    /// The value in one line; collections are only described.
    pub value: String,
}

impl Policy {
    /// Every layer that sets a key of a deployment's values, lowest first; the last one counts. The key is
    /// written as `--set` reads it: `web.resources.limits`, `hosts[0]`, `annotations.example\.com/x`.
    ///
    /// The chart's own defaults and the image of the freight aren't the policy's: the caller adds them.
    pub fn origins(&self, deployment: &Deployment, key: &str) -> Vec<Origin> {
        let path = parse_key(key);
        self.layers(deployment)
            .iter()
            .filter_map(|layer| {
                origin(layer.bytes, &path).map(|(mark, key, value)| (layer, mark, key, value))
            })
            .map(|(layer, mark, key, value)| Origin { file: layer.path.to_string(), mark, key, value })
            .collect()
    }
}

/// Splits a key at dots and indices; a backslash takes the next character as it is.
fn parse_key(key: &str) -> Vec<PathSegment> {
    let mut path = Vec::new();
    let mut word = String::new();
    let mut chars = key.chars().peekable();
    let flush = |word: &mut String, path: &mut Vec<PathSegment>| {
        if !word.is_empty() {
            path.push(PathSegment::Key(std::mem::take(word).into_bytes().into()));
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '\\' => word.extend(chars.next()),
            '.' => flush(&mut word, &mut path),
            '[' => {
                let digits: String = std::iter::from_fn(|| chars.next_if(|c| *c != ']')).collect();
                chars.next();
                flush(&mut word, &mut path);
                match digits.parse() {
                    Ok(index) => path.push(PathSegment::Index(index)),
                    Err(_) => path.push(PathSegment::Key(digits.into_bytes().into())),
                }
            }
            c => word.push(c),
        }
    }
    flush(&mut word, &mut path);
    path
}

fn print_key(path: &[PathSegment]) -> String {
    let mut key = String::new();
    for segment in path {
        match segment {
            PathSegment::Key(name) => {
                if !key.is_empty() {
                    key.push('.');
                }
                key.push_str(&String::from_utf8_lossy(name).replace('.', "\\."));
            }
            PathSegment::Index(index) => key.push_str(&format!("[{index}]")),
        }
    }
    key
}

fn origin(text: &[u8], path: &[PathSegment]) -> Option<(Mark, String, String)> {
    let document = decode_node(text).ok()?;
    let mut at = &document;
    let mut depth = 0;
    for segment in path {
        match (&at.value, segment) {
            (NodeValue::Map(pairs), PathSegment::Key(name)) => {
                let named = |key: &Node| scalar_to_string_field(key).is_some_and(|text| text == *name);
                at = pairs.iter().find(|(key, _)| named(key)).map(|(_, value)| value)?;
            }
            (NodeValue::List(items), PathSegment::Index(index)) => at = items.get(*index)?,
            // The layer sets something else here, which takes all that is below with it.
            _ if depth > 0 => break,
            _ => return None,
        }
        depth += 1;
    }
    let path = &path[..depth];
    let found = mark_of(text, path)?;
    let mark = Mark { line: found.line + 1, column: found.column + 1 };
    Some((mark, print_key(path), describe(at)))
}

fn describe(node: &Node) -> String {
    let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    match &node.value {
        NodeValue::Nil => "null".to_owned(),
        NodeValue::String(text) => format!("{:?}", String::from_utf8_lossy(text)),
        NodeValue::List(items) => format!("a list of {}", count(items.len(), "item")),
        NodeValue::Map(pairs) => format!("a map of {}", count(pairs.len(), "key")),
        NodeValue::Float(value) => value.to_string(),
        NodeValue::Bool(_) | NodeValue::Int(_) | NodeValue::Uint(_) => scalar_to_string_field(node)
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const TEXT: &str = "web:\n  replicas: 3\n  hosts: [a, {name: b}]\nnothing: ~\n? a.b/c\n: x\n";

    #[test]
    fn keys_are_read_as_set_reads_them() {
        for key in ["web.replicas", "web.hosts[1].name", r"annotations.a\.b/c", "[0]"] {
            assert_eq!(print_key(&parse_key(key)), key);
        }
    }

    #[test]
    fn a_layer_says_where_it_sets_a_key() {
        for (key, expected) in [
            ("web.replicas", Some((2, 3, "web.replicas", "3"))),
            ("web.hosts[1].name", Some((3, 15, "web.hosts[1].name", "\"b\""))),
            ("web.hosts", Some((3, 3, "web.hosts", "a list of 2 items"))),
            ("web", Some((1, 1, "web", "a map of 2 keys"))),
            ("nothing.at.all", Some((4, 1, "nothing", "null"))),
            (r"a\.b/c", Some((5, 3, r"a\.b/c", "\"x\""))),
            ("web.image", None),
            ("web.hosts[7]", None),
        ] {
            let found = origin(TEXT.as_bytes(), &parse_key(key));
            let expected = expected.map(|(line, column, key, value): (u32, u32, &str, &str)| {
                (Mark { line, column }, key.to_owned(), value.to_owned())
            });
            assert_eq!(found, expected, "{key}");
        }
        assert_eq!(origin(b"- a", &parse_key("a")), None);
        assert_eq!(origin(b"a: [", &parse_key("a")), None);
    }
}
