//! From texts to a checked policy: every file is read, every problem of every file is collected.

mod bounds;
mod deployments;
mod gates;
mod pipeline;
mod review;
mod secrets;
mod stages;
#[cfg(test)]
mod tests;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use gitstore::RepoPath;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::name::{BadName, DeploymentName};
use crate::nearest::nearest;
use crate::policy::Policy;
use crate::problem::{Mark, Place, Problem, Problems, Report};
use crate::source::{Source, SourceFile};
use crate::typed::{Finding, Node, Shape, decode};
use crate::wire;

impl Policy {
    /// Reads and checks the pipeline file and all that it names.
    ///
    /// Warnings are kept in the policy ([`Policy::warnings`]); with an error among the problems there is no
    /// policy, and all of them come back.
    pub fn load(source: &dyn Source, pipeline: &RepoPath) -> Result<Self, Problems> {
        Self::load_with(source, pipeline, BrokenValues::Refused)
    }

    /// The same, with values files that can't be read as they are ([`Policy::broken_values`]): their deployments don't
    /// render, and all others do. For looking at a policy; nothing is to be kept of what comes of it.
    pub fn load_with_broken_values(source: &dyn Source, pipeline: &RepoPath) -> Result<Self, Problems> {
        Self::load_with(source, pipeline, BrokenValues::Kept(Vec::new()))
    }

    fn load_with(
        source: &dyn Source,
        pipeline: &RepoPath,
        broken_values: BrokenValues,
    ) -> Result<Self, Problems> {
        let mut loader = Loader {
            source,
            report: Report::new(pipeline),
            files: BTreeMap::new(),
            live: BTreeSet::new(),
            broken_values,
        };
        let policy = loader.policy(pipeline);
        let problems = loader.report.finish();
        match policy {
            Some(mut policy) if !problems.has_errors() => {
                policy.files = loader.files;
                policy.warnings = problems;
                if let BrokenValues::Kept(broken) = loader.broken_values {
                    policy.broken_values = broken;
                }
                Ok(policy)
            }
            _ => Err(problems),
        }
    }
}

/// One run over the files.
struct Loader<'s> {
    source: &'s dyn Source,
    report: Report,
    /// What was read and is part of the policy.
    files: BTreeMap<RepoPath, SourceFile>,
    /// The deployments that no stage can render.
    live: BTreeSet<DeploymentName>,
    broken_values: BrokenValues,
}

/// What becomes of values files that can't be read.
enum BrokenValues {
    /// They are errors.
    Refused,
    /// They are part of the policy, and what is wrong with each is told beside it.
    Kept(Vec<Problem>),
}

/// A file that was read and decoded.
struct Decoded<T> {
    wire: T,
    /// The path as messages show it.
    path: String,
}

impl Loader<'_> {
    fn policy(&mut self, path: &RepoPath) -> Option<Policy> {
        let decoded = match self.read(path) {
            Some(file) => self.decode::<wire::Pipeline>(path, &file.bytes, Version::Required),
            None => None,
        };
        let Some(decoded) = decoded else {
            // Without the pipeline nothing is known to be right; what the other files say about themselves
            // is still checked.
            self.check_deployments_alone();
            return None;
        };
        let paths = self.paths(&decoded);
        let helm = self.helm(&decoded);
        let bounds = self.bounds(&decoded);
        let warehouses = self.warehouses(&decoded);
        self.check_packages(&decoded, &paths, warehouses.as_deref().unwrap_or_default());
        let levels = self.env_types(&decoded, &paths);
        let deployments = self.deployments(&paths, &levels, helm.unwrap_or_default());
        let stages = self.stages(&decoded, &deployments.names);
        let review = self.review(&decoded);
        if let Some(stages) = &stages {
            self.check_rendered_branches(&deployments, stages);
        }
        let allowed_secrets = self.allowed_secrets(&decoded);
        // Beside an error, most of what a warning could say is a consequence of it.
        if let Some(stages) = &stages
            && !self.report.has_errors()
        {
            self.warn(&deployments, &levels, stages);
        }
        Some(Policy {
            pipeline: crate::pipeline::Pipeline {
                path: path.clone(),
                helm: helm?,
                bounds,
                paths,
                warehouses: warehouses?,
                stages: stages?,
                review,
                allowed_secrets,
            },
            env_types: levels.into_env_types(),
            deployments: deployments.resolved,
            live: deployments.live,
            files: BTreeMap::new(),
            warnings: Problems::default(),
            broken_values: Vec::new(),
        })
    }

    /// Reads a file that must be there.
    fn read(&mut self, path: &RepoPath) -> Option<SourceFile> {
        match self.read_optional(path)? {
            Some(file) => Some(file),
            None => {
                let hint = "commit it, or name another pipeline file with --pipeline PATH".to_owned();
                self.report.error(Place::file(path), "no such file", Some(hint));
                None
            }
        }
    }

    /// Reads a file that may be missing; `None` if it can't be read, which is reported.
    fn read_optional(&mut self, path: &RepoPath) -> Option<Option<SourceFile>> {
        match self.source.read(path) {
            Ok(Some(file)) => {
                self.files.insert(path.clone(), file.clone());
                Some(Some(file))
            }
            Ok(None) => Some(None),
            Err(error) => {
                let message = match &error {
                    // The place of the problem is the path already.
                    Error::NotAFile { found, .. } => format!("a {found}, not a file"),
                    other => other.to_string(),
                };
                self.report.error(Place::file(path), message, error.hint());
                None
            }
        }
    }

    /// Decodes a file into its wire form; all that is wrong with the file's shape is reported.
    fn decode<T: DeserializeOwned>(
        &mut self,
        path: &RepoPath,
        bytes: &[u8],
        version: Version,
    ) -> Option<Decoded<T>> {
        let shown = path.to_string();
        let node = match Node::parse(bytes) {
            Ok(node) => node,
            Err(finding) => {
                self.findings(&shown, vec![finding]);
                return None;
            }
        };
        self.check_version(&shown, &node, version)?;
        let (wire, findings) = decode(&node);
        self.findings(&shown, findings);
        Some(Decoded { wire: wire?, path: shown })
    }

    /// Looks at the version before the rest: of a newer format nothing else can be said.
    fn check_version(&mut self, path: &str, node: &Node, version: Version) -> Option<()> {
        let given = node.get("schemaVersion");
        match given.map(|given| (&given.shape, given.mark)) {
            Some((Shape::Text(text), _)) if text == wire::SCHEMA_VERSION => {}
            Some((Shape::Text(text), mark)) => {
                let hint = format!("this Waybill reads {}: use one that knows {text}", wire::SCHEMA_VERSION);
                self.report.error(
                    Place::at(path, mark),
                    format!("unknown schemaVersion {text:?}"),
                    Some(hint),
                );
                return None;
            }
            // Any other shape is reported when the field is decoded.
            Some((shape, _)) if !matches!(shape, Shape::Null) => {}
            _ if version == Version::Required && matches!(node.shape, Shape::Map(_)) => {
                let hint = format!("begin the file with `schemaVersion: {}`", wire::SCHEMA_VERSION);
                self.report.error(Place::at(path, node.mark), "no `schemaVersion`", Some(hint));
            }
            _ => {}
        }
        Some(())
    }

    fn findings(&mut self, path: &str, findings: Vec<Finding>) {
        for finding in findings {
            self.report.error(Place::at(path, finding.mark), finding.message, finding.hint);
        }
    }

    /// Checks a name; what is wrong with it is reported.
    fn name<T>(
        &mut self,
        noun: &str,
        text: &str,
        place: Place,
        new: impl FnOnce(&str) -> Result<T, BadName>,
    ) -> Option<T> {
        match new(text) {
            Ok(name) => Some(name),
            Err(bad) => {
                let message = format!("{text:?} can't name {noun}: {}", bad.reason);
                let hint = "names become parts of paths and branches: letters, digits, dashes".to_owned();
                self.report.error(place, message, Some(hint));
                None
            }
        }
    }

    /// Reports a name that nothing has.
    fn unknown<'a, S: AsRef<str> + 'a>(
        &mut self,
        noun: &str,
        text: &str,
        place: Place,
        known: impl Iterator<Item = &'a S> + Clone,
    ) {
        if noun == "deployment" && self.live.contains(text) {
            let message = format!("the deployment `{text}` is live-source: no stage renders it");
            let hint = "leave it out, or say `sourceMode: rendered` in its deployment.yaml".to_owned();
            self.report.error(place, message, Some(hint));
            return;
        }
        let hint = match nearest(text, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let known: Vec<&str> = known.map(AsRef::as_ref).collect();
                if known.is_empty() {
                    format!("there are no {noun}s yet")
                } else {
                    format!("known: {}", known.join(", "))
                }
            }
        };
        self.report.error(place, format!("unknown {noun} `{text}`"), Some(hint));
    }

    /// Checks a path in the repository; what is wrong with it is reported.
    fn path(&mut self, text: &str, place: Place) -> Option<RepoPath> {
        match RepoPath::new(text.strip_suffix('/').unwrap_or(text)) {
            Ok(path) => Some(path),
            Err(error) => {
                self.report.error(place, error.to_string(), error.hint());
                None
            }
        }
    }

    fn missing(&mut self, path: &str, mark: Mark, owner: &str, key: &str, example: &str) {
        let hint = format!("say `{example}`");
        self.report.error(Place::at(path, mark), format!("{owner} has no `{key}`"), Some(hint));
    }
}

/// Whether a file must say the version of its format.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    Required,
    /// Existing repositories have files without.
    Optional,
}
