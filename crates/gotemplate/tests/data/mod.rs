//! The data and the functions of the fixtures, as `tests/baseline/main.go` has them.

use std::borrow::Cow;

use gostd::fmt::{sprint, sprintf};
use gostd::strconv::quote;
use gostd::value::{
    Arena, FloatKind, IntKind, Kind, ListType, MapType, Object, ObjectField, Signature, Type, UintKind, Value,
};
use gotemplate::{Body, Call, CallError, Function, Host, Method, Refusal, Site, Template, World};

/// A world that isn't asked.
pub(crate) struct NoWorld;

impl World for NoWorld {
    fn now(&self, function: &'static str) -> Result<(i64, u32), Refusal> {
        Err(Refusal { function, asked_for: "the time" })
    }

    fn entropy(&self, function: &'static str, _: Option<&Site<'_>>, _: &mut [u8]) -> Result<(), Refusal> {
        Err(Refusal { function, asked_for: "randomness" })
    }
}

/// `include` and `tpl`.
pub(crate) struct Embedding;

impl<'r> Host<'r> for Embedding {
    fn call(
        &self,
        name: &'static str,
        call: &Call<'_, 'r>,
        args: &[Value<'r>],
    ) -> Result<Value<'r>, CallError> {
        let text = args[0].as_bytes().unwrap();
        if name == "include" {
            return Ok(call.arena.string(call.execute(text, args[1])?));
        }
        let context = |what: &str| [what.as_bytes(), &quote(text)].concat();
        let template = Template::parse("gotpl", text, call.templates.functions()).map_err(|error| {
            CallError::Parse { context: context("cannot parse "), error: Box::new(error) }
        })?;
        let set = call.templates.overlay(&template);
        match call.with_templates(&set).execute("gotpl", args[1]) {
            Ok(out) => Ok(call.arena.string(out)),
            Err(error) => {
                Err(CallError::Exec { context: context("cannot execute "), error: Box::new(error) })
            }
        }
    }
}

type PlainBody = for<'c, 'r> fn(&Call<'c, 'r>, &[Value<'r>]) -> Result<Value<'r>, CallError>;

fn function(name: &'static str, params: &'static [Type], result: Type, body: PlainBody) -> Function {
    Function { name, signature: Signature { params, variadic: false, result }, body: Body::Plain(body) }
}

fn variadic(function: Function) -> Function {
    Function { signature: Signature { variadic: true, ..function.signature }, ..function }
}

/// A function of one parameter that gives it back.
fn identity(name: &'static str, params: &'static [Type]) -> Function {
    function(name, params, params[0], |_, args| Ok(args[0]))
}

const INT: Type = Type::Int(IntKind::Int);
const INT64: Type = Type::Int(IntKind::Int64);
const INT8: Type = Type::Int(IntKind::Int8);
const UINT8: Type = Type::Uint(UintKind::Uint8);
const FLOAT: Type = Type::Float(FloatKind::Float64);
const FLOAT32: Type = Type::Float(FloatKind::Float32);
const MAP: Type = Type::Map(MapType::StringAny);
const VALUES: Type = Type::Map(MapType::CommonValues);
const ANYS: Type = Type::List(ListType::Any);
const STRINGS: Type = Type::List(ListType::String);
const COMPLEX: Type = Type::Named("complex128", Kind::Complex128);

/// The functions.
pub(crate) fn functions() -> Vec<Function> {
    let host = |name| Function {
        name,
        signature: Signature { params: &[Type::String, Type::Any], variadic: false, result: Type::String },
        body: Body::Host,
    };
    vec![
        function("str", &[Type::String], Type::String, |call, args| {
            Ok(call.arena.string(sprintf(b"<%s>", args)))
        }),
        identity("int", &[INT]),
        identity("int64", &[INT64]),
        identity("int8", &[INT8]),
        identity("uint8", &[UINT8]),
        identity("float", &[FLOAT]),
        identity("float32", &[FLOAT32]),
        identity("bool", &[Type::Bool]),
        identity("complex", &[COMPLEX]),
        identity("any", &[Type::Any]),
        variadic(function("ints", &[Type::String, INT], Type::String, |call, args| {
            let rest = Value::List(call.arena.list(ListType::Int, &args[1..]));
            Ok(call.arena.string(sprint(&[args[0], rest])))
        })),
        identity("map", &[MAP]),
        identity("vals", &[VALUES]),
        identity("anys", &[ANYS]),
        identity("strs", &[STRINGS]),
        function("caps", &[Type::Named("*common.Capabilities", Kind::Pointer)], Type::String, |_, _| {
            Ok(Value::string("caps"))
        }),
        function("kube", &[Type::Named("common.KubeVersion", Kind::Struct)], Type::String, |call, args| {
            let Value::Object(kube) = args[0] else { return Ok(Value::Nil) };
            match kube.field(b"Version", call.arena) {
                ObjectField::Concrete(version) => Ok(version),
                _ => Ok(Value::Nil),
            }
        }),
        function("fails", &[Type::Any], Type::Any, |_, _| Err(CallError::failed("it failed"))),
        function("panics", &[], Type::Any, |_, _| Err(CallError::failed("it panicked"))),
        function("nothing", &[], Type::Any, |_, _| Ok(Value::Nil)),
        function("typeOf", &[Type::Any], Type::String, |call, args| {
            Ok(call.arena.string(args[0].type_name().as_bytes()))
        }),
        function("set", &[MAP, Type::String, Type::Any], MAP, |_, args| {
            let (map, key) = (args[0].as_map().unwrap(), args[1].as_bytes().unwrap());
            map.insert(key, args[2]).map_err(|error| CallError::failed(error.to_string()))?;
            Ok(args[0])
        }),
        variadic(function("list", &[Type::Any], ANYS, |call, args| {
            Ok(Value::List(call.arena.list(ListType::Any, args)))
        })),
        host("include"),
        host("tpl"),
    ]
}

/// The methods of `common.Values`.
pub(crate) fn methods() -> Vec<Method> {
    let signature = |params, result| Signature { params, variadic: false, result };
    vec![
        Method {
            map_type: MapType::CommonValues,
            name: "AsMap",
            signature: signature(&[], MAP),
            body: |_, map, _| Ok(Value::Map(map.with_type(MapType::StringAny))),
        },
        Method {
            map_type: MapType::CommonValues,
            name: "Table",
            signature: signature(&[Type::String], VALUES),
            body: |_, map, args| {
                let name = args[0].as_bytes().unwrap();
                match map.get(name).and_then(|value| value.as_map()) {
                    Some(table) => Ok(Value::Map(table.with_type(MapType::CommonValues))),
                    None => Err(CallError::failed([name, b" is no table"].concat())),
                }
            },
        },
        Method {
            map_type: MapType::CommonValues,
            name: "Encode",
            signature: signature(
                &[Type::Named("io.Writer", Kind::Interface)],
                Type::Named("error", Kind::Interface),
            ),
            body: |_, _, _| Ok(Value::Nil),
        },
    ]
}

struct Capabilities;

impl<'r> Object<'r> for Capabilities {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed("*common.Capabilities")
    }

    fn kind(&self) -> Kind {
        Kind::Pointer
    }

    fn field(&self, name: &[u8], arena: &'r Arena) -> ObjectField<'r> {
        match name {
            b"KubeVersion" => ObjectField::Concrete(arena.object(KubeVersion)),
            b"Nothing" => ObjectField::Interface(Value::Nil),
            b"Something" => ObjectField::Interface(Value::string("some")),
            b"hidden" => ObjectField::Unexported,
            _ => ObjectField::Missing,
        }
    }

    fn method(&self, name: &[u8]) -> Option<Signature> {
        let signature = Signature { params: &[Type::String], variadic: false, result: Type::String };
        (name == b"Greet").then_some(signature)
    }

    fn call(&self, _: &[u8], args: &[Value<'r>], arena: &'r Arena) -> Result<Value<'r>, Cow<'static, str>> {
        Ok(arena.string(sprintf(b"hello %s", args)))
    }

    fn print(&self, _: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(b"&{{v1.36 1} <nil> some }");
    }
}

struct KubeVersion;

impl<'r> Object<'r> for KubeVersion {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed("common.KubeVersion")
    }

    fn field(&self, name: &[u8], _: &'r Arena) -> ObjectField<'r> {
        match name {
            b"Version" => ObjectField::Concrete(Value::string("v1.36")),
            b"Major" => ObjectField::Concrete(Value::string("1")),
            _ => ObjectField::Missing,
        }
    }

    fn print(&self, in_action: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(if in_action { b"v1.36" } else { b"{v1.36 1}" });
    }
}

struct Files;

impl Files {
    fn get(name: &[u8]) -> Option<&'static [u8]> {
        match name {
            b"a.txt" => Some(b"A"),
            b"b.txt" => Some(b"B"),
            _ => None,
        }
    }
}

impl<'r> Object<'r> for Files {
    fn type_name(&self) -> Cow<'static, str> {
        Cow::Borrowed("common.Files")
    }

    fn kind(&self) -> Kind {
        Kind::Map
    }

    fn method(&self, name: &[u8]) -> Option<Signature> {
        let signature = Signature { params: &[Type::String], variadic: false, result: Type::String };
        (name == b"Get").then_some(signature)
    }

    fn call(&self, _: &[u8], args: &[Value<'r>], _: &'r Arena) -> Result<Value<'r>, Cow<'static, str>> {
        Ok(Value::String(args[0].as_bytes().and_then(Self::get).unwrap_or_default()))
    }

    fn print(&self, _: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(b"map[a.txt:[65] b.txt:[66]]");
    }

    fn len(&self) -> Option<usize> {
        Some(2)
    }

    fn index(&self, index: Value<'r>, arena: &'r Arena) -> Option<Value<'r>> {
        index.as_bytes().and_then(Self::get).map(|bytes| Value::List(arena.byte_list(bytes)))
    }

    fn zero_element(&self, arena: &'r Arena) -> Value<'r> {
        Value::List(arena.nil_list(ListType::Uint8))
    }

    fn entries(&self, arena: &'r Arena) -> Vec<(Value<'r>, Value<'r>)> {
        ["a.txt", "b.txt"]
            .into_iter()
            .map(|name| (Value::string(name), self.index(Value::string(name), arena).unwrap()))
            .collect()
    }
}

/// The data.
pub(crate) fn data(arena: &Arena) -> Value<'_> {
    let m2 = arena.map_of([("k3", Value::string("v3"))]);
    let m = arena.map_of([
        ("k", Value::string("v")),
        ("n", Value::Nil),
        ("i", Value::int(5)),
        ("m2", Value::Map(m2)),
    ]);
    let strings = arena.map(MapType::StringString);
    for (key, value) in [("a", "b"), ("c", "d")] {
        strings.insert(key.as_bytes(), Value::string(value)).unwrap();
    }
    let list = [
        Value::string("a"),
        Value::int(1),
        Value::Nil,
        Value::float64(2.5),
        Value::Map(arena.map_of([("q", Value::int(1))])),
    ];
    let lists = [
        Value::List(arena.list(ListType::Any, &[Value::int(1), Value::int(2)])),
        Value::List(arena.list(ListType::Any, &[Value::string("a")])),
    ];
    let maps = [Value::int(1), Value::Nil].map(|element| Value::Map(arena.map_of([("a", element)])));
    let values =
        arena.map_of([("t", Value::Map(arena.map_of([("x", Value::int(1))]))), ("s", Value::string("S"))]);
    let root = arena.map_of([
        ("s", Value::string("str")),
        ("e", Value::string("")),
        ("html", Value::string("<a href=\"x\">é & 'q'</a>")),
        ("i", Value::int(3)),
        ("z", Value::int(0)),
        ("neg", Value::int(-2)),
        ("i64", Value::int64(7)),
        ("u8", Value::Uint(UintKind::Uint8, 200)),
        ("u64", Value::Uint(UintKind::Uint64, u64::MAX)),
        ("f", Value::float64(1.5)),
        ("f3", Value::float64(3.0)),
        ("big", Value::float64(1e6)),
        ("c", Value::Complex(1.0, 2.0)),
        ("b", Value::Bool(true)),
        ("fb", Value::Bool(false)),
        ("n", Value::Nil),
        ("m", Value::Map(m)),
        ("em", Value::Map(arena.map(MapType::StringAny))),
        ("nm", Value::Map(arena.nil_map(MapType::StringAny))),
        ("ms", Value::Map(strings)),
        ("l", Value::List(arena.list(ListType::Any, &list))),
        ("el", Value::List(arena.list(ListType::Any, &[]))),
        ("nl", Value::List(arena.nil_list(ListType::Any))),
        ("ls", Value::List(arena.strings(["x", "y"]))),
        ("li", Value::List(arena.list(ListType::Int, &[4, 5, 6].map(Value::int)))),
        ("by", Value::List(arena.byte_list(b"hi"))),
        ("ll", Value::List(arena.list(ListType::ListOfAny, &lists))),
        ("maps", Value::List(arena.list(ListType::MapOfAny, &maps))),
        ("Table", Value::string("shadowed")),
        ("vals", Value::Map(values.with_type(MapType::CommonValues))),
        ("caps", arena.object(Capabilities)),
        ("files", arena.object(Files)),
    ]);
    Value::Map(root.with_type(MapType::CommonValues))
}
