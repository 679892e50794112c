//! The crate's face against real repositories made by the real Git.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod ancestors;
mod attributes;
mod copying;
mod history;
mod opening;
mod refs;
mod remotes;
mod sandbox;
mod trees;
mod worktree;
