//! The top-level objects: what `.` is for each chart's templates (helm: pkg/engine/engine.go, `recAllTpls`).

use gostd::value::{Arena, ListType, MapRef, MapType, Value};

use super::RenderOptions;
use crate::chart::{ChartFile, Dependency, ImportValues, Metadata, Resolved};
use crate::files::Files;
use crate::values::table;

/// A template with the context of its chart.
pub(super) struct Renderable<'r> {
    /// The full name: chart path and file name.
    pub(super) name: String,
    pub(super) file: &'r ChartFile,
    pub(super) context: MapRef<'r>,
    /// The chart's `templates` directory, for `.Template.BasePath`.
    pub(super) base_path: String,
}

impl Renderable<'_> {
    /// Whether it is only there for its definitions.
    pub(super) fn is_partial(&self) -> bool {
        self.name.rsplit('/').next().unwrap_or(&self.name).starts_with('_')
    }
}

/// All templates of a chart and its subcharts in the order in which they are parsed and executed: the
/// deepest paths first, then by name backwards.
pub(super) fn renderables<'r>(
    chart: &Resolved<'r>,
    values: MapRef<'r>,
    arena: &'r Arena,
    options: &RenderOptions<'r>,
) -> Vec<Renderable<'r>> {
    let release = arena.map_of([
        ("Name", Value::string(options.release_name)),
        ("Namespace", Value::string(options.namespace)),
        ("IsUpgrade", Value::Bool(options.is_upgrade)),
        ("IsInstall", Value::Bool(!options.is_upgrade)),
        ("Revision", Value::int(1)),
        ("Service", Value::string("Helm")),
    ]);
    let mut contexts = Contexts {
        arena,
        options,
        release: Value::Map(release),
        capabilities: options.capabilities.object(arena),
        values_type: if options.helm.is_v3() { MapType::ChartutilValues } else { MapType::CommonValues },
        found: Vec::new(),
    };
    contexts.chart(chart, None, values);
    let mut found = contexts.found;
    let depth = |name: &str| name.bytes().filter(|byte| *byte == b'/').count();
    found.sort_by(|a, b| (depth(&b.name), &b.name).cmp(&(depth(&a.name), &a.name)));
    found
}

struct Contexts<'r, 'o> {
    arena: &'r Arena,
    options: &'o RenderOptions<'r>,
    release: Value<'r>,
    capabilities: Value<'r>,
    values_type: MapType,
    found: Vec<Renderable<'r>>,
}

impl<'r> Contexts<'r, '_> {
    /// Makes a chart's context and those of its subcharts. `parent` is the parent's values; none for the root.
    fn chart(&mut self, chart: &Resolved<'r>, parent: Option<MapRef<'r>>, root: MapRef<'r>) -> MapRef<'r> {
        let values = match parent {
            None => root,
            Some(parent) => table(parent, &chart.name).unwrap_or_else(|| self.arena.map(MapType::StringAny)),
        };
        let subcharts = self.arena.map(MapType::StringAny);
        let files = self.arena.object(Files::new(chart.chart, self.options.helm));
        let context = self.arena.map_of([
            ("Chart", chart_object(chart, self.arena)),
            ("Files", files),
            ("Release", self.release),
            ("Capabilities", self.capabilities),
            ("Values", Value::Map(values.with_type(self.values_type))),
            ("Subcharts", Value::Map(subcharts)),
        ]);
        for subchart in &chart.dependencies {
            let below =
                stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.chart(subchart, Some(values), root));
            // A map made just now isn't nil.
            let _ = subcharts.insert(subchart.name.as_bytes(), Value::Map(below));
        }
        for file in &chart.chart.templates {
            let base = file.name.rsplit('/').next().unwrap_or(&file.name);
            if chart.chart.is_library() && !base.starts_with('_') {
                continue;
            }
            self.found.push(Renderable {
                name: format!("{}/{}", chart.full_path, file.name),
                file,
                context: context.with_type(self.values_type),
                base_path: format!("{}/templates", chart.full_path),
            });
        }
        context
    }
}

/// `.Chart` of Helm 4: a map with the Go names of the metadata's fields, all of them present.
fn chart_object<'r>(chart: &Resolved<'r>, arena: &'r Arena) -> Value<'r> {
    let metadata: &'r Metadata = &chart.chart.metadata;
    let annotations = match &metadata.annotations {
        None => arena.nil_map(MapType::StringString),
        Some(annotations) => {
            let entries = annotations.iter().map(|(key, value)| (&**key, Value::String(value)));
            arena.map_of(entries).with_type(MapType::StringString)
        }
    };
    let maintainers = metadata.maintainers.iter().flatten().map(|maintainer| {
        Value::Map(arena.map_of([
            ("Name", Value::string(&maintainer.name)),
            ("Email", Value::string(&maintainer.email)),
            ("URL", Value::string(&maintainer.url)),
        ]))
    });
    let maintainers: Vec<Value<'r>> = maintainers.collect();
    let dependencies: Vec<Value<'r>> =
        chart.declared.iter().map(|dependency| dependency_object(dependency, arena)).collect();
    let list = |items: &[Value<'r>]| Value::List(arena.list(ListType::Any, items));
    let strings = |texts: &'r [String]| list(&texts.iter().map(Value::string).collect::<Vec<_>>());
    Value::Map(arena.map_of([
        ("Name", arena.string(&chart.name)),
        ("Home", Value::string(&metadata.home)),
        ("Sources", strings(&metadata.sources)),
        ("Version", Value::string(&metadata.version)),
        ("Description", Value::string(&metadata.description)),
        ("Keywords", strings(&metadata.keywords)),
        ("Maintainers", list(&maintainers)),
        ("Icon", Value::string(&metadata.icon)),
        ("APIVersion", Value::string(&metadata.api_version)),
        ("Condition", Value::string(&metadata.condition)),
        ("Tags", Value::string(&metadata.tags)),
        ("AppVersion", Value::string(&metadata.app_version)),
        ("Deprecated", Value::Bool(metadata.deprecated)),
        ("Annotations", Value::Map(annotations)),
        ("KubeVersion", Value::string(&metadata.kube_version)),
        ("Dependencies", list(&dependencies)),
        ("Type", Value::string(&metadata.chart_type)),
        ("IsRoot", Value::Bool(chart.is_root)),
    ]))
}

fn dependency_object<'r>(dependency: &Dependency, arena: &'r Arena) -> Value<'r> {
    let tags: Vec<Value<'r>> = dependency.tags.iter().map(|tag| arena.string(tag)).collect();
    let imports: Vec<Value<'r>> = dependency
        .import_values
        .iter()
        .map(|import| match import {
            ImportValues::Exported(name) => arena.string(name),
            ImportValues::Mapped { child, parent } => Value::Map(
                arena
                    .map_of([("child", arena.string(child)), ("parent", arena.string(parent))])
                    .with_type(MapType::StringString),
            ),
        })
        .collect();
    Value::Map(arena.map_of([
        ("Name", arena.string(&dependency.name)),
        ("Version", arena.string(&dependency.version)),
        ("Repository", arena.string(&dependency.repository)),
        ("Condition", arena.string(&dependency.condition)),
        ("Tags", Value::List(arena.list(ListType::Any, &tags))),
        ("Enabled", Value::Bool(dependency.enabled)),
        ("ImportValues", Value::List(arena.list(ListType::Any, &imports))),
        ("Alias", arena.string(&dependency.alias)),
    ]))
}
