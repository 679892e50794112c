//! The crate's one error, whose text is Go's.

use std::borrow::Cow;
use std::fmt;

use crate::event::Mark;

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
        /// Where it is wrong, which is often not in the line that Go names; none where that isn't known.
        mark: Option<Mark>,
    },
    /// The text has more nodes than it may, aliases counted as often as they stand. Go knows no such bound.
    TooManyNodes {
        /// How many it may have.
        allowed: u64,
    },
    /// What YAML allows and JSON doesn't: `json: unsupported value: NaN`, `unsupported map key of type: …`.
    Json(Cow<'static, str>),
    /// The first half of `sigs.k8s.io/yaml` failed: `error converting YAML to JSON: …`.
    Conversion(Box<Error>),
    /// The second half of `sigs.k8s.io/yaml` failed: `error unmarshaling JSON: while decoding JSON: …`.
    Unmarshal {
        /// What is wrong.
        problem: Cow<'static, str>,
        /// The struct fields on the way to the value that doesn't fit, outermost first.
        fields: Vec<&'static str>,
    },
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
            Error::Yaml { line: Some(line), problem, .. } => write!(f, "yaml: line {line}: {problem}"),
            Error::Yaml { line: None, problem, .. } => write!(f, "yaml: {problem}"),
            Error::TooManyNodes { allowed } => {
                write!(f, "the YAML text has more than the {allowed} nodes that it may have")
            }
            Error::Json(problem) => f.write_str(problem),
            Error::Conversion(inner) => write!(f, "error converting YAML to JSON: {inner}"),
            Error::Unmarshal { problem, .. } => {
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
        Error::Yaml { line: None, problem: problem.into(), mark: None }
    }

    /// The line that Go names, counted its way.
    pub fn line(&self) -> Option<u32> {
        match self {
            Error::Yaml { line, .. } => *line,
            Error::Conversion(inner) => inner.line(),
            _ => None,
        }
    }

    /// What is wrong, without the place and the stage at which it was found.
    pub fn problem(&self) -> &str {
        match self {
            Error::Yaml { problem, .. }
            | Error::Json(problem)
            | Error::Unmarshal { problem, .. }
            | Error::Marshal(problem) => problem,
            Error::Conversion(inner) => inner.problem(),
            Error::Unmarshalable(_) => "a value of this type has no YAML form",
            Error::Separator(rest) => rest,
            Error::TooManyNodes { .. } => "the text has more nodes than it may have",
        }
    }

    /// Whether the text has more nodes than it may, and how many that is.
    pub fn nodes_allowed(&self) -> Option<u64> {
        match self {
            Error::TooManyNodes { allowed } => Some(*allowed),
            Error::Conversion(inner) => inner.nodes_allowed(),
            _ => None,
        }
    }

    /// The struct fields on the way to the value that doesn't fit, outermost first.
    pub fn fields(&self) -> &[&'static str] {
        match self {
            Error::Unmarshal { fields, .. } => fields,
            _ => &[],
        }
    }

    /// Where in the text it is wrong, as far as that is known.
    pub fn mark(&self) -> Option<Mark> {
        match self {
            Error::Yaml { mark, .. } => *mark,
            Error::Conversion(inner) => inner.mark(),
            _ => None,
        }
    }

    /// The error as the conversion to JSON reports it.
    pub(crate) fn in_conversion(self) -> Self {
        Error::Conversion(Box::new(self))
    }
}

#[cfg(test)]
mod tests {
    use crate::decode;

    #[test]
    fn errors_know_where_they_are_even_where_go_names_another_line() {
        for (text, line, mark) in [
            ("a: 1\nb: c: d\n", Some(2), Some((1, 4))),
            // go-yaml's parser counts lines from 0.
            ("kind: B\nmetadata:\n  name: [a\n  b: c\n", Some(3), Some((3, 3))),
            // What is amiss began before.
            ("kind: A\na: \"b\nc: d\n", Some(4), Some((1, 3))),
            ("a: 1\nfoo\nb: 1\n", Some(3), Some((1, 0))),
            // The end of a text counts as a line of its own.
            ("[", Some(1), Some((1, 0))),
            // Go names no line.
            ("a: [*b]\n", None, Some((0, 4))),
        ] {
            let error = decode(text.as_bytes()).unwrap_err();
            assert_eq!(error.line(), line, "{text:?}: {error}");
            assert_eq!(error.mark().map(|mark| (mark.line, mark.column)), mark, "{text:?}: {error}");
        }
    }
}
