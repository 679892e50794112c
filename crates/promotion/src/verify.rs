//! Verifying: a verdict on what a stage has, from its checks or from somebody who looked, appended to its branch.

use std::ffi::OsString;

use freight::{FreightRecord, ReleaseTag};
use gitstore::{BranchName, CommitId, NewCommit, RepoPath, Repository, TreeId, mask_credentials};
use policy::{Stage, StageName};
use rendered::{Evidence, FreightRef, VERIFICATION_FILE, Verdict, VerdictResult};

use crate::checks::{self, CheckContext, CheckError};
use crate::error::Error;
use crate::freeze::Mode;
use crate::publish::{Attempts, Published, Truth};
use crate::stage::{self, StageTip};
use crate::workspace::{Tip, Workspace};

/// A verification to make.
#[derive(Debug)]
pub struct VerifyRequest<'a> {
    /// The stage.
    pub stage: &'a str,
    /// Where the verdict comes from.
    pub by: VerifyBy<'a>,
    /// Where the branches are that count.
    pub truth: Truth,
    /// Whether anything is written. Checks run also where nothing is.
    pub mode: Mode,
}

/// Where a verdict comes from.
#[derive(Debug)]
pub enum VerifyBy<'a> {
    /// The stage's checks, run now.
    Checks(CheckContext<'a>),
    /// Somebody who looked.
    Person {
        /// What they found.
        result: VerdictResult,
        /// What it rests on.
        evidence: Vec<Evidence>,
        /// The environment that they are in: secrets of it are masked.
        environment: Vec<(OsString, OsString)>,
    },
}

/// What a verification came to.
#[derive(Debug)]
pub struct VerifyOutcome {
    /// The stage.
    pub stage: StageName,
    /// Its branch.
    pub branch: BranchName,
    /// The release that it is about.
    pub freight: ReleaseTag,
    /// The commit of the branch that was looked at.
    pub commit: CommitId,
    /// The verdict.
    pub verdict: Verdict,
    /// What it did, or would do.
    pub change: VerifyChange,
    /// Which problem there was, without keeping the verdict from being written.
    pub warnings: Vec<String>,
    /// The stages that take releases from this one; none where it failed.
    pub next: Vec<StageName>,
}

/// What a verification changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyChange {
    /// This commit holds the verdict.
    Commit(CommitId),
    /// A commit would be made: nothing was written.
    WouldCommit,
    /// The latest verdict was this one already.
    Unchanged,
}

/// Verifies what a stage has.
pub fn verify(workspace: &Workspace, request: &VerifyRequest<'_>) -> Result<VerifyOutcome, Error> {
    workspace.finish_interrupted(request.mode)?;
    let (tip, stage, before) = read(workspace, request)?;
    let Some(freight) = before.tree.record.freight.clone() else {
        return Err(Error::NothingToVerify { stage: stage.name.clone() });
    };
    let (result, evidence) = match &request.by {
        VerifyBy::Person { result, evidence, environment } => {
            let secrets = checks::secrets(environment);
            (*result, evidence.iter().map(|evidence| presentable(evidence, &secrets)).collect())
        }
        VerifyBy::Checks(context) => run_checks(&workspace.repository, &stage, &before, &freight, context)?,
    };
    let verdict =
        Verdict { freight: freight.tree, manifests: before.tree.record.manifests.clone(), result, evidence };
    let mut outcome = VerifyOutcome {
        stage: stage.name.clone(),
        branch: stage.branch.clone(),
        freight: freight.tag,
        commit: before.commit,
        verdict,
        change: VerifyChange::WouldCommit,
        warnings: Vec::new(),
        next: match result {
            VerdictResult::Passed => crate::promote::next_stages(&tip, &stage),
            VerdictResult::Failed => Vec::new(),
        },
    };
    if request.mode == Mode::Write {
        write(workspace, request, &stage, before, &mut outcome)?;
    }
    Ok(outcome)
}

/// What somebody gave, as it may be kept.
fn presentable(evidence: &Evidence, secrets: &[String]) -> Evidence {
    let name = mask_credentials(&evidence.name);
    Evidence { name, text: checks::presentable(&evidence.text, secrets) }
}

/// The stage and the tip of its branch, where it counts.
fn read(workspace: &Workspace, request: &VerifyRequest<'_>) -> Result<(Tip, Stage, StageTip), Error> {
    let tips = workspace.tips(&request.truth, &[workspace.main.as_str()])?;
    let tip = workspace.at_main(&request.truth, workspace.tip_of(&tips, &workspace.main)?)?;
    let stage = tip.policy.stage(request.stage)?.clone();
    let before = read_stage(workspace, request, &stage)?;
    Ok((tip, stage, before))
}

fn read_stage(workspace: &Workspace, request: &VerifyRequest<'_>, stage: &Stage) -> Result<StageTip, Error> {
    let tips = workspace.tips(&request.truth, &[stage.branch.as_str()])?;
    workspace.refuse_unpushed(&request.truth, &tips, &stage.branch)?;
    let commit = workspace.tip_of(&tips, &stage.branch)?;
    let before = stage::read_tip(&workspace.repository, &stage.branch, commit)?;
    before.ok_or_else(|| Error::NothingToVerify { stage: stage.name.clone() })
}

/// Runs the stage's checks until one fails.
fn run_checks(
    repository: &Repository,
    stage: &Stage,
    before: &StageTip,
    freight: &FreightRef,
    context: &CheckContext<'_>,
) -> Result<(VerdictResult, Vec<Evidence>), Error> {
    if stage.verify.is_empty() {
        return Err(Error::NoChecks { stage: stage.name.clone() });
    }
    let record = stage::record_of_tree(repository, freight.tree).ok().flatten();
    let variables = variables(stage, before, freight, record.as_ref());
    let mut evidence = Vec::new();
    for command in &stage.verify {
        let result = checks::run(command, context, &variables).map_err(|error| match error {
            CheckError::Interrupted => Error::Interrupted { check: command.name.clone() },
            CheckError::Start(source) => Error::CheckStart { check: command.name.clone(), source },
        })?;
        evidence.push(result.evidence);
        if !result.passed {
            return Ok((VerdictResult::Failed, evidence));
        }
    }
    Ok((VerdictResult::Passed, evidence))
}

/// What a check finds in its environment.
fn variables(
    stage: &Stage,
    before: &StageTip,
    freight: &FreightRef,
    record: Option<&FreightRecord>,
) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("WAYBILL_STAGE", stage.name.to_string()),
        ("WAYBILL_BRANCH", stage.branch.to_string()),
        ("WAYBILL_COMMIT", before.commit.to_hex()),
        ("WAYBILL_WAREHOUSE", stage.warehouse.to_string()),
        ("WAYBILL_FREIGHT", freight.tag.to_string()),
        ("WAYBILL_REVISION", freight.tag.revision().to_string()),
        ("WAYBILL_MANIFESTS", before.tree.record.manifests.to_string()),
    ];
    if let Some(record) = record {
        variables.push(("WAYBILL_IMAGE", record.image.reference.to_string()));
        if let Some(digest) = &record.image.digest {
            variables.push(("WAYBILL_IMAGE_DIGEST", digest.to_string()));
        }
    }
    variables
}

/// Appends the verdict on top of whatever the branch is by now: verdicts are about a freight and its manifests, whatever
/// was promoted meanwhile.
fn write(
    workspace: &Workspace,
    request: &VerifyRequest<'_>,
    stage: &Stage,
    before: StageTip,
    outcome: &mut VerifyOutcome,
) -> Result<(), Error> {
    let mut attempts = Attempts::default();
    let mut before = before;
    loop {
        let verdict = &outcome.verdict;
        let is_by_person = matches!(request.by, VerifyBy::Person { .. });
        if is_by_person
            && before.tree.verification.latest(verdict.freight, &verdict.manifests) == Some(verdict)
        {
            outcome.change = VerifyChange::Unchanged;
            let tips = workspace.tips(&request.truth, &[stage.branch.as_str()])?;
            outcome.warnings.extend(workspace.catch_up(
                &request.truth,
                &tips,
                &stage.branch,
                request.mode,
            )?);
            return Ok(());
        }
        let tree = append(&workspace.repository, &before, verdict)?;
        let signatures = workspace.signatures()?;
        let result = verdict.result.as_str();
        let subject = format!("Verify {} in {}: {result}", outcome.freight.short(), stage.name);
        let names: Vec<String> =
            verdict.evidence.iter().map(|evidence| format!("\n- {}", evidence.name)).collect();
        let message = format!("{subject}\n\nFreight: {}\n{}", outcome.freight, names.concat().trim_start());
        let new = workspace.repository.write_commit(&NewCommit {
            tree,
            parents: &[before.commit],
            author: &signatures.author,
            committer: &signatures.committer,
            message: &format!("{}\n", message.trim_end()),
        })?;
        let committer = &signatures.committer;
        let old = Some(before.commit);
        match workspace.publish(&request.truth, &stage.branch, old, new, &subject, committer)? {
            Published::Done { left_behind } => {
                outcome.warnings.extend(left_behind);
                outcome.change = VerifyChange::Commit(new);
                return Ok(());
            }
            Published::LostRace { lock } => attempts.lost(&stage.branch, lock)?,
        }
        before = read_stage(workspace, request, stage)?;
    }
}

/// The stage's tree with one more verdict.
fn append(repository: &Repository, before: &StageTip, verdict: &Verdict) -> Result<TreeId, Error> {
    let mut verification = before.tree.verification.clone();
    verification.verdicts.push(verdict.clone());
    let blob = repository.write_blob(verification.to_yaml().as_bytes())?;
    let mut edit = repository.edit_tree(Some(before.root));
    edit.upsert_file(&RepoPath::new(VERIFICATION_FILE)?, blob);
    Ok(edit.write()?)
}
