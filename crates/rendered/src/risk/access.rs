//! Who may do what: roles that widen, bindings with new subjects.

use std::collections::{BTreeMap, BTreeSet};

use helm::Frozen;

use super::{Change, Found, RiskKind, Severity, items, text, texts};
use crate::diff::get;

pub(super) fn find(change: &Change<'_>, found: &mut Found) {
    let is_access = change.object.group == "rbac.authorization.k8s.io";
    if !is_access || change.new.is_none() || !change.differs_in_content() {
        return;
    }
    match change.object.kind.as_str() {
        "Role" | "ClusterRole" => role(change, found),
        "RoleBinding" | "ClusterRoleBinding" => binding(change, found),
        _ => {}
    }
}

/// How many resources of a role are named.
const NAMED: usize = 3;

/// One thing that a rule allows: a verb on a resource of a group, perhaps of one name, or on a URL.
type Grant<'a> = (&'a str, String, &'a str);

fn role(change: &Change<'_>, found: &mut Found) {
    let (old, new) = (grants(change.old_at("rules")), grants(change.new_at("rules")));
    let is_covered = |grant: &Grant<'_>| {
        let (verb, target, name) = grant;
        let group = target.split('/').next().unwrap_or_default();
        ["*", verb].iter().any(|verb| {
            [target.clone(), format!("{group}/*"), "*/*".to_owned()]
                .iter()
                .any(|target| ["", name].iter().any(|name| old.contains(&(*verb, target.clone(), *name))))
        })
    };
    let more: Vec<&Grant<'_>> = new.iter().filter(|grant| !is_covered(grant)).collect();
    if more.is_empty() {
        return found.add(Severity::Medium, RiskKind::Rbac, "allows no more than before");
    }
    let wild = more.iter().any(|(verb, target, _)| *verb == "*" || target.contains('*'));
    let mut by_target: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (verb, target, name) in &more {
        by_target.entry((target, name)).or_default().push(verb);
    }
    let mut words: Vec<String> =
        by_target.iter().take(NAMED).map(|(target, verbs)| describe(*target, verbs)).collect();
    if by_target.len() > NAMED {
        words.push(format!("{} more", by_target.len() - NAMED));
    }
    let severity = if wild || change.old.is_some() { Severity::High } else { Severity::Medium };
    let lead = if change.old.is_some() { "widens" } else { "allows" };
    let wild = if wild { ", with *" } else { "" };
    found.add(severity, RiskKind::Rbac, format!("{lead}: {}{wild}", words.join("; ")));
}

/// `get, list pods`, `get apps/deployments web`
fn describe((target, name): (&str, &str), verbs: &[&str]) -> String {
    let target = target.strip_prefix('/').unwrap_or(target);
    let name = if name.is_empty() { String::new() } else { format!(" {name}") };
    format!("{} {target}{name}", verbs.join(", "))
}

fn grants(rules: Option<&Frozen>) -> BTreeSet<Grant<'_>> {
    let mut grants = BTreeSet::new();
    for rule in items(rules) {
        let names = texts(get(rule, "resourceNames"));
        let names = if names.is_empty() { vec![""] } else { names };
        let groups = texts(get(rule, "apiGroups"));
        let resources = texts(get(rule, "resources"));
        let mut targets: Vec<String> = groups
            .iter()
            .flat_map(|group| resources.iter().map(move |resource| format!("{group}/{resource}")))
            .collect();
        targets.extend(texts(get(rule, "nonResourceURLs")).iter().map(|url| format!("URL {url}")));
        for verb in texts(get(rule, "verbs")) {
            for target in &targets {
                grants.extend(names.iter().map(|name| (verb, target.clone(), *name)));
            }
        }
    }
    grants
}

fn binding(change: &Change<'_>, found: &mut Found) {
    let subjects = |value: Option<&Frozen>| -> BTreeSet<String> {
        let part = |subject: &Frozen, key: &str| text(get(subject, key)).unwrap_or_default().to_owned();
        let name = |subject: &Frozen| {
            let namespace = part(subject, "namespace");
            let namespace = if namespace.is_empty() { namespace } else { format!("{namespace}/") };
            format!("{} {namespace}{}", part(subject, "kind"), part(subject, "name"))
        };
        items(value).iter().map(name).collect()
    };
    let role = text(change.new_at("roleRef.name")).unwrap_or("a role");
    let (old, new) = (subjects(change.old_at("subjects")), subjects(change.new_at("subjects")));
    let more: Vec<&str> = new.difference(&old).map(String::as_str).collect();
    let is_grave = role == "cluster-admin"
        || more.iter().any(|subject| {
            subject.contains("system:authenticated") || subject.contains("system:unauthenticated")
        });
    match more.as_slice() {
        [] => found.add(Severity::Medium, RiskKind::Rbac, format!("binds {role}")),
        more => {
            let severity = if is_grave || change.old.is_some() { Severity::High } else { Severity::Medium };
            found.add(severity, RiskKind::Rbac, format!("gives {role} to {}", more.join(", ")));
        }
    }
}
