//! Short cuts for block style: what most lines are, read without going through tokens.
//!
//! They are taken only where the token queue is empty and nothing waits to become a key, and they leave the
//! scanner as if the tokens had been fetched and taken. Where a line isn't of the common form they leave it
//! alone: the tokens then tell.

use std::borrow::Cow;

use super::plain::{CLASSES, COLON, ORDINARY, STOP};
use super::{MAX_DEPTH, Scanner};
use crate::Error;
use crate::event::{Mark, ScalarStyle};

/// A scalar that was read directly.
#[derive(Debug)]
pub(crate) struct DirectScalar<'t> {
    pub(crate) mark: Mark,
    pub(crate) value: Cow<'t, [u8]>,
    pub(crate) style: ScalarStyle,
}

/// How a line stands to the innermost block collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Not known without tokens.
    Unclear,
    Deeper,
    Entry,
    Shallower,
}

impl<'t> Scanner<'t> {
    /// Whether nothing is fetched and nothing is remembered, so that short cuts may be taken.
    fn is_direct(&self) -> bool {
        self.tokens.is_empty()
            && self.careful.is_none()
            && self.flow_level == 0
            && !self.simple_keys.last().possible
    }

    /// Goes on to the next line that has something, where the present one has nothing more.
    pub(crate) fn next_line(&mut self) -> Result<Line, Error> {
        if !self.is_direct() {
            return Ok(Line::Unclear);
        }
        self.scan_to_next_token()?;
        if !self.simple_key_allowed || self.pos >= self.text.len() {
            return Ok(Line::Unclear);
        }
        Ok(match self.indent_column().cmp(&self.indent) {
            std::cmp::Ordering::Less => Line::Shallower,
            std::cmp::Ordering::Equal => Line::Entry,
            std::cmp::Ordering::Greater => Line::Deeper,
        })
    }

    /// Whether `-` and a blank stand here.
    pub(crate) fn at_dash(&self) -> bool {
        self.at(0) == b'-' && matches!(self.at(1), b' ' | b'\n')
    }

    /// Whether a hyphen stands here, whatever follows it.
    pub(crate) fn at_hyphen(&self) -> bool {
        self.at(0) == b'-'
    }

    /// Passes the `-` of an entry.
    pub(crate) fn take_dash(&mut self) -> Mark {
        let mark = self.mark();
        self.pos += 1;
        self.simple_key_allowed = true;
        mark
    }

    /// Opens a block collection at a mark; there has to be room.
    pub(crate) fn open_block(&mut self, mark: Mark) {
        self.indents.push(self.indent);
        self.indent = i64::from(mark.column);
    }

    /// Closes the innermost block collection.
    pub(crate) fn close_block(&mut self) {
        self.indent = self.indents.pop().unwrap_or(-1);
    }

    /// Whether another block collection may be opened.
    pub(crate) fn has_room(&self) -> bool {
        self.indents.len() < MAX_DEPTH
    }

    /// A plain key of one word with its colon, where a key may stand.
    pub(crate) fn take_direct_key(&mut self) -> Option<DirectScalar<'t>> {
        let rest = self.text.get(self.pos..)?;
        if !rest.first()?.is_ascii_alphanumeric() {
            return None;
        }
        let mut length = 1;
        loop {
            let run = rest[length..].iter().position(|byte| CLASSES[usize::from(*byte)] != ORDINARY)?;
            length += run;
            if rest[length] != b':' {
                return None;
            }
            match rest.get(length + 1)? {
                b' ' | b'\n' => break,
                byte if byte.is_ascii_alphanumeric() => length += 1,
                _ => return None,
            }
        }
        if length > 1024 {
            return None;
        }
        let mark = self.mark();
        self.pos += length + 1;
        self.simple_key_allowed = false;
        Some(DirectScalar { mark, value: Cow::Borrowed(&rest[..length]), style: ScalarStyle::Plain })
    }

    /// A scalar on the line of its key, after the colon.
    pub(crate) fn direct_value(&mut self) -> Result<Option<DirectScalar<'t>>, Error> {
        if !self.is_direct() {
            return Ok(None);
        }
        self.skip_spaces();
        self.direct_scalar()
    }

    /// A scalar on the line of its `-`, where nothing else is on it.
    pub(crate) fn direct_item(&mut self) -> Result<Option<DirectScalar<'t>>, Error> {
        self.skip_spaces();
        let before = (self.pos, self.wide, self.line, self.line_start);
        self.simple_key_allowed = false;
        let scalar = self.direct_scalar()?;
        let mut next = self.pos;
        while matches!(self.text.get(next), Some(b' ' | b'\t')) {
            next += 1;
        }
        // With more on its line the scalar may be, or be taken for, a key.
        let may_be_key = self.line == before.2 && !matches!(self.text.get(next), None | Some(b'\n' | b'#'));
        if scalar.is_none() || may_be_key {
            (self.pos, self.wide, self.line, self.line_start) = before;
            self.simple_key_allowed = true;
            return Ok(None);
        }
        Ok(scalar)
    }

    pub(crate) fn skip_spaces(&mut self) {
        while self.at(0) == b' ' {
            self.pos += 1;
        }
    }

    /// A scalar where no key may stand.
    fn direct_scalar(&mut self) -> Result<Option<DirectScalar<'t>>, Error> {
        let mark = self.mark();
        let (value, style) = match self.at(0) {
            b'\'' => self.scan_quoted_scalar(mark, true)?,
            b'"' => self.scan_quoted_scalar(mark, false)?,
            indicator @ (b'|' | b'>') => {
                self.simple_key_allowed = true;
                let literal = indicator == b'|';
                let style = if literal { ScalarStyle::Literal } else { ScalarStyle::Folded };
                (Cow::Owned(self.scan_block_scalar(mark, literal)?), style)
            }
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'/'
            | b'.'
            | b'_'
            | b'$'
            | b'('
            | b'~'
            | b'+'
            | b'^'
            | b'=' => match self.plain_line() {
                Some(value) => (Cow::Borrowed(value), ScalarStyle::Plain),
                None => (self.scan_plain_scalar()?, ScalarStyle::Plain),
            },
            _ => return Ok(None),
        };
        Ok(Some(DirectScalar { mark, value, style }))
    }

    /// A plain scalar of ASCII that takes the rest of the line, where the next line surely doesn't go on
    /// with it.
    fn plain_line(&mut self) -> Option<&'t [u8]> {
        let start = self.pos;
        let mut end = start;
        loop {
            let rest = &self.text[end..];
            end += rest.iter().position(|byte| CLASSES[usize::from(*byte)] & (STOP | COLON) != 0)?;
            match self.text[end] {
                b'\n' => break,
                b':' if !matches!(self.text.get(end + 1)?, b'!'..=b'~') => return None,
                b' ' if !matches!(self.text.get(end + 1)?, b'$'..=b'~' | b'"' | b'!') => return None,
                b':' | b' ' => end += 1,
                _ => return None,
            }
        }
        let line_start = end + 1;
        let spaces = self.text[line_start..].iter().position(|byte| *byte != b' ')?;
        let column = i64::try_from(spaces).ok()?;
        if column > self.indent || !matches!(self.text[line_start + spaces], b'!'..=b'~') {
            return None;
        }
        self.line += 1;
        self.line_start = line_start;
        self.wide = 0;
        self.pos = line_start + spaces;
        self.simple_key_allowed = true;
        Some(&self.text[start..end])
    }
}
