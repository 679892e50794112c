//! How much text a value makes, without making it.

use std::collections::HashMap;

use super::{Arena, Containers, Node, Structure, Value};

/// The least number of bytes that a value takes as text, with what it holds counted as often as it is met: a list
/// that holds another one twice, which does the same, is small in memory and endless in print.
///
/// Lines are indented by so many bytes a level, where they are at all. Counting stops beyond `most`.
///
/// A value that holds itself counts with as many turns as an encoder makes before it looks for such.
pub fn text_size(value: Value<'_>, indent: u64, most: u64) -> u64 {
    measured(value, indent, most, 1)
}

/// The same where every byte of it may be escaped.
pub fn escaped_text_size(value: Value<'_>, indent: u64, most: u64) -> u64 {
    measured(value, indent, most, LONGEST_ESCAPE)
}

fn measured(value: Value<'_>, indent: u64, most: u64, times: u64) -> u64 {
    let mut counter = Counter {
        indent,
        most,
        containers: Containers::default(),
        nodes: 0,
        known: HashMap::new(),
        is_cyclic: false,
    };
    let size = counter.node(Node::from(value)).bytes;
    size.saturating_mul(if counter.is_cyclic { TURNS } else { times })
}

/// The most that is written for one byte: `\u0000`.
const LONGEST_ESCAPE: u64 = 6;

/// How deep encoders go into a value that holds itself before they notice.
const TURNS: u64 = 1000;

/// What a value takes as if it stood at the left edge.
#[derive(Clone, Copy, Default)]
struct Size {
    bytes: u64,
    /// The lines that begin in it, which is what indentation adds to.
    lines: u64,
}

impl Size {
    fn add(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    /// Adds something that stands so many bytes further to the right.
    fn add_inner(&mut self, inner: Size, indent: u64) {
        let moved = inner.lines.saturating_mul(indent);
        self.bytes = self.bytes.saturating_add(inner.bytes).saturating_add(moved);
        self.lines = self.lines.saturating_add(inner.lines);
    }
}

struct Counter {
    indent: u64,
    most: u64,
    containers: Containers,
    nodes: usize,
    /// The containers that were counted, once there are many.
    known: HashMap<usize, Size>,
    is_cyclic: bool,
}

impl Counter {
    /// How many nodes a value may have before its containers are remembered.
    const FEW: usize = 1000;

    fn node(&mut self, node: Node<'_>) -> Size {
        self.nodes += 1;
        // At least a character, and what parts it from the next.
        let mut size = Size { bytes: 2, lines: 0 };
        match node {
            Node::Scalar(Value::String(text)) => size.add(text.len()),
            Node::Scalar(Value::Object(object)) => {
                let arena = Arena::new();
                match object.structure(&arena) {
                    Structure::Data(data) => return self.inner(Node::from(data)),
                    Structure::Fields(_) | Structure::Nil | Structure::Opaque => {
                        for field in object.fields() {
                            size.add_inner(self.inner(Node::from(field.value)), self.indent);
                        }
                    }
                }
            }
            Node::Scalar(_) => {}
            Node::Map(map) => {
                return self.inside(map.id(), size, |counter, size| {
                    for (index, (key, value)) in map.entries().enumerate() {
                        size.add(key.len());
                        counter.element(size, index, value)?;
                    }
                    Some(())
                });
            }
            Node::List(list) => {
                return self.inside(list.id(), size, |counter, size| {
                    for (index, item) in list.items().enumerate() {
                        counter.element(size, index, item)?;
                    }
                    Some(())
                });
            }
        }
        size
    }

    /// An element of a container: all but the first begin a line. `None` where there is no need to go on.
    fn element(&mut self, size: &mut Size, index: usize, node: Node<'_>) -> Option<()> {
        size.lines = size.lines.saturating_add(u64::from(index > 0 || matches!(node, Node::Map(_))));
        size.add_inner(self.inner(node), self.indent);
        (size.bytes <= self.most).then_some(())
    }

    fn inner(&mut self, node: Node<'_>) -> Size {
        match node {
            Node::Map(_) | Node::List(_) | Node::Scalar(Value::Object(_)) => {
                stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.node(node))
            }
            Node::Scalar(_) => self.node(node),
        }
    }

    /// Counts what is inside a container, but not inside itself.
    fn inside(
        &mut self,
        id: Option<usize>,
        mut size: Size,
        count: impl FnOnce(&mut Self, &mut Size) -> Option<()>,
    ) -> Size {
        let Some(id) = id else {
            count(self, &mut size);
            return size;
        };
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        if !self.containers.enter(id) {
            self.is_cyclic = true;
            return size;
        }
        count(self, &mut size);
        self.containers.leave(id);
        if self.nodes > Self::FEW {
            self.known.insert(id, size);
        }
        size
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{ListType, MapType};

    #[test]
    fn what_is_held_twice_counts_twice() {
        let arena = Arena::new();
        let mut value = arena.string("text");
        assert_eq!(text_size(value, 0, 100), 6);
        for _ in 0..3 {
            value = Value::List(arena.list(ListType::Any, &[value, value]));
        }
        assert_eq!(text_size(value, 0, 100), 8 * 6 + 7 * 2);
        for _ in 0..100 {
            value = Value::List(arena.list(ListType::Any, &[value, value]));
        }
        // However much there is of it, counting ends soon.
        assert!(text_size(value, 0, 1_000) > 1_000);
        assert_eq!(text_size(value, 0, u64::MAX), u64::MAX);
    }

    #[test]
    fn what_holds_itself_counts_with_a_bound() {
        let arena = Arena::new();
        let map = arena.map(MapType::StringAny);
        let pair = arena.list(ListType::Any, &[Value::Map(map), Value::Map(map)]);
        map.insert(b"key", Value::List(pair)).unwrap();
        assert_eq!(text_size(Value::Map(map), 0, u64::MAX), TURNS * (2 + 3 + 2 + 2 + 2));
    }

    #[test]
    fn deep_values_are_indented() {
        let arena = Arena::new();
        let mut value = Value::Map(arena.map(MapType::StringAny));
        for _ in 0..10_000 {
            value = Value::Map(arena.map_of([("k", value)]));
        }
        let plain = text_size(value, 0, u64::MAX);
        assert_eq!(plain, 10_000 * 3 + 2);
        assert_eq!(text_size(value, 2, u64::MAX), plain + 2 * (9_999 * 10_000 / 2));
    }
}
