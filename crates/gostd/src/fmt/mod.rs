//! Go's `fmt`: what values look like in print.

mod format;
mod number;
mod pad;
mod printer;
mod text;

pub use format::sprintf;

use crate::strconv::{append_float, append_int, append_uint};
use crate::value::{FloatKind, Kind, Object, Value};
use printer::Printer;

/// Go's `fmt.Sprint`: the values as `%v` prints them, with spaces between those that aren't strings.
pub fn sprint(args: &[Value<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut after_string = true;
    for arg in args {
        let is_string = arg.kind() == Kind::String;
        if !is_string && !after_string {
            out.push(b' ');
        }
        append_value(&mut out, *arg);
        after_string = is_string;
    }
    out
}

/// Go's `fmt.Sprintln`: the values as `%v` prints them, with spaces between them and a newline at the end.
pub fn sprintln(args: &[Value<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        append_value(&mut out, *arg);
    }
    out.push(b'\n');
    out
}

/// Appends what `%v` prints for a value.
///
/// Where a container is inside itself, which Go doesn't survive, `%!v(CYCLE)` stands instead.
pub fn append_value(out: &mut Vec<u8>, value: Value<'_>) {
    match value {
        Value::Nil => out.extend(b"<nil>"),
        Value::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
        Value::Int(_, value) => append_int(out, value),
        Value::Uint(_, value) => append_uint(out, value),
        Value::Float(kind, value) if value.is_finite() => {
            append_float(out, value, b'g', -1, float_bits(kind))
        }
        Value::String(text) => out.extend_from_slice(text),
        Value::Object(object) if object.fields().is_empty() => object.print(false, out),
        Value::Object(_) | Value::Float(..) | Value::Complex(..) | Value::Map(_) | Value::List(_) => {
            Printer::new(out).value(value, 'v')
        }
    }
}

/// Appends what a template action prints for a value that isn't nil: its [`append_value`], but objects show
/// methods that want an address.
pub fn print_action(out: &mut Vec<u8>, value: Value<'_>) {
    match value {
        Value::Object(object) => object.print(true, out),
        value => append_value(out, value),
    }
}

/// Appends what `%v` prints for a struct, also where a pointer leads to it.
pub fn append_struct<'r>(out: &mut Vec<u8>, object: &dyn Object<'r>) {
    Printer::new(out).fields(&object.type_name(), object.fields(), 'v');
}

fn float_bits(kind: FloatKind) -> u32 {
    match kind {
        FloatKind::Float32 => 32,
        FloatKind::Float64 => 64,
    }
}

#[cfg(test)]
mod tests;
