//! Deep copies that keep types (mitchellh/copystructure).

use std::collections::BTreeSet;

use gostd::value::{ListRef, MapRef, Value};
use gotemplate::{Call, CallError};

use crate::table::Answer;

/// A value that shares no map and no list with the original.
pub(crate) fn deep_copy<'r>(call: &Call<'_, 'r>, value: Value<'r>) -> Answer<'r> {
    if value.is_nil() {
        return Err(CallError::failed("reflect: call of reflect.Value.Type on zero Value"));
    }
    Copy { call, around: BTreeSet::new() }.value(value)
}

struct Copy<'a, 'c, 'r> {
    call: &'a Call<'c, 'r>,
    /// The containers that are being copied.
    around: BTreeSet<usize>,
}

impl<'r> Copy<'_, '_, 'r> {
    fn value(&mut self, value: Value<'r>) -> Answer<'r> {
        match value {
            Value::Map(map) if map.is_nil() => Ok(value),
            Value::List(list) if list.is_nil() => Ok(value),
            Value::Map(map) => self.within(map.id(), |copy| copy.map(map)),
            Value::List(list) => self.within(list.id(), |copy| copy.list(list)),
            Value::Object(object) => Ok(object.deep_copy(self.call.arena).unwrap_or(value)),
            other => Ok(other),
        }
    }

    fn within(&mut self, id: usize, copy: impl FnOnce(&mut Self) -> Answer<'r>) -> Answer<'r> {
        self.call.budget.step(1)?;
        self.call.budget.memory(self.call.arena.allocated())?;
        // Go's copier would go round until its stack ends.
        if !self.around.insert(id) {
            return Err(CallError::failed("a value that holds itself can't be copied"));
        }
        let copied = stacker::maybe_grow(64 * 1024, 1024 * 1024, || copy(self));
        self.around.remove(&id);
        copied
    }

    fn map(&mut self, map: MapRef<'r>) -> Answer<'r> {
        let copied = self.call.arena.map(map.map_type());
        for (key, value) in map.entries() {
            let value = self.value(value)?;
            // A map made just now isn't nil.
            let _ = copied.insert(key, value);
        }
        Ok(Value::Map(copied))
    }

    fn list(&mut self, list: ListRef<'r>) -> Answer<'r> {
        if let Some(bytes) = list.as_bytes() {
            return Ok(Value::List(self.call.arena.byte_list(self.call.arena.bytes(bytes))));
        }
        let mut items = Vec::with_capacity(list.len());
        for item in list.iter() {
            items.push(self.value(item)?);
        }
        Ok(Value::List(self.call.arena.list_with_capacity(list.list_type(), &items, list.capacity())))
    }
}
