//! Schemas and values with the text that Helm gives, recorded from its validator; siblings in our order.

use gostd::value::{Arena, ListType, MapType, Value};
use pretty_assertions::assert_eq;

use super::{CompiledSchema, validate_tree};
use crate::HelmVersion;
use crate::chart::{ChartFile, load_files, resolve};

fn live<'r>(arena: &'r Arena, value: &serde_json::Value) -> Value<'r> {
    match value {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => Value::float64(number.as_f64().unwrap()),
        serde_json::Value::String(text) => arena.string(text),
        serde_json::Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| live(arena, item)).collect();
            Value::List(arena.list(ListType::Any, &items))
        }
        serde_json::Value::Object(members) => Value::Map(
            arena.map_of(members.iter().map(|(name, value)| (name.as_bytes(), live(arena, value)))),
        ),
    }
}

fn check(schema: &str, values: &str) -> String {
    let arena = Arena::new();
    let values = live(&arena, &serde_json::from_str(values).unwrap()).as_map().unwrap();
    let compiled = CompiledSchema::compile(schema.as_bytes());
    compiled.and_then(|schema| schema.validate(values)).err().unwrap_or_default()
}

#[test]
fn texts_are_those_of_helm() {
    for (schema, values, want) in CASES {
        assert_eq!(check(schema, values), *want, "{schema}");
    }
}

#[test]
fn integers_from_the_command_line_count_as_numbers() {
    let arena = Arena::new();
    let values = arena.map_of([("a", Value::int64(3)), ("b", Value::int64(9_007_199_254_740_993))]);
    let schema = CompiledSchema::compile(
        br#"{"properties":{"a":{"type":"integer","minimum":4},"b":{"const":9007199254740992}}}"#,
    );
    let want = "- at '/a': minimum: got 3, want 4\n- at '/b': value must be 9007199254740992\n";
    assert_eq!(schema.unwrap().validate(values).unwrap_err(), want);
}

#[test]
fn deep_schemas_and_values_fit_any_stack() {
    let depth = 2_000;
    let schema = format!("{}true{}", r#"{"items":"#.repeat(depth), "}".repeat(depth));
    let schema = CompiledSchema::compile(format!(r#"{{"properties":{{"a":{schema}}}}}"#).as_bytes()).unwrap();
    let arena = Arena::new();
    let nested = (0..depth).fold(Value::Nil, |value, _| Value::List(arena.list(ListType::Any, &[value])));
    schema.validate(arena.map_of([("a", nested)])).unwrap();
}

#[test]
fn references_that_double_are_refused() {
    let schema = |keyword: &str, last: &str| {
        let level = |index: usize| {
            let next = format!(r##"{{"$ref":"#/$defs/d{}"}}"##, index + 1);
            format!(r#""d{index}":{{"{keyword}":[{next},{next}]}},"#)
        };
        let levels: String = (0..60).map(level).collect();
        format!(r##"{{"$defs":{{{levels}"d60":{last}}},"$ref":"#/$defs/d0"}}"##)
    };
    let refusal = "- at '': the schema takes more than the 200000 checks that it may\n";
    for (keyword, last) in [("allOf", "{}"), ("anyOf", "false"), ("oneOf", r#"{"not":{}}"#)] {
        assert_eq!(check(&schema(keyword, last), "{}"), refusal, "{keyword}");
    }
}

#[test]
fn subcharts_are_checked_by_their_own_schemas() {
    let file = |name: &str, text: &str| ChartFile::new(name, text.as_bytes());
    let metadata = |name: &str| format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n");
    let chart = load_files(
        vec![
            file("Chart.yaml", &metadata("t")),
            file("values.schema.json", r#"{"required":["a"]}"#),
            file("charts/bad/Chart.yaml", &metadata("bad")),
            file("charts/bad/values.schema.json", "{"),
            file("charts/scalar/Chart.yaml", &metadata("scalar")),
            file("charts/sub/Chart.yaml", &metadata("sub")),
            file("charts/sub/values.schema.json", r#"{"properties":{"x":{"type":"string"}}}"#),
            file("charts/unset/Chart.yaml", &metadata("unset")),
            file("charts/unset/values.schema.json", "false"),
        ],
        HelmVersion::default(),
    )
    .unwrap();
    let arena = Arena::new();
    let values = arena.map_of([
        ("bad", Value::Map(arena.map(MapType::StringAny))),
        ("scalar", Value::float64(1.0)),
        ("sub", Value::Map(arena.map_of([("x", Value::int64(1))]))),
        ("unset", Value::Nil),
    ]);
    let resolved = resolve(&chart, values, &arena, HelmVersion::default(), &mut Vec::new()).unwrap();
    let want = "t:\n- at '': missing property 'a'\nbad:\nunexpected EOFscalar:\ninvalid type for values: \
                expected object (map), got float64\nsub:\n- at '/x': got number, want string\n";
    assert_eq!(validate_tree(&resolved, values).unwrap_err(), want);
}

#[test]
fn schemas_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<CompiledSchema>();
}

const CASES: &[(&str, &str, &str)] = &[
    (r#"{"type":["string","null"]}"#, "{}", "- at '': got object, want null or string\n"),
    (
        r#"{"properties":{"a":{"type":["string","integer","null"]},"b":{"type":"boolean"}}}"#,
        r#"{"a":1.5,"b":"x"}"#,
        concat!(
            "- at '/a': got number, want null or integer or string\n",
            "- at '/b': got string, want boolean\n",
        ),
    ),
    (
        r#"{"properties":{"a":{"enum":["x",1,1.50,true,null]},"b":{"enum":["only"]},"c":{"enum":[[1],"x"]}}}"#,
        r#"{"a":2,"b":2,"c":3}"#,
        concat!(
            "- at '/a': value must be one of 'x', 1, 1.50, true, <nil>\n",
            "- at '/b': value must be 'only'\n",
            "- at '/c': 'enum' failed\n",
        ),
    ),
    (
        r#"{"properties":{"a":{"const":"x'y\"z"},"b":{"const":{"k":1}},"c":{"const":1.0}}}"#,
        r#"{"a":1,"b":{"k":2},"c":1}"#,
        "- at '/a': value must be 'x\\'y\"z'\n- at '/b': 'const' failed\n",
    ),
    (r#"{"required":["a"]}"#, "{}", "- at '': missing property 'a'\n"),
    (r#"{"required":["a","b","c"]}"#, r#"{"b":1}"#, "- at '': missing properties 'a', 'c'\n"),
    (r#"{"additionalProperties":false}"#, r#"{"a":1}"#, "- at '': additional properties 'a' not allowed\n"),
    (
        r#"{"additionalProperties":false,"properties":{"a":{}},"patternProperties":{"^x-":{}}}"#,
        r#"{"a":1,"x-y":2,"c":3,"b":4}"#,
        "- at '': additional properties 'b', 'c' not allowed\n",
    ),
    (
        r#"{"additionalProperties":{"type":"string"}}"#,
        r#"{"a":1,"b":"s"}"#,
        "- at '/a': got number, want string\n",
    ),
    (
        r#"{"patternProperties":{"^[a-c]$":{"minimum":2},"[[:digit:]]+":{"type":"null"}}}"#,
        r#"{"a":1,"b":3,"x1":0}"#,
        "- at '/a': minimum: got 1, want 2\n- at '/x1': got number, want null\n",
    ),
    (
        r#"{"propertyNames":{"maxLength":2,"pattern":"^[a-z]+$"}}"#,
        r#"{"abc":1,"A/B":2}"#,
        concat!(
            "- at '': invalid propertyName 'A/B'\n",
            "  - at '': maxLength: got 3, want 2\n",
            "  - at '': 'A/B' does not match pattern '^[a-z]+$'\n",
            "- at '': invalid propertyName 'abc'\n",
            "  - at '': maxLength: got 3, want 2\n",
        ),
    ),
    (
        r#"{"minProperties":2,"properties":{"m":{"maxProperties":1}}}"#,
        r#"{"m":{"a":1,"b":2}}"#,
        "- at '': minProperties: got 1, want 2\n- at '/m': maxProperties: got 2, want 1\n",
    ),
    (
        r#"{"properties":{"a":{"minimum":3},"b":{"maximum":1000},"c":{"exclusiveMinimum":0},"d":{"exclusiveMaximum":2000000},"e":{"multipleOf":0.01}}}"#,
        r#"{"a":2.5,"b":123456,"c":0,"d":2000000,"e":0.005}"#,
        concat!(
            "- at '/a': minimum: got 2.5, want 3\n",
            "- at '/b': maximum: got 123,456, want 1,000\n",
            "- at '/c': exclusiveMinimum: got 0, want 0\n",
            "- at '/d': exclusiveMaximum: got 2×10⁰⁶, want 2×10⁰⁶\n",
            "- at '/e': multipleOf: got 0.005, want 0.01\n",
        ),
    ),
    (r#"{"properties":{"a":{"multipleOf":0.1},"b":{"multipleOf":0.01}}}"#, r#"{"a":0.3,"b":19.99}"#, ""),
    (
        r#"{"properties":{"a":{"minLength":1000},"b":{"maxLength":1},"c":{"maxLength":1}}}"#,
        r#"{"a":"x","b":"ab","c":"é"}"#,
        "- at '/a': minLength: got 1, want 1,000\n- at '/b': maxLength: got 2, want 1\n",
    ),
    (
        r#"{"properties":{"a":{"pattern":"^\\d+$"},"b":{"pattern":"(?i)^abc$"}}}"#,
        r#"{"a":"x1","b":"aBC"}"#,
        "- at '/a': 'x1' does not match pattern '^\\\\d+$'\n",
    ),
    (
        r#"{"properties":{"a":{"items":{"type":"string"}},"b":{"prefixItems":[{"type":"string"},{"type":"null"}],"items":{"type":"boolean"}},"c":{"prefixItems":[true],"items":false}}}"#,
        r#"{"a":["x",1,null],"b":[1,2,true,4],"c":[1,2,3]}"#,
        concat!(
            "- at '/a': validation failed\n",
            "  - at '/a/1': got number, want string\n",
            "  - at '/a/2': got null, want string\n",
            "- at '/b': validation failed\n",
            "  - at '/b/0': got number, want string\n",
            "  - at '/b/1': got number, want null\n",
            "  - at '/b/1': got number, want boolean\n",
            "- at '/c': validation failed\n",
            "  - at '/c/0': false schema\n",
            "  - at '/c/1': false schema\n",
        ),
    ),
    (
        r#"{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"items":[{"type":"string"}],"additionalItems":false},"b":{"items":[{}],"additionalItems":{"type":"string"}}}}"#,
        r#"{"a":[1,2,3],"b":[1,"x",3]}"#,
        concat!(
            "- at '/a': validation failed\n",
            "  - at '/a/0': got number, want string\n",
            "  - at '/a': last 2 additionalItem(s) not allowed\n",
            "- at '/b/1': got number, want string\n",
        ),
    ),
    (
        r#"{"properties":{"a":{"contains":{"type":"string"}},"b":{"contains":{"minimum":5},"minContains":2,"maxContains":3},"c":{"contains":{"type":"number"},"maxContains":1},"d":{"contains":{"minimum":9},"minContains":2}}}"#,
        r#"{"a":[1,true],"b":[1,5],"c":[1,"x",2],"d":[1]}"#,
        concat!(
            "- at '/a': no items match contains schema\n",
            "  - at '/a/0': got number, want string\n",
            "  - at '/a/1': got boolean, want string\n",
            "- at '/b': min 2 items required to match contains schema, but matched 1 items at 1\n",
            "  - at '/b/0': minimum: got 1, want 5\n",
            "- at '/c': max 1 items required to match contains schema, but matched 2 items at 0 2\n",
            "- at '/d': min 2 items required to match contains schema, but none matched\n",
            "  - at '/d/0': minimum: got 1, want 9\n",
        ),
    ),
    (
        r#"{"properties":{"a":{"uniqueItems":true},"b":{"uniqueItems":true},"c":{"minItems":2},"d":{"maxItems":1}}}"#,
        r#"{"a":[1,"1",{"x":[1]},1.0,{"x":[1]}],"b":[1,2,3],"c":[1],"d":[1,2]}"#,
        concat!(
            "- at '/a': items at 0 and 3 are equal\n",
            "- at '/c': minItems: got 1, want 2\n",
            "- at '/d': maxItems: got 2, want 1\n",
        ),
    ),
    (
        r#"{"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":["b","c"],"d":{"required":["e"]}}}"#,
        r#"{"a":1,"d":2}"#,
        "- at '': properties 'b', 'c' required, if 'a' exists\n- at '': missing property 'e'\n",
    ),
    (
        r#"{"dependentRequired":{"a":["b"]},"dependentSchemas":{"a":{"properties":{"a":{"type":"string"}}}}}"#,
        r#"{"a":1}"#,
        "- at '/a': got number, want string\n- at '': properties 'b' required, if 'a' exists\n",
    ),
    (
        r#"{"properties":{"a":{"not":{"type":"string"}},"b":{"not":{}}}}"#,
        r#"{"a":"x","b":1}"#,
        "- at '/a': 'not' failed\n- at '/b': 'not' failed\n",
    ),
    (
        r#"{"anyOf":[{"required":["a"]},{"required":["b"]}]}"#,
        "{}",
        concat!(
            "- at '': 'anyOf' failed\n",
            "  - at '': missing property 'a'\n",
            "  - at '': missing property 'b'\n",
        ),
    ),
    (
        r#"{"anyOf":[{"required":["a"],"minProperties":1},{"properties":{"x":{"type":"string"}},"required":["b"]}]}"#,
        r#"{"x":1}"#,
        concat!(
            "- at '': 'anyOf' failed\n",
            "  - at '': missing property 'a'\n",
            "  - at '': validation failed\n",
            "    - at '': missing property 'b'\n",
            "    - at '/x': got number, want string\n",
        ),
    ),
    (
        r#"{"oneOf":[{"required":["a"]},{"required":["b"]}]}"#,
        r#"{"c":1}"#,
        concat!(
            "- at '': 'oneOf' failed, none matched\n",
            "  - at '': missing property 'a'\n",
            "  - at '': missing property 'b'\n",
        ),
    ),
    (
        r#"{"oneOf":[{"required":["a"]},{"required":["c"]},{"required":["b"]}]}"#,
        r#"{"a":1,"b":1}"#,
        "- at '': 'oneOf' failed, subschemas 0, 2 matched\n",
    ),
    (r#"{"allOf":[{"required":["a"]}]}"#, "{}", "- at '': 'allOf' failed\n  - at '': missing property 'a'\n"),
    (
        r#"{"allOf":[{"required":["a"]},{"anyOf":[{"required":["b"]},{"allOf":[{"required":["c"]},{"required":["d"]}]}]}]}"#,
        "{}",
        concat!(
            "- at '': 'allOf' failed\n",
            "  - at '': missing property 'a'\n",
            "  - at '': 'anyOf' failed\n",
            "    - at '': missing property 'b'\n",
            "    - at '': 'allOf' failed\n",
            "      - at '': missing property 'c'\n",
            "      - at '': missing property 'd'\n",
        ),
    ),
    (
        r#"{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}"#,
        r#"{"a":1}"#,
        "- at '': missing property 'b'\n",
    ),
    (
        r#"{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}"#,
        "{}",
        "- at '': missing property 'c'\n",
    ),
    (
        r##"{"properties":{"a":{"$ref":"#/$defs/s"},"b":{"$ref":"#/definitions/m"}},"$defs":{"s":{"type":"string"}},"definitions":{"m":{"required":["x"],"properties":{"y":{"type":"string"}}}}}"##,
        r#"{"a":1,"b":{"y":1}}"#,
        concat!(
            "- at '/a': got number, want string\n",
            "- at '/b': validation failed\n",
            "  - at '/b': missing property 'x'\n",
            "  - at '/b/y': got number, want string\n",
        ),
    ),
    (
        r##"{"$ref":"#/$defs/node","$defs":{"node":{"properties":{"v":{"type":"number"},"next":{"$ref":"#/$defs/node"}}}}}"##,
        r#"{"v":1,"next":{"v":2,"next":{"v":"x"}}}"#,
        "- at '/next/next/v': got string, want number\n",
    ),
    (
        r##"{"$ref":"#"}"##,
        "{}",
        "- at '': both /$ref and  resolve to \"file:///values.schema.json#\" causing reference cycle\n",
    ),
    (
        r#"{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"format":"ipv4"},"b":{"format":"email"},"c":{"format":"uri"},"d":{"format":"hostname"},"e":{"format":"ipv6"},"f":{"format":"ipv4"}}}"#,
        r#"{"a":"zz","b":"x","c":"/rel","d":"-a","e":"1:2","f":"1.2.3.x"}"#,
        concat!(
            "- at '/a': 'zz' is not valid ipv4: expected four decimals\n",
            "- at '/b': 'x' is not valid email: missing @\n",
            "- at '/c': '/rel' is not valid uri: relative url\n",
            "- at '/d': '-a' is not valid hostname: label starts with hyphen\n",
            "- at '/e': '1:2' is not valid ipv6: ParseAddr(\"1:2\"): address string too short\n",
            "- at '/f': '1.2.3.x' is not valid ipv4: strconv.Atoi: parsing \"x\": invalid syntax\n",
        ),
    ),
    (
        r#"{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"format":"uuid"},"b":{"format":"duration"},"c":{"format":"semver"},"d":{"format":"regex"},"e":{"format":"json-pointer"},"f":{"format":"unknown"},"g":{"format":"time"}}}"#,
        r#"{"a":"zz","b":"P1H","c":"1.02.3","d":"(","e":"a","f":"x","g":"25:00:00Z"}"#,
        concat!(
            "- at '/a': 'zz' is not valid uuid: must have 5 elements\n",
            "- at '/b': 'P1H' is not valid duration: invalid unit 'H'\n",
            "- at '/c': '1.02.3' is not valid semver: minor starts with zero\n",
            "- at '/d': '(' is not valid regex: error parsing regexp: missing closing ): `(`\n",
            "- at '/e': 'a' is not valid json-pointer: not starting with /\n",
            "- at '/g': '25:00:00Z' is not valid time: hour/min/sec out of range\n",
        ),
    ),
    (r#"{"properties":{"a":{"format":"ipv4"}}}"#, r#"{"a":"zz"}"#, ""),
    (
        r#"{"properties":{"a":true},"unevaluatedProperties":false}"#,
        r#"{"a":1,"b":2}"#,
        "- at '/b': false schema\n",
    ),
    (
        r#"{"allOf":[{"properties":{"a":true}}],"anyOf":[{"properties":{"b":true},"required":["b"]},{"required":["z"]}],"unevaluatedProperties":{"type":"string"}}"#,
        r#"{"a":1,"b":2,"c":3,"d":"s"}"#,
        "- at '/c': got number, want string\n",
    ),
    (
        r#"{"properties":{"l":{"prefixItems":[true],"contains":{"type":"string"},"unevaluatedItems":false}}}"#,
        r#"{"l":[1,"x",2]}"#,
        "- at '/l/2': false schema\n",
    ),
    ("false", "{}", "- at '': false schema\n"),
    (r#"{"properties":{"a":false}}"#, r#"{"a":1}"#, "- at '/a': false schema\n"),
    (
        r#"{"properties":{"a/b":{"properties":{"c~d":{"type":"string"}}}}}"#,
        r#"{"a/b":{"c~d":1}}"#,
        "- at '/a~1b/c~0d': got number, want string\n",
    ),
    (
        r#"{"$ref":"http://example.com/s.json"}"#,
        "{}",
        r#"failing loading "http://example.com/s.json": schemas are not fetched from the network"#,
    ),
    (
        r#"{"$ref":"other.json#/x"}"#,
        "{}",
        r#"failing loading "file:///other.json": open /other.json: no such file or directory"#,
    ),
    (r#"{"properties":{"a":{"$ref":"urn:some:thing"}}}"#, r#"{"a":1}"#, ""),
    (
        r##"{"$ref":"#/definitions/missing"}"##,
        "{}",
        r#"json-pointer in "file:///values.schema.json#/definitions/missing" not found"#,
    ),
    (
        r##"{"$ref":"#missing"}"##,
        "{}",
        r#"anchor in "file:///values.schema.json#missing" not found in schema "file:///values.schema.json""#,
    ),
    (
        r#"{"properties":{"a":{"pattern":"("}}}"#,
        "{}",
        concat!(
            "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema validation failed with 'https://json-schema.org/draft/2020-12/schema#'\n",
            "- at '': 'allOf' failed\n",
            "  - at '/properties/a': 'allOf' failed\n",
            "    - at '/properties/a/pattern': '(' is not valid regex: error parsing regexp: missing closing ): `(`",
        ),
    ),
    (
        r#"{"properties":{"a":{"type":"strin"}},"required":"a"}"#,
        "{}",
        concat!(
            "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema validation failed with 'https://json-schema.org/draft/2020-12/schema#'\n",
            "- at '': 'allOf' failed\n",
            "  - at '/properties/a': 'allOf' failed\n",
            "    - at '/properties/a/type': 'anyOf' failed\n",
            "      - at '/properties/a/type': value must be one of 'array', 'boolean', 'integer', 'null', 'number', 'object', 'string'\n",
            "      - at '/properties/a/type': got string, want array\n",
            "  - at '/required': got string, want array",
        ),
    ),
    (
        r#"{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"type":"strin"}}}"#,
        "{}",
        concat!(
            "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema validation failed with 'http://json-schema.org/draft-07/schema#'\n",
            "- at '/properties/a/type': 'anyOf' failed\n",
            "  - at '/properties/a/type': value must be one of 'array', 'boolean', 'integer', 'null', 'number', 'object', 'string'\n",
            "  - at '/properties/a/type': got string, want array",
        ),
    ),
    (
        r#"{"$schema":"http://json-schema.org/draft-04/schema#","properties":{"a":{"minimum":1,"exclusiveMinimum":true},"b":{"id":"x"}}}"#,
        r#"{"a":1}"#,
        "- at '/a': exclusiveMinimum: got 1, want 1\n",
    ),
    (
        r#"{"$schema":"http://json-schema.org/draft-06/schema#","properties":{"a":{"const":1,"format":"date-time"}}}"#,
        r#"{"a":2}"#,
        "- at '/a': value must be 1\n",
    ),
    (
        r##"{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true,"properties":{"a":{"$recursiveRef":"#"},"v":{"type":"string"}},"unevaluatedProperties":false}"##,
        r#"{"a":{"v":1,"w":2}}"#,
        concat!(
            "- at '/a': validation failed\n",
            "  - at '/a/v': got number, want string\n",
            "  - at '/a/w': false schema\n",
        ),
    ),
    (
        r##"{"$id":"http://example.com/root.json","$dynamicAnchor":"node","properties":{"child":{"$dynamicRef":"#node"},"v":{"type":"string"}}}"##,
        r#"{"child":{"v":1}}"#,
        "- at '/child/v': got number, want string\n",
    ),
    (
        r#"{"$schema":"file:///values.schema.json"}"#,
        "{}",
        r#"draft "file:///values.schema.json" is not supported"#,
    ),
    (
        r#"{"$schema":"http://example.com/meta"}"#,
        "{}",
        r#"failing loading "http://example.com/meta": schemas are not fetched from the network"#,
    ),
    (
        r#"{"properties":{"a":{"$id":"x.json"},"b":{"$id":"x.json"}}}"#,
        "{}",
        r#"duplicate id "file:///x.json" in "file:///values.schema.json" at "/properties/b" and "/properties/a""#,
    ),
    (
        "[]",
        "{}",
        "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema validation failed with 'https://json-schema.org/draft/2020-12/schema#'\n- at '': got array, want boolean or object",
    ),
    ("{} {}", "{}", "invalid character after top-level value"),
];
