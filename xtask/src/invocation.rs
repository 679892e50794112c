//! How the command line was called: the global flags, and the repository that they lead to.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use gitstore::{BranchName, Durability, Environment, RepoPath, Repository, Time};
use promotion::Workspace;

use crate::github::Github;
use crate::terminal::{ColourChoice, Terminal};
use crate::world;

/// The flags that every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalFlags {
    /// Run as if started in PATH: the repository is looked for from there upwards
    #[arg(short = 'C', value_name = "PATH", global = true, value_hint = ValueHint::DirPath)]
    directory: Option<PathBuf>,
    /// The branch that holds freight and policy [default: the remote's HEAD, else main]
    #[arg(long, value_name = "BRANCH", global = true, value_parser = |name: &str| BranchName::new(name))]
    main: Option<BranchName>,
    /// The pipeline file, from the root of the repository
    #[arg(
        long,
        value_name = "PATH",
        global = true,
        default_value = "envs/pipeline.yaml",
        value_parser = |path: &str| RepoPath::new(path)
    )]
    pipeline: RepoPath,
    /// When to colour what is printed; `auto` means on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", global = true, value_enum, default_value_t)]
    color: ColourChoice,
}

/// One call of the command line.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    /// What is printed on.
    pub(crate) terminal: Terminal,
    flags: GlobalFlags,
    environment: Environment,
}

impl Invocation {
    pub(crate) fn new(flags: GlobalFlags) -> Self {
        let environment = world::environment();
        Self { terminal: Terminal::new(flags.color, &environment), flags, environment }
    }

    /// The same call from another directory, with its own idea of what the main branch is.
    pub(crate) fn at(&self, directory: &Path) -> Self {
        let directory = Some(directory.to_owned());
        let flags = GlobalFlags { directory, main: None, ..self.flags.clone() };
        Self { flags, ..self.clone() }
    }

    /// A path of the command line, relative to where the command runs.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        match &self.flags.directory {
            None => path.as_ref().to_owned(),
            Some(directory) => directory.join(path),
        }
    }

    /// The repository around the place where the command runs.
    pub(crate) fn repository(&self) -> gitstore::Result<Repository> {
        let start = self.flags.directory.as_deref().unwrap_or(Path::new("."));
        Repository::discover(start, &self.environment)
    }

    /// The pipeline file, from the root of the repository.
    pub(crate) fn pipeline(&self) -> &RepoPath {
        &self.flags.pipeline
    }

    /// The repository with its main branch and pipeline.
    pub(crate) fn workspace(&self) -> Result<Workspace, promotion::Error> {
        self.workspace_with(Durability::Sync)
    }

    /// The same, saying whether writes wait for the disk.
    pub(crate) fn workspace_with(&self, durability: Durability) -> Result<Workspace, promotion::Error> {
        let repository = self.repository()?.with_durability(durability);
        let main = match &self.flags.main {
            Some(main) => main.clone(),
            None => Workspace::default_main(&repository)?,
        };
        let (seconds, _) = world::now();
        Ok(Workspace {
            repository,
            main,
            pipeline: self.flags.pipeline.clone(),
            now: Time::utc(seconds),
            forges: Box::new(Github::new(self.environment.clone())),
        })
    }
}
