//! Which subcharts a render uses: versions, aliases, tags, conditions, imported values
//! (helm: pkg/chart/v2/util/dependencies.go).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use gostd::value::{Arena, MapRef, MapType, Value};

use super::metadata::{Dependency, ImportValues};
use super::{Chart, Resolved};
use crate::HelmVersion;
use crate::values::{Coalesce, coalesce_tables, deep_copy_map, table};

/// Resolves a chart's dependencies for these user values. An error is Helm's text.
pub(crate) fn resolve<'r>(
    chart: &'r Chart,
    values: MapRef<'r>,
    arena: &'r Arena,
    helm: HelmVersion,
    warnings: &mut Vec<String>,
) -> Result<Resolved<'r>, String> {
    let mut root = Resolved::original(chart);
    root.is_root = true;
    let mut processing = Processing { arena, helm, warnings, shared: HashMap::new(), copies: 0 };
    processing.enable(&mut root, values, "")?;
    processing.import_values(&mut root)?;
    // A subchart that several copies of its parent hold has one path: that below the last of them.
    let mut paths = Paths::default();
    paths.assign(&mut root, chart.name().to_owned(), chart.name().to_owned());
    paths.are_known = true;
    paths.assign(&mut root, chart.name().to_owned(), chart.name().to_owned());
    Ok(root)
}

type Declared = Vec<Rc<RefCell<Dependency>>>;

impl<'r> Resolved<'r> {
    /// The chart with all its subcharts as loaded.
    fn original(chart: &'r Chart) -> Self {
        let subcharts = chart.dependencies.iter();
        let subcharts = subcharts
            .map(|subchart| stacker::maybe_grow(64 * 1024, 1024 * 1024, || Resolved::original(subchart)));
        Self {
            dependencies: subcharts.collect(),
            chart,
            name: chart.name().to_owned(),
            full_path: String::new(),
            is_root: false,
            is_original: true,
            owns_subcharts: true,
            declared: declared(chart),
            has_list: chart.metadata.dependencies.is_some(),
            imported: None,
        }
    }

    /// The copy of a chart that Helm makes for a declared dependency. In Helm 3 its subcharts are those of the
    /// original; in Helm 4 they are copies too, but their own subcharts aren't.
    fn copy(chart: &'r Chart, name: String, helm: HelmVersion) -> Self {
        let mut copy = Self::original(chart);
        copy.name = name;
        copy.is_original = false;
        copy.owns_subcharts = !helm.is_v3();
        if !helm.is_v3() {
            for subchart in &mut copy.dependencies {
                subchart.is_original = false;
                subchart.owns_subcharts = false;
            }
        }
        copy
    }
}

fn declared(chart: &Chart) -> Declared {
    let declared = chart.metadata.dependencies.iter().flatten();
    declared.map(|dependency| Rc::new(RefCell::new(dependency.clone()))).collect()
}

/// Where charts are, as Helm finds out: by walking up from parent to parent.
#[derive(Default)]
struct Paths {
    /// The paths of charts that were given a new parent, by their address.
    adopted: HashMap<usize, String>,
    /// Whether all of them are there: the last parent counts.
    are_known: bool,
}

impl Paths {
    /// Sets the path of a chart and those below it. `original` is the path of the chart as it was loaded.
    fn assign(&mut self, chart: &mut Resolved<'_>, path: String, original: String) {
        for subchart in &mut chart.dependencies {
            let as_loaded = format!("{original}/charts/{}", subchart.chart.name());
            let address = std::ptr::from_ref(subchart.chart).addr();
            let own = if !chart.owns_subcharts {
                as_loaded.clone()
            } else {
                format!("{path}/charts/{}", subchart.name)
            };
            if chart.owns_subcharts && subchart.is_original && !chart.is_original && !self.are_known {
                self.adopted.insert(address, own.clone());
            }
            let own = match self.adopted.get(&address) {
                Some(adopted) if subchart.is_original => adopted.clone(),
                _ => own,
            };
            let as_loaded = if subchart.is_original { own.clone() } else { as_loaded };
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.assign(subchart, own, as_loaded));
        }
        chart.full_path = path;
    }
}

struct Processing<'r, 'w> {
    arena: &'r Arena,
    helm: HelmVersion,
    warnings: &'w mut Vec<String>,
    /// Helm 3 copies a chart but not what it declares: the copies of a chart share that, by its address.
    shared: HashMap<usize, Declared>,
    /// How many copies of charts were made for declared dependencies.
    copies: usize,
}

/// How many copies there may be: charts that use one another under two names each come to endless ones.
const MAX_COPIES: usize = 5_000;
/// The memory that their values may take, in bytes.
const MAX_MEMORY: usize = 1 << 30;

impl<'r> Processing<'r, '_> {
    /// Leaves out what tags and conditions disable, gives aliases their own copies.
    fn enable(&mut self, chart: &mut Resolved<'r>, values: MapRef<'r>, path: &str) -> Result<(), String> {
        // A chart that has no list of dependencies is left alone: its subcharts are used as loaded.
        if chart.chart.metadata.dependencies.is_none() {
            return Ok(());
        }
        if self.helm.is_v3() {
            let address = std::ptr::from_ref(chart.chart).addr();
            chart.declared = self.shared.entry(address).or_insert_with(|| chart.declared.clone()).clone();
        }
        let present = std::mem::take(&mut chart.dependencies);
        let fits = |subchart: &Chart, declared: &Dependency| {
            subchart.name() == declared.name && in_range(&declared.version, &subchart.metadata.version)
        };
        let loaded: &'r [Arc<Chart>] = &chart.chart.dependencies;
        let is_declared =
            |subchart: &Chart| chart.declared.iter().any(|declared| fits(subchart, &declared.borrow()));
        let mut dependencies: Vec<Resolved<'r>> =
            present.into_iter().filter(|subchart| !is_declared(subchart.chart)).collect();
        for declared in &chart.declared {
            let mut declared = declared.borrow_mut();
            if let Some(subchart) = loaded.iter().find(|subchart| fits(subchart, &declared)) {
                let name = if declared.alias.is_empty() { subchart.name() } else { &declared.alias };
                dependencies.push(Resolved::copy(subchart, name.to_owned(), self.helm));
            }
            if !declared.alias.is_empty() {
                declared.name = declared.alias.clone();
            }
            declared.enabled = true;
        }
        self.copies += dependencies.len();
        if self.copies > MAX_COPIES {
            return Err(format!("the dependencies come to more than {MAX_COPIES} charts"));
        }
        if self.arena.allocated() > MAX_MEMORY {
            return Err(format!("the values of the dependencies take more than {MAX_MEMORY} bytes"));
        }
        chart.dependencies = dependencies;
        chart.owns_subcharts = true;

        let coalesced = deep_copy_map(self.arena, values);
        self.coalesce(false).chart(chart, coalesced, "")?;
        self.apply_tags(&chart.declared, coalesced);
        self.apply_conditions(&chart.declared, coalesced, path);

        let disabled: Vec<String> = chart
            .declared
            .iter()
            .filter(|dependency| !dependency.borrow().enabled)
            .map(|dependency| dependency.borrow().name.clone())
            .collect();
        chart.dependencies.retain(|subchart| !disabled.contains(&subchart.name));
        chart.declared.retain(|dependency| !disabled.contains(&dependency.borrow().name));
        // An empty list has become none.
        chart.has_list = !chart.declared.is_empty();
        for subchart in &mut chart.dependencies {
            let path = format!("{path}{}.", subchart.name);
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.enable(subchart, coalesced, &path))?;
        }
        Ok(())
    }

    fn coalesce(&mut self, merge: bool) -> Coalesce<'r, '_> {
        Coalesce { arena: self.arena, helm: self.helm, merge, warnings: self.warnings }
    }

    fn apply_tags(&mut self, declared: &Declared, values: MapRef<'r>) {
        let Some(tags) = table(values, "tags") else { return };
        for dependency in declared {
            let mut dependency = dependency.borrow_mut();
            let (mut on, mut off) = (false, false);
            for tag in dependency.tags.iter().flatten() {
                match tags.get(tag.as_bytes()) {
                    Some(Value::Bool(value)) => {
                        on |= value;
                        off |= !value;
                    }
                    Some(_) => {
                        self.warnings
                            .push(format!("returned non-bool value tag={tag} chart={}", dependency.name));
                    }
                    None => {}
                }
            }
            dependency.enabled = on || !off;
        }
    }

    /// The first path of a condition that is a boolean decides.
    fn apply_conditions(&mut self, declared: &Declared, values: MapRef<'r>, path: &str) {
        for dependency in declared {
            let mut dependency = dependency.borrow_mut();
            let condition = dependency.condition.clone();
            for candidate in condition.trim().split(',').filter(|candidate| !candidate.is_empty()) {
                match path_value(values, &format!("{path}{candidate}")) {
                    Some(Value::Bool(enabled)) => {
                        dependency.enabled = enabled;
                        break;
                    }
                    Some(_) => self
                        .warnings
                        .push(format!("returned non-bool value path={candidate} chart={}", dependency.name)),
                    None => {}
                }
            }
        }
    }

    /// Imports values from children to parents, the deepest first.
    fn import_values(&mut self, chart: &mut Resolved<'r>) -> Result<(), String> {
        for subchart in &mut chart.dependencies {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.import_values(subchart))?;
        }
        // Helm rewrites a chart's defaults here even where nothing is imported: the subcharts' merged defaults
        // move up into the parent's. It shows where a user's null deletes a global that had a default.
        if !chart.has_list {
            return Ok(());
        }
        let defaults = self.arena.map(MapType::StringAny);
        self.coalesce(true).chart(chart, defaults, "")?;
        let imported = self.arena.map(MapType::StringAny);
        for dependency in &chart.declared {
            let mut dependency = dependency.borrow_mut();
            let name = dependency.name.clone();
            if std::mem::replace(&mut dependency.is_imported, true) {
                // Another copy of the chart has been here and left what Helm doesn't understand any more.
                dependency.import_values.clear();
            }
            for import in &mut dependency.import_values {
                let (child, parent) = match import {
                    ImportValues::Exported(name) => (format!("exports.{name}"), ".".to_owned()),
                    ImportValues::Mapped { child, parent } => (child.clone(), parent.clone()),
                };
                *import = ImportValues::Mapped { child: child.clone(), parent: parent.clone() };
                let Some(source) = table(defaults, &format!("{name}.{child}")) else {
                    self.warnings
                        .push(format!("ImportValues missing table from chart chart={name} table={child}"));
                    continue;
                };
                coalesce_tables(imported, self.nest(&parent, source), "", true, self.warnings);
            }
        }
        let defaults = deep_copy_map(self.arena, defaults);
        coalesce_tables(defaults, imported, "", true, self.warnings);
        chart.imported = Some(defaults);
        Ok(())
    }

    /// Wraps a table in tables along a dotted path (`.` is the root).
    fn nest(&self, path: &str, data: MapRef<'r>) -> MapRef<'r> {
        if path == "." {
            return data;
        }
        path.rsplit('.').fold(data, |inner, key| self.arena.map_of([(key, Value::Map(inner))]))
    }
}

/// A value at a dotted path that isn't a table (helm: pkg/chart/common/values.go, `PathValue`).
pub(crate) fn path_value<'r>(values: MapRef<'r>, path: &str) -> Option<Value<'r>> {
    let (parent, key) = match path.rsplit_once('.') {
        None => (values, path),
        Some((parent, key)) => (table(values, parent)?, key),
    };
    parent.get(key.as_bytes()).filter(|value| !matches!(value, Value::Map(_)))
}

/// Whether a version lies in a range; a malformed one of either doesn't.
pub(crate) fn in_range(range: &str, version: &str) -> bool {
    let (Ok(range), Ok(version)) = (
        sprig::semver::Constraints::parse(range.as_bytes()),
        sprig::semver::Version::parse(version.as_bytes()),
    ) else {
        return false;
    };
    range.check(&version)
}
