//! `review check`: whether a review may be merged, made to be a required status check.

use clap::Args;
use promotion::{CheckRequest, ReviewCheck};
use serde_json::json;

use crate::commands::promote::refusal_document;
use crate::commands::{Json, Push};
use crate::invocation::Invocation;
use crate::report::Outcome;
use crate::terminal::{print, print_json};

/// Check that a review may be merged: exactly what a promotion gives now
///
/// It stands as one commit on the tip of the stage's branch, rendering again with the policy of the main branch gives
/// exactly its tree, the gates hold, and its pull request is directed at the stage's branch. An edit by hand, a stale
/// base, a merge by "update branch" or another direction fails in one line, with the exit status 3. In a workflow, name
/// head and base of the pull request; the stage is in the name of the head.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask review check production
  cargo xtask review check --head \"$GITHUB_HEAD_REF\" --base \"$GITHUB_BASE_REF\" --push
  cargo xtask review check production --head review/production/git-… --commit 4f0c2d1")]
pub(crate) struct Check {
    /// The stage [default: the one in the name of --head]
    #[arg(value_name = "STAGE", required_unless_present = "head")]
    stage: Option<String>,
    /// The release, or the commit that comes back: whole, or how it begins [default: the only open review]
    #[arg(long, value_name = "TAG", conflicts_with = "head")]
    freight: Option<String>,
    /// The branch that would be merged
    #[arg(long, value_name = "BRANCH")]
    head: Option<String>,
    /// The commit that would be merged [default: the tip of its branch]
    #[arg(long, value_name = "REV")]
    commit: Option<String>,
    /// A branch that it would be merged to, as the forge has it: anything but the stage's fails. May be given several
    /// times [default: with --push and a provider, what that says of its pull requests]
    #[arg(long, value_name = "BRANCH")]
    base: Vec<String>,
    #[command(flatten)]
    push: Push,
    #[command(flatten)]
    json: Json,
}

impl Check {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let request = CheckRequest {
            stage: self.stage.as_deref(),
            freight: self.freight.as_deref(),
            head: self.head.as_deref(),
            commit: self.commit.as_deref(),
            bases: self.base.iter().map(String::as_str).collect(),
            truth: self.push.truth(),
        };
        let progress = self.push.progress(invocation);
        let checked = promotion::check_review(&invocation.workspace()?, &request)?;
        drop(progress);
        if self.json.json {
            print_json(&document(&checked))?;
        } else {
            print(text(&checked))?;
        }
        Ok(if checked.holds() { Outcome::Done } else { Outcome::Refused })
    }
}

/// What a check found, in one line where it holds, else in one for each reason.
pub(super) fn text(checked: &ReviewCheck) -> String {
    let ReviewCheck { stage, branch, commit, .. } = checked;
    if checked.holds() {
        return format!("{branch} at {} is what promoting to {stage} gives now\n", commit.short());
    }
    let reasons = checked.reasons();
    reasons.iter().map(|reason| format!("{branch} can't be merged: {reason}\n")).collect()
}

/// What a check found, for programs.
pub(super) fn document(checked: &ReviewCheck) -> serde_json::Value {
    let gate = |answer: &promotion::GateAnswer| {
        json!({
            "gate": answer.gate,
            "holds": answer.refusal.is_none(),
            "detail": answer.refusal.is_none().then_some(&answer.holds),
            "refusal": answer.refusal.as_ref().map(refusal_document),
        })
    };
    json!({
        "stage": checked.stage.as_str(),
        "branch": checked.branch.as_str(),
        "commit": checked.commit.to_hex(),
        "base": checked.base.map(|base| base.to_hex()),
        "main": checked.main.to_hex(),
        "freight": checked.freight.as_ref().map(|tag| tag.as_str()),
        "holds": checked.holds(),
        "problem": checked.problem,
        "gates": checked.gates.iter().map(gate).collect::<Vec<_>>(),
    })
}
