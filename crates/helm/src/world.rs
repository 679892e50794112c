//! The world of a render that must be reproducible: there is none.

use gotemplate::{Refusal, World};

/// Refuses the time and randomness, so that equal inputs give equal bytes on every machine and day.
#[derive(Clone, Copy, Debug, Default)]
pub struct RefusingWorld;

impl World for RefusingWorld {
    fn now(&self, function: &'static str) -> Result<(i64, u32), Refusal> {
        Err(Refusal { function, asked_for: "the time" })
    }

    fn entropy(&self, function: &'static str, _: &mut [u8]) -> Result<(), Refusal> {
        Err(Refusal { function, asked_for: "randomness" })
    }
}
