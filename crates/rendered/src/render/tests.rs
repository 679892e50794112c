//! Small charts, rendered.

use helm::{ChartFile, KubeVersion};
use pretty_assertions::{assert_eq, assert_ne};

use super::*;

fn chart(files: &[(&str, &str)]) -> Result<PreparedChart> {
    let mut all = vec![ChartFile::new("Chart.yaml", b"apiVersion: v2\nname: app\nversion: 0.1.0\n")];
    all.extend(files.iter().map(|(name, text)| ChartFile::new(*name, text.as_bytes())));
    let helm = HelmVersion::V4_2_3;
    PreparedChart::checked(helm::load_tree(all, helm), "app", helm, &Limits::DEFAULT)
}

fn spec() -> RenderSpec {
    RenderSpec {
        deployment: "staging".to_owned(),
        release_name: "r".to_owned(),
        namespace: "n".to_owned(),
        kube_version: KubeVersion::parse("v1.33.4").unwrap(),
        api_versions: Vec::new(),
        include_crds: false,
        skip_tests: false,
        disable_hooks: false,
        nondeterminism: Nondeterminism::Refuse,
        values: Vec::new(),
        set: Vec::new(),
    }
}

fn file(path: &str, text: &str) -> (RepoPath, Vec<u8>) {
    (RepoPath::new(path).unwrap(), text.as_bytes().to_vec())
}

const CONFIG_MAP: &str =
    "kind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata: {{ toJson .Values }}\n";

#[test]
fn values_lie_over_each_other() {
    let chart =
        chart(&[("templates/a.yaml", CONFIG_MAP), ("values.yaml", "a: 1\nb: 1\nc: 1\nimage: x\n")]).unwrap();
    let spec = RenderSpec { set: vec![("image".to_owned(), "repo:tag".to_owned())], ..spec() };
    let texts = [file("type.yaml", "b: 2\nc: 2\n"), file("own.yaml", "c: 3\n")];
    let rendered = render_deployment(&chart, &spec, &texts).unwrap();
    assert_eq!(rendered.files[0].file_name, "configmap-r.yaml");
    let text = String::from_utf8_lossy(&rendered.files[0].bytes);
    assert!(text.ends_with(r#"data: {"a":1,"b":2,"c":3,"image":"repo:tag"}"#), "{text}");
}

#[test]
fn failures_name_template_include_chain_and_values_file() {
    let helpers = "{{- define \"x\" -}}\n{{ .Values.web.port | b64dec | int }}{{ fail \"no\" }}\n{{- end }}";
    let template = "kind: A\nmetadata:\n  name: {{ .Values.web.port.number }}\n";
    let chart = chart(&[("templates/_h.tpl", helpers), ("templates/a.yaml", template)]).unwrap();
    let texts = [file("type.yaml", "web:\n  port: text\n")];
    let failure = render_deployment(&chart, &spec(), &texts).unwrap_err();
    let shown = failure.to_string();
    assert!(shown.starts_with("staging: "), "{shown}");
    assert!(shown.contains("app/templates/a.yaml:3:"), "{shown}");
    assert!(shown.ends_with("type.yaml:2:3: sets `web.port`"), "{shown}");
    assert!(failure.summary().starts_with("app/templates/a.yaml:3:"), "{}", failure.summary());
    assert_eq!(failure.summary().lines().count(), 1);
}

#[test]
fn one_failure_does_not_stop_the_others_and_order_is_kept() {
    let template = "kind: A\nmetadata:\n  name: {{ required \"name it\" .Values.name }}\n";
    let chart = chart(&[("templates/a.yaml", template)]).unwrap();
    let input = |deployment: &str, text: &str| {
        (RenderSpec { deployment: deployment.to_owned(), ..spec() }, vec![file("v.yaml", text)])
    };
    let inputs: Vec<RenderInput> =
        (0..20).map(|i| input(&format!("d{i}"), if i % 3 == 0 { "" } else { "name: x" })).collect();
    for (index, result) in render_all(&chart, &inputs).into_iter().enumerate() {
        match result {
            Ok(rendered) => assert_eq!((rendered.deployment, index % 3 == 0), (format!("d{index}"), false)),
            Err(failure) => {
                assert_eq!((failure.deployment.clone(), index % 3), (format!("d{index}"), 0));
                assert!(failure.text.contains("name it"), "{failure}");
            }
        }
    }
}

#[test]
fn a_seeded_render_is_the_same_again_and_keeps_its_clock() {
    let text = "kind: A\nmetadata:\n  name: x\na: {{ randAlphaNum 9 }}\nb: {{ now | unixEpoch }}\n";
    let chart = chart(&[("templates/a.yaml", text)]).unwrap();
    let render = |seed: &str, epoch: i64| {
        let epoch = jiff::Timestamp::from_millisecond(epoch).unwrap();
        let nondeterminism = Nondeterminism::Seeded { seed: seed.to_owned(), epoch };
        let rendered = render_deployment(&chart, &RenderSpec { nondeterminism, ..spec() }, &[]).unwrap();
        String::from_utf8(rendered.files[0].bytes.clone()).unwrap()
    };
    let first = render("s", 1_000);
    // The value itself: another one would rotate what is deployed.
    assert!(first.ends_with("a: FQr5FGM36\nb: 1"), "{first}");
    assert_eq!(first, render("s", 1_000));
    assert_eq!(first.replace("b: 1", "b: -2"), render("s", -1_500));
    assert_ne!(first, render("t", 1_000));
}

#[test]
fn what_goes_past_a_bound_says_how_to_raise_it() {
    let files =
        [("templates/a.yaml", "kind: A\nmetadata: {name: {{ .Values.x }}}\n"), ("values.yaml", "x: y\n")];
    let mut chart = chart(&files).unwrap();
    chart.limits.steps = 2;
    let hint =
        |chart: &PreparedChart, texts: &[_]| render_deployment(chart, &spec(), texts).unwrap_err().hint;
    let steps = "if the chart is meant to cost so much, say more in the pipeline file: `bounds: { steps: … }`, now 2, at most 20000000000";
    assert_eq!(hint(&chart, &[]).unwrap(), steps);
    chart.limits = Limits { yaml_nodes: 3, ..Limits::MOST };
    assert!(render_deployment(&chart, &spec(), &[file("own.yaml", "x: z")]).is_ok());
    assert!(
        hint(&chart, &[file("own.yaml", "x: [z]")]).unwrap().contains("`bounds: { yamlNodes: … }`, now 3")
    );
    chart.limits = Limits::MOST;
    assert!(render_deployment(&chart, &spec(), &[]).is_ok());
    assert_eq!(
        raise(Bound::Depth, &chart.limits),
        "the bound `depth` stands at the most that it can, 120000: the chart has to cost less"
    );
}

#[test]
fn what_cannot_be_rendered_says_why() {
    let random =
        chart(&[("templates/a.yaml", "kind: A\nmetadata:\n  name: {{ randAlphaNum 5 }}\n")]).unwrap();
    let failure = render_deployment(&random, &spec(), &[]).unwrap_err();
    assert!(failure.hint.as_ref().unwrap().contains("same bytes"), "{failure}");
    assert_eq!(failure.place().unwrap().line, 3);

    let broken = [file("own.yaml", "a: [")];
    let failure = render_deployment(&random, &spec(), &broken).unwrap_err();
    assert!(failure.text.starts_with("failed to parse own.yaml: "), "{failure}");

    let nameless = chart(&[("templates/a.yaml", "# c\n---\nkind: A\n")]).unwrap();
    let failure = render_deployment(&nameless, &spec(), &[]).unwrap_err();
    assert_eq!(failure.text, "app/templates/a.yaml, document 2: an object without `metadata.name`");
    assert!(failure.hint.is_some());
    let shown = failure.to_string();
    let place = " --> rendered from app/templates/a.yaml, document 2\n  |\n1 | kind: A\n  = document 2 starts in line 3 of what is rendered";
    assert!(shown.ends_with(place), "{shown}");
}

#[test]
fn the_same_failure_is_told_once() {
    let template = "kind: A\nmetadata:\n  name: {{ required \"name it\" .Values.name }}{{ .Values.x.y }}\n";
    let chart = chart(&[("templates/a.yaml", template)]).unwrap();
    let failure = |deployment: &str, text: &str| {
        let spec = RenderSpec { deployment: deployment.to_owned(), ..spec() };
        render_deployment(&chart, &spec, &[file("v.yaml", text)]).unwrap_err()
    };
    let failures = [failure("a", ""), failure("b", "name: x"), failure("c", "")];
    let groups = crate::FailureGroup::of(&failures);
    let names: Vec<_> = groups.iter().map(|group| group.deployments.as_slice()).collect();
    assert_eq!(names, [&["a", "c"][..], &["b"]]);
    let shown = crate::Error::Render(failures.to_vec()).to_string();
    assert!(shown.starts_with("a, c: execution error at"), "{shown}");
    assert_eq!(shown.matches("name it").count(), 4, "text, line and caret, and the line again: {shown}");
}

#[test]
fn what_the_pipeline_sets_is_named() {
    let chart = chart(&[
        ("values.yaml", "image: {tag: z}\n"),
        ("templates/a.yaml", "{{ fail .Values.image.tag }}\n"),
    ]);
    let set = vec![("image.tag".to_owned(), "git-1".to_owned())];
    let spec = RenderSpec { set, ..spec() };
    let failure = render_deployment(&chart.unwrap(), &spec, &[file("own.yaml", "image: {tag: x}")]);
    let shown = failure.unwrap_err().to_string();
    assert!(shown.ends_with("\n  the pipeline sets `image.tag` to git-1"), "{shown}");
}

#[test]
fn schemas_name_the_values_file() {
    let schema = r#"{"properties": {"web": {"properties": {"port": {"type": "integer"}}}}}"#;
    let chart = chart(&[("values.schema.json", schema), ("templates/a.yaml", "")]).unwrap();
    let texts = [file("type.yaml", "web:\n  port: 1\n"), file("own.yaml", "web:\n  port: x\n")];
    let failure = render_deployment(&chart, &spec(), &texts).unwrap_err();
    let origins: Vec<String> = failure.origins.iter().map(ToString::to_string).collect();
    assert_eq!(origins, ["own.yaml:2:3: sets `web.port`"], "{failure}");
    assert!(
        failure.summary().ends_with("app: - at '/web/port': got string, want integer"),
        "{}",
        failure.summary()
    );
}

#[test]
fn missing_dependencies_name_the_command() {
    let metadata = "apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n- name: zz\n  version: 1.0.0\n  repository: x\n";
    let files = vec![ChartFile::new("Chart.yaml", metadata.as_bytes())];
    let helm = HelmVersion::V4_2_3;
    let error = PreparedChart::checked(helm::load_tree(files, helm), "the package", helm, &Limits::DEFAULT)
        .unwrap_err();
    assert_eq!(error.to_string(), "the package: declared in Chart.yaml, but missing in charts/: zz");
    assert!(error.hint().unwrap().contains("helm dependency build"));
}

#[test]
fn failures_quote_no_secret_of_the_values() {
    let schema = r#"{"properties":{"db":{"properties":{"password":{"pattern":"^[a-z]+$"}}}}}"#;
    let pod = "kind: A\nmetadata:\n  name: x\nspec: \"{{ .Values.db.password }}\" oops\n";
    for (name, text) in [
        ("templates/a.yaml", "{{ range $x := .Values.db.password }}{{ end }}"),
        ("templates/a.yaml", "{{ fail (print \"bad: \" .Values.db.password) }}"),
        ("templates/a.yaml", "{{ required (print \"bad: \" .Values.db.password) nil }}"),
        ("templates/a.yaml", "{{ tpl (print \"{{\" .Values.db.password) . }}"),
        ("templates/a.yaml", "{{ tpl (print \"{{ fail `\" .Values.credentials.db \"` }}\") . }}"),
        ("templates/a.yaml", "{{ include .Values.db.password . }}"),
        ("templates/a.yaml", pod),
        ("templates/a.yaml", "{{ fail (print .Values.url) }}"),
        ("values.schema.json", schema),
    ] {
        let chart = chart(&[(name, text)]).unwrap();
        let values = "db:\n  password: Sup3r-S3cret\ncredentials:\n  db: Sup3r-S3cret\nurl: http://u:Sup3r-S3cret@h/\n";
        let failure = render_deployment(&chart, &spec(), &[file("type.yaml", values)]).unwrap_err();
        let shown = format!("{failure} {failure:?} {}", failure.summary());
        assert!(!shown.contains("S3cret"), "{text}: {shown}");
        assert!(shown.contains("<masked, sha256:"), "{text}: {shown}");
    }
    let values = "dsn: hunter2hunter2\ndb:\n  password: 'a\"b<c>&d{{4'\n  pin: {password: 4839148391}\n";
    for text in [
        "{{ fail (print \"connect failed password=\" .Values.dsn) }}",
        "{{ fail (printf \"bad %q\" .Values.db.password) }}",
        "{{ fail (toJson .Values.db.password) }}",
        "{{ fail (print .Values.db.password) }}",
        "{{ fail (b64enc .Values.db.password) }}",
        "{{ fail (print .Values.db.pin.password) }}",
        "{{ fail (toJson .Values.db.pin) }}",
    ] {
        let chart = chart(&[("templates/a.yaml", text)]).unwrap();
        let failure = render_deployment(&chart, &spec(), &[file("type.yaml", values)]).unwrap_err();
        let shown = format!("{failure} {failure:?} {}", failure.summary());
        for secret in ["hunter2hunter2", "d{{4", "YSJiPGM+JmR7ezQ", "839148391"] {
            assert!(!shown.contains(secret), "{text}: {shown}");
        }
        assert!(shown.contains("<masked, sha256:"), "{text}: {shown}");
    }
}

#[test]
fn a_failure_of_many_words_is_cut() {
    let chart = chart(&[("templates/a.yaml", "{{ fail (repeat 10000000 \"x\") }}")]).unwrap();
    let failure = render_deployment(&chart, &spec(), &[]).unwrap_err();
    assert!(failure.to_string().len() < 100_000);
    assert!(failure.text.ends_with(" bytes)"), "{}", &failure.text[failure.text.len() - 100..]);
}

#[test]
fn a_deployment_has_so_many_objects_at_most() {
    let objects = |count: usize| {
        let text = format!(
            "{{{{ range $i := until {count} }}}}---\nkind: A\nmetadata: {{name: a-{{{{ $i }}}}}}\n{{{{ end }}}}"
        );
        let chart = chart(&[("templates/a.yaml", text.as_str())]).unwrap();
        render_deployment(&chart, &spec(), &[])
    };
    assert_eq!(objects(20_000).unwrap().files.len(), 20_000);
    let failure = objects(20_001).unwrap_err();
    assert_eq!(
        failure.text,
        "app/templates/a.yaml: the deployment renders more than the 20000 objects that it may"
    );
}
