//! The layouts of Kargo's `helm-template` step (kargo: pkg/promotion/runner/builtin/helm_template_runner.go).
//!
//! Of its three, two are Helm's own: what it writes to one file is what [`Release::print`] gives, and `outLayout:
//! helm` is [`Release::output_files`]. `outLayout: flat` is here, exact to the last oddity; what a stage's branch
//! holds is laid out so too, by stricter rules.

use std::fmt;

use gostd::unicode::{strings_to_lower, trim_space};
use goyaml::{Field, Shape};

use super::{Hooks, IncludeCrds, OutputFile, Release, WriteMode};
use crate::{Frozen, FrozenMap};

/// Why the flat layout can't be made. The text is Kargo's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlatError {
    /// A line that begins with `---` goes on with something else than a comment.
    Document(String),
    /// A file would have this name, which is no plain one.
    UnsafeName(String),
}

impl fmt::Display for FlatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document(problem) => write!(f, "failed to read YAML document: {problem}"),
            Self::UnsafeName(name) => {
                let quoted = gostd::strconv::quote(name.as_bytes());
                write!(f, "unsafe generated resource filename {}", String::from_utf8_lossy(&quoted))
            }
        }
    }
}

impl std::error::Error for FlatError {}

/// What Kargo reads of a document.
const OBJECT: Shape = Shape::Struct(
    "struct",
    "",
    &[
        Field { name: "apiVersion", shape: Shape::String },
        Field { name: "kind", shape: Shape::String },
        Field { name: "metadata", shape: METADATA },
    ],
);
const METADATA: Shape = Shape::Struct(
    "struct",
    "",
    &[Field { name: "name", shape: Shape::String }, Field { name: "namespace", shape: Shape::String }],
);

/// The name of a document without kind or name. Kargo's counter stands still, so that all have this one.
const NAMELESS: &str = "resource-0.yaml";

impl Release {
    /// The writes of `outLayout: flat`, in order: a file for each document of the manifest and then of the hooks. A
    /// later one of the same name takes the earlier one's place.
    pub fn flat_files(&self, crds: IncludeCrds, hooks: Hooks) -> Result<Vec<OutputFile>, FlatError> {
        let mut files = Vec::new();
        push_documents(&mut files, &self.manifest(crds))?;
        for hook in self.printed_hooks(hooks) {
            push_documents(&mut files, &hook.content)?;
        }
        Ok(files)
    }
}

fn push_documents(files: &mut Vec<OutputFile>, text: &[u8]) -> Result<(), FlatError> {
    if trim_space(text).is_empty() {
        return Ok(());
    }
    for document in goyaml::documents(text) {
        let document = document.map_err(|error| FlatError::Document(error.to_string()))?;
        let content = trim_space(&document);
        if content.is_empty() {
            continue;
        }
        let path = file_name(content).unwrap_or_else(|| NAMELESS.to_owned());
        if path.contains(['/', '\\']) {
            return Err(FlatError::UnsafeName(path));
        }
        files.push(OutputFile { path, content: content.to_vec(), mode: WriteMode::Replace });
    }
    Ok(())
}

/// `[group-]kind[-namespace]-name.yaml` in lower case; `None` where kind or name can't be read.
fn file_name(document: &[u8]) -> Option<String> {
    let object = goyaml::decode_as(document, &OBJECT).ok()?;
    let object = object.as_map()?;
    let metadata = object.get(b"metadata").and_then(Frozen::as_map);
    let (kind, name) = (text(Some(object), "kind"), text(metadata, "name"));
    if kind.is_empty() || name.is_empty() {
        return None;
    }
    let api_version = text(Some(object), "apiVersion");
    let group = api_version.rsplit_once('/').map_or_else(String::new, |(group, _)| group.replace('.', "_"));
    let namespace = text(metadata, "namespace");
    let parts = [group, kind, namespace, name].into_iter().filter(|part| !part.is_empty());
    let joined = format!("{}.yaml", parts.collect::<Vec<_>>().join("-"));
    Some(String::from_utf8_lossy(&strings_to_lower(joined.as_bytes())).into_owned())
}

fn text(map: Option<&FrozenMap>, key: &str) -> String {
    let value = map.and_then(|map| map.get(key.as_bytes())).and_then(Frozen::as_bytes);
    String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::{Hook, Manifest};
    use super::*;

    fn manifest(path: &str, content: &str) -> Manifest {
        let (path, content) = (path.to_owned(), content.as_bytes().to_vec());
        Manifest { path, document: 0, line: 1, content, kind: Box::default() }
    }

    fn files(manifests: &[&str], hook: &str) -> Result<Vec<(String, String)>, FlatError> {
        let manifests = manifests.iter().map(|content| manifest("c/templates/a.yaml", content)).collect();
        let hook = Hook {
            path: "c/templates/h.yaml".to_owned(),
            document: 0,
            line: 1,
            content: hook.as_bytes().to_vec(),
            kind: Box::default(),
            events: vec!["test"],
            weight: 0,
        };
        let release = Release { crds: Vec::new(), manifests, hooks: vec![hook], notes: Vec::new() };
        let files = release.flat_files(IncludeCrds::No, Hooks::All)?.into_iter();
        Ok(files.map(|file| (file.path, String::from_utf8(file.content).unwrap())).collect())
    }

    #[test]
    fn a_file_for_each_document() {
        let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  namespace: kube-system\n  name: X\n";
        let made =
            files(&[policy, "kind: A\nmetadata: {name: 1}\n"], "kind: Pod\nmetadata:\n  name: t\n").unwrap();
        let names: Vec<&str> = made.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["networking_k8s_io-networkpolicy-kube-system-x.yaml", "a-1.yaml", "pod-t.yaml"]);
        // The first keeps its separator, no file ends in a newline, and hooks have no source.
        assert_eq!(made[0].1, format!("---\n# Source: c/templates/a.yaml\n{}", policy.trim_end()));
        assert_eq!(made[1].1, "# Source: c/templates/a.yaml\nkind: A\nmetadata: {name: 1}");
        assert_eq!(made[2].1, "kind: Pod\nmetadata:\n  name: t");
    }

    #[test]
    fn what_has_no_name_shares_one() {
        let made = files(&["# nothing\n", "kind: A\nmetadata: {name: [1]}\n"], " \n").unwrap();
        assert_eq!(made.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), [NAMELESS, NAMELESS]);
        assert_eq!(files(&[], "").unwrap(), []);
    }

    #[test]
    fn names_are_plain() {
        let error = files(&["kind: A\nmetadata: {name: a/b}\n"], "").unwrap_err();
        assert_eq!(error.to_string(), "unsafe generated resource filename \"a-a/b.yaml\"");
        let error = files(&["kind: A\n---x\n"], "").unwrap_err();
        assert!(error.to_string().starts_with("failed to read YAML document: "), "{error}");
    }
}
