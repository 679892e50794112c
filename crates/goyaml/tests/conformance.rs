//! `toYaml` and `toYamlPretty` against what Helm's own functions gave for the same values.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test: what is unexpected fails it")]

use gostd::value::{Arena, Frozen, ListType, Value};
use pretty_assertions::assert_eq;

/// Recorded from Helm; every case has its function, its value and the output. The form says what the template
/// makes of the value: itself (`value`, or all `values`), a `list` of it, or a map with it as the `key`.
const CASES: &str = include_str!("conformance.json");

fn text<'f>(case: &'f Frozen, name: &str) -> &'f str {
    let text = case.as_map().unwrap().get(name.as_bytes()).unwrap().as_bytes().unwrap();
    std::str::from_utf8(text).unwrap()
}

fn render(function: &str, value: Value<'_>) -> String {
    let output = match function {
        "toYaml" | "mustToYaml" => goyaml::to_yaml_trimmed(value),
        "toYamlPretty" => goyaml::to_yaml_pretty(value),
        other => panic!("{other} is no function of these tests"),
    };
    String::from_utf8(output.unwrap_or_default()).unwrap()
}

#[test]
fn recorded_cases_agree() {
    let cases = gostd::json::decode(CASES.as_bytes()).unwrap();
    let Frozen::List(cases) = &cases else { panic!("the cases are a list") };
    for case in cases.iter() {
        let arena = Arena::new();
        let value = Value::from_frozen(&arena, case.as_map().unwrap().get(b"value").unwrap());
        let function = text(case, "function");
        let output = match text(case, "form") {
            "value" | "values" => render(function, value),
            "list" => {
                let inner = Value::List(arena.list(ListType::Any, &[value]));
                let map = Value::Map(arena.map_of([("a", value), ("b", value)]));
                render(function, Value::List(arena.list(ListType::Any, &[value, inner, map])))
            }
            "key" => {
                let key = value.as_bytes().unwrap();
                let one = Value::List(arena.list(ListType::Any, &[Value::int(1)]));
                let plain = render(function, Value::Map(arena.map_of([(key, Value::int(1))])));
                let map = Value::Map(arena.map_of([(key, one)]));
                let nested = render(function, Value::List(arena.list(ListType::Any, &[map])));
                format!("{plain}|{nested}")
            }
            other => panic!("{other} is no form of these tests"),
        };
        assert_eq!(output, text(case, "output"), "{}", text(case, "id"));
    }
}
