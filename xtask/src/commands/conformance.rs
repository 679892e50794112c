//! `conformance`: our renderer against what the real Helm printed.

mod cases;
mod corpus;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueHint};
use globset::Glob;

use crate::invocation::Invocation;
use crate::report::Outcome;
use crate::terminal::print;

/// Compare the renderer with the real Helm
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask conformance cases crates/helm/tests/conformance/template-cases.json --verbose
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
        /// Ids that are known to fail, one a line; a known failure that passes fails the run, so that the list
        /// can only shrink
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        known: Option<PathBuf>,
        /// Show what was expected and what came out for each failing case
        #[arg(short, long)]
        verbose: bool,
    },
    /// Render a list of public charts and compare digests with what Helm rendered
    Corpus {
        /// The list: repositories, charts, values files and digests
        #[arg(value_name = "LIST", value_hint = ValueHint::FilePath)]
        list: PathBuf,
        /// Where the charts are: below DIR/<owner>+<name>/
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

impl Conformance {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        match &self.command {
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
                let (mut passed, mut failed) = (0, 0);
                for path in files {
                    let text = std::fs::read_to_string(invocation.path(path))
                        .with_context(|| path.display().to_string())?;
                    let cases = cases::parse(&text).with_context(|| path.display().to_string())?;
                    for case in cases {
                        let difference = case.run();
                        let verdict = match (&difference, known.contains(&case.id)) {
                            (None, false) => {
                                passed += 1;
                                continue;
                            }
                            (Some(_), true) => {
                                // Known and still so: it counts as neither.
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
                report.push_str(&format!("{passed} passed, {failed} failed\n"));
                print(report)?;
                Ok(if failed == 0 { Outcome::Done } else { Outcome::Differs })
            }
        }
    }
}
