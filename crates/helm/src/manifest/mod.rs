//! From rendered files to a release: documents, hooks, order, and the text that `helm template` prints.

mod kargo;
mod order;
mod output;
mod place;
mod split;

use std::fmt;
use std::sync::Arc;

use gostd::unicode::trim_space;

pub use kargo::FlatError;
pub use output::{Hooks, IncludeCrds, OutputFile, ShowOnlyError, WriteMode, show_only};
pub use place::RenderedPlace;
pub(crate) use place::position_of;
pub(crate) use split::split_documents;

use crate::HelmVersion;

/// A document of a rendered file that isn't a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The template it comes from, by its full name.
    pub path: String,
    /// Which document of the file, from 0.
    pub document: usize,
    /// In which line of the file it starts, from 1.
    pub line: u32,
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
    /// In which line of the file it starts, from 1.
    pub line: u32,
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
    /// The file, unsplit and unrendered, shared with the chart: some are larger than all that is rendered.
    pub content: Arc<[u8]>,
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
    /// Where in what was rendered.
    pub place: Box<RenderedPlace>,
    /// What was rendered, for a look at it.
    pub rendered: Unsorted,
    message: String,
}

/// What a chart renders to where it can't be sorted: Helm shows it under `--debug`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsorted {
    /// The rendered files by full name, sorted; notes and blank ones are left out.
    pub files: Vec<(String, Vec<u8>)>,
    /// The hooks before the document that is amiss.
    pub hooks: Vec<Hook>,
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
    for (path, text) in &files {
        let (path, text) = (*path, *text);
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
        let mut counted = LineCount::new(text);
        for (document, content) in split_documents(text, helm.splitting()).into_iter().enumerate() {
            let line = counted.line_of(content);
            let head = match goyaml::head(content) {
                Ok(head) => head,
                Err(error) => {
                    let rendered = Unsorted::new(&files, release.hooks);
                    let place = Box::new(RenderedPlace::of(path, document, line, content, &error));
                    let message = in_words_of(helm, &error.to_string());
                    return Err(ManifestError { path: path.to_owned(), document, place, rendered, message });
                }
            };
            let (path, content) = (path.to_owned(), content.to_vec());
            let Some(hook) = head.annotation(b"helm.sh/hook") else {
                release.manifests.push(Manifest { path, document, line, content, kind: head.kind });
                continue;
            };
            // A document with an unknown event is no hook and no manifest either.
            if let Some(events) = hook_events(hook) {
                let weight = head.annotation(b"helm.sh/hook-weight").unwrap_or_default();
                let weight = gostd::strconv::parse_int(weight, 10, 64).unwrap_or(0);
                release.hooks.push(Hook { path, document, line, content, kind: head.kind, events, weight });
            }
        }
    }
    release.manifests.sort_by(|a, b| order::compare(&a.kind, &b.kind, helm));
    release.hooks.sort_by(|a, b| order::compare(&a.kind, &b.kind, helm));
    Ok(release)
}

/// Counts the lines of a text up to its parts, each looked at once.
struct LineCount<'t> {
    text: &'t [u8],
    counted: usize,
    line: u32,
}

impl<'t> LineCount<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self { text, counted: 0, line: 1 }
    }

    /// The line in which a part of the text starts; parts come in order.
    fn line_of(&mut self, part: &[u8]) -> u32 {
        let start = part.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        let passed = self.text.get(self.counted..start).unwrap_or_default();
        let newlines = memchr::memchr_iter(b'\n', passed).count();
        self.line = self.line.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
        self.counted = self.counted.max(start);
        self.line
    }
}

impl Unsorted {
    fn new(files: &[(&str, &[u8])], hooks: Vec<Hook>) -> Self {
        let shown =
            files.iter().filter(|(path, text)| !path.ends_with(NOTES) && !trim_space(text).is_empty());
        Self { files: shown.map(|(path, text)| ((*path).to_owned(), text.to_vec())).collect(), hooks }
    }
}

/// Go names the type that a document doesn't fit into by its package, which Helm 4 moved.
fn in_words_of(helm: HelmVersion, message: &str) -> String {
    if helm.is_v3() {
        message.replace("of type util.SimpleHead", "of type releaseutil.SimpleHead")
    } else {
        message.to_owned()
    }
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
