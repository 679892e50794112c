//! Replacement templates: `$1`, `${name}`, `$$`.

use crate::{unicode, utf8};

/// A group that a template names.
pub(super) enum Group<'t> {
    Number(usize),
    Name(&'t [u8]),
}

/// Appends a template with each reference replaced by what the group matched (`Regexp.Expand`), until there are more
/// than `most` bytes.
pub(super) fn expand<'s>(
    out: &mut Vec<u8>,
    mut template: &[u8],
    most: usize,
    matched: impl Fn(Group<'_>) -> Option<&'s [u8]>,
) {
    while out.len() <= most
        && let Some(dollar) = template.iter().position(|byte| *byte == b'$')
    {
        out.extend_from_slice(&template[..dollar]);
        template = &template[dollar + 1..];
        if let Some(rest) = template.strip_prefix(b"$") {
            out.push(b'$');
            template = rest;
        } else if let Some((group, rest)) = reference(template) {
            out.extend_from_slice(matched(group).unwrap_or_default());
            template = rest;
        } else {
            // What isn't a reference stays as it is.
            out.push(b'$');
        }
    }
    out.extend_from_slice(template);
}

/// The reference that a template begins with behind its dollar, and what follows. A name is as long as can be:
/// `$1x` is the group `1x`.
fn reference(template: &[u8]) -> Option<(Group<'_>, &[u8])> {
    let (braced, text) = match template.strip_prefix(b"{") {
        Some(text) => (true, text),
        None => (false, template),
    };
    let length = utf8::runes(text)
        .find(|(_, rune)| !unicode::is_letter(*rune) && !unicode::is_digit(*rune) && *rune != '_')
        .map_or(text.len(), |(offset, _)| offset);
    let (name, mut rest) = text.split_at(length);
    if name.is_empty() {
        return None;
    }
    if braced {
        rest = rest.strip_prefix(b"}")?;
    }
    Some((number(name).map_or(Group::Name(name), Group::Number), rest))
}

/// A number without leading zeros, of no more than nine digits.
fn number(name: &[u8]) -> Option<usize> {
    let canonical = name.len() <= 9 && (name.len() == 1 || name[0] != b'0');
    let digits = || name.iter().map(|byte| byte.is_ascii_digit().then(|| usize::from(byte - b'0')));
    if canonical { digits().try_fold(0, |number, digit| Some(number * 10 + digit?)) } else { None }
}
