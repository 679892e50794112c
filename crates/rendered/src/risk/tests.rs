//! The risks of small changes.

use pretty_assertions::assert_eq;

use crate::manifests::Manifests;

/// The risks of a change from one object to another, an empty text standing for none.
#[track_caller]
fn risks(old: &str, new: &str) -> Vec<String> {
    let side = |text: &str| {
        let mut manifests = Manifests::default();
        if !text.is_empty() {
            manifests.insert("d", "a.yaml", text.as_bytes().to_vec());
        }
        manifests
    };
    let diff = crate::diff(&side(old), &side(new));
    let objects = diff.deployments.iter().flat_map(|deployment| &deployment.objects);
    let text =
        |risk: &crate::Risk| format!("{} {}: {}", risk.severity.as_str(), risk.kind.as_str(), risk.text);
    objects.flat_map(|object| &object.risks).map(text).collect()
}

fn object(api_version: &str, kind: &str, rest: &str) -> String {
    format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n{rest}\n")
}

/// The same object with two contents.
#[track_caller]
fn changes(api_version: &str, kind: &str, old: &str, new: &str) -> Vec<String> {
    risks(&object(api_version, kind, old), &object(api_version, kind, new))
}

#[test]
fn deletions_are_as_grave_as_what_they_take() {
    for (api_version, kind, expected) in [
        ("v1", "Namespace", "high deletion: deletes everything in the namespace"),
        ("v1", "PersistentVolumeClaim", "high deletion: deletes the data, unless its class retains it"),
        ("apps/v1", "Deployment", "high deletion: stops what runs"),
        ("v1", "ConfigMap", "medium deletion: is deleted"),
        (
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            "high deletion: deletes every object of this kind",
        ),
    ] {
        assert_eq!(risks(&object(api_version, kind, ""), ""), [expected]);
    }
    let kept = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a, annotations: {helm.sh/resource-policy: keep}}\n";
    assert_eq!(
        risks(kept, ""),
        ["low deletion: no longer deployed, but kept in the cluster, as its annotation asks"]
    );
    assert_eq!(
        risks(&object("networking.k8s.io/v1", "NetworkPolicy", ""), ""),
        ["high network policy: opens what it closed", "medium deletion: is deleted"]
    );
}

#[test]
fn immutable_fields_are_found() {
    let refused = |fields: &str| {
        format!("high immutable field: the cluster refuses another {fields}; delete it and make it anew")
    };
    for (api_version, kind, old, new, fields) in [
        ("apps/v1", "Deployment", "spec: {selector: {a: b}}", "spec: {selector: {a: c}}", "spec.selector"),
        (
            "apps/v1",
            "StatefulSet",
            "spec: {serviceName: a, replicas: 1}",
            "spec: {serviceName: b, replicas: 2}",
            "spec.serviceName",
        ),
        ("batch/v1", "Job", "spec: {template: {x: 1}}", "spec: {template: {x: 2}}", "spec.template"),
        ("v1", "Service", "spec: {clusterIP: None}", "spec: {clusterIP: 10.0.0.1}", "spec.clusterIP"),
        ("v1", "ConfigMap", "immutable: true\ndata: {a: b}", "immutable: true\ndata: {a: c}", "data"),
        ("storage.k8s.io/v1", "StorageClass", "provisioner: a", "provisioner: b", "provisioner"),
        (
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            "roleRef: {name: a}",
            "roleRef: {name: b}",
            "roleRef",
        ),
        (
            "v1",
            "PersistentVolumeClaim",
            "spec: {storageClassName: a}",
            "spec: {storageClassName: b}",
            "spec.storageClassName",
        ),
    ] {
        assert_eq!(changes(api_version, kind, old, new)[0], refused(fields), "{kind}");
    }
    for (api_version, kind, old, new) in [
        ("apps/v1", "Deployment", "spec: {template: {x: 1}}", "spec: {template: {x: 2}}"),
        ("v1", "Service", "spec: {}", "spec: {clusterIP: 10.0.0.1}"),
        ("v1", "ConfigMap", "data: {a: b}", "data: {a: c}"),
        ("batch/v1", "Job", "spec: {suspend: true}", "spec: {suspend: false}"),
    ] {
        assert_eq!(changes(api_version, kind, old, new), Vec::<String>::new(), "{kind}");
    }
    // A hook is made anew each time.
    let hook = |n: u32| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: a, annotations: {{helm.sh/hook: pre-upgrade}}}}\nspec: {{template: {{x: {n}}}}}\n"
        )
    };
    assert_eq!(risks(&hook(1), &hook(2)), ["low hook: runs at pre-upgrade"]);
}

#[test]
fn storage_can_not_shrink() {
    let claim = |size: &str| format!("spec: {{resources: {{requests: {{storage: {size}}}}}}}");
    let found = |old: &str, new: &str| changes("v1", "PersistentVolumeClaim", &claim(old), &claim(new));
    assert_eq!(found("10Gi", "9Gi"), ["high storage: asks for less storage, which no claim can"]);
    assert_eq!(found("10Gi", "11Gi"), ["medium storage: holds data"]);
}

#[test]
fn roles_that_widen_are_told_from_others() {
    let rule =
        |verbs: &str| format!("rules: [{{apiGroups: [apps], resources: [deployments], verbs: [{verbs}]}}]");
    let role =
        |old: &str, new: &str| changes("rbac.authorization.k8s.io/v1", "ClusterRole", &rule(old), &rule(new));
    assert_eq!(role("get", "get, patch"), ["high RBAC: widens: patch apps/deployments"]);
    assert_eq!(role("get, list", "get"), ["medium RBAC: allows no more than before"]);
    assert_eq!(role("'*'", "get, delete"), ["medium RBAC: allows no more than before"]);
    assert_eq!(role("get", "'*'"), ["high RBAC: widens: * apps/deployments, with *"]);
    let admin = "roleRef: {kind: ClusterRole, name: cluster-admin}\nsubjects: [{kind: ServiceAccount, namespace: ns, name: s}]";
    assert_eq!(
        risks("", &object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", admin)),
        ["high RBAC: gives cluster-admin to ServiceAccount ns/s"]
    );
}

fn deployment(replicas: u32, container: &str) -> String {
    object(
        "apps/v1",
        "Deployment",
        &format!(
            "spec: {{replicas: {replicas}, template: {{spec: {{containers: [{{name: web, {container}}}]}}}}}}"
        ),
    )
}

#[test]
fn what_runs_is_compared() {
    let pinned = format!("image: \"r/a:1@sha256:{}\"", "0".repeat(64));
    let found =
        |old: (u32, &str), new: (u32, &str)| risks(&deployment(old.0, old.1), &deployment(new.0, new.1));
    assert_eq!(found((3, &pinned), (2, &pinned)), ["medium replicas: replicas 3 -> 2"]);
    assert_eq!(found((3, &pinned), (0, &pinned)), ["high replicas: replicas 3 -> 0: nothing runs"]);
    assert_eq!(found((2, &pinned), (3, &pinned)), Vec::<String>::new());
    assert_eq!(found((1, "image: a:1"), (1, "image: a:2")), ["low image: no digest"]);
    assert_eq!(
        found((1, "image: a:1"), (1, "image: b:latest")),
        [
            "medium image: from another repository: a -> b",
            "medium image: b:latest can be another image tomorrow: no digest, and no tag of its own",
        ]
    );
    assert_eq!(risks("", &deployment(1, "image: a:1")), ["low image: no digest"]);
    let resources = |cpu: &str| format!("{pinned}, resources: {{requests: {{cpu: {cpu}}}}}");
    assert_eq!(
        found((1, &resources("\"1\"")), (1, &resources("500m"))),
        ["medium resources: web: requests.cpu 1 -> 500m"]
    );
    assert_eq!(
        found((1, &pinned), (1, &format!("{pinned}, securityContext: {{privileged: true, runAsUser: 0}}"))),
        ["high privilege: web: privileged, web: runs as root"]
    );
}

#[test]
fn traffic_and_definitions_are_marked() {
    let ingress = |host: &str| format!("spec: {{rules: [{{host: {host}}}]}}");
    assert_eq!(
        changes("networking.k8s.io/v1", "Ingress", &ingress("a.example"), &ingress("b.example")),
        [
            "high exposure: no longer reachable: a.example",
            "medium exposure: reachable from outside: b.example",
        ]
    );
    assert_eq!(
        changes("v1", "Service", "spec: {}", "spec: {type: LoadBalancer}"),
        ["medium exposure: reachable from outside the cluster: LoadBalancer"]
    );
    let versions = |names: &str| format!("spec: {{versions: [{names}]}}");
    let crd = |old: &str, new: &str| {
        changes("apiextensions.k8s.io/v1", "CustomResourceDefinition", &versions(old), &versions(new))
    };
    assert_eq!(crd("{name: v1}, {name: v1beta1}", "{name: v1}"), ["high CRD: no longer serves v1beta1"]);
    assert_eq!(
        crd("{name: v1}", "{name: v1}, {name: v2}"),
        ["medium CRD: concerns every object of this kind"]
    );
}

#[test]
fn other_labels_are_no_risk() {
    let labelled = |label: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: a, labels: {{v: {label}}}}}\nspec: {{podSelector: {{}}}}\n"
        )
    };
    assert_eq!(risks(&labelled("x"), &labelled("z")), Vec::<String>::new());
    let policy = |selector: &str| {
        object("networking.k8s.io/v1", "NetworkPolicy", &format!("spec: {{podSelector: {selector}}}"))
    };
    assert_eq!(
        risks(&policy("{}"), &policy("{a: b}")),
        ["medium network policy: other traffic is let through"]
    );
}
