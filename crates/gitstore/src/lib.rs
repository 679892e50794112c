//! Trees, commits, compare-and-swap refs, remotes and the work tree; the only crate that names gix.
//!
//! It knows nothing of freight or stages. Objects are written first and nothing points at them; then
//! [`Repository::update_refs`] puts them on disk and moves refs by compare-and-swap. A failure or a kill
//! at any point before that leaves every ref as it was.
//!
//! No call walks a whole repository or makes a checkout: the cost follows what is read and written,
//! not the size of the trees around it. The work tree and index are touched in one case only, when
//! the branch that moves is the one checked out here ([`Repository::move_branch`]).
//!
//! What needs the network or the index is done by the `git` program, in a cleaned environment that
//! the caller supplies ([`Environment`]); this crate itself reads no environment variable and no
//! clock.
//!
//! The crate also owns the one atomic file writer ([`write_file_atomically`] and its siblings).

#![deny(missing_docs)]

mod ancestors;
mod attributes;
mod blob;
mod claim;
mod commit;
mod copy;
mod durability;
mod environment;
mod error;
mod files;
mod follow;
mod git;
mod history;
mod id;
mod identity;
mod mask;
mod name;
mod parallel;
mod path;
mod refs;
mod remote;
mod repository;
mod revision;
mod tree;
mod tree_diff;
mod tree_edit;
mod worktree;

pub use ancestors::Ancestors;
pub use attributes::{AttributeSetting, AttributeState, Attributes};
pub use commit::{Commit, NewCommit};
pub use durability::Durability;
pub use environment::Environment;
pub use error::{Error, Result};
pub use files::{FileMode, confine, remove_file, remove_stale, write_file_atomically, write_if_changed};
pub use history::{Distance, FirstParents, NewestOutside};
pub use id::{BlobId, CommitId, ObjectFormat, TreeId};
pub use identity::{Identity, Signature, Time};
pub use mask::mask_credentials;
pub use name::{BranchName, RefName};
pub use path::{CaseCollision, RepoPath, case_collisions};
pub use refs::{Expected, RefUpdate};
pub use remote::{Fetched, PushOutcome, PushUpdate};
pub use repository::{Head, Repository};
pub use tree::{Entry, EntryKind, NamedEntry};
pub use tree_diff::Change;
pub use tree_edit::TreeEdit;
pub use worktree::{BranchMove, Checkout};
