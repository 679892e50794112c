//! Pipelines, commands, fields and variables.

use gostd::value::{Kind, ObjectField, Value};

use super::call::Callee;
use super::{Eval, State};
use crate::node::{Node, NodeId, NodeKind, Run, Slice, VariableName};
use crate::operand::Operand;
use crate::set::MissingKey;

impl<'c, 'r> State<'c, 'r, '_> {
    /// The value of a pipeline. Variables that it declares are pushed: whoever opens a scope pops them.
    pub(super) fn eval_pipeline(&mut self, dot: Operand<'r>, id: NodeId) -> Eval<Operand<'r>> {
        let NodeKind::Pipe(pipe) = self.program.node(id).kind else { return Ok(Operand::INVALID) };
        self.at(id);
        let (decls, commands) = self.program.pipe(pipe);
        let mut value = Operand::MISSING;
        for command in commands {
            // The value of the previous command is this one's last argument.
            value = self.eval_command(dot, *command, value)?.indirect_interface();
        }
        for decl in decls {
            let NodeKind::Variable { name, .. } = self.program.node(*decl).kind else { continue };
            if pipe.is_assign {
                self.set_var(name, value)?;
            } else {
                self.push(name, value);
            }
        }
        Ok(value)
    }

    /// The same for a pipeline in parentheses, which may nest.
    pub(super) fn eval_nested_pipeline(&mut self, dot: Operand<'r>, id: NodeId) -> Eval<Operand<'r>> {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.eval_pipeline(dot, id))
    }

    fn not_a_function(&self, node: NodeId, args: &[NodeId], last: Operand<'r>) -> Eval<()> {
        if args.is_empty() && last.is_missing() {
            return Ok(());
        }
        let node = self.program.describe(node);
        Err(self.error([b"can't give argument to non-function ", &*node].concat()))
    }

    fn eval_command(&mut self, dot: Operand<'r>, id: NodeId, last: Operand<'r>) -> Eval<Operand<'r>> {
        self.step()?;
        let NodeKind::Command(run) = self.program.node(id).kind else { return Ok(Operand::INVALID) };
        let Some((&first, args)) = self.program.children(run).split_first() else {
            return Ok(Operand::INVALID);
        };
        let Node { kind, .. } = *self.program.node(first);
        match kind {
            NodeKind::Field(fields) => return self.eval_field_node(dot, first, fields, args, last),
            NodeKind::Chain { node, fields } => {
                return self.eval_chain_node(dot, first, (node, fields), args, last);
            }
            NodeKind::Identifier(function) => {
                return self.eval_function(dot, first, function, id, args, last);
            }
            NodeKind::Pipe(_) => {
                // The arguments are all inside the parentheses.
                self.not_a_function(first, args, last)?;
                return self.eval_nested_pipeline(dot, first);
            }
            NodeKind::Variable { name, fields } => {
                return self.eval_variable_node(dot, first, (name, fields), args, last);
            }
            _ => {}
        }
        self.at(first);
        self.not_a_function(first, args, last)?;
        match kind {
            NodeKind::Bool(value) => Ok(Operand::concrete(Value::Bool(value))),
            NodeKind::Dot => Ok(dot),
            NodeKind::Nil => Err(self.error("nil is not a command")),
            NodeKind::Number(number) => self.ideal_constant(number),
            NodeKind::String { text, .. } => Ok(self.string_constant(text)),
            _ => {
                let quoted = gostd::strconv::quote(&self.program.describe(first));
                Err(self.error([b"can't evaluate command ", &*quoted].concat()))
            }
        }
    }

    pub(super) fn string_constant(&self, text: Slice) -> Operand<'r> {
        Operand::concrete(self.call.arena.string(self.program.bytes(text)))
    }

    /// The value of a number where no type is asked for: its syntax decides.
    pub(super) fn ideal_constant(&self, index: u32) -> Eval<Operand<'r>> {
        let number = self.program.number(index);
        let text = self.program.bytes(number.text);
        let is_hex = matches!(text, [b'0', b'x' | b'X', _, ..]) && !contains_any(text, b"pP");
        let is_rune = text.starts_with(b"'");
        let overflow = || self.error([text, b" overflows int"].concat());
        Ok(Operand::concrete(match (number.complex, number.float, number.int) {
            (Some((real, imaginary)), ..) => Value::Complex(real, imaginary),
            (_, Some(float), _) if !is_hex && !is_rune && contains_any(text, b".eEpP") => {
                Value::float64(float)
            }
            (_, _, Some(int)) => Value::int(int),
            _ if number.uint.is_some() => return Err(overflow()),
            _ => return Ok(Operand::INVALID),
        }))
    }

    pub(super) fn eval_field_node(
        &mut self,
        dot: Operand<'r>,
        id: NodeId,
        fields: Run,
        args: &'c [NodeId],
        last: Operand<'r>,
    ) -> Eval<Operand<'r>> {
        self.at(id);
        self.eval_field_chain(dot, dot, id, fields, args, last)
    }

    pub(super) fn eval_chain_node(
        &mut self,
        dot: Operand<'r>,
        id: NodeId,
        (node, fields): (NodeId, Run),
        args: &'c [NodeId],
        last: Operand<'r>,
    ) -> Eval<Operand<'r>> {
        self.at(id);
        let receiver = self.eval_arg(dot, None, node)?;
        self.eval_field_chain(dot, receiver, id, fields, args, last)
    }

    pub(super) fn eval_variable_node(
        &mut self,
        dot: Operand<'r>,
        id: NodeId,
        (name, fields): (VariableName, Run),
        args: &'c [NodeId],
        last: Operand<'r>,
    ) -> Eval<Operand<'r>> {
        self.at(id);
        let value = self.var_value(name)?;
        if self.program.fields(fields).is_empty() {
            self.not_a_function(id, args, last)?;
            return Ok(value);
        }
        self.eval_field_chain(dot, value, id, fields, args, last)
    }

    /// `.x.y.z` of a receiver; the last field gets the arguments, if it is a method.
    fn eval_field_chain(
        &mut self,
        dot: Operand<'r>,
        mut receiver: Operand<'r>,
        id: NodeId,
        fields: Run,
        args: &'c [NodeId],
        last: Operand<'r>,
    ) -> Eval<Operand<'r>> {
        let Some((final_field, fields)) = self.program.fields(fields).split_last() else {
            return Ok(receiver);
        };
        for field in fields {
            receiver = self.eval_field(dot, *field, id, &[], Operand::MISSING, receiver)?;
        }
        self.eval_field(dot, *final_field, id, args, last, receiver)
    }

    pub(super) fn eval_function(
        &mut self,
        dot: Operand<'r>,
        id: NodeId,
        function: u32,
        command: NodeId,
        args: &'c [NodeId],
        last: Operand<'r>,
    ) -> Eval<Operand<'r>> {
        self.at(id);
        let function = self.program.function(function);
        self.eval_call(dot, Callee::Function(function), command, function.name.as_bytes(), args, last)
    }

    /// One field, method or map key of a receiver.
    fn eval_field(
        &mut self,
        dot: Operand<'r>,
        name: Slice,
        id: NodeId,
        args: &'c [NodeId],
        last: Operand<'r>,
        receiver: Operand<'r>,
    ) -> Eval<Operand<'r>> {
        let name = self.program.bytes(name);
        if !receiver.is_valid() {
            if self.missing_key() == MissingKey::Error {
                let quoted = gostd::strconv::quote(name);
                return Err(self.error([b"nil data; no entry for key ", &*quoted].concat()));
            }
            return Ok(Operand::INVALID);
        }
        let has_args = !args.is_empty() || !last.is_missing();
        match receiver.value() {
            Value::Nil => {
                let type_name = receiver.type_name();
                Err(self.error([b"nil pointer evaluating ", type_name.as_bytes(), b".", name].concat()))
            }
            Value::Map(map) => {
                let functions = &self.call.templates.shared().functions;
                if let Some(method) = functions.method(map.map_type(), name) {
                    return self.eval_call(dot, Callee::MapMethod(method, map), id, name, args, last);
                }
                if has_args {
                    return Err(self.not_a_method(name));
                }
                let interfaces = map.map_type().holds_interfaces();
                match map.get(name) {
                    Some(value) => Ok(Operand::element(interfaces, value)),
                    None => self.missing_entry(name, Operand::element(interfaces, map.map_type().zero())),
                }
            }
            Value::Object(object) => {
                if let Some(signature) = object.method(name)
                    && (receiver.is_addressable() || !object.wants_address())
                {
                    let callee = Callee::ObjectMethod(object, signature);
                    return self.eval_call(dot, callee, id, name, args, last);
                }
                if object.kind() == Kind::Map {
                    if has_args {
                        return Err(self.not_a_method(name));
                    }
                    let key = self.call.arena.string(name);
                    return match object.index(key, self.call.arena) {
                        Some(value) => Ok(super::object_element(value)),
                        None => {
                            let zero = object.zero_element(self.call.arena);
                            self.missing_entry(name, super::object_element(zero))
                        }
                    };
                }
                let value = match object.field(name, self.call.arena) {
                    ObjectField::Missing => return Err(self.cannot_evaluate(name, receiver)),
                    ObjectField::Unexported => {
                        let type_name = receiver.type_name();
                        let what: &[u8] = b" is an unexported field of struct type ";
                        return Err(self.error([name, what, type_name.as_bytes()].concat()));
                    }
                    ObjectField::Interface(value) => Operand::interface(value),
                    ObjectField::Concrete(value) => {
                        // What a pointer leads to has an address.
                        if receiver.is_addressable() || object.kind() == Kind::Pointer {
                            Operand::addressable(value)
                        } else {
                            Operand::concrete(value)
                        }
                    }
                };
                if has_args {
                    let what: &[u8] = b" has arguments but cannot be invoked as function";
                    return Err(self.error([name, what].concat()));
                }
                Ok(value)
            }
            _ => Err(self.cannot_evaluate(name, receiver)),
        }
    }

    fn missing_key(&self) -> MissingKey {
        self.call.templates.shared().missing_key
    }

    fn missing_entry(&self, name: &[u8], zero: Operand<'r>) -> Eval<Operand<'r>> {
        match self.missing_key() {
            MissingKey::Invalid => Ok(Operand::INVALID),
            MissingKey::Zero => Ok(zero),
            MissingKey::Error => {
                let quoted = gostd::strconv::quote(name);
                Err(self.error([b"map has no entry for key ", &*quoted].concat()))
            }
        }
    }

    fn not_a_method(&self, name: &[u8]) -> crate::ExecError {
        self.error([name, b" is not a method but has arguments"].concat())
    }

    fn cannot_evaluate(&self, name: &[u8], receiver: Operand<'r>) -> crate::ExecError {
        let type_name = receiver.type_name();
        self.error([b"can't evaluate field ", name, b" in type ", type_name.as_bytes()].concat())
    }
}

fn contains_any(text: &[u8], bytes: &[u8]) -> bool {
    text.iter().any(|byte| bytes.contains(byte))
}
