//! Objects as they may be shown: without the values of Secrets, and without anything that a rule finds.

use std::borrow::Cow;

use goyaml::PathSegment;
use helm::{Frozen, FrozenMap};

use super::object::{self, Hit};
use super::text::assigned;
use super::{Fingerprint, base64, may_hold, tokens};
use crate::block_yaml::to_block_yaml;
use crate::diff::to_json;
use crate::object::ObjectId;

/// The text of an object as it may be shown; as it is where it holds no secret.
///
/// A value of a Secret is masked whatever it is; elsewhere what a rule finds is, allowed or not. Where the text can't
/// be masked line by line the object is written anew from its fields.
pub(crate) fn mask<'t>(object: &ObjectId, text: &'t [u8]) -> Cow<'t, [u8]> {
    if !may_hold(object, text) {
        return Cow::Borrowed(text);
    }
    let Ok(decoded) = goyaml::decode(text) else {
        return Cow::Owned(format!("{}\n", Fingerprint::of(text).mask()).into_bytes());
    };
    let hits = object::hits(&decoded, text);
    let masked = mask_value(&decoded, &hits, 0);
    if masked == decoded && hits.is_empty() {
        return Cow::Borrowed(text);
    }
    let lines = mask_lines(text, &decoded, &hits);
    let shows_nothing = || object::comments(&lines).is_empty();
    if goyaml::decode(&lines).is_ok_and(|lines| lines == masked) && shows_nothing() {
        return Cow::Owned(lines);
    }
    Cow::Owned(to_block_yaml(&to_json(&masked)).into_bytes())
}

/// The same for a file, which need not hold an object.
pub(crate) fn mask_file(text: &[u8]) -> Cow<'_, [u8]> {
    if text.is_empty() {
        return Cow::Borrowed(text);
    }
    mask(&ObjectId::of(&goyaml::head(text).unwrap_or_default()), text)
}

/// A text without the secrets of known shapes in it, and without the values that it gives to names of secrets: what a
/// program printed, which is no YAML.
///
/// ```
/// let log = "deployed with password=hunter22x to example.org";
/// assert_eq!(rendered::mask_secrets(log), "deployed with password=*** to example.org");
/// ```
pub fn mask_secrets(text: &str) -> String {
    let text = &*super::header::mask_headers(text);
    let bytes = text.as_bytes();
    let tokens = tokens::find(bytes);
    let of_shapes = tokens.iter().map(|token| &bytes[token.span.clone()]);
    let of_names = assigned(bytes).into_iter().map(|(_, value)| value);
    // A secret may be a part of another one.
    let mut secrets: Vec<&str> =
        of_shapes.chain(of_names).filter_map(|secret| std::str::from_utf8(secret).ok()).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.into_iter().fold(text.to_owned(), |masked, secret| masked.replace(secret, "***"))
}

/// The text with the values of a Secret masked on the lines of their keys, and with what rules found masked where it stands
/// as it is.
fn mask_lines(text: &[u8], object: &Frozen, hits: &[Hit]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let mut out = Vec::with_capacity(text.len());
    let mut masks: Vec<(usize, Vec<u8>)> = Vec::new();
    for field in [&b"data"[..], b"stringData"] {
        let data = object.as_map().filter(|map| is_secret(map)).and_then(|map| map.get(field)?.as_map());
        let masked = data.map(|data| mask_data(field, data));
        for (key, value) in masked.iter().flat_map(FrozenMap::iter) {
            let path = [PathSegment::Key(field.into()), PathSegment::Key(key.into())];
            let (Some(mark), Some(value)) = (goyaml::mark_of(text, &path), value.as_bytes()) else {
                continue;
            };
            if !value.is_empty() {
                masks.push((mark.line as usize, value.to_vec()));
            }
        }
    }
    masks.sort();
    let mut masks = masks.into_iter().peekable();
    let mut index = 0;
    while index < lines.len() {
        let line = std::mem::take(&mut lines[index]);
        let Some((_, value)) = masks.next_if(|(at, _)| *at == index) else {
            out.extend_from_slice(&mask_text(line, hits));
            index += 1;
            continue;
        };
        let colon =
            memchr::memmem::find(line, b": ").or_else(|| memchr::memchr(b':', line)).unwrap_or(line.len());
        out.extend_from_slice(&line[..colon]);
        out.extend_from_slice(b": ");
        out.extend_from_slice(&value);
        out.push(b'\n');
        // Further lines of the value are indented more than its key, or empty.
        let indentation = indentation(line);
        index += 1;
        while lines
            .get(index)
            .is_some_and(|next| next.trim_ascii().is_empty() || self::indentation(next) > indentation)
        {
            index += 1;
        }
    }
    out
}

fn indentation(line: &[u8]) -> usize {
    line.iter().take_while(|byte| **byte == b' ').count()
}

/// Deeper than any object is; what is deeper isn't shown.
const MAX_DEPTH: usize = 100;

fn mask_value(value: &Frozen, hits: &[Hit], depth: usize) -> Frozen {
    match value {
        Frozen::Map(_) | Frozen::List(_) if depth > MAX_DEPTH => Frozen::string("<masked>"),
        Frozen::List(items) => {
            let items: Vec<Frozen> = items.iter().map(|item| mask_value(item, hits, depth + 1)).collect();
            Frozen::List(items.into())
        }
        Frozen::Map(map) => mask_map(map, hits, depth),
        Frozen::String(text) => Frozen::string(mask_text(text, hits)),
        plain => plain.clone(),
    }
}

fn mask_map(map: &FrozenMap, hits: &[Hit], depth: usize) -> Frozen {
    let is_secret = is_secret(map);
    let pairs = map.iter().map(|(key, value)| {
        let masked = match value {
            Frozen::Map(data) if is_secret && matches!(key, b"data" | b"stringData") => {
                Frozen::Map(mask_data(key, data))
            }
            Frozen::Map(metadata) if is_secret && key == b"metadata" => {
                mask_map(&without_last_applied(metadata), hits, depth + 1)
            }
            _ => mask_value(value, hits, depth + 1),
        };
        (mask_text(key, hits), masked)
    });
    Frozen::Map(FrozenMap::from_pairs(pairs))
}

/// Another group's kind of this name is another thing; one without a version is masked to be on the safe side.
fn is_secret(map: &FrozenMap) -> bool {
    let text = |key: &[u8]| map.get(key).and_then(Frozen::as_bytes);
    text(b"kind") == Some(b"Secret") && !text(b"apiVersion").is_some_and(|version| version.contains(&b'/'))
}

/// `kubectl apply` copies the whole object, data too, into this annotation.
const LAST_APPLIED: &[u8] = b"kubectl.kubernetes.io/last-applied-configuration";

/// The metadata of a Secret with the copy of the whole object masked.
fn without_last_applied(metadata: &FrozenMap) -> FrozenMap {
    let masked = |annotations: &FrozenMap| {
        FrozenMap::from_pairs(annotations.iter().map(|(key, value)| match value {
            Frozen::String(text) if key == LAST_APPLIED => {
                (key, Frozen::string(Fingerprint::of(text).mask()))
            }
            value => (key, value.clone()),
        }))
    };
    FrozenMap::from_pairs(metadata.iter().map(|(key, value)| match value {
        Frozen::Map(annotations) if key == b"annotations" => (key, Frozen::Map(masked(annotations))),
        value => (key, value.clone()),
    }))
}

/// The values of one of a Secret's fields, each masked; equal secrets have equal masks, in base64 or not.
fn mask_data(field: &[u8], data: &FrozenMap) -> FrozenMap {
    let plain = |text: &[u8]| match field {
        b"data" => base64::decode(text).unwrap_or_else(|| text.to_vec()),
        _ => text.to_vec(),
    };
    FrozenMap::from_pairs(data.iter().map(|(key, value)| {
        let masked = match value {
            Frozen::Nil => Frozen::Nil,
            Frozen::String(text) if text.is_empty() => value.clone(),
            Frozen::String(text) => Frozen::string(Fingerprint::of(&plain(text)).mask()),
            other => Frozen::string(Fingerprint::of(to_json(other).to_string().as_bytes()).mask()),
        };
        (key, masked)
    }))
}

pub(super) fn mask_text(text: &[u8], hits: &[Hit]) -> Vec<u8> {
    let mut masked = Cow::Borrowed(text);
    for hit in hits.iter().filter(|hit| !hit.written.is_empty()) {
        if let Some(first) = memchr::memmem::find(&masked, &hit.written) {
            let mask = Fingerprint::of(&hit.secret).mask();
            let mut out = masked[..first].to_vec();
            let mut rest = &masked[first..];
            while let Some(at) = memchr::memmem::find(rest, &hit.written) {
                out.extend_from_slice(&rest[..at]);
                out.extend_from_slice(mask.as_bytes());
                rest = &rest[at + hit.written.len()..];
            }
            out.extend_from_slice(rest);
            masked = Cow::Owned(out);
        }
    }
    masked.into_owned()
}
