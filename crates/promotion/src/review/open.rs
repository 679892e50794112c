//! Opening a review: its branch, then its pull request; older ones go.

use freight::{FreightRecord, store};
use gitstore::{BranchName, CommitId, NewCommit, TreeId};
use policy::Stage;
use rendered::Verification;

use super::branches::{self, Move, ReviewBranch, pattern};
use super::error::ReviewError;
use super::forge::{Forge, NewPullRequest, PullRequest};
use super::list::{ReviewState, state_of};
use super::name::ReviewKind;
use crate::error::Error;
use crate::freeze::Mode;
use crate::gate::is_older;
use crate::promote::paths;
use crate::publish::{Published, Truth};
use crate::stage::Plan;
use crate::workspace::{Tip, Workspace};

/// A review that is open.
#[derive(Clone, Debug)]
pub struct OpenedReview {
    /// Its branch.
    pub branch: BranchName,
    /// Its commit.
    pub commit: CommitId,
    /// What had to be done for it.
    pub change: ReviewChange,
    /// Its pull request, where a forge has them.
    pub pull_request: Option<PullRequest>,
    /// The reviews of older releases that it took the place of, closed now.
    pub superseded: Vec<BranchName>,
    /// Which problem there was, without keeping the review from being opened.
    pub warnings: Vec<String>,
}

/// What had to be done for a review to be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewChange {
    /// It was opened.
    Opened,
    /// It was there, and was made anew.
    Renewed,
    /// It was there already, exactly so.
    Found,
}

impl ReviewChange {
    /// `opened`, `renewed` or `found`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Renewed => "renewed",
            Self::Found => "found",
        }
    }
}

/// What is to be reviewed.
pub(crate) struct Proposal<'a> {
    pub(crate) truth: &'a Truth,
    pub(crate) tip: &'a Tip,
    pub(crate) stage: &'a Stage,
    pub(crate) kind: ReviewKind,
    /// The tip of the stage's branch, where there is one.
    pub(crate) base: Option<CommitId>,
    /// The commit that the stage's branch begins with, where there is one that isn't published yet.
    pub(crate) begun: Option<CommitId>,
    pub(crate) tree: TreeId,
    pub(crate) subject: &'a str,
    pub(crate) message: &'a str,
}

/// Opens a review, or finds it. `None` where somebody else moved one of the branches meanwhile.
pub(crate) fn open(
    workspace: &Workspace,
    proposal: &Proposal<'_>,
    body: impl FnOnce(Option<&dyn Forge>) -> Result<String, Error>,
) -> Result<Result<OpenedReview, Option<Error>>, Error> {
    let Proposal { truth, tip, stage, .. } = proposal;
    let tips = workspace.tips(truth, &[&pattern(stage), stage.branch.as_str()])?;
    let branches = branches::of_stage(workspace, &tips, stage)?;
    let branch = proposal.kind.branch(stage.name.as_str())?;
    let existing = branches.iter().find(|review| review.name == branch).map(|review| review.commit);
    // What the forge can't do, it says before anything is written.
    let forge = workspace.forge(truth, tip)?;
    let known = match &forge {
        None => None,
        Some(forge) => forge.find(&branch, &stage.branch).map_err(ReviewError::Forge)?,
    };
    let mut opened = OpenedReview {
        branch: branch.clone(),
        commit: tip.commit,
        change: ReviewChange::Found,
        pull_request: None,
        superseded: Vec::new(),
        warnings: Vec::new(),
    };
    match existing.filter(|commit| is_current(workspace, proposal.tree, proposal.base, *commit)) {
        Some(commit) => {
            opened.commit = commit;
            // Where it was opened, and the stage's branch here didn't learn of its beginning any more.
            opened.warnings.extend(workspace.catch_up(truth, &tips, &stage.branch, Mode::Write)?);
        }
        None => {
            let (commit, published) = write(workspace, proposal, &branch, existing)?;
            match published {
                Published::LostRace { lock } => return Ok(Err(lock)),
                Published::Done { left_behind } => opened.warnings.extend(left_behind),
            }
            opened.commit = commit;
            opened.change = if existing.is_some() { ReviewChange::Renewed } else { ReviewChange::Opened };
        }
    }
    if let Some(forge) = &forge {
        let body = body(Some(forge.as_ref()))?;
        let new = NewPullRequest { head: &branch, base: &stage.branch, title: proposal.subject, body: &body };
        let wanted = show(forge.as_ref(), known, &new, &mut opened)
            .map_err(|source| ReviewError::Unfinished { done: format!("{branch} is pushed"), source })?;
        opened.pull_request = Some(wanted);
    }
    supersede(workspace, proposal, forge.as_deref(), branches, &mut opened)?;
    Ok(Ok(opened))
}

/// Whether a review's commit is exactly what would be written now, on top of this commit.
fn is_current(workspace: &Workspace, tree: TreeId, base: Option<CommitId>, commit: CommitId) -> bool {
    workspace.repository.commit(commit).is_ok_and(|commit| {
        commit.tree == tree && commit.parents.len() == 1 && Some(commit.parents[0]) == base
    })
}

/// Writes the review's commit, under it the beginning of a stage's branch that isn't there yet. What was made here before,
/// and not published, is published as it is.
fn write(
    workspace: &Workspace,
    proposal: &Proposal<'_>,
    branch: &BranchName,
    existing: Option<CommitId>,
) -> Result<(CommitId, Published), Error> {
    let Proposal { truth, tip, stage, base, begun, tree, subject, message, .. } = proposal;
    let repository = &workspace.repository;
    let signatures = workspace.signatures()?;
    let commit = |tree: TreeId, parents: &[CommitId], message: &str| {
        let (author, committer) = (&signatures.author, &signatures.committer);
        repository.write_commit(&NewCommit { tree, parents, author, committer, message })
    };
    let mut moves = Vec::new();
    let parent = match (base, begun) {
        (Some(base), _) => *base,
        (None, begun) => {
            let begun = match begun {
                Some(begun) => *begun,
                None => {
                    let empty =
                        Plan::empty(&tip.policy, stage).write(repository, &Verification::default())?;
                    let message = format!("Begin {}\n\nNothing is promoted here yet.\n", stage.branch);
                    commit(empty, &[], &message)?
                }
            };
            moves.push(Move { branch: stage.branch.clone(), old: None, new: Some(begun) });
            begun
        }
    };
    let here = repository.branch_tip(branch)?;
    let new = match here.filter(|here| is_current(workspace, *tree, Some(parent), *here)) {
        Some(here) => here,
        None => commit(*tree, &[parent], message)?,
    };
    moves.push(Move { branch: branch.clone(), old: existing, new: Some(new) });
    let published = workspace.publish_together(truth, &moves, subject, &signatures.committer)?;
    Ok((new, published))
}

/// Opens the pull request, or makes the one that there is what it should be.
fn show(
    forge: &dyn Forge,
    known: Option<PullRequest>,
    new: &NewPullRequest<'_>,
    opened: &mut OpenedReview,
) -> Result<PullRequest, super::ForgeError> {
    let Some(mut known) = known else { return forge.open(new) };
    // Forges keep texts with their own line ends.
    let same = |a: &str, b: &str| a.replace("\r\n", "\n").trim_end() == b.trim_end();
    if known.base != new.base.as_str() {
        opened.warnings.push(format!(
            "the pull request {} was directed at {}; it is at {} again",
            known.url, known.base, new.base
        ));
    } else if same(&known.body, new.body) && known.title == new.title && !known.lacks_labels {
        return Ok(known);
    }
    forge.edit(known.number, new)?;
    (known.title, known.body) = (new.title.to_owned(), new.body.to_owned());
    known.base = new.base.to_string();
    Ok(known)
}

/// Closes the reviews of older releases, and removes the branches of merged ones.
fn supersede(
    workspace: &Workspace,
    proposal: &Proposal<'_>,
    forge: Option<&dyn Forge>,
    branches: Vec<ReviewBranch>,
    opened: &mut OpenedReview,
) -> Result<(), Error> {
    let Proposal { truth, tip, stage, base, .. } = proposal;
    for other in branches {
        // One that is on a remote alone isn't reached from here.
        if other.name == opened.branch || other.remote.is_some() {
            continue;
        }
        let is_merged = state_of(workspace, tip, stage, *base, &other)? == ReviewState::Merged;
        if !is_merged && !is_superseded(workspace, proposal, &other)? {
            opened.warnings.push(format!("{} is open as well", other.name));
            continue;
        }
        let unfinished = |source| ReviewError::Unfinished {
            done: format!("{} is open, and takes the place of {}", opened.branch, other.name),
            source,
        };
        if let (Some(forge), false) = (forge, is_merged)
            && let Some(known) = forge.find(&other.name, &stage.branch).map_err(unfinished)?
        {
            let by = opened
                .pull_request
                .as_ref()
                .map_or_else(|| opened.branch.to_string(), |new| format!("#{}", new.number));
            forge.close(known.number, &format!("Superseded by {by}.")).map_err(unfinished)?;
        }
        let gone = Move { branch: other.name.clone(), old: Some(other.commit), new: None };
        let committer = workspace.signatures()?.committer;
        match workspace.publish_together(truth, &[gone], "superseded", &committer)? {
            Published::Done { left_behind } => opened.warnings.extend(left_behind),
            // Whoever moved or removed it meanwhile knows why.
            Published::LostRace { .. } => continue,
        }
        if !is_merged {
            opened.superseded.push(other.name);
        }
    }
    Ok(())
}

/// Whether a review promotes an older release than the one that is opened. Who asks for a rollback means it.
fn is_superseded(
    workspace: &Workspace,
    proposal: &Proposal<'_>,
    other: &ReviewBranch,
) -> Result<bool, Error> {
    let (ReviewKind::Promotion(new), ReviewKind::Promotion(old)) = (&proposal.kind, &other.kind) else {
        return Ok(false);
    };
    let paths = paths(proposal.tip, proposal.stage)?;
    let read = |tag| -> Result<Option<FreightRecord>, Error> {
        let frozen = store::read(&workspace.repository, proposal.tip.tree, &paths, tag)?;
        Ok(frozen.map(|frozen| frozen.record))
    };
    Ok(match (read(old)?, read(new)?) {
        (Some(old), Some(new)) => is_older(workspace, &old, &new),
        _ => false,
    })
}
