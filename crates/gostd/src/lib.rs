//! What Go's library does and Helm's output depends on: values, fmt, strconv, JSON, time, RE2, Unicode tables.
//!
//! Go strings are bytes, so text is `&[u8]` throughout this crate; nothing here assumes UTF-8.

pub mod base64;
pub mod fmt;
pub mod json;
pub mod regexp;
pub mod strconv;
pub mod time;
pub mod unicode;
pub mod utf8;
pub mod value;
