//! There are two ways back to an older release: render it with today's policy, or restore exactly what the stage had.
//! Whoever goes one of them sees first what the other one would give.

use freight::FrozenFreight;
use gitstore::{Commit, CommitId, Repository};
use policy::Stage;
use rendered::{Manifests, ManifestsDiff, StageTree};

use crate::error::Error;
use crate::stage::{Plan, StageTip};
use crate::workspace::{Tip, Workspace};

/// The way back that isn't gone.
#[derive(Debug)]
pub struct OtherWay {
    /// Which one it is.
    pub kind: WayBack,
    /// How it would change what the stage has now.
    pub from_now: ManifestsDiff,
    /// How its manifests differ from those of the way that is gone: from the latter to the former.
    pub from_this: ManifestsDiff,
}

/// One of the two ways back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayBack {
    /// The older release, rendered with today's policy.
    Render,
    /// What the stage had in this commit, exactly.
    Restore(CommitId),
}

/// The newest commit of a stage's branch that has a freight, with its tree.
fn newest_with(
    repository: &Repository,
    before: &StageTip,
    freight: &FrozenFreight,
) -> Result<Option<(Commit, StageTree)>, Error> {
    for commit in repository.first_parent_commits(before.commit) {
        let commit = commit?;
        // What no promotion wrote is nothing to restore.
        let Ok(tree) = StageTree::read(repository, commit.tree) else { continue };
        if tree.record.freight.as_ref().is_some_and(|it| it.tree == freight.record_tree) {
            return Ok(Some((commit, tree)));
        }
    }
    Ok(None)
}

/// What restoring the stage's own commit with a freight would give, beside rendering that freight anew.
pub(crate) fn exact(
    workspace: &Workspace,
    before: &StageTip,
    freight: &FrozenFreight,
    plan: &Plan,
) -> Result<Option<OtherWay>, Error> {
    let repository = &workspace.repository;
    let Some((commit, tree)) = newest_with(repository, before, freight)? else { return Ok(None) };
    let now = before.tree.load_manifests(repository)?;
    let restored = tree.load_manifests(repository)?;
    let rendered = Manifests::of(&plan.rendered);
    Ok(Some(OtherWay {
        kind: WayBack::Restore(commit.id),
        from_now: rendered::diff(&now, &restored),
        from_this: rendered::diff(&rendered, &restored),
    }))
}

/// What rendering a freight with today's policy would give, beside restoring what the stage had. `None` where the main
/// branch doesn't have the freight any more, or it doesn't render.
pub(crate) fn rendering(
    workspace: &Workspace,
    tip: &Tip,
    stage: &Stage,
    now: &Manifests,
    restored: &StageTree,
) -> Result<Option<OtherWay>, Error> {
    let repository = &workspace.repository;
    let Some(freight) = &restored.record.freight else { return Ok(None) };
    let paths = crate::promote::paths(tip, stage)?;
    let Some(frozen) = freight::store::read(repository, tip.tree, &paths, &freight.tag)? else {
        return Ok(None);
    };
    let Ok(plan) = Plan::make(repository, &tip.policy, stage, &frozen, None)? else { return Ok(None) };
    let rendered = Manifests::of(&plan.rendered);
    let restored = restored.load_manifests(repository)?;
    Ok(Some(OtherWay {
        kind: WayBack::Render,
        from_now: rendered::diff(now, &rendered),
        from_this: rendered::diff(&restored, &rendered),
    }))
}
