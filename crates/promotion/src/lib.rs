//! Freeze and promote as transactions, and what can be read back: status and audit.
//!
//! Every transaction works the same way: read policy and freight from one commit of the main branch, check,
//! render, write objects, and move one branch by compare-and-swap, here or on a remote. It happens whole or
//! leaves every ref as it was. This crate prints nothing and reads neither clock nor environment.

#![deny(missing_docs)]

mod audit;
mod candidates;
mod error;
mod freeze;
mod gate;
mod promote;
mod publish;
mod secret_gate;
mod stage;
mod status;
mod work_tree;
mod workspace;

pub use audit::{Answer, AuditReport, audit};
pub use candidates::{CandidateMode, CandidateOutcome, CandidateRequest, OnFailure, render_candidates};
pub use error::Error;
pub use freeze::{FreezeChange, FreezeOutcome, FreezeRequest, IfFrozen, Mode, freeze};
pub use gate::Refusal;
pub use promote::{PromoteChange, PromoteOutcome, PromoteRequest, promote};
pub use publish::Truth;
pub use status::{Drift, StageStatus, Status, WarehouseStatus, status};
pub use workspace::{Tip, Tracking, Workspace};
