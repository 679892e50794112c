//! Temporary repositories, hermetic: cleared environment, no global configuration, fixed dates and
//! identity.

use std::path::{Path, PathBuf};
use std::process::Command;

use gitstore::{BranchName, CommitId, Environment, NewCommit, RepoPath, Repository, Signature, Time, TreeId};

/// A temporary directory in which all repositories of a test lie.
pub(crate) struct Sandbox {
    directory: tempfile::TempDir,
}

/// A repository made by Git, and the handle under test.
pub(crate) struct TestRepository {
    pub(crate) path: PathBuf,
    pub(crate) store: Repository,
}

/// The moment of every commit.
pub(crate) const NOW: Time = Time { seconds: 1_700_000_000, offset: 3600 };

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        // Canonical, since the temporary directory is a symlink on some systems.
        std::fs::canonicalize(self.directory.path()).unwrap().join(name)
    }

    /// A repository with a work tree on branch `main`, without commits.
    pub(crate) fn init(&self, name: &str) -> TestRepository {
        let path = self.path(name);
        git_in(&self.path(""), &["init", "--quiet", "--initial-branch=main", "--", path.to_str().unwrap()]);
        self.open(name)
    }

    pub(crate) fn init_bare(&self, name: &str) -> TestRepository {
        let path = self.path(name);
        git_in(
            &self.path(""),
            &["init", "--quiet", "--bare", "--initial-branch=main", "--", path.to_str().unwrap()],
        );
        self.open(name)
    }

    /// Clones with Git's own options in front.
    pub(crate) fn clone(&self, options: &[&str], source: &str, name: &str) -> TestRepository {
        let url = format!("file://{}", self.path(source).display());
        let path = self.path(name);
        let mut arguments = vec!["clone", "--quiet"];
        arguments.extend(options);
        arguments.extend(["--", &url, path.to_str().unwrap()]);
        git_in(&self.path(""), &arguments);
        self.open(name)
    }

    pub(crate) fn open(&self, name: &str) -> TestRepository {
        let path = self.path(name);
        TestRepository { store: Repository::open(&path, &environment()).unwrap(), path }
    }
}

impl TestRepository {
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git_in(&self.path, arguments)
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        gitstore::write_file_atomically(
            &self.path.join(path),
            content.as_bytes(),
            gitstore::FileMode::Regular,
        )
        .unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path.join(path)).unwrap()
    }

    /// Writes files, stages all and commits.
    pub(crate) fn commit(&self, files: &[(&str, &str)]) -> CommitId {
        for (path, content) in files {
            self.write(path, content);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", "change"]);
        self.head()
    }

    pub(crate) fn head(&self) -> CommitId {
        CommitId::parse(self.git(&["rev-parse", "HEAD"]).trim()).unwrap()
    }

    pub(crate) fn tree(&self, revision: &str) -> TreeId {
        TreeId::parse(self.git(&["rev-parse", &format!("{revision}^{{tree}}")]).trim()).unwrap()
    }

    /// A commit on `parent` with files put or (`None`) removed, made by the crate alone; no ref
    /// points at it.
    pub(crate) fn draft(&self, parent: Option<CommitId>, files: &[(&str, Option<&str>)]) -> CommitId {
        let base = parent.map(|commit| self.store.commit_tree(commit).unwrap());
        let mut edit = self.store.edit_tree(base);
        for (name, content) in files {
            match content {
                Some(content) => {
                    edit.upsert_file(&path(name), self.store.write_blob(content.as_bytes()).unwrap())
                }
                None => edit.remove(&path(name)),
            };
        }
        let parents: Vec<CommitId> = parent.into_iter().collect();
        let signature = signature();
        self.store
            .write_commit(&NewCommit {
                tree: edit.write().unwrap(),
                parents: &parents,
                author: &signature,
                committer: &signature,
                message: "draft",
            })
            .unwrap()
    }
}

/// The environment that the handle under test is given.
pub(crate) fn environment() -> Environment {
    Environment::new(variables())
}

fn variables() -> Vec<(String, String)> {
    #[expect(clippy::disallowed_methods, reason = "the test's own Git must be found")]
    let search_path = std::env::var("PATH").unwrap_or_default();
    let fixed = [
        ("PATH", search_path.as_str()),
        ("HOME", "/nonexistent"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_AUTHOR_NAME", "Ada"),
        ("GIT_AUTHOR_EMAIL", "ada@example.com"),
        ("GIT_AUTHOR_DATE", "1700000000 +0100"),
        ("GIT_COMMITTER_NAME", "Ada"),
        ("GIT_COMMITTER_EMAIL", "ada@example.com"),
        ("GIT_COMMITTER_DATE", "1700000000 +0100"),
        ("LC_ALL", "C"),
    ];
    fixed.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// Runs Git and returns what it printed.
pub(crate) fn git_in(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .envs(variables())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn signature() -> Signature {
    Signature { name: "Ada".to_owned(), email: "ada@example.com".to_owned(), time: NOW }
}

pub(crate) fn branch(name: &str) -> BranchName {
    BranchName::new(name).unwrap()
}

pub(crate) fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

/// Makes a script that Git runs as a hook.
#[cfg(unix)]
pub(crate) fn hook(git_dir: &Path, name: &str, script: &str) {
    let file = git_dir.join("hooks").join(name);
    gitstore::write_file_atomically(&file, script.as_bytes(), gitstore::FileMode::Executable).unwrap();
}
