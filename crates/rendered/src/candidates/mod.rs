//! Candidates: what each stage would get from this checkout, as files below `rendered/`.
//!
//! ```text
//! rendered/<stage>/<deployment>/<one file per object>
//! rendered/failed.yaml          deployments whose render failed; absent where none did
//! ```
//!
//! [`Candidates`] say what should stand there, [`CurrentFiles`] what does, and a [`CandidatePlan`] is the way from one to
//! the other, for a work tree or a tree of the object database. A failed deployment's old candidate stays as it is.

mod current;
mod failed;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use gitstore::RepoPath;
use policy::{Deployment, DeploymentName, Policy, Stage, StageName, Warehouse};
use rayon::prelude::*;

use crate::error::Result;
use crate::failure::RenderFailure;
use crate::render::{PreparedChart, RenderedDeployment, render_deployment};
use crate::spec::RenderSpec;

pub use current::{CurrentFile, CurrentFiles};
pub use failed::Failed;
pub use plan::{CandidatePlan, Difference, DifferenceKind};

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
    policy: &Policy,
    warehouse: &Warehouse,
    selected: &[(&Stage, &Deployment)],
    chart: &PreparedChart,
    image: &freight::Image,
) -> Vec<Candidate> {
    let render = |deployment: &Deployment| {
        let spec = RenderSpec::of(policy, deployment, warehouse, image)
            .map_err(|error| RenderFailure::of(deployment.name.as_str(), &error))?;
        render_deployment(chart, &spec, &RenderSpec::texts(policy, deployment))
    };
    let candidates = selected.par_iter().map(|(stage, deployment)| Candidate {
        stage: stage.name.clone(),
        deployment: deployment.name.clone(),
        outcome: render(deployment),
    });
    candidates.collect()
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

impl Scope {
    /// Whether a deployment's candidate is within the scope.
    fn holds(&self, stage: &str, deployment: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only { stages, deployments } => {
                stages.contains(stage)
                    || deployments.iter().any(|(s, d)| s.as_str() == stage && d.as_str() == deployment)
            }
        }
    }
}

/// What `rendered/` should hold within a scope.
#[derive(Clone, Debug)]
pub struct Candidates {
    scope: Scope,
    /// The directory of all candidates.
    root: RepoPath,
    files: BTreeMap<RepoPath, Vec<u8>>,
    /// The directories of the failed deployments, whose old candidates stay.
    kept: Vec<RepoPath>,
    failed: Vec<Failed>,
    failures: Vec<RenderFailure>,
}

impl Candidates {
    /// The candidates of a policy within a scope. `candidates` are the renders of all deployments in it.
    pub fn new(policy: &Policy, scope: Scope, candidates: Vec<Candidate>) -> Result<Self> {
        let paths = policy.paths();
        let mut files = BTreeMap::new();
        let mut kept = Vec::new();
        let mut failed = Vec::new();
        let mut failures = Vec::new();
        for Candidate { stage, deployment, outcome } in candidates {
            let directory = paths.candidate(&stage, &deployment);
            match outcome {
                Ok(rendered) => {
                    for file in rendered.files {
                        files.insert(directory.join(&file.file_name)?, file.bytes);
                    }
                }
                Err(failure) => {
                    kept.push(directory);
                    failed.push(Failed {
                        stage: stage.to_string(),
                        deployment: deployment.to_string(),
                        error: failure.summary(),
                    });
                    failures.push(failure);
                }
            }
        }
        Ok(Self { scope, root: paths.rendered.clone(), files, kept, failed, failures })
    }

    /// The failures among them, in order.
    pub fn failures(&self) -> impl Iterator<Item = &RenderFailure> {
        self.failures.iter()
    }

    /// The files of the deployments that were rendered, by path from the root of the repository.
    pub fn files(&self) -> impl Iterator<Item = (&RepoPath, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path, bytes.as_slice()))
    }
}

#[cfg(test)]
mod tests;
