//! How results end: the exit status, and errors with their hints on stderr.

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// How a command that didn't fail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did what was asked.
    Done,
    /// It was asked to compare, and there were differences. Exit status 1.
    Differs,
}

/// A failure with the exit status that belongs to it.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u8,
    message: String,
    hints: Vec<String>,
}

impl Failure {
    /// The command was used wrongly: exit status 2.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { status: 2, message: message.into(), hints: Vec::new() }
    }

    /// Adds what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Prints an error and picks the exit status: 0 done, 1 failed, 2 wrong usage, 3 a gate said no.
pub(crate) fn finish(result: anyhow::Result<Outcome>) -> ExitCode {
    let error = match result {
        Ok(Outcome::Done) => return ExitCode::SUCCESS,
        Ok(Outcome::Differs) => return ExitCode::FAILURE,
        Err(error) => error,
    };
    // A closed pipe downstream is no failure worth a message.
    if let Some(error) = error.downcast_ref::<io::Error>() {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return ExitCode::SUCCESS;
        }
    }
    let (status, hints) = match error.downcast_ref::<Failure>() {
        Some(failure) => (failure.status, failure.hints.as_slice()),
        None => (1, &[][..]),
    };
    let mut stderr = io::stderr().lock();
    // There is nowhere left to complain to where stderr is gone.
    let _ = writeln!(stderr, "Error: {error:#}");
    for hint in hints {
        let _ = writeln!(stderr, "Hint: {hint}");
    }
    ExitCode::from(status)
}

/// Writes to stdout.
pub(crate) fn print(bytes: impl AsRef<[u8]>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes.as_ref())?;
    stdout.flush()
}

/// A failed render: Helm's whole text first, then the place.
pub(crate) fn render_failure(error: helm::RenderError) -> Failure {
    let mut message = error.to_string();
    if let Some(diagnosis) = error.diagnosis() {
        message.push_str("\n\n");
        message.push_str(&diagnosis.to_string());
    }
    Failure { status: 1, message, hints: Vec::new() }
}
