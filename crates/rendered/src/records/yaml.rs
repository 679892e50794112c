//! Scalars of our own YAML files: quoted wherever some reader could take them for anything but this text.

use std::fmt::Write as _;

/// A text as a YAML scalar on one line: plain where nothing in it has a meaning in YAML, else in double quotes.
pub(crate) fn scalar(text: &str) -> String {
    let plain = match text.bytes().next() {
        Some(first) if first.is_ascii_alphabetic() => is_plain_word(text),
        Some(first) if first.is_ascii_digit() => is_plain_id(text),
        _ => false,
    };
    if plain { text.to_owned() } else { quoted(text) }
}

/// What begins with a letter and is none of the words that YAML 1.1 takes for booleans and null; all other words with a
/// meaning begin with a digit, a sign or a dot.
fn is_plain_word(text: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let inner =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-' | b':' | b'@');
    text.bytes().all(inner)
        && !text.ends_with(':')
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// What begins with a digit, such as an object id, and can't be a number: a letter is in it that no number has.
fn is_plain_id(text: &str) -> bool {
    let prefixed = text
        .as_bytes()
        .get(1)
        .is_some_and(|second| matches!(second, b'x' | b'X' | b'o' | b'O' | b'b' | b'B'));
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && !prefixed
        && text.bytes().any(|byte| byte.is_ascii_alphabetic() && !byte.eq_ignore_ascii_case(&b'e'))
}

/// In double quotes, everything escaped that isn't printable in every reader's view.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' => {
                out.push(c)
            }
            c => {
                let number = u32::from(c);
                // Writing to a String can't fail.
                let _ = match number {
                    0..=0xff => write!(out, "\\x{number:02x}"),
                    0x100..=0xffff => write!(out, "\\u{number:04x}"),
                    _ => write!(out, "\\U{number:08x}"),
                };
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn texts_come_back_whoever_reads_them() {
        for text in [
            "",
            "a",
            "y",
            "No",
            "1",
            "0x1f",
            "1e3",
            "null",
            "~",
            "a b",
            "a: b",
            "a #b",
            "-",
            "- a",
            "é",
            "\u{85}",
            "a\nb",
            "\t",
            "\"q\"",
            "back\\slash",
            "\u{1}",
            "\u{feff}",
            "😀",
            "ghcr.io/a/b:git-1",
            "x:",
            "envs/a.yaml",
            "sha256:00",
            "{a}",
            "0cc4",
            "0b01",
            "0bcc",
            "1e5",
            "123",
            "12e",
            "1a",
            "190:20:30",
            "1_000",
            "[a]",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a`",
            "'a'",
            "2026-01-01",
            "4.2.3",
            "\u{2028}",
        ] {
            let document = format!("k: {}\n", scalar(text));
            let go = goyaml::decode_map(document.as_bytes()).unwrap();
            assert_eq!(go.get(b"k").and_then(helm::Frozen::as_bytes), Some(text.as_bytes()), "{document}");
            let ours: std::collections::BTreeMap<String, String> = serde_yaml::from_str(&document).unwrap();
            assert_eq!(ours["k"], text, "{document}");
        }
        assert_eq!(scalar("ghcr.io/a/b:git-1"), "ghcr.io/a/b:git-1");
        assert_eq!(scalar("0cc4cd87"), "0cc4cd87");
        assert_eq!(scalar("4.2.3"), "\"4.2.3\"");
    }
}
