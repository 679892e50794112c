//! The real Helm as a child process: cases out, answers in.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::json;

use super::{Case, Mode, NAMESPACE, Outcome, RELEASE};
use crate::commands::conformance::cases::{decode_base64, lossy};
use crate::report::Failure;

/// The program of `crates/helm/tests/oracle`, started again whenever a case ends it.
pub(super) struct Oracle {
    program: PathBuf,
    process: Process,
}

struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// A line of the oracle's; texts are base64.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    rendered: Option<BTreeMap<String, Option<String>>>,
    manifest: Option<String>,
    hooks: Vec<Hook>,
    notes: Option<String>,
    error: Option<String>,
    panic: Option<String>,
    timeout: bool,
}

#[derive(Deserialize)]
struct Hook {
    path: String,
    manifest: Option<String>,
}

impl Oracle {
    pub(super) fn start(program: &Path) -> anyhow::Result<Self> {
        Ok(Self { program: program.to_owned(), process: Process::start(program)? })
    }

    /// What Helm makes of each case.
    pub(super) fn ask(&mut self, cases: &[&Case]) -> anyhow::Result<Vec<Outcome>> {
        let mut outcomes = self.process.ask(cases)?;
        // A case that ended the program is among the next ones, which run side by side.
        while outcomes.len() < cases.len() {
            self.process = Process::start(&self.program)?;
            let case = &cases[outcomes.len()..][..1];
            match self.process.ask(case)?.pop() {
                Some(outcome) => outcomes.push(outcome),
                None => {
                    outcomes.push(Outcome::Broken("it ends Helm".to_owned()));
                    self.process = Process::start(&self.program)?;
                    outcomes.extend(self.process.ask(&cases[outcomes.len()..])?);
                }
            }
        }
        Ok(outcomes)
    }
}

impl Process {
    fn start(program: &Path) -> anyhow::Result<Self> {
        let started =
            Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = match started {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let missing = format!("no oracle: {} isn't there", program.display());
                return Err(Failure::new(missing)
                    .hint("build it: crates/helm/tests/oracle/README.md says how")
                    .hint("then name it with --oracle, or put it on PATH as helm-oracle")
                    .into());
            }
            started => started.with_context(|| program.display().to_string())?,
        };
        let input = child.stdin.take().context("the oracle's stdin")?;
        let output = BufReader::new(child.stdout.take().context("the oracle's stdout")?);
        Ok(Self { child, input, output })
    }

    /// The answers up to the one that ended the program, if one did.
    fn ask(&mut self, cases: &[&Case]) -> anyhow::Result<Vec<Outcome>> {
        thread::scope(|scope| {
            let input = &mut self.input;
            // Its own thread: a full pipe one way must not stop the other. A program that ended shows on its
            // stdout.
            scope.spawn(move || -> io::Result<()> {
                let mut input = BufWriter::new(input);
                for case in cases {
                    writeln!(input, "{}", request(case))?;
                }
                input.flush()
            });
            let mut outcomes = Vec::with_capacity(cases.len());
            let mut line = String::new();
            while outcomes.len() < cases.len() {
                line.clear();
                if self.output.read_line(&mut line)? == 0 {
                    break;
                }
                let answer: Answer = serde_json::from_str(&line).context("an answer of the oracle's")?;
                outcomes.push(answer.outcome().context("an answer of the oracle's isn't base64")?);
            }
            Ok(outcomes)
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn request(case: &Case) -> serde_json::Value {
    let mode = match case.mode {
        Mode::Templates => "templates",
        Mode::Release => "release",
    };
    json!({"files": case.files, "values": case.values, "release": RELEASE, "namespace": NAMESPACE, "mode": mode})
}

impl Answer {
    fn outcome(self) -> Option<Outcome> {
        let decode = |text: Option<String>| Some(lossy(&decode_base64(&text.unwrap_or_default())?));
        if self.timeout {
            return Some(Outcome::Broken("it takes too long".to_owned()));
        }
        if let Some(panic) = self.panic {
            return Some(Outcome::Broken(format!("panic: {panic}")));
        }
        if self.error.is_some() {
            return decode(self.error).map(Outcome::Failed);
        }
        if let Some(rendered) = self.rendered {
            let texts = rendered.into_iter().map(|(name, text)| Some((name, decode(text)?)));
            return texts.collect::<Option<_>>().map(Outcome::Rendered);
        }
        let hooks = self.hooks.into_iter().map(|hook| Some((hook.path, decode(hook.manifest)?)));
        Some(Outcome::Released {
            manifest: decode(self.manifest)?,
            hooks: hooks.collect::<Option<_>>()?,
            notes: decode(self.notes)?,
        })
    }
}
