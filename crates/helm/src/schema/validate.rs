//! Checks a value by a compiled schema, in the order in which Go's validator does (helm: santhosh-tekuri/jsonschema
//! v6); members, which Go visits in random order, are visited by name.

mod checks;
mod combinations;
mod frame;

use std::collections::{BTreeMap, BTreeSet};

use checks::{Checks, MOST_CHECKS};
use frame::{Frame, Token};

use super::draft::{Draft, Metaschemas};
use super::json::{self, Json, Number, Object};
use super::program::{Additional, Dependency, Items, Limit, Program, Schema, SchemaId, Types};
use super::text::{Kind, Violation, count, number, quote, quote_all, size};

/// Checks values by a program's root schema.
pub(super) fn values(program: &Program, values: &Json<'_>) -> Result<(), Violation> {
    whole(&Context { program, metaschemas: None, checks: Checks::default() }, 0, None, values)
}

/// Checks a schema by the metaschema of its draft; a part with its own id is checked by that of its own draft.
pub(super) fn schema(
    metaschemas: &Metaschemas,
    draft: Draft,
    schema: &Json<'_>,
    drafts: &BTreeMap<String, Draft>,
) -> Result<(), Violation> {
    let context = Context {
        program: &metaschemas.program,
        metaschemas: Some((metaschemas, drafts)),
        checks: Checks::default(),
    };
    let root = metaschemas.root(draft);
    whole(&context, root, Some(root), schema)
}

struct Context<'a> {
    program: &'a Program,
    /// When a schema is checked: the metaschemas, and the drafts of the schema's parts by the pointer to them.
    metaschemas: Option<(&'a Metaschemas, &'a BTreeMap<String, Draft>)>,
    checks: Checks,
}

/// Checks a value that stands for itself.
fn whole(
    context: &Context<'_>,
    id: SchemaId,
    meta: Option<SchemaId>,
    value: &Json<'_>,
) -> Result<(), Violation> {
    let frame = Frame { id, keyword: None, depth: 0, token: None, parent: None };
    let checked = Check::new(context, &frame, meta, value, Reporting::Full, false).run().map(drop);
    let causes = if context.checks.are_too_many() {
        // What was found so far isn't the whole of it.
        let text = format!("the schema takes more than the {MOST_CHECKS} checks that it may");
        vec![Violation { location: Vec::new(), kind: Kind::Detail(text), causes: Vec::new() }]
    } else {
        match checked {
            Ok(()) => return Ok(()),
            Err(violation) => flatten(violation),
        }
    };
    let kind = Kind::Schema(context.program.schemas[id].location.clone());
    Err(Violation { location: Vec::new(), kind, causes })
}

/// The causes of a group, or the violation alone.
fn flatten(violation: Violation) -> Vec<Violation> {
    if let Kind::Group = violation.kind { violation.causes } else { vec![violation] }
}

/// Whether anybody reads the errors, or the verdict alone counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reporting {
    Full,
    VerdictOnly,
}

/// The members or elements of a value, by number, that no keyword has looked at yet.
type Unevaluated = BTreeSet<usize>;

struct Check<'a> {
    context: &'a Context<'a>,
    frame: &'a Frame<'a>,
    schema: &'a Schema,
    /// The metaschema, when a schema is checked.
    meta: Option<SchemaId>,
    value: &'a Json<'a>,
    reporting: Reporting,
    unevaluated: Unevaluated,
    errors: Vec<Violation>,
}

impl<'a> Check<'a> {
    /// `wanted` says whether the caller asks what stays unevaluated.
    fn new(
        context: &'a Context<'a>,
        frame: &'a Frame<'a>,
        meta: Option<SchemaId>,
        value: &'a Json<'a>,
        reporting: Reporting,
        wanted: bool,
    ) -> Self {
        let schema = &context.program.schemas[frame.id];
        let unevaluated = match value {
            Json::Object(object)
                if !schema.all_members_evaluated && (wanted || schema.unevaluated_properties.is_some()) =>
            {
                (0..object.len()).collect()
            }
            Json::Array(array)
                if !schema.all_items_evaluated && (wanted || schema.unevaluated_items.is_some()) =>
            {
                (schema.items_evaluated..array.items().len()).collect()
            }
            _ => Unevaluated::new(),
        };
        Self { context, frame, schema, meta, value, reporting, unevaluated, errors: Vec::new() }
    }

    fn run(self) -> Result<Unevaluated, Violation> {
        stacker::maybe_grow(128 * 1024, 1024 * 1024, || self.run_here())
    }

    fn run_here(mut self) -> Result<Unevaluated, Violation> {
        let schema = self.schema;
        if self.context.checks.take(1).is_err() {
            return Err(self.violation(|| "too many checks".into()));
        }
        match schema.constant_verdict {
            Some(true) => return Ok(self.unevaluated),
            Some(false) => return Err(self.violation(|| "false schema".into())),
            None => {}
        }
        let mut same_value =
            self.frame.ancestors().skip(1).take_while(|frame| frame.depth == self.frame.depth);
        if let Some(first) = same_value.find(|frame| frame.id == self.frame.id) {
            return Err(self.violation(|| {
                let program = self.context.program;
                let [here, first] = [self.frame, first].map(|frame| frame.keyword_location(program));
                let location = gostd::strconv::quote(schema.location.as_bytes());
                let location = String::from_utf8_lossy(&location);
                format!("both {here} and {first} resolve to {location} causing reference cycle")
            }));
        }
        let types = Types::of(self.value);
        let is_integer = || {
            schema.types.overlaps(Types::INTEGER) && self.value.as_number().is_some_and(Number::is_integer)
        };
        if !schema.types.is_empty() && !schema.types.overlaps(types) && !is_integer() {
            return Err(self.violation(|| format!("got {}, want {}", types.names(), schema.types.names())));
        }
        if let Some(constant) = &schema.constant
            && !self.value.equals(constant)
        {
            return Err(self.violation(|| match display(constant) {
                Some(text) => format!("value must be {text}"),
                None => "'const' failed".into(),
            }));
        }
        if let Some(wanted) = &schema.enumeration
            && !wanted.iter().any(|wanted| self.value.equals(wanted))
        {
            return Err(self.violation(|| match wanted.iter().map(display).collect::<Option<Vec<_>>>() {
                Some(texts) if texts.len() == 1 => format!("value must be {}", texts[0]),
                Some(texts) => format!("value must be one of {}", texts.join(", ")),
                None => "'enum' failed".into(),
            }));
        }
        if let Some(format) = schema.format
            && let Json::String(text) = self.value
            && let Err(reason) = format.check(text)
        {
            return Err(
                self.violation(|| format!("{} is not valid {}: {reason}", quote(text), format.name()))
            );
        }
        if let Some(reference) = schema.reference {
            let checked = self.follow(reference, "$ref");
            if schema.draft < Draft::Draft2019 {
                return checked.map(|()| self.unevaluated);
            }
            self.add(checked);
        }
        match self.value {
            Json::Object(object) => self.check_object(object),
            Json::Array(array) => self.check_array(array.items()),
            Json::String(text) => self.check_string(text),
            Json::Number(number) => self.check_number(number),
            Json::Null | Json::Bool(_) => {}
        }
        if self.errors.is_empty() || self.reporting == Reporting::Full {
            self.check_dynamic_references();
            self.check_combinations();
            self.check_unevaluated();
        }
        match self.errors.len() {
            0 => Ok(self.unevaluated),
            1 => Err(self.errors.remove(0)),
            _ => Err(Violation {
                location: if self.reporting == Reporting::Full { self.frame.location() } else { Vec::new() },
                kind: Kind::Group,
                causes: self.errors,
            }),
        }
    }

    /// A violation here; the text is made only where somebody reads it.
    fn violation(&self, text: impl FnOnce() -> String) -> Violation {
        match self.reporting {
            Reporting::Full => {
                Violation { location: self.frame.location(), kind: Kind::Detail(text()), causes: Vec::new() }
            }
            Reporting::VerdictOnly => {
                Violation { location: Vec::new(), kind: Kind::Detail(String::new()), causes: Vec::new() }
            }
        }
    }

    fn add_error(&mut self, text: impl FnOnce() -> String) {
        let violation = self.violation(text);
        self.errors.push(violation);
    }

    fn add_error_with(&mut self, causes: Vec<Violation>, text: impl FnOnce() -> String) {
        let violation = Violation { causes, ..self.violation(text) };
        self.errors.push(violation);
    }

    fn add(&mut self, checked: Result<(), Violation>) {
        self.errors.extend(checked.err());
    }

    fn failed_enough(&self) -> bool {
        self.reporting == Reporting::VerdictOnly && !self.errors.is_empty()
    }

    /// Applies another schema to the same value.
    fn same(
        &mut self,
        id: SchemaId,
        keyword: Option<&'static str>,
        reporting: Reporting,
    ) -> Result<(), Violation> {
        let reporting =
            if self.reporting == Reporting::VerdictOnly { Reporting::VerdictOnly } else { reporting };
        let mut frame = Frame { id, keyword, depth: self.frame.depth, token: None, parent: Some(self.frame) };
        let meta = self.enter_resource(&mut frame);
        let wanted = !self.unevaluated.is_empty();
        let rest = Check::new(self.context, &frame, meta, self.value, reporting, wanted).run()?;
        self.unevaluated.retain(|index| rest.contains(index));
        Ok(())
    }

    /// Applies a schema to a member or an element.
    fn below(&self, id: SchemaId, token: Token<'_>, value: &Json<'_>) -> Result<(), Violation> {
        let mut frame = Frame {
            id,
            keyword: None,
            depth: self.frame.depth + 1,
            token: Some(token),
            parent: Some(self.frame),
        };
        let meta = self.enter_resource(&mut frame);
        Check::new(self.context, &frame, meta, value, self.reporting, false).run().map(drop)
    }

    /// Where a schema is checked and its part at the frame has a draft of its own, that draft's metaschema counts
    /// from there on.
    fn enter_resource(&self, frame: &mut Frame<'_>) -> Option<SchemaId> {
        let meta = self.meta?;
        if frame.id == meta
            && let Some((metaschemas, drafts)) = self.context.metaschemas
            // Most schemas are of one draft, which their root says.
            && (drafts.len() > 1 || frame.depth == 0)
            && let Ok(pointer) = String::from_utf8(frame.location())
            && let Some(draft) = drafts.get(&pointer)
        {
            frame.id = metaschemas.root(*draft);
            return Some(frame.id);
        }
        Some(meta)
    }

    fn follow(&mut self, id: SchemaId, keyword: &'static str) -> Result<(), Violation> {
        self.same(id, Some(keyword), Reporting::Full).map_err(|violation| Violation {
            location: if self.reporting == Reporting::Full { self.frame.location() } else { Vec::new() },
            kind: Kind::Reference,
            causes: flatten(violation),
        })
    }

    /// The names that an object lacks; `None` where it has all.
    fn missing<'n>(object: &Object<'_>, names: &'n [String]) -> Option<Vec<&'n String>> {
        let missing: Vec<&String> =
            names.iter().filter(|name| object.get(name.as_bytes()).is_none()).collect();
        (!missing.is_empty()).then_some(missing)
    }

    fn check_object(&mut self, object: &'a Object<'a>) {
        let schema = self.schema;
        let length = i64::try_from(object.len()).unwrap_or(i64::MAX);
        if let Some(least) = schema.min_properties.filter(|least| length < *least) {
            self.add_error(|| format!("minProperties: got {}, want {}", count(length), count(least)));
        }
        if let Some(most) = schema.max_properties.filter(|most| length > *most) {
            self.add_error(|| format!("maxProperties: got {}, want {}", count(length), count(most)));
        }
        if let Some(missing) = Self::missing(object, &schema.required) {
            self.add_error(|| {
                let what = if missing.len() == 1 { "property" } else { "properties" };
                format!("missing {what} {}", quote_all(missing))
            });
        }
        if self.failed_enough() {
            return;
        }
        for (name, dependency) in &schema.dependencies {
            if object.get(name.as_bytes()).is_none() {
                continue;
            }
            match dependency {
                Dependency::Members(required) => self.check_dependency(object, name, required),
                Dependency::Schema(id) => {
                    let checked = self.same(*id, None, Reporting::Full);
                    self.add(checked);
                }
            }
        }
        self.check_members(object);
        if schema.draft == Draft::Draft4 || self.failed_enough() {
            return;
        }
        if let Some(id) = schema.property_names {
            self.check_names(object, id);
        }
        if schema.draft == Draft::Draft6 {
            return;
        }
        for (name, id) in &schema.dependent_schemas {
            if object.get(name.as_bytes()).is_some() {
                let checked = self.same(*id, None, Reporting::Full);
                self.add(checked);
            }
        }
        for (name, required) in &schema.dependent_required {
            if object.get(name.as_bytes()).is_some() {
                self.check_dependency(object, name, required);
            }
        }
    }

    fn check_dependency(&mut self, object: &Object<'_>, name: &str, required: &[String]) {
        if let Some(missing) = Self::missing(object, required) {
            let name = quote(name.as_bytes());
            self.add_error(|| format!("properties {} required, if {name} exists", quote_all(missing)));
        }
    }

    fn check_members(&mut self, object: &'a Object<'a>) {
        let schema = self.schema;
        let mut refused = Vec::new();
        for (index, (name, value)) in object.iter().enumerate() {
            if self.failed_enough() {
                return;
            }
            let mut evaluated = false;
            if let Some(id) = schema.properties.get(name) {
                evaluated = true;
                self.add(self.below(id, Token::Member(name), value));
            }
            for (pattern, id) in &schema.pattern_properties {
                if self.context.checks.matches(pattern, name) {
                    evaluated = true;
                    self.add(self.below(*id, Token::Member(name), value));
                }
            }
            if let (false, Some(additional)) = (evaluated, schema.additional_properties) {
                evaluated = true;
                match additional {
                    Additional::Allowed(true) => {}
                    Additional::Allowed(false) => refused.push(name),
                    Additional::Schema(id) => self.add(self.below(id, Token::Member(name), value)),
                }
            }
            if evaluated {
                self.unevaluated.remove(&index);
            }
        }
        if !refused.is_empty() {
            self.add_error(|| format!("additional properties {} not allowed", quote_all(refused)));
        }
    }

    fn check_names(&mut self, object: &Object<'_>, id: SchemaId) {
        let mut frame = Frame { id, ..*self.frame };
        let meta = self.enter_resource(&mut frame);
        for (name, _) in object.iter() {
            if let Err(violation) = whole(self.context, frame.id, meta, &Json::String(name.into())) {
                self.errors.push(Violation {
                    kind: Kind::Detail(format!("invalid propertyName {}", quote(name))),
                    ..violation
                });
            }
        }
    }

    fn check_array(&mut self, items: &'a [Json<'a>]) {
        let schema = self.schema;
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        if let Some(least) = schema.min_items.filter(|least| length < *least) {
            self.add_error(|| format!("minItems: got {}, want {}", count(length), count(least)));
        }
        if let Some(most) = schema.max_items.filter(|most| length > *most) {
            self.add_error(|| format!("maxItems: got {}, want {}", count(length), count(most)));
        }
        if schema.unique_items
            && let Some((first, second)) = json::duplicates(items)
        {
            self.add_error(|| format!("items at {} and {} are equal", size(first), size(second)));
        }
        if schema.draft < Draft::Draft2020 {
            let evaluated = match &schema.items {
                None => 0,
                Some(Items::Each(id)) => {
                    self.check_items(items, *id);
                    items.len()
                }
                Some(Items::ByPlace(ids)) => {
                    for (index, (item, id)) in items.iter().zip(ids).enumerate() {
                        self.add(self.below(*id, Token::Item(index), item));
                    }
                    items.len().min(ids.len())
                }
            };
            let rest = items.len() - evaluated;
            match schema.additional_items {
                Some(Additional::Allowed(false)) if rest > 0 => {
                    self.add_error(|| format!("last {} additionalItem(s) not allowed", size(rest)));
                }
                Some(Additional::Schema(id)) => self.check_items(&items[evaluated..], id),
                Some(Additional::Allowed(_)) | None => {}
            }
        } else {
            for (index, (item, id)) in items.iter().zip(&schema.prefix_items).enumerate() {
                self.add(self.below(*id, Token::Item(index), item));
            }
            if let Some(id) = schema.rest_items {
                let evaluated = items.len().min(schema.prefix_items.len());
                self.check_items(&items[evaluated..], id);
            }
        }
        if let Some(id) = schema.contains {
            self.check_contains(items, id);
        }
    }

    /// Checks the elements that no schema of their own was for. Go counts them anew, so that where some come before
    /// them a location is off by as many.
    fn check_items(&mut self, items: &'a [Json<'a>], id: SchemaId) {
        for (index, item) in items.iter().enumerate() {
            self.add(self.below(id, Token::Item(index), item));
        }
    }

    fn check_contains(&mut self, items: &'a [Json<'a>], id: SchemaId) {
        let schema = self.schema;
        let mut errors = Vec::new();
        let mut matched = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match self.below(id, Token::Item(index), item) {
                Err(violation) => errors.push(violation),
                Ok(()) => {
                    matched.push(index);
                    if schema.draft >= Draft::Draft2020 {
                        self.unevaluated.remove(&index);
                    }
                }
            }
        }
        let found = i64::try_from(matched.len()).unwrap_or(i64::MAX);
        let places = || matched.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
        match schema.min_contains {
            Some(least) if found < least => {
                let wanted = format!("min {} items required to match contains schema", count(least));
                let text = if matched.is_empty() {
                    format!("{wanted}, but none matched")
                } else {
                    format!("{wanted}, but matched {} items at {}", count(found), places())
                };
                self.add_error_with(errors, || text);
            }
            None if matched.is_empty() => {
                self.add_error_with(errors, || "no items match contains schema".into());
            }
            _ => {}
        }
        if let Some(most) = schema.max_contains.filter(|most| found > *most) {
            let text = format!(
                "max {} items required to match contains schema, but matched {} items at {}",
                count(most),
                count(found),
                places()
            );
            self.add_error(|| text);
        }
    }

    fn check_string(&mut self, text: &[u8]) {
        let schema = self.schema;
        if schema.min_length.is_some() || schema.max_length.is_some() {
            let length = i64::try_from(gostd::utf8::rune_count(text)).unwrap_or(i64::MAX);
            if let Some(least) = schema.min_length.filter(|least| length < *least) {
                self.add_error(|| format!("minLength: got {}, want {}", count(length), count(least)));
            }
            if let Some(most) = schema.max_length.filter(|most| length > *most) {
                self.add_error(|| format!("maxLength: got {}, want {}", count(length), count(most)));
            }
        }
        if let Some(pattern) = &schema.pattern
            && !self.context.checks.matches(pattern, text)
        {
            self.add_error(|| format!("{} does not match pattern {}", quote(text), quote(pattern.pattern())));
        }
    }

    fn check_number(&mut self, value: &Number) {
        let schema = self.schema;
        let limits = [
            &schema.minimum,
            &schema.maximum,
            &schema.exclusive_minimum,
            &schema.exclusive_maximum,
            &schema.multiple_of,
        ];
        if limits.iter().all(|limit| limit.is_none()) {
            return;
        }
        let Some(exact) = value.decimal() else { return };
        let mut check = |keyword: &str, limit: &Option<Limit>, holds: &dyn Fn(&Limit) -> bool| {
            if let Some(limit) = limit
                && !holds(limit)
            {
                self.add_error(|| {
                    format!("{keyword}: got {}, want {}", number(value.nearest()), number(limit.shown))
                });
            }
        };
        check("minimum", &schema.minimum, &|limit| exact >= limit.exact);
        check("maximum", &schema.maximum, &|limit| exact <= limit.exact);
        check("exclusiveMinimum", &schema.exclusive_minimum, &|limit| exact > limit.exact);
        check("exclusiveMaximum", &schema.exclusive_maximum, &|limit| exact < limit.exact);
        check("multipleOf", &schema.multiple_of, &|limit| exact.is_multiple_of(&limit.exact));
    }
}

/// The text of a value in a message; arrays and objects have none.
fn display(value: &Json<'_>) -> Option<String> {
    Some(match value {
        Json::Null => "<nil>".into(),
        Json::Bool(value) => value.to_string(),
        Json::Number(Number::Literal(text)) => text.to_string(),
        Json::Number(number) => number.nearest().to_string(),
        Json::String(text) => quote(text),
        Json::Array(_) | Json::Object(_) => return None,
    })
}
