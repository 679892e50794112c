//! The syntax tree: nodes in one flat vector a parsed text, and Go's text form of each.
//!
//! Nodes refer to one another by index and to text by range, so a program is immutable plain data, shares
//! between threads, and is dropped without recursion however deep it nests.

use std::sync::Arc;

use gostd::strconv;

use crate::function::Function;

/// The index of a node in its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(pub(crate) u32);

/// A range of the program's text: of the source, or of the constants as if they stood behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A range of one of the program's side tables.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Run {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A variable's name: names are numbered program by program, `$` is always 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VariableName(pub(crate) u32);

impl VariableName {
    /// `$`: the argument of the template.
    pub(crate) const DOLLAR: Self = Self(0);
}

/// A node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    /// Go's position of the node, which its error messages name: not always where the node's text starts.
    pub(crate) pos: u32,
    /// The node's text in the source.
    pub(crate) span: Slice,
    pub(crate) kind: NodeKind,
}

/// What a node is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NodeKind {
    /// An action that prints or declares: its pipeline.
    Action(NodeId),
    Bool(bool),
    Break,
    /// A term with fields behind it: `(…).a.b`.
    Chain {
        node: NodeId,
        fields: Run,
    },
    /// An operand with its arguments.
    Command(Run),
    Continue,
    Dot,
    /// `.a.b`
    Field(Run),
    /// A function's name: its index in the program's functions.
    Identifier(u32),
    If(Branch),
    List(Run),
    Nil,
    /// The index in the program's numbers.
    Number(u32),
    Pipe(Pipe),
    Range(Branch),
    String {
        quoted: Slice,
        text: Slice,
    },
    Template {
        name: Slice,
        pipe: Option<NodeId>,
    },
    Text(Slice),
    /// `$x.a.b`
    Variable {
        name: VariableName,
        fields: Run,
    },
    With(Branch),
}

/// `if`, `range` and `with`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Branch {
    pub(crate) pipe: NodeId,
    pub(crate) list: NodeId,
    pub(crate) else_list: Option<NodeId>,
}

/// A pipeline: declared or assigned variables (nodes), then commands (nodes), in one run of children.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pipe {
    pub(crate) children: Run,
    pub(crate) decls: u8,
    pub(crate) is_assign: bool,
}

/// A numeric constant under every type that can hold it, as Go's ideal constants work.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Number {
    pub(crate) text: Slice,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

/// All that was parsed from one text.
#[derive(Debug, Default)]
pub(crate) struct Program {
    /// The source, shared with whoever holds the file.
    pub(crate) source: Arc<[u8]>,
    /// The constants whose text isn't their source.
    pub(crate) constants: Vec<u8>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) children: Vec<NodeId>,
    pub(crate) fields: Vec<Slice>,
    pub(crate) numbers: Vec<Number>,
    pub(crate) variables: Vec<Slice>,
    pub(crate) functions: Vec<Function>,
}

impl Program {
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(crate) fn bytes(&self, slice: Slice) -> &[u8] {
        let (start, end) = (slice.start as usize, slice.end as usize);
        let source_len = self.source.len();
        match start.checked_sub(source_len) {
            None => &self.source[start..end],
            Some(start) => &self.constants[start..end - source_len],
        }
    }

    pub(crate) fn children(&self, run: Run) -> &[NodeId] {
        &self.children[run.start as usize..run.end as usize]
    }

    pub(crate) fn fields(&self, run: Run) -> &[Slice] {
        &self.fields[run.start as usize..run.end as usize]
    }

    pub(crate) fn function(&self, index: u32) -> &Function {
        &self.functions[index as usize]
    }

    pub(crate) fn number(&self, index: u32) -> &Number {
        &self.numbers[index as usize]
    }

    pub(crate) fn variable(&self, name: VariableName) -> &[u8] {
        self.bytes(self.variables[name.0 as usize])
    }

    /// The variables and the commands of a pipeline.
    pub(crate) fn pipe(&self, pipe: Pipe) -> (&[NodeId], &[NodeId]) {
        self.children(pipe.children).split_at(usize::from(pipe.decls))
    }

    /// Whether a list holds nothing but space (comments leave no nodes): such a body replaces no other.
    pub(crate) fn is_empty_tree(&self, id: NodeId) -> bool {
        match self.node(id).kind {
            NodeKind::List(run) => self.children(run).iter().all(|child| self.is_empty_tree(*child)),
            NodeKind::Text(text) => gostd::unicode::trim_space(self.bytes(text)).is_empty(),
            _ => false,
        }
    }

    /// Go's text form of a node: what error messages show between `<` and `>`.
    pub(crate) fn describe(&self, id: NodeId) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(id, &mut out);
        out
    }

    fn write(&self, id: NodeId, out: &mut Vec<u8>) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.write_node(id, out));
    }

    fn write_node(&self, id: NodeId, out: &mut Vec<u8>) {
        match self.node(id).kind {
            NodeKind::Action(pipe) => {
                out.extend_from_slice(b"{{");
                self.write(pipe, out);
                out.extend_from_slice(b"}}");
            }
            NodeKind::Bool(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
            NodeKind::Break => out.extend_from_slice(b"{{break}}"),
            NodeKind::Chain { node, fields } => {
                self.write_argument(node, out);
                self.write_fields(fields, out);
            }
            NodeKind::Command(args) => {
                for (index, arg) in self.children(args).iter().enumerate() {
                    if index > 0 {
                        out.push(b' ');
                    }
                    self.write_argument(*arg, out);
                }
            }
            NodeKind::Continue => out.extend_from_slice(b"{{continue}}"),
            NodeKind::Dot => out.push(b'.'),
            NodeKind::Field(fields) => self.write_fields(fields, out),
            NodeKind::Identifier(function) => {
                out.extend_from_slice(self.function(function).name.as_bytes());
            }
            NodeKind::If(branch) => self.write_branch(b"{{if ", branch, out),
            NodeKind::List(run) => {
                for child in self.children(run) {
                    self.write(*child, out);
                }
            }
            NodeKind::Nil => out.extend_from_slice(b"nil"),
            NodeKind::Number(number) => out.extend_from_slice(self.bytes(self.number(number).text)),
            NodeKind::Pipe(pipe) => self.write_pipe(pipe, out),
            NodeKind::Range(branch) => self.write_branch(b"{{range ", branch, out),
            NodeKind::String { quoted, .. } => out.extend_from_slice(self.bytes(quoted)),
            NodeKind::Template { name, pipe } => {
                out.extend_from_slice(b"{{template ");
                strconv::append_quote(out, self.bytes(name));
                if let Some(pipe) = pipe {
                    out.push(b' ');
                    self.write(pipe, out);
                }
                out.extend_from_slice(b"}}");
            }
            NodeKind::Text(text) => out.extend_from_slice(self.bytes(text)),
            NodeKind::Variable { name, fields } => {
                out.extend_from_slice(self.variable(name));
                self.write_fields(fields, out);
            }
            NodeKind::With(branch) => self.write_branch(b"{{with ", branch, out),
        }
    }

    /// Pipelines as operands stand in parentheses.
    fn write_argument(&self, id: NodeId, out: &mut Vec<u8>) {
        if matches!(self.node(id).kind, NodeKind::Pipe(_)) {
            out.push(b'(');
            self.write(id, out);
            out.push(b')');
        } else {
            self.write(id, out);
        }
    }

    fn write_fields(&self, fields: Run, out: &mut Vec<u8>) {
        for field in self.fields(fields) {
            out.push(b'.');
            out.extend_from_slice(self.bytes(*field));
        }
    }

    fn write_pipe(&self, pipe: Pipe, out: &mut Vec<u8>) {
        let (decls, commands) = self.pipe(pipe);
        for (index, decl) in decls.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(b", ");
            }
            self.write(*decl, out);
        }
        if !decls.is_empty() {
            out.extend_from_slice(if pipe.is_assign { b" = " } else { b" := " });
        }
        for (index, command) in commands.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(b" | ");
            }
            self.write(*command, out);
        }
    }

    fn write_branch(&self, head: &[u8], branch: Branch, out: &mut Vec<u8>) {
        out.extend_from_slice(head);
        self.write(branch.pipe, out);
        out.extend_from_slice(b"}}");
        self.write(branch.list, out);
        if let Some(list) = branch.else_list {
            out.extend_from_slice(b"{{else}}");
            self.write(list, out);
        }
        out.extend_from_slice(b"{{end}}");
    }
}
