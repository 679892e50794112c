//! `legacy`: what the environments of the former git-flow have had, for the gates that wait for them.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use gitstore::BranchName;
use promotion::{LegacyChange, LegacyCurrent, LegacyEnvironment, LegacyOutcome, LegacyRequest, Mode};
use serde_json::json;

use super::{Json, Push};
use crate::invocation::Invocation;
use crate::report::Outcome;
use crate::terminal::{print, print_json, table};

/// Record which releases an environment of the former git-flow has had, and list them
///
/// A stage with the gate `legacyGitflow` takes a release only once its environment there has had it.
#[derive(Debug, Args)]
pub(crate) struct Legacy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Record(Record),
    List(List),
}

/// Record that an environment has reached a commit
///
/// Every frozen release that is the commit or an ancestor of it, over all parents, gets a marker, in one commit on
/// the main branch. Markers that exist stay; recording again changes nothing. Releases that are frozen later get
/// theirs when the same commit, or a later one, is recorded again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask legacy record production --revision origin/production
  cargo xtask legacy record production --revision $MERGE --source ../monorepo --push")]
struct Record {
    /// The environment, as `legacy` of a stage in pipeline.yaml names it
    #[arg(value_name = "ENV")]
    environment: String,
    /// The commit that the environment has reached, usually a merge on its branch
    #[arg(long, value_name = "REV")]
    revision: String,
    /// The warehouse; needed where the pipeline has several
    #[arg(long, value_name = "NAME")]
    warehouse: Option<String>,
    /// The repository that the releases are cut from: a local clone or a bare repository [default: this one]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::DirPath)]
    source: Option<PathBuf>,
    #[command(flatten)]
    push: Push,
    /// Say what would happen, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    json: Json,
}

/// List what is recorded for each environment that a stage names
///
/// What disagrees with the release that it marks is told with its file; the exit status is 1 then.
#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    json: Json,
}

impl Legacy {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        match &self.command {
            Command::Record(record) => record.run(invocation),
            Command::List(list) => list.run(invocation),
        }
    }
}

impl Record {
    fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let source = super::open_source(self.source.as_deref(), invocation)?;
        let request = LegacyRequest {
            environment: &self.environment,
            revision: &self.revision,
            warehouse: self.warehouse.as_deref(),
            source: source.as_ref(),
            truth: self.push.truth(),
            mode: if self.dry_run { Mode::DryRun } else { Mode::Write },
        };
        let progress = self.push.progress(invocation);
        let workspace = invocation.workspace()?;
        let outcome = promotion::record_legacy(&workspace, &request)?;
        drop(progress);
        for warning in &outcome.warnings {
            invocation.terminal.warning(warning);
        }
        if self.json.json {
            print_json(&record_document(&outcome))?;
        } else {
            print(self.text(&outcome, &workspace.main))?;
        }
        Ok(Outcome::Done)
    }

    fn text(&self, outcome: &LegacyOutcome, main: &BranchName) -> String {
        let LegacyOutcome { environment, warehouse, recorded, added, kept, without, .. } = outcome;
        let at = format!("{environment} of {warehouse} at {recorded}");
        let mut text = match outcome.change {
            LegacyChange::Commit(commit) => {
                format!("recorded {at}: commit {} on {main}{}\n", commit.short(), self.push.done())
            }
            LegacyChange::WouldCommit => format!("would record {at}; nothing was written\n"),
            LegacyChange::AlreadyRecorded => format!("{at} is recorded already: nothing changed\n"),
        };
        for tag in added {
            text.push_str(&format!("  + {tag}\n"));
        }
        text.push_str(&format!(
            "markers: {} new, {kept} as they were; {without} frozen without one\n",
            added.len()
        ));
        match &outcome.current {
            LegacyCurrent::Moved | LegacyCurrent::Same => {}
            LegacyCurrent::Newer(newer) => {
                text.push_str(&format!("current.yaml stays: it names {newer}, which is newer\n"));
            }
            LegacyCurrent::Switched(before) => {
                text.push_str(&format!("current.yaml named {before} before, on another line of history\n"));
            }
        }
        text
    }
}

fn record_document(outcome: &LegacyOutcome) -> serde_json::Value {
    let (change, commit) = match outcome.change {
        LegacyChange::Commit(commit) => ("recorded", Some(commit.to_hex())),
        LegacyChange::WouldCommit => ("wouldRecord", None),
        LegacyChange::AlreadyRecorded => ("alreadyRecorded", None),
    };
    let (current, other) = match &outcome.current {
        LegacyCurrent::Moved => ("moved", None),
        LegacyCurrent::Same => ("same", None),
        LegacyCurrent::Newer(other) => ("newer", Some(other)),
        LegacyCurrent::Switched(other) => ("switched", Some(other)),
    };
    json!({
        "warehouse": outcome.warehouse,
        "environment": outcome.environment,
        "recorded": outcome.recorded.as_str(),
        "change": change,
        "commit": commit,
        "added": outcome.added.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(),
        "kept": outcome.kept,
        "without": outcome.without,
        "current": current,
        "otherCurrent": other.map(|other| other.as_str()),
        "warnings": outcome.warnings,
    })
}

impl List {
    fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let environments = promotion::list_legacy(&invocation.workspace()?)?;
        let problems = environments.iter().flat_map(|environment| &environment.problems);
        let outcome = if problems.clone().next().is_some() { Outcome::Differs } else { Outcome::Done };
        problems.for_each(|problem| invocation.terminal.warning(problem));
        if self.json.json {
            print_json(&environments.iter().map(environment_document).collect())?;
        } else if environments.is_empty() {
            print("no stage names an environment under `legacy`\n")?;
        } else {
            let header = ["WAREHOUSE", "ENVIRONMENT", "RECORDED", "MARKED", "WITHOUT"];
            let mut rows = vec![header.map(str::to_owned).to_vec()];
            rows.extend(environments.iter().map(row));
            print(table(&rows))?;
        }
        Ok(outcome)
    }
}

fn row(environment: &LegacyEnvironment) -> Vec<String> {
    let recorded = environment.recorded.as_ref().map_or("-", |recorded| recorded.short());
    vec![
        environment.warehouse.clone(),
        environment.name.clone(),
        recorded.to_owned(),
        environment.marked.len().to_string(),
        environment.unmarked.len().to_string(),
    ]
}

fn environment_document(environment: &LegacyEnvironment) -> serde_json::Value {
    let tags = |tags: &[freight::ReleaseTag]| tags.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({
        "warehouse": environment.warehouse,
        "environment": environment.name,
        "recorded": environment.recorded.as_ref().map(|recorded| recorded.as_str()),
        "marked": tags(&environment.marked),
        "unmarked": tags(&environment.unmarked),
        "problems": environment.problems,
    })
}
