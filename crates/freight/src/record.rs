//! The freight record: what `freight.yaml` says, checked, and its one canonical text.

use std::fmt;

use gitstore::{RepoPath, TreeId};
use jiff::Timestamp;

use crate::error::Error;
use crate::id::{ReleaseTag, Revision};
use crate::image::Image;
use crate::wire;

/// What a release was cut from and what it carries. Nothing about an environment is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreightRecord {
    /// The commit in the source.
    pub revision: Revision,
    /// `git-` and the revision.
    pub tag: ReleaseTag,
    /// The image.
    pub image: Image,
    /// What kind of package the payload is.
    pub package_type: PackageType,
    /// The revision's committer time; records of other writers may lack it.
    pub created_at: Option<Timestamp>,
    /// Where the payload came from; records of other writers may lack it.
    pub package: Option<PackageOrigin>,
}

/// What kind of package a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackageType {
    /// A Helm chart.
    Helm,
}

impl PackageType {
    /// As the record spells it; the payload's directory has the same name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Helm => "helm",
        }
    }
}

/// Where a payload came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageOrigin {
    /// The package's path in the source.
    pub path: RepoPath,
    /// Its tree there, which proves that the copy is literal.
    pub tree: TreeId,
}

impl FreightRecord {
    /// A record as freeze makes it. `committed` is the committer time of the revision, in seconds since 1970.
    pub fn new(
        revision: Revision,
        image: Image,
        committed: i64,
        package: PackageOrigin,
    ) -> Result<Self, Error> {
        let printable = package.path.to_str().is_some_and(|path| !path.chars().any(char::is_control));
        if !printable {
            return Err(Error::InvalidPackagePath { path: package.path });
        }
        let created_at =
            Timestamp::from_second(committed).map_err(|_| Error::InvalidTime { seconds: committed })?;
        Ok(Self {
            tag: ReleaseTag::from(revision.clone()),
            revision,
            image,
            package_type: PackageType::Helm,
            created_at: Some(created_at),
            package: Some(package),
        })
    }

    /// Reads a `freight.yaml`; `path` is how messages name it. All that is wrong with it is reported, also
    /// a tag, revision and image that contradict each other.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self, RecordProblems> {
        wire::read(path, bytes, None)
    }

    /// As [`FreightRecord::parse`]; the directory that holds the file must be named by the tag as well.
    pub fn parse_in(path: &str, bytes: &[u8], directory: &ReleaseTag) -> Result<Self, RecordProblems> {
        wire::read(path, bytes, Some(directory))
    }

    /// The canonical text: fixed order, fixed layout, no comments; equal records give equal bytes.
    pub fn to_yaml(&self) -> String {
        let mut text = format!(
            "schemaVersion: {}\nrevision: {}\ntag: {}\nimage:\n  ref: {}\n",
            wire::SCHEMA_VERSION,
            scalar(self.revision.as_str()),
            self.tag,
            self.image.reference
        );
        if let Some(digest) = &self.image.digest {
            text.push_str(&format!("  digest: {digest}\n"));
        }
        text.push_str(&format!("packageType: {}\n", self.package_type.as_str()));
        if let Some(created_at) = self.created_at {
            text.push_str(&format!("createdAt: {created_at}\n"));
        }
        if let Some(package) = &self.package {
            let path = scalar(&package.path.to_string());
            text.push_str(&format!("package:\n  path: {path}\n  tree: {}\n", scalar(&package.tree.to_hex())));
        }
        text
    }

    /// In what two records differ, each with both values: what freeze names when it refuses.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let text = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
        let fields = |record: &Self| {
            [
                ("revision", record.revision.to_string()),
                ("image.ref", record.image.reference.to_string()),
                ("image.digest", text(record.image.digest.as_ref().map(ToString::to_string))),
                ("packageType", record.package_type.as_str().to_owned()),
                ("createdAt", text(record.created_at.map(|time| time.to_string()))),
                ("package.path", text(record.package.as_ref().map(|package| package.path.to_string()))),
                ("package.tree", text(record.package.as_ref().map(|package| package.tree.to_string()))),
            ]
        };
        fields(self)
            .into_iter()
            .zip(fields(other))
            .filter(|(mine, theirs)| mine.1 != theirs.1)
            .map(|((key, mine), (_, theirs))| Difference { key, mine, theirs })
            .collect()
    }
}

/// One key in which two records differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The key, such as `image.digest`.
    pub key: &'static str,
    /// What the first record says.
    pub mine: String,
    /// What the other says.
    pub theirs: String,
}

/// A text as a YAML scalar: plain where every reader takes it for a string, else in double quotes.
pub(crate) fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-');
    let begins_plain = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    // Of hexadecimal digits these could be numbers: all decimal, an exponent, a binary literal.
    let numeric = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'e' | b'E' | b'.' | b'_' | b'b' | b'-'));
    let word = WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    let radix =
        text.len() > 1 && text.starts_with('0') && matches!(text.as_bytes()[1], b'x' | b'o' | b'X' | b'O');
    if begins_plain && text.bytes().all(plain) && !numeric && !word && !radix {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// One thing that is wrong with a `freight.yaml` or a gate marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordProblem {
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1 in characters.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Everything that is wrong with a `freight.yaml` or a gate marker, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordProblems {
    /// The file.
    pub path: String,
    /// The problems.
    pub problems: Vec<RecordProblem>,
}

/// One paragraph a problem: `path:line:column: message`, then the hint.
impl fmt::Display for RecordProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{}:{}:{}: {}", self.path, problem.line, problem.column, problem.message)?;
            if let Some(hint) = &problem.hint {
                write!(f, "\n  hint: {hint}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for RecordProblems {}
