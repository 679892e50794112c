//! A report as Markdown, for the body of a pull request.

use std::fmt::Write as _;

use super::escape::{code, fenced, html, prose, short_id};
use super::lines::{LineKind, object_lines};
use super::{CheckState, Piece, Report, ReportRelease, Row, short_name, what};
use crate::diff::{ObjectChange, counts};
use crate::risk::{Risk, Severity};

/// How many bytes a body on GitHub can have: its limit is one of characters, of which none is less than a byte.
pub const GITHUB_BODY_LIMIT: usize = 65_536;

/// How many risks are listed before the table, and how many of the objects that have one.
pub(super) const MAX_ATTENTION: usize = 30;
pub(super) const MAX_NAMES: usize = 4;
/// How many changes of images beside the release's are listed.
pub(super) const MAX_IMAGES: usize = 8;

/// How much of each part is written.
#[derive(Clone, Copy)]
struct Extent {
    rows: usize,
    /// Commits, checks, warnings, policy files, risks and noise: each at most so many.
    items: usize,
    /// Whether the lines of policy files are shown.
    policy_lines: bool,
}

impl Extent {
    const WHOLE: Self = Self { rows: usize::MAX, items: usize::MAX, policy_lines: true };
    /// The most commits that a body lists when it is whole.
    const COMMITS: usize = 50;
}

impl Report {
    /// As Markdown of at most `limit` bytes, as far as a number can be kept: where the whole is larger, as many
    /// differences of objects as fit stay, the riskiest first; where not even that is small enough, the table ends
    /// earlier, with the count of what is missing. What is left out is said, with the command that prints it.
    pub fn to_markdown(&self, limit: Option<usize>) -> String {
        let limit = limit.unwrap_or(usize::MAX);
        let differences: Vec<String> = self.rows.iter().map(|row| self.difference(*row)).collect();
        let mut whole = self.head(Extent::WHOLE);
        let tail = self.tail(Extent::WHOLE);
        let length = whole.len() + tail.len() + differences.iter().map(String::len).sum::<usize>();
        if length + DIFFERENCES.len() <= limit {
            if !differences.is_empty() {
                whole.push_str(DIFFERENCES);
            }
            differences.iter().for_each(|difference| whole.push_str(difference));
            whole.push_str(&tail);
            return whole;
        }
        self.shortened_markdown(limit, &differences)
    }

    /// The same within a limit that the whole doesn't keep.
    fn shortened_markdown(&self, limit: usize, differences: &[String]) -> String {
        let extents = [
            Extent { policy_lines: false, items: 30, ..Extent::WHOLE },
            Extent { rows: self.rows.len() / 2, items: 10, policy_lines: false },
            Extent { rows: self.rows.len() / 8, items: 10, policy_lines: false },
            Extent { rows: 100, items: 10, policy_lines: false },
            Extent { rows: 30, items: 5, policy_lines: false },
            Extent { rows: 5, items: 3, policy_lines: false },
        ];
        for extent in extents {
            let (mut text, tail) = (self.head(extent), self.tail(extent));
            let notice = self.notice(differences.len(), limit);
            let Some(mut room) =
                limit.checked_sub(text.len() + tail.len() + notice.len() + DIFFERENCES.len())
            else {
                continue;
            };
            // One that is too large by itself doesn't keep the smaller ones behind it from being shown.
            let mut shown = Vec::new();
            for difference in differences {
                if difference.len() <= room {
                    room -= difference.len();
                    shown.push(difference.as_str());
                }
            }
            text.push_str(&self.notice(differences.len() - shown.len(), limit));
            if !shown.is_empty() {
                text.push_str(DIFFERENCES);
                shown.iter().for_each(|difference| text.push_str(difference));
            }
            text.push_str(&tail);
            return text;
        }
        // A limit that no forge has: what fits of the beginning, and the notice.
        let notice = self.notice(differences.len(), limit);
        let head = self.head(Extent { rows: 0, items: 0, policy_lines: false });
        let room = limit.saturating_sub(notice.len());
        let mut text = String::new();
        for line in head.split_inclusive('\n') {
            if text.len() + line.len() > room {
                break;
            }
            text.push_str(line);
        }
        text.push_str(&notice);
        text
    }

    fn notice(&self, missing: usize, limit: usize) -> String {
        let noun = if missing == 1 { "object's difference is" } else { "objects' differences are" };
        format!(
            "\n> [!IMPORTANT]\n> This body is cut to {limit} bytes: {missing} {noun} not shown here. \
             The whole report: {}\n",
            code(&self.input.command)
        )
    }

    /// Everything before the differences.
    fn head(&self, extent: Extent) -> String {
        let mut out = format!("## {}\n\n", pieces(&self.title(), ""));
        self.facts(&mut out);
        self.attention(&mut out, extent);
        self.checks(&mut out, extent);
        self.source(&mut out, extent);
        self.policy(&mut out, extent);
        self.warnings(&mut out, extent);
        self.table(&mut out, extent);
        out
    }

    fn facts(&self, out: &mut String) {
        let input = &self.input;
        out.push_str("| | |\n|---|---|\n");
        let mut row = |label: &str, text: &str| {
            // Writing to a String can't fail.
            let _ = writeln!(out, "| **{label}** | {text} |");
        };
        row("Release", &release(&input.release));
        match &input.before {
            Some(before) if before.tag == input.release.tag => {
                row(self.before_label(), "the same release, with another policy");
            }
            Some(before) => row(self.before_label(), &release(before)),
            None => row(self.before_label(), "nothing"),
        }
        if let Some(image) = &input.release.image {
            let digest = match &image.digest {
                Some(digest) => code(digest.as_str()),
                None => "**no digest**".to_owned(),
            };
            row("Image", &format!("{}<br>{digest}", code(image.reference.as_str())));
        }
        let others: Vec<String> =
            self.other_images().into_iter().take(MAX_IMAGES).map(|image| code(&image.describe())).collect();
        if !others.is_empty() {
            row("Other images", &others.join("<br>"));
        }
        let compare = match &input.source.compare_url {
            Some(url) => format!(", <a href=\"{}\">compare</a>", table_html(url)),
            None => String::new(),
        };
        row("Source", &format!("{}{compare}", prose(&self.source_text())));
        row("Policy", &count(input.policy.len(), "file changed", "files changed"));
        row("Objects", &counts(input.diff.summary));
        let tally = self.tally();
        let risks =
            [(Severity::High, tally.high), (Severity::Medium, tally.medium), (Severity::Low, tally.low)];
        let risks: Vec<String> = risks
            .into_iter()
            .map(|(severity, number)| format!("{} {number} {}", mark(severity), severity.as_str()))
            .collect();
        row("Risks", &risks.join(", "));
        out.push('\n');
    }

    /// The high risks, and the medium ones where those are few.
    fn attention(&self, out: &mut String, extent: Extent) {
        let risks = self.grave_risks();
        if risks.is_empty() {
            return;
        }
        out.push_str("### Look at this first\n\n");
        let most = extent.items.min(MAX_ATTENTION);
        for (risk, rows) in risks.iter().take(most) {
            let name = |row: &Row| {
                format!("{} in {}", code(&short_name(&self.object(*row).object)), code(self.deployment(*row)))
            };
            let mut names: Vec<String> = rows.iter().take(MAX_NAMES).map(name).collect();
            if rows.len() > MAX_NAMES {
                names.push(format!("{} more", rows.len() - MAX_NAMES));
            }
            // Writing to a String can't fail.
            let _ = writeln!(
                out,
                "- {} **{}** {}: {}",
                mark(risk.severity),
                risk.kind.as_str(),
                names.join(", "),
                prose(&risk.text)
            );
        }
        more(out, risks.len(), most, "risk", "risks");
    }

    fn checks(&self, out: &mut String, extent: Extent) {
        if self.input.checks.is_empty() {
            return;
        }
        out.push_str("### Gates and verdicts\n\n");
        // What says no comes first.
        let mut checks: Vec<_> = self.input.checks.iter().collect();
        checks.sort_by_key(|check| check.state == CheckState::Ok);
        for check in checks.iter().take(extent.items) {
            let sign = match check.state {
                CheckState::Ok => "✅",
                CheckState::Refused => "❌",
            };
            // Writing to a String can't fail.
            let _ = writeln!(
                out,
                "- {sign} {}: {}, {}",
                code(&check.name),
                check.state.as_str(),
                prose(&check.text)
            );
        }
        more(out, checks.len(), extent.items, "gate", "gates");
    }

    fn source(&self, out: &mut String, extent: Extent) {
        let source = &self.input.source;
        if source.commits.is_empty() {
            return;
        }
        let total = source.total.unwrap_or(source.commits.len());
        let lead = count(total, "commit", "commits");
        let _ = writeln!(out, "### Source\n\n<details><summary>{lead}</summary>\n");
        let most = extent.items.min(Extent::COMMITS);
        for commit in source.commits.iter().take(most) {
            let id = short_id(&commit.id);
            let _ = writeln!(out, "- {} {} {}", code(id), code(&commit.subject), prose(&commit.author));
        }
        more(out, total, most.min(source.commits.len()), "commit", "commits");
        out.push_str("</details>\n\n");
    }

    fn policy(&self, out: &mut String, extent: Extent) {
        if self.input.policy.is_empty() {
            return;
        }
        out.push_str("### Policy\n\n| change | file | blob before | blob after |\n|---|---|---|---|\n");
        for change in self.input.policy.iter().take(extent.items) {
            let blob = |id: &Option<String>| match id {
                Some(id) => code(short_id(id)),
                None => String::new(),
            };
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} |",
                change.as_str(),
                code(&change.path),
                blob(&change.old),
                blob(&change.new)
            );
        }
        out.push('\n');
        more(out, self.input.policy.len(), extent.items, "file", "files");
        if !extent.policy_lines {
            return;
        }
        for change in &self.input.policy {
            if let Some(lines) = &change.lines {
                let lines: String =
                    lines.lines().map(|line| format!("{}\n", super::escape::visible(line))).collect();
                let path = html(&change.path);
                let _ = writeln!(
                    out,
                    "<details><summary><code>{path}</code></summary>\n\n{}\n</details>\n",
                    fenced("diff", &lines)
                );
            }
        }
    }

    fn warnings(&self, out: &mut String, extent: Extent) {
        if self.input.warnings.is_empty() {
            return;
        }
        out.push_str("### Warnings\n\n");
        for warning in self.input.warnings.iter().take(extent.items) {
            let _ = writeln!(out, "- {}", prose(warning));
        }
        more(out, self.input.warnings.len(), extent.items, "warning", "warnings");
    }

    fn table(&self, out: &mut String, extent: Extent) {
        out.push_str("### Objects\n\n");
        if self.rows.is_empty() && self.noise.is_empty() {
            out.push_str("No object changes.\n\n");
            return;
        }
        if !self.rows.is_empty() {
            out.push_str("| | object | deployment | what | risks |\n|---|---|---|---|---|\n");
            for row in self.rows.iter().take(extent.rows) {
                let object = self.object(*row);
                let _ = writeln!(
                    out,
                    "| {} | {} | {} | {} | {} |",
                    sign(object.change),
                    code(&short_name(&object.object)),
                    code(self.deployment(*row)),
                    pieces(&what(object), ", "),
                    risks(&object.risks)
                );
            }
            out.push('\n');
            if let Some(missing) = self.missing_rows(extent.rows) {
                let _ = writeln!(out, "{missing}\n");
            }
        }
        if !self.noise.is_empty() {
            let lead = count(self.noise.len(), "object changes", "objects change");
            let _ = writeln!(out, "{lead} by noise alone, which is told once at the end.\n");
        }
    }

    /// The counts of the rows beyond the first ones.
    fn missing_rows(&self, rows: usize) -> Option<String> {
        let missing = self.rows.get(rows..).filter(|missing| !missing.is_empty())?;
        let of =
            |change: ObjectChange| missing.iter().filter(|row| self.object(**row).change == change).count();
        Some(format!(
            "…and {} less risky: {} added, {} removed, {} changed.",
            count(missing.len(), "object", "objects"),
            of(ObjectChange::Added),
            of(ObjectChange::Removed),
            of(ObjectChange::Changed)
        ))
    }

    /// One object's difference, folded.
    fn difference(&self, row: Row) -> String {
        let object = self.object(row);
        let mut out = format!(
            "<details><summary>{} <code>{}</code> in <code>{}</code>{}</summary>\n\n",
            sign(object.change),
            html(&short_name(&object.object)),
            html(self.deployment(row)),
            risk_words(&object.risks),
        );
        for risk in &object.risks {
            let _ = writeln!(out, "- {} {}: {}", mark(risk.severity), risk.kind.as_str(), prose(&risk.text));
        }
        if !object.risks.is_empty() {
            out.push('\n');
        }
        let mut text = String::new();
        for line in object_lines(object) {
            let _ = match line.kind {
                LineKind::Path => writeln!(text, "@@ {} @@", line.text),
                LineKind::Removed => writeln!(text, "- {}", line.text),
                LineKind::Added => writeln!(text, "+ {}", line.text),
                LineKind::Context => writeln!(text, "  {}", line.text),
                LineKind::Note => writeln!(text, "# {}", line.text),
            };
        }
        out.push_str(&fenced("diff", &text));
        out.push_str("\n</details>\n\n");
        out
    }

    /// Noise, and where the report comes from.
    fn tail(&self, extent: Extent) -> String {
        let mut out = String::new();
        let folded = &self.input.diff.folded;
        if !folded.is_empty() {
            let changes = count(folded.len(), "change", "changes");
            let objects = count(self.noise.len(), "object has", "objects have");
            let _ = writeln!(
                out,
                "### Noise\n\n<details><summary>{changes} told once; {objects} no other</summary>\n"
            );
            for change in folded.iter().take(extent.items) {
                let _ = writeln!(out, "- {}: {}", change.count(), code(&change.describe()));
            }
            more(&mut out, folded.len(), extent.items, "change", "changes");
            if !self.noise.is_empty() {
                let _ = writeln!(out, "Objects with nothing else:\n");
                for row in self.noise.iter().take(extent.items) {
                    let object = code(&short_name(&self.object(*row).object));
                    let _ = writeln!(out, "- {object} in {}", code(self.deployment(*row)));
                }
                more(&mut out, self.noise.len(), extent.items, "object", "objects");
            }
            out.push_str("</details>\n\n");
        }
        let _ = writeln!(out, "The same on a command line: {}", code(&self.input.command));
        out
    }
}

const DIFFERENCES: &str = "### Differences\n\n";

fn release(release: &ReportRelease) -> String {
    let made = match release.created_at {
        Some(time) => format!(", of {}", time.strftime("%Y-%m-%d %H:%M UTC")),
        None => String::new(),
    };
    format!("{}{made}", code(release.tag.as_str()))
}

/// HTML within a table's cell.
fn table_html(text: &str) -> String {
    html(text).replace('|', "&#124;").replace('`', "&#96;").replace('\\', "&#92;").replace('@', "&#64;")
}

fn pieces(pieces: &[Piece], between: &str) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Words(text) if between.is_empty() => text.clone(),
        Piece::Words(text) => prose(text),
        Piece::Code(text) => code(text),
    };
    pieces.iter().map(text).collect::<Vec<_>>().join(between)
}

/// `3 objects`
pub(super) fn count(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

fn more(out: &mut String, total: usize, shown: usize, one: &str, several: &str) {
    if total > shown {
        let _ = writeln!(
            out,
            "- …and {}",
            count(total - shown, &format!("more {one}"), &format!("more {several}"))
        );
    }
    out.push('\n');
}

pub(super) fn sign(change: ObjectChange) -> &'static str {
    match change {
        ObjectChange::Added => "➕",
        ObjectChange::Removed => "➖",
        ObjectChange::Changed => "✏️",
    }
}

pub(super) fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "🔴",
        Severity::Medium => "🟠",
        Severity::Low => "⚪",
    }
}

/// The kinds of risks with their marks, each once.
fn risks(risks: &[Risk]) -> String {
    let mut words: Vec<String> =
        risks.iter().map(|risk| format!("{} {}", mark(risk.severity), risk.kind.as_str())).collect();
    words.dedup();
    words.join(" ")
}

fn risk_words(all: &[Risk]) -> String {
    let grave: Vec<Risk> = all.iter().filter(|risk| risk.severity < Severity::Low).cloned().collect();
    if grave.is_empty() { String::new() } else { format!(" {}", risks(&grave)) }
}
