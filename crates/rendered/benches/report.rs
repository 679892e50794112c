//! What a difference and its report cost, by the number of objects that change, and how large the forms are.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench says so where it fails, and its sizes")]

use std::path::Path;

use divan::{Bencher, black_box};
use freight::ReleaseTag;
use rendered::{
    GITHUB_BODY_LIMIT, Manifests, ManifestsDiff, Report, ReportInput, ReportPurpose, ReportRelease,
    SourceRange,
};

const OBJECTS: [usize; 2] = [300, 3_000];

fn main() {
    sizes("the sample's second release", &sample_side('1'), &sample_side('2'));
    sizes("3,000 objects that all differ", &side(1, 3_000), &side(2, 3_000));
    divan::main();
}

fn sizes(what: &str, old: &Manifests, new: &Manifests) {
    let report = Report::new(input(rendered::diff(old, new)));
    println!("{what}:");
    for (form, size) in [
        ("markdown", report.to_markdown(None).len()),
        ("markdown for a body", report.to_markdown(Some(GITHUB_BODY_LIMIT)).len()),
        ("html", report.to_html().len()),
        ("json", report.to_json().to_string().len()),
    ] {
        println!("  {form}: {size} bytes");
    }
}

/// The sample's candidates as if they were of the revision of this one digit; the second has more web servers.
fn sample_side(digit: char) -> Manifests {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rendered");
    let revision = digit.to_string().repeat(40);
    let mut manifests = Manifests::default();
    let directories = |path: &Path| -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect()
    };
    for deployment in directories(&root).iter().flat_map(|stage| directories(stage)) {
        let name = deployment.file_name().unwrap().to_string_lossy().into_owned();
        for entry in std::fs::read_dir(&deployment).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let text = with_revision(&text, &revision);
            let text = if digit == '2' { text.replace("replicas: 1", "replicas: 2") } else { text };
            manifests.insert(&name, &path.file_name().unwrap().to_string_lossy(), text.into_bytes());
        }
    }
    assert!(manifests.len() > 50, "the sample's candidates are missing");
    manifests
}

/// A text with the revision of each release tag replaced.
fn with_revision(text: &str, revision: &str) -> String {
    let mut parts = text.split("git-");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        out.push_str("git-");
        out.push_str(if digits == 40 { revision } else { &part[..digits] });
        out.push_str(&part[digits..]);
    }
    out
}

/// One version of so many objects, half of them workloads; all differ from those of another version.
fn side(version: u32, objects: usize) -> Manifests {
    let digit = version.to_string();
    let tag = format!("git-{}", digit.repeat(40));
    let mut manifests = Manifests::default();
    for index in 0..objects {
        let head = format!(
            "metadata:\n  name: web-{index}\n  labels:\n    helm.sh/chart: shop-{version}\n    app.kubernetes.io/name: web\n"
        );
        let text = if index % 2 == 0 {
            let replicas = index % 5 + version as usize;
            format!(
                "apiVersion: apps/v1\nkind: Deployment\n{head}spec:\n  replicas: {replicas}\n  selector:\n    matchLabels:\n      app: web-{index}\n  template:\n    metadata:\n      labels:\n        app: web-{index}\n      annotations:\n        checksum/config: {version}-{index}\n    spec:\n      containers:\n        - name: web\n          image: registry.example.org/shop:{tag}\n          env:\n            - name: RELEASE\n              value: {tag}\n            - name: LANG\n              value: en_US.UTF-8\n          ports:\n            - name: http\n              containerPort: 3000\n          resources:\n            requests:\n              cpu: 500m\n              memory: {}Mi\n          volumeMounts:\n            - name: data\n              mountPath: /data\n      volumes:\n        - name: data\n          emptyDir: {{}}\n",
                256 * version
            )
        } else {
            format!(
                "apiVersion: v1\nkind: ConfigMap\n{head}data:\n  release: {tag}\n  settings.ini: |\n    [web]\n    version = {version}\n    index = {index}\n    workers = 4\n"
            )
        };
        manifests.insert("shop", &format!("web-{index:05}.yaml"), text.into_bytes());
    }
    manifests
}

fn input(diff: ManifestsDiff) -> ReportInput {
    let release = |digit: &str| ReportRelease {
        tag: ReleaseTag::parse(&format!("git-{}", digit.repeat(40))).unwrap(),
        image: None,
        created_at: None,
    };
    ReportInput {
        stage: "staging".to_owned(),
        purpose: ReportPurpose::Promotion,
        release: release("2"),
        before: Some(release("1")),
        source: SourceRange::default(),
        policy: Vec::new(),
        checks: Vec::new(),
        diff,
        warnings: Vec::new(),
        command: "cargo xtask diff staging --format markdown".to_owned(),
    }
}

#[divan::bench(args = OBJECTS, sample_count = 10)]
fn diff(bencher: Bencher<'_, '_>, objects: usize) {
    let (old, new) = (side(1, objects), side(2, objects));
    bencher.bench(|| rendered::diff(black_box(&old), black_box(&new)));
}

/// Every object is there on both sides, and one in a hundred differs.
#[divan::bench(args = OBJECTS, sample_count = 10)]
fn diff_of_few(bencher: Bencher<'_, '_>, objects: usize) {
    let (old, changed) = (side(1, objects), side(2, objects));
    let mut new = old.clone();
    for (name, bytes) in changed.files("shop").unwrap().iter().step_by(100) {
        new.insert("shop", name, bytes.clone());
    }
    bencher.bench(|| rendered::diff(black_box(&old), black_box(&new)));
}

#[divan::bench(args = OBJECTS, sample_count = 10)]
fn markdown(bencher: Bencher<'_, '_>, objects: usize) {
    let report = Report::new(input(rendered::diff(&side(1, objects), &side(2, objects))));
    bencher.bench(|| report.to_markdown(None));
}

#[divan::bench(args = OBJECTS, sample_count = 10)]
fn markdown_for_a_body(bencher: Bencher<'_, '_>, objects: usize) {
    let report = Report::new(input(rendered::diff(&side(1, objects), &side(2, objects))));
    bencher.bench(|| report.to_markdown(Some(GITHUB_BODY_LIMIT)));
}

#[divan::bench(args = OBJECTS, sample_count = 10)]
fn html(bencher: Bencher<'_, '_>, objects: usize) {
    let report = Report::new(input(rendered::diff(&side(1, objects), &side(2, objects))));
    bencher.bench(|| report.to_html());
}

/// Difference and report of the sample's second release, as a review makes them.
#[divan::bench]
fn sample_to_markdown(bencher: Bencher<'_, '_>) {
    let (old, new) = (sample_side('1'), sample_side('2'));
    bencher.bench(|| Report::new(input(rendered::diff(&old, &new))).to_markdown(Some(GITHUB_BODY_LIMIT)));
}

#[divan::bench]
fn sample_to_html(bencher: Bencher<'_, '_>) {
    let (old, new) = (sample_side('1'), sample_side('2'));
    bencher.bench(|| Report::new(input(rendered::diff(&old, &new))).to_html());
}
