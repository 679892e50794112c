//! The few fields of a manifest that ordering and hooks need, read from the events without building a tree.

use crate::event::{EventKind, Scalar};
use crate::node::{Node, NodeValue, decode_node, scalar_to_string_field};
use crate::reader::Source;
use crate::resolve::{Resolved, Version, resolve};
use crate::shape::{Field, Shape, node_as};
use crate::{Error, Parser};
use gostd::strconv::{append_float, append_int, append_uint};
use gostd::unicode::equal_fold;
use gostd::value::{Frozen, FrozenMap};

/// An annotation: its key and its value.
pub type Annotation = (Box<[u8]>, Box<[u8]>);

/// A manifest's head: absent fields are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// `apiVersion`
    pub api_version: Box<[u8]>,
    /// `kind`
    pub kind: Box<[u8]>,
    /// `metadata.name`
    pub name: Box<[u8]>,
    /// `metadata.namespace`: no part of Helm's head, so it is empty where it is no scalar.
    pub namespace: Box<[u8]>,
    /// `metadata.annotations`, sorted by key.
    pub annotations: Vec<Annotation>,
}

impl Head {
    /// An annotation's value.
    pub fn annotation(&self, key: &[u8]) -> Option<&[u8]> {
        let index = self.annotations.binary_search_by(|(probe, _)| (**probe).cmp(key)).ok()?;
        Some(&self.annotations[index].1)
    }
}

/// Helm's `util.SimpleHead`.
const SIMPLE_HEAD: Shape = Shape::Struct(
    "util.SimpleHead",
    "SimpleHead",
    &[
        Field { name: "apiVersion", shape: Shape::String },
        Field { name: "kind", shape: Shape::String },
        Field { name: "metadata", shape: Shape::Pointer(&METADATA) },
    ],
);
const METADATA: Shape = Shape::Struct(
    r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#,
    "",
    &[
        Field { name: "name", shape: Shape::String },
        Field { name: "annotations", shape: Shape::Map("map[string]string", &Shape::String) },
    ],
);

/// Reads a manifest's head, failing exactly where Helm's decoding into `SimpleHead` fails.
pub fn head(document: &[u8]) -> Result<Head, Error> {
    let source = Source::new(document);
    let mut reader = Reader { parser: Parser::of(&source), head: Head::default() };
    if reader.read().map_err(Error::in_conversion)?.is_some() {
        let mut head = reader.head;
        let annotations = std::mem::take(&mut head.annotations);
        head.annotations = sorted(annotations);
        return Ok(head);
    }
    let node = decode_node(document).map_err(Error::in_conversion)?;
    head_of_node(&node)
}

/// Sorts by key; of equal keys the last stands.
fn sorted(mut annotations: Vec<Annotation>) -> Vec<Annotation> {
    annotations.sort_by(|(a, _), (b, _)| a.cmp(b));
    annotations.dedup_by(|later, earlier| {
        let equal = later.0 == earlier.0;
        if equal {
            std::mem::swap(later, earlier);
        }
        equal
    });
    annotations
}

/// The head by way of typed decoding, for documents that aren't plain.
fn head_of_node(node: &Node) -> Result<Head, Error> {
    let value = node_as(node, &SIMPLE_HEAD)?;
    let text = |map: Option<&FrozenMap>, key: &str| -> Box<[u8]> {
        map.and_then(|map| map.get(key.as_bytes())).and_then(Frozen::as_bytes).unwrap_or_default().into()
    };
    let root = value.as_map();
    let metadata = root.and_then(|root| root.get(b"metadata")).and_then(Frozen::as_map);
    let annotations = metadata.and_then(|metadata| metadata.get(b"annotations")).and_then(Frozen::as_map);
    let annotations = annotations.map(|annotations| {
        annotations.iter().map(|(key, value)| (key.into(), value.as_bytes().unwrap_or_default().into()))
    });
    Ok(Head {
        api_version: text(root, "apiVersion"),
        kind: text(root, "kind"),
        name: text(metadata, "name"),
        namespace: namespace_of_node(node).unwrap_or_default(),
        annotations: annotations.map(Iterator::collect).unwrap_or_default(),
    })
}

fn namespace_of_node(node: &Node) -> Option<Box<[u8]>> {
    let metadata = entry(node, b"metadata")?;
    scalar_to_string_field(entry(metadata, b"namespace")?)
}

/// The value under a string key.
fn entry<'n>(node: &'n Node, name: &[u8]) -> Option<&'n Node> {
    let NodeValue::Map(entries) = &node.value else { return None };
    let found =
        entries.iter().find(|(key, _)| matches!(&key.value, NodeValue::String(key) if **key == *name));
    found.map(|(_, value)| value)
}

/// Reads plain documents. Its functions give `None` where the document is not plain: where there are tags,
/// aliases, merge keys, keys in an odd case, or something that Go refuses after parsing.
struct Reader<'t> {
    parser: Parser<'t>,
    head: Head,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Option<EventKind<'t>>, Error> {
        Ok(self.parser.next_event()?.map(|event| event.kind))
    }

    fn read(&mut self) -> Result<Option<()>, Error> {
        self.parser.next_event()?;
        if !matches!(self.next()?, Some(EventKind::DocumentStart)) {
            return Ok(Some(()));
        }
        match self.next()? {
            Some(EventKind::MappingStart { .. }) => {
                while let Some(event) = self.next()? {
                    let done = match event {
                        EventKind::MappingEnd => break,
                        EventKind::Scalar(key) if key.tag.is_none() => self.read_root_entry(&key)?,
                        _ => None,
                    };
                    if done.is_none() {
                        return Ok(None);
                    }
                }
            }
            Some(EventKind::Scalar(scalar)) if scalar.tag.is_none() && scalar.plain_implicit => {
                if resolve(&scalar.value, Version::V2) != Resolved::Nil {
                    return Ok(None);
                }
            }
            _ => return Ok(None),
        }
        // The end of the document is read too: what follows it may not parse.
        self.parser.next_event()?;
        Ok(Some(()))
    }

    fn read_root_entry(&mut self, key: &Scalar<'t>) -> Result<Option<()>, Error> {
        match &*key.value {
            b"apiVersion" => Ok(self.read_text()?.map(|text| self.head.api_version = text)),
            b"kind" => Ok(self.read_text()?.map(|text| self.head.kind = text)),
            b"metadata" => {
                self.head.name = Box::default();
                self.head.namespace = Box::default();
                self.head.annotations.clear();
                self.read_mapping(Self::read_metadata_entry)
            }
            other
                if ["apiVersion", "kind", "metadata"]
                    .iter()
                    .any(|name| equal_fold(name.as_bytes(), other)) =>
            {
                Ok(None)
            }
            _ if !is_plain_key(key) => Ok(None),
            _ => self.skip_value(),
        }
    }

    fn read_metadata_entry(&mut self, key: &Scalar<'t>) -> Result<Option<()>, Error> {
        match &*key.value {
            b"name" => Ok(self.read_text()?.map(|text| self.head.name = text)),
            b"namespace" => {
                self.head.namespace = Box::default();
                match self.next()? {
                    Some(EventKind::Scalar(scalar)) if is_plain_value(&scalar) => {
                        Ok(text_of(scalar).map(|text| self.head.namespace = text))
                    }
                    Some(other) => self.skip_rest(other),
                    None => Ok(None),
                }
            }
            b"annotations" => {
                self.head.annotations.clear();
                self.read_mapping(|reader, key| {
                    if !is_text_key(key) {
                        return Ok(None);
                    }
                    let key = &*key.value;
                    Ok(reader.read_text()?.map(|text| reader.head.annotations.push((key.into(), text))))
                })
            }
            other if ["name", "annotations"].iter().any(|name| equal_fold(name.as_bytes(), other)) => {
                Ok(None)
            }
            _ if !is_plain_key(key) => Ok(None),
            _ => self.skip_value(),
        }
    }

    /// Reads a mapping's entries, or null.
    fn read_mapping(
        &mut self,
        mut entry: impl FnMut(&mut Self, &Scalar<'t>) -> Result<Option<()>, Error>,
    ) -> Result<Option<()>, Error> {
        match self.next()? {
            Some(EventKind::MappingStart { .. }) => loop {
                let done = match self.next()? {
                    Some(EventKind::MappingEnd) => return Ok(Some(())),
                    Some(EventKind::Scalar(key)) if key.tag.is_none() => entry(self, &key)?,
                    _ => None,
                };
                if done.is_none() {
                    return Ok(None);
                }
            },
            Some(EventKind::Scalar(scalar)) if scalar.tag.is_none() && scalar.plain_implicit => {
                Ok((resolve(&scalar.value, Version::V2) == Resolved::Nil).then_some(()))
            }
            _ => Ok(None),
        }
    }

    /// Reads a scalar into a string field; null leaves it empty.
    fn read_text(&mut self) -> Result<Option<Box<[u8]>>, Error> {
        match self.next()? {
            Some(EventKind::Scalar(scalar)) if scalar.tag.is_none() => Ok(text_of(scalar)),
            _ => Ok(None),
        }
    }

    fn skip_value(&mut self) -> Result<Option<()>, Error> {
        match self.next()? {
            Some(event) => self.skip_rest(event),
            None => Ok(None),
        }
    }

    /// Passes the value that starts with an event, checking what Go checks after parsing.
    fn skip_rest(&mut self, first: EventKind<'t>) -> Result<Option<()>, Error> {
        // Of each open collection: whether it is a mapping whose key comes next, if it is a mapping.
        let mut open: Vec<Option<bool>> = Vec::new();
        let mut event = first;
        loop {
            match event {
                EventKind::Scalar(scalar) => {
                    let plain = match open.last() {
                        Some(Some(true)) => is_plain_key(&scalar),
                        _ => is_plain_value(&scalar),
                    };
                    if !plain {
                        return Ok(None);
                    }
                }
                EventKind::SequenceStart { .. } | EventKind::MappingStart { .. } => {
                    // A collection as a key, or near the depth at which JSON gives up, is for the tree.
                    if open.last() == Some(&Some(true)) || open.len() > 9_990 {
                        return Ok(None);
                    }
                    open.push(matches!(event, EventKind::MappingStart { .. }).then_some(true));
                    event = match self.next()? {
                        Some(event) => event,
                        None => return Ok(None),
                    };
                    continue;
                }
                EventKind::SequenceEnd | EventKind::MappingEnd => {
                    open.pop();
                }
                _ => return Ok(None),
            }
            match open.last_mut() {
                None => return Ok(Some(())),
                Some(Some(key_next)) => *key_next = !*key_next,
                Some(None) => {}
            }
            event = match self.next()? {
                Some(event) => event,
                None => return Ok(None),
            };
        }
    }
}

/// Whether a key can be taken for granted: a string, or text that can't be null, a merge or a huge number.
fn is_plain_key(scalar: &Scalar<'_>) -> bool {
    if scalar.tag.is_some() {
        return false;
    }
    if !scalar.plain_implicit {
        return true;
    }
    match scalar.value.first() {
        None | Some(b'~' | b'n' | b'N' | b'<' | b'0'..=b'9' | b'+' | b'-' | b'.') => {
            &*scalar.value != b"<<"
                && !matches!(resolve(&scalar.value, Version::V2), Resolved::Nil | Resolved::Uint(_))
        }
        Some(_) => true,
    }
}

/// Whether a key is a string already.
fn is_text_key(scalar: &Scalar<'_>) -> bool {
    !scalar.plain_implicit
        || (&*scalar.value != b"<<"
            && matches!(resolve(&scalar.value, Version::V2), Resolved::String | Resolved::Timestamp))
}

/// Whether a value has a form in JSON.
fn is_plain_value(scalar: &Scalar<'_>) -> bool {
    if scalar.tag.is_some() {
        return false;
    }
    if !scalar.plain_implicit || scalar.value.len() > 5 {
        return true;
    }
    match scalar.value.first() {
        Some(b'.' | b'+' | b'-') => {
            !matches!(resolve(&scalar.value, Version::V2), Resolved::Float(value) if !value.is_finite())
        }
        _ => true,
    }
}

/// A scalar as text, as a string field takes it.
fn text_of(scalar: Scalar<'_>) -> Option<Box<[u8]>> {
    if !scalar.plain_implicit {
        return Some(scalar.value.into());
    }
    let mut out = Vec::new();
    match resolve(&scalar.value, Version::V2) {
        Resolved::Nil => {}
        Resolved::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Resolved::Int(value) => append_int(&mut out, value),
        Resolved::Uint(value) => append_uint(&mut out, value),
        Resolved::Float(value) => append_float(&mut out, value, b'g', -1, 32),
        Resolved::Timestamp | Resolved::String => return Some(scalar.value.into()),
    }
    Some(out.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        head(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn fields_are_read_as_text() {
        let text = "kind: 1\napiVersion: v1\nmetadata:\n  name: yes\n  namespace: ns\n  annotations: {b: 2, a: 1.50}\n";
        let head = head(text.as_bytes()).unwrap();
        assert_eq!((&*head.kind, &*head.api_version, &*head.name), (&b"1"[..], &b"v1"[..], &b"true"[..]));
        assert_eq!(&*head.namespace, b"ns");
        assert_eq!(head.annotation(b"a"), Some(&b"1.5"[..]));
        assert_eq!(head.annotation(b"b"), Some(&b"2"[..]));
        assert_eq!(head.annotation(b"c"), None);
    }

    #[test]
    fn what_go_refuses_is_refused() {
        let prefix = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ";
        assert_eq!(error("- a"), format!("{prefix}array into Go value of type util.SimpleHead"));
        assert_eq!(
            error("metadata: {annotations: {a: {}}}"),
            format!("{prefix}object into Go struct field .metadata.annotations of type string")
        );
        assert_eq!(error("a: .inf"), "error converting YAML to JSON: json: unsupported value: +Inf");
        assert_eq!(
            error("a: b: c"),
            "error converting YAML to JSON: yaml: mapping values are not allowed in this context"
        );
    }
}
