//! `promote`: one freight into one stage, gates first.

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Sandbox, tag};

/// The shop with its first release, promoted nowhere yet.
fn frozen(sandbox: &Sandbox) -> (Repo<'_>, String) {
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.freeze(&revision);
    (shop, revision)
}

/// Which freight a stage's branch records.
fn freight_of(shop: &Repo<'_>, stage: &str) -> String {
    let record = shop.show(&format!("stage/{stage}"), "promotion.yaml");
    let line = record.lines().find(|line| line.trim().starts_with("tag: ")).unwrap();
    line.trim().trim_start_matches("tag: ").to_owned()
}

#[test]
fn nothing_changed_makes_no_commit() {
    let sandbox = Sandbox::new();
    let (shop, _) = frozen(&sandbox);
    shop.promote("staging");
    shop.leaves_all(&["promote", "staging"]).says(&["nothing changed"]);
    // Policy of other stages, and a new release elsewhere, are nothing to this one.
    shop.write("envs/envTypes/test.values.yaml", "greeting: Moin\n");
    shop.commit("Greet the testers");
    shop.leaves_all(&["promote", "staging"]).says(&["nothing changed"]);
    assert_eq!(shop.leaves_all(&["promote", "staging", "--json"]).json()["change"], "unchanged");
}

#[test]
fn a_policy_edit_promotes_the_same_release_anew() {
    let sandbox = Sandbox::new();
    let (shop, revision) = frozen(&sandbox);
    shop.promote("staging");
    shop.write("envs/envTypes/staging.values.yaml", "greeting: Moin\n");
    shop.commit("Greet anew");
    let main = shop.head();
    shop.promote("staging");
    assert_eq!(freight_of(&shop, "staging"), tag(&revision));
    assert_eq!(
        shop.changed("stage/staging"),
        [
            "manifests/staging-eu/configmap-shop-eu.yaml",
            "manifests/staging/configmap-shop.yaml",
            "promotion.yaml"
        ]
    );
    assert_eq!(shop.head(), main);
    // A comment changes the record, which names its inputs, and no manifest.
    shop.write("envs/envTypes/staging.values.yaml", "# politely\ngreeting: Moin\n");
    shop.commit("Comment");
    shop.promote("staging");
    assert_eq!(shop.changed("stage/staging"), ["promotion.yaml"]);
}

#[test]
fn a_dry_run_shows_objects_and_writes_nothing() {
    let sandbox = Sandbox::new();
    let (shop, _) = frozen(&sandbox);
    shop.leaves_all(&["promote", "staging", "--dry-run"]).says(&[
        "would promote",
        "Deployment",
        "ConfigMap",
        "shop-eu",
    ]);
    shop.promote("staging");
    shop.write("envs/deployments/staging/values.yaml", "replicas: 4\n");
    shop.commit("Scale");
    shop.leaves_all(&["promote", "staging", "--dry-run"])
        .says(&["Deployment", "spec.replicas", "2", "4"])
        .says_nothing_of(&["ConfigMap", "shop-eu"]);
    let report = shop.leaves_all(&["promote", "staging", "--dry-run", "--json"]).json();
    assert_eq!(report["change"], "wouldPromote");
    // With the policy of another commit.
    shop.leaves_all(&["promote", "staging", "--dry-run", "--policy", "HEAD^"]).says(&["nothing changed"]);
    shop.refuses(&["promote", "staging", "--policy", "HEAD^"], 2, &["--dry-run"]);
    // It refuses what the real run would refuse.
    shop.refuses(&["promote", "tset", "--dry-run"], 1, &["did you mean `test`?"]);
}

#[test]
fn the_difference_is_a_command_of_its_own() {
    let sandbox = Sandbox::new();
    let (shop, _) = frozen(&sandbox);
    shop.promote("staging");
    shop.write("envs/deployments/staging/values.yaml", "replicas: 4\n");
    shop.commit("Scale");
    shop.leaves_all(&["diff", "staging"]).says(&["Deployment", "spec.replicas", "2", "4"]);
    let patch = shop.leaves_all(&["diff", "staging", "--format", "patch"]).stdout;
    shop.git(&["worktree", "add", "--quiet", "--detach", "../applied", "stage/staging"]);
    let applied = sandbox.repo("applied");
    applied.write("../patch", &patch);
    applied.git(&["apply", "--directory=manifests", "../patch"]);
    shop.promote("staging");
    let path = "manifests/staging/apps-deployment-shop.yaml";
    assert_eq!(applied.read(path), shop.show("stage/staging", path));
}

#[test]
fn the_difference_is_a_report_too() {
    let sandbox = Sandbox::new();
    let (shop, first) = frozen(&sandbox);
    shop.promote("staging");
    shop.write("envs/deployments/staging/values.yaml", "replicas: 1\n");
    shop.commit("Scale down");
    let revision = shop.next_revision("Good evening");
    shop.freeze(&revision);
    let markdown = shop.leaves_all(&["diff", "staging", "--format", "markdown"]).stdout;
    for text in [
        &format!("## Promote `{}` to `staging`", &tag(&revision)[..16]),
        &tag(&first),
        "`Good evening`",
        "`Scale down`",
        "| changed | `envs/deployments/staging/values.yaml` |",
        "-replicas: 2\n+replicas: 1\n",
        "🟠 **replicas** `Deployment shop` in `staging`: replicas 2 ->",
        "| ✏️ | `Deployment shop` | `staging` | image, replicas 2 → 1",
        "cargo xtask diff staging --format markdown",
    ] {
        assert!(markdown.contains(text), "{text:?} isn't in\n{markdown}");
    }
    assert!(!markdown.contains("This body is cut"));
    let html = shop.leaves_all(&["diff", "staging", "--format", "html"]).stdout;
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("Good evening"), "{html}");
    shop.refuses(&["diff", "staging", "--format", "html", "--json"], 2, &["--json and --format html"]);
}

#[test]
fn two_releases_are_compared_under_one_policy() {
    let sandbox = Sandbox::new();
    let (shop, first) = frozen(&sandbox);
    let revision = shop.next_revision("Good evening");
    shop.freeze(&revision);
    // What the stage has doesn't matter, nor that the policy was another when the first was promoted.
    shop.promote("staging");
    shop.write("envs/deployments/staging/values.yaml", "replicas: 7\n");
    shop.commit("Scale");
    let compare = ["diff", "staging", "--freight", &revision, "--against", &first];
    let text = shop.leaves_all(&compare);
    text.says(&["both with the same policy", "containers[shop].image", &tag(&first)])
        .says_nothing_of(&["replicas"]);
    let document = shop.leaves_all(&[&compare[..], &["--json"]].concat()).json();
    assert_eq!(document["against"], tag(&first));
    assert_eq!(document["freight"], tag(&revision));
    assert_ne!(document["diff"]["summary"]["changed"], 0);
    let markdown = shop.leaves_all(&[&compare[..], &["--format", "markdown"]].concat()).stdout;
    assert!(markdown.contains("## Compare `git-") && markdown.contains("**Compared with**"), "{markdown}");
    // The other way round it goes back.
    let back = ["diff", "staging", "--freight", &first, "--against", &revision, "--format", "markdown"];
    let back = shop.leaves_all(&back).stdout;
    assert!(back.contains("0 commits; goes back: 2 commits of the other release"), "{back}");
    shop.refuses(&["diff", "staging", "--against", &first], 2, &["--freight"]);
    shop.refuses(&["diff", "staging", "--freight", &first, "--against", "git-ffff"], 1, &["git-ffff"]);
}

#[test]
fn the_gate_wants_the_freight_upstream_first() {
    let sandbox = Sandbox::new();
    let (shop, first) = frozen(&sandbox);
    // Nothing is upstream at all.
    shop.refuses(&["promote", "test"], 3, &["staging", "cargo xtask promote staging"]);
    shop.promote("staging");
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    let said =
        ["upstream", &second[..7], "never promoted to staging", "cargo xtask promote staging --freight"];
    shop.refuses(&["promote", "test", "--freight", &tag(&second)], 3, &said);
    shop.refuses(&["promote", "test", "--freight", &tag(&second), "--dry-run"], 3, &said);
    // The default is what is upstream, not the newest.
    shop.promote("test");
    assert_eq!(freight_of(&shop, "test"), tag(&first));
    // Once was enough: what staging has by now doesn't matter.
    shop.promote("staging");
    shop.promote("test");
    assert_eq!(freight_of(&shop, "test"), tag(&second));
    shop.xtask(&["promote", "test", "--rollback", &tag(&first)]).ok();
    assert_eq!(freight_of(&shop, "test"), tag(&first));
}

#[test]
fn a_trailer_opens_no_gate() {
    let sandbox = Sandbox::new();
    let (shop, _) = frozen(&sandbox);
    shop.promote("staging");
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    let forged = shop.git(&[
        "commit-tree",
        "-p",
        "stage/staging",
        "-m",
        &format!("Promote\n\nFreight: {}", tag(&second)),
        "stage/staging^{tree}",
    ]);
    shop.git(&["update-ref", "refs/heads/stage/staging", &forged]);
    shop.refuses(&["promote", "test", "--freight", &tag(&second)], 3, &["upstream"]);
}

#[test]
fn freight_is_found_by_the_beginning_of_its_name() {
    let sandbox = Sandbox::new();
    let (shop, first) = frozen(&sandbox);
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    for name in [&first[..8], &tag(&first)[..12], &first] {
        shop.xtask(&["promote", "staging", "--rollback", name]).ok();
        assert_eq!(freight_of(&shop, "staging"), tag(&first));
        shop.promote("staging");
        assert_eq!(freight_of(&shop, "staging"), tag(&second));
    }
}

#[test]
fn an_unknown_stage_or_freight_is_refused_with_near_names() {
    let sandbox = Sandbox::new();
    let (shop, revision) = frozen(&sandbox);
    shop.refuses(&["promote", "stagin"], 1, &["unknown stage `stagin`", "did you mean `staging`?"]);
    shop.refuses(&["promote", "zebra"], 1, &["unknown stage `zebra`", "staging", "test", "production"]);
    let unknown = format!("git-{}", "f".repeat(40));
    shop.refuses(&["promote", "staging", "--freight", &unknown], 1, &["unknown freight", &unknown]);
    let short = &revision[..2];
    let said = ["too short", "give 4 digits at least", "did you mean", &tag(&revision)];
    shop.refuses(&["promote", "staging", "--freight", short], 1, &said);
    // A digit too few at the end is no typo; one that is wrong is.
    let last = if revision.ends_with('0') { "1" } else { "0" };
    let typo = format!("git-{}{last}", &revision[..39]);
    shop.refuses(&["promote", "staging", "--freight", &typo], 1, &[&typo, "did you mean", &tag(&revision)]);
    shop.refuses(&["promote"], 2, &["STAGE"]);
}

#[test]
fn nothing_frozen_is_nothing_to_promote() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.refuses(&["promote", "staging"], 1, &["shop", "no freight yet", "cargo xtask freeze"]);
}

#[test]
fn a_failing_render_promotes_nothing() {
    let sandbox = Sandbox::new();
    let (shop, _) = frozen(&sandbox);
    shop.promote("staging");
    shop.write("envs/envTypes/staging.values.yaml", "settings: { colour: \"\" }\n");
    shop.commit("Without colour");
    let says = ["staging", "staging-eu", "templates/_helpers.tpl", "settings.colour is missing"];
    shop.refuses(&["promote", "staging"], 1, &says);
}

#[test]
fn a_promotion_without_sync_is_the_same_promotion() {
    let sandbox = Sandbox::new();
    let (shop, _) = frozen(&sandbox);
    shop.xtask(&["promote", "staging", "--no-sync"]).ok();
    shop.leaves_all(&["promote", "staging"]).says(&["nothing changed"]);
    shop.git(&["fsck", "--no-dangling"]);
}

#[test]
fn verdicts_survive_promotions() {
    let sandbox = Sandbox::new();
    let (shop, _) = frozen(&sandbox);
    shop.promote("staging");
    let before = shop.rev("stage/staging:verification.yaml");
    shop.freeze(&shop.next_revision("Second"));
    shop.promote("staging");
    assert_eq!(shop.rev("stage/staging:verification.yaml"), before);
}

#[test]
fn processes_at_once_make_one_line() {
    let sandbox = Sandbox::new();
    let (shop, first) = frozen(&sandbox);
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    let racers: Vec<_> = [&first, &second, &first, &second]
        .map(|revision| {
            let mut command = shop.command(&["promote", "staging", "--rollback", revision]);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        })
        .into();
    for racer in racers {
        crate::harness::Run::finished("promote", &racer.wait_with_output().unwrap()).ok();
    }
    let commits = shop.git(&["rev-list", "--parents", "stage/staging"]);
    assert!(commits.lines().all(|line| line.split(' ').count() <= 2), "no merges: {commits}");
    let roots = shop.git(&["rev-list", "--max-parents=0", "stage/staging"]);
    assert_eq!(roots.lines().count(), 1, "the branch began once");
    shop.leaves_all(&["audit"]);
    shop.git(&["fsck", "--no-dangling"]);
}
