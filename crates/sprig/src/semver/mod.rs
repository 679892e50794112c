//! Semantic versions and constraints, as Masterminds/semver 3.5 reads and compares them.

mod constraint;
mod functions;
mod object;
mod scan;
mod version;

pub use constraint::{ConstraintError, Constraints};
pub(crate) use functions::FUNCTIONS;
pub(crate) use object::{VersionObject, original};
pub use version::{CountOverflow, Version, VersionError};
