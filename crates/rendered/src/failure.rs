//! Why a deployment couldn't be rendered: Helm's words first, then ours.

use std::fmt;

use gitstore::RepoPath;
use helm::{Diagnosis, Frame, RenderedPlace};

use crate::error::Error;
use crate::secrets::SecretFinding;

/// A deployment's render failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderFailure {
    /// The deployment.
    pub deployment: String,
    /// What is wrong: Helm's whole text where Helm fails too, else a sentence of ours.
    pub text: String,
    /// The place in the templates with what led there, where the failure has one.
    pub diagnosis: Option<Box<Diagnosis>>,
    /// The place in what was rendered, where that is amiss and no template.
    pub rendered_place: Option<Box<RenderedPlace>>,
    /// Where the values came from that the failure is about, as far as they could be found again.
    pub origins: Vec<ValuesOrigin>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The secrets that nobody allowed, where they are what is wrong.
    pub secrets: Vec<SecretFinding>,
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
    /// A failure of which there is no more to tell than a text.
    pub fn new(deployment: &str, text: impl Into<String>) -> Self {
        Self {
            deployment: deployment.to_owned(),
            text: text.into(),
            diagnosis: None,
            rendered_place: None,
            origins: Vec::new(),
            hint: None,
            secrets: Vec::new(),
        }
    }

    /// The failure of a deployment whose objects hold secrets that nobody allowed.
    pub fn of_secrets(deployment: &str, secrets: Vec<SecretFinding>) -> Self {
        let count = match secrets.len() {
            1 => "a secret".to_owned(),
            more => format!("{more} secrets"),
        };
        let text = match secrets.first() {
            Some(first) if secrets.len() == 1 => {
                format!("it renders {count}: {} in {}", first.rule, first.place)
            }
            Some(first) => format!("it renders {count}, such as {} in {}", first.rule, first.place),
            None => format!("it renders {count}"),
        };
        let hint = Some(SecretFinding::HINT.to_owned());
        Self { secrets, hint, ..Self::new(deployment, text) }
    }

    pub(crate) fn of(deployment: &str, error: &Error) -> Self {
        let rendered_place = error.rendered_place().cloned().map(Box::new);
        Self { rendered_place, hint: error.hint(), ..Self::new(deployment, error.to_string()) }
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

/// Deployments that fail in the same way: the same text, place and origins.
#[derive(Clone, Debug)]
pub struct FailureGroup<'a> {
    /// The deployments, in the order of their failures; one at least.
    pub deployments: Vec<&'a str>,
    /// The first one's failure.
    pub failure: &'a RenderFailure,
}

impl<'a> FailureGroup<'a> {
    /// Puts failures that are the same together, in the order in which they first stand.
    pub fn of(failures: &'a [RenderFailure]) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for failure in failures {
            match groups.iter_mut().find(|group| group.failure.is_same(failure)) {
                Some(group) => group.deployments.push(&failure.deployment),
                None => groups.push(Self { deployments: vec![&failure.deployment], failure }),
            }
        }
        groups
    }

    /// All groups, one below the other.
    pub fn write_all(failures: &[RenderFailure], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, group) in FailureGroup::of(failures).iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{group}")?;
        }
        Ok(())
    }
}

impl RenderFailure {
    /// Whether another deployment fails in the same way.
    fn is_same(&self, other: &Self) -> bool {
        let Self { deployment: _, text, diagnosis, rendered_place, origins, hint, secrets } = self;
        *text == other.text
            && *diagnosis == other.diagnosis
            && *rendered_place == other.rendered_place
            && *origins == other.origins
            && *hint == other.hint
            && *secrets == other.secrets
    }
}

/// `deployment, deployment: ` and Helm's text, then the excerpt, then where the values came from.
impl fmt::Display for FailureGroup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RenderFailure { text, diagnosis, rendered_place, origins, secrets, .. } = self.failure;
        write!(f, "{}: {}", self.deployments.join(", "), text.trim_end())?;
        if let Some(diagnosis) = diagnosis {
            write!(f, "\n{diagnosis}")?;
        }
        if let Some(place) = rendered_place {
            write!(f, "\n{place}")?;
        }
        origins.iter().try_for_each(|origin| write!(f, "\n  {origin}"))?;
        secrets.iter().try_for_each(|secret| write!(f, "\n  {secret}"))
    }
}

impl fmt::Display for RenderFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", FailureGroup { deployments: vec![&self.deployment], failure: self })
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
