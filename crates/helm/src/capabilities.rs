//! `.Capabilities`: what the cluster is assumed to offer, and the object that templates see.

use std::borrow::Cow;

use gostd::value::{Arena, Kind, Object, ObjectField, Signature, Type, Value};

use crate::dialect::{BuildInfo, HelmBuild, HelmVersion};

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

/// A text is no version of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidKubeVersion(String);

impl std::fmt::Display for InvalidKubeVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "could not parse {:?} as version", self.0)
    }
}

impl std::error::Error for InvalidKubeVersion {}

impl KubeVersion {
    /// Reads a version such as `1.33`, `v1.33.4` or `v1.33.4-gke.1`.
    ///
    /// At least major and minor number are needed, and numbers have no leading zeros
    /// (apimachinery: pkg/util/version/version.go, `ParseGeneric`).
    pub fn parse(text: &str) -> Result<Self, InvalidKubeVersion> {
        let invalid = || InvalidKubeVersion(text.to_owned());
        let bare = text.trim().trim_start_matches('v');
        let end = bare.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(bare.len());
        let (numbers, _suffix) = bare.split_at(end);
        let numbers = numbers.strip_suffix('.').unwrap_or(numbers);
        let parts: Vec<&str> = numbers.split('.').collect();
        if parts.len() < 2 {
            return Err(invalid());
        }
        for part in &parts {
            if part.is_empty() || (part.len() > 1 && part.starts_with('0')) || part.parse::<u32>().is_err() {
                return Err(invalid());
            }
        }
        let patch = if parts.len() == 2 { ".0" } else { "" };
        Ok(Self {
            version: if text.starts_with('v') { text.to_owned() } else { format!("v{text}") },
            normalized: format!("v{}{patch}", parts.join(".")),
            major: parts[0].to_owned(),
            minor: parts[1].to_owned(),
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

/// What the cluster is assumed to offer.
#[derive(Clone, Debug)]
pub struct Capabilities {
    pub(crate) kube_version: KubeVersion,
    pub(crate) api_versions: Vec<String>,
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
        let known = DEFAULT_API_VERSIONS.iter().map(|version| (*version).to_owned());
        let api_versions =
            known.chain(api_versions.iter().map(|version| version.as_ref().to_owned())).collect();
        Self { kube_version, api_versions, build: helm.build(build), helm }
    }

    /// The Kubernetes version.
    pub fn kube_version(&self) -> &KubeVersion {
        &self.kube_version
    }

    /// The object that templates see, made in the arena over this data.
    pub(crate) fn object<'r>(&'r self, arena: &'r Arena) -> Value<'r> {
        arena.object(CapabilitiesObject { capabilities: self })
    }

    fn kube_version_text(&self) -> String {
        let kube = &self.kube_version;
        if self.helm.is_v3() {
            format!("{{{} {} {}}}", kube.version, kube.major, kube.minor)
        } else {
            format!("{{{} {} {} {}}}", kube.version, kube.normalized, kube.major, kube.minor)
        }
    }

    fn helm_version_text(&self) -> String {
        let client = self.build.kube_client_version.map(|version| format!(" {version}")).unwrap_or_default();
        format!("{{{}   {GO_VERSION}{client}}}", self.build.version)
    }
}

/// The Go that the imitated builds were made with.
const GO_VERSION: &str = "go1.26.6";

const NO_PARAMS: Signature = Signature { params: &[], variadic: false, result: Type::String };

struct CapabilitiesObject<'r> {
    capabilities: &'r Capabilities,
}

impl<'r> Object<'r> for CapabilitiesObject<'r> {
    fn type_name(&self) -> Cow<'static, str> {
        if self.capabilities.helm.is_v3() { "*chartutil.Capabilities" } else { "*common.Capabilities" }.into()
    }

    fn kind(&self) -> Kind {
        Kind::Pointer
    }

    fn field(&self, name: &[u8], arena: &'r Arena) -> ObjectField<'r> {
        let capabilities = self.capabilities;
        ObjectField::Concrete(match name {
            b"KubeVersion" => arena.object(KubeVersionObject { capabilities }),
            b"APIVersions" => arena.object(VersionSet { capabilities }),
            b"HelmVersion" => arena.object(HelmVersionObject { capabilities }),
            _ => return ObjectField::Missing,
        })
    }

    fn method(&self, name: &[u8]) -> Option<Signature> {
        (name == b"Copy").then_some(NO_PARAMS)
    }

    fn call(&self, _: &[u8], _: &[Value<'r>], arena: &'r Arena) -> Result<Value<'r>, Cow<'static, str>> {
        Ok(arena.object(CapabilitiesObject { capabilities: self.capabilities }))
    }

    fn print(&self, _: bool, out: &mut Vec<u8>) {
        let versions = self.capabilities.api_versions.join(" ");
        let (kube, helm) = (self.capabilities.kube_version_text(), self.capabilities.helm_version_text());
        out.extend_from_slice(format!("&{{{kube} [{versions}] {helm}}}").as_bytes());
    }

    fn json(&self, escape_html: bool, out: &mut Vec<u8>) -> Result<(), Cow<'static, str>> {
        let capabilities = self.capabilities;
        out.extend_from_slice(b"{\"KubeVersion\":");
        KubeVersionObject { capabilities }.json(escape_html, out)?;
        out.extend_from_slice(b",\"APIVersions\":");
        VersionSet { capabilities }.json(escape_html, out)?;
        out.extend_from_slice(b",\"HelmVersion\":");
        HelmVersionObject { capabilities }.json(escape_html, out)?;
        out.push(b'}');
        Ok(())
    }
}

struct KubeVersionObject<'r> {
    capabilities: &'r Capabilities,
}

impl<'r> Object<'r> for KubeVersionObject<'r> {
    fn type_name(&self) -> Cow<'static, str> {
        if self.capabilities.helm.is_v3() { "chartutil.KubeVersion" } else { "common.KubeVersion" }.into()
    }

    fn field(&self, name: &[u8], _: &'r Arena) -> ObjectField<'r> {
        let kube = &self.capabilities.kube_version;
        ObjectField::Concrete(Value::string(match name {
            b"Version" => kube.version.as_str(),
            b"Major" => kube.major.as_str(),
            b"Minor" => kube.minor.as_str(),
            b"normalizedVersion" if !self.capabilities.helm.is_v3() => return ObjectField::Unexported,
            _ => return ObjectField::Missing,
        }))
    }

    fn method(&self, name: &[u8]) -> Option<Signature> {
        matches!(name, b"GitVersion" | b"String").then_some(NO_PARAMS)
    }

    fn call(&self, name: &[u8], _: &[Value<'r>], _: &'r Arena) -> Result<Value<'r>, Cow<'static, str>> {
        let kube = &self.capabilities.kube_version;
        Ok(Value::string(if name == b"String" { &kube.normalized } else { &kube.version }))
    }

    /// The `String` method belongs to the pointer, so only an action prints through it.
    fn print(&self, in_action: bool, out: &mut Vec<u8>) {
        if in_action {
            out.extend_from_slice(self.capabilities.kube_version.normalized.as_bytes());
        } else {
            out.extend_from_slice(self.capabilities.kube_version_text().as_bytes());
        }
    }

    fn json(&self, _: bool, out: &mut Vec<u8>) -> Result<(), Cow<'static, str>> {
        let kube = &self.capabilities.kube_version;
        out.extend_from_slice(
            format!(r#"{{"Version":"{}","Major":"{}","Minor":"{}"}}"#, kube.version, kube.major, kube.minor)
                .as_bytes(),
        );
        Ok(())
    }
}

struct HelmVersionObject<'r> {
    capabilities: &'r Capabilities,
}

impl<'r> Object<'r> for HelmVersionObject<'r> {
    fn type_name(&self) -> Cow<'static, str> {
        "version.BuildInfo".into()
    }

    fn field(&self, name: &[u8], _: &'r Arena) -> ObjectField<'r> {
        let build = &self.capabilities.build;
        ObjectField::Concrete(Value::string(match name {
            b"Version" => build.version.as_str(),
            b"GitCommit" | b"GitTreeState" => "",
            b"GoVersion" => GO_VERSION,
            b"KubeClientVersion" => match build.kube_client_version {
                Some(version) => version,
                None => return ObjectField::Missing,
            },
            _ => return ObjectField::Missing,
        }))
    }

    fn print(&self, _: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(self.capabilities.helm_version_text().as_bytes());
    }

    fn json(&self, _: bool, out: &mut Vec<u8>) -> Result<(), Cow<'static, str>> {
        let build = &self.capabilities.build;
        let client = build
            .kube_client_version
            .map(|version| format!(r#","kube_client_version":"{version}""#))
            .unwrap_or_default();
        out.extend_from_slice(
            format!(r#"{{"version":"{}","go_version":"{GO_VERSION}"{client}}}"#, build.version).as_bytes(),
        );
        Ok(())
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

    fn json(&self, _: bool, out: &mut Vec<u8>) -> Result<(), Cow<'static, str>> {
        for (index, version) in self.capabilities.api_versions.iter().enumerate() {
            out.extend_from_slice(if index == 0 { b"[\"" } else { b",\"" });
            out.extend_from_slice(version.as_bytes());
            out.push(b'"');
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
        self.capabilities.api_versions.get(index).map(|version| Value::string(version.as_str()))
    }

    fn entries(&self, _: &'r Arena) -> Vec<(Value<'r>, Value<'r>)> {
        let versions = self.capabilities.api_versions.iter();
        (0i64..).map(Value::int).zip(versions.map(|version| Value::string(version.as_str()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kube_versions_are_read_as_kubernetes_does() {
        let version = KubeVersion::parse("1.33.4-gke.1").unwrap();
        assert_eq!((version.version(), version.normalized()), ("v1.33.4-gke.1", "v1.33.4"));
        assert_eq!(KubeVersion::parse("v1.33").unwrap().normalized(), "v1.33.0");
        for bad in ["", "1", "v", "1.x", "01.2", "a.b"] {
            assert!(KubeVersion::parse(bad).is_err(), "{bad}");
        }
    }
}
