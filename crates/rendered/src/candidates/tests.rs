//! Candidates of small policies, planned against work trees and trees.

use std::collections::BTreeMap;
use std::path::Path;

use gitstore::{BlobId, Environment, FileMode, Repository, write_if_changed};
use helm::{HelmVersion, Limits};
use policy::{Source, SourceEntry, SourceFile};
use pretty_assertions::assert_eq;

use super::*;

/// A policy of texts in memory.
struct Texts(BTreeMap<&'static str, &'static str>);

impl Source for Texts {
    fn read(&self, path: &RepoPath) -> Result<Option<SourceFile>, policy::Error> {
        let id = BlobId::parse(&"0".repeat(40))?;
        let text = self.0.get(path.to_string().as_str());
        Ok(text.map(|text| SourceFile { bytes: text.as_bytes().to_vec(), id }))
    }

    fn list(&self, directory: &RepoPath) -> Result<Option<Vec<SourceEntry>>, policy::Error> {
        let prefix = format!("{directory}/");
        let below = self.0.keys().filter_map(|path| path.strip_prefix(&prefix));
        let names: BTreeSet<(&str, bool)> =
            below.map(|rest| rest.split_once('/').map_or((rest, false), |(name, _)| (name, true))).collect();
        let entries = names.into_iter().map(|(name, is_dir)| SourceEntry { name: name.to_owned(), is_dir });
        Ok(Some(entries.collect()))
    }
}

const PIPELINE: &str = r#"schemaVersion: v1
helm: "4.2.3"
defaults: { kubeVersion: v1.33.4 }
warehouses:
  app:
    package: helm
    image: { repository: ghcr.io/a/b, set: { image: "{ref}" } }
stages:
  staging: { from: { warehouse: app }, deployments: [s1, s2], promote: push }
  test: { from: { stages: [staging] }, deployments: [t1], promote: push }
"#;

fn deployment() -> &'static str {
    "envType: any\nnamespace: n\nreleaseName: r\n"
}

fn policy() -> Policy {
    let texts = Texts(BTreeMap::from([
        ("envs/pipeline.yaml", PIPELINE),
        ("envs/envTypes/any.values.yaml", "replicas: 1\n"),
        ("envs/deployments/s1/deployment.yaml", deployment()),
        ("envs/deployments/s2/deployment.yaml", deployment()),
        ("envs/deployments/s2/values.yaml", "broken: true\n"),
        ("envs/deployments/t1/deployment.yaml", deployment()),
    ]));
    Policy::load(&texts, &path("envs/pipeline.yaml")).unwrap_or_else(|problems| panic!("{problems}"))
}

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

fn write(root: &Path, file: &str, text: &str) {
    write_if_changed(&root.join(file), text.as_bytes(), FileMode::Regular).unwrap();
}

fn chart() -> (tempfile::TempDir, PreparedChart) {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "Chart.yaml", "apiVersion: v2\nname: app\nversion: 0.1.0\n");
    let template = "kind: A\nmetadata:\n  name: {{ if .Values.broken }}{{ fail \"it is broken\" }}{{ end }}a\nimage: {{ .Values.image }}\n";
    write(directory.path(), "templates/a.yaml", template);
    let chart =
        PreparedChart::from_directory(directory.path(), HelmVersion::V4_2_3, &Limits::DEFAULT).unwrap();
    (directory, chart)
}

fn image() -> freight::Image {
    freight::Image::parse("ghcr.io/a/b:git-1").unwrap()
}

fn rendered(policy: &Policy, scope: Scope, selected: &[&str]) -> Candidates {
    let (_directory, chart) = chart();
    let deployments: Vec<_> = policy.deployments().filter(|d| selected.contains(&d.name.as_str())).collect();
    let selected: Vec<_> = deployments
        .iter()
        .map(|deployment| (policy.stage_of(&deployment.name).unwrap(), *deployment))
        .collect();
    let candidates = render_candidates(policy, &policy.warehouses()[0], &selected, &chart, &image());
    Candidates::new(policy, scope, candidates).unwrap()
}

fn paths<'a>(paths: impl IntoIterator<Item = &'a RepoPath>) -> Vec<String> {
    paths.into_iter().map(ToString::to_string).collect()
}

fn files_below(root: &Path) -> Vec<String> {
    let current = CurrentFiles::from_directory(root, &path("rendered")).unwrap();
    paths(current.files.keys())
}

#[test]
fn a_directory_becomes_what_was_rendered() {
    let policy = policy();
    let candidates = rendered(&policy, Scope::All, &["s1", "s2", "t1"]);
    assert_eq!(candidates.failures().count(), 1);
    let root = tempfile::tempdir().unwrap();
    for stale in ["staging/s1/old.yaml", "gone/x/y.yaml", "staging/README.md"] {
        write(root.path(), &format!("rendered/{stale}"), "x");
    }
    write(root.path(), "rendered/staging/s2/a-a.yaml", "last good");
    write(root.path(), "rendered/test/t1/a-a.yaml", "other");
    write(root.path(), "elsewhere/kept", "x");

    let current = CurrentFiles::from_directory(root.path(), &path("rendered")).unwrap();
    let plan = candidates.plan(&current).unwrap();
    let written = ["rendered/failed.yaml", "rendered/staging/s1/a-a.yaml", "rendered/test/t1/a-a.yaml"];
    assert_eq!(paths(plan.write.keys()), written);
    let removed = ["rendered/gone/x/y.yaml", "rendered/staging/s1/old.yaml"];
    assert_eq!(paths(&plan.remove), removed);
    assert_eq!(paths(&plan.foreign), ["rendered/staging/README.md"]);
    assert_eq!(paths(&plan.unchanged), ["rendered/staging/s2/a-a.yaml"]);
    let failed = String::from_utf8_lossy(&plan.write[&path("rendered/failed.yaml")]).into_owned();
    assert!(
        failed.ends_with("schemaVersion: v1\nfailed:\n  - stage: staging\n    deployment: s2\n    error: \"app/templates/a.yaml:3:35: error calling fail: it is broken\"\n"),
        "{failed}"
    );

    let differences = plan.differences(&current);
    let kinds: Vec<_> = differences.iter().map(|difference| difference.kind).collect();
    use DifferenceKind::{Changed, Foreign, Missing, Stale};
    assert_eq!(kinds, [Missing, Stale, Foreign, Missing, Stale, Changed]);
    assert!(
        differences[5].diff.starts_with("--- a/rendered/test/t1/a-a.yaml\n+++ b/rendered/test"),
        "{}",
        differences[5].diff
    );
    assert!(differences[5].diff.contains("\n-other"), "{}", differences[5].diff);

    plan.apply_to_directory(root.path()).unwrap();
    assert_eq!(
        files_below(root.path()),
        [
            "rendered/failed.yaml",
            "rendered/staging/README.md",
            "rendered/staging/s1/a-a.yaml",
            "rendered/staging/s2/a-a.yaml",
            "rendered/test/t1/a-a.yaml"
        ]
    );
    assert!(!root.path().join("rendered/gone").exists() && root.path().join("elsewhere/kept").exists());
    let again =
        candidates.plan(&CurrentFiles::from_directory(root.path(), &path("rendered")).unwrap()).unwrap();
    assert!(again.is_empty(), "{again:?}");
    assert_eq!(again.unchanged.len(), 4);
}

#[test]
fn a_scope_leaves_the_rest_alone() {
    let policy = policy();
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "rendered/staging/s1/old.yaml", "x");
    write(root.path(), "rendered/test/t1/old.yaml", "x");
    let failures =
        [Failed { stage: "test".to_owned(), deployment: "t1".to_owned(), error: "old".to_owned() }];
    write(root.path(), "rendered/failed.yaml", &failed::write(&failures).unwrap());
    let current = || CurrentFiles::from_directory(root.path(), &path("rendered")).unwrap();

    let stage = policy.stage("staging").unwrap().name.clone();
    let single = policy.deployment("s1").unwrap().name.clone();
    let one = Scope::Only { stages: BTreeSet::new(), deployments: BTreeSet::from([(stage.clone(), single)]) };
    rendered(&policy, one, &["s1"]).plan(&current()).unwrap().apply_to_directory(root.path()).unwrap();
    let expected = ["rendered/failed.yaml", "rendered/staging/s1/a-a.yaml", "rendered/test/t1/old.yaml"];
    assert_eq!(files_below(root.path()), expected);

    let whole = Scope::Only { stages: BTreeSet::from([stage]), deployments: BTreeSet::new() };
    let plan = rendered(&policy, whole.clone(), &["s1", "s2"]).plan(&current()).unwrap();
    let text = String::from_utf8_lossy(&plan.write[&path("rendered/failed.yaml")]).into_owned();
    let failed = failed::read("f", text.as_bytes()).unwrap();
    let stages: Vec<&str> = failed.iter().map(|failed| failed.stage.as_str()).collect();
    assert_eq!(stages, ["staging", "test"]);

    write(root.path(), "rendered/failed.yaml", "edited: by hand\n");
    let error = rendered(&policy, whole, &["s1", "s2"]).plan(&current()).unwrap_err();
    assert!(error.to_string().starts_with("rendered/failed.yaml:1:"), "{error}");
    let plan = rendered(&policy, Scope::All, &["s1", "t1"]).plan(&current()).unwrap();
    assert!(plan.remove.contains(&path("rendered/failed.yaml")), "{plan:?}");
}

#[test]
fn a_tree_becomes_what_was_rendered() {
    let directory = tempfile::tempdir().unwrap();
    let mut init = std::process::Command::new("git");
    init.args(["init", "--quiet"]).arg(directory.path()).env("GIT_CONFIG_NOSYSTEM", "1");
    assert!(init.env("GIT_CONFIG_GLOBAL", "/dev/null").status().unwrap().success());
    let repository = Repository::open(directory.path(), &Environment::default()).unwrap();
    let blob = repository.write_blob(b"x").unwrap();
    let mut edit = repository.edit_tree(None);
    edit.upsert_file(&path("rendered/gone/x/y.yaml"), blob).upsert_file(&path("README.md"), blob);
    edit.upsert_file(&path("rendered/test"), blob).upsert_file(&path("rendered/note"), blob);
    edit.upsert_symlink(&path("rendered/staging/s1/a-a.yaml"), blob);
    let tree = edit.write().unwrap();

    let policy = policy();
    let candidates = rendered(&policy, Scope::All, &["s1", "t1"]);
    let plan_for = |tree| {
        let current = CurrentFiles::from_tree(&repository, tree, &path("rendered")).unwrap();
        candidates.plan(&current).unwrap()
    };
    let mut edit = repository.edit_tree(Some(tree));
    plan_for(tree).apply_to_tree(&repository, &mut edit).unwrap();
    let tree = edit.write().unwrap();
    let found = repository.walk(tree).unwrap();
    // What stood in the way of a directory gave way, the note is somebody's.
    let expected =
        ["README.md", "rendered/note", "rendered/staging/s1/a-a.yaml", "rendered/test/t1/a-a.yaml"];
    assert_eq!(paths(found.iter().map(|(path, _)| path)), expected);
    assert!(plan_for(tree).is_empty());
}

#[cfg(unix)]
#[test]
fn symlinks_and_modes_are_put_right_and_never_followed() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let policy = policy();
    let candidates = rendered(&policy, Scope::All, &["s1"]);
    let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(outside.path(), "a-a.yaml", "precious");
    std::fs::create_dir_all(root.path().join("rendered/staging")).unwrap();
    symlink(outside.path(), root.path().join("rendered/staging/s1")).unwrap();
    let current = || CurrentFiles::from_directory(root.path(), &path("rendered")).unwrap();
    candidates.plan(&current()).unwrap().apply_to_directory(root.path()).unwrap();
    assert_eq!(std::fs::read(outside.path().join("a-a.yaml")).unwrap(), b"precious");
    let file = root.path().join("rendered/staging/s1/a-a.yaml");
    assert!(std::fs::symlink_metadata(&file).unwrap().is_file());

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let plan = candidates.plan(&current()).unwrap();
    assert_eq!(plan.write.len(), 1);
    plan.apply_to_directory(root.path()).unwrap();
    assert!(candidates.plan(&current()).unwrap().is_empty());
}

#[test]
fn a_missing_digest_fails_the_deployment_alone() {
    let (_directory, chart) = chart();
    let texts = PIPELINE.replace("{ref}", "{digest}");
    let texts: &'static str = texts.leak();
    let source = Texts(BTreeMap::from([
        ("envs/pipeline.yaml", texts),
        ("envs/envTypes/any.values.yaml", ""),
        ("envs/deployments/s1/deployment.yaml", deployment()),
        ("envs/deployments/s2/deployment.yaml", deployment()),
        ("envs/deployments/t1/deployment.yaml", deployment()),
    ]));
    let policy = Policy::load(&source, &path("envs/pipeline.yaml")).unwrap();
    let selected = [(&policy.stages_in_order()[0], policy.deployment("s1").unwrap())];
    let candidates = render_candidates(&policy, &policy.warehouses()[0], &selected, &chart, &image());
    let failure = candidates[0].outcome.as_ref().unwrap_err();
    assert!(failure.text.contains("no digest") && failure.hint.is_some(), "{failure}");
}
