//! Times, durations, months and weekdays as templates see them.

use std::any::Any;
use std::borrow::Cow;

use super::duration::Duration;
use super::instant::Time;
use super::layout;
use super::location::Location;
use super::names::{Month, Weekday};
use crate::value::{Arena, FloatKind, IntKind, Kind, ListType, Object, ObjectField, Signature, Type, Value};

const TIME: Type = Type::Named("time.Time", Kind::Struct);
const DURATION: Type = Type::Named("time.Duration", Kind::Int64);
const MONTH: Type = Type::Named("time.Month", Kind::Int);
const WEEKDAY: Type = Type::Named("time.Weekday", Kind::Int);
const LOCATION: Type = Type::Named("*time.Location", Kind::Pointer);
const INT: Type = Type::Int(IntKind::Int);
const INT64: Type = Type::Int(IntKind::Int64);
const FLOAT64: Type = Type::Float(FloatKind::Float64);
const BYTES: Type = Type::List(ListType::Uint8);

type Answer<'r> = Result<Value<'r>, Cow<'static, str>>;

/// A method of a receiver `T`: its name, its signature and what it does.
struct Method<T: 'static> {
    name: &'static str,
    params: &'static [Type],
    result: Type,
    body: for<'r> fn(&T, &Args<'_, 'r>) -> Answer<'r>,
}

const fn method<T>(
    name: &'static str,
    params: &'static [Type],
    result: Type,
    body: for<'r> fn(&T, &Args<'_, 'r>) -> Answer<'r>,
) -> Method<T> {
    Method { name, params, result, body }
}

fn find<T>(methods: &'static [Method<T>], name: &[u8]) -> Option<&'static Method<T>> {
    methods.iter().find(|method| method.name.as_bytes() == name)
}

fn signature<T>(methods: &'static [Method<T>], name: &[u8]) -> Option<Signature> {
    let method = find(methods, name)?;
    Some(Signature { params: method.params, variadic: false, result: method.result })
}

fn call<'r, T>(
    methods: &'static [Method<T>],
    receiver: &T,
    name: &[u8],
    values: &[Value<'r>],
    arena: &'r Arena,
) -> Answer<'r> {
    match find(methods, name) {
        Some(method) => (method.body)(receiver, &Args { values, arena }),
        None => Err(format!("no method {}", String::from_utf8_lossy(name)).into()),
    }
}

/// The arguments of a call.
struct Args<'a, 'r> {
    values: &'a [Value<'r>],
    arena: &'r Arena,
}

impl<'r> Args<'_, 'r> {
    fn get(&self, index: usize) -> Result<Value<'r>, Cow<'static, str>> {
        self.values.get(index).copied().ok_or(Cow::Borrowed("missing argument"))
    }

    fn int(&self, index: usize) -> Result<i64, Cow<'static, str>> {
        match self.get(index)? {
            Value::Int(_, number) => Ok(number),
            Value::Object(object) => object.as_int().ok_or(Cow::Borrowed("not an integer")),
            _ => Err("not an integer".into()),
        }
    }

    fn duration(&self, index: usize) -> Result<Duration, Cow<'static, str>> {
        self.int(index).map(Duration)
    }

    fn bytes(&self, index: usize) -> Result<Vec<u8>, Cow<'static, str>> {
        match self.get(index)? {
            Value::String(text) => Ok(text.to_vec()),
            Value::List(list) => {
                let byte = |item| match item {
                    Value::Uint(_, byte) => u8::try_from(byte).ok(),
                    _ => None,
                };
                list.iter().map(byte).collect::<Option<_>>().ok_or(Cow::Borrowed("not bytes"))
            }
            _ => Err("not bytes".into()),
        }
    }

    fn time(&self, index: usize) -> Result<&'r Time, Cow<'static, str>> {
        self.get(index)?.downcast().ok_or(Cow::Borrowed("not a time"))
    }

    fn object<T: Object<'r> + 'r>(&self, object: T) -> Answer<'r> {
        Ok(self.arena.object(object))
    }

    fn string(&self, text: impl AsRef<[u8]>) -> Answer<'r> {
        Ok(self.arena.string(text))
    }

    fn byte_list(&self, bytes: impl AsRef<[u8]>) -> Answer<'r> {
        Ok(Value::List(self.arena.byte_list(self.arena.bytes(bytes.as_ref()))))
    }
}

const TIME_METHODS: &[Method<Time>] = &[
    method("Add", &[DURATION], TIME, |time, args| args.object(time.add(args.duration(0)?))),
    method("AddDate", &[INT, INT, INT], TIME, |time, args| {
        args.object(time.add_date(args.int(0)?, args.int(1)?, args.int(2)?))
    }),
    method("After", &[TIME], Type::Bool, |time, args| Ok(Value::Bool(time.after(args.time(0)?)))),
    method("AppendFormat", &[BYTES, Type::String], BYTES, |time, args| {
        args.byte_list([args.bytes(0)?, time.format(&args.bytes(1)?)].concat())
    }),
    method("AppendText", &[BYTES], BYTES, |time, args| {
        let text = strict_rfc3339(time).map_err(|error| format!("Time.AppendText: {error}"))?;
        args.byte_list([args.bytes(0)?, text].concat())
    }),
    method("Before", &[TIME], Type::Bool, |time, args| Ok(Value::Bool(time.before(args.time(0)?)))),
    method("Clock", &[], INT, |_, _| too_many_results("Clock", 3)),
    method("Compare", &[TIME], INT, |time, args| Ok(Value::int(time.compare(args.time(0)?) as i64))),
    method("Date", &[], INT, |_, _| too_many_results("Date", 3)),
    method("Day", &[], INT, |time, _| Ok(Value::int(time.day()))),
    method("Equal", &[TIME], Type::Bool, |time, args| Ok(Value::Bool(time.equal(args.time(0)?)))),
    method("Format", &[Type::String], Type::String, |time, args| args.string(time.format(&args.bytes(0)?))),
    method("Hour", &[], INT, |time, _| Ok(Value::int(time.hour()))),
    method("ISOWeek", &[], INT, |_, _| second_result_is_no_error("ISOWeek", "int")),
    method("In", &[LOCATION], TIME, |time, args| match args.get(0)?.downcast::<Location>() {
        Some(location) => args.object(time.in_location(location)),
        None => Err("time: missing Location in call to Time.In".into()),
    }),
    method("IsDST", &[], Type::Bool, |time, _| Ok(Value::Bool(time.is_dst()))),
    method("IsZero", &[], Type::Bool, |time, _| Ok(Value::Bool(time.is_zero()))),
    method("Local", &[], TIME, |time, args| args.object(time.local())),
    method("Location", &[], LOCATION, |time, args| args.object(time.location().clone())),
    method("MarshalJSON", &[], BYTES, |time, args| {
        let text = strict_rfc3339(time).map_err(|error| format!("Time.MarshalJSON: {error}"))?;
        args.byte_list([b"\"", &*text, b"\""].concat())
    }),
    method("MarshalText", &[], BYTES, |time, args| {
        args.byte_list(strict_rfc3339(time).map_err(|error| format!("Time.MarshalText: {error}"))?)
    }),
    method("Minute", &[], INT, |time, _| Ok(Value::int(time.minute()))),
    method("Month", &[], MONTH, |time, args| args.object(time.month())),
    method("Nanosecond", &[], INT, |time, _| Ok(Value::int(time.nanosecond()))),
    method("Round", &[DURATION], TIME, |time, args| args.object(time.round(args.duration(0)?))),
    method("Second", &[], INT, |time, _| Ok(Value::int(time.second()))),
    method("String", &[], Type::String, |time, args| args.string(time.format(layout::STRING))),
    method("Sub", &[TIME], DURATION, |time, args| args.object(time.sub(args.time(0)?))),
    method("Truncate", &[DURATION], TIME, |time, args| args.object(time.truncate(args.duration(0)?))),
    method("UTC", &[], TIME, |time, args| args.object(time.utc())),
    method("Unix", &[], INT64, |time, _| Ok(Value::int64(time.unix_seconds()))),
    method("UnixMicro", &[], INT64, |time, _| Ok(Value::int64(time.unix_micro()))),
    method("UnixMilli", &[], INT64, |time, _| Ok(Value::int64(time.unix_milli()))),
    method("UnixNano", &[], INT64, |time, _| Ok(Value::int64(time.unix_nano()))),
    method("Weekday", &[], WEEKDAY, |time, args| args.object(time.weekday())),
    method("Year", &[], INT, |time, _| Ok(Value::int(time.year()))),
    method("YearDay", &[], INT, |time, _| Ok(Value::int(time.year_day()))),
    method("Zone", &[], Type::String, |_, _| second_result_is_no_error("Zone", "int")),
    method("ZoneBounds", &[], TIME, |_, _| second_result_is_no_error("ZoneBounds", "time.Time")),
];

/// Why templates can't call a method with more than two results.
fn too_many_results<'r>(name: &str, results: usize) -> Answer<'r> {
    Err(format!("function {name} has {results} return values; should be 1 or 2").into())
}

/// Why templates can't call a method whose second result is no error.
fn second_result_is_no_error<'r>(name: &str, second: &str) -> Answer<'r> {
    let what = "second return value should be error";
    Err(format!("invalid function signature for {name}: {what}; is {second}").into())
}

/// The text that JSON has; RFC 3339 can't write all times.
fn strict_rfc3339(time: &Time) -> Result<Vec<u8>, &'static str> {
    let text = time.format(layout::RFC3339_NANO);
    if !(0..=9999).contains(&time.year()) {
        return Err("year outside of range [0,9999]");
    }
    let (_, offset) = time.zone();
    if (offset / 3600).abs() >= 24 {
        return Err("timezone hour outside of range [0,23]");
    }
    Ok(text)
}

impl<'r> Object<'r> for Time {
    fn type_name(&self) -> Cow<'static, str> {
        "time.Time".into()
    }

    fn method(&self, name: &[u8]) -> Option<Signature> {
        signature(TIME_METHODS, name)
    }

    fn call(&self, name: &[u8], args: &[Value<'r>], arena: &'r Arena) -> Answer<'r> {
        call(TIME_METHODS, self, name, args, arena)
    }

    fn field(&self, name: &[u8], _: &'r Arena) -> ObjectField<'r> {
        match name {
            b"wall" | b"ext" | b"loc" => ObjectField::Unexported,
            _ => ObjectField::Missing,
        }
    }

    fn print(&self, _: bool, out: &mut Vec<u8>) {
        layout::format(out, self, layout::STRING);
    }

    fn json(&self, _: bool, out: &mut Vec<u8>) -> Result<(), Cow<'static, str>> {
        let text = strict_rfc3339(self).map_err(|error| {
            format!("json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: {error}")
        })?;
        out.push(b'"');
        out.extend_from_slice(&text);
        out.push(b'"');
        Ok(())
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

const LOCATION_METHODS: &[Method<Location>] =
    &[method("String", &[], Type::String, |location, args| args.string(location.name()))];

impl<'r> Object<'r> for Location {
    fn type_name(&self) -> Cow<'static, str> {
        "*time.Location".into()
    }

    fn kind(&self) -> Kind {
        Kind::Pointer
    }

    fn method(&self, name: &[u8]) -> Option<Signature> {
        signature(LOCATION_METHODS, name)
    }

    fn call(&self, name: &[u8], args: &[Value<'r>], arena: &'r Arena) -> Answer<'r> {
        call(LOCATION_METHODS, self, name, args, arena)
    }

    fn print(&self, _: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(self.name());
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

const DURATION_METHODS: &[Method<Duration>] = &[
    method("Abs", &[], DURATION, |duration, args| args.object(duration.abs())),
    method("Hours", &[], FLOAT64, |duration, _| Ok(Value::float64(duration.hours()))),
    method("Microseconds", &[], INT64, |duration, _| Ok(Value::int64(duration.microseconds()))),
    method("Milliseconds", &[], INT64, |duration, _| Ok(Value::int64(duration.milliseconds()))),
    method("Minutes", &[], FLOAT64, |duration, _| Ok(Value::float64(duration.minutes()))),
    method("Nanoseconds", &[], INT64, |duration, _| Ok(Value::int64(duration.nanoseconds()))),
    method("Round", &[DURATION], DURATION, |duration, args| args.object(duration.round(args.duration(0)?))),
    method("Seconds", &[], FLOAT64, |duration, _| Ok(Value::float64(duration.seconds()))),
    method("String", &[], Type::String, |duration, args| args.string(duration.to_string())),
    method("Truncate", &[DURATION], DURATION, |duration, args| {
        args.object(duration.truncate(args.duration(0)?))
    }),
];

const MONTH_METHODS: &[Method<Month>] =
    &[method("String", &[], Type::String, |month, args| args.string(month.to_string()))];

const WEEKDAY_METHODS: &[Method<Weekday>] =
    &[method("String", &[], Type::String, |weekday, args| args.string(weekday.to_string()))];

/// Integers with a name and methods.
macro_rules! integer_object {
    ($type:ident, $name:literal, $kind:expr, $methods:ident) => {
        impl<'r> Object<'r> for $type {
            fn type_name(&self) -> Cow<'static, str> {
                $name.into()
            }

            fn kind(&self) -> Kind {
                $kind
            }

            fn method(&self, name: &[u8]) -> Option<Signature> {
                signature($methods, name)
            }

            fn call(&self, name: &[u8], args: &[Value<'r>], arena: &'r Arena) -> Answer<'r> {
                call($methods, self, name, args, arena)
            }

            fn print(&self, _: bool, out: &mut Vec<u8>) {
                out.extend_from_slice(self.to_string().as_bytes());
            }

            fn json(&self, _: bool, out: &mut Vec<u8>) -> Result<(), Cow<'static, str>> {
                out.extend_from_slice(self.0.to_string().as_bytes());
                Ok(())
            }

            fn truth(&self) -> bool {
                self.0 != 0
            }

            fn as_int(&self) -> Option<i64> {
                Some(self.0)
            }

            fn as_any(&self) -> Option<&dyn Any> {
                Some(self)
            }
        }
    };
}

integer_object!(Duration, "time.Duration", Kind::Int64, DURATION_METHODS);
integer_object!(Month, "time.Month", Kind::Int, MONTH_METHODS);
integer_object!(Weekday, "time.Weekday", Kind::Int, WEEKDAY_METHODS);
