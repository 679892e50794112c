//! Recording what an environment of the former git-flow has had: a marker for every frozen release that is the
//! recorded commit or an ancestor of it, in one commit on the main branch.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use freight::legacy::{self, Current, Marker};
use freight::{FreightPaths, ReleaseTag, Revision, store};
use gitstore::{CommitId, NewCommit, Repository, TreeId};
use policy::Warehouse;

use crate::error::Error;
use crate::freeze::Mode;
use crate::publish::{Attempts, Published, Truth};
use crate::workspace::{Tip, Workspace};

/// A commit that an environment of the former git-flow has reached.
#[derive(Debug)]
pub struct LegacyRequest<'a> {
    /// The environment, as the `legacy` of a stage names it.
    pub environment: &'a str,
    /// The commit, usually a merge on the environment's branch.
    pub revision: &'a str,
    /// The warehouse; needed where there are several.
    pub warehouse: Option<&'a str>,
    /// The source, where it is another repository.
    pub source: Option<&'a Repository>,
    /// Where the main branch is that counts.
    pub truth: Truth,
    /// Whether anything is written.
    pub mode: Mode,
}

/// What recording came to.
#[derive(Debug)]
pub struct LegacyOutcome {
    /// The warehouse.
    pub warehouse: String,
    /// The environment.
    pub environment: String,
    /// The commit that was recorded.
    pub recorded: Revision,
    /// The releases that got a marker, sorted.
    pub added: Vec<ReleaseTag>,
    /// How many releases had one before.
    pub kept: usize,
    /// How many frozen releases have none, not being ancestors of the commit.
    pub without: usize,
    /// What became of `current.yaml`.
    pub current: LegacyCurrent,
    /// What it did, or would do.
    pub change: LegacyChange,
    /// What went wrong without keeping anything from being recorded.
    pub warnings: Vec<String>,
}

/// What became of `current.yaml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegacyCurrent {
    /// It names this commit now, and named none before or an ancestor of it.
    Moved,
    /// It named this commit before.
    Same,
    /// It names a descendant of this commit, and stays.
    Newer(Revision),
    /// It names this commit now, and named one on another line of history before.
    Switched(Revision),
}

/// What recording changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegacyChange {
    /// This commit holds the markers.
    Commit(CommitId),
    /// A commit would be made: nothing was written.
    WouldCommit,
    /// All of it was recorded before.
    AlreadyRecorded,
}

/// Why nothing can be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegacyProblem {
    /// No stage has this environment under `legacy`.
    UnknownEnvironment {
        /// What was given.
        name: String,
        /// The environments of the warehouse's stages.
        known: Vec<String>,
    },
    /// Whether some commits are ancestors of the recorded one can't be told from here.
    Unprovable {
        /// The recorded commit.
        recorded: Revision,
        /// The commits.
        commits: Vec<Revision>,
        /// Whether the source is a repository of its own.
        in_source: bool,
    },
}

/// How many commits a message names.
const NAMED: usize = 5;

impl LegacyProblem {
    /// What to do about it.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::UnknownEnvironment { known, .. } if known.is_empty() => {
                "say `legacy: NAME` in the stage of pipeline.yaml that waits for it".to_owned()
            }
            Self::UnknownEnvironment { name, known } => match policy::nearest(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("stages name these under `legacy`: {}", known.join(", ")),
            },
            Self::Unprovable { in_source, .. } => {
                let place = if *in_source { " in the source" } else { "" };
                format!(
                    "fetch more history{place}: `git fetch --deepen=1000`, or all with `git fetch --unshallow`"
                )
            }
        }
    }
}

impl fmt::Display for LegacyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownEnvironment { name, .. } => write!(f, "unknown legacy environment `{name}`"),
            Self::Unprovable { recorded, commits, .. } => {
                let named: Vec<&str> = commits.iter().take(NAMED).map(Revision::short).collect();
                let more = match commits.len().saturating_sub(NAMED) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                write!(
                    f,
                    "whether {recorded} descends from {}{more} can't be told: the clone is shallow",
                    named.join(", "),
                    recorded = recorded.short()
                )
            }
        }
    }
}

/// Records that an environment of the former git-flow has reached a commit.
///
/// Markers that exist stay as they are, so that recording again changes nothing; releases that are frozen later
/// get theirs when the commit is recorded again, or a later one.
pub fn record_legacy(workspace: &Workspace, request: &LegacyRequest<'_>) -> Result<LegacyOutcome, Error> {
    let main = &workspace.main;
    workspace.finish_interrupted(request.mode)?;
    let mut attempts = Attempts::default();
    loop {
        let tips = workspace.tips(&request.truth, &[main.as_str()])?;
        workspace.refuse_unpushed(&request.truth, &tips, main)?;
        let commit = workspace.tip_of(&tips, main)?;
        let tip = workspace.at_main(&request.truth, commit)?;
        let warehouse = tip.warehouse(request.warehouse)?;
        let (mut outcome, tree) = build(workspace, &tip, warehouse, request)?;
        if tree == tip.tree {
            // Where it was recorded, and the branch here didn't learn of it any more.
            outcome.warnings.extend(workspace.catch_up(&request.truth, &tips, main, request.mode)?);
            return Ok(outcome);
        }
        if request.mode == Mode::DryRun {
            outcome.change = LegacyChange::WouldCommit;
            return Ok(outcome);
        }
        let signatures = workspace.signatures()?;
        let commit = workspace.repository.write_commit(&NewCommit {
            tree,
            parents: &[tip.commit],
            author: &signatures.author,
            committer: &signatures.committer,
            message: &message(&outcome),
        })?;
        let subject = format!("legacy: {} at {}", outcome.environment, outcome.recorded.short());
        match workspace.publish(
            &request.truth,
            main,
            Some(tip.commit),
            commit,
            &subject,
            &signatures.committer,
        )? {
            Published::Done { left_behind } => {
                outcome.warnings.extend(left_behind);
                outcome.change = LegacyChange::Commit(commit);
                return Ok(outcome);
            }
            Published::LostRace { lock } => attempts.lost(main, lock)?,
        }
    }
}

/// The main branch's tree with the markers in it.
fn build(
    workspace: &Workspace,
    tip: &Tip,
    warehouse: &Warehouse,
    request: &LegacyRequest<'_>,
) -> Result<(LegacyOutcome, TreeId), Error> {
    let environment = request.environment;
    check_environment(tip, warehouse, environment)?;
    let repository = &workspace.repository;
    let source = request.source.unwrap_or(repository);
    let commit = source.resolve(request.revision)?;
    let recorded = Revision::from(commit);
    let paths = tip.freight_paths(warehouse);
    let frozen = store::list(repository, tip.tree, &paths)?;
    let marked = legacy::marked(repository, tip.tree, &paths, environment)?;
    let before = legacy::read_current(repository, tip.tree, &paths, environment)?;

    let mut asked: BTreeMap<CommitId, ReleaseTag> = BTreeMap::new();
    for tag in frozen.iter().filter(|tag| !marked.contains(*tag)) {
        asked.insert(tag.revision().to_commit()?, tag.clone());
    }
    let before = before.map(|current| current.recorded);
    let before_commit = before.as_ref().map(Revision::to_commit).transpose()?;
    let mut commits: BTreeSet<CommitId> = asked.keys().copied().collect();
    commits.extend(before_commit);
    let mut ancestors = source.ancestors_among(commit, &commits)?;
    let current = match before.zip(before_commit) {
        None => LegacyCurrent::Moved,
        Some((_, before)) if before == commit => LegacyCurrent::Same,
        Some((_, before)) if ancestors.found.contains(&before) => LegacyCurrent::Moved,
        Some((before, before_commit)) => {
            // The other way round it may be told where this way it can't.
            match source.is_ancestor(commit, before_commit)? {
                Some(true) => {
                    ancestors.unknown.remove(&before_commit);
                    LegacyCurrent::Newer(before)
                }
                _ => LegacyCurrent::Switched(before),
            }
        }
    };
    if !ancestors.unknown.is_empty() {
        let commits = ancestors.unknown.into_iter().map(Revision::from).collect();
        let in_source = request.source.is_some();
        return Err(LegacyProblem::Unprovable { recorded, commits, in_source }.into());
    }

    let mut edit = repository.edit_tree(Some(tip.tree));
    let mut added = Vec::new();
    for tag in ancestors.found.iter().filter_map(|commit| asked.get(commit)) {
        let marker = Marker::new(environment, tag.clone(), recorded.clone());
        legacy::install_marker(repository, &mut edit, &paths, &marker)?;
        added.push(tag.clone());
    }
    added.sort();
    if matches!(current, LegacyCurrent::Moved | LegacyCurrent::Switched(_)) {
        let current = Current { environment: environment.to_owned(), recorded: recorded.clone() };
        legacy::install_current(repository, &mut edit, &paths, &current)?;
    }
    let tree = edit.write()?;
    let outcome = LegacyOutcome {
        warehouse: warehouse.name.to_string(),
        environment: environment.to_owned(),
        recorded,
        kept: frozen.len() - asked.len(),
        without: asked.len() - added.len(),
        added,
        current,
        change: LegacyChange::AlreadyRecorded,
        warnings: Vec::new(),
    };
    Ok((outcome, tree))
}

/// The environments that stages of a warehouse name, each once.
fn environments<'t>(tip: &'t Tip, warehouse: &Warehouse) -> BTreeSet<&'t str> {
    let stages = tip.policy.stages_in_order().iter().filter(|stage| stage.warehouse == warehouse.name);
    stages.filter_map(|stage| stage.legacy.as_deref()).collect()
}

fn check_environment(tip: &Tip, warehouse: &Warehouse, environment: &str) -> Result<(), Error> {
    let known = environments(tip, warehouse);
    if known.contains(environment) {
        return Ok(());
    }
    let known = known.into_iter().map(str::to_owned).collect();
    Err(LegacyProblem::UnknownEnvironment { name: environment.to_owned(), known }.into())
}

fn message(outcome: &LegacyOutcome) -> String {
    let LegacyOutcome { warehouse, environment, recorded, added, .. } = outcome;
    let mut message = format!("Record {environment} of {warehouse} at {}\n\n", recorded.short());
    message.push_str(&format!("Recorded: {recorded}\n"));
    for tag in added {
        message.push_str(&format!("Marked: {tag}\n"));
    }
    message
}

/// What is recorded for one environment of the former git-flow.
#[derive(Debug)]
pub struct LegacyEnvironment {
    /// The warehouse.
    pub warehouse: String,
    /// The environment's name.
    pub name: String,
    /// The commit that was recorded last.
    pub recorded: Option<Revision>,
    /// The frozen releases with a marker, sorted.
    pub marked: Vec<ReleaseTag>,
    /// The frozen releases without one, sorted.
    pub unmarked: Vec<ReleaseTag>,
    /// What is wrong with what is recorded, each with its file.
    pub problems: Vec<String>,
}

/// What is recorded for the environments of the former git-flow that stages name, at the tip of the main branch.
pub fn list_legacy(workspace: &Workspace) -> Result<Vec<LegacyEnvironment>, Error> {
    let tip = workspace.local_tip()?;
    let mut found = Vec::new();
    for warehouse in tip.policy.warehouses() {
        let paths = tip.freight_paths(warehouse);
        let records = store::read_all(&workspace.repository, tip.tree, &paths)?;
        for name in environments(&tip, warehouse) {
            found.push(read_environment(&workspace.repository, tip.tree, &paths, warehouse, name, &records)?);
        }
    }
    Ok(found)
}

fn read_environment(
    repository: &Repository,
    tree: TreeId,
    paths: &FreightPaths,
    warehouse: &Warehouse,
    name: &str,
    records: &[store::Read],
) -> Result<LegacyEnvironment, Error> {
    let has = legacy::marked(repository, tree, paths, name)?;
    let frozen = records.iter().map(|(tag, _)| tag.clone());
    let (marked, unmarked) = frozen.partition(|tag| has.contains(tag));
    let problems = legacy::wrong_markers(repository, tree, paths, name, records)?;
    let current = match legacy::read_current(repository, tree, paths, name) {
        // That is among the problems.
        Err(freight::Error::Marker(_)) => None,
        read => read?,
    };
    Ok(LegacyEnvironment {
        warehouse: warehouse.name.to_string(),
        name: name.to_owned(),
        recorded: current.map(|current| current.recorded),
        marked,
        unmarked,
        problems,
    })
}
