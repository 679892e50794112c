//! `verify`: a verdict on what a stage has.

use std::fs::File;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use clap::Args;
use promotion::{CheckContext, Mode, VerifyBy, VerifyChange, VerifyOutcome, VerifyRequest};
use rendered::{Evidence, VerdictResult};
use serde_json::json;

use super::{Json, Push};
use crate::invocation::Invocation;
use crate::report::{Failure, Outcome};
use crate::terminal::{print, print_json};
use crate::world;

/// How much of a file is kept as evidence, in bytes.
const MAX_EVIDENCE: u64 = 16 * 1024;

/// Verify what a stage has: run its checks, or take a verdict
///
/// The checks are the `verify` commands of the stage in the pipeline file. Each runs by `sh -c` at the root of the
/// checkout, with WAYBILL_STAGE, WAYBILL_FREIGHT, WAYBILL_REVISION, WAYBILL_COMMIT (the commit of the stage's branch that
/// must be what runs), WAYBILL_BRANCH, WAYBILL_WAREHOUSE, WAYBILL_MANIFESTS, WAYBILL_IMAGE and WAYBILL_IMAGE_DIGEST in
/// its environment. The verdict is appended to verification.yaml in one commit on the stage's branch; the latest one
/// on a release and its manifests counts. Where a check fails the exit status is 3.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask verify staging
  cargo xtask verify test --passed --evidence https://ci.example.org/runs/4711 --push
  cargo xtask verify production --failed --evidence smoke.log")]
pub(crate) struct Verify {
    /// The stage
    #[arg(value_name = "STAGE")]
    stage: String,
    /// Take the verdict that it passed, instead of running the checks
    #[arg(long, conflicts_with = "failed", requires = "evidence")]
    passed: bool,
    /// Take the verdict that it failed, instead of running the checks
    #[arg(long, requires = "evidence")]
    failed: bool,
    /// What the verdict rests on: a URL, or a file whose text is kept. May be given several times
    #[arg(long, value_name = "URL|FILE")]
    evidence: Vec<String>,
    /// Show the verdict and write nothing; the checks run all the same
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    push: Push,
    #[command(flatten)]
    json: Json,
}

impl Verify {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let workspace = invocation.workspace()?;
        let interrupted = Arc::new(AtomicBool::new(false));
        let root =
            workspace.repository.workdir().unwrap_or_else(|| workspace.repository.git_dir()).to_owned();
        let by = match self.verdict() {
            Some(result) => VerifyBy::Person {
                result,
                evidence: self.read_evidence(invocation)?,
                environment: world::variables(),
            },
            None if !self.evidence.is_empty() => {
                return Err(Failure::usage("--evidence goes with a verdict")
                    .hint("say --passed or --failed; without them the stage's checks run")
                    .into());
            }
            None => {
                for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
                    signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
                }
                VerifyBy::Checks(CheckContext {
                    directory: &root,
                    environment: world::variables(),
                    interrupted: &interrupted,
                })
            }
        };
        let mode = if self.dry_run { Mode::DryRun } else { Mode::Write };
        let request = VerifyRequest { stage: &self.stage, by, truth: self.push.truth(), mode };
        let progress = invocation.terminal.progress(format_args!("verifying {}", self.stage));
        let outcome = promotion::verify(&workspace, &request)?;
        drop(progress);
        for warning in &outcome.warnings {
            invocation.terminal.warning(warning);
        }
        if self.json.json {
            print_json(&document(&outcome))?;
        } else {
            print(self.text(&outcome))?;
        }
        Ok(match outcome.verdict.result {
            // Whoever took down a failure did what they wanted.
            VerdictResult::Failed if !self.failed => Outcome::Refused,
            VerdictResult::Failed | VerdictResult::Passed => Outcome::Done,
        })
    }

    fn verdict(&self) -> Option<VerdictResult> {
        match (self.passed, self.failed) {
            (true, _) => Some(VerdictResult::Passed),
            (_, true) => Some(VerdictResult::Failed),
            (false, false) => None,
        }
    }

    fn read_evidence(&self, invocation: &Invocation) -> anyhow::Result<Vec<Evidence>> {
        let read = |name: &String| -> anyhow::Result<Evidence> {
            if name.contains("://") {
                return Ok(Evidence { name: name.clone(), text: String::new() });
            }
            let mut bytes = Vec::new();
            File::open(invocation.path(name))
                .and_then(|file| file.take(MAX_EVIDENCE + 1).read_to_end(&mut bytes))
                .with_context(|| format!("can't read the evidence {name}"))?;
            let is_cut = bytes.len() as u64 > MAX_EVIDENCE;
            bytes.truncate(usize::try_from(MAX_EVIDENCE).unwrap_or(usize::MAX));
            let mut text = String::from_utf8_lossy(&bytes).into_owned();
            if is_cut {
                text.push_str("\n[the rest is left out]");
            }
            Ok(Evidence { name: name.clone(), text })
        };
        self.evidence.iter().map(read).collect()
    }

    fn text(&self, outcome: &VerifyOutcome) -> String {
        let VerifyOutcome { stage, branch, freight, verdict, .. } = outcome;
        let result = verdict.result.as_str();
        let mut text = String::new();
        for evidence in &verdict.evidence {
            let said = if evidence.text.is_empty() { "" } else { ": " };
            text.push_str(&format!("{}{said}{}\n", evidence.name, evidence.text.replace('\n', "\n  ")));
        }
        text.push_str(&match outcome.change {
            VerifyChange::Commit(commit) => format!(
                "{freight} {result} in {stage}: commit {} on {branch}{}\n",
                commit.short(),
                self.push.done()
            ),
            VerifyChange::WouldCommit => format!("{freight} {result} in {stage}; nothing was written\n"),
            VerifyChange::Unchanged => {
                format!("{freight} {result} in {stage}, which is its latest verdict already\n")
            }
        });
        if let Some(next) = outcome.next.first() {
            text.push_str(&format!("promote it further: cargo xtask promote {next}{}\n", self.push.flag()));
        }
        text
    }
}

/// A verification, for programs.
fn document(outcome: &VerifyOutcome) -> serde_json::Value {
    let (change, commit) = match outcome.change {
        VerifyChange::Commit(commit) => ("verified", Some(commit.to_hex())),
        VerifyChange::WouldCommit => ("wouldVerify", None),
        VerifyChange::Unchanged => ("unchanged", None),
    };
    json!({
        "stage": outcome.stage.as_str(),
        "branch": outcome.branch.as_str(),
        "freight": outcome.freight.as_str(),
        "verified": outcome.commit.to_hex(),
        "verdict": verdict_document(&outcome.verdict),
        "change": change,
        "commit": commit,
        "warnings": outcome.warnings,
        "next": outcome.next.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// A verdict, for programs.
pub(super) fn verdict_document(verdict: &rendered::Verdict) -> serde_json::Value {
    let evidence = |evidence: &Evidence| json!({ "name": evidence.name, "text": evidence.text });
    json!({
        "freightTree": verdict.freight.to_hex(),
        "manifests": verdict.manifests.as_str(),
        "result": verdict.result.as_str(),
        "evidence": verdict.evidence.iter().map(evidence).collect::<Vec<_>>(),
    })
}
