//! `.helmignore`: which files of a chart directory are left out (helm: pkg/ignore/rules.go).

use super::path_match::path_match;

/// The rules of one `.helmignore` and Helm's default rule.
#[derive(Debug)]
pub(crate) struct IgnoreRules {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    negated: bool,
    directories_only: bool,
    /// Match the whole relative path; else its last component.
    whole_path: bool,
}

/// A pattern of a rule; most are of the two simple forms.
#[derive(Debug)]
enum Pattern {
    Literal(String),
    /// A star with a literal after it.
    Suffix(String),
    /// Any other, and the length of the literal that it begins with.
    Glob(String, usize),
}

impl Pattern {
    fn new(text: &str) -> Self {
        let is_literal = |text: &str| !text.contains(['*', '?', '[', '\\']);
        match text.strip_prefix('*') {
            _ if is_literal(text) => Self::Literal(text.to_owned()),
            Some(suffix) if is_literal(suffix) => Self::Suffix(suffix.to_owned()),
            _ => Self::Glob(text.to_owned(), text.find(['*', '?', '[', '\\']).unwrap_or(text.len())),
        }
    }

    fn matches(&self, subject: &str) -> bool {
        match self {
            Self::Literal(text) => subject == text,
            Self::Suffix(suffix) => {
                subject.strip_suffix(suffix.as_str()).is_some_and(|any| !any.contains('/'))
            }
            Self::Glob(glob, literal) => {
                subject.as_bytes().starts_with(&glob.as_bytes()[..*literal])
                    && path_match(glob, subject).unwrap_or(false)
            }
        }
    }
}

/// Go's scanner takes no line of so many bytes.
const LONGEST_LINE: usize = 64 * 1024;

impl IgnoreRules {
    /// Reads a `.helmignore`; an error is Helm's text.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, &'static str> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut rules = Vec::new();
        if text.split(|byte| *byte == b'\n').any(|line| line.len() >= LONGEST_LINE) {
            return Err("bufio.Scanner: token too long");
        }
        for line in String::from_utf8_lossy(text).split('\n') {
            rules.extend(Rule::parse(line)?);
        }
        // Dot files directly in templates/ are never templates.
        rules.extend(Rule::parse("templates/.?*")?);
        Ok(Self { rules })
    }

    /// Whether the file or directory at this path, relative to the chart, is left out.
    ///
    /// The first rule that decides wins. Negation is Helm's, not Git's: a `!p` rule leaves out everything
    /// that does *not* match `p`.
    pub(crate) fn ignores(&self, path: &str, is_directory: bool) -> bool {
        if path.is_empty() || path == "." || path == "./" {
            return false;
        }
        for rule in &self.rules {
            if rule.negated {
                if (rule.directories_only && !is_directory) || !rule.matches(path) {
                    return true;
                }
            } else if (is_directory || !rule.directories_only) && rule.matches(path) {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Option<Self>, &'static str> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        if line.contains("**") {
            return Err("double-star (**) syntax is not supported");
        }
        if path_match(line, "abc").is_err() {
            return Err("syntax error in pattern");
        }
        let (negated, pattern) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let (directories_only, pattern) =
            pattern.strip_suffix('/').map_or((false, pattern), |rest| (true, rest));
        let (whole_path, pattern) =
            pattern.strip_prefix('/').map_or((pattern.contains('/'), pattern), |rest| (true, rest));
        Ok(Some(Self { pattern: Pattern::new(pattern), negated, directories_only, whole_path }))
    }

    fn matches(&self, path: &str) -> bool {
        let subject = if self.whole_path { path } else { path.rsplit('/').next().unwrap_or(path) };
        self.pattern.matches(subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignores(rules: &str, path: &str, is_directory: bool) -> bool {
        IgnoreRules::parse(rules.as_bytes()).unwrap().ignores(path, is_directory)
    }

    #[test]
    fn rules_match_as_in_helm() {
        assert!(ignores("*.txt", "a/b.txt", false));
        assert!(ignores("/b.txt", "b.txt", false));
        assert!(!ignores("/b.txt", "a/b.txt", false));
        assert!(ignores("a/b.txt", "a/b.txt", false));
        assert!(ignores("tmp/", "x/tmp", true));
        assert!(!ignores("tmp/", "x/tmp", false));
        assert!(ignores("", "templates/.hidden", false));
        assert!(!ignores("", "templates/sub/.hid", false));
    }

    #[test]
    fn simple_patterns_match_as_any_other() {
        let subjects = ["", "a", "a.b", ".b", "x/a.b", "x/.b", "a.b/x", "a*b", "*"];
        for pattern in
            ["a", ".b", "a.b", "*", "*.b", "*b", "**", "*/a.b", "*\\*", "a*", "x/*.b", "x/.?*", "?", "[x]/*"]
        {
            let simple = Pattern::new(pattern);
            for subject in subjects {
                let want = path_match(pattern, subject).unwrap();
                assert_eq!(simple.matches(subject), want, "{simple:?} on {subject}");
            }
        }
    }

    #[test]
    fn negation_is_inverted() {
        assert!(ignores("!keep.txt", "Chart.yaml", false));
        assert!(!ignores("!keep.txt", "keep.txt", false));
    }

    #[test]
    fn bad_rules_are_refused() {
        assert_eq!(IgnoreRules::parse(b"a\nx/**").unwrap_err(), "double-star (**) syntax is not supported");
        assert_eq!(IgnoreRules::parse(b"[a").unwrap_err(), "syntax error in pattern");
    }
}
