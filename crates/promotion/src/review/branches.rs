//! The branches of reviews: finding them where they count, and moving several branches at one moment.

use gitstore::{
    BranchMove, BranchName, Checkout, CommitId, Expected, PushOutcome, PushUpdate, RefUpdate, Signature,
};
use policy::Stage;

use super::name::{ReviewKind, prefix};
use crate::error::Error;
use crate::publish::{FoundBranch, Published, Tips, Truth, lost_there};
use crate::workspace::Workspace;

/// The branch of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReviewBranch {
    pub(crate) kind: ReviewKind,
    pub(crate) name: BranchName,
    pub(crate) commit: CommitId,
    /// The remote that alone is known to have it, where this repository is what counts.
    pub(crate) remote: Option<String>,
}

/// A pattern for the branches of a stage's reviews, as a fetch takes it.
pub(crate) fn pattern(stage: &Stage) -> String {
    format!("{}*", prefix(stage.name.as_str()))
}

/// The branches of a stage's reviews, sorted by name. What no promotion names so is none.
pub(crate) fn of_stage(
    workspace: &Workspace,
    tips: &Tips,
    stage: &Stage,
) -> Result<Vec<ReviewBranch>, Error> {
    let found = workspace.tips_below(tips, &prefix(stage.name.as_str()))?;
    let review = |(name, commit, remote): FoundBranch| {
        let kind = ReviewKind::of_branch(stage.name.as_str(), &name)?;
        Some(ReviewBranch { kind, name, commit, remote })
    };
    Ok(found.into_iter().filter_map(review).collect())
}

/// One branch to move, make or delete.
#[derive(Clone, Debug)]
pub(crate) struct Move {
    pub(crate) branch: BranchName,
    /// Where it is, where it counts.
    pub(crate) old: Option<CommitId>,
    pub(crate) new: Option<CommitId>,
}

impl Workspace {
    /// Moves several branches, all or none, where they count. On a remote local branches follow, as far as there are
    /// any: that of a stage is made, that of a review isn't.
    pub(crate) fn publish_together(
        &self,
        truth: &Truth,
        moves: &[Move],
        reflog: &str,
        committer: &Signature,
    ) -> Result<Published, Error> {
        match truth {
            Truth::Here => self.move_together(moves, reflog, committer),
            Truth::Remote(remote) => self.push_together(remote, moves, reflog, committer),
        }
    }

    fn move_together(&self, moves: &[Move], reflog: &str, committer: &Signature) -> Result<Published, Error> {
        let mut updates = Vec::new();
        let mut checked_out = Vec::new();
        for Move { branch, old, new } in moves {
            let local = self.repository.branch_tip(branch)?;
            if local.is_none() && new.is_none() {
                // Only a remote is known to have it, and that isn't asked now.
                continue;
            }
            // Where the tip was a remote's, the branch is new here.
            let old = if local.is_some() { *old } else { None };
            match (self.repository.checkout_of(branch)?, new) {
                (Checkout::Nowhere, _) => updates.push(RefUpdate {
                    name: branch.to_ref(),
                    expected: Expected::from_tip(old),
                    new: *new,
                    reflog: reflog.to_owned(),
                }),
                (_, Some(new)) => checked_out.push((branch, old, *new)),
                (_, None) => {}
            }
        }
        let lost = |error: gitstore::Error| match error {
            lock @ gitstore::Error::RefLocked { .. } => Ok(Published::LostRace { lock: Some(lock.into()) }),
            error if error.is_lost_race() => Ok(Published::LostRace { lock: None }),
            error => Err(error.into()),
        };
        // Files follow a branch that is checked out, which is one branch at a time.
        for (branch, old, new) in checked_out {
            if let Err(error) =
                self.repository.move_branch(&BranchMove { branch, old, new, reflog }, committer)
            {
                return lost(error);
            }
        }
        match self.repository.update_refs(&updates, committer) {
            Ok(()) => Ok(Published::Done { left_behind: None }),
            Err(error) => lost(error),
        }
    }

    fn push_together(
        &self,
        remote: &str,
        moves: &[Move],
        reflog: &str,
        committer: &Signature,
    ) -> Result<Published, Error> {
        self.repository.sync_objects()?;
        let updates: Vec<PushUpdate> = moves
            .iter()
            .map(|one| PushUpdate { branch: one.branch.clone(), expected: one.old, new: one.new })
            .collect();
        match self.repository.push(remote, &updates)? {
            PushOutcome::Ok => {}
            PushOutcome::LostRace { reason } => {
                let first = moves.first().map(|one| lost_there(&one.branch, remote, reason));
                return Ok(first.unwrap_or(Published::LostRace { lock: None }));
            }
            PushOutcome::Refused { reason } => {
                return Err(Error::Refused { remote: remote.to_owned(), reason });
            }
            PushOutcome::Unclear { reason } => {
                let names: Vec<&str> = moves.iter().map(|one| one.branch.as_str()).collect();
                let unclear = || Error::Unclear { remote: remote.to_owned(), reason: reason.clone() };
                let fetched = self.repository.fetch(remote, &names).map_err(|_| unclear())?;
                if moves.iter().all(|one| fetched.tip(&one.branch) == one.old) {
                    return Err(unclear());
                }
                if moves.iter().any(|one| fetched.tip(&one.branch) != one.new) {
                    return Ok(Published::LostRace { lock: None });
                }
            }
        }
        let mut left_behind = None;
        for Move { branch, new, .. } in moves {
            let said = match new {
                Some(new) if !branch.as_str().starts_with("review/") => {
                    self.follow(branch, *new, reflog, committer)?
                }
                new => self.renew_local(branch, *new, reflog, committer)?,
            };
            left_behind = left_behind.or(said);
        }
        Ok(Published::Done { left_behind })
    }

    /// Lets the local branch of a review be what the remote's is, whatever it was: a review is made anew, never
    /// continued.
    fn renew_local(
        &self,
        branch: &BranchName,
        new: Option<CommitId>,
        reflog: &str,
        committer: &Signature,
    ) -> Result<Option<String>, Error> {
        let local = self.repository.branch_tip(branch)?;
        if local.is_none() || local == new {
            return Ok(None);
        }
        let one = Move { branch: branch.clone(), old: local, new };
        Ok(match self.move_together(&[one], reflog, committer) {
            Ok(Published::Done { .. }) => None,
            Ok(Published::LostRace { .. }) => Some(format!("the local {branch} was left where it is")),
            Err(error) => Some(format!("the local {branch} was left where it is: {error}")),
        })
    }
}
