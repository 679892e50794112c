//! Whether a text is worth being decoded: what holds nothing that looks like a secret costs one quick look.
//!
//! Nearly every secret is a run of characters without a blank, sixteen or more, with a digit in it. The others, passwords and
//! what has blanks in its shape, stand behind one of a few words.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::{entropy, shapes, tokens};

/// Words behind which a password stands that may be short, then what announces a secret by itself.
const WORDS: [&str; 13] = [
    "pass",
    "Pass",
    "PASS",
    "pwd",
    "Pwd",
    "PWD",
    "://",
    "sops",
    "-----BEGIN ",
    "\"auth\"",
    "asic ",
    "FlyV1 ",
    "hf_",
];
const OF_PASSWORDS: usize = 6;
const OF_URLS: usize = 6;

static AUTOMATON: LazyLock<AhoCorasick> =
    LazyLock::new(|| AhoCorasick::new(WORDS).expect("the words are few and short"));

/// Whether a text can hold a secret that [`super::object`] finds outside of a Secret's data.
pub(super) fn is_suspect(text: &[u8]) -> bool {
    let announces = |hit: aho_corasick::Match| match hit.pattern().as_usize() {
        ..OF_PASSWORDS => has_password(text, hit.start()),
        OF_URLS => shapes::url_password(text, hit.start()).is_some(),
        _ => true,
    };
    AUTOMATON.find_iter(text).any(announces) || has_long_run(text)
}

/// How far before a password the rest of its connection string is looked for.
const BEFORE: usize = 400;

/// Whether behind a word, on its line or the next one, stands what may be a password.
fn has_password(text: &[u8], word: usize) -> bool {
    let end = word + memchr::memchr(b'\n', &text[word..]).unwrap_or(text.len() - word);
    let is_set = text[word..end].iter().take(9).any(|byte| *byte == b'=');
    if is_set && !tokens::find(&text[word.saturating_sub(BEFORE)..end]).is_empty() {
        return true;
    }
    let text = &text[word..];
    let mut ends = memchr::memchr_iter(b'\n', text);
    let end = ends.nth(1).unwrap_or(text.len());
    let mut runs = text[..end.min(500)].split(ends_run);
    runs.any(|run| run.len() >= 6 && entropy::may_be_secret(run))
}

/// Runs end at white space, quotes and separators of lists.
fn ends_run(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b',' | b';' | b'`' | b'<' | b'>')
}

/// No secret is shorter that stands behind none of the words.
const LONG: usize = 16;

fn has_long_run(text: &[u8]) -> bool {
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text).chain([text.len()]) {
        let line = &text[start..end];
        // Without a way out of the loop, so that many bytes are looked at in one step.
        let has_digit = line.iter().fold(false, |found, byte| found | byte.is_ascii_digit());
        if line.len() >= LONG && has_digit && has_suspicious_run(text, start, end) {
            return true;
        }
        start = end + 1;
    }
    false
}

fn has_suspicious_run(text: &[u8], line: usize, end: usize) -> bool {
    let mut start = line;
    for run in text[line..end].split(ends_run) {
        let is_long = run.len() >= LONG && run.iter().any(u8::is_ascii_digit);
        if is_long && is_suspicious(text, start, run) {
            return true;
        }
        start += run.len() + 1;
    }
    false
}

fn is_suspicious(text: &[u8], start: usize, run: &[u8]) -> bool {
    let parts = || run.split(|byte| !entropy::is_of_token(*byte) || *byte == b'=');
    let is_random = || entropy::is_random(run) || parts().any(entropy::is_random);
    let is_named = || entropy::may_be_secret(run) && is_hinted(text, start, start + run.len());
    is_random() || is_named() || !tokens::find(run).is_empty()
}

/// Words of which one stands near every value that its name makes a secret.
const HINTS: [&[u8]; 12] = [
    b"pass", b"pwd", b"secret", b"token", b"key", b"cred", b"auth", b"salt", b"cookie", b"hmac", b"bearer",
    b"psk",
];

/// How far before a value its name stands at most: on the same line or on the one before it.
const NEAR: usize = 200;

/// Whether one of the words stands in a run, or before it on its line or the one before, in any case.
fn is_hinted(text: &[u8], start: usize, end: usize) -> bool {
    let before = start.saturating_sub(NEAR);
    let from =
        memchr::memrchr_iter(b'\n', &text[before..start]).nth(1).map_or(before, |newline| before + newline);
    // Sums over rendered Secrets are in most charts, and are none.
    let line = memchr::memrchr(b'\n', &text[before..start]).map_or(before, |newline| before + newline);
    if memchr::memmem::find(&text[line..start], b"checksum/").is_some() {
        return false;
    }
    let near = text[from..end].to_ascii_lowercase();
    HINTS.iter().any(|word| memchr::memmem::find(&near, word).is_some())
}
