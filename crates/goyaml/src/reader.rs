//! The bytes below the scanner: encodings, forbidden characters, and when go-yaml's reader notices them.
//!
//! go-yaml reads 512 bytes at a time and checks each block as it loads it, so a bad byte is reported only
//! once the scanner asks for a character of its block, and an earlier error of another kind wins. Almost all
//! texts are plainly good: for those nothing of that is simulated. The rest are read **carefully**: the
//! scanner says before each look ahead how many characters it needs, and the blocks are loaded as Go does.

use std::borrow::Cow;

use crate::Error;

const BLOCK: usize = 512;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// A text in UTF-8, with what go-yaml's reader would find in it.
#[derive(Debug)]
pub(crate) struct Source<'t> {
    pub(crate) text: Cow<'t, [u8]>,
    /// How many bytes of the original text precede `text`.
    pub(crate) base: usize,
    pub(crate) careful: Option<Box<Careful>>,
}

/// The state of a reader that is simulated block by block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Careful {
    /// The ends of the blocks in the decoded text; a fault may follow the last.
    ends: Vec<usize>,
    fault: Option<&'static str>,
    /// How many blocks are loaded, up to which offset, and how many NULs stand for the end of the text.
    loaded: usize,
    loaded_end: usize,
    nuls: usize,
    buffer_start: usize,
}

impl<'t> Source<'t> {
    pub(crate) fn new(input: &'t [u8]) -> Self {
        match input {
            [0xff, 0xfe, rest @ ..] => Self::utf16(rest, u16::from_le_bytes),
            [0xfe, 0xff, rest @ ..] => Self::utf16(rest, u16::from_be_bytes),
            _ => Self::utf8(input),
        }
    }

    pub(crate) fn utf8(input: &'t [u8]) -> Self {
        let base = if input.starts_with(BOM) { BOM.len() } else { 0 };
        let text = &input[base..];
        let careful = match check(text) {
            (None, false) => None,
            (fault, _) => Some(Box::new(Careful::over_utf8(input, base, fault))),
        };
        Self { text: Cow::Borrowed(text), base, careful }
    }

    fn utf16(input: &[u8], unit: fn([u8; 2]) -> u16) -> Self {
        let mut text = Vec::with_capacity(input.len());
        let mut careful = Careful::default();
        let mut offset = 0;
        // The first block has two bytes less, since the byte order mark is in it.
        let mut block_end = BLOCK - 2;
        let fault_in_block = loop {
            let rest = &input[offset..];
            if rest.is_empty() {
                careful.ends.push(text.len());
                break None;
            }
            if rest.len() < 2 {
                careful.ends.push(text.len());
                careful.fault = Some("incomplete UTF-16 character");
                break None;
            }
            let first = unit([rest[0], rest[1]]);
            let mut width = 2;
            let value = match first & 0xfc00 {
                0xdc00 => break Some("unexpected low surrogate area"),
                0xd800 => {
                    width = 4;
                    if rest.len() < 4 {
                        careful.ends.push(text.len());
                        careful.fault = Some("incomplete UTF-16 surrogate pair");
                        break None;
                    }
                    let second = unit([rest[2], rest[3]]);
                    if offset + 4 <= block_end && second & 0xfc00 != 0xdc00 {
                        break Some("expected low surrogate area");
                    }
                    0x10000 + ((u32::from(first) & 0x3ff) << 10) + (u32::from(second) & 0x3ff)
                }
                _ => u32::from(first),
            };
            if offset + width > block_end {
                careful.ends.push(text.len());
                block_end = offset + BLOCK;
                continue;
            }
            let Some(character) = char::from_u32(value).filter(|c| allowed(*c)) else {
                break Some("control characters are not allowed");
            };
            text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            offset += width;
        };
        if fault_in_block.is_some() {
            // The block's characters are never delivered.
            text.truncate(careful.ends.last().copied().unwrap_or(0));
            careful.fault = fault_in_block;
        }
        Self { text: Cow::Owned(text), base: 0, careful: Some(Box::new(careful)) }
    }
}

impl Careful {
    fn over_utf8(input: &[u8], base: usize, fault: Option<Fault>) -> Self {
        let fault = fault.map(|fault| Fault { offset: fault.offset + base, ..fault });
        let mut ends = Vec::new();
        let mut end = 0;
        loop {
            let start = end;
            end = (start + BLOCK).min(input.len());
            if let Some(fault) = fault {
                if fault.at_end && end >= fault.offset {
                    // What precedes an incomplete sequence at the end is delivered.
                    if fault.offset > start {
                        ends.push(fault.offset - base);
                    }
                    break;
                }
                if fault.offset < end {
                    let character_end = fault.offset + fault.seen;
                    if character_end <= end {
                        break;
                    }
                    // The block ends within the bad sequence: it is looked at with the next block.
                    end = fault.offset;
                    ends.push(end - base);
                    if end == start {
                        break;
                    }
                    continue;
                }
            }
            if end == input.len() {
                ends.push(end - base);
                break;
            }
            // A character that the block cuts in two waits for the next one.
            while input[end] & 0xc0 == 0x80 && fault.is_none_or(|fault| fault.offset != end) {
                end -= 1;
            }
            ends.push(end - base);
        }
        Self { ends, fault: fault.map(|fault| fault.problem), ..Self::default() }
    }

    /// Makes sure that `count` characters from `pos` are loaded.
    pub(crate) fn need(&mut self, text: &[u8], pos: usize, count: usize) -> Result<(), Error> {
        if self.unread(text, pos, count) >= count {
            return Ok(());
        }
        self.buffer_start = pos;
        while self.unread(text, pos, count) < count {
            if let Some(end) = self.ends.get(self.loaded) {
                self.loaded += 1;
                self.loaded_end = *end;
            } else if let Some(problem) = self.fault {
                return Err(Error::yaml(problem));
            } else {
                self.nuls += 1;
                break;
            }
        }
        Ok(())
    }

    /// Whether the buffer starts with a byte order mark: go-yaml looks there, not at its position.
    pub(crate) fn buffer_starts_with_bom(&self, text: &[u8]) -> bool {
        text[..self.loaded_end].get(self.buffer_start..).is_some_and(|buffer| buffer.starts_with(BOM))
    }

    /// How many characters are loaded from `pos`, counted up to `enough`.
    fn unread(&self, text: &[u8], pos: usize, enough: usize) -> usize {
        let mut count = 0;
        let mut at = pos;
        while count < enough && at < self.loaded_end {
            at += width(text[at]);
            count += 1;
        }
        count + self.nuls
    }
}

/// A character or a byte that the reader refuses.
#[derive(Clone, Copy, Debug)]
struct Fault {
    offset: usize,
    /// How many bytes Go has to have before it judges.
    seen: usize,
    /// Whether the text ends within the sequence.
    at_end: bool,
    problem: &'static str,
}

/// The first fault, and whether there is a byte order mark (before it).
fn check(text: &[u8]) -> (Option<Fault>, bool) {
    let mut at = 0;
    let mut has_bom = false;
    while at < text.len() {
        at += plain_ascii_prefix(&text[at..]);
        let Some(&first) = text.get(at) else { break };
        let fault = |seen, problem| Some(Fault { offset: at, seen, at_end: false, problem });
        if first < 0x80 {
            return (fault(1, "control characters are not allowed"), has_bom);
        }
        let width = width(first);
        if width == 0 {
            return (fault(1, "invalid leading UTF-8 octet"), has_bom);
        }
        let Some(sequence) = text.get(at..at + width) else {
            let problem = "incomplete UTF-8 octet sequence";
            return (Some(Fault { offset: at, seen: width, at_end: true, problem }), has_bom);
        };
        if sequence[1..].iter().any(|octet| octet & 0xc0 != 0x80) {
            return (fault(width, "invalid trailing UTF-8 octet"), has_bom);
        }
        let mask = 0xff >> (width + 1);
        let value = sequence[1..]
            .iter()
            .fold(u32::from(first & mask), |value, octet| value << 6 | u32::from(octet & 0x3f));
        let least = [0, 0, 0x80, 0x800, 0x10000][width];
        if value < least {
            return (fault(width, "invalid length of a UTF-8 sequence"), has_bom);
        }
        match char::from_u32(value) {
            None => return (fault(width, "invalid Unicode character"), has_bom),
            Some('\u{feff}') => has_bom = true,
            Some(character) if !allowed(character) => {
                return (fault(width, "control characters are not allowed"), has_bom);
            }
            Some(_) => {}
        }
        at += width;
    }
    (None, has_bom)
}

/// The characters that YAML allows in a text.
fn allowed(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..
    )
}

/// The length of the prefix without other bytes than printable ASCII, tabs and line breaks.
fn plain_ascii_prefix(text: &[u8]) -> usize {
    let bad = |byte: u8| !matches!(byte, b' '..=b'~' | b'\n' | b'\t' | b'\r');
    let mut at = 0;
    for chunk in text.chunks_exact(64) {
        // Without a branch in the loop, so that it is done many bytes at a time.
        if chunk.iter().fold(false, |any, byte| any | bad(*byte)) {
            break;
        }
        at += 64;
    }
    at + text[at..].iter().position(|byte| bad(*byte)).unwrap_or(text.len() - at)
}

/// The length of the UTF-8 sequence that a byte leads; 0 for none.
pub(crate) fn width(byte: u8) -> usize {
    match byte {
        0x00..=0x7f => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &[u8]) -> Option<&'static str> {
        check(text).0.map(|fault| fault.problem)
    }

    #[test]
    fn forbidden_characters_are_found() {
        assert_eq!(problem("a\tb\r\n é \u{85} 😀".as_bytes()), None);
        assert_eq!(problem(b"a\x00"), Some("control characters are not allowed"));
        assert_eq!(problem(b"a\x7f"), Some("control characters are not allowed"));
        assert_eq!(problem("\u{9f}".as_bytes()), Some("control characters are not allowed"));
        assert_eq!(problem("\u{ffff}".as_bytes()), Some("control characters are not allowed"));
        assert_eq!(problem(b"\x80"), Some("invalid leading UTF-8 octet"));
        assert_eq!(problem(b"\xff"), Some("invalid leading UTF-8 octet"));
        assert_eq!(problem(b"\xc3("), Some("invalid trailing UTF-8 octet"));
        assert_eq!(problem(b"\xc0\x80"), Some("invalid length of a UTF-8 sequence"));
        assert_eq!(problem(b"\xed\xa0\x80"), Some("invalid Unicode character"));
        assert_eq!(problem(b"\xe2\x82"), Some("incomplete UTF-8 octet sequence"));
    }

    #[test]
    fn utf16_is_decoded() {
        let source = Source::new(b"\xff\xfea\x00:\x00 \x00\xac\x20");
        assert_eq!(&*source.text, "a: €".as_bytes());
        let source = Source::new(b"\xfe\xff\x00a");
        assert_eq!(&*source.text, b"a");
    }
}
