//! What changes between two sets of manifests, object by object.
//!
//! Objects are matched by their identity, whatever their files are called; fields by their path, elements of lists by
//! their natural keys. What people look for first comes first: images, then replicas. A label or annotation that changes
//! alike in several objects is told once with the count, and stays marked in each of them. What a reviewer should look at
//! is marked with a [`Risk`]; what a Secret holds is masked in all forms but the patch.

mod fields;
mod fold;
mod json;
mod lists;
mod objects;
mod patch;
mod text;

use helm::Frozen;

use crate::manifests::Manifests;
use crate::object::ObjectId;
use crate::risk::Risk;

pub(crate) use fields::to_json;
pub(crate) use text::{counts, inline};

/// The difference of two sets of manifests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ManifestsDiff {
    /// The deployments that differ, sorted by name.
    pub deployments: Vec<DeploymentDiff>,
    /// Noise: what changes alike in several objects, or means nothing.
    pub folded: Vec<FoldedChange>,
    /// The counts over all deployments.
    pub summary: Summary,
}

/// The difference of one deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentDiff {
    /// The deployment.
    pub deployment: String,
    /// The objects that differ: those with another image first, then those with other replicas, then the rest.
    pub objects: Vec<ObjectDiff>,
    /// The deployment's counts.
    pub summary: Summary,
}

/// The difference of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectDiff {
    /// The object; the new one where it is on both sides.
    pub object: ObjectId,
    /// What happened to it.
    pub change: ObjectChange,
    /// Its file before.
    pub old_file: Option<String>,
    /// Its file after.
    pub new_file: Option<String>,
    /// Its text before; empty where it wasn't there. A Secret's values are masked.
    pub old_text: String,
    /// Its text after; empty where it is gone. A Secret's values are masked.
    pub new_text: String,
    /// The fields that changed; none for an object that was added or removed, or whose comments or layout differ alone.
    pub fields: Vec<FieldChange>,
    /// What a reviewer should look at, the gravest first.
    pub risks: Vec<Risk>,
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectChange {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is on both sides, and differs.
    Changed,
}

/// A field that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// Where it is.
    pub path: Vec<PathStep>,
    /// What it was, if it was there.
    pub old: Option<serde_json::Value>,
    /// What it is, if it is there.
    pub new: Option<serde_json::Value>,
    /// What kind of change it is.
    pub kind: FieldKind,
    /// Whether the change is one of the folded ones.
    pub folded: bool,
}

/// One step into an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathStep {
    /// The value under a key.
    Key(String),
    /// The element of a list that is known by this key.
    Named(String),
    /// The element of a list at an index: the new one's where there is one.
    Index(usize),
}

/// What kind of change a field's is; what people look for first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldKind {
    /// Another image.
    Image,
    /// Another number of replicas.
    Replicas,
    /// Another value.
    Value,
    /// The elements of a list stand in another order; old and new are their keys.
    Order,
    /// A list that is read as a set is written in another order; old and new are its values.
    SetOrder,
}

/// One change that is told once for all objects that have it.
#[derive(Clone, Debug, PartialEq)]
pub struct FoldedChange {
    /// What changes.
    pub kind: FoldedKind,
    /// Its key: the label's or annotation's, else the last steps of the field's path.
    pub key: String,
    /// What it was.
    pub old: Option<serde_json::Value>,
    /// What it is.
    pub new: Option<serde_json::Value>,
    /// How many objects share it.
    pub objects: usize,
}

/// What several objects share a change of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FoldedKind {
    /// A label, or a selector of one.
    Label,
    /// An annotation.
    Annotation,
    /// A text that names the release, and differs in nothing else.
    Release,
    /// The order in which a set is written, which means nothing.
    Order,
}

impl FoldedKind {
    /// `label`, `annotation`, `release` or `order`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Annotation => "annotation",
            Self::Release => "release",
            Self::Order => "order",
        }
    }
}

/// Counts of objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// New ones.
    pub added: usize,
    /// Removed ones.
    pub removed: usize,
    /// Changed ones.
    pub changed: usize,
    /// Equal ones.
    pub unchanged: usize,
}

impl Summary {
    fn add(&mut self, other: Self) {
        self.added += other.added;
        self.removed += other.removed;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
    }
}

/// Whether a text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// With ANSI escape sequences.
    Ansi,
    /// Without.
    None,
}

/// How much a text shows of a changed object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The fields that changed.
    Fields,
    /// The lines that changed; of an added or removed object, all.
    Lines,
}

/// How a difference is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Whether it is coloured.
    pub colour: Colour,
    /// How much it shows.
    pub detail: Detail,
}

/// Compares two sets of manifests.
pub fn diff(old: &Manifests, new: &Manifests) -> ManifestsDiff {
    let mut names: Vec<&str> = old.deployments().chain(new.deployments()).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    let mut result = ManifestsDiff::default();
    for name in names {
        let (objects, summary) = objects::compare(old.files(name), new.files(name));
        result.summary.add(summary);
        if !objects.is_empty() {
            result.deployments.push(DeploymentDiff { deployment: name.to_owned(), objects, summary });
        }
    }
    result.folded = fold::fold(&mut result.deployments);
    result
}

impl ManifestsDiff {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.deployments.is_empty()
    }
}

/// The value at a path of keys joined by dots.
pub(crate) fn get<'v>(value: &'v Frozen, path: &str) -> Option<&'v Frozen> {
    path.split('.').try_fold(value, |value, key| value.as_map()?.get(key.as_bytes()))
}

impl ObjectChange {
    /// `added`, `removed` or `changed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

impl ObjectDiff {
    /// Whether nothing but folded changes is in it.
    pub fn is_noise(&self) -> bool {
        self.change == ObjectChange::Changed
            && !self.fields.is_empty()
            && self.fields.iter().all(|field| field.folded)
    }

    /// Whether its comments or layout differ alone.
    pub fn is_layout(&self) -> bool {
        self.change == ObjectChange::Changed && self.fields.is_empty() && self.old_text != self.new_text
    }
}

/// `spec.template.spec.containers[web].image`, `metadata.labels["helm.sh/chart"]`
pub(crate) fn path_text(path: &[PathStep]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            PathStep::Key(key) if is_word(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            PathStep::Key(key) => text.push_str(&format!("[{key:?}]")),
            PathStep::Named(name) => text.push_str(&format!("[{name}]")),
            PathStep::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

fn is_word(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$'))
}

#[cfg(test)]
mod tests;
