//! Go's `regexp`: RE2 syntax with Go's error texts, matched by the automata behind the `regex` crate.
//!
//! The pattern is parsed here, since the two dialects differ in what they take and in what it means, and is then
//! handed over as a tree that leaves nothing to interpretation: classes as ranges of code points (of
//! Unicode 15.0), case folding done, flags applied. What Go matches on a text with invalid UTF-8 depends on the
//! runes it reads alone, so such a text is matched as a copy that has U+FFFD in place of each invalid byte.

mod ast;
mod class;
mod error;
mod haystack;
mod meter;
mod parse;
mod replace;
mod search;
mod template;

pub use error::{CompileError, ErrorCode};
pub use meter::{Meter, Unmetered};

use std::sync::{Arc, OnceLock};

use ast::Node;
use regex_automata::hybrid::dfa::DFA;
use regex_automata::meta;
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::captures::Captures;
use search::{Search, Wanted};

/// A bound on the memory of a compiled program. Go bounds the number of instructions alone, which for common
/// patterns allows less than this.
const SIZE_LIMIT: usize = 256 << 20;

/// The greatest number of ranges of bytes, counted repetitions multiplied out, whose program surely stays below
/// [`SIZE_LIMIT`]: none takes more than a kilobyte.
const SURELY_SMALL: u64 = 64 << 10;

/// A pattern that was read and is not compiled yet, so that its size can be looked at before that.
#[derive(Debug)]
pub struct Pattern {
    root: Node,
    text: Box<[u8]>,
    names: Vec<Box<str>>,
    size: u64,
}

impl Pattern {
    /// Reads a pattern of Go's dialect.
    pub fn parse(text: &[u8]) -> Result<Self, CompileError> {
        let parse::Parsed { root, names } = parse::parse(text)?;
        let size = root.bytes();
        Ok(Self { root, text: text.into(), names, size })
    }

    /// How large the program is at most, in ranges of bytes with counted repetitions multiplied out: the measure of
    /// what it costs to make and to keep.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Compiles it. Fails where the program would be too large.
    pub fn compile(self) -> Result<Regexp, CompileError> {
        let inner = Inner {
            program: OnceLock::new(),
            capturing_program: OnceLock::new(),
            follower: OnceLock::new(),
            pattern: self,
        };
        if inner.pattern.size > SURELY_SMALL {
            // All it takes is generated, so that only its size can be refused.
            let program = inner.build(WhichCaptures::Implicit).map_err(|_| CompileError {
                code: ErrorCode::Large,
                fragment: inner.pattern.text.clone(),
                pattern: inner.pattern.text.clone(),
            })?;
            let _ = inner.program.set(program);
        }
        Ok(Regexp { inner: Arc::new(inner) })
    }
}

/// A compiled regular expression; clones share it.
#[derive(Clone, Debug)]
pub struct Regexp {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// The matcher, made on first use: many a pattern of a schema is checked and never matched.
    program: OnceLock<meta::Regex>,
    /// One that finds groups too, for which it takes much more memory.
    capturing_program: OnceLock<meta::Regex>,
    /// What follows its reading, where it can be made.
    follower: OnceLock<Option<DFA>>,
    pattern: Pattern,
}

impl Inner {
    /// Does what recurses once or more for each level of the pattern.
    fn deep<T>(&self, make: impl FnOnce() -> T) -> T {
        let stack = 128 * 1024 + 16 * 1024 * self.pattern.root.height as usize;
        stacker::maybe_grow(stack, 2 * stack, make)
    }

    fn build(&self, captures: WhichCaptures) -> Result<meta::Regex, meta::BuildError> {
        self.deep(|| {
            let config = meta::Config::new().nfa_size_limit(Some(SIZE_LIMIT)).which_captures(captures);
            meta::Builder::new().configure(config).build_from_hir(&self.pattern.root.to_hir(&mut 0))
        })
    }

    fn build_follower(&self) -> Option<DFA> {
        self.deep(|| {
            let config =
                thompson::Config::new().nfa_size_limit(Some(SIZE_LIMIT)).which_captures(WhichCaptures::None);
            let hir = self.pattern.root.to_hir(&mut 0);
            let automaton = thompson::Compiler::new().configure(config).build_from_hir(&hir).ok()?;
            let config = DFA::config().skip_cache_capacity_check(true);
            DFA::builder().configure(config).build_from_nfa(automaton).ok()
        })
    }
}

/// The start and end of a match or a group.
type Span = (usize, usize);

/// Where the groups of a match are, by number; those that matched nothing are nowhere.
pub type Groups = Vec<Option<(usize, usize)>>;

/// A text that was split.
#[derive(Debug)]
pub struct Split<'t> {
    /// The parts. (Go's slice is nil where none were asked for.)
    pub parts: Vec<&'t [u8]>,
    /// How many matches were looked at.
    pub matches: usize,
}

impl Regexp {
    /// Compiles a pattern of Go's dialect (`regexp.Compile`).
    pub fn compile(pattern: &[u8]) -> Result<Self, CompileError> {
        Pattern::parse(pattern)?.compile()
    }

    fn program(&self) -> &meta::Regex {
        self.inner.program.get_or_init(|| self.built(WhichCaptures::Implicit))
    }

    fn capturing_program(&self) -> &meta::Regex {
        // Without groups there is but the match as a whole.
        if self.groups() == 1 {
            return self.program();
        }
        self.inner.capturing_program.get_or_init(|| self.built(WhichCaptures::All))
    }

    fn built(&self, captures: WhichCaptures) -> meta::Regex {
        self.inner.build(captures).expect("the pattern is small, and all it takes is generated")
    }

    fn follower(&self) -> Option<&DFA> {
        self.inner.follower.get_or_init(|| self.inner.build_follower()).as_ref()
    }

    /// The pattern.
    pub fn pattern(&self) -> &[u8] {
        &self.inner.pattern.text
    }

    /// As [`Pattern::size`].
    pub fn size(&self) -> u64 {
        self.inner.pattern.size
    }

    /// How many states a search may be in at once, as Go counts them.
    fn states(&self) -> u64 {
        self.inner.pattern.root.size
    }

    fn groups(&self) -> u64 {
        self.inner.pattern.names.len() as u64
    }

    /// The groups' names by number, the whole match first; unnamed ones are empty (`SubexpNames`).
    pub fn group_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.inner.pattern.names.iter().map(|name| &**name)
    }

    /// Whether the pattern matches somewhere in the text.
    pub fn is_match<M: Meter>(&self, text: &[u8], meter: &M) -> Result<bool, M::Exceeded> {
        Search::new(self, text, Wanted::Match, meter)?.is_match()
    }

    /// The start and end of the leftmost match.
    pub fn find<M: Meter>(&self, text: &[u8], meter: &M) -> Result<Option<(usize, usize)>, M::Exceeded> {
        let mut search = Search::new(self, text, Wanted::Span, meter)?;
        let found = search.find_at(0)?;
        Ok(found.map(|span| search.haystack.original_span(span)))
    }

    /// Successive matches, at most `n` of them where `n` isn't negative. (Go's slice is nil where there are none.)
    /// Empty ones right behind another match don't count.
    pub fn find_all<M: Meter>(
        &self,
        text: &[u8],
        n: i64,
        meter: &M,
    ) -> Result<Vec<(usize, usize)>, M::Exceeded> {
        let mut matches = Vec::new();
        let limit = usize::try_from(n).unwrap_or(usize::MAX);
        let mut search = Search::new(self, text, Wanted::Span, meter)?;
        let mut pos = 0;
        let mut previous_end = None;
        while matches.len() < limit && pos <= search.haystack.text().len() {
            let Some((start, end)) = search.find_at(pos)? else { break };
            let accepted = end != pos || previous_end != Some(start);
            pos = if end == pos { search.haystack.next(pos) } else { end };
            previous_end = Some(end);
            if accepted {
                meter.bytes(size_of::<Span>() as u64)?;
                matches.push(search.haystack.original_span((start, end)));
            }
        }
        Ok(matches)
    }

    /// The leftmost match and the groups in it, by number; group 0 is the whole match (`FindSubmatchIndex`).
    pub fn captures<M: Meter>(&self, text: &[u8], meter: &M) -> Result<Option<Groups>, M::Exceeded> {
        let mut search = Search::new(self, text, Wanted::Groups, meter)?;
        let mut captures = search.groups();
        if search.groups_at(0, &mut captures)?.is_none() {
            return Ok(None);
        }
        let group = |group| Some(search.haystack.original_span(span(&captures, group)?));
        Ok(Some((0..self.inner.pattern.names.len()).map(group).collect()))
    }

    /// Splits the text at the matches, into at most `n` parts where `n` isn't negative.
    pub fn split<'t, M: Meter>(&self, text: &'t [u8], n: i64, meter: &M) -> Result<Split<'t>, M::Exceeded> {
        if n == 0 {
            return Ok(Split { parts: Vec::new(), matches: 0 });
        }
        if text.is_empty() && !self.pattern().is_empty() {
            return Ok(Split { parts: vec![text], matches: 1 });
        }
        let found = self.find_all(text, n, meter)?;
        let matches = found.len();
        meter.bytes((matches as u64).saturating_mul(size_of::<&[u8]>() as u64))?;
        let mut parts = Vec::with_capacity(matches + 1);
        let (mut begin, mut end) = (0, 0);
        for (match_start, match_end) in found {
            if usize::try_from(n).is_ok_and(|limit| parts.len() + 1 >= limit) {
                break;
            }
            end = match_start;
            // An empty match at the very start separates nothing.
            if match_end != 0 {
                parts.push(&text[begin..end]);
            }
            begin = match_end;
        }
        if end != text.len() {
            parts.push(&text[begin..]);
        }
        Ok(Split { parts, matches })
    }
}

/// The text with all metacharacters escaped (`regexp.QuoteMeta`).
pub fn quote_meta(text: &[u8]) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(text.len());
    for byte in text {
        if br"\.+*?()|[]{}^$".contains(byte) {
            quoted.push(b'\\');
        }
        quoted.push(*byte);
    }
    quoted
}

#[cfg(test)]
mod tests;

fn span(captures: &Captures, group: usize) -> Option<Span> {
    captures.get_group(group).map(|span| (span.start, span.end))
}
