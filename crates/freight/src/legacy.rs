//! Gate markers of the former git-flow: which frozen releases an environment of it has had. No freight.
//!
//! `legacy-gitflow/<environment>/merged/git-<revision>.yaml` ([`Marker`]) says that the environment has had a
//! release, `legacy-gitflow/<environment>/current.yaml` ([`Current`]) which commit was recorded last.

use std::collections::BTreeSet;

use gitstore::{EntryKind, NamedEntry, RepoPath, Repository, TreeEdit, TreeId};

use crate::error::Error;
use crate::id::{ReleaseTag, Revision};
use crate::invariants::Finding;
use crate::record::{FreightRecord, RecordProblems, scalar};
use crate::store::{self, FreightPaths, LEGACY};
use crate::wire;

/// What the name of a marker's file ends in.
const SUFFIX: &str = ".yaml";
/// Below an environment: its markers, and what was recorded last.
const MERGED: &str = "merged";
const CURRENT: &str = "current.yaml";

/// That an environment of the former git-flow has had a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// The environment's name there.
    pub environment: String,
    /// The revision of the release.
    pub revision: Revision,
    /// The release.
    pub tag: ReleaseTag,
    /// The commit that was recorded: the revision itself, or one that it is an ancestor of.
    pub recorded: Revision,
}

/// Which commit was recorded last for an environment of the former git-flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// The environment's name there.
    pub environment: String,
    /// The commit.
    pub recorded: Revision,
}

impl Marker {
    /// The marker of a release.
    pub fn new(environment: impl Into<String>, tag: ReleaseTag, recorded: Revision) -> Self {
        Self { environment: environment.into(), revision: tag.revision().clone(), tag, recorded }
    }

    /// Reads a marker; `path` is how messages name it. All that is wrong with it is reported, also a tag and a
    /// revision that contradict each other.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self, RecordProblems> {
        wire::read_marker(path, bytes)
    }

    /// The canonical text: fixed order, fixed layout, no comments; equal markers give equal bytes.
    pub fn to_yaml(&self) -> String {
        format!(
            "schemaVersion: {}\nenvironment: {}\nrevision: {}\ntag: {}\nrecorded: {}\n",
            wire::SCHEMA_VERSION,
            scalar(&self.environment),
            scalar(self.revision.as_str()),
            self.tag,
            scalar(self.recorded.as_str())
        )
    }
}

impl Current {
    /// Reads a `current.yaml`; `path` is how messages name it. All that is wrong with it is reported.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self, RecordProblems> {
        wire::read_legacy_current(path, bytes)
    }

    /// The canonical text: fixed order, fixed layout, no comments; equal ones give equal bytes.
    pub fn to_yaml(&self) -> String {
        format!(
            "schemaVersion: {}\nenvironment: {}\nrecorded: {}\n",
            wire::SCHEMA_VERSION,
            scalar(&self.environment),
            scalar(self.recorded.as_str())
        )
    }
}

impl FreightPaths {
    /// `legacy-gitflow/<environment>/merged/git-<revision>.yaml`; an error where the environment's name can't
    /// be a part of a path.
    pub fn legacy_marker(&self, environment: &str, tag: &ReleaseTag) -> Result<RepoPath, Error> {
        Ok(self.legacy_markers(environment)?.join(format!("{tag}{SUFFIX}"))?)
    }

    /// `legacy-gitflow/<environment>/current.yaml`
    pub fn legacy_current(&self, environment: &str) -> Result<RepoPath, Error> {
        Ok(self.legacy_environment(environment)?.join(CURRENT)?)
    }

    /// `legacy-gitflow/<environment>/merged/`
    fn legacy_markers(&self, environment: &str) -> Result<RepoPath, Error> {
        Ok(self.legacy_environment(environment)?.join(MERGED)?)
    }

    fn legacy_environment(&self, environment: &str) -> Result<RepoPath, Error> {
        if environment.contains('/') {
            return Err(Error::InvalidEnvironment { text: environment.to_owned() });
        }
        Ok(self.root().join(format!("{LEGACY}/{environment}"))?)
    }
}

/// The marker that an environment has had a release; `None` where there is none.
///
/// Whether it speaks of that environment and that release is what [`agrees`] answers.
pub fn read_marker(
    repository: &Repository,
    tree: TreeId,
    paths: &FreightPaths,
    environment: &str,
    tag: &ReleaseTag,
) -> Result<Option<Marker>, Error> {
    let path = paths.legacy_marker(environment, tag)?;
    let Some(bytes) = repository.blob_at(tree, &path)? else { return Ok(None) };
    Marker::parse(&path.to_string(), &bytes).map(Some).map_err(Error::Marker)
}

/// What was recorded last for an environment; `None` where nothing was yet.
pub fn read_current(
    repository: &Repository,
    tree: TreeId,
    paths: &FreightPaths,
    environment: &str,
) -> Result<Option<Current>, Error> {
    let path = paths.legacy_current(environment)?;
    let Some(bytes) = repository.blob_at(tree, &path)? else { return Ok(None) };
    Current::parse(&path.to_string(), &bytes).map(Some).map_err(Error::Marker)
}

/// The releases that an environment has a marker of, whatever is in it; other files are none.
pub fn marked(
    repository: &Repository,
    tree: TreeId,
    paths: &FreightPaths,
    environment: &str,
) -> Result<BTreeSet<ReleaseTag>, Error> {
    let Some(markers) = repository.subtree(tree, &paths.legacy_markers(environment)?)? else {
        return Ok(BTreeSet::new());
    };
    Ok(repository.tree_entries(markers)?.iter().filter_map(marked_by).collect())
}

/// The release that a marker is of, by the name of its file; `None` where it is none.
fn marked_by(named: &NamedEntry) -> Option<ReleaseTag> {
    let is_file = matches!(named.entry.kind(), EntryKind::File | EntryKind::Executable);
    let name = named.name.to_str()?.strip_suffix(SUFFIX)?;
    if is_file { ReleaseTag::parse(name).ok() } else { None }
}

/// Every marker agrees with the release that it is of, and nothing else lies beside. `None` where there are no markers;
/// `records` is what [`store::read_all`] gives. A marker of a release that isn't frozen any more harms nothing.
pub fn markers(
    repository: &Repository,
    tree: TreeId,
    paths: &FreightPaths,
    records: &[store::Read],
) -> Result<Option<Finding>, Error> {
    const NAME: &str = "markers";
    let root = paths.root().join(LEGACY)?;
    let Some(environments) = repository.subtree(tree, &root)? else { return Ok(None) };
    let mut wrong = Vec::new();
    for environment in repository.tree_entries(environments)? {
        match environment.name.to_str().filter(|_| environment.entry.tree_id().is_some()) {
            Some(name) => wrong.extend(wrong_markers(repository, tree, paths, name, records)?),
            None => wrong.push(format!("{} is no environment", root.join_path(&environment.name))),
        }
    }
    Ok(Some(match wrong.as_slice() {
        [] => Finding::ok(NAME, "all agree with what they mark"),
        wrong => Finding::violated(NAME, wrong.join("; ")),
    }))
}

/// What is wrong with what is recorded for one environment, each with its file.
pub fn wrong_markers(
    repository: &Repository,
    tree: TreeId,
    paths: &FreightPaths,
    environment: &str,
    records: &[store::Read],
) -> Result<Vec<String>, Error> {
    let mut wrong = Vec::new();
    let root = paths.legacy_environment(environment)?;
    let Some(directory) = repository.subtree(tree, &root)? else { return Ok(wrong) };
    for entry in repository.tree_entries(directory)? {
        let place = root.join_path(&entry.name);
        match (entry.name.to_str(), entry.entry.tree_id()) {
            (Some(CURRENT), None) => match read_current(repository, tree, paths, environment) {
                Ok(Some(current)) if current.environment != environment => {
                    let found = current.environment;
                    wrong.push(format!("{place}: its environment is {found}, not {environment}"));
                }
                Ok(_) => {}
                Err(Error::Marker(problems)) => wrong.push(problems.to_string()),
                Err(error) => return Err(error),
            },
            (Some(MERGED), Some(merged)) => {
                for marker in repository.tree_entries(merged)? {
                    match marked_by(&marker) {
                        Some(tag) => {
                            wrong.extend(wrong_marker(repository, tree, paths, environment, &tag, records)?);
                        }
                        None => wrong.push(format!("{} is no marker", place.join_path(&marker.name))),
                    }
                }
            }
            _ => wrong.push(format!("{place} is no marker")),
        }
    }
    Ok(wrong)
}

/// What is wrong with the marker of a release.
fn wrong_marker(
    repository: &Repository,
    tree: TreeId,
    paths: &FreightPaths,
    environment: &str,
    tag: &ReleaseTag,
    records: &[store::Read],
) -> Result<Option<String>, Error> {
    let marker = match read_marker(repository, tree, paths, environment, tag) {
        Ok(Some(marker)) => marker,
        Ok(None) => return Ok(None),
        Err(Error::Marker(problems)) => return Ok(Some(problems.to_string())),
        Err(error) => return Err(error),
    };
    let frozen = records.binary_search_by(|(known, _)| known.cmp(tag)).ok().map(|index| &records[index].1);
    let answer = match frozen {
        Some(Ok(frozen)) => agrees(&marker, environment, &frozen.record),
        // Without a record that can be read, its name is what it must agree with.
        Some(Err(_)) | None => agrees_with(&marker, environment, tag),
    };
    let path = paths.legacy_marker(environment, tag)?;
    Ok(answer.err().map(|reason| format!("{path}: {reason}")))
}

/// Whether a marker is what says that an environment has had a release; else in what it disagrees.
pub fn agrees(marker: &Marker, environment: &str, freight: &FreightRecord) -> Result<(), String> {
    agrees_with(marker, environment, &freight.tag)
}

fn agrees_with(marker: &Marker, environment: &str, tag: &ReleaseTag) -> Result<(), String> {
    let expected = [
        ("environment", marker.environment.as_str(), environment),
        ("revision", marker.revision.as_str(), tag.revision().as_str()),
        ("tag", marker.tag.as_str(), tag.as_str()),
    ];
    let wrong: Vec<String> = expected
        .iter()
        .filter(|(_, found, expected)| found != expected)
        .map(|(key, found, expected)| format!("its {key} is {found}, not {expected}"))
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

/// Adds a marker to a tree that is being edited.
pub fn install_marker(
    repository: &Repository,
    edit: &mut TreeEdit<'_>,
    paths: &FreightPaths,
    marker: &Marker,
) -> Result<(), Error> {
    let path = paths.legacy_marker(&marker.environment, &marker.tag)?;
    edit.upsert_file(&path, repository.write_blob(marker.to_yaml().as_bytes())?);
    Ok(())
}

/// Puts what was recorded last into a tree that is being edited.
pub fn install_current(
    repository: &Repository,
    edit: &mut TreeEdit<'_>,
    paths: &FreightPaths,
    current: &Current,
) -> Result<(), Error> {
    let path = paths.legacy_current(&current.environment)?;
    edit.upsert_file(&path, repository.write_blob(current.to_yaml().as_bytes())?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const HEX: &str = "0cc4cd87f40ae606d1822d5652b552f8c50a4668";
    const MERGE: &str = "1cc4cd87f40ae606d1822d5652b552f8c50a4668";

    fn tag(digits: &str) -> ReleaseTag {
        ReleaseTag::from(Revision::parse(digits).unwrap())
    }

    fn marker() -> Marker {
        Marker::new("production", tag(HEX), Revision::parse(MERGE).unwrap())
    }

    #[test]
    fn the_canonical_texts_read_back_as_they_are() {
        let text = format!(
            "schemaVersion: v1\nenvironment: production\nrevision: {HEX}\ntag: git-{HEX}\nrecorded: {MERGE}\n"
        );
        assert_eq!(marker().to_yaml(), text);
        assert_eq!(Marker::parse("m.yaml", text.as_bytes()).unwrap(), marker());
        let current =
            Current { environment: "production".to_owned(), recorded: Revision::parse(MERGE).unwrap() };
        let text = format!("schemaVersion: v1\nenvironment: production\nrecorded: {MERGE}\n");
        assert_eq!(current.to_yaml(), text);
        assert_eq!(Current::parse("current.yaml", text.as_bytes()).unwrap(), current);
        // What YAML takes for something else than text.
        let odd = Marker::new("on", tag(&"1".repeat(40)), Revision::parse(&"2".repeat(40)).unwrap());
        assert_eq!(Marker::parse("m.yaml", odd.to_yaml().as_bytes()).unwrap(), odd);
    }

    #[test]
    fn bad_markers_say_where_and_what() {
        let cases = [
            ("schemaVersion: v1", "schemaVersion: v2", "1:16: unknown schemaVersion \"v2\"".to_owned()),
            ("environment:", "enviroment:", "2:1: unknown key `enviroment`".to_owned()),
            ("environment: production\n", "", "1:1: no `environment`".to_owned()),
            ("environment: production", "environment: 1", "2:14: expected text, found a number".to_owned()),
            ("revision: 0", "revision: x", format!("3:11: \"x{}\" is no full commit id", &HEX[1..])),
            ("tag: git-0", "tag: git-2", format!("4:6: the tag git-2{} disagrees with", &HEX[1..])),
            ("recorded: 1", "recorded: 1\n1: ", "5:11: expected text, found a number".to_owned()),
            ("recorded: 1cc4", "recorded: 1c", "5:11: \"1ccd87f4".to_owned()),
            ("recorded:", "image: x\nrecorded:", "5:1: unknown key `image`".to_owned()),
        ];
        for (old, new, expected) in cases {
            let text = marker().to_yaml();
            assert!(text.contains(old), "{old}");
            let problems = Marker::parse("m.yaml", text.replacen(old, new, 1).as_bytes()).unwrap_err();
            let shown = problems.to_string();
            assert!(shown.starts_with(&format!("m.yaml:{expected}")), "{expected}\n{shown}");
        }
        let problems = Current::parse("current.yaml", marker().to_yaml().as_bytes()).unwrap_err();
        assert_eq!(problems.problems.len(), 2, "{problems}");
    }

    #[test]
    fn paths_take_no_environment_that_leads_elsewhere() {
        let paths = FreightPaths::new(RepoPath::new("freight/codeai").unwrap());
        assert_eq!(
            paths.legacy_marker("production", &tag(HEX)).unwrap().to_string(),
            format!("freight/codeai/legacy-gitflow/production/merged/git-{HEX}.yaml")
        );
        assert_eq!(
            paths.legacy_current("production").unwrap().to_string(),
            "freight/codeai/legacy-gitflow/production/current.yaml"
        );
        for bad in ["", "..", "a/b", "../x"] {
            assert!(paths.legacy_current(bad).is_err(), "{bad}");
        }
    }
}
