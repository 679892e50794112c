//! Where the chart and its values come from: paths, the standard input, the command line.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use clap::{ArgAction, Args, ValueHint};
use helm::{HelmVersion, ValuesLayer, ValuesLayers};

use super::flags::comma_separated;
use crate::invocation::Invocation;
use crate::report::Failure;

/// Values files by the names that the command line gives them.
pub(super) type Files = Vec<(String, Vec<u8>)>;

/// The flags that give values.
#[derive(Debug, Args)]
pub(super) struct Values {
    /// Values files, lowest first; several are separated by commas, `-` is the standard input
    #[arg(short = 'f', long = "values", value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(value_parser = comma_separated, action = ArgAction::Append, allow_hyphen_values = true)]
    files: Vec<Vec<String>>,
    /// Values on the command line
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    set: Vec<String>,
    /// Values that are strings whatever they look like
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    set_string: Vec<String>,
    /// Values that are JSON
    #[arg(long, value_name = "KEY=JSON", allow_hyphen_values = true)]
    set_json: Vec<String>,
    /// A value taken literally, commas and all
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    set_literal: Vec<String>,
    /// Values that are the contents of files
    #[arg(long, value_name = "KEY=PATH", allow_hyphen_values = true)]
    set_file: Vec<String>,
}

impl Values {
    /// The values, and the files that they are from by name. The order is Helm's, whatever it is on the command line.
    pub(super) fn layers(
        &self,
        helm: HelmVersion,
        invocation: &Invocation,
    ) -> Result<(ValuesLayers, Files), Failure> {
        let mut files = Files::new();
        let mut layers = ValuesLayers::new(helm);
        let failed = |error: helm::ValuesError| Failure::helm(error.to_string());
        for path in self.files.iter().flatten() {
            let text = read(path, invocation).map_err(Failure::helm)?;
            layers.file(path, &text).map_err(failed)?;
            files.push((path.clone(), text));
        }
        let from_file = |path: &str| read(path, invocation);
        let given = |expressions: &[String], apply: &mut dyn FnMut(&str) -> Result<(), helm::ValuesError>| {
            expressions.iter().try_for_each(|expression| apply(expression)).map_err(failed)
        };
        given(&self.set_json, &mut |expression| layers.set_json(expression))?;
        given(&self.set, &mut |expression| layers.set(expression))?;
        given(&self.set_string, &mut |expression| layers.set_string(expression))?;
        given(&self.set_file, &mut |expression| layers.set_file(expression, &from_file))?;
        given(&self.set_literal, &mut |expression| layers.set_literal(expression))?;
        Ok((layers, files))
    }

    /// The same layers, each by itself.
    pub(super) fn sources<'a>(&'a self, files: &'a Files) -> Vec<ValuesLayer<'a>> {
        let files = files.iter().map(|(name, text)| ValuesLayer::File { name, text });
        let flags = [
            ("--set-json", &self.set_json),
            ("--set", &self.set),
            ("--set-string", &self.set_string),
            ("--set-file", &self.set_file),
            ("--set-literal", &self.set_literal),
        ];
        let set = flags.into_iter().flat_map(|(flag, expressions)| {
            expressions.iter().map(move |expression| ValuesLayer::Set { flag, expression })
        });
        files.chain(set).collect()
    }
}

/// Reads a file of values; the error is Helm's text.
fn read(path: &str, invocation: &Invocation) -> Result<Vec<u8>, String> {
    if path.trim() == "-" {
        return read_whole("/dev/stdin", io::stdin().lock())
            .map_err(|error| format!("read /dev/stdin: {error}"));
    }
    let scheme = path.split_once("://").map(|(scheme, _)| scheme);
    if let Some("http" | "https" | "oci") = scheme {
        return Err(format!("{path}: nothing is fetched over the network here"));
    }
    let file =
        File::open(invocation.path(path)).map_err(|error| format!("open {path}: {}", reason(&error)))?;
    read_whole(path, file).map_err(|error| format!("read {path}: {}", reason(&error)))
}

/// The largest file of values, in bytes. What isn't a regular file can be endless.
const MAX_FILE_SIZE: u64 = 64 * 1024 * 1024;

fn read_whole(name: &str, input: impl io::Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    input.take(MAX_FILE_SIZE + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_FILE_SIZE {
        let message = format!("{name} has more than the {MAX_FILE_SIZE} bytes that it may");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(text)
}

/// The absolute path of a chart (helm: pkg/action/install.go, `LocateChart`).
pub(super) fn locate(chart: &str, invocation: &Invocation) -> Result<PathBuf, Failure> {
    let name = chart.trim();
    let path = invocation.path(name);
    if path.exists() {
        let absolute = std::path::absolute(&path).map_err(|error| Failure::new(error.to_string()))?;
        return Ok(normal(&absolute));
    }
    if Path::new(name).is_absolute() || name.starts_with('.') {
        return Err(Failure::helm(format!("path {name:?} not found")));
    }
    if name.contains("://") {
        return Err(Failure::usage(format!("{name}: nothing is fetched over the network here"))
            .hint("fetch the chart with `helm pull` first"));
    }
    Err(Failure::helm(match name.split_once('/') {
        Some((repository, path)) if !path.is_empty() => format!("repo {repository} not found"),
        _ => format!("non-absolute URLs should be in form of repo_name/path_to_chart, got: {name}"),
    })
    .hint("there is no such directory or archive, and charts aren't fetched from repositories here"))
}

/// A path without `.` and, but for a beginning, `..`, as Go cleans it.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(clean.components().next_back(), Some(Component::Normal(_))) => {
                clean.pop();
            }
            Component::ParentDir if clean.has_root() => {}
            part => clean.push(part),
        }
    }
    clean
}

/// The operating system's words as Go prints them.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
