//! A chart as it was loaded: immutable, shared between renders and threads.

mod archive;
mod dependencies;
mod ignore;
mod links;
mod load;
mod locate;
mod metadata;
pub(crate) mod path_match;
mod tar;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock};

use gostd::value::{Arena, FrozenMap, MapRef};
use gotemplate::TemplateSet;

use crate::schema::CompiledSchema;
use crate::values::deep_copy_map;

pub use archive::ArchiveReader;
pub(crate) use dependencies::{in_range, resolve};
pub use load::{
    ChartError, ChartFile, load_archive, load_directory, load_directory_within, load_files, load_tree,
    load_tree_within,
};
pub use locate::load;
pub use metadata::{Annotation, Dependency, ImportValues, Maintainer, Metadata};

/// A loaded chart with its subcharts. Nothing about a render is in it; it can be rendered for many
/// deployments at once.
#[derive(Debug)]
pub struct Chart {
    /// What `Chart.yaml` says.
    pub metadata: Metadata,
    /// The defaults of `values.yaml`.
    pub values: FrozenMap,
    /// The text of `values.yaml`, to find out where a value is set.
    pub values_text: Option<Arc<[u8]>>,
    /// The text of `values.schema.json`.
    pub schema: Option<Arc<[u8]>>,
    /// Everything below `templates/`.
    pub templates: Vec<ChartFile>,
    /// Every other file that templates can read.
    pub files: Vec<ChartFile>,
    /// The subcharts found in `charts/`, by name of their directory.
    pub dependencies: Vec<Arc<Chart>>,
    /// The schema ready to validate with, compiled on first need; the error is Helm's text.
    compiled_schema: OnceLock<Result<CompiledSchema, String>>,
    /// The parsed templates of the last layouts of enabled subcharts.
    parsed: Mutex<Vec<(String, Arc<TemplateSet<'static>>)>>,
}

impl Chart {
    /// The chart's name.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Whether the chart only offers definitions to others.
    pub fn is_library(&self) -> bool {
        self.metadata.chart_type.eq_ignore_ascii_case("library")
    }

    /// Declared dependencies that are not in `charts/`, in order: what `helm dependency build` would fetch.
    /// Subcharts may lack theirs; Helm doesn't look.
    pub fn missing_dependencies(&self) -> Vec<&str> {
        let vendored = |name: &str| self.dependencies.iter().any(|subchart| subchart.name() == name);
        let declared = self.metadata.dependencies.iter().flatten();
        declared.map(|dependency| dependency.name.as_str()).filter(|name| !vendored(name)).collect()
    }

    /// The chart's schema ready to validate with, if it has one.
    pub(crate) fn compiled_schema(&self) -> Option<Result<&CompiledSchema, &str>> {
        let schema = self.schema.as_ref()?;
        let compiled = self.compiled_schema.get_or_init(|| CompiledSchema::compile(schema));
        Some(compiled.as_ref().map_err(String::as_str))
    }

    /// The templates parsed for a layout of enabled subcharts, from the cache or made now.
    pub(crate) fn parsed_templates<E>(
        &self,
        layout: String,
        parse: impl FnOnce() -> Result<TemplateSet<'static>, E>,
    ) -> Result<Arc<TemplateSet<'static>>, E> {
        /// Deployments differ in which subcharts they enable, but not in many ways.
        const LAYOUTS_KEPT: usize = 16;
        // A panic elsewhere can't leave the list half changed, so a poisoned lock is still good.
        let mut parsed = self.parsed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, set)) = parsed.iter().find(|(known, _)| *known == layout) {
            return Ok(Arc::clone(set));
        }
        let set = Arc::new(parse()?);
        if parsed.len() == LAYOUTS_KEPT {
            parsed.remove(0);
        }
        parsed.push((layout, Arc::clone(&set)));
        Ok(set)
    }
}

/// A chart as one render uses it: renamed by alias, without its disabled subcharts, with imported values.
pub(crate) struct Resolved<'r> {
    pub(crate) chart: &'r Chart,
    /// The chart's name, or the alias that its parent gave it.
    pub(crate) name: String,
    /// `parent/charts/name`, the prefix of its templates' names.
    pub(crate) full_path: String,
    pub(crate) is_root: bool,
    pub(crate) dependencies: Vec<Resolved<'r>>,
    /// The entries of `Chart.yaml` for the enabled dependencies, as processing left them; copies of a chart may
    /// share theirs.
    pub(crate) declared: Vec<Rc<RefCell<Dependency>>>,
    /// Whether it has a list of dependencies at all, be it an empty one.
    has_list: bool,
    /// Whether Helm works on the chart as loaded here, not on a copy of it.
    is_original: bool,
    /// Whether the subcharts take this chart for their parent: those of a copy may still know the original.
    owns_subcharts: bool,
    /// The defaults after imports from subcharts; the chart's own where nothing was imported.
    imported: Option<MapRef<'r>>,
}

impl<'r> Resolved<'r> {
    /// A copy of the defaults that may be changed; made lazily, level by level, where nothing was imported.
    pub(crate) fn fresh_values(&self, arena: &'r Arena) -> MapRef<'r> {
        match self.imported {
            None => arena.frozen_map(&self.chart.values),
            Some(values) => deep_copy_map(arena, values),
        }
    }

    /// The names of the templates' files with what tells one chart's version of a file from another's.
    pub(crate) fn layout(&self) -> String {
        let mut layout = String::new();
        self.write_layout(&mut layout);
        layout
    }

    fn write_layout(&self, out: &mut String) {
        use std::fmt::Write as _;
        // Writing to a String can't fail.
        let _ = write!(out, "{}@{:x};", self.full_path, std::ptr::from_ref(self.chart).addr());
        for subchart in &self.dependencies {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || subchart.write_layout(out));
        }
    }
}
