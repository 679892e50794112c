//! Where policy texts come from: the work tree, or a tree in the object database.

use std::path::{Path, PathBuf};

use gitstore::{BlobId, EntryKind, RepoPath, Repository, TreeId};

use crate::error::Error;

/// A text and the id of the blob that it is, or would be, in Git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The blob's id.
    pub id: BlobId,
}

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceEntry {
    /// The name; bytes that aren't UTF-8 are replaced, so that the name is then refused and shown.
    pub name: String,
    /// Whether it is a directory.
    pub is_dir: bool,
}

/// Where policy texts are read from.
pub trait Source {
    /// The file at `path`; `None` if nothing stands there, an error if it is no plain file.
    fn read(&self, path: &RepoPath) -> Result<Option<SourceFile>, Error>;

    /// The entries of a directory in any order; `None` if there is no such directory.
    fn list(&self, directory: &RepoPath) -> Result<Option<Vec<SourceEntry>>, Error>;
}

/// The work tree as it stands, committed or not.
#[derive(Debug)]
pub struct WorkTree<'r> {
    repository: &'r Repository,
    root: &'r Path,
}

impl<'r> WorkTree<'r> {
    /// The work tree of a repository.
    pub fn new(repository: &'r Repository) -> Result<Self, Error> {
        let root = repository.workdir().ok_or(Error::NoWorkTree)?;
        Ok(Self { repository, root })
    }

    fn resolve(&self, path: &RepoPath) -> PathBuf {
        self.root.join(path.to_path_buf())
    }
}

/// Reads metadata without following a symlink; nothing there is fine.
fn metadata(path: &Path) -> Result<Option<std::fs::Metadata>, Error> {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(source) => Err(Error::Io { path: path.to_owned(), source }),
    }
}

fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

impl Source for WorkTree<'_> {
    fn read(&self, path: &RepoPath) -> Result<Option<SourceFile>, Error> {
        let file = self.resolve(path);
        let Some(metadata) = metadata(&file)? else { return Ok(None) };
        if !metadata.is_file() {
            let found = if metadata.is_symlink() { "symlink" } else { "directory" };
            return Err(Error::NotAFile { path: path.clone(), found });
        }
        let bytes = std::fs::read(&file).map_err(|source| Error::Io { path: file, source })?;
        let id = self.repository.blob_id(&bytes)?;
        Ok(Some(SourceFile { bytes, id }))
    }

    fn list(&self, directory: &RepoPath) -> Result<Option<Vec<SourceEntry>>, Error> {
        let directory = self.resolve(directory);
        let io = |source| Error::Io { path: directory.clone(), source };
        let entries = match std::fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(io(error)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(io)?;
            let is_dir = entry.file_type().map_err(io)?.is_dir();
            // Git knows no empty directories, and a checkout that lost a file may leave one.
            if is_dir && !holds_files(&entry.path())? {
                continue;
            }
            found.push(SourceEntry { name: entry.file_name().to_string_lossy().into_owned(), is_dir });
        }
        Ok(Some(found))
    }
}

/// Whether anything but directories lies below.
fn holds_files(directory: &Path) -> Result<bool, Error> {
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        let io = |source| Error::Io { path: directory.clone(), source };
        for entry in std::fs::read_dir(&directory).map_err(io)? {
            let entry = entry.map_err(io)?;
            if !entry.file_type().map_err(io)?.is_dir() {
                return Ok(true);
            }
            pending.push(entry.path());
        }
    }
    Ok(false)
}

/// A tree in the object database, such as that of a commit.
#[derive(Debug)]
pub struct GitTree<'r> {
    repository: &'r Repository,
    tree: TreeId,
}

impl<'r> GitTree<'r> {
    /// The tree of a repository under this id.
    pub fn new(repository: &'r Repository, tree: TreeId) -> Self {
        Self { repository, tree }
    }
}

impl Source for GitTree<'_> {
    fn read(&self, path: &RepoPath) -> Result<Option<SourceFile>, Error> {
        let Some(entry) = self.repository.tree_entry(self.tree, path)? else { return Ok(None) };
        let found = match entry.kind() {
            EntryKind::File | EntryKind::Executable => None,
            EntryKind::Symlink => Some("symlink"),
            EntryKind::Tree => Some("directory"),
            EntryKind::Submodule => Some("submodule"),
        };
        match (found, entry.blob_id()) {
            (None, Some(id)) => Ok(Some(SourceFile { bytes: self.repository.read_blob(id)?, id })),
            (found, _) => Err(Error::NotAFile { path: path.clone(), found: found.unwrap_or("directory") }),
        }
    }

    fn list(&self, directory: &RepoPath) -> Result<Option<Vec<SourceEntry>>, Error> {
        let tree = self.repository.tree_entry(self.tree, directory)?.and_then(|entry| entry.tree_id());
        let Some(tree) = tree else { return Ok(None) };
        let entries = self.repository.tree_entries(tree)?;
        Ok(Some(
            entries
                .into_iter()
                .map(|named| SourceEntry {
                    name: named.name.to_string(),
                    is_dir: named.entry.kind() == EntryKind::Tree,
                })
                .collect(),
        ))
    }
}
