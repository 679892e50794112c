//! Reading arguments that fit a signature, and the run-time errors of Go that several functions share.

use gostd::value::{Arena, Kind, ListRef, MapRef, Value};
use gotemplate::CallError;

/// The argument at an index; nil where there is none.
pub(crate) fn any<'r>(args: &[Value<'r>], index: usize) -> Value<'r> {
    args.get(index).copied().unwrap_or(Value::Nil)
}

/// The string at an index.
pub(crate) fn text<'r>(args: &[Value<'r>], index: usize) -> &'r [u8] {
    any(args, index).as_bytes().unwrap_or_default()
}

/// The integer at an index.
pub(crate) fn int(args: &[Value<'_>], index: usize) -> i64 {
    match any(args, index) {
        Value::Int(_, value) => value,
        Value::Uint(_, value) => value.cast_signed(),
        _ => 0,
    }
}

/// The boolean at an index.
pub(crate) fn boolean(args: &[Value<'_>], index: usize) -> bool {
    matches!(any(args, index), Value::Bool(true))
}

/// The map at an index; `None` for the untyped nil, which is the nil map there.
pub(crate) fn map<'r>(args: &[Value<'r>], index: usize) -> Option<MapRef<'r>> {
    any(args, index).as_map()
}

/// The arguments from an index on.
pub(crate) fn rest<'a, 'r>(args: &'a [Value<'r>], from: usize) -> &'a [Value<'r>] {
    args.get(from..).unwrap_or_default()
}

/// Anything whose kind is a slice.
#[derive(Clone, Copy)]
pub(crate) enum Elements<'r> {
    /// A slice value.
    List(ListRef<'r>),
    /// A named slice type with methods.
    Object(Value<'r>),
}

impl<'r> Elements<'r> {
    /// Looks at a value as Go's reflection does: an error names the kind that isn't a slice, and the nil
    /// interface has no type to ask at all.
    pub(crate) fn of(value: Value<'r>) -> Result<Self, NotElements> {
        match value {
            Value::Nil => Err(NotElements::Nil),
            Value::List(list) => Ok(Elements::List(list)),
            Value::Object(object) if object.kind() == Kind::Slice => Ok(Elements::Object(value)),
            other => Err(NotElements::Kind(other.kind())),
        }
    }

    /// A copy of the elements.
    pub(crate) fn to_vec(self, arena: &'r Arena) -> Vec<Value<'r>> {
        match self {
            Elements::List(list) => list.to_vec(),
            Elements::Object(Value::Object(object)) => {
                object.entries(arena).into_iter().map(|(_, value)| value).collect()
            }
            Elements::Object(_) => Vec::new(),
        }
    }

    /// The element at an index.
    pub(crate) fn get(self, index: usize, arena: &'r Arena) -> Option<Value<'r>> {
        match self {
            Elements::List(list) => list.get(index),
            Elements::Object(_) => self.to_vec(arena).get(index).copied(),
        }
    }

    /// How many there are.
    pub(crate) fn len(self) -> usize {
        match self {
            Elements::List(list) => list.len(),
            Elements::Object(Value::Object(object)) => object.len().unwrap_or(0),
            Elements::Object(_) => 0,
        }
    }
}

/// Why a value has no elements.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NotElements {
    /// It is the nil interface.
    Nil,
    /// It is of another kind.
    Kind(Kind),
}

impl NotElements {
    /// The error of a function whose text for other kinds is `prefix`, the kind and `suffix`.
    pub(crate) fn error(self, prefix: &str, suffix: &str) -> CallError {
        match self {
            NotElements::Nil => nil_dereference(),
            NotElements::Kind(kind) => CallError::failed(format!("{prefix}{}{suffix}", kind.name())),
        }
    }
}

/// What Go panics with where a nil pointer or interface is used.
pub(crate) fn nil_dereference() -> CallError {
    CallError::failed("runtime error: invalid memory address or nil pointer dereference")
}

/// What Go panics with where a negative size is asked for.
pub(crate) fn negative_length() -> CallError {
    CallError::failed("runtime error: makeslice: len out of range")
}

/// An assignment to an entry of a nil map.
pub(crate) fn nil_map() -> CallError {
    CallError::failed("assignment to entry in nil map")
}
