//! What `helm template` prints of a release, and the files it writes.

use std::collections::HashSet;
use std::fmt;

use gostd::unicode::trim_space;

use super::{Hook, Release, Unsorted, split_documents};
use crate::HelmVersion;
use crate::chart::path_match::path_match;

/// One write of `--output-dir`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// The path below the output directory.
    pub path: String,
    /// The document with its separator and source comment.
    pub content: Vec<u8>,
    /// What happens to the file that is there.
    pub mode: WriteMode,
}

/// What a write does with the file that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMode {
    /// It is replaced.
    Replace,
    /// It is added to: an earlier write of the same run made it.
    Append,
    /// It is added to, whoever made it. Hooks are written so.
    AppendIfThere,
}

/// `--show-only` named a template that rendered nothing. The text is Helm's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShowOnlyError(String);

impl fmt::Display for ShowOnlyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not find template {} in chart", self.0)
    }
}

impl std::error::Error for ShowOnlyError {}

fn document(path: &str, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + path.len() + 17);
    push_document(&mut out, path, content);
    out
}

fn push_document(out: &mut Vec<u8>, path: &str, content: &[u8]) {
    out.extend_from_slice(b"---\n# Source: ");
    out.extend_from_slice(path.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(content);
    out.push(b'\n');
}

impl Release {
    /// The manifests in one text as Helm accumulates it, hooks left out; CRDs first where wanted.
    pub fn manifest(&self, include_crds: IncludeCrds) -> Vec<u8> {
        let mut out = Vec::new();
        if include_crds == IncludeCrds::Yes {
            for crd in &self.crds {
                push_document(&mut out, &crd.path, &crd.content);
            }
        }
        for manifest in &self.manifests {
            push_document(&mut out, &manifest.path, &manifest.content);
        }
        out
    }

    /// What `helm template` prints on stdout.
    pub fn print(&self, include_crds: IncludeCrds, hooks: Hooks) -> Vec<u8> {
        let mut out = trim_space(&self.manifest(include_crds)).to_vec();
        out.push(b'\n');
        for hook in self.printed_hooks(hooks) {
            push_document(&mut out, &hook.path, &hook.content);
        }
        out
    }

    /// The writes of `helm template --output-dir`, in order. CRDs stand outside the release's directory.
    pub fn output_files(
        &self,
        include_crds: IncludeCrds,
        hooks: Hooks,
        release_directory: Option<&str>,
    ) -> Vec<OutputFile> {
        let mut files: Vec<OutputFile> = Vec::new();
        let mut written = HashSet::new();
        let inside =
            |path: &str| release_directory.map_or_else(|| path.to_owned(), |dir| format!("{dir}/{path}"));
        let mut push = |path: String, source: &str, content: &[u8]| {
            let mode = if written.insert(source.to_owned()) { WriteMode::Replace } else { WriteMode::Append };
            files.push(OutputFile { path, content: document(source, content), mode });
        };
        if include_crds == IncludeCrds::Yes {
            for crd in &self.crds {
                push(crd.path.clone(), &crd.path, &crd.content);
            }
        }
        for manifest in &self.manifests {
            push(inside(&manifest.path), &manifest.path, &manifest.content);
        }
        files.extend(self.printed_hooks(hooks).map(|hook| OutputFile {
            path: inside(&hook.path),
            content: document(&hook.path, &hook.content),
            mode: WriteMode::AppendIfThere,
        }));
        files
    }

    /// The hooks that are printed, in order.
    pub fn printed_hooks(&self, hooks: Hooks) -> impl Iterator<Item = &Hook> {
        hooks.of(&self.hooks)
    }
}

/// Whether CRDs are part of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IncludeCrds {
    /// They are left out.
    #[default]
    No,
    /// They come first.
    Yes,
}

/// Which hooks are part of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hooks {
    /// All of them.
    #[default]
    All,
    /// All but the tests.
    WithoutTests,
    /// None.
    None,
}

impl Hooks {
    fn of(self, hooks: &[Hook]) -> impl Iterator<Item = &Hook> {
        hooks.iter().filter(move |hook| match self {
            Hooks::All => true,
            Hooks::WithoutTests => !hook.is_test(),
            Hooks::None => false,
        })
    }
}

/// What `helm template --show-only` prints of what it would print without, for these patterns
/// (helm: pkg/cmd/template.go).
pub fn show_only(text: &[u8], patterns: &[String], helm: HelmVersion) -> Result<Vec<u8>, ShowOnlyError> {
    let documents = split_documents(text, helm.splitting());
    let mut out = Vec::new();
    for pattern in patterns {
        let before = out.len();
        for document in &documents {
            let source = source_in_chart(document);
            if source.is_some_and(|source| path_match(pattern, &source).unwrap_or(false)) {
                out.extend_from_slice(b"---\n");
                out.extend_from_slice(document);
                out.push(b'\n');
            }
        }
        if out.len() == before {
            return Err(ShowOnlyError(pattern.clone()));
        }
    }
    Ok(out)
}

/// The template's path within its chart, from a document's source comment: what is left of the comment's line
/// behind the first slash, which Helm also finds on a later line.
fn source_in_chart(document: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(document);
    text.match_indices("# Source: ").find_map(|(at, mark)| {
        let (chart, path) = text[at + mark.len()..].split_once('/')?;
        let path = path.lines().next().unwrap_or_default();
        (!chart.is_empty() && !path.is_empty()).then(|| path.to_owned())
    })
}

impl Unsorted {
    /// What `helm template --debug` prints of it; Helm's order of the files is random, ours is by name.
    pub fn print(&self, hooks: Hooks) -> Vec<u8> {
        let mut out = Vec::new();
        for (path, content) in &self.files {
            push_document(&mut out, path, content);
        }
        let mut out = trim_space(&out).to_vec();
        out.push(b'\n');
        for hook in hooks.of(&self.hooks) {
            push_document(&mut out, &hook.path, &hook.content);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_comment_names_the_template() {
        for (document, want) in [
            ("# Source: c/templates/a.yaml\nkind: A", Some("templates/a.yaml")),
            ("# Source: c/charts/s/templates/a.yaml", Some("charts/s/templates/a.yaml")),
            ("# Source: /a", None),
            ("# Source: c/\na", None),
            ("# Source: c\nx: a/b\n", Some("b")),
            ("kind: A", None),
        ] {
            assert_eq!(source_in_chart(document.as_bytes()).as_deref(), want, "{document}");
        }
    }

    #[test]
    fn later_writes_to_a_file_add_to_it() {
        let manifest = |path: &str| crate::Manifest {
            path: path.to_owned(),
            document: 0,
            line: 1,
            content: b"kind: A".to_vec(),
            kind: (*b"A").into(),
        };
        let release = Release { manifests: vec![manifest("c/a"), manifest("c/a")], ..Release::default() };
        let writes = release.output_files(IncludeCrds::No, Hooks::All, Some("r"));
        let seen: Vec<_> = writes.iter().map(|write| (write.path.as_str(), write.mode)).collect();
        assert_eq!(seen, [("r/c/a", WriteMode::Replace), ("r/c/a", WriteMode::Append)]);
    }
}
