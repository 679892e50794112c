//! The parser of Go's dialect (`regexp/syntax` with its Perl flags).
//!
//! It finds errors in the order in which Go finds them, reading from left to right with a stack of open groups.

use super::ast::{Look, Node};
use super::class::{self, Class};
use super::error::{CompileError, ErrorCode};
use crate::utf8;

/// The greatest count of a repetition, and of all nested ones together.
const MAX_REPEAT: u32 = 1000;
/// The greatest height of the tree.
const MAX_HEIGHT: u32 = 1000;
/// The greatest number of instructions, as Go counts them.
const MAX_SIZE: u64 = (128 << 20) / 40;
/// The greatest number of runes and ends of ranges in the tree.
const MAX_RUNES: usize = (128 << 20) / 4;

/// A parsed pattern.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) root: Node,
    /// The groups' names, the whole match first; unnamed ones are empty.
    pub(super) names: Vec<Box<str>>,
}

/// Parses a pattern.
pub(super) fn parse(pattern: &[u8]) -> Result<Parsed, CompileError> {
    let parser = Parser {
        pattern,
        pos: 0,
        flags: Flags::default(),
        names: vec!["".into()],
        runes: 0,
        open: Vec::new(),
        current: Group::default(),
    };
    parser.parse().map_err(|Fault { code, fragment }| CompileError {
        code,
        fragment: fragment.into(),
        pattern: pattern.into(),
    })
}

/// What a pattern fails with: the offending part of it.
struct Fault<'p> {
    code: ErrorCode,
    fragment: &'p [u8],
}

type Parse<'p, T> = Result<T, Fault<'p>>;

fn fault<T>(code: ErrorCode, fragment: &[u8]) -> Parse<'_, T> {
    Err(Fault { code, fragment })
}

#[derive(Clone, Copy, Default)]
struct Flags {
    /// `i`
    fold: bool,
    /// `m`
    multi_line: bool,
    /// `s`
    dot_newline: bool,
    /// `U`
    lazy: bool,
}

/// A group that isn't closed yet.
#[derive(Default)]
struct Group {
    /// The flags to return to behind the group.
    outer: Flags,
    captures: bool,
    alternatives: Vec<Node>,
    /// The parts of the last alternative so far.
    parts: Vec<Node>,
}

struct Parser<'p> {
    pattern: &'p [u8],
    pos: usize,
    flags: Flags,
    names: Vec<Box<str>>,
    runes: usize,
    open: Vec<Group>,
    current: Group,
}

impl<'p> Parser<'p> {
    fn parse(mut self) -> Parse<'p, Parsed> {
        // Where the repetition began that the last token was.
        let mut last_repeat = None;
        while let Some(byte) = self.peek() {
            last_repeat = self.token(byte, last_repeat)?;
        }
        if !self.open.is_empty() {
            // The alternatives are joined first, which can exceed a limit.
            self.close()?;
            return fault(ErrorCode::MissingParen, self.pattern);
        }
        let root = self.close()?;
        Ok(Parsed { root, names: self.names })
    }

    /// Reads a token; gives where it starts if it is a repetition operator.
    fn token(&mut self, byte: u8, last_repeat: Option<usize>) -> Parse<'p, Option<usize>> {
        let start = self.pos;
        match byte {
            b'(' if self.byte_at(start + 1) == Some(b'?') => self.perl_group()?,
            b'(' => {
                self.pos += 1;
                self.open_group("");
            }
            b'|' => {
                self.pos += 1;
                self.end_alternative()?;
            }
            b')' => {
                self.pos += 1;
                self.right_paren()?;
            }
            b'^' if self.flags.multi_line => self.push_token(1, Node::look(Look::BeginLine))?,
            b'^' => self.push_token(1, Node::look(Look::BeginText))?,
            b'$' if self.flags.multi_line => self.push_token(1, Node::look(Look::EndLine))?,
            b'$' => self.push_token(1, Node::look(Look::EndText))?,
            b'.' if self.flags.dot_newline => self.push_token(1, Node::class(Class::any()))?,
            b'.' => self.push_token(1, Node::class(Class::any_but_newline()))?,
            b'[' => self.bracket_class()?,
            b'*' | b'+' | b'?' => {
                self.pos += 1;
                let (min, max) = match byte {
                    b'*' => (0, None),
                    b'+' => (1, None),
                    _ => (0, Some(1)),
                };
                self.repeat(start, last_repeat, |operand, greedy| Node::repeat(operand, min, max, greedy))?;
                return Ok(Some(start));
            }
            b'{' => match self.repeat_counts() {
                None => self.push_token(1, Node::literal('{', self.flags.fold))?,
                Some(counts) => {
                    let Some((min, max)) = counts else {
                        return fault(ErrorCode::InvalidRepeatSize, self.since(start));
                    };
                    self.repeat(start, last_repeat, |operand, greedy| {
                        Node::counted(operand, min, max, greedy)
                    })?;
                    return Ok(Some(start));
                }
            },
            b'\\' => self.backslash()?,
            _ => {
                let rune = self.next_rune()?;
                self.push(Node::literal(rune, self.flags.fold))?;
            }
        }
        Ok(None)
    }

    fn peek(&self) -> Option<u8> {
        self.byte_at(self.pos)
    }

    fn byte_at(&self, pos: usize) -> Option<u8> {
        self.pattern.get(pos).copied()
    }

    fn rest(&self) -> &'p [u8] {
        &self.pattern[self.pos..]
    }

    fn since(&self, start: usize) -> &'p [u8] {
        &self.pattern[start..self.pos]
    }

    fn accept(&mut self, byte: u8) -> bool {
        let accepted = self.peek() == Some(byte);
        if accepted {
            self.pos += 1;
        }
        accepted
    }

    /// Reads a rune; at the end of the pattern it is U+FFFD.
    fn next_rune(&mut self) -> Parse<'p, char> {
        let (rune, width) = utf8::decode_rune(self.rest());
        if rune == utf8::RUNE_ERROR && width == 1 {
            return fault(ErrorCode::InvalidUtf8, self.rest());
        }
        self.pos += width;
        Ok(rune)
    }

    // The stack of groups.

    fn push_token(&mut self, width: usize, node: Node) -> Parse<'p, ()> {
        self.pos += width;
        self.push(node)
    }

    fn push(&mut self, node: Node) -> Parse<'p, ()> {
        self.check_limits(&node)?;
        self.current.parts.push(node);
        Ok(())
    }

    fn check_limits(&mut self, node: &Node) -> Parse<'p, ()> {
        self.runes += node.own_runes();
        if self.runes > MAX_RUNES || node.size > MAX_SIZE {
            return fault(ErrorCode::Large, self.pattern);
        }
        if node.height > MAX_HEIGHT {
            return fault(ErrorCode::NestingDepth, self.pattern);
        }
        Ok(())
    }

    fn open_group(&mut self, name: &str) {
        self.names.push(name.into());
        self.open_plain_group(true);
    }

    fn open_plain_group(&mut self, captures: bool) {
        let group = Group { outer: self.flags, captures, ..Group::default() };
        self.open.push(std::mem::replace(&mut self.current, group));
    }

    fn end_alternative(&mut self) -> Parse<'p, ()> {
        let parts = std::mem::take(&mut self.current.parts);
        let node = Node::concat(parts);
        self.check_limits(&node)?;
        // What matches exactly one rune joins an alternative before it that does so too.
        match self.current.alternatives.last_mut() {
            Some(last) if last.is_class() && node.is_class() => last.join(&node),
            _ => self.current.alternatives.push(node),
        }
        Ok(())
    }

    /// What the innermost group holds.
    fn close(&mut self) -> Parse<'p, Node> {
        self.end_alternative()?;
        let node = Node::alternate(std::mem::take(&mut self.current.alternatives));
        self.check_limits(&node)?;
        Ok(node)
    }

    fn right_paren(&mut self) -> Parse<'p, ()> {
        let node = self.close()?;
        let Some(outer) = self.open.pop() else {
            return fault(ErrorCode::UnexpectedParen, self.pattern);
        };
        let group = std::mem::replace(&mut self.current, outer);
        self.flags = group.outer;
        self.push(if group.captures { Node::capture(node) } else { node })
    }

    // Repetition.

    fn repeat(
        &mut self,
        start: usize,
        last_repeat: Option<usize>,
        node: impl FnOnce(Node, bool) -> Node,
    ) -> Parse<'p, ()> {
        let lazy = self.flags.lazy ^ self.accept(b'?');
        if let Some(last) = last_repeat {
            return fault(ErrorCode::InvalidRepeatOp, self.since(last));
        }
        let Some(operand) = self.current.parts.pop() else {
            return fault(ErrorCode::MissingRepeatArgument, self.since(start));
        };
        let node = node(operand, !lazy);
        self.check_limits(&node)?;
        if node.copies > u64::from(MAX_REPEAT) {
            return fault(ErrorCode::InvalidRepeatSize, self.since(start));
        }
        self.current.parts.push(node);
        Ok(())
    }

    /// Reads `{n}`, `{n,}` or `{n,m}`; nothing where the text isn't that, and no counts where they are too big or
    /// contradict each other.
    #[allow(clippy::option_option, reason = "two ways of not being a repetition")]
    fn repeat_counts(&mut self) -> Option<Option<(u32, Option<u32>)>> {
        let mut scan = Scan { text: self.rest(), pos: 1 };
        let min = scan.number()?;
        let max = if scan.accept(b',') {
            if scan.text.get(scan.pos) == Some(&b'}') { None } else { Some(scan.number()?) }
        } else {
            Some(min)
        };
        if !scan.accept(b'}') {
            return None;
        }
        self.pos += scan.pos;
        let fits = min <= MAX_REPEAT && max.is_none_or(|max| min <= max && max <= MAX_REPEAT);
        Some(fits.then_some((min, max)))
    }

    // Groups with a question mark.

    fn perl_group(&mut self) -> Parse<'p, ()> {
        let rest = self.rest();
        let named = if rest.starts_with(b"(?P<") && rest.len() > 4 {
            Some(4)
        } else if rest.starts_with(b"(?<") && rest.len() > 3 {
            Some(3)
        } else {
            None
        };
        match named {
            Some(prefix) => self.named_group(prefix),
            None => self.flags(),
        }
    }

    fn named_group(&mut self, prefix: usize) -> Parse<'p, ()> {
        let rest = self.rest();
        let Some(end) = rest.iter().position(|byte| *byte == b'>') else {
            check_utf8(rest)?;
            return fault(ErrorCode::InvalidNamedCapture, rest);
        };
        let name = check_utf8(&rest[prefix..end])?;
        if name.is_empty() || !name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()) {
            return fault(ErrorCode::InvalidNamedCapture, &rest[..=end]);
        }
        self.pos += end + 1;
        self.open_group(name);
        Ok(())
    }

    /// `(?i)`, `(?i-s:`, `(?:` and the like.
    fn flags(&mut self) -> Parse<'p, ()> {
        let start = self.pos;
        self.pos += 2;
        let mut flags = self.flags;
        let mut value = true;
        // Whether there was a flag since the beginning or the minus.
        let mut any = false;
        while self.peek().is_some() {
            let flag = match self.next_rune()? {
                'i' => &mut flags.fold,
                'm' => &mut flags.multi_line,
                's' => &mut flags.dot_newline,
                'U' => &mut flags.lazy,
                '-' if value => {
                    value = false;
                    any = false;
                    continue;
                }
                end @ (':' | ')') if value || any => {
                    if end == ':' {
                        self.open_plain_group(false);
                    }
                    self.flags = flags;
                    return Ok(());
                }
                _ => break,
            };
            *flag = value;
            any = true;
        }
        fault(ErrorCode::InvalidPerlOp, self.since(start))
    }

    // Escapes.

    fn backslash(&mut self) -> Parse<'p, ()> {
        let look = match self.byte_at(self.pos + 1) {
            Some(b'A') => Look::BeginText,
            Some(b'b') => Look::WordBoundary,
            Some(b'B') => Look::NoWordBoundary,
            Some(b'z') => Look::EndText,
            Some(b'C') => return fault(ErrorCode::InvalidEscape, &self.rest()[..2]),
            Some(b'Q') => return self.quoted(),
            _ => {
                if let Some(class) = self.class_escape()? {
                    return self.push(Node::class(class));
                }
                let rune = self.escape()?;
                return self.push(self.code_node(rune));
            }
        };
        self.push_token(2, Node::look(look))
    }

    /// A literal of a code point. An escape can name a surrogate, which matches nothing.
    fn code_node(&self, code: u32) -> Node {
        match char::from_u32(code) {
            Some(rune) => Node::literal(rune, self.flags.fold),
            None => Node::class(Class::from_ranges(&[(code, code)])),
        }
    }

    /// `\Q…\E`; each rune is a part of its own, so that a repetition takes the last one.
    fn quoted(&mut self) -> Parse<'p, ()> {
        self.pos += 2;
        let rest = self.rest();
        let closed = rest.windows(2).position(|window| window == br"\E");
        let mut text = &rest[..closed.unwrap_or(rest.len())];
        while !text.is_empty() {
            let (rune, width) = utf8::decode_rune(text);
            if rune == utf8::RUNE_ERROR && width == 1 {
                return fault(ErrorCode::InvalidUtf8, text);
            }
            text = &text[width..];
            self.push(Node::literal(rune, self.flags.fold))?;
        }
        self.pos += closed.map_or(rest.len(), |closed| closed + 2);
        Ok(())
    }

    /// `\d`, `\pL`, `\p{Greek}` and their negations, where one stands here.
    fn class_escape(&mut self) -> Parse<'p, Option<Class>> {
        if self.peek() != Some(b'\\') {
            return Ok(None);
        }
        match self.byte_at(self.pos + 1) {
            Some(letter @ (b'p' | b'P')) => self.unicode_class(letter == b'P').map(Some),
            Some(letter) => Ok(class::perl(letter).map(|class| {
                self.pos += 2;
                self.with_flags(class, letter.is_ascii_uppercase())
            })),
            None => Ok(None),
        }
    }

    fn with_flags(&self, class: Class, negated: bool) -> Class {
        let class = if self.flags.fold { class.folded() } else { class };
        if negated { class.negated() } else { class }
    }

    fn unicode_class(&mut self, mut negated: bool) -> Parse<'p, Class> {
        let start = self.pos;
        let rest = self.rest();
        self.pos += 2;
        let name = if self.next_rune()? == '{' {
            let Some(end) = rest.iter().position(|byte| *byte == b'}') else {
                check_utf8(rest)?;
                return fault(ErrorCode::InvalidCharRange, rest);
            };
            self.pos = start + end + 1;
            check_utf8(&rest[3..end])?
        } else {
            check_utf8(&self.since(start)[2..])?
        };
        let name = match name.strip_prefix('^') {
            Some(name) => {
                negated = !negated;
                name
            }
            None => name,
        };
        match class::unicode(name, self.flags.fold) {
            Some(class) if negated => Ok(class.negated()),
            Some(class) => Ok(class),
            None => fault(ErrorCode::InvalidCharRange, self.since(start)),
        }
    }

    /// An escape that stands for one code point.
    fn escape(&mut self) -> Parse<'p, u32> {
        let start = self.pos;
        self.pos += 1;
        if self.peek().is_none() {
            return fault(ErrorCode::TrailingBackslash, b"");
        }
        let code = match self.next_rune()? {
            // A back-reference.
            '1'..='7' if !matches!(self.peek(), Some(b'0'..=b'7')) => None,
            digit @ '0'..='7' => {
                let mut code = u32::from(digit) - u32::from('0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else { break };
                    code = code * 8 + u32::from(digit - b'0');
                    self.pos += 1;
                }
                Some(code)
            }
            'x' => self.hex_escape()?,
            'a' => Some(0x7),
            'f' => Some(0xC),
            'n' => Some(0xA),
            'r' => Some(0xD),
            't' => Some(0x9),
            'v' => Some(0xB),
            rune if rune.is_ascii() && !rune.is_ascii_alphanumeric() => Some(rune.into()),
            _ => None,
        };
        match code {
            Some(code) => Ok(code),
            None => fault(ErrorCode::InvalidEscape, self.since(start)),
        }
    }

    /// What follows `\x`: two digits, or any number of them in braces.
    fn hex_escape(&mut self) -> Parse<'p, Option<u32>> {
        if self.peek().is_none() {
            return Ok(None);
        }
        let first = self.next_rune()?;
        if first != '{' {
            let second = self.next_rune()?;
            return Ok(first
                .to_digit(16)
                .zip(second.to_digit(16))
                .map(|(first, second)| first * 16 + second));
        }
        let mut code = None;
        while self.peek().is_some() {
            let rune = self.next_rune()?;
            if rune == '}' {
                return Ok(code);
            }
            let Some(digit) = rune.to_digit(16) else { return Ok(None) };
            let next = code.unwrap_or(0) * 16 + digit;
            if next > u32::from(char::MAX) {
                return Ok(None);
            }
            code = Some(next);
        }
        Ok(None)
    }

    // Classes in brackets.

    fn bracket_class(&mut self) -> Parse<'p, ()> {
        let whole = self.rest();
        self.pos += 1;
        let negated = self.accept(b'^');
        let mut class = Class::default();
        // A bracket that comes first is a member.
        let mut first = true;
        while first || self.peek() != Some(b']') {
            first = false;
            if let Some(named) = self.posix_class()? {
                class.extend(&named);
            } else if let Some(named) = self.class_escape()? {
                class.extend(&named);
            } else {
                self.class_range(whole, &mut class)?;
            }
        }
        self.pos += 1;
        class.clean();
        self.push(Node::class(if negated { class.negated() } else { class }))
    }

    /// A rune or a range of them.
    fn class_range(&mut self, whole: &'p [u8], class: &mut Class) -> Parse<'p, ()> {
        let start = self.pos;
        let first = self.class_rune(whole)?;
        let mut last = first;
        // A hyphen before the closing bracket is a member.
        if self.peek() == Some(b'-') && self.byte_at(self.pos + 1).is_some_and(|byte| byte != b']') {
            self.pos += 1;
            last = self.class_rune(whole)?;
            if last < first {
                return fault(ErrorCode::InvalidCharRange, self.since(start));
            }
        }
        if self.flags.fold {
            class.push_folded(first, last);
        } else {
            class.push(first, last);
        }
        Ok(())
    }

    fn class_rune(&mut self, whole: &'p [u8]) -> Parse<'p, u32> {
        match self.peek() {
            None => fault(ErrorCode::MissingBracket, whole),
            Some(b'\\') => self.escape(),
            Some(_) => self.next_rune().map(u32::from),
        }
    }

    /// `[:alpha:]` or `[:^alpha:]`, where something in such brackets stands here.
    fn posix_class(&mut self) -> Parse<'p, Option<Class>> {
        let Some(rest) = self.rest().strip_prefix(b"[:") else { return Ok(None) };
        let Some(end) = rest.windows(2).position(|window| window == b":]") else { return Ok(None) };
        let (negated, name) = match &rest[..end] {
            [b'^', name @ ..] => (true, name),
            name => (false, name),
        };
        let start = self.pos;
        self.pos += end + 4;
        match class::posix(name) {
            Some(class) => Ok(Some(self.with_flags(class, negated))),
            None => fault(ErrorCode::InvalidCharRange, self.since(start)),
        }
    }
}

/// A look at what may be a repetition.
struct Scan<'p> {
    text: &'p [u8],
    pos: usize,
}

impl Scan<'_> {
    fn accept(&mut self, byte: u8) -> bool {
        let accepted = self.text.get(self.pos) == Some(&byte);
        if accepted {
            self.pos += 1;
        }
        accepted
    }

    /// A decimal number without leading zeros; very great ones are cut.
    fn number(&mut self) -> Option<u32> {
        let rest = &self.text[self.pos.min(self.text.len())..];
        let digits = &rest[..rest.iter().take_while(|byte| byte.is_ascii_digit()).count()];
        if digits.is_empty() || digits.len() > 1 && digits[0] == b'0' {
            return None;
        }
        self.pos += digits.len();
        Some(
            digits.iter().fold(0, |number: u32, digit| {
                number.saturating_mul(10).saturating_add(u32::from(digit - b'0'))
            }),
        )
    }
}

/// The text as a string, or a fault that shows it from the first invalid byte on.
fn check_utf8(text: &[u8]) -> Parse<'_, &str> {
    std::str::from_utf8(text).or_else(|error| fault(ErrorCode::InvalidUtf8, &text[error.valid_up_to()..]))
}
