//! The Sprig functions that Helm offers, as Sprig 3.3.0 computes them.
//!
//! [`functions`] is the table; the modules behind it follow the subjects of Sprig's documentation. Functions
//! that need the clock or randomness ask the render's `World`, which may refuse.
//! [`semver`] is public, since charts constrain versions too.

#![deny(missing_docs)]

use std::sync::LazyLock;

use gotemplate::Function;

mod args;
mod cast;
mod certificates;
mod copy;
mod crypto;
mod dates;
mod decimal;
mod defaults;
mod dicts;
mod encoding;
mod equal;
mod hashes;
mod jsons;
mod lists;
mod merge;
mod naming;
mod numeric;
mod paths;
mod random;
mod reflection;
mod regexes;
pub mod semver;
mod strings;
mod table;
mod text;
mod url;
mod words;

/// All functions.
pub fn functions() -> &'static [Function] {
    static FUNCTIONS: LazyLock<Vec<Function>> = LazyLock::new(|| {
        [
            strings::FUNCTIONS,
            words::FUNCTIONS,
            naming::FUNCTIONS,
            numeric::FUNCTIONS,
            lists::FUNCTIONS,
            dicts::FUNCTIONS,
            defaults::FUNCTIONS,
            reflection::FUNCTIONS,
            dates::FUNCTIONS,
            semver::FUNCTIONS,
            regexes::FUNCTIONS,
            paths::FUNCTIONS,
            url::FUNCTIONS,
            encoding::FUNCTIONS,
            hashes::FUNCTIONS,
            jsons::FUNCTIONS,
            crypto::FUNCTIONS,
            random::FUNCTIONS,
            certificates::FUNCTIONS,
        ]
        .concat()
    });
    &FUNCTIONS
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_leave_helms_own_to_helm() {
        let names: HashSet<&str> = functions().iter().map(|function| function.name).collect();
        assert_eq!(names.len(), functions().len());
        for own in ["env", "expandenv", "fail", "toJson", "mustToJson", "fromJson", "getHostByName"] {
            assert!(!names.contains(own), "{own}");
        }
    }
}
