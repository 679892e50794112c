//! Where every stage stands: its freight, how far it is behind, and whether its branch is what its record says.

use freight::{FreightRecord, ReleaseTag, store};
use gitstore::{BranchName, CommitId};
use policy::{LiveSource, PromotionMode, StageName};
use rendered::VerdictResult;

use crate::audit;
use crate::error::Error;
use crate::gate::{Direction, Refusal};
use crate::history::{PolicyChange, policy_changes};
use crate::promote::{ancestry, ask_gates, choose};
use crate::publish::Truth;
use crate::review::{self, Review};
use crate::stage::{self, StageTip};
use crate::standing;
use crate::workspace::{Tip, Tracking, Workspace};

/// All stages and warehouses at one moment.
#[derive(Debug)]
pub struct Status {
    /// The commit of the main branch whose policy says what the stages are.
    pub main: CommitId,
    /// How the main branch stands to that of each remote.
    pub tracking: Vec<Tracking>,
    /// The warehouses, each with its releases.
    pub warehouses: Vec<WarehouseStatus>,
    /// The stages in the order of the graph.
    pub stages: Vec<StageStatus>,
    /// The deployments that no stage renders, sorted by name.
    pub live_sources: Vec<LiveSource>,
}

/// The releases of one warehouse.
#[derive(Debug)]
pub struct WarehouseStatus {
    /// Its name.
    pub name: String,
    /// The release that `current/` mirrors.
    pub current: Option<ReleaseTag>,
    /// The releases that are frozen, newest first.
    pub releases: Vec<ReleaseTag>,
    /// What of its freight can't be read, and isn't among the releases therefore.
    pub problems: Vec<freight::Error>,
}

/// One stage.
#[derive(Debug)]
pub struct StageStatus {
    /// Its name.
    pub name: StageName,
    /// Its branch.
    pub branch: BranchName,
    /// How it promotes.
    pub promote: PromotionMode,
    /// The tip of its branch; `None` where the branch doesn't exist yet.
    pub tip: Option<CommitId>,
    /// Where the branch was found: the remote's name where only a remote-tracking branch is here.
    pub remote: Option<String>,
    /// How the branch here stands to that of each remote.
    pub tracking: Vec<Tracking>,
    /// The release that it has.
    pub freight: Option<ReleaseTag>,
    /// When it got that, in seconds since 1970.
    pub since: Option<i64>,
    /// How many releases it is behind of what it takes freight from; `None` where that can't be told.
    pub behind: Option<usize>,
    /// How many releases it is ahead of that.
    pub ahead: Option<usize>,
    /// Whether its branch equals re-rendering its record.
    pub drift: Drift,
    /// Its open and stale reviews, as far as they were fetched.
    pub reviews: Vec<Review>,
    /// The latest verdict on what it has; none where there is none.
    pub verdict: Option<VerdictResult>,
    /// The names of its checks.
    pub checks: Vec<String>,
    /// What of the policy would be another if its release were promoted anew.
    pub policy: PendingPolicy,
    /// What it could get now.
    pub eligible: Eligible,
}

/// What of the policy a stage was rendered with is another by now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PendingPolicy {
    /// The files that differ.
    pub files: Vec<PolicyChange>,
    /// Whether what the pipeline file tells the renders differs: the Helm version, settings, the deployments.
    pub settings: bool,
}

impl PendingPolicy {
    /// Whether there is anything.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && !self.settings
    }
}

/// What a stage could get now: the release that a promotion takes where none is named.
#[derive(Debug, Default)]
pub enum Eligible {
    /// There is none, or the stage has it already.
    #[default]
    Nothing,
    /// This one.
    Release(ReleaseTag),
    /// This one, once its gates let it through.
    Waiting {
        /// The release.
        freight: ReleaseTag,
        /// What its gates say.
        refusals: Vec<Refusal>,
    },
    /// That can't be told.
    Unknown(String),
}

/// Whether a stage's branch equals re-rendering its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drift {
    /// There is no branch, or nothing was promoted yet.
    Empty,
    /// It does.
    None,
    /// It doesn't.
    Drifted(String),
    /// That can't be told from here.
    Unprovable(String),
    /// What stands there can't be read.
    Unreadable {
        /// Why not, with file, line and column where there are any.
        detail: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

impl Drift {
    /// `empty`, `none`, `drifted`, `unprovable` or `unreadable`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Drift::Empty => "empty",
            Drift::None => "none",
            Drift::Drifted(_) => "drifted",
            Drift::Unprovable(_) => "unprovable",
            Drift::Unreadable { .. } => "unreadable",
        }
    }
}

impl Status {
    /// Whether a branch or a release can't be read.
    pub fn has_problems(&self) -> bool {
        let unreadable = |stage: &StageStatus| matches!(stage.drift, Drift::Unreadable { .. });
        self.warehouses.iter().any(|warehouse| !warehouse.problems.is_empty())
            || self.stages.iter().any(unreadable)
    }
}

/// Reads the state of all stages from their branches. What is wrong with one of them hides no other.
pub fn status(workspace: &Workspace) -> Result<Status, Error> {
    let tip = workspace.local_tip()?;
    let mut warehouses = Vec::new();
    for warehouse in tip.policy.warehouses() {
        let paths = tip.freight_paths(warehouse);
        let mut problems = Vec::new();
        let current = match store::mirrored_tag(&workspace.repository, tip.tree, &paths) {
            Ok(current) => current,
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        let releases = releases(workspace, &tip, &paths, &mut problems)?;
        warehouses.push(WarehouseStatus { name: warehouse.name.to_string(), current, releases, problems });
    }
    let mut stages: Vec<StageStatus> = Vec::new();
    for stage in tip.policy.stages_in_order() {
        let warehouse = warehouses.iter().find(|warehouse| warehouse.name == stage.warehouse.as_str());
        let current = warehouse.and_then(|warehouse| warehouse.current.clone());
        let releases = warehouse.map_or(&[][..], |warehouse| warehouse.releases.as_slice());
        let upstream: Vec<&StageStatus> = tip
            .policy
            .upstream(stage)
            .into_iter()
            .filter_map(|upstream| stages.iter().find(|status| status.name == upstream.name))
            .collect();
        let wanted: Vec<ReleaseTag> = if tip.policy.upstream(stage).is_empty() {
            current.into_iter().collect()
        } else {
            upstream.iter().filter_map(|status| status.freight.clone()).collect()
        };
        let mut status = stage_status(workspace, &tip, stage, &wanted, releases);
        if stage.promote == PromotionMode::Review {
            status.reviews = review::of_stage_here(workspace, &tip, stage)?;
        }
        stages.push(status);
    }
    let tracking = workspace.tracking(&workspace.main)?;
    let live_sources = tip.policy.live_sources().cloned().collect();
    Ok(Status { main: tip.commit, tracking, warehouses, stages, live_sources })
}

fn stage_status(
    workspace: &Workspace,
    tip: &Tip,
    stage: &policy::Stage,
    wanted: &[ReleaseTag],
    releases: &[ReleaseTag],
) -> StageStatus {
    let mut status = StageStatus {
        name: stage.name.clone(),
        branch: stage.branch.clone(),
        promote: stage.promote,
        tip: None,
        remote: None,
        tracking: Vec::new(),
        freight: None,
        since: None,
        behind: None,
        ahead: None,
        drift: Drift::Empty,
        reviews: Vec::new(),
        verdict: None,
        checks: stage.verify.iter().map(|command| command.name.clone()).collect(),
        policy: PendingPolicy::default(),
        eligible: Eligible::Nothing,
    };
    match read_branch(workspace, wanted, releases, &mut status) {
        Ok(before) => {
            let told = tell_more(workspace, tip, stage, before.as_ref(), &mut status);
            if let Err(error) = told {
                status.eligible = Eligible::Unknown(error.to_string());
            }
        }
        Err(error) => status.drift = Drift::Unreadable { detail: error.to_string(), hint: error.hint() },
    }
    status
}

/// Fills in what the policy of today means for the stage.
fn tell_more(
    workspace: &Workspace,
    tip: &Tip,
    stage: &policy::Stage,
    before: Option<&StageTip>,
    status: &mut StageStatus,
) -> Result<(), Error> {
    if let Some(before) = before
        && let Some(freight) = &before.tree.record.freight
    {
        let record = &before.tree.record;
        let latest = before.tree.verification.latest(freight.tree, &record.manifests);
        status.verdict = latest.map(|verdict| verdict.result);
        let files: Vec<_> =
            tip.policy.stage_files(stage).into_iter().map(|(path, blob)| (path.clone(), blob)).collect();
        status.policy.files = policy_changes(&record.policy, &files);
        if let Some(frozen) = stage::record_of_tree(&workspace.repository, freight.tree)? {
            let mut specs = stage::specs(&tip.policy, stage, &frozen.image)?;
            let mut recorded = record.deployments.clone();
            // Which blob a file is has been told already.
            for file in specs.iter_mut().chain(&mut recorded).flat_map(|spec| &mut spec.values) {
                file.blob = workspace.repository.blob_id(b"")?;
            }
            status.policy.settings = record.helm != tip.policy.helm() || specs != recorded;
        }
    }
    let tips = workspace.tips(&Truth::Here, &[])?;
    let frozen = match choose(workspace, None, tip, stage, &tips) {
        Ok(frozen) => frozen,
        Err(Error::NoFreight { .. } | Error::NothingUpstream { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    let tag = frozen.record.tag.clone();
    if status.freight.as_ref() == Some(&tag) {
        return Ok(());
    }
    let answers = ask_gates(workspace, tip, stage, &frozen, &tips, before, Direction::Forward)?;
    let refusals: Vec<Refusal> = answers.into_iter().filter_map(|answer| answer.refusal).collect();
    status.eligible = match refusals.as_slice() {
        [] => Eligible::Release(tag),
        // What the stage has is newer than what it would get.
        [Refusal { gate: "order", .. }] => Eligible::Nothing,
        _ => Eligible::Waiting { freight: tag, refusals },
    };
    Ok(())
}

/// Fills in what a stage's branch says.
fn read_branch(
    workspace: &Workspace,
    wanted: &[ReleaseTag],
    releases: &[ReleaseTag],
    status: &mut StageStatus,
) -> Result<Option<StageTip>, Error> {
    (status.tip, status.remote) = workspace.branch_anywhere(&status.branch)?;
    let Some(commit) = status.tip else { return Ok(None) };
    status.tracking = workspace.tracking(&status.branch)?;
    let stage_tip = match stage::read_tip(&workspace.repository, &status.branch, Some(commit)) {
        Ok(Some(stage_tip)) => stage_tip,
        Ok(None) => return Ok(None),
        Err(error @ Error::ForeignBranch { .. }) => {
            status.drift = Drift::Drifted(error.to_string());
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let Some(freight) = stage_tip.tree.record.freight.clone() else { return Ok(Some(stage_tip)) };
    status.since = standing::has_since(&workspace.repository, commit, freight.tree)?;
    status.drift = audit::drift(workspace, &stage_tip.tree)?;
    // Newest first: a smaller place is a newer release.
    let place = |tag: &ReleaseTag| releases.iter().position(|known| known == tag);
    let newest_wanted = wanted.iter().filter_map(place).min();
    if let (Some(own), Some(wanted)) = (place(&freight.tag), newest_wanted) {
        status.behind = Some(own.saturating_sub(wanted));
        status.ahead = Some(wanted.saturating_sub(own));
    }
    status.freight = Some(freight.tag);
    Ok(Some(stage_tip))
}

/// Among how many of the newest releases ancestry has its say. It costs a walk for each; what is older stays in the
/// order of its times.
const ORDERED_BY_ANCESTRY: usize = 32;

/// The releases of a warehouse, newest first: by time and tag, and the newest 32 so that none stands before one that
/// descends from it. Those that can't be read go to `problems`.
pub(crate) fn releases(
    workspace: &Workspace,
    tip: &Tip,
    paths: &freight::FreightPaths,
    problems: &mut Vec<freight::Error>,
) -> Result<Vec<ReleaseTag>, Error> {
    let mut records: Vec<FreightRecord> = Vec::new();
    for (_, read) in store::read_all(&workspace.repository, tip.tree, paths)? {
        match read {
            Ok(frozen) => records.push(frozen.record),
            Err(problem) => problems.push(problem),
        }
    }
    // By time and tag first; then ancestry has its say between neighbours, which is where clocks disagree.
    records.sort_by(|a, b| (a.created_at, &a.tag).cmp(&(b.created_at, &b.tag)));
    let ancestry = ancestry(workspace);
    let oldest = records.len().saturating_sub(ORDERED_BY_ANCESTRY);
    for sorted in oldest + 1..records.len() {
        let mut at = sorted;
        while at > oldest && ancestry(&records[at].revision, &records[at - 1].revision) == Some(true) {
            records.swap(at, at - 1);
            at -= 1;
        }
    }
    Ok(records.into_iter().rev().map(|record| record.tag).collect())
}
