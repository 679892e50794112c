//! What changes between two sets of manifests, object by object.

use crate::manifests::Manifests;
use crate::object::ObjectId;

/// The difference of two sets of manifests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ManifestsDiff {
    /// The deployments that differ, sorted by name.
    pub deployments: Vec<DeploymentDiff>,
    /// Changes of one label or annotation that several objects share.
    pub folded: Vec<FoldedChange>,
    /// The counts over all deployments.
    pub summary: Summary,
}

/// The difference of one deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentDiff {
    /// The deployment.
    pub deployment: String,
    /// The objects that differ: image changes first, then changes of replicas, then the rest.
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
    /// Its text before; empty where it wasn't there.
    pub old_text: String,
    /// Its text after; empty where it is gone.
    pub new_text: String,
    /// The fields that changed; none for an object that was added or removed.
    pub fields: Vec<FieldChange>,
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
    /// What kind of field it is.
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
    /// The element of a list at an index.
    Index(usize),
}

/// What kind of field it is; what people look for first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldKind {
    /// A container's image.
    Image,
    /// A number of replicas.
    Replicas,
    /// Anything else.
    Other,
}

/// One change of a label or an annotation that several objects share.
#[derive(Clone, Debug, PartialEq)]
pub struct FoldedChange {
    /// `label` or `annotation` and the key.
    pub key: String,
    /// What it was.
    pub old: Option<serde_json::Value>,
    /// What it is.
    pub new: Option<serde_json::Value>,
    /// How many objects share it.
    pub objects: usize,
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
    /// The lines that changed.
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
pub fn diff(_old: &Manifests, _new: &Manifests) -> ManifestsDiff {
    ManifestsDiff::default()
}

impl ManifestsDiff {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.deployments.is_empty()
    }

    /// For people.
    pub fn to_text(&self, _options: TextOptions) -> String {
        String::new()
    }

    /// For programs.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    /// As a patch of `<deployment>/<file>` that `git apply` takes.
    pub fn to_patch(&self) -> String {
        String::new()
    }
}
