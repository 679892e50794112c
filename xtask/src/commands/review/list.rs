//! `review list`: which reviews there are.

use clap::Args;
use promotion::{Review, ReviewState};
use serde_json::json;

use super::review_document;
use crate::commands::{Json, Push};
use crate::invocation::Invocation;
use crate::report::Outcome;
use crate::terminal::{print, print_json, table};

/// List the reviews of one stage or of all
///
/// A review is open while it stands on the stage's tip with today's policy, stale when it has to be made anew, edited when
/// it holds what no promotion wrote, and merged when the stage has had exactly its content, by whatever way of merging.
/// Nothing is rendered: `review check` says whether an open one may be merged.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask review list
  cargo xtask review list production --push
  cargo xtask review list --json | jq '.reviews[] | select(.state == \"stale\")'")]
pub(crate) struct List {
    /// The stage [default: all that promote by review]
    #[arg(value_name = "STAGE")]
    stage: Option<String>,
    /// List merged ones as well, whose branches are still there
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    push: Push,
    #[command(flatten)]
    json: Json,
}

impl List {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let progress = self.push.progress(invocation);
        let mut reviews =
            promotion::reviews(&invocation.workspace()?, self.stage.as_deref(), &self.push.truth())?;
        drop(progress);
        reviews.retain(|review| self.all || review.state != ReviewState::Merged);
        if self.json.json {
            print_json(&json!({ "reviews": reviews.iter().map(review_document).collect::<Vec<_>>() }))?;
        } else if reviews.is_empty() {
            print("no review is open\n")?;
        } else {
            let header = ["STAGE", "BRANCH", "COMMIT", "BY", "PULL REQUEST", "STATE"];
            let mut rows = vec![header.map(str::to_owned).to_vec()];
            rows.extend(reviews.iter().map(row));
            print(table(&rows))?;
        }
        Ok(Outcome::Done)
    }
}

fn row(review: &Review) -> Vec<String> {
    vec![
        review.stage.to_string(),
        review.branch.to_string(),
        review.commit.short(),
        review.author.name.clone(),
        review.pull_request.as_ref().map_or_else(|| "-".to_owned(), |it| it.url.clone()),
        review.state.to_string(),
    ]
}
