//! A document as go-yaml v2 decodes it, before `sigs.k8s.io/yaml` turns it into JSON.

use std::collections::HashMap;

use gostd::strconv::{append_float, append_int, append_quote, append_uint};

use crate::event::Mark;
use crate::reader::Source;
use crate::resolve::{Resolved, Version, resolve, resolve_tagged};
use crate::tree::{self, NodeId, Tree, TreeKind};
use crate::{Error, Parser};

/// A resolved value with the place where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it stands.
    pub mark: Mark,
    /// What it is.
    pub value: NodeValue,
}

/// What go-yaml v2 makes of a node: merge keys and aliases are resolved, of equal keys the last value stands.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeValue {
    /// Null.
    Nil,
    /// A boolean.
    Bool(bool),
    /// An integer within `int64`.
    Int(i64),
    /// An integer beyond `int64`, within `uint64`.
    Uint(u64),
    /// A float.
    Float(f64),
    /// A string (timestamps too).
    String(Box<[u8]>),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order of the text; keys may be of any scalar type.
    Map(Vec<(Node, Node)>),
}

/// Decodes the first document; a stream without documents gives null.
pub fn decode_node(text: &[u8]) -> Result<Node, Error> {
    decode_node_within(text, u64::MAX)
}

/// The same for a text of so many nodes at most.
pub(crate) fn decode_node_within(text: &[u8], allowed: u64) -> Result<Node, Error> {
    let source = Source::new(text);
    let Some(tree) = tree::read(&mut Parser::of(&source), allowed)? else {
        return Ok(Node { mark: Mark::default(), value: NodeValue::Nil });
    };
    let mut decoder = Decoder { tree: &tree, open_aliases: Vec::new(), count: 1, alias_count: 0, allowed };
    decoder.decode(tree.root)
}

/// The text that a struct field of type `string` takes from a scalar: strings as they are, integers in
/// decimal, floats in Go's shortest `g` form at 32 bits, booleans as words. `None` for null and for
/// collections, which JSON decoding leaves out or refuses.
pub fn scalar_to_string_field(node: &Node) -> Option<Box<[u8]>> {
    let mut out = Vec::new();
    match &node.value {
        NodeValue::Nil | NodeValue::List(_) | NodeValue::Map(_) => return None,
        NodeValue::String(text) => return Some(text.clone()),
        NodeValue::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        NodeValue::Int(value) => append_int(&mut out, *value),
        NodeValue::Uint(value) => append_uint(&mut out, *value),
        NodeValue::Float(value) => append_float(&mut out, *value, b'g', -1, 32),
    }
    Some(out.into())
}

/// The string that a mapping's key becomes in JSON.
pub(crate) fn key_text(key: &NodeValue) -> Option<Box<[u8]>> {
    let mut out = Vec::new();
    match key {
        NodeValue::String(text) => return Some(text.clone()),
        NodeValue::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        NodeValue::Int(value) => append_int(&mut out, *value),
        NodeValue::Float(value) => append_key_float(&mut out, *value),
        // uint64 was forgotten: such keys are refused like null.
        NodeValue::Nil | NodeValue::Uint(_) | NodeValue::List(_) | NodeValue::Map(_) => return None,
    }
    Some(out.into())
}

pub(crate) fn append_key_float(out: &mut Vec<u8>, value: f64) {
    if value.is_nan() {
        out.extend_from_slice(b".nan");
    } else if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 { b".inf" } else { b"-.inf" });
    } else {
        append_float(out, value, b'g', -1, 32);
    }
}

/// The error for a key that has no form in JSON.
pub(crate) fn key_error(key: &NodeValue, value: &NodeValue) -> Error {
    let name = match key {
        NodeValue::Uint(_) => "uint64",
        _ => "%!s(<nil>)",
    };
    // A nil at the top prints as such; within a container it prints as an interface.
    let top = |value: &NodeValue| match value {
        NodeValue::Nil => "<nil>".to_owned(),
        other => go_syntax(other),
    };
    let (key, value) = (top(key), top(value));
    Error::Json(format!("unsupported map key of type: {name}, key: {key}, value: {value}").into())
}

struct Decoder<'a, 't> {
    tree: &'a Tree<'t>,
    /// The aliases that are being expanded.
    open_aliases: Vec<NodeId>,
    count: u64,
    alias_count: u64,
    allowed: u64,
}

/// A mapping's entries while they are gathered: a later value takes the place of an earlier one.
#[derive(Default)]
struct Entries {
    list: Vec<(Node, Node)>,
    index: HashMap<Vec<u8>, usize>,
}

impl Entries {
    fn set(&mut self, key: Node, value: Node) {
        let index = *self.index.entry(identity(&key.value)).or_insert(self.list.len());
        match self.list.get_mut(index) {
            Some(entry) => entry.1 = value,
            None => self.list.push((key, value)),
        }
    }
}

/// Equal for keys that are equal as Go interfaces.
fn identity(key: &NodeValue) -> Vec<u8> {
    match key {
        NodeValue::String(text) => [b"s", &**text].concat(),
        NodeValue::Float(value) => {
            let value = if *value == 0.0 { 0.0 } else { *value };
            [&b"f"[..], &value.to_bits().to_le_bytes()].concat()
        }
        NodeValue::Bool(value) => vec![b'b', u8::from(*value)],
        NodeValue::Int(value) => [&b"i"[..], &value.to_le_bytes()].concat(),
        NodeValue::Uint(value) => [&b"u"[..], &value.to_le_bytes()].concat(),
        NodeValue::Nil | NodeValue::List(_) | NodeValue::Map(_) => vec![b'n'],
    }
}

impl Decoder<'_, '_> {
    /// Counts a decoding step, and stops where too many of them come from aliases.
    fn step(&mut self) -> Result<(), Error> {
        self.count += 1;
        // The document itself counts as one.
        if self.count - 1 > self.allowed {
            return Err(Error::TooManyNodes { allowed: self.allowed });
        }
        if !self.open_aliases.is_empty() {
            self.alias_count += 1;
        }
        #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let ratio = self.alias_count as f64 / self.count as f64;
        if self.alias_count > 100 && self.count > 1000 && ratio > allowed_alias_ratio(self.count) {
            return Err(Error::yaml("document contains excessive aliasing"));
        }
        Ok(())
    }

    fn decode(&mut self, id: NodeId) -> Result<Node, Error> {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.decode_here(id))
    }

    fn decode_here(&mut self, id: NodeId) -> Result<Node, Error> {
        self.step()?;
        let node = &self.tree.nodes[id];
        let value = match &node.kind {
            TreeKind::Scalar { value, tag, implicit } => scalar_value(value, tag.as_deref(), *implicit)?,
            TreeKind::Alias { target, .. } => {
                self.enter_alias(id)?;
                let mut decoded = self.decode(*target)?;
                self.open_aliases.pop();
                decoded.mark = node.mark;
                return Ok(decoded);
            }
            TreeKind::Sequence(children) => {
                let items = children.iter().map(|child| self.decode(*child)).collect::<Result<_, _>>()?;
                NodeValue::List(items)
            }
            TreeKind::Mapping(children) => {
                let mut entries = Entries::default();
                self.decode_mapping(children, &mut entries)?;
                NodeValue::Map(entries.list)
            }
        };
        Ok(Node { mark: node.mark, value })
    }

    fn enter_alias(&mut self, id: NodeId) -> Result<(), Error> {
        if self.open_aliases.contains(&id) {
            let TreeKind::Alias { anchor, .. } = &self.tree.nodes[id].kind else { return Ok(()) };
            let name = String::from_utf8_lossy(anchor);
            return Err(Error::yaml(format!("anchor '{name}' value contains itself")));
        }
        self.open_aliases.push(id);
        Ok(())
    }

    fn decode_mapping(&mut self, children: &[NodeId], entries: &mut Entries) -> Result<(), Error> {
        for pair in children.chunks_exact(2) {
            let (key, value) = (pair[0], pair[1]);
            if self.tree.is_merge(key) {
                self.merge(value, entries)?;
                continue;
            }
            let key = self.decode(key)?;
            if matches!(key.value, NodeValue::List(_) | NodeValue::Map(_)) {
                return Err(Error::yaml(format!("invalid map key: {}", go_syntax(&key.value))));
            }
            let value = self.decode(value)?;
            entries.set(key, value);
        }
        Ok(())
    }

    /// Decodes what a merge key stands for into the mapping; it counts at its place, so that later keys
    /// overrule it and it overrules earlier ones.
    fn merge(&mut self, id: NodeId, entries: &mut Entries) -> Result<(), Error> {
        let tree = self.tree;
        match &tree.nodes[id].kind {
            TreeKind::Sequence(children) => {
                // Earlier mappings have precedence.
                for child in children.iter().rev() {
                    self.merge_mapping(*child, entries)?;
                }
                Ok(())
            }
            _ => self.merge_mapping(id, entries),
        }
    }

    fn merge_mapping(&mut self, id: NodeId, entries: &mut Entries) -> Result<(), Error> {
        let tree = self.tree;
        let target = match &tree.nodes[id].kind {
            TreeKind::Alias { target, .. } => *target,
            _ => id,
        };
        if !tree.is_mapping(target) {
            return Err(Error::yaml("map merge requires map or sequence of maps as the value"));
        }
        if target != id {
            self.step()?;
            self.enter_alias(id)?;
        }
        self.step()?;
        if let TreeKind::Mapping(children) = &tree.nodes[target].kind {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.decode_mapping(children, entries))?;
        }
        if target != id {
            self.open_aliases.pop();
        }
        Ok(())
    }
}

/// The share of decoding steps that may come from aliases: 99 % of small documents, 10 % of huge ones.
fn allowed_alias_ratio(count: u64) -> f64 {
    const LOW: u64 = 400_000;
    const HIGH: u64 = 4_000_000;
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    match count {
        0..=LOW => 0.99,
        HIGH.. => 0.10,
        _ => 0.99 - 0.89 * ((count - LOW) as f64 / (HIGH - LOW) as f64),
    }
}

pub(crate) fn scalar_value(text: &[u8], tag: Option<&[u8]>, implicit: bool) -> Result<NodeValue, Error> {
    let resolved = match tag {
        None if !implicit => Resolved::String,
        None => resolve(text, Version::V2),
        Some(b"tag:yaml.org,2002:binary") => {
            let data = decode_base64(text)
                .ok_or_else(|| Error::yaml("!!binary value contains invalid base64 data"))?;
            return Ok(NodeValue::String(data.into()));
        }
        Some(tag) => resolve_tagged(tag, text)?,
    };
    Ok(match resolved {
        Resolved::Nil => NodeValue::Nil,
        Resolved::Bool(value) => NodeValue::Bool(value),
        Resolved::Int(value) => NodeValue::Int(value),
        Resolved::Uint(value) => NodeValue::Uint(value),
        Resolved::Float(value) => NodeValue::Float(value),
        Resolved::Timestamp | Resolved::String => NodeValue::String(text.into()),
    })
}

/// Standard base64 with padding; line breaks are passed over.
fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    if padding > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    for group in text[..text.len() - padding].chunks(4) {
        let mut bits = 0u32;
        for index in 0..4 {
            let digit = match group.get(index) {
                None => 0,
                Some(byte @ b'A'..=b'Z') => byte - b'A',
                Some(byte @ b'a'..=b'z') => byte - b'a' + 26,
                Some(byte @ b'0'..=b'9') => byte - b'0' + 52,
                Some(b'+') => 62,
                Some(b'/') => 63,
                Some(_) => return None,
            };
            bits = bits << 6 | u32::from(digit);
        }
        out.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Some(out)
}

/// The value in Go's own syntax (`%#v`).
fn go_syntax(value: &NodeValue) -> String {
    let mut out = Vec::new();
    append_go_syntax(&mut out, value);
    String::from_utf8_lossy(&out).into_owned()
}

fn append_go_syntax(out: &mut Vec<u8>, value: &NodeValue) {
    let separator = |out: &mut Vec<u8>, index: usize| {
        if index > 0 {
            out.extend_from_slice(b", ");
        }
    };
    match value {
        NodeValue::Nil => out.extend_from_slice(b"interface {}(nil)"),
        NodeValue::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        NodeValue::Int(value) => append_int(out, *value),
        NodeValue::Uint(value) => out.extend_from_slice(format!("{value:#x}").as_bytes()),
        NodeValue::Float(value) => append_float(out, *value, b'g', -1, 64),
        NodeValue::String(text) => append_quote(out, text),
        NodeValue::List(items) => {
            out.extend_from_slice(b"[]interface {}{");
            for (index, item) in items.iter().enumerate() {
                separator(out, index);
                let inner = || append_go_syntax(out, &item.value);
                stacker::maybe_grow(64 * 1024, 1024 * 1024, inner);
            }
            out.push(b'}');
        }
        NodeValue::Map(entries) => {
            out.extend_from_slice(b"map[interface {}]interface {}{");
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by(|(a, _), (b, _)| print_order(&a.value, &b.value));
            for (index, (key, value)) in entries.into_iter().enumerate() {
                separator(out, index);
                append_go_syntax(out, &key.value);
                out.push(b':');
                let inner = || append_go_syntax(out, &value.value);
                stacker::maybe_grow(64 * 1024, 1024 * 1024, inner);
            }
            out.push(b'}');
        }
    }
}

/// The order in which Go prints a map's keys: by type (null first, the others as their descriptions lie in
/// memory, which is the linker's choice), then by value.
fn print_order(a: &NodeValue, b: &NodeValue) -> std::cmp::Ordering {
    let rank = |value: &NodeValue| match value {
        NodeValue::Nil => 0,
        NodeValue::String(_) => 1,
        NodeValue::Uint(_) => 2,
        NodeValue::Int(_) => 3,
        NodeValue::Float(_) => 4,
        _ => 5,
    };
    match (a, b) {
        (NodeValue::Bool(a), NodeValue::Bool(b)) => a.cmp(b),
        (NodeValue::Int(a), NodeValue::Int(b)) => a.cmp(b),
        (NodeValue::Uint(a), NodeValue::Uint(b)) => a.cmp(b),
        (NodeValue::Float(a), NodeValue::Float(b)) => a.total_cmp(b),
        (NodeValue::String(a), NodeValue::String(b)) => a.cmp(b),
        _ => rank(a).cmp(&rank(b)),
    }
}

impl Drop for NodeValue {
    fn drop(&mut self) {
        // Deep nests are dropped on a stack that grows.
        match self {
            NodeValue::List(items) if !items.is_empty() => {
                let items = std::mem::take(items);
                stacker::maybe_grow(32 * 1024, 1024 * 1024, || drop(items));
            }
            NodeValue::Map(entries) if !entries.is_empty() => {
                let entries = std::mem::take(entries);
                stacker::maybe_grow(32 * 1024, 1024 * 1024, || drop(entries));
            }
            _ => {}
        }
    }
}
