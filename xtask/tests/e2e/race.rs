//! Many processes at once, through one bare remote: nothing lost, nothing twice, one line of commits, no half tree.

use std::collections::BTreeMap;
use std::process::Child;
use std::process::Stdio;

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Run, Sandbox, image, tag};

/// How many processes are at it at once, and how many commands each runs.
const PROCESSES: usize = 16;
const ROUNDS: usize = 3;

/// A bare remote of the shop with so many releases, two of them frozen and promoted.
fn hosted(sandbox: &Sandbox, releases: usize) -> (Repo<'_>, Vec<Repo<'_>>, Vec<String>) {
    let shop = sandbox.shop();
    let mut revisions = vec![shop.head()];
    revisions.extend((1..releases).map(|index| shop.next_revision(&format!("Release {index}"))));
    let origin = sandbox.bare("origin.git", &shop);
    let first = sandbox.clone(&[], &origin, "clone-0");
    for revision in &revisions[..2] {
        first.freeze_with(revision, &["--revision", revision, "--push"]);
        first.xtask(&["promote", "staging", "--push"]).ok();
    }
    first.xtask(&["promote", "test", "--push"]).ok();
    // Two processes share a clone each time.
    let mut clones = vec![first];
    clones.extend((1..PROCESSES / 2).map(|index| sandbox.clone(&[], &origin, &format!("clone-{index}"))));
    (origin, clones, revisions)
}

fn start(repo: &Repo<'_>, arguments: &[String]) -> Child {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = repo.command(&arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What a process does in a round: promotions to and fro in the same and in different stages, verdicts, freezes.
fn task(revisions: &[String], process: usize, round: usize) -> Vec<String> {
    let number = process + round * PROCESSES;
    // Now this one, now that one, and both at the same time.
    let release = || revisions[(process / 4 + process + round) % 2].clone();
    let unfrozen = &revisions[2..];
    let words: Vec<String> = match process % 4 {
        0 => {
            vec!["verify".into(), "staging".into(), "--passed".into(), format!("--evidence=x://{number}")]
        }
        1 if process == 1 && round < unfrozen.len() => {
            let revision = &unfrozen[round];
            vec!["freeze".into(), "--image".into(), image(revision), format!("--revision={revision}")]
        }
        1 | 2 => {
            vec!["promote".into(), "staging".into(), "--rollback".into(), release()]
        }
        _ => vec!["promote".into(), "test".into(), "--rollback".into(), release()],
    };
    words.into_iter().chain(["--push".into(), "--json".into()]).collect()
}

#[test]
fn sixteen_processes_lose_nothing_and_do_nothing_twice() {
    let sandbox = Sandbox::new();
    let (origin, clones, revisions) = hosted(&sandbox, 2 + ROUNDS);
    let mut before = BTreeMap::new();
    for branch in ["main", "stage/staging", "stage/test"] {
        before.insert(branch, origin.rev(branch));
    }
    let mut made: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for round in 0..ROUNDS {
        let running: Vec<_> = (0..PROCESSES)
            .map(|process| {
                let task = task(&revisions, process, round);
                (start(&clones[process / 2], &task), task)
            })
            .collect();
        for (child, task) in running {
            let run = Run::finished(&task.join(" "), &child.wait_with_output().unwrap());
            run.ok();
            let branch = match (task[0].as_str(), task[1].as_str()) {
                ("freeze", _) => "main",
                (_, "staging") => "stage/staging",
                _ => "stage/test",
            };
            let commit = run.json()["commit"].as_str().map(str::to_owned);
            made.entry(branch).or_default().extend(commit);
        }
    }
    let verdicts = (0..PROCESSES).filter(|process| process % 4 == 0).count() * ROUNDS;
    for (branch, tip) in &before {
        // Every commit that was reported is on the branch's line once, and nothing else is.
        let line = origin.git(&["rev-list", "--first-parent", &format!("{tip}..{branch}")]);
        let mut line: Vec<&str> = line.lines().collect();
        line.sort_unstable();
        let reported = made.entry(branch).or_default();
        reported.sort();
        assert_eq!(line, *reported, "{branch}");
        let parents = origin.git(&["rev-list", "--parents", &format!("{tip}..{branch}")]);
        assert!(parents.lines().all(|line| line.split(' ').count() == 2), "{branch} has merges: {parents}");
    }
    assert_eq!(made["main"].len(), ROUNDS, "each release is frozen once");
    for revision in &revisions {
        assert!(origin.has_ref(&format!("main:freight/shop/{}/freight.yaml", tag(revision))), "{revision}");
    }
    let verification = origin.show("stage/staging", "verification.yaml");
    assert_eq!(verification.matches("x://").count(), verdicts, "{verification}");
    assert!(made["stage/test"].len() >= ROUNDS && made["stage/staging"].len() > verdicts);
    origin.git(&["fsck", "--no-dangling"]);
    let auditor = sandbox.clone(&[], &origin, "auditor");
    auditor.leaves_all(&["audit"]);
    every_tree_is_whole(&auditor);
    for clone in &clones {
        clone.is_clean();
        clone.git(&["fsck", "--no-dangling"]);
    }
}

/// Each commit of a stage holds a record and the manifests that it names: `history` tells what no promotion wrote.
fn every_tree_is_whole(repo: &Repo<'_>) {
    for stage in ["staging", "test"] {
        let entries = repo.leaves_all(&["history", stage, "--json"]).json()["entries"].clone();
        for entry in entries.as_array().unwrap() {
            let event = entry["event"].as_str().unwrap();
            assert!(!["foreign", "nothing"].contains(&event), "{entry}");
        }
    }
}

#[test]
fn git_may_pack_and_prune_beside_promotions() {
    let sandbox = Sandbox::new();
    let (origin, clones, revisions) = hosted(&sandbox, 2);
    let stop = std::sync::atomic::AtomicBool::new(false);
    let clone = &clones[0];
    let there = origin.path.display().to_string();
    let here = clone.path.display().to_string();
    let mut made = Vec::new();
    let before = origin.rev("stage/staging");
    std::thread::scope(|scope| {
        for place in [&there, &here] {
            let git = |arguments: &[&str]| {
                let mut command = std::process::Command::new("git");
                command.env("GIT_CONFIG_GLOBAL", "/dev/null").args(["-C", place]).args(arguments);
                // It may lose against a promotion that holds a lock; then it comes again.
                let _ = command.output().unwrap();
            };
            let stop = &stop;
            scope.spawn(move || {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    git(&["pack-refs", "--all", "--prune"]);
                    // `-A` and not `-a`: what nothing points at yet stays.
                    git(&["repack", "-A", "-d", "--quiet"]);
                    // Objects that nothing points at yet are a promotion's in the making: Git spares them for as
                    // long as it is told, two weeks by itself.
                    git(&["gc", "--quiet", "--prune=1.hour.ago"]);
                }
            });
        }
        for round in 0..12 {
            let revision = &revisions[round % 2];
            let run = clone.xtask(&["promote", "staging", "--rollback", revision, "--push", "--json"]);
            if run.status == Some(0) {
                made.extend(run.json()["commit"].as_str().map(str::to_owned));
            } else {
                stop.store(true, std::sync::atomic::Ordering::Relaxed);
                run.ok();
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    let line = origin.git(&["rev-list", "--reverse", &format!("{before}..stage/staging")]);
    assert_eq!(line.lines().collect::<Vec<_>>(), made);
    assert!(made.len() >= 11, "{made:?}");
    assert_eq!(clone.rev("stage/staging"), origin.rev("stage/staging"));
    for repo in [&origin, clone] {
        repo.git(&["fsck", "--no-dangling"]);
    }
    clone.leaves_all(&["audit"]);
}
