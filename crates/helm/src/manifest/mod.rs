//! From rendered files to a release: documents, hooks, order, and the text that `helm template` prints.

mod order;
mod output;
mod split;

use std::fmt;

use gostd::unicode::trim_space;

pub use output::{Hooks, IncludeCrds, OutputFile, ShowOnlyError};
pub(crate) use split::split_documents;

use crate::HelmVersion;

/// A document of a rendered file that isn't a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The template it comes from, by its full name.
    pub path: String,
    /// Which document of the file, from 0.
    pub document: usize,
    /// The text, as Helm keeps it.
    pub content: Vec<u8>,
    /// `kind`
    pub kind: Box<[u8]>,
}

/// A hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The template it comes from, by its full name.
    pub path: String,
    /// Which document of the file, from 0.
    pub document: usize,
    /// The text, as Helm keeps it.
    pub content: Vec<u8>,
    /// `kind`
    pub kind: Box<[u8]>,
    /// The events it runs at: `pre-install`, …, `test`.
    pub events: Vec<&'static str>,
    /// Its weight among the hooks of one event.
    pub weight: i64,
}

impl Hook {
    /// Whether it is a test of the release.
    pub fn is_test(&self) -> bool {
        self.events.contains(&"test")
    }
}

/// A custom resource definition that stands beside the templates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crd {
    /// The chart's full path and the file's name in it.
    pub path: String,
    /// The file, unsplit and unrendered.
    pub content: Vec<u8>,
}

/// Everything that a chart renders to, in the order Helm prints it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// The CRDs of the chart and its subcharts, parents first.
    pub crds: Vec<Crd>,
    /// The manifests, by install order of their kinds.
    pub manifests: Vec<Manifest>,
    /// The hooks, by install order of their kinds.
    pub hooks: Vec<Hook>,
    /// The rendered `NOTES.txt` of the chart itself.
    pub notes: Vec<u8>,
}

/// A rendered document isn't what Helm reads. The text is Helm's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError {
    /// The template it comes from.
    pub path: String,
    /// Which document of the file, from 0.
    pub document: usize,
    message: String,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "YAML parse error on {}: {}", self.path, self.message)
    }
}

impl std::error::Error for ManifestError {}

/// The hook events by annotation.
const EVENTS: [(&str, &str); 10] = [
    ("pre-install", "pre-install"),
    ("post-install", "post-install"),
    ("pre-delete", "pre-delete"),
    ("post-delete", "post-delete"),
    ("pre-upgrade", "pre-upgrade"),
    ("post-upgrade", "post-upgrade"),
    ("pre-rollback", "pre-rollback"),
    ("post-rollback", "post-rollback"),
    ("test", "test"),
    ("test-success", "test"),
];

const NOTES: &str = "NOTES.txt";

/// Sorts rendered files, given by full template name, into manifests and hooks
/// (helm: pkg/release/v1/util/manifest_sorter.go).
pub(crate) fn sort<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    chart_path: &str,
    helm: HelmVersion,
) -> Result<Release, ManifestError> {
    let mut release = Release::default();
    let mut files: Vec<(&str, &[u8])> = files.into_iter().collect();
    files.sort_unstable_by_key(|(path, _)| *path);
    let own_notes = format!("{chart_path}/templates/{NOTES}");
    for (path, text) in files {
        if path.ends_with(NOTES) {
            if path == own_notes {
                release.notes = text.to_vec();
            }
            continue;
        }
        let base = path.rsplit('/').next().unwrap_or(path);
        if base.starts_with('_') || trim_space(text).is_empty() {
            continue;
        }
        for (document, content) in split_documents(text, helm.splitting()).into_iter().enumerate() {
            let head = goyaml::head(content).map_err(|error| ManifestError {
                path: path.to_owned(),
                document,
                message: error.to_string(),
            })?;
            let (path, content) = (path.to_owned(), content.to_vec());
            let Some(hook) = head.annotation(b"helm.sh/hook") else {
                release.manifests.push(Manifest { path, document, content, kind: head.kind });
                continue;
            };
            // A document with an unknown event is no hook and no manifest either.
            if let Some(events) = hook_events(hook) {
                let weight = head.annotation(b"helm.sh/hook-weight").unwrap_or_default();
                let weight = gostd::strconv::parse_int(weight, 10, 64).unwrap_or(0);
                release.hooks.push(Hook { path, document, content, kind: head.kind, events, weight });
            }
        }
    }
    release.manifests.sort_by(|a, b| order::compare(&a.kind, &b.kind, helm));
    release.hooks.sort_by(|a, b| order::compare(&a.kind, &b.kind, helm));
    Ok(release)
}

fn hook_events(annotation: &[u8]) -> Option<Vec<&'static str>> {
    let names = annotation.split(|byte| *byte == b',');
    names
        .map(|name| {
            let name = gostd::unicode::strings_to_lower(trim_space(name));
            EVENTS.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, event)| *event)
        })
        .collect()
}
