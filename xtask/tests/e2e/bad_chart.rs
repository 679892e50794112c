//! Charts and values that don't render: the place, the way there, and where the value came from.

use crate::harness::{Repo, Run, Sandbox};

/// The shop with a release of a chart that is edited before it is frozen; promoting it must be refused.
#[track_caller]
fn check(edit: impl FnOnce(&Repo<'_>), says: &[&str]) -> Run {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    edit(&shop);
    let revision = shop.commit("Edit");
    // The release is cut all the same, and what doesn't render is told.
    shop.freeze(&revision).says(&says[..1]);
    shop.refuses(&["promote", "staging"], 1, says);
    shop.refuses(&["render"], 1, says)
}

/// The chart gets a template that is added to the others.
#[track_caller]
fn check_template(text: &str, says: &[&str]) -> Run {
    check(|shop| shop.write("helm/templates/extra.yaml", text), says)
}

#[test]
fn an_error_shows_the_line_a_caret_and_the_way_there() {
    let run = check(
        |shop| {
            shop.write(
                "helm/templates/_extra.tpl",
                "{{- define \"shop.inner\" -}}\n{{ .missing.deeper }}\n{{- end -}}\n{{- define \"shop.outer\" -}}\n{{ include \"shop.inner\" . }}\n{{- end -}}\n",
            );
            shop.write(
                "helm/templates/extra.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: extra\ndata:\n  text: {{ include \"shop.outer\" . }}\n",
            );
        },
        &[
            // Helm's own words.
            "nil pointer evaluating interface {}.deeper",
            // The place, its line, and who included it.
            "templates/_extra.tpl:2:",
            "{{ .missing.deeper }}",
            "^",
            "templates/_extra.tpl:5:",
            "templates/extra.yaml:6:",
        ],
    );
    let inner = run.stderr.rfind("_extra.tpl:2:").unwrap();
    let outer = run.stderr.rfind("extra.yaml:6:").unwrap();
    assert!(inner < outer, "innermost first: {}", run.transcript());
}

#[test]
fn a_template_that_cant_be_parsed_says_where() {
    check_template(
        "a: {{ if }}\n",
        &[
            "parse error at (shop/templates/extra.yaml:1): missing value for if",
            " --> shop/templates/extra.yaml:1:10\n",
            "1 | a: {{ if }}\n  |          ^^ missing value for if\n",
        ],
    );
}

#[test]
fn what_is_never_closed_is_shown_where_it_begins() {
    check_template(
        "{{- if .Values.image }}\na: 1\n{{- range .Values.list }}\n{{- end }}\n",
        &[
            "parse error at (shop/templates/extra.yaml:5): unexpected EOF",
            " --> shop/templates/extra.yaml:1:5\n",
            "  |     ^^ unexpected EOF: no {{ end }} is left for this\n",
            "hint: correct the template in the source, try it with `cargo xtask template NAME CHART -f VALUES`, and freeze that",
        ],
    );
}

#[test]
fn a_tpl_text_that_cant_be_parsed_is_shown_too() {
    check_template(
        "a: {{ tpl \"x\\n{{ if }}\" . }}\n",
        &[" --> gotpl:2:7\n", "2 | {{ if }}\n", " = included from shop/templates/extra.yaml:1:7\n"],
    );
}

#[test]
fn an_unknown_function_says_where() {
    check_template(
        "a:\n  b: {{ frobnicate 1 }}\n",
        &["templates/extra.yaml:2", "function \"frobnicate\" not defined"],
    );
}

#[test]
fn fail_is_quoted() {
    check_template("{{ fail \"not on my watch\" }}\n", &["templates/extra.yaml:1:", "not on my watch"]);
}

#[test]
fn a_value_of_the_wrong_type_is_traced_to_its_line() {
    check(
        |shop| shop.write("envs/deployments/staging/values.yaml", "# how many\nreplicas: many\n"),
        &["staging", "replicas", "integer", "envs/deployments/staging/values.yaml:2:"],
    );
}

#[test]
fn a_value_of_the_wrong_type_in_an_env_type_is_traced_as_well() {
    check(
        |shop| shop.write("envs/envTypes/staging.values.yaml", "greeting: 7\n"),
        &["staging", "greeting", "string", "envs/envTypes/staging.values.yaml:1:"],
    );
}

#[test]
fn what_stands_where_a_map_should_be_is_traced() {
    check(
        |shop| {
            shop.remove("helm/values.schema.json");
            shop.write("envs/deployments/staging/values.yaml", "replicas: 2\nsettings: 3\n");
        },
        &[
            "can't evaluate field colour in type interface {}",
            "\n  envs/deployments/staging/values.yaml:2:1: sets `settings`\n",
            "hint: correct the value where it is set; or correct the template in the source, and freeze that",
        ],
    )
    .says_nothing_of(&["(the chart's)"]);
}

#[test]
fn an_object_that_is_rendered_twice_shows_where_it_differs() {
    let object = |colour: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  colour: {colour}\n")
    };
    check_template(
        &format!("{}---\n{}", object("red"), object("blue")),
        &[
            "shop/templates/extra.yaml renders ConfigMap x twice, with different content",
            " --> rendered from shop/templates/extra.yaml, document 2, line 6, column 3\n",
            "6 |   colour: blue\n  |   ^ differs from shop/templates/extra.yaml, document 1\n",
            " = document 2 starts in line 8 of what is rendered\n",
        ],
    );
}

#[test]
fn an_object_without_a_kind_is_refused() {
    check_template(
        "apiVersion: v1\nmetadata:\n  name: x\n",
        &[
            "shop/templates/extra.yaml, document 1: an object without `kind`",
            " --> rendered from shop/templates/extra.yaml, document 1\n",
            "1 | apiVersion: v1\n2 | metadata:\n3 |   name: x\n",
            "give it `kind` and `metadata.name`",
        ],
    );
}

#[test]
fn an_object_without_a_name_is_refused() {
    check_template(
        "# a comment\n---\napiVersion: v1\nkind: ConfigMap\n",
        &[
            "shop/templates/extra.yaml, document 2: an object without `metadata.name`",
            " = document 2 starts in line 3 of what is rendered\n",
        ],
    );
}

#[test]
fn a_list_of_objects_is_refused_with_what_to_do() {
    check_template(
        "apiVersion: v1\nkind: List\nitems: []\n",
        &["shop/templates/extra.yaml", "documents of their own"],
    );
}

#[test]
fn documents_of_comments_alone_are_no_objects() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    let before = {
        shop.freeze(&shop.head());
        shop.paths("HEAD:rendered")
    };
    shop.write(
        "helm/templates/comments.yaml",
        "# nothing here\n---\n# nor here\n---\n{{- /* nor here */}}\n",
    );
    shop.freeze(&shop.commit("Comments"));
    pretty_assertions::assert_eq!(shop.paths("HEAD:rendered"), before);
    shop.promote("staging");
}

#[test]
fn a_manifest_that_argo_cd_would_skip_is_refused() {
    check_template(
        "# +argocd:skip-file-rendering\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n",
        &[
            "shop/templates/extra.yaml, document 1: ConfigMap x holds the marker `+argocd:skip-file-rendering`",
            "\n1 | # +argocd:skip-file-rendering\n  |   ^ Argo CD skips the file for this\n",
            "remove the marker",
        ],
    );
}

#[test]
fn output_that_is_no_yaml_says_which_template() {
    check_template("kind: ConfigMap\n a: [\n", &["templates/extra.yaml", "YAML"]);
    check_template(
        "# a comment\n---\n{{ if true }}kind: ConfigMap{{ end }}\nmetadata: { name: x }\ndata:\n  a: b: c\n",
        &[
            "YAML parse error on shop/templates/extra.yaml: error converting YAML to JSON: yaml: line 4:",
            " --> rendered from shop/templates/extra.yaml, document 2, line 4, column 7\n",
            "2 | metadata: { name: x }\n3 | data:\n4 |   a: b: c\n  |       ^ mapping values are not allowed",
            " = document 2 starts in line 3 of what is rendered\n",
        ],
    );
}

#[test]
fn randomness_and_time_are_refused_where_they_are_reached() {
    let object =
        |call: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  x: {call}\n");
    for call in ["{{ randAlphaNum 8 }}", "{{ now }}", "{{ uuidv4 }}", "{{ (genCA \"x\" 1).Cert | b64enc }}"] {
        check_template(&object(call), &["templates/extra.yaml:6:", "same bytes"]);
    }
    // Where none is reached, all is well.
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.write(
        "helm/templates/extra.yaml",
        format!("{{{{ if false }}}}{}{{{{ end }}}}", object("{{ uuidv4 }}")),
    );
    shop.freeze(&shop.commit("Unreached"));
    shop.promote("staging");
}

#[test]
fn every_deployment_that_fails_is_told() {
    check(
        |shop| shop.edit("helm/values.yaml", "colour: blue", "colour: \"\""),
        &["settings.colour is missing"],
    )
    .says(&["staging, staging-eu, test, production: execution error at"]);
}

#[test]
fn what_fails_everywhere_is_told_once_and_promised_nowhere() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.edit("helm/values.yaml", "colour: blue", "colour: \"\"");
    let run = shop.freeze(&shop.commit("Edit"));
    run.says(&[
        "these deployments don't render, their old candidates stay\nstaging, staging-eu, test, production: execution",
        "no stage takes it as it is",
    ]);
    run.says_nothing_of(&["promote it"]);
    assert_eq!(run.stderr.matches("settings.colour is missing\n").count(), 2, "{}", run.transcript());
    let run = shop.leaves_all(&["render", "--check"]);
    run.says(&["4 deployments don't render, their candidates are older ones\n"]);
    run.says_nothing_of(&["0 deployments"]);
    // Programs are told of each by itself.
    let document = shop.leaves_all(&["render", "--check", "--json"]).json();
    let names: Vec<_> = document["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failure| failure["deployment"].clone())
        .collect();
    assert_eq!(names, ["staging", "staging-eu", "test", "production"]);
}

#[test]
fn a_freeze_says_what_to_do_about_a_deployment_that_fails() {
    let sandbox = Sandbox::new();
    let shop = sandbox.shop();
    shop.write("helm/templates/extra.yaml", "metadata:\n  name: x\n");
    shop.freeze(&shop.commit("Edit")).says(&["an object without `kind`", "hint: give it `kind` and"]);
}

#[test]
fn recursion_without_end_is_no_crash() {
    check_template(
        "{{- define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}\n",
        &["templates/extra.yaml", "= … 996 more …\n"],
    );
}
