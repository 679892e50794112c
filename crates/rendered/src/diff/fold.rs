//! Folding: what changes alike in many objects, and what every release changes by its nature, is told once with its count.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{DeploymentDiff, FieldChange, FieldKind, FoldedChange, FoldedKind, PathStep, path_text};

/// A label or an annotation is folded from this many objects on; what is noise by its nature always.
const MANY: usize = 2;
/// Longer texts are told in full, whatever they hold.
const MAX_TEXT: usize = 256;

/// What makes two changes one: kind, key, and both values as texts.
type Alike = (FoldedKind, String, Option<String>, Option<String>);

/// Marks the changes that several objects share, and lists them: the most frequent first, then by kind and key.
pub(super) fn fold(deployments: &mut [DeploymentDiff]) -> Vec<FoldedChange> {
    let mut shared: Vec<FoldedChange> = Vec::new();
    // The place in `shared`, and the last object that was counted: an object carries a label in several places.
    let mut known: BTreeMap<Alike, (usize, usize)> = BTreeMap::new();
    let objects = deployments.iter().flat_map(|deployment| &deployment.objects);
    for (number, object) in objects.enumerate() {
        for (field, (kind, key)) in object.fields.iter().filter_map(|field| Some((field, foldable(field)?))) {
            match known.get_mut(&alike(field, kind, &key)) {
                Some((_, last)) if *last == number => {}
                Some((place, last)) => {
                    shared[*place].objects += 1;
                    *last = number;
                }
                None => {
                    known.insert(alike(field, kind, &key), (shared.len(), number));
                    let (old, new) = (field.old.clone(), field.new.clone());
                    shared.push(FoldedChange { kind, key, old, new, objects: 1 });
                }
            }
        }
    }
    let is_folded = |change: &FoldedChange| {
        change.objects >= MANY
            || matches!(change.kind, FoldedKind::Release | FoldedKind::Order)
            || is_checksum(change)
    };
    let objects = deployments.iter_mut().flat_map(|deployment| &mut deployment.objects);
    for field in objects.flat_map(|object| &mut object.fields) {
        field.folded = foldable(field)
            .and_then(|(kind, key)| known.get(&alike(field, kind, &key)))
            .is_some_and(|(place, _)| is_folded(&shared[*place]));
    }
    shared.retain(is_folded);
    // Stable beyond that: in the order in which they were met.
    shared.sort_by(|a, b| (b.objects, a.kind, &a.key).cmp(&(a.objects, b.kind, &b.key)));
    shared
}

/// Whether it is the checksum of something whose own change is told, which templates write so that pods start anew.
fn is_checksum(change: &FoldedChange) -> bool {
    let is_text = |value: &Option<Value>| value.as_ref().is_some_and(Value::is_string);
    change.kind == FoldedKind::Annotation
        && change.key.starts_with("checksum/")
        && is_text(&change.old)
        && is_text(&change.new)
}

fn alike(field: &FieldChange, kind: FoldedKind, key: &str) -> Alike {
    let text = |value: &Option<Value>| value.as_ref().map(ToString::to_string);
    (kind, key.to_owned(), text(&field.old), text(&field.new))
}

/// Which noise a change may be, and what it is known by.
fn foldable(field: &FieldChange) -> Option<(FoldedKind, String)> {
    if let [.., PathStep::Key(parent), PathStep::Key(key)] = field.path.as_slice() {
        match parent.as_str() {
            "labels" | "matchLabels" => return Some((FoldedKind::Label, key.clone())),
            "annotations" => return Some((FoldedKind::Annotation, key.clone())),
            _ => {}
        }
    }
    match (field.kind, &field.old, &field.new) {
        (FieldKind::SetOrder, ..) => {
            let list = field.path.last().map(std::slice::from_ref).unwrap_or_default();
            Some((FoldedKind::Order, path_text(list)))
        }
        (FieldKind::Value, Some(Value::String(old)), Some(Value::String(new)))
            if is_release_alone(old, new) =>
        {
            // The last two keys, with the element between them: `env[CDO_RELEASE].value`.
            let mut keys = 0;
            let from = field.path.iter().rposition(|step| {
                keys += usize::from(matches!(step, PathStep::Key(_)));
                keys == 2
            });
            Some((FoldedKind::Release, path_text(&field.path[from.unwrap_or(0)..])))
        }
        _ => None,
    }
}

/// Whether two short texts differ in nothing but the release tags (`git-` and a revision) that they hold.
fn is_release_alone(old: &str, new: &str) -> bool {
    old.len() <= MAX_TEXT && new.len() <= MAX_TEXT && {
        let (old, new) = (without_tags(old), without_tags(new));
        old.is_some() && old == new
    }
}

/// A text without the revisions of its release tags; `None` where it has none.
fn without_tags(text: &str) -> Option<String> {
    let mut rest = text;
    let mut out = String::new();
    let mut found = false;
    while let Some(at) = rest.find("git-") {
        let (before, after) = rest.split_at(at + 4);
        let digits = after.bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count();
        out.push_str(before);
        let is_tag = matches!(digits, 40 | 64);
        found |= is_tag;
        rest = if is_tag { &after[digits..] } else { after };
    }
    out.push_str(rest);
    found.then_some(out)
}
