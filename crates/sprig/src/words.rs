//! Strings as lines and words: wrapping, abbreviating, initials, letter case by word.

use gostd::value::Value;
use gostd::{unicode, utf8};
use gotemplate::{Call, Function};

use crate::args::{int, text};
use crate::strings::GROWING;
use crate::table::{Answer, INT, STRING, fixed};

pub(crate) const FUNCTIONS: &[Function] = &[
    fixed("abbrev", &[INT, STRING], STRING, abbrev),
    fixed("abbrevboth", &[INT, INT, STRING], STRING, abbrevboth),
    fixed("wrap", &[INT, STRING], STRING, |call, args| {
        wrap(call, text(args, 1), int(args, 0), b"\n", LongWords::Keep)
    }),
    fixed("wrapWith", &[INT, STRING, STRING], STRING, |call, args| {
        let separator = text(args, 1);
        let separator = if separator.is_empty() { b"\n" } else { separator };
        wrap(call, text(args, 2), int(args, 0), separator, LongWords::Cut)
    }),
    fixed("nospace", &[STRING], STRING, nospace),
    fixed("initials", &[STRING], STRING, initials),
    fixed("untitle", &[STRING], STRING, untitle),
    fixed("swapcase", &[STRING], STRING, swapcase),
];

fn abbrev<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let (width, subject) = (int(args, 0), text(args, 1));
    Ok(if width < 4 { Value::String(subject) } else { call.arena.string(abbreviate(subject, 0, width)) })
}

fn abbrevboth<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let (left, right, subject) = (int(args, 0), int(args, 1), text(args, 2));
    if right < 4 || left > 0 && right < 7 {
        return Ok(Value::String(subject));
    }
    Ok(call.arena.string(abbreviate(subject, left, right)))
}

/// Cuts a text to `width` bytes with an ellipsis behind it, or on both sides where the part that begins at
/// `offset` is asked for (goutils: `AbbreviateFull`). Where goutils gives an error, sprig prints nothing.
fn abbreviate(subject: &[u8], offset: i64, width: i64) -> Vec<u8> {
    let length = subject.len() as i64;
    if width < 4 && length > 0 {
        return Vec::new();
    }
    if length <= width {
        return subject.to_vec();
    }
    let kept = (width - 3) as usize;
    let offset = offset.min(length);
    // An offset far before the start wraps around, as in Go.
    let left = length.wrapping_sub(offset);
    let offset = if left < width - 3 { length - (width - 3) } else { offset };
    if offset <= 4 {
        return [&subject[..kept], b"..."].concat();
    }
    if width < 7 {
        return Vec::new();
    }
    if offset + width - 3 < length {
        let inner = abbreviate(&subject[offset as usize..], 0, width - 3);
        return [b"...", inner.as_slice()].concat();
    }
    [b"...", &subject[subject.len() - kept..]].concat()
}

/// What wrapping does with words longer than a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LongWords {
    Keep,
    Cut,
}

/// Breaks a text into lines at the last space that fits (goutils: `WrapCustom`). Lengths are in bytes.
fn wrap<'r>(
    call: &Call<'_, 'r>,
    subject: &'r [u8],
    width: i64,
    separator: &[u8],
    long_words: LongWords,
) -> Answer<'r> {
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    let mut out = Vec::new();
    let mut rest = subject;
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let (line, skipped) = if let Some(space) = memchr::memrchr(b' ', &rest[..=width]) {
            (space, 1)
        } else if long_words == LongWords::Cut {
            (width, 0)
        } else if let Some(space) = memchr::memchr(b' ', &rest[width..]) {
            (width + space, 1)
        } else {
            break;
        };
        call.budget.bytes(GROWING * (line + separator.len()) as u64)?;
        out.extend_from_slice(&rest[..line]);
        out.extend_from_slice(separator);
        rest = &rest[line + skipped..];
    }
    out.extend_from_slice(rest);
    Ok(call.arena.string(out))
}

/// Whether the code point that equals this byte is white space: goutils takes bytes for runes.
fn is_latin1_space(byte: u8) -> bool {
    unicode::is_space(char::from(byte))
}

fn nospace<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let subject = text(args, 0);
    if !subject.iter().any(|byte| is_latin1_space(*byte)) {
        return Ok(Value::String(subject));
    }
    let kept: String =
        subject.iter().filter(|byte| !is_latin1_space(**byte)).map(|byte| char::from(*byte)).collect();
    Ok(call.arena.string(kept))
}

fn initials<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let mut out = String::new();
    let mut in_gap = true;
    for byte in text(args, 0) {
        let space = is_latin1_space(*byte);
        if !space && in_gap {
            out.push(char::from(*byte));
        }
        in_gap = space;
    }
    Ok(call.arena.string(out))
}

fn untitle<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let mut at_start = true;
    let out: String = utf8::runes(text(args, 0))
        .map(|(_, rune)| {
            let space = unicode::is_space(rune);
            let lowered = if !space && at_start { unicode::to_lower(rune) } else { rune };
            at_start = space;
            lowered
        })
        .collect();
    Ok(call.arena.string(out))
}

fn swapcase<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Answer<'r> {
    let mut after_space = true;
    let out: String = utf8::runes(text(args, 0))
        .map(|(_, rune)| {
            if unicode::is_upper(rune) || unicode::is_title(rune) {
                after_space = false;
                unicode::to_lower(rune)
            } else if unicode::is_lower(rune) {
                if std::mem::take(&mut after_space) {
                    unicode::to_title(rune)
                } else {
                    unicode::to_upper(rune)
                }
            } else {
                after_space = unicode::is_space(rune);
                rune
            }
        })
        .collect();
    Ok(call.arena.string(out))
}
