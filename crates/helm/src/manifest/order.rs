//! The order in which kinds are installed (helm: pkg/release/v1/util/kind_sorter.go).

use std::cmp::Ordering;

use crate::HelmVersion;

const INSTALL_ORDER: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    // Unknown to Helm 3.
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// Compares two kinds: known ones by install order, unknown ones last and by name.
pub(super) fn compare(a: &[u8], b: &[u8], helm: HelmVersion) -> Ordering {
    match (rank(a, helm), rank(b, helm)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

fn rank(kind: &[u8], helm: HelmVersion) -> Option<usize> {
    let known = if helm.is_v3() { &INSTALL_ORDER[..INSTALL_ORDER.len() - 2] } else { &INSTALL_ORDER[..] };
    known.iter().position(|name| name.as_bytes() == kind)
}
