//! The value that Go templates compute with.
//!
//! Two worlds, one border. **Frozen** data ([`Frozen`]) is immutable and shared between threads: chart
//! defaults, values layers, whatever was parsed once. A **live** [`Value`] belongs to one render on one
//! thread: it is a small `Copy` handle into that render's [`Arena`], with Go's reference semantics for maps
//! and slices. A container starts as a borrow of frozen data and is thawed one level at a time, on the first
//! need of identity or mutation; untouched subtrees cost nothing.

mod arena;
mod containers;
mod frozen;
mod list;
mod map;
mod node;
mod object;
mod size;
mod types;

pub use arena::Arena;
pub(crate) use containers::Containers;
pub use frozen::{Frozen, FrozenList, FrozenMap};
pub use list::{ListRef, ListType};
pub use map::{AssignToNilMap, MapRef, MapType};
pub(crate) use node::{ListNode, MapNode, Node};
pub use object::{FieldKey, FieldType, Object, ObjectField, StructField, Structure};
pub use size::{escaped_text_size, text_size};
pub use types::{FloatKind, IntKind, Kind, Signature, Type, UintKind};

use std::borrow::Cow;

/// A live value: what a Go `interface{}` holds while a template runs.
///
/// It is `Copy` and 24 bytes; maps, lists and objects are references, so that two copies of a map are the
/// same map.
#[derive(Clone, Copy)]
pub enum Value<'r> {
    /// The untyped `nil`.
    Nil,
    /// A `bool`.
    Bool(bool),
    /// A signed integer of the kind named.
    Int(IntKind, i64),
    /// An unsigned integer of the kind named.
    Uint(UintKind, u64),
    /// A floating-point number of the kind named.
    Float(FloatKind, f64),
    /// A `complex128`: real and imaginary part, as `f64`.
    Complex(f64, f64),
    /// A string: any bytes.
    String(&'r [u8]),
    /// A map with string keys.
    Map(MapRef<'r>),
    /// A slice.
    List(ListRef<'r>),
    /// Anything else: structs, pointers and named types with methods.
    Object(&'r dyn Object<'r>),
}

impl<'r> Value<'r> {
    /// A Go `int`.
    pub fn int(value: i64) -> Self {
        Value::Int(IntKind::Int, value)
    }

    /// A Go `int64`.
    pub fn int64(value: i64) -> Self {
        Value::Int(IntKind::Int64, value)
    }

    /// A Go `float64`.
    pub fn float64(value: f64) -> Self {
        Value::Float(FloatKind::Float64, value)
    }

    /// A string of static or already allocated bytes.
    pub fn string(text: &'r (impl AsRef<[u8]> + ?Sized)) -> Self {
        Value::String(text.as_ref())
    }

    /// A live view of frozen data, which is not copied.
    pub fn from_frozen(arena: &'r Arena, frozen: &'r Frozen) -> Self {
        match frozen {
            Frozen::Nil => Value::Nil,
            Frozen::Bool(value) => Value::Bool(*value),
            Frozen::Int(value) => Value::int64(*value),
            Frozen::Uint(value) => Value::Uint(UintKind::Uint64, *value),
            Frozen::Float(value) => Value::float64(*value),
            Frozen::String(text) => Value::String(text),
            Frozen::List(items) => Value::List(arena.frozen_list(items)),
            Frozen::Map(map) => Value::Map(arena.frozen_map(map)),
        }
    }

    /// The value's kind, as `reflect.Kind` names it.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Nil => Kind::Invalid,
            Value::Bool(_) => Kind::Bool,
            Value::Int(kind, _) => kind.kind(),
            Value::Uint(kind, _) => kind.kind(),
            Value::Float(FloatKind::Float32, _) => Kind::Float32,
            Value::Float(FloatKind::Float64, _) => Kind::Float64,
            Value::Complex(..) => Kind::Complex128,
            Value::String(_) => Kind::String,
            Value::Map(_) => Kind::Map,
            Value::List(_) => Kind::Slice,
            Value::Object(object) => object.kind(),
        }
    }

    /// The name of the value's Go type, as `%T` prints it (`<nil>` for nil).
    pub fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Value::Nil => "<nil>",
            Value::Bool(_) => "bool",
            Value::Int(kind, _) => kind.kind().name(),
            Value::Uint(kind, _) => kind.kind().name(),
            Value::Float(FloatKind::Float32, _) => "float32",
            Value::Float(FloatKind::Float64, _) => "float64",
            Value::Complex(..) => "complex128",
            Value::String(_) => "string",
            Value::Map(map) => map.map_type().name(),
            Value::List(list) => list.list_type().name(),
            Value::Object(object) => return object.type_name(),
        })
    }

    /// Whether this is the untyped nil.
    pub fn is_nil(&self) -> bool {
        matches!(self, Value::Nil)
    }

    /// The bytes of a string.
    pub fn as_bytes(&self) -> Option<&'r [u8]> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The map, where it is one.
    pub fn as_map(&self) -> Option<MapRef<'r>> {
        match self {
            Value::Map(map) => Some(*map),
            _ => None,
        }
    }

    /// The list, where it is one.
    pub fn as_list(&self) -> Option<ListRef<'r>> {
        match self {
            Value::List(list) => Some(*list),
            _ => None,
        }
    }

    /// The object of the concrete type `T`, where it is one (only objects that own their data can say so).
    pub fn downcast<T: 'static>(&self) -> Option<&'r T> {
        match self {
            Value::Object(object) => object.as_any()?.downcast_ref(),
            _ => None,
        }
    }
}

/// A short form for test failures and debug logs, no format of Go's.
impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Nil => f.write_str("nil"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(kind, value) => write!(f, "{}({value})", kind.kind().name()),
            Value::Uint(kind, value) => write!(f, "{}({value})", kind.kind().name()),
            Value::Float(_, value) => write!(f, "{value:?}"),
            Value::Complex(re, im) => write!(f, "({re}+{im}i)"),
            Value::String(text) => write!(f, "{:?}", String::from_utf8_lossy(text)),
            // Maps and lists may hold themselves: only their size is shown.
            Value::Map(map) => write!(f, "{}[len {}]", map.map_type().name(), map.len()),
            Value::List(list) => write!(f, "{}[len {}]", list.list_type().name(), list.len()),
            Value::Object(object) => write!(f, "<{}>", object.type_name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_small() {
        assert_eq!(size_of::<Value<'static>>(), 24);
    }

    fn sample() -> Frozen {
        Frozen::Map(FrozenMap::from_pairs(vec![
            (b"b".to_vec(), Frozen::List(vec![Frozen::Float(1.0), Frozen::Nil].into())),
            (b"a".to_vec(), Frozen::Map(FrozenMap::from_pairs(vec![(b"x".to_vec(), Frozen::Bool(true))]))),
        ]))
    }

    #[test]
    fn thawed_children_keep_their_identity() {
        let frozen = sample();
        let arena = Arena::new();
        let root = Value::from_frozen(&arena, &frozen).as_map().unwrap();
        let child = root.get(b"a").unwrap().as_map().unwrap();
        child.insert(b"y", Value::int(2)).unwrap();
        let again = root.get(b"a").unwrap().as_map().unwrap();
        assert!(child.same(&again));
        assert_eq!(again.len(), 2);
        assert_eq!(root.keys(), [b"a", b"b"]);
        let list = root.get(b"b").unwrap().as_list().unwrap();
        list.set(0, Value::string("z"));
        assert_eq!(root.get(b"b").unwrap().as_list().unwrap().get(0).unwrap().as_bytes(), Some(&b"z"[..]));
    }

    #[test]
    fn a_slice_shares_its_elements() {
        let arena = Arena::new();
        let list = arena.list(ListType::Any, &[Value::int(1), Value::int(2), Value::int(3)]);
        let tail = list.slice(1, 3).unwrap();
        tail.set(0, Value::int(9));
        assert!(matches!(list.get(1), Some(Value::Int(IntKind::Int, 9))));
        assert_eq!(tail.len(), 2);
        assert!(list.slice(2, 1).is_none());
        assert!(list.slice(0, 4).is_none());
    }

    #[test]
    fn nil_maps_refuse_assignment() {
        let arena = Arena::new();
        let map = arena.nil_map(MapType::StringAny);
        assert!(map.is_nil());
        assert_eq!(map.insert(b"a", Value::Nil), Err(AssignToNilMap));
    }

    #[test]
    fn deep_frozen_data_is_dropped_without_overflow() {
        let mut value = Frozen::Nil;
        for _ in 0..200_000 {
            value = Frozen::List(vec![value].into());
        }
        drop(value);
    }
}
