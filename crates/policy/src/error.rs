//! The crate's error: a question that the policy has no answer to. What is wrong with the files themselves is
//! [`crate::Problems`].

use std::fmt;
use std::path::PathBuf;

use gitstore::RepoPath;

use crate::name::DeploymentName;

/// Why the policy couldn't answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// No stage, warehouse, deployment or env type has this name.
    Unknown {
        /// What was looked for, such as `stage`.
        noun: &'static str,
        /// The name that was given.
        name: String,
        /// The known name that is nearest to it.
        nearest: Option<String>,
        /// All known names in order.
        known: Vec<String>,
    },
    /// A deployment that no stage renders.
    LiveSource {
        /// Its name.
        name: String,
    },
    /// A glob that can't be read.
    InvalidGlob {
        /// The glob.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A glob that fits no deployment.
    NothingMatches {
        /// The glob.
        glob: String,
        /// All deployments in order.
        known: Vec<DeploymentName>,
    },
    /// The policy wants the image's digest and the freight has none.
    NoDigest {
        /// The values key that wants it.
        key: String,
        /// What stands under the key in the policy.
        template: String,
    },
    /// A policy file is a symlink, a directory or a submodule.
    NotAFile {
        /// The path.
        path: RepoPath,
        /// What stands there.
        found: &'static str,
    },
    /// The repository has no work tree to read from.
    NoWorkTree,
    /// A file of the work tree can't be read.
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The object store failed.
    Git(gitstore::Error),
}

impl Error {
    pub(crate) fn unknown<'a, S: AsRef<str> + 'a>(
        noun: &'static str,
        name: &str,
        known: impl Iterator<Item = &'a S> + Clone,
    ) -> Self {
        Self::Unknown {
            noun,
            name: name.to_owned(),
            nearest: crate::nearest(name, known.clone()).map(str::to_owned),
            known: known.map(|name| name.as_ref().to_owned()).collect(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { nearest: Some(near), .. } => Some(format!("did you mean `{near}`?")),
            Self::Unknown { noun, known, .. } if known.is_empty() => {
                Some(format!("the policy has no {noun}s yet"))
            }
            Self::Unknown { noun, known, .. } => Some(format!("known {noun}s: {}", known.join(", "))),
            Self::NothingMatches { known, .. } => {
                let known: Vec<&str> = known.iter().map(DeploymentName::as_str).collect();
                Some(format!("known deployments: {}", known.join(", ")))
            }
            Self::LiveSource { .. } => {
                Some("it is deployed straight from its branch; `cargo xtask status` lists it".to_owned())
            }
            Self::InvalidGlob { .. } => Some("globs know *, ?, [a-z] and {a,b}".to_owned()),
            Self::NoDigest { .. } => {
                Some("freeze with --digest, or name the image by {ref} or {tag} in pipeline.yaml".to_owned())
            }
            Self::NotAFile { .. } => {
                Some("policy is read from plain files: put the text itself there".to_owned())
            }
            Self::NoWorkTree => Some("run the command in a clone with a work tree".to_owned()),
            Self::Git(error) => error.hint(),
            Self::Io { .. } => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { noun, name, .. } => write!(f, "unknown {noun} `{name}`"),
            Self::LiveSource { name } => {
                write!(f, "the deployment `{name}` is live-source: no stage renders it")
            }
            Self::InvalidGlob { glob, reason } => write!(f, "`{glob}` is no glob: {reason}"),
            Self::NothingMatches { glob, .. } => write!(f, "`{glob}` fits no deployment"),
            Self::NoDigest { key, template } => {
                write!(
                    f,
                    "the values key `{key}` is set to `{template}`, but the freight's image has no digest"
                )
            }
            Self::NotAFile { path, found } => write!(f, "{path} is a {found}, not a file"),
            Self::NoWorkTree => f.write_str("the repository has no work tree"),
            Self::Io { path, source } => write!(f, "can't read {}: {source}", path.display()),
            Self::Git(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
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
