//! Text as Go string and character literals.

use crate::unicode::is_print;
use crate::utf8;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Which runes stand as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plain {
    /// All that print.
    Unicode,
    /// Those of ASCII that print.
    Ascii,
}

/// The text as a string literal; what doesn't print is escaped.
pub fn quote(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    append_quote(&mut out, text);
    out
}

/// The text as a string literal of ASCII characters.
pub fn quote_to_ascii(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    append_quote_to_ascii(&mut out, text);
    out
}

/// Appends what [`quote`] gives.
pub fn append_quote(out: &mut Vec<u8>, text: &[u8]) {
    append_quoted(out, text, Plain::Unicode);
}

/// Appends what [`quote_to_ascii`] gives.
pub fn append_quote_to_ascii(out: &mut Vec<u8>, text: &[u8]) {
    append_quoted(out, text, Plain::Ascii);
}

/// The rune as a character literal.
pub fn quote_rune(rune: char) -> Vec<u8> {
    let mut out = Vec::new();
    append_quote_rune(&mut out, rune);
    out
}

/// Appends what [`quote_rune`] gives.
pub fn append_quote_rune(out: &mut Vec<u8>, rune: char) {
    out.push(b'\'');
    append_escaped(out, rune, '\'', Plain::Unicode);
    out.push(b'\'');
}

/// Appends the rune as a character literal of ASCII characters.
pub fn append_quote_rune_to_ascii(out: &mut Vec<u8>, rune: char) {
    out.push(b'\'');
    append_escaped(out, rune, '\'', Plain::Ascii);
    out.push(b'\'');
}

/// Whether the text can stand as a raw string on one line: no control characters but tabs, no backquote.
pub fn can_backquote(text: &[u8]) -> bool {
    utf8::valid(text)
        && utf8::runes(text)
            .all(|(_, rune)| rune == '\t' || !matches!(rune, '\0'..='\x1F' | '`' | '\x7F' | '\u{FEFF}'))
}

fn append_quoted(out: &mut Vec<u8>, text: &[u8], plain: Plain) {
    out.push(b'"');
    let mut rest = text;
    loop {
        let run = rest.iter().take_while(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'));
        let (run, tail) = rest.split_at(run.count());
        out.extend_from_slice(run);
        match utf8::decode_rune(tail) {
            (_, 0) => break,
            (utf8::RUNE_ERROR, 1) => {
                append_hex(out, b'x', u32::from(tail[0]), 2);
                rest = &tail[1..];
            }
            (rune, width) => {
                append_escaped(out, rune, '"', plain);
                rest = &tail[width..];
            }
        }
    }
    out.push(b'"');
}

fn append_escaped(out: &mut Vec<u8>, rune: char, quote: char, plain: Plain) {
    if rune == quote || rune == '\\' {
        out.extend([b'\\', rune as u8]);
        return;
    }
    if is_print(rune) && (plain == Plain::Unicode || rune.is_ascii()) {
        utf8::append_rune(out, rune);
        return;
    }
    match rune {
        '\x07' => out.extend(b"\\a"),
        '\x08' => out.extend(b"\\b"),
        '\x0C' => out.extend(b"\\f"),
        '\n' => out.extend(b"\\n"),
        '\r' => out.extend(b"\\r"),
        '\t' => out.extend(b"\\t"),
        '\x0B' => out.extend(b"\\v"),
        '\0'..='\x7F' => append_hex(out, b'x', rune.into(), 2),
        '\u{80}'..='\u{FFFF}' => append_hex(out, b'u', rune.into(), 4),
        _ => append_hex(out, b'U', rune.into(), 8),
    }
}

fn append_hex(out: &mut Vec<u8>, kind: u8, code: u32, digits: u32) {
    out.extend([b'\\', kind]);
    out.extend((0..digits).rev().map(|digit| HEX[(code >> (4 * digit)) as usize & 0xF]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &[u8]) -> String {
        String::from_utf8(quote(text)).unwrap()
    }

    #[test]
    fn strings() {
        assert_eq!(quoted(b"a\"b\\c'"), r#""a\"b\\c'""#);
        assert_eq!(quoted(b"\x01\x07\x08\x0C\n\r\t\x0B\x7F"), r#""\x01\a\b\f\n\r\t\v\x7f""#);
        assert_eq!(
            quoted("é☺\u{2028}\u{A0}\u{1C89}\u{10FFFF}".as_bytes()),
            r#""é☺\u2028\u00a0\u1c89\U0010ffff""#
        );
        assert_eq!(quoted(b"\xC3(\xEF\xBF\xBD"), "\"\\xc3(\u{FFFD}\"");
        assert_eq!(quote_to_ascii("é☺😀".as_bytes()), br#""\u00e9\u263a\U0001f600""#);
    }

    #[test]
    fn runes() {
        assert_eq!(quote_rune('\''), br"'\''");
        assert_eq!(quote_rune('"'), br#"'"'"#);
        assert_eq!(quote_rune('\0'), br"'\x00'");
    }

    #[test]
    fn backquotes() {
        assert!(can_backquote("a\tb\u{FFFD}\"".as_bytes()));
        for text in ["`", "\n", "\x7F", "\u{FEFF}"] {
            assert!(!can_backquote(text.as_bytes()), "{text:?}");
        }
        assert!(!can_backquote(b"\xFF"));
    }
}
