//! `promotion.yaml`: what a stage's tree was made from.

use freight::ReleaseTag;
use gitstore::{BlobId, RepoPath, Repository, TreeId};
use helm::{HelmVersion, Limits};

use crate::error::{Error, Result};
use crate::failure::RenderFailure;
use crate::manifests::ManifestsDigest;
use crate::records::wire;
use crate::render::{PreparedChart, RenderedDeployment, render_all};
use crate::spec::RenderSpec;

/// The renderer's compatibility number; it rises only when output bytes can change.
pub const RENDERER: u32 = 2;

/// What a stage's tree was made from: a pure function of its inputs, without time or user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromotionRecord {
    /// The stage.
    pub stage: String,
    /// The warehouse whose freight the stage takes.
    pub warehouse: String,
    /// The freight; none on a branch that was made before its first promotion.
    pub freight: Option<FreightRef>,
    /// The exact Helm version whose bytes the manifests are.
    pub helm: HelmVersion,
    /// The compatibility number of the renderer that made them: [`RENDERER`] for what is made now.
    pub renderer: u32,
    /// The policy files that the stage read.
    pub policy: Vec<(RepoPath, BlobId)>,
    /// What each deployment's render was told, sorted by deployment.
    pub deployments: Vec<RenderSpec>,
    /// The digest of the manifests.
    pub manifests: ManifestsDigest,
}

/// One freight by both its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreightRef {
    /// The release tag.
    pub tag: ReleaseTag,
    /// The tree of its `git-<revision>/`.
    pub tree: TreeId,
}

impl PromotionRecord {
    /// Reads a `promotion.yaml`; `path` is how messages name it.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self> {
        wire::read_promotion(path, bytes)
    }

    /// The canonical text: equal records give equal bytes.
    pub fn to_yaml(&self) -> String {
        wire::write_promotion(self)
    }

    /// Renders the stage again from the record alone: the freight's tree and the values by their ids, which the repository must
    /// have. A branch made before its first promotion renders nothing.
    pub fn render(&self, repository: &Repository) -> Result<Vec<Result<RenderedDeployment, RenderFailure>>> {
        let Some(freight) = &self.freight else { return Ok(Vec::new()) };
        let payload_path = RepoPath::new(freight::PackageType::Helm.as_str())?;
        let payload = repository
            .subtree(freight.tree, &payload_path)?
            .ok_or_else(|| Error::Freight(freight::Error::Incomplete { path: payload_path.clone() }))?;
        // The bounds of the policy aren't recorded: what was within them is within these.
        let chart = PreparedChart::from_tree(repository, payload, self.helm, &Limits::MOST)?;
        let inputs = self.deployments.iter().map(|spec| Ok((spec.clone(), spec.read_texts(repository)?)));
        Ok(render_all(&chart, &inputs.collect::<Result<Vec<_>>>()?))
    }
}
