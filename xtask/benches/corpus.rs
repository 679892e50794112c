//! Charts of others, and how long they take: ours, Helm's SDK beside it, and both command lines.
//!
//! `cargo bench -p xtask --bench corpus -- --list LIST --root DIR [--oracle PATH] [--helm PATH] [--rounds N]
//! [--every N] [--show N] [--repeat cold|warm]` measures the deterministic charts of a list (the format of
//! `cargo xtask conformance corpus`), whose directories lie below `DIR/<owner>+<name>/`. `--oracle` is the built
//! `crates/helm/tests/oracle`, `--helm` a command line of the same version, which gets one chart of every so many;
//! what isn't named isn't measured. Of each kind so many of the least ratios are shown. Without a list the sample
//! chart alone is measured.
//!
//! *cold* is from a directory to the manifest's text, *warm* the same with the chart at hand, *process* a run of
//! `template`. Each is the fastest of the rounds: by the clock on the wall, and by what it took of processors, which
//! is fairer on a busy machine and counts what Go's collector does on others. With `--repeat` nothing is measured:
//! each chart is rendered for the same time under a profiler.

#![allow(clippy::print_stdout, reason = "a bench prints what it measured")]

mod measure;

use std::fs;
use std::path::Path;
use std::time::Duration;

use helm::RefusingWorld;
use mimalloc::MiMalloc;
use serde_json::json;

use measure::{Arguments, Case, Oracle, Spent, XTASK, peak_memory};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Ratios of one kind, by case.
#[derive(Default)]
struct Ratios(Vec<(f64, String)>);

impl Ratios {
    fn add(&mut self, theirs: Duration, ours: Duration, id: &str) {
        self.0.push((theirs.as_secs_f64() / ours.as_secs_f64().max(1e-9), id.to_owned()));
    }

    fn report(mut self, what: &str, shown: usize) {
        if self.0.is_empty() {
            return;
        }
        self.0.sort_by(|a, b| a.0.total_cmp(&b.0));
        let count = self.0.len();
        let mean = (self.0.iter().map(|(ratio, _)| ratio.ln()).sum::<f64>() / count as f64).exp();
        let (least, id) = &self.0[0];
        let median = self.0[count / 2].0;
        println!(
            "{what}: geometric mean {mean:.1}, median {median:.1}, least {least:.1} ({id}), {count} charts"
        );
        for (ratio, id) in self.0.iter().take(shown) {
            println!("    {ratio:6.1}  {id}");
        }
    }
}

/// How long each chart is rendered for a profile.
const REPEATED_FOR: Duration = Duration::from_millis(25);

/// Renders a chart again and again, so that each counts the same in a profile, as in a geometric mean.
fn repeat(case: &Case, what: &str) {
    let chart = case.load();
    let mut spent = Duration::ZERO;
    while spent < REPEATED_FOR {
        let round = Spent::by(|| {
            if what == "cold" {
                case.render(&case.load(), &RefusingWorld);
            } else {
                case.render(&chart, &RefusingWorld);
            }
        });
        spent += round.processor;
    }
}

fn main() {
    let arguments = Arguments::read();
    let rounds = arguments.number("rounds").unwrap_or(5);
    let every = arguments.number("every").unwrap_or(1).max(1) as usize;
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
    let cases: Vec<Case> = match (arguments.path("list"), arguments.path("root")) {
        (Some(list), Some(root)) => {
            let list: Vec<Case> = serde_json::from_slice(&fs::read(list).expect("the list")).expect("a list");
            list.into_iter().filter(Case::is_measured).map(|case| case.below(&root)).collect()
        }
        _ => {
            let sample = json!({
                "id": "the sample", "chart_path": "helm", "release": "codeai", "namespace": "codeai", "status": "ok",
            });
            vec![serde_json::from_value::<Case>(sample).expect("a case").below(workspace)]
        }
    };
    let mut oracle = arguments.path("oracle").map(|path| Oracle::start(&path));
    let helm = arguments.path("helm");

    let mut ratios: [Ratios; 6] = Default::default();
    let [cold, warm, cold_processor, warm_processor, process, memory] = &mut ratios;
    let (mut our_cold, mut our_warm) = (Duration::ZERO, Duration::ZERO);
    let (cases, impure): (Vec<_>, Vec<_>) =
        cases.into_iter().partition(|case| case.render(&case.load(), &RefusingWorld).is_some());
    println!("left out: {} charts that draw randomness or ask for the time", impure.len());
    if let Some(what) = arguments.named.get("repeat") {
        cases.iter().for_each(|case| repeat(case, what));
        return;
    }
    for (index, case) in cases.iter().enumerate() {
        let ours_cold = Spent::least_of(rounds, || {
            case.render(&case.load(), &RefusingWorld);
        });
        let chart = case.load();
        case.render(&chart, &RefusingWorld);
        let ours_warm = Spent::least_of(rounds, || {
            case.render(&chart, &RefusingWorld);
        });
        our_cold += ours_cold.processor;
        our_warm += ours_warm.processor;
        if let Some(oracle) = &mut oracle {
            let theirs = oracle.measure(case, rounds);
            cold.add(theirs.cold.wall, ours_cold.wall, &case.id);
            warm.add(theirs.warm.wall, ours_warm.wall, &case.id);
            cold_processor.add(theirs.cold.processor, ours_cold.processor, &case.id);
            warm_processor.add(theirs.warm.processor, ours_warm.processor, &case.id);
        }
        if let Some(helm) = helm.as_ref().filter(|_| index % every == 0) {
            let run = |program: &Path| {
                Spent::least_of(rounds, || {
                    let _ = case.template(program).status().expect("it starts");
                })
            };
            process.add(run(helm).wall, run(Path::new(XTASK)).wall, &case.id);
            let peak = |program: &Path| peak_memory(&case.template(program)).map(Duration::from_millis);
            if let (Some(theirs), Some(ours)) = (peak(helm), peak(Path::new(XTASK))) {
                memory.add(theirs, ours, &case.id);
            }
        }
    }
    println!("{} charts: cold {our_cold:.1?}, warm {our_warm:.1?} of a processor in all", cases.len());
    let shown = arguments.number("show").unwrap_or(5) as usize;
    let kinds = [
        "cold, how many times faster than the SDK",
        "warm, how many times faster than the SDK",
        "cold, how many times less of processors than the SDK",
        "warm, how many times less of processors than the SDK",
        "process, how many times faster than Helm",
        "peak memory, how many times less than Helm",
    ];
    for (ratios, kind) in ratios.into_iter().zip(kinds) {
        ratios.report(kind, shown);
    }
}
