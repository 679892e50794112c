//! The commands that workflows and guides name exist, with these flags.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use clap::error::ErrorKind;
use pretty_assertions::assert_eq;

use super::Arguments;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The files below a directory with one of these extensions, sorted.
fn files(directory: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let mut pending = vec![root().join(directory)];
    let mut found = Vec::new();
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extensions.iter().any(|it| extension == *it)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The words of a command line from `cargo xtask` to where the shell ends it, with a value for every variable.
fn words(rest: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in rest.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '<' | '>' | '|' | '&' | ';' | ')' | '#' | '`') => break,
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    // An array of options may be empty. A variable can hold anything; where a commit or a digest is wanted, this is one.
    words.retain(|word| !word.contains("[@]"));
    for word in words.iter_mut().filter(|word| word.starts_with('$')) {
        *word = "0cc4cd87f40ae606d1822d5652b552f8c50a4668".to_owned();
    }
    words
}

/// The calls of the command line in a shell script or a workflow: where each stands, and its words.
fn calls(path: &Path) -> Vec<(String, Vec<String>)> {
    let text = fs::read_to_string(path).unwrap();
    let name = path.strip_prefix(root()).unwrap().display().to_string();
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with('#') {
            continue;
        }
        for lead in ["cargo xtask ", "cargo --quiet xtask "] {
            let rests = line.match_indices(lead).map(|(at, lead)| &line[at + lead.len()..]);
            found.extend(rests.map(|rest| (format!("{name}:{}", index + 1), words(rest))));
        }
    }
    found
}

/// What the command line's own parser says against a call, if anything.
fn complaint((place, words): &(String, Vec<String>)) -> Option<String> {
    let arguments = ["xtask".to_owned()].into_iter().chain(words.iter().cloned());
    match Arguments::try_parse_from(arguments) {
        Ok(_) => None,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => None,
        Err(error) => Some(format!("{place}: cargo xtask {}: {error}", words.join(" "))),
    }
}

#[test]
fn every_command_of_the_workflows_exists() {
    let calls: Vec<_> = files(".github", &["yml"]).iter().flat_map(|path| calls(path)).collect();
    let named = |command: &str| calls.iter().any(|(_, words)| words[0] == command);
    for command in ["freeze", "promote", "verify", "review", "forecast", "audit", "status"] {
        assert!(named(command), "no workflow calls {command}");
    }
    assert_eq!(calls.iter().filter_map(complaint).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn every_command_of_the_ci_script_and_the_ci_guide_exists() {
    let mut calls: Vec<_> = calls(&root().join(".ci/run"));
    let guide = fs::read_to_string(root().join("docs/ci.md")).unwrap();
    let mut fenced = false;
    for (index, line) in guide.lines().enumerate() {
        fenced ^= line.starts_with("```");
        if let (true, Some(at)) = (fenced, line.find("cargo xtask ")) {
            calls.push((format!("docs/ci.md:{}", index + 1), words(&line[at + "cargo xtask ".len()..])));
        }
    }
    assert!(calls.len() > 10, "{calls:?}");
    assert_eq!(calls.iter().filter_map(complaint).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_command_that_isnt_there_is_found() {
    for (line, wrong) in [
        ("promote staging --push > out.json || status=$?", false),
        ("freeze --revision \"$REVISION\" --image \"$IMAGE\" --digest \"$DIGEST\" --push", false),
        ("audit", false),
        ("--version", false),
        ("promote", true),
        ("promote staging --pull", true),
        ("forcast", true),
        ("forecast --format pdf", true),
        ("verify test --passed --failed --evidence x", true),
    ] {
        let call = ("here".to_owned(), words(line));
        assert_eq!(complaint(&call).is_some(), wrong, "{line}: {:?}", call.1);
    }
}
