//! The commands, and the flags they share.

mod conformance;
mod template;

use clap::{Parser, Subcommand};

use crate::report::Outcome;

/// Releases to Kubernetes from plain Git: freeze, render, promote.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Template(Box<template::Template>),
    Conformance(conformance::Conformance),
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    match arguments.command {
        Command::Template(template) => template.run(),
        Command::Conformance(conformance) => conformance.run(),
    }
}
