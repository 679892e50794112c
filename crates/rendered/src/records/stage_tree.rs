//! The tree of a stage's branch: written whole, read back, what doesn't belong there named.

use std::collections::BTreeMap;

use gitstore::{BlobId, EntryKind, RepoPath, Repository, TreeId};

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
    /// Reads a stage's tree back. Both records must be there and right; everything else that isn't a plain file
    /// `manifests/<deployment>/<file>` is foreign.
    pub fn read(repository: &Repository, tree: TreeId) -> Result<Self> {
        let record = Self::read_record(repository, tree)?;
        let verification =
            Verification::parse(VERIFICATION_FILE, &read_record(repository, tree, VERIFICATION_FILE)?)?;
        let mut manifests: BTreeMap<String, Vec<(String, BlobId)>> = BTreeMap::new();
        let mut foreign = Vec::new();
        for (path, entry) in repository.walk(tree)? {
            let parts: Option<Vec<&str>> = path.to_str().map(|path| path.split('/').collect());
            let plain = if entry.kind() == EntryKind::File { entry.blob_id() } else { None };
            match (parts.as_deref(), plain) {
                (Some([PROMOTION_FILE | VERIFICATION_FILE]), Some(_)) => {}
                (Some([MANIFESTS_DIRECTORY, deployment, file]), Some(blob)) => {
                    manifests.entry((*deployment).to_owned()).or_default().push(((*file).to_owned(), blob));
                }
                _ => foreign.push(path),
            }
        }
        foreign.sort();
        Ok(Self { record, verification, manifests, foreign })
    }

    /// Reads the record of a stage's tree alone.
    pub fn read_record(repository: &Repository, tree: TreeId) -> Result<PromotionRecord> {
        PromotionRecord::parse(PROMOTION_FILE, &read_record(repository, tree, PROMOTION_FILE)?)
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

fn read_record(repository: &Repository, tree: TreeId, path: &'static str) -> Result<Vec<u8>> {
    repository.blob_at(tree, &repo_path(path)?)?.ok_or(Error::NoRecord { path })
}

#[cfg(test)]
mod tests {
    use gitstore::Environment;
    use helm::HelmVersion;
    use pretty_assertions::assert_eq;

    use super::*;

    fn repository() -> (tempfile::TempDir, Repository) {
        let directory = tempfile::tempdir().unwrap();
        let status = std::process::Command::new("git")
            .args(["init", "--quiet", "--bare"])
            .arg(directory.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .status();
        assert!(status.unwrap().success());
        let repository = Repository::open(directory.path(), &Environment::default()).unwrap();
        (directory, repository)
    }

    fn record(manifests: &Manifests) -> PromotionRecord {
        PromotionRecord {
            stage: "staging".to_owned(),
            warehouse: "codeai".to_owned(),
            freight: None,
            helm: HelmVersion::V4_2_3,
            renderer: crate::RENDERER,
            policy: Vec::new(),
            deployments: Vec::new(),
            manifests: manifests.digest(),
        }
    }

    #[test]
    fn a_stages_tree_comes_back() {
        let (_directory, repository) = repository();
        let mut manifests = Manifests::default();
        manifests.insert("staging", "configmap-a.yaml", b"a".to_vec());
        manifests.insert("staging", "service-a.yaml", b"b".to_vec());
        manifests.insert("adhoc demo", "größe.yaml", b"c".to_vec());
        let record = record(&manifests);
        let tree = write_stage_tree(&repository, &record, &Verification::default(), &manifests).unwrap();
        let read = StageTree::read(&repository, tree).unwrap();
        assert_eq!((&read.record, &read.verification), (&record, &Verification::default()));
        assert_eq!(read.load_manifests(&repository).unwrap(), manifests);
        assert_eq!(read.manifests_digest(&repository).unwrap(), record.manifests);
        assert_eq!(read.foreign, []);
        let again = write_stage_tree(&repository, &record, &Verification::default(), &manifests).unwrap();
        assert_eq!(again, tree);
    }

    #[test]
    fn what_does_not_belong_there_is_named() {
        let (_directory, repository) = repository();
        let manifests = Manifests::default();
        let tree =
            write_stage_tree(&repository, &record(&manifests), &Verification::default(), &manifests).unwrap();
        let blob = repository.write_blob(b"x").unwrap();
        let at = |path: &str| RepoPath::new(path).unwrap();
        let mut edit = repository.edit_tree(Some(tree));
        for path in ["README.md", "manifests/loose.yaml", "manifests/a/b/deep.yaml"] {
            edit.upsert_file(&at(path), blob);
        }
        edit.upsert_executable(&at("manifests/a/run.yaml"), blob);
        edit.upsert_symlink(&at("manifests/a/link.yaml"), blob);
        let read = StageTree::read(&repository, edit.write().unwrap()).unwrap();
        let foreign: Vec<String> = read.foreign.iter().map(ToString::to_string).collect();
        let expected = [
            "README.md",
            "manifests/a/b/deep.yaml",
            "manifests/a/link.yaml",
            "manifests/a/run.yaml",
            "manifests/loose.yaml",
        ];
        assert_eq!(foreign, expected);
        assert!(read.manifests.is_empty());
    }

    #[test]
    fn records_must_be_there_and_fit() {
        let (_directory, repository) = repository();
        let error = StageTree::read(&repository, repository.empty_tree()).unwrap_err();
        assert!(matches!(error, Error::NoRecord { path: PROMOTION_FILE }), "{error}");
        let mut manifests = Manifests::default();
        let record = record(&manifests);
        manifests.insert("a", "b.yaml", Vec::new());
        let error = write_stage_tree(&repository, &record, &Verification::default(), &manifests).unwrap_err();
        assert!(matches!(error, Error::DigestMismatch { .. }), "{error}");
    }
}
