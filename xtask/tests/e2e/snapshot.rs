//! A repository frozen in memory: every file and ref, so that "nothing was written" can be said with one equality.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Longer files are compared by size and checksum alone.
const SHOWN: usize = 4096;

/// Every file below a directory by its path: work tree, index, refs, reflogs and configuration. What Git keeps in its
/// object database isn't part of it: an object that no ref reaches is as good as none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Snapshot(BTreeMap<String, String>);

impl Snapshot {
    pub(crate) fn of(directory: &Path) -> Self {
        let mut files = BTreeMap::new();
        walk(directory, "", &mut files);
        Self(files)
    }

    /// The same without the paths that begin so.
    pub(crate) fn without(mut self, prefix: &str) -> Self {
        self.0.retain(|path, _| !path.starts_with(prefix));
        self
    }
}

fn walk(directory: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().unwrap();
        let is_git_directory = prefix.is_empty() || prefix == ".git/";
        if kind.is_symlink() {
            files.insert(path, format!("-> {}", fs::read_link(entry.path()).unwrap().display()));
        } else if kind.is_file() {
            files.insert(path, describe(&entry.path()));
        } else if !(is_git_directory && entry.file_name() == "objects") {
            walk(&entry.path(), &format!("{path}/"), files);
        }
    }
}

fn describe(path: &Path) -> String {
    let bytes = fs::read(path).unwrap();
    let mode = mode(path);
    match String::from_utf8(bytes) {
        Ok(text) if text.len() <= SHOWN => format!("{mode} {text}"),
        Ok(text) => format!("{mode} {} bytes, checksum {:08x}", text.len(), checksum(text.as_bytes())),
        Err(error) => {
            let bytes = error.into_bytes();
            format!("{mode} {} bytes, checksum {:08x}", bytes.len(), checksum(&bytes))
        }
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    format!("{:o}", fs::metadata(path).unwrap().permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn mode(_: &Path) -> String {
    "file".to_owned()
}

/// FNV-1a.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
