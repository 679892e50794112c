//! The errors of number and literal parsing, with Go's texts.

use std::fmt;

/// A literal isn't well formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntaxError;

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid syntax")
    }
}

impl std::error::Error for SyntaxError {}

/// Why a number can't be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumErrorKind {
    /// The text isn't a number.
    Syntax,
    /// The number doesn't fit the type.
    Range,
    /// There is no such base.
    Base(u32),
    /// There is no integer type of so many bits.
    BitSize(u32),
}

impl fmt::Display for NumErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NumErrorKind::Syntax => f.write_str("invalid syntax"),
            NumErrorKind::Range => f.write_str("value out of range"),
            NumErrorKind::Base(base) => write!(f, "invalid base {base}"),
            NumErrorKind::BitSize(bits) => write!(f, "invalid bit size {bits}"),
        }
    }
}

/// What Go's functions return beside an error: zero mostly, the nearest number where the text is out of range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NumValue {
    /// From a boolean or a signed integer.
    Int(i64),
    /// From an unsigned integer.
    Uint(u64),
    /// From a floating-point number.
    Float(f64),
}

/// A text isn't the number asked for; prints as Go's `*strconv.NumError`.
#[derive(Clone, Debug, PartialEq)]
pub struct NumError {
    /// The Go function's name.
    pub function: &'static str,
    /// The text.
    pub input: Vec<u8>,
    /// What is wrong with it.
    pub kind: NumErrorKind,
    /// What the function returns all the same.
    pub value: NumValue,
}

impl fmt::Display for NumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = super::quote(&self.input);
        write!(f, "strconv.{}: parsing {}: {}", self.function, String::from_utf8_lossy(&quoted), self.kind)
    }
}

impl std::error::Error for NumError {}
