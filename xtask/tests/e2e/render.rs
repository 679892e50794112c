//! `render`: candidates in the work tree, and whether they are what they should be.

use std::fs;

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Sandbox, copy, image, tag};

const CONFIGMAP: &str = "rendered/test/test/configmap-shop.yaml";

/// The shop with its first release.
fn frozen(sandbox: &Sandbox) -> Repo<'_> {
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop
}

#[test]
fn what_no_render_wrote_is_named_and_never_removed() {
    let sandbox = Sandbox::new();
    let shop = frozen(&sandbox);
    shop.write("rendered/README.md", "Hands off!\n");
    let foreign = "rendered/README.md: no render wrote this file; it stays";
    shop.refuses(&["render", "--check"], 1, &[foreign, "move what no render wrote"]);
    shop.write("rendered/staging/staging/stale.yaml", "kind: Stale\n");
    shop.refuses(&["render", "--check"], 1, &[foreign, "rendered/staging/staging/stale.yaml"]);
    shop.xtask(&["render"]).ok().says(&[foreign]);
    assert!(shop.exists("rendered/README.md"));
    assert!(!shop.exists("rendered/staging/staging/stale.yaml"));
}

#[test]
fn a_first_release_takes_no_directory_that_is_in_use() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.write("rendered/base/app/service.yaml", "kind: Service\n");
    shop.write("rendered/note", "mine\n");
    shop.commit("Something of mine");
    let says =
        ["rendered holds rendered/base/app/service.yaml and more (2 files)", "`rendered` below `paths`"];
    shop.refuses(&["freeze", "--image", &image(&revision)], 1, &says);
}

#[test]
fn what_freeze_committed_is_what_render_writes() {
    let sandbox = Sandbox::new();
    let shop = frozen(&sandbox);
    shop.leaves_all(&["render", "--check"]);
    shop.leaves_all(&["render"]);
    shop.remove("rendered");
    shop.refuses(&["render", "--check"], 1, &[CONFIGMAP]);
    shop.xtask(&["render"]).ok();
    shop.is_clean();
}

#[test]
fn a_policy_edit_shows_before_it_is_written() {
    let sandbox = Sandbox::new();
    let shop = frozen(&sandbox);
    shop.write("envs/envTypes/test.values.yaml", "greeting: Moin\n");
    shop.refuses(
        &["render", "--check"],
        1,
        &[CONFIGMAP, "-  greeting: \"Hello from test\"", "+  greeting: \"Moin\""],
    )
    .says_nothing_of(&["rendered/staging"]);
    shop.xtask(&["render"]).ok();
    assert!(shop.read(CONFIGMAP).contains("greeting: \"Moin\""));
    shop.leaves_all(&["render", "--check"]);
    assert_eq!(
        shop.git(&["status", "--porcelain"]),
        format!("M envs/envTypes/test.values.yaml\n M {CONFIGMAP}"),
        "nothing else was touched"
    );
}

#[test]
fn equal_files_are_not_written_again() {
    let sandbox = Sandbox::new();
    let shop = frozen(&sandbox);
    let stamp = |path: &str| fs::metadata(shop.path.join(path)).unwrap().modified().unwrap();
    let service = "rendered/test/test/service-shop.yaml";
    let before = (stamp(service), stamp(CONFIGMAP));
    shop.write("envs/envTypes/test.values.yaml", "greeting: Moin\n");
    shop.xtask(&["render"]).ok();
    assert_eq!(stamp(service), before.0);
    assert_ne!(stamp(CONFIGMAP), before.1);
}

#[test]
fn stale_files_are_removed() {
    let sandbox = Sandbox::new();
    let shop = frozen(&sandbox);
    let stale =
        ["rendered/test/test/old.yaml", "rendered/test/gone/configmap-x.yaml", "rendered/canary/a/b.yaml"];
    for path in stale {
        shop.write(path, "kind: Old\n");
    }
    shop.refuses(&["render", "--check"], 1, &stale);
    shop.xtask(&["render"]).ok();
    shop.is_clean();
    assert!(
        !shop.exists("rendered/canary") && !shop.exists("rendered/test/gone"),
        "no empty directory stays"
    );
}

#[test]
fn stages_and_globs_choose() {
    let sandbox = Sandbox::new();
    let shop = frozen(&sandbox);
    for env_type in ["staging", "test", "production"] {
        shop.write(&format!("envs/envTypes/{env_type}.values.yaml"), "greeting: Moin\n");
    }
    let written = || {
        let dirty = shop.git(&["diff", "--name-only", "rendered"]);
        let deployments: std::collections::BTreeSet<String> =
            dirty.lines().map(|path| path.split('/').nth(2).unwrap().to_owned()).collect();
        deployments.into_iter().collect::<Vec<_>>()
    };
    shop.xtask(&["render", "--deployment", "*-eu"]).ok();
    assert_eq!(written(), ["staging-eu"]);
    shop.xtask(&["render", "test", "--check"]).failed(1).says_nothing_of(&["rendered/staging"]);
    shop.xtask(&["render", "test"]).ok();
    assert_eq!(written(), ["staging-eu", "test"]);
    shop.leaves_all(&["render", "test", "--deployment", "test", "--check"]);
    shop.xtask(&["render", "staging", "production"]).ok();
    assert_eq!(written(), ["production", "staging", "staging-eu", "test"]);

    shop.refuses(&["render", "stagin"], 1, &["unknown stage `stagin`", "did you mean `staging`?"]);
    shop.refuses(&["render", "--deployment", "tets"], 1, &["tets", "did you mean `test`?"]);
    shop.refuses(&["render", "--deployment", "qa-*"], 1, &["qa-*", "staging-eu"]);
}

#[test]
fn freight_that_was_changed_is_not_rendered() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let first = shop.head();
    shop.freeze(&first);
    // Equal changes to the release and its mirror.
    for copy in [&tag(&first), "current"] {
        let path = format!("freight/shop/{copy}/helm/values.yaml");
        shop.write(&path, format!("{}more: 1\n", shop.read(&path)));
    }
    let changed = "freight/shop/current/helm/values.yaml isn't what was frozen";
    shop.refuses(&["render"], 1, &["literal", changed, "cargo xtask audit"]);
    shop.refuses(&["render", "--check"], 1, &[changed]);
    shop.git(&["checkout", "--quiet", "."]);
    shop.write("freight/shop/current/helm/templates/more.yaml", "kind: More\n");
    shop.write(&format!("freight/shop/{}/helm/templates/more.yaml", tag(&first)), "kind: More\n");
    shop.refuses(&["render"], 1, &["templates/more.yaml isn't what was frozen"]);
    shop.git(&["clean", "--quiet", "--force", "-d"]);

    // An older release in place of the newest.
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    shop.remove("freight/shop/current");
    shop.refuses(&["render"], 1, &["mirror", "freight/shop/current is missing"]);
    copy(&shop.path.join(format!("freight/shop/{}", tag(&first))), &shop.path.join("freight/shop/current"));
    let says = ["mirror", "the newest is", &tag(&second)[..16], "freight/shop/current is"];
    shop.refuses(&["render"], 1, &says);
}

#[test]
fn another_release_goes_into_another_directory_alone() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let first = shop.head();
    shop.freeze(&first);
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    let out = sandbox.path("out");
    let directory = out.to_str().unwrap();

    shop.refuses(&["render", "--freight", &tag(&first)], 2, &["--out"]);
    // The checkout by another name is no other directory, and nor is what is generated.
    let checkout = shop.path.to_str().unwrap();
    for here in [".", checkout, "envs/.."] {
        shop.refuses(&["render", "--out", here, "--freight", &tag(&first)], 1, &["`current/`", "--out DIR"]);
    }
    for generated in ["rendered", "rendered/new/one", "freight"] {
        let name = generated.split('/').next().unwrap();
        shop.refuses(&["render", "--out", generated], 1, &[name, "is the checkout's own"]);
    }
    shop.leaves_all(&["render", "--out", directory, "--freight", &tag(&first)]);
    let file = "rendered/test/test/apps-deployment-shop.yaml";
    let deployment = fs::read_to_string(out.join(file)).unwrap();
    assert!(deployment.contains(&tag(&first)), "{deployment}");
    // A part of the name will do; without one it is `current/`.
    shop.leaves_all(&["render", "--out", directory, "--freight", &first[..8]]);
    shop.leaves_all(&["render", "--out", directory]);
    assert_eq!(fs::read_to_string(out.join(file)).unwrap(), shop.read(file));
    let unknown = format!("git-{}", "f".repeat(40));
    shop.refuses(&["render", "--out", directory, "--freight", &unknown], 1, &[&unknown]);
}

#[test]
fn without_freight_there_is_nothing_to_render() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.refuses(&["render"], 1, &["shop", "no freight yet", "freeze"]);
    shop.refuses(&["render", "--check"], 1, &["freeze"]);
}

/// Templates that share names: `extra` is added to the chart and frozen.
fn with_template<'s>(sandbox: &'s Sandbox, extra: &str) -> (Repo<'s>, crate::harness::Run) {
    let shop = sandbox.shop();
    shop.write("helm/templates/extra.yaml", extra);
    let revision = shop.commit("Extra");
    let run = shop.freeze(&revision);
    (shop, run)
}

#[test]
fn equal_duplicates_fold_into_one_with_a_warning() {
    let sandbox = Sandbox::new();
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\n";
    let (shop, _) = with_template(&sandbox, &format!("{object}---\n{object}"));
    assert!(shop.exists("rendered/test/test/configmap-twice.yaml"));
    shop.leaves_all(&["render"]).says(&["warning", "shop/templates/extra.yaml", "ConfigMap", "twice"]);
    shop.promote("staging").says(&["warning", "shop/templates/extra.yaml"]);
}

#[test]
fn objects_that_share_a_file_name_are_told_apart_by_a_hash() {
    let sandbox = Sandbox::new();
    let one = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  namespace: a\n  name: b-c\n";
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  namespace: a-b\n  name: c\n";
    let (shop, _) = with_template(&sandbox, &format!("{one}---\n{other}"));
    let files = shop.paths("HEAD:rendered/test/test");
    let shared: Vec<_> = files.iter().filter(|path| path.starts_with("configmap-a-b-c-")).collect();
    assert_eq!(shared.len(), 2, "{files:?}");
    assert!(!files.contains(&"configmap-a-b-c.yaml".to_owned()), "no order decides: {files:?}");
    shop.leaves_all(&["audit"]);
}

#[test]
fn one_object_in_two_versions_is_an_error() {
    let sandbox = Sandbox::new();
    let one = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\ndata: { a: b }\n";
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\ndata: { a: c }\n";
    let (shop, run) = with_template(&sandbox, &format!("{one}---\n{other}"));
    run.says(&["shop/templates/extra.yaml renders ConfigMap", "twice", "different content"]);
    shop.refuses(&["promote", "staging"], 1, &["twice", "different content", "only one template"]);
}

#[test]
fn a_deployment_that_fails_stops_render_or_keeps_its_old_candidate() {
    let sandbox = Sandbox::new();
    let shop = frozen(&sandbox);
    shop.write("envs/deployments/staging-eu/values.yaml", "settings: { colour: null }\n");
    shop.write("envs/envTypes/test.values.yaml", "greeting: Moin\n");
    shop.refuses(&["render"], 1, &["staging-eu", "settings.colour is missing"]);
    shop.xtask(&["render", "--keep-going"]).ok().says(&["staging-eu", "settings.colour is missing"]);
    assert!(shop.read(CONFIGMAP).contains("Moin"));
    let old = "rendered/staging/staging-eu/configmap-shop-eu.yaml";
    assert_eq!(shop.read(old).trim_end(), shop.show("HEAD", old).trim_end());
    // It is listed, which is what the check wants to see.
    shop.leaves_all(&["render", "--check"]);
    // The stage that has it can be rendered no more; the others can.
    shop.refuses(&["render", "staging"], 1, &["staging-eu"]);
    shop.leaves_all(&["render", "test"]);
}

#[test]
fn the_report_is_there_for_programs() {
    let sandbox = Sandbox::new();
    let shop = frozen(&sandbox);
    let clean = shop.leaves_all(&["render", "--check", "--json"]).json();
    assert_eq!(
        (clean["rendered"].as_u64(), clean["differences"].as_array().map(Vec::len)),
        (Some(4), Some(0))
    );
    shop.write("envs/envTypes/test.values.yaml", "greeting: Moin\n");
    let dirty = shop.refuses(&["render", "--check", "--json"], 1, &[]).json();
    assert_eq!(dirty["differences"][0]["path"], CONFIGMAP);
    assert_eq!(dirty["differences"][0]["kind"], "changed");
}

#[test]
fn candidates_are_of_the_work_tree_and_promotions_of_main() {
    let sandbox = Sandbox::new();
    let shop = frozen(&sandbox);
    shop.write("envs/envTypes/staging.values.yaml", "greeting: Not committed\n");
    shop.xtask(&["render"]).ok();
    shop.promote("staging");
    assert!(shop.read("rendered/staging/staging/configmap-shop.yaml").contains("Not committed"));
    assert!(!shop.show("stage/staging", "manifests/staging/configmap-shop.yaml").contains("Not committed"));
    shop.leaves_all(&["freeze", "--image", &image(&shop.rev("HEAD^"))]);
}

#[test]
fn line_endings_that_git_converts_are_said_to_be_that() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    let clone = sandbox.clone(&["--config", "core.autocrlf=true"], &shop, "clone");
    assert!(clone.read("rendered/staging/staging/configmap-shop.yaml").contains("\r\n"));
    clone.is_clean();
    let says = ["core.autocrlf", "\n  /freight/** -text\n  /rendered/** -text\n", ".gitattributes"];
    clone.refuses(&["render", "--check"], 1, &says);
    let document = clone.refuses(&["render", "--check", "--json"], 1, &says).json();
    assert_ne!(document["differences"], serde_json::json!([]));
    // As it says.
    clone.write(".gitattributes", "/freight/** -text\n/rendered/** -text\n");
    clone.git(&["add", ".gitattributes"]);
    for directory in ["freight", "rendered"] {
        clone.remove(directory);
    }
    clone.git(&["checkout", "--", "freight", "rendered"]);
    clone.commit("Convert nothing");
    assert_eq!(clone.changed("HEAD"), [".gitattributes"]);
    clone.leaves_all(&["render", "--check"]).says_nothing_of(&["core.autocrlf"]);
    // Another difference is another difference.
    clone.write("rendered/staging/staging/configmap-shop.yaml", "kind: Other\n");
    clone.refuses(&["render", "--check"], 1, &["kind: Other"]).says_nothing_of(&["core.autocrlf"]);
}

#[test]
fn a_choice_that_comes_to_nothing_is_refused() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    let check = |stages: &[&str], deployment: &str, says: &[&str]| {
        shop.refuses(&[&["render"], stages, &["--deployment", deployment]].concat(), 1, says);
    };
    let says = "staging or test renders none of these deployments";
    check(&["staging", "test"], "production", &[says, "they are rendered for production"]);
    check(&["test"], "staging*", &["test renders none", "they are rendered for staging"]);
    shop.leaves_all(&["render", "test", "--deployment", "te*"]);
    shop.edit("envs/pipeline.yaml", "deployments: [\"staging*\"]", "deployments: [staging]");
    check(&[], "staging-eu", &["no stage renders these deployments", "`deployments` of a stage"]);
}

#[test]
fn freight_that_is_only_on_main_is_said_to_be_there() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.refuses(&["render"], 1, &["the warehouse shop has no freight yet"]);
    shop.git(&["branch", "topic"]);
    shop.freeze(&shop.head());
    shop.git(&["switch", "--quiet", "topic"]);
    let says = ["freight/shop/current isn't in the work tree, though main has it", "git merge main"];
    for command in [&["render"][..], &["render", "--check"]] {
        shop.refuses(command, 1, &says);
    }
    shop.git(&["merge", "--quiet", "main"]);
    shop.leaves_all(&["render", "--check"]);
    shop.remove("freight/shop/current/freight.yaml");
    shop.refuses(&["render"], 1, &["freight/shop/current/freight.yaml is missing", "revert"]);
}

#[test]
fn values_may_nest_as_deep_as_helm_reads_them() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let values = shop.read("envs/deployments/staging/values.yaml");
    let deep = format!("{values}\ndeep: {}1{}\n", "{a: [".repeat(4900), "]}".repeat(4900));
    shop.write("envs/deployments/staging/values.yaml", deep);
    shop.freeze(&shop.commit("Deep"));
    shop.promote("staging");
    shop.leaves_all(&["render", "--check"]);
    shop.leaves_all(&["audit"]);
}
