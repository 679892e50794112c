//! The template parser, with the names of Sprig's functions.

#![no_main]

use std::sync::LazyLock;

use gotemplate::{FunctionTable, Template};
use libfuzzer_sys::fuzz_target;

static FUNCTIONS: LazyLock<FunctionTable> = LazyLock::new(|| FunctionTable::new(&[sprig::functions()]));

fuzz_target!(|text: &[u8]| {
    if let Err(error) = Template::parse("t", text, &FUNCTIONS) {
        let _ = error.text();
    }
});
