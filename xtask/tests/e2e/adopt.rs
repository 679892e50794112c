//! An existing GitOps repository is taken over as it lies: its paths, its deployment files, its branches. The chart
//! is in a monorepo of its own.

use std::path::Path;

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Run, Sandbox, copy, image, tag};

const PIPELINE: &str = "apps/codeai/pipeline.yaml";
const LIVE: &str = "apps/codeai/deployments/adhoc-live/deployment.yaml";

/// The GitOps repository, and the monorepo with the chart in `k8s/helm`.
fn existing(sandbox: &Sandbox) -> (Repo<'_>, Repo<'_>) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture");
    let source = sandbox.init("monorepo");
    copy(&fixture.join("shop/helm"), &source.path.join("k8s/helm"));
    source.write("dashboard/app.rb", "puts 1\n");
    source.commit("Monorepo");
    let gitops = sandbox.init("gitops");
    copy(&fixture.join("gitops"), &gitops.path);
    gitops.commit("GitOps");
    (gitops, source)
}

fn with_pipeline<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["--pipeline", PIPELINE], arguments].concat()
}

#[track_caller]
fn run(gitops: &Repo<'_>, arguments: &[&str]) -> Run {
    let run = gitops.xtask(&with_pipeline(arguments));
    run.ok();
    run
}

#[track_caller]
fn freeze(gitops: &Repo<'_>, revision: &str) -> Run {
    run(gitops, &["freeze", "--source", "../monorepo", "--image", &image(revision)])
}

#[test]
fn an_existing_repository_goes_the_whole_way_without_moving_a_file() {
    let sandbox = Sandbox::new();
    let (gitops, source) = existing(&sandbox);
    let revision = source.head();
    let freight = format!("warehouses/codeai/freight/{}", tag(&revision));
    freeze(&gitops, &revision).says(&["promote it: cargo xtask promote staging"]);
    assert_eq!(gitops.rev(&format!("HEAD:{freight}/helm")), source.rev("HEAD:k8s/helm"));
    assert_eq!(gitops.rev("HEAD:warehouses/codeai/freight/current"), gitops.rev(&format!("HEAD:{freight}")));
    gitops.is_clean();

    // Candidates of what is rendered, and nothing of what is live-source.
    let candidates = gitops.paths("HEAD:apps/codeai/rendered");
    let of = |deployment: &str| candidates.iter().filter(|path| path.starts_with(deployment)).count();
    assert_eq!([of("staging/staging/"), of("staging/adhoc-one/"), of("test/test/")], [3, 3, 3]);
    assert!(!candidates.iter().any(|path| path.contains("adhoc-live")), "{candidates:?}");
    gitops.leaves_all(&with_pipeline(&["render", "--check"])).says(&["4 deployments"]);

    run(&gitops, &["promote", "staging"]);
    run(&gitops, &["promote", "test"]);
    let branch = gitops.paths("rendered/codeai/staging");
    assert!(branch.contains(&"manifests/adhoc-one/configmap-codeai.yaml".to_owned()), "{branch:?}");
    assert!(!branch.iter().any(|path| path.contains("adhoc-live")), "{branch:?}");
    assert!(gitops.has_ref("refs/heads/rendered/codeai/test"));
    assert!(!gitops.has_ref("refs/heads/stage/test"));
    let deployed = gitops.show("rendered/codeai/test", "manifests/test/apps-deployment-codeai.yaml");
    assert!(deployed.contains("replicas: 1"), "{deployed}");
    gitops.leaves_all(&with_pipeline(&["audit"]));

    // The next release of the monorepo.
    source.write("dashboard/app.rb", "puts 2\n");
    let second = source.commit("Second");
    freeze(&gitops, &second);
    run(&gitops, &["promote", "staging"]);
    let status = gitops.leaves_all(&with_pipeline(&["status", "--json"])).json();
    let stages: Vec<_> = status["stages"].as_array().unwrap().iter().map(|stage| &stage["freight"]).collect();
    assert_eq!(*stages[0], tag(&second));
    assert_eq!(*stages[1], tag(&revision));
}

#[test]
fn a_branch_with_foreign_commits_is_taken_over_after_it_was_shown() {
    let sandbox = Sandbox::new();
    let (gitops, source) = existing(&sandbox);
    freeze(&gitops, &source.head());
    run(&gitops, &["promote", "staging"]);
    // What runs, imported as the cluster had it.
    gitops.git(&["checkout", "--quiet", "--orphan", "rendered/codeai/test"]);
    gitops.git(&["rm", "--quiet", "-r", "--force", "."]);
    gitops.write(
        "manifests/test/live.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: codeai\ndata:\n  colour: red\n",
    );
    let imported = gitops.commit("Import what runs");
    gitops.git(&["checkout", "--quiet", "main"]);
    gitops.refuses(&with_pipeline(&["promote", "test"]), 1, &["promote --adopt"]);
    gitops
        .leaves_all(&with_pipeline(&["promote", "test", "--adopt", "--dry-run"]))
        .says(&["colour", "red", "blue"]);
    run(&gitops, &["promote", "test", "--adopt"]);
    assert_eq!(gitops.rev("rendered/codeai/test^"), imported);
    let paths = gitops.paths("rendered/codeai/test");
    assert!(!paths.contains(&"manifests/test/live.yaml".to_owned()), "{paths:?}");
    assert!(paths.contains(&"promotion.yaml".to_owned()), "{paths:?}");
    gitops.leaves_all(&with_pipeline(&["audit"]));
}

#[test]
fn live_source_deployments_are_listed_and_skipped() {
    let sandbox = Sandbox::new();
    let (gitops, source) = existing(&sandbox);
    freeze(&gitops, &source.head());
    let status = gitops.leaves_all(&with_pipeline(&["status"]));
    status.says(&["live-source, rendered by no stage: adhoc-live (adhoc)\n"]);
    let document = gitops.leaves_all(&with_pipeline(&["status", "--json"])).json();
    assert_eq!(
        document["liveSources"],
        serde_json::json!([{
            "name": "adhoc-live", "envType": "staging", "namespace": "codeai-adhoc-live", "branch": "adhoc"
        }])
    );
    gitops.refuses(
        &with_pipeline(&["render", "--deployment", "adhoc-live"]),
        1,
        &["the deployment `adhoc-live` is live-source: no stage renders it"],
    );
    // Named in a stage it is an error, with its place; a glob passed it over.
    gitops.edit(PIPELINE, "deployments: [test]", "deployments: [test, adhoc-live]");
    gitops.refuses(
        &with_pipeline(&["render"]),
        1,
        &["apps/codeai/pipeline.yaml:27:25: the deployment `adhoc-live` is live-source"],
    );
    // Once it is rendered, the stage renders it with the others.
    gitops.git(&["restore", "."]);
    gitops.edit(LIVE, "live-source", "rendered");
    gitops.edit(LIVE, "rendered/codeai/adhoc-live", "rendered/codeai/staging");
    gitops.commit("Render it");
    run(&gitops, &["render"]).says(&["rendered 5 deployments"]);
    assert!(gitops.exists("apps/codeai/rendered/staging/adhoc-live/configmap-codeai.yaml"));
}

#[test]
fn what_deployment_files_say_must_be_so() {
    let sandbox = Sandbox::new();
    let (gitops, _) = existing(&sandbox);
    let path = "apps/codeai/deployments/test/deployment.yaml";
    let cases = [
        (
            "renderedBranch: rendered/codeai/test",
            "renderedBranch: main",
            ":5:17: `renderedBranch` is \"main\"",
        ),
        ("name: test", "name: tset", ":1:7: the deployment says that it is \"tset\""),
        ("sourceMode: rendered", "sourceMode: live", ":2:13: "),
    ];
    for (old, new, expected) in cases {
        gitops.edit(path, old, new);
        gitops.commit("Wrong");
        for command in [&["render"][..], &["promote", "staging"], &["status"]] {
            gitops.refuses(&with_pipeline(command), 1, &[&format!("{path}{expected}")]);
        }
        gitops.git(&["reset", "--quiet", "--hard", "HEAD^"]);
    }
}

/// The former flow is in the monorepo: its merges are recorded beside the freight here.
#[test]
fn legacy_merges_of_the_monorepo_are_recorded() {
    let sandbox = Sandbox::new();
    let (gitops, source) = existing(&sandbox);
    let first = source.head();
    source.git(&["branch", "production-legacy"]);
    source.write("dashboard/app.rb", "puts 2\n");
    let second = source.commit("Second");
    source.write("dashboard/app.rb", "puts 3\n");
    let third = source.commit("Third");
    for revision in [&first, &second, &third] {
        run(
            &gitops,
            &["freeze", "--source", "../monorepo", "--image", &image(revision), "--revision", revision],
        );
    }
    source.git(&["checkout", "--quiet", "production-legacy"]);
    source.git(&["merge", "--quiet", "--no-ff", "-m", "Deploy", &second]);
    let merge = source.head();
    let record =
        ["legacy", "record", "production", "--source", "../monorepo", "--revision", "production-legacy"];
    run(&gitops, &record).says(&[&merge, &tag(&first), &tag(&second), "2 new"]).says_nothing_of(&[&third]);
    let directory = "warehouses/codeai/freight/legacy-gitflow/production";
    let mut expected = vec![
        format!("{directory}/current.yaml"),
        format!("{directory}/merged/{}.yaml", tag(&first)),
        format!("{directory}/merged/{}.yaml", tag(&second)),
    ];
    expected.sort();
    assert_eq!(gitops.changed("HEAD"), expected);
    gitops.leaves_all(&with_pipeline(&record)).says(&["recorded already"]);
    gitops.leaves_all(&with_pipeline(&["audit"]));
}
