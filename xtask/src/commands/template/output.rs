//! `--output-dir`: the files that Helm writes, and the lines that it prints about them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use helm::{OutputFile, WriteMode};

use super::values::normal;
use crate::invocation::Invocation;
use crate::terminal::print;

/// A directory to write into.
pub(super) struct OutputDir<'a> {
    /// As it was given.
    name: &'a str,
    release_directory: Option<&'a str>,
    path: PathBuf,
}

impl<'a> OutputDir<'a> {
    pub(super) fn new(name: &'a str, release_directory: Option<&'a str>, invocation: &Invocation) -> Self {
        Self { name, release_directory, path: invocation.path(name) }
    }

    /// Writes the files, each once, and prints a line for each document.
    pub(super) fn write(&self, writes: &[OutputFile]) -> anyhow::Result<()> {
        let mut contents: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
        let mut lines = String::new();
        for write in writes {
            let path = gitstore::confine(&self.path, &gitstore::RepoPath::new(&write.path)?)?;
            let there = contents.remove(&path);
            let mut content = match write.mode {
                WriteMode::Replace => Vec::new(),
                WriteMode::Append => there.unwrap_or_default(),
                WriteMode::AppendIfThere => there.unwrap_or_else(|| std::fs::read(&path).unwrap_or_default()),
            };
            content.extend_from_slice(&write.content);
            contents.insert(path, content);
            lines.push_str(&format!("wrote {}\n", self.shown(&write.path)));
        }
        for (path, content) in contents {
            gitstore::write_file_atomically(&path, &content, gitstore::FileMode::Regular)?;
        }
        print(lines)?;
        Ok(())
    }

    /// The path as Helm prints it: Go cleans the directory only where a release name is joined to it.
    fn shown(&self, path: &str) -> String {
        let inside_of_release = self
            .release_directory
            .is_some_and(|release| path.strip_prefix(release).is_some_and(|rest| rest.starts_with('/')));
        if !inside_of_release {
            return format!("{}/{path}", self.name);
        }
        normal(Path::new(self.name)).join(path).display().to_string()
    }
}
