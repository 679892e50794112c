//! A shallow clone as `actions/checkout` makes it.

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Sandbox, tag};

/// What `actions/checkout` does: one commit of one branch, and no other ref.
fn checkout<'s>(sandbox: &'s Sandbox, origin: &Repo<'_>, name: &str) -> Repo<'s> {
    let clone = sandbox.init(name);
    clone.git(&["remote", "add", "origin", &format!("file://{}", origin.path.display())]);
    let commit = origin.rev("main");
    clone.git(&[
        "-c",
        "protocol.version=2",
        "fetch",
        "--quiet",
        "--no-tags",
        "--prune",
        "--no-recurse-submodules",
        "--depth=1",
        "origin",
        &format!("+{commit}:refs/remotes/origin/main"),
    ]);
    clone.git(&["checkout", "--quiet", "--force", "-B", "main", "refs/remotes/origin/main"]);
    assert_eq!(clone.git(&["rev-parse", "--is-shallow-repository"]), "true");
    clone
}

#[test]
fn everything_works_in_a_shallow_clone() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.next_revision("Second");
    let origin = sandbox.bare("origin.git", &shop);

    let ci = checkout(&sandbox, &origin, "ci-freeze");
    let revision = ci.head();
    ci.freeze_with(&revision, &["--push"]);
    assert_eq!(origin.rev("main^"), revision);
    ci.is_clean();
    ci.leaves_all(&["render", "--check"]);
    ci.xtask(&["promote", "staging", "--push"]).ok();

    // Every job has a clone of its own.
    let ci = checkout(&sandbox, &origin, "ci-promote");
    ci.leaves_all(&["render", "--check"]);
    ci.xtask(&["promote", "test", "--push"]).ok();
    assert_eq!(origin.rev("stage/test"), ci.rev("stage/test"));
    assert!(origin.show("stage/test", "promotion.yaml").contains(&tag(&revision)));
    ci.leaves_all(&["status"]).says(&["test", &revision[..7]]);

    // A second release, from a clone that sees the first one's commit alone.
    shop.git(&["pull", "--quiet", "--ff-only", origin.path.to_str().unwrap(), "main"]);
    let third = shop.next_revision("Third");
    shop.git(&["push", "--quiet", origin.path.to_str().unwrap(), "main"]);
    let ci = checkout(&sandbox, &origin, "ci-again");
    ci.freeze_with(&third, &["--push"]);
    ci.xtask(&["promote", "staging", "--push"]).ok();
    assert!(origin.show("stage/staging", "promotion.yaml").contains(&tag(&third)));
    assert_eq!(
        origin.rev("main:freight/shop/current"),
        origin.rev(&format!("main:freight/shop/{}", tag(&third)))
    );

    // The full clone finds nothing to complain about.
    sandbox.clone(&[], &origin, "full").leaves_all(&["audit"]);
}

#[test]
fn freezing_again_in_a_shallow_clone_cuts_no_second_release() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let revision = shop.head();
    shop.freeze(&revision);
    let origin = sandbox.bare("origin.git", &shop);
    // The one commit here is the freeze itself: its tree holds the record of its own parent.
    let ci = checkout(&sandbox, &origin, "ci");
    let image = crate::harness::image(&revision);
    let before = (ci.snapshot(), origin.snapshot());
    ci.xtask(&["freeze", "--image", &image, "--push"]).ok().says(&[&revision, "nothing changed"]);
    // A job that tags its image by what it checked out is told which image is the release's.
    let other = crate::harness::image(&ci.head());
    ci.xtask(&["freeze", "--image", &other, "--push"]).failed(1).says(&[&tag(&revision)]);
    assert_eq!((ci.snapshot(), origin.snapshot()), before);
}

#[test]
fn the_audit_says_what_it_cant_see() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.freeze(&shop.head());
    shop.promote("staging");
    shop.git(&["remote", "add", "origin", shop.path.to_str().unwrap()]);
    let origin = sandbox.bare("origin.git", &shop);
    let ci = checkout(&sandbox, &origin, "ci");
    let report = ci.leaves_all(&["audit", "--json"]).json();
    let status = |invariant: &str| {
        let answers = report["answers"].as_array().unwrap();
        let answer = answers.iter().find(|answer| answer["invariant"] == invariant).unwrap();
        (answer["status"].as_str().unwrap().to_owned(), answer["detail"].as_str().unwrap().to_owned())
    };
    for invariant in ["atomic", "frozen"] {
        let (status, detail) = status(invariant);
        assert_eq!(status, "unprovable", "{invariant}");
        assert!(detail.contains("shallow"), "{detail}");
    }
    for invariant in ["identity", "literal", "mirror", "pure", "rendered"] {
        assert_eq!(status(invariant).0, "ok", "{invariant}");
    }
    // The revision isn't here: what the record says is what the copy is held against.
    assert!(status("literal").1.contains("as recorded"), "{}", status("literal").1);
}

#[test]
fn the_gate_finds_what_lies_behind_the_tip() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let first = shop.head();
    shop.freeze(&first);
    shop.promote("staging");
    shop.freeze(&shop.next_revision("Second"));
    shop.promote("staging");
    let origin = sandbox.bare("origin.git", &shop);
    let ci = checkout(&sandbox, &origin, "ci");
    // The first release left staging's tip; a shallow clone fetches what it needs, or says that it needs more.
    let run = ci.xtask(&["promote", "test", "--freight", &tag(&first), "--push"]);
    if run.status != Some(0) {
        run.failed(3).says(&["shallow", "git fetch --unshallow"]);
        assert!(!origin.has_ref("stage/test"));
        ci.git(&["fetch", "--quiet", "--unshallow", "origin", "+refs/heads/*:refs/remotes/origin/*"]);
        ci.xtask(&["promote", "test", "--freight", &tag(&first), "--push"]).ok();
    }
    assert!(origin.show("stage/test", "promotion.yaml").contains(&tag(&first)));
}
