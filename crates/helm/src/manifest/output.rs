//! What `helm template` prints of a release, and the files it writes.

use std::fmt;

use gostd::unicode::trim_space;

use super::{Hook, Release, split_documents};
use crate::HelmVersion;
use crate::chart::path_match::path_match;

/// A file that `--output-dir` writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// The path below the output directory.
    pub path: String,
    /// The documents for it, each with its separator and source comment.
    pub content: Vec<u8>,
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

    /// What `helm template --show-only` prints for these patterns.
    pub fn show_only(
        &self,
        patterns: &[String],
        include_crds: IncludeCrds,
        hooks: Hooks,
        helm: HelmVersion,
    ) -> Result<Vec<u8>, ShowOnlyError> {
        let text = self.print(include_crds, hooks);
        let documents = split_documents(&text, helm.splitting());
        let mut out = Vec::new();
        for pattern in patterns {
            let before = out.len();
            for document in &documents {
                let matches = source_in_chart(document)
                    .is_some_and(|source| path_match(pattern, &source).unwrap_or(false));
                if matches {
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

    /// The files that `helm template --output-dir` writes, in the order it first writes them. CRDs stand
    /// outside the release's directory.
    pub fn output_files(
        &self,
        include_crds: IncludeCrds,
        hooks: Hooks,
        release_directory: Option<&str>,
    ) -> Vec<OutputFile> {
        let mut files: Vec<OutputFile> = Vec::new();
        let mut push = |path: String, source: &str, content: &[u8]| {
            let index = files.iter().position(|file| file.path == path).unwrap_or_else(|| {
                files.push(OutputFile { path, content: Vec::new() });
                files.len() - 1
            });
            push_document(&mut files[index].content, source, content);
        };
        let inside =
            |path: &str| release_directory.map_or_else(|| path.to_owned(), |dir| format!("{dir}/{path}"));
        if include_crds == IncludeCrds::Yes {
            for crd in &self.crds {
                push(crd.path.clone(), &crd.path, &crd.content);
            }
        }
        for manifest in &self.manifests {
            push(inside(&manifest.path), &manifest.path, &manifest.content);
        }
        for hook in self.printed_hooks(hooks) {
            push(inside(&hook.path), &hook.path, &hook.content);
        }
        files
    }

    /// The hooks that are printed, in order.
    pub fn printed_hooks(&self, hooks: Hooks) -> impl Iterator<Item = &Hook> {
        self.hooks.iter().filter(move |hook| match hooks {
            Hooks::All => true,
            Hooks::WithoutTests => !hook.is_test(),
            Hooks::None => false,
        })
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

/// The template's path within its chart, from a document's source comment.
fn source_in_chart(document: &[u8]) -> Option<String> {
    const MARK: &[u8] = b"# Source: ";
    let text = String::from_utf8_lossy(document);
    text.lines().find_map(|line| {
        let at = line.find(std::str::from_utf8(MARK).ok()?)?;
        let (_, path) = line[at + MARK.len()..].split_once('/')?;
        (!path.is_empty()).then(|| path.to_owned())
    })
}
