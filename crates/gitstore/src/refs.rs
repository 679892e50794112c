//! Refs: reading tips, and moving them by compare-and-swap, all or none.

use std::time::Duration;

use gix::lock::acquire::Fail::AfterDurationWithBackoff as FailAfter;
use gix::refs::Target;
use gix::refs::transaction::{PreviousValue, RefEdit};

use crate::durability::Durability;
use crate::error::{Error, Result};
use crate::id::CommitId;
use crate::identity::Signature;
use crate::name::{BranchName, RefName};
use crate::repository::{Head, Repository};

/// How long to wait for another process's lock of a ref (git: core.filesRefLockTimeout).
pub(crate) const LOCK_PATIENCE: Duration = Duration::from_millis(100);

/// How long to wait for another process's lock of the packed refs (git: core.packedRefsTimeout).
const PACKED_LOCK_PATIENCE: Duration = Duration::from_secs(1);

/// How often to try to take the locks where what went wrong has no explanation.
const PREPARE_ATTEMPTS: usize = 10;

/// Where a ref must be for an update to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It doesn't exist.
    MustNotExist,
    /// It is at this commit.
    MustBe(CommitId),
}

impl Expected {
    /// At the given commit, or absent for `None`.
    pub fn from_tip(tip: Option<CommitId>) -> Self {
        tip.map_or(Self::MustNotExist, Self::MustBe)
    }

    /// The expected commit; `None` where the ref must not exist.
    pub fn tip(self) -> Option<CommitId> {
        match self {
            Self::MustNotExist => None,
            Self::MustBe(commit) => Some(commit),
        }
    }
}

/// One ref to move, create or delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefUpdate {
    /// The ref.
    pub name: RefName,
    /// Where it must be.
    pub expected: Expected,
    /// Where it shall be; `None` deletes it.
    pub new: Option<CommitId>,
    /// The line for the reflog.
    pub reflog: String,
}

impl Repository {
    /// What `HEAD` points at.
    pub fn head(&self) -> Result<Head> {
        let head = self.gix.head().map_err(Error::store("read HEAD"))?;
        match head.referent_name() {
            Some(name) => match RefName::new(name.as_bstr().to_string())?.branch() {
                Some(branch) => Ok(Head::Branch(branch)),
                None => Err(Error::InvalidRefName { name: name.as_bstr().to_string() }),
            },
            None => match head.id() {
                Some(id) => Ok(Head::Detached(CommitId::new(id))),
                None => Err(Error::UnknownRevision {
                    revision: "HEAD".to_owned(),
                    near: Vec::new(),
                    shallow: false,
                }),
            },
        }
    }

    /// The commit that `HEAD` is at; `None` on a branch without commits.
    pub fn head_commit(&self) -> Result<Option<CommitId>> {
        match self.head()? {
            Head::Branch(branch) => self.branch_tip(&branch),
            Head::Detached(commit) => Ok(Some(commit)),
        }
    }

    /// The commit that a branch is at; `None` if there is no such branch.
    pub fn branch_tip(&self, branch: &BranchName) -> Result<Option<CommitId>> {
        self.ref_tip(&branch.to_ref())
    }

    /// The commit that a remote's branch was at when it was last fetched; `None` if it never was.
    pub fn remote_branch_tip(&self, remote: &str, branch: &BranchName) -> Result<Option<CommitId>> {
        self.ref_tip(&branch.to_tracking_ref(remote)?)
    }

    /// The branch that the remote's `HEAD` names, as a clone recorded it; `None` if it isn't
    /// recorded.
    pub fn remote_head(&self, remote: &str) -> Result<Option<BranchName>> {
        let prefix = format!("refs/remotes/{remote}/");
        let name = RefName::new(format!("{prefix}HEAD"))?;
        let Some(head) = self.find_ref(&name)? else { return Ok(None) };
        Ok(match head.inner.target {
            Target::Symbolic(target) => target
                .as_bstr()
                .to_string()
                .strip_prefix(&prefix)
                .and_then(|branch| BranchName::new(branch).ok()),
            Target::Object(_) => None,
        })
    }

    /// The branches whose names begin with `prefix` (such as `stage/`), sorted, with their tips.
    pub fn branches_with_prefix(&self, prefix: &str) -> Result<Vec<(BranchName, CommitId)>> {
        let found = self.refs_with_prefix(&format!("refs/heads/{prefix}"))?;
        Ok(found.into_iter().filter_map(|(name, tip)| name.branch().map(|branch| (branch, tip))).collect())
    }

    /// A remote's branches whose names begin with `prefix`, as last fetched, sorted, with their
    /// tips.
    pub fn remote_branches_with_prefix(
        &self,
        remote: &str,
        prefix: &str,
    ) -> Result<Vec<(BranchName, CommitId)>> {
        let root = format!("refs/remotes/{remote}/");
        let found = self.refs_with_prefix(&format!("{root}{prefix}"))?;
        Ok(found
            .into_iter()
            .filter_map(|(name, tip)| {
                let branch = name.as_str().strip_prefix(&root).filter(|branch| *branch != "HEAD")?;
                BranchName::new(branch).ok().map(|branch| (branch, tip))
            })
            .collect())
    }

    /// The commit that a ref is at; `None` if it doesn't exist.
    pub fn ref_tip(&self, name: &RefName) -> Result<Option<CommitId>> {
        let Some(mut found) = self.find_ref(name)? else { return Ok(None) };
        let id = found.peel_to_id().map_err(Error::store(format!("read {name}")))?;
        Ok(Some(CommitId::new(id)))
    }

    fn find_ref(&self, name: &RefName) -> Result<Option<gix::Reference<'_>>> {
        let full = name.to_gix()?;
        self.gix.try_find_reference(full.as_ref()).map_err(Error::store(format!("read {name}")))
    }

    /// Refs whose full names begin with a text, sorted. Broken refs are left out, as `git branch`
    /// does.
    pub(crate) fn refs_with_prefix(&self, prefix: &str) -> Result<Vec<(RefName, CommitId)>> {
        let failed = || Error::store(format!("list {prefix}*"));
        // gix matches whole directories where the prefix ends in a slash, and name beginnings
        // elsewhere; a directory suffices.
        let directory = prefix.rfind('/').map_or("refs/", |slash| &prefix[..=slash]);
        let platform = self.gix.references().map_err(failed())?;
        let listed = platform.prefixed(directory.as_bytes()).map_err(failed())?;
        let mut found = Vec::new();
        for reference in listed.peeled().map_err(failed())?.filter_map(std::result::Result::ok) {
            let name = reference.name().as_bstr().to_string();
            if name.starts_with(prefix)
                && let (Ok(name), Some(id)) = (RefName::new(name), reference.try_id())
            {
                found.push((name, CommitId::new(id)));
            }
        }
        found.sort();
        Ok(found)
    }

    /// Moves refs by compare-and-swap: each happens only where the ref is as expected, and all or
    /// none.
    ///
    /// All locks are taken and all expectations checked before the first ref moves. A lost race is
    /// [`Error::RefMoved`] or [`Error::RefLocked`] ([`Error::is_lost_race`]). `committer` goes into
    /// the reflog. Work trees don't follow: see [`Repository::move_branch`].
    pub fn update_refs(&self, updates: &[RefUpdate], committer: &Signature) -> Result<()> {
        let _claim = self.claim(updates.iter().map(|update| (&update.name, update.new)));
        self.sync_objects()?;
        self.move_refs(updates, committer)?;
        self.sync_refs(updates);
        Ok(())
    }

    /// As [`Repository::update_refs`] without waiting for the disk, so that locks are held as briefly
    /// as can be: who is killed with a lock in hand leaves it behind.
    pub(crate) fn move_refs(&self, updates: &[RefUpdate], committer: &Signature) -> Result<()> {
        for update in updates {
            let mut attempt = 1;
            loop {
                match self.check_before(update) {
                    // Another process may remove an empty directory of refs just when it is looked into.
                    Err(Error::Store { .. }) if attempt < PREPARE_ATTEMPTS => attempt += 1,
                    checked => break checked?,
                }
            }
        }
        if updates.iter().any(|update| update.new.is_none()) {
            self.update_by_git(updates, committer)
        } else {
            self.update_by_gix(updates, committer)
        }
    }

    /// What must hold before the transaction: gix sees a conflict of names only where both refs are files, not in
    /// packed-refs.
    fn check_before(&self, update: &RefUpdate) -> Result<()> {
        if update.expected == Expected::MustNotExist {
            self.check_name_free(&update.name)?;
        }
        self.check_expected(update)
    }

    fn update_by_gix(&self, updates: &[RefUpdate], committer: &Signature) -> Result<()> {
        let edits: Vec<Option<RefEdit>> = updates.iter().map(ref_edit).collect::<Result<_>>()?;
        let edits: Vec<RefEdit> = edits.into_iter().flatten().collect();
        let signature = committer.to_gix()?;
        let mut buffer = gix::date::parse::TimeBuf::default();
        let mut attempt = 1;
        let prepared = loop {
            let transaction = self.gix.refs.transaction();
            match transaction.prepare(
                edits.clone(),
                FailAfter(LOCK_PATIENCE),
                FailAfter(PACKED_LOCK_PATIENCE),
            ) {
                Ok(prepared) => break prepared,
                // Another process may remove an empty directory of refs just when a lock is to be
                // made in it.
                Err(error) => match self.explain(updates, error) {
                    Error::Store { .. } if attempt < PREPARE_ATTEMPTS => attempt += 1,
                    explained => return Err(explained),
                },
            }
        };
        // gix checks what it expects against packed refs as they were before it took the locks: a
        // ref that another process moved and packed in between would be moved twice. With the locks
        // held nothing moves any more, so that this look is final.
        for update in updates {
            self.check_expected(update)?;
        }
        prepared.commit(signature.to_ref(&mut buffer)).map_err(Error::store("move refs")).map(drop)
    }

    /// Puts moved refs onto the disk. They have moved; a disk that fails now changes nothing about it.
    pub(crate) fn sync_refs(&self, updates: &[RefUpdate]) {
        if self.durability == Durability::NoSync {
            return;
        }
        for update in updates {
            if let Ok(file) = std::fs::File::open(self.common_dir().join(update.name.as_str())) {
                let _ = file.sync_all();
            }
        }
    }

    /// For deletions: gix rewrites packed refs from what it read before it took their lock, and so
    /// could lose another process's refs.
    fn update_by_git(&self, updates: &[RefUpdate], committer: &Signature) -> Result<()> {
        let zero = "0".repeat(self.object_format().hex_len());
        let hex = |commit: Option<CommitId>| commit.map_or_else(|| zero.clone(), CommitId::to_hex);
        let script: String = updates
            .iter()
            .filter(|update| update.new.is_some() || update.expected != Expected::MustNotExist)
            .map(|update| {
                format!("update {} {} {}\n", update.name, hex(update.new), hex(update.expected.tip()))
            })
            .collect();
        let time = format!("@{} {}", committer.time.seconds, committer.time.offset_text());
        let variables = [
            ("GIT_COMMITTER_NAME", committer.name.clone()),
            ("GIT_COMMITTER_EMAIL", committer.email.clone()),
            ("GIT_COMMITTER_DATE", time),
        ];
        let message = updates.iter().map(|update| one_line(&update.reflog)).next().unwrap_or_default();
        let arguments = ["update-ref", "--no-deref", "--stdin", "-m", &message];
        let output = self.git_with(&arguments, None, &variables, script.into_bytes())?;
        if output.succeeded() {
            return Ok(());
        }
        let failed = Error::git_failed(&output.command, &output.stderr);
        Err(self.look_again(updates).unwrap_or(failed))
    }

    pub(crate) fn check_expected(&self, update: &RefUpdate) -> Result<()> {
        let (actual, expected) = (self.fresh_tip(&update.name)?, update.expected.tip());
        if actual == expected {
            Ok(())
        } else {
            Err(Error::RefMoved { name: update.name.clone(), expected, actual })
        }
    }

    /// Where a ref is, past all caches. The loose ref first: packing writes the packed one before
    /// it removes the loose one.
    fn fresh_tip(&self, name: &RefName) -> Result<Option<CommitId>> {
        let failed = || Error::store(format!("read {name}"));
        let full = name.to_gix()?;
        if let Some(loose) = self.gix.refs.try_find_loose(full.as_ref()).map_err(failed())? {
            return match loose.target {
                Target::Object(id) => Ok(Some(CommitId::new(id))),
                Target::Symbolic(_) => self.ref_tip(name),
            };
        }
        let Some(packed) = self.gix.refs.open_packed_buffer().map_err(failed())? else { return Ok(None) };
        let found = packed.try_find(full.as_ref()).map_err(failed())?;
        Ok(found.map(|reference| CommitId::new(reference.target())))
    }

    /// Whether a new ref's name is the directory of another, or lies below another.
    pub(crate) fn check_name_free(&self, name: &RefName) -> Result<()> {
        let conflict = |existing: RefName| Err(Error::RefNameConflict { name: name.clone(), existing });
        if let Some((existing, _)) = self.refs_with_prefix(&format!("{name}/"))?.into_iter().next() {
            return conflict(existing);
        }
        let mut parent = name.as_str();
        while let Some((above, _)) = parent.rsplit_once('/') {
            parent = above;
            // `refs`, `refs/heads` and their like are directories by nature.
            if parent.matches('/').count() < 2 {
                break;
            }
            let above = RefName::new(parent)?;
            if self.find_ref(&above)?.is_some() {
                return conflict(above);
            }
        }
        Ok(())
    }

    /// Turns a failed transaction into what the caller can act on.
    fn explain(&self, updates: &[RefUpdate], error: gix::Error) -> Error {
        self.look_again(updates).unwrap_or_else(|| {
            match updates.first() {
                // Whoever held the lock may have let go of it by now.
                Some(update) if error.is_retryable() => Error::RefLocked {
                    name: update.name.clone(),
                    lock: self.common_dir().join(format!("{}.lock", update.name)),
                },
                _ => Error::store("move refs")(error),
            }
        })
    }

    /// What another process did that makes an update impossible; `None` if nothing shows.
    fn look_again(&self, updates: &[RefUpdate]) -> Option<Error> {
        for update in updates {
            if let Err(moved) = self.check_expected(update) {
                return Some(moved);
            }
            if update.expected == Expected::MustNotExist
                && let Err(conflict) = self.check_name_free(&update.name)
            {
                return Some(conflict);
            }
        }
        let packed = self.common_dir().join("packed-refs.lock");
        updates
            .iter()
            .map(|update| (update, self.common_dir().join(format!("{}.lock", update.name))))
            .chain(updates.first().map(|update| (update, packed)))
            .find(|(_, lock)| lock.exists())
            .map(|(update, lock)| Error::RefLocked { name: update.name.clone(), lock })
    }
}

/// The edit for gix; deletions go another way.
fn ref_edit(update: &RefUpdate) -> Result<Option<RefEdit>> {
    let expected = match update.expected {
        Expected::MustNotExist => PreviousValue::MustNotExist,
        Expected::MustBe(commit) => PreviousValue::MustExistAndMatch(Target::Object(commit.raw())),
    };
    let name = update.name.to_gix()?;
    Ok(update.new.map(|new| RefEdit::update(name, new.raw(), expected, one_line(&update.reflog))))
}

/// A reflog holds one line a change.
pub(crate) fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
