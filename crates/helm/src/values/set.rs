//! The grammar of `--set`, `--set-string`, `--set-json`, `--set-file` and `--set-literal`
//! (helm: pkg/strvals/parser.go, literal_parser.go).

use std::fmt;

use gostd::value::{Arena, ListType, MapRef, MapType, Value};

use super::thaw;
use crate::HelmVersion;

/// The highest index of a list that an expression may set.
const MAX_INDEX: i64 = 65536;
/// The memory that values may take, in bytes: an index takes a few characters and makes a long list.
const MAX_MEMORY: usize = 512 << 20;
/// How deep a key may nest.
const MAX_NESTED_NAME_LEVEL: usize = 30;

/// What is wrong with an expression. The text is Helm's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetError {
    /// The grammar or a JSON value is wrong, or a value doesn't fit what is there.
    Syntax(String),
    /// A file can't be read.
    File(String),
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SetError::Syntax(text) | SetError::File(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for SetError {}

/// How the values of an expression are read.
#[derive(Clone, Copy)]
pub(super) enum SetKind<'a> {
    /// Booleans, null and integers are typed.
    Typed,
    /// Every scalar is a string.
    String,
    /// Every value is a JSON document.
    Json,
    /// Every value is a path.
    File(&'a dyn Fn(&str) -> Result<Vec<u8>, String>),
    /// One key; everything after the first `=` is the value.
    Literal,
}

/// Applies an expression to the values.
pub(super) fn apply<'r>(
    arena: &'r Arena,
    values: MapRef<'r>,
    expression: &str,
    kind: SetKind<'_>,
    helm: HelmVersion,
) -> Result<(), SetError> {
    let mut parser = Parser { arena, text: expression.chars().collect(), position: 0, kind, helm };
    loop {
        match parser.key(values, 0) {
            Ok(()) if parser.position >= parser.text.len() && matches!(kind, SetKind::Literal) => {
                return Ok(());
            }
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Error(error)) => return Err(error),
        }
    }
}

/// Why a production ended: the text did (Go's `io.EOF`), or an error.
enum Stop {
    End,
    Error(SetError),
}

fn syntax<T>(text: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Error(SetError::Syntax(text.into())))
}

fn quoted(text: &str) -> String {
    String::from_utf8_lossy(&gostd::strconv::quote(text.as_bytes())).into_owned()
}

struct Parser<'a, 'r> {
    arena: &'r Arena,
    text: Vec<char>,
    position: usize,
    kind: SetKind<'a>,
    helm: HelmVersion,
}

impl<'r> Parser<'_, 'r> {
    fn next(&mut self) -> Option<char> {
        let c = self.text.get(self.position).copied();
        self.position += usize::from(c.is_some());
        c
    }

    /// Reads up to a stop character, which is consumed; `None` where the text ended first.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut read = String::new();
        while let Some(c) = self.next() {
            if stops.contains(&c) {
                return (read, Some(c));
            }
            if c == '\\' && !matches!(self.kind, SetKind::Literal) {
                match self.next() {
                    Some(escaped) => read.push(escaped),
                    None => break,
                }
            } else {
                read.push(c);
            }
        }
        (read, None)
    }

    fn key(&mut self, data: MapRef<'r>, level: usize) -> Result<(), Stop> {
        let literal = matches!(self.kind, SetKind::Literal);
        let stops: &[char] = if literal { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let (key, last) = self.until(stops);
        match last {
            None if key.is_empty() => Err(Stop::End),
            None => syntax(format!("key {} has no value", quoted(&key))),
            Some('[') => {
                let index = self.key_index()?;
                let list = match data.get(key.as_bytes()) {
                    None => Vec::new(),
                    Some(Value::List(list)) => list.to_vec(),
                    Some(other) => return conversion(other, "[]interface {}"),
                };
                let mut list = list;
                let result = self.list_item(&mut list, index, level);
                if !matches!(result, Err(Stop::Error(SetError::Syntax(ref text))) if text.starts_with("unable to parse key"))
                {
                    self.assign(data, &key, Value::List(self.arena.list(ListType::Any, &list)));
                }
                result
            }
            Some('=') => {
                let (value, stop) = self.value()?;
                self.assign(data, &key, value);
                stop
            }
            Some(',') => {
                self.assign(data, &key, Value::String(b""));
                syntax(format!("key {} has no value (cannot end with ,)", quoted(&key)))
            }
            Some(_) => {
                let level = level + 1;
                if level > MAX_NESTED_NAME_LEVEL {
                    return syntax(format!(
                        "value name nested level is greater than maximum supported nested level of {MAX_NESTED_NAME_LEVEL}"
                    ));
                }
                let inner = match data.get(key.as_bytes()) {
                    None => self.arena.map(MapType::StringAny),
                    Some(Value::Map(inner)) => inner,
                    Some(other) => return conversion(other, "map[string]interface {}"),
                };
                let result = self.key(inner, level);
                if result.is_ok() && inner.is_empty() {
                    return syntax(format!("key map {} has no value", quoted(&key)));
                }
                if !inner.is_empty() {
                    self.assign(data, &key, Value::Map(inner));
                }
                result
            }
        }
    }

    /// An empty key sets nothing.
    fn assign(&self, data: MapRef<'r>, key: &str, value: Value<'r>) {
        if !key.is_empty() {
            // The maps here are made by us or come from layers: never nil.
            let _ = data.insert(key.as_bytes(), value);
        }
    }

    fn key_index(&mut self) -> Result<i64, Stop> {
        let (digits, last) = self.until(&[']']);
        match last {
            Some(_) => {}
            None if self.helm.is_v3() => return syntax("error parsing index: EOF"),
            // Helm 4 takes the error for the expression's regular end.
            None => return Err(Stop::End),
        }
        match gostd::strconv::parse_int(digits.as_bytes(), 10, 64) {
            Ok(index) => Ok(index),
            Err(error) => {
                syntax(format!("error parsing index: {}", error.to_string().replace("ParseInt", "Atoi")))
            }
        }
    }

    fn list_item(&mut self, list: &mut Vec<Value<'r>>, index: i64, level: usize) -> Result<(), Stop> {
        if self.arena.allocated() > MAX_MEMORY {
            return syntax(format!("the values take more than {MAX_MEMORY} bytes"));
        }
        if index < 0 {
            return syntax(format!("negative {index} index not allowed"));
        }
        let (key, last) = self.until(&['[', '.', '=']);
        if !key.is_empty() {
            let runes: Vec<Vec<u8>> = key.chars().map(gostd::strconv::quote_rune).collect();
            let runes = String::from_utf8_lossy(&runes.join(&b' ')).into_owned();
            return syntax(format!("unexpected data at end of array index: [{runes}]"));
        }
        match last {
            None => Err(Stop::End),
            Some('=') => {
                let (value, stop) = self.value()?;
                set_index(list, index, value)?;
                stop
            }
            Some('[') => {
                let next = self.key_index()?;
                let mut inner = match usize::try_from(index).ok().and_then(|index| list.get(index)) {
                    None | Some(Value::Nil) => Vec::new(),
                    Some(Value::List(existing)) => existing.to_vec(),
                    Some(other) => return conversion(*other, "[]interface {}"),
                };
                match self.list_item(&mut inner, next, level) {
                    Ok(()) => {}
                    // Go loses the value where the text ends inside a nested list.
                    Err(Stop::End) => {
                        return Err(Stop::End);
                    }
                    Err(error) => return Err(error),
                }
                set_index(list, index, Value::List(self.arena.list(ListType::Any, &inner)))
            }
            Some(_) => {
                let existing = usize::try_from(index).ok().and_then(|index| list.get(index).copied());
                let inner = match existing {
                    Some(Value::Map(inner)) => inner,
                    _ => self.arena.map(MapType::StringAny),
                };
                if existing.is_some() {
                    set_index(list, index, Value::Map(inner))?;
                }
                self.key(inner, level)?;
                set_index(list, index, Value::Map(inner))
            }
        }
    }

    /// The value after `=`, and how the production ends after it is stored.
    fn value(&mut self) -> Result<(Value<'r>, Result<(), Stop>), Stop> {
        match self.kind {
            SetKind::Json => {
                if self.empty_value() {
                    return Ok((Value::Nil, Ok(())));
                }
                let rest: String = self.text[self.position..].iter().collect();
                let (frozen, used) =
                    gostd::json::decode_first(rest.as_bytes()).or_else(|error| syntax(error.message))?;
                self.position += rest[..used].chars().count();
                self.empty_value();
                Ok((thaw(self.arena, &frozen), Ok(())))
            }
            SetKind::Literal => {
                let rest: String = self.text[self.position..].iter().collect();
                self.position = self.text.len();
                Ok((self.arena.string(rest), Ok(())))
            }
            _ => match self.text.get(self.position) {
                None => Ok((Value::String(b""), Err(Stop::End))),
                Some('{') => {
                    self.position += 1;
                    Ok((self.list()?, Ok(())))
                }
                Some(_) => {
                    let (text, _) = self.until(&[',']);
                    Ok((self.scalar(&text)?, Ok(())))
                }
            },
        }
    }

    /// The items of `{a,b}`, whose brace is consumed.
    fn list(&mut self) -> Result<Value<'r>, Stop> {
        let mut items = Vec::new();
        loop {
            let (text, last) = self.until(&[',', '}']);
            match last {
                None => return syntax("list must terminate with '}'"),
                Some('}') => {
                    if self.text.get(self.position) == Some(&',') {
                        self.position += 1;
                    }
                    items.push(self.scalar(&text)?);
                    return Ok(Value::List(self.arena.list(ListType::Any, &items)));
                }
                Some(_) => items.push(self.scalar(&text)?),
            }
        }
    }

    fn scalar(&self, text: &str) -> Result<Value<'r>, Stop> {
        match self.kind {
            SetKind::Typed => Ok(typed(self.arena, text)),
            SetKind::File(read) => match read(text) {
                Ok(content) => Ok(self.arena.string(content)),
                Err(message) => Err(Stop::Error(SetError::File(message))),
            },
            SetKind::String | SetKind::Json | SetKind::Literal => Ok(self.arena.string(text)),
        }
    }

    /// Skips blanks; a comma, which is consumed, or the end of the text means that there is no value.
    fn empty_value(&mut self) -> bool {
        while let Some(c) = self.next() {
            if c == ',' {
                return true;
            }
            if !gostd::unicode::is_space(c) {
                self.position -= 1;
                return false;
            }
        }
        true
    }
}

fn conversion<T>(found: Value<'_>, wanted: &str) -> Result<T, Stop> {
    let found = if found.is_nil() { "nil".into() } else { found.type_name() };
    syntax(format!("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}"))
}

fn set_index<'r>(list: &mut Vec<Value<'r>>, index: i64, value: Value<'r>) -> Result<(), Stop> {
    if index > MAX_INDEX {
        return syntax(format!("index of {index} is greater than maximum supported index of {MAX_INDEX}"));
    }
    let Ok(index) = usize::try_from(index) else {
        return syntax(format!("negative {index} index not allowed"));
    };
    if list.len() <= index {
        list.resize(index + 1, Value::Nil);
    }
    list[index] = value;
    Ok(())
}

/// The type that `--set` gives to a scalar.
fn typed<'r>(arena: &'r Arena, text: &str) -> Value<'r> {
    let folds = |word: &str| gostd::unicode::equal_fold(text.as_bytes(), word.as_bytes());
    if folds("true") {
        return Value::Bool(true);
    }
    if folds("false") {
        return Value::Bool(false);
    }
    if folds("null") {
        return Value::Nil;
    }
    if text == "0" {
        return Value::int64(0);
    }
    match gostd::strconv::parse_int(text.as_bytes(), 10, 64) {
        Ok(number) if !text.starts_with('0') => Value::int64(number),
        _ => arena.string(text),
    }
}
