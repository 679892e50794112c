//! Showing a review: the report of what it changes.

use freight::{ReleaseTag, store};
use policy::Stage;
use rendered::{
    CheckState, GITHUB_BODY_LIMIT, Manifests, ManifestsDiff, PromotionRecord, Report, ReportCheck,
    ReportInput, ReportPurpose, ReportRelease, SourceRange, StageTree,
};

use super::base::base_of;
use super::branches::pattern;
use super::check::{self, Directed, ReviewCheck};
use super::error::ReviewError;
use super::forge::{Forge, PullRequest};
use super::list::{Review, Selection, describe, reviewed, select};
use crate::error::Error;
use crate::gate::GateAnswer;
use crate::promote::paths;
use crate::publish::Truth;
use crate::report::{policy_changes, source_range};
use crate::stage;
use crate::workspace::{Tip, Workspace};

/// A review with its report.
#[derive(Debug)]
pub struct ShownReview {
    /// The review.
    pub review: Review,
    /// What a check of it says.
    pub check: ReviewCheck,
    /// How the manifests change.
    pub diff: ManifestsDiff,
    /// The report.
    pub report: Report,
}

/// Shows a review: what the stage has where it counts, against what the review's branch holds.
pub fn show_review(
    workspace: &Workspace,
    selection: Selection<'_>,
    truth: &Truth,
) -> Result<ShownReview, Error> {
    let tips = workspace.tips(truth, &[workspace.main.as_str()])?;
    let tip = workspace.at_main(truth, workspace.tip_of(&tips, &workspace.main)?)?;
    let stage = reviewed(&tip, selection.stage)?;
    let tips = workspace.tips(truth, &[stage.branch.as_str(), &pattern(stage)])?;
    let (branch, _) = select(workspace, truth, &tip, &tips, stage, selection.freight)?;
    let mut checked = check::check(workspace, truth, &tip, stage, &tips, branch.clone())?;
    let repository = &workspace.repository;
    let base = base_of(workspace, &tips, stage, &branch)?;
    let forge = workspace.forge(truth, &tip)?;
    let pull_requests = match &forge {
        Some(forge) => forge.open_ones(&branch.name).map_err(ReviewError::Forge)?,
        None => Vec::new(),
    };
    check::see_bases(&mut checked, stage, pull_requests.iter().map(Directed::of));
    let before = stage::read_tip(repository, &stage.branch, base)?;
    // Also what was edited by hand can be looked at.
    let after = StageTree::read(repository, repository.commit_tree(branch.commit)?)?;
    let old = match &before {
        None => Manifests::default(),
        Some(before) => before.tree.load_manifests(repository)?,
    };
    let diff = rendered::diff(&old, &after.load_manifests(repository)?);
    let mut checks = gate_checks(&checked.gates);
    if let Some(problem) = &checked.problem {
        let text = problem.clone();
        checks.push(ReportCheck { name: "review".to_owned(), state: CheckState::Refused, text });
    }
    let mut review = describe(workspace, &tip, stage, base, branch)?;
    review.pull_request = PullRequest::best(pull_requests, &stage.branch);
    let before = before.as_ref().map(|before| &before.tree.record);
    let told = Told {
        tip: &tip,
        stage,
        before,
        after: &after.record,
        checks,
        warnings: Vec::new(),
        forge: forge.as_deref(),
    };
    let input = told.report(workspace, diff.clone())?;
    Ok(ShownReview { review, check: checked, diff, report: Report::new(input) })
}

/// The gates as a report lists them.
pub(crate) fn gate_checks(answers: &[GateAnswer]) -> Vec<ReportCheck> {
    let check = |answer: &GateAnswer| {
        let (state, text) = match &answer.refusal {
            None => (CheckState::Ok, answer.holds.clone()),
            Some(refusal) => (CheckState::Refused, format!("{} ({})", refusal.reason, refusal.remedy)),
        };
        ReportCheck { name: answer.gate.to_owned(), state, text }
    };
    answers.iter().map(check).collect()
}

/// What a report tells beside the difference.
pub(crate) struct Told<'a> {
    pub(crate) tip: &'a Tip,
    pub(crate) stage: &'a Stage,
    pub(crate) before: Option<&'a PromotionRecord>,
    pub(crate) after: &'a PromotionRecord,
    pub(crate) checks: Vec<ReportCheck>,
    pub(crate) warnings: Vec<String>,
    pub(crate) forge: Option<&'a dyn Forge>,
}

impl Told<'_> {
    /// The report as the body of a pull request.
    pub(crate) fn body(self, workspace: &Workspace, diff: ManifestsDiff) -> Result<String, Error> {
        Ok(Report::new(self.report(workspace, diff)?).to_markdown(Some(GITHUB_BODY_LIMIT)))
    }

    /// The report's parts.
    pub(crate) fn report(self, workspace: &Workspace, diff: ManifestsDiff) -> Result<ReportInput, Error> {
        let repository = &workspace.repository;
        let stage = &self.stage.name;
        let tag = |record: &PromotionRecord| record.freight.as_ref().map(|freight| freight.tag.clone());
        let new = tag(self.after).ok_or_else(|| ReviewError::Nothing { stage: stage.clone() })?;
        let old = self.before.and_then(tag);
        let mut source = match &old {
            Some(old) => source_range(repository, old.revision(), new.revision())?,
            None => SourceRange::default(),
        };
        if let (Some(forge), Some(old), Some(_)) = (self.forge, &old, source.total) {
            source.compare_url = forge.compare_url(old.revision().as_str(), new.revision().as_str());
        }
        let files = self.before.map_or(&[][..], |record| record.policy.as_slice());
        let release = |tag: &ReleaseTag| -> Result<ReportRelease, Error> {
            let frozen = store::read(repository, self.tip.tree, &paths(self.tip, self.stage)?, tag)?;
            Ok(match frozen {
                Some(frozen) => ReportRelease::from(&frozen.record),
                None => ReportRelease { tag: tag.clone(), image: None, created_at: None },
            })
        };
        Ok(ReportInput {
            stage: stage.to_string(),
            purpose: if old.as_ref() == Some(&new) {
                ReportPurpose::Forecast
            } else {
                ReportPurpose::Promotion
            },
            release: release(&new)?,
            before: old.as_ref().map(release).transpose()?,
            source,
            policy: policy_changes(repository, files, &self.after.policy)?,
            checks: self.checks,
            diff,
            warnings: self.warnings,
            command: format!("cargo xtask review show {stage} --freight {new} --format markdown"),
        })
    }
}
