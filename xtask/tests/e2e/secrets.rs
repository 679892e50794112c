//! The secret gate: what freeze, render, promote and diff do where a secret would get into a commit.

use crate::harness::{Repo, Sandbox, image};

/// A chart that renders a Secret from its values.
const TEMPLATE: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}\nstringData:\n  entry: {{ .Values.entry | quote }}\n";
const SECRET: &str = "s3cr3t-entry-4711";

fn add_secret(shop: &Repo<'_>) {
    shop.write("helm/templates/secret.yaml", TEMPLATE);
    shop.edit("helm/values.yaml", "replicas: 1", "replicas: 1\nentry: ''");
    shop.write("envs/deployments/staging/values.yaml", format!("replicas: 2\nentry: {SECRET}\n"));
}

fn allow(shop: &Repo<'_>, expires: &str) {
    let pipeline = shop.read("envs/pipeline.yaml");
    let entry = format!(
        "secrets:\n  allow:\n    - rule: secret-data\n      object: Secret shop\n      reason: a demo\n      expires: {expires}\n"
    );
    shop.write("envs/pipeline.yaml", pipeline.split("secrets:").next().unwrap().to_owned() + &entry);
}

#[test]
fn a_secret_in_a_render_is_that_deployments_failed_render() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    add_secret(&shop);
    let revision = shop.commit("Add a secret");
    let run = shop.freeze(&revision);
    run.says(&[
        "this deployment doesn't render, its old candidate stays",
        "staging: it renders a secret: secret-data in Secret shop, stringData.entry",
        "secret-data: Secret shop, stringData.entry: literal data of a Secret (sha256:",
        "envs/deployments/staging/values.yaml:2:1: sets `entry`",
        "allow it below `secrets` in pipeline.yaml",
    ]);
    run.says_nothing_of(&[SECRET]);
    assert!(shop.show("main", "rendered/failed.yaml").contains("deployment: staging\n"));
    assert!(!shop.git(&["grep", "-l", SECRET, "main"]).contains("rendered/"));
    assert!(!shop.git(&["log", "-1", "--format=%B"]).contains(SECRET));
    shop.xtask(&["audit"]).ok().says(&["the candidates are what this commit renders"]);

    let run = shop.refuses(&["promote", "staging"], 3, &["secret-data: Secret shop, stringData.entry"]);
    run.says_nothing_of(&[SECRET]);
    shop.refuses(&["diff", "staging"], 3, &["secret-data"]).says_nothing_of(&[SECRET]);
    shop.refuses(&["render"], 3, &["secret-data"]).says_nothing_of(&[SECRET]);
    let run = shop.xtask(&["render", "--check", "--json"]);
    run.ok().says_nothing_of(&[SECRET]);
    let failure = &run.json()["failures"][0]["secrets"][0];
    assert_eq!(failure["rule"], "secret-data");
    assert_eq!(failure["place"]["path"], "stringData.entry");
    assert_eq!(failure["source"], "envs/deployments/staging/values.yaml:2:1: sets `entry`");
}

#[test]
fn an_allowed_secret_passes_until_its_last_day_and_is_never_shown() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    add_secret(&shop);
    allow(&shop, "2999-12-31");
    let revision = shop.commit("Allow a secret");
    shop.freeze(&revision).says_nothing_of(&["secret-data", SECRET]);
    let promoted = shop.promote("staging");
    promoted.says_nothing_of(&[SECRET]);
    assert!(shop.show("stage/staging", "manifests/staging/secret-shop.yaml").contains(SECRET));

    shop.edit("envs/deployments/staging/values.yaml", SECRET, "an0ther-entry-4712");
    shop.commit("Rotate it");
    for arguments in [
        &["diff", "staging"][..],
        &["diff", "staging", "--lines"],
        &["diff", "staging", "--format", "patch"],
        &["diff", "staging", "--json"],
        &["promote", "staging", "--dry-run"],
        &["promote", "staging", "--dry-run", "--json"],
    ] {
        let run = shop.leaves_all(arguments);
        run.says(&["<masked, sha256:"]).says_nothing_of(&[SECRET, "an0ther-entry"]);
    }
    let run = shop.xtask(&["render", "--check"]);
    run.failed(1).says(&["<masked, sha256:"]).says_nothing_of(&[SECRET, "an0ther-entry"]);

    allow(&shop, "2020-01-31");
    shop.commit("Let it expire");
    let lapsed = "allowed it until 2020-01-31, which is over";
    shop.refuses(&["promote", "staging"], 3, &["envs/pipeline.yaml:27:7: ", lapsed]);
    shop.xtask(&["status"]).ok();
}

#[test]
fn a_secret_in_the_package_stops_the_freeze() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let token = format!("{}_{}", "ghp", "Ab1".repeat(12));
    shop.write("helm/files/notes.txt", format!("first\ntoken {token}\n"));
    let revision = shop.commit("Add notes");
    let image = image(&revision);
    let says = ["the package holds", "github-token: files/notes.txt:2:7: a token of GitHub (sha256:"];
    shop.refuses(&["freeze", "--image", &image], 3, &says).says_nothing_of(&[&token]);

    let pipeline = shop.read("envs/pipeline.yaml");
    let entry = "secrets:\n  allow:\n    - { rule: github-token, file: files/*, reason: revoked, expires: 2999-12-31 }\n    - { rule: jwt, file: gone.txt, reason: gone, expires: 2999-12-31 }\n";
    shop.write("envs/pipeline.yaml", pipeline + entry);
    shop.commit("Allow it");
    let run = shop.xtask(&["freeze", "--image", &image, "--revision", &revision]);
    run.ok().says(&["envs/pipeline.yaml:28:7: nothing is found that this entry allows; remove it"]);
}

#[test]
fn an_allowance_without_a_reason_is_no_policy() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let pipeline = shop.read("envs/pipeline.yaml");
    shop.write(
        "envs/pipeline.yaml",
        pipeline + "secrets:\n  allow:\n    - { rule: jwt, file: a.txt, expires: 2999-12-31 }\n",
    );
    let revision = shop.commit("Allow too much");
    let says = ["envs/pipeline.yaml:27:7: the entry of the allow-list has no `reason`"];
    shop.refuses(&["freeze", "--image", &image(&revision)], 1, &says);
}

#[test]
fn the_excerpt_of_a_broken_secret_shows_none_of_it() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.write(
        "helm/templates/secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: { name: s }\nstringData:\n  a: hunter2hunter2\n  b: [\n",
    );
    let revision = shop.commit("Break it");
    let run = shop.freeze(&revision);
    run.says(&["secret.yaml", "lines of a Secret aren't shown"]).says_nothing_of(&["hunter2hunter2"]);
}

#[test]
fn names_that_are_tokens_are_said_nowhere() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let name = format!("{}{}", "dapi", "0123456789abcdef".repeat(2));
    // The package itself holds none.
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: dapi{{ repeat 2 `0123456789abcdef` }}\n";
    shop.write("helm/templates/named.yaml", text);
    let revision = shop.commit("Name it by a token");
    let run = shop.freeze(&revision);
    run.says(&["databricks-token: ConfigMap …, metadata.name: "]).says_nothing_of(&[&name]);
    assert!(!shop.show("main", "rendered/failed.yaml").contains(&name));
    assert!(!shop.git(&["log", "-1", "--format=%B"]).contains(&name));
    let run = shop.xtask(&["render", "--check", "--json"]);
    run.ok().says_nothing_of(&[&name]);
    let finding = &run.json()["failures"][0]["secrets"][0];
    assert_eq!(finding["place"]["object"], "ConfigMap …");
    shop.refuses(&["render"], 3, &["ConfigMap …"]).says_nothing_of(&[&name]);

    // The same object twice is warned of, allowed or not.
    shop.write("helm/templates/named-again.yaml", text);
    let pipeline = shop.read("envs/pipeline.yaml");
    let entry = "secrets:\n  allow:\n    - { rule: databricks-token, object: ConfigMap …, reason: revoked, expires: 2999-12-31 }\n";
    shop.write("envs/pipeline.yaml", pipeline + entry);
    let revision = shop.commit("Twice");
    shop.freeze(&revision).says(&["both render ConfigMap …"]).says_nothing_of(&[&name]);
}

#[test]
#[cfg(unix)]
fn paths_and_symlinks_that_are_tokens_are_said_nowhere() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let token = format!("{}_{}", "ghp", "Ab1".repeat(12));
    shop.write(&format!("helm/files/{token}/notes.txt"), format!("{token}\n"));
    let image = image(&shop.commit("Add notes"));
    let says = ["github-token: files/…/notes.txt:1:1: a token of GitHub (sha256:"];
    shop.refuses(&["freeze", "--image", &image], 3, &says).says_nothing_of(&[&token]);

    std::os::unix::fs::symlink(format!("../../{token}"), shop.path.join("helm/files/link")).unwrap();
    shop.commit("Add a link");
    let image = crate::harness::image(&shop.head());
    let says = ["files/link: a symlink out of the package, to ../../…"];
    shop.refuses(&["freeze", "--image", &image], 1, &says).says_nothing_of(&[&token]);
}
