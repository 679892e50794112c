//! The verbs of strings and byte slices.

use super::pad::Flags;
use crate::{strconv, utf8};

/// The alphabet of `x` and of `X`, with the letter of the prefix at the end.
pub(super) const LOWER: &[u8; 17] = b"0123456789abcdefx";
pub(super) const UPPER: &[u8; 17] = b"0123456789ABCDEFX";

impl Flags {
    /// The text up to the precision, which counts runes.
    fn truncate(self, text: &[u8]) -> &[u8] {
        let end = self.precision.and_then(|precision| utf8::runes(text).nth(precision));
        end.map_or(text, |(end, _)| &text[..end])
    }

    /// `%s`
    pub(super) fn append_text(self, out: &mut Vec<u8>, text: &[u8]) {
        self.pad(out, self.truncate(text));
    }

    /// `%q`
    pub(super) fn append_quoted(self, out: &mut Vec<u8>, text: &[u8]) {
        let text = self.truncate(text);
        let quoted = if self.sharp && strconv::can_backquote(text) {
            [b"`", text, b"`"].concat()
        } else if self.plus {
            strconv::quote_to_ascii(text)
        } else {
            strconv::quote(text)
        };
        self.pad(out, &quoted);
    }

    /// `%x` and `%X`: here the precision counts bytes.
    pub(super) fn append_hex(self, out: &mut Vec<u8>, text: &[u8], alphabet: &[u8; 17]) {
        let text = &text[..text.len().min(self.precision.unwrap_or(text.len()))];
        let prefix: &[u8] = if self.sharp { &[b'0', alphabet[16]] } else { b"" };
        let per_byte = if self.space { 2 + prefix.len() } else { 2 };
        let length = match (text.len(), self.space) {
            (0, _) => 0,
            (count, true) => count * (per_byte + 1) - 1,
            (count, false) => count * per_byte + prefix.len(),
        };
        let missing = self.width.unwrap_or(0).saturating_sub(length);
        if length == 0 {
            self.append_padding(out, missing);
            return;
        }
        if !self.minus {
            self.append_padding(out, missing);
        }
        for (index, byte) in text.iter().enumerate() {
            if self.space && index > 0 {
                out.push(b' ');
            }
            if self.space || index == 0 {
                out.extend_from_slice(prefix);
            }
            out.extend([alphabet[usize::from(byte >> 4)], alphabet[usize::from(byte & 0xF)]]);
        }
        if self.minus {
            self.append_padding(out, missing);
        }
    }
}
