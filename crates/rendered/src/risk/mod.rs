//! What a reviewer should look at in an object's change, and how grave it is.

mod access;
mod immutable;
mod kinds;
mod quantity;
mod workload;

use helm::Frozen;
use serde_json::{Value, json};

use crate::diff::FieldChange;
use crate::object::ObjectId;

/// One thing about an object's change that a reviewer should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    /// How grave it is.
    pub severity: Severity,
    /// What it is about.
    pub kind: RiskKind,
    /// What happens, in a few words. It can hold names and values of the object's.
    pub text: String,
}

/// How grave a risk is; the gravest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Data, access or a running service may be lost, or the cluster will refuse the change.
    High,
    /// It should be meant.
    Medium,
    /// Good to know.
    Low,
}

/// What a risk is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskKind {
    /// The object is deleted.
    Deletion,
    /// A field changes that the cluster lets nobody change.
    Immutable,
    /// Stored data: claims, volumes and their classes.
    Storage,
    /// What somebody may do in the cluster.
    Rbac,
    /// The definition of a custom resource.
    Crd,
    /// Which traffic is let through.
    NetworkPolicy,
    /// What a container may do to its node.
    Privilege,
    /// What is reachable from outside.
    Exposure,
    /// A webhook that can refuse or change what others apply.
    Webhook,
    /// Fewer replicas.
    Replicas,
    /// Fewer resources.
    Resources,
    /// Another image than the release's, or one that is known by its tag alone.
    Image,
    /// It runs as a hook.
    Hook,
    /// The values of a Secret.
    Secret,
}

impl RiskKind {
    /// A word or two for people and programs, such as `immutable field`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deletion => "deletion",
            Self::Immutable => "immutable field",
            Self::Storage => "storage",
            Self::Rbac => "RBAC",
            Self::Crd => "CRD",
            Self::NetworkPolicy => "network policy",
            Self::Privilege => "privilege",
            Self::Exposure => "exposure",
            Self::Webhook => "webhook",
            Self::Replicas => "replicas",
            Self::Resources => "resources",
            Self::Image => "image",
            Self::Hook => "hook",
            Self::Secret => "secret",
        }
    }
}

impl Severity {
    /// `high`, `medium` or `low`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

impl Risk {
    /// For programs.
    pub(crate) fn to_json(&self) -> Value {
        json!({ "severity": self.severity.as_str(), "kind": self.kind.as_str(), "text": self.text })
    }
}

/// An object's change as the rules see it.
struct Change<'a> {
    object: &'a ObjectId,
    old: Option<&'a Frozen>,
    new: Option<&'a Frozen>,
    fields: &'a [FieldChange],
}

/// The risks of an object's change, the gravest first. `sides` are the object before and after.
pub(crate) fn find(object: &ObjectId, sides: [Option<&Frozen>; 2], fields: &[FieldChange]) -> Vec<Risk> {
    let [old, new] = sides;
    let change = Change { object, old, new, fields };
    let mut found = Found::default();
    kinds::find(&change, &mut found);
    immutable::find(&change, &mut found);
    access::find(&change, &mut found);
    workload::find(&change, &mut found);
    // Stable: those of one severity and kind stay as they were found.
    found.risks.sort_by_key(|risk| (risk.severity, risk.kind));
    found.risks
}

#[derive(Default)]
struct Found {
    risks: Vec<Risk>,
}

impl Found {
    fn add(&mut self, severity: Severity, kind: RiskKind, text: impl Into<String>) {
        self.risks.push(Risk { severity, kind, text: text.into() });
    }
}

impl<'a> Change<'a> {
    /// Whether it is an object of this kind of a group of Kubernetes' own.
    fn is(&self, group: &str, kind: &str) -> bool {
        self.object.group == group && self.object.kind == kind
    }

    fn old_at(&self, path: &str) -> Option<&'a Frozen> {
        crate::diff::get(self.old?, path)
    }

    fn new_at(&self, path: &str) -> Option<&'a Frozen> {
        crate::diff::get(self.new?, path)
    }

    /// Whether anything but the object's metadata differs, or it is on one side alone.
    fn differs_in_content(&self) -> bool {
        let content = |object: Option<&'a Frozen>| -> Option<Vec<(&'a [u8], &'a Frozen)>> {
            Some(object?.as_map()?.iter().filter(|(key, _)| *key != b"metadata").collect())
        };
        content(self.old) != content(self.new)
    }

    /// Whether it is on both sides and differs at a path.
    fn differs_at(&self, path: &str) -> bool {
        self.old.is_some() && self.new.is_some() && self.old_at(path) != self.new_at(path)
    }
}

/// A text's value.
fn text(value: Option<&Frozen>) -> Option<&str> {
    std::str::from_utf8(value?.as_bytes()?).ok()
}

/// The elements of a list; none where it is none.
fn items(value: Option<&Frozen>) -> &[Frozen] {
    match value {
        Some(Frozen::List(items)) => items,
        _ => &[],
    }
}

/// The texts in a list of texts.
fn texts(value: Option<&Frozen>) -> Vec<&str> {
    items(value).iter().filter_map(|item| text(Some(item))).collect()
}

/// The value of an annotation.
fn annotation<'a>(object: Option<&'a Frozen>, key: &str) -> Option<&'a str> {
    text(crate::diff::get(object?, "metadata.annotations")?.as_map()?.get(key.as_bytes()))
}

#[cfg(test)]
mod tests;
