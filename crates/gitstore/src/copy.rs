//! Copying a tree from another repository, with proof that the copy is literal.

use crate::error::{Error, Result};
use crate::id::TreeId;
use crate::path::RepoPath;
use crate::repository::Repository;
use crate::tree::EntryKind;

impl Repository {
    /// Copies a tree and all below it from `source` into this object database; what is here already
    /// is not written again.
    ///
    /// Every object must get the id that it has in the source, so that the returned id, the given
    /// one, proves the copy literal: bytes, modes and symlinks. A submodule is an error, since its
    /// content is elsewhere.
    pub fn copy_tree(&self, source: &Self, tree: TreeId) -> Result<TreeId> {
        if source.object_format() != self.object_format() {
            return Err(Error::ObjectFormatMismatch {
                source: source.object_format(),
                destination: self.object_format(),
            });
        }
        let mut trees = Vec::new();
        let mut pending = vec![(RepoPath::root(), tree)];
        while let Some((path, directory)) = pending.pop() {
            trees.push(directory);
            for child in source.tree_entries(directory)? {
                let path = path.join_path(&child.name);
                match child.entry.kind() {
                    EntryKind::Tree => pending.extend(child.entry.tree_id().map(|tree| (path, tree))),
                    EntryKind::Submodule => return Err(Error::Submodule { path }),
                    EntryKind::File | EntryKind::Executable | EntryKind::Symlink => {
                        self.copy_object(source, child.entry.raw_id(), gix::objs::Kind::Blob, &path)?;
                    }
                }
            }
        }
        // Children before parents, so that a killed copy never leaves a tree whose content is
        // missing.
        for directory in trees.into_iter().rev() {
            self.copy_object(source, directory.raw(), gix::objs::Kind::Tree, &RepoPath::root())?;
        }
        Ok(tree)
    }

    fn copy_object(
        &self,
        source: &Self,
        id: gix::ObjectId,
        kind: gix::objs::Kind,
        path: &RepoPath,
    ) -> Result<()> {
        if self.gix.objects.exists_without_refresh(&id) {
            return Ok(());
        }
        let noun = if kind == gix::objs::Kind::Tree { "tree" } else { "blob" };
        let mut bytes = Vec::new();
        source.read_object(id, kind, noun, &mut bytes).map_err(|error| match error {
            Error::MissingObject { id, .. } => {
                Error::MissingObject { id, what: format!("can't copy {path}") }
            }
            other => other,
        })?;
        let written = self.write_raw(kind, &bytes)?;
        if written == id {
            Ok(())
        } else {
            Err(Error::NotLiteral { expected: id.to_hex().to_string(), actual: written.to_hex().to_string() })
        }
    }
}
