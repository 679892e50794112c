//! `conformance`: recorded cases and baselines, known failures, and the line that ends the run.

use pretty_assertions::assert_eq;

use crate::harness::{Run, Sandbox, workspace};

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
fn a_known_failure_that_no_case_has_must_leave_the_list() {
    let sandbox = Sandbox::new();
    let home = sandbox.repo("home");
    home.write("cases.json", CASES);
    home.write("more.json", CASES.replace("\"worse\"", "\"worst\""));
    home.write("known", "bad\nworse\nworst\ngone\n");
    let run = home.xtask(&["conformance", "cases", "cases.json", "more.json", "--known", "known"]);
    run.failed(1).says(&["gone: no case is called so", "6 passed, 1 failed\n"]);
    run.says_nothing_of(&["worse:", "worst:"]);
}

#[test]
fn files_that_hold_no_cases_are_refused() {
    let sandbox = Sandbox::new();
    let home = sandbox.repo("home");
    home.write("cases.json", "[{\"id\": \"x\"}]");
    home.refuses(&["conformance", "cases", "cases.json"], 1, &["cases.json", "x"]);
    home.write("none.json", "[]");
    home.refuses(&["conformance", "cases", "none.json"], 1, &["none.json holds no cases"]);
    home.refuses(&["conformance", "cases", "nowhere.json"], 1, &["nowhere.json"]);
    home.refuses(&["conformance", "cases"], 2, &["FILE"]);
}

#[test]
fn what_is_recorded_of_helm_is_what_we_do() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.xtask_command(&["conformance", "check", "--verbose"]);
    // No Helm is found here.
    let run = Run::of(command.current_dir(workspace()).env("PATH", ""));
    run.ok().says(&["not there: Helm 3.21.4, 4.2.3, 4.2.4", " passed, 0 failed"]);
}

#[cfg(unix)]
#[test]
fn baselines_are_recorded_and_checked_live() {
    use std::os::unix::fs::PermissionsExt;

    let sandbox = Sandbox::new();
    let home = sandbox.init("home");
    home.write("crates/helm/tests/charts/one/args", "# why\nplain: r c\nno: r nowhere\n");
    home.write("crates/helm/tests/charts/one/c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    home.write("crates/helm/tests/charts/one/c/templates/a.yaml", "kind: A");
    let helm = |says: &str| {
        let script = format!(
            "#!/bin/sh\nif [ \"$3\" = c ]; then printf -- '{says}'; exit; fi\n\
             echo 'Error: non-absolute URLs should be in form of repo_name/path_to_chart, got: nowhere' >&2\nexit 1\n"
        );
        home.write("helm", &script);
        std::fs::set_permissions(home.path.join("helm"), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    helm("---\\n# Source: c/templates/a.yaml\\nkind: A\\n");
    let run = |command: &str, status: i32, says: &[&str]| {
        let path = home.path.join("helm");
        let named = ["3.21.4", "4.2.3", "4.2.4"].map(|version| format!("{version}={}", path.display()));
        let arguments =
            ["conformance", command, "--helm", &named[0], "--helm", &named[1], "--helm", &named[2]];
        home.xtask(&arguments).failed(status).says(says);
    };
    run("record", 0, &["recorded 3.21.4: 2 command lines"]);
    run("check", 0, &["checked live with Helm 4.2.4: 2 as recorded", "6 passed, 0 failed"]);
    helm("kind: B\\n");
    run("check", 1, &["one.plain: Helm 4.2.3 doesn't do what was recorded"]);
    run("record", 0, &[]);
    run("check", 1, &["one.plain as 3.21.4: another output", "3 passed, 3 failed"]);
    home.refuses(&["conformance", "record", "--helm", "4.2=/bin/helm"], 2, &["4.2"]);
    home.refuses(&["conformance", "check", "--helm", "4.2.3=nowhere"], 2, &["nowhere"]);
}
