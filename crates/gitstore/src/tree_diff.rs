//! What differs between two trees, reading only the subtrees that do.

use std::cmp::Ordering;

use crate::error::Result;
use crate::id::TreeId;
use crate::path::RepoPath;
use crate::repository::Repository;
use crate::tree::{Entry, EntryKind, NamedEntry};

/// One path that differs between two trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path; never a directory.
    pub path: RepoPath,
    /// What stood there.
    pub old: Option<Entry>,
    /// What stands there.
    pub new: Option<Entry>,
}

impl Repository {
    /// All files, symlinks and submodules that differ, sorted by path; `None` stands for the empty
    /// tree.
    ///
    /// A file that became a directory is one removal and the directory's additions.
    pub fn tree_diff(&self, old: Option<TreeId>, new: Option<TreeId>) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        let mut pending = vec![(RepoPath::root(), old, new)];
        while let Some((path, old, new)) = pending.pop() {
            if old == new {
                continue;
            }
            for (name, old, new) in self.level_diff(old, new)? {
                let path = path.join_path(&name);
                let is_leaf = |entry: &Entry| entry.kind() != EntryKind::Tree;
                let leaves = (old.filter(is_leaf), new.filter(is_leaf));
                if leaves != (None, None) {
                    changes.push(Change { path: path.clone(), old: leaves.0, new: leaves.1 });
                }
                let trees = (old.and_then(|entry| entry.tree_id()), new.and_then(|entry| entry.tree_id()));
                if trees != (None, None) {
                    pending.push((path, trees.0, trees.1));
                }
            }
        }
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }

    /// Whether two trees differ anywhere but at or below `excluded`.
    pub fn differs_outside(
        &self,
        old: Option<TreeId>,
        new: Option<TreeId>,
        excluded: &[RepoPath],
    ) -> Result<bool> {
        let mut pending = vec![(RepoPath::root(), old, new)];
        while let Some((path, old, new)) = pending.pop() {
            for (name, old, new) in self.level_diff(old, new)? {
                let path = path.join_path(&name);
                if excluded.contains(&path) {
                    continue;
                }
                let holds_excluded = excluded.iter().any(|prefix| prefix.starts_with(&path));
                let is_directory =
                    |entry: Option<Entry>| entry.is_none_or(|entry| entry.kind() == EntryKind::Tree);
                if !holds_excluded || !is_directory(old) || !is_directory(new) {
                    return Ok(true);
                }
                pending.push((
                    path,
                    old.and_then(|entry| entry.tree_id()),
                    new.and_then(|entry| entry.tree_id()),
                ));
            }
        }
        Ok(false)
    }

    /// The names of one level whose entries differ, each with both sides.
    #[allow(clippy::type_complexity, reason = "a private step of the two walks above")]
    fn level_diff(
        &self,
        old: Option<TreeId>,
        new: Option<TreeId>,
    ) -> Result<Vec<(RepoPath, Option<Entry>, Option<Entry>)>> {
        if old == new {
            return Ok(Vec::new());
        }
        let level = |tree: Option<TreeId>| -> Result<Vec<NamedEntry>> {
            let mut entries = tree.map_or_else(|| Ok(Vec::new()), |tree| self.tree_entries(tree))?;
            // By name alone: Git sorts directories as if they ended in a slash, which would part
            // `a` and `a/`.
            entries.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(entries)
        };
        let (old, new) = (level(old)?, level(new)?);
        let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
        let mut differing = Vec::new();
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => a.name.cmp(&b.name),
            };
            let before = if order.is_le() { old.next() } else { None };
            let after = if order.is_ge() { new.next() } else { None };
            let entries = (before.as_ref().map(|named| named.entry), after.as_ref().map(|named| named.entry));
            if entries.0 != entries.1
                && let Some(named) = before.or(after)
            {
                differing.push((named.name, entries.0, entries.1));
            }
        }
        Ok(differing)
    }
}
