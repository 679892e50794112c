//! A compiled schema: what each of its subschemas asks for, with the references resolved.

use std::collections::BTreeMap;

use gostd::regexp::Regexp;

use super::decimal::Decimal;
use super::draft::Draft;
use super::format::Format;
use super::json::Json;

/// The number of a schema in its program.
pub(super) type SchemaId = usize;

/// A compiled schema with all that it refers to.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) schemas: Vec<Schema>,
}

/// The types that a value may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Types(u8);

/// The types, in the order in which they are listed.
const TYPE_NAMES: [&str; 7] = ["null", "boolean", "number", "integer", "string", "array", "object"];

impl Types {
    pub(super) const INTEGER: Types = Types(1 << 3);

    pub(super) fn of(value: &Json<'_>) -> Self {
        Types::named(match value {
            Json::Null => "null",
            Json::Bool(_) => "boolean",
            Json::Number(_) => "number",
            Json::String(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        })
    }

    /// Unknown names are no type.
    pub(super) fn named(name: &str) -> Self {
        TYPE_NAMES.iter().position(|known| *known == name).map_or(Types(0), |index| Types(1 << index))
    }

    pub(super) fn union(self, other: Types) -> Self {
        Types(self.0 | other.0)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn overlaps(self, other: Types) -> bool {
        self.0 & other.0 != 0
    }

    /// `number or string`
    pub(super) fn names(self) -> String {
        let names = TYPE_NAMES.iter().enumerate().filter(|(index, _)| self.0 & (1 << index) != 0);
        names.map(|(_, name)| *name).collect::<Vec<_>>().join(" or ")
    }
}

/// A number in a keyword: exact to calculate with, and the nearest float to show.
#[derive(Debug)]
pub(super) struct Limit {
    pub(super) exact: Decimal,
    pub(super) shown: f64,
}

/// What additional members or elements must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Additional {
    Allowed(bool),
    Schema(SchemaId),
}

/// What goes with a member, in drafts where both are `dependencies`.
#[derive(Debug)]
pub(super) enum Dependency {
    Members(Vec<String>),
    Schema(SchemaId),
}

/// The elements' schemas, before `prefixItems`.
#[derive(Debug)]
pub(super) enum Items {
    Each(SchemaId),
    ByPlace(Vec<SchemaId>),
}

/// A `$dynamicRef`: where it leads unless the anchor is found further out.
#[derive(Debug)]
pub(super) struct DynamicRef {
    pub(super) target: SchemaId,
    pub(super) anchor: Option<String>,
}

/// Schemas by the names of members, ordered by length first, since most names differ in it.
#[derive(Debug, Default)]
pub(super) struct ByName(Vec<(String, SchemaId)>);

impl ByName {
    pub(super) fn new(mut schemas: Vec<(String, SchemaId)>) -> Self {
        schemas.sort_unstable_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
        Self(schemas)
    }

    pub(super) fn get(&self, name: &[u8]) -> Option<SchemaId> {
        let order = |probe: &str| probe.len().cmp(&name.len()).then_with(|| probe.as_bytes().cmp(name));
        let index = self.0.binary_search_by(|(probe, _)| order(probe)).ok()?;
        Some(self.0[index].1)
    }
}

/// A subschema; the fields are the keywords, where nothing else is said.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "keywords are what they are")]
pub(super) struct Schema {
    pub(super) location: String,
    pub(super) draft: Draft,
    /// The schema at the root of this one's resource.
    pub(super) resource: SchemaId,
    /// The dynamic anchors of this resource, where the schema is its root.
    pub(super) dynamic_anchors: BTreeMap<String, SchemaId>,
    pub(super) all_members_evaluated: bool,
    pub(super) all_items_evaluated: bool,
    pub(super) items_evaluated: usize,

    /// The verdict, where the schema is `true`, `false` or empty.
    pub(super) constant_verdict: Option<bool>,
    pub(super) reference: Option<SchemaId>,
    pub(super) recursive_ref: Option<SchemaId>,
    pub(super) recursive_anchor: bool,
    pub(super) dynamic_ref: Option<DynamicRef>,
    pub(super) dynamic_anchor: Option<String>,
    pub(super) types: Types,
    pub(super) constant: Option<Json<'static>>,
    pub(super) enumeration: Option<Vec<Json<'static>>>,
    pub(super) not: Option<SchemaId>,
    pub(super) all_of: Vec<SchemaId>,
    pub(super) any_of: Vec<SchemaId>,
    pub(super) one_of: Vec<SchemaId>,
    pub(super) condition: Option<SchemaId>,
    pub(super) consequence: Option<SchemaId>,
    pub(super) alternative: Option<SchemaId>,
    pub(super) format: Option<Format>,

    pub(super) min_properties: Option<i64>,
    pub(super) max_properties: Option<i64>,
    pub(super) required: Vec<String>,
    pub(super) properties: ByName,
    pub(super) pattern_properties: Vec<(Regexp, SchemaId)>,
    pub(super) additional_properties: Option<Additional>,
    pub(super) property_names: Option<SchemaId>,
    pub(super) dependencies: BTreeMap<String, Dependency>,
    pub(super) dependent_schemas: BTreeMap<String, SchemaId>,
    pub(super) dependent_required: BTreeMap<String, Vec<String>>,
    pub(super) unevaluated_properties: Option<SchemaId>,

    pub(super) min_items: Option<i64>,
    pub(super) max_items: Option<i64>,
    pub(super) unique_items: bool,
    pub(super) items: Option<Items>,
    pub(super) additional_items: Option<Additional>,
    pub(super) prefix_items: Vec<SchemaId>,
    /// `items` behind `prefixItems`.
    pub(super) rest_items: Option<SchemaId>,
    pub(super) contains: Option<SchemaId>,
    pub(super) min_contains: Option<i64>,
    pub(super) max_contains: Option<i64>,
    pub(super) unevaluated_items: Option<SchemaId>,

    pub(super) min_length: Option<i64>,
    pub(super) max_length: Option<i64>,
    pub(super) pattern: Option<Regexp>,

    pub(super) minimum: Option<Limit>,
    pub(super) maximum: Option<Limit>,
    pub(super) exclusive_minimum: Option<Limit>,
    pub(super) exclusive_maximum: Option<Limit>,
    pub(super) multiple_of: Option<Limit>,
}

impl Schema {
    pub(super) fn new(location: String, draft: Draft, resource: SchemaId) -> Self {
        Self {
            location,
            draft,
            resource,
            dynamic_anchors: BTreeMap::new(),
            all_members_evaluated: false,
            all_items_evaluated: false,
            items_evaluated: 0,
            constant_verdict: None,
            reference: None,
            recursive_ref: None,
            recursive_anchor: false,
            dynamic_ref: None,
            dynamic_anchor: None,
            types: Types::default(),
            constant: None,
            enumeration: None,
            not: None,
            all_of: Vec::new(),
            any_of: Vec::new(),
            one_of: Vec::new(),
            condition: None,
            consequence: None,
            alternative: None,
            format: None,
            min_properties: None,
            max_properties: None,
            required: Vec::new(),
            properties: ByName::default(),
            pattern_properties: Vec::new(),
            additional_properties: None,
            property_names: None,
            dependencies: BTreeMap::new(),
            dependent_schemas: BTreeMap::new(),
            dependent_required: BTreeMap::new(),
            unevaluated_properties: None,
            min_items: None,
            max_items: None,
            unique_items: false,
            items: None,
            additional_items: None,
            prefix_items: Vec::new(),
            rest_items: None,
            contains: None,
            min_contains: None,
            max_contains: None,
            unevaluated_items: None,
            min_length: None,
            max_length: None,
            pattern: None,
            minimum: None,
            maximum: None,
            exclusive_minimum: None,
            exclusive_maximum: None,
            multiple_of: None,
        }
    }
}
