//! Questions on history: ancestry, the first-parent line, and the newest commit that matters.

use std::collections::{BTreeMap, BinaryHeap, HashMap};

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

/// How far two commits are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distance {
    /// How many commits the first has that the second lacks.
    pub ahead: usize,
    /// How many commits the second has that the first lacks.
    pub behind: usize,
}

/// Which of two tips a commit is reachable from.
mod paint {
    pub(super) const FIRST: u8 = 1;
    pub(super) const SECOND: u8 = 2;
    pub(super) const BOTH: u8 = FIRST | SECOND;
}

/// Two histories as far as they had to be walked.
struct Painted {
    paints: HashMap<CommitId, u8>,
    /// The commits with a parent that isn't here.
    boundary: Vec<CommitId>,
}

impl Painted {
    fn paint_of(&self, commit: CommitId) -> u8 {
        self.paints.get(&commit).copied().unwrap_or_default()
    }

    /// Whether the history of one tip alone goes on where it can't be seen. What lies behind a commit of both
    /// is of both as well.
    fn is_cut(&self, paint: u8) -> bool {
        self.boundary.iter().any(|commit| self.paint_of(*commit) == paint)
    }
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
        let Some(painted) = self.paint(ancestor, descendant)? else { return Ok(None) };
        Ok(if painted.paint_of(ancestor) == paint::BOTH {
            Some(true)
        } else if painted.paint_of(descendant) == paint::BOTH || !painted.is_cut(paint::SECOND) {
            Some(false)
        } else {
            None
        })
    }

    /// How many commits `one` has that `other` lacks, and the other way round.
    ///
    /// `None` where it can't be told: a commit on the way is missing, as in a shallow clone.
    pub fn distance(&self, one: CommitId, other: CommitId) -> Result<Option<Distance>> {
        if one == other {
            return Ok(Some(Distance { ahead: 0, behind: 0 }));
        }
        let Some(painted) = self.paint(one, other)? else { return Ok(None) };
        let count = |paint: u8| painted.paints.values().filter(|found| **found == paint).count();
        let distance = Distance { ahead: count(paint::FIRST), behind: count(paint::SECOND) };
        let is_whole = !painted.is_cut(paint::FIRST) && !painted.is_cut(paint::SECOND);
        Ok(is_whole.then_some(distance))
    }

    /// The newest commit that is in the history of both; where there are several that no other one has in its own, the
    /// one that was committed last.
    ///
    /// `None` where they have none in common, or none that is here.
    pub fn merge_base(&self, one: CommitId, other: CommitId) -> Result<Option<CommitId>> {
        if one == other {
            return Ok(Some(one));
        }
        let Some(painted) = self.paint(one, other)? else { return Ok(None) };
        let common = painted.paints.iter().filter(|(_, paint)| **paint == paint::BOTH).map(|(id, _)| *id);
        let mut newest: BTreeMap<CommitId, i64> = BTreeMap::new();
        let mut parents = Vec::new();
        for id in common {
            let commit = self.commit(id)?;
            newest.insert(id, commit.committer.time.seconds);
            parents.extend(commit.parents);
        }
        for parent in parents {
            newest.remove(&parent);
        }
        Ok(newest.into_iter().max_by_key(|(_, seconds)| *seconds).map(|(id, _)| id))
    }

    /// Walks the histories of two commits, newest first, until all that is left is reachable from both; as Git
    /// does without a commit graph (git: commit-reach.c, paint_down_to_common). `None` if one of them isn't here.
    fn paint(&self, first: CommitId, second: CommitId) -> Result<Option<Painted>> {
        let mut painted = Painted { paints: HashMap::new(), boundary: Vec::new() };
        let mut queue: BinaryHeap<(i64, CommitId)> = BinaryHeap::new();
        let mut commits: HashMap<CommitId, Vec<CommitId>> = HashMap::new();
        for (tip, paint) in [(first, paint::FIRST), (second, paint::SECOND)] {
            let Some(commit) = self.try_commit(tip)? else { return Ok(None) };
            painted.paints.insert(tip, paint);
            queue.push((commit.committer.time.seconds, tip));
            commits.insert(tip, commit.parents);
        }
        while let Some((_, id)) = queue.pop() {
            let paint = painted.paint_of(id);
            for parent in commits.get(&id).cloned().unwrap_or_default() {
                let before = painted.paint_of(parent);
                if before | paint == before {
                    continue;
                }
                let Some(commit) = self.try_commit(parent)? else {
                    painted.boundary.push(id);
                    continue;
                };
                painted.paints.insert(parent, before | paint);
                queue.push((commit.committer.time.seconds, parent));
                commits.insert(parent, commit.parents);
            }
            let all_common = queue.iter().all(|(_, id)| painted.paint_of(*id) == paint::BOTH);
            if all_common {
                break;
            }
        }
        // Where clocks disagree or stand still, a commit of both may have been met before its child was.
        let is_common = |(id, _): &(&CommitId, &u8)| painted.paint_of(**id) == paint::BOTH;
        let mut pending: Vec<CommitId> = painted.paints.iter().filter(is_common).map(|(id, _)| *id).collect();
        while let Some(id) = pending.pop() {
            for parent in commits.get(&id).into_iter().flatten() {
                if let Some(paint) = painted.paints.get_mut(parent)
                    && *paint != paint::BOTH
                {
                    *paint = paint::BOTH;
                    pending.push(*parent);
                }
            }
        }
        Ok(Some(painted))
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
