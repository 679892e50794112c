//! The memory of one render: everything a template makes lives here and is freed at once.

use std::cell::Cell;

use bumpalo::Bump;

use super::Value;
use super::frozen::{Frozen, FrozenMap};
use super::list::{ListCell, ListRef, ListType};
use super::map::{MapCell, MapRef, MapType};
use super::object::{Object, StructField};

/// A bump allocator for live values. Cycles and deep nests are freed with it; nothing is dropped one by one.
#[derive(Default)]
pub struct Arena {
    bump: Bump,
}

impl Arena {
    /// An empty arena.
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes of memory it holds: the measure for a render's memory budget.
    pub fn allocated(&self) -> usize {
        self.bump.allocated_bytes()
    }

    pub(super) fn bump(&self) -> &Bump {
        &self.bump
    }

    /// Copies bytes into the arena.
    pub fn bytes(&self, bytes: &[u8]) -> &[u8] {
        self.bump.alloc_slice_copy(bytes)
    }

    /// A string value with a copy of these bytes.
    pub fn string(&self, text: impl AsRef<[u8]>) -> Value<'_> {
        Value::String(self.bytes(text.as_ref()))
    }

    /// A new, empty map.
    pub fn map(&self, map_type: MapType) -> MapRef<'_> {
        MapRef::new(map_type, self.bump.alloc(MapCell::live(self)))
    }

    /// A nil map of the type: it reads as empty and refuses assignment.
    pub fn nil_map(&self, map_type: MapType) -> MapRef<'_> {
        MapRef::new(map_type, self.bump.alloc(MapCell::nil(self)))
    }

    /// A new `map[string]interface {}` with these entries; of equal keys the last wins.
    pub fn map_of<'r, K: AsRef<[u8]>>(
        &'r self,
        entries: impl IntoIterator<Item = (K, Value<'r>)>,
    ) -> MapRef<'r> {
        let entries = entries.into_iter();
        let map = MapRef::new(
            MapType::StringAny,
            self.bump.alloc(MapCell::live_with_room(self, entries.size_hint().0)),
        );
        for (key, value) in entries {
            // A map made just now isn't nil, so the assignment can't be refused.
            let _ = map.insert(key.as_ref(), value);
        }
        map
    }

    /// A live view of a frozen map.
    pub fn frozen_map<'r>(&'r self, frozen: &'r FrozenMap) -> MapRef<'r> {
        MapRef::new(MapType::StringAny, self.bump.alloc(MapCell::frozen(self, frozen)))
    }

    /// A new list with a copy of these elements.
    pub fn list<'r>(&'r self, list_type: ListType, items: &[Value<'r>]) -> ListRef<'r> {
        self.list_from_iter(list_type, items.iter().copied())
    }

    /// A new list with these elements.
    pub fn list_from_iter<'r, I>(&'r self, list_type: ListType, items: I) -> ListRef<'r>
    where
        I: IntoIterator<Item = Value<'r>>,
        I::IntoIter: ExactSizeIterator,
    {
        let cells: &'r [Cell<Value<'r>>] = self.bump.alloc_slice_fill_iter(items.into_iter().map(Cell::new));
        ListRef::new(self.bump.alloc(ListCell::live(self, list_type, cells, cells.len())))
    }

    /// A new list with these elements, whose slice in Go has room for more: see [`ListType::grown`].
    pub fn list_with_capacity<'r>(
        &'r self,
        list_type: ListType,
        items: &[Value<'r>],
        capacity: usize,
    ) -> ListRef<'r> {
        let cells: &'r [Cell<Value<'r>>] =
            self.bump.alloc_slice_fill_iter(items.iter().copied().map(Cell::new));
        let capacity = capacity.max(cells.len());
        ListRef::new(self.bump.alloc(ListCell::live(self, list_type, cells, capacity)))
    }

    /// A new list to which these elements were appended one by one.
    pub fn list_appended<'r>(&'r self, list_type: ListType, items: &[Value<'r>]) -> ListRef<'r> {
        self.list_with_capacity(list_type, items, list_type.appended(items.len()))
    }

    /// A new `[]string`.
    pub fn strings<'r, T: AsRef<[u8]>>(&'r self, items: impl IntoIterator<Item = T>) -> ListRef<'r> {
        let items: Vec<Value<'r>> = items.into_iter().map(|item| self.string(item)).collect();
        self.list(ListType::String, &items)
    }

    /// A nil slice of the type: it reads as empty and prints `null` as JSON.
    pub fn nil_list(&self, list_type: ListType) -> ListRef<'_> {
        ListRef::new(self.bump.alloc(ListCell::nil(self, list_type)))
    }

    /// A `[]uint8` over these bytes.
    pub fn byte_list<'r>(&'r self, bytes: &'r [u8]) -> ListRef<'r> {
        ListRef::new(self.bump.alloc(ListCell::bytes(self, bytes)))
    }

    /// A live view of a frozen list.
    pub fn frozen_list<'r>(&'r self, frozen: &'r [Frozen]) -> ListRef<'r> {
        ListRef::new(self.bump.alloc(ListCell::frozen(self, frozen)))
    }

    /// The fields of a struct, kept as long as the arena.
    pub fn struct_fields<'r>(&'r self, fields: &[StructField<'r>]) -> &'r [StructField<'r>] {
        self.bump.alloc_slice_copy(fields)
    }

    /// Moves an object into the arena. Its `Drop` never runs: what it owns outside the arena stays allocated
    /// until the process ends, so give objects borrowed or arena data where many are made.
    pub fn object<'r, T: Object<'r> + 'r>(&'r self, object: T) -> Value<'r> {
        Value::Object(self.bump.alloc(object))
    }
}

impl std::fmt::Debug for Arena {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arena").field("allocated", &self.allocated()).finish()
    }
}
