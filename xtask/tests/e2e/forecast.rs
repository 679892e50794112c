//! `forecast`: what a branch's policy changes in every stage with the release that it runs.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::harness::{Repo, Sandbox, tag};

/// A shop whose staging has the second release and whose test has the first; production has nothing.
fn running(sandbox: &Sandbox) -> (Repo<'_>, String, String) {
    let shop = sandbox.shop();
    let first = shop.next_revision("First");
    shop.freeze(&first);
    shop.promote("staging");
    shop.promote("test");
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    shop.promote("staging");
    (shop, tag(&first), tag(&second))
}

/// What `forecast --json` says of a stage.
#[track_caller]
fn stage(forecast: &Value, name: &str) -> Value {
    let stages = forecast["stages"].as_array().unwrap();
    stages.iter().find(|stage| stage["stage"] == name).unwrap().clone()
}

fn outcomes(forecast: &Value) -> Value {
    let stages = forecast["stages"].as_array().unwrap().iter();
    stages.map(|stage| json!([stage["stage"], stage["outcome"]])).collect()
}

#[test]
fn a_branch_is_compared_with_where_it_left_main() {
    let sandbox = Sandbox::new();
    let (shop, first, second) = running(&sandbox);
    let left = shop.head();
    shop.git(&["checkout", "--quiet", "-b", "more-replicas"]);
    shop.edit("envs/deployments/test/values.yaml", "replicas: 2", "replicas: 4");
    let head = shop.commit("More replicas");
    // What happens on main meanwhile isn't the branch's doing.
    shop.git(&["checkout", "--quiet", "main"]);
    shop.edit("envs/envTypes/staging.values.yaml", "from staging", "from elsewhere");
    shop.commit("Greet");
    shop.git(&["checkout", "--quiet", "more-replicas"]);

    let forecast = shop.leaves_all(&["forecast", "--json"]).json();
    assert_eq!([&forecast["head"], &forecast["base"]], [&json!(head), &json!(left)]);
    let expected = json!([["staging", "unchanged"], ["test", "changed"], ["production", "nothing"]]);
    assert_eq!(outcomes(&forecast), expected);
    assert_eq!(stage(&forecast, "staging")["release"], json!(second));
    let test = stage(&forecast, "test");
    assert_eq!(test["release"], json!(first), "with the release that it runs, not with the newest");
    assert_eq!(test["report"]["purpose"], "forecast");
    let summary = &test["report"]["diff"]["summary"];
    assert_eq!(*summary, json!({ "added": 0, "removed": 0, "changed": 1, "unchanged": 2 }));
    assert_eq!(test["report"]["policy"][0]["path"], "envs/deployments/test/values.yaml");

    let text = shop.leaves_all(&["forecast"]);
    text.says(&["spec.replicas: 2 -> 4", "no change", "runs nothing yet"]).says_nothing_of(&["greeting"]);
    // From main the branch can be named, and the base as well.
    shop.git(&["checkout", "--quiet", "main"]);
    let named = shop.leaves_all(&["forecast", "more-replicas", "--json"]).json();
    assert_eq!(named["stages"], forecast["stages"]);
    let against_main = shop.leaves_all(&["forecast", "more-replicas", "--base", "main", "--json"]).json();
    assert_eq!(stage(&against_main, "staging")["outcome"], "changed");
}

#[test]
fn the_forms_tell_the_same() {
    let sandbox = Sandbox::new();
    let (shop, ..) = running(&sandbox);
    shop.edit("envs/deployments/test/values.yaml", "replicas: 2", "replicas: 1");
    shop.commit("Fewer");
    let markdown = shop.leaves_all(&["forecast", "--base", "HEAD^", "--format", "markdown", "--fit"]).stdout;
    for text in
        ["## Forecast of a policy change", "| `staging` |", "no change", "spec.replicas", "-replicas: 2"]
    {
        assert!(markdown.contains(text), "{text}: {markdown}");
    }
    assert!(markdown.len() <= 65_536);
    let page = shop.leaves_all(&["forecast", "--base", "HEAD^", "--format", "html"]).stdout;
    assert!(
        page.starts_with("<!DOCTYPE html>") && page.contains("href=\"#s1\"") && page.contains("replicas")
    );
    shop.refuses(&["forecast", "--json", "--format", "html"], 2, &["print different things"]);
}

#[test]
fn what_would_no_longer_render_fails_and_hides_nothing_else() {
    let sandbox = Sandbox::new();
    let (shop, ..) = running(&sandbox);
    shop.write("envs/deployments/test/values.yaml", "settings: { colour: null }\n");
    shop.edit("envs/deployments/staging/values.yaml", "replicas: 2", "replicas: 3");
    shop.commit("Break test");
    let run = shop.refuses(
        &["forecast", "--base", "HEAD^"],
        1,
        &["test would no longer render", "settings.colour is missing", "spec.replicas: 2 -> 3"],
    );
    run.says(&["envs/deployments/test/values.yaml"]);
    let json = shop.refuses(&["forecast", "--base", "HEAD^", "--json"], 1, &[]).json();
    assert_eq!(stage(&json, "test")["failures"][0]["deployment"], "test");
    // What didn't render before is no news, and mending it is compared with what the stage has.
    shop.write("envs/deployments/test/values.yaml", "replicas: 9\nsettings: { colour: null }\n");
    shop.commit("Still broken");
    shop.leaves_all(&["forecast", "--base", "HEAD^"]).says(&["doesn't render, as before"]);
    shop.write("envs/deployments/test/values.yaml", "replicas: 9\n");
    shop.commit("Mend");
    let mended = shop.leaves_all(&["forecast", "--base", "HEAD^", "--json"]).json();
    let report = stage(&mended, "test")["report"].clone();
    assert_eq!(report["diff"]["summary"]["changed"], 1);
    assert!(report["warnings"][0].as_str().unwrap().contains("didn't render before"), "{report}");
}

#[test]
fn deployments_stages_and_settings_that_come_and_go_are_told() {
    let sandbox = Sandbox::new();
    let (shop, ..) = running(&sandbox);
    shop.write(
        "envs/deployments/staging-us/deployment.yaml",
        "envType: staging\nnamespace: shop-staging-us\nreleaseName: shop-us\n",
    );
    shop.remove("envs/deployments/staging-eu");
    shop.edit(
        "envs/pipeline.yaml",
        "deployments: [test]\n    promote: push",
        "deployments: [test]\n    promote: push\n    auto: true",
    );
    shop.commit("Move to the west");
    let forecast = shop.leaves_all(&["forecast", "--base", "HEAD^", "--json"]).json();
    let staging = stage(&forecast, "staging");
    assert_eq!(staging["addedDeployments"], json!(["staging-us"]));
    assert_eq!(staging["removedDeployments"], json!(["staging-eu"]));
    let summary = &staging["report"]["diff"]["summary"];
    assert_eq!(*summary, json!({ "added": 3, "removed": 3, "changed": 0, "unchanged": 3 }));
    let test = stage(&forecast, "test");
    assert_eq!([&test["outcome"], &test["settings"]], [&json!("unchanged"), &json!(["auto"])]);

    // A stage that is gone keeps its branch.
    let pipeline = shop.read("envs/pipeline.yaml");
    let (kept, _) = pipeline.split_once("  test:\n").unwrap();
    shop.write("envs/pipeline.yaml", kept);
    shop.commit("Only staging");
    shop.leaves_all(&["forecast", "--base", "HEAD^"]).says(&["is no stage any more; its branch stays"]);
}

#[test]
fn a_policy_that_cant_be_read_is_an_error_on_one_side_only() {
    let sandbox = Sandbox::new();
    let (shop, ..) = running(&sandbox);
    let whole = shop.read("envs/pipeline.yaml");
    shop.write("envs/pipeline.yaml", whole.replace("promote: review", "promote: maybe"));
    shop.commit("Mistake");
    shop.refuses(&["forecast", "--base", "HEAD^"], 1, &["envs/pipeline.yaml:", "maybe"]);
    shop.write("envs/pipeline.yaml", whole);
    shop.edit("envs/deployments/test/values.yaml", "replicas: 2", "replicas: 4");
    shop.commit("Mend");
    let run = shop.leaves_all(&["forecast", "--base", "HEAD^"]);
    run.says(&[
        "can't be read, so that each stage is compared with what its branch has",
        "spec.replicas: 2 -> 4",
    ]);
}

#[test]
fn one_values_file_that_isnt_yaml_is_the_trouble_of_its_stage_alone() {
    let sandbox = Sandbox::new();
    let (shop, ..) = running(&sandbox);
    shop.write("envs/deployments/test/values.yaml", "replicas: [2\n");
    shop.edit("envs/deployments/staging/values.yaml", "replicas: 2", "replicas: 3");
    shop.commit("Break test");
    let says =
        ["test would no longer render", "envs/deployments/test/values.yaml:1:11: ", "spec.replicas: 2 -> 3"];
    let base = ["forecast", "--base", "HEAD^"];
    shop.refuses(&base, 1, &says);
    let json = shop.refuses(&[&base[..], &["--json"]].concat(), 1, &[]).json();
    let expected = json!([["staging", "changed"], ["test", "fails"], ["production", "nothing"]]);
    assert_eq!(outcomes(&json), expected);
    assert_eq!(stage(&json, "test")["failures"][0]["hint"], "values are one YAML mapping");
    let markdown = shop.refuses(&[&base[..], &["--format", "markdown"]].concat(), 1, &[]).stdout;
    assert!(
        markdown.contains("❌ **would no longer render**") && markdown.contains("replicas: 3"),
        "{markdown}"
    );
    // What the main branch has of it is no news, and mending it is told.
    shop.edit("envs/deployments/staging/values.yaml", "replicas: 3", "replicas: 4");
    shop.commit("More of staging");
    shop.leaves_all(&base).says(&["replicas: 3 -> 4"]);
    shop.write("envs/deployments/test/values.yaml", "replicas: 5\n");
    shop.commit("Mend test");
    shop.leaves_all(&base).says(&["replicas: 2 -> 5", "didn't render before"]);
    // One of an env type is the trouble of all its deployments.
    shop.write("envs/envTypes/staging.values.yaml", "- a list\n");
    shop.commit("Break staging");
    shop.refuses(&base, 1, &["staging would no longer render", "a values file must be a map"]);
    // Nothing is kept of such a policy.
    shop.refuses(
        &["promote", "test"],
        1,
        &["envs/envTypes/staging.values.yaml:1:1: a values file must be a map"],
    );
}

#[test]
fn that_there_is_no_forecast_is_a_document_too() {
    let sandbox = Sandbox::new();
    let (shop, ..) = running(&sandbox);
    shop.edit("envs/pipeline.yaml", "promote: review", "promote: maybe # ``` @everyone <b>");
    shop.commit("Mistake");
    let base = ["forecast", "--base", "HEAD^", "--format"];
    let run = shop.refuses(&[&base[..], &["markdown", "--fit"]].concat(), 1, &["error: ", "maybe"]);
    let expected = "## Forecast of a policy change\n\n❌ **There is none:**\n\n```";
    assert!(run.stdout.starts_with(expected), "{}", run.stdout);
    assert!(run.stdout.contains("envs/pipeline.yaml:"), "{}", run.stdout);
    let run = shop.refuses(&[&base[..], &["html"]].concat(), 1, &[]);
    assert!(run.stdout.contains("There is none") && run.stdout.contains("envs/pipeline.yaml:"));
    let run = shop.refuses(&[&base[..], &["json"]].concat(), 1, &["maybe"]);
    assert_eq!(run.stdout, "");
}

#[test]
fn the_main_branch_may_be_a_remotes() {
    let sandbox = Sandbox::new();
    let (shop, ..) = running(&sandbox);
    let clone = sandbox.clone(&[], &shop, "clone");
    clone.git(&["checkout", "--quiet", "-b", "topic"]);
    clone.git(&["branch", "--quiet", "--delete", "--force", "main"]);
    clone.edit("envs/deployments/test/values.yaml", "replicas: 2", "replicas: 4");
    clone.commit("More replicas");
    clone.leaves_all(&["forecast"]).says(&["spec.replicas: 2 -> 4"]);
    // A commit of main itself that isn't pushed yet is compared with what is.
    let other = sandbox.clone(&[], &shop, "other");
    other.edit("envs/deployments/test/values.yaml", "replicas: 2", "replicas: 5");
    other.commit("More replicas on main");
    other.leaves_all(&["forecast"]).says(&["spec.replicas: 2 -> 5"]);
}

#[test]
fn a_stage_that_cant_be_read_hides_no_other() {
    let sandbox = Sandbox::new();
    let (shop, ..) = running(&sandbox);
    shop.edit("envs/deployments/test/values.yaml", "replicas: 2", "replicas: 4");
    shop.commit("More replicas");
    shop.git(&["branch", "--force", "stage/staging", "main"]);
    let says = ["staging can't be told", "stage/staging", "spec.replicas: 2 -> 4"];
    shop.refuses(&["forecast", "--base", "HEAD^"], 1, &says);
}

#[test]
fn commits_without_a_common_past_need_a_base() {
    let sandbox = Sandbox::new();
    let (shop, ..) = running(&sandbox);
    shop.git(&["checkout", "--quiet", "--orphan", "alone"]);
    shop.commit("Alone");
    shop.refuses(&["forecast"], 1, &["they have no commit in common here", "--base REV"]);
    shop.leaves_all(&["forecast", "--base", "main"]).says(&["no change"]);
}

#[test]
fn a_secret_that_is_no_longer_allowed_is_told_before_a_promotion_refuses_it() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let pipeline = shop.read("envs/pipeline.yaml");
    shop.write(
        "helm/templates/secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop\nstringData:\n  entry: plain\n",
    );
    let entry = "secrets:\n  allow:\n    - rule: secret-data\n      object: Secret shop\n      reason: a demo\n      expires: 2199-12-31\n";
    shop.write("envs/pipeline.yaml", format!("{pipeline}{entry}"));
    let revision = shop.commit("Allow a secret");
    shop.freeze(&revision);
    shop.promote("staging");
    shop.write("envs/pipeline.yaml", pipeline);
    shop.commit("Allow none");
    let says = ["staging would no longer render", "secret-data"];
    shop.refuses(&["forecast", "--base", "HEAD^"], 1, &says).says_nothing_of(&["plain"]);
    shop.edit("envs/deployments/staging/values.yaml", "replicas: 2", "replicas: 3");
    shop.commit("More");
    shop.leaves_all(&["forecast", "--base", "HEAD^"]).says(&["doesn't render, as before"]);
}
