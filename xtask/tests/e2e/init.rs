//! `init`: a policy to begin with, from a repository that has nothing but a chart.

use std::path::Path;

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Sandbox, copy, image, tag};

const INIT: [&str; 5] = ["init", "--chart", "helm", "--env", "staging,test,production"];

/// A repository with the shop's chart, and nothing else.
fn chart_alone<'s>(sandbox: &'s Sandbox, directory: &str) -> Repo<'s> {
    let repo = sandbox.init("new");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/shop/helm");
    copy(&fixture, &repo.path.join(directory));
    repo.commit("A chart");
    repo
}

#[test]
fn what_init_writes_goes_the_whole_way_as_it_is() {
    let sandbox = Sandbox::new();
    let repo = chart_alone(&sandbox, "helm");
    let dry = [&INIT[..], &["--dry-run"]].concat();
    repo.leaves_all(&dry).says(&["would write envs/pipeline.yaml"]);
    repo.xtask(&INIT).ok().says(&["wrote envs/pipeline.yaml", "image = {ref}", "next:", "promote staging"]);
    let revision = repo.commit("A policy");
    let files = repo.paths("HEAD:envs");
    assert_eq!(files.len(), 10, "{files:?}");

    repo.freeze(&revision);
    repo.leaves_all(&["render", "--check"]).says(&["3 deployments"]);
    repo.promote("staging");
    repo.promote("test");
    repo.promote("production");
    let deployed = repo.show("stage/production", "manifests/production/apps-deployment-shop.yaml");
    assert!(deployed.contains(&format!("registry.example.org/shop:{}", tag(&revision))), "{deployed}");
    let record = repo.show("stage/production", "promotion.yaml");
    assert!(record.contains("shop-production"), "the namespace is pinned: {record}");
    repo.leaves_all(&["audit"]);
    let status = repo.xtask(&["status"]);
    status.ok().says_nothing_of(&["warning"]);
}

/// Whoever takes the comment signs away from the keys that are shown has a policy with those keys.
#[test]
fn the_keys_in_comments_are_those_that_a_stage_has() {
    for environments in ["staging,production", "production"] {
        let sandbox = Sandbox::new();
        let repo = chart_alone(&sandbox, "helm");
        repo.xtask(&["init", "--chart", "helm", "--env", environments]).ok();
        let text = repo.read("envs/pipeline.yaml");
        let (head, last) = text.split_once("\n  production:\n").unwrap();
        // Sentences begin with a capital letter, keys don't.
        let is_key = |rest: &&str| !rest.starts_with(|c: char| c.is_ascii_uppercase());
        let uncommented = last.lines().map(|line| match line.strip_prefix("    # ").filter(is_key) {
            Some(key) => format!("    {key}\n"),
            None => format!("{line}\n"),
        });
        let all: String = uncommented.collect();
        for key in
            ["branch: ", "legacy: ", "auto: ", "gates:\n", "  legacyGitflow: ", "  window:\n", "verify:\n"]
        {
            assert!(all.contains(&format!("\n    {key}")), "{key} in\n{all}");
        }
        assert_eq!(all.contains("\n      soak: 2h"), environments != "production");
        repo.write("envs/pipeline.yaml", format!("{head}\n  production:\n{all}"));
        repo.commit("All keys");
        repo.leaves_all(&["status"]).says(&["argocd/production"]);
    }
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let sandbox = Sandbox::new();
    let repo = chart_alone(&sandbox, "helm");
    repo.write("envs/deployments/test/values.yaml", "mine: true\n");
    repo.refuses(&INIT, 1, &["there already: envs/deployments/test/values.yaml", "--pipeline"]);
    assert!(!repo.exists("envs/pipeline.yaml"));
    repo.remove("envs");
    repo.xtask(&INIT).ok();
    // The same again changes nothing; what an interruption left out is completed.
    repo.leaves_all(&INIT).says(&["envs/pipeline.yaml is there already, and is the same"]);
    let pipeline = repo.read("envs/pipeline.yaml");
    repo.remove("envs/pipeline.yaml");
    let run = repo.xtask(&[&INIT[..], &["--json"]].concat());
    let document = run.ok().json();
    assert_eq!(document["files"], serde_json::json!(["envs/pipeline.yaml"]));
    assert_eq!(document["kept"].as_array().unwrap().len(), 10);
    assert_eq!(repo.read("envs/pipeline.yaml"), pipeline);
    repo.edit("envs/pipeline.yaml", "promote: push\n    # What", "promote: review\n    # What");
    repo.refuses(&INIT, 1, &["there already: envs/pipeline.yaml"]);
}

#[test]
fn charts_and_paths_are_found_where_they_are_said_to_be() {
    let sandbox = Sandbox::new();
    let repo = chart_alone(&sandbox, "k8s/chart");
    repo.edit(
        "k8s/chart/values.yaml",
        "image: registry.example.org/shop:none",
        "image: { repository: x, tag: y, digest: '' }",
    );
    repo.remove("k8s/chart/values.schema.json");
    let run = repo.xtask(&[
        "--pipeline",
        "apps/shop/pipeline.yaml",
        "init",
        "--chart=./k8s/chart/",
        "--env=staging,production",
        "--review=production",
        "--warehouse=main-shop",
        "--image-repository=registry.example.org/shop",
    ]);
    run.ok()
        .says(&["image.repository = {repository}, image.tag = {tag}", "--pipeline apps/shop/pipeline.yaml"]);
    let text = repo.read("apps/shop/pipeline.yaml");
    for expected in [
        "  envTypes: apps/shop/envTypes\n",
        "  main-shop:\n",
        "    package: k8s/chart\n",
        "      repository: registry.example.org/shop\n",
        "        image.tag: \"{tag}\"\n        # image.digest: \"{digest}\"\n",
        "  production:\n    from: { stages: [staging] }\n    deployments: [production]\n    promote: review\n",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let revision = repo.commit("A policy");
    let freeze = ["--pipeline", "apps/shop/pipeline.yaml", "freeze", "--image", &image(&revision)];
    repo.xtask(&freeze).ok();
    assert!(repo.exists("freight/main-shop/current/freight.yaml"));
}

#[test]
fn what_cant_be_begun_is_refused() {
    let sandbox = Sandbox::new();
    let repo = chart_alone(&sandbox, "helm");
    let refuses = |arguments: &[&str], says: &[&str]| {
        repo.refuses(&[&["init"], arguments].concat(), 1, says);
    };
    refuses(&["--chart", "chart", "--env", "a"], &["there is no chart at chart: no such directory"]);
    refuses(
        &["--chart", "helm/templates", "--env", "a"],
        &["there is no chart at helm/templates: ", "Chart.yaml"],
    );
    refuses(&["--chart", "helm", "--env", "a,a"], &["the environment a is given twice"]);
    refuses(&["--chart", "helm", "--env", "A/B"], &["\"A/B\" can't name an environment", "lower-case"]);
    refuses(&["--chart", "helm", "--env", "a", "--warehouse", "a/b"], &["\"a/b\" can't name a warehouse"]);
    refuses(
        &["--chart", "helm", "--env", "staging,production", "--review", "prodction"],
        &["prodction", "did you mean `production`?"],
    );
    // What would be written is a policy, or nothing is written.
    let long = "e".repeat(70);
    refuses(&["--chart", "helm", "--env", &long], &["is no Kubernetes namespace"]);
    repo.refuses(&["init", "--chart", "../helm", "--env", "a"], 2, &["../helm"]);
    repo.refuses(&["init", "--chart", "helm"], 2, &["--env"]);
}

#[test]
fn a_clone_that_converts_line_endings_has_what_was_frozen() {
    const LINES: &str = "/freight/** -text\n/rendered/** -text\n";
    let sandbox = Sandbox::new();
    let repo = chart_alone(&sandbox, "helm");
    repo.leaves_all(&[&INIT[..], &["--dry-run"]].concat()).says(&["would write .gitattributes"]);
    repo.xtask(&INIT).ok().says(&["wrote .gitattributes"]);
    assert!(repo.read(".gitattributes").ends_with(LINES));
    repo.leaves_all(&INIT).says(&[".gitattributes is there already"]);

    // One that is there is kept, with the lines at its end.
    let before = "* text=auto\n*.png binary";
    repo.write(".gitattributes", before);
    let says = "to .gitattributes: no line ending is converted";
    repo.leaves_all(&[&INIT[..], &["--dry-run"]].concat()).says(&["would add ", says]);
    repo.xtask(&INIT).ok().says(&["added ", says]);
    let after = repo.read(".gitattributes");
    assert!(after.starts_with(before) && after.ends_with(LINES), "{after}");
    let document = repo.leaves_all(&[&INIT[..], &["--json"]].concat()).json();
    assert_eq!(document["extended"], serde_json::json!([]));

    let revision = repo.commit("A policy");
    repo.freeze(&revision);
    let clone = sandbox.clone(&["--config", "core.autocrlf=true"], &repo, "clone");
    assert!(clone.read("envs/pipeline.yaml").contains("\r\n"), "it converts what it may");
    clone.leaves_all(&["render", "--check"]).says_nothing_of(&["core.autocrlf"]);
    clone.leaves_all(&["render"]);
    clone.is_clean();
}
