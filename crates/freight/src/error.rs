//! The crate's error.

use std::fmt;

use gitstore::RepoPath;

use crate::id::{MIN_DIGITS, ReleaseTag, digits};
use crate::payload::PayloadProblem;
use crate::record::RecordProblems;

/// Why freight couldn't be read or made.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A text is no full commit id.
    InvalidRevision {
        /// The text.
        text: String,
    },
    /// A text is no release tag.
    InvalidTag {
        /// The text.
        text: String,
    },
    /// A text is no digest.
    InvalidDigest {
        /// The text.
        text: String,
    },
    /// A text is no image reference.
    InvalidImage {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A time is beyond what RFC 3339 can say.
    InvalidTime {
        /// Seconds since 1970-01-01T00:00:00Z.
        seconds: i64,
    },
    /// The path of a package isn't text that a record can hold.
    InvalidPackagePath {
        /// The path.
        path: RepoPath,
    },
    /// A text can't name an environment of the former git-flow.
    InvalidEnvironment {
        /// The text.
        text: String,
    },
    /// A `freight.yaml` is wrong.
    Record(RecordProblems),
    /// A gate marker, or what was recorded last, is wrong.
    Marker(RecordProblems),
    /// A record has no `freight.yaml` or no payload.
    Incomplete {
        /// What is missing.
        path: RepoPath,
    },
    /// No freight is known by this name.
    UnknownFreight {
        /// What was given.
        text: String,
        /// Tags that it may have meant.
        near: Vec<ReleaseTag>,
    },
    /// Several releases begin like this.
    AmbiguousFreight {
        /// What was given.
        text: String,
        /// The tags.
        tags: Vec<ReleaseTag>,
    },
    /// `current/` equals no frozen record: it was edited by hand, or the record that it mirrors was.
    NotMirrored {
        /// The path of `current/`.
        path: RepoPath,
        /// The release that it claims to be, where its record can be read.
        claims: Option<ReleaseTag>,
    },
    /// A package can't be frozen.
    Payload {
        /// Where the package lies in the source.
        package: RepoPath,
        /// All that is wrong with it.
        problems: Vec<PayloadProblem>,
    },
    /// The object store failed.
    Git(gitstore::Error),
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::InvalidRevision { .. } => {
                "give the full commit id: 40 or 64 lower-case hexadecimal digits".to_owned()
            }
            Self::InvalidTag { .. } => "a release tag is git- and the full commit id".to_owned(),
            Self::InvalidDigest { .. } => {
                "a digest is sha256: and 64 lower-case hexadecimal digits".to_owned()
            }
            Self::InvalidImage { .. } => "write the image as registry/repository:tag".to_owned(),
            Self::InvalidPackagePath { .. } => "give the package a path of printable text".to_owned(),
            Self::InvalidEnvironment { .. } => {
                "it becomes a directory's name: letters, digits, dashes".to_owned()
            }
            Self::Marker(RecordProblems { path, .. }) => format!(
                "`git log -- {path}` tells who changed it; without it, `cargo xtask legacy record` writes it anew"
            ),
            Self::UnknownFreight { text, near } if !near.is_empty() => {
                let near: Vec<&str> = near.iter().map(ReleaseTag::as_str).collect();
                let near = near.join(" or ");
                if digits(text).len() < MIN_DIGITS {
                    format!("give {MIN_DIGITS} digits at least; did you mean {near}?")
                } else {
                    format!("did you mean {near}?")
                }
            }
            Self::UnknownFreight { text, .. } if digits(text).len() < MIN_DIGITS => {
                format!("give {MIN_DIGITS} digits at least; `cargo xtask status` lists the freight")
            }
            Self::UnknownFreight { .. } => {
                "`cargo xtask status` lists the freight; `freeze` cuts a release".to_owned()
            }
            Self::AmbiguousFreight { .. } => "give more digits".to_owned(),
            Self::NotMirrored { path, claims } => match claims {
                Some(tag) => format!(
                    "`current/` is a copy of {tag}/: make {path} equal to it again, or revert the commit that changed it"
                ),
                None => format!("revert the commit that changed {path}"),
            },
            Self::Incomplete { .. } => "revert the commit that removed it".to_owned(),
            Self::Git(error) => return error.hint(),
            Self::Record(RecordProblems { path, .. }) => format!(
                "a frozen record never changes: `git log -- {path}` tells who changed it, `git checkout COMMIT -- {path}` restores it"
            ),
            Self::InvalidTime { .. } | Self::Payload { .. } => return None,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidRevision { text } => write!(f, "{text:?} is no full commit id"),
            Self::InvalidTag { text } => write!(f, "{text:?} is no release tag"),
            Self::InvalidDigest { text } => write!(f, "{text:?} is no sha256 digest"),
            Self::InvalidImage { text, reason } => write!(f, "{text:?} is no image reference: {reason}"),
            Self::InvalidTime { seconds } => {
                write!(f, "the time {seconds} s after 1970 has no RFC 3339 form")
            }
            Self::InvalidPackagePath { path } => write!(f, "the package's path {path} can't be recorded"),
            Self::InvalidEnvironment { text } => write!(f, "{text:?} can't name a legacy environment"),
            Self::Record(problems) | Self::Marker(problems) => problems.fmt(f),
            Self::Incomplete { path } => write!(f, "{path} is missing"),
            Self::UnknownFreight { text, .. } if digits(text).len() < MIN_DIGITS => {
                write!(f, "{text:?} is too short to name freight")
            }
            Self::UnknownFreight { text, .. } => write!(f, "unknown freight {text:?}"),
            Self::AmbiguousFreight { text, tags } => {
                let tags: Vec<&str> = tags.iter().map(ReleaseTag::short).collect();
                write!(f, "freight {text:?} is ambiguous: {}", tags.join(", "))
            }
            Self::NotMirrored { path, claims: Some(tag) } => {
                write!(f, "{path} says that it is {}, but differs from that record", tag.short())
            }
            Self::NotMirrored { path, claims: None } => write!(f, "{path} equals no frozen record"),
            Self::Payload { package, problems } => {
                write!(f, "the package {package} can't be frozen:")?;
                problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
            Self::Git(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Git(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl From<gitstore::Error> for Error {
    fn from(error: gitstore::Error) -> Self {
        Self::Git(error)
    }
}

impl From<RecordProblems> for Error {
    fn from(problems: RecordProblems) -> Self {
        Self::Record(problems)
    }
}
