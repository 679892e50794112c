//! Go's builtin functions, as `text/template/funcs.go` has them.

mod compare;
mod escape;
mod index;
mod print;

use gostd::value::{Signature, Type, Value};

use crate::function::{Body, Call, CallError, Function};
use crate::operand::{Operand, is_true};

/// A builtin that tells no value, nil interfaces and concrete values apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those in templates")]
pub enum Builtin {
    And,
    Call,
    Eq,
    Ge,
    Gt,
    Index,
    Le,
    Len,
    Lt,
    Ne,
    Not,
    Or,
    Slice,
}

const fn builtin(
    name: &'static str,
    builtin: Builtin,
    params: &'static [Type],
    variadic: bool,
    result: Type,
) -> Function {
    Function { name, signature: Signature { params, variadic, result }, body: Body::Builtin(builtin) }
}

const fn printer(
    name: &'static str,
    params: &'static [Type],
    body: for<'c, 'r> fn(&Call<'c, 'r>, &[Value<'r>]) -> Result<Value<'r>, CallError>,
) -> Function {
    Function {
        name,
        signature: Signature { params, variadic: true, result: Type::String },
        body: Body::Plain(body),
    }
}

const ONE: &[Type] = &[Type::ReflectValue];
const TWO: &[Type] = &[Type::ReflectValue, Type::ReflectValue];

/// The builtins.
pub(crate) const FUNCTIONS: &[Function] = &[
    builtin("and", Builtin::And, TWO, true, Type::ReflectValue),
    builtin("call", Builtin::Call, TWO, true, Type::ReflectValue),
    builtin("eq", Builtin::Eq, TWO, true, Type::Bool),
    builtin("ge", Builtin::Ge, TWO, false, Type::Bool),
    builtin("gt", Builtin::Gt, TWO, false, Type::Bool),
    builtin("index", Builtin::Index, TWO, true, Type::ReflectValue),
    builtin("le", Builtin::Le, TWO, false, Type::Bool),
    builtin("len", Builtin::Len, ONE, false, Type::Int(gostd::value::IntKind::Int)),
    builtin("lt", Builtin::Lt, TWO, false, Type::Bool),
    builtin("ne", Builtin::Ne, TWO, false, Type::Bool),
    builtin("not", Builtin::Not, ONE, false, Type::Bool),
    builtin("or", Builtin::Or, TWO, true, Type::ReflectValue),
    builtin("slice", Builtin::Slice, TWO, true, Type::ReflectValue),
    printer("html", &[Type::Any], |call, args| print::escaped(call, args, escape::html)),
    printer("js", &[Type::Any], |call, args| print::escaped(call, args, escape::js)),
    printer("print", &[Type::Any], print::print),
    printer("printf", &[Type::String, Type::Any], print::printf),
    printer("println", &[Type::Any], print::println),
    printer("urlquery", &[Type::Any], |call, args| print::escaped(call, args, escape::url_query)),
];

impl Builtin {
    /// Calls it with arguments that fit its signature. `callee_name` is how the source spells the first one.
    pub(crate) fn call<'r>(
        self,
        call: &Call<'_, 'r>,
        args: &[Operand<'r>],
        callee_name: impl FnOnce() -> Vec<u8>,
    ) -> Result<Operand<'r>, CallError> {
        // The arguments were counted against the signature.
        let (first, rest) = match args.split_first() {
            Some((first, rest)) => (*first, rest),
            None => (Operand::INVALID, args),
        };
        let second = || rest.first().copied().unwrap_or(Operand::INVALID);
        let bool = |value| Operand::concrete(Value::Bool(value));
        match self {
            Builtin::Eq => compare::eq(call, first, rest).map(bool),
            Builtin::Ne => compare::eq(call, first, rest).map(|equal| bool(!equal)),
            Builtin::Lt => compare::lt(first, second()).map(bool),
            Builtin::Le => compare::le(call, first, second()).map(bool),
            Builtin::Gt => compare::le(call, first, second()).map(|at_most| bool(!at_most)),
            Builtin::Ge => compare::lt(first, second()).map(|less| bool(!less)),
            Builtin::Not => Ok(bool(!is_true(first.value()))),
            Builtin::Len => index::len(first),
            Builtin::Index => index::index(call.arena, first, rest),
            Builtin::Slice => index::slice(call.arena, first, rest),
            Builtin::Call => {
                let function = first.indirect_interface();
                if !function.is_valid() {
                    return Err(CallError::failed("call of nil"));
                }
                // No value that templates can get hold of is a function.
                let type_name = function.type_name();
                let parts = [b"non-function ", &*callee_name(), b" of type ", type_name.as_bytes()];
                Err(CallError::Failed(parts.concat()))
            }
            // The evaluator doesn't call these: they don't evaluate all their arguments.
            Builtin::And | Builtin::Or => Ok(rest.last().copied().unwrap_or(first)),
        }
    }
}
