//! Dicts: references, which `set`, `unset` and the merges change in place.

use std::collections::HashSet;

use gostd::value::{ListType, MapRef, MapType, Value};
use gotemplate::{Call, CallError, Function};

use crate::args::{any, map, nil_map, rest, text};
use crate::copy::deep_copy;
use crate::merge::{Conflicts, MergeError, merge};
use crate::table::{ANY, Answer, BOOL, LIST, MAP, STRING, STRINGS, fixed, variadic};
use crate::text::strval;

pub(crate) const FUNCTIONS: &[Function] = &[
    variadic("dict", &[ANY], MAP, dict),
    fixed("get", &[MAP, STRING], ANY, |_, args| {
        Ok(map(args, 0).and_then(|dict| dict.get(text(args, 1))).unwrap_or(Value::String(b"")))
    }),
    fixed("set", &[MAP, STRING, ANY], MAP, set),
    fixed("unset", &[MAP, STRING], MAP, |_, args| {
        if let Some(dict) = map(args, 0) {
            dict.remove(text(args, 1));
        }
        Ok(plain(args))
    }),
    fixed("hasKey", &[MAP, STRING], BOOL, |_, args| {
        Ok(Value::Bool(map(args, 0).is_some_and(|dict| dict.contains_key(text(args, 1)))))
    }),
    variadic("pluck", &[STRING, MAP], LIST, pluck),
    variadic("keys", &[MAP], STRINGS, keys),
    fixed("values", &[MAP], LIST, values),
    variadic("pick", &[MAP, STRING], MAP, pick),
    variadic("omit", &[MAP, STRING], MAP, omit),
    variadic("merge", &[MAP, MAP], ANY, |call, args| {
        merge_all(call, args, Conflicts::KeepOld, Failure::Empty)
    }),
    variadic("mustMerge", &[MAP, MAP], ANY, |call, args| {
        merge_all(call, args, Conflicts::KeepOld, Failure::Error)
    }),
    variadic("mergeOverwrite", &[MAP, MAP], ANY, |call, args| {
        merge_all(call, args, Conflicts::Overwrite, Failure::Empty)
    }),
    variadic("mustMergeOverwrite", &[MAP, MAP], ANY, |call, args| {
        merge_all(call, args, Conflicts::Overwrite, Failure::Error)
    }),
    fixed("deepCopy", &[ANY], ANY, |call, args| deep_copy(call, any(args, 0))),
    fixed("mustDeepCopy", &[ANY], ANY, |call, args| deep_copy(call, any(args, 0))),
    variadic("dig", &[ANY], ANY, dig),
];

/// The first argument as `map[string]interface {}`, whatever the reference's type was.
fn plain<'r>(args: &[Value<'r>]) -> Value<'r> {
    match any(args, 0) {
        Value::Map(dict) => Value::Map(dict.with_type(MapType::StringAny)),
        other => other,
    }
}

fn dict<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let dict = call.arena.map(MapType::StringAny);
    for pair in args.chunks(2) {
        let value = pair.get(1).copied().unwrap_or(Value::String(b""));
        put(call, dict, strval(call, pair[0])?, value)?;
    }
    Ok(Value::Map(dict))
}

fn set<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let dict = map(args, 0).ok_or_else(nil_map)?;
    put(call, dict, text(args, 1), any(args, 2))?;
    Ok(plain(args))
}

/// Sets a key. A new one moves those behind it.
pub(crate) fn put<'r>(
    call: &Call<'_, 'r>,
    map: MapRef<'r>,
    key: &[u8],
    value: Value<'r>,
) -> Result<(), CallError> {
    let moved = map.len() as u64 / 16;
    if moved > 0 && !map.contains_key(key) {
        call.budget.step(moved)?;
    }
    map.insert(key, value).map_err(|_| nil_map())
}

fn pluck<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let key = text(args, 0);
    let found: Vec<Value<'r>> = rest(args, 1).iter().filter_map(|dict| dict.as_map()?.get(key)).collect();
    Ok(Value::List(call.arena.list_appended(ListType::Any, &found)))
}

/// The keys, each dict's sorted: Go's order is random.
fn keys<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let keys: Vec<Value<'r>> =
        args.iter().filter_map(Value::as_map).flat_map(MapRef::keys).map(Value::String).collect();
    Ok(Value::List(call.arena.list_appended(ListType::String, &keys)))
}

/// The values, in the order of their keys.
fn values<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let entries = map(args, 0).map(MapRef::entries).unwrap_or_default();
    let values: Vec<Value<'r>> = entries.into_iter().map(|(_, value)| value).collect();
    Ok(Value::List(call.arena.list_appended(ListType::Any, &values)))
}

fn pick<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let dict = map(args, 0);
    let entries = rest(args, 1).iter().filter_map(|key| {
        let key = key.as_bytes()?;
        Some((key, dict?.get(key)?))
    });
    Ok(Value::Map(call.arena.map_of(entries)))
}

fn omit<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let omitted: HashSet<&[u8]> = rest(args, 1).iter().filter_map(Value::as_bytes).collect();
    let entries = map(args, 0).map(MapRef::entries).unwrap_or_default();
    let kept = entries.into_iter().filter(|(key, _)| !omitted.contains(key));
    Ok(Value::Map(call.arena.map_of(kept)))
}

/// What a merge that can't be done gives.
#[derive(Clone, Copy)]
enum Failure {
    /// The empty string.
    Empty,
    /// The error.
    Error,
}

fn merge_all<'r>(
    call: &Call<'_, 'r>,
    args: &[Value<'r>],
    conflicts: Conflicts,
    failure: Failure,
) -> Answer<'r> {
    let mut target =
        map(args, 0).unwrap_or_else(|| call.arena.nil_map(MapType::StringAny)).with_type(MapType::StringAny);
    for source in rest(args, 1).iter().filter_map(Value::as_map) {
        if target.is_nil() && !source.is_nil() {
            target = call.arena.map(MapType::StringAny);
        }
        match (merge(call, target, source.with_type(MapType::StringAny), conflicts), failure) {
            (Ok(()), _) => {}
            (Err(MergeError::DifferentTypes), Failure::Empty) => return Ok(Value::String(b"")),
            (Err(error), _) => return Err(error.into()),
        }
    }
    Ok(Value::Map(target))
}

/// Follows keys into nested dicts; the default stands in for a missing key, not for anything else.
fn dig<'r>(_: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let [keys @ .., default, dict] = args else {
        return Err(CallError::failed("dig needs at least three arguments"));
    };
    if keys.is_empty() {
        return Err(CallError::failed("dig needs at least three arguments"));
    }
    let mut dict = as_plain_map(*dict)?;
    let mut path = Vec::with_capacity(keys.len());
    for key in keys {
        path.push(key.as_bytes().ok_or_else(|| conversion_error(*key, "string"))?);
    }
    let mut found = Value::Nil;
    for (index, key) in path.iter().enumerate() {
        if index > 0 {
            dict = as_plain_map(found)?;
        }
        match dict.get(key) {
            Some(value) => found = value,
            None => return Ok(*default),
        }
    }
    Ok(found)
}

/// Go's type assertion to `map[string]interface {}`.
fn as_plain_map<'r>(value: Value<'r>) -> Result<MapRef<'r>, CallError> {
    match value {
        Value::Map(map) if map.map_type() == MapType::StringAny => Ok(map),
        other => Err(conversion_error(other, MapType::StringAny.name())),
    }
}

fn conversion_error(value: Value<'_>, wanted: &str) -> CallError {
    let name = if value.is_nil() { "nil".into() } else { value.type_name() };
    CallError::failed(format!("interface conversion: interface {{}} is {name}, not {wanted}"))
}
