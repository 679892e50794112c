//! What can be wrong with durations, times and zone names.

use std::fmt;

/// A text isn't a duration; prints as Go's error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurationError {
    text: Box<[u8]>,
    /// The unit that isn't known or, if empty, missing.
    unit: Option<Box<[u8]>>,
}

impl DurationError {
    pub(super) fn invalid(text: &[u8]) -> Self {
        Self { text: text.into(), unit: None }
    }

    /// Of an unknown or missing unit.
    pub(super) fn new(text: &[u8], unit: &[u8]) -> Self {
        Self { text: text.into(), unit: Some(unit.into()) }
    }
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit.as_deref() {
            None => f.write_str("time: invalid duration ")?,
            Some([]) => f.write_str("time: missing unit in duration ")?,
            Some(unit) => write!(f, "time: unknown unit {} in duration ", Quoted(unit))?,
        }
        Quoted(&self.text).fmt(f)
    }
}

impl std::error::Error for DurationError {}

/// A text doesn't fit a layout; prints as Go's `*time.ParseError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    pub(super) layout: Box<[u8]>,
    pub(super) value: Box<[u8]>,
    pub(super) problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// What stands in the text isn't what the layout asks for.
    Mismatch { layout: Box<[u8]>, value: Box<[u8]> },
    /// The text goes on behind the layout's end.
    ExtraText(Box<[u8]>),
    /// A number is too great.
    OutOfRange(&'static str),
    /// Two numbers contradict each other.
    Contradiction(&'static str),
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parsing time {}", Quoted(&self.value))?;
        match &self.problem {
            Problem::Mismatch { layout, value } => {
                write!(
                    f,
                    " as {}: cannot parse {} as {}",
                    Quoted(&self.layout),
                    Quoted(value),
                    Quoted(layout)
                )
            }
            Problem::ExtraText(text) => write!(f, ": extra text: {}", Quoted(text)),
            Problem::OutOfRange(what) => write!(f, ": {what} out of range"),
            Problem::Contradiction(what) => write!(f, ": day-of-year does not match {what}"),
        }
    }
}

impl std::error::Error for ParseError {}

/// There is no such time zone; prints as Go's error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocationError {
    /// The database has no zone of that name.
    Unknown(Box<[u8]>),
    /// No zone can have such a name.
    InvalidName,
}

impl fmt::Display for LocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LocationError::Unknown(name) => write!(f, "unknown time zone {}", crate::utf8::to_valid(name)),
            LocationError::InvalidName => f.write_str("time: invalid location name"),
        }
    }
}

impl std::error::Error for LocationError {}

/// A text in quotes as this Go package writes them: simpler than `strconv` does.
pub(super) struct Quoted<'t>(pub(super) &'t [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for byte in self.0 {
            match byte {
                b'"' | b'\\' => write!(f, "\\{}", char::from(*byte))?,
                b' '..=0x7F => write!(f, "{}", char::from(*byte))?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
        }
        f.write_str("\"")
    }
}
