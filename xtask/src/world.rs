//! The live world: the machine's clock and entropy for the drop-in commands, and the process environment.

use std::time::{SystemTime, UNIX_EPOCH};

use gitstore::Environment;
use helm::{Refusal, Site, World};

/// What `helm template` has: nothing is refused.
pub(crate) struct LiveWorld;

impl World for LiveWorld {
    fn now(&self, _: &'static str) -> Result<(i64, u32), Refusal> {
        Ok(now())
    }

    fn entropy(
        &self,
        function: &'static str,
        _: Option<&Site<'_>>,
        buffer: &mut [u8],
    ) -> Result<(), Refusal> {
        getrandom::fill(buffer).map_err(|_| Refusal { function, asked_for: "randomness" })
    }
}

/// Seconds and nanoseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "this is where the clock comes in")]
pub(crate) fn now() -> (i64, u32) {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos()),
        Err(before) => (-i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX), 0),
    }
}

/// The process environment.
pub(crate) fn environment() -> Environment {
    Environment::new(std::env::vars_os())
}

/// All of the process environment, for the commands of users.
pub(crate) fn variables() -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
    std::env::vars_os().collect()
}
