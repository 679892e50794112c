//! Manifests as files and back: rendering a deployment, candidates, object-level differences, the records of a stage branch.
//!
//! [`RenderSpec`] is everything that one deployment's render depends on beside the chart and the values' texts;
//! [`render_deployment`] makes [`ObjectFile`]s of them, named as Kargo's flat layout names them. [`Manifests`] are such
//! files of several deployments: they have a [`ManifestsDigest`], a [`diff`], and a place in a stage branch
//! ([`write_stage_tree`], [`StageTree`]). A [`Report`] tells a person what a difference means. [`Candidates`] are what `rendered/` should hold. Nothing here moves a ref.

#![deny(missing_docs)]

mod block_yaml;
mod candidates;
mod diff;
mod error;
mod failure;
mod layout;
mod manifests;
mod object;
mod origin;
mod records;
mod render;
mod report;
mod risk;
mod secrets;
mod spec;

pub use candidates::{
    Candidate, CandidatePlan, Candidates, CurrentFile, CurrentFiles, Difference, DifferenceKind, Failed,
    Scope, render_candidates,
};
pub use diff::{
    Colour, DeploymentDiff, Detail, FieldChange, FieldKind, FoldedChange, FoldedKind, ManifestsDiff,
    ObjectChange, ObjectDiff, PathStep, Summary, TextOptions, diff,
};
pub use error::{Error, Result};
pub use failure::{FailureGroup, RenderFailure, ValuesOrigin};
pub use layout::{Layout, ObjectFile, SKIP_FILE_MARKER, Warning};
pub use manifests::{Manifests, ManifestsDigest};
pub use object::{ObjectId, ObjectKey};
pub use records::{
    Evidence, FreightRef, MANIFESTS_DIRECTORY, PROMOTION_FILE, PromotionRecord, RENDERER, StageTree,
    VERIFICATION_FILE, Verdict, VerdictResult, Verification, write_stage_tree,
};
pub use render::{PreparedChart, RenderInput, RenderedDeployment, render_all, render_deployment};
pub use report::{
    CheckState, Forecast, ForecastOutcome, GITHUB_BODY_LIMIT, PolicyChange, Report, ReportCheck, ReportInput,
    ReportPurpose, ReportRelease, SourceCommit, SourceRange, StageForecast, unified_lines,
};
pub use risk::{Risk, RiskKind, Severity};
pub use secrets::{
    Fingerprint, SecretFinding, SecretPlace, SecretSource, mask_secrets, scan as scan_secrets,
    scan_payload as scan_payload_secrets, secret_rules, without_tokens,
};
pub use spec::{RenderSpec, ValuesFile};
