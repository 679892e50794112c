//! The forecast: what a branch's policy changes in every stage, with the release that the stage runs now.
//!
//! Each stage's release is rendered twice, with the policy of the base and with that of the branch, so that what else has
//! happened on the main branch since the stage's last promotion isn't taken for the branch's doing.

use freight::FrozenFreight;
use gitstore::{BlobId, CommitId, RepoPath};
use policy::{DeploymentName, GitTree, Policy, Stage};
use rendered::{
    Forecast, ForecastOutcome, Manifests, RenderFailure, Report, ReportInput, ReportPurpose, ReportRelease,
    SourceRange, StageForecast, StageTree,
};

use crate::error::Error;
use crate::report::policy_changes;
use crate::secret_gate::{Expiry, SecretGate};
use crate::stage::{self, Plan};
use crate::workspace::Workspace;

/// What to forecast.
#[derive(Debug)]
pub struct ForecastRequest<'a> {
    /// The commit whose policy it is; `HEAD` where none is named.
    pub head: Option<&'a str>,
    /// The commit to compare with; by default where the other one left the main branch, here or on a remote.
    pub base: Option<&'a str>,
}

/// Forecasts what a policy changes. Nothing is written, and no gate is asked.
pub fn forecast(workspace: &Workspace, request: &ForecastRequest<'_>) -> Result<Forecast, Error> {
    let repository = &workspace.repository;
    let head = repository.resolve(request.head.unwrap_or("HEAD"))?;
    let base = match request.base {
        Some(base) => repository.resolve(base)?,
        None => left_main(workspace, head)?,
    };
    let new = policy_at(workspace, head)?;
    let mut warnings = Vec::new();
    let old = match policy_at(workspace, base) {
        Ok(policy) => Some(policy),
        // A branch that mends the policy is compared with what the stages have.
        Err(error @ (Error::Policy(_) | Error::Asked(_))) => {
            warnings.push(format!(
                "the policy of {} can't be read, so that each stage is compared with what its branch has: {error}",
                base.short()
            ));
            None
        }
        Err(error) => return Err(error),
    };
    // The whole command, for where the forecast had to be cut.
    let command = format!("cargo xtask forecast {} --base {} --format markdown", head.short(), base.short());
    let sides = Sides { workspace, old: old.as_ref(), new: &new, command: &command };
    let mut stages: Vec<StageForecast> =
        new.stages_in_order().iter().map(|stage| sides.stage(stage)).collect();
    let gone =
        old.iter().flat_map(Policy::stages_in_order).filter(|stage| new.stage(stage.name.as_str()).is_err());
    stages.extend(gone.map(|stage| sides.gone(stage)));
    Ok(Forecast { head: head.to_hex(), base: base.to_hex(), stages, warnings, command })
}

/// The policy of a commit. A values file that can't be read is the trouble of its deployments alone.
fn policy_at(workspace: &Workspace, commit: CommitId) -> Result<Policy, Error> {
    let repository = &workspace.repository;
    let tree = repository.commit_tree(commit)?;
    Ok(Policy::load_with_broken_values(&GitTree::new(repository, tree), &workspace.pipeline)?)
}

/// Where a commit left the main branch, here or on a remote: the newest such place, and the commit itself only where
/// there is no other.
fn left_main(workspace: &Workspace, head: CommitId) -> Result<CommitId, Error> {
    let repository = &workspace.repository;
    let mut tips: Vec<CommitId> = repository.branch_tip(&workspace.main)?.into_iter().collect();
    for remote in repository.remotes()? {
        tips.extend(repository.remote_branch_tip(&remote, &workspace.main)?);
    }
    if tips.is_empty() {
        // This says what the main branch is, and what may have been meant.
        workspace.local_tip()?;
    }
    let mut newest: Option<CommitId> = None;
    for tip in tips {
        let Some(base) = repository.merge_base(head, tip)? else { continue };
        let is_newer = match newest {
            None => true,
            Some(known) if known == head => true,
            Some(known) => base != head && repository.is_ancestor(known, base)? == Some(true),
        };
        if is_newer {
            newest = Some(base);
        }
    }
    newest.ok_or_else(|| Error::NoMergeBase { head, main: workspace.main.clone() })
}

/// The two policies.
struct Sides<'a> {
    workspace: &'a Workspace,
    old: Option<&'a Policy>,
    new: &'a Policy,
    command: &'a str,
}

/// Whether what the gate on secrets refuses counts as a failure to render.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gate {
    /// It does, as it keeps a promotion from happening.
    Asked,
    /// It doesn't: what is rendered is compared, and not kept.
    PassedOver,
}

/// What a stage has.
struct Running {
    tree: StageTree,
    freight: FrozenFreight,
}

impl Sides<'_> {
    /// What becomes of a stage that the new policy has. A problem with one stage hides no other.
    fn stage(&self, stage: &Stage) -> StageForecast {
        let old = self.old_stage(stage);
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        if let Some((_, old)) = old {
            added = names_besides(&stage.deployments, &old.deployments);
            removed = names_besides(&old.deployments, &stage.deployments);
        }
        let mut forecast = StageForecast {
            stage: stage.name.to_string(),
            release: None,
            added,
            removed,
            settings: old.map(|(_, old)| settings(old, stage)).unwrap_or_default(),
            outcome: ForecastOutcome::Nothing,
        };
        let outcome = self.running(stage, &mut forecast).and_then(|running| match running {
            None => Ok(ForecastOutcome::Nothing),
            Some(running) => self.outcome(stage, old, &running),
        });
        forecast.outcome = outcome.unwrap_or_else(unknown);
        forecast
    }

    /// A stage that the new policy doesn't have any more.
    fn gone(&self, stage: &Stage) -> StageForecast {
        let mut forecast = StageForecast {
            stage: stage.name.to_string(),
            release: None,
            added: Vec::new(),
            removed: stage.deployments.iter().map(ToString::to_string).collect(),
            settings: Vec::new(),
            outcome: ForecastOutcome::Gone,
        };
        if let Err(error) = self.running(stage, &mut forecast) {
            forecast.outcome = unknown(error);
        }
        forecast
    }

    fn old_stage(&self, stage: &Stage) -> Option<(&Policy, &Stage)> {
        let old = self.old?;
        Some((old, old.stage(stage.name.as_str()).ok()?))
    }

    /// What a stage has, here or on a remote; `None` where it has nothing yet. The release is what its record names by
    /// its tree, whatever the main branch holds under its tag by now.
    fn running(&self, stage: &Stage, forecast: &mut StageForecast) -> Result<Option<Running>, Error> {
        let repository = &self.workspace.repository;
        let (commit, _) = self.workspace.branch_anywhere(&stage.branch)?;
        let Some(commit) = commit else { return Ok(None) };
        // Manifests that were edited by hand are the business of `status` and `audit`.
        let broken = |error| Error::BrokenRecord { branch: stage.branch.clone(), source: Box::new(error) };
        let tree = StageTree::read(repository, repository.commit_tree(commit)?).map_err(broken)?;
        let Some(promoted) = &tree.record.freight else { return Ok(None) };
        forecast.release = Some(ReportRelease { tag: promoted.tag.clone(), image: None, created_at: None });
        let found = match stage::freight_of_tree(repository, promoted.tree) {
            Err(Error::Git(gitstore::Error::MissingObject { .. })) => None,
            found => found?,
        };
        let Some(freight) = found else {
            return Err(Error::FreightNotHere { tag: promoted.tag.clone(), tree: promoted.tree });
        };
        forecast.release = Some(ReportRelease::from(&freight.record));
        Ok(Some(Running { tree, freight }))
    }

    /// What becomes of the manifests of a stage that runs something.
    fn outcome(
        &self,
        stage: &Stage,
        old: Option<(&Policy, &Stage)>,
        running: &Running,
    ) -> Result<ForecastOutcome, Error> {
        let Running { tree, freight } = running;
        if let Some((policy, old)) = old
            && renders_the_same((policy, old), (self.new, stage), freight)
        {
            return Ok(ForecastOutcome::Unchanged);
        }
        let plan = match self.plan(self.new, stage, freight, Gate::Asked)? {
            Ok(plan) => plan,
            Err(failures) => {
                let before =
                    old.map(|(policy, old)| self.plan(policy, old, freight, Gate::Asked)).transpose()?;
                let failed: Vec<&str> = match &before {
                    Some(Err(before)) => before.iter().map(|failure| failure.deployment.as_str()).collect(),
                    _ => Vec::new(),
                };
                let already = failures.iter().all(|failure| failed.contains(&failure.deployment.as_str()));
                return Ok(ForecastOutcome::Fails { failures, already });
            }
        };
        let before =
            old.map(|(policy, old)| self.plan(policy, old, freight, Gate::PassedOver)).transpose()?;
        let mut warnings = Vec::new();
        let manifests = match &before {
            Some(Ok(before)) => Manifests::of(&before.rendered),
            // There is nothing that it rendered to before: what the stage has is the next best thing.
            Some(Err(_)) => {
                let name = &stage.name;
                warnings.push(format!("{name} didn't render before; this compares with what its branch has"));
                tree.load_manifests(&self.workspace.repository)?
            }
            None => tree.load_manifests(&self.workspace.repository)?,
        };
        let diff = rendered::diff(&manifests, &Manifests::of(&plan.rendered));
        if diff.is_empty() {
            return Ok(ForecastOutcome::Unchanged);
        }
        warnings.extend(plan.rendered.iter().flat_map(|deployment| {
            let name = &deployment.deployment;
            deployment.warnings.iter().map(move |warning| format!("{name}: {}", warning.message))
        }));
        let release = ReportRelease::from(&freight.record);
        Ok(ForecastOutcome::Changed(Box::new(Report::new(ReportInput {
            stage: stage.name.to_string(),
            purpose: ReportPurpose::Forecast,
            before: Some(release.clone()),
            release,
            source: SourceRange::default(),
            policy: policy_changes(
                &self.workspace.repository,
                &old.map_or_else(|| tree.record.policy.clone(), |(policy, old)| files(policy, old)),
                &files(self.new, stage),
            )?,
            checks: Vec::new(),
            diff,
            warnings,
            command: self.command.to_owned(),
        }))))
    }

    /// What a stage would hold, or why it doesn't render: also where that is found before anything is rendered, as it is
    /// of an image without the digest that the policy asks for.
    fn plan(
        &self,
        policy: &Policy,
        stage: &Stage,
        freight: &FrozenFreight,
        asked: Gate,
    ) -> Result<Result<Plan, Vec<RenderFailure>>, Error> {
        let mut gate = SecretGate::new(policy, Expiry::At(self.workspace.now));
        let gate = (asked == Gate::Asked).then_some(&mut gate);
        match Plan::make(&self.workspace.repository, policy, stage, freight, gate) {
            Err(error @ (Error::Asked(_) | Error::Rendered(_))) => {
                let deployments = stage.deployments.iter();
                let failure = |deployment: &DeploymentName| RenderFailure {
                    hint: error.hint(),
                    ..RenderFailure::new(deployment.as_str(), error.to_string())
                };
                Ok(Err(deployments.map(failure).collect()))
            }
            Ok(Err(mut failures)) => {
                // Of a values file the policy's reader knows the place better than the render.
                for deployment in policy.deployments_of(stage) {
                    let told = failures.iter_mut().filter(|it| it.deployment == deployment.name.as_str());
                    if let (Some(failure), [broken, ..]) =
                        (told.last(), policy.broken_values(deployment).as_slice())
                    {
                        failure.text = format!("{}: {}", broken.location(), broken.message);
                        failure.hint.clone_from(&broken.hint);
                    }
                }
                Ok(Err(failures))
            }
            plan => plan,
        }
    }
}

fn unknown(error: Error) -> ForecastOutcome {
    ForecastOutcome::Unknown { detail: error.to_string(), hint: error.hint() }
}

/// Whether two policies tell a stage's renders the same, and take the same of them: then these give the same bytes, and
/// fail alike.
fn renders_the_same(old: (&Policy, &Stage), new: (&Policy, &Stage), freight: &FrozenFreight) -> bool {
    let specs = |(policy, stage)| stage::specs(policy, stage, &freight.record.image).ok();
    let (before, after) = (specs(old), specs(new));
    let same_rules = old.0.allowed_secrets() == new.0.allowed_secrets() && old.0.bounds() == new.0.bounds();
    same_rules && before.is_some() && before == after && old.0.helm() == new.0.helm()
}

/// What the pipeline file says otherwise of a stage, beside its deployments.
fn settings(old: &Stage, new: &Stage) -> Vec<&'static str> {
    let differs = [
        ("from", old.from != new.from || old.warehouse != new.warehouse),
        ("promote", old.promote != new.promote),
        ("auto", old.auto != new.auto),
        ("legacy", old.legacy != new.legacy),
        ("gates", old.gates != new.gates),
        ("verify", old.verify != new.verify),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// The names that one list has and another lacks.
fn names_besides(names: &[DeploymentName], others: &[DeploymentName]) -> Vec<String> {
    names.iter().filter(|name| !others.contains(name)).map(ToString::to_string).collect()
}

/// The files that a stage is rendered from, the pipeline file among them, since what it says to the renders can be what
/// changed.
fn files(policy: &Policy, stage: &Stage) -> Vec<(RepoPath, BlobId)> {
    let pipeline = policy.pipeline_path();
    let pipeline = policy.file(pipeline).map(|file| (pipeline.clone(), file.id));
    let own = policy.stage_files(stage).into_iter().map(|(path, blob)| (path.clone(), blob));
    let mut all: Vec<(RepoPath, BlobId)> = own.chain(pipeline).collect();
    all.sort();
    all.dedup();
    all
}
