//! UTF-8 as Go reads it: an invalid byte is one U+FFFD, and reading goes on behind it.

use std::borrow::Cow;

/// What an invalid byte reads as.
pub const RUNE_ERROR: char = char::REPLACEMENT_CHARACTER;

/// The first rune and its width: an invalid byte reads as U+FFFD of width 1, empty text as U+FFFD of width 0.
#[inline]
pub fn decode_rune(text: &[u8]) -> (char, usize) {
    match text.first() {
        None => (RUNE_ERROR, 0),
        Some(&byte) if byte < 0x80 => (char::from(byte), 1),
        Some(&byte) => decode_multibyte(byte, text),
    }
}

/// The encodings that Go takes are the shortest ones of code points that aren't surrogates: the first byte
/// fixes the width and bounds the second byte.
fn decode_multibyte(first: u8, text: &[u8]) -> (char, usize) {
    let (width, low, high) = match first {
        0xC2..=0xDF => (2, 0x80, 0xBF),
        0xE0 => (3, 0xA0, 0xBF),
        0xE1..=0xEC | 0xEE | 0xEF => (3, 0x80, 0xBF),
        0xED => (3, 0x80, 0x9F),
        0xF0 => (4, 0x90, 0xBF),
        0xF1..=0xF3 => (4, 0x80, 0xBF),
        0xF4 => (4, 0x80, 0x8F),
        _ => return (RUNE_ERROR, 1),
    };
    let Some(rest) = text.get(1..width) else { return (RUNE_ERROR, 1) };
    if !(low..=high).contains(&rest[0]) || rest[1..].iter().any(|byte| byte & 0xC0 != 0x80) {
        return (RUNE_ERROR, 1);
    }
    let lead = u32::from(first) & (0x7F >> width);
    let code = rest.iter().fold(lead, |code, byte| code << 6 | u32::from(byte & 0x3F));
    match char::from_u32(code) {
        Some(rune) => (rune, width),
        None => (RUNE_ERROR, 1),
    }
}

/// The last rune and its width, by the rules of [`decode_rune`].
pub fn decode_last_rune(text: &[u8]) -> (char, usize) {
    let end = text.len();
    match text.last() {
        None => (RUNE_ERROR, 0),
        Some(&byte) if byte < 0x80 => (char::from(byte), 1),
        Some(_) => {
            // A rune that ends the text starts at the last byte that isn't a continuation, at most four back.
            let start = (end.saturating_sub(4)..end).rev().find(|&index| text[index] & 0xC0 != 0x80);
            match start.map(|start| (start, decode_rune(&text[start..]))) {
                Some((start, (rune, width))) if start + width == end => (rune, width),
                _ => (RUNE_ERROR, 1),
            }
        }
    }
}

/// The runes with the byte offsets at which they start, as a `range` loop over a Go string gives them.
pub fn runes(text: &[u8]) -> impl Iterator<Item = (usize, char)> {
    let mut offset = 0;
    std::iter::from_fn(move || {
        let (rune, width) = decode_rune(&text[offset..]);
        let start = offset;
        offset += width;
        (width > 0).then_some((start, rune))
    })
}

/// The number of runes, each invalid byte counted as one.
pub fn rune_count(text: &[u8]) -> usize {
    if text.is_ascii() { text.len() } else { runes(text).count() }
}

/// Whether the text is valid UTF-8.
pub fn valid(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok()
}

/// Appends a rune's encoding.
#[inline]
pub fn append_rune(out: &mut Vec<u8>, rune: char) {
    if rune.is_ascii() {
        out.push(rune as u8);
    } else {
        out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// The text with each invalid byte replaced by one U+FFFD.
pub fn to_valid(text: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(text) {
        Ok(valid) => Cow::Borrowed(valid),
        Err(_) => Cow::Owned(runes(text).map(|(_, rune)| rune).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_invalid_byte_is_one_rune() {
        let text = b"a\xE2\x82\xFF\xED\xA0\x80\xF4\x90\x80\x80\xC0\x80\xE2\x82\xAC";
        let runes: Vec<_> = runes(text).collect();
        assert_eq!(runes.len(), 1 + 2 + 1 + 3 + 4 + 2 + 1);
        assert_eq!(runes.last(), Some(&(13, '€')));
        assert_eq!(rune_count(text), runes.len());
        assert_eq!(to_valid(b"\xE2\x82z"), "\u{FFFD}\u{FFFD}z");
    }

    #[test]
    fn agrees_with_std_on_all_code_points() {
        for rune in '\0'..=char::MAX {
            let mut out = Vec::new();
            append_rune(&mut out, rune);
            assert_eq!(decode_rune(&out), (rune, rune.len_utf8()));
            assert_eq!(decode_last_rune(&out), (rune, rune.len_utf8()));
        }
    }

    #[test]
    fn the_last_rune() {
        assert_eq!(decode_last_rune(b""), (RUNE_ERROR, 0));
        assert_eq!(decode_last_rune("a€".as_bytes()), ('€', 3));
        assert_eq!(decode_last_rune(b"a\xE2\x82"), (RUNE_ERROR, 1));
        assert_eq!(decode_last_rune(b"\xE2\x82\xAC\x80"), (RUNE_ERROR, 1));
        assert_eq!(decode_last_rune(b"\x80\x80\x80\x80\x80"), (RUNE_ERROR, 1));
    }
}
