//! Gates: upstream verdicts, soak, windows, order; and what each says would satisfy it.

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Sandbox, tag};

const PIPELINE: &str = "envs/pipeline.yaml";

/// The shop with its first release in staging, and more keys in one of its stages.
fn shop<'s>(sandbox: &'s Sandbox, stage: &str, keys: &str) -> (Repo<'s>, String) {
    let shop = sandbox.shop();
    add_keys(&shop, stage, keys);
    let revision = shop.commit("Ask for more");
    shop.freeze(&revision);
    shop.promote("staging");
    (shop, revision)
}

/// Adds keys to a stage of the pipeline.
fn add_keys(shop: &Repo<'_>, stage: &str, keys: &str) {
    let head = format!("  {stage}:\n");
    let indented: String = keys.lines().map(|line| format!("    {line}\n")).collect();
    shop.edit(PIPELINE, &head, &format!("{head}{indented}"));
}

const SMOKE: &str = "verify:\n  commands:\n    - { name: smoke, run: ./smoke.sh }";

fn smoke(shop: &Repo<'_>, script: &str) {
    crate::harness::script(&shop.path.join("smoke.sh"), &format!("#!/bin/sh\n{script}\n"));
}

#[test]
fn what_is_not_verified_upstream_goes_no_further() {
    let sandbox = Sandbox::new();
    let (shop, revision) = shop(&sandbox, "staging", SMOKE);
    let verify = "cargo xtask verify staging";
    shop.refuses(&["promote", "test"], 3, &["upstream", "isn't verified in staging", verify]);
    smoke(&shop, "echo looks bad; exit 4");
    let run = shop.xtask(&["verify", "staging"]);
    run.failed(3).says(&["smoke: exit status 4", "looks bad", "failed in staging"]);
    shop.refuses(&["promote", "test"], 3, &["failed its latest verification in staging", verify]);
    smoke(&shop, "test \"$WAYBILL_STAGE\" = staging && echo \"$WAYBILL_FREIGHT\"");
    shop.xtask(&["verify", "staging"]).ok().says(&["passed in staging", "cargo xtask promote test"]);
    let verdicts = shop.show("stage/staging", "verification.yaml");
    assert_eq!(verdicts.matches("result: failed").count(), 1, "{verdicts}");
    assert_eq!(verdicts.matches("result: passed").count(), 1, "{verdicts}");
    assert!(verdicts.contains(&tag(&revision)), "{verdicts}");
    shop.promote("test");
    // A failed re-verification revokes.
    smoke(&shop, "exit 1");
    let failed = shop.xtask(&["verify", "staging", "--json"]);
    assert_eq!(failed.failed(3).json()["next"], serde_json::json!([]));
    add_keys(&shop, "test", "# touched");
    shop.write("envs/envTypes/test.values.yaml", "greeting: Moin\n");
    shop.commit("Another policy for test");
    shop.refuses(&["promote", "test"], 3, &["failed its latest verification"]);
    // For programs as well.
    let report = shop.refuses(&["promote", "test", "--json"], 3, &["failed its latest"]).json();
    assert_eq!(report["change"], "refused");
    assert_eq!(report["refusals"][0]["gate"], "upstream");
}

#[test]
fn a_verdict_that_somebody_turned_opens_no_gate() {
    let sandbox = Sandbox::new();
    let (shop, _) = shop(&sandbox, "staging", SMOKE);
    smoke(&shop, "exit 1");
    shop.xtask(&["verify", "staging"]).failed(3);
    shop.git(&["worktree", "add", "--quiet", "../stage", "stage/staging"]);
    let stage = sandbox.repo("stage");
    stage.edit("verification.yaml", "result: failed", "result: passed");
    let turned = stage.commit("Look the other way");
    shop.git(&["worktree", "remove", "../stage"]);
    let said =
        ["has no verdict in staging since", &turned[..12], "changed verdicts", "verify it there again"];
    shop.refuses(&["promote", "test"], 3, &said);
    // An honest one on top of it counts.
    smoke(&shop, "exit 0");
    shop.xtask(&["verify", "staging"]).ok();
    shop.promote("test");
}

#[test]
fn a_verdict_that_is_dated_back_does_not_shorten_the_soak() {
    let sandbox = Sandbox::new();
    let (shop, _) = shop(&sandbox, "staging", SMOKE);
    add_keys(&shop, "test", "gates: { soak: 240000h }");
    shop.commit("Ask for a long soak");
    smoke(&shop, "exit 0");
    let mut verify = shop.command(&["verify", "staging"]);
    verify.env("GIT_COMMITTER_DATE", "1980-01-01T00:00:00Z").env("GIT_AUTHOR_DATE", "1980-01-01T00:00:00Z");
    crate::harness::Run::of(&mut verify).ok();
    assert!(shop.git(&["log", "-1", "--format=%cI", "stage/staging"]).starts_with("1980"));
    // As old as the promotion, which is of 2023.
    shop.refuses(&["promote", "test"], 3, &["soak", "wait until 205"]);
}

#[test]
fn a_verdict_is_about_a_release_and_its_manifests() {
    let sandbox = Sandbox::new();
    let (shop, first) = shop(&sandbox, "staging", SMOKE);
    smoke(&shop, "exit 0");
    shop.xtask(&["verify", "staging"]).ok();
    // The same release, rendered otherwise, is something else.
    shop.write("envs/envTypes/staging.values.yaml", "greeting: Moin\n");
    shop.commit("Greet anew");
    shop.promote("staging");
    shop.refuses(&["promote", "test"], 3, &["isn't verified in staging"]);
    shop.xtask(&["verify", "staging"]).ok();
    shop.promote("test");
    // Verdicts survive promotions, and what passed once may still go further.
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    shop.promote("staging");
    let verdicts = shop.show("stage/staging", "verification.yaml");
    assert_eq!(verdicts.matches("result: passed").count(), 2, "{verdicts}");
    shop.refuses(&["promote", "test"], 3, &["isn't verified in staging"]);
    shop.leaves_all(&["promote", "test", "--freight", &tag(&first)]).says(&["nothing changed"]);
}

#[test]
fn a_person_may_give_the_verdict() {
    let sandbox = Sandbox::new();
    let (shop, _) = shop(&sandbox, "test", "auto: false");
    // No checks, and no verdict needed; but a failed one counts.
    shop.refuses(&["verify", "staging"], 1, &["staging has no checks", "--passed or --failed"]);
    shop.refuses(&["verify", "staging", "--failed"], 2, &["--evidence"]);
    shop.refuses(&["verify", "staging", "--evidence", "x"], 2, &["--passed or --failed"]);
    shop.refuses(&["verify", "production", "--passed", "--evidence", "x://y"], 1, &["production", "promote"]);
    let url = "https://user:secret@ci.example.org/1";
    let failed = shop.xtask(&["verify", "staging", "--failed", "--evidence", url]);
    failed.ok().says(&["failed in staging", "https://***@ci.example.org/1"]).says_nothing_of(&["secret"]);
    assert!(!shop.show("stage/staging", "verification.yaml").contains("secret"));
    shop.refuses(&["promote", "test"], 3, &["failed its latest verification"]);
    shop.write("smoke.log", "all went well\n");
    shop.xtask(&["verify", "staging", "--passed", "--evidence", "smoke.log"]).ok();
    let before = shop.rev("stage/staging");
    let again = shop.xtask(&["verify", "staging", "--passed", "--evidence", "smoke.log"]);
    again.ok().says(&["already"]);
    assert_eq!(shop.rev("stage/staging"), before);
    assert!(shop.show("stage/staging", "verification.yaml").contains("all went well"));
    let report =
        shop.leaves_all(&["verify", "staging", "--failed", "--evidence", url, "--dry-run", "--json"]);
    assert_eq!(report.json()["change"], "wouldVerify");
    shop.promote("test");
}

#[test]
fn a_release_soaks_since_it_passed() {
    let sandbox = Sandbox::new();
    // Commits of the sandbox are dated in 2023, long ago: a soak of ten thousand days isn't over.
    let (shop, _) = shop(&sandbox, "test", "gates: { soak: 240000h }");
    let said = ["soak", "passed in staging", "ago, and 10000 d are asked", "wait until 205"];
    shop.refuses(&["promote", "test"], 3, &said);
    shop.edit(PIPELINE, "soak: 240000h", "soak: 2h");
    shop.commit("Ask for less");
    shop.promote("test");
}

#[test]
fn a_passing_verdict_again_does_not_restart_the_soak_and_a_failed_one_does() {
    let sandbox = Sandbox::new();
    let (shop, _) = shop(&sandbox, "staging", SMOKE);
    add_keys(&shop, "test", "gates: { soak: 1000000h }");
    shop.commit("Ask for a long soak");
    smoke(&shop, "exit 0");
    let until = || {
        let run = shop.xtask(&["promote", "test"]);
        run.failed(3);
        let (_, until) = run.stderr.split_once("wait until ").expect("a time");
        until.to_owned()
    };
    shop.xtask(&["verify", "staging"]).ok();
    let first = until();
    shop.xtask(&["verify", "staging"]).ok();
    assert_eq!(until(), first);
    smoke(&shop, "exit 1");
    shop.xtask(&["verify", "staging"]).failed(3);
    smoke(&shop, "exit 0");
    shop.xtask(&["verify", "staging"]).ok();
    assert_ne!(until(), first);
}

#[test]
fn a_closed_window_says_when_it_opens_and_every_refusal_is_told() {
    let sandbox = Sandbox::new();
    let window = "gates:\n  window:\n    timeZone: Europe/Berlin\n    closed: [{ from: 2000-01-01, to: 2998-12-31, reason: the long freeze }]";
    let (shop, first) = shop(&sandbox, "test", window);
    shop.refuses(
        &["promote", "test"],
        3,
        &["window", "it is closed: the long freeze", "doesn't open within a year"],
    );
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    let run = shop.refuses(&["promote", "test", "--freight", &second], 3, &["upstream: ", "window: "]);
    assert_eq!(run.stderr.lines().count(), 3, "{}", run.transcript());
    assert_ne!(first, second);
}

#[test]
fn an_older_release_over_a_newer_one_must_be_meant() {
    let sandbox = Sandbox::new();
    let (shop, first) = shop(&sandbox, "test", "auto: true");
    shop.promote("test");
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    shop.promote("staging");
    shop.promote("test");
    let said = ["order", "is older than", "--rollback"];
    shop.refuses(&["promote", "test", "--freight", &first], 3, &said);
    let run = shop.leaves_all(&["promote", "test", "--rollback", &first, "--dry-run"]);
    run.says(&["would promote", "restored exactly instead", "cargo xtask rollback test --to"]);
    let run = shop.xtask(&["promote", "test", "--rollback", &first]);
    // What it changes is shown before it is done.
    run.ok().says(&["test gets git-", "~ Deployment.apps shop", "restored exactly instead"]);
    let shown = run.stdout.find("~ Deployment").unwrap();
    assert!(shown < run.stdout.find("promoted git-").unwrap(), "{}", run.transcript());
    assert!(shop.show("stage/test", "promotion.yaml").contains(&tag(&first)));
    assert!(shop.subjects("stage/test")[0].starts_with("Roll test back to git-"));
    // What was rolled back isn't brought back by itself.
    let said = ["test was rolled back from", "cargo xtask promote test --freight"];
    shop.leaves_all(&["promote", "--auto"]).says(&said);
    let report = shop.leaves_all(&["promote", "--auto", "--json"]).json();
    assert_eq!(report["stages"][0]["result"], "rolledBack");
    assert_eq!(report["stages"][0]["freight"], tag(&second));
    // By whoever means it, it is.
    shop.promote("test");
    assert!(shop.show("stage/test", "promotion.yaml").contains(&tag(&second)));
}
