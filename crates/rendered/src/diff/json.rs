//! A difference for programs.

use serde_json::{Value, json};
use similar::TextDiff;

use super::{
    DeploymentDiff, FieldChange, FieldKind, FoldedChange, ManifestsDiff, ObjectDiff, Summary, path_text,
};
use crate::risk::Risk;

impl ManifestsDiff {
    /// For programs: everything, folded changes also in their objects. A Secret's values are masked.
    pub fn to_json(&self) -> Value {
        json!({
            "summary": summary(self.summary),
            "deployments": self.deployments.iter().map(deployment).collect::<Vec<_>>(),
            "folded": self.folded.iter().map(folded).collect::<Vec<_>>(),
        })
    }
}

fn summary(Summary { added, removed, changed, unchanged }: Summary) -> Value {
    json!({ "added": added, "removed": removed, "changed": changed, "unchanged": unchanged })
}

fn deployment(deployment: &DeploymentDiff) -> Value {
    json!({
        "deployment": deployment.deployment,
        "summary": summary(deployment.summary),
        "objects": deployment.objects.iter().map(object).collect::<Vec<_>>(),
    })
}

fn object(diff: &ObjectDiff) -> Value {
    let lines = TextDiff::from_lines(&diff.old_text, &diff.new_text).unified_diff().to_string();
    json!({
        "change": diff.change.as_str(),
        "group": diff.object.group,
        "version": diff.object.version,
        "kind": diff.object.kind,
        "namespace": diff.object.namespace,
        "name": diff.object.name,
        "oldFile": diff.old_file,
        "newFile": diff.new_file,
        "risks": diff.risks.iter().map(Risk::to_json).collect::<Vec<_>>(),
        "fields": diff.fields.iter().map(field).collect::<Vec<_>>(),
        "lines": lines,
    })
}

/// A side that isn't there has no key, so that it can be told from null.
fn with_sides(mut value: Value, old: Option<&Value>, new: Option<&Value>) -> Value {
    if let Value::Object(map) = &mut value {
        map.extend(old.map(|old| ("old".to_owned(), old.clone())));
        map.extend(new.map(|new| ("new".to_owned(), new.clone())));
    }
    value
}

fn field(change: &FieldChange) -> Value {
    let kind = match change.kind {
        FieldKind::Image => "image",
        FieldKind::Replicas => "replicas",
        FieldKind::Value => "value",
        FieldKind::Order => "order",
        FieldKind::SetOrder => "setOrder",
    };
    let value = json!({ "path": path_text(&change.path), "kind": kind, "folded": change.folded });
    with_sides(value, change.old.as_ref(), change.new.as_ref())
}

fn folded(change: &FoldedChange) -> Value {
    let value = json!({ "kind": change.kind.as_str(), "key": change.key, "objects": change.objects });
    with_sides(value, change.old.as_ref(), change.new.as_ref())
}
