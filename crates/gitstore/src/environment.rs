//! The process environment as an argument: what of it the `git` program gets to see.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// The environment variables of the caller, handed in because libraries don't read them.
///
/// They say where the user's Git configuration lies (`HOME`, `XDG_CONFIG_HOME`,
/// `GIT_CONFIG_GLOBAL`, …), who the author is (`GIT_AUTHOR_NAME`, …), and what the `git` program
/// needs to reach a remote (`PATH`, `SSH_AUTH_SOCK`, proxies).
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
}

/// The variables named `GIT_…` that the `git` program still gets: all others tie a command to one
/// repository, index or hook.
const KEPT_GIT_VARIABLES: &[&str] = &[
    "GIT_ALLOW_PROTOCOL",
    "GIT_ASKPASS",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_EXEC_PATH",
    "GIT_HTTP_PROXY_AUTHMETHOD",
    "GIT_HTTP_USER_AGENT",
    "GIT_PROTOCOL_FROM_USER",
    "GIT_PROXY_COMMAND",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
];

/// Families of kept variables: numbered configuration entries, and certificates.
const KEPT_GIT_PREFIXES: &[&str] = &["GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_SSL_", "GIT_PROXY_SSL_"];

impl Environment {
    /// Takes the variables of the caller, normally `std::env::vars_os()`.
    pub fn new<K: Into<OsString>, V: Into<OsString>>(variables: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { variables: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }

    /// The same environment with one variable set.
    #[must_use]
    pub fn with(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// The value of a variable; `None` if it isn't set.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// The value of a variable as text; `None` if it isn't set, empty, or no UTF-8.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(OsStr::to_str).filter(|value| !value.is_empty())
    }

    /// Whether a variable is set to one of Git's words for true.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| {
            ["1", "true", "yes", "on"].iter().any(|word| value.eq_ignore_ascii_case(word))
        })
    }

    /// The environment that the `git` program runs in: no variable that names a repository, an
    /// index, a hook's quarantine or an editor; messages in English; no prompt.
    pub(crate) fn for_git(&self) -> BTreeMap<OsString, OsString> {
        let mut cleaned: BTreeMap<OsString, OsString> = self
            .variables
            .iter()
            .filter(|(name, _)| kept(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        for (name, value) in [
            ("LC_ALL", "C"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_EDITOR", ":"),
            ("GIT_PAGER", "cat"),
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
        ] {
            cleaned.insert(name.into(), value.into());
        }
        cleaned
    }
}

fn kept(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return true };
    if name == "LANGUAGE" {
        return false;
    }
    !name.starts_with("GIT_")
        || KEPT_GIT_VARIABLES.contains(&name)
        || KEPT_GIT_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_tie_git_to_a_repository_are_dropped() {
        let environment = Environment::new([
            ("PATH", "/bin"),
            ("SSH_AUTH_SOCK", "/s"),
            ("https_proxy", "p"),
            ("GIT_DIR", "/x"),
            ("GIT_INDEX_FILE", "/x"),
            ("GIT_WORK_TREE", "/x"),
            ("GIT_CONFIG_GLOBAL", "/g"),
            ("GIT_CONFIG_KEY_0", "k"),
            ("GIT_TRACE", "1"),
        ]);
        let cleaned = environment.for_git();
        let has = |name: &str| cleaned.contains_key(OsStr::new(name));
        for kept in ["PATH", "SSH_AUTH_SOCK", "https_proxy", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_KEY_0"] {
            assert!(has(kept), "{kept}");
        }
        for dropped in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_TRACE"] {
            assert!(!has(dropped), "{dropped}");
        }
        assert_eq!(cleaned[OsStr::new("GIT_TERMINAL_PROMPT")], "0");
    }
}
