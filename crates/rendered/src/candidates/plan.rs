//! From what stands below `rendered/` to what should: the changes, shown or made.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gitstore::{
    FileMode, RepoPath, Repository, TreeEdit, confine, remove_file, remove_stale, write_if_changed,
};
use similar::TextDiff;

use super::failed::{self, FAILED_FILE};
use super::{Candidates, CurrentFile, CurrentFiles, Scope};
use crate::error::Result;
use crate::secrets;

/// Changes to `rendered/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandidatePlan {
    /// The directory of all candidates.
    root: RepoPath,
    /// Files to write, new or different.
    pub write: BTreeMap<RepoPath, Vec<u8>>,
    /// Files to remove, sorted.
    pub remove: Vec<RepoPath>,
    /// Files that stay as they are, those out of scope and of failed deployments included.
    pub unchanged: Vec<RepoPath>,
    /// Files within the scope that no render can have written, by their paths. They don't belong there, and
    /// nothing here removes them.
    pub foreign: Vec<RepoPath>,
}

impl Candidates {
    /// What has to change so that `rendered/` holds them.
    ///
    /// Fails only where the list of failed deployments can't be read that the scope leaves in part as it is.
    pub fn plan(&self, current: &CurrentFiles) -> Result<CandidatePlan> {
        let mut wanted: BTreeMap<&RepoPath, &[u8]> = self.files().collect();
        let failed_path = self.root.join(FAILED_FILE)?;
        let failed_text = self.failed_text(current, &failed_path)?;
        if let Some(text) = &failed_text {
            wanted.insert(&failed_path, text.as_bytes());
        }
        let mut plan = CandidatePlan {
            root: self.root.clone(),
            write: BTreeMap::new(),
            remove: Vec::new(),
            unchanged: Vec::new(),
            foreign: Vec::new(),
        };
        let above = |path: &RepoPath| std::iter::successors(path.parent(), RepoPath::parent);
        let needed: BTreeSet<RepoPath> = wanted.keys().flat_map(|path| above(path)).collect();
        for (path, file) in &current.files {
            match wanted.remove(path) {
                Some(bytes) if *file == CurrentFile::Plain(bytes.to_vec()) => {
                    plan.unchanged.push(path.clone())
                }
                Some(bytes) => {
                    plan.write.insert(path.clone(), bytes.to_vec());
                }
                // What stands where a directory is needed gives way.
                None if needed.contains(path) => plan.remove.push(path.clone()),
                None if !self.owns(path, &failed_path) => plan.unchanged.push(path.clone()),
                None if self.may_be_rendered(path, &failed_path) => plan.remove.push(path.clone()),
                None => plan.foreign.push(path.clone()),
            }
        }
        plan.write.extend(wanted.into_iter().map(|(path, bytes)| (path.clone(), bytes.to_vec())));
        Ok(plan)
    }

    /// Whether a path is stale if nothing is wanted there.
    fn owns(&self, path: &RepoPath, failed_path: &RepoPath) -> bool {
        if path == failed_path {
            return true;
        }
        if self.kept.iter().any(|directory| path.starts_with(directory)) {
            return false;
        }
        let Scope::Only { .. } = self.scope else { return true };
        let below = path.strip_prefix(&self.root).unwrap_or_else(RepoPath::root);
        let mut names = below.components().map(|name| str::from_utf8(name).unwrap_or_default());
        let (stage, deployment) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
        self.scope.holds(stage, deployment)
    }

    /// Whether a path has the form of those that renders write: `<stage>/<deployment>/<file>.yaml`.
    fn may_be_rendered(&self, path: &RepoPath, failed_path: &RepoPath) -> bool {
        let below = path.strip_prefix(&self.root).unwrap_or_else(RepoPath::root);
        path == failed_path || below.components().count() == 3 && path.as_bytes().ends_with(b".yaml")
    }

    fn failed_text(&self, current: &CurrentFiles, path: &RepoPath) -> Result<Option<String>> {
        let before = match (&self.scope, current.files.get(path)) {
            (Scope::Only { .. }, Some(CurrentFile::Plain(bytes))) => failed::read(&path.to_string(), bytes)?,
            _ => Vec::new(),
        };
        Ok(failed::write(&failed::merge(&self.failed, before, &self.scope)))
    }
}

impl CandidatePlan {
    /// Whether nothing has to change. Foreign files don't count: they are somebody's to move.
    pub fn is_empty(&self) -> bool {
        self.write.is_empty() && self.remove.is_empty()
    }

    /// Makes the changes below the root of a work tree. Equal files are not touched, directories left empty are removed, and
    /// no symlink is followed.
    pub fn apply_to_directory(&self, root: &Path) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        // Removals come first, with the directories that they leave empty: a file may be wanted where one of them stood.
        if !self.remove.is_empty() {
            for path in &self.remove {
                remove_file(&confine(root, path)?)?;
            }
            let kept = self.unchanged.iter().chain(&self.foreign).chain(self.write.keys());
            let kept = kept.map(|path| confine(root, path));
            let kept = kept.collect::<gitstore::Result<BTreeSet<PathBuf>>>()?;
            remove_stale(&confine(root, &self.root)?, &kept)?;
        }
        for (path, bytes) in &self.write {
            write_if_changed(&confine(root, path)?, bytes, FileMode::Regular)?;
        }
        Ok(())
    }

    /// Makes the changes in a tree that is being edited.
    pub fn apply_to_tree(&self, repository: &Repository, edit: &mut TreeEdit<'_>) -> Result<()> {
        for path in &self.remove {
            edit.remove(path);
        }
        for (path, bytes) in &self.write {
            edit.upsert_file(path, repository.write_blob(bytes)?);
        }
        Ok(())
    }

    /// The changes as differences to show, sorted by path. `current` is what the plan was made from.
    pub fn differences(&self, current: &CurrentFiles) -> Vec<Difference> {
        let mut differences: Vec<Difference> = Vec::new();
        for (path, bytes) in &self.write {
            let kind = match current.files.contains_key(path) {
                true => DifferenceKind::Changed,
                false => DifferenceKind::Missing,
            };
            let diff = unified(path, current.bytes(path), bytes, kind);
            differences.push(Difference { path: path.clone(), kind, diff });
        }
        for path in &self.remove {
            let kind = DifferenceKind::Stale;
            let diff = unified(path, current.bytes(path), b"", kind);
            differences.push(Difference { path: path.clone(), kind, diff });
        }
        for path in &self.foreign {
            let (path, kind) = (path.clone(), DifferenceKind::Foreign);
            differences.push(Difference { path, kind, diff: String::new() });
        }
        differences.sort_by(|a, b| a.path.cmp(&b.path));
        differences
    }
}

/// The change of a file as it may be shown, without the secrets in it.
fn unified(path: &RepoPath, old: &[u8], new: &[u8], kind: DifferenceKind) -> String {
    let (old, new) = (secrets::mask_file(old), secrets::mask_file(new));
    let (old, new) = (String::from_utf8_lossy(&old), String::from_utf8_lossy(&new));
    let (old_name, new_name) = (format!("a/{path}"), format!("b/{path}"));
    let (old_name, new_name) = match kind {
        DifferenceKind::Missing => ("/dev/null", new_name.as_str()),
        DifferenceKind::Stale => (old_name.as_str(), "/dev/null"),
        DifferenceKind::Changed | DifferenceKind::Foreign => (old_name.as_str(), new_name.as_str()),
    };
    TextDiff::from_lines(&*old, &*new).unified_diff().header(old_name, new_name).to_string()
}

/// One file of `rendered/` that isn't what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The file.
    pub path: RepoPath,
    /// What is wrong with it.
    pub kind: DifferenceKind,
    /// The change that would make it right, as a unified difference; empty where the file isn't a plain one, or foreign.
    pub diff: String,
}

/// How a file differs from what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferenceKind {
    /// It is missing.
    Missing,
    /// It shouldn't be there any more.
    Stale,
    /// No render can have written it.
    Foreign,
    /// Its content or its mode is another.
    Changed,
}
