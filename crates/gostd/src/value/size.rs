//! How much text a value makes, without making it.

use super::{Arena, Containers, Node, Structure, Value};

/// The least number of bytes that a value takes as text, with what it holds counted as often as it is met: a list
/// that holds another one twice, which does the same, is small in memory and endless in print.
///
/// Lines are indented by so many bytes a level, where they are at all. Counting stops beyond `most`.
pub fn text_size(value: Value<'_>, indent: u64, most: u64) -> u64 {
    let mut count = Count { size: 0, indent, most, level: 0, containers: Containers::default() };
    count.node(Node::from(value));
    count.size
}

struct Count {
    size: u64,
    indent: u64,
    most: u64,
    level: u64,
    containers: Containers,
}

impl Count {
    fn add(&mut self, bytes: usize) {
        self.size = self.size.saturating_add(bytes as u64);
    }

    fn is_over(&self) -> bool {
        self.size > self.most
    }

    fn node(&mut self, node: Node<'_>) {
        // At least a character, and what parts it from the next.
        self.add(2);
        match node {
            Node::Scalar(Value::String(text)) => self.add(text.len()),
            Node::Scalar(Value::Object(object)) => {
                let arena = Arena::new();
                match object.structure(&arena) {
                    Structure::Data(data) => self.node(Node::from(data)),
                    Structure::Fields(_) | Structure::Nil | Structure::Opaque => {
                        object.fields().iter().for_each(|field| self.inner(Node::from(field.value)));
                    }
                }
            }
            Node::Scalar(_) => {}
            Node::Map(map) => self.inside(map.id(), |count| {
                for (index, (key, value)) in map.entries().enumerate() {
                    if count.is_over() {
                        break;
                    }
                    count.add(key.len());
                    count.element(index, value);
                }
            }),
            Node::List(list) => self.inside(list.id(), |count| {
                for (index, item) in list.items().enumerate() {
                    if count.is_over() {
                        break;
                    }
                    count.element(index, item);
                }
            }),
        }
    }

    /// An element of a container: all but the first begin a line.
    fn element(&mut self, index: usize, node: Node<'_>) {
        if index > 0 || matches!(node, Node::Map(_)) {
            self.size = self.size.saturating_add(self.indent * self.level);
        }
        self.inner(node);
    }

    fn inner(&mut self, node: Node<'_>) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.node(node));
    }

    /// Counts what is inside a container, but not inside itself.
    fn inside(&mut self, id: Option<usize>, count: impl FnOnce(&mut Self)) {
        if id.is_some_and(|id| !self.containers.enter(id)) {
            return;
        }
        self.level += 1;
        count(self);
        self.level -= 1;
        if let Some(id) = id {
            self.containers.leave(id);
        }
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
        assert!((1_001..2_000).contains(&text_size(value, 0, 1_000)));
    }

    #[test]
    fn what_holds_itself_counts_once() {
        let arena = Arena::new();
        let map = arena.map(MapType::StringAny);
        let pair = arena.list(ListType::Any, &[Value::Map(map), Value::Map(map)]);
        map.insert(b"key", Value::List(pair)).unwrap();
        assert_eq!(text_size(Value::Map(map), 0, u64::MAX), 2 + 3 + 2 + 2 + 2);
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
        assert_eq!(text_size(value, 2, u64::MAX), plain + 2 * (10_000 * 10_001 / 2));
    }
}
