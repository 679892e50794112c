//! The work tree: which branch is checked out where, and index and files following a branch that
//! moves.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::id::CommitId;
use crate::identity::Signature;
use crate::name::BranchName;
use crate::path::RepoPath;
use crate::refs::{Expected, LOCK_PATIENCE, RefUpdate, one_line};
use crate::repository::{Head, Repository};

/// How often a lock is tried, with pauses between.
pub(crate) const TRIES: u32 = 50;
pub(crate) const PAUSE: Duration = Duration::from_millis(100);

/// Where a branch is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checkout {
    /// In no work tree.
    Nowhere,
    /// In this repository's own work tree.
    Here,
    /// In another work tree of the same repository.
    Elsewhere(PathBuf),
}

/// A branch to move, by compare-and-swap.
#[derive(Clone, Debug)]
pub struct BranchMove<'a> {
    /// The branch.
    pub branch: &'a BranchName,
    /// Where it must be; `None` if it must not exist.
    pub old: Option<CommitId>,
    /// Where it shall be.
    pub new: CommitId,
    /// The line for the reflog.
    pub reflog: &'a str,
}

impl Repository {
    /// Where a branch is checked out. A branch that is being rebased or bisected is an error:
    /// nobody else may move it.
    pub fn checkout_of(&self, branch: &BranchName) -> Result<Checkout> {
        let reference = branch.to_ref();
        let mut found = Checkout::Nowhere;
        for (git_dir, path) in self.work_trees()? {
            if let Some(operation) = operation_on(&git_dir, branch) {
                return Err(Error::BranchBusy { branch: branch.clone(), path, operation });
            }
            let head = read_line(&git_dir.join("HEAD")).unwrap_or_default();
            if head.strip_prefix("ref:").map(str::trim) == Some(reference.as_str()) {
                if git_dir == self.git_dir() {
                    return Ok(Checkout::Here);
                }
                found = Checkout::Elsewhere(path);
            }
        }
        Ok(found)
    }

    /// The Git directory and path of each work tree, this one's first.
    fn work_trees(&self) -> Result<Vec<(PathBuf, PathBuf)>> {
        let mut found: Vec<(PathBuf, PathBuf)> = Vec::new();
        if let Some(workdir) = self.workdir() {
            found.push((self.git_dir().to_owned(), workdir.to_owned()));
        }
        let is_linked = self.git_dir() != self.common_dir();
        let main_is_bare = self.gix.config_snapshot().boolean("core.bare").unwrap_or(false);
        if is_linked && !main_is_bare {
            let path = self.common_dir().parent().unwrap_or(self.common_dir());
            found.push((self.common_dir().to_owned(), path.to_owned()));
        }
        let linked = self.common_dir().join("worktrees");
        let listed = match std::fs::read_dir(&linked) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
            listed => listed.map_err(Error::io("list", &linked))?,
        };
        for item in listed {
            let git_dir = item.map_err(Error::io("list", &linked))?.path();
            if git_dir == self.git_dir() {
                continue;
            }
            let Some(dot_git) = read_line(&git_dir.join("gitdir")) else { continue };
            let dot_git = git_dir.join(dot_git);
            // A work tree that somebody deleted by hand follows nothing; a locked one may be on a
            // disk that isn't mounted.
            if dot_git.exists() || git_dir.join("locked").exists() {
                let path = dot_git.parent().unwrap_or(&dot_git).to_owned();
                found.push((git_dir, path));
            }
        }
        Ok(found)
    }

    /// Moves a branch by compare-and-swap; if it is checked out here, index and files follow.
    ///
    /// Following touches nothing that is staged, modified or untracked; where it would have to,
    /// that is [`Error::WorktreeConflict`] before anything is written. A branch checked out in
    /// another work tree is refused. The answer says where the branch is checked out.
    pub fn move_branch(&self, branch_move: &BranchMove<'_>, committer: &Signature) -> Result<Checkout> {
        let BranchMove { branch, old, new, reflog } = branch_move;
        let update = RefUpdate {
            name: branch.to_ref(),
            expected: Expected::from_tip(*old),
            new: Some(*new),
            reflog: (*reflog).to_owned(),
        };
        let checkout = self.checkout_of(branch)?;
        match &checkout {
            Checkout::Elsewhere(path) => {
                return Err(Error::CheckedOutElsewhere { branch: (*branch).clone(), path: path.clone() });
            }
            Checkout::Nowhere => self.update_refs(&[update], committer)?,
            Checkout::Here => {
                // Ref, index and files don't move at one moment. Of two that move them, the second must find all
                // three moved, or it would take what the first is about to write for the user's changes.
                let _turn = self.take_turn()?;
                self.finish_following()?;
                self.check_expected(&update)?;
                let following = self.begin_following(*old, *new)?;
                following.check()?;
                self.update_head(&update, branch, committer)?;
                following.advance(branch)?;
            }
        }
        Ok(checkout)
    }

    /// Finishes what a killed process of ours left undone: the work tree follows the branch that it moved, and the
    /// locks of refs that it held are taken away. Costs next to nothing where there is nothing to do.
    pub fn finish_interrupted(&self) -> Result<()> {
        self.release_dead();
        if self.is_bare() || !self.has_unfinished_following() {
            return Ok(());
        }
        let _turn = self.take_turn()?;
        self.finish_following()
    }

    /// Waits until no other process of ours moves this work tree, by a lock on the Git directory. The lock is the
    /// operating system's: it leaves no file, and ends with the process, however that ends. Where directories
    /// can't be locked there is none: what remains is the expectation on the ref.
    fn take_turn(&self) -> Result<Option<File>> {
        let Ok(directory) = File::open(self.git_dir()) else { return Ok(None) };
        for _ in 0..TRIES {
            match directory.try_lock() {
                Ok(()) => return Ok(Some(directory)),
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                Err(TryLockError::Error(_)) => return Ok(None),
            }
        }
        Err(Error::WorktreeBusy { path: self.workdir().unwrap_or(self.git_dir()).to_owned() })
    }

    /// Moves the branch that `HEAD` points at, and writes the reflog of `HEAD` as Git does.
    ///
    /// `HEAD` is locked meanwhile: nobody checks out another branch between the look and the move.
    fn update_head(&self, update: &RefUpdate, branch: &BranchName, committer: &Signature) -> Result<()> {
        let _claim = self.claim([(&update.name, update.new)]);
        self.sync_objects()?;
        let path = self.git_dir().join("HEAD");
        let wait = gix::lock::acquire::Fail::AfterDurationWithBackoff(LOCK_PATIENCE);
        let lock = gix::lock::Marker::acquire_to_hold_resource(&path, wait, None, 0)
            .map_err(|_| Error::RefLocked { name: update.name.clone(), lock: path.with_extension("lock") })?;
        if self.head()? != Head::Branch(branch.clone()) {
            return Err(Error::HeadMoved { branch: branch.clone() });
        }
        self.move_refs(std::slice::from_ref(update), committer)?;
        self.append_head_reflog(update, committer)?;
        drop(lock);
        self.sync_refs(std::slice::from_ref(update));
        Ok(())
    }

    /// Appends to the reflog of `HEAD` where there is one; Git makes it with the first commit or
    /// checkout.
    fn append_head_reflog(&self, update: &RefUpdate, committer: &Signature) -> Result<()> {
        let path = self.git_dir().join("logs/HEAD");
        let mut log = match OpenOptions::new().append(true).open(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            opened => opened.map_err(Error::io("open", &path))?,
        };
        let hex = |commit: Option<CommitId>| {
            commit.map_or_else(|| "0".repeat(self.object_format().hex_len()), CommitId::to_hex)
        };
        let mut line = format!("{} {} ", hex(update.expected.tip()), hex(update.new)).into_bytes();
        committer
            .to_gix()?
            .to_ref(&mut Default::default())
            .write_to(&mut line)
            .map_err(Error::io("encode", &path))?;
        line.extend_from_slice(format!("\t{}\n", one_line(&update.reflog)).as_bytes());
        log.write_all(&line).map_err(Error::io("write", &path))
    }

    /// The paths that following would have to touch and that are staged, modified or untracked.
    pub(crate) fn conflicting_paths(&self, old: Option<CommitId>, new: CommitId) -> Result<Vec<RepoPath>> {
        let old = old.map(|commit| self.commit_tree(commit)).transpose()?;
        let changes = self.tree_diff(old, Some(self.commit_tree(new)?))?;
        let status = self
            .git(
                &[
                    "status",
                    "--porcelain=v1",
                    "-z",
                    "--no-renames",
                    "--untracked-files=all",
                    "--ignored=matching",
                ],
                None,
            )?
            .check()?;
        let mut conflicting = BTreeSet::new();
        for line in status.stdout.split(|byte| *byte == 0) {
            let Some(path) = line.get(3..).map(|path| path.strip_suffix(b"/").unwrap_or(path)) else {
                continue;
            };
            let Ok(path) = RepoPath::new(path) else { continue };
            let in_the_way =
                changes.iter().any(|change| change.path.starts_with(&path) || path.starts_with(&change.path));
            if in_the_way {
                conflicting.insert(path);
            }
        }
        Ok(conflicting.into_iter().collect())
    }
}

/// What is going on with a branch in a work tree whose `HEAD` is detached for as long as it lasts
/// (git: worktree.c).
fn operation_on(git_dir: &Path, branch: &BranchName) -> Option<&'static str> {
    let full = branch.to_ref();
    let names = |file: &str| {
        read_line(&git_dir.join(file)).is_some_and(|line| line == full.as_str() || line == branch.as_str())
    };
    if names("rebase-merge/head-name") || names("rebase-apply/head-name") {
        Some("rebase")
    } else if names("BISECT_START") {
        Some("bisect")
    } else {
        None
    }
}

/// The first line of a small file; `None` if it can't be read.
fn read_line(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().next().map(|line| line.trim_end().to_owned())
}
