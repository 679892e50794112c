//! What a line of the function table is made of.

use gostd::value::{FloatKind, IntKind, Kind, ListType, MapType, Signature, Type, UintKind, Value};
use gotemplate::{Body, Call, CallError, Function};

/// What a function's body gives.
pub(crate) type Answer<'r> = Result<Value<'r>, CallError>;

/// A function's body.
pub(crate) type Plain = for<'c, 'r> fn(&Call<'c, 'r>, &[Value<'r>]) -> Answer<'r>;

pub(crate) const ANY: Type = Type::Any;
pub(crate) const BOOL: Type = Type::Bool;
pub(crate) const STRING: Type = Type::String;
pub(crate) const INT: Type = Type::Int(IntKind::Int);
pub(crate) const INT64: Type = Type::Int(IntKind::Int64);
pub(crate) const UINT32: Type = Type::Uint(UintKind::Uint32);
pub(crate) const FLOAT64: Type = Type::Float(FloatKind::Float64);
pub(crate) const MAP: Type = Type::Map(MapType::StringAny);
pub(crate) const STRING_MAP: Type = Type::Map(MapType::StringString);
pub(crate) const LIST: Type = Type::List(ListType::Any);
pub(crate) const LISTS: Type = Type::List(ListType::ListOfAny);
pub(crate) const STRINGS: Type = Type::List(ListType::String);
pub(crate) const INTS: Type = Type::List(ListType::Int);
pub(crate) const TIME: Type = Type::Named("time.Time", Kind::Struct);
pub(crate) const CERTIFICATE: Type = Type::Named("sprig.certificate", Kind::Struct);
pub(crate) const VERSION: Type = Type::Named("*semver.Version", Kind::Pointer);

/// A function with a fixed number of parameters.
pub(crate) const fn fixed(
    name: &'static str,
    params: &'static [Type],
    result: Type,
    body: Plain,
) -> Function {
    Function { name, signature: Signature { params, variadic: false, result }, body: Body::Plain(body) }
}

/// A function whose last parameter may be given any number of times.
pub(crate) const fn variadic(
    name: &'static str,
    params: &'static [Type],
    result: Type,
    body: Plain,
) -> Function {
    Function { name, signature: Signature { params, variadic: true, result }, body: Body::Plain(body) }
}
