//! `conformance cases`: recorded cases, known failures, and the line that ends the run.

use pretty_assertions::assert_eq;

use crate::harness::Sandbox;

const CASES: &str = r#"[
{"id": "good", "template": "{{ toYaml .Values.v }}", "values": {"v": "true"}, "output": "\"true\"", "helm": "v4.2.3"},
{"id": "bad", "template": "{{ .Values.v }}", "values": {"v": 1}, "output": "2", "helm": "v4.2.3"},
{"id": "worse", "template": "{{ .Values.v }}", "values": {"v": 1}, "output": "3", "helm": "v4.2.3"},
{"id": "chart", "files": {"templates/a.yaml": "---kind: A", "Chart.yaml": "apiVersion: v2\nname: t\nversion: 0.1.0\n"}, "values": null, "name": "r", "namespace": "n", "manifest": "---\n# Source: t/templates/a.yaml\nkind: A\n", "helm": "v4.2.3"},
{"id": "set", "flag": "--set", "expression": "a=", "value": {"a": ""}, "helm": "v4.2.3"}
]"#;

/// With this list of known failures, the run ends so.
#[track_caller]
fn check(known: Option<&str>, status: i32, ends: &str) {
    let sandbox = Sandbox::new();
    let home = sandbox.repo("home");
    home.write("cases.json", CASES);
    let mut arguments = vec!["conformance", "cases", "cases.json"];
    if let Some(known) = known {
        home.write("known", known);
        arguments.extend(["--known", "known"]);
    }
    let run = home.xtask(&arguments);
    run.failed(status);
    assert_eq!(run.stdout.lines().last(), Some(ends), "{}", run.transcript());
    if status == 1 {
        run.says(&["bad"]);
    }
}

#[test]
fn failures_are_named_and_counted() {
    check(None, 1, "3 passed, 2 failed");
}

#[test]
fn known_failures_are_no_failures() {
    check(Some("# why\nbad\nworse\n"), 0, "3 passed, 0 failed");
}

#[test]
fn a_known_failure_that_passes_must_leave_the_list() {
    let sandbox = Sandbox::new();
    let home = sandbox.repo("home");
    home.write("cases.json", CASES);
    home.write("known", "bad\nworse\ngood\n");
    let run = home.xtask(&["conformance", "cases", "cases.json", "--known", "known"]);
    run.failed(1).says(&["good"]).says_nothing_of(&["worse"]);
}

#[test]
fn files_that_hold_no_cases_are_refused() {
    let sandbox = Sandbox::new();
    let home = sandbox.repo("home");
    home.write("cases.json", "[{\"id\": \"x\"}]");
    home.refuses(&["conformance", "cases", "cases.json"], 1, &["cases.json", "x"]);
    home.refuses(&["conformance", "cases", "nowhere.json"], 1, &["nowhere.json"]);
    home.refuses(&["conformance", "cases"], 2, &["FILE"]);
}
