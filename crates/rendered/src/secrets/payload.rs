//! Secrets in the files of a package, and in the archives among them, whatever is in those.

use std::sync::Arc;

use helm::{ArchiveReader, ChartFile, Limits};

use super::entropy::Hint;
use super::rules::{HIGH_ENTROPY, PASSWORD, SOPS_DECRYPTED};
use super::supply::position;
use super::text::assigned;
use super::{Fingerprint, SecretFinding, SecretPlace, object, prefilter, tokens};
use crate::error::{Error, Result};

/// The secrets in the files of a package, in the order of the files. Then come those in its archives and in archives within
/// them, of loaded subcharts or not: each file by the archive's path and its own in the archive. What can't be unpacked isn't looked
/// at. An error where the archives go past a bound.
pub fn scan_payload(files: &[ChartFile], limits: &Limits) -> Result<Vec<SecretFinding>> {
    let mut findings = Vec::new();
    let mut archives = Vec::new();
    for file in files {
        scan_file(&file.name, &file.data, &mut findings);
        push_archive(&file.name, &file.data, &mut archives);
    }
    let mut reader = ArchiveReader::new(limits);
    // Taken from the end: what is in an archive comes before what is in the next one.
    archives.reverse();
    while let Some((path, archive)) = archives.pop() {
        let files = reader.files(&archive).map_err(|mut source| {
            source.file.get_or_insert_with(|| path.clone());
            Error::Chart { place: "the package".to_owned(), source }
        })?;
        let first = archives.len();
        for file in files {
            let name = format!("{path}/{}", file.name.trim_start_matches('/'));
            scan_file(&name, &file.data, &mut findings);
            push_archive(&name, &file.data, &mut archives);
        }
        archives[first..].reverse();
    }
    Ok(findings)
}

/// What every archive begins with that is compressed as charts are, whatever its name.
const GZIP: &[u8] = b"\x1f\x8b";

fn push_archive(path: &str, data: &Arc<[u8]>, archives: &mut Vec<(String, Arc<[u8]>)>) {
    if data.starts_with(GZIP) {
        archives.push((path.to_owned(), Arc::clone(data)));
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
    let mut push_by_name = |rule: &'static str, what: &'static str, secret: &[u8], written: &[u8]| {
        let is_token = !tokens::find(written).is_empty();
        if let (false, Some(at)) = (is_token, memchr::memmem::find(text, written.trim_ascii())) {
            push(rule, what, at, secret);
        }
    };
    if is_environment(name) {
        for (hint, value) in assigned(text) {
            match hint {
                Some(Hint::Password) => push_by_name(PASSWORD, "a password", value, value),
                Some(Hint::Secret) | None => {
                    push_by_name(HIGH_ENTROPY, "a random value under the name of a secret", value, value);
                }
            }
        }
    }
    // Values that their names or their objects make secrets: in files that are data and no templates.
    let is_definition = is_definition(name);
    if !(is_values(name) || is_definition) || !prefilter::is_suspect(text) {
        return;
    }
    // A separator that is none ends what Kubernetes reads.
    let documents = goyaml::documents(text).map_while(std::result::Result::ok);
    let documents: Vec<_> = if is_definition { documents.collect() } else { vec![text.into()] };
    for document in documents {
        let Ok(value) = goyaml::decode(&document) else { continue };
        for hit in object::hits(&value, b"") {
            push_by_name(hit.rule, hit.what, &hit.secret, &hit.written);
        }
    }
}

/// Names that tools which decrypt give to what they write: it is meant for nobody's repository.
fn is_decrypted_by_name(name: &str) -> bool {
    let base = base(name);
    [".yaml.dec", ".yml.dec", ".json.dec", ".env.dec", ".dec.yaml", ".dec.yml", ".dec.json"]
        .iter()
        .any(|end| base.ends_with(end))
}

/// Whether a file holds values.
fn is_values(name: &str) -> bool {
    let base = base(name);
    is_yaml(base)
        && !name.contains("templates/")
        && (base.starts_with("values")
            || base.contains(".values.")
            || base.contains("-values.")
            || base.contains("secrets"))
}

/// Whether Helm applies a file as it is, meant for definitions of resources.
fn is_definition(name: &str) -> bool {
    (is_yaml(name) || name.ends_with(".json")) && (name.starts_with("crds/") || name.contains("/crds/"))
}

/// Whether a file sets variables.
fn is_environment(name: &str) -> bool {
    base(name).ends_with(".env")
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml")
}

fn base(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use pretty_assertions::assert_eq;

    use super::*;

    fn token() -> String {
        format!("{}_{}", "ghp", "Ab1".repeat(12))
    }

    /// A compressed archive of files.
    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = Vec::new();
        for (name, data) in files {
            let mut header = [0; 512];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
            header[148..156].fill(b' ');
            header[156] = b'0';
            let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
            header[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
            tar.extend_from_slice(&header);
            tar.extend_from_slice(data);
            tar.resize(tar.len().next_multiple_of(512), 0);
        }
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&tar).unwrap();
        encoder.finish().unwrap()
    }

    fn told(files: &[ChartFile]) -> Vec<String> {
        let findings = scan_payload(files, &Limits::DEFAULT).unwrap();
        findings.iter().map(|finding| format!("{} {}", finding.rule, finding.place)).collect()
    }

    #[test]
    fn every_file_of_every_archive_is_looked_through() {
        let token = token();
        let comment = format!("# {token}\n");
        let chart = format!("apiVersion: v2\nname: in\nversion: 0.1.0\n# {token}\n");
        let inner = archive(&[("in/templates/a.yaml", comment.as_bytes())]);
        let outer = archive(&[
            ("in/Chart.yaml", chart.as_bytes()),
            ("in/Chart.lock", comment.as_bytes()),
            ("in/values.schema.json", comment.as_bytes()),
            ("in/.helmignore", comment.as_bytes()),
            ("in/charts/x.tgz", &inner),
            ("in/values.yaml", b"db:\n  password: hunter22\n"),
        ]);
        let plain = ChartFile::new("charts/in/Chart.yaml", b"name: in\nversion: 0.1.0\n");
        for path in [
            "charts/in-0.1.0.tgz",
            "charts/dir/charts/in-0.1.0.tgz",
            "charts/_in.tgz",
            "files/in.tar.gz",
            "files/in.bin",
        ] {
            let mut expected: Vec<String> =
                ["Chart.yaml:4:3", "Chart.lock:1:3", "values.schema.json:1:3", ".helmignore:1:3"]
                    .iter()
                    .map(|place| format!("github-token {path}/in/{place}"))
                    .collect();
            expected.push(format!("password {path}/in/values.yaml:2:13"));
            expected.push(format!("github-token {path}/in/charts/x.tgz/in/templates/a.yaml:1:3"));
            assert_eq!(told(&[plain.clone(), ChartFile::new(path, &outer)]), expected);
        }
    }

    #[test]
    fn archives_past_a_bound_are_refused() {
        let file = ChartFile::new("files/in.tgz", &archive(&[("a", &[0; 4000])]));
        let limits = Limits::DEFAULT.with(helm::Bound::ArchiveBytes, 3000);
        let error = scan_payload(&[file], &limits).unwrap_err();
        assert!(error.to_string().contains("3000 bytes"), "{error}");
        assert!(error.hint().unwrap().contains("archiveBytes"));
    }

    #[test]
    fn definitions_are_objects_and_environment_files_settings() {
        let secret = "kind: Thing\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: x\nstringData:\n  note: hunter2\n";
        let file = |name: &str, text: &str| ChartFile::new(name, text.as_bytes());
        let variables = "# DB_PASSWORD=hunter3hunter3\nHOST=db\nDB_PASSWORD=hunter2hunter2\n";
        let files = [
            file("crds/a.yaml", secret),
            file("charts/x/crds/a.yml", secret),
            file("files/a.yaml", secret),
            file("files/.env", variables),
            file("prod.env", variables),
            file("env.txt", variables),
        ];
        let expected = [
            "secret-data crds/a.yaml:8:9",
            "secret-data charts/x/crds/a.yml:8:9",
            "password files/.env:3:13",
            "password prod.env:3:13",
        ];
        assert_eq!(told(&files), expected);
    }
}
