//! From TOML to values.

use gostd::value::{Arena, ListType, MapRef, MapType, Value};

use super::document::{Document, Node, Table};

/// Decodes a document as `fromToml` does, with the types that Go gives: arrays of tables are
/// `[]map[string]interface {}`, dates are `time.Time`. An error is Go's text.
pub(crate) fn decode<'r>(arena: &'r Arena, text: &[u8]) -> Result<MapRef<'r>, String> {
    let document = Document::parse(text)?;
    Ok(live_table(arena, &document, document.root()))
}

fn live_table<'r>(arena: &'r Arena, document: &Document, table: &Table) -> MapRef<'r> {
    let map = arena.map(MapType::StringAny);
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
        for (key, node) in table {
            // A map made just now isn't nil.
            let _ = map.insert(key, live(arena, document, node));
        }
    });
    map
}

/// How many elements of an array Go's decoder makes room for, at least.
const ARRAY_ROOM: usize = 2;

fn live<'r>(arena: &'r Arena, document: &Document, node: &Node) -> Value<'r> {
    match node {
        Node::Bool(value) => Value::Bool(*value),
        Node::Integer(value) => Value::int64(*value),
        Node::Float(value) => Value::float64(*value),
        Node::String(text) => arena.string(text),
        Node::Time(time) => arena.object(time.as_ref().clone()),
        Node::Array(items) => stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            let items: Vec<Value<'r>> = items.iter().map(|item| live(arena, document, item)).collect();
            let capacity = ListType::Any.appended(items.len()).max(ARRAY_ROOM);
            Value::List(arena.list_with_capacity(ListType::Any, &items, capacity))
        }),
        Node::Table(id) => Value::Map(live_table(arena, document, document.table(*id))),
        Node::Tables(ids) => {
            let tables = ids.iter().map(|id| Value::Map(live_table(arena, document, document.table(*id))));
            Value::List(arena.list(ListType::MapOfAny, &tables.collect::<Vec<_>>()))
        }
    }
}
