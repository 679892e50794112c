//! Coalescing: user values over a chart's defaults, down through its subcharts
//! (helm: pkg/chart/common/util/coalesce.go).

use gostd::value::{Arena, Frozen, FrozenMap, MapRef, MapType, Value};

use crate::HelmVersion;
use crate::chart::Resolved;

/// The key of the values that all subcharts see.
const GLOBAL: &[u8] = b"global";

/// Whether the value is a table, which is what Helm calls a map of YAML.
pub(crate) fn is_table(value: &Value<'_>) -> bool {
    matches!(value, Value::Map(map) if map.map_type() == MapType::StringAny)
}

fn as_table<'r>(value: Option<Value<'r>>) -> Option<MapRef<'r>> {
    value.filter(is_table)?.as_map()
}

/// One run of coalescing or merging over a chart and its subcharts.
pub(crate) struct Coalesce<'r, 'w> {
    pub(crate) arena: &'r Arena,
    pub(crate) helm: HelmVersion,
    /// Keep nulls (Helm's `MergeValues`) instead of letting them delete.
    pub(crate) merge: bool,
    /// What Helm would print as warnings on stderr.
    pub(crate) warnings: &'w mut Vec<String>,
}

impl<'r> Coalesce<'r, '_> {
    /// Coalesces `values` with the chart's defaults and those of its subcharts, in place.
    ///
    /// A subchart's table in the parent's values is the same map that the subchart sees as its own.
    pub(crate) fn chart(
        &mut self,
        chart: &Resolved<'r>,
        values: MapRef<'r>,
        prefix: &str,
    ) -> Result<(), String> {
        self.defaults(chart, values, prefix);
        let prefix = concat_prefix(prefix, &chart.name);
        for subchart in &chart.dependencies {
            let key = subchart.name.as_bytes();
            let table = match values.get(key) {
                None => {
                    let table = self.arena.map(MapType::StringAny);
                    assign(values, key, Value::Map(table));
                    table
                }
                Some(found) => match as_table(Some(found)) {
                    Some(table) => table,
                    None => {
                        let shown = gostd::fmt::sprintf(b"%t", &[found]);
                        let shown = String::from_utf8_lossy(&shown).into_owned();
                        return Err(format!("type mismatch on {}: {shown}", subchart.name));
                    }
                },
            };
            self.globals(table, values, &prefix);
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.chart(subchart, table, &prefix))?;
        }
        Ok(())
    }

    /// Hands the parent's globals down: they win over the subchart's own.
    fn globals(&mut self, table: MapRef<'r>, parent: MapRef<'r>, prefix: &str) {
        let own = match table.get(GLOBAL) {
            None => self.arena.map(MapType::StringAny),
            found => match as_table(found) {
                Some(own) => own,
                None => {
                    self.warn("warning: skipping globals because destination global is not a table.");
                    return;
                }
            },
        };
        let handed_down = match parent.get(GLOBAL) {
            None => Vec::new(),
            found => match as_table(found) {
                Some(handed_down) => handed_down.entries(),
                None => {
                    self.warn("warning: skipping globals because source global is not a table.");
                    return;
                }
            },
        };
        for (key, value) in handed_down {
            if let Some(table) = as_table(Some(value)) {
                let copy = self.arena.map_of(table.entries());
                match own.get(key) {
                    None => assign(own, key, Value::Map(copy)),
                    found => match as_table(found) {
                        Some(below) => {
                            let prefix = concat_prefix(prefix, &String::from_utf8_lossy(key));
                            // Nulls are kept here and dealt with when the subchart is coalesced.
                            coalesce_tables(copy, below, &prefix, true, self.warnings);
                            assign(own, key, Value::Map(copy));
                        }
                        None => {
                            let key = String::from_utf8_lossy(key);
                            self.warn(format!(
                                "Conflict: cannot merge map onto non-map for {key:?}. Skipping."
                            ));
                        }
                    },
                }
            } else if as_table(own.get(key)).is_some() {
                self.warn(format!("key {} is table. Skipping", String::from_utf8_lossy(key)));
            } else {
                assign(own, key, value);
            }
        }
        assign(table, GLOBAL, Value::Map(own));
    }

    /// Fills `values` up with the chart's own defaults.
    fn defaults(&mut self, chart: &Resolved<'r>, values: MapRef<'r>, prefix: &str) {
        let prefix = concat_prefix(prefix, &chart.name);
        for (key, default) in chart.fresh_values(self.arena).entries() {
            let Some(value) = values.get(key) else {
                // Helm 4 keeps nulls of the defaults out, so that they don't shadow globals.
                if !self.merge && !self.helm.is_v3() {
                    if default.is_nil() {
                        continue;
                    }
                    if let Some(table) = as_table(Some(default)) {
                        clean_nils(table);
                    }
                }
                assign(values, key, default);
                continue;
            };
            if value.is_nil() && !self.merge {
                values.remove(key);
                continue;
            }
            let Some(table) = as_table(Some(value)) else { continue };
            match as_table(Some(default)) {
                Some(defaults) => {
                    let is_subchart =
                        chart.dependencies.iter().any(|subchart| subchart.name.as_bytes() == key);
                    let merge = self.merge || is_subchart;
                    if !merge && !self.helm.is_v3() {
                        clean_nils(defaults);
                    }
                    let prefix = concat_prefix(&prefix, &String::from_utf8_lossy(key));
                    coalesce_tables(table, defaults, &prefix, merge, self.warnings);
                }
                None if default.is_nil() => {}
                None => {
                    let key = String::from_utf8_lossy(key);
                    self.warn(format!("warning: skipped value for {prefix}.{key}: Not a table."));
                }
            }
        }
    }

    fn warn(&mut self, text: impl Into<String>) {
        self.warnings.push(text.into());
    }
}

/// Merges a table of lower precedence into `above`, in place. A null above deletes the key where there was a
/// default, unless `merge` keeps nulls.
pub(crate) fn coalesce_tables<'r>(
    above: MapRef<'r>,
    below: MapRef<'r>,
    prefix: &str,
    merge: bool,
    warnings: &mut Vec<String>,
) {
    // Keys that stand above alone need nothing, whether null or not.
    for (key, default) in below.entries() {
        let full_key = || concat_prefix(prefix, &String::from_utf8_lossy(key));
        let Some(value) = above.get(key) else {
            assign(above, key, default);
            continue;
        };
        if value.is_nil() {
            if !merge && !default.is_nil() {
                above.remove(key);
            }
            continue;
        }
        match (as_table(Some(value)), as_table(Some(default))) {
            (Some(table), Some(defaults)) => {
                let prefix = full_key();
                stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                    coalesce_tables(table, defaults, &prefix, merge, warnings);
                });
            }
            (None, Some(_)) => {
                warnings.push(format!("warning: cannot overwrite table with non table for {}", full_key()));
            }
            (Some(_), None) if !default.is_nil() => {
                warnings.push(format!(
                    "warning: destination for {} is a table. Ignoring non-table value",
                    full_key()
                ));
            }
            _ => {}
        }
    }
}

/// Removes nulls from a table and the tables in it (not from lists).
pub(crate) fn clean_nils(table: MapRef<'_>) {
    if table.as_frozen().is_some_and(|frozen| !has_nils(frozen)) {
        return;
    }
    for (key, value) in table.entries() {
        if value.is_nil() {
            table.remove(key);
        } else if let Some(inner) = as_table(Some(value)) {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || clean_nils(inner));
        }
    }
}

/// Looks before anything is thawed: most defaults have no nulls.
fn has_nils(frozen: &FrozenMap) -> bool {
    frozen.iter().any(|(_, value)| match value {
        Frozen::Nil => true,
        Frozen::Map(map) => stacker::maybe_grow(64 * 1024, 1024 * 1024, || has_nils(map)),
        _ => false,
    })
}

fn assign<'r>(map: MapRef<'r>, key: &[u8], value: Value<'r>) {
    // Coalescing works on maps of its own making: none is nil.
    let _ = map.insert(key, value);
}

fn concat_prefix(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}
