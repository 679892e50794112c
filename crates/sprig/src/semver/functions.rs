//! The functions on versions.

use gostd::value::Value;
use gotemplate::{Call, CallError, Function};

use super::{Constraints, Version, VersionObject};
use crate::args::text;
use crate::table::{Answer, BOOL, STRING, VERSION, fixed};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("semver", &[STRING], VERSION, |call, args| {
        let version = Version::parse(text(args, 0)).map_err(|error| CallError::failed(error.to_string()))?;
        Ok(VersionObject::pointer(call.arena, &version))
    }),
    fixed("semverCompare", &[STRING, STRING], BOOL, compare),
];

/// Whether a version satisfies a constraint.
fn compare<'r>(_: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let failed = |error: &dyn std::error::Error| CallError::failed(error.to_string());
    let constraints = Constraints::parse(text(args, 0)).map_err(|error| failed(&error))?;
    let version = Version::parse(text(args, 1)).map_err(|error| failed(&error))?;
    Ok(Value::Bool(constraints.check(&version)))
}
