//! `freeze`: cut a release.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use gitstore::BranchName;
use promotion::{FreezeChange, FreezeOutcome, FreezeRequest, IfFrozen, Mode};
use serde_json::json;

use super::{Json, Push};
use crate::invocation::Invocation;
use crate::report::{self, Outcome};
use crate::terminal::{print, print_json};

/// Cut a release: copy the package at a revision and record its image, in one commit
///
/// Reads the package straight from the object database of the source; no checkout is made. Writes
/// `git-<revision>/`, the `current/` mirror and fresh candidates to the main branch, whatever is checked out.
/// Freezing the same release again changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask freeze --image ghcr.io/org/app:git-$(git rev-parse HEAD)@sha256:…
  cargo xtask freeze --image ghcr.io/org/app:git-$REV --digest sha256:… --revision $REV --push
  cargo xtask freeze --source ../monorepo --image ghcr.io/org/app:git-$REV@sha256:…

The image's tag is the release's: git-<revision>. With --push, jobs that freeze at the same time all succeed:
whoever comes second freezes anew on the first one's commit.")]
pub(crate) struct Freeze {
    /// The warehouse; needed where the pipeline has several
    #[arg(long, value_name = "NAME")]
    warehouse: Option<String>,
    /// The repository that holds the package: a local clone or a bare repository [default: this one]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::DirPath)]
    source: Option<PathBuf>,
    /// The revision to freeze [default: here, the newest commit that changes more than freight and candidates;
    /// in another source, its HEAD]
    #[arg(long, value_name = "REV")]
    revision: Option<String>,
    /// The image that was built from the revision
    #[arg(long, value_name = "REF[@DIGEST]")]
    image: String,
    /// The image's digest, where --image doesn't give it
    #[arg(long, value_name = "DIGEST")]
    digest: Option<String>,
    /// Accept an image without a digest
    #[arg(long)]
    allow_unpinned: bool,
    /// What to do where the release is frozen already with other content
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    if_frozen: WhenFrozen,
    #[command(flatten)]
    push: Push,
    /// Say what would happen, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    json: Json,
}

/// What to do where the release is frozen already with other content.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum WhenFrozen {
    /// Fail, naming what is recorded
    #[default]
    Refuse,
    /// Keep what is recorded, and call it done
    Keep,
}

impl Freeze {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let source = super::open_source(self.source.as_deref(), invocation)?;
        let request = FreezeRequest {
            warehouse: self.warehouse.as_deref(),
            source: source.as_ref(),
            revision: self.revision.as_deref(),
            image: &self.image,
            digest: self.digest.as_deref(),
            allow_unpinned: self.allow_unpinned,
            if_frozen: match self.if_frozen {
                WhenFrozen::Refuse => IfFrozen::Refuse,
                WhenFrozen::Keep => IfFrozen::Keep,
            },
            truth: self.push.truth(),
            mode: if self.dry_run { Mode::DryRun } else { Mode::Write },
        };
        let progress = self.push.progress(invocation);
        let workspace = invocation.workspace()?;
        let outcome = promotion::freeze(&workspace, &request)?;
        drop(progress);
        report::warn_of_failures(&outcome.failures, &invocation.terminal);
        for warning in &outcome.warnings {
            invocation.terminal.warning(warning);
        }
        if self.json.json {
            print_json(&document(&outcome))?;
        } else {
            print(self.text(&outcome, &workspace.main))?;
        }
        Ok(Outcome::Done)
    }

    fn text(&self, outcome: &FreezeOutcome, main: &BranchName) -> String {
        let FreezeOutcome { tag, warehouse, .. } = outcome;
        let mut text = match &outcome.change {
            FreezeChange::Commit(commit) => {
                let (commit, pushed) = (commit.short(), self.push.done());
                format!("froze {tag} of {warehouse}: commit {commit} on {main}{pushed}\n")
            }
            FreezeChange::WouldCommit => format!("would freeze {tag} of {warehouse}; nothing was written\n"),
            FreezeChange::AlreadyFrozen => {
                format!("{tag} of {warehouse} is frozen already, and is the same: nothing changed\n")
            }
            FreezeChange::Kept(differences) => {
                let mut text =
                    format!("{tag} of {warehouse} is frozen already; what is recorded was kept:\n");
                for difference in differences {
                    let freight::Difference { key, mine, theirs } = difference;
                    text.push_str(&format!("  {key}: recorded {mine}, given {theirs}\n"));
                }
                text
            }
        };
        if !outcome.is_newest {
            text.push_str("a newer release is frozen: current/ and the candidates stay as they are\n");
        }
        if let (Some(stage), false) = (outcome.next.first(), self.dry_run) {
            let freight = if outcome.is_newest { String::new() } else { format!(" --freight {tag}") };
            text.push_str(&format!("promote it: cargo xtask promote {stage}{freight}{}\n", self.push.flag()));
        } else if !outcome.failures.is_empty() {
            text.push_str(
                "no stage takes it as it is: correct the policy's values, or the chart and freeze that\n",
            );
        }
        text
    }
}

fn document(outcome: &FreezeOutcome) -> serde_json::Value {
    let (change, commit, differences) = match &outcome.change {
        FreezeChange::Commit(commit) => ("frozen", Some(commit.to_hex()), &[][..]),
        FreezeChange::WouldCommit => ("wouldFreeze", None, &[][..]),
        FreezeChange::AlreadyFrozen => ("alreadyFrozen", None, &[][..]),
        FreezeChange::Kept(differences) => ("kept", None, differences.as_slice()),
    };
    let difference = |difference: &freight::Difference| json!({ "key": difference.key, "recorded": difference.mine, "given": difference.theirs });
    json!({
        "warehouse": outcome.warehouse,
        "tag": outcome.tag.as_str(),
        "change": change,
        "commit": commit,
        "isNewest": outcome.is_newest,
        "differences": differences.iter().map(difference).collect::<Vec<_>>(),
        "failures": report::failures_json(&outcome.failures),
        "warnings": outcome.warnings,
        "next": outcome.next.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
