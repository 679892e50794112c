//! Checking a review: what would be merged is exactly what a promotion gives now, and its gates hold.

use freight::ReleaseTag;
use gitstore::{BranchName, CommitId, RepoPath, TreeId};
use policy::{PromotionMode, Stage, StageName};
use rendered::{PROMOTION_FILE, VERIFICATION_FILE};

use super::base::{Misplaced, base_of, is_merged};
use super::branches::{ReviewBranch, pattern};
use super::error::ReviewError;
use super::forge::PullRequest;
use super::list::{reviewed, select};
use super::name::ReviewKind;
use crate::error::Error;
use crate::freeze::Mode;
use crate::gate::{Direction, GateAnswer};
use crate::promote::{self, Foreign, PromoteRequest};
use crate::publish::{Tips, Truth};
use crate::rollback;
use crate::secret_gate::{Expiry, SecretGate};
use crate::stage::{self, Plan};
use crate::workspace::{Tip, Workspace};

/// A check to make.
#[derive(Clone, Debug)]
pub struct CheckRequest<'a> {
    /// The stage; by default the one that `head` names.
    pub stage: Option<&'a str>,
    /// The release, or the commit that comes back; by default the only open review is meant.
    pub freight: Option<&'a str>,
    /// The branch that would be merged, instead of a review that is looked for.
    pub head: Option<&'a str>,
    /// The commit that would be merged, instead of the tip of its branch.
    pub commit: Option<&'a str>,
    /// The branches that it would be merged to, as the forge has it. Where none is given the forge of the policy is
    /// asked, if the branches of its remote are what counts.
    pub bases: Vec<&'a str>,
    /// Where the branches are that count.
    pub truth: Truth,
}

/// What a check found.
#[derive(Clone, Debug)]
pub struct ReviewCheck {
    /// The stage.
    pub stage: StageName,
    /// The branch that would be merged.
    pub branch: BranchName,
    /// The commit of it that was checked.
    pub commit: CommitId,
    /// The tip of the stage's branch.
    pub base: Option<CommitId>,
    /// The commit of the main branch whose policy and freight were used.
    pub main: CommitId,
    /// The release that the stage would have.
    pub freight: Option<ReleaseTag>,
    /// What the gates say; none is asked where the stage gets back what it had.
    pub gates: Vec<GateAnswer>,
    /// What is wrong with the review itself: the first thing that was found, in one line.
    pub problem: Option<String>,
}

impl ReviewCheck {
    fn new(
        stage: &Stage,
        branch: BranchName,
        commit: CommitId,
        base: Option<CommitId>,
        main: CommitId,
    ) -> Self {
        let stage = stage.name.clone();
        Self { stage, branch, commit, base, main, freight: None, gates: Vec::new(), problem: None }
    }

    /// Whether the review may be merged.
    pub fn holds(&self) -> bool {
        self.problem.is_none() && self.gates.iter().all(|answer| answer.refusal.is_none())
    }

    /// What keeps it from being merged, each in one line.
    pub fn reasons(&self) -> Vec<String> {
        let refusals = self.gates.iter().filter_map(|answer| answer.refusal.as_ref());
        self.problem.iter().cloned().chain(refusals.map(ToString::to_string)).collect()
    }
}

/// Checks a review. Nothing is written.
pub fn check_review(workspace: &Workspace, request: &CheckRequest<'_>) -> Result<ReviewCheck, Error> {
    let tips = workspace.tips(&request.truth, &[workspace.main.as_str()])?;
    let tip = workspace.at_main(&request.truth, workspace.tip_of(&tips, &workspace.main)?)?;
    let head = request.head.map(BranchName::new).transpose()?;
    let stage = stage_meant(&tip, request, head.as_ref())?;
    let mut patterns = vec![stage.branch.to_string(), pattern(stage)];
    patterns.extend(head.as_ref().map(ToString::to_string));
    let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
    let tips = workspace.tips(&request.truth, &patterns)?;
    let named = match &head {
        Some(head) => of_head(workspace, &request.truth, &tips, stage, head, request.commit)?,
        None => {
            let (mut review, _) = select(workspace, &request.truth, &tip, &tips, stage, request.freight)?;
            if let Some(commit) = request.commit {
                review.commit = workspace.repository.resolve(commit)?;
            }
            Ok(review)
        }
    };
    let review = match named {
        Ok(review) => review,
        Err(no_review) => {
            let base = workspace.tip_of(&tips, &stage.branch)?;
            return Ok(no_review.refused(stage, base, tip.commit));
        }
    };
    let mut checked = check(workspace, &request.truth, &tip, stage, &tips, review.clone())?;
    if !request.bases.is_empty() {
        let given = request.bases.iter().map(|base| Directed { what: "it", base });
        see_bases(&mut checked, stage, given);
    } else if let Some(forge) = workspace.forge(&request.truth, &tip)? {
        let known = forge.open_ones(&review.name).map_err(ReviewError::Forge)?;
        see_bases(&mut checked, stage, known.iter().map(Directed::of));
    }
    Ok(checked)
}

/// A pull request and where it is directed.
pub(crate) struct Directed<'a> {
    /// How it is called: its URL, or just `it`.
    what: &'a str,
    base: &'a str,
}

impl<'a> Directed<'a> {
    pub(crate) fn of(pull_request: &'a PullRequest) -> Self {
        Self { what: &pull_request.url, base: &pull_request.base }
    }
}

/// Sees that no pull request of a review is directed at something else than its stage's branch: what is checked holds
/// for that one alone.
pub(crate) fn see_bases<'a>(
    checked: &mut ReviewCheck,
    stage: &Stage,
    mut bases: impl Iterator<Item = Directed<'a>>,
) {
    let branch = &stage.branch;
    if checked.problem.is_none()
        && let Some(Directed { what, base }) = bases.find(|one| !is_branch(one.base, stage))
    {
        checked.problem = Some(format!(
            "{what} would be merged to {base}, not to {branch}: direct the pull request at {branch}, or close it"
        ));
    }
}

/// The stage that is named, or that the branch of a review says; of a branch that is none the one whose branch it would
/// be merged to, so that this can be refused.
fn stage_meant<'t>(
    tip: &'t Tip,
    request: &CheckRequest<'_>,
    head: Option<&BranchName>,
) -> Result<&'t Stage, Error> {
    if let Some(named) = request.stage {
        return reviewed(tip, named);
    }
    let no_stage = || ReviewError::NoStage { head: head.cloned() };
    let head = head.ok_or_else(no_stage)?;
    let by_review = || {
        let stages = tip.policy.stages_in_order().iter();
        stages.filter(|stage| stage.promote == PromotionMode::Review)
    };
    let of_head = by_review().find(|stage| ReviewKind::of_branch(stage.name.as_str(), head).is_some());
    let of_base = || by_review().find(|stage| request.bases.iter().any(|base| is_branch(base, stage)));
    Ok(of_head.or_else(of_base).ok_or_else(no_stage)?)
}

/// Whether a branch, as a forge names it, is that of a stage.
fn is_branch(base: &str, stage: &Stage) -> bool {
    base.strip_prefix("refs/heads/").unwrap_or(base) == stage.branch.as_str()
}

/// A branch that a promotion gives no such name.
struct NoReview {
    branch: BranchName,
    commit: CommitId,
}

impl NoReview {
    fn refused(self, stage: &Stage, base: Option<CommitId>, main: CommitId) -> ReviewCheck {
        let Self { branch, commit } = self;
        let problem = format!(
            "{branch} is no review: only what `cargo xtask promote {}` writes goes to {}",
            stage.name, stage.branch
        );
        ReviewCheck { problem: Some(problem), ..ReviewCheck::new(stage, branch, commit, base, main) }
    }
}

/// The review whose branch is named.
fn of_head(
    workspace: &Workspace,
    truth: &Truth,
    tips: &Tips,
    stage: &Stage,
    head: &BranchName,
    commit: Option<&str>,
) -> Result<Result<ReviewBranch, NoReview>, Error> {
    let commit = match commit {
        Some(commit) => workspace.repository.resolve(commit)?,
        None => {
            workspace.tip_of(tips, head)?.ok_or_else(|| ReviewError::NoBranch { branch: head.clone() })?
        }
    };
    let name = head.clone();
    Ok(match ReviewKind::of_branch(stage.name.as_str(), head) {
        None => Err(NoReview { branch: name, commit }),
        Some(kind) => {
            let remote = match truth {
                Truth::Here => workspace.branch_anywhere(head)?.1,
                Truth::Remote(_) => None,
            };
            Ok(ReviewBranch { kind, name, commit, remote })
        }
    })
}

/// Checks one commit that would be merged.
pub(crate) fn check(
    workspace: &Workspace,
    truth: &Truth,
    tip: &Tip,
    stage: &Stage,
    tips: &Tips,
    review: ReviewBranch,
) -> Result<ReviewCheck, Error> {
    let repository = &workspace.repository;
    let base = base_of(workspace, tips, stage, &review)?;
    let mut checked = ReviewCheck::new(stage, review.name.clone(), review.commit, base, tip.commit);
    if let ReviewKind::Promotion(tag) | ReviewKind::Rollback(tag) = &review.kind {
        checked.freight = Some(tag.clone());
    }
    let commit = repository.commit(review.commit)?;
    let refresh = format!("make it anew with `cargo xtask review refresh {}{}`", stage.name, truth.flag());
    let Some(base) = base else {
        checked.problem = Some(format!("{} isn't there any more: {refresh}", stage.branch));
        return Ok(checked);
    };
    if is_merged(repository, &commit, base)? {
        checked.problem = Some(format!("it is merged already: {} is at {}", stage.branch, base.short()));
        return Ok(checked);
    }
    if let Some(remote) = &review.remote
        && let Some(here) = workspace.tip_of(tips, &stage.branch)?.filter(|here| *here != base)
    {
        checked.problem = Some(format!(
            "it is on {remote}, whose {branch} is at {}, and the {branch} here is at {}: run the command with{}",
            base.short(),
            here.short(),
            Truth::Remote(remote.clone()).flag(),
            branch = stage.branch,
        ));
        return Ok(checked);
    }
    if let Some(misplaced) = Misplaced::of(repository, &commit, base)? {
        checked.problem = Some(format!("{}; {refresh}", misplaced.words(commit.id, &stage.branch, base)));
        return Ok(checked);
    }
    let expected = match &review.kind {
        ReviewKind::Promotion(tag) => {
            rendered(workspace, truth, stage, tag, Direction::Forward, &mut checked)?
        }
        ReviewKind::Rollback(tag) => {
            rendered(workspace, truth, stage, tag, Direction::Rollback, &mut checked)?
        }
        ReviewKind::Restore(to) => {
            let prepared = rollback::prepare(workspace, truth, stage.name.as_str(), &to.to_hex())?;
            checked.freight = prepared.restored.record.freight.as_ref().map(|freight| freight.tag.clone());
            Some(prepared.tree)
        }
    };
    checked.problem = match expected {
        None => Some(format!("it doesn't render any more: `cargo xtask diff {}` says why", stage.name)),
        Some(expected) => tree_problem(workspace, stage, tip, &review, commit.tree, expected, &refresh)?,
    };
    Ok(checked)
}

/// The tree that a promotion gives now, with the answers of its gates; none where it doesn't render.
fn rendered(
    workspace: &Workspace,
    truth: &Truth,
    stage: &Stage,
    tag: &ReleaseTag,
    direction: Direction,
    checked: &mut ReviewCheck,
) -> Result<Option<TreeId>, Error> {
    let request = PromoteRequest {
        stage: stage.name.as_str(),
        freight: Some(tag.as_str()),
        direction,
        foreign: Foreign::Refuse,
        truth: truth.clone(),
        policy: None,
        mode: Mode::DryRun,
    };
    let considered = promote::consider(workspace, &request)?;
    checked.gates = considered.answers.clone();
    let repository = &workspace.repository;
    let mut secrets = SecretGate::new(&considered.tip.policy, Expiry::At(workspace.now));
    let (policy, freight) = (&considered.tip.policy, &considered.freight);
    let Ok(plan) = Plan::make(repository, policy, &considered.stage, freight, Some(&mut secrets))? else {
        return Ok(None);
    };
    let unwritten = rendered::Verification::default();
    let verification = considered.before.as_ref().map_or(&unwritten, |tip| &tip.tree.verification);
    Ok(Some(plan.write(repository, verification)?))
}

/// The review's tree is the one that was expected; where it isn't, what of it differs and why.
fn tree_problem(
    workspace: &Workspace,
    stage: &Stage,
    tip: &Tip,
    review: &ReviewBranch,
    tree: TreeId,
    expected: TreeId,
    refresh: &str,
) -> Result<Option<String>, Error> {
    if tree == expected {
        return Ok(None);
    }
    let repository = &workspace.repository;
    // What contradicts its own record was edited by hand; what doesn't was made from something else than today's.
    if let Err(error) = stage::read_tip(repository, &review.name, Some(review.commit)) {
        return match error {
            Error::ForeignBranch { .. } | Error::BrokenRecord { .. } => {
                Ok(Some(format!("{error}; {refresh}")))
            }
            error => Err(error),
        };
    }
    let changes = repository.tree_diff(Some(expected), Some(tree))?;
    let differs = |path: &str| -> Result<bool, Error> {
        let path = RepoPath::new(path)?;
        Ok(changes.iter().any(|change| change.path == path))
    };
    let why = if differs(PROMOTION_FILE)? {
        match review.kind {
            ReviewKind::Restore(to) => format!("its record isn't the one of {}", to.short()),
            _ => format!("it is stale: {} at {} gives another render", workspace.main, tip.commit.short()),
        }
    } else if differs(VERIFICATION_FILE)? {
        format!("its verdicts aren't those of {}", stage.branch)
    } else {
        let first = changes.first().map(|change| change.path.to_string()).unwrap_or_default();
        format!("{first} was edited by hand: it isn't what its record renders to")
    };
    Ok(Some(format!("{why}; {refresh}")))
}
