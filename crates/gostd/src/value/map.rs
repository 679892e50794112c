//! Maps with Go's reference semantics, thawed from frozen data one level at a time.

use std::cell::RefCell;

use bumpalo::collections::Vec as BumpVec;

use super::frozen::{FEW, Frozen, FrozenMap};
use super::{Arena, Value};

/// A map's Go type. It belongs to the reference, not to the object: one map can be seen as both
/// `common.Values` and `map[string]interface {}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapType {
    /// `map[string]interface {}`
    StringAny,
    /// `map[string]string`
    StringString,
    /// `common.Values` (Helm 4), with methods that shadow keys.
    CommonValues,
    /// `chartutil.Values` (Helm 3), with methods that shadow keys.
    ChartutilValues,
}

impl MapType {
    /// The type's name, as `%T` prints it.
    pub fn name(self) -> &'static str {
        match self {
            MapType::StringAny => "map[string]interface {}",
            MapType::StringString => "map[string]string",
            MapType::CommonValues => "common.Values",
            MapType::ChartutilValues => "chartutil.Values",
        }
    }

    /// The name of the element type.
    pub fn element_name(self) -> &'static str {
        match self {
            MapType::StringString => "string",
            _ => "interface {}",
        }
    }

    /// Whether the elements are interfaces (so that they show their dynamic type only when unwrapped).
    pub fn holds_interfaces(self) -> bool {
        self != MapType::StringString
    }

    /// What a missing key reads as.
    pub fn zero<'r>(self) -> Value<'r> {
        match self {
            MapType::StringString => Value::String(b""),
            _ => Value::Nil,
        }
    }
}

/// An assignment to a nil map was refused (Go panics: `assignment to entry in nil map`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssignToNilMap;

impl std::fmt::Display for AssignToNilMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("assignment to entry in nil map")
    }
}

impl std::error::Error for AssignToNilMap {}

/// The object behind map references.
pub(super) struct MapCell<'r> {
    arena: &'r Arena,
    state: RefCell<State<'r>>,
}

enum State<'r> {
    Nil,
    Frozen(&'r FrozenMap),
    /// Sorted bytewise by key.
    Live(BumpVec<'r, (&'r [u8], Value<'r>)>),
}

impl<'r> MapCell<'r> {
    pub(super) fn live(arena: &'r Arena) -> Self {
        Self { arena, state: RefCell::new(State::Live(BumpVec::new_in(arena.bump()))) }
    }

    /// A live map with room for so many entries.
    pub(super) fn live_with_room(arena: &'r Arena, room: usize) -> Self {
        Self { arena, state: RefCell::new(State::Live(BumpVec::with_capacity_in(room, arena.bump()))) }
    }

    pub(super) fn frozen(arena: &'r Arena, frozen: &'r FrozenMap) -> Self {
        Self { arena, state: RefCell::new(State::Frozen(frozen)) }
    }

    pub(super) fn nil(arena: &'r Arena) -> Self {
        Self { arena, state: RefCell::new(State::Nil) }
    }

    /// Makes one level live: its scalars are copied, its containers become cells over frozen data.
    fn thaw(&self) {
        let mut state = self.state.borrow_mut();
        if let State::Frozen(frozen) = *state {
            let mut entries = BumpVec::with_capacity_in(frozen.len(), self.arena.bump());
            entries.extend(frozen.iter().map(|(key, value)| (key, Value::from_frozen(self.arena, value))));
            *state = State::Live(entries);
        }
    }
}

/// A reference to a map, with the Go type that this reference has.
#[derive(Clone, Copy)]
pub struct MapRef<'r> {
    map_type: MapType,
    cell: &'r MapCell<'r>,
}

impl<'r> MapRef<'r> {
    pub(super) fn new(map_type: MapType, cell: &'r MapCell<'r>) -> Self {
        Self { map_type, cell }
    }

    /// The Go type of this reference.
    pub fn map_type(self) -> MapType {
        self.map_type
    }

    /// The same map under another type.
    pub fn with_type(self, map_type: MapType) -> Self {
        Self { map_type, ..self }
    }

    /// Whether both references are to one map.
    pub fn same(&self, other: &MapRef<'r>) -> bool {
        std::ptr::eq(self.cell, other.cell)
    }

    /// A number that tells one map from another while the arena lives (for cycle checks).
    pub fn id(self) -> usize {
        std::ptr::from_ref(self.cell).addr()
    }

    /// Whether the map is nil.
    pub fn is_nil(self) -> bool {
        matches!(*self.cell.state.borrow(), State::Nil)
    }

    /// The number of entries.
    pub fn len(self) -> usize {
        match &*self.cell.state.borrow() {
            State::Nil => 0,
            State::Frozen(frozen) => frozen.len(),
            State::Live(entries) => entries.len(),
        }
    }

    /// Whether there are no entries.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether there is an entry under the key.
    pub fn contains_key(self, key: &[u8]) -> bool {
        match &*self.cell.state.borrow() {
            State::Nil => false,
            State::Frozen(frozen) => frozen.get(key).is_some(),
            State::Live(entries) => find(entries, key).is_some(),
        }
    }

    /// The value under a key.
    pub fn get(self, key: &[u8]) -> Option<Value<'r>> {
        match &*self.cell.state.borrow() {
            State::Nil => return None,
            State::Live(entries) => {
                return Some(entries[find(entries, key)?].1);
            }
            State::Frozen(frozen) => match frozen.get(key)? {
                // A container needs an identity that later look-ups find again.
                Frozen::List(_) | Frozen::Map(_) => {}
                scalar => return Some(Value::from_frozen(self.cell.arena, scalar)),
            },
        }
        self.cell.thaw();
        self.get(key)
    }

    /// Sets a key, whose bytes are copied into the arena where it is new.
    pub fn insert(self, key: &[u8], value: Value<'r>) -> Result<(), AssignToNilMap> {
        self.cell.thaw();
        match &mut *self.cell.state.borrow_mut() {
            State::Live(entries) => {
                // What is copied from another map comes in order.
                let place = match entries.last() {
                    Some((last, _)) if *last >= key => search(entries, key),
                    _ => Err(entries.len()),
                };
                match place {
                    Ok(index) => entries[index].1 = value,
                    Err(index) => entries.insert(index, (self.cell.arena.bytes(key), value)),
                }
                Ok(())
            }
            State::Nil | State::Frozen(_) => Err(AssignToNilMap),
        }
    }

    /// Removes a key and gives what stood there.
    pub fn remove(self, key: &[u8]) -> Option<Value<'r>> {
        if !self.contains_key(key) {
            return None;
        }
        self.cell.thaw();
        match &mut *self.cell.state.borrow_mut() {
            State::Live(entries) => find(entries, key).map(|index| entries.remove(index).1),
            State::Nil | State::Frozen(_) => None,
        }
    }

    /// The keys, sorted bytewise.
    pub fn keys(self) -> Vec<&'r [u8]> {
        match &*self.cell.state.borrow() {
            State::Nil => Vec::new(),
            State::Frozen(frozen) => frozen.iter().map(|(key, _)| key).collect(),
            State::Live(entries) => entries.iter().map(|(key, _)| *key).collect(),
        }
    }

    /// A snapshot of the entries, sorted bytewise by key: later changes to the map don't show in it.
    pub fn entries(self) -> Vec<(&'r [u8], Value<'r>)> {
        self.cell.thaw();
        match &*self.cell.state.borrow() {
            State::Live(entries) => entries.to_vec(),
            State::Nil | State::Frozen(_) => Vec::new(),
        }
    }

    /// The frozen data behind the map while nobody has needed more: readers that only walk data (encoders)
    /// may take this short cut and leave the map as it is.
    pub fn as_frozen(self) -> Option<&'r FrozenMap> {
        match &*self.cell.state.borrow() {
            State::Frozen(frozen) => Some(frozen),
            _ => None,
        }
    }
}

/// Where a key is. Maps are mostly small, and in small ones most keys differ by their length alone.
fn find(entries: &[(&[u8], Value<'_>)], key: &[u8]) -> Option<usize> {
    if entries.len() > FEW {
        return search(entries, key).ok();
    }
    entries.iter().position(|(probe, _)| probe.len() == key.len() && *probe == key)
}

/// Where a key is or belongs.
fn search(entries: &[(&[u8], Value<'_>)], key: &[u8]) -> Result<usize, usize> {
    entries.binary_search_by(|(probe, _)| (*probe).cmp(key))
}
