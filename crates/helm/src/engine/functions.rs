//! The functions that Helm adds to Sprig's (helm: pkg/engine/funcs.go), and the table of all.

use std::sync::{Arc, OnceLock};

use gostd::json::{self, EncodeOptions};
use gostd::value::{Arena, Frozen, FrozenMap, ListType, MapType, Signature, Type, Value};
use gotemplate::{Body, Call, CallError, Function, FunctionTable};

use super::values_methods;
use crate::{HelmVersion, toml};

const STRING: Type = Type::String;
const MAP: Type = Type::Map(MapType::StringAny);
const LIST: Type = Type::List(ListType::Any);

type Plain = for<'c, 'r> fn(&Call<'c, 'r>, &[Value<'r>]) -> Result<Value<'r>, CallError>;

const fn plain(name: &'static str, params: &'static [Type], result: Type, body: Plain) -> Function {
    Function { name, signature: Signature { params, variadic: false, result }, body: Body::Plain(body) }
}

const fn host(name: &'static str, params: &'static [Type], result: Type) -> Function {
    Function { name, signature: Signature { params, variadic: false, result }, body: Body::Host }
}

/// Helm's own functions; those of the host need the engine.
const FUNCTIONS: &[Function] = &[
    host("include", &[STRING, Type::Any], STRING),
    host("tpl", &[STRING, Type::Any], STRING),
    plain("required", &[STRING, Type::Any], Type::Any, required),
    plain("fail", &[STRING], STRING, fail),
    plain("lookup", &[STRING, STRING, STRING, STRING], MAP, lookup),
    plain("getHostByName", &[STRING], STRING, |_, _| Ok(Value::String(b""))),
    plain("toYaml", &[Type::Any], STRING, |call, args| {
        call.check_escaped_texts(args, YAML_INDENT)?;
        Ok(string(call, goyaml::to_yaml_trimmed(args[0]).unwrap_or_default()))
    }),
    plain("toYamlPretty", &[Type::Any], STRING, |call, args| {
        call.check_escaped_texts(args, YAML_INDENT)?;
        match goyaml::to_yaml_pretty(args[0]) {
            Err(panic @ goyaml::Error::Unmarshalable(_)) => Err(failed(panic)),
            text => Ok(string(call, text.unwrap_or_default())),
        }
    }),
    plain("fromYaml", &[STRING], MAP, from_yaml),
    plain("fromYamlArray", &[STRING], LIST, from_yaml_array),
    plain("toJson", &[Type::Any], STRING, |call, args| {
        call.check_escaped_texts(args, 0)?;
        Ok(string(call, json::encode(args[0], &COMPACT).unwrap_or_default()))
    }),
    plain("mustToJson", &[Type::Any], STRING, |call, args| {
        call.check_escaped_texts(args, 0)?;
        json::encode(args[0], &COMPACT).map(|text| string(call, text)).map_err(failed)
    }),
    plain("fromJson", &[STRING], MAP, from_json),
    plain("fromJsonArray", &[STRING], LIST, from_json_array),
    plain("toToml", &[Type::Any], STRING, |call, args| match args[0] {
        // The one error that Go's encoder raises before it can be caught.
        Value::Nil => Err(CallError::failed("reflect: call of reflect.Value.Type on zero Value")),
        value => {
            call.check_escaped_texts(args, 0)?;
            Ok(string(call, toml::encode(call.arena, value).unwrap_or_else(String::into_bytes)))
        }
    }),
    plain("fromToml", &[STRING], MAP, from_toml),
];

/// What Helm 4 has beyond Helm 3.
const V4_FUNCTIONS: &[Function] = &[
    plain("mustToYaml", &[Type::Any], STRING, |call, args| {
        call.check_escaped_texts(args, YAML_INDENT)?;
        goyaml::to_yaml_trimmed(args[0]).map(|text| string(call, text)).map_err(failed)
    }),
    plain("mustToToml", &[Type::Any], STRING, |call, args| {
        call.check_escaped_texts(args, 0)?;
        toml::encode(call.arena, args[0]).map(|text| string(call, text)).map_err(failed)
    }),
];

/// How far YAML indents what is inside of a mapping.
const YAML_INDENT: u64 = 2;

const COMPACT: EncodeOptions = EncodeOptions { escape_html: true, indent: None };

/// All functions that a template of this Helm can call.
pub(crate) fn table(helm: HelmVersion) -> Arc<FunctionTable> {
    static V3: OnceLock<Arc<FunctionTable>> = OnceLock::new();
    static V4: OnceLock<Arc<FunctionTable>> = OnceLock::new();
    let make =
        |slices: &[&[Function]]| Arc::new(FunctionTable::new(slices).with_methods(values_methods::METHODS));
    Arc::clone(if helm.is_v3() {
        V3.get_or_init(|| make(&[sprig::functions(), FUNCTIONS]))
    } else {
        V4.get_or_init(|| make(&[sprig::functions(), FUNCTIONS, V4_FUNCTIONS]))
    })
}

/// Marks a message that the user is to see without Go's chain around it.
pub(super) const WARN_START: &[u8] = b"HELM_ERR_START";
/// Ends such a message.
pub(super) const WARN_END: &[u8] = b"HELM_ERR_END";

fn warning(message: &[u8]) -> CallError {
    CallError::failed([WARN_START, message, WARN_END].concat())
}

fn failed(error: impl std::fmt::Display) -> CallError {
    CallError::failed(error.to_string())
}

fn string<'r>(call: &Call<'_, 'r>, text: impl AsRef<[u8]>) -> Value<'r> {
    call.arena.string(text)
}

fn text<'r>(args: &[Value<'r>], index: usize) -> &'r [u8] {
    args.get(index).and_then(Value::as_bytes).unwrap_or_default()
}

fn required<'r>(_: &Call<'_, 'r>, args: &[Value<'r>]) -> Result<Value<'r>, CallError> {
    match args[1] {
        Value::Nil | Value::String(b"") => Err(warning(text(args, 0))),
        value => Ok(value),
    }
}

fn fail<'r>(_: &Call<'_, 'r>, args: &[Value<'r>]) -> Result<Value<'r>, CallError> {
    Err(warning(text(args, 0)))
}

/// Without a cluster there is nothing to find.
fn lookup<'r>(call: &Call<'_, 'r>, _: &[Value<'r>]) -> Result<Value<'r>, CallError> {
    Ok(Value::Map(call.arena.map(MapType::StringAny)))
}

/// Copies decoded data into the arena and adds the error's text, as Helm's `from…` functions do.
fn map_or_error<'r>(arena: &'r Arena, map: Option<&FrozenMap>, error: Option<String>) -> Value<'r> {
    let entries = map.into_iter().flat_map(FrozenMap::iter);
    let live = arena.map_of(entries.map(|(key, value)| (key, crate::values::thaw(arena, value))));
    if let Some(error) = error {
        // A map made just now isn't nil.
        let _ = live.insert(b"Error", arena.string(error));
    }
    Value::Map(live)
}

fn list_or_error<'r>(arena: &'r Arena, decoded: Result<&[Frozen], String>) -> Value<'r> {
    let items: Vec<Value<'r>> = match decoded {
        Ok(items) => items.iter().map(|item| crate::values::thaw(arena, item)).collect(),
        Err(error) => vec![arena.string(error)],
    };
    Value::List(arena.list_appended(ListType::Any, &items))
}

/// Takes a step for every byte that is read into values: of a text that ends in an error nothing is left to count.
fn check_reading(call: &Call<'_, '_>, args: &[Value<'_>]) -> Result<(), CallError> {
    Ok(call.budget.step(text(args, 0).len() as u64)?)
}

fn from_yaml<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Result<Value<'r>, CallError> {
    check_reading(call, args)?;
    Ok(match goyaml::decode_map_within(text(args, 0), call.budget.nodes()) {
        Ok(map) => map_or_error(call.arena, Some(&map), None),
        Err(error) if error.nodes_allowed().is_some() => return Err(call.budget.too_many_nodes().into()),
        Err(error) => map_or_error(call.arena, None, Some(error.to_string())),
    })
}

fn from_yaml_array<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Result<Value<'r>, CallError> {
    check_reading(call, args)?;
    Ok(match goyaml::decode_list_within(text(args, 0), call.budget.nodes()) {
        Ok(items) => list_or_error(call.arena, Ok(&items)),
        Err(error) if error.nodes_allowed().is_some() => return Err(call.budget.too_many_nodes().into()),
        Err(error) => list_or_error(call.arena, Err(error.to_string())),
    })
}

fn from_json<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Result<Value<'r>, CallError> {
    check_reading(call, args)?;
    call.check_json(text(args, 0))?;
    Ok(match json::decode_map(text(args, 0)) {
        Ok(Some(map)) => map_or_error(call.arena, Some(&map), None),
        Ok(None) => Value::Map(call.arena.nil_map(MapType::StringAny)),
        Err(error) => {
            let partial = error.partial.as_ref().and_then(Frozen::as_map);
            map_or_error(call.arena, partial, Some(error.to_string()))
        }
    })
}

fn from_json_array<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Result<Value<'r>, CallError> {
    check_reading(call, args)?;
    call.check_json(text(args, 0))?;
    Ok(match json::decode_list(text(args, 0)) {
        Ok(Some(items)) => list_or_error(call.arena, Ok(&items)),
        Ok(None) => Value::List(call.arena.nil_list(ListType::Any)),
        Err(error) => list_or_error(call.arena, Err(error.to_string())),
    })
}

fn from_toml<'r>(call: &Call<'_, 'r>, args: &[Value<'r>]) -> Result<Value<'r>, CallError> {
    check_reading(call, args)?;
    Ok(match toml::decode(call.arena, text(args, 0)) {
        Ok(map) => Value::Map(map),
        Err(error) => map_or_error(call.arena, None, Some(error)),
    })
}
