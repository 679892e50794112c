//! Dates and durations. Whatever needs the time now asks the world.

use gostd::strconv::{self, NumValue};
use gostd::time::{Duration, Location, Time};
use gostd::value::{IntKind, Value};
use gotemplate::{Call, CallError, Function};

use crate::args::{any, text};
use crate::table::{ANY, Answer, STRING, TIME, fixed};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("now", &[], TIME, |call, _| Ok(call.arena.object(now(call, "now")?))),
    fixed("date", &[STRING, ANY], STRING, |call, args| {
        let time = time_or_now(call, any(args, 1), "date")?;
        Ok(call.arena.string(time.in_location(&local(call)).format(text(args, 0))))
    }),
    fixed("htmlDate", &[ANY], STRING, |call, args| {
        let time = time_or_now(call, any(args, 0), "htmlDate")?;
        Ok(call.arena.string(time.in_location(&local(call)).format(HTML_DATE)))
    }),
    fixed("dateInZone", &[STRING, ANY, STRING], STRING, |call, args| date_in_zone(call, args, "dateInZone")),
    fixed("date_in_zone", &[STRING, ANY, STRING], STRING, |call, args| {
        date_in_zone(call, args, "date_in_zone")
    }),
    fixed("htmlDateInZone", &[ANY, STRING], STRING, |call, args| {
        let time = time_or_now(call, any(args, 0), "htmlDateInZone")?;
        Ok(call.arena.string(time.in_location(&zone(call, text(args, 1))).format(HTML_DATE)))
    }),
    fixed("dateModify", &[STRING, TIME], TIME, modify_leniently),
    fixed("date_modify", &[STRING, TIME], TIME, modify_leniently),
    fixed("mustDateModify", &[STRING, TIME], TIME, modify),
    fixed("must_date_modify", &[STRING, TIME], TIME, modify),
    fixed("toDate", &[STRING, STRING], TIME, |call, args| {
        Ok(to_date(call, args).unwrap_or_else(|_| call.arena.object(Time::zero())))
    }),
    fixed("mustToDate", &[STRING, STRING], TIME, to_date),
    fixed("unixEpoch", &[TIME], STRING, |call, args| {
        Ok(call.arena.string(time(args, 0)?.unix_seconds().to_string()))
    }),
    fixed("ago", &[ANY], STRING, ago),
    fixed("duration", &[ANY], STRING, duration),
    fixed("durationRound", &[ANY], STRING, duration_round),
];

const HTML_DATE: &[u8] = b"2006-01-02";

/// The machine's zone.
fn local(call: &Call<'_, '_>) -> Location {
    match call.world.zone() {
        "UTC" => Location::local(),
        name => Location::load(name.as_bytes()).unwrap_or_else(|_| Location::local()),
    }
}

/// The zone of that name; UTC where there is none.
fn zone(call: &Call<'_, '_>, name: &[u8]) -> Location {
    match name {
        b"Local" => local(call),
        name => Location::load(name).unwrap_or_else(|_| Location::utc()),
    }
}

fn now(call: &Call<'_, '_>, function: &'static str) -> Result<Time, CallError> {
    let (seconds, nanos) = call.world.now(function)?;
    Ok(Time::unix(seconds, i64::from(nanos)).in_location(&local(call)))
}

/// The time at an index, where the signature asks for one.
fn time<'r>(args: &[Value<'r>], index: usize) -> Result<&'r Time, CallError> {
    any(args, index).downcast::<Time>().ok_or_else(crate::args::nil_dereference)
}

/// A time as it is, an integer as seconds since 1970, anything else as the time now.
fn time_or_now(call: &Call<'_, '_>, value: Value<'_>, function: &'static str) -> Result<Time, CallError> {
    match value {
        Value::Int(IntKind::Int | IntKind::Int64 | IntKind::Int32, seconds) => {
            Ok(Time::unix(seconds, 0).in_location(&local(call)))
        }
        other => match other.downcast::<Time>() {
            Some(time) => Ok(time.clone()),
            None => now(call, function),
        },
    }
}

fn date_in_zone<'r>(call: &Call<'_, 'r>, args: &[Value<'r>], function: &'static str) -> Answer<'r> {
    let time = time_or_now(call, any(args, 1), function)?;
    Ok(call.arena.string(time.in_location(&zone(call, text(args, 2))).format(text(args, 0))))
}

fn modify<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let time = time(args, 1)?;
    let duration = Duration::parse(text(args, 0)).map_err(|error| CallError::failed(error.to_string()))?;
    Ok(call.arena.object(time.add(duration)))
}

/// A duration that isn't one changes nothing.
fn modify_leniently<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    modify(call, args).or(Ok(any(args, 1)))
}

fn to_date<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let time = Time::parse_in_location(text(args, 0), text(args, 1), &local(call))
        .map_err(|error| CallError::failed(error.to_string()))?;
    Ok(call.arena.object(time))
}

/// How long ago, in whole seconds. What is no time is now, which was no time ago.
fn ago<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let now = now(call, "ago")?;
    let then = match any(args, 0) {
        Value::Int(IntKind::Int | IntKind::Int64, seconds) => Time::unix(seconds, 0),
        other => other.downcast::<Time>().unwrap_or(&now).clone(),
    };
    Ok(call.arena.string(now.sub(&then).round(Duration::SECOND).to_string()))
}

/// Seconds as a duration.
fn duration<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let seconds = match any(args, 0) {
        Value::Int(IntKind::Int64, seconds) => seconds,
        Value::String(text) => strconv::parse_int(text, 10, 64).unwrap_or_else(|error| match error.value {
            NumValue::Int(nearest) => nearest,
            NumValue::Uint(_) | NumValue::Float(_) => 0,
        }),
        _ => 0,
    };
    Ok(call.arena.string(Duration(seconds.wrapping_mul(Duration::SECOND.0)).to_string()))
}

/// A duration's largest unit of which there is more than one whole, without its sign.
fn duration_round<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let duration = match any(args, 0) {
        Value::Int(IntKind::Int64, nanos) => Duration(nanos),
        Value::String(text) => Duration::parse(text).unwrap_or(Duration(0)),
        other => match other.downcast::<Time>() {
            Some(then) => now(call, "durationRound")?.sub(then),
            None => Duration(0),
        },
    };
    const HOUR: u64 = Duration::HOUR.0.unsigned_abs();
    let units = [
        (HOUR * 24 * 365, "y"),
        (HOUR * 24 * 30, "mo"),
        (HOUR * 24, "d"),
        (HOUR, "h"),
        (HOUR / 60, "m"),
        (HOUR / 3600, "s"),
    ];
    let nanos = duration.0.unsigned_abs();
    let rounded = units.into_iter().find(|(unit, _)| nanos > *unit);
    Ok(call.arena.string(match rounded {
        Some((unit, letter)) => format!("{}{letter}", nanos / unit),
        None => "0s".to_owned(),
    }))
}
