//! The policy files as they stand on disk; the domain's types are apart from these.

use std::borrow::Cow;

use helm::Bound;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::typed::{Entries, Field};

/// The one version of both files.
pub(crate) const SCHEMA_VERSION: &str = "v1";

/// The pipeline: where releases come from, which stages they pass, and what each stage renders.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Waybill pipeline")]
pub(crate) struct Pipeline {
    /// The version of this file's format: v1.
    #[expect(dead_code, reason = "checked before the file is decoded")]
    pub(crate) schema_version: Field<SchemaVersion>,
    /// The Helm whose output is reproduced: a line ("4.2", "3.21") stands for its newest known patch, an
    /// exact version ("4.2.3") for itself. Default: "4.2".
    #[serde(default)]
    pub(crate) helm: Field<String>,
    /// Where things lie in the repository.
    #[serde(default)]
    pub(crate) paths: Field<Paths>,
    /// Settings that every env type and deployment inherits.
    #[serde(default)]
    pub(crate) defaults: Field<Settings>,
    /// What one chart may cost to load and to render; none of these changes what is rendered.
    #[serde(default)]
    pub(crate) bounds: Field<Bounds>,
    /// Settings by env type; their values lie in `<envType>.values.yaml`.
    #[serde(default)]
    pub(crate) env_types: Field<Entries<Settings>>,
    /// Series of releases by name.
    pub(crate) warehouses: Field<Entries<Warehouse>>,
    /// The promotion graph: stages by name.
    pub(crate) stages: Field<Entries<Stage>>,
}

/// The version of a policy file's format. It has been read before the rest, so its text is all that is kept.
#[derive(Debug, Deserialize)]
pub(crate) struct SchemaVersion(#[expect(dead_code, reason = "checked before the file is decoded")] String);

impl JsonSchema for SchemaVersion {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SchemaVersion".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "const": SCHEMA_VERSION })
    }
}

/// Where things lie, relative to the root of the repository.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Paths {
    /// The frozen releases; each warehouse has a directory below, or stands where the path says {warehouse}.
    /// Default: freight.
    #[serde(default)]
    pub(crate) freight: Field<String>,
    /// The values files of the env types. Default: envs/envTypes.
    #[serde(default)]
    pub(crate) env_types: Field<String>,
    /// The directories of the deployments. Default: envs/deployments.
    #[serde(default)]
    pub(crate) deployments: Field<String>,
    /// The candidates. Default: rendered.
    #[serde(default)]
    pub(crate) rendered: Field<String>,
}

/// What one chart may cost, as whole numbers. A render that needs more fails and names the bound.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Bounds {
    /// Evaluated nodes and loop turns of a render, which decide alike on every machine. Default: 200000000.
    #[serde(default)]
    pub(crate) steps: Field<u64>,
    /// Templates within templates, and executions within executions. Default: 120000.
    #[serde(default)]
    pub(crate) depth: Field<u64>,
    /// Bytes of memory that a render's values and texts take; nothing is freed before it ends. Default: 536870912.
    #[serde(default)]
    pub(crate) memory_bytes: Field<u64>,
    /// Bytes that the rendered templates of a chart come to. Default: 134217728.
    #[serde(default)]
    pub(crate) output_bytes: Field<u64>,
    /// Nodes of one YAML or JSON text, aliases counted as often as they stand. Default: 2000000.
    #[serde(default)]
    pub(crate) yaml_nodes: Field<u64>,
    /// Bytes that the archives in a chart come to when they are unpacked. Default: 268435456.
    #[serde(default)]
    pub(crate) archive_bytes: Field<u64>,
    /// Files of a chart, with those in its archives. Default: 250000.
    #[serde(default)]
    pub(crate) archive_entries: Field<u64>,
    /// Charts within charts. Default: 100.
    #[serde(default)]
    pub(crate) subchart_depth: Field<u64>,
}

impl Bounds {
    /// What is said of a bound.
    pub(crate) fn of(&self, bound: Bound) -> &Field<u64> {
        match bound {
            Bound::Steps => &self.steps,
            Bound::Depth => &self.depth,
            Bound::MemoryBytes => &self.memory_bytes,
            Bound::OutputBytes => &self.output_bytes,
            Bound::YamlNodes => &self.yaml_nodes,
            Bound::ArchiveBytes => &self.archive_bytes,
            Bound::ArchiveEntries => &self.archive_entries,
            Bound::SubchartDepth => &self.subchart_depth,
        }
    }
}

/// Settings of a render; a deployment's own go before its env type's, those before the pipeline's defaults.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Settings {
    /// The namespace that the release is rendered for.
    #[serde(default)]
    pub(crate) namespace: Field<String>,
    /// Helm's release name.
    #[serde(default)]
    pub(crate) release_name: Field<String>,
    /// The Kubernetes version that templates see, such as v1.33.4.
    #[serde(default)]
    pub(crate) kube_version: Field<String>,
    /// API versions that templates see besides Helm's own, such as monitoring.coreos.com/v1.
    #[serde(default)]
    pub(crate) api_versions: Field<Vec<Field<String>>>,
    /// Whether the chart's CRDs are rendered. Default: false.
    #[serde(default, rename = "includeCRDs")]
    pub(crate) include_crds: Field<bool>,
    /// Whether test hooks are left out. Default: false.
    #[serde(default)]
    pub(crate) skip_tests: Field<bool>,
    /// Whether all hooks are left out. Default: false.
    #[serde(default)]
    pub(crate) disable_hooks: Field<bool>,
    /// What happens where a template asks for randomness or the time. Default: refuse.
    #[serde(default)]
    pub(crate) nondeterminism: Field<Nondeterminism>,
    /// What the random streams of a seeded render are drawn from; no secret.
    #[serde(default)]
    pub(crate) seed: Field<String>,
    /// Where the clock of a seeded render stands, such as 2026-01-01T00:00:00Z.
    #[serde(default)]
    pub(crate) epoch: Field<String>,
}

/// What happens where a template asks for randomness or the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Nondeterminism {
    /// The render fails.
    Refuse,
    /// The answer comes from `seed` and `epoch`; the values are no secrets.
    Seeded,
}

/// A named series of releases with one source package.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Warehouse {
    /// The path of the chart in the source.
    pub(crate) package: Field<String>,
    /// The image that a release carries.
    #[serde(default)]
    pub(crate) image: Field<Image>,
}

/// What is asked of the image of a release, and where its reference goes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Image {
    /// The only repository whose images freeze accepts.
    #[serde(default)]
    pub(crate) repository: Field<String>,
    /// Values keys that get the image, as --set would give them. Placeholders: {ref} {repository} {tag}
    /// {digest} {pinned} (repository:tag@digest).
    #[serde(default)]
    pub(crate) set: Field<Entries<String>>,
}

/// A node of the promotion graph.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Stage {
    /// Where the stage takes releases from: a warehouse, or stages before it.
    pub(crate) from: Field<From>,
    /// The deployments that the stage renders: names or globs.
    pub(crate) deployments: Field<Vec<Field<String>>>,
    /// How a promotion moves the stage's branch.
    pub(crate) promote: Field<Promote>,
    /// The environment's name in the records of the former git-flow.
    #[serde(default)]
    pub(crate) legacy: Field<String>,
    /// The rendered branch. Default: stage/<stage>.
    #[serde(default)]
    pub(crate) branch: Field<String>,
}

/// Where a stage takes releases from; one of the two.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct From {
    /// The warehouse whose releases enter the graph here.
    #[serde(default)]
    pub(crate) warehouse: Field<String>,
    /// The stages that a release passes before this one; one of them is enough.
    #[serde(default)]
    pub(crate) stages: Field<Vec<Field<String>>>,
}

/// How a promotion moves a stage's branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Promote {
    /// The branch moves at once.
    Push,
    /// A pull request shows the change first; the branch moves when it is merged.
    Review,
}

/// One place that a release is deployed to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Waybill deployment")]
pub(crate) struct Deployment {
    /// The version of this file's format: v1.
    #[serde(default)]
    #[expect(dead_code, reason = "checked before the file is decoded")]
    pub(crate) schema_version: Field<SchemaVersion>,
    /// The class of environment; its values lie under the deployment's own.
    pub(crate) env_type: Field<String>,
    /// The namespace that the release is rendered for.
    #[serde(default)]
    pub(crate) namespace: Field<String>,
    /// Helm's release name.
    #[serde(default)]
    pub(crate) release_name: Field<String>,
    /// The cluster that it is deployed to, for the manifests of Argo CD.
    #[serde(default)]
    pub(crate) cluster: Field<String>,
    /// The Kubernetes version that templates see, such as v1.33.4.
    #[serde(default)]
    pub(crate) kube_version: Field<String>,
    /// API versions that templates see besides Helm's own, such as monitoring.coreos.com/v1.
    #[serde(default)]
    pub(crate) api_versions: Field<Vec<Field<String>>>,
    /// Whether the chart's CRDs are rendered. Default: false.
    #[serde(default, rename = "includeCRDs")]
    pub(crate) include_crds: Field<bool>,
    /// Whether test hooks are left out. Default: false.
    #[serde(default)]
    pub(crate) skip_tests: Field<bool>,
    /// Whether all hooks are left out. Default: false.
    #[serde(default)]
    pub(crate) disable_hooks: Field<bool>,
    /// What happens where a template asks for randomness or the time. Default: refuse.
    #[serde(default)]
    pub(crate) nondeterminism: Field<Nondeterminism>,
    /// What the random streams of a seeded render are drawn from; no secret.
    #[serde(default)]
    pub(crate) seed: Field<String>,
    /// Where the clock of a seeded render stands, such as 2026-01-01T00:00:00Z.
    #[serde(default)]
    pub(crate) epoch: Field<String>,
    /// The deployment's name, where given: that of its directory.
    #[serde(default)]
    pub(crate) name: Field<String>,
    /// For existing repositories; without effect.
    #[serde(default)]
    #[expect(dead_code, reason = "accepted without effect")]
    pub(crate) source_mode: Field<String>,
    /// For existing repositories: compared with the branch of the stage.
    #[serde(default)]
    pub(crate) rendered_branch: Field<String>,
    /// For existing repositories; without effect.
    #[serde(default)]
    #[expect(dead_code, reason = "accepted without effect")]
    pub(crate) branch: Field<String>,
}

impl Deployment {
    /// The settings among the keys; on the wire they aren't nested.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            namespace: self.namespace.clone(),
            release_name: self.release_name.clone(),
            kube_version: self.kube_version.clone(),
            api_versions: self.api_versions.clone(),
            include_crds: self.include_crds.clone(),
            skip_tests: self.skip_tests.clone(),
            disable_hooks: self.disable_hooks.clone(),
            nondeterminism: self.nondeterminism.clone(),
            seed: self.seed.clone(),
            epoch: self.epoch.clone(),
        }
    }
}
