//! What the parser tells: events and where in the text they stand.

use std::borrow::Cow;

/// A place in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The byte offset from the start of the text.
    pub offset: u32,
    /// The line, counted from 0.
    pub line: u32,
    /// The column in characters, counted from 0.
    pub column: u32,
}

/// One event of the stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<'t> {
    /// Where it starts.
    pub mark: Mark,
    /// What it is.
    pub kind: EventKind<'t>,
}

/// The kinds of events.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind<'t> {
    /// The first event.
    StreamStart,
    /// The last event.
    StreamEnd,
    /// A document starts.
    DocumentStart,
    /// A document ends.
    DocumentEnd,
    /// A reference to an anchor.
    Alias {
        /// The anchor's name.
        anchor: &'t [u8],
    },
    /// A scalar.
    Scalar(Scalar<'t>),
    /// A sequence starts.
    SequenceStart {
        /// The anchor's name.
        anchor: Option<&'t [u8]>,
        /// The resolved tag.
        tag: Option<Cow<'t, [u8]>>,
        /// Block or flow.
        style: CollectionStyle,
    },
    /// A sequence ends.
    SequenceEnd,
    /// A mapping starts.
    MappingStart {
        /// The anchor's name.
        anchor: Option<&'t [u8]>,
        /// The resolved tag.
        tag: Option<Cow<'t, [u8]>>,
        /// Block or flow.
        style: CollectionStyle,
    },
    /// A mapping ends.
    MappingEnd,
}

/// A scalar event.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar<'t> {
    /// The text, with escapes and folding done; borrowed where it stands so in the source.
    pub value: Cow<'t, [u8]>,
    /// The resolved tag (`!!str` stands as `tag:yaml.org,2002:str`).
    pub tag: Option<Cow<'t, [u8]>>,
    /// The anchor's name.
    pub anchor: Option<&'t [u8]>,
    /// How it is written.
    pub style: ScalarStyle,
    /// Whether the tag may be left out where the style is plain.
    pub plain_implicit: bool,
    /// Whether the tag may be left out where the style is not plain.
    pub quoted_implicit: bool,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// How a sequence or a mapping is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollectionStyle {
    /// By indentation.
    Block,
    /// In brackets or braces.
    Flow,
}
