//! Env types and deployments: found as files, checked one by one, resolved over what they inherit.

use std::collections::{BTreeMap, BTreeSet};

use gitstore::RepoPath;
use helm::HelmVersion;

use super::{Decoded, Loader, Version};
use crate::name::{DeploymentName, EnvTypeName};
use crate::nearest::nearest;
use crate::pipeline::{Paths, Stage};
use crate::policy::{Deployment, EnvType, LiveSource};
use crate::problem::{Mark, Place};
use crate::settings::Layer;
use crate::source::SourceEntry;
use crate::typed::{Entries, Field};
use crate::wire;

/// The suffix of an env type's values file.
const VALUES_SUFFIX: &str = ".values.yaml";

/// What deployments inherit.
pub(super) struct Levels {
    defaults: Layer,
    env_types: BTreeMap<EnvTypeName, Level>,
    pipeline: String,
}

/// One env type.
struct Level {
    layer: Layer,
    values: Option<RepoPath>,
    /// Where the pipeline names it.
    mark: Option<Mark>,
}

impl Levels {
    pub(super) fn into_env_types(self) -> BTreeMap<EnvTypeName, EnvType> {
        let env_type =
            |(name, level): (EnvTypeName, Level)| (name.clone(), EnvType { name, values: level.values });
        self.env_types.into_iter().map(env_type).collect()
    }
}

/// The deployments of a repository.
pub(super) struct Deployments {
    /// All that a stage can render, whatever is wrong with their files.
    pub(super) names: BTreeSet<DeploymentName>,
    pub(super) resolved: BTreeMap<DeploymentName, Deployment>,
    /// Those that no stage renders.
    pub(super) live: BTreeMap<DeploymentName, LiveSource>,
    files: BTreeMap<DeploymentName, Decoded<wire::Deployment>>,
}

impl Loader<'_> {
    /// The env types: those with a values file and those that the pipeline names.
    pub(super) fn env_types(&mut self, pipeline: &Decoded<wire::Pipeline>, paths: &Paths) -> Levels {
        let file = pipeline.path.as_str();
        let none = wire::Settings::default();
        let defaults = Layer::check(pipeline.wire.defaults.get().unwrap_or(&none), file, &mut self.report);
        let mut env_types = BTreeMap::new();
        for entry in self.list(&paths.env_types) {
            let Some(text) = entry.name.strip_suffix(VALUES_SUFFIX).filter(|_| !entry.is_dir) else {
                continue;
            };
            let Ok(path) = paths.env_types.join(&entry.name) else { continue };
            if let Some(name) = self.name("an env type", text, Place::file(&path), EnvTypeName::new) {
                env_types.insert(name, Level { layer: Layer::default(), values: Some(path), mark: None });
            }
        }
        if let Some(Entries(entries)) = pipeline.wire.env_types.get() {
            for entry in entries {
                let place = Place::at(file, entry.mark);
                let Some(name) = self.name("an env type", &entry.name, place, EnvTypeName::new) else {
                    continue;
                };
                let layer = Layer::check(entry.value.get().unwrap_or(&none), file, &mut self.report);
                let level = env_types.entry(name).or_insert(Level {
                    layer: Layer::default(),
                    values: None,
                    mark: None,
                });
                level.layer = layer;
                level.mark = Some(entry.mark);
            }
        }
        Levels { defaults, env_types, pipeline: file.to_owned() }
    }

    /// Reads every deployment and resolves it.
    pub(super) fn deployments(&mut self, paths: &Paths, levels: &Levels, helm: HelmVersion) -> Deployments {
        let (mut names, files) = self.read_deployments(&paths.deployments);
        let known = self.known_env_types(paths, levels, &names, &files);
        let mut resolved = BTreeMap::new();
        let mut live = BTreeMap::new();
        for (name, file) in &files {
            if matches!(file.wire.source_mode, Field::Given(wire::SourceMode::LiveSource, _)) {
                names.remove(name);
                live.insert(name.clone(), live_source(&paths.deployments, name, &file.wire));
                continue;
            }
            let own = Layer::check(&file.wire.settings(), &file.path, &mut self.report);
            let level = self.env_type_of(file, levels, &known);
            let values = self.deployment_values(&paths.deployments, name, helm);
            // Without its env type nothing is known of what it inherits.
            let Some((env_type, level)) = level else { continue };
            let settings =
                own.over(&level.layer).over(&levels.defaults).resolve(&file.path, &mut self.report);
            if let (Some(settings), Some(values)) = (settings, values) {
                let deployment = Deployment {
                    name: name.clone(),
                    env_type: env_type.clone(),
                    settings,
                    cluster: file.wire.cluster.get().cloned(),
                    path: deployment_file(&paths.deployments, name, "deployment.yaml"),
                    values,
                };
                resolved.insert(name.clone(), deployment);
            }
        }
        for path in levels.env_types.values().filter_map(|level| level.values.as_ref()) {
            self.read_values(path, helm);
        }
        self.live = live.keys().cloned().collect();
        Deployments { names, resolved, live, files }
    }

    /// Checks deployment files in their default place by themselves, where the pipeline can't be read.
    pub(super) fn check_deployments_alone(&mut self) {
        let default = RepoPath::new("envs/deployments").expect("the default is a valid path");
        let (_, files) = self.read_deployments(&default);
        for file in files.values() {
            Layer::check(&file.wire.settings(), &file.path, &mut self.report);
        }
    }

    fn read_deployments(
        &mut self,
        directory: &RepoPath,
    ) -> (BTreeSet<DeploymentName>, BTreeMap<DeploymentName, Decoded<wire::Deployment>>) {
        let mut names = BTreeSet::new();
        let mut files = BTreeMap::new();
        for entry in self.list(directory) {
            if !entry.is_dir || entry.name.starts_with('.') {
                continue;
            }
            let shown = format!("{directory}/{}", entry.name);
            let place = Place::file(shown);
            let Some(name) = self.name("a deployment", &entry.name, place, DeploymentName::new) else {
                continue;
            };
            let path = deployment_file(directory, &name, "deployment.yaml");
            match self.read_optional(&path) {
                Some(Some(file)) => {
                    if let Some(decoded) = self.decode(&path, &file.bytes, Version::Optional) {
                        self.check_name(&decoded, &name);
                        files.insert(name.clone(), decoded);
                    }
                }
                Some(None) => {
                    let hint =
                        "write it with `envType`, `namespace` and `releaseName`, or move the directory away"
                            .to_owned();
                    self.report.error(Place::file(&path), "no such file", Some(hint));
                }
                None => {}
            }
            names.insert(name);
        }
        (names, files)
    }

    fn check_name(&mut self, file: &Decoded<wire::Deployment>, name: &DeploymentName) {
        if let Some((given, mark)) = file.wire.name.given()
            && given != name.as_str()
        {
            let message =
                format!("the deployment says that it is {given:?}, its directory that it is \"{name}\"");
            let hint = format!("say `name: {name}`, leave the key out, or rename the directory");
            self.report.error(Place::at(&file.path, mark), message, Some(hint));
        }
    }

    /// The env types that have a values file or a deployment. One that only the pipeline names is a typo: its
    /// settings would reach nobody, and those who are meant would miss them.
    fn known_env_types<'l>(
        &mut self,
        paths: &Paths,
        levels: &'l Levels,
        names: &BTreeSet<DeploymentName>,
        files: &BTreeMap<DeploymentName, Decoded<wire::Deployment>>,
    ) -> Vec<&'l EnvTypeName> {
        let named: BTreeSet<&str> =
            files.values().filter_map(|file| file.wire.env_type.get()).map(String::as_str).collect();
        // What a deployment whose file can't be read is of, isn't known.
        let all_named = names
            .iter()
            .all(|name| files.get(name).is_some_and(|file| !matches!(file.wire.env_type, Field::Invalid(_))));
        let mut known = Vec::new();
        for (name, level) in &levels.env_types {
            if level.values.is_some() || named.contains(name.as_str()) {
                known.push(name);
                continue;
            }
            let others = levels.env_types.iter().filter(|(_, level)| level.values.is_some());
            let others: BTreeSet<&str> =
                others.map(|(name, _)| name.as_str()).chain(named.iter().copied()).collect();
            let hint = match nearest(name.as_str(), others) {
                Some(near) => format!("did you mean `{near}`?"),
                None if all_named => "remove the key, or add what it is for".to_owned(),
                None => continue,
            };
            let place = Place { path: levels.pipeline.clone(), mark: level.mark };
            let message = format!(
                "nothing is of the env type `{name}`: it has no deployment and no {}/{name}{VALUES_SUFFIX}",
                paths.env_types
            );
            self.report.error(place, message, Some(hint));
        }
        known
    }

    fn env_type_of<'l>(
        &mut self,
        file: &Decoded<wire::Deployment>,
        levels: &'l Levels,
        known: &[&'l EnvTypeName],
    ) -> Option<(&'l EnvTypeName, &'l Level)> {
        match &file.wire.env_type {
            Field::Invalid(_) => None,
            Field::Absent => {
                let known: Vec<&str> = known.iter().map(|name| name.as_str()).collect();
                let hint = format!("say `envType: …`; known: {}", known.join(", "));
                self.report.error(Place::file(&file.path), "no `envType`", Some(hint));
                None
            }
            Field::Given(text, mark) => {
                let found = levels.env_types.get_key_value(text.as_str());
                if found.is_none() {
                    self.unknown("env type", text, Place::at(&file.path, *mark), known.iter().copied());
                }
                found
            }
        }
    }

    /// The path of the deployment's values, if it has any; the outer `None` says that they are wrong.
    fn deployment_values(
        &mut self,
        directory: &RepoPath,
        name: &DeploymentName,
        helm: HelmVersion,
    ) -> Option<Option<RepoPath>> {
        let path = deployment_file(directory, name, "values.yaml");
        self.read_values(&path, helm).map(|there| there.then_some(path))
    }

    /// What existing repositories say of rendered branches must be so: whoever deploys from another branch than
    /// the stage renders to would deploy what no promotion wrote.
    pub(super) fn check_rendered_branches(&mut self, deployments: &Deployments, stages: &[Stage]) {
        for (name, file) in &deployments.files {
            if let Some(stage) = stages.iter().find(|stage| stage.deployments.contains(name))
                && let Some((given, mark)) = file.wire.rendered_branch.given()
                && given != stage.branch.as_str()
            {
                let (name, branch) = (&stage.name, &stage.branch);
                let message =
                    format!("`renderedBranch` is {given:?}, the stage `{name}` renders to \"{branch}\"");
                let hint = format!("say `branch: {given}` in the stage, or leave `renderedBranch` out");
                self.report.error(Place::at(&file.path, mark), message, Some(hint));
            }
        }
    }

    /// What is allowed and probably not meant, since nothing uses it.
    pub(super) fn warn(&mut self, deployments: &Deployments, levels: &Levels, stages: &[Stage]) {
        for (name, level) in &levels.env_types {
            let is_of_it = |live: &LiveSource| live.env_type.as_deref() == Some(name.as_str());
            if deployments.resolved.values().any(|deployment| deployment.env_type == *name)
                || deployments.live.values().any(is_of_it)
            {
                continue;
            }
            let place = match (level.mark, &level.values) {
                (None, Some(path)) => Place::file(path),
                (mark, _) => Place { path: levels.pipeline.clone(), mark },
            };
            self.report.warning(place, format!("no deployment is of the env type `{name}`"), None);
        }
        for (name, file) in &deployments.files {
            let is_rendered = stages.iter().any(|stage| stage.deployments.contains(name));
            if !is_rendered && !deployments.live.contains_key(name) {
                let hint = "name it under the `deployments` of a stage".to_owned();
                self.report.warning(Place::file(&file.path), "no stage renders this deployment", Some(hint));
            }
        }
    }

    /// The entries of a directory by name; none if there is no such directory.
    fn list(&mut self, directory: &RepoPath) -> Vec<SourceEntry> {
        match self.source.list(directory) {
            Ok(entries) => {
                let mut entries = entries.unwrap_or_default();
                entries.sort_by(|a, b| a.name.cmp(&b.name));
                entries
            }
            Err(error) => {
                self.report.error(Place::file(directory), error.to_string(), error.hint());
                Vec::new()
            }
        }
    }
}

fn live_source(directory: &RepoPath, name: &DeploymentName, wire: &wire::Deployment) -> LiveSource {
    LiveSource {
        name: name.clone(),
        env_type: wire.env_type.get().cloned(),
        namespace: wire.namespace.get().cloned(),
        branch: wire.branch.get().cloned(),
        path: deployment_file(directory, name, "deployment.yaml"),
    }
}

/// A file of a deployment.
fn deployment_file(directory: &RepoPath, name: &DeploymentName, file: &str) -> RepoPath {
    directory.join(format!("{name}/{file}")).expect("a deployment's name is checked to be a path component")
}
