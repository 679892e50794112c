//! Reading a tree of values without thawing what is frozen.

use super::{Frozen, FrozenMap, ListRef, ListType, MapRef, MapType, UintKind, Value};

/// A value as a reader sees it that only walks: live and frozen data look the same.
#[derive(Clone, Copy)]
pub(crate) enum Node<'r> {
    /// Anything but a map or a list.
    Scalar(Value<'r>),
    Map(MapNode<'r>),
    List(ListNode<'r>),
}

#[derive(Clone, Copy)]
pub(crate) enum MapNode<'r> {
    Live(MapRef<'r>),
    Frozen(&'r FrozenMap),
}

#[derive(Clone, Copy)]
pub(crate) enum ListNode<'r> {
    Live(ListRef<'r>),
    Frozen(&'r [Frozen]),
}

impl<'r> From<Value<'r>> for Node<'r> {
    fn from(value: Value<'r>) -> Self {
        match value {
            Value::Map(map) => Node::Map(MapNode::Live(map)),
            Value::List(list) => Node::List(ListNode::Live(list)),
            scalar => Node::Scalar(scalar),
        }
    }
}

impl<'r> From<&'r Frozen> for Node<'r> {
    fn from(frozen: &'r Frozen) -> Self {
        Node::Scalar(match frozen {
            Frozen::Nil => Value::Nil,
            Frozen::Bool(value) => Value::Bool(*value),
            Frozen::Int(value) => Value::int64(*value),
            Frozen::Uint(value) => Value::Uint(UintKind::Uint64, *value),
            Frozen::Float(value) => Value::float64(*value),
            Frozen::String(text) => Value::String(text),
            Frozen::List(items) => return Node::List(ListNode::Frozen(items)),
            Frozen::Map(map) => return Node::Map(MapNode::Frozen(map)),
        })
    }
}

impl<'r> MapNode<'r> {
    pub(crate) fn map_type(self) -> MapType {
        match self {
            MapNode::Live(map) => map.map_type(),
            MapNode::Frozen(_) => MapType::StringAny,
        }
    }

    pub(crate) fn is_nil(self) -> bool {
        matches!(self, MapNode::Live(map) if map.is_nil())
    }

    /// What tells the map from others, of live ones: frozen data has no cycles.
    pub(crate) fn id(self) -> Option<usize> {
        match self {
            MapNode::Live(map) if map.as_frozen().is_none() => Some(map.id()),
            _ => None,
        }
    }

    /// The entries, sorted bytewise by key.
    pub(crate) fn entries(self) -> impl Iterator<Item = (&'r [u8], Node<'r>)> {
        let frozen = match self {
            MapNode::Live(map) => map.as_frozen(),
            MapNode::Frozen(map) => Some(map),
        };
        match (frozen, self) {
            (Some(map), _) | (None, MapNode::Frozen(map)) => {
                Either::Left(map.iter().map(|(key, value)| (key, Node::from(value))))
            }
            (None, MapNode::Live(map)) => {
                Either::Right(map.entries().into_iter().map(|(key, value)| (key, Node::from(value))))
            }
        }
    }
}

impl<'r> ListNode<'r> {
    pub(crate) fn list_type(self) -> ListType {
        match self {
            ListNode::Live(list) => list.list_type(),
            ListNode::Frozen(_) => ListType::Any,
        }
    }

    pub(crate) fn is_nil(self) -> bool {
        matches!(self, ListNode::Live(list) if list.is_nil())
    }

    /// What tells the list from others, of live ones: frozen data has no cycles.
    pub(crate) fn id(self) -> Option<usize> {
        match self {
            ListNode::Live(list) if list.as_frozen().is_none() => Some(list.id()),
            _ => None,
        }
    }

    /// The elements in order.
    pub(crate) fn items(self) -> impl Iterator<Item = Node<'r>> {
        let live = match self {
            ListNode::Frozen(items) => return Either::Left(items.iter().map(Node::from)),
            ListNode::Live(list) => list,
        };
        match (live.as_frozen(), live.as_bytes()) {
            (Some(items), _) => Either::Left(items.iter().map(Node::from)),
            (None, Some(bytes)) => Either::Right(Either::Left(
                bytes.iter().map(|byte| Node::Scalar(Value::Uint(UintKind::Uint8, u64::from(*byte)))),
            )),
            (None, None) => Either::Right(Either::Right(live.iter().map(Node::from))),
        }
    }

    /// The bytes of a `[]uint8`.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        if let ListNode::Live(list) = self
            && let Some(bytes) = list.as_bytes()
        {
            return bytes.to_vec();
        }
        let byte = |item| match item {
            Node::Scalar(Value::Uint(_, byte)) => byte as u8,
            _ => 0,
        };
        self.items().map(byte).collect()
    }
}

/// One of two iterators.
enum Either<L, R> {
    Left(L),
    Right(R),
}

impl<T, L: Iterator<Item = T>, R: Iterator<Item = T>> Iterator for Either<L, R> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        match self {
            Either::Left(left) => left.next(),
            Either::Right(right) => right.next(),
        }
    }
}
