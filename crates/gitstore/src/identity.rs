//! Who makes a commit and when, from the configuration and environment that the caller gave.

use std::path::PathBuf;

use gix::bstr::ByteSlice;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::repository::Repository;

/// A name and an email address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The name.
    pub name: String,
    /// The email address, without angle brackets.
    pub email: String,
}

/// A moment as Git records it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// The offset from UTC in seconds, positive to the east.
    pub offset: i32,
}

impl Time {
    /// A moment in UTC.
    pub fn utc(seconds: i64) -> Self {
        Self { seconds, offset: 0 }
    }

    /// The offset as Git writes it, such as `+0100`.
    pub(crate) fn offset_text(self) -> String {
        let minutes = self.offset.unsigned_abs() / 60;
        let sign = if self.offset < 0 { '-' } else { '+' };
        format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
    }
}

/// Who and when: the author or committer of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    /// The name.
    pub name: String,
    /// The email address, without angle brackets.
    pub email: String,
    /// The moment.
    pub time: Time,
}

impl Identity {
    /// This identity at a moment.
    pub fn at(&self, time: Time) -> Signature {
        Signature { name: self.name.clone(), email: self.email.clone(), time }
    }
}

impl Signature {
    pub(crate) fn from_gix(signature: &gix::actor::SignatureRef<'_>) -> Self {
        let time = signature.time().unwrap_or_default();
        Self {
            name: signature.name.trim().to_str_lossy().into_owned(),
            email: signature.email.trim().to_str_lossy().into_owned(),
            time: Time { seconds: time.seconds, offset: time.offset },
        }
    }

    pub(crate) fn to_gix(&self) -> Result<gix::actor::Signature> {
        for text in [&self.name, &self.email] {
            // git: ident.c drops these; a commit header can't carry them.
            if text.chars().any(|c| matches!(c, '<' | '>' | '\n' | '\0')) {
                return Err(Error::InvalidIdentity { text: text.clone() });
            }
        }
        Ok(gix::actor::Signature {
            name: self.name.as_str().into(),
            email: self.email.as_str().into(),
            time: gix::date::Time::new(self.time.seconds, self.time.offset),
        })
    }
}

/// The two roles that a commit names; each has variables and configuration of its own.
#[derive(Clone, Copy)]
enum Role {
    Author,
    Committer,
}

impl Role {
    fn variables(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Author => ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE"),
            Self::Committer => ("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE"),
        }
    }

    fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Author => ("author.name", "author.email"),
            Self::Committer => ("committer.name", "committer.email"),
        }
    }
}

impl Repository {
    /// `user.name` and `user.email` of the configuration; `None` if either isn't set.
    pub fn configured_identity(&self) -> Result<Option<Identity>> {
        let config = self.user_config()?;
        Ok(match (text(&config, "user.name"), text(&config, "user.email")) {
            (Some(name), Some(email)) => Some(Identity { name, email }),
            _ => None,
        })
    }

    /// The author of a commit made at `now`, found as Git does: `GIT_AUTHOR_*`, then `author.*`,
    /// then `user.*`.
    pub fn author(&self, now: Time) -> Result<Signature> {
        self.signature(Role::Author, now)
    }

    /// The committer of a commit made at `now`, found as Git does: `GIT_COMMITTER_*`, then
    /// `committer.*`, then `user.*`.
    pub fn committer(&self, now: Time) -> Result<Signature> {
        self.signature(Role::Committer, now)
    }

    fn signature(&self, role: Role, now: Time) -> Result<Signature> {
        let (name_variable, email_variable, date_variable) = role.variables();
        let (name_key, email_key) = role.keys();
        let config = self.user_config()?;
        let variable = |name: &str| self.environment.text(name).map(str::to_owned);
        let name = variable(name_variable)
            .or_else(|| text(&config, name_key))
            .or_else(|| text(&config, "user.name"));
        let email = variable(email_variable)
            .or_else(|| text(&config, email_key))
            .or_else(|| text(&config, "user.email"))
            .or_else(|| variable("EMAIL"));
        let time = match self.environment.text(date_variable) {
            Some(date) => parse_date(date_variable, date)?,
            None => now,
        };
        match (name, email) {
            (Some(name), Some(email)) => Ok(Signature { name, email, time }),
            (name, email) => {
                let mut missing = Vec::new();
                if name.is_none() {
                    missing.push("user.name");
                }
                if email.is_none() {
                    missing.push("user.email");
                }
                Err(Error::NoIdentity { missing })
            }
        }
    }

    /// All configuration that applies here: the system's, the user's, the repository's and the
    /// environment's, in that order.
    pub(crate) fn user_config(&self) -> Result<gix::config::File> {
        use gix::config::{File, Source, file::Metadata, file::includes, file::init};

        let home = self.environment.get("HOME").map(PathBuf::from);
        let head = self.gix.head_name().ok().flatten();
        let options = init::Options {
            includes: includes::Options::follow(
                gix::config::path::interpolate::Context {
                    git_install_dir: None,
                    home_dir: home.as_deref(),
                    home_for_user: None,
                },
                includes::conditional::Context {
                    git_dir: Some(self.git_dir()),
                    branch_name: head.as_ref().map(gix::refs::FullName::as_ref),
                },
            ),
            lossy: true,
            ignore_io_errors: true,
        };
        let mut sources: Vec<(Source, PathBuf)> = global_config_files(&self.environment);
        sources.push((Source::Local, self.common_dir().join("config")));
        sources.push((Source::Worktree, self.git_dir().join("config.worktree")));
        let mut metadata = sources
            .into_iter()
            .map(|(source, path)| Metadata::from(source).at(path).with(gix::sec::Trust::Full));
        let mut config = File::from_paths_metadata_buf(&mut metadata, &mut Vec::new(), false, options)
            .map_err(Error::store("read the Git configuration"))?
            .unwrap_or_default();
        self.append_environment_config(&mut config);
        Ok(config)
    }

    /// `GIT_CONFIG_COUNT` and its numbered keys and values, which outrank every file.
    fn append_environment_config(&self, config: &mut gix::config::File) {
        let count: usize =
            self.environment.text("GIT_CONFIG_COUNT").and_then(|n| n.parse().ok()).unwrap_or(0);
        for index in 0..count {
            let key = self.environment.text(&format!("GIT_CONFIG_KEY_{index}"));
            let Some(key) = key else { break };
            let value = self.environment.text(&format!("GIT_CONFIG_VALUE_{index}")).unwrap_or_default();
            // A key that Git couldn't read names no identity either.
            let _ = config.set_raw_value(key, value);
        }
    }
}

/// The configuration files above the repository's own, lowest first (git: config.c,
/// do_git_config_sequence).
fn global_config_files(environment: &Environment) -> Vec<(gix::config::Source, PathBuf)> {
    use gix::config::Source;

    let mut files = Vec::new();
    if !environment.is_true("GIT_CONFIG_NOSYSTEM") {
        let system = environment
            .get("GIT_CONFIG_SYSTEM")
            .map_or_else(|| PathBuf::from("/etc/gitconfig"), PathBuf::from);
        files.push((Source::System, system));
    }
    if let Some(global) = environment.get("GIT_CONFIG_GLOBAL") {
        files.push((Source::User, PathBuf::from(global)));
        return files;
    }
    let home = environment.get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let xdg = environment
        .get("XDG_CONFIG_HOME")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .or_else(|| home.as_ref().map(|home| home.join(".config")));
    files.extend(xdg.map(|directory| (Source::Git, directory.join("git/config"))));
    files.extend(home.map(|home| (Source::User, home.join(".gitconfig"))));
    files
}

fn text(config: &gix::config::File, key: &str) -> Option<String> {
    config.string(key).map(|value| value.trim().to_str_lossy().into_owned()).filter(|value| !value.is_empty())
}

fn parse_date(variable: &str, date: &str) -> Result<Time> {
    let parsed =
        gix::date::parse(date, None).map_err(Error::store(format!("read the date in {variable}")))?;
    Ok(Time { seconds: parsed.seconds, offset: parsed.offset })
}
