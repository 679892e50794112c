//! What SOPS was to keep encrypted, and isn't.
//!
//! A document that SOPS encrypts carries a `sops` block with a checksum (`mac`), and its values read `ENC[AES256_GCM,…]`. One
//! that was decrypted by SOPS itself has no such block any more; one that has both the block and plain values was edited or
//! decrypted by something else.

use helm::{Frozen, FrozenMap};
use memchr::memmem;
use regex_automata::meta::Regex;

/// How every encrypted value begins.
const ENCRYPTED: &[u8] = b"ENC[AES256_GCM,";

/// A value that should be encrypted.
pub(super) struct Plain<'d> {
    /// The keys that lead to it.
    pub(super) path: Vec<&'d [u8]>,
    /// The value.
    pub(super) value: &'d [u8],
}

/// The plain values of a document that carries the block of SOPS, but for those that the block itself leaves plain.
pub(super) fn unencrypted(document: &FrozenMap) -> Vec<Plain<'_>> {
    let Some(block) = document.get(b"sops").and_then(Frozen::as_map) else { return Vec::new() };
    if block.get(b"mac").is_none() && block.get(b"lastmodified").is_none() {
        return Vec::new();
    }
    let choice = Choice::of(block);
    let mut found = Vec::new();
    // What tells an object from others is never encrypted: nothing could read it then.
    let is_head = |key: &[u8]| matches!(key, b"sops" | b"apiVersion" | b"kind" | b"metadata" | b"type");
    for (key, value) in document.iter().filter(|(key, _)| !is_head(key)) {
        collect(value, &mut vec![key], choice.takes(key), &choice, &mut found);
    }
    found
}

fn collect<'d>(
    value: &'d Frozen,
    path: &mut Vec<&'d [u8]>,
    is_chosen: bool,
    choice: &Choice,
    found: &mut Vec<Plain<'d>>,
) {
    match value {
        Frozen::Map(map) if path.len() < 50 => {
            for (key, value) in map.iter() {
                path.push(key);
                let is_chosen = choice.inherits(is_chosen, key);
                collect(value, path, is_chosen, choice, found);
                path.pop();
            }
        }
        Frozen::List(items) if path.len() < 50 => {
            items.iter().for_each(|item| collect(item, path, is_chosen, choice, found));
        }
        Frozen::String(text) if is_chosen && !text.is_empty() && !text.starts_with(ENCRYPTED) => {
            found.push(Plain { path: path.clone(), value: text });
        }
        _ => {}
    }
}

/// Which keys a document's block says are encrypted.
enum Choice {
    /// All but those that end so.
    AllBut(Vec<u8>),
    /// Those that end so.
    Ending(Vec<u8>),
    /// Those that match, with all below.
    Matching(Option<Regex>),
    /// All but those that match, with all below.
    NotMatching(Option<Regex>),
}

impl Choice {
    fn of(block: &FrozenMap) -> Self {
        let text = |key: &str| block.get(key.as_bytes()).and_then(Frozen::as_bytes);
        let regex =
            |pattern: &[u8]| str::from_utf8(pattern).ok().and_then(|pattern| Regex::new(pattern).ok());
        if let Some(pattern) = text("encrypted_regex") {
            Self::Matching(regex(pattern))
        } else if let Some(pattern) = text("unencrypted_regex") {
            Self::NotMatching(regex(pattern))
        } else if let Some(suffix) = text("encrypted_suffix").filter(|suffix| !suffix.is_empty()) {
            Self::Ending(suffix.to_vec())
        } else {
            Self::AllBut(text("unencrypted_suffix").unwrap_or(b"_unencrypted").to_vec())
        }
    }

    /// Whether a key at the top is encrypted.
    fn takes(&self, key: &[u8]) -> bool {
        match self {
            Self::AllBut(suffix) => suffix.is_empty() || !key.ends_with(suffix),
            Self::Ending(suffix) => key.ends_with(suffix),
            Self::Matching(regex) => regex.as_ref().is_some_and(|regex| regex.is_match(key)),
            Self::NotMatching(regex) => regex.as_ref().is_none_or(|regex| !regex.is_match(key)),
        }
    }

    /// Whether a key is encrypted below another.
    fn inherits(&self, above: bool, key: &[u8]) -> bool {
        match self {
            Self::AllBut(_) | Self::NotMatching(_) => above && self.takes(key),
            Self::Ending(_) | Self::Matching(_) => above || self.takes(key),
        }
    }
}

/// Whether a text, such as an env file, has values that SOPS encrypted beside its own block of lines.
pub(super) fn is_half_encrypted(text: &[u8]) -> bool {
    let has_block =
        memmem::find(text, b"sops_mac=").is_some() || memmem::find(text, b"sops_version=").is_some();
    let has_block =
        has_block || memmem::find(text, b"\nsops:").is_some() && memmem::find(text, b"mac:").is_some();
    has_block && plain_lines(text).next().is_some()
}

/// The plain values among lines such as `NAME=value` or `name: value`, up to the block.
pub(super) fn plain_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.take_while(|line| *line != b"sops:").filter_map(|line| {
        if line.starts_with(b"#") || line.starts_with(b"sops_") {
            return None;
        }
        let at = memchr::memchr2(b'=', b':', line)?;
        let value = line[at + 1..].trim_ascii();
        let is_plain = !value.is_empty() && memmem::find(value, ENCRYPTED).is_none();
        let is_own = line[..at].ends_with(b"_unencrypted")
            || [&b"apiVersion"[..], b"kind", b"name", b"namespace", b"type"].contains(&&line[..at]);
        (is_plain && !is_own).then_some(value)
    })
}
