//! Shapes of secrets that no regular expression describes well: keys in PEM, plain and in base64, and passwords in URLs.

use std::ops::Range;

use memchr::memmem;

use super::base64;
use super::literal::is_placeholder;

/// The least number of base64 characters in a row in the body of a real key; what has less is a sentence about keys.
const MIN_KEY_LINE: usize = 40;

/// The longest key that is looked for to its end.
const MAX_KEY: usize = 16 * 1024;

/// A private key in PEM whose first line begins at a place: to its last line, or to the end of the text.
pub(super) fn pem(text: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = &text[at..];
    let title = &rest["-----BEGIN ".len()..];
    let end = memmem::find(&title[..title.len().min(80)], b"-----")?;
    let label = &title[..end];
    if !(label.ends_with(b"PRIVATE KEY") || label == b"PGP PRIVATE KEY BLOCK") {
        return None;
    }
    let begins = "-----BEGIN ".len() + end + "-----".len();
    let body = &rest[begins..rest.len().min(begins + MAX_KEY)];
    let length = memmem::find(body, b"-----").unwrap_or(body.len());
    let closing = body[length..].strip_prefix(b"-----END ").and_then(|title| memmem::find(title, b"-----"));
    let closes = closing.map_or(length, |title| length + "-----END ".len() + title + "-----".len());
    let body = &body[..length];
    // The letter of a line break that is written as `\n` makes a line longer by one.
    let mut lines = body.split(|byte| !is_of_base64(byte));
    // What leaves something out is shown, not used.
    let is_whole = memmem::find(body, b"...").is_none() && !is_placeholder(body);
    (is_whole && lines.any(|line| line.len() >= MIN_KEY_LINE)).then(|| at..at + begins + closes)
}

fn is_of_base64(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// The same in base64: the whole run.
pub(super) fn encoded_pem(text: &[u8], at: usize) -> Option<Range<usize>> {
    // Only where the run begins here: what is in the middle of one isn't decoded again and again.
    if text[..at].last().is_some_and(is_of_base64) {
        return None;
    }
    let length = text[at..].iter().take_while(|byte| is_of_base64(byte)).count();
    let decoded = base64::decode(&text[at..at + length])?;
    pem(&decoded, 0).map(|_| at..at + length)
}

/// A key of Mailchimp whose `-us` stands at a place: 32 hexadecimal digits before it, the number of a data centre behind.
pub(super) fn mailchimp(text: &[u8], at: usize) -> Option<Range<usize>> {
    const KEY: usize = 32;
    let start = at.checked_sub(KEY)?;
    let is_hexadecimal = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let digits = text[at + 3..].iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let is_whole = text[..start].last().is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let fits = (1..=2).contains(&digits) && is_whole && text[start..at].iter().all(is_hexadecimal);
    fits.then(|| start..at + 3 + digits)
}

/// How far a URL's authority is looked at.
const MAX_AUTHORITY: usize = 512;

/// The password of a URL whose `://` stands at a place.
pub(super) fn url_password(text: &[u8], at: usize) -> Option<Range<usize>> {
    let is_of_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let scheme = text[..at].iter().rev().take_while(|byte| is_of_scheme(byte)).count();
    if scheme < 2 {
        return None;
    }
    let start = at + "://".len();
    let rest = &text[start..text.len().min(start + MAX_AUTHORITY)];
    let ends =
        |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\');
    let authority = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
    // A password may hold a slash that isn't escaped; what comes after the host may hold an `@`.
    let slash = memchr::memchr(b'/', authority).unwrap_or(authority.len());
    let sign = memchr::memrchr(b'@', &authority[..slash]).or_else(|| {
        let sign = memchr::memchr(b'@', authority)?;
        memchr::memchr(b':', &authority[..slash]).filter(|colon| slash - colon > 1).map(|_| sign)
    })?;
    let colon = memchr::memchr(b':', &authority[..sign])?;
    let password = colon + 1..sign;
    // `host:8080/path@x` is no password.
    let digits = authority[password.clone()].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if authority[password.clone()].get(digits) == Some(&b'/') {
        return None;
    }
    let value = &authority[password.clone()];
    let lower = value.to_ascii_lowercase();
    let names: [&[u8]; 6] = [b"password", b"pass", b"pwd", b"secret", b"token", b"user"];
    let is_named =
        names.contains(&lower.as_slice()) || lower.ends_with(b"_password") || lower.ends_with(b"-password");
    // A regular expression for URLs is none.
    let is_expression = authority[..colon].iter().any(|byte| matches!(byte, b'(' | b'[' | b'?' | b'^'));
    let is_secret = value.len() >= 3 && !is_named && !is_expression && !is_placeholder(value);
    is_secret.then(|| start + password.start..start + password.end)
}
