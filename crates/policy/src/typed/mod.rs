//! Typed YAML that reports all that is wrong with a file, each with its place.
//!
//! `serde_yaml` finds syntax errors and duplicate keys; it stops at the first wrong key or type. So it
//! reads a tree of [`Node`]s with marks, and the wire structs are decoded from that tree: an unknown key is
//! noted and passed over, a wrong value is noted and its [`Field`] becomes [`Field::Invalid`].

mod decode;
mod field;
mod node;

pub(crate) use decode::{Finding, decode};
pub(crate) use field::{Entries, Entry, Field};
pub(crate) use node::{NESTED_TOO_DEEPLY, Node, Shape};
