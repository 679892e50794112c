//! The text that is searched, as valid UTF-8.

use std::borrow::Cow;

use regex_automata::Input;

use crate::utf8;

/// By how much U+FFFD is longer than the invalid byte it stands for.
const GROWTH: usize = utf8::RUNE_ERROR.len_utf8() - 1;

/// A text and, where it has invalid bytes, its copy with U+FFFD in place of each.
pub(super) struct Haystack<'t> {
    original: &'t [u8],
    text: Cow<'t, str>,
    /// Where in the copy invalid bytes were replaced.
    replaced: Vec<usize>,
}

impl<'t> Haystack<'t> {
    /// How many bytes it takes at most to make one: none for a valid text.
    pub(super) fn copied_bytes(text: &[u8]) -> u64 {
        match std::str::from_utf8(text) {
            Ok(_) => 0,
            Err(_) => text.len() as u64 * (1 + GROWTH + size_of::<usize>()) as u64,
        }
    }

    pub(super) fn new(original: &'t [u8]) -> Self {
        if let Ok(text) = std::str::from_utf8(original) {
            return Self { original, text: Cow::Borrowed(text), replaced: Vec::new() };
        }
        let mut text = String::with_capacity(original.len());
        let mut replaced = Vec::new();
        let mut rest = original;
        while !rest.is_empty() {
            let (rune, width) = utf8::decode_rune(rest);
            if rune == utf8::RUNE_ERROR && width == 1 {
                replaced.push(text.len());
            }
            text.push(rune);
            rest = &rest[width..];
        }
        Self { original, text: Cow::Owned(text), replaced }
    }

    /// The text to search.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// A search in it that starts at an offset and knows what stands before that.
    pub(super) fn input(&self, start: usize) -> Input<'_> {
        Input::new(self.text()).range(start..)
    }

    /// Where the rune at an offset of the searched text ends; beyond the text at its end.
    pub(super) fn next(&self, offset: usize) -> usize {
        offset + self.text[offset..].chars().next().map_or(1, char::len_utf8)
    }

    /// The span in the original text.
    pub(super) fn original_span(&self, (start, end): (usize, usize)) -> (usize, usize) {
        (self.original_offset(start), self.original_offset(end))
    }

    /// The original text of a span.
    pub(super) fn original(&self, span: (usize, usize)) -> &'t [u8] {
        let (start, end) = self.original_span(span);
        &self.original[start..end]
    }

    fn original_offset(&self, offset: usize) -> usize {
        offset - GROWTH * self.replaced.partition_point(|replaced| *replaced < offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_lead_back_to_the_original() {
        let haystack = Haystack::new(b"a\xFFb\xE2\x82c");
        assert_eq!(haystack.text(), "a\u{FFFD}b\u{FFFD}\u{FFFD}c");
        assert_eq!(haystack.original((0, 1)), b"a");
        assert_eq!(haystack.original((1, 4)), b"\xFF");
        assert_eq!(haystack.original((4, 8)), b"b\xE2");
        assert_eq!(haystack.original_span((11, 12)), (5, 6));
        assert_eq!((haystack.next(1), haystack.next(12)), (4, 13));
    }
}
