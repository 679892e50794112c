//! `render(freight, deployment)`: one chart, loaded once, rendered for any number of deployments at once.

use std::path::Path;

use gitstore::{RepoPath, Repository, TreeId};
use helm::{
    Capabilities, Chart, HelmBuild, HelmVersion, Limits, RefusingWorld, Release, RenderError, RenderOptions,
    ValuesError, ValuesLayers,
};
use policy::Nondeterminism;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::failure::RenderFailure;
use crate::layout::{Layout, ObjectFile, Warning};
use crate::origin::Layers;
use crate::secrets::{self, SecretFinding};
use crate::spec::RenderSpec;

/// A chart that was loaded and found complete; all deployments share it.
#[derive(Debug)]
pub struct PreparedChart {
    chart: Chart,
    helm: HelmVersion,
}

impl PreparedChart {
    /// Loads the chart that a tree of the object database is: a freight's payload.
    pub fn from_tree(repository: &Repository, payload: TreeId, helm: HelmVersion) -> Result<Self> {
        Self::from_files(freight::payload::chart_files(repository, payload)?, helm)
    }

    /// Loads the chart that these files are.
    pub fn from_files(files: Vec<helm::ChartFile>, helm: HelmVersion) -> Result<Self> {
        Self::checked(helm::load_tree(files, helm), "the package", helm)
    }

    /// Loads the chart in a directory.
    pub fn from_directory(directory: &Path, helm: HelmVersion) -> Result<Self> {
        Self::checked(helm::load_directory(directory, helm), &directory.display().to_string(), helm)
    }

    fn checked(
        loaded: std::result::Result<Chart, helm::ChartError>,
        place: &str,
        helm: HelmVersion,
    ) -> Result<Self> {
        let chart = loaded.map_err(|source| Error::Chart { place: place.to_owned(), source })?;
        let missing = chart.missing_dependencies();
        if !missing.is_empty() {
            let names = missing.into_iter().map(str::to_owned).collect();
            return Err(Error::MissingDependencies { place: place.to_owned(), names });
        }
        Ok(Self { chart, helm })
    }

    /// The Helm whose bytes are printed.
    pub fn helm(&self) -> HelmVersion {
        self.helm
    }

    /// The chart.
    pub fn chart(&self) -> &Chart {
        &self.chart
    }
}

/// A deployment's manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedDeployment {
    /// The deployment.
    pub deployment: String,
    /// Its objects, sorted by file name.
    pub files: Vec<ObjectFile>,
    /// What is probably not meant.
    pub warnings: Vec<Warning>,
    /// The secrets that the objects hold. Whether one is allowed is for whoever commits them to say.
    pub secrets: Vec<SecretFinding>,
}

/// Renders one deployment. `texts` are the contents of the spec's values files, in the same order.
pub fn render_deployment(
    chart: &PreparedChart,
    spec: &RenderSpec,
    texts: &[(RepoPath, Vec<u8>)],
) -> Result<RenderedDeployment, RenderFailure> {
    if matches!(spec.nondeterminism, Nondeterminism::Seeded { .. }) {
        let text = "`nondeterminism: seeded` isn't built yet: until then only `refuse` can be rendered";
        return Err(RenderFailure::new(&spec.deployment, text));
    }
    let release = release(chart, spec, texts)?;
    let layout = Layout::of(&release, spec).map_err(|error| RenderFailure::of(&spec.deployment, &error))?;
    let Layout { files, warnings } = layout;
    let secrets = secrets::scan(chart, spec, texts, &files);
    Ok(RenderedDeployment { deployment: spec.deployment.clone(), files, warnings, secrets })
}

/// Renders one deployment to Helm's release, before it becomes files.
fn release(
    chart: &PreparedChart,
    spec: &RenderSpec,
    texts: &[(RepoPath, Vec<u8>)],
) -> Result<Release, RenderFailure> {
    let helm = chart.helm;
    let mut layers = ValuesLayers::new(helm);
    let mut put = || -> Result<(), ValuesError> {
        for (path, text) in texts {
            layers.file(&path.to_string(), text)?;
        }
        spec.set.iter().try_for_each(|(key, value)| layers.set(&format!("{key}={value}")))
    };
    put().map_err(|error| RenderFailure::new(&spec.deployment, error.to_string()))?;
    let kube_version = Some(spec.kube_version.clone());
    let options = RenderOptions {
        helm,
        release_name: &spec.release_name,
        namespace: &spec.namespace,
        is_upgrade: false,
        skip_schema_validation: false,
        capabilities: &Capabilities::new(helm, HelmBuild::Cli, kube_version, &spec.api_versions),
        world: &RefusingWorld,
        limits: Limits::default(),
    };
    helm::render(&chart.chart, &layers.finish(), &options)
        .map_err(|error| failure(chart, spec, texts, &error))
}

/// A failure with all that a person needs to find its cause.
fn failure(
    chart: &PreparedChart,
    spec: &RenderSpec,
    texts: &[(RepoPath, Vec<u8>)],
    error: &RenderError,
) -> RenderFailure {
    let diagnosis = error.diagnosis().map(Box::new);
    let origins = Layers { chart: &chart.chart, texts, set: &spec.set }.of_error(error, chart.helm);
    let hint = match error {
        RenderError::KubeVersion { .. } => Some("pin a `kubeVersion` that the chart accepts"),
        RenderError::Schema(_) | RenderError::Values(_) => Some("correct the value where it is set"),
        _ if diagnosis.as_ref().is_some_and(|diagnosis| diagnosis.refusal.is_some()) => {
            Some("every render must give the same bytes: take the value from the values files instead")
        }
        RenderError::Exec { .. } if !origins.is_empty() => {
            Some("correct the value where it is set; or correct the template in the source, and freeze that")
        }
        RenderError::Parse(_) | RenderError::Exec { .. } | RenderError::Manifest(_) => Some(
            "correct the template in the source, try it with `cargo xtask template NAME CHART -f VALUES`, and freeze that",
        ),
        _ => None,
    };
    RenderFailure {
        deployment: spec.deployment.clone(),
        text: error.to_string(),
        diagnosis,
        rendered_place: error.rendered_place().cloned().map(Box::new),
        origins,
        hint: hint.map(str::to_owned),
        secrets: Vec::new(),
    }
}

/// A deployment to render: its spec and the texts of its values files.
pub type RenderInput = (RenderSpec, Vec<(RepoPath, Vec<u8>)>);

/// Renders deployments in parallel; the results stand in the order of the inputs, and every failure is kept.
pub fn render_all(
    chart: &PreparedChart,
    inputs: &[RenderInput],
) -> Vec<Result<RenderedDeployment, RenderFailure>> {
    inputs.par_iter().map(|(spec, texts)| render_deployment(chart, spec, texts)).collect()
}

#[cfg(test)]
mod tests;
