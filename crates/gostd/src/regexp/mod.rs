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
mod parse;
mod template;

pub use error::{CompileError, ErrorCode};

use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use ast::Node;
use haystack::Haystack;
use regex_automata::meta;
use regex_automata::util::captures::Captures;

/// A bound on the memory of a compiled program. Go bounds the number of instructions alone, which for common
/// patterns allows less than this.
const SIZE_LIMIT: usize = 256 << 20;

/// The greatest number of ranges of bytes, counted repetitions multiplied out, whose program surely stays below
/// [`SIZE_LIMIT`]: none takes more than a kilobyte.
const SURELY_SMALL: u64 = 64 << 10;

/// A compiled regular expression; clones share it.
#[derive(Clone, Debug)]
pub struct Regexp {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// The matcher, made on first use: many a pattern of a schema is checked and never matched.
    program: OnceLock<meta::Regex>,
    root: Node,
    pattern: Box<[u8]>,
    names: Vec<Box<str>>,
    size: u64,
}

impl Inner {
    fn build(&self) -> Result<meta::Regex, meta::BuildError> {
        // The compiler behind this recurses once or more for each level of the pattern.
        let stack = 128 * 1024 + 16 * 1024 * self.root.height as usize;
        stacker::maybe_grow(stack, 2 * stack, || {
            let config = meta::Config::new().nfa_size_limit(Some(SIZE_LIMIT));
            meta::Builder::new().configure(config).build_from_hir(&self.root.to_hir(&mut 0))
        })
    }
}

/// The start and end of a match or a group.
type Span = (usize, usize);

impl Regexp {
    /// Compiles a pattern of Go's dialect (`regexp.Compile`).
    pub fn compile(pattern: &[u8]) -> Result<Self, CompileError> {
        let parsed = parse::parse(pattern)?;
        let size = parsed.root.copies.saturating_mul(parsed.root.bytes());
        let inner = Inner {
            program: OnceLock::new(),
            root: parsed.root,
            pattern: pattern.into(),
            names: parsed.names,
            size,
        };
        if size > SURELY_SMALL {
            // All it takes is generated, so that only its size can be refused.
            let program = inner.build().map_err(|_| CompileError {
                code: ErrorCode::Large,
                fragment: pattern.into(),
                pattern: pattern.into(),
            })?;
            let _ = inner.program.set(program);
        }
        Ok(Self { inner: Arc::new(inner) })
    }

    fn program(&self) -> &meta::Regex {
        let built = || self.inner.build().expect("the pattern is small, and all it takes is generated");
        self.inner.program.get_or_init(built)
    }

    /// The pattern.
    pub fn pattern(&self) -> &[u8] {
        &self.inner.pattern
    }

    /// How large the program is at most, in ranges of bytes with counted repetitions multiplied out: the measure of
    /// what it costs to make and to keep.
    pub fn size(&self) -> u64 {
        self.inner.size
    }

    /// The groups' names by number, the whole match first; unnamed ones are empty (`SubexpNames`).
    pub fn group_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.inner.names.iter().map(|name| &**name)
    }

    /// Whether the pattern matches somewhere in the text.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.program().is_match(Haystack::new(text).text())
    }

    /// The start and end of the leftmost match.
    pub fn find(&self, text: &[u8]) -> Option<(usize, usize)> {
        let haystack = Haystack::new(text);
        self.find_at(&haystack, 0).map(|span| haystack.original_span(span))
    }

    /// Successive matches, at most `n` of them where `n` isn't negative. (Go's slice is nil where there are none.)
    pub fn find_all(&self, text: &[u8], n: i64) -> Vec<(usize, usize)> {
        let mut matches = Vec::new();
        let limit = usize::try_from(n).unwrap_or(usize::MAX);
        if limit == 0 {
            return matches;
        }
        let haystack = Haystack::new(text);
        self.each_match(&haystack, |span| {
            matches.push(haystack.original_span(span));
            if matches.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        matches
    }

    /// The leftmost match and the groups in it, by number; group 0 is the whole match (`FindSubmatchIndex`).
    pub fn captures(&self, text: &[u8]) -> Option<Vec<Option<(usize, usize)>>> {
        let haystack = Haystack::new(text);
        let mut captures = self.program().create_captures();
        self.program().captures(haystack.text(), &mut captures);
        captures.get_match()?;
        let groups = 0..self.inner.names.len();
        Some(groups.map(|group| Some(haystack.original_span(span(&captures, group)?))).collect())
    }

    /// Replaces all matches by a template with `$1` and `${name}` (`ReplaceAllString`). Nothing is replaced any more
    /// once the result has more than `most` bytes.
    pub fn replace_all(&self, src: &[u8], template: &[u8], most: usize) -> Vec<u8> {
        if !template.contains(&b'$') {
            return self.replace_all_literal(src, template, most);
        }
        let haystack = Haystack::new(src);
        let mut captures = self.program().create_captures();
        self.replace(
            &haystack,
            most,
            |start| {
                self.program().search_captures(&haystack.input(start), &mut captures);
                Some((span(&captures, 0)?, captures.clone()))
            },
            |captures, out| {
                template::expand(out, template, most, |group| {
                    let number = match group {
                        template::Group::Number(number) => span(&captures, number),
                        template::Group::Name(name) => (0..self.inner.names.len())
                            .filter(|number| self.inner.names[*number].as_bytes() == name)
                            .find_map(|number| span(&captures, number)),
                    };
                    number.map(|span| haystack.original(span))
                });
            },
        )
    }

    /// Replaces all matches by a text as it stands (`ReplaceAllLiteralString`), up to a length as in
    /// [`Regexp::replace_all`].
    pub fn replace_all_literal(&self, src: &[u8], replacement: &[u8], most: usize) -> Vec<u8> {
        let haystack = Haystack::new(src);
        self.replace(
            &haystack,
            most,
            |start| Some((self.find_at(&haystack, start)?, ())),
            |(), out| out.extend_from_slice(replacement),
        )
    }

    /// Splits the text at the matches, into at most `n` parts where `n` isn't negative. (Go's slice is nil where
    /// `n` is 0.)
    pub fn split<'t>(&self, text: &'t [u8], n: i64) -> Vec<&'t [u8]> {
        if n == 0 {
            return Vec::new();
        }
        if text.is_empty() && !self.inner.pattern.is_empty() {
            return vec![text];
        }
        let mut parts = Vec::new();
        let (mut begin, mut end) = (0, 0);
        for (match_start, match_end) in self.find_all(text, n) {
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
        parts
    }

    fn find_at(&self, haystack: &Haystack<'_>, start: usize) -> Option<Span> {
        let found = self.program().search(&haystack.input(start))?;
        Some((found.start(), found.end()))
    }

    /// Visits the matches as Go's `FindAll` does: empty ones right behind another match don't count.
    fn each_match(&self, haystack: &Haystack<'_>, mut visit: impl FnMut(Span) -> ControlFlow<()>) {
        let mut pos = 0;
        let mut previous_end = None;
        while pos <= haystack.text().len() {
            let Some((start, end)) = self.find_at(haystack, pos) else { break };
            let accepted = end != pos || previous_end != Some(start);
            pos = if end == pos { haystack.next(pos) } else { end };
            previous_end = Some(end);
            if accepted && visit((start, end)).is_break() {
                break;
            }
        }
    }

    /// Replaces matches as Go does. An empty match is replaced unless another one ended there.
    fn replace<M>(
        &self,
        haystack: &Haystack<'_>,
        most: usize,
        mut find: impl FnMut(usize) -> Option<(Span, M)>,
        mut append: impl FnMut(M, &mut Vec<u8>),
    ) -> Vec<u8> {
        let mut out = Vec::new();
        let mut last_end = 0;
        let mut search = 0;
        while search <= haystack.text().len() && out.len() <= most {
            let Some(((start, end), found)) = find(search) else { break };
            out.extend_from_slice(haystack.original((last_end, start)));
            if end > last_end || start == 0 {
                append(found, &mut out);
            }
            last_end = end;
            search = end.max(haystack.next(search));
        }
        out.extend_from_slice(haystack.original((last_end, haystack.text().len())));
        out
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
