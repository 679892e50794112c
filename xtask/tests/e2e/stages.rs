//! Stages over time: automatic promotion, exact rollback, history, and branches that somebody else began.

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Sandbox, tag};

const PIPELINE: &str = "envs/pipeline.yaml";

/// The shop with both push stages marked `auto`, and a check in staging that a file decides.
fn automatic(sandbox: &Sandbox) -> Repo<'_> {
    let shop = sandbox.shop();
    for stage in ["staging", "test"] {
        let head = format!("  {stage}:\n");
        shop.edit(PIPELINE, &head, &format!("{head}    auto: true\n"));
    }
    let check = "    auto: true\n    verify: { commands: [{ name: smoke, run: test ! -e broken }] }\n";
    shop.edit(PIPELINE, "  staging:\n    auto: true\n", &format!("  staging:\n{check}"));
    shop.commit("Promote by itself");
    shop
}

fn freight_of(shop: &Repo<'_>, stage: &str) -> String {
    let record = shop.show(&format!("stage/{stage}"), "promotion.yaml");
    let line = record.lines().find(|line| line.trim().starts_with("tag: ")).unwrap();
    line.trim().trim_start_matches("tag: ").to_owned()
}

#[test]
fn releases_go_by_themselves_as_far_as_they_pass() {
    let sandbox = Sandbox::new();
    let shop = automatic(&sandbox);
    let first = shop.head();
    shop.freeze(&first);
    let run = shop.xtask(&["promote", "--auto"]);
    run.ok().says(&[
        "promoted",
        "to staging",
        "cargo xtask verify staging",
        "test waits for",
        "isn't verified",
    ]);
    assert!(!shop.has_ref("stage/test"));
    shop.leaves_all(&["promote", "--auto"]).says(&["staging is up to date", "test waits for"]);
    shop.xtask(&["verify", "staging"]).ok();
    shop.xtask(&["promote", "--auto"]).ok().says(&["to test"]);
    // The next one fails its check, the one after it passes: test never sees the broken one.
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    shop.xtask(&["promote", "--auto"]).ok();
    shop.write("broken", "");
    shop.xtask(&["verify", "staging"]).failed(3);
    shop.xtask(&["promote", "--auto"]).ok().says(&["test waits for", "failed its latest verification"]);
    assert_eq!(freight_of(&shop, "test"), tag(&first));
    shop.remove("broken");
    let third = shop.next_revision("Third");
    shop.freeze(&third);
    let report = shop.xtask(&["promote", "--auto", "--json"]);
    assert_eq!(report.ok().json()["stages"][0]["result"], "promoted");
    assert_eq!(report.json()["stages"][1]["result"], "waiting");
    shop.xtask(&["verify", "staging"]).ok();
    let dry = shop.leaves_all(&["promote", "--auto", "--dry-run"]);
    dry.says(&["would promote", "to test"]);
    shop.xtask(&["promote", "--auto"]).ok();
    assert_eq!(freight_of(&shop, "test"), tag(&third));
    shop.refuses(&["promote", "--auto", "staging"], 2, &["--auto"]);
    shop.refuses(&["promote"], 2, &["STAGE"]);
}

#[test]
fn a_broken_stage_keeps_no_other_from_being_promoted() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    for stage in ["staging", "test"] {
        let head = format!("  {stage}:\n");
        shop.edit(PIPELINE, &head, &format!("{head}    auto: true\n"));
    }
    let revision = shop.commit("Promote by itself");
    shop.freeze(&revision);
    shop.promote("staging");
    shop.git(&["branch", "stage/test", "main"]);
    shop.git(&["branch", "--force", "stage/staging", "stage/staging^"]);
    let run = shop.xtask(&["promote", "--auto"]);
    run.failed(1).says(&["to staging", "test: stage/test holds what no promotion wrote", "--adopt"]);
    assert_eq!(freight_of(&shop, "staging"), tag(&revision));
}

/// The shop with two releases, both promoted to staging.
fn twice(sandbox: &Sandbox) -> (Repo<'_>, String, String) {
    let shop = sandbox.shop();
    let first = shop.head();
    shop.freeze(&first);
    shop.promote("staging");
    let second = shop.next_revision("Second");
    shop.freeze(&second);
    shop.promote("staging");
    (shop, first, second)
}

#[test]
fn an_exact_rollback_restores_record_and_manifests_and_keeps_verdicts() {
    let sandbox = Sandbox::new();
    let (shop, first, second) = twice(&sandbox);
    let earlier = shop.rev("stage/staging^");
    shop.xtask(&["verify", "staging", "--failed", "--evidence", "x://alarm"]).ok();
    shop.write("envs/envTypes/staging.values.yaml", "greeting: Moin\n");
    shop.commit("Greet anew");
    let dry = shop.leaves_all(&["rollback", "staging", "--to", &earlier, "--dry-run"]);
    dry.says(&[
        "would roll staging back",
        "~ Deployment.apps shop-eu",
        "rendered with today's policy instead",
        "--rollback",
    ]);
    shop.xtask(&["rollback", "staging", "--to", &earlier]).ok().says(&[
        "staging goes back to",
        "~ Deployment.apps shop-eu",
        "rolled staging back",
        "the stage had",
    ]);
    let tip = "stage/staging";
    assert_eq!(shop.rev(&format!("{tip}:manifests")), shop.rev(&format!("{earlier}:manifests")));
    assert_eq!(shop.show(tip, "promotion.yaml"), shop.show(&earlier, "promotion.yaml"));
    assert!(shop.show(tip, "verification.yaml").contains("x://alarm"));
    shop.leaves_all(&["rollback", "staging", "--to", &earlier]).says(&["nothing changed"]);
    shop.xtask(&["audit"]).says(&["equals re-rendering its record"]);
    // By the name of a release: its newest commit.
    shop.xtask(&["rollback", "staging", "--to", &second[..10]]).ok();
    assert_eq!(freight_of(&shop, "staging"), tag(&second));
    let report = shop.xtask(&["rollback", "staging", "--to", &tag(&first), "--json"]);
    assert_eq!(report.ok().json()["change"], "rolledBack");
    assert_eq!(report.json()["otherWay"]["kind"], "render");
    let events = shop.leaves_all(&["history", "staging", "--json"]).json();
    let events: Vec<&str> =
        events["entries"].as_array().unwrap().iter().map(|entry| entry["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["restored", "restored", "restored", "verified", "promoted", "promoted", "begun"]);
}

#[test]
fn only_what_the_branch_had_can_be_restored() {
    let sandbox = Sandbox::new();
    let (shop, ..) = twice(&sandbox);
    let said = ["isn't on the first-parent line of stage/staging", "cargo xtask history staging"];
    shop.refuses(&["rollback", "staging", "--to", "main"], 1, &said);
    shop.refuses(
        &["rollback", "staging", "--to", "nonesuch"],
        1,
        &["neither a commit nor a release `nonesuch`"],
    );
    shop.refuses(&["rollback", "test", "--to", "main"], 1, &["nothing was promoted to test yet"]);
    shop.refuses(&["rollback", "staging"], 2, &["--to"]);
    let foreign = shop.git(&["commit-tree", "-m", "Foreign", "-p", "stage/staging", "main^{tree}"]);
    let back = shop.git(&["commit-tree", "-m", "Back", "-p", &foreign, "stage/staging^{tree}"]);
    shop.git(&["update-ref", "refs/heads/stage/staging", &back]);
    shop.refuses(&["rollback", "staging", "--to", &foreign], 1, &["is no promotion"]);
    // Before the first promotion is a place to go back to as well.
    shop.xtask(&["rollback", "staging", "--to", "stage/staging~4"]).ok();
    assert!(shop.show("stage/staging", "promotion.yaml").contains("freight: null"));
}

#[test]
fn the_history_is_read_from_trees() {
    let sandbox = Sandbox::new();
    let (shop, first, second) = twice(&sandbox);
    shop.write("envs/envTypes/staging.values.yaml", "greeting: Moin\n");
    shop.commit("Greet anew");
    shop.promote("staging");
    shop.xtask(&["verify", "staging", "--passed", "--evidence", "x://run"]).ok();
    let history = shop.leaves_all(&["history", "staging"]);
    history.says(&[
        "verified",
        "passed: x://run",
        "rendered git-",
        "policy changed: envs/envTypes/staging.values.yaml",
        &format!("promoted {}", tag(&second)),
        &format!("promoted {}", tag(&first)),
        "began with nothing",
        "Ada",
    ]);
    let report = shop.leaves_all(&["history", "staging", "--json", "--limit", "2"]).json();
    assert_eq!(report["rest"], "more");
    shop.leaves_all(&["history", "staging", "--limit", "0"])
        .says(&["there is more"])
        .says_nothing_of(&["no branch"]);
    assert_eq!(report["entries"].as_array().unwrap().len(), 2);
    assert_eq!(report["entries"][0]["verdicts"][0]["freight"], tag(&second));
    // A message that lies, and a commit by hand.
    let lie = shop.git(&[
        "commit-tree",
        "-m",
        "Promote git-0000000 to staging",
        "-p",
        "stage/staging",
        "stage/staging^{tree}",
    ]);
    let hand = shop.git(&["commit-tree", "-m", "By hand", "-p", &lie, "main^{tree}"]);
    shop.git(&["update-ref", "refs/heads/stage/staging", &hand]);
    shop.leaves_all(&["history", "staging"]).says(&["changed nothing", "no promotion: By hand"]);
    shop.leaves_all(&["history", "test"]).says(&["nothing was promoted"]);
    shop.refuses(&["history", "stging"], 1, &["did you mean `staging`?"]);
}

#[test]
fn who_takes_a_branch_over_loses_no_verdict() {
    let sandbox = Sandbox::new();
    let (shop, ..) = twice(&sandbox);
    shop.xtask(&["verify", "staging", "--passed", "--evidence", "x://run"]).ok();
    shop.git(&["worktree", "add", "--quiet", "../stage", "stage/staging"]);
    let stage = sandbox.repo("stage");
    stage.write("verification.yaml", "[\n");
    stage.commit("Break it");
    shop.git(&["worktree", "remove", "../stage"]);
    shop.refuses(&["promote", "staging"], 1, &["verification.yaml", "--adopt"]);
    shop.xtask(&["promote", "staging", "--adopt"]).ok();
    assert!(shop.show("stage/staging", "verification.yaml").contains("x://run"));
}

#[test]
fn a_foreign_branch_is_taken_over_when_that_is_meant() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.freeze(&revision);
    shop.promote("staging");
    // What an application deployed before: an object of today's, otherwise, and one that goes away.
    let foreign = sandbox.init("foreign");
    foreign.write("live/app.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: old\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: shop\n");
    let tip = foreign.commit("Live output");
    let url = foreign.path.display().to_string();
    shop.git(&["fetch", "--quiet", &url, "main:stage/test"]);
    let said = ["stage/test holds what no promotion wrote", "--adopt"];
    shop.refuses(&["promote", "test"], 1, &said);
    let dry = shop.leaves_all(&["promote", "test", "--adopt", "--dry-run"]);
    dry.says(&["taken over", "- ConfigMap old", "~ Service shop", "+ Deployment"]);
    shop.xtask(&["promote", "test", "--adopt"]).ok().says(&["the stage's branch was taken over"]);
    assert_eq!(shop.rev("stage/test^"), tip);
    assert!(!shop.paths("stage/test").contains(&"live/app.yaml".to_owned()));
    assert_eq!(freight_of(&shop, "test"), tag(&revision));
    // There is nothing foreign any more.
    shop.leaves_all(&["promote", "test"]).says(&["nothing changed"]);
    shop.xtask(&["audit"]).ok();
}
