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

/// The variables that the `git` program gets: what it takes to find the user's configuration and to reach a remote.
/// Everything else named `GIT_…` ties a command to one repository, index or hook, or has it run a program.
const KEPT_VARIABLES: [&str; 19] = [
    "ALL_PROXY",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "PATH",
    "SSH_AUTH_SOCK",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "SYSTEMROOT",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

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

    /// The environment that the `git` program runs in: the variables kept, messages in English, no prompt, no
    /// editor, no pager.
    pub(crate) fn for_git(&self) -> BTreeMap<OsString, OsString> {
        let mut cleaned: BTreeMap<OsString, OsString> = self
            .variables
            .iter()
            .filter(|(name, _)| KEPT_VARIABLES.iter().any(|kept| *name == *kept))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_gets_what_reaching_a_remote_needs_and_nothing_else() {
        let kept = ["PATH", "HOME", "SSH_AUTH_SOCK", "https_proxy", "NO_PROXY", "GIT_CONFIG_GLOBAL"];
        let dropped = [
            "GIT_DIR",
            "GIT_INDEX_FILE",
            "GIT_WORK_TREE",
            "GIT_TRACE",
            "GIT_SSH_COMMAND",
            "GIT_ASKPASS",
            "GIT_PROXY_COMMAND",
            "GIT_EXTERNAL_DIFF",
            "GIT_CONFIG_COUNT",
            "GIT_CONFIG_KEY_0",
            "GIT_ALTERNATE_OBJECT_DIRECTORIES",
            "SSH_ASKPASS",
            "LD_PRELOAD",
            "LANG",
            "TZ",
            "GITHUB_TOKEN",
        ];
        let environment = Environment::new(kept.iter().chain(&dropped).map(|name| (*name, "x")));
        let cleaned = environment.for_git();
        let has = |name: &&str| cleaned.contains_key(OsStr::new(name));
        assert!(kept.iter().all(has), "{cleaned:?}");
        assert!(!dropped.iter().any(has), "{cleaned:?}");
        assert_eq!(cleaned[OsStr::new("GIT_TERMINAL_PROMPT")], "0");
        assert_eq!(cleaned[OsStr::new("LC_ALL")], "C");
    }
}
