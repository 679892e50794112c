//! Where freight lies in a tree, reading it from there, and which of several is the newest.

use gitstore::{EntryKind, RepoPath, Repository, TreeEdit, TreeId};

use crate::error::Error;
use crate::id::{MIN_DIGITS, ReleaseTag, Revision, digits};
use crate::record::{FreightRecord, PackageType};

/// The record's file name.
const RECORD_FILE: &str = "freight.yaml";
/// The mirror's directory name.
const CURRENT: &str = "current";
/// Gate markers, which are no freight.
pub(crate) const LEGACY: &str = "legacy-gitflow";

/// Where the freight of one warehouse lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreightPaths {
    root: RepoPath,
}

impl FreightPaths {
    /// The paths below the warehouse's directory, such as `freight/codeai`.
    pub fn new(root: RepoPath) -> Self {
        Self { root }
    }

    /// The warehouse's directory.
    pub fn root(&self) -> &RepoPath {
        &self.root
    }

    /// `git-<revision>/`
    pub fn record_dir(&self, tag: &ReleaseTag) -> RepoPath {
        self.below(tag.as_str())
    }

    /// `current/`
    pub fn current(&self) -> RepoPath {
        self.below(CURRENT)
    }

    /// `git-<revision>/freight.yaml`
    pub fn record_file(&self, tag: &ReleaseTag) -> RepoPath {
        self.record_dir(tag).join_path(&component(RECORD_FILE))
    }

    /// `git-<revision>/helm/`
    pub fn payload_dir(&self, tag: &ReleaseTag) -> RepoPath {
        self.record_dir(tag).join_path(&component(PackageType::Helm.as_str()))
    }

    fn below(&self, name: &str) -> RepoPath {
        self.root.join_path(&component(name))
    }
}

fn component(name: &str) -> RepoPath {
    RepoPath::new(name).expect("fixed names and release tags are path components")
}

/// How many releases an error names that may have been meant.
const NEAR_SHOWN: usize = 3;

/// One frozen release as it lies in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenFreight {
    /// What its `freight.yaml` says.
    pub record: FreightRecord,
    /// The tree of `git-<revision>/`: the identity of the freight.
    pub record_tree: TreeId,
    /// The tree of the payload.
    pub payload: TreeId,
}

/// The release tags in a tree, sorted. Other entries (`current`, the gate markers) are no freight.
pub fn list(repository: &Repository, tree: TreeId, paths: &FreightPaths) -> Result<Vec<ReleaseTag>, Error> {
    Ok(record_trees(repository, tree, paths)?.into_iter().map(|(tag, _)| tag).collect())
}

/// The release tags in a tree with the tree of each, sorted by tag.
pub fn record_trees(
    repository: &Repository,
    tree: TreeId,
    paths: &FreightPaths,
) -> Result<Vec<(ReleaseTag, TreeId)>, Error> {
    let mut records = Vec::new();
    if let Some(warehouse) = repository.subtree(tree, &paths.root)? {
        for named in repository.tree_entries(warehouse)? {
            let tag = named.name.to_str().and_then(|name| ReleaseTag::parse(name).ok());
            records.extend(tag.zip(named.entry.tree_id()));
        }
    }
    records.sort();
    Ok(records)
}

/// The release that a tag, a revision or the beginning of either names.
pub fn find(
    repository: &Repository,
    tree: TreeId,
    paths: &FreightPaths,
    text: &str,
) -> Result<ReleaseTag, Error> {
    choose(&list(repository, tree, paths)?, text)
}

/// The release among those known that a tag, a revision or the beginning of either names.
pub fn choose(known: &[ReleaseTag], text: &str) -> Result<ReleaseTag, Error> {
    let digits = digits(text);
    let begin_so = || known.iter().filter(|tag| tag.revision().as_str().starts_with(digits)).cloned();
    if digits.len() < MIN_DIGITS {
        let near = if digits.is_empty() { Vec::new() } else { begin_so().take(NEAR_SHOWN).collect() };
        return Err(Error::UnknownFreight { text: text.to_owned(), near });
    }
    let mut tags: Vec<ReleaseTag> = begin_so().collect();
    match tags.len() {
        1 => Ok(tags.remove(0)),
        0 => {
            // Of ids, people get the end wrong by cutting and a digit by typing.
            let mut near: Vec<(usize, &ReleaseTag)> = known
                .iter()
                .filter_map(|tag| {
                    let known = tag.revision().as_str();
                    let known = known.get(..digits.len().min(known.len()))?;
                    let distance = strsim::osa_distance(digits, known);
                    (distance <= 2 && digits.len() >= 6).then_some((distance, tag))
                })
                .collect();
            near.sort();
            let near = near.into_iter().take(NEAR_SHOWN).map(|(_, tag)| tag.clone()).collect();
            Err(Error::UnknownFreight { text: text.to_owned(), near })
        }
        _ => Err(Error::AmbiguousFreight { text: text.to_owned(), tags }),
    }
}

/// The release of a tag, if the tree has it. Its record must be right, also in its directory's name.
pub fn read(
    repository: &Repository,
    tree: TreeId,
    paths: &FreightPaths,
    tag: &ReleaseTag,
) -> Result<Option<FrozenFreight>, Error> {
    match repository.subtree(tree, &paths.record_dir(tag))? {
        Some(record_tree) => read_record(repository, record_tree, paths, tag).map(Some),
        None => Ok(None),
    }
}

/// A release by its tag, as far as it can be read.
pub type Read = (ReleaseTag, Result<FrozenFreight, Error>);

/// All releases in a tree, sorted by tag. An error in the second place is one of the record alone.
pub fn read_all(repository: &Repository, tree: TreeId, paths: &FreightPaths) -> Result<Vec<Read>, Error> {
    let trees = record_trees(repository, tree, paths)?;
    let all = repository.map_parallel(&trees, |repository, (tag, record_tree)| {
        let read = match read_record(repository, *record_tree, paths, tag) {
            Err(error @ (Error::Record(_) | Error::Incomplete { .. })) => Err(error),
            read => Ok(read?),
        };
        Ok((tag.clone(), read))
    });
    all.into_iter().collect()
}

/// Reads the tree of a `git-<revision>/` whose directory has this name.
pub(crate) fn read_record(
    repository: &Repository,
    record_tree: TreeId,
    paths: &FreightPaths,
    tag: &ReleaseTag,
) -> Result<FrozenFreight, Error> {
    let file = paths.record_file(tag);
    let bytes = repository.blob_at(record_tree, &component(RECORD_FILE))?;
    let bytes = bytes.ok_or_else(|| Error::Incomplete { path: file.clone() })?;
    let record = FreightRecord::parse_in(&file.to_string(), &bytes, tag)?;
    let payload = repository.subtree(record_tree, &component(record.package_type.as_str()))?;
    let payload = payload.ok_or_else(|| Error::Incomplete { path: paths.payload_dir(tag) })?;
    Ok(FrozenFreight { record, record_tree, payload })
}

/// The release that `current/` is a copy of: the one whose `git-<revision>/` is the same tree. `None` if
/// there is no `current/`, an error if it equals no record.
pub fn mirrored_tag(
    repository: &Repository,
    tree: TreeId,
    paths: &FreightPaths,
) -> Result<Option<ReleaseTag>, Error> {
    let Some(current) = repository.tree_entry(tree, &paths.current())? else { return Ok(None) };
    let records = record_trees(repository, tree, paths)?;
    let mirrored = records.into_iter().find(|(_, record)| current.tree_id() == Some(*record));
    match mirrored {
        Some((tag, _)) => Ok(Some(tag)),
        None => {
            let path = paths.current();
            let record = match current.tree_id() {
                Some(current) => repository.blob_at(current, &component(RECORD_FILE))?,
                None => None,
            };
            let claims =
                record.and_then(|bytes| FreightRecord::parse("", &bytes).ok()).map(|record| record.tag);
            Err(Error::NotMirrored { path, claims })
        }
    }
}

/// The release that `current/` mirrors; `None` if nothing was frozen yet, an error if `current/` equals no
/// record.
pub fn read_current(
    repository: &Repository,
    tree: TreeId,
    paths: &FreightPaths,
) -> Result<Option<FrozenFreight>, Error> {
    match mirrored_tag(repository, tree, paths)? {
        Some(tag) => read(repository, tree, paths, &tag),
        None => Ok(None),
    }
}

/// Writes the tree of a `git-<revision>/`: the record and the payload, which must be in this repository.
pub fn build_record_tree(
    repository: &Repository,
    record: &FreightRecord,
    payload: TreeId,
) -> Result<TreeId, Error> {
    let file = repository.write_blob(record.to_yaml().as_bytes())?;
    let mut edit = repository.edit_tree(None);
    edit.upsert_file(&component(RECORD_FILE), file);
    edit.upsert_tree(&component(record.package_type.as_str()), payload);
    Ok(edit.write()?)
}

/// What becomes of `current/` when a release is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mirror {
    /// It becomes the added release.
    Refresh,
    /// It stays: a newer release is there.
    Keep,
}

/// Adds a release to a tree that is being edited.
pub fn install(
    edit: &mut TreeEdit<'_>,
    paths: &FreightPaths,
    tag: &ReleaseTag,
    record_tree: TreeId,
    mirror: Mirror,
) {
    edit.upsert_tree(&paths.record_dir(tag), record_tree);
    if mirror == Mirror::Refresh {
        edit.upsert_tree(&paths.current(), record_tree);
    }
}

/// By how much clocks that commit may disagree, in seconds: a revision that is dated so much earlier than another one
/// doesn't descend from it.
const CLOCK_SKEW: i64 = 24 * 60 * 60;
/// How many records around another one are looked at in any case, and how many at the most.
const LOOKED_AT: usize = 4;
const MOST_LOOKED_AT: usize = 16;

/// The newest of some records: by ancestry in the source where it can be told, else by `createdAt`, then by
/// tag.
///
/// `ancestry(a, b)` says whether `a` is an ancestor of `b`, `None` where that can't be told from here. It is asked of
/// few, however many records there are: one that is dated before another is taken to descend from it only where it is
/// among the four before it, or among the sixteen before it and no more than a day older.
pub fn newest<'r>(
    records: impl IntoIterator<Item = &'r FreightRecord>,
    ancestry: impl Fn(&Revision, &Revision) -> Option<bool>,
) -> Option<&'r FreightRecord> {
    let mut records: Vec<&FreightRecord> = records.into_iter().collect();
    records.sort_by(|a, b| (b.created_at, &b.tag).cmp(&(a.created_at, &a.tag)));
    let is_near = |(own_index, own): (usize, &FreightRecord), (index, other): (usize, &FreightRecord)| {
        let apart = index.abs_diff(own_index);
        let is_of_the_day = || match (own.created_at, other.created_at) {
            (Some(own), Some(other)) => other.as_second().saturating_add(CLOCK_SKEW) >= own.as_second(),
            _ => true,
        };
        apart <= LOOKED_AT || (apart <= MOST_LOOKED_AT && is_of_the_day())
    };
    // The two orders may contradict each other, so no sort by both: the latest of those that no other
    // descends from.
    let superseded = |own: usize, record: &FreightRecord| {
        records.iter().enumerate().any(|(index, other)| {
            other.revision != record.revision
                && is_near((own, record), (index, other))
                && ancestry(&record.revision, &other.revision) == Some(true)
        })
    };
    let newest = records.iter().enumerate().find(|(index, record)| !superseded(*index, record));
    newest.map(|(_, record)| *record).or(records.first().copied())
}

/// Whether an entry of the warehouse's directory belongs there.
pub(crate) fn is_known_entry(name: &RepoPath, kind: EntryKind) -> bool {
    kind == EntryKind::Tree
        && name
            .to_str()
            .is_some_and(|name| name == CURRENT || name == LEGACY || ReleaseTag::parse(name).is_ok())
}
