//! The texts of a first policy, with a comment at every key.

use gitstore::RepoPath;
use helm::HelmVersion;

use crate::error::Error;

/// What the texts are made of.
pub(super) struct Plan<'a> {
    pub(super) chart: &'a RepoPath,
    pub(super) pipeline: &'a RepoPath,
    pub(super) environments: &'a [String],
    pub(super) review: &'a [String],
    pub(super) warehouse: &'a str,
    pub(super) release: String,
    pub(super) image_repository: Option<&'a str>,
    pub(super) image: &'a [(String, String)],
    pub(super) has_digest_key: bool,
}

/// What every stage can say besides; the comments of the last one, which has most to wait for, explain it.
const STAGE_EXTRAS: &str = r#"    # What every stage can say besides. The rendered branch, where it isn't stage/<stage>:
    # branch: argocd/{environment}
    # The environment's name in the records of a former git-flow (`cargo xtask legacy record`):
    # legacy: {environment}
    # Let `cargo xtask promote --auto` bring every newer release that the gates let through:
    # auto: true
    # What must hold before a release comes here, besides having passed the stages before:
    # gates:
    #   # the legacy environment has had the release
    #   legacyGitflow: true
{soak}    #   # only at these times
    #   window:
    #     timeZone: America/Los_Angeles
    #     open: [{ days: [mon, tue, wed, thu], from: "09:00", to: "16:00" }]
    #     closed: [{ from: 2026-12-24, to: 2027-01-02, reason: holidays }]
    # What `cargo xtask verify` runs; a release that fails goes no further:
    # verify:
    #   timeout: 10m
    #   commands: [{ name: smoke, run: ./checks/smoke.sh, timeout: 2m }]
"#;

/// A stage that takes releases straight from a warehouse has nothing before it to wait for.
const SOAK: &str = "    #   # so long since it passed the stage before\n    #   soak: 2h\n";

impl Plan<'_> {
    /// The files, the pipeline last.
    pub(super) fn files(&self) -> Result<Vec<(RepoPath, String)>, Error> {
        let mut files = Vec::new();
        for environment in self.environments {
            let env_type = self.env_types()?.join(format!("{environment}.values.yaml"))?;
            files.push((env_type, self.env_type_values(environment)));
            let deployment = self.deployments()?.join(environment)?;
            files.push((deployment.join("deployment.yaml")?, self.deployment(environment)?));
            files.push((deployment.join("values.yaml")?, self.deployment_values(environment)));
        }
        files.push((self.pipeline.clone(), self.pipeline_text()?));
        Ok(files)
    }

    /// A path beside the pipeline file.
    fn beside(&self, name: &str) -> Result<RepoPath, Error> {
        let directory = self.pipeline.parent().unwrap_or_else(RepoPath::root);
        Ok(if directory.is_root() { RepoPath::new(name)? } else { directory.join(name)? })
    }

    fn env_types(&self) -> Result<RepoPath, Error> {
        self.beside("envTypes")
    }

    fn deployments(&self) -> Result<RepoPath, Error> {
        self.beside("deployments")
    }

    fn pipeline_text(&self) -> Result<String, Error> {
        let (env_types, deployments) = (self.env_types()?, self.deployments()?);
        let mut text = format!(
            r#"# The pipeline: where releases come from, which stages they pass, and what each stage renders.
# A promotion reads this file, and everything that it names, from the tip of the main branch.
# Editors check it with the JSON Schema that `cargo xtask schema` writes.
schemaVersion: v1

# The Helm whose bytes are printed: an exact version stays where it is, a line ("4.2", "3.21") means its
# newest patch.
helm: "{helm}"

# Where things lie in this repository.
paths:
  # the frozen releases, in a directory for each warehouse
  freight: freight
  # the values of each class of environment: <envType>.values.yaml
  envTypes: {env_types}
  # a directory for each deployment: deployment.yaml and values.yaml
  deployments: {deployments}
  # the candidates: what every stage would get now. Nothing deploys from them.
  rendered: rendered

# What every deployment starts from; an env type (below), and then the deployment itself, may say otherwise.
# Nothing is taken from the machine that renders.
defaults:
  # the Kubernetes version that templates see: that of your clusters
  kubeVersion: v1.33.4
  # API versions that templates see besides Helm's own, for charts that ask the cluster
  # apiVersions: [monitoring.coreos.com/v1]
  # whether the chart's CRDs are rendered
  includeCRDs: false
  # whether test hooks are left out
  skipTests: false
  # whether all hooks are left out
  disableHooks: false

# Settings by class of environment, with the same keys as above; their values are in
# {env_types}/<envType>.values.yaml.
# envTypes:
#   {last}: {{ kubeVersion: v1.32.8, skipTests: true }}

# Series of releases. `freeze` cuts one: it copies the package at a revision and records the image.
warehouses:
  {warehouse}:
    # the chart's directory in the source repository
    package: {chart}
    image:
{repository}      # Values keys that get the image, as `--set` would give them. Placeholders: {{ref}} {{repository}} {{tag}}
      # {{digest}} {{pinned}} (repository:tag@digest).
      set:
{image}
# The promotion graph. A stage takes releases from a warehouse or from the stages before it, and renders its
# deployments into its branch.
#   deployments       names, or globs such as "{first}-*"
#   promote: push     the branch moves at once
#   promote: review   a pull request shows the rendered change first
stages:
"#,
            helm = HelmVersion::default().number(),
            warehouse = scalar(self.warehouse),
            chart = scalar(&self.chart.to_string()),
            env_types = scalar(&env_types.to_string()),
            deployments = scalar(&deployments.to_string()),
            repository = self.repository(),
            image = self.image(),
            first = self.environments.first().map_or("staging", String::as_str),
            last = self.environments.last().map_or("production", String::as_str),
        );
        let mut before: Option<&str> = None;
        for environment in self.environments {
            let name = scalar(environment);
            let from = match before {
                None => format!("warehouse: {}", scalar(self.warehouse)),
                Some(before) => format!("stages: [{before}]", before = scalar(before)),
            };
            let promote = if self.review.contains(environment) { "review" } else { "push" };
            text.push_str(&format!(
                "  {name}:\n    from: {{ {from} }}\n    deployments: [{name}]\n    promote: {promote}\n"
            ));
            if self.environments.last() == Some(environment) {
                let soak = if before.is_some() { SOAK } else { "" };
                text.push_str(&STAGE_EXTRAS.replace("{environment}", environment).replace("{soak}", soak));
            }
            before = Some(environment);
        }
        Ok(text)
    }

    fn repository(&self) -> String {
        let lead = "      # freeze refuses an image of another repository\n";
        match self.image_repository {
            Some(repository) => format!("{lead}      repository: {}\n", scalar(repository)),
            None => format!("{lead}      # repository: registry.example.org/{}\n", self.warehouse),
        }
    }

    fn image(&self) -> String {
        let line = |(key, value): &(String, String)| format!("        {}: \"{value}\"\n", scalar(key));
        let mut text: String = self.image.iter().map(line).collect();
        if self.has_digest_key {
            text.push_str("        # image.digest: \"{digest}\"\n");
        }
        text
    }

    fn deployment(&self, environment: &str) -> Result<String, Error> {
        let release = &self.release;
        Ok(format!(
            r#"# One place that a release is deployed to.
# Its class of environment: the values of {env_types}/{environment}.values.yaml lie under its own.
envType: {name}
# the namespace that the release is rendered for
namespace: {release}-{environment}
# Helm's release name
releaseName: {quoted}
# the cluster, for the manifests of Argo CD
# cluster: in-cluster
"#,
            env_types = self.env_types()?,
            name = scalar(environment),
            quoted = scalar(release),
        ))
    }

    fn env_type_values(&self, environment: &str) -> String {
        format!(
            "# Values that all deployments of the env type {environment} share. They lie over the chart's values.yaml\n\
             # and under the values of each deployment; the image comes from the release.\n"
        )
    }

    fn deployment_values(&self, environment: &str) -> String {
        format!("# Values of the deployment {environment} alone; they lie over those of its env type.\n")
    }
}

/// A text as a YAML scalar: plain where it can be nothing else, else in double quotes.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    let is_word = WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    let begins_with_letter = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    if begins_with_letter && text.chars().all(plain) && !is_word {
        return text.to_owned();
    }
    // JSON's strings are YAML's.
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::scalar;

    #[test]
    fn what_yaml_would_take_for_something_else_is_quoted() {
        for (text, expected) in [
            ("k8s/helm", "k8s/helm"),
            ("on", "\"on\""),
            ("2", "\"2\""),
            ("a: b", "\"a: b\""),
            ("registry.example.org:5000/shop", "\"registry.example.org:5000/shop\""),
        ] {
            assert_eq!(scalar(text), expected);
        }
    }
}
