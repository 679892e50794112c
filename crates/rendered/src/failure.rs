//! Why a deployment couldn't be rendered: Helm's words first, then ours.

use std::fmt;

use gitstore::RepoPath;
use helm::{Diagnosis, Frame};

use crate::error::Error;

/// A deployment's render failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderFailure {
    /// The deployment.
    pub deployment: String,
    /// What is wrong: Helm's whole text where Helm fails too, else a sentence of ours.
    pub text: String,
    /// The place in the templates with what led there, where the failure has one.
    pub diagnosis: Option<Box<Diagnosis>>,
    /// Where the values came from that the failure is about, as far as they could be found again.
    pub origins: Vec<ValuesOrigin>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Where a value was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValuesOrigin {
    /// In a values file of the policy.
    File {
        /// The values key, dotted.
        key: String,
        /// The file.
        path: RepoPath,
        /// The line, counted from 1.
        line: u32,
        /// The column in characters, counted from 1.
        column: u32,
    },
    /// In the chart's own values.
    Chart {
        /// The values key, dotted.
        key: String,
        /// The file, relative to the chart.
        file: String,
        /// The line, counted from 1.
        line: u32,
        /// The column in characters, counted from 1.
        column: u32,
    },
    /// By the pipeline, from the freight's image.
    Image {
        /// The values key, dotted.
        key: String,
        /// What was set.
        value: String,
    },
}

impl RenderFailure {
    pub(crate) fn new(deployment: &str, text: impl Into<String>) -> Self {
        Self {
            deployment: deployment.to_owned(),
            text: text.into(),
            diagnosis: None,
            origins: Vec::new(),
            hint: None,
        }
    }

    pub(crate) fn of(deployment: &str, error: &Error) -> Self {
        Self { hint: error.hint(), ..Self::new(deployment, error.to_string()) }
    }

    /// The innermost place in the templates, where there is one.
    pub fn place(&self) -> Option<&Frame> {
        self.diagnosis.as_ref()?.frames.first()
    }

    /// The failure in one line, with its place.
    pub fn summary(&self) -> String {
        // A line that ends in a colon only introduces the next.
        let first_line = |text: &str| {
            let mut summary = String::new();
            for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                if !summary.is_empty() {
                    summary.push(' ');
                }
                summary.push_str(line);
                if !line.ends_with(':') {
                    break;
                }
            }
            summary
        };
        match (&self.diagnosis, self.place()) {
            (Some(diagnosis), Some(frame)) => {
                let message = first_line(&diagnosis.message);
                format!("{}:{}:{}: {message}", frame.file, frame.line, frame.column)
            }
            _ => first_line(&self.text),
        }
    }
}

/// `deployment: ` and Helm's text, then the excerpt, then where the values came from.
impl fmt::Display for RenderFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.deployment, self.text.trim_end())?;
        if let Some(diagnosis) = &self.diagnosis {
            write!(f, "\n{diagnosis}")?;
        }
        self.origins.iter().try_for_each(|origin| write!(f, "\n  {origin}"))
    }
}

impl std::error::Error for RenderFailure {}

impl fmt::Display for ValuesOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { key, path, line, column } => write!(f, "{path}:{line}:{column}: sets `{key}`"),
            Self::Chart { key, file, line, column } => {
                write!(f, "{file}:{line}:{column} (the chart's): sets `{key}`")
            }
            Self::Image { key, value } => write!(f, "the pipeline sets `{key}` to {value}"),
        }
    }
}
