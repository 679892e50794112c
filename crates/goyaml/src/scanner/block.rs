//! Literal and folded block scalars.

use super::{Scanner, TokenKind};
use crate::Error;
use crate::event::{Mark, ScalarStyle};

/// What happens to the line breaks at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl Scanner<'_> {
    pub(super) fn fetch_block_scalar(&mut self, literal: bool) -> Result<(), Error> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let mark = self.mark();
        let value = self.scan_block_scalar(mark, literal)?.into();
        let style = if literal { ScalarStyle::Literal } else { ScalarStyle::Folded };
        self.push(mark, TokenKind::Scalar { value, style });
        Ok(())
    }

    pub(super) fn scan_block_scalar(&mut self, mark: Mark, literal: bool) -> Result<Vec<u8>, Error> {
        let (chomping, increment) = self.scan_block_scalar_header(mark)?;
        let mut indent = match increment {
            0 => 0,
            _ if self.indent >= 0 => self.indent + increment,
            _ => increment,
        };
        let mut out = Vec::new();
        let mut leading_break: &'static [u8] = b"";
        let mut trailing_breaks = Vec::new();
        self.scan_block_scalar_breaks(&mut indent, &mut trailing_breaks, mark)?;
        self.need(1)?;
        let mut leading_blank = false;
        while self.indent_column() == indent && self.at(0) != 0 {
            let trailing_blank = self.is_blank(0);
            if !literal && !leading_blank && !trailing_blank && leading_break == b"\n" {
                if trailing_breaks.is_empty() {
                    out.push(b' ');
                }
            } else {
                out.extend_from_slice(leading_break);
            }
            out.extend_from_slice(&trailing_breaks);
            trailing_breaks.clear();
            leading_blank = self.is_blank(0);

            let start = self.pos;
            if self.careful.is_some() {
                while !self.is_breakz(0) {
                    self.skip();
                    self.need(1)?;
                }
            } else {
                // What follows is a line break or the end, so the column doesn't matter.
                self.pos = self.line_end(self.pos);
            }
            out.extend_from_slice(&self.text[start..self.pos]);
            self.need(2)?;
            leading_break = self.take_break();
            self.scan_block_scalar_breaks(&mut indent, &mut trailing_breaks, mark)?;
        }
        if chomping != Chomping::Strip {
            out.extend_from_slice(leading_break);
        }
        if chomping == Chomping::Keep {
            out.extend_from_slice(&trailing_breaks);
        }
        Ok(out)
    }

    /// Reads the indicators and the comment on the scalar's first line.
    fn scan_block_scalar_header(&mut self, mark: Mark) -> Result<(Chomping, i64), Error> {
        self.skip_ascii(1);
        self.need(1)?;
        let mut chomping = self.scan_chomping();
        let mut increment = 0;
        if chomping.is_some() {
            self.need(1)?;
        }
        if self.at(0).is_ascii_digit() {
            if self.at(0) == b'0' {
                return Err(self.error(mark, "found an indentation indicator equal to 0"));
            }
            increment = i64::from(self.at(0) - b'0');
            self.skip_ascii(1);
            if chomping.is_none() {
                self.need(1)?;
                chomping = self.scan_chomping();
            }
        }
        self.need(1)?;
        while self.is_blank(0) {
            self.skip_ascii(1);
            self.need(1)?;
        }
        if self.at(0) == b'#' {
            self.skip_to_break()?;
        }
        if !self.is_breakz(0) {
            return Err(self.error(mark, "did not find expected comment or line break"));
        }
        if self.is_break(0) {
            self.need(2)?;
            self.take_break();
        }
        Ok((chomping.unwrap_or(Chomping::Clip), increment))
    }

    fn scan_chomping(&mut self) -> Option<Chomping> {
        let chomping = match self.at(0) {
            b'+' => Chomping::Keep,
            b'-' => Chomping::Strip,
            _ => return None,
        };
        self.skip_ascii(1);
        Some(chomping)
    }

    /// Passes indentation and empty lines, and finds the scalar's indentation where it isn't known yet.
    fn scan_block_scalar_breaks(
        &mut self,
        indent: &mut i64,
        breaks: &mut Vec<u8>,
        mark: Mark,
    ) -> Result<(), Error> {
        let mut deepest = 0;
        loop {
            self.need(1)?;
            while (*indent == 0 || self.indent_column() < *indent) && self.at(0) == b' ' {
                self.pos += 1;
                self.need(1)?;
            }
            let column = self.indent_column();
            deepest = deepest.max(column);
            if (*indent == 0 || column < *indent) && self.at(0) == b'\t' {
                let problem = "found a tab character where an indentation space is expected";
                return Err(self.error(mark, problem));
            }
            if !self.is_break(0) {
                break;
            }
            self.need(2)?;
            breaks.extend_from_slice(self.take_break());
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}
