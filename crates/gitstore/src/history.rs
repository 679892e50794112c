//! Questions on history: ancestry, the first-parent line, and the newest commit that matters.

use std::collections::{BinaryHeap, HashMap};

use crate::commit::Commit;
use crate::error::Result;
use crate::id::{CommitId, TreeId};
use crate::path::RepoPath;
use crate::repository::Repository;

/// The newest first-parent commit that touches anything outside some paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewestOutside {
    /// This one.
    Found(CommitId),
    /// No newer one touches anything else, and this one's parent isn't here (a shallow clone), so
    /// that it can't be told what it touches.
    Boundary(CommitId),
    /// None in the whole history.
    None,
}

/// The commits of a branch's own line, newest first; ends at the root or at a shallow boundary.
#[derive(Debug)]
pub struct FirstParents<'r> {
    repository: &'r Repository,
    next: Option<CommitId>,
    /// The first commit must be there; further ones may lie beyond a shallow boundary.
    started: bool,
}

impl Iterator for FirstParents<'_> {
    type Item = Result<Commit>;

    fn next(&mut self) -> Option<Self::Item> {
        let id = self.next.take()?;
        let read = if std::mem::replace(&mut self.started, true) {
            self.repository.try_commit(id).transpose()?
        } else {
            self.repository.commit(id)
        };
        if let Ok(commit) = &read {
            self.next = commit.parents.first().copied();
        }
        Some(read)
    }
}

/// Which of two tips a commit is reachable from.
mod paint {
    pub(super) const FROM_ANCESTOR: u8 = 1;
    pub(super) const FROM_DESCENDANT: u8 = 2;
    pub(super) const BOTH: u8 = FROM_ANCESTOR | FROM_DESCENDANT;
}

impl Repository {
    /// The first-parent line from a commit, newest first.
    pub fn first_parent_commits(&self, from: CommitId) -> FirstParents<'_> {
        FirstParents { repository: self, next: Some(from), started: false }
    }

    /// Whether `ancestor` can be reached from `descendant`; a commit is its own ancestor.
    ///
    /// `None` where it can't be proved: a commit on the way is missing, as in a shallow clone.
    pub fn is_ancestor(&self, ancestor: CommitId, descendant: CommitId) -> Result<Option<bool>> {
        if ancestor == descendant {
            return Ok(Some(true));
        }
        // As Git does without a commit graph (git: commit-reach.c, paint_down_to_common): both
        // histories are walked newest first until all that is left is reachable from both.
        let mut paints: HashMap<CommitId, u8> = HashMap::new();
        let mut queue: BinaryHeap<(i64, CommitId)> = BinaryHeap::new();
        let mut commits: HashMap<CommitId, Vec<CommitId>> = HashMap::new();
        let mut incomplete = false;
        for (tip, paint) in [(ancestor, paint::FROM_ANCESTOR), (descendant, paint::FROM_DESCENDANT)] {
            let Some(commit) = self.try_commit(tip)? else { return Ok(None) };
            paints.insert(tip, paint);
            queue.push((commit.committer.time.seconds, tip));
            commits.insert(tip, commit.parents);
        }
        while let Some((_, id)) = queue.pop() {
            let paint = paints.get(&id).copied().unwrap_or_default();
            for parent in commits.get(&id).cloned().unwrap_or_default() {
                let before = paints.get(&parent).copied().unwrap_or_default();
                if before | paint == before {
                    continue;
                }
                if parent == ancestor && paint & paint::FROM_DESCENDANT != 0 {
                    return Ok(Some(true));
                }
                if parent == descendant && paint & paint::FROM_ANCESTOR != 0 {
                    return Ok(Some(false));
                }
                let Some(commit) = self.try_commit(parent)? else {
                    incomplete |= paint & paint::FROM_DESCENDANT != 0;
                    continue;
                };
                paints.insert(parent, before | paint);
                queue.push((commit.committer.time.seconds, parent));
                commits.insert(parent, commit.parents);
            }
            let all_common = queue.iter().all(|(_, id)| paints.get(id) == Some(&paint::BOTH));
            if all_common {
                break;
            }
        }
        Ok(if incomplete { None } else { Some(false) })
    }

    /// The newest first-parent commit from `from` that touches anything at or below none of
    /// `excluded`.
    pub fn newest_outside(&self, from: CommitId, excluded: &[RepoPath]) -> Result<NewestOutside> {
        let mut line = self.first_parent_commits(from).peekable();
        while let Some(commit) = line.next() {
            let commit = commit?;
            let parent: Option<TreeId> = match (commit.parents.first(), line.peek()) {
                (None, _) => None,
                (Some(_), Some(Ok(parent))) => Some(parent.tree),
                (Some(_), None) => return Ok(NewestOutside::Boundary(commit.id)),
                // The error comes out of the next round.
                (Some(_), Some(Err(_))) => continue,
            };
            if self.differs_outside(parent, Some(commit.tree), excluded)? {
                return Ok(NewestOutside::Found(commit.id));
            }
        }
        Ok(NewestOutside::None)
    }
}
