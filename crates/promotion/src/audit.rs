//! The audit: every invariant of the design, answered at the tip of main and of each stage's branch.

use freight::{Finding, FreightPaths, FrozenFreight, Status, invariants, legacy, store};
use gitstore::{CommitId, RepoPath, Repository};
use policy::{Stage, Warehouse};
use rendered::{FreightRef, Manifests, PreparedChart, StageTree, VERIFICATION_FILE};

use crate::candidates;
use crate::error::Error;
use crate::gate::time;
use crate::promote::ancestry;
use crate::stage;
use crate::standing::{self, VerdictLine};
use crate::status::Drift;
use crate::workspace::{Tip, Tracking, Workspace};

/// The answer to one invariant about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it is about: a warehouse, a release, a stage's branch, the candidates.
    pub subject: String,
    /// The invariant, the answer and what it rests on.
    pub finding: Finding,
}

/// All answers of one audit.
#[derive(Debug)]
pub struct AuditReport {
    /// The commit of the main branch that was audited.
    pub main: CommitId,
    /// The answers: freight first, then candidates, then the stages in order.
    pub answers: Vec<Answer>,
}

impl AuditReport {
    /// Whether an invariant is violated.
    pub fn has_violations(&self) -> bool {
        self.answers.iter().any(|answer| answer.finding.status == Status::Violated)
    }
}

/// Audits the tips; in place of the main branch's, another commit that stands for it.
pub fn audit(workspace: &Workspace, revision: Option<&str>) -> Result<AuditReport, Error> {
    let tip = match revision {
        None => workspace.local_tip()?,
        Some(revision) => workspace.at(workspace.repository.resolve(revision)?)?,
    };
    let repository = &workspace.repository;
    let mut answers = Vec::new();
    for warehouse in tip.policy.warehouses() {
        let subject = warehouse.name.to_string();
        let paths = tip.freight_paths(warehouse);
        let mut answer = |finding| answers.push(Answer { subject: subject.clone(), finding });
        let records = store::read_all(repository, tip.tree, &paths)?;
        answer(invariants::identity(repository, tip.tree, &paths, &records)?);
        if records.is_empty() {
            answer(Finding::ok("literal", "nothing is frozen yet"));
        }
        literal(repository, &records)?.into_iter().for_each(&mut answer);
        answer(invariants::mirror(repository, tip.tree, &paths, &records, ancestry(workspace))?);
        answer(invariants::atomic(repository, tip.commit, &paths)?);
        answer(frozen(workspace, &tip, warehouse, &paths, &records)?);
        legacy::markers(repository, tip.tree, &paths, &records)?.into_iter().for_each(&mut answer);
        let purity = match store::read_current(repository, tip.tree, &paths) {
            Ok(Some(freight)) => pure(repository, &tip, warehouse, &freight),
            Ok(None) => Ok(Finding::ok(PURE, "nothing is mirrored")),
            Err(error) => Err(error.into()),
        };
        answer(match purity {
            Ok(finding) => finding,
            Err(error @ (Error::Freight(_) | Error::Rendered(_) | Error::Asked(_))) => {
                Finding::unprovable(PURE, error.to_string())
            }
            Err(error) => return Err(error),
        });
    }
    let rendered = match candidates::differences(repository, &tip.policy, tip.tree, workspace.now) {
        Ok(differences) => match differences.as_slice() {
            [] => Finding::ok(RENDERED, "the candidates are what this commit renders"),
            [first, more @ ..] => {
                let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
                Finding::violated(RENDERED, format!("{} isn't what this commit renders{more}", first.path))
            }
        },
        // What `current/` is wrong about is the business of `mirror`; the other questions still have answers.
        Err(error @ (Error::Freight(_) | Error::Rendered(_) | Error::Asked(_))) => {
            Finding::unprovable(RENDERED, error.to_string())
        }
        Err(error) => return Err(error),
    };
    answers.push(Answer { subject: tip.policy.paths().rendered.to_string(), finding: rendered });
    for stage in tip.policy.stages_in_order() {
        let finding = match reproducible(workspace, stage) {
            Ok(finding) => finding,
            // A shallow or partial clone lacks objects, and nothing is wrong with what it doesn't have.
            Err(error @ Error::Git(gitstore::Error::MissingObject { .. })) => {
                Finding::unprovable(REPRODUCIBLE, error.to_string())
            }
            Err(error) => Finding::violated(REPRODUCIBLE, error.to_string()),
        };
        answers.push(Answer { subject: stage.branch.to_string(), finding });
        if let Some(finding) = upstream(workspace, &tip, stage)? {
            answers.push(Answer { subject: stage.branch.to_string(), finding });
        }
    }
    Ok(AuditReport { main: tip.commit, answers })
}

/// How many releases that are right are told one by one.
const TOLD: usize = 5;

/// Whether each payload is what its source has; many that are right are told together.
fn literal(repository: &Repository, records: &[store::Read]) -> Result<Vec<Finding>, Error> {
    // A record that can't be read is the business of `identity`.
    let readable: Vec<&FrozenFreight> = records.iter().filter_map(|(_, read)| read.as_ref().ok()).collect();
    let findings = repository.map_parallel(&readable, |repository, freight| {
        invariants::literal(freight, |revision, package| {
            invariants::package_tree(repository, revision, package)
        })
    });
    let mut findings = findings.into_iter().collect::<Result<Vec<Finding>, _>>()?;
    let right = findings.iter().filter(|finding| finding.status == Status::Ok).count();
    if right > TOLD {
        findings.retain(|finding| finding.status != Status::Ok);
        findings.insert(
            0,
            Finding::ok("literal", format!("{right} payloads are the trees that they were cut from")),
        );
    }
    Ok(findings)
}

/// The tip of a stage's branch and the freight that it has. A branch that can't be read is the business of
/// `reproducible`.
fn freight_of(workspace: &Workspace, stage: &Stage) -> Option<(CommitId, FreightRef)> {
    let commit = workspace.branch_anywhere(&stage.branch).ok()?.0?;
    let tree = workspace.repository.commit_tree(commit).ok()?;
    let record = StageTree::read_record(&workspace.repository, tree).ok()?;
    Some((commit, record.freight?))
}

/// No release is another than it was: not beside the first parent, and not beside what a stage has of it.
fn frozen(
    workspace: &Workspace,
    tip: &Tip,
    warehouse: &Warehouse,
    paths: &FreightPaths,
    records: &[store::Read],
) -> Result<Finding, Error> {
    let finding = invariants::frozen(&workspace.repository, tip.commit, paths)?;
    let mut wrong = Vec::new();
    for stage in tip.policy.stages_in_order().iter().filter(|stage| stage.warehouse == warehouse.name) {
        let Some((_, freight)) = freight_of(workspace, stage) else { continue };
        let found = records.iter().find(|(tag, _)| *tag == freight.tag).map(|(_, read)| read);
        match found {
            Some(Ok(frozen)) if frozen.record_tree == freight.tree => {}
            Some(_) => wrong.push(format!(
                "{} is another than {} has of it (tree {})",
                paths.record_dir(&freight.tag),
                stage.branch,
                freight.tree.short()
            )),
            None => {
                wrong.push(format!("{}, which {} has, is gone", paths.record_dir(&freight.tag), stage.branch))
            }
        }
    }
    if wrong.is_empty() {
        return Ok(finding);
    }
    if finding.status == Status::Violated {
        wrong.insert(0, finding.detail);
    }
    Ok(Finding::violated(finding.invariant, wrong.join("; ")))
}

/// By how much the clocks of those who promote may disagree, in seconds.
const CLOCK_SKEW: i64 = 600;

/// Whether what a stage has was in an upstream stage before; `None` for a stage without upstream or without freight.
fn upstream(workspace: &Workspace, tip: &Tip, stage: &Stage) -> Result<Option<Finding>, Error> {
    let repository = &workspace.repository;
    let stages = tip.policy.upstream(stage);
    if stages.is_empty() {
        return Ok(None);
    }
    let Some((commit, freight)) = freight_of(workspace, stage) else { return Ok(None) };
    let tag = freight.tag.short();
    let own = standing::has_since(repository, commit, freight.tree)?;
    let by = own.map_or(i64::MAX, |own| own.saturating_add(CLOCK_SKEW));
    let mut earliest: Option<(i64, &Stage)> = None;
    for upstream in &stages {
        let Ok((Some(commit), _)) = workspace.branch_anywhere(&upstream.branch) else { continue };
        if let Some(since) = standing::had_by(repository, commit, freight.tree, by)?
            && earliest.is_none_or(|(known, _)| since < known)
        {
            earliest = Some((since, upstream));
        }
    }
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    Ok(Some(match (earliest, own) {
        (None, _) if repository.is_shallow()? => Finding::unprovable(
            UPSTREAM,
            format!("whether {} had {tag} lies beyond this shallow clone", names.join(" or ")),
        ),
        (None, _) => {
            Finding::violated(UPSTREAM, format!("{tag} was never promoted to {}", names.join(" or ")))
        }
        (Some((since, upstream)), Some(own)) if by < since => Finding::violated(
            UPSTREAM,
            format!("it has {tag} since {}, {} only since {}", time(own), upstream.name, time(since)),
        ),
        (Some((_, upstream)), _) => Finding::ok(UPSTREAM, format!("{tag} was in {} before", upstream.name)),
    }))
}

const UPSTREAM: &str = "upstream";
const PURE: &str = "pure";
const RENDERED: &str = "rendered";
const REPRODUCIBLE: &str = "reproducible";

/// Environment files in the payload change no rendered byte: other content in them renders the same.
fn pure(
    repository: &Repository,
    tip: &Tip,
    warehouse: &Warehouse,
    freight: &FrozenFreight,
) -> Result<Finding, Error> {
    let files = freight::payload::chart_files(repository, freight.payload)?;
    let environment: Vec<String> =
        files.iter().map(|file| file.name.clone()).filter(|name| is_environment_file(name)).collect();
    if environment.is_empty() {
        return Ok(Finding::ok(PURE, "the payload holds no environment files"));
    }
    let altered = files
        .iter()
        .map(|file| {
            if is_environment_file(&file.name) {
                helm::ChartFile::new(&file.name, b"waybill-audit: altered\n")
            } else {
                file.clone()
            }
        })
        .collect();
    let original = PreparedChart::from_files(files, tip.policy.helm(), tip.policy.bounds())?;
    let altered = PreparedChart::from_files(altered, tip.policy.helm(), tip.policy.bounds())?;
    for stage in tip.policy.stages_in_order() {
        if stage.warehouse != warehouse.name {
            continue;
        }
        let inputs = stage::inputs(&tip.policy, stage, freight)?;
        let before = rendered::render_all(&original, &inputs);
        let after = rendered::render_all(&altered, &inputs);
        for (before, after) in before.into_iter().zip(after) {
            match (before, after) {
                (Ok(before), Ok(after)) if before.files == after.files => {}
                (Ok(before), _) => {
                    return Ok(Finding::violated(
                        PURE,
                        format!(
                            "{} renders differently with other content in {}",
                            before.deployment,
                            environment.join(", ")
                        ),
                    ));
                }
                // What fails to render is no question of purity.
                (Err(_), _) => {}
            }
        }
    }
    Ok(Finding::ok(PURE, format!("{} environment files change no rendered byte", environment.len())))
}

/// Files that charts carry for environments and Helm doesn't read by itself.
fn is_environment_file(name: &str) -> bool {
    let mut parts = name.split('/');
    let first = parts.next().unwrap_or_default();
    if matches!(first, "templates" | "charts" | "crds") || name == "values.yaml" {
        return false;
    }
    let base = name.rsplit('/').next().unwrap_or(name);
    let is_yaml = base.ends_with(".yaml") || base.ends_with(".yml");
    let in_directory = name.contains('/') && matches!(first, "environments" | "environment" | "envs" | "env");
    is_yaml && (in_directory || base.starts_with("values") || base.contains(".values."))
}

fn reproducible(workspace: &Workspace, stage: &Stage) -> Result<Finding, Error> {
    let (commit, _) = workspace.branch_anywhere(&stage.branch)?;
    let Some(commit) = commit else {
        return Ok(Finding::ok(REPRODUCIBLE, "the branch doesn't exist yet"));
    };
    let tip = match stage::read_tip(&workspace.repository, &stage.branch, Some(commit)) {
        Ok(Some(tip)) => tip,
        Ok(None) => return Ok(Finding::ok(REPRODUCIBLE, "the branch doesn't exist yet")),
        Err(error) if error.is_newer_record() => {
            return Ok(Finding::unprovable(REPRODUCIBLE, error.to_string()));
        }
        Err(error) => return Err(error),
    };
    let at = commit.short();
    if let Some(problem) = verdicts_problem(workspace, commit)?.or(names_problem(stage, &tip.tree)) {
        return Ok(Finding::violated(REPRODUCIBLE, problem));
    }
    let written = workspace.repository.blob_at(tip.root, &RepoPath::new(VERIFICATION_FILE)?)?;
    if written.is_some_and(|written| written != tip.tree.verification.to_yaml().as_bytes()) {
        let detail = format!("{at}: {VERIFICATION_FILE} was edited by hand: no verification writes it so");
        return Ok(Finding::violated(REPRODUCIBLE, detail));
    }
    let behind = workspace.tracking(&stage.branch)?.into_iter().filter(Tracking::is_behind);
    let behind: String =
        behind.filter_map(|it| it.describe()).map(|standing| format!("; it is {standing}")).collect();
    Ok(match drift(workspace, &tip.tree)? {
        Drift::Empty => Finding::ok(REPRODUCIBLE, format!("{at}: nothing was promoted yet{behind}")),
        Drift::None => Finding::ok(REPRODUCIBLE, format!("{at} equals re-rendering its record{behind}")),
        Drift::Drifted(detail) | Drift::Unreadable { detail, .. } => {
            Finding::violated(REPRODUCIBLE, format!("{at}: {detail}"))
        }
        Drift::Unprovable(detail) => Finding::unprovable(REPRODUCIBLE, format!("{at}: {detail}")),
    })
}

/// Whether a record is of another stage, or of another warehouse's freight, than its branch.
fn names_problem(stage: &Stage, tree: &StageTree) -> Option<String> {
    let record = &tree.record;
    let wrong = [
        ("stage", record.stage.as_str(), stage.name.as_str()),
        ("warehouse", record.warehouse.as_str(), stage.warehouse.as_str()),
    ];
    let (what, found, expected) = wrong.into_iter().find(|(_, found, expected)| found != expected)?;
    Some(format!("the record on {} is of the {what} {found}, not {expected}", stage.branch))
}

/// How many commits back verdicts are held against those before them, and how many bytes are read for that.
const VERDICTS_BACK: usize = 100;
const VERDICTS_READ: usize = 2 * 1024 * 1024;

/// What is wrong with the verdicts of a stage: they are only ever appended to.
fn verdicts_problem(workspace: &Workspace, commit: CommitId) -> Result<Option<String>, Error> {
    let mut line = VerdictLine::new(&workspace.repository);
    for commit in workspace.repository.first_parent_commits(commit).take(VERDICTS_BACK) {
        if let Some(rewrite) = line.next(&commit?)? {
            let at = rewrite.commit.short();
            return Ok(Some(format!("{at} changes or removes verdicts that were there before")));
        }
        if line.read > VERDICTS_READ {
            break;
        }
    }
    Ok(None)
}

/// Renders a stage's record anew and compares: freight by its tree, values by their blobs, nothing else.
pub(crate) fn drift(workspace: &Workspace, tree: &StageTree) -> Result<Drift, Error> {
    let repository = &workspace.repository;
    let record = &tree.record;
    if record.freight.is_none() {
        return Ok(Drift::Empty);
    }
    if record.renderer != rendered::RENDERER {
        let detail =
            format!("it was rendered by renderer {}, this one is {}", record.renderer, rendered::RENDERER);
        return Ok(Drift::Unprovable(detail));
    }
    if let Some((path, blob)) = record.policy.iter().find(|(_, blob)| repository.blob_size(*blob).is_err()) {
        return Ok(Drift::Unprovable(format!(
            "{path} as recorded ({}) isn't in this repository",
            blob.short()
        )));
    }
    let results = match record.render(repository) {
        Ok(results) => results,
        // What the record names may lie beyond a shallow boundary.
        Err(error) => return Ok(Drift::Unprovable(error.to_string())),
    };
    let mut rendered = Vec::new();
    for result in results {
        match result {
            Ok(deployment) => rendered.push(deployment),
            Err(failure) => {
                return Ok(Drift::Drifted(format!("its record doesn't render any more: {failure}")));
            }
        }
    }
    let digest = Manifests::of(&rendered).digest();
    Ok(if digest == record.manifests {
        Drift::None
    } else {
        Drift::Drifted(format!(
            "re-rendering its record gives {digest}, the record says {}",
            record.manifests
        ))
    })
}
