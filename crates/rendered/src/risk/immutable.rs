//! Fields that a cluster lets nobody change: the object must be deleted and made anew.

use helm::Frozen;

use super::{Change, Found, RiskKind, Severity, kinds};

/// Group, kind, fields, exceptions: a path that ends in `.*` means all fields below it but the exceptions.
const FIELDS: [(&str, &str, &[&str], &[&str]); 17] = [
    ("apps", "DaemonSet", &["spec.selector"], &[]),
    ("apps", "Deployment", &["spec.selector"], &[]),
    ("apps", "ReplicaSet", &["spec.selector"], &[]),
    (
        "apps",
        "StatefulSet",
        &["spec.*"],
        &[
            "minReadySeconds",
            "ordinals",
            "persistentVolumeClaimRetentionPolicy",
            "replicas",
            "revisionHistoryLimit",
            "template",
            "updateStrategy",
        ],
    ),
    (
        "batch",
        "Job",
        &["spec.*"],
        &["activeDeadlineSeconds", "backoffLimit", "parallelism", "suspend", "ttlSecondsAfterFinished"],
    ),
    ("", "Pod", &["spec.*"], &["activeDeadlineSeconds", "containers", "initContainers", "tolerations"]),
    ("", "PersistentVolumeClaim", &["spec.*"], &["resources", "volumeAttributesClassName"]),
    (
        "",
        "PersistentVolume",
        &["spec.csi", "spec.hostPath", "spec.local", "spec.nfs", "spec.nodeAffinity", "spec.volumeMode"],
        &[],
    ),
    ("", "Service", &["spec.clusterIP", "spec.clusterIPs"], &[]),
    ("", "Secret", &["type"], &[]),
    (
        "storage.k8s.io",
        "StorageClass",
        &["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
        &[],
    ),
    ("storage.k8s.io", "CSIDriver", &["spec.attachRequired", "spec.volumeLifecycleModes"], &[]),
    ("rbac.authorization.k8s.io", "RoleBinding", &["roleRef"], &[]),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", &["roleRef"], &[]),
    (
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        &["spec.group", "spec.scope", "spec.names.kind", "spec.names.plural"],
        &[],
    ),
    ("scheduling.k8s.io", "PriorityClass", &["preemptionPolicy", "value"], &[]),
    ("networking.k8s.io", "IngressClass", &["spec.controller"], &[]),
];

pub(super) fn find(change: &Change<'_>, found: &mut Found) {
    if change.old.is_none() || change.new.is_none() || kinds::is_recreated(change) {
        return;
    }
    let mut paths = Vec::new();
    for (_, _, fields, but) in FIELDS.iter().filter(|row| change.is(row.0, row.1)) {
        for field in *fields {
            match field.strip_suffix(".*") {
                None if changes(change, field) => paths.push((*field).to_owned()),
                None => {}
                Some(parent) => paths.extend(below(change, parent, but)),
            }
        }
    }
    let is_sealed = matches!(change.old_at("immutable"), Some(Frozen::Bool(true)));
    if is_sealed && (change.is("", "Secret") || change.is("", "ConfigMap")) {
        let sealed = ["binaryData", "data", "immutable", "stringData"];
        paths.extend(sealed.iter().filter(|path| change.differs_at(path)).map(|path| (*path).to_owned()));
    }
    if !paths.is_empty() {
        let text = format!("the cluster refuses another {}; delete it and make it anew", paths.join(", "));
        found.add(Severity::High, RiskKind::Immutable, text);
    }
}

/// Whether a field changes in a way that is refused. What the cluster fills in by itself may be left out.
fn changes(change: &Change<'_>, path: &str) -> bool {
    let is_defaulted = path.starts_with("spec.clusterIP");
    let is_unset = |value: Option<&Frozen>| value.is_none_or(|value| value.as_bytes() == Some(b""));
    change.differs_at(path)
        && !(is_defaulted && (is_unset(change.old_at(path)) || is_unset(change.new_at(path))))
}

/// The fields below a parent that change, but some.
fn below(change: &Change<'_>, parent: &str, but: &[&str]) -> Vec<String> {
    let keys = |value: Option<&Frozen>| -> Vec<String> {
        let map = value.and_then(Frozen::as_map);
        map.into_iter()
            .flat_map(|map| map.iter())
            .map(|(key, _)| String::from_utf8_lossy(key).into_owned())
            .collect()
    };
    let mut names = keys(change.old_at(parent));
    names.extend(keys(change.new_at(parent)));
    names.sort_unstable();
    names.dedup();
    let paths = names.into_iter().filter(|name| !but.contains(&name.as_str()));
    paths.map(|name| format!("{parent}.{name}")).filter(|path| changes(change, path)).collect()
}
