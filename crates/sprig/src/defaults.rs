//! Emptiness and the functions that choose by it.

use gostd::value::{Kind, Value};
use gotemplate::{Call, Function};

use crate::args::{any, boolean};
use crate::table::{ANY, Answer, BOOL, fixed, variadic};

pub(crate) const FUNCTIONS: &[Function] = &[
    variadic("default", &[ANY, ANY], ANY, default),
    fixed("empty", &[ANY], BOOL, |_, args| Ok(Value::Bool(is_empty(any(args, 0))))),
    variadic("coalesce", &[ANY], ANY, coalesce),
    variadic("all", &[ANY], BOOL, |_, args| Ok(Value::Bool(!args.iter().any(|value| is_empty(*value))))),
    variadic("any", &[ANY], BOOL, |_, args| Ok(Value::Bool(!args.iter().all(|value| is_empty(*value))))),
    fixed("ternary", &[ANY, ANY, BOOL], ANY, |_, args| Ok(any(args, if boolean(args, 2) { 0 } else { 1 }))),
];

/// Whether a value counts as not given: zero, nil, of no length. Structs never are.
pub(crate) fn is_empty(value: Value<'_>) -> bool {
    match value {
        Value::Nil => true,
        Value::Bool(value) => !value,
        Value::Int(_, value) => value == 0,
        Value::Uint(_, value) => value == 0,
        Value::Float(_, value) => value == 0.0,
        Value::Complex(re, im) => re == 0.0 && im == 0.0,
        Value::String(text) => text.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::List(list) => list.is_empty(),
        Value::Object(object) => match object.kind() {
            Kind::Map | Kind::Slice | Kind::Array | Kind::String => object.is_empty(),
            Kind::Int | Kind::Int8 | Kind::Int16 | Kind::Int32 | Kind::Int64 => object.as_int() == Some(0),
            Kind::Bool => !object.truth(),
            // Pointers of templates are never nil.
            _ => false,
        },
    }
}

fn default<'r>(_: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let given = any(args, 1);
    Ok(if is_empty(given) { any(args, 0) } else { given })
}

fn coalesce<'r>(_: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    Ok(args.iter().copied().find(|value| !is_empty(*value)).unwrap_or(Value::Nil))
}
