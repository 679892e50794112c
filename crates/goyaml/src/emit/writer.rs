//! The emitter: nodes to text in block style, with go-yaml's indentation and folding.

use crate::emit::scalar::{Analysis, allowed_style, analyze, is_break, is_printable, wanted_style};
use crate::event::ScalarStyle;
use crate::reader::width;
use crate::resolve::Version;

const INDENT: usize = 2;
/// The longest key that is written without `?`, in bytes.
const SIMPLE_KEY_LENGTH: usize = 128;

/// Where a node stands, as far as its form depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At the top or in a sequence.
    Item,
    /// A mapping's value, or a key after `?`.
    InMapping,
}

/// A text in the making.
#[derive(Debug)]
pub(super) struct Writer {
    out: Vec<u8>,
    version: Version,
    /// Scalars are folded at the first space after this column.
    width: usize,
    /// The column in characters.
    column: usize,
    /// The innermost collection's indentation; `None` outside of all.
    indent: Option<usize>,
    /// Whether the last character was a blank or a collection's indicator.
    whitespace: bool,
    /// Whether the line has nothing but indentation so far.
    indention: bool,
}

impl Writer {
    pub(super) fn new(version: Version) -> Self {
        Self {
            out: Vec::new(),
            version,
            width: if version == Version::V2 { 80 } else { usize::MAX },
            column: 0,
            indent: None,
            whitespace: true,
            indention: true,
        }
    }

    /// Ends the document and gives the text.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.indent = None;
        self.write_indent();
        self.out
    }

    // Collections.

    /// Starts a sequence that isn't empty; what it returns goes to [`Self::end_collection`].
    pub(super) fn start_sequence(&mut self, place: Place) -> Option<usize> {
        let outer = self.indent;
        // Version 2 doesn't indent sequences below their keys.
        let indentless = self.version == Version::V2 && place == Place::InMapping && !self.indention;
        self.indent = Some(match outer {
            None => 0,
            Some(indent) if indentless => indent,
            Some(indent) => indent + INDENT,
        });
        outer
    }

    pub(super) fn start_item(&mut self) {
        self.write_indent();
        self.write_indicator(b"-", true, false, true);
    }

    /// Starts a mapping that isn't empty.
    pub(super) fn start_mapping(&mut self) -> Option<usize> {
        let outer = self.indent;
        self.indent = Some(outer.map_or(0, |indent| indent + INDENT));
        outer
    }

    pub(super) fn end_collection(&mut self, outer: Option<usize>) {
        self.indent = outer;
    }

    /// Writes a key with its colon.
    pub(super) fn write_key(&mut self, key: &[u8]) {
        self.write_tagged_key(key, b"");
    }

    pub(super) fn write_tagged_key(&mut self, key: &[u8], tag: &[u8]) {
        self.write_indent();
        let analysis = analyze(key, self.version);
        // A tag stands in quotes where its text needs them, but never counts as another type.
        let wanted = if tag.is_empty() { wanted_style(key, self.version) } else { tagged_style(key) };
        if !analysis.multiline && key.len() + tag.len() <= SIMPLE_KEY_LENGTH {
            self.write_scalar(key, tag, wanted, analysis, true);
            self.write_indicator(b":", false, false, false);
        } else {
            self.write_indicator(b"?", true, false, true);
            self.write_scalar(key, tag, wanted, analysis, false);
            self.write_indent();
            self.write_indicator(b":", true, false, true);
        }
    }

    /// Writes `[]`.
    pub(super) fn write_empty_sequence(&mut self) {
        self.write_indicator(b"[", true, true, false);
        self.write_indicator(b"]", false, false, false);
    }

    /// Writes `{}`.
    pub(super) fn write_empty_mapping(&mut self) {
        self.write_indicator(b"{", true, true, false);
        self.write_indicator(b"}", false, false, false);
    }

    // Scalars.

    /// Writes a word or a number that is plain ASCII and no string.
    pub(super) fn write_token(&mut self, text: &[u8]) {
        if !self.whitespace {
            self.put(b' ');
        }
        self.out.extend_from_slice(text);
        self.column += text.len();
        self.whitespace = false;
        self.indention = false;
    }

    /// Writes a string.
    pub(super) fn write_string(&mut self, text: &[u8]) {
        let analysis = analyze(text, self.version);
        self.write_scalar(text, b"", wanted_style(text, self.version), analysis, false);
    }

    /// Writes text that its tag says the type of.
    pub(super) fn write_tagged(&mut self, text: &[u8], tag: &[u8]) {
        let analysis = analyze(text, self.version);
        self.write_scalar(text, tag, tagged_style(text), analysis, false);
    }

    fn write_scalar(
        &mut self,
        text: &[u8],
        tag: &[u8],
        wanted: ScalarStyle,
        analysis: Analysis,
        simple_key: bool,
    ) {
        if !tag.is_empty() {
            self.write_token(tag);
        }
        let outer = self.indent;
        self.indent = Some(outer.map_or(INDENT, |indent| indent + INDENT));
        let width = if simple_key { usize::MAX } else { self.width };
        match allowed_style(wanted, text, analysis, simple_key) {
            ScalarStyle::Plain => self.write_plain(text, width),
            ScalarStyle::SingleQuoted => self.write_single_quoted(text, width),
            ScalarStyle::DoubleQuoted => self.write_double_quoted(text, width),
            ScalarStyle::Literal | ScalarStyle::Folded => self.write_literal(text),
        }
        self.indent = outer;
    }

    fn write_plain(&mut self, text: &[u8], width: usize) {
        // Version 3 writes no blank before nothing, but nothing is always in quotes.
        if !self.whitespace {
            self.put(b' ');
        }
        if self.column.saturating_add(text.len()) <= width {
            self.write_all(text);
        } else {
            let mut spaces = false;
            let mut at = 0;
            while at < text.len() {
                let space = text[at] == b' ';
                if space && !spaces && self.column > width && text.get(at + 1) != Some(&b' ') {
                    self.write_indent();
                    at += 1;
                } else {
                    at += self.write_character(&text[at..]);
                }
                spaces = space;
            }
        }
        self.whitespace = false;
        self.indention = false;
    }

    fn write_single_quoted(&mut self, text: &[u8], width: usize) {
        self.write_indicator(b"'", true, false, false);
        let mut spaces = false;
        let mut breaks = false;
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            if rest[0] == b' ' {
                let inner = at > 0 && at + 1 < text.len() && text[at + 1] != b' ';
                if !spaces && self.column > width && inner {
                    self.write_indent();
                    at += 1;
                } else {
                    at += self.write_character(rest);
                }
                spaces = true;
            } else if is_break(rest) {
                if !breaks && rest[0] == b'\n' {
                    self.put_break();
                }
                at += self.write_break(rest);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                if rest[0] == b'\'' {
                    self.put(b'\'');
                }
                at += self.write_character(rest);
                self.indention = false;
                (spaces, breaks) = (false, false);
            }
        }
        self.write_indicator(b"'", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn write_double_quoted(&mut self, text: &[u8], width: usize) {
        self.write_indicator(b"\"", true, false, false);
        // go-yaml looks for a byte order mark at the start of the text, whatever character it is at.
        let escape_all = text.starts_with(b"\xef\xbb\xbf");
        let mut spaces = false;
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            if escape_all || !is_printable(rest) || is_break(rest) || matches!(rest[0], b'"' | b'\\') {
                at += self.write_escape(rest);
                spaces = false;
            } else if rest[0] == b' ' {
                if !spaces && self.column > width && at > 0 && at + 1 < text.len() {
                    self.write_indent();
                    if text[at + 1] == b' ' {
                        self.put(b'\\');
                    }
                    at += 1;
                } else {
                    at += self.write_character(rest);
                }
                spaces = true;
            } else {
                at += self.write_character(rest);
                spaces = false;
            }
        }
        self.write_indicator(b"\"", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    /// Writes the escape sequence of the text's first character, and gives the character's length.
    fn write_escape(&mut self, text: &[u8]) -> usize {
        let length = width(text[0]).clamp(1, text.len());
        let mask = if length == 1 { 0x7f } else { 0xff >> (length + 1) };
        let value = text[1..length]
            .iter()
            .fold(u32::from(text[0] & mask), |value, octet| value << 6 | u32::from(octet & 0x3f));
        let short = match value {
            0x00 => b'0',
            0x07 => b'a',
            0x08 => b'b',
            0x09 => b't',
            0x0a => b'n',
            0x0b => b'v',
            0x0c => b'f',
            0x0d => b'r',
            0x1b => b'e',
            0x22 => b'"',
            0x5c => b'\\',
            0x85 => b'N',
            0xa0 => b'_',
            0x2028 => b'L',
            0x2029 => b'P',
            _ => 0,
        };
        let sequence = match value {
            _ if short != 0 => format!("\\{}", char::from(short)),
            0..=0xff => format!("\\x{value:02X}"),
            0x100..=0xffff => format!("\\u{value:04X}"),
            _ => format!("\\U{value:08X}"),
        };
        self.out.extend_from_slice(sequence.as_bytes());
        self.column += sequence.len();
        length
    }

    fn write_literal(&mut self, text: &[u8]) {
        self.write_indicator(b"|", true, false, false);
        if text[0] == b' ' || is_break(text) {
            self.write_indicator(b"2", false, false, false);
        }
        match trailing_breaks(text) {
            0 => self.write_indicator(b"-", false, false, false),
            1 if !is_one_break(text) => {}
            _ => self.write_indicator(b"+", false, false, false),
        }
        self.put_break();
        self.indention = true;
        self.whitespace = true;
        let mut breaks = true;
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            if is_break(rest) {
                at += self.write_break(rest);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                // Up to the next byte that may start a line break.
                let run = rest[1..].iter().position(|byte| matches!(byte, b'\n' | b'\r' | 0xc2 | 0xe2));
                let run = run.map_or(rest.len(), |run| run + 1);
                self.write_all(&rest[..run]);
                at += run;
                self.indention = false;
                breaks = false;
            }
        }
    }

    // Characters.

    fn put(&mut self, byte: u8) {
        self.out.push(byte);
        self.column += 1;
    }

    fn put_break(&mut self) {
        self.out.push(b'\n');
        self.column = 0;
        if self.version == Version::V3 {
            self.indention = true;
        }
    }

    /// Copies text without line breaks.
    fn write_all(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
        self.column += text.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    }

    /// Copies the text's first character, and gives its length.
    fn write_character(&mut self, text: &[u8]) -> usize {
        let length = width(text[0]).clamp(1, text.len());
        self.out.extend_from_slice(&text[..length]);
        self.column += 1;
        length
    }

    /// Copies the text's first line break, and gives its length.
    fn write_break(&mut self, text: &[u8]) -> usize {
        if text[0] == b'\n' {
            self.put_break();
            return 1;
        }
        let length = self.write_character(text);
        self.column = 0;
        if self.version == Version::V3 {
            self.indention = true;
        }
        length
    }

    fn write_indent(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.put_break();
        }
        if self.column < indent {
            self.out.resize(self.out.len() + indent - self.column, b' ');
            self.column = indent;
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn write_indicator(&mut self, indicator: &[u8], after_blank: bool, is_blank: bool, is_indention: bool) {
        if after_blank && !self.whitespace {
            self.put(b' ');
        }
        self.out.extend_from_slice(indicator);
        self.column += indicator.len();
        self.whitespace = is_blank;
        self.indention &= is_indention;
    }
}

fn tagged_style(text: &[u8]) -> ScalarStyle {
    if text.contains(&b'\n') { ScalarStyle::Literal } else { ScalarStyle::Plain }
}

/// How many line breaks the text ends in, counted up to two.
fn trailing_breaks(text: &[u8]) -> usize {
    let mut end = text.len();
    let mut count = 0;
    while count < 2 && end > 0 {
        let start = text[..end].iter().rposition(|byte| byte & 0xc0 != 0x80).unwrap_or(0);
        if !is_break(&text[start..end]) {
            break;
        }
        count += 1;
        end = start;
    }
    count
}

fn is_one_break(text: &[u8]) -> bool {
    trailing_breaks(text) == 1 && width(text[0]) == text.len()
}
