//! The characters of a TOML document, and the tokens made of them, with the errors of Go's lexer.

use gostd::{strconv, unicode, utf8};

/// An error with the line that Go reports.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) message: String,
}

/// A value's token, before it is interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Bool(bool),
    Integer(&'t [u8]),
    Float(&'t [u8]),
    Datetime(&'t [u8]),
    String { text: &'t [u8], quotes: Quotes },
    ArrayStart,
    InlineTableStart,
}

/// How a string was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    Basic,
    BasicLines,
    Literal,
    LiteralLines,
}

pub(super) struct Scanner<'t> {
    text: &'t [u8],
    pos: usize,
}

type Scanned<T> = Result<T, Fault>;

/// A character as `%q` prints it; Go's lexer takes the end for NUL.
fn quote(rune: Option<char>) -> String {
    String::from_utf8_lossy(&strconv::quote_rune(rune.unwrap_or('\0'))).into_owned()
}

pub(super) fn quote_text(text: &[u8]) -> String {
    String::from_utf8_lossy(&strconv::quote(text)).into_owned()
}

fn is_blank(rune: char) -> bool {
    matches!(rune, '\t' | ' ')
}

fn is_line_end(rune: char) -> bool {
    matches!(rune, '\n' | '\r')
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { text, pos: 0 }
    }

    /// The position, from which [`Scanner::line_at`] finds the line.
    pub(super) fn pos(&self) -> usize {
        self.pos
    }

    pub(super) fn line_at(&self, pos: usize) -> usize {
        1 + self.text[..pos].iter().filter(|byte| **byte == b'\n').count()
    }

    /// An error at the position.
    pub(super) fn fault<T>(&self, message: impl Into<String>) -> Scanned<T> {
        Err(Fault { line: self.line_at(self.pos), message: message.into() })
    }

    /// An error about a character just read. At the end of the text it is the last line's that has something.
    fn fault_at<T>(&self, rune: Option<char>, message: impl Into<String>) -> Scanned<T> {
        let mut line = self.line_at(self.pos);
        if rune.is_none() && self.text[..self.pos].ends_with(b"\n") {
            line -= 1;
        }
        Err(Fault { line, message: message.into() })
    }

    /// An error about a line end just read, or of the kind for which Go steps back a line at the end of the text.
    fn fault_before<T>(&self, message: impl Into<String>) -> Scanned<T> {
        Err(Fault { line: self.line_at(self.pos) - 1, message: message.into() })
    }

    /// The next character, without moving.
    pub(super) fn peek(&self) -> Scanned<Option<char>> {
        let rest = &self.text[self.pos..];
        let Some(&byte) = rest.first() else { return Ok(None) };
        let (rune, width) = utf8::decode_rune(rest);
        if rune == char::REPLACEMENT_CHARACTER && width == 1 {
            return self.fault(format!("invalid UTF-8 byte: 0x{byte:02x}"));
        }
        let control = matches!(rune, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}');
        if control || rune == '\r' && rest.get(1) != Some(&b'\n') {
            return self.fault(format!("TOML files cannot contain control characters: '0x{byte:02x}'"));
        }
        Ok(Some(rune))
    }

    /// The next character.
    pub(super) fn next(&mut self) -> Scanned<Option<char>> {
        let rune = self.peek()?;
        self.pos += rune.map_or(0, char::len_utf8);
        Ok(rune)
    }

    fn accept(&mut self, wanted: char) -> Scanned<bool> {
        let found = self.peek()? == Some(wanted);
        if found {
            self.pos += wanted.len_utf8();
        }
        Ok(found)
    }

    fn skip_while(&mut self, holds: impl Fn(char) -> bool) -> Scanned<()> {
        while self.peek()?.is_some_and(&holds) {
            self.next()?;
        }
        Ok(())
    }

    fn skip_blanks(&mut self) -> Scanned<()> {
        self.skip_while(is_blank)
    }

    fn skip_comment(&mut self) -> Scanned<()> {
        self.skip_while(|rune| !is_line_end(rune))
    }

    /// Skips blanks, line ends and comments, and gives the next character without moving.
    pub(super) fn skip_filler(&mut self) -> Scanned<Option<char>> {
        loop {
            match self.peek()? {
                Some(rune) if is_blank(rune) || is_line_end(rune) => _ = self.next()?,
                Some('#') => self.skip_comment()?,
                rune => return Ok(rune),
            }
        }
    }

    /// What must follow a top-level item: the line's end.
    pub(super) fn end_of_item(&mut self) -> Scanned<()> {
        self.skip_blanks()?;
        match self.next()? {
            None => Ok(()),
            Some('#') => self.skip_comment(),
            Some(rune) if is_line_end(rune) => Ok(()),
            rune => {
                let got = quote(rune);
                self.fault_at(
                    rune,
                    format!(
                        "expected a top-level item to end with a newline, comment, or EOF, but got {got} instead"
                    ),
                )
            }
        }
    }

    /// The start of a table's header, whose `[` is read; whether it is one of an array of tables.
    pub(super) fn header_start(&mut self) -> Scanned<bool> {
        self.accept('[')
    }

    /// The next part of a table's name.
    pub(super) fn header_part(&mut self) -> Scanned<KeyPart<'t>> {
        self.skip_blanks()?;
        match self.peek()? {
            None | Some(']') => self.fault("unexpected end of table name (table names cannot be empty)"),
            Some('.') => self.fault("unexpected table separator (table names cannot be empty)"),
            Some('"' | '\'') => self.quoted_part(),
            Some(_) => self.bare_part(),
        }
    }

    /// What follows a part of a table's name: whether there is another part.
    pub(super) fn header_goes_on(&mut self) -> Scanned<bool> {
        self.skip_blanks()?;
        match self.next()? {
            Some('.') => Ok(true),
            Some(']') => Ok(false),
            rune => {
                let got = quote(rune);
                self.fault_at(rune, format!("expected '.' or ']' to end table name, but got {got} instead"))
            }
        }
    }

    /// The second bracket behind an array of tables' name.
    pub(super) fn array_header_end(&mut self) -> Scanned<()> {
        match self.next()? {
            Some(']') => Ok(()),
            rune => {
                let got = quote(rune);
                self.fault_at(
                    rune,
                    format!("expected end of table array name delimiter ']', but got {got} instead"),
                )
            }
        }
    }

    /// Checks that a key can start here.
    pub(super) fn key_start(&mut self) -> Scanned<()> {
        self.skip_blanks()?;
        match self.peek()? {
            None | Some('=') => self.fault("unexpected '=': key name appears blank"),
            Some('.') => self.fault("unexpected '.': keys cannot start with a '.'"),
            Some(_) => Ok(()),
        }
    }

    /// The next part of a key.
    pub(super) fn key_part(&mut self) -> Scanned<KeyPart<'t>> {
        self.skip_blanks()?;
        match self.peek()? {
            None | Some('=') => self.fault("unexpected '='"),
            Some('.') => self.fault("unexpected '.'"),
            Some('"' | '\'') => self.quoted_part(),
            Some(_) => self.bare_part(),
        }
    }

    /// What follows a part of a key: whether there is another part.
    pub(super) fn key_goes_on(&mut self) -> Scanned<bool> {
        self.skip_blanks()?;
        match self.next()? {
            Some('.') => Ok(true),
            Some('=') => Ok(false),
            None => self.fault_at(None, "unexpected EOF; expected key separator '='"),
            rune => {
                let message = format!("expected '.' or '=', but got {} instead", quote(rune));
                if rune == Some('\n') { self.fault_before(message) } else { self.fault_at(rune, message) }
            }
        }
    }

    fn bare_part(&mut self) -> Scanned<KeyPart<'t>> {
        let start = self.pos;
        self.skip_while(|rune| rune.is_ascii() && super::is_bare(rune as u8))?;
        Ok(KeyPart { pos: self.pos, text: &self.text[start..self.pos], quotes: None })
    }

    fn quoted_part(&mut self) -> Scanned<KeyPart<'t>> {
        let quotes = if self.next()? == Some('"') { Quotes::Basic } else { Quotes::Literal };
        let text = self.line_string(quotes)?;
        Ok(KeyPart { pos: self.pos, text, quotes: Some(quotes) })
    }

    /// What follows an element of an array: whether another may come.
    pub(super) fn array_goes_on(&mut self) -> Scanned<bool> {
        let after = self.skip_filler()?;
        self.next()?;
        match after {
            Some(',') => Ok(true),
            Some(']') => Ok(false),
            rune => {
                let got = describe(rune);
                self.fault_at(
                    rune,
                    format!("expected a comma (',') or array terminator (']'), but got {got}"),
                )
            }
        }
    }

    /// Before an element of an array: whether there is one.
    pub(super) fn array_element(&mut self) -> Scanned<bool> {
        self.element(']')
    }

    /// Before an entry of an inline table: whether there is one.
    pub(super) fn inline_entry(&mut self) -> Scanned<bool> {
        self.element('}')
    }

    fn element(&mut self, close: char) -> Scanned<bool> {
        match self.skip_filler()? {
            Some(',') => {
                self.next()?;
                self.fault("unexpected comma")
            }
            Some(rune) if rune == close => {
                self.next()?;
                Ok(false)
            }
            _ => Ok(true),
        }
    }

    /// What follows an entry of an inline table: whether another may come.
    pub(super) fn inline_goes_on(&mut self) -> Scanned<bool> {
        loop {
            let after = self.skip_filler()?;
            self.next()?;
            match after {
                Some(',') => {
                    self.skip_blanks()?;
                    if self.peek()? != Some('}') {
                        return Ok(true);
                    }
                }
                Some('}') => return Ok(false),
                rune => {
                    let got = describe(rune);
                    return self.fault_at(
                        rune,
                        format!("expected a comma or an inline table terminator '}}', but got {got} instead"),
                    );
                }
            }
        }
    }

    /// The token that starts a value; strings and other scalars are read whole.
    pub(super) fn value(&mut self) -> Scanned<Token<'t>> {
        self.skip_blanks()?;
        let start = self.pos;
        let first = self.next()?;
        match first {
            Some('0'..='9') => {
                self.pos = start;
                return self.number_or_date();
            }
            Some('[') => return Ok(Token::ArrayStart),
            Some('{') => return Ok(Token::InlineTableStart),
            Some('"') => return self.string('"', Quotes::Basic, Quotes::BasicLines),
            Some('\'') => return self.string('\'', Quotes::Literal, Quotes::LiteralLines),
            Some('.') => return self.fault("floats must start with a digit, not '.'"),
            Some('-' | '+') => return self.signed_number(start),
            Some('i' | 'n') if self.rest_of_special_float()? => {
                return Ok(Token::Float(&self.text[start..self.pos]));
            }
            _ => {}
        }
        match first {
            Some(rune) if unicode::is_letter(rune) => {
                // One step back, from wherever the search for a float came to.
                self.pos -= rune.len_utf8();
                self.boolean()
            }
            None => self.fault_at(None, "unexpected EOF; expected value"),
            rune => {
                let message = format!("expected value but found {} instead", quote(rune));
                if rune == Some('\n') { self.fault_before(message) } else { self.fault_at(rune, message) }
            }
        }
    }

    /// The letters of `inf` or `nan` behind the first. Looser than it should be, but what slips through isn't a
    /// float to those who read it.
    fn rest_of_special_float(&mut self) -> Scanned<bool> {
        Ok(self.accept('n')? && self.accept('f')? || self.accept('a')? && self.accept('n')?)
    }

    fn boolean(&mut self) -> Scanned<Token<'t>> {
        let start = self.pos;
        self.skip_while(unicode::is_letter)?;
        match &self.text[start..self.pos] {
            b"true" => Ok(Token::Bool(true)),
            b"false" => Ok(Token::Bool(false)),
            word => self.fault(format!("expected value but found {} instead", quote_text(word))),
        }
    }

    /// Skips the characters given, and with that all of a number or a date that can be told from its first ones.
    fn rest_of(&mut self, start: usize, more: &str) -> Scanned<&'t [u8]> {
        self.skip_while(|rune| rune.is_ascii_digit() || more.contains(rune))?;
        Ok(&self.text[start..self.pos])
    }

    fn number_or_date(&mut self) -> Scanned<Token<'t>> {
        let start = self.pos;
        if self.next()? == Some('0') {
            match self.peek()? {
                Some('b') => return self.based_number(start, "a binary", |rune| matches!(rune, '0' | '1')),
                Some('o') => return self.based_number(start, "an octal", |rune| matches!(rune, '0'..='7')),
                Some('x') => {
                    return self.based_number(start, "a hexadecimal", |rune| rune.is_ascii_hexdigit());
                }
                Some('0'..='9') => {}
                _ => return self.decimal(start),
            }
        }
        self.rest_of(start, "")?;
        match self.peek()? {
            Some('-' | ':') => {
                let text = self.rest_of(start, "-:Tt .Zz+")?;
                Ok(Token::Datetime(text.trim_ascii_end()))
            }
            _ => self.decimal(start),
        }
    }

    fn based_number(
        &mut self,
        start: usize,
        what: &str,
        is_digit: impl Fn(char) -> bool,
    ) -> Scanned<Token<'t>> {
        self.next()?;
        let first = self.peek()?;
        if !first.is_some_and(&is_digit) {
            let so_far = String::from_utf8_lossy(&self.text[start..self.pos]);
            let first = first.unwrap_or('\0');
            return self.fault(format!("not {what} number: '{so_far}{first}'"));
        }
        self.skip_while(|rune| is_digit(rune) || rune == '_')?;
        Ok(Token::Integer(&self.text[start..self.pos]))
    }

    fn decimal(&mut self, start: usize) -> Scanned<Token<'t>> {
        let text = self.rest_of(start, "_")?;
        if !matches!(self.peek()?, Some('.' | 'e' | 'E')) {
            return Ok(Token::Integer(text));
        }
        Ok(Token::Float(self.rest_of(start, "_.-+eE")?))
    }

    fn signed_number(&mut self, start: usize) -> Scanned<Token<'t>> {
        let first = self.next()?;
        let word = match first {
            Some('i') => "nf",
            Some('n') => "an",
            Some('0') => {
                if let Some(base @ ('b' | 'o' | 'x')) = self.peek()? {
                    let so_far = String::from_utf8_lossy(&self.text[start..self.pos]);
                    return self.fault(format!("cannot use sign with non-decimal numbers: '{so_far}{base}'"));
                }
                return self.decimal(start);
            }
            Some('1'..='9') => return self.decimal(start),
            Some('.') => return self.fault("floats must start with a digit, not '.'"),
            rune => return self.fault_at(rune, format!("expected a digit but got {}", quote(rune))),
        };
        for letter in word.chars() {
            if !self.accept(letter)? {
                let so_far = String::from_utf8_lossy(&self.text[start..self.pos]);
                return self.fault(format!("invalid float: '{so_far}'"));
            }
        }
        Ok(Token::Float(&self.text[start..self.pos]))
    }

    /// A string whose first quote is read.
    fn string(&mut self, quote: char, line: Quotes, lines: Quotes) -> Scanned<Token<'t>> {
        let start = self.pos;
        if self.accept(quote)? && self.accept(quote)? {
            return Ok(Token::String { text: self.lines_string(quote, lines)?, quotes: lines });
        }
        self.pos = start;
        Ok(Token::String { text: self.line_string(line)?, quotes: line })
    }

    /// The inside of a string on one line.
    fn line_string(&mut self, quotes: Quotes) -> Scanned<&'t [u8]> {
        let start = self.pos;
        let close = if quotes == Quotes::Basic { '"' } else { '\'' };
        loop {
            match self.next()? {
                None => {
                    let wanted = if quotes == Quotes::Basic { "'\"'" } else { "\"'\"" };
                    return self.fault_at(None, format!("unexpected EOF; expected {wanted}"));
                }
                // At a carriage return the line feed is still to come: Go steps back a line too far.
                Some(rune) if is_line_end(rune) => {
                    return self.fault_before("strings cannot contain newlines");
                }
                Some('\\') if quotes == Quotes::Basic => self.escape(start)?,
                Some(rune) if rune == close => return Ok(&self.text[start..self.pos - 1]),
                Some(_) => {}
            }
        }
    }

    /// The inside of a string between three quotes each.
    fn lines_string(&mut self, quote: char, quotes: Quotes) -> Scanned<&'t [u8]> {
        let start = self.pos;
        let basic = quotes == Quotes::BasicLines;
        loop {
            match self.next()? {
                None => {
                    let wanted = if basic { "'\"\"\"'" } else { "\"'''\"" };
                    return self.fault_at(None, format!("unexpected EOF; expected {wanted}"));
                }
                Some('\\') if basic => {
                    if self.peek()?.is_some_and(is_line_end) {
                        self.next()?;
                    } else {
                        self.escape(start)?;
                    }
                }
                Some(rune) if rune == quote => {
                    let first = self.pos - 1;
                    if !self.accept(quote)? || !self.accept(quote)? {
                        continue;
                    }
                    if self.peek()? != Some(quote) {
                        return Ok(&self.text[start..first]);
                    }
                    // Up to two quotes belong to the string before the three that close it.
                    let so_far = &self.text[start..self.pos];
                    let (five, escaped): (&[u8], &[u8]) =
                        if basic { (b"\"\"\"\"\"", b"\\\"\"\"\"\"") } else { (b"'''''", b"\\") };
                    if so_far.ends_with(five) && !(basic && so_far.ends_with(escaped)) {
                        let found = if basic { "'\"\"\"\"\"\"'" } else { "\"''''''\"" };
                        return self.fault(format!("unexpected {found}"));
                    }
                    self.pos = first + 1;
                }
                Some(_) => {}
            }
        }
    }

    /// An escape whose backslash is read, in a string that starts at `start`.
    fn escape(&mut self, start: usize) -> Scanned<()> {
        let (digits, count) = match self.next()? {
            Some('e' | 'b' | 't' | 'n' | 'f' | 'r' | '"' | ' ' | '\t' | '\\') => return Ok(()),
            Some('x') => (2, "two hexadecimal digits after '\\x'"),
            Some('u') => (4, "four hexadecimal digits after '\\u'"),
            Some('U') => (8, "eight hexadecimal digits after '\\U'"),
            rune => {
                let message = format!("invalid escape in string '\\{}'", rune.unwrap_or('\0'));
                return if rune.is_none() { self.fault_before(message) } else { self.fault(message) };
            }
        };
        for _ in 0..digits {
            let rune = self.next()?;
            if !rune.is_some_and(|rune| rune.is_ascii_hexdigit()) {
                let so_far = quote_text(&self.text[start..self.pos]);
                return self.fault_at(rune, format!("expected {count}, but got {so_far} instead"));
            }
        }
        Ok(())
    }
}

/// A part of a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyPart<'t> {
    /// Where errors about the key point to.
    pub(super) pos: usize,
    pub(super) text: &'t [u8],
    /// `None` where it is bare.
    pub(super) quotes: Option<Quotes>,
}

/// A character in quotes as it stands.
fn describe(rune: Option<char>) -> String {
    rune.map_or_else(|| "end of file".into(), |rune| format!("'{rune}'"))
}
