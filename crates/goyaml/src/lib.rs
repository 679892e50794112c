//! YAML exactly as Go programs read and write it: `sigs.k8s.io/yaml` on go-yaml v2, and go-yaml v3's encoder.
//!
//! The layers, lowest first: a scanner and a parser that give [`Event`]s with [`Mark`]s; resolution of scalars
//! by go-yaml's YAML 1.1 rules; decoding into [`gostd::value::Frozen`] with the effects of the detour that
//! `sigs.k8s.io/yaml` takes through JSON; typed decoding ([`Shape`]) for Go structs; and the two encoders.

mod decode;
mod documents;
mod emit;
mod error;
mod event;
mod head;
mod locate;
mod node;
mod parser;
mod reader;
mod resolve;
mod scanner;
mod shape;
mod tree;

pub use decode::{decode, decode_list, decode_list_within, decode_map, decode_map_within, decode_within};
pub use documents::{documents, split_documents};
pub use emit::{to_yaml, to_yaml_pretty, to_yaml_trimmed};
pub use error::Error;
pub use event::{CollectionStyle, Event, EventKind, Mark, Scalar, ScalarStyle};
pub use head::{Annotation, Head, head};
pub use locate::{PathSegment, mark_of, walk_leaves};
pub use node::{Node, NodeValue, decode_node, scalar_to_string_field};
pub use parser::Parser;
pub use shape::{Field, Shape, decode_as, decode_as_within};
