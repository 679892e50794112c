//! Templates with the results that the reference gave for them: Helm 4.2.3, and Sprig 3.3.0 in Go's own engine.

use std::sync::Arc;

use gostd::value::{Arena, MapType, Value};
use gostd::{json, utf8};
use gotemplate::{
    Budget, Call, CallError, FunctionTable, Host, MissingKey, Refusal, Site, TemplateSet, World,
};
use serde_json::Value as Json;

/// The file that the templates stood in.
const NAME: &str = "t/templates/t.yaml";

/// A world with a clock and randomness of no use: results that depend on them aren't compared.
struct Anything;

impl World for Anything {
    fn now(&self, _: &'static str) -> Result<(i64, u32), Refusal> {
        Ok((1_700_000_000, 0))
    }

    fn entropy(&self, _: &'static str, _: Option<&Site<'_>>, buffer: &mut [u8]) -> Result<(), Refusal> {
        buffer.fill(0x5a);
        Ok(())
    }
}

/// A world that refuses everything.
struct Hermetic;

impl World for Hermetic {
    fn now(&self, function: &'static str) -> Result<(i64, u32), Refusal> {
        Err(Refusal { function, asked_for: "the time" })
    }

    fn entropy(&self, function: &'static str, _: Option<&Site<'_>>, _: &mut [u8]) -> Result<(), Refusal> {
        Err(Refusal { function, asked_for: "randomness" })
    }
}

struct NoHost;

impl<'r> Host<'r> for NoHost {
    fn call(&self, name: &'static str, _: &Call<'_, 'r>, _: &[Value<'r>]) -> Result<Value<'r>, CallError> {
        Err(CallError::failed(format!("{name} is not Sprig's")))
    }
}

/// Who renders: the shape of the dot differs.
#[derive(Clone, Copy, PartialEq)]
enum Engine {
    Helm,
    Go,
}

fn render(engine: Engine, world: &dyn World, template: &str, values: &Json) -> Result<String, String> {
    // The results were recorded through JSON, which has no invalid bytes.
    let text = |bytes: Vec<u8>| utf8::to_valid(&bytes).into_owned();
    let missing_key = if engine == Engine::Helm { MissingKey::Zero } else { MissingKey::Invalid };
    let functions = Arc::new(FunctionTable::new(&[sprig::functions()]));
    let mut templates = TemplateSet::new("gotpl", functions, missing_key);
    templates.parse(NAME, template).map_err(|error| text(error.text()))?;

    let values = json::decode(values.to_string().as_bytes()).expect("JSON that was just written");
    let arena = Arena::new();
    let budget = Budget::default();
    let values = Value::from_frozen(&arena, &values).as_map().expect("a map");
    let dot = match engine {
        Engine::Helm => arena.map_of([("Values", Value::Map(values.with_type(MapType::CommonValues)))]),
        Engine::Go => values,
    };
    let call = Call::new(&arena, world, &budget, &NoHost).with_templates(&templates);
    let output = text(call.execute(NAME, Value::Map(dot)).map_err(|error| text(error.text()))?);
    Ok(if engine == Engine::Helm { output.replace("<no value>", "") } else { output })
}

/// Helm prints a chain of errors that are all of the template engine in blocks; its last line is the message.
fn agrees(ours: &str, wanted: &str) -> bool {
    let message = wanted.lines().last().unwrap_or_default().trim_start();
    if wanted.starts_with("template: ") { ours == wanted } else { ours.ends_with(&format!(": {message}")) }
}

fn check(engine: Engine, cases: &str, default_values: &Json) {
    let cases: Vec<Json> = serde_json::from_str(cases).expect("a list of cases");
    let mut differing = Vec::new();
    for case in &cases {
        let template = case["template"].as_str().unwrap_or_default();
        let ours = render(engine, &Anything, template, case.get("values").unwrap_or(default_values));
        let output = case.get("output").and_then(Json::as_str);
        let error = case.get("error").and_then(Json::as_str).unwrap_or_default();
        let good = match &ours {
            Ok(ours) => Some(ours.as_str()) == output,
            Err(ours) => output.is_none() && agrees(ours, error),
        };
        if !good {
            let wanted = output.unwrap_or(error);
            differing.push(format!("{template}\n  wanted {wanted:?}\n  ours   {ours:?}"));
        }
    }
    assert!(differing.is_empty(), "{} of {}:\n{}", differing.len(), cases.len(), differing.join("\n"));
}

#[test]
fn agrees_with_helm() {
    check(Engine::Helm, include_str!("data/helm-4.2.3.json"), &Json::Object(Default::default()));
}

#[test]
fn agrees_with_sprig() {
    let values = serde_json::json!({"n": null, "f": 1.5, "l": [1, 2, "a"], "m": {"a": 1}});
    check(Engine::Go, include_str!("data/sprig-3.3.0.json"), &values);
}

#[test]
fn hermetic_worlds_refuse_by_name() {
    let calls = [
        "now",
        "ago 0",
        "date `2006` `x`",
        "htmlDate nil",
        "dateInZone `2006` nil `UTC`",
        "htmlDateInZone 1.5 `UTC`",
        "randAlphaNum 1",
        "randAlpha 1",
        "randNumeric 1",
        "randAscii 1",
        "randBytes 1",
        "randInt 1 9",
        "shuffle `ab`",
        "uuidv4",
        "bcrypt `x`",
        "htpasswd `u` `p`",
        "encryptAES `k` `x`",
        "genPrivateKey `rsa`",
        "genCA `x` 1",
        "genSelfSignedCert `x` nil nil 1",
    ];
    for call in calls {
        let name = call.split(' ').next().unwrap_or_default();
        let error = render(Engine::Go, &Hermetic, &format!("{{{{ {call} }}}}"), &serde_json::json!({}));
        let error = error.expect_err(call);
        assert!(error.contains(&format!(": {name} reads ")), "{call}: {error}");
    }
    // What draws nothing isn't refused.
    for call in ["randAlphaNum 0", "shuffle ``", "encryptAES `k` ``", "date `2006` 0", "genPrivateKey `x`"] {
        assert!(render(Engine::Go, &Hermetic, &format!("{{{{ {call} }}}}"), &serde_json::json!({})).is_ok());
    }
}

#[test]
fn sizes_are_checked_before_anything_is_built() {
    const HUGE: i64 = i64::MAX;
    let calls = [
        format!("repeat {HUGE} `ab`"),
        format!("until {HUGE}"),
        format!("until -{HUGE}"),
        format!("untilStep 0 {HUGE} {}", HUGE - 1),
        format!("untilStep -{HUGE} {HUGE} 1"),
        format!("seq {}", HUGE - 1),
        format!("indent {HUGE} `a`"),
        format!("nindent {HUGE} `a`"),
        format!("randAlphaNum {HUGE}"),
        format!("randBytes {HUGE}"),
        "join (repeat 1000000 `x`) (until 10000)".to_owned(),
        "replace `` (repeat 1000000 `x`) (repeat 10000 `y`)".to_owned(),
    ];
    for call in calls {
        let error = render(Engine::Go, &Anything, &format!("{{{{ {call} }}}}"), &serde_json::json!({}));
        let error = error.expect_err(&call);
        assert!(error.contains("the render needs more than"), "{call}: {error}");
    }
}

#[test]
fn values_that_hold_themselves_end() {
    let own = "{{ $a := dict }}{{ $_ := set $a `s` $a }}";
    for (call, wanted) in [
        ("deepEqual $a (dict `s` $a)", Some("true")),
        ("deepCopy $a", None),
        ("merge $a $a", None),
        ("has $a (list $a)", Some("true")),
    ] {
        let rendered =
            render(Engine::Go, &Anything, &format!("{own}{{{{ {call} }}}}"), &serde_json::json!({}));
        assert_eq!(rendered.ok().as_deref(), wanted, "{call}");
    }
}
