//! The JSON Schema of `freight.yaml`, for editors.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema, schema_for};

/// A release: what it was cut from and what it carries.
#[derive(JsonSchema)]
#[schemars(title = "Waybill freight record", rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is taken")]
struct Record {
    /// The version of this file's format.
    schema_version: Option<SchemaVersion>,
    /// The full commit id in the source that the release was cut from.
    #[schemars(regex(pattern = "^([0-9a-f]{40}|[0-9a-f]{64})$"))]
    revision: String,
    /// git- and the revision.
    #[schemars(regex(pattern = "^git-([0-9a-f]{40}|[0-9a-f]{64})$"))]
    tag: String,
    /// The image of the release.
    image: Image,
    /// What kind of package the payload is.
    package_type: PackageType,
    /// The revision's committer time, in RFC 3339.
    created_at: Option<String>,
    /// Where the payload came from.
    package: Option<Package>,
}

/// The image of a release.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is taken")]
struct Image {
    /// registry/repository:tag, where the tag is the release's.
    r#ref: String,
    /// sha256: and 64 hexadecimal digits.
    #[schemars(regex(pattern = "^sha256:[0-9a-f]{64}$"))]
    digest: Option<String>,
}

/// Where the payload came from.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is taken")]
struct Package {
    /// The package's path in the source.
    path: String,
    /// The package's tree in the source.
    #[schemars(regex(pattern = "^([0-9a-f]{40}|[0-9a-f]{64})$"))]
    tree: String,
}

struct SchemaVersion;

impl JsonSchema for SchemaVersion {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SchemaVersion".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "const": crate::wire::SCHEMA_VERSION })
    }
}

struct PackageType;

impl JsonSchema for PackageType {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PackageType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "const": crate::record::PackageType::Helm.as_str() })
    }
}

/// The JSON Schema of `freight.yaml`, ending in a line break.
pub fn freight_schema() -> String {
    format!("{:#}\n", schema_for!(Record).to_value())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use crate::wire::{IMAGE_KEYS, PACKAGE_KEYS, RECORD_KEYS};

    #[test]
    fn the_schema_and_the_reader_know_the_same_keys() {
        let schema: serde_json::Value = serde_json::from_str(&super::freight_schema()).unwrap();
        let keys = |schema: &serde_json::Value| -> Vec<String> {
            let mut keys: Vec<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
            keys.sort();
            keys
        };
        let sorted = |known: &[&str]| -> Vec<String> {
            let mut known: Vec<String> = known.iter().map(ToString::to_string).collect();
            known.sort();
            known
        };
        assert_eq!(keys(&schema), sorted(&RECORD_KEYS));
        assert_eq!(keys(&schema["$defs"]["Image"]), sorted(&IMAGE_KEYS));
        assert_eq!(keys(&schema["$defs"]["Package"]), sorted(&PACKAGE_KEYS));
        assert_eq!(schema["required"], serde_json::json!(["revision", "tag", "image", "packageType"]));
    }
}
