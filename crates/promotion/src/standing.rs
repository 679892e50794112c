//! What a stage's branch says of one freight: whether it was promoted there, what became of it, and since when.
//!
//! Only trees and records are read, along the branch's own line; the times are those of the commits.

use gitstore::{BlobId, Commit, CommitId, RepoPath, Repository, TreeId};
use policy::Stage;
use rendered::{
    ManifestsDigest, PROMOTION_FILE, PromotionRecord, VERIFICATION_FILE, VerdictResult, Verification,
};

use crate::error::Error;

/// What a stage says of a freight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It was never promoted there, as far as the history is here.
    NeverPromoted,
    /// It was promoted, and what it was rendered to there has no verdict yet.
    Unverified {
        /// Whether the stage has it now, so that it can be verified.
        has_it: bool,
    },
    /// Verdicts were changed or removed in this commit, and it has no verdict since.
    Rewritten(CommitId),
    /// The latest verdict on it is a failed one.
    Failed,
    /// The latest verdict on it is a passing one, or the stage has no checks and none failed.
    Passed(Passed),
}

/// What a freight passed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passed {
    /// The digest of the manifests that it had.
    pub(crate) manifests: ManifestsDigest,
    /// The place of the first verdict of the unbroken run of passing ones; none for a stage without checks.
    first_verdict: Option<usize>,
}

impl Passed {
    /// Whether there is a verdict that says so.
    pub(crate) fn has_verdict(&self) -> bool {
        self.first_verdict.is_some()
    }
}

/// The verdicts in a stage's tree; none where there is no such file.
pub(crate) fn verification(
    repository: &Repository,
    stage: &Stage,
    tree: TreeId,
) -> Result<Verification, Error> {
    let bytes = repository.blob_at(tree, &RepoPath::new(VERIFICATION_FILE)?)?;
    let parsed = bytes.map(|bytes| Verification::parse(VERIFICATION_FILE, &bytes)).transpose();
    parsed
        .map(Option::unwrap_or_default)
        .map_err(|error| Error::BrokenRecord { branch: stage.branch.clone(), source: Box::new(error) })
}

/// Reads the records along a line of commits, each text once.
struct Line<'r> {
    repository: &'r Repository,
    last: Option<(Option<BlobId>, Option<PromotionRecord>)>,
}

impl<'r> Line<'r> {
    fn new(repository: &'r Repository) -> Self {
        Self { repository, last: None }
    }

    /// The record in a commit's tree; `None` where there is none or no promotion wrote it.
    fn record(&mut self, commit: &Commit) -> Result<Option<&PromotionRecord>, Error> {
        let blob = blob_of(self.repository, commit.tree, PROMOTION_FILE)?;
        if self.last.as_ref().is_none_or(|(known, _)| *known != blob) {
            let parse = |id: BlobId| -> Result<_, Error> {
                let bytes = self.repository.read_blob(id)?;
                Ok(PromotionRecord::parse(PROMOTION_FILE, &bytes).ok())
            };
            let record = blob.map(parse).transpose()?.flatten();
            self.last = Some((blob, record));
        }
        Ok(self.last.as_ref().and_then(|(_, record)| record.as_ref()))
    }
}

fn blob_of(repository: &Repository, tree: TreeId, file: &str) -> Result<Option<BlobId>, Error> {
    let entry = repository.tree_entry(tree, &RepoPath::new(file)?)?;
    Ok(entry.and_then(|entry| entry.blob_id()))
}

/// A commit that changed or removed verdicts, which are only ever appended to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rewrite {
    /// The commit.
    pub(crate) commit: CommitId,
    /// How many verdicts it left: those tell nothing.
    verdicts: usize,
}

/// Holds the verdicts of a line of commits, newest first, against those before them.
pub(crate) struct VerdictLine<'r> {
    repository: &'r Repository,
    newer: Option<Verdicts>,
    has_ended: bool,
    /// How many bytes were read.
    pub(crate) read: usize,
}

/// The verdicts of a commit, as they are written.
struct Verdicts {
    commit: CommitId,
    blob: BlobId,
    text: Vec<u8>,
}

impl Verdicts {
    fn parse(&self) -> Option<Verification> {
        Verification::parse(VERIFICATION_FILE, &self.text).ok()
    }
}

impl<'r> VerdictLine<'r> {
    pub(crate) fn new(repository: &'r Repository) -> Self {
        Self { repository, newer: None, has_ended: false, read: 0 }
    }

    /// The commit before, where its verdicts aren't the beginning of those of the one that comes next in the line.
    pub(crate) fn next(&mut self, commit: &Commit) -> Result<Option<Rewrite>, Error> {
        if self.has_ended {
            return Ok(None);
        }
        // Before a branch was taken over there may be anything.
        let Some(blob) = blob_of(self.repository, commit.tree, VERIFICATION_FILE)? else {
            self.has_ended = true;
            return Ok(None);
        };
        if let Some(newer) = &mut self.newer
            && newer.blob == blob
        {
            newer.commit = commit.id;
            return Ok(None);
        }
        let text = self.repository.read_blob(blob)?;
        self.read += text.len();
        let older = Verdicts { commit: commit.id, blob, text };
        let Some(newer) = self.newer.replace(older) else { return Ok(None) };
        let older = self.newer.as_ref().map_or(&[][..], |older| &older.text);
        // As they are written by a verification: one more is a longer text.
        if newer.text.strip_prefix(older).is_some_and(|rest| rest.starts_with(b"  - freight: ")) {
            return Ok(None);
        }
        let Some(before) = self.newer.as_ref().and_then(Verdicts::parse) else {
            self.has_ended = true;
            return Ok(None);
        };
        let verdicts = newer.parse().map_or(Vec::new(), |newer| newer.verdicts);
        let is_appended_to = verdicts.starts_with(&before.verdicts);
        Ok((!is_appended_to).then_some(Rewrite { commit: newer.commit, verdicts: verdicts.len() }))
    }
}

/// What the branch of a stage, at a tip, says of a freight.
pub(crate) fn of(
    repository: &Repository,
    stage: &Stage,
    tip: CommitId,
    freight: TreeId,
) -> Result<Standing, Error> {
    let mut line = Line::new(repository);
    let mut verdicts = VerdictLine::new(repository);
    let mut manifests = None;
    let mut has_it = None;
    let mut rewrite = None;
    // Back to before it came: no verdict on it is older.
    for commit in repository.first_parent_commits(tip) {
        let commit = commit?;
        rewrite = rewrite.or(verdicts.next(&commit)?);
        let found = line.record(&commit)?.filter(|record| has(Some(record), freight));
        has_it.get_or_insert(found.is_some());
        match found {
            Some(record) => {
                manifests.get_or_insert_with(|| record.manifests.clone());
            }
            None if manifests.is_some() => break,
            None => {}
        }
    }
    let Some(manifests) = manifests else { return Ok(Standing::NeverPromoted) };
    let verification = verification(repository, stage, repository.commit_tree(tip)?)?;
    Ok(match judge(stage, &verification, freight, manifests, rewrite) {
        Standing::Unverified { .. } => Standing::Unverified { has_it: has_it.unwrap_or(false) },
        standing => standing,
    })
}

/// What the verdicts of a stage say of a freight that it had, rendered to these manifests.
fn judge(
    stage: &Stage,
    verification: &Verification,
    freight: TreeId,
    manifests: ManifestsDigest,
    rewrite: Option<Rewrite>,
) -> Standing {
    let told_from = rewrite.map_or(0, |rewrite| rewrite.verdicts);
    let on_it = verification.verdicts.iter().enumerate().skip(told_from);
    let on_it = on_it.filter(|(_, verdict)| verdict.freight == freight && verdict.manifests == manifests);
    let on_it: Vec<(usize, VerdictResult)> = on_it.map(|(index, verdict)| (index, verdict.result)).collect();
    match (on_it.last(), rewrite) {
        (Some((_, VerdictResult::Failed)), _) => Standing::Failed,
        (Some((_, VerdictResult::Passed)), _) => {
            let unbroken = on_it.iter().rev().take_while(|(_, result)| *result == VerdictResult::Passed);
            Standing::Passed(Passed { manifests, first_verdict: unbroken.last().map(|(index, _)| *index) })
        }
        (None, Some(rewrite)) => Standing::Rewritten(rewrite.commit),
        (None, None) if stage.verify.is_empty() => {
            Standing::Passed(Passed { manifests, first_verdict: None })
        }
        (None, None) => Standing::Unverified { has_it: true },
    }
}

/// Since when a freight has passed in a stage, in seconds since 1970: the time of the commit with the first verdict of
/// the unbroken run of passing ones, or of the promotion where the stage has no checks. A commit that is dated before
/// its parent is as old as that. `None` where the history here doesn't go back so far.
pub(crate) fn passed_since(
    repository: &Repository,
    tip: CommitId,
    freight: TreeId,
    passed: &Passed,
) -> Result<Option<i64>, Error> {
    match passed.first_verdict {
        Some(index) => verdict_since(repository, tip, index),
        None => promoted_since(repository, tip, freight, &passed.manifests),
    }
}

/// The time of the oldest commit of the line that has so many verdicts.
fn verdict_since(repository: &Repository, tip: CommitId, index: usize) -> Result<Option<i64>, Error> {
    let mut since = None;
    let mut last: Option<(Option<BlobId>, bool)> = None;
    for commit in repository.first_parent_commits(tip) {
        let commit = commit?;
        let blob = blob_of(repository, commit.tree, VERIFICATION_FILE)?;
        let has_it = match (&last, blob) {
            (Some((known, has_it)), blob) if *known == blob => *has_it,
            (_, None) => false,
            (_, Some(id)) => Verification::parse(VERIFICATION_FILE, &repository.read_blob(id)?)
                .is_ok_and(|verification| verification.verdicts.len() > index),
        };
        if !has_it {
            return Ok(since.map(|since: i64| since.max(commit.committer.time.seconds)));
        }
        last = Some((blob, has_it));
        since = Some(commit.committer.time.seconds);
    }
    // It can't have been there before the branch began, unless the beginning isn't here.
    Ok(since.filter(|_| !repository.is_shallow().unwrap_or(true)))
}

/// The time of the oldest commit of the newest run of commits with a freight rendered to these manifests.
fn promoted_since(
    repository: &Repository,
    tip: CommitId,
    freight: TreeId,
    manifests: &ManifestsDigest,
) -> Result<Option<i64>, Error> {
    let mut line = Line::new(repository);
    let mut since = None;
    for commit in repository.first_parent_commits(tip) {
        let commit = commit?;
        let record = line.record(&commit)?;
        let has_it = has(record, freight) && record.is_some_and(|record| record.manifests == *manifests);
        match (has_it, since) {
            (true, _) => since = Some(commit.committer.time.seconds),
            (false, Some(since)) => return Ok(Some(commit.committer.time.seconds.max(since))),
            (false, None) => {}
        }
    }
    Ok(since.filter(|_| !repository.is_shallow().unwrap_or(true)))
}

/// Whether a freight ever stood on the branch of a stage, as far as the history is here.
pub(crate) fn had(repository: &Repository, tip: CommitId, freight: TreeId) -> Result<bool, Error> {
    let mut line = Line::new(repository);
    for commit in repository.first_parent_commits(tip) {
        if has(line.record(&commit?)?, freight) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Since when a branch has had the freight that its tip has, without a break: the time of the commit that brought it.
pub(crate) fn has_since(
    repository: &Repository,
    tip: CommitId,
    freight: TreeId,
) -> Result<Option<i64>, Error> {
    let mut line = Line::new(repository);
    let mut since = None;
    for commit in repository.first_parent_commits(tip) {
        let commit = commit?;
        if !has(line.record(&commit)?, freight) {
            break;
        }
        since = Some(commit.committer.time.seconds);
    }
    Ok(since)
}

/// The time of a commit of a branch that has a freight: one that isn't later than `by`, else the earliest that there is.
pub(crate) fn had_by(
    repository: &Repository,
    tip: CommitId,
    freight: TreeId,
    by: i64,
) -> Result<Option<i64>, Error> {
    let mut line = Line::new(repository);
    let mut earliest: Option<i64> = None;
    for commit in repository.first_parent_commits(tip) {
        let commit = commit?;
        if has(line.record(&commit)?, freight) {
            let seconds = commit.committer.time.seconds;
            earliest = Some(earliest.map_or(seconds, |known| known.min(seconds)));
            if seconds <= by {
                break;
            }
        }
    }
    Ok(earliest)
}

fn has(record: Option<&PromotionRecord>, freight: TreeId) -> bool {
    record.and_then(|record| record.freight.as_ref()).is_some_and(|promoted| promoted.tree == freight)
}
