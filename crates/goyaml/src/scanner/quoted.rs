//! Single-quoted and double-quoted scalars.

use std::borrow::Cow;

use super::plain::fold;
use super::{Scanner, TokenKind};
use crate::Error;
use crate::event::{Mark, ScalarStyle};
use crate::reader::width;

impl<'t> Scanner<'t> {
    pub(super) fn fetch_quoted_scalar(&mut self, single: bool) -> Result<(), Error> {
        let mark = self.mark();
        let column = self.indent_column();
        let at_once = self.may_be_key_at_once();
        let start = (self.pos, self.wide);
        if at_once && let Some((value, style)) = self.take_simple_quoted(single) {
            if self.at(0) == b':' && self.is_blankz(1) && self.column() - mark.column as usize <= 1024 {
                return self.push_key(column, mark, value, style);
            }
            (self.pos, self.wide) = start;
        }
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let (value, style) = self.scan_quoted_scalar(mark, single)?;
        self.push(mark, TokenKind::Scalar { value, style });
        Ok(())
    }

    /// Reads a quoted scalar, of which no more than the start was looked at.
    pub(super) fn scan_quoted_scalar(
        &mut self,
        mark: Mark,
        single: bool,
    ) -> Result<(Cow<'t, [u8]>, ScalarStyle), Error> {
        if let Some(simple) = self.take_simple_quoted(single) {
            return Ok(simple);
        }
        let style = if single { ScalarStyle::SingleQuoted } else { ScalarStyle::DoubleQuoted };
        Ok((Cow::Owned(self.unquote_scalar(mark, single)?), style))
    }

    /// Reads a quoted scalar that stands on one line and needs no unescaping.
    fn take_simple_quoted(&mut self, single: bool) -> Option<(Cow<'t, [u8]>, ScalarStyle)> {
        let (length, wide) = self.simple_quoted_length(single)?;
        let start = self.pos + 1;
        self.pos += length + 2;
        self.wide += wide;
        let style = if single { ScalarStyle::SingleQuoted } else { ScalarStyle::DoubleQuoted };
        Some((Cow::Borrowed(&self.text[start..start + length]), style))
    }

    /// The number of bytes between the quotes and of those that are no characters of their own, where the
    /// scalar stands on one line and needs no unescaping.
    fn simple_quoted_length(&self, single: bool) -> Option<(usize, usize)> {
        if self.careful.is_some() {
            return None;
        }
        let quote = if single { b'\'' } else { b'"' };
        let start = self.pos + 1;
        let mut pos = start;
        let mut wide = 0;
        loop {
            let byte = *self.text.get(pos)?;
            match byte {
                _ if byte == quote => break,
                b'\n' | b'\r' => return None,
                b'\\' if !single => return None,
                0x80..=0xbf => wide += 1,
                0xc2 | 0xe2 if self.break_at(pos) > 0 => return None,
                _ => {}
            }
            pos += 1;
        }
        // A doubled quote is an escaped one.
        let escaped = single && self.text.get(pos + 1) == Some(&b'\'');
        (!escaped).then_some((pos - start, wide))
    }

    fn unquote_scalar(&mut self, mark: Mark, single: bool) -> Result<Vec<u8>, Error> {
        let quote = if single { b'\'' } else { b'"' };
        let mut out = Vec::new();
        let mut leading_break: &'static [u8] = b"";
        let mut trailing_breaks: Vec<u8> = Vec::new();
        self.skip_ascii(1);
        loop {
            self.need(4)?;
            if self.at_document_indicator() {
                return Err(self.error(mark, "found unexpected document indicator"));
            }
            if self.at(0) == 0 {
                return Err(self.error_from(mark, "found unexpected end of stream"));
            }
            let mut leading_blanks = false;
            while !self.is_blankz(0) {
                match self.at(0) {
                    b'\'' if single && self.at(1) == b'\'' => {
                        out.push(b'\'');
                        self.skip_ascii(2);
                    }
                    byte if byte == quote => break,
                    b'\\' if !single && self.is_break(1) => {
                        self.need(3)?;
                        self.skip_ascii(1);
                        self.take_break();
                        leading_blanks = true;
                        break;
                    }
                    b'\\' if !single => self.scan_escape(mark, &mut out)?,
                    byte => {
                        let width = width(byte).max(1);
                        out.extend_from_slice(&self.text[self.pos..self.pos + width]);
                        self.pos += width;
                        self.wide += width - 1;
                    }
                }
                self.need(2)?;
            }
            self.need(1)?;
            if self.at(0) == quote {
                break;
            }
            let blanks_start = self.pos;
            let mut blanks_end = self.pos;
            loop {
                if self.is_blank(0) {
                    self.pos += 1;
                    if !leading_blanks {
                        blanks_end = self.pos;
                    }
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
            if leading_blanks {
                fold(&mut out, leading_break, &trailing_breaks);
                leading_break = b"";
                trailing_breaks.clear();
            } else {
                out.extend_from_slice(&self.text[blanks_start..blanks_end]);
            }
        }
        self.skip_ascii(1);
        Ok(out)
    }

    /// Reads the escape sequence at which the scanner stands.
    fn scan_escape(&mut self, mark: Mark, out: &mut Vec<u8>) -> Result<(), Error> {
        let (meaning, digits): (&[u8], usize) = match self.at(1) {
            b'0' => (b"\0", 0),
            b'a' => (b"\x07", 0),
            b'b' => (b"\x08", 0),
            b't' | b'\t' => (b"\t", 0),
            b'n' => (b"\n", 0),
            b'v' => (b"\x0b", 0),
            b'f' => (b"\x0c", 0),
            b'r' => (b"\r", 0),
            b'e' => (b"\x1b", 0),
            b' ' => (b" ", 0),
            b'"' => (b"\"", 0),
            b'\'' => (b"'", 0),
            b'\\' => (b"\\", 0),
            b'N' => ("\u{85}".as_bytes(), 0),
            b'_' => ("\u{a0}".as_bytes(), 0),
            b'L' => ("\u{2028}".as_bytes(), 0),
            b'P' => ("\u{2029}".as_bytes(), 0),
            b'x' => (b"", 2),
            b'u' => (b"", 4),
            b'U' => (b"", 8),
            _ => return Err(self.error(mark, "found unknown escape character")),
        };
        out.extend_from_slice(meaning);
        self.skip_ascii(2);
        if digits == 0 {
            return Ok(());
        }
        self.need(digits)?;
        let mut value: u64 = 0;
        for offset in 0..digits {
            let Some(digit) = char::from(self.at(offset)).to_digit(16) else {
                return Err(self.error(mark, "did not find expected hexdecimal number"));
            };
            value = value << 4 | u64::from(digit);
        }
        let Some(character) = u32::try_from(value).ok().and_then(char::from_u32) else {
            return Err(self.error(mark, "found invalid Unicode character escape code"));
        };
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        self.skip_ascii(digits);
        Ok(())
    }
}
