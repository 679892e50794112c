//! The records as they stand on disk: a fixed layout out, a strict reader in.
//!
//! Nobody writes these files by hand, so the reader stops at the first thing that is wrong, with its place.

use std::fmt::{Display, Write as _};

use freight::ReleaseTag;
use gitstore::{BlobId, RepoPath, TreeId};
use helm::{HelmVersion, KubeVersion};
use policy::Nondeterminism;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_yaml::{Location, Spanned};

use super::promotion::{FreightRef, PromotionRecord};
use super::verification::{Evidence, Verdict, VerdictResult, Verification};
use super::yaml::{quoted, scalar};
use crate::error::{Error, Result};
use crate::layout::SKIP_FILE_MARKER;
use crate::manifests::ManifestsDigest;
use crate::spec::{RenderSpec, ValuesFile};

/// The one version of both formats.
const SCHEMA_VERSION: &str = "v1";

type Text = Spanned<String>;

/// What is read before the rest: of another version nothing else can be told.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Versioned {
    schema_version: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WirePromotion {
    #[serde(rename = "schemaVersion")]
    _schema_version: String,
    stage: String,
    warehouse: String,
    // Not an `Option` by itself: the key must be there.
    #[serde(deserialize_with = "Option::deserialize")]
    freight: Option<WireFreight>,
    helm: Text,
    renderer: u32,
    policy: Vec<WireFile>,
    deployments: Vec<WireSpec>,
    manifests: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFreight {
    tag: Text,
    tree: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFile {
    path: Text,
    blob: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WireSpec {
    deployment: String,
    release_name: String,
    namespace: String,
    kube_version: Text,
    api_versions: Vec<String>,
    #[serde(rename = "includeCRDs")]
    include_crds: bool,
    skip_tests: bool,
    disable_hooks: bool,
    nondeterminism: Text,
    seed: Option<String>,
    epoch: Option<Text>,
    values: Vec<WireFile>,
    set: Vec<WireSet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSet {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WireVerification {
    #[serde(rename = "schemaVersion")]
    _schema_version: String,
    verdicts: Vec<WireVerdict>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireVerdict {
    freight: Text,
    manifests: Text,
    result: Text,
    evidence: Vec<WireEvidence>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireEvidence {
    name: String,
    text: String,
}

/// A file being read, for the places of errors.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    path: &'a str,
}

impl<'a> Reader<'a> {
    /// Reads a file of schema version `v1`; `path` is how messages name it.
    pub(crate) fn read<T: DeserializeOwned>(path: &'a str, bytes: &[u8]) -> Result<(Self, T)> {
        let reader = Self { path };
        let text = str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            reader.error(
                u32::try_from(line).unwrap_or(u32::MAX).saturating_add(1),
                1,
                "the file is not UTF-8",
            )
        })?;
        let Versioned { schema_version } = reader.decode(text)?;
        if schema_version.value != SCHEMA_VERSION {
            let place = schema_version.referenced;
            return Err(Error::RecordVersion {
                path: path.to_owned(),
                line: number(place.line()),
                column: number(place.column()),
                version: schema_version.value,
            });
        }
        Ok((reader, reader.decode(text)?))
    }

    fn decode<T: DeserializeOwned>(self, text: &str) -> Result<T> {
        let options = serde_yaml::options! { strict_booleans: true, no_schema: true, with_snippet: false };
        serde_yaml::from_str_with_options(text, options).map_err(|error| {
            let place = error.location();
            let (line, column) = place.map_or((1, 1), |at| (number(at.line()), number(at.column())));
            let message = error.without_snippet().to_string();
            self.error(line, column, message.replace(&format!(" at line {line}, column {column}"), ""))
        })
    }

    /// A text that has to be of a kind.
    fn value<T, E: Display>(self, text: &Text, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T> {
        parse(&text.value).map_err(|error| self.at(text.referenced, error.to_string()))
    }

    fn at(self, place: Location, message: impl Into<String>) -> Error {
        self.error(number(place.line()), number(place.column()), message)
    }

    fn error(self, line: u32, column: u32, message: impl Into<String>) -> Error {
        Error::Record { path: self.path.to_owned(), line, column, message: message.into() }
    }

    fn file(self, file: &WireFile) -> Result<(RepoPath, BlobId)> {
        Ok((self.value(&file.path, |text| RepoPath::new(text))?, self.value(&file.blob, BlobId::parse)?))
    }

    fn spec(self, wire: WireSpec) -> Result<RenderSpec> {
        let values = wire.values.iter().map(|file| {
            let (path, blob) = self.file(file)?;
            Ok(ValuesFile { path, blob })
        });
        Ok(RenderSpec {
            kube_version: self.value(&wire.kube_version, KubeVersion::parse)?,
            nondeterminism: self.nondeterminism(&wire)?,
            values: values.collect::<Result<_>>()?,
            set: wire.set.into_iter().map(|set| (set.key, set.value)).collect(),
            deployment: wire.deployment,
            release_name: wire.release_name,
            namespace: wire.namespace,
            api_versions: wire.api_versions,
            include_crds: wire.include_crds,
            skip_tests: wire.skip_tests,
            disable_hooks: wire.disable_hooks,
        })
    }

    fn nondeterminism(self, wire: &WireSpec) -> Result<Nondeterminism> {
        let place = wire.nondeterminism.referenced;
        match (wire.nondeterminism.value.as_str(), &wire.seed, &wire.epoch) {
            ("refuse", None, None) => Ok(Nondeterminism::Refuse),
            ("seeded", Some(seed), Some(epoch)) => {
                let epoch = self.value(epoch, str::parse)?;
                Ok(Nondeterminism::Seeded { seed: seed.clone(), epoch })
            }
            ("refuse", ..) => Err(self.at(place, "`refuse` goes without `seed` and `epoch`")),
            ("seeded", ..) => Err(self.at(place, "`seeded` needs `seed` and `epoch`")),
            (other, ..) => Err(self.at(place, format!("{other:?} is not one of: refuse, seeded"))),
        }
    }
}

fn number(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn parse_helm(text: &str) -> Result<HelmVersion, String> {
    match HelmVersion::parse(text) {
        Some(version) if version.number() == text => Ok(version),
        _ => Err(format!("this version of Waybill doesn't render as Helm {text:?}")),
    }
}

pub(super) fn read_promotion(path: &str, bytes: &[u8]) -> Result<PromotionRecord> {
    let (reader, wire): (_, WirePromotion) = Reader::read(path, bytes)?;
    let freight = wire.freight.map(|freight| -> Result<FreightRef> {
        let tag = reader.value(&freight.tag, ReleaseTag::parse)?;
        Ok(FreightRef { tag, tree: reader.value(&freight.tree, TreeId::parse)? })
    });
    Ok(PromotionRecord {
        stage: wire.stage,
        warehouse: wire.warehouse,
        freight: freight.transpose()?,
        helm: reader.value(&wire.helm, parse_helm)?,
        renderer: wire.renderer,
        policy: wire.policy.iter().map(|file| reader.file(file)).collect::<Result<_>>()?,
        deployments: wire.deployments.into_iter().map(|spec| reader.spec(spec)).collect::<Result<_>>()?,
        manifests: reader.value(&wire.manifests, ManifestsDigest::parse)?,
    })
}

pub(super) fn read_verification(path: &str, bytes: &[u8]) -> Result<Verification> {
    let (reader, wire): (_, WireVerification) = Reader::read(path, bytes)?;
    let verdict = |wire: WireVerdict| -> Result<Verdict> {
        let result = reader.value(&wire.result, |text| match text {
            "passed" => Ok(VerdictResult::Passed),
            "failed" => Ok(VerdictResult::Failed),
            other => Err(format!("{other:?} is not one of: passed, failed")),
        })?;
        let evidence = wire.evidence.into_iter().map(|WireEvidence { name, text }| Evidence { name, text });
        Ok(Verdict {
            freight: reader.value(&wire.freight, TreeId::parse)?,
            manifests: reader.value(&wire.manifests, ManifestsDigest::parse)?,
            result,
            evidence: evidence.collect(),
        })
    };
    let verdicts = wire.verdicts.into_iter().map(verdict).collect::<Result<_>>()?;
    Ok(Verification { verdicts })
}

/// Text by lines; writing to a String can't fail.
struct Writer {
    text: String,
}

impl Writer {
    fn new() -> Self {
        let mut writer = Self { text: String::new() };
        writer.line(0, format_args!("# {SKIP_FILE_MARKER}"));
        writer.line(0, format_args!("schemaVersion: {SCHEMA_VERSION}"));
        writer
    }

    fn line(&mut self, indent: usize, line: impl Display) {
        let _ = writeln!(self.text, "{:indent$}{line}", "");
    }

    fn pair(&mut self, indent: usize, key: &str, value: &str) {
        self.line(indent, format_args!("{key}: {}", scalar(value)));
    }

    /// `key:` before a list that has items, `key: []` else.
    fn list<T>(&mut self, indent: usize, key: &str, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        self.line(indent, format_args!("{key}:{}", if items.is_empty() { " []" } else { "" }));
        items.iter().for_each(|each| item(self, each));
    }

    fn file(&mut self, indent: usize, path: &RepoPath, blob: BlobId) {
        // The policy refuses names that aren't UTF-8, so nothing is lost in the text.
        self.line(indent, format_args!("- path: {}", scalar(&path.to_string())));
        self.pair(indent + 2, "blob", &blob.to_hex());
    }

    fn spec(&mut self, spec: &RenderSpec) {
        self.line(2, format_args!("- deployment: {}", scalar(&spec.deployment)));
        self.pair(4, "releaseName", &spec.release_name);
        self.pair(4, "namespace", &spec.namespace);
        self.pair(4, "kubeVersion", spec.kube_version.version());
        self.list(4, "apiVersions", &spec.api_versions, |writer, version| {
            writer.line(6, format_args!("- {}", scalar(version)));
        });
        self.line(4, format_args!("includeCRDs: {}", spec.include_crds));
        self.line(4, format_args!("skipTests: {}", spec.skip_tests));
        self.line(4, format_args!("disableHooks: {}", spec.disable_hooks));
        match &spec.nondeterminism {
            Nondeterminism::Refuse => self.pair(4, "nondeterminism", "refuse"),
            Nondeterminism::Seeded { seed, epoch } => {
                self.pair(4, "nondeterminism", "seeded");
                self.pair(4, "seed", seed);
                self.pair(4, "epoch", &epoch.to_string());
            }
        }
        self.list(4, "values", &spec.values, |writer, file| writer.file(6, &file.path, file.blob));
        self.list(4, "set", &spec.set, |writer, (key, value)| {
            writer.line(6, format_args!("- key: {}", scalar(key)));
            writer.pair(8, "value", value);
        });
    }
}

pub(super) fn write_promotion(record: &PromotionRecord) -> String {
    let mut writer = Writer::new();
    writer.pair(0, "stage", &record.stage);
    writer.pair(0, "warehouse", &record.warehouse);
    match &record.freight {
        None => writer.line(0, "freight: null"),
        Some(freight) => {
            writer.line(0, "freight:");
            writer.pair(2, "tag", freight.tag.as_str());
            writer.pair(2, "tree", &freight.tree.to_hex());
        }
    }
    writer.line(0, format_args!("helm: {}", quoted(record.helm.number())));
    writer.line(0, format_args!("renderer: {}", record.renderer));
    writer.list(0, "policy", &record.policy, |writer, (path, blob)| writer.file(2, path, *blob));
    writer.list(0, "deployments", &record.deployments, Writer::spec);
    writer.pair(0, "manifests", record.manifests.as_str());
    writer.text
}

pub(super) fn write_verification(verification: &Verification) -> String {
    let mut writer = Writer::new();
    writer.list(0, "verdicts", &verification.verdicts, |writer, verdict| {
        writer.line(2, format_args!("- freight: {}", scalar(&verdict.freight.to_hex())));
        writer.pair(4, "manifests", verdict.manifests.as_str());
        writer.pair(4, "result", verdict.result.as_str());
        writer.list(4, "evidence", &verdict.evidence, |writer, evidence| {
            writer.line(6, format_args!("- name: {}", scalar(&evidence.name)));
            writer.pair(8, "text", &evidence.text);
        });
    });
    writer.text
}

#[cfg(test)]
mod tests;
