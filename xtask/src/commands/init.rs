//! `init`: a policy to begin with.

use clap::{Args, ValueHint};
use gitstore::RepoPath;
use promotion::{InitOutcome, InitRequest, Mode};
use serde_json::json;

use super::Json;
use crate::invocation::Invocation;
use crate::report::Outcome;
use crate::terminal::{print, print_json};

/// Write a commented pipeline for a chart and a list of environments
///
/// Writes the pipeline file, and beside it the values of every env type and a deployment for every environment, into
/// the work tree. A release passes the environments in the order in which they are named. `.gitattributes` gets the lines that keep
/// Git from converting line endings below freight/ and rendered/. Nothing that is there is overwritten, and nothing is committed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask init --chart helm --env staging,test,production --review production
  cargo xtask init --chart k8s/helm --env staging,production --image-repository ghcr.io/org/app
  cargo xtask init --chart helm --env staging --pipeline apps/shop/pipeline.yaml --dry-run")]
pub(crate) struct Init {
    /// The chart's directory, from the root of the repository
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, value_parser = chart_path)]
    chart: RepoPath,
    /// The environments, in the order in which a release passes them
    #[arg(long = "env", value_name = "ENV,…", value_delimiter = ',', required = true)]
    environments: Vec<String>,
    /// Those of them that promote by review instead of by push
    #[arg(long, value_name = "ENV,…", value_delimiter = ',')]
    review: Vec<String>,
    /// The warehouse's name [default: the chart's]
    #[arg(long, value_name = "NAME")]
    warehouse: Option<String>,
    /// The only repository whose images freeze accepts
    #[arg(long, value_name = "REPOSITORY")]
    image_repository: Option<String>,
    /// The values key that gets the image [default: image.repository and image.tag where the chart's values have an
    /// `image` with keys, else image]
    #[arg(long, value_name = "KEY")]
    image_key: Option<String>,
    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    json: Json,
}

fn chart_path(text: &str) -> gitstore::Result<RepoPath> {
    let text = text.strip_prefix("./").unwrap_or(text);
    RepoPath::new(text.strip_suffix('/').unwrap_or(text))
}

impl Init {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let repository = invocation.repository()?;
        let request = InitRequest {
            chart: &self.chart,
            pipeline: invocation.pipeline(),
            environments: &self.environments,
            review: &self.review,
            warehouse: self.warehouse.as_deref(),
            image_repository: self.image_repository.as_deref(),
            image_key: self.image_key.as_deref(),
            mode: if self.dry_run { Mode::DryRun } else { Mode::Write },
        };
        let outcome = promotion::init(&repository, &request)?;
        if self.json.json {
            print_json(&self.document(&outcome, invocation.pipeline()))?;
        } else {
            print(self.text(&outcome, invocation.pipeline()))?;
        }
        Ok(Outcome::Done)
    }

    fn text(&self, outcome: &InitOutcome, pipeline: &RepoPath) -> String {
        let InitOutcome { warehouse, image, files, extended, kept } = outcome;
        let (done, added) = if self.dry_run { ("would write", "would add") } else { ("wrote", "added") };
        let mut text = String::new();
        for path in files {
            text.push_str(&format!("{done} {path}\n"));
        }
        for path in extended {
            text.push_str(&format!(
                "{added} to {path}: no line ending is converted in what is frozen and rendered\n"
            ));
        }
        for path in kept {
            text.push_str(&format!("{path} is there already, and is the same\n"));
        }
        let keys: Vec<String> = image.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        text.push_str(&format!("warehouse {warehouse}: the image goes to {}\n", keys.join(", ")));
        if self.dry_run {
            return text;
        }
        // A flag that every command needs where the pipeline isn't in its default place.
        let flag = match pipeline.to_string() {
            default if default == "envs/pipeline.yaml" => String::new(),
            other => format!(" --pipeline {other}"),
        };
        let first = self.environments.first().map_or("STAGE", String::as_str);
        text.push_str(&format!(
            "\nnext:\n  1. look through {pipeline}, and fill in the values of each env type and deployment\n  \
             2. commit them to the main branch, with the chart\n  \
             3. cut a release: cargo xtask{flag} freeze --image REPOSITORY:git-$(git rev-parse HEAD)@sha256:…\n  \
             4. look at rendered/, and promote: cargo xtask{flag} promote {first}\n"
        ));
        text
    }

    fn document(&self, outcome: &InitOutcome, pipeline: &RepoPath) -> serde_json::Value {
        let paths = |paths: &[RepoPath]| paths.iter().map(ToString::to_string).collect::<Vec<_>>();
        let key = |(key, value): &(String, String)| json!({ "key": key, "value": value });
        json!({
            "change": if self.dry_run { "wouldWrite" } else { "written" },
            "pipeline": pipeline.to_string(),
            "warehouse": outcome.warehouse,
            "image": outcome.image.iter().map(key).collect::<Vec<_>>(),
            "files": paths(&outcome.files),
            "extended": paths(&outcome.extended),
            "kept": paths(&outcome.kept),
        })
    }
}
