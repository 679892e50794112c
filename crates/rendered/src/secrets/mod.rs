//! Secrets in what was rendered and in packages, found before anything is committed.
//!
//! Some are known by their shape wherever they stand (`rules`, `tokens`); others by where they stand: the values
//! of a Secret, what SOPS was to keep encrypted, and what looks random or like a password in variables, arguments and
//! ConfigMaps (`object`, `text`, `entropy`). Placeholders and references to a secret elsewhere are none (`literal`). Objects
//! that hold nothing suspicious aren't even decoded (`prefilter`).
//!
//! Nothing that leaves this module holds a character of a secret: a finding has a fingerprint of it, and [`mask`] is what
//! everything is put through that shows objects.

mod base64;
mod entropy;
mod failure;
mod header;
mod literal;
mod mask;
mod object;
mod payload;
mod prefilter;
mod rules;
mod shapes;
mod shown;
mod sops;
mod supply;
mod text;
mod tokens;

use std::fmt;

use gitstore::RepoPath;
use sha2::{Digest as _, Sha256};

pub(crate) use failure::mask_failure;
pub use mask::mask_secrets;
pub(crate) use mask::{mask, mask_file};
pub use payload::scan_payload;
pub use shown::without_tokens;
pub use supply::SecretSource;

use crate::diff::{PathStep, path_text};
use crate::layout::ObjectFile;
use crate::manifests::hex;
use crate::object::ObjectId;
use crate::origin::Layers;
use crate::render::PreparedChart;
use crate::spec::RenderSpec;

/// A secret that was about to get into a commit, told without a character of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFinding {
    /// The rule that found it, by its name in a policy.
    pub rule: &'static str,
    /// What it looks like, for people.
    pub what: &'static str,
    /// Where it is.
    pub place: SecretPlace,
    /// What tells it from other secrets.
    pub fingerprint: Fingerprint,
    /// Where it was written, for one in a render.
    pub source: Option<SecretSource>,
    /// The allowance that it had, where its last day is over: the place in the pipeline file, and the day.
    pub expired: Option<String>,
}

impl SecretFinding {
    /// What to do about one.
    pub const HINT: &str = "let the secret come from a store, such as an ExternalSecret or a SealedSecret; where it is none, \
                            or may be in Git, allow it below `secrets` in pipeline.yaml, with a reason and a last day";
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// In a rendered object.
    Object {
        /// The object.
        object: ObjectId,
        /// The field, such as `spec.template.spec.containers[web].env[TOKEN].value`.
        path: String,
    },
    /// In a file of a package.
    File {
        /// The path, from the package's root.
        path: String,
        /// The line, counted from 1.
        line: u32,
        /// The column in characters, counted from 1.
        column: u32,
    },
}

/// The first eight hexadecimal digits of a secret's SHA-256: enough to tell whether two are the same one, too few to find out
/// one that nobody can guess.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a secret, out of base64.
    pub fn of(secret: &[u8]) -> Self {
        Self(format!("sha256:{}", &hex(&Sha256::digest(secret))[..8]))
    }

    /// `sha256:` and eight hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is shown in the secret's place.
    pub(crate) fn mask(&self) -> String {
        format!("<masked, {}>", self.0)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `object, field` or `file:line:column`. Names that hold a token are `…`.
impl fmt::Display for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object { object, path } => write!(f, "{object}, {path}"),
            Self::File { path, line, column } => write!(f, "{}:{line}:{column}", without_tokens(path)),
        }
    }
}

/// `rule: place: what (fingerprint)`, then where it was written and which allowance has expired, a line each.
impl fmt::Display for SecretFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, what, place, fingerprint, source, expired } = self;
        write!(f, "{rule}: {place}: {what} ({fingerprint})")?;
        let source = source.as_ref().map(ToString::to_string);
        source.iter().try_for_each(|source| write!(f, "\n    {}", without_tokens(source)))?;
        expired.iter().try_for_each(|expired| write!(f, "\n    {expired}"))
    }
}

/// The names of all rules, as a policy writes them.
pub fn secret_rules() -> Vec<&'static str> {
    let by_place = [rules::SECRET_DATA, rules::SOPS_DECRYPTED, rules::PASSWORD, rules::HIGH_ENTROPY];
    let mut names: Vec<&str> =
        by_place.into_iter().chain(rules::RULES.iter().map(|rule| rule.name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The secrets in what a deployment rendered to, in the order of the files. The chart, the spec and the texts of its
/// values are those that it was rendered from: they tell where a secret was written.
pub fn scan(
    chart: &PreparedChart,
    spec: &RenderSpec,
    texts: &[(RepoPath, Vec<u8>)],
    files: &[ObjectFile],
) -> Vec<SecretFinding> {
    let mut hits = Vec::new();
    let mut objects = Vec::new();
    for file in files.iter().filter(|file| may_hold(&file.object, &file.bytes)) {
        // What doesn't decode has been refused before.
        let Ok(object) = goyaml::decode(&file.bytes) else { continue };
        for hit in object::hits(&object, &file.bytes) {
            hits.push((hit, file.template.as_str()));
            objects.push(&file.object);
        }
    }
    let layers = Layers { chart: chart.chart(), texts, set: &spec.set };
    let sources = supply::sources_of(&hits, &layers, chart.helm());
    let finding =
        |((hit, _), (source, object)): ((object::Hit, &str), (SecretSource, &ObjectId))| SecretFinding {
            rule: hit.rule,
            what: hit.what,
            expired: None,
            source: Some(source),
            fingerprint: Fingerprint::of(&hit.secret),
            place: SecretPlace::Object { object: object.clone(), path: field_text(&hit.path) },
        };
    hits.into_iter().zip(sources.into_iter().zip(objects)).map(finding).collect()
}

/// The text of a path; that of the object itself is a comment's.
fn field_text(path: &[PathStep]) -> String {
    if path.is_empty() { "a comment".to_owned() } else { path_text(path) }
}

/// Whether an object is worth being decoded.
fn may_hold(object: &ObjectId, text: &[u8]) -> bool {
    object.kind == "Secret" || object.kind.ends_with("List") || prefilter::is_suspect(text)
}

#[cfg(test)]
mod tests;
