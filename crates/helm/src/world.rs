//! The worlds of renders that must be reproducible: one refuses, the other answers from a seed.

use std::cell::RefCell;
use std::collections::HashMap;

use gotemplate::{Refusal, Site, World};
use sha2::{Digest as _, Sha256};

/// Refuses the time and randomness, so that equal inputs give equal bytes on every machine and day.
#[derive(Clone, Copy, Debug, Default)]
pub struct RefusingWorld;

impl World for RefusingWorld {
    fn now(&self, function: &'static str) -> Result<(i64, u32), Refusal> {
        Err(Refusal { function, asked_for: "the time" })
    }

    fn entropy(&self, function: &'static str, _: Option<&Site<'_>>, _: &mut [u8]) -> Result<(), Refusal> {
        Err(Refusal { function, asked_for: "randomness" })
    }
}

/// Answers from a seed: equal inputs give equal bytes here too. What it gives is no secret, since whoever can read
/// the seed and the templates can compute it.
///
/// Every action that draws has a stream of its own, keyed by the deployment, the release's name, the seed, the names
/// of the templates and the texts of the actions that led there, and how many times that happened before. So a call
/// that is added, removed or moved leaves those of other texts as they were. The clock stands still.
///
/// A world counts, so it is good for one render.
#[derive(Debug)]
pub struct SeededWorld {
    /// What the keys of all streams begin with.
    beginning: Sha256,
    epoch: (i64, u32),
    actions: RefCell<HashMap<[u8; 32], Runs>>,
}

/// The runs of one action, as far as they drew.
#[derive(Clone, Copy, Debug, Default)]
struct Runs {
    /// The number of the latest.
    latest: u64,
    /// How many there were.
    count: u64,
    /// How many blocks the latest took from its stream.
    blocks: u64,
}

/// The first part of every key: bytes would change with the way in which they are drawn.
const SCHEME: &[u8] = b"waybill seeded v1";

impl SeededWorld {
    /// The world of one render; `epoch` is where its clock stands, in seconds since 1970 and nanoseconds.
    pub fn new(deployment: &str, release_name: &str, seed: &str, epoch: (i64, u32)) -> Self {
        let mut beginning = Sha256::new();
        for part in [SCHEME, deployment.as_bytes(), release_name.as_bytes(), seed.as_bytes()] {
            append(&mut beginning, part);
        }
        Self { beginning, epoch, actions: RefCell::default() }
    }
}

/// A part of a key, with its length in front, so that no two lists of parts are one text.
fn append(key: &mut Sha256, part: &[u8]) {
    key.update((part.len() as u64).to_le_bytes());
    key.update(part);
}

impl World for SeededWorld {
    fn now(&self, _: &'static str) -> Result<(i64, u32), Refusal> {
        Ok(self.epoch)
    }

    fn entropy(&self, _: &'static str, site: Option<&Site<'_>>, buffer: &mut [u8]) -> Result<(), Refusal> {
        let mut key = self.beginning.clone();
        for level in site.into_iter().flat_map(Site::levels) {
            append(&mut key, level.template);
            append(&mut key, level.action);
        }
        let key: [u8; 32] = key.finalize().into();
        let mut actions = self.actions.borrow_mut();
        let runs = actions.entry(key).or_default();
        let run = site.map_or(0, Site::run);
        if runs.count == 0 || runs.latest != run {
            *runs = Runs { latest: run, count: runs.count + 1, blocks: 0 };
        }
        for chunk in buffer.chunks_mut(32) {
            let mut block = Sha256::new();
            block.update(key);
            block.update(runs.count.to_le_bytes());
            block.update(runs.blocks.to_le_bytes());
            runs.blocks += 1;
            chunk.copy_from_slice(&block.finalize()[..chunk.len()]);
        }
        Ok(())
    }
}
