//! `status`: where every stage stands.

use clap::Args;
use policy::LiveSource;
use promotion::{Drift, Eligible, StageStatus, Tracking, WarehouseStatus};
use serde_json::json;

use super::Json;
use super::promote::refusal_document;
use super::review::review_document;
use crate::invocation::Invocation;
use crate::report::Outcome;
use crate::terminal::{print, print_json, table, visible};

/// How many releases are listed; there may be hundreds.
const SHOWN_RELEASES: usize = 5;

/// Show the releases, and where every stage stands
///
/// A stage's release and since when it has it, how many releases it is behind or ahead of what it takes freight
/// from, and whether its branch equals re-rendering its record. What can't be read is listed with its place and
/// hides nothing else; the exit status is 1 then. With drift alone it is 0: a branch that differs is told here, and
/// `audit` fails for it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask status
  cargo xtask status --json | jq '.stages[] | {name, freight}'")]
pub(crate) struct Status {
    #[command(flatten)]
    json: Json,
}

impl Status {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let workspace = invocation.workspace()?;
        let status = promotion::status(&workspace)?;
        let outcome = if status.has_problems() { Outcome::Differs } else { Outcome::Done };
        if self.json.json {
            print_json(&document(&status))?;
            return Ok(outcome);
        }
        let now = workspace.now.seconds;
        let main = [status.main.short().to_owned()].into_iter().chain(standings(&status.tracking));
        let mut text = format!("policy of {} at {}\n", workspace.main, main.collect::<Vec<_>>().join(", "));
        for warehouse in &status.warehouses {
            text.push_str(&releases(warehouse));
        }
        let header = ["STAGE", "FREIGHT", "SINCE", "UPSTREAM", "BRANCH", "STATE"];
        let mut rows = vec![header.map(str::to_owned).to_vec()];
        rows.extend(status.stages.iter().map(|stage| row(stage, now)));
        let pending: String = status.stages.iter().map(pending).collect();
        let live = live_sources(&status.live_sources);
        let text = format!("{text}\n{}{live}{pending}{}", table(&rows), reviews(&status));
        print(&*visible(&text))?;
        let mut hints = hints(&status);
        hints.dedup();
        for hint in hints {
            invocation.terminal.hint(hint);
        }
        Ok(outcome)
    }
}

/// The reviews that are open, a line each.
fn reviews(status: &promotion::Status) -> String {
    let mut text = String::new();
    for review in status.stages.iter().flat_map(|stage| &stage.reviews) {
        text.push_str(&format!("\nreview of {}: {} ({})", review.stage, review.branch, review.state));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// What to do about what can't be read.
fn hints(status: &promotion::Status) -> Vec<String> {
    let problems = status.warehouses.iter().flat_map(|warehouse| &warehouse.problems);
    let of_freight = problems.filter_map(freight::Error::hint);
    let of_stages = status.stages.iter().filter_map(|stage| match &stage.drift {
        Drift::Unreadable { hint, .. } => hint.clone(),
        _ => None,
    });
    of_freight.chain(of_stages).collect()
}

/// How a branch stands to the remotes' where it isn't the same.
fn standings(tracking: &[Tracking]) -> impl Iterator<Item = String> {
    tracking.iter().filter_map(Tracking::describe)
}

/// The newest releases of a warehouse.
fn releases(warehouse: &WarehouseStatus) -> String {
    let WarehouseStatus { name, current, releases, problems } = warehouse;
    if releases.is_empty() && problems.is_empty() {
        return format!("{name}: nothing frozen yet\n");
    }
    let mut text = format!("{name}: {} frozen, newest first\n", plural(releases.len(), "release"));
    for tag in releases.iter().take(SHOWN_RELEASES) {
        let mark = if current.as_ref() == Some(tag) { "  (current)" } else { "" };
        text.push_str(&format!("  {tag}{mark}\n"));
    }
    if releases.len() > SHOWN_RELEASES {
        text.push_str(&format!("  and {} older; --json lists all\n", releases.len() - SHOWN_RELEASES));
    }
    for problem in problems {
        // Further lines of a problem stand below the first.
        text.push_str(&format!("  can't be read: {}\n", problem.to_string().replace('\n', "\n    ")));
    }
    text
}

/// One line that names the deployments that no stage renders; nothing where there are none.
fn live_sources(found: &[LiveSource]) -> String {
    let one = |live: &LiveSource| match &live.branch {
        Some(branch) => format!("{} ({branch})", live.name),
        None => live.name.to_string(),
    };
    match found.iter().map(one).collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => none,
        names => format!("\nlive-source, rendered by no stage: {names}\n"),
    }
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn row(stage: &StageStatus, now: i64) -> Vec<String> {
    let dash = || "-".to_owned();
    let upstream = match (stage.behind, stage.ahead) {
        (Some(0), Some(0)) => "same".to_owned(),
        (Some(behind), _) if behind > 0 => format!("{} behind", plural(behind, "release")),
        (_, Some(ahead)) => format!("{} ahead", plural(ahead, "release")),
        _ => dash(),
    };
    let branch = match &stage.remote {
        Some(remote) => format!("{remote}/{}", stage.branch),
        None => stage.branch.to_string(),
    };
    let mut state = match &stage.drift {
        Drift::Empty if stage.tip.is_none() => "no branch yet".to_owned(),
        Drift::Empty => "nothing promoted yet".to_owned(),
        Drift::None => "as recorded".to_owned(),
        Drift::Drifted(detail) => format!("drifted: {detail}"),
        Drift::Unprovable(detail) => format!("can't be told: {detail}"),
        Drift::Unreadable { detail, .. } => format!("can't be read: {detail}"),
    };
    match stage.verdict {
        Some(verdict) => state.push_str(&format!("; {}", verdict.as_str())),
        None if !stage.checks.is_empty() && stage.freight.is_some() => state.push_str("; not verified"),
        None => {}
    }
    if !stage.policy.is_empty() {
        state.push_str("; policy changed since");
    }
    for standing in standings(&stage.tracking) {
        state.push_str(&format!("; {standing}"));
    }
    vec![
        stage.name.to_string(),
        stage.freight.as_ref().map_or_else(dash, |tag| tag.short().to_owned()),
        stage.since.map_or_else(dash, |since| age(now - since)),
        upstream,
        branch,
        state,
    ]
}

/// What a stage could get, and what of its policy is another by now.
fn pending(stage: &StageStatus) -> String {
    let name = &stage.name;
    let mut text = match &stage.eligible {
        Eligible::Nothing => String::new(),
        Eligible::Release(tag) => format!("\n{name} can take {}: cargo xtask promote {name}\n", tag.short()),
        Eligible::Waiting { freight, refusals } => {
            let refusals = refusals.iter().map(|refusal| format!("  {refusal}\n"));
            format!("\n{name} waits for {}:\n{}", freight.short(), refusals.collect::<String>())
        }
        Eligible::Unknown(why) => format!("\nwhat {name} can take can't be told: {why}\n"),
    };
    if stage.policy.is_empty() {
        return text;
    }
    let files = stage.policy.files.iter().map(|change| change.path.to_string());
    let settings = stage.policy.settings.then(|| "settings of the pipeline".to_owned());
    let what: Vec<String> = files.chain(settings).collect();
    text.push_str(&format!(
        "\n{name} was rendered with another policy ({}): cargo xtask diff {name}\n",
        what.join(", ")
    ));
    text
}

/// A time span in its largest unit.
fn age(seconds: i64) -> String {
    match seconds.max(0) {
        seconds if seconds < 60 => format!("{seconds} s"),
        seconds if seconds < 3600 => format!("{} min", seconds / 60),
        seconds if seconds < 2 * 86400 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86400),
    }
}

fn document(status: &promotion::Status) -> serde_json::Value {
    let warehouse = |warehouse: &WarehouseStatus| {
        json!({
            "name": warehouse.name,
            "current": warehouse.current.as_ref().map(|tag| tag.as_str()),
            "releases": warehouse.releases.iter().map(|tag| tag.as_str()).collect::<Vec<_>>(),
            "problems": warehouse.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    };
    let stage = |stage: &StageStatus| {
        let detail = match &stage.drift {
            Drift::Empty | Drift::None => None,
            Drift::Drifted(detail) | Drift::Unprovable(detail) | Drift::Unreadable { detail, .. } => {
                Some(detail)
            }
        };
        json!({
            "name": stage.name.as_str(),
            "promote": stage.promote.as_str(),
            "branch": stage.branch.as_str(),
            "remote": stage.remote,
            "tracking": tracking_document(&stage.tracking),
            "tip": stage.tip.map(|tip| tip.to_hex()),
            "freight": stage.freight.as_ref().map(|tag| tag.as_str()),
            "since": stage.since.and_then(|since| jiff::Timestamp::from_second(since).ok()).map(|time| time.to_string()),
            "behind": stage.behind,
            "ahead": stage.ahead,
            "drift": stage.drift.as_str(),
            "detail": detail,
            "reviews": stage.reviews.iter().map(review_document).collect::<Vec<_>>(),
            "verdict": stage.verdict.map(|verdict| verdict.as_str()),
            "checks": stage.checks,
            "policy": {
                "files": stage.policy.files.iter().map(|change| change.path.to_string()).collect::<Vec<_>>(),
                "settings": stage.policy.settings,
            },
            "eligible": eligible_document(&stage.eligible),
        })
    };
    let live_source = |live: &LiveSource| {
        json!({
            "name": live.name.as_str(),
            "envType": live.env_type,
            "namespace": live.namespace,
            "branch": live.branch,
        })
    };
    json!({
        "main": status.main.to_hex(),
        "tracking": tracking_document(&status.tracking),
        "warehouses": status.warehouses.iter().map(warehouse).collect::<Vec<_>>(),
        "stages": status.stages.iter().map(stage).collect::<Vec<_>>(),
        "liveSources": status.live_sources.iter().map(live_source).collect::<Vec<_>>(),
    })
}

fn eligible_document(eligible: &Eligible) -> serde_json::Value {
    match eligible {
        Eligible::Nothing => json!(null),
        Eligible::Release(tag) => json!({ "freight": tag.as_str(), "refusals": [] }),
        Eligible::Waiting { freight, refusals } => json!({
            "freight": freight.as_str(),
            "refusals": refusals.iter().map(refusal_document).collect::<Vec<_>>(),
        }),
        Eligible::Unknown(why) => json!({ "unknown": why }),
    }
}

fn tracking_document(tracking: &[Tracking]) -> serde_json::Value {
    let one = |Tracking { remote, distance, .. }: &Tracking| {
        json!({
            "remote": remote,
            "ahead": distance.map(|distance| distance.ahead),
            "behind": distance.map(|distance| distance.behind),
        })
    };
    tracking.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    #[test]
    fn ages_are_said_in_their_largest_unit() {
        let ages = [-5, 59, 60, 7199, 86400, 200_000].map(super::age);
        assert_eq!(ages, ["0 s", "59 s", "1 min", "1 h", "24 h", "2 days"]);
    }
}
