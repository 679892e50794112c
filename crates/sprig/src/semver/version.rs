//! One version: parsing, comparing, counting up.

use std::cmp::Ordering;
use std::fmt;

use gostd::strconv::{self, NumError};

use super::scan;

/// How long a version's text may be.
const MAX_LENGTH: usize = 256;

/// Why a text is no version; prints as Masterminds/semver's error.
#[derive(Clone, Debug, PartialEq)]
pub enum VersionError {
    /// It doesn't look like a version at all.
    Invalid,
    /// It is longer than any version may be.
    TooLong,
    /// A numeric part of the prerelease has a leading zero.
    SegmentStartsWithZero,
    /// The prerelease has a part of other than letters, digits and hyphens, or an empty one.
    InvalidPrerelease,
    /// The metadata has a part of other than letters, digits and hyphens, or an empty one.
    InvalidMetadata,
    /// A number is too large.
    Segment(NumError),
}

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VersionError::Invalid => f.write_str("invalid semantic version"),
            VersionError::TooLong => write!(f, "version string is too long (max {MAX_LENGTH} bytes)"),
            VersionError::SegmentStartsWithZero => f.write_str("version segment starts with 0"),
            VersionError::InvalidPrerelease => f.write_str("invalid prerelease string"),
            VersionError::InvalidMetadata => f.write_str("invalid metadata string"),
            VersionError::Segment(error) => write!(f, "error parsing version segment: {error}"),
        }
    }
}

impl std::error::Error for VersionError {}

/// A number of a version can't count any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountOverflow {
    segment: &'static str,
}

impl fmt::Display for CountOverflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} version increment would overflow uint64", self.segment)
    }
}

impl std::error::Error for CountOverflow {}

/// A semantic version, read loosely: a leading `v`, missing parts and leading zeros are fine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    prerelease: String,
    metadata: String,
    original: String,
}

impl Version {
    /// Reads a version (`NewVersion`).
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, VersionError> {
        let text = text.as_ref();
        if text.len() > MAX_LENGTH {
            return Err(VersionError::TooLong);
        }
        let parts = scan::version(text, |byte| byte.is_ascii_digit()).ok_or(VersionError::Invalid)?;
        if parts.whole.len() != text.len() {
            return Err(VersionError::Invalid);
        }
        let number = |digits: Option<&[u8]>| match digits {
            Some(digits) => strconv::parse_uint(digits, 10, 64).map_err(VersionError::Segment),
            None => Ok(0),
        };
        let version = Self {
            major: number(Some(parts.major))?,
            minor: number(parts.minor)?,
            patch: number(parts.patch)?,
            prerelease: owned(parts.prerelease.unwrap_or_default()),
            metadata: owned(parts.metadata.unwrap_or_default()),
            original: owned(text),
        };
        check_prerelease(&version.prerelease)?;
        Ok(version)
    }

    /// A version of parts that were checked before.
    pub(super) fn from_parts(numbers: [u64; 3], prerelease: &[u8], metadata: &[u8], original: &[u8]) -> Self {
        let [major, minor, patch] = numbers;
        let (prerelease, metadata, original) = (owned(prerelease), owned(metadata), owned(original));
        Self { major, minor, patch, prerelease, metadata, original }
    }

    /// The first number.
    pub fn major(&self) -> u64 {
        self.major
    }

    /// The second number.
    pub fn minor(&self) -> u64 {
        self.minor
    }

    /// The third number.
    pub fn patch(&self) -> u64 {
        self.patch
    }

    /// What stands behind the `-`.
    pub fn prerelease(&self) -> &str {
        &self.prerelease
    }

    /// What stands behind the `+`.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// The text that was read.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// Compares by precedence: metadata doesn't count, and a prerelease comes before its release.
    pub fn compare(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| {
            match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => compare_prerelease(&self.prerelease, &other.prerelease),
            }
        })
    }

    /// The next major version.
    pub fn next_major(&self) -> Result<Self, CountOverflow> {
        let major = self.major.checked_add(1).ok_or(CountOverflow { segment: "major" })?;
        Ok(self.rewritten(Self { major, ..Self::default() }))
    }

    /// The next minor version.
    pub fn next_minor(&self) -> Result<Self, CountOverflow> {
        let minor = self.minor.checked_add(1).ok_or(CountOverflow { segment: "minor" })?;
        Ok(self.rewritten(Self { major: self.major, minor, ..Self::default() }))
    }

    /// The next patch version: of a prerelease its release.
    pub fn next_patch(&self) -> Result<Self, CountOverflow> {
        let patch = if self.prerelease.is_empty() {
            self.patch.checked_add(1).ok_or(CountOverflow { segment: "patch" })?
        } else {
            self.patch
        };
        Ok(self.rewritten(Self { major: self.major, minor: self.minor, patch, ..Self::default() }))
    }

    /// The version with another prerelease.
    pub fn with_prerelease(&self, prerelease: &str) -> Result<Self, VersionError> {
        check_prerelease(prerelease)?;
        Ok(self.rewritten(Self { prerelease: prerelease.to_owned(), ..self.clone() }))
    }

    /// The version with other metadata.
    pub fn with_metadata(&self, metadata: &str) -> Result<Self, VersionError> {
        check_metadata(metadata)?;
        Ok(self.rewritten(Self { metadata: metadata.to_owned(), ..self.clone() }))
    }

    /// A version made from this one: its original text is its own, behind this one's `v`.
    fn rewritten(&self, version: Self) -> Self {
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        Self { original: format!("{prefix}{version}"), ..version }
    }
}

/// The version without a leading `v` and with all three numbers.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

fn owned(text: &[u8]) -> String {
    // The scanner lets ASCII through only.
    String::from_utf8_lossy(text).into_owned()
}

fn check_prerelease(prerelease: &str) -> Result<(), VersionError> {
    if prerelease.is_empty() {
        return Ok(());
    }
    for part in prerelease.split('.') {
        if part.is_empty() || !part.bytes().all(scan::is_identifier) {
            return Err(VersionError::InvalidPrerelease);
        }
        if part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(VersionError::SegmentStartsWithZero);
        }
    }
    Ok(())
}

fn check_metadata(metadata: &str) -> Result<(), VersionError> {
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(scan::is_identifier);
    if metadata.is_empty() || metadata.split('.').all(is_part) {
        Ok(())
    } else {
        Err(VersionError::InvalidMetadata)
    }
}

/// Compares part by part: a missing part comes first, numbers before words.
pub(super) fn compare_prerelease(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let (a, b) = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => (a.unwrap_or(""), b.unwrap_or("")),
        };
        let order = compare_part(a, b);
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn compare_part(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    match (a.is_empty(), b.is_empty()) {
        (true, _) => return Ordering::Less,
        (_, true) => return Ordering::Greater,
        _ => {}
    }
    // What is too large for a number counts as a word.
    match (a.parse::<u64>().ok(), b.parse::<u64>().ok()) {
        (None, None) => a.cmp(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        // Different texts of one number: Masterminds/semver takes the first for the smaller.
        (Some(a), Some(b)) => a.cmp(&b).then(Ordering::Less),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_loosely() {
        for (text, wanted) in [
            ("1", "1.0.0"),
            ("v1.2", "1.2.0"),
            ("01.2.3", "1.2.3"),
            ("1.2.3-rc.1+build.5", "1.2.3-rc.1+build.5"),
            ("1-a", "1.0.0-a"),
            ("1.2.3--", "1.2.3--"),
        ] {
            let version = Version::parse(text).unwrap();
            assert_eq!(version.to_string(), wanted);
            assert_eq!(version.original(), text);
        }
        for (text, error) in [
            ("", "invalid semantic version"),
            ("V1.2", "invalid semantic version"),
            ("1.2.3.4", "invalid semantic version"),
            ("1.2.3-", "invalid semantic version"),
            ("1.2.3-a..b", "invalid semantic version"),
            (" 1.2.3", "invalid semantic version"),
            ("1.2.3-01", "version segment starts with 0"),
            ("1.2.3-a.007", "version segment starts with 0"),
        ] {
            assert_eq!(Version::parse(text).unwrap_err().to_string(), error, "{text}");
        }
        assert_eq!(Version::parse("1".repeat(257)).unwrap_err(), VersionError::TooLong);
    }

    #[test]
    fn orders_by_precedence() {
        let ordered = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "1.1.0",
            "2.0.0",
        ];
        for pair in ordered.windows(2) {
            let (a, b) = (Version::parse(pair[0]).unwrap(), Version::parse(pair[1]).unwrap());
            assert_eq!(a.compare(&b), Ordering::Less, "{pair:?}");
            assert_eq!(b.compare(&a), Ordering::Greater, "{pair:?}");
        }
    }

    #[test]
    fn counts_up() {
        let version = Version::parse("v1.2.3-rc.1+b").unwrap();
        assert_eq!(version.next_patch().unwrap().original(), "v1.2.3");
        assert_eq!(version.next_minor().unwrap().original(), "v1.3.0");
        assert_eq!(version.next_major().unwrap().to_string(), "2.0.0");
        assert_eq!(version.with_prerelease("x").unwrap().original(), "v1.2.3-x+b");
        let last = Version::parse("18446744073709551615").unwrap();
        assert_eq!(
            last.next_major().unwrap_err().to_string(),
            "major version increment would overflow uint64"
        );
    }
}
