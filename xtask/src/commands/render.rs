//! `render`: the candidates, what every stage would get from this checkout.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use promotion::{CandidateMode, CandidateOutcome, CandidateRequest, OnFailure};
use rendered::DifferenceKind;
use serde_json::json;

use super::Json;
use crate::invocation::Invocation;
use crate::report::{self, Outcome};
use crate::terminal::{print, print_json};

/// Render the candidates: what every stage would get from current/ and this checkout's policy
///
/// One file an object, below `rendered/<stage>/<deployment>/`. Files that are equal aren't touched, stale ones
/// are removed; what no render can have written is named and stays. Where a deployment doesn't render nothing is written, unless --keep-going says otherwise.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask render
  cargo xtask render production --check
  cargo xtask render --deployment 'production-*'
  cargo xtask render staging --out /tmp/old --freight git-0cc4cd87")]
pub(crate) struct Render {
    /// Only these stages
    #[arg(value_name = "STAGE")]
    stages: Vec<String>,
    /// Only the deployments of this name, or that match
    #[arg(long = "deployment", value_name = "GLOB")]
    deployments: Vec<String>,
    /// Write nothing; show what differs, and exit with 1 if anything does
    ///
    /// A deployment that doesn't render is warned of. Where failed.yaml lists it as failing so, its old candidate is
    /// what should be there, and the check doesn't fail for it.
    #[arg(long)]
    check: bool,
    /// Write below this directory instead of the checkout
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
    /// Another release than the one that current/ mirrors; needs --out
    #[arg(long, value_name = "TAG", requires = "out")]
    freight: Option<String>,
    /// Write the others where a deployment doesn't render; its old candidate stays and is listed
    #[arg(long)]
    keep_going: bool,
    #[command(flatten)]
    json: Json,
}

impl Render {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let out = self.out.as_ref().map(|path| invocation.path(path));
        let request = CandidateRequest {
            stages: &self.stages,
            deployments: &self.deployments,
            out: out.as_deref(),
            freight: self.freight.as_deref(),
            mode: if self.check { CandidateMode::Check } else { CandidateMode::Write },
            on_failure: if self.keep_going || self.check { OnFailure::KeepOld } else { OnFailure::Refuse },
        };
        let outcome = promotion::render_candidates(&invocation.workspace()?, &request)?;
        report::warn_of_failures(&outcome.failures, &invocation.terminal);
        for warning in &outcome.warnings {
            invocation.terminal.warning(warning);
        }
        for path in &outcome.plan.foreign {
            invocation.terminal.warning(format_args!("{path}: no render wrote this file; it stays"));
        }
        if self.json.json {
            print_json(&self.document(&outcome))?;
        } else {
            print(self.text(&outcome))?;
        }
        if let Some(hint) = outcome.line_endings_hint() {
            invocation.terminal.hint(hint);
        }
        if self.check && !outcome.differences.is_empty() {
            if !self.json.json && !outcome.plan.is_empty() && outcome.line_endings.is_empty() {
                let keep_going = if outcome.failures.is_empty() { "" } else { " --keep-going" };
                let hint = format!("write them with `cargo xtask render{keep_going}`, and commit them");
                invocation.terminal.hint(hint);
            }
            if !self.json.json && !outcome.plan.foreign.is_empty() {
                invocation.terminal.hint("move what no render wrote to another directory, or delete it");
            }
            return Ok(Outcome::Differs);
        }
        Ok(Outcome::Done)
    }

    fn text(&self, outcome: &CandidateOutcome) -> String {
        let CandidateOutcome { plan, rendered, failures, .. } = outcome;
        let plural = if *rendered == 1 { "deployment" } else { "deployments" };
        let counts = |written: &str, removed: &str| {
            let (write, remove) = (plan.write.len(), plan.remove.len());
            format!("files: {write} {written}, {remove} {removed}, {} as they are", plan.unchanged.len())
        };
        if !self.check {
            return format!("rendered {rendered} {plural}; {}\n", counts("written", "removed"));
        }
        if outcome.differences.is_empty() && !failures.is_empty() {
            let others = match rendered {
                0 => String::new(),
                1 => "; that of the other one is what this checkout renders".to_owned(),
                more => format!("; those of the {more} others are what this checkout renders"),
            };
            let (count, older) = match failures.len() {
                1 => ("1 deployment doesn't render, its candidate is".to_owned(), "an older one"),
                more => (format!("{more} deployments don't render, their candidates are"), "older ones"),
            };
            return format!("{count} {older}{others}\n");
        }
        if outcome.differences.is_empty() {
            return format!("the candidates of {rendered} {plural} are what this checkout renders\n");
        }
        let mut text = String::new();
        for difference in &outcome.differences {
            text.push_str(&difference.diff);
        }
        text.push_str(&format!("{rendered} {plural}; {}\n", counts("to write", "to remove")));
        text
    }

    fn document(&self, outcome: &CandidateOutcome) -> serde_json::Value {
        let difference = |difference: &rendered::Difference| {
            let kind = match difference.kind {
                DifferenceKind::Missing => "missing",
                DifferenceKind::Stale => "stale",
                DifferenceKind::Changed => "changed",
                DifferenceKind::Foreign => "foreign",
            };
            json!({ "path": difference.path.to_string(), "kind": kind, "diff": difference.diff })
        };
        json!({
            "check": self.check,
            "rendered": outcome.rendered,
            "unchanged": outcome.plan.unchanged.len(),
            "differences": outcome.differences.iter().map(difference).collect::<Vec<_>>(),
            "failures": report::failures_json(&outcome.failures),
            "warnings": outcome.warnings,
            "lineEndings": outcome.line_endings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }
}
