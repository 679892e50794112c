//! The syntax tree of a pattern, and its translation into the dialect of the `regex` crate.

use std::fmt::Write;

use super::class::Class;

/// A part of a pattern, with the measures that limits are set on.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    /// The height of the tree.
    pub(super) height: u32,
    /// Roughly, the number of instructions of Go's matcher.
    pub(super) size: u64,
    /// The greatest product of nested repeat counts.
    pub(super) copies: u64,
}

#[derive(Debug)]
pub(super) enum NodeKind {
    /// Matches the empty text.
    Empty,
    /// A run of runes; with `fold` each matches all its case variants too.
    Literal { runes: Vec<char>, fold: bool },
    /// One rune out of a class.
    Class(Class),
    /// A condition on the position.
    Look(Look),
    /// A capturing group.
    Capture(Box<Node>),
    /// `*`, `+`, `?` and counted repetition; without `max` there's no upper bound.
    Repeat { operand: Box<Node>, min: u32, max: Option<u32>, greedy: bool },
    /// One part after the other.
    Concat(Vec<Node>),
    /// The first part that matches.
    Alternate(Vec<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    BeginLine,
    EndLine,
    BeginText,
    EndText,
    WordBoundary,
    NoWordBoundary,
}

impl Node {
    fn leaf(kind: NodeKind, size: u64) -> Self {
        Self { kind, height: 1, size, copies: 1 }
    }

    pub(super) fn empty() -> Self {
        Self::leaf(NodeKind::Empty, 1)
    }

    pub(super) fn look(look: Look) -> Self {
        Self::leaf(NodeKind::Look(look), 1)
    }

    pub(super) fn literal(rune: char, fold: bool) -> Self {
        Self::leaf(NodeKind::Literal { runes: vec![rune], fold }, 1)
    }

    pub(super) fn class(mut class: Class) -> Self {
        class.clean();
        match class.single() {
            Some(rune) => Self::literal(rune, false),
            None => Self::leaf(NodeKind::Class(class), 1),
        }
    }

    pub(super) fn capture(operand: Node) -> Self {
        Self {
            height: operand.height + 1,
            size: operand.size + 2,
            copies: operand.copies,
            kind: NodeKind::Capture(Box::new(operand)),
        }
    }

    /// A repetition by an operator of one character.
    pub(super) fn repeat(operand: Node, min: u32, max: Option<u32>, greedy: bool) -> Self {
        Self {
            height: operand.height + 1,
            size: operand.size + if max.is_none() && min == 0 { 2 } else { 1 },
            copies: operand.copies,
            kind: NodeKind::Repeat { operand: Box::new(operand), min, max, greedy },
        }
    }

    /// A counted repetition.
    pub(super) fn counted(operand: Node, min: u32, max: Option<u32>, greedy: bool) -> Self {
        let size = match max {
            None if min == 0 => operand.size + 2,
            None => operand.size * u64::from(min) + 1,
            Some(max) => operand.size * u64::from(max) + u64::from(max - min),
        };
        let copies = match max.unwrap_or(min) {
            // What is repeated no times isn't looked into, so its own repetitions don't count.
            0 if max == Some(0) => 1,
            count => operand.copies * u64::from(count.max(1)),
        };
        Self {
            height: operand.height + 1,
            size: size.max(1),
            copies,
            kind: NodeKind::Repeat { operand: Box::new(operand), min, max, greedy },
        }
    }

    /// A sequence; literals that follow one another become one.
    pub(super) fn concat(items: Vec<Node>) -> Self {
        let mut parts: Vec<Node> = Vec::with_capacity(items.len());
        for item in items {
            match item.kind {
                NodeKind::Concat(subs) => parts.extend(subs),
                NodeKind::Literal { runes: more, fold: more_fold } => match parts.last_mut() {
                    Some(Node { kind: NodeKind::Literal { runes, fold }, size, .. })
                        if *fold == more_fold =>
                    {
                        runes.extend(more);
                        *size += 1;
                    }
                    _ => {
                        parts.push(Node { kind: NodeKind::Literal { runes: more, fold: more_fold }, ..item })
                    }
                },
                _ => parts.push(item),
            }
        }
        Self::group(parts, Node::empty, NodeKind::Concat, 0)
    }

    /// Alternatives.
    pub(super) fn alternate(items: Vec<Node>) -> Self {
        let mut parts: Vec<Node> = Vec::with_capacity(items.len());
        for item in items {
            match item.kind {
                NodeKind::Alternate(subs) => parts.extend(subs),
                _ => parts.push(item),
            }
        }
        Self::group(parts, Node::empty, NodeKind::Alternate, 1)
    }

    fn group(mut parts: Vec<Node>, empty: fn() -> Node, kind: fn(Vec<Node>) -> NodeKind, joint: u64) -> Self {
        match parts.len() {
            0 => empty(),
            1 => parts.pop().unwrap_or_else(empty),
            count => Self {
                height: 1 + parts.iter().map(|part| part.height).max().unwrap_or(0),
                size: parts.iter().map(|part| part.size).sum::<u64>() + joint * (count as u64 - 1),
                copies: parts.iter().map(|part| part.copies).max().unwrap_or(1),
                kind: kind(parts),
            },
        }
    }

    /// Makes a node that matches exactly one rune match what another such node matches, too.
    pub(super) fn join(&mut self, other: &Node) {
        let mut class = self.members();
        class.extend(&other.members());
        *self = Self::class(class);
    }

    /// The runes that a node matches which matches exactly one rune.
    fn members(&self) -> Class {
        match &self.kind {
            NodeKind::Class(class) => class.clone(),
            NodeKind::Literal { runes, fold } => {
                let mut class = Class::default();
                for rune in runes {
                    class.extend(&rune_class(*rune, *fold));
                }
                class
            }
            _ => Class::default(),
        }
    }

    /// The number of runes and ends of ranges that the node itself holds.
    pub(super) fn own_runes(&self) -> usize {
        match &self.kind {
            NodeKind::Literal { runes, .. } => runes.len(),
            NodeKind::Class(class) => 2 * class.ranges().len(),
            _ => 0,
        }
    }

    /// Whether the node matches exactly one rune.
    pub(super) fn is_class(&self) -> bool {
        match &self.kind {
            NodeKind::Class(_) => true,
            NodeKind::Literal { runes, .. } => runes.len() == 1,
            _ => false,
        }
    }

    /// Appends the pattern in the `regex` crate's dialect (default flags, Unicode on).
    pub(super) fn translate(&self, out: &mut String) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.translate_here(out));
    }

    fn translate_here(&self, out: &mut String) {
        match &self.kind {
            NodeKind::Empty => out.push_str("(?:)"),
            NodeKind::Literal { runes, fold } => {
                for rune in runes {
                    let class = rune_class(*rune, *fold);
                    match class.single() {
                        Some(rune) if rune.is_ascii_alphanumeric() => out.push(rune),
                        Some(rune) => push_escaped(out, rune.into()),
                        None => translate_class(&class, out),
                    }
                }
            }
            NodeKind::Class(class) => translate_class(class, out),
            NodeKind::Look(look) => out.push_str(match look {
                Look::BeginLine => "(?m:^)",
                Look::EndLine => "(?m:$)",
                Look::BeginText => r"\A",
                Look::EndText => r"\z",
                Look::WordBoundary => r"(?-u:\b)",
                Look::NoWordBoundary => r"(?-u:\B)",
            }),
            NodeKind::Capture(operand) => {
                out.push('(');
                operand.translate(out);
                out.push(')');
            }
            NodeKind::Repeat { operand, min, max, greedy } => {
                out.push_str("(?:");
                operand.translate(out);
                out.push(')');
                match (min, max) {
                    (0, None) => out.push('*'),
                    (1, None) => out.push('+'),
                    (0, Some(1)) => out.push('?'),
                    (min, None) => push(out, format_args!("{{{min},}}")),
                    (min, Some(max)) => push(out, format_args!("{{{min},{max}}}")),
                }
                if !greedy {
                    out.push('?');
                }
            }
            NodeKind::Concat(parts) => {
                for part in parts {
                    part.translate(out);
                }
            }
            NodeKind::Alternate(parts) => {
                out.push_str("(?:");
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        out.push('|');
                    }
                    part.translate(out);
                }
                out.push(')');
            }
        }
    }
}

fn rune_class(rune: char, fold: bool) -> Class {
    let mut class = Class::default();
    if fold {
        class.push_folded(rune.into(), rune.into());
    } else {
        class.push(rune.into(), rune.into());
    }
    class.clean();
    class
}

/// The surrogates, which no text has.
const SURROGATES: (u32, u32) = (0xD800, 0xDFFF);

fn translate_class(class: &Class, out: &mut String) {
    out.push('[');
    let start = out.len();
    for &(first, last) in class.ranges() {
        push_range(out, first, last.min(SURROGATES.0 - 1));
        push_range(out, first.max(SURROGATES.1 + 1), last);
    }
    if out.len() == start {
        // Nothing matches: the complement of everything.
        out.push_str(r"^\x{0}-\x{10FFFF}");
    }
    out.push(']');
}

fn push_range(out: &mut String, first: u32, last: u32) {
    if first <= last {
        push_escaped(out, first);
        out.push('-');
        push_escaped(out, last);
    }
}

fn push_escaped(out: &mut String, code: u32) {
    push(out, format_args!("\\x{{{code:X}}}"));
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string can't fail.
    let _ = out.write_fmt(text);
}
