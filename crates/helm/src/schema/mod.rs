//! Validation of values by `values.schema.json`, with the texts of Helm (helm: pkg/chart/common/util/jsonschema.go).
//!
//! Helm takes its validator from santhosh-tekuri/jsonschema, whose verdicts depend on details that no library for
//! Rust shares: numbers are exact decimals, patterns are RE2's, and the tree of errors is part of the text. So the
//! validator is written here. A schema is decoded ([`json`]), its resources and anchors are found ([`document`]), it
//! is checked by its draft's metaschema ([`draft`]) and compiled ([`compile`]) to a [`program`], by which values are
//! validated ([`validate`]); [`text`] prints what is wrong. Nothing is ever fetched or read from disk.

mod compile;
mod decimal;
mod document;
mod draft;
mod format;
mod ip;
mod json;
mod program;
mod text;
mod url;
mod validate;

use gostd::value::MapRef;

use crate::chart::Resolved;

/// The URL that Helm gives every chart's schema.
const URL: &str = "file:///values.schema.json";

/// What Helm cuts off the validator's text.
const PREFIX: &str = "jsonschema validation failed with 'file:///values.schema.json#'\n";

/// A `values.schema.json` ready to validate with, any number of times and from any thread.
#[derive(Debug)]
pub(crate) struct CompiledSchema {
    program: program::Program,
}

impl CompiledSchema {
    /// Compiles a schema's text; an error is Helm's text.
    pub(crate) fn compile(text: &[u8]) -> Result<Self, String> {
        let document = json::decode(text)?;
        let program = compile::document(URL, document).map_err(|error| error.to_string())?;
        Ok(Self { program })
    }

    /// Checks values; an error is Helm's text, with its final newline.
    pub(crate) fn validate(&self, values: MapRef<'_>) -> Result<(), String> {
        validate::values(&self.program, &json::from_map(values)).map_err(|violation| {
            let text = violation.text();
            format!("{}\n", text.strip_prefix(PREFIX).unwrap_or(&text))
        })
    }
}

/// Checks the values of a chart and its subcharts; an error is Helm's text, chart by chart.
pub(crate) fn validate_tree(chart: &Resolved<'_>, values: MapRef<'_>) -> Result<(), String> {
    let mut out = String::new();
    check_tree(chart, values, &mut out);
    if out.is_empty() { Ok(()) } else { Err(out) }
}

fn check_tree(chart: &Resolved<'_>, values: MapRef<'_>, out: &mut String) {
    if let Some(schema) = chart.chart.compiled_schema() {
        let checked = schema.map_err(str::to_owned).and_then(|schema| schema.validate(values));
        if let Err(error) = checked {
            out.push_str(&chart.name);
            out.push_str(":\n");
            out.push_str(&error);
        }
    }
    for subchart in &chart.dependencies {
        let Some(own) = values.get(subchart.name.as_bytes()).filter(|own| !own.is_nil()) else { continue };
        match own.as_map() {
            Some(own) => stacker::maybe_grow(64 * 1024, 1024 * 1024, || check_tree(subchart, own, out)),
            None => {
                let got = own.type_name();
                out.push_str(&subchart.name);
                out.push_str(&format!(":\ninvalid type for values: expected object (map), got {got}\n"));
            }
        }
    }
}

#[cfg(test)]
mod tests;
