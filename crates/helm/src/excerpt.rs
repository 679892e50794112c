//! A few lines of a text with carets under what is amiss, for people.

use std::fmt;

/// How many characters of a line are shown; lines of generated files can be megabytes long.
const WIDEST: usize = 160;

/// How many of them stand before the carets where a line is cut.
const BEFORE_CARETS: usize = 60;

/// What stands in place of what is cut off.
const ELLIPSIS: char = '…';

/// Lines that follow each other, numbered.
pub(crate) struct Excerpt<'a> {
    /// The number of the first line.
    pub(crate) first: u32,
    /// The lines, without their ends.
    pub(crate) lines: &'a [String],
    /// What is amiss in one of them.
    pub(crate) carets: Option<Carets<'a>>,
}

/// A part of a line, underlined.
#[derive(Clone, Copy)]
pub(crate) struct Carets<'a> {
    /// The number of its line.
    pub(crate) line: u32,
    /// The column in characters, counted from 1.
    pub(crate) column: u32,
    /// How many characters it takes.
    pub(crate) width: u32,
    /// What is said about it.
    pub(crate) message: &'a str,
}

impl Excerpt<'_> {
    /// How many digits the line numbers take.
    pub(crate) fn gutter(&self) -> usize {
        let more = u32::try_from(self.lines.len().saturating_sub(1)).unwrap_or(u32::MAX);
        self.first.saturating_add(more).to_string().len()
    }
}

/// Each line behind its number; no newline at the end.
impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gutter = self.gutter();
        write!(f, "{:gutter$} |", "")?;
        for (number, line) in (self.first..).zip(self.lines) {
            let carets = self.carets.filter(|carets| carets.line == number);
            let Some(carets) = carets else {
                let (shown, _) = cut(line, 1);
                write!(f, "\n{number:gutter$} | {shown}")?;
                continue;
            };
            let (shown, column) = cut(line, carets.column as usize);
            write!(f, "\n{number:gutter$} | {shown}")?;
            // Carets stand under their text however wide the reader's tabs are.
            let before: String =
                shown.chars().take(column - 1).map(|c| if c == '\t' { c } else { ' ' }).collect();
            let before = format!("{before:width$}", width = column - 1);
            let room = (shown.chars().count() + 1).saturating_sub(column);
            let underline = "^".repeat((carets.width as usize).clamp(1, room.max(1)));
            let message = carets.message.lines().next().unwrap_or_default();
            write!(f, "\n{:gutter$} | {}", "", format!("{before}{underline} {message}").trim_end())?;
        }
        Ok(())
    }
}

/// A line with what a terminal would take for a command replaced, cut around a column where it is too long; and
/// the column in what is left.
fn cut(line: &str, column: usize) -> (String, usize) {
    let printable = |c: char| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c };
    let column = column.max(1);
    let start = if column > WIDEST - BEFORE_CARETS { column - 1 - BEFORE_CARETS } else { 0 };
    let mut rest = line.chars().skip(start).map(printable);
    let mut shown: String = if start > 0 { ELLIPSIS.to_string() } else { String::new() };
    shown.extend(rest.by_ref().take(WIDEST));
    if rest.next().is_some() {
        shown.push(ELLIPSIS);
    }
    (shown, if start > 0 { column - start + 1 } else { column })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn excerpt(first: u32, lines: &[&str], place: Option<(u32, u32, u32)>) -> String {
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        let carets = place.map(|(line, column, width)| Carets { line, column, width, message: "no\nmore" });
        Excerpt { first, lines: &lines, carets }.to_string()
    }

    #[test]
    fn lines_are_numbered_and_one_is_underlined() {
        assert_eq!(
            excerpt(9, &["a: 1", "b: x"], Some((10, 4, 1))),
            "   |\n 9 | a: 1\n10 | b: x\n   |    ^ no"
        );
        assert_eq!(excerpt(1, &["a"], None), "  |\n1 | a");
        assert_eq!(excerpt(1, &["é\tx"], Some((1, 3, 9))), "  |\n1 | é\tx\n  |  \t^ no");
        assert_eq!(excerpt(1, &[""], Some((1, 1, 0))), "  |\n1 | \n  | ^ no");
        assert_eq!(excerpt(1, &["a\u{1b}[1m"], None), "  |\n1 | a\u{fffd}[1m");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let line = format!("{}X{}", "a".repeat(1000), "b".repeat(1000));
        let text = excerpt(1, &[&line], Some((1, 1001, 1)));
        let lines: Vec<&str> = text.lines().collect();
        let at = lines[2].find('^').unwrap();
        assert_eq!(lines[1].chars().nth(lines[2][..at].chars().count()), Some('X'), "{text}");
        assert_eq!(lines[1].chars().count(), WIDEST + 4 + 2);
        assert_eq!(excerpt(1, &[&line], None).chars().filter(|c| *c == ELLIPSIS).count(), 1);
    }
}
