//! Searches in one text, which tell what they cost before they cost it.
//!
//! Steps are what decides, so they are counted from the pattern and the text alone: the states that the pattern may be
//! in, for each byte that is read. How many bytes a search reads isn't where its match ends, since it may look far
//! ahead for a longer one, and searches for all matches may do so again and again. In long texts the reading is
//! therefore followed by an automaton of our own first.

use regex_automata::Input;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::meta;
use regex_automata::util::captures::Captures;

use super::haystack::Haystack;
use super::meter::Meter;
use super::{Regexp, Span};

/// How many states are visited in a step.
const STATES_OF_A_STEP: u64 = 8;

/// What it takes to begin a search, in steps.
const STEPS_OF_BEGINNING: u64 = 10;

/// What is left of a text is taken for read as a whole where it is no longer.
const SHORT: usize = 256;

/// So many bytes are read between two looks at the meter.
const BYTES_BETWEEN_LOOKS: usize = 1024;

/// The bytes that a matcher keeps for each group, for each of its states.
const BYTES_OF_A_GROUP: u64 = 32;

/// Which matcher a search needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Whether there is a match.
    Match,
    /// Where it is.
    Span,
    /// Where its groups are.
    Groups,
}

/// Searches of a pattern in a text.
pub(super) struct Search<'s, 't, M> {
    regexp: &'s Regexp,
    matcher: &'s meta::Regex,
    wanted: Wanted,
    pub(super) haystack: Haystack<'t>,
    meter: &'s M,
    /// What follows the reading in a long text.
    follower: Option<(&'s DFA, Cache)>,
    /// What reading a byte takes, in steps.
    steps_of_a_byte: u64,
}

impl<'s, 't, M: Meter> Search<'s, 't, M> {
    pub(super) fn new(
        regexp: &'s Regexp,
        text: &'t [u8],
        wanted: Wanted,
        meter: &'s M,
    ) -> Result<Self, M::Exceeded> {
        let states = regexp.states();
        let matcher = match wanted {
            Wanted::Groups => {
                meter.room_for(states.saturating_mul(regexp.groups()).saturating_mul(BYTES_OF_A_GROUP))?;
                regexp.capturing_program()
            }
            Wanted::Match | Wanted::Span => regexp.program(),
        };
        let follower = match text.len() {
            0..=SHORT => None,
            _ => regexp.follower().map(|automaton| (automaton, automaton.create_cache())),
        };
        meter.room_for(Haystack::copied_bytes(text))?;
        let haystack = Haystack::new(text);
        let steps_of_a_byte = 1 + states / STATES_OF_A_STEP;
        Ok(Self { regexp, matcher, wanted, haystack, meter, follower, steps_of_a_byte })
    }

    /// Whether there is a match.
    pub(super) fn is_match(&mut self) -> Result<bool, M::Exceeded> {
        self.charge(0)?;
        Ok(self.matcher.is_match(self.haystack.text()))
    }

    /// The leftmost match from an offset on.
    pub(super) fn find_at(&mut self, start: usize) -> Result<Option<Span>, M::Exceeded> {
        self.charge(start)?;
        let found = self.matcher.search(&self.haystack.input(start));
        Ok(found.map(|found| (found.start(), found.end())))
    }

    /// A table for [`Search::groups_at`].
    pub(super) fn groups(&self) -> Captures {
        self.matcher.create_captures()
    }

    /// The leftmost match from an offset on, and where its groups are.
    pub(super) fn groups_at(
        &mut self,
        start: usize,
        groups: &mut Captures,
    ) -> Result<Option<Span>, M::Exceeded> {
        let Some((start, end)) = self.find_at(start)? else { return Ok(None) };
        // Each state has a table of groups of its own now.
        let bytes = (end - start) as u64 + 1;
        let groups_of_states = self.steps_of_a_byte.saturating_mul(self.regexp.groups());
        self.meter.steps(bytes.saturating_mul(groups_of_states))?;
        self.matcher.search_captures(&self.haystack.input(start), groups);
        Ok(Some((start, end)))
    }

    /// Takes what a search from an offset on will cost.
    fn charge(&mut self, start: usize) -> Result<(), M::Exceeded> {
        self.meter.steps(STEPS_OF_BEGINNING)?;
        let left = self.haystack.text().len().saturating_sub(start);
        let unread = if left <= SHORT { left } else { self.follow(start)? };
        self.meter.steps((unread as u64).saturating_mul(self.steps_of_a_byte))
    }

    /// Reads as the search will, taking steps as it goes on. Gives the number of bytes that aren't taken yet.
    fn follow(&mut self, start: usize) -> Result<usize, M::Exceeded> {
        let text = self.haystack.text().as_bytes();
        let Some((automaton, cache)) = &mut self.follower else { return Ok(text.len() - start) };
        let Ok(mut state) = automaton.start_state_forward(cache, &Input::new(text).range(start..)) else {
            return Ok(text.len() - start);
        };
        let mut taken = start;
        for (offset, byte) in text.iter().enumerate().skip(start) {
            if offset - taken == BYTES_BETWEEN_LOOKS {
                self.meter.steps((BYTES_BETWEEN_LOOKS as u64).saturating_mul(self.steps_of_a_byte))?;
                taken = offset;
            }
            state = match automaton.next_state(cache, state, *byte) {
                Ok(next) => next,
                Err(_) => return Ok(text.len() - taken),
            };
            if state.is_tagged() {
                if state.is_dead() || (state.is_match() && self.wanted == Wanted::Match) {
                    return Ok(offset + 1 - taken);
                }
                if state.is_quit() {
                    break;
                }
            }
        }
        Ok(text.len() - taken)
    }
}
