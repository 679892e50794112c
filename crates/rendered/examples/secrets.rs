//! What the secret rules find in charts of others, and what looking costs.
//!
//! `cargo run --release -p rendered --example secrets -- LIST ROOT` renders the charts of a list (the format of
//! `cargo xtask conformance corpus`), whose directories lie below `ROOT/<owner>+<name>/`, with their values, and looks
//! through the objects and the packages. It prints every finding, the count of each rule, and over all charts the
//! fastest of seven looks beside the fastest of seven renders.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a program for people who work on the rules"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use gitstore::RepoPath;
use helm::{HelmVersion, KubeVersion, Limits};
use policy::Nondeterminism;
use rendered::{
    PreparedChart, RenderSpec, SecretFinding, SecretPlace, render_deployment, scan_payload_secrets,
    scan_secrets,
};
use serde::Deserialize;

const ROUNDS: usize = 7;

/// A chart with values files.
#[derive(Deserialize)]
struct Case {
    id: String,
    repo: String,
    chart_path: String,
    values_files: Vec<String>,
    release: String,
    namespace: String,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [list, root] = words.as_slice() else { panic!("LIST ROOT") };
    let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(list).unwrap()).unwrap();
    let mut tally = Tally::default();
    for case in &cases {
        tally.case(case, &Path::new(root).join(case.repo.replace('/', "+")));
    }
    tally.print();
}

/// What was found so far.
#[derive(Default)]
struct Tally {
    rendered: usize,
    with_secret_objects: usize,
    falsely_accused: BTreeSet<String>,
    rules: BTreeMap<&'static str, usize>,
    packages: BTreeMap<String, usize>,
    payload_rules: BTreeMap<&'static str, usize>,
    render_time: Duration,
    scan_time: Duration,
    bytes: usize,
    /// The same of the renders that hold nothing, which are those that go on.
    clean_render_time: Duration,
    clean_scan_time: Duration,
}

impl Tally {
    fn case(&mut self, case: &Case, base: &Path) {
        let directory = base.join(&case.chart_path);
        let Ok(chart) = PreparedChart::from_directory(&directory, HelmVersion::default(), &Limits::DEFAULT)
        else {
            return;
        };
        self.package(case, &directory);
        let (spec, texts) = spec(case, base);
        let Ok(rendered) = render_deployment(&chart, &spec, &texts) else { return };
        self.rendered += 1;
        self.bytes += rendered.files.iter().map(|file| file.bytes.len()).sum::<usize>();
        let render_time = fastest(|| drop(render_deployment(&chart, &spec, &texts)));
        let scan_time = fastest(|| drop(scan_secrets(&chart, &spec, &texts, &rendered.files)));
        self.render_time += render_time;
        self.scan_time += scan_time;
        if rendered.secrets.is_empty() {
            self.clean_render_time += render_time;
            self.clean_scan_time += scan_time;
        }
        let is_of_secret = |finding: &&SecretFinding| matches!(&finding.place, SecretPlace::Object { object, .. } if object.kind == "Secret");
        let (literal, others): (Vec<_>, Vec<_>) = rendered.secrets.iter().partition(is_of_secret);
        self.with_secret_objects += usize::from(!literal.is_empty());
        for finding in &rendered.secrets {
            *self.rules.entry(finding.rule).or_default() += 1;
        }
        for finding in others {
            self.falsely_accused.insert(case.id.clone());
            println!("{}: {finding}", case.id);
        }
    }

    fn package(&mut self, case: &Case, directory: &Path) {
        let package = format!("{} {}", case.repo, case.chart_path);
        if self.packages.contains_key(&package) {
            return;
        }
        let mut files = Vec::new();
        read(directory, "", &mut files);
        let findings = scan_payload_secrets(&files, &Limits::DEFAULT).unwrap_or_else(|error| {
            println!("{package} (package): {error}");
            Vec::new()
        });
        for finding in &findings {
            *self.payload_rules.entry(finding.rule).or_default() += 1;
            println!("{package} (package): {finding}");
        }
        self.packages.insert(package, findings.len());
    }

    fn print(&self) {
        println!("\nrenders {}, of them with literal Secrets {}", self.rendered, self.with_secret_objects);
        println!("renders with findings elsewhere {}", self.falsely_accused.len());
        println!("by rule {:?}", self.rules);
        let accused = self.packages.values().filter(|count| **count > 0).count();
        println!(
            "packages {}, with findings {accused}, by rule {:?}",
            self.packages.len(),
            self.payload_rules
        );
        println!("{} bytes in all", self.bytes);
        told("all renders", self.render_time, self.scan_time);
        told("renders without a finding", self.clean_render_time, self.clean_scan_time);
    }
}

fn told(what: &str, render_time: Duration, scan_time: Duration) {
    let percent = scan_time.as_secs_f64() / (render_time - scan_time).as_secs_f64() * 100.0;
    println!("{what}: {render_time:?}, of which looked {scan_time:?}: {percent:.1} % more");
}

fn fastest(mut round: impl FnMut()) -> Duration {
    let time = |round: &mut dyn FnMut()| {
        let start = Instant::now();
        round();
        start.elapsed()
    };
    (0..ROUNDS).map(|_| time(&mut round)).min().unwrap_or_default()
}

fn read(directory: &Path, prefix: &str, files: &mut Vec<helm::ChartFile>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            read(&path, &format!("{name}/"), files);
        } else if let Ok(bytes) = std::fs::read(&path) {
            files.push(helm::ChartFile::new(name, &bytes));
        }
    }
}

fn spec(case: &Case, base: &Path) -> (RenderSpec, Vec<(RepoPath, Vec<u8>)>) {
    let spec = RenderSpec {
        deployment: case.id.clone(),
        release_name: case.release.clone(),
        namespace: case.namespace.clone(),
        kube_version: KubeVersion::parse("v1.36.0").unwrap(),
        api_versions: Vec::new(),
        include_crds: true,
        skip_tests: false,
        disable_hooks: false,
        nondeterminism: Nondeterminism::Refuse,
        values: Vec::new(),
        set: Vec::new(),
    };
    let text = |file: &String| (RepoPath::new(file).unwrap(), std::fs::read(base.join(file)).unwrap());
    (spec, case.values_files.iter().map(text).collect())
}
