//! Object ids as newtypes, so that a commit, a tree and a blob can't be mixed up.

use std::fmt;
use std::str::FromStr;

use gix::ObjectId;

use crate::error::{Error, Result};

/// The hash function that names a repository's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectFormat {
    /// 40 hexadecimal digits.
    Sha1,
    /// 64 hexadecimal digits.
    Sha256,
}

impl ObjectFormat {
    pub(crate) fn from_gix(kind: gix::hash::Kind) -> Self {
        match kind {
            gix::hash::Kind::Sha256 => Self::Sha256,
            _ => Self::Sha1,
        }
    }

    /// How many hexadecimal digits a full id has.
    pub fn hex_len(self) -> usize {
        match self {
            Self::Sha1 => 40,
            Self::Sha256 => 64,
        }
    }
}

/// Git's own names, as in `extensions.objectFormat`.
impl fmt::Display for ObjectFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        })
    }
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $noun:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(ObjectId);

        impl $name {
            pub(crate) fn new(id: impl Into<ObjectId>) -> Self {
                Self(id.into())
            }

            pub(crate) fn raw(self) -> ObjectId {
                self.0
            }

            /// Reads a full id: 40 or 64 lower- or upper-case hexadecimal digits, nothing shorter.
            pub fn parse(hex: &str) -> Result<Self> {
                ObjectId::from_hex(hex.as_bytes())
                    .map(Self)
                    .map_err(|_| Error::InvalidId { noun: $noun, text: hex.to_owned() })
            }

            /// The full id in lower-case hexadecimal.
            pub fn to_hex(self) -> String {
                self.0.to_hex().to_string()
            }

            /// The first twelve digits, for messages to people.
            pub fn short(self) -> String {
                self.0.to_hex_with_len(12).to_string()
            }

            /// The hash function that this id was made with.
            pub fn format(self) -> ObjectFormat {
                ObjectFormat::from_gix(self.0.kind())
            }
        }

        /// The full id in lower-case hexadecimal.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.to_hex().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0.to_hex())
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(hex: &str) -> Result<Self> {
                Self::parse(hex)
            }
        }
    };
}

// A macro, since three identical newtypes are the point: no function could make them distinct.
id_type!(
    /// The id of a commit.
    CommitId,
    "commit"
);
id_type!(
    /// The id of a tree: equal ids mean equal bytes, modes and symlinks all the way down.
    TreeId,
    "tree"
);
id_type!(
    /// The id of a blob: the bytes of a file, or the target of a symlink.
    BlobId,
    "blob"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_in_full_and_printed_in_full() {
        let hex = "0cc4cd87f40ae606d1822d5652b552f8c50a4668";
        assert_eq!(CommitId::parse(hex).unwrap().to_string(), hex);
        assert_eq!(CommitId::parse(hex).unwrap().format(), ObjectFormat::Sha1);
        assert_eq!(CommitId::parse(&"a".repeat(64)).unwrap().format(), ObjectFormat::Sha256);
        for bad in [
            "",
            "0cc4cd8",
            "zcc4cd87f40ae606d1822d5652b552f8c50a4668",
            "0cc4cd87f40ae606d1822d5652b552f8c50a46680",
        ] {
            assert!(matches!(TreeId::parse(bad), Err(Error::InvalidId { noun: "tree", .. })), "{bad}");
        }
    }
}
