//! Immutable data, shared between threads: what was parsed once and is rendered many times.

use std::cmp::Ordering;

/// Up to how many entries of a map are looked through one by one.
pub(super) const FEW: usize = 12;

/// Plain data as Go decodes it from JSON and YAML, immutable once built.
#[derive(Clone, Debug, PartialEq)]
pub enum Frozen {
    /// `null`.
    Nil,
    /// A boolean.
    Bool(bool),
    /// An `int64` (from `--set`, TOML or typed sources; JSON and YAML values give floats).
    Int(i64),
    /// A `uint64` beyond the range of `int64`.
    Uint(u64),
    /// A `float64`.
    Float(f64),
    /// A string: any bytes.
    String(Box<[u8]>),
    /// A `[]interface {}`.
    List(FrozenList),
    /// A `map[string]interface {}`.
    Map(FrozenMap),
}

impl Frozen {
    /// A string.
    pub fn string(text: impl AsRef<[u8]>) -> Self {
        Frozen::String(text.as_ref().into())
    }

    /// The map, where it is one.
    pub fn as_map(&self) -> Option<&FrozenMap> {
        match self {
            Frozen::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The string's bytes, where it is one.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Frozen::String(text) => Some(text),
            _ => None,
        }
    }
}

/// An immutable map with string keys, sorted bytewise.
#[derive(Debug, Default)]
pub struct FrozenMap {
    entries: Vec<(Box<[u8]>, Frozen)>,
}

impl FrozenMap {
    /// Builds a map; of equal keys the last wins, as in Go's JSON decoder.
    pub fn from_pairs<K: Into<Box<[u8]>>>(pairs: impl IntoIterator<Item = (K, Frozen)>) -> Self {
        let mut entries: Vec<(Box<[u8]>, Frozen)> =
            pairs.into_iter().map(|(key, value)| (key.into(), value)).collect();
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            // Stable, so that equal keys keep their order; then each run keeps its last.
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.dedup_by(|later, earlier| {
                let equal = later.0.cmp(&earlier.0) == Ordering::Equal;
                if equal {
                    std::mem::swap(later, earlier);
                }
                equal
            });
        }
        Self { entries }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value under a key.
    pub fn get(&self, key: &[u8]) -> Option<&Frozen> {
        if self.entries.len() <= FEW {
            let same = |probe: &[u8]| probe.len() == key.len() && probe == key;
            return self.entries.iter().find(|(probe, _)| same(probe)).map(|(_, value)| value);
        }
        let index = self.entries.binary_search_by(|(probe, _)| (**probe).cmp(key)).ok()?;
        Some(&self.entries[index].1)
    }

    /// The entries in bytewise order of their keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &Frozen)> {
        self.entries.iter().map(|(key, value)| (&**key, value))
    }
}

impl Drop for FrozenMap {
    fn drop(&mut self) {
        let entries = std::mem::take(&mut self.entries);
        with_stack(|| drop(entries));
    }
}

impl Clone for FrozenMap {
    fn clone(&self) -> Self {
        with_stack(|| Self { entries: self.entries.clone() })
    }
}

impl PartialEq for FrozenMap {
    fn eq(&self, other: &Self) -> bool {
        with_stack(|| self.entries == other.entries)
    }
}

/// An immutable list.
#[derive(Debug, Default)]
pub struct FrozenList {
    items: Vec<Frozen>,
}

impl From<Vec<Frozen>> for FrozenList {
    fn from(items: Vec<Frozen>) -> Self {
        Self { items }
    }
}

impl std::ops::Deref for FrozenList {
    type Target = [Frozen];

    fn deref(&self) -> &[Frozen] {
        &self.items
    }
}

impl Drop for FrozenList {
    fn drop(&mut self) {
        if self.items.is_empty() {
            return;
        }
        let items = std::mem::take(&mut self.items);
        with_stack(|| drop(items));
    }
}

impl Clone for FrozenList {
    fn clone(&self) -> Self {
        with_stack(|| Self { items: self.items.clone() })
    }
}

impl PartialEq for FrozenList {
    fn eq(&self, other: &Self) -> bool {
        with_stack(|| self.items == other.items)
    }
}

/// Goes one level deeper into data that may nest as deep as any file says.
fn with_stack<R>(level: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(32 * 1024, 1024 * 1024, level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_may_nest_deeper_than_a_small_stack() {
        let nest = || {
            (0..20_000).fold(Frozen::Nil, |inner, level| match level % 2 {
                0 => Frozen::List(vec![inner].into()),
                _ => Frozen::Map(FrozenMap::from_pairs([(b"a".as_slice(), inner)])),
            })
        };
        let small = std::thread::Builder::new().stack_size(128 * 1024);
        let same = small.spawn(move || {
            let (one, other) = (nest(), nest());
            one.clone() == other
        });
        assert!(same.unwrap().join().unwrap());
    }
}
