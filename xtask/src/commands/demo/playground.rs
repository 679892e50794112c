//! The throw-away clone of the demo: its remote, its identity, and the changes that are made in it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gitstore::{FileMode, RepoPath, Repository};
use policy::{Policy, PromotionMode};
use sha2::{Digest as _, Sha256};
use xshell::Shell;

use crate::invocation::Invocation;
use crate::report::Failure;
use crate::terminal::print;

/// Variables that would tie `git` to another repository, as hooks set them.
const FOREIGN_VARIABLES: [&str; 4] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"];

/// Settings of the clone. Who commits is nobody in particular, and nothing of the user's gets in the way.
const SETTINGS: [&str; 5] = [
    "user.name=Waybill Demo",
    "user.email=demo@waybill.invalid",
    "commit.gpgSign=false",
    "core.hooksPath=/dev/null",
    "core.autocrlf=false",
];

/// The repository that is shown, and who plays.
pub(super) struct Original {
    repository: Repository,
    cast: Cast,
}

/// The first two stages that a release passes, its package and images, and the values of the first deployment.
struct Cast {
    stages: [String; 2],
    package: RepoPath,
    image_repository: String,
    values: RepoPath,
}

impl Original {
    /// Reads the policy of what is checked out. A shallow clone and a detached HEAD will do.
    pub(super) fn read(invocation: &Invocation) -> anyhow::Result<Self> {
        let workspace = invocation.workspace()?;
        let head = workspace.repository.head_commit()?.ok_or_else(|| {
            Failure::new("there is no commit to show yet").hint("commit a chart and its policy first")
        })?;
        let cast = Cast::of(&workspace.at(head)?.policy)?;
        Ok(Self { repository: workspace.repository, cast })
    }
}

/// A clone of a repository's HEAD with a bare remote beside it.
pub(super) struct Playground {
    invocation: Invocation,
    shell: Shell,
    root: PathBuf,
    cast: Cast,
}

/// Where the clone lies.
pub(super) fn clone_of(directory: &Path) -> PathBuf {
    directory.join("clone")
}

impl Playground {
    /// Makes remote and clone.
    pub(super) fn make(
        invocation: &Invocation,
        original: Original,
        directory: &Path,
    ) -> anyhow::Result<Self> {
        let Original { repository: original, cast } = original;
        let from = original.workdir().unwrap_or(original.git_dir()).to_string_lossy().into_owned();
        let (remote, root) = (directory.join("origin.git"), clone_of(directory));
        let shell = Shell::new()?;
        let format = format!("--object-format={}", original.object_format());
        let remote_text = remote.to_string_lossy();
        git(&shell, &["init", "--quiet", "--bare", "--initial-branch=main", &format, &remote_text])?;
        shell.change_dir(&remote);
        git(&shell, &["config", "receive.shallowUpdate", "true"])?;
        git(&shell, &["fetch", "--quiet", "--no-tags", "--update-shallow", &from, "HEAD:refs/heads/main"])?;
        invocation.terminal.prompt(format_args!("git clone {remote_text} {}", root.display()))?;
        let root_text = root.to_string_lossy();
        let mut clone = vec!["clone", "--quiet", "--no-local"];
        clone.extend(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        git(&shell, &[&clone[..], &[&remote_text, &root_text]].concat())?;
        shell.change_dir(&root);
        invocation.terminal.prompt(format_args!("cd {root_text}"))?;

        Ok(Self { invocation: invocation.at(&root), shell, root, cast })
    }

    /// Commands run in the clone.
    pub(super) fn invocation(&self) -> &Invocation {
        &self.invocation
    }

    /// The two stages that the releases pass.
    pub(super) fn stages(&self) -> [&str; 2] {
        [&self.cast.stages[0], &self.cast.stages[1]]
    }

    /// Writes a template that fits any chart.
    pub(super) fn change_chart(&self, which: &str) -> anyhow::Result<()> {
        let path = self.cast.package.join("templates/demo-note.yaml")?;
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{{{ .Release.Name }}}}-demo-note\ndata:\n  note: the {which} release\n"
        );
        self.write(&path, text.as_bytes())?;
        print(format!("({path} says that this is the {which} release)\n"))?;
        Ok(())
    }

    /// Sets a value of one deployment, unless it says something about it already.
    pub(super) fn change_value(&self) -> anyhow::Result<()> {
        let path = &self.cast.values;
        let mut text = std::fs::read_to_string(self.root.join(path.to_path_buf()))?;
        if text.lines().any(|line| line.starts_with("web:")) {
            return Ok(());
        }
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str("web:\n  replicas: 3\n");
        self.write(path, text.as_bytes())?;
        print(format!("({path} sets web.replicas to 3)\n"))?;
        Ok(())
    }

    fn write(&self, path: &RepoPath, text: &[u8]) -> anyhow::Result<()> {
        let place = gitstore::confine(&self.root, path)?;
        Ok(gitstore::write_file_atomically(&place, text, FileMode::Regular)?)
    }

    /// Commits everything and pushes it.
    pub(super) fn commit(&self, message: &str) -> anyhow::Result<()> {
        let terminal = &self.invocation.terminal;
        terminal.prompt(format_args!("git add --all && git commit -m '{message}' && git push"))?;
        git(&self.shell, &["add", "--all"])?;
        git(&self.shell, &["commit", "--quiet", "-m", message])?;
        git(&self.shell, &["push", "--quiet", "origin", "main"])?;
        print(format!("{}\n", git(&self.shell, &["log", "-1", "--format=%h %s"])?))?;
        Ok(())
    }

    /// The image of the commit that is checked out; its digest is made up from the revision.
    pub(super) fn image(&self) -> anyhow::Result<String> {
        let revision = git(&self.shell, &["rev-parse", "HEAD"])?;
        let digest = Sha256::digest(revision.as_bytes());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("{}:git-{revision}@sha256:{hex}", self.cast.image_repository))
    }
}

impl Cast {
    fn of(policy: &Policy) -> anyhow::Result<Self> {
        let lacking = |what: &str| Failure::new(format!("the demo needs {what} in the pipeline"));
        let warehouse = policy.warehouses().first().ok_or_else(|| lacking("a warehouse"))?;
        let mut stages = policy
            .stages_in_order()
            .iter()
            .filter(|stage| stage.warehouse == warehouse.name && stage.promote == PromotionMode::Push);
        let (Some(first), Some(second)) = (stages.next(), stages.next()) else {
            return Err(lacking("two stages that promote by push").into());
        };
        let deployments = policy.deployments_of(first);
        let mut with_values = deployments.iter().filter(|deployment| deployment.values.is_some());
        let namesake = with_values.clone().find(|deployment| deployment.name.as_str() == first.name.as_str());
        let values = namesake.or_else(|| with_values.next()).and_then(|deployment| deployment.values.clone());
        let image_repository = warehouse.image_repository.as_deref().unwrap_or("registry.example/demo");
        Ok(Self {
            stages: [first.name.to_string(), second.name.to_string()],
            package: warehouse.package.clone(),
            image_repository: image_repository.to_owned(),
            values: values.ok_or_else(|| lacking("a deployment with a values.yaml in the first stage"))?,
        })
    }
}

/// Runs `git` in the shell's directory; its output without the line break.
fn git(shell: &Shell, arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = shell.cmd("git").args(arguments).quiet();
    for variable in FOREIGN_VARIABLES {
        command = command.env_remove(variable);
    }
    command.read().with_context(|| format!("`git {}` failed", arguments.join(" ")))
}
