//! What Go's text/template makes of the fixtures, we make of them: output and errors, byte for byte.
//!
//! The fixtures hold templates and what Go made of them; `tests/baseline` records that.

#![allow(clippy::unwrap_used, reason = "a test")]

mod data;

use std::path::Path;
use std::sync::Arc;

use gostd::value::Arena;
use gotemplate::{Budget, Call, FunctionTable, MissingKey, TemplateSet};

fn run(functions: &Arc<FunctionTable>, missing_key: MissingKey, texts: &[&str]) -> (&'static str, Vec<u8>) {
    let mut set = TemplateSet::new("gotpl", Arc::clone(functions), missing_key);
    for (index, text) in texts.iter().enumerate() {
        if let Err(error) = set.parse(format!("f{index}"), text) {
            return ("parse error", error.text());
        }
    }
    let arena = Arena::new();
    let budget = Budget::default();
    let call = Call::new(&arena, &data::NoWorld, &budget, &data::Embedding).with_templates(&set);
    match call.execute("f0", data::data(&arena)) {
        Ok(out) => ("output", out),
        Err(error) => ("error", error.text()),
    }
}

fn missing_key(title: &str) -> MissingKey {
    match title.split_once("missingkey=") {
        Some((_, "default")) => MissingKey::Invalid,
        Some((_, "error")) => MissingKey::Error,
        _ => MissingKey::Zero,
    }
}

/// Checks the cases of one file; gives their number and what differs.
fn check(path: &Path, functions: &Arc<FunctionTable>) -> (usize, Vec<String>) {
    let content = std::fs::read_to_string(path).unwrap();
    let mut failures = Vec::new();
    let cases: Vec<_> = content.split("### ").skip(1).collect();
    for case in &cases {
        let (title, rest) = case.split_once('\n').unwrap();
        let (texts, expected) = rest.split_once("\n>>> ").unwrap();
        let texts: Vec<_> = texts.split("\n+++\n").collect();
        let (kind, text) = run(functions, missing_key(title), &texts);
        let got = format!("{kind}\n{}\n", String::from_utf8_lossy(&text));
        if got != expected {
            failures.push(format!("{}: {title}\nGo:   {expected}ours: {got}", path.display()));
        }
    }
    (cases.len(), failures)
}

#[test]
fn every_fixture_agrees_with_go() {
    let functions = Arc::new(FunctionTable::new(&[&data::functions()]).with_methods(&data::methods()));
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut count = 0;
    let mut failures = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let (cases, failed) = check(&entry.unwrap().path(), &functions);
        count += cases;
        failures.extend(failed);
    }
    assert!(count > 400, "only {count} cases were found");
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
}
