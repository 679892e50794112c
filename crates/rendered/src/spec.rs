//! Everything that one deployment's render depends on beside the chart, the texts of its values and the Helm version.

use gitstore::{BlobId, RepoPath, Repository};
use helm::KubeVersion;
use policy::{Deployment, ImageParts, Nondeterminism, Policy, Warehouse};

use crate::error::Result;

/// What a deployment's render is told. The record of a stage keeps it, so that the stage's branch can be rendered
/// again without the pipeline file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderSpec {
    /// The deployment's name.
    pub deployment: String,
    /// Helm's release name.
    pub release_name: String,
    /// The namespace that the release is rendered for.
    pub namespace: String,
    /// The Kubernetes version that templates see.
    pub kube_version: KubeVersion,
    /// API versions that templates see besides Helm's own.
    pub api_versions: Vec<String>,
    /// Whether the chart's CRDs are rendered.
    pub include_crds: bool,
    /// Whether test hooks are left out.
    pub skip_tests: bool,
    /// Whether all hooks are left out.
    pub disable_hooks: bool,
    /// What happens where a template asks for randomness or the time.
    pub nondeterminism: Nondeterminism,
    /// The values files over the chart's own, lowest first.
    pub values: Vec<ValuesFile>,
    /// What `--set` would be given after them: the image, under the keys that the policy names.
    pub set: Vec<(String, String)>,
}

/// A values file and the blob that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuesFile {
    /// Where it lies.
    pub path: RepoPath,
    /// Its content.
    pub blob: BlobId,
}

impl RenderSpec {
    /// The spec of a deployment under a policy, with the image of one freight.
    pub fn of(
        policy: &Policy,
        deployment: &Deployment,
        warehouse: &Warehouse,
        image: &freight::Image,
    ) -> Result<Self> {
        let parts = ImageParts {
            repository: image.reference.repository(),
            tag: image.reference.tag(),
            digest: image.digest.as_ref().map(freight::Digest::as_str),
        };
        let settings = &deployment.settings;
        let layers = policy.layers(deployment);
        Ok(Self {
            deployment: deployment.name.to_string(),
            release_name: settings.release_name.clone(),
            namespace: settings.namespace.clone(),
            kube_version: settings.kube_version.clone(),
            api_versions: settings.api_versions.clone(),
            include_crds: settings.include_crds,
            skip_tests: settings.skip_tests,
            disable_hooks: settings.disable_hooks,
            nondeterminism: settings.nondeterminism.clone(),
            values: layers
                .iter()
                .map(|layer| ValuesFile { path: layer.path.clone(), blob: layer.id })
                .collect(),
            set: warehouse.image_set(parts)?,
        })
    }

    /// The texts of the values files as the policy was read: the work tree's, or a commit's.
    pub fn texts(policy: &Policy, deployment: &Deployment) -> Vec<(RepoPath, Vec<u8>)> {
        let layers = policy.layers(deployment);
        layers.into_iter().map(|layer| (layer.path.clone(), layer.bytes.to_vec())).collect()
    }

    /// The texts of the values files from the object database, by the recorded ids.
    pub fn read_texts(&self, repository: &Repository) -> Result<Vec<(RepoPath, Vec<u8>)>> {
        let read = |file: &ValuesFile| Ok((file.path.clone(), repository.read_blob(file.blob)?));
        self.values.iter().map(read).collect()
    }
}
