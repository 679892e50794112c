//! The style of a scalar: what go-yaml's encoder asks for and what its emitter then allows.

use crate::event::ScalarStyle;
use crate::reader::width;
use crate::resolve::{Resolved, Version, looks_base_60, old_bool, resolve};

/// What the emitter finds out about a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Analysis {
    pub(super) multiline: bool,
    pub(super) plain_allowed: bool,
    pub(super) single_quoted_allowed: bool,
    pub(super) block_allowed: bool,
}

/// The style that the encoder asks for.
pub(super) fn wanted_style(text: &[u8], version: Version) -> ScalarStyle {
    if text.contains(&b'\n') {
        return ScalarStyle::Literal;
    }
    let special = match text.first() {
        None => true,
        Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'~' | b'a'..=b'z' | b'A'..=b'Z') => {
            resolve(text, version) != Resolved::String
                || looks_base_60(text)
                || (version == Version::V3 && old_bool(text).is_some())
        }
        Some(_) => false,
    };
    if special { ScalarStyle::DoubleQuoted } else { ScalarStyle::Plain }
}

/// The style that is written instead of the one asked for where that isn't allowed.
pub(super) fn allowed_style(
    wanted: ScalarStyle,
    text: &[u8],
    analysis: Analysis,
    simple_key: bool,
) -> ScalarStyle {
    let mut style = wanted;
    if simple_key && analysis.multiline {
        style = ScalarStyle::DoubleQuoted;
    }
    if style == ScalarStyle::Plain && (!analysis.plain_allowed || (text.is_empty() && simple_key)) {
        style = ScalarStyle::SingleQuoted;
    }
    if style == ScalarStyle::SingleQuoted && !analysis.single_quoted_allowed {
        style = ScalarStyle::DoubleQuoted;
    }
    if style == ScalarStyle::Literal && (!analysis.block_allowed || simple_key) {
        style = ScalarStyle::DoubleQuoted;
    }
    style
}

const ORDINARY: u8 = 0;
const COLON: u8 = 1;
const HASH: u8 = 2;
const SPACE: u8 = 3;
const OTHER: u8 = 4;

const CLASSES: [u8; 256] = {
    let mut classes = [OTHER; 256];
    let mut byte = 0x21;
    while byte < 0x7f {
        classes[byte] = ORDINARY;
        byte += 1;
    }
    classes[b' ' as usize] = SPACE;
    classes[b':' as usize] = COLON;
    classes[b'#' as usize] = HASH;
    classes
};

/// Analyses a text in valid UTF-8.
pub(super) fn analyze(text: &[u8], version: Version) -> Analysis {
    let Some(first) = text.first() else {
        return Analysis {
            multiline: false,
            plain_allowed: true,
            single_quoted_allowed: true,
            block_allowed: false,
        };
    };
    let blank_at = |at: usize| text.get(at).is_none_or(|byte| matches!(byte, b' ' | b'\t'));
    let mut indicators = text.starts_with(b"---")
        || text.starts_with(b"...")
        || match first {
            b'#' | b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"'
            | b'%' | b'@' | b'`' => true,
            b'?' | b':' | b'-' => blank_at(1),
            _ => false,
        };
    let mut line_breaks = false;
    let mut special = false;
    let mut tabs = false;
    let mut break_space = false;
    let mut space_break = false;
    let mut previous_space = false;
    let mut previous_break = false;
    let mut last_is_break = false;

    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        let mut length = 1;
        match CLASSES[usize::from(byte)] {
            ORDINARY => {
                (previous_space, previous_break) = (false, false);
            }
            SPACE => {
                break_space |= previous_break;
                (previous_space, previous_break) = (true, false);
            }
            COLON => {
                indicators |= at > 0 && blank_at(at + 1);
                (previous_space, previous_break) = (false, false);
            }
            HASH => {
                indicators |= at > 0 && (previous_space || previous_break || is_blank_or_nul(text[at - 1]));
                (previous_space, previous_break) = (false, false);
            }
            _ => {
                length = width(byte).max(1);
                if byte == b'\t' && version == Version::V3 {
                    tabs = true;
                } else {
                    special |= !is_printable(&text[at..]);
                }
                if is_break(&text[at..]) {
                    line_breaks = true;
                    space_break |= previous_space;
                    last_is_break = at + length == text.len();
                    (previous_space, previous_break) = (false, true);
                } else {
                    (previous_space, previous_break) = (false, false);
                }
            }
        }
        at += length;
    }

    let trailing_space = text.ends_with(b" ");
    let outer_space = text.starts_with(b" ") || trailing_space || is_break(text) || last_is_break;
    let broken = space_break || tabs || special;
    Analysis {
        multiline: line_breaks,
        plain_allowed: !outer_space && !break_space && !broken && !line_breaks && !indicators,
        single_quoted_allowed: !break_space && !broken,
        block_allowed: !trailing_space && !space_break && !special,
    }
}

fn is_blank_or_nul(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0)
}

/// Whether a line break starts the text, a Unicode one too.
pub(super) fn is_break(text: &[u8]) -> bool {
    matches!(text, [b'\r' | b'\n', ..] | [0xc2, 0x85, ..] | [0xe2, 0x80, 0xa8 | 0xa9, ..])
}

/// Whether the text's first character can be written as it is.
pub(super) fn is_printable(text: &[u8]) -> bool {
    match text {
        [0x0a | 0x20..=0x7e, ..] => true,
        [0xc2, second, ..] => *second >= 0xa0,
        [0xc3..=0xec, ..] | [0xee, ..] => true,
        [0xed, second, ..] => *second < 0xa0,
        [0xef, 0xbb, 0xbf, ..] | [0xef, 0xbf, 0xbe | 0xbf, ..] => false,
        [0xef, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(text: &str) -> ScalarStyle {
        let text = text.as_bytes();
        allowed_style(wanted_style(text, Version::V2), text, analyze(text, Version::V2), false)
    }

    #[test]
    fn styles_are_chosen_as_go_yaml_does() {
        for text in
            ["a", "tRue", "0o8", "a:b", "a#b", "-a", "<<", "=", "a{b}", "it's", "12:60", "é", "\u{a0}"]
        {
            assert_eq!(style(text), ScalarStyle::Plain, "{text:?}");
        }
        for text in ["-", "- a", "a: b", "a:", "a #b", "#a", "*", "@a", " a", "a ", "---", "", "?"] {
            let expected =
                if text.is_empty() { ScalarStyle::DoubleQuoted } else { ScalarStyle::SingleQuoted };
            assert_eq!(style(text), expected, "{text:?}");
        }
        for text in ["y", "null", "~", "1", "0x1F", "1_0", "12:30:45", "2001-1-2", "a\tb", "😀", "\u{feff}a"]
        {
            assert_eq!(style(text), ScalarStyle::DoubleQuoted, "{text:?}");
        }
        for text in ["a\nb", "a\n", "\na", " a\nb", "a\n b", "# c\na"] {
            assert_eq!(style(text), ScalarStyle::Literal, "{text:?}");
        }
        for text in ["a \nb", "a\n ", "a\r\nb", "a\n\tb"] {
            assert_eq!(style(text), ScalarStyle::DoubleQuoted, "{text:?}");
        }
    }
}
