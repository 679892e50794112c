//! Short cuts through the grammar for block style, on the scanner's short cuts for its lines.
//!
//! Each function parses what it can directly and otherwise leaves it to the tokens. The events are the same;
//! an error may come an event later than by tokens, but it is the same error.

use super::{Parser, State, empty_scalar};
use crate::Error;
use crate::event::{CollectionStyle, Event, EventKind, Mark, Scalar, ScalarStyle};
use crate::scanner::{DirectScalar, Line};

impl<'t> Parser<'t> {
    /// In a block mapping, where a key or the end is expected.
    pub(super) fn parse_block_mapping_line(&mut self) -> Result<Event<'t>, Error> {
        match self.scanner.next_line()? {
            Line::Entry => {
                if let Some(key) = self.scanner.take_direct_key() {
                    self.state = State::BlockMappingValueAfterColon;
                    return Ok(scalar_event(key));
                }
            }
            Line::Shallower => return Ok(self.close_block(EventKind::MappingEnd)),
            Line::Deeper | Line::Unclear => {}
        }
        self.parse_block_mapping_key()
    }

    /// The key that was read to find out that a mapping starts.
    pub(super) fn parse_pending_key(&mut self) -> Result<Event<'t>, Error> {
        match self.pending_key.take() {
            Some(key) => {
                self.state = State::BlockMappingValueAfterColon;
                Ok(scalar_event(key))
            }
            None => self.parse_block_mapping_key(),
        }
    }

    /// In a block mapping, after a key's colon.
    pub(super) fn parse_block_mapping_rest_of_line(&mut self) -> Result<Event<'t>, Error> {
        let colon_end = self.scanner.mark();
        if let Some(value) = self.scanner.direct_value()? {
            self.state = State::BlockMappingKey;
            return Ok(scalar_event(value));
        }
        match self.scanner.next_line()? {
            Line::Deeper if self.scanner.has_room() => {
                let mark = self.scanner.mark();
                if self.scanner.at_dash() {
                    self.open_block(mark, State::BlockMappingKey, State::BlockSequenceEntry);
                    return Ok(sequence_start(mark));
                }
                if let Some(key) = self.scanner.take_direct_key() {
                    return Ok(self.open_mapping(key, State::BlockMappingKey));
                }
            }
            Line::Entry => {
                let mark = self.scanner.mark();
                if self.scanner.at_dash() {
                    self.states.push(State::BlockMappingKey);
                    self.state = State::IndentlessSequenceEntry;
                    return Ok(sequence_start(mark));
                }
                if let Some(key) = self.scanner.take_direct_key() {
                    self.pending_key = Some(key);
                    self.state = State::BlockMappingPendingKey;
                    return Ok(empty_scalar(colon_end));
                }
            }
            Line::Shallower => {
                self.state = State::BlockMappingKey;
                return Ok(empty_scalar(colon_end));
            }
            Line::Deeper | Line::Unclear => {}
        }
        self.parse_block_mapping_value_after_colon(colon_end)
    }

    /// In a block sequence, where an entry or the end is expected.
    pub(super) fn parse_block_sequence_line(&mut self) -> Result<Event<'t>, Error> {
        match self.scanner.next_line()? {
            Line::Entry if self.scanner.at_dash() => {
                let dash = self.scanner.take_dash();
                match self.parse_item(State::BlockSequenceEntry)? {
                    Some(event) => Ok(event),
                    None => self.parse_block_sequence_item(dash),
                }
            }
            Line::Shallower => Ok(self.close_block(EventKind::SequenceEnd)),
            _ => self.parse_block_sequence_entry(),
        }
    }

    /// In a sequence that is indented no deeper than its key, where an entry or something else is expected.
    pub(super) fn parse_indentless_sequence_line(&mut self) -> Result<Event<'t>, Error> {
        match self.scanner.next_line()? {
            Line::Entry if self.scanner.at_dash() => {
                let dash = self.scanner.take_dash();
                match self.parse_item(State::IndentlessSequenceEntry)? {
                    Some(event) => Ok(event),
                    None => self.parse_indentless_sequence_item(dash),
                }
            }
            Line::Entry | Line::Shallower if !self.scanner.at_hyphen() => {
                let mark = self.scanner.mark();
                self.pop_state();
                Ok(Event { mark, kind: EventKind::SequenceEnd })
            }
            _ => self.parse_indentless_sequence_entry(),
        }
    }

    /// What stands on the line of a `-`: a mapping's first key or a scalar.
    fn parse_item(&mut self, state: State) -> Result<Option<Event<'t>>, Error> {
        self.scanner.skip_spaces();
        if self.scanner.has_room()
            && let Some(key) = self.scanner.take_direct_key()
        {
            return Ok(Some(self.open_mapping(key, state)));
        }
        let scalar = self.scanner.direct_item()?;
        Ok(scalar.map(|scalar| {
            self.state = state;
            scalar_event(scalar)
        }))
    }

    /// Opens a block mapping at its first key, which is read already.
    fn open_mapping(&mut self, key: DirectScalar<'t>, outer: State) -> Event<'t> {
        let mark = key.mark;
        self.open_block(mark, outer, State::BlockMappingPendingKey);
        self.pending_key = Some(key);
        let kind = EventKind::MappingStart { anchor: None, tag: None, style: CollectionStyle::Block };
        Event { mark, kind }
    }

    fn open_block(&mut self, mark: Mark, outer: State, state: State) {
        self.scanner.open_block(mark);
        self.marks.push(mark);
        self.states.push(outer);
        self.state = state;
    }

    fn close_block(&mut self, kind: EventKind<'t>) -> Event<'t> {
        self.scanner.close_block();
        self.marks.pop();
        self.pop_state();
        Event { mark: self.scanner.mark(), kind }
    }
}

/// The event of an untagged scalar.
fn scalar_event(scalar: DirectScalar<'_>) -> Event<'_> {
    let DirectScalar { mark, value, style } = scalar;
    let plain = style == ScalarStyle::Plain;
    let scalar =
        Scalar { value, tag: None, anchor: None, style, plain_implicit: plain, quoted_implicit: !plain };
    Event { mark, kind: EventKind::Scalar(scalar) }
}

fn sequence_start<'t>(mark: Mark) -> Event<'t> {
    let kind = EventKind::SequenceStart { anchor: None, tag: None, style: CollectionStyle::Block };
    Event { mark, kind }
}
