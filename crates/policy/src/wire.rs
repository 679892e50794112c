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
    /// Where the reviews of stages that say `promote: review` are shown and merged.
    #[serde(default)]
    pub(crate) review: Field<Review>,
    /// What the secret gate lets pass.
    #[serde(default)]
    pub(crate) secrets: Field<Secrets>,
}

/// Where reviews are shown and merged.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Review {
    /// Who has the pull requests: github, or none for branches alone. Default: none.
    #[serde(default)]
    pub(crate) provider: Field<Provider>,
    /// The repository there, as owner/name. Default: that of the remote's URL.
    #[serde(default)]
    pub(crate) repository: Field<String>,
    /// Where its API is, such as https://github.example.org/api/v3 for GitHub Enterprise Server. Default:
    /// https://api.github.com, or that of the host in the remote's URL.
    #[serde(default)]
    pub(crate) api_url: Field<String>,
    /// Whether pull requests are opened as drafts. Default: false.
    #[serde(default)]
    pub(crate) draft: Field<bool>,
    /// Labels that pull requests get.
    #[serde(default)]
    pub(crate) labels: Field<Vec<Field<String>>>,
    /// How `review approve` merges. Default: merge.
    #[serde(default)]
    pub(crate) merge: Field<Merge>,
    /// How long one call of the API may take, such as 30s. Default: 30s.
    #[serde(default)]
    pub(crate) timeout: Field<String>,
}

/// Who has the pull requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Provider {
    /// Nobody: a review is its branch.
    None,
    /// GitHub, or GitHub Enterprise.
    Github,
}

/// How a pull request is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Merge {
    /// With a merge commit.
    Merge,
    /// As one new commit.
    Squash,
    /// By committing it anew on top.
    Rebase,
}

/// What the secret gate lets pass.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Secrets {
    /// What looks like a secret and may be committed all the same.
    #[serde(default)]
    pub(crate) allow: Field<Vec<Field<AllowedSecret>>>,
}

/// What looks like a secret and may be committed all the same. In `deployment`, `object`, `path` and `file` a `*`
/// stands for any text. One of `object` and `file` is given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AllowedSecret {
    /// The rule that finds it, as the finding names it.
    pub(crate) rule: Field<RuleName>,
    /// The only deployments that it is for.
    #[serde(default)]
    pub(crate) deployment: Field<String>,
    /// The rendered object, as the finding names it: `Kind name`, `Kind.group namespace/name`.
    #[serde(default)]
    pub(crate) object: Field<String>,
    /// The field of the object, as the finding names it. Default: any.
    #[serde(default)]
    pub(crate) path: Field<String>,
    /// The file of the package, from the package's root.
    #[serde(default)]
    pub(crate) file: Field<String>,
    /// The only secret that it is for, as the finding names it: sha256: and eight hexadecimal digits.
    #[serde(default)]
    pub(crate) fingerprint: Field<String>,
    /// Why it may be there.
    pub(crate) reason: Field<String>,
    /// The last day on which it may, as YYYY-MM-DD in UTC.
    pub(crate) expires: Field<String>,
}

/// The name of a secret rule, checked where the allow-list is.
#[derive(Debug, Deserialize)]
pub(crate) struct RuleName(pub(crate) String);

impl JsonSchema for RuleName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RuleName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "enum": crate::secrets::SECRET_RULES })
    }
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
    /// Whether `promote --auto` promotes newer eligible releases to the stage. Default: false.
    #[serde(default)]
    pub(crate) auto: Field<bool>,
    /// What must hold before the stage takes a release, besides that an upstream stage had it.
    #[serde(default)]
    pub(crate) gates: Field<Gates>,
    /// What is checked after a promotion; until that has passed, no stage further on takes the release.
    #[serde(default)]
    pub(crate) verify: Field<Verify>,
}

/// What must hold before a stage takes a release.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Gates {
    /// Whether the release must have been merged to the stage's `legacy` environment. Default: false.
    #[serde(default)]
    pub(crate) legacy_gitflow: Field<bool>,
    /// How long the release must have stood upstream since it passed there, such as 90m or 48h.
    #[serde(default)]
    pub(crate) soak: Field<String>,
    /// When the stage takes releases.
    #[serde(default)]
    pub(crate) window: Field<Window>,
}

/// When a stage takes releases: while a period of `open` holds (always, where there is none) and none of `closed`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Window {
    /// The time zone of all times here, such as America/Los_Angeles.
    pub(crate) time_zone: Field<String>,
    /// When it is open.
    #[serde(default)]
    pub(crate) open: Field<Vec<Field<Period>>>,
    /// When it is closed all the same.
    #[serde(default)]
    pub(crate) closed: Field<Vec<Field<Period>>>,
}

/// A period: of certain days each week, or once between two dates.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Period {
    /// The days of the week; without them the period is a single one between two dates.
    #[serde(default)]
    pub(crate) days: Field<Vec<Field<Day>>>,
    /// When it begins: a time such as 09:00 on each of the days, or a date such as 2026-12-24 or
    /// 2026-12-24T12:00.
    #[serde(default)]
    pub(crate) from: Field<String>,
    /// When it ends: a time (24:00 for the end of the day; one before `from` is meant of the day after), or a date,
    /// which is included.
    #[serde(default)]
    pub(crate) to: Field<String>,
    /// Why, for those who wait.
    #[serde(default)]
    pub(crate) reason: Field<String>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// What is checked after a promotion.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Verify {
    /// How long each command may take, such as 90s or 10m. Default: 10m.
    #[serde(default)]
    pub(crate) timeout: Field<String>,
    /// The commands, run one after the other until one fails.
    pub(crate) commands: Field<Vec<Field<VerifyCommand>>>,
}

/// One command that checks a stage.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct VerifyCommand {
    /// Its name in the verdict.
    pub(crate) name: Field<String>,
    /// The command line for `sh -c`, run at the root of the checkout. It finds WAYBILL_STAGE, WAYBILL_FREIGHT,
    /// WAYBILL_COMMIT and more in its environment.
    pub(crate) run: Field<String>,
    /// How long it may take. Default: that of `verify`.
    #[serde(default)]
    pub(crate) timeout: Field<String>,
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
    /// For existing repositories: where what is deployed comes from. Default: rendered.
    #[serde(default)]
    pub(crate) source_mode: Field<SourceMode>,
    /// For existing repositories: the branch of the stage that renders the deployment.
    #[serde(default)]
    pub(crate) rendered_branch: Field<String>,
    /// For existing repositories: the branch that a live-source deployment is deployed from.
    #[serde(default)]
    pub(crate) branch: Field<String>,
}

/// Where what is deployed comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SourceMode {
    /// From the rendered branch of a stage.
    Rendered,
    /// Straight from a branch of the source: it is listed, and no stage renders it.
    LiveSource,
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
