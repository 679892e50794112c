//! A report for programs; docs/review.md documents the fields.

use serde_json::{Value, json};

use super::{PolicyChange, Report, ReportPurpose, ReportRelease, Row};

impl Report {
    /// For programs: everything that the other forms tell, and the whole difference. A Secret's values are masked.
    pub fn to_json(&self) -> Value {
        let input = &self.input;
        let tally = self.tally();
        let purpose = match input.purpose {
            ReportPurpose::Promotion => "promotion",
            ReportPurpose::Comparison => "comparison",
            ReportPurpose::Forecast => "forecast",
        };
        let commit = |commit: &super::SourceCommit| json!({ "id": commit.id, "subject": commit.subject, "author": commit.author });
        let check = |check: &super::ReportCheck| json!({ "name": check.name, "state": check.state.as_str(), "text": check.text });
        let image = |image: &super::ImageChange| json!({ "old": image.old, "new": image.new, "containers": image.containers });
        json!({
            "schemaVersion": "v1",
            "stage": input.stage,
            "purpose": purpose,
            "release": release(&input.release),
            "before": input.before.as_ref().map(release),
            "source": {
                "commits": input.source.commits.iter().map(commit).collect::<Vec<_>>(),
                "total": input.source.total,
                "compareUrl": input.source.compare_url,
                "note": input.source.note,
            },
            "policy": input.policy.iter().map(policy).collect::<Vec<_>>(),
            "checks": input.checks.iter().map(check).collect::<Vec<_>>(),
            "risks": { "high": tally.high, "medium": tally.medium, "low": tally.low },
            "images": self.images.iter().map(image).collect::<Vec<_>>(),
            "objects": self.rows.iter().map(|row| self.row_json(*row)).collect::<Vec<_>>(),
            "noise": self.noise.iter().map(|row| self.row_json(*row)).collect::<Vec<_>>(),
            "diff": input.diff.to_json(),
            "warnings": input.warnings,
            "command": input.command,
        })
    }

    /// A row of the table; the object's difference is found in `diff` by deployment and identity.
    fn row_json(&self, row: Row) -> Value {
        let object = self.object(row);
        json!({
            "deployment": self.deployment(row),
            "object": object.object.to_string(),
            "change": object.change.as_str(),
            "risks": object.risks.iter().map(crate::Risk::to_json).collect::<Vec<_>>(),
        })
    }
}

fn release(release: &ReportRelease) -> Value {
    json!({
        "tag": release.tag.as_str(),
        "revision": release.tag.revision().as_str(),
        "image": release.image.as_ref().map(|image| image.reference.as_str()),
        "digest": release.image.as_ref().and_then(|image| image.digest.as_ref()).map(|digest| digest.as_str()),
        "createdAt": release.created_at.map(|time| time.to_string()),
    })
}

fn policy(change: &PolicyChange) -> Value {
    json!({
        "path": change.path,
        "change": change.as_str(),
        "old": change.old,
        "new": change.new,
        "lines": change.lines,
    })
}

impl PolicyChange {
    /// `added`, `removed` or `changed`.
    pub fn as_str(&self) -> &'static str {
        match (&self.old, &self.new) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        }
    }
}
