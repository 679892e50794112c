//! PEM blocks, found and written as Go's `encoding/pem` does it.

use gostd::base64;
use memchr::{memchr, memmem};

use crate::encoding::decode_base64;

/// The first block of a text.
pub(super) struct Block {
    /// What stands behind `BEGIN`.
    pub(super) kind: Vec<u8>,
    /// The contents.
    pub(super) bytes: Vec<u8>,
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";

/// The first well-formed block, whatever stands around it.
pub(super) fn decode(text: &[u8]) -> Option<Block> {
    let mut rest = text;
    loop {
        let end = memmem::find(rest, END)?;
        // Of several lines that begin a block the last before its end counts.
        let block = memmem::rfind(&rest[..end + 1], BEGIN)
            .filter(|begin| *begin == 0 || rest[begin - 1] == b'\n')
            .and_then(|begin| decode_block(&rest[begin + BEGIN.len()..end + 1], &rest[end + END.len()..]));
        if block.is_some() {
            return block;
        }
        rest = &rest[end + END.len()..];
    }
}

/// A block of that kind, in lines of 64 characters.
pub(super) fn encode(kind: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("-----BEGIN {kind}-----\n").into_bytes();
    for line in base64::encode(bytes).chunks(64) {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.extend_from_slice(format!("-----END {kind}-----\n").as_bytes());
    out
}

/// A block from what stands behind `BEGIN` on, and from what stands behind `END` on.
fn decode_block(inside: &[u8], behind: &[u8]) -> Option<Block> {
    let (first, mut body) = line(inside);
    let kind = first.strip_suffix(DASHES)?;
    // Headers come first.
    while let (header, next) = line(body)
        && header.contains(&b':')
    {
        body = next;
    }
    let trailer = behind.strip_prefix(kind)?.strip_prefix(DASHES)?;
    if !line(trailer).0.is_empty() {
        return None;
    }
    let encoded: Vec<u8> = body.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t')).collect();
    Some(Block { kind: kind.to_vec(), bytes: decode_base64(&encoded).ok()? })
}

/// The first line without white space at its end, and the text behind it.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match memchr(b'\n', text) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, &text[text.len()..]),
    };
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let end = line.iter().rposition(|byte| !matches!(byte, b' ' | b'\t')).map_or(0, |last| last + 1);
    (&line[..end], rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let text = encode("A B", &[7; 100]);
        assert_eq!(text.split(|byte| *byte == b'\n').map(<[u8]>::len).max(), Some(64));
        let block = decode(&text).unwrap();
        assert_eq!((block.kind, block.bytes), (b"A B".to_vec(), vec![7; 100]));
    }

    #[test]
    fn finds_the_first_good_block() {
        let text = b"junk\n-----BEGIN A-----\n-----BEGIN B-----\nX: y\n\nYWJj\n-----END B-----\n";
        let block = decode(text).unwrap();
        assert_eq!((block.kind, block.bytes), (b"B".to_vec(), b"abc".to_vec()));
        assert!(decode(b"-----BEGIN A-----\nYWJj\n-----END B-----\n").is_none());
        assert!(decode(b"-----BEGIN A-----\n!!\n-----END A-----\n").is_none());
        assert!(decode(b"").is_none());
    }
}
