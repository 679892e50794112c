//! The crate's error.

use std::fmt;

use gitstore::RepoPath;
use helm::RenderedPlace;

use crate::failure::{FailureGroup, RenderFailure};
use crate::object::ObjectId;

/// What most functions here return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why manifests couldn't be made, written or read.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The package is no chart that Helm loads.
    Chart {
        /// Where it lies, in words for people.
        place: String,
        /// What Helm says.
        source: helm::ChartError,
    },
    /// Dependencies that `Chart.yaml` declares are not in `charts/`.
    MissingDependencies {
        /// Where the chart lies, in words for people.
        place: String,
        /// Their names.
        names: Vec<String>,
    },
    /// Deployments couldn't be rendered.
    Render(Vec<RenderFailure>),
    /// A rendered document can't be read as Kubernetes reads streams of documents.
    Document {
        /// The template.
        template: String,
        /// Which document of the template, from 1.
        document: usize,
        /// What is wrong with it.
        message: String,
    },
    /// A rendered document is no object: it has no kind or no name.
    NoObject {
        /// The document.
        place: Box<RenderedPlace>,
        /// `kind` or `metadata.name`.
        missing: &'static str,
        /// The kind, where there is one.
        kind: String,
    },
    /// One object was rendered twice, in different words.
    Contradiction {
        /// The object.
        object: Box<ObjectId>,
        /// The templates.
        templates: [String; 2],
        /// The line of the second where it first differs.
        place: Box<RenderedPlace>,
    },
    /// An object's names make no file name.
    UnsafeFileName {
        /// The template.
        template: String,
        /// The object.
        object: Box<ObjectId>,
        /// The file name that it would have.
        file_name: String,
    },
    /// More objects than a deployment may have.
    TooManyObjects {
        /// The template that renders the first too many.
        template: String,
        /// How many it may have.
        allowed: usize,
    },
    /// An object holds the marker that makes Argo CD skip files.
    SkipFileMarker {
        /// The marker.
        place: Box<RenderedPlace>,
        /// The object.
        object: Box<ObjectId>,
    },
    /// A text is no digest of manifests.
    InvalidDigest {
        /// The text.
        text: String,
    },
    /// A record isn't what we write.
    Record {
        /// The file.
        path: String,
        /// The line, counted from 1.
        line: u32,
        /// The column in characters, counted from 1.
        column: u32,
        /// What is wrong.
        message: String,
    },
    /// A record has a format that this version doesn't read.
    RecordVersion {
        /// The file.
        path: String,
        /// The line, counted from 1.
        line: u32,
        /// The column in characters, counted from 1.
        column: u32,
        /// The version of the format.
        version: String,
    },
    /// The list of failed deployments can't be read, and only a part of it is to be made anew.
    FailedList(Box<Error>),
    /// A stage's tree lacks a record.
    NoRecord {
        /// Which.
        path: &'static str,
    },
    /// A record names another digest than the manifests have that it is to be written with.
    DigestMismatch {
        /// What the record says.
        recorded: String,
        /// What the manifests have.
        actual: String,
    },
    /// A name that can't stand in a tree.
    InvalidPath {
        /// The path.
        path: String,
    },
    /// A file of the work tree can't be read.
    Io {
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The policy had no answer.
    Policy(policy::Error),
    /// The freight couldn't be read.
    Freight(freight::Error),
    /// The object store failed.
    Git(gitstore::Error),
}

impl Error {
    /// The place in what was rendered, where that is amiss.
    pub fn rendered_place(&self) -> Option<&RenderedPlace> {
        match self {
            Self::NoObject { place, .. }
            | Self::Contradiction { place, .. }
            | Self::SkipFileMarker { place, .. } => Some(place),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Chart { source: helm::ChartError { exceeded: Some(bound), .. }, .. } => {
                format!(
                    "if the chart is meant to be so large, say more in the pipeline file: `bounds: {{ {bound}: … }}`"
                )
            }
            Self::Chart { .. } => "see that `helm lint` accepts the package".to_owned(),
            Self::MissingDependencies { .. } => {
                "run `helm dependency build` in the package and commit its charts/".to_owned()
            }
            Self::Render(failures) => return failures.iter().find_map(|failure| failure.hint.clone()),
            Self::Document { .. } => "nothing but a comment may follow `---` on its line".to_owned(),
            Self::NoObject { kind, .. } if kind.ends_with("List") => {
                format!("let the template write the items of the {kind} as documents of their own")
            }
            Self::NoObject { .. } => {
                "give it `kind` and `metadata.name`, or keep the template from writing anything".to_owned()
            }
            Self::Contradiction { .. } => "let only one template write it".to_owned(),
            Self::UnsafeFileName { .. } => "give the object a name that Kubernetes accepts".to_owned(),
            Self::TooManyObjects { .. } => {
                "let the templates render fewer, or split the chart: no one reviews so many files".to_owned()
            }
            Self::SkipFileMarker { .. } => {
                "remove the marker from the template: Argo CD would never deploy the object".to_owned()
            }
            Self::InvalidDigest { .. } => {
                "a digest is sha256: and 64 lower-case hexadecimal digits".to_owned()
            }
            Self::Record { .. } | Self::NoRecord { .. } => {
                "it was edited by hand: revert the commit that changed it".to_owned()
            }
            Self::RecordVersion { .. } => "a newer Waybill wrote it: use that one".to_owned(),
            Self::FailedList(_) => {
                "render everything, without naming stages or deployments: that writes it anew".to_owned()
            }
            Self::Policy(error) => return error.hint(),
            Self::Freight(error) => return error.hint(),
            Self::Git(error) => return error.hint(),
            Self::DigestMismatch { .. } | Self::InvalidPath { .. } | Self::Io { .. } => return None,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chart { place, source } => {
                let is_past_bound = source.exceeded.is_some();
                write!(f, "{place}{}", if is_past_bound { ": " } else { " is no chart: " })?;
                match (&source.file, source.position) {
                    (Some(file), Some((line, column))) => write!(f, "{file}:{line}:{column}: {source}"),
                    (Some(file), None) => write!(f, "{file}: {source}"),
                    (None, _) => source.fmt(f),
                }
            }
            Self::MissingDependencies { place, names } => {
                let names = names.join(", ");
                write!(f, "{place}: declared in Chart.yaml, but missing in charts/: {names}")
            }
            Self::Render(failures) => FailureGroup::write_all(failures, f),
            Self::Document { template, document, message } => {
                write!(f, "{template}, document {document}: {message}")
            }
            Self::NoObject { place, missing, .. } => {
                let RenderedPlace { template, document, .. } = &**place;
                write!(f, "{template}, document {document}: an object without `{missing}`")
            }
            Self::Contradiction { object, templates: [first, second], .. } if first == second => {
                write!(f, "{first} renders {object} twice, with different content")
            }
            Self::Contradiction { object, templates: [first, second], .. } => {
                write!(f, "{first} and {second} both render {object}, with different content")
            }
            Self::UnsafeFileName { template, object, file_name } => {
                write!(f, "{template}: {object} would be written to the unsafe file name {file_name:?}")
            }
            Self::TooManyObjects { template, allowed } => {
                write!(f, "{template}: the deployment renders more than the {allowed} objects that it may")
            }
            Self::SkipFileMarker { place, object } => {
                let RenderedPlace { template, document, .. } = &**place;
                let marker = crate::layout::SKIP_FILE_MARKER;
                write!(f, "{template}, document {document}: {object} holds the marker `{marker}`")
            }
            Self::InvalidDigest { text } => write!(f, "{text:?} is no digest of manifests"),
            Self::Record { path, line, column, message } => write!(f, "{path}:{line}:{column}: {message}"),
            Self::RecordVersion { path, line, column, version } => {
                write!(
                    f,
                    "{path}:{line}:{column}: the format {version:?} is unknown to this version of Waybill"
                )
            }
            Self::FailedList(error) => error.fmt(f),
            Self::NoRecord { path } => write!(f, "the stage's branch has no {path}"),
            Self::DigestMismatch { recorded, actual } => {
                write!(f, "the record names the manifests {recorded}, but these are {actual}")
            }
            Self::InvalidPath { path } => write!(f, "{path:?} can't stand in a tree"),
            Self::Io { path, source } => write!(f, "can't read {}: {source}", path.display()),
            Self::Policy(error) => error.fmt(f),
            Self::Freight(error) => error.fmt(f),
            Self::Git(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Chart { source, .. } => Some(source),
            Self::Io { source, .. } => Some(source),
            Self::Policy(error) => std::error::Error::source(error),
            Self::Freight(error) => std::error::Error::source(error),
            Self::Git(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl From<policy::Error> for Error {
    fn from(error: policy::Error) -> Self {
        Self::Policy(error)
    }
}

impl From<freight::Error> for Error {
    fn from(error: freight::Error) -> Self {
        Self::Freight(error)
    }
}

impl From<gitstore::Error> for Error {
    fn from(error: gitstore::Error) -> Self {
        Self::Git(error)
    }
}

/// Joins a path that is made of names.
pub(crate) fn repo_path(path: &str) -> Result<RepoPath> {
    RepoPath::new(path).map_err(|_| Error::InvalidPath { path: path.to_owned() })
}
