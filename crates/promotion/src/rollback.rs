//! Rolling back exactly: what a stage had in an earlier commit is restored byte for byte, without rendering.

use freight::ReleaseTag;
use gitstore::{BranchName, CommitId, NewCommit, TreeId};
use policy::{PromotionMode, Stage, StageName};
use rendered::{ManifestsDiff, StageTree};

use crate::error::Error;
use crate::freeze::Mode;
use crate::other_way::{self, OtherWay};
use crate::publish::{Attempts, Published, Tips, Truth};
use crate::review::{self, OpenedReview, Proposal, ReviewError, ReviewKind};
use crate::stage::{self, StageTip};
use crate::workspace::{Tip, Workspace};

/// An exact rollback to make.
#[derive(Debug)]
pub struct RollbackRequest<'a> {
    /// The stage.
    pub stage: &'a str,
    /// The commit of its branch to go back to, or a release that it had: then the newest commit with it.
    pub to: &'a str,
    /// Where the branches are that count.
    pub truth: Truth,
    /// Whether a stage that is reviewed is rolled back by a review.
    pub way: ReviewWay,
    /// Whether anything is written.
    pub mode: Mode,
}

/// Whether a stage that is reviewed is rolled back by a review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReviewWay {
    /// As the policy says: by a review where the stage promotes so.
    #[default]
    ByPolicy,
    /// At once, as is needed at night: what comes back stood there before.
    AtOnce,
}

/// What an exact rollback came to.
#[derive(Debug)]
pub struct RollbackOutcome {
    /// The stage.
    pub stage: StageName,
    /// Its branch.
    pub branch: BranchName,
    /// The commit whose record and manifests are restored.
    pub to: CommitId,
    /// The release that the stage has then; none where it goes back to before its first promotion.
    pub freight: Option<ReleaseTag>,
    /// The release that it had.
    pub before: Option<ReleaseTag>,
    /// What it did, or would do.
    pub change: RollbackChange,
    /// How the manifests change.
    pub diff: ManifestsDiff,
    /// The review that is open for it, where the stage is reviewed.
    pub review: Option<OpenedReview>,
    /// What rendering the release with today's policy would give instead, where that can be.
    pub other_way: Option<OtherWay>,
    /// Which problem there was, without keeping the rollback from happening.
    pub warnings: Vec<String>,
}

/// What an exact rollback changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollbackChange {
    /// This commit is the stage's new tip.
    Commit(CommitId),
    /// A commit would be made: nothing was written.
    WouldCommit,
    /// The stage has exactly this already.
    Unchanged,
    /// A review of it is open; the stage's branch stays where it is until that is merged.
    Review,
    /// A review would be opened: nothing was written.
    WouldReview,
}

/// Restores a stage's earlier record and manifests; its verdicts stay as they are. In a stage that is reviewed that
/// opens a review, unless no manifest changes or no review is wanted.
pub fn rollback(workspace: &Workspace, request: &RollbackRequest<'_>) -> Result<RollbackOutcome, Error> {
    let repository = &workspace.repository;
    workspace.finish_interrupted(request.mode)?;
    let mut attempts = Attempts::default();
    loop {
        let prepared = prepare(workspace, &request.truth, request.stage, request.to)?;
        let Prepared { tip, stage, tips, before, to, restored, tree } = &prepared;
        let (to, tree) = (*to, *tree);
        let mut outcome = compare(workspace, tip, stage, before, to, restored)?;
        if tree == before.root {
            let truth = &request.truth;
            outcome.warnings.extend(workspace.catch_up(truth, tips, &stage.branch, request.mode)?);
            return Ok(outcome);
        }
        let by_review = stage.promote == PromotionMode::Review
            && request.way == ReviewWay::ByPolicy
            && restored.record.manifests != before.tree.record.manifests;
        if by_review && restored.record.freight.is_none() {
            return Err(ReviewError::Nothing { stage: stage.name.clone() }.into());
        }
        if request.mode == Mode::DryRun {
            outcome.change =
                if by_review { RollbackChange::WouldReview } else { RollbackChange::WouldCommit };
            return Ok(outcome);
        }
        let what = outcome.freight.as_ref().map_or("nothing", |tag| tag.short());
        let subject = format!("Roll {} back to {what} as of {}", stage.name, to.short());
        let freight = outcome.freight.as_ref().map(|tag| format!("Freight: {tag}\n")).unwrap_or_default();
        let message = format!("{subject}\n\n{freight}Restored: {to}\n");
        if by_review {
            let proposal = Proposal {
                truth: &request.truth,
                tip,
                stage,
                kind: ReviewKind::Restore(to),
                base: Some(before.commit),
                begun: None,
                tree,
                subject: &subject,
                message: &message,
            };
            let opened = review::open(workspace, &proposal, |forge| {
                let told = review::Told {
                    tip,
                    stage,
                    before: Some(&before.tree.record),
                    after: &restored.record,
                    checks: Vec::new(),
                    warnings: Vec::new(),
                    forge,
                };
                told.body(workspace, outcome.diff.clone())
            })?;
            match opened {
                Ok(opened) => {
                    outcome.change = RollbackChange::Review;
                    outcome.review = Some(opened);
                    return Ok(outcome);
                }
                Err(lock) => attempts.lost(&stage.branch, lock)?,
            }
            continue;
        }
        let signatures = workspace.signatures()?;
        let new = repository.write_commit(&NewCommit {
            tree,
            parents: &[before.commit],
            author: &signatures.author,
            committer: &signatures.committer,
            message: &message,
        })?;
        let (committer, old) = (&signatures.committer, Some(before.commit));
        match workspace.publish(&request.truth, &stage.branch, old, new, &subject, committer)? {
            Published::Done { left_behind } => {
                outcome.warnings.extend(left_behind);
                outcome.change = RollbackChange::Commit(new);
                return Ok(outcome);
            }
            Published::LostRace { lock } => attempts.lost(&stage.branch, lock)?,
        }
    }
}

/// An exact rollback that isn't written yet.
pub(crate) struct Prepared {
    tip: Tip,
    stage: Stage,
    tips: Tips,
    before: StageTip,
    to: CommitId,
    pub(crate) restored: StageTree,
    /// What the stage would hold.
    pub(crate) tree: TreeId,
}

/// Reads what a stage has and had.
pub(crate) fn prepare(
    workspace: &Workspace,
    truth: &Truth,
    stage: &str,
    to: &str,
) -> Result<Prepared, Error> {
    let tips = workspace.tips(truth, &[workspace.main.as_str()])?;
    let tip = workspace.at_main(truth, workspace.tip_of(&tips, &workspace.main)?)?;
    let stage = tip.policy.stage(stage)?.clone();
    let tips = workspace.tips(truth, &[stage.branch.as_str()])?;
    workspace.refuse_unpushed(truth, &tips, &stage.branch)?;
    let commit = workspace.tip_of(&tips, &stage.branch)?;
    let before = stage::read_tip(&workspace.repository, &stage.branch, commit)?;
    let before = before.ok_or_else(|| Error::NothingPromoted { stage: stage.name.clone() })?;
    let (to, restored) = find(workspace, &stage, &before, to)?;
    let tree = tree_of(workspace, &before, &restored)?;
    Ok(Prepared { tip, stage, tips, before, to, restored, tree })
}

/// The commit of the branch's own line that is meant, with what it holds.
fn find(
    workspace: &Workspace,
    stage: &Stage,
    before: &StageTip,
    text: &str,
) -> Result<(CommitId, StageTree), Error> {
    let repository = &workspace.repository;
    let read = |commit: CommitId, tree: TreeId| match StageTree::read(repository, tree) {
        Ok(tree) if tree.foreign.is_empty() => Ok((commit, tree)),
        Ok(tree) => Err(Error::NotAPromotion { commit, detail: format!("it holds {}", tree.foreign[0]) }),
        Err(error) => Err(Error::NotAPromotion { commit, detail: error.to_string() }),
    };
    let wanted = repository.resolve(text).ok();
    if let Some(wanted) = wanted {
        for commit in repository.first_parent_commits(before.commit) {
            let commit = commit?;
            if commit.id == wanted {
                return read(commit.id, commit.tree);
            }
        }
    }
    // No commit of the branch is called so: perhaps a release.
    let mut known: Vec<ReleaseTag> = Vec::new();
    let mut found: Vec<(ReleaseTag, CommitId, TreeId)> = Vec::new();
    for commit in repository.first_parent_commits(before.commit) {
        let commit = commit?;
        let Ok(tree) = StageTree::read_record(repository, commit.tree) else { continue };
        let Some(freight) = tree.freight else { continue };
        if !known.contains(&freight.tag) {
            known.push(freight.tag.clone());
            found.push((freight.tag, commit.id, commit.tree));
        }
    }
    let tag = freight::store::choose(&known, text).ok();
    match (found.into_iter().find(|(known, ..)| Some(known) == tag.as_ref()), wanted) {
        (Some((_, commit, tree)), _) => read(commit, tree),
        (None, Some(commit)) => Err(Error::NotOfBranch { branch: stage.branch.clone(), commit }),
        (None, None) => Err(Error::NoSuchPromotion { branch: stage.branch.clone(), text: text.to_owned() }),
    }
}

/// The stage's tree with the earlier record and manifests, and today's verdicts.
fn tree_of(workspace: &Workspace, before: &StageTip, restored: &StageTree) -> Result<TreeId, Error> {
    let manifests = restored.load_manifests(&workspace.repository)?;
    Ok(rendered::write_stage_tree(
        &workspace.repository,
        &restored.record,
        &before.tree.verification,
        &manifests,
    )?)
}

fn compare(
    workspace: &Workspace,
    tip: &Tip,
    stage: &Stage,
    before: &StageTip,
    to: CommitId,
    restored: &StageTree,
) -> Result<RollbackOutcome, Error> {
    let repository = &workspace.repository;
    let now = before.tree.load_manifests(repository)?;
    let tag = |tree: &StageTree| tree.record.freight.as_ref().map(|freight| freight.tag.clone());
    Ok(RollbackOutcome {
        stage: stage.name.clone(),
        branch: stage.branch.clone(),
        to,
        freight: tag(restored),
        before: tag(&before.tree),
        change: RollbackChange::Unchanged,
        diff: rendered::diff(&now, &restored.load_manifests(repository)?),
        other_way: other_way::rendering(workspace, tip, stage, &now, restored)?,
        review: None,
        warnings: Vec::new(),
    })
}
