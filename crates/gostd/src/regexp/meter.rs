//! Where a search tells what it costs, before it costs it.

use std::convert::Infallible;

/// Counts what searches cost, and may end them.
pub trait Meter {
    /// Why a search doesn't go on.
    type Exceeded;

    /// Takes so many steps: a handful of states visited, or a part of a replacement put in.
    fn steps(&self, count: u64) -> Result<(), Self::Exceeded>;

    /// Takes so many bytes of memory, which are about to be allocated.
    fn bytes(&self, count: u64) -> Result<(), Self::Exceeded>;

    /// Asks whether there is room for so many bytes that are free again soon, and takes none.
    fn room_for(&self, bytes: u64) -> Result<(), Self::Exceeded>;
}

/// No bounds at all.
#[derive(Clone, Copy, Debug)]
pub struct Unmetered;

impl Meter for Unmetered {
    type Exceeded = Infallible;

    fn steps(&self, _: u64) -> Result<(), Infallible> {
        Ok(())
    }

    fn bytes(&self, _: u64) -> Result<(), Infallible> {
        Ok(())
    }

    fn room_for(&self, _: u64) -> Result<(), Infallible> {
        Ok(())
    }
}
