//! The crate's one error type: what failed as data, a lower-case message, and a hint on what to do.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::id::{CommitId, ObjectFormat};
use crate::mask::mask_credentials;
use crate::name::{BranchName, RefName};
use crate::path::RepoPath;

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with a repository, a remote or a file.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// No repository at or above a path.
    NoRepository {
        /// Where the search began.
        path: PathBuf,
    },
    /// The repository keeps its refs as reftables, which can't be read yet.
    Reftable {
        /// The repository's Git directory.
        path: PathBuf,
    },
    /// A text that is no full object id.
    InvalidId {
        /// What the id was to name.
        noun: &'static str,
        /// The text.
        text: String,
    },
    /// A text that can't name a ref or branch.
    InvalidRefName {
        /// The text.
        name: String,
    },
    /// A text that can't be a path inside a tree.
    InvalidPath {
        /// The text.
        path: String,
    },
    /// A revision that names nothing here.
    UnknownRevision {
        /// The revision as given.
        revision: String,
        /// Branches and tags with similar names.
        near: Vec<String>,
        /// Whether the clone is shallow, so that the revision may lie beyond its boundary.
        shallow: bool,
    },
    /// An abbreviated id that several objects share.
    AmbiguousRevision {
        /// The revision as given.
        revision: String,
    },
    /// A revision that names something else than a commit.
    NotACommit {
        /// The revision as given.
        revision: String,
        /// What it is.
        kind: String,
    },
    /// An object that the repository doesn't have.
    MissingObject {
        /// The object's id.
        id: String,
        /// What was to be found there, with the path where there is one.
        what: String,
    },
    /// An object of another kind than was asked for.
    WrongKind {
        /// The object's id.
        id: String,
        /// What it is.
        found: String,
        /// What it was to be.
        expected: &'static str,
    },
    /// A path that isn't what it was to be, such as a file where a directory is needed.
    NotATree {
        /// The path.
        path: RepoPath,
    },
    /// A tree holds a submodule, which no copy can carry.
    Submodule {
        /// Where.
        path: RepoPath,
    },
    /// Two repositories name their objects by different hash functions, so that no copy can be
    /// literal.
    ObjectFormatMismatch {
        /// The source's.
        source: ObjectFormat,
        /// The destination's.
        destination: ObjectFormat,
    },
    /// A copied object got another id than it has in the source.
    NotLiteral {
        /// The id in the source.
        expected: String,
        /// The id here.
        actual: String,
    },
    /// Two edits of one tree contradict each other: one path is the other's directory.
    PathConflict {
        /// The shorter path.
        path: RepoPath,
        /// The path below it.
        below: RepoPath,
    },
    /// Git doesn't know who makes the commit.
    NoIdentity {
        /// The missing keys, such as `user.name`.
        missing: Vec<&'static str>,
    },
    /// A name or email that a commit can't hold.
    InvalidIdentity {
        /// The text.
        text: String,
    },
    /// A lost race: a ref isn't at the commit that was expected.
    RefMoved {
        /// The ref.
        name: RefName,
        /// Where it was expected; `None` if it was to be new.
        expected: Option<CommitId>,
        /// Where it is; `None` if it doesn't exist.
        actual: Option<CommitId>,
    },
    /// A lost race: somebody checked out another branch at the same moment.
    HeadMoved {
        /// The branch that was checked out.
        branch: BranchName,
    },
    /// Another process holds a ref's lock.
    RefLocked {
        /// The ref.
        name: RefName,
        /// The lock file.
        lock: PathBuf,
    },
    /// Another process holds the lock on the index.
    IndexLocked {
        /// The lock file.
        lock: PathBuf,
    },
    /// Another process of ours has been moving the work tree all the while.
    WorktreeBusy {
        /// The work tree.
        path: PathBuf,
    },
    /// A ref can't exist beside another: Git keeps refs as files, and one name is the other's
    /// directory.
    RefNameConflict {
        /// The ref that was to be made.
        name: RefName,
        /// The ref in its way.
        existing: RefName,
    },
    /// A branch can't exist beside another on a remote, for the same reason.
    RemoteNameConflict {
        /// The remote, without credentials.
        remote: String,
        /// The branch that was to be made.
        branch: BranchName,
        /// The branch in its way.
        existing: BranchName,
    },
    /// The branch is checked out in another work tree, which would be left stale.
    CheckedOutElsewhere {
        /// The branch.
        branch: BranchName,
        /// The other work tree.
        path: PathBuf,
    },
    /// The branch is being rebased or bisected; moving it would break that.
    BranchBusy {
        /// The branch.
        branch: BranchName,
        /// The work tree where it happens.
        path: PathBuf,
        /// What is going on.
        operation: &'static str,
    },
    /// Local edits are in the way of following the branch; nothing was written.
    WorktreeConflict {
        /// The paths, where they could be told.
        paths: Vec<RepoPath>,
        /// What Git said.
        detail: String,
    },
    /// The branch moved, but the work tree couldn't follow: it was edited at the same moment.
    NotFollowed {
        /// The branch.
        branch: BranchName,
        /// Where the branch was.
        old: Option<CommitId>,
        /// Where it is.
        new: CommitId,
        /// What Git said.
        detail: String,
    },
    /// The `git` program couldn't be started.
    GitUnavailable {
        /// Why.
        source: std::io::Error,
    },
    /// A `git` command failed.
    GitFailed {
        /// The command, credentials masked.
        command: String,
        /// What it said, credentials masked.
        detail: String,
    },
    /// A `git` command took too long and was stopped.
    TimedOut {
        /// The command, credentials masked.
        command: String,
        /// The limit.
        limit: Duration,
    },
    /// The remote is moving faster than it can be fetched.
    RemoteUnsettled {
        /// The remote, credentials masked.
        remote: String,
    },
    /// A path leads out of its root through a symlink.
    SymlinkInPath {
        /// The directory that must not be left.
        root: PathBuf,
        /// The symlink.
        link: PathBuf,
    },
    /// A file operation failed.
    Io {
        /// What was being done, such as `write`.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The object or ref store failed.
    Store {
        /// What was being done.
        action: String,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    pub(crate) fn store(action: impl Into<String>) -> impl FnOnce(gix::Error) -> Self {
        let action = action.into();
        move |source| Self::Store { action, source: Box::new(source) }
    }

    pub(crate) fn git_failed(command: &str, stderr: &str) -> Self {
        Self::GitFailed { command: mask_credentials(command), detail: mask_credentials(stderr.trim()) }
    }

    /// Whether another process won a race, so that starting again from the new tip is right.
    pub fn is_lost_race(&self) -> bool {
        matches!(self, Self::RefMoved { .. } | Self::RefLocked { .. } | Self::HeadMoved { .. })
    }

    /// What the user can do about it, in one or more lines.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoRepository { .. } => {
                "run the command inside a Git repository, or name one with -C PATH".to_owned()
            }
            Self::Reftable { .. } => {
                "convert it with `git refs migrate --ref-format=files`, or clone it anew with \
                 `git clone --ref-format=files`"
                    .to_owned()
            }
            Self::UnknownRevision { near, shallow, .. } => {
                if !near.is_empty() {
                    format!("similar names: {}", near.join(", "))
                } else if *shallow {
                    "this clone is shallow: `git fetch --deepen=100` fetches more history".to_owned()
                } else {
                    "a revision is a branch, a tag or a commit id that this repository has".to_owned()
                }
            }
            Self::AmbiguousRevision { .. } => "give more digits of the commit id".to_owned(),
            Self::MissingObject { .. } => {
                "the repository may be shallow or partial: fetch what is missing, or use a full clone"
                    .to_owned()
            }
            Self::Submodule { .. } => "vendor the files instead of a submodule".to_owned(),
            Self::ObjectFormatMismatch { destination, .. } => {
                format!("use a source repository with object format {destination}")
            }
            Self::NoIdentity { .. } => {
                "tell Git who you are:\n  git config --global user.name \"Your Name\"\n  \
                 git config --global user.email you@example.com"
                    .to_owned()
            }
            Self::RefLocked { lock, .. } | Self::IndexLocked { lock } => {
                format!("if no other Git process is running, remove the stale lock {}", lock.display())
            }
            Self::WorktreeBusy { .. } => "wait until it has ended, then try again".to_owned(),
            Self::RefMoved { .. } => "somebody else moved it meanwhile: run the command again".to_owned(),
            Self::RefNameConflict { existing, .. } => match existing.branch() {
                Some(branch) => {
                    let free = branch.as_str().replace('/', "-");
                    format!("rename or delete the branch in the way: `git branch -m {branch} {free}-old`")
                }
                None => format!("delete the ref in the way: `git update-ref -d {existing}`"),
            },
            Self::RemoteNameConflict { remote, existing, .. } => {
                let free = existing.as_str().replace('/', "-");
                format!(
                    "rename or delete the branch in the way there: `git fetch {remote} {existing} && git push {remote} FETCH_HEAD:refs/heads/{free}-old :refs/heads/{existing}`"
                )
            }
            Self::CheckedOutElsewhere { path, .. } => format!("run the command in {}", path.display()),
            Self::BranchBusy { operation, .. } => format!("finish or abort the {operation} first"),
            Self::WorktreeConflict { .. } => {
                "commit, stash or move these files, then run the command again".to_owned()
            }
            Self::NotFollowed { old, new, .. } => {
                let trees = old.map_or_else(|| new.to_hex(), |old| format!("{old} {new}"));
                format!("bring index and files forward with `git read-tree -m -u {trees}`")
            }
            Self::GitUnavailable { .. } => "install Git and make sure that it is on the PATH".to_owned(),
            Self::TimedOut { .. } => {
                "check the network and the credentials; no prompt is answered, so load SSH keys into the \
                 agent first"
                    .to_owned()
            }
            Self::SymlinkInPath { link, .. } => {
                format!("replace the symlink {} by a directory", link.display())
            }
            Self::Io { path, source, .. } if is_forbidden(source) => {
                format!("see whose {} is, and who may write there", path.display())
            }
            Self::Store { source, .. } if is_forbidden(source.as_ref()) => {
                "see whose the repository is, and who may write there".to_owned()
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRepository { path } => write!(f, "no Git repository at or above {}", path.display()),
            Self::Reftable { path } => {
                write!(f, "{} keeps its refs as reftables, which are not supported yet", path.display())
            }
            Self::InvalidId { noun, text } => {
                write!(f, "{text:?} is no full {noun} id (40 or 64 hexadecimal digits)")
            }
            Self::InvalidRefName { name } => write!(f, "{name:?} can't name a branch or ref"),
            Self::InvalidPath { path } => {
                write!(
                    f,
                    "{path:?} is no path inside a repository (relative, without empty, `.`, `..` or `.git` \
                     components)"
                )
            }
            Self::UnknownRevision { revision, .. } => write!(f, "unknown revision {revision:?}"),
            Self::AmbiguousRevision { revision } => write!(f, "revision {revision:?} is ambiguous"),
            Self::NotACommit { revision, kind } => write!(f, "{revision:?} names a {kind}, not a commit"),
            Self::MissingObject { id, what } => write!(f, "{what}: object {id} is missing"),
            Self::WrongKind { id, found, expected } => {
                write!(f, "object {id} is a {found}, not a {expected}")
            }
            Self::NotATree { path } => write!(f, "{path} is not a directory"),
            Self::Submodule { path } => write!(f, "{path} is a submodule"),
            Self::ObjectFormatMismatch { source, destination } => {
                write!(
                    f,
                    "the source names objects by {source}, this repository by {destination}: no copy can be literal"
                )
            }
            Self::NotLiteral { expected, actual } => {
                write!(f, "the copy of object {expected} got the id {actual}: it isn't literal")
            }
            Self::PathConflict { path, below } => {
                write!(f, "{path} can't be a file and hold {below} at once")
            }
            Self::NoIdentity { missing } => {
                write!(f, "Git doesn't know who you are: {} not set", missing.join(" and "))
            }
            Self::InvalidIdentity { text } => write!(f, "{text:?} can't be a name or email in a commit"),
            Self::RefMoved { name, expected, actual } => {
                let place = |id: &Option<CommitId>| {
                    id.map_or_else(|| "absent".to_owned(), |id| format!("at {}", id.short()))
                };
                write!(f, "{name} moved meanwhile: expected {}, found {}", place(expected), place(actual))
            }
            Self::HeadMoved { branch } => write!(f, "branch {branch} is no longer checked out"),
            Self::RefLocked { name, .. } => write!(f, "{name} is locked by another process"),
            Self::WorktreeBusy { path } => {
                write!(f, "another process is changing the work tree {}", path.display())
            }
            Self::IndexLocked { .. } => f.write_str("the index is locked by another Git process"),
            Self::RefNameConflict { name, existing } => {
                write!(f, "{name} can't be created: {existing} exists, and Git can't keep both")
            }
            Self::RemoteNameConflict { remote, branch, existing } => {
                write!(
                    f,
                    "{branch} can't be created on {remote}: {existing} exists there, and Git can't keep both"
                )
            }
            Self::CheckedOutElsewhere { branch, path } => {
                write!(f, "branch {branch} is checked out in another work tree, {}", path.display())
            }
            Self::BranchBusy { branch, path, operation } => {
                write!(f, "branch {branch} is in the middle of a {operation} in {}", path.display())
            }
            Self::WorktreeConflict { paths, detail } => {
                f.write_str("local changes are in the way")?;
                if paths.is_empty() {
                    write!(f, ": {detail}")
                } else {
                    let list: Vec<String> = paths.iter().map(ToString::to_string).collect();
                    write!(f, ": {}", list.join(", "))
                }
            }
            Self::NotFollowed { branch, detail, .. } => {
                write!(f, "branch {branch} moved, but the work tree couldn't follow: {detail}")
            }
            Self::GitUnavailable { source } => write!(f, "the git program can't be started: {source}"),
            Self::GitFailed { command, detail } => write!(f, "`{command}` failed: {detail}"),
            Self::TimedOut { command, limit } => {
                write!(f, "`{command}` took longer than {} s and was stopped", limit.as_secs_f32())
            }
            Self::RemoteUnsettled { remote } => write!(f, "{remote} keeps changing while it is fetched"),
            Self::SymlinkInPath { root, link } => {
                write!(f, "{} is a symlink and may lead out of {}", link.display(), root.display())
            }
            Self::Io { action, path, source } => write!(f, "can't {action} {}: {source}", path.display()),
            Self::Store { action, source } => {
                write!(f, "can't {action}: {}", causes(source.as_ref()).join(": "))
            }
        }
    }
}

/// What an error and those beneath it say, each once. gix keeps its causes beside the chain of sources.
fn causes(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    let mut say = |text: String| {
        if !text.is_empty() && !said.iter().any(|earlier| earlier.contains(&text)) {
            said.push(text);
        }
    };
    match error.downcast_ref::<gix::Error>() {
        Some(error) => error.iter_errors().for_each(|error| say(error.to_string())),
        None => say(error.to_string()),
    }
    said
}

/// Whether a file operation beneath an error failed for want of permission.
fn is_forbidden(error: &(dyn std::error::Error + 'static)) -> bool {
    match error.downcast_ref::<gix::Error>() {
        Some(error) => error.is_permission_denied(),
        None => error
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied),
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } | Self::GitUnavailable { source } => Some(source),
            Self::Store { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}
