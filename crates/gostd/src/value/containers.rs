//! Which containers a walk is inside of: values can hold themselves.

use std::collections::HashSet;

/// The live containers around the value that a walk has come to.
#[derive(Default)]
pub(crate) struct Containers {
    outer: Vec<usize>,
    deep: HashSet<usize>,
}

impl Containers {
    /// Most values are shallow: so many levels are searched one by one.
    const SHALLOW: usize = 32;

    /// Goes into a container; `false` if it is inside itself.
    pub(crate) fn enter(&mut self, id: usize) -> bool {
        if self.outer.contains(&id) {
            return false;
        }
        if self.outer.len() < Self::SHALLOW {
            self.outer.push(id);
            return true;
        }
        self.deep.insert(id)
    }

    /// Goes out of the container that was entered last.
    pub(crate) fn leave(&mut self, id: usize) {
        if !self.deep.remove(&id) {
            self.outer.pop();
        }
    }
}
