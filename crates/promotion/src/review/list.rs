//! Which reviews there are, and how each stands.

use std::fmt;

use freight::{ReleaseTag, store};
use gitstore::{BranchName, CommitId, RepoPath, Signature};
use policy::{PromotionMode, ReviewProvider, Stage, StageName};
use rendered::{StageTree, VERIFICATION_FILE};

use super::base::{Content, Misplaced, base_of, is_merged};
use super::branches::{self, ReviewBranch, pattern};
use super::error::ReviewError;
use super::forge::{Forge, PullRequest};
use super::name::ReviewKind;
use crate::error::Error;
use crate::promote::paths;
use crate::publish::{Tips, Truth};
use crate::stage;
use crate::workspace::{Tip, Workspace};

/// A review of a stage.
#[derive(Clone, Debug)]
pub struct Review {
    /// The stage.
    pub stage: StageName,
    /// The review's branch.
    pub branch: BranchName,
    /// What it is for.
    pub kind: ReviewKind,
    /// Its commit.
    pub commit: CommitId,
    /// Who made that, and when.
    pub author: Signature,
    /// The release that the stage would have; none where the record can't be read.
    pub freight: Option<ReleaseTag>,
    /// How it stands.
    pub state: ReviewState,
    /// Its pull request, where a forge was asked and has an open one.
    pub pull_request: Option<PullRequest>,
}

/// How a review stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewState {
    /// It stands on the stage's tip, and was made with the policy of today.
    Open,
    /// It has to be made anew; the text says why.
    Stale(String),
    /// It holds what no promotion wrote; the text says what. Whether its manifests are what its record renders to is for
    /// a check to say.
    Edited(String),
    /// The stage has had its content, since it was made.
    Merged,
}

impl ReviewState {
    /// `open`, `stale`, `edited` or `merged`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Stale(_) => "stale",
            Self::Edited(_) => "edited",
            Self::Merged => "merged",
        }
    }

    /// Why it can't be merged as it is; nothing for one that is open or merged.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Stale(reason) | Self::Edited(reason) => Some(reason),
            Self::Open | Self::Merged => None,
        }
    }
}

/// `open`, `stale: it stands on …`, `edited by hand: …` or `merged`.
impl fmt::Display for ReviewState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale(reason) => write!(f, "stale: {reason}"),
            Self::Edited(reason) => write!(f, "edited by hand: {reason}"),
            Self::Open | Self::Merged => f.write_str(self.as_str()),
        }
    }
}

/// Which review is meant.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a> {
    /// The stage.
    pub stage: &'a str,
    /// The release, or the commit that comes back: whole, or how it begins. By default the only open one is meant.
    pub freight: Option<&'a str>,
}

/// The reviews of a stage, or of all stages. With a remote as the truth its forge is asked for the pull requests.
pub fn reviews(workspace: &Workspace, stage: Option<&str>, truth: &Truth) -> Result<Vec<Review>, Error> {
    let tips = workspace.tips(truth, &[workspace.main.as_str()])?;
    let tip = workspace.at_main(truth, workspace.tip_of(&tips, &workspace.main)?)?;
    let stages: Vec<&Stage> = match stage {
        Some(stage) => vec![reviewed(&tip, stage)?],
        None => {
            let by_review = |stage: &&Stage| stage.promote == PromotionMode::Review;
            tip.policy.stages_in_order().iter().filter(by_review).collect()
        }
    };
    let forge = workspace.forge(truth, &tip)?;
    let mut found = Vec::new();
    for stage in stages {
        let tips = workspace.tips(truth, &[stage.branch.as_str(), &pattern(stage)])?;
        for mut review in of_stage(workspace, &tip, &tips, stage)? {
            if let (Some(forge), true) = (&forge, review.state != ReviewState::Merged) {
                let found = forge.find(&review.branch, &stage.branch);
                review.pull_request = found.map_err(ReviewError::Forge)?;
            }
            found.push(review);
        }
    }
    Ok(found)
}

/// The stage of a name, which must promote by review.
pub(crate) fn reviewed<'t>(tip: &'t Tip, stage: &str) -> Result<&'t Stage, Error> {
    let stage = tip.policy.stage(stage)?;
    if stage.promote != PromotionMode::Review {
        return Err(ReviewError::NotReviewed { stage: stage.name.clone() }.into());
    }
    Ok(stage)
}

/// The reviews of a stage as this repository knows them, open and stale ones.
pub(crate) fn of_stage_here(workspace: &Workspace, tip: &Tip, stage: &Stage) -> Result<Vec<Review>, Error> {
    let tips = workspace.tips(&Truth::Here, &[])?;
    let mut found = of_stage(workspace, tip, &tips, stage)?;
    found.retain(|review| review.state != ReviewState::Merged);
    Ok(found)
}

/// The reviews of a stage where they count.
fn of_stage(workspace: &Workspace, tip: &Tip, tips: &Tips, stage: &Stage) -> Result<Vec<Review>, Error> {
    let mut found = Vec::new();
    for branch in branches::of_stage(workspace, tips, stage)? {
        let base = base_of(workspace, tips, stage, &branch)?;
        found.push(describe(workspace, tip, stage, base, branch)?);
    }
    Ok(found)
}

/// What a review's branch says of it.
pub(crate) fn describe(
    workspace: &Workspace,
    tip: &Tip,
    stage: &Stage,
    base: Option<CommitId>,
    branch: ReviewBranch,
) -> Result<Review, Error> {
    let repository = &workspace.repository;
    let commit = repository.commit(branch.commit)?;
    let record = StageTree::read_record(repository, commit.tree).ok();
    let state = state_of(workspace, tip, stage, base, &branch)?;
    Ok(Review {
        stage: stage.name.clone(),
        branch: branch.name,
        kind: branch.kind,
        commit: branch.commit,
        author: commit.author,
        freight: record.and_then(|record| record.freight).map(|freight| freight.tag),
        state,
        pull_request: None,
    })
}

/// How a review stands to the tip of its stage's branch, and to the policy.
pub(crate) fn state_of(
    workspace: &Workspace,
    tip: &Tip,
    stage: &Stage,
    base: Option<CommitId>,
    branch: &ReviewBranch,
) -> Result<ReviewState, Error> {
    let repository = &workspace.repository;
    let commit = repository.commit(branch.commit)?;
    let stale = |why: String| Ok(ReviewState::Stale(why));
    let edited = |why: String| Ok(ReviewState::Edited(why));
    let Some(base) = base else { return stale(format!("{} isn't there any more", stage.branch)) };
    if is_merged(repository, &commit, base)? {
        return Ok(ReviewState::Merged);
    }
    if let Some(misplaced) = Misplaced::of(repository, &commit, base)? {
        let words = misplaced.words(commit.id, &stage.branch, base);
        return if misplaced == Misplaced::SeveralCommits { edited(words) } else { stale(words) };
    }
    // What it says of itself must fit together; then equal records render to equal manifests, so that nothing is rendered
    // here.
    let record = match stage::read_tip(repository, &branch.name, Some(commit.id)) {
        Ok(Some(read)) => read.tree.record,
        Ok(None) => return stale("its record can't be read".to_owned()),
        Err(error) if error.is_newer_record() => return stale(error.to_string()),
        Err(Error::ForeignBranch { detail, .. }) => return edited(detail),
        Err(Error::BrokenRecord { source, .. }) => return edited(source.to_string()),
        Err(error) => return Err(error),
    };
    let verdicts = |tree| repository.blob_at(tree, &RepoPath::new(VERIFICATION_FILE)?);
    if verdicts(commit.tree)? != verdicts(repository.commit_tree(base)?)? {
        return edited(format!("its verdicts aren't those of {}", stage.branch));
    }
    let tag = match &branch.kind {
        ReviewKind::Promotion(tag) | ReviewKind::Rollback(tag) => tag,
        ReviewKind::Restore(to) => {
            let restored = Content::of(repository, repository.commit_tree(*to)?)?;
            return if Content::of(repository, commit.tree)? == restored {
                Ok(ReviewState::Open)
            } else {
                edited(format!("its content isn't that of {}", to.short()))
            };
        }
    };
    match store::read(repository, tip.tree, &paths(tip, stage)?, tag)? {
        None => stale(format!("{} doesn't hold {} any more", workspace.main, tag.short())),
        Some(freight) => {
            let today = stage::record(&tip.policy, stage, &freight, record.manifests.clone())?;
            if today == record {
                Ok(ReviewState::Open)
            } else {
                stale("it was made with another policy than today's".to_owned())
            }
        }
    }
}

/// The review that is meant, with its state. Merged ones are found where they are named, or where there is no other.
pub(crate) fn select(
    workspace: &Workspace,
    truth: &Truth,
    tip: &Tip,
    tips: &Tips,
    stage: &Stage,
    freight: Option<&str>,
) -> Result<(ReviewBranch, ReviewState), Error> {
    let (mut standing, mut merged, mut known) = (Vec::new(), Vec::new(), Vec::new());
    for branch in branches::of_stage(workspace, tips, stage)? {
        let base = base_of(workspace, tips, stage, &branch)?;
        let state = state_of(workspace, tip, stage, base, &branch)?;
        if state != ReviewState::Merged {
            known.push(branch.name.clone());
        }
        if freight.is_some_and(|text| !branch.kind.is_named(text)) {
            continue;
        }
        if state == ReviewState::Merged { &mut merged } else { &mut standing }.push((branch, state));
    }
    let stage = stage.name.clone();
    let mut fitting = if standing.is_empty() { merged } else { standing };
    match (fitting.pop(), fitting.len()) {
        (Some(only), 0) => Ok(only),
        (Some(_), _) => Err(ReviewError::Which { stage, known }.into()),
        (None, _) => {
            let (wanted, flag) = (freight.map(str::to_owned), truth.flag());
            Err(ReviewError::None { stage, wanted, known, flag }.into())
        }
    }
}

impl Workspace {
    /// The forge that has the pull requests; none where reviews are branches alone, or where only this repository
    /// counts.
    pub(crate) fn forge(&self, truth: &Truth, tip: &Tip) -> Result<Option<Box<dyn Forge>>, Error> {
        let review = tip.policy.review();
        match (review.provider, truth) {
            (ReviewProvider::None, _) | (_, Truth::Here) => Ok(None),
            (ReviewProvider::Github, Truth::Remote(remote)) => {
                let url = self.repository.remote_url(remote)?;
                let forge = self.forges.connect(review, url.as_deref().unwrap_or(remote));
                Ok(Some(forge.map_err(ReviewError::Forge)?))
            }
        }
    }
}
