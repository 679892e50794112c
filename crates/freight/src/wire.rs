//! Reading `freight.yaml` and gate markers as they stand on disk, with the place of every problem.

use std::collections::BTreeMap;
use std::fmt;

use gitstore::{RepoPath, TreeId};
use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::Spanned;

use crate::canonical;
use crate::error::Error;
use crate::id::{Digest, ReleaseTag, Revision};
use crate::image::{Image, ImageRef};
use crate::legacy::{Current, Marker};
use crate::record::{FreightRecord, PackageOrigin, PackageType, RecordProblem, RecordProblems};

/// The one version of the format.
pub(crate) const SCHEMA_VERSION: &str = "v1";

/// A text and where it stands.
#[derive(Clone, Debug)]
struct Text(String, At);

pub(crate) const RECORD_KEYS: [&str; 7] =
    ["schemaVersion", "revision", "tag", "image", "packageType", "createdAt", "package"];
pub(crate) const IMAGE_KEYS: [&str; 2] = ["ref", "digest"];
pub(crate) const PACKAGE_KEYS: [&str; 2] = ["path", "tree"];
const MARKER_KEYS: [&str; 5] = ["schemaVersion", "environment", "revision", "tag", "recorded"];
const CURRENT_KEYS: [&str; 3] = ["schemaVersion", "environment", "recorded"];

/// Line and column, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct At(u32, u32);

/// A YAML value with its place.
struct Node {
    at: At,
    shape: Shape,
}

enum Shape {
    Null,
    Text(String),
    /// A number or boolean without quotes.
    Unquoted,
    List,
    Map(Vec<(Node, Node)>),
}

/// Reads a record; all problems come back at once. `directory` is what holds the file, where that is asked.
pub(crate) fn read(
    path: &str,
    bytes: &[u8],
    directory: Option<&ReleaseTag>,
) -> Result<FreightRecord, RecordProblems> {
    if let Some(record) = canonical::record(bytes, directory) {
        return Ok(record);
    }
    read_with(path, |reader| reader.record(bytes, directory))
}

/// Reads a gate marker; all problems come back at once.
pub(crate) fn read_marker(path: &str, bytes: &[u8]) -> Result<Marker, RecordProblems> {
    read_with(path, |reader| reader.marker(bytes))
}

/// Reads what was recorded last for an environment of the former git-flow; all problems come back at once.
pub(crate) fn read_legacy_current(path: &str, bytes: &[u8]) -> Result<Current, RecordProblems> {
    read_with(path, |reader| reader.legacy_current(bytes))
}

fn read_with<T>(path: &str, read: impl FnOnce(&mut Reader) -> Option<T>) -> Result<T, RecordProblems> {
    let mut reader = Reader::default();
    let found = read(&mut reader);
    let mut problems = reader.problems;
    problems.sort_by_key(|problem| (problem.line, problem.column));
    match found {
        Some(found) if problems.is_empty() => Ok(found),
        _ => Err(RecordProblems { path: path.to_owned(), problems }),
    }
}

/// Collects problems while reading.
#[derive(Default)]
struct Reader {
    problems: Vec<RecordProblem>,
}

/// The keys of one mapping.
struct Keys<'n> {
    at: At,
    /// How messages name the mapping's keys: `image.` before `ref`.
    prefix: &'static str,
    found: BTreeMap<&'static str, &'n Node>,
    /// Keys that were meant by misspelt ones: that they are missing needn't be said as well.
    misspelt: Vec<&'static str>,
}

impl Reader {
    fn problem(&mut self, at: At, message: impl Into<String>, hint: Option<String>) {
        self.problems.push(RecordProblem { line: at.0, column: at.1, message: message.into(), hint });
    }

    fn record(&mut self, bytes: &[u8], directory: Option<&ReleaseTag>) -> Option<FreightRecord> {
        let node = self.parse(bytes)?;
        let keys = self.keys(&node, "", &RECORD_KEYS, Some("schemaVersion"))?;
        let revision = self.required(&keys, "revision").and_then(|text| self.value(&text, Revision::parse));
        let tag = self.required(&keys, "tag");
        let parsed_tag = tag.clone().and_then(|text| self.value(&text, ReleaseTag::parse));
        let (reference, image) = self.image(&keys);
        let package_type = self.package_type(&keys);
        let created_at = self.created_at(&keys);
        let package = self.package(&keys);
        self.compare_tag(revision.as_ref(), parsed_tag.as_ref(), tag.as_ref());
        if let (Some(directory), Some(parsed), Some(text)) = (directory, &parsed_tag, &tag)
            && parsed != directory
            && revision.as_ref().is_none_or(|revision| revision == parsed.revision())
        {
            let hint = format!("a record lies in the directory of its tag, {parsed}");
            self.problem(
                text.1,
                format!("the tag {parsed} disagrees with the directory {directory}"),
                Some(hint),
            );
        }
        // Only where the tag itself is right, or one mistake would be told twice.
        if let (Some(revision), Some(parsed), Some(image), Some(text)) =
            (&revision, &parsed_tag, &image, &reference)
            && parsed.revision() == revision
            && image.reference.tag() != parsed.as_str()
        {
            let hint = format!("the image of this release is {}:{parsed}", image.reference.repository());
            self.problem(
                text.1,
                format!("the image's tag {:?} is not the release's tag", image.reference.tag()),
                Some(hint),
            );
        }
        Some(FreightRecord {
            revision: revision?,
            tag: parsed_tag?,
            image: image?,
            package_type: package_type?,
            created_at: created_at.ok()?,
            package: package.ok()?,
        })
    }

    fn marker(&mut self, bytes: &[u8]) -> Option<Marker> {
        let node = self.parse(bytes)?;
        let keys = self.keys(&node, "", &MARKER_KEYS, Some("schemaVersion"))?;
        let environment = self.required(&keys, "environment");
        let revision = self.required(&keys, "revision").and_then(|text| self.value(&text, Revision::parse));
        let tag = self.required(&keys, "tag");
        let parsed_tag = tag.clone().and_then(|text| self.value(&text, ReleaseTag::parse));
        let recorded = self.required(&keys, "recorded").and_then(|text| self.value(&text, Revision::parse));
        self.compare_tag(revision.as_ref(), parsed_tag.as_ref(), tag.as_ref());
        Some(Marker {
            environment: environment?.0,
            revision: revision?,
            tag: parsed_tag?,
            recorded: recorded?,
        })
    }

    fn legacy_current(&mut self, bytes: &[u8]) -> Option<Current> {
        let node = self.parse(bytes)?;
        let keys = self.keys(&node, "", &CURRENT_KEYS, Some("schemaVersion"))?;
        let environment = self.required(&keys, "environment");
        let recorded = self.required(&keys, "recorded").and_then(|text| self.value(&text, Revision::parse));
        Some(Current { environment: environment?.0, recorded: recorded? })
    }

    /// Reports a tag that isn't `git-` and the revision beside it.
    fn compare_tag(&mut self, revision: Option<&Revision>, tag: Option<&ReleaseTag>, text: Option<&Text>) {
        if let (Some(revision), Some(tag), Some(text)) = (revision, tag, text)
            && tag.revision() != revision
        {
            let hint = format!("the tag of this revision is git-{revision}");
            self.problem(text.1, format!("the tag {tag} disagrees with the revision {revision}"), Some(hint));
        }
    }

    fn parse(&mut self, bytes: &[u8]) -> Option<Node> {
        let Ok(text) = str::from_utf8(bytes) else {
            self.problem(At(1, 1), "the file is not UTF-8", None);
            return None;
        };
        let options = serde_yaml::options! {
            strict_booleans: true,
            no_schema: true,
            with_snippet: false,
            // A record nests three levels deep; small stacks hold these.
            budget: serde_yaml::budget! { max_depth: 24 },
        };
        match serde_yaml::from_str_with_options::<Option<Node>>(text, options) {
            Ok(Some(node)) => Some(node),
            Ok(None) => Some(Node { at: At(1, 1), shape: Shape::Null }),
            Err(error) => {
                let at = error.location().map_or(At(1, 1), |at| place(&at));
                let (message, hint) = match error.without_snippet() {
                    serde_yaml::Error::DuplicateMappingKey { key: Some(key), .. } => {
                        (format!("the key `{key}` is given twice"), Some("keep one of the two".to_owned()))
                    }
                    serde_yaml::Error::MultipleDocuments { .. } => (
                        "a second document begins here".to_owned(),
                        Some("keep one document in the file".to_owned()),
                    ),
                    plain => {
                        let place = format!(" at line {}, column {}", at.0, at.1);
                        (format!("invalid YAML: {}", plain.to_string().replace(&place, "")), None)
                    }
                };
                self.problem(at, message, hint);
                None
            }
        }
    }

    /// The keys of a mapping, unknown ones reported. The version is looked at before the rest: of a newer
    /// format nothing else can be said.
    fn keys<'n>(
        &mut self,
        node: &'n Node,
        prefix: &'static str,
        known: &'static [&'static str],
        version: Option<&'static str>,
    ) -> Option<Keys<'n>> {
        let Shape::Map(pairs) = &node.shape else {
            let message = format!("expected a mapping, found {}", node.shape.describe());
            self.problem(node.at, message, Some(format!("its keys are {}", known.join(", "))));
            return None;
        };
        let named = |key: &Node, name: &str| matches!(&key.shape, Shape::Text(text) if text == name);
        if let Some((_, value)) = version.and_then(|name| pairs.iter().find(|(key, _)| named(key, name)))
            && !matches!(&value.shape, Shape::Text(text) if text == SCHEMA_VERSION)
        {
            let found = value.shape.describe();
            let hint = format!("this Waybill reads {SCHEMA_VERSION}: use one that knows the other");
            self.problem(value.at, format!("unknown schemaVersion {found}"), Some(hint));
            return None;
        }
        let mut keys = Keys { at: node.at, prefix, found: BTreeMap::new(), misspelt: Vec::new() };
        for (key, value) in pairs {
            if let Some(name) = known.iter().find(|name| named(key, name)) {
                keys.found.insert(name, value);
                continue;
            }
            let Shape::Text(text) = &key.shape else {
                self.problem(key.at, format!("expected a key, found {}", key.shape.describe()), None);
                continue;
            };
            let near = nearest(text, known);
            keys.misspelt.extend(near);
            let hint = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known keys: {}", known.join(", ")),
            };
            self.problem(key.at, format!("unknown key `{prefix}{text}`"), Some(hint));
        }
        Some(keys)
    }

    /// A text under a key that may be missing; the outer `None` says that it is wrong.
    fn optional(&mut self, keys: &Keys<'_>, key: &'static str) -> Option<Option<Text>> {
        let Some(node) = keys.found.get(key) else { return Some(None) };
        match &node.shape {
            Shape::Text(text) => Some(Some(Text(text.clone(), node.at))),
            Shape::Null => Some(None),
            shape => {
                let hint = matches!(shape, Shape::Unquoted).then(|| "put it in quotes".to_owned());
                self.problem(node.at, format!("expected text, found {}", shape.describe()), hint);
                None
            }
        }
    }

    fn required(&mut self, keys: &Keys<'_>, key: &'static str) -> Option<Text> {
        let text = self.optional(keys, key)?;
        if text.is_none() {
            self.missing(keys, key);
        }
        text
    }

    fn missing(&mut self, keys: &Keys<'_>, key: &'static str) {
        if !keys.misspelt.contains(&key) {
            self.problem(keys.at, format!("no `{}{key}`", keys.prefix), None);
        }
    }

    /// Reads a value; what is wrong with it is reported where it stands.
    fn value<T>(&mut self, text: &Text, parse: impl FnOnce(&str) -> Result<T, Error>) -> Option<T> {
        parse(&text.0).map_err(|error| self.problem(text.1, error.to_string(), error.hint())).ok()
    }

    fn image(&mut self, keys: &Keys<'_>) -> (Option<Text>, Option<Image>) {
        let Some(node) = keys.found.get("image").filter(|node| !matches!(node.shape, Shape::Null)) else {
            self.missing(keys, "image");
            return (None, None);
        };
        let Some(keys) = self.keys(node, "image.", &IMAGE_KEYS, None) else { return (None, None) };
        let text = self.required(&keys, "ref");
        let reference = text.clone().and_then(|text| self.value(&text, ImageRef::parse));
        let digest = match self.optional(&keys, "digest") {
            Some(Some(text)) => self.value(&text, Digest::parse).map(Some),
            other => other.map(|_| None),
        };
        let image = reference.zip(digest).map(|(reference, digest)| Image { reference, digest });
        (text, image)
    }

    fn package_type(&mut self, keys: &Keys<'_>) -> Option<PackageType> {
        let text = self.required(keys, "packageType")?;
        match text.0.as_str() {
            "helm" => Some(PackageType::Helm),
            "kustomize" => {
                let hint = "freeze a Helm chart: `packageType: helm`".to_owned();
                self.problem(text.1, "the package type kustomize is not supported yet", Some(hint));
                None
            }
            other => {
                let hint = "known: helm".to_owned();
                self.problem(text.1, format!("unknown package type {other:?}"), Some(hint));
                None
            }
        }
    }

    fn created_at(&mut self, keys: &Keys<'_>) -> Result<Option<Timestamp>, ()> {
        match self.optional(keys, "createdAt") {
            Some(Some(text)) => text.0.parse().map(Some).map_err(|_| {
                let hint = "write it as 2026-03-22T12:34:56Z".to_owned();
                self.problem(text.1, format!("{:?} is no RFC 3339 time", text.0), Some(hint));
            }),
            Some(None) => Ok(None),
            None => Err(()),
        }
    }

    fn package(&mut self, keys: &Keys<'_>) -> Result<Option<PackageOrigin>, ()> {
        let Some(node) = keys.found.get("package").filter(|node| !matches!(node.shape, Shape::Null)) else {
            return Ok(None);
        };
        let keys = self.keys(node, "package.", &PACKAGE_KEYS, None).ok_or(())?;
        let path = self.required(&keys, "path");
        let path = path.and_then(|text| self.value(&text, |text| Ok(RepoPath::new(text)?)));
        let tree = self.required(&keys, "tree");
        let tree = tree.and_then(|text| self.value(&text, |text| Ok(TreeId::parse(text)?)));
        path.zip(tree).map(|(path, tree)| Some(PackageOrigin { path, tree })).ok_or(())
    }
}

/// The key that a misspelt one is nearest to, if it is at most two edits away.
fn nearest(text: &str, known: &'static [&'static str]) -> Option<&'static str> {
    let distance = |name: &str| strsim::osa_distance(&text.to_lowercase(), &name.to_lowercase());
    let near = known.iter().copied().min_by_key(|name| distance(name))?;
    (distance(near) <= if text.len() < 5 { 1 } else { 2 }).then_some(near)
}

impl Shape {
    fn describe(&self) -> String {
        match self {
            Self::Null => "nothing".to_owned(),
            Self::Text(text) => format!("{text:?}"),
            Self::Unquoted => "a number or boolean without quotes".to_owned(),
            Self::List => "a list".to_owned(),
            Self::Map(_) => "a mapping".to_owned(),
        }
    }
}

fn place(location: &serde_yaml::Location) -> At {
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    At(number(location.line()), number(location.column()))
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Shape>::deserialize(deserializer)?;
        Ok(Self { at: place(&spanned.referenced), shape: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Unquoted)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Unquoted)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Unquoted)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Shape, E> {
        Ok(Shape::Unquoted)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Shape, E> {
        Ok(Shape::Unquoted)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Unquoted)
    }

    fn visit_str<E>(self, text: &str) -> Result<Shape, E> {
        Ok(Shape::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape, A::Error> {
        while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
        Ok(Shape::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Shape::Map(pairs))
    }
}
