//! Which subcharts a render uses: versions, aliases, tags, conditions, imported values
//! (helm: pkg/chart/v2/util/dependencies.go).

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
    let mut root = Resolved::new(chart, chart.name().to_owned(), None);
    let mut processing = Processing { arena, helm, warnings };
    processing.enable(&mut root, values, "")?;
    processing.import_values(&mut root)?;
    Ok(root)
}

impl<'r> Resolved<'r> {
    /// The chart with all its subcharts as loaded.
    fn new(chart: &'r Chart, name: String, parent: Option<&str>) -> Self {
        let full_path = match parent {
            None => name.clone(),
            Some(parent) => format!("{parent}/charts/{name}"),
        };
        let subcharts = chart.dependencies.iter().map(|subchart| {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                Resolved::new(subchart, subchart.name().to_owned(), Some(&full_path))
            })
        });
        Self {
            dependencies: subcharts.collect(),
            chart,
            name,
            is_root: parent.is_none(),
            declared: chart.metadata.dependencies.clone(),
            imported: None,
            full_path,
        }
    }
}

struct Processing<'r, 'w> {
    arena: &'r Arena,
    helm: HelmVersion,
    warnings: &'w mut Vec<String>,
}

impl<'r> Processing<'r, '_> {
    /// Leaves out what tags and conditions disable, gives aliases their own copies.
    fn enable(&mut self, chart: &mut Resolved<'r>, values: MapRef<'r>, path: &str) -> Result<(), String> {
        // A chart that declares nothing is left alone: its subcharts are used as loaded.
        if chart.declared.is_empty() {
            return Ok(());
        }
        let loaded: &'r [Arc<Chart>] = &chart.chart.dependencies;
        let fits = |subchart: &Chart, declared: &Dependency| {
            subchart.name() == declared.name && in_range(&declared.version, &subchart.metadata.version)
        };
        let undeclared =
            loaded.iter().filter(|subchart| !chart.declared.iter().any(|declared| fits(subchart, declared)));
        let mut dependencies: Vec<Resolved<'r>> = undeclared
            .map(|subchart| Resolved::new(subchart, subchart.name().to_owned(), Some(&chart.full_path)))
            .collect();
        for declared in &mut chart.declared {
            let found = loaded.iter().find(|subchart| fits(subchart, declared));
            if !declared.alias.is_empty() {
                declared.name.clone_from(&declared.alias);
            }
            if let Some(subchart) = found {
                let name = if declared.alias.is_empty() { subchart.name() } else { &declared.alias };
                dependencies.push(Resolved::new(subchart, name.to_owned(), Some(&chart.full_path)));
            }
            declared.enabled = true;
        }
        chart.dependencies = dependencies;

        let coalesced = deep_copy_map(self.arena, values);
        self.coalesce(false).chart(chart, coalesced, "")?;
        self.apply_tags(&mut chart.declared, coalesced);
        self.apply_conditions(&mut chart.declared, coalesced, path);

        let declared = &chart.declared;
        let disabled =
            |name: &str| declared.iter().any(|dependency| !dependency.enabled && dependency.name == name);
        chart.dependencies.retain(|subchart| !disabled(&subchart.name));
        let kept = chart.declared.iter().filter(|dependency| !disabled(&dependency.name)).cloned().collect();
        chart.declared = kept;
        for subchart in &mut chart.dependencies {
            let path = format!("{path}{}.", subchart.name);
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.enable(subchart, coalesced, &path))?;
        }
        Ok(())
    }

    fn coalesce(&mut self, merge: bool) -> Coalesce<'r, '_> {
        Coalesce { arena: self.arena, helm: self.helm, merge, warnings: self.warnings }
    }

    fn apply_tags(&mut self, declared: &mut [Dependency], values: MapRef<'r>) {
        let Some(tags) = table(values, "tags") else { return };
        for dependency in declared {
            let (mut on, mut off) = (false, false);
            for tag in &dependency.tags {
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
    fn apply_conditions(&mut self, declared: &mut [Dependency], values: MapRef<'r>, path: &str) {
        for dependency in declared {
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
        if chart.declared.is_empty() {
            return Ok(());
        }
        let defaults = self.arena.map(MapType::StringAny);
        self.coalesce(true).chart(chart, defaults, "")?;
        let imported = self.arena.map(MapType::StringAny);
        for dependency in &mut chart.declared {
            let name = dependency.name.clone();
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
