//! Calls: arguments checked and converted against signatures, as Go's reflection does it.

use gostd::value::{FloatKind, IntKind, Kind, MapRef, MapType, Object, Signature, Type, UintKind, Value};

use super::{Eval, State};
use crate::builtins::Builtin;
use crate::error::Reason;
use crate::function::{Body, Call, CallError, Function};
use crate::node::{NodeId, NodeKind};
use crate::operand::Operand;
use crate::table::Method;

/// What is called.
#[derive(Clone, Copy)]
pub(super) enum Callee<'c, 'r> {
    Function(&'c Function),
    MapMethod(&'c Method, MapRef<'r>),
    ObjectMethod(&'r dyn Object<'r>, Signature),
}

impl Callee<'_, '_> {
    fn signature(&self) -> Signature {
        match self {
            Callee::Function(function) => function.signature,
            Callee::MapMethod(method, _) => method.signature,
            Callee::ObjectMethod(_, signature) => *signature,
        }
    }

    fn builtin(&self) -> Option<Builtin> {
        match self {
            Callee::Function(Function { body: Body::Builtin(builtin), .. }) => Some(*builtin),
            _ => None,
        }
    }
}

impl<'c, 'r> State<'c, 'r, '_> {
    /// Calls a function or a method. `last` is the value that the pipeline hands on as last argument.
    pub(super) fn eval_call(
        &mut self,
        dot: Operand<'r>,
        callee: Callee<'c, 'r>,
        id: NodeId,
        name: &'c [u8],
        args: &'c [NodeId],
        last: Operand<'r>,
    ) -> Eval<Operand<'r>> {
        if matches!(callee, Callee::Function(Function { body: Body::Unimplemented, .. })) {
            return Err(self.call_failed(id, name, CallError::Unimplemented));
        }
        let signature = callee.signature();
        self.check_count(&signature, name, args.len(), last)?;
        if let Callee::ObjectMethod(object, _) = callee
            && let Some(problem) = object.uncallable(name)
        {
            return Err(self.error(problem.as_bytes()));
        }
        let Some(builtin) = callee.builtin() else {
            let base = self.values.len();
            for (index, arg) in args.iter().enumerate() {
                let value = self.eval_arg(dot, Some(param(&signature, index)), *arg)?;
                self.values.push(value.value());
            }
            if !last.is_missing() {
                let value = self.validate_type(last, Some(param(&signature, args.len())))?;
                self.values.push(value.value());
            }
            let args = &self.values[base..];
            let steps = STEPS_OF_A_CALL + args.iter().copied().map(reading_steps).sum::<u64>();
            let result = match self.call.budget.step(steps) {
                Ok(()) => self.invoke(callee, name, args),
                Err(exceeded) => Err(exceeded.into()),
            };
            self.values.truncate(base);
            self.within(self.call.budget.memory(self.call.arena.allocated()))?;
            return match result {
                Ok(value) => Ok(Operand::of_type(signature.result, value)),
                Err(error) => Err(self.call_failed(id, name, error)),
            };
        };
        if let Builtin::And | Builtin::Or = builtin {
            return self.eval_and_or(dot, builtin, args, last);
        }
        let base = self.operands.len();
        for (index, arg) in args.iter().enumerate() {
            let operand = self.eval_arg(dot, Some(param(&signature, index)), *arg)?;
            self.operands.push(operand);
        }
        if !last.is_missing() {
            let operand = self.validate_type(last, Some(param(&signature, args.len())))?;
            self.operands.push(operand);
        }
        let callee_name = || match args.first() {
            Some(arg) => self.program.describe(*arg),
            None => reflect_string(last),
        };
        let args = self.operands[base..].iter().map(|operand| operand.value());
        let result = match self.call.budget.step(args.map(reading_steps).sum()) {
            Ok(()) => builtin.call(&self.call, &self.operands[base..], callee_name),
            Err(exceeded) => Err(exceeded.into()),
        };
        self.operands.truncate(base);
        result.map_err(|error| self.call_failed(id, name, error))
    }

    fn invoke(
        &self,
        callee: Callee<'c, 'r>,
        name: &[u8],
        args: &[Value<'r>],
    ) -> Result<Value<'r>, CallError> {
        let site = self.site();
        let call = Call { site: Some(&site), ..self.call };
        match callee {
            Callee::Function(Function { body: Body::Plain(body), .. }) => body(&call, args),
            Callee::Function(Function { name, body: Body::Host, .. }) => {
                self.call.host.call(name, &call, args)
            }
            // Both are handled before there are arguments.
            Callee::Function(Function { body: Body::Builtin(_) | Body::Unimplemented, .. }) => {
                Err(CallError::Unimplemented)
            }
            Callee::MapMethod(method, receiver) => (method.body)(&call, receiver, args),
            Callee::ObjectMethod(object, ..) => {
                self.call.budget.step(object.call_steps(name, args))?;
                let result = object.call(name, args, self.call.arena);
                if let Ok(Value::Object(made)) = result {
                    // What objects own isn't the arena's.
                    self.call.budget.bytes(made.len().map_or(0, |len| 64 * len as u64))?;
                }
                result.map_err(|error| CallError::failed(error.as_bytes()))
            }
        }
    }

    fn call_failed(&mut self, id: NodeId, name: &[u8], error: CallError) -> crate::ExecError {
        self.at(id);
        self.failure(Reason::Call { name: name.into(), error })
    }

    fn check_count(&self, signature: &Signature, name: &[u8], args: usize, last: Operand<'r>) -> Eval<()> {
        let given = args + usize::from(!last.is_missing());
        let params = signature.params.len();
        let complaint = if signature.variadic {
            if given >= params.saturating_sub(1) {
                return Ok(());
            }
            format!("want at least {} got {args}", params.saturating_sub(1))
        } else {
            if given == params {
                return Ok(());
            }
            format!("want {params} got {given}")
        };
        Err(self.error([b"wrong number of args for ", name, b": ", complaint.as_bytes()].concat()))
    }

    /// `and` and `or` evaluate no further than they must, and give the operand that decided.
    fn eval_and_or(
        &mut self,
        dot: Operand<'r>,
        builtin: Builtin,
        args: &'c [NodeId],
        last: Operand<'r>,
    ) -> Eval<Operand<'r>> {
        let mut value = Operand::INVALID;
        for arg in args {
            value = self.eval_arg(dot, Some(Type::ReflectValue), *arg)?;
            if value.truth() == matches!(builtin, Builtin::Or) {
                return Ok(value);
            }
        }
        if !last.is_missing() {
            value = self.validate_type(last, Some(Type::ReflectValue))?;
        }
        Ok(value)
    }

    /// Makes a value fit a type; no type takes everything.
    fn validate_type(&self, value: Operand<'r>, wanted: Option<Type>) -> Eval<Operand<'r>> {
        let Some(wanted) = wanted else { return Ok(value) };
        if !value.is_valid() {
            return match self.nil_of(wanted) {
                Some(nil) => Ok(nil),
                None => Err(self.error(format!("invalid value; expected {}", wanted.name()))),
            };
        }
        if wanted == Type::ReflectValue {
            return Ok(value);
        }
        if let Some(fitting) = assign(value, wanted) {
            return Ok(fitting);
        }
        let value = if value.is_nil_interface() { value } else { value.indirect_interface() };
        if let Some(fitting) = assign(value, wanted).or_else(|| assign_indirect(value, wanted)) {
            return Ok(fitting);
        }
        let type_name = value.type_name();
        Err(self.error(format!("wrong type for value; expected {}; got {type_name}", wanted.name())))
    }

    /// The nil of a type that has one.
    fn nil_of(&self, wanted: Type) -> Option<Operand<'r>> {
        let arena = self.call.arena;
        match wanted {
            Type::Any => Some(Operand::interface(Value::Nil)),
            Type::ReflectValue => Some(Operand::INVALID),
            Type::Map(map_type) => Some(Operand::concrete(Value::Map(arena.nil_map(map_type)))),
            Type::List(list_type) => Some(Operand::concrete(Value::List(arena.nil_list(list_type)))),
            Type::Named(_, Kind::Interface) => Some(Operand::interface(Value::Nil)),
            Type::Named(_, Kind::Chan | Kind::Func | Kind::Map | Kind::Pointer | Kind::Slice) => {
                Some(Operand::concrete(Value::Nil))
            }
            Type::Named(..) | Type::Bool | Type::String | Type::Int(_) | Type::Uint(_) | Type::Float(_) => {
                None
            }
        }
    }

    /// An argument, made to fit the parameter's type.
    pub(super) fn eval_arg(
        &mut self,
        dot: Operand<'r>,
        wanted: Option<Type>,
        id: NodeId,
    ) -> Eval<Operand<'r>> {
        self.at(id);
        self.step()?;
        let kind = self.program.node(id).kind;
        let value = match kind {
            NodeKind::Dot => dot,
            NodeKind::Nil => {
                let Some(wanted) = wanted else { return Ok(Operand::INVALID) };
                return self
                    .nil_of(wanted)
                    .ok_or_else(|| self.error(format!("cannot assign nil to {}", wanted.name())));
            }
            NodeKind::Field(fields) => self.eval_field_node(dot, id, fields, &[], Operand::MISSING)?,
            NodeKind::Variable { name, fields } => {
                self.eval_variable_node(dot, id, (name, fields), &[], Operand::MISSING)?
            }
            NodeKind::Pipe(_) => self.eval_nested_pipeline(dot, id)?,
            NodeKind::Identifier(function) => {
                self.eval_function(dot, id, function, id, &[], Operand::MISSING)?
            }
            NodeKind::Chain { node, fields } => {
                self.eval_chain_node(dot, id, (node, fields), &[], Operand::MISSING)?
            }
            _ => return self.eval_constant(wanted, id, kind),
        };
        self.validate_type(value, wanted)
    }

    /// A literal, as the parameter's type wants it.
    fn eval_constant(&self, wanted: Option<Type>, id: NodeId, kind: NodeKind) -> Eval<Operand<'r>> {
        let number = match kind {
            NodeKind::Number(index) => Some(self.program.number(index)),
            _ => None,
        };
        let (found, expected) = match wanted.map_or(Kind::Interface, kind_of) {
            Kind::Bool => (
                match kind {
                    NodeKind::Bool(value) => Some(Value::Bool(value)),
                    _ => None,
                },
                "bool",
            ),
            Kind::String => (
                match kind {
                    NodeKind::String { text, .. } => Some(self.string_constant(text).value()),
                    _ => None,
                },
                "string",
            ),
            Kind::Int => (number.and_then(|number| number.int).map(Value::int), "integer"),
            Kind::Int8 => (signed(number, IntKind::Int8, |int| i64::from(int as i8)), "integer"),
            Kind::Int16 => (signed(number, IntKind::Int16, |int| i64::from(int as i16)), "integer"),
            Kind::Int32 => (signed(number, IntKind::Int32, |int| i64::from(int as i32)), "integer"),
            Kind::Int64 => (signed(number, IntKind::Int64, |int| int), "integer"),
            Kind::Uint => (unsigned(number, UintKind::Uint, |uint| uint), "unsigned integer"),
            Kind::Uint8 => {
                (unsigned(number, UintKind::Uint8, |uint| u64::from(uint as u8)), "unsigned integer")
            }
            Kind::Uint16 => {
                (unsigned(number, UintKind::Uint16, |uint| u64::from(uint as u16)), "unsigned integer")
            }
            Kind::Uint32 => {
                (unsigned(number, UintKind::Uint32, |uint| u64::from(uint as u32)), "unsigned integer")
            }
            Kind::Uint64 => (unsigned(number, UintKind::Uint64, |uint| uint), "unsigned integer"),
            Kind::Uintptr => (unsigned(number, UintKind::Uintptr, |uint| uint), "unsigned integer"),
            Kind::Float32 => (
                number
                    .and_then(|number| number.float)
                    .map(|float| Value::Float(FloatKind::Float32, f64::from(float as f32))),
                "float",
            ),
            Kind::Float64 => (number.and_then(|number| number.float).map(Value::float64), "float"),
            Kind::Complex64 | Kind::Complex128 => {
                let complex = number.and_then(|number| number.complex);
                (complex.map(|(real, imaginary)| Value::Complex(real, imaginary)), "complex")
            }
            Kind::Interface if !matches!(wanted, Some(Type::Named(..))) => {
                return self.eval_empty_interface(id, kind);
            }
            _ => {
                let type_name = wanted.map_or("interface {}", Type::name);
                let node = self.program.describe(id);
                let message = [b"can't handle ", &*node, b" for arg of type ", type_name.as_bytes()];
                return Err(self.error(message.concat()));
            }
        };
        match found {
            Some(value) => Ok(Operand::concrete(value)),
            None => {
                let node = self.program.describe(id);
                Err(self.error([b"expected ", expected.as_bytes(), b"; found ", &*node].concat()))
            }
        }
    }

    fn eval_empty_interface(&self, id: NodeId, kind: NodeKind) -> Eval<Operand<'r>> {
        match kind {
            NodeKind::Bool(value) => Ok(Operand::concrete(Value::Bool(value))),
            NodeKind::Number(number) => self.ideal_constant(number),
            NodeKind::String { text, .. } => Ok(self.string_constant(text)),
            _ => {
                let node = self.program.describe(id);
                let what: &[u8] = b" to empty interface argument";
                Err(self.error([b"can't handle assignment of ", &*node, what].concat()))
            }
        }
    }
}

/// The type of the parameter that takes the argument at an index.
fn param(signature: &Signature, index: usize) -> Type {
    let last = signature.params.len().saturating_sub(1);
    signature.params.get(index.min(last)).copied().unwrap_or(Type::Any)
}

/// What a call takes beside the nodes of its arguments, in steps: most functions take a microsecond or less.
const STEPS_OF_A_CALL: u64 = 10;

/// What it takes to read an argument through, as most functions do, in steps.
fn reading_steps(value: Value<'_>) -> u64 {
    let (len, in_a_step) = match value {
        Value::String(text) => (text.len(), 8),
        Value::List(list) => (list.len(), 8),
        // Most look for one key.
        Value::Map(map) => (map.len(), 64),
        _ => (0, 1),
    };
    len as u64 / in_a_step
}

/// The kind of a type; `reflect.Value`, which takes any constant, passes for the empty interface.
fn kind_of(wanted: Type) -> Kind {
    match wanted {
        Type::Any | Type::ReflectValue => Kind::Interface,
        Type::Bool => Kind::Bool,
        Type::String => Kind::String,
        Type::Int(kind) => kind.kind(),
        Type::Uint(kind) => kind.kind(),
        Type::Float(FloatKind::Float32) => Kind::Float32,
        Type::Float(FloatKind::Float64) => Kind::Float64,
        Type::Map(_) => Kind::Map,
        Type::List(_) => Kind::Slice,
        Type::Named(_, kind) => kind,
    }
}

fn signed<'r>(
    number: Option<&crate::node::Number>,
    kind: IntKind,
    wrap: fn(i64) -> i64,
) -> Option<Value<'r>> {
    Some(Value::Int(kind, wrap(number?.int?)))
}

fn unsigned<'r>(
    number: Option<&crate::node::Number>,
    kind: UintKind,
    wrap: fn(u64) -> u64,
) -> Option<Value<'r>> {
    Some(Value::Uint(kind, wrap(number?.uint?)))
}

/// The value as a value of the type, where Go could assign it as it is.
fn assign<'r>(value: Operand<'r>, wanted: Type) -> Option<Operand<'r>> {
    if wanted == Type::Any {
        return Some(value);
    }
    if value.is_interface() {
        return None;
    }
    let fits = match (value.value(), wanted) {
        (Value::Bool(_), Type::Bool) | (Value::String(_), Type::String) => true,
        (Value::Int(kind, _), Type::Int(wanted)) => kind == wanted,
        (Value::Uint(kind, _), Type::Uint(wanted)) => kind == wanted,
        (Value::Float(kind, _), Type::Float(wanted)) => kind == wanted,
        (Value::List(list), Type::List(wanted)) => list.list_type() == wanted,
        // A named map type and the unnamed one under it are assignable both ways: the reference changes its
        // type, the map stays.
        (Value::Map(map), Type::Map(wanted)) => {
            let from = map.map_type();
            let assignable = from == wanted
                || (from == MapType::StringAny && is_named_string_any(wanted))
                || (is_named_string_any(from) && wanted == MapType::StringAny);
            return assignable.then(|| Operand::concrete(Value::Map(map.with_type(wanted))));
        }
        (Value::Object(object), Type::Named(name, _)) => object.type_name() == name,
        _ => false,
    };
    fits.then_some(value)
}

fn is_named_string_any(map_type: MapType) -> bool {
    matches!(map_type, MapType::CommonValues | MapType::ChartutilValues)
}

/// The same through one dereference of a pointer, or the address of what has one.
fn assign_indirect<'r>(value: Operand<'r>, wanted: Type) -> Option<Operand<'r>> {
    let (Value::Object(object), Type::Named(wanted, _)) = (value.value(), wanted) else { return None };
    let name = object.type_name();
    let fits = name.strip_prefix('*') == Some(wanted)
        || (value.is_addressable() && wanted.strip_prefix('*') == Some(&*name));
    fits.then_some(value)
}

/// What `String` gives of a `reflect.Value`: a string itself, and of anything else its type.
fn reflect_string(value: Operand<'_>) -> Vec<u8> {
    match value.value() {
        _ if !value.is_valid() => b"<invalid Value>".to_vec(),
        Value::String(text) if !value.is_interface() => text.to_vec(),
        _ => format!("<{} Value>", value.type_name()).into_bytes(),
    }
}
