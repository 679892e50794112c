//! Public charts: a list of them with digests of what Helm rendered, and how one is compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use globset::GlobMatcher;
use helm::{
    Capabilities, HelmBuild, HelmVersion, Hooks, IncludeCrds, Limits, Release, RenderOptions, RenderedFiles,
    ValuesLayers,
};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::report::Outcome;
use crate::terminal::print;
use crate::world::LiveWorld;

/// The Helm that the lists were recorded with.
const HELM: HelmVersion = HelmVersion::V4_2_3;

/// A chart with values, and what Helm made of it.
#[derive(Deserialize)]
struct Case {
    id: String,
    repo: String,
    chart_path: String,
    /// Relative to the repository's directory.
    #[serde(default)]
    values_files: Vec<String>,
    release: String,
    namespace: String,
    status: Status,
    /// Where the status is `error`.
    error: Option<String>,
    /// Of what `helm template` prints.
    manifest_sha256: Option<String>,
    /// Something random or a time is in the manifest, so that only the masked digest counts.
    #[serde(default)]
    nondeterministic: bool,
    #[serde(default)]
    nondeterministic_templates: BTreeSet<String>,
    /// Counted from 0.
    #[serde(default)]
    masked_lines: BTreeSet<usize>,
    masked_sha256: Option<String>,
    /// Of each template before it is split; partials are left out.
    #[serde(default)]
    templates: BTreeMap<String, String>,
    #[serde(default)]
    network: bool,
    #[serde(default)]
    unstable_across_runs: bool,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Error,
}

/// What differs, in a few words, and our text at that place.
struct Difference {
    what: String,
    ours: String,
}

impl Difference {
    fn new(what: impl Into<String>, ours: impl Into<String>) -> Self {
        Self { what: what.into(), ours: ours.into() }
    }
}

/// Which cases run, and how much is told of those that fail.
pub(super) struct Selection<'a> {
    pub(super) root: &'a Path,
    pub(super) filter: Option<&'a GlobMatcher>,
    pub(super) verbose: bool,
}

/// Runs the cases of a list, in parallel, and reports in its order.
pub(super) fn run(list: &Path, selection: &Selection<'_>) -> anyhow::Result<Outcome> {
    let text = std::fs::read(list).with_context(|| list.display().to_string())?;
    let mut cases: Vec<Case> = serde_json::from_slice(&text).with_context(|| list.display().to_string())?;
    cases.retain(|case| selection.filter.is_none_or(|glob| glob.is_match(&case.id)));
    let (skipped, cases): (Vec<_>, Vec<_>) =
        cases.into_iter().partition(|case| case.network || case.unstable_across_runs);
    let differences: Vec<_> = cases.par_iter().map(|case| case.run_caught(selection.root)).collect();

    let mut report = String::new();
    let mut failed = 0;
    for (case, difference) in cases.iter().zip(differences) {
        let Some(Difference { what, ours }) = difference else {
            continue;
        };
        failed += 1;
        writeln!(report, "{}: {what}", case.id)?;
        if selection.verbose {
            ours.split('\n').try_for_each(|line| writeln!(report, "  | {line}"))?;
        }
    }
    let networked = skipped.iter().filter(|case| case.network).count();
    if !skipped.is_empty() {
        let unstable = skipped.len() - networked;
        writeln!(
            report,
            "skipped: {networked} that need the network, {unstable} unstable across runs of Helm"
        )?;
    }
    writeln!(report, "{} passed, {failed} failed", cases.len() - failed)?;
    print(report)?;
    Ok(if failed == 0 { Outcome::Done } else { Outcome::Differs })
}

impl Case {
    /// A panic is a failure of the one case that it happens in.
    fn run_caught(&self, root: &Path) -> Option<Difference> {
        catch_unwind(AssertUnwindSafe(|| self.run(root)))
            .unwrap_or_else(|_| Some(Difference::new("panics", "")))
    }

    fn run(&self, root: &Path) -> Option<Difference> {
        let base = root.join(self.repo.replace('/', "+"));
        let chart = base.join(&self.chart_path);
        if !chart.is_dir() {
            return Some(Difference::new(format!("no chart at {}", chart.display()), ""));
        }
        let rendered = self.render(&base, &chart);
        match (rendered, &self.status) {
            (Ok((release, files)), Status::Ok) => {
                self.different_template(&files).or_else(|| self.different_manifest(&release))
            }
            (Ok((release, _)), Status::Error) => {
                let want = self.error.as_deref().unwrap_or_default();
                Some(Difference::new(format!("renders; Helm fails: {want}"), printed(&release)))
            }
            (Err(error), Status::Ok) => Some(Difference::new(format!("fails: {error}"), error)),
            (Err(error), Status::Error) => {
                let want = self.error.as_deref().unwrap_or_default();
                (!same_error(&error, want))
                    .then(|| Difference::new(format!("fails: {error}\n  Helm's error: {want}"), error))
            }
        }
    }

    /// What `helm template` would print, or its error, and the templates' texts.
    fn render(&self, base: &Path, chart: &Path) -> Result<(Release, RenderedFiles), String> {
        let chart = helm::load_directory(chart, HELM).map_err(|error| error.to_string())?;
        let mut layers = ValuesLayers::new(HELM);
        for file in &self.values_files {
            let path: PathBuf = base.join(file);
            let text = std::fs::read(&path).map_err(|error| format!("open {}: {error}", path.display()))?;
            layers.file(file, &text).map_err(|error| error.to_string())?;
        }
        let values = layers.finish();
        let capabilities = Capabilities::new::<&str>(HELM, HelmBuild::Sdk, None, &[]);
        let options = RenderOptions {
            helm: HELM,
            release_name: &self.release,
            namespace: &self.namespace,
            is_upgrade: false,
            skip_schema_validation: false,
            capabilities: &capabilities,
            world: &LiveWorld,
            limits: Limits::default(),
        };
        let text = |error: helm::RenderError| lossy(&error.text());
        let release = helm::render(&chart, &values, &options).map_err(text)?;
        let files = helm::render_templates(&chart, &values, &options).map_err(text)?;
        Ok((release, files))
    }

    fn different_template(&self, files: &RenderedFiles) -> Option<Difference> {
        let mut wanted: BTreeMap<&str, &str> =
            self.templates.iter().map(|(name, digest)| (name.as_str(), digest.as_str())).collect();
        for (name, text) in files {
            let Some(digest) = wanted.remove(name.as_str()) else {
                return Some(Difference::new(format!("{name} renders; Helm doesn't render it"), lossy(text)));
            };
            if sha256(&lossy(text)) != digest && !self.nondeterministic_templates.contains(name) {
                return Some(Difference::new(format!("{name} differs"), lossy(text)));
            }
        }
        let (missing, _) = wanted.pop_first()?;
        Some(Difference::new(format!("{missing} isn't rendered; Helm renders it"), ""))
    }

    fn different_manifest(&self, release: &Release) -> Option<Difference> {
        let ours = printed(release);
        let (same, what) = if self.nondeterministic {
            (
                self.masked_sha256.as_deref() == Some(&sha256(&self.masked(&ours))),
                "the masked manifest differs",
            )
        } else {
            (
                self.manifest_sha256.as_deref() == Some(&sha256(&ours)),
                "the manifest differs, each template is the same",
            )
        };
        (!same).then(|| Difference::new(what, ours))
    }

    /// The text with each random line replaced by a NUL.
    fn masked(&self, text: &str) -> String {
        let lines = text.split('\n').enumerate();
        let masked =
            lines.map(|(number, line)| if self.masked_lines.contains(&number) { "\0" } else { line });
        masked.collect::<Vec<_>>().join("\n")
    }
}

fn printed(release: &Release) -> String {
    lossy(&release.print(IncludeCrds::No, Hooks::All))
}

/// Recorded texts went through JSON, which has U+FFFD where there was an invalid byte.
fn lossy(bytes: &[u8]) -> String {
    helm::valid_utf8(bytes).into_owned()
}

/// How Helm begins when values don't fit a schema.
const SCHEMA_FINDINGS: &str = "values don't meet the specifications of the schema(s)";

/// Whether two error texts are the same. A schema's findings, and the properties that one of them lists, come
/// in the order of Go's maps, which changes from run to run: that order is not compared.
fn same_error(ours: &str, helm: &str) -> bool {
    fn sorted(text: &str) -> Vec<Vec<&str>> {
        let mut lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| {
                let mut words: Vec<&str> =
                    line.split(' ').map(|word| word.strip_suffix(',').unwrap_or(word)).collect();
                words.sort_unstable();
                words
            })
            .collect();
        lines.sort_unstable();
        lines
    }
    ours == helm
        || (ours.starts_with(SCHEMA_FINDINGS)
            && helm.starts_with(SCHEMA_FINDINGS)
            && sorted(ours) == sorted(helm))
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing into a string can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(nondeterministic: bool) -> Case {
        let case = serde_json::json!({
            "id": "o/n:c", "repo": "o/n", "chart_path": "c", "release": "r", "namespace": "n", "status": "ok",
            "templates": {"c/templates/a.yaml": sha256("a: 1\n")},
            "manifest_sha256": sha256("a\nb\n"),
            "masked_sha256": sha256("\0\nb\n"),
            "masked_lines": [0],
            "nondeterministic": nondeterministic,
            "nondeterministic_templates": ["c/templates/random.yaml"],
        });
        serde_json::from_value(case).unwrap()
    }

    fn what(difference: Option<Difference>) -> Option<String> {
        difference.map(|difference| difference.what)
    }

    #[test]
    fn templates_are_compared_by_name_and_text() {
        let different = |name: &str, text: &str| {
            what(case(false).different_template(&vec![(name.to_owned(), text.as_bytes().to_vec())]))
        };
        assert_eq!(different("c/templates/a.yaml", "a: 1\n"), None);
        assert_eq!(different("c/templates/a.yaml", "a: 2\n").unwrap(), "c/templates/a.yaml differs");
        assert_eq!(different("c/b.yaml", "").unwrap(), "c/b.yaml renders; Helm doesn't render it");
        let none = what(case(false).different_template(&Vec::new())).unwrap();
        assert_eq!(none, "c/templates/a.yaml isn't rendered; Helm renders it");
    }

    #[test]
    fn random_lines_count_for_nothing_and_all_others_count() {
        assert_eq!(case(true).masked("secret\nb\n"), "\0\nb\n");
        assert_eq!(case(true).masked("secret\nb"), "\0\nb");
        assert_eq!(case(true).masked("x\nc\n"), "\0\nc\n");
    }

    #[test]
    fn a_chart_that_is_not_there_fails() {
        let difference = case(false).run_caught(Path::new("nowhere"));
        assert!(what(difference).unwrap().starts_with("no chart at nowhere"));
    }

    #[test]
    fn only_the_order_of_schema_findings_is_free() {
        let findings = |lines: &str| format!("{SCHEMA_FINDINGS} in the following chart(s):\nc:\n{lines}");
        let helm = findings(
            "- at '/b': got null, want string\n- at '': additional properties 'y', 'x' not allowed\n",
        );
        let ours = findings(
            "- at '': additional properties 'x', 'y' not allowed\n- at '/b': got null, want string\n",
        );
        assert!(same_error(&ours, &helm));
        assert!(!same_error(&ours, &findings("- at '/b': got null, want string\n")));
        assert!(!same_error("b\na", "a\nb"));
    }
}
