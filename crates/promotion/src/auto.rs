//! Promoting whatever may go further: every stage marked `auto` gets the newest release that its gates let through.
//!
//! Made to run after a freeze, after a verification and from a timer: doing it twice is doing it once.

use freight::{FrozenFreight, ReleaseTag, store};
use policy::{Stage, StageName};

use crate::error::Error;
use crate::freeze::Mode;
use crate::gate::{Direction, Refusal};
use crate::promote::{Foreign, PromoteOutcome, PromoteRequest, ask_gates, paths, promote};
use crate::publish::{Tips, Truth};
use crate::stage::{self, StageTip};
use crate::standing;
use crate::status;
use crate::workspace::{Tip, Workspace};

/// What to do on its own.
#[derive(Debug)]
pub struct AutoRequest {
    /// Where the branches are that count.
    pub truth: Truth,
    /// Whether anything is written. A dry run sees no stage further than it is now.
    pub mode: Mode,
}

/// What was done on its own.
#[derive(Debug)]
pub struct AutoOutcome {
    /// The stages marked `auto`, in the order of the graph.
    pub stages: Vec<AutoStage>,
}

/// One stage marked `auto`.
#[derive(Debug)]
pub struct AutoStage {
    /// The stage.
    pub stage: StageName,
    /// What became of it.
    pub result: AutoResult,
}

/// What became of a stage.
#[derive(Debug)]
pub enum AutoResult {
    /// A release went there, or would go.
    Promoted(Box<PromoteOutcome>),
    /// There is none newer than the one that it has.
    UpToDate,
    /// The newest was there before, and it was rolled back from it: only a person promotes it again.
    RolledBack {
        /// The newest.
        freight: ReleaseTag,
    },
    /// There are newer ones, and no gate lets one through; of the newest, what the gates say.
    Waiting {
        /// The newest.
        freight: ReleaseTag,
        /// What its gates say.
        refusals: Vec<Refusal>,
    },
    /// It can't be promoted to.
    Failed(Error),
}

impl AutoOutcome {
    /// Whether a stage couldn't be promoted to.
    pub fn has_failures(&self) -> bool {
        self.stages.iter().any(|stage| matches!(stage.result, AutoResult::Failed(_)))
    }
}

/// Promotes every stage marked `auto` that has a newer eligible release. What fails in one stage keeps no other from
/// being promoted.
pub fn promote_auto(workspace: &Workspace, request: &AutoRequest) -> Result<AutoOutcome, Error> {
    let tips = workspace.tips(&request.truth, &[workspace.main.as_str()])?;
    let tip = workspace.at_main(&request.truth, workspace.tip_of(&tips, &workspace.main)?)?;
    let mut stages = Vec::new();
    for stage in tip.policy.stages_in_order().iter().filter(|stage| stage.auto) {
        let result = promote_stage(workspace, request, &tip, stage).unwrap_or_else(AutoResult::Failed);
        stages.push(AutoStage { stage: stage.name.clone(), result });
    }
    Ok(AutoOutcome { stages })
}

fn promote_stage(
    workspace: &Workspace,
    request: &AutoRequest,
    tip: &Tip,
    stage: &Stage,
) -> Result<AutoResult, Error> {
    let mut branches: Vec<&str> =
        tip.policy.upstream(stage).into_iter().map(|stage| stage.branch.as_str()).collect();
    branches.push(stage.branch.as_str());
    let tips = workspace.tips(&request.truth, &branches)?;
    let commit = workspace.tip_of(&tips, &stage.branch)?;
    let before = stage::read_tip(&workspace.repository, &stage.branch, commit)?;
    let freight = match choose(workspace, tip, stage, &tips, before.as_ref())? {
        Choice::None => return Ok(AutoResult::UpToDate),
        Choice::RolledBack(freight) => return Ok(AutoResult::RolledBack { freight }),
        Choice::Waiting { freight, refusals } => return Ok(AutoResult::Waiting { freight, refusals }),
        Choice::Eligible(tag) => tag,
    };
    let outcome = promote(
        workspace,
        &PromoteRequest {
            stage: stage.name.as_str(),
            freight: Some(freight.as_str()),
            direction: Direction::Forward,
            foreign: Foreign::Refuse,
            truth: request.truth.clone(),
            policy: None,
            mode: request.mode,
        },
    );
    match outcome {
        Ok(outcome) => Ok(AutoResult::Promoted(Box::new(outcome))),
        // The world moved on since the gates were asked.
        Err(Error::Gates { refusals, .. }) => Ok(AutoResult::Waiting { freight, refusals }),
        Err(error) => Err(error),
    }
}

/// What a stage could get.
enum Choice {
    None,
    RolledBack(ReleaseTag),
    Eligible(ReleaseTag),
    Waiting { freight: ReleaseTag, refusals: Vec<Refusal> },
}

/// The newest release that the gates of a stage let through, among those that are newer than what it has and that it
/// never had: who rolled back meant it.
fn choose(
    workspace: &Workspace,
    tip: &Tip,
    stage: &Stage,
    tips: &Tips,
    before: Option<&StageTip>,
) -> Result<Choice, Error> {
    let repository = &workspace.repository;
    let paths = paths(tip, stage)?;
    let is_first = tip.policy.upstream(stage).is_empty();
    let newer: Vec<ReleaseTag> = if is_first {
        workspace.mirrored(tip, &paths)?.into_iter().collect()
    } else {
        status::releases(workspace, tip, &paths, &mut Vec::new())?
    };
    let has = before.and_then(|before| before.tree.record.freight.as_ref());
    let mut waiting = None;
    for tag in newer {
        if has.is_some_and(|has| has.tag == tag) {
            break;
        }
        let Some(frozen) = store::read(repository, tip.tree, &paths, &tag)? else { continue };
        if let Some(before) = before
            && standing::had(repository, before.commit, frozen.record_tree)?
        {
            waiting.get_or_insert(Choice::RolledBack(tag));
            break;
        }
        let refusals = refusals(workspace, tip, stage, &frozen, tips, before)?;
        if refusals.is_empty() {
            return Ok(Choice::Eligible(tag));
        }
        waiting.get_or_insert(Choice::Waiting { freight: tag, refusals });
    }
    Ok(waiting.unwrap_or(Choice::None))
}

fn refusals(
    workspace: &Workspace,
    tip: &Tip,
    stage: &Stage,
    freight: &FrozenFreight,
    tips: &Tips,
    before: Option<&StageTip>,
) -> Result<Vec<Refusal>, Error> {
    let answers = ask_gates(workspace, tip, stage, freight, tips, before, Direction::Forward)?;
    Ok(answers.into_iter().filter_map(|answer| answer.refusal).collect())
}
