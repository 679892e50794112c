//! From files to a chart (helm: pkg/chart/v2/loader).

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::{DirEntry, File};
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use super::Chart;
use super::archive::Room;
use super::ignore::IgnoreRules;
use super::links::leads_nowhere;
use super::metadata::Metadata;
use crate::manifest::position_of;
use crate::values::load_values;
use crate::{Bound, HelmVersion, Limits};

/// The largest file that a chart may have, in bytes.
pub(super) const MAX_FILE_SIZE: u64 = 5 * 1024 * 1024;
/// How many links to directories are followed: a few that lead to one another make endless directories.
const MAX_LINKS: usize = 10_000;
/// How much the files of a chart directory may come to, in bytes.
const MAX_TOTAL_SIZE: u64 = 512 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A file of a chart.
#[derive(Clone, Debug)]
pub struct ChartFile {
    /// The path relative to the chart, with slashes.
    pub name: String,
    /// The content, without a leading byte-order mark.
    pub data: Arc<[u8]>,
}

impl ChartFile {
    /// A file of this name and content.
    pub fn new(name: impl Into<String>, data: &[u8]) -> Self {
        let data = data.strip_prefix(BYTE_ORDER_MARK).unwrap_or(data);
        Self { name: name.into(), data: data.into() }
    }

    /// The same with content that is shared already.
    fn shared(name: String, data: Arc<[u8]>) -> Self {
        if data.starts_with(BYTE_ORDER_MARK) { Self::new(name, &data) } else { Self { name, data } }
    }
}

/// Why a chart could not be loaded. The text is Helm's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartError {
    /// The file the trouble is in, relative to the chart, where there is one.
    pub file: Option<String>,
    /// The line and the column in characters, counted from 1, where they are known.
    pub position: Option<(u32, u32)>,
    /// The bound that the chart goes past, where that is the trouble.
    pub exceeded: Option<Bound>,
    message: String,
}

impl ChartError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { file: None, position: None, exceeded: None, message: message.into() }
    }

    pub(crate) fn in_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: Some(file.into()), ..Self::new(message) }
    }

    /// A chart that goes past a bound.
    pub(super) fn exceeding(bound: Bound, message: impl Into<String>) -> Self {
        Self { exceeded: Some(bound), ..Self::new(message) }
    }

    /// The same, where YAML's reader stopped at its bound.
    fn of_nodes(self, error: &goyaml::Error) -> Self {
        let exceeded = error.nodes_allowed().map(|_| Bound::YamlNodes);
        Self { exceeded, ..self }
    }

    /// The same with the place that YAML's reader names in the file's text.
    fn at(self, error: Option<&goyaml::Error>, text: &[u8]) -> Self {
        let root = || goyaml::mark_of(text, &[]).map(|mark| (mark.line + 1, mark.column + 1));
        Self { position: error.and_then(|error| position_of(error, text).or_else(root)), ..self }
    }
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ChartError {}

/// Loads a chart directory, obeying its `.helmignore`. Links are followed.
pub fn load_directory(directory: &Path, helm: HelmVersion) -> Result<Chart, ChartError> {
    load_directory_within(directory, helm, &Limits::DEFAULT)
}

/// [`load_directory`] within other bounds.
pub fn load_directory_within(
    directory: &Path,
    helm: HelmVersion,
    limits: &Limits,
) -> Result<Chart, ChartError> {
    let ignore_file = directory.join(".helmignore");
    let rules = match read_regular(&ignore_file, MAX_FILE_SIZE) {
        Ok(text) => IgnoreRules::parse(&text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => IgnoreRules::parse(b""),
        Err(error) => {
            let text = format!("read {}: {}", ignore_file.display(), describe(&error));
            return Err(ChartError::in_file(".helmignore", text));
        }
    }
    .map_err(|message| ChartError::in_file(".helmignore", message))?;
    let mut files = Vec::new();
    let most = limits.archive_entries;
    let mut walk =
        Walk { rules: &rules, files: &mut files, open: Vec::new(), most, entries: 0, links: 0, size: 0 };
    let root = canonicalize(directory, "")?;
    walk.directory(directory, root, "")?;
    load_counted(files, helm, limits)
}

struct Walk<'a> {
    rules: &'a IgnoreRules,
    files: &'a mut Vec<ChartFile>,
    /// The directories that the walk is inside of, without links.
    open: Vec<PathBuf>,
    /// How many entries there may be: links can make endless ones of a few.
    most: u64,
    entries: u64,
    links: usize,
    size: u64,
}

impl Walk<'_> {
    /// Walks a directory: `path` is how the walk came there, `real` the same without links.
    fn directory(&mut self, path: &Path, real: PathBuf, relative: &str) -> Result<(), ChartError> {
        let failed = |error: std::io::Error| {
            ChartError::in_file(relative, format!("{}: {}", path.display(), describe(&error)))
        };
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(&real).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            entries.push((name, entry));
            self.entries += 1;
            if self.entries > self.most {
                let text = format!("the chart has more than the {} files that it may have", self.most);
                return Err(ChartError::exceeding(Bound::ArchiveEntries, text));
            }
        }
        entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        self.open.push(real);
        for (name, entry) in entries {
            let path = path.join(entry.file_name());
            let relative = if relative.is_empty() { name } else { format!("{relative}/{name}") };
            self.entry(&entry, &path, relative)?;
        }
        self.open.pop();
        Ok(())
    }

    fn entry(&mut self, entry: &DirEntry, path: &Path, relative: String) -> Result<(), ChartError> {
        let failed = |error: std::io::Error| {
            ChartError::in_file(&relative, format!("error reading {relative}: {}", describe(&error)))
        };
        let mut real = entry.path();
        // Links are followed, as Helm does.
        let own = entry.file_type().map_err(failed)?;
        let kind = if own.is_symlink() {
            let target = std::fs::metadata(&real);
            let target = target.map_err(|error| leads_nowhere(path, &relative, &error))?;
            target.file_type()
        } else {
            own
        };
        if self.rules.ignores(&relative, kind.is_dir()) {
            return Ok(());
        }
        if kind.is_dir() {
            if own.is_symlink() {
                real = self.follow(path, &real, &relative)?;
            }
            return stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.directory(path, real, &relative));
        }
        if !kind.is_file() {
            let path = path.display();
            return Err(ChartError::in_file(
                relative,
                format!("cannot load irregular file {path} as it has file mode type bits set"),
            ));
        }
        let mut file = File::open(&real).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        if length > MAX_FILE_SIZE {
            return Err(too_large(&relative));
        }
        self.size += length;
        if self.size > MAX_TOTAL_SIZE {
            let text = format!("the chart's files come to more than {MAX_TOTAL_SIZE} bytes");
            return Err(ChartError::in_file(relative, text));
        }
        let data = read_into_shared(&mut file, length as usize).map_err(failed)?;
        self.files.push(ChartFile::shared(relative, data));
        Ok(())
    }

    /// Where a link to a directory leads. One to a directory that the walk is inside of would never end.
    fn follow(&mut self, path: &Path, link: &Path, relative: &str) -> Result<PathBuf, ChartError> {
        self.links += 1;
        if self.links > MAX_LINKS {
            let text = format!("the chart has more than {MAX_LINKS} links to directories");
            return Err(ChartError::in_file(relative, text));
        }
        let target = canonicalize(link, relative)?;
        if self.open.contains(&target) {
            let message = format!("{}: the link leads into itself", path.display());
            return Err(ChartError::in_file(relative, message));
        }
        Ok(target)
    }
}

/// The path of a directory without links.
fn canonicalize(path: &Path, relative: &str) -> Result<PathBuf, ChartError> {
    path.canonicalize()
        .map_err(|error| ChartError::in_file(relative, format!("{}: {}", path.display(), describe(&error))))
}

/// Reads a file of a known length to where it stays, so that its bytes are neither copied nor asked for twice.
fn read_into_shared(file: &mut File, length: usize) -> std::io::Result<Arc<[u8]>> {
    let mut data: Arc<[u8]> = std::iter::repeat_n(0, length).collect();
    if let Some(bytes) = Arc::get_mut(&mut data).filter(|bytes| !bytes.is_empty()) {
        match file.read_exact(bytes) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => file.rewind()?,
            result => return result.map(|()| data),
        }
    }
    // Empty, or shorter than it was: what can be read counts.
    let mut data = Vec::new();
    file.take(MAX_FILE_SIZE).read_to_end(&mut data)?;
    Ok(data.into())
}

/// Reads a file, if it is one: a pipe or a device might never end. Of one that is longer than that, so much and a byte.
pub(super) fn read_regular(path: &Path, longest: u64) -> std::io::Result<Vec<u8>> {
    let kind = std::fs::metadata(path)?.file_type();
    if !kind.is_file() && !kind.is_dir() {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut data = Vec::new();
    File::open(path)?.take(longest + 1).read_to_end(&mut data)?;
    Ok(data)
}

fn too_large(name: &str) -> ChartError {
    let base = name.rsplit('/').next().unwrap_or(name);
    ChartError::in_file(
        name,
        format!("chart file {base:?} is larger than the maximum file size {MAX_FILE_SIZE}"),
    )
}

/// The operating system's words without Rust's error number.
pub(super) fn describe(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// Loads a chart from files in memory, as from an archive or a Git tree: `.helmignore` has no say here, see
/// [`load_directory`] and [`load_tree`].
pub fn load_files(files: Vec<ChartFile>, helm: HelmVersion) -> Result<Chart, ChartError> {
    load_counted(files, helm, &Limits::DEFAULT)
}

fn load_counted(files: Vec<ChartFile>, helm: HelmVersion, limits: &Limits) -> Result<Chart, ChartError> {
    let mut loader = Loader::new(helm, limits);
    loader.room.count(files.len() as u64)?;
    load_nested(files, &mut loader, 0)
}

/// Loads a chart from the files of a directory held elsewhere (a Git tree), obeying its `.helmignore`.
pub fn load_tree(files: Vec<ChartFile>, helm: HelmVersion) -> Result<Chart, ChartError> {
    load_tree_within(files, helm, &Limits::DEFAULT)
}

/// [`load_tree`] within other bounds.
pub fn load_tree_within(
    files: Vec<ChartFile>,
    helm: HelmVersion,
    limits: &Limits,
) -> Result<Chart, ChartError> {
    let ignore_file = files.iter().find(|file| file.name == ".helmignore");
    let rules = IgnoreRules::parse(ignore_file.map_or(b"", |file| &file.data))
        .map_err(|message| ChartError::in_file(".helmignore", message))?;
    let mut kept = Vec::with_capacity(files.len());
    for file in files {
        let slashes = file.name.match_indices('/');
        let pruned =
            slashes.map(|(end, _)| &file.name[..end]).any(|directory| rules.ignores(directory, true));
        if pruned || rules.ignores(&file.name, false) {
            continue;
        }
        if file.data.len() as u64 > MAX_FILE_SIZE {
            return Err(too_large(&file.name));
        }
        kept.push(file);
    }
    load_counted(kept, helm, limits)
}

/// What the charts within one chart share while they are loaded.
struct Loader<'l> {
    helm: HelmVersion,
    room: Room<'l>,
    /// The files of the archives unpacked so far, and how much room each took: many subcharts bring the same library.
    unpacked: HashMap<Arc<[u8]>, (Vec<ChartFile>, u64)>,
}

impl<'l> Loader<'l> {
    fn new(helm: HelmVersion, limits: &'l Limits) -> Self {
        Self { helm, room: Room::new(limits), unpacked: HashMap::new() }
    }

    /// The files in an archive, unpacked once. They take as much room each time, so that archives within archives can't
    /// make endless charts of a few.
    fn files(&mut self, archive: &Arc<[u8]>) -> Result<Vec<ChartFile>, ChartError> {
        if let Some((files, size)) = self.unpacked.get(archive)
            && self.room.take(*size)
        {
            self.room.count(files.len() as u64)?;
            return Ok(files.clone());
        }
        let before = self.room.left();
        let files = super::archive::read(archive, self.helm, &mut self.room)?;
        self.unpacked.insert(Arc::clone(archive), (files.clone(), before - self.room.left()));
        Ok(files)
    }
}

fn load_nested(files: Vec<ChartFile>, loader: &mut Loader<'_>, depth: u64) -> Result<Chart, ChartError> {
    let Limits { subchart_depth, yaml_nodes, .. } = *loader.room.limits;
    if depth > subchart_depth {
        let text =
            format!("the chart's subcharts nest deeper than the {subchart_depth} levels that they may");
        return Err(ChartError::exceeding(Bound::SubchartDepth, text));
    }
    let helm = loader.helm;
    let mut metadata = None;
    if let Some(file) = files.iter().rfind(|file| file.name == "Chart.yaml") {
        metadata = Some(Metadata::decode(&file.data, yaml_nodes).map_err(|error| {
            let words = in_words_of(helm, &error);
            ChartError::in_file("Chart.yaml", format!("cannot load Chart.yaml: {words}"))
                .at(Some(&error), &file.data)
                .of_nodes(&error)
        })?);
    }
    let mut chart = Chart {
        metadata: Metadata::default(),
        values: Default::default(),
        values_text: None,
        schema: None,
        compiled_schema: OnceLock::new(),
        templates: Vec::new(),
        files: Vec::new(),
        dependencies: Vec::new(),
        parsed: Mutex::default(),
    };
    let mut subcharts: BTreeMap<String, Vec<ChartFile>> = BTreeMap::new();
    for file in files {
        match file.name.as_str() {
            "Chart.yaml" => {}
            "Chart.lock" => check_lock(&file, helm, yaml_nodes)?,
            "values.yaml" => {
                chart.values = load_values(&file.data, helm, yaml_nodes).map_err(|unreadable| {
                    let text = format!("cannot load values.yaml: {}", unreadable.message);
                    let error = ChartError::in_file("values.yaml", text);
                    match unreadable.exceeded {
                        Some(_) => ChartError { exceeded: unreadable.exceeded, ..error },
                        // Of several documents only the first is found again.
                        None => error.at(goyaml::decode_map(&file.data).err().as_ref(), &file.data),
                    }
                })?;
                chart.values_text = Some(file.data);
            }
            "values.schema.json" => chart.schema = Some(file.data),
            "requirements.yaml" => {
                let metadata = metadata.get_or_insert_default();
                metadata.merge_requirements(&file.data, yaml_nodes).map_err(|error| {
                    let words = in_words_of(helm, &error);
                    let text = format!("cannot load requirements.yaml: {words}");
                    ChartError::in_file("requirements.yaml", text).of_nodes(&error)
                })?;
                if metadata.api_version == "v1" {
                    chart.files.push(file);
                }
            }
            "requirements.lock" => {
                check_lock(&file, helm, yaml_nodes)?;
                if metadata.get_or_insert_default().api_version == "v1" {
                    chart.files.push(file);
                }
            }
            name if name.starts_with("templates/") => chart.templates.push(file),
            name if name.starts_with("charts/") && !name.ends_with(".prov") => {
                let inner = name["charts/".len()..].to_owned();
                let directory = inner.split('/').next().unwrap_or_default().to_owned();
                subcharts.entry(directory).or_default().push(ChartFile { name: inner, data: file.data });
            }
            _ => chart.files.push(file),
        }
    }
    chart.metadata = metadata.ok_or_else(|| ChartError::new("Chart.yaml file is missing"))?;
    chart.metadata.validate().map_err(|message| ChartError::in_file("Chart.yaml", message))?;
    for (directory, files) in subcharts {
        if directory.starts_with(['_', '.']) {
            continue;
        }
        let loaded = stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            load_subchart(&directory, files, loader, depth, chart.name())
        });
        chart.dependencies.push(Arc::new(loaded?));
    }
    Ok(chart)
}

/// Go names the types that a text doesn't fit into by their package, which Helm 4 renamed.
fn in_words_of(helm: HelmVersion, error: &goyaml::Error) -> String {
    let text = error.to_string();
    if helm.is_v3() {
        text.replace(" of type v2.", " of type chart.").replace("[]*v2.", "[]*chart.")
    } else {
        text
    }
}

fn load_subchart(
    directory: &str,
    files: Vec<ChartFile>,
    loader: &mut Loader<'_>,
    depth: u64,
    parent: &str,
) -> Result<Chart, ChartError> {
    let loaded = if directory.ends_with(".tgz") {
        match files.first() {
            Some(file) if file.name == directory => {
                loader.files(&file.data).and_then(|files| load_nested(files, loader, depth + 1))
            }
            other => {
                let got = other.map_or("", |file| &file.name);
                return Err(ChartError::new(format!(
                    "error unpacking subchart tar in {parent}: expected {directory}, got {got}"
                )));
            }
        }
    } else {
        let inside = files.into_iter().filter_map(|file| {
            let (_, name) = file.name.split_once('/')?;
            Some(ChartFile { name: name.to_owned(), data: file.data })
        });
        load_nested(inside.collect(), loader, depth + 1)
    };
    loaded.map_err(|error| ChartError {
        position: error.position,
        exceeded: error.exceeded,
        file: Some(match error.file {
            Some(file) => format!("charts/{directory}/{file}"),
            None => format!("charts/{directory}"),
        }),
        message: format!("error unpacking subchart {directory} in {parent}: {}", error.message),
    })
}

fn check_lock(file: &ChartFile, helm: HelmVersion, nodes: u64) -> Result<(), ChartError> {
    super::metadata::check_lock(&file.data, nodes).map_err(|error| {
        let text = format!("cannot load {}: {}", file.name, in_words_of(helm, &error));
        ChartError::in_file(&file.name, text).of_nodes(&error)
    })
}

/// Loads a packaged chart (`.tgz`).
pub fn load_archive(archive: &[u8], helm: HelmVersion) -> Result<Chart, ChartError> {
    let mut loader = Loader::new(helm, &Limits::DEFAULT);
    let files = super::archive::read(archive, helm, &mut loader.room)?;
    load_nested(files, &mut loader, 0)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::super::tar::tests::entry;
    use super::*;

    #[test]
    fn an_archive_is_unpacked_once_and_counts_each_time() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&entry("c/Chart.yaml", b'0', b"name: c")).unwrap();
        let archive = encoder.finish().unwrap();
        let mut loader = Loader::new(HelmVersion::V4_2_3, &Limits::DEFAULT);
        let before = loader.room.left();
        let first = loader.files(&archive[..].into()).unwrap();
        let taken = before - loader.room.left();
        let second = loader.files(&archive[..].into()).unwrap();
        assert!(Arc::ptr_eq(&first[0].data, &second[0].data));
        assert!(taken > 0);
        assert_eq!(loader.room.left(), before - 2 * taken);
        assert!(loader.room.take(before - 2 * taken));
        assert!(loader.files(&archive[..].into()).is_err());
    }

    #[test]
    fn a_file_is_read_whole_whatever_its_length_was() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let whole = std::fs::read(&path).unwrap();
        for length in [0, whole.len(), whole.len() + 10] {
            let data = read_into_shared(&mut File::open(&path).unwrap(), length).unwrap();
            assert_eq!(*data, *whole, "{length}");
        }
    }
}
