//! Loose conversions to numbers (spf13/cast 1.7): whatever doesn't convert is zero.

use gostd::strconv;
use gostd::value::{Object, UintKind, Value};

/// An `int64` of anything. `int` is the same on the machines that Helm is built for.
pub(crate) fn to_int64(value: Value<'_>) -> i64 {
    match value {
        Value::Int(_, value) => value,
        Value::Uint(UintKind::Uintptr, _) => 0,
        Value::Uint(_, value) => value.cast_signed(),
        Value::Float(_, value) => float_to_int64(value),
        Value::String(text) => strconv::parse_int(trim_zero_decimal(text), 0, 0).unwrap_or(0),
        Value::Bool(value) => i64::from(value),
        Value::Object(object) => calendar_int(object).unwrap_or(0),
        Value::Nil | Value::Complex(..) | Value::Map(_) | Value::List(_) => 0,
    }
}

/// A `float64` of anything.
pub(crate) fn to_float64(value: Value<'_>) -> f64 {
    match value {
        Value::Int(_, value) => value as f64,
        Value::Uint(UintKind::Uintptr, _) => 0.0,
        Value::Uint(_, value) => value as f64,
        Value::Float(_, value) => value,
        Value::String(text) => strconv::parse_float(text, 64).unwrap_or(0.0),
        Value::Bool(value) => f64::from(u8::from(value)),
        Value::Object(object) => calendar_int(object).unwrap_or(0) as f64,
        Value::Nil | Value::Complex(..) | Value::Map(_) | Value::List(_) => 0.0,
    }
}

/// The number of a `time.Month` or a `time.Weekday`, the only named integers that cast knows.
fn calendar_int<'r>(object: &dyn Object<'r>) -> Option<i64> {
    match &*object.type_name() {
        "time.Month" | "time.Weekday" => object.as_int(),
        _ => None,
    }
}

/// Go's conversion on amd64: what doesn't fit, and NaN, gives the smallest integer.
fn float_to_int64(value: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&value) { value as i64 } else { i64::MIN }
}

/// The text before a trailing `.000…`.
fn trim_zero_decimal(text: &[u8]) -> &[u8] {
    let kept = text.iter().rposition(|byte| *byte != b'0').map_or(0, |last| last + 1);
    match text[..kept].split_last() {
        Some((b'.', whole)) if kept < text.len() => whole,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_out_of_range_give_the_smallest_integer() {
        assert_eq!(float_to_int64(7.9), 7);
        assert_eq!(float_to_int64(-7.9), -7);
        for value in [1e19, -1e19, f64::NAN, f64::INFINITY, 9_223_372_036_854_775_808.0] {
            assert_eq!(float_to_int64(value), i64::MIN);
        }
    }

    #[test]
    fn trailing_zero_decimals_are_dropped() {
        let cases: [(&str, &str); 7] = [
            ("12.00", "12"),
            ("12.", "12."),
            ("12.10", "12.10"),
            ("00", "00"),
            (".0", ""),
            ("", ""),
            ("1.0.0", "1.0"),
        ];
        for (text, wanted) in cases {
            assert_eq!(trim_zero_decimal(text.as_bytes()), wanted.as_bytes(), "{text}");
        }
    }
}
