//! Killed at any step: every ref is old or new, and the same command again completes.
//!
//! A sample of the steps runs by default; `WAYBILL_KILL_STEPS=all` runs each of them, and a number that many of a
//! command.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use pretty_assertions::assert_eq;

use crate::harness::{Repo, Run, Sandbox, image};
use crate::strace::{Step, Tracer, Victims, Who, restore};

/// How many steps of a command are tried where nothing else is asked for.
const SAMPLE: usize = 8;

/// The date of what a killed command commits, so that whoever runs it again makes the same commit.
const DATE: &str = "1710000000 +0000";

/// The refs of both repositories.
type Refs = BTreeMap<String, String>;

/// A remote with the shop and its clone, before a command.
struct Scene<'s> {
    sandbox: &'s Sandbox,
    origin: Repo<'s>,
    clone: Repo<'s>,
}

impl<'s> Scene<'s> {
    fn new(sandbox: &'s Sandbox) -> Self {
        let origin = sandbox.bare("origin.git", &sandbox.shop());
        let clone = sandbox.clone(&[], &origin, "clone");
        // A copy has other inodes and change times than its original, and is the same all the same.
        for setting in [["core.checkStat", "minimal"], ["core.trustCtime", "false"]] {
            clone.git(&["config", setting[0], setting[1]]);
        }
        Self { sandbox, origin, clone }
    }

    /// All refs but those that track a review's branch: where that is gone, they go with the next fetch that prunes.
    fn refs(&self) -> Refs {
        let mut refs = Refs::new();
        for (name, repo) in [("origin", &self.origin), ("clone", &self.clone)] {
            let listed = repo.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
            let listed = listed.lines().filter_map(|line| line.split_once(' '));
            for (reference, id) in listed.filter(|(name, _)| !name.starts_with("refs/remotes/origin/review/"))
            {
                refs.insert(format!("{name}: {reference}"), id.to_owned());
            }
        }
        refs
    }

    /// Both repositories are whole.
    #[track_caller]
    fn is_sound(&self, after: &str) {
        for repo in [&self.origin, &self.clone] {
            let checked = repo.try_git(&["fsck", "--no-dangling", "--no-progress"]);
            let said = String::from_utf8_lossy(&checked.stderr);
            assert!(checked.status.success() && !said.contains("error"), "{after}: {said}");
        }
    }

    /// No lock and no note of ours is left.
    #[track_caller]
    fn is_tidy(&self, after: &str) {
        for directory in [self.origin.path.clone(), self.clone.path.join(".git")] {
            assert_eq!(leftovers(&directory), Vec::<String>::new(), "{after}");
        }
        assert_eq!(self.clone.git(&["status", "--porcelain", "--untracked-files=all"]), "", "{after}");
    }

    fn again(&self, arguments: &[&str]) -> Run {
        let mut command = self.clone.command(arguments);
        command.env("GIT_AUTHOR_DATE", DATE).env("GIT_COMMITTER_DATE", DATE);
        Run::of(&mut command)
    }

    /// What holds after a kill: each ref is old or new; the rerun completes, whatever was left behind. It may say that
    /// there is nothing to approve any more.
    #[track_caller]
    fn recovers(&self, arguments: &[&str], old: &Refs, new: &Refs, after: &str) {
        let refs = self.refs();
        for name in old.keys().chain(new.keys()) {
            let now = refs.get(name);
            assert!(now == old.get(name) || now == new.get(name), "{after}: {name} is at {now:?}");
        }
        self.is_sound(after);
        let locks = leftovers(&self.origin.path);
        if !locks.is_empty() {
            // Locks of the remote are the remote's: they are named, and nothing moves.
            let run = self.again(arguments);
            if run.status == Some(0) && !run.stderr.contains("was left where it is") {
                assert_eq!(self.refs(), *new, "{after}: {}", run.transcript());
            } else if run.status != Some(0) && !run.stderr.contains("has no open review") {
                run.failed(1).says(&["origin", ".lock"]);
            }
            for lock in locks {
                fs::remove_file(self.origin.path.join(lock)).unwrap();
            }
        }
        let run = self.again(arguments);
        let is_approved = arguments.contains(&"approve") && run.stderr.contains("has no open review");
        assert!(run.status == Some(0) || is_approved, "{after}: {}", run.transcript());
        assert_eq!(self.refs(), *new, "{after}: {}", run.transcript());
        self.is_sound(after);
        self.is_tidy(after);
    }
}

/// Lock files and notes below a Git directory, without its objects. Temporary files are swept when they are old.
fn leftovers(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(current) = pending.pop() {
        for entry in fs::read_dir(&current).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                pending.extend((name != "objects").then_some(path));
            } else if name.ends_with(".lock") || name.starts_with("waybill") {
                found.push(path.strip_prefix(directory).unwrap().display().to_string());
            }
        }
    }
    found
}

/// Which steps are tried: of each process evenly apart, the same ones each time.
fn sample(steps: &[Step]) -> Vec<&Step> {
    #[expect(clippy::disallowed_methods, reason = "whoever runs the test may ask for all steps")]
    let asked = std::env::var("WAYBILL_KILL_STEPS").unwrap_or_default();
    let wanted = if asked == "all" { steps.len() } else { asked.parse().unwrap_or(SAMPLE) };
    let mut by_process: BTreeMap<Who, Vec<&Step>> = BTreeMap::new();
    for step in steps {
        by_process.entry(step.who).or_default().push(step);
    }
    let each = wanted.div_ceil(by_process.len().max(1)).max(1);
    let mut sampled = Vec::new();
    for steps in by_process.into_values() {
        let count = steps.len();
        if asked == "all" || each >= count {
            sampled.extend(steps);
            continue;
        }
        // From the middles of equal parts.
        sampled.extend((0..each).map(|part| steps[(2 * part + 1) * count / (2 * each)]));
    }
    sampled
}

/// Kills a command at each step in turn, or at a sample of them.
fn killed_everywhere(scene: &Scene<'_>, arguments: &[&str]) {
    let what = arguments.join(" ");
    let old = scene.refs();
    let Some(tracer) = Tracer::new(scene.sandbox) else {
        eprintln!("strace can't be used here: `{what}` is killed by the clock instead");
        return killed_by_the_clock(scene, arguments, &old);
    };
    scene.clone.git(&["config", "remote.origin.receivepack", &tracer.receive_pack()]);
    // The program at the other end is there for every later push too.
    tracer.save(&[&scene.origin, &scene.clone]);
    let steps = tracer.record(&scene.clone, arguments, DATE);
    let new = scene.refs();
    assert_ne!(old, new, "{what} does something");
    scene.is_tidy(&what);
    let mut tried: BTreeMap<Who, (usize, usize)> = BTreeMap::new();
    for who in steps.iter().map(|step| step.who) {
        tried.entry(who).or_default().1 += 1;
    }
    let mut deaths = 0;
    for (index, step) in sample(&steps).into_iter().enumerate() {
        // Where another process waits for the killed one, both answers count.
        let victims = if index % 2 == 0 { Victims::All } else { Victims::One };
        tracer.restore();
        let run = tracer.kill_at(&scene.clone, arguments, DATE, step, victims);
        tried.entry(step.who).or_default().0 += 1;
        deaths += usize::from(run.status.is_none_or(|status| status > 128));
        assert!(!run.stderr.contains("panicked"), "{}", run.transcript());
        // A lock of the remote on a branch that is done with is warned of.
        if run.status == Some(0) && !run.stderr.contains("was left where it is") {
            assert_eq!(scene.refs(), new, "{what}, {step:?}, {victims:?}: {}", run.transcript());
        }
        let said = run.transcript();
        // The plain binary and the plain Git from here on.
        scene.clone.git(&["config", "--unset", "remote.origin.receivepack"]);
        scene.recovers(arguments, &old, &new, &format!("{what}, {step:?}, {victims:?}\n{said}\n"));
    }
    assert!(deaths > 0, "{what} was never killed");
    eprintln!("`{what}`: {} steps; tried of all, by process: {tried:?}; {deaths} deaths", steps.len());
}

/// The same without strace: killed after this and that many milliseconds.
fn killed_by_the_clock(scene: &Scene<'_>, arguments: &[&str], old: &Refs) {
    let saved = scene.sandbox.path("saved");
    fs::create_dir(&saved).unwrap();
    for repo in [&scene.origin, &scene.clone] {
        let status = std::process::Command::new("cp").arg("-a").arg(&repo.path).arg(&saved).status().unwrap();
        assert!(status.success());
    }
    let begun = Instant::now();
    scene.again(arguments).ok();
    let whole = begun.elapsed();
    let new = scene.refs();
    for part in 0..20_u32 {
        restore(scene.sandbox);
        let mut command = scene.clone.command(arguments);
        command.env("GIT_AUTHOR_DATE", DATE).env("GIT_COMMITTER_DATE", DATE).process_group(0);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * part / 20);
        let group = format!("-{}", child.id());
        let _ = std::process::Command::new("kill").args(["-9", "--", &group]).status();
        child.wait().unwrap();
        // What the kill found at work is gone as soon as the kernel has buried it.
        std::thread::sleep(Duration::from_millis(50));
        scene.recovers(arguments, old, &new, &format!("killed after {part}/20 of {whole:?}"));
    }
}

#[test]
fn a_killed_freeze_with_push_completes() {
    let sandbox = Sandbox::new();
    let scene = Scene::new(&sandbox);
    killed_everywhere(&scene, &["freeze", "--image", &image(&scene.clone.head()), "--push"]);
}

#[test]
fn a_killed_freeze_completes_and_the_work_tree_follows() {
    let sandbox = Sandbox::new();
    let scene = Scene::new(&sandbox);
    scene.clone.freeze(&scene.clone.head());
    let revision = scene.clone.next_revision("Second");
    killed_everywhere(&scene, &["freeze", "--image", &image(&revision)]);
}

#[test]
fn a_killed_promotion_completes() {
    let sandbox = Sandbox::new();
    let scene = Scene::new(&sandbox);
    scene.clone.freeze(&scene.clone.head());
    killed_everywhere(&scene, &["promote", "staging"]);
}

#[test]
fn a_killed_promotion_with_push_completes() {
    let sandbox = Sandbox::new();
    let scene = Scene::new(&sandbox);
    scene.clone.freeze_with(&scene.clone.head(), &["--push"]);
    killed_everywhere(&scene, &["promote", "staging", "--push"]);
}

#[test]
fn a_killed_verdict_completes() {
    let sandbox = Sandbox::new();
    let scene = Scene::new(&sandbox);
    scene.clone.freeze_with(&scene.clone.head(), &["--push"]);
    scene.clone.xtask(&["promote", "staging", "--push"]).ok();
    killed_everywhere(&scene, &["verify", "staging", "--passed", "--evidence", "x://run", "--push"]);
}

#[test]
fn a_killed_rollback_completes() {
    let sandbox = Sandbox::new();
    let scene = Scene::new(&sandbox);
    let clone = &scene.clone;
    clone.freeze_with(&clone.head(), &["--push"]);
    clone.xtask(&["promote", "staging", "--push"]).ok();
    let first = clone.rev("stage/staging");
    clone.next_revision("Second");
    clone.git(&["push", "--quiet", "origin", "main"]);
    clone.freeze_with(&clone.head(), &["--push"]);
    clone.xtask(&["promote", "staging", "--push"]).ok();
    killed_everywhere(&scene, &["rollback", "staging", "--to", &first, "--push"]);
}

#[test]
fn a_killed_record_of_a_merge_completes() {
    let sandbox = Sandbox::new();
    let scene = Scene::new(&sandbox);
    let clone = &scene.clone;
    clone.edit("envs/pipeline.yaml", "deployments: [test]\n", "deployments: [test]\n    legacy: test\n");
    let revision = clone.commit("Name the legacy environment");
    clone.git(&["push", "--quiet", "origin", "main"]);
    clone.freeze_with(&revision, &["--push"]);
    killed_everywhere(&scene, &["legacy", "record", "test", "--revision", &revision, "--push"]);
}

/// A scene whose release went as far as before production.
fn before_production<'s>(sandbox: &'s Sandbox) -> Scene<'s> {
    let scene = Scene::new(sandbox);
    scene.clone.freeze_with(&scene.clone.head(), &["--push"]);
    for stage in ["staging", "test"] {
        scene.clone.xtask(&["promote", stage, "--push"]).ok();
    }
    scene
}

#[test]
fn a_killed_review_completes() {
    let sandbox = Sandbox::new();
    let scene = before_production(&sandbox);
    killed_everywhere(&scene, &["promote", "production", "--push"]);
}

#[test]
fn a_killed_approval_completes() {
    let sandbox = Sandbox::new();
    let scene = before_production(&sandbox);
    scene.clone.xtask(&["promote", "production", "--push"]).ok();
    killed_everywhere(&scene, &["review", "approve", "production", "--push"]);
}
