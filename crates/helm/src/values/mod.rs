//! Values: layers merged in order, `--set` expressions, and their coalescing with a chart's defaults.

mod coalesce;
mod layers;
mod set;

pub(crate) use coalesce::{Coalesce, coalesce_tables, is_table};
pub(crate) use layers::load_values;
pub use layers::{ValuesError, ValuesLayers};
pub use set::SetError;

use gostd::value::{Arena, Frozen, FrozenMap, IntKind, ListType, MapRef, UintKind, Value};

/// A table below a table: `path` is dotted, as Helm's `Values.Table` takes it.
pub(crate) fn table<'r>(root: MapRef<'r>, path: &str) -> Option<MapRef<'r>> {
    path.split('.').try_fold(root, |table, key| table.get(key.as_bytes())?.as_map())
}

/// Makes plain live data immutable again. Objects have no frozen form and become nil.
pub(crate) fn freeze(value: Value<'_>) -> Frozen {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match value {
        Value::Nil | Value::Complex(..) | Value::Object(_) => Frozen::Nil,
        Value::Bool(value) => Frozen::Bool(value),
        Value::Int(
            IntKind::Int | IntKind::Int64 | IntKind::Int32 | IntKind::Int16 | IntKind::Int8,
            value,
        ) => Frozen::Int(value),
        Value::Uint(UintKind::Uint8, value) => Frozen::Int(i64::try_from(value).unwrap_or(i64::MAX)),
        Value::Uint(_, value) => Frozen::Uint(value),
        Value::Float(_, value) => Frozen::Float(value),
        Value::String(text) => Frozen::string(text),
        Value::List(list) => match list.as_frozen() {
            Some(items) => Frozen::List(items.to_vec().into()),
            None => Frozen::List(list.iter().map(freeze).collect::<Vec<_>>().into()),
        },
        Value::Map(map) => Frozen::Map(freeze_map(map)),
    })
}

/// Makes a live map immutable again.
pub(crate) fn freeze_map(map: MapRef<'_>) -> FrozenMap {
    match map.as_frozen() {
        Some(frozen) => frozen.clone(),
        None => FrozenMap::from_pairs(map.entries().into_iter().map(|(key, value)| (key, freeze(value)))),
    }
}

/// A copy of a map and all maps and lists in it.
pub(crate) fn deep_copy_map<'r>(arena: &'r Arena, map: MapRef<'r>) -> MapRef<'r> {
    if let Some(frozen) = map.as_frozen() {
        return arena.frozen_map(frozen);
    }
    arena.map_of(map.entries().into_iter().map(|(key, value)| (key, deep_copy(arena, value))))
}

fn deep_copy<'r>(arena: &'r Arena, value: Value<'r>) -> Value<'r> {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match value {
        Value::Map(map) => Value::Map(deep_copy_map(arena, map).with_type(map.map_type())),
        Value::List(list) => match list.as_frozen() {
            Some(frozen) => Value::List(arena.frozen_list(frozen)),
            None => {
                let items: Vec<_> = list.iter().map(|item| deep_copy(arena, item)).collect();
                Value::List(arena.list_with_capacity(list.list_type(), &items, list.capacity()))
            }
        },
        scalar => scalar,
    })
}

/// Copies frozen data that doesn't live as long as the arena.
pub(crate) fn thaw<'r>(arena: &'r Arena, frozen: &Frozen) -> Value<'r> {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match frozen {
        Frozen::Nil => Value::Nil,
        Frozen::Bool(value) => Value::Bool(*value),
        Frozen::Int(value) => Value::int64(*value),
        Frozen::Uint(value) => Value::Uint(UintKind::Uint64, *value),
        Frozen::Float(value) => Value::float64(*value),
        Frozen::String(text) => arena.string(text),
        Frozen::List(items) => {
            let items: Vec<_> = items.iter().map(|item| thaw(arena, item)).collect();
            Value::List(arena.list_appended(ListType::Any, &items))
        }
        Frozen::Map(map) => {
            Value::Map(arena.map_of(map.iter().map(|(key, value)| (key, thaw(arena, value)))))
        }
    })
}

/// Values as JSON, keys sorted.
pub fn to_json(values: &FrozenMap) -> Result<Vec<u8>, gostd::json::EncodeError> {
    let arena = Arena::new();
    let options = gostd::json::EncodeOptions { escape_html: false, indent: None };
    gostd::json::encode(Value::Map(arena.frozen_map(values)), &options)
}
