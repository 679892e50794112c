//! `diff`: what a promotion would change, object by object.

use clap::{Args, ValueEnum};
use promotion::{Direction, Foreign, Mode, PromoteRequest, Truth};
use rendered::{Detail, TextOptions};

use super::{Json, promote};
use crate::invocation::Invocation;
use crate::report::{Failure, Outcome};
use crate::terminal::{print, print_json};

/// Show what a promotion would change, object by object
///
/// The same checks and the same render as `promote`; nothing is written.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask diff staging
  cargo xtask diff staging --freight git-0cc4cd87 --lines
  cargo xtask diff test --format patch | less")]
pub(crate) struct Diff {
    /// The stage
    #[arg(value_name = "STAGE")]
    stage: String,
    /// The release: a tag, a revision, or how one begins [default: what `promote` would take]
    #[arg(long, value_name = "TAG")]
    freight: Option<String>,
    /// Take the policy and the freight of another commit of the main branch
    #[arg(long, value_name = "REV")]
    policy: Option<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
    /// Show the lines of a changed object instead of its fields
    #[arg(long)]
    lines: bool,
    #[command(flatten)]
    json: Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON document; the same as --json
    Json,
    /// A patch of <deployment>/<file> that `git apply` takes
    Patch,
}

impl Diff {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        if self.json.json && self.format == Format::Patch {
            return Err(Failure::usage("--json and --format patch print different things")
                .hint("give one of the two")
                .into());
        }
        let request = PromoteRequest {
            stage: &self.stage,
            freight: self.freight.as_deref(),
            direction: Direction::Rollback,
            foreign: Foreign::Adopt,
            truth: Truth::Here,
            policy: self.policy.as_deref(),
            mode: Mode::DryRun,
        };
        let outcome = promotion::promote(&invocation.workspace()?, &request)?;
        for warning in &outcome.warnings {
            invocation.terminal.warning(warning);
        }
        match self.format {
            _ if self.json.json => print_json(&promote::document(&outcome))?,
            Format::Json => print_json(&promote::document(&outcome))?,
            Format::Patch => print(outcome.diff.to_patch())?,
            Format::Text => {
                let before = outcome.before.as_ref().map_or("nothing", |tag| tag.as_str());
                let detail = if self.lines { Detail::Lines } else { Detail::Fields };
                let options = TextOptions { colour: invocation.terminal.colour(), detail };
                print(format!("{}: {before} -> {}\n\n", outcome.stage, outcome.freight))?;
                print(outcome.diff.to_text(options))?;
            }
        }
        Ok(Outcome::Done)
    }
}
