//! Percent-encoding, which differs from part to part of a URL.

use gostd::strconv;

use super::parse::Error;

/// The part of a URL that a text stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Path,
    Host,
    Zone,
    User,
    Fragment,
}

/// Whether a byte has to be encoded in that part.
fn needs_escape(byte: u8, part: Part) -> bool {
    if byte.is_ascii_alphanumeric() {
        return false;
    }
    match byte {
        b'-' | b'.' | b'_' | b'~' => false,
        b'$' | b'&' | b'+' | b',' | b';' | b'=' => false,
        b':' => part == Part::User,
        b'/' => !matches!(part, Part::Path | Part::Fragment),
        b'@' => !matches!(part, Part::Path | Part::Fragment),
        b'?' => part != Part::Fragment,
        b'!' | b'(' | b')' | b'*' => !matches!(part, Part::Host | Part::Zone | Part::Fragment),
        b'\'' | b'"' | b'<' | b'>' | b'[' | b']' => !matches!(part, Part::Host | Part::Zone),
        _ => true,
    }
}

/// The text with `%XX` for each byte that needs it.
pub(super) fn escape(text: &[u8], part: Part) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        if needs_escape(byte, part) {
            out.extend([b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        } else {
            out.push(byte);
        }
    }
    out
}

/// The text with each `%XX` read, and checked against what the part allows.
pub(super) fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        if byte != b'%' {
            if matches!(part, Part::Host | Part::Zone) && byte.is_ascii() && needs_escape(byte, part) {
                return Err(quoted(b"invalid character ", &text[at..=at], b" in host name"));
            }
            out.push(byte);
            at += 1;
            continue;
        }
        let wrong = |length: usize| {
            let end = text.len().min(at + length);
            Err(quoted(b"invalid URL escape ", &text[at..end], b""))
        };
        let (Some(high), Some(low)) = (digit(text, at + 1), digit(text, at + 2)) else {
            return wrong(3);
        };
        let decoded = high << 4 | low;
        let percent = &text[at..at + 3] == b"%25";
        match part {
            // In a host only bytes beyond ASCII may be encoded, and the percent sign before a zone.
            Part::Host if high < 8 && !percent => return wrong(3),
            Part::Zone if !percent && decoded != b' ' && needs_escape(decoded, Part::Host) => {
                return wrong(3);
            }
            _ => {}
        }
        out.push(decoded);
        at += 3;
    }
    Ok(out)
}

fn digit(text: &[u8], at: usize) -> Option<u8> {
    let digit = char::from(*text.get(at)?).to_digit(16)?;
    u8::try_from(digit).ok()
}

fn quoted(before: &[u8], text: &[u8], behind: &[u8]) -> Error {
    Error([before, &strconv::quote(text), behind].concat())
}
