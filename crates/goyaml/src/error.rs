//! The crate's one error, whose text is Go's.

use std::borrow::Cow;
use std::fmt;

/// Why a text could not be read or a value could not be written; `Display` gives Go's full text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// go-yaml refuses the text or the value: `yaml: line 3: …`.
    Yaml {
        /// The line that Go names, counted its way; none where it names no line.
        line: Option<u32>,
        /// What is wrong.
        problem: Cow<'static, str>,
    },
    /// What YAML allows and JSON doesn't: `json: unsupported value: NaN`, `unsupported map key of type: …`.
    Json(Cow<'static, str>),
    /// The first half of `sigs.k8s.io/yaml` failed: `error converting YAML to JSON: …`.
    Conversion(Box<Error>),
    /// The second half of `sigs.k8s.io/yaml` failed: `error unmarshaling JSON: while decoding JSON: …`.
    Unmarshal(Cow<'static, str>),
    /// yaml v3 panics on a value of this type, where it returns all its other errors.
    Unmarshalable(&'static str),
    /// A value has no JSON form: `error marshaling into JSON: …`.
    Marshal(Cow<'static, str>),
    /// A line that starts with `---` goes on with other text than a comment, which Helm reports after
    /// `error reading yaml document: `.
    Separator(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Yaml { line: Some(line), problem } => write!(f, "yaml: line {line}: {problem}"),
            Error::Yaml { line: None, problem } => write!(f, "yaml: {problem}"),
            Error::Json(problem) => f.write_str(problem),
            Error::Conversion(inner) => write!(f, "error converting YAML to JSON: {inner}"),
            Error::Unmarshal(problem) => {
                write!(f, "error unmarshaling JSON: while decoding JSON: {problem}")
            }
            Error::Unmarshalable(type_name) => write!(f, "cannot marshal type: {type_name}"),
            Error::Marshal(problem) => write!(f, "error marshaling into JSON: {problem}"),
            Error::Separator(rest) => {
                write!(f, "invalid Yaml document separator: {rest}")
            }
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    /// An error of go-yaml's without a line.
    pub(crate) fn yaml(problem: impl Into<Cow<'static, str>>) -> Self {
        Error::Yaml { line: None, problem: problem.into() }
    }

    /// The error as the conversion to JSON reports it.
    pub(crate) fn in_conversion(self) -> Self {
        Error::Conversion(Box::new(self))
    }
}
