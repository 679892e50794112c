//! Folding: a label or annotation that changes alike in several objects, such as a chart's version or a checksum, is told once.

use super::{DeploymentDiff, FieldChange, FoldedChange, FoldedKind, PathStep};

/// A change is folded from this many objects on.
const MANY: usize = 2;

/// Marks the changes that several objects share, and lists them: the most frequent first, then by kind and key.
pub(super) fn fold(deployments: &mut [DeploymentDiff]) -> Vec<FoldedChange> {
    let mut shared: Vec<FoldedChange> = Vec::new();
    for object in deployments.iter().flat_map(|deployment| &deployment.objects) {
        // An object carries a label in several places; it counts once.
        let mut seen: Vec<FoldedChange> = Vec::new();
        for change in object.fields.iter().filter_map(foldable) {
            if seen.contains(&change) {
                continue;
            }
            match shared.iter_mut().find(|known| is_same(known, &change)) {
                Some(known) => known.objects += 1,
                None => shared.push(change.clone()),
            }
            seen.push(change);
        }
    }
    shared.retain(|change| change.objects >= MANY);
    let objects = deployments.iter_mut().flat_map(|deployment| &mut deployment.objects);
    for field in objects.flat_map(|object| &mut object.fields) {
        field.folded =
            foldable(field).is_some_and(|change| shared.iter().any(|known| is_same(known, &change)));
    }
    // Stable beyond that: in the order in which they were met.
    shared.sort_by(|a, b| (b.objects, a.kind, &a.key).cmp(&(a.objects, b.kind, &b.key)));
    shared
}

fn is_same(a: &FoldedChange, b: &FoldedChange) -> bool {
    (a.kind, &a.key, &a.old, &a.new) == (b.kind, &b.key, &b.old, &b.new)
}

/// The change of a label or an annotation, counted once.
fn foldable(field: &FieldChange) -> Option<FoldedChange> {
    let [.., PathStep::Key(parent), PathStep::Key(key)] = field.path.as_slice() else { return None };
    let kind = match parent.as_str() {
        "labels" | "matchLabels" => FoldedKind::Label,
        "annotations" => FoldedKind::Annotation,
        _ => return None,
    };
    Some(FoldedChange { kind, key: key.clone(), old: field.old.clone(), new: field.new.clone(), objects: 1 })
}
