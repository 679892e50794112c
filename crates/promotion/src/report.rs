//! What a review report is made of: a promotion or a comparison of two releases, with their source and policy.

use freight::{FreightRecord, FrozenFreight, ReleaseTag, Revision, store};
use gitstore::{BlobId, RepoPath, Repository};
use policy::{Stage, StageName};
use rendered::{
    Manifests, ManifestsDiff, PolicyChange, ReportCheck, ReportInput, ReportPurpose, ReportRelease,
    SourceCommit, SourceRange,
};

use crate::error::Error;
use crate::history;
use crate::promote::PromoteOutcome;
use crate::stage::{self, Plan};
use crate::workspace::{Tip, Workspace};

/// How many commits of the source are listed.
const COMMITS: usize = 100;

/// Two releases to compare in a stage.
#[derive(Debug)]
pub struct CompareRequest<'a> {
    /// The stage.
    pub stage: &'a str,
    /// The release.
    pub freight: &'a str,
    /// The release that it is compared with.
    pub against: &'a str,
    /// The commit whose policy and freight are used instead of the main branch's.
    pub policy: Option<&'a str>,
}

/// What one release changes against another, both rendered with one policy.
#[derive(Debug)]
pub struct Comparison {
    /// The stage.
    pub stage: StageName,
    /// The release.
    pub freight: FreightRecord,
    /// The release that it is compared with.
    pub against: FreightRecord,
    /// How the manifests differ.
    pub diff: ManifestsDiff,
    /// What the renders of the release warn of.
    pub warnings: Vec<String>,
}

/// Renders two releases in a stage with one policy, and compares them. No gate is asked, and nothing is written.
pub fn compare(workspace: &Workspace, request: &CompareRequest<'_>) -> Result<Comparison, Error> {
    let tip = tip(workspace, request.policy)?;
    let stage = tip.policy.stage(request.stage)?;
    let freight = read(workspace, &tip, stage, request.freight)?;
    let against = read(workspace, &tip, stage, request.against)?;
    let plan = |freight: &FrozenFreight| {
        Plan::make(&workspace.repository, &tip.policy, stage, freight, None)?.map_err(Error::Renders)
    };
    let (new, old) = (plan(&freight)?, plan(&against)?);
    let warnings = new.rendered.iter().flat_map(|deployment| {
        let name = &deployment.deployment;
        deployment.warnings.iter().map(move |warning| format!("{name}: {}", warning.message))
    });
    Ok(Comparison {
        stage: stage.name.clone(),
        diff: rendered::diff(&Manifests::of(&old.rendered), &Manifests::of(&new.rendered)),
        warnings: warnings.collect(),
        freight: freight.record,
        against: against.record,
    })
}

/// The report of a comparison; `command` is the one that prints it whole.
pub fn report_of_comparison(
    workspace: &Workspace,
    comparison: Comparison,
    command: String,
) -> Result<ReportInput, Error> {
    let Comparison { stage, freight, against, diff, warnings } = comparison;
    Ok(ReportInput {
        stage: stage.to_string(),
        purpose: ReportPurpose::Comparison,
        release: ReportRelease::from(&freight),
        before: Some(ReportRelease::from(&against)),
        source: source_range(&workspace.repository, &against.revision, &freight.revision)?,
        policy: Vec::new(),
        checks: Vec::new(),
        diff,
        warnings,
        command,
    })
}

/// The report of a promotion that was made or would be; `policy` is the commit that it took its policy from, where
/// that isn't the main branch's tip, and `command` the one that prints the report whole.
pub fn report_of_promotion(
    workspace: &Workspace,
    policy: Option<&str>,
    outcome: PromoteOutcome,
    checks: Vec<ReportCheck>,
    command: String,
) -> Result<ReportInput, Error> {
    let repository = &workspace.repository;
    let tip = tip(workspace, policy)?;
    let stage = tip.policy.stage(outcome.stage.as_str())?;
    let (commit, _) = workspace.branch_anywhere(&outcome.branch)?;
    let recorded = match stage::read_tip(repository, &outcome.branch, commit)? {
        Some(stage_tip) => stage_tip.tree.record.policy,
        None => Vec::new(),
    };
    let wanted: Vec<(RepoPath, BlobId)> =
        tip.policy.stage_files(stage).into_iter().map(|(path, blob)| (path.clone(), blob)).collect();
    let source = match &outcome.before {
        Some(before) => source_range(repository, before.revision(), outcome.freight.revision())?,
        None => SourceRange::default(),
    };
    let release = |tag: &ReleaseTag| describe(workspace, &tip, stage, tag);
    Ok(ReportInput {
        stage: outcome.stage.to_string(),
        purpose: if outcome.before.as_ref() == Some(&outcome.freight) {
            ReportPurpose::Forecast
        } else {
            ReportPurpose::Promotion
        },
        release: release(&outcome.freight)?,
        before: outcome.before.as_ref().map(release).transpose()?,
        source,
        policy: policy_changes(repository, &recorded, &wanted)?,
        checks,
        diff: outcome.diff,
        warnings: outcome.warnings,
        command,
    })
}

/// The commits that one revision has and another lacks, as far as this repository has them: those of the first
/// parents are listed, all are counted.
pub fn source_range(repository: &Repository, from: &Revision, to: &Revision) -> Result<SourceRange, Error> {
    let (Ok(from), Ok(to)) = (from.to_commit(), to.to_commit()) else { return Ok(SourceRange::default()) };
    let Some(distance) = repository.distance(to, from)? else { return Ok(SourceRange::default()) };
    let mut commits = Vec::new();
    for commit in repository.first_parent_commits(to).take(distance.ahead.min(COMMITS)) {
        let commit = commit?;
        if commit.id == from {
            break;
        }
        commits.push(commit);
    }
    // On the first parents' line those that the other revision lacks come first; where its own commit wasn't met, the
    // end is looked for by halves.
    let (mut low, mut high) = (0, commits.len());
    while low < high {
        let middle = low + (high - low) / 2;
        match repository.is_ancestor(commits[middle].id, from)? {
            Some(true) => high = middle,
            _ => low = middle + 1,
        }
    }
    let note = (distance.behind > 0).then(|| {
        let noun = if distance.behind == 1 { "commit" } else { "commits" };
        format!("goes back: {} {noun} of the other release aren't in it", distance.behind)
    });
    let describe = |commit: gitstore::Commit| SourceCommit {
        id: commit.id.to_hex(),
        subject: commit.subject().to_owned(),
        author: commit.author.name.clone(),
    };
    Ok(SourceRange {
        commits: commits.into_iter().take(low).map(describe).collect(),
        total: Some(distance.ahead),
        compare_url: None,
        note,
    })
}

/// The policy files that differ between a record and what a stage reads now, with their lines.
pub fn policy_changes(
    repository: &Repository,
    old: &[(RepoPath, BlobId)],
    new: &[(RepoPath, BlobId)],
) -> Result<Vec<PolicyChange>, Error> {
    let mut changes = Vec::new();
    for change in history::policy_changes(old, new) {
        let (before, after) = (change.old, change.new);
        let text = |blob: Option<BlobId>| -> Option<String> {
            let Some(blob) = blob else { return Some(String::new()) };
            // In a shallow clone the old one may not be here.
            String::from_utf8(repository.read_blob(blob).ok()?).ok()
        };
        let lines = match (text(before), text(after)) {
            (Some(before), Some(after)) => Some(rendered::unified_lines(&before, &after)),
            _ => None,
        };
        let hex = |blob: Option<BlobId>| blob.map(|blob| blob.to_hex());
        changes.push(PolicyChange {
            path: change.path.to_string(),
            old: hex(before),
            new: hex(after),
            lines,
        });
    }
    Ok(changes)
}

fn tip(workspace: &Workspace, policy: Option<&str>) -> Result<Tip, Error> {
    match policy {
        Some(revision) => workspace.at(workspace.repository.resolve(revision)?),
        None => workspace.local_tip(),
    }
}

fn read(workspace: &Workspace, tip: &Tip, stage: &Stage, text: &str) -> Result<FrozenFreight, Error> {
    let warehouse = tip.policy.warehouse(stage.warehouse.as_str())?;
    let paths = tip.freight_paths(warehouse);
    let tag = store::find(&workspace.repository, tip.tree, &paths, text)?;
    let freight = store::read(&workspace.repository, tip.tree, &paths, &tag)?;
    freight.ok_or_else(|| Error::NoFreight { warehouse: stage.warehouse.to_string() })
}

/// A release with what its record says, where the main branch still has it.
fn describe(
    workspace: &Workspace,
    tip: &Tip,
    stage: &Stage,
    tag: &ReleaseTag,
) -> Result<ReportRelease, Error> {
    let warehouse = tip.policy.warehouse(stage.warehouse.as_str())?;
    let paths = tip.freight_paths(warehouse);
    Ok(match store::read(&workspace.repository, tip.tree, &paths, tag)? {
        Some(freight) => ReportRelease::from(&freight.record),
        None => ReportRelease { tag: tag.clone(), image: None, created_at: None },
    })
}
