//! Secrets that are known by their shape, found in a text.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use aho_corasick::AhoCorasick;
use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

use super::literal::is_placeholder;
use super::rules::{Pattern, RULES, Rule};

/// A secret in a text.
#[derive(Clone)]
pub(super) struct Token {
    /// The rule that found it.
    pub(super) rule: &'static Rule,
    /// Where the secret itself stands.
    pub(super) span: Range<usize>,
}

/// How far before its keyword and how far behind it a secret is looked for that doesn't begin with the keyword.
const BEFORE: usize = 420;
const BEHIND: usize = 4096;
/// No such rule needs more bytes than this to tell that it fits.
const ENOUGH: usize = 600;

/// No text with a secret of a known shape is shorter: a URL with its password is the shortest.
const SHORTEST: usize = 12;

/// All keywords, and for each the rows that it belongs to.
struct Keywords {
    automaton: AhoCorasick,
    rows: Vec<Vec<usize>>,
}

static KEYWORDS: LazyLock<Keywords> = LazyLock::new(|| {
    let (mut texts, mut rows): (Vec<&str>, Vec<Vec<usize>>) = (Vec::new(), Vec::new());
    for (row, rule) in RULES.iter().enumerate() {
        for keyword in rule.keywords {
            match texts.iter().position(|text| text == keyword) {
                Some(known) => rows[known].push(row),
                None => {
                    texts.push(keyword);
                    rows.push(vec![row]);
                }
            }
        }
    }
    let automaton = AhoCorasick::new(texts).expect("the keywords are few and short");
    Keywords { automaton, rows }
});

/// The expressions, each compiled when its keyword is first met.
static EXPRESSIONS: LazyLock<Vec<OnceLock<Regex>>> =
    LazyLock::new(|| RULES.iter().map(|_| OnceLock::new()).collect());

/// The secrets of known shapes in a text, in order and without overlaps.
pub(super) fn find(text: &[u8]) -> Vec<Token> {
    if text.len() < SHORTEST {
        return Vec::new();
    }
    let mut hits = KEYWORDS.automaton.find_iter(text).peekable();
    if hits.peek().is_none() {
        return Vec::new();
    }
    let mut found: Vec<(usize, Range<usize>)> = Vec::new();
    // Up to where each row has been looked for: a text full of keywords is read once.
    let mut searched = [0; RULES.len()];
    for hit in hits {
        for row in &KEYWORDS.rows[hit.pattern().as_usize()] {
            if hit.start() < searched[*row] {
                continue;
            }
            let span = match &RULES[*row].pattern {
                Pattern::Shape(function) => function(text, hit.start()),
                Pattern::From(expression) => {
                    let window = Input::new(text).range(hit.start()..).anchored(Anchored::Yes);
                    search(*row, expression, window)
                }
                Pattern::Around(expression) => {
                    let to = text.len().min(hit.start() + BEHIND);
                    let window = Input::new(text).span(hit.start().saturating_sub(BEFORE)..to);
                    searched[*row] = if to == text.len() { to } else { to - ENOUGH };
                    search(*row, expression, window)
                }
            };
            if let Some(span) = span {
                searched[*row] = span.end;
                found.push((*row, span));
            }
        }
    }
    found.sort_by_key(|(row, span)| (span.start, *row));
    let mut tokens: Vec<Token> = Vec::new();
    for (row, span) in found {
        let overlaps = tokens.last().is_some_and(|token| span.start < token.span.end);
        if !overlaps && !is_placeholder(&text[span.clone()]) {
            tokens.push(Token { rule: &RULES[row], span });
        }
    }
    tokens
}

fn search(row: usize, expression: &'static str, window: Input<'_>) -> Option<Range<usize>> {
    let regex = EXPRESSIONS[row].get_or_init(|| compile(expression));
    // Most keywords stand in texts that aren't secrets, and groups cost more than a plain no.
    regex.search_half(&window)?;
    let mut captures = regex.create_captures();
    regex.search_captures(&window, &mut captures);
    let group = if captures.group_len() > 1 { 1 } else { 0 };
    captures.get_group(group).map(|span| span.start..span.end)
}

fn compile(expression: &str) -> Regex {
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    let regex =
        Regex::builder().syntax(syntax).configure(Regex::config().utf8_empty(false)).build(expression);
    regex.expect("a test compiles every expression of the table")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_compiles() {
        for rule in &RULES {
            if let Pattern::From(expression) | Pattern::Around(expression) = rule.pattern {
                let groups = compile(expression).group_info().group_len(regex_automata::PatternID::ZERO);
                assert!(groups <= 2, "{}: more than one group", rule.name);
            }
        }
    }

    #[test]
    fn no_keyword_hides_another() {
        let keywords: Vec<&str> = RULES.iter().flat_map(|rule| rule.keywords).copied().collect();
        for one in &keywords {
            for other in keywords.iter().filter(|other| *other != one) {
                assert!(!other.contains(one), "{one:?} stands in {other:?}");
            }
        }
    }

    #[test]
    fn a_text_full_of_keywords_is_read_once() {
        for unit in [
            "AAAA",
            "-----BEGIN RSA PRIVATE KEY-----\n",
            "LS0tLS1CRUdJTi",
            "a://b:",
            "sig=",
            "SK",
            "Q~",
            "pwd=",
        ] {
            let text = unit.repeat(300_000 / unit.len());
            assert!(find(text.as_bytes()).len() < 2, "{unit}");
        }
    }
}
