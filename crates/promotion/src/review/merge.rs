//! What becomes of a review: it is made anew, merged, or closed.

use gitstore::{BranchName, CommitId};
use policy::{ReviewProvider, Stage, StageName};
use rendered::ManifestsDigest;

use super::base::Content;
use super::branches::{Move, ReviewBranch, pattern};
use super::check::{self, ReviewCheck};
use super::error::ReviewError;
use super::forge::{Forge, PullRequest};
use super::list::{ReviewState, Selection, reviewed, select};
use super::name::ReviewKind;
use crate::error::Error;
use crate::freeze::Mode;
use crate::gate::Direction;
use crate::promote::{Foreign, PromoteOutcome, PromoteRequest, newer_on_remotes, promote, warn_after};
use crate::publish::{Attempts, Published, Tips, Truth};
use crate::rollback::{ReviewWay, RollbackOutcome, RollbackRequest, rollback};
use crate::stage;
use crate::workspace::{Tip, Workspace};

/// What making a review anew came to.
#[derive(Debug)]
pub enum RefreshOutcome {
    /// It promotes a release.
    Promotion(Box<PromoteOutcome>),
    /// It brings back what the stage had.
    Restore(Box<RollbackOutcome>),
}

/// What approving a review came to.
#[derive(Debug)]
pub struct ApproveOutcome {
    /// What its check said. Where that is no, nothing was done.
    pub check: ReviewCheck,
    /// How it was merged; none where the check says no.
    pub merge: Option<ReviewMerge>,
    /// The digest of the manifests that the stage has now.
    pub manifests: Option<ManifestsDigest>,
    /// Its pull request, where a forge has them.
    pub pull_request: Option<PullRequest>,
    /// The names of the stage's checks, which come next where there are any.
    pub checks: Vec<String>,
    /// Which problem there was, without keeping it from being merged.
    pub warnings: Vec<String>,
}

/// How a review was merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewMerge {
    /// The stage's branch moved to the review's commit.
    FastForward(CommitId),
    /// The forge merged it: this is the stage's tip now.
    Forge(CommitId),
    /// It had been merged before.
    Already(CommitId),
}

/// What closing a review came to.
#[derive(Debug)]
pub struct CloseOutcome {
    /// The stage.
    pub stage: StageName,
    /// The branch that is gone.
    pub branch: BranchName,
    /// Where it was.
    pub commit: CommitId,
    /// Its pull request, which is closed.
    pub pull_request: Option<PullRequest>,
    /// Which problem there was, without keeping it from being closed.
    pub warnings: Vec<String>,
}

/// A review that was looked up where it counts.
struct Found {
    tip: Tip,
    stage: Stage,
    tips: Tips,
    branch: ReviewBranch,
    state: ReviewState,
}

fn find(workspace: &Workspace, selection: Selection<'_>, truth: &Truth) -> Result<Found, Error> {
    let tips = workspace.tips(truth, &[workspace.main.as_str()])?;
    let tip = workspace.at_main(truth, workspace.tip_of(&tips, &workspace.main)?)?;
    let stage = reviewed(&tip, selection.stage)?.clone();
    let tips = workspace.tips(truth, &[stage.branch.as_str(), &pattern(&stage)])?;
    let (branch, state) = select(workspace, truth, &tip, &tips, &stage, selection.freight)?;
    Ok(Found { tip, stage, tips, branch, state })
}

/// Refuses a review that is on a remote alone, where this repository is what counts: nothing done here would reach it.
fn refuse_remote(branch: &ReviewBranch) -> Result<(), Error> {
    match &branch.remote {
        Some(remote) => {
            Err(ReviewError::OnRemote { branch: branch.name.clone(), remote: remote.clone() }.into())
        }
        None => Ok(()),
    }
}

/// Makes a review anew: on today's tip of its stage, with today's policy. One that is so already is found.
pub fn refresh_review(
    workspace: &Workspace,
    selection: Selection<'_>,
    truth: &Truth,
) -> Result<RefreshOutcome, Error> {
    let found = find(workspace, selection, truth)?;
    refuse_remote(&found.branch)?;
    let stage = found.stage.name.as_str();
    let render = |tag: &str, direction| {
        let request = PromoteRequest {
            stage,
            freight: Some(tag),
            direction,
            foreign: Foreign::Refuse,
            truth: truth.clone(),
            policy: None,
            mode: Mode::Write,
        };
        promote(workspace, &request).map(|outcome| RefreshOutcome::Promotion(Box::new(outcome)))
    };
    match &found.branch.kind {
        ReviewKind::Promotion(tag) => render(tag.as_str(), Direction::Forward),
        ReviewKind::Rollback(tag) => render(tag.as_str(), Direction::Rollback),
        ReviewKind::Restore(to) => {
            let request = RollbackRequest {
                stage,
                to: &to.to_hex(),
                truth: truth.clone(),
                way: ReviewWay::ByPolicy,
                mode: Mode::Write,
            };
            rollback(workspace, &request).map(|outcome| RefreshOutcome::Restore(Box::new(outcome)))
        }
    }
}

/// Merges a review, if its check holds: by the forge, or by moving the stage's branch to its commit. Where somebody else
/// moved one of the branches meanwhile, it is checked anew.
pub fn approve_review(
    workspace: &Workspace,
    selection: Selection<'_>,
    truth: &Truth,
) -> Result<ApproveOutcome, Error> {
    workspace.finish_interrupted(Mode::Write)?;
    let mut attempts = Attempts::default();
    loop {
        match try_to_approve(workspace, selection, truth)? {
            Ok(outcome) => return Ok(outcome),
            Err(Lost { branch, lock }) => attempts.lost(&branch, lock)?,
        }
    }
}

/// A race that was lost: the branch, and what is said of its lock where it is locked.
struct Lost {
    branch: BranchName,
    lock: Option<Error>,
}

fn try_to_approve(
    workspace: &Workspace,
    selection: Selection<'_>,
    truth: &Truth,
) -> Result<Result<ApproveOutcome, Lost>, Error> {
    let found = match find(workspace, selection, truth) {
        Err(error @ Error::Review(ReviewError::None { .. })) => {
            // Perhaps it was merged by whoever was killed before the branch here followed.
            follow(workspace, selection.stage, truth)?;
            return Err(error);
        }
        found => found?,
    };
    let Found { tip, stage, tips, branch, state } = &found;
    if tip.policy.review().provider != ReviewProvider::None && *truth == Truth::Here {
        return Err(ReviewError::OnForge { stage: stage.name.clone() }.into());
    }
    refuse_remote(branch)?;
    workspace.refuse_unpushed(truth, tips, &stage.branch)?;
    let base = workspace.tip_of(tips, &stage.branch)?;
    let check = check::check(workspace, truth, tip, stage, tips, branch.clone())?;
    let mut outcome = ApproveOutcome {
        check,
        merge: None,
        manifests: None,
        pull_request: None,
        checks: stage.verify.iter().map(|command| command.name.clone()).collect(),
        warnings: Vec::new(),
    };
    if let (ReviewState::Merged, Some(base)) = (state, base) {
        // A run before this one was interrupted, or somebody merged it by hand: what is left is to tidy up.
        outcome.check.problem = None;
        outcome.check.gates.clear();
        outcome.merge = Some(ReviewMerge::Already(base));
        outcome.warnings.extend(workspace.catch_up(truth, tips, &stage.branch, Mode::Write)?);
        remove(workspace, truth, branch, &mut outcome.warnings)?;
    } else if outcome.check.holds() {
        match workspace.forge(truth, tip)? {
            None => {
                if let Err(lock) = fast_forward(workspace, truth, &found, base, &mut outcome)? {
                    return Ok(Err(Lost { branch: stage.branch.clone(), lock }));
                }
            }
            Some(forge) => merge(workspace, truth, &found, forge.as_ref(), &mut outcome)?,
        }
    }
    if outcome.merge.is_some() {
        let tree = workspace.repository.commit_tree(branch.commit)?;
        outcome.manifests = Some(rendered::StageTree::read_record(&workspace.repository, tree)?.manifests);
    }
    Ok(Ok(outcome))
}

/// Lets a stage's branch here follow that of the remote.
fn follow(workspace: &Workspace, stage: &str, truth: &Truth) -> Result<(), Error> {
    let tips = workspace.tips(truth, &[workspace.main.as_str()])?;
    let tip = workspace.at_main(truth, workspace.tip_of(&tips, &workspace.main)?)?;
    let stage = reviewed(&tip, stage)?;
    let tips = workspace.tips(truth, &[stage.branch.as_str()])?;
    // What was begun here and never pushed stays.
    if workspace.refuse_unpushed(truth, &tips, &stage.branch).is_ok() {
        workspace.catch_up(truth, &tips, &stage.branch, Mode::Write)?;
    }
    Ok(())
}

/// Moves the stage's branch to the review's commit, then removes the review's. An error within says what there is to say
/// of a lock, after a lost race.
///
/// Not both by one push: where the check of one of them dies on the remote, Git's `--atomic` lets the other one through,
/// and a review would be gone that was never merged. Whoever is interrupted between the two finds it merged.
fn fast_forward(
    workspace: &Workspace,
    truth: &Truth,
    found: &Found,
    base: Option<CommitId>,
    outcome: &mut ApproveOutcome,
) -> Result<Result<(), Option<Error>>, Error> {
    let Found { stage, branch, .. } = found;
    let committer = workspace.signatures()?.committer;
    let reflog = format!("Merge {}", branch.name);
    let newer = newer_on_remotes(workspace, truth, stage)?;
    match workspace.publish(truth, &stage.branch, base, branch.commit, &reflog, &committer)? {
        Published::Done { left_behind } => {
            outcome.warnings.extend(left_behind);
            outcome.warnings.extend(newer.iter().map(|tracking| warn_after(&stage.branch, tracking)));
        }
        Published::LostRace { lock } => return Ok(Err(lock)),
    }
    outcome.merge = Some(ReviewMerge::FastForward(branch.commit));
    remove(workspace, truth, branch, &mut outcome.warnings)?;
    Ok(Ok(()))
}

/// Lets the forge merge the commit that was checked, and sees that nothing else came of it.
fn merge(
    workspace: &Workspace,
    truth: &Truth,
    found: &Found,
    forge: &dyn Forge,
    outcome: &mut ApproveOutcome,
) -> Result<(), Error> {
    let Found { tip, stage, branch, .. } = found;
    let known = forge.find(&branch.name, &stage.branch).map_err(ReviewError::Forge)?;
    let known = known.ok_or_else(|| ReviewError::NoPullRequest {
        stage: stage.name.clone(),
        branch: branch.name.clone(),
    })?;
    let wrong =
        |detail: String, remedy: String| ReviewError::PullRequest { url: known.url.clone(), detail, remedy };
    if known.base != stage.branch.as_str() {
        let remedy =
            format!("direct it there, or let `cargo xtask review refresh {} --push` do so", stage.name);
        let detail = format!("would be merged to {}, not to {}", known.base, stage.branch);
        return Err(wrong(detail, remedy).into());
    }
    if known.head != branch.commit.to_hex() {
        let remedy = "try again: the forge may not have seen the branch move yet".to_owned();
        let short = known.head.get(..7).unwrap_or(&known.head);
        let detail = format!("is at {short}, and {} was checked", branch.commit.short());
        return Err(wrong(detail, remedy).into());
    }
    if known.is_draft {
        let remedy = "mark it as ready for review, then try again".to_owned();
        return Err(wrong("is a draft".to_owned(), remedy).into());
    }
    forge.merge(known.number, branch.commit, tip.policy.review().merge).map_err(ReviewError::Forge)?;
    let tips = workspace.tips(truth, &[stage.branch.as_str()])?;
    let merged = workspace.tip_of(&tips, &stage.branch)?.unwrap_or(branch.commit);
    let committer = workspace.signatures()?.committer;
    outcome.warnings.extend(workspace.follow(
        &stage.branch,
        merged,
        &format!("Merge {}", branch.name),
        &committer,
    )?);
    if !is_what_was_checked(workspace, stage, merged, branch.commit)? {
        return Err(ReviewError::MergedDifferently {
            stage: stage.name.clone(),
            branch: stage.branch.clone(),
            tip: merged,
        }
        .into());
    }
    outcome.merge = Some(ReviewMerge::Forge(merged));
    outcome.pull_request = Some(known);
    remove(workspace, truth, branch, &mut outcome.warnings)
}

/// Whether a stage's tip after a merge holds the review's content, and beside it nothing but verdicts, of which there may
/// be more by now.
fn is_what_was_checked(
    workspace: &Workspace,
    stage: &Stage,
    merged: CommitId,
    review: CommitId,
) -> Result<bool, Error> {
    let repository = &workspace.repository;
    let content = |commit| Content::of(repository, repository.commit_tree(commit)?);
    if content(merged)? != content(review)? {
        return Ok(false);
    }
    match stage::read_tip(repository, &stage.branch, Some(merged)) {
        Ok(_) => Ok(true),
        Err(Error::ForeignBranch { .. } | Error::BrokenRecord { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// How often it is tried to remove a branch that stays without a lock to be seen.
const REMOVALS: usize = 3;

/// Removes the branch of a review that is done with. That somebody did so before is as good; where it can't be removed, it
/// is warned of.
fn remove(
    workspace: &Workspace,
    truth: &Truth,
    branch: &ReviewBranch,
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    let committer = workspace.signatures()?.committer;
    let mut stays = String::new();
    for _ in 0..REMOVALS {
        let gone = Move { branch: branch.name.clone(), old: Some(branch.commit), new: None };
        match workspace.publish_together(truth, &[gone], "done with", &committer) {
            Ok(Published::Done { left_behind }) => {
                warnings.extend(left_behind);
                return Ok(());
            }
            Ok(Published::LostRace { lock: Some(error) }) | Err(error) => {
                stays = format!(": {error}");
                break;
            }
            Ok(Published::LostRace { lock: None }) => {
                let tips = workspace.tips(truth, &[branch.name.as_str()])?;
                if workspace.tip_of(&tips, &branch.name)? != Some(branch.commit) {
                    return Ok(());
                }
            }
        }
    }
    warnings.push(format!("{} was left where it is{stays}", branch.name));
    Ok(())
}

/// Closes a review: its pull request, then its branch.
pub fn close_review(
    workspace: &Workspace,
    selection: Selection<'_>,
    truth: &Truth,
    comment: Option<&str>,
) -> Result<CloseOutcome, Error> {
    workspace.finish_interrupted(Mode::Write)?;
    let Found { tip, stage, branch, .. } = find(workspace, selection, truth)?;
    refuse_remote(&branch)?;
    let mut outcome = CloseOutcome {
        stage: stage.name.clone(),
        branch: branch.name.clone(),
        commit: branch.commit,
        pull_request: None,
        warnings: Vec::new(),
    };
    if let Some(forge) = workspace.forge(truth, &tip)?
        && let Some(known) = forge.find(&branch.name, &stage.branch).map_err(ReviewError::Forge)?
    {
        let comment = comment.unwrap_or("Closed with `cargo xtask review close`.");
        forge.close(known.number, comment).map_err(ReviewError::Forge)?;
        outcome.pull_request = Some(known);
    }
    let gone = Move { branch: branch.name.clone(), old: Some(branch.commit), new: None };
    let committer = workspace.signatures()?.committer;
    match workspace.publish_together(truth, &[gone], "closed", &committer)? {
        Published::Done { left_behind } => outcome.warnings.extend(left_behind),
        Published::LostRace { lock: Some(lock) } => return Err(lock),
        Published::LostRace { lock: None } => {
            return Err(Error::KeepsMoving { branch: branch.name, attempts: 1 });
        }
    }
    Ok(outcome)
}
