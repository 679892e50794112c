//! `verification.yaml`: verdicts, append-only.

use gitstore::TreeId;

use crate::error::Result;
use crate::manifests::ManifestsDigest;
use crate::records::{canonical, wire};

/// The verdicts of a stage, oldest first. They survive promotions; of those for one freight and one set of manifests the
/// latest wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// The verdicts.
    pub verdicts: Vec<Verdict>,
}

/// A verification's outcome for one freight and one set of manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The tree of the freight's `git-<revision>/`.
    pub freight: TreeId,
    /// The digest of the manifests that were verified.
    pub manifests: ManifestsDigest,
    /// The outcome.
    pub result: VerdictResult,
    /// What the outcome rests on.
    pub evidence: Vec<Evidence>,
}

/// The outcome of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictResult {
    /// What was checked is right.
    Passed,
    /// It isn't.
    Failed,
}

/// One thing that a verdict rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What it is: a command, a URL, a file.
    pub name: String,
    /// What it says; may be empty.
    pub text: String,
}

impl VerdictResult {
    /// `passed` or `failed`, as the record spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
        }
    }
}

impl Verification {
    /// Reads a `verification.yaml`; `path` is how messages name it.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self> {
        match canonical::verification(bytes) {
            Some(verification) => Ok(verification),
            None => wire::read_verification(path, bytes),
        }
    }

    /// The canonical text: equal verdicts give equal bytes.
    pub fn to_yaml(&self) -> String {
        wire::write_verification(self)
    }

    /// The latest verdict for a freight and its manifests.
    pub fn latest(&self, freight: TreeId, manifests: &ManifestsDigest) -> Option<&Verdict> {
        let fits = |verdict: &&Verdict| verdict.freight == freight && verdict.manifests == *manifests;
        self.verdicts.iter().rev().find(fits)
    }
}
