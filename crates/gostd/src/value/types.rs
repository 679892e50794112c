//! Kinds and types, as far as templates can see them: parameters, results, error texts.

use super::{ListType, MapType};

/// A kind, as `reflect.Kind` has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are Go's and say all")]
pub enum Kind {
    Invalid,
    Bool,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uintptr,
    Float32,
    Float64,
    Complex64,
    Complex128,
    Array,
    Chan,
    Func,
    Interface,
    Map,
    Pointer,
    Slice,
    String,
    Struct,
}

impl Kind {
    /// The kind's name, as Go prints it (`ptr` for pointers).
    pub fn name(self) -> &'static str {
        match self {
            Kind::Invalid => "invalid",
            Kind::Bool => "bool",
            Kind::Int => "int",
            Kind::Int8 => "int8",
            Kind::Int16 => "int16",
            Kind::Int32 => "int32",
            Kind::Int64 => "int64",
            Kind::Uint => "uint",
            Kind::Uint8 => "uint8",
            Kind::Uint16 => "uint16",
            Kind::Uint32 => "uint32",
            Kind::Uint64 => "uint64",
            Kind::Uintptr => "uintptr",
            Kind::Float32 => "float32",
            Kind::Float64 => "float64",
            Kind::Complex64 => "complex64",
            Kind::Complex128 => "complex128",
            Kind::Array => "array",
            Kind::Chan => "chan",
            Kind::Func => "func",
            Kind::Interface => "interface",
            Kind::Map => "map",
            Kind::Pointer => "ptr",
            Kind::Slice => "slice",
            Kind::String => "string",
            Kind::Struct => "struct",
        }
    }
}

/// The signed integer kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are Go's and say all")]
pub enum IntKind {
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
}

impl IntKind {
    /// The kind in the list of all.
    pub fn kind(self) -> Kind {
        match self {
            IntKind::Int => Kind::Int,
            IntKind::Int8 => Kind::Int8,
            IntKind::Int16 => Kind::Int16,
            IntKind::Int32 => Kind::Int32,
            IntKind::Int64 => Kind::Int64,
        }
    }
}

/// The unsigned integer kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are Go's and say all")]
pub enum UintKind {
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uintptr,
}

impl UintKind {
    /// The kind in the list of all.
    pub fn kind(self) -> Kind {
        match self {
            UintKind::Uint => Kind::Uint,
            UintKind::Uint8 => Kind::Uint8,
            UintKind::Uint16 => Kind::Uint16,
            UintKind::Uint32 => Kind::Uint32,
            UintKind::Uint64 => Kind::Uint64,
            UintKind::Uintptr => Kind::Uintptr,
        }
    }
}

/// The floating-point kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are Go's and say all")]
pub enum FloatKind {
    Float32,
    Float64,
}

/// The declared type of a parameter or a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`
    Any,
    /// `reflect.Value`: takes anything, a missing value too.
    ReflectValue,
    /// `bool`
    Bool,
    /// `string`
    String,
    /// A signed integer.
    Int(IntKind),
    /// An unsigned integer.
    Uint(UintKind),
    /// A floating-point number.
    Float(FloatKind),
    /// A map.
    Map(MapType),
    /// A slice.
    List(ListType),
    /// A named type by its Go name, of the kind given (`time.Time` is a struct, `time.Duration` an int64,
    /// `*semver.Version` a pointer).
    Named(&'static str, Kind),
}

impl Type {
    /// The type's name, as Go prints it in argument errors.
    pub fn name(self) -> &'static str {
        match self {
            Type::Any => "interface {}",
            Type::ReflectValue => "reflect.Value",
            Type::Bool => "bool",
            Type::String => "string",
            Type::Int(kind) => kind.kind().name(),
            Type::Uint(kind) => kind.kind().name(),
            Type::Float(FloatKind::Float32) => "float32",
            Type::Float(FloatKind::Float64) => "float64",
            Type::Map(map_type) => map_type.name(),
            Type::List(list_type) => list_type.name(),
            Type::Named(name, _) => name,
        }
    }
}

/// The signature of a template function or a method: what arguments are checked and converted against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The parameters; of a variadic function the last is the element type of its rest.
    pub params: &'static [Type],
    /// Whether the last parameter may be given any number of times.
    pub variadic: bool,
    /// The declared type of the (first) result.
    pub result: Type,
}
