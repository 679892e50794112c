//! Remotes, by the `git` program: their tips, fetching them, and pushing with a lease on what was
//! fetched.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::claim::Claim;
use crate::error::{Error, Result};
use crate::git::GitOutput;
use crate::id::CommitId;
use crate::mask::mask_credentials;
use crate::name::{BranchName, RefName};
use crate::repository::Repository;

/// How often a fetch starts again because the remote moved in the middle of it, or another process fetched the same.
const FETCH_ATTEMPTS: u32 = 10;

/// How much longer each pause between these is than the one before.
const FETCH_PAUSE: Duration = Duration::from_millis(20);

/// A remote's branches at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The branch that the remote's `HEAD` names.
    pub default_branch: Option<BranchName>,
    /// The tips of the branches that were asked for; a branch that the remote doesn't have isn't
    /// listed.
    pub tips: BTreeMap<BranchName, CommitId>,
}

impl Fetched {
    /// The tip of a branch; `None` if the remote doesn't have it.
    pub fn tip(&self, branch: &BranchName) -> Option<CommitId> {
        self.tips.get(branch).copied()
    }
}

/// One branch to move on a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushUpdate {
    /// The branch on the remote.
    pub branch: BranchName,
    /// Where it must be, as fetched; `None` if it must not exist there.
    pub expected: Option<CommitId>,
    /// Where it shall be; `None` deletes it.
    pub new: Option<CommitId>,
}

/// How a push ended. Its updates happen all or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// The remote has taken all of it.
    Ok,
    /// Nothing happened: a branch isn't where it was expected. Fetch, and start again from there.
    LostRace {
        /// What the remote said.
        reason: String,
    },
    /// Nothing happened, and trying again would change nothing: a hook, a protected branch, no
    /// permission.
    Refused {
        /// What the remote said.
        reason: String,
    },
    /// It isn't known whether anything happened: the connection broke. Fetch to find out.
    Unclear {
        /// What went wrong.
        reason: String,
    },
}

impl Repository {
    /// The names of the configured remotes, sorted.
    pub fn remotes(&self) -> Result<Vec<String>> {
        let config = self.user_config()?;
        let mut names: Vec<String> = config
            .sections_by_name("remote")
            .into_iter()
            .flatten()
            .filter_map(|section| section.header().subsection_name().map(ToString::to_string))
            .collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// The URL that a remote is pushed to; `None` where the configuration has none. It may hold credentials.
    pub fn remote_url(&self, remote: &str) -> Result<Option<String>> {
        let config = self.user_config()?;
        let url = |key: &str| config.string_by("remote", Some(remote.into()), key).map(|url| url.to_string());
        Ok(url("pushurl").or_else(|| url("url")))
    }

    /// The remote's default branch, asked from the remote itself; `None` if its `HEAD` names none.
    pub fn default_branch(&self, remote: &str) -> Result<Option<BranchName>> {
        Ok(self.remote_tips(remote, &[])?.default_branch)
    }

    /// A remote's tips, without fetching them. Patterns are branch names; a trailing `*` stands for
    /// any ending, as in `stage/*`.
    pub fn remote_tips(&self, remote: &str, patterns: &[&str]) -> Result<Fetched> {
        let mut arguments =
            vec!["ls-remote".to_owned(), "--symref".into(), "--".into(), remote.into(), "HEAD".into()];
        arguments.extend(patterns.iter().map(|pattern| format!("refs/heads/{pattern}")));
        let output = self.git(&arguments, Some(self.time_limit))?.check()?;
        let mut found = Fetched::default();
        for line in output.stdout_text().lines() {
            let Some((value, name)) = line.split_once('\t') else { continue };
            if let Some(target) = value.strip_prefix("ref: ") {
                if name == "HEAD" {
                    found.default_branch = RefName::new(target).ok().and_then(|name| name.branch());
                }
                continue;
            }
            // Git matches patterns at the end of any ref's name.
            let branch = RefName::new(name).ok().and_then(|name| name.branch());
            if let (Some(branch), Ok(tip)) = (branch, CommitId::parse(value))
                && patterns.iter().any(|pattern| matches(pattern, branch.as_str()))
            {
                found.tips.insert(branch, tip);
            }
        }
        Ok(found)
    }

    /// Fetches branches of a remote, named or given as a URL or path, and returns their tips at one
    /// moment, all of which are here then.
    ///
    /// Patterns are as for [`Repository::remote_tips`]. Only what is missing is transferred;
    /// remote-tracking refs of a named remote follow. A shallow clone stays as shallow as it is; a
    /// branch that it has never seen comes with its tip alone.
    pub fn fetch(&self, remote: &str, patterns: &[&str]) -> Result<Fetched> {
        let is_named = self.remotes()?.iter().any(|name| name == remote);
        for attempt in 1..=FETCH_ATTEMPTS {
            let listed = self.remote_tips(remote, patterns)?;
            let (mut seen, mut unseen) = (Vec::new(), Vec::new());
            for (branch, tip) in &listed.tips {
                let tracked = if is_named { self.remote_branch_tip(remote, branch)? } else { None };
                let is_here = self.has_commit(*tip);
                if is_here && (!is_named || tracked == Some(*tip)) {
                    continue;
                }
                let is_new = tracked.is_none() && !is_here && self.branch_tip(branch)?.is_none();
                if is_new { unseen.push(branch) } else { seen.push(branch) }
            }
            let refspec = |branch: &BranchName| {
                let source = branch.to_ref();
                if is_named {
                    format!("+{source}:refs/remotes/{remote}/{branch}")
                } else {
                    source.to_string()
                }
            };
            let wanted = unseen.iter().chain(&seen).map(|branch| (*branch, listed.tip(branch)));
            let moves = self.tracking_moves(remote, wanted);
            let claim = if moves.is_empty() {
                None
            } else {
                self.claim(moves.iter().map(|(name, new)| (name, *new)))
            };
            let fetched = if self.is_shallow()? {
                self.run_fetch(remote, unseen.iter().map(|branch| refspec(branch)), &["--depth=1"])
            } else {
                seen.append(&mut unseen);
                Ok(())
            };
            let fetched =
                fetched.and_then(|()| self.run_fetch(remote, seen.iter().map(|branch| refspec(branch)), &[]));
            claim.iter().for_each(Claim::release_left_behind);
            // A branch that the remote had under a name which is a directory there by now, or the other way round.
            if matches!(&fetched, Err(Error::GitFailed { detail, .. }) if detail.contains("cannot lock ref"))
            {
                for (name, new) in &moves {
                    if new.is_some() && self.ref_tip(name)?.is_none() {
                        self.check_name_free(name)?;
                    }
                }
            }
            match fetched {
                // Two that share a clone move its tracking refs at the same moment: one of them is too late.
                Err(Error::GitFailed { detail, .. })
                    if attempt < FETCH_ATTEMPTS && detail.contains("cannot lock ref") =>
                {
                    std::thread::sleep(FETCH_PAUSE * attempt);
                    continue;
                }
                fetched => fetched?,
            }
            if listed.tips.values().all(|tip| self.has_commit(*tip)) {
                return Ok(listed);
            }
        }
        Err(Error::RemoteUnsettled { remote: mask_credentials(remote) })
    }

    /// The tracking refs that follow when branches of a remote move.
    fn tracking_moves<'b>(
        &self,
        remote: &str,
        moves: impl Iterator<Item = (&'b BranchName, Option<CommitId>)>,
    ) -> Vec<(RefName, Option<CommitId>)> {
        moves.filter_map(|(branch, new)| Some((branch.to_tracking_ref(remote).ok()?, new))).collect()
    }

    fn run_fetch(
        &self,
        remote: &str,
        refspecs: impl Iterator<Item = String>,
        options: &[&str],
    ) -> Result<()> {
        let refspecs: Vec<String> = refspecs.collect();
        if refspecs.is_empty() {
            return Ok(());
        }
        let mut arguments: Vec<String> = [
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--recurse-submodules=no",
            "--refmap=",
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.extend(options.iter().map(|option| (*option).to_owned()));
        arguments.extend(["--".to_owned(), remote.to_owned()]);
        arguments.extend(refspecs);
        let output = self.git(&arguments, Some(self.time_limit))?;
        // A branch that vanished since it was listed shows when the tips are looked for.
        if output.succeeded() || output.stderr.contains("couldn't find remote ref") {
            return Ok(());
        }
        output.check().map(drop)
    }

    fn has_commit(&self, commit: CommitId) -> bool {
        self.gix.has_object(commit.raw())
    }

    /// Pushes branches, all or none, each with a lease on where it was fetched.
    ///
    /// The result is judged by the exit status; where that is failure, the remote is asked again,
    /// since the texts of losers differ. An error means that nothing was changed there.
    pub fn push(&self, remote: &str, updates: &[PushUpdate]) -> Result<PushOutcome> {
        if updates.is_empty() {
            return Ok(PushOutcome::Ok);
        }
        let mut arguments: Vec<String> =
            ["push", "--porcelain", "--atomic", "--recurse-submodules=no", "--no-follow-tags"]
                .map(str::to_owned)
                .to_vec();
        let hex = |commit: Option<CommitId>| commit.map(CommitId::to_hex).unwrap_or_default();
        for update in updates {
            arguments.push(format!("--force-with-lease={}:{}", update.branch.to_ref(), hex(update.expected)));
        }
        arguments.extend(["--".to_owned(), remote.to_owned()]);
        for update in updates {
            arguments.push(format!("{}:{}", hex(update.new), update.branch.to_ref()));
        }
        let moves = self.tracking_moves(remote, updates.iter().map(|update| (&update.branch, update.new)));
        let claim = self.claim(moves.iter().map(|(name, new)| (name, *new)));
        let pushed = self.git(&arguments, Some(self.time_limit));
        claim.iter().for_each(Claim::release_left_behind);
        let outcome = match pushed {
            Ok(output) if output.succeeded() => PushOutcome::Ok,
            Ok(output) => self.settle(remote, updates, Some(&output), refusal(&output))?,
            Err(error @ Error::TimedOut { .. }) => self.settle(remote, updates, None, error.to_string())?,
            Err(error) => return Err(error),
        };
        if matches!(outcome, PushOutcome::Ok) {
            self.track(remote, updates);
        }
        Ok(outcome)
    }

    /// Lets tracking refs follow a push. Git does so for the branches that the remote's refspec covers, which in a
    /// clone of one branch are none of the others. They only remember, so that a failure changes nothing.
    fn track(&self, remote: &str, updates: &[PushUpdate]) {
        if !self.remotes().is_ok_and(|known| known.iter().any(|name| name == remote)) {
            return;
        }
        for PushUpdate { branch, new, .. } in updates {
            let (Ok(tracking), Some(new)) = (branch.to_tracking_ref(remote), new) else { continue };
            if self.ref_tip(&tracking).is_ok_and(|tip| tip != Some(*new)) {
                let arguments = ["update-ref".to_owned(), tracking.to_string(), new.to_hex()];
                let _ = self.git(&arguments, Some(self.time_limit));
            }
        }
    }

    /// Finds out what became of a push that failed, by asking the remote where its branches are. Names that it can't keep
    /// beside those that it has are an error: trying again would change nothing.
    fn settle(
        &self,
        remote: &str,
        updates: &[PushUpdate],
        output: Option<&GitOutput>,
        reason: String,
    ) -> Result<PushOutcome> {
        let created: Vec<&BranchName> = updates
            .iter()
            .filter(|update| update.expected.is_none() && update.new.is_some())
            .map(|update| &update.branch)
            .collect();
        let mut patterns: Vec<String> = updates.iter().map(|update| update.branch.to_string()).collect();
        for branch in &created {
            patterns.push(format!("{branch}/*"));
            patterns.extend(directories(branch.as_str()).map(str::to_owned));
        }
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let Ok(now) = self.remote_tips(remote, &patterns) else {
            return Ok(PushOutcome::Unclear { reason });
        };
        if updates.iter().all(|update| now.tip(&update.branch) == update.new) {
            return Ok(PushOutcome::Ok);
        }
        let rejected =
            output.is_some_and(|output| output.stdout_text().lines().any(|line| line.starts_with("!\t")));
        if rejected {
            for branch in created {
                if let Some(existing) = now.tips.keys().find(|existing| are_in_conflict(existing, branch)) {
                    return Err(Error::RemoteNameConflict {
                        remote: mask_credentials(remote),
                        branch: branch.clone(),
                        existing: existing.clone(),
                    });
                }
            }
        }
        let moved = updates.iter().any(|update| now.tip(&update.branch) != update.expected);
        Ok(match (rejected, moved) {
            (true, true) => PushOutcome::LostRace { reason },
            (true, false) if is_contention(&reason) => PushOutcome::LostRace { reason },
            (true, false) => PushOutcome::Refused { reason },
            // No word on our branches, and they are elsewhere: ours may lie below the new tips.
            (false, true) => PushOutcome::Unclear { reason },
            // Ended before the remote could have taken anything: no permission, no such repository.
            (false, false) if output.is_some_and(|output| output.status.is_some()) => {
                PushOutcome::Refused { reason }
            }
            (false, false) => PushOutcome::Unclear { reason },
        })
    }
}

/// What a name's directories are called: `a` and `a/b` of `a/b/c`.
fn directories(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').map(|(at, _)| &name[..at])
}

/// Whether one name is a directory of the other, so that Git can't keep both as files.
fn are_in_conflict(one: &BranchName, other: &BranchName) -> bool {
    let (one, other) = (one.as_str(), other.as_str());
    directories(one).any(|directory| directory == other)
        || directories(other).any(|directory| directory == one)
}

/// Whether a branch name fits a pattern of [`Repository::remote_tips`].
fn matches(pattern: &str, branch: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => branch.starts_with(prefix),
        None => branch == pattern,
    }
}

/// Whether a rejection speaks of another push at the same moment, whose result may not show yet.
fn is_contention(reason: &str) -> bool {
    [
        "stale info",
        "fetch first",
        "non-fast-forward",
        "lock",
        "incorrect old value",
        "reference already exists",
    ]
    .iter()
    .any(|sign| reason.contains(sign))
}

/// What a remote said about a failed push: the rejections of branches, then its own messages.
fn refusal(output: &GitOutput) -> String {
    let stdout = output.stdout_text();
    let rejections = stdout.lines().filter_map(|line| line.strip_prefix("!\t")).map(|line| {
        let (refs, summary) = line.split_once('\t').unwrap_or(("", line));
        let branch = refs.rsplit_once(':').map_or(refs, |(_, to)| to);
        format!("{}: {summary}", branch.strip_prefix("refs/heads/").unwrap_or(branch))
    });
    let said = output
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix("remote:"))
        .map(|line| line.trim().to_owned());
    let mut lines: Vec<String> = rejections.chain(said).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() {
        lines.push(output.stderr.trim().to_owned());
    }
    mask_credentials(&lines.join("\n"))
}
