//! `audit`: every invariant of the contract on disk, at the tips.

use clap::Args;
use freight::Status;
use promotion::Answer;
use serde_json::json;

use super::Json;
use crate::invocation::Invocation;
use crate::report::Outcome;
use crate::terminal::{print, print_json, table};

/// Check every invariant at the tip of the main branch and of each stage's branch
///
/// Each is answered with ok, violated or unprovable, and the reason. Exits with 1 where one is violated.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask audit
  cargo xtask audit HEAD
  cargo xtask audit --json | jq '.answers[] | select(.status != \"ok\")'")]
pub(crate) struct Audit {
    /// A commit to audit in place of the main branch's tip, as a pull request's merge is
    #[arg(value_name = "REV")]
    revision: Option<String>,
    #[command(flatten)]
    json: Json,
}

impl Audit {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let workspace = invocation.workspace()?;
        let report = promotion::audit(&workspace, self.revision.as_deref())?;
        if self.json.json {
            let answer = |Answer { subject, finding }: &Answer| {
                json!({
                    "subject": subject,
                    "invariant": finding.invariant,
                    "status": finding.status.as_str(),
                    "detail": finding.detail,
                })
            };
            print_json(&json!({
                "main": report.main.to_hex(),
                "violated": report.has_violations(),
                "answers": report.answers.iter().map(answer).collect::<Vec<_>>(),
            }))?;
        } else {
            let row = |Answer { subject, finding }: &Answer| {
                let status = finding.status.as_str().to_owned();
                // Further lines of a detail stand below the first.
                let detail = finding.detail.replace("\n\n", "\n").replace('\n', "\n    ");
                vec![status, finding.invariant.to_owned(), subject.clone(), detail]
            };
            let count =
                |status| report.answers.iter().filter(|answer| answer.finding.status == status).count();
            let place = match &self.revision {
                None => format!("{} of {}", report.main.short(), workspace.main),
                Some(revision) => format!("{}, {revision}", report.main.short()),
            };
            print(format!(
                "{}{} ok, {} violated, {} unprovable at {place}\n",
                table(&report.answers.iter().map(row).collect::<Vec<_>>()),
                count(Status::Ok),
                count(Status::Violated),
                count(Status::Unprovable),
            ))?;
        }
        Ok(if report.has_violations() { Outcome::Differs } else { Outcome::Done })
    }
}
