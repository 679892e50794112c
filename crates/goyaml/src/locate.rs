//! Where in the text a key or a value stands, found by parsing again: for error messages and explanations,
//! where a second parse costs nothing that matters and marks in every value would.

use std::collections::HashMap;

use crate::event::Mark;
use crate::node::key_text;
use crate::reader::Source;
use crate::tree::{self, NodeId, Tree, TreeKind};
use crate::{Error, Parser, node};

/// One step of a path into a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PathSegment {
    /// The value under a key (as the string that decoding makes of it).
    Key(Box<[u8]>),
    /// The element at an index.
    Index(usize),
}

/// Where the value at a path of the first document is set: its key for a map entry, the element itself for a
/// list; of equal keys the last. `None` where the text sets no such value or doesn't parse.
pub fn mark_of(text: &[u8], path: &[PathSegment]) -> Option<Mark> {
    let source = Source::new(text);
    // A merge of a mapping into itself has no end; such texts don't decode.
    node::decode_node(text).ok()?;
    let tree = tree::read(&mut Parser::of(&source), u64::MAX).ok()??;
    let mut found = (tree.nodes[tree.root].mark, tree.root);
    for segment in path {
        found = match segment {
            PathSegment::Key(key) => match &tree.nodes[resolve_alias(&tree, found.1)].kind {
                TreeKind::Mapping(children) => {
                    let entries = Entries::of(&tree, children);
                    let entry = entries.list[*entries.index.get(key)?].as_ref()?;
                    (entry.mark, entry.value)
                }
                _ => return None,
            },
            PathSegment::Index(index) => match &tree.nodes[resolve_alias(&tree, found.1)].kind {
                TreeKind::Sequence(items) => {
                    let item = *items.get(*index)?;
                    (tree.nodes[item].mark, item)
                }
                _ => return None,
            },
        };
    }
    Some(found.0)
}

/// Every leaf (scalar, empty map, empty list) of the first document with the place where it is set, in the
/// order of the text; what merge keys bring in stands where it is written.
pub fn walk_leaves(text: &[u8]) -> Result<Vec<(Vec<PathSegment>, Mark)>, Error> {
    // Decoding first: what doesn't decode has no leaves, and alias bombs end there.
    node::decode_node(text)?;
    let source = Source::new(text);
    let mut leaves = Vec::new();
    if let Some(tree) = tree::read(&mut Parser::of(&source), u64::MAX)? {
        walk(&tree, tree.root, tree.nodes[tree.root].mark, &mut Vec::new(), &mut leaves);
    }
    Ok(leaves)
}

fn resolve_alias(tree: &Tree<'_>, id: NodeId) -> NodeId {
    match tree.nodes[id].kind {
        TreeKind::Alias { target, .. } => target,
        _ => id,
    }
}

/// The string that a key node becomes.
fn key_of(tree: &Tree<'_>, id: NodeId) -> Option<Box<[u8]>> {
    match &tree.nodes[resolve_alias(tree, id)].kind {
        TreeKind::Scalar { value, tag, implicit } => {
            key_text(&node::scalar_value(value, tag.as_deref(), *implicit).ok()?)
        }
        _ => None,
    }
}

fn walk(
    tree: &Tree<'_>,
    id: NodeId,
    mark: Mark,
    path: &mut Vec<PathSegment>,
    leaves: &mut Vec<(Vec<PathSegment>, Mark)>,
) {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &tree.nodes[resolve_alias(tree, id)].kind {
        TreeKind::Sequence(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                path.push(PathSegment::Index(index));
                walk(tree, *item, tree.nodes[*item].mark, path, leaves);
                path.pop();
            }
        }
        TreeKind::Mapping(children) if !children.is_empty() => {
            for Entry { key, mark, value } in Entries::of(tree, children).list.into_iter().flatten() {
                path.push(PathSegment::Key(key));
                walk(tree, value, mark, path, leaves);
                path.pop();
            }
        }
        _ => leaves.push((path.clone(), mark)),
    });
}

/// An entry of a mapping, and where its key stands.
struct Entry {
    key: Box<[u8]>,
    mark: Mark,
    value: NodeId,
}

/// A mapping's entries that count, merged ones included, in the order of the text; overruled ones leave gaps.
struct Entries {
    list: Vec<Option<Entry>>,
    index: HashMap<Box<[u8]>, usize>,
}

impl Entries {
    fn of(tree: &Tree<'_>, children: &[NodeId]) -> Self {
        let mut entries = Self { list: Vec::new(), index: HashMap::new() };
        entries.add(tree, children);
        entries
    }

    fn add(&mut self, tree: &Tree<'_>, children: &[NodeId]) {
        for pair in children.chunks_exact(2) {
            if tree.is_merge(pair[0]) {
                // Of merged mappings the first has precedence.
                let merged: Vec<NodeId> = match &tree.nodes[pair[1]].kind {
                    TreeKind::Sequence(items) => items.iter().rev().copied().collect(),
                    _ => vec![pair[1]],
                };
                for id in merged {
                    if let TreeKind::Mapping(children) = &tree.nodes[resolve_alias(tree, id)].kind {
                        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.add(tree, children));
                    }
                }
            } else if let Some(key) = key_of(tree, pair[0]) {
                let place = self.list.len();
                if let Some(before) = self.index.insert(key.clone(), place) {
                    self.list[before] = None;
                }
                self.list.push(Some(Entry { key, mark: tree.nodes[pair[0]].mark, value: pair[1] }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] =
        b"a:\n  b: 1\n  c:\n    - x\n    - {d: 2}\na2: &m {e: 1, f: []}\na3:\n  <<: *m\n  e: 2\n1: y\n";

    fn key(text: &str) -> PathSegment {
        PathSegment::Key(text.as_bytes().into())
    }

    fn place(path: &[PathSegment]) -> Option<(u32, u32)> {
        mark_of(TEXT, path).map(|mark| (mark.line, mark.column))
    }

    #[test]
    fn values_are_found_where_they_are_set() {
        assert_eq!(place(&[key("a"), key("b")]), Some((1, 2)));
        assert_eq!(place(&[key("a"), key("c"), PathSegment::Index(1), key("d")]), Some((4, 7)));
        assert_eq!(place(&[key("a3"), key("e")]), Some((8, 2)));
        assert_eq!(place(&[key("a3"), key("f")]), Some((5, 14)));
        assert_eq!(place(&[key("1")]), Some((9, 0)));
        assert_eq!(place(&[key("a"), key("z")]), None);
    }

    #[test]
    fn leaves_are_walked_in_order() {
        let leaves = walk_leaves(TEXT).unwrap();
        let lines: Vec<u32> = leaves.iter().map(|(_, mark)| mark.line).collect();
        assert_eq!(lines, [1, 3, 4, 5, 5, 5, 8, 9]);
        assert_eq!(leaves[2].0, [key("a"), key("c"), PathSegment::Index(1), key("d")]);
    }
}
