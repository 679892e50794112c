//! What a render is told besides values: checked where it is written, inherited from the pipeline's defaults
//! through the env type to the deployment.

use helm::KubeVersion;
use jiff::Timestamp;

use crate::problem::{Mark, Place, Report};
use crate::typed::Field;
use crate::wire;

/// The settings of one deployment after inheritance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The namespace that the release is rendered for.
    pub namespace: String,
    /// Helm's release name.
    pub release_name: String,
    /// The Kubernetes version that templates see.
    pub kube_version: KubeVersion,
    /// API versions that templates see besides Helm's own.
    pub api_versions: Vec<String>,
    /// Whether the chart's CRDs are rendered.
    pub include_crds: bool,
    /// Whether test hooks are left out.
    pub skip_tests: bool,
    /// Whether all hooks are left out.
    pub disable_hooks: bool,
    /// What happens where a template asks for randomness or the time.
    pub nondeterminism: Nondeterminism,
}

/// What happens where a template asks for randomness or the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nondeterminism {
    /// The render is refused.
    Refuse,
    /// The answer comes from the policy; such values are no secrets.
    Seeded {
        /// What the random streams are drawn from.
        seed: String,
        /// Where the clock stands.
        epoch: Timestamp,
    },
}

/// One level's settings: each a value with its place, wrong (and reported), or not said here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layer {
    namespace: Said<String>,
    release_name: Said<String>,
    kube_version: Said<KubeVersion>,
    api_versions: Said<Vec<String>>,
    include_crds: Said<bool>,
    skip_tests: Said<bool>,
    disable_hooks: Said<bool>,
    nondeterminism: Said<wire::Nondeterminism>,
    seed: Said<String>,
    epoch: Said<Timestamp>,
}

/// What a level says about one setting.
#[derive(Clone, Debug, Default)]
enum Said<T> {
    #[default]
    Nothing,
    /// Wrong, and reported.
    Wrong,
    This(T, Place),
}

impl<T: Clone> Said<T> {
    /// Checks a field's value; a failed check is reported where the value stands.
    fn check<W>(
        field: &Field<W>,
        file: &str,
        report: &mut Report,
        check: impl FnOnce(&W, &mut Report) -> Result<T, (String, Option<String>)>,
    ) -> Self {
        match field {
            Field::Absent => Self::Nothing,
            Field::Invalid(_) => Self::Wrong,
            Field::Given(value, mark) => match check(value, report) {
                Ok(value) => Self::This(value, Place::at(file, *mark)),
                Err((message, hint)) => {
                    report.error(Place::at(file, *mark), message, hint);
                    Self::Wrong
                }
            },
        }
    }

    fn copy(field: &Field<T>, file: &str) -> Self {
        match field {
            Field::Absent => Self::Nothing,
            Field::Invalid(_) => Self::Wrong,
            Field::Given(value, mark) => Self::This(value.clone(), Place::at(file, *mark)),
        }
    }

    fn or(&self, below: &Self) -> Self {
        match self {
            Self::Nothing => below.clone(),
            said => said.clone(),
        }
    }

    /// The value, if there is a right one.
    fn value(self) -> Option<T> {
        match self {
            Self::This(value, _) => Some(value),
            Self::Nothing | Self::Wrong => None,
        }
    }

    /// The value, or the default where no level says anything; `None` where it is wrong.
    fn or_default(self, default: T) -> Option<T> {
        match self {
            Self::Nothing => Some(default),
            Self::Wrong => None,
            Self::This(value, _) => Some(value),
        }
    }
}

impl Layer {
    /// Checks what one level says, in the file where it says it.
    pub(crate) fn check(wire: &wire::Settings, file: &str, report: &mut Report) -> Self {
        Self {
            namespace: Said::check(&wire.namespace, file, report, |text, _| check_namespace(text)),
            release_name: Said::check(&wire.release_name, file, report, |text, _| check_release_name(text)),
            kube_version: Said::check(&wire.kube_version, file, report, |text, _| {
                KubeVersion::parse(text).map_err(|_| {
                    let hint = "write the cluster's version, such as v1.33.4".to_owned();
                    (format!("{text:?} is no Kubernetes version"), Some(hint))
                })
            }),
            api_versions: Said::check(&wire.api_versions, file, report, |items, report| {
                Ok(items.iter().filter_map(|item| check_api_version(item, file, report)).collect())
            }),
            include_crds: Said::copy(&wire.include_crds, file),
            skip_tests: Said::copy(&wire.skip_tests, file),
            disable_hooks: Said::copy(&wire.disable_hooks, file),
            nondeterminism: Said::copy(&wire.nondeterminism, file),
            seed: Said::check(&wire.seed, file, report, |text, _| {
                if text.is_empty() { Err(("an empty seed".to_owned(), None)) } else { Ok(text.clone()) }
            }),
            epoch: Said::check(&wire.epoch, file, report, |text, _| {
                text.parse::<Timestamp>().map_err(|_| {
                    let hint = "write it as 2026-01-01T00:00:00Z".to_owned();
                    (format!("{text:?} is no RFC 3339 time"), Some(hint))
                })
            }),
        }
    }

    /// This level over the one below it.
    pub(crate) fn over(&self, below: &Self) -> Self {
        Self {
            namespace: self.namespace.or(&below.namespace),
            release_name: self.release_name.or(&below.release_name),
            kube_version: self.kube_version.or(&below.kube_version),
            api_versions: self.api_versions.or(&below.api_versions),
            include_crds: self.include_crds.or(&below.include_crds),
            skip_tests: self.skip_tests.or(&below.skip_tests),
            disable_hooks: self.disable_hooks.or(&below.disable_hooks),
            nondeterminism: self.nondeterminism.or(&below.nondeterminism),
            seed: self.seed.or(&below.seed),
            epoch: self.epoch.or(&below.epoch),
        }
    }

    /// The settings of a deployment, once its own level lies over all others; `None` if something is wrong,
    /// all of which has been reported. `file` is the deployment's.
    pub(crate) fn resolve(self, file: &str, report: &mut Report) -> Option<Settings> {
        let required = |missing: bool, key: &str, report: &mut Report| {
            if missing {
                let hint = format!(
                    "pin it here; an env type or `defaults` in the pipeline may say it for several deployments: `{key}: …`"
                );
                report.error(Place::file(file), format!("no `{key}`"), Some(hint));
            }
        };
        required(matches!(self.namespace, Said::Nothing), "namespace", report);
        required(matches!(self.release_name, Said::Nothing), "releaseName", report);
        required(matches!(self.kube_version, Said::Nothing), "kubeVersion", report);
        let nondeterminism = self.resolve_nondeterminism(report);
        // All are looked at above, so nothing wrong goes unreported for the first `?` here.
        Some(Settings {
            namespace: self.namespace.value()?,
            release_name: self.release_name.value()?,
            kube_version: self.kube_version.value()?,
            api_versions: self.api_versions.or_default(Vec::new())?,
            include_crds: self.include_crds.or_default(false)?,
            skip_tests: self.skip_tests.or_default(false)?,
            disable_hooks: self.disable_hooks.or_default(false)?,
            nondeterminism: nondeterminism?,
        })
    }

    fn resolve_nondeterminism(&self, report: &mut Report) -> Option<Nondeterminism> {
        let place = match &self.nondeterminism {
            Said::Nothing | Said::This(wire::Nondeterminism::Refuse, _) => {
                return Some(Nondeterminism::Refuse);
            }
            Said::Wrong => return None,
            Said::This(wire::Nondeterminism::Seeded, place) => place,
        };
        if matches!(self.seed, Said::Nothing) {
            let hint = "say `seed: some-text`; a new text gives new values".to_owned();
            report.error(place.clone(), "`nondeterminism: seeded` needs a `seed`", Some(hint));
        }
        if matches!(self.epoch, Said::Nothing) {
            let hint = "say `epoch: 2026-01-01T00:00:00Z`: where the clock stands".to_owned();
            report.error(place.clone(), "`nondeterminism: seeded` needs an `epoch`", Some(hint));
        }
        match (&self.seed, &self.epoch) {
            (Said::This(seed, _), Said::This(epoch, _)) => {
                Some(Nondeterminism::Seeded { seed: seed.clone(), epoch: *epoch })
            }
            _ => None,
        }
    }
}

/// One label of a DNS name (RFC 1123): what Kubernetes and Helm build names from.
fn is_dns_label(text: &str) -> bool {
    let inner = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    !text.is_empty()
        && text.bytes().all(|byte| inner(&byte))
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn check_namespace(text: &str) -> Result<String, (String, Option<String>)> {
    if is_dns_label(text) && text.len() <= 63 {
        return Ok(text.to_owned());
    }
    let hint = "lower-case letters, digits and dashes, at most 63, no dash at either end".to_owned();
    Err((format!("{text:?} is no Kubernetes namespace"), Some(hint)))
}

/// helm: pkg/chart/v2/util/validate_name.go.
fn check_release_name(text: &str) -> Result<String, (String, Option<String>)> {
    if text.split('.').all(is_dns_label) && text.len() <= 53 {
        return Ok(text.to_owned());
    }
    let hint =
        "lower-case letters, digits, dashes and dots, at most 53, no dash or dot at either end".to_owned();
    Err((format!("{text:?} is no Helm release name"), Some(hint)))
}

/// `v1`, `group/version` or `group/version/Kind`: what charts ask `.Capabilities.APIVersions.Has` for.
fn check_api_version(item: &Field<String>, file: &str, report: &mut Report) -> Option<String> {
    let (text, mark): (&String, Mark) = item.given()?;
    let parts: Vec<&str> = text.split('/').collect();
    let valid = |part: &&str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
    };
    if parts.len() <= 3 && parts.iter().all(valid) {
        return Some(text.clone());
    }
    let hint = "write group/version, such as monitoring.coreos.com/v1".to_owned();
    report.error(Place::at(file, mark), format!("{text:?} is no API version"), Some(hint));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_names_follow_helm() {
        for good in ["codeai", "a", "adhoc-demo", "a.b-c", "1a"] {
            assert!(check_release_name(good).is_ok(), "{good}");
        }
        let long = "a".repeat(54);
        for bad in ["", "A", "-a", "a-", "a..b", ".a", "a_b", "a b", &long] {
            assert!(check_release_name(bad).is_err(), "{bad}");
        }
        assert!(check_namespace("a.b").is_err());
        assert!(check_namespace(&"a".repeat(63)).is_ok());
    }
}
