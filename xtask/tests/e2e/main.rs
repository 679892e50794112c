//! The real binary on real repositories: every command from the outside, judged by exit status, messages,
//! files and refs. Nothing here names what the crates are made of inside.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a test says what it couldn't try here")]
#![allow(clippy::type_complexity, reason = "tables of cases are lists of tuples")]

mod adopt;
mod audit;
mod bad_chart;
mod bad_freight;
mod bad_policy;
mod bad_repository;
#[cfg(unix)]
mod checks;
mod clock;
mod conformance;
mod demo;
#[cfg(unix)]
mod faults;
mod flow;
mod forecast;
mod freeze;
mod freeze_payload;
mod freeze_source;
mod freeze_worktree;
mod gates;
mod github;
mod harness;
#[cfg(target_os = "linux")]
mod hostile;
mod hostile_repository;
mod init;
#[cfg(unix)]
mod kill;
mod legacy;
mod names;
mod odd_history;
mod promote;
mod pure;
mod race;
mod remote;
mod render;
mod review;
mod review_github;
mod review_hop;
mod review_places;
mod sample;
mod schema;
mod secrets;
mod shallow;
mod snapshot;
mod stage_branch;
mod stages;
mod status;
#[cfg(unix)]
mod strace;
mod template;
