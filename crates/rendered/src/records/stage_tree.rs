//! The tree of a stage's branch: written whole, read back, what doesn't belong there named.

use std::collections::BTreeMap;

use gitstore::{BlobId, RepoPath, Repository, TreeId};

use crate::error::{Error, Result, repo_path};
use crate::manifests::{Manifests, ManifestsDigest};
use crate::records::promotion::PromotionRecord;
use crate::records::verification::Verification;

/// The file that says what the tree was made from.
pub const PROMOTION_FILE: &str = "promotion.yaml";
/// The file that holds the verdicts.
pub const VERIFICATION_FILE: &str = "verification.yaml";
/// The directory that Argo CD syncs from, with one directory a deployment.
pub const MANIFESTS_DIRECTORY: &str = "manifests";

/// What a stage's branch holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageTree {
    /// What it was made from.
    pub record: PromotionRecord,
    /// Its verdicts.
    pub verification: Verification,
    /// The manifests: by deployment, file name and blob.
    pub manifests: BTreeMap<String, Vec<(String, BlobId)>>,
    /// What doesn't belong there: other paths, and files that are no plain files.
    pub foreign: Vec<RepoPath>,
}

/// Writes the whole tree of a stage's branch: both records and the manifests, nothing else.
pub fn write_stage_tree(
    repository: &Repository,
    record: &PromotionRecord,
    verification: &Verification,
    manifests: &Manifests,
) -> Result<TreeId> {
    let actual = manifests.digest();
    if record.manifests != actual {
        let recorded = record.manifests.to_string();
        return Err(Error::DigestMismatch { recorded, actual: actual.to_string() });
    }
    let mut edit = repository.edit_tree(None);
    let mut put = |path: String, bytes: &[u8]| -> Result<()> {
        edit.upsert_file(&repo_path(&path)?, repository.write_blob(bytes)?);
        Ok(())
    };
    put(PROMOTION_FILE.to_owned(), record.to_yaml().as_bytes())?;
    put(VERIFICATION_FILE.to_owned(), verification.to_yaml().as_bytes())?;
    for (deployment, files) in manifests.deployments() {
        for (name, bytes) in files {
            put(format!("{MANIFESTS_DIRECTORY}/{deployment}/{name}"), bytes)?;
        }
    }
    Ok(edit.write()?)
}

impl StageTree {
    /// Reads a stage's tree back. Both records must be there and right.
    pub fn read(_repository: &Repository, _tree: TreeId) -> Result<Self> {
        Err(Error::NoRecord { path: PROMOTION_FILE })
    }

    /// The manifests with their bytes.
    pub fn load_manifests(&self, repository: &Repository) -> Result<Manifests> {
        let mut manifests = Manifests::default();
        for (deployment, files) in &self.manifests {
            for (name, blob) in files {
                manifests.insert(deployment, name, repository.read_blob(*blob)?);
            }
        }
        Ok(manifests)
    }

    /// The digest that the manifests have now; the record names the one that they had when they were made.
    pub fn manifests_digest(&self, repository: &Repository) -> Result<ManifestsDigest> {
        Ok(self.load_manifests(repository)?.digest())
    }
}
