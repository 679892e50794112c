//! A stage's promotions and verdicts, read from its branch: who, when, which freight, what of the policy changed.
//!
//! What a commit did is told by comparing its tree with that of its first parent, never by its message.

use std::collections::{BTreeMap, HashMap, HashSet};

use freight::ReleaseTag;
use gitstore::{BlobId, BranchName, Commit, CommitId, RepoPath, Repository, Signature, TreeId};
use policy::StageName;
use rendered::{PROMOTION_FILE, PromotionRecord, VERIFICATION_FILE, Verdict, Verification};

use crate::error::Error;
use crate::workspace::Workspace;

/// The history of one stage, newest first.
#[derive(Debug)]
pub struct History {
    /// The stage.
    pub stage: StageName,
    /// Its branch.
    pub branch: BranchName,
    /// Where the branch was found: the remote's name where only a remote-tracking branch is here.
    pub remote: Option<String>,
    /// Its commits.
    pub entries: Vec<HistoryEntry>,
    /// Whether there is more than was asked for, or further back than this clone goes.
    pub rest: Rest,
}

/// What lies behind the oldest entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Nothing: the branch begins there.
    Nothing,
    /// Commits that weren't asked for.
    More,
    /// Commits that this shallow clone doesn't have.
    Unknown,
}

/// One commit of a stage's branch.
#[derive(Debug)]
pub struct HistoryEntry {
    /// The commit.
    pub commit: CommitId,
    /// Who made it.
    pub author: Signature,
    /// Who committed it, and when it came onto the branch.
    pub committer: Signature,
    /// The first line of its message.
    pub subject: String,
    /// What it did.
    pub event: Event,
    /// The release that the stage had then.
    pub freight: Option<ReleaseTag>,
    /// The release that it had before.
    pub before: Option<ReleaseTag>,
    /// The policy files that are others than before.
    pub policy: Vec<PolicyChange>,
    /// The verdicts that came with it; each with its release, where that stood on the branch.
    pub verdicts: Vec<(Option<ReleaseTag>, Verdict)>,
}

/// What a commit did to a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The branch began, with nothing promoted.
    Begun,
    /// Another release came.
    Promoted,
    /// An older commit's record and manifests came back.
    Restored,
    /// The same release was rendered anew.
    Rendered,
    /// Nothing but a verdict came.
    Verified,
    /// Nothing changed.
    Nothing,
    /// No promotion wrote what it holds.
    Foreign,
}

impl Event {
    /// `begun`, `promoted`, `restored`, `rendered`, `verified`, `nothing` or `foreign`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Promoted => "promoted",
            Self::Restored => "restored",
            Self::Rendered => "rendered",
            Self::Verified => "verified",
            Self::Nothing => "nothing",
            Self::Foreign => "foreign",
        }
    }
}

/// A policy file that a stage read in another form than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChange {
    /// The file.
    pub path: RepoPath,
    /// What it was, if it was read.
    pub old: Option<BlobId>,
    /// What it is, if it is read.
    pub new: Option<BlobId>,
}

/// The policy files that differ between two records.
pub(crate) fn policy_changes(old: &[(RepoPath, BlobId)], new: &[(RepoPath, BlobId)]) -> Vec<PolicyChange> {
    let mut files: BTreeMap<&RepoPath, (Option<BlobId>, Option<BlobId>)> = BTreeMap::new();
    for (path, blob) in old {
        files.entry(path).or_default().0 = Some(*blob);
    }
    for (path, blob) in new {
        files.entry(path).or_default().1 = Some(*blob);
    }
    files
        .into_iter()
        .filter(|(_, (old, new))| old != new)
        .map(|(path, (old, new))| PolicyChange { path: path.clone(), old, new })
        .collect()
}

/// Reads the history of a stage, at most so many commits of it.
pub fn history(workspace: &Workspace, stage: &str, limit: Option<usize>) -> Result<History, Error> {
    let tip = workspace.local_tip()?;
    let stage = tip.policy.stage(stage)?;
    let (commit, remote) = workspace.branch_anywhere(&stage.branch)?;
    let mut history = History {
        stage: stage.name.clone(),
        branch: stage.branch.clone(),
        remote,
        entries: Vec::new(),
        rest: Rest::Nothing,
    };
    let Some(commit) = commit else { return Ok(history) };
    let repository = &workspace.repository;
    let mut reader = Reader { repository, records: HashMap::new(), verifications: HashMap::new() };
    let mut line = repository.first_parent_commits(commit).peekable();
    let mut tags: HashMap<TreeId, ReleaseTag> = HashMap::new();
    while let Some(commit) = line.next() {
        let commit = commit?;
        if limit.is_some_and(|limit| history.entries.len() >= limit) {
            history.rest = Rest::More;
            break;
        }
        let parent = match line.peek() {
            Some(Ok(parent)) => Some(parent.clone()),
            // The error comes out of the next round.
            Some(Err(_)) => continue,
            None => None,
        };
        if parent.is_none() && !commit.parents.is_empty() {
            history.rest = Rest::Unknown;
        }
        history.entries.push(reader.entry(commit, parent.as_ref(), &mut tags)?);
    }
    for entry in &mut history.entries {
        for (tag, verdict) in &mut entry.verdicts {
            *tag = tags.get(&verdict.freight).cloned();
        }
    }
    find_restored(repository, commit, &mut history.entries)?;
    Ok(history)
}

/// Reads records and verdicts, each text once.
struct Reader<'r> {
    repository: &'r Repository,
    records: HashMap<BlobId, Option<PromotionRecord>>,
    verifications: HashMap<BlobId, Verification>,
}

/// What a commit's tree says.
struct Found {
    record: Option<PromotionRecord>,
    record_blob: Option<BlobId>,
    verification: Verification,
    tree: TreeId,
}

impl Reader<'_> {
    fn read(&mut self, commit: &Commit) -> Result<Found, Error> {
        let blob = |name: &str| -> Result<Option<BlobId>, Error> {
            let entry = self.repository.tree_entry(commit.tree, &RepoPath::new(name)?)?;
            Ok(entry.and_then(|entry| entry.blob_id()))
        };
        let (record_blob, verification_blob) = (blob(PROMOTION_FILE)?, blob(VERIFICATION_FILE)?);
        let record = match record_blob {
            None => None,
            Some(id) => match self.records.get(&id) {
                Some(known) => known.clone(),
                None => {
                    let bytes = self.repository.read_blob(id)?;
                    let record = PromotionRecord::parse(PROMOTION_FILE, &bytes).ok();
                    self.records.insert(id, record.clone());
                    record
                }
            },
        };
        let verification = match verification_blob {
            None => Verification::default(),
            Some(id) => match self.verifications.get(&id) {
                Some(known) => known.clone(),
                None => {
                    let bytes = self.repository.read_blob(id)?;
                    // What can't be read is the audit's business.
                    let read = Verification::parse(VERIFICATION_FILE, &bytes).unwrap_or_default();
                    self.verifications.insert(id, read.clone());
                    read
                }
            },
        };
        Ok(Found { record, record_blob, verification, tree: commit.tree })
    }

    fn entry(
        &mut self,
        commit: Commit,
        parent: Option<&Commit>,
        tags: &mut HashMap<TreeId, ReleaseTag>,
    ) -> Result<HistoryEntry, Error> {
        let now = self.read(&commit)?;
        let before = parent.map(|parent| self.read(parent)).transpose()?;
        let tag = |found: &Found| found.record.as_ref()?.freight.as_ref().map(|freight| freight.tag.clone());
        for found in before.iter().chain([&now]) {
            if let Some(freight) = found.record.as_ref().and_then(|record| record.freight.as_ref()) {
                tags.insert(freight.tree, freight.tag.clone());
            }
        }
        let old_verdicts = before.as_ref().map_or(&[][..], |before| &before.verification.verdicts);
        let new_verdicts = now.verification.verdicts.get(old_verdicts.len()..).unwrap_or_default();
        let no_files = Vec::new();
        let files =
            |record: Option<&PromotionRecord>| record.map_or(no_files.clone(), |it| it.policy.clone());
        let old_record = before.as_ref().and_then(|before| before.record.as_ref());
        Ok(HistoryEntry {
            commit: commit.id,
            subject: commit.subject().to_owned(),
            event: event(&now, before.as_ref()),
            freight: tag(&now),
            before: before.as_ref().and_then(tag),
            policy: policy_changes(&files(old_record), &files(now.record.as_ref())),
            verdicts: new_verdicts.iter().map(|verdict| (None, verdict.clone())).collect(),
            author: commit.author,
            committer: commit.committer,
        })
    }
}

fn event(now: &Found, before: Option<&Found>) -> Event {
    let Some(record) = &now.record else { return Event::Foreign };
    let Some(before) = before else {
        return if record.freight.is_none() { Event::Begun } else { Event::Promoted };
    };
    if now.tree == before.tree {
        return Event::Nothing;
    }
    if now.record_blob == before.record_blob {
        let grew = now.verification.verdicts.len() > before.verification.verdicts.len();
        // The same record with other manifests: somebody edited them.
        return if grew { Event::Verified } else { Event::Foreign };
    }
    let freight = |found: &Found| found.record.as_ref().and_then(|record| record.freight.clone());
    if freight(now) == freight(before) { Event::Rendered } else { Event::Promoted }
}

/// Among promotions, those that brought back exactly what an older commit had, however far back that is.
fn find_restored(repository: &Repository, tip: CommitId, entries: &mut [HistoryEntry]) -> Result<(), Error> {
    let path = RepoPath::new(PROMOTION_FILE)?;
    let mut records = Vec::new();
    for commit in repository.first_parent_commits(tip) {
        records.push(repository.tree_entry(commit?.tree, &path)?.and_then(|entry| entry.blob_id()));
    }
    let mut older: HashSet<BlobId> = HashSet::new();
    for (index, record) in records.iter().enumerate().rev() {
        let Some(record) = record else { continue };
        let is_new = older.insert(*record);
        if let Some(entry) = entries.get_mut(index)
            && !is_new
            && matches!(entry.event, Event::Promoted | Event::Rendered)
        {
            entry.event = Event::Restored;
        }
    }
    Ok(())
}
