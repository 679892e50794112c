//! The lexer: template text to tokens, as Go's `text/template/parse/lex.go` cuts it.

use gostd::{strconv, unicode, utf8};

/// What a token is. The keywords come last, as in Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TokenKind {
    /// The lexer keeps what is wrong.
    Error,
    Bool,
    /// A printable ASCII character that means nothing else, such as a comma.
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl TokenKind {
    fn keyword(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"." => Self::Dot,
            b"block" => Self::Block,
            b"break" => Self::Break,
            b"continue" => Self::Continue,
            b"define" => Self::Define,
            b"else" => Self::Else,
            b"end" => Self::End,
            b"if" => Self::If,
            b"range" => Self::Range,
            b"nil" => Self::Nil,
            b"template" => Self::Template,
            b"with" => Self::With,
            _ => return None,
        })
    }
}

/// A token: where it starts, its text and the line that it starts in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'s> {
    pub(crate) kind: TokenKind,
    pub(crate) pos: u32,
    /// The offset behind the token; behind what was read of it where it is an error.
    pub(crate) end: u32,
    /// Nothing, where it is an error.
    pub(crate) text: &'s [u8],
    pub(crate) line: u32,
}

impl Token<'_> {
    /// The token that a parser holds before it has read any.
    pub(crate) fn none() -> Self {
        Self { kind: TokenKind::Error, pos: 0, end: 0, text: b"", line: 0 }
    }

    /// How error messages show the token, which is no error itself.
    pub(crate) fn describe(&self) -> Vec<u8> {
        match self.kind {
            TokenKind::Eof => b"EOF".to_vec(),
            kind if kind >= TokenKind::Block => [b"<", self.text, b">"].concat(),
            _ if self.text.len() > 10 => {
                let cut = utf8::runes(self.text).nth(10).map_or(self.text.len(), |(index, _)| index);
                let mut quoted = strconv::quote(&self.text[..cut]);
                quoted.extend_from_slice(b"...");
                quoted
            }
            _ => strconv::quote(self.text),
        }
    }
}

/// An offset into a text; texts beyond the range of `u32` are refused before they are lexed.
pub(crate) fn offset(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Whether the words `break` and `continue` are keywords: they aren't where functions have these names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keywords {
    pub(crate) break_ok: bool,
    pub(crate) continue_ok: bool,
}

const LEFT_DELIM: [u8; 2] = *b"{{";
const RIGHT_DELIM: [u8; 2] = *b"}}";
const LEFT_COMMENT: [u8; 2] = *b"/*";
const RIGHT_COMMENT: [u8; 2] = *b"*/";
const TRIM_MARKER: u8 = b'-';
/// A trim marker and the space beside it.
const TRIM_MARKER_LEN: usize = 2;

/// The lexer's states; `None` in place of a next state means that a token is ready.
#[derive(Clone, Copy)]
enum State {
    Text,
    LeftDelim,
    Comment,
    RightDelim,
    InsideAction,
    Space,
    Identifier,
    Field,
    Variable,
    Char,
    Number,
    Quote,
    RawQuote,
}

/// The lexer. It hands out one token at a time.
pub(crate) struct Lexer<'s> {
    input: &'s [u8],
    pos: usize,
    start: usize,
    at_eof: bool,
    paren_depth: i32,
    line: u32,
    start_line: u32,
    token: Token<'s>,
    inside_action: bool,
    /// Where the left delimiter of the newest action stands.
    action_start: usize,
    /// What is wrong, once there was an error.
    problem: Vec<u8>,
    keywords: Keywords,
}

impl<'s> Lexer<'s> {
    pub(crate) fn new(input: &'s [u8], keywords: Keywords) -> Self {
        Self {
            input,
            pos: 0,
            start: 0,
            at_eof: false,
            paren_depth: 0,
            line: 1,
            start_line: 1,
            token: Token::none(),
            inside_action: false,
            action_start: 0,
            problem: Vec::new(),
            keywords,
        }
    }

    /// What is wrong, where the newest token is an error.
    pub(crate) fn problem(&self) -> &[u8] {
        &self.problem
    }

    /// The next token. Behind an error there is nothing but more errors and the end.
    pub(crate) fn next_token(&mut self) -> Token<'s> {
        self.token = Token {
            kind: TokenKind::Eof,
            pos: offset(self.pos),
            end: offset(self.pos),
            text: b"EOF",
            line: self.start_line,
        };
        let mut state = if self.inside_action { State::InsideAction } else { State::Text };
        loop {
            let next = match state {
                State::Text => self.lex_text(),
                State::LeftDelim => self.lex_left_delim(),
                State::Comment => self.lex_comment(),
                State::RightDelim => self.lex_right_delim(),
                State::InsideAction => self.lex_inside_action(),
                State::Space => self.lex_space(),
                State::Identifier => self.lex_identifier(),
                State::Field => self.lex_field_or_variable(TokenKind::Field),
                State::Variable => self.lex_variable(),
                State::Char => self.lex_quoted(b'\'', TokenKind::CharConstant),
                State::Number => self.lex_number(),
                State::Quote => self.lex_quoted(b'"', TokenKind::String),
                State::RawQuote => self.lex_raw_quote(),
            };
            match next {
                Some(next) => state = next,
                None => return self.token,
            }
        }
    }

    fn rest(&self) -> &'s [u8] {
        &self.input[self.pos..]
    }

    /// The next rune, `None` at the end.
    fn next(&mut self) -> Option<char> {
        let (rune, width) = self.decode()?;
        self.pos += width;
        if rune == '\n' {
            self.line += 1;
        }
        Some(rune)
    }

    fn peek(&mut self) -> Option<char> {
        Some(self.decode()?.0)
    }

    /// The rune at the position, with its length.
    fn decode(&mut self) -> Option<(char, usize)> {
        match self.input.get(self.pos) {
            None => {
                self.at_eof = true;
                None
            }
            Some(byte) if byte.is_ascii() => Some((char::from(*byte), 1)),
            Some(_) => Some(utf8::decode_rune(self.rest())),
        }
    }

    fn backup(&mut self) {
        if !self.at_eof && self.pos > 0 {
            let (rune, width) = utf8::decode_last_rune(&self.input[..self.pos]);
            self.pos -= width;
            if rune == '\n' {
                self.line -= 1;
            }
        }
    }

    fn this_token(&mut self, kind: TokenKind) -> Token<'s> {
        let text = &self.input[self.start..self.pos];
        let (pos, end) = (offset(self.start), offset(self.pos));
        let token = Token { kind, pos, end, text, line: self.start_line };
        self.start = self.pos;
        self.start_line = self.line;
        token
    }

    fn emit(&mut self, kind: TokenKind) -> Option<State> {
        self.token = self.this_token(kind);
        None
    }

    /// Skips what was passed over without `next`.
    fn ignore(&mut self) {
        self.line += newlines(&self.input[self.start..self.pos]);
        self.start = self.pos;
        self.start_line = self.line;
    }

    fn accept(&mut self, valid: &[u8]) -> bool {
        match self.rest().first() {
            Some(byte) if valid.contains(byte) => {
                self.next();
                true
            }
            Some(_) => false,
            None => {
                self.at_eof = true;
                false
            }
        }
    }

    fn accept_run(&mut self, valid: &[u8]) {
        while self.accept(valid) {}
    }

    fn error(&mut self, message: impl Into<Vec<u8>>) -> Option<State> {
        self.problem = message.into();
        self.token = Token {
            kind: TokenKind::Error,
            pos: offset(self.start),
            end: offset(self.pos),
            text: b"",
            line: self.start_line,
        };
        self.start = 0;
        self.pos = 0;
        self.input = b"";
        None
    }

    /// Text up to the next left delimiter.
    fn lex_text(&mut self) -> Option<State> {
        let Some(index) = find(self.rest(), LEFT_DELIM) else {
            self.pos = self.input.len();
            if self.pos > self.start {
                self.line += newlines(&self.input[self.start..self.pos]);
                return self.emit(TokenKind::Text);
            }
            return self.emit(TokenKind::Eof);
        };
        if index > 0 {
            self.pos += index;
            let text = &self.input[self.start..self.pos];
            let trimmed = if has_left_trim_marker(&self.input[self.pos + LEFT_DELIM.len()..]) {
                text.iter().rev().take_while(|byte| is_space(**byte)).count()
            } else {
                0
            };
            self.pos -= trimmed;
            self.line += newlines(&self.input[self.start..self.pos]);
            let token = self.this_token(TokenKind::Text);
            self.pos += trimmed;
            self.ignore();
            if !token.text.is_empty() {
                self.token = token;
                return None;
            }
        }
        Some(State::LeftDelim)
    }

    fn at_right_delim(&self) -> RightDelim {
        let rest = self.rest();
        if has_right_trim_marker(rest) && rest[TRIM_MARKER_LEN..].starts_with(&RIGHT_DELIM) {
            RightDelim::Trimming
        } else if rest.starts_with(&RIGHT_DELIM) {
            RightDelim::Plain
        } else {
            RightDelim::None
        }
    }

    fn lex_left_delim(&mut self) -> Option<State> {
        self.action_start = self.pos;
        self.pos += LEFT_DELIM.len();
        let after_marker = if has_left_trim_marker(self.rest()) { TRIM_MARKER_LEN } else { 0 };
        if self.rest()[after_marker..].starts_with(&LEFT_COMMENT) {
            self.pos += after_marker;
            self.ignore();
            return Some(State::Comment);
        }
        let token = self.this_token(TokenKind::LeftDelim);
        self.inside_action = true;
        self.pos += after_marker;
        self.ignore();
        self.paren_depth = 0;
        self.token = token;
        None
    }

    fn lex_comment(&mut self) -> Option<State> {
        self.pos += LEFT_COMMENT.len();
        let Some(index) = find(self.rest(), RIGHT_COMMENT) else {
            return self.error("unclosed comment");
        };
        self.pos += index + RIGHT_COMMENT.len();
        match self.at_right_delim() {
            RightDelim::None => return self.error("comment ends before closing delimiter"),
            RightDelim::Plain => self.pos += RIGHT_DELIM.len(),
            RightDelim::Trimming => {
                self.pos += TRIM_MARKER_LEN + RIGHT_DELIM.len();
                self.pos += leading_spaces(self.rest());
            }
        }
        self.ignore();
        Some(State::Text)
    }

    fn lex_right_delim(&mut self) -> Option<State> {
        let trims = matches!(self.at_right_delim(), RightDelim::Trimming);
        if trims {
            self.pos += TRIM_MARKER_LEN;
            self.ignore();
        }
        self.pos += RIGHT_DELIM.len();
        let token = self.this_token(TokenKind::RightDelim);
        if trims {
            self.pos += leading_spaces(self.rest());
            self.ignore();
        }
        self.inside_action = false;
        self.token = token;
        None
    }

    fn lex_inside_action(&mut self) -> Option<State> {
        match self.rest().first() {
            // What most tokens begin with can't begin a delimiter.
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => return Some(State::Identifier),
            Some(b' ' | b'}' | b'\t' | b'\r' | b'\n')
                if !matches!(self.at_right_delim(), RightDelim::None) =>
            {
                if self.paren_depth == 0 {
                    return Some(State::RightDelim);
                }
                return self.error("unclosed left paren");
            }
            Some(b' ' | b'\t' | b'\r' | b'\n') => return Some(State::Space),
            _ => {}
        }
        let Some(rune) = self.next() else {
            // What is amiss is where it began.
            (self.start, self.pos) = (self.action_start, self.action_start + LEFT_DELIM.len());
            return self.error("unclosed action");
        };
        match rune {
            '=' => self.emit(TokenKind::Assign),
            ':' => match self.next() {
                Some('=') => self.emit(TokenKind::Declare),
                _ => self.error("expected :="),
            },
            '|' => self.emit(TokenKind::Pipe),
            '"' => Some(State::Quote),
            '`' => Some(State::RawQuote),
            '$' => Some(State::Variable),
            '\'' => Some(State::Char),
            // A dot starts a field, or a number where a digit follows.
            '.' if self.rest().first().is_some_and(|byte| !byte.is_ascii_digit()) => Some(State::Field),
            '.' | '+' | '-' | '0'..='9' => {
                self.backup();
                Some(State::Number)
            }
            '(' => {
                self.paren_depth += 1;
                self.emit(TokenKind::LeftParen)
            }
            ')' => {
                self.paren_depth -= 1;
                if self.paren_depth < 0 {
                    return self.error("unexpected right paren");
                }
                self.emit(TokenKind::RightParen)
            }
            _ if is_alphanumeric(rune) => {
                self.backup();
                Some(State::Identifier)
            }
            ' '..='~' => self.emit(TokenKind::Char),
            _ => self.error(format!("unrecognized character in action: {}", unicode_form(Some(rune)))),
        }
    }

    /// A run of spaces; a trim marker behind its last space belongs to the delimiter.
    fn lex_space(&mut self) -> Option<State> {
        let mut spaces = 0;
        while let Some(byte) = self.rest().first().filter(|byte| is_space(**byte)) {
            self.line += u32::from(*byte == b'\n');
            self.pos += 1;
            spaces += 1;
        }
        let last = &self.input[self.pos - 1..];
        if has_right_trim_marker(last) && last[TRIM_MARKER_LEN..].starts_with(&RIGHT_DELIM) {
            self.backup();
            if spaces == 1 {
                return Some(State::RightDelim);
            }
        }
        self.emit(TokenKind::Space)
    }

    fn lex_identifier(&mut self) -> Option<State> {
        let after = self.skip_alphanumeric();
        let word = &self.input[self.start..self.pos];
        if !self.at_terminator() {
            return self.bad_character(after);
        }
        let kind = match TokenKind::keyword(word) {
            Some(TokenKind::Break) if !self.keywords.break_ok => TokenKind::Identifier,
            Some(TokenKind::Continue) if !self.keywords.continue_ok => TokenKind::Identifier,
            Some(keyword) => keyword,
            None if matches!(word, b"true" | b"false") => TokenKind::Bool,
            None => TokenKind::Identifier,
        };
        self.emit(kind)
    }

    fn lex_variable(&mut self) -> Option<State> {
        if self.at_terminator() {
            return self.emit(TokenKind::Variable);
        }
        self.lex_field_or_variable(TokenKind::Variable)
    }

    fn lex_field_or_variable(&mut self, kind: TokenKind) -> Option<State> {
        if self.at_terminator() {
            let kind = if kind == TokenKind::Variable { kind } else { TokenKind::Dot };
            return self.emit(kind);
        }
        let after = self.skip_alphanumeric();
        if !self.at_terminator() {
            return self.bad_character(after);
        }
        self.emit(kind)
    }

    /// Passes over letters, digits and underscores; gives the rune behind them.
    fn skip_alphanumeric(&mut self) -> Option<char> {
        loop {
            let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            self.pos += self.rest().iter().take_while(|byte| word(byte)).count();
            match self.decode()? {
                (rune, width) if is_alphanumeric(rune) => self.pos += width,
                (rune, _) => return Some(rune),
            }
        }
    }

    /// What follows can't stand behind an identifier.
    fn bad_character(&mut self, found: Option<char>) -> Option<State> {
        self.start = self.pos;
        self.next();
        self.error(format!("bad character {}", unicode_form(found)))
    }

    /// Whether what follows may stand behind an identifier.
    fn at_terminator(&mut self) -> bool {
        match self.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(_) => self.rest().starts_with(&RIGHT_DELIM),
        }
    }

    /// A string or a character constant: only its end is looked for here.
    fn lex_quoted(&mut self, quote: u8, kind: TokenKind) -> Option<State> {
        let what = if quote == b'"' { "quoted string" } else { "character constant" };
        loop {
            match self.next() {
                Some('\\') if !matches!(self.next(), None | Some('\n')) => {}
                None | Some('\n' | '\\') => return self.error(format!("unterminated {what}")),
                Some(rune) if rune == char::from(quote) => return self.emit(kind),
                Some(_) => {}
            }
        }
    }

    fn lex_raw_quote(&mut self) -> Option<State> {
        loop {
            match self.next() {
                None => return self.error("unterminated raw quoted string"),
                Some('`') => return self.emit(TokenKind::RawString),
                Some(_) => {}
            }
        }
    }

    fn lex_number(&mut self) -> Option<State> {
        if !self.scan_number() {
            return self.bad_number();
        }
        if matches!(self.peek(), Some('+' | '-')) {
            // Complex: 1+2i, without spaces.
            if !self.scan_number() || self.input[self.pos - 1] != b'i' {
                return self.bad_number();
            }
            return self.emit(TokenKind::Complex);
        }
        self.emit(TokenKind::Number)
    }

    fn bad_number(&mut self) -> Option<State> {
        let quoted = strconv::quote(&self.input[self.start..self.pos]);
        self.error([b"bad number syntax: ", quoted.as_slice()].concat())
    }

    /// Passes over what looks like a number; whether it is one, its parser says.
    fn scan_number(&mut self) -> bool {
        self.accept(b"+-");
        let mut digits: &[u8] = b"0123456789_";
        let mut exponent: &[u8] = b"eE";
        if self.accept(b"0") {
            if self.accept(b"xX") {
                (digits, exponent) = (b"0123456789abcdefABCDEF_", b"pP");
            } else if self.accept(b"oO") {
                (digits, exponent) = (b"01234567_", b"");
            } else if self.accept(b"bB") {
                (digits, exponent) = (b"01_", b"");
            }
        }
        self.accept_run(digits);
        if self.accept(b".") {
            self.accept_run(digits);
        }
        if self.accept(exponent) {
            self.accept(b"+-");
            self.accept_run(b"0123456789_");
        }
        self.accept(b"i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }
}

/// What stands at the lexer's position.
enum RightDelim {
    None,
    Plain,
    Trimming,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_alphanumeric(rune: char) -> bool {
    match rune {
        '_' | 'a'..='z' | 'A'..='Z' | '0'..='9' => true,
        _ if rune.is_ascii() => false,
        _ => unicode::is_letter(rune) || unicode::is_digit(rune),
    }
}

fn has_left_trim_marker(text: &[u8]) -> bool {
    matches!(text, [TRIM_MARKER, space, ..] if is_space(*space))
}

fn has_right_trim_marker(text: &[u8]) -> bool {
    matches!(text, [space, TRIM_MARKER, ..] if is_space(*space))
}

fn leading_spaces(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_space(**byte)).count()
}

pub(crate) fn newlines(text: &[u8]) -> u32 {
    offset(memchr::memchr_iter(b'\n', text).count())
}

/// The first place of two bytes.
fn find(text: &[u8], [first, second]: [u8; 2]) -> Option<usize> {
    memchr::memchr_iter(first, text).find(|index| text.get(index + 1) == Some(&second))
}

/// `fmt`'s `%#U`: the code point, and the character where it prints. The end of input is U+FFFFFFFFFFFFFFFF.
fn unicode_form(rune: Option<char>) -> String {
    let Some(rune) = rune else { return "U+FFFFFFFFFFFFFFFF".to_owned() };
    let code = format!("U+{:04X}", u32::from(rune));
    if unicode::is_print(rune) { format!("{code} '{rune}'") } else { code }
}
