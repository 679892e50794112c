//! The door through which structs, pointers and named types come into templates.

use std::any::Any;
use std::borrow::Cow;

use super::{Arena, Kind, Signature, Value};

/// What a field look-up on an object found.
#[derive(Clone, Copy, Debug)]
pub enum ObjectField<'r> {
    /// There is no such field.
    Missing,
    /// There is one, but templates can't see it.
    Unexported,
    /// A field of interface type: its dynamic type shows only when unwrapped.
    Interface(Value<'r>),
    /// A field of a concrete type.
    Concrete(Value<'r>),
}

/// A field of a struct type: its Go name, and what encoders call it.
#[derive(Clone, Copy, Debug)]
pub struct FieldType {
    /// The Go name.
    pub name: &'static str,
    /// The key in JSON.
    pub json: FieldKey,
    /// The key in YAML as go-yaml v3 writes it.
    pub yaml: FieldKey,
}

/// What an encoder makes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKey {
    /// It is written under this key.
    Always(&'static str),
    /// It is written under this key unless it is empty.
    UnlessEmpty(&'static str),
    /// It is a struct whose fields are written among those around it.
    Inline,
    /// It is not written.
    Never,
}

/// A field of a struct.
#[derive(Clone, Copy)]
pub struct StructField<'r> {
    /// The field's type.
    pub field: &'static FieldType,
    /// Its value.
    pub value: Value<'r>,
}

impl StructField<'_> {
    /// Whether the value is what encoders leave out (`omitempty`).
    pub fn is_empty(&self) -> bool {
        match self.value {
            Value::Nil => true,
            Value::Bool(value) => !value,
            Value::Int(_, value) => value == 0,
            Value::Uint(_, value) => value == 0,
            Value::Float(_, value) => value == 0.0,
            Value::Complex(..) => false,
            Value::String(text) => text.is_empty(),
            Value::Map(map) => map.is_empty(),
            Value::List(list) => list.is_empty(),
            Value::Object(object) => object.is_empty(),
        }
    }
}

/// What a type is made of, for what goes by that and not by methods: formats whose verb takes no text, encoders.
pub enum Structure<'a> {
    /// Not known: the object prints itself.
    Opaque,
    /// A nil pointer.
    Nil,
    /// A struct, or what a pointer leads to.
    Fields(&'a [StructField<'a>]),
    /// A map or a list, under the object's type name.
    Data(Value<'a>),
}

/// A Go value that is neither a scalar nor a plain map or slice: `time.Time`, `*semver.Version`,
/// `.Capabilities`, `.Files`, …
///
/// The defaults describe an opaque struct without fields or methods.
pub trait Object<'r> {
    /// The Go type's name, as `%T` prints it.
    fn type_name(&self) -> Cow<'static, str>;

    /// The Go kind: `Struct` or `Pointer` mostly; named integers, maps and slices say theirs.
    fn kind(&self) -> Kind {
        Kind::Struct
    }

    /// The exported field of that name.
    fn field(&self, name: &[u8], arena: &'r Arena) -> ObjectField<'r> {
        let _ = (name, arena);
        ObjectField::Missing
    }

    /// The signature of the exported method of that name.
    fn method(&self, name: &[u8]) -> Option<Signature> {
        let _ = name;
        None
    }

    /// Whether the methods are those of a pointer to the struct: a value without an address hasn't got them.
    fn wants_address(&self) -> bool {
        false
    }

    /// Why templates can't call a method that the type does have: its results aren't such as they take.
    fn uncallable(&self, name: &[u8]) -> Option<Cow<'static, str>> {
        let _ = name;
        None
    }

    /// What calling a method takes, in steps of a render's budget.
    fn call_steps(&self, name: &[u8], args: &[Value<'r>]) -> u64 {
        let _ = (name, args);
        self.len().map_or(0, |len| len as u64 / 8)
    }

    /// Calls a method with arguments that fit its signature. An error is the text of the Go error, or of the
    /// panic that Go's template package turns into one.
    fn call(
        &self,
        name: &[u8],
        args: &[Value<'r>],
        arena: &'r Arena,
    ) -> Result<Value<'r>, Cow<'static, str>> {
        let _ = (args, arena);
        Err(Cow::Owned(format!("no method {}", String::from_utf8_lossy(name))))
    }

    /// The text that `fmt` prints for `%v` and `%s` through a `String` or `Error` method or by structure.
    /// `in_action` is true where a template action prints the value itself (Go takes the address of
    /// addressable values there, so that pointer methods show).
    fn print(&self, in_action: bool, out: &mut Vec<u8>);

    /// The fields in their order, of a struct (or a pointer to one) that formats print by its structure.
    fn fields(&self) -> &[StructField<'r>] {
        &[]
    }

    /// What the type is made of, put into an arena that lives as long as it takes to print or encode it. Types
    /// with [`Object::fields`] need none.
    fn structure<'a>(&'a self, arena: &'a Arena) -> Structure<'a> {
        let _ = arena;
        Structure::Opaque
    }

    /// What a `GoString` method gives for `%#v`, of types that have one.
    fn go_string(&self) -> Option<Vec<u8>> {
        None
    }

    /// The deep copy by a copier that leaves fields out which it can't see; `None` where that loses nothing.
    fn deep_copy(&self, arena: &'r Arena) -> Option<Value<'r>> {
        let _ = arena;
        None
    }

    /// The JSON that `encoding/json` writes, with HTML characters escaped or not; an error is Go's text.
    fn json(&self, escape_html: bool, out: &mut Vec<u8>) -> Result<(), Cow<'static, str>> {
        let _ = escape_html;
        out.extend_from_slice(b"{}");
        Ok(())
    }

    /// Whether the value is true in a condition: structs always are.
    fn truth(&self) -> bool {
        true
    }

    /// The number of elements, of objects whose kind is a map, a slice or a string.
    fn len(&self) -> Option<usize> {
        None
    }

    /// Whether `len` is zero.
    fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The element under a map key or at a slice index.
    fn index(&self, index: Value<'r>, arena: &'r Arena) -> Option<Value<'r>> {
        let _ = (index, arena);
        None
    }

    /// The zero of the element type: what a missing map key reads as.
    fn zero_element(&self, arena: &'r Arena) -> Value<'r> {
        let _ = arena;
        Value::Nil
    }

    /// The elements in the order `range` visits them, with their keys or indices.
    fn entries(&self, arena: &'r Arena) -> Vec<(Value<'r>, Value<'r>)> {
        let _ = arena;
        Vec::new()
    }

    /// The integer behind a named integer type (`time.Month`, `time.Duration`).
    fn as_int(&self) -> Option<i64> {
        None
    }

    /// Another value of the named integer type.
    fn with_int(&self, number: i64, arena: &'r Arena) -> Option<Value<'r>> {
        let _ = (number, arena);
        None
    }

    /// The object as `Any`, for those that own all their data: lets functions take back what they gave.
    fn as_any(&self) -> Option<&dyn Any> {
        None
    }
}
