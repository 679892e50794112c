//! Replacement templates: `$1`, `${name}`, `$$`.

use std::collections::HashMap;
use std::rc::Rc;

use crate::{unicode, utf8};

/// A part of a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'t> {
    /// Goes out as it stands.
    Text(&'t [u8]),
    /// What the first of these groups matched that matched anything. Several may have one name.
    Groups(Rc<[usize]>),
}

/// A template, read once for all matches.
#[derive(Debug)]
pub(super) struct Template<'t> {
    parts: Vec<Part<'t>>,
}

impl<'t> Template<'t> {
    /// Reads a template for a pattern whose groups have these names.
    pub(super) fn parse<'n>(mut template: &'t [u8], names: impl Iterator<Item = &'n str>) -> Self {
        let mut named: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (number, name) in names.enumerate() {
            named.entry(name.as_bytes()).or_default().push(number);
        }
        let named: HashMap<&[u8], Rc<[usize]>> =
            named.into_iter().map(|(name, numbers)| (name, numbers.into())).collect();
        let mut parts = Vec::new();
        while let Some(dollar) = template.iter().position(|byte| *byte == b'$') {
            let (text, rest) = (&template[..dollar], &template[dollar + 1..]);
            if let Some((group, rest)) = reference(rest) {
                push_text(&mut parts, text);
                parts.push(Part::Groups(match group {
                    Group::Number(number) => [number].into(),
                    Group::Name(name) => named.get(name).cloned().unwrap_or_default(),
                }));
                template = rest;
            } else {
                // Two stand for one, and what isn't a reference stays as it is.
                push_text(&mut parts, &template[..=dollar]);
                template = rest.strip_prefix(b"$").unwrap_or(rest);
            }
        }
        push_text(&mut parts, template);
        Self { parts }
    }

    pub(super) fn parts(&self) -> &[Part<'t>] {
        &self.parts
    }

    /// What putting it in once takes, in steps.
    pub(super) fn steps(&self) -> u64 {
        let looked_at = |part: &Part<'_>| match part {
            Part::Text(_) => 1,
            Part::Groups(numbers) => 1 + numbers.len() as u64,
        };
        self.parts.iter().map(looked_at).sum()
    }
}

fn push_text<'t>(parts: &mut Vec<Part<'t>>, text: &'t [u8]) {
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
}

/// A group that a template names.
enum Group<'t> {
    Number(usize),
    Name(&'t [u8]),
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
