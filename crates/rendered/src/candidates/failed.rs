//! `rendered/failed.yaml`: the deployments whose candidates are older than the checkout, since their render failed.

use serde::Deserialize;

use super::Scope;
use crate::error::{Error, Result};
use crate::records::{Reader, scalar};

/// The file's name below `rendered/`.
pub(super) const FAILED_FILE: &str = "failed.yaml";

const HEADER: &str = "# Deployments whose render failed. What stands here for them, if anything, is their last candidate that could be rendered.\n";

/// A deployment whose render failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failed {
    /// The stage.
    pub stage: String,
    /// The deployment.
    pub deployment: String,
    /// The failure in one line.
    pub error: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    #[serde(rename = "schemaVersion")]
    _schema_version: String,
    failed: Vec<WireFailed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFailed {
    stage: String,
    deployment: String,
    error: String,
}

/// The file's text; none where nothing failed.
pub(super) fn write(failed: &[Failed]) -> Option<String> {
    if failed.is_empty() {
        return None;
    }
    let entries = failed.iter().map(|Failed { stage, deployment, error }| {
        let (stage, deployment, error) = (scalar(stage), scalar(deployment), scalar(error));
        format!("  - stage: {stage}\n    deployment: {deployment}\n    error: {error}\n")
    });
    Some(format!("{HEADER}schemaVersion: v1\nfailed:\n{}", entries.collect::<String>()))
}

/// Reads the file; `path` is how messages name it.
pub(super) fn read(path: &str, bytes: &[u8]) -> Result<Vec<Failed>> {
    let (_, wire): (_, Wire) =
        Reader::read(path, bytes).map_err(|error| Error::FailedList(Box::new(error)))?;
    let failed = wire.failed.into_iter();
    Ok(failed.map(|WireFailed { stage, deployment, error }| Failed { stage, deployment, error }).collect())
}

/// What is to stand in the file: the failures of now, and those of before that are out of scope.
pub(super) fn merge(now: &[Failed], before: Vec<Failed>, scope: &Scope) -> Vec<Failed> {
    let out_of_scope = before.into_iter().filter(|failed| !scope.holds(&failed.stage, &failed.deployment));
    let mut merged: Vec<Failed> = out_of_scope.chain(now.iter().cloned()).collect();
    merged.sort();
    merged
}
