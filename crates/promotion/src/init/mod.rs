//! A first policy: the pipeline file, env types and deployments for a chart and a list of environments.
//!
//! With them comes what keeps Git from converting line endings in what is frozen and rendered: in `.gitattributes`, at
//! the end of the one that is there. Nothing else that is there is changed, and nothing overwritten. What would be
//! written is loaded as a policy first; the pipeline file is written last, so that a policy is there whole or not at
//! all, and the same call completes what was interrupted.

mod attributes;
mod texts;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use gitstore::{FileMode, RepoPath, Repository};
use helm::{Chart, Frozen, FrozenMap, HelmVersion};
use policy::{Policy, Source, SourceEntry, SourceFile, WorkTree};

use crate::error::Error;
use crate::freeze::Mode;

/// A policy to begin with.
#[derive(Debug)]
pub struct InitRequest<'a> {
    /// The chart's directory, from the root of the work tree.
    pub chart: &'a RepoPath,
    /// The pipeline file to write.
    pub pipeline: &'a RepoPath,
    /// The environments, in the order in which a release passes them.
    pub environments: &'a [String],
    /// Those of them that promote by review.
    pub review: &'a [String],
    /// The warehouse's name; that of the chart by default.
    pub warehouse: Option<&'a str>,
    /// The only repository whose images may be frozen.
    pub image_repository: Option<&'a str>,
    /// The values key that gets the image; found in the chart's values by default.
    pub image_key: Option<&'a str>,
    /// Whether anything is written.
    pub mode: Mode,
}

/// What was written, or would be.
#[derive(Debug)]
pub struct InitOutcome {
    /// The warehouse's name.
    pub warehouse: String,
    /// The values keys that get the image, each with what it gets.
    pub image: Vec<(String, String)>,
    /// The files that were written, or would be.
    pub files: Vec<RepoPath>,
    /// The files that were there already and got, or would get, lines at their end: `.gitattributes`.
    pub extended: Vec<RepoPath>,
    /// The files that were there already, with the same content.
    pub kept: Vec<RepoPath>,
}

/// Why no policy can be begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InitProblem {
    /// There is no chart at the path.
    NoChart {
        /// The path.
        path: RepoPath,
        /// What Helm says.
        reason: String,
    },
    /// A text can't name an environment or a warehouse.
    BadName {
        /// What it was to name.
        noun: &'static str,
        /// The text.
        text: String,
    },
    /// An environment was given twice.
    Twice {
        /// Its name.
        environment: String,
    },
    /// An environment that promotes by review is none of those given.
    UnknownReview {
        /// Its name.
        name: String,
        /// Those that were given.
        known: Vec<String>,
    },
    /// Files are there already, with other content.
    Exists {
        /// The files.
        files: Vec<RepoPath>,
    },
}

impl InitProblem {
    /// What to do about it.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::NoChart { .. } => "--chart names the directory that holds Chart.yaml, from the root of the repository".to_owned(),
            Self::BadName { .. } => {
                "names become parts of paths, branches and namespaces: lower-case letters, digits, dashes".to_owned()
            }
            Self::Twice { .. } => "keep one of them".to_owned(),
            Self::UnknownReview { name, known } => match policy::nearest(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the environments are {}", known.join(", ")),
            },
            Self::Exists { .. } => {
                "init begins a policy and changes none: edit these files, or write another pipeline with --pipeline DIR/pipeline.yaml".to_owned()
            }
        }
    }
}

impl fmt::Display for InitProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoChart { path, reason } => write!(f, "there is no chart at {path}: {reason}"),
            Self::BadName { noun, text } => write!(f, "{text:?} can't name {noun}"),
            Self::Twice { environment } => write!(f, "the environment {environment} is given twice"),
            Self::UnknownReview { name, .. } => {
                write!(f, "--review names {name}, which is no environment here")
            }
            Self::Exists { files } => {
                let files: Vec<String> = files.iter().map(ToString::to_string).collect();
                write!(f, "there already: {}", files.join(", "))
            }
        }
    }
}

/// Writes a policy into the work tree of a repository.
pub fn init(repository: &Repository, request: &InitRequest<'_>) -> Result<InitOutcome, Error> {
    let root = repository.workdir().ok_or(policy::Error::NoWorkTree)?;
    check_names(request)?;
    let chart = load_chart(root, request.chart)?;
    let warehouse = request.warehouse.unwrap_or_else(|| chart.name()).to_owned();
    if !is_name(&warehouse, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        return Err(InitProblem::BadName { noun: "a warehouse", text: warehouse }.into());
    }
    let image = image_keys(request.image_key, &chart.values);
    let plan = texts::Plan {
        chart: request.chart,
        pipeline: request.pipeline,
        environments: request.environments,
        review: request.review,
        warehouse: &warehouse,
        release: release_name(chart.name()),
        image_repository: request.image_repository,
        image: &image,
        has_digest_key: has_digest_key(&chart.values),
    };
    let files = plan.files()?;
    let mut missing = Vec::new();
    let (mut kept, mut foreign, mut extended) = (Vec::new(), Vec::new(), Vec::new());
    let work_tree = WorkTree::new(repository)?;
    for (path, text) in &files {
        match work_tree.read(path) {
            Ok(None) => {
                missing.push(Write { path: path.clone(), bytes: text.clone().into_bytes(), before: None })
            }
            Ok(Some(file)) if file.bytes == text.as_bytes() => kept.push(path.clone()),
            Ok(Some(_)) | Err(policy::Error::NotAFile { .. }) => foreign.push(path.clone()),
            Err(error) => return Err(error.into()),
        }
    }
    if !foreign.is_empty() {
        return Err(InitProblem::Exists { files: foreign }.into());
    }
    let policy = Policy::load(&Planned::new(repository, &work_tree, &files)?, request.pipeline)?;
    match attributes(&work_tree, &policy)? {
        Some(write) => missing.insert(0, write),
        None => kept.insert(0, RepoPath::new(attributes::FILE_NAME)?),
    }
    if request.mode == Mode::Write {
        write(root, &missing)?;
    }
    let mut written = Vec::new();
    for write in missing {
        if write.before.is_some() { extended.push(write.path) } else { written.push(write.path) }
    }
    Ok(InitOutcome { warehouse, image, files: written, extended, kept })
}

/// The attributes file with what it lacks, if it lacks anything.
fn attributes(work_tree: &WorkTree<'_>, policy: &Policy) -> Result<Option<Write>, Error> {
    let path = RepoPath::new(attributes::FILE_NAME)?;
    let before = match work_tree.read(&path) {
        Ok(file) => file.map(|file| file.bytes),
        Err(policy::Error::NotAFile { .. }) => return Err(InitProblem::Exists { files: vec![path] }.into()),
        Err(error) => return Err(error.into()),
    };
    let bytes = attributes::completed(before.as_deref().unwrap_or_default(), &policy.generated_paths());
    Ok((before.as_ref() != Some(&bytes)).then_some(Write { path, bytes, before }))
}

fn check_names(request: &InitRequest<'_>) -> Result<(), Error> {
    for (index, environment) in request.environments.iter().enumerate() {
        if !is_name(environment, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            return Err(InitProblem::BadName { noun: "an environment", text: environment.clone() }.into());
        }
        if request.environments[..index].contains(environment) {
            return Err(InitProblem::Twice { environment: environment.clone() }.into());
        }
    }
    match request.review.iter().find(|name| !request.environments.contains(name)) {
        Some(name) => {
            let known = request.environments.to_vec();
            Err(InitProblem::UnknownReview { name: name.clone(), known }.into())
        }
        None => Ok(()),
    }
}

/// Whether a text begins and ends with a letter or digit and holds nothing else than is allowed.
fn is_name(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(text.chars().next()) && edge(text.chars().last()) && text.chars().all(allowed)
}

fn load_chart(root: &Path, path: &RepoPath) -> Result<Chart, Error> {
    let directory = root.join(path.to_path_buf());
    let no_chart = |reason: String| Error::from(InitProblem::NoChart { path: path.clone(), reason });
    if !directory.is_dir() {
        return Err(no_chart("no such directory".to_owned()));
    }
    helm::load_directory(&directory, HelmVersion::default()).map_err(|error| no_chart(error.to_string()))
}

/// A release name made of a chart's name.
fn release_name(chart: &str) -> String {
    let part = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    chart.chars().map(part).collect::<String>().trim_matches('-').to_owned()
}

/// The values keys that get the image: the one that was named, or those that the chart's values have.
fn image_keys(named: Option<&str>, values: &FrozenMap) -> Vec<(String, String)> {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    if let Some(key) = named {
        return vec![pair(key, "{ref}")];
    }
    let Some(Frozen::Map(image)) = values.get(b"image") else { return vec![pair("image", "{ref}")] };
    let mut keys = Vec::new();
    if image.get(b"repository").is_some() {
        keys.push(pair("image.repository", "{repository}"));
    }
    if image.get(b"tag").is_some() {
        keys.push(pair("image.tag", "{tag}"));
    }
    if keys.is_empty() {
        vec![pair("image.repository", "{repository}"), pair("image.tag", "{tag}")]
    } else {
        keys
    }
}

/// Whether the chart's values have a digest beside the image's tag.
fn has_digest_key(values: &FrozenMap) -> bool {
    values.get(b"image").and_then(Frozen::as_map).is_some_and(|image| image.get(b"digest").is_some())
}

/// A file to write.
struct Write {
    path: RepoPath,
    bytes: Vec<u8>,
    /// What it holds now, where it is there.
    before: Option<Vec<u8>>,
}

/// Writes what is missing; where a write fails, what was written before it is taken back.
fn write(root: &Path, files: &[Write]) -> Result<(), Error> {
    for (index, Write { path, bytes, .. }) in files.iter().enumerate() {
        let written = gitstore::confine(root, path)
            .and_then(|path| gitstore::write_file_atomically(&path, bytes, FileMode::Regular));
        if let Err(error) = written {
            for Write { path, before, .. } in &files[..index] {
                let path = root.join(path.to_path_buf());
                // The first error is the one to tell.
                let _ = match before {
                    Some(bytes) => gitstore::write_file_atomically(&path, bytes, FileMode::Regular),
                    None => gitstore::remove_file(&path).map(|_| ()),
                };
            }
            return Err(error.into());
        }
    }
    Ok(())
}

/// The work tree with the files that are to be written.
struct Planned<'p> {
    work_tree: &'p WorkTree<'p>,
    files: BTreeMap<RepoPath, SourceFile>,
}

impl<'p> Planned<'p> {
    fn new(
        repository: &Repository,
        work_tree: &'p WorkTree<'p>,
        files: &[(RepoPath, String)],
    ) -> Result<Self, Error> {
        let mut planned = BTreeMap::new();
        for (path, text) in files {
            let bytes = text.clone().into_bytes();
            let id = repository.blob_id(&bytes)?;
            planned.insert(path.clone(), SourceFile { bytes, id });
        }
        Ok(Self { work_tree, files: planned })
    }
}

impl Source for Planned<'_> {
    fn read(&self, path: &RepoPath) -> Result<Option<SourceFile>, policy::Error> {
        match self.files.get(path) {
            Some(file) => Ok(Some(file.clone())),
            None => self.work_tree.read(path),
        }
    }

    fn list(&self, directory: &RepoPath) -> Result<Option<Vec<SourceEntry>>, policy::Error> {
        let mut entries = self.work_tree.list(directory)?.unwrap_or_default();
        for below in self.files.keys().filter_map(|path| path.strip_prefix(directory)) {
            let mut components = below.components();
            let Some(name) = components.next() else { continue };
            let name = String::from_utf8_lossy(name).into_owned();
            if !entries.iter().any(|entry| entry.name == name) {
                entries.push(SourceEntry { name, is_dir: components.next().is_some() });
            }
        }
        Ok((!entries.is_empty()).then_some(entries))
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn keys(values: &str) -> Vec<String> {
        let file = helm::ChartFile::new("Chart.yaml", b"apiVersion: v2\nname: a\nversion: 1.0.0\n");
        let values = helm::ChartFile::new("values.yaml", values.as_bytes());
        let chart = helm::load_files(vec![file, values], HelmVersion::default()).unwrap();
        image_keys(None, &chart.values).into_iter().map(|(key, value)| format!("{key}={value}")).collect()
    }

    #[test]
    fn the_image_goes_where_the_charts_values_have_it() {
        assert_eq!(keys(""), ["image={ref}"]);
        assert_eq!(keys("image: a/b:c\n"), ["image={ref}"]);
        let both = ["image.repository={repository}", "image.tag={tag}"];
        assert_eq!(keys("image: { repository: a, tag: '' }\n"), both);
        assert_eq!(keys("image: { tag: '' }\n"), ["image.tag={tag}"]);
        assert_eq!(keys("image: {}\n"), both);
    }

    #[test]
    fn release_names_are_made_of_chart_names() {
        assert_eq!(release_name("My.Shop_2"), "my-shop-2");
    }
}
