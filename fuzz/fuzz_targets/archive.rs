//! Chart archives: the input as it is, or (after a `t`) packed first, so that the tar reader is reached.

#![no_main]

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use helm::HelmVersion;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((b't', tar)) = input.split_first() else {
        let _ = helm::load_archive(input, HelmVersion::V4_2_3);
        return;
    };
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    if encoder.write_all(tar).is_err() {
        return;
    }
    let Ok(archive) = encoder.finish() else { return };
    if let Err(error) = helm::load_archive(&archive, HelmVersion::V4_2_3) {
        let _ = error.to_string();
    }
});
