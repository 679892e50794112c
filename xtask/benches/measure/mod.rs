//! What the benches share: their command line, charts as cases, clocks, and Helm's SDK beside ours.

#![allow(dead_code, reason = "each bench uses its part")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use helm::{
    Capabilities, Chart, HelmBuild, HelmVersion, Hooks, IncludeCrds, Limits, RenderOptions, ValuesLayers,
    World,
};
use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;
use serde_json::json;

pub(crate) const HELM: HelmVersion = HelmVersion::V4_2_3;
pub(crate) const XTASK: &str = env!("CARGO_BIN_EXE_xtask");

/// What the command line says.
pub(crate) struct Arguments {
    pub(crate) named: BTreeMap<String, String>,
}

impl Arguments {
    pub(crate) fn read() -> Self {
        // Cargo adds `--bench`.
        let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
        let mut named = BTreeMap::new();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").expect("the name of an argument");
            named.insert(name.to_owned(), words.next().expect("a value after the name"));
        }
        Self { named }
    }

    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.named.get(name).map(PathBuf::from)
    }

    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.named.get(name).map(|number| number.parse().expect("a number"))
    }
}

/// A chart with values files.
#[derive(Clone, Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    #[serde(default)]
    repo: String,
    pub(crate) chart_path: String,
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
    pub(crate) fn below(mut self, root: &Path) -> Self {
        let base = root.join(self.repo.replace('/', "+"));
        let full = |path: &String| base.join(path).display().to_string();
        self.values_files = self.values_files.iter().map(full).collect();
        self.chart_path = full(&self.chart_path);
        self
    }

    pub(crate) fn is_measured(&self) -> bool {
        self.status == "ok" && !self.nondeterministic && !self.network && !self.unstable_across_runs
    }

    /// The chart's manifests with its values, once; nothing where the world refuses what it asks for.
    pub(crate) fn render(&self, chart: &Chart, world: &dyn World) -> Option<usize> {
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
            world,
            limits: Limits::default(),
        };
        let release = helm::render(chart, &layers.finish(), &options).ok()?;
        Some(release.print(IncludeCrds::No, Hooks::All).len())
    }

    pub(crate) fn load(&self) -> Chart {
        helm::load_directory(Path::new(&self.chart_path), HELM).expect("it loads")
    }

    pub(crate) fn template(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.args(["template", &self.release, &self.chart_path, "--namespace", &self.namespace]);
        command.args(["--kube-version", "v1.36.0"]).stdout(Stdio::null()).stderr(Stdio::null());
        for file in &self.values_files {
            command.args(["--values", file]);
        }
        command
    }
}

/// What something took.
#[derive(Clone, Copy)]
pub(crate) struct Spent {
    /// By the clock on the wall.
    pub(crate) wall: Duration,
    /// Of processors: what else the machine does counts little here.
    pub(crate) processor: Duration,
}

impl Spent {
    /// What one call takes on this thread.
    pub(crate) fn by(round: impl FnOnce()) -> Self {
        let (start, processor) = (Instant::now(), processor_time());
        round();
        let processor = processor_time().saturating_sub(processor);
        Self { wall: start.elapsed(), processor }
    }

    /// The least that one of so many rounds takes.
    pub(crate) fn least_of(rounds: u32, mut round: impl FnMut()) -> Self {
        let rounds = (0..rounds.max(1)).map(|_| Self::by(&mut round));
        let least =
            rounds.reduce(|a, b| Self { wall: a.wall.min(b.wall), processor: a.processor.min(b.processor) });
        least.expect("there is a round")
    }
}

/// What this thread has taken of a processor so far.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("it isn't negative")
}

/// Helm's SDK, asked a line at a time.
pub(crate) struct Oracle {
    process: Child,
    answers: BufReader<ChildStdout>,
}

#[derive(Deserialize)]
struct Answer {
    cold: u64,
    warm: u64,
    cold_cpu: u64,
    warm_cpu: u64,
    #[serde(default)]
    error: String,
}

/// What a chart took.
#[derive(Clone, Copy)]
pub(crate) struct ColdAndWarm {
    pub(crate) cold: Spent,
    pub(crate) warm: Spent,
}

impl Oracle {
    pub(crate) fn start(path: &Path) -> Self {
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

    pub(crate) fn measure(&mut self, case: &Case, rounds: u32) -> ColdAndWarm {
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
        let answer: Answer = serde_json::from_str(&line).expect("an answer");
        assert!(answer.error.is_empty(), "{}: {}", case.id, answer.error);
        let spent = |wall, processor| Spent {
            wall: Duration::from_nanos(wall),
            processor: Duration::from_nanos(processor),
        };
        ColdAndWarm { cold: spent(answer.cold, answer.cold_cpu), warm: spent(answer.warm, answer.warm_cpu) }
    }
}

/// The peak memory of a process in KiB, where GNU time is there to say it.
pub(crate) fn peak_memory(command: &Command) -> Option<u64> {
    let mut timed = Command::new("/usr/bin/time");
    timed.args(["-f", "%M"]).arg(command.get_program()).args(command.get_args());
    let output = timed.stdout(Stdio::null()).output().ok()?;
    String::from_utf8_lossy(&output.stderr).lines().last()?.trim().parse().ok()
}
