//! `forecast`: what a policy change does to every stage with the release that it runs.

use clap::{Args, ValueEnum};
use promotion::ForecastRequest;
use rendered::{
    Detail, FailureGroup, Forecast as Forecasted, ForecastOutcome, GITHUB_BODY_LIMIT, TextOptions,
};

use super::Json;
use super::promote::objects;
use crate::invocation::Invocation;
use crate::report::{Failure, Outcome};
use crate::terminal::{print, print_json, table};

/// Show what a policy change does to every stage with the release that it runs
///
/// Each stage's release is rendered with the policy of a branch and with that of where it left the main branch, and both
/// are compared: what would change if the branch were merged and every stage promoted anew. Nothing is written, no gate
/// is asked. Exits with 1 where a stage would no longer render, or can't be told of.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask forecast                                   the commit checked out, against where it left main
  cargo xtask forecast my-branch --base origin/main
  cargo xtask forecast --base HEAD^ --format markdown --fit   for a comment on a pull request
  cargo xtask forecast --format html > forecast.html
  cargo xtask forecast --json | jq '.stages[] | {stage, outcome}'")]
pub(crate) struct Forecast {
    /// The commit whose policy it is [default: HEAD]
    #[arg(value_name = "REV")]
    revision: Option<String>,
    /// The commit whose policy it is compared with [default: where the other left the main branch, here or on a remote]
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
    /// Cut markdown to what a comment can hold on GitHub
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
    /// For a comment on a pull request
    Markdown,
    /// One page that needs nothing else
    Html,
    /// One JSON document; the same as --json
    Json,
}

impl Forecast {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        if self.json.json && matches!(self.format, Format::Markdown | Format::Html) {
            return Err(Failure::usage("--json and another --format print different things")
                .hint("give one of the two")
                .into());
        }
        let workspace = invocation.workspace()?;
        let request = ForecastRequest { head: self.revision.as_deref(), base: self.base.as_deref() };
        let forecast = match promotion::forecast(&workspace, &request) {
            Ok(forecast) => forecast,
            Err(error) => {
                self.none(&error)?;
                return Err(error.into());
            }
        };
        for warning in &forecast.warnings {
            invocation.terminal.warning(warning);
        }
        match self.format {
            _ if self.json.json => print_json(&forecast.to_json())?,
            Format::Json => print_json(&forecast.to_json())?,
            Format::Markdown => print(forecast.to_markdown(self.fit.then_some(GITHUB_BODY_LIMIT)))?,
            Format::Html => print(forecast.to_html())?,
            Format::Text => print(text(&forecast, invocation))?,
        }
        Ok(if forecast.has_problems() { Outcome::Differs } else { Outcome::Done })
    }
}

impl Forecast {
    /// What is read later has to say that there is no forecast, lest the one before it be taken for it.
    fn none(&self, error: &promotion::Error) -> anyhow::Result<()> {
        let (detail, hint) = (error.to_string(), error.hint());
        match self.format {
            Format::Markdown => {
                let limit = self.fit.then_some(GITHUB_BODY_LIMIT);
                print(Forecasted::none_to_markdown(&detail, hint.as_deref(), limit))?;
            }
            Format::Html => print(Forecasted::none_to_html(&detail, hint.as_deref()))?,
            Format::Text | Format::Json => {}
        }
        Ok(())
    }
}

fn text(forecast: &Forecasted, invocation: &Invocation) -> String {
    let short = |id: &str| id.get(..12).unwrap_or(id).to_owned();
    let (head, base) = (short(&forecast.head), short(&forecast.base));
    let header = ["STAGE", "RUNS NOW", "OUTCOME"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let mut details = String::new();
    for stage in &forecast.stages {
        let release = stage.release.as_ref().map_or("-", |release| release.tag.short()).to_owned();
        let mut outcome = match &stage.outcome {
            ForecastOutcome::Changed(report) => objects(report.input().diff.summary).trim_end().to_owned(),
            other => other.words().to_owned(),
        };
        for besides in stage.besides() {
            outcome.push_str(&format!("; {besides}"));
        }
        rows.push(vec![stage.stage.clone(), release, outcome]);
        let told = match &stage.outcome {
            ForecastOutcome::Changed(report) => {
                let options = TextOptions { colour: invocation.terminal.colour(), detail: Detail::Fields };
                let warnings = report.input().warnings.iter().map(|warning| format!("warning: {warning}\n"));
                format!("{}{}", warnings.collect::<String>(), report.input().diff.to_text(options))
            }
            ForecastOutcome::Fails { failures, .. } => {
                let groups = FailureGroup::of(failures);
                let hints = groups.iter().filter_map(|group| group.failure.hint.as_ref());
                let hints: String = hints.map(|hint| format!("hint: {hint}\n")).collect();
                let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
                format!("{}\n{hints}", groups.join("\n\n"))
            }
            ForecastOutcome::Unknown { detail, hint } => {
                let hint = hint.iter().map(|hint| format!("hint: {hint}\n"));
                format!("{detail}\n{}", hint.collect::<String>())
            }
            ForecastOutcome::Nothing | ForecastOutcome::Unchanged | ForecastOutcome::Gone => continue,
        };
        details.push_str(&format!("\n{} {}:\n{told}", stage.stage, stage.outcome.words()));
    }
    format!("policy of {head} against that of {base}\n\n{}{details}", table(&rows))
}
