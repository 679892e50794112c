//! The evaluator: walks a template's tree and writes its output, as Go's `text/template/exec.go`.
//!
//! `walk…` functions step through the structure and write, `eval…` functions compute operands. The node
//! entered last is kept for error messages, so the order in which nodes are entered follows Go's.

mod call;
mod eval;

use gostd::fmt;
use gostd::value::{IntKind, Kind, UintKind, Value};

use crate::budget::BudgetExceeded;
use crate::error::{ExecError, Failure, Location, Reason};
use crate::function::Call;
use crate::node::{Branch, Node, NodeId, NodeKind, Program, Slice, VariableName};
use crate::operand::Operand;
use crate::set::Definition;
use crate::site::{Level, Site};

/// How deep templates may nest in templates.
const MAX_EXEC_DEPTH: u32 = 100_000;

/// What an execution within an execution counts for among the levels of nesting that a render may use: it takes
/// that much more memory than a template within a template.
const EXECUTION_LEVELS: u64 = 10;

/// Executes the template of that name, of those that the call sees, and appends what it writes.
pub fn execute<'r>(
    name: impl AsRef<[u8]>,
    dot: Value<'r>,
    call: &Call<'_, 'r>,
    out: &mut Vec<u8>,
) -> Result<(), ExecError> {
    let name = name.as_ref();
    let Some(definition) = call.templates.lookup(name) else {
        let set = call.templates.shared().name.clone();
        return Err(ExecError::NoTemplate { name: name.into(), set });
    };
    let dot = Operand::value_of(dot);
    let mut state = State {
        call: *call,
        program: definition.program(),
        definition,
        node: definition.tree.root,
        action: definition.tree.root,
        run: 0,
        through: Vec::new(),
        vars: vec![(VariableName::DOLLAR, dot)],
        vars_base: 0,
        depth: 0,
        operands: Vec::new(),
        values: Vec::new(),
        out,
    };
    let walked = match state.within(call.budget.enter(EXECUTION_LEVELS)) {
        // Functions of the host execute templates in turn, without a block of their own around them.
        Ok(()) => state.nested(|state| state.walk(dot, definition.tree.root)),
        Err(error) => Err(error.into()),
    };
    call.budget.leave(EXECUTION_LEVELS);
    match walked {
        // The parser lets no break or continue out of its loop.
        Ok(()) | Err(Stop::Break | Stop::Continue) => Ok(()),
        Err(Stop::Error(error)) => Err(error),
    }
}

/// The state of one execution.
struct State<'c, 'r, 'o> {
    call: Call<'c, 'r>,
    definition: Definition<'c>,
    program: &'c Program,
    /// The node entered last, for errors.
    node: NodeId,
    /// The pipeline of the action that is running (or the action itself, where it has none), and which run that is.
    action: NodeId,
    run: u64,
    /// The actions that led here from the executed template through others.
    through: Vec<Level<'c>>,
    /// Variables as a push-down stack; those of the executing template begin at `vars_base`.
    vars: Vec<(VariableName, Operand<'r>)>,
    vars_base: usize,
    depth: u32,
    /// Arguments of the calls in progress: builtins take operands, other functions values.
    operands: Vec<Operand<'r>>,
    values: Vec<Value<'r>>,
    out: &'o mut Vec<u8>,
}

/// Why a walk doesn't go on.
enum Stop {
    Break,
    Continue,
    Error(ExecError),
}

impl From<ExecError> for Stop {
    fn from(error: ExecError) -> Self {
        Stop::Error(error)
    }
}

type Walk = Result<(), Stop>;
type Eval<T> = Result<T, ExecError>;

impl<'c, 'r> State<'c, 'r, '_> {
    /// Marks the node that errors will name.
    fn at(&mut self, node: NodeId) {
        self.node = node;
    }

    /// Begins a run of an action.
    fn begin(&mut self, action: NodeId) {
        self.action = action;
        self.run = self.call.budget.steps_taken();
    }

    /// Where in this execution's templates the running action stands.
    fn level(&self) -> Level<'c> {
        let Slice { start, end } = self.program.node(self.action).span;
        let action = self.program.source.get(start as usize..end as usize).unwrap_or_default();
        Level { template: self.definition.name(), action }
    }

    /// The place of a call that the running action makes.
    fn site(&self) -> Site<'_> {
        Site { outer: self.call.site, through: &self.through, innermost: self.level(), run: self.run }
    }

    fn failure(&self, reason: Reason) -> ExecError {
        let Node { pos, span: Slice { start, end }, .. } = *self.program.node(self.node);
        let before = &self.program.source[..pos as usize];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |index| index + 1);
        let location = Location {
            source: self.definition.template.clone(),
            line: 1 + crate::lex::newlines(before),
            column: pos - crate::lex::offset(line_start),
            span: start..end,
        };
        ExecError::Failed(Box::new(Failure {
            template: self.definition.name().into(),
            location,
            node: self.program.describe(self.node),
            reason,
        }))
    }

    fn error(&self, message: impl Into<Vec<u8>>) -> ExecError {
        self.failure(Reason::Message(message.into()))
    }

    fn within(&self, spent: Result<(), BudgetExceeded>) -> Eval<()> {
        spent.map_err(|exceeded| self.failure(Reason::Budget(exceeded)))
    }

    fn step(&self) -> Eval<()> {
        self.within(self.call.budget.step(1))
    }

    fn push(&mut self, name: VariableName, value: Operand<'r>) {
        self.vars.push((name, value));
    }

    fn set_var(&mut self, name: VariableName, value: Operand<'r>) -> Eval<()> {
        match self.vars[self.vars_base..].iter_mut().rev().find(|(known, _)| *known == name) {
            Some((_, slot)) => {
                *slot = value;
                Ok(())
            }
            None => Err(self.undefined_variable(name)),
        }
    }

    /// Overwrites the nth variable from the top of the stack.
    fn set_top_var(&mut self, nth: usize, value: Operand<'r>) {
        let index = self.vars.len() - nth;
        self.vars[index].1 = value;
    }

    fn var_value(&self, name: VariableName) -> Eval<Operand<'r>> {
        match self.vars[self.vars_base..].iter().rev().find(|(known, _)| *known == name) {
            Some((_, value)) => Ok(*value),
            None => Err(self.undefined_variable(name)),
        }
    }

    fn undefined_variable(&self, name: VariableName) -> ExecError {
        self.error([b"undefined variable: ", self.program.variable(name)].concat())
    }

    fn walk(&mut self, dot: Operand<'r>, id: NodeId) -> Walk {
        self.at(id);
        self.step()?;
        match self.program.node(id).kind {
            NodeKind::Action(pipe) => {
                self.begin(pipe);
                // Variables stay until the next end. An action that declares some prints nothing.
                let value = self.eval_pipeline(dot, pipe)?;
                let declares = matches!(self.program.node(pipe).kind, NodeKind::Pipe(pipe) if pipe.decls > 0);
                if !declares {
                    self.print_value(id, value)?;
                }
                Ok(())
            }
            NodeKind::Break => Err(Stop::Break),
            NodeKind::Continue => Err(Stop::Continue),
            NodeKind::If(branch) => self.nested(|state| state.walk_if(dot, branch)),
            NodeKind::With(branch) => self.nested(|state| state.walk_with(dot, branch)),
            NodeKind::Range(branch) => self.nested(|state| state.walk_range(dot, id, branch)),
            NodeKind::Template { name, pipe } => {
                self.nested(|state| state.walk_template(dot, id, name, pipe))
            }
            NodeKind::List(run) => {
                for child in self.program.children(run) {
                    self.walk(dot, *child)?;
                }
                Ok(())
            }
            NodeKind::Text(text) => {
                let text = self.program.bytes(text);
                self.within(self.call.budget.bytes(text.len() as u64))?;
                self.out.extend_from_slice(text);
                Ok(())
            }
            _ => {
                let message = [b"unknown node: ", &*self.program.describe(id)].concat();
                Err(self.error(message).into())
            }
        }
    }

    /// Does what may nest deeper, on a stack that grows.
    fn nested(&mut self, walk: impl FnOnce(&mut Self) -> Walk) -> Walk {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || walk(self))
    }

    fn walk_if(&mut self, dot: Operand<'r>, branch: Branch) -> Walk {
        self.begin(branch.pipe);
        let mark = self.vars.len();
        let value = self.eval_pipeline(dot, branch.pipe)?;
        let walked = match (value.truth(), branch.else_list) {
            (true, _) => self.walk(dot, branch.list),
            (false, Some(list)) => self.walk(dot, list),
            (false, None) => Ok(()),
        };
        self.vars.truncate(mark);
        walked
    }

    fn walk_with(&mut self, dot: Operand<'r>, branch: Branch) -> Walk {
        self.begin(branch.pipe);
        let mark = self.vars.len();
        let value = self.eval_pipeline(dot, branch.pipe)?;
        let walked = match (value.truth(), branch.else_list) {
            (true, _) => self.walk(value, branch.list),
            (false, Some(list)) => self.walk(dot, list),
            (false, None) => Ok(()),
        };
        self.vars.truncate(mark);
        walked
    }

    fn walk_range(&mut self, dot: Operand<'r>, id: NodeId, range: Branch) -> Walk {
        self.at(id);
        self.begin(range.pipe);
        let outer_mark = self.vars.len();
        let value = self.eval_pipeline(dot, range.pipe)?;
        let walked = match self.range_over(value, range) {
            Ok(true) => Ok(()),
            Ok(false) => match range.else_list {
                Some(list) => self.walk(dot, list),
                None => Ok(()),
            },
            Err(stop) => Err(stop),
        };
        self.vars.truncate(outer_mark);
        match walked {
            Err(Stop::Break) => Ok(()),
            walked => walked,
        }
    }

    /// Walks the body once an element. Says whether there was one.
    fn range_over(&mut self, value: Operand<'r>, range: Branch) -> Result<bool, Stop> {
        let (decls, _) = self.pipe(range.pipe);
        let count = match value.value() {
            Value::Nil => return Ok(false),
            Value::Int(kind, count) => Integers::Signed(kind, count),
            Value::Uint(kind, count) => Integers::Unsigned(kind, count),
            Value::List(list) => {
                let interfaces = list.list_type().holds_interfaces();
                let len = list.len();
                for index in 0..len {
                    // Elements are read when their turn comes: the body may have changed them.
                    let element = list.get(index).unwrap_or(Value::Nil);
                    let key = Operand::concrete(Value::int(index as i64));
                    self.iteration(range, key, Operand::element(interfaces, element))?;
                }
                return Ok(len > 0);
            }
            Value::Map(map) => {
                let interfaces = map.map_type().holds_interfaces();
                // Go takes keys and values before the first turn.
                self.within(self.call.budget.step(map.len() as u64 / 8))?;
                let entries = map.entries();
                for (key, element) in &entries {
                    let key = Operand::concrete(Value::String(key));
                    self.iteration(range, key, Operand::element(interfaces, *element))?;
                }
                return Ok(!entries.is_empty());
            }
            Value::Object(object) => match (object.kind(), object.as_int()) {
                (Kind::Map | Kind::Slice | Kind::Array, _) => {
                    let entries = object.entries(self.call.arena);
                    for (key, element) in &entries {
                        self.iteration(range, Operand::concrete(*key), object_element(*element))?;
                    }
                    return Ok(!entries.is_empty());
                }
                (_, Some(count)) => Integers::Signed(IntKind::Int64, count),
                _ => return Err(self.cannot_range(value)),
            },
            Value::Bool(_) | Value::Float(..) | Value::Complex(..) | Value::String(_) => {
                return Err(self.cannot_range(value));
            }
        };
        if decls.len() > 1 {
            let message =
                fmt::sprintf(b"can't use %v to iterate over more than one variable", &[value.value()]);
            return Err(self.error(message).into());
        }
        let mut turn = 0;
        while let Some(element) = count.nth(turn) {
            // The integers are of the type of the one that is counted up to.
            let element = match (value.value(), element) {
                (Value::Object(object), Value::Int(_, number)) => {
                    object.with_int(number, self.call.arena).unwrap_or(element)
                }
                _ => element,
            };
            self.iteration(range, Operand::INVALID, Operand::concrete(element))?;
            turn += 1;
        }
        Ok(turn > 0)
    }

    fn cannot_range(&self, value: Operand<'r>) -> Stop {
        if let Err(error) = self.within(self.call.check_texts(&[value.value()], 0)) {
            return error.into();
        }
        let mut message = b"range can't iterate over ".to_vec();
        match value.value() {
            Value::Object(object) if object.kind() == Kind::Pointer && !object.fields().is_empty() => {
                fmt::append_struct(&mut message, object);
            }
            value => fmt::append_value(&mut message, value),
        }
        self.error(message).into()
    }

    /// One turn of a loop.
    fn iteration(&mut self, range: Branch, index: Operand<'r>, element: Operand<'r>) -> Walk {
        self.within(self.call.budget.memory(self.call.arena.allocated()))?;
        let (decls, is_assign) = self.pipe(range.pipe);
        let mark = self.vars.len();
        match (decls, is_assign) {
            ([], _) => {}
            ([only], true) => self.assign(*only, element)?,
            ([first, second, ..], true) => {
                self.assign(*first, index)?;
                self.assign(*second, element)?;
            }
            ([_], false) => self.set_top_var(1, element),
            ([_, _, ..], false) => {
                self.set_top_var(1, element);
                self.set_top_var(2, index);
            }
        }
        let walked = self.walk(element, range.list);
        self.vars.truncate(mark);
        match walked {
            Err(Stop::Continue) => Ok(()),
            walked => walked,
        }
    }

    fn assign(&mut self, variable: NodeId, value: Operand<'r>) -> Eval<()> {
        match self.program.node(variable).kind {
            NodeKind::Variable { name, .. } => self.set_var(name, value),
            _ => Ok(()),
        }
    }

    /// The variables of a pipeline node, and whether they are assigned rather than declared.
    fn pipe(&self, id: NodeId) -> (&'c [NodeId], bool) {
        match self.program.node(id).kind {
            NodeKind::Pipe(pipe) => (self.program.pipe(pipe).0, pipe.is_assign),
            _ => (&[], false),
        }
    }

    fn walk_template(&mut self, dot: Operand<'r>, id: NodeId, name: Slice, pipe: Option<NodeId>) -> Walk {
        self.at(id);
        let name = self.program.bytes(name);
        let Some(definition) = self.call.templates.lookup(name) else {
            let quoted = gostd::strconv::quote(name);
            return Err(self.error([b"template ", &*quoted, b" not defined"].concat()).into());
        };
        if self.depth == MAX_EXEC_DEPTH {
            let message = format!("exceeded maximum template depth ({MAX_EXEC_DEPTH})");
            return Err(self.error(message).into());
        }
        self.begin(pipe.unwrap_or(id));
        // The variables that the pipeline declares stay.
        let dot = match pipe {
            Some(pipe) => self.eval_pipeline(dot, pipe)?,
            None => Operand::INVALID,
        };
        let level = self.level();
        self.through.push(level);
        // The template sees none of the caller's variables.
        let outer = (self.definition, self.node, self.vars_base, self.vars.len());
        self.definition = definition;
        self.program = definition.program();
        self.vars_base = self.vars.len();
        self.depth += 1;
        self.push(VariableName::DOLLAR, dot);
        let entered = self.within(self.call.budget.enter(1));
        let walked = entered.map_err(Stop::from).and_then(|()| self.walk(dot, definition.tree.root));
        self.call.budget.leave(1);
        walked?;
        self.depth -= 1;
        self.through.pop();
        let vars_len;
        (self.definition, self.node, self.vars_base, vars_len) = outer;
        self.program = self.definition.program();
        self.vars.truncate(vars_len);
        Ok(())
    }

    /// Writes what an action computed.
    fn print_value(&mut self, id: NodeId, value: Operand<'r>) -> Eval<()> {
        self.at(id);
        let before = self.out.len();
        self.within(self.call.check_texts(&[value.value()], 0))?;
        match value.value() {
            _ if !value.is_valid() => self.out.extend_from_slice(b"<no value>"),
            Value::String(text) => self.out.extend_from_slice(text),
            // What a pointer leads to has an address.
            Value::Object(object) if !value.is_addressable() && object.kind() != Kind::Pointer => {
                fmt::append_value(self.out, value.value());
            }
            value => fmt::print_action(self.out, value),
        }
        let written = self.out.len() - before;
        self.within(self.call.budget.bytes(written as u64))?;
        self.within(self.call.budget.memory(self.call.arena.allocated()))
    }
}

/// An element of an object's own collection: its declared type isn't known, so it is taken as concrete.
fn object_element<'r>(value: Value<'r>) -> Operand<'r> {
    Operand::element(value.is_nil(), value)
}

/// What `range` over a number counts through: integers of the number's own kind.
enum Integers {
    Signed(IntKind, i64),
    Unsigned(UintKind, u64),
}

impl Integers {
    fn nth<'r>(&self, turn: u64) -> Option<Value<'r>> {
        match *self {
            Integers::Signed(kind, count) => {
                let turn = i64::try_from(turn).ok()?;
                (turn < count).then_some(Value::Int(kind, turn))
            }
            Integers::Unsigned(kind, count) => (turn < count).then_some(Value::Uint(kind, turn)),
        }
    }
}
