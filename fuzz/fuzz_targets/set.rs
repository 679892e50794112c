//! `--set`, `--set-string`, `--set-json`, `--set-literal`: several expressions in a row, one a line, into the same values.

#![no_main]

use helm::{HelmVersion, ValuesLayers};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for helm in [HelmVersion::V4_2_3, HelmVersion::V3_21_4] {
        let mut layers = ValuesLayers::new(helm);
        for line in text.lines() {
            let (flag, expression) = line.split_at_checked(1).unwrap_or_default();
            let _ = match flag {
                "s" => layers.set_string(expression),
                "j" => layers.set_json(expression),
                "l" => layers.set_literal(expression),
                _ => layers.set(expression),
            };
        }
        let _ = helm::to_json(&layers.finish());
    }
});
