//! The command line of Waybill: one file a command, no rules of its own.
//!
//! A command reads its flags, calls the library once and prints what came back. [`invocation`] is how it was
//! called, [`terminal`] what it prints on, [`report`] how results end; [`github`] reaches pull requests, [`world`] is the one place that reads
//! clock, entropy and environment.

#![allow(rustdoc::invalid_html_tags, reason = "the help texts are printed as they are")]

mod commands;
mod github;
mod invocation;
mod report;
mod terminal;
mod world;

use std::process::ExitCode;

use clap::Parser as _;
use mimalloc::MiMalloc;

/// A render makes many small things and drops them together, at which this allocator is best.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let arguments = match commands::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return terminal::usage(&error),
    };
    let invocation = arguments.invocation();
    let result = arguments.run(&invocation);
    report::finish(result, &invocation.terminal)
}
