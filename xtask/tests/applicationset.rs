//! The Argo CD application set says of every deployment what the sample policy says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test says so where it fails"
)]

use std::collections::BTreeMap;
use std::path::Path;

use gitstore::RepoPath;
use policy::{Error, Policy, Source, SourceEntry, SourceFile};
use pretty_assertions::assert_eq;
use serde_json::Value;

/// The checkout's files, whatever Git thinks of them; an empty repository says what their blobs would be.
struct Files {
    blobs: gitstore::Repository,
    _directory: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let status =
            std::process::Command::new("git").args(["init", "--quiet"]).arg(directory.path()).status();
        assert!(status.unwrap().success());
        let environment = gitstore::Environment::new([("PATH", std::env::var_os("PATH").unwrap())]);
        let blobs = gitstore::Repository::open(directory.path(), &environment).unwrap();
        Self { blobs, _directory: directory }
    }

    fn path(path: &RepoPath) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(path.to_path_buf())
    }
}

impl Source for Files {
    fn read(&self, path: &RepoPath) -> Result<Option<SourceFile>, Error> {
        let Ok(bytes) = std::fs::read(Self::path(path)) else { return Ok(None) };
        let id = self.blobs.blob_id(&bytes).map_err(Error::Git)?;
        Ok(Some(SourceFile { bytes, id }))
    }

    fn list(&self, directory: &RepoPath) -> Result<Option<Vec<SourceEntry>>, Error> {
        let Ok(entries) = std::fs::read_dir(Self::path(directory)) else { return Ok(None) };
        let entries = entries.map(|entry| {
            let entry = entry.unwrap();
            SourceEntry {
                name: entry.file_name().to_string_lossy().into_owned(),
                is_dir: entry.file_type().unwrap().is_dir(),
            }
        });
        Ok(Some(entries.collect()))
    }
}

#[test]
fn the_application_set_deploys_the_sample_policy() {
    let policy = Policy::load(&Files::new(), &RepoPath::new("envs/pipeline.yaml").unwrap()).unwrap();
    let text =
        std::fs::read_to_string(Files::path(&RepoPath::new("docs/argocd/applicationset.yaml").unwrap()));
    let set: Value = serde_yaml::from_str(&text.unwrap()).unwrap();
    let field = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();

    let elements = set["spec"]["generators"][0]["list"]["elements"].as_array().unwrap();
    let deployed: BTreeMap<String, [String; 3]> = elements
        .iter()
        .map(|element| {
            let said = ["stage", "namespace", "cluster"].map(|name| field(element, name));
            (field(element, "deployment"), said)
        })
        .collect();
    let expected: BTreeMap<String, [String; 3]> = policy
        .deployments()
        .map(|deployment| {
            let stage = policy.stage_of(&deployment.name).unwrap();
            assert_eq!(stage.branch.as_str(), format!("stage/{}", stage.name));
            let cluster = deployment.cluster.clone().unwrap_or_default();
            let said = [stage.name.to_string(), deployment.settings.namespace.clone(), cluster];
            (deployment.name.to_string(), said)
        })
        .collect();
    assert_eq!(deployed, expected);

    let source = &set["spec"]["template"]["spec"]["source"];
    assert_eq!(field(source, "targetRevision"), "stage/{{ .stage }}");
    assert_eq!(field(source, "path"), "manifests/{{ .deployment }}");
}
