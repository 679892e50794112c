//! Reading trees: one entry, one level, or everything below.

use std::fmt;

use gix::objs::tree::{EntryKind as GixKind, EntryMode};

use crate::error::{Error, Result};
use crate::id::{BlobId, CommitId, TreeId};
use crate::path::RepoPath;
use crate::repository::Repository;

/// What an entry of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A file.
    File,
    /// A file with the executable bit.
    Executable,
    /// A symlink; its blob holds the target.
    Symlink,
    /// A directory.
    Tree,
    /// A submodule; its id is a commit in another repository.
    Submodule,
}

impl EntryKind {
    pub(crate) fn from_mode(mode: EntryMode) -> Self {
        match mode.kind() {
            GixKind::Blob => Self::File,
            GixKind::BlobExecutable => Self::Executable,
            GixKind::Link => Self::Symlink,
            GixKind::Tree => Self::Tree,
            GixKind::Commit => Self::Submodule,
        }
    }

    pub(crate) fn to_mode(self) -> EntryMode {
        EntryMode::from(match self {
            Self::File => GixKind::Blob,
            Self::Executable => GixKind::BlobExecutable,
            Self::Symlink => GixKind::Link,
            Self::Tree => GixKind::Tree,
            Self::Submodule => GixKind::Commit,
        })
    }

    /// Whether the entry's id names a blob.
    pub fn is_blob(self) -> bool {
        matches!(self, Self::File | Self::Executable | Self::Symlink)
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::Executable => "executable file",
            Self::Symlink => "symlink",
            Self::Tree => "directory",
            Self::Submodule => "submodule",
        })
    }
}

/// An entry of a tree without its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    kind: EntryKind,
    id: gix::ObjectId,
}

impl Entry {
    pub(crate) fn new(kind: EntryKind, id: gix::ObjectId) -> Self {
        Self { kind, id }
    }

    /// What the entry is.
    pub fn kind(&self) -> EntryKind {
        self.kind
    }

    /// The id in hexadecimal, whatever it names.
    pub fn to_hex(&self) -> String {
        self.id.to_hex().to_string()
    }

    /// The tree, if the entry is a directory.
    pub fn tree_id(&self) -> Option<TreeId> {
        (self.kind == EntryKind::Tree).then(|| TreeId::new(self.id))
    }

    /// The blob, if the entry is a file or a symlink.
    pub fn blob_id(&self) -> Option<BlobId> {
        self.kind.is_blob().then(|| BlobId::new(self.id))
    }

    pub(crate) fn raw_id(&self) -> gix::ObjectId {
        self.id
    }
}

/// An entry of one level of a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedEntry {
    /// The name: one path component, as a path.
    pub name: RepoPath,
    /// What stands there.
    pub entry: Entry,
}

impl Repository {
    /// The tree of a commit.
    pub fn commit_tree(&self, commit: CommitId) -> Result<TreeId> {
        Ok(self.commit(commit)?.tree)
    }

    /// The tree without entries, which every repository knows.
    pub fn empty_tree(&self) -> TreeId {
        TreeId::new(gix::ObjectId::empty_tree(self.gix.object_hash()))
    }

    /// The entry at `path`; `None` if there is none. The root is the tree itself.
    pub fn tree_entry(&self, tree: TreeId, path: &RepoPath) -> Result<Option<Entry>> {
        let mut current = Entry::new(EntryKind::Tree, tree.raw());
        let mut buffer = Vec::new();
        for component in path.components() {
            let Some(directory) = current.tree_id() else { return Ok(None) };
            let tree = self.find_tree(directory, &mut buffer)?;
            let found = tree.entries.iter().find(|entry| entry.filename == component);
            let Some(found) = found else { return Ok(None) };
            current = Entry::new(EntryKind::from_mode(found.mode), found.oid.to_owned());
        }
        Ok(Some(current))
    }

    /// The tree at `path`; `None` if there is nothing, an error if it is no directory.
    pub fn subtree(&self, tree: TreeId, path: &RepoPath) -> Result<Option<TreeId>> {
        match self.tree_entry(tree, path)? {
            None => Ok(None),
            Some(entry) => entry.tree_id().map(Some).ok_or_else(|| Error::NotATree { path: path.clone() }),
        }
    }

    /// The entries of one level, in Git's order.
    pub fn tree_entries(&self, tree: TreeId) -> Result<Vec<NamedEntry>> {
        let mut buffer = Vec::new();
        let tree = self.find_tree(tree, &mut buffer)?;
        let root = RepoPath::root();
        Ok(tree
            .entries
            .iter()
            .map(|entry| NamedEntry {
                name: root.push_raw(entry.filename),
                entry: Entry::new(EntryKind::from_mode(entry.mode), entry.oid.to_owned()),
            })
            .collect())
    }

    /// Everything below a tree except the directories themselves, in Git's order, depth first.
    pub fn walk(&self, tree: TreeId) -> Result<Vec<(RepoPath, Entry)>> {
        let mut found = Vec::new();
        // A stack of our own: the depth of a tree is an input.
        let mut pending = vec![(RepoPath::root(), Entry::new(EntryKind::Tree, tree.raw()))];
        while let Some((path, entry)) = pending.pop() {
            match entry.tree_id() {
                None => found.push((path, entry)),
                Some(directory) => {
                    let level = self.tree_entries(directory)?;
                    pending.extend(
                        level.into_iter().rev().map(|child| (path.join_path(&child.name), child.entry)),
                    );
                }
            }
        }
        Ok(found)
    }

    pub(crate) fn find_tree<'b>(
        &self,
        tree: TreeId,
        buffer: &'b mut Vec<u8>,
    ) -> Result<gix::objs::TreeRef<'b>> {
        self.read_object(tree.raw(), gix::objs::Kind::Tree, "tree", buffer)?;
        gix::objs::TreeRef::from_bytes(buffer, self.gix.object_hash())
            .map_err(Error::store(format!("read tree {tree}")))
    }

    /// Reads an object of one kind into `buffer`.
    pub(crate) fn read_object(
        &self,
        id: gix::ObjectId,
        kind: gix::objs::Kind,
        noun: &'static str,
        buffer: &mut Vec<u8>,
    ) -> Result<()> {
        use gix::objs::Find as _;

        buffer.clear();
        if id == gix::ObjectId::empty_tree(self.gix.object_hash()) && kind == gix::objs::Kind::Tree {
            return Ok(());
        }
        let found = self
            .gix
            .objects
            .try_find(&id, buffer)
            .map_err(Error::store(format!("read {noun} {}", id.to_hex())))?
            .map(|data| data.kind);
        match found {
            None => Err(Error::MissingObject {
                id: id.to_hex().to_string(),
                what: format!("can't read the {noun}"),
            }),
            Some(found) if found == kind => Ok(()),
            Some(found) => Err(Error::WrongKind {
                id: id.to_hex().to_string(),
                found: found.to_string(),
                expected: noun,
            }),
        }
    }
}
