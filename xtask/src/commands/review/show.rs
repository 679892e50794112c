//! `review show`: the report of one review.

use clap::{Args, ValueEnum};
use rendered::{Detail, TextOptions};
use serde_json::json;

use super::{Which, review_document};
use crate::commands::{Json, Push};
use crate::invocation::Invocation;
use crate::report::{Failure, Outcome};
use crate::terminal::{print, print_json};

/// Show what a review would change
///
/// `markdown` is the whole report of which a pull request's body is the beginning; `html` is one page by itself.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask review show production
  cargo xtask review show production --format html > review.html
  cargo xtask review show production --freight git-0cc4cd87 --format markdown")]
pub(crate) struct Show {
    #[command(flatten)]
    which: Which,
    /// In which form
    #[arg(long, value_name = "FORM", value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    push: Push,
    #[command(flatten)]
    json: Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Markdown,
    Html,
    Json,
}

impl Show {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        if self.json.json && matches!(self.format, Format::Markdown | Format::Html) {
            return Err(Failure::usage("--json and another --format print different things")
                .hint("give one of the two")
                .into());
        }
        let progress = self.push.progress(invocation);
        let shown =
            promotion::show_review(&invocation.workspace()?, self.which.selection(), &self.push.truth())?;
        drop(progress);
        match self.format {
            Format::Json => print_json(&document(&shown))?,
            _ if self.json.json => print_json(&document(&shown))?,
            Format::Markdown => print(shown.report.to_markdown(None))?,
            Format::Html => print(shown.report.to_html())?,
            Format::Text => {
                let promotion::Review { branch, commit, state, .. } = &shown.review;
                let mut text = format!("{branch} at {}: {}\n", commit.short(), state.as_str());
                if let Some(pull_request) = &shown.review.pull_request {
                    text.push_str(&format!("pull request: {}\n", pull_request.url));
                }
                for reason in shown.check.reasons() {
                    text.push_str(&format!("can't be merged: {reason}\n"));
                }
                text.push('\n');
                let options = TextOptions { colour: invocation.terminal.colour(), detail: Detail::Fields };
                text.push_str(&shown.diff.to_text(options));
                print(text)?;
            }
        }
        Ok(Outcome::Done)
    }
}

fn document(shown: &promotion::ShownReview) -> serde_json::Value {
    json!({
        "review": review_document(&shown.review),
        "holds": shown.check.holds(),
        "reasons": shown.check.reasons(),
        "report": shown.report.to_json(),
    })
}
