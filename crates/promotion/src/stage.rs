//! A stage's branch as a promotion finds it, and what it would hold for a freight.

use freight::{FreightRecord, FrozenFreight, Image};
use gitstore::{BranchName, CommitId, RepoPath, Repository, TreeId};
use policy::{Policy, Stage};
use rendered::{
    FreightRef, Manifests, ManifestsDigest, PROMOTION_FILE, PreparedChart, PromotionRecord, RenderFailure,
    RenderInput, RenderSpec, RenderedDeployment, StageTree, Verification,
};

use crate::error::Error;
use crate::secret_gate::SecretGate;

/// The tip of a stage's branch.
pub(crate) struct StageTip {
    pub(crate) commit: CommitId,
    pub(crate) root: TreeId,
    pub(crate) tree: StageTree,
}

/// Reads the tip of a stage's branch; `None` where the branch doesn't exist. What no promotion wrote is refused.
pub(crate) fn read_tip(
    repository: &Repository,
    branch: &BranchName,
    commit: Option<CommitId>,
) -> Result<Option<StageTip>, Error> {
    let Some(commit) = commit else { return Ok(None) };
    let foreign = |detail: String| Error::ForeignBranch { branch: branch.clone(), detail };
    let root = repository.commit_tree(commit)?;
    let tree = StageTree::read(repository, root).map_err(|error| match error {
        rendered::Error::Record { .. } | rendered::Error::RecordVersion { .. } => {
            Error::BrokenRecord { branch: branch.clone(), source: Box::new(error) }
        }
        rendered::Error::Git(error) => error.into(),
        error => foreign(error.to_string()),
    })?;
    if let Some(path) = tree.foreign.first() {
        let more = tree.foreign.len() - 1;
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        return Err(foreign(format!("{path}{more}")));
    }
    let digest = tree.manifests_digest(repository)?;
    if digest != tree.record.manifests {
        return Err(foreign(format!(
            "its manifests were edited by hand: promotion.yaml records {}, and they are {digest}",
            tree.record.manifests
        )));
    }
    if let Some(problem) = record_problem(repository, root, &tree.record)? {
        return Err(foreign(format!("promotion.yaml was edited by hand: {problem}")));
    }
    Ok(Some(StageTip { commit, root, tree }))
}

/// What a record says that no promotion writes, without rendering it again.
fn record_problem(
    repository: &Repository,
    root: TreeId,
    record: &PromotionRecord,
) -> Result<Option<String>, Error> {
    let bytes = repository.blob_at(root, &RepoPath::new(PROMOTION_FILE)?)?.unwrap_or_default();
    if bytes != record.to_yaml().as_bytes() {
        return Ok(Some("its text isn't the one that its content is written as".to_owned()));
    }
    for spec in &record.deployments {
        let unlisted = spec
            .values
            .iter()
            .find(|file| !record.policy.iter().any(|(path, blob)| *path == file.path && *blob == file.blob));
        if let Some(file) = unlisted {
            return Ok(Some(format!("{} of {} isn't among its policy files", file.path, spec.deployment)));
        }
    }
    let Some(freight) = &record.freight else { return Ok(None) };
    // In a shallow clone the freight's tree may not be here; then there is nothing to compare with.
    let Ok(Some(bytes)) = repository.blob_at(freight.tree, &RepoPath::new(FREIGHT_FILE)?) else {
        return Ok(None);
    };
    Ok(match FreightRecord::parse(FREIGHT_FILE, &bytes) {
        Ok(frozen) if frozen.tag == freight.tag => None,
        Ok(frozen) => {
            Some(format!("its freight's tree is {}, not {}", frozen.tag.short(), freight.tag.short()))
        }
        Err(problems) => Some(problems.to_string()),
    })
}

/// The record in the tree of a `git-<revision>/`; `None` where it isn't one.
pub(crate) fn record_of_tree(
    repository: &Repository,
    freight: TreeId,
) -> Result<Option<FreightRecord>, Error> {
    let bytes = repository.blob_at(freight, &RepoPath::new(FREIGHT_FILE)?)?;
    Ok(bytes.and_then(|bytes| FreightRecord::parse(FREIGHT_FILE, &bytes).ok()))
}

/// A freight by the tree of its `git-<revision>/`, wherever that lies; `None` where it isn't one.
pub(crate) fn freight_of_tree(
    repository: &Repository,
    freight: TreeId,
) -> Result<Option<FrozenFreight>, Error> {
    let Some(record) = record_of_tree(repository, freight)? else { return Ok(None) };
    let payload = repository.subtree(freight, &RepoPath::new(record.package_type.as_str())?)?;
    Ok(payload.map(|payload| FrozenFreight { record, record_tree: freight, payload }))
}

/// The specs and values of a stage's deployments for a freight.
pub(crate) fn inputs(
    policy: &Policy,
    stage: &Stage,
    freight: &FrozenFreight,
) -> Result<Vec<RenderInput>, Error> {
    let specs = specs(policy, stage, &freight.record.image)?.into_iter();
    let texts = policy.deployments_of(stage).into_iter().map(|it| RenderSpec::texts(policy, it));
    Ok(specs.zip(texts).collect())
}

/// The specs of a stage's deployments for a release with this image.
pub(crate) fn specs(policy: &Policy, stage: &Stage, image: &Image) -> Result<Vec<RenderSpec>, Error> {
    let warehouse = policy.warehouse(stage.warehouse.as_str())?;
    let deployments = policy.deployments_of(stage).into_iter();
    deployments.map(|deployment| Ok(RenderSpec::of(policy, deployment, warehouse, image)?)).collect()
}

/// What a stage would record of a freight whose manifests have this digest. It says all that a render depends on, so
/// that equal records have equal manifests.
pub(crate) fn record(
    policy: &Policy,
    stage: &Stage,
    freight: &FrozenFreight,
    manifests: ManifestsDigest,
) -> Result<PromotionRecord, Error> {
    let specs = specs(policy, stage, &freight.record.image)?;
    Ok(record_of(policy, stage, freight, specs, manifests))
}

fn record_of(
    policy: &Policy,
    stage: &Stage,
    freight: &FrozenFreight,
    deployments: Vec<RenderSpec>,
    manifests: ManifestsDigest,
) -> PromotionRecord {
    PromotionRecord {
        stage: stage.name.to_string(),
        warehouse: stage.warehouse.to_string(),
        freight: Some(FreightRef { tag: freight.record.tag.clone(), tree: freight.record_tree }),
        helm: policy.helm(),
        renderer: rendered::RENDERER,
        policy: policy.stage_files(stage).into_iter().map(|(path, blob)| (path.clone(), blob)).collect(),
        deployments,
        manifests,
    }
}

/// What a stage would hold for a freight.
pub(crate) struct Plan {
    pub(crate) record: PromotionRecord,
    pub(crate) rendered: Vec<RenderedDeployment>,
}

impl Plan {
    /// Renders every deployment of a stage; each failure is reported, and what the gate refuses is one. Without a
    /// gate what comes of it may be compared and not be kept.
    pub(crate) fn make(
        repository: &Repository,
        policy: &Policy,
        stage: &Stage,
        freight: &FrozenFreight,
        mut gate: Option<&mut SecretGate<'_>>,
    ) -> Result<Result<Self, Vec<RenderFailure>>, Error> {
        let chart = PreparedChart::from_tree(repository, freight.payload, policy.helm(), policy.bounds())?;
        let inputs = inputs(policy, stage, freight)?;
        let specs: Vec<RenderSpec> = inputs.iter().map(|(spec, _)| spec.clone()).collect();
        let (mut rendered, mut failures) = (Vec::new(), Vec::new());
        for result in rendered::render_all(&chart, &inputs) {
            let result = match &mut gate {
                Some(gate) => gate.judge(result),
                None => result,
            };
            match result {
                Ok(deployment) => rendered.push(deployment),
                Err(failure) => failures.push(failure),
            }
        }
        if !failures.is_empty() {
            return Ok(Err(failures));
        }
        let record = record_of(policy, stage, freight, specs, Manifests::of(&rendered).digest());
        Ok(Ok(Self { record, rendered }))
    }

    /// The record of a stage's branch before its first promotion.
    pub(crate) fn empty(policy: &Policy, stage: &Stage) -> Self {
        let record = PromotionRecord {
            stage: stage.name.to_string(),
            warehouse: stage.warehouse.to_string(),
            freight: None,
            helm: policy.helm(),
            renderer: rendered::RENDERER,
            policy: Vec::new(),
            deployments: Vec::new(),
            manifests: Manifests::default().digest(),
        };
        Self { record, rendered: Vec::new() }
    }

    /// Writes the tree of the stage's branch. Verdicts survive promotions.
    pub(crate) fn write(
        &self,
        repository: &Repository,
        verification: &Verification,
    ) -> Result<gitstore::TreeId, Error> {
        Ok(rendered::write_stage_tree(
            repository,
            &self.record,
            verification,
            &Manifests::of(&self.rendered),
        )?)
    }
}

/// What a freight's record is called in its tree.
const FREIGHT_FILE: &str = "freight.yaml";
