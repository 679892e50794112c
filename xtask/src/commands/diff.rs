//! `diff`: what a promotion would change, object by object.

use clap::{Args, ValueEnum};
use promotion::{
    CompareRequest, Comparison, Direction, Foreign, Mode, PromoteOutcome, PromoteRequest, Truth, Workspace,
};
use rendered::{CheckState, Detail, GITHUB_BODY_LIMIT, ManifestsDiff, Report, ReportCheck, TextOptions};
use serde_json::json;

use super::{Json, promote};
use crate::invocation::Invocation;
use crate::report::{Failure, Outcome};
use crate::terminal::{print, print_json};

/// Show what a promotion would change, object by object
///
/// The same checks and the same render as `promote`; nothing is written. With --against, two releases are rendered
/// with today's policy and compared, whatever the stage has.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask diff staging
  cargo xtask diff staging --freight git-0cc4cd87 --lines
  cargo xtask diff staging --freight git-0cc4cd87 --against git-1f3b5c7d
  cargo xtask diff test --format html > review.html
  cargo xtask diff test --format patch | less")]
pub(crate) struct Diff {
    /// The stage
    #[arg(value_name = "STAGE")]
    stage: String,
    /// The release: a tag, a revision, or how one begins [default: what `promote` would take]
    #[arg(long, value_name = "TAG")]
    freight: Option<String>,
    /// Compare with this release instead of with what the stage has, both rendered with the same policy
    #[arg(long, value_name = "TAG", requires = "freight")]
    against: Option<String>,
    /// Take the policy and the freight of another commit of the main branch
    #[arg(long, value_name = "REV")]
    policy: Option<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
    /// Show the lines of a changed object instead of its fields; as text
    #[arg(long)]
    lines: bool,
    /// Cut markdown to what the body of a pull request can hold on GitHub
    #[arg(long)]
    fit: bool,
    #[command(flatten)]
    json: Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// A report for the body of a pull request
    Markdown,
    /// The same report as one page that needs nothing else
    Html,
    /// One JSON document; the same as --json
    Json,
    /// A patch of <deployment>/<file> that `git apply` takes, but for what it masks of secrets
    Patch,
}

/// What was compared.
enum Compared {
    Promotion(Box<PromoteOutcome>),
    Releases(Box<Comparison>),
}

impl Diff {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        if self.json.json && !matches!(self.format, Format::Text | Format::Json) {
            let name = self.format.to_possible_value().map(|value| value.get_name().to_owned());
            let name = name.unwrap_or_default();
            return Err(Failure::usage(format!("--json and --format {name} print different things"))
                .hint("give one of the two")
                .into());
        }
        let workspace = invocation.workspace()?;
        let compared = self.compare(&workspace)?;
        for warning in compared.warnings() {
            invocation.terminal.warning(warning);
        }
        match self.format {
            _ if self.json.json => print_json(&compared.document())?,
            Format::Json => print_json(&compared.document())?,
            Format::Patch => print(compared.diff().to_patch())?,
            Format::Markdown => {
                let limit = self.fit.then_some(GITHUB_BODY_LIMIT);
                print(self.report(&workspace, compared)?.to_markdown(limit))?;
            }
            Format::Html => print(self.report(&workspace, compared)?.to_html())?,
            Format::Text => {
                let detail = if self.lines { Detail::Lines } else { Detail::Fields };
                let options = TextOptions { colour: invocation.terminal.colour(), detail };
                print(format!("{}\n\n", compared.heading()))?;
                print(compared.diff().to_text(options))?;
            }
        }
        Ok(Outcome::Done)
    }

    fn compare(&self, workspace: &Workspace) -> anyhow::Result<Compared> {
        let policy = self.policy.as_deref();
        if let (Some(freight), Some(against)) = (&self.freight, &self.against) {
            let request = CompareRequest { stage: &self.stage, freight, against, policy };
            return Ok(Compared::Releases(Box::new(promotion::compare(workspace, &request)?)));
        }
        let request = PromoteRequest {
            stage: &self.stage,
            freight: self.freight.as_deref(),
            direction: Direction::Rollback,
            foreign: Foreign::Adopt,
            truth: Truth::Here,
            policy,
            mode: Mode::DryRun,
        };
        Ok(Compared::Promotion(Box::new(promotion::promote(workspace, &request)?)))
    }

    fn report(&self, workspace: &Workspace, compared: Compared) -> anyhow::Result<Report> {
        let command = self.command();
        let input = match compared {
            Compared::Releases(comparison) => {
                promotion::report_of_comparison(workspace, *comparison, command)?
            }
            Compared::Promotion(outcome) => {
                let text = "nothing keeps this promotion from happening now".to_owned();
                let checks = vec![ReportCheck { name: "gates".to_owned(), state: CheckState::Ok, text }];
                promotion::report_of_promotion(workspace, self.policy.as_deref(), *outcome, checks, command)?
            }
        };
        Ok(Report::new(input))
    }

    /// The command that prints the whole report.
    fn command(&self) -> String {
        let mut command = format!("cargo xtask diff {}", self.stage);
        for (flag, value) in
            [("freight", &self.freight), ("against", &self.against), ("policy", &self.policy)]
        {
            if let Some(value) = value {
                command.push_str(&format!(" --{flag} {value}"));
            }
        }
        format!("{command} --format markdown")
    }
}

impl Compared {
    fn diff(&self) -> &ManifestsDiff {
        match self {
            Self::Promotion(outcome) => &outcome.diff,
            Self::Releases(comparison) => &comparison.diff,
        }
    }

    fn warnings(&self) -> &[String] {
        match self {
            Self::Promotion(outcome) => &outcome.warnings,
            Self::Releases(comparison) => &comparison.warnings,
        }
    }

    fn heading(&self) -> String {
        match self {
            Self::Promotion(outcome) => {
                let before = outcome.before.as_ref().map_or("nothing", |tag| tag.as_str());
                format!("{}: {before} -> {}", outcome.stage, outcome.freight)
            }
            Self::Releases(comparison) => {
                let Comparison { stage, freight, against, .. } = &**comparison;
                format!("{stage}: {} -> {}, both with the same policy", against.tag, freight.tag)
            }
        }
    }

    fn document(&self) -> serde_json::Value {
        match self {
            Self::Promotion(outcome) => promote::document(outcome),
            Self::Releases(comparison) => json!({
                "stage": comparison.stage.as_str(),
                "freight": comparison.freight.tag.as_str(),
                "against": comparison.against.tag.as_str(),
                "diff": comparison.diff.to_json(),
                "warnings": comparison.warnings,
            }),
        }
    }
}
