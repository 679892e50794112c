//! `render(freight, deployment)`: one chart, loaded once, rendered for any number of deployments at once.

use std::path::Path;

use gitstore::{RepoPath, Repository, TreeId};
use helm::{
    Bound, Capabilities, Chart, HelmBuild, HelmVersion, Limits, RefusingWorld, Release, RenderError,
    RenderOptions, SeededWorld, ValuesError, ValuesLayers, World,
};
use policy::Nondeterminism;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::failure::RenderFailure;
use crate::layout::{Layout, ObjectFile, Warning};
use crate::origin::Layers;
use crate::secrets::{self, SecretFinding};
use crate::spec::RenderSpec;

/// A chart that was loaded and found complete, with what its renders may cost; all deployments share it.
#[derive(Debug)]
pub struct PreparedChart {
    chart: Chart,
    helm: HelmVersion,
    limits: Limits,
}

impl PreparedChart {
    /// Loads the chart that a tree of the object database is: a freight's payload.
    pub fn from_tree(
        repository: &Repository,
        payload: TreeId,
        helm: HelmVersion,
        limits: &Limits,
    ) -> Result<Self> {
        Self::from_files(freight::payload::chart_files(repository, payload)?, helm, limits)
    }

    /// Loads the chart that these files are.
    pub fn from_files(files: Vec<helm::ChartFile>, helm: HelmVersion, limits: &Limits) -> Result<Self> {
        Self::checked(helm::load_tree_within(files, helm, limits), "the package", helm, limits)
    }

    /// Loads the chart in a directory.
    pub fn from_directory(directory: &Path, helm: HelmVersion, limits: &Limits) -> Result<Self> {
        let loaded = helm::load_directory_within(directory, helm, limits);
        Self::checked(loaded, &directory.display().to_string(), helm, limits)
    }

    fn checked(
        loaded: std::result::Result<Chart, helm::ChartError>,
        place: &str,
        helm: HelmVersion,
        limits: &Limits,
    ) -> Result<Self> {
        let chart = loaded.map_err(|source| Error::Chart { place: place.to_owned(), source })?;
        let missing = chart.missing_dependencies();
        if !missing.is_empty() {
            let names = missing.into_iter().map(str::to_owned).collect();
            return Err(Error::MissingDependencies { place: place.to_owned(), names });
        }
        Ok(Self { chart, helm, limits: *limits })
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
    // Whatever the words of a failure quote, they quote no secret of the values.
    let masked = |failure: RenderFailure| {
        let own = chart.chart.values_text.iter().map(|text| &**text);
        secrets::mask_failure(failure, own.chain(texts.iter().map(|(_, text)| &**text)))
    };
    let release = release(chart, spec, texts).map_err(masked)?;
    let layout =
        Layout::of(&release, spec).map_err(|error| masked(RenderFailure::of(&spec.deployment, &error)))?;
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
    let mut layers = ValuesLayers::new(helm).within(&chart.limits);
    let mut put = || -> Result<(), ValuesError> {
        for (path, text) in texts {
            layers.file(&path.to_string(), text)?;
        }
        spec.set.iter().try_for_each(|(key, value)| layers.set(&format!("{key}={value}")))
    };
    put().map_err(|error| {
        let exceeded = match &error {
            ValuesError::File { exceeded, .. } => *exceeded,
            ValuesError::Set { .. } | ValuesError::JsonObject { .. } => None,
        };
        let hint = exceeded.map(|bound| raise(bound, &chart.limits));
        RenderFailure { hint, ..RenderFailure::new(&spec.deployment, error.to_string()) }
    })?;
    let world = world(spec);
    let kube_version = Some(spec.kube_version.clone());
    let options = RenderOptions {
        helm,
        release_name: &spec.release_name,
        namespace: &spec.namespace,
        is_upgrade: false,
        skip_schema_validation: false,
        capabilities: &Capabilities::new(helm, HelmBuild::Cli, kube_version, &spec.api_versions),
        world: &*world,
        limits: chart.limits,
    };
    helm::render(&chart.chart, &layers.finish(), &options)
        .map_err(|error| failure(chart, spec, texts, &error))
}

/// What the templates may know of clock and chance.
fn world(spec: &RenderSpec) -> Box<dyn World> {
    match &spec.nondeterminism {
        Nondeterminism::Refuse => Box::new(RefusingWorld),
        Nondeterminism::Seeded { seed, epoch } => {
            // Before 1970 the nanoseconds still count forwards.
            let nanoseconds = epoch.as_nanosecond();
            let seconds = i64::try_from(nanoseconds.div_euclid(1_000_000_000)).unwrap_or_default();
            let rest = u32::try_from(nanoseconds.rem_euclid(1_000_000_000)).unwrap_or_default();
            Box::new(SeededWorld::new(&spec.deployment, &spec.release_name, seed, (seconds, rest)))
        }
    }
}

/// How a bound is raised.
pub(crate) fn raise(bound: Bound, limits: &Limits) -> String {
    let (now, most) = (limits.of(bound), Limits::MOST.of(bound));
    if now < most {
        format!(
            "if the chart is meant to cost so much, say more in the pipeline file: `bounds: {{ {bound}: … }}`, now {now}, at most {most}"
        )
    } else {
        format!("the bound `{bound}` stands at the most that it can, {most}: the chart has to cost less")
    }
}

const SEEDED: &str = "say `nondeterminism: seeded` with a `seed` and an `epoch`, if it is no secret";

/// A failure with all that a person needs to find its cause.
fn failure(
    chart: &PreparedChart,
    spec: &RenderSpec,
    texts: &[(RepoPath, Vec<u8>)],
    error: &RenderError,
) -> RenderFailure {
    let diagnosis = error.diagnosis().map(Box::new);
    let origins = Layers { chart: &chart.chart, texts, set: &spec.set }.of_error(error, chart.helm);
    let refused = diagnosis.as_ref().filter(|diagnosis| diagnosis.refusal.is_some());
    let hint = match (error, refused, error.exceeded()) {
        (_, _, Some(bound)) => Some(raise(bound, &chart.limits)),
        (_, Some(refused), _) if refused.follows_lookup => Some(format!(
            "no cluster is asked, so `lookup` finds nothing, and the template would make a new value in every render: \
             give the value, or the name of a Secret that is there, in the values files; or {SEEDED}"
        )),
        (_, Some(_), _) => Some(format!(
            "every render must give the same bytes: take the value from the values files instead; or {SEEDED}"
        )),
        (RenderError::KubeVersion { .. }, ..) => Some("pin a `kubeVersion` that the chart accepts".to_owned()),
        (RenderError::Schema(_) | RenderError::Values(_), ..) => {
            Some("correct the value where it is set".to_owned())
        }
        (RenderError::Exec { .. }, ..) if !origins.is_empty() => Some(
            "correct the value where it is set; or correct the template in the source, and freeze that"
                .to_owned(),
        ),
        (RenderError::Parse(_) | RenderError::Exec { .. } | RenderError::Manifest(_), ..) => Some(
            "correct the template in the source, try it with `cargo xtask template NAME CHART -f VALUES`, and freeze that"
                .to_owned(),
        ),
        _ => None,
    };
    RenderFailure {
        deployment: spec.deployment.clone(),
        text: error.to_string(),
        diagnosis,
        rendered_place: error.rendered_place().cloned().map(|place| Box::new(place.without_secrets())),
        origins,
        hint,
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
