//! How results end: the exit status, and errors with their hints on stderr.

use std::error::Error;
use std::fmt;
use std::io;
use std::process::ExitCode;

use rendered::{FailureGroup, RenderFailure, SecretFinding, SecretPlace, without_tokens};
use serde_json::json;

use crate::terminal::Terminal;

/// How a command that didn't fail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did what was asked.
    Done,
    /// It was asked to compare, and there were differences. Exit status 1.
    Differs,
    /// It did what was asked, and what it checked is wrong. Exit status 3.
    Refused,
}

/// A failure of the command line itself, with the exit status that belongs to it.
#[derive(Debug)]
pub(crate) struct Failure {
    status: u8,
    speaker: Speaker,
    message: String,
    hints: Vec<String>,
}

/// In whose words a failure is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaker {
    Waybill,
    Helm,
}

impl Failure {
    /// It couldn't be done: exit status 1.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { status: 1, speaker: Speaker::Waybill, message: message.into(), hints: Vec::new() }
    }

    /// The command was used wrongly: exit status 2.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { status: 2, ..Self::new(message) }
    }

    /// Helm fails here, with this text: exit status 1.
    pub(crate) fn helm(message: impl Into<String>) -> Self {
        Self { speaker: Speaker::Helm, ..Self::new(message) }
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

impl Error for Failure {}

/// Prints an error and picks the exit status: 0 done, 1 failed, 2 wrong usage, 3 a gate or a check said no.
pub(crate) fn finish(result: anyhow::Result<Outcome>, terminal: &Terminal) -> ExitCode {
    let error = match result {
        Ok(Outcome::Done) => return ExitCode::SUCCESS,
        Ok(Outcome::Differs) => return ExitCode::FAILURE,
        Ok(Outcome::Refused) => return ExitCode::from(3),
        Err(error) => error,
    };
    // A closed pipe downstream is no failure worth a message.
    let broken_pipe = |cause: &(dyn Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(broken_pipe) {
        return ExitCode::SUCCESS;
    }
    match error.downcast_ref::<Failure>() {
        Some(failure) if failure.speaker == Speaker::Helm => terminal.helm_error(failure),
        _ => terminal.error(message(&error)),
    }
    for hint in error.chain().flat_map(hints) {
        terminal.hint(hint);
    }
    ExitCode::from(error.chain().find_map(status).unwrap_or(1))
}

/// The error and its causes in one text; a cause that its effect quotes isn't said twice.
fn message(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if message.is_empty() {
            message = cause;
        } else if !message.contains(&cause) {
            message.push_str(": ");
            message.push_str(&cause);
        }
    }
    message
}

fn status(cause: &(dyn Error + 'static)) -> Option<u8> {
    if let Some(failure) = cause.downcast_ref::<Failure>() {
        return Some(failure.status);
    }
    cause.downcast_ref::<promotion::Error>().filter(|error| error.is_gate()).map(|_| 3)
}

/// What each library's error says to do.
fn hints(cause: &(dyn Error + 'static)) -> Vec<String> {
    if let Some(failure) = cause.downcast_ref::<Failure>() {
        return failure.hints.clone();
    }
    if let Some(promotion::Error::Renders(failures)) = cause.downcast_ref() {
        return hints_of(failures);
    }
    let hint = None
        .or_else(|| cause.downcast_ref::<promotion::Error>().and_then(promotion::Error::hint))
        .or_else(|| cause.downcast_ref::<rendered::Error>().and_then(rendered::Error::hint))
        .or_else(|| cause.downcast_ref::<policy::Error>().and_then(policy::Error::hint))
        .or_else(|| cause.downcast_ref::<freight::Error>().and_then(freight::Error::hint))
        .or_else(|| cause.downcast_ref::<gitstore::Error>().and_then(gitstore::Error::hint));
    hint.into_iter().collect()
}

/// What to do about deployments that don't render, each hint once.
fn hints_of(failures: &[RenderFailure]) -> Vec<String> {
    let mut hints: Vec<String> = Vec::new();
    for hint in failures.iter().filter_map(|failure| failure.hint.as_ref()) {
        if !hints.contains(hint) {
            hints.push(hint.clone());
        }
    }
    hints
}

/// Warns of deployments that don't render and keep the candidates that they have.
pub(crate) fn warn_of_failures(failures: &[RenderFailure], terminal: &Terminal) {
    for group in FailureGroup::of(failures) {
        let lead = match group.deployments.len() {
            1 => "this deployment doesn't render, its old candidate stays",
            _ => "these deployments don't render, their old candidates stay",
        };
        terminal.warning(format_args!("{lead}\n{group}"));
    }
    for hint in hints_of(failures) {
        terminal.hint(hint);
    }
}

/// A failed render of the drop-in: Helm's whole text first, then the place.
pub(crate) fn render_failure(
    error: &helm::RenderError,
    origins: &[helm::ValuesOrigin],
    debug: Debug,
) -> Failure {
    let mut message = error.to_string();
    if error.is_of_rendering() && debug == Debug::Off {
        message.push_str("\n\nUse --debug flag to render out invalid YAML");
    }
    if let Some(diagnosis) = error.diagnosis() {
        message.push_str(&format!("\n\n{diagnosis}"));
    }
    if let Some(place) = error.rendered_place() {
        message.push_str(&format!("\n\n{place}"));
    }
    if error.diagnosis().is_none() && !origins.is_empty() {
        message.push('\n');
    }
    for origin in origins {
        message.push_str(&format!("\n  {origin}"));
    }
    Failure::helm(message)
}

/// Whether Helm was asked to print what it rendered also where that is amiss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Debug {
    On,
    Off,
}

/// Deployments that don't render, for `--json`.
pub(crate) fn failures_json(failures: &[RenderFailure]) -> serde_json::Value {
    let rendered_place = |place: &helm::RenderedPlace| json!({ "template": place.template, "document": place.document, "line": place.rendered_line() });
    let failure = |failure: &RenderFailure| {
        let place = failure
            .place()
            .map(|place| json!({ "file": place.file, "line": place.line, "column": place.column }));
        json!({
            "deployment": failure.deployment,
            "message": failure.text.trim_end(),
            "place": place,
            "renderedPlace": failure.rendered_place.as_deref().map(rendered_place),
            "hint": failure.hint,
            "secrets": failure.secrets.iter().map(secret_json).collect::<Vec<_>>(),
        })
    };
    failures.iter().map(failure).collect()
}

/// A secret that was found, for `--json`: where it is and was written, and no character of it.
fn secret_json(finding: &SecretFinding) -> serde_json::Value {
    let place = match &finding.place {
        SecretPlace::Object { object, path } => json!({ "object": object.to_string(), "path": path }),
        SecretPlace::File { path, line, column } => {
            json!({ "file": without_tokens(path), "line": line, "column": column })
        }
    };
    json!({
        "rule": finding.rule,
        "what": finding.what,
        "place": place,
        "fingerprint": finding.fingerprint.as_str(),
        "source": finding.source.as_ref().map(|source| without_tokens(&source.to_string()).into_owned()),
        "expired": finding.expired,
    })
}
