//! `promote`: one freight into one stage, or whatever may go further.

use clap::Args;
use gitstore::Durability;
use promotion::{
    AutoOutcome, AutoRequest, AutoResult, Direction, Foreign, Mode, OtherWay, PromoteChange, PromoteOutcome,
    PromoteRequest, WayBack, Workspace,
};
use rendered::{Detail, TextOptions};
use serde_json::json;

use super::review::{opened_document, opened_text};
use super::{Json, Push};
use crate::invocation::Invocation;
use crate::report::{Failure, Outcome};
use crate::terminal::{print, print_json};

/// Promote a release to a stage: gates, render, and one commit on stage/<stage>
///
/// Policy and freight are read from the tip of the main branch. It happens whole, or every branch stays as it
/// was. What the stage has already makes no commit.
///
/// A stage that says `promote: review` gets a review instead: a branch review/<stage>/<tag> on top of the stage's, and a
/// pull request where the pipeline file names a provider. Its branch moves when that is merged (`cargo xtask review`);
/// where no manifest changes, at once.
///
/// With --auto every stage marked `auto` gets the newest release that its gates let through, in the order of the graph:
/// run it after `freeze`, after `verify` and from a timer. What waits for a gate is told, and no error.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask promote staging
  cargo xtask promote test --freight git-0cc4cd87 --dry-run
  cargo xtask promote staging --push
  cargo xtask promote --auto --push
  cargo xtask promote test --rollback git-0cc4cd87   the older release, with today's policy
  cargo xtask promote staging --adopt --dry-run      what taking over a foreign branch would change")]
pub(crate) struct Promote {
    /// The stage
    #[arg(value_name = "STAGE", required_unless_present = "auto", conflicts_with = "auto")]
    stage: Option<String>,
    /// Promote to every stage marked `auto` what its gates let through
    #[arg(long, conflicts_with_all = ["freight", "rollback", "policy", "adopt"])]
    auto: bool,
    /// The release: a tag, a revision, or how one begins [default: the newest for a first stage, else what the
    /// stage upstream has]
    #[arg(long, value_name = "TAG")]
    freight: Option<String>,
    /// Go back to this older release, rendered with today's policy; `cargo xtask rollback` restores instead what
    /// the stage had
    #[arg(long, value_name = "TAG", conflicts_with = "freight")]
    rollback: Option<String>,
    /// Take over a branch that holds what no promotion wrote: the promotion replaces it
    #[arg(long)]
    adopt: bool,
    /// Show the difference, object by object, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Take the policy and the freight of another commit of the main branch
    #[arg(long, value_name = "REV", requires = "dry_run")]
    policy: Option<String>,
    #[command(flatten)]
    push: Push,
    /// Don't wait for the disk: for benchmarks and throw-away clones
    #[arg(long)]
    no_sync: bool,
    #[command(flatten)]
    json: Json,
}

impl Promote {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let durability = if self.no_sync { Durability::NoSync } else { Durability::Sync };
        let workspace = invocation.workspace_with(durability)?;
        match &self.stage {
            Some(stage) => self.one(stage, &workspace, invocation),
            None => self.all(&workspace, invocation),
        }
    }

    fn mode(&self) -> Mode {
        if self.dry_run { Mode::DryRun } else { Mode::Write }
    }

    fn one(&self, stage: &str, workspace: &Workspace, invocation: &Invocation) -> anyhow::Result<Outcome> {
        // What goes back, or replaces what others wrote, is shown before anything is written.
        let is_shown = (self.rollback.is_some() || self.adopt) && !self.dry_run && !self.json.json;
        if is_shown {
            let planned = self.call(stage, workspace, Mode::DryRun, invocation)?;
            if planned.change != PromoteChange::Unchanged {
                let (stage, freight) = (planned.stage.as_str(), planned.freight.as_str());
                let lead = format!("{stage} gets {freight} with today's policy");
                print(preview(&lead, &planned.diff, planned.other_way.as_ref(), stage, freight, invocation))?;
            }
        }
        let result = self.call(stage, workspace, self.mode(), invocation);
        if let (Err(promotion::Error::Gates { stage, refusals }), true) = (&result, self.json.json) {
            print_json(&json!({
                "stage": stage.as_str(),
                "change": "refused",
                "refusals": refusals.iter().map(refusal_document).collect::<Vec<_>>(),
            }))?;
        }
        let outcome = result?;
        warn(&outcome, invocation);
        if self.json.json {
            print_json(&document(&outcome))?;
        } else {
            let told = if is_shown { Told::Shown } else { self.told() };
            print(text(&outcome, &self.push, told, invocation))?;
        }
        Ok(Outcome::Done)
    }

    fn call(
        &self,
        stage: &str,
        workspace: &Workspace,
        mode: Mode,
        invocation: &Invocation,
    ) -> Result<PromoteOutcome, promotion::Error> {
        let request = PromoteRequest {
            stage,
            freight: self.freight.as_deref().or(self.rollback.as_deref()),
            direction: if self.rollback.is_some() { Direction::Rollback } else { Direction::Forward },
            foreign: if self.adopt { Foreign::Adopt } else { Foreign::Refuse },
            truth: self.push.truth(),
            policy: self.policy.as_deref(),
            mode,
        };
        let _progress = self.push.progress(invocation);
        promotion::promote(workspace, &request)
    }

    fn all(&self, workspace: &Workspace, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let request = AutoRequest { truth: self.push.truth(), mode: self.mode() };
        let progress = self.push.progress(invocation);
        let outcome = promotion::promote_auto(workspace, &request)?;
        drop(progress);
        if self.json.json {
            print_json(&auto_document(&outcome))?;
        }
        for stage in &outcome.stages {
            if let AutoResult::Promoted(outcome) = &stage.result {
                warn(outcome, invocation);
            }
        }
        if !self.json.json {
            if outcome.stages.is_empty() {
                print("no stage is marked `auto`\n")?;
            }
            for stage in &outcome.stages {
                let name = &stage.stage;
                print(match &stage.result {
                    AutoResult::Promoted(outcome) => text(outcome, &self.push, self.told(), invocation),
                    AutoResult::UpToDate => format!("{name} is up to date\n"),
                    AutoResult::RolledBack { freight } => format!(
                        "{name} was rolled back from {freight} and stays where it is; to promote it again: cargo xtask promote {name} --freight {}{}\n",
                        freight.short(),
                        self.push.flag()
                    ),
                    AutoResult::Waiting { freight, refusals } => {
                        let refusals = refusals.iter().map(|refusal| format!("\n  {refusal}"));
                        format!("{name} waits for {freight}:{}\n", refusals.collect::<String>())
                    }
                    AutoResult::Failed(_) => String::new(),
                })?;
            }
        }
        let mut failed = Vec::new();
        for stage in &outcome.stages {
            if let AutoResult::Failed(error) = &stage.result {
                failed.push(stage.stage.as_str());
                invocation.terminal.error(format_args!("{}: {error}", stage.stage));
                error.hint().into_iter().for_each(|hint| invocation.terminal.hint(hint));
            }
        }
        match failed.as_slice() {
            [] => Ok(Outcome::Done),
            failed => Err(Failure::new(format!("{} can't be promoted to", failed.join(" and "))).into()),
        }
    }

    fn told(&self) -> Told {
        if self.dry_run { Told::Planned } else { Told::Done }
    }
}

/// Whether a promotion was made, or only looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It was made: counts suffice.
    Done,
    /// It was made, and every object was shown before.
    Shown,
    /// It wasn't: every object is shown.
    Planned,
}

/// What a promotion came to, and what comes next.
pub(super) fn text(outcome: &PromoteOutcome, push: &Push, told: Told, invocation: &Invocation) -> String {
    let PromoteOutcome { freight, stage, branch, .. } = outcome;
    let mut text = match &outcome.change {
        PromoteChange::Commit(commit) => {
            format!("promoted {freight} to {stage}: commit {} on {branch}{}\n", commit.short(), push.done())
        }
        PromoteChange::WouldCommit => format!("would promote {freight} to {stage}; nothing was written\n"),
        PromoteChange::Unchanged => {
            return format!("{stage} has {freight} already, rendered the same: nothing changed\n");
        }
        PromoteChange::Review => format!("{freight} waits for its review before it goes to {stage}\n"),
        PromoteChange::WouldReview => {
            format!("would open a review of {freight} for {stage}; nothing was written\n")
        }
    };
    match &outcome.before {
        Some(before) if before == freight => {
            text.push_str("the same release as before, with another policy\n");
        }
        Some(before) => text.push_str(&format!("the stage had {before}\n")),
        None if outcome.adopted.is_some() => text.push_str("the stage's branch was taken over\n"),
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
        text.push_str(&other_way_text(stage.as_str(), freight.as_str(), other));
    }
    if told == Told::Planned {
        return text;
    }
    if let Some(opened) = &outcome.review {
        text.push_str(&opened_text(stage.as_str(), opened, &push.flag()));
    } else if !outcome.checks.is_empty() {
        text.push_str(&format!("verify it: cargo xtask verify {stage}{}\n", push.flag()));
    } else if let Some(next) = outcome.next.first() {
        text.push_str(&format!("promote it further: cargo xtask promote {next}{}\n", push.flag()));
    }
    text
}

/// What was noticed on the way.
pub(super) fn warn(outcome: &PromoteOutcome, invocation: &Invocation) {
    if let Some(adopted) = &outcome.adopted {
        invocation.terminal.warning(format_args!("taken over: {adopted}"));
    }
    let of_review = outcome.review.iter().flat_map(|opened| &opened.warnings);
    for warning in outcome.warnings.iter().chain(of_review) {
        invocation.terminal.warning(warning);
    }
}

/// What is about to be written, object by object, and what the other way back would give.
pub(super) fn preview(
    lead: &str,
    diff: &rendered::ManifestsDiff,
    other: Option<&OtherWay>,
    stage: &str,
    freight: &str,
    invocation: &Invocation,
) -> String {
    let options = TextOptions { colour: invocation.terminal.colour(), detail: Detail::Fields };
    let other = other.map(|other| other_way_text(stage, freight, other)).unwrap_or_default();
    format!("{lead}:\n\n{}{other}\n", diff.to_text(options))
}

/// `objects: 1 added, 0 removed, 2 changed, 3 as they were`
pub(super) fn objects(summary: rendered::Summary) -> String {
    format!(
        "objects: {} added, {} removed, {} changed, {} as they were\n",
        summary.added, summary.removed, summary.changed, summary.unchanged
    )
}

/// What the other way back would give.
pub(super) fn other_way_text(stage: &str, freight: &str, other: &OtherWay) -> String {
    let (now, this) = (objects(other.from_now.summary), objects(other.from_this.summary));
    let (what, command) = match other.kind {
        WayBack::Render => (
            "rendered with today's policy instead",
            format!("cargo xtask promote {stage} --rollback {freight}"),
        ),
        WayBack::Restore(commit) => {
            ("restored exactly instead", format!("cargo xtask rollback {stage} --to {}", commit.short()))
        }
    };
    format!("{what} (`{command}`)\n  against what the stage had: {now}  against this rollback:      {this}")
}

/// What the other way back would give, for programs.
pub(super) fn other_way_document(other: &OtherWay) -> serde_json::Value {
    let (kind, commit) = match other.kind {
        WayBack::Render => ("render", None),
        WayBack::Restore(commit) => ("restore", Some(commit.to_hex())),
    };
    json!({
        "kind": kind,
        "commit": commit,
        "fromNow": other.from_now.to_json(),
        "fromThis": other.from_this.to_json(),
    })
}

/// What happened to every stage marked `auto`, for programs.
fn auto_document(outcome: &AutoOutcome) -> serde_json::Value {
    let stage = |stage: &promotion::AutoStage| {
        let name = stage.stage.as_str();
        match &stage.result {
            AutoResult::Promoted(outcome) => {
                json!({ "stage": name, "result": "promoted", "promotion": document(outcome) })
            }
            AutoResult::UpToDate => json!({ "stage": name, "result": "upToDate" }),
            AutoResult::RolledBack { freight } => {
                json!({ "stage": name, "result": "rolledBack", "freight": freight.as_str() })
            }
            AutoResult::Waiting { freight, refusals } => json!({
                "stage": name,
                "result": "waiting",
                "freight": freight.as_str(),
                "refusals": refusals.iter().map(refusal_document).collect::<Vec<_>>(),
            }),
            AutoResult::Failed(error) => {
                json!({ "stage": name, "result": "failed", "error": error.to_string(), "hint": error.hint() })
            }
        }
    };
    json!({ "stages": outcome.stages.iter().map(stage).collect::<Vec<_>>() })
}

/// A gate's no, for programs.
pub(super) fn refusal_document(refusal: &promotion::Refusal) -> serde_json::Value {
    json!({ "gate": refusal.gate, "reason": refusal.reason, "remedy": refusal.remedy })
}

/// A promotion, made or not, for programs.
pub(super) fn document(outcome: &PromoteOutcome) -> serde_json::Value {
    let (change, commit) = match &outcome.change {
        PromoteChange::Commit(commit) => ("promoted", Some(commit.to_hex())),
        PromoteChange::WouldCommit => ("wouldPromote", None),
        PromoteChange::Unchanged => ("unchanged", None),
        PromoteChange::Review => ("review", None),
        PromoteChange::WouldReview => ("wouldReview", None),
    };
    json!({
        "stage": outcome.stage.as_str(),
        "branch": outcome.branch.as_str(),
        "freight": outcome.freight.as_str(),
        "before": outcome.before.as_ref().map(|tag| tag.as_str()),
        "change": change,
        "commit": commit,
        "diff": outcome.diff.to_json(),
        "otherWay": outcome.other_way.as_ref().map(other_way_document),
        "review": outcome.review.as_ref().map(opened_document),
        "adopted": outcome.adopted,
        "warnings": outcome.warnings,
        "checks": outcome.checks,
        "next": outcome.next.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
