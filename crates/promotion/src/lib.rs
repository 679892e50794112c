//! Freeze, promote, verify and roll back as transactions, and what can be read back: status, history and audit.
//!
//! Every transaction works the same way: read policy and freight from one commit of the main branch, check,
//! render, write objects, and move one branch by compare-and-swap, here or on a remote. It happens whole or
//! leaves every ref as it was. This crate prints nothing and reads neither clock nor environment.

#![deny(missing_docs)]

mod adopt;
mod audit;
mod auto;
mod candidates;
mod checks;
mod error;
mod forecast;
mod freeze;
mod gate;
mod history;
mod init;
mod legacy;
mod other_way;
mod promote;
mod publish;
mod report;
mod review;
mod rollback;
mod secret_gate;
mod stage;
mod standing;
mod status;
mod verify;
mod work_tree;
mod workspace;

pub use audit::{Answer, AuditReport, audit};
pub use auto::{AutoOutcome, AutoRequest, AutoResult, AutoStage, promote_auto};
pub use candidates::{CandidateMode, CandidateOutcome, CandidateRequest, OnFailure, render_candidates};
pub use checks::CheckContext;
pub use error::Error;
pub use forecast::{ForecastRequest, forecast};
pub use freeze::{FreezeChange, FreezeOutcome, FreezeRequest, IfFrozen, Mode, freeze};
pub use gate::{Direction, GateAnswer, Refusal};
pub use history::{Event, History, HistoryEntry, PolicyChange, Rest, history};
pub use init::{InitOutcome, InitProblem, InitRequest, init};
pub use legacy::{
    LegacyChange, LegacyCurrent, LegacyEnvironment, LegacyOutcome, LegacyProblem, LegacyRequest, list_legacy,
    record_legacy,
};
pub use other_way::{OtherWay, WayBack};
pub use promote::{Foreign, PromoteChange, PromoteOutcome, PromoteRequest, promote};
pub use publish::Truth;
pub use report::{
    CompareRequest, Comparison, compare, policy_changes, report_of_comparison, report_of_promotion,
    source_range,
};
pub use review::{
    ApproveOutcome, CheckRequest, CloseOutcome, Forge, ForgeError, Forges, NewPullRequest, NoForges,
    OpenedReview, PullRequest, RefreshOutcome, Review, ReviewChange, ReviewCheck, ReviewError, ReviewKind,
    ReviewMerge, ReviewState, Selection, ShownReview, approve_review, check_review, close_review,
    refresh_review, reviews, show_review,
};
pub use rollback::{ReviewWay, RollbackChange, RollbackOutcome, RollbackRequest, rollback};
pub use status::{Drift, Eligible, PendingPolicy, StageStatus, Status, WarehouseStatus, status};
pub use verify::{VerifyBy, VerifyChange, VerifyOutcome, VerifyRequest, verify};
pub use workspace::{Tip, Tracking, Workspace};
