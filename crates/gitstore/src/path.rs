//! Slash-separated paths inside a tree, valid by construction, and the check for names that differ
//! in case alone.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use gix::bstr::{BStr, BString, ByteSlice};

use crate::error::{Error, Result};

/// A relative path inside a tree: components joined by `/`, none of them empty, `.`, `..` or
/// `.git`.
///
/// Git's paths are bytes; this type keeps them, so that a copy is literal whatever the file names
/// are. The root of a tree is the path without components.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(BString);

impl RepoPath {
    /// Checks a path: relative, at least one component, none of them empty, `.`, `..` or `.git` in
    /// any case, no NUL.
    pub fn new(path: impl AsRef<[u8]>) -> Result<Self> {
        let path = path.as_ref();
        let valid = path.split(|byte| *byte == b'/').all(valid_component);
        if valid {
            Ok(Self(path.into()))
        } else {
            Err(Error::InvalidPath { path: path.to_str_lossy().into_owned() })
        }
    }

    /// The root of a tree.
    pub fn root() -> Self {
        Self(BString::default())
    }

    /// Whether this is the root of a tree.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The path as Git stores it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path as text, if it is UTF-8.
    pub fn to_str(&self) -> Option<&str> {
        self.0.to_str().ok()
    }

    /// The components in order; none for the root.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &[u8]> + Clone {
        self.0.split(|byte| *byte == b'/').filter(|component| !component.is_empty())
    }

    /// The last component; `None` for the root.
    pub fn file_name(&self) -> Option<&[u8]> {
        self.components().next_back()
    }

    /// The path without its last component; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        Some(match self.0.rfind_byte(b'/') {
            Some(slash) => Self(self.0[..slash].into()),
            None => Self::root(),
        })
    }

    /// This path with more components below it.
    pub fn join(&self, below: impl AsRef<[u8]>) -> Result<Self> {
        let below = Self::new(below)?;
        Ok(self.join_path(&below))
    }

    /// This path with another one below it.
    pub fn join_path(&self, below: &Self) -> Self {
        match (self.is_root(), below.is_root()) {
            (true, _) => below.clone(),
            (_, true) => self.clone(),
            _ => self.push_raw(&below.0),
        }
    }

    /// Whether this path is `ancestor` or lies below it; compared by components.
    pub fn starts_with(&self, ancestor: &Self) -> bool {
        self.strip_prefix(ancestor).is_some()
    }

    /// What is left of this path below `ancestor`: the root if they are equal, `None` if it doesn't
    /// lie there.
    pub fn strip_prefix(&self, ancestor: &Self) -> Option<Self> {
        if ancestor.is_root() {
            return Some(self.clone());
        }
        let rest = self.0.strip_prefix(ancestor.as_bytes())?;
        match rest {
            [] => Some(Self::root()),
            [b'/', below @ ..] => Some(Self(below.into())),
            _ => None,
        }
    }

    /// The path for the file system, relative still; [`crate::confine`] joins it to a directory
    /// safely.
    pub fn to_path_buf(&self) -> PathBuf {
        gix_path(self.0.as_bstr())
    }

    /// Joins a component as a tree holds it, which Git has checked less than [`RepoPath::new`]
    /// does.
    pub(crate) fn push_raw(&self, component: &[u8]) -> Self {
        let mut joined = self.0.clone();
        if !joined.is_empty() {
            joined.push(b'/');
        }
        joined.extend_from_slice(component);
        Self(joined)
    }
}

fn gix_path(path: &BStr) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(path))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(path.to_str_lossy().into_owned())
    }
}

fn valid_component(component: &[u8]) -> bool {
    !matches!(component, b"" | b"." | b"..")
        && !component.eq_ignore_ascii_case(b".git")
        && !component.contains(&0)
}

/// The path as text; bytes that aren't UTF-8 are replaced.
impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl FromStr for RepoPath {
    type Err = Error;

    fn from_str(path: &str) -> Result<Self> {
        Self::new(path)
    }
}

/// Two paths that a file system which ignores case can't hold both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseCollision {
    /// The path that came first.
    pub first: RepoPath,
    /// The path that differs from it in case alone.
    pub second: RepoPath,
}

/// Finds files or directories among `paths` and their parents whose names differ in case alone.
///
/// Git accepts both; a checkout on macOS or Windows silently keeps one.
pub fn case_collisions<'a>(paths: impl IntoIterator<Item = &'a RepoPath>) -> Vec<CaseCollision> {
    let mut seen: BTreeMap<Vec<u8>, RepoPath> = BTreeMap::new();
    let mut collisions: Vec<CaseCollision> = Vec::new();
    for path in paths {
        let mut prefix = RepoPath::root();
        for component in path.components() {
            prefix = prefix.push_raw(component);
            // No file system folds what is no text.
            let folded = prefix
                .to_str()
                .map_or_else(|| prefix.as_bytes().to_vec(), |text| text.to_lowercase().into_bytes());
            match seen.get(&folded) {
                None => {
                    seen.insert(folded, prefix.clone());
                }
                Some(first) if *first == prefix => {}
                Some(first) => {
                    let collision = CaseCollision { first: first.clone(), second: prefix.clone() };
                    if !collisions.contains(&collision) {
                        collisions.push(collision);
                    }
                    // What lies below collides as well; the topmost pair says it all.
                    break;
                }
            }
        }
    }
    collisions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    #[test]
    fn bad_components_are_refused() {
        for bad in ["", "/a", "a/", "a//b", ".", "..", "a/../b", ".git", "a/.GIT/b", "a\0b"] {
            assert!(RepoPath::new(bad).is_err(), "{bad:?}");
        }
        for good in ["a", "a/b c/ü", ".gitignore", "...", "a\\b"] {
            assert_eq!(path(good).to_string(), good);
        }
        assert!(RepoPath::new(b"caf\xe9".as_slice()).unwrap().to_str().is_none());
    }

    #[test]
    fn prefixes_are_compared_by_components() {
        assert!(path("a/b").starts_with(&path("a")));
        assert!(!path("ab").starts_with(&path("a")));
        assert_eq!(path("a/b/c").strip_prefix(&path("a/b")), Some(path("c")));
        assert_eq!(path("a").strip_prefix(&path("a")), Some(RepoPath::root()));
        assert_eq!(path("a/b").parent(), Some(path("a")));
        assert_eq!(path("a").parent(), Some(RepoPath::root()));
        assert_eq!(RepoPath::root().parent(), None);
        assert_eq!(RepoPath::root().join("x").unwrap(), path("x"));
        assert_eq!(RepoPath::root().components().count(), 0);
    }

    #[test]
    fn names_that_differ_in_case_alone_are_found_at_the_topmost_level() {
        let paths = [path("Foo/a"), path("foo/b"), path("foo/c"), path("x/y"), path("x/Y"), path("x/y")];
        let found = case_collisions(&paths);
        assert_eq!(
            found,
            [
                CaseCollision { first: path("Foo"), second: path("foo") },
                CaseCollision { first: path("x/y"), second: path("x/Y") },
            ]
        );
    }
}
