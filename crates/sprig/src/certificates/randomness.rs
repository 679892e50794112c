//! Randomness for keys and serial numbers: one seed from the world, stretched.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use gotemplate::{Call, CallError};

/// Randomness for one call of a template function.
///
/// A key takes thousands of random bytes, and how many depends on what they are. Drawn from a seed, the world
/// is asked once and before any work, and even a world whose bytes are all the same leads to a key.
pub(super) struct Randomness(ChaCha20Rng);

impl Randomness {
    /// Asks the world in the name of a function.
    pub(super) fn of(call: &Call<'_, '_>, function: &'static str) -> Result<Self, CallError> {
        let mut seed = [0; 32];
        call.entropy(function, &mut seed)?;
        Ok(Self(ChaCha20Rng::from_seed(seed)))
    }

    #[cfg(test)]
    pub(super) fn seeded(seed: u8) -> Self {
        Self(ChaCha20Rng::from_seed([seed; 32]))
    }

    pub(super) fn bytes<const LENGTH: usize>(&mut self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// The generator itself, for what takes one.
    pub(super) fn generator(&mut self) -> &mut ChaCha20Rng {
        &mut self.0
    }
}
