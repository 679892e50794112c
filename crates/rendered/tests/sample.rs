//! The sample of this repository against what the real Helm prints for it, byte for byte.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the helpers of tests fail as tests do")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use freight::ReleaseTag;
use gitstore::{Environment, RepoPath, Repository, TreeId};
use helm::{Capabilities, HelmBuild, Hooks, IncludeCrds, Limits, RefusingWorld, RenderOptions, ValuesLayers};
use policy::{Policy, Source, SourceEntry, SourceFile};
use rendered::{
    FreightRef, Manifests, PreparedChart, PromotionRecord, RENDERER, RenderInput, RenderSpec, StageTree,
    Verification, render_all, write_stage_tree,
};

/// The image that the baselines were recorded with.
const IMAGE: &str = "ghcr.io/code-dot-org/code-dot-org:git-0cc4cd87f40ae606d1822d5652b552f8c50a4668";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The policy files of this repository, put into another one by id, as a commit would.
struct Files(Repository);

impl Source for Files {
    fn read(&self, path: &RepoPath) -> Result<Option<SourceFile>, policy::Error> {
        let Ok(bytes) = std::fs::read(root().join(path.to_path_buf())) else { return Ok(None) };
        let id = self.0.write_blob(&bytes)?;
        Ok(Some(SourceFile { bytes, id }))
    }

    fn list(&self, directory: &RepoPath) -> Result<Option<Vec<SourceEntry>>, policy::Error> {
        let entries = std::fs::read_dir(root().join(directory.to_path_buf())).unwrap().map(|entry| {
            let entry = entry.unwrap();
            let is_dir = entry.file_type().unwrap().is_dir();
            SourceEntry { name: entry.file_name().into_string().unwrap(), is_dir }
        });
        Ok(Some(entries.collect()))
    }
}

/// The sample: its policy, its chart, and an empty repository beside them.
struct Sample {
    policy: Policy,
    chart: PreparedChart,
    repository: Repository,
    _directory: tempfile::TempDir,
}

fn load() -> Sample {
    let directory = tempfile::tempdir().unwrap();
    let mut init = std::process::Command::new("git");
    init.args(["init", "--quiet", "--bare"]).arg(directory.path()).env("GIT_CONFIG_NOSYSTEM", "1");
    assert!(init.env("GIT_CONFIG_GLOBAL", "/dev/null").status().unwrap().success());
    let repository = Repository::open(directory.path(), &Environment::default()).unwrap();
    let policy = Policy::load(&Files(repository.clone()), &path("envs/pipeline.yaml"));
    let policy = policy.unwrap_or_else(|problems| panic!("{problems}"));
    let package = root().join(policy.warehouses()[0].package.to_path_buf());
    let chart = PreparedChart::from_directory(&package, policy.helm(), policy.bounds()).unwrap();
    Sample { policy, chart, repository, _directory: directory }
}

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

fn inputs(policy: &Policy) -> Vec<RenderInput> {
    let image = freight::Image::parse(IMAGE).unwrap();
    let input = |deployment: &policy::Deployment| {
        let spec = RenderSpec::of(policy, deployment, &policy.warehouses()[0], &image).unwrap();
        (spec, RenderSpec::texts(policy, deployment))
    };
    policy.deployments().map(input).collect()
}

/// Writes a directory as a tree.
fn write_tree(repository: &Repository, directory: &Path) -> TreeId {
    let mut edit = repository.edit_tree(None);
    let mut pending = vec![(directory.to_owned(), RepoPath::root())];
    while let Some((directory, below)) = pending.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let below = below.join(entry.file_name().as_encoded_bytes()).unwrap();
            if entry.file_type().unwrap().is_dir() {
                pending.push((entry.path(), below));
            } else {
                let blob = repository.write_blob(&std::fs::read(entry.path()).unwrap()).unwrap();
                edit.upsert_file(&below, blob);
            }
        }
    }
    edit.write().unwrap()
}

fn baseline(name: &str) -> String {
    let path = root().join(format!("crates/rendered/tests/baselines/{name}.yaml"));
    String::from_utf8(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        .unwrap()
}

/// What `helm template` prints with these flags.
fn print(chart: &PreparedChart, spec: &RenderSpec, texts: &[(RepoPath, Vec<u8>)]) -> String {
    let helm = chart.helm();
    let mut layers = ValuesLayers::new(helm);
    texts.iter().for_each(|(path, text)| layers.file(&path.to_string(), text).unwrap());
    spec.set.iter().for_each(|(key, value)| layers.set(&format!("{key}={value}")).unwrap());
    let kube_version = Some(spec.kube_version.clone());
    let options = RenderOptions {
        helm,
        release_name: &spec.release_name,
        namespace: &spec.namespace,
        is_upgrade: false,
        skip_schema_validation: false,
        capabilities: &Capabilities::new(helm, HelmBuild::Cli, kube_version, &spec.api_versions),
        world: &RefusingWorld,
        limits: Limits::default(),
    };
    let release = helm::render(chart.chart(), &layers.finish(), &options).unwrap_or_else(|error| {
        panic!("{}: {error}", spec.deployment);
    });
    let hooks = if spec.skip_tests { Hooks::WithoutTests } else { Hooks::All };
    String::from_utf8(release.print(IncludeCrds::No, hooks)).unwrap()
}

/// A difference in place of two whole texts.
fn assert_same(name: &str, found: &str, expected: &str) {
    let diff = similar::TextDiff::from_lines(expected, found);
    assert!(found == expected, "{name}:\n{}", diff.unified_diff().header("helm", "waybill"));
}

#[test]
fn every_deployment_prints_what_helm_prints() {
    let Sample { policy, chart, .. } = load();
    let inputs = inputs(&policy);
    assert!(inputs.len() >= 6);
    for (spec, texts) in &inputs {
        assert_same(&spec.deployment, &print(&chart, spec, texts), &baseline(&spec.deployment));
    }
}

#[test]
fn the_chart_prints_what_helm_prints_by_itself() {
    let Sample { policy, chart, .. } = load();
    let (mut spec, _) = inputs(&policy).remove(0);
    spec = RenderSpec {
        deployment: "default".to_owned(),
        release_name: "codeai".to_owned(),
        namespace: "default".to_owned(),
        kube_version: helm::KubeVersion::parse("v1.33.4").unwrap(),
        api_versions: Vec::new(),
        skip_tests: false,
        set: Vec::new(),
        ..spec
    };
    assert_same("default", &print(&chart, &spec, &[]), &baseline("default"));
}

#[test]
fn the_files_are_the_documents_that_helm_prints() {
    let Sample { policy, chart, .. } = load();
    for (result, (spec, _)) in render_all(&chart, &inputs(&policy)).into_iter().zip(inputs(&policy)) {
        let rendered = result.unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(rendered.warnings, []);
        assert_eq!(rendered.secrets, []);
        let printed = baseline(&spec.deployment);
        let documents = goyaml::split_documents(printed.as_bytes()).unwrap();
        // Hooks have their source line in what is printed, but not in the files.
        let mut expected: BTreeMap<String, usize> = BTreeMap::new();
        for document in &documents {
            let text = String::from_utf8_lossy(document).trim().to_owned();
            let text = text.strip_prefix("---\n").unwrap_or(&text).to_owned();
            let body = text.split_once('\n').map_or(text.as_str(), |(_, body)| body);
            *expected.entry(body.to_owned()).or_default() += 1;
        }
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        for file in &rendered.files {
            let text = String::from_utf8(file.bytes.clone()).unwrap();
            assert!(!text.ends_with('\n') && file.file_name.ends_with(".yaml"), "{}", file.file_name);
            let text = text.strip_prefix("---\n").unwrap_or(&text).to_owned();
            let body = match text.strip_prefix("# Source: ") {
                Some(rest) => rest.split_once('\n').unwrap().1.to_owned(),
                None => text,
            };
            *found.entry(body).or_default() += 1;
        }
        assert_eq!(found, expected, "{}", spec.deployment);
        assert_eq!(rendered.files.iter().filter(|file| file.bytes.starts_with(b"---\n")).count(), 1);
    }
}

#[test]
fn equal_inputs_give_equal_bytes() {
    let Sample { policy, chart, .. } = load();
    let digest = || {
        let rendered = render_all(&chart, &inputs(&policy)).into_iter().map(Result::unwrap);
        Manifests::of(&rendered.collect::<Vec<_>>()).digest()
    };
    assert_eq!(digest(), digest());
}

#[test]
fn a_stage_is_rendered_again_from_its_branch_alone() {
    let Sample { policy, chart, repository, _directory } = load();
    let package = root().join(policy.warehouses()[0].package.to_path_buf());
    let payload = write_tree(&repository, &package);
    let freight_tree = repository.edit_tree(None).upsert_tree(&path("helm"), payload).write().unwrap();

    let stage = policy.stage("production").unwrap();
    let names: Vec<&str> = stage.deployments.iter().map(|name| name.as_str()).collect();
    let inputs: Vec<RenderInput> =
        inputs(&policy).into_iter().filter(|(spec, _)| names.contains(&spec.deployment.as_str())).collect();
    assert_eq!(inputs.len(), 2);
    let files: Vec<_> = render_all(&chart, &inputs).into_iter().map(Result::unwrap).collect();
    let manifests = Manifests::of(&files);
    let record = PromotionRecord {
        stage: stage.name.to_string(),
        warehouse: stage.warehouse.to_string(),
        freight: Some(FreightRef {
            tag: ReleaseTag::parse("git-0cc4cd87f40ae606d1822d5652b552f8c50a4668").unwrap(),
            tree: freight_tree,
        }),
        helm: policy.helm(),
        renderer: RENDERER,
        policy: policy.stage_files(stage).into_iter().map(|(path, id)| (path.clone(), id)).collect(),
        deployments: inputs.into_iter().map(|(spec, _)| spec).collect(),
        manifests: manifests.digest(),
    };
    let tree = write_stage_tree(&repository, &record, &Verification::default(), &manifests).unwrap();

    let read = StageTree::read(&repository, tree).unwrap();
    assert_eq!(read.record, record);
    let again: Vec<_> = read.record.render(&repository).unwrap().into_iter().map(Result::unwrap).collect();
    assert_eq!(again, files);
    let again = Manifests::of(&again);
    assert_eq!(write_stage_tree(&repository, &read.record, &read.verification, &again).unwrap(), tree);
    assert!(rendered::diff(&read.load_manifests(&repository).unwrap(), &again).is_empty());
}
