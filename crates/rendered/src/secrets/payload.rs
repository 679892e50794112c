//! Secrets in the files of a package.

use helm::{Chart, ChartFile};

use super::rules::SOPS_DECRYPTED;
use super::supply::position;
use super::{Fingerprint, SecretFinding, SecretPlace, object, prefilter, tokens};

/// The secrets in the files of a package, in the order of the files. `chart` is the same package loaded, needed where it
/// [has archives](has_archives): their files come last, by the directory that the subchart would have.
pub fn scan_payload(files: &[ChartFile], chart: Option<&Chart>) -> Vec<SecretFinding> {
    let mut findings = Vec::new();
    for file in files {
        scan_file(&file.name, &file.data, &mut findings);
    }
    // What lies in `charts/` as a directory has been looked through as files.
    for subchart in chart.iter().flat_map(|chart| &chart.dependencies) {
        scan_subchart(subchart, &format!("charts/{}", subchart.name()), files, &mut findings);
    }
    findings
}

/// Whether a package has subcharts in archives, whose files are only seen when it is loaded.
pub fn has_archives(files: &[ChartFile]) -> bool {
    let is_archive = |name: &str| name.ends_with(".tgz") || name.ends_with(".tar.gz");
    files.iter().any(|file| file.name.starts_with("charts/") && is_archive(&file.name))
}

fn scan_subchart(chart: &Chart, directory: &str, files: &[ChartFile], findings: &mut Vec<SecretFinding>) {
    if files.iter().any(|file| file.name == format!("{directory}/Chart.yaml")) {
        return;
    }
    for file in chart.templates.iter().chain(&chart.files) {
        scan_file(&format!("{directory}/{}", file.name), &file.data, findings);
    }
    if let Some(text) = &chart.values_text {
        scan_file(&format!("{directory}/values.yaml"), text, findings);
    }
    for subchart in &chart.dependencies {
        scan_subchart(subchart, &format!("{directory}/charts/{}", subchart.name()), &[], findings);
    }
}

fn scan_file(name: &str, text: &[u8], findings: &mut Vec<SecretFinding>) {
    let mut push = |rule: &'static str, what: &'static str, at: usize, secret: &[u8]| {
        let (line, column) = position(text, at);
        let place = SecretPlace::File { path: name.to_owned(), line, column };
        findings.push(SecretFinding {
            rule,
            what,
            place,
            fingerprint: Fingerprint::of(secret),
            source: None,
            expired: None,
        });
    };
    if is_decrypted_by_name(name) && !text.is_empty() {
        push(SOPS_DECRYPTED, "a file that a tool decrypts from SOPS into", 0, text);
    }
    for token in tokens::find(text) {
        push(token.rule.name, token.rule.what, token.span.start, &text[token.span.clone()]);
    }
    // Values that their names make secrets: in values files, which are data and no templates.
    if !is_values(name) || !prefilter::is_suspect(text) {
        return;
    }
    let Ok(values) = goyaml::decode(text) else { return };
    for hit in object::hits(&values, b"") {
        let is_token = !tokens::find(&hit.written).is_empty();
        if let (false, Some(at)) = (is_token, memchr::memmem::find(text, hit.written.trim_ascii())) {
            push(hit.rule, hit.what, at, &hit.secret);
        }
    }
}

/// Names that tools which decrypt give to what they write: it is meant for nobody's repository.
fn is_decrypted_by_name(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    [".yaml.dec", ".yml.dec", ".json.dec", ".env.dec", ".dec.yaml", ".dec.yml", ".dec.json"]
        .iter()
        .any(|end| base.ends_with(end))
}

/// Whether a file holds values.
fn is_values(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    let is_yaml = base.ends_with(".yaml") || base.ends_with(".yml");
    is_yaml
        && !name.contains("templates/")
        && (base.starts_with("values")
            || base.contains(".values.")
            || base.contains("-values.")
            || base.contains("secrets"))
}
