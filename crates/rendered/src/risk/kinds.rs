//! Risks that an object's kind brings: deletion, storage, definitions, traffic, webhooks, hooks.

use super::{Change, Found, RiskKind, Severity, annotation, items, quantity, text};

/// Deleting one of these loses data, traffic or running work.
const GRAVE: [(&str, &str); 11] = [
    ("", "Namespace"),
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    ("", "Secret"),
    ("", "Service"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("gateway.networking.k8s.io", "Gateway"),
    ("networking.k8s.io", "Ingress"),
];

pub(super) fn find(change: &Change<'_>, found: &mut Found) {
    if change.new.is_none() {
        deletion(change, found);
    }
    hook(change, found);
    if !change.differs_in_content() {
        return;
    }
    storage(change, found);
    definition(change, found);
    traffic(change, found);
    let kind = change.object.kind.as_str();
    if change.object.group == "admissionregistration.k8s.io" && kind.ends_with("WebhookConfiguration") {
        found.add(Severity::Medium, RiskKind::Webhook, "can refuse or change what anybody applies");
    }
    if change.is("", "Secret") && (change.differs_at("data") || change.differs_at("stringData")) {
        found.add(Severity::Low, RiskKind::Secret, "its values change; they are masked here");
    }
}

fn deletion(change: &Change<'_>, found: &mut Found) {
    let (group, kind) = (change.object.group.as_str(), change.object.kind.as_str());
    let keeps = |key: &str, word: &str| {
        annotation(change.old, key).is_some_and(|value| value.split(',').any(|part| part.trim() == word))
    };
    if keeps("argocd.argoproj.io/sync-options", "Prune=false") || keeps("helm.sh/resource-policy", "keep") {
        let text = "no longer deployed, but kept in the cluster, as its annotation asks";
        return found.add(Severity::Low, RiskKind::Deletion, text);
    }
    let severity = if GRAVE.contains(&(group, kind)) { Severity::High } else { Severity::Medium };
    let text = match (group, kind) {
        ("", "Namespace") => "deletes everything in the namespace",
        ("", "PersistentVolumeClaim" | "PersistentVolume") => "deletes the data, unless its class retains it",
        ("apiextensions.k8s.io", "CustomResourceDefinition") => "deletes every object of this kind",
        ("", "Secret") => "what reads it will fail",
        ("apps", _) => "stops what runs",
        ("", "Service") | ("networking.k8s.io", "Ingress") | ("gateway.networking.k8s.io", _) => {
            "takes its traffic away"
        }
        _ if is_hook(change) => "the hook no longer runs",
        _ => "is deleted",
    };
    found.add(severity, RiskKind::Deletion, text);
}

fn storage(change: &Change<'_>, found: &mut Found) {
    let is_claim = change.is("", "PersistentVolumeClaim");
    if is_claim || change.is("", "PersistentVolume") {
        let path = if is_claim { "spec.resources.requests.storage" } else { "spec.capacity.storage" };
        let size = |value| text(value).and_then(quantity::parse);
        match (size(change.old_at(path)), size(change.new_at(path))) {
            (Some(old), Some(new)) if new < old => {
                found.add(Severity::High, RiskKind::Storage, "asks for less storage, which no claim can")
            }
            _ if change.new.is_some() => {
                found.add(Severity::Medium, RiskKind::Storage, "holds data");
            }
            _ => {}
        }
    } else if change.is("storage.k8s.io", "StorageClass") && change.new.is_some() {
        found.add(Severity::Medium, RiskKind::Storage, "decides where new claims are stored");
    } else if change.is("apps", "StatefulSet") && change.old.is_none() {
        let claims = items(change.new_at("spec.volumeClaimTemplates")).len();
        if claims > 0 {
            found.add(Severity::Low, RiskKind::Storage, "makes claims of its own, which outlive it");
        }
    }
}

fn definition(change: &Change<'_>, found: &mut Found) {
    if !change.is("apiextensions.k8s.io", "CustomResourceDefinition") || change.new.is_none() {
        return;
    }
    let served = |value: Option<&helm::Frozen>| -> Vec<String> {
        let is_served = |version: &&helm::Frozen| {
            !matches!(crate::diff::get(version, "served"), Some(helm::Frozen::Bool(false)))
        };
        let versions = items(value).iter().filter(is_served);
        versions.filter_map(|version| text(crate::diff::get(version, "name")).map(str::to_owned)).collect()
    };
    let new = served(change.new_at("spec.versions"));
    let gone: Vec<String> =
        served(change.old_at("spec.versions")).into_iter().filter(|name| !new.contains(name)).collect();
    if gone.is_empty() {
        found.add(Severity::Medium, RiskKind::Crd, "concerns every object of this kind");
    } else {
        found.add(Severity::High, RiskKind::Crd, format!("no longer serves {}", gone.join(", ")));
    }
}

fn traffic(change: &Change<'_>, found: &mut Found) {
    let kind = change.object.kind.as_str();
    if kind.ends_with("NetworkPolicy") {
        match (change.old, change.new) {
            (_, None) => found.add(Severity::High, RiskKind::NetworkPolicy, "opens what it closed"),
            (None, _) => found.add(Severity::Medium, RiskKind::NetworkPolicy, "closes what it doesn't name"),
            _ => found.add(Severity::Medium, RiskKind::NetworkPolicy, "other traffic is let through"),
        }
    }
    if change.is("", "Service") {
        let service_type = |value| text(value).unwrap_or("ClusterIP").to_owned();
        let (old, new) = (service_type(change.old_at("spec.type")), service_type(change.new_at("spec.type")));
        if change.new.is_some() && new != old && matches!(new.as_str(), "LoadBalancer" | "NodePort") {
            found.add(
                Severity::Medium,
                RiskKind::Exposure,
                format!("reachable from outside the cluster: {new}"),
            );
        }
    }
    if change.is("networking.k8s.io", "Ingress") && change.new.is_some() {
        let hosts = |value| -> Vec<String> {
            let rules = items(value).iter();
            rules.filter_map(|rule| text(crate::diff::get(rule, "host")).map(str::to_owned)).collect()
        };
        let (old, new) = (hosts(change.old_at("spec.rules")), hosts(change.new_at("spec.rules")));
        let more: Vec<&str> = new.iter().filter(|host| !old.contains(host)).map(String::as_str).collect();
        if !more.is_empty() {
            found.add(
                Severity::Medium,
                RiskKind::Exposure,
                format!("reachable from outside: {}", more.join(", ")),
            );
        }
        let gone: Vec<&str> = old.iter().filter(|host| !new.contains(host)).map(String::as_str).collect();
        if !gone.is_empty() {
            found.add(
                Severity::High,
                RiskKind::Exposure,
                format!("no longer reachable: {}", gone.join(", ")),
            );
        }
    }
}

/// The annotations that make an object a hook.
const HOOKS: [&str; 2] = ["helm.sh/hook", "argocd.argoproj.io/hook"];

/// Whether the object runs as a hook after the change, or did before it was deleted.
pub(super) fn is_hook(change: &Change<'_>) -> bool {
    let object = change.new.or(change.old);
    HOOKS.iter().any(|key| annotation(object, key).is_some())
}

/// Whether the cluster gets a new object instead of a changed one, whose fields nothing holds fast then.
pub(super) fn is_recreated(change: &Change<'_>) -> bool {
    let options = annotation(change.new, "argocd.argoproj.io/sync-options").unwrap_or_default();
    let replaces =
        options.split(',').any(|option| matches!(option.trim(), "Force=true" | "Replace=true,Force=true"));
    replaces || (is_hook(change) && change.new.is_some())
}

fn hook(change: &Change<'_>, found: &mut Found) {
    let events = |object| HOOKS.iter().find_map(|key| annotation(object, key));
    match (events(change.old), events(change.new)) {
        (None, Some(new)) if change.old.is_some() => {
            found.add(Severity::Medium, RiskKind::Hook, format!("becomes a hook: {new}"));
        }
        (Some(_), None) if change.new.is_some() => {
            found.add(Severity::Medium, RiskKind::Hook, "is no hook any more");
        }
        (Some(old), Some(new)) if old != new => {
            found.add(Severity::Medium, RiskKind::Hook, format!("runs at {new} instead of {old}"));
        }
        (_, Some(new)) => found.add(Severity::Low, RiskKind::Hook, format!("runs at {new}")),
        _ => {}
    }
}
