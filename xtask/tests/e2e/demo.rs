//! `demo`: the whole flow in a throw-away clone.

use std::path::PathBuf;

use crate::harness::{Repo, Run, Sandbox};

/// Runs the demonstration in a repository, which it must leave alone, without an identity of anybody.
fn run(sandbox: &Sandbox, repo: &Repo<'_>) -> Run {
    let before = repo.snapshot();
    let mut command = repo.command(&["demo"]);
    // What is left to look at goes with the sandbox.
    command.env("TMPDIR", sandbox.path("home"));
    for name in
        ["AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL", "AUTHOR_DATE", "COMMITTER_DATE"]
    {
        command.env_remove(format!("GIT_{name}"));
    }
    let run = Run::of(&mut command);
    run.ok();
    repo.is_as(&before);
    run
}

#[test]
fn two_releases_go_through_two_stages() {
    let sandbox = Sandbox::new();
    let sample = sandbox.sample();
    let run = run(&sandbox, &sample);
    run.says(&["freeze", "promote staging", "promote test", "audit"]);
    // The path that is left to look at is a repository with all of it.
    let path = run
        .stdout
        .split_whitespace()
        .map(|word| PathBuf::from(word.trim_end_matches(['.', ':', ','])))
        .find(|path| path.is_absolute() && path.join(".git").is_dir())
        .unwrap_or_else(|| panic!("no path to look at: {}", run.transcript()));
    let left = sandbox.repo(path.to_str().unwrap());
    for stage in ["staging", "test"] {
        let branch = format!("stage/{stage}");
        assert!(left.has_ref(&branch), "{branch}");
        assert_eq!(left.rev(&branch), left.rev(&format!("origin/{branch}")), "pushed");
    }
    let releases = left.git(&["ls-tree", "--name-only", "main:freight/codeai"]);
    assert_eq!(releases.lines().filter(|name| name.starts_with("git-")).count(), 2, "{releases}");
    left.leaves_all(&["audit"]);
}

#[test]
fn where_there_is_nothing_to_show_nothing_is_left_behind() {
    let sandbox = Sandbox::new();
    let temporary = sandbox.repo("temporary");
    std::fs::create_dir(&temporary.path).unwrap();
    let empty = sandbox.init("empty");
    for (repo, says) in [(sandbox.repo("home"), "no Git repository"), (empty, "no commit")] {
        let mut command = repo.command(&["demo"]);
        command.env("TMPDIR", &temporary.path);
        Run::of(&mut command).failed(1).says(&[says]);
        let left: Vec<_> = std::fs::read_dir(&temporary.path).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
        repo.refuses(&["demo", "--into", "new"], 1, &[says]);
    }
}
