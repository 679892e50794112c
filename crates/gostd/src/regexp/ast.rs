//! The syntax tree of a pattern, and its translation into what the matcher is made of.

use regex_syntax::hir::{self, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir};
use regex_syntax::utf8::{Utf8Range, Utf8Sequence, Utf8Sequences};

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

    /// The pattern as the matcher's crates have it; `groups` counts the capturing groups before it. Whoever calls
    /// has made room on the stack for the tree's height.
    pub(super) fn to_hir(&self, groups: &mut u32) -> Hir {
        match &self.kind {
            NodeKind::Empty => Hir::empty(),
            NodeKind::Literal { runes, fold } => {
                Hir::concat(runes.iter().map(|rune| class_hir(&rune_class(*rune, *fold))).collect())
            }
            NodeKind::Class(class) => class_hir(class),
            NodeKind::Look(look) => Hir::look(match look {
                Look::BeginLine => hir::Look::StartLF,
                Look::EndLine => hir::Look::EndLF,
                Look::BeginText => hir::Look::Start,
                Look::EndText => hir::Look::End,
                Look::WordBoundary => hir::Look::WordAscii,
                Look::NoWordBoundary => hir::Look::WordAsciiNegate,
            }),
            NodeKind::Capture(operand) => {
                *groups += 1;
                let index = *groups;
                Hir::capture(hir::Capture { index, name: None, sub: Box::new(operand.to_hir(groups)) })
            }
            NodeKind::Repeat { operand, min, max, greedy } => {
                let sub = Box::new(operand.to_hir(groups));
                Hir::repetition(hir::Repetition { min: *min, max: *max, greedy: *greedy, sub })
            }
            NodeKind::Concat(parts) => Hir::concat(parts.iter().map(|part| part.to_hir(groups)).collect()),
            NodeKind::Alternate(parts) => {
                Hir::alternation(parts.iter().map(|part| part.to_hir(groups)).collect())
            }
        }
    }

    /// A bound on the number of ranges of bytes that the matcher is made of, counted repetitions multiplied out.
    pub(super) fn bytes(&self) -> u64 {
        match &self.kind {
            NodeKind::Empty | NodeKind::Look(_) => 1,
            NodeKind::Literal { runes, fold } => {
                runes.iter().map(|rune| 4 * rune_class(*rune, *fold).ranges().len() as u64).sum()
            }
            NodeKind::Class(class) => 16 * class.ranges().len() as u64,
            NodeKind::Capture(operand) => 2 + operand.bytes(),
            NodeKind::Repeat { operand, min, max, .. } => {
                // Without an upper bound one more copy may repeat.
                let copies = u64::from(max.unwrap_or(min + 1)).max(1);
                copies.saturating_mul(2 + operand.bytes())
            }
            NodeKind::Concat(parts) | NodeKind::Alternate(parts) => {
                parts.iter().fold(0, |size, part| size.saturating_add(1 + part.bytes()))
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

/// How many sequences of bytes may stand for a class. For more of them the matcher's compiler shares what they have
/// in common, at the price of a table of half a megabyte.
const FEW: usize = 24;

fn class_hir(class: &Class) -> Hir {
    let rune = |code: u32| char::from_u32(code);
    let whole = class.ranges().iter().flat_map(|&(first, last)| {
        [(first, last.min(SURROGATES.0 - 1)), (first.max(SURROGATES.1 + 1), last)]
    });
    let ranges: Vec<(char, char)> =
        whole.filter(|(first, last)| first <= last).filter_map(|(a, b)| rune(a).zip(rune(b))).collect();
    let sequences = ranges.iter().flat_map(|(first, last)| Utf8Sequences::new(*first, *last));
    let sequences: Vec<Utf8Sequence> = sequences.take(FEW + 1).collect();
    if sequences.len() > FEW {
        let ranges = ranges.into_iter().map(|(first, last)| ClassUnicodeRange::new(first, last));
        return Hir::class(hir::Class::Unicode(ClassUnicode::new(ranges)));
    }
    // One range of bytes for each class of one byte, so that those are one class again.
    let (single, several): (Vec<Utf8Sequence>, Vec<Utf8Sequence>) =
        sequences.into_iter().partition(|sequence| sequence.len() == 1);
    let bytes = |ranges: &[Utf8Range]| {
        let ranges = ranges.iter().map(|range| ClassBytesRange::new(range.start, range.end));
        Hir::class(hir::Class::Bytes(ClassBytes::new(ranges)))
    };
    let single: Vec<Utf8Range> = single.iter().flat_map(|sequence| sequence.as_slice()).copied().collect();
    let mut choices = if single.is_empty() { Vec::new() } else { vec![bytes(&single)] };
    choices.extend(several.iter().map(|sequence| {
        Hir::concat(sequence.as_slice().iter().map(|range| bytes(std::slice::from_ref(range))).collect())
    }));
    // No choice at all fails, as an empty class does.
    Hir::alternation(choices)
}
