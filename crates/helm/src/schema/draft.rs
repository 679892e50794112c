//! The drafts of JSON Schema, and their metaschemas.

use std::sync::OnceLock;

use super::compile;
use super::json::{self, Json};
use super::program::{Program, SchemaId};

/// A draft; later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Draft {
    Draft4,
    Draft6,
    Draft7,
    Draft2019,
    Draft2020,
}

/// What a schema without `$schema` is written in.
pub(super) const LATEST: Draft = Draft::Draft2020;

const DRAFTS: [Draft; 5] = [Draft::Draft4, Draft::Draft6, Draft::Draft7, Draft::Draft2019, Draft::Draft2020];

/// Where subschemas stand under a keyword.
#[derive(Clone, Copy, Debug)]
pub(super) enum Position {
    /// The keyword's value.
    Value,
    /// Each member of the object under the keyword.
    Members,
    /// Each element of the array under the keyword.
    Items,
    /// The keyword's value, and each element where it is an array.
    ValueOrItems,
}

/// The keywords with subschemas, and the draft that brought each.
const SUBSCHEMAS: &[(Draft, &str, Position)] = &[
    (Draft::Draft4, "additionalItems", Position::Value),
    (Draft::Draft4, "additionalProperties", Position::Value),
    (Draft::Draft4, "allOf", Position::Items),
    (Draft::Draft4, "anyOf", Position::Items),
    (Draft::Draft4, "definitions", Position::Members),
    (Draft::Draft4, "dependencies", Position::Members),
    (Draft::Draft4, "items", Position::ValueOrItems),
    (Draft::Draft4, "not", Position::Value),
    (Draft::Draft4, "oneOf", Position::Items),
    (Draft::Draft4, "patternProperties", Position::Members),
    (Draft::Draft4, "properties", Position::Members),
    (Draft::Draft6, "contains", Position::Value),
    (Draft::Draft6, "propertyNames", Position::Value),
    (Draft::Draft7, "else", Position::Value),
    (Draft::Draft7, "if", Position::Value),
    (Draft::Draft7, "then", Position::Value),
    (Draft::Draft2019, "$defs", Position::Members),
    (Draft::Draft2019, "contentSchema", Position::Value),
    (Draft::Draft2019, "dependentSchemas", Position::Members),
    (Draft::Draft2019, "unevaluatedItems", Position::Value),
    (Draft::Draft2019, "unevaluatedProperties", Position::Value),
    (Draft::Draft2020, "prefixItems", Position::Items),
];

impl Draft {
    /// The draft that a `$schema` names.
    pub(super) fn from_url(url: &str) -> Option<Self> {
        let (url, fragment) = super::url::split(url);
        if !fragment.is_empty() {
            return None;
        }
        let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).unwrap_or(url);
        match rest.strip_prefix("json-schema.org/")? {
            "schema" => Some(LATEST),
            "draft/2020-12/schema" => Some(Draft::Draft2020),
            "draft/2019-09/schema" => Some(Draft::Draft2019),
            "draft-07/schema" => Some(Draft::Draft7),
            "draft-06/schema" => Some(Draft::Draft6),
            "draft-04/schema" => Some(Draft::Draft4),
            _ => None,
        }
    }

    /// The metaschema's URL.
    fn url(self) -> &'static str {
        match self {
            Draft::Draft4 => "http://json-schema.org/draft-04/schema",
            Draft::Draft6 => "http://json-schema.org/draft-06/schema",
            Draft::Draft7 => "http://json-schema.org/draft-07/schema",
            Draft::Draft2019 => "https://json-schema.org/draft/2019-09/schema",
            Draft::Draft2020 => "https://json-schema.org/draft/2020-12/schema",
        }
    }

    /// The keyword that names a schema.
    pub(super) fn id_keyword(self) -> &'static str {
        if self == Draft::Draft4 { "id" } else { "$id" }
    }

    /// The keywords with subschemas.
    pub(super) fn subschemas(self) -> impl Iterator<Item = (&'static str, Position)> {
        let known = SUBSCHEMAS.iter().filter(move |(since, ..)| *since <= self);
        known.map(|(_, keyword, position)| (*keyword, *position))
    }
}

/// The documents that json-schema.org publishes for the drafts, by their path there.
const DOCUMENTS: &[(&str, &str)] = &[
    ("draft-04/schema", include_str!("metaschemas/draft-04.json")),
    ("draft-06/schema", include_str!("metaschemas/draft-06.json")),
    ("draft-07/schema", include_str!("metaschemas/draft-07.json")),
    ("draft/2019-09/schema", include_str!("metaschemas/2019-09.json")),
    ("draft/2019-09/meta/applicator", include_str!("metaschemas/2019-09/applicator.json")),
    ("draft/2019-09/meta/content", include_str!("metaschemas/2019-09/content.json")),
    ("draft/2019-09/meta/core", include_str!("metaschemas/2019-09/core.json")),
    ("draft/2019-09/meta/format", include_str!("metaschemas/2019-09/format.json")),
    ("draft/2019-09/meta/meta-data", include_str!("metaschemas/2019-09/meta-data.json")),
    ("draft/2019-09/meta/validation", include_str!("metaschemas/2019-09/validation.json")),
    ("draft/2020-12/schema", include_str!("metaschemas/2020-12.json")),
    ("draft/2020-12/meta/applicator", include_str!("metaschemas/2020-12/applicator.json")),
    ("draft/2020-12/meta/content", include_str!("metaschemas/2020-12/content.json")),
    ("draft/2020-12/meta/core", include_str!("metaschemas/2020-12/core.json")),
    ("draft/2020-12/meta/format-annotation", include_str!("metaschemas/2020-12/format-annotation.json")),
    ("draft/2020-12/meta/format-assertion", include_str!("metaschemas/2020-12/format-assertion.json")),
    ("draft/2020-12/meta/meta-data", include_str!("metaschemas/2020-12/meta-data.json")),
    ("draft/2020-12/meta/unevaluated", include_str!("metaschemas/2020-12/unevaluated.json")),
    ("draft/2020-12/meta/validation", include_str!("metaschemas/2020-12/validation.json")),
];

/// A published document by its URL.
pub(super) fn published(url: &str) -> Option<Json<'static>> {
    let path = url
        .strip_prefix("http://json-schema.org/")
        .or_else(|| url.strip_prefix("https://json-schema.org/"))?;
    let path = if path == "schema" { "draft/2020-12/schema" } else { path };
    let (_, text) = DOCUMENTS.iter().find(|(known, _)| *known == path)?;
    json::decode(text.as_bytes()).ok()
}

/// Compiled metaschemas: of all drafts, or of the one that is asked for.
#[derive(Debug)]
pub(super) struct Metaschemas {
    pub(super) program: Program,
    roots: [SchemaId; DRAFTS.len()],
}

impl Metaschemas {
    /// The metaschemas for a schema of a draft whose parts are of these drafts, compiled on first use. Mostly
    /// all parts are of one draft, and compiling the others would take most of a small render's time.
    pub(super) fn of(draft: Draft, mut parts: impl Iterator<Item = Draft>) -> &'static Metaschemas {
        static ONE: [OnceLock<Metaschemas>; DRAFTS.len()] = [const { OnceLock::new() }; DRAFTS.len()];
        static ALL: OnceLock<Metaschemas> = OnceLock::new();
        if parts.all(|part| part == draft) {
            ONE[draft as usize].get_or_init(|| {
                let (program, [root]) = compile::metaschemas([draft.url()]);
                Metaschemas { program, roots: [root; DRAFTS.len()] }
            })
        } else {
            ALL.get_or_init(|| {
                let (program, roots) = compile::metaschemas(DRAFTS.map(Draft::url));
                Metaschemas { program, roots }
            })
        }
    }

    /// The schema that schemas of a draft must satisfy.
    pub(super) fn root(&self, draft: Draft) -> SchemaId {
        self.roots[draft as usize]
    }
}
