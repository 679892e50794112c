//! Making a new commit the tip of a branch: here by compare-and-swap, or on a remote by a push with a lease.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use gitstore::{BranchMove, BranchName, CommitId, Fetched, PushOutcome, PushUpdate, Signature};

use crate::error::Error;
use crate::freeze::Mode;
use crate::workspace::Workspace;

/// How often a transaction is tried where it loses race after race.
const ATTEMPTS: u32 = 60;

/// The longest pause after the first lost race; it doubles with each, up to the longest of all. That isn't much: who has
/// lost often must not wait while others come and win.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(320);

/// Where the branches are that count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// In this repository.
    Here,
    /// On this remote; local branches follow.
    Remote(String),
}

impl Truth {
    /// The flag that says so on the command line, with a blank before it; nothing for this repository.
    pub fn flag(&self) -> String {
        match self {
            Self::Here => String::new(),
            Self::Remote(remote) if remote == "origin" => " --push".to_owned(),
            Self::Remote(remote) => format!(" --push={remote}"),
        }
    }
}

/// The tips that a transaction starts from.
pub(crate) struct Tips {
    remote: Option<Fetched>,
}

/// A branch with its tip, and the remote's name where that alone is known to have it.
pub(crate) type FoundBranch = (BranchName, CommitId, Option<String>);

/// How publishing ended.
pub(crate) enum Published {
    /// The branch is at the new commit. The text says where a local branch could not follow, and why.
    Done { left_behind: Option<String> },
    /// Somebody else moved the branch, or is about to. Where it is locked, this is what is said of the lock.
    LostRace { lock: Option<Error> },
}

/// A race that was lost on a remote, by what it said.
pub(crate) fn lost_there(branch: &BranchName, remote: &str, reason: String) -> Published {
    // Git's words for a lock file in its way.
    let is_locked = reason.contains(".lock");
    let (branch, remote) = (branch.clone(), remote.to_owned());
    Published::LostRace { lock: is_locked.then_some(Error::LockedThere { branch, remote, reason }) }
}

/// How often a transaction has lost.
#[derive(Default)]
pub(crate) struct Attempts(u32);

impl Attempts {
    /// Counts a lost race, and waits a while before the next attempt; the last one is an error. A lock that nobody
    /// releases is no branch that keeps moving.
    pub(crate) fn lost(&mut self, branch: &BranchName, lock: Option<Error>) -> Result<(), Error> {
        self.0 += 1;
        if self.0 < ATTEMPTS {
            std::thread::sleep(pause(std::process::id(), self.0));
            return Ok(());
        }
        Err(lock.unwrap_or_else(|| Error::KeepsMoving { branch: branch.clone(), attempts: ATTEMPTS }))
    }
}

/// How long a process waits after so many lost races: anything up to a bound that grows, and something else than other
/// processes, so that those who met once don't meet each time.
fn pause(process: u32, lost: u32) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(1 << lost.saturating_sub(1).min(16)).min(LONGEST_PAUSE);
    // SplitMix64: neighbouring numbers give unrelated ones.
    let mut mixed = (u64::from(process) << 32 | u64::from(lost)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    longest.mul_f64((mixed >> 11) as f64 / (1_u64 << 53) as f64)
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
    /// among them, with its name.
    pub(crate) fn tips_below(&self, tips: &Tips, prefix: &str) -> Result<Vec<FoundBranch>, Error> {
        if let Some(fetched) = &tips.remote {
            let below = fetched.tips.iter().filter(|(branch, _)| branch.as_str().starts_with(prefix));
            return Ok(below.map(|(branch, tip)| (branch.clone(), *tip, None)).collect());
        }
        let local = self.repository.branches_with_prefix(prefix)?.into_iter();
        let mut found: BTreeMap<BranchName, (CommitId, Option<String>)> =
            local.map(|(branch, tip)| (branch, (tip, None))).collect();
        for remote in self.repository.remotes()? {
            for (branch, tip) in self.repository.remote_branches_with_prefix(&remote, prefix)? {
                found.entry(branch).or_insert_with(|| (tip, Some(remote.clone())));
            }
        }
        Ok(found.into_iter().map(|(branch, (tip, remote))| (branch, tip, remote)).collect())
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
                Ok(_) => {
                    self.sweep();
                    Ok(Published::Done { left_behind: None })
                }
                Err(lock @ gitstore::Error::RefLocked { .. }) => {
                    Ok(Published::LostRace { lock: Some(lock.into()) })
                }
                Err(error) if error.is_lost_race() => Ok(Published::LostRace { lock: None }),
                Err(error) => Err(error.into()),
            };
        };
        self.repository.sync_objects()?;
        let update = PushUpdate { branch: branch.clone(), expected: old, new: Some(new) };
        match self.repository.push(remote, &[update])? {
            PushOutcome::Ok => {}
            PushOutcome::LostRace { reason } => return Ok(lost_there(branch, remote, reason)),
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
        self.sweep();
        Ok(Published::Done { left_behind: self.follow(branch, new, reflog, committer)? })
    }

    /// Finishes what killed processes left undone here, before anything new begins.
    pub(crate) fn finish_interrupted(&self, mode: Mode) -> Result<(), Error> {
        match mode {
            Mode::Write => Ok(self.repository.finish_interrupted()?),
            Mode::DryRun => Ok(()),
        }
    }

    /// Removes the temporary files of writers that were killed long ago. What can't be removed does no harm.
    fn sweep(&self) {
        let since_1970 = Duration::from_secs(u64::try_from(self.now.seconds).unwrap_or_default());
        let _ = self.repository.sweep_stale_temporaries(SystemTime::UNIX_EPOCH + since_1970);
    }

    /// Where the remote has everything already, the local branch follows all the same: whoever pushed it from here may
    /// have been killed before that.
    pub(crate) fn catch_up(
        &self,
        truth: &Truth,
        tips: &Tips,
        branch: &BranchName,
        mode: Mode,
    ) -> Result<Option<String>, Error> {
        let (Truth::Remote(remote), Mode::Write) = (truth, mode) else { return Ok(None) };
        let Some(tip) = self.tip_of(tips, branch)? else { return Ok(None) };
        if self.repository.branch_tip(branch)? == Some(tip) {
            return Ok(None);
        }
        let committer = self.repository.committer(self.now)?;
        self.follow(branch, tip, &format!("follow {remote}"), &committer)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::{ATTEMPTS, FIRST_PAUSE, LONGEST_PAUSE, pause};

    #[test]
    fn pauses_grow_up_to_a_bound_and_differ_between_processes() {
        let mean = |lost: u32| (1..=1000).map(|process| pause(process, lost)).sum::<Duration>() / 1000;
        for (lost, longest) in
            [(1, FIRST_PAUSE), (2, FIRST_PAUSE * 2), (7, LONGEST_PAUSE), (19, LONGEST_PAUSE)]
        {
            let mean = mean(lost);
            assert!(mean > longest.mul_f64(0.45) && mean < longest.mul_f64(0.55), "{lost}: {mean:?}");
        }
        let pauses: BTreeSet<Duration> = (4000..4016).map(|process| pause(process, 5)).collect();
        assert_eq!(pauses.len(), 16);
        // All of one process together: long enough for others to end, short enough to wait for.
        let whole: Duration = (1..ATTEMPTS).map(|lost| pause(4711, lost)).sum();
        assert!(whole > Duration::from_secs(2) && whole < Duration::from_secs(20), "{whole:?}");
    }
}
