//! Gates: yes/no conditions that must hold before a promotion writes anything. None reads a trailer.

use std::fmt;
use std::time::Duration;

use freight::{FreightPaths, FreightRecord, FrozenFreight, legacy, store};
use gitstore::CommitId;
use policy::{Stage, WindowState};

use crate::error::Error;
use crate::promote::ancestry;
use crate::stage::StageTip;
use crate::standing::{self, Standing};
use crate::workspace::{Tip, Workspace};

/// A gate's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The gate's name.
    pub gate: &'static str,
    /// What it found.
    pub reason: String,
    /// What would satisfy it.
    pub remedy: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.gate, self.reason, self.remedy)
    }
}

/// Which way a promotion goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// To a release that is no older than the one that the stage has.
    #[default]
    Forward,
    /// Back to an older one, on purpose.
    Rollback,
}

/// An upstream stage and the tip of its branch.
pub(crate) struct UpstreamTip<'p> {
    pub(crate) stage: &'p Stage,
    pub(crate) tip: Option<CommitId>,
}

/// What the gates of a stage are asked about.
pub(crate) struct Question<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) tip: &'a Tip,
    pub(crate) stage: &'a Stage,
    pub(crate) freight: &'a FrozenFreight,
    /// The stages that the stage takes freight from.
    pub(crate) upstream: &'a [UpstreamTip<'a>],
    /// What the stage has.
    pub(crate) before: Option<&'a StageTip>,
    pub(crate) direction: Direction,
}

/// An answer of one gate that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateAnswer {
    /// The gate's name.
    pub gate: &'static str,
    /// Its no, if it says so.
    pub refusal: Option<Refusal>,
    /// What holds, in words that are the same until something else does.
    pub holds: String,
}

impl Question<'_> {
    /// The answers of all gates that the stage has.
    pub(crate) fn ask(&self) -> Result<Vec<GateAnswer>, Error> {
        let mut answers = Vec::new();
        let mut answer = |gate: &'static str, refusal: Option<Refusal>, holds: String| {
            answers.push(GateAnswer { gate, refusal, holds });
        };
        if !self.upstream.is_empty() {
            let standings = self.standings()?;
            answer(UPSTREAM, self.upstream_refusal(&standings)?, self.passed(&standings));
            if let Some(soak) = self.stage.gates.soak {
                let asked = span(i64::try_from(soak.as_secs()).unwrap_or(i64::MAX));
                let holds = format!("passed long enough ago, where {asked} are asked");
                answer(SOAK, self.soak_refusal(&standings, soak)?, holds);
            }
        }
        if let Some(environment) = &self.stage.gates.legacy_gitflow {
            let holds = format!("was merged to {environment}");
            answer(LEGACY_GITFLOW, self.legacy_refusal(environment)?, holds);
        }
        if let Some(window) = &self.stage.gates.window {
            let refusal = window_refusal(window.at(self.workspace.now.seconds));
            answer(WINDOW, refusal, format!("{} takes releases now", self.stage.name));
        }
        let has = self.before.and_then(|before| before.tree.record.freight.as_ref());
        let holds = match (self.direction, has) {
            (Direction::Rollback, _) => "goes back, as is meant".to_owned(),
            (Direction::Forward, Some(_)) => format!("is no older than what {} has", self.stage.name),
            (Direction::Forward, None) => format!("{} has nothing yet", self.stage.name),
        };
        answer(ORDER, self.order_refusal()?, holds);
        Ok(answers)
    }

    /// Where the freight passed, and by what.
    fn passed(&self, standings: &[Standing]) -> String {
        let of_stage = |(upstream, standing): (&UpstreamTip<'_>, &Standing)| match standing {
            Standing::Passed(passed) if passed.has_verdict() => {
                Some(format!("passed in {}", upstream.stage.name))
            }
            Standing::Passed(_) => Some(format!("was in {}, which has no checks", upstream.stage.name)),
            _ => None,
        };
        self.upstream.iter().zip(standings).filter_map(of_stage).collect::<Vec<_>>().join("; ")
    }

    fn standings(&self) -> Result<Vec<Standing>, Error> {
        let standing = |upstream: &UpstreamTip<'_>| match upstream.tip {
            None => Ok(Standing::NeverPromoted),
            Some(tip) => {
                standing::of(&self.workspace.repository, upstream.stage, tip, self.freight.record_tree)
            }
        };
        self.upstream.iter().map(standing).collect()
    }

    /// `upstream`: the freight passed in an upstream stage. Its tree and manifests are what counts, read from the
    /// records along the branch's own line.
    fn upstream_refusal(&self, standings: &[Standing]) -> Result<Option<Refusal>, Error> {
        if standings.iter().any(|standing| matches!(standing, Standing::Passed(_))) {
            return Ok(None);
        }
        let tag = &self.freight.record.tag;
        let (mut reasons, mut remedies) = (Vec::new(), Vec::new());
        for (upstream, standing) in self.upstream.iter().zip(standings) {
            let name = &upstream.stage.name;
            // Without checks a verdict comes from a person.
            let by_person = if upstream.stage.verify.is_empty() { " --passed --evidence URL" } else { "" };
            let (reason, remedy) = match standing {
                Standing::Passed(_) => continue,
                Standing::NeverPromoted => (
                    format!("was never promoted to {name}"),
                    format!("promote it there first: `cargo xtask promote {name} --freight {tag}`"),
                ),
                Standing::Unverified { has_it: false } => (
                    format!("wasn't verified in {name} while it was there"),
                    format!(
                        "let it pass there again: `cargo xtask promote {name} --rollback {tag}`, then `cargo xtask verify {name}`"
                    ),
                ),
                Standing::Unverified { has_it: true } => (
                    format!("isn't verified in {name}"),
                    format!("verify it there while it has it: `cargo xtask verify {name}`"),
                ),
                Standing::Rewritten(commit) => (
                    format!(
                        "has no verdict in {name} since {} changed verdicts that were there before",
                        commit.short()
                    ),
                    format!("verify it there again: `cargo xtask verify {name}`"),
                ),
                Standing::Failed => (
                    format!("failed its latest verification in {name}"),
                    format!("mend what failed and verify it again: `cargo xtask verify {name}{by_person}`"),
                ),
            };
            reasons.push(reason);
            remedies.push(remedy);
        }
        let mut remedy = remedies.join(", or ");
        let is_unknown = standings.contains(&Standing::NeverPromoted);
        if is_unknown && self.workspace.repository.is_shallow()? {
            remedy
                .push_str("; this clone is shallow, and further back can't be seen: `git fetch --unshallow`");
        }
        let reason = format!("{} {}", tag.short(), reasons.join(" and "));
        Ok(Some(Refusal { gate: UPSTREAM, reason, remedy }))
    }

    /// `soak`: the freight passed upstream long enough ago, in one of the stages where it did.
    fn soak_refusal(&self, standings: &[Standing], soak: Duration) -> Result<Option<Refusal>, Error> {
        let repository = &self.workspace.repository;
        let now = self.workspace.now.seconds;
        let asked = i64::try_from(soak.as_secs()).unwrap_or(i64::MAX);
        let mut longest: Option<(i64, &Stage)> = None;
        let mut unknown = None;
        for (upstream, standing) in self.upstream.iter().zip(standings) {
            let (Some(tip), Standing::Passed(passed)) = (upstream.tip, standing) else { continue };
            match standing::passed_since(repository, tip, self.freight.record_tree, passed)? {
                Some(since) if longest.is_none_or(|(known, _)| since < known) => {
                    longest = Some((since, upstream.stage));
                }
                Some(_) => {}
                None => unknown = Some(upstream.stage),
            }
        }
        let tag = self.freight.record.tag.short();
        let refuse = |reason: String, remedy: String| Ok(Some(Refusal { gate: SOAK, reason, remedy }));
        match (longest, unknown) {
            (Some((since, _)), _) if now.saturating_sub(since) >= asked => Ok(None),
            (Some((since, stage)), _) if since > now => refuse(
                format!("the commit with which {tag} passed in {} is dated in the future", stage.name),
                format!("wait until {}, or set the clocks right", time(since.saturating_add(asked))),
            ),
            (Some((since, stage)), _) => refuse(
                format!(
                    "{tag} passed in {} {} ago, and {} are asked",
                    stage.name,
                    span(now - since),
                    span(asked)
                ),
                format!("wait until {}", time(since.saturating_add(asked))),
            ),
            (None, Some(stage)) => refuse(
                format!("this clone is too shallow to say since when {tag} has passed in {}", stage.name),
                "`git fetch --unshallow`".to_owned(),
            ),
            (None, None) => refuse(
                format!("{tag} hasn't passed upstream yet, and must have for {}", span(asked)),
                "see the gate `upstream`".to_owned(),
            ),
        }
    }

    /// `legacyGitflow`: the tip of the main branch has a marker of the release that agrees with it.
    fn legacy_refusal(&self, environment: &str) -> Result<Option<Refusal>, Error> {
        let warehouse = self.tip.policy.warehouse(self.stage.warehouse.as_str())?;
        let paths: FreightPaths = self.tip.freight_paths(warehouse);
        let record = &self.freight.record;
        let tag = record.tag.short();
        let refuse =
            |reason: String, remedy: String| Ok(Some(Refusal { gate: LEGACY_GITFLOW, reason, remedy }));
        let place = paths.legacy_marker(environment, &record.tag)?;
        match legacy::read_marker(&self.workspace.repository, self.tip.tree, &paths, environment, &record.tag)
        {
            Ok(Some(marker)) => match legacy::agrees(&marker, environment, record) {
                Ok(()) => Ok(None),
                Err(reason) => refuse(
                    format!("{place} disagrees with {tag}: {reason}"),
                    format!("revert what changed it on {}", self.workspace.main),
                ),
            },
            Ok(None) => refuse(
                format!("{tag} wasn't merged to {environment}: {} has no {place}", self.workspace.main),
                format!("record the merge: `cargo xtask legacy record {environment} --revision MERGE`"),
            ),
            Err(freight::Error::Git(error)) => Err(error.into()),
            Err(error) => refuse(
                format!("the marker of {tag} can't be read: {error}"),
                format!("revert what changed it on {}", self.workspace.main),
            ),
        }
    }

    /// `order`: the freight isn't older than what the stage has, unless that is what is meant.
    fn order_refusal(&self) -> Result<Option<Refusal>, Error> {
        if self.direction == Direction::Rollback {
            return Ok(None);
        }
        let Some(has) = self.record_of_stage()? else { return Ok(None) };
        let new = &self.freight.record;
        if has.tag == new.tag || !is_older(self.workspace, new, &has) {
            return Ok(None);
        }
        if self.is_newest_by_contract(new, &has)? {
            return Ok(None);
        }
        let (stage, tag) = (&self.stage.name, new.tag.short());
        Ok(Some(Refusal {
            gate: ORDER,
            reason: format!("{tag} is older than {}, which {stage} has", has.tag.short()),
            remedy: format!("if that is meant, say so: `cargo xtask promote {stage} --rollback {}`", new.tag),
        }))
    }

    /// Whether `current/` has a release of which only the dates say that it is older: who froze it had the source, and
    /// could tell.
    fn is_newest_by_contract(&self, new: &FreightRecord, has: &FreightRecord) -> Result<bool, Error> {
        let ancestry = ancestry(self.workspace);
        let is_untold = ancestry(&new.revision, &has.revision).is_none();
        Ok(is_untold && {
            let warehouse = self.tip.policy.warehouse(self.stage.warehouse.as_str())?;
            let paths: FreightPaths = self.tip.freight_paths(warehouse);
            store::mirrored_tag(&self.workspace.repository, self.tip.tree, &paths)?.as_ref() == Some(&new.tag)
        })
    }

    /// The record of the release that the stage has; from the main branch, or by its tree where it was pruned there.
    fn record_of_stage(&self) -> Result<Option<FreightRecord>, Error> {
        let Some(freight) = self.before.and_then(|before| before.tree.record.freight.as_ref()) else {
            return Ok(None);
        };
        let repository = &self.workspace.repository;
        let warehouse = self.tip.policy.warehouse(self.stage.warehouse.as_str())?;
        let paths: FreightPaths = self.tip.freight_paths(warehouse);
        if let Some(frozen) = store::read(repository, self.tip.tree, &paths, &freight.tag)? {
            return Ok(Some(frozen.record));
        }
        // In a shallow clone the tree may not be here; then there is nothing to compare with.
        Ok(crate::stage::record_of_tree(repository, freight.tree).ok().flatten())
    }
}

/// Whether one release is older than another, as `current/` would have it.
pub(crate) fn is_older(workspace: &Workspace, one: &FreightRecord, other: &FreightRecord) -> bool {
    store::newest([one, other], ancestry(workspace)).is_some_and(|newest| newest.tag == other.tag)
}

/// `window`: the stage takes releases now.
fn window_refusal(state: WindowState) -> Option<Refusal> {
    let WindowState::Closed { opens, reason } = state else { return None };
    let reason = match reason {
        Some(reason) => format!("it is closed: {reason}"),
        None => "it is closed".to_owned(),
    };
    let remedy = match opens {
        Some(opens) => format!("it opens on {opens}"),
        None => "it doesn't open within a year: see `window` of the stage in the pipeline file".to_owned(),
    };
    Some(Refusal { gate: WINDOW, reason, remedy })
}

/// The names of the gates, as refusals say them.
const UPSTREAM: &str = "upstream";
const SOAK: &str = "soak";
const LEGACY_GITFLOW: &str = "legacyGitflow";
const WINDOW: &str = "window";
const ORDER: &str = "order";

/// A moment as RFC 3339 has it.
pub(crate) fn time(seconds: i64) -> String {
    match jiff::Timestamp::from_second(seconds) {
        Ok(time) => time.to_string(),
        // Beyond the year 9999.
        Err(_) => format!("{seconds} s after 1970"),
    }
}

/// A span in its two largest units: `1 h 30 min`.
fn span(seconds: i64) -> String {
    let units = [(86400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let mut left = seconds.max(0);
    let mut parts = Vec::new();
    for (size, unit) in units {
        if left >= size {
            parts.push(format!("{} {unit}", left / size));
            left %= size;
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    #[test]
    fn spans_are_said_in_their_two_largest_units() {
        let spans = [-1, 0, 59, 61, 5400, 7200, 90_061].map(super::span);
        assert_eq!(spans, ["0 s", "0 s", "59 s", "1 min 1 s", "1 h 30 min", "2 h", "1 d 1 h"]);
    }
}
