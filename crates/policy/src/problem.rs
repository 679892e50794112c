//! What is wrong with policy files: where, what, and what to do; all of it at once.

use std::fmt;

/// A place in a text: line and column, counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1 in characters.
    pub column: u32,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The policy can't be used.
    Error,
    /// The policy can be used, and is probably not what was meant.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that is wrong with a policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether the policy can be used all the same.
    pub severity: Severity,
    /// The file, relative to the root of the repository.
    pub path: String,
    /// The place in the file; `None` where the file as a whole is meant, such as a missing one.
    pub mark: Option<Mark>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Problem {
    /// `path`, `path:line:column`: where to look.
    pub fn location(&self) -> String {
        match self.mark {
            Some(mark) => format!("{}:{mark}", self.path),
            None => self.path.clone(),
        }
    }
}

/// `path:line:column: message`, then the hint on a line of its own.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.location())?;
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// Everything that is wrong with a policy, in the order of the files and of the places in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Whether one of them makes the policy unusable.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// The problems as a JSON list, for `--json`.
    pub fn to_json(&self) -> serde_json::Value {
        let problem = |problem: &Problem| {
            serde_json::json!({
                "severity": problem.severity.as_str(),
                "path": problem.path,
                "line": problem.mark.map(|mark| mark.line),
                "column": problem.mark.map(|mark| mark.column),
                "message": problem.message,
                "hint": problem.hint,
            })
        };
        self.iter().map(problem).collect()
    }

    /// The problems in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One paragraph a problem.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Collects problems over all files of one run.
pub(crate) struct Report {
    problems: Vec<Problem>,
    /// The file whose problems come first; the others follow by path.
    first: String,
}

impl Report {
    pub(crate) fn new(first: impl ToString) -> Self {
        Self { problems: Vec::new(), first: first.to_string() }
    }

    pub(crate) fn error(&mut self, place: Place, message: impl Into<String>, hint: Option<String>) {
        self.push(Severity::Error, place, message.into(), hint);
    }

    pub(crate) fn warning(&mut self, place: Place, message: impl Into<String>, hint: Option<String>) {
        self.push(Severity::Warning, place, message.into(), hint);
    }

    fn push(&mut self, severity: Severity, place: Place, message: String, hint: Option<String>) {
        self.problems.push(Problem { severity, path: place.path, mark: place.mark, message, hint });
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    pub(crate) fn finish(mut self) -> Problems {
        let first = &self.first;
        self.problems
            .sort_by(|a, b| (a.path != *first, &a.path, a.mark).cmp(&(b.path != *first, &b.path, b.mark)));
        Problems(self.problems)
    }
}

/// A file, or a place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) mark: Option<Mark>,
}

impl Place {
    pub(crate) fn file(path: impl ToString) -> Self {
        Self { path: path.to_string(), mark: None }
    }

    pub(crate) fn at(path: impl ToString, mark: Mark) -> Self {
        Self { path: path.to_string(), mark: Some(mark) }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn problems_are_sorted_by_file_and_place_and_print_a_paragraph_each() {
        let mut report = Report::new("b.yaml");
        let at = |path: &str, line| Place::at(path, Mark { line, column: 1 });
        report.error(at("b.yaml", 9), "late", None);
        report.warning(at("a.yaml", 1), "odd", Some("look".to_owned()));
        report.error(at("b.yaml", 2), "early", None);
        report.error(Place::file("b.yaml"), "whole", None);
        let problems = report.finish();
        assert!(problems.has_errors());
        assert_eq!(
            problems.to_string(),
            "b.yaml: whole\n\nb.yaml:2:1: early\n\nb.yaml:9:1: late\n\na.yaml:1:1: warning: odd\n  hint: look"
        );
        assert_eq!(problems.to_json()[1]["line"], 2);
        assert_eq!(problems.to_json()[3]["severity"], "warning");
    }
}
