//! Values files: whether Helm reads them.

use gitstore::RepoPath;
use helm::{HelmVersion, ValuesLayers};

use super::{BrokenValues, Loader};
use crate::problem::{Place, Problem, Severity};
use crate::typed::{NESTED_TOO_DEEPLY, Node, Shape};

impl Loader<'_> {
    /// Reads a values file and lets Helm's reader judge it: whether there is one, `None` if it is wrong and that isn't
    /// kept.
    pub(super) fn read_values(&mut self, path: &RepoPath, helm: HelmVersion) -> Option<bool> {
        let Some(file) = self.read_optional(path)? else { return Some(false) };
        let shown = path.to_string();
        let Err(error) = ValuesLayers::new(helm).file(&shown, &file.bytes) else { return Some(true) };
        // Helm's reader names a line at best; the typed reader finds the same in most files, with the column.
        let (place, message, hint) = match Node::parse(&file.bytes) {
            // Values may nest as deep as Helm reads them.
            Err(finding) if finding.message == NESTED_TOO_DEEPLY => {
                (Place::file(&shown), error.to_string(), None)
            }
            Err(finding) => (Place::at(&shown, finding.mark), finding.message, finding.hint),
            Ok(node) if !matches!(node.shape, Shape::Map(_)) => {
                let message = format!("a values file must be a map, but this is {}", node.shape.describe());
                (Place::at(&shown, node.mark), message, None)
            }
            Ok(node) => (Place::at(&shown, node.mark), error.to_string(), None),
        };
        let hint = hint.unwrap_or_else(|| "values are one YAML mapping".to_owned());
        match &mut self.broken_values {
            BrokenValues::Refused => {
                self.report.error(place, message, Some(hint));
                None
            }
            BrokenValues::Kept(broken) => {
                let Place { path, mark } = place;
                broken.push(Problem { severity: Severity::Error, path, mark, message, hint: Some(hint) });
                Some(true)
            }
        }
    }
}
