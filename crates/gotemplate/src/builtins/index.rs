//! `index`, `slice` and `len`.

use gostd::value::{Arena, Kind, Value};

use crate::function::CallError;
use crate::operand::Operand;

/// An index as a number up to `cap`. Interfaces are no numbers: `index` unwraps them, `slice` doesn't.
fn index_arg(index: Operand<'_>, cap: usize) -> Result<usize, CallError> {
    if index.is_interface() {
        return Err(CallError::failed("cannot index slice/array with type interface {}"));
    }
    let number = match index.value() {
        Value::Int(_, value) => value,
        // Go converts, so that the largest numbers become negative.
        Value::Uint(_, value) => value.cast_signed(),
        Value::Nil => return Err(CallError::failed("cannot index slice/array with nil")),
        value => match value {
            Value::Object(object) if object.as_int().is_some() => object.as_int().unwrap_or_default(),
            _ => {
                let type_name = value.type_name();
                return Err(CallError::failed(format!("cannot index slice/array with type {type_name}")));
            }
        },
    };
    match usize::try_from(number) {
        Ok(number) if number <= cap => Ok(number),
        _ => Err(CallError::failed(format!("index out of range: {number}"))),
    }
}

/// A map key: maps have string keys.
fn key_arg<'r>(index: Operand<'r>) -> Result<&'r [u8], CallError> {
    match index.value() {
        Value::String(key) => Ok(key),
        Value::Nil => Err(CallError::failed("value is nil; should be of type string")),
        value => {
            let type_name = value.type_name();
            Err(CallError::failed(format!("value has type {type_name}; should be string")))
        }
    }
}

/// `index x 1 2` is `x[1][2]`.
pub(super) fn index<'r>(
    arena: &'r Arena,
    item: Operand<'r>,
    indexes: &[Operand<'r>],
) -> Result<Operand<'r>, CallError> {
    let mut item = item.indirect_interface();
    if !item.is_valid() {
        return Err(CallError::failed("index of untyped nil"));
    }
    for index in indexes {
        let index = index.indirect_interface();
        item = match item.value() {
            Value::Nil => return Err(CallError::failed("index of nil pointer")),
            Value::String(text) => {
                let at = index_arg(index, text.len())?;
                let byte =
                    text.get(at).ok_or_else(|| CallError::failed("reflect: string index out of range"))?;
                Operand::concrete(Value::Uint(gostd::value::UintKind::Uint8, u64::from(*byte)))
            }
            Value::List(list) => {
                let at = index_arg(index, list.len())?;
                Operand::element(list.list_type().holds_interfaces(), list.get(at).ok_or_else(out_of_range)?)
            }
            Value::Map(map) => {
                let map_type = map.map_type();
                let element = map.get(key_arg(index)?).unwrap_or(map_type.zero());
                Operand::element(map_type.holds_interfaces(), element)
            }
            Value::Object(object) => {
                let element = match object.kind() {
                    Kind::Map => {
                        let key = Value::String(key_arg(index)?);
                        object.index(key, arena).unwrap_or_else(|| object.zero_element(arena))
                    }
                    Kind::Slice | Kind::Array => {
                        let at = index_arg(index, object.len().unwrap_or_default())?;
                        object.index(Value::int(at as i64), arena).ok_or_else(out_of_range)?
                    }
                    _ => return Err(not_of_type("can't index item", item)),
                };
                Operand::element(element.is_nil(), element)
            }
            _ => return Err(not_of_type("can't index item", item)),
        };
    }
    Ok(item)
}

fn out_of_range() -> CallError {
    CallError::failed("reflect: slice index out of range")
}

/// The text of a refusal that names the type; pointers were followed before.
fn not_of_type(what: &str, item: Operand<'_>) -> CallError {
    let type_name = item.value().type_name();
    CallError::failed(format!("{what} of type {}", type_name.strip_prefix('*').unwrap_or(&type_name)))
}

/// `slice x 1 2` is `x[1:2]`.
pub(super) fn slice<'r>(
    arena: &'r Arena,
    item: Operand<'r>,
    indexes: &[Operand<'r>],
) -> Result<Operand<'r>, CallError> {
    let item = item.indirect_interface();
    if !item.is_valid() {
        return Err(CallError::failed("slice of untyped nil"));
    }
    if indexes.len() > 3 {
        return Err(CallError::failed(format!("too many slice indexes: {}", indexes.len())));
    }
    let len = match item.value() {
        Value::Nil => return Err(CallError::failed("slice of nil pointer")),
        Value::String(_) if indexes.len() == 3 => {
            return Err(CallError::failed("cannot 3-index slice a string"));
        }
        Value::String(text) => text.len(),
        // The capacity that Go would give a slice beyond its length isn't modelled.
        Value::List(list) => list.len(),
        _ => return Err(not_of_type("can't slice item", item)),
    };
    let mut bounds = [0, len, len];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = index_arg(*index, len)?;
    }
    let [from, to, max] = bounds;
    if from > to {
        return Err(CallError::failed(format!("invalid slice index: {from} > {to}")));
    }
    if to > max {
        return Err(CallError::failed(format!("invalid slice index: {to} > {max}")));
    }
    let sliced = match item.value() {
        Value::String(text) => text.get(from..to).map(Value::String),
        Value::List(list) if list.is_nil() => Some(Value::List(arena.nil_list(list.list_type()))),
        Value::List(list) => list.slice(from, to).map(Value::List),
        _ => None,
    };
    sliced.map(Operand::concrete).ok_or_else(out_of_range)
}

/// The length of what has one.
pub(super) fn len(item: Operand<'_>) -> Result<Operand<'_>, CallError> {
    let len = match item.value() {
        _ if !item.is_valid() => {
            return Err(CallError::failed("reflect: call of reflect.Value.Type on zero Value"));
        }
        Value::Nil => return Err(CallError::failed("len of nil pointer")),
        Value::String(text) => Some(text.len()),
        Value::List(list) => Some(list.len()),
        Value::Map(map) => Some(map.len()),
        Value::Object(object) => object.len(),
        _ => None,
    };
    match len {
        Some(len) => Ok(Operand::concrete(Value::int(len as i64))),
        None => Err(not_of_type("len", item)),
    }
}
