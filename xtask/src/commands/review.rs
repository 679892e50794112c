//! `review`: the reviews of stages that promote so.

mod change;
mod check;
mod list;
mod show;

use clap::{Args, Subcommand};
use promotion::{OpenedReview, PullRequest, Selection};
use serde_json::json;

use crate::invocation::Invocation;
use crate::report::Outcome;

/// Look at, check and merge the reviews of stages that promote by review
///
/// A review is a branch review/<stage>/… with one commit on top of the stage's branch, whose tree is exactly what the
/// promotion gives. `promote` and `rollback` open it, with a pull request where the pipeline file names a provider.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask review list
  cargo xtask review show production
  cargo xtask review check production
  cargo xtask review approve production --push")]
pub(crate) struct Review {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Show(show::Show),
    Check(check::Check),
    Refresh(change::Refresh),
    Approve(change::Approve),
    Close(change::Close),
}

impl Review {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        match &self.command {
            Command::List(command) => command.run(invocation),
            Command::Show(command) => command.run(invocation),
            Command::Check(command) => command.run(invocation),
            Command::Refresh(command) => command.run(invocation),
            Command::Approve(command) => command.run(invocation),
            Command::Close(command) => command.run(invocation),
        }
    }
}

/// Which review is meant.
#[derive(Debug, Args)]
struct Which {
    /// The stage
    #[arg(value_name = "STAGE")]
    stage: String,
    /// The release, or the commit that comes back: whole, or how it begins [default: the only open review]
    #[arg(long, value_name = "TAG")]
    freight: Option<String>,
}

impl Which {
    fn selection(&self) -> Selection<'_> {
        Selection { stage: &self.stage, freight: self.freight.as_deref() }
    }
}

/// What was done for a review to be open, and what comes next.
pub(super) fn opened_text(stage: &str, opened: &OpenedReview, flag: &str) -> String {
    let OpenedReview { branch, commit, change, .. } = opened;
    let mut text = format!("review {}: {branch} at {}\n", change.as_str(), commit.short());
    if let Some(pull_request) = &opened.pull_request {
        text.push_str(&format!("pull request: {}\n", pull_request.url));
    }
    for superseded in &opened.superseded {
        text.push_str(&format!("takes the place of {superseded}, which is closed\n"));
    }
    text.push_str(&format!(
        "look at it: cargo xtask review show {stage}\nmerge it: cargo xtask review approve {stage}{flag}\n"
    ));
    text
}

/// An open review, for programs.
pub(super) fn opened_document(opened: &OpenedReview) -> serde_json::Value {
    json!({
        "branch": opened.branch.as_str(),
        "commit": opened.commit.to_hex(),
        "change": opened.change.as_str(),
        "pullRequest": opened.pull_request.as_ref().map(pull_request_document),
        "superseded": opened.superseded.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "warnings": opened.warnings,
    })
}

/// A pull request, for programs.
fn pull_request_document(pull_request: &PullRequest) -> serde_json::Value {
    json!({
        "number": pull_request.number,
        "url": pull_request.url,
        "base": pull_request.base,
        "head": pull_request.head,
        "draft": pull_request.is_draft,
    })
}

/// A review, for programs.
pub(super) fn review_document(review: &promotion::Review) -> serde_json::Value {
    let made = jiff::Timestamp::from_second(review.author.time.seconds).ok();
    json!({
        "stage": review.stage.as_str(),
        "branch": review.branch.as_str(),
        "kind": review.kind.as_str(),
        "commit": review.commit.to_hex(),
        "author": review.author.name,
        "made": made.map(|made| made.to_string()),
        "freight": review.freight.as_ref().map(|tag| tag.as_str()),
        "state": review.state.as_str(),
        "reason": review.state.reason(),
        "pullRequest": review.pull_request.as_ref().map(pull_request_document),
    })
}
