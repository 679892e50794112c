//! Regular expressions: a pattern, a text and a replacement, each on a line of its own.

#![no_main]

use gostd::regexp::{Regexp, quote_meta};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let mut lines = text.split(|byte| *byte == b'\n');
    let pattern = lines.next().unwrap_or_default();
    let text = lines.next().unwrap_or_default();
    let replacement = lines.next().unwrap_or_default();
    match Regexp::compile(pattern) {
        Ok(regexp) => {
            let found = regexp.find(text);
            assert_eq!(found.is_some(), regexp.is_match(text));
            assert_eq!(found, regexp.captures(text).and_then(|groups| groups[0]));
            let all = regexp.find_all(text, -1);
            assert_eq!(all.first().copied(), found);
            let _ = (regexp.split(text, -1), regexp.replace_all(text, replacement, 1 << 20));
            let _ = regexp.replace_all_literal(text, replacement, 1 << 20);
        }
        Err(error) => {
            let _ = error.to_string();
        }
    }
    let quoted = Regexp::compile(&quote_meta(text));
    if let Ok(quoted) = quoted {
        assert!(quoted.is_match(text));
    }
});
