//! `history`: a stage's promotions and verdicts.

use clap::Args;
use gitstore::Signature;
use promotion::{Event, HistoryEntry, Rest};
use serde_json::json;

use super::Json;
use super::verify::verdict_document;
use crate::invocation::Invocation;
use crate::report::Outcome;
use crate::terminal::{print, print_json, visible};

/// How many commits are shown where nothing else is said.
const SHOWN: usize = 20;

/// Show what happened to a stage: promotions, rollbacks and verdicts, newest first
///
/// Read from the records on the stage's branch, along its own line; what a commit says of itself in its message counts
/// for nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask history test
  cargo xtask history production --limit 5
  cargo xtask history test --all --json | jq '.entries[] | {time, event, freight}'")]
pub(crate) struct History {
    /// The stage
    #[arg(value_name = "STAGE")]
    stage: String,
    /// How many commits to show
    #[arg(long, value_name = "COUNT", default_value_t = SHOWN, conflicts_with = "all")]
    limit: usize,
    /// Show all commits
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    json: Json,
}

impl History {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let limit = (!self.all).then_some(self.limit);
        let history = promotion::history(&invocation.workspace()?, &self.stage, limit)?;
        if self.json.json {
            print_json(&document(&history))?;
            return Ok(Outcome::Done);
        }
        let mut text = match &history.remote {
            Some(remote) => format!("{remote}/{}\n", history.branch),
            None => format!("{}\n", history.branch),
        };
        if history.entries.is_empty() && history.rest == Rest::Nothing {
            text.push_str("no branch yet: nothing was promoted\n");
        }
        history.entries.iter().for_each(|entry| text.push_str(&entry_text(entry)));
        match history.rest {
            Rest::Nothing => {}
            Rest::More => text.push_str("\nthere is more: --limit COUNT or --all\n"),
            Rest::Unknown => text.push_str("\nthis clone is shallow: `git fetch --unshallow` shows more\n"),
        }
        print(&*visible(&text))?;
        Ok(Outcome::Done)
    }
}

fn entry_text(entry: &HistoryEntry) -> String {
    let freight = entry.freight.as_ref().map_or("nothing", |tag| tag.as_str());
    let before = entry.before.as_ref().map(|tag| format!(" (had {})", tag.short())).unwrap_or_default();
    let what = match entry.event {
        Event::Begun => "began with nothing".to_owned(),
        Event::Promoted => format!("promoted {freight}{before}"),
        Event::Restored => format!("restored {freight} as it was{before}"),
        Event::Rendered => format!("rendered {freight} anew"),
        Event::Verified => "verified".to_owned(),
        Event::Nothing => "changed nothing".to_owned(),
        Event::Foreign => format!("no promotion: {}", entry.subject),
    };
    let (commit, who, when) = (entry.commit.short(), &entry.author.name, time(&entry.committer));
    let mut text = format!("\n{commit}  {when}  {who}\n  {what}\n");
    for change in &entry.policy {
        let verb = match (change.old, change.new) {
            (None, _) => "also reads",
            (_, None) => "no longer reads",
            (Some(_), Some(_)) => "changed:",
        };
        // A first promotion reads everything for the first time.
        if entry.before.is_some() {
            text.push_str(&format!("  policy {verb} {}\n", change.path));
        }
    }
    for (tag, verdict) in &entry.verdicts {
        let freight = tag.as_ref().map_or(verdict.freight.short().to_owned(), |tag| tag.short().to_owned());
        let names: Vec<&str> = verdict.evidence.iter().map(|evidence| evidence.name.as_str()).collect();
        let names = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
        text.push_str(&format!("  {freight} {}{names}\n", verdict.result.as_str()));
    }
    text
}

/// The time of a signature, in RFC 3339.
fn time(signature: &Signature) -> String {
    let seconds = signature.time.seconds;
    jiff::Timestamp::from_second(seconds).map_or_else(|_| format!("{seconds}"), |time| time.to_string())
}

fn document(history: &promotion::History) -> serde_json::Value {
    let person = |signature: &Signature| json!({ "name": signature.name, "email": signature.email });
    let entry = |entry: &HistoryEntry| {
        let change = |change: &promotion::PolicyChange| {
            json!({
                "path": change.path.to_string(),
                "old": change.old.map(|blob| blob.to_hex()),
                "new": change.new.map(|blob| blob.to_hex()),
            })
        };
        let verdict = |(tag, verdict): &(Option<freight::ReleaseTag>, rendered::Verdict)| {
            let mut document = verdict_document(verdict);
            document["freight"] = json!(tag.as_ref().map(|tag| tag.as_str()));
            document
        };
        json!({
            "commit": entry.commit.to_hex(),
            "author": person(&entry.author),
            "committer": person(&entry.committer),
            "time": time(&entry.committer),
            "subject": entry.subject,
            "event": entry.event.as_str(),
            "freight": entry.freight.as_ref().map(|tag| tag.as_str()),
            "before": entry.before.as_ref().map(|tag| tag.as_str()),
            "policy": entry.policy.iter().map(change).collect::<Vec<_>>(),
            "verdicts": entry.verdicts.iter().map(verdict).collect::<Vec<_>>(),
        })
    };
    let rest = match history.rest {
        Rest::Nothing => "nothing",
        Rest::More => "more",
        Rest::Unknown => "unknown",
    };
    json!({
        "stage": history.stage.as_str(),
        "branch": history.branch.as_str(),
        "remote": history.remote,
        "entries": history.entries.iter().map(entry).collect::<Vec<_>>(),
        "rest": rest,
    })
}
