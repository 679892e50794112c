//! `template`: what `helm template` prints, for any chart.

mod flags;
mod output;
mod values;

use clap::{ArgAction, Args, ValueEnum, ValueHint};
use helm::{
    Capabilities, HelmBuild, HelmVersion, Hooks, IncludeCrds, KubeVersion, Limits, Release, RenderError,
    RenderOptions, ValuesOrigin, ValuesSources,
};

use self::flags::{Helms, comma_separated, go_bool};
use self::output::OutputDir;
use self::values::Values;
use crate::invocation::Invocation;
use crate::report::{self, Debug, Failure, Outcome};
use crate::terminal::print;
use crate::world::LiveWorld;

/// Render a chart as `helm template` does
///
/// Prints, byte for byte, what the Helm named by --helm prints.
#[derive(Debug, Args)]
#[command(override_usage = "cargo xtask template [OPTIONS] [NAME] <CHART>")]
// Of an option that is given more than once Helm takes the last.
#[command(args_override_self = true)]
#[command(after_help = "Examples:
  cargo xtask template helm
  cargo xtask template codeai helm -n codeai -f envs/envTypes/staging.values.yaml --kube-version v1.33.4
  diff <(helm template r CHART) <(cargo xtask template r CHART)

Flags of Helm's that change nothing in what it prints are accepted; those that need a cluster or the network
are refused.")]
pub(crate) struct Template {
    /// The release name (`release-name` where only CHART is given), and the chart: a directory or a .tgz
    #[arg(num_args = 1.., required = true, value_names = ["NAME", "CHART"], value_hint = ValueHint::AnyPath)]
    name_and_chart: Vec<String>,
    /// The namespace of the release
    #[arg(short, long, default_value = "default")]
    namespace: String,
    #[command(flatten)]
    values: Values,
    /// The Kubernetes version of `.Capabilities.KubeVersion`
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    /// Further API versions of `.Capabilities.APIVersions`; several are separated by commas
    #[arg(short, long, value_name = "VERSION", value_parser = comma_separated, action = ArgAction::Append)]
    api_versions: Vec<Vec<String>>,
    /// Print the chart's CRDs too
    #[arg(long, num_args = 0..=1, require_equals = true, value_name = "BOOL", default_missing_value = "true")]
    #[arg(value_parser = go_bool, default_value = "false", hide_default_value = true)]
    include_crds: bool,
    /// Print only the manifests of these templates
    #[arg(short, long, value_name = "TEMPLATE")]
    show_only: Vec<String>,
    /// Leave out the hooks that are tests
    #[arg(long, num_args = 0..=1, require_equals = true, value_name = "BOOL", default_missing_value = "true")]
    #[arg(value_parser = go_bool, default_value = "false", hide_default_value = true)]
    skip_tests: bool,
    /// Leave out all hooks
    #[arg(long, num_args = 0..=1, require_equals = true, value_name = "BOOL", default_missing_value = "true")]
    #[arg(value_parser = go_bool, default_value = "false", hide_default_value = true)]
    no_hooks: bool,
    /// Set `.Release.IsUpgrade` instead of `.Release.IsInstall`
    #[arg(long, num_args = 0..=1, require_equals = true, value_name = "BOOL", default_missing_value = "true")]
    #[arg(value_parser = go_bool, default_value = "false", hide_default_value = true)]
    is_upgrade: bool,
    /// Don't check values by the charts' schemas
    #[arg(long, num_args = 0..=1, require_equals = true, value_name = "BOOL", default_missing_value = "true")]
    #[arg(value_parser = go_bool, default_value = "false", hide_default_value = true)]
    skip_schema_validation: bool,
    /// Write files into this directory instead of printing
    #[arg(long, value_name = "DIR", default_value = "", hide_default_value = true)]
    #[arg(value_hint = ValueHint::DirPath)]
    output_dir: String,
    /// How its files are laid out: Helm's way, or one an object as Kargo's `outLayout: flat` has them
    #[arg(long, value_name = "LAYOUT", default_value = "helm", requires = "output_dir")]
    output_layout: OutputLayout,
    /// Put the release name between the output directory and the files
    #[arg(long, num_args = 0..=1, require_equals = true, value_name = "BOOL", default_missing_value = "true")]
    #[arg(value_parser = go_bool, default_value = "false", hide_default_value = true)]
    release_name: bool,
    /// A template that makes the release name
    #[arg(long, value_name = "TEMPLATE", default_value = "", hide_default_value = true)]
    name_template: String,
    /// Print what was rendered also where a manifest is no YAML
    #[arg(long, num_args = 0..=1, require_equals = true, value_name = "BOOL", default_missing_value = "true")]
    #[arg(value_parser = go_bool, default_value = "false", hide_default_value = true)]
    debug: bool,
    #[command(flatten)]
    helms: Helms,
    /// Whose bytes to print: a Helm version (4.2.3) or line (4.2, 3.21)
    #[arg(long, value_name = "VERSION", default_value = "4.2")]
    helm: String,
}

/// How the files of an output directory are laid out.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum OutputLayout {
    /// A file for each template
    Helm,
    /// A file for each object
    Flat,
}

impl Template {
    pub(crate) fn run(&self, invocation: &Invocation) -> anyhow::Result<Outcome> {
        let helm = HelmVersion::parse(&self.helm).ok_or_else(|| {
            let known: Vec<_> = HelmVersion::known().collect();
            Failure::usage(format!("--helm {}: no Helm whose output is known", self.helm))
                .hint(format!("known are {}", known.join(", ")))
        })?;
        self.helms.check(helm)?;
        let kube_version = self.kube_version.as_deref().filter(|text| !text.is_empty()).map(|text| {
            KubeVersion::parse(text)
                .map_err(|error| Failure::helm(format!("invalid kube version '{text}': {error}")))
        });
        let kube_version = kube_version.transpose()?;
        let (name, chart) = self.name_and_chart()?;
        let path = values::locate(chart, invocation)?;
        let (values, files) = self.values.layers(helm, invocation)?;
        let values = values.finish();
        let chart = helm::load(&path, helm).map_err(|error| Failure::helm(error.to_string()))?;
        let api_versions: Vec<&str> = self.api_versions.iter().flatten().map(String::as_str).collect();
        let capabilities = Capabilities::new(helm, HelmBuild::Cli, kube_version, &api_versions);
        let options = RenderOptions {
            helm,
            release_name: &name,
            namespace: if self.namespace.is_empty() { "default" } else { &self.namespace },
            is_upgrade: self.is_upgrade,
            skip_schema_validation: self.skip_schema_validation,
            capabilities: &capabilities,
            world: &LiveWorld,
            limits: Limits::default(),
        };
        match helm::render(&chart, &values, &options) {
            Ok(release) => self.print(&release, &name, helm, invocation),
            Err(error) => {
                let layers = self.values.sources(&files);
                let origins = ValuesSources { chart: &chart, layers, helm }.of_error(&error);
                self.fail(&error, &origins, helm)
            }
        }
    }

    /// The release name, and the chart as it was given.
    fn name_and_chart(&self) -> anyhow::Result<(String, &str)> {
        match &self.name_and_chart[..] {
            [chart] if !self.name_template.is_empty() => {
                let name = helm::release_name(&self.name_template, &LiveWorld).map_err(Failure::helm)?;
                Ok((name, chart))
            }
            [chart] => Ok(("release-name".to_owned(), chart)),
            [_, _] if self.helms.generates_name() => {
                Err(Failure::helm("cannot set --generate-name and also specify a name").into())
            }
            [_, _] if !self.name_template.is_empty() => {
                Err(Failure::helm("cannot set --name-template and also specify a name").into())
            }
            [name, chart] => Ok((name.clone(), chart)),
            [_, _, more @ ..] => {
                let more = more.join(", ");
                let text = format!("expected at most two arguments, unexpected arguments: {more}");
                Err(Failure::helm(text).into())
            }
            [] => Err(Failure::usage("which chart?").into()),
        }
    }

    fn hooks(&self) -> Hooks {
        match (self.no_hooks, self.skip_tests) {
            (true, _) => Hooks::None,
            (false, true) => Hooks::WithoutTests,
            (false, false) => Hooks::All,
        }
    }

    fn print(
        &self,
        release: &Release,
        name: &str,
        helm: HelmVersion,
        invocation: &Invocation,
    ) -> anyhow::Result<Outcome> {
        let crds = if self.include_crds { IncludeCrds::Yes } else { IncludeCrds::No };
        let text = if self.output_dir.is_empty() {
            release.print(crds, self.hooks())
        } else {
            let release_directory = self.release_name.then_some(name);
            let directory = OutputDir::new(&self.output_dir, release_directory, invocation);
            let files = match self.output_layout {
                OutputLayout::Helm => release.output_files(crds, self.hooks(), release_directory),
                OutputLayout::Flat => release.flat_files(crds, self.hooks())?,
            };
            directory.write(&files)?;
            b"\n".to_vec()
        };
        print(if self.show_only.is_empty() {
            text
        } else {
            helm::show_only(&text, &self.show_only, helm).map_err(|error| Failure::helm(error.to_string()))?
        })?;
        Ok(Outcome::Done)
    }

    /// With `--debug`, prints what was rendered before it says what is wrong with it.
    fn fail(
        &self,
        error: &RenderError,
        origins: &[ValuesOrigin],
        helm: HelmVersion,
    ) -> anyhow::Result<Outcome> {
        if !self.debug || !error.is_of_rendering() {
            return Err(report::render_failure(error, origins, Debug::Off).into());
        }
        let text = match error {
            RenderError::Manifest(error) => error.rendered.print(self.hooks()),
            _ => b"\n".to_vec(),
        };
        if self.show_only.is_empty() {
            print(text)?;
        } else {
            match helm::show_only(&text, &self.show_only, helm) {
                Ok(text) => print(text)?,
                // Helm 4.2.4 has learnt that what can't be rendered can't be found either.
                Err(missing) if helm < HelmVersion::V4_2_4 => {
                    return Err(Failure::helm(missing.to_string()).into());
                }
                Err(_) => {}
            }
        }
        Err(report::render_failure(error, origins, Debug::On).into())
    }
}
