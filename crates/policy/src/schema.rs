//! JSON Schemas of the policy files, for editors.

use schemars::{JsonSchema, schema_for};

use crate::wire;

/// The JSON Schema of the pipeline file, ending in a line break.
pub fn pipeline_schema() -> String {
    print::<wire::Pipeline>()
}

/// The JSON Schema of a `deployment.yaml`, ending in a line break.
pub fn deployment_schema() -> String {
    print::<wire::Deployment>()
}

fn print<T: JsonSchema>() -> String {
    format!("{:#}\n", schema_for!(T).to_value())
}
