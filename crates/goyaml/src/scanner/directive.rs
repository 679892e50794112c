//! Directives, anchors, aliases and tags.

use std::borrow::Cow;

use super::token::Tag;
use super::{Scanner, TagDirective, TokenKind};
use crate::Error;
use crate::event::Mark;
use crate::reader::width;

/// Letters, digits, `_` and `-`.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

impl<'t> Scanner<'t> {
    /// Passes word characters and gives them.
    fn scan_word(&mut self) -> Result<&'t [u8], Error> {
        let start = self.pos;
        self.need(1)?;
        while is_word(self.at(0)) {
            self.skip_ascii(1);
            self.need(1)?;
        }
        Ok(&self.text[start..self.pos])
    }

    fn skip_blanks(&mut self) -> Result<(), Error> {
        self.need(1)?;
        while self.is_blank(0) {
            self.skip_ascii(1);
            self.need(1)?;
        }
        Ok(())
    }

    pub(super) fn fetch_directive(&mut self) -> Result<(), Error> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let mark = self.mark();
        self.skip_ascii(1);
        let name = self.scan_word()?;
        if name.is_empty() {
            return Err(self.error(mark, "could not find expected directive name"));
        }
        if !self.is_blankz(0) {
            return Err(self.error(mark, "found unexpected non-alphabetical character"));
        }
        let kind = match name {
            b"YAML" => {
                self.skip_blanks()?;
                let major = self.scan_version_number(mark)?;
                if self.at(0) != b'.' {
                    return Err(self.error(mark, "did not find expected digit or '.' character"));
                }
                self.skip_ascii(1);
                let minor = self.scan_version_number(mark)?;
                TokenKind::VersionDirective { major, minor }
            }
            b"TAG" => TokenKind::TagDirective(Box::new(self.scan_tag_directive(mark)?)),
            _ => return Err(self.error(mark, "found unknown directive name")),
        };
        self.skip_blanks()?;
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
        self.push(mark, kind);
        Ok(())
    }

    fn scan_version_number(&mut self, mark: Mark) -> Result<u8, Error> {
        self.need(1)?;
        let start = self.pos;
        let mut number = 0;
        while self.at(0).is_ascii_digit() {
            if self.pos - start == 2 {
                return Err(self.error(mark, "found extremely long version number"));
            }
            number = number * 10 + (self.at(0) - b'0');
            self.skip_ascii(1);
            self.need(1)?;
        }
        if self.pos == start {
            return Err(self.error(mark, "did not find expected version number"));
        }
        Ok(number)
    }

    fn scan_tag_directive(&mut self, mark: Mark) -> Result<TagDirective<'t>, Error> {
        self.skip_blanks()?;
        let handle = self.scan_tag_handle(true, mark)?;
        self.need(1)?;
        if !self.is_blank(0) {
            return Err(self.error(mark, "did not find expected whitespace"));
        }
        self.skip_blanks()?;
        let prefix = self.scan_tag_uri(b"", mark)?;
        self.need(1)?;
        if !self.is_blankz(0) {
            return Err(self.error(mark, "did not find expected whitespace or line break"));
        }
        Ok(TagDirective { handle: handle.into(), prefix })
    }

    pub(super) fn fetch_anchor(&mut self, kind: fn(&'t [u8]) -> TokenKind<'t>) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let mark = self.mark();
        self.skip_ascii(1);
        let name = self.scan_word()?;
        let ends =
            self.is_blankz(0) || matches!(self.at(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ends {
            return Err(self.error(mark, "did not find expected alphabetic or numeric character"));
        }
        self.push(mark, kind(name));
        Ok(())
    }

    pub(super) fn fetch_tag(&mut self) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let mark = self.mark();
        self.need(2)?;
        let (handle, suffix): (&'t [u8], Cow<'t, [u8]>);
        if self.at(1) == b'<' {
            self.skip_ascii(2);
            suffix = self.scan_tag_uri(b"", mark)?;
            if self.at(0) != b'>' {
                return Err(self.error(mark, "did not find the expected '>'"));
            }
            self.skip_ascii(1);
            handle = b"";
        } else {
            let scanned = self.scan_tag_handle(false, mark)?;
            if scanned.len() > 1 && scanned.ends_with(b"!") {
                suffix = self.scan_tag_uri(b"", mark)?;
                handle = scanned;
            } else {
                // It was no handle but the start of the suffix; a lone `!` is a tag of its own.
                let rest = self.scan_tag_uri(scanned, mark)?;
                if rest.is_empty() {
                    (handle, suffix) = (b"", Cow::Borrowed(&b"!"[..]));
                } else {
                    (handle, suffix) = (b"!", rest);
                }
            }
        }
        self.need(1)?;
        if !self.is_blankz(0) {
            return Err(self.error(mark, "did not find expected whitespace or line break"));
        }
        self.push(mark, TokenKind::Tag(Box::new(Tag { handle: handle.into(), suffix })));
        Ok(())
    }

    fn scan_tag_handle(&mut self, directive: bool, mark: Mark) -> Result<&'t [u8], Error> {
        self.need(1)?;
        if self.at(0) != b'!' {
            return Err(self.error(mark, "did not find expected '!'"));
        }
        let start = self.pos;
        self.skip_ascii(1);
        self.scan_word()?;
        if self.at(0) == b'!' {
            self.skip_ascii(1);
        } else if directive && self.pos - start != 1 {
            return Err(self.error(mark, "did not find expected '!'"));
        }
        Ok(&self.text[start..self.pos])
    }

    /// Reads a tag's URI; `head` is what was read of it before, its `!` included.
    fn scan_tag_uri(&mut self, head: &[u8], mark: Mark) -> Result<Cow<'t, [u8]>, Error> {
        let mut uri = head.get(1..).unwrap_or_default().to_vec();
        let mut found = !head.is_empty();
        self.need(1)?;
        loop {
            match self.at(0) {
                b'%' => self.scan_uri_escapes(mark, &mut uri)?,
                byte if is_word(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte) => {
                    uri.push(byte);
                    self.skip_ascii(1);
                }
                _ => break,
            }
            self.need(1)?;
            found = true;
        }
        if !found {
            return Err(self.error(mark, "did not find expected tag URI"));
        }
        Ok(Cow::Owned(uri))
    }

    /// Reads one character that is written as `%XX` octets.
    fn scan_uri_escapes(&mut self, mark: Mark, uri: &mut Vec<u8>) -> Result<(), Error> {
        let mut remaining = None;
        while remaining != Some(0) {
            self.need(3)?;
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            let (b'%', Some(high), Some(low)) = (self.at(0), digit(self.at(1)), digit(self.at(2))) else {
                return Err(self.error(mark, "did not find URI escaped octet"));
            };
            let octet = high << 4 | low;
            remaining = match remaining {
                None => match width(octet) {
                    0 => return Err(self.error(mark, "found an incorrect leading UTF-8 octet")),
                    width => Some(width - 1),
                },
                Some(_) if octet & 0xc0 != 0x80 => {
                    return Err(self.error(mark, "found an incorrect trailing UTF-8 octet"));
                }
                Some(left) => Some(left - 1),
            };
            uri.push(octet);
            self.skip_ascii(3);
        }
        Ok(())
    }
}
