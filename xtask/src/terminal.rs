//! What is printed on: stdout for results, stderr for warnings, errors and progress; colour where it is wanted.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::ValueEnum;
use gitstore::Environment;
use rendered::Colour;

/// When what is printed is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColourChoice {
    #[default]
    Auto,
    Always,
    Never,
}

/// The two streams, and which of them take colour.
#[derive(Clone, Debug)]
pub(crate) struct Terminal {
    stdout: Colour,
    stderr: Colour,
    complains_to_terminal: bool,
    shows_progress: bool,
}

/// ANSI styles, by what they mark.
#[derive(Clone, Copy)]
enum Style {
    Error,
    Warning,
    Hint,
    Prompt,
}

impl Terminal {
    pub(crate) fn new(choice: ColourChoice, environment: &Environment) -> Self {
        let is_set = |name: &str| environment.get(name).is_some_and(|value| !value.is_empty());
        let is_dumb = environment.get("TERM").is_some_and(|term| term == "dumb");
        let colour = |is_terminal: bool| match choice {
            ColourChoice::Always => Colour::Ansi,
            ColourChoice::Auto if is_terminal && !is_set("NO_COLOR") && !is_dumb => Colour::Ansi,
            ColourChoice::Auto | ColourChoice::Never => Colour::None,
        };
        let on_terminal = io::stderr().is_terminal();
        Self {
            stdout: colour(io::stdout().is_terminal()),
            stderr: colour(on_terminal),
            complains_to_terminal: on_terminal,
            shows_progress: on_terminal && !is_dumb,
        }
    }

    /// Whether results are coloured.
    pub(crate) fn colour(&self) -> Colour {
        self.stdout
    }

    /// Writes a command as a user would type it.
    pub(crate) fn prompt(&self, command: impl Display) -> io::Result<()> {
        print(format!("{}\n", styled(self.stdout, Style::Prompt, &format!("$ {command}"))))
    }

    /// Something that is probably not meant, and keeps nothing from happening.
    pub(crate) fn warning(&self, text: impl Display) {
        self.complain(Style::Warning, "warning:", masked(text));
    }

    /// Why nothing happened.
    pub(crate) fn error(&self, text: impl Display) {
        self.complain(Style::Error, "error:", masked(text));
    }

    /// Why nothing happened, as Helm says it: byte for byte where a program reads it.
    pub(crate) fn helm_error(&self, text: impl Display) {
        let text = text.to_string();
        let text = if self.complains_to_terminal { visible(&text) } else { Cow::Borrowed(&*text) };
        self.complain(Style::Error, "Error:", text);
    }

    /// What to do about it.
    pub(crate) fn hint(&self, text: impl Display) {
        self.complain(Style::Hint, "hint:", masked(text));
    }

    fn complain(&self, style: Style, label: &str, text: impl Display) {
        // There is nowhere left to complain to where stderr is gone.
        let _ = writeln!(io::stderr().lock(), "{} {text}", styled(self.stderr, style, label));
    }

    /// Says what takes a while, on a terminal alone; the line goes away with the value.
    pub(crate) fn progress(&self, text: impl Display) -> Progress {
        if self.shows_progress {
            let mut stderr = io::stderr().lock();
            let _ = write!(stderr, "{text} …").and_then(|()| stderr.flush());
        }
        Progress { is_shown: self.shows_progress }
    }
}

/// A line on stderr while something takes its time.
#[must_use]
pub(crate) struct Progress {
    is_shown: bool,
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}

fn styled(colour: Colour, style: Style, text: &str) -> String {
    let code = match style {
        Style::Error => "1;31",
        Style::Warning => "1;33",
        Style::Hint => "1;36",
        Style::Prompt => "1",
    };
    match colour {
        Colour::Ansi => format!("\x1b[{code}m{text}\x1b[0m"),
        Colour::None => text.to_owned(),
    }
}

/// A message without credentials: it may quote a remote's address that somebody typed, and names that are tokens. What moves or
/// colours a terminal shows in it, for it may quote a chart.
fn masked(text: impl Display) -> String {
    visible(&rendered::without_tokens(&gitstore::mask_credentials(&text.to_string()))).into_owned()
}

/// A text of lines in which every control character shows, as an escape.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    let is_hidden = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// Prints what is wrong with the arguments (or the help that they ask for), and gives the exit status. What was typed is
/// quoted, and a remote's address may have been.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    let masked = masked(&text);
    // Unmasked, the text keeps its colours.
    let printed = match masked == text {
        true => error.print(),
        false => io::stderr().lock().write_all(masked.as_bytes()),
    };
    match printed {
        Ok(()) => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
        Err(_) => ExitCode::FAILURE,
    }
}

/// Writes to stdout.
pub(crate) fn print(bytes: impl AsRef<[u8]>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(bytes.as_ref()).and_then(|()| stdout.flush());
    written.map_err(|error| io::Error::new(error.kind(), format!("can't print the result: {error}")))
}

/// Writes one JSON document to stdout.
pub(crate) fn print_json(document: &serde_json::Value) -> io::Result<()> {
    print(format!("{document:#}\n"))
}

/// Lines of cells as columns, two spaces apart; the last one is as long as it is.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let width = |text: &str| text.chars().count();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    #[test]
    fn control_characters_show() {
        assert_eq!(super::visible("a\tb\nü …"), "a\tb\nü …");
        assert_eq!(super::visible("\x1b[31mred\x07\r\0\u{9b}"), r"\u{1b}[31mred\u{7}\r\u{0}\u{9b}");
    }

    #[test]
    fn columns_are_as_wide_as_their_cells() {
        let row = |cells: &[&str]| cells.iter().map(ToString::to_string).collect::<Vec<_>>();
        let rows = [row(&["STAGE", "AGE"]), row(&["tést", "3 m", "long text"]), row(&["x"])];
        assert_eq!(super::table(&rows), "STAGE  AGE\ntést   3 m  long text\nx\n");
    }
}
