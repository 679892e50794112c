//! What goes wrong in templates: parse errors, and execution errors as a chain of levels.
//!
//! The data stays structured down to the innermost cause; Go's text is one way to print it.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use gostd::strconv;

use crate::budget::BudgetExceeded;
use crate::function::CallError;
use crate::lex::{newlines, offset};
use crate::set::Template;

/// A text that is no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The name of the text.
    pub name: Vec<u8>,
    /// The line, counted from 1.
    pub line: u32,
    /// What is wrong, as Go says it.
    pub message: Vec<u8>,
    /// The part of the text that it is about. Go doesn't tell: its line is the one that the parser had come to.
    pub place: Place,
    /// What is to be said of that part, where the message speaks of another.
    pub note: Option<&'static str>,
}

/// A part of a text, with the line that it starts in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, counted from 1.
    pub line: u32,
    /// Bytes from the start of the line, counted from 0.
    pub column: u32,
    /// How many bytes of the line belong to the part.
    pub width: u32,
    /// The line, without its end.
    pub source_line: Vec<u8>,
}

impl Place {
    /// The place of a span of bytes; what lies beyond the text is at its end.
    pub(crate) fn of(text: &[u8], span: Range<u32>) -> Self {
        let start = text.len().min(span.start as usize);
        let (before, rest) = text.split_at(start);
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let line_end = memchr::memchr(b'\n', rest).map_or(text.len(), |newline| start + newline);
        let width = (span.end as usize).min(line_end).saturating_sub(start);
        let source_line = &text[line_start..line_end];
        Self {
            line: 1 + newlines(before),
            column: offset(start - line_start),
            width: offset(width),
            source_line: source_line.strip_suffix(b"\r").unwrap_or(source_line).to_vec(),
        }
    }
}

impl ParseError {
    pub(crate) fn new(name: &[u8], line: u32, message: impl AsRef<[u8]>, place: Place) -> Self {
        Self { name: name.to_vec(), line, message: message.as_ref().to_vec(), place, note: None }
    }

    pub(crate) fn with_note(self, note: &'static str) -> Self {
        Self { note: Some(note), ..self }
    }

    /// Go's text: `template: NAME:LINE: MESSAGE`.
    pub fn text(&self) -> Vec<u8> {
        let line = format!(":{}: ", self.line);
        [b"template: ", &*self.name, line.as_bytes(), &self.message].concat()
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&lossy(&self.text()))
    }
}

impl std::error::Error for ParseError {}

/// A template failed.
#[derive(Debug)]
pub enum ExecError {
    /// There is no template of that name to execute.
    NoTemplate {
        /// The name.
        name: Box<[u8]>,
        /// The name of the set that was asked for it.
        set: Box<[u8]>,
    },
    /// Execution stopped at a node.
    Failed(Box<Failure>),
}

/// Where and why an execution stopped.
#[derive(Debug)]
pub struct Failure {
    /// The name of the template that was executing: a file's, or that of a `define`.
    pub template: Vec<u8>,
    /// Where in which text.
    pub location: Location,
    /// The node that was evaluated last, in Go's text form.
    pub node: Vec<u8>,
    /// Why it stopped.
    pub reason: Reason,
}

/// A place in a template's text.
#[derive(Clone)]
pub struct Location {
    pub(crate) source: Template,
    /// The line, counted from 1.
    pub line: u32,
    /// The column as Go gives it: bytes from the start of the line, counted from 0.
    pub column: u32,
    /// The byte offsets of the node's whole text.
    pub span: Range<u32>,
}

impl Location {
    /// The name of the text.
    pub fn file(&self) -> &[u8] {
        self.source.name()
    }

    /// The text with what was parsed of it.
    pub fn template(&self) -> &Template {
        &self.source
    }

    /// The whole text that the line is in.
    pub fn source(&self) -> &[u8] {
        self.source.source()
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", lossy(self.file()), self.line, self.column)
    }
}

/// Why an execution stopped.
#[derive(Debug)]
pub enum Reason {
    /// The evaluator refused, in Go's words.
    Message(Vec<u8>),
    /// A function or a method failed: `error calling NAME: …`.
    Call {
        /// The name of the function or method.
        name: Vec<u8>,
        /// Its error.
        error: CallError,
    },
    /// The render's budget is used up.
    Budget(BudgetExceeded),
}

impl ExecError {
    /// Go's text of the whole chain, on one line.
    pub fn text(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.append_text(&mut out);
        out
    }

    pub(crate) fn append_text(&self, out: &mut Vec<u8>) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.append_level(out));
    }

    fn append_level(&self, out: &mut Vec<u8>) {
        match self {
            ExecError::NoTemplate { name, set } => {
                out.extend_from_slice(b"template: no template ");
                strconv::append_quote(out, name);
                out.extend_from_slice(b" associated with template ");
                strconv::append_quote(out, set);
            }
            ExecError::Failed(failure) => failure.append_text(out),
        }
    }

    /// The failure, where a template was executing at all.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            ExecError::NoTemplate { .. } => None,
            ExecError::Failed(failure) => Some(failure),
        }
    }

    /// The execution error that a host function (`include`, `tpl`) passed on, where this one is such.
    pub fn cause(&self) -> Option<&ExecError> {
        match &self.failure()?.reason {
            Reason::Call { error: CallError::Exec { error, .. }, .. } => Some(error),
            _ => None,
        }
    }

    /// This error and those nested in it, outermost first.
    pub fn levels(&self) -> impl Iterator<Item = &ExecError> {
        std::iter::successors(Some(self), |error| error.cause())
    }

    /// The innermost level.
    pub fn root(&self) -> &ExecError {
        self.levels().last().unwrap_or(self)
    }
}

impl Failure {
    fn append_text(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"template: ");
        out.extend_from_slice(self.location.file());
        out.extend_from_slice(
            format!(":{}:{}: executing ", self.location.line, self.location.column).as_bytes(),
        );
        strconv::append_quote(out, &self.template);
        out.extend_from_slice(b" at <");
        out.extend_from_slice(&self.node);
        out.extend_from_slice(b">: ");
        self.reason.append_text(out);
    }

    /// What Go says behind the place: the message, with all that is nested in it.
    pub fn description(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.reason.append_text(&mut out);
        out
    }
}

/// Errors nest as deep as templates include one another.
impl Drop for Failure {
    fn drop(&mut self) {
        if matches!(self.reason, Reason::Call { error: CallError::Exec { .. }, .. }) {
            let reason = std::mem::replace(&mut self.reason, Reason::Message(Vec::new()));
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || drop(reason));
        }
    }
}

impl Reason {
    fn append_text(&self, out: &mut Vec<u8>) {
        match self {
            Reason::Message(message) => out.extend_from_slice(message),
            Reason::Call { name, error } => {
                out.extend_from_slice(b"error calling ");
                out.extend_from_slice(name);
                out.extend_from_slice(b": ");
                error.append_text(out);
            }
            Reason::Budget(exceeded) => out.extend_from_slice(exceeded.to_string().as_bytes()),
        }
    }
}

impl fmt::Display for ExecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&lossy(&self.text()))
    }
}

impl std::error::Error for ExecError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause().map(|cause| cause as _)
    }
}

/// Go prints any bytes; a Rust `String` can't.
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
