//! Why a render failed: Helm's text, and what a person needs beside it.

use std::fmt;

use gotemplate::{CallError, ExecError, ParseError, Reason, Refusal};

use super::error_text;
use crate::HelmVersion;
use crate::manifest::ManifestError;

/// A render failed. `Display` prints Helm's whole text; [`RenderError::diagnosis`] tells the place.
#[derive(Debug)]
pub enum RenderError {
    /// The chart isn't an application.
    NotInstallable {
        /// Its type.
        chart_type: String,
    },
    /// Declared dependencies are not in `charts/`.
    MissingDependencies {
        /// Their names.
        names: Vec<String>,
        /// Whose words are used.
        helm: HelmVersion,
    },
    /// The release name is none that Helm allows.
    ReleaseName {
        /// The name.
        name: String,
        /// Whose words are used.
        helm: HelmVersion,
    },
    /// Dependencies could not be processed.
    Dependencies {
        /// Helm's text.
        message: String,
        /// Whose words are used.
        helm: HelmVersion,
    },
    /// Values don't fit together.
    Values(String),
    /// Values don't fit the schemas: the findings, by chart.
    Schema(String),
    /// The chart wants another Kubernetes.
    KubeVersion {
        /// The chart's constraint.
        wanted: String,
        /// The version assumed.
        assumed: String,
    },
    /// A template doesn't parse.
    Parse(Box<ParseError>),
    /// A template failed.
    Exec {
        /// Where and why.
        error: Box<ExecError>,
        /// Whose words are used.
        helm: HelmVersion,
    },
    /// A rendered document isn't what Helm reads.
    Manifest(ManifestError),
}

/// The place of a failure in a template, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The innermost place first, then the calls that led there.
    pub frames: Vec<Frame>,
    /// What is wrong there, without the chain around it.
    pub message: String,
    /// The call that would have made the render irreproducible, where that is the trouble.
    pub refusal: Option<Refusal>,
    /// The dotted path below `.Values` that was being read, where one was.
    pub values_path: Option<String>,
}

/// One level of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The template's file by its full name, or `gotpl` for the text of a `tpl`.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
    /// How many characters the node takes on that line.
    pub width: u32,
    /// The line's text.
    pub source_line: String,
    /// The template that was executing: the file's, or a `define`.
    pub template: String,
}

impl RenderError {
    /// Helm's whole text, as bytes: it may quote any.
    pub fn text(&self) -> Vec<u8> {
        match self {
            RenderError::NotInstallable { chart_type } => {
                format!("{chart_type} charts are not installable").into_bytes()
            }
            RenderError::MissingDependencies { names, helm } => {
                let (start, quote) = if helm.is_v3() { ("An", '`') } else { ("an", '\'') };
                format!(
                    "{start} error occurred while checking for chart dependencies. You may need to run \
                     {quote}helm dependency build{quote} to fetch missing dependencies: found in Chart.yaml, \
                     but missing in charts/ directory: {}",
                    names.join(", ")
                )
                .into_bytes()
            }
            RenderError::ReleaseName { name, helm } => release_name_text(name, *helm),
            RenderError::Dependencies { message, helm } if helm.is_v3() => message.clone().into_bytes(),
            RenderError::Dependencies { message, .. } => {
                format!("chart dependencies processing failed: {message}").into_bytes()
            }
            RenderError::Values(message) => message.clone().into_bytes(),
            RenderError::Schema(findings) => format!(
                "values don't meet the specifications of the schema(s) in the following chart(s):\n{findings}"
            )
            .into_bytes(),
            RenderError::KubeVersion { wanted, assumed } => format!(
                "chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {assumed}"
            )
            .into_bytes(),
            RenderError::Parse(error) => error_text::parse_error(error),
            RenderError::Exec { error, helm } => error_text::exec_error(error, *helm),
            RenderError::Manifest(error) => error.to_string().into_bytes(),
        }
    }

    /// Whether Helm had come to rendering: its command then points to `--debug`, which shows what was rendered.
    pub fn is_of_rendering(&self) -> bool {
        match self {
            RenderError::NotInstallable { .. }
            | RenderError::MissingDependencies { .. }
            | RenderError::ReleaseName { .. }
            | RenderError::Dependencies { .. }
            | RenderError::Values(_)
            | RenderError::Schema(_) => false,
            RenderError::KubeVersion { .. }
            | RenderError::Parse(_)
            | RenderError::Exec { .. }
            | RenderError::Manifest(_) => true,
        }
    }

    /// The place in the templates, where the failure has one.
    pub fn diagnosis(&self) -> Option<Diagnosis> {
        let RenderError::Exec { error, .. } = self else { return None };
        let mut frames: Vec<Frame> = error.levels().filter_map(Frame::of).collect();
        frames.reverse();
        let failure = error.levels().filter_map(ExecError::failure).last()?;
        let refusal = match &failure.reason {
            Reason::Call { error: CallError::Refused(refusal), .. } => Some(refusal.clone()),
            _ => None,
        };
        let message = match error.root() {
            root @ ExecError::NoTemplate { .. } => lossy(&root.text()),
            ExecError::Failed(_) => lossy(&failure.description()),
        };
        let message = message
            .replace(std::str::from_utf8(super::functions::WARN_START).unwrap_or_default(), "")
            .replace(std::str::from_utf8(super::functions::WARN_END).unwrap_or_default(), "");
        let values_path = lossy(&failure.node).split_once(".Values.").map(|(_, path)| path.to_owned());
        Some(Diagnosis { frames, message, refusal, values_path })
    }
}

impl Frame {
    fn of(error: &ExecError) -> Option<Self> {
        let failure = error.failure()?;
        let location = &failure.location;
        let line = location.source().split(|byte| *byte == b'\n').nth(location.line as usize - 1)?;
        let before =
            String::from_utf8_lossy(&line[..line.len().min(location.column as usize)]).chars().count();
        let source_line = lossy(line).trim_end_matches('\r').to_owned();
        let room = source_line.chars().count().saturating_sub(before).max(1);
        let span = (location.span.end.saturating_sub(location.span.start) as usize).clamp(1, room);
        Some(Self {
            file: lossy(location.file()),
            line: location.line,
            column: u32::try_from(before + 1).unwrap_or(u32::MAX),
            width: u32::try_from(span).unwrap_or(1),
            source_line,
            template: lossy(&failure.template),
        })
    }
}

/// Helm's refusal of a release name (helm: pkg/chart/v2/util/validate_name.go).
fn release_name_text(name: &str, helm: HelmVersion) -> Vec<u8> {
    let context: &[u8] = if helm.is_v3() { b"" } else { b"release name check failed: " };
    let reason: &[u8] = match name {
        "" => b"no name provided",
        _ => {
            b"invalid release name, must match regex \
              ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not \
              be longer than 53"
        }
    };
    [context, b"release name ", &*gostd::strconv::quote(name.as_bytes()), b": ", reason].concat()
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&lossy(&self.text()))
    }
}

impl std::error::Error for RenderError {}

/// The innermost place with its line and a caret, then the calls that led there.
impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, callers)) = self.frames.split_first() else { return f.write_str(&self.message) };
        let gutter = first.line.to_string().len();
        writeln!(f, "{:gutter$}--> {}:{}:{}", "", first.file, first.line, first.column)?;
        writeln!(f, "{:gutter$} |", "")?;
        writeln!(f, "{} | {}", first.line, first.source_line)?;
        let before = " ".repeat(first.column as usize - 1);
        let carets = "^".repeat(first.width as usize);
        write!(f, "{:gutter$} | {before}{carets} {}", "", self.message.lines().next().unwrap_or_default())?;
        for caller in callers {
            write!(f, "\n{:gutter$} = included from {}:{}:{}", "", caller.file, caller.line, caller.column)?;
        }
        Ok(())
    }
}
