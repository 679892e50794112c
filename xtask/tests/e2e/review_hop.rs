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
fn merged(origin: &Repo<'_>, clone: &Repo<'_>, branch: &str, method: &str) {
    clone.leaves_all(&["review", "check", "--head", branch, "--push"]);
    let approved = origin.rev(&format!("{branch}^{{tree}}"));
    merge(&origin.path, PRODUCTION, branch, method);
    assert_eq!(origin.rev("stage/production^{tree}"), approved, "{method}");
    let listed = clone.xtask(&["review", "list", "--all", "--push", "--json"]).json();
    let state = |review: &serde_json::Value| review["branch"] == branch && review["state"] == "merged";
    assert!(listed["reviews"].as_array().unwrap().iter().any(state), "{method}: {listed}");
    // Again is nothing, before it was verified and after.
    clone.xtask(&["promote", "production", "--push"]).ok();
    clone.xtask(&["verify", "production", "--push"]).ok().says(&["passed in production"]);
    assert_eq!(clone.rev(PRODUCTION), origin.rev(PRODUCTION));
    clone.leaves_all(&["audit"]).says(&["equals re-rendering its record", "0 violated"]);
    clone.leaves_all(&["status"]).says_nothing_of(&["review of production"]);
}

fn whole_way(method: &str) {
    let sandbox = Sandbox::new();
    let (origin, clone) = hosted(&sandbox);
    let first = release(&clone);
    assert!(origin.show(PRODUCTION, "promotion.yaml").contains("freight: null"));
    merged(&origin, &clone, &format!("review/production/{}", tag(&first)), method);
    let running = origin.rev(PRODUCTION);

    clone.next_revision("Second");
    clone.git(&["push", "--quiet", "origin", "main"]);
    let second = release(&clone);
    // The first one's branch, merged, is tidied away.
    assert!(!origin.has_ref(&format!("review/production/{}", tag(&first))));
    merged(&origin, &clone, &format!("review/production/{}", tag(&second)), method);
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
