//! Differential fuzzing: generated templates, values and charts, rendered by us and by the real Helm.

mod choices;
mod generator;
mod oracle;
mod report;
mod shrink;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use helm::{HelmVersion, IncludeCrds, Limits, RenderOptions};
use rayon::iter::{IntoParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use serde_json::Value;

use self::choices::Choices;
use self::oracle::Oracle;
use super::cases::{load, lossy, user_values, with_options};
use crate::report::Outcome as Verdict;
use crate::terminal::print;

/// What the oracle is built with.
const HELM: HelmVersion = HelmVersion::V4_2_3;
const RELEASE: &str = "r";
const NAMESPACE: &str = "n";

/// No case needs a hundredth of this; what does is stuck.
const LIMITS: Limits = Limits { steps: 50_000_000, bytes: 1 << 28, ..Limits::DEFAULT };

/// Cases generated, rendered and compared at once.
const BATCH: u64 = 1024;

/// How often Helm is asked again before a difference is believed: it has maps in random order.
const REPETITIONS: usize = 6;

/// Differences that are shrunk; the rest is only counted.
const SHRUNK: usize = 40;

/// Flags of `conformance fuzz`
#[derive(Debug, Args)]
pub(super) struct Fuzz {
    /// Where the random cases start: equal seeds give equal cases
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many cases to compare
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    count: u64,
    /// The real Helm: the program built from crates/helm/tests/oracle
    #[arg(long, value_name = "PATH", default_value = "helm-oracle", value_hint = ValueHint::FilePath)]
    oracle: PathBuf,
    /// Write each difference there, as a file of one recorded case
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    save: Option<PathBuf>,
}

/// A generated chart with values.
#[derive(Clone, PartialEq)]
struct Case {
    files: BTreeMap<String, String>,
    values: Value,
    mode: Mode,
}

/// How far a case goes.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// To the templates' texts.
    Templates,
    /// To manifest, hooks and notes.
    Release,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    Rendered(BTreeMap<String, String>),
    Released {
        manifest: String,
        hooks: Vec<(String, String)>,
        notes: String,
    },
    Failed(String),
    /// No answer at all; nothing equals it.
    Broken(String),
}

impl Outcome {
    fn agrees(&self, other: &Self) -> bool {
        self == other && !matches!(self, Self::Broken(_))
    }
}

/// A case on which we and Helm differ.
struct Difference {
    case: Case,
    helms: Outcome,
    ours: Outcome,
}

impl Fuzz {
    /// Compares as many cases as asked for. The paths are those of the flags, seen from where the command runs.
    pub(super) fn run(&self, path: impl Fn(&Path) -> PathBuf) -> anyhow::Result<Verdict> {
        // A bare name is looked for on PATH.
        let is_bare = self.oracle.components().count() == 1;
        let program = if is_bare { self.oracle.clone() } else { path(&self.oracle) };
        let mut oracle = Oracle::start(&program)?;
        let mut tally = Tally::default();
        let mut known: Vec<Case> = Vec::new();
        for first in (0..self.count).step_by(usize::try_from(BATCH)?) {
            let numbers = first..self.count.min(first + BATCH);
            let generated: Vec<(Case, Vec<u32>)> = numbers
                .into_par_iter()
                .map(|number| {
                    let mut choices = Choices::random(self.seed, number);
                    (generator::case(&mut choices), choices.into_record())
                })
                .collect();
            let cases: Vec<&Case> = generated.iter().map(|(case, _)| case).collect();
            let (helms, ours) = compare(&mut oracle, &cases)?;
            for (index, (helms, ours)) in helms.into_iter().zip(ours).enumerate() {
                let number = first + index as u64;
                let (case, record) = &generated[index];
                tally.succeeded += u64::from(!matches!(helms, Outcome::Failed(_) | Outcome::Broken(_)));
                if helms.agrees(&ours) {
                    tally.passed += 1;
                    continue;
                }
                let found = match judge(&mut oracle, case, helms, ours)? {
                    Judgement::Agrees => {
                        tally.passed += 1;
                        continue;
                    }
                    Judgement::Incomparable => {
                        tally.left_out += 1;
                        continue;
                    }
                    Judgement::Differs(difference) => difference,
                };
                tally.failed += 1;
                if known.len() >= SHRUNK {
                    continue;
                }
                let shrunk = shrink::shrink(&mut oracle, found, record.clone())?;
                if known.contains(&shrunk.case) {
                    continue;
                }
                let id = format!("fuzz-{}-{number}", self.seed);
                print(report::text(&id, &shrunk))?;
                if let Some(directory) = &self.save {
                    report::save(&path(directory), &id, &shrunk)?;
                }
                known.push(shrunk.case);
            }
        }
        print(tally.text())?;
        Ok(if tally.failed == 0 { Verdict::Done } else { Verdict::Differs })
    }
}

#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
    /// Helm itself gives different answers, or none.
    left_out: u64,
    /// Cases that Helm renders.
    succeeded: u64,
}

impl Tally {
    fn text(&self) -> String {
        let Self { passed, failed, left_out, succeeded } = self;
        format!(
            "Helm renders {succeeded} of them; {left_out} left out, whose answer isn't always the same\n\
             {passed} passed, {failed} failed\n"
        )
    }
}

/// What Helm and we make of cases, at the same time.
fn compare(oracle: &mut Oracle, cases: &[&Case]) -> anyhow::Result<(Vec<Outcome>, Vec<Outcome>)> {
    let (helms, ours) =
        rayon::join(|| oracle.ask(cases), || cases.par_iter().map(|case| render(case)).collect::<Vec<_>>());
    Ok((helms?, ours))
}

#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
enum Judgement {
    Agrees,
    /// Helm disagrees with itself or doesn't answer.
    Incomparable,
    Differs(Difference),
}

/// Asks Helm again before a difference is believed.
fn judge(oracle: &mut Oracle, case: &Case, helms: Outcome, ours: Outcome) -> anyhow::Result<Judgement> {
    if matches!(helms, Outcome::Broken(_)) {
        return Ok(Judgement::Incomparable);
    }
    let again = oracle.ask(&[case; REPETITIONS])?;
    if again.contains(&ours) {
        return Ok(Judgement::Agrees);
    }
    if again.iter().any(|answer| *answer != helms) {
        return Ok(Judgement::Incomparable);
    }
    Ok(Judgement::Differs(Difference { case: case.clone(), helms, ours }))
}

/// What we make of a case.
fn render(case: &Case) -> Outcome {
    let rendered = catch_unwind(AssertUnwindSafe(|| try_render(case)));
    match rendered {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(text)) => Outcome::Failed(text),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Outcome::Broken(format!("panic: {}", text.unwrap_or_default()))
        }
    }
}

fn try_render(case: &Case) -> Result<Outcome, String> {
    let chart = load(BTreeMap::new(), &case.files, &BTreeMap::new(), HELM)?;
    let values = user_values(&case.values, HELM)?;
    with_options(HELM, RELEASE, NAMESPACE, |options| {
        let options = RenderOptions { limits: LIMITS, ..*options };
        let text = |error: helm::RenderError| lossy(&error.text());
        match case.mode {
            Mode::Templates => {
                let files = helm::render_templates(&chart, &values, &options).map_err(text)?;
                let texts = files.into_iter().map(|(name, text)| (name, lossy(&text)));
                Ok(Outcome::Rendered(texts.collect()))
            }
            Mode::Release => {
                let release = helm::render(&chart, &values, &options).map_err(text)?;
                let hooks = release.hooks.iter().map(|hook| (hook.path.clone(), lossy(&hook.content)));
                Ok(Outcome::Released {
                    manifest: lossy(&release.manifest(IncludeCrds::No)),
                    hooks: hooks.collect(),
                    notes: lossy(&release.notes),
                })
            }
        }
    })
}
