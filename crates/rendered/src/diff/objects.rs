//! Matching the objects of two sets of files.

use std::collections::BTreeMap;

use helm::Frozen;
use rayon::prelude::*;

use super::{FieldKind, ObjectChange, ObjectDiff, Summary, fields};
use crate::object::ObjectId;
use crate::risk;
use crate::secrets;

/// The objects of two sets of files that differ, in order, and the counts.
pub(super) fn compare(
    old: Option<&BTreeMap<String, Vec<u8>>>,
    new: Option<&BTreeMap<String, Vec<u8>>>,
) -> (Vec<ObjectDiff>, Summary) {
    let (old_files, new_files) = (without_equals(old, new), without_equals(new, old));
    let unchanged = new.map_or(0, BTreeMap::len) - new_files.len();
    let mut summary = Summary { unchanged, ..Summary::default() };
    let (mut old, new) = (read(old_files), read(new_files));
    let mut pairs: Vec<(Option<Side<'_>>, Option<Side<'_>>)> = Vec::new();
    for (key, new) in new {
        let old = old.remove(&key);
        match &old {
            None => summary.added += 1,
            Some(_) => summary.changed += 1,
        }
        pairs.push((old, Some(new)));
    }
    summary.removed = old.len();
    pairs.extend(old.into_values().map(|gone| (Some(gone), None)));
    let mut differences: Vec<ObjectDiff> =
        pairs.into_par_iter().map(|(old, new)| difference(old, new)).collect();
    differences
        .sort_by(|a, b| (rank(a), a.object.key(), &a.new_file).cmp(&(rank(b), b.object.key(), &b.new_file)));
    (differences, summary)
}

/// A file's name and content.
type File<'a> = (&'a str, &'a [u8]);

/// The files that the other side hasn't under the same name with the same content.
fn without_equals<'a>(
    side: Option<&'a BTreeMap<String, Vec<u8>>>,
    other: Option<&BTreeMap<String, Vec<u8>>>,
) -> Vec<File<'a>> {
    let files = side.into_iter().flatten().map(|(file, bytes)| (file.as_str(), bytes.as_slice()));
    let is_equal = |(file, bytes): &File<'_>| {
        other.and_then(|other| other.get(*file)).is_some_and(|other| other == bytes)
    };
    files.filter(|file| !is_equal(file)).collect()
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

fn read(files: Vec<File<'_>>) -> BTreeMap<Key, Side<'_>> {
    let read: Vec<Side<'_>> = files
        .into_par_iter()
        .map(|(file, bytes)| Side { object: identify(file, bytes), file, bytes })
        .collect();
    let mut sides: BTreeMap<Key, Side<'_>> = BTreeMap::new();
    for side in read {
        let ObjectId { kind, group, namespace, name, .. } = side.object.clone();
        let mut key = (kind, group, namespace, name, String::new());
        if sides.contains_key(&key) {
            key.4 = side.file.to_owned();
        }
        sides.insert(key, side);
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
    let file = |side: &Option<Side<'_>>| side.as_ref().map(|side| side.file.to_owned());
    let (old_file, new_file) = (file(&old), file(&new));
    let (old_content, new_content) = (old.as_ref().map(Content::of), new.as_ref().map(Content::of));
    let change = match (&old, &new) {
        (None, _) => ObjectChange::Added,
        (_, None) => ObjectChange::Removed,
        (Some(_), Some(_)) => ObjectChange::Changed,
    };
    let fields = match (&old_content, &new_content) {
        (Some(old), Some(new)) => fields::compare(&old.value, &new.value),
        _ => Vec::new(),
    };
    let object = match (new, old) {
        (Some(side), _) | (None, Some(side)) => side.object,
        (None, None) => identify("", b""),
    };
    let sides = [&old_content, &new_content].map(|content| content.as_ref().map(|content| &content.value));
    let risks = risk::find(&object, sides, &fields);
    let text = |content: Option<Content>| content.map(|content| content.text).unwrap_or_default();
    let (old_text, new_text) = (text(old_content), text(new_content));
    ObjectDiff { object, change, old_file, new_file, old_text, new_text, fields, risks }
}

/// What a file holds, and shows no secret of.
struct Content {
    value: Frozen,
    text: String,
}

impl Content {
    fn of(side: &Side<'_>) -> Self {
        let masked = secrets::mask(&side.object, side.bytes);
        Self {
            value: goyaml::decode(&masked).unwrap_or(Frozen::Nil),
            text: String::from_utf8_lossy(&masked).into_owned(),
        }
    }
}
