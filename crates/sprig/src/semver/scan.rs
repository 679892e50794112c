//! Pieces that version and constraint texts are made of, scanned from the left.

/// A version's or a constraint's text cut into its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// All of it.
    pub(super) whole: &'a [u8],
    /// The first number.
    pub(super) major: &'a [u8],
    /// The second number, if given.
    pub(super) minor: Option<&'a [u8]>,
    /// The third number, if given.
    pub(super) patch: Option<&'a [u8]>,
    /// What stands behind the `-`.
    pub(super) prerelease: Option<&'a [u8]>,
    /// What stands behind the `+`.
    pub(super) metadata: Option<&'a [u8]>,
}

/// Scans a version that starts at the start of the text, as long as it goes. `is_segment` says what a number
/// consists of: digits, or digits and wildcards.
pub(super) fn version(text: &[u8], is_segment: fn(u8) -> bool) -> Option<Parts<'_>> {
    let mut scanner = Scanner { text, at: 0 };
    if text.first() == Some(&b'v') {
        scanner.at = 1;
    }
    let mut parts = Parts { major: scanner.run(is_segment)?, ..Parts::default() };
    parts.minor = scanner.behind(b'.', |scanner| scanner.run(is_segment));
    if parts.minor.is_some() {
        parts.patch = scanner.behind(b'.', |scanner| scanner.run(is_segment));
    }
    parts.prerelease = scanner.behind(b'-', Scanner::identifiers);
    parts.metadata = scanner.behind(b'+', Scanner::identifiers);
    parts.whole = &text[..scanner.at];
    Some(parts)
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    /// As many bytes of the class as there are, at least one.
    fn run(&mut self, class: fn(u8) -> bool) -> Option<&'a [u8]> {
        let rest = &self.text[self.at..];
        let length = rest.iter().position(|byte| !class(*byte)).unwrap_or(rest.len());
        self.at += length;
        (length > 0).then_some(&rest[..length])
    }

    /// What comes behind a marker; where it doesn't fit the scanner stays before the marker.
    fn behind(&mut self, marker: u8, scan: impl FnOnce(&mut Self) -> Option<&'a [u8]>) -> Option<&'a [u8]> {
        let start = self.at;
        if self.text.get(start) != Some(&marker) {
            return None;
        }
        self.at += 1;
        let found = scan(self);
        if found.is_none() {
            self.at = start;
        }
        found
    }

    /// Identifiers with dots between them.
    fn identifiers(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        self.run(is_identifier)?;
        while self.behind(b'.', |scanner| scanner.run(is_identifier)).is_some() {}
        Some(&self.text[start..self.at])
    }
}

/// A letter, a digit or a hyphen.
pub(super) fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// What the `\s` of a regular expression matches in Go.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}

/// The text behind leading white space.
pub(super) fn skip_space(text: &[u8]) -> &[u8] {
    let length = text.iter().position(|byte| !is_space(*byte)).unwrap_or(text.len());
    &text[length..]
}
