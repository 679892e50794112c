//! A place in what a template was rendered to: Helm names a line of one document at most.

use std::fmt;

use crate::excerpt::{Carets, Excerpt};

/// How many lines of a document are shown where none of them is to blame.
const HEAD: u32 = 5;

/// How many lines are shown before and behind the one that is to blame.
const AROUND: u32 = 2;

/// The farthest that the line which Helm names may be from the one to blame, and be shown too.
const NEAR: u32 = 8;

/// A document that a template was rendered to, or a place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedPlace {
    /// The template, by its full name.
    pub template: String,
    /// Which document of the template's text, from 1.
    pub document: usize,
    /// In which line of all that the template renders to the document starts, from 1.
    pub starts: u32,
    /// The line of the document, from 1, and the column in characters, from 1; none where it is about the whole.
    pub position: Option<(u32, u32)>,
    /// The number of the first line that is shown.
    first: u32,
    lines: Vec<String>,
    message: String,
    /// Whether the document may be a Secret; it needn't be one that can be read.
    of_secret: bool,
}

impl RenderedPlace {
    /// A document as a whole; `starts` is the line that it starts in.
    pub fn document(template: &str, document: usize, starts: u32, content: &[u8]) -> Self {
        Self::new(template, document, starts, content, 1, HEAD)
    }

    /// What goyaml says about a document, `document` counted from 0.
    pub(super) fn of(
        template: &str,
        document: usize,
        starts: u32,
        content: &[u8],
        error: &goyaml::Error,
    ) -> Self {
        let named = error.line();
        let position = position_of(error, content);
        let Some(line) = position.map(|(line, _)| line).or(named) else {
            return Self::document(template, document + 1, starts, content);
        };
        let named = named.filter(|named| named.abs_diff(line) <= NEAR).unwrap_or(line);
        let first = line.min(named).saturating_sub(AROUND).max(1);
        let last = line.max(named).saturating_add(AROUND);
        let message = error.problem().to_owned();
        let position = Some(position.unwrap_or_else(|| within(content, line, 1)));
        Self { position, message, ..Self::new(template, document + 1, starts, content, first, last) }
    }

    /// A line of a document, counted from 1, and a column in characters, with what is wrong there.
    pub fn position(self, content: &[u8], (line, column): (u32, u32), message: impl Into<String>) -> Self {
        let Self { template, document, starts, .. } = self;
        let (first, last) = (line.saturating_sub(AROUND).max(1), line.saturating_add(AROUND));
        let place = Self::new(&template, document, starts, content, first, last);
        Self { position: Some(within(content, line, column)), message: message.into(), ..place }
    }

    fn new(template: &str, document: usize, starts: u32, content: &[u8], first: u32, last: u32) -> Self {
        let lines = content.trim_ascii_end().split(|byte| *byte == b'\n').skip(first as usize - 1);
        let line =
            |line: &[u8]| String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
        let lines = lines.take((last - first) as usize + 1).map(line).collect();
        Self {
            template: template.to_owned(),
            document,
            starts,
            position: None,
            first,
            lines,
            message: String::new(),
            of_secret: memchr::memmem::find(content, b"Secret").is_some(),
        }
    }

    /// The same place, without showing a line of what may be a Secret.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        if self.of_secret {
            self.lines.fill("… (lines of a Secret aren't shown)".to_owned());
        }
        self
    }

    /// Changes what is shown of it: every line, and what is said about it.
    pub fn edit_shown(&mut self, edit: impl FnMut(&mut String)) {
        self.lines.iter_mut().chain([&mut self.message]).for_each(edit);
    }

    /// The line of the template's whole rendered text, from 1.
    pub fn rendered_line(&self) -> u32 {
        self.starts + self.position.map_or(0, |(line, _)| line - 1)
    }
}

/// The line and column, counted from 1, that goyaml's error about a text is about, as far as that is known.
pub(crate) fn position_of(error: &goyaml::Error, text: &[u8]) -> Option<(u32, u32)> {
    let mark = error.mark().or_else(|| {
        let fields = error.fields();
        let path: Vec<_> =
            fields.iter().map(|field| goyaml::PathSegment::Key(field.as_bytes().into())).collect();
        if path.is_empty() { None } else { goyaml::mark_of(text, &path) }
    });
    mark.map(|mark| within(text, mark.line + 1, mark.column + 1))
}

/// A position in a text; one behind its last line is at that line's end, where what is missing would stand.
fn within(content: &[u8], line: u32, column: u32) -> (u32, u32) {
    let mut lines = content.trim_ascii_end().split(|byte| *byte == b'\n');
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let count = number(lines.clone().count());
    if line <= count {
        return (line, column);
    }
    let last = lines.next_back().map_or(0, |last| String::from_utf8_lossy(last).chars().count());
    (count, number(last).saturating_add(1))
}

impl fmt::Display for RenderedPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let carets =
            self.position.map(|(line, column)| Carets { line, column, width: 1, message: &self.message });
        let excerpt = Excerpt { first: self.first, lines: &self.lines, carets };
        let gutter = excerpt.gutter();
        write!(f, "{:gutter$}--> rendered from {}, document {}", "", self.template, self.document)?;
        if let Some((line, column)) = self.position {
            write!(f, ", line {line}, column {column}")?;
        }
        write!(f, "\n{excerpt}")?;
        if self.starts > 1 {
            let Self { document, starts, .. } = self;
            write!(f, "\n{:gutter$} = document {document} starts in line {starts} of what is rendered", "")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::HelmVersion;
    use crate::manifest::sort;

    /// The place of the error that these files make.
    fn place(text: &str) -> RenderedPlace {
        let files = [("c/templates/a.yaml", text.as_bytes())];
        *sort(files, "c", HelmVersion::V4_2_3).unwrap_err().place
    }

    #[test]
    fn a_place_is_in_its_document() {
        let found = place("# one\nkind: A\n---\nkind: B\nmetadata:\n  name: [a\n  b: c\nspec: 1\n");
        let expected = " --> rendered from c/templates/a.yaml, document 2, line 4, column 4
  |
1 | kind: B
2 | metadata:
3 |   name: [a
4 |   b: c
  |    ^ did not find expected ',' or ']'
5 | spec: 1
  = document 2 starts in line 4 of what is rendered";
        assert_eq!(found.to_string(), expected);
        assert_eq!(found.rendered_line(), 7);
    }

    #[test]
    fn the_line_that_helm_names_is_shown_where_it_is_near() {
        let found = place(&format!("kind: A\na: \"b\n{}", "c: d\n".repeat(4))).to_string();
        assert!(found.contains("\n2 | a: \"b\n  |    ^ found unexpected end"), "{found}");
        assert!(found.contains("\n6 | "), "{found}");
        let found = place(&format!("kind: A\na: \"b\n{}", "c: d\n".repeat(99))).to_string();
        assert_eq!(found.lines().count(), 7, "{found}");
    }

    #[test]
    fn what_is_missing_at_the_end_is_shown_there() {
        let found = place("kind: A\na: [b\n\n");
        assert_eq!(found.position, Some((2, 6)), "{found}");
        assert!(found.to_string().contains("\n2 | a: [b\n  |      ^ did not find"), "{found}");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_found() {
        let found = place("kind: A\nmetadata:\n  annotations: x\n");
        assert_eq!(found.position, Some((3, 3)), "{found}");
    }

    #[test]
    fn what_is_no_map_is_shown_from_its_start() {
        let found = place(&format!("\n\n{}", "- a\n".repeat(9)));
        let expected = " --> rendered from c/templates/a.yaml, document 1
  |
1 | - a
2 | - a
3 | - a
4 | - a
5 | - a
  = document 1 starts in line 3 of what is rendered";
        assert_eq!(found.to_string(), expected);
    }
}
