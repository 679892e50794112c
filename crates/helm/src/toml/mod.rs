//! TOML as Helm's templates read and write it (helm: BurntSushi/toml v1.6).

mod decode;
mod document;
mod encode;
mod scan;

pub(crate) use decode::decode;
pub(crate) use encode::encode;

/// How deep values may nest; Go runs until its stack ends.
const MAX_DEPTH: usize = 1_000;

/// Appends a key or a part of one, quoted where it isn't bare.
fn append_key(out: &mut Vec<u8>, key: &[u8]) {
    if !key.is_empty() && key.iter().all(|byte| is_bare(*byte)) {
        out.extend_from_slice(key);
    } else {
        append_quoted(out, key);
    }
}

/// Whether a byte may stand in a key without quotes.
fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// A key with dots between its parts.
fn key_text<T: AsRef<[u8]>>(parts: &[T]) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push(b'.');
        }
        append_key(&mut out, part.as_ref());
    }
    out
}

/// Appends a string in double quotes.
fn append_quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for byte in text {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            8 => out.extend_from_slice(b"\\b"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\r' => out.extend_from_slice(b"\\r"),
            0..0x20 | 0x7f => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(*byte),
        }
    }
    out.push(b'"');
}

/// The names of the locations that mark times without a zone.
const LOCAL_DATETIME: &[u8] = b"datetime-local";
const LOCAL_DATE: &[u8] = b"date-local";
const LOCAL_TIME: &[u8] = b"time-local";

#[cfg(test)]
mod tests;
