//! Small charts with the command lines that are tried on them, and one try: what was printed, written, said.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

/// Pinned where a command line says nothing: a `helm` that `go install` built has another default than a released
/// one.
const KUBE_VERSION: &str = "v1.36.0";

/// What stands for the directory that a run happens in, whose path is another one each time.
const DIRECTORY_MARK: &str = "<dir>";

/// A command line of `helm template`, tried in a copy of a chart's directory.
#[derive(Debug)]
pub(super) struct Try {
    /// The directory's name and the line's, `hooks.skip-tests`.
    pub(super) id: String,
    directory: PathBuf,
    words: Vec<String>,
    /// The file on the standard input.
    stdin: Option<String>,
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    pub(super) code: i32,
    /// The files that it wrote, each behind a line with its path.
    pub(super) files: Vec<u8>,
}

/// Reads the command lines of every directory below `charts`, sorted by id.
///
/// Each directory has a file `args` of lines `<id>: <arguments>`, in which quotes work as in a shell, `{root}` is
/// the repository and a final `< FILE` is the standard input; `#` starts a comment.
pub(super) fn find(charts: &Path, root: &Path) -> anyhow::Result<Vec<Try>> {
    let mut tries = Vec::new();
    let entries = std::fs::read_dir(charts).with_context(|| charts.display().to_string())?;
    for entry in entries {
        let directory = entry?.path();
        let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = directory.join("args");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            let here = || format!("{}: {line}", path.display());
            let (id, arguments) = line.split_once(": ").with_context(here)?;
            let mut words = words(arguments).with_context(here)?;
            for word in &mut words {
                *word = word.replace("{root}", &root.to_string_lossy());
            }
            let stdin = match &words[..] {
                [.., sign, file] if sign == "<" => Some(file.clone()),
                _ => None,
            };
            words.truncate(words.len() - if stdin.is_some() { 2 } else { 0 });
            if !words.iter().any(|word| word.starts_with("--kube-version")) {
                words.extend(["--kube-version".to_owned(), KUBE_VERSION.to_owned()]);
            }
            tries.push(Try { id: format!("{name}.{id}"), directory: directory.clone(), words, stdin });
        }
    }
    tries.sort_by(|a, b| a.id.cmp(&b.id));
    if let Some(pair) = tries.windows(2).find(|pair| pair[0].id == pair[1].id) {
        bail!("two command lines are called {}", pair[0].id);
    }
    Ok(tries)
}

/// The words of a line; single and double quotes keep blanks together.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => word.get_or_insert_default().push(c),
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (' ', None) => words.extend(word.take()),
            (c, None) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

impl Try {
    /// Runs a program with arguments of its own before those of the line.
    pub(super) fn run(&self, program: &Path, first: &[&str], path: &OsString) -> anyhow::Result<Ending> {
        let scratch = tempfile::tempdir()?;
        let home = scratch.path().join("home");
        std::fs::create_dir(&home)?;
        let directory = scratch.path().join("work");
        let before = copy(&self.directory, &directory)?;
        let stdin = match &self.stdin {
            None => Stdio::null(),
            Some(file) => Stdio::from(std::fs::File::open(directory.join(file))?),
        };
        let output = Command::new(program)
            .args(first)
            .args(&self.words)
            .current_dir(&directory)
            .env_clear()
            .env("PATH", path)
            .env("HOME", &home)
            .stdin(stdin)
            .output()
            .with_context(|| program.display().to_string())?;
        let shown = |text: Vec<u8>| without(&text, &directory.to_string_lossy());
        let mut files = Vec::new();
        for (name, content) in contents(&directory)? {
            if before.get(&name) != Some(&content) {
                files.extend_from_slice(format!("==> {name}\n").as_bytes());
                files.extend_from_slice(&content);
            }
        }
        Ok(Ending {
            stdout: shown(output.stdout),
            stderr: shown(output.stderr),
            code: output.status.code().unwrap_or(-1),
            files,
        })
    }
}

/// Copies a directory without its `args`, and gives what was in it.
fn copy(from: &Path, to: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    std::fs::create_dir(to)?;
    let mut there = contents(from)?;
    there.remove("args");
    for name in there.keys() {
        let path = to.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(to))?;
        std::fs::copy(from.join(name), path)?;
    }
    Ok(there)
}

/// All files below a directory by their path in it.
fn contents(directory: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![String::new()];
    while let Some(prefix) = pending.pop() {
        for entry in std::fs::read_dir(directory.join(&prefix))? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                pending.push(format!("{name}/"));
            } else {
                found.insert(name, std::fs::read(entry.path())?);
            }
        }
    }
    Ok(found)
}

/// The text with the directory's path replaced by its mark.
fn without(text: &[u8], directory: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(directory.len()).position(|window| window == directory.as_bytes()) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(DIRECTORY_MARK.as_bytes());
        rest = &rest[at + directory.len()..];
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_as_a_shell_does() {
        let cut = |line| words(line).unwrap();
        assert_eq!(cut("r c --set 'a=b c' \"\""), ["r", "c", "--set", "a=b c", ""]);
        assert_eq!(cut("r  c"), ["r", "c"]);
        assert_eq!(words("'a"), None);
    }
}
