//! A TOML document as a tree of tables, under the rules of which keys may be defined again (BurntSushi/toml: parse.go).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use gostd::strconv::{self, NumErrorKind};
use gostd::time::{Location, Time};

use super::scan::{Fault, KeyPart, Quotes, Scanner, Token, quote_text};
use super::{LOCAL_DATE, LOCAL_DATETIME, LOCAL_TIME, MAX_DEPTH, key_text};

/// The number of a table in its document.
pub(super) type TableId = usize;

/// The entries of a table.
pub(super) type Table = BTreeMap<Vec<u8>, Node>;

/// What a key holds.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Bool(bool),
    Integer(i64),
    Float(f64),
    String(Rc<[u8]>),
    Time(Box<Time>),
    Array(Rc<[Node]>),
    Table(TableId),
    /// An array of tables; it has at least one.
    Tables(Vec<TableId>),
}

/// A parsed document.
#[derive(Debug)]
pub(super) struct Document {
    tables: Vec<Table>,
}

impl Document {
    /// Parses a text; an error is Go's text.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        let text = [&b"\xff\xfe"[..], b"\xfe\xff", b"\xef\xbb\xbf"]
            .iter()
            .find_map(|mark| text.strip_prefix(*mark))
            .unwrap_or(text);
        if text.iter().take(6).any(|byte| *byte == 0) {
            return Err(
                "toml: line 1: files cannot contain NULL bytes; probably using UTF-16; TOML files must \
                        be UTF-8"
                    .into(),
            );
        }
        let mut parser = Parser {
            scanner: Scanner::new(text),
            tables: vec![Table::new()],
            context: Vec::new(),
            key: Vec::new(),
            key_pos: 0,
            implicit: BTreeSet::new(),
            arrays: BTreeSet::new(),
            depth: 0,
        };
        match parser.document() {
            Ok(()) => Ok(Document { tables: parser.tables }),
            Err(fault) => Err(parser.error_text(&fault)),
        }
    }

    pub(super) fn root(&self) -> &Table {
        &self.tables[0]
    }

    pub(super) fn table(&self, id: TableId) -> &Table {
        &self.tables[id]
    }
}

struct Parser<'t> {
    scanner: Scanner<'t>,
    tables: Vec<Table>,
    /// The key of the table that entries go to.
    context: Vec<Vec<u8>>,
    /// The last part of the entry's key.
    key: Vec<u8>,
    /// Where errors about keys point to.
    key_pos: usize,
    /// The keys of tables that other keys implied.
    implicit: BTreeSet<Vec<u8>>,
    /// The keys that hold plain arrays.
    arrays: BTreeSet<Vec<u8>>,
    depth: usize,
}

type Parsed<T> = Result<T, Fault>;

impl Parser<'_> {
    fn error_text(&self, fault: &Fault) -> String {
        let context = key_text(&self.context);
        let last = match (self.key.is_empty(), self.context.is_empty()) {
            (true, _) => context,
            (false, true) => self.key.clone(),
            (false, false) => [&*context, b".", &*self.key].concat(),
        };
        let Fault { line, message } = fault;
        if last.is_empty() {
            format!("toml: line {line}: {message}")
        } else {
            format!("toml: line {line} (last key {}): {message}", quote_text(&last))
        }
    }

    /// An error about a key.
    fn key_fault<T>(&self, message: String) -> Parsed<T> {
        Err(Fault { line: self.scanner.line_at(self.key_pos), message })
    }

    fn document(&mut self) -> Parsed<()> {
        while let Some(rune) = self.scanner.skip_filler()? {
            if rune == '[' {
                self.scanner.next()?;
                self.header()?;
            } else {
                self.scanner.key_start()?;
                let context = self.context.clone();
                self.entry()?;
                self.context = context;
                self.key.clear();
            }
            self.scanner.end_of_item()?;
        }
        Ok(())
    }

    fn header(&mut self) -> Parsed<()> {
        let array = self.scanner.header_start()?;
        let mut key = Vec::new();
        loop {
            let part = self.scanner.header_part()?;
            if key.is_empty() {
                self.key_pos = part.pos;
            }
            self.push_part(&mut key, part)?;
            if !self.scanner.header_goes_on()? {
                break;
            }
        }
        if array {
            self.scanner.array_header_end()?;
        }
        self.enter(&key, array)?;
        self.arrays.remove(&key_text(&self.context));
        Ok(())
    }

    fn push_part(&self, key: &mut Vec<Vec<u8>>, part: KeyPart<'_>) -> Parsed<()> {
        if self.context.len() + key.len() >= MAX_DEPTH {
            return self.scanner.fault("keys nest too deeply");
        }
        key.push(match part.quotes {
            Some(Quotes::Basic) => self.unescape(part.text)?,
            _ => part.text.to_vec(),
        });
        Ok(())
    }

    /// Reads a key's parts and goes to the table that it stands in.
    fn entry_key(&mut self) -> Parsed<Vec<Vec<u8>>> {
        let mut parts = Vec::new();
        loop {
            let part = self.scanner.key_part()?;
            if parts.is_empty() {
                self.key_pos = part.pos;
            }
            self.push_part(&mut parts, part)?;
            if !self.scanner.key_goes_on()? {
                break;
            }
        }
        self.key = parts.pop().unwrap_or_default();
        for part in &parts {
            let mut implied = self.context.clone();
            implied.push(part.clone());
            self.implicit.insert(key_text(&implied));
            self.enter(&implied, false)?;
        }
        Ok(parts)
    }

    /// An entry with its value; gives the key's parts before the last, and the value.
    fn entry(&mut self) -> Parsed<(Vec<Vec<u8>>, Node)> {
        let parents = self.entry_key()?;
        let value = self.value(Place::Entry)?;
        let key = self.key.clone();
        self.set(&key, value.clone())?;
        let full = self.full_key();
        if let Node::Array(_) = value {
            self.arrays.insert(full);
        } else {
            self.arrays.remove(&full);
        }
        Ok((parents, value))
    }

    /// The key as it is known by; an empty last part counts for the table around it.
    fn full_key(&self) -> Vec<u8> {
        let mut parts: Vec<&[u8]> = self.context.iter().map(Vec::as_slice).collect();
        if !self.key.is_empty() || parts.is_empty() {
            parts.push(&self.key);
        }
        key_text(&parts)
    }

    fn value(&mut self, place: Place) -> Parsed<Node> {
        let start = self.scanner.pos();
        match self.scanner.value()? {
            Token::Bool(value) => Ok(Node::Bool(value)),
            Token::Integer(text) => self.integer(text),
            Token::Float(text) => self.float(text),
            Token::Datetime(text) => self.datetime(text),
            Token::String { text, quotes } => self.string(text, quotes),
            Token::ArrayStart => self.nested(start, |parser| parser.array()),
            Token::InlineTableStart => self.nested(start, |parser| parser.inline_table(place)),
        }
    }

    fn nested(&mut self, start: usize, read: impl FnOnce(&mut Self) -> Parsed<Node>) -> Parsed<Node> {
        self.depth += 1;
        if self.depth + self.context.len() >= MAX_DEPTH {
            let line = self.scanner.line_at(start);
            return Err(Fault { line, message: "values nest too deeply".into() });
        }
        let node = stacker::maybe_grow(64 * 1024, 1024 * 1024, || read(self))?;
        self.depth -= 1;
        Ok(node)
    }

    fn array(&mut self) -> Parsed<Node> {
        self.arrays.insert(self.full_key());
        let mut items = Vec::new();
        while self.scanner.array_element()? {
            items.push(self.value(Place::Array)?);
            if !self.scanner.array_goes_on()? {
                break;
            }
        }
        Ok(Node::Array(items.into()))
    }

    /// The table is built twice: where its key says, so that conflicts show, and as a value of its own.
    fn inline_table(&mut self, place: Place) -> Parsed<Node> {
        let outer_context = self.context.clone();
        let outer_key = std::mem::take(&mut self.key);
        let top = self.new_table();
        self.context.push(outer_key.clone());
        let context = self.context.clone();
        self.implicit.insert(key_text(&context));
        self.enter(&context, place == Place::Array)?;
        let context = self.context.clone();
        while self.scanner.inline_entry()? {
            self.scanner.key_start()?;
            let (parents, value) = self.entry()?;
            let mut table = top;
            for parent in parents {
                table = match self.tables[table].get(&parent) {
                    None => {
                        let id = self.new_table();
                        self.tables[table].insert(parent, Node::Table(id));
                        id
                    }
                    Some(Node::Table(id)) => *id,
                    Some(_) => {
                        let shown = quote_text(&key_text(&self.context));
                        return self.key_fault(format!("{shown} is not a table"));
                    }
                };
            }
            self.tables[table].insert(self.key.clone(), value);
            self.context.clone_from(&context);
            if !self.scanner.inline_goes_on()? {
                break;
            }
        }
        self.context = outer_context;
        self.key = outer_key;
        Ok(Node::Table(top))
    }

    fn new_table(&mut self) -> TableId {
        self.tables.push(Table::new());
        self.tables.len() - 1
    }

    /// The table that a node stands for: of an array of tables the last.
    fn table_of(node: &Node) -> Option<TableId> {
        match node {
            Node::Table(id) => Some(*id),
            Node::Tables(ids) => ids.last().copied(),
            _ => None,
        }
    }

    /// Makes the table of a key the one that entries go to, and the tables around it where they are missing.
    fn enter(&mut self, key: &[Vec<u8>], array: bool) -> Parsed<()> {
        let Some((last, parents)) = key.split_last() else { return Ok(()) };
        let mut table = 0;
        for (index, part) in parents.iter().enumerate() {
            let known = &key[..=index];
            if !self.tables[table].contains_key(part) {
                self.implicit.insert(key_text(known));
                let id = self.new_table();
                self.tables[table].insert(part.clone(), Node::Table(id));
            }
            let found = self.tables[table].get(part).and_then(Self::table_of);
            let Some(id) = found else {
                let known = String::from_utf8_lossy(&key_text(known)).into_owned();
                return self.key_fault(format!("Key '{known}' was already created as a hash."));
            };
            table = id;
        }
        self.context = parents.to_vec();
        let id = self.new_table();
        if array {
            match self.tables[table].entry(last.clone()).or_insert_with(|| Node::Tables(Vec::new())) {
                Node::Tables(ids) => ids.push(id),
                _ => {
                    let key = String::from_utf8_lossy(&key_text(key)).into_owned();
                    return self.key_fault(format!(
                        "Key '{key}' was already created and cannot be used as an array."
                    ));
                }
            }
        } else {
            self.set(last, Node::Table(id))?;
        }
        self.context.push(last.clone());
        Ok(())
    }

    /// Sets a key of the current table, unless it is taken.
    fn set(&mut self, key: &[u8], value: Node) -> Parsed<()> {
        let mut table = 0;
        for (index, part) in self.context.iter().enumerate() {
            let found = self.tables[table].get(part).and_then(Self::table_of);
            let Some(id) = found else { return self.already_defined(&self.context[..=index]) };
            table = id;
        }
        if !self.tables[table].contains_key(key) {
            self.tables[table].insert(key.to_vec(), value);
            return Ok(());
        }
        let mut full = self.context.clone();
        full.push(key.to_vec());
        let known = key_text(&full);
        // What was only implied may be defined once; a table keeps what is in it.
        if !self.implicit.remove(&known) {
            return self.already_defined(&full);
        }
        if self.arrays.contains(&known) {
            self.tables[table].insert(key.to_vec(), value);
        }
        Ok(())
    }

    fn already_defined<T>(&self, key: &[Vec<u8>]) -> Parsed<T> {
        let key = key_text(key);
        self.key_fault(format!("Key '{}' has already been defined.", String::from_utf8_lossy(&key)))
    }

    /// The error for a number that is none.
    fn invalid<T>(&self, what: &str, text: &[u8], why: &str) -> Parsed<T> {
        self.scanner.fault(format!("Invalid {what} {}: {why}", quote_text(text)))
    }

    fn integer(&self, text: &[u8]) -> Parsed<Node> {
        if !underscores_fit(text) {
            return self.invalid("integer", text, "underscores must be surrounded by digits");
        }
        if has_leading_zero(text) {
            return self.invalid("integer", text, "cannot have leading zeroes");
        }
        match strconv::parse_int(text, 0, 64) {
            Ok(value) => Ok(Node::Integer(value)),
            Err(_) => {
                let text = String::from_utf8_lossy(text);
                self.scanner.fault(format!("{text} is out of range for int64"))
            }
        }
    }

    fn float(&self, text: &[u8]) -> Parsed<Node> {
        let mut parts = text.split(|byte| b".eE".contains(byte)).filter(|part| !part.is_empty()).peekable();
        let leading_zero = parts.peek().is_some_and(|part| has_leading_zero(part));
        if !parts.all(underscores_fit) {
            return self.invalid("float", text, "underscores must be surrounded by digits");
        }
        if leading_zero {
            return self.invalid("float", text, "cannot have leading zeroes");
        }
        let bare_period = |pair: &[u8]| pair[0] == b'.' && !pair[1].is_ascii_digit();
        if text.windows(2).any(bare_period) || text.ends_with(b".") {
            return self.invalid("float", text, "'.' must be followed by one or more digits");
        }
        let digits: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'_').collect();
        match &*digits {
            b"+nan" | b"nan" => return Ok(Node::Float(f64::NAN)),
            b"-nan" => return Ok(Node::Float(-f64::NAN)),
            _ => {}
        }
        match strconv::parse_float(&digits, 64) {
            Ok(value) => Ok(Node::Float(value)),
            Err(error) if error.kind == NumErrorKind::Range => {
                let text = String::from_utf8_lossy(text);
                self.scanner.fault(format!("{text} is out of range for float64"))
            }
            Err(_) => self.scanner.fault(format!("Invalid float value: {}", quote_text(text))),
        }
    }

    fn datetime(&self, text: &[u8]) -> Parsed<Node> {
        let text: Vec<u8> = text
            .iter()
            .map(|byte| match byte {
                b'z' => b'Z',
                b't' | b' ' => b'T',
                byte => *byte,
            })
            .collect();
        let local = |name| Location::fixed(name, 0);
        let layouts: [(&[u8], Location); 7] = [
            (b"2006-01-02T15:04:05.999999999Z07:00", Location::local()),
            (b"2006-01-02T15:04:05.999999999", local(LOCAL_DATETIME)),
            (b"2006-01-02", local(LOCAL_DATE)),
            (b"15:04:05.999999999", local(LOCAL_TIME)),
            (b"2006-01-02T15:04Z07:00", Location::local()),
            (b"2006-01-02T15:04", local(LOCAL_DATETIME)),
            (b"15:04", local(LOCAL_TIME)),
        ];
        for (layout, location) in layouts {
            let Ok(time) = Time::parse_in_location(layout, &text, &location) else { continue };
            if !lacks_leading_zero(&text, layout) {
                return Ok(Node::Time(Box::new(time)));
            }
            break;
        }
        self.scanner.fault(format!("invalid datetime: {}", quote_text(&text)))
    }

    fn string(&self, text: &[u8], quotes: Quotes) -> Parsed<Node> {
        let text = match quotes {
            Quotes::Basic => self.unescape(text)?,
            Quotes::BasicLines => self.unescape(&without_escaped_line_ends(without_first_line_end(text)))?,
            Quotes::Literal => text.to_vec(),
            Quotes::LiteralLines => without_first_line_end(text).to_vec(),
        };
        Ok(Node::String(text.into()))
    }

    /// Takes out the escapes, whose form the scanner has checked.
    fn unescape(&self, text: &[u8]) -> Parsed<Vec<u8>> {
        let mut out = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            if byte != b'\\' {
                out.push(byte);
                continue;
            }
            let Some((&kind, after)) = rest.split_first() else { break };
            rest = after;
            let digits = match kind {
                b'x' => 2,
                b'u' => 4,
                b'U' => 8,
                b' ' | b'\t' => {
                    return self.scanner.fault(format!("invalid escape: '\\{}'", char::from(kind)));
                }
                _ => {
                    out.push(match kind {
                        b'b' => 0x08,
                        b't' => b'\t',
                        b'n' => b'\n',
                        b'f' => 0x0c,
                        b'r' => b'\r',
                        b'e' => 0x1b,
                        quoted => quoted,
                    });
                    continue;
                }
            };
            let (hex, after) = rest.split_at(digits.min(rest.len()));
            rest = after;
            let hex = String::from_utf8_lossy(hex);
            let Some(rune) = u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32) else {
                return self.scanner.fault(format!("Escaped character '\\u{hex}' is not valid UTF-8."));
            };
            out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Ok(out)
    }
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Entry,
    Array,
}

fn has_leading_zero(text: &[u8]) -> bool {
    match text {
        [b'0', b'b' | b'o' | b'x', ..] => false,
        [b'0', _, ..] | [b'-' | b'+', b'0', _, ..] => true,
        _ => false,
    }
}

/// Whether each underscore stands between digits.
fn underscores_fit(text: &[u8]) -> bool {
    if matches!(text, b"nan" | b"+nan" | b"-nan" | b"inf" | b"+inf" | b"-inf") {
        return true;
    }
    let mut after_digit = false;
    for byte in text {
        if *byte == b'_' && !after_digit {
            return false;
        }
        after_digit = byte.is_ascii_hexdigit();
    }
    after_digit
}

/// Whether a date that Go's parser takes has a number that is too short: then its separators are elsewhere.
fn lacks_leading_zero(text: &[u8], layout: &[u8]) -> bool {
    let fixed = layout.iter().take_while(|byte| !matches!(byte, b'.' | b'Z'));
    fixed.zip(text).any(|(want, got)| !want.is_ascii_digit() && want != got)
}

fn without_first_line_end(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\n").or_else(|| text.strip_prefix(b"\r\n")).unwrap_or(text)
}

/// Takes out each backslash at a line's end with all blanks and line ends behind it.
fn without_escaped_line_ends(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(index) = rest.iter().position(|byte| *byte == b'\\') {
        let after = &rest[index + 1..];
        if after.first() == Some(&b'\\') {
            out.extend_from_slice(&rest[..index + 2]);
            rest = &after[1..];
            continue;
        }
        let blanks = after.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
        if after[..blanks].contains(&b'\n') {
            out.extend_from_slice(&rest[..index]);
            rest = &after[blanks..];
        } else {
            out.extend_from_slice(&rest[..=index]);
            rest = after;
        }
    }
    out.extend_from_slice(rest);
    out
}
