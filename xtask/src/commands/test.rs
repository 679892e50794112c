//! `test`: what CI runs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use xshell::{Shell, cmd};

use super::run_shown;
use crate::invocation::Invocation;
use crate::report::{Failure, Outcome};

/// Where recorded cases of the real Helm lie, and which of them are known to fail.
const CASES: &str = "crates/helm/tests/conformance";
const KNOWN_FAILURES: &str = "crates/helm/tests/conformance/known-failures.txt";

/// Run what CI runs: format, clippy, docs, tests, schemas, candidates, audit, conformance cases, demo
///
/// Stops at the first step that fails.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cargo xtask test")]
pub(crate) struct Test {}

impl Test {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let repository = invocation.repository()?;
        let root = repository.workdir().context("a bare repository has nothing to test")?;
        let invocation = &invocation.at(root);
        let shell = Shell::new()?;
        shell.change_dir(root);

        invocation.terminal.prompt("cargo fmt --all --check")?;
        cmd!(shell, "cargo fmt --all --check").quiet().run()?;
        invocation.terminal.prompt("cargo clippy --workspace --all-targets -- -D warnings")?;
        cmd!(shell, "cargo clippy --workspace --all-targets -- -D warnings").quiet().run()?;
        invocation.terminal.prompt("RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps")?;
        cmd!(shell, "cargo doc --workspace --no-deps").env("RUSTDOCFLAGS", "-D warnings").quiet().run()?;
        invocation.terminal.prompt("cargo test --workspace")?;
        cmd!(shell, "cargo test --workspace").quiet().run()?;

        step(invocation, &["schema", "--check"])?;
        // This repository keeps the contract that it is the tool of.
        step(invocation, &["render", "--check"])?;
        step(invocation, &["audit", "HEAD"])?;
        let cases = cases(root)?;
        if !cases.is_empty() {
            let mut arguments = vec!["conformance", "cases"];
            arguments.extend(cases.iter().map(String::as_str));
            if root.join(KNOWN_FAILURES).exists() {
                arguments.extend(["--known", KNOWN_FAILURES]);
            }
            step(invocation, &arguments)?;
        }
        let directory = tempfile::tempdir()?;
        let demo = directory.path().join("demo");
        step(invocation, &["demo", "--into", &demo.to_string_lossy()])?;
        Ok(Outcome::Done)
    }
}

fn step(invocation: &Invocation, arguments: &[&str]) -> anyhow::Result<()> {
    match run_shown(invocation, arguments)? {
        Outcome::Done => Ok(()),
        Outcome::Differs | Outcome::Refused => {
            Err(Failure::new(format!("`cargo xtask {}` failed", arguments[0])).into())
        }
    }
}

/// The files of cases, relative to the root, sorted.
fn cases(root: &Path) -> anyhow::Result<Vec<String>> {
    let Ok(entries) = std::fs::read_dir(root.join(CASES)) else { return Ok(Vec::new()) };
    let mut cases = Vec::new();
    for entry in entries {
        let path = PathBuf::from(entry?.file_name());
        if path.extension() == Some(OsStr::new("json")) {
            cases.push(format!("{CASES}/{}", path.display()));
        }
    }
    cases.sort();
    Ok(cases)
}
