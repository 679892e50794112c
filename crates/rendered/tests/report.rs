//! Whole reports against golden files, and the page in a browser.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the helpers of tests fail as tests do, write what they found, and look for a browser"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use freight::{Image, ReleaseTag};
use pretty_assertions::assert_eq;
use rendered::{
    CheckState, Manifests, PolicyChange, Report, ReportCheck, ReportInput, ReportPurpose, ReportRelease,
    SourceCommit, SourceRange, unified_lines,
};

const OLD: &str = "git-1111111111111111111111111111111111111111";
const NEW: &str = "git-2222222222222222222222222222222222222222";
/// Text that would break out of its place, fetch something or ping somebody, if it could.
const HOSTILE: &str = "`|</code></details><script>alert(1)</script><img src=http://fetched.example/x> @octocat #1 ![x](http://fetched.example/y)\u{202e}";

fn web(tag: &str, chart: u32, replicas: u32, cpu: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {{helm.sh/chart: shop-{chart}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata:
      labels: {{app: web, helm.sh/chart: shop-{chart}}}
    spec:
      containers:
      - name: web
        image: registry.example.org/shop:{tag}
        env:
        - {{name: RELEASE, value: {tag}}}
        resources: {{requests: {{cpu: {cpu}}}}}
"
    )
}

fn simple(kind: &str, name: &str, chart: u32, rest: &str) -> String {
    format!(
        "apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n  labels: {{helm.sh/chart: shop-{chart}}}\n{rest}"
    )
}

fn manifests(files: &[(&str, String)]) -> Manifests {
    let mut manifests = Manifests::default();
    for (name, text) in files {
        manifests.insert("shop", name, text.as_bytes().to_vec());
    }
    manifests
}

fn release(tag: &str) -> ReportRelease {
    let digest = format!("sha256:{}", "a".repeat(64));
    ReportRelease {
        tag: ReleaseTag::parse(tag).unwrap(),
        image: Some(Image::parse(&format!("registry.example.org/shop:{tag}@{digest}")).unwrap()),
        created_at: Some("2026-03-22T12:34:56Z".parse().unwrap()),
    }
}

fn report() -> Report {
    let role = |verbs: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: web}}\nrules: [{{apiGroups: [''], resources: [pods], verbs: [{verbs}]}}]\n"
        )
    };
    let config =
        |value: &str| simple("ConfigMap", "web", 1, &format!("data:\n  a: {}\n", serde_json::json!(value)));
    let secret = |value: &str| simple("Secret", "web", 1, &format!("stringData: {{password: {value}}}\n"));
    let job = |tag: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: migrate, annotations: {{helm.sh/hook: pre-upgrade}}}}\nspec: {{template: {{spec: {{containers: [{{name: m, image: 'registry.example.org/shop:{tag}'}}]}}}}}}\n"
        )
    };
    let old = manifests(&[
        ("web.yaml", web(OLD, 1, 3, "\"1\"")),
        ("config.yaml", config("before")),
        ("claim.yaml", simple("PersistentVolumeClaim", "data", 1, "spec: {storageClassName: fast}\n")),
        ("service.yaml", simple("Service", "web", 1, "")),
        ("role.yaml", role("get")),
        ("secret.yaml", secret("hunter1")),
        ("job.yaml", job(OLD)),
    ]);
    let new = manifests(&[
        ("web.yaml", web(NEW, 2, 2, "500m")),
        ("config.yaml", config(HOSTILE)),
        ("service.yaml", simple("Service", "web", 2, "")),
        ("role.yaml", role("get, delete")),
        ("secret.yaml", secret("hunter2")),
        ("job.yaml", job(NEW)),
        ("new.yaml", simple("ConfigMap", "new", 2, "data: {a: b}\n")),
    ]);
    let check =
        |name: &str, state, text: &str| ReportCheck { name: name.to_owned(), state, text: text.to_owned() };
    Report::new(ReportInput {
        stage: "production".to_owned(),
        purpose: ReportPurpose::Promotion,
        release: release(NEW),
        before: Some(release(OLD)),
        source: SourceRange {
            commits: vec![
                SourceCommit {
                    id: "2".repeat(40),
                    subject: format!("Fix #12 for @ada {HOSTILE}"),
                    author: "Grace".to_owned(),
                },
                SourceCommit {
                    id: "3".repeat(40),
                    subject: "Add a config".to_owned(),
                    author: "@ada".to_owned(),
                },
            ],
            total: Some(2),
            compare_url: Some("https://forge.example/compare/1...2?a=\"b\"&c=d".to_owned()),
            note: None,
        },
        policy: vec![PolicyChange {
            path: "envs/deployments/shop/values.yaml".to_owned(),
            old: Some("4".repeat(40)),
            new: Some("5".repeat(40)),
            lines: Some(unified_lines("replicas: 3\n", "replicas: 2\n")),
        }],
        checks: vec![
            check("upstream", CheckState::Ok, "passed in staging"),
            check("soak", CheckState::Refused, "20 minutes of 2 hours; wait until 14:00"),
        ],
        diff: rendered::diff(&old, &new),
        warnings: vec![format!("something odd: {HOSTILE}")],
        command: "cargo xtask review show production --format markdown".to_owned(),
    })
}

/// Compares with a golden file; what was found instead is written beside the build, to be looked at and copied.
fn check(name: &str, found: &str) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report").join(name);
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    if found != expected {
        let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&written, found).unwrap();
        eprintln!("found instead of {}: {}", golden.display(), written.display());
    }
    assert_eq!(found, expected, "{name}");
}

#[test]
fn the_markdown_is_as_it_should_be() {
    check("report.md", &report().to_markdown(None));
}

#[test]
fn the_page_is_as_it_should_be() {
    check("report.html", &report().to_html());
}

#[test]
fn the_document_is_as_it_should_be() {
    check("report.json", &format!("{:#}\n", report().to_json()));
}

#[test]
fn no_form_shows_a_secret_or_lets_a_text_out() {
    let report = report();
    let (markdown, html, json) = (report.to_markdown(None), report.to_html(), report.to_json().to_string());
    for text in [&markdown, &html, &json] {
        assert!(!text.contains("hunter"), "{text}");
        assert!(!text.contains('\u{202e}') || *text == json, "{text}");
    }
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("@import"));
    // Outside code and fences nothing of the hostile text is markup or a mention.
    let mut fence: Option<String> = None;
    for line in markdown.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if line == open => fence = None,
            Some(_) => continue,
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                // Of what stands between backticks every second piece is code.
                let outside: String = line.split('`').step_by(2).collect();
                assert_eq!(line.matches('`').count() % 2, 0, "{line}");
                for bad in ["@", "<script", "<img", " #1", "](", "</details><script"] {
                    assert!(!outside.contains(bad), "{bad} in {line}");
                }
            }
        }
    }
    assert_eq!(fence, None);
}

/// A browser of the Chromium family on the search path.
fn chromium() -> Option<PathBuf> {
    let directories = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&directories)
        .flat_map(|directory| names.map(|name| directory.join(name)))
        .find(|path| path.is_file())
}

#[test]
fn a_browser_shows_the_page_and_fetches_nothing() {
    let Some(chromium) = chromium() else {
        eprintln!("no Chromium on the search path: the page isn't looked at in a browser");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let (page, log) = (directory.path().join("report.html"), directory.path().join("net.json"));
    std::fs::write(&page, report().to_html()).unwrap();
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        .args(["--no-first-run", "--disable-component-update", "--disable-sync", "--dump-dom"])
        .arg(format!("--user-data-dir={}", directory.path().join("profile").display()))
        .arg(format!("--log-net-log={}", log.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    for text in ["<table>", "Deployment web", "Look at this first", "&lt;script&gt;alert(1)", "soak"] {
        assert!(dom.contains(text), "{text} isn't in the page:\n{dom}\n{said}");
    }
    assert_eq!(dom.matches("<tr>").count(), 8, "{dom}");
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("report.html"), "the log knows nothing of the page");
    assert!(!log.contains("fetched.example"), "the page fetched something");
}
