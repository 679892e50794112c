//! The commands, and the flags they share.

mod audit;
mod completions;
mod conformance;
mod demo;
mod diff;
mod forecast;
mod freeze;
mod history;
mod init;
mod legacy;
mod promote;
mod render;
mod review;
mod rollback;
mod schema;
mod status;
mod template;
mod test;
mod verify;

use std::path::Path;

use clap::{Args, Parser, Subcommand};
use gitstore::Repository;
use promotion::Truth;

use crate::invocation::{GlobalFlags, Invocation};
use crate::report::{Failure, Outcome};
use crate::terminal::Progress;

/// Releases to Kubernetes from plain Git: freeze, render, promote
#[derive(Debug, Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", version, max_term_width = 100)]
#[command(after_help = "Examples:
  cargo xtask demo                       the whole way of two releases, in a throw-away clone
  cargo xtask freeze --image REF@DIGEST  cut a release
  cargo xtask promote staging            bring the newest release to a stage
  cargo xtask status                     see where every stage stands

Exit status: 0 done, 1 failed and nothing written, 2 wrong usage, 3 a gate or a check said no.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    flags: GlobalFlags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Freeze(freeze::Freeze),
    Render(render::Render),
    Diff(diff::Diff),
    Promote(promote::Promote),
    Verify(verify::Verify),
    Review(review::Review),
    Rollback(rollback::Rollback),
    History(history::History),
    Status(status::Status),
    Forecast(forecast::Forecast),
    Audit(audit::Audit),
    Init(init::Init),
    Legacy(legacy::Legacy),
    Template(Box<template::Template>),
    Conformance(conformance::Conformance),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Demo(demo::Demo),
    Test(test::Test),
}

impl Arguments {
    pub(crate) fn invocation(&self) -> Invocation {
        Invocation::new(self.flags.clone())
    }

    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        match &self.command {
            Command::Freeze(command) => command.run(invocation),
            Command::Render(command) => command.run(invocation),
            Command::Diff(command) => command.run(invocation),
            Command::Promote(command) => command.run(invocation),
            Command::Verify(command) => command.run(invocation),
            Command::Review(command) => command.run(invocation),
            Command::Rollback(command) => command.run(invocation),
            Command::History(command) => command.run(invocation),
            Command::Status(command) => command.run(invocation),
            Command::Forecast(command) => command.run(invocation),
            Command::Audit(command) => command.run(invocation),
            Command::Init(command) => command.run(invocation),
            Command::Legacy(command) => command.run(invocation),
            Command::Template(command) => command.run(invocation),
            Command::Conformance(command) => command.run(invocation),
            Command::Schema(command) => command.run(invocation),
            Command::Completions(command) => command.run(),
            Command::Demo(command) => command.run(invocation),
            Command::Test(command) => command.run(invocation),
        }
    }
}

/// Shows a command as a user would type it, and runs it.
fn run_shown(invocation: &Invocation, arguments: &[&str]) -> anyhow::Result<Outcome> {
    invocation.terminal.prompt(format_args!("cargo xtask {}", arguments.join(" ")))?;
    let parsed = Arguments::try_parse_from([&["xtask"], arguments].concat())
        .map_err(|error| Failure::usage(error.to_string()))?;
    parsed.run(invocation)
}

/// Opens the repository that `--source` names, if it was given.
fn open_source(path: Option<&Path>, invocation: &Invocation) -> anyhow::Result<Option<Repository>> {
    let Some(path) = path else { return Ok(None) };
    Repository::open_source(&invocation.path(path)).map(Some).map_err(|error| match error {
        gitstore::Error::NoRepository { .. } => {
            Failure::new(error.to_string()).hint("--source names a local clone or a bare repository").into()
        }
        error => error.into(),
    })
}

/// Where the branches are that count.
#[derive(Debug, Args)]
struct Push {
    /// Take the branches of a remote for the truth, and push to it
    #[arg(long, value_name = "REMOTE", num_args = 0..=1, require_equals = true, default_missing_value = "origin")]
    push: Option<String>,
}

impl Push {
    fn truth(&self) -> Truth {
        self.push.clone().map_or(Truth::Here, Truth::Remote)
    }

    /// Says that the remote is talked to, while it is.
    fn progress(&self, invocation: &Invocation) -> Option<Progress> {
        self.push.as_ref().map(|remote| invocation.terminal.progress(format_args!("talking to {remote}")))
    }

    /// `, pushed to origin`, or nothing.
    fn done(&self) -> String {
        self.push.as_ref().map(|remote| format!(", pushed to {remote}")).unwrap_or_default()
    }

    /// The flag as it was given, for the next command; with the blank before it.
    fn flag(&self) -> String {
        self.truth().flag()
    }
}

/// Printing for programs.
#[derive(Debug, Args)]
struct Json {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[cfg(test)]
mod tests;
