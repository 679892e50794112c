//! Values as YAML in block style: the text of an object that isn't shown as it was written.

use serde_json::Value;

use crate::records::scalar;

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

    #[test]
    fn block_yaml_is_read_back() {
        let text = "a:\n- b: 1\n  c: [x, [y]]\n- []\n- {}\n- null\nd: {e: {f: \"true\"}}\n";
        let value = crate::diff::to_json(&goyaml::decode(text.as_bytes()).unwrap());
        let written = to_block_yaml(&value);
        assert_eq!(crate::diff::to_json(&goyaml::decode(written.as_bytes()).unwrap()), value, "{written}");
    }
}
