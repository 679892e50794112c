//! Release names: which ones Helm allows, and those that `--name-template` makes.

use std::sync::Arc;

use gostd::value::{Arena, Signature, Type, Value};
use gotemplate::{Body, Call, CallError, Function, FunctionTable, MissingKey, TemplateSet, World};

use super::RenderError;
use super::host::Engine;
use crate::{HelmVersion, Limits};

/// Helm's rule for release names (helm: pkg/chart/v2/util/validate_name.go).
pub fn check_release_name(name: &str, helm: HelmVersion) -> Result<(), RenderError> {
    let label = |label: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !label.is_empty() && label.chars().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    if name.len() <= 53 && name.split('.').all(label) {
        return Ok(());
    }
    Err(RenderError::ReleaseName { name: name.to_owned(), helm })
}

/// What the template of `--name-template` gives, with Sprig's functions alone; an error is Go's text
/// (helm: pkg/action/install.go, `TemplateName`).
pub fn release_name(template: &str, world: &dyn World) -> Result<String, String> {
    const NAME: &[u8] = b"name-template";
    /// Outside of charts this is a function like any other.
    const FAIL: &[Function] = &[Function {
        name: "fail",
        signature: Signature { params: &[Type::String], variadic: false, result: Type::String },
        body: Body::Plain(|_, args| {
            Err(CallError::failed(args.first().and_then(Value::as_bytes).unwrap_or_default()))
        }),
    }];
    let lossy = |text: Vec<u8>| String::from_utf8_lossy(&text).into_owned();
    let functions = Arc::new(FunctionTable::new(&[sprig::functions(), FAIL]));
    let mut templates = TemplateSet::new(NAME, functions, MissingKey::Invalid);
    templates.parse(NAME, template.as_bytes()).map_err(|error| lossy(error.text()))?;
    let (arena, budget) = (Arena::new(), Limits::DEFAULT.budget());
    let engine = Engine::default();
    let call = Call::new(&arena, world, &budget, &engine);
    let call = call.with_templates(&templates);
    call.execute(NAME, Value::Nil).map(lossy).map_err(|error| lossy(error.text()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefusingWorld;

    #[test]
    fn names_are_dns_labels() {
        let text = |name: &str, helm| check_release_name(name, helm).map_err(|error| error.to_string());
        assert_eq!(text("a-1.b", HelmVersion::V4_2_4), Ok(()));
        let empty = text("", HelmVersion::V3_21_4).unwrap_err();
        assert_eq!(empty, "release name \"\": no name provided");
        let bad = text("A\u{7f}", HelmVersion::V4_2_4).unwrap_err();
        assert!(
            bad.starts_with("release name check failed: release name \"A\\x7f\": invalid release name, ")
        );
    }

    #[test]
    fn names_come_from_templates() {
        assert_eq!(release_name("x-{{ \"A\" | lower }}", &RefusingWorld).unwrap(), "x-a");
        for (template, want) in [
            ("{{ lowr }}", "template: name-template:1: function \"lowr\" not defined"),
            (
                "{{ fail \"x\" }}",
                "template: name-template:1:3: executing \"name-template\" at <fail \"x\">: error calling fail: x",
            ),
        ] {
            assert_eq!(release_name(template, &RefusingWorld).unwrap_err(), want);
        }
    }
}
