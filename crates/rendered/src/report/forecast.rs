//! The forecast: what another policy changes in every stage with the release that it runs, in the forms of a report.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::escape::{code, fenced, html, prose, short_id, visible};
use super::html::{footer, page};
use super::markdown::{count, mark};
use super::{Report, ReportRelease};
use crate::diff::counts;
use crate::failure::{FailureGroup, RenderFailure};
use crate::risk::Severity;

/// What a policy changes in every stage.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// The commit whose policy it is, in hexadecimal.
    pub head: String,
    /// The commit whose policy it is compared with, in hexadecimal.
    pub base: String,
    /// The stages, upstream before downstream; those that are gone come last.
    pub stages: Vec<StageForecast>,
    /// What was noticed on the way.
    pub warnings: Vec<String>,
    /// The command that prints the whole forecast.
    pub command: String,
}

/// What a policy changes in one stage.
#[derive(Clone, Debug)]
pub struct StageForecast {
    /// The stage.
    pub stage: String,
    /// The release that it runs, if any.
    pub release: Option<ReportRelease>,
    /// The deployments that it would render besides those of now.
    pub added: Vec<String>,
    /// The deployments that it wouldn't render any more.
    pub removed: Vec<String>,
    /// What the pipeline file says otherwise of it, as it spells that: `from`, `promote`, `gates`, …
    pub settings: Vec<&'static str>,
    /// What becomes of its manifests.
    pub outcome: ForecastOutcome,
}

/// What becomes of a stage's manifests.
#[derive(Clone, Debug)]
pub enum ForecastOutcome {
    /// It runs nothing yet.
    Nothing,
    /// They stay as they are.
    Unchanged,
    /// They change.
    Changed(Box<Report>),
    /// It doesn't render.
    Fails {
        /// Why not.
        failures: Vec<RenderFailure>,
        /// Whether none of these deployments renders with the policy that is compared with either.
        already: bool,
    },
    /// The policy doesn't have the stage any more: its branch stays as it is.
    Gone,
    /// That can't be told.
    Unknown {
        /// Why not.
        detail: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

/// How the Markdown form begins, by which a comment is found again.
const TITLE: &str = "Forecast of a policy change";

impl Forecast {
    /// As Markdown, that there is no forecast, and why: it stands where an older one would be taken for the newest.
    pub fn none_to_markdown(detail: &str, hint: Option<&str>, limit: Option<usize>) -> String {
        let head = format!("## {TITLE}\n\n❌ **There is none:**\n\n");
        let room = limit.unwrap_or(usize::MAX).saturating_sub(head.len() + 200);
        format!("{head}{}\n", fenced("text", &cut(&unknown_text(detail, hint), room)))
    }

    /// As one self-contained HTML page, that there is no forecast, and why.
    pub fn none_to_html(detail: &str, hint: Option<&str>) -> String {
        let text = unknown_text(detail, hint);
        let lines: String = text.lines().map(|line| format!("<span>{}</span>", html(line))).collect();
        let body = format!(
            "<header>\n<h1>{TITLE}</h1>\n</header>\n<main>\n<p><span class=\"chip high\">There is none</span></p>\n<pre>{lines}</pre>\n</main>\n"
        );
        page(TITLE, &body)
    }

    /// Whether a stage would no longer render, or can't be told of.
    pub fn has_problems(&self) -> bool {
        self.stages.iter().any(|stage| {
            matches!(
                stage.outcome,
                ForecastOutcome::Fails { already: false, .. } | ForecastOutcome::Unknown { .. }
            )
        })
    }

    /// As Markdown of at most `limit` bytes: the table of the stages whole as far as that can be, and what is left for
    /// the stages that change, each with its equal share; a share that one doesn't need goes to those behind it.
    pub fn to_markdown(&self, limit: Option<usize>) -> String {
        let limit = limit.unwrap_or(usize::MAX);
        let mut out = format!("## {TITLE}\n\n");
        // Writing to a String can't fail.
        let _ = writeln!(
            out,
            "Every stage with the release that it runs now: the policy of {} against that of {}.\n",
            code(short_id(&self.head)),
            code(short_id(&self.base))
        );
        self.table(&mut out);
        for warning in &self.warnings {
            let _ = writeln!(out, "> ⚠️ {}\n", prose(warning));
        }
        let mut pending = self.stages.iter().filter(|stage| stage.has_part()).count();
        for stage in &self.stages {
            if !stage.has_part() {
                continue;
            }
            let share = limit.saturating_sub(out.len() + self.notice().len()) / pending;
            let part = stage.part(share.saturating_sub(1));
            pending -= 1;
            if part.len() < share {
                out.push('\n');
                out.push_str(&part);
            }
        }
        if limit < usize::MAX {
            out.push_str(&self.notice());
        }
        out
    }

    fn notice(&self) -> String {
        format!("\nThe whole forecast, at any length: {}\n", code(&self.command))
    }

    fn table(&self, out: &mut String) {
        out.push_str("| stage | runs now | objects | risks | besides |\n|---|---|---|---|---|\n");
        for stage in &self.stages {
            let release = match &stage.release {
                Some(release) => code(release.tag.short()),
                None => "–".to_owned(),
            };
            let (objects, risks) = match &stage.outcome {
                ForecastOutcome::Changed(report) => {
                    let tally = report.tally();
                    let risks = [
                        (Severity::High, tally.high),
                        (Severity::Medium, tally.medium),
                        (Severity::Low, tally.low),
                    ];
                    let risks = risks.into_iter().filter(|(_, number)| *number > 0);
                    let risks: Vec<String> =
                        risks.map(|(severity, number)| format!("{} {number}", mark(severity))).collect();
                    (format!("**{}**", counts(report.input().diff.summary)), risks.join(" "))
                }
                ForecastOutcome::Fails { already: false, .. } => {
                    ("❌ **would no longer render**".to_owned(), String::new())
                }
                ForecastOutcome::Unknown { .. } => ("❌ **can't be told**".to_owned(), String::new()),
                other => (other.words().to_owned(), String::new()),
            };
            let besides: Vec<String> = stage.besides().into_iter().map(|text| prose(&text)).collect();
            let _ = writeln!(
                out,
                "| {} | {release} | {objects} | {risks} | {} |",
                code(&stage.stage),
                besides.join("<br>")
            );
        }
    }

    /// As one self-contained HTML page, readable without scripts.
    pub fn to_html(&self) -> String {
        let mut body = format!(
            "<a class=\"skip\" href=\"#stages\">Skip to the stages</a>\n<header>\n<h1>Forecast of a policy change</h1>\n\
             <p>Every stage with the release that it runs now: the policy of <code>{}</code> against that of <code>{}</code>.</p>\n\
             </header>\n<main>\n<section aria-labelledby=\"stages\"><h2 id=\"stages\" tabindex=\"-1\">Stages</h2>\n\
             <div class=\"scroll\"><table><thead><tr><th scope=\"col\">Stage</th><th scope=\"col\">Runs now</th>\
             <th scope=\"col\">Objects</th><th scope=\"col\">Besides</th></tr></thead><tbody>\n",
            html(short_id(&self.head)),
            html(short_id(&self.base))
        );
        for (index, stage) in self.stages.iter().enumerate() {
            let release = stage.release.as_ref().map_or("–", |release| release.tag.short());
            let name = html(&stage.stage);
            let name = if stage.has_part() {
                format!("<a href=\"#s{index}\"><code>{name}</code></a>")
            } else {
                format!("<code>{name}</code>")
            };
            let objects = match &stage.outcome {
                ForecastOutcome::Changed(report) => counts(report.input().diff.summary),
                ForecastOutcome::Fails { already: false, .. } | ForecastOutcome::Unknown { .. } => {
                    format!("<span class=\"chip high\">{}</span>", stage.outcome.words())
                }
                other => other.words().to_owned(),
            };
            // Writing to a String can't fail.
            let _ = writeln!(
                body,
                "<tr><td>{name}</td><td><code>{}</code></td><td>{objects}</td><td>{}</td></tr>",
                html(release),
                html(&stage.besides().join("; "))
            );
        }
        body.push_str("</tbody></table></div></section>\n");
        for warning in &self.warnings {
            let _ = writeln!(body, "<p><span class=\"chip medium\">warning</span> {}</p>", html(warning));
        }
        for (index, stage) in self.stages.iter().enumerate() {
            let text = match &stage.outcome {
                ForecastOutcome::Changed(report) => {
                    body.push_str(&report.to_article(&format!("s{index}")));
                    continue;
                }
                ForecastOutcome::Fails { failures, .. } => failures_text(failures),
                ForecastOutcome::Unknown { detail, hint } => unknown_text(detail, hint.as_deref()),
                ForecastOutcome::Nothing | ForecastOutcome::Unchanged | ForecastOutcome::Gone => continue,
            };
            let lines: String = text.lines().map(|line| format!("<span>{}</span>", html(line))).collect();
            let _ = writeln!(
                body,
                "<article aria-labelledby=\"s{index}\"><h2 id=\"s{index}\" tabindex=\"-1\"><code>{}</code> {}</h2>\n<pre>{lines}</pre></article>",
                html(&stage.stage),
                stage.outcome.words()
            );
        }
        body.push_str(&footer(&self.command));
        body.push_str("</main>\n");
        page(TITLE, &body)
    }

    /// For programs; docs/review.md documents the fields.
    pub fn to_json(&self) -> Value {
        json!({
            "schemaVersion": "v1",
            "head": self.head,
            "base": self.base,
            "stages": self.stages.iter().map(StageForecast::to_json).collect::<Vec<_>>(),
            "warnings": self.warnings,
            "command": self.command,
        })
    }
}

impl StageForecast {
    /// What changes beside the objects, each in a few words.
    pub fn besides(&self) -> Vec<String> {
        let list = |lead: &str, names: &[String]| format!("{lead} {}", names.join(", "));
        let mut all = Vec::new();
        if !self.added.is_empty() {
            all.push(list("new deployments:", &self.added));
        }
        if !self.removed.is_empty() {
            all.push(list("removed deployments:", &self.removed));
        }
        if !self.settings.is_empty() {
            all.push(format!("settings: {}", self.settings.join(", ")));
        }
        all
    }

    /// Whether there is more to tell than a line of the table.
    fn has_part(&self) -> bool {
        match &self.outcome {
            ForecastOutcome::Changed(_) | ForecastOutcome::Fails { .. } | ForecastOutcome::Unknown { .. } => {
                true
            }
            ForecastOutcome::Nothing | ForecastOutcome::Unchanged | ForecastOutcome::Gone => false,
        }
    }

    /// What there is to tell beside the table, in Markdown of about so many bytes.
    fn part(&self, limit: usize) -> String {
        let told = |text: String| {
            let heading = format!("### {} {}\n\n", code(&self.stage), self.outcome.words());
            let room = limit.saturating_sub(heading.len() + 100);
            format!("{heading}{}", fenced("text", &cut(&text, room)))
        };
        match &self.outcome {
            ForecastOutcome::Changed(report) => report.to_markdown(Some(limit)),
            ForecastOutcome::Fails { failures, .. } => told(failures_text(failures)),
            ForecastOutcome::Unknown { detail, hint } => told(unknown_text(detail, hint.as_deref())),
            ForecastOutcome::Nothing | ForecastOutcome::Unchanged | ForecastOutcome::Gone => String::new(),
        }
    }

    fn to_json(&self) -> Value {
        let failure = |failure: &RenderFailure| {
            let place = failure
                .place()
                .map(|place| json!({ "file": place.file, "line": place.line, "column": place.column }));
            json!({
                "deployment": failure.deployment,
                "message": failure.text.trim_end(),
                "place": place,
                "hint": failure.hint,
            })
        };
        let (mut failures, mut report, mut detail) = (Vec::new(), None, None);
        match &self.outcome {
            ForecastOutcome::Changed(changed) => report = Some(changed.to_json()),
            ForecastOutcome::Fails { failures: all, .. } => failures = all.iter().map(failure).collect(),
            ForecastOutcome::Unknown { detail: text, .. } => detail = Some(text),
            ForecastOutcome::Nothing | ForecastOutcome::Unchanged | ForecastOutcome::Gone => {}
        }
        json!({
            "stage": self.stage,
            "release": self.release.as_ref().map(|release| release.tag.as_str()),
            "outcome": self.outcome.as_str(),
            "addedDeployments": self.added,
            "removedDeployments": self.removed,
            "settings": self.settings,
            "failures": failures,
            "detail": detail,
            "report": report,
        })
    }
}

impl ForecastOutcome {
    /// `nothing`, `unchanged`, `changed`, `fails`, `failsAlready`, `gone` or `unknown`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Unchanged => "unchanged",
            Self::Changed(_) => "changed",
            Self::Fails { already: false, .. } => "fails",
            Self::Fails { already: true, .. } => "failsAlready",
            Self::Gone => "gone",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// The same for people.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Nothing => "runs nothing yet",
            Self::Unchanged => "no change",
            Self::Changed(_) => "changes",
            Self::Fails { already: false, .. } => "would no longer render",
            Self::Fails { already: true, .. } => "doesn't render, as before",
            Self::Gone => "is no stage any more; its branch stays",
            Self::Unknown { .. } => "can't be told",
        }
    }
}

/// Why deployments don't render, those that fail alike together, with what to do about it.
fn failures_text(failures: &[RenderFailure]) -> String {
    let groups = FailureGroup::of(failures);
    let mut parts: Vec<String> = groups.iter().map(ToString::to_string).collect();
    for hint in groups.iter().filter_map(|group| group.failure.hint.as_ref()) {
        let hint = format!("hint: {hint}");
        if !parts.contains(&hint) {
            parts.push(hint);
        }
    }
    shown(&parts.join("\n\n"))
}

fn unknown_text(detail: &str, hint: Option<&str>) -> String {
    match hint {
        Some(hint) => shown(&format!("{detail}\nhint: {hint}")),
        None => shown(detail),
    }
}

/// Lines in which every character shows.
fn shown(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// As many whole lines of a text as fit, with the count of those that don't.
fn cut(text: &str, room: usize) -> String {
    if text.len() <= room {
        return text.to_owned();
    }
    let (mut kept, mut lines) = (String::new(), 0);
    for line in text.lines() {
        if kept.len() + line.len() + 1 > room {
            break;
        }
        kept.push_str(line);
        kept.push('\n');
        lines += 1;
    }
    let missing = text.lines().count() - lines;
    format!("{kept}[{} left out]\n", count(missing, "more line is", "more lines are"))
}

#[cfg(test)]
mod tests {
    use freight::ReleaseTag;
    use pretty_assertions::assert_eq;

    use super::super::{ReportInput, ReportPurpose, SourceRange};
    use super::*;
    use crate::manifests::Manifests;

    fn release() -> ReportRelease {
        let tag = ReleaseTag::parse(&format!("git-{}", "1".repeat(40))).unwrap();
        ReportRelease { tag, image: None, created_at: None }
    }

    fn stage(name: &str, outcome: ForecastOutcome) -> StageForecast {
        StageForecast {
            stage: name.to_owned(),
            release: Some(release()),
            added: Vec::new(),
            removed: Vec::new(),
            settings: Vec::new(),
            outcome,
        }
    }

    /// A stage in which so many objects change.
    fn changed(name: &str, objects: usize) -> StageForecast {
        let side = |value: &str| {
            let mut manifests = Manifests::default();
            for index in 0..objects {
                let text = format!(
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{index}}}\ndata: {{a: {value}{index}}}\n"
                );
                manifests.insert("d", &format!("c{index}.yaml"), text.into_bytes());
            }
            manifests
        };
        let report = Report::new(ReportInput {
            stage: name.to_owned(),
            purpose: ReportPurpose::Forecast,
            release: release(),
            before: Some(release()),
            source: SourceRange::default(),
            policy: Vec::new(),
            checks: Vec::new(),
            diff: crate::diff(&side("x"), &side("y")),
            warnings: Vec::new(),
            command: "cargo xtask forecast".to_owned(),
        });
        stage(name, ForecastOutcome::Changed(Box::new(report)))
    }

    fn fails(already: bool) -> StageForecast {
        let failure = RenderFailure {
            hint: Some("set it".to_owned()),
            ..RenderFailure::new("test", "no <b>colour</b>")
        };
        stage("test", ForecastOutcome::Fails { failures: vec![failure], already })
    }

    fn forecast(stages: Vec<StageForecast>) -> Forecast {
        Forecast {
            head: "a".repeat(40),
            base: "b".repeat(40),
            stages,
            warnings: Vec::new(),
            command: "cargo xtask forecast --base bbbb --format markdown".to_owned(),
        }
    }

    #[test]
    fn only_what_breaks_is_a_problem() {
        assert!(!forecast(vec![changed("staging", 1), fails(true)]).has_problems());
        assert!(forecast(vec![changed("staging", 1), fails(false)]).has_problems());
        let unknown = ForecastOutcome::Unknown { detail: "gone".to_owned(), hint: None };
        assert!(forecast(vec![stage("test", unknown)]).has_problems());
    }

    #[test]
    fn a_limit_is_kept_and_shared_among_the_stages() {
        let forecast = forecast(vec![changed("staging", 900), changed("test", 900), fails(false)]);
        let whole = forecast.to_markdown(None);
        assert_eq!(whole.matches("<details>").count(), 1800);
        for limit in [super::super::GITHUB_BODY_LIMIT, 10_000, 3_000] {
            let text = forecast.to_markdown(Some(limit));
            assert!(text.len() <= limit, "{limit}: {}", text.len());
            assert!(text.contains("`cargo xtask forecast --base bbbb --format markdown`"), "{limit}");
            assert!(
                text.contains("| `test` | `git-111111111111` | ❌ **would no longer render** |"),
                "{text}"
            );
        }
        let text = forecast.to_markdown(Some(super::super::GITHUB_BODY_LIMIT));
        let shown =
            |stage: &str| text.contains(&format!("## New policy for `git-111111111111` in `{stage}`"));
        assert!(shown("staging") && shown("test"));
        assert!(text.contains("hint: set it"));
    }

    #[test]
    fn a_page_has_each_id_once_and_every_link_leads_somewhere() {
        let page = forecast(vec![changed("staging", 2), changed("test", 2), fails(false)]).to_html();
        let after = |lead: &str| -> Vec<String> {
            let parts = page.split(lead).skip(1);
            parts.map(|rest| rest.split('"').next().unwrap_or_default().to_owned()).collect()
        };
        let mut ids = after(" id=\"");
        ids.sort();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all);
        for target in after("href=\"#").into_iter().chain(after("aria-labelledby=\"")) {
            assert!(ids.contains(&target), "{target}");
        }
        assert_eq!(page.matches("<h1>").count(), 1);
        assert!(page.contains("no &lt;b&gt;colour&lt;/b&gt;"));
        assert!(!page.contains("<b>"));
    }

    #[test]
    fn lines_that_dont_fit_are_counted() {
        assert_eq!(cut("one\ntwo", 7), "one\ntwo");
        assert_eq!(cut("one\ntwo\nthree", 8), "one\ntwo\n[1 more line is left out]\n");
        assert_eq!(cut("one\ntwo", 0), "[2 more lines are left out]\n");
    }
}
