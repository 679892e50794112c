//! `.Capabilities`: what the cluster is assumed to offer, and the object that templates see.

use std::borrow::Cow;

use gostd::json::EncodeOptions;
use gostd::value::{
    Arena, FieldKey, FieldType, Kind, Object, ObjectField, Signature, StructField, Structure, Type, Value,
};

use crate::dialect::{BuildInfo, HelmBuild, HelmVersion};
use crate::structs::{self, Struct, field};

/// The API versions that Helm's client library knows, in its order.
const DEFAULT_API_VERSIONS: &[&str] = &[
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha2",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

/// The version of Kubernetes that a render assumes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// As given, with a leading `v`.
    version: String,
    /// Without what follows the patch number: what constraints are checked against.
    normalized: String,
    major: String,
    minor: String,
}

/// A text is no version of Kubernetes. The text is Helm's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidKubeVersion(String);

impl std::fmt::Display for InvalidKubeVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidKubeVersion {}

impl KubeVersion {
    /// Reads a version such as `1.33`, `v1.33.4` or `v1.33.4-gke.1`.
    ///
    /// At least major and minor number are needed, the major one without leading zeros; what follows the
    /// numbers may be anything (apimachinery: pkg/util/version/version.go, `ParseGeneric`).
    pub fn parse(text: &str) -> Result<Self, InvalidKubeVersion> {
        let quoted =
            |text: &str| String::from_utf8_lossy(&gostd::strconv::quote(text.as_bytes())).into_owned();
        let invalid = |message: String| InvalidKubeVersion(message);
        let unparsable = || invalid(format!("could not parse {} as version", quoted(text)));
        let bare = text.trim_start_matches(['\t', '\n', '\x0c', '\r', ' ']);
        let bare = bare.strip_prefix('v').unwrap_or(bare);
        let numbers = leading_numbers(bare).ok_or_else(unparsable)?;
        if bare[numbers.len()..].contains('\n') {
            return Err(unparsable());
        }
        let parts: Vec<&str> = numbers.split('.').collect();
        let [major, minor, ..] = parts[..] else {
            return Err(invalid(format!("illegal version string {}", quoted(text))));
        };
        if major.len() > 1 && major.starts_with('0') {
            let message =
                format!("illegal zero-prefixed version component {} in {}", quoted(major), quoted(text));
            return Err(invalid(message));
        }
        let number = |part: &str| {
            part.parse::<u64>().map_err(|_| {
                let part = quoted(part);
                invalid(format!(
                    "illegal non-numeric version component {part} in {}: strconv.ParseUint: parsing {part}: \
                     value out of range",
                    quoted(text)
                ))
            })
        };
        let components = parts.iter().map(|part| number(part).map(|number| number.to_string()));
        let normalized = components.collect::<Result<Vec<_>, _>>()?.join(".");
        Ok(Self {
            version: if text.starts_with('v') { text.to_owned() } else { format!("v{text}") },
            normalized: format!("v{normalized}"),
            major: number(major)?.to_string(),
            minor: number(minor)?.to_string(),
        })
    }

    /// The version as given, with a leading `v`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The version that constraints are checked against.
    pub fn normalized(&self) -> &str {
        &self.normalized
    }
}

/// The numbers separated by dots that a text starts with.
fn leading_numbers(text: &str) -> Option<&str> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut end = digits(text);
    if end == 0 {
        return None;
    }
    while let Some(rest) = text[end..].strip_prefix('.') {
        match digits(rest) {
            0 => break,
            more => end += 1 + more,
        }
    }
    Some(&text[..end])
}

/// What the cluster is assumed to offer.
#[derive(Clone, Debug)]
pub struct Capabilities {
    pub(crate) kube_version: KubeVersion,
    pub(crate) api_versions: Vec<Cow<'static, str>>,
    pub(crate) build: BuildInfo,
    helm: HelmVersion,
}

impl Capabilities {
    /// Helm's defaults for this version and build, with the Kubernetes version pinned where one is given
    /// and further API versions appended.
    pub fn new<S: AsRef<str>>(
        helm: HelmVersion,
        build: HelmBuild,
        kube_version: Option<KubeVersion>,
        api_versions: &[S],
    ) -> Self {
        let default = match (helm, build) {
            // The SDK of Helm 3 gets its default from the link flags that only the CLI has.
            (HelmVersion::V3_21_4, HelmBuild::Sdk) => "v1.20.0",
            _ => helm.default_kube_version(),
        };
        let mut kube_version = kube_version.unwrap_or_else(|| KubeVersion {
            version: default.to_owned(),
            normalized: default.to_owned(),
            major: "1".to_owned(),
            minor: default.split('.').nth(1).unwrap_or_default().to_owned(),
        });
        if helm.is_v3() {
            kube_version.version = kube_version.normalized.clone();
        }
        let known = DEFAULT_API_VERSIONS.iter().map(|version| Cow::Borrowed(*version));
        let more = api_versions.iter().map(|version| Cow::Owned(version.as_ref().to_owned()));
        let api_versions = known.chain(more).collect();
        Self { kube_version, api_versions, build: helm.build(build), helm }
    }

    /// The Kubernetes version.
    pub fn kube_version(&self) -> &KubeVersion {
        &self.kube_version
    }

    /// The object that templates see, made in the arena over this data.
    pub(crate) fn object<'r>(&'r self, arena: &'r Arena) -> Value<'r> {
        let kube = &self.kube_version;
        let text = |text: &'r str| Value::string(text);
        let kube_fields = if self.helm.is_v3() {
            let values = [text(&kube.version), text(&kube.major), text(&kube.minor)];
            structs::fields(arena, KUBE_VERSION_V3, &values)
        } else {
            let values = [text(&kube.version), text(&kube.normalized), text(&kube.major), text(&kube.minor)];
            structs::fields(arena, KUBE_VERSION, &values)
        };
        let build = &self.build;
        let (types, client) = match build.kube_client_version {
            None => (&BUILD_INFO[..BUILD_INFO.len() - 1], ""),
            Some(client) => (BUILD_INFO, client),
        };
        let build = [text(&build.version), text(""), text(""), text(GO_VERSION), text(client)];
        let values = [
            arena.object(KubeVersionObject { capabilities: self, fields: kube_fields }),
            arena.object(VersionSet { capabilities: self }),
            Struct::value(arena, "version.BuildInfo", types, &build),
        ];
        arena.object(CapabilitiesObject {
            capabilities: self,
            fields: structs::fields(arena, CAPABILITIES, &values),
        })
    }
}

/// The Go that the imitated builds were made with.
const GO_VERSION: &str = "go1.26.6";

const NO_PARAMS: Signature = Signature { params: &[], variadic: false, result: Type::String };

const CAPABILITIES: &[FieldType] = &[
    field("KubeVersion", FieldKey::Always("KubeVersion"), "kubeversion"),
    field("APIVersions", FieldKey::Always("APIVersions"), "apiversions"),
    field("HelmVersion", FieldKey::Always("HelmVersion"), "helmversion"),
];

const KUBE_VERSION: &[FieldType] = &[
    field("Version", FieldKey::Always("Version"), "version"),
    FieldType { name: "normalizedVersion", json: FieldKey::Never, yaml: FieldKey::Never },
    field("Major", FieldKey::Always("Major"), "major"),
    field("Minor", FieldKey::Always("Minor"), "minor"),
];

const KUBE_VERSION_V3: &[FieldType] = &[KUBE_VERSION[0], KUBE_VERSION[2], KUBE_VERSION[3]];

/// The last one is Helm 4's.
const BUILD_INFO: &[FieldType] = &[
    field("Version", FieldKey::UnlessEmpty("version"), "version"),
    field("GitCommit", FieldKey::UnlessEmpty("git_commit"), "gitcommit"),
    field("GitTreeState", FieldKey::UnlessEmpty("git_tree_state"), "gittreestate"),
    field("GoVersion", FieldKey::UnlessEmpty("go_version"), "goversion"),
    field("KubeClientVersion", FieldKey::UnlessEmpty("kube_client_version"), "kubeclientversion"),
];

fn field_of<'r>(fields: &[StructField<'r>], name: &[u8]) -> ObjectField<'r> {
    match fields.iter().find(|field| field.field.name.as_bytes() == name) {
        Some(field) if field.field.json == FieldKey::Never => ObjectField::Unexported,
        Some(field) => ObjectField::Concrete(field.value),
        None => ObjectField::Missing,
    }
}

fn json_of(
    fields: &[StructField<'_>],
    escape_html: bool,
    out: &mut Vec<u8>,
) -> Result<(), Cow<'static, str>> {
    out.push(b'{');
    structs::write_json(fields, escape_html, out, &mut true)?;
    out.push(b'}');
    Ok(())
}

struct CapabilitiesObject<'r> {
    capabilities: &'r Capabilities,
    fields: &'r [StructField<'r>],
}

impl<'r> Object<'r> for CapabilitiesObject<'r> {
    fn type_name(&self) -> Cow<'static, str> {
        if self.capabilities.helm.is_v3() { "*chartutil.Capabilities" } else { "*common.Capabilities" }.into()
    }

    fn kind(&self) -> Kind {
        Kind::Pointer
    }

    fn field(&self, name: &[u8], _: &'r Arena) -> ObjectField<'r> {
        field_of(self.fields, name)
    }

    fn fields(&self) -> &[StructField<'r>] {
        self.fields
    }

    fn method(&self, name: &[u8]) -> Option<Signature> {
        (name == b"Copy").then_some(NO_PARAMS)
    }

    fn call(&self, _: &[u8], _: &[Value<'r>], arena: &'r Arena) -> Result<Value<'r>, Cow<'static, str>> {
        Ok(arena.object(CapabilitiesObject { capabilities: self.capabilities, fields: self.fields }))
    }

    fn deep_copy(&self, arena: &'r Arena) -> Option<Value<'r>> {
        let Self { capabilities, fields } = *self;
        Some(arena.object(CapabilitiesObject { capabilities, fields: copied(fields, arena) }))
    }

    /// An action prints what the pointer leads to.
    fn print(&self, in_action: bool, out: &mut Vec<u8>) {
        if !in_action {
            out.push(b'&');
        }
        gostd::fmt::append_struct(out, self);
    }

    fn json(&self, escape_html: bool, out: &mut Vec<u8>) -> Result<(), Cow<'static, str>> {
        json_of(self.fields, escape_html, out)
    }
}

struct KubeVersionObject<'r> {
    capabilities: &'r Capabilities,
    fields: &'r [StructField<'r>],
}

/// Struct fields as a copier makes them that sees exported ones only.
fn copied<'r>(fields: &[StructField<'r>], arena: &'r Arena) -> &'r [StructField<'r>] {
    let copies = fields.iter().map(|field| StructField {
        field: field.field,
        value: match field.value {
            _ if field.field.json == FieldKey::Never => Value::String(b""),
            Value::Object(object) => object.deep_copy(arena).unwrap_or(field.value),
            value => value,
        },
    });
    arena.struct_fields(&copies.collect::<Vec<_>>())
}

impl<'r> Object<'r> for KubeVersionObject<'r> {
    fn type_name(&self) -> Cow<'static, str> {
        if self.capabilities.helm.is_v3() { "chartutil.KubeVersion" } else { "common.KubeVersion" }.into()
    }

    fn field(&self, name: &[u8], _: &'r Arena) -> ObjectField<'r> {
        field_of(self.fields, name)
    }

    fn fields(&self) -> &[StructField<'r>] {
        self.fields
    }

    fn method(&self, name: &[u8]) -> Option<Signature> {
        matches!(name, b"GitVersion" | b"String").then_some(NO_PARAMS)
    }

    fn wants_address(&self) -> bool {
        true
    }

    fn call(&self, name: &[u8], _: &[Value<'r>], _: &'r Arena) -> Result<Value<'r>, Cow<'static, str>> {
        let kube = &self.capabilities.kube_version;
        Ok(Value::string(if name == b"String" { &kube.normalized } else { &kube.version }))
    }

    fn deep_copy(&self, arena: &'r Arena) -> Option<Value<'r>> {
        let Self { capabilities, fields } = *self;
        Some(arena.object(KubeVersionObject { capabilities, fields: copied(fields, arena) }))
    }

    /// The `String` method belongs to the pointer, so only an action prints through it.
    fn print(&self, in_action: bool, out: &mut Vec<u8>) {
        if in_action {
            out.extend_from_slice(self.capabilities.kube_version.normalized.as_bytes());
        } else {
            gostd::fmt::append_struct(out, self);
        }
    }

    fn json(&self, escape_html: bool, out: &mut Vec<u8>) -> Result<(), Cow<'static, str>> {
        json_of(self.fields, escape_html, out)
    }
}

struct VersionSet<'r> {
    capabilities: &'r Capabilities,
}

impl<'r> Object<'r> for VersionSet<'r> {
    fn type_name(&self) -> Cow<'static, str> {
        if self.capabilities.helm.is_v3() { "chartutil.VersionSet" } else { "common.VersionSet" }.into()
    }

    fn kind(&self) -> Kind {
        Kind::Slice
    }

    fn method(&self, name: &[u8]) -> Option<Signature> {
        (name == b"Has").then_some(Signature { params: &[Type::String], variadic: false, result: Type::Bool })
    }

    fn call(&self, _: &[u8], args: &[Value<'r>], _: &'r Arena) -> Result<Value<'r>, Cow<'static, str>> {
        let wanted = args.first().and_then(Value::as_bytes).unwrap_or_default();
        Ok(Value::Bool(self.capabilities.api_versions.iter().any(|version| version.as_bytes() == wanted)))
    }

    fn print(&self, _: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("[{}]", self.capabilities.api_versions.join(" ")).as_bytes());
    }

    fn structure<'a>(&'a self, arena: &'a Arena) -> Structure<'a> {
        let versions = self.capabilities.api_versions.iter();
        Structure::Data(Value::List(arena.strings(versions.map(|version| version.as_bytes()))))
    }

    fn json(&self, escape_html: bool, out: &mut Vec<u8>) -> Result<(), Cow<'static, str>> {
        for (index, version) in self.capabilities.api_versions.iter().enumerate() {
            out.push(if index == 0 { b'[' } else { b',' });
            let options = EncodeOptions { escape_html, indent: None };
            let text = gostd::json::encode(Value::string(&**version), &options);
            out.extend_from_slice(&text.map_err(|error| error.to_string())?);
        }
        out.push(b']');
        Ok(())
    }

    fn truth(&self) -> bool {
        !self.capabilities.api_versions.is_empty()
    }

    fn len(&self) -> Option<usize> {
        Some(self.capabilities.api_versions.len())
    }

    fn index(&self, index: Value<'r>, _: &'r Arena) -> Option<Value<'r>> {
        let index = match index {
            Value::Int(_, index) => usize::try_from(index).ok()?,
            Value::Uint(_, index) => usize::try_from(index).ok()?,
            _ => return None,
        };
        self.capabilities.api_versions.get(index).map(|version| Value::string(&**version))
    }

    fn entries(&self, _: &'r Arena) -> Vec<(Value<'r>, Value<'r>)> {
        let versions = self.capabilities.api_versions.iter();
        (0i64..).map(Value::int).zip(versions.map(|version| Value::string(&**version))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kube_versions_are_read_as_kubernetes_does() {
        for (text, version, normalized) in [
            ("1.33.4-gke.1", "v1.33.4-gke.1", "v1.33.4"),
            ("v1.33", "v1.33", "v1.33"),
            ("1.02", "v1.02", "v1.2"),
            (" v1.2 ", "v v1.2 ", "v1.2"),
            ("1.2.x", "v1.2.x", "v1.2"),
        ] {
            let parsed = KubeVersion::parse(text).unwrap();
            assert_eq!((parsed.version(), parsed.normalized()), (version, normalized));
        }
        for (text, message) in [
            ("", "could not parse \"\" as version"),
            ("vv1.2", "could not parse \"vv1.2\" as version"),
            ("1.x", "illegal version string \"1.x\""),
            ("01.2", "illegal zero-prefixed version component \"01\" in \"01.2\""),
        ] {
            assert_eq!(KubeVersion::parse(text).unwrap_err().to_string(), message);
        }
    }
}
