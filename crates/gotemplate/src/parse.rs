//! The parser: tokens to trees, rule by rule as Go's `text/template/parse/parse.go`.
//!
//! One text gives one program and in it several trees: its own body, and each `define` and `block`.

use std::collections::BTreeMap;
use std::sync::Arc;

use gostd::strconv;

use crate::error::{ParseError, Place};
use crate::lex::{Keywords, Lexer, Token, TokenKind, offset};
use crate::node::{Branch, Node, NodeId, NodeKind, Pipe, Program, Run, Slice, VariableName};
use crate::number;
use crate::table::FunctionTable;

/// How deep expressions may nest in parentheses.
const MAX_STACK_DEPTH: u32 = 10_000;

/// The longest text: positions are `u32`, and the constants stand behind the source.
const MAX_TEXT: usize = (u32::MAX / 4) as usize;

/// What is said of the keyword for which the text has no `end`.
const NOT_CLOSED: &str = "no {{ end }} is left for this";

/// A named body.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) name: Box<[u8]>,
    pub(crate) root: NodeId,
    /// Whether there is nothing in it but space and comments.
    pub(crate) is_empty: bool,
}

/// What one text gave: trees with different names; that of the text's own body is at `main`.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) program: Program,
    pub(crate) trees: Vec<Tree>,
    /// The trees by name.
    pub(crate) indices: BTreeMap<Box<[u8]>, usize>,
    pub(crate) main: usize,
    /// Whether a `define` has the text's own name, too.
    pub(crate) main_is_defined: bool,
}

/// Parses a text.
pub(crate) fn parse(name: &[u8], text: &Arc<[u8]>, functions: &FunctionTable) -> Result<Parsed> {
    if text.len() > MAX_TEXT {
        return Err(ParseError::new(name, 1, "the text is too long", Place::of(text, 0..0)));
    }
    let keywords = Keywords {
        break_ok: functions.get(b"break").is_none(),
        continue_ok: functions.get(b"continue").is_none(),
    };
    // Room for the nodes of a common text, not for those that every text could have.
    let room = (text.len() / 16).clamp(8, 1024);
    let mut parser = Parser {
        name,
        source: text,
        lexer: Lexer::new(text, keywords),
        functions,
        variable_names: BTreeMap::new(),
        program: Program {
            source: Arc::clone(text),
            nodes: Vec::with_capacity(room),
            children: Vec::with_capacity(room),
            ..Program::default()
        },
        pending: Vec::new(),
        trees: Vec::new(),
        indices: BTreeMap::new(),
        state: TreeState::new(),
    };
    parser.variable_name(b"$");
    let root = parser.parse()?;
    let main_is_defined = parser.indices.contains_key(name);
    let main = parser.add(name, root, Slice { start: 0, end: 0 })?;
    let Parser { program, trees, indices, .. } = parser;
    Ok(Parsed { program, trees, indices, main, main_is_defined })
}

struct Parser<'s, 'f> {
    name: &'s [u8],
    source: &'s [u8],
    lexer: Lexer<'s>,
    functions: &'f FunctionTable,
    variable_names: BTreeMap<&'s [u8], VariableName>,
    program: Program,
    /// The children, so far, of the nodes that aren't complete: those of the innermost come last.
    pending: Vec<NodeId>,
    trees: Vec<Tree>,
    indices: BTreeMap<Box<[u8]>, usize>,
    state: TreeState<'s>,
}

/// What belongs to the tree being parsed; `define` and `block` begin a fresh one.
struct TreeState<'s> {
    /// Three tokens of look-ahead. The newest is the first; its line is the line of errors.
    tokens: [Token<'s>; 3],
    peek_count: usize,
    /// The variables in scope.
    vars: Vec<VariableName>,
    /// The line of the delimiter that began the action, 0 outside of one.
    action_line: u32,
    range_depth: u32,
    stack_depth: u32,
}

impl TreeState<'_> {
    fn new() -> Self {
        Self {
            tokens: [Token::none(), Token::none(), Token::none()],
            peek_count: 0,
            vars: vec![VariableName::DOLLAR],
            action_line: 0,
            range_depth: 0,
            stack_depth: 0,
        }
    }
}

/// The kinds of control structure with a body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Control {
    If,
    Range,
    With,
}

impl Control {
    fn name(self) -> &'static str {
        match self {
            Control::If => "if",
            Control::Range => "range",
            Control::With => "with",
        }
    }
}

/// What stands in a list: a node, or what ends the list.
enum Element {
    Node(NodeId),
    Else { pos: u32, keyword: Slice },
    End { keyword: Slice },
}

type Result<T> = std::result::Result<T, ParseError>;

// Tokens.
impl<'s> Parser<'s, '_> {
    fn next(&mut self) -> Token<'s> {
        let state = &mut self.state;
        if state.peek_count > 0 {
            state.peek_count -= 1;
        } else {
            state.tokens[0] = self.lexer.next_token();
        }
        state.tokens[state.peek_count]
    }

    fn backup(&mut self) {
        self.state.peek_count += 1;
    }

    fn backup2(&mut self, first: Token<'s>) {
        self.state.tokens[1] = first;
        self.state.peek_count = 2;
    }

    fn backup3(&mut self, first: Token<'s>, second: Token<'s>) {
        self.state.tokens[1] = second;
        self.state.tokens[2] = first;
        self.state.peek_count = 3;
    }

    fn peek(&mut self) -> Token<'s> {
        let token = self.next();
        self.backup();
        token
    }

    fn next_non_space(&mut self) -> Token<'s> {
        loop {
            let token = self.next();
            if token.kind != TokenKind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token<'s> {
        let token = self.next_non_space();
        self.backup();
        token
    }

    /// An error about a part of the text. Go names the line of the newest token, wherever the trouble is.
    fn error<T>(&self, at: Slice, message: impl AsRef<[u8]>) -> Result<T> {
        let place = Place::of(self.source, at.start..at.end);
        Err(ParseError::new(self.name, self.state.tokens[0].line, message, place))
    }

    fn expect(&mut self, expected: TokenKind, context: &str) -> Result<Token<'s>> {
        let token = self.next_non_space();
        if token.kind != expected {
            return self.unexpected(&token, context);
        }
        Ok(token)
    }

    fn unexpected<T>(&self, token: &Token<'_>, context: &str) -> Result<T> {
        if token.kind != TokenKind::Error {
            let message = [b"unexpected ", &*token.describe(), b" in ", context.as_bytes()].concat();
            return self.error(span_of(token), message);
        }
        let mut message = self.lexer.problem().to_vec();
        let line = self.state.action_line;
        if line != 0 && line != token.line {
            // Not "action in action".
            let lead: &[u8] = if message.ends_with(b" action") { b"" } else { b" in action" };
            message.extend_from_slice(lead);
            message.extend_from_slice(b" started at ");
            message.extend_from_slice(self.name);
            message.extend_from_slice(format!(":{line}").as_bytes());
        }
        self.error(span_of(token), message)
    }
}

// Nodes.
impl<'s> Parser<'s, '_> {
    fn push(&mut self, pos: u32, span: Slice, kind: NodeKind) -> NodeId {
        let id = NodeId(offset(self.program.nodes.len()));
        self.program.nodes.push(Node { pos, span, kind });
        id
    }

    /// A node at a token.
    fn leaf(&mut self, token: &Token<'_>, kind: NodeKind) -> NodeId {
        self.push(token.pos, span_of(token), kind)
    }

    /// Completes a node: the nodes pending from there on are its children.
    fn children(&mut self, from: usize) -> Run {
        let start = offset(self.program.children.len());
        self.program.children.extend(self.pending.drain(from..));
        Run { start, end: offset(self.program.children.len()) }
    }

    fn list(&mut self, pos: u32, from: usize) -> NodeId {
        let span = self.span_over(pos, from);
        let run = self.children(from);
        self.push(pos, span, NodeKind::List(run))
    }

    /// The text from the first to the last of the nodes pending from there on.
    fn span_over(&self, pos: u32, from: usize) -> Slice {
        let children = &self.pending[from..];
        let span = |id: &NodeId| self.program.node(*id).span;
        match (children.first(), children.last()) {
            (Some(first), Some(last)) => Slice { start: span(first).start, end: span(last).end },
            _ => Slice { start: pos, end: pos },
        }
    }

    /// Bytes that don't stand in the source as they are: they go behind it.
    fn constant(&mut self, text: &[u8]) -> Slice {
        let start = offset(self.source.len() + self.program.constants.len());
        self.program.constants.extend_from_slice(text);
        Slice { start, end: start + offset(text.len()) }
    }

    /// The text of a string literal.
    fn unquote(&mut self, token: &Token<'_>) -> Result<Slice> {
        let literal = token.text;
        let plain = match token.kind {
            TokenKind::RawString => !literal.contains(&b'\r'),
            _ => literal.is_ascii() && !literal.contains(&b'\\'),
        };
        if plain {
            return Ok(Slice { start: token.pos + 1, end: token.end - 1 });
        }
        match strconv::unquote(literal) {
            Ok(text) => Ok(self.constant(&text)),
            Err(error) => self.error(span_of(token), error.to_string()),
        }
    }

    fn variable_name(&mut self, name: &'s [u8]) -> VariableName {
        if let Some(known) = self.variable_names.get(name) {
            return *known;
        }
        let id = VariableName(offset(self.program.variables.len()));
        let slice = self.constant(name);
        self.program.variables.push(slice);
        self.variable_names.insert(name, id);
        id
    }

    fn function(&mut self, name: &[u8]) -> Option<u32> {
        let function = self.functions.get(name)?;
        let known = self.program.functions.iter().position(|known| std::ptr::eq(known.name, function.name));
        let index = known.unwrap_or(self.program.functions.len());
        if known.is_none() {
            self.program.functions.push(*function);
        }
        Some(offset(index))
    }
}

// The grammar.
impl<'s> Parser<'s, '_> {
    /// Installs a tree, named at a place. A name can be defined twice only where one of the bodies is empty.
    fn add(&mut self, name: &[u8], root: NodeId, at: Slice) -> Result<usize> {
        let is_empty = self.program.is_empty_tree(root);
        let tree = Tree { name: name.into(), root, is_empty };
        match self.indices.get(name).copied() {
            None => {
                self.indices.insert(name.into(), self.trees.len());
                self.trees.push(tree);
                Ok(self.trees.len() - 1)
            }
            Some(index) if self.trees[index].is_empty => {
                self.trees[index] = tree;
                Ok(index)
            }
            Some(index) if is_empty => Ok(index),
            Some(_) => {
                let quoted = strconv::quote(name);
                let message = [b"template: multiple definition of template ", quoted.as_slice()].concat();
                self.error(at, message)
            }
        }
    }

    /// The text as a whole, which alone can hold `define`.
    fn parse(&mut self) -> Result<NodeId> {
        let pos = self.peek().pos;
        let from = self.pending.len();
        loop {
            match self.peek().kind {
                TokenKind::Eof => return Ok(self.list(pos, from)),
                TokenKind::LeftDelim => {
                    let delim = self.next();
                    let keyword = self.next_non_space();
                    if keyword.kind == TokenKind::Define {
                        self.parse_definition(span_of(&keyword))?;
                        continue;
                    }
                    self.backup2(delim);
                }
                _ => {}
            }
            match self.text_or_action()? {
                Element::Node(node) => self.pending.push(node),
                Element::End { keyword } => return self.error(keyword, "unexpected {{end}}"),
                Element::Else { keyword, .. } => return self.error(keyword, "unexpected {{else}}"),
            }
        }
    }

    /// `{{define "name"}} … {{end}}`; the keyword is past.
    fn parse_definition(&mut self, keyword: Slice) -> Result<()> {
        const CONTEXT: &str = "define clause";
        let outer = std::mem::replace(&mut self.state, TreeState::new());
        let token = self.next_non_space();
        if !matches!(token.kind, TokenKind::String | TokenKind::RawString) {
            return self.unexpected(&token, CONTEXT);
        }
        let name = self.unquote(&token)?;
        self.expect(TokenKind::RightDelim, CONTEXT)?;
        let (root, end) = self.item_list(keyword)?;
        if let Element::Else { keyword, .. } = end {
            return self.error(keyword, format!("unexpected {{{{else}}}} in {CONTEXT}"));
        }
        let name = self.program.bytes(name).to_vec();
        self.add(&name, root, span_of(&token))?;
        self.state = outer;
        Ok(())
    }

    /// Text and actions up to an `end` or an `else`, which is given separately. `opener` is the keyword that began
    /// the list.
    fn item_list(&mut self, opener: Slice) -> Result<(NodeId, Element)> {
        let pos = self.peek_non_space().pos;
        let from = self.pending.len();
        while self.peek_non_space().kind != TokenKind::Eof {
            match self.text_or_action()? {
                Element::Node(node) => self.pending.push(node),
                end => return Ok((self.list(pos, from), end)),
            }
        }
        self.error(opener, "unexpected EOF").map_err(|error: ParseError| error.with_note(NOT_CLOSED))
    }

    fn text_or_action(&mut self) -> Result<Element> {
        let token = self.next_non_space();
        match token.kind {
            TokenKind::Text => {
                let text = span_of(&token);
                Ok(Element::Node(self.leaf(&token, NodeKind::Text(text))))
            }
            TokenKind::LeftDelim => {
                self.state.action_line = token.line;
                let action = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.action())?;
                self.state.action_line = 0;
                Ok(action)
            }
            _ => self.unexpected(&token, "input"),
        }
    }

    /// What stands between delimiters; the left one is past.
    fn action(&mut self) -> Result<Element> {
        let token = self.next_non_space();
        Ok(Element::Node(match token.kind {
            TokenKind::Block => self.block_control(span_of(&token))?,
            TokenKind::Break => self.loop_control(&token, "{{break}}", NodeKind::Break)?,
            TokenKind::Continue => self.loop_control(&token, "{{continue}}", NodeKind::Continue)?,
            TokenKind::Else => return self.else_control(span_of(&token)),
            TokenKind::End => {
                self.expect(TokenKind::RightDelim, "end")?;
                return Ok(Element::End { keyword: span_of(&token) });
            }
            TokenKind::If => self.control(Control::If, span_of(&token))?,
            TokenKind::Range => self.control(Control::Range, span_of(&token))?,
            TokenKind::Template => self.template_control()?,
            TokenKind::With => self.control(Control::With, span_of(&token))?,
            _ => {
                self.backup();
                let pos = self.peek().pos;
                // The variables that it declares live until the next "end".
                let pipe = self.pipeline("command", TokenKind::RightDelim)?;
                let span = self.program.node(pipe).span;
                self.push(pos, span, NodeKind::Action(pipe))
            }
        }))
    }

    fn loop_control(&mut self, keyword: &Token<'_>, name: &str, kind: NodeKind) -> Result<NodeId> {
        let token = self.next_non_space();
        if token.kind != TokenKind::RightDelim {
            return self.unexpected(&token, name);
        }
        if self.state.range_depth == 0 {
            return self.error(span_of(keyword), format!("{name} outside {{{{range}}}}"));
        }
        Ok(self.leaf(keyword, kind))
    }

    /// `declarations? command ('|' command)*`
    fn pipeline(&mut self, context: &str, end: TokenKind) -> Result<NodeId> {
        let pos = self.peek_non_space().pos;
        let from = self.pending.len();
        let is_assign = self.declarations(context, from)?;
        let decls = self.pending.len() - from;
        let close = loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => break span_of(&token),
                TokenKind::Bool
                | TokenKind::CharConstant
                | TokenKind::Complex
                | TokenKind::Dot
                | TokenKind::Field
                | TokenKind::Identifier
                | TokenKind::Number
                | TokenKind::Nil
                | TokenKind::RawString
                | TokenKind::String
                | TokenKind::Variable
                | TokenKind::LeftParen => {
                    self.backup();
                    let command = self.command()?;
                    self.pending.push(command);
                }
                _ => return self.unexpected(&token, context),
            }
        };
        self.check_pipeline(&self.pending[from + decls..], context, close)?;
        let span = self.span_over(pos, from);
        let run = self.children(from);
        // There are two declarations at most.
        let pipe = Pipe { children: run, decls: u8::from(decls > 0) + u8::from(decls > 1), is_assign };
        Ok(self.push(pos, span, NodeKind::Pipe(pipe)))
    }

    /// `$x :=`, `$x =`, and for `range` `$i, $x :=`. Says whether it is an assignment.
    fn declarations(&mut self, context: &str, from: usize) -> Result<bool> {
        loop {
            let variable = self.peek_non_space();
            if variable.kind != TokenKind::Variable {
                return Ok(false);
            }
            self.next();
            // "$x foo" needs three tokens: only "foo" tells that $x is an argument.
            let adjacent = self.peek();
            let next = self.peek_non_space();
            match next.kind {
                TokenKind::Assign | TokenKind::Declare => {
                    self.next_non_space();
                    self.declare(&variable);
                    return Ok(next.kind == TokenKind::Assign);
                }
                TokenKind::Char if next.text == b"," => {
                    self.next_non_space();
                    self.declare(&variable);
                    if context == "range" && self.pending.len() - from < 2 {
                        let token = self.peek_non_space();
                        match token.kind {
                            TokenKind::Variable | TokenKind::RightDelim | TokenKind::RightParen => continue,
                            _ => return self.error(span_of(&token), "range can only initialize variables"),
                        }
                    }
                    return self.error(span_of(&variable), format!("too many declarations in {context}"));
                }
                _ if adjacent.kind == TokenKind::Space => self.backup3(variable, adjacent),
                _ => self.backup2(variable),
            }
            return Ok(false);
        }
    }

    fn declare(&mut self, token: &Token<'s>) {
        let name = self.variable_name(token.text);
        let node = self.leaf(token, NodeKind::Variable { name, fields: Run::default() });
        self.pending.push(node);
        self.state.vars.push(name);
    }

    /// Only the first command can be something that can't take an argument. `close` is what ends the pipeline.
    fn check_pipeline(&self, commands: &[NodeId], context: &str, close: Slice) -> Result<()> {
        if commands.is_empty() {
            return self.error(close, format!("missing value for {context}"));
        }
        for (index, command) in commands.iter().enumerate().skip(1) {
            let NodeKind::Command(args) = self.program.node(*command).kind else { continue };
            let first = self.program.children(args).first().map(|arg| self.program.node(*arg).kind);
            if matches!(
                first,
                Some(
                    NodeKind::Bool(_)
                        | NodeKind::Dot
                        | NodeKind::Nil
                        | NodeKind::Number(_)
                        | NodeKind::String { .. }
                )
            ) {
                let message = format!("non executable command in pipeline stage {}", index + 1);
                return self.error(self.program.node(*command).span, message);
            }
        }
        Ok(())
    }

    /// `if`, `range` and `with`; the keyword is past.
    fn control(&mut self, control: Control, keyword: Slice) -> Result<NodeId> {
        let outer_vars = self.state.vars.len();
        let pipe = self.pipeline(control.name(), TokenKind::RightDelim)?;
        if control == Control::Range {
            self.state.range_depth += 1;
        }
        let (list, next) = self.item_list(keyword)?;
        if control == Control::Range {
            self.state.range_depth -= 1;
        }
        let else_list = match next {
            Element::Else { pos, .. } => Some(self.else_list(control, keyword, pos)?),
            _ => None,
        };
        self.state.vars.truncate(outer_vars);
        let Node { pos, span, .. } = *self.program.node(pipe);
        let branch = Branch { pipe, list, else_list };
        let kind = match control {
            Control::If => NodeKind::If(branch),
            Control::Range => NodeKind::Range(branch),
            Control::With => NodeKind::With(branch),
        };
        Ok(self.push(pos, span, kind))
    }

    /// What follows an `else`. `{{else if}}` and `{{else with}}` are lists of one control structure, whose end
    /// serves for both.
    fn else_list(&mut self, control: Control, opener: Slice, pos: u32) -> Result<NodeId> {
        let next = self.peek();
        let chained =
            matches!((control, next.kind), (Control::If, TokenKind::If) | (Control::With, TokenKind::With));
        if chained {
            self.next();
            let keyword = span_of(&next);
            let node = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.control(control, keyword))?;
            let from = self.pending.len();
            self.pending.push(node);
            return Ok(self.list(pos, from));
        }
        let (list, next) = self.item_list(opener)?;
        if let Element::Else { keyword, .. } = next {
            return self.error(keyword, "expected end; found {{else}}");
        }
        Ok(list)
    }

    /// The `else` keyword is past. An `if` or `with` behind it stays pending.
    fn else_control(&mut self, keyword: Slice) -> Result<Element> {
        let next = self.peek_non_space();
        if matches!(next.kind, TokenKind::If | TokenKind::With) {
            return Ok(Element::Else { pos: next.pos, keyword });
        }
        let token = self.expect(TokenKind::RightDelim, "else")?;
        Ok(Element::Else { pos: token.pos, keyword })
    }

    /// `{{block "name" pipeline}} … {{end}}`: a definition and its use. The keyword is past.
    fn block_control(&mut self, keyword: Slice) -> Result<NodeId> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, TokenKind::RightDelim)?;
        let outer = std::mem::replace(&mut self.state, TreeState::new());
        let (root, end) = self.item_list(keyword)?;
        let inner = std::mem::replace(&mut self.state, outer);
        if let Element::Else { keyword, .. } = end {
            return self.error(keyword, format!("unexpected {{{{else}}}} in {CONTEXT}"));
        }
        // A second definition is an error in the line where the block ends.
        let outer = std::mem::replace(&mut self.state, inner);
        let bytes = self.program.bytes(name).to_vec();
        self.add(&bytes, root, span_of(&token))?;
        self.state = outer;
        let span = Slice { end: self.program.node(pipe).span.end, ..span_of(&token) };
        Ok(self.push(token.pos, span, NodeKind::Template { name, pipe: Some(pipe) }))
    }

    /// `{{template "name" pipeline}}`; the keyword is past.
    fn template_control(&mut self) -> Result<NodeId> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let mut span = span_of(&token);
        let mut pipe = None;
        if self.next_non_space().kind != TokenKind::RightDelim {
            self.backup();
            let id = self.pipeline(CONTEXT, TokenKind::RightDelim)?;
            span.end = self.program.node(id).span.end;
            pipe = Some(id);
        }
        Ok(self.push(token.pos, span, NodeKind::Template { name, pipe }))
    }

    fn template_name(&mut self, token: &Token<'s>, context: &str) -> Result<Slice> {
        match token.kind {
            TokenKind::String | TokenKind::RawString => self.unquote(token),
            _ => self.unexpected(token, context),
        }
    }

    /// Operands up to a pipe character, which is consumed, or the end of the pipeline, which is not.
    fn command(&mut self) -> Result<NodeId> {
        let pos = self.peek_non_space().pos;
        let from = self.pending.len();
        let end = loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                self.pending.push(operand);
            }
            let token = self.next();
            match token.kind {
                TokenKind::Space => continue,
                TokenKind::RightDelim | TokenKind::RightParen => self.backup(),
                TokenKind::Pipe => {}
                _ => return self.unexpected(&token, "operand"),
            }
            break span_of(&token);
        };
        if self.pending.len() == from {
            return self.error(end, "empty command");
        }
        let span = self.span_over(pos, from);
        let run = self.children(from);
        Ok(self.push(pos, span, NodeKind::Command(run)))
    }

    /// A term, possibly with fields behind it; none where something else follows.
    fn operand(&mut self) -> Result<Option<NodeId>> {
        let Some(term) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != TokenKind::Field {
            return Ok(Some(term));
        }
        let start = offset(self.program.fields.len());
        // Fields join the fields of the term itself, where it has some.
        if let NodeKind::Field(own) = self.program.node(term).kind {
            self.program.fields.extend_from_within(own.start as usize..own.end as usize);
        }
        let mut end = first.end;
        while self.peek().kind == TokenKind::Field {
            let token = self.next();
            end = token.end;
            self.program.fields.push(Slice { start: token.pos + 1, end });
        }
        let fields = Run { start, end: offset(self.program.fields.len()) };
        let Node { span, kind, .. } = *self.program.node(term);
        let kind = match kind {
            NodeKind::Field(_) => NodeKind::Field(fields),
            NodeKind::Variable { name, .. } => NodeKind::Variable { name, fields },
            NodeKind::Bool(_)
            | NodeKind::String { .. }
            | NodeKind::Number(_)
            | NodeKind::Nil
            | NodeKind::Dot => {
                let quoted = strconv::quote(&self.source[span.start as usize..span.end as usize]);
                let message = [b"unexpected . after term ", quoted.as_slice()].concat();
                return self.error(span_of(&first), message);
            }
            _ => NodeKind::Chain { node: term, fields },
        };
        Ok(Some(self.push(first.pos, Slice { end, ..span }, kind)))
    }

    /// A literal, a function, dot, a field, a variable or a pipeline in parentheses.
    fn term(&mut self) -> Result<Option<NodeId>> {
        let token = self.next_non_space();
        let kind = match token.kind {
            TokenKind::Identifier => match self.function(token.text) {
                Some(function) => NodeKind::Identifier(function),
                None => {
                    let quoted = strconv::quote(token.text);
                    let message = [b"function ", quoted.as_slice(), b" not defined"].concat();
                    return self.error(span_of(&token), message);
                }
            },
            TokenKind::Dot => NodeKind::Dot,
            TokenKind::Nil => NodeKind::Nil,
            TokenKind::Variable => {
                let name = self.variable_name(token.text);
                if !self.state.vars.contains(&name) {
                    let quoted = strconv::quote(token.text);
                    let message = [b"undefined variable ", quoted.as_slice()].concat();
                    return self.error(span_of(&token), message);
                }
                NodeKind::Variable { name, fields: Run::default() }
            }
            TokenKind::Field => {
                let start = offset(self.program.fields.len());
                self.program.fields.push(Slice { start: token.pos + 1, end: token.end });
                NodeKind::Field(Run { start, end: start + 1 })
            }
            TokenKind::Bool => NodeKind::Bool(token.text == b"true"),
            TokenKind::CharConstant | TokenKind::Complex | TokenKind::Number => {
                match number::parse(&token, span_of(&token)) {
                    Ok(number) => {
                        self.program.numbers.push(number);
                        NodeKind::Number(offset(self.program.numbers.len() - 1))
                    }
                    Err(message) => return self.error(span_of(&token), message),
                }
            }
            TokenKind::LeftParen => {
                if self.state.stack_depth >= MAX_STACK_DEPTH {
                    return self.error(span_of(&token), "max expression depth exceeded");
                }
                self.state.stack_depth += 1;
                let pipe = stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                    self.pipeline("parenthesized pipeline", TokenKind::RightParen)
                })?;
                self.state.stack_depth -= 1;
                // The pipeline's own text includes the parentheses; its position, which errors name, doesn't.
                let close = self.state.tokens[self.state.peek_count].end;
                self.program.nodes[pipe.0 as usize].span = Slice { start: token.pos, end: close };
                return Ok(Some(pipe));
            }
            TokenKind::String | TokenKind::RawString => {
                let text = self.unquote(&token)?;
                NodeKind::String { quoted: span_of(&token), text }
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        };
        Ok(Some(self.leaf(&token, kind)))
    }
}

/// Where a token stands in the source.
fn span_of(token: &Token<'_>) -> Slice {
    Slice { start: token.pos, end: token.end }
}
