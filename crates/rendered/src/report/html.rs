//! A report as one HTML page that needs nothing but itself: no script, no font, no image, no other file.

use std::fmt::Write as _;

use super::escape::{html, short_id};
use super::lines::{LineKind, object_lines};
use super::markdown::{MAX_ATTENTION, MAX_IMAGES, MAX_NAMES, count};
use super::{CheckState, Piece, PolicyChange, Report, ReportRelease, Row, short_name, what};
use crate::diff::counts;
use crate::risk::{Risk, Severity};

/// The page's style, for light and dark screens and for paper.
const STYLE: &str = include_str!("report.css");
/// A difference of more lines stays folded, whatever its risk.
const MAX_OPEN: usize = 60;
/// The lines of a policy file that differ stay folded where they are more.
const MAX_OPEN_POLICY: usize = 20;
/// The commits stay folded where they are more.
const MAX_OPEN_COMMITS: usize = 5;

impl Report {
    /// As one self-contained HTML page, readable without scripts.
    pub fn to_html(&self) -> String {
        let skip = "<a class=\"skip\" href=\"#objects\">Skip to the objects</a>\n";
        let title = plain(&self.title());
        let (head, sections) = (self.head_html(), self.sections_html());
        page(&title, &format!("{skip}<header>\n{head}</header>\n<main>\n{sections}</main>\n"))
    }

    /// The heading and what decides.
    fn head_html(&self) -> String {
        let mut out = format!("<h1>{}</h1>\n", pieces(&self.title(), ""));
        self.chips(&mut out);
        self.facts_html(&mut out);
        out
    }

    /// Everything below the heading.
    fn sections_html(&self) -> String {
        let mut out = String::new();
        self.attention_html(&mut out);
        self.checks_html(&mut out);
        self.source_html(&mut out);
        self.policy_html(&mut out);
        self.warnings_html(&mut out);
        self.table_html(&mut out);
        self.differences_html(&mut out);
        self.noise_html(&mut out);
        out.push_str(&footer(&self.input.command));
        out
    }

    /// As a part of a larger page: headings one step lower, and ids that begin with `anchor`.
    pub(super) fn to_article(&self, anchor: &str) -> String {
        // Texts of others hold neither quotes nor elements here, so that all of these are ours.
        let text = format!("{}{}", self.head_html(), self.sections_html())
            .replace(" id=\"", &format!(" id=\"{anchor}-"))
            .replace(" href=\"#", &format!(" href=\"#{anchor}-"))
            .replace(" aria-labelledby=\"", &format!(" aria-labelledby=\"{anchor}-"))
            .replace("<h2", "<h3")
            .replace("</h2>", "</h3>")
            .replace("<h1>", &format!("<h2 id=\"{anchor}\" tabindex=\"-1\">"))
            .replace("</h1>", "</h2>");
        format!("<article aria-labelledby=\"{anchor}\">\n{text}</article>\n")
    }

    /// What decides, in a line.
    fn chips(&self, out: &mut String) {
        let tally = self.tally();
        let mut chips: Vec<(&str, String)> = Vec::new();
        for (class, number) in [("high", tally.high), ("medium", tally.medium), ("low", tally.low)] {
            let shown = if number == 0 { "low" } else { class };
            chips.push((shown, format!("{number} {class} {}", if number == 1 { "risk" } else { "risks" })));
        }
        let refused = self.input.checks.iter().filter(|check| check.state == CheckState::Refused).count();
        match (self.input.checks.len(), refused) {
            (0, _) => {}
            (_, 0) => chips.push(("ok", "every gate holds".to_owned())),
            (_, refused) => chips.push(("high", count(refused, "gate says no", "gates say no"))),
        }
        out.push_str("<ul class=\"verdict\" aria-label=\"In short\">");
        for (class, text) in chips {
            let _ = write!(out, "<li class=\"chip {class}\">{text}</li>");
        }
        out.push_str("</ul>\n");
    }

    fn facts_html(&self, out: &mut String) {
        let input = &self.input;
        out.push_str("<dl class=\"facts\">\n");
        let mut row = |label: &str, text: &str| {
            let _ = writeln!(out, "<dt>{label}</dt><dd>{text}</dd>");
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
                Some(digest) => format!("<code>{}</code>", html(digest.as_str())),
                None => "<span class=\"chip medium\">no digest</span>".to_owned(),
            };
            row("Image", &format!("<code>{}</code><br>{digest}", html(image.reference.as_str())));
        }
        let others: Vec<String> = self
            .other_images()
            .into_iter()
            .take(MAX_IMAGES)
            .map(|image| format!("<code>{}</code>", html(&image.describe())))
            .collect();
        if !others.is_empty() {
            row("Other images", &others.join("<br>"));
        }
        let compare = match &input.source.compare_url {
            Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
                format!(" · <a href=\"{}\" rel=\"noreferrer\">compare</a>", html(url))
            }
            _ => String::new(),
        };
        row("Source", &format!("{}{compare}", html(&self.source_text())));
        row("Policy", &count(input.policy.len(), "file changed", "files changed"));
        row("Objects", &counts(input.diff.summary));
        out.push_str("</dl>\n");
    }

    fn attention_html(&self, out: &mut String) {
        let risks = self.grave_risks();
        if risks.is_empty() {
            return;
        }
        out.push_str("<section aria-labelledby=\"first\"><h2 id=\"first\">Look at this first</h2>\n<div class=\"card\"><ul class=\"plain\">\n");
        for (risk, rows) in risks.iter().take(MAX_ATTENTION) {
            let name = |row: &Row| format!("{} in {}", self.link(*row), html(self.deployment(*row)));
            let mut names: Vec<String> = rows.iter().take(MAX_NAMES).map(name).collect();
            if rows.len() > MAX_NAMES {
                names.push(format!("{} more", rows.len() - MAX_NAMES));
            }
            let (chip, names) = (risk_chip(risk), names.join(", "));
            let _ =
                writeln!(out, "<li>{chip} {} <span class=\"faint\">— {names}</span></li>", html(&risk.text));
        }
        if risks.len() > MAX_ATTENTION {
            let rest = count(risks.len() - MAX_ATTENTION, "more risk", "more risks");
            let _ = writeln!(out, "<li class=\"faint\">…and {rest}, all in the table</li>");
        }
        out.push_str("</ul></div></section>\n");
    }

    fn checks_html(&self, out: &mut String) {
        if self.input.checks.is_empty() {
            return;
        }
        out.push_str("<section aria-labelledby=\"gates\"><h2 id=\"gates\">Gates and verdicts</h2>\n<div class=\"card\"><ul class=\"plain\">\n");
        let mut checks: Vec<_> = self.input.checks.iter().collect();
        checks.sort_by_key(|check| check.state == CheckState::Ok);
        for check in checks {
            let class = match check.state {
                CheckState::Ok => "ok",
                CheckState::Refused => "high",
            };
            let _ = writeln!(
                out,
                "<li><span class=\"chip {class}\">{}</span> <code>{}</code> {}</li>",
                check.state.as_str(),
                html(&check.name),
                html(&check.text)
            );
        }
        out.push_str("</ul></div></section>\n");
    }

    fn source_html(&self, out: &mut String) {
        let source = &self.input.source;
        if source.commits.is_empty() {
            return;
        }
        let total = source.total.unwrap_or(source.commits.len());
        let lead = count(total, "commit", "commits");
        let _ = writeln!(
            out,
            "<section aria-labelledby=\"source\"><h2 id=\"source\">Source</h2>\n<details{}><summary>{lead}</summary><div><ul class=\"plain\">",
            if total <= MAX_OPEN_COMMITS { " open" } else { "" }
        );
        for commit in &source.commits {
            let _ = writeln!(
                out,
                "<li><code>{}</code> {} <span class=\"faint\">{}</span></li>",
                html(short_id(&commit.id)),
                html(&commit.subject),
                html(&commit.author)
            );
        }
        if total > source.commits.len() {
            let _ = writeln!(
                out,
                "<li class=\"faint\">…and {}</li>",
                count(total - source.commits.len(), "more commit", "more commits")
            );
        }
        out.push_str("</ul></div></details></section>\n");
    }

    fn policy_html(&self, out: &mut String) {
        if self.input.policy.is_empty() {
            return;
        }
        out.push_str("<section aria-labelledby=\"policy\"><h2 id=\"policy\">Policy</h2>\n");
        for change in &self.input.policy {
            policy_change(out, change);
        }
        out.push_str("</section>\n");
    }

    fn warnings_html(&self, out: &mut String) {
        if self.input.warnings.is_empty() {
            return;
        }
        out.push_str("<section aria-labelledby=\"warnings\"><h2 id=\"warnings\">Warnings</h2>\n<div class=\"card\"><ul class=\"plain\">\n");
        for warning in &self.input.warnings {
            let _ = writeln!(out, "<li>{}</li>", html(warning));
        }
        out.push_str("</ul></div></section>\n");
    }

    fn table_html(&self, out: &mut String) {
        out.push_str(
            "<section aria-labelledby=\"objects\"><h2 id=\"objects\" tabindex=\"-1\">Objects</h2>\n",
        );
        if self.rows.is_empty() && self.noise.is_empty() {
            out.push_str("<p>No object changes.</p></section>\n");
            return;
        }
        if !self.rows.is_empty() {
            out.push_str(
                "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Change</th><th scope=\"col\">Object</th>\
                 <th scope=\"col\">Deployment</th><th scope=\"col\">What</th><th scope=\"col\">Risks</th></tr></thead>\n<tbody>\n",
            );
            for row in &self.rows {
                let object = self.object(*row);
                let change = object.change.as_str();
                let risks: String = object.risks.iter().map(risk_chip).collect();
                let _ = writeln!(
                    out,
                    "<tr><td class=\"change {change}\">{change}</td><td>{}</td><td>{}</td><td>{}</td><td>{risks}</td></tr>",
                    self.link(*row),
                    html(self.deployment(*row)),
                    pieces(&what(object), ", "),
                );
            }
            out.push_str("</tbody></table></div>\n");
        }
        if !self.noise.is_empty() {
            let _ = writeln!(
                out,
                "<p class=\"faint\">{} by noise alone, <a href=\"#noise\">told once below</a>.</p>",
                count(self.noise.len(), "object changes", "objects change")
            );
        }
        out.push_str("</section>\n");
    }

    fn differences_html(&self, out: &mut String) {
        if self.rows.is_empty() {
            return;
        }
        out.push_str("<section aria-labelledby=\"differences\"><h2 id=\"differences\">Differences</h2>\n");
        for row in &self.rows {
            let object = self.object(*row);
            let lines = object_lines(object);
            let is_grave = object.risks.first().is_some_and(|risk| risk.severity < Severity::Low);
            let open = if is_grave && lines.len() <= MAX_OPEN { " open" } else { "" };
            let change = object.change.as_str();
            let _ = write!(
                out,
                "<details{open}><summary><span class=\"change {change}\">{change}</span> <code>{}</code> \
                 <span class=\"faint\">in {}</span></summary>\n<div id=\"{}\">",
                html(&short_name(&object.object)),
                html(self.deployment(*row)),
                anchor(*row)
            );
            if !object.risks.is_empty() {
                out.push_str("<ul class=\"plain\">");
                for risk in &object.risks {
                    let _ = write!(out, "<li>{} {}</li>", risk_chip(risk), html(&risk.text));
                }
                out.push_str("</ul>");
            }
            out.push_str("<pre>");
            for line in lines {
                let class = match line.kind {
                    LineKind::Path => "p",
                    LineKind::Removed => "d",
                    LineKind::Added => "a",
                    LineKind::Context => "c",
                    LineKind::Note => "n",
                };
                let sign = match line.kind {
                    LineKind::Removed => "- ",
                    LineKind::Added => "+ ",
                    LineKind::Context => "  ",
                    LineKind::Path | LineKind::Note => "",
                };
                let _ = write!(out, "<span class=\"{class}\">{sign}{}</span>", html(&line.text));
            }
            out.push_str("</pre></div></details>\n");
        }
        out.push_str("</section>\n");
    }

    fn noise_html(&self, out: &mut String) {
        let folded = &self.input.diff.folded;
        if folded.is_empty() {
            return;
        }
        let changes = count(folded.len(), "change", "changes");
        let _ = writeln!(
            out,
            "<section aria-labelledby=\"noise-heading\"><h2 id=\"noise-heading\">Noise</h2>\n<details><summary>{changes} told once; \
             {} no other</summary>\n<div id=\"noise\"><ul class=\"plain\">",
            count(self.noise.len(), "object has", "objects have")
        );
        for change in folded {
            let _ = writeln!(
                out,
                "<li><span class=\"chip\">{}</span> <code>{}</code></li>",
                change.count(),
                html(&change.describe())
            );
        }
        out.push_str("</ul>");
        if !self.noise.is_empty() {
            out.push_str("<p>Objects with nothing else:</p><ul class=\"plain\">");
            for row in &self.noise {
                let _ = writeln!(
                    out,
                    "<li><code>{}</code> <span class=\"faint\">in {}</span></li>",
                    html(&short_name(&self.object(*row).object)),
                    html(self.deployment(*row))
                );
            }
            out.push_str("</ul>");
        }
        out.push_str("</div></details></section>\n");
    }

    /// An object's name, leading to its difference.
    fn link(&self, row: Row) -> String {
        let name = html(&short_name(&self.object(row).object));
        format!("<a href=\"#{}\"><code>{name}</code></a>", anchor(row))
    }
}

fn policy_change(out: &mut String, change: &PolicyChange) {
    let blob = |id: &Option<String>| match id {
        Some(id) => format!("<code>{}</code>", html(short_id(id))),
        None => "nothing".to_owned(),
    };
    let word = change.as_str();
    let lead = format!(
        "<span class=\"change {word}\">{word}</span> <code>{}</code> <span class=\"faint\">{} → {}</span>",
        html(&change.path),
        blob(&change.old),
        blob(&change.new)
    );
    let Some(lines) = &change.lines else {
        let _ = writeln!(out, "<div class=\"card\">{lead}</div>");
        return;
    };
    let open = if lines.lines().count() <= MAX_OPEN_POLICY { " open" } else { "" };
    let _ = write!(out, "<details{open}><summary>{lead}</summary><div><pre>");
    for line in lines.lines() {
        let class = match line.as_bytes().first() {
            Some(b'+') => "a",
            Some(b'-') => "d",
            Some(b'@') => "p",
            _ => "c",
        };
        let _ = write!(out, "<span class=\"{class}\">{}</span>", html(line));
    }
    out.push_str("</pre></div></details>\n");
}

fn anchor(row: Row) -> String {
    format!("d{}-{}", row.deployment, row.object)
}

fn risk_chip(risk: &Risk) -> String {
    let severity = risk.severity.as_str();
    format!("<span class=\"chip {severity}\" title=\"{}\">{}</span>", html(&risk.text), risk.kind.as_str())
}

fn release(release: &ReportRelease) -> String {
    let made = match release.created_at {
        Some(time) => {
            format!(" <span class=\"faint\">of {}</span>", time.strftime("%Y-%m-%d %H:%M UTC"))
        }
        None => String::new(),
    };
    format!("<code>{}</code>{made}", html(release.tag.as_str()))
}

fn pieces(pieces: &[Piece], between: &str) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Words(text) => html(text),
        Piece::Code(text) => format!("<code>{}</code>", html(text)),
    };
    pieces.iter().map(text).collect::<Vec<_>>().join(between)
}

fn plain(pieces: &[Piece]) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Words(text) | Piece::Code(text) => text.clone(),
    };
    pieces.iter().map(text).collect()
}

/// A whole page around a body.
pub(super) fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         {body}</body>\n</html>\n",
        html(title)
    )
}

/// How a page ends.
pub(super) fn footer(command: &str) -> String {
    format!("<footer>The same on a command line: <code>{}</code></footer>\n", html(command))
}
