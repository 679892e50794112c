//! The methods of `.Values`, which shadow keys of the same name (helm: pkg/chart/common/values.go).

use gostd::value::{MapRef, MapType, Signature, Type, Value};
use gotemplate::{Call, CallError, Method};

use crate::values::is_table;

const MAP: Type = Type::Map(MapType::StringAny);

const fn method(
    map_type: MapType,
    name: &'static str,
    params: &'static [Type],
    result: Type,
    body: for<'c, 'r> fn(&Call<'c, 'r>, MapRef<'r>, &[Value<'r>]) -> Result<Value<'r>, CallError>,
) -> Method {
    Method { map_type, name, signature: Signature { params, variadic: false, result }, body }
}

const V4: MapType = MapType::CommonValues;
const V3: MapType = MapType::ChartutilValues;

/// The methods of both lines' type.
pub(super) const METHODS: &[Method] = &[
    method(V4, "AsMap", &[], MAP, as_map),
    method(V3, "AsMap", &[], MAP, as_map),
    method(V4, "Table", &[Type::String], Type::Map(V4), table),
    method(V3, "Table", &[Type::String], Type::Map(V3), table),
    method(V4, "PathValue", &[Type::String], Type::Any, path_value),
    method(V3, "PathValue", &[Type::String], Type::Any, path_value),
    method(V4, "YAML", &[], Type::String, yaml),
    method(V3, "YAML", &[], Type::String, yaml),
    method(V4, "Encode", &[WRITER], ERROR, encode),
    method(V3, "Encode", &[WRITER], ERROR, encode),
];

const WRITER: Type = Type::Named("io.Writer", gostd::value::Kind::Interface);
const ERROR: Type = Type::Named("error", gostd::value::Kind::Interface);

fn text<'r>(args: &[Value<'r>]) -> &'r [u8] {
    args.first().and_then(Value::as_bytes).unwrap_or_default()
}

fn as_map<'r>(call: &Call<'_, 'r>, values: MapRef<'r>, _: &[Value<'r>]) -> Result<Value<'r>, CallError> {
    Ok(Value::Map(if values.is_empty() {
        call.arena.map(MapType::StringAny)
    } else {
        values.with_type(MapType::StringAny)
    }))
}

/// The table at a dotted path, or the name that isn't one.
fn find_table<'r, 'p>(values: MapRef<'r>, path: &'p [u8]) -> Result<MapRef<'r>, &'p [u8]> {
    path.split(|byte| *byte == b'.').try_fold(values, |table, key| match table.get(key) {
        Some(Value::Map(inner)) => Ok(inner),
        _ => Err(key),
    })
}

fn no_table(name: &[u8]) -> CallError {
    CallError::failed([&*gostd::strconv::quote(name), b" is not a table"].concat())
}

fn table<'r>(_: &Call<'_, 'r>, values: MapRef<'r>, args: &[Value<'r>]) -> Result<Value<'r>, CallError> {
    match find_table(values, text(args)) {
        Ok(found) => Ok(Value::Map(found.with_type(values.map_type()))),
        Err(name) => Err(no_table(name)),
    }
}

fn path_value<'r>(_: &Call<'_, 'r>, values: MapRef<'r>, args: &[Value<'r>]) -> Result<Value<'r>, CallError> {
    let path = text(args);
    if path.is_empty() {
        return Err(CallError::failed("YAML path cannot be empty"));
    }
    let no_value =
        |name: &[u8]| CallError::failed([&*gostd::strconv::quote(name), b" is not a value"].concat());
    let (parent, key) = match path.iter().rposition(|byte| *byte == b'.') {
        None => (values, path),
        Some(dot) => {
            let (parent, key) = (&path[..dot], &path[dot + 1..]);
            (find_table(values, parent).map_err(|_| no_value(key))?, key)
        }
    };
    match parent.get(key) {
        Some(value) if !is_table(&value) => Ok(value),
        _ => Err(no_value(key)),
    }
}

fn yaml<'r>(call: &Call<'_, 'r>, values: MapRef<'r>, _: &[Value<'r>]) -> Result<Value<'r>, CallError> {
    call.check_texts(&[Value::Map(values)], 2)?;
    match goyaml::to_yaml(Value::Map(values)) {
        Ok(text) => Ok(call.arena.string(text)),
        Err(error) => Err(CallError::failed(error.to_string())),
    }
}

/// No template has a writer to pass, so the argument check fails first.
fn encode<'r>(_: &Call<'_, 'r>, _: MapRef<'r>, _: &[Value<'r>]) -> Result<Value<'r>, CallError> {
    Err(CallError::failed("invalid memory address or nil pointer dereference"))
}
