//! Which Helm's bytes are printed: exact versions, and where they differ.

use std::fmt;

/// An exact Helm version whose output we reproduce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HelmVersion {
    /// 3.21.4, the newest patch of the line that Kargo embeds.
    V3_21_4,
    /// 4.2.3
    V4_2_3,
    /// 4.2.4, the newest patch of the default line.
    #[default]
    V4_2_4,
}

/// The versions known, oldest first.
const KNOWN: [HelmVersion; 3] = [HelmVersion::V3_21_4, HelmVersion::V4_2_3, HelmVersion::V4_2_4];

impl HelmVersion {
    /// Reads an exact version (`4.2.3`, `v4.2.3`) or a line (`4.2`, `3.21`), which means its newest patch.
    ///
    /// ```
    /// use helm::HelmVersion;
    /// assert_eq!(HelmVersion::parse("4.2"), Some(HelmVersion::V4_2_4));
    /// assert_eq!(HelmVersion::parse("v4.2.3"), Some(HelmVersion::V4_2_3));
    /// assert_eq!(HelmVersion::parse("2.0"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        KNOWN.into_iter().rev().find(|version| {
            let exact = version.number();
            exact == text || exact.rsplit_once('.').is_some_and(|(line, _)| line == text)
        })
    }

    /// Every version and line that [`HelmVersion::parse`] reads, for messages.
    pub fn known() -> impl Iterator<Item = &'static str> {
        ["3.21", "4.2"].into_iter().chain(KNOWN.into_iter().map(HelmVersion::number))
    }

    /// The version's number: `4.2.3`.
    pub fn number(self) -> &'static str {
        match self {
            HelmVersion::V3_21_4 => "3.21.4",
            HelmVersion::V4_2_3 => "4.2.3",
            HelmVersion::V4_2_4 => "4.2.4",
        }
    }

    /// Whether this is Helm 3: `.Chart` is a struct, chart defaults keep their top-level nulls, a values
    /// file is one document, errors are one line, webhook configurations have no place in the order.
    pub fn is_v3(self) -> bool {
        self == HelmVersion::V3_21_4
    }

    /// How rendered files are split into documents.
    pub(crate) fn splitting(self) -> Splitting {
        match self {
            HelmVersion::V3_21_4 => Splitting::TrimBoth,
            HelmVersion::V4_2_3 => Splitting::TrimLeft,
            HelmVersion::V4_2_4 => Splitting::ByLine,
        }
    }

    /// The version of Kubernetes that a released CLI of this version assumes.
    pub(crate) fn default_kube_version(self) -> &'static str {
        "v1.36.0"
    }

    /// What `.Capabilities.HelmVersion` says, per build.
    pub(crate) fn build(self, build: HelmBuild) -> BuildInfo {
        let version = match (build, self) {
            (HelmBuild::Cli, _) => format!("v{}", self.number()),
            (HelmBuild::Sdk, HelmVersion::V3_21_4) => "v3.21".to_owned(),
            (HelmBuild::Sdk, _) => "v4.2".to_owned(),
        };
        BuildInfo { version, kube_client_version: (!self.is_v3()).then_some("v1.36") }
    }
}

impl fmt::Display for HelmVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number())
    }
}

/// Which build of a Helm version is imitated: the released command or the library inside another program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HelmBuild {
    /// The released `helm` command.
    #[default]
    Cli,
    /// The SDK without the link flags of a release.
    Sdk,
}

/// Splitting rules (helm: pkg/release/v1/util/manifest.go).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Splitting {
    /// Separators swallow the space around them; documents are trimmed at both ends.
    TrimBoth,
    /// Separators swallow the space around them; documents are trimmed at the left.
    TrimLeft,
    /// A separator is a line of its own; documents keep their trailing newlines.
    ByLine,
}

/// What `.Capabilities.HelmVersion` shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BuildInfo {
    pub(crate) version: String,
    pub(crate) kube_client_version: Option<&'static str>,
}
