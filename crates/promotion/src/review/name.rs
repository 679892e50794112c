//! The names of reviews: what a review is for stands in its branch's name, where no edit of its content reaches it.

use freight::ReleaseTag;
use gitstore::{BranchName, CommitId};

/// What a review is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewKind {
    /// A release goes to the stage: `git-<revision>`.
    Promotion(ReleaseTag),
    /// An older release comes back, rendered with today's policy: `rollback-git-<revision>`.
    Rollback(ReleaseTag),
    /// What the stage had in an earlier commit comes back exactly: `rollback-<commit>`.
    Restore(CommitId),
}

const ROLLBACK: &str = "rollback-";

impl ReviewKind {
    /// `promotion`, `rollback` or `restore`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Promotion(_) => "promotion",
            Self::Rollback(_) => "rollback",
            Self::Restore(_) => "restore",
        }
    }

    /// The branch of such a review.
    pub(crate) fn branch(&self, stage: &str) -> Result<BranchName, gitstore::Error> {
        let prefix = prefix(stage);
        BranchName::new(match self {
            Self::Promotion(tag) => format!("{prefix}{tag}"),
            Self::Rollback(tag) => format!("{prefix}{ROLLBACK}{tag}"),
            Self::Restore(commit) => format!("{prefix}{ROLLBACK}{commit}"),
        })
    }

    /// What a branch of a stage's reviews is for; none where a promotion gives no such name.
    pub(crate) fn of_branch(stage: &str, branch: &BranchName) -> Option<Self> {
        let name = branch.as_str().strip_prefix(&prefix(stage))?;
        match name.strip_prefix(ROLLBACK) {
            None => ReleaseTag::parse(name).ok().map(Self::Promotion),
            Some(rest) => match ReleaseTag::parse(rest) {
                Ok(tag) => Some(Self::Rollback(tag)),
                Err(_) => CommitId::parse(rest).ok().map(Self::Restore),
            },
        }
    }

    /// Whether a text names it: its release's tag or revision, the commit, or how one of them begins.
    pub(crate) fn is_named(&self, text: &str) -> bool {
        match self {
            Self::Promotion(tag) | Self::Rollback(tag) => {
                tag.as_str().starts_with(text) || tag.revision().as_str().starts_with(text)
            }
            Self::Restore(commit) => {
                let hex = commit.to_hex();
                hex.starts_with(text.strip_prefix(ROLLBACK).unwrap_or(text))
            }
        }
    }
}

/// How the branches of a stage's reviews begin.
pub(crate) fn prefix(stage: &str) -> String {
    format!("review/{stage}/")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn names_say_what_a_review_is_for() {
        let stage = "production";
        let hex = "0cc4cd87f40ae606d1822d5652b552f8c50a4668";
        let tag = ReleaseTag::parse(&format!("git-{hex}")).unwrap();
        let commit = CommitId::parse(hex).unwrap();
        for (kind, name) in [
            (ReviewKind::Promotion(tag.clone()), format!("review/production/git-{hex}")),
            (ReviewKind::Rollback(tag), format!("review/production/rollback-git-{hex}")),
            (ReviewKind::Restore(commit), format!("review/production/rollback-{hex}")),
        ] {
            let branch = kind.branch(stage).unwrap();
            assert_eq!(branch.as_str(), name);
            assert_eq!(ReviewKind::of_branch(stage, &branch), Some(kind.clone()));
            assert!(kind.is_named("0cc4"), "{name}");
            assert!(!kind.is_named("1cc4"), "{name}");
        }
        for other in
            ["review/production/main", "review/test/git-0cc4", "stage/production", "review/production"]
        {
            assert_eq!(ReviewKind::of_branch(stage, &BranchName::new(other).unwrap()), None, "{other}");
        }
    }
}
