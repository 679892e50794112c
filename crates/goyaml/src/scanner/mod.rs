//! The scanner: bytes to tokens, as libyaml does it and with what go-yaml v2 changed.
//!
//! Errors, their marks and their order are go-yaml's. Two things are done differently, to the same effect:
//! positions are byte offsets and columns are worked out from them, and a plain or quoted scalar that is
//! directly followed by `:` becomes a key at once, where libyaml remembers it as a possible one.

mod block;
mod direct;
mod directive;
mod plain;
mod quoted;
mod simple_keys;
mod token;

use std::collections::VecDeque;

use crate::Error;
use crate::event::Mark;
use crate::reader::{Careful, Source, width};
pub(crate) use direct::{DirectScalar, Line};
use simple_keys::{SimpleKey, SimpleKeys};
pub(crate) use token::{TagDirective, Token, TokenKind};

const MAX_DEPTH: usize = 10_000;

/// The scanner's state.
#[derive(Debug)]
pub(crate) struct Scanner<'t> {
    text: &'t [u8],
    base: usize,
    careful: Option<Box<Careful>>,
    pos: usize,
    line: u32,
    line_start: usize,
    /// How many bytes of the line are no characters of their own.
    wide: usize,

    tokens: VecDeque<Token<'t>>,
    tokens_parsed: usize,
    token_available: bool,
    stream_started: bool,

    /// The column of the innermost block collection; -1 for none.
    indent: i64,
    indents: Vec<i64>,
    flow_level: usize,
    simple_key_allowed: bool,
    simple_keys: SimpleKeys,
}

impl<'t> Scanner<'t> {
    /// A scanner at the start of a text in UTF-8 without byte order mark.
    pub(crate) fn new(source: &'t Source<'_>) -> Self {
        Self::with_parts(&source.text, source.base, source.careful.clone())
    }

    pub(crate) fn with_parts(text: &'t [u8], base: usize, careful: Option<Box<Careful>>) -> Self {
        Self {
            text,
            base,
            careful,
            pos: 0,
            line: 0,
            line_start: 0,
            wide: 0,
            tokens: VecDeque::with_capacity(16),
            tokens_parsed: 0,
            token_available: false,
            stream_started: false,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            simple_key_allowed: true,
            simple_keys: SimpleKeys::default(),
        }
    }

    /// The next token, which stays in the queue.
    pub(crate) fn peek(&mut self) -> Result<&Token<'t>, Error> {
        if !self.token_available {
            self.fetch_more_tokens()?;
        }
        // Fetching ends only with a token in the queue.
        self.tokens
            .front()
            .ok_or_else(|| Error::yaml("attempted to go past the end of stream; corrupted value?"))
    }

    /// Takes the token that was last peeked at.
    pub(crate) fn take(&mut self) -> Option<Token<'t>> {
        self.token_available = false;
        self.tokens_parsed += 1;
        self.tokens.pop_front()
    }

    fn fetch_more_tokens(&mut self) -> Result<(), Error> {
        // A token that may turn out to be a key has to wait until that is known.
        while self.tokens.is_empty() || self.head_may_be_key()? {
            self.fetch_next_token()?;
        }
        self.token_available = true;
        Ok(())
    }

    fn head_may_be_key(&mut self) -> Result<bool, Error> {
        match self.simple_keys.level_of_token(self.tokens_parsed) {
            Some(level) => self.simple_key_is_valid(level),
            None => Ok(false),
        }
    }

    // Positions.

    fn at(&self, offset: usize) -> u8 {
        self.text.get(self.pos + offset).copied().unwrap_or(0)
    }

    /// Says that `count` characters are going to be looked at.
    fn need(&mut self, count: usize) -> Result<(), Error> {
        match &mut self.careful {
            None => Ok(()),
            Some(careful) => careful.need(self.text, self.pos, count),
        }
    }

    fn column(&self) -> usize {
        self.pos - self.line_start - self.wide
    }

    fn indent_column(&self) -> i64 {
        i64::try_from(self.column()).unwrap_or(i64::MAX)
    }

    pub(crate) fn mark(&self) -> Mark {
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Mark { offset: small(self.base + self.pos), line: self.line, column: small(self.column()) }
    }

    /// Passes one character.
    fn skip(&mut self) {
        let width = width(self.at(0)).max(1);
        self.pos += width;
        self.wide += width - 1;
    }

    /// Passes ASCII characters.
    fn skip_ascii(&mut self, count: usize) {
        self.pos += count;
    }

    /// Passes a line break, where there is one, and gives what stands for it in a scalar.
    fn take_break(&mut self) -> &'static [u8] {
        let (length, meaning): (usize, &'static [u8]) = match self.break_at(self.pos) {
            0 => return b"",
            3 if self.at(2) == 0xa8 => (3, "\u{2028}".as_bytes()),
            3 => (3, "\u{2029}".as_bytes()),
            length => (length, b"\n"),
        };
        self.pos += length;
        self.start_line();
        meaning
    }

    fn start_line(&mut self) {
        self.line += 1;
        self.line_start = self.pos;
        self.wide = 0;
    }

    /// The length of the line break at an offset: 2 for CR LF and NEL, 3 for LS and PS, 0 for none.
    fn break_at(&self, pos: usize) -> usize {
        let at = |offset| self.text.get(pos + offset).copied().unwrap_or(0);
        match at(0) {
            b'\n' => 1,
            b'\r' => 1 + usize::from(at(1) == b'\n'),
            0xc2 if at(1) == 0x85 => 2,
            0xe2 if at(1) == 0x80 && matches!(at(2), 0xa8 | 0xa9) => 3,
            _ => 0,
        }
    }

    fn is_break(&self, offset: usize) -> bool {
        self.break_at(self.pos + offset) > 0
    }

    fn is_breakz(&self, offset: usize) -> bool {
        self.at(offset) == 0 || self.is_break(offset)
    }

    fn is_blank(&self, offset: usize) -> bool {
        matches!(self.at(offset), b' ' | b'\t')
    }

    fn is_blankz(&self, offset: usize) -> bool {
        match self.at(offset) {
            b' ' | b'\t' | b'\n' | b'\r' | 0 => true,
            0xc2 | 0xe2 => self.is_break(offset),
            _ => false,
        }
    }

    /// Whether `---` or `...` stands here, followed by a blank.
    fn at_document_indicator(&self) -> bool {
        let rest = self.text.get(self.pos..).unwrap_or_default();
        self.column() == 0 && (rest.starts_with(b"---") || rest.starts_with(b"...")) && self.is_blankz(3)
    }

    // Errors.

    /// An error at the current position; go-yaml counts lines from 1 here, and names none on the first.
    fn error(&self, context: Mark, problem: &'static str) -> Error {
        self.error_about(self.mark(), context, problem)
    }

    /// The same error, where what is wrong is rather what began before: a key, a quoted scalar.
    fn error_from(&self, context: Mark, problem: &'static str) -> Error {
        self.error_about(context, context, problem)
    }

    fn error_about(&self, mark: Mark, context: Mark, problem: &'static str) -> Error {
        let line = match (self.line, context.line) {
            (0, 0) => None,
            (0, line) => Some(line),
            (line, _) => Some(line + 1),
        };
        Error::Yaml { line, problem: problem.into(), mark: Some(mark) }
    }

    // Tokens.

    fn push(&mut self, mark: Mark, kind: TokenKind<'t>) {
        self.tokens.push_back(Token { mark, kind });
    }

    /// Inserts a token before the one of that number, or at the end where that one is gone.
    fn insert(&mut self, number: usize, mark: Mark, kind: TokenKind<'t>) {
        let token = Token { mark, kind };
        match number.checked_sub(self.tokens_parsed) {
            Some(index) if index <= self.tokens.len() => self.tokens.insert(index, token),
            _ => self.tokens.push_back(token),
        }
    }

    fn next_token_number(&self) -> usize {
        self.tokens_parsed + self.tokens.len()
    }

    fn fetch_next_token(&mut self) -> Result<(), Error> {
        self.need(1)?;
        if !self.stream_started {
            self.stream_started = true;
            self.simple_keys.push_level(0);
            let mark = self.mark();
            self.push(mark, TokenKind::StreamStart);
            return Ok(());
        }
        self.scan_to_next_token()?;
        self.unroll_indent(self.indent_column());
        self.need(4)?;

        let block = self.flow_level == 0;
        match self.at(0) {
            0 => self.fetch_stream_end(),
            b'%' if self.column() == 0 => self.fetch_directive(),
            b'-' if self.at_document_indicator() => self.fetch_document_indicator(TokenKind::DocumentStart),
            b'.' if self.at_document_indicator() => self.fetch_document_indicator(TokenKind::DocumentEnd),
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if self.is_blankz(1) => self.fetch_block_entry(),
            b'?' if !block || self.is_blankz(1) => self.fetch_key(),
            b':' if !block || self.is_blankz(1) => self.fetch_value(),
            b'*' => self.fetch_anchor(TokenKind::Alias),
            b'&' => self.fetch_anchor(TokenKind::Anchor),
            b'!' => self.fetch_tag(),
            b'|' if block => self.fetch_block_scalar(true),
            b'>' if block => self.fetch_block_scalar(false),
            b'\'' => self.fetch_quoted_scalar(true),
            b'"' => self.fetch_quoted_scalar(false),
            b' ' | b'\t' | b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => {
                Err(self.error(self.mark(), "found character that cannot start any token"))
            }
            _ => self.fetch_plain_scalar(),
        }
    }

    /// Passes blanks, comments and line breaks.
    fn scan_to_next_token(&mut self) -> Result<(), Error> {
        if self.careful.is_some() {
            return self.scan_to_next_token_carefully();
        }
        let block = self.flow_level == 0;
        loop {
            match self.text.get(self.pos) {
                Some(b' ') => self.pos += 1,
                Some(b'\n') => {
                    self.pos += 1;
                    self.start_line();
                    self.simple_key_allowed |= block;
                }
                // Tabs may not indent: they are blanks in flow context, and after what can't be a key.
                Some(b'\t') if !block || !self.simple_key_allowed => self.pos += 1,
                Some(b'#') => self.pos = self.line_end(self.pos),
                Some(b'\r' | 0xc2 | 0xe2) if self.is_break(0) => {
                    self.take_break();
                    self.simple_key_allowed |= block;
                }
                _ => return Ok(()),
            }
        }
    }

    fn scan_to_next_token_carefully(&mut self) -> Result<(), Error> {
        loop {
            self.need(1)?;
            if let Some(careful) = &self.careful
                && self.column() == 0
                && careful.buffer_starts_with_bom(self.text)
            {
                self.skip();
            }
            self.need(1)?;
            let tabs = self.flow_level > 0 || !self.simple_key_allowed;
            while self.at(0) == b' ' || (tabs && self.at(0) == b'\t') {
                self.pos += 1;
                self.need(1)?;
            }
            if self.at(0) == b'#' {
                self.skip_to_break()?;
            }
            if !self.is_break(0) {
                return Ok(());
            }
            self.need(2)?;
            self.take_break();
            self.simple_key_allowed |= self.flow_level == 0;
        }
    }

    /// Passes everything up to the next line break or the end.
    fn skip_to_break(&mut self) -> Result<(), Error> {
        if self.careful.is_some() {
            while !self.is_breakz(0) {
                self.skip();
                self.need(1)?;
            }
        } else {
            // The column is of no use at the end of a line, so wide characters aren't counted.
            self.pos = self.line_end(self.pos);
        }
        Ok(())
    }

    /// The offset of the next line break or the end of the text.
    fn line_end(&self, from: usize) -> usize {
        let mut pos = from;
        loop {
            let rest = self.text.get(pos..).unwrap_or_default();
            let Some(found) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r' | 0xc2 | 0xe2)) else {
                return self.text.len();
            };
            pos += found;
            if self.break_at(pos) > 0 {
                return pos;
            }
            pos += 1;
        }
    }

    // Indentation.

    /// Opens a block collection at a column where that is deeper than the present one; its token goes
    /// before the token of that number, or at the end.
    fn roll_indent(
        &mut self,
        column: i64,
        number: Option<usize>,
        kind: TokenKind<'t>,
        mark: Mark,
    ) -> Result<(), Error> {
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return Err(self.error(self.simple_keys.last().mark, "exceeded max depth of 10000"));
        }
        match number {
            Some(number) => self.insert(number, mark, kind),
            None => self.push(mark, kind),
        }
        Ok(())
    }

    /// Closes the block collections that are deeper than a column.
    fn unroll_indent(&mut self, column: i64) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            let mark = self.mark();
            self.push(mark, TokenKind::BlockEnd);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    // Fetchers of structure.

    fn fetch_stream_end(&mut self) -> Result<(), Error> {
        if self.column() != 0 {
            self.start_line();
        }
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let mark = self.mark();
        self.push(mark, TokenKind::StreamEnd);
        Ok(())
    }

    fn fetch_document_indicator(&mut self, kind: TokenKind<'t>) -> Result<(), Error> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let mark = self.mark();
        self.skip_ascii(3);
        self.push(mark, kind);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind<'t>) -> Result<(), Error> {
        self.save_simple_key()?;
        let number = self.next_token_number();
        let mark = self.mark();
        self.simple_keys.push_level_at(number, mark);
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return Err(self.error(mark, "exceeded max depth of 10000"));
        }
        self.simple_key_allowed = true;
        self.skip_ascii(1);
        self.push(mark, kind);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind<'t>) -> Result<(), Error> {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            self.simple_keys.pop_level();
        }
        self.simple_key_allowed = false;
        let mark = self.mark();
        self.skip_ascii(1);
        self.push(mark, kind);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), Error> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let mark = self.mark();
        self.skip_ascii(1);
        self.push(mark, TokenKind::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Error> {
        let mark = self.mark();
        // In flow context the parser reports the error, since it knows more.
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self.error(mark, "block sequence entries are not allowed in this context"));
            }
            self.roll_indent(self.indent_column(), None, TokenKind::BlockSequenceStart, mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.skip_ascii(1);
        self.push(mark, TokenKind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Error> {
        let mark = self.mark();
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return Err(self.error(mark, "mapping keys are not allowed in this context"));
            }
            self.roll_indent(self.indent_column(), None, TokenKind::BlockMappingStart, mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.skip_ascii(1);
        self.push(mark, TokenKind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Error> {
        let mark = self.mark();
        if self.simple_key_is_valid(self.simple_keys.last_level())? {
            let key = self.simple_keys.take_last();
            self.insert(key.token_number, key.mark, TokenKind::Key);
            let column = i64::from(key.mark.column);
            self.roll_indent(column, Some(key.token_number), TokenKind::BlockMappingStart, key.mark)?;
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return Err(self.error(mark, "mapping values are not allowed in this context"));
                }
                self.roll_indent(self.indent_column(), None, TokenKind::BlockMappingStart, mark)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.skip_ascii(1);
        self.push(mark, TokenKind::Value);
        Ok(())
    }

    // Possible simple keys.

    /// Whether the possible key of a level still is one: keys are at most 1024 characters on one line.
    fn simple_key_is_valid(&mut self, level: usize) -> Result<bool, Error> {
        let (line, column) = (self.line, self.column());
        let Some(key) = self.simple_keys.get_mut(level).filter(|key| key.possible) else { return Ok(false) };
        if key.mark.line == line && key.mark.column as usize + 1024 >= column {
            return Ok(true);
        }
        if key.required {
            let mark = key.mark;
            return Err(self.error_from(mark, "could not find expected ':'"));
        }
        key.possible = false;
        Ok(false)
    }

    fn save_simple_key(&mut self) -> Result<(), Error> {
        if self.simple_key_allowed {
            let key = SimpleKey {
                possible: true,
                required: self.flow_level == 0 && self.indent == self.indent_column(),
                token_number: self.next_token_number(),
                mark: self.mark(),
            };
            self.remove_simple_key()?;
            self.simple_keys.save(key, self.tokens_parsed);
        }
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Result<(), Error> {
        let key = self.simple_keys.last();
        if key.possible {
            if key.required {
                return Err(self.error_from(key.mark, "could not find expected ':'"));
            }
            self.simple_keys.take_last();
        }
        Ok(())
    }
}
