//! The real binary on real repositories: every command from the outside, judged by exit status, messages,
//! files and refs. Nothing here names what the crates are made of inside.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod audit;
mod bad_chart;
mod bad_freight;
mod bad_policy;
mod bad_repository;
mod conformance;
mod demo;
mod flow;
mod freeze;
mod freeze_payload;
mod freeze_source;
mod freeze_worktree;
mod gates;
mod github;
mod harness;
mod names;
mod promote;
mod remote;
mod render;
mod review;
mod review_github;
mod review_hop;
mod sample;
mod schema;
mod shallow;
mod snapshot;
mod stage_branch;
mod stages;
mod status;
mod template;
