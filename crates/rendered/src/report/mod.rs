//! The review report: what a promotion would change, for somebody who has a minute to judge it.
//!
//! A [`Report`] is a pure function of its [`ReportInput`]: it knows nothing of Git or of providers. It has three forms:
//! Markdown for a pull request's body, one self-contained HTML page, and JSON for programs. Whatever comes from charts,
//! values and commits is data: it can't break out of its place in any form, and it pings nobody.

mod escape;
mod forecast;
mod html;
mod json;
mod lines;
mod markdown;

use std::collections::BTreeMap;

use freight::{FreightRecord, Image, ReleaseTag};
use jiff::Timestamp;
use serde_json::Value;
use similar::TextDiff;

use crate::diff::{FieldKind, ManifestsDiff, ObjectChange, ObjectDiff, PathStep, inline, path_text};
use crate::object::ObjectId;
use crate::risk::{Risk, Severity};

pub use forecast::{Forecast, ForecastOutcome, StageForecast};
pub use markdown::GITHUB_BODY_LIMIT;

/// What a report tells of.
#[derive(Clone, Debug)]
pub struct ReportInput {
    /// The stage.
    pub stage: String,
    /// What the change is for.
    pub purpose: ReportPurpose,
    /// The release that the stage would run.
    pub release: ReportRelease,
    /// What it is compared with: what the stage runs now, if anything.
    pub before: Option<ReportRelease>,
    /// The commits of the source between the two.
    pub source: SourceRange,
    /// The policy files of the stage that differ.
    pub policy: Vec<PolicyChange>,
    /// Gates and verdicts.
    pub checks: Vec<ReportCheck>,
    /// How the manifests change.
    pub diff: ManifestsDiff,
    /// What was noticed on the way, without keeping anything from happening.
    pub warnings: Vec<String>,
    /// The command that prints the whole report.
    pub command: String,
}

/// What a change is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportPurpose {
    /// The stage would run another release, or the same with another policy.
    Promotion,
    /// Two releases are compared under one policy.
    Comparison,
    /// The policy changes and the release stays.
    Forecast,
}

/// A release as a report names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRelease {
    /// Its tag, which holds the revision.
    pub tag: ReleaseTag,
    /// Its image, where its record can be read.
    pub image: Option<Image>,
    /// The committer time of its revision, where its record can be read and has it.
    pub created_at: Option<Timestamp>,
}

impl From<&FreightRecord> for ReportRelease {
    fn from(record: &FreightRecord) -> Self {
        Self { tag: record.tag.clone(), image: Some(record.image.clone()), created_at: record.created_at }
    }
}

/// The commits of the source from one release to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceRange {
    /// The newest of them, newest first, where they could be found.
    pub commits: Vec<SourceCommit>,
    /// How many there are, which may be more than are listed; `None` where that isn't known.
    pub total: Option<usize>,
    /// Where they can be looked at.
    pub compare_url: Option<String>,
    /// Something to know about them, such as that the release goes back.
    pub note: Option<String>,
}

/// A commit of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceCommit {
    /// Its id, in hexadecimal.
    pub id: String,
    /// The first line of its message.
    pub subject: String,
    /// Its author's name.
    pub author: String,
}

/// A policy file that differs: it is new without an old blob, and gone without a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChange {
    /// The file.
    pub path: String,
    /// The blob before, in hexadecimal.
    pub old: Option<String>,
    /// The blob after, in hexadecimal.
    pub new: Option<String>,
    /// The lines that differ, as a unified diff, where they were asked for.
    pub lines: Option<String>,
}

/// A gate or a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportCheck {
    /// Its name, such as `upstream`.
    pub name: String,
    /// Whether it holds.
    pub state: CheckState,
    /// What it found, and what would satisfy it.
    pub text: String,
}

/// Whether a gate or a verdict holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckState {
    /// It does.
    Ok,
    /// It says no.
    Refused,
}

impl CheckState {
    /// `ok` or `refused`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
        }
    }
}

/// A report, ready to be written in any form.
#[derive(Clone, Debug)]
pub struct Report {
    input: ReportInput,
    /// The objects with a change of their own, the riskiest first.
    rows: Vec<Row>,
    /// The objects in which nothing but noise changes.
    noise: Vec<Row>,
    images: Vec<ImageChange>,
}

/// Where an object stands in the difference.
#[derive(Clone, Copy, Debug)]
struct Row {
    deployment: usize,
    object: usize,
}

/// One image that takes another's place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ImageChange {
    old: Option<String>,
    new: Option<String>,
    containers: usize,
}

/// How many risks there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    high: usize,
    medium: usize,
    low: usize,
}

/// A piece of a table's cell: words of ours, or something of the manifests'.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Words(String),
    Code(String),
}

impl Report {
    /// Puts a report together.
    pub fn new(input: ReportInput) -> Self {
        let (mut rows, mut noise) = (Vec::new(), Vec::new());
        for (deployment, diff) in input.diff.deployments.iter().enumerate() {
            for (object, diff) in diff.objects.iter().enumerate() {
                let row = Row { deployment, object };
                if diff.is_noise() && diff.risks.iter().all(|risk| risk.severity == Severity::Low) {
                    noise.push(row);
                } else {
                    rows.push(row);
                }
            }
        }
        let images = images(&input.diff);
        let mut report = Self { input, rows: Vec::new(), noise, images };
        // Stable: within one severity the order of the difference, images first.
        rows.sort_by_key(|row| {
            let object = report.object(*row);
            (object.risks.first().map_or(Severity::Low, |risk| risk.severity), object.risks.is_empty())
        });
        report.rows = rows;
        report
    }

    /// What the report was made of.
    pub fn input(&self) -> &ReportInput {
        &self.input
    }

    fn object(&self, row: Row) -> &ObjectDiff {
        &self.input.diff.deployments[row.deployment].objects[row.object]
    }

    fn deployment(&self, row: Row) -> &str {
        &self.input.diff.deployments[row.deployment].deployment
    }

    fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for risk in self.rows.iter().chain(&self.noise).flat_map(|row| &self.object(*row).risks) {
            match risk.severity {
                Severity::High => tally.high += 1,
                Severity::Medium => tally.medium += 1,
                Severity::Low => tally.low += 1,
            }
        }
        tally
    }

    /// The high risks, then the medium ones, each with the objects that have it.
    fn grave_risks(&self) -> Vec<(&Risk, Vec<Row>)> {
        let mut groups: BTreeMap<(Severity, usize), (&Risk, Vec<Row>)> = BTreeMap::new();
        let mut places: BTreeMap<(Severity, &str, &str), usize> = BTreeMap::new();
        for row in &self.rows {
            for risk in self.object(*row).risks.iter().filter(|risk| risk.severity < Severity::Low) {
                let next = places.len();
                let place =
                    *places.entry((risk.severity, risk.kind.as_str(), risk.text.as_str())).or_insert(next);
                let group = groups.entry((risk.severity, place)).or_insert((risk, Vec::new()));
                group.1.push(*row);
            }
        }
        groups.into_values().collect()
    }

    /// The heading, in words of ours around names: `Promote <tag> to <stage>`.
    fn title(&self) -> [Piece; 4] {
        let words = |text: &str| Piece::Words(text.to_owned());
        let (tag, stage) = (self.input.release.tag.short().to_owned(), self.input.stage.clone());
        let (lead, link) = match self.input.purpose {
            ReportPurpose::Promotion => ("Promote ", " to "),
            ReportPurpose::Comparison => ("Compare ", " in "),
            ReportPurpose::Forecast => ("New policy for ", " in "),
        };
        [words(lead), Piece::Code(tag), words(link), Piece::Code(stage)]
    }

    /// The images that change and aren't the release's own.
    fn other_images(&self) -> Vec<&ImageChange> {
        let own = self.input.release.image.as_ref().map(|image| image.reference.as_str());
        let is_own = |image: &str| own.is_some_and(|own| image.split('@').next() == Some(own));
        let other = |image: &&ImageChange| !image.new.as_deref().is_some_and(is_own);
        self.images.iter().filter(other).collect()
    }

    /// What the compared release is called.
    fn before_label(&self) -> &'static str {
        match self.input.purpose {
            ReportPurpose::Promotion | ReportPurpose::Forecast => "Runs now",
            ReportPurpose::Comparison => "Compared with",
        }
    }

    /// How many commits there are, and that they aren't known where they aren't.
    fn source_text(&self) -> String {
        let source = &self.input.source;
        let is_same = self.input.before.as_ref().is_some_and(|before| before.tag == self.input.release.tag);
        let counted = match source.total {
            _ if is_same => "the same revision".to_owned(),
            _ if self.input.before.is_none() => "nothing to compare with".to_owned(),
            Some(1) => "1 commit".to_owned(),
            Some(total) => format!("{total} commits"),
            None => "the commits can't be listed from here".to_owned(),
        };
        match &source.note {
            Some(note) => format!("{counted}; {note}"),
            None => counted,
        }
    }
}

/// The lines in which two texts differ as a unified diff without headers, empty where they are equal.
pub fn unified_lines(old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().to_string()
}

/// The images that change, the most frequent change first.
fn images(diff: &ManifestsDiff) -> Vec<ImageChange> {
    let mut counts: BTreeMap<(Option<String>, Option<String>), usize> = BTreeMap::new();
    let objects = diff.deployments.iter().flat_map(|deployment| &deployment.objects);
    for field in objects.flat_map(|object| &object.fields).filter(|field| field.kind == FieldKind::Image) {
        let text = |value: &Option<Value>| value.as_ref().map(inline);
        *counts.entry((text(&field.old), text(&field.new))).or_default() += 1;
    }
    let mut images: Vec<ImageChange> =
        counts.into_iter().map(|((old, new), containers)| ImageChange { old, new, containers }).collect();
    images.sort_by_key(|image| std::cmp::Reverse(image.containers));
    images
}

impl ImageChange {
    /// `a:1 → a:2 in 3 containers`
    fn describe(&self) -> String {
        let side = |image: &Option<String>| image.clone().unwrap_or_else(|| "nothing".to_owned());
        let containers = markdown::count(self.containers, "container", "containers");
        format!("{} → {} in {containers}", side(&self.old), side(&self.new))
    }
}

/// An object's name without the group where that is one of Kubernetes' own, whose kinds everybody knows.
fn short_name(object: &ObjectId) -> String {
    let is_own = !object.group.contains('.') || object.group.ends_with(".k8s.io");
    let group = if is_own { String::new() } else { object.group.clone() };
    ObjectId { group, ..object.clone() }.to_string()
}

/// How many of an object's fields are named in a table.
const NAMED: usize = 2;

/// What changes in an object, for a cell of a table.
fn what(object: &ObjectDiff) -> Vec<Piece> {
    let words = |text: String| Piece::Words(text);
    let lines = |text: &str| words(format!("{} lines", text.lines().count()));
    match object.change {
        ObjectChange::Added => return vec![lines(&object.new_text)],
        ObjectChange::Removed => return vec![lines(&object.old_text)],
        ObjectChange::Changed => {}
    }
    let mut pieces = Vec::new();
    if object.is_layout() {
        pieces.push(words("comments or layout only".to_owned()));
    }
    if object.fields.is_empty() && object.old_file != object.new_file && !object.is_layout() {
        pieces.push(words("another file name".to_owned()));
    }
    let own = |kind: FieldKind| object.fields.iter().filter(move |field| field.kind == kind && !field.folded);
    match own(FieldKind::Image).count() {
        0 => {}
        1 => pieces.push(words("image".to_owned())),
        count => pieces.push(words(format!("{count} images"))),
    }
    for field in own(FieldKind::Replicas) {
        let side = |value: &Option<Value>| value.as_ref().map_or_else(|| "unset".to_owned(), inline);
        let name = path_text(&field.path[field.path.len().saturating_sub(1)..]);
        pieces.push(words(format!("{name} {} → {}", side(&field.old), side(&field.new))));
    }
    let others: Vec<_> = own(FieldKind::Value).chain(own(FieldKind::Order)).collect();
    pieces.extend(others.iter().take(NAMED).map(|field| Piece::Code(short_path(&field.path))));
    if others.len() > NAMED {
        pieces.push(words(markdown::count(others.len() - NAMED, "more field", "more fields")));
    }
    let folded = object.fields.iter().filter(|field| field.folded).count();
    if folded > 0 {
        pieces.push(words(markdown::count(folded, "field of noise", "fields of noise")));
    }
    pieces
}

/// The last two keys of a path with what is between them.
fn short_path(path: &[PathStep]) -> String {
    let mut keys = 0;
    let from = path.iter().rposition(|step| {
        keys += usize::from(matches!(step, PathStep::Key(_)));
        keys == 2
    });
    path_text(&path[from.unwrap_or(0)..])
}

#[cfg(test)]
mod tests;
