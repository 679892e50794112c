//! What tells one Kubernetes object from another.

use std::fmt;

use crate::secrets::without_tokens;

/// The identity of an object, read from its document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// The part of `apiVersion` before the last slash; empty for the core group.
    pub group: String,
    /// The part of `apiVersion` after the last slash.
    pub version: String,
    /// `kind`
    pub kind: String,
    /// `metadata.namespace`; empty where the document names none.
    pub namespace: String,
    /// `metadata.name`
    pub name: String,
}

impl ObjectId {
    /// The identity that a head gives; kind and name may be empty.
    pub(crate) fn of(head: &goyaml::Head) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let api_version = text(&head.api_version);
        let (group, version) = match api_version.rsplit_once('/') {
            Some((group, version)) => (group.to_owned(), version.to_owned()),
            None => (String::new(), api_version),
        };
        Self {
            group,
            version,
            kind: text(&head.kind),
            namespace: text(&head.namespace),
            name: text(&head.name),
        }
    }

    /// What the cluster tells objects apart by: one object can be written in several versions of its group.
    pub fn key(&self) -> ObjectKey<'_> {
        ObjectKey { group: &self.group, kind: &self.kind, namespace: &self.namespace, name: &self.name }
    }
}

/// An identity without the version, in the order in which objects are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey<'a> {
    /// The kind.
    pub kind: &'a str,
    /// The group.
    pub group: &'a str,
    /// The namespace.
    pub namespace: &'a str,
    /// The name.
    pub name: &'a str,
}

/// `Kind name`, `Kind.group namespace/name`: the group where it isn't the core's, the namespace where there is one. A name that
/// holds a token is `…`.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_tokens(&self.kind))?;
        if !self.group.is_empty() {
            write!(f, ".{}", without_tokens(&self.group))?;
        }
        f.write_str(" ")?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", without_tokens(&self.namespace))?;
        }
        f.write_str(&without_tokens(&self.name))
    }
}
