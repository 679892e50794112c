//! The only door from a template to the outside: clock, randomness and zone.

use crate::Site;

/// What a render may know of the world. Functions ask it; nothing else reads the clock or draws randomness.
pub trait World {
    /// The time now: seconds since 1970-01-01T00:00:00Z and nanoseconds.
    ///
    /// `function` is the name of the template function that asks, for the refusal's text.
    fn now(&self, function: &'static str) -> Result<(i64, u32), Refusal>;

    /// Fills the buffer with random bytes. `site` is where in the templates the call stands, if it stands in one.
    fn entropy(
        &self,
        function: &'static str,
        site: Option<&Site<'_>>,
        buffer: &mut [u8],
    ) -> Result<(), Refusal>;

    /// The IANA name of the local time zone (`UTC` for every hermetic render).
    fn zone(&self) -> &str {
        "UTC"
    }
}

/// A call that would make equal inputs give different bytes was reached, and the world doesn't allow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The template function that asked.
    pub function: &'static str,
    /// What it asked for: `the time`, `randomness`.
    pub asked_for: &'static str,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} reads {}: the render would not be reproducible", self.function, self.asked_for)
    }
}

impl std::error::Error for Refusal {}
