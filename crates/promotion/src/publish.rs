//! Making a new commit the tip of a branch: here by compare-and-swap, or on a remote by a push with a lease.

use std::collections::BTreeMap;

use gitstore::{BranchMove, BranchName, CommitId, Fetched, PushOutcome, PushUpdate, Signature};

use crate::error::Error;
use crate::workspace::Workspace;

/// How often a transaction starts again after losing a race.
const ATTEMPTS: usize = 12;

/// Where the branches are that count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// In this repository.
    Here,
    /// On this remote; local branches follow.
    Remote(String),
}

/// The tips that a transaction starts from.
pub(crate) struct Tips {
    remote: Option<Fetched>,
}

/// How publishing ended.
pub(crate) enum Published {
    /// The branch is at the new commit. The text says where a local branch could not follow, and why.
    Done { left_behind: Option<String> },
    /// Somebody else moved the branch, or is about to: then this is what Git says about the lock.
    LostRace { lock: Option<gitstore::Error> },
}

/// How often a transaction has lost.
#[derive(Default)]
pub(crate) struct Attempts(usize);

impl Attempts {
    /// Counts a lost race; the last one is an error. A lock that nobody releases is no branch that keeps moving.
    pub(crate) fn lost(&mut self, branch: &BranchName, lock: Option<gitstore::Error>) -> Result<(), Error> {
        self.0 += 1;
        if self.0 < ATTEMPTS {
            return Ok(());
        }
        Err(match lock {
            Some(lock) => lock.into(),
            None => Error::KeepsMoving { branch: branch.clone(), attempts: ATTEMPTS },
        })
    }
}

impl Workspace {
    /// The tips to start from: the remote's, freshly fetched, where that is the truth.
    pub(crate) fn tips(&self, truth: &Truth, branches: &[&str]) -> Result<Tips, Error> {
        let remote = match truth {
            Truth::Here => None,
            Truth::Remote(remote) => {
                self.check_remote(remote)?;
                Some(self.repository.fetch(remote, branches)?)
            }
        };
        Ok(Tips { remote })
    }

    /// Refuses a name that no remote has. What may be a URL or a path is left to Git.
    fn check_remote(&self, remote: &str) -> Result<(), Error> {
        let known = self.repository.remotes()?;
        let is_path = || self.repository.workdir().is_some_and(|root| root.join(remote).exists());
        if known.iter().any(|name| name == remote) || remote.contains(['/', ':', '\\']) || is_path() {
            return Ok(());
        }
        Err(Error::UnknownRemote { name: remote.to_owned(), known })
    }

    /// The tip of a branch where it counts. Here, a branch that only a remote is known to have is as good as
    /// there: a fresh clone has no stage's branch of its own, and must not begin it anew.
    pub(crate) fn tip_of(&self, tips: &Tips, branch: &BranchName) -> Result<Option<CommitId>, Error> {
        match &tips.remote {
            None => Ok(self.branch_anywhere(branch)?.0),
            Some(fetched) => Ok(fetched.tip(branch)),
        }
    }

    /// The branches whose names begin so, where they count, sorted. Here those that only a remote is known to have are
    /// among them.
    pub(crate) fn tips_below(&self, tips: &Tips, prefix: &str) -> Result<Vec<(BranchName, CommitId)>, Error> {
        if let Some(fetched) = &tips.remote {
            let below = fetched.tips.iter().filter(|(branch, _)| branch.as_str().starts_with(prefix));
            return Ok(below.map(|(branch, tip)| (branch.clone(), *tip)).collect());
        }
        let mut found: BTreeMap<BranchName, CommitId> =
            self.repository.branches_with_prefix(prefix)?.into_iter().collect();
        for remote in self.repository.remotes()? {
            for (branch, tip) in self.repository.remote_branches_with_prefix(&remote, prefix)? {
                found.entry(branch).or_insert(tip);
            }
        }
        Ok(found.into_iter().collect())
    }

    /// Refuses where the local branch has commits that the remote lacks: publishing would leave them aside.
    pub(crate) fn refuse_unpushed(
        &self,
        truth: &Truth,
        tips: &Tips,
        branch: &BranchName,
    ) -> Result<(), Error> {
        let Truth::Remote(remote) = truth else { return Ok(()) };
        let Some(local) = self.repository.branch_tip(branch)? else { return Ok(()) };
        let there = self.tip_of(tips, branch)?;
        let pushed = match there {
            None => false,
            // What lies beyond a shallow boundary came from the remote.
            Some(tip) => local == tip || self.repository.is_ancestor(local, tip)? != Some(false),
        };
        if pushed {
            return Ok(());
        }
        Err(Error::Unpushed { branch: branch.clone(), tip: local, there, remote: remote.clone() })
    }

    /// Moves a branch from `old` to `new`, all or nothing.
    pub(crate) fn publish(
        &self,
        truth: &Truth,
        branch: &BranchName,
        old: Option<CommitId>,
        new: CommitId,
        reflog: &str,
        committer: &Signature,
    ) -> Result<Published, Error> {
        let Truth::Remote(remote) = truth else {
            // Where the tip was a remote's, the branch is new here.
            let old = if self.repository.branch_tip(branch)?.is_some() { old } else { None };
            let branch_move = BranchMove { branch, old, new, reflog };
            return match self.repository.move_branch(&branch_move, committer) {
                Ok(_) => Ok(Published::Done { left_behind: None }),
                Err(lock @ gitstore::Error::RefLocked { .. }) => Ok(Published::LostRace { lock: Some(lock) }),
                Err(error) if error.is_lost_race() => Ok(Published::LostRace { lock: None }),
                Err(error) => Err(error.into()),
            };
        };
        self.repository.sync_objects()?;
        let update = PushUpdate { branch: branch.clone(), expected: old, new: Some(new) };
        match self.repository.push(remote, &[update])? {
            PushOutcome::Ok => {}
            PushOutcome::LostRace { .. } => return Ok(Published::LostRace { lock: None }),
            PushOutcome::Refused { reason } => return Err(Error::Refused { remote: remote.clone(), reason }),
            PushOutcome::Unclear { reason } => {
                // The remote knows best: was it taken, did another come first, or did nothing happen?
                let unclear = || Error::Unclear { remote: remote.clone(), reason: reason.clone() };
                let fetched = self.repository.fetch(remote, &[branch.as_str()]).map_err(|_| unclear())?;
                match fetched.tip(branch) {
                    Some(tip) if tip == new => {}
                    tip if tip == old => return Err(unclear()),
                    _ => return Ok(Published::LostRace { lock: None }),
                }
            }
        }
        Ok(Published::Done { left_behind: self.follow(branch, new, reflog, committer)? })
    }

    /// Moves the local branch after the remote has moved; where that can't be, the push stands all the same.
    pub(crate) fn follow(
        &self,
        branch: &BranchName,
        new: CommitId,
        reflog: &str,
        committer: &Signature,
    ) -> Result<Option<String>, Error> {
        let local = self.repository.branch_tip(branch)?;
        if local == Some(new) {
            return Ok(None);
        }
        if let Some(local) = local
            && self.repository.is_ancestor(local, new)? != Some(true)
        {
            return Ok(Some(format!(
                "the local {branch} was left where it is: it isn't behind the remote's"
            )));
        }
        match self.repository.move_branch(&BranchMove { branch, old: local, new, reflog }, committer) {
            Ok(_) => Ok(None),
            Err(error) => Ok(Some(format!("the local {branch} was left where it is: {error}"))),
        }
    }
}
