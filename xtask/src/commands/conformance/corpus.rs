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
                (error != want)
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

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing into a string can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
