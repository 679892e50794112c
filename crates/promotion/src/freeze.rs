//! Freezing: a release cut once, with its mirror and fresh candidates, in one commit on the main branch.

use freight::{
    Difference, Digest, FreightRecord, FrozenFreight, Image, Mirror, PackageOrigin, PayloadProblemKind,
    ReleaseTag, Revision, store,
};
use gitstore::{CommitId, NewCommit, NewestOutside, Repository, TreeId};
use policy::{Deployment, PromotionMode, StageName, Upstream, Warehouse};
use rendered::{CurrentFiles, RenderFailure};

use crate::candidates;
use crate::error::Error;
use crate::publish::{Attempts, Published, Truth};
use crate::secret_gate::{Asked, Expiry, SecretGate};
use crate::workspace::{Tip, Workspace};

/// What to do where the revision is frozen already, with other content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfFrozen {
    /// Refuse, naming what is recorded.
    #[default]
    Refuse,
    /// Keep what is recorded and call it done.
    Keep,
}

/// Whether a transaction writes anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It does.
    #[default]
    Write,
    /// It says what it would do.
    DryRun,
}

/// A release to cut.
#[derive(Debug)]
pub struct FreezeRequest<'a> {
    /// The warehouse; needed where there are several.
    pub warehouse: Option<&'a str>,
    /// The source, where it is another repository.
    pub source: Option<&'a Repository>,
    /// The revision; by default the newest commit that changes anything of the source.
    pub revision: Option<&'a str>,
    /// The image, as `REF` or `REF@DIGEST`.
    pub image: &'a str,
    /// The image's digest.
    pub digest: Option<&'a str>,
    /// Whether an image without a digest will do.
    pub allow_unpinned: bool,
    /// What to do where the revision is frozen already, with other content.
    pub if_frozen: IfFrozen,
    /// Where the main branch is that counts.
    pub truth: Truth,
    /// Whether anything is written.
    pub mode: Mode,
}

/// What freezing came to.
#[derive(Debug)]
pub struct FreezeOutcome {
    /// The release.
    pub tag: ReleaseTag,
    /// The warehouse.
    pub warehouse: String,
    /// What it did, or would do.
    pub change: FreezeChange,
    /// Whether `current/` mirrors the release now.
    pub is_newest: bool,
    /// The deployments whose render fails; their old candidates stay.
    pub failures: Vec<RenderFailure>,
    /// Which other problem there was, without keeping the release from being cut.
    pub warnings: Vec<String>,
    /// The stages that take releases straight from the warehouse, by a push, without those that can't take this one
    /// since a deployment of theirs doesn't render.
    pub next: Vec<StageName>,
}

/// What freezing changed.
#[derive(Debug)]
pub enum FreezeChange {
    /// This commit holds the release.
    Commit(CommitId),
    /// A commit would be made: nothing was written.
    WouldCommit,
    /// The release was frozen before, with the same content.
    AlreadyFrozen,
    /// The release was frozen before, with other content, which was kept.
    Kept(Vec<Difference>),
}

/// Cuts a release.
pub fn freeze(workspace: &Workspace, request: &FreezeRequest<'_>) -> Result<FreezeOutcome, Error> {
    let main = &workspace.main;
    workspace.finish_interrupted(request.mode)?;
    let mut attempts = Attempts::default();
    loop {
        let tips = workspace.tips(&request.truth, &[main.as_str()])?;
        workspace.refuse_unpushed(&request.truth, &tips, main)?;
        let commit = workspace.tip_of(&tips, main)?;
        let tip = workspace.at_main(&request.truth, commit)?;
        let warehouse = tip.warehouse(request.warehouse)?;
        let release = prepare(workspace, &tip, warehouse, request)?;
        let mut outcome = FreezeOutcome {
            tag: release.record.tag.clone(),
            warehouse: warehouse.name.to_string(),
            change: FreezeChange::AlreadyFrozen,
            is_newest: false,
            failures: Vec::new(),
            warnings: Vec::new(),
            next: first_stages(&tip, warehouse),
        };
        outcome.warnings.extend(dated_ahead(&release.record, workspace.now.seconds));
        let paths = tip.freight_paths(warehouse);
        if let Some(frozen) = store::read(&workspace.repository, tip.tree, &paths, &outcome.tag)? {
            outcome.change = compare(&release, &frozen, request.if_frozen)?;
            let mirrored = workspace.mirrored(&tip, &paths)?;
            outcome.is_newest = mirrored.as_ref() == Some(&outcome.tag);
            outcome.warnings.extend(workspace.catch_up(&request.truth, &tips, main, request.mode)?);
            return Ok(outcome);
        }
        let tree = build(workspace, &tip, warehouse, request, &release, &mut outcome)?;
        if request.mode == Mode::DryRun {
            outcome.change = FreezeChange::WouldCommit;
            return Ok(outcome);
        }
        let signatures = workspace.signatures()?;
        let message = message(&release.record, warehouse, &outcome);
        let commit = workspace.repository.write_commit(&NewCommit {
            tree,
            parents: &[tip.commit],
            author: &signatures.author,
            committer: &signatures.committer,
            message: &message,
        })?;
        let subject = format!("freeze: {}", outcome.tag.short());
        match workspace.publish(
            &request.truth,
            main,
            Some(tip.commit),
            commit,
            &subject,
            &signatures.committer,
        )? {
            Published::Done { left_behind } => {
                outcome.warnings.extend(left_behind);
                outcome.change = FreezeChange::Commit(commit);
                return Ok(outcome);
            }
            Published::LostRace { lock } => attempts.lost(main, lock)?,
        }
    }
}

/// How far ahead of this clock a revision may be dated, in seconds, before it is warned of.
const CLOCK_SKEW: i64 = 3600;

/// What to say of a revision that is dated in the future: on other lines of history nothing is newer until then.
fn dated_ahead(record: &FreightRecord, now: i64) -> Option<String> {
    let created = record.created_at?;
    let is_ahead = created.as_second() > now.saturating_add(CLOCK_SKEW);
    is_ahead.then(|| {
        format!(
            "{} is dated {created}, in the future: until then no release of another line of history counts as newer",
            record.revision.short()
        )
    })
}

/// The stages that take releases straight from a warehouse, by a push.
fn first_stages(tip: &Tip, warehouse: &Warehouse) -> Vec<StageName> {
    let from = Upstream::Warehouse(warehouse.name.clone());
    let stages = tip.policy.stages_in_order().iter();
    stages
        .filter(|stage| stage.from == from && stage.promote == PromotionMode::Push)
        .map(|stage| stage.name.clone())
        .collect()
}

/// A release before it is written down.
struct Release {
    record: FreightRecord,
    payload: TreeId,
}

fn prepare(
    workspace: &Workspace,
    tip: &Tip,
    warehouse: &Warehouse,
    request: &FreezeRequest<'_>,
) -> Result<Release, Error> {
    let source = request.source.unwrap_or(&workspace.repository);
    let revision = match (request.revision, request.source) {
        (Some(revision), _) => source.resolve(revision)?,
        (None, Some(source)) => source.resolve("HEAD")?,
        (None, None) => match source.newest_outside(tip.commit, &tip.policy.generated_paths())? {
            NewestOutside::Found(commit) => commit,
            // What a shallow clone's oldest commit touches can't be told by comparing it. But a commit whose
            // tree holds the record of its own parent is that parent's freeze.
            NewestOutside::Boundary(commit) => match frozen_parent(workspace, tip, warehouse, commit)? {
                Some(frozen) => return again(request, warehouse, frozen),
                None => commit,
            },
            NewestOutside::None => return Err(Error::NothingToFreeze { branch: workspace.main.clone() }),
        },
    };
    let commit = source.commit(revision)?;
    let no_package = |found| Error::NoPackage {
        path: warehouse.package.clone(),
        revision,
        found,
        place: tip.policy.package_place(warehouse),
    };
    let entry = source.tree_entry(commit.tree, &warehouse.package)?.ok_or_else(|| no_package(None))?;
    let package = entry.tree_id().ok_or_else(|| {
        no_package(Some(match entry.kind() {
            gitstore::EntryKind::Symlink => "symlink",
            gitstore::EntryKind::Submodule => "submodule",
            _ => "file",
        }))
    })?;
    let release = Revision::parse(&revision.to_hex())?;
    let image = image(request, warehouse, &ReleaseTag::from(release.clone()))?;
    check_package(source, commit.tree, package, warehouse, tip)?;
    let payload = match request.source {
        Some(source) => workspace.repository.copy_tree(source, package)?,
        None => package,
    };
    let origin = PackageOrigin { path: warehouse.package.clone(), tree: package };
    let record = FreightRecord::new(release, image, commit.committer.time.seconds, origin)?;
    Ok(Release { record, payload })
}

/// Whether a package can be frozen, as it lies in a commit of the source.
fn check_package(
    source: &Repository,
    root: TreeId,
    package: TreeId,
    warehouse: &Warehouse,
    tip: &Tip,
) -> Result<(), Error> {
    let path = &warehouse.package;
    let mut problems = freight::payload::filters_above(source, root, path, package)?;
    problems.extend(freight::payload::check(source, package, tip.policy.bounds())?);
    if problems.is_empty() {
        return Ok(());
    }
    let is_no_chart =
        problems.iter().any(|problem| matches!(problem.kind, PayloadProblemKind::NotAChart { .. }));
    let source = freight::Error::Payload { package: path.clone(), problems };
    Err(if is_no_chart {
        Error::NotAChart { source, place: tip.policy.package_place(warehouse) }
    } else {
        source.into()
    })
}

/// The release of a commit's first parent, where the commit's tree mirrors it.
fn frozen_parent(
    workspace: &Workspace,
    tip: &Tip,
    warehouse: &Warehouse,
    commit: CommitId,
) -> Result<Option<FrozenFreight>, Error> {
    let repository = &workspace.repository;
    let commit = repository.commit(commit)?;
    let current = store::read_current(repository, commit.tree, &tip.freight_paths(warehouse))?;
    let parent = commit.parents.first().map(ToString::to_string);
    Ok(current.filter(|frozen| Some(frozen.record.revision.as_str()) == parent.as_deref()))
}

/// A release that is frozen already, with the image that is given now.
fn again(
    request: &FreezeRequest<'_>,
    warehouse: &Warehouse,
    frozen: FrozenFreight,
) -> Result<Release, Error> {
    let image = image(request, warehouse, &frozen.record.tag)?;
    Ok(Release { record: FreightRecord { image, ..frozen.record }, payload: frozen.payload })
}

/// The image with its digest, checked against the release and the policy.
fn image(request: &FreezeRequest<'_>, warehouse: &Warehouse, tag: &ReleaseTag) -> Result<Image, Error> {
    let mut image = Image::parse(request.image)?;
    if let Some(alone) = request.digest {
        let alone = Digest::parse(alone)?;
        match &image.digest {
            Some(with_image) if *with_image != alone => {
                return Err(Error::TwoDigests {
                    with_image: with_image.to_string(),
                    alone: alone.to_string(),
                });
            }
            _ => image.digest = Some(alone),
        }
    }
    if image.digest.is_none() && !request.allow_unpinned {
        return Err(Error::Unpinned { image: image.reference.to_string() });
    }
    if let Some(allowed) = &warehouse.image_repository
        && image.reference.repository() != allowed
    {
        return Err(Error::ForeignRepository {
            image: image.reference.to_string(),
            allowed: allowed.clone(),
        });
    }
    if image.reference.tag() != tag.as_str() {
        return Err(Error::ForeignImage { image: image.reference.to_string(), expected: tag.clone() });
    }
    Ok(image)
}

/// The release is there already: is it the same?
fn compare(release: &Release, frozen: &FrozenFreight, if_frozen: IfFrozen) -> Result<FreezeChange, Error> {
    let mut differences = frozen.record.differences(&release.record);
    if frozen.payload != release.payload {
        differences.push(Difference {
            key: "payload",
            mine: frozen.payload.to_string(),
            theirs: release.payload.to_string(),
        });
    }
    match if_frozen {
        _ if differences.is_empty() => Ok(FreezeChange::AlreadyFrozen),
        IfFrozen::Keep => Ok(FreezeChange::Kept(differences)),
        IfFrozen::Refuse => Err(Error::FrozenDifferently { tag: frozen.record.tag.clone(), differences }),
    }
}

/// The main branch's tree with the release in it.
fn build(
    workspace: &Workspace,
    tip: &Tip,
    warehouse: &Warehouse,
    request: &FreezeRequest<'_>,
    release: &Release,
    outcome: &mut FreezeOutcome,
) -> Result<TreeId, Error> {
    let repository = &workspace.repository;
    let paths = tip.freight_paths(warehouse);
    // A `current/` that was edited by hand isn't written over: somebody meant something by it.
    store::read_current(repository, tip.tree, &paths)?;
    refuse_foreign_candidates(repository, tip)?;
    let mut gate = SecretGate::new(&tip.policy, Expiry::At(workspace.now));
    check_payload(repository, tip, release, &mut gate)?;
    let record_tree = store::build_record_tree(repository, &release.record, release.payload)?;
    let mut records = Vec::new();
    for tag in store::list(repository, tip.tree, &paths)? {
        records.extend(store::read(repository, tip.tree, &paths, &tag)?.map(|frozen| frozen.record));
    }
    records.push(release.record.clone());
    let source = request.source.unwrap_or(repository);
    let ancestry = |a: &Revision, b: &Revision| -> Option<bool> {
        source.is_ancestor(a.to_commit().ok()?, b.to_commit().ok()?).ok().flatten()
    };
    let newest = store::newest(&records, ancestry);
    outcome.is_newest = newest.is_some_and(|newest| newest.tag == release.record.tag);
    let mut edit = repository.edit_tree(Some(tip.tree));
    let mirror = if outcome.is_newest { Mirror::Refresh } else { Mirror::Keep };
    store::install(&mut edit, &paths, &release.record.tag, record_tree, mirror);
    let tree = edit.write()?;
    if !outcome.is_newest {
        return Ok(tree);
    }
    let refreshed = candidates::refresh(repository, &tip.policy, tree, &mut gate)?;
    outcome.failures = refreshed.failures;
    outcome.warnings.extend(refreshed.warnings);
    outcome.warnings.extend(gate.unused(Asked::All));
    let fails =
        |deployment: &Deployment| outcome.failures.iter().any(|it| it.deployment == deployment.name.as_str());
    let policy = &tip.policy;
    outcome.next.retain(|name| {
        let stage = policy.stages_in_order().iter().find(|stage| stage.name == *name);
        !stage.is_some_and(|stage| policy.deployments_of(stage).into_iter().any(fails))
    });
    Ok(refreshed.tree)
}

/// Refuses a package with a secret in it: the copy would keep it for ever.
fn check_payload(
    repository: &Repository,
    tip: &Tip,
    release: &Release,
    gate: &mut SecretGate<'_>,
) -> Result<(), Error> {
    let files = freight::payload::chart_files(repository, release.payload)?;
    let findings = rendered::scan_payload_secrets(&files, tip.policy.bounds())?;
    let refused = gate.refused(None, findings);
    if refused.is_empty() { Ok(()) } else { Err(Error::Secrets(refused)) }
}

/// Before the first release nothing below `rendered/` can come from one: the path was set to a directory that
/// holds something else, which stale candidates would take with them.
fn refuse_foreign_candidates(repository: &Repository, tip: &Tip) -> Result<(), Error> {
    for warehouse in tip.policy.warehouses() {
        if !store::list(repository, tip.tree, &tip.freight_paths(warehouse))?.is_empty() {
            return Ok(());
        }
    }
    let directory = &tip.policy.paths().rendered;
    let found = CurrentFiles::from_tree(repository, tip.tree, directory)?;
    let count = found.paths().len();
    match found.paths().next() {
        None => Ok(()),
        Some(file) => {
            Err(Error::ForeignCandidates { directory: directory.clone(), file: file.clone(), count })
        }
    }
}

fn message(record: &FreightRecord, warehouse: &Warehouse, outcome: &FreezeOutcome) -> String {
    let mut message = format!("Freeze {} {}\n\n", warehouse.name, record.tag.short());
    message.push_str(&format!("Revision: {}\nImage: {}\n", record.revision, record.image.reference));
    if let Some(digest) = &record.image.digest {
        message.push_str(&format!("Digest: {digest}\n"));
    }
    for failure in &outcome.failures {
        message.push_str(&format!("Render-failed: {}\n", failure.deployment));
    }
    message
}
