//! What every transaction stands on: the repository, its main branch, and the policy and freight of one commit.

use freight::{FreightPaths, ReleaseTag, store};
use gitstore::{BranchName, CommitId, Distance, Head, RepoPath, Repository, Signature, Time, TreeId};
use policy::{GitTree, Policy, Warehouse};

use crate::error::Error;
use crate::publish::Truth;
use crate::review::Forges;

/// A repository and how it is used.
#[derive(Debug)]
pub struct Workspace {
    /// The repository.
    pub repository: Repository,
    /// The branch that holds freight and policy.
    pub main: BranchName,
    /// The pipeline file.
    pub pipeline: RepoPath,
    /// When this happens: the time of commits and of ages.
    pub now: Time,
    /// How the forge with the pull requests is reached.
    pub forges: Box<dyn Forges>,
}

/// Freight and policy as one commit of the main branch has them.
#[derive(Debug)]
pub struct Tip {
    /// The commit.
    pub commit: CommitId,
    /// Its tree.
    pub tree: TreeId,
    /// The policy in that tree.
    pub policy: Policy,
}

impl Workspace {
    /// The main branch that is meant where none is named: the remote's default branch as far as this clone
    /// knows it, else `main`.
    pub fn default_main(repository: &Repository) -> Result<BranchName, Error> {
        for remote in repository.remotes()? {
            if let Some(branch) = repository.remote_head(&remote)? {
                return Ok(branch);
            }
        }
        let main = BranchName::new("main")?;
        if repository.branch_tip(&main)?.is_none() {
            // Nobody has said which branch it is, and there is no `main`: the branch checked out is meant.
            if let Head::Branch(name) = repository.head()? {
                return Ok(name);
            }
        }
        Ok(main)
    }

    /// The policy and tree of a commit.
    pub fn at(&self, commit: CommitId) -> Result<Tip, Error> {
        let tree = self.repository.commit_tree(commit)?;
        let policy = Policy::load(&GitTree::new(&self.repository, tree), &self.pipeline)?;
        Ok(Tip { commit, tree, policy })
    }

    /// The tip of the main branch here, or else of the first remote that is known to have it.
    pub fn local_tip(&self) -> Result<Tip, Error> {
        let (commit, _) = self.branch_anywhere(&self.main)?;
        self.at_main(&Truth::Here, commit)
    }

    /// The policy and tree of the main branch's tip as it was found where it counts.
    pub(crate) fn at_main(&self, truth: &Truth, tip: Option<CommitId>) -> Result<Tip, Error> {
        if let Some(tip) = tip {
            return self.at(tip);
        }
        if let Truth::Remote(remote) = truth {
            return Err(Error::NoMainThere { branch: self.main.clone(), remote: remote.clone() });
        }
        let branches = self.repository.branches_with_prefix("")?;
        let near = policy::nearest(self.main.as_str(), branches.iter().map(|(branch, _)| branch.as_str()));
        Err(Error::NoMain { branch: self.main.clone(), near: near.map(str::to_owned) })
    }

    /// The tip of a branch here, or else of the first remote that is known to have it, with that remote's name.
    pub(crate) fn branch_anywhere(
        &self,
        branch: &BranchName,
    ) -> Result<(Option<CommitId>, Option<String>), Error> {
        if let Some(tip) = self.repository.branch_tip(branch)? {
            return Ok((Some(tip), None));
        }
        for remote in self.repository.remotes()? {
            if let Some(tip) = self.repository.remote_branch_tip(&remote, branch)? {
                return Ok((Some(tip), Some(remote)));
            }
        }
        Ok((None, None))
    }

    /// How a branch stands to the same branch of each remote that is known to have it; nothing where there is
    /// no such branch here.
    pub(crate) fn tracking(&self, branch: &BranchName) -> Result<Vec<Tracking>, Error> {
        let Some(here) = self.repository.branch_tip(branch)? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for remote in self.repository.remotes()? {
            if let Some(there) = self.repository.remote_branch_tip(&remote, branch)? {
                let distance = self.repository.distance(here, there)?;
                found.push(Tracking { branch: format!("{remote}/{branch}"), remote, distance });
            }
        }
        Ok(found)
    }

    /// The release that `current/` mirrors; none where nothing was frozen yet. A mirror that is missing is an
    /// error of its own, since freezing again would not mend it.
    pub(crate) fn mirrored(&self, tip: &Tip, paths: &FreightPaths) -> Result<Option<ReleaseTag>, Error> {
        let mirrored = store::mirrored_tag(&self.repository, tip.tree, paths)?;
        if mirrored.is_none() && !store::list(&self.repository, tip.tree, paths)?.is_empty() {
            let detail = format!("{} is missing", paths.current());
            return Err(Error::Contract { invariant: "mirror", detail });
        }
        Ok(mirrored)
    }

    /// Who makes a commit now.
    pub(crate) fn signatures(&self) -> Result<Signatures, Error> {
        Ok(Signatures {
            author: self.repository.author(self.now)?,
            committer: self.repository.committer(self.now)?,
        })
    }
}

/// How a branch stands to the same branch of a remote, as that was last fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracking {
    /// The remote.
    pub remote: String,
    /// The remote-tracking branch, such as `origin/stage/test`.
    pub branch: String,
    /// How many commits the branch is ahead and behind; `None` where that can't be told, as in a shallow clone.
    pub distance: Option<Distance>,
}

impl Tracking {
    /// `behind origin/stage/test by 2`; `None` where both are at one commit.
    pub fn describe(&self) -> Option<String> {
        let branch = &self.branch;
        Some(match self.distance {
            Some(Distance { ahead: 0, behind: 0 }) => return None,
            Some(Distance { ahead: 0, behind }) => format!("behind {branch} by {behind}"),
            Some(Distance { ahead, behind: 0 }) => format!("ahead of {branch} by {ahead}"),
            Some(Distance { ahead, behind }) => {
                format!("diverged from {branch}: {ahead} ahead, {behind} behind")
            }
            None => format!("elsewhere than {branch}; this clone is too shallow to say how far"),
        })
    }

    /// Whether the remote's branch has commits that this one lacks.
    pub(crate) fn is_behind(&self) -> bool {
        self.distance.is_some_and(|distance| distance.behind > 0)
    }
}

/// Author and committer of a commit.
pub(crate) struct Signatures {
    pub(crate) author: Signature,
    pub(crate) committer: Signature,
}

impl Tip {
    /// The warehouse of a name, or the only one.
    pub fn warehouse(&self, name: Option<&str>) -> Result<&Warehouse, Error> {
        match (name, self.policy.warehouses()) {
            (Some(name), _) => Ok(self.policy.warehouse(name)?),
            (None, [only]) => Ok(only),
            (None, several) => Err(Error::WhichWarehouse {
                known: several.iter().map(|warehouse| warehouse.name.to_string()).collect(),
            }),
        }
    }

    /// Where the freight of a warehouse lies.
    pub fn freight_paths(&self, warehouse: &Warehouse) -> FreightPaths {
        freight_paths(&self.policy, warehouse)
    }
}

/// Where the freight of a warehouse lies.
pub(crate) fn freight_paths(policy: &Policy, warehouse: &Warehouse) -> FreightPaths {
    FreightPaths::new(policy.paths().freight(&warehouse.name))
}
