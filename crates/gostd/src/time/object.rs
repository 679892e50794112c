//! Times, durations, months and weekdays as templates see them.

use std::any::Any;
use std::borrow::Cow;

use super::duration::Duration;
use super::error::Quoted;
use super::instant::Time;
use super::layout;
use super::location::Location;
use super::names::{Month, Weekday};
use crate::value::{
    Arena, FieldKey, FieldType, FloatKind, IntKind, Kind, ListType, Object, ObjectField, Signature,
    StructField, Structure, Type, UintKind, Value,
};

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
    method("AppendBinary", &[BYTES], BYTES, |time, args| {
        let binary = binary(time).map_err(|error| format!("Time.AppendBinary: {error}"))?;
        args.byte_list([args.bytes(0)?, binary].concat())
    }),
    method("AppendFormat", &[BYTES, Type::String], BYTES, |time, args| {
        args.byte_list([args.bytes(0)?, time.format(&args.bytes(1)?)].concat())
    }),
    method("AppendText", &[BYTES], BYTES, |time, args| {
        let text = strict_rfc3339(time).map_err(|error| format!("Time.AppendText: {error}"))?;
        args.byte_list([args.bytes(0)?, text].concat())
    }),
    method("Before", &[TIME], Type::Bool, |time, args| Ok(Value::Bool(time.before(args.time(0)?)))),
    method("Compare", &[TIME], INT, |time, args| Ok(Value::int(time.compare(args.time(0)?) as i64))),
    method("Day", &[], INT, |time, _| Ok(Value::int(time.day()))),
    method("Equal", &[TIME], Type::Bool, |time, args| Ok(Value::Bool(time.equal(args.time(0)?)))),
    method("Format", &[Type::String], Type::String, |time, args| args.string(time.format(&args.bytes(0)?))),
    method("GoString", &[], Type::String, |time, args| args.string(go_string(time))),
    method("GobEncode", &[], BYTES, |time, args| {
        args.byte_list(binary(time).map_err(|error| format!("Time.MarshalBinary: {error}"))?)
    }),
    method("Hour", &[], INT, |time, _| Ok(Value::int(time.hour()))),
    method("In", &[LOCATION], TIME, |time, args| match args.get(0)?.downcast::<Location>() {
        Some(location) => args.object(time.in_location(location)),
        None => Err("time: missing Location in call to Time.In".into()),
    }),
    method("IsDST", &[], Type::Bool, |time, _| Ok(Value::Bool(time.is_dst()))),
    method("IsZero", &[], Type::Bool, |time, _| Ok(Value::Bool(time.is_zero()))),
    method("Local", &[], TIME, |time, args| args.object(time.local())),
    method("Location", &[], LOCATION, |time, args| args.object(time.location().clone())),
    method("MarshalBinary", &[], BYTES, |time, args| {
        args.byte_list(binary(time).map_err(|error| format!("Time.MarshalBinary: {error}"))?)
    }),
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
];

/// Methods whose results aren't such as templates take, with Go's text about it.
const UNCALLABLE: &[(&str, &str)] = &[
    ("Clock", "function Clock has 3 return values; should be 1 or 2"),
    ("Date", "function Date has 3 return values; should be 1 or 2"),
    ("ISOWeek", "invalid function signature for ISOWeek: second return value should be error; is int"),
    ("Zone", "invalid function signature for Zone: second return value should be error; is int"),
    (
        "ZoneBounds",
        "invalid function signature for ZoneBounds: second return value should be error; is time.Time",
    ),
];

fn uncallable(name: &[u8]) -> Option<&'static str> {
    let (_, problem) = UNCALLABLE.iter().find(|(uncallable, _)| uncallable.as_bytes() == name)?;
    Some(problem)
}

/// The expression that gives the time in Go.
fn go_string(time: &Time) -> String {
    let location = match time.location().name() {
        b"UTC" => "time.UTC".to_owned(),
        b"Local" => "time.Local".to_owned(),
        name => format!("time.Location({})", Quoted(name)),
    };
    let numbers = [time.day(), time.hour(), time.minute(), time.second(), time.nanosecond()];
    let numbers = numbers.map(|number| number.to_string()).join(", ");
    format!("time.Date({}, time.{}, {numbers}, {location})", time.year(), time.month())
}

/// The form that `encoding/gob` has: a version, seconds, nanoseconds and the zone's offset in minutes, to which the
/// second version adds seconds.
fn binary(time: &Time) -> Result<Vec<u8>, &'static str> {
    let (_, offset) = time.zone();
    let (minutes, seconds) = match time.location().name() {
        b"UTC" => (-1, 0),
        _ if offset / 60 == -1 => return Err("unexpected zone offset"),
        _ => (i16::try_from(offset / 60).map_err(|_| "unexpected zone offset")?, (offset % 60) as i8),
    };
    let nanos = u32::try_from(time.nanosecond()).unwrap_or_default();
    let mut out = vec![if seconds == 0 { 1 } else { 2 }];
    out.extend(time.unix_seconds().wrapping_add(FROM_YEAR_ONE).to_be_bytes());
    out.extend(nanos.to_be_bytes());
    out.extend(minutes.to_be_bytes());
    if seconds != 0 {
        out.extend(seconds.to_be_bytes());
    }
    Ok(out)
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

const fn hidden(name: &'static str) -> FieldType {
    FieldType { name, json: FieldKey::Never, yaml: FieldKey::Never }
}

const TIME_FIELDS: &[FieldType; 3] = &[hidden("wall"), hidden("ext"), hidden("loc")];

/// The seconds between the year 1, from which Go counts, and 1970.
const FROM_YEAR_ONE: i64 = 62_135_596_800;

/// The pointer to a zone inside of a time: nil stands for UTC.
struct LocationField<'t>(&'t Location);

impl<'r> Object<'r> for LocationField<'_> {
    fn type_name(&self) -> Cow<'static, str> {
        LOCATION.name().into()
    }

    fn kind(&self) -> Kind {
        Kind::Pointer
    }

    fn print(&self, _: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0.name());
    }

    fn structure<'a>(&'a self, _: &'a Arena) -> Structure<'a> {
        if self.0.name() == b"UTC" { Structure::Nil } else { Structure::Opaque }
    }
}

impl<'r> Object<'r> for Time {
    fn type_name(&self) -> Cow<'static, str> {
        "time.Time".into()
    }

    fn method(&self, name: &[u8]) -> Option<Signature> {
        let uncallable =
            uncallable(name).map(|_| Signature { params: &[], variadic: false, result: Type::Any });
        signature(TIME_METHODS, name).or(uncallable)
    }

    fn uncallable(&self, name: &[u8]) -> Option<Cow<'static, str>> {
        uncallable(name).map(Cow::Borrowed)
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

    fn structure<'a>(&'a self, arena: &'a Arena) -> Structure<'a> {
        let [wall, ext, loc] = TIME_FIELDS;
        Structure::Fields(arena.struct_fields(&[
            StructField {
                field: wall,
                value: Value::Uint(UintKind::Uint64, self.nanosecond().cast_unsigned()),
            },
            StructField { field: ext, value: Value::int64(self.unix_seconds().wrapping_add(FROM_YEAR_ONE)) },
            StructField { field: loc, value: arena.object(LocationField(self.location())) },
        ]))
    }

    fn go_string(&self) -> Option<Vec<u8>> {
        Some(go_string(self).into_bytes())
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

            fn with_int(&self, number: i64, arena: &'r Arena) -> Option<Value<'r>> {
                Some(arena.object($type(number)))
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
