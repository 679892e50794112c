//! `conformance`: our renderer against what the real Helm printed.

mod baselines;
mod cases;
mod charts;
mod corpus;
mod fuzz;
mod helms;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueHint};
use globset::Glob;

use self::baselines::Baselines;
use crate::invocation::Invocation;
use crate::report::Outcome;
use crate::terminal::print;
use crate::world;

/// Compare the renderer with the real Helm
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask conformance cases crates/helm/tests/conformance/template-cases.json --verbose
  cargo xtask conformance check --helm 4.2.3=/usr/local/bin/helm
  cargo xtask conformance corpus corpus.json --root ~/charts --filter 'bitnami-*'")]
pub(crate) struct Conformance {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run recorded cases: templates, whole charts or --set expressions with what Helm made of them
    Cases {
        /// Files of cases
        #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
        /// Ids that are known to fail, one a line; one that passes or that no case has fails the run, so that
        /// the list can only shrink
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        known: Option<PathBuf>,
        /// Show what was expected and what came out for each failing case
        #[arg(short, long)]
        verbose: bool,
    },
    /// Generate charts, templates and values, and compare their render with the real Helm's
    Fuzz(fuzz::Fuzz),
    /// Record what the real Helm CLIs do with the charts of crates/helm/tests/charts
    Record {
        #[command(flatten)]
        helms: Helms,
    },
    /// Compare `template` with what was recorded, and what was recorded with the Helm CLIs that are there
    Check {
        #[command(flatten)]
        helms: Helms,
        /// Show what was expected and what came out where they differ
        #[arg(short, long)]
        verbose: bool,
    },
    /// Render a list of public charts and compare digests with what Helm rendered
    Corpus {
        /// The list: repositories, charts, values files and digests
        #[arg(value_name = "LIST", value_hint = ValueHint::FilePath)]
        list: PathBuf,
        /// Where the charts are: below `DIR/<owner>+<name>/`
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        root: PathBuf,
        /// Run only the cases whose ids match
        #[arg(long, value_name = "GLOB")]
        filter: Option<Glob>,
        /// Show our text where a case first differs
        #[arg(short, long)]
        verbose: bool,
    },
}

/// The real Helm CLIs, beside the one on PATH.
#[derive(Debug, Args)]
struct Helms {
    /// A Helm by its exact version
    #[arg(long = "helm", value_name = "VERSION=PATH", value_parser = helms::named)]
    named: Vec<helms::Cli>,
}

impl Helms {
    fn baselines(&self, invocation: &Invocation) -> anyhow::Result<Baselines> {
        let repository = invocation.repository()?;
        let root = repository.workdir().context("a bare repository has no charts to try")?;
        let path = world::environment().get("PATH").map(Into::into).unwrap_or_default();
        Baselines::find(root, &self.named, path)
    }
}

impl Conformance {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        match &self.command {
            Command::Fuzz(fuzz) => fuzz.run(|path| invocation.path(path)),
            Command::Record { helms } => helms.baselines(invocation)?.record(),
            Command::Check { helms, verbose } => helms.baselines(invocation)?.check(*verbose),
            Command::Corpus { list, root, filter, verbose } => {
                let filter = filter.as_ref().map(Glob::compile_matcher);
                corpus::run(
                    &invocation.path(list),
                    &corpus::Selection {
                        root: &invocation.path(root),
                        filter: filter.as_ref(),
                        verbose: *verbose,
                    },
                )
            }
            Command::Cases { files, known, verbose } => {
                let known = match known {
                    None => BTreeSet::new(),
                    Some(path) => {
                        let text = std::fs::read_to_string(invocation.path(path))
                            .with_context(|| path.display().to_string())?;
                        let lines = text.lines().map(str::trim);
                        lines
                            .filter(|line| !line.is_empty() && !line.starts_with('#'))
                            .map(str::to_owned)
                            .collect()
                    }
                };
                let mut report = String::new();
                let (mut passed, mut failed, mut still) = (0, 0, 0);
                let mut absent: BTreeSet<&str> = known.iter().map(String::as_str).collect();
                for path in files {
                    let text = std::fs::read_to_string(invocation.path(path))
                        .with_context(|| path.display().to_string())?;
                    let cases = cases::parse(&text).with_context(|| path.display().to_string())?;
                    if cases.is_empty() {
                        bail!("{} holds no cases", path.display());
                    }
                    for case in cases {
                        absent.remove(case.id.as_str());
                        let difference = case.run();
                        let verdict = match (&difference, known.contains(&case.id)) {
                            (None, false) => {
                                passed += 1;
                                continue;
                            }
                            (Some(_), true) => {
                                // Known and still so: it counts as neither.
                                still += 1;
                                continue;
                            }
                            (None, true) => "passes now: take it off the list of known failures",
                            (Some(_), false) => "differs",
                        };
                        failed += 1;
                        report.push_str(&format!("{}: {verdict}\n", case.id));
                        if let (Some(difference), true) = (difference, *verbose) {
                            report.push_str(&difference);
                        }
                    }
                }
                for id in &absent {
                    failed += 1;
                    report.push_str(&format!(
                        "{id}: no case is called so: take it off the list of known failures\n"
                    ));
                }
                if still > 0 {
                    report.push_str(&format!("{still} known to fail, and still do\n"));
                }
                report.push_str(&format!("{passed} passed, {failed} failed\n"));
                print(report)?;
                Ok(if failed == 0 { Outcome::Done } else { Outcome::Differs })
            }
        }
    }
}
