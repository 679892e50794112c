//! Revisions, release tags and digests: newtypes that can't be mixed up.

use std::fmt;

use gitstore::CommitId;

use crate::error::Error;

/// How many digits a release can be named by at least: as short as Git's own abbreviations may be, no shorter, since
/// one digit is a slip of the hand.
pub(crate) const MIN_DIGITS: usize = 4;

/// What of a release tag or a revision, or of the beginning of either, is the revision.
pub(crate) fn digits(text: &str) -> &str {
    text.strip_prefix(ReleaseTag::PREFIX).unwrap_or(text)
}

/// The full commit id in the source that a release was cut from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(String);

impl Revision {
    /// Reads 40 or 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if matches!(text.len(), 40 | 64) && is_hex(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::InvalidRevision { text: text.to_owned() })
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve digits, for messages to people.
    pub fn short(&self) -> &str {
        &self.0[..12]
    }

    /// The commit in the source.
    pub fn to_commit(&self) -> Result<CommitId, Error> {
        Ok(CommitId::parse(&self.0)?)
    }
}

impl From<CommitId> for Revision {
    fn from(commit: CommitId) -> Self {
        Self(commit.to_hex())
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `git-<revision>`: the operator-facing identity of a release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseTag {
    text: String,
    revision: Revision,
}

impl ReleaseTag {
    /// What a release tag begins with.
    pub const PREFIX: &'static str = "git-";

    /// Reads `git-` and a revision.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let invalid = || Error::InvalidTag { text: text.to_owned() };
        let digits = text.strip_prefix(Self::PREFIX).ok_or_else(invalid)?;
        let revision = Revision::parse(digits).map_err(|_| invalid())?;
        Ok(Self { text: text.to_owned(), revision })
    }

    /// The whole tag.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The revision in it.
    pub fn revision(&self) -> &Revision {
        &self.revision
    }

    /// `git-` and the first twelve digits, for messages to people.
    pub fn short(&self) -> &str {
        &self.text[..Self::PREFIX.len() + 12]
    }
}

impl From<Revision> for ReleaseTag {
    fn from(revision: Revision) -> Self {
        Self { text: format!("{}{revision}", Self::PREFIX), revision }
    }
}

impl fmt::Display for ReleaseTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The digest of an image: `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

impl Digest {
    /// Reads `sha256:` and 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let digits = text.strip_prefix("sha256:").unwrap_or_default();
        if digits.len() == 64 && is_hex(digits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::InvalidDigest { text: text.to_owned() })
        }
    }

    /// The digest with its algorithm.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_full_ids_are_read() {
        let hex = "0cc4cd87f40ae606d1822d5652b552f8c50a4668";
        let tag = ReleaseTag::from(Revision::parse(hex).unwrap());
        assert_eq!(tag.as_str(), format!("git-{hex}"));
        assert_eq!(ReleaseTag::parse(tag.as_str()).unwrap(), tag);
        assert_eq!((tag.short(), tag.revision().short()), ("git-0cc4cd87f40a", "0cc4cd87f40a"));
        assert!(Revision::parse(&"a".repeat(64)).is_ok());
        for bad in ["", "0cc4cd8", &hex.to_uppercase(), &"g".repeat(40), &"a".repeat(41)] {
            assert!(Revision::parse(bad).is_err(), "{bad}");
            assert!(ReleaseTag::parse(&format!("git-{bad}")).is_err(), "{bad}");
        }
        assert!(ReleaseTag::parse(hex).is_err());
    }

    #[test]
    fn digests_are_sha256() {
        assert!(Digest::parse(&format!("sha256:{}", "0".repeat(64))).is_ok());
        for bad in [
            "",
            "sha256:",
            "sha512:00",
            &"0".repeat(64),
            &format!("sha256:{}", "0".repeat(63)),
            &format!("sha256:{}", "A".repeat(64)),
        ] {
            assert!(Digest::parse(bad).is_err(), "{bad}");
        }
    }
}
