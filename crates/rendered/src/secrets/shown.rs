//! Names as they may be shown: one may be a secret, though nobody means it.

use std::borrow::Cow;

use super::tokens;

/// A text with `…` for each word, and each part of a path, that holds a secret of a known shape.
///
/// ```
/// let path = format!("files/{}_{}.txt:2:7", "ghp", "a1B2".repeat(9));
/// assert_eq!(rendered::without_tokens(&path), "files/…:2:7");
/// ```
pub fn without_tokens(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut shown = String::new();
    let mut from = 0;
    for token in tokens::find(bytes) {
        let start = bytes[..token.span.start].iter().rposition(ends_word).map_or(0, |at| at + 1).max(from);
        let end = bytes[token.span.end..].iter().position(ends_word);
        let end = end.map_or(bytes.len(), |length| token.span.end + length);
        if end > start {
            shown.push_str(&text[from..start]);
            shown.push('…');
            from = end;
        }
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    shown.push_str(&text[from..]);
    Cow::Owned(shown)
}

fn ends_word(byte: &u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(byte, b'/' | b':' | b',' | b'`' | b'\'' | b'"' | b'(' | b')' | b'[' | b']')
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn words_that_hold_a_token_are_hidden_whole() {
        let token = format!("{}_{}", "ghp", "Ab1".repeat(12));
        for (text, shown) in [
            (String::new(), ""),
            ("ConfigMap web".to_owned(), "ConfigMap web"),
            (token.clone(), "…"),
            (format!("é-{token}-é"), "…"),
            (format!("a/{token}.txt/b"), "a/…/b"),
            (format!("{token}.{token}"), "…"),
            (
                format!("l: a symlink out of the package, to ../{token} ({token})"),
                "l: a symlink out of the package, to ../… (…)",
            ),
        ] {
            assert_eq!(without_tokens(&text), shown);
        }
    }
}
