//! Whether a text is worth being decoded: what holds nothing that looks like a secret costs one quick look.
//!
//! Nearly every secret is a run of characters without a blank, sixteen or more, with a digit in it. The others, passwords and
//! what has blanks in its shape, stand behind one of a few words. What [`super::object`] finds has to be suspect here.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem;

use super::{entropy, shapes, tokens};

/// What announces that a text may hold a secret.
#[derive(Clone, Copy)]
enum Word {
    /// A part of names of passwords, which may be short.
    Password,
    /// A part of a URL, which may have a password.
    Url,
    /// Before credentials of HTTP's basic authentication, or an adjective.
    Basic,
    /// The kind of an object, which may stand in a list, or in a field of another; or what an object is about.
    Secret,
    /// A key of a ConfigMap, or what a text is about.
    BinaryData,
    /// Nothing else most of the time.
    Sure,
}

const WORDS: [(&str, Word); 16] = [
    ("pass", Word::Password),
    ("Pass", Word::Password),
    ("PASS", Word::Password),
    ("pwd", Word::Password),
    ("Pwd", Word::Password),
    ("PWD", Word::Password),
    ("://", Word::Url),
    ("asic ", Word::Basic),
    ("Secret", Word::Secret),
    ("binaryData", Word::BinaryData),
    ("sops", Word::Sure),
    ("-----BEGIN ", Word::Sure),
    ("\"auth\"", Word::Sure),
    ("\"auth\\\"", Word::Sure),
    ("FlyV1 ", Word::Sure),
    ("hf_", Word::Sure),
];

// Only leftmost matches are looked for many bytes at a time.
static AUTOMATON: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let words = WORDS.iter().map(|(word, _)| word);
    let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(words);
    automaton.expect("the words are few and short")
});

/// Whether a text can hold a secret that [`super::object`] finds.
pub(super) fn is_suspect(text: &[u8]) -> bool {
    // Up to where connection strings have been looked for: a text full of passwords is read once.
    let mut searched = 0;
    let announces = |hit: aho_corasick::Match| match WORDS[hit.pattern().as_usize()].1 {
        Word::Password => {
            has_connection_string(text, hit.start(), &mut searched) || has_password(text, hit.start())
        }
        Word::Url => shapes::url_password(text, hit.start()).is_some(),
        Word::Basic => has_credentials(&text[hit.end()..]),
        Word::Secret => is_kind(text, hit.range()),
        Word::BinaryData => is_key(&text[hit.end()..]),
        Word::Sure => true,
    };
    AUTOMATON.find_iter(text).any(announces) || has_long_run(text)
}

/// Whether what follows is as long as a user and a password in base64.
fn has_credentials(behind: &[u8]) -> bool {
    const SHORTEST: usize = 12;
    let is_of_base64 = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    behind.trim_ascii_start().iter().take_while(is_of_base64).take(SHORTEST).count() == SHORTEST
}

/// Whether `Secret` is what a key `kind` has, or the beginning of `SecretList`.
fn is_kind(text: &[u8], word: Range<usize>) -> bool {
    let behind = &text[word.end..];
    let is_whole = behind.first().is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let key = trim_end(&text[..word.start]).strip_suffix(b":").map(trim_end);
    (is_whole || behind.starts_with(b"List")) && key.is_some_and(|key| key.ends_with(b"kind"))
}

/// Whether a colon follows on a word.
fn is_key(behind: &[u8]) -> bool {
    behind.iter().take(NEAR).find(|byte| !is_between(byte)) == Some(&b':')
}

/// Without the white space and quotes in which a text ends.
fn trim_end(text: &[u8]) -> &[u8] {
    let last = text.iter().rposition(|byte| !is_between(byte) && !byte.is_ascii_whitespace());
    &text[..last.map_or(0, |at| at + 1)]
}

/// What stands between a name and the sign behind it.
fn is_between(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'\\')
}

/// How far before a password the rest of its connection string is looked for, and how long one is at most.
const BEFORE: usize = 400;
const LONGEST: usize = 300;

/// Whether a word is that before the password of a connection string.
fn has_connection_string(text: &[u8], word: usize, searched: &mut usize) -> bool {
    let is_set = text[word..].iter().take(9).any(|byte| *byte == b'=');
    if !is_set || word + LONGEST < *searched {
        return false;
    }
    let from = word.saturating_sub(BEFORE);
    *searched = text.len().min(word + LINE);
    !tokens::find(&text[from..*searched]).is_empty()
}

/// How far from its name, and in how many runs of characters, a value is looked for.
const NEAR: usize = 500;
const RUNS: usize = 6;

/// Whether a word stands in a name of what may be a password: behind it on its line or the next one, or, as the `value` of a
/// variable, before it.
fn has_password(text: &[u8], word: usize) -> bool {
    let line = line_of(text, word);
    let ends_name = |byte: &u8| ends_run(byte) || matches!(byte, b':' | b'=' | b'\\');
    let near = &text[word..text.len().min(word + NEAR)];
    let name = word + near.iter().position(ends_name).unwrap_or(near.len());
    let behind = name + text[name..].iter().take(NEAR).take_while(|byte| is_between(byte)).count();
    // In a sentence other words follow, behind a flag its value; what is set to a map is no password.
    let start =
        text[line.start..word].iter().rposition(ends_name).map_or(line.start, |at| line.start + at + 1);
    let is_name =
        text[start..].starts_with(b"--") || text.get(behind).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let is_map = || text[behind..].iter().take(NEAR).find(|byte| !matches!(byte, b':' | b' ')) == Some(&b'{');
    if !is_name || is_map() {
        return false;
    }
    let may_be_set = |lines: [&[u8]; 2]| {
        let runs = lines.into_iter().flat_map(|line| line.split(ends_run)).filter(|run| !run.is_empty());
        runs.take(RUNS).any(|run| run.len() >= 6 && entropy::may_be_secret(run))
    };
    let next = &text[line_behind(text, &line)];
    if may_be_set([&text[behind.min(line.end)..line.end.min(behind + NEAR)], &next[..next.len().min(NEAR)]]) {
        return true;
    }
    let before = [&text[line_before(text, &line)], &text[line.start.max(word.saturating_sub(NEAR))..word]];
    before.iter().any(|line| memmem::find(line, b"value").is_some()) && may_be_set(before)
}

/// How far from a place its line is looked at: what is longer is data.
const LINE: usize = 2000;

/// The line that a place is in, without its end; of a long one, what is near.
fn line_of(text: &[u8], at: usize) -> Range<usize> {
    let (from, to) = (at.saturating_sub(LINE), text.len().min(at + LINE));
    let start = memchr::memrchr(b'\n', &text[from..at]).map_or(from, |newline| from + newline + 1);
    start..memchr::memchr(b'\n', &text[at..to]).map_or(to, |newline| at + newline)
}

/// How many lines in a row are passed over.
const PASSED_OVER: usize = 20;

/// The line before another one, comments and empty ones passed over; an empty one where there is none.
fn line_before(text: &[u8], line: &Range<usize>) -> Range<usize> {
    let mut start = line.start;
    for _ in 0..PASSED_OVER {
        if start == 0 || text[start - 1] != b'\n' {
            break;
        }
        let before = line_of(text, start - 1);
        if !is_passed_over(&text[before.clone()]) {
            return before;
        }
        start = before.start;
    }
    line.start..line.start
}

/// The line behind another one, comments and empty ones passed over; an empty one where there is none.
fn line_behind(text: &[u8], line: &Range<usize>) -> Range<usize> {
    let mut end = line.end;
    for _ in 0..PASSED_OVER {
        if text.get(end) != Some(&b'\n') {
            break;
        }
        let behind = line_of(text, end + 1);
        if !is_passed_over(&text[behind.clone()]) {
            return behind;
        }
        end = behind.end;
    }
    line.end..line.end
}

/// Whether a line is empty or a comment.
fn is_passed_over(line: &[u8]) -> bool {
    line.iter().find(|byte| **byte != b' ').is_none_or(|byte| matches!(byte, b'#' | b'\r'))
}

/// Runs end at white space, quotes and separators of lists.
fn ends_run(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b',' | b';' | b'`' | b'<' | b'>')
}

/// No secret is shorter that stands behind none of the words.
const LONG: usize = 16;

/// How many bytes are asked at once whether one is a digit.
const STEP: usize = 64;

fn has_long_run(text: &[u8]) -> bool {
    let mut at = 0;
    while let Some(digit) = next_digit(text, at) {
        let start = memchr::memrchr(b'\n', &text[at..digit]).map_or(at, |newline| at + newline + 1);
        let end = memchr::memchr(b'\n', &text[digit..]).map_or(text.len(), |length| digit + length);
        if end - start >= LONG && has_suspicious_run(text, start..end) {
            return true;
        }
        at = end + 1;
    }
    false
}

/// The place of the first digit from one place on.
fn next_digit(text: &[u8], from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let (steps, _) = rest.as_chunks::<STEP>();
    // Without a way out of the fold, so that its bytes are looked at in one step.
    let has_digit = |step: &[u8; STEP]| step.iter().fold(false, |found, byte| found | byte.is_ascii_digit());
    let skipped = steps.iter().take_while(|step| !has_digit(step)).count() * STEP;
    rest[skipped..].iter().position(u8::is_ascii_digit).map(|at| from + skipped + at)
}

fn has_suspicious_run(text: &[u8], line: Range<usize>) -> bool {
    let mut start = line.start;
    for run in text[line.clone()].split(ends_run) {
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
    // What a person chose is found by the word in its name.
    let is_drawn = || entropy::may_be_drawn(run) || parts().any(entropy::may_be_drawn);
    let is_named = || is_drawn() && is_hinted(text, start, start + run.len());
    is_random() || is_named() || !tokens::find(run).is_empty() || !tokens::find(&unescaped(run)).is_empty()
}

/// A run with blanks for what is escaped, such as a line break before a token; nothing, where nothing is.
fn unescaped(run: &[u8]) -> Vec<u8> {
    if !run.contains(&b'\\') {
        return Vec::new();
    }
    let mut plain = run.to_vec();
    let mut at = 0;
    while let Some(next) = memchr::memchr(b'\\', &run[at..]) {
        let end = run.len().min(at + next + 2);
        plain[at + next..end].fill(b' ');
        at = end;
    }
    plain
}

/// Words of which one stands near every value that its name makes a secret.
const HINTS: [&[u8]; 12] = [
    b"pass", b"pwd", b"secret", b"token", b"key", b"cred", b"auth", b"salt", b"cookie", b"hmac", b"bearer",
    b"psk",
];

/// Whether one of the words stands in a run, or before it on its line or the one before, or, behind the `value` of a
/// variable, on the next one; in any case.
fn is_hinted(text: &[u8], start: usize, end: usize) -> bool {
    let line = line_of(text, start);
    // Sums over rendered Secrets are in most charts, and are none.
    if memmem::find(&text[line.start..start], b"checksum/").is_some() {
        return false;
    }
    let has_hint = |text: &[u8]| {
        let near = text.to_ascii_lowercase();
        HINTS.iter().any(|word| memmem::find(&near, word).is_some())
    };
    let own = &text[line.start.max(start.saturating_sub(NEAR))..end.min(start + NEAR)];
    let is_value = memmem::find(own, b"value").is_some();
    let behind = || &text[end..line.end.min(end + NEAR).max(end)];
    has_hint(own)
        || has_hint(&text[line_before(text, &line)])
        || is_value && (has_hint(behind()) || has_hint(&text[line_behind(text, &line)]))
}
