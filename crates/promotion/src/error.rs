//! The crate's error, and the exit status that belongs to each kind.

use std::fmt;

use freight::{Difference, ReleaseTag};
use gitstore::{BranchName, CommitId, RepoPath, TreeId};
use policy::{Problems, StageName};
use rendered::{FailureGroup, RenderFailure, SecretFinding};

use crate::gate::Refusal;
use crate::init::InitProblem;
use crate::legacy::LegacyProblem;
use crate::review::ReviewError;

/// Why a transaction didn't happen. Nothing was written.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The main branch doesn't exist.
    NoMain {
        /// Its name.
        branch: BranchName,
        /// A branch that may have been meant.
        near: Option<String>,
    },
    /// The remote doesn't have the main branch.
    NoMainThere {
        /// Its name.
        branch: BranchName,
        /// The remote.
        remote: String,
    },
    /// Two commits have no history in common, as far as it is here.
    NoMergeBase {
        /// The commit.
        head: CommitId,
        /// The main branch.
        main: BranchName,
    },
    /// What a stage runs isn't in this repository.
    FreightNotHere {
        /// The release.
        tag: ReleaseTag,
        /// Its tree.
        tree: TreeId,
    },
    /// There are several warehouses and none was named.
    WhichWarehouse {
        /// Their names.
        known: Vec<String>,
    },
    /// The policy is wrong.
    Policy(Problems),
    /// The policy has no answer.
    Asked(policy::Error),
    /// Freight is wrong, or can't be made.
    Freight(freight::Error),
    /// Manifests or records are wrong.
    Rendered(rendered::Error),
    /// The repository or a remote failed.
    Git(gitstore::Error),
    /// What an environment of the former git-flow has had can't be recorded.
    Legacy(LegacyProblem),
    /// No policy can be begun.
    Init(InitProblem),
    /// No commit of the source touches anything but what freeze writes.
    NothingToFreeze {
        /// The branch.
        branch: BranchName,
    },
    /// The first release would be rendered among files that aren't of any.
    ForeignCandidates {
        /// The directory of the candidates.
        directory: RepoPath,
        /// A file below it.
        file: RepoPath,
        /// How many files there are.
        count: usize,
    },
    /// The package isn't there at the revision.
    NoPackage {
        /// Where it should be.
        path: RepoPath,
        /// The revision.
        revision: CommitId,
        /// What stands there, if anything does.
        found: Option<&'static str>,
        /// Where the pipeline file names it.
        place: String,
    },
    /// The package is no chart.
    NotAChart {
        /// What Helm says.
        source: freight::Error,
        /// Where the pipeline file names the package.
        place: String,
    },
    /// The image has no digest, and nobody said that it needs none.
    Unpinned {
        /// The image.
        image: String,
    },
    /// The image's digest was given twice, differently.
    TwoDigests {
        /// With the image.
        with_image: String,
        /// By itself.
        alone: String,
    },
    /// The image isn't the revision's.
    ForeignImage {
        /// The image.
        image: String,
        /// The tag that it must have.
        expected: ReleaseTag,
    },
    /// The image comes from another repository than the policy allows.
    ForeignRepository {
        /// The image.
        image: String,
        /// The repository that the policy names.
        allowed: String,
    },
    /// The revision is frozen already, with other content.
    FrozenDifferently {
        /// The release.
        tag: ReleaseTag,
        /// In what it differs: recorded, then given.
        differences: Vec<Difference>,
    },
    /// Candidates of another release than `current/` were asked for in place.
    CandidateOfOtherFreight,
    /// Another directory for candidates lies within what is generated.
    OutInGenerated {
        /// The generated directory.
        generated: RepoPath,
    },
    /// None of the stages that were chosen renders one of the deployments that were.
    NothingChosen {
        /// The stages.
        stages: Vec<String>,
        /// The stages that render the deployments.
        renderers: Vec<StageName>,
    },
    /// Nothing is frozen yet.
    NoFreight {
        /// The warehouse.
        warehouse: String,
    },
    /// The main branch has freight, and the work tree hasn't.
    NotCheckedOut {
        /// Where the mirror should be.
        path: RepoPath,
        /// The main branch, here or of a remote.
        main: String,
        /// The directory of the warehouse's freight.
        directory: RepoPath,
    },
    /// No upstream stage has freight yet.
    NothingUpstream {
        /// The stage.
        stage: StageName,
        /// Its upstream stages.
        upstream: Vec<StageName>,
    },
    /// The stage has nothing that could be verified.
    NothingToVerify {
        /// The stage.
        stage: StageName,
    },
    /// The stage has no checks.
    NoChecks {
        /// The stage.
        stage: StageName,
    },
    /// A check was interrupted.
    Interrupted {
        /// Its name.
        check: String,
    },
    /// A check couldn't be started.
    CheckStart {
        /// Its name.
        check: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The stage's branch doesn't exist yet.
    NothingPromoted {
        /// The stage.
        stage: StageName,
    },
    /// A commit holds what no promotion wrote.
    NotAPromotion {
        /// The commit.
        commit: CommitId,
        /// What it holds.
        detail: String,
    },
    /// A commit isn't on a branch's own line.
    NotOfBranch {
        /// The branch.
        branch: BranchName,
        /// The commit.
        commit: CommitId,
    },
    /// Neither a commit nor a release of a branch is called so.
    NoSuchPromotion {
        /// The branch.
        branch: BranchName,
        /// What was asked for.
        text: String,
    },
    /// Nothing came of a review.
    Review(ReviewError),
    /// Gates said no.
    Gates {
        /// The stage.
        stage: StageName,
        /// What each says, and what would satisfy it.
        refusals: Vec<Refusal>,
    },
    /// The freight in the tree violates its contract.
    Contract {
        /// Which invariant.
        invariant: &'static str,
        /// How.
        detail: String,
    },
    /// Deployments don't render.
    Renders(Vec<RenderFailure>),
    /// The package holds secrets that nothing allows.
    Secrets(Vec<SecretFinding>),
    /// A record on a stage's branch can't be read.
    BrokenRecord {
        /// The branch.
        branch: BranchName,
        /// Why not, with the place in the record.
        source: Box<rendered::Error>,
    },
    /// The stage's branch holds what no promotion wrote.
    ForeignBranch {
        /// The branch.
        branch: BranchName,
        /// What is foreign.
        detail: String,
    },
    /// A local branch has commits that the remote lacks.
    Unpushed {
        /// The branch.
        branch: BranchName,
        /// Its tip here.
        tip: CommitId,
        /// Its tip on the remote, if the remote has it.
        there: Option<CommitId>,
        /// The remote.
        remote: String,
    },
    /// No remote has this name.
    UnknownRemote {
        /// The name.
        name: String,
        /// The remotes that there are.
        known: Vec<String>,
    },
    /// The remote refused the push.
    Refused {
        /// The remote.
        remote: String,
        /// What it said.
        reason: String,
    },
    /// A lock on the remote keeps its branch from moving.
    LockedThere {
        /// The branch.
        branch: BranchName,
        /// The remote.
        remote: String,
        /// What it said.
        reason: String,
    },
    /// It isn't known whether a push happened.
    Unclear {
        /// The remote.
        remote: String,
        /// What went wrong.
        reason: String,
    },
    /// The branch moved under every attempt.
    KeepsMoving {
        /// The branch.
        branch: BranchName,
        /// How often it was tried.
        attempts: u32,
    },
}

impl Error {
    /// Whether a gate said no, which has an exit status of its own.
    pub fn is_gate(&self) -> bool {
        match self {
            Self::Gates { .. } | Self::NothingUpstream { .. } | Self::Secrets(_) => true,
            Self::Renders(failures) => failures.iter().any(|failure| !failure.secrets.is_empty()),
            _ => false,
        }
    }

    /// Whether a record has a format that only a newer version reads: nothing is wrong with it.
    pub(crate) fn is_newer_record(&self) -> bool {
        matches!(self, Self::BrokenRecord { source, .. }
            if matches!(**source, rendered::Error::RecordVersion { .. }))
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoMain { near: Some(near), .. } => format!("did you mean `--main {near}`?"),
            Self::NoMain { .. } => "name the branch that holds freight and policy with --main".to_owned(),
            Self::NoMainThere { branch, remote } => {
                format!("push it there first (`git push {remote} {branch}`), or name another with --main")
            }
            Self::NoMergeBase { .. } => {
                "name the commit to compare with: --base REV; where this clone is shallow, `git fetch --unshallow` brings what is missing"
                    .to_owned()
            }
            Self::FreightNotHere { .. } => {
                "it lies on the main branch: fetch that, or where this clone is shallow, more of it".to_owned()
            }
            Self::WhichWarehouse { known } => format!("name one with --warehouse: {}", known.join(", ")),
            Self::Asked(error) => return error.hint(),
            Self::Freight(error) => return error.hint(),
            Self::Rendered(error) => return error.hint(),
            Self::Git(error) => return error.hint(),
            Self::Legacy(problem) => problem.hint(),
            Self::Init(problem) => problem.hint(),
            Self::NothingToFreeze { .. } => "name a revision with --revision".to_owned(),
            Self::ForeignCandidates { directory, .. } => format!(
                "{directory} is for what renders write: name another directory as `rendered` below `paths` in pipeline.yaml, or move those files"
            ),
            Self::NoPackage { place, .. } | Self::NotAChart { place, .. } => {
                format!("{place} says that the package lies there, in the source")
            }
            Self::Unpinned { .. } => {
                "give the digest, as REF@sha256:… or with --digest; or accept an unpinned image with --allow-unpinned"
                    .to_owned()
            }
            Self::TwoDigests { .. } => "give one of them".to_owned(),
            Self::ForeignImage { expected, .. } => format!(
                "freeze the image that was built from the revision, tagged {expected}; or name the image's revision with --revision"
            ),
            Self::ForeignRepository { .. } => {
                "`image.repository` of the warehouse in pipeline.yaml says which images may be frozen".to_owned()
            }
            Self::FrozenDifferently { .. } => {
                "a frozen release never changes: cut a new one, or keep what is recorded with --if-frozen keep".to_owned()
            }
            Self::CandidateOfOtherFreight | Self::OutInGenerated { .. } => {
                "write them elsewhere with --out DIR, best outside the checkout".to_owned()
            }
            Self::NothingChosen { renderers, .. } if renderers.is_empty() => {
                "no stage renders them: add them to the `deployments` of a stage".to_owned()
            }
            Self::NothingChosen { renderers, .. } => {
                let renderers: Vec<_> = renderers.iter().map(ToString::to_string).collect();
                format!("they are rendered for {}", renderers.join(", "))
            }
            Self::NoFreight { .. } => "cut a release with `cargo xtask freeze`".to_owned(),
            Self::NotCheckedOut { main, directory, .. } => {
                format!("bring it here with `git merge {main}` or `git checkout {main} -- {directory}`")
            }
            Self::NothingUpstream { upstream, .. } => {
                let first = upstream.first().map(ToString::to_string).unwrap_or_default();
                format!("promote upstream first: `cargo xtask promote {first}`")
            }
            Self::NothingToVerify { stage } | Self::NothingPromoted { stage } => {
                format!("promote a release there first: `cargo xtask promote {stage}`")
            }
            Self::NoChecks { stage } => format!(
                "give a verdict with --passed or --failed and --evidence, or say `verify` in the stage `{stage}` of the pipeline file"
            ),
            Self::Interrupted { .. } => "nothing was recorded; run it again".to_owned(),
            Self::CheckStart { .. } => "checks run by `sh -c` at the root of the checkout".to_owned(),
            Self::NotAPromotion { .. } => "name another commit; `cargo xtask history STAGE` lists them".to_owned(),
            Self::NotOfBranch { branch, .. } | Self::NoSuchPromotion { branch, .. } => {
                let stage = branch.as_str().strip_prefix("stage/").unwrap_or("STAGE");
                format!("`cargo xtask history {stage}` lists what can be restored")
            }
            Self::Review(error) => return error.hint(),
            Self::Policy(_) | Self::Gates { .. } | Self::Renders(_) => return None,
            Self::Contract { .. } => "`cargo xtask audit` says more; revert the commit that broke it".to_owned(),
            Self::BrokenRecord { source, .. } if self.is_newer_record() => return source.hint(),
            Self::ForeignBranch { branch, .. } | Self::BrokenRecord { branch, .. } => format!(
                "look at `git log {branch}`; then move the branch back to its last promotion, or take over what it holds with `promote --adopt`, which `--dry-run` shows first"
            ),
            Self::Unpushed { branch, remote, there: None, .. } => {
                format!("push them (`git push {remote} {branch}`) or drop them, then try again")
            }
            Self::Unpushed { branch, remote, there: Some(there), .. } => format!(
                "push them (`git push {remote} {branch}`) or drop them (`git branch --force {branch} {there}`, or `git reset --keep {there}` where it is checked out), then try again",
                there = there.short()
            ),
            Self::UnknownRemote { name, known } => match policy::nearest(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => {
                    format!("this repository has no remote yet: `git remote add {name} URL` adds it")
                }
                None => format!("known remotes: {}", known.join(", ")),
            },
            Self::Secrets(_) => "take it out of the source and freeze a later revision, and let nobody use the secret any more; where \
                                 it is none, allow it below `secrets` in pipeline.yaml, with a reason and a last day"
                .to_owned(),
            Self::Refused { reason, .. } if is_githubs(reason) => "GitHub protects that branch: let whoever promotes bypass its rule (Settings, Rules: the bypass list takes users, teams and Apps), or promote with a token of one that may".to_owned(),
            Self::Refused { .. } => "see that you may push there; a protected branch needs an exception for whoever promotes".to_owned(),
            Self::LockedThere { remote, .. } => format!(
                "another push may be under way: try again; a lock that stays was left by one that was killed, and whoever runs {remote} may remove it"
            ),
            Self::Unclear { .. } => "try again: what was done is found and not done twice".to_owned(),
            Self::KeepsMoving { .. } => "try again when there is less going on".to_owned(),
        })
    }
}

/// Whether GitHub speaks of a protected branch (GH006) or of a rule (GH013).
fn is_githubs(reason: &str) -> bool {
    ["GH006", "GH013", "protected branch hook declined", "push declined due to repository rule"]
        .iter()
        .any(|sign| reason.contains(sign))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMain { branch, .. } => write!(f, "there is no branch {branch}"),
            Self::NoMainThere { branch, remote } => write!(f, "{remote} has no branch {branch}"),
            Self::NoMergeBase { head, main } => {
                write!(f, "it can't be told where {} left {main}: they have no commit in common here", head.short())
            }
            Self::FreightNotHere { tag, tree } => {
                write!(f, "its release, {} with tree {}, isn't in this repository", tag.short(), tree.short())
            }
            Self::WhichWarehouse { .. } => f.write_str("there are several warehouses"),
            Self::Policy(problems) => problems.fmt(f),
            Self::Asked(error) => error.fmt(f),
            Self::Freight(error) => error.fmt(f),
            Self::Rendered(error) => error.fmt(f),
            Self::Git(error) => error.fmt(f),
            Self::Legacy(problem) => problem.fmt(f),
            Self::Init(problem) => problem.fmt(f),
            Self::NothingToFreeze { branch } => {
                write!(f, "no commit of {branch} touches anything but freight and rendered output")
            }
            Self::ForeignCandidates { directory, file, count } => {
                let more = if *count == 1 { String::new() } else { format!(" and more ({count} files)") };
                write!(f, "{directory} holds {file}{more}, but no release was ever frozen")
            }
            Self::NoPackage { path, revision, found: None, .. } => {
                write!(f, "there is no {path} at revision {}", revision.short())
            }
            Self::NotAChart { source, .. } => source.fmt(f),
            Self::NoPackage { path, revision, found: Some(found), .. } => {
                write!(f, "{path} at revision {} is a {found}, no directory", revision.short())
            }
            Self::Unpinned { image } => write!(f, "the image {image} has no digest"),
            Self::TwoDigests { with_image, alone } => {
                write!(f, "the image's digest is {with_image}, and --digest says {alone}")
            }
            Self::ForeignImage { image, expected } => {
                write!(f, "the image {image} isn't tagged {expected}, the release's tag")
            }
            Self::ForeignRepository { image, allowed } => {
                write!(f, "the image {image} doesn't come from {allowed}")
            }
            Self::FrozenDifferently { tag, differences } => {
                write!(f, "{tag} is frozen already, and differs:")?;
                for difference in differences {
                    write!(f, "\n  {}: recorded {}, given {}", difference.key, difference.mine, difference.theirs)?;
                }
                Ok(())
            }
            Self::CandidateOfOtherFreight => {
                f.write_str("the candidates in the checkout are those of `current/`; another release can't be rendered over them")
            }
            Self::OutInGenerated { generated } => {
                write!(f, "{generated} is the checkout's own: nothing else is written into it")
            }
            Self::NothingChosen { stages, .. } if stages.is_empty() => {
                f.write_str("no stage renders these deployments")
            }
            Self::NothingChosen { stages, .. } => {
                write!(f, "{} renders none of these deployments", stages.join(" or "))
            }
            Self::NoFreight { warehouse } => write!(f, "the warehouse {warehouse} has no freight yet"),
            Self::NotCheckedOut { path, main, .. } => {
                write!(f, "{path} isn't in the work tree, though {main} has it")
            }
            Self::NothingUpstream { stage, upstream } => {
                let names: Vec<_> = upstream.iter().map(ToString::to_string).collect();
                write!(f, "{stage} takes freight from {}, which has none yet", names.join(" or "))
            }
            Self::NothingToVerify { stage } => write!(f, "{stage} has no release that could be verified"),
            Self::NoChecks { stage } => write!(f, "{stage} has no checks"),
            Self::Interrupted { check } => write!(f, "interrupted while the check `{check}` ran"),
            Self::CheckStart { check, source } => write!(f, "the check `{check}` can't be started: {source}"),
            Self::NothingPromoted { stage } => write!(f, "nothing was promoted to {stage} yet"),
            Self::NotAPromotion { commit, detail } => {
                write!(f, "{} is no promotion: {detail}", commit.short())
            }
            Self::NotOfBranch { branch, commit } => {
                write!(f, "{} isn't on the first-parent line of {branch}", commit.short())
            }
            Self::NoSuchPromotion { branch, text } => {
                write!(f, "{branch} has neither a commit nor a release `{text}`")
            }
            Self::Review(error) => error.fmt(f),
            Self::Gates { stage, refusals } => {
                write!(f, "{stage} doesn't take this freight:")?;
                refusals.iter().try_for_each(|refusal| write!(f, "\n  {refusal}"))
            }
            Self::Contract { invariant, detail } => write!(f, "the freight violates `{invariant}`: {detail}"),
            Self::Renders(failures) => FailureGroup::write_all(failures, f),
            Self::Secrets(findings) => {
                f.write_str("the package holds what its copy would keep for ever:")?;
                findings.iter().try_for_each(|finding| write!(f, "\n  {finding}"))
            }
            // As `git show` takes it: the branch, a colon, the file.
            Self::BrokenRecord { branch, source } => write!(f, "{branch}:{source}"),
            Self::ForeignBranch { branch, detail } => {
                write!(f, "{branch} holds what no promotion wrote: {detail}")
            }
            Self::Unpushed { branch, tip, remote, .. } => {
                write!(f, "{branch} has commits that {remote} lacks (it is at {})", tip.short())
            }
            Self::UnknownRemote { name, .. } => write!(f, "unknown remote `{name}`"),
            Self::Refused { remote, reason } => write!(f, "{remote} refused the push: {reason}"),
            Self::LockedThere { branch, remote, reason } => {
                write!(f, "{branch} is locked on {remote}: {reason}")
            }
            Self::Unclear { remote, reason } => {
                write!(f, "it isn't known whether {remote} took the push: {reason}")
            }
            Self::KeepsMoving { branch, attempts: 1 } => {
                write!(f, "{branch} moved while this went on, and stays where it is now")
            }
            Self::KeepsMoving { branch, attempts } => {
                write!(f, "{branch} moved under each of {attempts} attempts")
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Policy(problems)
    }
}

impl From<policy::Error> for Error {
    fn from(error: policy::Error) -> Self {
        Self::Asked(error)
    }
}

impl From<freight::Error> for Error {
    fn from(error: freight::Error) -> Self {
        Self::Freight(error)
    }
}

impl From<rendered::Error> for Error {
    fn from(error: rendered::Error) -> Self {
        Self::Rendered(error)
    }
}

impl From<ReviewError> for Error {
    fn from(error: ReviewError) -> Self {
        Self::Review(error)
    }
}

impl From<InitProblem> for Error {
    fn from(problem: InitProblem) -> Self {
        Self::Init(problem)
    }
}

impl From<LegacyProblem> for Error {
    fn from(problem: LegacyProblem) -> Self {
        Self::Legacy(problem)
    }
}

impl From<gitstore::Error> for Error {
    fn from(error: gitstore::Error) -> Self {
        Self::Git(error)
    }
}
