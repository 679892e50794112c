//! The freight record: contract, wire form, payload checks, mirror, and the invariants that are its own.
//!
//! A release is frozen as `git-<revision>/`: `freight.yaml` ([`FreightRecord`]) beside the literal copy of
//! the package. [`store`] reads and writes that layout in trees, [`payload`] says what can't be frozen,
//! [`invariants`] answers the audit, [`legacy`] keeps the markers of the former git-flow, which are no freight. Nothing here knows of stages or policy, and nothing moves a ref.

#![deny(missing_docs)]

mod canonical;
mod error;
mod id;
mod image;
pub mod invariants;
pub mod legacy;
pub mod payload;
mod record;
mod schema;
pub mod store;
#[cfg(test)]
mod tests;
mod wire;

pub use error::Error;
pub use id::{Digest, ReleaseTag, Revision};
pub use image::{Image, ImageRef};
pub use invariants::{Finding, Status};
pub use payload::{PayloadProblem, PayloadProblemKind};
pub use record::{Difference, FreightRecord, PackageOrigin, PackageType, RecordProblem, RecordProblems};
pub use schema::freight_schema;
pub use store::{FreightPaths, FrozenFreight, Mirror};
