//! `schema`: JSON Schemas of the files that people write, for editors.

use clap::{Args, ValueEnum};
use gitstore::FileMode;

use crate::invocation::Invocation;
use crate::report::{Failure, Outcome};
use crate::terminal::print;

/// Where the schemas lie in the repository.
const DIRECTORY: &str = "docs/schemas";

/// Write the JSON Schemas of pipeline.yaml, deployment.yaml and freight.yaml to docs/schemas
///
/// Editors complete and check the files with them; the first line of a YAML file names its schema:
/// `# yaml-language-server: $schema=…`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask schema
  cargo xtask schema --check
  cargo xtask schema pipeline > pipeline.schema.json")]
pub(crate) struct Schema {
    /// Print this one instead of writing them all
    #[arg(value_name = "NAME", value_enum, conflicts_with = "check")]
    name: Option<Name>,
    /// Write nothing; exit with 1 if one isn't what it should be
    #[arg(long)]
    check: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    Pipeline,
    Deployment,
    Freight,
}

impl Name {
    fn schema(self) -> String {
        match self {
            Self::Pipeline => policy::pipeline_schema(),
            Self::Deployment => policy::deployment_schema(),
            Self::Freight => freight::freight_schema(),
        }
    }

    fn file(self) -> String {
        let name = match self {
            Self::Pipeline => "pipeline",
            Self::Deployment => "deployment",
            Self::Freight => "freight",
        };
        format!("{DIRECTORY}/{name}.json")
    }
}

impl Schema {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        if let Some(name) = self.name {
            print(name.schema())?;
            return Ok(Outcome::Done);
        }
        let repository = invocation.repository()?;
        let root = repository.workdir().ok_or_else(|| {
            Failure::new("a bare repository has no files")
                .hint("print a schema with `cargo xtask schema NAME`")
        })?;
        let mut outcome = Outcome::Done;
        for name in Name::value_variants() {
            let file = name.file();
            let path = gitstore::confine(root, &gitstore::RepoPath::new(&file)?)?;
            let schema = name.schema();
            if self.check {
                let is_current = std::fs::read(&path).is_ok_and(|bytes| bytes == schema.as_bytes());
                if !is_current {
                    print(format!("{file} isn't what `cargo xtask schema` writes\n"))?;
                    outcome = Outcome::Differs;
                }
            } else if gitstore::write_if_changed(&path, schema.as_bytes(), FileMode::Regular)? {
                print(format!("wrote {file}\n"))?;
            }
        }
        if outcome == Outcome::Differs {
            invocation.terminal.hint("run `cargo xtask schema`, and commit what it wrote");
        }
        Ok(outcome)
    }
}
