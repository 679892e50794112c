//! Attributes: what the `.gitattributes` files of some directories say of a path (gitattributes(5)).
//!
//! Nothing is read but the texts that are given: neither the work tree's files nor a user's own.

use std::collections::BTreeSet;

use gix::bstr::{BStr, ByteSlice as _};
use gix::glob::Pattern;
use gix::glob::pattern::Case;
use gix::glob::wildmatch::Mode;

use crate::path::RepoPath;

/// The name of the files.
const FILE_NAME: &str = ".gitattributes";
/// How the line of a macro begins.
const MACRO_PREFIX: &[u8] = b"[attr]";

/// What attributes files say, of which those nearer to a path come first.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    files: Vec<File>,
}

/// What an attribute is set to, and where that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeSetting {
    /// The attributes file.
    pub file: RepoPath,
    /// Its line, counted from 1.
    pub line: usize,
    /// What the attribute is set to.
    pub state: AttributeState,
}

/// What an attribute is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeState {
    /// `name`
    Set,
    /// `-name`
    Unset,
    /// `!name`: as if nothing had been said.
    Unspecified,
    /// `name=value`
    Value(String),
}

#[derive(Clone, Debug)]
struct File {
    directory: RepoPath,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    line: usize,
    target: Target,
    /// Attributes and what they are set to, in the order of the line.
    assignments: Vec<(String, AttributeState)>,
}

/// What a line sets attributes for.
#[derive(Clone, Debug)]
enum Target {
    Paths(Pattern),
    Macro(String),
}

impl Attributes {
    /// The path of a directory's attributes file.
    pub fn file_of(directory: &RepoPath) -> RepoPath {
        directory.join(FILE_NAME).expect("a fixed name can stand below any directory")
    }

    /// Adds the attributes file of a directory. What isn't understood in it is left out, as Git does.
    pub fn add(&mut self, directory: RepoPath, text: &[u8]) {
        let rules = text.lines().enumerate().filter_map(|(index, line)| Rule::parse(index + 1, line));
        self.files.push(File { rules: rules.collect(), directory });
        // The nearest first: of the directories above one path, that is the deepest.
        self.files.sort_by_key(|file| std::cmp::Reverse(file.directory.components().count()));
    }

    /// What they say of a file's attribute; `None` if nothing.
    pub fn of(&self, path: &RepoPath, attribute: &str) -> Option<AttributeSetting> {
        let mut decided = BTreeSet::new();
        for file in &self.files {
            let Some(below) = path.strip_prefix(&file.directory) else { continue };
            // Of several lines, and of several attributes in one, the last counts.
            for rule in file.rules.iter().rev().filter(|rule| rule.matches(&below)) {
                if let Some(state) = self.decide(rule, attribute, &mut decided) {
                    let (file, line) = (Self::file_of(&file.directory), rule.line);
                    return Some(AttributeSetting { file, line, state });
                }
            }
        }
        None
    }

    /// Goes through a line's attributes and those that its macros stand for, of which the first to name an
    /// attribute counts.
    fn decide<'a>(
        &'a self,
        rule: &'a Rule,
        attribute: &str,
        decided: &mut BTreeSet<&'a str>,
    ) -> Option<AttributeState> {
        let mut pending: Vec<&(String, AttributeState)> = rule.assignments.iter().collect();
        while let Some((name, state)) = pending.pop() {
            if !decided.insert(name) {
                continue;
            }
            if name == attribute {
                return Some(state.clone());
            }
            if *state == AttributeState::Set {
                pending.extend(self.expand(name));
            }
        }
        None
    }

    /// What a macro stands for. Macros are defined at the top alone.
    fn expand(&self, name: &str) -> &[(String, AttributeState)] {
        let top = self.files.iter().filter(|file| file.directory.is_root());
        let mut rules = top.flat_map(|file| file.rules.iter().rev());
        let defines = |rule: &&Rule| matches!(&rule.target, Target::Macro(defined) if defined == name);
        rules.find(defines).map_or(&[], |rule| &rule.assignments)
    }
}

impl Rule {
    fn parse(line: usize, text: &[u8]) -> Option<Self> {
        let text = text.trim_ascii();
        if text.is_empty() || text.starts_with(b"#") {
            return None;
        }
        // A quoted pattern may hold blanks.
        let quoted = text.starts_with(b"\"").then(|| gix::quote::ansi_c::undo(text.as_bstr()).ok()).flatten();
        let (pattern, assignments) = match quoted {
            Some((pattern, length)) => (pattern.into_owned(), &text[length..]),
            None => {
                let end = text.find_byteset(b" \t").unwrap_or(text.len());
                (text[..end].into(), &text[end..])
            }
        };
        let (target, assignments) = match pattern.strip_prefix(MACRO_PREFIX) {
            Some(name) if !name.is_empty() => (Target::Macro(name.to_str().ok()?.to_owned()), assignments),
            // Git has no negative patterns here, and says so.
            _ if pattern.starts_with(b"!") => return None,
            _ => (Target::Paths(Pattern::from_bytes_without_negation(&pattern)?), assignments),
        };
        let words = assignments.fields().filter_map(|word| word.to_str().ok());
        Some(Self { line, target, assignments: words.map(assignment).collect() })
    }

    /// Whether the line is about a file, whose path is relative to the directory of the attributes file.
    fn matches(&self, path: &RepoPath) -> bool {
        let Target::Paths(pattern) = &self.target else { return false };
        let path: &BStr = path.as_bytes().into();
        let name = path.rfind_byte(b'/').map(|slash| slash + 1);
        let mode = Mode::NO_MATCH_SLASH_LITERAL;
        pattern.matches_repo_relative_path(path, name, Some(false), Case::Sensitive, mode)
    }
}

fn assignment(word: &str) -> (String, AttributeState) {
    if let Some(name) = word.strip_prefix('-') {
        (name.to_owned(), AttributeState::Unset)
    } else if let Some(name) = word.strip_prefix('!') {
        (name.to_owned(), AttributeState::Unspecified)
    } else if let Some((name, value)) = word.split_once('=') {
        (name.to_owned(), AttributeState::Value(value.to_owned()))
    } else {
        (word.to_owned(), AttributeState::Set)
    }
}
