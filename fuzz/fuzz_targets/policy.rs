//! Policy files: a pipeline and, after a line of four equal signs, a deployment.

#![no_main]

use gitstore::{BlobId, RepoPath};
use libfuzzer_sys::fuzz_target;
use policy::{Error, Policy, Source, SourceEntry, SourceFile};

const PIPELINE: &str = "envs/pipeline.yaml";
const DEPLOYMENT: &str = "envs/deployments/staging/deployment.yaml";

/// A work tree of two files.
struct Texts<'t> {
    pipeline: &'t [u8],
    deployment: &'t [u8],
}

impl Source for Texts<'_> {
    fn read(&self, path: &RepoPath) -> Result<Option<SourceFile>, Error> {
        let text = match path.to_string().as_str() {
            PIPELINE => self.pipeline,
            DEPLOYMENT => self.deployment,
            _ => return Ok(None),
        };
        let id = BlobId::parse("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")?;
        Ok(Some(SourceFile { bytes: text.to_vec(), id }))
    }

    fn list(&self, directory: &RepoPath) -> Result<Option<Vec<SourceEntry>>, Error> {
        let entry = |name: &str, is_dir| SourceEntry { name: name.to_owned(), is_dir };
        Ok(match directory.to_string().as_str() {
            "envs/deployments" => Some(vec![entry("staging", true)]),
            "envs/deployments/staging" => Some(vec![entry("deployment.yaml", false)]),
            _ => None,
        })
    }
}

fuzz_target!(|text: &[u8]| {
    const SEPARATOR: &[u8] = b"\n====\n";
    let split = text.windows(SEPARATOR.len()).position(|window| window == SEPARATOR);
    let (pipeline, deployment) = match split {
        Some(at) => (&text[..at + 1], &text[at + SEPARATOR.len()..]),
        None => (text, &b"envType: staging\nnamespace: a\nreleaseName: a\n"[..]),
    };
    let Ok(path) = RepoPath::new(PIPELINE) else { return };
    match Policy::load(&Texts { pipeline, deployment }, &path) {
        Ok(policy) => {
            for stage in policy.stages_in_order() {
                let _ = (policy.stage_files(stage), policy.upstream(stage), policy.deployments_of(stage));
            }
        }
        Err(error) => {
            let _ = error.to_string();
        }
    }
});
