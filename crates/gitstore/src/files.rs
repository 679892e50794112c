//! The one atomic file writer: a reader sees the old bytes or the new ones, never half of them.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::path::RepoPath;

/// The permissions of a written file, before the process's umask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FileMode {
    /// Readable and writable.
    #[default]
    Regular,
    /// Executable as well.
    Executable,
}

impl FileMode {
    #[cfg(unix)]
    fn permissions(self) -> std::fs::Permissions {
        use std::os::unix::fs::PermissionsExt;
        std::fs::Permissions::from_mode(match self {
            Self::Regular => 0o666,
            Self::Executable => 0o777,
        })
    }

    #[cfg(unix)]
    fn matches(self, metadata: &std::fs::Metadata) -> bool {
        use std::os::unix::fs::PermissionsExt;
        (metadata.permissions().mode() & 0o100 != 0) == (self == Self::Executable)
    }

    #[cfg(not(unix))]
    fn matches(self, _metadata: &std::fs::Metadata) -> bool {
        true
    }
}

/// Writes a file whole: into a temporary file beside it, onto the disk, then renamed over it.
/// Missing directories are made.
///
/// A symlink at `path` is replaced, not followed. For a path that somebody else chose, take it from
/// [`confine`].
pub fn write_file_atomically(path: &Path, bytes: &[u8], mode: FileMode) -> Result<()> {
    write_with(path, bytes, mode, |file| file.sync_all())
}

/// As [`write_file_atomically`], but only where bytes or mode differ, and without waiting for the
/// disk, since what is generated can be generated again. Says whether anything changed.
pub fn write_if_changed(path: &Path, bytes: &[u8], mode: FileMode) -> Result<bool> {
    if is_written(path, bytes, mode) {
        return Ok(false);
    }
    write_with(path, bytes, mode, |_| Ok(()))?;
    Ok(true)
}

fn is_written(path: &Path, bytes: &[u8], mode: FileMode) -> bool {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return false };
    metadata.is_file()
        && metadata.len() == u64::try_from(bytes.len()).unwrap_or(u64::MAX)
        && mode.matches(&metadata)
        && std::fs::read(path).is_ok_and(|written| written == bytes)
}

fn write_with(
    path: &Path,
    bytes: &[u8],
    mode: FileMode,
    sync: impl FnOnce(&std::fs::File) -> std::io::Result<()>,
) -> Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory).map_err(Error::io("create directory", directory))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".waybill-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(mode.permissions());
    #[cfg(not(unix))]
    let _ = mode;
    let mut temporary = builder.tempfile_in(directory).map_err(Error::io("write in", directory))?;
    temporary.write_all(bytes).map_err(Error::io("write", path))?;
    sync(temporary.as_file()).map_err(Error::io("sync", path))?;
    temporary.persist(path).map_err(|error| Error::io("write", path)(error.error))?;
    Ok(())
}

/// Removes a file or symlink; says whether it was there.
pub fn remove_file(path: &Path) -> Result<bool> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            Ok(false)
        }
        Err(error) => Err(Error::io("remove", path)(error)),
    }
}

/// Removes every file and symlink below `directory` that isn't in `keep` (full paths), and
/// directories left empty; returns what was removed, sorted. Symlinks are never followed; a
/// directory that doesn't exist is fine.
pub fn remove_stale(directory: &Path, keep: &BTreeSet<PathBuf>) -> Result<Vec<PathBuf>> {
    let mut removed = Vec::new();
    let mut directories = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(current) = pending.pop() {
        let listed = match std::fs::read_dir(&current) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            listed => listed.map_err(Error::io("list", &current))?,
        };
        for item in listed {
            let item = item.map_err(Error::io("list", &current))?;
            let path = item.path();
            // The entry's own type: a symlink to a directory is a file here.
            if item.file_type().map_err(Error::io("read", &path))?.is_dir() {
                pending.push(path);
            } else if !keep.contains(&path) && remove_file(&path)? {
                removed.push(path);
            }
        }
        directories.push(current);
    }
    // Children were found after their parents. A directory that still holds something stays.
    for empty in directories.iter().rev().filter(|path| *path != directory) {
        let _ = std::fs::remove_dir(empty);
    }
    removed.sort();
    Ok(removed)
}

/// Joins a path to a root that must not be left: refused where a directory on the way is a symlink.
///
/// The last component may be a symlink; the writer replaces it and the remover removes it.
pub fn confine(root: &Path, path: &RepoPath) -> Result<PathBuf> {
    let full = root.join(path.to_path_buf());
    let Some(parent) = path.parent() else { return Ok(full) };
    let mut directory = root.to_owned();
    for component in parent.components() {
        directory.push(RepoPath::root().push_raw(component).to_path_buf());
        match std::fs::symlink_metadata(&directory) {
            Ok(metadata) if metadata.is_symlink() => {
                return Err(Error::SymlinkInPath { root: root.to_owned(), link: directory });
            }
            // What doesn't exist yet is made as a directory; what can't be read fails at the write.
            Ok(_) | Err(_) => {}
        }
    }
    Ok(full)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    #[test]
    fn equal_files_are_not_rewritten() {
        let root = tempfile::tempdir().unwrap();
        let file = confine(root.path(), &path("a b/ü/file.yaml")).unwrap();
        assert!(write_if_changed(&file, b"one", FileMode::Regular).unwrap());
        assert!(!write_if_changed(&file, b"one", FileMode::Regular).unwrap());
        assert!(write_if_changed(&file, b"two", FileMode::Regular).unwrap());
        assert!(write_if_changed(&file, b"two", FileMode::Executable).unwrap());
        write_file_atomically(&file, b"three", FileMode::Regular).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"three");
        assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "a temporary file is left");
    }

    #[cfg(unix)]
    #[test]
    fn modes_follow_the_umask_and_not_the_temporary_files() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let reference = root.path().join("reference");
        std::fs::OpenOptions::new().write(true).create_new(true).open(&reference).unwrap();
        let file = root.path().join("file");
        write_file_atomically(&file, b"", FileMode::Regular).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&file), mode(&reference));
        write_file_atomically(&file, b"", FileMode::Executable).unwrap();
        assert_eq!(mode(&file) & 0o100, 0o100);
    }

    #[cfg(unix)]
    #[test]
    fn symlinks_never_lead_out() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let victim = outside.path().join("victim");
        write_file_atomically(&victim, b"precious", FileMode::Regular).unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("link")).unwrap();
        std::os::unix::fs::symlink(&victim, root.path().join("file")).unwrap();
        assert!(matches!(confine(root.path(), &path("link/x")), Err(Error::SymlinkInPath { .. })));
        let file = confine(root.path(), &path("file")).unwrap();
        assert!(
            write_if_changed(&file, b"precious", FileMode::Regular).unwrap(),
            "a symlink is no equal file"
        );
        assert!(std::fs::symlink_metadata(&file).unwrap().is_file());
        let removed = remove_stale(root.path(), &BTreeSet::new()).unwrap();
        assert_eq!(removed, [root.path().join("file"), root.path().join("link")]);
        assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
    }

    #[test]
    fn stale_files_and_empty_directories_go() {
        let root = tempfile::tempdir().unwrap();
        let kept = root.path().join("a/kept");
        for file in [kept.clone(), root.path().join("a/stale"), root.path().join("b/c/stale")] {
            write_if_changed(&file, b"", FileMode::Regular).unwrap();
        }
        let removed = remove_stale(root.path(), &BTreeSet::from([kept.clone()])).unwrap();
        assert_eq!(removed, [root.path().join("a/stale"), root.path().join("b/c/stale")]);
        assert!(kept.exists() && !root.path().join("b").exists());
        assert!(remove_stale(&root.path().join("none"), &BTreeSet::new()).unwrap().is_empty());
        assert!(!remove_file(&root.path().join("none")).unwrap());
    }
}
