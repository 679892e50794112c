//! The workflows under `.github/` are whole: what GitHub needs is there, no job may do more than it must, no pull
//! request's code meets a token that writes, and no loop is closed. `.ci/run` has actionlint look at them as well.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test says so where it fails"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pretty_assertions::assert_eq;
use serde_json::{Map, Value};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn parse(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap();
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The workflows by file name.
fn workflows() -> BTreeMap<String, Value> {
    let directory = root().join(".github/workflows");
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), parse(&path))).collect()
}

fn object<'v>(value: &'v Value, what: &str) -> &'v Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("{what} is no mapping: {value}"))
}

/// All jobs, each with the place where it stands.
fn jobs(workflows: &BTreeMap<String, Value>) -> Vec<(String, &Value)> {
    let mut all = Vec::new();
    for (file, workflow) in workflows {
        all.extend(
            object(&workflow["jobs"], file).iter().map(|(name, job)| (format!("{file}: {name}"), job)),
        );
    }
    all
}

fn steps(job: &Value) -> &[Value] {
    job["steps"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What starts a workflow, by name.
fn triggers(workflow: &Value) -> Vec<&str> {
    object(&workflow["on"], "on").keys().map(String::as_str).collect()
}

#[test]
fn workflows_have_what_github_needs() {
    let known = [
        "push",
        "pull_request",
        "pull_request_target",
        "release",
        "schedule",
        "workflow_call",
        "workflow_dispatch",
    ];
    let workflows = workflows();
    for file in
        ["freeze.yml", "promote.yml", "verify.yml", "review.yml", "forecast.yml", "audit.yml", "test.yml"]
    {
        assert!(workflows.contains_key(file), "{file}");
    }
    for (file, workflow) in &workflows {
        assert!(workflow["name"].is_string(), "{file}");
        for trigger in triggers(workflow) {
            assert!(known.contains(&trigger), "{file}: {trigger}");
        }
        assert!(workflow["concurrency"]["group"].is_string(), "{file}: no concurrency group");
        assert!(!workflow["concurrency"]["cancel-in-progress"].is_null(), "{file}");
        let jobs = object(&workflow["jobs"], file);
        assert!(!jobs.is_empty(), "{file}");
        for (name, job) in jobs {
            assert_eq!(job["runs-on"], "ubuntu-latest", "{file}: {name}");
            assert!(job["timeout-minutes"].as_u64().is_some_and(|minutes| minutes <= 90), "{file}: {name}");
            let needs: Vec<&str> = match &job["needs"] {
                Value::Null => Vec::new(),
                Value::String(one) => vec![one],
                several => several.as_array().unwrap().iter().filter_map(Value::as_str).collect(),
            };
            assert!(needs.iter().all(|need| jobs.contains_key(*need)), "{file}: {name} needs {needs:?}");
            assert!(!steps(job).is_empty(), "{file}: {name}");
            for step in steps(job) {
                assert!(step["uses"].is_string() != step["run"].is_string(), "{file}: {name}: {step}");
            }
        }
    }
}

#[test]
fn every_job_says_what_it_may_do_and_the_guide_repeats_it() {
    let scopes = ["actions", "contents", "packages", "pull-requests", "statuses"];
    let workflows = workflows();
    for (file, workflow) in &workflows {
        assert_eq!(workflow["permissions"], Value::Object(Map::new()), "{file}: jobs inherit permissions");
    }
    let guide = fs::read_to_string(root().join("docs/ci.md")).unwrap();
    for (name, job) in jobs(&workflows) {
        let permissions = object(&job["permissions"], &name);
        let mut told = Vec::new();
        for (scope, access) in permissions {
            assert!(scopes.contains(&scope.as_str()), "{name}: {scope}");
            let access = access.as_str().unwrap();
            assert!(["read", "write"].contains(&access), "{name}: {scope}: {access}");
            told.push(format!("{scope}: {access}"));
        }
        let (file, job_name) = name.split_once(": ").unwrap();
        let row = format!("| `{file}` | `{job_name}` | `{}` |", told.join(", "));
        assert!(guide.contains(&row), "docs/ci.md lacks: {row}");
    }
}

#[test]
fn no_code_of_a_pull_request_meets_a_token_that_writes() {
    let workflows = workflows();
    for (file, workflow) in &workflows {
        if !triggers(workflow).contains(&"pull_request") {
            continue;
        }
        for (name, job) in object(&workflow["jobs"], file) {
            let writes = object(&job["permissions"], name).values().any(|access| access == "write");
            let checks_out = steps(job).iter().any(|step| {
                step["uses"]
                    .as_str()
                    .is_some_and(|uses| uses.starts_with("actions/checkout@") || uses.starts_with("./"))
            });
            assert!(!(writes && checks_out), "{file}: {name} runs what a pull request brings, and may write");
            let text = job.to_string();
            assert!(!text.contains("secrets."), "{file}: {name} hands a secret to a pull request");
        }
    }
}

#[test]
fn what_runs_with_a_token_for_a_pull_request_is_the_default_branch() {
    let workflows = workflows();
    for (file, workflow) in &workflows {
        if !triggers(workflow).contains(&"pull_request_target") {
            continue;
        }
        for (name, job) in object(&workflow["jobs"], file) {
            let uses = |step: &&Value| {
                step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/checkout@"))
            };
            for checkout in steps(job).iter().filter(uses) {
                assert_eq!(
                    checkout["with"]["ref"], "${{ github.event.repository.default_branch }}",
                    "{file}: {name} checks out what a pull request brings"
                );
            }
        }
    }
}

#[test]
fn a_forecast_that_failed_is_told_in_the_comment() {
    let workflows = workflows();
    let jobs = &workflows["forecast.yml"]["jobs"];
    // The forecast is kept where its status is that of a failure, and the comment waits for no success.
    let upload = steps(&jobs["forecast"]).last().unwrap();
    assert_eq!(upload["if"], "${{ !cancelled() }}");
    let comment = &jobs["comment"];
    assert!(comment["if"].as_str().unwrap().contains("!cancelled()"), "{comment}");
    let [download, post] = steps(comment) else { panic!("{comment}") };
    assert_eq!(download["continue-on-error"], true);
    assert!(post["if"].is_null(), "{post}");
    // Whoever looks for the comment finds the one that says that there is no forecast.
    let script = post["run"].as_str().unwrap();
    assert_eq!(script.matches("## Forecast of a policy change").count(), 2, "{script}");
}

#[test]
fn expressions_stay_out_of_scripts() {
    for (name, job) in jobs(&workflows()) {
        for script in steps(job).iter().filter_map(|step| step["run"].as_str()) {
            // What an expression gives becomes part of the script, whatever it holds; a variable stays a value.
            assert!(!script.contains("${{"), "{name}: {script}");
        }
    }
}

#[test]
fn actions_are_pinned_to_a_version() {
    let workflows = workflows();
    let mut used: Vec<(String, String)> = Vec::new();
    for (name, job) in jobs(&workflows) {
        let uses = steps(job).iter().filter_map(|step| step["uses"].as_str());
        used.extend(uses.map(|uses| (name.clone(), uses.to_owned())));
    }
    let build = parse(&root().join(".github/actions/build/action.yml"));
    assert_eq!(build["runs"]["using"], "composite");
    for step in steps(&build["runs"]) {
        match step["uses"].as_str() {
            Some(uses) => used.push(("build".to_owned(), uses.to_owned())),
            None => assert!(step["shell"].is_string(), "{step}"),
        }
    }
    for (name, uses) in used {
        if let Some(local) = uses.strip_prefix("./") {
            assert!(root().join(local).join("action.yml").exists(), "{name}: {uses}");
            continue;
        }
        let (action, version) =
            uses.split_once('@').unwrap_or_else(|| panic!("{name}: {uses} has no version"));
        assert!(action.starts_with("actions/"), "{name}: {uses} is of somebody else: pin it by its commit");
        let is_version = version.strip_prefix('v').is_some_and(|major| major.parse::<u32>().is_ok());
        let is_commit = version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_version || is_commit, "{name}: {uses}");
    }
}

#[test]
fn no_loop_is_closed() {
    let workflows = workflows();
    for (file, workflow) in &workflows {
        let push = &workflow["on"]["push"];
        if push.is_null() {
            continue;
        }
        // What a freeze commits starts nothing.
        let ignored: Vec<&str> =
            push["paths-ignore"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(ignored.contains(&"freight/**") && ignored.contains(&"rendered/**"), "{file}: {ignored:?}");
        assert!(!workflow["on"].to_string().contains("workflow_run"), "{file}");
    }
}

/// The names that a pattern of branches of a workflow stands for begin with the rest of it.
fn begins(patterns: &Value, branch: &str) -> bool {
    let patterns = patterns.as_array().unwrap().iter().filter_map(Value::as_str);
    patterns.into_iter().any(|pattern| branch.starts_with(pattern.trim_end_matches('*')))
}

#[test]
fn what_a_stage_gets_is_verified_whoever_moved_it() {
    let workflows = workflows();
    for (file, workflow) in &workflows {
        // GitHub reads the workflows of a push from the branch that was pushed to: this would never run, and could only
        // make somebody rely on it.
        let push = &workflow["on"]["push"];
        if !push.is_null() {
            let branches = &push["branches"];
            assert!(branches.is_array(), "{file} runs for pushes to any branch");
            for branch in ["stage/production", "review/production/git-0cc4cd87"] {
                assert!(!begins(branches, branch), "{file}: {branch}");
            }
        }
    }
    let verify = &workflows["verify.yml"];
    let merged = &verify["on"]["pull_request_target"];
    assert!(begins(&merged["branches"], "stage/production"), "{merged}");
    assert_eq!(merged["types"], serde_json::json!(["closed"]));
    assert!(verify["on"]["schedule"].is_array());
    // One that was closed without being merged starts nothing.
    let first = &verify["jobs"]["stages"]["if"];
    assert_eq!(first, "github.event_name != 'pull_request_target' || github.event.pull_request.merged");
    // Nor does what the run itself writes: a stage with a verdict is left out unless somebody names it.
    let scripts: String =
        steps(&verify["jobs"]["stages"]).iter().filter_map(|step| step["run"].as_str()).collect();
    assert!(scripts.contains(".verdict == null"), "{scripts}");
    // The promote workflow starts it by name for a stage that got something just now, and never in a circle: a run that
    // promotes nothing starts none.
    let promote = &workflows["promote.yml"]["jobs"]["verify"]["if"];
    assert!(promote.as_str().unwrap().contains("needs.promote.outputs.verify != '[]'"), "{promote}");
}

#[test]
fn what_a_workflow_starts_is_there_and_takes_what_it_is_given() {
    let workflows = workflows();
    let mut started = Vec::new();
    for (name, job) in jobs(&workflows) {
        for script in steps(job).iter().filter_map(|step| step["run"].as_str()) {
            let Some((_, call)) = script.split_once("gh workflow run ") else { continue };
            let words: Vec<&str> = call.split_whitespace().collect();
            let target =
                workflows.get(words[0]).unwrap_or_else(|| panic!("{name}: there is no {}", words[0]));
            let inputs = &target["on"]["workflow_dispatch"]["inputs"];
            for pair in words.windows(2).filter(|pair| pair[0] == "--raw-field") {
                let input = pair[1].split('=').next().unwrap();
                assert!(inputs[input].is_object(), "{name}: {} has no input {input}", words[0]);
            }
            assert_eq!(job["permissions"]["actions"], "write", "{name} may start nothing");
            started.push(words[0].to_owned());
        }
    }
    started.sort();
    assert_eq!(started, ["promote.yml", "promote.yml", "review.yml", "verify.yml"]);
}

#[test]
fn a_freeze_is_never_cancelled_and_runs_once_for_a_revision() {
    let workflows = workflows();
    let concurrency = &workflows["freeze.yml"]["concurrency"];
    assert_eq!(concurrency["cancel-in-progress"], false);
    assert!(
        concurrency["group"].as_str().unwrap().contains("inputs.revision || github.sha"),
        "{concurrency}"
    );
    for file in ["promote.yml", "verify.yml"] {
        assert_eq!(workflows[file]["concurrency"]["cancel-in-progress"], false, "{file}");
    }
}
