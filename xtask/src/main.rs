//! The command line of Waybill: one file a command, no rules of its own.
//!
//! A command reads its flags, calls the library once and prints what came back. [`report`] knows how errors
//! look and which exit status they get; [`world`] is the one place that reads clock and entropy.

mod commands;
mod report;
mod world;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = commands::Arguments::parse();
    report::finish(commands::run(arguments))
}
