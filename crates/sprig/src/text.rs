//! The text form of values, as `toString`, `quote`, `join` and `dict` keys use it.

use gostd::fmt;
use gostd::value::{Kind, ListType, Value};
use gotemplate::{Call, CallError};

use crate::args::Elements;

/// A value's text: strings and bytes as they are, all else as `%v` prints it.
pub(crate) fn strval<'r>(call: &Call<'_, 'r>, value: Value<'r>) -> Result<&'r [u8], CallError> {
    Ok(match value {
        Value::String(text) => text,
        Value::List(list) if list.list_type() == ListType::Uint8 => match list.as_bytes() {
            Some(bytes) => bytes,
            None => {
                let bytes: Vec<u8> = list.iter().map(byte).collect();
                call.arena.bytes(&bytes)
            }
        },
        other => {
            let mut out = Vec::new();
            append_text(call, &mut out, other)?;
            call.arena.bytes(&out)
        }
    })
}

/// Appends what `%v` prints for a value, where there is room for it.
pub(crate) fn append_text<'r>(
    call: &Call<'_, 'r>,
    out: &mut Vec<u8>,
    value: Value<'r>,
) -> Result<(), CallError> {
    call.check_texts(&[value], 0)?;
    fmt::append_value(out, value);
    Ok(())
}

fn byte(value: Value<'_>) -> u8 {
    match value {
        // The elements of a []uint8 fit.
        Value::Uint(_, value) => value as u8,
        _ => 0,
    }
}

/// The texts of a value's elements without the nil ones; of a scalar its own text, of nil nothing.
pub(crate) fn strslice<'r>(call: &Call<'_, 'r>, value: Value<'r>) -> Result<Vec<&'r [u8]>, CallError> {
    match Elements::of(value) {
        Ok(elements) => elements
            .to_vec(call.arena)
            .into_iter()
            .filter(|element| !element.is_nil())
            .map(|element| strval(call, element))
            .collect(),
        Err(_) if value.is_nil() => Ok(Vec::new()),
        Err(_) => Ok(vec![strval(call, value)?]),
    }
}

/// Whether a value's kind, behind a pointer too, is a slice.
pub(crate) fn is_slice(value: Value<'_>) -> bool {
    value.kind() == Kind::Slice
}
