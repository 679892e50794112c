//! `promote`: one freight into one stage.

use clap::Args;
use gitstore::Durability;
use promotion::{Mode, PromoteChange, PromoteOutcome, PromoteRequest};
use rendered::{Detail, TextOptions};
use serde_json::json;

use super::{Json, Push};
use crate::invocation::Invocation;
use crate::report::Outcome;
use crate::terminal::{print, print_json};

/// Promote a release to a stage: gates, render, and one commit on stage/<stage>
///
/// Policy and freight are read from the tip of the main branch. It happens whole, or every branch stays as it
/// was. What the stage has already makes no commit.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask promote staging
  cargo xtask promote test --freight git-0cc4cd87 --dry-run
  cargo xtask promote staging --push")]
pub(crate) struct Promote {
    /// The stage
    #[arg(value_name = "STAGE")]
    stage: String,
    /// The release: a tag, a revision, or how one begins [default: the newest for a first stage, else what the
    /// stage upstream has]
    #[arg(long, value_name = "TAG")]
    freight: Option<String>,
    /// Show the difference, object by object, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Take the policy and the freight of another commit of the main branch
    #[arg(long, value_name = "REV", requires = "dry_run")]
    policy: Option<String>,
    #[command(flatten)]
    push: Push,
    /// Don't wait for the disk: for benchmarks and throw-away clones
    #[arg(long)]
    no_sync: bool,
    #[command(flatten)]
    json: Json,
}

impl Promote {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let durability = if self.no_sync { Durability::NoSync } else { Durability::Sync };
        let request = PromoteRequest {
            stage: &self.stage,
            freight: self.freight.as_deref(),
            truth: self.push.truth(),
            policy: self.policy.as_deref(),
            mode: if self.dry_run { Mode::DryRun } else { Mode::Write },
        };
        let progress = self.push.progress(invocation);
        let outcome = promotion::promote(&invocation.workspace_with(durability)?, &request)?;
        drop(progress);
        for warning in &outcome.warnings {
            invocation.terminal.warning(warning);
        }
        if self.json.json {
            print_json(&document(&outcome))?;
        } else {
            print(self.text(&outcome, invocation))?;
        }
        Ok(Outcome::Done)
    }

    fn text(&self, outcome: &PromoteOutcome, invocation: &Invocation) -> String {
        let PromoteOutcome { freight, stage, branch, .. } = outcome;
        let mut text = match &outcome.change {
            PromoteChange::Commit(commit) => format!(
                "promoted {freight} to {stage}: commit {} on {branch}{}\n",
                commit.short(),
                self.push.done()
            ),
            PromoteChange::WouldCommit => {
                format!("would promote {freight} to {stage}; nothing was written\n")
            }
            PromoteChange::Unchanged => {
                return format!("{stage} has {freight} already, rendered the same: nothing changed\n");
            }
        };
        match &outcome.before {
            Some(before) if before == freight => {
                text.push_str("the same release as before, with another policy\n");
            }
            Some(before) => text.push_str(&format!("the stage had {before}\n")),
            None => text.push_str("the stage had nothing\n"),
        }
        if self.dry_run {
            text.push('\n');
            let options = TextOptions { colour: invocation.terminal.colour(), detail: Detail::Fields };
            text.push_str(&outcome.diff.to_text(options));
            return text;
        }
        let summary = outcome.diff.summary;
        text.push_str(&format!(
            "objects: {} added, {} removed, {} changed, {} as they were\n",
            summary.added, summary.removed, summary.changed, summary.unchanged
        ));
        if let Some(next) = outcome.next.first() {
            text.push_str(&format!("promote it further: cargo xtask promote {next}{}\n", self.push.flag()));
        }
        text
    }
}

/// A promotion, made or not, for programs.
pub(super) fn document(outcome: &PromoteOutcome) -> serde_json::Value {
    let (change, commit) = match &outcome.change {
        PromoteChange::Commit(commit) => ("promoted", Some(commit.to_hex())),
        PromoteChange::WouldCommit => ("wouldPromote", None),
        PromoteChange::Unchanged => ("unchanged", None),
    };
    json!({
        "stage": outcome.stage.as_str(),
        "branch": outcome.branch.as_str(),
        "freight": outcome.freight.as_str(),
        "before": outcome.before.as_ref().map(|tag| tag.as_str()),
        "change": change,
        "commit": commit,
        "diff": outcome.diff.to_json(),
        "warnings": outcome.warnings,
        "next": outcome.next.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
