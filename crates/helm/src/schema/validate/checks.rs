//! What a validation may cost: a schema that is applied counts as one check, what a pattern searches as some.

use std::cell::Cell;

use gostd::regexp::{Meter, Regexp};

/// How many steps of a regular expression count as a schema that is applied, and how much of a pattern's size.
const STEPS_OF_A_CHECK: u64 = 8;
const SIZE_OF_A_CHECK: u64 = 32;

/// How many schemas may be applied in one validation: with references, a few lines can ask for endless ones.
pub(super) const MOST_CHECKS: u64 = if cfg!(test) { 200_000 } else { 10_000_000 };

/// How many checks were made so far.
#[derive(Default)]
pub(super) struct Checks(Cell<u64>);

/// A validation takes more than it may.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooMuch;

impl Checks {
    /// Whether there were more than there may be.
    pub(super) fn are_too_many(&self) -> bool {
        self.0.get() > MOST_CHECKS
    }

    pub(super) fn take(&self, checks: u64) -> Result<(), TooMuch> {
        self.0.set(self.0.get().saturating_add(checks));
        if self.are_too_many() { Err(TooMuch) } else { Ok(()) }
    }

    /// Whether a pattern matches; where that takes too much, it doesn't, and the validation fails as a whole.
    pub(super) fn matches(&self, pattern: &Regexp, text: &[u8]) -> bool {
        // It may have to be compiled first. Whether it has doesn't decide, since others may have used it.
        let compiled = self.take(pattern.size() / SIZE_OF_A_CHECK);
        compiled.and_then(|()| pattern.is_match(text, self)).unwrap_or(false)
    }
}

impl Meter for Checks {
    type Exceeded = TooMuch;

    fn steps(&self, count: u64) -> Result<(), TooMuch> {
        self.take(count / STEPS_OF_A_CHECK)
    }

    fn bytes(&self, _: u64) -> Result<(), TooMuch> {
        Ok(())
    }

    fn room_for(&self, _: u64) -> Result<(), TooMuch> {
        Ok(())
    }
}
