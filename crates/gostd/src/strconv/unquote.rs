//! Go string and character literals back to text.

use super::SyntaxError;
use crate::utf8;

/// One character of a literal, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unquoted<'a> {
    /// The character; where `multibyte` is false, a byte (`\xff` is the byte 0xFF, not the rune).
    pub rune: char,
    /// Whether the character stands for its UTF-8 encoding.
    pub multibyte: bool,
    /// What follows.
    pub rest: &'a [u8],
}

/// The text of a string literal, a raw string or a character literal, quotes included.
pub fn unquote(literal: &[u8]) -> Result<Vec<u8>, SyntaxError> {
    let (&quote, body) = literal.split_first().ok_or(SyntaxError)?;
    match quote {
        b'`' => {
            let content = body.strip_suffix(b"`").ok_or(SyntaxError)?;
            if content.contains(&b'`') {
                return Err(SyntaxError);
            }
            Ok(content.iter().copied().filter(|byte| *byte != b'\r').collect())
        }
        b'"' => {
            let mut text = Vec::with_capacity(body.len());
            let mut rest = body;
            while rest.first().is_some_and(|byte| *byte != b'"') {
                rest = unquote_into(&mut text, rest, b'"')?;
            }
            if rest == b"\"" { Ok(text) } else { Err(SyntaxError) }
        }
        // Go takes an empty character literal, too.
        b'\'' if body == b"'" => Ok(Vec::new()),
        b'\'' => {
            let mut text = Vec::new();
            if unquote_into(&mut text, body, b'\'')? != b"'" {
                return Err(SyntaxError);
            }
            Ok(text)
        }
        _ => Err(SyntaxError),
    }
}

fn unquote_into<'a>(text: &mut Vec<u8>, literal: &'a [u8], quote: u8) -> Result<&'a [u8], SyntaxError> {
    if literal.first() == Some(&b'\n') {
        return Err(SyntaxError);
    }
    let Unquoted { rune, multibyte, rest } = unquote_char(literal, quote)?;
    match u8::try_from(rune) {
        Ok(byte) if !multibyte => text.push(byte),
        _ => utf8::append_rune(text, rune),
    }
    Ok(rest)
}

/// Reads the first character of a literal's inside. The quote is the one that must not stand there unescaped
/// and may stand there escaped; zero is none.
pub fn unquote_char(literal: &[u8], quote: u8) -> Result<Unquoted<'_>, SyntaxError> {
    let one_byte = |byte: u8, rest| Ok(Unquoted { rune: char::from(byte), multibyte: false, rest });
    match literal {
        [] => Err(SyntaxError),
        [first, ..] if *first == quote && matches!(quote, b'\'' | b'"') => Err(SyntaxError),
        [0x80..=0xFF, ..] => {
            let (rune, width) = utf8::decode_rune(literal);
            Ok(Unquoted { rune, multibyte: true, rest: &literal[width..] })
        }
        [b'\\', kind, rest @ ..] => match kind {
            b'a' => one_byte(0x07, rest),
            b'b' => one_byte(0x08, rest),
            b'f' => one_byte(0x0C, rest),
            b'n' => one_byte(b'\n', rest),
            b'r' => one_byte(b'\r', rest),
            b't' => one_byte(b'\t', rest),
            b'v' => one_byte(0x0B, rest),
            b'x' => {
                let (code, rest) = hex(rest, 2)?;
                one_byte(u8::try_from(code).map_err(|_| SyntaxError)?, rest)
            }
            b'u' | b'U' => {
                let (code, rest) = hex(rest, if *kind == b'u' { 4 } else { 8 })?;
                let rune = char::from_u32(code).ok_or(SyntaxError)?;
                Ok(Unquoted { rune, multibyte: true, rest })
            }
            b'0'..=b'7' => match rest {
                [second @ b'0'..=b'7', third @ b'0'..=b'7', rest @ ..] => {
                    let code = [kind, second, third]
                        .iter()
                        .fold(0u16, |code, digit| code * 8 + u16::from(*digit - b'0'));
                    one_byte(u8::try_from(code).map_err(|_| SyntaxError)?, rest)
                }
                _ => Err(SyntaxError),
            },
            b'\\' => one_byte(b'\\', rest),
            b'\'' | b'"' if *kind == quote => one_byte(quote, rest),
            _ => Err(SyntaxError),
        },
        [b'\\'] => Err(SyntaxError),
        [first, rest @ ..] => one_byte(*first, rest),
    }
}

fn hex(text: &[u8], digits: usize) -> Result<(u32, &[u8]), SyntaxError> {
    let (number, rest) = text.split_at_checked(digits).ok_or(SyntaxError)?;
    let code = number.iter().try_fold(0u32, |code, byte| Some(code << 4 | char::from(*byte).to_digit(16)?));
    Ok((code.ok_or(SyntaxError)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals() {
        let cases: &[(&[u8], &[u8])] = &[
            (br#""a\tb\"'\x41\101\u00e9\U0001F600""#, "a\tb\"'AAé😀".as_bytes()),
            (br#""\xff\377""#, b"\xFF\xFF"),
            (b"\"\xFF\"", "\u{FFFD}".as_bytes()),
            (b"`a\\n\r\nb`", b"a\\n\nb"),
            (br"'\''", b"'"),
            ("'é'".as_bytes(), "é".as_bytes()),
            (b"\"\"", b""),
        ];
        for (literal, text) in cases {
            assert_eq!(unquote(literal).as_deref(), Ok(*text), "{}", String::from_utf8_lossy(literal));
        }
    }

    #[test]
    fn bad_literals() {
        let cases: &[&[u8]] = &[
            b"",
            b"\"",
            b"'ab'",
            b"\"a",
            b"a\"",
            b"\"\n\"",
            b"`a`b`",
            br#""\'""#,
            br#"'\"'"#,
            br#""\400""#,
            br#""\ud800""#,
            br#""\U00110000""#,
            br#""\xg0""#,
            br#""\"#,
            br#""a"b"#,
            b"`",
        ];
        for literal in cases {
            assert_eq!(unquote(literal), Err(SyntaxError), "{}", String::from_utf8_lossy(literal));
        }
    }
}
