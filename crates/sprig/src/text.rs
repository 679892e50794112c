//! The text form of values, as `toString`, `quote`, `join` and `dict` keys use it.

use gostd::fmt;
use gostd::value::{Arena, Kind, ListType, Value};

use crate::args::Elements;

/// A value's text: strings and bytes as they are, all else as `%v` prints it.
pub(crate) fn strval<'r>(arena: &'r Arena, value: Value<'r>) -> &'r [u8] {
    match value {
        Value::String(text) => text,
        Value::List(list) if list.list_type() == ListType::Uint8 => match list.as_bytes() {
            Some(bytes) => bytes,
            None => {
                let bytes: Vec<u8> = list.iter().map(byte).collect();
                arena.bytes(&bytes)
            }
        },
        other => {
            let mut out = Vec::new();
            fmt::append_value(&mut out, other);
            arena.bytes(&out)
        }
    }
}

fn byte(value: Value<'_>) -> u8 {
    match value {
        // The elements of a []uint8 fit.
        Value::Uint(_, value) => value as u8,
        _ => 0,
    }
}

/// The texts of a value's elements without the nil ones; of a scalar its own text, of nil nothing.
pub(crate) fn strslice<'r>(arena: &'r Arena, value: Value<'r>) -> Vec<&'r [u8]> {
    match Elements::of(value) {
        Ok(elements) => elements
            .to_vec(arena)
            .into_iter()
            .filter(|element| !element.is_nil())
            .map(|element| strval(arena, element))
            .collect(),
        Err(_) if value.is_nil() => Vec::new(),
        Err(_) => vec![strval(arena, value)],
    }
}

/// Whether a value's kind, behind a pointer too, is a slice.
pub(crate) fn is_slice(value: Value<'_>) -> bool {
    value.kind() == Kind::Slice
}
