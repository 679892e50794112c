//! JSON. Helm replaces `toJson`, `mustToJson` and `fromJson` by functions of its own.

use gostd::json::{self, EncodeOptions};
use gostd::value::{Arena, Frozen, FrozenMap, ListType, MapType, UintKind, Value};
use gotemplate::{Call, CallError, Function};

use crate::args::{any, text};
use crate::table::{ANY, Answer, STRING, fixed};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("toPrettyJson", &[ANY], STRING, |call, args| match encode(call, args, &PRETTY) {
        Err(exceeded @ CallError::Budget(_)) => Err(exceeded),
        text => Ok(text.unwrap_or(Value::String(b""))),
    }),
    fixed("mustToPrettyJson", &[ANY], STRING, |call, args| encode(call, args, &PRETTY)),
    fixed("toRawJson", &[ANY], STRING, |call, args| encode(call, args, &RAW)),
    fixed("mustToRawJson", &[ANY], STRING, |call, args| encode(call, args, &RAW)),
    fixed("mustFromJson", &[STRING], ANY, |call, args| {
        call.check_json(text(args, 0))?;
        call.budget.step(text(args, 0).len() as u64)?;
        let decoded = json::decode(text(args, 0)).map_err(|error| CallError::failed(error.to_string()))?;
        Ok(live(call.arena, &decoded))
    }),
];

const PRETTY: EncodeOptions<'static> = EncodeOptions { escape_html: true, indent: Some((b"", b"  ")) };
const RAW: EncodeOptions<'static> = EncodeOptions { escape_html: false, indent: None };

fn encode<'r>(call: &Call<'_, 'r>, args: &[Value<'r>], options: &EncodeOptions<'_>) -> Answer<'r> {
    call.check_escaped_texts(args, options.indent.map_or(0, |(_, step)| step.len() as u64))?;
    let text = json::encode(any(args, 0), options).map_err(|error| CallError::failed(error.to_string()))?;
    call.budget.bytes(text.len() as u64)?;
    Ok(call.arena.string(text))
}

/// A live copy: the decoded data itself doesn't outlive the call.
fn live<'r>(arena: &'r Arena, frozen: &Frozen) -> Value<'r> {
    match frozen {
        Frozen::Nil => Value::Nil,
        Frozen::Bool(value) => Value::Bool(*value),
        Frozen::Int(value) => Value::int64(*value),
        Frozen::Uint(value) => Value::Uint(UintKind::Uint64, *value),
        Frozen::Float(value) => Value::float64(*value),
        Frozen::String(text) => arena.string(text),
        Frozen::List(items) => {
            let items: Vec<Value<'r>> = stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                items.iter().map(|item| live(arena, item)).collect()
            });
            Value::List(arena.list(ListType::Any, &items))
        }
        Frozen::Map(map) => stacker::maybe_grow(64 * 1024, 1024 * 1024, || live_map(arena, map)),
    }
}

fn live_map<'r>(arena: &'r Arena, frozen: &FrozenMap) -> Value<'r> {
    let map = arena.map(MapType::StringAny);
    for (key, value) in frozen.iter() {
        // A map made just now isn't nil.
        let _ = map.insert(key, live(arena, value));
    }
    Value::Map(map)
}
