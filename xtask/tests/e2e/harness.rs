//! Temporary repositories and the binary under test, hermetic: cleared environment, no configuration from outside,
//! fixed dates and identities.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use pretty_assertions::assert_eq;

use crate::snapshot::Snapshot;

/// The digest of every image.
pub(crate) const DIGEST: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
/// A digest that is another.
pub(crate) const OTHER_DIGEST: &str =
    "sha256:2222222222222222222222222222222222222222222222222222222222222222";

/// The committer time of the first commit; every later one comes a minute after the one before.
const EPOCH: i64 = 1_700_000_000;

/// A temporary directory in which all repositories of a test lie.
pub(crate) struct Sandbox {
    directory: tempfile::TempDir,
    seconds: Cell<i64>,
}

/// A repository, its path being the work tree's or, where it is bare, its own.
pub(crate) struct Repo<'s> {
    sandbox: &'s Sandbox,
    pub(crate) path: PathBuf,
}

/// How a run of the binary ended and what it said.
#[derive(Debug)]
pub(crate) struct Run {
    arguments: String,
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let sandbox = Self { directory: tempfile::tempdir().unwrap(), seconds: Cell::new(EPOCH) };
        fs::create_dir(sandbox.path("home")).unwrap();
        sandbox
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        // Canonical, since the temporary directory is a symlink on some systems.
        fs::canonicalize(self.directory.path()).unwrap().join(name)
    }

    /// A repository by its name, which need not exist.
    pub(crate) fn repo(&self, name: &str) -> Repo<'_> {
        Repo { sandbox: self, path: self.path(name) }
    }

    /// An empty repository on branch `main`.
    pub(crate) fn init(&self, name: &str) -> Repo<'_> {
        self.git(&["init", "--quiet", "--initial-branch=main", "--", name]);
        self.repo(name)
    }

    /// A bare repository with the branches of another.
    pub(crate) fn bare(&self, name: &str, source: &Repo<'_>) -> Repo<'_> {
        self.git(&[
            "clone",
            "--quiet",
            "--bare",
            "--no-hardlinks",
            "--",
            source.path.to_str().unwrap(),
            name,
        ]);
        let bare = self.repo(name);
        bare.git(&["remote", "remove", "origin"]);
        bare
    }

    pub(crate) fn clone(&self, options: &[&str], source: &Repo<'_>, name: &str) -> Repo<'_> {
        let url = format!("file://{}", source.path.display());
        let mut arguments = vec!["clone", "--quiet"];
        arguments.extend(options);
        arguments.extend(["--", &url, name]);
        self.git(&arguments);
        self.repo(name)
    }

    /// The shop in one commit: a small chart, and a policy with the stages staging, test and (by review) production.
    pub(crate) fn shop(&self) -> Repo<'_> {
        self.shop_at("shop")
    }

    pub(crate) fn shop_at(&self, name: &str) -> Repo<'_> {
        let shop = self.init(name);
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/shop"), &shop.path);
        shop.commit("Open the shop");
        shop
    }

    /// This repository's own package and policy in one commit.
    pub(crate) fn sample(&self) -> Repo<'_> {
        let sample = self.init("sample");
        for directory in ["helm", "envs"] {
            copy(&workspace().join(directory), &sample.path.join(directory));
        }
        sample.commit("Sample");
        sample
    }

    /// Runs Git in the sandbox itself.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.repo("").git(arguments)
    }

    /// A command with nothing of the environment but what every command here gets.
    pub(crate) fn command(&self, program: &str) -> Command {
        #[expect(clippy::disallowed_methods, reason = "the machine's own Git must be found")]
        let search_path = std::env::var_os("PATH").unwrap_or_default();
        let date = format!("{} +0000", self.tick());
        let mut command = Command::new(program);
        command.env_clear().env("PATH", search_path).env("HOME", self.path("home")).stdin(Stdio::null());
        for (name, value) in [
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_AUTHOR_NAME", "Ada"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_AUTHOR_DATE", &date),
            ("GIT_COMMITTER_NAME", "Ada"),
            ("GIT_COMMITTER_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_DATE", &date),
            ("LC_ALL", "C"),
        ] {
            command.env(name, value);
        }
        command
    }

    /// The binary under test, without a directory of its own.
    pub(crate) fn xtask_command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_xtask"));
        command.args(arguments).current_dir(self.path(""));
        command
    }

    pub(crate) fn xtask(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.xtask_command(arguments))
    }

    fn tick(&self) -> i64 {
        let now = self.seconds.get();
        self.seconds.set(now + 60);
        now
    }
}

impl<'s> Repo<'s> {
    /// Runs Git, which must succeed, and returns what it printed without white space around it.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = self.try_git(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {}: {said}", arguments.join(" "));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs Git, whatever comes of it.
    pub(crate) fn try_git(&self, arguments: &[&str]) -> Output {
        self.sandbox.command("git").args(arguments).current_dir(&self.path).output().unwrap()
    }

    /// The binary under test in this repository.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.xtask_command(arguments);
        command.current_dir(&self.path);
        command
    }

    pub(crate) fn xtask(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.command(arguments))
    }

    /// Runs the binary, which must fail with this status, say all of this, and leave every file and ref alone.
    #[track_caller]
    pub(crate) fn refuses(&self, arguments: &[&str], status: i32, says: &[&str]) -> Run {
        let before = self.snapshot();
        let run = self.xtask(arguments);
        run.failed(status).says(says);
        self.is_as(&before);
        run
    }

    /// Runs the binary, which must succeed and leave every file and ref alone.
    #[track_caller]
    pub(crate) fn leaves_all(&self, arguments: &[&str]) -> Run {
        let before = self.snapshot();
        let run = self.xtask(arguments);
        run.ok();
        self.is_as(&before);
        run
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.path)
    }

    #[track_caller]
    pub(crate) fn is_as(&self, before: &Snapshot) {
        assert_eq!(self.snapshot(), *before);
    }

    /// Writes a file and the directories above it.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        write(&path, content.as_ref());
    }

    /// Replaces a text that must stand in a file once.
    #[track_caller]
    pub(crate) fn edit(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert_eq!(text.matches(old).count(), 1, "{old:?} in {path}:\n{text}");
        self.write(path, text.replace(old, new));
    }

    #[track_caller]
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn exists(&self, path: &str) -> bool {
        self.path.join(path).exists()
    }

    pub(crate) fn remove(&self, path: &str) {
        let path = self.path.join(path);
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }

    /// Commits everything and returns the commit.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.head()
    }

    /// A commit that changes the chart: the next revision to freeze.
    pub(crate) fn next_revision(&self, greeting: &str) -> String {
        let values = self.read("helm/values.yaml");
        let line = values.lines().find(|line| line.starts_with("greeting:")).unwrap();
        self.edit("helm/values.yaml", line, &format!("greeting: {greeting}"));
        self.edit("helm/Chart.yaml", "description: A", &format!("# {greeting}\ndescription: A"));
        self.commit(greeting)
    }

    pub(crate) fn head(&self) -> String {
        self.rev("HEAD")
    }

    /// The object that a name stands for.
    #[track_caller]
    pub(crate) fn rev(&self, name: &str) -> String {
        self.git(&["rev-parse", "--verify", name])
    }

    pub(crate) fn has_ref(&self, name: &str) -> bool {
        self.try_git(&["rev-parse", "--verify", "--quiet", name]).status.success()
    }

    /// The paths of all files in a tree.
    pub(crate) fn paths(&self, tree: &str) -> Vec<String> {
        let listed = self.git(&["-c", "core.quotePath=off", "ls-tree", "-r", "--name-only", tree]);
        listed.lines().map(str::to_owned).collect()
    }

    /// The paths that a commit changed beside its first parent.
    pub(crate) fn changed(&self, commit: &str) -> Vec<String> {
        let parent = format!("{commit}^");
        let listed = self.git(&["diff-tree", "-r", "--no-renames", "--name-only", &parent, commit]);
        listed.lines().map(str::to_owned).collect()
    }

    /// A file's content in a commit, exactly.
    #[track_caller]
    pub(crate) fn show(&self, commit: &str, path: &str) -> String {
        let output = self.try_git(&["cat-file", "blob", &format!("{commit}:{path}")]);
        assert!(output.status.success(), "{commit}:{path}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The first parents of a branch, newest first, by their subjects.
    pub(crate) fn subjects(&self, branch: &str) -> Vec<String> {
        let listed = self.git(&["log", "--first-parent", "--format=%s", branch]);
        listed.lines().map(str::to_owned).collect()
    }

    /// Whether work tree and index are what `HEAD` says.
    #[track_caller]
    pub(crate) fn is_clean(&self) {
        assert_eq!(self.git(&["status", "--porcelain", "--untracked-files=all"]), "");
    }

    /// Freezes a revision with its image, which must succeed.
    #[track_caller]
    pub(crate) fn freeze(&self, revision: &str) -> Run {
        self.freeze_with(revision, &[])
    }

    #[track_caller]
    pub(crate) fn freeze_with(&self, revision: &str, options: &[&str]) -> Run {
        let image = image(revision);
        let mut arguments = vec!["freeze", "--image", &image];
        arguments.extend(options);
        let run = self.xtask(&arguments);
        run.ok();
        run
    }

    /// Promotes into a stage, which must succeed.
    #[track_caller]
    pub(crate) fn promote(&self, stage: &str) -> Run {
        let run = self.xtask(&["promote", stage]);
        run.ok();
        run
    }
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
        Self::finished(&arguments.join(" "), &output)
    }

    pub(crate) fn finished(arguments: &str, output: &Output) -> Self {
        Self {
            arguments: arguments.to_owned(),
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn ok(&self) -> &Self {
        self.failed(0)
    }

    /// It ended with this status, and not by a panic.
    #[track_caller]
    pub(crate) fn failed(&self, status: i32) -> &Self {
        assert_eq!(self.status, Some(status), "{}", self.transcript());
        assert!(!self.stderr.contains("panicked"), "{}", self.transcript());
        self
    }

    /// All of these stand in what it said, on stdout or stderr.
    #[track_caller]
    pub(crate) fn says(&self, texts: &[&str]) -> &Self {
        let said = format!("{}\n{}", self.stdout, self.stderr);
        for text in texts {
            assert!(said.contains(text), "{text:?} isn't said by {}", self.transcript());
        }
        self
    }

    /// None of these stands in what it said.
    #[track_caller]
    pub(crate) fn says_nothing_of(&self, texts: &[&str]) -> &Self {
        let said = format!("{}\n{}", self.stdout, self.stderr);
        for text in texts {
            assert!(!said.contains(text), "{text:?} is said by {}", self.transcript());
        }
        self
    }

    /// What it printed, as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.transcript()))
    }

    pub(crate) fn transcript(&self) -> String {
        format!(
            "`xtask {}` (status {:?})\n--- stdout\n{}\n--- stderr\n{}",
            self.arguments, self.status, self.stdout, self.stderr
        )
    }
}

/// The release tag of a revision.
pub(crate) fn tag(revision: &str) -> String {
    format!("git-{revision}")
}

/// The shop's image of a revision, with its digest.
pub(crate) fn image(revision: &str) -> String {
    format!("registry.example.org/shop:git-{revision}@{DIGEST}")
}

/// The root of this repository.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Copies a directory with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Makes a script that can be run.
#[cfg(unix)]
pub(crate) fn script(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    write(path, text.as_bytes());
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a test's fixture may be half-written when the machine dies")]
pub(crate) fn write(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap();
}
