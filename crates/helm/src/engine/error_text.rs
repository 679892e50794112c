//! Go's error chains as Helm prints them (helm: pkg/engine/engine.go, `reformatExecErrorMsg`).
//!
//! Helm takes its text apart again and so do we, since what it makes of a text depends on where the text
//! happens to have colons.

use gotemplate::{CallError, ExecError, ParseError, Reason};

use super::functions::{WARN_END, WARN_START};
use crate::HelmVersion;

/// Helm's text of a template that doesn't parse: the place, and what stands behind the last colon.
pub(super) fn parse_error(error: &ParseError) -> Vec<u8> {
    let text = error.text();
    let mut tokens = split(&text, b": ");
    let last = tokens.pop().unwrap_or_default();
    let location = tokens.get(1).copied().unwrap_or_default();
    [b"parse error at (", location, b"): ", last].concat()
}

/// Helm's text of a template that failed.
pub(super) fn exec_error(error: &ExecError, helm: HelmVersion) -> Vec<u8> {
    // Helm has no words for a budget, and a chain as long as the one that used it up would hide ours.
    if let Some(Reason::Budget(_) | Reason::Call { error: CallError::Budget(_), .. }) =
        error.root().failure().map(|failure| &failure.reason)
    {
        return error.root().text();
    }
    let text = error.text();
    if error.failure().is_none() {
        return text;
    }
    if let Some(message) = warning(&text) {
        return message;
    }
    if helm.is_v3() {
        return text;
    }
    let mut blocks: Vec<Block> = Vec::new();
    for level in chain(error) {
        match Block::parse(&level) {
            Some(block) if blocks.last() != Some(&block) => blocks.push(block),
            Some(_) => {}
            // A plain error at the bottom: Helm gives up and prints the chain.
            None => return text,
        }
    }
    let mut out = Vec::new();
    for block in &blocks {
        block.print(&mut out);
    }
    gostd::unicode::trim_space(&out).to_vec()
}

/// `required` and `fail` show their message alone, with the place of the outermost call.
fn warning(text: &[u8]) -> Option<Vec<u8>> {
    let (_, rest) = split_once(text, b": ")?;
    let (location, rest) = split_once(rest, b": ")?;
    let start = find(rest, WARN_START)? + WARN_START.len();
    let end =
        rest.windows(WARN_END.len()).rposition(|window| window == WARN_END).filter(|end| *end >= start)?;
    Some([b"execution error at (", location, b"): ", &rest[start..end]].concat())
}

/// The texts of the errors that Go would unwrap one by one. Each holds those after it: there is only one at a time.
fn chain(error: &ExecError) -> impl Iterator<Item = Vec<u8>> {
    let calls = error.levels().flat_map(|level| {
        let call = match level.failure().map(|failure| &failure.reason) {
            Some(Reason::Call { error, .. }) => Some(error),
            _ => None,
        };
        let inner = call.and_then(|call| match call {
            CallError::Exec { context, error } if !context.is_empty() => Some(error),
            _ => None,
        });
        let text = call.map(CallError::text);
        text.into_iter().chain(inner.map(|inner| inner.text()))
    });
    std::iter::once(error.text()).chain(calls)
}

/// What Helm reads out of one error's text.
#[derive(PartialEq, Eq)]
struct Block {
    location: Vec<u8>,
    executed: Vec<u8>,
    message: Vec<u8>,
}

impl Block {
    fn parse(text: &[u8]) -> Option<Self> {
        let rest = text.strip_prefix(b"template: ")?;
        if rest.starts_with(b"no template ") {
            return Some(Self { location: Vec::new(), executed: Vec::new(), message: text.to_vec() });
        }
        Self::parse_executing(rest).or_else(|| {
            let separator = rest.windows(2).rposition(|window| window == b": ")?;
            let message = cut(&rest[separator + 2..], b" template:");
            Some(Self {
                location: rest[..separator].to_vec(),
                executed: Vec::new(),
                message: message.to_vec(),
            })
        })
    }

    /// `NAME: executing "FUNCTION" at <NODE>: MESSAGE[ template:…]`
    fn parse_executing(rest: &[u8]) -> Option<Self> {
        let (location, after) = split_once(rest, b": executing ")?;
        let after = after.strip_prefix(b"\"")?;
        let quote = after.iter().position(|byte| *byte == b'"')?;
        let (function, after) = (&after[..quote], &after[quote + 1..]);
        let (node, message) = split_once(after.strip_prefix(b" at <")?, b">: ")?;
        Some(Self {
            location: location.to_vec(),
            executed: [b"executing \"", function, b"\" at <", node, b">:"].concat(),
            message: cut(message, b" template:").to_vec(),
        })
    }

    fn print(&self, out: &mut Vec<u8>) {
        for (text, tail) in
            [(&self.location, &b"\n  "[..]), (&self.executed, b"\n    "), (&self.message, b"\n")]
        {
            if !text.is_empty() {
                out.extend_from_slice(text);
                out.extend_from_slice(tail);
            }
        }
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn split_once<'t>(text: &'t [u8], separator: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let at = find(text, separator)?;
    Some((&text[..at], &text[at + separator.len()..]))
}

fn split<'t>(text: &'t [u8], separator: &[u8]) -> Vec<&'t [u8]> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((part, after)) = split_once(rest, separator) {
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

fn cut<'t>(text: &'t [u8], tail: &[u8]) -> &'t [u8] {
    find(text, tail).map_or(text, |at| &text[..at])
}
