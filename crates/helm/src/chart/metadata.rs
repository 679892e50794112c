//! `Chart.yaml`: decoded as Helm decodes it, then checked (helm: pkg/chart/v2/metadata.go).

use gostd::value::{Arena, Frozen, FrozenMap, Value};
use goyaml::{Field, Shape};

const STRINGS: Shape = Shape::List("[]string", &Shape::String);

const MAINTAINER: Shape = Shape::Struct(
    "v2.Maintainer",
    "Maintainer",
    &[
        Field { name: "name", shape: Shape::String },
        Field { name: "email", shape: Shape::String },
        Field { name: "url", shape: Shape::String },
    ],
);

const DEPENDENCY: Shape = Shape::Struct(
    "v2.Dependency",
    "Dependency",
    &[
        Field { name: "name", shape: Shape::String },
        Field { name: "version", shape: Shape::String },
        Field { name: "repository", shape: Shape::String },
        Field { name: "condition", shape: Shape::String },
        Field { name: "tags", shape: STRINGS },
        Field { name: "enabled", shape: Shape::Bool },
        Field { name: "import-values", shape: Shape::List("[]interface {}", &Shape::Any) },
        Field { name: "alias", shape: Shape::String },
    ],
);

const METADATA: Shape = Shape::Struct(
    "v2.Metadata",
    "Metadata",
    &[
        Field { name: "name", shape: Shape::String },
        Field { name: "home", shape: Shape::String },
        Field { name: "sources", shape: STRINGS },
        Field { name: "version", shape: Shape::String },
        Field { name: "description", shape: Shape::String },
        Field { name: "keywords", shape: STRINGS },
        Field { name: "maintainers", shape: Shape::List("[]*v2.Maintainer", &Shape::Pointer(&MAINTAINER)) },
        Field { name: "icon", shape: Shape::String },
        Field { name: "apiVersion", shape: Shape::String },
        Field { name: "condition", shape: Shape::String },
        Field { name: "tags", shape: Shape::String },
        Field { name: "appVersion", shape: Shape::String },
        Field { name: "deprecated", shape: Shape::Bool },
        Field { name: "annotations", shape: Shape::Map("map[string]string", &Shape::String) },
        Field { name: "kubeVersion", shape: Shape::String },
        Field { name: "dependencies", shape: Shape::List("[]*v2.Dependency", &Shape::Pointer(&DEPENDENCY)) },
        Field { name: "type", shape: Shape::String },
    ],
);

/// What `Chart.lock` and `requirements.lock` hold.
const LOCK: Shape = Shape::Struct(
    "v2.Lock",
    "Lock",
    &[
        Field { name: "generated", shape: Shape::Time },
        Field { name: "digest", shape: Shape::String },
        Field { name: "dependencies", shape: Shape::List("[]*v2.Dependency", &Shape::Pointer(&DEPENDENCY)) },
    ],
);

/// Decodes a lock file, of so many nodes at most. Nobody reads it, but Helm refuses a chart whose lock is none.
pub(super) fn check_lock(text: &[u8], nodes: u64) -> Result<(), goyaml::Error> {
    goyaml::decode_as_within(text, &LOCK, nodes).map(|_| ())
}

/// What `Chart.yaml` says of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of Chart.yaml, which Helm documents")]
pub struct Metadata {
    pub name: String,
    pub home: String,
    pub sources: Option<Vec<String>>,
    pub version: String,
    pub description: String,
    pub keywords: Option<Vec<String>>,
    /// An entry is `None` where the list holds a null, which validation refuses.
    pub maintainers: Option<Vec<Option<Maintainer>>>,
    pub icon: String,
    pub api_version: String,
    pub condition: String,
    pub tags: String,
    pub app_version: String,
    pub deprecated: bool,
    /// Sorted by key; `None` where unset.
    pub annotations: Option<Vec<Annotation>>,
    pub kube_version: String,
    /// `None` where the chart has no such list: its subcharts are then left alone.
    pub dependencies: Option<Vec<Dependency>>,
    /// Whether that list holds a null, which validation refuses.
    has_null_dependency: bool,
    pub chart_type: String,
}

/// An annotation of a chart: its key and its value.
pub type Annotation = (Box<[u8]>, Box<[u8]>);

/// A maintainer of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of Chart.yaml, which Helm documents")]
pub struct Maintainer {
    pub name: String,
    pub email: String,
    pub url: String,
}

/// A dependency as a chart declares it.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of Chart.yaml, which Helm documents")]
pub struct Dependency {
    pub name: String,
    pub version: String,
    pub repository: String,
    pub condition: String,
    pub tags: Option<Vec<String>>,
    pub enabled: bool,
    pub import_values: Vec<ImportValues>,
    pub alias: String,
    /// Whether `import_values` are expanded, as a render does it.
    pub(crate) is_imported: bool,
}

/// What a chart imports of a dependency's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportValues {
    /// The table below the dependency's `exports`, into the root.
    Exported(String),
    /// A table of the dependency into a table of the chart.
    Mapped {
        /// The dotted path in the dependency.
        child: String,
        /// The dotted path in the chart; `.` is the root.
        parent: String,
    },
}

impl Metadata {
    /// Decodes `Chart.yaml`, of so many nodes at most. A missing `apiVersion` means `v1`.
    pub(crate) fn decode(text: &[u8], nodes: u64) -> Result<Self, goyaml::Error> {
        let mut metadata = Metadata::default();
        metadata.merge(text, nodes)?;
        if metadata.api_version.is_empty() {
            metadata.api_version = "v1".to_owned();
        }
        Ok(metadata)
    }

    /// Lays the fields of a `requirements.yaml` over what is there.
    pub(crate) fn merge_requirements(&mut self, text: &[u8], nodes: u64) -> Result<(), goyaml::Error> {
        self.merge(text, nodes)
    }

    fn merge(&mut self, text: &[u8], nodes: u64) -> Result<(), goyaml::Error> {
        let decoded = goyaml::decode_as_within(text, &METADATA, nodes)?;
        let Some(map) = decoded.as_map() else { return Ok(()) };
        for (field, target) in [
            ("name", &mut self.name),
            ("home", &mut self.home),
            ("version", &mut self.version),
            ("description", &mut self.description),
            ("icon", &mut self.icon),
            ("apiVersion", &mut self.api_version),
            ("condition", &mut self.condition),
            ("tags", &mut self.tags),
            ("appVersion", &mut self.app_version),
            ("kubeVersion", &mut self.kube_version),
            ("type", &mut self.chart_type),
        ] {
            if let Some(value) = map.get(field.as_bytes()).and_then(Frozen::as_bytes) {
                *target = String::from_utf8_lossy(value).into_owned();
            }
        }
        if let Some(Frozen::Bool(deprecated)) = map.get(b"deprecated") {
            self.deprecated = *deprecated;
        }
        if let Some(sources) = strings(map, "sources") {
            self.sources = Some(sources);
        }
        if let Some(keywords) = strings(map, "keywords") {
            self.keywords = Some(keywords);
        }
        if let Some(Frozen::Map(annotations)) = map.get(b"annotations") {
            let texts = annotations
                .iter()
                .map(|(key, value)| (key.into(), value.as_bytes().unwrap_or_default().into()));
            self.annotations = Some(texts.collect());
        }
        if let Some(Frozen::List(maintainers)) = map.get(b"maintainers") {
            let maintainers = maintainers.iter().map(|item| item.as_map().map(Maintainer::from_map));
            self.maintainers = Some(maintainers.collect());
        }
        if let Some(Frozen::List(dependencies)) = map.get(b"dependencies") {
            self.has_null_dependency = dependencies.contains(&Frozen::Nil);
            let dependencies = dependencies.iter().filter_map(Frozen::as_map).map(Dependency::from_map);
            self.dependencies = Some(dependencies.collect());
        }
        Ok(())
    }

    /// Cleans strings and checks what Helm checks; an error is Helm's text.
    pub(crate) fn validate(&mut self) -> Result<(), String> {
        for text in [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ] {
            sanitize(text);
        }
        self.sources.iter_mut().flatten().for_each(sanitize);
        self.keywords.iter_mut().flatten().for_each(sanitize);
        self.check().map_err(|message| format!("validation: {message}"))
    }

    fn check(&mut self) -> Result<(), String> {
        if self.api_version.is_empty() {
            return Err("chart.metadata.apiVersion is required".into());
        }
        if self.name.is_empty() {
            return Err("chart.metadata.name is required".into());
        }
        if self.name == "." || self.name == ".." {
            return Err(format!("chart.metadata.name {} is not allowed", quoted(&self.name)));
        }
        if self.name.contains('/') {
            return Err(format!("chart.metadata.name {} is invalid", quoted(&self.name)));
        }
        if self.version.is_empty() {
            return Err("chart.metadata.version is required".into());
        }
        if sprig::semver::Version::parse(self.version.as_bytes()).is_err() {
            return Err(format!("chart.metadata.version {} is invalid", quoted(&self.version)));
        }
        if !matches!(self.chart_type.as_str(), "" | "application" | "library") {
            return Err("chart.metadata.type must be application or library".into());
        }
        for maintainer in self.maintainers.iter_mut().flatten() {
            let Some(maintainer) = maintainer else {
                return Err("maintainers must not contain empty or null nodes".into());
            };
            sanitize(&mut maintainer.name);
            sanitize(&mut maintainer.email);
            sanitize(&mut maintainer.url);
        }
        if self.has_null_dependency {
            return Err("dependencies must not contain empty or null nodes".into());
        }
        let mut keys: Vec<String> = Vec::new();
        for dependency in self.dependencies.iter_mut().flatten() {
            dependency.validate()?;
            let key = if dependency.alias.is_empty() { &dependency.name } else { &dependency.alias };
            if keys.contains(key) {
                return Err(format!("more than one dependency with name or alias {}", quoted(key)));
            }
            keys.push(key.clone());
        }
        Ok(())
    }
}

impl Maintainer {
    fn from_map(map: &FrozenMap) -> Self {
        Self { name: text(map, "name"), email: text(map, "email"), url: text(map, "url") }
    }
}

impl Dependency {
    fn from_map(map: &FrozenMap) -> Self {
        let imports = match map.get(b"import-values") {
            Some(Frozen::List(imports)) => imports.iter().filter_map(ImportValues::from_frozen).collect(),
            _ => Vec::new(),
        };
        Self {
            name: text(map, "name"),
            version: text(map, "version"),
            repository: text(map, "repository"),
            condition: text(map, "condition"),
            tags: strings(map, "tags"),
            enabled: matches!(map.get(b"enabled"), Some(Frozen::Bool(true))),
            import_values: imports,
            alias: text(map, "alias"),
            is_imported: false,
        }
    }

    fn validate(&mut self) -> Result<(), String> {
        for text in [&mut self.name, &mut self.version, &mut self.repository, &mut self.condition] {
            sanitize(text);
        }
        self.tags.iter_mut().flatten().for_each(sanitize);
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !self.alias.chars().all(allowed) {
            return Err(format!("dependency {} has disallowed characters in the alias", quoted(&self.name)));
        }
        Ok(())
    }
}

impl ImportValues {
    /// Entries of other types are passed over, as in Helm.
    fn from_frozen(frozen: &Frozen) -> Option<Self> {
        match frozen {
            Frozen::String(name) => Some(ImportValues::Exported(String::from_utf8_lossy(name).into_owned())),
            Frozen::Map(map) => {
                let arena = Arena::new();
                let shown = |key: &str| {
                    let value = map.get(key.as_bytes());
                    let value = value.map_or(Value::Nil, |value| Value::from_frozen(&arena, value));
                    String::from_utf8_lossy(&gostd::fmt::sprintf(b"%v", &[value])).into_owned()
                };
                Some(ImportValues::Mapped { child: shown("child"), parent: shown("parent") })
            }
            _ => None,
        }
    }
}

fn text(map: &FrozenMap, key: &str) -> String {
    map.get(key.as_bytes())
        .and_then(Frozen::as_bytes)
        .map_or_else(String::new, |text| String::from_utf8_lossy(text).into_owned())
}

fn strings(map: &FrozenMap, key: &str) -> Option<Vec<String>> {
    let Some(Frozen::List(items)) = map.get(key.as_bytes()) else { return None };
    let texts =
        items.iter().map(|item| String::from_utf8_lossy(item.as_bytes().unwrap_or_default()).into_owned());
    Some(texts.collect())
}

/// Every white-space character becomes a space; what can't be printed goes.
fn sanitize(text: &mut String) {
    let plain = |c: char| c == ' ' || gostd::unicode::is_print(c);
    if !text.chars().all(plain) {
        *text = text
            .chars()
            .filter_map(|c| match c {
                c if gostd::unicode::is_space(c) => Some(' '),
                c if gostd::unicode::is_print(c) => Some(c),
                _ => None,
            })
            .collect();
    }
}

fn quoted(text: &str) -> String {
    String::from_utf8_lossy(&gostd::strconv::quote(text.as_bytes())).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHART: &str = "apiVersion: v2\nname: c\nversion: 1.0.0\n";

    #[test]
    fn a_null_among_the_dependencies_is_refused() {
        let error = "validation: dependencies must not contain empty or null nodes";
        let read = |text: &str| {
            let mut metadata = Metadata::decode(text.as_bytes(), u64::MAX).unwrap();
            metadata.merge_requirements(b"icon: i\n", u64::MAX).unwrap();
            metadata.validate()
        };
        assert_eq!(read(&format!("{CHART}dependencies: [null]\n")), Err(error.to_owned()));
        assert_eq!(read(&format!("{CHART}dependencies:\n- name: a\n-\n")), Err(error.to_owned()));
        assert_eq!(read(&format!("{CHART}dependencies: [{{name: a}}]\n")), Ok(()));
    }

    #[test]
    fn names_are_no_paths() {
        for name in ["/", "a/b", "a/"] {
            let text = format!("{CHART}name: {name}\n");
            let mut metadata = Metadata::decode(text.as_bytes(), u64::MAX).unwrap();
            let error = format!("validation: chart.metadata.name \"{name}\" is invalid");
            assert_eq!(metadata.validate(), Err(error));
        }
    }

    #[test]
    fn a_lock_is_decoded_though_nobody_reads_it() {
        let good = "digest: 3\ngenerated: \"2020-01-01T00:00:00.5Z\"\ndependencies:\n- name: a\n-\n";
        for text in ["", "null", good] {
            assert!(check_lock(text.as_bytes(), u64::MAX).is_ok(), "{text}");
        }
        for (text, want) in [
            ("x", "json: cannot unmarshal string into Go value of type v2.Lock"),
            (
                "dependencies: x",
                "json: cannot unmarshal string into Go struct field Lock.dependencies of type []*v2.Dependency",
            ),
            ("generated: 1", "Time.UnmarshalJSON: input is not a JSON string"),
        ] {
            let error = check_lock(text.as_bytes(), u64::MAX).unwrap_err().to_string();
            assert_eq!(error, format!("error unmarshaling JSON: while decoding JSON: {want}"));
        }
    }

    #[test]
    fn paths_of_imported_values_are_printed_whatever_they_are() {
        let text = format!(
            "{CHART}dependencies: [{{name: a, import-values: [{{child: [x, {{z: 1}}], parent: 2}}]}}]"
        );
        let metadata = Metadata::decode(text.as_bytes(), u64::MAX).unwrap();
        let mapped = ImportValues::Mapped { child: "[x map[z:1]]".to_owned(), parent: "2".to_owned() };
        assert_eq!(metadata.dependencies.unwrap()[0].import_values, [mapped]);
    }
}
