//! `.Chart`: a map in Helm 4, a struct in Helm 3.

use gostd::value::{Arena, FieldKey, FieldType, ListType, MapType, Value};

use crate::HelmVersion;
use crate::chart::{Dependency, ImportValues, Maintainer, Metadata, Resolved};
use crate::structs::{Struct, field};

/// `.Chart` of a chart.
pub(super) fn chart_object<'r>(chart: &Resolved<'r>, helm: HelmVersion, arena: &'r Arena) -> Value<'r> {
    if helm.is_v3() { as_struct(chart, arena) } else { as_map(chart, arena) }
}

/// Helm 4: the Go names of the metadata's fields, all of them present.
fn as_map<'r>(chart: &Resolved<'r>, arena: &'r Arena) -> Value<'r> {
    let metadata: &'r Metadata = &chart.chart.metadata;
    let maintainers = metadata.maintainers.iter().flatten().flatten().map(|maintainer| {
        Value::Map(arena.map_of([
            ("Name", Value::string(&maintainer.name)),
            ("Email", Value::string(&maintainer.email)),
            ("URL", Value::string(&maintainer.url)),
        ]))
    });
    let maintainers: Vec<Value<'r>> = maintainers.collect();
    let dependencies = chart.declared.iter();
    let dependencies: Vec<Value<'r>> =
        dependencies.map(|dependency| dependency_map(&dependency.borrow(), arena)).collect();
    let list = |items: &[Value<'r>]| Value::List(arena.list(ListType::Any, items));
    let strings =
        |texts: &'r Option<Vec<String>>| list(&texts.iter().flatten().map(Value::string).collect::<Vec<_>>());
    // In the order in which a map keeps them.
    Value::Map(arena.map_of([
        ("APIVersion", Value::string(&metadata.api_version)),
        ("Annotations", annotations(metadata, arena)),
        ("AppVersion", Value::string(&metadata.app_version)),
        ("Condition", Value::string(&metadata.condition)),
        ("Dependencies", list(&dependencies)),
        ("Deprecated", Value::Bool(metadata.deprecated)),
        ("Description", Value::string(&metadata.description)),
        ("Home", Value::string(&metadata.home)),
        ("Icon", Value::string(&metadata.icon)),
        ("IsRoot", Value::Bool(chart.is_root)),
        ("Keywords", strings(&metadata.keywords)),
        ("KubeVersion", Value::string(&metadata.kube_version)),
        ("Maintainers", list(&maintainers)),
        ("Name", arena.string(&chart.name)),
        ("Sources", strings(&metadata.sources)),
        ("Tags", Value::string(&metadata.tags)),
        ("Type", Value::string(&metadata.chart_type)),
        ("Version", Value::string(&metadata.version)),
    ]))
}

fn dependency_map<'r>(dependency: &Dependency, arena: &'r Arena) -> Value<'r> {
    let tags: Vec<Value<'r>> = dependency.tags.iter().flatten().map(|tag| arena.string(tag)).collect();
    Value::Map(arena.map_of([
        ("Name", arena.string(&dependency.name)),
        ("Version", arena.string(&dependency.version)),
        ("Repository", arena.string(&dependency.repository)),
        ("Condition", arena.string(&dependency.condition)),
        ("Tags", Value::List(arena.list(ListType::Any, &tags))),
        ("Enabled", Value::Bool(dependency.enabled)),
        ("ImportValues", Value::List(arena.list(ListType::Any, &imports(dependency, arena)))),
        ("Alias", arena.string(&dependency.alias)),
    ]))
}

fn annotations<'r>(metadata: &'r Metadata, arena: &'r Arena) -> Value<'r> {
    Value::Map(match &metadata.annotations {
        None => arena.nil_map(MapType::StringString),
        Some(annotations) => {
            let entries = annotations.iter().map(|(key, value)| (&**key, Value::String(value)));
            arena.map_of(entries).with_type(MapType::StringString)
        }
    })
}

fn imports<'r>(dependency: &Dependency, arena: &'r Arena) -> Vec<Value<'r>> {
    let imports = dependency.import_values.iter().map(|import| match import {
        ImportValues::Exported(name) => arena.string(name),
        ImportValues::Mapped { child, parent } => {
            let map = arena.map_of([("child", arena.string(child)), ("parent", arena.string(parent))]);
            Value::Map(map.with_type(MapType::StringString))
        }
    });
    imports.collect()
}

// Helm 3.

const CHART: &[FieldType] = &[
    FieldType { name: "Metadata", json: FieldKey::Inline, yaml: FieldKey::Always("metadata") },
    field("IsRoot", FieldKey::Always("IsRoot"), "isroot"),
];

const METADATA: &[FieldType] = &[
    field("Name", FieldKey::UnlessEmpty("name"), "name"),
    field("Home", FieldKey::UnlessEmpty("home"), "home"),
    field("Sources", FieldKey::UnlessEmpty("sources"), "sources"),
    field("Version", FieldKey::UnlessEmpty("version"), "version"),
    field("Description", FieldKey::UnlessEmpty("description"), "description"),
    field("Keywords", FieldKey::UnlessEmpty("keywords"), "keywords"),
    field("Maintainers", FieldKey::UnlessEmpty("maintainers"), "maintainers"),
    field("Icon", FieldKey::UnlessEmpty("icon"), "icon"),
    field("APIVersion", FieldKey::UnlessEmpty("apiVersion"), "apiversion"),
    field("Condition", FieldKey::UnlessEmpty("condition"), "condition"),
    field("Tags", FieldKey::UnlessEmpty("tags"), "tags"),
    field("AppVersion", FieldKey::UnlessEmpty("appVersion"), "appversion"),
    field("Deprecated", FieldKey::UnlessEmpty("deprecated"), "deprecated"),
    field("Annotations", FieldKey::UnlessEmpty("annotations"), "annotations"),
    field("KubeVersion", FieldKey::UnlessEmpty("kubeVersion"), "kubeversion"),
    field("Dependencies", FieldKey::UnlessEmpty("dependencies"), "dependencies"),
    field("Type", FieldKey::UnlessEmpty("type"), "type"),
];

const MAINTAINER: &[FieldType] = &[
    field("Name", FieldKey::UnlessEmpty("name"), "name"),
    field("Email", FieldKey::UnlessEmpty("email"), "email"),
    field("URL", FieldKey::UnlessEmpty("url"), "url"),
];

/// The type whose fields have keys for YAML of their own: those for JSON.
const DEPENDENCY: &[FieldType] = &[
    tagged("Name", FieldKey::Always("name")),
    tagged("Version", FieldKey::UnlessEmpty("version")),
    tagged("Repository", FieldKey::Always("repository")),
    tagged("Condition", FieldKey::UnlessEmpty("condition")),
    tagged("Tags", FieldKey::UnlessEmpty("tags")),
    tagged("Enabled", FieldKey::UnlessEmpty("enabled")),
    tagged("ImportValues", FieldKey::UnlessEmpty("import-values")),
    tagged("Alias", FieldKey::UnlessEmpty("alias")),
];

const fn tagged(name: &'static str, key: FieldKey) -> FieldType {
    FieldType { name, json: key, yaml: key }
}

fn as_struct<'r>(chart: &Resolved<'r>, arena: &'r Arena) -> Value<'r> {
    let metadata: &'r Metadata = &chart.chart.metadata;
    let strings = |texts: &'r Option<Vec<String>>| {
        Value::List(match texts {
            None => arena.nil_list(ListType::String),
            Some(texts) => arena.strings(texts),
        })
    };
    let maintainers = match &metadata.maintainers {
        None => Vec::new(),
        Some(maintainers) => {
            maintainers.iter().flatten().map(|maintainer| maintainer_struct(maintainer, arena)).collect()
        }
    };
    let dependencies = chart.declared.iter();
    let dependencies: Vec<Value<'r>> =
        dependencies.map(|dependency| dependency_struct(&dependency.borrow(), arena)).collect();
    let embedded = Struct::value(
        arena,
        "chart.Metadata",
        METADATA,
        &[
            arena.string(&chart.name),
            Value::string(&metadata.home),
            strings(&metadata.sources),
            Value::string(&metadata.version),
            Value::string(&metadata.description),
            strings(&metadata.keywords),
            pointers(arena, "[]*chart.Maintainer", metadata.maintainers.is_none(), &maintainers),
            Value::string(&metadata.icon),
            Value::string(&metadata.api_version),
            Value::string(&metadata.condition),
            Value::string(&metadata.tags),
            Value::string(&metadata.app_version),
            Value::Bool(metadata.deprecated),
            annotations(metadata, arena),
            Value::string(&metadata.kube_version),
            pointers(arena, "[]*chart.Dependency", dependencies.is_empty(), &dependencies),
            Value::string(&metadata.chart_type),
        ],
    );
    let values = [embedded, Value::Bool(chart.is_root)];
    Struct::value(arena, "struct { chart.Metadata; IsRoot bool }", CHART, &values)
}

fn pointers<'r>(arena: &'r Arena, name: &'static str, is_nil: bool, items: &[Value<'r>]) -> Value<'r> {
    let list_type = ListType::Pointers(name);
    Value::List(if is_nil { arena.nil_list(list_type) } else { arena.list(list_type, items) })
}

fn maintainer_struct<'r>(maintainer: &'r Maintainer, arena: &'r Arena) -> Value<'r> {
    let values = [&maintainer.name, &maintainer.email, &maintainer.url].map(Value::string);
    Struct::value(arena, "*chart.Maintainer", MAINTAINER, &values)
}

fn dependency_struct<'r>(dependency: &Dependency, arena: &'r Arena) -> Value<'r> {
    let tags = match &dependency.tags {
        None => arena.nil_list(ListType::String),
        Some(tags) => arena.strings(tags),
    };
    let imports = match &imports(dependency, arena)[..] {
        [] => arena.nil_list(ListType::Any),
        imports => arena.list(ListType::Any, imports),
    };
    let values = [
        arena.string(&dependency.name),
        arena.string(&dependency.version),
        arena.string(&dependency.repository),
        arena.string(&dependency.condition),
        Value::List(tags),
        Value::Bool(dependency.enabled),
        Value::List(imports),
        arena.string(&dependency.alias),
    ];
    Struct::value(arena, "*chart.Dependency", DEPENDENCY, &values)
}
