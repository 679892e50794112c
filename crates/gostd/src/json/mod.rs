//! Go's `encoding/json`: values to text and back, byte for byte.

mod decode;
mod encode;
mod indent;
mod scan;

pub use decode::{DecodeError, decode, decode_first, decode_list, decode_map};
pub use encode::{EncodeError, EncodeOptions, append, append_frozen, encode};

/// How deep text may nest: deeper text is no JSON to Go.
const MAX_DEPTH: usize = 10_000;
