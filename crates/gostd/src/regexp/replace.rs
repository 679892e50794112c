//! Replacing all matches, by a text or by a template with references.

use super::meter::Meter;
use super::search::{Search, Wanted};
use super::template::{Part, Template};
use super::{Regexp, Span, span};

/// What a reference of a template and the text before it take, once they are read.
const BYTES_OF_A_REFERENCE: u64 = 128;

impl Regexp {
    /// Replaces all matches by a template with `$1` and `${name}` (`ReplaceAllString`).
    pub fn replace_all<M: Meter>(
        &self,
        src: &[u8],
        template: &[u8],
        meter: &M,
    ) -> Result<Vec<u8>, M::Exceeded> {
        let references = template.iter().filter(|byte| **byte == b'$').count() as u64;
        if references == 0 {
            return self.replace_all_literal(src, template, meter);
        }
        meter.steps(references)?;
        meter.room_for(references.saturating_mul(BYTES_OF_A_REFERENCE))?;
        let template = Template::parse(template, self.group_names());
        let steps = template.steps();
        let mut search = Search::new(self, src, Wanted::Groups, meter)?;
        let mut groups = search.groups();
        let mut replaced = Replaced::new(src.len(), meter)?;
        let mut pos = 0;
        while pos <= search.haystack.text().len() {
            let Some(found) = search.groups_at(pos, &mut groups)? else { break };
            if replaced.skip_to(&search, found)? {
                meter.steps(steps)?;
                for part in template.parts() {
                    match part {
                        Part::Text(text) => replaced.push(text)?,
                        Part::Groups(numbers) => {
                            if let Some(span) = numbers.iter().find_map(|number| span(&groups, *number)) {
                                replaced.push(search.haystack.original(span))?;
                            }
                        }
                    }
                }
            }
            pos = found.1.max(search.haystack.next(pos));
        }
        replaced.finish(&search)
    }

    /// Replaces all matches by a text as it stands (`ReplaceAllLiteralString`).
    pub fn replace_all_literal<M: Meter>(
        &self,
        src: &[u8],
        replacement: &[u8],
        meter: &M,
    ) -> Result<Vec<u8>, M::Exceeded> {
        let mut search = Search::new(self, src, Wanted::Span, meter)?;
        let mut replaced = Replaced::new(src.len(), meter)?;
        let mut pos = 0;
        while pos <= search.haystack.text().len() {
            let Some(found) = search.find_at(pos)? else { break };
            if replaced.skip_to(&search, found)? {
                replaced.push(replacement)?;
            }
            pos = found.1.max(search.haystack.next(pos));
        }
        replaced.finish(&search)
    }
}

/// A result that grows, and asks for its memory before it takes it.
struct Replaced<'m, M> {
    out: Vec<u8>,
    /// Where the last match ended.
    last_end: usize,
    meter: &'m M,
}

impl<'m, M: Meter> Replaced<'m, M> {
    fn new(room: usize, meter: &'m M) -> Result<Self, M::Exceeded> {
        meter.bytes(room as u64)?;
        Ok(Self { out: Vec::with_capacity(room), last_end: 0, meter })
    }

    fn push(&mut self, text: &[u8]) -> Result<(), M::Exceeded> {
        let wanted = self.out.len() + text.len();
        if wanted > self.out.capacity() {
            // Old and new exist side by side for a moment.
            let grown = wanted.max(2 * self.out.capacity());
            self.meter.bytes(grown as u64)?;
            self.out.reserve_exact(grown - self.out.len());
        }
        self.out.extend_from_slice(text);
        Ok(())
    }

    /// Copies what stands before a match. Says whether the match is replaced: an empty one isn't where another one
    /// ended.
    fn skip_to(&mut self, search: &Search<'_, '_, M>, (start, end): Span) -> Result<bool, M::Exceeded> {
        self.push(search.haystack.original((self.last_end, start)))?;
        let counts = end > self.last_end || start == 0;
        self.last_end = end;
        Ok(counts)
    }

    fn finish(mut self, search: &Search<'_, '_, M>) -> Result<Vec<u8>, M::Exceeded> {
        let end = search.haystack.text().len();
        self.push(search.haystack.original((self.last_end, end)))?;
        Ok(self.out)
    }
}
