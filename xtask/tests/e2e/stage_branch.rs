//! Stage branches that somebody else had a hand in.

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Sandbox};

/// The shop with its first release in staging, and a work tree of that branch beside it.
fn promoted(sandbox: &Sandbox) -> (Repo<'_>, Repo<'_>) {
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop.promote("staging");
    shop.git(&["worktree", "add", "--quiet", "--detach", "../by-hand", "stage/staging"]);
    (shop, sandbox.repo("by-hand"))
}

/// The branch as edited by hand is refused, and nothing is written over it.
#[track_caller]
fn check(edit: impl FnOnce(&Repo<'_>), says: &[&str]) {
    check_status(edit, says, (0, "drifted"));
}

/// The same, with what `status` says about it and how it ends.
#[track_caller]
fn check_status(edit: impl FnOnce(&Repo<'_>), says: &[&str], (ends, state): (i32, &str)) {
    let sandbox = Sandbox::new();
    let (shop, by_hand) = promoted(&sandbox);
    edit(&by_hand);
    let commit = by_hand.commit("By hand");
    shop.git(&["update-ref", "refs/heads/stage/staging", &commit]);
    // A new release would be a reason to write.
    shop.freeze(&shop.next_revision("Second"));
    shop.refuses(&["promote", "staging"], 1, &[&["stage/staging", "git log stage/staging"], says].concat());
    shop.refuses(&["promote", "test"], 1, &["stage/staging"]);
    shop.refuses(&["status"], ends, &[state]);
    shop.refuses(&["audit"], 1, &["violated", "reproducible", "stage/staging"]);
    // As the message says: back to the last promotion.
    shop.git(&["update-ref", "refs/heads/stage/staging", "stage/staging^"]);
    shop.promote("staging");
    shop.leaves_all(&["audit"]);
}

#[test]
fn an_edited_manifest_is_refused() {
    check(|tree| tree.edit("manifests/staging/configmap-shop.yaml", "blue", "red"), &["edited by hand"]);
}

#[test]
fn a_removed_manifest_is_refused() {
    check(|tree| tree.remove("manifests/staging/service-shop.yaml"), &["edited by hand"]);
}

#[test]
fn a_file_that_no_promotion_wrote_is_refused() {
    check(|tree| tree.write("README.md", "Hands off!\n"), &["README.md"]);
}

#[test]
fn a_branch_without_its_record_is_refused() {
    check(|tree| tree.remove("promotion.yaml"), &["promotion.yaml"]);
}

#[test]
fn an_edited_record_is_refused() {
    check(
        |tree| tree.edit("promotion.yaml", "tag: git-", "tag:  git-"),
        &["promotion.yaml was edited by hand"],
    );
}

#[test]
fn a_record_that_names_another_freight_is_refused() {
    let zeros = "0".repeat(40);
    check(
        |tree| {
            let record = tree.read("promotion.yaml");
            let at = record.find("tag: git-").unwrap() + "tag: git-".len();
            tree.write("promotion.yaml", [&record[..at], &zeros, &record[at + 40..]].concat());
        },
        &["promotion.yaml was edited by hand", "its freight's tree is"],
    );
}

#[test]
fn a_record_with_other_values_is_refused() {
    check(
        |tree| {
            let record = tree.read("promotion.yaml");
            let (policy, deployments) = record.split_once("deployments:").unwrap();
            // The whole id, quotes and all: letters alone are written without any.
            let at = deployments.find("blob: ").unwrap() + "blob: ".len();
            let end = at + deployments[at..].find('\n').unwrap();
            let edited = [&deployments[..at], &"a".repeat(40), &deployments[end..]].concat();
            tree.write("promotion.yaml", format!("{policy}deployments:{edited}"));
        },
        &[
            "promotion.yaml was edited by hand: envs/envTypes/staging.values.yaml of staging isn't among its policy files",
        ],
    );
}

#[test]
fn a_record_that_cant_be_read_is_refused() {
    let edit = |tree: &Repo<'_>| tree.write("promotion.yaml", "schemaVersion: v1\nstage: [\n");
    check_status(edit, &["stage/staging:promotion.yaml:2:8: "], (1, "can't be read"));
}

#[test]
fn a_branch_of_another_history_is_refused() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop.git(&["branch", "stage/staging", "main"]);
    shop.refuses(&["promote", "staging"], 1, &["stage/staging", "promotion.yaml"]);
    shop.leaves_all(&["status"]).says(&["staging", "drifted"]);
}

#[test]
fn a_branch_named_stage_is_in_the_way_and_named() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop.git(&["branch", "stage"]);
    shop.refuses(&["promote", "staging"], 1, &["stage/staging", "refs/heads/stage", "git branch -m stage"]);
    shop.git(&["branch", "--move", "stage", "stage-old"]);
    shop.promote("staging");
    // The other way round, too.
    shop.git(&["branch", "stage/test/mine"]);
    shop.refuses(&["promote", "test"], 1, &["stage/test", "stage/test/mine"]);
}

#[test]
fn squashed_and_reworded_history_is_fine() {
    let sandbox = Sandbox::new();
    let (shop, _) = promoted(&sandbox);
    let squashed = shop.git(&["commit-tree", "-m", "Squashed, without a trailer", "stage/staging^{tree}"]);
    shop.git(&["update-ref", "refs/heads/stage/staging", &squashed]);
    shop.leaves_all(&["audit"]);
    shop.leaves_all(&["promote", "staging"]).says(&["nothing changed"]);
    shop.promote("test");
    shop.freeze(&shop.next_revision("Second"));
    shop.promote("staging");
    assert_eq!(shop.rev("stage/staging^"), squashed);
}

#[test]
fn a_branch_that_is_checked_out_is_followed_or_left_alone() {
    let sandbox = Sandbox::new();
    let (shop, by_hand) = promoted(&sandbox);
    shop.freeze(&shop.next_revision("Second"));
    // In this work tree it is followed.
    shop.git(&["switch", "--quiet", "stage/staging"]);
    shop.promote("staging");
    shop.is_clean();
    assert_eq!(shop.head(), shop.rev("stage/staging"));
    shop.git(&["switch", "--quiet", "main"]);
    // In another one it is nobody's business.
    by_hand.git(&["switch", "--quiet", "stage/staging"]);
    shop.freeze(&shop.next_revision("Third"));
    shop.refuses(&["promote", "staging"], 1, &["stage/staging", "by-hand"]);
    by_hand.is_clean();
}

#[test]
fn a_lock_that_somebody_holds_is_respected() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop.write(".git/refs/heads/stage/staging.lock", "");
    shop.refuses(&["promote", "staging"], 1, &["stage/staging", "lock"]);
    shop.remove(".git/refs/heads/stage/staging.lock");
    shop.promote("staging");
}
