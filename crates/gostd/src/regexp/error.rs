//! Why a pattern doesn't compile.

use std::fmt;

use crate::{strconv, utf8};

/// What is wrong with a pattern; prints as Go's `syntax.ErrorCode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are Go's and their texts say all")]
pub enum ErrorCode {
    InvalidCharRange,
    InvalidEscape,
    InvalidNamedCapture,
    InvalidPerlOp,
    InvalidRepeatOp,
    InvalidRepeatSize,
    InvalidUtf8,
    MissingBracket,
    MissingParen,
    MissingRepeatArgument,
    TrailingBackslash,
    UnexpectedParen,
    NestingDepth,
    Large,
}

impl ErrorCode {
    fn text(self) -> &'static str {
        match self {
            ErrorCode::InvalidCharRange => "invalid character class range",
            ErrorCode::InvalidEscape => "invalid escape sequence",
            ErrorCode::InvalidNamedCapture => "invalid named capture",
            ErrorCode::InvalidPerlOp => "invalid or unsupported Perl syntax",
            ErrorCode::InvalidRepeatOp => "invalid nested repetition operator",
            ErrorCode::InvalidRepeatSize => "invalid repeat count",
            ErrorCode::InvalidUtf8 => "invalid UTF-8",
            ErrorCode::MissingBracket => "missing closing ]",
            ErrorCode::MissingParen => "missing closing )",
            ErrorCode::MissingRepeatArgument => "missing argument to repetition operator",
            ErrorCode::TrailingBackslash => "trailing backslash at end of expression",
            ErrorCode::UnexpectedParen => "unexpected )",
            ErrorCode::NestingDepth => "expression nests too deeply",
            ErrorCode::Large => "expression too large",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// A pattern doesn't compile; prints as Go's `*syntax.Error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// What is wrong.
    pub code: ErrorCode,
    /// The part of the pattern that is.
    pub fragment: Box<[u8]>,
    /// The pattern.
    pub pattern: Box<[u8]>,
}

impl CompileError {
    /// Go's text, byte for byte: `` error parsing regexp: missing closing ): `a(` ``.
    pub fn text(&self) -> Vec<u8> {
        [b"error parsing regexp: ", self.code.text().as_bytes(), b": `", &self.fragment, b"`"].concat()
    }

    /// What `regexp.MustCompile` panics with: ``regexp: Compile(`a(`): error parsing regexp: …``.
    pub fn panic_text(&self) -> Vec<u8> {
        let quoted = if strconv::can_backquote(&self.pattern) {
            [b"`", &*self.pattern, b"`"].concat()
        } else {
            strconv::quote(&self.pattern)
        };
        [b"regexp: Compile(", &*quoted, b"): ", &*self.text()].concat()
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&utf8::to_valid(&self.text()))
    }
}

impl std::error::Error for CompileError {}
