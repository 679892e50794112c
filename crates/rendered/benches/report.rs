//! What a difference and its report cost, by the number of objects that change, and how large the forms are.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench says so where it fails, and its sizes")]

use divan::{Bencher, black_box};
use freight::ReleaseTag;
use rendered::{
    GITHUB_BODY_LIMIT, Manifests, ManifestsDiff, Report, ReportInput, ReportPurpose, ReportRelease,
    SourceRange,
};

const OBJECTS: [usize; 2] = [300, 3_000];

fn main() {
    let report = Report::new(input(rendered::diff(&side(1, 3_000), &side(2, 3_000))));
    println!("a difference of 3,000 objects:");
    for (form, size) in [
        ("markdown", report.to_markdown(None).len()),
        ("markdown for a body", report.to_markdown(Some(GITHUB_BODY_LIMIT)).len()),
        ("html", report.to_html().len()),
        ("json", report.to_json().to_string().len()),
    ] {
        println!("  {form}: {size} bytes");
    }
    divan::main();
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
