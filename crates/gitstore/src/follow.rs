//! Index and files following a branch, with a note that lets the next process finish what a killed one began.
//!
//! The branch moves first, then the files, then the index. The note is written before all of that, and the index's lock
//! is a link to it, so that a lock whose owner was killed is known from everybody else's. What Git does with the
//! index, it does with a copy, which replaces the index in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::files::{FileMode, remove_file, write_file_atomically};
use crate::git::GitOutput;
use crate::id::{CommitId, TreeId};
use crate::name::BranchName;
use crate::path::RepoPath;
use crate::repository::Repository;
use crate::tree::{Entry, EntryKind};
use crate::tree_diff::Change;
use crate::worktree::{PAUSE, TRIES};

/// The note, beside the index.
const NOTE: &str = "waybill-following";
/// The copy of the index that Git works on.
const COPY: &str = "waybill-index";
/// Git's lock on the index.
const INDEX_LOCK: &str = "index.lock";

/// Index and files on their way from one commit to another. The index is locked for as long as this lives.
pub(crate) struct Following<'r> {
    repository: &'r Repository,
    old: Option<CommitId>,
    new: CommitId,
    /// Whether the branch has moved and the rest hasn't: then the note stays for the next process.
    is_unfinished: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    /// Only find out whether it would work.
    Dry,
    /// Do it.
    Wet,
}

impl Repository {
    /// Locks the index and notes down where it goes. The caller has its turn at the work tree.
    pub(crate) fn begin_following(&self, old: Option<CommitId>, new: CommitId) -> Result<Following<'_>> {
        let note = self.git_dir().join(NOTE);
        let hex = |commit: Option<CommitId>| commit.map(CommitId::to_hex).unwrap_or_default();
        let text = format!("{new} {}\n", hex(old));
        write_file_atomically(&note, text.as_bytes(), FileMode::Regular)?;
        let lock = self.git_dir().join(INDEX_LOCK);
        for attempt in 1.. {
            match std::fs::hard_link(&note, &lock) {
                Ok(()) => break,
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    let _ = remove_file(&note);
                    return Err(Error::io("lock", &lock)(error));
                }
                Err(_) if attempt == TRIES => {
                    let _ = remove_file(&note);
                    return Err(Error::IndexLocked { lock });
                }
                // Somebody's `git status` or the like; it is soon over.
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
        let following = Following { repository: self, old, new, is_unfinished: false };
        remove_file(&following.copy_lock())?;
        let index = self.git_dir().join("index");
        match std::fs::copy(&index, following.copy()) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            copied => drop(copied.map_err(Error::io("copy", &index))?),
        }
        Ok(following)
    }

    /// Whether a process began to let the work tree follow, and hasn't finished, alive or dead.
    pub(crate) fn has_unfinished_following(&self) -> bool {
        self.git_dir().join(NOTE).exists()
    }

    /// Finishes what a killed process left undone in the work tree, where it left anything.
    pub(crate) fn finish_following(&self) -> Result<()> {
        let note = self.git_dir().join(NOTE);
        let Ok(text) = std::fs::read_to_string(&note) else { return Ok(()) };
        let lock = self.git_dir().join(INDEX_LOCK);
        if std::fs::read(&lock).is_ok_and(|held| held == text.as_bytes()) {
            remove_file(&lock)?;
        }
        let (new, old) = text.trim_end_matches('\n').split_once(' ').unwrap_or_default();
        let commits = (CommitId::parse(new), Some(old).filter(|old| !old.is_empty()).map(CommitId::parse));
        let (Ok(new), old) = commits else { return remove_file(&note).map(drop) };
        let old = old.transpose()?;
        match self.head()? {
            // The branch moved, and index and files didn't, or not all of them.
            crate::Head::Branch(branch) if self.head_commit()? == Some(new) => {
                let following = self.begin_following(old, new)?;
                following.pass_over_done()?;
                following.advance(&branch)
            }
            // It was killed before, or somebody went on from there.
            _ => remove_file(&note).map(drop),
        }
    }
}

impl Following<'_> {
    fn copy(&self) -> PathBuf {
        self.repository.git_dir().join(COPY)
    }

    /// Git's lock on the copy, which only a `git` of ours takes.
    fn copy_lock(&self) -> PathBuf {
        self.copy().with_extension("lock")
    }

    /// Runs Git on the copy of the index.
    fn git(&self, arguments: &[&str], input: Vec<u8>) -> Result<GitOutput> {
        // No limit: a stopped command would leave the work tree half moved.
        let index = self.copy().display().to_string();
        self.repository.git_with(arguments, None, &[("GIT_INDEX_FILE", index)], input)
    }

    /// Whether index and files could follow; writes neither.
    pub(crate) fn check(&self) -> Result<()> {
        if self.read_tree(Run::Dry)?.succeeded() {
            return Ok(());
        }
        // Files that were touched but not changed count as changed until the index has looked at them again.
        let _ = self.git(&["update-index", "-q", "--refresh"], Vec::new())?;
        let refused = self.read_tree(Run::Dry)?;
        if refused.succeeded() {
            return Ok(());
        }
        Err(Error::WorktreeConflict {
            paths: self.repository.conflicting_paths(self.old, self.new)?,
            detail: refused.stderr.trim().to_owned(),
        })
    }

    /// Lets files and index follow the branch, which has moved.
    pub(crate) fn advance(mut self, branch: &BranchName) -> Result<()> {
        self.is_unfinished = true;
        let mut output = self.read_tree(Run::Wet)?;
        let index = self.repository.git_dir().join("index");
        if !output.succeeded() {
            // It may have been killed in the middle: once more, from where it came to.
            remove_file(&self.copy_lock())?;
            self.pass_over_done()?;
            output = self.read_tree(Run::Wet)?;
        }
        if output.succeeded() {
            std::fs::rename(self.copy(), &index).map_err(Error::io("write", &index))?;
            self.is_unfinished = false;
            return Ok(());
        }
        let (branch, old, new) = (branch.clone(), self.old, self.new);
        Err(Error::NotFollowed { branch, old, new, detail: output.stderr.trim().to_owned() })
    }

    /// Git's two-tree merge: what is equal in both trees stays as it is in index and files, the rest must be unchanged
    /// and follows (git: Documentation/git-read-tree, "Two Tree Merge").
    fn read_tree(&self, run: Run) -> Result<GitOutput> {
        let (old, new) = self.trees()?;
        let (old, new) = (old.to_hex(), new.to_hex());
        let mut arguments = vec!["read-tree", "-m", "-u", "--no-recurse-submodules"];
        if run == Run::Dry {
            arguments.push("-n");
        }
        arguments.extend([old.as_str(), new.as_str()]);
        self.git(&arguments, Vec::new())
    }

    fn trees(&self) -> Result<(TreeId, TreeId)> {
        let repository = self.repository;
        let old =
            self.old.map_or_else(|| Ok(repository.empty_tree()), |commit| repository.commit_tree(commit));
        Ok((old?, repository.commit_tree(self.new)?))
    }

    /// Takes the files that are at the new commit already into the copy of the index, so that the rest can follow.
    /// A file that Git was writing when it was killed is removed, to be written again.
    fn pass_over_done(&self) -> Result<()> {
        let (old, new) = self.trees()?;
        let staged = self.staged()?;
        let as_old =
            |change: &Change| staged.get(&change.path) == change.old.as_ref().map(line_start).as_ref();
        let changes = self.repository.tree_diff(Some(old), Some(new))?;
        let pending: Vec<&Change> = changes.iter().filter(|change| as_old(change)).collect();
        self.stage(pending.iter().map(|change| (&change.path, change.new.as_ref())))?;
        let _ = self.git(&["update-index", "-q", "--refresh"], Vec::new())?;
        let listed = self.git(&["diff-files", "--name-only", "-z"], Vec::new())?.check()?.stdout;
        let differing: BTreeSet<&[u8]> = listed.split(|byte| *byte == 0).collect();
        let mut undone = Vec::new();
        for change in pending {
            let place = self.repository.workdir().map(|root| root.join(change.path.to_path_buf()));
            let Some(place) = place else { continue };
            match &change.new {
                None if std::fs::symlink_metadata(&place).is_ok() => undone.push(change),
                Some(entry) if differing.contains(change.path.as_bytes()) => {
                    if self.is_half_written(&place, entry) {
                        remove_file(&place)?;
                    }
                    undone.push(change);
                }
                _ => {}
            }
        }
        self.stage(undone.into_iter().map(|change| (&change.path, change.old.as_ref())))?;
        // What was put back is as the files are, which the index finds out by looking.
        self.git(&["update-index", "-q", "--refresh"], Vec::new()).map(drop)
    }

    /// Whether a file is the beginning of what is to be written there.
    fn is_half_written(&self, place: &std::path::Path, entry: &Entry) -> bool {
        let is_file = std::fs::symlink_metadata(place).is_ok_and(|metadata| metadata.is_file());
        let Some(blob) = entry.blob_id().filter(|_| is_file) else { return false };
        match (std::fs::read(place), self.repository.read_blob(blob)) {
            (Ok(half), Ok(whole)) => half.len() < whole.len() && whole.starts_with(&half),
            _ => false,
        }
    }

    /// What the copy of the index holds: mode and id by path.
    fn staged(&self) -> Result<BTreeMap<RepoPath, String>> {
        let listed = self.git(&["ls-files", "--stage", "-z"], Vec::new())?.check()?.stdout;
        let mut staged = BTreeMap::new();
        for line in listed.split(|byte| *byte == 0) {
            let Some(tab) = line.iter().position(|byte| *byte == b'\t') else { continue };
            let head = String::from_utf8_lossy(&line[..tab]);
            if let (Some(mode_and_id), Ok(path)) = (head.strip_suffix(" 0"), RepoPath::new(&line[tab + 1..]))
            {
                staged.insert(path, mode_and_id.to_owned());
            }
        }
        Ok(staged)
    }

    /// Puts entries into the copy of the index, or takes them out.
    fn stage<'e>(&self, entries: impl Iterator<Item = (&'e RepoPath, Option<&'e Entry>)>) -> Result<()> {
        let zero = "0".repeat(self.repository.object_format().hex_len());
        let mut input = Vec::new();
        for (path, entry) in entries {
            input.extend(entry.map_or_else(|| format!("0 {zero}"), line_start).into_bytes());
            input.push(b'\t');
            input.extend_from_slice(path.as_bytes());
            input.push(0);
        }
        if input.is_empty() {
            return Ok(());
        }
        self.git(&["update-index", "-z", "--index-info"], input)?.check().map(drop)
    }
}

impl Drop for Following<'_> {
    fn drop(&mut self) {
        let git_dir = self.repository.git_dir();
        let _ = remove_file(&self.copy());
        let _ = remove_file(&self.copy_lock());
        let _ = remove_file(&git_dir.join(INDEX_LOCK));
        if !self.is_unfinished {
            let _ = remove_file(&git_dir.join(NOTE));
        }
    }
}

/// Mode and id of an entry as Git lists them.
fn line_start(entry: &Entry) -> String {
    let mode = match entry.kind() {
        EntryKind::File => "100644",
        EntryKind::Executable => "100755",
        EntryKind::Symlink => "120000",
        EntryKind::Tree => "040000",
        EntryKind::Submodule => "160000",
    };
    format!("{mode} {}", entry.to_hex())
}
