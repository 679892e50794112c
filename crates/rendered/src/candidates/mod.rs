//! Candidates: what each stage would get from this checkout, as files below `rendered/`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gitstore::{RepoPath, Repository, TreeEdit, TreeId};
use policy::{Deployment, DeploymentName, Policy, Stage, StageName, Warehouse};

use crate::error::Result;
use crate::failure::RenderFailure;
use crate::render::{PreparedChart, RenderedDeployment};

/// The render of one deployment for its stage.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The stage.
    pub stage: StageName,
    /// The deployment.
    pub deployment: DeploymentName,
    /// What came of it.
    pub outcome: Result<RenderedDeployment, RenderFailure>,
}

/// Renders deployments of one warehouse for their stages, in parallel; the candidates stand in the order given.
pub fn render_candidates(
    _policy: &Policy,
    _warehouse: &Warehouse,
    _selected: &[(&Stage, &Deployment)],
    _chart: &PreparedChart,
    _image: &freight::Image,
) -> Vec<Candidate> {
    Vec::new()
}

/// Which part of `rendered/` candidates answer for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything: what is neither a candidate nor a failed deployment's old one is stale.
    All,
    /// These stages, whole, and these deployments of other stages; all else stays as it is.
    Only {
        /// The whole stages.
        stages: BTreeSet<StageName>,
        /// Single deployments.
        deployments: BTreeSet<(StageName, DeploymentName)>,
    },
}

/// A deployment whose render failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failed {
    /// The stage.
    pub stage: String,
    /// The deployment.
    pub deployment: String,
    /// The failure in one line.
    pub error: String,
}

/// What `rendered/` should hold within a scope.
#[derive(Clone, Debug)]
pub struct Candidates {
    scope: Scope,
}

/// A file below `rendered/` as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CurrentFile {
    /// A plain file.
    Plain(Vec<u8>),
    /// Something else: an executable, a symlink, a submodule.
    Other,
}

/// What `rendered/` holds, by path from the root of the repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CurrentFiles {
    files: BTreeMap<RepoPath, CurrentFile>,
}

impl CurrentFiles {
    /// Reads them from a work tree; `rendered` is the directory of the candidates.
    pub fn from_directory(_root: &Path, _rendered: &RepoPath) -> Result<Self> {
        Ok(Self::default())
    }

    /// Reads them from a tree of the object database.
    pub fn from_tree(_repository: &Repository, _tree: TreeId, _rendered: &RepoPath) -> Result<Self> {
        Ok(Self::default())
    }
}

impl Candidates {
    /// The candidates of a policy within a scope.
    pub fn new(_policy: &Policy, scope: Scope, _candidates: Vec<Candidate>) -> Self {
        Self { scope }
    }

    /// The failures among them, in order.
    pub fn failures(&self) -> impl Iterator<Item = &RenderFailure> {
        [].into_iter()
    }

    /// What has to change so that `rendered/` holds them.
    pub fn plan(&self, _current: &CurrentFiles) -> Result<CandidatePlan> {
        let _ = &self.scope;
        Ok(CandidatePlan::default())
    }
}

/// Changes to `rendered/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CandidatePlan {
    /// Files to write, new or different.
    pub write: BTreeMap<RepoPath, Vec<u8>>,
    /// Files to remove.
    pub remove: Vec<RepoPath>,
    /// Files that stay as they are.
    pub unchanged: usize,
}

impl CandidatePlan {
    /// Whether nothing has to change.
    pub fn is_empty(&self) -> bool {
        self.write.is_empty() && self.remove.is_empty()
    }

    /// Makes the changes below the root of a work tree.
    pub fn apply_to_directory(&self, _root: &Path) -> Result<()> {
        Ok(())
    }

    /// Makes the changes in a tree that is being edited.
    pub fn apply_to_tree(&self, _repository: &Repository, _edit: &mut TreeEdit<'_>) -> Result<()> {
        Ok(())
    }

    /// The changes as differences to show, sorted by path.
    pub fn differences(&self, _current: &CurrentFiles) -> Vec<Difference> {
        Vec::new()
    }
}

/// One file of `rendered/` that isn't what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The file.
    pub path: RepoPath,
    /// What is wrong with it.
    pub kind: DifferenceKind,
    /// The change that would make it right, as a unified difference.
    pub diff: String,
}

/// How a file differs from what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferenceKind {
    /// It is missing.
    Missing,
    /// It shouldn't be there.
    Stale,
    /// Its content is another.
    Changed,
}
