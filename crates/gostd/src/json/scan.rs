//! The grammar of JSON, with the errors of Go's scanner.

use super::MAX_DEPTH;
use crate::value::{Frozen, FrozenMap};
use crate::{strconv, utf8};

/// The text isn't JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SyntaxError {
    /// The text ends too early.
    End,
    /// A byte that can't stand where it does.
    Byte(u8, &'static str),
}

impl SyntaxError {
    /// Go's words.
    pub(super) fn message(self) -> String {
        let (byte, context) = match self {
            SyntaxError::End => return "unexpected end of JSON input".into(),
            SyntaxError::Byte(byte, context) => (byte, context),
        };
        // Go takes the byte for a code point, so that it shows as Latin-1.
        let rune = char::from(byte);
        let quoted = match rune {
            '\'' => r"'\''".into(),
            '"' => r#"'"'"#.into(),
            _ => strconv::quote_rune(rune),
        };
        format!("invalid character {} {context}", utf8::to_valid(&quoted))
    }
}

/// Reads one text.
pub(super) struct Scanner<'t> {
    text: &'t [u8],
    position: usize,
    depth: usize,
    /// The first number that is out of range; nil stands in its place.
    pub(super) out_of_range: Option<&'t [u8]>,
    /// Whether the text ended inside of a literal.
    is_cut_short: bool,
}

type Result<T> = std::result::Result<T, SyntaxError>;

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { text, position: 0, depth: 0, out_of_range: None, is_cut_short: false }
    }

    /// Reads the whole text as one value.
    pub(super) fn document(&mut self) -> Result<Frozen> {
        let value = self.value()?;
        match self.next_token() {
            None => Ok(value),
            Some(byte) => Err(SyntaxError::Byte(byte, "after top-level value")),
        }
    }

    /// Reads the value that a stream starts with: it, and where it ends. An error is what Go's `json.Decoder` says.
    pub(super) fn first(&mut self) -> std::result::Result<(Frozen, usize), String> {
        match self.value() {
            Ok(value) => Ok((value, self.position)),
            Err(SyntaxError::End) => Err("unexpected EOF".into()),
            Err(_) if self.is_cut_short => Err("unexpected EOF".into()),
            Err(error) => Err(error.message()),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.position).copied()
    }

    /// The next byte of a literal. Go's scanner sees the end of the text as a space, which no literal takes.
    fn peek_literal(&mut self) -> u8 {
        self.peek().unwrap_or_else(|| {
            self.is_cut_short = true;
            b' '
        })
    }

    /// The next byte that isn't a space, which stays unread.
    fn next_token(&mut self) -> Option<u8> {
        while let Some(byte) = self.peek() {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(byte);
            }
            self.position += 1;
        }
        None
    }

    fn value(&mut self) -> Result<Frozen> {
        match self.next_token().ok_or(SyntaxError::End)? {
            open @ (b'{' | b'[') => {
                self.position += 1;
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return Err(SyntaxError::Byte(open, "exceeded max depth"));
                }
                let value = stacker::maybe_grow(64 * 1024, 1024 * 1024, || match open {
                    b'{' => self.object().map(Frozen::Map),
                    _ => self.array().map(|items| Frozen::List(items.into())),
                })?;
                self.depth -= 1;
                Ok(value)
            }
            b'"' => Ok(Frozen::String(self.string()?)),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => {
                self.literal(&[
                    (b'r', "in literal true (expecting 'r')"),
                    (b'u', "in literal true (expecting 'u')"),
                    (b'e', "in literal true (expecting 'e')"),
                ])?;
                Ok(Frozen::Bool(true))
            }
            b'f' => {
                self.literal(&[
                    (b'a', "in literal false (expecting 'a')"),
                    (b'l', "in literal false (expecting 'l')"),
                    (b's', "in literal false (expecting 's')"),
                    (b'e', "in literal false (expecting 'e')"),
                ])?;
                Ok(Frozen::Bool(false))
            }
            b'n' => {
                self.literal(&[
                    (b'u', "in literal null (expecting 'u')"),
                    (b'l', "in literal null (expecting 'l')"),
                    (b'l', "in literal null (expecting 'l')"),
                ])?;
                Ok(Frozen::Nil)
            }
            byte => Err(SyntaxError::Byte(byte, "looking for beginning of value")),
        }
    }

    /// The rest of a literal, whose first letter is next.
    fn literal(&mut self, letters: &[(u8, &'static str)]) -> Result<()> {
        for (letter, context) in letters {
            self.position += 1;
            let byte = self.peek_literal();
            if byte != *letter {
                return Err(SyntaxError::Byte(byte, context));
            }
        }
        self.position += 1;
        Ok(())
    }

    /// What is behind an opening bracket.
    fn array(&mut self) -> Result<Vec<Frozen>> {
        let mut items = Vec::new();
        if self.next_token() == Some(b']') {
            self.position += 1;
            return Ok(items);
        }
        loop {
            items.push(self.value()?);
            let byte = self.next_token().ok_or(SyntaxError::End)?;
            self.position += 1;
            match byte {
                b',' => {}
                b']' => return Ok(items),
                _ => return Err(SyntaxError::Byte(byte, "after array element")),
            }
        }
    }

    /// What is behind an opening brace.
    fn object(&mut self) -> Result<FrozenMap> {
        let mut entries: Vec<(Box<[u8]>, Frozen)> = Vec::new();
        if self.next_token() == Some(b'}') {
            self.position += 1;
            return Ok(FrozenMap::default());
        }
        loop {
            let key = match self.next_token().ok_or(SyntaxError::End)? {
                b'"' => self.string()?,
                byte => return Err(SyntaxError::Byte(byte, "looking for beginning of object key string")),
            };
            match self.next_token().ok_or(SyntaxError::End)? {
                b':' => self.position += 1,
                byte => return Err(SyntaxError::Byte(byte, "after object key")),
            }
            entries.push((key, self.value()?));
            let byte = self.next_token().ok_or(SyntaxError::End)?;
            self.position += 1;
            match byte {
                b',' => {}
                b'}' => return Ok(FrozenMap::from_pairs(entries)),
                _ => return Err(SyntaxError::Byte(byte, "after object key:value pair")),
            }
        }
    }

    fn number(&mut self) -> Result<Frozen> {
        let start = self.position;
        if self.peek() == Some(b'-') {
            self.position += 1;
        }
        let mut whole = true;
        let first_digit = self.position;
        match self.peek_literal() {
            b'0' => self.position += 1,
            b'1'..=b'9' => self.digits(),
            byte => return Err(SyntaxError::Byte(byte, "in numeric literal")),
        }
        let digits = self.position - first_digit;
        if self.peek() == Some(b'.') {
            whole = false;
            self.position += 1;
            self.some_digits("after decimal point in numeric literal")?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            whole = false;
            self.position += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.position += 1;
            }
            self.some_digits("in exponent of numeric literal")?;
        }

        let text = &self.text[start..self.position];
        // So many digits a float64 holds exactly.
        if whole && digits <= 15 {
            let magnitude = text[first_digit - start..]
                .iter()
                .fold(0u64, |number, digit| number * 10 + u64::from(digit - b'0'));
            let number = magnitude as f64;
            return Ok(Frozen::Float(if first_digit > start { -number } else { number }));
        }
        // Rust takes all numbers of this grammar, and rounds as Go does.
        match std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()) {
            Some(number) if f64::is_finite(number) => Ok(Frozen::Float(number)),
            _ => {
                self.out_of_range.get_or_insert(text);
                Ok(Frozen::Nil)
            }
        }
    }

    fn digits(&mut self) {
        while let Some(b'0'..=b'9') = self.peek() {
            self.position += 1;
        }
    }

    fn some_digits(&mut self, context: &'static str) -> Result<()> {
        let byte = self.peek_literal();
        if !byte.is_ascii_digit() {
            return Err(SyntaxError::Byte(byte, context));
        }
        self.digits();
        Ok(())
    }

    /// A string, whose opening quote is next.
    fn string(&mut self) -> Result<Box<[u8]>> {
        self.position += 1;
        let start = self.position;
        let mut escapes = false;
        loop {
            let rest = &self.text[self.position..];
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' '));
            self.position += plain.ok_or(SyntaxError::End)?;
            match self.text[self.position] {
                b'"' => break,
                b'\\' => {
                    escapes = true;
                    self.position += 1;
                    self.escape()?;
                }
                byte => return Err(SyntaxError::Byte(byte, "in string literal")),
            }
        }
        let content = &self.text[start..self.position];
        self.position += 1;
        Ok(match utf8::to_valid(content) {
            // Replacing bytes first is the same: no escape is longer than its ASCII characters.
            text if escapes => unescape(text.as_bytes()).into(),
            text => text.as_bytes().into(),
        })
    }

    /// Checks what is behind a backslash.
    fn escape(&mut self) -> Result<()> {
        let byte = self.peek_literal();
        match byte {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => {}
            b'u' => {
                for _ in 0..4 {
                    self.position += 1;
                    let byte = self.peek_literal();
                    if !byte.is_ascii_hexdigit() {
                        return Err(SyntaxError::Byte(byte, "in \\u hexadecimal character escape"));
                    }
                }
            }
            _ => return Err(SyntaxError::Byte(byte, "in string escape code")),
        }
        self.position += 1;
        Ok(())
    }
}

/// Resolves the escapes of a checked string; half of a surrogate pair becomes U+FFFD.
fn unescape(content: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(content.len());
    let mut rest = content;
    while let Some(backslash) = rest.iter().position(|byte| *byte == b'\\') {
        text.extend_from_slice(&rest[..backslash]);
        rest = &rest[backslash..];
        if let Some((unit, after)) = split_unit(rest) {
            let pair = match unit {
                0xD800..0xDC00 => split_unit(after).filter(|(second, _)| matches!(second, 0xDC00..0xE000)),
                _ => None,
            };
            let (code, after) = match pair {
                Some((second, after)) => (0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00), after),
                None => (unit, after),
            };
            utf8::append_rune(&mut text, char::from_u32(code).unwrap_or(utf8::RUNE_ERROR));
            rest = after;
            continue;
        }
        text.extend(match rest.get(1) {
            Some(b'b') => Some(0x08),
            Some(b'f') => Some(0x0C),
            Some(b'n') => Some(b'\n'),
            Some(b'r') => Some(b'\r'),
            Some(b't') => Some(b'\t'),
            other => other.copied(),
        });
        rest = rest.get(2..).unwrap_or_default();
    }
    text.extend_from_slice(rest);
    text
}

/// The code unit of the `\uXXXX` that the text starts with, and what follows.
fn split_unit(text: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, after) = text.strip_prefix(b"\\u")?.split_at_checked(4)?;
    let unit = digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))?;
    Some((unit, after))
}
