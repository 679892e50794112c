//! The freight's own invariants, each a question to a tree or a commit: `identity`, `literal`, `mirror`,
//! `atomic`, `frozen`.

use std::collections::BTreeMap;

use gitstore::{CommitId, RepoPath, Repository, TreeId};

use crate::error::Error;
use crate::id::{ReleaseTag, Revision};
use crate::store::{self, FreightPaths, FrozenFreight};

/// The answer to one invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The invariant's name, as the audit prints it.
    pub invariant: &'static str,
    /// The answer.
    pub status: Status,
    /// What it rests on: which records were compared, what is violated where, or why it can't be told.
    pub detail: String,
}

/// Whether an invariant holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It holds.
    Ok,
    /// It can't be told from here.
    Unprovable,
    /// It doesn't hold.
    Violated,
}

impl Status {
    /// `ok`, `violated` or `unprovable`, as the audit prints it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unprovable => "unprovable",
            Self::Violated => "violated",
        }
    }
}

impl Finding {
    /// It holds.
    pub fn ok(invariant: &'static str, detail: impl Into<String>) -> Self {
        Self { invariant, status: Status::Ok, detail: detail.into() }
    }

    /// It doesn't hold.
    pub fn violated(invariant: &'static str, detail: impl Into<String>) -> Self {
        Self { invariant, status: Status::Violated, detail: detail.into() }
    }

    /// It can't be told from here.
    pub fn unprovable(invariant: &'static str, detail: impl Into<String>) -> Self {
        Self { invariant, status: Status::Unprovable, detail: detail.into() }
    }
}

/// Every record is right in itself: the tag is `git-` and the revision, the directory is named by it, the
/// image ends in it. `records` is what [`store::read_all`] gives.
pub fn identity(
    repository: &Repository,
    tree: TreeId,
    paths: &FreightPaths,
    records: &[store::Read],
) -> Result<Finding, Error> {
    const NAME: &str = "identity";
    let mut wrong = Vec::new();
    if let Some(warehouse) = repository.subtree(tree, paths.root())? {
        for named in repository.tree_entries(warehouse)? {
            if !store::is_known_entry(&named.name, named.entry.kind()) {
                wrong.push(format!("{} is no freight", paths.root().join_path(&named.name)));
            }
        }
    }
    wrong.extend(records.iter().filter_map(|(_, read)| read.as_ref().err()).map(ToString::to_string));
    Ok(if wrong.is_empty() {
        Finding::ok(NAME, count(records.len(), "record"))
    } else {
        Finding::violated(NAME, wrong.join("; "))
    })
}

/// A release's payload is the package's tree at its revision.
///
/// `source_tree` gives that tree from the source: `Ok(None)` where the revision can't be reached from here;
/// then the recorded `package.tree` is what the payload must equal.
pub fn literal(
    freight: &FrozenFreight,
    source_tree: impl FnOnce(&Revision, &RepoPath) -> Result<Option<TreeId>, Error>,
) -> Result<Finding, Error> {
    const NAME: &str = "literal";
    let record = &freight.record;
    let tag = record.tag.short();
    let Some(package) = &record.package else {
        return Ok(Finding::unprovable(NAME, format!("{tag} doesn't record where its payload came from")));
    };
    let compare = |expected: TreeId, whose: &str| {
        if expected == freight.payload {
            Finding::ok(NAME, format!("{tag}: the payload is tree {} {whose}", expected.short()))
        } else {
            let found = freight.payload.short();
            Finding::violated(
                NAME,
                format!("{tag}: the payload is tree {found}, not {} {whose}", expected.short()),
            )
        }
    };
    if package.tree != freight.payload {
        return Ok(compare(package.tree, "as recorded"));
    }
    Ok(match source_tree(&record.revision, &package.path)? {
        Some(tree) => compare(tree, "of the source"),
        None => compare(package.tree, "as recorded; the revision can't be reached from here"),
    })
}

/// The tree of a package at a revision in a source repository; `None` where the revision isn't there.
pub fn package_tree(
    source: &Repository,
    revision: &Revision,
    path: &RepoPath,
) -> Result<Option<TreeId>, Error> {
    match source.try_commit(revision.to_commit()?)? {
        Some(commit) => Ok(source.subtree(commit.tree, path)?),
        None => Ok(None),
    }
}

/// `current/` is the same tree as the newest `git-<revision>/`. `records` is what [`store::read_all`] gives. Where another
/// one is newer by its date alone, and ancestry can't be told from here, that is unprovable: a freeze goes by ancestry.
pub fn mirror(
    repository: &Repository,
    tree: TreeId,
    paths: &FreightPaths,
    records: &[store::Read],
    ancestry: impl Fn(&Revision, &Revision) -> Option<bool>,
) -> Result<Finding, Error> {
    const NAME: &str = "mirror";
    let mirrored = match store::mirrored_tag(repository, tree, paths) {
        Ok(mirrored) => mirrored,
        Err(error @ Error::NotMirrored { .. }) => return Ok(Finding::violated(NAME, error.to_string())),
        Err(error) => return Err(error),
    };
    let Some(mirrored) = mirrored else {
        return Ok(if records.is_empty() {
            Finding::ok(NAME, "nothing is frozen yet")
        } else {
            Finding::violated(NAME, format!("{} is missing", paths.current()))
        });
    };
    if let Some(error) = records.iter().find_map(|(_, read)| read.as_ref().err()) {
        return Ok(Finding::unprovable(NAME, format!("which is the newest can't be told: {error}")));
    }
    let records = records.iter().filter_map(|(_, read)| read.as_ref().ok()).map(|freight| &freight.record);
    let newest = store::newest(records, &ancestry).filter(|newest| newest.tag != mirrored);
    let Some(newest) = newest else {
        return Ok(Finding::ok(NAME, format!("{} is {}", paths.current(), mirrored.short())));
    };
    let revision = mirrored.revision();
    let (newest_tag, current) = (newest.tag.short(), paths.current());
    // Whoever froze it had the source, and could tell; by the dates alone nothing is proven.
    let is_untold = ancestry(revision, &newest.revision).is_none() && revision != &newest.revision;
    let mirrored = mirrored.short();
    Ok(if is_untold {
        Finding::unprovable(
            NAME,
            format!(
                "{current} is {mirrored}; {newest_tag} is dated later, and whether it descends from that can't be told \
                 without the source's history"
            ),
        )
    } else {
        Finding::violated(NAME, format!("the newest is {newest_tag}, {current} is {mirrored}"))
    })
}

/// What a commit did to the freight, beside its first parent.
struct Step {
    before: BTreeMap<ReleaseTag, TreeId>,
    after: BTreeMap<ReleaseTag, TreeId>,
    current_before: Option<TreeId>,
    current_after: Option<TreeId>,
}

/// The step, or why it can't be seen.
fn step(
    repository: &Repository,
    commit: CommitId,
    paths: &FreightPaths,
    invariant: &'static str,
) -> Result<Result<Step, Finding>, Error> {
    let commit = repository.commit(commit)?;
    let parent = match commit.parents.first() {
        None => None,
        Some(parent) => match repository.try_commit(*parent)? {
            Some(parent) => Some(parent.tree),
            None => {
                let detail = format!("the parent of {} isn't here: the clone is shallow", commit.id.short());
                return Ok(Err(Finding::unprovable(invariant, detail)));
            }
        },
    };
    let records = |tree: Option<TreeId>| -> Result<BTreeMap<ReleaseTag, TreeId>, Error> {
        let records = tree.map(|tree| store::record_trees(repository, tree, paths)).transpose()?;
        Ok(records.unwrap_or_default().into_iter().collect())
    };
    let current = |tree: Option<TreeId>| -> Result<Option<TreeId>, Error> {
        let entry = tree.map(|tree| repository.tree_entry(tree, &paths.current())).transpose()?.flatten();
        Ok(entry.and_then(|entry| entry.tree_id()))
    };
    Ok(Ok(Step {
        before: records(parent)?,
        after: records(Some(commit.tree))?,
        current_before: current(parent)?,
        current_after: current(Some(commit.tree))?,
    }))
}

/// A commit that adds freight adds one release; `current/` becomes it or stays. One that adds none leaves
/// `current/` alone.
pub fn atomic(repository: &Repository, commit: CommitId, paths: &FreightPaths) -> Result<Finding, Error> {
    const NAME: &str = "atomic";
    let step = match step(repository, commit, paths, NAME)? {
        Ok(step) => step,
        Err(finding) => return Ok(finding),
    };
    let at = commit.short();
    let added: Vec<(&ReleaseTag, &TreeId)> =
        step.after.iter().filter(|(tag, _)| !step.before.contains_key(*tag)).collect();
    let stays = step.current_before == step.current_after;
    Ok(match added.as_slice() {
        [] if stays => Finding::ok(NAME, format!("{at} adds no freight")),
        [] => Finding::violated(NAME, format!("{at} changes {} and adds no freight", paths.current())),
        [(tag, tree)] if stays || step.current_after == Some(**tree) => {
            Finding::ok(NAME, format!("{at} adds {}", tag.short()))
        }
        [(tag, _)] => {
            let detail = format!("{at} adds {} and makes {} something else", tag.short(), paths.current());
            Finding::violated(NAME, detail)
        }
        several => {
            let tags: Vec<&str> = several.iter().map(|(tag, _)| tag.short()).collect();
            Finding::violated(NAME, format!("{at} adds {} releases: {}", several.len(), tags.join(", ")))
        }
    })
}

/// A commit changes and removes no release that was there before it.
pub fn frozen(repository: &Repository, commit: CommitId, paths: &FreightPaths) -> Result<Finding, Error> {
    const NAME: &str = "frozen";
    let step = match step(repository, commit, paths, NAME)? {
        Ok(step) => step,
        Err(finding) => return Ok(finding),
    };
    let at = commit.short();
    let wrong: Vec<String> = step
        .before
        .iter()
        .filter_map(|(tag, tree)| match step.after.get(tag) {
            Some(after) if after == tree => None,
            Some(_) => Some(format!("{at} changes {}", paths.record_dir(tag))),
            None => Some(format!("{at} removes {}", paths.record_dir(tag))),
        })
        .collect();
    Ok(if wrong.is_empty() {
        Finding::ok(NAME, format!("{at} leaves {} as they were", count(step.before.len(), "record")))
    } else {
        Finding::violated(NAME, wrong.join("; "))
    })
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
