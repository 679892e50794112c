//! Lists: elements matched by their natural keys where they have some, sets by their values, all others by content.

use std::collections::{BTreeMap, BTreeSet};

use helm::Frozen;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::PathStep;
use super::fields::{Walk, to_json};

/// What elements of Kubernetes' lists are told apart by, the first that fits all elements of both sides: each entry is one
/// key, or several that only together do. Of keys joined by `|` an element has one.
const KEYS: [&[&str]; 25] = [
    &["mountPath"],
    &["devicePath"],
    &["secretKey"],
    &["name"],
    &["kind", "name"],
    &["kind", "namespace", "name"],
    &["containerPort"],
    &["containerPort", "protocol"],
    &["port"],
    &["port", "protocol"],
    &["key"],
    &["host"],
    &["path"],
    &["ip"],
    &["topologyKey"],
    &["topologyKey", "whenUnsatisfiable"],
    &["secretName"],
    &["alert|record"],
    // envFrom and the sources of projected volumes
    &["configMapRef.name|secretRef.name|configMap.name|secret.name|serviceAccountToken.path", "prefix"],
    &["type"],
    // the metrics of an autoscaler
    &[
        "type",
        "resource.name|containerResource.name|pods.metric.name|object.metric.name|external.metric.name",
    ],
    &["metadata.name"],
    // the rules of a role
    &["apiGroups|nonResourceURLs", "resources", "resourceNames"],
    &["id"],
    &["key", "operator", "values"],
];

/// Lists of scalars that Kubernetes reads as sets: their order means nothing.
const SETS: [&str; 28] = [
    "accessModes",
    "add",
    "apiGroups",
    "apiVersions",
    "categories",
    "dnsNames",
    "drop",
    "except",
    "externalIPs",
    "finalizers",
    "hostnames",
    "hosts",
    "ipAddresses",
    "loadBalancerSourceRanges",
    "matchLabelKeys",
    "namespaces",
    "nonResourceURLs",
    "operations",
    "policyTypes",
    "resourceNames",
    "resources",
    "scopes",
    "shortNames",
    "sourceRanges",
    "supplementalGroups",
    "usages",
    "values",
    "verbs",
];

/// Compares two lists at the walk's path.
pub(super) fn compare(walk: &mut Walk, old: &[Frozen], new: &[Frozen]) {
    if walk.key().is_some_and(|key| SETS.contains(&key)) && is_set(old) && is_set(new) {
        return as_sets(walk, old, new);
    }
    match KEYS.iter().find_map(|keys| Some((named(old, keys)?, named(new, keys)?))) {
        Some((old_names, new_names)) => by_name(walk, (old, &old_names), (new, &new_names)),
        None => by_content(walk, old, new),
    }
}

fn is_set(list: &[Frozen]) -> bool {
    let texts: BTreeSet<String> = list.iter().map(|item| to_json(item).to_string()).collect();
    texts.len() == list.len() && !list.iter().any(|item| matches!(item, Frozen::List(_) | Frozen::Map(_)))
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
        match key.split('|').find_map(|key| super::get(item, key)) {
            Some(value) => parts.push(name_part(value)?),
            None if index > 0 => {}
            None => return None,
        }
    }
    Some(parts.join("/"))
}

/// A scalar as a part of a name; of a list of texts all of them.
fn name_part(value: &Frozen) -> Option<String> {
    match to_json(value) {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Array(items) => {
            let mut texts: Vec<&str> = items.iter().map(serde_json::Value::as_str).collect::<Option<_>>()?;
            texts.sort_unstable();
            Some(texts.join(","))
        }
        _ => None,
    }
}

/// Elements in the order of the new list, then what is gone from the old one.
fn by_name(walk: &mut Walk, old: (&[Frozen], &[String]), new: (&[Frozen], &[String])) {
    fn index<'a>((list, names): (&'a [Frozen], &'a [String])) -> BTreeMap<&'a str, &'a Frozen> {
        names.iter().map(String::as_str).zip(list).collect()
    }
    let (old_items, new_items) = (index(old), index(new));
    for name in new.1.iter().map(String::as_str) {
        walk.step(
            PathStep::Named(name.to_owned()),
            old_items.get(name).copied(),
            new_items.get(name).copied(),
        );
    }
    for name in old.1.iter().map(String::as_str).filter(|name| !new_items.contains_key(name)) {
        walk.step(PathStep::Named(name.to_owned()), old_items.get(name).copied(), None);
    }
    let common = |names: &[String]| -> Vec<String> {
        let both =
            |name: &&String| old_items.contains_key(name.as_str()) && new_items.contains_key(name.as_str());
        names.iter().filter(both).cloned().collect()
    };
    let (old_order, new_order) = (common(old.1), common(new.1));
    if old_order != new_order {
        walk.order(&old_order, &new_order);
    }
}

/// What came and went; that a set is written in another order alone is told as such.
fn as_sets(walk: &mut Walk, old: &[Frozen], new: &[Frozen]) {
    let texts = |list: &[Frozen]| -> Vec<String> { list.iter().map(set_text).collect() };
    let (old_texts, new_texts) = (texts(old), texts(new));
    let (old_set, new_set): (BTreeSet<&String>, BTreeSet<&String>) =
        (old_texts.iter().collect(), new_texts.iter().collect());
    for (text, item) in new_texts.iter().zip(new).filter(|(text, _)| !old_set.contains(text)) {
        walk.step(PathStep::Named(text.clone()), None, Some(item));
    }
    for (text, item) in old_texts.iter().zip(old).filter(|(text, _)| !new_set.contains(text)) {
        walk.step(PathStep::Named(text.clone()), Some(item), None);
    }
    if old_set == new_set && old_texts != new_texts {
        walk.set_order(&old_texts, &new_texts);
    }
}

fn set_text(item: &Frozen) -> String {
    match to_json(item) {
        serde_json::Value::String(text) => text,
        value => value.to_string(),
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
