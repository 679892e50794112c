//! Headers of HTTP that carry credentials, in what a program printed.

use std::borrow::Cow;

/// The headers whose value is one word.
const KEYS: [&str; 10] = [
    "x-api-key",
    "api-key",
    "apikey",
    "x-auth-token",
    "x-auth-key",
    "x-vault-token",
    "x-amz-security-token",
    "x-access-token",
    "private-token",
    "job-token",
];
/// Those that hold one pair beside another.
const PAIRS: [&str; 2] = ["cookie", "set-cookie"];
/// Those that name a scheme first.
const SCHEMED: [&str; 2] = ["authorization", "proxy-authorization"];
/// Schemes whose credentials are one word; those of all others go to the end.
const ONE_WORD: [&str; 8] =
    ["bearer", "basic", "token", "negotiate", "ntlm", "apikey", "splunk", "genie-key"];
/// A shorter word behind `Bearer` is one of a sentence.
const SHORTEST: usize = 16;

/// The text with `***` for what these headers hold, and for what follows the word `Bearer`. The scheme of an authorization is
/// kept.
pub(super) fn mask_headers(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut from = 0;
    for (at, _) in text.match_indices([':', '=', ' ']) {
        if at < from {
            continue;
        }
        let (before, rest) = (&text[..at], &text[at + 1..]);
        let secret = if text[at..].starts_with(' ') {
            let secret = if ends_in_bearer(before) { word_of(rest) } else { "" };
            let is_token = secret.len() >= SHORTEST && secret.bytes().any(|byte| byte.is_ascii_digit());
            if is_token { secret } else { "" }
        } else {
            header_secret(word_before(before), rest)
        };
        if !secret.is_empty() {
            // It is a part of the rest, which goes on behind it.
            let start = text.len() - rest.len() + (secret.as_ptr().addr() - rest.as_ptr().addr());
            shown.push_str(&text[from..start]);
            shown.push_str("***");
            from = start + secret.len();
        }
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    shown.push_str(&text[from..]);
    Cow::Owned(shown)
}

/// What is secret in the value of a header of this name, which a text begins with.
fn header_secret<'t>(name: &str, text: &'t str) -> &'t str {
    let is_one_of = |names: &[&str], word: &str| names.iter().any(|it| it.eq_ignore_ascii_case(word));
    let value = text.trim_start_matches([' ', '\t', '"', '\'', '\\', '[', '>']);
    if is_one_of(&KEYS, name) {
        return word_of(value);
    }
    if is_one_of(&PAIRS, name) {
        return whole(value);
    }
    if !is_one_of(&SCHEMED, name) {
        return "";
    }
    let scheme = word_of(value);
    let credentials = value[scheme.len()..].trim_start_matches([' ', '\t']);
    if is_one_of(&ONE_WORD, scheme) {
        word_of(credentials)
    } else if word_of(credentials).is_empty() {
        scheme
    } else {
        whole(credentials)
    }
}

/// Whether a text ends in the word, without looking further back: it may end in any number of blanks.
fn ends_in_bearer(text: &str) -> bool {
    let bytes = text.as_bytes();
    let start = bytes.len().saturating_sub("bearer".len());
    bytes[start..].eq_ignore_ascii_case(b"bearer")
        && !bytes[..start]
            .last()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// The word that a text ends in, before a quote or without one.
fn word_before(text: &str) -> &str {
    let text = text.trim_end_matches([' ', '\t', '"', '\'', '\\']);
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    &text[text.trim_end_matches(is_of_word).len()..]
}

fn word_of(text: &str) -> &str {
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '\\' | ',' | ';' | '<' | ']' | '}' | ')')
    };
    &text[..text.find(ends).unwrap_or(text.len())]
}

/// What goes to the end of the line, or to a quote that may end it.
fn whole(text: &str) -> &str {
    let ends = |c: char| matches!(c, '\n' | '\r' | '\'' | '`');
    text[..text.find(ends).unwrap_or(text.len())].trim_end()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn what_headers_carry_is_masked() {
        let token = "q9X2mL7vRt4KpZ8sWb3NcY6dHf1G";
        for (text, shown) in [
            (format!("Authorization: Bearer {token}"), "Authorization: Bearer ***"),
            (
                format!("> authorization: bearer {token}\r\n> Host: h"),
                "> authorization: bearer ***\r\n> Host: h",
            ),
            ("Authorization: Basic YTpi".to_owned(), "Authorization: Basic ***"),
            (format!("Proxy-Authorization: {token}"), "Proxy-Authorization: ***"),
            (format!("Authorization: token {token} sent"), "Authorization: token *** sent"),
            (
                "Authorization: Digest username=\"a\", response=\"6629\"\nHost: h".to_owned(),
                "Authorization: Digest ***\nHost: h",
            ),
            (
                format!("curl -H 'Authorization: Bearer {token}' https://h/"),
                "curl -H 'Authorization: Bearer ***' https://h/",
            ),
            (
                format!("{{\"Authorization\":\"Bearer {token}\",\"a\":1}}"),
                "{\"Authorization\":\"Bearer ***\",\"a\":1}",
            ),
            (
                format!("{{\\\"Authorization\\\": \\\"Bearer {token}\\\"}}"),
                "{\\\"Authorization\\\": \\\"Bearer ***\\\"}",
            ),
            (
                format!("map[Authorization:[Bearer {token}] Accept:[*]]"),
                "map[Authorization:[Bearer ***] Accept:[*]]",
            ),
            (format!("X-Api-Key: {token}"), "X-Api-Key: ***"),
            ("x-api-key: short, next".to_owned(), "x-api-key: ***, next"),
            ("Cookie: a=b; session=c d\nx: y".to_owned(), "Cookie: ***\nx: y"),
            ("Set-Cookie: s=1; Path=/".to_owned(), "Set-Cookie: ***"),
            (format!("sent Bearer {token}."), "sent Bearer ***"),
            ("Bearer authentication is needed".to_owned(), "Bearer authentication is needed"),
            ("Authorization:".to_owned(), "Authorization:"),
            ("monkey: banana, é: ü, x = y".to_owned(), "monkey: banana, é: ü, x = y"),
        ] {
            assert_eq!(mask_headers(&text), shown);
        }
    }

    #[test]
    fn blanks_without_end_are_read_once() {
        for unit in [" ", "Bearer ", ": ", "\" "] {
            let text = unit.repeat(300_000 / unit.len());
            assert_eq!(mask_headers(&text), text);
        }
    }
}
