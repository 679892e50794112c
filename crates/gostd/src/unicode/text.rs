//! The functions of Go's `strings` that ask what a rune is, on byte strings.

use super::{is_digit, is_letter, is_space, simple_fold, to_lower, to_title, to_upper};
use crate::utf8;

/// Maps each rune; an invalid byte becomes U+FFFD, as in Go's `strings.Map`.
fn map(text: &[u8], mut mapping: impl FnMut(char) -> char) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for (_, rune) in utf8::runes(text) {
        utf8::append_rune(&mut out, mapping(rune));
    }
    out
}

/// Go's `strings.ToUpper`.
pub fn strings_to_upper(text: &[u8]) -> Vec<u8> {
    if text.is_ascii() { text.to_ascii_uppercase() } else { map(text, to_upper) }
}

/// Go's `strings.ToLower`.
pub fn strings_to_lower(text: &[u8]) -> Vec<u8> {
    if text.is_ascii() { text.to_ascii_lowercase() } else { map(text, to_lower) }
}

/// Go's `strings.ToTitle`.
pub fn strings_to_title(text: &[u8]) -> Vec<u8> {
    if text.is_ascii() { text.to_ascii_uppercase() } else { map(text, to_title) }
}

/// Go's `strings.Title`: title case for each rune behind a separator.
pub fn strings_title(text: &[u8]) -> Vec<u8> {
    let mut previous = ' ';
    map(text, |rune| {
        let starts_word = is_separator(previous);
        previous = rune;
        if starts_word { to_title(rune) } else { rune }
    })
}

/// In ASCII all but letters, digits and the underscore separate; beyond it, spaces only.
fn is_separator(rune: char) -> bool {
    if rune.is_ascii() {
        return !rune.is_ascii_alphanumeric() && rune != '_';
    }
    !is_letter(rune) && !is_digit(rune) && is_space(rune)
}

/// Go's `strings.TrimSpace`.
pub fn trim_space(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let (rune, width @ 1..) = utf8::decode_rune(rest) {
        if !is_space(rune) {
            break;
        }
        rest = &rest[width..];
    }
    while let (rune, width @ 1..) = utf8::decode_last_rune(rest) {
        if !is_space(rune) {
            break;
        }
        rest = &rest[..rest.len() - width];
    }
    rest
}

/// Go's `strings.Fields`: the parts between runs of spaces.
pub fn fields(text: &[u8]) -> Vec<&[u8]> {
    let mut fields = Vec::new();
    let mut start = None;
    for (offset, rune) in utf8::runes(text) {
        match start {
            Some(from) if is_space(rune) => {
                fields.push(&text[from..offset]);
                start = None;
            }
            None if !is_space(rune) => start = Some(offset),
            _ => {}
        }
    }
    fields.extend(start.map(|from| &text[from..]));
    fields
}

/// Go's `strings.EqualFold`: equal under simple case folding.
pub fn equal_fold(a: &[u8], b: &[u8]) -> bool {
    let (mut left, mut right) = (utf8::runes(a), utf8::runes(b));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some((_, one)), Some((_, other))) if folds_to(one, other) => {}
            _ => return false,
        }
    }
}

fn folds_to(one: char, other: char) -> bool {
    if one == other {
        return true;
    }
    if one.is_ascii() && other.is_ascii() {
        return one.eq_ignore_ascii_case(&other);
    }
    std::iter::successors(Some(simple_fold(one)), |rune| Some(simple_fold(*rune)))
        .take_while(|rune| *rune != one)
        .any(|rune| rune == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(text: &str) -> String {
        String::from_utf8(strings_title(text.as_bytes())).unwrap()
    }

    #[test]
    fn title_follows_separators() {
        assert_eq!(title("o'neil foo-bar foo_bar wOrld 9x"), "O'Neil Foo-Bar Foo_bar WOrld 9x");
        assert_eq!(title("ǆ a\u{2003}b a·b"), "ǅ A\u{2003}B A·b");
    }

    #[test]
    fn mapping_replaces_invalid_bytes() {
        assert_eq!(strings_to_upper(b"a\xFFb"), "A\u{FFFD}B".as_bytes());
        assert_eq!(strings_to_lower("İΑΣ".as_bytes()), "iας".replace('ς', "σ").as_bytes());
    }

    #[test]
    fn spaces() {
        assert_eq!(trim_space(b"\x0B\xC2\x85 a b\xE3\x80\x80\n"), b"a b");
        assert_eq!(trim_space(b" \x85 "), b"\x85");
        assert_eq!(trim_space(b" \n"), b"");
        assert_eq!(fields(" a  b\u{2028}c\u{200B} ".as_bytes()), [&b"a"[..], b"b", "c\u{200B}".as_bytes()]);
    }

    #[test]
    fn folding() {
        assert!(equal_fold("Straße K".as_bytes(), "sTRAẞE \u{212A}".as_bytes()));
        assert!(!equal_fold(b"abc", b"ab"));
        assert!(!equal_fold(b"a[", b"A{"));
    }
}
