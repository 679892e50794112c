//! Versions and constraints: a constraint on the first line, versions on the others.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sprig::semver::{Constraints, Version};

fuzz_target!(|text: &[u8]| {
    let mut lines = text.split(|byte| *byte == b'\n');
    let constraints = Constraints::parse(lines.next().unwrap_or_default());
    for line in lines {
        let Ok(version) = Version::parse(line) else { continue };
        let again = Version::parse(version.to_string()).expect("a version that was written");
        assert!(version.compare(&again).is_eq());
        let _ = (version.next_major(), version.next_minor(), version.next_patch());
        let _ = constraints.as_ref().map(|constraints| constraints.check(&version));
    }
});
