//! `print` and its kin. A few arguments can ask for more text than there is memory, so that they are measured first.

use std::borrow::Cow;

use gostd::fmt;
use gostd::value::Value;

use crate::BudgetExceeded;
use crate::function::{Call, CallError};

type Answer<'r> = Result<Value<'r>, CallError>;

pub(super) fn print<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    call.check_texts(args, 0)?;
    Ok(call.arena.string(fmt::sprint(args)))
}

pub(super) fn println<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    call.check_texts(args, 0)?;
    Ok(call.arena.string(fmt::sprintln(args)))
}

pub(super) fn printf<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let (format, args) = args
        .split_first()
        .map_or((&b""[..], args), |(format, args)| (format.as_bytes().unwrap_or_default(), args));
    call.check_escaped_texts(args, 0)?;
    check_format(call, format, args)?;
    Ok(call.arena.string(fmt::sprintf(format, args)))
}

/// Asks whether there is room for what a format makes of its arguments: indexes print one again and again, and a
/// width pads each of the elements that one has.
fn check_format<'r>(call: &Call<'_, 'r>, format: &[u8], args: &[Value<'r>]) -> Result<(), BudgetExceeded> {
    let width = greatest_width(format, args);
    let is_indexed = format.contains(&b'[');
    if width < 100 && !is_indexed {
        return Ok(());
    }
    let room = call.budget.room();
    let verbs = format.iter().filter(|byte| **byte == b'%').count() as u64;
    let times = if is_indexed { verbs } else { 1 };
    let mut size = 0u64;
    for arg in args {
        let text = gostd::value::text_size(*arg, 0, room);
        let elements = match arg {
            // No element takes less.
            Value::Map(_) | Value::List(_) | Value::Object(_) => text / 2,
            _ => 1,
        };
        let padded = text.saturating_add(width.saturating_mul(elements));
        size = size.saturating_add(padded.saturating_mul(times));
    }
    if size > room { call.budget.bytes(size) } else { Ok(()) }
}

/// The greatest width or precision that a format may ask for.
fn greatest_width(format: &[u8], args: &[Value<'_>]) -> u64 {
    /// Go takes no greater ones.
    const MOST: u64 = 1_000_000;
    let mut greatest = 0;
    let mut number = 0u64;
    for byte in format {
        number = if byte.is_ascii_digit() { 10 * number.min(MOST) + u64::from(byte - b'0') } else { 0 };
        greatest = greatest.max(number.min(MOST));
    }
    if format.contains(&b'*') {
        let given = args.iter().filter_map(|arg| match arg {
            Value::Int(_, number) => Some(number.unsigned_abs()),
            Value::Uint(_, number) => Some(*number),
            Value::Object(object) => object.as_int().map(i64::unsigned_abs),
            _ => None,
        });
        greatest = given.filter(|number| *number <= MOST).fold(greatest, u64::max);
    }
    greatest
}

/// An escaping function.
pub(super) fn escaped<'r>(
    call: &Call<'_, 'r>,
    args: &[Value<'r>],
    escape: fn(&[u8]) -> Vec<u8>,
) -> Answer<'r> {
    /// The most that is written for one byte: `\u0000`.
    const LONGEST: u64 = 6;
    call.check_texts(args, 0)?;
    // Nil reads as in an action.
    let no_value = Value::String(b"<no value>");
    let args: Vec<_> = args.iter().map(|arg| if arg.is_nil() { no_value } else { *arg }).collect();
    let text = match args[..] {
        [Value::String(text)] => Cow::Borrowed(text),
        _ => Cow::Owned(fmt::sprint(&args)),
    };
    let most = LONGEST.saturating_mul(text.len() as u64);
    if most > call.budget.room() {
        call.budget.bytes(most)?;
    }
    Ok(call.arena.string(escape(&text)))
}
