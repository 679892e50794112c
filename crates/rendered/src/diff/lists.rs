//! Lists: elements matched by their natural keys where they have some, else by content.

use std::collections::{BTreeMap, BTreeSet};

use helm::Frozen;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::PathStep;
use super::fields::{Walk, to_json};

/// What elements of Kubernetes' lists are told apart by, the first that fits all elements of both sides: each entry is one
/// key, or several that only together do.
const KEYS: [&[&str]; 17] = [
    &["mountPath"],
    &["devicePath"],
    &["secretKey"],
    &["name"],
    &["kind", "name"],
    &["containerPort"],
    &["containerPort", "protocol"],
    &["port"],
    &["port", "protocol"],
    &["key"],
    &["host"],
    &["path"],
    &["ip"],
    &["topologyKey"],
    &["secretName"],
    &["type"],
    &["metadata.name"],
];

/// Compares two lists at the walk's path.
pub(super) fn compare(walk: &mut Walk, old: &[Frozen], new: &[Frozen]) {
    match KEYS.iter().find_map(|keys| Some((named(old, keys)?, named(new, keys)?))) {
        Some((old_names, new_names)) => by_name(walk, (old, &old_names), (new, &new_names)),
        None => by_content(walk, old, new),
    }
}

/// The names of all elements by some keys, if all have one and no two the same.
fn named(list: &[Frozen], keys: &[&str]) -> Option<Vec<String>> {
    let names: Vec<String> = list.iter().map(|item| name(item, keys)).collect::<Option<_>>()?;
    let distinct: BTreeSet<&String> = names.iter().collect();
    (distinct.len() == names.len()).then_some(names)
}

/// The name of an element; only the first key must be there.
fn name(item: &Frozen, keys: &[&str]) -> Option<String> {
    let mut parts = Vec::new();
    for (index, key) in keys.iter().enumerate() {
        let value = key.split('.').try_fold(item, |value, key| value.as_map()?.get(key.as_bytes()));
        match value.map(to_json) {
            Some(serde_json::Value::String(text)) => parts.push(text),
            Some(serde_json::Value::Number(number)) => parts.push(number.to_string()),
            None if index > 0 => {}
            _ => return None,
        }
    }
    Some(parts.join("/"))
}

fn by_name(walk: &mut Walk, old: (&[Frozen], &[String]), new: (&[Frozen], &[String])) {
    let index = |(list, names): (&[Frozen], &[String])| -> BTreeMap<String, Frozen> {
        names.iter().cloned().zip(list.iter().cloned()).collect()
    };
    let (old_items, new_items) = (index(old), index(new));
    // In the order of the new list, then what is gone from the old one.
    for name in new.1 {
        walk.step(PathStep::Named(name.clone()), old_items.get(name), new_items.get(name));
    }
    for name in old.1.iter().filter(|name| !new_items.contains_key(*name)) {
        walk.step(PathStep::Named(name.clone()), old_items.get(name), None);
    }
    let common = |names: &[String]| -> Vec<String> {
        names
            .iter()
            .filter(|name| old_items.contains_key(*name) && new_items.contains_key(*name))
            .cloned()
            .collect()
    };
    let (old_order, new_order) = (common(old.1), common(new.1));
    if old_order != new_order {
        walk.order(&old_order, &new_order);
    }
}

fn by_content(walk: &mut Walk, old: &[Frozen], new: &[Frozen]) {
    let texts =
        |list: &[Frozen]| -> Vec<String> { list.iter().map(|item| to_json(item).to_string()).collect() };
    for op in capture_diff_slices(Algorithm::Myers, &texts(old), &texts(new)) {
        match op {
            DiffOp::Equal { .. } => {}
            DiffOp::Delete { old_index, old_len, .. } => {
                for index in old_index..old_index + old_len {
                    walk.step(PathStep::Index(index), old.get(index), None);
                }
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                for index in new_index..new_index + new_len {
                    walk.step(PathStep::Index(index), None, new.get(index));
                }
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                for offset in 0..old_len.max(new_len) {
                    let before = if offset < old_len { old.get(old_index + offset) } else { None };
                    let after = if offset < new_len { new.get(new_index + offset) } else { None };
                    let index = if after.is_some() { new_index } else { old_index };
                    walk.step(PathStep::Index(index + offset), before, after);
                }
            }
        }
    }
}
