//! Regular expressions: a pattern, a text and a replacement, each on a line of its own.

#![no_main]

use gostd::regexp::{Regexp, Unmetered, quote_meta};
use gotemplate::Budget;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let mut lines = text.split(|byte| *byte == b'\n');
    let pattern = lines.next().unwrap_or_default();
    let text = lines.next().unwrap_or_default();
    let replacement = lines.next().unwrap_or_default();
    match Regexp::compile(pattern) {
        Ok(regexp) => {
            let Ok(found) = regexp.find(text, &Unmetered);
            assert_eq!(Ok(found.is_some()), regexp.is_match(text, &Unmetered));
            assert_eq!(
                Ok(found),
                regexp.captures(text, &Unmetered).map(|groups| groups.and_then(|groups| groups[0]))
            );
            let Ok(all) = regexp.find_all(text, -1, &Unmetered);
            assert_eq!(all.first().copied(), found);
            let budget = Budget::new(10_000_000, 64 << 20);
            if let Ok(metered) = regexp.find_all(text, -1, &budget) {
                assert_eq!(metered, all);
            }
            let _ = (regexp.split(text, -1, &budget), regexp.replace_all(text, replacement, &budget));
            let _ = regexp.replace_all_literal(text, replacement, &budget);
        }
        Err(error) => {
            let _ = error.to_string();
        }
    }
    let quoted = Regexp::compile(&quote_meta(text));
    if let Ok(quoted) = quoted {
        assert_eq!(quoted.is_match(text, &Unmetered), Ok(true));
    }
});
