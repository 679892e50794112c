//! Baselines: what each Helm printed, wrote and said for each command line, recorded once and checked against.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gitstore::{FileMode, write_file_atomically};
use helm::HelmVersion;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::charts::{self, Ending, Try};
use super::helms::{self, Cli};
use crate::report::{Failure, Outcome};
use crate::terminal::print;

/// Where charts and baselines are, from the root of the repository.
const DIRECTORY: &str = "crates/helm/tests";

/// The command lines, and where their baselines are.
pub(super) struct Baselines {
    directory: PathBuf,
    tries: Vec<Try>,
    helms: Vec<Cli>,
    path: OsString,
}

impl Baselines {
    /// Finds charts below the repository's root, and the Helms that are there.
    pub(super) fn find(root: &Path, named: &[Cli], path: OsString) -> anyhow::Result<Self> {
        let directory = root.join(DIRECTORY);
        let tries = charts::find(&directory.join("charts"), root)?;
        Ok(Self { directory, tries, helms: helms::all(named, &path)?, path })
    }

    /// Writes what the Helms that are there do, and takes away what belongs to no command line.
    pub(super) fn record(&self) -> anyhow::Result<Outcome> {
        if self.helms.is_empty() {
            let hint = "name one: --helm 4.2.3=/path/to/helm";
            return Err(Failure::usage("there is no Helm to record with").hint(hint).into());
        }
        let mut report = String::new();
        for cli in &self.helms {
            let endings = self.run_helm(cli)?;
            let mut kept = BTreeSet::new();
            for (attempt, ending) in self.tries.iter().zip(&endings) {
                self.write(cli.version, attempt, ending, &mut kept)?;
            }
            gitstore::remove_stale(&self.of(cli.version), &kept)?;
            writeln!(report, "recorded {}: {} command lines", cli.version, endings.len())?;
        }
        report.push_str(&self.absent());
        print(report)?;
        Ok(Outcome::Done)
    }

    /// Compares our command with the baselines, and the baselines with the Helms that are there.
    pub(super) fn check(&self, verbose: bool) -> anyhow::Result<Outcome> {
        let ours = std::env::current_exe()?;
        let mut report = String::new();
        let (mut passed, mut failed) = (0, 0);
        for version in VERSIONS {
            let flags = ["template", "--helm", version.number()];
            let endings = self.run(|attempt| attempt.run(&ours, &flags, &self.path))?;
            for (attempt, ending) in self.tries.iter().zip(&endings) {
                let baseline = self.read(version, attempt)?;
                match baseline.differs_from_ours(ending) {
                    None => passed += 1,
                    Some(difference) => {
                        failed += 1;
                        writeln!(report, "{} as {version}: {}", attempt.id, difference.what)?;
                        if verbose {
                            report.push_str(&difference.both());
                        }
                    }
                }
            }
        }
        for cli in &self.helms {
            let endings = self.run_helm(cli)?;
            let mut same = 0;
            for (attempt, ending) in self.tries.iter().zip(&endings) {
                if self.read(cli.version, attempt)? == *ending {
                    same += 1;
                } else {
                    failed += 1;
                    writeln!(report, "{}: Helm {} doesn't do what was recorded", attempt.id, cli.version)?;
                }
            }
            writeln!(report, "checked live with Helm {}: {same} as recorded", cli.version)?;
        }
        report.push_str(&self.absent());
        writeln!(report, "{passed} passed, {failed} failed")?;
        print(report)?;
        Ok(if failed == 0 { Outcome::Done } else { Outcome::Differs })
    }

    /// Of what Helm says only the error is kept: warnings and traces have times and paths in them.
    fn run_helm(&self, cli: &Cli) -> anyhow::Result<Vec<Ending>> {
        let mut endings = self.run(|attempt| attempt.run(&cli.path, &["template"], &self.path))?;
        for ending in &mut endings {
            ending.stderr = error_in(&ending.stderr).to_vec();
        }
        Ok(endings)
    }

    fn run(&self, run: impl Fn(&Try) -> anyhow::Result<Ending> + Sync) -> anyhow::Result<Vec<Ending>> {
        self.tries.par_iter().map(|attempt| run(attempt).with_context(|| attempt.id.clone())).collect()
    }

    /// Says which Helms weren't there.
    fn absent(&self) -> String {
        let absent =
            VERSIONS.into_iter().filter(|version| !self.helms.iter().any(|cli| cli.version == *version));
        let absent: Vec<_> = absent.map(HelmVersion::number).collect();
        if absent.is_empty() { String::new() } else { format!("not there: Helm {}\n", absent.join(", ")) }
    }

    fn of(&self, version: HelmVersion) -> PathBuf {
        self.directory.join("baselines").join(version.number())
    }

    /// Success without complaint needs no more than what was printed.
    fn write(
        &self,
        version: HelmVersion,
        attempt: &Try,
        ending: &Ending,
        kept: &mut BTreeSet<PathBuf>,
    ) -> anyhow::Result<()> {
        let code = if ending.code == 0 { Vec::new() } else { format!("{}\n", ending.code).into_bytes() };
        for (extension, content) in
            [("out", &ending.stdout), ("err", &ending.stderr), ("code", &code), ("files", &ending.files)]
        {
            if !content.is_empty() {
                let path = self.of(version).join(format!("{}.{extension}", attempt.id));
                write_file_atomically(&path, content, FileMode::Regular)?;
                kept.insert(path);
            }
        }
        Ok(())
    }

    fn read(&self, version: HelmVersion, attempt: &Try) -> anyhow::Result<Ending> {
        let read = |extension: &str| {
            let path = self.of(version).join(format!("{}.{extension}", attempt.id));
            match std::fs::read(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
                read => read.with_context(|| path.display().to_string()),
            }
        };
        let ending = Ending { stdout: read("out")?, stderr: read("err")?, code: 0, files: read("files")? };
        let code = String::from_utf8(read("code")?)?;
        let ending = Ending { code: if code.is_empty() { 0 } else { code.trim().parse()? }, ..ending };
        if ending == Ending::default() {
            let id = &attempt.id;
            return Err(Failure::new(format!("{id}: nothing is recorded for Helm {version}"))
                .hint("record it: cargo xtask conformance record --helm VERSION=PATH")
                .into());
        }
        Ok(ending)
    }
}

const VERSIONS: [HelmVersion; 3] = [HelmVersion::V3_21_4, HelmVersion::V4_2_3, HelmVersion::V4_2_4];

/// Where two endings part.
struct Difference {
    what: &'static str,
    want: Vec<u8>,
    got: Vec<u8>,
}

impl Difference {
    fn both(&self) -> String {
        let mut out = String::new();
        for (label, text) in [("want", &self.want), ("got", &self.got)] {
            for line in String::from_utf8_lossy(text).lines() {
                out.push_str(&format!("  {label:4} | {line}\n"));
            }
        }
        out
    }
}

impl Ending {
    /// What we did otherwise than Helm. Below Helm's error we may add where it came from.
    fn differs_from_ours(&self, ours: &Ending) -> Option<Difference> {
        let difference =
            |what, want: &[u8], got: &[u8]| Some(Difference { what, want: want.to_vec(), got: got.to_vec() });
        let error = self.stderr.strip_suffix(b"\n").unwrap_or(&self.stderr);
        if !ours.stderr.strip_prefix(error).is_some_and(|more| more.is_empty() || more.starts_with(b"\n")) {
            return difference("another error", &self.stderr, &ours.stderr);
        }
        if self.code != ours.code {
            let text = |code: i32| code.to_string().into_bytes();
            return difference("another exit status", &text(self.code), &text(ours.code));
        }
        if self.stdout != ours.stdout {
            return difference("another output", &self.stdout, &ours.stdout);
        }
        if self.files != ours.files {
            return difference("other files", &self.files, &ours.files);
        }
        None
    }
}

/// The error among the lines on stderr.
fn error_in(stderr: &[u8]) -> &[u8] {
    let line_with = |label: &[u8], from: usize| {
        let starts = |at: usize| stderr[at..].starts_with(label) && (at == 0 || stderr[at - 1] == b'\n');
        (from..stderr.len()).find(|at| starts(*at)).unwrap_or(stderr.len())
    };
    let start = line_with(b"Error: ", 0);
    // Helm 3 tells the error once more under `--debug`.
    &stderr[start..line_with(b"helm.go:", start)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_stands_among_warnings() {
        assert_eq!(error_in(b"level=WARN\nError: a\n\nb\nhelm.go:92: x\n"), b"Error: a\n\nb\n");
        assert_eq!(error_in(b"no Error: here\n"), b"");
    }

    #[test]
    fn more_may_follow_helms_error() {
        let ending = |stderr: &[u8]| Ending { stderr: stderr.to_vec(), code: 1, ..Ending::default() };
        let helm = ending(b"Error: a\n");
        assert!(helm.differs_from_ours(&ending(b"Error: a\n\n--> t.yaml\n")).is_none());
        assert!(helm.differs_from_ours(&ending(b"Error: ab\n")).is_some());
        assert!(Ending::default().differs_from_ours(&ending(b"Error: a\n")).is_some());
    }
}
