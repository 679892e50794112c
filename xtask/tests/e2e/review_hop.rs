//! The production hop from beginning to end, under every way of merging: freeze, staging, test, review, merge, verify;
//! twice, and back.

use pretty_assertions::assert_eq;

use crate::github::merge;
use crate::harness::{Repo, Sandbox, tag};

const PRODUCTION: &str = "stage/production";

/// Checks that are made in test and in production, and the record of the former git-flow.
fn hosted(sandbox: &Sandbox) -> (Repo<'_>, Repo<'_>) {
    let shop = sandbox.shop();
    for stage in ["test", "production"] {
        let head = format!("  {stage}:\n");
        let check = "test \"$(git rev-parse --verify \"$WAYBILL_COMMIT^{tree}\")\" != \"\" && echo \"$WAYBILL_IMAGE\"";
        let keys = format!("    verify:\n      commands:\n        - {{ name: smoke, run: '{check}' }}\n");
        shop.edit("envs/pipeline.yaml", &head, &format!("{head}{keys}"));
    }
    shop.commit("Check what is deployed");
    let origin = sandbox.bare("origin.git", &shop);
    let clone = sandbox.clone(&[], &origin, "clone");
    (origin, clone)
}

/// Brings the newest commit as a release to production's door.
fn release(clone: &Repo<'_>) -> String {
    let revision = clone.head();
    clone.freeze_with(&revision, &["--push"]);
    clone.xtask(&["promote", "staging", "--push"]).ok();
    clone.xtask(&["promote", "test", "--push"]).ok();
    clone.refuses(&["promote", "production", "--push"], 3, &["isn't verified in test"]);
    clone.xtask(&["verify", "test", "--push"]).ok().says(&["passed in test", "promote production --push"]);
    clone.xtask(&["promote", "production", "--push"]).ok().says(&["review opened"]);
    revision
}

/// Checks a review, merges it on the remote, and sees that the stage is what was checked.
fn merged(sandbox: &Sandbox, origin: &Repo<'_>, clone: &Repo<'_>, branch: &str, method: &str) {
    let checked = clone.leaves_all(&["review", "check", "--head", branch, "--push", "--json"]).json();
    assert_eq!(checked["gates"][0]["detail"], "passed in test", "{checked}");
    // As the workflow does it, in a checkout of one commit.
    let checkout = sandbox.clone(&["--depth=1"], origin, "review");
    let commit = origin.rev(branch);
    let check = ["review", "check", "--head", branch, "--commit", &commit, "--base", PRODUCTION, "--push"];
    checkout.xtask(&check).ok();
    let approved = origin.rev(&format!("{branch}^{{tree}}"));
    merge(&origin.path, PRODUCTION, branch, method);
    checkout.xtask(&check).failed(3).says(&["it is merged already"]);
    std::fs::remove_dir_all(&checkout.path).unwrap();
    assert_eq!(origin.rev("stage/production^{tree}"), approved, "{method}");
    let listed = clone.xtask(&["review", "list", "--all", "--push", "--json"]).json();
    let state = |review: &serde_json::Value| review["branch"] == branch && review["state"] == "merged";
    let says = [branch, "can't be merged: it is merged already"];
    clone.refuses(&["review", "check", "--head", branch, "--push"], 3, &says);
    assert!(listed["reviews"].as_array().unwrap().iter().any(state), "{method}: {listed}");
    // Again is nothing, before it was verified and after.
    clone.xtask(&["promote", "production", "--push"]).ok();
    assert_eq!(unverified(sandbox, origin), ["production"]);
    let since = || {
        let status = clone.leaves_all(&["status", "--json"]).json();
        let production = status["stages"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(production["name"], "production");
        production["since"].clone()
    };
    let merged = since();
    clone.xtask(&["verify", "production", "--push"]).ok().says(&["passed in production"]);
    assert!(unverified(sandbox, origin).is_empty());
    assert_eq!(clone.rev(PRODUCTION), origin.rev(PRODUCTION));
    assert_eq!(since(), merged, "the verdict didn't bring the release");
    clone.leaves_all(&["audit"]).says(&["equals re-rendering its record", "0 violated"]);
    clone.leaves_all(&["status"]).says_nothing_of(&["review of production"]);
}

/// The stages that a workflow would verify: those with checks whose release has no verdict, as a shallow checkout of the
/// main branch sees them.
fn unverified(sandbox: &Sandbox, origin: &Repo<'_>) -> Vec<String> {
    let checkout = sandbox.clone(&["--depth=1"], origin, "checkout");
    let branches = "+refs/heads/stage/*:refs/remotes/origin/stage/*";
    checkout.git(&["fetch", "--quiet", "--no-tags", "--depth=1", "origin", branches]);
    let status = checkout.leaves_all(&["status", "--json"]).json();
    std::fs::remove_dir_all(&checkout.path).unwrap();
    let waits = |stage: &&serde_json::Value| {
        stage["freight"].is_string() && stage["verdict"].is_null() && stage["checks"] != serde_json::json!([])
    };
    let stages = status["stages"].as_array().unwrap().iter().filter(waits);
    stages.map(|stage| stage["name"].as_str().unwrap().to_owned()).collect()
}

fn whole_way(method: &str) {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let first = release(&clone);
    assert!(origin.show(PRODUCTION, "promotion.yaml").contains("freight: null"));
    merged(&sandbox, &origin, &clone, &format!("review/production/{}", tag(&first)), method);
    let running = origin.rev(PRODUCTION);

    clone.next_revision("Second");
    clone.git(&["push", "--quiet", "origin", "main"]);
    let second = release(&clone);
    // The first one's branch, merged, is tidied away.
    assert!(!origin.has_ref(&format!("review/production/{}", tag(&first))));
    merged(&sandbox, &origin, &clone, &format!("review/production/{}", tag(&second)), method);
    let verdicts = origin.show(PRODUCTION, "verification.yaml");
    assert_eq!(verdicts.matches("result: passed").count(), 2, "{verdicts}");

    // Back to what ran, with the verdicts of both.
    clone.xtask(&["rollback", "production", "--to", &first, "--push"]).ok().says(&["review opened"]);
    let branch =
        origin.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads/review/production/rollback-*"]);
    clone.leaves_all(&["review", "check", "--head", &branch, "--push"]);
    merge(&origin.path, PRODUCTION, &branch, method);
    assert_eq!(origin.rev("stage/production:manifests"), origin.rev(&format!("{running}:manifests")));
    assert_eq!(origin.show(PRODUCTION, "promotion.yaml"), origin.show(&running, "promotion.yaml"));
    assert_eq!(origin.show(PRODUCTION, "verification.yaml"), verdicts);
    clone.xtask(&["verify", "production", "--push"]).ok();
    clone.leaves_all(&["audit"]).says(&["0 violated"]);
    let history = clone.leaves_all(&["history", "production"]);
    history.says(&["restored", "promoted", "verified"]);
    origin.git(&["fsck", "--no-dangling"]);
}

#[test]
fn releases_reach_production_by_merge_commits() {
    whole_way("merge");
}

#[test]
fn releases_reach_production_by_squashes() {
    whole_way("squash");
}

#[test]
fn releases_reach_production_by_rebases() {
    whole_way("rebase");
}

/// A verdict comes to the stage's branch after the check and before the merge, which takes it over.
fn with_a_verdict_in_between(method: &str) {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let first = release(&clone);
    merged(&sandbox, &origin, &clone, &format!("review/production/{}", tag(&first)), method);
    clone.next_revision("Second");
    clone.git(&["push", "--quiet", "origin", "main"]);
    let branch = format!("review/production/{}", tag(&release(&clone)));
    clone.leaves_all(&["review", "check", "--head", &branch, "--push"]);
    clone.xtask(&["verify", "production", "--passed", "--evidence", "x://later", "--push"]).ok();
    let approved = origin.rev(&format!("{branch}:manifests"));
    merge(&origin.path, PRODUCTION, &branch, method);
    assert_eq!(origin.rev("stage/production:manifests"), approved);
    assert!(origin.show(PRODUCTION, "verification.yaml").contains("x://later"));

    let listed = clone.xtask(&["review", "list", "--all", "--push", "--json"]).json();
    assert_eq!(listed["reviews"][0]["state"], "merged", "{method}: {listed}");
    let says = ["it is merged already: stage/production is at"];
    clone.refuses(&["review", "check", "--head", &branch, "--push"], 3, &says);
    clone.xtask(&["promote", "production", "--push"]).ok().says(&["nothing changed"]);
    clone.xtask(&["verify", "production", "--push"]).ok().says(&["passed in production"]);
    clone.leaves_all(&["audit"]).says(&["0 violated"]);
    clone.xtask(&["review", "approve", "production", "--push"]).ok().says(&["was merged already"]);
    assert!(!origin.has_ref(&branch));
}

#[test]
fn a_verdict_before_the_merge_keeps_no_review_from_being_merged() {
    for method in ["merge", "squash", "rebase"] {
        with_a_verdict_in_between(method);
    }
}

#[test]
fn without_a_provider_the_remotes_branch_moves_to_the_review() {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let revision = release(&clone);
    let branch = format!("review/production/{}", tag(&revision));
    let commit = origin.rev(&branch);
    clone.xtask(&["review", "approve", "production", "--push"]).ok().says(&["pushed to origin"]);
    assert_eq!((origin.rev(PRODUCTION), clone.rev(PRODUCTION)), (commit.clone(), commit));
    assert!(!origin.has_ref(&branch));
    clone.xtask(&["verify", "production", "--push"]).ok();
}
