//! The built binary on real repositories: what a user waits for, process start included.
//!
//! `cargo bench -p xtask` runs everything. The freeze benches make a source of 200,000 files once, which takes a
//! while; `cargo bench -p xtask -- render` runs the others alone. `HELM=/path/of/helm cargo bench -p xtask --bench
//! commands -- push` compares a promotion with the same by hand.

#![allow(
    clippy::disallowed_methods,
    reason = "a bench's fixture may be half-written when the machine dies, and the Helm beside ours is named from outside"
)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use divan::Bencher;

fn main() {
    divan::main();
}

const XTASK: &str = env!("CARGO_BIN_EXE_xtask");

/// A repository in a temporary directory.
struct Fixture {
    directory: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let fixture = Self { directory: tempfile::tempdir().expect("a temporary directory") };
        fixture.git(&["init", "--quiet", "--initial-branch=main"]);
        fixture
    }

    /// The sample package and policy, with one release frozen.
    fn sample() -> Self {
        let fixture = Self::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
        for name in ["helm", "envs"] {
            copy(&root.join(name), &fixture.path().join(name));
        }
        fixture.git(&["add", "."]);
        fixture.git(&["commit", "--quiet", "--message=Sample"]);
        let revision = fixture.git(&["rev-parse", "HEAD"]);
        fixture.freeze(&revision, None);
        fixture
    }

    /// The sample with its second release in review for production, which has the first.
    fn sample_in_review() -> Self {
        let fixture = Self::sample();
        let revision = fixture.git(&["rev-parse", "HEAD^"]);
        fixture.bring_to_production(&revision);
        fixture.xtask(&["review", "approve", "production"]);
        let chart = fixture.path().join("helm/Chart.yaml");
        let text = fs::read_to_string(&chart).expect("the sample's chart");
        fs::write(&chart, format!("{text}# the second release\n")).expect("the fixture can be written");
        fixture.git(&["commit", "--quiet", "--all", "--message=Second"]);
        let revision = fixture.git(&["rev-parse", "HEAD"]);
        fixture.freeze(&revision, None);
        fixture.bring_to_production(&revision);
        fixture
    }

    fn bring_to_production(&self, revision: &str) {
        self.xtask(&["promote", "--auto"]);
        self.xtask(&["verify", "test"]);
        self.xtask(&["promote", "levelbuilder"]);
        self.xtask(&["legacy", "record", "production", "--revision", revision]);
        self.xtask(&["promote", "production"]);
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn freeze(&self, revision: &str, source: Option<&Path>) {
        let image = format!("ghcr.io/code-dot-org/code-dot-org:git-{revision}@sha256:{}", "0".repeat(64));
        let mut arguments = vec!["freeze", "--image", &image];
        let source = source.map(|path| path.display().to_string());
        if let Some(source) = &source {
            arguments.extend(["--source", source]);
        }
        self.xtask(&arguments);
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs([("GIT_AUTHOR_NAME", "Bench"), ("GIT_AUTHOR_EMAIL", "bench@example.com")])
            .envs([("GIT_COMMITTER_NAME", "Bench"), ("GIT_COMMITTER_EMAIL", "bench@example.com")]);
        command
    }

    fn git(&self, arguments: &[&str]) -> String {
        run(self.command("git").args(arguments))
    }

    fn xtask(&self, arguments: &[&str]) -> String {
        run(self.command(XTASK).args(arguments))
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stderr}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}

/// What every process costs: start, arguments, and nothing else.
#[divan::bench]
fn version(bencher: Bencher<'_, '_>) {
    bencher.bench(|| run(Command::new(XTASK).arg("--version")));
}

/// All candidates of the sample; nothing changed since the last time.
#[divan::bench]
fn render(bencher: Bencher<'_, '_>) {
    let fixture = Fixture::sample();
    bencher.bench_local(|| fixture.xtask(&["render"]));
}

/// The first promotion of the sample into a stage of two deployments.
#[divan::bench]
fn promote_no_sync(bencher: Bencher<'_, '_>) {
    let fixture = Fixture::sample();
    bencher
        .with_inputs(|| {
            let branch = fixture.git(&["branch", "--list", "stage/staging"]);
            if !branch.is_empty() {
                fixture.git(&["branch", "--quiet", "-D", "stage/staging"]);
            }
        })
        .bench_local_values(|()| fixture.xtask(&["promote", "staging", "--no-sync"]));
}

/// A promotion that finds nothing to do.
#[divan::bench]
fn promote_unchanged(bencher: Bencher<'_, '_>) {
    let fixture = Fixture::sample();
    fixture.xtask(&["promote", "staging", "--no-sync"]);
    bencher.bench_local(|| fixture.xtask(&["promote", "staging", "--no-sync"]));
}

/// The sample with a bare remote, and what its stage of two deployments begins with.
struct Remote {
    fixture: Fixture,
    bare: tempfile::TempDir,
    base: String,
}

impl Remote {
    fn of_sample() -> Self {
        let fixture = Fixture::sample();
        let bare = tempfile::tempdir().expect("a temporary directory");
        fixture.git(&[
            "init",
            "--quiet",
            "--bare",
            "--initial-branch=main",
            &bare.path().display().to_string(),
        ]);
        fixture.git(&["remote", "add", "origin", &bare.path().display().to_string()]);
        fixture.git(&["push", "--quiet", "origin", "main"]);
        fixture.xtask(&["promote", "staging", "--push"]);
        let base = fixture.git(&["rev-parse", "stage/staging^"]);
        Self { fixture, bare, base }
    }

    /// Goes back to before the promotion, here and there.
    fn reset(&self) {
        for directory in [self.bare.path(), self.fixture.path()] {
            run(Command::new("git").current_dir(directory).args([
                "update-ref",
                "refs/heads/stage/staging",
                &self.base,
            ]));
        }
        self.fixture.git(&["fetch", "--quiet", "--prune", "origin"]);
    }
}

/// A promotion of the sample through a bare remote: gates, both renders, commit and push.
#[divan::bench(sample_count = 30)]
fn promote_push(bencher: Bencher<'_, '_>) {
    let remote = Remote::of_sample();
    bencher
        .with_inputs(|| remote.reset())
        .bench_local_values(|()| remote.fixture.xtask(&["promote", "staging", "--push"]));
}

/// The same by hand with the Helm that the variable HELM names: fetch, render both deployments, commit and push. There
/// are no gates, no records and no digest in it.
#[divan::bench(sample_count = 30)]
fn helm_and_git_push(bencher: Bencher<'_, '_>) {
    #[expect(clippy::disallowed_methods, reason = "whoever runs the bench may name a Helm")]
    let Some(helm) = std::env::var_os("HELM") else { return };
    let remote = Remote::of_sample();
    let stage = tempfile::tempdir().expect("a temporary directory");
    let stage = stage.path().join("stage");
    remote.reset();
    remote.fixture.git(&[
        "worktree",
        "add",
        "--quiet",
        "--force",
        &stage.display().to_string(),
        "stage/staging",
    ]);
    let image = remote.fixture.git(&["show", "main:freight/codeai/current/freight.yaml"]);
    let image = image.lines().find_map(|line| line.trim().strip_prefix("ref: ")).expect("an image");
    let in_stage =
        |arguments: &[&str]| run(remote.fixture.command("git").current_dir(&stage).args(arguments));
    bencher
        .with_inputs(|| {
            remote.reset();
            in_stage(&["reset", "--quiet", "--hard", &remote.base]);
        })
        .bench_local_values(|()| {
            remote.fixture.git(&["fetch", "--quiet", "origin"]);
            for (deployment, release) in [("staging", "codeai"), ("adhoc-demo", "adhoc-demo")] {
                let manifests = stage.join("manifests").join(deployment);
                let output = manifests.display().to_string();
                let values = format!("envs/deployments/{deployment}/values.yaml");
                let (image, namespace) = (format!("image={image}"), format!("codeai-{deployment}"));
                let mut template = remote.fixture.command(&helm.to_string_lossy());
                template
                    .args(["template", release, "freight/codeai/current/helm", "--namespace", &namespace])
                    .args(["--values", "envs/envTypes/staging.values.yaml", "--set", &image])
                    .args(["--kube-version", "v1.33.4", "--api-versions", "external-secrets.io/v1"])
                    .args(["--api-versions", "monitoring.coreos.com/v1", "--output-dir", &output]);
                if remote.fixture.path().join(&values).exists() {
                    template.args(["--values", &values]);
                }
                run(&mut template);
            }
            in_stage(&["add", "."]);
            in_stage(&["commit", "--quiet", "--message=Promote"]);
            in_stage(&["push", "--quiet", "origin", "stage/staging"]);
        });
}

/// The check of the sample's review for production: gates, base, and rendering both deployments again.
#[divan::bench]
fn review_check(bencher: Bencher<'_, '_>) {
    let fixture = Fixture::sample_in_review();
    bencher.bench_local(|| fixture.xtask(&["review", "check", "production"]));
}

/// The report of the same review as one page.
#[divan::bench]
fn review_show(bencher: Bencher<'_, '_>) {
    let fixture = Fixture::sample_in_review();
    bencher.bench_local(|| fixture.xtask(&["review", "show", "production", "--format", "html"]));
}

/// A freeze from a source of so many files: the cost must not follow their number.
#[divan::bench(args = [2_000, 200_000], sample_count = 20)]
fn freeze_from_source_of(bencher: Bencher<'_, '_>, files: usize) {
    let fixture = Fixture::sample();
    let (source, revision) = source(files);
    let base = fixture.git(&["rev-parse", "main"]);
    bencher
        .with_inputs(|| {
            fixture.git(&["reset", "--quiet", "--hard", &base]);
        })
        .bench_local_values(|()| fixture.freeze(&revision, Some(source.path())));
}

/// A bare repository with the sample package among that many other files.
fn source(files: usize) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    run(Command::new("git")
        .args(["init", "--quiet", "--bare", "--initial-branch=main"])
        .arg(directory.path()));
    let mut stream = Vec::new();
    let mut add = |path: &str, bytes: &[u8]| {
        write!(stream, "M 100644 inline {path}\ndata {}\n", bytes.len()).expect("memory");
        stream.extend_from_slice(bytes);
        stream.push(b'\n');
    };
    for index in 0..files {
        let path = format!("src/{}/{}/file{index}.txt", index % 97, index % 1013);
        add(&path, format!("file {index}\n").as_bytes());
    }
    let package =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").join("helm");
    for path in files_below(&package) {
        let name = path.strip_prefix(&package).expect("below the package").display().to_string();
        add(&format!("helm/{name}"), &fs::read(&path).expect("a file"));
    }
    let header =
        "commit refs/heads/main\ncommitter Bench <bench@example.com> 1700000000 +0000\ndata 7\nSource\n\n";
    let mut import = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(directory.path())
        .stdin(Stdio::piped())
        .spawn()
        .expect("git starts");
    let mut stdin = import.stdin.take().expect("piped");
    stdin.write_all(header.as_bytes()).and_then(|()| stdin.write_all(&stream)).expect("git reads");
    drop(stdin);
    assert!(import.wait().expect("git ends").success());
    let revision = run(Command::new("git").args(["rev-parse", "main"]).current_dir(directory.path()));
    (directory, revision)
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}
