//! `template`: what `helm template` prints, for any chart.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueHint};
use helm::{
    Capabilities, Chart, HelmBuild, HelmVersion, Hooks, IncludeCrds, KubeVersion, Limits, RenderOptions,
    ValuesLayers,
};

use crate::invocation::Invocation;
use crate::report::{self, Failure, Outcome};
use crate::terminal::print;
use crate::world::LiveWorld;

/// Render a chart as `helm template` does
///
/// Prints, byte for byte, what the Helm named by --helm prints.
#[derive(Debug, Args)]
#[command(override_usage = "cargo xtask template [OPTIONS] [NAME] <CHART>")]
#[command(after_help = "Examples:
  cargo xtask template helm
  cargo xtask template codeai helm -n codeai -f envs/envTypes/staging.values.yaml --kube-version v1.33.4
  diff <(helm template r CHART) <(cargo xtask template r CHART)")]
pub(crate) struct Template {
    /// The release name (`release-name` where only CHART is given), and the chart: a directory or a .tgz
    #[arg(num_args = 1..=2, required = true, value_names = ["NAME", "CHART"], value_hint = ValueHint::AnyPath)]
    name_and_chart: Vec<String>,
    /// The namespace of the release
    #[arg(short, long, default_value = "default")]
    namespace: String,
    /// Values files, lowest first
    #[arg(short = 'f', long = "values", value_name = "FILE", value_hint = ValueHint::FilePath)]
    values: Vec<String>,
    /// Values on the command line
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Values that are strings whatever they look like
    #[arg(long, value_name = "KEY=VALUE")]
    set_string: Vec<String>,
    /// Values that are JSON
    #[arg(long, value_name = "KEY=JSON")]
    set_json: Vec<String>,
    /// A value taken literally, commas and all
    #[arg(long, value_name = "KEY=VALUE")]
    set_literal: Vec<String>,
    /// Values that are the contents of files
    #[arg(long, value_name = "KEY=PATH")]
    set_file: Vec<String>,
    /// The Kubernetes version of `.Capabilities.KubeVersion`
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    /// Further API versions of `.Capabilities.APIVersions`
    #[arg(short, long, value_name = "VERSION", value_delimiter = ',')]
    api_versions: Vec<String>,
    /// Print the chart's CRDs too
    #[arg(long)]
    include_crds: bool,
    /// Print only the manifests of these templates
    #[arg(short, long, value_name = "TEMPLATE")]
    show_only: Vec<String>,
    /// Leave out the hooks that are tests
    #[arg(long)]
    skip_tests: bool,
    /// Leave out all hooks
    #[arg(long)]
    no_hooks: bool,
    /// Set `.Release.IsUpgrade` instead of `.Release.IsInstall`
    #[arg(long)]
    is_upgrade: bool,
    /// Write files into this directory instead of printing
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    output_dir: Option<PathBuf>,
    /// Put the release name between the output directory and the files
    #[arg(long)]
    release_name: bool,
    /// Whose bytes to print: a Helm version (4.2.3) or line (4.2, 3.21)
    #[arg(long, value_name = "VERSION", default_value = "4.2")]
    helm: String,
}

impl Template {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let helm = HelmVersion::parse(&self.helm).ok_or_else(|| {
            let known: Vec<_> = HelmVersion::known().collect();
            Failure::usage(format!("--helm {}: no Helm whose output is known", self.helm))
                .hint(format!("known are {}", known.join(", ")))
        })?;
        let (name, chart) = match &self.name_and_chart[..] {
            [name, chart] => (name.as_str(), chart),
            [chart, ..] => ("release-name", chart),
            [] => return Err(Failure::usage("which chart?").into()),
        };
        let chart = load(&invocation.path(chart), helm)?;
        let values = self.layers(helm, invocation)?.finish();
        let kube_version = self.kube_version.as_deref().map(|text| {
            KubeVersion::parse(text)
                .map_err(|error| Failure::usage(format!("invalid kube version '{text}': {error}")))
        });
        let capabilities =
            Capabilities::new(helm, HelmBuild::Cli, kube_version.transpose()?, &self.api_versions);
        let options = RenderOptions {
            helm,
            release_name: name,
            namespace: &self.namespace,
            is_upgrade: self.is_upgrade,
            capabilities: &capabilities,
            world: &LiveWorld,
            limits: Limits::default(),
        };
        let release = helm::render(&chart, &values, &options).map_err(report::render_failure)?;
        let crds = if self.include_crds { IncludeCrds::Yes } else { IncludeCrds::No };
        let hooks = match (self.no_hooks, self.skip_tests) {
            (true, _) => Hooks::None,
            (false, true) => Hooks::WithoutTests,
            (false, false) => Hooks::All,
        };
        if let Some(directory) = &self.output_dir {
            let release_directory = self.release_name.then_some(name);
            for file in release.output_files(crds, hooks, release_directory) {
                let path =
                    gitstore::confine(&invocation.path(directory), &gitstore::RepoPath::new(&file.path)?)?;
                gitstore::write_file_atomically(&path, &file.content, gitstore::FileMode::Regular)?;
                print(format!("wrote {}\n", path.display()))?;
            }
            return Ok(Outcome::Done);
        }
        print(if self.show_only.is_empty() {
            release.print(crds, hooks)
        } else {
            release.show_only(&self.show_only, crds, hooks, helm)?
        })?;
        Ok(Outcome::Done)
    }

    /// Helm's order, whatever the order on the command line.
    fn layers(&self, helm: HelmVersion, invocation: &Invocation) -> anyhow::Result<ValuesLayers> {
        let mut layers = ValuesLayers::new(helm);
        for path in &self.values {
            let text = std::fs::read(invocation.path(path)).with_context(|| format!("open {path}"))?;
            layers.file(path, &text)?;
        }
        let read = |path: &str| {
            std::fs::read(invocation.path(path)).map_err(|error| format!("open {path}: {error}"))
        };
        self.set_json.iter().try_for_each(|expression| layers.set_json(expression))?;
        self.set.iter().try_for_each(|expression| layers.set(expression))?;
        self.set_string.iter().try_for_each(|expression| layers.set_string(expression))?;
        self.set_file.iter().try_for_each(|expression| layers.set_file(expression, &read))?;
        self.set_literal.iter().try_for_each(|expression| layers.set_literal(expression))?;
        Ok(layers)
    }
}

/// Loads a chart directory or archive.
fn load(path: &Path, helm: HelmVersion) -> anyhow::Result<Chart> {
    let metadata = std::fs::metadata(path).with_context(|| format!("no chart at {}", path.display()))?;
    Ok(if metadata.is_dir() {
        helm::load_directory(path, helm)?
    } else {
        helm::load_archive(&std::fs::read(path)?, helm)?
    })
}
