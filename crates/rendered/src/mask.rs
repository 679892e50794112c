//! Masking what a Secret holds: a difference says that a value changed, never the value.

use helm::{Frozen, FrozenMap};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::manifests::hex;
use crate::records::scalar;

/// How many hexadecimal digits of a digest are shown: enough to tell two values apart.
const DIGITS: usize = 12;
/// What of a Secret holds its values.
const DATA: [&[u8]; 2] = [b"data", b"stringData"];
/// `kubectl apply` copies the whole object, data too, into this annotation.
const LAST_APPLIED: &[u8] = b"kubectl.kubernetes.io/last-applied-configuration";

/// A Secret with each value of `data` and `stringData` replaced by [`masked`]; `None` for any other object. Equal values
/// give equal masks, so that a change still shows.
pub fn mask_secret_data(object: &Frozen) -> Option<Frozen> {
    let map = object.as_map()?;
    let is = |key: &[u8], value: &[u8]| map.get(key).and_then(Frozen::as_bytes) == Some(value);
    if !is(b"kind", b"Secret") || !is(b"apiVersion", b"v1") {
        return None;
    }
    let pairs = map.iter().map(|(key, value)| {
        let value = match key {
            _ if DATA.contains(&key) => mask_each(value),
            b"metadata" => mask_last_applied(value),
            _ => value.clone(),
        };
        (key, value)
    });
    Some(Frozen::Map(FrozenMap::from_pairs(pairs)))
}

/// `<masked, sha256:…>`: what stands in place of a value.
pub fn masked(value: &[u8]) -> String {
    format!("<masked, sha256:{}>", &hex(&Sha256::digest(value))[..DIGITS])
}

fn mask(value: &Frozen) -> Frozen {
    Frozen::string(match value {
        Frozen::String(text) => masked(text),
        other => masked(crate::diff::to_json(other).to_string().as_bytes()),
    })
}

fn mask_each(data: &Frozen) -> Frozen {
    match data {
        Frozen::Nil => Frozen::Nil,
        Frozen::Map(map) => {
            Frozen::Map(FrozenMap::from_pairs(map.iter().map(|(key, value)| (key, mask(value)))))
        }
        other => mask(other),
    }
}

fn mask_last_applied(metadata: &Frozen) -> Frozen {
    let replace = |map: &Frozen, key: &[u8], with: &dyn Fn(&Frozen) -> Frozen| match map {
        Frozen::Map(map) => Frozen::Map(FrozenMap::from_pairs(
            map.iter().map(|(name, value)| (name, if name == key { with(value) } else { value.clone() })),
        )),
        other => other.clone(),
    };
    replace(metadata, b"annotations", &|annotations| replace(annotations, LAST_APPLIED, &mask))
}

/// A value as YAML in block style, its keys sorted: the text of an object that isn't shown as it was written.
pub(crate) fn to_block_yaml(value: &Value) -> String {
    let mut out = String::new();
    write_block(&mut out, value, 0, false);
    out
}

/// Writes a value whose first line is begun already where it stands in a list.
fn write_block(out: &mut String, value: &Value, indent: usize, begun: bool) {
    let mut pad = begun;
    let mut line = |out: &mut String| {
        if !std::mem::take(&mut pad) {
            out.push_str(&" ".repeat(indent));
        }
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                line(out);
                out.push_str(&scalar(key));
                out.push(':');
                nest(out, value, indent);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                line(out);
                out.push_str("- ");
                write_block(out, item, indent + 2, true);
            }
        }
        value => {
            line(out);
            out.push_str(&flow(value));
            out.push('\n');
        }
    }
}

fn nest(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            write_block(out, value, indent + 2, false);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            write_block(out, value, indent, false);
        }
        value => {
            out.push(' ');
            out.push_str(&flow(value));
            out.push('\n');
        }
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text).to_string(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn yaml(text: &str) -> Option<String> {
        let object = goyaml::decode(text.as_bytes()).unwrap();
        mask_secret_data(&object).map(|masked| to_block_yaml(&crate::diff::to_json(&masked)))
    }

    #[test]
    fn values_of_secrets_are_masked_and_nothing_else() {
        let text = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: hunter2\ndata:\n  a: aHVudGVyMg==\n  b: null\nstringData: {c: hunter2}\ntype: Opaque\n";
        let plain = masked(b"hunter2");
        assert_eq!(plain, "<masked, sha256:f52fbd32b2b3>");
        let expected = format!(
            "\
apiVersion: v1
data:
  a: \"{}\"
  b: \"{}\"
kind: Secret
metadata:
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: \"{plain}\"
  name: s
stringData:
  c: \"{plain}\"
type: Opaque
",
            masked(b"aHVudGVyMg=="),
            masked(b"null")
        );
        assert_eq!(yaml(text).unwrap(), expected);
        assert_eq!(yaml("apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n"), None);
        assert_eq!(yaml("apiVersion: example.org/v1\nkind: Secret\ndata: {a: b}\n"), None);
    }

    #[test]
    fn block_yaml_is_read_back() {
        let text = "a:\n- b: 1\n  c: [x, [y]]\n- []\n- {}\n- null\nd: {e: {f: \"true\"}}\n";
        let value = crate::diff::to_json(&goyaml::decode(text.as_bytes()).unwrap());
        let written = to_block_yaml(&value);
        assert_eq!(crate::diff::to_json(&goyaml::decode(written.as_bytes()).unwrap()), value, "{written}");
    }
}
