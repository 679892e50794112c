//! Names in other styles: `snakecase`, `kebabcase`, `camelcase` (huandu/xstrings 1.5: `convert.go`).

use gostd::value::Value;
use gostd::{unicode, utf8};
use gotemplate::{Call, Function};

use crate::args::text;
use crate::table::{Answer, STRING, fixed};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("snakecase", &[STRING], STRING, |call, args| {
        Ok(call.arena.string(lower_with_connector(text(args, 0), b'_')))
    }),
    fixed("kebabcase", &[STRING], STRING, |call, args| {
        Ok(call.arena.string(lower_with_connector(text(args, 0), b'-')))
    }),
    fixed("camelcase", &[STRING], STRING, camelcase),
];

fn is_connector(rune: char) -> bool {
    rune == '-' || rune == '_' || unicode::is_space(rune)
}

/// A letter of a script with words: Chinese characters are none.
fn is_alphabetic(rune: char) -> bool {
    unicode::is_letter(rune)
        && !matches!(rune, '\u{3400}'..='\u{4D85}' | '\u{4E00}'..='\u{9FCC}' | '\u{20000}'..='\u{2B81D}')
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Nothing, or nothing but invalid bytes.
    Invalid,
    Number,
    /// An upper-case run, or a capital with the small letters behind it.
    Upper,
    Alphabetic,
    Connector,
    Punctuation,
    Other,
}

#[derive(Clone, Copy, Debug)]
struct Word<'a> {
    kind: Kind,
    text: &'a [u8],
}

/// Splits a text into words from the left.
struct Words<'a> {
    rest: &'a [u8],
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Word<'a> {
        let (kind, length) = self.measure();
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        Word { kind, text }
    }

    fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// The kind and the length of the first word.
    fn measure(&self) -> (Kind, usize) {
        let text = self.rest;
        let Some((first, size)) = valid_rune(text) else { return (Kind::Invalid, text.len()) };
        if is_connector(first) {
            return (Kind::Connector, take_while(text, size, is_connector));
        }
        if unicode::is_punct(first) {
            return (Kind::Punctuation, take_while(text, size, unicode::is_punct));
        }
        if unicode::is_upper(first) {
            return (Kind::Upper, measure_upper(text, first, size));
        }
        let is_small = |rune| is_alphabetic(rune) && !unicode::is_upper(rune);
        if is_alphabetic(first) {
            return (Kind::Alphabetic, take_while(text, size, is_small));
        }
        if unicode::is_number(first) {
            return (Kind::Number, take_while(text, size, unicode::is_number));
        }
        let is_other = |rune| {
            !is_connector(rune)
                && !is_alphabetic(rune)
                && !unicode::is_number(rune)
                && !unicode::is_punct(rune)
        };
        (Kind::Other, take_while(text, size, is_other))
    }
}

/// An upper-case word: `HTTP` of `HTTPServer`, `Server` of `ServerName`.
fn measure_upper(text: &[u8], first: char, size: usize) -> usize {
    if size == text.len() {
        return size;
    }
    let (second, second_size) = valid_rune(&text[size..]).unwrap_or((first, text.len() - size));
    if unicode::is_upper(second) {
        let mut length = size + second_size;
        let mut last_size = second_size;
        let mut following = second;
        while length < text.len() {
            let (rune, size) = valid_rune(&text[length..]).unwrap_or((following, text.len() - length));
            following = rune;
            if !unicode::is_upper(rune) {
                break;
            }
            last_size = size;
            length += size;
        }
        // The last capital starts the word of the small letters behind it.
        if length < text.len() && is_alphabetic(following) { length - last_size } else { length }
    } else if is_alphabetic(second) {
        take_while(text, size + second_size, |rune| is_alphabetic(rune) && !unicode::is_upper(rune))
    } else {
        size
    }
}

/// The first valid rune and its width with that of the invalid bytes before it (U+FFFD itself counts as one).
fn valid_rune(text: &[u8]) -> Option<(char, usize)> {
    let mut skipped = 0;
    loop {
        let (rune, width) = utf8::decode_rune(&text[skipped..]);
        if width == 0 {
            return None;
        }
        skipped += width;
        if rune != utf8::RUNE_ERROR {
            return Some((rune, skipped));
        }
    }
}

/// Extends a word while its runes are of the class; invalid bytes at the end belong to it.
fn take_while(text: &[u8], mut length: usize, class: impl Fn(char) -> bool) -> usize {
    while length < text.len() {
        match valid_rune(&text[length..]) {
            Some((rune, size)) if class(rune) => length += size,
            Some(_) => break,
            None => length = text.len(),
        }
    }
    length
}

/// Appends a word: capitals lowered, connectors replaced, other words as they are.
fn append_lower(out: &mut Vec<u8>, word: Word<'_>, connector: u8) {
    if !matches!(word.kind, Kind::Upper | Kind::Connector) {
        out.extend_from_slice(word.text);
        return;
    }
    for (_, rune) in utf8::runes(word.text) {
        if is_connector(rune) {
            out.push(connector);
        } else if unicode::is_upper(rune) {
            utf8::append_rune(out, unicode::to_lower(rune));
        } else {
            utf8::append_rune(out, rune);
        }
    }
}

/// The words of a text in lower case with the connector between them. Digits stay with the word before them,
/// unless small letters follow: then they start a word.
fn lower_with_connector(text: &[u8], connector: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 8);
    let mut words = Words { rest: text };
    let mut word = words.next();
    while !words.is_done() {
        if word.kind != Kind::Connector {
            append_lower(&mut out, word, connector);
        }
        let previous = word;
        word = words.next();
        match previous.kind {
            Kind::Number => {
                word = append_run(&mut out, &mut words, word, connector);
                if !matches!(word.kind, Kind::Invalid | Kind::Punctuation | Kind::Connector) {
                    out.push(connector);
                }
            }
            Kind::Connector => append_lower(&mut out, previous, connector),
            Kind::Punctuation => {}
            _ if word.kind != Kind::Number => {
                if !matches!(word.kind, Kind::Connector | Kind::Punctuation) {
                    out.push(connector);
                }
            }
            _ if words.is_done() => {}
            _ => {
                let number = word;
                word = words.next();
                if word.kind != Kind::Alphabetic {
                    append_lower(&mut out, number, connector);
                    if !matches!(word.kind, Kind::Connector | Kind::Punctuation) {
                        out.push(connector);
                    }
                    continue;
                }
                out.push(connector);
                append_lower(&mut out, number, connector);
                word = append_run(&mut out, &mut words, word, connector);
                if !matches!(word.kind, Kind::Invalid | Kind::Connector | Kind::Punctuation) {
                    out.push(connector);
                }
            }
        }
    }
    append_lower(&mut out, word, connector);
    out
}

/// Appends small letters and digits in turn, and gives the word behind them.
fn append_run<'a>(out: &mut Vec<u8>, words: &mut Words<'a>, mut word: Word<'a>, connector: u8) -> Word<'a> {
    while matches!(word.kind, Kind::Alphabetic | Kind::Number) {
        append_lower(out, word, connector);
        word = words.next();
    }
    word
}

/// `http_server` and `HTTP_SERVER` to `HttpServer`; connectors at the start, at the end and doubled stay.
fn camelcase<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let mut runes = utf8::runes(text(args, 0)).map(|(_, rune)| rune).peekable();
    let mut out = String::new();
    while let Some(connector) = runes.next_if(|rune| is_connector(*rune)) {
        out.push(connector);
    }
    let Some(first) = runes.next() else {
        // xstrings writes the last of nothing but connectors twice.
        out.extend(out.chars().next_back());
        return Ok(call.arena.string(out));
    };
    // A word that starts with capitals is lowered until its first small letter.
    let mut in_capitals = unicode::is_upper(first);
    let mut current = unicode::to_upper(first);
    for rune in runes {
        let previous = std::mem::replace(&mut current, rune);
        if is_connector(rune) && is_connector(previous) {
            out.push(previous);
        } else if is_connector(previous) {
            in_capitals = unicode::is_upper(rune);
            current = unicode::to_upper(rune);
        } else {
            if in_capitals {
                if unicode::is_upper(rune) {
                    current = unicode::to_lower(rune);
                } else {
                    in_capitals = false;
                }
            }
            out.push(previous);
        }
    }
    out.push(current);
    Ok(call.arena.string(out))
}
