//! Candidates: what every stage would get from `current/` and a policy, in a work tree or in a commit's tree.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use freight::{FreightPaths, store};
use gitstore::{RepoPath, Repository, Time, TreeId};
use policy::{Deployment, Policy, Problem, Stage, Warehouse, WorkTree};
use rendered::{
    Candidate, CandidatePlan, Candidates, CurrentFiles, Difference, PreparedChart, RenderFailure, Scope,
    render_candidates as render,
};

use crate::error::Error;
use crate::secret_gate::{Asked, Expiry, SecretGate};
use crate::work_tree;
use crate::workspace::{Workspace, freight_paths};

/// A tree with its candidates made anew.
pub(crate) struct Refreshed {
    pub(crate) tree: TreeId,
    pub(crate) failures: Vec<RenderFailure>,
    pub(crate) warnings: Vec<String>,
}

/// Makes the candidates of a main branch's tree anew. A deployment that the gate refuses is one that doesn't render.
pub(crate) fn refresh(
    repository: &Repository,
    policy: &Policy,
    tree: TreeId,
    gate: &mut SecretGate<'_>,
) -> Result<Refreshed, Error> {
    let all = gate.judge_all(of_tree(repository, policy, tree)?);
    let mut warnings = policy_warnings(policy);
    warnings.extend(render_warnings(&all));
    let candidates = Candidates::new(policy, Scope::All, all)?;
    let current = CurrentFiles::from_tree(repository, tree, &policy.paths().rendered)?;
    let mut edit = repository.edit_tree(Some(tree));
    candidates.plan(&current)?.apply_to_tree(repository, &mut edit)?;
    Ok(Refreshed { tree: edit.write()?, failures: candidates.failures().cloned().collect(), warnings })
}

/// The candidates of a tree that aren't what its `current/` and policy render to.
///
/// Nobody knows any more on which day they were made, so an allowance of a secret that has expired at `now` may have held
/// then or not: either is right.
pub(crate) fn differences(
    repository: &Repository,
    policy: &Policy,
    tree: TreeId,
    now: Time,
) -> Result<Vec<Difference>, Error> {
    let current = CurrentFiles::from_tree(repository, tree, &policy.paths().rendered)?;
    let all = of_tree(repository, policy, tree)?;
    let compare = |all: Vec<Candidate>, expiry: Expiry| -> Result<Vec<Difference>, Error> {
        let judged = SecretGate::new(policy, expiry).judge_all(all);
        Ok(Candidates::new(policy, Scope::All, judged)?.plan(&current)?.differences(&current))
    };
    let allowed = compare(all.clone(), Expiry::Ignored)?;
    if allowed.is_empty() || compare(all, Expiry::At(now))?.is_empty() {
        return Ok(Vec::new());
    }
    Ok(allowed)
}

/// The candidates of a tree's `current/` and policy, before the gate was asked.
fn of_tree(repository: &Repository, policy: &Policy, tree: TreeId) -> Result<Vec<Candidate>, Error> {
    let mut all = Vec::new();
    for warehouse in policy.warehouses() {
        let Some(freight) = store::read_current(repository, tree, &freight_paths(policy, warehouse))? else {
            continue;
        };
        let chart = PreparedChart::from_tree(repository, freight.payload, policy.helm(), policy.bounds())?;
        let selected = selected(policy, warehouse, |_, _| true);
        all.extend(render(policy, warehouse, &selected, &chart, &freight.record.image));
    }
    Ok(all)
}

/// What a policy probably doesn't mean.
fn policy_warnings(policy: &Policy) -> Vec<String> {
    let warning = |problem: &Problem| match &problem.hint {
        Some(hint) => format!("{}: {}; {hint}", problem.location(), problem.message),
        None => format!("{}: {}", problem.location(), problem.message),
    };
    policy.warnings().iter().map(warning).collect()
}

/// What templates probably don't mean.
fn render_warnings(candidates: &[Candidate]) -> Vec<String> {
    let rendered = candidates.iter().filter_map(|candidate| candidate.outcome.as_ref().ok());
    rendered
        .flat_map(|rendered| {
            let warnings = rendered.warnings.iter();
            warnings.map(|warning| format!("{}: {}", rendered.deployment, warning.message))
        })
        .collect()
}

/// The deployments of a warehouse's stages that are wanted, in the order of the graph.
fn selected<'p>(
    policy: &'p Policy,
    warehouse: &Warehouse,
    wanted: impl Fn(&Stage, &Deployment) -> bool,
) -> Vec<(&'p Stage, &'p Deployment)> {
    let stages = policy.stages_in_order().iter().filter(|stage| stage.warehouse == warehouse.name);
    let pairs = stages.flat_map(|stage| {
        policy.deployments_of(stage).into_iter().map(move |deployment| (stage, deployment))
    });
    pairs.filter(|(stage, deployment)| wanted(stage, deployment)).collect()
}

/// Candidates to make in the work tree.
#[derive(Debug)]
pub struct CandidateRequest<'a> {
    /// The stages; all where none is named.
    pub stages: &'a [String],
    /// Names and globs of deployments; all where none is named.
    pub deployments: &'a [String],
    /// Another directory to write to, instead of the work tree's candidates.
    pub out: Option<&'a Path>,
    /// Another release than the one that `current/` mirrors; only into another directory.
    pub freight: Option<&'a str>,
    /// Whether files are written, or only compared.
    pub mode: CandidateMode,
    /// What happens where a deployment doesn't render.
    pub on_failure: OnFailure,
}

/// What happens to the other candidates where a deployment doesn't render.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// Nothing is written.
    #[default]
    Refuse,
    /// They are made; the old candidate of the one that fails stays, and is listed as failed.
    KeepOld,
}

/// What happens to candidates that differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CandidateMode {
    /// They are written.
    #[default]
    Write,
    /// They are shown.
    Check,
}

/// What rendering candidates came to.
#[derive(Debug)]
pub struct CandidateOutcome {
    /// The files that differ (before they were written, where they were).
    pub plan: CandidatePlan,
    /// The same as differences to show.
    pub differences: Vec<Difference>,
    /// The deployments that were rendered, by stage and name.
    pub rendered: usize,
    /// The deployments whose render fails; their old candidates stay.
    pub failures: Vec<RenderFailure>,
    /// What is probably not meant.
    pub warnings: Vec<String>,
    /// The files among the differences that differ in line endings alone.
    pub line_endings: Vec<RepoPath>,
    /// The directories that hold frozen and rendered files, which nothing may convert at checkout.
    pub literal: Vec<RepoPath>,
}

impl CandidateOutcome {
    /// What to do where Git gives files other line endings than they have in its objects.
    pub fn line_endings_hint(&self) -> Option<String> {
        let lines: Vec<String> = self.literal.iter().map(|path| format!("\n  /{path}/** -text")).collect();
        let directories: Vec<String> = self.literal.iter().map(ToString::to_string).collect();
        let directories = directories.join(" ");
        let (count, files) = match self.line_endings.len() {
            0 => return None,
            1 => (1, "file differs"),
            more => (more, "files differ"),
        };
        Some(format!(
            "{count} {files} in line endings alone, which Git converts at checkout (core.autocrlf); add to \
             .gitattributes{}\nand check the files out anew before you commit it: \
             `git add .gitattributes && rm -r {directories} && git checkout -- {directories}`",
            lines.concat()
        ))
    }
}

/// Renders candidates from the work tree: its policy, and the freight that lies in it.
pub fn render_candidates(
    workspace: &Workspace,
    request: &CandidateRequest<'_>,
) -> Result<CandidateOutcome, Error> {
    if request.freight.is_some() && request.out.is_none() {
        return Err(Error::CandidateOfOtherFreight);
    }
    let repository = &workspace.repository;
    let root = repository.workdir().ok_or(policy::Error::NoWorkTree)?;
    let policy = Policy::load(&WorkTree::new(repository)?, &workspace.pipeline)?;
    for name in request.stages {
        policy.stage(name)?;
    }
    let chosen: Option<BTreeSet<&str>> = match request.deployments {
        [] => None,
        patterns => {
            Some(policy.select(patterns)?.into_iter().map(|deployment| deployment.name.as_str()).collect())
        }
    };
    let wanted_stage = |stage: &Stage| {
        request.stages.is_empty() || request.stages.iter().any(|name| name == stage.name.as_str())
    };
    let wanted = |stage: &Stage, deployment: &Deployment| {
        wanted_stage(stage) && chosen.as_ref().is_none_or(|chosen| chosen.contains(deployment.name.as_str()))
    };

    if let Some(chosen) = &chosen {
        check_choice(&policy, request.stages, |stage| wanted_stage(stage), chosen)?;
    }

    let target = request.out.unwrap_or(root);
    check_target(root, &policy, target, request.freight.is_some())?;
    let (all, current) = std::thread::scope(|scope| {
        // What stands there is read while the charts render.
        let current = scope.spawn(|| CurrentFiles::from_directory(target, &policy.paths().rendered));
        let all = render_work_tree(workspace, root, &policy, request.freight, wanted);
        (all, current.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let (all, current) = (all?, current?);
    let mut gate = SecretGate::new(&policy, Expiry::At(workspace.now));
    let all = gate.judge_all(all);
    let mut warnings = policy_warnings(&policy);
    warnings.extend(render_warnings(&all));
    if request.stages.is_empty() && chosen.is_none() {
        warnings.extend(gate.unused(Asked::Renders));
    }
    let failures: Vec<RenderFailure> =
        all.iter().filter_map(|candidate| candidate.outcome.as_ref().err().cloned()).collect();
    if !failures.is_empty() && request.on_failure == OnFailure::Refuse {
        return Err(Error::Renders(failures));
    }
    let rendered = all.len() - failures.len();
    let scope = scope(&policy, request, chosen.as_ref(), wanted_stage);
    let candidates = Candidates::new(&policy, scope, all)?;
    let plan = candidates.plan(&current)?;
    let differences = plan.differences(&current);
    let line_endings = differ_in_line_endings(target, &plan);
    if request.mode == CandidateMode::Write {
        plan.apply_to_directory(target)?;
    }
    let literal = policy.generated_paths();
    Ok(CandidateOutcome { plan, differences, rendered, failures, warnings, line_endings, literal })
}

/// Renders the deployments that are wanted from the freight that lies in the work tree.
fn render_work_tree(
    workspace: &Workspace,
    root: &Path,
    policy: &Policy,
    freight: Option<&str>,
    wanted: impl Fn(&Stage, &Deployment) -> bool,
) -> Result<Vec<Candidate>, Error> {
    let mut all = Vec::new();
    let mut nothing_frozen = Vec::new();
    for warehouse in policy.warehouses() {
        let selected = selected(policy, warehouse, &wanted);
        if selected.is_empty() {
            continue;
        }
        let paths = freight_paths(policy, warehouse);
        let Some(found) = work_tree::freight(workspace, root, &paths, freight)? else {
            check_checked_out(workspace, root, &paths)?;
            nothing_frozen.push(warehouse.name.to_string());
            continue;
        };
        let (helm, bounds) = (policy.helm(), policy.bounds());
        let chart = match &found.payload {
            work_tree::Payload::Tree(tree) => {
                PreparedChart::from_tree(&workspace.repository, *tree, helm, bounds)?
            }
            work_tree::Payload::Directory(directory) => {
                PreparedChart::from_directory(directory, helm, bounds)?
            }
        };
        all.extend(render(policy, warehouse, &selected, &chart, &found.image));
    }
    if let (true, Some(warehouse)) = (all.is_empty(), nothing_frozen.into_iter().next()) {
        return Err(Error::NoFreight { warehouse });
    }
    Ok(all)
}

/// Refuses another directory that is none: the checkout for another release, or a place within what is generated.
fn check_target(root: &Path, policy: &Policy, target: &Path, is_other_freight: bool) -> Result<(), Error> {
    let (root, target) = (resolved(root), resolved(target));
    if is_other_freight && target == root {
        return Err(Error::CandidateOfOtherFreight);
    }
    match policy.generated_paths().into_iter().find(|path| target.starts_with(root.join(path.to_path_buf())))
    {
        Some(generated) => Err(Error::OutInGenerated { generated }),
        None => Ok(()),
    }
}

/// A path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(resolved), _, _) => resolved,
        (Err(_), Some(parent), Some(name)) => resolved(parent).join(name),
        (Err(_), _, _) => path.to_owned(),
    }
}

/// Refuses where a mirror is gone from the work tree alone: rendering without it would remove its candidates.
fn check_checked_out(workspace: &Workspace, root: &Path, paths: &FreightPaths) -> Result<(), Error> {
    let path = paths.current();
    if root.join(path.to_path_buf()).exists() {
        return Err(freight::Error::Incomplete { path: path.join("freight.yaml")? }.into());
    }
    let (Some(tip), remote) = workspace.branch_anywhere(&workspace.main)? else { return Ok(()) };
    let tree = workspace.repository.commit_tree(tip)?;
    if workspace.repository.tree_entry(tree, &path)?.is_none() {
        return Ok(());
    }
    let main = match remote {
        Some(remote) => format!("{remote}/{}", workspace.main),
        None => workspace.main.to_string(),
    };
    Err(Error::NotCheckedOut { path, main, directory: paths.root().clone() })
}

/// Refuses a choice of stages and deployments that have nothing to do with each other.
fn check_choice(
    policy: &Policy,
    stages: &[String],
    wanted: impl Fn(&Stage) -> bool,
    chosen: &BTreeSet<&str>,
) -> Result<(), Error> {
    let renders = |stage: &&Stage| {
        let mut deployments = policy.deployments_of(stage).into_iter();
        deployments.any(|deployment| chosen.contains(deployment.name.as_str()))
    };
    let renderers: Vec<&Stage> = policy.stages_in_order().iter().filter(renders).collect();
    if renderers.iter().any(|stage| wanted(stage)) {
        return Ok(());
    }
    let renderers = renderers.into_iter().map(|stage| stage.name.clone()).collect();
    Err(Error::NothingChosen { stages: stages.to_vec(), renderers })
}

/// The files that stand in a directory with other line endings and the same text. The ones that are wanted may
/// be the converted ones: so may be the templates that they come from.
fn differ_in_line_endings(directory: &Path, plan: &CandidatePlan) -> Vec<RepoPath> {
    let is_same = |(path, wanted): &(&RepoPath, &Vec<u8>)| {
        let standing = std::fs::read(directory.join(path.to_path_buf())).unwrap_or_default();
        standing != **wanted
            && work_tree::without_carriage_returns(&standing) == work_tree::without_carriage_returns(wanted)
    };
    plan.write.iter().filter(is_same).map(|(path, _)| path.clone()).collect()
}

/// The part of `rendered/` that a selection answers for.
fn scope(
    policy: &Policy,
    request: &CandidateRequest<'_>,
    chosen: Option<&BTreeSet<&str>>,
    wanted_stage: impl Fn(&Stage) -> bool,
) -> Scope {
    if request.stages.is_empty() && chosen.is_none() {
        return Scope::All;
    }
    let (mut stages, mut deployments) = (BTreeSet::new(), BTreeSet::new());
    for stage in policy.stages_in_order().iter().filter(|stage| wanted_stage(stage)) {
        match chosen {
            None => {
                stages.insert(stage.name.clone());
            }
            Some(chosen) => deployments.extend(
                policy
                    .deployments_of(stage)
                    .into_iter()
                    .filter(|deployment| chosen.contains(deployment.name.as_str()))
                    .map(|deployment| (stage.name.clone(), deployment.name.clone())),
            ),
        }
    }
    Scope::Only { stages, deployments }
}
