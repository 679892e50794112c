//! Charts of others, and how long they take: ours, Helm's SDK beside it, and both command lines.
//!
//! `cargo bench -p xtask --bench corpus -- --list LIST --root DIR [--oracle PATH] [--helm PATH] [--rounds N]` measures
//! the deterministic charts of a list (the format of `cargo xtask conformance corpus`), whose directories lie below
//! `DIR/<owner>+<name>/`. `--oracle` is the built `crates/helm/tests/oracle`, `--helm` a command line of the
//! same version; what isn't named isn't measured. Without a list the sample chart alone is measured.
//!
//! *cold* is from a directory to the manifest's text, *warm* the same with the chart at hand, *process* a run of
//! `template`. Each is the fastest of the rounds.

#![allow(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use helm::{
    Capabilities, Chart, HelmBuild, HelmVersion, Hooks, IncludeCrds, Limits, RefusingWorld, RenderOptions,
    ValuesLayers,
};
use mimalloc::MiMalloc;
use serde::Deserialize;
use serde_json::json;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const HELM: HelmVersion = HelmVersion::V4_2_3;
const XTASK: &str = env!("CARGO_BIN_EXE_xtask");

/// What the command line says.
struct Arguments {
    named: BTreeMap<String, String>,
}

impl Arguments {
    fn read() -> Self {
        // Cargo adds `--bench`.
        let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
        let mut named = BTreeMap::new();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").expect("--list, --root, --oracle, --helm or --rounds");
            named.insert(name.to_owned(), words.next().expect("a value after the name"));
        }
        Self { named }
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.named.get(name).map(PathBuf::from)
    }
}

/// A chart with values files.
#[derive(Clone, Deserialize)]
struct Case {
    id: String,
    #[serde(default)]
    repo: String,
    chart_path: String,
    #[serde(default)]
    values_files: Vec<String>,
    release: String,
    namespace: String,
    status: String,
    #[serde(default)]
    nondeterministic: bool,
    #[serde(default)]
    network: bool,
    #[serde(default)]
    unstable_across_runs: bool,
}

impl Case {
    /// With the chart and the values files as paths that hold.
    fn below(mut self, root: &Path) -> Self {
        let base = root.join(self.repo.replace('/', "+"));
        let full = |path: &String| base.join(path).display().to_string();
        self.values_files = self.values_files.iter().map(full).collect();
        self.chart_path = full(&self.chart_path);
        self
    }

    fn is_measured(&self) -> bool {
        self.status == "ok" && !self.nondeterministic && !self.network && !self.unstable_across_runs
    }

    /// The chart's manifests with its values, once; nothing where it draws randomness or asks for the time.
    fn render(&self, chart: &Chart) -> Option<usize> {
        let mut layers = ValuesLayers::new(HELM);
        for file in &self.values_files {
            let text = fs::read(file).expect("a values file");
            layers.file(file, &text).expect("values");
        }
        let capabilities = Capabilities::new::<&str>(HELM, HelmBuild::Sdk, None, &[]);
        let options = RenderOptions {
            helm: HELM,
            release_name: &self.release,
            namespace: &self.namespace,
            is_upgrade: false,
            skip_schema_validation: false,
            capabilities: &capabilities,
            world: &RefusingWorld,
            limits: Limits::default(),
        };
        let release = helm::render(chart, &layers.finish(), &options).ok()?;
        Some(release.print(IncludeCrds::No, Hooks::All).len())
    }

    fn load(&self) -> Chart {
        helm::load_directory(Path::new(&self.chart_path), HELM).expect("it loads")
    }

    fn template(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.args(["template", &self.release, &self.chart_path, "--namespace", &self.namespace]);
        command.args(["--kube-version", "v1.36.0"]).stdout(Stdio::null()).stderr(Stdio::null());
        for file in &self.values_files {
            command.args(["--values", file]);
        }
        command
    }
}

/// The fastest of so many rounds.
fn fastest(rounds: u32, mut round: impl FnMut()) -> Duration {
    let time = |round: &mut dyn FnMut()| {
        let start = Instant::now();
        round();
        start.elapsed()
    };
    (0..rounds).map(|_| time(&mut round)).min().unwrap_or_default()
}

/// Helm's SDK, asked a line at a time.
struct Oracle {
    process: Child,
    answers: BufReader<ChildStdout>,
}

#[derive(Deserialize)]
struct Answer {
    cold: u64,
    warm: u64,
    #[serde(default)]
    error: String,
}

impl Oracle {
    fn start(path: &Path) -> Self {
        let mut command = Command::new(path);
        let mut process = command
            .arg("-bench")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the oracle starts");
        let answers = BufReader::new(process.stdout.take().expect("piped"));
        Self { process, answers }
    }

    fn measure(&mut self, case: &Case, rounds: u32) -> Answer {
        let question = json!({
            "directory": case.chart_path,
            "values_files": case.values_files,
            "release": case.release,
            "namespace": case.namespace,
            "rounds": rounds,
        });
        writeln!(self.process.stdin.as_mut().expect("piped"), "{question}").expect("the oracle reads");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the oracle answers");
        serde_json::from_str(&line).expect("an answer")
    }
}

/// The peak memory of a process in KiB, where GNU time is there to say it.
fn peak_memory(command: &Command) -> Option<u64> {
    let mut timed = Command::new("/usr/bin/time");
    timed.args(["-f", "%M"]).arg(command.get_program()).args(command.get_args());
    let output = timed.stdout(Stdio::null()).output().ok()?;
    String::from_utf8_lossy(&output.stderr).lines().last()?.trim().parse().ok()
}

/// Ratios of one kind, by case.
#[derive(Default)]
struct Ratios(Vec<(f64, String)>);

impl Ratios {
    fn add(&mut self, theirs: Duration, ours: Duration, id: &str) {
        self.0.push((theirs.as_secs_f64() / ours.as_secs_f64().max(1e-9), id.to_owned()));
    }

    fn report(mut self, what: &str) {
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
        for (ratio, id) in self.0.iter().take(5) {
            println!("    {ratio:6.1}  {id}");
        }
    }
}

fn main() {
    let arguments = Arguments::read();
    let rounds = arguments.named.get("rounds").map_or(5, |rounds| rounds.parse().expect("a number"));
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

    let (mut cold, mut warm, mut process, mut memory) =
        (Ratios::default(), Ratios::default(), Ratios::default(), Ratios::default());
    let (mut our_cold, mut our_warm) = (Duration::ZERO, Duration::ZERO);
    let (cases, impure): (Vec<_>, Vec<_>) =
        cases.into_iter().partition(|case| case.render(&case.load()).is_some());
    println!("left out: {} charts that draw randomness or ask for the time", impure.len());
    for case in &cases {
        let ours_cold = fastest(rounds, || {
            case.render(&case.load());
        });
        let chart = case.load();
        case.render(&chart);
        let ours_warm = fastest(rounds, || {
            case.render(&chart);
        });
        our_cold += ours_cold;
        our_warm += ours_warm;
        if let Some(oracle) = &mut oracle {
            let answer = oracle.measure(case, rounds);
            assert!(answer.error.is_empty(), "{}: {}", case.id, answer.error);
            cold.add(Duration::from_nanos(answer.cold), ours_cold, &case.id);
            warm.add(Duration::from_nanos(answer.warm), ours_warm, &case.id);
        }
        if let Some(helm) = &helm {
            let run = |program: &Path| {
                fastest(rounds, || {
                    let _ = case.template(program).status().expect("it starts");
                })
            };
            process.add(run(helm), run(Path::new(XTASK)), &case.id);
            let peak = |program: &Path| peak_memory(&case.template(program)).map(Duration::from_millis);
            if let (Some(theirs), Some(ours)) = (peak(helm), peak(Path::new(XTASK))) {
                memory.add(theirs, ours, &case.id);
            }
        }
    }
    println!("{} charts: cold {our_cold:.1?}, warm {our_warm:.1?} in all", cases.len());
    cold.report("cold, how many times faster than the SDK");
    warm.report("warm, how many times faster than the SDK");
    process.report("process, how many times faster than Helm");
    memory.report("peak memory, how many times less than Helm");
}
