//! Flags as Helm reads them, and those of Helm's that have no part in rendering.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use helm::HelmVersion;

use crate::report::Failure;

/// Switches that change nothing in what `helm template` prints.
const IDLE_SWITCHES: &[&str] = &[
    "atomic",
    "create-namespace",
    "devel",
    "disable-openapi-validation",
    "force",
    "force-conflicts",
    "force-replace",
    "hide-notes",
    "insecure-skip-tls-verify",
    "kube-insecure-skip-tls-verify",
    "pass-credentials",
    "plain-http",
    "render-subchart-notes",
    "replace",
    "rollback-on-failure",
    "server-side",
    "skip-crds",
    "take-ownership",
    "wait",
    "wait-for-jobs",
];

/// Options that change nothing in what `helm template` prints.
const IDLE_OPTIONS: &[&str] = &[
    "burst-limit",
    "ca-file",
    "cert-file",
    "content-cache",
    "description",
    "key-file",
    "keyring",
    "kube-apiserver",
    "kube-as-group",
    "kube-as-user",
    "kube-ca-file",
    "kube-context",
    "kube-tls-server-name",
    "kube-token",
    "kubeconfig",
    "labels",
    "password",
    "qps",
    "registry-config",
    "repository-cache",
    "repository-config",
    "timeout",
    "username",
    "version",
];

/// Switches that ask for what isn't here, and why.
const REFUSED_SWITCHES: &[(&str, &str)] = &[
    ("dependency-update", "it fetches charts over the network: run `helm dependency build` first"),
    ("enable-dns", "templates would read the network"),
    ("validate", "it asks a cluster"),
    ("verify", "it checks the signature of a fetched chart: run `helm verify` first"),
];

/// Options that ask for what isn't here, and why.
const REFUSED_OPTIONS: &[(&str, &str)] = &[
    ("post-renderer", "it runs another program: pipe the output through it instead"),
    ("post-renderer-args", "there is no post-renderer to pass them to"),
    ("repo", "it fetches a chart over the network: run `helm pull` first"),
];

/// The flags of `helm template` that are accepted and idle, or refused.
#[derive(Clone, Debug)]
pub(super) struct Helms {
    generates_name: bool,
    dry_run: Option<String>,
    refused: Option<(&'static str, &'static str)>,
}

impl Helms {
    /// Whether Helm was asked to make up a name.
    pub(super) fn generates_name(&self) -> bool {
        self.generates_name
    }

    /// Refuses what asks for a cluster or the network.
    pub(super) fn check(&self, helm: HelmVersion) -> Result<(), Failure> {
        if let Some((flag, reason)) = self.refused {
            return Err(Failure::usage(format!("--{flag} can't be had here: {reason}")));
        }
        let Some(value) = self.dry_run.as_deref() else { return Ok(()) };
        let quoted = format!("{value:?}");
        match value {
            "server" => Err(Failure::usage("--dry-run=server can't be had here: it asks a cluster")),
            "client" | "unset" | "true" => Ok(()),
            "none" | "false" if helm.is_v3() => {
                Err(Failure::usage(format!("--dry-run={value} can't be had here: it asks a cluster")))
            }
            _ if helm.is_v3() => Err(Failure::helm(
                "Invalid dry-run flag. Flag must one of the following: false, true, none, client, server",
            )),
            "none" => Err(Failure::helm(format!(
                "invalid dry-run value ({quoted}). Must be \"server\" or \"client\""
            ))),
            _ => match go_bool(value) {
                Ok(true) => Ok(()),
                Ok(false) => Err(Failure::helm(format!(
                    "invalid dry-run value ({quoted}). Must be \"server\" or \"client\""
                ))),
                Err(_) => Err(Failure::helm(format!(
                    "invalid dry-run value ({quoted}). Must be \"none\", \"server\", or \"client\""
                ))),
            },
        }
    }
}

impl FromArgMatches for Helms {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let is_on = |name: &str| matches.get_one::<bool>(name).is_some_and(|value| *value);
        // Helm takes an empty one for none.
        let is_given = |name: &str| matches.get_one::<String>(name).is_some_and(|value| !value.is_empty());
        let switch = REFUSED_SWITCHES.iter().find(|(name, _)| is_on(name));
        let option = || REFUSED_OPTIONS.iter().find(|(name, _)| is_given(name));
        Ok(Self {
            generates_name: is_on("generate-name"),
            dry_run: matches.get_one::<String>("dry-run").cloned(),
            refused: switch.or_else(option).copied(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Helms {
    fn augment_args(command: Command) -> Command {
        let refused_switches = REFUSED_SWITCHES.iter().map(|(name, _)| name);
        let switches = IDLE_SWITCHES.iter().chain(refused_switches).map(|name| switch(name));
        let refused_options = REFUSED_OPTIONS.iter().map(|(name, _)| name);
        let options = IDLE_OPTIONS.iter().chain(refused_options).map(|name| {
            let option = Arg::new(*name).long(*name).hide(true).action(ArgAction::Append);
            if *name == "labels" { option.short('l') } else { option }
        });
        let dry_run = Arg::new("dry-run").long("dry-run").hide(true).num_args(0..=1).require_equals(true);
        command
            .args(switches)
            .args(options)
            .arg(switch("generate-name").short('g'))
            .arg(dry_run.default_missing_value("unset"))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn switch(name: &'static str) -> Arg {
    let switch = Arg::new(name).long(name).hide(true).num_args(0..=1).require_equals(true);
    // Helm 4 has `--wait=watcher` beside `--wait`.
    if name == "wait" {
        return switch.default_missing_value("true");
    }
    switch.default_missing_value("true").value_parser(go_bool)
}

/// A boolean as Go's `strconv.ParseBool` reads it.
pub(super) fn go_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("no boolean".to_owned()),
    }
}

/// A list in one argument: a line of comma-separated values, which may stand in double quotes.
pub(super) fn comma_separated(text: &str) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    if text.is_empty() {
        return Ok(fields);
    }
    let mut rest = text;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted).ok_or_else(|| format!("{text}: a quote is missing"))?,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                if rest[..end].contains('"') {
                    return Err(format!("{text}: a quote in a value that isn't quoted"));
                }
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None if after.is_empty() => return Ok(fields),
            None => return Err(format!("{text}: a value goes on behind its quotes")),
        }
    }
}

/// The value up to its closing quote, in which two quotes mean one, and what stands behind.
fn quoted_field(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"')?;
        field.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => rest = more,
            None => return Some((field, rest)),
        }
        field.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_comma_separated() {
        for (text, want) in [
            ("", &[][..]),
            ("a", &["a"]),
            ("a,b,", &["a", "b", ""]),
            ("\"a,b\",c", &["a,b", "c"]),
            ("\"a\"\"b\"", &["a\"b"]),
        ] {
            assert_eq!(comma_separated(text).unwrap(), want, "{text}");
        }
        for text in ["a\"b", "\"a", "\"a\"b"] {
            assert!(comma_separated(text).is_err(), "{text}");
        }
    }
}
