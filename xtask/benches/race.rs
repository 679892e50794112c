//! Sixteen processes promote, freeze and verify through one bare remote, until there are a thousand promotions:
//! `cargo bench -p xtask --bench race [-- PROMOTIONS]`. Prints promotions a second, and fails where one is lost, done
//! twice or half.

#![allow(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const XTASK: &str = env!("CARGO_BIN_EXE_xtask");
const PROCESSES: usize = 16;
const PROMOTIONS: usize = 1000;
/// Of so many commands of a process one is a verdict, and one a freeze as long as there are releases to freeze.
const OTHERS_EVERY: usize = 10;
const RELEASES: usize = 40;

fn main() {
    // Cargo adds a flag of its own.
    let promotions = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(PROMOTIONS);
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (origin, revisions) = remote(directory.path());
    let clones: Vec<PathBuf> = (0..PROCESSES).map(|index| clone(directory.path(), &origin, index)).collect();
    let setup = &clones[0];
    for revision in &revisions[..2] {
        ok(xtask(setup, &[freeze(revision), vec!["--push".to_owned()]].concat()));
        for stage in ["staging", "test"] {
            ok(xtask(setup, &["promote", stage, "--push"].map(str::to_owned)));
        }
    }
    let branches = ["main", "stage/staging", "stage/test"];
    let before = branches.map(|branch| git(&origin, &["rev-parse", branch]));

    let (left, next_release) = (AtomicUsize::new(promotions), AtomicUsize::new(2));
    let (made, verdicts) = (Mutex::new(BTreeSet::new()), AtomicUsize::new(0));
    let (unchanged, slowest) = (AtomicUsize::new(0), Mutex::new(0.0_f64));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for (index, clone) in clones.iter().enumerate() {
            let (left, next_release, made, verdicts) = (&left, &next_release, &made, &verdicts);
            let (unchanged, slowest, revisions) = (&unchanged, &slowest, &revisions);
            scope.spawn(move || {
                for round in 0.. {
                    let words = match (index + round) % OTHERS_EVERY {
                        0 => {
                            verdicts.fetch_add(1, Ordering::Relaxed);
                            let evidence = format!("--evidence=x://{index}/{round}");
                            ["verify", "staging", "--passed", &evidence].map(str::to_owned).to_vec()
                        }
                        1 => match revisions.get(next_release.fetch_add(1, Ordering::Relaxed)) {
                            Some(revision) => freeze(revision),
                            None => continue,
                        },
                        _ => {
                            if left
                                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                                    left.checked_sub(1)
                                })
                                .is_err()
                            {
                                return;
                            }
                            let stage = if index % 2 == 0 { "staging" } else { "test" };
                            let revision = &revisions[(index / 2 + round) % 2];
                            ["promote", stage, "--rollback", revision].map(str::to_owned).to_vec()
                        }
                    };
                    let words = [words, vec!["--push".to_owned(), "--json".to_owned()]].concat();
                    let started = Instant::now();
                    let said = ok(xtask(clone, &words));
                    let took = started.elapsed().as_secs_f64();
                    let mut slowest = slowest.lock().expect("no thread panics with it");
                    *slowest = slowest.max(took);
                    let answer: serde_json::Value = serde_json::from_str(&said).expect("JSON");
                    match answer["commit"].as_str() {
                        Some(commit) => {
                            let is_new =
                                made.lock().expect("no thread panics with it").insert(commit.to_owned());
                            assert!(is_new, "{commit} was made twice");
                        }
                        None => drop(unchanged.fetch_add(1, Ordering::Relaxed)),
                    }
                }
            });
        }
    });
    let took = begun.elapsed().as_secs_f64();

    let made = made.into_inner().expect("no thread panicked");
    let mut found = BTreeSet::new();
    for (branch, before) in branches.iter().zip(&before) {
        let range = format!("{before}..{branch}");
        let line = git(&origin, &["rev-list", "--first-parent", &range]);
        let parents = git(&origin, &["rev-list", "--parents", &range]);
        assert!(parents.lines().all(|line| line.split(' ').count() == 2), "{branch} isn't linear");
        found.extend(line.lines().map(str::to_owned));
    }
    assert_eq!(found, made, "what was reported is what is there");
    let verification = git(&origin, &["show", "stage/staging:verification.yaml"]);
    assert_eq!(verification.matches("x://").count(), verdicts.into_inner());
    git(&origin, &["fsck", "--no-dangling"]);
    let auditor = clone(directory.path(), &origin, PROCESSES);
    ok(xtask(&auditor, &["audit".to_owned()]));
    for stage in ["staging", "test"] {
        let history = ok(xtask(&auditor, &["history", stage, "--json"].map(str::to_owned)));
        assert!(!history.contains("\"foreign\""), "{stage} has a half tree");
    }
    let unchanged = unchanged.into_inner();
    println!(
        "{promotions} promotions by {PROCESSES} processes in {took:.1} s: {:.1} a second; {} commits in all, {unchanged} \
         found nothing to do, the slowest command took {:.1} s",
        promotions as f64 / took,
        made.len(),
        slowest.into_inner().expect("no thread panicked"),
    );
}

/// A bare repository of the shop with many revisions, each a release to freeze.
fn remote(directory: &Path) -> (PathBuf, Vec<String>) {
    let shop = directory.join("shop");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/shop");
    run(Command::new("cp").arg("-r").arg(fixture).arg(&shop));
    git(&shop, &["init", "--quiet", "--initial-branch=main"]);
    let mut revisions = Vec::new();
    for index in 0..RELEASES {
        let chart =
            format!("apiVersion: v2\nname: shop\ndescription: Release {index}\nversion: 0.{index}.0\n");
        let values = std::fs::read_to_string(shop.join("helm/values.yaml")).expect("a file");
        let line = values.lines().find(|line| line.starts_with("greeting:")).expect("a greeting");
        let values = values.replace(line, &format!("greeting: Hello {index}"));
        for (name, text) in [("helm/Chart.yaml", chart), ("helm/values.yaml", values)] {
            gitstore::write_file_atomically(&shop.join(name), text.as_bytes(), gitstore::FileMode::Regular)
                .expect("a file");
        }
        git(&shop, &["add", "."]);
        git(&shop, &["commit", "--quiet", "--message", &format!("Release {index}")]);
        revisions.push(git(&shop, &["rev-parse", "HEAD"]));
    }
    let origin = directory.join("origin.git");
    run(command("git").args(["clone", "--quiet", "--bare"]).arg(&shop).arg(&origin));
    (origin, revisions)
}

fn clone(directory: &Path, origin: &Path, index: usize) -> PathBuf {
    let clone = directory.join(format!("clone-{index}"));
    let url = format!("file://{}", origin.display());
    run(command("git").args(["clone", "--quiet", &url]).arg(&clone));
    for branch in ["stage/staging", "stage/test"] {
        // What is there already.
        let _ = command("git").args(["fetch", "--quiet", "origin", branch]).current_dir(&clone).output();
    }
    clone
}

fn freeze(revision: &str) -> Vec<String> {
    let image = format!("registry.example.org/shop:git-{revision}@sha256:{}", "1".repeat(64));
    ["freeze", "--image", &image, "--revision", revision].map(str::to_owned).to_vec()
}

fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs([("GIT_AUTHOR_NAME", "Bench"), ("GIT_AUTHOR_EMAIL", "bench@example.com")])
        .envs([("GIT_COMMITTER_NAME", "Bench"), ("GIT_COMMITTER_EMAIL", "bench@example.com")]);
    command
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    run(command("git").args(arguments).current_dir(directory))
}

/// Runs a command as the person whose clone it is: two people never make the same commit, as one person does who promotes
/// the same twice in a second.
fn xtask(directory: &Path, arguments: &[String]) -> Output {
    let person = directory.file_name().expect("a clone has a name");
    let mut command = command(XTASK);
    command.env("GIT_AUTHOR_NAME", person).env("GIT_COMMITTER_NAME", person);
    command.args(arguments).current_dir(directory).output().expect("the program starts")
}

fn run(command: &mut Command) -> String {
    ok(command.output().expect("the program starts"))
}

fn ok(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
