//! Blobs: reading, measuring and writing the bytes of files.

use std::sync::PoisonError;

use crate::error::{Error, Result};
use crate::id::{BlobId, TreeId};
use crate::path::RepoPath;
use crate::repository::Repository;
use crate::tree::EntryKind;

/// How often an object is written before its error counts.
const WRITE_ATTEMPTS: usize = 5;

impl Repository {
    /// The bytes of a blob.
    pub fn read_blob(&self, blob: BlobId) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_object(blob.raw(), gix::objs::Kind::Blob, "blob", &mut bytes)?;
        Ok(bytes)
    }

    /// How many bytes a blob has, without reading them.
    pub fn blob_size(&self, blob: BlobId) -> Result<u64> {
        let header = self
            .gix
            .try_find_header(blob.raw())
            .map_err(Error::store(format!("read blob {blob}")))?
            .ok_or_else(|| Error::MissingObject {
                id: blob.to_hex(),
                what: "can't measure the blob".to_owned(),
            })?;
        if header.kind() == gix::objs::Kind::Blob {
            Ok(header.size())
        } else {
            Err(Error::WrongKind { id: blob.to_hex(), found: header.kind().to_string(), expected: "blob" })
        }
    }

    /// The bytes of the file at `path`; `None` if there is no file (a symlink is none).
    pub fn blob_at(&self, tree: TreeId, path: &RepoPath) -> Result<Option<Vec<u8>>> {
        match self.tree_entry(tree, path)? {
            Some(entry) if matches!(entry.kind(), EntryKind::File | EntryKind::Executable) => {
                entry.blob_id().map(|blob| self.read_blob(blob)).transpose()
            }
            _ => Ok(None),
        }
    }

    /// Writes a blob, unless it is there already.
    pub fn write_blob(&self, bytes: &[u8]) -> Result<BlobId> {
        self.write_raw(gix::objs::Kind::Blob, bytes).map(BlobId::new)
    }

    /// The id that a blob of these bytes has here, without writing it.
    pub fn blob_id(&self, bytes: &[u8]) -> Result<BlobId> {
        self.hash(gix::objs::Kind::Blob, bytes).map(BlobId::new)
    }

    pub(crate) fn hash(&self, kind: gix::objs::Kind, bytes: &[u8]) -> Result<gix::ObjectId> {
        gix::objs::compute_hash(self.gix.object_hash(), kind, bytes)
            .map_err(|error| Error::Store { action: format!("hash a {kind}"), source: Box::new(error) })
    }

    /// Writes an object, unless it is there already, and remembers it for the next sync.
    pub(crate) fn write_raw(&self, kind: gix::objs::Kind, bytes: &[u8]) -> Result<gix::ObjectId> {
        use gix::objs::Write as _;

        let id = self.hash(kind, bytes)?;
        if self.gix.objects.exists_without_refresh(&id) {
            return Ok(id);
        }
        // `git gc` beside us removes the directories that it has emptied, perhaps just before the object gets its name
        // in one; what is really wrong is so the next time as well.
        let mut attempts = 1;
        while let Err(error) = self.gix.objects.write_buf(kind, bytes) {
            if attempts == WRITE_ATTEMPTS {
                return Err(Error::store(format!("write a {kind}"))(error));
            }
            attempts += 1;
        }
        self.unsynced.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        Ok(id)
    }
}
