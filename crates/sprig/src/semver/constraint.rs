//! Constraints: alternatives of conditions that all must hold.

use std::cmp::Ordering;
use std::fmt;

use gostd::strconv;
use memchr::memmem;

use super::scan::{self, Parts, is_space, skip_space};
use super::version::{Version, compare_prerelease};

/// How long a constraint's text may be.
const MAX_LENGTH: usize = 512;
/// How many alternatives it may have.
const MAX_GROUPS: usize = 32;

/// Why a text is no constraint; prints as Masterminds/semver's error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConstraintError {
    /// It is longer than any constraint may be.
    TooLong,
    /// It has too many alternatives.
    TooManyGroups,
    /// One of its alternatives, quoted here as Go quotes it, isn't well formed.
    Improper(String),
    /// It is well formed, but a version in it is none.
    Version,
}

impl fmt::Display for ConstraintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConstraintError::TooLong => write!(f, "constraint string is too long (max {MAX_LENGTH} bytes)"),
            ConstraintError::TooManyGroups => write!(f, "too many constraint groups (max {MAX_GROUPS})"),
            ConstraintError::Improper(quoted) => write!(f, "improper constraint: {quoted}"),
            ConstraintError::Version => f.write_str("constraint parser error"),
        }
    }
}

impl std::error::Error for ConstraintError {}

/// A constraint on versions, such as `>=1.2 <2 || 3.x`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraints {
    alternatives: Vec<Alternative>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Alternative {
    conditions: Vec<Condition>,
    /// Whether a prerelease stands in one of them: only then prereleases can match.
    takes_prereleases: bool,
}

impl Constraints {
    /// Reads a constraint (`NewConstraint`).
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, ConstraintError> {
        let text = text.as_ref();
        if text.len() > MAX_LENGTH {
            return Err(ConstraintError::TooLong);
        }
        let text = rewrite_ranges(text);
        let groups = split_groups(&text);
        if groups.len() > MAX_GROUPS {
            return Err(ConstraintError::TooManyGroups);
        }
        let alternatives = groups.into_iter().map(Alternative::parse).collect::<Result<_, _>>()?;
        Ok(Self { alternatives })
    }

    /// Whether a version satisfies the constraint.
    pub fn check(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|alternative| alternative.check(version))
    }
}

impl Alternative {
    fn parse(text: &[u8]) -> Result<Self, ConstraintError> {
        let improper =
            || ConstraintError::Improper(String::from_utf8_lossy(&strconv::quote(text)).into_owned());
        let mut conditions = Vec::new();
        let mut scanned = Vec::new();
        let mut rest = text;
        // Between conditions stands white space, or a comma with white space behind it at most.
        loop {
            rest = skip_space(rest);
            let (operator, behind) = Operator::scan(rest);
            let parts = scan::version(skip_space(behind), is_segment).ok_or_else(improper)?;
            rest = &skip_space(behind)[parts.whole.len()..];
            scanned.push((operator, parts));
            let behind = skip_space(rest);
            if behind.is_empty() {
                break;
            }
            rest = match behind[0] {
                b',' => &behind[1..],
                _ if is_space(rest[0]) => behind,
                _ => return Err(improper()),
            };
        }
        for (operator, parts) in scanned {
            conditions.push(Condition::new(operator, parts)?);
        }
        let takes_prereleases = conditions.iter().any(|condition| !condition.version.prerelease().is_empty());
        Ok(Self { conditions, takes_prereleases })
    }

    fn check(&self, version: &Version) -> bool {
        (version.prerelease().is_empty() || self.takes_prereleases)
            && self.conditions.iter().all(|condition| condition.check(version))
    }
}

/// What a condition asks of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    TildeOrEqual,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

impl Operator {
    /// The operator that a text starts with, and the text behind it.
    fn scan(text: &[u8]) -> (Self, &[u8]) {
        const SPELLINGS: [(&[u8], Operator); 11] = [
            (b"!=", Operator::NotEqual),
            (b">=", Operator::GreaterOrEqual),
            (b"=>", Operator::GreaterOrEqual),
            (b"<=", Operator::LessOrEqual),
            (b"=<", Operator::LessOrEqual),
            (b"~>", Operator::Tilde),
            (b"=", Operator::TildeOrEqual),
            (b">", Operator::Greater),
            (b"<", Operator::Less),
            (b"~", Operator::Tilde),
            (b"^", Operator::Caret),
        ];
        SPELLINGS
            .iter()
            .find_map(|(spelling, operator)| Some((*operator, text.strip_prefix(*spelling)?)))
            .unwrap_or((Operator::TildeOrEqual, text))
    }
}

/// A digit or a wildcard; the bar is an accident of the reference's character class.
fn is_segment(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'x' | b'X' | b'*' | b'|')
}

fn is_wildcard(segment: &[u8]) -> bool {
    matches!(segment, b"x" | b"X" | b"*")
}

/// How much of a condition's version is left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    All,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    operator: Operator,
    /// Its version, with zeros where it is open.
    version: Version,
    open: Open,
}

impl Condition {
    fn new(operator: Operator, parts: Parts<'_>) -> Result<Self, ConstraintError> {
        let missing = |segment: Option<&[u8]>| segment.is_none_or(is_wildcard);
        let open = if is_wildcard(parts.major) {
            Open::All
        } else if missing(parts.minor) {
            Open::Minor
        } else if missing(parts.patch) {
            Open::Patch
        } else {
            Open::Nothing
        };
        let prerelease = match parts.prerelease {
            Some(prerelease) => [b"-", prerelease].concat(),
            None => Vec::new(),
        };
        let minor = parts.minor.unwrap_or_default();
        let text = match open {
            Open::Nothing => parts.whole.to_vec(),
            Open::Patch => [parts.major, b".", minor, b".0", &prerelease].concat(),
            Open::Minor => [parts.major, b".0.0", &prerelease].concat(),
            Open::All => [b"0.0.0", prerelease.as_slice()].concat(),
        };
        let version = Version::parse(text).map_err(|_| ConstraintError::Version)?;
        Ok(Self { operator, version, open })
    }

    fn is_open(&self) -> bool {
        self.open != Open::Nothing
    }

    fn check(&self, version: &Version) -> bool {
        let order = version.compare(&self.version);
        match self.operator {
            Operator::TildeOrEqual if self.is_open() => self.tilde(version),
            Operator::TildeOrEqual => order == Ordering::Equal,
            Operator::NotEqual => self.not_equal(version),
            Operator::Greater => self.greater(version),
            Operator::Less => order == Ordering::Less,
            Operator::GreaterOrEqual => order != Ordering::Less,
            Operator::LessOrEqual => self.less_or_equal(version),
            Operator::Tilde => self.tilde(version),
            Operator::Caret => self.caret(version),
        }
    }

    fn not_equal(&self, version: &Version) -> bool {
        let own = &self.version;
        if self.is_open() {
            if own.major() != version.major() {
                return true;
            }
            if self.open == Open::Minor {
                return false;
            }
            if own.minor() != version.minor() {
                return true;
            }
            if self.open == Open::Patch {
                let (a, b) = (version.prerelease(), own.prerelease());
                return (!a.is_empty() || !b.is_empty()) && compare_prerelease(a, b) != Ordering::Equal;
            }
            if own.patch() != version.patch() {
                return true;
            }
        }
        version.compare(own) != Ordering::Equal
    }

    /// An open version is greater than none of those it covers: 1.2.5 isn't `>1.2`.
    fn greater(&self, version: &Version) -> bool {
        let own = &self.version;
        match self.open {
            Open::Nothing => version.compare(own) == Ordering::Greater,
            _ if version.major() != own.major() => version.major() > own.major(),
            Open::Minor => false,
            Open::Patch => version.minor() > own.minor(),
            Open::All => version.compare(own) == Ordering::Greater,
        }
    }

    fn less_or_equal(&self, version: &Version) -> bool {
        let own = &self.version;
        match self.open {
            Open::Nothing => version.compare(own) != Ordering::Greater,
            _ if version.major() != own.major() => version.major() < own.major(),
            Open::Minor => true,
            Open::Patch | Open::All => version.minor() <= own.minor(),
        }
    }

    /// As far as the last number given may grow.
    fn tilde(&self, version: &Version) -> bool {
        let own = &self.version;
        if version.compare(own) == Ordering::Less {
            return false;
        }
        let zero = (own.major(), own.minor(), own.patch()) == (0, 0, 0);
        if zero && !matches!(self.open, Open::Minor | Open::Patch) {
            return true;
        }
        version.major() == own.major() && (self.open == Open::Minor || version.minor() == own.minor())
    }

    /// As far as the first number that isn't zero stays.
    fn caret(&self, version: &Version) -> bool {
        let own = &self.version;
        if version.compare(own) == Ordering::Less {
            return false;
        }
        if own.major() > 0 || self.open == Open::Minor {
            return version.major() == own.major();
        }
        if version.major() > 0 {
            return false;
        }
        if own.minor() > 0 || self.open == Open::Patch {
            return version.minor() == own.minor();
        }
        version.minor() == 0 && version.patch() == own.patch()
    }
}

fn split_groups(text: &[u8]) -> Vec<&[u8]> {
    let mut groups = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.windows(2).position(|pair| pair == b"||") {
        groups.push(&rest[..at]);
        rest = &rest[at + 2..];
    }
    groups.push(rest);
    groups
}

/// Writes `1.2 - 2.3` as two conditions, wherever it stands.
fn rewrite_ranges(text: &[u8]) -> Vec<u8> {
    let mut out = text.to_vec();
    let mut at = 0;
    while at < text.len() {
        let Some((from, to, length)) = scan_range(&text[at..]) else {
            at += 1;
            continue;
        };
        // Where equal ranges stand more than once, the reference replaces the first that is left.
        let range = &text[at..at + length];
        if let Some(found) = memmem::find(&out, range) {
            let conditions = [b">= ", from, b", <= ", to, b" "].concat();
            out.splice(found..found + length, conditions);
        }
        at += length;
    }
    out
}

/// A range at the start of the text: its ends, and its length with the white space around it.
fn scan_range(text: &[u8]) -> Option<(&[u8], &[u8], usize)> {
    let required_space = |text| {
        let behind = skip_space(text);
        (behind.len() < text.len()).then_some(behind)
    };
    let start = skip_space(text);
    let from = scan::version(start, is_segment)?.whole;
    let behind = required_space(&start[from.len()..])?.strip_prefix(b"-")?;
    let behind = required_space(behind)?;
    let to = scan::version(behind, is_segment)?.whole;
    let rest = skip_space(&behind[to.len()..]);
    Some((from, to, text.len() - rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks() {
        let cases = [
            (">=1.19", "v1.19.1-gke.100", false),
            (">=1.19-0", "v1.19.1-gke.100", true),
            (">1.2", "1.2.5", false),
            ("<=1.2", "1.2.5", true),
            ("~>1.2", "1.2.9", true),
            ("~1.2.3", "1.3.0", false),
            ("^1.2", "1.9.0", true),
            ("^0.2.3", "0.3.0", false),
            ("^0.0.3", "0.0.4", false),
            ("1.2 - 1.4", "1.4.9", true),
            ("1.2 - 1.4.0", "1.4.9", false),
            ("1.2.x", "1.2.9", true),
            ("!=1.2.x", "1.2.9", false),
            ("*", "1.2.3", true),
            ("*-0", "1.2.3-rc1", true),
            (">1, <2 || 3", "3.1.0", true),
            (">=1.0.0 <2.0.0", "1.5.0", true),
        ];
        for (constraint, version, wanted) in cases {
            let parsed = Constraints::parse(constraint).unwrap();
            assert_eq!(parsed.check(&Version::parse(version).unwrap()), wanted, "{version} in {constraint}");
        }
    }

    #[test]
    fn refuses() {
        for (text, error) in [
            ("", "improper constraint: \"\""),
            ("foo", "improper constraint: \"foo\""),
            (">= 1.2 - 2", "improper constraint: \">=>= 1.2, <= 2 \""),
            ("1 ||", "improper constraint: \"\""),
            ("1|2", "constraint parser error"),
        ] {
            assert_eq!(Constraints::parse(text).unwrap_err().to_string(), error, "{text}");
        }
        assert_eq!(Constraints::parse("1 ".repeat(300)).unwrap_err(), ConstraintError::TooLong);
        assert_eq!(Constraints::parse("1||".repeat(33)).unwrap_err(), ConstraintError::TooManyGroups);
    }
}
