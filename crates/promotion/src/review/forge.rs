//! Pull requests as this crate sees them. It talks to no network: whoever calls it supplies the connection.

use std::fmt;

use gitstore::{BranchName, CommitId};
use policy::MergeMethod;

/// How a forge is reached, once the policy has said which one.
pub trait Forges: fmt::Debug {
    /// A connection to the forge that the policy names; `remote_url` is where the branches are pushed.
    fn connect(&self, review: &policy::Review, remote_url: &str) -> Result<Box<dyn Forge>, ForgeError>;
}

/// One repository of a forge, with its pull requests. Every call is bounded in time.
pub trait Forge: fmt::Debug {
    /// The open pull requests of a branch: one for each branch that it would be merged to.
    fn open_ones(&self, head: &BranchName) -> Result<Vec<PullRequest>, ForgeError>;

    /// The open pull request of a branch, that to `base` before any other; none where there is none.
    fn find(&self, head: &BranchName, base: &BranchName) -> Result<Option<PullRequest>, ForgeError> {
        Ok(PullRequest::best(self.open_ones(head)?, base))
    }

    /// Opens a pull request; one that was opened meanwhile is found instead.
    fn open(&self, new: &NewPullRequest<'_>) -> Result<PullRequest, ForgeError>;

    /// Makes title, body, base and labels of an open pull request these.
    fn edit(&self, number: u64, new: &NewPullRequest<'_>) -> Result<(), ForgeError>;

    /// Closes a pull request with a comment.
    fn close(&self, number: u64, comment: &str) -> Result<(), ForgeError>;

    /// Merges a pull request whose head is at this commit, and at no other.
    fn merge(&self, number: u64, head: CommitId, method: MergeMethod) -> Result<(), ForgeError>;

    /// Where the commits between two revisions can be looked at.
    fn compare_url(&self, from: &str, to: &str) -> Option<String>;
}

/// An open pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// Where people look at it.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Its body.
    pub body: String,
    /// The branch that it would be merged to.
    pub base: String,
    /// The commit that its branch is at, in hexadecimal.
    pub head: String,
    /// Whether it is a draft, which can't be merged.
    pub is_draft: bool,
    /// Whether it lacks labels that the policy asks for.
    pub lacks_labels: bool,
}

impl PullRequest {
    /// Of those of one branch the one to `base`, else the first.
    pub(crate) fn best(mut all: Vec<Self>, base: &BranchName) -> Option<Self> {
        let at = all.iter().position(|one| one.base == base.as_str()).unwrap_or_default();
        (at < all.len()).then(|| all.swap_remove(at))
    }
}

/// What a pull request shall be.
#[derive(Clone, Copy, Debug)]
pub struct NewPullRequest<'a> {
    /// The branch that is merged.
    pub head: &'a BranchName,
    /// The branch that it is merged to.
    pub base: &'a BranchName,
    /// Its title.
    pub title: &'a str,
    /// Its body, within [`rendered::GITHUB_BODY_LIMIT`].
    pub body: &'a str,
}

/// Why a forge didn't do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForgeError {
    /// This caller reaches no forge.
    Unsupported,
    /// It can't be told which repository is meant.
    UnknownRepository {
        /// The remote's URL, without credentials.
        url: String,
    },
    /// No token was given.
    NoToken {
        /// The variables that may hold it.
        variables: Vec<&'static str>,
    },
    /// What was given is no token.
    BadToken {
        /// The variable that holds it.
        variable: &'static str,
    },
    /// The token isn't accepted.
    Unauthorized {
        /// What the forge said.
        message: String,
    },
    /// The token may not do this.
    Forbidden {
        /// What was asked for.
        action: String,
        /// What the forge said.
        message: String,
    },
    /// Too much was asked of it.
    RateLimited {
        /// When it answers again, as RFC 3339 has it, if it said so.
        until: Option<String>,
    },
    /// It has no such thing, or hides it.
    NotFound {
        /// What was asked for.
        action: String,
        /// The repository.
        repository: String,
    },
    /// It is somewhere else by now.
    Moved {
        /// What was asked for.
        action: String,
        /// Where it says that is.
        to: String,
    },
    /// The head of the pull request isn't at the commit that was checked.
    HeadMoved {
        /// What the forge said.
        message: String,
    },
    /// It doesn't merge that pull request now.
    NotMergeable {
        /// What the forge said.
        message: String,
    },
    /// It refuses for another reason.
    Refused {
        /// What was asked for.
        action: String,
        /// The status of its answer.
        status: u16,
        /// What it said.
        message: String,
    },
    /// It can't be reached, or keeps failing.
    Unreachable {
        /// What was asked for.
        action: String,
        /// What went wrong, the last time.
        reason: String,
        /// How often it was tried.
        attempts: usize,
    },
    /// Its answer makes no sense.
    BadAnswer {
        /// What was asked for.
        action: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl ForgeError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unsupported => return None,
            Self::UnknownRepository { .. } => {
                "say `review.repository: owner/name` in the pipeline file, and `apiUrl` where it isn't on github.com"
                    .to_owned()
            }
            Self::NoToken { variables } => format!(
                "put one into {}; it needs to write contents and pull requests of the repository",
                variables.join(" or ")
            ),
            Self::BadToken { variable } => {
                format!("put the token alone into {variable}: letters, digits and signs, in one line")
            }
            Self::Moved { .. } => {
                "say where it is in the pipeline file: `review.repository` where that was renamed, `review.apiUrl` where the API is another"
                    .to_owned()
            }
            Self::Unauthorized { .. } => "the token may have expired: give a new one".to_owned(),
            Self::Forbidden { .. } => {
                "the token needs to write contents and pull requests of the repository; in a workflow say so under `permissions`"
                    .to_owned()
            }
            Self::RateLimited { until: Some(until) } => format!("try again after {until}"),
            Self::RateLimited { until: None } => "try again in some minutes".to_owned(),
            Self::NotFound { .. } => {
                "see `review.repository` and `review.apiUrl` in the pipeline file, and that the token may read that repository"
                    .to_owned()
            }
            Self::HeadMoved { .. } => "look at what came to the branch, and check it again".to_owned(),
            Self::NotMergeable { .. } => {
                "see on the pull request what is missing: a required check, an approval, or the way of merging (`review.merge` in the pipeline file)"
                    .to_owned()
            }
            Self::Refused { .. } => return None,
            Self::Unreachable { .. } => "try again: what was done is found and not done twice".to_owned(),
            Self::BadAnswer { .. } => {
                "see that `review.apiUrl` in the pipeline file is that of an API, and try again".to_owned()
            }
        })
    }
}

impl fmt::Display for ForgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported => f.write_str("pull requests can't be reached from here"),
            Self::UnknownRepository { url } => {
                write!(f, "the remote's URL doesn't say which repository its pull requests are in: {url}")
            }
            Self::NoToken { .. } => f.write_str("there is no token for the pull requests"),
            Self::BadToken { variable } => {
                write!(
                    f,
                    "what {variable} holds is no token: it has blanks, line breaks or other signs in it"
                )
            }
            Self::Moved { action, to } => {
                write!(f, "can't {action}: the forge sends it on to {to}, where it isn't asked")
            }
            Self::Unauthorized { message } => write!(f, "the token isn't accepted: {message}"),
            Self::Forbidden { action, message } => write!(f, "the token may not {action}: {message}"),
            Self::RateLimited { until: Some(until) } => {
                write!(f, "the forge's rate limit is used up until {until}")
            }
            Self::RateLimited { until: None } => f.write_str("the forge's rate limit is used up"),
            Self::NotFound { action, repository } => {
                write!(f, "can't {action}: the forge doesn't find that in {repository}")
            }
            Self::HeadMoved { message } => {
                write!(f, "the review's branch moved since it was checked, and nothing was merged: {message}")
            }
            Self::NotMergeable { message } => write!(f, "the pull request can't be merged now: {message}"),
            Self::Refused { action, status, message } => write!(f, "can't {action}: {status} {message}"),
            Self::Unreachable { action, reason, attempts } => {
                let times = if *attempts == 1 { "once".to_owned() } else { format!("{attempts} times") };
                write!(f, "can't {action}, tried {times}: {reason}")
            }
            Self::BadAnswer { action, reason } => {
                write!(f, "can't {action}: the answer is none of an API: {reason}")
            }
        }
    }
}

impl std::error::Error for ForgeError {}

/// Reaches no forge: for callers without a network.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoForges;

impl Forges for NoForges {
    fn connect(&self, _: &policy::Review, _: &str) -> Result<Box<dyn Forge>, ForgeError> {
        Err(ForgeError::Unsupported)
    }
}
