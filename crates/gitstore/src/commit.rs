//! Commits: reading them, and writing new ones that nothing points at yet.

use gix::bstr::ByteSlice;
use gix::objs::WriteTo as _;

use crate::error::{Error, Result};
use crate::id::{CommitId, TreeId};
use crate::identity::Signature;
use crate::repository::Repository;

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: CommitId,
    /// Its tree.
    pub tree: TreeId,
    /// Its parents; the first is the branch's own line. Some may be missing in a shallow clone.
    pub parents: Vec<CommitId>,
    /// Who wrote it, and when.
    pub author: Signature,
    /// Who committed it, and when.
    pub committer: Signature,
    /// The message; bytes that aren't UTF-8 are replaced.
    pub message: String,
}

impl Commit {
    /// The first line of the message.
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }
}

/// What a new commit is made of.
#[derive(Clone, Debug)]
pub struct NewCommit<'a> {
    /// Its tree.
    pub tree: TreeId,
    /// Its parents; none for the first commit of a branch.
    pub parents: &'a [CommitId],
    /// Who wrote it, and when.
    pub author: &'a Signature,
    /// Who commits it, and when.
    pub committer: &'a Signature,
    /// The message; exactly one line break is kept at its end.
    pub message: &'a str,
}

impl Repository {
    /// Reads a commit.
    pub fn commit(&self, id: CommitId) -> Result<Commit> {
        self.try_commit(id)?
            .ok_or_else(|| Error::MissingObject { id: id.to_hex(), what: "can't read the commit".to_owned() })
    }

    /// Reads a commit; `None` if it isn't here, as beyond a shallow boundary.
    pub fn try_commit(&self, id: CommitId) -> Result<Option<Commit>> {
        let mut buffer = Vec::new();
        match self.read_object(id.raw(), gix::objs::Kind::Commit, "commit", &mut buffer) {
            Err(Error::MissingObject { .. }) => return Ok(None),
            other => other?,
        }
        let damaged = || Error::store(format!("read commit {id}"));
        let commit = gix::objs::CommitRef::from_bytes(&buffer, self.gix.object_hash()).map_err(damaged())?;
        let signature = |raw: gix::Result<gix::actor::SignatureRef<'_>>| -> Result<Signature> {
            raw.map(|signature| Signature::from_gix(&signature)).map_err(damaged())
        };
        Ok(Some(Commit {
            id,
            tree: TreeId::new(commit.tree()),
            parents: commit.parents().map(CommitId::new).collect(),
            author: signature(commit.author())?,
            committer: signature(commit.committer())?,
            message: commit.message.to_str_lossy().into_owned(),
        }))
    }

    /// Writes a commit; no ref points at it yet.
    pub fn write_commit(&self, new: &NewCommit<'_>) -> Result<CommitId> {
        let commit = gix::objs::Commit {
            tree: new.tree.raw(),
            parents: new.parents.iter().map(|parent| parent.raw()).collect(),
            author: new.author.to_gix()?,
            committer: new.committer.to_gix()?,
            encoding: None,
            message: format!("{}\n", new.message.trim_end()).into(),
            extra_headers: Vec::new(),
        };
        let mut bytes = Vec::new();
        commit.write_to(&mut bytes).map_err(Error::io("encode", "a commit"))?;
        self.write_raw(gix::objs::Kind::Commit, &bytes).map(CommitId::new)
    }
}
