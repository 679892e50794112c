//! Opening a repository: found from a path, with the user's configuration or, for a source,
//! isolated from it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gix::bstr::ByteSlice;

use crate::durability::Durability;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::id::ObjectFormat;
use crate::name::BranchName;

/// How long a `git` command may take that talks to a remote.
const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(300);

/// What `HEAD` points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// A branch, which may have no commit yet.
    Branch(BranchName),
    /// A commit.
    Detached(crate::CommitId),
}

/// An open repository.
///
/// It is cheap to clone and can be sent to another thread; clones share the object store.
#[derive(Clone)]
pub struct Repository {
    pub(crate) gix: gix::Repository,
    pub(crate) environment: Environment,
    pub(crate) time_limit: Duration,
    pub(crate) durability: Durability,
    /// Loose objects written through this handle and its clones since the last sync.
    pub(crate) unsynced: Arc<Mutex<Vec<gix::ObjectId>>>,
    git_dir: PathBuf,
    common_dir: PathBuf,
    workdir: Option<PathBuf>,
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository")
            .field("git_dir", &self.git_dir)
            .field("workdir", &self.workdir)
            .finish_non_exhaustive()
    }
}

impl Repository {
    /// Finds the repository that `start` lies in, searching upwards, and opens it as
    /// [`Repository::open`] does.
    pub fn discover(start: &Path, environment: &Environment) -> Result<Self> {
        let start = canonical(start)?;
        let (found, _trust) =
            gix::discover::upwards(&start).map_err(|_| Error::NoRepository { path: start.clone() })?;
        let (git_dir, workdir) = found.into_repository_and_work_tree_directories();
        Self::open_dir(&workdir.unwrap_or(git_dir), environment)
    }

    /// Opens the repository at `path`, a work tree's top or a Git directory.
    ///
    /// The user's own configuration gives the identity of commits; `git` commands run with it.
    pub fn open(path: &Path, environment: &Environment) -> Result<Self> {
        Self::open_dir(&canonical(path)?, environment)
    }

    /// Opens a repository to read from: a local clone or a bare repository, found upwards from
    /// `path`.
    ///
    /// Nothing in it is trusted: its configuration runs no program, its hooks and filters never
    /// run.
    pub fn open_source(path: &Path) -> Result<Self> {
        Self::discover(path, &Environment::default())
    }

    fn open_dir(path: &Path, environment: &Environment) -> Result<Self> {
        // Isolated, since this crate reads the user's configuration by itself, from the environment
        // it was given. Trusted, since gix runs no program that the configuration names, and
        // reduced trust would hide settings that the repository needs to be read at all.
        // Replacement refs would give an id other bytes than it names.
        let options = gix::open::Options::isolated()
            .with(gix::sec::Trust::Full)
            .config_overrides(["core.useReplaceRefs=false"]);
        let opened = gix::ThreadSafeRepository::open_opts(path, options);
        let gix = match opened {
            Ok(repository) => repository.to_thread_local(),
            Err(error) => {
                return Err(match reftable_at(path) {
                    Some(git_dir) => Error::Reftable { path: git_dir },
                    None if error.is_not_found() => Error::NoRepository { path: path.to_owned() },
                    None => {
                        Error::Store { action: format!("open {}", path.display()), source: Box::new(error) }
                    }
                });
            }
        };
        let git_dir = gix.git_dir().to_owned();
        let uses_reftables = gix
            .config_snapshot()
            .string("extensions.refStorage")
            .is_some_and(|storage| storage.trim().starts_with(b"reftable"));
        if uses_reftables {
            return Err(Error::Reftable { path: git_dir });
        }
        let common_dir =
            std::fs::canonicalize(gix.common_dir()).unwrap_or_else(|_| gix.common_dir().to_owned());
        let workdir = gix.workdir().map(Path::to_owned);
        Ok(Self {
            gix,
            environment: environment.clone(),
            time_limit: DEFAULT_TIME_LIMIT,
            durability: Durability::default(),
            unsynced: Arc::default(),
            git_dir,
            common_dir,
            workdir,
        })
    }

    /// The same repository with another limit on `git` commands that talk to a remote; the default
    /// is five minutes.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// The same repository with another durability; the default is [`Durability::Sync`].
    #[must_use]
    pub fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// The environment that the repository was opened with.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The top of the work tree; `None` for a bare repository.
    pub fn workdir(&self) -> Option<&Path> {
        self.workdir.as_deref()
    }

    /// The Git directory; for a linked work tree the one that is its own.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The Git directory that all work trees share.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Whether the repository has no work tree.
    pub fn is_bare(&self) -> bool {
        self.workdir.is_none()
    }

    /// Whether history ends at a shallow boundary.
    pub fn is_shallow(&self) -> Result<bool> {
        self.gix.is_shallow().map_err(Error::store("read the shallow boundary"))
    }

    /// The hash function that names the objects.
    pub fn object_format(&self) -> ObjectFormat {
        ObjectFormat::from_gix(self.gix.object_hash())
    }
}

fn canonical(path: &Path) -> Result<PathBuf> {
    std::fs::canonicalize(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            Error::NoRepository { path: path.to_owned() }
        }
        _ => Error::Io { action: "read", path: path.to_owned(), source },
    })
}

/// The Git directory at `path`, if its configuration says that refs are kept as reftables.
fn reftable_at(path: &Path) -> Option<PathBuf> {
    [path.join(".git"), path.to_owned()].into_iter().find(|git_dir| {
        std::fs::read_to_string(git_dir.join("config")).is_ok_and(|text| {
            text.lines().any(|line| {
                line.split_once('=').is_some_and(|(key, value)| {
                    key.trim().eq_ignore_ascii_case("refstorage") && value.trim().starts_with("reftable")
                })
            })
        })
    })
}
