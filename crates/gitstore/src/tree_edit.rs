//! Editing a tree: only the levels on the way to an edit are read and written.

use std::collections::BTreeMap;
use std::fmt;

use gix::bstr::BString;
use gix::objs::WriteTo as _;
use gix::objs::tree::Entry as GixEntry;

use crate::error::{Error, Result};
use crate::id::{BlobId, TreeId};
use crate::path::RepoPath;
use crate::repository::Repository;
use crate::tree::{Entry, EntryKind};

/// A set of edits of one tree, applied by [`TreeEdit::write`].
///
/// Removals come first, whatever the order of the calls; an upsert replaces what stands at its
/// path, a file or a whole directory, and a file that stands where it needs a directory. Two
/// upserts of which one path is the other's directory are an error: no order would keep both.
/// Directories that become empty disappear, as Git has no empty ones.
pub struct TreeEdit<'r> {
    repository: &'r Repository,
    base: Option<TreeId>,
    removed: Vec<RepoPath>,
    upserted: BTreeMap<RepoPath, Entry>,
}

impl fmt::Debug for TreeEdit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TreeEdit")
            .field("base", &self.base)
            .field("removed", &self.removed)
            .field("upserted", &self.upserted)
            .finish_non_exhaustive()
    }
}

/// One name on the way to an edit. Nodes refer to each other by index, so that deep paths take no
/// stack.
#[derive(Default)]
struct Node {
    name: BString,
    /// Drop what the base has here.
    removed: bool,
    /// Put this here.
    upsert: Option<Entry>,
    /// Whether anything is put here or below.
    upserts: bool,
    children: BTreeMap<BString, usize>,
    /// What the base has here.
    before: Option<GixEntry>,
    /// What the base has here below names that no edit touches.
    untouched: Vec<GixEntry>,
}

impl Repository {
    /// Starts to edit a tree; `None` starts from nothing.
    pub fn edit_tree(&self, base: Option<TreeId>) -> TreeEdit<'_> {
        TreeEdit { repository: self, base, removed: Vec::new(), upserted: BTreeMap::new() }
    }

    /// Writes the entries of one level, in any order.
    fn write_level(&self, mut entries: Vec<GixEntry>) -> Result<TreeId> {
        entries.sort();
        let mut bytes = Vec::new();
        gix::objs::Tree { entries }.write_to(&mut bytes).map_err(Error::io("encode", "a tree"))?;
        self.write_raw(gix::objs::Kind::Tree, &bytes).map(TreeId::new)
    }
}

impl TreeEdit<'_> {
    /// Puts a file at `path`.
    pub fn upsert_file(&mut self, path: &RepoPath, blob: BlobId) -> &mut Self {
        self.upsert(path, Entry::new(EntryKind::File, blob.raw()))
    }

    /// Puts an executable file at `path`.
    pub fn upsert_executable(&mut self, path: &RepoPath, blob: BlobId) -> &mut Self {
        self.upsert(path, Entry::new(EntryKind::Executable, blob.raw()))
    }

    /// Puts a symlink at `path`; the blob holds its target.
    pub fn upsert_symlink(&mut self, path: &RepoPath, target: BlobId) -> &mut Self {
        self.upsert(path, Entry::new(EntryKind::Symlink, target.raw()))
    }

    /// Puts a directory at `path`, with all that the tree holds and nothing else.
    pub fn upsert_tree(&mut self, path: &RepoPath, tree: TreeId) -> &mut Self {
        self.upsert(path, Entry::new(EntryKind::Tree, tree.raw()))
    }

    /// Puts an entry of another tree of this repository at `path`.
    pub fn upsert(&mut self, path: &RepoPath, entry: Entry) -> &mut Self {
        self.upserted.insert(path.clone(), entry);
        self
    }

    /// Removes the file or directory at `path`; nothing there is fine.
    pub fn remove(&mut self, path: &RepoPath) -> &mut Self {
        self.removed.push(path.clone());
        self
    }

    /// Applies the edits and writes the new trees.
    pub fn write(&self) -> Result<TreeId> {
        self.check()?;
        if let Some(entry) = self.upserted.get(&RepoPath::root()) {
            return entry.tree_id().ok_or_else(|| Error::NotATree { path: RepoPath::root() });
        }
        let mut nodes = self.nodes();
        nodes[0].before = self.base.map(|tree| tree_entry(BString::default(), tree));
        // Parents stand before their children: reading goes forwards, writing backwards.
        for index in 0..nodes.len() {
            self.read(&mut nodes, index)?;
        }
        let mut results: Vec<Option<GixEntry>> = vec![None; nodes.len()];
        for (index, node) in nodes.into_iter().enumerate().rev() {
            results[index] = self.result(node, &mut results)?;
        }
        match results.swap_remove(0) {
            Some(root) => Ok(TreeId::new(root.oid)),
            None => self.repository.write_level(Vec::new()),
        }
    }

    /// The names on the way to all edits, the root first.
    fn nodes(&self) -> Vec<Node> {
        let mut nodes = vec![Node::default()];
        for path in &self.removed {
            let index = reach(&mut nodes, path, false);
            nodes[index].removed = true;
        }
        for (path, entry) in &self.upserted {
            let index = reach(&mut nodes, path, true);
            nodes[index].upsert = Some(*entry);
        }
        nodes
    }

    /// Reads one level of the base and hands its entries to the nodes below.
    fn read(&self, nodes: &mut [Node], index: usize) -> Result<()> {
        if nodes[index].removed {
            nodes[index].before = None;
        }
        let directory = nodes[index].before.as_ref().filter(|entry| entry.mode.is_tree());
        let (Some(directory), false) = (directory, nodes[index].children.is_empty()) else { return Ok(()) };
        let mut buffer = Vec::new();
        for entry in self.repository.find_tree(TreeId::new(directory.oid), &mut buffer)?.entries {
            let entry =
                GixEntry { mode: entry.mode, filename: entry.filename.into(), oid: entry.oid.to_owned() };
            match nodes[index].children.get(&entry.filename).copied() {
                Some(child) => nodes[child].before = Some(entry),
                None => nodes[index].untouched.push(entry),
            }
        }
        Ok(())
    }

    /// What stands at a node after the edits; `None` for nothing. The results of its children are
    /// there.
    fn result(&self, node: Node, results: &mut [Option<GixEntry>]) -> Result<Option<GixEntry>> {
        if let Some(entry) = node.upsert {
            return Ok(Some(GixEntry {
                mode: entry.kind().to_mode(),
                filename: node.name,
                oid: entry.raw_id(),
            }));
        }
        // A file gives way only to an upsert below it.
        let is_directory = node.before.as_ref().is_some_and(|entry| entry.mode.is_tree());
        if node.children.is_empty() || !(is_directory || node.upserts) {
            return Ok(node.before);
        }
        let empty_tree = self.repository.empty_tree().raw();
        let mut entries = node.untouched;
        let changed = node.children.values().filter_map(|child| results[*child].take());
        entries.extend(changed.filter(|entry| !(entry.mode.is_tree() && entry.oid == empty_tree)));
        if entries.is_empty() {
            return Ok(None);
        }
        self.repository.write_level(entries).map(|tree| Some(tree_entry(node.name, tree)))
    }

    /// Refuses contradictions and ids of the wrong kind, which Git's format would let through.
    fn check(&self) -> Result<()> {
        for (path, entry) in &self.upserted {
            let mut ancestor = path.parent();
            while let Some(directory) = ancestor {
                if self.upserted.contains_key(&directory) {
                    return Err(Error::PathConflict { path: directory, below: path.clone() });
                }
                ancestor = directory.parent();
            }
            if let Some(tree) = entry.tree_id() {
                let header = self
                    .repository
                    .gix
                    .try_find_header(tree.raw())
                    .map_err(Error::store(format!("read tree {tree}")))?
                    .ok_or_else(|| Error::MissingObject {
                        id: tree.to_hex(),
                        what: format!("can't put a tree at {path}"),
                    })?;
                if header.kind() != gix::objs::Kind::Tree {
                    let found = header.kind().to_string();
                    return Err(Error::WrongKind { id: tree.to_hex(), found, expected: "tree" });
                }
            }
        }
        Ok(())
    }
}

/// The node at `path`, made with those on the way.
fn reach(nodes: &mut Vec<Node>, path: &RepoPath, upserts: bool) -> usize {
    nodes[0].upserts |= upserts;
    path.components().fold(0, |parent, component| {
        let next = nodes.len();
        let index = *nodes[parent].children.entry(component.into()).or_insert(next);
        if index == next {
            nodes.push(Node { name: component.into(), ..Node::default() });
        }
        nodes[index].upserts |= upserts;
        index
    })
}

fn tree_entry(filename: BString, tree: TreeId) -> GixEntry {
    GixEntry { mode: EntryKind::Tree.to_mode(), filename, oid: tree.raw() }
}
