//! Risks in what runs: images, replicas, resources, privileges.

use std::collections::BTreeMap;

use helm::Frozen;

use super::{Change, Found, RiskKind, Severity, items, quantity, text};
use crate::diff::{FieldKind, get, inline, path_text, to_json};

pub(super) fn find(change: &Change<'_>, found: &mut Found) {
    replicas(change, found);
    let new = change.new.and_then(|object| pod(&change.object.kind, object));
    let old = change.old.and_then(|object| pod(&change.object.kind, object));
    let Some(new) = new else { return };
    images(change, new, found);
    privileges(old, new, found);
    if let Some(old) = old {
        resources(old, new, found);
    }
}

/// The pod that an object runs.
fn pod<'a>(kind: &str, object: &'a Frozen) -> Option<&'a Frozen> {
    match kind {
        "Pod" => get(object, "spec"),
        "CronJob" => get(object, "spec.jobTemplate.spec.template.spec"),
        _ => get(object, "spec.template.spec"),
    }
}

/// Containers of all sorts by name.
fn containers(pod: &Frozen) -> BTreeMap<&str, &Frozen> {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    let all = lists.iter().flat_map(|list| items(get(pod, list)));
    all.filter_map(|container| Some((text(get(container, "name"))?, container))).collect()
}

fn replicas(change: &Change<'_>, found: &mut Found) {
    for field in change.fields.iter().filter(|field| field.kind == FieldKind::Replicas) {
        let number = |value: &Option<serde_json::Value>| value.as_ref().and_then(serde_json::Value::as_f64);
        let name = path_text(&field.path[field.path.len().saturating_sub(1)..]);
        let shown = |value: &Option<serde_json::Value>| value.as_ref().map(inline).unwrap_or_default();
        match (number(&field.old), number(&field.new)) {
            (Some(old), Some(0.0)) if old > 0.0 => {
                found.add(Severity::High, RiskKind::Replicas, format!("{name} {old} -> 0: nothing runs"));
            }
            (Some(old), Some(new)) if new < old => {
                let text = format!("{name} {} -> {}", shown(&field.old), shown(&field.new));
                found.add(Severity::Medium, RiskKind::Replicas, text);
            }
            (Some(_), None) => {
                let text = format!("{name} is no longer set: 1, unless something else scales it");
                found.add(Severity::Low, RiskKind::Replicas, text);
            }
            _ => {}
        }
    }
}

fn images(change: &Change<'_>, new: &Frozen, found: &mut Found) {
    let unpinned = |image: &str| !image.contains("@sha256:") && !image.contains("@sha512:");
    let mut without_digest: Vec<&str> = Vec::new();
    if change.old.is_none() {
        let images = containers(new).into_values().filter_map(|container| text(get(container, "image")));
        without_digest.extend(images.filter(|image| unpinned(image)));
    }
    for field in change.fields.iter().filter(|field| field.kind == FieldKind::Image) {
        let side = |value: &'_ Option<serde_json::Value>| match value {
            Some(serde_json::Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        if let (Some(old), Some(new)) = (side(&field.old), side(&field.new))
            && repository(&old) != repository(&new)
        {
            let text = format!("from another repository: {} -> {}", repository(&old), repository(&new));
            found.add(Severity::Medium, RiskKind::Image, text);
        }
        if let Some(serde_json::Value::String(image)) = &field.new
            && unpinned(image)
        {
            without_digest.push(image);
        }
    }
    without_digest.sort_unstable();
    without_digest.dedup();
    if let Some(latest) = without_digest.iter().find(|image| is_floating(image)) {
        let text = format!("{latest} can be another image tomorrow: no digest, and no tag of its own");
        found.add(Severity::Medium, RiskKind::Image, text);
    } else if !without_digest.is_empty() {
        found.add(Severity::Low, RiskKind::Image, "no digest");
    }
}

/// An image without tag and digest.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let name = image.rfind('/').map_or(0, |slash| slash + 1);
    image[name..].find(':').map_or(image, |colon| &image[..name + colon])
}

fn is_floating(image: &str) -> bool {
    repository(image) == image || image.ends_with(":latest")
}

fn resources(old: &Frozen, new: &Frozen, found: &mut Found) {
    let old = containers(old);
    for (name, container) in containers(new) {
        let Some(before) = old.get(name) else { continue };
        for (list, resource) in
            [("requests", "cpu"), ("requests", "memory"), ("limits", "cpu"), ("limits", "memory")]
        {
            let path = format!("resources.{list}.{resource}");
            let amount = |container: &Frozen| get(container, &path).map(shown);
            let (was, is) = (amount(before), amount(container));
            let number = |amount: &Option<String>| amount.as_deref().and_then(quantity::parse);
            match (number(&was), number(&is)) {
                (Some(was_number), Some(is_number)) if is_number < was_number => {
                    let text = format!(
                        "{name}: {list}.{resource} {} -> {}",
                        was.unwrap_or_default(),
                        is.unwrap_or_default()
                    );
                    found.add(Severity::Medium, RiskKind::Resources, text);
                }
                (Some(_), None) => {
                    let text = format!("{name}: {list}.{resource} is no longer set");
                    found.add(Severity::Medium, RiskKind::Resources, text);
                }
                _ => {}
            }
        }
    }
}

/// A scalar as it is written, without quotes.
fn shown(value: &Frozen) -> String {
    match to_json(value) {
        serde_json::Value::String(text) => text,
        value => value.to_string(),
    }
}

/// What a pod or a container may that it couldn't before.
fn privileges(old: Option<&Frozen>, new: &Frozen, found: &mut Found) {
    let before = old.map(privileges_of).unwrap_or_default();
    let more: Vec<String> =
        privileges_of(new).into_iter().filter(|privilege| !before.contains(privilege)).collect();
    if !more.is_empty() {
        found.add(Severity::High, RiskKind::Privilege, more.join(", "));
    }
}

fn privileges_of(pod: &Frozen) -> Vec<String> {
    let is = |value: &Frozen, path: &str| matches!(get(value, path), Some(Frozen::Bool(true)));
    let mut found = Vec::new();
    for path in ["hostNetwork", "hostPID", "hostIPC"] {
        if is(pod, path) {
            found.push(path.to_owned());
        }
    }
    for volume in items(get(pod, "volumes")) {
        if let Some(path) = text(get(volume, "hostPath.path")) {
            found.push(format!("mounts {path} of the node"));
        }
    }
    for (name, container) in containers(pod) {
        for path in ["privileged", "allowPrivilegeEscalation"] {
            if is(container, &format!("securityContext.{path}")) {
                found.push(format!("{name}: {path}"));
            }
        }
        let is_root =
            |value: &Frozen| matches!(get(value, "securityContext.runAsUser"), Some(Frozen::Float(0.0)));
        if is_root(container) || (is_root(pod) && get(container, "securityContext.runAsUser").is_none()) {
            found.push(format!("{name}: runs as root"));
        }
        for capability in items(get(container, "securityContext.capabilities.add")) {
            found.push(format!("{name}: capability {}", shown(capability)));
        }
    }
    found
}
