//! Cases out of a grammar: templates, values and charts, with mistakes in them.

mod expressions;
mod functions;
mod literals;
mod statements;
mod yaml;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::choices::Choices;
use super::{Case, Mode};
use literals::{KEYS, TEXTS};
use statements::Statements;

const CHART: &str = "apiVersion: v2\nname: t\nversion: 0.1.0\n";

/// What is put into a template's text to break it.
const DAMAGE: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    "-}}",
    " ",
    "|",
    "(",
    ")",
    "\"",
    "`",
    "'",
    ".",
    ",",
    ":=",
    "=",
    "$",
    "-",
    "end",
    "else",
    "break",
    "@",
    "é",
    "\n",
    "#",
    "/*",
    "*/",
    "0x",
    "1e",
    "nil",
    "$v0",
    ".Values",
    "\\",
    "1",
    "true",
    "{{ end }}",
    "{{ else }}",
    "\u{0}",
    "\t",
];

/// The case that those choices make.
pub(super) fn case(choices: &mut Choices) -> Case {
    match choices.below(10) {
        0..7 => one_template(choices),
        7 => values_file(choices),
        8 => whole_chart(choices),
        _ => manifests(choices),
    }
}

/// Most of what can go wrong is in a single template.
fn one_template(choices: &mut Choices) -> Case {
    let wildness = choices.one(&[0, 40, 12]);
    let mut files = BTreeMap::from([("Chart.yaml".to_owned(), CHART.to_owned())]);
    let mut names = Vec::new();
    if choices.chance(1, 4) {
        let helper = Statements::new(choices, wildness, Vec::new()).template();
        files.insert("templates/_h.tpl".to_owned(), format!("{{{{ define \"a0\" }}}}{helper}{{{{ end }}}}"));
        names.push("a0".to_owned());
    }
    let mut template = Statements::new(choices, wildness, names).template();
    yaml::damage(choices, &mut template, DAMAGE, 25);
    files.insert("templates/t.yaml".to_owned(), template);
    if choices.chance(1, 3) {
        extra_files(choices, &mut files);
    }
    let values = values(choices);
    if choices.chance(1, 8) {
        let defaults = self::values(choices);
        files.insert("values.yaml".to_owned(), defaults.to_string());
    }
    Case { files, values, mode: Mode::Templates }
}

/// YAML read by Helm, shown as it understood it.
fn values_file(choices: &mut Choices) -> Case {
    let text = yaml::document(choices);
    let mut files = BTreeMap::from([("Chart.yaml".to_owned(), CHART.to_owned())]);
    let (path, template) = match choices.below(6) {
        0 => ("values.yaml", "{{ toJson .Values }}"),
        1 => ("values.yaml", "{{ toYaml .Values }}"),
        2 => ("a.yaml", "{{ .Files.Get \"a.yaml\" | fromYaml | toJson }}"),
        3 => ("a.yaml", "{{ .Files.Get \"a.yaml\" | fromYaml | toYamlPretty }}"),
        4 => ("a.yaml", "{{ .Files.Get \"a.yaml\" | fromYaml | toToml }}"),
        _ => ("a.yaml", "{{ .Files.Get \"a.yaml\" | fromYamlArray }}"),
    };
    files.insert(path.to_owned(), text);
    files.insert("templates/t.yaml".to_owned(), template.to_owned());
    let values = if choices.chance(1, 4) { values(choices) } else { json!({}) };
    Case { files, values, mode: Mode::Templates }
}

/// Subcharts with aliases, conditions, tags, globals and imported values.
fn whole_chart(choices: &mut Choices) -> Case {
    let mut chart = CHART.to_owned();
    let mut files = BTreeMap::new();
    if choices.chance(1, 3) {
        chart.push_str(choices.text(&[
            "appVersion: 1.10\n",
            "appVersion: \"1.0\"\nkeywords: [a, b]\n",
            "description: \"a\\tb\"\nannotations: {a: b}\n",
            "home: x\nsources: [y]\nicon: z\n",
            "maintainers:\n- name: m\n  email: e\n",
            "kubeVersion: \">=1.20\"\n",
            "type: application\ndeprecated: true\n",
            "appVersion: 12345678.5\n",
            "type: library\n",
            "Name: u\n",
            "annotations: {a: 1}\n",
            "maintainers: [null]\n",
            "version: x\n",
            "appVersion: yes\n",
            "keywords: x\n",
            "name: a/b\n",
            "unknown: 1\n",
            "dependencies: []\n",
        ]));
    }
    let count = 1 + choices.below(2);
    let mut dependencies = String::new();
    for number in 0..count {
        let name = ["s", "u"][number as usize % 2];
        if choices.chance(3, 4) {
            dependencies.push_str(&format!(
                "- name: {name}\n  version: \"{}\"\n",
                choices.text(&["0.1.0", ">=0", "*", "^0.1", "x", "", "1"])
            ));
            if choices.chance(1, 2) {
                dependencies.push_str(choices.text(&[
                    "  condition: s.on\n",
                    "  condition: s.on,global.on\n",
                    "  condition: nope.x\n",
                    "  tags: [g]\n",
                    "  tags: [g, h]\n",
                    "  alias: w\n",
                    "  alias: d\n",
                    "  alias: a_b\n",
                    "  alias: a.b\n",
                    "  condition: b\n",
                    "  condition: \"\"\n",
                    "  condition: d.a\n",
                    "  enabled: false\n",
                ]));
            }
            if choices.chance(1, 3) {
                dependencies.push_str(choices.text(&[
                    "  import-values: [data]\n",
                    "  import-values:\n  - child: d\n    parent: d\n",
                    "  import-values:\n  - child: exports.data\n    parent: .\n",
                    "  import-values:\n  - child: nope\n    parent: x\n",
                    "  import-values: [nope]\n",
                    "  import-values:\n  - child: d\n    parent: q.r\n",
                    "  import-values:\n  - child: s\n    parent: d\n",
                ]));
            }
            if choices.chance(1, 8) {
                dependencies.push_str(&format!("- name: {name}\n  version: \"*\"\n  alias: twice\n"));
            }
        }
        let path = |file: &str| format!("charts/{name}/{file}");
        files.insert(
            path("Chart.yaml"),
            format!(
                "apiVersion: v2\nname: {name}\nversion: {}\n",
                choices.text(&["0.1.0", "0.1.0-a", "v0.1", "2.0.0"])
            ),
        );
        let defaults = defaults(choices);
        files.insert(path("values.yaml"), defaults);
        let template = match choices.below(4) {
            0 => "{{ toJson .Values }}".to_owned(),
            1 => "{{ .Chart.Name }} {{ .Values.global }} {{ .Template.Name }} {{ toYaml .Values }}".to_owned(),
            2 => "{{ define \"a0\" }}of the child{{ end }}{{ $_ := set .Values \"seen\" 1 }}{{ include \"a0\" . }}{{ .Values.d }}".to_owned(),
            _ => Statements::new(choices, 40, Vec::new()).template(),
        };
        files.insert(path("templates/c.yaml"), template);
        if choices.chance(1, 8) {
            files
                .insert(path("templates/_h.tpl"), "{{ define \"a0\" }}{{ .Chart.Name }}{{ end }}".to_owned());
        }
    }
    if !dependencies.is_empty() && !chart.contains("dependencies") {
        chart.push_str("dependencies:\n");
        chart.push_str(&dependencies);
    }
    files.insert("Chart.yaml".to_owned(), chart);
    if choices.chance(2, 3) {
        let defaults = defaults(choices);
        files.insert("values.yaml".to_owned(), defaults);
    }
    let template = match choices.below(3) {
        0 => "{{ toJson .Values }}".to_owned(),
        1 => "{{ toYaml .Chart }}{{ range $k, $v := .Subcharts }}{{ $k }}{{ toJson $v.Values }}{{ $v.Chart.Name }}{{ end }}".to_owned(),
        _ => Statements::new(choices, 0, vec!["a0".to_owned()]).template(),
    };
    files.insert("templates/t.yaml".to_owned(), template);
    let mut values = values(choices);
    if let Value::Object(map) = &mut values {
        for key in ["s", "w", "global", "tags", "u"] {
            if choices.chance(1, 3) {
                let value = match key {
                    "tags" => json!({"g": choices.chance(1, 2), "h": choices.chance(1, 2)}),
                    _ => match choices.below(6) {
                        0 => json!({"on": choices.chance(1, 2), "d": {"a": 7, "x": null}}),
                        1 => json!({"global": {"g": 1, "d": {"a": null}}, "d": null}),
                        2 => json!({}),
                        3 => json!({"on": "text", "s": {"a": 1}}),
                        4 => Value::Null,
                        _ => scalar(choices),
                    },
                };
                map.insert(key.to_owned(), value);
            }
        }
        // A child's values have to be a map, which the text that `s` usually is isn't.
        if matches!(map.get("s"), Some(Value::String(_))) {
            map.remove("s");
        }
    }
    let mode = if choices.chance(1, 3) { Mode::Release } else { Mode::Templates };
    if matches!(mode, Mode::Release) {
        for name in ["s", "u"] {
            if dependencies.contains(&format!("name: {name}\n"))
                != files.contains_key(&format!("charts/{name}/Chart.yaml"))
            {
                return Case { files, values, mode: Mode::Templates };
            }
        }
        if files["Chart.yaml"].contains("library") {
            return Case { files, values, mode: Mode::Templates };
        }
    }
    Case { files, values, mode }
}

/// A chart's values.yaml with something for subcharts in it.
fn defaults(choices: &mut Choices) -> String {
    let mut text = String::new();
    for _ in 0..1 + choices.below(4) {
        let line = choices.text(&[
            "d: {a: 1, b: {c: 2, n: null}}\n",
            "on: true\n",
            "on: false\n",
            "s: {on: true, d: {a: 3}}\n",
            "global: {g: 2, d: {a: 1, b: 1}}\n",
            "exports: {data: {a: 9, d: {z: 1}}}\n",
            "x: null\n",
            "l: [1, null]\n",
            "u: {d: {a: null}, on: false}\n",
            "w: {d: {b: 5}}\n",
            "tags: {g: false}\n",
            "global: null\n",
            "global: text\n",
            "b: false\n",
            "s: null\n",
            "twice: {d: {a: 4}}\n",
            "n: 1e6\n",
            "---\nd: {q: 1}\n",
            "exports: {data: 1}\n",
        ]);
        let key = line.split(':').next().unwrap_or_default();
        if !text.lines().any(|before: &str| before.starts_with(key)) || choices.chance(1, 8) {
            text.push_str(line);
        }
    }
    if choices.chance(1, 10) {
        text = yaml::document(choices);
    }
    text
}

/// Documents that Helm splits, parses and sorts.
fn manifests(choices: &mut Choices) -> Case {
    let mut files = BTreeMap::from([("Chart.yaml".to_owned(), CHART.to_owned())]);
    for number in 0..1 + choices.below(3) {
        let name = ["t.yaml", "a.yaml", "sub/b.json", "NOTES.txt", "_p.tpl", "B.txt"]
            [(number + choices.below(3)) as usize % 6];
        let mut text = String::new();
        for _ in 0..choices.below(5) {
            text.push_str(choices.text(&[
                "---\n",
                "",
                "\n---\n",
                "--- \n",
                "---\t# c\n",
                "\n\n---\n\n",
                "---",
                "----\n",
                "...\n",
                " ---\n",
                "---\r\n",
                "--- # x\n",
                "\n",
                "# only\n",
            ]));
            let kind = choices.text(&[
                "ConfigMap",
                "Deployment",
                "Foo",
                "Service",
                "Secret",
                "Namespace",
                "Job",
                "\"\"",
                "CustomResourceDefinition",
                "ValidatingWebhookConfiguration",
                "Bar",
                "1",
                "null",
                "[a]",
                "Pod",
            ]);
            match choices.below(5) {
                0..3 => {
                    text.push_str(&format!("apiVersion: v1\nkind: {kind}\nmetadata:\n  name: x{number}\n"));
                    if choices.chance(1, 3) {
                        text.push_str("  annotations:\n    ");
                        text.push_str(choices.text(&[
                            "helm.sh/hook: pre-install\n",
                            "helm.sh/hook: test\n",
                            "helm.sh/hook: post-install, pre-upgrade\n",
                            "helm.sh/hook: nope\n",
                            "helm.sh/hook: \"\"\n",
                            "helm.sh/hook: pre-install,nope\n",
                            "helm.sh/hook: 1\n",
                            "helm.sh/hook: Test\n    helm.sh/hook-weight: \"5\"\n",
                            "helm.sh/hook: pre-install\n    helm.sh/hook-weight: x\n",
                            "a: true\n",
                            "a: {b: 1}\n",
                            "helm.sh/hook: test-success\n",
                            "a:\n",
                            "helm.sh/hook: crd-install\n",
                            "helm.sh/hook: null\n",
                        ]));
                    }
                    text.push_str(choices.text(&[
                        "",
                        "data: {a: |\n}\n",
                        "data:\n  a: |\n    x\n    ---\n    y\n",
                        "\n",
                        "  \n",
                        "data: 1\nkind: Pod\n",
                        "{{ 1 }}: 2\n",
                    ]));
                }
                3 => text.push_str(choices.text(&[
                    "a: 1\n",
                    "[]\n",
                    "text\n",
                    "{\"kind\": \"Pod\"}",
                    "a: b: c\n",
                    "# c\n",
                    "\t\n",
                    "kind: A\n x: y\n",
                    "null\n",
                    "- a\n",
                    "{{ .Values.n }}: {{ .Values.s | quote }}\n",
                    "metadata: x\n",
                    "metadata: {annotations: []}\n",
                    "apiVersion: {}\n",
                    "metadata: {name: 1}\n",
                ])),
                _ => {
                    let mut document = yaml::document(choices).replace("{{", "{ {");
                    document.push('\n');
                    text.push_str(&document);
                }
            }
        }
        files.insert(format!("templates/{name}"), text);
    }
    let values = values(choices);
    Case { files, values, mode: Mode::Release }
}

fn extra_files(choices: &mut Choices, files: &mut BTreeMap<String, String>) {
    for name in ["a.txt", "conf/b.yaml", "empty.txt", "conf/c.ini"] {
        if choices.chance(1, 2) {
            let text = if name == "empty.txt" { "" } else { choices.text(TEXTS) };
            files.insert(name.to_owned(), text.to_owned());
        }
    }
}

/// User values: a few names whose kinds the templates count on, most of the time.
fn values(choices: &mut Choices) -> Value {
    let mut values = Map::new();
    for name in ["s", "t", "n", "i", "b", "d", "l", "m", "w", "z", "e", "global"] {
        let usual = !choices.chance(1, 12);
        let value = match name {
            "s" | "t" if usual => json!(choices.text(TEXTS)),
            "n" if usual => number(choices),
            "i" if usual => json!(choices.one(&[1, 0, 2, 3, -1, 10, 1_000_000])),
            "b" if usual => json!(choices.chance(1, 2)),
            "d" if usual => map(choices, 2),
            "l" if usual => list(choices, 2),
            "m" if usual => json!([choices.text(TEXTS), choices.text(TEXTS)]),
            "w" if usual && choices.chance(1, 3) => any(choices, 3),
            "z" if usual && choices.chance(1, 2) => Value::Null,
            _ if usual => continue,
            _ => any(choices, 1),
        };
        values.insert(name.to_owned(), value);
    }
    Value::Object(values)
}

fn any(choices: &mut Choices, depth: u32) -> Value {
    match choices.below(if depth == 0 { 4 } else { 8 }) {
        0..4 => scalar(choices),
        4 | 5 => list(choices, depth - 1),
        _ => map(choices, depth - 1),
    }
}

fn scalar(choices: &mut Choices) -> Value {
    match choices.below(6) {
        0 | 1 => json!(choices.text(TEXTS)),
        2 | 3 => number(choices),
        4 => json!(choices.chance(1, 2)),
        _ => Value::Null,
    }
}

fn number(choices: &mut Choices) -> Value {
    json!(choices.one(&[
        1.0,
        0.0,
        3.0,
        -1.0,
        1.5,
        -2.5,
        1e6,
        999_999.9,
        123_456_789.0,
        0.1,
        1e-5,
        1e-7,
        1e20,
        1e21,
        -0.0,
        9_007_199_254_740_992.0,
        1e300,
        5e-324,
        2_097_152.0,
        0.000_001,
        9.223_372_036_854_776e18,
        1.844_674_407_370_955_2e19,
        80.0,
        33.333,
        1_234_567.5,
        100_000.0,
    ]))
}

fn map(choices: &mut Choices, depth: u32) -> Value {
    let mut map = Map::new();
    for _ in 0..choices.below(5) {
        map.insert(choices.text(KEYS).to_owned(), any(choices, depth));
    }
    Value::Object(map)
}

fn list(choices: &mut Choices, depth: u32) -> Value {
    Value::Array((0..choices.below(5)).map(|_| any(choices, depth)).collect())
}
