//! The checked policy and the questions that it answers.

use std::collections::BTreeMap;

use gitstore::{BlobId, RepoPath};
use helm::{HelmVersion, Limits};

use crate::error::Error;
use crate::name::{DeploymentName, EnvTypeName, StageName, WarehouseName};
use crate::pipeline::{Paths, Pattern, Pipeline, Review, Stage, Upstream, WAREHOUSE_PLACEHOLDER, Warehouse};
use crate::problem::{Problem, Problems};
use crate::secrets::AllowedSecret;
use crate::settings::Settings;
use crate::source::SourceFile;

/// A class of environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvType {
    /// Its name.
    pub name: EnvTypeName,
    /// Its values file, if it has one.
    pub values: Option<RepoPath>,
}

/// One place that a release is deployed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Its name.
    pub name: DeploymentName,
    /// Its class of environment.
    pub env_type: EnvTypeName,
    /// What its render is told besides values.
    pub settings: Settings,
    /// The cluster that it is deployed to, where the policy says one.
    pub cluster: Option<String>,
    /// Its `deployment.yaml`.
    pub path: RepoPath,
    /// Its values file, if it has one.
    pub values: Option<RepoPath>,
}

/// A deployment of an existing repository that is deployed straight from a branch of the source: it is known by
/// name, and no stage renders it. What its file says is kept as it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSource {
    /// Its name.
    pub name: DeploymentName,
    /// Its class of environment.
    pub env_type: Option<String>,
    /// The namespace that it is deployed to.
    pub namespace: Option<String>,
    /// The branch that it is deployed from.
    pub branch: Option<String>,
    /// Its `deployment.yaml`.
    pub path: RepoPath,
}

/// The values of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer<'p> {
    /// The file.
    pub path: &'p RepoPath,
    /// Its bytes.
    pub bytes: &'p [u8],
    /// The blob that they are, or would be, in Git.
    pub id: BlobId,
}

/// A checked policy.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) pipeline: Pipeline,
    pub(crate) env_types: BTreeMap<EnvTypeName, EnvType>,
    pub(crate) deployments: BTreeMap<DeploymentName, Deployment>,
    pub(crate) live: BTreeMap<DeploymentName, LiveSource>,
    pub(crate) files: BTreeMap<RepoPath, SourceFile>,
    pub(crate) warnings: Problems,
    pub(crate) broken_values: Vec<Problem>,
}

impl Policy {
    /// What is probably not meant, though the policy can be used.
    pub fn warnings(&self) -> &Problems {
        &self.warnings
    }

    /// What is wrong with a deployment's values files, where the policy was read with such: the env type's first.
    pub fn broken_values(&self, deployment: &Deployment) -> Vec<&Problem> {
        let layers = self.layers(deployment).into_iter();
        let of_layer = |layer: Layer<'_>| {
            let path = layer.path.to_string();
            self.broken_values.iter().find(|problem| problem.path == path)
        };
        layers.filter_map(of_layer).collect()
    }

    /// The pipeline file.
    pub fn pipeline_path(&self) -> &RepoPath {
        &self.pipeline.path
    }

    /// The exact Helm version whose bytes are printed.
    pub fn helm(&self) -> HelmVersion {
        self.pipeline.helm
    }

    /// What one chart may cost to load and to render. None of it changes a rendered byte, so no record holds it.
    pub fn bounds(&self) -> &Limits {
        &self.pipeline.bounds
    }

    /// Where things lie.
    pub fn paths(&self) -> &Paths {
        &self.pipeline.paths
    }

    /// What freeze writes: a commit that touches nothing else is no new revision.
    pub fn generated_paths(&self) -> Vec<RepoPath> {
        let paths = self.paths();
        let mut generated = if paths.freight.contains(WAREHOUSE_PLACEHOLDER) {
            self.warehouses().iter().map(|warehouse| paths.freight(&warehouse.name)).collect()
        } else {
            RepoPath::new(&paths.freight).into_iter().collect::<Vec<_>>()
        };
        generated.push(paths.rendered.clone());
        generated
    }

    /// Where the reviews of stages are shown and merged.
    pub fn review(&self) -> &Review {
        &self.pipeline.review
    }

    /// The warehouses in the order of the file.
    pub fn warehouses(&self) -> &[Warehouse] {
        &self.pipeline.warehouses
    }

    /// The warehouse of a name.
    pub fn warehouse(&self, name: &str) -> Result<&Warehouse, Error> {
        let found = self.warehouses().iter().find(|warehouse| warehouse.name.as_str() == name);
        let known = self.warehouses().iter().map(|warehouse| &warehouse.name);
        found.ok_or_else(|| Error::unknown("warehouse", name, known))
    }

    /// Where the pipeline file names a warehouse's package: file, line and column.
    pub fn package_place(&self, warehouse: &Warehouse) -> String {
        format!("{}:{}", self.pipeline.path, warehouse.package_mark)
    }

    /// What looks like a secret and may be committed all the same, in the order of the file.
    pub fn allowed_secrets(&self) -> &[AllowedSecret] {
        &self.pipeline.allowed_secrets
    }

    /// Where the pipeline file has an entry of that list: file, line and column.
    pub fn allowed_secret_place(&self, allowed: &AllowedSecret) -> String {
        format!("{}:{}", self.pipeline.path, allowed.mark)
    }

    /// The stages, upstream before downstream, in the order of the file where that leaves a choice.
    pub fn stages_in_order(&self) -> &[Stage] {
        &self.pipeline.stages
    }

    /// The stage of a name.
    pub fn stage(&self, name: &str) -> Result<&Stage, Error> {
        let found = self.stages_in_order().iter().find(|stage| stage.name.as_str() == name);
        let known = self.stages_in_order().iter().map(|stage| &stage.name);
        found.ok_or_else(|| Error::unknown("stage", name, known))
    }

    /// The stages that a stage takes freight from; none where it takes it from the warehouse.
    pub fn upstream(&self, stage: &Stage) -> Vec<&Stage> {
        let named = |name: &StageName| self.stages_in_order().iter().find(|stage| stage.name == *name);
        match &stage.from {
            Upstream::Warehouse(_) => Vec::new(),
            Upstream::Stages(names) => names.iter().filter_map(named).collect(),
        }
    }

    /// The warehouse whose freight a stage takes.
    pub fn warehouse_of(&self, stage: &Stage) -> Option<&Warehouse> {
        self.named_warehouse(&stage.warehouse)
    }

    fn named_warehouse(&self, name: &WarehouseName) -> Option<&Warehouse> {
        self.warehouses().iter().find(|warehouse| warehouse.name == *name)
    }

    /// The deployments that no stage renders, sorted by name.
    pub fn live_sources(&self) -> impl Iterator<Item = &LiveSource> {
        self.live.values()
    }

    /// All deployments that a stage can render, sorted by name.
    pub fn deployments(&self) -> impl Iterator<Item = &Deployment> {
        self.deployments.values()
    }

    /// The deployment of a name.
    pub fn deployment(&self, name: &str) -> Result<&Deployment, Error> {
        self.deployments.get(name).ok_or_else(|| self.unknown_deployment(name))
    }

    fn unknown_deployment(&self, name: &str) -> Error {
        if self.live.contains_key(name) {
            return Error::LiveSource { name: name.to_owned() };
        }
        Error::unknown("deployment", name, self.deployments.keys())
    }

    /// The deployments that a stage renders, sorted by name.
    pub fn deployments_of(&self, stage: &Stage) -> Vec<&Deployment> {
        stage.deployments.iter().filter_map(|name| self.deployments.get(name)).collect()
    }

    /// The stage that renders a deployment.
    pub fn stage_of(&self, deployment: &DeploymentName) -> Option<&Stage> {
        self.stages_in_order().iter().find(|stage| stage.deployments.contains(deployment))
    }

    /// The env type of a name.
    pub fn env_type(&self, name: &str) -> Result<&EnvType, Error> {
        self.env_types.get(name).ok_or_else(|| Error::unknown("env type", name, self.env_types.keys()))
    }

    /// The env types, sorted by name.
    pub fn env_types(&self) -> impl Iterator<Item = &EnvType> {
        self.env_types.values()
    }

    /// The deployments that any of the names and globs fits, sorted by name; each must fit one.
    pub fn select<S: AsRef<str>>(&self, patterns: &[S]) -> Result<Vec<&Deployment>, Error> {
        let mut selected: BTreeMap<&DeploymentName, &Deployment> = BTreeMap::new();
        for text in patterns.iter().map(AsRef::as_ref) {
            let pattern = Pattern::new(text)?;
            let fitting: Vec<_> =
                self.deployments.iter().filter(|(name, _)| pattern.matches(name.as_str())).collect();
            if fitting.is_empty() {
                return Err(match pattern {
                    Pattern::Name(_) => self.unknown_deployment(text),
                    Pattern::Glob(_) => Error::NothingMatches {
                        glob: text.to_owned(),
                        known: self.deployments.keys().cloned().collect(),
                    },
                });
            }
            selected.extend(fitting);
        }
        Ok(selected.into_values().collect())
    }

    /// The values files of a deployment, lowest first: its env type's, then its own.
    pub fn layers(&self, deployment: &Deployment) -> Vec<Layer<'_>> {
        let env_type = self.env_types.get(&deployment.env_type).and_then(|env_type| env_type.values.as_ref());
        [env_type, deployment.values.as_ref()]
            .into_iter()
            .flatten()
            .filter_map(|path| self.files.get_key_value(path))
            .map(|(path, file)| Layer { path, bytes: &file.bytes, id: file.id })
            .collect()
    }

    /// The files that a stage reads for itself: its deployments' and their env types', sorted by path.
    ///
    /// The pipeline file isn't among them: it speaks of all stages, so a record that named it would change
    /// with each of them. What a stage takes from it is in the settings of its deployments and in its
    /// warehouse.
    pub fn stage_files(&self, stage: &Stage) -> Vec<(&RepoPath, BlobId)> {
        let mut files: BTreeMap<&RepoPath, BlobId> = BTreeMap::new();
        for deployment in self.deployments_of(stage) {
            files.extend(self.layers(deployment).into_iter().map(|layer| (layer.path, layer.id)));
            let own = self.files.get_key_value(&deployment.path);
            files.extend(own.map(|(path, file)| (path, file.id)));
        }
        files.into_iter().collect()
    }

    /// A file that the policy was read from.
    pub fn file(&self, path: &RepoPath) -> Option<&SourceFile> {
        self.files.get(path)
    }
}
