//! Taking over a branch that somebody else began: what it holds is compared as if a promotion had written it.

use std::collections::BTreeMap;

use gitstore::{BlobId, CommitId, RepoPath, Repository};
use policy::{Policy, Stage};
use rendered::{PROMOTION_FILE, StageTree, VERIFICATION_FILE, Verification};

use crate::error::Error;
use crate::stage::{Plan, StageTip};

/// The tip of a branch that holds what no promotion wrote: nothing recorded, its verdicts if they can be read, and every
/// document of every YAML file a manifest.
pub(crate) fn adopt(
    repository: &Repository,
    policy: &Policy,
    stage: &Stage,
    commit: CommitId,
) -> Result<StageTip, Error> {
    let root = repository.commit_tree(commit)?;
    let record = Plan::empty(policy, stage).record;
    let verification = last_verdicts(repository, commit)?;
    let deployments = policy.deployments_of(stage);
    let mut manifests: BTreeMap<String, Vec<(String, BlobId)>> = BTreeMap::new();
    for (path, entry) in repository.walk(root)? {
        let (Some(text), Some(blob)) = (path.to_str(), entry.blob_id()) else { continue };
        let is_yaml = text.ends_with(".yaml") || text.ends_with(".yml");
        if !is_yaml || matches!(text, PROMOTION_FILE | VERIFICATION_FILE) {
            continue;
        }
        let within = text.strip_prefix("manifests/").unwrap_or(text);
        let named = within
            .split_once('/')
            .filter(|(directory, _)| deployments.iter().any(|it| it.name.as_str() == *directory));
        let (deployment, file) = match (named, deployments.as_slice()) {
            (Some((deployment, file)), _) => (deployment, file),
            // Whatever it lies in, it can only be this one's.
            (None, [only]) => (only.name.as_str(), within),
            (None, _) => ("", within),
        };
        let files = manifests.entry(deployment.to_owned()).or_default();
        for (index, document) in documents(&repository.read_blob(blob)?).into_iter().enumerate() {
            let name = if index == 0 { file.to_owned() } else { format!("{file}#{}", index + 1) };
            files.push((name, repository.write_blob(document)?));
        }
    }
    let tree = StageTree { record, verification, manifests, foreign: Vec::new() };
    Ok(StageTip { commit, root, tree })
}

/// How many commits back verdicts are looked for that can be read.
const VERDICTS_BACK: usize = 1000;

/// The verdicts of a branch as they could last be read: who takes it over loses none that were ever given.
fn last_verdicts(repository: &Repository, tip: CommitId) -> Result<Verification, Error> {
    let path = RepoPath::new(VERIFICATION_FILE)?;
    for commit in repository.first_parent_commits(tip).take(VERDICTS_BACK) {
        let commit = match commit {
            Ok(commit) => commit,
            // Further back this clone doesn't go.
            Err(gitstore::Error::MissingObject { .. }) => break,
            Err(error) => return Err(error.into()),
        };
        let bytes = repository.blob_at(commit.tree, &path)?;
        if let Some(Ok(read)) = bytes.map(|bytes| Verification::parse(VERIFICATION_FILE, &bytes)) {
            return Ok(read);
        }
    }
    Ok(Verification::default())
}

/// The documents of a file of manifests that hold anything.
fn documents(bytes: &[u8]) -> Vec<&[u8]> {
    let mut documents = Vec::new();
    let (mut begin, mut at) = (0, 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b"---") && line.get(3).is_none_or(u8::is_ascii_whitespace) {
            documents.push(&bytes[begin..at]);
            begin = at + line.len();
        }
        at += line.len();
    }
    documents.push(&bytes[begin..]);
    let holds_anything = |document: &&[u8]| {
        let mut lines = document.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        lines.any(|line| !line.is_empty() && !line.starts_with(b"#"))
    };
    documents.into_iter().filter(holds_anything).collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    #[test]
    fn files_are_taken_apart_where_documents_begin() {
        let documents = |text: &str| -> Vec<String> {
            let documents = super::documents(text.as_bytes());
            documents.into_iter().map(|document| String::from_utf8_lossy(document).into_owned()).collect()
        };
        assert_eq!(documents("---\na: 1\n---\n# no\n--- \nb: |\n  ---\n"), ["a: 1\n", "b: |\n  ---\n"]);
        assert_eq!(documents("a: 1"), ["a: 1"]);
        assert_eq!(documents("---"), [""; 0]);
    }
}
