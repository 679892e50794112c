//! Slices with Go's sharing: a slice of a slice sees the same elements.

use std::cell::{Cell, OnceCell};

use super::frozen::Frozen;
use super::{Arena, IntKind, UintKind, Value};

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

    /// The zero value of an element.
    fn zero<'r>(self) -> Value<'r> {
        match self {
            ListType::String => Value::String(b""),
            ListType::Int => Value::Int(IntKind::Int, 0),
            ListType::Uint8 => byte_value(0),
            // Nil lists and maps within a list are seen by nobody: lists of such types have no room to spare.
            ListType::Any | ListType::ListOfAny | ListType::MapOfAny | ListType::Pointers(_) => Value::Nil,
        }
    }

    /// The capacity of a slice of this type that had room for `old` elements and grew to `length` in one
    /// `append`.
    pub fn grown(self, old: usize, length: usize) -> usize {
        if length <= old {
            return old;
        }
        let size = match self {
            ListType::Any | ListType::String => 16,
            ListType::ListOfAny => 24,
            ListType::Int | ListType::MapOfAny | ListType::Pointers(_) => 8,
            ListType::Uint8 => 1,
        };
        let has_pointers = !matches!(self, ListType::Int | ListType::Uint8);
        allocated(wanted(old, length).saturating_mul(size), has_pointers) / size
    }

    /// The capacity of a slice to which so many elements were appended one by one, starting with none.
    pub fn appended(self, length: usize) -> usize {
        let mut capacity = 0;
        while capacity < length {
            capacity = self.grown(capacity, capacity + 1);
        }
        capacity
    }

    /// Whether the elements are interfaces (so that they show their dynamic type only when unwrapped).
    pub fn holds_interfaces(self) -> bool {
        self == ListType::Any
    }
}

/// The capacity that Go's runtime aims at: twice the old one, or less of lists that are long.
fn wanted(old: usize, length: usize) -> usize {
    const LONG: usize = 256;
    if length > old.saturating_mul(2) {
        return length;
    }
    if old < LONG {
        return old * 2;
    }
    let mut capacity = old;
    while capacity < length {
        capacity += (capacity + 3 * LONG) / 4;
    }
    capacity
}

/// The memory that Go's runtime hands out where so many bytes are asked for (Go: runtime/msize.go and
/// sizeclasses.go). Larger pieces that hold pointers have a header.
fn allocated(bytes: usize, has_pointers: bool) -> usize {
    const CLASSES: [usize; 67] = [
        8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384,
        416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688,
        3072, 3200, 3456, 4096, 4864, 5120, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880,
        12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672,
    ];
    const LARGEST: usize = 32768;
    const PAGE: usize = 8192;
    const WITHOUT_HEADER: usize = 512;
    let header = if has_pointers && bytes > WITHOUT_HEADER && bytes <= LARGEST - 8 { 8 } else { 0 };
    let asked = bytes + header;
    match CLASSES.iter().find(|class| **class >= asked) {
        Some(class) => *class - header,
        None if asked <= LARGEST => LARGEST - header,
        None => bytes.div_ceil(PAGE).saturating_mul(PAGE),
    }
}

/// The object behind list references.
pub(super) struct ListCell<'r> {
    arena: &'r Arena,
    list_type: ListType,
    source: Source<'r>,
    /// The elements, once somebody needed their identity. More may follow that belong to lists of which this one
    /// was sliced.
    live: OnceCell<&'r [Cell<Value<'r>>]>,
    /// How many of the live ones are this list's.
    length: usize,
    /// How many elements Go's slice has room for.
    capacity: usize,
}

#[derive(Clone, Copy)]
enum Source<'r> {
    Nil,
    Live,
    Frozen(&'r [Frozen]),
    Bytes(&'r [u8]),
}

impl<'r> ListCell<'r> {
    pub(super) fn live(
        arena: &'r Arena,
        list_type: ListType,
        cells: &'r [Cell<Value<'r>>],
        capacity: usize,
    ) -> Self {
        let live = OnceCell::from(cells);
        Self { arena, list_type, source: Source::Live, live, length: cells.len(), capacity }
    }

    pub(super) fn nil(arena: &'r Arena, list_type: ListType) -> Self {
        Self { source: Source::Nil, ..Self::live(arena, list_type, &[], 0) }
    }

    /// Go's decoders append one element after the other.
    pub(super) fn frozen(arena: &'r Arena, frozen: &'r [Frozen]) -> Self {
        let (length, capacity) = (frozen.len(), ListType::Any.appended(frozen.len()));
        let source = Source::Frozen(frozen);
        Self { arena, list_type: ListType::Any, source, live: OnceCell::new(), length, capacity }
    }

    pub(super) fn bytes(arena: &'r Arena, bytes: &'r [u8]) -> Self {
        let (length, capacity) = (bytes.len(), bytes.len());
        let source = Source::Bytes(bytes);
        Self { arena, list_type: ListType::Uint8, source, live: OnceCell::new(), length, capacity }
    }

    fn cells(&self) -> &'r [Cell<Value<'r>>] {
        &self.backing()[..self.length]
    }

    fn backing(&self) -> &'r [Cell<Value<'r>>] {
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
    cell: &'r ListCell<'r>,
}

impl<'r> ListRef<'r> {
    pub(super) fn new(cell: &'r ListCell<'r>) -> Self {
        Self { cell }
    }

    /// The Go type of this reference.
    pub fn list_type(self) -> ListType {
        self.cell.list_type
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
        self.cell.length
    }

    /// The number of elements that Go's slice has room for.
    pub fn capacity(self) -> usize {
        self.cell.capacity
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
    /// As in Go, the end of the range may lie behind the end of the slice as long as there is room for it. What
    /// is in that room isn't shared, which nothing that templates can call could tell.
    pub fn slice(self, from: usize, to: usize) -> Option<ListRef<'r>> {
        let ListCell { arena, list_type, capacity, .. } = *self.cell;
        if from > to || to > capacity {
            return None;
        }
        let backing = self.cell.backing();
        let cells: &'r [Cell<Value<'r>>] = match backing.get(from..) {
            Some(cells) if to <= backing.len() => cells,
            _ => {
                let known = backing.iter().map(Cell::get).chain(std::iter::repeat(list_type.zero()));
                let cells: Vec<_> = known.take(to).skip(from).map(Cell::new).collect();
                arena.bump().alloc_slice_fill_iter(cells)
            }
        };
        let cell = ListCell { length: to - from, ..ListCell::live(arena, list_type, cells, capacity - from) };
        Some(ListRef::new(arena.bump().alloc(cell)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacities_grow_as_in_go() {
        let appended: Vec<usize> =
            [0, 1, 2, 3, 5, 9, 257, 513].map(|length| ListType::Any.appended(length)).into();
        assert_eq!(appended, [0, 1, 2, 4, 8, 16, 303, 591]);
        assert_eq!(ListType::Int.appended(513), 848);
        assert_eq!(ListType::Any.grown(3, 4), 6);
        assert_eq!(ListType::Any.grown(1, 4), 4);
        assert_eq!(ListType::Int.appended(3), 4);
        assert_eq!(ListType::String.grown(10, 11), 20);
    }

    #[test]
    fn a_slice_reaches_into_the_room_behind_it() {
        let arena = Arena::new();
        let items: Vec<Value<'_>> = (1..=3).map(Value::int).collect();
        let list = arena.list_with_capacity(ListType::Any, &items, 4);
        let start = list.slice(0, 1).unwrap();
        assert_eq!(start.len(), 1);
        list.set(1, Value::int(7));
        assert!(matches!(start.slice(0, 2).unwrap().get(1), Some(Value::Int(_, 7))));
        assert!(matches!(start.slice(1, 4).unwrap().get(2), Some(Value::Nil)));
        assert!(list.slice(0, 5).is_none());
        assert!(list.slice(3, 4).unwrap().slice(0, 2).is_none());
    }
}
