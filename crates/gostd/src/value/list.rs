//! Slices with Go's sharing: a slice of a slice sees the same elements.

use std::cell::{Cell, OnceCell};

use super::frozen::Frozen;
use super::{Arena, UintKind, Value};

/// A slice's Go type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListType {
    /// `[]interface {}`
    Any,
    /// `[]string`
    String,
    /// `[]int`
    Int,
    /// `[]uint8`
    Uint8,
    /// `[][]interface {}`
    ListOfAny,
    /// `[]map[string]interface {}`
    MapOfAny,
    /// A slice of pointers to structs, by its Go name.
    Pointers(&'static str),
}

impl ListType {
    /// The type's name, as `%T` prints it.
    pub fn name(self) -> &'static str {
        match self {
            ListType::Any => "[]interface {}",
            ListType::String => "[]string",
            ListType::Int => "[]int",
            ListType::Uint8 => "[]uint8",
            ListType::ListOfAny => "[][]interface {}",
            ListType::MapOfAny => "[]map[string]interface {}",
            ListType::Pointers(name) => name,
        }
    }

    /// Whether the elements are interfaces (so that they show their dynamic type only when unwrapped).
    pub fn holds_interfaces(self) -> bool {
        self == ListType::Any
    }
}

/// The object behind list references.
pub(super) struct ListCell<'r> {
    arena: &'r Arena,
    source: Source<'r>,
    /// The elements, once somebody needed their identity.
    live: OnceCell<&'r [Cell<Value<'r>>]>,
}

#[derive(Clone, Copy)]
enum Source<'r> {
    Nil,
    Live,
    Frozen(&'r [Frozen]),
    Bytes(&'r [u8]),
}

impl<'r> ListCell<'r> {
    pub(super) fn live(arena: &'r Arena, cells: &'r [Cell<Value<'r>>]) -> Self {
        Self { arena, source: Source::Live, live: OnceCell::from(cells) }
    }

    pub(super) fn nil(arena: &'r Arena) -> Self {
        Self { arena, source: Source::Nil, live: OnceCell::from(&[][..]) }
    }

    pub(super) fn frozen(arena: &'r Arena, frozen: &'r [Frozen]) -> Self {
        Self { arena, source: Source::Frozen(frozen), live: OnceCell::new() }
    }

    pub(super) fn bytes(arena: &'r Arena, bytes: &'r [u8]) -> Self {
        Self { arena, source: Source::Bytes(bytes), live: OnceCell::new() }
    }

    fn cells(&self) -> &'r [Cell<Value<'r>>] {
        self.live.get_or_init(|| match self.source {
            Source::Nil | Source::Live => &[],
            Source::Frozen(items) => {
                let values = items.iter().map(|item| Cell::new(Value::from_frozen(self.arena, item)));
                self.arena.bump().alloc_slice_fill_iter(values)
            }
            Source::Bytes(bytes) => {
                let values = bytes.iter().map(|byte| Cell::new(byte_value(*byte)));
                self.arena.bump().alloc_slice_fill_iter(values)
            }
        })
    }
}

fn byte_value<'r>(byte: u8) -> Value<'r> {
    Value::Uint(UintKind::Uint8, u64::from(byte))
}

/// A reference to a slice.
#[derive(Clone, Copy)]
pub struct ListRef<'r> {
    list_type: ListType,
    cell: &'r ListCell<'r>,
}

impl<'r> ListRef<'r> {
    pub(super) fn new(list_type: ListType, cell: &'r ListCell<'r>) -> Self {
        Self { list_type, cell }
    }

    /// The Go type of this reference.
    pub fn list_type(self) -> ListType {
        self.list_type
    }

    /// Whether the slice is nil (which prints `null` as JSON).
    pub fn is_nil(self) -> bool {
        matches!(self.cell.source, Source::Nil)
    }

    /// Whether both references are to one slice object.
    pub fn same(&self, other: &ListRef<'r>) -> bool {
        std::ptr::eq(self.cell, other.cell)
    }

    /// A number that tells one list from another while the arena lives (for cycle checks).
    pub fn id(self) -> usize {
        std::ptr::from_ref(self.cell).addr()
    }

    /// The number of elements.
    pub fn len(self) -> usize {
        match (self.cell.live.get(), self.cell.source) {
            (Some(cells), _) => cells.len(),
            (None, Source::Frozen(items)) => items.len(),
            (None, Source::Bytes(bytes)) => bytes.len(),
            (None, Source::Nil | Source::Live) => 0,
        }
    }

    /// Whether there are no elements.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The element at an index.
    pub fn get(self, index: usize) -> Option<Value<'r>> {
        if let (None, Source::Bytes(bytes)) = (self.cell.live.get(), self.cell.source) {
            return bytes.get(index).map(|byte| byte_value(*byte));
        }
        self.cell.cells().get(index).map(Cell::get)
    }

    /// Replaces the element at an index, for every slice that shares it; out of range does nothing.
    pub fn set(self, index: usize, value: Value<'r>) {
        if let Some(cell) = self.cell.cells().get(index) {
            cell.set(value);
        }
    }

    /// The elements from `from` up to `to`, shared with this slice; `None` where the bounds are no range in it.
    pub fn slice(self, from: usize, to: usize) -> Option<ListRef<'r>> {
        let cells = self.cell.cells().get(from..to)?;
        Some(ListRef::new(
            self.list_type,
            self.cell.arena.bump().alloc(ListCell::live(self.cell.arena, cells)),
        ))
    }

    /// The elements in order, read one at a time as the iterator moves.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Value<'r>> + DoubleEndedIterator {
        self.cell.cells().iter().map(Cell::get)
    }

    /// A copy of the elements.
    pub fn to_vec(self) -> Vec<Value<'r>> {
        self.iter().collect()
    }

    /// The bytes of a `[]uint8` that was made from bytes.
    pub fn as_bytes(self) -> Option<&'r [u8]> {
        match (self.cell.live.get(), self.cell.source) {
            (None, Source::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// The frozen data behind the list while nobody has needed more (see [`super::MapRef::as_frozen`]).
    pub fn as_frozen(self) -> Option<&'r [Frozen]> {
        match (self.cell.live.get(), self.cell.source) {
            (None, Source::Frozen(items)) => Some(items),
            _ => None,
        }
    }
}
