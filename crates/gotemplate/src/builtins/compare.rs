//! `eq`, `lt` and what follows from them.

use std::cmp::Ordering;

use gostd::fmt;
use gostd::value::{Kind, Value};

use crate::function::{Call, CallError};
use crate::operand::Operand;

/// A value by its basic kind.
#[derive(Clone, Copy)]
enum Basic<'r> {
    Bool(bool),
    Complex(f64, f64),
    Int(i64),
    Float(f64),
    String(&'r [u8]),
    Uint(u64),
}

fn basic(value: Value<'_>) -> Option<Basic<'_>> {
    Some(match value {
        Value::Bool(value) => Basic::Bool(value),
        Value::Complex(real, imaginary) => Basic::Complex(real, imaginary),
        Value::Int(_, value) => Basic::Int(value),
        Value::Float(_, value) => Basic::Float(value),
        Value::String(text) => Basic::String(text),
        Value::Uint(_, value) => Basic::Uint(value),
        Value::Object(object) => Basic::Int(object.as_int()?),
        Value::Nil | Value::Map(_) | Value::List(_) => return None,
    })
}

/// Integers compare whatever their signs.
fn compare_integers(a: Basic<'_>, b: Basic<'_>) -> Option<Ordering> {
    let wide = |value| match value {
        Basic::Int(value) => Some(i128::from(value)),
        Basic::Uint(value) => Some(i128::from(value)),
        _ => None,
    };
    Some(wide(a)?.cmp(&wide(b)?))
}

/// `a == b || a == c || …`
pub(super) fn eq<'r>(
    call: &Call<'_, 'r>,
    first: Operand<'r>,
    others: &[Operand<'r>],
) -> Result<bool, CallError> {
    let first = first.indirect_interface();
    if others.is_empty() {
        return Err(CallError::failed("missing argument for comparison"));
    }
    for other in others {
        if equal(call, first, other.indirect_interface())? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal<'r>(call: &Call<'_, 'r>, a: Operand<'r>, b: Operand<'r>) -> Result<bool, CallError> {
    let (basic_a, basic_b) = (basic(a.value()), basic(b.value()));
    match (basic_a, basic_b) {
        (None, None) => return equal_composite(call, a.value(), b.value()),
        (Some(Basic::Bool(a)), Some(Basic::Bool(b))) => return Ok(a == b),
        (Some(Basic::Complex(re_a, im_a)), Some(Basic::Complex(re_b, im_b))) => {
            return Ok(re_a == re_b && im_a == im_b);
        }
        (Some(Basic::Float(a)), Some(Basic::Float(b))) => return Ok(a == b),
        (Some(Basic::String(a)), Some(Basic::String(b))) => return Ok(a == b),
        (Some(basic_a), Some(basic_b)) => {
            if let Some(ordering) = compare_integers(basic_a, basic_b) {
                return Ok(ordering == Ordering::Equal);
            }
        }
        _ => {}
    }
    if a.is_valid() && b.is_valid() {
        return Err(incompatible(a.value(), b.value()));
    }
    Ok(false)
}

/// Maps, slices and structs compare with nil only, pointers and comparable structs with one another.
fn equal_composite<'r>(call: &Call<'_, 'r>, a: Value<'r>, b: Value<'r>) -> Result<bool, CallError> {
    if a.kind() != b.kind() && !a.is_nil() && !b.is_nil() {
        call.check_texts(&[a, b], 0)?;
        let (name_a, name_b) = (a.type_name(), b.type_name());
        let (text_a, text_b) = (formatted(b"%s", a), formatted(b"%v", b));
        let parts: [&[u8]; 7] = [&text_a, b": ", name_a.as_bytes(), b", ", name_b.as_bytes(), b": ", &text_b];
        return Err(refusal(b"non-comparable types ", &parts));
    }
    if is_nil(a) || is_nil(b) {
        return Ok(is_nil(a) == is_nil(b));
    }
    match (a, b) {
        (Value::Object(a), Value::Object(b)) if is_comparable(Value::Object(b)) => {
            Ok(std::ptr::addr_eq(a, b) || (a.kind() == Kind::Struct && same_struct(a, b)))
        }
        _ => {
            call.check_texts(&[b], 0)?;
            let name = b.type_name();
            Err(refusal(b"non-comparable type ", &[&formatted(b"%s", b), b": ", name.as_bytes()]))
        }
    }
}

/// Whether the type compares at all: structs do whose fields all do.
fn is_comparable(value: Value<'_>) -> bool {
    match value {
        Value::Map(_) | Value::List(_) => false,
        Value::Object(object) => match object.kind() {
            Kind::Map | Kind::Slice => false,
            Kind::Struct => object.fields().iter().all(|field| is_comparable(field.value)),
            _ => true,
        },
        _ => true,
    }
}

fn formatted(verb: &[u8], value: Value<'_>) -> Vec<u8> {
    fmt::sprintf(verb, &[value])
}

fn refusal(what: &[u8], parts: &[&[u8]]) -> CallError {
    CallError::Failed([what, &parts.concat()].concat())
}

/// Structs are equal where all their fields are; their text is the nearest that objects offer.
fn same_struct<'r>(a: &dyn gostd::value::Object<'r>, b: &dyn gostd::value::Object<'r>) -> bool {
    let text = |object: &dyn gostd::value::Object<'r>| {
        let mut out = Vec::new();
        object.print(false, &mut out);
        out
    };
    a.type_name() == b.type_name() && text(a) == text(b)
}

fn is_nil(value: Value<'_>) -> bool {
    match value {
        Value::Nil => true,
        Value::Map(map) => map.is_nil(),
        Value::List(list) => list.is_nil(),
        _ => false,
    }
}

fn incompatible(a: Value<'_>, b: Value<'_>) -> CallError {
    let (a, b) = (a.type_name(), b.type_name());
    CallError::failed(format!("incompatible types for comparison: {a} and {b}"))
}

/// `a < b`
pub(super) fn lt(a: Operand<'_>, b: Operand<'_>) -> Result<bool, CallError> {
    let bad_type = || CallError::failed("invalid type for comparison");
    let (a, b) = (a.indirect_interface().value(), b.indirect_interface().value());
    match (basic(a).ok_or_else(bad_type)?, basic(b).ok_or_else(bad_type)?) {
        (Basic::Bool(_), Basic::Bool(_)) | (Basic::Complex(..), Basic::Complex(..)) => Err(bad_type()),
        (Basic::Float(a), Basic::Float(b)) => Ok(a < b),
        (Basic::String(a), Basic::String(b)) => Ok(a < b),
        (basic_a, basic_b) => match compare_integers(basic_a, basic_b) {
            Some(ordering) => Ok(ordering == Ordering::Less),
            None => Err(incompatible(a, b)),
        },
    }
}

/// `a <= b`
pub(super) fn le<'r>(call: &Call<'_, 'r>, a: Operand<'r>, b: Operand<'r>) -> Result<bool, CallError> {
    Ok(lt(a, b)? || eq(call, a, &[b])?)
}
