//! The real Helm CLIs: named by options or found on PATH.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use helm::HelmVersion;

use crate::report::Failure;

/// An installed Helm of a version that we imitate.
#[derive(Clone, Debug)]
pub(super) struct Cli {
    pub(super) version: HelmVersion,
    pub(super) path: PathBuf,
}

/// `4.2.3=/path/to/helm`
pub(super) fn named(text: &str) -> Result<Cli, String> {
    let (version, path) = text.split_once('=').ok_or("expected VERSION=PATH")?;
    let exact = HelmVersion::parse(version).filter(|known| known.number() == version.trim_start_matches('v'));
    let version = exact.ok_or("no exact version of a Helm whose output is known")?;
    Ok(Cli { version, path: path.into() })
}

/// Those that were named, and the `helm` on PATH where it is of another version that we know. A name that leads
/// nowhere is an error.
pub(super) fn all(named: &[Cli], path: &OsStr) -> anyhow::Result<Vec<Cli>> {
    let mut helms = named.to_vec();
    for cli in named {
        if !cli.path.is_file() {
            return Err(Failure::usage(format!("no Helm {} at {}", cli.version, cli.path.display())).into());
        }
    }
    if let Some(found) = on_path(path)?
        && !helms.iter().any(|cli| cli.version == found.version)
    {
        helms.push(found);
    }
    helms.sort_by_key(|cli| cli.version);
    Ok(helms)
}

fn on_path(path: &OsStr) -> anyhow::Result<Option<Cli>> {
    let candidates = std::env::split_paths(path).map(|directory| directory.join("helm"));
    let Some(path) = candidates.into_iter().find(|candidate| candidate.is_file()) else { return Ok(None) };
    let version = version_of(&path)?;
    Ok(version.map(|version| Cli { version, path }))
}

/// The exact version of a Helm, if we know it.
fn version_of(path: &Path) -> anyhow::Result<Option<HelmVersion>> {
    let output = Command::new(path).args(["version", "--template", "{{.Version}}"]).output();
    let output = output.with_context(|| path.display().to_string())?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let exact = |text: &str| {
        HelmVersion::parse(text).filter(|version| version.number() == text.trim_start_matches('v'))
    };
    if let Some(version) = exact(&said) {
        return Ok(Some(version));
    }
    // What `go install` builds knows its line alone; the exact version stands in what Go notes of the build.
    Ok(built_from(&std::fs::read(path)?).as_deref().and_then(exact))
}

/// The version of Helm's module in the build information of a Go program.
fn built_from(program: &[u8]) -> Option<String> {
    const MODULE: &[u8] = b"\nmod\thelm.sh/helm/v";
    let at = program.windows(MODULE.len()).position(|window| window == MODULE)?;
    let line = program[at + MODULE.len()..].split(|byte| *byte == b'\n').next()?;
    let version = line.split(|byte| *byte == b'\t').nth(1)?;
    String::from_utf8(version.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_tells_its_version() {
        let program = b"\0path\thelm.sh/helm/v4/cmd/helm\nmod\thelm.sh/helm/v4\tv4.2.3\th1:x=\ndep\tx\n";
        assert_eq!(built_from(program).as_deref(), Some("v4.2.3"));
        assert_eq!(built_from(b"nothing"), None);
    }

    #[test]
    fn versions_are_exact() {
        assert_eq!(named("4.2.3=/bin/helm").unwrap().version, HelmVersion::V4_2_3);
        assert!(named("4.2=/bin/helm").is_err());
        assert!(named("/bin/helm").is_err());
    }
}
