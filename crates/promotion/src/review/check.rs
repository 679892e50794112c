//! Checking a review: what would be merged is exactly what a promotion gives now, and its gates hold.

use freight::ReleaseTag;
use gitstore::{BranchName, Commit, CommitId, RepoPath, TreeId};
use policy::{PromotionMode, Stage, StageName};
use rendered::{PROMOTION_FILE, VERIFICATION_FILE};

use super::branches::{ReviewBranch, pattern};
use super::error::ReviewError;
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
    let stage = stage_meant(&tip, request.stage, head.as_ref())?;
    let mut patterns = vec![stage.branch.to_string(), pattern(stage)];
    patterns.extend(head.as_ref().map(ToString::to_string));
    let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
    let tips = workspace.tips(&request.truth, &patterns)?;
    let (branch, commit) = match &head {
        Some(head) => (head.clone(), commit_of(workspace, &tips, head, request.commit)?),
        None => {
            let (review, _) = select(workspace, &tip, &tips, stage, request.freight)?;
            let commit = match request.commit {
                Some(commit) => workspace.repository.resolve(commit)?,
                None => review.commit,
            };
            (review.name, commit)
        }
    };
    check(workspace, &request.truth, &tip, stage, &tips, branch, commit)
}

/// The stage that is named, or that the branch of a review says.
fn stage_meant<'t>(tip: &'t Tip, named: Option<&str>, head: Option<&BranchName>) -> Result<&'t Stage, Error> {
    if let Some(named) = named {
        return reviewed(tip, named);
    }
    let head = head.ok_or(ReviewError::NoStage)?;
    let of_head = |stage: &&Stage| {
        stage.promote == PromotionMode::Review && ReviewKind::of_branch(stage.name.as_str(), head).is_some()
    };
    let found = tip.policy.stages_in_order().iter().find(of_head);
    Ok(found.ok_or(ReviewError::NoStage)?)
}

fn commit_of(
    workspace: &Workspace,
    tips: &Tips,
    head: &BranchName,
    commit: Option<&str>,
) -> Result<CommitId, Error> {
    match commit {
        Some(commit) => Ok(workspace.repository.resolve(commit)?),
        None => {
            let tip = workspace.tip_of(tips, head)?;
            Ok(tip.ok_or_else(|| ReviewError::NoBranch { branch: head.clone() })?)
        }
    }
}

/// Checks one commit that would be merged.
pub(crate) fn check(
    workspace: &Workspace,
    truth: &Truth,
    tip: &Tip,
    stage: &Stage,
    tips: &Tips,
    branch: BranchName,
    commit: CommitId,
) -> Result<ReviewCheck, Error> {
    let base = workspace.tip_of(tips, &stage.branch)?;
    let mut checked = ReviewCheck {
        stage: stage.name.clone(),
        branch: branch.clone(),
        commit,
        base,
        main: tip.commit,
        freight: None,
        gates: Vec::new(),
        problem: None,
    };
    let Some(kind) = ReviewKind::of_branch(stage.name.as_str(), &branch) else {
        checked.problem = Some(format!(
            "{branch} is no review: only what `cargo xtask promote {}` writes goes to {}",
            stage.name, stage.branch
        ));
        return Ok(checked);
    };
    if let ReviewKind::Promotion(tag) | ReviewKind::Rollback(tag) = &kind {
        checked.freight = Some(tag.clone());
    }
    let commit = workspace.repository.commit(commit)?;
    let refresh = refresh_command(stage, truth);
    let Some(base) = base else {
        checked.problem = Some(format!("{} isn't there any more: {refresh}", stage.branch));
        return Ok(checked);
    };
    checked.problem = base_problem(workspace, stage, base, &commit, &refresh)?;
    if checked.problem.is_some() {
        return Ok(checked);
    }
    let review = ReviewBranch { kind, name: branch, commit: commit.id };
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

fn refresh_command(stage: &Stage, truth: &Truth) -> String {
    let flag = match truth {
        Truth::Here => String::new(),
        Truth::Remote(remote) if remote == "origin" => " --push".to_owned(),
        Truth::Remote(remote) => format!(" --push={remote}"),
    };
    format!("make it anew with `cargo xtask review refresh {}{flag}`", stage.name)
}

/// The review is one commit on top of the stage's tip.
fn base_problem(
    workspace: &Workspace,
    stage: &Stage,
    base: CommitId,
    commit: &Commit,
    refresh: &str,
) -> Result<Option<String>, Error> {
    let branch = &stage.branch;
    let at = commit.id.short();
    Ok(match commit.parents.as_slice() {
        [parent] if *parent == base => None,
        _ if commit.id == base => Some(format!("{at} is merged already")),
        [_] if workspace.repository.is_ancestor(base, commit.id)? == Some(true) => Some(format!(
            "{at} is more than one commit on top of {branch}: somebody edited the review by hand; {refresh}"
        )),
        [parent] => Some(format!(
            "its base is stale: it stands on {}, and {branch} is at {}; {refresh}",
            parent.short(),
            base.short()
        )),
        [] => Some(format!("{at} has no parent, and isn't made on top of {branch}; {refresh}")),
        _ => Some(format!(
            "{at} is a merge, as \"update branch\" makes them: a review is one commit on top of {branch}; {refresh}"
        )),
    })
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
