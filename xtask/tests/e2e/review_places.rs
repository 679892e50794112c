//! Where a review is: here, on a remote, or on both; and where its pull request is directed.

use pretty_assertions::assert_eq;

use crate::harness::Sandbox;
use crate::review::{next, ready, review};

const PRODUCTION: &str = "stage/production";

#[test]
fn what_was_opened_here_is_what_a_push_publishes() {
    let sandbox = Sandbox::new();
    let (shop, revision) = ready(&sandbox);
    let origin = sandbox.bare("origin.git", &shop);
    let clone = sandbox.clone(&[], &origin, "clone");
    let branch = review(&revision);
    clone.xtask(&["promote", "production"]).ok().says(&["review opened"]);
    let (begun, opened) = (clone.rev(PRODUCTION), clone.rev(&branch));
    assert!(!origin.has_ref(PRODUCTION));
    // There it isn't open yet, and what opens it there is said.
    let says = ["production has no open review", "cargo xtask promote production --push"];
    clone.refuses(&["review", "approve", "production", "--push"], 1, &says);
    clone.xtask(&["promote", "production", "--push"]).ok().says(&["review opened"]);
    assert_eq!((origin.rev(PRODUCTION), origin.rev(&branch)), (begun, opened.clone()));
    clone.xtask(&["promote", "production", "--push"]).ok().says(&["review found"]);
    clone.leaves_all(&["review", "check", "production", "--push"]);
    clone.xtask(&["review", "approve", "production", "--push"]).ok();
    assert_eq!((origin.rev(PRODUCTION), clone.rev(PRODUCTION)), (opened.clone(), opened));

    // So it is with the next one, whose stage is there.
    let revision = clone.next_revision("Second");
    clone.git(&["push", "--quiet", "origin", "main"]);
    clone.freeze_with(&revision, &["--push"]);
    clone.xtask(&["promote", "staging", "--push"]).ok();
    clone.xtask(&["promote", "test", "--push"]).ok();
    clone.xtask(&["promote", "production"]).ok();
    let opened = clone.rev(&review(&revision));
    clone.xtask(&["promote", "production", "--push"]).ok().says(&["review opened"]);
    assert_eq!(origin.rev(&review(&revision)), opened);
    // What was merged here alone is no beginning: it is told with what to do.
    clone.xtask(&["review", "approve", "production"]).ok();
    let says = ["stage/production has commits that origin lacks", "git push origin stage/production"];
    clone.refuses(&["promote", "production", "--push"], 1, &says);
}

#[test]
fn a_review_that_isnt_what_would_be_made_is_made_anew_on_the_remote() {
    let sandbox = Sandbox::new();
    let (shop, revision) = ready(&sandbox);
    let origin = sandbox.bare("origin.git", &shop);
    let clone = sandbox.clone(&[], &origin, "clone");
    let branch = review(&revision);
    clone.xtask(&["promote", "production"]).ok();
    let old = clone.rev(&branch);
    clone.write("envs/deployments/production/values.yaml", "replicas: 6\n");
    clone.commit("More of production");
    clone.git(&["push", "--quiet", "origin", "main"]);
    clone.xtask(&["promote", "production", "--push"]).ok().says(&["review opened"]);
    assert_ne!(origin.rev(&branch), old);
    assert_eq!(clone.rev(&branch), origin.rev(&branch));
    assert_eq!(origin.rev(&format!("{branch}^")), clone.rev(PRODUCTION));
}

#[test]
fn a_review_of_a_remote_isnt_held_against_a_branch_that_lags_here() {
    let sandbox = Sandbox::new();
    let (shop, first) = ready(&sandbox);
    shop.xtask(&["promote", "production"]).ok();
    shop.xtask(&["review", "approve", "production"]).ok();
    let origin = sandbox.bare("origin.git", &shop);
    let clone = sandbox.clone(&[], &origin, "clone");
    clone.git(&["branch", "--quiet", PRODUCTION, &format!("origin/{PRODUCTION}")]);
    let here = clone.rev(PRODUCTION);
    // Elsewhere a verdict and another release come, and are fetched with their review.
    shop.git(&["remote", "add", "origin", origin.path.to_str().unwrap()]);
    shop.xtask(&["verify", "production", "--passed", "--evidence", "x://run"]).ok();
    let second = next(&shop, "Second");
    shop.xtask(&["promote", "production"]).ok();
    shop.git(&["push", "--quiet", "origin", "refs/heads/*:refs/heads/*"]);
    clone.git(&["pull", "--quiet"]);
    let branch = review(&second);
    assert_ne!(clone.rev(&format!("origin/{PRODUCTION}")), here);
    // It is open, as it is there; what would be made of it here isn't told from two places.
    clone.leaves_all(&["review", "list"]).says(&[&branch, "open"]).says_nothing_of(&["stale"]);
    clone.leaves_all(&["status"]).says(&[&branch, "(open)"]);
    let says = ["it is on origin, whose stage/production is at", "run the command with --push"];
    clone.refuses(&["review", "check", "production"], 3, &says);
    clone.refuses(&["review", "check", "--head", &branch], 3, &says);
    let shown = clone.leaves_all(&["review", "show", "production", "--format", "json"]).json();
    assert_eq!(shown["report"]["before"]["tag"], crate::harness::tag(&first));
    for command in [&["approve"][..], &["close"], &["refresh"]] {
        let arguments = [&["review"], command, &["production"]].concat();
        clone.refuses(
            &arguments,
            1,
            &[&format!("{branch} is on origin alone"), "run the command with --push"],
        );
    }
    clone.leaves_all(&["review", "check", "production", "--push"]);
    clone.xtask(&["review", "approve", "production", "--push"]).ok();
    assert_eq!(clone.rev(PRODUCTION), origin.rev(PRODUCTION));
}

#[test]
fn a_merge_here_that_a_remote_is_ahead_of_is_warned_of() {
    let sandbox = Sandbox::new();
    let (shop, _) = ready(&sandbox);
    shop.xtask(&["promote", "production"]).ok();
    shop.xtask(&["review", "approve", "production"]).ok();
    next(&shop, "Second");
    shop.xtask(&["promote", "production"]).ok();
    let origin = sandbox.bare("origin.git", &shop);
    let clone = sandbox.clone(&[], &origin, "clone");
    for branch in [PRODUCTION, &review(&clone.rev("main^"))] {
        clone.git(&["branch", "--quiet", branch, &format!("origin/{branch}")]);
    }
    let other = sandbox.clone(&[], &origin, "other");
    other.xtask(&["verify", "production", "--passed", "--evidence", "x://run", "--push"]).ok();
    clone.git(&["fetch", "--quiet"]);
    clone.leaves_all(&["review", "check", "production"]);
    let run = clone.xtask(&["review", "approve", "production"]);
    run.ok().says(&["warning", "was behind origin/stage/production by 1", "--push"]);
}

#[test]
fn a_check_sees_where_a_pull_request_is_directed() {
    let sandbox = Sandbox::new();
    let (shop, revision) = ready(&sandbox);
    shop.xtask(&["promote", "production"]).ok();
    let branch = review(&revision);
    let check = ["review", "check", "--head", &branch, "--base"];
    let with = |bases: &[&'static str]| [&check[..], bases].concat();
    shop.leaves_all(&with(&[PRODUCTION]));
    shop.leaves_all(&with(&["refs/heads/stage/production"]));
    let says = ["can't be merged: it would be merged to stage/test, not to stage/production"];
    let run = shop.refuses(&with(&["stage/test"]), 3, &says);
    assert_eq!((run.stdout.lines().count(), run.stderr.as_str()), (1, ""), "{}", run.transcript());
    shop.refuses(&with(&[PRODUCTION, "--base", "main"]), 3, &["it would be merged to main"]);
}

#[test]
fn a_branch_of_a_remote_that_has_a_name_of_ours_is_told_at_once() {
    let sandbox = Sandbox::new();
    let (shop, revision) = ready(&sandbox);
    let origin = sandbox.bare("origin.git", &shop);
    origin.git(&["branch", "review", "main"]);
    let clone = sandbox.clone(&[], &origin, "clone");
    let branch = review(&revision);
    let says = [
        &format!("{branch} can't be created on origin: review exists there, and Git can't keep both"),
        "git push origin FETCH_HEAD:refs/heads/review-old :refs/heads/review",
    ];
    let before = origin.snapshot();
    clone.xtask(&["promote", "production", "--push"]).failed(1).says(&says);
    origin.is_as(&before);
    // What is said to do is done, here by somebody else, so that this clone still remembers the branch.
    origin.git(&["branch", "-m", "review", "review-old"]);
    let opened = clone.xtask(&["promote", "production", "--push"]);
    opened.ok().says(&["review opened"]);
    assert!(origin.has_ref(&branch));
    let says = ["refs/remotes/origin/review exists", "git update-ref -d refs/remotes/origin/review"];
    clone.refuses(&["review", "check", "production", "--push"], 1, &says);
    clone.git(&["update-ref", "-d", "refs/remotes/origin/review"]);
    clone.xtask(&["review", "check", "production", "--push"]).ok();
    let other = sandbox.clone(&[], &origin, "other");
    other.git(&["branch", "review"]);
    other.leaves_all(&["review", "check", "production", "--push"]);
    // One of this clone is in the way of what is made here alone.
    let says = ["refs/heads/review exists, and Git can't keep both", "git branch -m review review-old"];
    other.git(&["push", "--quiet", "--delete", "origin", &branch]);
    other.git(&["fetch", "--quiet", "--prune"]);
    other.refuses(&["promote", "production"], 1, &says);
}
