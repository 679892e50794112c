//! Plain scalars.

use std::borrow::Cow;

use super::{Scanner, TokenKind};
use crate::Error;
use crate::event::ScalarStyle;
use crate::reader::width;

/// What a byte means to a plain scalar.
pub(super) const ORDINARY: u8 = 0;
/// Blanks and line breaks, and what stands for the end. Bytes above ASCII count as `STOP` too until they are
/// looked at.
pub(super) const STOP: u8 = 1;
pub(super) const COLON: u8 = 2;
const FLOW_INDICATOR: u8 = 4;
const HIGH: u8 = 8 | STOP;

pub(super) const CLASSES: [u8; 256] = {
    let mut classes = [ORDINARY; 256];
    let mut byte = 0x80;
    while byte < 256 {
        classes[byte] = HIGH;
        byte += 1;
    }
    classes[0] = STOP;
    classes[b' ' as usize] = STOP;
    classes[b'\t' as usize] = STOP;
    classes[b'\n' as usize] = STOP;
    classes[b'\r' as usize] = STOP;
    classes[b':' as usize] = COLON;
    classes[b',' as usize] = FLOW_INDICATOR;
    classes[b'?' as usize] = FLOW_INDICATOR;
    classes[b'[' as usize] = FLOW_INDICATOR;
    classes[b']' as usize] = FLOW_INDICATOR;
    classes[b'{' as usize] = FLOW_INDICATOR;
    classes[b'}' as usize] = FLOW_INDICATOR;
    classes
};

/// A scalar's text while it is gathered: borrowed until two pieces have to be joined.
struct Pieces {
    joined: Option<Vec<u8>>,
    /// The piece of the source that isn't in `joined` yet.
    start: usize,
    end: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn fetch_plain_scalar(&mut self) -> Result<(), Error> {
        let mark = self.mark();
        if self.may_be_key_at_once() {
            let column = self.indent_column();
            let saved = (self.pos, self.wide);
            let start = self.pos;
            let end = self.plain_run_on_line();
            // Blanks may stand between a key and its colon.
            while self.is_blank(0) {
                self.pos += 1;
            }
            if end > start
                && self.at(0) == b':'
                && self.is_blankz(1)
                && self.column() - mark.column as usize <= 1024
            {
                let value = Cow::Borrowed(&self.text[start..end]);
                return self.push_key(column, mark, value, ScalarStyle::Plain);
            }
            (self.pos, self.wide) = saved;
        }
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let value = self.scan_plain_scalar()?;
        self.push(mark, TokenKind::Scalar { value, style: ScalarStyle::Plain });
        Ok(())
    }

    /// Whether a scalar that a colon follows may be pushed as a key without remembering it first.
    pub(super) fn may_be_key_at_once(&self) -> bool {
        self.simple_key_allowed && self.flow_level == 0 && self.careful.is_none()
    }

    /// Pushes a block mapping's key and the colon after it, at which the scanner stands.
    pub(super) fn push_key(
        &mut self,
        column: i64,
        mark: crate::Mark,
        value: Cow<'t, [u8]>,
        style: ScalarStyle,
    ) -> Result<(), Error> {
        self.remove_simple_key()?;
        self.roll_indent(column, None, TokenKind::BlockMappingStart, mark)?;
        self.push(mark, TokenKind::Key);
        self.push(mark, TokenKind::Scalar { value, style });
        let colon = self.mark();
        self.push(colon, TokenKind::Value);
        self.simple_key_allowed = false;
        self.skip_ascii(1);
        Ok(())
    }

    /// Passes the words of a plain scalar in block context on this line, and gives where the last one ends.
    fn plain_run_on_line(&mut self) -> usize {
        let mut end = self.pos;
        loop {
            let start = self.pos;
            self.skip_plain_word();
            if self.pos == start {
                return end;
            }
            end = self.pos;
            let blanks = self.text[end..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let next = self.text.get(end + blanks).copied().unwrap_or(0);
            if blanks == 0 || matches!(next, b'#' | b'\n' | b'\r' | 0) {
                return end;
            }
            self.pos += blanks;
        }
    }

    /// Passes characters up to a blank, a break, or what ends a plain scalar.
    fn skip_plain_word(&mut self) {
        loop {
            let rest = self.text.get(self.pos..).unwrap_or_default();
            let ordinary = rest.iter().position(|byte| CLASSES[usize::from(*byte)] != ORDINARY);
            self.pos += ordinary.unwrap_or(rest.len());
            let next = self.at(0);
            match CLASSES[usize::from(next)] {
                STOP => return,
                COLON if self.is_blankz(1) => return,
                FLOW_INDICATOR if self.flow_level > 0 => return,
                HIGH => {
                    if self.is_break(0) {
                        return;
                    }
                    let width = width(next).max(1);
                    self.pos += width;
                    self.wide += width - 1;
                }
                _ => self.pos += 1,
            }
        }
    }

    pub(super) fn scan_plain_scalar(&mut self) -> Result<Cow<'t, [u8]>, Error> {
        let mark = self.mark();
        let indent = self.indent + 1;
        let mut pieces = Pieces { joined: None, start: self.pos, end: self.pos };
        let mut leading_break: &'static [u8] = b"";
        let mut trailing_breaks: Vec<u8> = Vec::new();
        let mut leading_blanks = false;
        loop {
            self.need(4)?;
            if self.at_document_indicator() || self.at(0) == b'#' {
                break;
            }
            let start = self.pos;
            self.skip_plain_word();
            if self.pos > start {
                if leading_blanks {
                    let joined = pieces.join(self.text);
                    fold(joined, leading_break, &trailing_breaks);
                    trailing_breaks.clear();
                    leading_blanks = false;
                    pieces.start = start;
                }
                pieces.end = self.pos;
                self.replay_needs(start)?;
            }
            if !self.is_blank(0) && !self.is_break(0) {
                break;
            }
            self.need(1)?;
            loop {
                if self.is_blank(0) {
                    if leading_blanks && self.indent_column() < indent && self.at(0) == b'\t' {
                        return Err(self.error(mark, "found a tab character that violates indentation"));
                    }
                    self.pos += 1;
                } else if self.is_break(0) {
                    self.need(2)?;
                    let text = self.take_break();
                    if leading_blanks {
                        trailing_breaks.extend_from_slice(text);
                    } else {
                        leading_break = text;
                        leading_blanks = true;
                    }
                } else {
                    break;
                }
                self.need(1)?;
            }
            if self.flow_level == 0 && self.indent_column() < indent {
                break;
            }
        }
        if leading_blanks {
            self.simple_key_allowed = true;
        }
        Ok(pieces.finish(self.text))
    }

    /// Asks the reader for what it would have been asked for after each character since an offset.
    pub(super) fn replay_needs(&mut self, from: usize) -> Result<(), Error> {
        let Some(careful) = &mut self.careful else { return Ok(()) };
        let mut pos = from;
        while pos < self.pos {
            pos += width(self.text[pos]).max(1);
            careful.need(self.text, pos, 2)?;
        }
        Ok(())
    }
}

impl Pieces {
    /// Puts the present piece to those before it.
    fn join(&mut self, text: &[u8]) -> &mut Vec<u8> {
        let joined = self.joined.get_or_insert_default();
        joined.extend_from_slice(&text[self.start..self.end]);
        joined
    }

    fn finish(mut self, text: &[u8]) -> Cow<'_, [u8]> {
        if self.joined.is_some() {
            self.join(text);
        }
        match self.joined {
            Some(joined) => Cow::Owned(joined),
            None => Cow::Borrowed(&text[self.start..self.end]),
        }
    }
}

/// Appends what line breaks within a flow scalar stand for: one is a space, more are one less.
pub(super) fn fold(out: &mut Vec<u8>, leading_break: &[u8], trailing_breaks: &[u8]) {
    if leading_break == b"\n" {
        if trailing_breaks.is_empty() {
            out.push(b' ');
        }
    } else {
        out.extend_from_slice(leading_break);
    }
    out.extend_from_slice(trailing_breaks);
}
