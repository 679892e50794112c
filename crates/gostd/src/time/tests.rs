//! Expectations of times and layouts, from Go.

use std::borrow::Cow;

use pretty_assertions::assert_eq;

use super::*;
use crate::value::{Arena, IntKind, Kind, Object, ObjectField, Value};

fn parse(layout: &[u8], value: &str) -> Time {
    Time::parse(layout, value.as_bytes()).unwrap()
}

fn format(time: &Time, layout: &str) -> String {
    String::from_utf8(time.format(layout.as_bytes())).unwrap()
}

fn zone(name: &str) -> Location {
    Location::load(name.as_bytes()).unwrap()
}

/// 2009-02-05 05:00:57.012345678 in New York.
fn sample() -> Time {
    Time::unix(1_233_828_057, 12_345_678).in_location(&zone("America/New_York"))
}

#[test]
fn every_field_formats() {
    let epoch = Time::unix(0, 0).utc();
    assert_eq!(
        format(
            &epoch,
            "Mon Monday Jan January 1 01 2 02 _2 06 2006 3 03 15 4 04 5 05 PM pm .000 .999 Z07:00 -07 002"
        ),
        "Thu Thursday Jan January 1 01 1 01  1 70 1970 12 12 00 0 00 0 00 AM am .000  Z +00 001"
    );
    for (layout, expected) in [
        ("__2|_2006|2006x|Month|Jane|Mon.", " 36|_2009|2009x|Month|Jane|Thu."),
        ("Z0700 Z070000 Z07:00:00 -07:00 -070000 MST", "-0500 -050000 -05:00:00 -05:00 -050000 EST"),
        (
            "5.00 05,999999 .9 .000000000 .00x .001 .0000000000",
            "57.01 57,012345  .012345678 .01x .002 .012345678",
        ),
        ("20060102150405 3PM 3pm 00 07 9", "20090205050057 5AM 5am 00 07 9"),
    ] {
        assert_eq!(format(&sample(), layout), expected);
    }
    assert_eq!(
        String::from_utf8(sample().format(RFC3339_NANO)).unwrap(),
        "2009-02-05T05:00:57.012345678-05:00"
    );
}

#[test]
fn zones_without_an_abbreviation_show_their_offset() {
    let at = |offset| Time::unix(0, 0).in_location(&Location::fixed(b"", offset)).to_string();
    assert_eq!(at(-5400), "1969-12-31 22:30:00 -0130 -0130");
    assert_eq!(
        format(&Time::unix(0, 0).in_location(&Location::fixed(b"X", -45)), "-07:00:00 MST"),
        "+00:00:-45 X"
    );
}

#[test]
fn parsing() {
    for (layout, value, expected) in [
        (DATE_ONLY, "2020-02-03", "2020-02-03 00:00:00 +0000 UTC"),
        (RFC3339, "2020-02-03T04:05:06.789+01:30", "2020-02-03 04:05:06.789 +0130 +0130"),
        (RFC1123, "Mon, 03 Feb 2020 04:05:06 CET", "2020-02-03 04:05:06 +0000 CET"),
        (KITCHEN, "12:30AM", "0000-01-01 00:30:00 +0000 UTC"),
        (b"2006 002", "2020 060", "2020-02-29 00:00:00 +0000 UTC"),
        (b"_2 January 06", " 3 january 69", "1969-01-03 00:00:00 +0000 UTC"),
        (b"2 Jan 06 15h MST", "3 feb 68 4h GMT-3", "2068-02-03 01:00:00 -0300 GMT-3"),
        (b"5", "7,5", "0000-01-01 00:00:07.5 +0000 UTC"),
    ] {
        assert_eq!(parse(layout, value).to_string(), expected);
    }
    let in_berlin = |layout: &[u8], value: &[u8]| {
        Time::parse_in_location(layout, value, &zone("Europe/Berlin")).unwrap().to_string()
    };
    assert_eq!(in_berlin(DATE_ONLY, b"2020-07-03"), "2020-07-03 00:00:00 +0200 CEST");
    assert_eq!(in_berlin(b"2006-01-02 MST", b"2020-07-03 CET"), "2020-07-03 01:00:00 +0200 CEST");
    assert_eq!(in_berlin(b"2006-01-02 -0700", b"2020-07-03 +0100"), "2020-07-03 00:00:00 +0100 +0100");
}

#[test]
fn parse_errors_have_gos_texts() {
    for (layout, value, expected) in [
        ("2006-01-02", "bad", r#"parsing time "bad" as "2006-01-02": cannot parse "bad" as "2006""#),
        ("2006-01-02", "2020/", r#"parsing time "2020/" as "2006-01-02": cannot parse "/" as "-""#),
        ("2006-01-02", "2020-13-01", r#"parsing time "2020-13-01": month out of range"#),
        ("2006-01-02", "2021-02-29", r#"parsing time "2021-02-29": day out of range"#),
        ("2006", "2020é", r#"parsing time "2020\xc3\xa9": extra text: "\xc3\xa9""#),
        ("15 -0700", "3 +2500", r#"parsing time "3 +2500": time zone offset hour out of range"#),
        ("2006 002", "2021 366", r#"parsing time "2021 366": day-of-year out of range"#),
        ("2006-01 002", "2021-03 001", r#"parsing time "2021-03 001": day-of-year does not match month"#),
        ("MST", "NOPE", r#"parsing time "NOPE" as "MST": cannot parse "NOPE" as "MST""#),
    ] {
        let error = Time::parse(layout.as_bytes(), value.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn dates_are_normalized_and_changes_of_clocks_are_minded() {
    let berlin = zone("Europe/Berlin");
    let date = |month, day, hour| Time::date(2024, Month(month), day, hour, 30, 0, 0, &berlin).to_string();
    assert_eq!(date(14, 0, -1), "2025-01-30 23:30:00 +0100 CET");
    // Clocks never showed this, and then showed that twice.
    assert_eq!(date(3, 31, 2), "2024-03-31 03:30:00 +0200 CEST");
    assert_eq!(date(10, 27, 2), "2024-10-27 02:30:00 +0100 CET");
    let time = parse(DATE_ONLY, "2020-02-03");
    assert_eq!(format(&time.add_date(0, 1, 30), "2006-01-02"), "2020-04-02");
}

#[test]
fn arithmetic() {
    let time = parse(DATE_TIME, "2020-02-03 04:05:06");
    assert_eq!(time.add(Duration::parse(b"-1.5h").unwrap()).to_string(), "2020-02-03 02:35:06 +0000 UTC");
    assert_eq!(time.add(Duration(-1)).nanosecond(), 999_999_999);
    assert_eq!(time.sub(&time.add(Duration(5))), Duration(-5));
    assert_eq!(time.sub(&Time::zero()), Duration(i64::MAX));
    assert_eq!(time.round(Duration::HOUR).to_string(), "2020-02-03 04:00:00 +0000 UTC");
    assert_eq!(time.truncate(Duration(Duration::HOUR.0 * 24 * 7)).weekday(), Weekday(1));
    assert_eq!(Time::unix(1, -1), Time::unix(0, 999_999_999));
    assert_eq!(Time::unix(i64::MAX, 0).unix_seconds(), i64::MAX);
}

#[test]
fn equality_is_gos() {
    let time = parse(DATE_ONLY, "2020-02-03");
    assert_eq!(time, parse(DATE_ONLY, "2020-02-03"));
    assert_ne!(time, time.local());
    assert!(time.equal(&time.local()));
    assert!(Time::zero().is_zero());
}

/// The type and the printed form of what a method gives.
fn call<'r>(
    arena: &'r Arena,
    time: &Time,
    name: &str,
    args: &[Value<'r>],
) -> Result<String, Cow<'static, str>> {
    let signature = Object::method(time, name.as_bytes()).unwrap();
    assert_eq!(signature.params.len(), args.len());
    let value = time.call(name.as_bytes(), args, arena)?;
    let mut out = Vec::new();
    crate::fmt::append_value(&mut out, value);
    Ok(format!("{} {}", value.type_name(), String::from_utf8_lossy(&out)))
}

#[test]
fn templates_call_methods() {
    let arena = Arena::new();
    let time = parse(DATE_ONLY, "2020-02-03");
    let nanos = Value::Int(IntKind::Int64, 90_000_000_000);
    for (name, args, expected) in [
        ("Year", &[][..], "int 2020"),
        ("Unix", &[], "int64 1580688000"),
        ("Weekday", &[], "time.Weekday Monday"),
        ("Month", &[], "time.Month February"),
        ("Format", &[Value::string("02 Jan 06")], "string 03 Feb 20"),
        ("UTC", &[], "time.Time 2020-02-03 00:00:00 +0000 UTC"),
        ("Add", &[nanos], "time.Time 2020-02-03 00:01:30 +0000 UTC"),
        ("Location", &[], "*time.Location UTC"),
        ("GoString", &[], "string time.Date(2020, time.February, 3, 0, 0, 0, 0, time.UTC)"),
        ("GobEncode", &[], "[]uint8 [1 0 0 0 14 213 201 89 128 0 0 0 0 255 255]"),
        ("MarshalText", &[], "[]uint8 [50 48 50 48 45 48 50 45 48 51 84 48 48 58 48 48 58 48 48 90]"),
    ] {
        assert_eq!(call(&arena, &time, name, args).unwrap(), expected);
    }
    assert_eq!(
        call(&arena, &time, "In", &[Value::Nil]).unwrap_err(),
        "time: missing Location in call to Time.In"
    );
    assert!(Object::method(&time, b"Zone").is_some());
    assert_eq!(
        Object::uncallable(&time, b"Zone").as_deref(),
        Some("invalid function signature for Zone: second return value should be error; is int")
    );
    assert!(Object::method(&time, b"UnmarshalText").is_none());
    assert!(matches!(time.field(b"wall", &arena), ObjectField::Unexported));
}

#[test]
fn json() {
    let encode = |object: &dyn for<'r> Object<'r>| {
        let mut out = Vec::new();
        object.json(true, &mut out).map(|()| String::from_utf8(out).unwrap())
    };
    assert_eq!(encode(&parse(DATE_ONLY, "2020-02-03")).unwrap(), r#""2020-02-03T00:00:00Z""#);
    assert_eq!(encode(&sample()).unwrap(), r#""2009-02-05T05:00:57.012345678-05:00""#);
    assert_eq!(
        encode(&Time::unix(1 << 40, 0)).unwrap_err(),
        "json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: year outside of range [0,9999]"
    );
    assert_eq!(encode(&Duration::SECOND).unwrap(), "1000000000");
    assert_eq!(encode(&Month(2)).unwrap(), "2");
}

#[test]
fn named_integers() {
    assert_eq!([Month(12).to_string(), Month(13).to_string()], ["December", "%!Month(13)"]);
    assert_eq!([Weekday(0).to_string(), Weekday(7).to_string()], ["Sunday", "%!Weekday(7)"]);
    assert!(!Object::truth(&Weekday(0)));
    assert_eq!((Object::kind(&Duration(1)), Object::kind(&Month(1))), (Kind::Int64, Kind::Int));
}
