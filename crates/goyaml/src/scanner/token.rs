//! Tokens: what the scanner hands to the parser.

use std::borrow::Cow;

use crate::event::{Mark, ScalarStyle};

/// A token and where it starts.
#[derive(Debug)]
pub(crate) struct Token<'t> {
    pub(crate) mark: Mark,
    pub(crate) kind: TokenKind<'t>,
}

/// The kinds of tokens, by libyaml's names.
#[derive(Debug)]
pub(crate) enum TokenKind<'t> {
    StreamStart,
    StreamEnd,
    VersionDirective { major: u8, minor: u8 },
    TagDirective(Box<TagDirective<'t>>),
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'t [u8]),
    Anchor(&'t [u8]),
    Tag(Box<Tag<'t>>),
    Scalar { value: Cow<'t, [u8]>, style: ScalarStyle },
}

/// `%TAG !handle! prefix`
#[derive(Clone, Debug)]
pub(crate) struct TagDirective<'t> {
    pub(crate) handle: Cow<'t, [u8]>,
    pub(crate) prefix: Cow<'t, [u8]>,
}

/// `!handle!suffix`, not yet resolved.
#[derive(Debug)]
pub(crate) struct Tag<'t> {
    pub(crate) handle: Cow<'t, [u8]>,
    pub(crate) suffix: Cow<'t, [u8]>,
}
