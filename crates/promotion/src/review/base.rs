//! How a review stands to the branch of its stage: on its tip, elsewhere, or merged into it.

use gitstore::{BlobId, BranchName, Commit, CommitId, RepoPath, Repository, TreeId};
use policy::Stage;
use rendered::{MANIFESTS_DIRECTORY, PROMOTION_FILE};

use super::branches::ReviewBranch;
use crate::error::Error;
use crate::publish::Tips;
use crate::workspace::Workspace;

/// The tip of the stage's branch that a review is to be compared with: that of the place where the review is. One that is
/// on a remote alone says nothing about a branch here that lags behind.
pub(crate) fn base_of(
    workspace: &Workspace,
    tips: &Tips,
    stage: &Stage,
    review: &ReviewBranch,
) -> Result<Option<CommitId>, Error> {
    if let Some(remote) = &review.remote
        && let Some(tip) = workspace.repository.remote_branch_tip(remote, &stage.branch)?
    {
        return Ok(Some(tip));
    }
    workspace.tip_of(tips, &stage.branch)
}

/// What a review brings to its stage: all of the tree but the verdicts, which the stage's branch has from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    record: Option<BlobId>,
    manifests: Option<TreeId>,
}

impl Content {
    pub(crate) fn of(repository: &Repository, tree: TreeId) -> Result<Self, Error> {
        let record = repository.tree_entry(tree, &RepoPath::new(PROMOTION_FILE)?)?;
        Ok(Self {
            record: record.and_then(|entry| entry.blob_id()),
            manifests: repository.subtree(tree, &RepoPath::new(MANIFESTS_DIRECTORY)?)?,
        })
    }
}

/// Whether a review was merged, by whatever way: since the commit that it was made on, the stage has had its content.
pub(crate) fn is_merged(repository: &Repository, review: &Commit, base: CommitId) -> Result<bool, Error> {
    if review.parents.contains(&base) {
        return Ok(false);
    }
    // Where the two parted. A merge commit has the review itself there, which is no commit of the branch's own line.
    let parted = repository.merge_base(review.id, base)?;
    let content = Content::of(repository, review.tree)?;
    for commit in repository.first_parent_commits(base) {
        let commit = commit?;
        if commit.id == review.id {
            return Ok(true);
        }
        if review.parents.contains(&commit.id) || Some(commit.id) == parted {
            break;
        }
        if Content::of(repository, commit.tree)? == content {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Why a review is no single commit on the tip of its stage's branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Misplaced {
    /// There are several commits on top of the tip: somebody edited it.
    SeveralCommits,
    /// It stands on another commit.
    Stale {
        /// On which.
        parent: CommitId,
    },
    /// It stands on nothing.
    Orphan,
    /// It is a merge.
    Merge,
}

impl Misplaced {
    /// What is wrong with where a commit stands; nothing where it is one on top of the tip.
    pub(crate) fn of(
        repository: &Repository,
        review: &Commit,
        base: CommitId,
    ) -> Result<Option<Self>, Error> {
        Ok(match review.parents.as_slice() {
            [parent] if *parent == base => None,
            [_] if repository.is_ancestor(base, review.id)? == Some(true) => Some(Self::SeveralCommits),
            [parent] => Some(Self::Stale { parent: *parent }),
            [] => Some(Self::Orphan),
            _ => Some(Self::Merge),
        })
    }

    /// The same in words, in which `at` is the review's commit.
    pub(crate) fn words(&self, at: CommitId, branch: &BranchName, base: CommitId) -> String {
        let at = at.short();
        match self {
            Self::SeveralCommits => {
                format!("{at} is more than one commit on top of {branch}: somebody edited the review by hand")
            }
            Self::Stale { parent } => format!(
                "its base is stale: it stands on {}, and {branch} is at {}",
                parent.short(),
                base.short()
            ),
            Self::Orphan => format!("{at} has no parent, and isn't made on top of {branch}"),
            Self::Merge => format!(
                "{at} is a merge, as \"update branch\" makes them: a review is one commit on top of {branch}"
            ),
        }
    }
}
