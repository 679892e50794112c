//! Index and files following a branch, without touching what people are working on.

use gitstore::{BranchMove, Checkout, CommitId, Error, Repository};
use pretty_assertions::assert_eq;

use crate::sandbox::{Sandbox, TestRepository, branch, environment, path, signature};

fn advance(
    repository: &TestRepository,
    name: &str,
    old: Option<CommitId>,
    new: CommitId,
) -> Result<Checkout, Error> {
    let branch = branch(name);
    repository.store.move_branch(&BranchMove { branch: &branch, old, new, reflog: "freeze" }, &signature())
}

fn status(repository: &TestRepository) -> String {
    repository.git(&["-c", "core.quotePath=false", "status", "--porcelain"])
}

#[test]
fn a_clean_work_tree_follows() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("with space é");
    repository.git(&["config", "core.autocrlf", "true"]);
    let old = repository.commit(&[("kept", "k"), ("dir/gone", "1"), ("dir/changed é", "1")]);
    let new = repository
        .draft(Some(old), &[("dir/gone", None), ("dir/changed é", Some("2")), ("new/x y", Some("3"))]);
    assert_eq!(advance(&repository, "main", Some(old), new).unwrap(), Checkout::Here);
    assert_eq!(status(&repository), "");
    assert_eq!((repository.head(), repository.read("new/x y")), (new, "3".to_owned()));
    assert!(!repository.path.join("dir/gone").exists());
    let log = repository.git(&["log", "-g", "--format=%H %gs", "HEAD"]);
    assert_eq!(log.lines().next(), Some(format!("{new} freeze").as_str()), "HEAD has its own line");
    assert_eq!(repository.git(&["rev-parse", "HEAD@{1}"]).trim(), old.to_hex());
}

#[test]
fn staged_modified_and_untracked_files_elsewhere_stay() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let old = repository.commit(&[("staged", "1"), ("modified", "1"), ("deleted", "1"), ("freight/x", "1")]);
    repository.write("staged", "2");
    repository.git(&["add", "staged"]);
    repository.write("staged", "3");
    repository.write("modified", "2");
    repository.write("untracked", "u");
    repository.write("freight/untracked", "u");
    repository.write("added", "a");
    repository.git(&["add", "added"]);
    repository.git(&["rm", "--quiet", "deleted"]);
    let before = status(&repository);
    let new = repository.draft(Some(old), &[("freight/x", Some("2")), ("freight/y", Some("1"))]);
    advance(&repository, "main", Some(old), new).unwrap();
    assert_eq!(status(&repository), before);
    assert_eq!((repository.read("staged"), repository.read("modified")), ("3".to_owned(), "2".to_owned()));
    assert_eq!(
        (repository.read("freight/x"), repository.read("freight/y")),
        ("2".to_owned(), "1".to_owned())
    );
    assert_eq!(repository.git(&["show", ":staged"]), "2");
}

#[test]
fn what_is_in_the_way_is_named_before_anything_is_written() {
    let sandbox = Sandbox::new();
    type Prepare = fn(&TestRepository);
    let cases: [(&str, Prepare, &str); 5] = [
        ("modified", |repository| repository.write("freight/x y", "mine"), "freight/x y"),
        (
            "staged",
            |repository| {
                repository.write("freight/x y", "mine");
                repository.git(&["add", "."]);
            },
            "freight/x y",
        ),
        ("untracked", |repository| repository.write("freight/new", "mine"), "freight/new"),
        ("directory", |repository| repository.write("freight/new/deep", "mine"), "freight/new/deep"),
        (
            "deleted",
            |repository| {
                repository.git(&["rm", "--quiet", "freight/x y"]);
            },
            "freight/x y",
        ),
    ];
    for (name, prepare, in_the_way) in cases {
        let repository = sandbox.init(name);
        let old = repository.commit(&[("a", "1"), ("freight/x y", "1")]);
        prepare(&repository);
        repository.write("innocent", "u");
        let new = repository
            .draft(Some(old), &[("freight/x y", Some("2")), ("freight/new", Some("1")), ("a", Some("2"))]);
        let before = (status(&repository), repository.read("a"));
        let error = advance(&repository, "main", Some(old), new).unwrap_err();
        assert!(
            matches!(&error, Error::WorktreeConflict { paths, .. } if *paths == [path(in_the_way)]),
            "{name}: {error:?}"
        );
        assert!(error.hint().unwrap().contains("stash"));
        assert_eq!((status(&repository), repository.read("a")), before, "{name}");
        assert_eq!(repository.head(), old, "{name}");
    }
}

#[test]
fn a_touched_but_equal_file_is_no_conflict() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let old = repository.commit(&[("a", "1")]);
    let file = std::fs::OpenOptions::new().append(true).open(repository.path.join("a")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    let new = repository.draft(Some(old), &[("a", Some("2"))]);
    advance(&repository, "main", Some(old), new).unwrap();
    assert_eq!((status(&repository), repository.read("a")), (String::new(), "2".to_owned()));
}

#[test]
fn a_branch_that_is_not_checked_out_moves_alone() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let old = repository.commit(&[("a", "1")]);
    let index = std::fs::read(repository.path.join(".git/index")).unwrap();
    let new = repository.draft(Some(old), &[("a", Some("2"))]);
    repository.git(&["checkout", "--quiet", "--detach"]);
    repository.write("a", "mine");
    assert_eq!(advance(&repository, "main", Some(old), new).unwrap(), Checkout::Nowhere);
    assert_eq!(repository.read("a"), "mine");
    assert_eq!(std::fs::read(repository.path.join(".git/index")).unwrap(), index);
    assert_eq!(repository.git(&["rev-parse", "main"]).trim(), new.to_hex());
    assert_eq!(advance(&repository, "stage/new", None, new).unwrap(), Checkout::Nowhere);
}

#[test]
fn a_lost_race_leaves_the_work_tree_alone() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let old = repository.commit(&[("a", "1")]);
    let winner = repository.commit(&[("a", "2")]);
    let late = repository.draft(Some(old), &[("b", Some("1"))]);
    let error = advance(&repository, "main", Some(old), late).unwrap_err();
    assert!(error.is_lost_race(), "{error}");
    assert_eq!((repository.head(), status(&repository)), (winner, String::new()));
    assert!(!repository.path.join("b").exists());
}

#[test]
fn the_first_commit_of_a_checked_out_branch_follows_too() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let first = repository.draft(None, &[("a/b", Some("1"))]);
    advance(&repository, "main", None, first).unwrap();
    assert_eq!((status(&repository), repository.read("a/b")), (String::new(), "1".to_owned()));
}

#[test]
fn other_work_trees_are_not_left_stale() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let old = repository.commit(&[("a", "1")]);
    let linked = sandbox.path("linked é");
    repository.git(&["worktree", "add", "--quiet", "-b", "side", linked.to_str().unwrap()]);
    let new = repository.draft(Some(old), &[("a", Some("2"))]);

    let error = advance(&repository, "side", Some(old), new).unwrap_err();
    assert!(matches!(&error, Error::CheckedOutElsewhere { path, .. } if *path == linked), "{error}");

    let from_linked =
        TestRepository { store: Repository::open(&linked, &environment()).unwrap(), path: linked.clone() };
    let error = advance(&from_linked, "main", Some(old), new).unwrap_err();
    assert!(matches!(&error, Error::CheckedOutElsewhere { path, .. } if *path == repository.path), "{error}");
    assert_eq!(advance(&from_linked, "side", Some(old), new).unwrap(), Checkout::Here);
    assert_eq!((from_linked.read("a"), status(&from_linked)), ("2".to_owned(), String::new()));
    assert_eq!(status(&repository), "");

    // A work tree that was deleted by hand holds nothing back.
    std::fs::remove_dir_all(&linked).unwrap();
    assert_eq!(advance(&repository, "side", Some(new), old).unwrap(), Checkout::Nowhere);
}

#[test]
fn a_branch_in_the_middle_of_a_rebase_stays() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let base = repository.commit(&[("a", "1")]);
    repository.git(&["checkout", "--quiet", "-b", "side"]);
    let side = repository.commit(&[("a", "2")]);
    repository.write(".git/rebase-merge/head-name", "refs/heads/side\n");
    repository.git(&["checkout", "--quiet", "--detach", &base.to_hex()]);
    let error = advance(&repository, "side", Some(side), base).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("branch side is in the middle of a rebase in {}", repository.path.display())
    );
}

#[test]
fn hooks_do_not_run() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let old = repository.commit(&[("a", "1")]);
    let marker = sandbox.path("hook ran");
    for name in ["post-checkout", "post-index-change", "reference-transaction", "post-merge"] {
        crate::sandbox::hook(
            &repository.path.join(".git"),
            name,
            &format!("#!/bin/sh\ntouch '{}'\n", marker.display()),
        );
    }
    let new = repository.draft(Some(old), &[("a", Some("2"))]);
    advance(&repository, "main", Some(old), new).unwrap();
    assert!(!marker.exists());
}

#[test]
fn what_a_killed_process_began_in_the_work_tree_is_finished() {
    let sandbox = Sandbox::new();
    let repository = sandbox.init("repository");
    let text = "a line that is long enough to be cut\n";
    let old = repository.commit(&[("changed", "1"), ("gone", "1"), ("half", "1"), ("later", "1")]);
    let new = repository.draft(
        Some(old),
        &[
            ("changed", Some("2")),
            ("gone", None),
            ("half", Some(text)),
            ("later", Some("2")),
            ("dir/new", Some("2")),
        ],
    );
    let note = format!("{new} {old}\n");
    repository.write(".git/waybill-following", &note);
    std::fs::hard_link(
        repository.path.join(".git/waybill-following"),
        repository.path.join(".git/index.lock"),
    )
    .unwrap();
    repository.write(".git/waybill-index.lock", "of a git that was killed");
    // The branch moved; some files did, one is half there, and the index knows of none of it.
    repository.git(&["update-ref", "refs/heads/main", &new.to_hex()]);
    repository.write("changed", "2");
    std::fs::remove_file(repository.path.join("gone")).unwrap();
    repository.write("half", &text[..10]);
    repository.write("untracked", "u");
    repository.store.finish_interrupted().unwrap();
    assert_eq!(status(&repository), "?? untracked\n");
    assert_eq!((repository.read("half"), repository.read("dir/new")), (text.to_owned(), "2".to_owned()));
    for left in ["waybill-following", "waybill-index", "waybill-index.lock", "index.lock"] {
        assert!(!repository.path.join(".git").join(left).exists(), "{left}");
    }
    // Where the branch never moved there is nothing to finish, and somebody else's lock is theirs.
    let next = repository.draft(Some(new), &[("changed", Some("3"))]);
    repository.write(".git/waybill-following", &format!("{next} {new}\n"));
    repository.write(".git/index.lock", "");
    repository.store.finish_interrupted().unwrap();
    assert!(repository.path.join(".git/index.lock").exists());
    assert!(!repository.path.join(".git/waybill-following").exists());
    assert_eq!(repository.read("changed"), "2");
}
