//! `rollback`: a stage's earlier record and manifests, exactly.

use clap::Args;
use promotion::{Mode, RollbackChange, RollbackOutcome, RollbackRequest};
use rendered::{Detail, TextOptions};
use serde_json::json;

use super::promote::{objects, other_way_document, other_way_text};
use super::{Json, Push};
use crate::invocation::Invocation;
use crate::report::Outcome;
use crate::terminal::{print, print_json};

/// Restore exactly what a stage had: its earlier promotion.yaml and manifests
///
/// Nothing is rendered and no gate is asked; the verdicts stay as they are. It is one more commit on the stage's
/// branch, as every promotion. To render the older release with today's policy instead, use
/// `cargo xtask promote STAGE --rollback TAG`; what that would give is shown beside.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask history test
  cargo xtask rollback test --to 4f0c2d1 --dry-run
  cargo xtask rollback test --to git-0cc4cd87 --push")]
pub(crate) struct Rollback {
    /// The stage
    #[arg(value_name = "STAGE")]
    stage: String,
    /// The commit of the stage's branch to go back to; or a release that it had, for the newest commit with it
    #[arg(long, value_name = "COMMIT")]
    to: String,
    /// Show the difference, object by object, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    push: Push,
    #[command(flatten)]
    json: Json,
}

impl Rollback {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let request = RollbackRequest {
            stage: &self.stage,
            to: &self.to,
            truth: self.push.truth(),
            mode: if self.dry_run { Mode::DryRun } else { Mode::Write },
        };
        let progress = self.push.progress(invocation);
        let outcome = promotion::rollback(&invocation.workspace()?, &request)?;
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

    fn text(&self, outcome: &RollbackOutcome, invocation: &Invocation) -> String {
        let RollbackOutcome { stage, branch, to, .. } = outcome;
        let freight = outcome.freight.as_ref().map_or("nothing", |tag| tag.as_str());
        let mut text = match outcome.change {
            RollbackChange::Commit(commit) => format!(
                "rolled {stage} back to {freight} as of {}: commit {} on {branch}{}\n",
                to.short(),
                commit.short(),
                self.push.done()
            ),
            RollbackChange::WouldCommit => {
                format!("would roll {stage} back to {freight} as of {}; nothing was written\n", to.short())
            }
            RollbackChange::Unchanged => {
                return format!("{stage} has exactly what it had at {}: nothing changed\n", to.short());
            }
        };
        match &outcome.before {
            Some(before) => text.push_str(&format!("the stage had {before}\n")),
            None => text.push_str("the stage had nothing\n"),
        }
        if self.dry_run {
            text.push('\n');
            let options = TextOptions { colour: invocation.terminal.colour(), detail: Detail::Fields };
            text.push_str(&outcome.diff.to_text(options));
        } else {
            text.push_str(&objects(outcome.diff.summary));
        }
        if let Some(other) = &outcome.other_way {
            text.push_str(&other_way_text(stage.as_str(), freight, other));
        }
        text
    }
}

/// A rollback, made or not, for programs.
fn document(outcome: &RollbackOutcome) -> serde_json::Value {
    let (change, commit) = match outcome.change {
        RollbackChange::Commit(commit) => ("rolledBack", Some(commit.to_hex())),
        RollbackChange::WouldCommit => ("wouldRollBack", None),
        RollbackChange::Unchanged => ("unchanged", None),
    };
    json!({
        "stage": outcome.stage.as_str(),
        "branch": outcome.branch.as_str(),
        "to": outcome.to.to_hex(),
        "freight": outcome.freight.as_ref().map(|tag| tag.as_str()),
        "before": outcome.before.as_ref().map(|tag| tag.as_str()),
        "change": change,
        "commit": commit,
        "diff": outcome.diff.to_json(),
        "otherWay": outcome.other_way.as_ref().map(other_way_document),
        "warnings": outcome.warnings,
    })
}
