//! The parser: tokens to events, by libyaml's grammar as go-yaml v2 has it.

mod direct;

use std::borrow::Cow;

use crate::Error;
use crate::event::{CollectionStyle, Event, EventKind, Mark, Scalar, ScalarStyle};
use crate::reader::Source;
use crate::scanner::{DirectScalar, Scanner, TagDirective, TokenKind};

/// Where the parser stands in the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    StreamStart,
    ImplicitDocumentStart,
    DocumentStart,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequenceFirstEntry,
    BlockSequenceEntry,
    IndentlessSequenceEntry,
    BlockMappingFirstKey,
    BlockMappingKey,
    BlockMappingValue,
    /// As `BlockMappingKey`, but the key with its colon is read already.
    BlockMappingPendingKey,
    /// As `BlockMappingValue`, but the colon is taken already.
    BlockMappingValueAfterColon,
    FlowSequenceFirstEntry,
    FlowSequenceEntry,
    FlowSequenceEntryMappingKey,
    FlowSequenceEntryMappingValue,
    FlowSequenceEntryMappingEnd,
    FlowMappingFirstKey,
    FlowMappingKey,
    FlowMappingValue,
    FlowMappingEmptyValue,
    End,
}

/// Where a node stands, which decides what it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Block,
    BlockOrIndentlessSequence,
    Flow,
}

/// A stream of events over a text.
///
/// The text is in UTF-8, with or without byte order mark; the decoding functions of this crate also take
/// UTF-16, which is converted before it gets here.
#[derive(Debug)]
pub struct Parser<'t> {
    scanner: Scanner<'t>,
    state: State,
    states: Vec<State>,
    /// Where the open collections start.
    marks: Vec<Mark>,
    tag_directives: Vec<TagDirective<'t>>,
    pending_key: Option<DirectScalar<'t>>,
}

impl<'t> Parser<'t> {
    /// A parser at the start of a text.
    pub fn new(text: &'t [u8]) -> Self {
        let source = Source::utf8(text);
        Self::over(Scanner::with_parts(&text[source.base..], source.base, source.careful))
    }

    /// A parser at the start of a text that may have been converted.
    pub(crate) fn of(source: &'t Source<'_>) -> Self {
        Self::over(Scanner::new(source))
    }

    fn over(scanner: Scanner<'t>) -> Self {
        Self {
            scanner,
            state: State::StreamStart,
            states: Vec::new(),
            marks: Vec::new(),
            tag_directives: Vec::new(),
            pending_key: None,
        }
    }

    /// The next event; `None` after the end of the stream and after an error.
    pub fn next_event(&mut self) -> Result<Option<Event<'t>>, Error> {
        if self.state == State::End {
            return Ok(None);
        }
        match self.step() {
            Ok(event) => Ok(Some(event)),
            Err(error) => {
                self.state = State::End;
                Err(error)
            }
        }
    }

    fn step(&mut self) -> Result<Event<'t>, Error> {
        match self.state {
            State::StreamStart => self.parse_stream_start(),
            State::ImplicitDocumentStart => self.parse_document_start(true),
            State::DocumentStart => self.parse_document_start(false),
            State::DocumentContent => self.parse_document_content(),
            State::DocumentEnd => self.parse_document_end(),
            State::BlockNode => self.parse_node(Context::Block),
            State::BlockSequenceFirstEntry => {
                self.enter()?;
                self.parse_block_sequence_entry()
            }
            State::BlockSequenceEntry => self.parse_block_sequence_line(),
            State::IndentlessSequenceEntry => self.parse_indentless_sequence_line(),
            State::BlockMappingFirstKey => {
                self.enter()?;
                self.parse_block_mapping_key()
            }
            State::BlockMappingKey => self.parse_block_mapping_line(),
            State::BlockMappingPendingKey => self.parse_pending_key(),
            State::BlockMappingValue => self.parse_block_mapping_value(),
            State::BlockMappingValueAfterColon => self.parse_block_mapping_rest_of_line(),
            State::FlowSequenceFirstEntry => {
                self.enter()?;
                self.parse_flow_sequence_entry(true)
            }
            State::FlowSequenceEntry => self.parse_flow_sequence_entry(false),
            State::FlowSequenceEntryMappingKey => self.parse_flow_sequence_entry_mapping_key(),
            State::FlowSequenceEntryMappingValue => self.parse_flow_sequence_entry_mapping_value(),
            State::FlowSequenceEntryMappingEnd => {
                let mark = self.scanner.peek()?.mark;
                self.state = State::FlowSequenceEntry;
                Ok(Event { mark, kind: EventKind::MappingEnd })
            }
            State::FlowMappingFirstKey => {
                self.enter()?;
                self.parse_flow_mapping_key(true)
            }
            State::FlowMappingKey => self.parse_flow_mapping_key(false),
            State::FlowMappingValue => self.parse_flow_mapping_value(false),
            State::FlowMappingEmptyValue => self.parse_flow_mapping_value(true),
            State::End => Err(Error::yaml("attempted to go past the end of stream; corrupted value?")),
        }
    }

    /// Takes the token that starts a collection.
    fn enter(&mut self) -> Result<(), Error> {
        let mark = self.scanner.peek()?.mark;
        self.marks.push(mark);
        self.scanner.take();
        Ok(())
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    /// Takes the token that ends a collection.
    fn leave(&mut self, mark: Mark, kind: EventKind<'t>) -> Event<'t> {
        self.pop_state();
        self.marks.pop();
        self.scanner.take();
        Event { mark, kind }
    }

    /// An error at a token inside the innermost collection. go-yaml counts lines from 0 here, and falls back
    /// to the collection's line.
    fn collection_error(&mut self, problem: &'static str, mark: Mark) -> Error {
        let context = self.marks.pop().unwrap_or_default();
        error(problem, mark, context)
    }

    fn parse_stream_start(&mut self) -> Result<Event<'t>, Error> {
        let mark = self.scanner.peek()?.mark;
        self.scanner.take();
        self.state = State::ImplicitDocumentStart;
        Ok(Event { mark, kind: EventKind::StreamStart })
    }

    fn parse_document_start(&mut self, implicit: bool) -> Result<Event<'t>, Error> {
        if !implicit {
            while let TokenKind::DocumentEnd = self.scanner.peek()?.kind {
                self.scanner.take();
            }
        }
        let token = self.scanner.peek()?;
        let mark = token.mark;
        match token.kind {
            TokenKind::StreamEnd => {
                self.scanner.take();
                self.state = State::End;
                return Ok(Event { mark, kind: EventKind::StreamEnd });
            }
            TokenKind::VersionDirective { .. } | TokenKind::TagDirective(_) | TokenKind::DocumentStart => {}
            _ if implicit => {
                self.process_directives()?;
                self.states.push(State::DocumentEnd);
                self.state = State::BlockNode;
                return Ok(Event { mark, kind: EventKind::DocumentStart });
            }
            _ => {}
        }
        self.process_directives()?;
        let token = self.scanner.peek()?;
        if !matches!(token.kind, TokenKind::DocumentStart) {
            return Err(error("did not find expected <document start>", token.mark, Mark::default()));
        }
        self.scanner.take();
        self.states.push(State::DocumentEnd);
        self.state = State::DocumentContent;
        Ok(Event { mark, kind: EventKind::DocumentStart })
    }

    fn process_directives(&mut self) -> Result<(), Error> {
        let mut version_seen = false;
        loop {
            let token = self.scanner.peek()?;
            let mark = token.mark;
            match &token.kind {
                TokenKind::VersionDirective { .. } if version_seen => {
                    return Err(error("found duplicate %YAML directive", mark, Mark::default()));
                }
                TokenKind::VersionDirective { major: 1, minor: 1 } => version_seen = true,
                TokenKind::VersionDirective { .. } => {
                    return Err(error("found incompatible YAML document", mark, Mark::default()));
                }
                TokenKind::TagDirective(directive) => {
                    if self.tag_directives.iter().any(|known| known.handle == directive.handle) {
                        return Err(error("found duplicate %TAG directive", mark, Mark::default()));
                    }
                    self.tag_directives.push((**directive).clone());
                }
                _ => break,
            }
            self.scanner.take();
        }
        for (handle, prefix) in [(&b"!"[..], &b"!"[..]), (b"!!", b"tag:yaml.org,2002:")] {
            if self.tag_directives.iter().all(|known| known.handle != handle) {
                self.tag_directives.push(TagDirective { handle: handle.into(), prefix: prefix.into() });
            }
        }
        Ok(())
    }

    fn parse_document_content(&mut self) -> Result<Event<'t>, Error> {
        let token = self.scanner.peek()?;
        match token.kind {
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective(_)
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                let mark = token.mark;
                self.pop_state();
                Ok(empty_scalar(mark))
            }
            _ => self.parse_node(Context::Block),
        }
    }

    fn parse_document_end(&mut self) -> Result<Event<'t>, Error> {
        let token = self.scanner.peek()?;
        let mark = token.mark;
        if let TokenKind::DocumentEnd = token.kind {
            self.scanner.take();
        }
        self.tag_directives.clear();
        self.state = State::DocumentStart;
        Ok(Event { mark, kind: EventKind::DocumentEnd })
    }

    fn parse_node(&mut self, context: Context) -> Result<Event<'t>, Error> {
        let token = self.scanner.peek()?;
        let start = token.mark;
        match token.kind {
            TokenKind::Alias(anchor) => {
                self.scanner.take();
                self.pop_state();
                return Ok(Event { mark: start, kind: EventKind::Alias { anchor } });
            }
            TokenKind::Scalar { .. } => return self.take_scalar(start, None, None),
            TokenKind::Anchor(_) | TokenKind::Tag(_) => {}
            _ => return self.parse_content(context, start, None, None),
        }

        let mut anchor = None;
        let tag;
        if let TokenKind::Anchor(name) = token.kind {
            anchor = Some(name);
            self.scanner.take();
            tag = self.take_tag()?;
        } else {
            tag = self.take_tag()?;
            if let TokenKind::Anchor(name) = self.scanner.peek()?.kind {
                anchor = Some(name);
                self.scanner.take();
                self.scanner.peek()?;
            }
        }
        let tag = match tag {
            None => None,
            Some(unresolved) => self.resolve_tag(unresolved, start)?,
        };
        if let TokenKind::Scalar { .. } = self.scanner.peek()?.kind {
            return self.take_scalar(start, anchor, tag);
        }
        self.parse_content(context, start, anchor, tag)
    }

    /// Takes a tag token, where one stands, and looks at the token after it.
    fn take_tag(&mut self) -> Result<Option<UnresolvedTag<'t>>, Error> {
        let token = self.scanner.peek()?;
        if !matches!(token.kind, TokenKind::Tag(_)) {
            return Ok(None);
        }
        let mark = token.mark;
        let taken = self.scanner.take();
        self.scanner.peek()?;
        match taken.map(|token| token.kind) {
            Some(TokenKind::Tag(tag)) => {
                Ok(Some(UnresolvedTag { mark, handle: tag.handle, suffix: tag.suffix }))
            }
            _ => Ok(None),
        }
    }

    /// Puts a tag's handle and suffix together; an empty tag is none.
    fn resolve_tag(&self, tag: UnresolvedTag<'t>, start: Mark) -> Result<Option<Cow<'t, [u8]>>, Error> {
        if tag.handle.is_empty() {
            return Ok(Some(tag.suffix).filter(|suffix| !suffix.is_empty()));
        }
        let directive = self.tag_directives.iter().find(|known| known.handle == tag.handle);
        let resolved =
            directive.map(|directive| [&*directive.prefix, &*tag.suffix].concat()).unwrap_or_default();
        if resolved.is_empty() {
            return Err(error("found undefined tag handle", tag.mark, start));
        }
        Ok(Some(Cow::Owned(resolved)))
    }

    fn take_scalar(
        &mut self,
        mark: Mark,
        anchor: Option<&'t [u8]>,
        tag: Option<Cow<'t, [u8]>>,
    ) -> Result<Event<'t>, Error> {
        self.pop_state();
        let (value, style) = match self.scanner.take().map(|token| token.kind) {
            Some(TokenKind::Scalar { value, style }) => (value, style),
            _ => (Cow::Borrowed(&b""[..]), ScalarStyle::Plain),
        };
        let plain_implicit = match tag.as_deref() {
            None => style == ScalarStyle::Plain,
            Some(tag) => tag == b"!",
        };
        let quoted_implicit = !plain_implicit && tag.is_none();
        let scalar = Scalar { value, tag, anchor, style, plain_implicit, quoted_implicit };
        Ok(Event { mark, kind: EventKind::Scalar(scalar) })
    }

    /// Parses what is no scalar, after its anchor and tag.
    fn parse_content(
        &mut self,
        context: Context,
        mark: Mark,
        anchor: Option<&'t [u8]>,
        tag: Option<Cow<'t, [u8]>>,
    ) -> Result<Event<'t>, Error> {
        let block = context != Context::Flow;
        let token = self.scanner.peek()?;
        let here = token.mark;
        let (state, style, mapping) = match token.kind {
            TokenKind::BlockEntry if context == Context::BlockOrIndentlessSequence => {
                (State::IndentlessSequenceEntry, CollectionStyle::Block, false)
            }
            TokenKind::FlowSequenceStart => (State::FlowSequenceFirstEntry, CollectionStyle::Flow, false),
            TokenKind::FlowMappingStart => (State::FlowMappingFirstKey, CollectionStyle::Flow, true),
            TokenKind::BlockSequenceStart if block => {
                (State::BlockSequenceFirstEntry, CollectionStyle::Block, false)
            }
            TokenKind::BlockMappingStart if block => {
                (State::BlockMappingFirstKey, CollectionStyle::Block, true)
            }
            _ if anchor.is_some() || tag.is_some() => {
                self.pop_state();
                let scalar = Scalar {
                    value: Cow::Borrowed(b""),
                    plain_implicit: tag.is_none(),
                    tag,
                    anchor,
                    style: ScalarStyle::Plain,
                    quoted_implicit: false,
                };
                return Ok(Event { mark, kind: EventKind::Scalar(scalar) });
            }
            _ => return Err(error("did not find expected node content", here, mark)),
        };
        self.state = state;
        let kind = if mapping {
            EventKind::MappingStart { anchor, tag, style }
        } else {
            EventKind::SequenceStart { anchor, tag, style }
        };
        Ok(Event { mark, kind })
    }

    fn parse_block_sequence_entry(&mut self) -> Result<Event<'t>, Error> {
        let token = self.scanner.peek()?;
        let mark = token.mark;
        match token.kind {
            TokenKind::BlockEntry => {
                self.scanner.take();
                self.parse_block_sequence_item(mark)
            }
            TokenKind::BlockEnd => Ok(self.leave(mark, EventKind::SequenceEnd)),
            _ => Err(self.collection_error("did not find expected '-' indicator", mark)),
        }
    }

    /// Parses what follows a `-` at a mark.
    fn parse_block_sequence_item(&mut self, mark: Mark) -> Result<Event<'t>, Error> {
        match self.scanner.peek()?.kind {
            TokenKind::BlockEntry | TokenKind::BlockEnd => {
                self.state = State::BlockSequenceEntry;
                Ok(empty_scalar(mark.after(1)))
            }
            _ => {
                self.states.push(State::BlockSequenceEntry);
                self.parse_node(Context::Block)
            }
        }
    }

    fn parse_indentless_sequence_entry(&mut self) -> Result<Event<'t>, Error> {
        let token = self.scanner.peek()?;
        let mark = token.mark;
        if !matches!(token.kind, TokenKind::BlockEntry) {
            self.pop_state();
            return Ok(Event { mark, kind: EventKind::SequenceEnd });
        }
        self.scanner.take();
        self.parse_indentless_sequence_item(mark)
    }

    fn parse_indentless_sequence_item(&mut self, mark: Mark) -> Result<Event<'t>, Error> {
        match self.scanner.peek()?.kind {
            TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.state = State::IndentlessSequenceEntry;
                Ok(empty_scalar(mark.after(1)))
            }
            _ => {
                self.states.push(State::IndentlessSequenceEntry);
                self.parse_node(Context::Block)
            }
        }
    }

    fn parse_block_mapping_key(&mut self) -> Result<Event<'t>, Error> {
        let token = self.scanner.peek()?;
        let mark = token.mark;
        match token.kind {
            TokenKind::Key => {
                self.scanner.take();
                match self.scanner.peek()?.kind {
                    TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                        self.state = State::BlockMappingValue;
                        Ok(empty_scalar(mark))
                    }
                    _ => {
                        self.states.push(State::BlockMappingValue);
                        self.parse_node(Context::BlockOrIndentlessSequence)
                    }
                }
            }
            TokenKind::BlockEnd => Ok(self.leave(mark, EventKind::MappingEnd)),
            _ => Err(self.collection_error("did not find expected key", mark)),
        }
    }

    fn parse_block_mapping_value(&mut self) -> Result<Event<'t>, Error> {
        let token = self.scanner.peek()?;
        let mark = token.mark;
        if !matches!(token.kind, TokenKind::Value) {
            self.state = State::BlockMappingKey;
            return Ok(empty_scalar(mark));
        }
        self.scanner.take();
        self.parse_block_mapping_value_after_colon(mark.after(1))
    }

    fn parse_block_mapping_value_after_colon(&mut self, mark: Mark) -> Result<Event<'t>, Error> {
        match self.scanner.peek()?.kind {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.state = State::BlockMappingKey;
                Ok(empty_scalar(mark))
            }
            _ => {
                self.states.push(State::BlockMappingKey);
                self.parse_node(Context::BlockOrIndentlessSequence)
            }
        }
    }

    fn parse_flow_sequence_entry(&mut self, first: bool) -> Result<Event<'t>, Error> {
        let mut token = self.scanner.peek()?;
        if !matches!(token.kind, TokenKind::FlowSequenceEnd) {
            if !first {
                let mark = token.mark;
                if !matches!(token.kind, TokenKind::FlowEntry) {
                    return Err(self.collection_error("did not find expected ',' or ']'", mark));
                }
                self.scanner.take();
                token = self.scanner.peek()?;
            }
            let mark = token.mark;
            match token.kind {
                TokenKind::Key => {
                    self.scanner.take();
                    self.state = State::FlowSequenceEntryMappingKey;
                    let kind =
                        EventKind::MappingStart { anchor: None, tag: None, style: CollectionStyle::Flow };
                    return Ok(Event { mark, kind });
                }
                TokenKind::FlowSequenceEnd => {}
                _ => {
                    self.states.push(State::FlowSequenceEntry);
                    return self.parse_node(Context::Flow);
                }
            }
        }
        let mark = self.scanner.peek()?.mark;
        Ok(self.leave(mark, EventKind::SequenceEnd))
    }

    fn parse_flow_sequence_entry_mapping_key(&mut self) -> Result<Event<'t>, Error> {
        let token = self.scanner.peek()?;
        match token.kind {
            TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => {
                // go-yaml takes the token here, so that `[? ]` fails.
                let mark = token.mark.after(1);
                self.scanner.take();
                self.state = State::FlowSequenceEntryMappingValue;
                Ok(empty_scalar(mark))
            }
            _ => {
                self.states.push(State::FlowSequenceEntryMappingValue);
                self.parse_node(Context::Flow)
            }
        }
    }

    fn parse_flow_sequence_entry_mapping_value(&mut self) -> Result<Event<'t>, Error> {
        let token = self.scanner.peek()?;
        let mark = token.mark;
        if matches!(token.kind, TokenKind::Value) {
            self.scanner.take();
            if !matches!(self.scanner.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                self.states.push(State::FlowSequenceEntryMappingEnd);
                return self.parse_node(Context::Flow);
            }
        }
        self.state = State::FlowSequenceEntryMappingEnd;
        Ok(empty_scalar(mark))
    }

    fn parse_flow_mapping_key(&mut self, first: bool) -> Result<Event<'t>, Error> {
        let mut token = self.scanner.peek()?;
        if !matches!(token.kind, TokenKind::FlowMappingEnd) {
            if !first {
                let mark = token.mark;
                if !matches!(token.kind, TokenKind::FlowEntry) {
                    return Err(self.collection_error("did not find expected ',' or '}'", mark));
                }
                self.scanner.take();
                token = self.scanner.peek()?;
            }
            match token.kind {
                TokenKind::Key => {
                    self.scanner.take();
                    let token = self.scanner.peek()?;
                    let mark = token.mark;
                    return match token.kind {
                        TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd => {
                            self.state = State::FlowMappingValue;
                            Ok(empty_scalar(mark))
                        }
                        _ => {
                            self.states.push(State::FlowMappingValue);
                            self.parse_node(Context::Flow)
                        }
                    };
                }
                TokenKind::FlowMappingEnd => {}
                _ => {
                    self.states.push(State::FlowMappingEmptyValue);
                    return self.parse_node(Context::Flow);
                }
            }
        }
        let mark = self.scanner.peek()?.mark;
        Ok(self.leave(mark, EventKind::MappingEnd))
    }

    fn parse_flow_mapping_value(&mut self, empty: bool) -> Result<Event<'t>, Error> {
        let token = self.scanner.peek()?;
        let mut mark = token.mark;
        if !empty && matches!(token.kind, TokenKind::Value) {
            self.scanner.take();
            let token = self.scanner.peek()?;
            mark = token.mark;
            if !matches!(token.kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                self.states.push(State::FlowMappingKey);
                return self.parse_node(Context::Flow);
            }
        }
        self.state = State::FlowMappingKey;
        Ok(empty_scalar(mark))
    }
}

/// A tag as it is written.
struct UnresolvedTag<'t> {
    mark: Mark,
    handle: Cow<'t, [u8]>,
    suffix: Cow<'t, [u8]>,
}

impl Mark {
    /// The mark that many ASCII characters later.
    fn after(self, count: u32) -> Self {
        Self { offset: self.offset.saturating_add(count), column: self.column.saturating_add(count), ..self }
    }
}

/// An error at a mark, or where that is on the first line at its context; go-yaml counts from 0 here.
fn error(problem: &'static str, mark: Mark, context: Mark) -> Error {
    let line = [mark.line, context.line].into_iter().find(|line| *line != 0);
    Error::Yaml { line, problem: problem.into(), mark: Some(mark) }
}

fn empty_scalar<'t>(mark: Mark) -> Event<'t> {
    let scalar = Scalar {
        value: Cow::Borrowed(b""),
        tag: None,
        anchor: None,
        style: ScalarStyle::Plain,
        plain_implicit: true,
        quoted_implicit: false,
    };
    Event { mark, kind: EventKind::Scalar(scalar) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pretty_assertions::assert_eq;

    /// The events in short: brackets for collections, scalars with their line and column.
    fn events(text: &str) -> String {
        let mut parser = Parser::new(text.as_bytes());
        let mut out = Vec::new();
        while let Some(Event { mark, kind }) = parser.next_event().unwrap() {
            out.push(match kind {
                EventKind::StreamStart | EventKind::StreamEnd => continue,
                EventKind::DocumentStart => "(".to_owned(),
                EventKind::DocumentEnd => ")".to_owned(),
                EventKind::Alias { anchor } => format!("*{}", String::from_utf8_lossy(anchor)),
                EventKind::Scalar(scalar) => {
                    format!("{}@{}:{}", String::from_utf8_lossy(&scalar.value), mark.line, mark.column)
                }
                EventKind::SequenceStart { .. } => "[".to_owned(),
                EventKind::SequenceEnd => "]".to_owned(),
                EventKind::MappingStart { .. } => "{".to_owned(),
                EventKind::MappingEnd => "}".to_owned(),
            });
        }
        out.join(" ")
    }

    #[test]
    fn block_collections_nest() {
        assert_eq!(
            events("a: b\nc:\n- d\n- e: f\n  g:\n    h: i\nj:\n  - 'k'\nl:\n"),
            "( { a@0:0 b@0:3 c@1:0 [ d@2:2 { e@3:2 f@3:5 g@4:2 { h@5:4 i@5:7 } } ] j@6:0 [ k@7:4 ] l@8:0 @8:2 } )"
        );
    }

    #[test]
    fn scalars_may_span_lines() {
        assert_eq!(events("a: b\n  c\n\n  d\né: |\n  f\n"), "( { a@0:0 b c\nd@0:3 é@4:0 f\n@4:3 } )");
    }

    #[test]
    fn documents_follow_each_other() {
        assert_eq!(events("--- &a b\n...\n# c\n--- [*a, {d: }]\n"), "( b@0:4 ) ( [ *a { d@3:10 @3:13 } ] )");
    }

    #[test]
    fn offsets_count_the_byte_order_mark() {
        let mut parser = Parser::new(b"\xef\xbb\xbfa");
        for _ in 0..2 {
            parser.next_event().unwrap();
        }
        assert_eq!(parser.next_event().unwrap().unwrap().mark.offset, 3);
    }
}
