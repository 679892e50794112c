//! What stands below `rendered/` now, in a work tree or in a tree of the object database.

use std::collections::BTreeMap;
use std::path::Path;

use gitstore::{EntryKind, RepoPath, Repository, TreeId, confine};

use crate::error::{Error, Result};

/// A file below `rendered/` as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CurrentFile {
    /// A plain file.
    Plain(Vec<u8>),
    /// Something else: an executable, a symlink, a submodule.
    Other,
}

/// What `rendered/` holds, by path from the root of the repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CurrentFiles {
    pub(super) files: BTreeMap<RepoPath, CurrentFile>,
}

impl CurrentFiles {
    /// The paths of the files, sorted.
    pub fn paths(&self) -> impl ExactSizeIterator<Item = &RepoPath> {
        self.files.keys()
    }

    /// Reads them from a work tree; `rendered` is the directory of the candidates. No symlink is followed.
    pub fn from_directory(root: &Path, rendered: &RepoPath) -> Result<Self> {
        let mut files = BTreeMap::new();
        let mut pending = vec![rendered.clone()];
        while let Some(directory) = pending.pop() {
            let place = confine(root, &directory)?;
            let io = |source| Error::Io { path: place.clone(), source };
            match std::fs::symlink_metadata(&place) {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(_) => {
                    files.insert(directory, CurrentFile::Other);
                    continue;
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(io(error)),
            }
            for entry in std::fs::read_dir(&place).map_err(io)? {
                let entry = entry.map_err(io)?;
                let path = directory.join(entry.file_name().as_encoded_bytes())?;
                if entry.file_type().map_err(io)?.is_dir() {
                    pending.push(path);
                } else {
                    files.insert(path, read_file(&entry.path())?);
                }
            }
        }
        Ok(Self { files })
    }

    /// Reads them from a tree of the object database.
    pub fn from_tree(repository: &Repository, tree: TreeId, rendered: &RepoPath) -> Result<Self> {
        let mut files = BTreeMap::new();
        let Some(entry) = repository.tree_entry(tree, rendered)? else { return Ok(Self { files }) };
        let Some(below) = entry.tree_id() else {
            files.insert(rendered.clone(), CurrentFile::Other);
            return Ok(Self { files });
        };
        for (path, entry) in repository.walk(below)? {
            let file = match (entry.kind(), entry.blob_id()) {
                (EntryKind::File, Some(blob)) => CurrentFile::Plain(repository.read_blob(blob)?),
                _ => CurrentFile::Other,
            };
            files.insert(rendered.join_path(&path), file);
        }
        Ok(Self { files })
    }

    /// The content of a plain file, for differences.
    pub(super) fn bytes(&self, path: &RepoPath) -> &[u8] {
        match self.files.get(path) {
            Some(CurrentFile::Plain(bytes)) => bytes,
            _ => &[],
        }
    }
}

fn read_file(path: &Path) -> Result<CurrentFile> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let metadata = std::fs::symlink_metadata(path).map_err(io)?;
    if metadata.is_file() && !is_executable(&metadata) {
        Ok(CurrentFile::Plain(std::fs::read(path).map_err(io)?))
    } else {
        Ok(CurrentFile::Other)
    }
}

#[cfg(unix)]
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    false
}
