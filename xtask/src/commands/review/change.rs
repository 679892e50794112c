//! `review refresh`, `approve` and `close`: what becomes of a review.

use clap::Args;
use promotion::{ApproveOutcome, CloseOutcome, RefreshOutcome, ReviewMerge};
use serde_json::json;

use super::{Which, check, pull_request_document};
use crate::commands::{Json, Push, promote, rollback};
use crate::invocation::Invocation;
use crate::report::Outcome;
use crate::terminal::{print, print_json};

/// Make a review anew: on the stage's tip, with today's policy
///
/// It is what `promote` or `rollback` does for the same release: gates first, one commit, and the pull request follows.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask review refresh production
  cargo xtask review refresh production --freight git-0cc4cd87 --push")]
pub(crate) struct Refresh {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    push: Push,
    #[command(flatten)]
    json: Json,
}

impl Refresh {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let progress = self.push.progress(invocation);
        let outcome =
            promotion::refresh_review(&invocation.workspace()?, self.which.selection(), &self.push.truth())?;
        drop(progress);
        match outcome {
            RefreshOutcome::Promotion(outcome) => {
                promote::warn(&outcome, invocation);
                if self.json.json {
                    print_json(&promote::document(&outcome))?;
                } else {
                    print(promote::text(&outcome, &self.push, promote::Told::Done, invocation))?;
                }
            }
            RefreshOutcome::Restore(outcome) => {
                rollback::warn(&outcome, invocation);
                if self.json.json {
                    print_json(&rollback::document(&outcome))?;
                } else {
                    print(rollback::text(&outcome, &self.push, promote::Told::Done, invocation))?;
                }
            }
        }
        Ok(Outcome::Done)
    }
}

/// Merge a review, if its check holds
///
/// With a provider its pull request is merged, naming the commit that was checked; without one the stage's branch moves
/// to that commit. The review's branch goes. Where the check says no, nothing happens and the exit status is 3.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask review approve production
  cargo xtask review approve production --freight git-0cc4cd87 --push")]
pub(crate) struct Approve {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    push: Push,
    #[command(flatten)]
    json: Json,
}

impl Approve {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let progress = self.push.progress(invocation);
        let outcome =
            promotion::approve_review(&invocation.workspace()?, self.which.selection(), &self.push.truth())?;
        drop(progress);
        for warning in &outcome.warnings {
            invocation.terminal.warning(warning);
        }
        if self.json.json {
            print_json(&approve_document(&outcome))?;
        } else {
            print(self.text(&outcome))?;
        }
        Ok(if outcome.merge.is_some() { Outcome::Done } else { Outcome::Refused })
    }

    fn text(&self, outcome: &ApproveOutcome) -> String {
        let (branch, stage) = (&outcome.check.branch, &outcome.check.stage);
        let mut text = match outcome.merge {
            None => return check::text(&outcome.check),
            Some(ReviewMerge::FastForward(commit)) => {
                format!("merged {branch}: {stage} is at {}{}\n", commit.short(), self.push.done())
            }
            Some(ReviewMerge::Forge(commit)) => {
                let url = outcome.pull_request.as_ref().map(|it| format!(" ({})", it.url));
                format!("merged {branch}{}: {stage} is at {}\n", url.unwrap_or_default(), commit.short())
            }
            Some(ReviewMerge::Already(commit)) => {
                return format!("{branch} was merged already: {stage} is at {}\n", commit.short());
            }
        };
        // Without checks `verify` takes what a person found, and nothing else.
        let by_person = if outcome.checks.is_empty() { " --passed --evidence URL" } else { "" };
        text.push_str(&format!("verify it: cargo xtask verify {stage}{by_person}{}\n", self.push.flag()));
        text
    }
}

fn approve_document(outcome: &ApproveOutcome) -> serde_json::Value {
    let (change, commit) = match outcome.merge {
        None => ("refused", None),
        Some(ReviewMerge::FastForward(commit)) => ("fastForwarded", Some(commit)),
        Some(ReviewMerge::Forge(commit)) => ("merged", Some(commit)),
        Some(ReviewMerge::Already(commit)) => ("alreadyMerged", Some(commit)),
    };
    json!({
        "change": change,
        "commit": commit.map(|commit| commit.to_hex()),
        "check": check::document(&outcome.check),
        "manifests": outcome.manifests.as_ref().map(|digest| digest.as_str()),
        "pullRequest": outcome.pull_request.as_ref().map(pull_request_document),
        "checks": outcome.checks,
        "warnings": outcome.warnings,
    })
}

/// Close a review without merging it: its pull request, and its branch
///
/// In a stage marked `auto` the next `promote --auto` opens it again, unless the stage has got the release by then.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask review close production
  cargo xtask review close production --freight git-0cc4cd87 --push --comment \"The next release has the fix\"")]
pub(crate) struct Close {
    #[command(flatten)]
    which: Which,
    /// What to write under the pull request
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    #[command(flatten)]
    push: Push,
    #[command(flatten)]
    json: Json,
}

impl Close {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let progress = self.push.progress(invocation);
        let outcome = promotion::close_review(
            &invocation.workspace()?,
            self.which.selection(),
            &self.push.truth(),
            self.comment.as_deref(),
        )?;
        drop(progress);
        for warning in &outcome.warnings {
            invocation.terminal.warning(warning);
        }
        let CloseOutcome { stage, branch, commit, .. } = &outcome;
        if self.json.json {
            print_json(&json!({
                "stage": stage.as_str(),
                "branch": branch.as_str(),
                "commit": commit.to_hex(),
                "pullRequest": outcome.pull_request.as_ref().map(pull_request_document),
                "warnings": outcome.warnings,
            }))?;
        } else {
            print(format!("closed {branch}, which was at {}{}\n", commit.short(), self.push.done()))?;
        }
        Ok(Outcome::Done)
    }
}
