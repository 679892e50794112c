//! Promoting: one freight into one stage, gates first, in one transaction.

use freight::{FreightPaths, FrozenFreight, ReleaseTag, Revision, Status, invariants, store};
use gitstore::{BranchName, CommitId, NewCommit, TreeId};
use policy::{PromotionMode, Stage, StageName, Upstream};
use rendered::{Manifests, ManifestsDiff, Verification};

use crate::adopt::adopt;
use crate::error::Error;
use crate::freeze::Mode;
use crate::gate::{Direction, GateAnswer, Question, Refusal, UpstreamTip};
use crate::other_way::{self, OtherWay};
use crate::publish::{Attempts, Published, Tips, Truth};
use crate::review::{self, OpenedReview, Proposal, ReviewKind};
use crate::secret_gate::{Expiry, SecretGate};
use crate::stage::{self, Plan, StageTip};
use crate::workspace::{Tip, Tracking, Workspace};

/// A promotion to make.
#[derive(Debug)]
pub struct PromoteRequest<'a> {
    /// The stage.
    pub stage: &'a str,
    /// The release; by default the newest for a first stage, the upstream stage's for others.
    pub freight: Option<&'a str>,
    /// Whether the release may be older than the one that the stage has.
    pub direction: Direction,
    /// What to do with a branch that holds what no promotion wrote.
    pub foreign: Foreign,
    /// Where the branches are that count.
    pub truth: Truth,
    /// The commit whose policy is used instead of the main branch's; for dry runs only.
    pub policy: Option<&'a str>,
    /// Whether anything is written.
    pub mode: Mode,
}

/// What to do with a branch that holds what no promotion wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Foreign {
    /// Refuse, naming what is foreign.
    #[default]
    Refuse,
    /// Take the branch over: the promotion stands on top of what is there, and replaces it.
    Adopt,
}

/// What a promotion came to.
#[derive(Debug)]
pub struct PromoteOutcome {
    /// The stage.
    pub stage: StageName,
    /// Its branch.
    pub branch: BranchName,
    /// The release.
    pub freight: ReleaseTag,
    /// What the stage had before, if anything.
    pub before: Option<ReleaseTag>,
    /// What it did, or would do.
    pub change: PromoteChange,
    /// How the manifests change.
    pub diff: ManifestsDiff,
    /// The other way back to the same release, where this is a rollback and there is one.
    pub other_way: Option<OtherWay>,
    /// The review that is open for it, where the stage is reviewed.
    pub review: Option<OpenedReview>,
    /// What was taken over, where the branch held what no promotion wrote.
    pub adopted: Option<String>,
    /// Which problem there was, without keeping the promotion from happening.
    pub warnings: Vec<String>,
    /// The stages that take releases from this one.
    pub next: Vec<StageName>,
    /// The names of the stage's checks, which come next where there are any.
    pub checks: Vec<String>,
}

/// What a promotion changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromoteChange {
    /// This commit is the stage's new tip.
    Commit(CommitId),
    /// A commit would be made: no ref was moved.
    WouldCommit,
    /// The stage has exactly this already.
    Unchanged,
    /// A review of it is open; the stage's branch stays where it is until that is merged.
    Review,
    /// A review would be opened: nothing was written.
    WouldReview,
}

/// Promotes a freight into a stage; into one that is reviewed by opening a review.
pub fn promote(workspace: &Workspace, request: &PromoteRequest<'_>) -> Result<PromoteOutcome, Error> {
    workspace.finish_interrupted(request.mode)?;
    let mut attempts = Attempts::default();
    loop {
        let considered = consider(workspace, request)?;
        let (plan, mut outcome) = plan(workspace, request, &considered)?;
        let Considered { tip, stage, tips, commit, begun, before, freight, answers, .. } = considered;
        let newer = newer_on_remotes(workspace, &request.truth, &stage)?;
        let unwritten = Verification::default();
        let verification = before.as_ref().map_or(&unwritten, |tip| &tip.tree.verification);
        let tree = plan.write(&workspace.repository, verification)?;
        if before.as_ref().is_some_and(|tip| tip.root == tree) {
            let truth = &request.truth;
            outcome.warnings.extend(workspace.catch_up(truth, &tips, &stage.branch, request.mode)?);
            outcome.warnings.extend(newer.iter().map(|tracking| warn_before(&stage.branch, tracking)));
            return Ok(outcome);
        }
        // What changes no manifest is nothing to look at.
        let is_equal = before.as_ref().is_some_and(|tip| tip.tree.record.manifests == plan.record.manifests);
        let by_review = stage.promote == PromotionMode::Review && !is_equal;
        if request.mode == Mode::DryRun {
            outcome.warnings.extend(newer.iter().map(|tracking| warn_before(&stage.branch, tracking)));
            outcome.change = if by_review { PromoteChange::WouldReview } else { PromoteChange::WouldCommit };
            return Ok(outcome);
        }
        let words = Words::of(request, &tip, &stage, before.as_ref(), &freight);
        if by_review {
            let proposal = Proposal {
                truth: &request.truth,
                tip: &tip,
                stage: &stage,
                kind: match request.direction {
                    Direction::Forward => ReviewKind::Promotion(freight.record.tag.clone()),
                    Direction::Rollback => ReviewKind::Rollback(freight.record.tag.clone()),
                },
                base: commit,
                begun,
                tree,
                subject: &words.subject,
                message: &words.message,
            };
            let opened = review::open(workspace, &proposal, |forge| {
                let told = review::Told {
                    tip: &tip,
                    stage: &stage,
                    before: before.as_ref().map(|before| &before.tree.record),
                    after: &plan.record,
                    checks: review::gate_checks(&answers),
                    warnings: outcome.warnings.clone(),
                    forge,
                };
                told.body(workspace, outcome.diff.clone())
            })?;
            match opened {
                Ok(opened) => {
                    outcome.change = PromoteChange::Review;
                    outcome.review = Some(opened);
                    return Ok(outcome);
                }
                Err(lock) => attempts.lost(&stage.branch, lock)?,
            }
            continue;
        }
        let (new, committer) = commit_plan(workspace, &tip, &stage, before.as_ref(), tree, &words, is_equal)?;
        match workspace.publish(&request.truth, &stage.branch, commit, new, &words.subject, &committer)? {
            Published::Done { left_behind } => {
                outcome.warnings.extend(left_behind);
                outcome.warnings.extend(newer.iter().map(|tracking| warn_after(&stage.branch, tracking)));
                outcome.change = PromoteChange::Commit(new);
                return Ok(outcome);
            }
            Published::LostRace { lock } => attempts.lost(&stage.branch, lock)?,
        }
    }
}

/// A promotion whose gates were asked, and that isn't rendered yet.
pub(crate) struct Considered {
    pub(crate) tip: Tip,
    pub(crate) stage: Stage,
    tips: Tips,
    /// The tip of the stage's branch where it counts.
    pub(crate) commit: Option<CommitId>,
    /// The beginning of the stage's branch, where a review that was opened here made one that the remote lacks.
    begun: Option<CommitId>,
    pub(crate) before: Option<StageTip>,
    adopted: Option<String>,
    pub(crate) freight: FrozenFreight,
    pub(crate) answers: Vec<GateAnswer>,
}

/// Reads policy, freight and branches, and asks the gates.
pub(crate) fn consider(workspace: &Workspace, request: &PromoteRequest<'_>) -> Result<Considered, Error> {
    // Which branches a stage needs is in the policy, which is on the main branch: that one comes first.
    let tips = workspace.tips(&request.truth, &[workspace.main.as_str()])?;
    let tip = policy_tip(workspace, request, &tips)?;
    let stage = tip.policy.stage(request.stage)?.clone();
    let upstream = tip.policy.upstream(&stage);
    let mut branches: Vec<&str> = upstream.iter().map(|stage| stage.branch.as_str()).collect();
    branches.push(stage.branch.as_str());
    let tips = workspace.tips(&request.truth, &branches)?;
    let commit = workspace.tip_of(&tips, &stage.branch)?;
    let begun = begun_here(workspace, &request.truth, &tip, &stage, commit)?;
    if begun.is_none() {
        workspace.refuse_unpushed(&request.truth, &tips, &stage.branch)?;
    }
    let (before, adopted) = read_before(workspace, request, &tip, &stage, commit)?;
    let freight = choose(workspace, request.freight, &tip, &stage, &tips)?;
    check_contract(workspace, &tip, &stage, &freight)?;
    let answers = ask_gates(workspace, &tip, &stage, &freight, &tips, before.as_ref(), request.direction)?;
    Ok(Considered { tip, stage, tips, commit, begun, before, adopted, freight, answers })
}

/// The beginning of a stage's branch that a review opened here has made, and that a remote lacks: nothing but what opening
/// it there would make.
fn begun_here(
    workspace: &Workspace,
    truth: &Truth,
    tip: &Tip,
    stage: &Stage,
    there: Option<CommitId>,
) -> Result<Option<CommitId>, Error> {
    if *truth == Truth::Here || stage.promote != PromotionMode::Review || there.is_some() {
        return Ok(None);
    }
    let repository = &workspace.repository;
    let Some(here) = repository.branch_tip(&stage.branch)? else { return Ok(None) };
    let commit = repository.commit(here)?;
    let empty = Plan::empty(&tip.policy, stage).write(repository, &Verification::default())?;
    Ok((commit.parents.is_empty() && commit.tree == empty).then_some(here))
}

/// Renders what the gates let through, and compares it with what the stage has.
fn plan(
    workspace: &Workspace,
    request: &PromoteRequest<'_>,
    considered: &Considered,
) -> Result<(Plan, PromoteOutcome), Error> {
    let Considered { tip, stage, before, adopted, freight, answers, .. } = considered;
    let refusals: Vec<Refusal> = answers.iter().filter_map(|answer| answer.refusal.clone()).collect();
    if !refusals.is_empty() {
        return Err(Error::Gates { stage: stage.name.clone(), refusals });
    }
    let mut secrets = SecretGate::new(&tip.policy, Expiry::At(workspace.now));
    let plan = Plan::make(&workspace.repository, &tip.policy, stage, freight, Some(&mut secrets))?
        .map_err(Error::Renders)?;
    let mut outcome = outcome(workspace, tip, stage, freight, before.as_ref(), &plan)?;
    outcome.adopted.clone_from(adopted);
    if request.direction == Direction::Rollback
        && let Some(before) = before
    {
        outcome.other_way = other_way::exact(workspace, before, freight, &plan)?;
    }
    Ok((plan, outcome))
}

/// What the stage has, and what of it is taken over.
fn read_before(
    workspace: &Workspace,
    request: &PromoteRequest<'_>,
    tip: &Tip,
    stage: &Stage,
    commit: Option<CommitId>,
) -> Result<(Option<StageTip>, Option<String>), Error> {
    let repository = &workspace.repository;
    match (stage::read_tip(repository, &stage.branch, commit), commit) {
        (Err(error @ (Error::ForeignBranch { .. } | Error::BrokenRecord { .. })), Some(commit))
            if request.foreign == Foreign::Adopt && !error.is_newer_record() =>
        {
            Ok((Some(adopt(repository, &tip.policy, stage, commit)?), Some(error.to_string())))
        }
        (read, _) => Ok((read?, None)),
    }
}

/// The remotes that have newer commits of a stage's branch, where the local branch is what counts.
pub(crate) fn newer_on_remotes(
    workspace: &Workspace,
    truth: &Truth,
    stage: &Stage,
) -> Result<Vec<Tracking>, Error> {
    if *truth != Truth::Here {
        return Ok(Vec::new());
    }
    Ok(workspace.tracking(&stage.branch)?.into_iter().filter(Tracking::is_behind).collect())
}

/// What to do about a branch that lacks commits of a remote's, before it moves.
fn warn_before(branch: &BranchName, tracking: &Tracking) -> String {
    let Tracking { remote, branch: there, .. } = tracking;
    let standing = tracking.describe().unwrap_or_default();
    if tracking.distance.is_some_and(|distance| distance.ahead > 0) {
        return format!(
            "{branch} has {standing}; take the remote's with `git branch --force {branch} {there}`, or promote with {}",
            push_flag(remote)
        );
    }
    format!(
        "{branch} is {standing}; bring it forward with `git fetch {remote} {branch}:{branch}`, or promote with {}",
        push_flag(remote)
    )
}

/// The same, where it has moved away from the remote's.
pub(crate) fn warn_after(branch: &BranchName, tracking: &Tracking) -> String {
    let Tracking { remote, branch: there, .. } = tracking;
    let standing = tracking.describe().unwrap_or_default();
    let verb = if tracking.distance.is_some_and(|distance| distance.ahead > 0) { "had" } else { "was" };
    format!(
        "{branch} {verb} {standing}, so that this promotion can't be pushed; go back to the remote's with \
         `git branch --force {branch} {there}`, and promote with {}",
        push_flag(remote)
    )
}

fn push_flag(remote: &str) -> String {
    Truth::Remote(remote.to_owned()).flag().trim_start().to_owned()
}

/// The commit that policy and freight are read from.
fn policy_tip(workspace: &Workspace, request: &PromoteRequest<'_>, tips: &Tips) -> Result<Tip, Error> {
    if let (Some(revision), Mode::DryRun) = (request.policy, request.mode) {
        return workspace.at(workspace.repository.resolve(revision)?);
    }
    let commit = workspace.tip_of(tips, &workspace.main)?;
    workspace.at_main(&request.truth, commit)
}

pub(crate) fn paths(tip: &Tip, stage: &Stage) -> Result<FreightPaths, Error> {
    Ok(tip.freight_paths(tip.policy.warehouse(stage.warehouse.as_str())?))
}

/// The freight that is meant.
pub(crate) fn choose(
    workspace: &Workspace,
    wanted: Option<&str>,
    tip: &Tip,
    stage: &Stage,
    tips: &Tips,
) -> Result<FrozenFreight, Error> {
    let repository = &workspace.repository;
    let paths = paths(tip, stage)?;
    let no_freight = || Error::NoFreight { warehouse: stage.warehouse.to_string() };
    if let Some(text) = wanted {
        let tag = store::find(repository, tip.tree, &paths, text)?;
        return store::read(repository, tip.tree, &paths, &tag)?.ok_or_else(no_freight);
    }
    let upstream = tip.policy.upstream(stage);
    if upstream.is_empty() {
        let tag = workspace.mirrored(tip, &paths)?.ok_or_else(no_freight)?;
        return store::read(repository, tip.tree, &paths, &tag)?.ok_or_else(no_freight);
    }
    // The newest of what the upstream stages run now.
    let (mut running, mut lost) = (Vec::new(), Vec::new());
    for stage in &upstream {
        let commit = workspace.tip_of(tips, &stage.branch)?;
        let Some(upstream_tip) = stage::read_tip(repository, &stage.branch, commit)? else { continue };
        let Some(freight) = upstream_tip.tree.record.freight else { continue };
        match store::read(repository, tip.tree, &paths, &freight.tag)? {
            Some(frozen) => running.push(frozen),
            None => lost.push((stage.name.clone(), freight.tag)),
        }
    }
    if let (true, Some((stage, tag))) = (running.is_empty(), lost.into_iter().next()) {
        let detail = format!("{stage} has {tag}, which {} doesn't hold", workspace.main);
        return Err(Error::Contract { invariant: "frozen", detail });
    }
    let newest = store::newest(running.iter().map(|freight| &freight.record), ancestry(workspace));
    let newest = newest.map(|record| record.tag.clone());
    running.into_iter().find(|freight| Some(&freight.record.tag) == newest.as_ref()).ok_or_else(|| {
        Error::NothingUpstream {
            stage: stage.name.clone(),
            upstream: upstream.iter().map(|stage| stage.name.clone()).collect(),
        }
    })
}

/// Whether one revision is an ancestor of another, as far as this repository can tell.
pub(crate) fn ancestry(workspace: &Workspace) -> impl Fn(&Revision, &Revision) -> Option<bool> {
    |a, b| workspace.repository.is_ancestor(a.to_commit().ok()?, b.to_commit().ok()?).ok().flatten()
}

/// The mirror and the copy must be right before anything is made of them.
pub(crate) fn check_contract(
    workspace: &Workspace,
    tip: &Tip,
    stage: &Stage,
    freight: &FrozenFreight,
) -> Result<(), Error> {
    let repository = &workspace.repository;
    let paths = paths(tip, stage)?;
    let records = store::read_all(repository, tip.tree, &paths)?;
    let mirror = invariants::mirror(repository, tip.tree, &paths, &records, ancestry(workspace))?;
    let literal = invariants::literal(freight, |revision, package| {
        invariants::package_tree(repository, revision, package)
    })?;
    for finding in [mirror, literal] {
        if finding.status == Status::Violated {
            return Err(Error::Contract { invariant: finding.invariant, detail: finding.detail });
        }
    }
    Ok(())
}

/// The answers of a stage's gates on a freight.
pub(crate) fn ask_gates(
    workspace: &Workspace,
    tip: &Tip,
    stage: &Stage,
    freight: &FrozenFreight,
    tips: &Tips,
    before: Option<&StageTip>,
    direction: Direction,
) -> Result<Vec<GateAnswer>, Error> {
    let mut upstream = Vec::new();
    for stage in tip.policy.upstream(stage) {
        upstream.push(UpstreamTip { stage, tip: workspace.tip_of(tips, &stage.branch)? });
    }
    Question { workspace, tip, stage, freight, upstream: &upstream, before, direction }.ask()
}

fn outcome(
    workspace: &Workspace,
    tip: &Tip,
    stage: &Stage,
    freight: &FrozenFreight,
    before: Option<&StageTip>,
    plan: &Plan,
) -> Result<PromoteOutcome, Error> {
    let old = match before {
        None => Manifests::default(),
        Some(tip) => tip.tree.load_manifests(&workspace.repository)?,
    };
    let new = Manifests::of(&plan.rendered);
    let warnings = plan.rendered.iter().flat_map(|deployment| {
        deployment
            .warnings
            .iter()
            .map(move |warning| format!("{}: {}", deployment.deployment, warning.message))
    });
    Ok(PromoteOutcome {
        stage: stage.name.clone(),
        branch: stage.branch.clone(),
        freight: freight.record.tag.clone(),
        before: before.and_then(|tip| tip.tree.record.freight.as_ref()).map(|freight| freight.tag.clone()),
        change: PromoteChange::Unchanged,
        diff: rendered::diff(&old, &new),
        other_way: None,
        review: None,
        adopted: None,
        warnings: warnings.collect(),
        next: next_stages(tip, stage),
        checks: stage.verify.iter().map(|command| command.name.clone()).collect(),
    })
}

/// The stages that take releases from a stage.
pub(crate) fn next_stages(tip: &Tip, stage: &Stage) -> Vec<StageName> {
    let takes =
        |other: &&Stage| matches!(&other.from, Upstream::Stages(names) if names.contains(&stage.name));
    tip.policy.stages_in_order().iter().filter(takes).map(|stage| stage.name.clone()).collect()
}

/// What a promotion is called, in the commit or the review that it makes.
struct Words {
    subject: String,
    message: String,
}

impl Words {
    fn of(
        request: &PromoteRequest<'_>,
        tip: &Tip,
        stage: &Stage,
        before: Option<&StageTip>,
        freight: &FrozenFreight,
    ) -> Self {
        let tag = &freight.record.tag;
        let same_freight = before
            .and_then(|tip| tip.tree.record.freight.as_ref())
            .is_some_and(|freight| freight.tag == *tag);
        let subject = if same_freight {
            format!("Render {} in {} anew", tag.short(), stage.name)
        } else if request.direction == Direction::Rollback {
            format!("Roll {} back to {}", stage.name, tag.short())
        } else {
            format!("Promote {} to {}", tag.short(), stage.name)
        };
        let message = format!(
            "{subject}\n\nFreight: {tag}\nImage: {}\nPolicy: {}\n",
            freight.record.image.reference, tip.commit
        );
        Self { subject, message }
    }
}

/// Commits a plan on top of the stage's tip. A branch that doesn't exist yet begins with a record that says so.
fn commit_plan(
    workspace: &Workspace,
    tip: &Tip,
    stage: &Stage,
    before: Option<&StageTip>,
    tree: TreeId,
    words: &Words,
    is_equal: bool,
) -> Result<(CommitId, gitstore::Signature), Error> {
    let repository = &workspace.repository;
    let signatures = workspace.signatures()?;
    let commit = |tree: TreeId, parents: &[CommitId], message: &str| {
        repository.write_commit(&NewCommit {
            tree,
            parents,
            author: &signatures.author,
            committer: &signatures.committer,
            message,
        })
    };
    let parent = match before {
        Some(before) => before.commit,
        None => {
            let empty = Plan::empty(&tip.policy, stage).write(repository, &Verification::default())?;
            commit(empty, &[], &format!("Begin {}\n\nNothing is promoted here yet.\n", stage.branch))?
        }
    };
    let reason = if is_equal && stage.promote == PromotionMode::Review {
        format!("{}\nNo manifest changes, so that there was nothing to review.\n", words.message)
    } else {
        words.message.clone()
    };
    let new = commit(tree, &[parent], &reason)?;
    Ok((new, signatures.committer))
}
