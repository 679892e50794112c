//! Matching the objects of two sets of files.

use std::collections::BTreeMap;

use helm::Frozen;

use super::{FieldKind, ObjectChange, ObjectDiff, Summary, fields};
use crate::object::ObjectId;
use crate::secrets;

/// The objects of two sets of files that differ, in order, and the counts.
pub(super) fn compare(
    old: Option<&BTreeMap<String, Vec<u8>>>,
    new: Option<&BTreeMap<String, Vec<u8>>>,
) -> (Vec<ObjectDiff>, Summary) {
    let (mut old, new) = (read(old), read(new));
    let mut differences = Vec::new();
    let mut summary = Summary::default();
    for (key, new) in new {
        match old.remove(&key) {
            None => {
                summary.added += 1;
                differences.push(difference(None, Some(new)));
            }
            Some(old) if old.bytes == new.bytes && old.file == new.file => summary.unchanged += 1,
            Some(old) => {
                summary.changed += 1;
                differences.push(difference(Some(old), Some(new)));
            }
        }
    }
    summary.removed = old.len();
    differences.extend(old.into_values().map(|gone| difference(Some(gone), None)));
    differences
        .sort_by(|a, b| (rank(a), a.object.key(), &a.new_file).cmp(&(rank(b), b.object.key(), &b.new_file)));
    (differences, summary)
}

/// What people look for first comes first.
fn rank(object: &ObjectDiff) -> FieldKind {
    // The fields are sorted by kind.
    object.fields.first().map_or(FieldKind::Value, |field| field.kind.min(FieldKind::Value))
}

/// One object on one side.
struct Side<'a> {
    object: ObjectId,
    file: &'a str,
    bytes: &'a [u8],
}

/// Kind, group, namespace, name; the file's name where that doesn't tell two objects apart.
type Key = (String, String, String, String, String);

fn read(files: Option<&BTreeMap<String, Vec<u8>>>) -> BTreeMap<Key, Side<'_>> {
    let mut sides: BTreeMap<Key, Side<'_>> = BTreeMap::new();
    for (file, bytes) in files.into_iter().flatten() {
        let object = identify(file, bytes);
        let ObjectId { kind, group, namespace, name, .. } = object.clone();
        let mut key = (kind, group, namespace, name, String::new());
        if sides.contains_key(&key) {
            key.4 = file.clone();
        }
        sides.insert(key, Side { object, file, bytes });
    }
    sides
}

/// What isn't an object, since others wrote it, is known by its file's name.
fn identify(file: &str, bytes: &[u8]) -> ObjectId {
    match goyaml::head(bytes) {
        Ok(head) if !head.kind.is_empty() && !head.name.is_empty() => ObjectId::of(&head),
        _ => ObjectId {
            group: String::new(),
            version: String::new(),
            kind: "File".to_owned(),
            namespace: String::new(),
            name: file.to_owned(),
        },
    }
}

fn difference(old: Option<Side<'_>>, new: Option<Side<'_>>) -> ObjectDiff {
    // What is shown of an object shows no secret.
    let masked = |side: &Option<Side<'_>>| {
        side.as_ref().map(|side| secrets::mask(&side.object, side.bytes)).unwrap_or_default().into_owned()
    };
    let (old_bytes, new_bytes) = (masked(&old), masked(&new));
    let old = old.map(|side| Side { bytes: &old_bytes, ..side });
    let new = new.map(|side| Side { bytes: &new_bytes, ..side });
    let text = |side: &Option<Side<'_>>| {
        side.as_ref().map(|side| String::from_utf8_lossy(side.bytes).into_owned()).unwrap_or_default()
    };
    let file = |side: &Option<Side<'_>>| side.as_ref().map(|side| side.file.to_owned());
    let (old_text, new_text, old_file, new_file) = (text(&old), text(&new), file(&old), file(&new));
    let value = |side: &Side<'_>| goyaml::decode(side.bytes).unwrap_or(Frozen::Nil);
    let (change, fields) = match (&old, &new) {
        (None, _) => (ObjectChange::Added, Vec::new()),
        (_, None) => (ObjectChange::Removed, Vec::new()),
        (Some(old), Some(new)) => (ObjectChange::Changed, fields::compare(&value(old), &value(new))),
    };
    let object = match (new, old) {
        (Some(side), _) | (None, Some(side)) => side.object,
        (None, None) => identify("", b""),
    };
    ObjectDiff { object, change, old_file, new_file, old_text, new_text, fields }
}
