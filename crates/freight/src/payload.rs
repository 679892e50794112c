//! Whether a package can be frozen, and the files of a payload as a chart.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as MapEntry;
use std::fmt;

use gitstore::{
    AttributeState, Attributes, BlobId, Entry, EntryKind, RepoPath, Repository, TreeId, case_collisions,
};
use helm::{Bound, ChartFile, HelmVersion, Limits};

use crate::error::Error;

/// The largest file that a package may hold: 5 MiB.
pub const MAX_FILE_SIZE: u64 = 5 * 1024 * 1024;

/// How much the files of a package may come to, in bytes, those behind symlinks under each of their names.
const MAX_TOTAL_SIZE: u64 = 512 * 1024 * 1024;

/// The attribute that has programs change files between Git and the disk.
const FILTER: &str = "filter";
/// LFS pointers are smaller than this (git-lfs: docs/spec.md).
const MAX_POINTER_SIZE: u64 = 1024;
/// How pointers begin, today's and those of its forerunners.
const POINTER_STARTS: [&[u8]; 3] = [
    b"version https://git-lfs.github.com/spec/",
    b"version https://hawser.github.com/spec/",
    b"version http://git-media.io/v/",
];
/// How many symlinks one path may lead through, as in Linux.
const MAX_LINKS: u32 = 40;
/// How many files a package may have, those behind symlinks under each of their names.
const MAX_FILES: usize = 250_000;
/// How deep linked directories may hold further links; deeper ones are taken for circles.
const MAX_LINK_ROUNDS: u32 = 5;

/// One reason why a package can't be frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadProblem {
    /// The file, relative to the package.
    pub path: RepoPath,
    /// What is wrong with it.
    pub kind: PayloadProblemKind,
}

/// What is wrong with a file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayloadProblemKind {
    /// It is a submodule, whose content is elsewhere.
    Submodule,
    /// It is an LFS pointer, whose content is elsewhere.
    LfsPointer,
    /// A filter changes files between Git and the disk, so that no copy would be literal.
    FilterAttribute {
        /// The line of the attributes file, counted from 1.
        line: usize,
        /// The attribute as it stands there.
        attribute: String,
    },
    /// A directory above the package sets a filter for it.
    FilterAbove {
        /// The attributes file, in the source.
        file: RepoPath,
        /// Its line, counted from 1.
        line: usize,
        /// The attribute as Git takes it.
        attribute: String,
        /// How many more files of the package the line is about.
        more: usize,
    },
    /// It is larger than [`MAX_FILE_SIZE`].
    TooLarge {
        /// Its size in bytes.
        size: u64,
    },
    /// Another path differs from it in case alone; some file systems keep one of the two.
    CaseCollision {
        /// The other path.
        other: RepoPath,
    },
    /// It is a symlink that leads out of the package.
    EscapingSymlink {
        /// Where it points.
        target: String,
    },
    /// It is a symlink that leads nowhere, or in circles.
    BrokenSymlink {
        /// Where it points.
        target: String,
    },
    /// Its name can't stand on every disk.
    UnsafeName,
    /// The package goes past a bound of the policy.
    PastBound {
        /// Which.
        bound: Bound,
        /// What is said of it.
        message: String,
    },
    /// Its files come to more than can be read at once, or symlinks make more of them than there may be.
    TooMuch,
    /// The package is no chart that Helm reads.
    NotAChart {
        /// What Helm says.
        message: String,
        /// The line and the column in characters, counted from 1, where they are known.
        position: Option<(u32, u32)>,
    },
    /// The chart declares dependencies that are not in its `charts/`.
    MissingDependencies {
        /// Their names.
        names: Vec<String>,
    },
}

impl PayloadProblem {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match &self.kind {
            PayloadProblemKind::Submodule => "vendor the files instead".to_owned(),
            PayloadProblemKind::LfsPointer => {
                "keep the file in Git itself: `git lfs untrack`, then commit it again".to_owned()
            }
            PayloadProblemKind::FilterAbove { .. } => {
                "unset it for the package's files, with `-filter` on a later line".to_owned()
            }
            PayloadProblemKind::FilterAttribute { .. } => {
                "remove the attribute for the package's files".to_owned()
            }
            PayloadProblemKind::TooLarge { .. } => "keep it out of the package; charts hold text".to_owned(),
            PayloadProblemKind::CaseCollision { .. } => "rename one of the two".to_owned(),
            PayloadProblemKind::EscapingSymlink { .. } | PayloadProblemKind::BrokenSymlink { .. } => {
                "put the file itself there".to_owned()
            }
            PayloadProblemKind::UnsafeName => {
                "rename it: printable text without backslashes or colons".to_owned()
            }
            PayloadProblemKind::PastBound { bound, .. } => {
                format!(
                    "if it is meant to be so large, say more in the pipeline file: `bounds: {{ {bound}: … }}`"
                )
            }
            PayloadProblemKind::TooMuch => {
                "keep what the chart doesn't need out of the package, and symlinks to directories few"
                    .to_owned()
            }
            PayloadProblemKind::NotAChart { .. } => "see that `helm lint` accepts the package".to_owned(),
            PayloadProblemKind::MissingDependencies { .. } => {
                "run `helm dependency build` in the package and commit its charts/".to_owned()
            }
        }
    }
}

/// The path and what is wrong, in one line.
impl fmt::Display for PayloadProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.kind {
            PayloadProblemKind::Submodule => write!(f, "{path}: a submodule")?,
            PayloadProblemKind::LfsPointer => write!(f, "{path}: a Git LFS pointer")?,
            PayloadProblemKind::FilterAttribute { line, attribute } => {
                write!(f, "{path}:{line}: the attribute `{attribute}`")?;
            }
            PayloadProblemKind::FilterAbove { file, line, attribute, more } => {
                let and = if *more == 0 { String::new() } else { format!(" and {more} more") };
                write!(f, "{path}{and}: the attribute `{attribute}`, set in {file}:{line}")?;
            }
            PayloadProblemKind::TooLarge { size } => {
                let mebibytes = f64::from(u32::try_from(size / 1024).unwrap_or(u32::MAX)) / 1024.0;
                write!(f, "{path}: {mebibytes:.1} MiB, more than 5 MiB")?;
            }
            PayloadProblemKind::CaseCollision { other } => {
                write!(f, "{path}: differs from {other} in case alone")?
            }
            PayloadProblemKind::EscapingSymlink { target } => {
                write!(f, "{path}: a symlink out of the package, to {target}")?;
            }
            PayloadProblemKind::BrokenSymlink { target } => {
                write!(f, "{path}: a symlink to nothing, {target}")?
            }
            PayloadProblemKind::UnsafeName => write!(f, "{path:?}: a name that not every disk can hold")?,
            PayloadProblemKind::PastBound { message, .. } => write!(f, "{message}")?,
            PayloadProblemKind::TooMuch => {
                write!(f, "{path}: up to here the files are more than 250000, or more than 512 MiB")?
            }
            PayloadProblemKind::NotAChart { message, position: None } => write!(f, "no chart: {message}")?,
            PayloadProblemKind::NotAChart { message, position: Some((line, column)) } => {
                write!(f, "no chart: {message}, at {path}:{line}:{column}")?
            }
            PayloadProblemKind::MissingDependencies { names } => {
                write!(f, "{path}: declares dependencies that are not in charts/: {}", names.join(", "))?
            }
        }
        write!(f, " ({})", self.hint())
    }
}

/// All reasons why the package that is this tree can't be frozen, sorted by path; none if it can. `limits` are what
/// the policy allows a chart to cost.
pub fn check(
    repository: &Repository,
    package: TreeId,
    limits: &Limits,
) -> Result<Vec<PayloadProblem>, Error> {
    let entries = repository.walk(package)?;
    let mut problems = Vec::new();
    for (path, entry) in &entries {
        let kinds = check_entry(repository, path, entry)?;
        problems.extend(kinds.into_iter().map(|kind| PayloadProblem { path: path.clone(), kind }));
    }
    for collision in case_collisions(entries.iter().map(|(path, _)| path)) {
        let kind = PayloadProblemKind::CaseCollision { other: collision.first };
        problems.push(PayloadProblem { path: collision.second, kind });
    }
    let files = resolve_links(repository, entries, &mut problems)?;
    // Helm needs every file; where some can't be had, what it would say is beside the point.
    if problems.is_empty() {
        problems.extend(check_chart(repository, files, limits)?);
    }
    problems.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(problems)
}

/// The filters that `.gitattributes` in the directories above a package set for its files: one problem a line,
/// at the first file that it is about. `root` is the tree of the source in which the package lies at `path`.
pub fn filters_above(
    repository: &Repository,
    root: TreeId,
    path: &RepoPath,
    package: TreeId,
) -> Result<Vec<PayloadProblem>, Error> {
    let mut attributes = Attributes::default();
    let mut directory = path.parent();
    let mut any = false;
    while let Some(above) = directory {
        if let Some(text) = repository.blob_at(root, &Attributes::file_of(&above))? {
            any |= text.windows(FILTER.len()).any(|word| word == FILTER.as_bytes());
            attributes.add(above.clone(), &text);
        }
        directory = above.parent();
    }
    if !any {
        return Ok(Vec::new());
    }
    // What the package's own files set is their own problem, but it can also undo what is set above.
    let entries = repository.walk(package)?;
    for (file, entry) in &entries {
        if let (Some(b".gitattributes"), Some(blob), Some(directory)) =
            (file.file_name(), entry.blob_id(), file.parent())
        {
            attributes.add(path.join_path(&directory), &repository.read_blob(blob)?);
        }
    }
    let mut found: BTreeMap<(RepoPath, usize), PayloadProblem> = BTreeMap::new();
    for (file, entry) in entries {
        if !matches!(entry.kind(), EntryKind::File | EntryKind::Executable) {
            continue;
        }
        let Some(setting) = attributes.of(&path.join_path(&file), FILTER) else { continue };
        let attribute = match setting.state {
            AttributeState::Set => FILTER.to_owned(),
            AttributeState::Value(value) => format!("{FILTER}={value}"),
            AttributeState::Unset | AttributeState::Unspecified => continue,
        };
        if setting.file.starts_with(path) {
            continue;
        }
        match found.entry((setting.file.clone(), setting.line)) {
            MapEntry::Occupied(mut known) => {
                if let PayloadProblemKind::FilterAbove { more, .. } = &mut known.get_mut().kind {
                    *more += 1;
                }
            }
            MapEntry::Vacant(new) => {
                let (attributes, line) = (setting.file, setting.line);
                let kind = PayloadProblemKind::FilterAbove { file: attributes, line, attribute, more: 0 };
                new.insert(PayloadProblem { path: file, kind });
            }
        }
    }
    Ok(found.into_values().collect())
}

/// The files of a payload as Helm reads a chart directory: symlinks are followed.
pub fn chart_files(repository: &Repository, payload: TreeId) -> Result<Vec<ChartFile>, Error> {
    let mut problems = Vec::new();
    let files = resolve_links(repository, repository.walk(payload)?, &mut problems)?;
    if problems.is_empty() {
        match read_files(repository, &files)? {
            Ok(files) => return Ok(files),
            Err(problem) => problems.push(problem),
        }
    }
    Err(Error::Payload { package: RepoPath::root(), problems })
}

fn check_entry(
    repository: &Repository,
    path: &RepoPath,
    entry: &Entry,
) -> Result<Vec<PayloadProblemKind>, Error> {
    let mut kinds = Vec::new();
    if !is_safe_name(path) {
        kinds.push(PayloadProblemKind::UnsafeName);
    }
    let blob = match (entry.kind(), entry.blob_id()) {
        (EntryKind::Submodule, _) => {
            kinds.push(PayloadProblemKind::Submodule);
            return Ok(kinds);
        }
        (EntryKind::File | EntryKind::Executable, Some(blob)) => blob,
        _ => return Ok(kinds),
    };
    let size = repository.blob_size(blob)?;
    if size > MAX_FILE_SIZE {
        kinds.push(PayloadProblemKind::TooLarge { size });
        return Ok(kinds);
    }
    let is_attributes = path.file_name() == Some(b".gitattributes");
    if size < MAX_POINTER_SIZE || is_attributes {
        let bytes = repository.read_blob(blob)?;
        if size < MAX_POINTER_SIZE && POINTER_STARTS.iter().any(|start| bytes.starts_with(start)) {
            kinds.push(PayloadProblemKind::LfsPointer);
        }
        if is_attributes {
            kinds.extend(filter_attributes(&String::from_utf8_lossy(&bytes)));
        }
    }
    Ok(kinds)
}

/// Names that some disk or tool would change, or take for a way out of the package.
fn is_safe_name(path: &RepoPath) -> bool {
    let Some(text) = path.to_str() else { return false };
    // Trees may hold names that the check of a path refuses, such as `..` or `.git`.
    RepoPath::new(text).is_ok() && !text.chars().any(|c| c.is_control() || matches!(c, '\\' | ':'))
}

/// The settings of `filter` in an attributes file (gitattributes(5)).
fn filter_attributes(text: &str) -> Vec<PayloadProblemKind> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        // The pattern may be quoted and hold blanks then.
        let attributes = match line.strip_prefix('"').and_then(|rest| rest.split_once("\" ")) {
            Some((_, attributes)) => attributes,
            None => line.split_once([' ', '\t']).map_or("", |(_, attributes)| attributes),
        };
        let filters =
            attributes.split_whitespace().filter(|word| *word == "filter" || word.starts_with("filter="));
        found.extend(
            filters.map(|word| PayloadProblemKind::FilterAttribute {
                line: index + 1,
                attribute: word.to_owned(),
            }),
        );
    }
    found
}

/// The regular files of a package, those behind symlinks under the symlinks' names too. What is wrong with
/// a symlink goes to `problems`.
fn resolve_links(
    repository: &Repository,
    entries: Vec<(RepoPath, Entry)>,
    problems: &mut Vec<PayloadProblem>,
) -> Result<BTreeMap<RepoPath, BlobId>, Error> {
    let mut files = BTreeMap::new();
    let mut links = BTreeMap::new();
    for (path, entry) in entries {
        match (entry.kind(), entry.blob_id()) {
            (EntryKind::Symlink, Some(blob)) => {
                links.insert(path, repository.read_blob(blob)?);
            }
            (EntryKind::File | EntryKind::Executable, Some(blob)) => {
                files.insert(path, blob);
            }
            _ => {}
        }
    }
    let mut destinations = Vec::new();
    for (path, target) in &links {
        let target = String::from_utf8_lossy(target).into_owned();
        let kind = match follow(path, &links) {
            Err(Astray::Outside) => PayloadProblemKind::EscapingSymlink { target },
            Err(Astray::Circle) => PayloadProblemKind::BrokenSymlink { target },
            Ok(destination) => {
                let leads_somewhere = files.keys().any(|file| file.starts_with(&destination));
                // A directory inside itself has no end.
                if leads_somewhere && !path.starts_with(&destination) {
                    destinations.push((path.clone(), destination));
                    continue;
                }
                PayloadProblemKind::BrokenSymlink { target }
            }
        };
        problems.push(PayloadProblem { path: path.clone(), kind });
    }
    // Again until nothing is added: a linked directory may hold what another symlink brought into it.
    for _ in 0..MAX_LINK_ROUNDS {
        let before = files.len();
        for (path, destination) in &destinations {
            let below: Vec<(RepoPath, BlobId)> = files
                .iter()
                .filter_map(|(file, blob)| Some((path.join_path(&file.strip_prefix(destination)?), *blob)))
                .collect();
            files.extend(below);
            // Directories that hold two links to the next one double with each.
            if files.len() > MAX_FILES {
                problems.push(PayloadProblem { path: path.clone(), kind: PayloadProblemKind::TooMuch });
                return Ok(files);
            }
        }
        if files.len() == before {
            return Ok(files);
        }
    }
    problems.extend(destinations.into_iter().map(|(path, destination)| PayloadProblem {
        path,
        kind: PayloadProblemKind::BrokenSymlink { target: destination.to_string() },
    }));
    Ok(files)
}

/// Why a symlink leads to nothing in the package.
enum Astray {
    Outside,
    Circle,
}

/// Where a path leads when every symlink on the way is followed.
fn follow(path: &RepoPath, links: &BTreeMap<RepoPath, Vec<u8>>) -> Result<RepoPath, Astray> {
    let mut followed = 0;
    let mut at = RepoPath::root();
    // What is still to go, the next component last.
    let mut rest: Vec<Vec<u8>> = path.components().rev().map(<[u8]>::to_vec).collect();
    while let Some(component) = rest.pop() {
        match component.as_slice() {
            b"" | b"." => continue,
            b".." => {
                at = at.parent().ok_or(Astray::Outside)?;
                continue;
            }
            _ => {}
        }
        let next = at.join(&component).map_err(|_| Astray::Outside)?;
        match links.get(&next) {
            None => at = next,
            Some(target) => {
                followed += 1;
                if followed > MAX_LINKS {
                    return Err(Astray::Circle);
                }
                if target.first() == Some(&b'/') {
                    return Err(Astray::Outside);
                }
                rest.extend(target.split(|byte| *byte == b'/').rev().map(<[u8]>::to_vec));
            }
        }
    }
    Ok(at)
}

/// The contents of files, unless they come to too much.
fn read_files(
    repository: &Repository,
    files: &BTreeMap<RepoPath, BlobId>,
) -> Result<Result<Vec<ChartFile>, PayloadProblem>, Error> {
    let mut read = Vec::with_capacity(files.len());
    let mut size = 0;
    for (path, blob) in files {
        size += repository.blob_size(*blob)?;
        if size > MAX_TOTAL_SIZE {
            return Ok(Err(PayloadProblem { path: path.clone(), kind: PayloadProblemKind::TooMuch }));
        }
        read.push(ChartFile::new(path.to_string(), &repository.read_blob(*blob)?));
    }
    Ok(Ok(read))
}

fn check_chart(
    repository: &Repository,
    files: BTreeMap<RepoPath, BlobId>,
    limits: &Limits,
) -> Result<Option<PayloadProblem>, Error> {
    let chart_yaml = || RepoPath::new("Chart.yaml").expect("a fixed name");
    // Which Helm reads the chart doesn't matter for what is asked here.
    let files = match read_files(repository, &files)? {
        Ok(files) => files,
        Err(problem) => return Ok(Some(problem)),
    };
    let chart = match helm::load_tree_within(files, HelmVersion::default(), limits) {
        Ok(chart) => chart,
        Err(error) => {
            if let Some(bound) = error.exceeded {
                let kind = PayloadProblemKind::PastBound { bound, message: error.to_string() };
                return Ok(Some(PayloadProblem { path: chart_yaml(), kind }));
            }
            let file = error.position.and(error.file.as_deref()).and_then(|file| RepoPath::new(file).ok());
            let position = file.as_ref().and(error.position);
            let kind = PayloadProblemKind::NotAChart { message: error.to_string(), position };
            return Ok(Some(PayloadProblem { path: file.unwrap_or_else(chart_yaml), kind }));
        }
    };
    let names: Vec<String> = chart.missing_dependencies().into_iter().map(str::to_owned).collect();
    Ok((!names.is_empty()).then(|| PayloadProblem {
        path: chart_yaml(),
        kind: PayloadProblemKind::MissingDependencies { names },
    }))
}
