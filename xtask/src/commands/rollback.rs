//! `rollback`: a stage's earlier record and manifests, exactly.

use clap::Args;
use promotion::{Mode, ReviewWay, RollbackChange, RollbackOutcome, RollbackRequest, Workspace};
use rendered::{Detail, TextOptions};
use serde_json::json;

use super::promote::{Told, objects, other_way_document, other_way_text, preview};
use super::review::{opened_document, opened_text};
use super::{Json, Push};
use crate::invocation::Invocation;
use crate::report::Outcome;
use crate::terminal::{print, print_json};

/// Restore exactly what a stage had: its earlier promotion.yaml and manifests
///
/// Nothing is rendered and no gate is asked; the verdicts stay as they are. It is one more commit on the stage's
/// branch, as every promotion. To render the older release with today's policy instead, use
/// `cargo xtask promote STAGE --rollback TAG`; what that would give is shown beside. The difference is shown, object by
/// object, before anything is written.
///
/// In a stage that says `promote: review` it opens a review, as every change there does. When there is no time for that,
/// --without-review moves the branch at once: what comes back has stood there before.
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
    /// Move the branch of a stage that is reviewed at once, without a review
    #[arg(long)]
    without_review: bool,
    #[command(flatten)]
    push: Push,
    #[command(flatten)]
    json: Json,
}

impl Rollback {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let workspace = invocation.workspace()?;
        if !self.dry_run && !self.json.json {
            self.show_first(&workspace, invocation)?;
        }
        let mode = if self.dry_run { Mode::DryRun } else { Mode::Write };
        let outcome = self.call(&workspace, mode, invocation)?;
        warn(&outcome, invocation);
        if self.json.json {
            print_json(&document(&outcome))?;
        } else {
            let told = if self.dry_run { Told::Planned } else { Told::Shown };
            print(text(&outcome, &self.push, told, invocation))?;
        }
        Ok(Outcome::Done)
    }

    fn call(
        &self,
        workspace: &Workspace,
        mode: Mode,
        invocation: &Invocation,
    ) -> anyhow::Result<RollbackOutcome> {
        let request = RollbackRequest {
            stage: &self.stage,
            to: &self.to,
            truth: self.push.truth(),
            way: if self.without_review { ReviewWay::AtOnce } else { ReviewWay::ByPolicy },
            mode,
        };
        let _progress = self.push.progress(invocation);
        Ok(promotion::rollback(workspace, &request)?)
    }

    /// What it changes, object by object, before anything is written.
    fn show_first(&self, workspace: &Workspace, invocation: &Invocation) -> anyhow::Result<()> {
        let planned = self.call(workspace, Mode::DryRun, invocation)?;
        if planned.change != RollbackChange::Unchanged {
            let freight = planned.freight.as_ref().map_or("nothing", |tag| tag.as_str());
            let lead = format!("{} goes back to {freight} as of {}", planned.stage, planned.to.short());
            let stage = planned.stage.as_str();
            print(preview(&lead, &planned.diff, planned.other_way.as_ref(), stage, freight, invocation))?;
        }
        Ok(())
    }
}

/// What was noticed on the way.
pub(super) fn warn(outcome: &RollbackOutcome, invocation: &Invocation) {
    let of_review = outcome.review.iter().flat_map(|opened| &opened.warnings);
    for warning in outcome.warnings.iter().chain(of_review) {
        invocation.terminal.warning(warning);
    }
}

/// What a rollback came to.
pub(super) fn text(outcome: &RollbackOutcome, push: &Push, told: Told, invocation: &Invocation) -> String {
    let RollbackOutcome { stage, branch, to, .. } = outcome;
    let freight = outcome.freight.as_ref().map_or("nothing", |tag| tag.as_str());
    let mut text = match outcome.change {
        RollbackChange::Commit(commit) => format!(
            "rolled {stage} back to {freight} as of {}: commit {} on {branch}{}\n",
            to.short(),
            commit.short(),
            push.done()
        ),
        RollbackChange::WouldCommit => {
            format!("would roll {stage} back to {freight} as of {}; nothing was written\n", to.short())
        }
        RollbackChange::Review => {
            format!("going back to {freight} as of {} waits for its review\n", to.short())
        }
        RollbackChange::WouldReview => format!(
            "would open a review of going back to {freight} as of {}; nothing was written\n",
            to.short()
        ),
        RollbackChange::Unchanged => {
            return format!("{stage} has exactly what it had at {}: nothing changed\n", to.short());
        }
    };
    match &outcome.before {
        Some(before) => text.push_str(&format!("the stage had {before}\n")),
        None => text.push_str("the stage had nothing\n"),
    }
    if told == Told::Planned {
        text.push('\n');
        let options = TextOptions { colour: invocation.terminal.colour(), detail: Detail::Fields };
        text.push_str(&outcome.diff.to_text(options));
    } else {
        text.push_str(&objects(outcome.diff.summary));
    }
    if let Some(other) = outcome.other_way.as_ref().filter(|_| told != Told::Shown) {
        text.push_str(&other_way_text(stage.as_str(), freight, other));
    }
    if let Some(opened) = &outcome.review {
        text.push_str(&opened_text(stage.as_str(), opened, &push.flag()));
    }
    text
}

/// A rollback, made or not, for programs.
pub(super) fn document(outcome: &RollbackOutcome) -> serde_json::Value {
    let (change, commit) = match outcome.change {
        RollbackChange::Commit(commit) => ("rolledBack", Some(commit.to_hex())),
        RollbackChange::WouldCommit => ("wouldRollBack", None),
        RollbackChange::Unchanged => ("unchanged", None),
        RollbackChange::Review => ("review", None),
        RollbackChange::WouldReview => ("wouldReview", None),
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
        "review": outcome.review.as_ref().map(opened_document),
        "otherWay": outcome.other_way.as_ref().map(other_way_document),
        "warnings": outcome.warnings,
    })
}
