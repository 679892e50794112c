//! The top-level objects: what `.` is for each chart's templates (helm: pkg/engine/engine.go, `recAllTpls`).

use gostd::value::{Arena, MapRef, MapType, Value};

use super::RenderOptions;
use super::chart_object::chart_object;
use crate::chart::{ChartFile, Resolved};
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
        ("IsInstall", Value::Bool(!options.is_upgrade)),
        ("IsUpgrade", Value::Bool(options.is_upgrade)),
        ("Name", Value::string(options.release_name)),
        ("Namespace", Value::string(options.namespace)),
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
    // Helm keeps templates by name: of two with one name the later counts.
    found.reverse();
    found.dedup_by(|later, kept| later.name == kept.name);
    found.reverse();
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
            ("Capabilities", self.capabilities),
            ("Chart", chart_object(chart, self.options.helm, self.arena)),
            ("Files", files),
            ("Release", self.release),
            ("Subcharts", Value::Map(subcharts)),
            ("Values", Value::Map(values.with_type(self.values_type))),
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
