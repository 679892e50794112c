//! What can be wrong with a review, beside what a promotion can fail with.

use std::fmt;

use gitstore::{BranchName, CommitId};
use policy::StageName;

use super::forge::ForgeError;
use crate::publish::Truth;

/// Why nothing came of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReviewError {
    /// The stage has no such review.
    None {
        /// The stage.
        stage: StageName,
        /// What was asked for.
        wanted: Option<String>,
        /// The reviews that it has.
        known: Vec<BranchName>,
        /// The flag that says where the branches are that count.
        flag: String,
    },
    /// The review is on a remote alone, where this repository was to count.
    OnRemote {
        /// The review's branch.
        branch: BranchName,
        /// The remote.
        remote: String,
    },
    /// The stage has several reviews, and none was named.
    Which {
        /// The stage.
        stage: StageName,
        /// The reviews that it has.
        known: Vec<BranchName>,
    },
    /// The stage doesn't promote by review.
    NotReviewed {
        /// The stage.
        stage: StageName,
    },
    /// A branch isn't there.
    NoBranch {
        /// Its name.
        branch: BranchName,
    },
    /// Neither a stage was named nor a branch that says one.
    NoStage {
        /// The branch that was named.
        head: Option<BranchName>,
    },
    /// What would be reviewed is a stage without a release.
    Nothing {
        /// The stage.
        stage: StageName,
    },
    /// Reviews of this pipeline are merged by the forge.
    OnForge {
        /// The stage.
        stage: StageName,
    },
    /// The review has no open pull request.
    NoPullRequest {
        /// The stage.
        stage: StageName,
        /// The review's branch.
        branch: BranchName,
    },
    /// The pull request isn't what a promotion opened.
    PullRequest {
        /// Where it is.
        url: String,
        /// What is wrong with it.
        detail: String,
        /// What to do about it.
        remedy: String,
    },
    /// The merge gave something else than what was checked.
    MergedDifferently {
        /// The stage.
        stage: StageName,
        /// Its branch.
        branch: BranchName,
        /// Its tip after the merge.
        tip: CommitId,
    },
    /// The forge failed before anything was written.
    Forge(ForgeError),
    /// The forge failed after something had been done.
    Unfinished {
        /// What was done, as a sentence without its end.
        done: String,
        /// What is missing.
        source: ForgeError,
    },
}

impl ReviewError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::None { stage, known, flag, .. } if known.is_empty() => {
                format!("open one: `cargo xtask promote {stage}{flag}`")
            }
            Self::None { known, .. } => format!("there are: {}", list(known)),
            Self::Which { known, .. } => format!("name one with --freight: {}", list(known)),
            Self::OnRemote { remote, .. } => {
                format!("run the command with{}", Truth::Remote(remote.clone()).flag())
            }
            Self::NotReviewed { stage } => {
                format!(
                    "it promotes at once; `promote: review` in the stage `{stage}` of the pipeline file changes that"
                )
            }
            Self::NoBranch { .. } => "fetch it, or take the remote's with --push".to_owned(),
            Self::NoStage { head: None } => "name the stage, or the review's branch with --head".to_owned(),
            Self::NoStage { head: Some(_) } => {
                "reviews are called review/STAGE/git-REVISION, as `cargo xtask review list` shows; else name the stage"
                    .to_owned()
            }
            Self::Nothing { .. } => "do it at once with --without-review".to_owned(),
            Self::OnForge { .. } => "merge it there, or with --push".to_owned(),
            Self::NoPullRequest { stage, .. } => {
                format!("open it again: `cargo xtask review refresh {stage} --push`")
            }
            Self::PullRequest { remedy, .. } => remedy.clone(),
            Self::MergedDifferently { stage, .. } => format!(
                "its base moved meanwhile: look at it with `cargo xtask audit`, go back with `cargo xtask rollback {stage}`, and make the check a required one that asks for an up-to-date branch"
            ),
            Self::Forge(error) => return error.hint(),
            Self::Unfinished { source, .. } => {
                let first = source.hint().map(|hint| format!("{hint}; then ")).unwrap_or_default();
                format!("{first}run the same command again, which goes on from there")
            }
        })
    }
}

fn list(branches: &[BranchName]) -> String {
    let names: Vec<&str> = branches.iter().map(BranchName::as_str).collect();
    names.join(", ")
}

impl fmt::Display for ReviewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None { stage, wanted: None, .. } => write!(f, "{stage} has no open review"),
            Self::None { stage, wanted: Some(wanted), .. } => {
                write!(f, "{stage} has no open review of `{wanted}`")
            }
            Self::Which { stage, .. } => write!(f, "{stage} has several open reviews"),
            Self::OnRemote { branch, remote } => write!(f, "{branch} is on {remote} alone"),
            Self::NotReviewed { stage } => write!(f, "{stage} doesn't promote by review"),
            Self::NoBranch { branch } => write!(f, "there is no branch {branch}"),
            Self::NoStage { head: None } => f.write_str("it isn't said which stage's review is meant"),
            Self::NoStage { head: Some(head) } => {
                write!(f, "{head} is no review of a stage that promotes so")
            }
            Self::Nothing { stage } => {
                write!(
                    f,
                    "going back to before the first promotion of {stage} is nothing that could be reviewed"
                )
            }
            Self::OnForge { stage } => write!(f, "the reviews of {stage} are pull requests"),
            Self::NoPullRequest { branch, .. } => {
                write!(f, "{branch} has no open pull request: it was closed or merged, or never opened")
            }
            Self::PullRequest { url, detail, .. } => write!(f, "the pull request {url} {detail}"),
            Self::MergedDifferently { branch, tip, .. } => {
                write!(
                    f,
                    "{branch} was merged, and holds something else than was checked (it is at {})",
                    tip.short()
                )
            }
            Self::Forge(error) => error.fmt(f),
            Self::Unfinished { done, source } => write!(f, "{done}; but {source}"),
        }
    }
}

impl std::error::Error for ReviewError {}
