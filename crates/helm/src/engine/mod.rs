//! Rendering: values and a chart in, texts of templates out (helm: pkg/engine/engine.go, pkg/action).

mod chart_object;
mod context;
mod error;
mod error_text;
mod functions;
mod host;
mod origin;
mod release_name;
mod values_methods;

use std::collections::HashMap;
use std::sync::Arc;

use gostd::value::{Arena, FrozenMap, MapRef, Value};
use gotemplate::{Budget, Call, FunctionTable, MissingKey, ParseError, Template, TemplateSet, World};

use context::Renderable;
pub use error::{Diagnosis, Frame, RenderError};
pub use origin::{OriginSource, ValuesLayer, ValuesOrigin, ValuesSources};
pub use release_name::{check_release_name, release_name};

use crate::capabilities::Capabilities;
use crate::chart::{Chart, Resolved, in_range, resolve};
use crate::manifest::{self, Crd, Release};
use crate::values::Coalesce;
use crate::{HelmVersion, Limits, schema};

/// Everything that a render depends on beside the chart and the values.
#[derive(Clone, Copy)]
pub struct RenderOptions<'a> {
    /// Whose bytes are printed.
    pub helm: HelmVersion,
    /// `.Release.Name`
    pub release_name: &'a str,
    /// `.Release.Namespace`
    pub namespace: &'a str,
    /// `.Release.IsUpgrade`
    pub is_upgrade: bool,
    /// Whether values are taken as they are, whatever the charts' schemas say.
    pub skip_schema_validation: bool,
    /// What the cluster is assumed to offer.
    pub capabilities: &'a Capabilities,
    /// Clock, randomness and zone.
    pub world: &'a dyn World,
    /// What the render may cost.
    pub limits: Limits,
}

/// The rendered templates of a chart before they are split and sorted, by full name.
pub type RenderedFiles = Vec<(String, Vec<u8>)>;

/// Renders a chart to a release, as `helm template` does.
///
/// ```
/// use helm::{Capabilities, ChartFile, HelmBuild, HelmVersion, Limits, RefusingWorld, RenderOptions, ValuesLayers};
/// let files = vec![
///     ChartFile::new("Chart.yaml", b"apiVersion: v2\nname: hello\nversion: 0.1.0\n"),
///     ChartFile::new("templates/a.yaml", b"kind: ConfigMap\nname: {{ .Release.Name }}-{{ .Values.x }}\n"),
/// ];
/// let helm = HelmVersion::V4_2_3;
/// let chart = helm::load_files(files, helm)?;
/// let mut values = ValuesLayers::new(helm);
/// values.set("x=1")?;
/// let release = helm::render(&chart, &values.finish(), &RenderOptions {
///     helm,
///     release_name: "r",
///     namespace: "default",
///     is_upgrade: false,
///     skip_schema_validation: false,
///     capabilities: &Capabilities::new::<&str>(helm, HelmBuild::Cli, None, &[]),
///     world: &RefusingWorld,
///     limits: Limits::default(),
/// })?;
/// assert_eq!(release.manifests[0].content, b"kind: ConfigMap\nname: r-1\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn render(
    chart: &Chart,
    values: &FrozenMap,
    options: &RenderOptions<'_>,
) -> Result<Release, RenderError> {
    match chart.metadata.chart_type.as_str() {
        "" | "application" => {}
        other => return Err(RenderError::NotInstallable { chart_type: other.to_owned() }),
    }
    let missing = chart.missing_dependencies();
    if !missing.is_empty() {
        let names = missing.into_iter().map(str::to_owned).collect();
        return Err(RenderError::MissingDependencies { names, helm: options.helm });
    }
    check_release_name(options.release_name, options.helm)?;
    let arena = Arena::new();
    let prepared = prepare(chart, values, options, &arena)?;
    let kube_version = options.capabilities.kube_version();
    let wanted = &chart.metadata.kube_version;
    if !wanted.is_empty() && !in_range(wanted, kube_version.normalized()) {
        return Err(RenderError::KubeVersion {
            wanted: wanted.clone(),
            assumed: kube_version.version().to_owned(),
        });
    }
    let files = execute(chart, &prepared, options, &arena)?;
    let texts = files.iter().map(|(name, text)| (name.as_str(), text.as_slice()));
    let mut release =
        manifest::sort(texts, &prepared.chart.name, options.helm).map_err(RenderError::Manifest)?;
    collect_crds(&prepared.chart, &mut release.crds);
    Ok(release)
}

/// Renders a chart's templates and stops there: nothing is split, sorted or checked for its kind. Partials are
/// left out.
pub fn render_templates(
    chart: &Chart,
    values: &FrozenMap,
    options: &RenderOptions<'_>,
) -> Result<RenderedFiles, RenderError> {
    let arena = Arena::new();
    let prepared = prepare(chart, values, options, &arena)?;
    execute(chart, &prepared, options, &arena)
}

/// A chart with its dependencies resolved and its values coalesced.
struct Prepared<'r> {
    chart: Resolved<'r>,
    values: MapRef<'r>,
}

fn prepare<'r>(
    chart: &'r Chart,
    user_values: &'r FrozenMap,
    options: &RenderOptions<'r>,
    arena: &'r Arena,
) -> Result<Prepared<'r>, RenderError> {
    let mut warnings = Vec::new();
    let helm = options.helm;
    let chart = resolve(chart, arena.frozen_map(user_values), arena, helm, &mut warnings)
        .map_err(|message| RenderError::Dependencies { message, helm })?;
    let values = arena.frozen_map(user_values);
    Coalesce { arena, helm, merge: false, warnings: &mut warnings }
        .chart(&chart, values, "")
        .map_err(RenderError::Values)?;
    if !options.skip_schema_validation {
        schema::validate_tree(&chart, values).map_err(RenderError::Schema)?;
    }
    Ok(Prepared { chart, values })
}

fn execute<'r>(
    chart: &'r Chart,
    prepared: &Prepared<'r>,
    options: &RenderOptions<'r>,
    arena: &'r Arena,
) -> Result<RenderedFiles, RenderError> {
    let renderables = context::renderables(&prepared.chart, prepared.values, arena, options);
    let budget = options.limits.budget();
    check_templates(&renderables, &budget)?;
    let templates = chart.parsed_templates(prepared.chart.layout(), || {
        let mut set = TemplateSet::new(host::SET_NAME, functions::table(options.helm), MissingKey::Zero);
        let mut parsed = Parsed::default();
        for renderable in &renderables {
            let template = parsed
                .template(renderable, set.functions())
                .map_err(|error| RenderError::Parse(Box::new(error)))?;
            set.add(&template);
        }
        Ok(set)
    })?;
    let engine = host::Engine::default();
    let call = Call::new(arena, options.world, &budget, &engine);
    let call = call.with_templates(&templates);
    let mut files = RenderedFiles::new();
    let mut room = options.limits.output_bytes;
    for renderable in renderables.iter().filter(|renderable| !renderable.is_partial()) {
        let template = arena.map_of([
            ("Name", arena.string(&renderable.name)),
            ("BasePath", arena.string(&renderable.base_path)),
        ]);
        let template = Value::Map(template.with_type(renderable.context.map_type()));
        // Contexts are maps of our own making: none is nil.
        let _ = renderable.context.insert(b"Template", template);
        let mut out = Vec::new();
        let dot = Value::Map(renderable.context);
        gotemplate::execute(&renderable.name, dot, &call, &mut out)
            .map_err(|error| RenderError::Exec { error: Box::new(error), helm: options.helm })?;
        let out = host::without_no_value(out);
        room = room.checked_sub(out.len() as u64).ok_or_else(|| RenderError::Output {
            template: renderable.name.clone(),
            allowed: options.limits.output_bytes,
        })?;
        files.push((renderable.name.clone(), out));
    }
    Ok(files)
}

/// Templates of so many bytes together are parsed without asking what that takes.
const FEW_BYTES: usize = 1 << 20;

/// Asks whether there is room for the parsed templates, whether this render parses them or another one has.
fn check_templates(renderables: &[Renderable<'_>], budget: &Budget) -> Result<(), RenderError> {
    let bytes = |renderable: &Renderable<'_>| renderable.file.data.len();
    if renderables.iter().map(bytes).sum::<usize>() <= FEW_BYTES {
        return Ok(());
    }
    // Those that several subcharts bring are parsed once, as `Parsed` has it.
    let mut known: HashMap<(&str, usize), &[u8]> = HashMap::new();
    for renderable in renderables {
        let file = renderable.file;
        let first = *known.entry((&file.name, file.data.len())).or_insert(&file.data);
        if !std::ptr::eq(first, &*file.data) && first == &*file.data {
            continue;
        }
        budget.bytes(Template::bytes_to_parse(&file.data)).map_err(|exceeded| RenderError::Templates {
            template: renderable.name.clone(),
            allowed: exceeded.allowed,
        })?;
    }
    Ok(())
}

/// The texts parsed so far, by their file's name within its chart and their length: many subcharts bring the same
/// library, whose texts are parsed once.
#[derive(Default)]
struct Parsed<'r>(HashMap<(&'r str, usize), Template>);

impl<'r> Parsed<'r> {
    fn template(
        &mut self,
        renderable: &Renderable<'r>,
        functions: &FunctionTable,
    ) -> Result<Template, ParseError> {
        let file = renderable.file;
        let key = (file.name.as_str(), file.data.len());
        let known = self.0.get(&key).filter(|known| known.source() == &*file.data);
        if let Some(renamed) = known.and_then(|known| known.renamed(&renderable.name)) {
            return Ok(renamed);
        }
        let template = Template::parse_shared(&renderable.name, Arc::clone(&file.data), functions)?;
        self.0.insert(key, template.clone());
        Ok(template)
    }
}

/// The CRDs of a chart, then those of its subcharts.
fn collect_crds(chart: &Resolved<'_>, out: &mut Vec<Crd>) {
    for file in &chart.chart.files {
        let extension = file.name.rsplit('.').next().unwrap_or_default();
        let is_manifest = ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known));
        if file.name.starts_with("crds/") && is_manifest {
            let path = format!("{}/{}", chart.full_path, file.name);
            out.push(Crd { path, content: Arc::clone(&file.data) });
        }
    }
    for subchart in &chart.dependencies {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || collect_crds(subchart, out));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ChartFile, HelmBuild, RefusingWorld};

    /// What a chart with two subcharts renders to, which bring the same template.
    fn rendered(template: &str) -> Result<RenderedFiles, RenderError> {
        let helm = HelmVersion::V4_2_3;
        let mut files = vec![ChartFile::new("Chart.yaml", b"apiVersion: v2\nname: t\nversion: 0.1.0\n")];
        for name in ["a", "b"] {
            let metadata = format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n");
            files.push(ChartFile::new(format!("charts/{name}/Chart.yaml"), metadata.as_bytes()));
            files.push(ChartFile::new(format!("charts/{name}/templates/t.yaml"), template.as_bytes()));
        }
        let chart = crate::load_files(files, helm).unwrap();
        let capabilities = Capabilities::new::<&str>(helm, HelmBuild::Cli, None, &[]);
        let options = RenderOptions {
            helm,
            release_name: "r",
            namespace: "n",
            is_upgrade: false,
            skip_schema_validation: false,
            capabilities: &capabilities,
            world: &RefusingWorld,
            limits: Limits::default(),
        };
        render_templates(&chart, &FrozenMap::default(), &options)
    }

    #[test]
    fn equal_texts_keep_their_own_names() {
        let mut files = rendered("{{ .Template.Name }} {{ .Chart.Name }}").unwrap();
        files.sort();
        let texts: Vec<_> = files.iter().map(|(_, text)| String::from_utf8_lossy(text)).collect();
        assert_eq!(texts, ["t/charts/a/templates/t.yaml a", "t/charts/b/templates/t.yaml b"]);
        for name in ["a", "b"] {
            let template = format!("{{{{ if eq .Chart.Name {name:?} }}}}{{{{ fail \"no\" }}}}{{{{ end }}}}");
            let error = rendered(&template).unwrap_err().to_string();
            assert!(error.contains(&format!("t/charts/{name}/templates/t.yaml:1:")), "{error}");
        }
    }
}
