//! Fetching and pushing: leases, hooks, shallow clones, time limits and masked credentials.

use std::time::Duration;

use gitstore::{CommitId, Error, PushOutcome, PushUpdate};
use pretty_assertions::assert_eq;

use crate::sandbox::{Sandbox, TestRepository, branch, hook};

/// A bare repository with branches `main` (three commits) and `stage/test` (two, unrelated), and a
/// clone of it.
fn hosted(sandbox: &Sandbox) -> (TestRepository, TestRepository) {
    let origin = sandbox.init_bare("origin.git");
    let seed = sandbox.init("seed");
    for content in ["1", "2", "3"] {
        seed.commit(&[("a", content)]);
    }
    seed.git(&["push", "--quiet", origin.path.to_str().unwrap(), "main"]);
    seed.git(&["checkout", "--quiet", "--orphan", "stage/test"]);
    seed.commit(&[("manifest", "1")]);
    seed.commit(&[("manifest", "2")]);
    seed.git(&["push", "--quiet", origin.path.to_str().unwrap(), "stage/test"]);
    let local = sandbox.clone(&[], "origin.git", "local");
    (origin, local)
}

fn push(local: &TestRepository, name: &str, old: Option<CommitId>, new: CommitId) -> PushOutcome {
    let update = PushUpdate { branch: branch(name), expected: old, new: Some(new) };
    local.store.push("origin", &[update]).unwrap()
}

#[test]
fn fetching_brings_what_is_missing_and_tells_the_tips() {
    let sandbox = Sandbox::new();
    let (origin, local) = hosted(&sandbox);
    let other = sandbox.clone(&[], "origin.git", "other");
    let old = other.head();
    let new = other.commit(&[("a", "4")]);
    other.git(&["push", "--quiet", "origin", "main"]);

    let listed = local.store.remote_tips("origin", &["main", "absent"]).unwrap();
    assert_eq!((listed.tip(&branch("main")), listed.tip(&branch("absent"))), (Some(new), None));
    assert_eq!(listed.default_branch, Some(branch("main")));
    assert!(local.store.try_commit(new).unwrap().is_none());
    assert_eq!(local.store.remote_branch_tip("origin", &branch("main")).unwrap(), Some(old));

    let fetched = local.store.fetch("origin", &["main", "stage/*"]).unwrap();
    assert_eq!(fetched.tip(&branch("main")), Some(new));
    assert!(fetched.tip(&branch("stage/test")).is_some());
    assert_eq!(local.store.remote_branch_tip("origin", &branch("main")).unwrap(), Some(new));
    assert_eq!(local.store.is_ancestor(old, new).unwrap(), Some(true));
    assert_eq!(local.store.branch_tip(&branch("main")).unwrap(), Some(old), "local branches stay");
    assert_eq!(local.store.default_branch("origin").unwrap(), Some(branch("main")));
    assert_eq!(local.store.remote_head("origin").unwrap(), Some(branch("main")));
    assert_eq!(local.store.remotes().unwrap(), ["origin"]);
    let staged = local.store.remote_branches_with_prefix("origin", "stage/").unwrap();
    assert_eq!(staged.len(), 1);

    let by_path = sandbox.init("by path");
    let fetched = by_path.store.fetch(origin.path.to_str().unwrap(), &["main"]).unwrap();
    assert_eq!(fetched.tip(&branch("main")), Some(new));
    assert!(by_path.store.try_commit(new).unwrap().is_some());
    assert_eq!(by_path.git(&["for-each-ref"]), "");
}

#[test]
fn a_shallow_clone_stays_shallow() {
    let sandbox = Sandbox::new();
    let (_origin, _) = hosted(&sandbox);
    // As actions/checkout does it.
    let ci = sandbox.init("ci");
    let url = format!("file://{}", sandbox.path("origin.git").display());
    ci.git(&["remote", "add", "origin", &url]);
    ci.git(&[
        "fetch",
        "--quiet",
        "--no-tags",
        "--depth=1",
        "origin",
        "+refs/heads/main:refs/remotes/origin/main",
    ]);
    ci.git(&["checkout", "--quiet", "-B", "main", "refs/remotes/origin/main"]);
    let shallow_at = ci.head();

    let other = sandbox.clone(&[], "origin.git", "other");
    let new = other.commit(&[("a", "4")]);
    other.git(&["push", "--quiet", "origin", "main"]);

    let fetched = ci.store.fetch("origin", &["main", "stage/*"]).unwrap();
    assert!(ci.store.is_shallow().unwrap());
    assert_eq!(fetched.tip(&branch("main")), Some(new));
    assert_eq!(ci.store.first_parent_commits(new).count(), 2, "from the boundary to the tip");
    assert_eq!(ci.store.is_ancestor(shallow_at, new).unwrap(), Some(true));
    let stage = fetched.tip(&branch("stage/test")).unwrap();
    assert_eq!(ci.store.first_parent_commits(stage).count(), 1, "the tip of a new branch alone");

    let promoted = ci.draft(Some(stage), &[("manifest", Some("3"))]);
    assert_eq!(push(&ci, "stage/test", Some(stage), promoted), PushOutcome::Ok);
    let again = ci.store.fetch("origin", &["stage/*"]).unwrap();
    assert_eq!(again.tip(&branch("stage/test")), Some(promoted));
}

#[test]
fn a_push_with_a_good_lease_happens() {
    let sandbox = Sandbox::new();
    let (origin, local) = hosted(&sandbox);
    let old = local.head();
    let new = local.draft(Some(old), &[("a", Some("4"))]);
    let updates = [
        PushUpdate { branch: branch("main"), expected: Some(old), new: Some(new) },
        PushUpdate { branch: branch("stage/new"), expected: None, new: Some(new) },
    ];
    assert_eq!(local.store.push("origin", &updates).unwrap(), PushOutcome::Ok);
    assert_eq!(origin.store.branch_tip(&branch("main")).unwrap(), Some(new));
    assert_eq!(origin.store.branch_tip(&branch("stage/new")).unwrap(), Some(new));
    assert_eq!(local.store.remote_branch_tip("origin", &branch("main")).unwrap(), Some(new));
    assert_eq!(local.store.push("origin", &updates).unwrap(), PushOutcome::Ok, "once more is no harm");
    let gone = PushUpdate { branch: branch("stage/new"), expected: Some(new), new: None };
    assert_eq!(local.store.push("origin", &[gone]).unwrap(), PushOutcome::Ok);
    assert_eq!(origin.store.branch_tip(&branch("stage/new")).unwrap(), None);
}

#[test]
fn a_name_that_the_remote_cant_keep_is_no_lost_race() {
    let sandbox = Sandbox::new();
    let (origin, local) = hosted(&sandbox);
    let head = local.head();
    origin.git(&["branch", "review", "main"]);
    for (name, existing) in [("review/test/x", "review"), ("stage", "stage/test")] {
        let update = PushUpdate { branch: branch(name), expected: None, new: Some(head) };
        let beside = PushUpdate { branch: branch("beside"), expected: None, new: Some(head) };
        let error = local.store.push("origin", &[beside, update]).unwrap_err();
        assert!(
            matches!(&error, Error::RemoteNameConflict { existing: found, .. } if found.as_str() == existing),
            "{error}"
        );
        assert!(error.to_string().contains(&format!("{existing} exists there")), "{error}");
        assert!(!error.is_lost_race());
        assert_eq!(origin.store.branch_tip(&branch("beside")).unwrap(), None);
    }
    // What is said to do is done.
    local.git(&["fetch", "--quiet", "origin", "review"]);
    local.git(&["push", "--quiet", "origin", "FETCH_HEAD:refs/heads/review-old", ":refs/heads/review"]);
    assert_eq!(push(&local, "review/test/x", None, head), PushOutcome::Ok);
}

#[test]
fn tracking_refs_follow_a_push_whatever_the_clone_fetches() {
    let sandbox = Sandbox::new();
    let (_origin, local) = hosted(&sandbox);
    // As in a clone of a single branch.
    local.git(&["config", "remote.origin.fetch", "+refs/heads/main:refs/remotes/origin/main"]);
    let old = local.head();
    let new = local.draft(Some(old), &[("a", Some("4"))]);
    assert_eq!(push(&local, "stage/new", None, new), PushOutcome::Ok);
    assert_eq!(local.store.remote_branch_tip("origin", &branch("stage/new")).unwrap(), Some(new));
}

#[test]
fn a_lost_lease_moves_nothing() {
    let sandbox = Sandbox::new();
    let (origin, local) = hosted(&sandbox);
    let old = local.head();
    let winner = local.draft(Some(old), &[("a", Some("winner"))]);
    let loser = local.draft(Some(old), &[("a", Some("loser"))]);
    assert_eq!(push(&local, "main", Some(old), winner), PushOutcome::Ok);
    let updates = [
        PushUpdate { branch: branch("stage/new"), expected: None, new: Some(loser) },
        PushUpdate { branch: branch("main"), expected: Some(old), new: Some(loser) },
    ];
    let outcome = local.store.push("origin", &updates).unwrap();
    assert!(matches!(outcome, PushOutcome::LostRace { .. }), "{outcome:?}");
    assert_eq!(origin.store.branch_tip(&branch("main")).unwrap(), Some(winner));
    assert_eq!(origin.store.branch_tip(&branch("stage/new")).unwrap(), None);
    // A branch that was to be new exists by now.
    let outcome = push(&local, "stage/test", None, loser);
    assert!(matches!(outcome, PushOutcome::LostRace { .. }), "{outcome:?}");
}

#[test]
fn of_two_pushes_at_once_one_wins_and_the_other_knows() {
    let sandbox = Sandbox::new();
    let (origin, local) = hosted(&sandbox);
    let second = sandbox.clone(&[], "origin.git", "second");
    let mut tip = local.head();
    for round in 0..5 {
        let candidates = [&local, &second].map(|repository| {
            repository.store.fetch("origin", &["main"]).unwrap();
            repository.draft(Some(tip), &[("a", Some(&format!("{round} {}", repository.path.display())))])
        });
        let outcomes = std::thread::scope(|scope| {
            let racers = [(local.store.clone(), candidates[0]), (second.store.clone(), candidates[1])].map(
                |(store, new)| {
                    let update = PushUpdate { branch: branch("main"), expected: Some(tip), new: Some(new) };
                    scope.spawn(move || store.push("origin", &[update]).unwrap())
                },
            );
            racers.map(|racer| racer.join().unwrap())
        });
        let winner = outcomes.iter().position(|outcome| *outcome == PushOutcome::Ok).unwrap();
        assert!(matches!(outcomes[1 - winner], PushOutcome::LostRace { .. }), "{outcomes:?}");
        tip = candidates[winner];
        assert_eq!(origin.store.branch_tip(&branch("main")).unwrap(), Some(tip));
    }
}

#[test]
fn a_refusal_carries_what_the_remote_said() {
    let sandbox = Sandbox::new();
    let (origin, local) = hosted(&sandbox);
    hook(&origin.path, "pre-receive", "#!/bin/sh\necho 'main is protected' >&2\nexit 1\n");
    let old = local.head();
    let outcome = push(&local, "main", Some(old), local.draft(Some(old), &[("a", Some("4"))]));
    let PushOutcome::Refused { reason } = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("main is protected") && reason.contains("hook declined"), "{reason}");
    assert_eq!(origin.store.branch_tip(&branch("main")).unwrap(), Some(old));
}

#[test]
fn a_push_that_breaks_off_is_settled_by_asking() {
    let sandbox = Sandbox::new();
    let (origin, local) = hosted(&sandbox);
    let old = local.head();
    let store = local.store.clone().with_time_limit(Duration::from_millis(1500));
    let try_push = |new: CommitId| {
        let update = PushUpdate { branch: branch("main"), expected: Some(old), new: Some(new) };
        store.push("origin", &[update]).unwrap()
    };
    // Before it was taken: nobody knows whether it will be.
    hook(&origin.path, "pre-receive", "#!/bin/sh\nsleep 5\nexit 1\n");
    let outcome = try_push(local.draft(Some(old), &[("a", Some("4"))]));
    assert!(matches!(&outcome, PushOutcome::Unclear { reason } if reason.contains("1.5 s")), "{outcome:?}");
    // After it was taken: it is there.
    hook(&origin.path, "pre-receive", "#!/bin/sh\nexit 0\n");
    hook(&origin.path, "post-receive", "#!/bin/sh\nsleep 5\n");
    assert_eq!(try_push(local.draft(Some(old), &[("a", Some("5"))])), PushOutcome::Ok);
}

#[test]
fn an_unreachable_remote_is_an_error_without_credentials() {
    let sandbox = Sandbox::new();
    let (_, local) = hosted(&sandbox);
    let url = "https://user:secret@127.0.0.1:1/repository";
    let error = local.store.fetch(url, &["main"]).unwrap_err();
    assert!(matches!(error, Error::GitFailed { .. }), "{error}");
    let old = local.head();
    let update = PushUpdate { branch: branch("main"), expected: Some(old), new: Some(old) };
    let outcome = local.store.push(url, &[update]).unwrap();
    assert!(matches!(outcome, PushOutcome::Unclear { .. }), "{outcome:?}");
    for said in [error.to_string(), format!("{outcome:?}"), format!("{error:?}")] {
        assert!(!said.contains("secret"), "{said}");
    }
    assert!(local.store.fetch("no-such-remote", &["main"]).is_err());
    assert!(local.store.fetch("--upload-pack=touch pwned", &["main"]).is_err());
    assert!(!local.path.join("pwned").exists());
}
