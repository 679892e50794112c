//! Reviews: a promotion that a person looks at before its stage's branch moves.
//!
//! A review is a branch, `review/<stage>/…`, with one commit on top of the stage's tip whose tree is exactly what the
//! promotion gives. Its state is read from branches, trees and records alone: whatever a forge shows and however it
//! merges, commit ids and messages are for people.

mod base;
mod branches;
mod check;
mod error;
mod forge;
mod list;
mod merge;
mod name;
mod open;
mod show;

pub use check::{CheckRequest, ReviewCheck, check_review};
pub use error::ReviewError;
pub use forge::{Forge, ForgeError, Forges, NewPullRequest, NoForges, PullRequest};
pub use list::{Review, ReviewState, Selection, reviews};
pub use merge::{
    ApproveOutcome, CloseOutcome, RefreshOutcome, ReviewMerge, approve_review, close_review, refresh_review,
};
pub use name::ReviewKind;
pub use open::{OpenedReview, ReviewChange};
pub use show::{ShownReview, show_review};

pub(crate) use list::of_stage_here;
pub(crate) use open::{Proposal, open};
pub(crate) use show::{Told, gate_checks};
