//! From a schema's documents to a [`Program`]: one [`Schema`] for each subschema that counts, in the order in which
//! references and keywords lead to them.

use std::collections::HashMap;
use std::rc::Rc;

use gostd::regexp::{Pattern, Regexp};

use super::document::{CompileError, Documents, Place, Root, escape_token};
use super::draft::Draft;
use super::format::Format;
use super::json::{Json, Object};
use super::program::{
    Additional, ByName, Dependency, DynamicRef, Items, Limit, Program, Schema, SchemaId, Types,
};
use super::url;

/// Compiles a document under a URL; its root is schema 0.
pub(super) fn document(url: &str, document: Json<'static>) -> Result<Program, CompileError> {
    let mut compiler = Compiler::new(Formats::OfOldDrafts);
    compiler.documents.add(url, document);
    compiler.compile(url)?;
    Ok(Program { schemas: compiler.compiled })
}

/// Compiles published metaschemas, whose formats count in every draft.
pub(super) fn metaschemas<const N: usize>(urls: [&str; N]) -> (Program, [SchemaId; N]) {
    let mut compiler = Compiler::new(Formats::OfAllDrafts);
    let roots = urls.map(|url| compiler.compile(url).expect("a test compiles the published metaschemas"));
    (Program { schemas: compiler.compiled }, roots)
}

/// Where `format` is more than a note.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Formats {
    OfOldDrafts,
    OfAllDrafts,
}

struct Compiler {
    documents: Documents,
    formats: Formats,
    ids: HashMap<Place, SchemaId>,
    /// The places of all schemas by number; those behind the compiled ones wait.
    places: Vec<Place>,
    compiled: Vec<Schema>,
    /// The sizes of all patterns so far.
    patterns: u64,
}

/// How large all patterns of a schema may be, as [`Pattern::size`] has it: a hundred times the largest that are known.
const LARGEST_PATTERNS: u64 = 8 << 20;

impl Compiler {
    fn new(formats: Formats) -> Self {
        let documents = Documents::default();
        Self {
            documents,
            formats,
            ids: HashMap::new(),
            places: Vec::new(),
            compiled: Vec::new(),
            patterns: 0,
        }
    }

    fn compile(&mut self, url: &str) -> Result<SchemaId, CompileError> {
        let document = self.documents.root(url)?;
        let expected = document.len();
        self.places.reserve(expected);
        self.ids.reserve(expected);
        self.compiled.reserve(expected);
        let root = self.enqueue(document.resolve_fragment("")?);
        while let Some(place) = self.places.get(self.compiled.len()).cloned() {
            let schema = self.compile_place(&place)?;
            self.compiled.push(schema);
        }
        Ok(root)
    }

    fn enqueue(&mut self, place: Place) -> SchemaId {
        if let Some(id) = self.ids.get(&place) {
            return *id;
        }
        let id = self.places.len();
        self.places.push(place.clone());
        self.ids.insert(place, id);
        id
    }

    fn compile_place(&mut self, place: &Place) -> Result<Schema, CompileError> {
        let root = self.documents.ensure_schema(place)?;
        let value = root.lookup(&place.pointer)?;
        let resource = root.resource(&place.pointer);
        let base = Place { url: Rc::clone(&place.url), pointer: resource.pointer.clone() };
        let is_resource = base == *place;
        let mut schema = Schema::new(place.to_string(), resource.draft, self.enqueue(base));
        if is_resource && resource.draft >= Draft::Draft2020 {
            let dynamic = |name: &String| Some((name.clone(), resource.anchors.get(name)?.clone()));
            for (name, pointer) in resource.dynamic_anchors.iter().filter_map(dynamic) {
                let target = self.enqueue(Place { url: Rc::clone(&place.url), pointer });
                schema.dynamic_anchors.insert(name, target);
            }
        }
        match value {
            Json::Bool(verdict) => schema.constant_verdict = Some(*verdict),
            Json::Object(object) if object.len() == 0 => schema.constant_verdict = Some(true),
            Json::Object(object) => {
                Keywords { compiler: self, object, place, root: &root, base_url: &resource.id }
                    .compile(&mut schema)?;
            }
            _ => {}
        }
        schema.all_members_evaluated = schema.additional_properties.is_some();
        if schema.draft < Draft::Draft2020 {
            schema.all_items_evaluated =
                schema.additional_items.is_some() || matches!(schema.items, Some(Items::Each(_)));
            if let Some(Items::ByPlace(items)) = &schema.items {
                schema.items_evaluated = items.len();
            }
        } else {
            schema.all_items_evaluated = schema.rest_items.is_some();
            schema.items_evaluated = schema.prefix_items.len();
        }
        Ok(schema)
    }
}

/// The keywords of one subschema.
struct Keywords<'c> {
    compiler: &'c mut Compiler,
    object: &'c Object<'static>,
    place: &'c Place,
    root: &'c Root,
    /// What references are relative to.
    base_url: &'c str,
}

impl<'c> Keywords<'c> {
    fn compile(&mut self, schema: &mut Schema) -> Result<(), CompileError> {
        schema.reference = self.reference("$ref")?;
        if schema.reference.is_some() && schema.draft < Draft::Draft2019 {
            // Nothing beside a reference counts in these drafts. Go compiles what is newer than draft 4 all the same,
            // and looks at a constant before it follows the reference.
            schema.constant = self.constant(schema);
            schema.contains = self.newer(schema, Draft::Draft6, "contains");
            schema.property_names = self.newer(schema, Draft::Draft6, "propertyNames");
            self.compile_condition(schema);
            return Ok(());
        }
        self.compile_any_value(schema)?;
        self.compile_objects(schema)?;
        self.compile_arrays(schema);
        self.compile_strings(schema)?;
        self.compile_numbers(schema);
        Ok(())
    }

    fn compile_any_value(&mut self, schema: &mut Schema) -> Result<(), CompileError> {
        schema.all_of = self.schemas("allOf");
        schema.any_of = self.schemas("anyOf");
        schema.one_of = self.schemas("oneOf");
        schema.not = self.schema("not");
        schema.types = self.types();
        schema.enumeration = self.value("enum").and_then(Json::as_array).map(<[Json<'_>]>::to_vec);
        schema.constant = self.constant(schema);
        self.compile_condition(schema);
        if schema.draft >= Draft::Draft2019 {
            schema.recursive_ref = self.reference("$recursiveRef")?;
            schema.recursive_anchor = self.flag("$recursiveAnchor");
        }
        if schema.draft >= Draft::Draft2020 {
            if let Some(target) = self.reference("$dynamicRef")? {
                let (_, fragment) = url::split_fragment(self.text("$dynamicRef").unwrap_or_default())
                    .map_err(CompileError::Url)?;
                let anchor = (!fragment.is_empty() && !fragment.starts_with('/')).then_some(fragment);
                schema.dynamic_ref = Some(DynamicRef { target, anchor });
            }
            schema.dynamic_anchor = self.text("$dynamicAnchor").map(str::to_owned);
        }
        if schema.draft < Draft::Draft2019 || self.compiler.formats == Formats::OfAllDrafts {
            schema.format = self.text("format").and_then(Format::by_name);
        }
        Ok(())
    }

    fn constant(&self, schema: &Schema) -> Option<Json<'static>> {
        if schema.draft >= Draft::Draft6 { self.value("const").cloned() } else { None }
    }

    fn compile_condition(&mut self, schema: &mut Schema) {
        schema.condition = self.newer(schema, Draft::Draft7, "if");
        if schema.condition.is_some() {
            let always = self.value("if").and_then(Json::as_bool);
            schema.consequence = if always == Some(false) { None } else { self.schema("then") };
            schema.alternative = if always == Some(true) { None } else { self.schema("else") };
        }
    }

    fn compile_objects(&mut self, schema: &mut Schema) -> Result<(), CompileError> {
        schema.min_properties = self.whole("minProperties");
        schema.max_properties = self.whole("maxProperties");
        schema.required = self.value("required").map(strings).unwrap_or_default();
        schema.properties = ByName::new(self.schemas_by_name("properties"));
        for (pattern, target) in self.schemas_by_name("patternProperties") {
            let regex = self.regex("patternProperties", &pattern)?;
            schema.pattern_properties.push((regex, target));
        }
        schema.additional_properties = self.additional("additionalProperties");
        for (name, value) in self.members("dependencies") {
            let dependency = match value {
                Json::Array(_) => Dependency::Members(strings(value)),
                _ => Dependency::Schema(self.enqueue_below(&["dependencies", &name])),
            };
            schema.dependencies.insert(name, dependency);
        }
        schema.property_names = self.newer(schema, Draft::Draft6, "propertyNames");
        if schema.draft >= Draft::Draft2019 {
            schema.dependent_schemas = self.schemas_by_name("dependentSchemas").into_iter().collect();
            for (name, value) in self.members("dependentRequired") {
                if let Json::Array(_) = value {
                    schema.dependent_required.insert(name, strings(value));
                }
            }
            schema.unevaluated_properties = self.schema("unevaluatedProperties");
        }
        Ok(())
    }

    fn compile_arrays(&mut self, schema: &mut Schema) {
        schema.min_items = self.whole("minItems");
        schema.max_items = self.whole("maxItems");
        schema.unique_items = self.flag("uniqueItems");
        if schema.draft < Draft::Draft2020 {
            if let Some(Json::Array(_)) = self.value("items") {
                schema.items = Some(Items::ByPlace(self.schemas("items")));
                schema.additional_items = self.additional("additionalItems");
            } else {
                schema.items = self.schema("items").map(Items::Each);
            }
        } else {
            schema.prefix_items = self.schemas("prefixItems");
            schema.rest_items = self.schema("items");
        }
        schema.contains = self.newer(schema, Draft::Draft6, "contains");
        if schema.draft >= Draft::Draft2019 {
            if schema.contains.is_some() {
                schema.min_contains = self.whole("minContains");
                schema.max_contains = self.whole("maxContains");
            }
            schema.unevaluated_items = self.schema("unevaluatedItems");
        }
    }

    fn compile_strings(&mut self, schema: &mut Schema) -> Result<(), CompileError> {
        schema.min_length = self.whole("minLength");
        schema.max_length = self.whole("maxLength");
        if let Some(pattern) = self.text("pattern") {
            schema.pattern = Some(self.regex("pattern", pattern)?);
        }
        Ok(())
    }

    fn compile_numbers(&mut self, schema: &mut Schema) {
        schema.multiple_of = self.limit("multipleOf");
        schema.maximum = self.limit("maximum");
        // A flag in draft 4, a number of its own later; whichever stands there counts in every draft.
        schema.exclusive_maximum = if self.flag("exclusiveMaximum") {
            schema.maximum.take()
        } else {
            self.limit("exclusiveMaximum")
        };
        schema.minimum = self.limit("minimum");
        schema.exclusive_minimum = if self.flag("exclusiveMinimum") {
            schema.minimum.take()
        } else {
            self.limit("exclusiveMinimum")
        };
    }

    fn value(&self, keyword: &str) -> Option<&'c Json<'static>> {
        self.object.get(keyword.as_bytes())
    }

    fn text(&self, keyword: &str) -> Option<&'c str> {
        self.value(keyword)?.as_str()
    }

    fn flag(&self, keyword: &str) -> bool {
        self.value(keyword).and_then(Json::as_bool).unwrap_or(false)
    }

    fn limit(&self, keyword: &str) -> Option<Limit> {
        let number = self.value(keyword)?.as_number()?;
        Some(Limit { exact: number.decimal()?, shown: number.nearest() })
    }

    fn whole(&self, keyword: &str) -> Option<i64> {
        let number = self.value(keyword)?.as_number()?.decimal()?;
        number.is_integer().then(|| number.to_i64())
    }

    fn types(&self) -> Types {
        match self.value("type") {
            Some(Json::Array(names)) => names
                .items()
                .iter()
                .filter_map(Json::as_str)
                .fold(Types::default(), |types, name| types.union(Types::named(name))),
            Some(name) => name.as_str().map(Types::named).unwrap_or_default(),
            None => Types::default(),
        }
    }

    fn regex(&mut self, keyword: &str, pattern: &str) -> Result<Regexp, CompileError> {
        let read = Pattern::parse(pattern.as_bytes());
        if let Ok(read) = &read {
            self.compiler.patterns = self.compiler.patterns.saturating_add(read.size());
        }
        let compiled = match read {
            Ok(_) if self.compiler.patterns > LARGEST_PATTERNS => {
                Err("the schema's regular expressions are too large".to_owned())
            }
            read => read.and_then(Pattern::compile).map_err(|error| error.to_string()),
        };
        compiled.map_err(|reason| CompileError::Regex {
            regex: pattern.into(),
            place: format!("{}/{}", self.place, url::encode_fragment(keyword)),
            reason,
        })
    }

    /// The members of the object under a keyword.
    fn members(&self, keyword: &str) -> Vec<(String, &'c Json<'static>)> {
        let members = self.value(keyword).and_then(Json::as_object);
        let name = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        members.into_iter().flat_map(Object::iter).map(|(key, value)| (name(key), value)).collect()
    }

    fn enqueue_below(&mut self, tokens: &[&str]) -> SchemaId {
        let mut pointer = self.place.pointer.clone();
        for token in tokens {
            pointer.push('/');
            pointer.push_str(&escape_token(token));
        }
        self.compiler.enqueue(Place { url: Rc::clone(&self.place.url), pointer })
    }

    fn schema(&mut self, keyword: &str) -> Option<SchemaId> {
        self.value(keyword)?;
        Some(self.enqueue_below(&[keyword]))
    }

    /// The schema under a keyword that a draft brought.
    fn newer(&mut self, schema: &Schema, since: Draft, keyword: &str) -> Option<SchemaId> {
        if schema.draft >= since { self.schema(keyword) } else { None }
    }

    fn schemas(&mut self, keyword: &str) -> Vec<SchemaId> {
        let count = self.value(keyword).and_then(Json::as_array).map_or(0, <[_]>::len);
        (0..count).map(|index| self.enqueue_below(&[keyword, &index.to_string()])).collect()
    }

    /// The schemas under a keyword, in the order of their names.
    fn schemas_by_name(&mut self, keyword: &str) -> Vec<(String, SchemaId)> {
        let members = self.members(keyword).into_iter();
        let schemas = members.map(|(name, _)| {
            let id = self.enqueue_below(&[keyword, &name]);
            (name, id)
        });
        schemas.collect()
    }

    fn additional(&mut self, keyword: &str) -> Option<Additional> {
        match self.value(keyword)? {
            Json::Bool(allowed) => Some(Additional::Allowed(*allowed)),
            _ => self.schema(keyword).map(Additional::Schema),
        }
    }

    fn reference(&mut self, keyword: &str) -> Result<Option<SchemaId>, CompileError> {
        let Some(reference) = self.text(keyword) else { return Ok(None) };
        let (url, fragment) = url::join(self.base_url, reference).map_err(CompileError::Url)?;
        let place = match self.root.resolve(&url, &fragment)? {
            Some(place) => place,
            None => self.compiler.documents.root(&url)?.resolve_fragment(&fragment)?,
        };
        Ok(Some(self.compiler.enqueue(place)))
    }
}

/// The strings of an array.
fn strings(value: &Json<'_>) -> Vec<String> {
    let items = value.as_array().unwrap_or_default();
    items.iter().filter_map(Json::as_str).map(str::to_owned).collect()
}
